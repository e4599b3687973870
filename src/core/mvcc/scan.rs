//! Scanning keys in order: generations, long keys and the disk's index merged, the newest visible version of each key.

use bytes::Bytes;

use super::{
    super::{
        backend::{BackendError, DurableRead, Generation, IndexKey, LongIndex, Result, Rows, Table, Version, table},
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
    Generation { generation: &'a Generation, next: IndexKey },
    Long { long: &'a LongIndex, next: IndexKey },
    Disk(DiskKeys<'a>),
}

impl<'a> Scan<'a> {
    pub(super) fn new(view: &'a View, range: &KeyRange) -> Result<Self> {
        let mut scan = Self { range: range.clone(), sources: Vec::new() };
        if range.is_empty() {
            return Ok(scan);
        }
        let upper = view.upper();
        let first = || IndexKey::new(range.start().clone(), upper);
        let mut add = |source| scan.sources.push(Head { source, head: None });
        for generation in view.generations().filter(|generation| !generation.index().is_empty()) {
            add(Source::Generation { generation, next: first() });
        }
        // Opened before the long keys are looked at: what a sweep takes from both later is then still in this snapshot.
        let disk = view.disk()?;
        if !view.state().long.versions().is_empty() {
            add(Source::Long { long: &view.state().long, next: first() });
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
            Source::Generation { generation, next } => {
                let index = generation.index();
                next_version(range, upper, next, |from| {
                    let entry = index.lower_bound(std::ops::Bound::Included(from))?;
                    Some((entry.key().clone(), entry.value().version, Some(entry.value().record.clone())))
                })
            }
            Source::Long { long, next } => next_version(range, upper, next, |from| {
                let entry = long.versions().lower_bound(std::ops::Bound::Included(from))?;
                Some((entry.key().clone(), *entry.value(), None))
            }),
            Source::Disk(keys) => keys.next(range, upper)?,
        };
        Ok(())
    }
}

/// Seeks the next key of a map in memory; `next` is where to go on.
fn next_version(
    range: &KeyRange,
    upper: Revision,
    next: &mut IndexKey,
    seek: impl Fn(&IndexKey) -> Option<(IndexKey, Version, Option<Bytes>)>,
) -> Option<(Bytes, Found)> {
    loop {
        let (at, version, record) = seek(next)?;
        if !range.ends_after(&at.key) {
            return None;
        }
        if at.revision > upper {
            // The first key of the seek has its newest version above what is visible: ask for the visible one.
            *next = IndexKey::new(at.key, upper);
            continue;
        }
        // Revision 0 is below every version of this key, so the next seek finds the next key.
        *next = IndexKey::new(at.key.clone(), Revision::default());
        return Some((at.key, Found { revision: at.revision, version, record }));
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
