//! The one table from errors to gRPC codes and texts. Both are etcd's, to the letter: its clients match on them.

use tonic::{Code, Status};

use super::super::{
    refusal::{AuthRefusal, Refusal},
    server::{Unavailable, auth::LoginError},
};

/// An error of the client API, named after what is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiError {
    EmptyKey,
    KeyNotFound,
    ValueProvided,
    LeaseProvided,
    TooManyOps,
    DuplicateKey,
    InvalidSortOption,
    InvalidClientApiVersion,
    Compacted,
    FutureRevision,
    NoSpace,
    LeaseNotFound,
    LeaseExists,
    LeaseTtlTooLarge,
    MemberNotFound,
    PeerUrlExists,
    MemberExists,
    MemberNotLearner,
    LearnerNotReady,
    TooManyLearners,
    NotEnoughStarted,
    Unhealthy,
    NotForLearner,
    RequestTooLarge,
    TooManyRequests,
    NoLeader,
    NotLeader,
    LeaderChanged,
    Stopped,
    Timeout,
    TimeoutLeaderFail,
    TimeoutConnectionLost,
    Corrupt,
    BadLeaderTransferee,
    TimeoutLeaderTransfer,
    InvalidMemberUrls,
    UnknownAlarmAction,
    DowngradeVersionFormat,
    DowngradeTarget,
    UnknownDowngradeAction,
    RangeStreamSort,
    RangeStreamFilter,
    AuthUserEmpty,
    UserExists,
    UserNotFound,
    RoleEmpty,
    RoleExists,
    RoleNotFound,
    RoleNotGranted,
    PermissionNotGranted,
    PermissionNotGiven,
    PermissionDenied,
    AuthOldRevision,
    InvalidAuthManagement,
    RootUserNotExist,
    RootRoleNotExist,
    AuthNotEnabled,
    AuthFailed,
    NoPasswordUser,
    InvalidAuthToken,
    VerifyOnlyKey,
    PasswordTooLong,
}

impl ApiError {
    /// All of them, for the test that compares with the facts.
    pub const ALL: [Self; 62] = [
        Self::EmptyKey,
        Self::KeyNotFound,
        Self::ValueProvided,
        Self::LeaseProvided,
        Self::TooManyOps,
        Self::DuplicateKey,
        Self::InvalidSortOption,
        Self::InvalidClientApiVersion,
        Self::Compacted,
        Self::FutureRevision,
        Self::NoSpace,
        Self::LeaseNotFound,
        Self::LeaseExists,
        Self::LeaseTtlTooLarge,
        Self::MemberNotFound,
        Self::PeerUrlExists,
        Self::MemberExists,
        Self::MemberNotLearner,
        Self::LearnerNotReady,
        Self::TooManyLearners,
        Self::NotEnoughStarted,
        Self::Unhealthy,
        Self::NotForLearner,
        Self::RequestTooLarge,
        Self::TooManyRequests,
        Self::NoLeader,
        Self::NotLeader,
        Self::LeaderChanged,
        Self::Stopped,
        Self::Timeout,
        Self::TimeoutLeaderFail,
        Self::TimeoutConnectionLost,
        Self::Corrupt,
        Self::BadLeaderTransferee,
        Self::TimeoutLeaderTransfer,
        Self::InvalidMemberUrls,
        Self::UnknownAlarmAction,
        Self::DowngradeVersionFormat,
        Self::DowngradeTarget,
        Self::UnknownDowngradeAction,
        Self::RangeStreamSort,
        Self::RangeStreamFilter,
        Self::AuthUserEmpty,
        Self::UserExists,
        Self::UserNotFound,
        Self::RoleEmpty,
        Self::RoleExists,
        Self::RoleNotFound,
        Self::RoleNotGranted,
        Self::PermissionNotGranted,
        Self::PermissionNotGiven,
        Self::PermissionDenied,
        Self::AuthOldRevision,
        Self::InvalidAuthManagement,
        Self::RootUserNotExist,
        Self::RootRoleNotExist,
        Self::AuthNotEnabled,
        Self::AuthFailed,
        Self::NoPasswordUser,
        Self::InvalidAuthToken,
        Self::VerifyOnlyKey,
        Self::PasswordTooLong,
    ];

