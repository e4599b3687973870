//! Requests in few words.

use bytes::Bytes;
use quorate::core::verify::history::Call;
use quorate_proto::etcdserverpb::{
    Compare, DeleteRangeRequest, PutRequest, RangeRequest, RequestOp, TxnRequest,
    compare::{CompareResult, CompareTarget, TargetUnion},
    request_op::Request as Op,
};

pub fn put(key: impl Into<Bytes>, value: Bytes) -> PutRequest {
    PutRequest { key: key.into(), value, ..Default::default() }
}

pub fn get(key: impl Into<Bytes>) -> RangeRequest {
    RangeRequest { key: key.into(), ..Default::default() }
}

/// All keys that begin with `prefix`, whose last byte is not the highest.
pub fn list(prefix: &str) -> RangeRequest {
    RangeRequest { key: Bytes::from(prefix.to_owned()), range_end: end_of(prefix), ..Default::default() }
}

pub fn end_of(prefix: &str) -> Bytes {
    let mut end = prefix.as_bytes().to_vec();
    *end.last_mut().expect("a prefix is not empty") += 1;
    end.into()
}

pub fn delete(key: impl Into<Bytes>) -> DeleteRangeRequest {
    DeleteRangeRequest { key: key.into(), ..Default::default() }
}

pub fn then_put(request: PutRequest) -> RequestOp {
    RequestOp { request: Some(Op::RequestPut(request)) }
}

pub fn then_get(request: RangeRequest) -> RequestOp {
    RequestOp { request: Some(Op::RequestRange(request)) }
}

pub fn then_delete(request: DeleteRangeRequest) -> RequestOp {
    RequestOp { request: Some(Op::RequestDeleteRange(request)) }
}

pub fn then_txn(request: TxnRequest) -> RequestOp {
    RequestOp { request: Some(Op::RequestTxn(request)) }
}

pub fn compare(key: impl Into<Bytes>, result: CompareResult, union: TargetUnion) -> Compare {
    let target = match &union {
        TargetUnion::Version(_) => CompareTarget::Version,
        TargetUnion::CreateRevision(_) => CompareTarget::Create,
        TargetUnion::ModRevision(_) => CompareTarget::Mod,
        TargetUnion::Value(_) => CompareTarget::Value,
        TargetUnion::Lease(_) => CompareTarget::Lease,
    };
    Compare { result: result as i32, target: target as i32, key: key.into(), target_union: Some(union), ..Default::default() }
}

/// Whether the key was last changed at `revision`; 0: is not there.
pub fn unchanged(key: impl Into<Bytes>, revision: i64) -> Compare {
    compare(key, CompareResult::Equal, TargetUnion::ModRevision(revision))
}

pub fn txn(compare: Vec<Compare>, success: Vec<RequestOp>, failure: Vec<RequestOp>) -> Call {
    Call::Txn(TxnRequest { compare, success, failure })
}
