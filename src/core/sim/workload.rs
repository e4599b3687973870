//! Clients: each does one thing after the other, and remembers what it saw.

use std::collections::BTreeMap;

use bytes::Bytes;
use quorate_proto::{
    etcdserverpb::{
        CompactionRequest, Compare, DeleteRangeRequest, LeaseGrantRequest, LeaseKeepAliveRequest, LeaseRevokeRequest,
        LeaseTimeToLiveRequest, PutRequest, RangeRequest, RequestOp, ResponseHeader, TxnRequest,
        compare::{CompareResult, CompareTarget, TargetUnion},
        request_op::Request,
        response_op::Response,
    },
    mvccpb::KeyValue,
};

use super::{
    administrator::Administrator,
    chance::Chance,
    plan::{Plan, Traffic},
    session::Session,
};
use crate::core::verify::history::{Answer, Call, Outcome};

/// Leases that a client holds at a time.
const LEASES_MAX: usize = 4;

/// A client.
pub struct Client {
    pub id: u32,
    /// Position of the member that it talks to.
    pub member: usize,
    /// Number of the call that it waits for.
    pub waits_for: Option<usize>,
    /// What it last saw of each key: 0 for a key that is not there.
    seen: BTreeMap<Bytes, i64>,
    revision: i64,
    /// Revisions of deletions that it saw, newest last.
    deletions: Vec<i64>,
    leases: Vec<i64>,
    made: u64,
    chance: Chance,
    traffic: Traffic,
    keys: usize,
    value_bytes: usize,
    compact_permille: u32,
    /// Kubernetes' loop of compactions: the version of its key.
    compact_version: i64,
    /// As whom it acts, where there are users.
    pub session: Option<Session>,
    /// What it does instead, if it administers users.
    pub administrator: Option<Administrator>,
}

/// All keys.
const EVERYTHING: (&[u8], &[u8]) = (b"\0", b"\0");
/// The key of Kubernetes' loop of compactions.
const COMPACT_KEY: &[u8] = b"compact_rev_key";

impl Client {
    pub fn new(id: u32, plan: &Plan, chance: &mut Chance) -> Self {
        Self {
            id,
            member: chance.below(plan.members),
            waits_for: None,
            seen: BTreeMap::new(),
            revision: 1,
            deletions: Vec::new(),
            leases: Vec::new(),
            made: 0,
            traffic: plan.traffic,
            keys: plan.keys,
            value_bytes: plan.value_bytes,
            compact_permille: plan.compact_permille,
            compact_version: 0,
            session: None,
            administrator: None,
            chance: chance.part(),
        }
    }

    /// What it does next.
    pub fn next(&mut self) -> Call {
        if let Some(call) = self.session.as_mut().and_then(Session::next) {
            return call;
        }
        if let Some(administrator) = &mut self.administrator {
            return Call::Auth(administrator.next());
        }
        if self.chance.permille(self.compact_permille) {
            return self.compact();
        }
        match self.traffic {
            Traffic::Kubernetes => self.kubernetes(),
            traffic => {
                // Of: put, delete, range, transaction, lease.
                let weights: [u32; 5] = match traffic {
                    Traffic::Writes => [60, 5, 15, 18, 2],
                    Traffic::Deletes => [35, 30, 15, 18, 2],
                    Traffic::Leases => [20, 5, 10, 10, 55],
                    Traffic::Mixed | Traffic::Kubernetes => [25, 8, 35, 20, 12],
                };
                match self.chance.weighted(&[0, 1, 2, 3, 4].map(|kind| (weights[kind], kind))) {
                    0 => Call::Put(self.put()),
                    1 => Call::DeleteRange(self.delete()),
                    2 => Call::Range(self.range()),
                    3 => Call::Txn(self.txn(2)),
                    _ => self.lease(),
                }
            }
        }
    }

    /// The token that its next call shows, if any.
    pub fn shown(&mut self) -> Option<String> {
        self.session.as_mut().and_then(Session::shown)
    }

