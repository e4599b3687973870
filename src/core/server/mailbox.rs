//! What waits for the node loop. Many threads put things in, the loop takes all of them at once.
//!
//! Each kind has its own queue, so that a flood of one never pushes out another. Whoever puts something in wakes the loop only
//! if it sleeps: while it is busy nobody pays for waking. Reports of progress alone don't wake it, the next turn finds them.

use std::time::Instant;

use bytes::Bytes;
use parking_lot::{Condvar, Mutex};
use quorate_proto::peer as wire;
use tokio::sync::oneshot;

use crate::core::consensus::{AppliedState, Configuration, Followers, LogFault};

use super::{node_handle::ReadError, node_loop::ProposedChange};

/// Proposals that may wait for the loop. More are refused.
pub(super) const PROPOSALS_MAX: usize = 20_000;
/// Their bytes.
pub(super) const PROPOSAL_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Messages with entries that may wait for the loop, and their bytes. More are dropped; raft sends again.
const APPENDS_MAX: usize = 4096;
const APPEND_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Messages without entries, which are small.
const MESSAGES_MAX: usize = 65_536;
/// Reads that may wait for the loop.
const READS_MAX: usize = 100_000;
/// Changes of membership that may wait for the loop.
const CHANGES_MAX: usize = 64;

pub(super) type ReadWaiter = oneshot::Sender<Result<u64, ReadError>>;

/// Everything that waits, by kind.
#[derive(Default)]
pub(super) struct Inbox {
    /// The ids of `proposals`, in the same order.
    pub proposal_ids: Vec<u64>,
    pub proposals: Vec<Bytes>,
    proposal_bytes: usize,
    pub changes: Vec<ProposedChange>,
    pub messages: Vec<wire::Message>,
    appends: usize,
    append_bytes: usize,
    pub reads: Vec<ReadWaiter>,
    pub controls: Vec<Control>,
    /// The newest report; 0 for none.
    pub applied: u64,
    /// The newest report.
    pub flushed: Option<AppliedState>,
    /// Set once; the value says whether to hand leadership over first.
    pub stop: Option<bool>,
}

/// What is seldom and must not be lost.
#[derive(Debug)]
pub(super) enum Control {
    Persisted(Result<u64, LogFault>),
    ConfChange {
        index: u64,
        accepted: bool,
        configuration: Configuration,
    },
    SnapshotInstalled(AppliedState),
    Unreachable(u64),
    SnapshotSent {
        member: u64,
        ok: bool,
    },
    TransferLeader(u64),
    HandOver,
    /// `None`: this member does not lead.
    Followers(oneshot::Sender<Option<Followers>>),
}

impl Inbox {
    /// Forgets all, keeps the memory.
    pub fn clear(&mut self) {
        self.proposal_ids.clear();
        self.proposals.clear();
        self.changes.clear();
        self.messages.clear();
        self.reads.clear();
        self.controls.clear();
        (self.proposal_bytes, self.appends, self.append_bytes, self.applied) = (0, 0, 0, 0);
        (self.flushed, self.stop) = (None, None);
    }

    fn wants_attention(&self) -> bool {
        !(self.proposals.is_empty()
            && self.changes.is_empty()
            && self.messages.is_empty()
            && self.reads.is_empty()
            && self.controls.is_empty()
            && self.stop.is_none())
    }
}

#[derive(Default)]
struct Shared {
    inbox: Inbox,
    asleep: bool,
    wake_on_applied: bool,
    closed: bool,
}

/// See the module.
#[derive(Default)]
pub(super) struct Mailbox {
    shared: Mutex<Shared>,
    wake: Condvar,
}

/// Why the mailbox doesn't take something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotTaken {
    Full,
    Closed,
}

impl Mailbox {
    pub fn propose(&self, id: u64, data: Bytes) -> Result<(), NotTaken> {
        self.put(|inbox| {
            if inbox.proposals.len() >= PROPOSALS_MAX || inbox.proposal_bytes + data.len() > PROPOSAL_BYTES_MAX {
                return Err(NotTaken::Full);
            }
            inbox.proposal_bytes += data.len();
            inbox.proposal_ids.push(id);
            inbox.proposals.push(data);
            Ok(())
        })
    }

    pub fn propose_change(&self, change: ProposedChange) -> Result<(), NotTaken> {
        self.put(|inbox| {
            if inbox.changes.len() >= CHANGES_MAX {
                return Err(NotTaken::Full);
            }
            inbox.changes.push(change);
            Ok(())
        })
    }

    pub fn read(&self, waiter: ReadWaiter) -> Result<(), NotTaken> {
        self.put(|inbox| {
            if inbox.reads.len() >= READS_MAX {
                return Err(NotTaken::Full);
            }
            inbox.reads.push(waiter);
            Ok(())
        })
    }

    /// Takes what there is room for.
    pub fn deliver(&self, messages: Vec<wire::Message>) {
        // A closed mailbox has nobody behind it any more, and lost messages are raft's daily bread.
        let _ = self.put(|inbox| {
            for message in messages {
                if message.entries.is_empty() {
                    if inbox.messages.len() < MESSAGES_MAX {
                        inbox.messages.push(message);
                    }
                    continue;
                }
                let bytes: usize = message.entries.iter().map(|entry| entry.data.len() + entry.context.len()).sum();
                if inbox.appends < APPENDS_MAX && inbox.append_bytes + bytes <= APPEND_BYTES_MAX {
                    inbox.appends += 1;
                    inbox.append_bytes += bytes;
                    inbox.messages.push(message);
                }
            }
            Ok(())
        });
    }

