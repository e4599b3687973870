//! Sweeping: giving back what compaction made unreadable.
//!
//! Walks the records between the last sweep and the compact revision, not the whole store: each of them supersedes its
//! predecessor, which no readable revision needs any more, and a tombstone below the compact revision needs no place itself. (A
//! tombstone exactly at it stays until the next compaction, as in etcd.) It changes no answer, so each member sweeps at its own
//! pace, in slices, as part of ordinary flushes.

use bytes::Bytes;

use super::{
    super::{
        backend::{BackendError, DurableRead, IndexKey, LongIndex, Result, Table, Version, table},
        revision::Revision,
    },
    record::decode_record,
};
use crate::core::planted::{Bug, planted};

/// Rows to delete in one slice, and where the next begins.
#[derive(Debug, Default)]
pub struct SweepPlan {
    pub index_keys: Vec<Vec<u8>>,
    pub records: Vec<(Revision, bool)>,
    /// Older versions of a key come before newer ones.
    pub long: Vec<(Bytes, Revision)>,
    /// The next slice begins with this main revision.
    pub next: i64,
    /// There is nothing more to sweep up to the compact revision that was asked for.
    pub done: bool,
}

/// What a sweep is to do: records of main revisions `[from, to]`, with history below `compact` gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SweepSpan {
    pub from: i64,
    /// Not above `compact`, nor above what is on the disk.
    pub to: i64,
    pub compact: i64,
}

/// Plans one slice of about `rows_max` records; whole main revisions, so that the next slice can begin with one.
///
/// # Errors
/// When the disk cannot be read or is damaged.
pub fn plan_sweep(disk: &dyn DurableRead, long: &LongIndex, span: SweepSpan, rows_max: usize) -> Result<SweepPlan> {
    let SweepSpan { from, to, compact } = span;
    assert!(to <= compact, "only unreadable history is swept");
    let mut plan = SweepPlan { next: to, done: true, ..SweepPlan::default() };
    let (mut seen, mut main) = (0, from);
    // No record has a negative revision, and its key would sort behind all others.
    for row in disk.scan(Table::Record, Revision::new(from.max(0), 0).record_key(false).as_ref())? {
        let (key, record) = row?;
        let (revision, tombstone) = Revision::from_record_key(key).ok_or_else(|| damaged(Table::Record, key))?;
        if revision.main > to {
            break;
        }
        if seen >= rows_max && revision.main > main {
            plan.next = revision.main;
            plan.done = false;
            return Ok(plan);
        }
        seen += 1;
        main = revision.main;
        let key = decode_record(Bytes::copy_from_slice(record), revision)?.key;
        if tombstone && planted(Bug::LostTombstone) {
            let mut at = Vec::new();
            table::index_key(&key, revision, &mut at);
            plan.index_keys.push(at);
            plan.records.push((revision, true));
            continue;
        }
        let tombstone = tombstone || (planted(Bug::LostNewest) && revision.main + 1 == compact);
        if table::is_long(&key) {
            sweep_long(&mut plan, long, &key, revision, tombstone && revision.main < compact);
        } else {
            sweep_indexed(&mut plan, disk, &key, revision, tombstone && revision.main < compact)?;
        }
    }
    Ok(plan)
}

fn sweep_indexed(plan: &mut SweepPlan, disk: &dyn DurableRead, key: &Bytes, revision: Revision, itself: bool) -> Result<()> {
    let mut at = Vec::new();
    table::index_key(key, revision, &mut at);
    let prefix = at[..at.len() - 12].to_vec();
    for row in disk.scan(Table::Index, &at)?.take(2) {
        let (found, value) = row?;
        if found.len() != at.len() || found[..found.len() - 12] != prefix {
            break;
        }
        let (_, found_revision) = table::split_index_key(found).ok_or_else(|| damaged(Table::Index, found))?;
        let version = Version::decode(value).ok_or_else(|| damaged(Table::Index, found))?;
        if found_revision < revision || itself {
            plan.index_keys.push(found.to_vec());
            plan.records.push((found_revision, version.tombstone));
        }
    }
    Ok(())
}

/// The predecessor comes before the tombstone that hides it: whoever reads the index meanwhile must not find it alive again.
fn sweep_long(plan: &mut SweepPlan, long: &LongIndex, key: &Bytes, revision: Revision, itself: bool) {
    let mut here = None;
    for entry in long.versions().range(IndexKey::new(key.clone(), revision)..).take(2) {
        let at = entry.key();
        if at.key != *key {
            break;
        }
        let row = (at.key.clone(), at.revision, entry.value().tombstone);
        if at.revision == revision {
            here = Some(row).filter(|_| itself);
        } else {
            plan.push_long(row);
            break;
        }
    }
    here.into_iter().for_each(|row| plan.push_long(row));
}

impl SweepPlan {
    fn push_long(&mut self, (key, revision, tombstone): (Bytes, Revision, bool)) {
        self.long.push((key, revision));
        self.records.push((revision, tombstone));
    }
}

fn damaged(table: Table, key: &[u8]) -> BackendError {
    BackendError::Damaged { table: table.name(), key: key.to_vec() }
}
