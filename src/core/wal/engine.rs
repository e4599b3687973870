//! The log in `raft-engine`: one region, entries under their index, the hard state and the start of the log as two keys.
//!
//! Replaced entries need no command of their own: appending at an index forgets what was there and behind. Old files are
//! removed by a thread of its own, after cuts. Any call that fails poisons the log: nothing is written after it, and the files are left
//! alone even when the log is dropped. The engine would not be so strict: see [`files`](super::files). Where it panics, that is caught.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread::JoinHandle,
};

use parking_lot::Mutex;
use raft_engine::{Command, Config, Engine, Error, LogBatch, ReadableSize, RecoveryMode, internals::FilePipeLog};

use super::{
    durable::{self, Marker},
    files::{LogFiles, Trouble},
    record::{Entries, RawEntry, decode_hard_state, decode_point, encode_hard_state, encode_point},
    tail,
};
use crate::core::consensus::{HardState, LogEntry, LogFault, LogPoint, LogState, LogStore, LogWrite};

/// The engine keeps many logs; ours is this one.
const REGION: u64 = 1;
const HARD_STATE_KEY: &[u8] = b"hard_state";
const START_KEY: &[u8] = b"start";

/// Sizes of the log's files.
#[derive(Clone, Copy, Debug)]
pub struct FileSizes {
    /// A file is closed when it is this large.
    pub file_bytes: u64,
    /// Files are removed only while the log is larger than this. At least `file_bytes`.
    pub purge_above_bytes: u64,
}

impl Default for FileSizes {
    fn default() -> Self {
        Self { file_bytes: 64 << 20, purge_above_bytes: 128 << 20 }
    }
}

/// See the module.
pub struct EngineLog {
    directory: PathBuf,
    engine: Arc<Guarded>,
    state: Mutex<LogState>,
    purge: Option<(SyncSender<()>, JoinHandle<()>)>,
    /// Opened for reading alone.
    frozen: bool,
}

type LogEngine = Engine<LogFiles, FilePipeLog<LogFiles>>;

/// The engine, and whether it can still be trusted.
struct Guarded {
    engine: LogEngine,
    trouble: Trouble,
    marker: Arc<Mutex<Marker>>,
    failed: AtomicBool,
}

impl Guarded {
    /// Nothing is written after this, also not by the engine's own farewell: it is never dropped.
    fn poison(self: &Arc<Self>) {
        if !self.failed.swap(true, Ordering::AcqRel) {
            #[expect(clippy::mem_forget, reason = "that the engine is never dropped is the point")]
            std::mem::forget(Arc::clone(self));
        }
    }
}

impl EngineLog {
    /// Opens the log in `directory`, or makes a new one there.
    ///
    /// # Errors
    /// [`LogFault::Corrupt`] if records before the last one are damaged; [`LogFault::Io`] if files can't be read or another
    /// process has the log open.
    pub fn open(directory: &Path) -> Result<Self, LogFault> {
        Self::open_sized(directory, FileSizes::default())
    }

    /// As [`Self::open`], with files of other sizes.
    pub fn open_sized(directory: &Path, sizes: FileSizes) -> Result<Self, LogFault> {
        std::fs::create_dir_all(directory)
            .map_err(|error| LogFault::Io { place: directory.display().to_string(), detail: error.to_string() })?;
        Self::open_at(directory, directory, sizes, false)
    }

    /// Opens the log in `directory` for reading alone: nothing in it is changed, and nothing is added to it. `scratch` is an empty
    /// directory for what the engine makes for itself, and for links to the files; it can go when the log has gone.
    ///
    /// # Errors
    /// As [`Self::open`]; [`LogFault::Io`] if there is no such directory.
    pub fn open_unchanged(directory: &Path, scratch: &Path) -> Result<Self, LogFault> {
        frozen_files(directory, scratch)
            .map_err(|error| LogFault::Io { place: directory.display().to_string(), detail: error.to_string() })?;
        Self::open_at(directory, scratch, FileSizes::default(), true)
    }

