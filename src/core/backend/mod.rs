//! The backend: ordered tables on disk, and over them what has been applied but not yet written there.
//!
//! [`Durable`] is the disk (LMDB, or memory in tests): snapshot reads and atomic, synced batches. Committing to it for each raft
//! batch would cap the write rate, and the raft log has made the write durable already, so changes first go to a
//! [`Generation`] in memory. Now and then a generation is closed, a new one takes its place, and the closed one is written
//! to the disk in one batch together with the applied index. A [`State`] is what a reader takes: the generations first, the
//! disk's read transaction after; the other order could miss a generation that has just been written.
//!
//! What is not here: revisions and what they mean (`mvcc`), and when to flush (`server/flusher`).

#[cfg(test)]
mod damage_tests;
mod lmdb;
mod long;
mod memory;
mod overlay;
mod pages;
pub mod table;

use std::{path::Path, sync::Arc};

use arc_swap::ArcSwap;
use parking_lot::{Condvar, Mutex};

pub use lmdb::Lmdb;
pub use long::{LongIndex, Pin};
pub use memory::MemoryStore;
pub use overlay::{Generation, IndexKey, Latest, OverlayVersion, RecordRow};
pub use table::{Table, Version};

/// The disk failed or holds something that this program did not write. The member stops.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// LMDB answered an error: disk full, I/O error, map full, damaged page.
    #[error("backend {operation} {path}: {source}{}", lmdb::remedy(source))]
    Lmdb { operation: &'static str, path: String, source: heed::Error },
    /// The file's pages do not hang together.
    #[error("state file {path} is damaged: {detail}; restore this member from a snapshot or another member")]
    DamagedFile { path: String, detail: String },
    /// A write failed, and there is no space left.
    #[error("the disk is full: {path} could not be written ({reason}); make room and start this member again")]
    DiskFull { path: String, reason: String },
    /// The file system refused.
    #[error("backend {path}: {source}")]
    Io { path: String, source: std::io::Error },
    /// A row is not what its table's layout says.
    #[error("damaged row in table {table} at key {key:02x?}; restore this member from a snapshot or another member")]
    Damaged { table: &'static str, key: Vec<u8> },
    /// Something that an index names is not there.
    #[error("record of revision {0} is missing; restore this member from a snapshot or another member")]
    Missing(super::revision::Revision),
}

impl BackendError {
    /// Whether what is on the disk is wrong, and not only out of reach for now.
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Damaged { .. } | Self::DamagedFile { .. } | Self::Missing(_) => true,
            Self::Lmdb { source, .. } => lmdb::is_damage(source),
            Self::Io { .. } | Self::DiskFull { .. } => false,
        }
    }
}

/// Result of everything that touches the disk.
pub type Result<T> = std::result::Result<T, BackendError>;

/// Bytes used on disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    /// What the file takes.
    pub allocated: u64,
    /// What of it is live.
    pub in_use: u64,
}

/// Ordered tables with snapshot reads and atomic, synced writes.
pub trait Durable: Send + Sync + 'static {
    /// Opens a snapshot. Keep it short: an old one pins freed pages.
    fn read(&self) -> Result<Box<dyn DurableRead>>;
    /// Fills a batch and commits it: all of it is on the disk when this returns, or nothing of it.
    fn commit(&self, fill: &mut dyn FnMut(&mut dyn Batch) -> Result<()>) -> Result<()>;
    fn sizes(&self) -> Result<Sizes>;
    /// Writes a copy without unused pages to a new file, synced. A store without files answers an error.
    fn copy_compacted(&self, target: &Path) -> Result<()>;
}

/// A row: key and value, borrowed from a snapshot.
pub type Row<'a> = (&'a [u8], &'a [u8]);
/// Rows in ascending key order.
pub type Rows<'a> = Box<dyn Iterator<Item = Result<Row<'a>>> + 'a>;

