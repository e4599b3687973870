//! Transactions: compares, checks, then the taken operations in order, all in one revision.

use bytes::Bytes;
use quorate_proto::etcdserverpb::{
    Compare, RangeRequest, RequestOp, TxnRequest,
    compare::{CompareResult, CompareTarget, TargetUnion},
    request_op::Request,
};

use super::{
    super::{
        backend::Result,
        key_range::KeyRange,
        lease::Lessor,
        mvcc::{Found, MvccStore, View, WriteTxn, WriterDisk, decode_record},
        refusal::Refusal,
    },
    kv,
    outcome::{OpReply, TxnReply},
};

/// Which branches a transaction takes: its own verdict, then those of its nested transactions on the taken path, in order.
type Path = Vec<bool>;

/// A transaction that may be run: its path is known and nothing on it will be refused.
pub struct CheckedTxn {
    path: Path,
}

/// Evaluates all compares on the taken path against the state before the transaction, and checks every operation there.
///
/// Source: etcd 3.7; a failed check refuses the whole transaction before anything is written.
pub fn check_txn(
    txn: &WriteTxn<'_>,
    store: &MvccStore,
    lessor: &Lessor,
    request: &TxnRequest,
) -> Result<std::result::Result<CheckedTxn, Refusal>> {
    let mut path = Path::new();
    choose(&txn.view(), request, &mut path)?;
    let mut at = 0;
    Ok(check(txn, store, lessor, request, &path, &mut at)?.map(|()| CheckedTxn { path }))
}

fn choose(view: &View, request: &TxnRequest, path: &mut Path) -> Result<()> {
    let mut holds = true;
    for compare in &request.compare {
        holds = holds && compare_holds(view, compare)?;
    }
    path.push(holds);
    for op in taken(request, holds) {
        if let Some(Request::RequestTxn(nested)) = &op.request {
            choose(view, nested, path)?;
        }
    }
    Ok(())
}

fn taken(request: &TxnRequest, holds: bool) -> &[RequestOp] {
    if holds { &request.success } else { &request.failure }
}

fn check(
    txn: &WriteTxn<'_>,
    store: &MvccStore,
    lessor: &Lessor,
    request: &TxnRequest,
    path: &Path,
    at: &mut usize,
) -> Result<std::result::Result<(), Refusal>> {
    let ops = taken(request, path[*at]);
    *at += 1;
    for op in ops {
        let verdict = match &op.request {
            Some(Request::RequestRange(range)) => check_range(txn, store, range),
            Some(Request::RequestPut(put)) => kv::check_put(txn, lessor, put)?,
            Some(Request::RequestTxn(nested)) => check(txn, store, lessor, nested, path, at)?,
            Some(Request::RequestDeleteRange(_)) | None => Ok(()),
        };
        if verdict.is_err() {
            return Ok(verdict);
        }
    }
    Ok(Ok(()))
}

/// In a transaction the revision is compared as it is, so a negative one is below any compact revision but the initial -1.
///
/// Source: etcd 3.7 (a quirk that clients can see).
fn check_range(txn: &WriteTxn<'_>, store: &MvccStore, range: &RangeRequest) -> std::result::Result<(), Refusal> {
    if range.revision == 0 {
        Ok(())
    } else if range.revision > txn.before() {
        Err(Refusal::FutureRevision)
    } else if range.revision < store.compact_revision() {
        Err(Refusal::Compacted)
    } else {
        Ok(())
    }
}

/// Runs the taken operations. The outermost reply has the revision of the transaction, nested ones none.
pub fn run_txn(txn: &mut WriteTxn<'_>, lessor: &mut Lessor, request: &TxnRequest, checked: &CheckedTxn) -> Result<TxnReply> {
    let mut at = 0;
    let mut reply = run(txn, lessor, request, &checked.path, &mut at)?;
    reply.revision = txn.revision();
    Ok(reply)
}

fn run(txn: &mut WriteTxn<'_>, lessor: &mut Lessor, request: &TxnRequest, path: &Path, at: &mut usize) -> Result<TxnReply> {
    let succeeded = path[*at];
    *at += 1;
    let ops = taken(request, succeeded);
    let mut replies = Vec::with_capacity(ops.len());
    for op in ops {
        replies.push(match &op.request {
            Some(Request::RequestRange(range)) => OpReply::Range(kv::range(txn, range)?),
            Some(Request::RequestPut(put)) => OpReply::Put(kv::put(txn, lessor, put)?),
            Some(Request::RequestDeleteRange(delete)) => OpReply::Delete(kv::delete_range(txn, lessor, delete)?),
            Some(Request::RequestTxn(nested)) => OpReply::Txn(run(txn, lessor, nested, path, at)?),
            None => unreachable!("an operation without content is refused at the door"),
        });
    }
    Ok(TxnReply { revision: 0, succeeded, replies })
}

