//! Consensus: input in, effects out. Raft itself is the `raft` crate; nothing outside this folder names it.

use bytes::Bytes;

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
    /// A change of membership; `data` is the encoded [`MemberChange`] context.
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

/// A point of the log whose effects are durable in the backend.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AppliedState {
    pub index: u64,
    pub term: u64,
    pub configuration: Configuration,
}