    /// Code and text on the wire.
    pub const fn code_and_text(self) -> (Code, &'static str) {
        use Code::{
            DataLoss, FailedPrecondition, InvalidArgument, NotFound, OutOfRange, ResourceExhausted, Unauthenticated, Unavailable,
            Unimplemented, Unknown,
        };
        match self {
            Self::EmptyKey => (InvalidArgument, "etcdserver: key is not provided"),
            Self::KeyNotFound => (InvalidArgument, "etcdserver: key not found"),
            Self::ValueProvided => (InvalidArgument, "etcdserver: value is provided"),
            Self::LeaseProvided => (InvalidArgument, "etcdserver: lease is provided"),
            Self::TooManyOps => (InvalidArgument, "etcdserver: too many operations in txn request"),
            Self::DuplicateKey => (InvalidArgument, "etcdserver: duplicate key given in txn request"),
            Self::InvalidSortOption => (InvalidArgument, "etcdserver: invalid sort option"),
            Self::InvalidClientApiVersion => (InvalidArgument, "etcdserver: invalid client api version"),
            Self::Compacted => (OutOfRange, "etcdserver: mvcc: required revision has been compacted"),
            Self::FutureRevision => (OutOfRange, "etcdserver: mvcc: required revision is a future revision"),
            Self::NoSpace => (ResourceExhausted, "etcdserver: mvcc: database space exceeded"),
            Self::LeaseNotFound => (NotFound, "etcdserver: requested lease not found"),
            Self::LeaseExists => (FailedPrecondition, "etcdserver: lease already exists"),
            Self::LeaseTtlTooLarge => (OutOfRange, "etcdserver: too large lease TTL"),
            Self::MemberNotFound => (NotFound, "etcdserver: member not found"),
            Self::PeerUrlExists => (FailedPrecondition, "etcdserver: Peer URLs already exists"),
            Self::MemberExists => (FailedPrecondition, "etcdserver: member ID already exist"),
            Self::MemberNotLearner => (FailedPrecondition, "etcdserver: can only promote a learner member"),
            Self::LearnerNotReady => {
                (FailedPrecondition, "etcdserver: can only promote a learner member which is in sync with leader")
            }
            Self::TooManyLearners => (FailedPrecondition, "etcdserver: too many learner members in cluster"),
            Self::NotEnoughStarted => (Unknown, "etcdserver: re-configuration failed due to not enough started members"),
            Self::Unhealthy => (Unavailable, "etcdserver: unhealthy cluster"),
            Self::NotForLearner => (FailedPrecondition, "etcdserver: rpc not supported for learner"),
            Self::RequestTooLarge => (InvalidArgument, "etcdserver: request is too large"),
            Self::TooManyRequests => (Unknown, "etcdserver: too many requests"),
            Self::NoLeader => (Unavailable, "etcdserver: no leader"),
            Self::NotLeader => (FailedPrecondition, "etcdserver: not leader"),
            Self::LeaderChanged => (Unavailable, "etcdserver: leader changed"),
            Self::Stopped => (Unavailable, "etcdserver: server stopped"),
            Self::Timeout => (Unavailable, "etcdserver: request timed out"),
            Self::TimeoutLeaderFail => (Unavailable, "etcdserver: request timed out, possibly due to previous leader failure"),
            Self::TimeoutConnectionLost => (Unavailable, "etcdserver: request timed out, possibly due to connection lost"),
            Self::Corrupt => (DataLoss, "etcdserver: corrupt cluster"),
            Self::BadLeaderTransferee => (FailedPrecondition, "etcdserver: bad leader transferee"),
            Self::TimeoutLeaderTransfer => (Unknown, "etcdserver: request timed out, leader transfer took too long"),
            Self::InvalidMemberUrls => (InvalidArgument, "etcdserver: given member URLs are invalid"),
            Self::UnknownAlarmAction => (InvalidArgument, "etcdserver: unknown alarm action"),
            Self::DowngradeVersionFormat => (InvalidArgument, "etcdserver: wrong downgrade target version format"),
            Self::DowngradeTarget => (InvalidArgument, "etcdserver: invalid downgrade target version"),
            Self::UnknownDowngradeAction => (Unknown, "etcdserver: unknown method"),
            Self::RangeStreamSort => (Unimplemented, "RangeStream does not support custom sort orders"),
            Self::RangeStreamFilter => (Unimplemented, "RangeStream does not support revision filters"),
            Self::AuthUserEmpty => (InvalidArgument, "etcdserver: user name is empty"),
            Self::UserExists => (FailedPrecondition, "etcdserver: user name already exists"),
            Self::UserNotFound => (FailedPrecondition, "etcdserver: user name not found"),
            Self::RoleEmpty => (InvalidArgument, "etcdserver: role name is empty"),
            Self::RoleExists => (FailedPrecondition, "etcdserver: role name already exists"),
            Self::RoleNotFound => (FailedPrecondition, "etcdserver: role name not found"),
            Self::RoleNotGranted => (FailedPrecondition, "etcdserver: role is not granted to the user"),
            Self::PermissionNotGranted => (FailedPrecondition, "etcdserver: permission is not granted to the role"),
            Self::PermissionNotGiven => (InvalidArgument, "etcdserver: permission not given"),
            Self::PermissionDenied => (Code::PermissionDenied, "etcdserver: permission denied"),
            Self::AuthOldRevision => (InvalidArgument, "etcdserver: revision of auth store is old"),
            Self::InvalidAuthManagement => (InvalidArgument, "etcdserver: invalid auth management"),
            Self::RootUserNotExist => (FailedPrecondition, "etcdserver: root user does not exist"),
            Self::RootRoleNotExist => (FailedPrecondition, "etcdserver: root user does not have root role"),
            Self::AuthNotEnabled => (FailedPrecondition, "etcdserver: authentication is not enabled"),
            Self::AuthFailed => (InvalidArgument, "etcdserver: authentication failed, invalid user ID or password"),
            Self::NoPasswordUser => (Unknown, "auth: authentication failed, password was given for no password user"),
            Self::InvalidAuthToken => (Unauthenticated, "etcdserver: invalid auth token"),
            Self::VerifyOnlyKey => (Unknown, "auth: token signing attempted with verify-only key"),
            Self::PasswordTooLong => (Unknown, "bcrypt: password length exceeds 72 bytes"),
        }
    }
}