    /// Takes note of how a call ended that showed this token.
    pub fn learn(&mut self, call: &Call, shown: Option<&String>, outcome: &Outcome) {
        if let Some(session) = &mut self.session {
            session.learn(call, shown, outcome);
        }
        if let (Some(administrator), Call::Auth(call)) = (&mut self.administrator, call) {
            administrator.learn(call, outcome);
        }
        let answer = match outcome {
            Outcome::Answered(answer) => answer,
            Outcome::Refused(_) => {
                if let Call::Put(PutRequest { lease, .. }) = call {
                    self.leases.retain(|held| held != lease);
                }
                return;
            }
            Outcome::Failed(_) | Outcome::Unknown(_) => return,
        };
        match (call, answer) {
            (Call::Put(request), Answer::Put(reply)) => {
                let revision = self.reached(reply.header);
                self.seen.insert(request.key.clone(), revision);
            }
            (Call::Range(_), Answer::Range(reply)) => {
                self.reached(reply.header);
                self.saw(&reply.kvs);
            }
            (Call::DeleteRange(request), Answer::DeleteRange(reply)) => {
                let revision = self.reached(reply.header);
                if reply.deleted > 0 {
                    self.deletions.push(revision);
                }
                self.seen.insert(request.key.clone(), 0);
            }
            (Call::Txn(request), Answer::Txn(reply)) => {
                let revision = self.reached(reply.header);
                let taken = if reply.succeeded { &request.success } else { &request.failure };
                for (op, response) in taken.iter().zip(&reply.responses) {
                    match (&op.request, &response.response) {
                        (Some(Request::RequestPut(put)), _) => {
                            if put.key == COMPACT_KEY {
                                self.compact_version += 1;
                            }
                            self.seen.insert(put.key.clone(), revision);
                        }
                        (Some(Request::RequestDeleteRange(delete)), _) => {
                            self.seen.insert(delete.key.clone(), 0);
                        }
                        (_, Some(Response::ResponseRange(range))) => {
                            if let [KeyValue { key, version, .. }] = range.kvs.as_slice()
                                && key == COMPACT_KEY
                            {
                                self.compact_version = *version;
                            }
                            self.saw(&range.kvs);
                        }
                        _ => {}
                    }
                }
            }
            (_, Answer::LeaseGrant(reply)) => self.leases.push(reply.id),
            (Call::LeaseRevoke(request), _) => self.leases.retain(|held| *held != request.id),
            (_, Answer::LeaseKeepAlive(reply)) if reply.ttl <= 0 => self.leases.retain(|held| *held != reply.id),
            _ => {}
        }
    }

    fn reached(&mut self, header: Option<ResponseHeader>) -> i64 {
        let revision = header.map_or(0, |header| header.revision);
        self.revision = self.revision.max(revision);
        revision
    }

    fn saw(&mut self, kvs: &[KeyValue]) {
        for kv in kvs {
            self.seen.insert(kv.key.clone(), kv.mod_revision);
        }
    }

    fn key(&mut self) -> Bytes {
        format!("k/{:02}", self.chance.below(self.keys)).into()
    }

    fn value(&mut self) -> Bytes {
        self.made += 1;
        let filling = if self.chance.percent(3) { self.chance.below(400) } else { self.value_bytes };
        format!("{}.{}{}", self.id, self.made, "-".repeat(filling)).into()
    }

    /// One key, a range, a prefix, all from a key on, or all.
    fn range_of_keys(&mut self) -> (Bytes, Bytes) {
        match self.chance.below(10) {
            0..=5 => (self.key(), Bytes::new()),
            6 => {
                let (one, other) = (self.key(), self.key());
                (one.clone().min(other.clone()), one.max(other))
            }
            7 => ("k/".into(), "k0".into()),
            8 => (self.key(), Bytes::from_static(b"\0")),
            _ => (EVERYTHING.0.into(), EVERYTHING.1.into()),
        }
    }

