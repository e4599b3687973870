//! Scanning keys in order: generations, long keys and the disk's index merged, the newest visible version of each key.

use std::ops::Bound;

use bytes::Bytes;
use crossbeam_skiplist::{SkipMap, map::Entry};

use super::{
    super::{
        backend::{BackendError, DurableRead, IndexKey, OverlayVersion, Result, Rows, Table, Version, table},
        key_range::KeyRange,
        revision::Revision,
    },
    view::{Found, View},
};

/// Versions of one key to step over one by one before seeking the next key instead.
const STEPS_BEFORE_SEEK: usize = 8;

/// Keys in order with their newest visible versions. Deleted keys do not appear.
pub struct Scan<'a> {
    range: KeyRange,
    /// Newest first: where two have the same key, the earlier one has the newer version.
    sources: Vec<Head<'a>>,
}

struct Head<'a> {
    source: Source<'a>,
    /// The source's next key and its newest visible version; `None` at the end.
    head: Option<(Bytes, Found)>,
}

enum Source<'a> {
    Generation(MapKeys<'a, OverlayVersion>),
    Long(MapKeys<'a, Version>),
    Disk(DiskKeys<'a>),
}

impl<'a> Scan<'a> {
    pub(super) fn new(view: &'a View, range: &KeyRange) -> Result<Self> {
        let mut scan = Self { range: range.clone(), sources: Vec::new() };
        if range.is_empty() {
            return Ok(scan);
        }
        let upper = view.upper();
        let first = IndexKey::new(range.start().clone(), upper);
        let mut add = |source| scan.sources.push(Head { source, head: None });
        for generation in view.generations().filter(|generation| !generation.index().is_empty()) {
            add(Source::Generation(MapKeys::new(generation.index(), first.clone())));
        }
        // Opened before the long keys are looked at: what a sweep takes from both later is then still in this snapshot.
        let disk = view.disk()?;
        if !view.state().long.versions().is_empty() {
            add(Source::Long(MapKeys::new(view.state().long.versions(), first.clone())));
        }
        add(Source::Disk(DiskKeys::new(disk, range)?));
        for head in &mut scan.sources {
            head.advance(&scan.range, upper)?;
        }
        scan.sources.retain(|head| head.head.is_some());
        Ok(scan)
    }

    /// The next key that is not deleted.
    pub fn next_key(&mut self, upper: Revision) -> Result<Option<(Bytes, Found)>> {
        loop {
            let Some(first) = self.first() else { return Ok(None) };
            let (key, found) = self.sources[first].head.take().expect("a source that was chosen has a head");
            self.sources[first].advance(&self.range, upper)?;
            for head in &mut self.sources[first + 1..] {
                if head.head.as_ref().is_some_and(|(other, _)| *other == key) {
                    head.advance(&self.range, upper)?;
                }
            }
            if !found.version.tombstone {
                return Ok(Some((key, found)));
            }
        }
    }

    /// The source with the smallest key, the newest of several.
    fn first(&self) -> Option<usize> {
        let mut best: Option<(usize, &Bytes)> = None;
        for (at, head) in self.sources.iter().enumerate() {
            if let Some((key, _)) = &head.head
                && best.is_none_or(|(_, smallest)| key < smallest)
            {
                best = Some((at, key));
            }
        }
        best.map(|(at, _)| at)
    }
}

impl Head<'_> {
    fn advance(&mut self, range: &KeyRange, upper: Revision) -> Result<()> {
        self.head = match &mut self.source {
            Source::Generation(keys) => keys.next(range, upper).map(|entry| {
                let OverlayVersion { version, record } = entry.value();
                found(&entry, *version, Some(record.clone()))
            }),
            Source::Long(keys) => keys.next(range, upper).map(|entry| found(&entry, *entry.value(), None)),
            Source::Disk(keys) => keys.next(range, upper)?,
        };
        Ok(())
    }
}

fn found<V>(entry: &Entry<'_, IndexKey, V>, version: Version, record: Option<Bytes>) -> (Bytes, Found) {
    let IndexKey { key, revision } = entry.key();
    (key.clone(), Found { revision: *revision, version, record })
}

/// Keys of a map in memory.
struct MapKeys<'a, V> {
    map: &'a SkipMap<IndexKey, V>,
    at: Place<'a, V>,
}

