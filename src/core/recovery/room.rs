//! Whether there is room for what is to be made, on every file system that is written to.
//!
//! State and log can lie on different file systems, or share one: what goes to the same one is added up. What an interrupted attempt has
//! left is removed before the next one writes, so that it counts as room.

use std::{
    collections::BTreeMap,
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use super::{RecoveryError, survivor::Place};
use crate::core::data_dir::{DataDirError, is_unfinished};

/// Room that is wanted beside the copy of the state: lock files, the identity, what LMDB turns over.
const STATE_RESERVE_BYTES: u64 = 48 << 20;
/// Room that is wanted for the log: its first file, which begins with a few records.
const LOG_BYTES: u64 = 16 << 20;
/// Bytes in a block as file sizes are counted, whatever the file system's own are.
const STAT_BLOCK_BYTES: u64 = 512;

/// What goes to one file system, by where it is first named.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Demand {
    path: PathBuf,
    /// Number of the file system.
    device: u64,
    /// Bytes that are free now.
    free: u64,
    /// Bytes that become free when what is left of an interrupted attempt is removed.
    left: u64,
    needed: u64,
}

/// Bytes that a data directory with `state` bytes of state may take in all.
pub fn needed(state: u64) -> u64 {
    state + STATE_RESERVE_BYTES + LOG_BYTES
}

/// Checks that a data directory with `state` bytes of state has room at `to`.
///
/// # Errors
/// [`RecoveryError::NoRoom`]; when a directory cannot be looked at.
pub fn check(to: &Place, state: u64) -> Result<(), RecoveryError> {
    let root = &to.data_dir;
    let log = to.wal_dir.clone().unwrap_or_else(|| root.join("log"));
    let left = |folder: &Path| if is_unfinished(root) { bytes_in(folder) } else { Ok(0) };
    let demands = [
        demand(root, left(&root.join("state"))?, state + STATE_RESERVE_BYTES)?,
        demand(to.wal_dir.as_deref().unwrap_or(root), left(&log)?, LOG_BYTES)?,
    ];
    enough(&demands)
}

fn demand(path: &Path, left: u64, needed: u64) -> Result<Demand, RecoveryError> {
    let there = existing(path)?;
    let disk = rustix::fs::statvfs(&there).map_err(|error| at(path)(error.into()))?;
    let device = there.metadata().map_err(at(path))?.dev();
    Ok(Demand { path: path.to_path_buf(), device, free: disk.f_bavail.saturating_mul(disk.f_frsize), left, needed })
}

/// Checks each file system for all that goes there.
fn enough(demands: &[Demand]) -> Result<(), RecoveryError> {
    let mut by_device: BTreeMap<u64, Demand> = BTreeMap::new();
    for demand in demands {
        by_device
            .entry(demand.device)
            .and_modify(|all| {
                all.left = all.left.saturating_add(demand.left);
                all.needed = all.needed.saturating_add(demand.needed);
            })
            .or_insert_with(|| demand.clone());
    }
    for Demand { path, free, left, needed, .. } in by_device.into_values() {
        let available = free.saturating_add(left);
        if available < needed {
            return Err(RecoveryError::NoRoom { path: path.display().to_string(), available, needed });
        }
    }
    Ok(())
}

/// What the files of a folder take on the disk; nothing if there is no such folder.
fn bytes_in(folder: &Path) -> Result<u64, RecoveryError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(at(folder)(error)),
    };
    let mut bytes = 0;
    for entry in entries {
        let metadata = entry.and_then(|entry| entry.metadata()).map_err(at(folder))?;
        bytes += metadata.blocks() * STAT_BLOCK_BYTES;
    }
    Ok(bytes)
}

/// The nearest directory at or above `path` that is there.
pub fn existing(path: &Path) -> Result<PathBuf, RecoveryError> {
    let mut nearest = path;
    loop {
        match fs::canonicalize(if nearest.as_os_str().is_empty() { Path::new(".") } else { nearest }) {
            Ok(real) => return Ok(real),
            Err(error) if error.kind() == io::ErrorKind::NotFound && nearest.parent().is_some() => {
                nearest = nearest.parent().expect("just seen");
            }
            Err(error) => return Err(at(path)(error)),
        }
    }
}

fn at(path: &Path) -> impl Fn(io::Error) -> RecoveryError {
    move |source| DataDirError::Io { path: path.display().to_string(), source }.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::data_dir::DataDir;

    fn demand(path: &str, device: u64, free: u64, needed: u64) -> Demand {
        Demand { path: path.into(), device, free, left: 0, needed }
    }

    /// The path, what is available there and what is needed, where there is not enough.
    fn refused(demands: &[Demand]) -> Option<(String, u64, u64)> {
        match enough(demands) {
            Ok(()) => None,
            Err(RecoveryError::NoRoom { path, available, needed }) => Some((path, available, needed)),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn each_file_system_needs_room_for_what_goes_there() {
        let [state, log] = [demand("data", 1, 100, 90), demand("log", 2, 20, 15)];
        assert_eq!(refused(&[state.clone(), log.clone()]), None);
        let full = Demand { free: 14, ..log.clone() };
        assert_eq!(refused(&[state.clone(), full]), Some(("log".into(), 14, 15)));
        let full = Demand { free: 89, ..state.clone() };
        assert_eq!(refused(&[full, log]), Some(("data".into(), 89, 90)));
    }

    #[test]
    fn what_goes_to_one_file_system_is_added_up() {
        let both = [demand("data", 1, 100, 90), demand("log", 1, 100, 15)];
        assert_eq!(refused(&both), Some(("data".into(), 100, 105)));
        assert_eq!(refused(&[demand("data", 1, 105, 90), demand("log", 1, 105, 15)]), None);
        let left = both.clone().map(|demand| Demand { left: 3, ..demand });
        assert_eq!(refused(&left), None, "what an interrupted attempt left is removed first");
        let error = enough(&both).unwrap_err().to_string();
        assert!(error.contains("data has room for 100 bytes, 105 are needed"), "{error}");
    }

    #[test]
    fn what_an_interrupted_attempt_left_is_counted() {
        let root = tempfile::tempdir().unwrap();
        let dir = DataDir::open(root.path(), None).unwrap();
        dir.begin_filling().unwrap();
        assert_eq!(bytes_in(&root.path().join("state")).unwrap(), 0);
        fs::write(root.path().join("state/000001.mdb"), vec![1; 1 << 20]).unwrap();
        fs::File::open(root.path().join("state/000001.mdb")).unwrap().sync_all().unwrap();
        assert!(bytes_in(&root.path().join("state")).unwrap() >= 1 << 20);
        assert_eq!(bytes_in(&root.path().join("absent")).unwrap(), 0);
    }

    #[test]
    fn a_place_that_is_not_there_yet_is_on_the_file_system_of_the_nearest_one_above() {
        let root = tempfile::tempdir().unwrap();
        let to = Place { data_dir: root.path().join("deep/data"), wal_dir: Some(root.path().join("deep/log")) };
        assert!(check(&to, 0).is_ok());
        let full = check(&to, u64::MAX / 2).unwrap_err();
        assert!(matches!(&full, RecoveryError::NoRoom { path, .. } if path.ends_with("deep/data")), "{full}");
        assert_eq!(existing(&to.data_dir).unwrap(), root.path().canonicalize().unwrap());
    }
}
