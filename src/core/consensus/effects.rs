//! What a [`super::Node`] answers: effects as data, for a shell or a simulator to carry out.

use std::collections::BTreeMap;

use quorate_proto::peer as wire;

use super::{Committed, LogPoint, LogWrite};

/// What is to be done now. The parts don't wait for one another, except as each says.
#[derive(Debug, Default)]
pub struct Effects {
    /// To other members, in order. May go out before or while `write` is made durable: what must wait for it is held back in
    /// the node until [`super::Node::persisted`].
    pub send: Vec<wire::Message>,
    /// To be made durable; writes in the order they came.
    pub write: Option<LogWrite>,
    /// To be applied, in order.
    pub committed: Vec<Committed>,
    /// The received state with this point is to replace everything, after what was committed before. Answered by
    /// [`super::Node::snapshot_installed`].
    pub install_snapshot: Option<LogPoint>,
    /// Reads that may go ahead once their index is applied.
    pub reads: Vec<ReadReady>,
    /// Who leads, when that has changed.
    pub leadership: Option<Leadership>,
}

impl Effects {
    pub(super) fn is_empty(&self) -> bool {
        self.send.is_empty()
            && self.write.is_none()
            && self.committed.is_empty()
            && self.install_snapshot.is_none()
            && self.reads.is_empty()
            && self.leadership.is_none()
    }
}

/// A round of read-index has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadReady {
    /// As given to [`super::Node::read_index`].
    pub request: u64,
    /// Whoever has applied this sees every write that was acknowledged before the round began.
    pub index: u64,
}

/// Who leads, as this member sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leadership {
    pub term: u64,
    /// 0: nobody.
    pub leader: u64,
    pub is_self: bool,
}

/// Part of a member in its cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Role {
    #[default]
    Follower = 0,
    PreCandidate = 1,
    Candidate = 2,
    Leader = 3,
}

/// Where a node is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Status {
    pub term: u64,
    pub leader: u64,
    pub role: Role,
    pub committed: u64,
    /// As reported by [`super::Node::applied`].
    pub applied: u64,
    pub last_index: u64,
    /// This member is the only voter, leads, and has committed in its term: its commit index is a read index as it is.
    pub decides_alone: bool,
}

/// How far the members are, as their leader knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Followers {
    /// Up to which index each member is known to have the leader's log, the leader included.
    pub matched: BTreeMap<u64, u64>,
}

/// Why proposals can't be taken now; the same ones may be offered again later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotNow {
    #[error("there is no leader")]
    NoLeader,
    #[error("leadership is being handed over")]
    Transferring,
    #[error("too many bytes wait to be committed")]
    Backlog,
    #[error("an earlier change of membership is not applied yet")]
    ChangePending,
}
