//! The flush thread: closed generations to the disk, and sweeping what compaction made unreadable.
//!
//! A generation is closed when it has grown large or about a second old. Each flush is one synced commit of its records, its index
//! entries in key order, its small rows with the applied index, and one slice of the sweep. Only after it may the raft log be cut.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use crossbeam_channel::{Receiver, Sender, TrySendError};
use parking_lot::Mutex;
use tokio::sync::{Notify, oneshot};

use super::{
    super::{
        apply::Applier,
        backend::{Backend, BackendError, Batch, Durable, Generation, Result, Sizes, State, Table, Version, table, table::meta},
        consensus::AppliedState,
        mvcc::{MvccStore, SweepPlan, plan_sweep},
    },
    Progress,
    node_handle::NodeHandle,
    now,
};

/// Changes after which a generation is closed: batches of this size cost the disk least.
const CHANGES_PER_FLUSH: usize = 50_000;
/// Bytes after which a generation is closed.
const BYTES_PER_FLUSH: usize = 64 * 1024 * 1024;
/// Longest time that a change stays off the disk's tables. (The raft log has it.)
const FLUSH_INTERVAL: Duration = Duration::from_millis(1000);
/// Records looked at in one slice of a sweep.
const SWEEP_ROWS: usize = 5_000;

/// Asks for flushes, and tells what the flusher knows.
#[derive(Clone)]
pub struct FlushSignal {
    shared: Arc<Shared>,
    wake: Sender<Wake>,
}

/// What the flusher is asked for. When its queue is full, a flush is asked for already, and a defragmentation is refused.
pub enum Wake {
    /// Flush now, whatever the size.
    Flush,
    /// Write the disk file anew without the pages that nothing uses, and answer when it is in place.
    Defragment(oneshot::Sender<std::result::Result<(), String>>),
}

/// Requests that may wait for the flusher.
const WAKES_MAX: usize = 16;

struct Shared {
    allocated: AtomicU64,
    in_use: AtomicU64,
    stopped: AtomicBool,
    slow_apply_micros: AtomicUsize,
}

impl FlushSignal {
    /// A signal and its receiving end. Applies slower than `slow_apply` are logged.
    pub fn new(slow_apply: Duration) -> (Self, Receiver<Wake>) {
        let (wake, woken) = crossbeam_channel::bounded(WAKES_MAX);
        let shared = Shared {
            allocated: AtomicU64::new(0),
            in_use: AtomicU64::new(0),
            stopped: AtomicBool::new(false),
            slow_apply_micros: AtomicUsize::new(slow_apply.as_micros() as usize),
        };
        (Self { shared: Arc::new(shared), wake }, woken)
    }

    /// Flush soon, whatever the size.
    pub fn now(&self) {
        // Full means that it is asked for already; closed, that the member stops.
        match self.wake.try_send(Wake::Flush) {
            Ok(()) | Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {}
        }
    }

    /// Defragments the disk file while reads and writes go on.
    ///
    /// # Errors
    /// In words: the copy could not be written, or another one waits.
    pub async fn defragment(&self) -> std::result::Result<(), String> {
        let (done, answer) = oneshot::channel();
        self.wake.try_send(Wake::Defragment(done)).map_err(|_| "quorate: the flusher is busy; try again".to_owned())?;
        answer.await.unwrap_or_else(|_| Err("quorate: the member is stopping".into()))
    }

    /// Whether a generation of this size should be closed.
    pub fn wants(&self, bytes: usize, changes: usize) -> bool {
        bytes >= BYTES_PER_FLUSH || changes >= CHANGES_PER_FLUSH
    }

    /// Ends the flusher after one last flush.
    pub fn stop(&self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        self.now();
    }

    pub fn is_stopped(&self) -> bool {
        self.shared.stopped.load(Ordering::SeqCst)
    }

    pub fn slow_apply(&self) -> Duration {
        Duration::from_micros(self.shared.slow_apply_micros.load(Ordering::Relaxed) as u64)
    }

