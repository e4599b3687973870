//! What is refused by the shape of a request alone, before anything is read or replicated.
//!
//! Source: etcd 3.7; the order of the checks shows in which error a doubly wrong request gets.

use std::collections::HashSet;

use bytes::Bytes;
use quorate_proto::etcdserverpb::{
    DeleteRangeRequest, PutRequest, RangeRequest, RequestOp, TxnRequest,
    range_request::{SortOrder, SortTarget},
    request_op::Request,
};

use super::status::ApiError;

type Verdict = Result<(), ApiError>;

pub fn range(request: &RangeRequest) -> Verdict {
    if request.key.is_empty() {
        return Err(ApiError::EmptyKey);
    }
    if SortOrder::try_from(request.sort_order).is_err() || SortTarget::try_from(request.sort_target).is_err() {
        return Err(ApiError::InvalidSortOption);
    }
    Ok(())
}

/// A streamed range comes in key order and unfiltered. What it is sorted by says nothing where no order is asked for.
pub fn range_stream(request: &RangeRequest) -> Verdict {
    range(request)?;
    match (request.sort_order(), request.sort_target()) {
        (SortOrder::None, _) | (SortOrder::Ascend, SortTarget::Key) => {}
        _ => return Err(ApiError::RangeStreamSort),
    }
    let filters = [request.min_mod_revision, request.max_mod_revision, request.min_create_revision, request.max_create_revision];
    if filters.iter().any(|bound| *bound != 0) {
        return Err(ApiError::RangeStreamFilter);
    }
    Ok(())
}

pub fn put(request: &PutRequest) -> Verdict {
    if request.key.is_empty() {
        return Err(ApiError::EmptyKey);
    }
    if request.ignore_value && !request.value.is_empty() {
        return Err(ApiError::ValueProvided);
    }
    if request.ignore_lease && request.lease != 0 {
        return Err(ApiError::LeaseProvided);
    }
    Ok(())
}

pub fn delete_range(request: &DeleteRangeRequest) -> Verdict {
    if request.key.is_empty() { Err(ApiError::EmptyKey) } else { Ok(()) }
}

/// Checks a transaction and everything in it. `ops_max` bounds each list; nested ones share what their parents leave.
pub fn txn(request: &TxnRequest, ops_max: usize) -> Verdict {
    ops(request, ops_max)?;
    Writes::of(&request.success)?;
    Writes::of(&request.failure)?;
    Ok(())
}

fn ops(request: &TxnRequest, budget: usize) -> Verdict {
    let longest = request.compare.len().max(request.success.len()).max(request.failure.len());
    let left = budget.checked_sub(longest).ok_or(ApiError::TooManyOps)?;
    if request.compare.iter().any(|compare| compare.key.is_empty()) {
        return Err(ApiError::EmptyKey);
    }
    request.success.iter().chain(&request.failure).try_for_each(|op| match &op.request {
        Some(Request::RequestRange(request)) => range(request),
        Some(Request::RequestPut(request)) => put(request),
        Some(Request::RequestDeleteRange(request)) => delete_range(request),
        Some(Request::RequestTxn(nested)) => ops(nested, left),
        None => Err(ApiError::KeyNotFound),
    })
}

/// Keys that a list of operations may put, and ranges that it may delete. No key may be written twice in one revision.
#[derive(Default)]
struct Writes {
    puts: HashSet<Bytes>,
    deletes: Vec<(Bytes, Bytes)>,
}

impl Writes {
    fn of(ops: &[RequestOp]) -> Result<Self, ApiError> {
        let mut writes = Self::default();
        for op in ops {
            if let Some(Request::RequestDeleteRange(delete)) = &op.request {
                writes.deletes.push((delete.key.clone(), delete_end(delete)));
            }
        }
        // Each nested transaction is held against the deletes of this level and of its earlier siblings, but its own deletes
        // only against later siblings and the puts of this level.
        for op in ops {
            if let Some(Request::RequestTxn(nested)) = &op.request {
                let (success, failure) = (Self::of(&nested.success)?, Self::of(&nested.failure)?);
                for key in &success.puts {
                    writes.put(key, |_| false)?;
                }
                for key in &failure.puts {
                    // Only one of the two branches is taken, so both may put the same key.
                    writes.put(key, |key| success.puts.contains(key))?;
                }
                writes.deletes.extend(success.deletes);
                writes.deletes.extend(failure.deletes);
            }
        }
        for op in ops {
            if let Some(Request::RequestPut(put)) = &op.request {
                writes.put(&put.key, |_| false)?;
            }
        }
        Ok(writes)
    }

    fn put(&mut self, key: &Bytes, may_repeat: impl Fn(&Bytes) -> bool) -> Verdict {
        let deleted = self.deletes.iter().any(|(start, end)| start <= key && key < end);
        if deleted || (!self.puts.insert(key.clone()) && !may_repeat(key)) {
            return Err(ApiError::DuplicateKey);
        }
        Ok(())
    }
}

/// Where the range of a delete ends. An open end is taken as the key "\0" here, so it overlaps no put: etcd's quirk.
fn delete_end(delete: &DeleteRangeRequest) -> Bytes {
    if !delete.range_end.is_empty() {
        return delete.range_end.clone();
    }
    let mut end = delete.key.to_vec();
    end.push(0);
    end.into()
}

