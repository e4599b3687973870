//! The flush thread: closed generations to the disk, and sweeping what compaction made unreadable.
//!
//! A generation is closed when it has grown large or about a second old. Each flush is one synced commit of its records, its index
//! entries in key order, its small rows with the applied index, and one slice of the sweep. Only after it may the raft log be cut.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use crossbeam_channel::{Receiver, Sender, TrySendError};
use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::{
    super::{
        apply::{Applier, read_applied},
        backend::{Backend, BackendError, Generation, Result, Sizes, State},
        clock::Clock,
        consensus::AppliedState,
        mvcc::{Flush, MvccStore, StoredRevisions},
    },
    Progress, StateFiles, SweepProgress,
    metrics::Metrics,
    node_handle::NodeHandle,
    sweep_progress::Slice,
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

    /// Asks for something; left out if too much waits already.
    pub fn ask(&self, wake: Wake) {
        match self.wake.try_send(wake) {
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

/// What the flush thread works with.
pub struct Flusher {
    pub applier: Arc<Mutex<Applier>>,
    pub backend: Arc<Backend>,
    pub store: Arc<MvccStore>,
    pub node: NodeHandle,
    pub signal: FlushSignal,
    pub woken: Receiver<Wake>,
    pub sweep: Arc<SweepProgress>,
    pub files: Arc<dyn StateFiles>,
    pub metrics: Arc<Metrics>,
    pub clock: Clock,
}

/// What is on the disk, as of the last flush.
pub struct OnDisk {
    applied_index: u64,
    main_revision: i64,
}

/// A closed generation, with what was true when it was closed.
struct Closed {
    state: Arc<State>,
    generation: Arc<Generation>,
    applied: AppliedState,
    main_revision: i64,
    slice: Option<Slice>,
}

/// A flush under way.
pub struct Flushing {
    flush: Flush,
    applied: AppliedState,
    main_revision: i64,
    slice: Option<Slice>,
    versions: usize,
}

/// Says that there is no flusher any more, however its thread ends, so that nobody waits for it.
struct SayStopped(FlushSignal);

impl Drop for SayStopped {
    fn drop(&mut self) {
        self.0.shared.stopped.store(true, Ordering::SeqCst);
    }
}

impl Flusher {
    /// Runs until told to stop, then flushes once more.
    ///
    /// # Errors
    /// When the disk fails: the member must stop.
    pub fn run(self) -> Result<()> {
        let _say_stopped = SayStopped(self.signal.clone());
        let mut on_disk = self.on_disk()?;
        loop {
            let stopping = self.signal.is_stopped();
            let more = self.flush(&mut on_disk)?;
            if stopping {
                return Ok(());
            }
            let wait = if more { Duration::ZERO } else { FLUSH_INTERVAL };
            // Timing out is the ordinary case: the interval has passed.
            let first = self.woken.recv_timeout(wait).ok();
            // The next flush answers all that ask for one.
            for wake in first.into_iter().chain(self.woken.try_iter().take(WAKES_MAX)) {
                if let Wake::Defragment(done) = wake {
                    let answer = self.defragment()?;
                    // Nobody may wait any more; the file is defragmented all the same.
                    let _ = done.send(answer.map_err(|error| format!("quorate: {error}")));
                }
            }
        }
    }

    /// Asks the disk itself: entries may be applied before this thread begins.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn on_disk(&self) -> Result<OnDisk> {
        let state = self.backend.state();
        self.signal.set_disk_sizes(state.durable.sizes()?);
        let disk = state.durable.read()?;
        let applied_index = read_applied(disk.as_ref())?.index;
        Ok(OnDisk { applied_index, main_revision: StoredRevisions::read(disk.as_ref())?.current })
    }

    /// Writes the disk file anew without unused pages. The inner error is told to who asked, and nothing has changed; the outer one
    /// is a fault, after which it is not certain which file a restart finds. Both files are there then.
    ///
    /// # Errors
    /// See above.
    pub fn defragment(&self) -> Result<Result<()>> {
        let started = self.clock.now();
        let before = self.signal.disk_sizes();
        // No flush falls between copying and exchanging, since both are this thread's.
        let copied_from = self.backend.state();
        let path = self.files.new_path();
        let copied = copied_from.durable.copy_compacted(&path).and_then(|()| self.files.open(&path));
        let copy = match copied {
            Ok(copy) => copy,
            Err(error) => {
                self.files.forget(&path);
                return Ok(Err(error));
            }
        };
        // Held so that no received state takes the place of the one that was copied.
        let applier = self.applier.lock();
        if !Arc::ptr_eq(&self.backend.state().durable, &copied_from.durable) {
            drop(copy);
            self.files.forget(&path);
            tracing::info!("a received state took the place of the one that was being defragmented");
            return Ok(Ok(()));
        }
        let installed = self.files.install(&path);
        installed.map_err(|error| BackendError::Io { path: path.display().to_string(), source: io::Error::other(error) })?;
        self.backend.exchange(Arc::clone(&copy));
        drop(applier);
        let after = copy.sizes()?;
        self.signal.set_disk_sizes(after);
        let took = self.clock.now() - started;
        self.metrics.backend_defrag_duration.observe(took.as_secs_f64());
        tracing::info!(?took, bytes_before = before.allocated, bytes_after = after.allocated, "finished defragmenting directory");
        Ok(Ok(()))
    }

    /// Flushes what there is and sweeps one slice. Answers whether there is more to sweep.
    fn flush(&self, on_disk: &mut OnDisk) -> Result<bool> {
        let Some(flushing) = self.begin(on_disk)? else { return Ok(false) };
        self.commit(&flushing)?;
        self.finish(flushing, on_disk)
    }

    /// Closes what there is to flush, and plans one slice of the sweep. `None` if there is nothing to do.
    ///
    /// # Errors
    /// When the disk cannot be read.
    pub fn begin(&self, on_disk: &OnDisk) -> Result<Option<Flushing>> {
        let Some(closed) = self.close(on_disk) else { return Ok(None) };
        let Closed { state, generation, applied, main_revision, slice } = closed;
        let versions = generation.len();
        let flush = Flush::plan(state, generation, slice.map(|slice| slice.span), SWEEP_ROWS)?;
        Ok(Some(Flushing { flush, applied, main_revision, slice, versions }))
    }

    /// Writes it all in one synced commit.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn commit(&self, flushing: &Flushing) -> Result<()> {
        let started = self.clock.now();
        flushing.flush.commit()?;
        let took = self.clock.now() - started;
        self.metrics.backend_commit_duration.observe(took.as_secs_f64());
        tracing::debug!(?took, index = flushing.applied.index, versions = flushing.versions, "flushed");
        Ok(())
    }

    /// Lets readers and the log know of a commit. Answers whether there is more to sweep.
    ///
    /// # Errors
    /// When the disk cannot be read.
    pub fn finish(&self, flushing: Flushing, on_disk: &mut OnDisk) -> Result<bool> {
        let Flushing { flush, applied, main_revision, slice, versions: _ } = flushing;
        let plan = flush.finish(&self.backend);
        self.signal.set_disk_sizes(self.backend.state().durable.sizes()?);
        *on_disk = OnDisk { applied_index: applied.index, main_revision };
        self.node.progress(Progress::Flushed(applied));
        if let (Some(slice), Some(plan)) = (slice, &plan) {
            self.sweep.advance(slice, plan);
            self.metrics.compaction_keys.inc_by(plan.records.len() as u64);
            if plan.done {
                self.metrics.compaction_last.set((self.clock.unix_millis() / 1000).cast_signed());
                tracing::info!(compact_revision = plan.next, records = plan.records.len(), "finished scheduled compaction");
            }
        }
        Ok(self.sweep.slice(on_disk.main_revision).is_some())
    }

    /// Closes the active generation, if there is anything to write.
    fn close(&self, on_disk: &OnDisk) -> Option<Closed> {
        // Held so that no entry is half applied when the generation is closed, and that all of this is of one state. What may be
        // swept is so by a compaction that is in this generation or an earlier one.
        let applier = self.applier.lock();
        let slice = self.sweep.slice(on_disk.main_revision);
        let applied = applier.applied().clone();
        if applied.index == on_disk.applied_index && slice.is_none() {
            return None;
        }
        applier.seal();
        let generation =
            self.backend.rotate().expect("only this thread closes generations, and it discards each before the next");
        let main_revision = self.store.current_revision();
        Some(Closed { state: self.backend.state(), generation, applied, main_revision, slice })
    }
}

#[cfg(test)]
mod tests;
