//! Versions of keys that are too long for the disk's index.
//!
//! LMDB limits keys to 511 bytes; etcd does not. The few keys beyond that are indexed in memory, as etcd indexes all of its
//! keys, and merged into reads like one more generation. On disk they are listed in [`Table::Long`] by revision; the key itself
//! is in the record.

use std::sync::Arc;

use bytes::Bytes;
use crossbeam_skiplist::SkipMap;
use parking_lot::Mutex;
use prost::Message;
use quorate_proto::mvccpb::KeyValue;

use super::{super::revision::Revision, BackendError, DurableRead, IndexKey, Result, Table, Version, table};

/// The index of long keys. Written by the flusher, read by anyone.
#[derive(Default)]
pub struct LongIndex {
    versions: SkipMap<IndexKey, Version>,
    /// Swept, but kept for who has the index pinned. Bounded by what is swept in the time of such a reader.
    waiting: Mutex<Vec<IndexKey>>,
    pins: Arc<()>,
}

/// See [`LongIndex::pin`].
pub struct Pin(#[expect(dead_code, reason = "it counts by being held")] Arc<()>);

impl LongIndex {
    /// Reads [`Table::Long`] and the keys from the records.
    pub fn load(disk: &dyn DurableRead) -> Result<Self> {
        let index = Self::default();
        for row in disk.scan(Table::Long, &[])? {
            let (key, value) = row?;
            let damaged = || BackendError::Damaged { table: Table::Long.name(), key: key.to_vec() };
            let revision = table::from_revision_key(key).ok_or_else(damaged)?;
            let version = Version::decode(value).ok_or_else(damaged)?;
            let record = disk
                .get(Table::Record, revision.record_key(version.tombstone).as_ref())?
                .ok_or(BackendError::Missing(revision))?;
            let key = KeyValue::decode(record).map_err(|_| damaged())?.key;
            index.insert(key, revision, version);
        }
        Ok(index)
    }

    pub fn insert(&self, key: Bytes, revision: Revision, version: Version) {
        self.versions.insert(IndexKey::new(key, revision), version);
    }

    /// Removes swept versions in this order, once nobody has the index pinned.
    pub fn remove_all(&self, swept: &[(Bytes, Revision)]) {
        let mut waiting = self.waiting.lock();
        waiting.extend(swept.iter().map(|(key, revision)| IndexKey::new(key.clone(), *revision)));
        // Pins are made under the same lock.
        if Arc::strong_count(&self.pins) == 1 {
            for version in waiting.drain(..) {
                self.versions.remove(&version);
            }
        }
    }

    /// Keeps swept versions in the index for as long as the pin lives: for readers that go on below the compact revision.
    pub fn pin(&self) -> Pin {
        let _waiting = self.waiting.lock();
        Pin(Arc::clone(&self.pins))
    }

    /// All versions by key, newest first.
    pub fn versions(&self) -> &SkipMap<IndexKey, Version> {
        &self.versions
    }

    /// The newest version of `key` at or below `revision`.
    pub fn newest(&self, key: &Bytes, revision: Revision) -> Option<(Revision, Version)> {
        let entry = self.versions.lower_bound(std::ops::Bound::Included(&IndexKey::new(key.clone(), revision)))?;
        (entry.key().key == *key).then(|| (entry.key().revision, *entry.value()))
    }
}
