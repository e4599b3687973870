//! A view: the generations and the disk as one, at one revision.

use std::{cell::OnceCell, sync::Arc};

use bytes::Bytes;

use super::{
    super::{
        backend::{BackendError, DurableRead, Generation, Result, State, Table, Version, table},
        key_range::KeyRange,
        revision::Revision,
    },
    kv_list::KvList,
    scan::Scan,
};

/// A version of a key as it was found.
#[derive(Clone, Debug)]
pub struct Found {
    pub revision: Revision,
    pub version: Version,
    /// The record, when it lay in memory.
    pub record: Option<Bytes>,
}

/// Where the record of a version that is not deleted is.
#[derive(Clone, Debug)]
pub enum RecordPlace {
    Disk(Revision),
    Held(Bytes),
}

impl Found {
    /// What stands for a key that does not exist: zero in every number.
    pub fn nothing() -> Self {
        Self { revision: Revision::default(), version: Version::default(), record: None }
    }
}

/// Sees versions at or below its revision. Made for one synchronous piece of work: it may hold a disk transaction.
pub struct View {
    state: Arc<State>,
    upper: Revision,
    disk: OnceCell<Box<dyn DurableRead>>,
}

impl View {
    /// Sees every change up to main revision `main`, inclusive.
    pub fn new(state: Arc<State>, main: i64) -> Self {
        Self { state, upper: Revision::new(main, u32::MAX), disk: OnceCell::new() }
    }

    /// The newest revision that it sees.
    pub fn upper(&self) -> Revision {
        self.upper
    }

    /// The disk's snapshot, opened when first needed.
    pub fn disk(&self) -> Result<&dyn DurableRead> {
        if self.disk.get().is_none() {
            let opened = self.state.durable.read()?;
            // Nothing else sets it: the cell is not shared between threads.
            let _ = self.disk.set(opened);
        }
        Ok(self.disk.get().expect("set just above").as_ref())
    }

    /// Generations in memory, newest first.
    pub(super) fn generations(&self) -> impl Iterator<Item = &Arc<Generation>> {
        std::iter::once(&self.state.active).chain(self.state.closed.as_ref())
    }

    pub(super) fn state(&self) -> &State {
        &self.state
    }

    /// The newest version of `key`, tombstones included.
    pub fn newest(&self, key: &Bytes) -> Result<Option<Found>> {
        self.newest_at(key, self.upper)
    }

    /// The newest version of `key` at or below `upper`.
    pub fn newest_at(&self, key: &Bytes, upper: Revision) -> Result<Option<Found>> {
        for generation in self.generations() {
            if let Some((revision, found)) = generation.newest(key, upper) {
                return Ok(Some(Found { revision, version: found.version, record: Some(found.record) }));
            }
        }
        if table::is_long(key) {
            // Opened before the index is asked: what a sweep takes from both later is then still in this snapshot.
            self.disk()?;
            let found = self.state.long.newest(key, upper);
            return Ok(found.map(|(revision, version)| Found { revision, version, record: None }));
        }
        newest_on_disk(self.disk()?, key, upper)
    }

    /// The record of a version that [`Self::newest`] or a scan found.
    pub fn record(&self, found: &Found) -> Result<Bytes> {
        match &found.record {
            Some(record) => Ok(record.clone()),
            None => self.record_of(found.revision, found.version.tombstone),
        }
    }

    fn record_of(&self, revision: Revision, tombstone: bool) -> Result<Bytes> {
        let bytes = self.disk()?.get(Table::Record, revision.record_key(tombstone).as_ref())?;
        if let Some(bytes) = bytes {
            return Ok(Bytes::copy_from_slice(bytes));
        }
        let held = self.generations().find_map(|generation| generation.record(revision));
        held.ok_or(BackendError::Missing(revision))
    }

    /// Records of versions that a scan found, in the same order. Those on the disk are looked up in the order of revisions, in
    /// which they lie there; for a large listing that is several times as fast as the order of keys. `None` when they have more than
    /// `bytes_max` bytes together; nothing is copied then.
    pub fn gather(&self, places: &[RecordPlace], bytes_max: usize) -> Result<Option<KvList>> {
        let disk = self.disk()?;
        let mut order: Vec<(Revision, usize)> = Vec::new();
        let mut records: Vec<&[u8]> = Vec::with_capacity(places.len());
        for (at, place) in places.iter().enumerate() {
            match place {
                RecordPlace::Held(record) => records.push(record),
                RecordPlace::Disk(revision) => {
                    order.push((*revision, at));
                    records.push(&[]);
                }
            }
        }
        order.sort_unstable();
        for (revision, at) in order {
            let record = disk.get(Table::Record, revision.record_key(false).as_ref())?;
            records[at] = record.ok_or(BackendError::Missing(revision))?;
        }
        if records.iter().map(|record| record.len()).sum::<usize>() > bytes_max {
            return Ok(None);
        }
        let mut list = KvList::sized_for(records.iter().map(|record| record.len()));
        records.iter().for_each(|record| list.push(record));
        Ok(Some(list))
    }

    /// Keys of `range` with their newest versions, in key order; deleted keys are left out.
    pub fn scan(&self, range: &KeyRange) -> Result<Scan<'_>> {
        Scan::new(self, range)
    }

    /// Calls `each` with every record of `[from, upper]` in the order of revisions until it says stop (`false`).
    pub fn records(&self, from: Revision, mut each: impl FnMut(Revision, bool, &[u8]) -> Result<bool>) -> Result<()> {
        let mut next = from;
        for row in self.disk()?.scan(Table::Record, from.record_key(false).as_ref())? {
            let (key, value) = row?;
            let (revision, tombstone) = Revision::from_record_key(key)
                .ok_or_else(|| BackendError::Damaged { table: Table::Record.name(), key: key.to_vec() })?;
            if revision > self.upper || !each(revision, tombstone, value)? {
                return Ok(());
            }
            next = Revision::new(revision.main, revision.sub + 1);
        }
        // What the disk has already may still be in the closed generation: go on behind it.
        let held: Vec<_> = self.generations().collect();
        for generation in held.into_iter().rev() {
            loop {
                let rows = generation.records_from(next, 256);
                let Some(last) = rows.last() else { break };
                next = Revision::new(last.revision.main, last.revision.sub + 1);
                for row in &rows {
                    if row.revision > self.upper || !each(row.revision, row.tombstone, &row.record)? {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }
}

/// The newest version of `key`, which is not a long one, in the disk's index.
pub(super) fn newest_on_disk(disk: &dyn DurableRead, key: &[u8], upper: Revision) -> Result<Option<Found>> {
    let mut from = Vec::with_capacity(key.len() + 16);
    table::index_key(key, upper, &mut from);
    let Some((at, value)) = disk.seek(Table::Index, &from)? else { return Ok(None) };
    if at.len() != from.len() || at[..at.len() - 12] != from[..from.len() - 12] {
        return Ok(None);
    }
    let (_, revision) = table::split_index_key(at).ok_or_else(|| damaged(at))?;
    let version = Version::decode(value).ok_or_else(|| damaged(at))?;
    Ok(Some(Found { revision, version, record: None }))
}

fn damaged(key: &[u8]) -> BackendError {
    BackendError::Damaged { table: Table::Index.name(), key: key.to_vec() }
}