    fn put(&mut self) -> PutRequest {
        let lease = if self.chance.percent(25) { self.some_lease() } else { 0 };
        let mut put = PutRequest { key: self.key(), value: self.value(), lease, ..PutRequest::default() };
        put.prev_kv = self.chance.percent(30);
        if self.chance.percent(3) {
            put.ignore_lease = true;
            put.lease = 0;
        }
        put
    }

    fn some_lease(&mut self) -> i64 {
        if self.leases.is_empty() { 0 } else { self.chance.of(&self.leases.clone()) }
    }

    fn delete(&mut self) -> DeleteRangeRequest {
        let (key, range_end) = if self.chance.percent(85) { (self.key(), Bytes::new()) } else { self.range_of_keys() };
        DeleteRangeRequest { key, range_end, prev_kv: self.chance.percent(40) }
    }

    fn range(&mut self) -> RangeRequest {
        let (key, range_end) = self.range_of_keys();
        let mut range = RangeRequest { key, range_end, ..RangeRequest::default() };
        range.serializable = self.chance.percent(25);
        range.limit = self.chance.of(&[0, 0, 0, 1, 2, 5]);
        range.keys_only = self.chance.percent(10);
        range.count_only = self.chance.percent(5);
        if self.chance.percent(20) {
            range.revision = self.past_revision();
        }
        range
    }

    fn past_revision(&mut self) -> i64 {
        let back = self.chance.skewed(0..40) as i64;
        (self.revision - back).max(1)
    }

    fn txn(&mut self, depth: usize) -> TxnRequest {
        let count = self.chance.below(3);
        let compare = (0..count).map(|_| self.compare()).collect();
        // A key may be put once in a transaction; both branches keep to a part of the keys of their own.
        let mut keys: Vec<usize> = (0..self.keys).collect();
        let success = self.ops(depth, &mut keys);
        let failure = self.ops(depth, &mut keys);
        TxnRequest { compare, success, failure }
    }

    fn ops(&mut self, depth: usize, keys: &mut Vec<usize>) -> Vec<RequestOp> {
        let count = self.chance.below(4);
        let mut ops = Vec::new();
        for _ in 0..count {
            let request = match self.chance.below(if depth > 0 { 10 } else { 9 }) {
                0..=3 if !keys.is_empty() => {
                    let at = self.chance.below(keys.len());
                    let key = format!("k/{:02}", keys.swap_remove(at)).into();
                    Request::RequestPut(PutRequest { key, ..self.put() })
                }
                4..=5 if !keys.is_empty() => {
                    let at = self.chance.below(keys.len());
                    let key = format!("k/{:02}", keys.swap_remove(at)).into();
                    Request::RequestDeleteRange(DeleteRangeRequest {
                        key,
                        prev_kv: self.chance.percent(40),
                        ..Default::default()
                    })
                }
                9 => {
                    let nested = TxnRequest {
                        compare: vec![self.compare()],
                        success: self.ops(depth - 1, keys),
                        failure: self.ops(depth - 1, keys),
                    };
                    Request::RequestTxn(nested)
                }
                _ => Request::RequestRange(RangeRequest { serializable: false, ..self.range() }),
            };
            ops.push(RequestOp { request: Some(request) });
        }
        ops
    }

    fn compare(&mut self) -> Compare {
        let key = self.key();
        let seen = self.seen.get(&key).copied().unwrap_or(0);
        let (target, union, result) = match self.chance.below(6) {
            0..=2 => (CompareTarget::Mod, TargetUnion::ModRevision(seen), CompareResult::Equal),
            3 => (CompareTarget::Version, TargetUnion::Version(0), CompareResult::Greater),
            4 => (CompareTarget::Create, TargetUnion::CreateRevision(self.revision), CompareResult::Less),
            _ => (CompareTarget::Lease, TargetUnion::Lease(0), CompareResult::NotEqual),
        };
        Compare { result: result.into(), target: target.into(), key, range_end: Bytes::new(), target_union: Some(union) }
    }

