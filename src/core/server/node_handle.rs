//! The cloneable door to the node loop: propose, read, deliver, report, look.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering},
};

use bytes::Bytes;
use quorate_proto::peer as wire;
use tokio::sync::{oneshot, watch};

use super::{
    Progress,
    mailbox::{Control, Mailbox, NotTaken},
    node_loop::ProposedChange,
};
use crate::core::consensus::{Followers, Leadership, MembershipChange, Role, Status};

/// Why a proposal wasn't taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Too many proposals, or bytes of them, wait already.
    #[error("too many proposals wait for consensus")]
    QueueFull,
    #[error("this member is stopping")]
    Stopped,
}

/// Why a read index couldn't be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Another member leads now; whether the read saw everything is not known. Asking again is safe.
    #[error("leadership moved while a read waited")]
    LeaderChanged,
    #[error("too many reads wait for consensus")]
    QueueFull,
    #[error("this member is stopping")]
    Stopped,
}

/// Where consensus is on this member, as of the end of the loop's last turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NodeStatus {
    pub term: u64,
    /// 0: nobody.
    pub leader: u64,
    pub role: Role,
    pub committed: u64,
    /// As far as the loop has heard; the state machine itself may be further.
    pub applied: u64,
    pub last_index: u64,
    /// There is no other member, not even a learner, and what others may have shown is applied.
    pub is_alone: bool,
}

/// What the loop shows without being asked.
#[derive(Default)]
pub(super) struct Board {
    term: AtomicU64,
    leader: AtomicU64,
    role: AtomicU8,
    committed: AtomicU64,
    applied: AtomicU64,
    last_index: AtomicU64,
    is_alone: AtomicBool,
    /// A read index that needs no round: the commit index of a member that decides alone, else 0.
    lone_read_index: AtomicU64,
}

impl Board {
    /// Called before anything of `status` has an effect outside: an acknowledged write is never above what is shown here.
    pub fn show(&self, status: &Status, is_alone: bool) {
        let lone = if status.decides_alone { status.committed } else { 0 };
        self.lone_read_index.store(lone, Ordering::Release);
        self.committed.store(status.committed, Ordering::Release);
        self.term.store(status.term, Ordering::Release);
        self.leader.store(status.leader, Ordering::Release);
        self.role.store(status.role as u8, Ordering::Release);
        self.applied.store(status.applied, Ordering::Release);
        self.last_index.store(status.last_index, Ordering::Release);
        self.is_alone.store(is_alone, Ordering::Release);
    }
}

/// See the module. All methods but `read_index` return at once.
#[derive(Clone)]
pub struct NodeHandle {
    pub(super) mailbox: Arc<Mailbox>,
    pub(super) board: Arc<Board>,
    pub(super) leadership: watch::Receiver<Leadership>,
}

#[cfg(test)]
impl NodeHandle {
    /// A door with nobody behind it.
    pub fn unheard() -> Self {
        let (_, leadership) = watch::channel(Leadership::default());
        Self { mailbox: Arc::default(), board: Arc::default(), leadership }
    }
}

impl NodeHandle {
    /// Puts a proposal in the queue. `id` is for `Wiring::dropped`, which hears of it if there is no leader
    /// to take it within the request timeout. A proposal that a leader took can still be lost with that leader: whoever waits
    /// for the outcome needs a deadline.
    pub fn propose(&self, id: u64, data: Bytes) -> Result<(), Refused> {
        self.mailbox.propose(id, data).map_err(|why| match why {
            NotTaken::Full => Refused::QueueFull,
            NotTaken::Closed => Refused::Stopped,
        })
    }

    /// Puts a change of membership in the queue; `id` as in [`Self::propose`]. It waits until those before it are applied.
    pub fn propose_change(&self, id: u64, change: MembershipChange, context: Bytes) -> Result<(), Refused> {
        self.mailbox.propose_change(ProposedChange { id, change, context }).map_err(|why| match why {
            NotTaken::Full => Refused::QueueFull,
            NotTaken::Closed => Refused::Stopped,
        })
    }

