//! Refusals: deterministic verdicts on requests. Texts and gRPC codes are in `rpc/status.rs`.

use super::mvcc::RevisionRefusal;

/// Why a request was refused. Part of the answer, equal on every member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The revision asked for lies below the compact revision.
    #[error("required revision has been compacted")]
    Compacted,
    /// The revision asked for does not exist yet.
    #[error("required revision is a future revision")]
    FutureRevision,
    /// ignore_value or ignore_lease without a key.
    #[error("key not found")]
    KeyNotFound,
    #[error("requested lease not found")]
    LeaseNotFound,
    #[error("lease already exists")]
    LeaseExists,
    /// Said by a leader of a term that is over. No client's request is refused with this.
    #[error("leader changed")]
    OtherTerm,
    /// The NOSPACE alarm is raised, or the quota is used up.
    #[error("database space exceeded")]
    NoSpace,
    /// The CORRUPT alarm is raised.
    #[error("corrupt cluster")]
    Corrupt,
    /// No member with this id, or it was removed.
    #[error("member not found")]
    MemberNotFound,
    #[error("member id already exists")]
    MemberExists,
    /// Only a learner is promoted.
    #[error("can only promote a learner member")]
    MemberNotLearner,
    #[error("too many learner members in cluster")]
    TooManyLearners,
    /// Those that have started would be no quorum after the change.
    #[error("re-configuration failed due to not enough started members")]
    NotEnoughStarted,
    /// A peer URL belongs to another member.
    #[error("peer URLs already exist")]
    PeerUrlExists,
}

impl From<RevisionRefusal> for Refusal {
    fn from(refusal: RevisionRefusal) -> Self {
        match refusal {
            RevisionRefusal::Compacted => Self::Compacted,
            RevisionRefusal::Future => Self::FutureRevision,
        }
    }
}
