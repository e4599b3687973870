//! Messages that came before the library can take them: it would forget them, and whoever waits for what they ask for would wait until
//! its time is over.

use std::collections::VecDeque;

use raft::eraftpb::{EntryType, Message, MessageType};

/// Requests for a read index that may wait for a new leader's first commit.
const READS_MAX: usize = 1024;
/// Changes of membership that may wait until the one before them is applied.
const CHANGES_MAX: usize = 64;
/// Proposals that may wait while leadership is handed over, and their bytes.
const PROPOSALS_MAX: usize = 4096;
const PROPOSAL_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What a leader can't take now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Closed {
    /// It hasn't committed in its term yet, so it can't know the newest commit index.
    pub for_reads: bool,
    /// A change of membership is not applied yet. The library would put an empty entry in the place of another one.
    pub for_changes: bool,
    /// Leadership is being handed over.
    pub for_proposals: bool,
}

/// See the module.
#[derive(Default)]
pub(super) struct Early {
    reads: Vec<Message>,
    changes: VecDeque<Message>,
    proposals: VecDeque<Message>,
    proposal_bytes: usize,
    /// Since something has been kept.
    ticks: usize,
}

impl Early {
    /// Forgets what has been kept for more than `limit` ticks: a proposal must not turn up long after its client gave up.
    pub fn tick(&mut self, limit: usize) {
        self.ticks = if self.is_empty() { 0 } else { self.ticks + 1 };
        if self.ticks > limit {
            *self = Self::default();
        }
    }

    /// Keeps a message that can't be taken now, or drops it when there are too many. `None`: it was kept or dropped.
    pub fn keep(&mut self, message: Message, closed: Closed) -> Option<Message> {
        match message.get_msg_type() {
            MessageType::MsgReadIndex if closed.for_reads => {
                if self.reads.len() < READS_MAX {
                    self.reads.push(message);
                }
                None
            }
            MessageType::MsgPropose if closed.for_proposals => {
                let bytes = self.proposal_bytes + bytes_of(&message);
                if self.proposals.len() < PROPOSALS_MAX && bytes <= PROPOSAL_BYTES_MAX {
                    self.proposal_bytes = bytes;
                    self.proposals.push_back(message);
                }
                None
            }
            MessageType::MsgPropose if closed.for_changes && changes_membership(&message) => {
                if self.changes.len() < CHANGES_MAX {
                    self.changes.push_back(message);
                }
                None
            }
            _ => Some(message),
        }
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.reads.is_empty() && self.changes.is_empty() && self.proposals.is_empty()
    }

    /// What can be taken now: by a leader, or passed on to it. Whoever asked another member for a read asks again when it hears of the
    /// new leader, so that a member which does not lead forgets reads.
    pub fn release(&mut self, leads: bool, closed: Closed) -> Vec<Message> {
        let mut released = Vec::new();
        if !closed.for_reads {
            let reads = std::mem::take(&mut self.reads);
            released.extend(reads.into_iter().filter(|_| leads));
        }
        if !closed.for_proposals {
            self.proposal_bytes = 0;
            released.extend(self.proposals.drain(..));
            // One at a time: with the first the leader is closed for the others.
            let changes = if leads && !closed.for_changes { 1.min(self.changes.len()) } else { 0 };
            released.extend(self.changes.drain(..changes));
            if !leads {
                released.extend(self.changes.drain(..));
            }
        }
        released
    }
}

fn bytes_of(message: &Message) -> usize {
    message.entries.iter().map(|entry| entry.data.len() + entry.context.len()).sum()
}

fn changes_membership(message: &Message) -> bool {
    message.entries.iter().any(|entry| entry.get_entry_type() == EntryType::EntryConfChange)
}

#[cfg(test)]
mod tests {
    use raft::eraftpb::Entry;

    use super::*;