#[cfg(test)]
mod tests {
    use prost::{Message, encoding::encode_varint};

    use super::*;

    fn put_op(key: &str) -> RequestOp {
        let put = PutRequest { key: Bytes::copy_from_slice(key.as_bytes()), ..PutRequest::default() };
        RequestOp { request: Some(Request::RequestPut(put)) }
    }

    fn delete_op(key: &'static str, range_end: &'static str) -> RequestOp {
        let delete = DeleteRangeRequest { key: key.into(), range_end: range_end.into(), prev_kv: false };
        RequestOp { request: Some(Request::RequestDeleteRange(delete)) }
    }

    fn txn_op(success: Vec<RequestOp>, failure: Vec<RequestOp>) -> RequestOp {
        RequestOp { request: Some(Request::RequestTxn(TxnRequest { compare: vec![], success, failure })) }
    }

    fn check(success: Vec<RequestOp>) -> Verdict {
        txn(&TxnRequest { compare: vec![], success, failure: vec![] }, 128)
    }

    #[test]
    fn one_key_is_put_once() {
        assert_eq!(check(vec![put_op("a"), put_op("b")]), Ok(()));
        assert_eq!(check(vec![put_op("a"), put_op("a")]), Err(ApiError::DuplicateKey));
        assert_eq!(check(vec![put_op("a"), txn_op(vec![put_op("a")], vec![])]), Err(ApiError::DuplicateKey));
        assert_eq!(check(vec![txn_op(vec![put_op("a")], vec![put_op("a")])]), Ok(()));
        assert_eq!(
            check(vec![txn_op(vec![put_op("a")], vec![]), txn_op(vec![], vec![put_op("a")])]),
            Err(ApiError::DuplicateKey)
        );
    }

    #[test]
    fn a_deleted_range_holds_no_put() {
        assert_eq!(check(vec![put_op("b"), delete_op("a", "c")]), Err(ApiError::DuplicateKey));
        assert_eq!(check(vec![put_op("c"), delete_op("a", "c")]), Ok(()));
        assert_eq!(check(vec![put_op("a"), delete_op("a", "")]), Err(ApiError::DuplicateKey));
        assert_eq!(check(vec![delete_op("a", "c"), delete_op("b", "d")]), Ok(()));
    }

    #[test]
    fn an_open_ended_delete_overlaps_nothing() {
        assert_eq!(check(vec![put_op("b"), delete_op("a", "\0")]), Ok(()));
    }

    #[test]
    fn of_siblings_only_earlier_deletes_meet_later_puts() {
        assert_eq!(
            check(vec![txn_op(vec![delete_op("a", "c")], vec![]), txn_op(vec![put_op("b")], vec![])]),
            Err(ApiError::DuplicateKey)
        );
        assert_eq!(check(vec![txn_op(vec![put_op("b")], vec![]), txn_op(vec![delete_op("a", "c")], vec![])]), Ok(()));
    }

    #[test]
    fn nested_lists_share_the_budget() {
        let many = |n: usize| (0..n).map(|i| put_op(&format!("k{i}"))).collect::<Vec<_>>();
        assert_eq!(check(many(128)), Ok(()));
        assert_eq!(check(many(129)), Err(ApiError::TooManyOps));
        assert_eq!(check(vec![txn_op(many(127), vec![])]), Ok(()));
        assert_eq!(check(vec![txn_op(many(128), vec![])]), Err(ApiError::TooManyOps));
    }

    #[test]
    fn an_operation_without_content_is_refused() {
        assert_eq!(check(vec![RequestOp { request: None }]), Err(ApiError::KeyNotFound));
    }

    /// Transactions in transactions, deeper than anybody means them, are counted and not followed to the end of the stack.
    #[test]
    fn whatever_is_asked_for_is_judged() {
        let operation = |request| RequestOp { request: Some(request) };
        let put = operation(Request::RequestPut(PutRequest { key: "k".into(), ..PutRequest::default() }));
        let range =
            operation(Request::RequestRange(RangeRequest { key: "a".into(), range_end: "b".into(), ..RangeRequest::default() }));
        let delete =
            operation(Request::RequestDeleteRange(DeleteRangeRequest { key: "k".into(), ..DeleteRangeRequest::default() }));
        let inner = TxnRequest { success: vec![put.clone(), range], failure: vec![delete], ..TxnRequest::default() };
        let outer = TxnRequest { success: vec![operation(Request::RequestTxn(inner)), put], ..TxnRequest::default() };
        let mut deep = Vec::new();
        for _ in 0..2_000 {
            // A transaction whose only operation is the one before, by its fields: success, request_txn.
            for field in [0x22, 0x12] {
                let mut around = vec![field];
                encode_varint(deep.len() as u64, &mut around);
                around.append(&mut deep);
                deep = around;
            }
        }
        crate::mangle::survives(&[outer.encode_to_vec(), deep], |bytes| {
            if let Ok(request) = TxnRequest::decode(bytes) {
                _ = txn(&request, 128);
            }
            if let Ok(request) = RangeRequest::decode(bytes) {
                _ = (super::range(&request), range_stream(&request));
            }
        });
    }
}