    /// Opens the log in `directory` by the files in `seen`.
    fn open_at(directory: &Path, seen: &Path, sizes: FileSizes, frozen: bool) -> Result<Self, LogFault> {
        let place = directory.display().to_string();
        let io = |error: &dyn std::fmt::Display| LogFault::Io { place: place.clone(), detail: error.to_string() };
        let corrupt = |detail: String| LogFault::Corrupt { place: place.clone(), detail };
        let damage = durable::read(directory).and_then(|mark| tail::damage(directory, mark));
        if let Some(detail) = damage.map_err(|error| io(&error))? {
            return Err(corrupt(detail));
        }
        let marker = Arc::new(Mutex::new(Marker::open(seen).map_err(|error| io(&error))?));
        let config = Config {
            dir: seen.to_str().ok_or_else(|| io(&"the path is not UTF-8"))?.to_owned(),
            recovery_mode: RecoveryMode::TolerateTailCorruption,
            recovery_threads: 2,
            batch_compression_threshold: ReadableSize(0),
            target_file_size: ReadableSize(sizes.file_bytes),
            purge_threshold: ReadableSize(sizes.purge_above_bytes),
            // A file used again has old records behind the new ones, and the end of the log would be harder to judge.
            enable_log_recycle: false,
            ..Config::default()
        };
        // Opening panics on some kinds of damage, for example a hole between two files.
        let trouble = Trouble::default();
        let files = if frozen { LogFiles::frozen } else { LogFiles::new };
        let files = Arc::new(files(trouble.clone(), Arc::clone(&marker)));
        let engine = catch_unwind(AssertUnwindSafe(|| LogEngine::open_with_file_system(config, files)))
            .map_err(|panic| corrupt(panic_text(&*panic)))?
            .map_err(|error| match error {
                Error::Io(error) if error.kind() == std::io::ErrorKind::InvalidData => corrupt(error.to_string()),
                Error::Io(error) => io(&error),
                Error::Other(error) => io(&error),
                other => corrupt(other.to_string()),
            })?;
        // The engine syncs the directory only for later files.
        for parent in [Some(seen), seen.parent()].into_iter().flatten().filter(|path| !path.as_os_str().is_empty()) {
            std::fs::File::open(parent).and_then(|file| file.sync_all()).map_err(|error| io(&error))?;
        }
        let engine = Arc::new(Guarded { engine, trouble, marker, failed: AtomicBool::new(false) });
        if let Some(trouble) = engine.trouble.get() {
            return Err(io(&trouble));
        }
        let (wake, woken) = sync_channel(1);
        let purging = Arc::clone(&engine);
        let purge = std::thread::Builder::new()
            .name("wal-purge".into())
            .spawn(move || purge(&purging, &woken))
            .map_err(|error| io(&error))?;
        let (directory, state) = (directory.to_owned(), Mutex::new(LogState::default()));
        let log = Self { directory, engine, state, purge: Some((wake, purge)), frozen };
        let state = log.read_state()?;
        *log.state.lock() = state;
        Ok(log)
    }

    fn read_state(&self) -> Result<LogState, LogFault> {
        let engine = &self.engine.engine;
        let value = |key: &[u8]| engine.get(REGION, key);
        let broken = |what: &str| self.corrupt(format!("the record of the {what} makes no sense"));
        let hard_state = match value(HARD_STATE_KEY) {
            Some(bytes) => decode_hard_state(&bytes).ok_or_else(|| broken("hard state"))?,
            None => HardState::default(),
        };
        let start = match value(START_KEY) {
            Some(bytes) => decode_point(&bytes).ok_or_else(|| broken("start"))?,
            None => LogPoint::default(),
        };
        let (first, last) = (engine.first_index(REGION), engine.last_index(REGION));
        let Some((first, last_index)) = first.zip(last).filter(|&(_, last)| last > start.index) else {
            return Ok(LogState { start, last: start, hard_state });
        };
        if first > start.index + 1 {
            return Err(self.missing(start.index + 1, first, start.index, last_index));
        }
        let mut last = LogPoint { index: last_index, term: 0 };
        last.term = self.read(last_index, last_index + 1, u64::MAX)?[0].term;
        Ok(LogState { start, last, hard_state })
    }

    fn read(&self, low: u64, high: u64, bytes_max: u64) -> Result<Vec<LogEntry>, LogFault> {
        let mut raw = Vec::new();
        let bytes_max = usize::try_from(bytes_max).unwrap_or(usize::MAX);
        self.engine.engine.fetch_entries_to::<Entries>(REGION, low, high, Some(bytes_max), &mut raw).map_err(
            |error| match error {
                Error::Io(error) => self.io(error.to_string()),
                other => self.corrupt(format!("entries [{low}, {high}): {other}")),
            },
        )?;
        let mut entries = Vec::with_capacity(raw.len());
        for (index, entry) in (low..high).zip(raw) {
            let entry: LogEntry =
                RawEntry::into_entry(entry).map_err(|detail| self.corrupt(format!("entry {index}: {detail}")))?;
            if entry.index != index {
                return Err(self.corrupt(format!("entry {} in the place of {index}", entry.index)));
            }
            entries.push(entry);
        }
        if entries.is_empty() {
            return Err(self.corrupt(format!("no entry {low}")));
        }
        Ok(entries)
    }

