//! Consensus: input in, effects out. Raft itself is the `raft` crate; nothing outside this folder names it.
//!
//! [`Node`] takes ticks, messages, proposals and reports of progress, and answers with [`Effects`]: what to make durable, to
//! send, to apply. It has no thread, clock or randomness of its own, so that a test can drive whole clusters on one thread.
//! What must be durable goes through [`LogStore`]: `wal` keeps it in files, [`memory_log`] in memory with simulated crashes.
//!
//! A configuration takes effect when its entry is *applied*: committed changes travel through the apply thread like any other
//! entry and come back as [`Node::conf_change_applied`]. The configuration of a node is therefore always the one of its applied
//! index, also after a restart.

mod chance;
mod conf_change;
mod convert;
mod early;
mod effects;
mod growth;
mod heard;
#[cfg(test)]
mod held_log_tests;
mod leaving;
pub mod log_store;
mod logging;
pub mod memory_log;
mod node;
#[cfg(test)]
mod node_tests;
mod raft_storage;
mod read_context;
#[cfg(test)]
mod received_state_tests;
mod recover;
#[cfg(test)]
mod removed_leader_tests;
#[cfg(test)]
mod test_options;

use bytes::Bytes;

pub use conf_change::MembershipChange;
pub use convert::APPEND_BYTES_MAX;
pub use effects::{Effects, Followers, Leadership, NotNow, ReadReady, Role, Status};
pub use log_store::{HardState, LogEntry, LogFault, LogKind, LogPoint, LogState, LogStore, LogWrite};
pub use node::{Node, NodeOptions};
pub use recover::{bootstrap, change_entry, recover};

/// A committed log entry on its way to the state machine.
#[derive(Clone, Debug)]
pub struct Committed {
    pub index: u64,
    pub term: u64,
    pub kind: EntryKind,
    /// The proposal's bytes; empty for the entry that a new leader begins its term with.
    pub data: Bytes,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    Proposal,
    /// A change of membership; `data` is the context that was given when it was proposed.
    ConfChange,
}

/// Voters and learners of a configuration, as it is stored beside the applied index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    pub voters: Vec<u64>,
    pub learners: Vec<u64>,
    pub voters_outgoing: Vec<u64>,
    pub learners_next: Vec<u64>,
    pub auto_leave: bool,
}

impl Configuration {
    /// What this configuration is after `change`: the same that [`Node::conf_change_applied`] arrives at, in ascending order.
    pub fn after(&self, change: MembershipChange) -> Self {
        let mut next = self.clone();
        let (voter, learner) = match change {
            MembershipChange::AddVoter(id) => (Some(id), None),
            MembershipChange::AddLearner(id) => (None, Some(id)),
            MembershipChange::Remove(_) => (None, None),
        };
        let id = change.member();
        next.voters.retain(|&member| member != id);
        next.learners.retain(|&member| member != id);
        next.voters.extend(voter);
        next.learners.extend(learner);
        next.voters.sort_unstable();
        next.learners.sort_unstable();
        next
    }

    /// Whether there is no other member, not even one that learns.
    pub fn is_alone(&self, id: u64) -> bool {
        self.is_sole_voter(id) && self.learners.is_empty() && self.learners_next.is_empty()
    }

    /// Whether it has this member, as a voter or as a learner.
    pub fn has(&self, id: u64) -> bool {
        [&self.voters, &self.learners, &self.voters_outgoing, &self.learners_next].iter().any(|ids| ids.contains(&id))
    }

    /// Whether this member alone decides.
    pub fn is_sole_voter(&self, id: u64) -> bool {
        self.voters == [id] && self.voters_outgoing.is_empty()
    }
}

/// A point of the log whose effects are durable in the backend.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AppliedState {
    pub index: u64,
    pub term: u64,
    pub configuration: Configuration,
}

impl AppliedState {
    /// The same point without the configuration.
    pub fn point(&self) -> LogPoint {
        LogPoint { index: self.index, term: self.term }
    }
}
