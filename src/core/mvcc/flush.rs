//! A flush: a closed generation and one slice of the sweep, written to the disk in one commit.
//!
//! The pure part of what the flush thread does: close a generation, [`Flush::plan`], [`Flush::commit`], [`Flush::finish`]. A crash
//! between any two of them loses nothing, since the applied index lies in the same commit as its effects.

use std::sync::Arc;

use bytes::Bytes;

use super::{
    super::{
        backend::{Backend, Batch, Generation, Result, State, Table, table, table::meta},
        revision::Revision,
    },
    compact::{SweepPlan, SweepSpan, plan_sweep},
};

/// A generation on its way to the disk.
pub struct Flush {
    state: Arc<State>,
    generation: Arc<Generation>,
    plan: Option<SweepPlan>,
}

impl Flush {
    /// Prepares to write `generation`, the closed one of `state`, and to sweep the first `rows_max` records or so of `sweep`.
    ///
    /// # Errors
    /// When the disk cannot be read.
    pub fn plan(state: Arc<State>, generation: Arc<Generation>, sweep: Option<SweepSpan>, rows_max: usize) -> Result<Self> {
        let plan = match sweep {
            Some(span) => Some(plan_sweep(state.durable.read()?.as_ref(), &state.long, span, rows_max)?),
            None => None,
        };
        Ok(Self { state, generation, plan })
    }

    /// Writes everything in one synced commit.
    ///
    /// # Errors
    /// When the disk fails; then nothing of it is there.
    pub fn commit(&self) -> Result<()> {
        self.state.durable.commit(&mut |batch| {
            write_generation(batch, &self.generation)?;
            self.plan.as_ref().map_or(Ok(()), |plan| write_sweep(batch, plan))
        })
    }

    /// Lets readers go over from the generation to the disk. Answers what was swept, if anything was to be.
    pub fn finish(self, backend: &Backend) -> Option<SweepPlan> {
        // The long keys first: until the generation is dropped, readers find its versions there.
        for entry in self.generation.index() {
            if table::is_long(&entry.key().key) {
                // A copy, so that the index does not hold on to whole records.
                let key = Bytes::copy_from_slice(&entry.key().key);
                self.state.long.insert(key, entry.key().revision, entry.value().version);
            }
        }
        if let Some(plan) = &self.plan {
            self.state.long.remove_all(&plan.long);
        }
        backend.discard(&self.generation);
        self.plan
    }
}

fn write_generation(batch: &mut dyn Batch, generation: &Generation) -> Result<()> {
    let mut value = Vec::new();
    for row in generation.records().iter() {
        batch.append(Table::Record, row.revision.record_key(row.tombstone).as_ref(), &row.record)?;
    }
    let mut key = Vec::new();
    for entry in generation.index() {
        value.clear();
        entry.value().version.encode(&mut value);
        if table::is_long(&entry.key().key) {
            batch.put(Table::Long, &table::revision_key(entry.key().revision), &value)?;
            continue;
        }
        key.clear();
        table::index_key(&entry.key().key, entry.key().revision, &mut key);
        batch.put(Table::Index, &key, &value)?;
    }
    for ((table, key), value) in generation.small().iter() {
        match value {
            Some(value) => batch.put(*table, key, value)?,
            None => batch.delete(*table, key)?,
        }
    }
    Ok(())
}

fn write_sweep(batch: &mut dyn Batch, plan: &SweepPlan) -> Result<()> {
    for key in &plan.index_keys {
        batch.delete(Table::Index, key)?;
    }
    for (_, revision) in &plan.long {
        batch.delete(Table::Long, &table::revision_key(*revision))?;
    }
    for (revision, tombstone) in &plan.records {
        delete_record(batch, *revision, *tombstone)?;
    }
    batch.put(Table::Meta, meta::SWEPT_REVISION, &plan.next.to_le_bytes())
}

fn delete_record(batch: &mut dyn Batch, revision: Revision, tombstone: bool) -> Result<()> {
    batch.delete(Table::Record, revision.record_key(tombstone).as_ref())
}