impl From<ApiError> for Status {
    fn from(error: ApiError) -> Self {
        let (code, text) = error.code_and_text();
        Self::new(code, text)
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Compacted => Self::Compacted,
            Refusal::FutureRevision => Self::FutureRevision,
            Refusal::KeyNotFound => Self::KeyNotFound,
            Refusal::LeaseNotFound => Self::LeaseNotFound,
            Refusal::LeaseExists => Self::LeaseExists,
            Refusal::OtherTerm => Self::LeaderChanged,
            Refusal::NoSpace => Self::NoSpace,
            Refusal::Corrupt => Self::Corrupt,
            Refusal::MemberNotFound => Self::MemberNotFound,
            Refusal::PeerUrlExists => Self::PeerUrlExists,
            Refusal::MemberExists => Self::MemberExists,
            Refusal::MemberNotLearner => Self::MemberNotLearner,
            Refusal::TooManyLearners => Self::TooManyLearners,
            Refusal::NotEnoughStarted => Self::NotEnoughStarted,
            Refusal::Auth(refusal) => refusal.into(),
        }
    }
}

impl From<AuthRefusal> for ApiError {
    fn from(refusal: AuthRefusal) -> Self {
        match refusal {
            AuthRefusal::UserEmpty => Self::AuthUserEmpty,
            AuthRefusal::UserExists => Self::UserExists,
            AuthRefusal::UserNotFound => Self::UserNotFound,
            AuthRefusal::RoleEmpty => Self::RoleEmpty,
            AuthRefusal::RoleExists => Self::RoleExists,
            AuthRefusal::RoleNotFound => Self::RoleNotFound,
            AuthRefusal::RoleNotGranted => Self::RoleNotGranted,
            AuthRefusal::PermissionNotGranted => Self::PermissionNotGranted,
            AuthRefusal::PermissionNotGiven => Self::PermissionNotGiven,
            AuthRefusal::PermissionDenied => Self::PermissionDenied,
            AuthRefusal::OldRevision => Self::AuthOldRevision,
            AuthRefusal::InvalidManagement => Self::InvalidAuthManagement,
            AuthRefusal::RootUserNotExist => Self::RootUserNotExist,
            AuthRefusal::RootRoleNotExist => Self::RootRoleNotExist,
            AuthRefusal::NotEnabled => Self::AuthNotEnabled,
            AuthRefusal::AuthFailed => Self::AuthFailed,
            AuthRefusal::NoPasswordUser => Self::NoPasswordUser,
        }
    }
}

impl From<AuthRefusal> for Status {
    fn from(refusal: AuthRefusal) -> Self {
        ApiError::from(refusal).into()
    }
}

impl From<LoginError> for Status {
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::Refused(refusal) => refusal.into(),
            LoginError::Unavailable(error) => error.into(),
            LoginError::InvalidToken => ApiError::InvalidAuthToken.into(),
            LoginError::VerifyOnly => ApiError::VerifyOnlyKey.into(),
            LoginError::PasswordTooLong => ApiError::PasswordTooLong.into(),
            LoginError::Internal(text) => Self::internal(format!("quorate: {text}")),
        }
    }
}

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        ApiError::from(refusal).into()
    }
}

impl From<Unavailable> for Status {
    fn from(error: Unavailable) -> Self {
        ApiError::from(error).into()
    }
}

impl From<Unavailable> for ApiError {
    fn from(error: Unavailable) -> Self {
        match error {
            Unavailable::TooLarge => Self::RequestTooLarge,
            Unavailable::TooManyRequests => Self::TooManyRequests,
            Unavailable::LeaderChanged => Self::LeaderChanged,
            Unavailable::NoLeader => Self::NoLeader,
            Unavailable::Stopped => Self::Stopped,
            Unavailable::Timeout => Self::Timeout,
            Unavailable::TimeoutLeaderFail => Self::TimeoutLeaderFail,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_has_its_own_text() {
        let mut texts: Vec<_> = ApiError::ALL.iter().map(|error| error.code_and_text().1).collect();
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), ApiError::ALL.len());
    }
}
