//! HashKV: the number that is equal on members with the same history, and equal to etcd's on the same data.

use bytes::Bytes;

use super::{
    super::{backend::Result, key_range::KeyRange, revision::Revision},
    record::decode_record,
    store::{MvccStore, RevisionRefusal},
    view::View,
};

/// The name of etcd's bucket, with which every hash begins.
const BUCKET: &[u8] = b"key";

/// A hash with what it covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KvHash {
    pub hash: u32,
    pub compact_revision: i64,
    /// The revision that was hashed.
    pub revision: i64,
    /// The store's revision at that time.
    pub current_revision: i64,
}

/// Hashes the history that is readable at `revision` (0: the current one). Below there is none, and that is hashed.
///
/// Source: etcd 3.7, `HashKV`.
pub fn hash_kv(store: &MvccStore, revision: i64) -> Result<std::result::Result<KvHash, RevisionRefusal>> {
    if revision < 0 {
        let (compact_revision, current_revision) = (store.compact_revision(), store.current_revision());
        return Ok(Ok(KvHash { hash: crc32c::crc32c(BUCKET), compact_revision, revision, current_revision }));
    }
    let hashed = store.read_at(revision, |view| {
        // The disk first: nothing is swept from its snapshot but what was unreadable by the compact revision read after.
        view.disk()?;
        let compact_revision = store.compact_revision();
        let hash = hash_view(view, compact_revision)?;
        Ok(KvHash { hash, compact_revision, revision: view.upper().main, current_revision: 0 })
    })?;
    Ok(hashed.map(|(hash, current_revision)| KvHash { current_revision, ..hash }))
}

/// Hashes what a view sees, with history below `compact` gone.
///
/// CRC-32C over the bucket name and each record's key and value in the order of revisions. Of the records at or below the
/// compact revision only those count that are the newest of their key at the hashed revision, so that the sweep's progress does not
/// matter; when no key is alive then, those that the sweep would leave. A tombstone exactly at the compact revision does not count.
pub fn hash_view(view: &View, compact: i64) -> Result<u32> {
    let nothing_alive = view.scan(&KeyRange::From(Bytes::new()))?.next_key(view.upper())?.is_none();
    let newest_until = if nothing_alive { Revision::new(compact, u32::MAX) } else { view.upper() };
    let mut hash = crc32c::crc32c(BUCKET);
    view.records(Revision::default(), |at, tombstone, record| {
        if at.main > compact || survives(view, at, tombstone, record, newest_until)? {
            hash = crc32c::crc32c_append(hash, at.record_key(tombstone).as_ref());
            hash = crc32c::crc32c_append(hash, record);
        }
        Ok(true)
    })?;
    Ok(hash)
}

/// Whether a record at or below the compact revision is hashed.
fn survives(view: &View, at: Revision, tombstone: bool, record: &[u8], newest_until: Revision) -> Result<bool> {
    if tombstone {
        return Ok(false);
    }
    let key = decode_record(Bytes::copy_from_slice(record), at)?.key;
    Ok(view.newest_at(&key, newest_until)?.is_some_and(|found| found.revision == at))
}