    fn compact(&mut self) -> Call {
        let revision = match self.deletions.last() {
            // Right at a deletion: its tombstone is the newest that is gone.
            Some(&deletion) if self.chance.percent(40) => deletion,
            _ => self.past_revision(),
        };
        Call::Compact(CompactionRequest { revision, physical: self.chance.percent(30) })
    }

    fn lease(&mut self) -> Call {
        if self.leases.is_empty() || (self.leases.len() < LEASES_MAX && self.chance.percent(20)) {
            self.made += 1;
            let id = i64::from(self.id + 1) * 1_000_000 + self.made as i64;
            return Call::LeaseGrant(LeaseGrantRequest { ttl: self.chance.within(1..6) as i64, id });
        }
        let id = self.some_lease();
        match self.chance.below(10) {
            0 => Call::LeaseRevoke(LeaseRevokeRequest { id }),
            1 => Call::LeaseTimeToLive(LeaseTimeToLiveRequest { id, keys: self.chance.percent(50) }),
            2..=5 => Call::LeaseKeepAlive(LeaseKeepAliveRequest { id }),
            6 => {
                // Given up: nobody renews it any more.
                self.leases.retain(|held| *held != id);
                Call::Range(self.range())
            }
            _ => Call::Put(PutRequest { lease: id, ..self.put() }),
        }
    }

    fn kubernetes(&mut self) -> Call {
        let key = self.key();
        let seen = self.seen.get(&key).copied().unwrap_or(0);
        let get = |key: &Bytes| {
            let range = RangeRequest { key: key.clone(), ..RangeRequest::default() };
            vec![RequestOp { request: Some(Request::RequestRange(range)) }]
        };
        let unchanged = |key: &Bytes, revision: i64| Compare {
            result: CompareResult::Equal.into(),
            target: CompareTarget::Mod.into(),
            key: key.clone(),
            range_end: Bytes::new(),
            target_union: Some(TargetUnion::ModRevision(revision)),
        };
        match self.chance.below(20) {
            0..=8 => {
                let put = PutRequest { key: key.clone(), value: self.value(), ..PutRequest::default() };
                let success = vec![RequestOp { request: Some(Request::RequestPut(put)) }];
                // A create has nothing for the other case.
                let failure = if seen == 0 { Vec::new() } else { get(&key) };
                Call::Txn(TxnRequest { compare: vec![unchanged(&key, seen)], success, failure })
            }
            9..=11 => {
                let delete = DeleteRangeRequest { key: key.clone(), ..DeleteRangeRequest::default() };
                let success = vec![RequestOp { request: Some(Request::RequestDeleteRange(delete)) }];
                Call::Txn(TxnRequest { compare: vec![unchanged(&key, seen)], success, failure: get(&key) })
            }
            12..=14 => Call::Range(RangeRequest { key, ..RangeRequest::default() }),
            15..=17 => {
                let mut list = RangeRequest { key: "k/".into(), range_end: "k0".into(), limit: 3, ..RangeRequest::default() };
                if self.chance.percent(50) {
                    (list.key, list.revision) = (key, self.past_revision());
                }
                Call::Range(list)
            }
            18 => {
                let key = Bytes::from_static(COMPACT_KEY);
                let version = Compare {
                    result: CompareResult::Equal.into(),
                    target: CompareTarget::Version.into(),
                    key: key.clone(),
                    range_end: Bytes::new(),
                    target_union: Some(TargetUnion::Version(self.compact_version)),
                };
                let put = PutRequest { key: key.clone(), value: self.value(), ..PutRequest::default() };
                let success = vec![RequestOp { request: Some(Request::RequestPut(put)) }];
                Call::Txn(TxnRequest { compare: vec![version], success, failure: get(&key) })
            }
            _ => self.compact(),
        }
    }
}
