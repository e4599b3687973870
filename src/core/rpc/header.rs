//! What every response header says about this member.

/// The part of a response header that does not depend on the request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemberFacts {
    pub cluster_id: u64,
    pub member_id: u64,
    /// Term of the entry applied last on this member.
    pub raft_term: u64,
}

/// Whoever knows the facts of the moment; asked for each response, so it must be cheap.
pub trait HeaderFacts: Send + Sync + 'static {
    fn header(&self) -> MemberFacts;
}

/// Whoever knows whether this member sees a leader.
pub trait LeaderWatch: Send + Sync + 'static {
    fn has_leader(&self) -> bool;
}
