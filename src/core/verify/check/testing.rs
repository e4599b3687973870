//! Histories for the tests of the checkers: right ones, made by the model one request after another, to be spoilt on purpose.

use bytes::Bytes;
use quorate_proto::{
    etcdserverpb::{
        CompactionRequest, Compare, DeleteRangeRequest, LeaseGrantRequest, LeaseKeepAliveRequest, LeaseRevokeRequest, PutRequest,
        RangeRequest, RequestOp, TxnRequest,
        compare::{CompareResult, CompareTarget, TargetUnion},
        request_op::Request,
    },
    mvccpb::{Event, KeyValue},
};

use super::super::{
    history::{Answer, Call, History, Ledger, Moment, Operation, Outcome, WatchStream},
    model::Model,
};

/// A millisecond of the run.
pub const MS: Moment = 1_000_000;
/// How long each operation takes. Between two of them there is as much.
pub const STEP: Moment = 10 * MS;

/// A run as it is made.
#[derive(Debug, Default)]
pub struct Run {
    pub model: Model,
    pub operations: Vec<Operation>,
    pub streams: Vec<WatchStream>,
    pub clock: Moment,
}

impl Run {
    fn record(&mut self, call: Call, outcome: Outcome) -> usize {
        let begun = self.clock + STEP;
        self.clock = begun + STEP;
        self.operations.push(Operation { client: 1, member: 1, call, begun, ended: self.clock, outcome });
        self.operations.len() - 1
    }

    /// Answered as the model does.
    pub fn ok(&mut self, call: Call) -> usize {
        let answer = self.model.apply(&call).unwrap();
        self.record(call, Outcome::Answered(answer))
    }

    /// Refused as the model does.
    pub fn refused(&mut self, call: Call) -> usize {
        let refusal = self.model.apply(&call).unwrap_err();
        self.record(call, Outcome::Refused(refusal.to_owned()))
    }

    /// Took effect, but nobody was told.
    pub fn lost(&mut self, call: Call) -> usize {
        let index = self.record(call, Outcome::Unknown("time out".to_owned()));
        self.model.apply(&self.operations[index].call).unwrap();
        index
    }

    /// Did not take effect, which nobody was told.
    pub fn vanished(&mut self, call: Call) -> usize {
        self.record(call, Outcome::Unknown("time out".to_owned()))
    }

    /// Happens without any client.
    pub fn happens(&mut self, call: Call) {
        self.model.apply(&call).unwrap();
    }

    pub fn history(self) -> History {
        let ledger = Ledger { revisions: self.model.past().revisions().to_vec() };
        History { operations: self.operations, streams: self.streams, ledger, ..History::default() }
    }
}

pub fn bytes(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

pub fn put(key: &str, value: &str) -> Call {
    leased(key, value, 0)
}

pub fn leased(key: &str, value: &str, lease: i64) -> Call {
    Call::Put(PutRequest { key: bytes(key), value: bytes(value), lease, ..PutRequest::default() })
}

pub fn delete(key: &str, end: &str) -> Call {
    Call::DeleteRange(DeleteRangeRequest { key: bytes(key), range_end: bytes(end), prev_kv: false })
}

pub fn get(key: &str, end: &str) -> Call {
    get_at(key, end, 0)
}

pub fn get_at(key: &str, end: &str, revision: i64) -> Call {
    Call::Range(RangeRequest { key: bytes(key), range_end: bytes(end), revision, ..RangeRequest::default() })
}

pub fn serializable(key: &str) -> Call {
    Call::Range(RangeRequest { key: bytes(key), serializable: true, ..RangeRequest::default() })
}

pub fn compact(revision: i64) -> Call {
    Call::Compact(CompactionRequest { revision, physical: false })
}

pub fn grant(id: i64, ttl: i64) -> Call {
    Call::LeaseGrant(LeaseGrantRequest { ttl, id })
}

pub fn revoke(id: i64) -> Call {
    Call::LeaseRevoke(LeaseRevokeRequest { id })
}

pub fn keep_alive(id: i64) -> Call {
    Call::LeaseKeepAlive(LeaseKeepAliveRequest { id })
}

/// Puts `then` if the key has this value, and else reads it.
pub fn swap(key: &str, value: &str, then: &str) -> Call {
    let compare = Compare {
        result: CompareResult::Equal.into(),
        target: CompareTarget::Value.into(),
        key: bytes(key),
        range_end: Bytes::new(),
        target_union: Some(TargetUnion::Value(bytes(value))),
    };
    let put = PutRequest { key: bytes(key), value: bytes(then), ..PutRequest::default() };
    let range = RangeRequest { key: bytes(key), ..RangeRequest::default() };
    Call::Txn(TxnRequest {
        compare: vec![compare],
        success: op(Request::RequestPut(put)),
        failure: op(Request::RequestRange(range)),
    })
}

fn op(request: Request) -> Vec<RequestOp> {
    vec![RequestOp { request: Some(request) }]
}

/// Puts several keys at once.
pub fn put_all(pairs: &[(&str, &str)]) -> Call {
    let put = |(key, value): &(&str, &str)| PutRequest { key: bytes(key), value: bytes(value), ..PutRequest::default() };
    let success = pairs.iter().flat_map(|pair| op(Request::RequestPut(put(pair)))).collect();
    Call::Txn(TxnRequest { compare: vec![], success, failure: vec![] })
}

impl History {
    /// The answer to an operation, to be spoilt.
    pub fn answer_mut(&mut self, index: usize) -> &mut Answer {
        let Outcome::Answered(answer) = &mut self.operations[index].outcome else { panic!("{index} was not answered") };
        answer
    }

    /// The keys that a range found, to be spoilt.
    pub fn kvs_mut(&mut self, index: usize) -> &mut Vec<KeyValue> {
        let Answer::Range(range) = self.answer_mut(index) else { panic!("{index} is no range") };
        &mut range.kvs
    }

    /// The ledger's events at a revision, to be spoilt.
    pub fn events_mut(&mut self, revision: i64) -> &mut Vec<Event> {
        &mut self.ledger.revisions[revision as usize - 2].events
    }
}