/// A snapshot of all tables.
pub trait DurableRead: Send {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<&[u8]>>;
    /// The first row at or after `key`.
    fn seek(&self, table: Table, key: &[u8]) -> Result<Option<Row<'_>>>;
    /// Rows from `from` on.
    fn scan(&self, table: Table, from: &[u8]) -> Result<Rows<'_>>;
    /// The last row.
    fn last(&self, table: Table) -> Result<Option<Row<'_>>>;
}

/// Writes of one commit.
pub trait Batch {
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<()>;
    /// As `put`, for a key after all others of the table.
    fn append(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<()>;
    /// Deleting what is not there is no error.
    fn delete(&mut self, table: Table, key: &[u8]) -> Result<()>;
}

/// What a reader works on.
#[derive(Clone)]
pub struct State {
    /// Takes the changes that are being applied.
    pub active: Arc<Generation>,
    /// Closed, and on its way to the disk.
    pub closed: Option<Arc<Generation>>,
    /// Versions of keys that are too long for the disk's index.
    pub long: Arc<LongIndex>,
    pub durable: Arc<dyn Durable>,
}

/// The tables with their overlay. One thread writes and rotates, one flushes, any number read.
pub struct Backend {
    state: ArcSwap<State>,
    /// Serialises changes of `state`.
    change: Mutex<()>,
    flushed: Condvar,
}

impl Backend {
    /// Puts an empty overlay over `durable` and loads the index of long keys from it.
    ///
    /// # Errors
    /// When the disk cannot be read.
    pub fn open(durable: Arc<dyn Durable>) -> Result<Self> {
        let long = Arc::new(LongIndex::load(durable.read()?.as_ref())?);
        let state = State { active: Arc::default(), closed: None, long, durable };
        Ok(Self { state: ArcSwap::from_pointee(state), change: Mutex::new(()), flushed: Condvar::new() })
    }

    /// What a reader works on, from now.
    pub fn state(&self) -> Arc<State> {
        self.state.load_full()
    }

    /// Closes the active generation so that it can be flushed; `None` while one is still closed. Only the thread that
    /// writes, or one that holds it off, may call this.
    pub fn rotate(&self) -> Option<Arc<Generation>> {
        let _change = self.change.lock();
        let state = self.state.load_full();
        if state.closed.is_some() {
            return None;
        }
        let closed = Arc::clone(&state.active);
        self.state.store(Arc::new(State { active: Arc::default(), closed: Some(Arc::clone(&closed)), ..(*state).clone() }));
        Some(closed)
    }

    /// Drops the closed generation: all of it is on the disk. Nothing happens if the state was replaced meanwhile.
    pub fn discard(&self, closed: &Arc<Generation>) {
        let _change = self.change.lock();
        let state = self.state.load_full();
        if state.closed.as_ref().is_some_and(|now| Arc::ptr_eq(now, closed)) {
            self.state.store(Arc::new(State { closed: None, ..(*state).clone() }));
        }
        self.flushed.notify_all();
    }

    /// Waits until no generation is closed, or `give_up` says so (asked a few times a second).
    pub fn wait_flushed(&self, give_up: impl Fn() -> bool) {
        let mut change = self.change.lock();
        while self.state.load().closed.is_some() && !give_up() {
            self.flushed.wait_for(&mut change, std::time::Duration::from_millis(200));
        }
    }

    /// Replaces everything by another state on disk, with nothing over it. Readers at work keep the old one. `before` is called
    /// when nothing can fail any more, and before any reader can have the new state.
    ///
    /// # Errors
    /// When the new disk cannot be read.
    pub fn replace(&self, durable: Arc<dyn Durable>, before: impl FnOnce()) -> Result<()> {
        let long = Arc::new(LongIndex::load(durable.read()?.as_ref())?);
        let _change = self.change.lock();
        before();
        self.state.store(Arc::new(State { active: Arc::default(), closed: None, long, durable }));
        self.flushed.notify_all();
        Ok(())
    }

    /// Exchanges the disk file under the overlay by a copy of it (defragmentation): same rows, other file.
    pub fn exchange(&self, durable: Arc<dyn Durable>) {
        let _change = self.change.lock();
        let state = self.state.load_full();
        self.state.store(Arc::new(State { durable, ..(*state).clone() }));
    }
}
