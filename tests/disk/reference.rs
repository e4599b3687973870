//! What a state must be after so many entries: a member in memory that never crashed.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
};

use quorate::core::{
    apply::{Applier, Effect, SharedState},
    backend::{Backend, Durable, DurableRead, MemoryStore, Table},
    consensus::{Committed, EntryKind, LogEntry, LogKind, LogPoint},
    mvcc::{Flush, StoredRevisions},
    server::SweepProgress,
};

/// All entries from the first on.
pub type History = BTreeMap<u64, LogEntry>;

/// Applies entries and flushes, step by step, on whatever disk.
pub struct Machine {
    pub backend: Arc<Backend>,
    pub applier: Applier,
    pub state: SharedState,
    sweep: SweepProgress,
    main_on_disk: i64,
}

impl Machine {
    pub fn new(backend: Arc<Backend>, applier: Applier, state: SharedState) -> Result<Self, String> {
        let revisions = stored(backend.state().durable.as_ref())?;
        let sweep = SweepProgress::new(revisions.compact, revisions.swept);
        Ok(Self { backend, applier, state, sweep, main_on_disk: revisions.current })
    }

    pub fn in_memory() -> Self {
        let backend = Arc::new(Backend::open(Arc::new(MemoryStore::default())).unwrap());
        let state = SharedState::load(Arc::clone(&backend)).unwrap();
        let applier = Applier::open(state.clone()).unwrap();
        Self::new(backend, applier, state).unwrap()
    }

    pub fn apply(&mut self, entry: &LogEntry) -> Result<(), String> {
        let (kind, data) = match entry.kind {
            LogKind::Proposal => (EntryKind::Proposal, entry.data.clone()),
            LogKind::ConfChange => (EntryKind::ConfChange, entry.context.clone()),
        };
        let entry = Committed { index: entry.index, term: entry.term, kind, data };
        let applied = self.applier.apply(&entry).map_err(|error| error.to_string())?;
        self.applier.end_batch();
        for effect in applied.effects {
            if let Effect::Compacted { revision, .. } = effect {
                self.sweep.compacted(revision);
            }
        }
        Ok(())
    }

    /// Flushes what is applied, and sweeps about so many rows. Answers whether there is more to sweep.
    pub fn flush(&mut self, rows: usize) -> Result<bool, String> {
        let slice = self.sweep.slice(self.main_on_disk);
        self.applier.seal();
        let generation = self.backend.rotate().expect("one flush at a time");
        let main = self.state.store.current_revision();
        let span = slice.map(|slice| slice.span);
        let flush = Flush::plan(self.backend.state(), generation, span, rows).map_err(|error| error.to_string())?;
        flush.commit().map_err(|error| error.to_string())?;
        let plan = flush.finish(&self.backend);
        self.main_on_disk = main;
        if let (Some(slice), Some(plan)) = (slice, plan) {
            self.sweep.advance(slice, &plan);
        }
        Ok(self.sweep.slice(self.main_on_disk).is_some())
    }

    pub fn flush_all(&mut self, rows: usize) -> Result<(), String> {
        while self.flush(rows)? {}
        Ok(())
    }

    /// Goes on with a received state.
    pub fn install(&mut self, durable: Arc<dyn Durable>) -> Result<(), String> {
        let revisions = stored(durable.as_ref())?;
        self.applier.install(durable).map_err(|error| error.to_string())?;
        self.sweep.reset(revisions.compact, revisions.swept);
        self.main_on_disk = revisions.current;
        Ok(())
    }

    pub fn applied(&self) -> LogPoint {
        self.applier.applied().point()
    }

    /// A checksum of all rows of all tables.
    pub fn digest(&self) -> Result<u32, String> {
        digest(self.backend.state().durable.as_ref())
    }
}

fn stored(durable: &dyn Durable) -> Result<StoredRevisions, String> {
    let disk = durable.read().map_err(|error| error.to_string())?;
    StoredRevisions::read(disk.as_ref()).map_err(|error| error.to_string())
}

/// A checksum of all rows of all tables.
pub fn digest(durable: &dyn Durable) -> Result<u32, String> {
    let mut digest = 0;
    each_row(durable.read().map_err(|error| error.to_string())?.as_ref(), |table, key, value| {
        digest = [table.name().as_bytes(), key, b"=", value, b";"]
            .iter()
            .fold(digest, |digest, part| crc32c::crc32c_append(digest, part));
    })?;
    Ok(digest)
}

/// Calls `each` for every row of every table.
pub fn each_row(disk: &dyn DurableRead, mut each: impl FnMut(Table, &[u8], &[u8])) -> Result<(), String> {
    for table in Table::ALL {
        for row in disk.scan(table, &[]).map_err(|error| error.to_string())? {
            let (key, value) = row.map_err(|error| error.to_string())?;
            each(table, key, value);
        }
    }
    Ok(())
}

/// States by the history that led to them. An entry's index and term stand for all entries up to it.
#[derive(Default)]
pub struct References(Mutex<HashMap<LogPoint2, u32>>);

type LogPoint2 = (u64, u64);

impl References {
    /// What the rows' checksum must be once everything up to `index` is applied and swept.
    pub fn digest(&self, history: &History, index: u64) -> u32 {
        let key = (index, history[&index].term);
        if let Some(&known) = self.0.lock().unwrap().get(&key) {
            return known;
        }
        let digest = machine(history, index).digest().unwrap();
        self.0.lock().unwrap().insert(key, digest);
        digest
    }
}

/// A member in memory that has applied, flushed and swept everything up to `index`.
pub fn machine(history: &History, index: u64) -> Machine {
    let mut machine = Machine::in_memory();
    for entry in history.range(..=index).map(|(_, entry)| entry) {
        machine.apply(entry).unwrap();
    }
    machine.flush_all(usize::MAX).unwrap();
    machine
}
