//! A run as its clients saw it, and the changes that the cluster says it went through.

use quorate_proto::{etcdserverpb as wire, mvccpb::Event};

use super::users::{AuthAnswer, AuthCall, UsersHistory};

/// A moment of the run: nanoseconds since its beginning, on one clock for all clients.
pub type Moment = u64;

/// Everything that was recorded of a run.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// In any order. Operations of one client don't overlap.
    pub operations: Vec<Operation>,
    /// In any order.
    pub streams: Vec<WatchStream>,
    pub ledger: Ledger,
    /// Answers to HashKV, from any member at any time.
    pub hashes: Vec<HashSeen>,
    /// Of a run in which there were users.
    pub users: Option<UsersHistory>,
}

/// One request of a client, and what it knows of how it ended.
#[derive(Clone, Debug)]
pub struct Operation {
    pub client: u32,
    /// Id of the member that was asked.
    pub member: u64,
    pub call: Call,
    pub begun: Moment,
    /// When the outcome was known.
    pub ended: Moment,
    pub outcome: Outcome,
}

/// What was asked. Requests whose effect must be told from others' carry unique values.
#[derive(Clone, Debug, PartialEq)]
pub enum Call {
    Range(wire::RangeRequest),
    Put(wire::PutRequest),
    DeleteRange(wire::DeleteRangeRequest),
    Txn(wire::TxnRequest),
    Compact(wire::CompactionRequest),
    LeaseGrant(wire::LeaseGrantRequest),
    LeaseRevoke(wire::LeaseRevokeRequest),
    LeaseKeepAlive(wire::LeaseKeepAliveRequest),
    LeaseTimeToLive(wire::LeaseTimeToLiveRequest),
    Auth(AuthCall),
}

/// What was answered.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    Range(wire::RangeResponse),
    Put(wire::PutResponse),
    DeleteRange(wire::DeleteRangeResponse),
    Txn(wire::TxnResponse),
    Compact(wire::CompactionResponse),
    LeaseGrant(wire::LeaseGrantResponse),
    LeaseRevoke(wire::LeaseRevokeResponse),
    LeaseKeepAlive(wire::LeaseKeepAliveResponse),
    LeaseTimeToLive(wire::LeaseTimeToLiveResponse),
    Auth(AuthAnswer),
}

/// How a request ended, as its client knows.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    Answered(Answer),
    /// The cluster's verdict, as the error text says: nothing has changed.
    Refused(String),
    /// It never took effect: for example no member was reached.
    Failed(String),
    /// It may have taken effect, or may yet, or never: time-outs, lost connections, lost leaders.
    Unknown(String),
}

/// One watch stream as its client saw it.
#[derive(Clone, Debug, Default)]
pub struct WatchStream {
    pub client: u32,
    /// Id of the member at the other end.
    pub member: u64,
    pub begun: Moment,
    /// In the order in which they were sent. The k-th response with `created` answers the k-th of them.
    pub creates: Vec<(Moment, wire::WatchCreateRequest)>,
    /// When a progress request was sent.
    pub progress_requests: Vec<Moment>,
    /// In the order in which they came.
    pub responses: Vec<(Moment, wire::WatchResponse)>,
    /// When the client stopped reading or lost the stream; `None`: it read until the end of the run, and had time to read all.
    pub ended: Option<Moment>,
}

/// Every revision that the cluster went through, in order: the changes that one of its members says were applied. Whoever records it
/// has made sure that all members say the same.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    pub revisions: Vec<LedgerRevision>,
}

/// One main revision: 2 is the first.
#[derive(Clone, Debug)]
pub struct LedgerRevision {
    pub revision: i64,
    /// In the order of their sub revisions, as a watcher gets them; `prev_kv` is not set.
    pub events: Vec<Event>,
}

/// An answer to HashKV.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashSeen {
    pub member: u64,
    /// The revision that was hashed.
    pub revision: i64,
    pub compact_revision: i64,
    pub hash: u32,
}

impl Answer {
    /// The header that came with it.
    pub fn header(&self) -> Option<&wire::ResponseHeader> {
        match self {
            Self::Range(answer) => answer.header.as_ref(),
            Self::Put(answer) => answer.header.as_ref(),
            Self::DeleteRange(answer) => answer.header.as_ref(),
            Self::Txn(answer) => answer.header.as_ref(),
            Self::Compact(answer) => answer.header.as_ref(),
            Self::LeaseGrant(answer) => answer.header.as_ref(),
            Self::LeaseRevoke(answer) => answer.header.as_ref(),
            Self::LeaseKeepAlive(answer) => answer.header.as_ref(),
            Self::LeaseTimeToLive(answer) => answer.header.as_ref(),
            Self::Auth(answer) => answer.header.as_ref(),
        }
    }

    /// The header, to be written.
    pub fn header_mut(&mut self) -> &mut Option<wire::ResponseHeader> {
        match self {
            Self::Range(answer) => &mut answer.header,
            Self::Put(answer) => &mut answer.header,
            Self::DeleteRange(answer) => &mut answer.header,
            Self::Txn(answer) => &mut answer.header,
            Self::Compact(answer) => &mut answer.header,
            Self::LeaseGrant(answer) => &mut answer.header,
            Self::LeaseRevoke(answer) => &mut answer.header,
            Self::LeaseKeepAlive(answer) => &mut answer.header,
            Self::LeaseTimeToLive(answer) => &mut answer.header,
            Self::Auth(answer) => &mut answer.header,
        }
    }
}

impl Operation {
    /// The answer, if there was one.
    pub fn answer(&self) -> Option<&Answer> {
        if let Outcome::Answered(answer) = &self.outcome { Some(answer) } else { None }
    }

    /// The revision in the header of the answer.
    pub fn told_revision(&self) -> Option<i64> {
        Some(self.answer()?.header()?.revision)
    }
}
