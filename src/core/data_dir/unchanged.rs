//! A data directory as it is found: locked, and read without changing a byte of it.
//!
//! Recovery looks at directories that may be all that is left of a cluster, so nothing is made, repaired or tidied up in them. The lock
//! is taken on the file that is there; no server can use the directory meanwhile.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{DataDirError, LOST_AND_FOUND, StoredIdentity, io_error, is_unfinished, is_used, lock, read_identity};
use crate::core::backend::Lmdb;

/// A used data directory that is read alone. Nobody else can use it until this is dropped.
pub struct UnchangedDir {
    root: PathBuf,
    log: PathBuf,
    identity: StoredIdentity,
    /// The lock lies on the open file.
    _lock: Option<File>,
}

impl UnchangedDir {
    /// Locks a directory that a member has used.
    ///
    /// # Errors
    /// When there is no such directory, it was never used, or another process uses it.
    pub fn open(root: &Path, log: Option<&Path>) -> Result<Self, DataDirError> {
        fs::read_dir(root).map_err(io_error(root))?;
        if root.join("member").join("wal").is_dir() {
            return Err(DataDirError::Etcd { path: root.display().to_string() });
        }
        let lock_path = root.join("LOCK");
        let held = match File::open(&lock_path) {
            Ok(file) => {
                lock(&file, root)?;
                Some(file)
            }
            // A copy of a directory may lack it. A server makes it before anything else.
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(io_error(&lock_path)(error)),
        };
        if is_unfinished(root) {
            return Err(DataDirError::Unfinished { path: root.display().to_string() });
        }
        let unused = || DataDirError::StateLost { path: root.join("identity").display().to_string() };
        let identity = read_identity(root)?.ok_or_else(unused)?;
        let log = log.map_or_else(|| root.join("log"), Path::to_path_buf);
        Ok(Self { root: root.to_path_buf(), log, identity, _lock: held })
    }

    /// Where the raft log is.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// Who the directory belongs to.
    pub fn identity(&self) -> &StoredIdentity {
        &self.identity
    }

    /// Opens the state.
    ///
    /// # Errors
    /// When it is lost or damaged.
    pub fn open_state(&self) -> Result<Arc<Lmdb>, DataDirError> {
        let state = self.root.join("state");
        let current = state.join("CURRENT");
        let lost = |path: &Path| DataDirError::StateLost { path: path.display().to_string() };
        let name = match fs::read_to_string(&current) {
            Ok(name) => name,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(lost(&current)),
            Err(error) => return Err(io_error(&current)(error)),
        };
        let path = state.join(name.trim());
        if !path.metadata().is_ok_and(|file| file.is_file() && file.len() > 0) {
            return Err(lost(&path));
        }
        Ok(Arc::new(Lmdb::open_unchanged(&path)?))
    }
}

/// Whether a new member may begin in `root`: it is not there, or holds nothing but what was made before anything was written.
///
/// # Errors
/// When it cannot be read.
pub fn is_vacant(root: &Path) -> Result<bool, DataDirError> {
    if is_used(root) {
        return Ok(false);
    }
    let entries = match fs::read_dir(root) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(io_error(root)(error)),
    };
    for entry in entries {
        let entry = entry.map_err(io_error(root))?;
        let vacant = match entry.file_name().to_str() {
            Some("LOCK" | LOST_AND_FOUND | "unfinished.tmp") => true,
            Some("state" | "log") => {
                let mut inner = fs::read_dir(entry.path()).map_err(io_error(&entry.path()))?;
                inner.next().is_none()
            }
            _ => false,
        };
        if !vacant {
            return Ok(false);
        }
    }
    Ok(true)
}
