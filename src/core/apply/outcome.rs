//! What applying an entry gives: the reply for who waits, changes for watchers, and effects for the shell.

use bytes::Bytes;

use super::super::{
    alarm::AlarmKind,
    consensus::Configuration,
    mvcc::{KvList, RevisionChanges},
    refusal::Refusal,
};

/// Everything that came of one entry.
#[derive(Debug)]
pub struct Applied {
    /// The proposal's id; 0 for an entry that nobody proposed.
    pub id: u64,
    pub outcome: Result<Reply, Refusal>,
    pub changes: Option<RevisionChanges>,
    pub effects: Vec<Effect>,
}

/// The answer to a command.
#[derive(Debug, PartialEq, Eq)]
pub enum Reply {
    Op(OpReply),
    /// `revision` is the store's current one.
    Compacted {
        revision: i64,
    },
    LeaseGranted {
        id: i64,
        ttl_secs: i64,
    },
    /// `keys` went with the lease; `revision` is the store's after it.
    LeaseRevoked {
        revision: i64,
        keys: Vec<Bytes>,
    },
    /// `revision` is that of users and roles after it.
    UsersChanged {
        revision: u64,
    },
    Alarms(Vec<(AlarmKind, u64)>),
    /// A token was made; its text ends with this index.
    TokenIssued {
        index: u64,
    },
    Done,
}

/// The answer to a key-value operation, alone or at its place in a transaction.
#[derive(Debug, PartialEq, Eq)]
pub enum OpReply {
    Range(RangeReply),
    Put(PutReply),
    Delete(DeleteReply),
    Txn(TxnReply),
}

#[derive(Debug, Default, PartialEq, Eq)]
pub struct RangeReply {
    pub revision: i64,
    pub kvs: KvList,
    pub more: bool,
    pub count: i64,
}

#[derive(Debug, PartialEq, Eq)]
pub struct PutReply {
    pub revision: i64,
    pub previous: Option<Bytes>,
}

#[derive(Debug, PartialEq, Eq)]
pub struct DeleteReply {
    pub revision: i64,
    pub deleted: i64,
    pub previous: Vec<Bytes>,
}

#[derive(Debug, PartialEq, Eq)]
pub struct TxnReply {
    /// 0 for a nested transaction: its header is empty.
    pub revision: i64,
    pub succeeded: bool,
    pub replies: Vec<OpReply>,
}

/// What the shell must know or do after an entry.
#[derive(Debug, PartialEq, Eq)]
pub enum Effect {
    LeaseGranted {
        id: i64,
        ttl_secs: i64,
    },
    LeaseRevoked {
        id: i64,
    },
    /// The remaining time was noted; 0 means a renewal.
    LeaseCheckpointed {
        id: i64,
        remaining_secs: i64,
    },
    /// History below `revision` is unreadable and may be swept; before it was that below `previous`.
    Compacted {
        revision: i64,
        previous: i64,
    },
    /// Members, or what is known of them, changed.
    MembersChanged,
    /// This member was taken out of the cluster, and the others may have changed their links.
    MemberRemoved {
        member: u64,
    },
    /// The change of membership at this index is applied or, if not accepted, refused; the configuration is this one then.
    ConfChange {
        index: u64,
        accepted: bool,
        configuration: Configuration,
    },
    ClusterVersion {
        version: String,
    },
    AlarmRaised {
        kind: AlarmKind,
        member: u64,
    },
}
