//! What waits for the node loop. Many threads put things in, the loop takes all of them at once.
//!
//! Each kind has its own queue, so that a flood of one never pushes out another. Whoever puts something in wakes the loop only
//! if it sleeps: while it is busy nobody pays for waking. Reports of progress alone don't wake it, the next turn finds them.

use std::time::Instant;

use bytes::Bytes;
use parking_lot::{Condvar, Mutex};
use quorate_proto::peer as wire;
use tokio::sync::oneshot;

use crate::core::consensus::{AppliedState, LogFault};

use super::node_handle::ReadError;

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

pub(super) type ReadWaiter = oneshot::Sender<Result<u64, ReadError>>;

/// Everything that waits, by kind.
#[derive(Default)]
pub(super) struct Inbox {
    /// The ids of `proposals`, in the same order.
    pub proposal_ids: Vec<u64>,
    pub proposals: Vec<Bytes>,
    proposal_bytes: usize,
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
    ConfChange { index: u64, accepted: bool },
    SnapshotInstalled(AppliedState),
    Unreachable(u64),
    SnapshotSent { member: u64, ok: bool },
    TransferLeader(u64),
}

impl Inbox {
    /// Forgets all, keeps the memory.
    pub fn clear(&mut self) {
        self.proposal_ids.clear();
        self.proposals.clear();
        self.messages.clear();
        self.reads.clear();
        self.controls.clear();
        (self.proposal_bytes, self.appends, self.append_bytes, self.applied) = (0, 0, 0, 0);
        (self.flushed, self.stop) = (None, None);
    }

    fn wants_attention(&self) -> bool {
        !(self.proposals.is_empty()
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

    /// Waits for something, at most until `deadline`, and takes everything into `taken`, which must be clear.
    pub fn take(&self, taken: &mut Inbox, deadline: Instant, wake_on_applied: bool) {
        let mut shared = self.shared.lock();
        shared.wake_on_applied = wake_on_applied;
        if !shared.inbox.wants_attention() {
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

    /// Takes nothing any more, and gives what is left.
    pub fn close(&self) -> Inbox {
        let mut shared = self.shared.lock();
        shared.closed = true;
        std::mem::take(&mut shared.inbox)
    }
}
