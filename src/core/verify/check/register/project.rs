//! Cuts out of each operation what it does to a single key and sees of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bytes::Bytes;
use quorate_proto::{
    etcdserverpb::{
        Compare, DeleteRangeRequest, DeleteRangeResponse, PutRequest, PutResponse, RangeRequest, RangeResponse, RequestOp,
        TxnRequest, TxnResponse,
        compare::{CompareResult, CompareTarget, TargetUnion},
        request_op::Request,
        response_op::Response,
    },
    mvccpb::KeyValue,
};

use super::{
    super::super::{
        history::{Answer, Call, History, Moment, Operation, Outcome},
        model::refusal,
        span::Span,
    },
    super::content::each_op,
    search::{Atom, Step},
};

/// Ways that an operation of unknown outcome may have gone, on one key; with more, the key is not judged.
const WAYS_MAX: usize = 16;

/// The operations on one key.
#[derive(Debug, Default)]
pub struct Projected {
    pub steps: Vec<Step>,
    /// Of each step the operation it was cut out of.
    pub operations: Vec<usize>,
    /// Some operation may have gone in more ways than are followed.
    pub is_cut_short: bool,
}

pub fn project(history: &History) -> BTreeMap<Bytes, Projected> {
    let all = survey(history);
    let mut projected: BTreeMap<Bytes, Projected> = BTreeMap::new();
    let mut cutter = Cutter::default();
    for (index, operation) in history.operations.iter().enumerate() {
        let touched = touched(&operation.call);
        let wide = touched.wide.iter().flat_map(|span| all.keys.iter().filter(|key| span.contains(key)));
        let attached = touched.revoked.and_then(|lease| all.attached.get(&lease)).into_iter().flat_map(BTreeMap::keys);
        let keys: BTreeSet<Bytes> = touched.keys.iter().chain(wide).chain(attached).cloned().collect();
        for key in keys {
            let Some(ways) = cutter.ways(operation, &key) else { continue };
            let is_known = !matches!(operation.outcome, Outcome::Unknown(_));
            let of_key = projected.entry(key).or_default();
            of_key.is_cut_short |= ways.len() > WAYS_MAX;
            of_key.steps.push(Step { begun: operation.begun, ended: is_known.then_some(operation.ended), ways });
            of_key.operations.push(index);
        }
    }
    // Each time a lease was granted, it may end at any time after the first put that names it, and take the key along.
    for (lease, keys) in &all.attached {
        for (key, (begun, put)) in keys {
            let of_key = projected.entry(key.clone()).or_default();
            for _ in 0..all.grants.get(lease).copied().unwrap_or(1) {
                of_key.steps.push(Step { begun: *begun, ended: None, ways: vec![vec![Atom::DeleteLeased(*lease)]] });
                of_key.operations.push(*put);
            }
        }
    }
    projected
}

/// What all operations together name.
#[derive(Default)]
struct Survey {
    keys: BTreeSet<Bytes>,
    /// For each lease the keys that are put under it, with when and by whom that was first asked.
    attached: BTreeMap<i64, BTreeMap<Bytes, (Moment, usize)>>,
    /// How often each lease may have been granted.
    grants: BTreeMap<i64, usize>,
}

fn survey(history: &History) -> Survey {
    let mut survey = Survey::default();
    for (index, operation) in history.operations.iter().enumerate() {
        let touched = touched(&operation.call);
        for (key, lease) in touched.leased {
            let first = survey.attached.entry(lease).or_default().entry(key).or_insert((operation.begun, index));
            *first = (*first).min((operation.begun, index));
        }
        survey.keys.extend(touched.keys);
        let granted = match (&operation.call, operation.answer()) {
            (Call::LeaseGrant(_), Some(Answer::LeaseGrant(answer))) => Some(answer.id),
            (Call::LeaseGrant(request), _) => Some(request.id),
            _ => None,
        };
        granted.into_iter().for_each(|id| *survey.grants.entry(id).or_default() += 1);
    }
    survey
}

#[derive(Default)]
struct Touched {
    keys: Vec<Bytes>,
    /// Ranges of keys that are written.
    wide: Vec<Span>,
    /// Keys put under leases.
    leased: Vec<(Bytes, i64)>,
    revoked: Option<i64>,
}

fn touched(call: &Call) -> Touched {
    let mut touched = Touched::default();
    let mut op = |request: &Request| match request {
        Request::RequestPut(put) => {
            touched.keys.push(put.key.clone());
            if put.lease != 0 {
                touched.leased.push((put.key.clone(), put.lease));
            }
        }
        Request::RequestRange(range) if range.range_end.is_empty() => touched.keys.push(range.key.clone()),
        Request::RequestDeleteRange(delete) if delete.range_end.is_empty() => touched.keys.push(delete.key.clone()),
        Request::RequestDeleteRange(delete) => touched.wide.push(Span::new(&delete.key, &delete.range_end)),
        Request::RequestRange(_) | Request::RequestTxn(_) => {}
    };
    match call {
        Call::Put(put) => op(&Request::RequestPut(put.clone())),
        Call::Range(range) if range.range_end.is_empty() => touched.keys.push(range.key.clone()),
        Call::DeleteRange(delete) => op(&Request::RequestDeleteRange(delete.clone())),
        Call::Txn(txn) => each_op(txn, &mut op),
        Call::LeaseRevoke(revoke) => touched.revoked = Some(revoke.id),
        _ => {}
    }
    touched
}

