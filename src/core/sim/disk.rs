//! A member's disk: what it has synced survives, nothing else does, and it can fail.
//!
//! The log takes whole records: of what is written and not yet synced a crash leaves the first few records, or none. The state
//! takes whole commits. How bytes get torn below a record is the subject of the tests with a hostile disk, on real files.

use std::{
    collections::{BTreeMap, VecDeque},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use parking_lot::Mutex;

use super::chance::Chance;
use crate::core::{
    backend::{BackendError, Batch, Durable, DurableRead, MemoryStore, Result, Sizes},
    consensus::{LogEntry, LogFault, LogState, LogStore, LogWrite, memory_log::MemoryLog},
    server::{
        StateFiles,
        node_loop::{GroupWriter, Persisted, StartWriter},
    },
};

/// Everything that a member finds again after a crash.
pub struct Disk {
    log: MemoryLog,
    files: Mutex<Files>,
    /// Writes of the log that still succeed; the one after them fails, and so do all others until the next start.
    log_writes_left: AtomicUsize,
    log_failed: AtomicBool,
    commits_fail: AtomicBool,
}

struct Files {
    states: BTreeMap<PathBuf, Arc<MemoryStore>>,
    current: PathBuf,
    made: u64,
}

impl Disk {
    /// An empty one.
    pub fn new() -> Arc<Self> {
        let first = PathBuf::from("state.0");
        let states = BTreeMap::from([(first.clone(), Arc::default())]);
        Arc::new(Self {
            log: MemoryLog::default(),
            files: Mutex::new(Files { states, current: first, made: 0 }),
            log_writes_left: AtomicUsize::new(usize::MAX),
            log_failed: AtomicBool::new(false),
            commits_fail: AtomicBool::new(false),
        })
    }

    /// The state that a start finds.
    pub fn open_state(self: &Arc<Self>) -> Arc<dyn Durable> {
        let files = self.files.lock();
        let store = Arc::clone(&files.states[&files.current]);
        Arc::new(Store { store, disk: Arc::clone(self) })
    }

    /// The log's next write but `writes` fails.
    pub fn fail_log_after(&self, writes: usize) {
        self.log_writes_left.store(writes, Ordering::Relaxed);
    }

    /// Commits of states fail from now on: the disk is full.
    pub fn fill_up(&self) {
        self.commits_fail.store(true, Ordering::Relaxed);
    }

    /// The disk works again, as after a repair. What was lost stays lost.
    pub fn mend(&self) {
        self.log_writes_left.store(usize::MAX, Ordering::Relaxed);
        self.log_failed.store(false, Ordering::Relaxed);
        self.commits_fail.store(false, Ordering::Relaxed);
        let mut files = self.files.lock();
        let current = files.current.clone();
        // What a crash left half made is removed at the next start.
        files.states.retain(|path, _| *path == current);
    }

    /// All entries of the log, for checkers.
    pub fn log_entries(&self) -> Vec<LogEntry> {
        self.log.all()
    }
}

impl LogStore for Disk {
    fn place(&self) -> String {
        self.log.place()
    }

    fn state(&self) -> std::result::Result<LogState, LogFault> {
        self.log.state()
    }

    fn entries(&self, low: u64, high: u64, bytes_max: u64) -> std::result::Result<Vec<LogEntry>, LogFault> {
        self.log.entries(low, high, bytes_max)
    }

    fn write(&self, writes: &[LogWrite]) -> std::result::Result<(), LogFault> {
        let failed = |detail: &str| Err(LogFault::Io { place: self.place(), detail: detail.into() });
        if self.log_failed.load(Ordering::Relaxed) {
            return failed("failed before");
        }
        for write in writes {
            let left = self.log_writes_left.load(Ordering::Relaxed);
            if left == 0 {
                self.log_failed.store(true, Ordering::Relaxed);
                return failed("the disk failed");
            }
            self.log_writes_left.store(left - 1, Ordering::Relaxed);
            self.log.write(std::slice::from_ref(write))?;
        }
        Ok(())
    }
}

/// The files of a disk, for the member that runs on it.
pub struct DiskFiles(pub Arc<Disk>);

impl StateFiles for DiskFiles {
    fn new_path(&self) -> PathBuf {
        let mut files = self.0.files.lock();
        files.made += 1;
        format!("state.{}", files.made).into()
    }

    fn open(&self, path: &Path) -> Result<Arc<dyn Durable>> {
        let store = Arc::clone(self.0.files.lock().states.entry(path.to_owned()).or_default());
        Ok(Arc::new(Store { store, disk: Arc::clone(&self.0) }))
    }

    fn install(&self, path: &Path) -> std::result::Result<(), String> {
        let mut files = self.0.files.lock();
        if !files.states.contains_key(path) {
            return Err(format!("{} is not there", path.display()));
        }
        // Others stay, as on a real disk: one may be arriving while a copy of the present one takes its place.
        let old = std::mem::replace(&mut files.current, path.to_owned());
        if old != path {
            files.states.remove(&old);
        }
        Ok(())
    }

    fn forget(&self, path: &Path) {
        let mut files = self.0.files.lock();
        assert!(files.current != path, "the state in use is never forgotten");
        files.states.remove(path);
    }
}

/// A state on the disk.
struct Store {
    store: Arc<MemoryStore>,
    disk: Arc<Disk>,
}

impl Store {
    fn check(&self) -> Result<()> {
        if self.disk.commits_fail.load(Ordering::Relaxed) {
            let source = std::io::Error::from(std::io::ErrorKind::StorageFull);
            return Err(BackendError::Io { path: "the state".into(), source });
        }
        Ok(())
    }
}

impl Durable for Store {
    fn read(&self) -> Result<Box<dyn DurableRead>> {
        self.store.read()
    }

    fn commit(&self, fill: &mut dyn FnMut(&mut dyn Batch) -> Result<()>) -> Result<()> {
        self.check()?;
        self.store.commit(fill)
    }

    fn sizes(&self) -> Result<Sizes> {
        self.store.sizes()
    }

    fn copy_compacted(&self, target: &Path) -> Result<()> {
        self.check()?;
        let copy = Arc::new((*self.store).clone());
        self.disk.files.lock().states.insert(target.to_owned(), copy);
        Ok(())
    }
}

/// Writes that were handed over and are not yet durable, in order.
#[derive(Default)]
pub struct WriteQueue {
    waiting: Mutex<VecDeque<LogWrite>>,
    persisted: Mutex<Option<Persisted>>,
}

struct Queued(Arc<WriteQueue>);

impl GroupWriter for Queued {
    fn write(&mut self, write: LogWrite) {
        self.0.waiting.lock().push_back(write);
    }
}

impl WriteQueue {
    /// For the node loop.
    pub fn start_writer(self: &Arc<Self>) -> StartWriter {
        let queue = Arc::clone(self);
        Box::new(move |persisted| {
            *queue.persisted.lock() = Some(persisted);
            Ok(Box::new(Queued(Arc::clone(&queue))))
        })
    }

    pub fn has_work(&self) -> bool {
        !self.waiting.lock().is_empty()
    }

    /// Syncs the first writes, at most `count`, and reports.
    pub fn sync(&self, disk: &Disk, count: usize) {
        let mut waiting = self.waiting.lock();
        let count = count.min(waiting.len());
        let group: Vec<_> = waiting.drain(..count).collect();
        drop(waiting);
        let Some(last) = group.last().map(|write| write.number) else { return };
        let result = disk.write(&group).map(|()| last);
        let persisted = self.persisted.lock();
        persisted.as_ref().expect("a writer was started before it was given anything")(result);
    }

    /// A crash: the first few of the writes that wait may have reached the disk.
    pub fn crash(&self, disk: &Disk, chance: &mut Chance) {
        let waiting = std::mem::take(&mut *self.waiting.lock());
        let reached = chance.below(waiting.len() + 1);
        for write in waiting.into_iter().take(reached) {
            // A disk that has failed takes nothing more.
            if disk.write(&[write]).is_err() {
                return;
            }
        }
    }
}
