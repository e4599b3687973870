//! Sweeping: giving back what compaction made unreadable.
//!
//! Walks the records between the last sweep and the compact revision, not the whole store: each of them supersedes its
//! predecessor, which no readable revision needs any more, and a tombstone below the compact revision needs no place itself. (A
//! tombstone exactly at it stays until the next compaction, as in etcd.) It changes no answer, so each member sweeps at its own
//! pace, in slices, as part of ordinary flushes.

use bytes::Bytes;

use super::{
    super::{
        backend::{BackendError, DurableRead, LongIndex, Result, Table, Version, table},
        revision::Revision,
    },
    record::decode_record,
};

/// Rows to delete in one slice, and where the next begins.
#[derive(Debug, Default)]
pub struct SweepPlan {
    pub index_keys: Vec<Vec<u8>>,
    pub records: Vec<(Revision, bool)>,
    pub long: Vec<(Bytes, Revision)>,
    /// The next slice begins with this main revision.
    pub next: i64,
    /// There is nothing more to sweep up to the compact revision that was asked for.
    pub done: bool,
}

/// Plans one slice of about `rows_max` records: those of main revisions `[from, to]` on disk, with history below `compact` gone.
/// `to` must not be above `compact` nor above what is on disk.
pub fn plan_sweep(
    disk: &dyn DurableRead,
    long: &LongIndex,
    from: i64,
    to: i64,
    compact: i64,
    rows_max: usize,
) -> Result<SweepPlan> {
    assert!(to <= compact, "only unreadable history is swept");
    let mut plan = SweepPlan { next: from, done: true, ..SweepPlan::default() };
    for (seen, row) in disk.scan(Table::Record, Revision::new(from, 0).record_key(false).as_ref())?.enumerate() {
        let (key, record) = row?;
        let (revision, tombstone) = Revision::from_record_key(key).ok_or_else(|| damaged(Table::Record, key))?;
        if revision.main > to {
            break;
        }
        if seen >= rows_max && revision.main > plan.next {
            plan.next = revision.main;
            plan.done = false;
            return Ok(plan);
        }
        plan.next = revision.main;
        let key = decode_record(Bytes::copy_from_slice(record), revision)?.key;
        if table::is_long(&key) {
            sweep_long(&mut plan, long, key, revision, tombstone && revision.main < compact);
        } else {
            sweep_indexed(&mut plan, disk, &key, revision, tombstone && revision.main < compact)?;
        }
    }
    plan.next = to;
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

fn sweep_long(plan: &mut SweepPlan, long: &LongIndex, key: Bytes, revision: Revision, itself: bool) {
    let from = super::super::backend::IndexKey::new(key.clone(), revision);
    for entry in long.versions().range(from..).take(2) {
        if entry.key().key != key {
            break;
        }
        if entry.key().revision < revision || itself {
            plan.long.push((key.clone(), entry.key().revision));
            plan.records.push((entry.key().revision, entry.value().tombstone));
        }
    }
}

fn damaged(table: Table, key: &[u8]) -> BackendError {
    BackendError::Damaged { table: table.name(), key: key.to_vec() }
}