/// Numbers the values.
#[derive(Default)]
struct Cutter {
    values: HashMap<Bytes, u32>,
}

/// Tests come first: a transaction's compares look at the state before it.
#[derive(Clone, Default)]
struct Way {
    tests: Vec<Atom>,
    acts: Vec<Atom>,
}

impl Cutter {
    fn value(&mut self, value: &Bytes) -> u32 {
        let next = self.values.len() as u32;
        *self.values.entry(value.clone()).or_insert(next)
    }

    fn exactly(&mut self, kv: &KeyValue) -> Atom {
        Atom::Exactly(self.value(&kv.value), kv.lease)
    }

    /// The ways in which an operation may have gone, as this key saw it; `None` if it saw nothing.
    fn ways(&mut self, operation: &Operation, key: &Bytes) -> Option<Vec<Vec<Atom>>> {
        let ways = match &operation.outcome {
            Outcome::Answered(answer) => {
                let mut way = Way::default();
                self.answered(&operation.call, answer, key, &mut way);
                vec![way]
            }
            Outcome::Unknown(_) => self.unknown(&operation.call, key),
            // A put that keeps something of a key that is not there.
            Outcome::Refused(text) if matches!(operation.call, Call::Put(_)) && text.contains(refusal::KEY_NOT_FOUND) => {
                vec![Way { tests: vec![Atom::Absent], acts: Vec::new() }]
            }
            Outcome::Refused(_) | Outcome::Failed(_) => return None,
        };
        let ways: Vec<Vec<Atom>> = ways.into_iter().map(|way| [way.tests, way.acts].concat()).collect();
        let says_anything = ways.iter().any(|way| !way.is_empty());
        says_anything.then_some(ways)
    }

    fn answered(&mut self, call: &Call, answer: &Answer, key: &Bytes, way: &mut Way) {
        match (call, answer) {
            (Call::Put(put), Answer::Put(answer)) => self.put(put, Some(answer), way),
            (Call::DeleteRange(delete), Answer::DeleteRange(answer)) => self.delete(delete, Some(answer), key, way),
            (Call::Range(range), Answer::Range(answer)) if !range.serializable => self.range(range, answer, way),
            (Call::Txn(txn), Answer::Txn(answer)) => self.txn(txn, answer, key, way),
            (Call::LeaseRevoke(revoke), Answer::LeaseRevoke(_)) => way.acts.push(Atom::DeleteLeased(revoke.id)),
            _ => {}
        }
    }

    fn put(&mut self, put: &PutRequest, answer: Option<&PutResponse>, way: &mut Way) {
        if let Some(answer) = answer.filter(|_| put.prev_kv) {
            let before = answer.prev_kv.as_ref().map_or(Atom::Absent, |kv| self.exactly(kv));
            way.acts.push(before);
        }
        match (put.ignore_value, put.ignore_lease) {
            (false, false) => {
                let value = self.value(&put.value);
                way.acts.push(Atom::Put(value, put.lease));
            }
            (false, true) => {
                let value = self.value(&put.value);
                way.acts.push(Atom::PutValue(value));
            }
            (true, false) => way.acts.push(Atom::PutLease(put.lease)),
            (true, true) => way.acts.push(Atom::Present),
        }
    }

    fn delete(&mut self, delete: &DeleteRangeRequest, answer: Option<&DeleteRangeResponse>, key: &Bytes, way: &mut Way) {
        if !Span::new(&delete.key, &delete.range_end).contains(key) {
            return;
        }
        if let Some(answer) = answer {
            if answer.deleted == 0 {
                way.acts.push(Atom::Absent);
            } else if delete.prev_kv {
                let before = answer.prev_kvs.iter().find(|kv| kv.key == key);
                let before = before.map_or(Atom::Absent, |kv| self.exactly(kv));
                way.acts.push(before);
            } else if delete.range_end.is_empty() {
                way.acts.push(Atom::Present);
            }
        }
        way.acts.push(Atom::Delete);
    }

    fn range(&mut self, range: &RangeRequest, answer: &RangeResponse, way: &mut Way) {
        let bounds = [range.min_mod_revision, range.max_mod_revision, range.min_create_revision, range.max_create_revision];
        if range.revision > 0 || bounds.iter().any(|bound| *bound != 0) {
            return;
        }
        way.acts.push(match answer.kvs.first().filter(|_| !range.keys_only) {
            Some(kv) => self.exactly(kv),
            None if answer.count > 0 => Atom::Present,
            None => Atom::Absent,
        });
    }

