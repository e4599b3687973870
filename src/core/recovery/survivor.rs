//! A data directory that is left: locked, opened without changing anything, and found whole.
//!
//! The state is mapped read-only, without LMDB's lock file. The log's engine works on links in a directory of its own, and its files take
//! no changes. What starting the member would repair on the disk (a torn last record, a log that a received state has overtaken) is
//! taken into account and left as it is.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use tempfile::TempDir;

use super::RecoveryError;
use crate::core::{
    apply::read_applied,
    backend::{Durable, Lmdb},
    consensus::{AppliedState, HardState, LogEntry, LogFault, LogState, LogStore, LogWrite, recover},
    data_dir::{DataDirError, StoredIdentity, unchanged::UnchangedDir},
    wal::EngineLog,
};

/// Where a member's data lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub data_dir: PathBuf,
    /// A separate folder for the raft log, if there is one.
    pub wal_dir: Option<PathBuf>,
}

impl Place {
    /// A data directory with its log inside.
    pub fn of(data_dir: &Path) -> Self {
        Self { data_dir: data_dir.to_path_buf(), wal_dir: None }
    }
}

/// See the module.
pub struct Survivor {
    pub state: Arc<Lmdb>,
    pub log: Arc<EngineLog>,
    /// What the log is for a member that starts.
    pub log_state: LogState,
    /// As it is on the disk.
    pub hard_state: HardState,
    /// What the state has.
    pub applied: AppliedState,
    dir: UnchangedDir,
    /// After the log, which works in there.
    _scratch: TempDir,
}

impl Survivor {
    /// Opens the directory of a member that does not run.
    ///
    /// # Errors
    /// When it cannot be opened, or is damaged.
    pub fn open(place: &Place) -> Result<Self, RecoveryError> {
        let dir = UnchangedDir::open(&place.data_dir, place.wal_dir.as_deref())?;
        let state = dir.open_state()?;
        let applied = read_applied(state.read()?.as_ref())?;
        let scratch = tempfile::Builder::new().prefix("quorate-recover-").tempdir();
        let scratch = scratch.map_err(RecoveryError::Scratch)?;
        let log = Arc::new(EngineLog::open_unchanged(dir.log(), scratch.path())?);
        let on_disk = log.state()?;
        if on_disk.is_empty() {
            let (log, data_dir) = (dir.log().display().to_string(), place.data_dir.display().to_string());
            return Err(match applied.index {
                0 => RecoveryError::Nothing { path: data_dir },
                _ => DataDirError::LogLost { log, data_dir }.into(),
            });
        }
        let log_state = recover(&Unwritten(Arc::clone(&log)), &applied)?;
        Ok(Self { state, log, log_state, hard_state: on_disk.hard_state, applied, dir, _scratch: scratch })
    }

    /// Whose directory it is.
    pub fn identity(&self) -> &StoredIdentity {
        self.dir.identity()
    }
}

/// A log that takes what a start would write to it, and keeps nothing.
struct Unwritten(Arc<EngineLog>);

impl LogStore for Unwritten {
    fn place(&self) -> String {
        self.0.place()
    }

    fn state(&self) -> Result<LogState, LogFault> {
        self.0.state()
    }

    fn entries(&self, low: u64, high: u64, bytes_max: u64) -> Result<Vec<LogEntry>, LogFault> {
        self.0.entries(low, high, bytes_max)
    }

    fn write(&self, _: &[LogWrite]) -> Result<(), LogFault> {
        Ok(())
    }
}