    fn fill(batch: &mut LogBatch, state: &mut LogState, write: &LogWrite) -> Result<(), Error> {
        let forget = |batch: &mut LogBatch, below: u64, start: LogPoint| {
            batch.add_command(REGION, Command::Compact { index: below });
            batch.put(REGION, START_KEY.to_vec(), encode_point(&start))
        };
        if let Some(point) = write.reset {
            forget(batch, state.last.index.max(point.index) + 1, point)?;
            (state.start, state.last) = (point, point);
        }
        if let (Some(first), Some(last)) = (write.entries.first(), write.entries.last()) {
            assert!(first.index > state.start.index && first.index <= state.last.index + 1, "entries follow what the log has");
            let raw: Vec<_> = write.entries.iter().map(RawEntry::new).collect();
            batch.add_entries::<Entries>(REGION, &raw)?;
            state.last = LogPoint { index: last.index, term: last.term };
        }
        if let Some(hard_state) = write.hard_state {
            batch.put(REGION, HARD_STATE_KEY.to_vec(), encode_hard_state(&hard_state))?;
            state.hard_state = hard_state;
        }
        if let Some(point) = write.cut.filter(|point| point.index > state.start.index) {
            assert!(point.index <= state.last.index, "only what is there can be cut");
            forget(batch, point.index + 1, point)?;
            state.start = point;
        }
        Ok(())
    }

    fn io(&self, detail: String) -> LogFault {
        LogFault::Io { place: self.place(), detail }
    }

    fn corrupt(&self, detail: String) -> LogFault {
        LogFault::Corrupt { place: self.place(), detail }
    }

    fn missing(&self, low: u64, high: u64, start: u64, last: u64) -> LogFault {
        LogFault::Missing { place: self.place(), low, high, start, last }
    }

    fn fail(&self, fault: LogFault) -> LogFault {
        self.engine.poison();
        fault
    }
}

impl LogStore for EngineLog {
    fn place(&self) -> String {
        self.directory.display().to_string()
    }

    fn state(&self) -> Result<LogState, LogFault> {
        Ok(*self.state.lock())
    }

    fn entries(&self, low: u64, high: u64, bytes_max: u64) -> Result<Vec<LogEntry>, LogFault> {
        let state = *self.state.lock();
        if low <= state.start.index || high > state.last.index + 1 || low >= high {
            return Err(self.missing(low, high, state.start.index, state.last.index));
        }
        self.read(low, high, bytes_max)
    }

    fn write(&self, writes: &[LogWrite]) -> Result<(), LogFault> {
        if self.frozen {
            return Err(self.io("it was opened for reading alone".into()));
        }
        if self.engine.failed.load(Ordering::Acquire) {
            return Err(LogFault::Failed { place: self.place(), detail: "nothing is written after that".into() });
        }
        let mut state = *self.state.lock();
        let mut batch = LogBatch::with_capacity(4);
        for write in writes {
            Self::fill(&mut batch, &mut state, write).map_err(|error| self.fail(self.io(error.to_string())))?;
        }
        let written = catch_unwind(AssertUnwindSafe(|| self.engine.engine.write(&mut batch, true)));
        match written {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => return Err(self.fail(self.io(error.to_string()))),
            Err(panic) => return Err(self.fail(self.io(panic_text(&*panic)))),
        }
        if let Some(trouble) = self.engine.trouble.get() {
            return Err(self.fail(self.io(trouble.to_owned())));
        }
        *self.state.lock() = state;
        if writes.iter().any(|write| write.cut.is_some() || write.reset.is_some())
            && let Some((wake, _)) = &self.purge
            && let Err(TrySendError::Disconnected(())) = wake.try_send(())
        {
            return Err(self.fail(self.io("the thread that removes old files has ended".into())));
        }
        Ok(())
    }
}

impl Drop for EngineLog {
    fn drop(&mut self) {
        if let Some((wake, thread)) = self.purge.take() {
            drop(wake);
            // Its failure is in `failed` already.
            let _ = thread.join();
        }
        if !self.engine.failed.load(Ordering::Acquire)
            && let Err(error) = self.engine.marker.lock().sync()
        {
            tracing::warn!(place = %self.directory.display(), %error, "the log's durable mark was not synced");
        }
    }
}

/// Lays links to the log's files into `scratch`, and a copy of the mark.
fn frozen_files(directory: &Path, scratch: &Path) -> std::io::Result<()> {
    let directory = directory.canonicalize()?;
    for entry in std::fs::read_dir(&directory)? {
        let entry = entry?;
        let name = entry.file_name();
        if name == durable::NAME {
            std::fs::copy(entry.path(), scratch.join(&name))?;
        } else if entry.path().extension().is_some() {
            std::os::unix::fs::symlink(entry.path(), scratch.join(&name))?;
        }
    }
    Ok(())
}

/// The thread "wal-purge": removes files that have nothing live in them, whenever it is woken.
fn purge(guarded: &Arc<Guarded>, woken: &Receiver<()>) {
    while woken.recv().is_ok() {
        let purged = catch_unwind(AssertUnwindSafe(|| guarded.engine.purge_expired_files()));
        let detail = match purged {
            Ok(Ok(_)) => continue,
            Ok(Err(error)) => error.to_string(),
            Err(panic) => panic_text(&*panic),
        };
        tracing::error!("removing old files of the raft log failed: {detail}");
        guarded.poison();
        return;
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("panicked").to_owned()
}

#[cfg(test)]
mod tests;
