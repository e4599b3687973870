//! Put, delete and range, as they happen inside a write transaction.

use bytes::Bytes;
use quorate_proto::etcdserverpb::{
    DeleteRangeRequest, PutRequest, RangeRequest,
    range_request::{SortOrder, SortTarget},
};

use super::{
    super::{
        backend::Result,
        key_range::KeyRange,
        lease::Lessor,
        mvcc::{RangeOptions, SortBy, View, WriteTxn, decode_record, run_range},
        refusal::Refusal,
    },
    outcome::{DeleteReply, PutReply, RangeReply},
};
use crate::core::planted::{Bug, planted};

/// The options that a range request asks for. Sort values outside the enums were refused at the door.
pub fn range_options(request: &RangeRequest) -> RangeOptions {
    let sort_by = match request.sort_target() {
        SortTarget::Key => SortBy::Key,
        SortTarget::Version => SortBy::Version,
        SortTarget::Create => SortBy::Create,
        SortTarget::Mod => SortBy::Mod,
        SortTarget::Value => SortBy::Value,
    };
    RangeOptions {
        range: KeyRange::new(&request.key, &request.range_end),
        limit: request.limit,
        sort_by,
        descend: request.sort_order() == SortOrder::Descend,
        unordered: request.sort_order() == SortOrder::None,
        keys_only: request.keys_only,
        count_only: request.count_only,
        min_mod: request.min_mod_revision,
        max_mod: request.max_mod_revision,
        min_create: request.min_create_revision,
        max_create: request.max_create_revision,
    }
}

/// Whether a put may happen, by the state before the transaction. A lease is asked for first.
///
/// Source: etcd 3.7.
pub fn check_put(txn: &WriteTxn<'_>, lessor: &Lessor, put: &PutRequest) -> Result<std::result::Result<(), Refusal>> {
    if put.lease != 0 && lessor.get(put.lease).is_none() {
        return Ok(Err(Refusal::LeaseNotFound));
    }
    if (put.ignore_value || put.ignore_lease) && txn.get(&put.key)?.is_none() {
        return Ok(Err(Refusal::KeyNotFound));
    }
    Ok(Ok(()))
}

/// Puts. [`check_put`] has passed.
pub fn put(txn: &mut WriteTxn<'_>, lessor: &mut Lessor, put: &PutRequest) -> Result<PutReply> {
    let before = txn.get(&put.key)?;
    let mut value = put.value.clone();
    let mut previous = None;
    if let Some(found) = before.as_ref().filter(|_| put.prev_kv || put.ignore_value) {
        let record = txn.view().record(found)?;
        if put.ignore_value {
            value = decode_record(record.clone(), found.revision)?.value;
        }
        previous = put.prev_kv.then_some(record);
    }
    let old_lease = before.as_ref().map_or(0, |found| found.version.lease);
    let lease = if put.ignore_lease { old_lease } else { put.lease };
    let revision = txn.put(&put.key, &value, lease, before.as_ref());
    if old_lease != 0 || lease != 0 {
        let generation = txn.generation();
        if old_lease != 0 && old_lease != lease && !planted(Bug::LeaseKeepsKey) {
            lessor.detach(old_lease, &put.key, generation);
        }
        if lease != 0 {
            lessor.attach(lease, &put.key, revision, generation);
        }
    }
    Ok(PutReply { revision: revision.main, previous })
}

/// Deletes every key of the range, in key order.
pub fn delete_range(txn: &mut WriteTxn<'_>, lessor: &mut Lessor, request: &DeleteRangeRequest) -> Result<DeleteReply> {
    let keys = txn.keys(&KeyRange::new(&request.key, &request.range_end))?;
    let mut previous = Vec::new();
    if request.prev_kv {
        let view = txn.view();
        previous.reserve_exact(keys.len());
        for (_, found) in &keys {
            previous.push(view.record(found)?);
        }
    }
    for (key, found) in &keys {
        delete_key(txn, lessor, key, found.version.lease);
    }
    Ok(DeleteReply { revision: txn.revision(), deleted: keys.len() as i64, previous })
}

/// Deletes one key that exists, attached to `lease`.
pub fn delete_key(txn: &mut WriteTxn<'_>, lessor: &mut Lessor, key: &Bytes, lease: i64) {
    txn.delete(key);
    if lease != 0 {
        lessor.detach(lease, key, txn.generation());
    }
}

/// A range at this point of a transaction, or at the revision that it names.
pub fn range(txn: &WriteTxn<'_>, request: &RangeRequest) -> Result<RangeReply> {
    let view: View = if request.revision > 0 { txn.view_at(request.revision) } else { txn.view() };
    let found = run_range(&view, &range_options(request))?;
    Ok(RangeReply { revision: txn.revision(), kvs: found.kvs, more: found.more, count: found.count })
}
