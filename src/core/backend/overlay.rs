//! A generation: changes that are applied but not yet on the disk, readable while it is written to.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, HashMap},
    sync::atomic::{AtomicUsize, Ordering as Atomic},
};

use bytes::Bytes;
use crossbeam_skiplist::SkipMap;
use parking_lot::{Mutex, MutexGuard, RwLock, RwLockReadGuard};

use super::{super::revision::Revision, Table, Version};

/// A version's place in the index: by key, then newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexKey {
    pub key: Bytes,
    pub revision: Revision,
}

impl IndexKey {
    pub fn new(key: Bytes, revision: Revision) -> Self {
        Self { key, revision }
    }
}

impl Ord for IndexKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key).then_with(|| other.revision.cmp(&self.revision))
    }
}

impl PartialOrd for IndexKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A version with its record at hand.
#[derive(Clone, Debug)]
pub struct OverlayVersion {
    pub version: Version,
    /// The encoded `mvccpb.KeyValue`.
    pub record: Bytes,
}

/// A record in the order of revisions.
#[derive(Clone, Debug)]
pub struct RecordRow {
    pub revision: Revision,
    pub tombstone: bool,
    pub record: Bytes,
}

/// The newest version of a key in a generation.
#[derive(Clone, Debug)]
pub struct Latest {
    pub revision: Revision,
    pub version: Version,
    pub record: Bytes,
}

/// A row of one of the small tables: its new value, or its removal.
pub type SmallRows = BTreeMap<(Table, Box<[u8]>), Option<Box<[u8]>>>;

/// One generation of the overlay. Written by one thread at a time.
#[derive(Default)]
pub struct Generation {
    index: SkipMap<IndexKey, OverlayVersion>,
    records: RwLock<Vec<RecordRow>>,
    /// The newest version of each key in this generation, for the writer: it looks up every key that it changes.
    latest: Mutex<HashMap<Bytes, Latest>>,
    small: Mutex<SmallRows>,
    bytes: AtomicUsize,
}

impl Generation {
    /// Adds one version. Revisions must ascend.
    pub fn insert(&self, key: Bytes, revision: Revision, version: Version, record: Bytes) {
        self.bytes.fetch_add(record.len() + 260, Atomic::Relaxed);
        self.latest.lock().insert(key.clone(), Latest { revision, version, record: record.clone() });
        self.index.insert(IndexKey { key, revision }, OverlayVersion { version, record: record.clone() });
        let mut records = self.records.write();
        debug_assert!(records.last().is_none_or(|last| last.revision < revision), "revisions ascend");
        records.push(RecordRow { revision, tombstone: version.tombstone, record });
    }

    /// Sets a row of one of the small tables.
    pub fn put_small(&self, table: Table, key: &[u8], value: &[u8]) {
        self.small.lock().insert((table, key.into()), Some(value.into()));
    }

    /// Removes a row of one of the small tables.
    pub fn delete_small(&self, table: Table, key: &[u8]) {
        self.small.lock().insert((table, key.into()), None);
    }

    /// All versions by key, newest first.
    pub fn index(&self) -> &SkipMap<IndexKey, OverlayVersion> {
        &self.index
    }

    /// The newest version of `key` of all, for the writer.
    pub fn latest(&self, key: &[u8]) -> Option<Latest> {
        self.latest.lock().get(key).cloned()
    }

    /// The newest version of `key` at or below `revision`.
    pub fn newest(&self, key: &Bytes, revision: Revision) -> Option<(Revision, OverlayVersion)> {
        if self.index.is_empty() {
            return None;
        }
        let entry = self.index.lower_bound(std::ops::Bound::Included(&IndexKey::new(key.clone(), revision)))?;
        (entry.key().key == *key).then(|| (entry.key().revision, entry.value().clone()))
    }

    /// Records in the order of revisions. Hold it briefly: it stops the writer.
    pub fn records(&self) -> RwLockReadGuard<'_, Vec<RecordRow>> {
        self.records.read()
    }

    /// Records of `from` and later, at most `limit` of them.
    pub fn records_from(&self, from: Revision, limit: usize) -> Vec<RecordRow> {
        let records = self.records.read();
        let start = records.partition_point(|row| row.revision < from);
        records[start..].iter().take(limit).cloned().collect()
    }

    /// The record of exactly this revision.
    pub fn record(&self, revision: Revision) -> Option<Bytes> {
        let records = self.records.read();
        let at = records.binary_search_by_key(&revision, |row| row.revision).ok()?;
        Some(records[at].record.clone())
    }

    /// Changed rows of the small tables.
    pub fn small(&self) -> MutexGuard<'_, SmallRows> {
        self.small.lock()
    }

    /// About how much memory this takes.
    pub fn bytes(&self) -> usize {
        self.bytes.load(Atomic::Relaxed)
    }

    /// How many versions it holds.
    pub fn len(&self) -> usize {
        self.records.read().len()
    }

    /// Whether there is nothing to flush but perhaps an applied index.
    pub fn is_empty(&self) -> bool {
        self.records.read().is_empty() && self.small.lock().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newest_version_at_or_below_a_revision_is_found() {
        let generation = Generation::default();
        for main in [2, 5, 9] {
            let version = Version { create: 2, version: main, lease: 0, tombstone: false };
            generation.insert("k".into(), Revision::new(main, 0), version, Bytes::new());
        }
        let at = |main| generation.newest(&"k".into(), Revision::new(main, u32::MAX)).map(|(r, _)| r.main);
        assert_eq!((at(1), at(2), at(4), at(8), at(100)), (None, Some(2), Some(2), Some(5), Some(9)));
        assert!(generation.newest(&"j".into(), Revision::new(9, 0)).is_none());
        assert!(generation.newest(&"ka".into(), Revision::new(9, 0)).is_none());
    }
}