    /// How far the other members are; `None` if this one does not lead, or is stopping.
    pub async fn followers(&self) -> Option<Followers> {
        let (reply, answer) = oneshot::channel();
        self.mailbox.control(Control::Followers(reply));
        answer.await.ok().flatten()
    }

    /// An index that contains every write acknowledged before this call: whoever has applied it may answer the read. Waits for
    /// a leader, and asks again every half second; the caller decides when to give up, by dropping the future.
    pub async fn read_index(&self) -> Result<u64, ReadError> {
        let lone = self.board.lone_read_index.load(Ordering::Acquire);
        if lone != 0 {
            return Ok(lone);
        }
        let (waiter, answer) = oneshot::channel();
        self.mailbox.read(waiter).map_err(|why| match why {
            NotTaken::Full => ReadError::QueueFull,
            NotTaken::Closed => ReadError::Stopped,
        })?;
        answer.await.unwrap_or(Err(ReadError::Stopped))
    }

    /// Hands leadership to `member`; a follower asks its leader to. Watch [`Self::leadership`] for the outcome: it is given up
    /// silently after an election timeout.
    pub fn transfer_leader(&self, member: u64) {
        self.mailbox.control(Control::TransferLeader(member));
    }

    /// Hands leadership, if this member has it, to whoever can take over soonest.
    pub fn hand_over(&self) {
        self.mailbox.control(Control::HandOver);
    }

    /// Messages from other members. What there is no room for is dropped; raft sends again.
    pub fn deliver(&self, messages: Vec<wire::Message>) {
        self.mailbox.deliver(messages);
    }

    /// The message that announces a whole state, which is here. `false` if there is no room for it, or nobody to take it: then the
    /// state will not be installed. Else it is either installed or refused.
    #[must_use]
    pub fn deliver_state(&self, message: wire::Message) -> bool {
        self.mailbox.deliver_state(message)
    }

    /// A message to this member could not be delivered.
    pub fn unreachable(&self, member: u64) {
        self.mailbox.control(Control::Unreachable(member));
    }

    /// How sending a snapshot to this member ended.
    pub fn snapshot_sent(&self, member: u64, ok: bool) {
        self.mailbox.control(Control::SnapshotSent { member, ok });
    }

    /// What the apply and flush threads have done.
    pub fn progress(&self, progress: Progress) {
        match progress {
            Progress::Applied(index) => self.mailbox.applied(index),
            Progress::ConfChange { index, accepted, configuration } => {
                self.mailbox.control(Control::ConfChange { index, accepted, configuration });
            }
            Progress::Flushed(state) => self.mailbox.flushed(state),
            Progress::SnapshotInstalled(state) => self.mailbox.control(Control::SnapshotInstalled(state)),
        }
    }

    /// Where consensus is.
    pub fn status(&self) -> NodeStatus {
        let board = &*self.board;
        let role = match board.role.load(Ordering::Acquire) {
            1 => Role::PreCandidate,
            2 => Role::Candidate,
            3 => Role::Leader,
            _ => Role::Follower,
        };
        NodeStatus {
            term: board.term.load(Ordering::Acquire),
            leader: board.leader.load(Ordering::Acquire),
            role,
            committed: board.committed.load(Ordering::Acquire),
            applied: board.applied.load(Ordering::Acquire),
            last_index: board.last_index.load(Ordering::Acquire),
            is_alone: board.is_alone.load(Ordering::Acquire),
        }
    }

    /// Who leads; changes are seen by waiting on it.
    pub fn leadership(&self) -> watch::Receiver<Leadership> {
        self.leadership.clone()
    }

    /// Ends the loop; with `transfer`, a leader first tries for a moment to hand leadership over.
    pub fn stop(&self, transfer: bool) {
        self.mailbox.stop(transfer);
    }
}