    /// Bytes on disk as of the last flush.
    pub fn disk_sizes(&self) -> Sizes {
        Sizes { allocated: self.shared.allocated.load(Ordering::Relaxed), in_use: self.shared.in_use.load(Ordering::Relaxed) }
    }

    pub fn set_disk_sizes(&self, sizes: Sizes) {
        self.shared.allocated.store(sizes.allocated, Ordering::Relaxed);
        self.shared.in_use.store(sizes.in_use, Ordering::Relaxed);
    }
}

/// How far unreadable history has been swept.
pub struct SweepProgress {
    wanted: AtomicI64,
    swept: AtomicI64,
    moved: Notify,
}

impl SweepProgress {
    pub fn new(compact_revision: i64, swept: i64) -> Self {
        Self { wanted: AtomicI64::new(compact_revision), swept: AtomicI64::new(swept), moved: Notify::new() }
    }

    /// History below `revision` may be swept.
    pub fn compacted(&self, revision: i64) {
        self.wanted.fetch_max(revision, Ordering::SeqCst);
    }

    fn advance(&self, swept: i64) {
        self.swept.store(swept, Ordering::SeqCst);
        self.moved.notify_waiters();
    }

    /// Waits until everything that `revision` made unreadable is off the disk.
    pub async fn reached(&self, revision: i64) {
        loop {
            let mut moved = std::pin::pin!(self.moved.notified());
            moved.as_mut().enable();
            if self.swept.load(Ordering::SeqCst) >= revision {
                return;
            }
            moved.await;
        }
    }
}

/// What the flush thread works with.
pub struct Flusher {
    pub applier: Arc<Mutex<Applier>>,
    pub backend: Arc<Backend>,
    pub store: Arc<MvccStore>,
    pub node: NodeHandle,
    pub signal: FlushSignal,
    pub woken: Receiver<Wake>,
    pub sweep: Arc<SweepProgress>,
    /// Makes a copy of the disk file without unused pages, durable and in the old one's place, and opens it.
    pub copy_compacted: Box<dyn Fn() -> Result<Arc<dyn Durable>> + Send>,
}

/// What is on the disk.
struct OnDisk {
    applied_index: u64,
    main_revision: i64,
}

impl Flusher {
    /// Runs until told to stop, then flushes once more.
    ///
    /// # Errors
    /// When the disk fails: the member must stop.
    pub fn run(self) -> Result<()> {
        let state = self.backend.state();
        self.signal.set_disk_sizes(state.durable.sizes()?);
        drop(state);
        let mut on_disk =
            OnDisk { applied_index: self.applier.lock().applied().index, main_revision: self.store.current_revision() };
        loop {
            let stopping = self.signal.is_stopped();
            let more = self.flush(&mut on_disk)?;
            if stopping {
                return Ok(());
            }
            let wait = if more { Duration::ZERO } else { FLUSH_INTERVAL };
            // Timing out is the ordinary case: the interval has passed.
            if let Ok(Wake::Defragment(done)) = self.woken.recv_timeout(wait) {
                // Nobody may wait any more; the file is defragmented all the same.
                let _ = done.send(self.defragment().map_err(|error| format!("quorate: {error}")));
            }
        }
    }

    /// No flush falls between copying and exchanging, since both are this thread's.
    fn defragment(&self) -> Result<()> {
        let started = now();
        let before = self.signal.disk_sizes();
        let durable = (self.copy_compacted)()?;
        self.backend.exchange(Arc::clone(&durable));
        let after = durable.sizes()?;
        self.signal.set_disk_sizes(after);
        let took = started.elapsed();
        tracing::info!(?took, bytes_before = before.allocated, bytes_after = after.allocated, "finished defragmenting directory");
        Ok(())
    }