    const READS: Closed = Closed { for_reads: true, for_changes: false, for_proposals: false };
    const CHANGES: Closed = Closed { for_reads: false, for_changes: true, for_proposals: false };
    const PROPOSALS: Closed = Closed { for_reads: false, for_changes: false, for_proposals: true };
    const OPEN: Closed = Closed { for_reads: false, for_changes: false, for_proposals: false };

    fn message(kind: MessageType, entry: Option<(EntryType, usize)>) -> Message {
        let mut message = Message::default();
        message.set_msg_type(kind);
        if let Some((kind, bytes)) = entry {
            let mut entry = Entry { data: vec![0; bytes].into(), ..Entry::default() };
            entry.set_entry_type(kind);
            message.set_entries(vec![entry].into());
        }
        message
    }

    fn proposal(kind: EntryType, bytes: usize) -> Message {
        message(MessageType::MsgPropose, Some((kind, bytes)))
    }

    #[test]
    fn what_can_be_taken_is_not_kept() {
        let mut early = Early::default();
        assert!(early.keep(message(MessageType::MsgReadIndex, None), CHANGES).is_some());
        assert!(early.keep(proposal(EntryType::EntryNormal, 1), CHANGES).is_some());
        assert!(early.keep(proposal(EntryType::EntryConfChange, 1), READS).is_some());
        assert!(early.keep(message(MessageType::MsgAppend, None), PROPOSALS).is_some());
        assert!(early.is_empty());
    }

    #[test]
    fn changes_are_released_one_by_one_and_after_proposals() {
        let mut early = Early::default();
        assert!(early.keep(proposal(EntryType::EntryConfChange, 1), CHANGES).is_none());
        assert!(early.keep(proposal(EntryType::EntryConfChange, 2), CHANGES).is_none());
        assert!(early.release(true, CHANGES).is_empty());
        assert_eq!(early.release(true, OPEN).len(), 1);
        assert!(early.keep(proposal(EntryType::EntryNormal, 1), PROPOSALS).is_none());
        assert!(early.release(true, PROPOSALS).is_empty());
        let kinds: Vec<_> = early.release(true, OPEN).iter().map(|message| message.entries[0].get_entry_type()).collect();
        assert_eq!(kinds, [EntryType::EntryNormal, EntryType::EntryConfChange]);
        assert!(early.is_empty());
    }

    #[test]
    fn a_member_that_leads_no_more_passes_proposals_on_and_forgets_reads() {
        let mut early = Early::default();
        assert!(early.keep(message(MessageType::MsgReadIndex, None), READS).is_none());
        assert!(early.keep(proposal(EntryType::EntryNormal, 1), PROPOSALS).is_none());
        assert!(early.keep(proposal(EntryType::EntryConfChange, 1), CHANGES).is_none());
        assert_eq!(early.release(false, OPEN).len(), 2);
        assert!(early.is_empty());
    }

    #[test]
    fn what_nobody_takes_is_forgotten() {
        let mut early = Early::default();
        (0..9).for_each(|_| early.tick(2));
        assert!(early.keep(proposal(EntryType::EntryNormal, 1), PROPOSALS).is_none());
        (0..2).for_each(|_| early.tick(2));
        assert!(!early.is_empty());
        early.tick(2);
        assert!(early.is_empty() && early.proposal_bytes == 0);
    }

    #[test]
    fn what_may_wait_is_bounded() {
        let mut early = Early::default();
        for _ in 0..2 * PROPOSALS_MAX {
            assert!(early.keep(proposal(EntryType::EntryNormal, 1), PROPOSALS).is_none());
            assert!(early.keep(proposal(EntryType::EntryConfChange, 1), CHANGES).is_none());
            assert!(early.keep(message(MessageType::MsgReadIndex, None), READS).is_none());
        }
        assert_eq!((early.proposals.len(), early.changes.len(), early.reads.len()), (PROPOSALS_MAX, CHANGES_MAX, READS_MAX));
        early.release(true, OPEN);
        assert!(early.keep(proposal(EntryType::EntryNormal, PROPOSAL_BYTES_MAX + 1), PROPOSALS).is_none());
        assert!(early.proposals.is_empty());
    }
}
