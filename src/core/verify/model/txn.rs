//! Put, delete and transactions: everything on the taken path is checked against the state before the transaction, then done in
//! order, all in one revision.

use bytes::Bytes;
use quorate_proto::{
    etcdserverpb::{
        Compare, DeleteRangeRequest, DeleteRangeResponse, PutRequest, PutResponse, RangeRequest, RangeResponse, RequestOp,
        ResponseHeader, ResponseOp, TxnRequest, TxnResponse,
        compare::{CompareResult, CompareTarget, TargetUnion},
        request_op::Request,
        response_op::Response,
    },
    mvccpb::KeyValue,
};

use super::{super::span::Span, Model, header, range, refusal};

type Verdict = Result<(), &'static str>;

impl Model {
    pub(super) fn check_put(&self, put: &PutRequest) -> Verdict {
        if put.lease != 0 && !self.leases.contains_key(&put.lease) {
            return Err(refusal::LEASE_NOT_FOUND);
        }
        let missing = self.before().get(&put.key).is_none();
        if (put.ignore_lease || put.ignore_value) && missing { Err(refusal::KEY_NOT_FOUND) } else { Ok(()) }
    }

    /// Checks what the transaction would do.
    pub(super) fn check_txn(&self, txn: &TxnRequest) -> Verdict {
        self.taken(txn).1.iter().try_for_each(|op| match &op.request {
            // Compared as it is: a negative revision lies below any compact revision but the -1 of the beginning. Source: etcd 3.7.
            Some(Request::RequestRange(range)) if range.revision > self.revision() => Err(refusal::FUTURE_REVISION),
            Some(Request::RequestRange(range)) if range.revision != 0 && range.revision < self.compact => Err(refusal::COMPACTED),
            Some(Request::RequestPut(put)) => self.check_put(put),
            Some(Request::RequestTxn(nested)) => self.check_txn(nested),
            _ => Ok(()),
        })
    }

    /// Whether the compares hold, and the operations to be done; told by the state before the transaction at any time in it.
    fn taken<'t>(&self, txn: &'t TxnRequest) -> (bool, &'t [RequestOp]) {
        let holds = txn.compare.iter().all(|compare| self.holds(compare));
        (holds, if holds { &txn.success } else { &txn.failure })
    }

    /// For every key of its range. Where there is none, numbers count as 0 and no value compares true, not even as unequal.
    fn holds(&self, compare: &Compare) -> bool {
        let mut keys = self.before().keys(&Span::new(&compare.key, &compare.range_end)).peekable();
        if keys.peek().is_none() {
            return compare.target() != CompareTarget::Value && holds_for(compare, &KeyValue::default());
        }
        keys.all(|kv| holds_for(compare, kv))
    }

    pub(super) fn put(&mut self, put: &PutRequest) -> PutResponse {
        let main = self.revision() + 1;
        let old = self.past.newest().get(&put.key).cloned();
        let was = old.clone().unwrap_or_default();
        self.past.put(KeyValue {
            key: put.key.clone(),
            value: if put.ignore_value { was.value } else { put.value.clone() },
            lease: if put.ignore_lease { was.lease } else { put.lease },
            version: was.version + 1,
            create_revision: if old.is_some() { was.create_revision } else { main },
            mod_revision: main,
        });
        PutResponse { header: header(main), prev_kv: old.filter(|_| put.prev_kv) }
    }

    pub(super) fn delete_range(&mut self, delete: &DeleteRangeRequest) -> DeleteRangeResponse {
        let found: Vec<_> = self.past.newest().keys(&Span::new(&delete.key, &delete.range_end)).cloned().collect();
        found.iter().for_each(|kv| self.past.delete(&kv.key));
        let deleted = found.len() as i64;
        let prev_kvs = if delete.prev_kv { found } else { Vec::new() };
        DeleteRangeResponse { header: header(self.revision_inside()), deleted, prev_kvs }
    }

    /// What the header of an operation says that comes now: the new revision once something has changed.
    fn revision_inside(&self) -> i64 {
        self.revision() + i64::from(self.past.is_changing())
    }

    fn range_inside(&self, request: &RangeRequest) -> RangeResponse {
        let view = if request.revision > 0 { self.past.at(request.revision) } else { self.past.newest() };
        RangeResponse { header: header(self.revision_inside()), ..range(view, request) }
    }

    /// Runs a transaction that was checked.
    pub(super) fn txn(&mut self, txn: &TxnRequest) -> TxnResponse {
        let response = self.run(txn);
        TxnResponse { header: header(self.revision_inside()), ..response }
    }

    fn run(&mut self, txn: &TxnRequest) -> TxnResponse {
        let (succeeded, ops) = self.taken(txn);
        let responses = ops.iter().map(|op| ResponseOp { response: self.op(op) }).collect();
        // The outermost one says in its header what came of it all; that of a nested one is there and empty. Source: etcd 3.7.
        TxnResponse { header: Some(ResponseHeader::default()), succeeded, responses }
    }

    fn op(&mut self, op: &RequestOp) -> Option<Response> {
        Some(match op.request.as_ref()? {
            Request::RequestRange(range) => Response::ResponseRange(self.range_inside(range)),
            Request::RequestPut(put) => Response::ResponsePut(self.put(put)),
            Request::RequestDeleteRange(delete) => Response::ResponseDeleteRange(self.delete_range(delete)),
            Request::RequestTxn(nested) => Response::ResponseTxn(self.run(nested)),
        })
    }
}

fn holds_for(compare: &Compare, kv: &KeyValue) -> bool {
    let union = compare.target_union.as_ref();
    // What does not belong to the target counts as not given, that is as 0 or empty.
    let order = match compare.target() {
        CompareTarget::Version => kv.version.cmp(&if let Some(TargetUnion::Version(v)) = union { *v } else { 0 }),
        CompareTarget::Create => kv.create_revision.cmp(&if let Some(TargetUnion::CreateRevision(v)) = union { *v } else { 0 }),
        CompareTarget::Mod => kv.mod_revision.cmp(&if let Some(TargetUnion::ModRevision(v)) = union { *v } else { 0 }),
        CompareTarget::Lease => kv.lease.cmp(&if let Some(TargetUnion::Lease(v)) = union { *v } else { 0 }),
        CompareTarget::Value => kv.value.cmp(&if let Some(TargetUnion::Value(v)) = union { v.clone() } else { Bytes::new() }),
    };
    match CompareResult::try_from(compare.result) {
        Ok(CompareResult::Equal) => order.is_eq(),
        Ok(CompareResult::NotEqual) => order.is_ne(),
        Ok(CompareResult::Greater) => order.is_gt(),
        Ok(CompareResult::Less) => order.is_lt(),
        // Source: etcd 3.7.
        Err(_) => true,
    }
}