    /// Flushes what there is and sweeps one slice. Answers whether there is more to sweep.
    fn flush(&self, on_disk: &mut OnDisk) -> Result<bool> {
        let sweep_to = self.sweep.wanted.load(Ordering::SeqCst).min(on_disk.main_revision);
        let sweep_from = self.sweep.swept.load(Ordering::SeqCst);
        let sweeping = sweep_from < sweep_to;
        let Some((generation, applied, main_revision)) = self.close(on_disk, sweeping) else { return Ok(false) };
        let state = self.backend.state();
        let plan = if sweeping { Some(self.plan(&state, sweep_from, sweep_to)?) } else { None };
        let started = now();
        state.durable.commit(&mut |batch| {
            write_generation(batch, &generation)?;
            plan.as_ref().map_or(Ok(()), |plan| write_sweep(batch, plan))
        })?;
        let took = started.elapsed();
        tracing::debug!(?took, index = applied.index, versions = generation.len(), "flushed");
        take_over_long_keys(&state, &generation, plan.as_ref());
        self.backend.discard(&generation);
        self.signal.set_disk_sizes(state.durable.sizes()?);
        *on_disk = OnDisk { applied_index: applied.index, main_revision };
        self.node.progress(Progress::Flushed(applied));
        let Some(plan) = plan else { return Ok(self.sweep.wanted.load(Ordering::SeqCst) > sweep_from) };
        self.sweep.advance(plan.next);
        if plan.done {
            tracing::info!(compact_revision = plan.next, records = plan.records.len(), "finished scheduled compaction");
        }
        Ok(!plan.done)
    }

    /// Closes the active generation, if there is anything to write.
    fn close(&self, on_disk: &OnDisk, sweeping: bool) -> Option<(Arc<Generation>, AppliedState, i64)> {
        // Held so that no entry is half applied when the generation is closed.
        let applier = self.applier.lock();
        let applied = applier.applied().clone();
        if applied.index == on_disk.applied_index && !sweeping {
            return None;
        }
        applier.seal();
        let generation =
            self.backend.rotate().expect("only this thread closes generations, and it discards each before the next");
        Some((generation, applied, self.store.current_revision()))
    }

    fn plan(&self, state: &State, from: i64, to: i64) -> Result<SweepPlan> {
        let disk = state.durable.read()?;
        plan_sweep(disk.as_ref(), &state.long, from, to, self.sweep.wanted.load(Ordering::SeqCst), SWEEP_ROWS)
    }
}

fn write_generation(batch: &mut dyn Batch, generation: &Generation) -> Result<()> {
    let mut value = Vec::new();
    for row in generation.records().iter() {
        batch.append(Table::Record, row.revision.record_key(row.tombstone).as_ref(), &row.record)?;
    }
    let mut key = Vec::new();
    for entry in generation.index() {
        let version: &Version = &entry.value().version;
        value.clear();
        version.encode(&mut value);
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
        batch.delete(Table::Record, revision.record_key(*tombstone).as_ref())?;
    }
    batch.put(Table::Meta, meta::SWEPT_REVISION, &plan.next.to_le_bytes())
}

/// The index of long keys lives in memory: it takes over what a discarded generation had of them.
fn take_over_long_keys(state: &State, generation: &Generation, plan: Option<&SweepPlan>) {
    for entry in generation.index() {
        if table::is_long(&entry.key().key) {
            // A copy, so that the index does not hold on to whole records.
            let key = bytes::Bytes::copy_from_slice(&entry.key().key);
            state.long.insert(key, entry.key().revision, entry.value().version);
        }
    }
    for (key, revision) in plan.iter().flat_map(|plan| &plan.long) {
        state.long.remove(key, *revision);
    }
}

/// How far history is swept, as the disk says; the compact revision -1 when it never was.
///
/// # Errors
/// When the disk cannot be read.
pub fn swept_revision(backend: &Backend) -> Result<i64> {
    let state = backend.state();
    let disk = state.durable.read()?;
    let Some(value) = disk.get(Table::Meta, meta::SWEPT_REVISION)? else { return Ok(-1) };
    let damaged = || BackendError::Damaged { table: Table::Meta.name(), key: meta::SWEPT_REVISION.to_vec() };
    Ok(i64::from_le_bytes(value.try_into().map_err(|_| damaged())?))
}