enum Place<'a, V> {
    Before(IndexKey),
    /// The version given last.
    At(Entry<'a, IndexKey, V>),
}

impl<'a, V> MapKeys<'a, V> {
    fn new(map: &'a SkipMap<IndexKey, V>, first: IndexKey) -> Self {
        Self { map, at: Place::Before(first) }
    }

    /// The next key's newest visible version. What a scan meets is mostly the neighbour of what it met before, and far cheaper to step to than to seek.
    fn next(&mut self, range: &KeyRange, upper: Revision) -> Option<Entry<'a, IndexKey, V>> {
        let mut entry = match &self.at {
            Place::Before(first) => self.seek(first)?,
            Place::At(last) => self.behind(last)?,
        };
        loop {
            if !range.ends_after(&entry.key().key) {
                return None;
            }
            if entry.key().revision <= upper {
                self.at = Place::At(entry.clone());
                return Some(entry);
            }
            // The first version of the key is above what is visible: ask for the visible one.
            entry = self.seek(&IndexKey::new(entry.key().key.clone(), upper))?;
        }
    }

    /// The first version of the key behind that of `last`.
    fn behind(&self, last: &Entry<'a, IndexKey, V>) -> Option<Entry<'a, IndexKey, V>> {
        let key = &last.key().key;
        let mut entry = last.next()?;
        for _ in 0..STEPS_BEFORE_SEEK {
            if entry.key().key != *key {
                return Some(entry);
            }
            entry = entry.next()?;
        }
        // Revision 0 is below every version of this key.
        self.seek(&IndexKey::new(key.clone(), Revision::default()))
    }

    fn seek(&self, from: &IndexKey) -> Option<Entry<'a, IndexKey, V>> {
        self.map.lower_bound(Bound::Included(from))
    }
}

/// Keys of the disk's index.
struct DiskKeys<'a> {
    disk: &'a dyn DurableRead,
    rows: Rows<'a>,
    /// Shared part of the versions of the key given last.
    prefix: Vec<u8>,
}

impl<'a> DiskKeys<'a> {
    fn new(disk: &'a dyn DurableRead, range: &KeyRange) -> Result<Self> {
        let mut from = Vec::new();
        match range {
            // The terminator keeps a lone key apart from those that begin with it.
            KeyRange::One(key) => table::index_prefix(key, &mut from),
            _ => table::escape(range.start(), &mut from),
        }
        from.truncate(table::BACKEND_KEY_BYTES_MAX);
        Ok(Self { disk, rows: disk.scan(Table::Index, &from)?, prefix: Vec::new() })
    }

    fn next(&mut self, range: &KeyRange, upper: Revision) -> Result<Option<(Bytes, Found)>> {
        let mut steps = 0;
        let mut key = Vec::new();
        loop {
            let Some(row) = self.rows.next() else { return Ok(None) };
            let (at, value) = row?;
            let damaged = || BackendError::Damaged { table: Table::Index.name(), key: at.to_vec() };
            let (prefix, revision) = table::split_index_key(at).ok_or_else(damaged)?;
            let older = prefix == self.prefix;
            if older || revision > upper {
                steps += 1;
                if steps >= STEPS_BEFORE_SEEK {
                    steps = 0;
                    let mut from = prefix.to_vec();
                    table::push_inverted(if older { Revision::default() } else { upper }, &mut from);
                    self.rows = self.disk.scan(Table::Index, &from)?;
                }
                continue;
            }
            table::unescape(prefix, &mut key);
            if !range.ends_after(&key) {
                return Ok(None);
            }
            if key < *range.start() {
                // A truncated start may begin too early.
                key.clear();
                continue;
            }
            let version = Version::decode(value).ok_or_else(damaged)?;
            self.prefix.clear();
            self.prefix.extend_from_slice(prefix);
            return Ok(Some((key.into(), Found { revision, version, record: None })));
        }
    }
}