    /// Answers whether the message was taken.
    pub fn deliver_state(&self, message: wire::Message) -> bool {
        let put = self.put(|inbox| {
            if inbox.messages.len() >= MESSAGES_MAX {
                return Err(NotTaken::Full);
            }
            inbox.messages.push(message);
            Ok(())
        });
        put.is_ok()
    }

    pub fn control(&self, control: Control) {
        // After closing nobody acts on it, and nobody needs to.
        let _ = self.put(|inbox| {
            let again = matches!(control, Control::Unreachable(member)
                if inbox.controls.iter().any(|waiting| matches!(waiting, Control::Unreachable(same) if *same == member)));
            if !again {
                inbox.controls.push(control);
            }
            Ok(())
        });
    }

    pub fn stop(&self, transfer: bool) {
        let _ = self.put(|inbox| {
            inbox.stop = Some(transfer);
            Ok(())
        });
    }

    pub fn applied(&self, index: u64) {
        let mut shared = self.shared.lock();
        shared.inbox.applied = shared.inbox.applied.max(index);
        if shared.wake_on_applied && shared.asleep {
            shared.asleep = false;
            drop(shared);
            self.wake.notify_one();
        }
    }

    pub fn flushed(&self, state: AppliedState) {
        self.shared.lock().inbox.flushed = Some(state);
    }

    fn put(&self, put: impl FnOnce(&mut Inbox) -> Result<(), NotTaken>) -> Result<(), NotTaken> {
        let mut shared = self.shared.lock();
        if shared.closed {
            return Err(NotTaken::Closed);
        }
        put(&mut shared.inbox)?;
        let wake = std::mem::take(&mut shared.asleep);
        drop(shared);
        if wake {
            self.wake.notify_one();
        }
        Ok(())
    }

    /// Waits for something, at most until `deadline`, and takes everything into `taken`, which must be clear. Progress of the apply
    /// thread is worth waking for only with `wake_on_applied`.
    pub fn take(&self, taken: &mut Inbox, deadline: Instant, wake_on_applied: bool) {
        let mut shared = self.shared.lock();
        shared.wake_on_applied = wake_on_applied;
        let applied_counts = wake_on_applied && shared.inbox.applied > 0;
        if !shared.inbox.wants_attention() && !applied_counts {
            shared.asleep = true;
            while shared.asleep {
                if self.wake.wait_until(&mut shared, deadline).timed_out() {
                    break;
                }
            }
            shared.asleep = false;
        }
        std::mem::swap(&mut shared.inbox, taken);
    }

    /// Takes everything into `taken`, which must be clear, without waiting.
    pub fn take_now(&self, taken: &mut Inbox) {
        std::mem::swap(&mut self.shared.lock().inbox, taken);
    }

    /// Whether there is anything that the loop would be woken for.
    pub fn has_work(&self, wake_on_applied: bool) -> bool {
        let inbox = &self.shared.lock().inbox;
        inbox.wants_attention() || (wake_on_applied && inbox.applied > 0)
    }

    /// Takes nothing any more, and gives what is left.
    pub fn close(&self) -> Inbox {
        let mut shared = self.shared.lock();
        shared.closed = true;
        std::mem::take(&mut shared.inbox)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_millis(20)
    }

    #[test]
    fn what_is_put_in_comes_out_by_kind_and_in_order() {
        let mailbox = Mailbox::default();
        for id in 0..3 {
            mailbox.propose(id, vec![id as u8].into()).unwrap();
        }
        mailbox.applied(7);
        mailbox.applied(5);
        mailbox.control(Control::Unreachable(2));
        mailbox.control(Control::Unreachable(2));
        let mut inbox = Inbox::default();
        mailbox.take(&mut inbox, soon(), false);
        assert_eq!(inbox.proposal_ids, [0, 1, 2]);
        assert_eq!((inbox.proposals.len(), inbox.applied, inbox.controls.len()), (3, 7, 1));
    }

    #[test]
    fn progress_is_waited_for_only_when_it_counts() {
        let mailbox = Mailbox::default();
        let mut inbox = Inbox::default();
        let begun = Instant::now();
        mailbox.applied(1);
        mailbox.take(&mut inbox, begun + Duration::from_secs(60), true);
        assert_eq!(inbox.applied, 1);
        inbox.clear();
        mailbox.applied(2);
        let deadline = soon();
        mailbox.take(&mut inbox, deadline, false);
        assert!(Instant::now() >= deadline);
    }

    #[test]
    fn full_queues_refuse_proposals_and_drop_appends_but_keep_heartbeats() {
        let mailbox = Mailbox::default();
        let half = Bytes::from(vec![0; PROPOSAL_BYTES_MAX / 2]);
        mailbox.propose(1, half.clone()).unwrap();
        mailbox.propose(2, half.clone()).unwrap();
        assert_eq!(mailbox.propose(3, "x".into()), Err(NotTaken::Full));
        let append = wire::Message { entries: vec![wire::Entry { data: half, ..Default::default() }], ..Default::default() };
        mailbox.deliver(vec![append.clone(), append.clone(), append, wire::Message::default()]);
        let mut inbox = Inbox::default();
        mailbox.take(&mut inbox, soon(), false);
        assert_eq!(inbox.messages.iter().map(|message| message.entries.len()).collect::<Vec<_>>(), [1, 1, 0]);
        inbox.clear();
        mailbox.propose(3, "x".into()).unwrap();
    }

    #[test]
    fn a_closed_mailbox_gives_what_is_left_and_takes_nothing() {
        let mailbox = Mailbox::default();
        mailbox.propose(1, "x".into()).unwrap();
        assert_eq!(mailbox.close().proposal_ids, [1]);
        assert_eq!(mailbox.propose(2, "x".into()), Err(NotTaken::Closed));
    }
}