    fn txn(&mut self, txn: &TxnRequest, answer: &TxnResponse, key: &Bytes, way: &mut Way) {
        self.compares(txn, answer.succeeded, key, way);
        let ops = if answer.succeeded { &txn.success } else { &txn.failure };
        for (op, response) in ops.iter().zip(&answer.responses) {
            match (&op.request, &response.response) {
                (Some(Request::RequestPut(put)), Some(Response::ResponsePut(answer))) if put.key == key => {
                    self.put(put, Some(answer), way);
                }
                (Some(Request::RequestDeleteRange(delete)), Some(Response::ResponseDeleteRange(answer))) => {
                    self.delete(delete, Some(answer), key, way);
                }
                (Some(Request::RequestRange(range)), Some(Response::ResponseRange(answer)))
                    if range.key == key && range.range_end.is_empty() =>
                {
                    self.range(range, answer, way);
                }
                (Some(Request::RequestTxn(nested)), Some(Response::ResponseTxn(answer))) => self.txn(nested, answer, key, way),
                _ => {}
            }
        }
    }

    /// What the outcome of the compares says of the key. That they don't all hold says something only of a single one.
    fn compares(&mut self, txn: &TxnRequest, held: bool, key: &Bytes, way: &mut Way) {
        let judged = if held || txn.compare.len() == 1 { txn.compare.as_slice() } else { &[] };
        for compare in judged.iter().filter(|compare| compare.range_end.is_empty() && compare.key == key) {
            let test = self.compare(compare, held);
            way.tests.extend(test);
        }
    }

    fn compare(&mut self, compare: &Compare, held: bool) -> Option<Atom> {
        let union = compare.target_union.as_ref();
        let number = match (compare.target(), union) {
            (CompareTarget::Value, Some(TargetUnion::Value(value))) => {
                let value = self.value(value);
                return match (compare.result(), held) {
                    (CompareResult::Equal, true) => Some(Atom::Value(value)),
                    (CompareResult::Equal, false) => Some(Atom::NotValue(value)),
                    (CompareResult::NotEqual, true) => Some(Atom::OtherValue(value)),
                    (CompareResult::NotEqual, false) => Some(Atom::NoneOrValue(value)),
                    (_, true) => Some(Atom::Present),
                    (_, false) => None,
                };
            }
            (CompareTarget::Version, Some(TargetUnion::Version(number)))
            | (CompareTarget::Create, Some(TargetUnion::CreateRevision(number)))
            | (CompareTarget::Mod, Some(TargetUnion::ModRevision(number))) => *number,
            _ => return None,
        };
        // Of a key that is not there these are all 0, of one that is they are above.
        match (compare.result(), number, held) {
            (CompareResult::Equal, 0, true) | (CompareResult::Greater | CompareResult::NotEqual, 0, false) => Some(Atom::Absent),
            (CompareResult::Equal, 0, false) | (CompareResult::NotEqual, 0, true) => Some(Atom::Present),
            (CompareResult::Equal, 1.., true) | (CompareResult::Greater, 0.., true) => Some(Atom::Present),
            _ => None,
        }
    }

    fn unknown(&mut self, call: &Call, key: &Bytes) -> Vec<Way> {
        let mut way = Way::default();
        match call {
            Call::Put(put) => self.put(put, None, &mut way),
            Call::DeleteRange(delete) => self.delete(delete, None, key, &mut way),
            Call::LeaseRevoke(revoke) => way.acts.push(Atom::DeleteLeased(revoke.id)),
            Call::Txn(txn) => return self.unknown_txn(txn, key, vec![way]),
            _ => {}
        }
        vec![way]
    }

    fn unknown_txn(&mut self, txn: &TxnRequest, key: &Bytes, before: Vec<Way>) -> Vec<Way> {
        let mut ways = Vec::new();
        for held in [true, false] {
            let mut taken = before.clone();
            for way in &mut taken {
                self.compares(txn, held, key, way);
            }
            // Without compares there is nothing that could fail.
            if held || !txn.compare.is_empty() {
                let ops = if held { &txn.success } else { &txn.failure };
                ways.extend(self.unknown_ops(ops, key, taken));
            }
        }
        // One more than are followed is enough to tell that there are more.
        ways.truncate(WAYS_MAX + 1);
        ways
    }

    fn unknown_ops(&mut self, ops: &[RequestOp], key: &Bytes, mut ways: Vec<Way>) -> Vec<Way> {
        for op in ops {
            match &op.request {
                Some(Request::RequestPut(put)) if put.key == key => {
                    ways.iter_mut().for_each(|way| self.put(put, None, way));
                }
                Some(Request::RequestDeleteRange(delete)) => {
                    ways.iter_mut().for_each(|way| self.delete(delete, None, key, way));
                }
                Some(Request::RequestTxn(nested)) => ways = self.unknown_txn(nested, key, ways),
                _ => {}
            }
        }
        ways
    }
}
