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
    /// To do with users and roles.
    #[error(transparent)]
    Auth(#[from] AuthRefusal),
}

/// Why a request was refused that touches users and roles, or what they may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthRefusal {
    /// Nobody is named as the author of a request that only users may make, or the name of a user to add is empty.
    #[error("user name is empty")]
    UserEmpty,
    #[error("user name already exists")]
    UserExists,
    #[error("user name not found")]
    UserNotFound,
    #[error("role name is empty")]
    RoleEmpty,
    #[error("role name already exists")]
    RoleExists,
    #[error("role name not found")]
    RoleNotFound,
    #[error("role is not granted to the user")]
    RoleNotGranted,
    /// No grant of the role is of exactly this range.
    #[error("permission is not granted to the role")]
    PermissionNotGranted,
    /// A grant without a permission.
    #[error("permission not given")]
    PermissionNotGiven,
    #[error("permission denied")]
    PermissionDenied,
    /// Users or roles have changed since the author was looked at.
    #[error("revision of auth store is old")]
    OldRevision,
    /// What would leave nobody in charge, or a grant of an empty range.
    #[error("invalid auth management")]
    InvalidManagement,
    #[error("root user does not exist")]
    RootUserNotExist,
    #[error("root user does not have root role")]
    RootRoleNotExist,
    #[error("authentication is not enabled")]
    NotEnabled,
    /// No such user, or another password.
    #[error("authentication failed, invalid user ID or password")]
    AuthFailed,
    /// This user has no password.
    #[error("authentication failed, password was given for no password user")]
    NoPasswordUser,
}

impl From<RevisionRefusal> for Refusal {
    fn from(refusal: RevisionRefusal) -> Self {
        match refusal {
            RevisionRefusal::Compacted => Self::Compacted,
            RevisionRefusal::Future => Self::FutureRevision,
        }
    }
}
