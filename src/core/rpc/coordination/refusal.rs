//! What the services say when they refuse.

use tonic::{Code, Status};

/// A refusal of the queue itself. The texts are etcd's (3.7), but for one that etcd does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The place in a lock's queue was lost while its owner waited.
    LockSessionExpired,
    /// The place in an election's queue was lost while its owner waited. etcd calls such a candidate the leader.
    ElectionSessionExpired,
    /// The key and revision given are not those of a candidate.
    NotLeader,
    NoLeader,
    MissingLeader,
    /// The watch for the end of the one before was refused.
    LostWatcher,
    /// The keys can't be followed any more. etcd's server tells its clients no more than the end of what it reads itself.
    ObserveClosed,
}

impl Refusal {
    pub const fn text(self) -> &'static str {
        match self {
            Self::LockSessionExpired => "mutex: session is expired",
            Self::ElectionSessionExpired => "election: session is expired",
            Self::NotLeader => "election: not leader",
            Self::NoLeader => "election: no leader",
            Self::MissingLeader => "\"leader\" field must be provided",
            Self::LostWatcher => "lost watcher waiting for delete",
            Self::ObserveClosed => "EOF",
        }
    }
}

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        Self::unknown(refusal.text())
    }
}

/// A refusal of the store as these services pass it on: the text stays, the code is lost, as in etcd, whose services are clients of the
/// store. Faults of this member keep their code, and so does what passes, such as its stop or an election (which etcd's lose): then it
/// can be asked again, or another member.
pub fn relayed(status: &Status) -> Status {
    let is_refusal = status.message().starts_with("etcdserver: ") && status.code() != Code::Unavailable;
    let code = if is_refusal { Code::Unknown } else { status.code() };
    Status::new(code, status.message())
}

#[cfg(test)]
mod tests {
    use super::{super::super::status::ApiError, *};

    #[test]
    fn refusals_of_the_store_lose_their_code_and_faults_keep_it() {
        let refused = relayed(&Status::not_found("etcdserver: requested lease not found"));
        assert_eq!((refused.code(), refused.message()), (Code::Unknown, "etcdserver: requested lease not found"));
        assert_eq!(relayed(&Status::data_loss("quorate: a row is damaged")).code(), Code::DataLoss);
        for passes in [ApiError::Stopped, ApiError::LeaderChanged, ApiError::TimeoutLeaderFail] {
            assert_eq!(relayed(&passes.into()).code(), Code::Unavailable);
        }
        assert_eq!(Status::from(Refusal::NoLeader).code(), Code::Unknown);
    }
}
