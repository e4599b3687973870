//! Applying what a log holds beyond a state, to its very end.

use std::sync::Arc;

use super::RecoveryError;
use crate::core::{
    apply::{Applier, SharedState},
    backend::Backend,
    consensus::{Committed, EntryKind, LogEntry, LogKind, LogState, LogStore},
    mvcc::Flush,
};

/// Bytes of entries read from the log at a time.
const SLICE_BYTES: u64 = 8 << 20;
/// Bytes of changes after which they are written to the disk.
const FLUSH_BYTES: usize = 64 << 20;

/// A state over which a log is applied.
pub struct Replay {
    pub state: SharedState,
    pub applier: Applier,
    /// Weight of the entries that were applied, in bytes.
    pub bytes: u64,
    backend: Arc<Backend>,
}

impl Replay {
    /// Begins with what `backend` has.
    ///
    /// # Errors
    /// When it cannot be read or is damaged.
    pub fn begin(backend: Arc<Backend>) -> Result<Self, RecoveryError> {
        let state = SharedState::load(Arc::clone(&backend))?;
        let applier = Applier::open(state.clone())?;
        Ok(Self { state, applier, bytes: 0, backend })
    }

    /// Applies the log to its end in memory, unless that is more than `bytes_max`. Answers whether it got to the end.
    ///
    /// # Errors
    /// When the log or the state cannot be read, or an entry cannot be applied.
    pub fn in_memory(&mut self, log: &dyn LogStore, to: &LogState, bytes_max: u64) -> Result<bool, RecoveryError> {
        while self.applier.applied().index < to.last.index {
            if self.bytes >= bytes_max {
                return Ok(false);
            }
            self.slice(log, to)?;
        }
        Ok(true)
    }

    /// Applies the log to its end and writes everything to the disk.
    ///
    /// # Errors
    /// As [`Self::in_memory`]; when the disk cannot be written.
    pub fn on_disk(&mut self, log: &dyn LogStore, to: &LogState) -> Result<(), RecoveryError> {
        while self.applier.applied().index < to.last.index {
            self.slice(log, to)?;
            if self.backend.state().active.bytes() >= FLUSH_BYTES {
                self.flush()?;
            }
        }
        self.flush()
    }

    fn slice(&mut self, log: &dyn LogStore, to: &LogState) -> Result<(), RecoveryError> {
        self.apply(log.entries(self.applier.applied().index + 1, to.last.index + 1, SLICE_BYTES)?)
    }

    /// Applies entries that follow.
    ///
    /// # Errors
    /// When the state cannot be read, or an entry cannot be applied.
    pub fn apply(&mut self, entries: Vec<LogEntry>) -> Result<(), RecoveryError> {
        for entry in entries {
            self.bytes += entry.weight() as u64;
            self.applier.apply(&as_committed(entry))?;
        }
        self.applier.end_batch();
        Ok(())
    }

    fn flush(&self) -> Result<(), RecoveryError> {
        self.applier.seal();
        let closed = self.backend.rotate().expect("nobody else closes generations here, and each is written before the next");
        let flush = Flush::plan(self.backend.state(), closed, None, 0)?;
        flush.commit()?;
        flush.finish(&self.backend);
        Ok(())
    }
}

/// An entry as the state machine takes it.
fn as_committed(entry: LogEntry) -> Committed {
    let LogEntry { index, term, kind, data, context } = entry;
    match kind {
        LogKind::Proposal => Committed { index, term, kind: EntryKind::Proposal, data },
        LogKind::ConfChange => Committed { index, term, kind: EntryKind::ConfChange, data: context },
    }
}