/// Runs a transaction that only reads, on the state as it is, without replicating it.
pub fn run_read_txn(store: &MvccStore, request: &TxnRequest) -> Result<std::result::Result<TxnReply, Refusal>> {
    let ran = store.read_at(0, |_| {
        // Nothing is put or revoked, so no lease is ever asked for.
        let mut lessor = Lessor::default();
        let mut disk = WriterDisk::default();
        let mut txn = WriteTxn::begin_reading(store, &mut disk);
        let checked = match check_txn(&txn, store, &lessor, request)? {
            Ok(checked) => checked,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let reply = run_txn(&mut txn, &mut lessor, request, &checked);
        // History may have been compacted while it was read.
        let mut at = 0;
        if let Err(refusal) = check(&txn, store, &lessor, request, &checked.path, &mut at)? {
            return Ok(Err(refusal));
        }
        Ok(Ok(reply?))
    })?;
    Ok(ran.map_err(Refusal::from).and_then(|(reply, _)| reply))
}

/// Whether a compare holds for every key of its range. Where there is no key, revisions, version and lease count as 0 and no value
/// compares true, not even as unequal.
///
/// Source: etcd 3.7.
fn compare_holds(view: &View, compare: &Compare) -> Result<bool> {
    let range = KeyRange::new(&compare.key, &compare.range_end);
    if let KeyRange::One(key) = &range {
        return match view.newest(key)?.filter(|found| !found.version.tombstone) {
            Some(found) => holds_for(view, compare, &found),
            None => Ok(holds_for_nothing(compare)),
        };
    }
    let mut scan = view.scan(&range)?;
    let mut any = false;
    while let Some((_, found)) = scan.next_key(view.upper())? {
        any = true;
        if !holds_for(view, compare, &found)? {
            return Ok(false);
        }
    }
    Ok(any || holds_for_nothing(compare))
}

fn holds_for_nothing(compare: &Compare) -> bool {
    compare.target != CompareTarget::Value as i32 && int_holds(compare, &Found::nothing())
}

fn holds_for(view: &View, compare: &Compare, found: &Found) -> Result<bool> {
    if compare.target != CompareTarget::Value as i32 {
        return Ok(int_holds(compare, found));
    }
    let value = decode_record(view.record(found)?, found.revision)?.value;
    let wanted = match &compare.target_union {
        Some(TargetUnion::Value(wanted)) => wanted.clone(),
        _ => Bytes::new(),
    };
    Ok(result_holds(compare, value.cmp(&wanted)))
}

fn int_holds(compare: &Compare, found: &Found) -> bool {
    use std::cmp::Ordering;
    let union = compare.target_union.as_ref();
    // A value in the union that does not belong to the target counts as absent, that is as 0.
    let (have, wanted) = match CompareTarget::try_from(compare.target) {
        Ok(CompareTarget::Version) => (found.version.version, if let Some(TargetUnion::Version(v)) = union { *v } else { 0 }),
        Ok(CompareTarget::Create) => {
            (found.version.create, if let Some(TargetUnion::CreateRevision(v)) = union { *v } else { 0 })
        }
        Ok(CompareTarget::Mod) => (found.revision.main, if let Some(TargetUnion::ModRevision(v)) = union { *v } else { 0 }),
        Ok(CompareTarget::Lease) => (found.version.lease, if let Some(TargetUnion::Lease(v)) = union { *v } else { 0 }),
        Ok(CompareTarget::Value) | Err(_) => return result_holds(compare, Ordering::Equal),
    };
    result_holds(compare, have.cmp(&wanted))
}

/// An unknown result counts as true. Source: etcd 3.7.
fn result_holds(compare: &Compare, order: std::cmp::Ordering) -> bool {
    match CompareResult::try_from(compare.result) {
        Ok(CompareResult::Equal) => order.is_eq(),
        Ok(CompareResult::NotEqual) => order.is_ne(),
        Ok(CompareResult::Greater) => order.is_gt(),
        Ok(CompareResult::Less) => order.is_lt(),
        Err(_) => true,
    }
}
