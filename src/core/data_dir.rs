//! The data directory: what lies where, and who may use it.
//!
//! ```text
//! LOCK          held by the process that uses the directory
//! identity      who this member is, as JSON; written once
//! state/CURRENT name of the file that holds the state, replaced by renaming
//! state/*.mdb   the state; one that CURRENT does not name is a left-over and removed on start
//! log/          the raft log, unless it has a directory of its own
//! unfinished    there while the directory is being filled from another one; without an identity it is not to be used
//! ```

pub mod unchanged;

use std::{
    fs::{self, File},
    io::{self, Write},
    os::unix::{ffi::OsStrExt, fs::DirBuilderExt},
    path::{Path, PathBuf},
    sync::Arc,
};

use parking_lot::Mutex;
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use super::backend::{BackendError, Lmdb};

/// Layout of the directory that this program writes.
const LAYOUT: u32 = 1;

/// Why a data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    #[error("{path}: {source}")]
    Io { path: String, source: io::Error },
    #[error("data directory {path} is used by another process; stop it, or choose another --data-dir")]
    Locked { path: String },
    #[error("{path} is not an identity that this program wrote ({reason}); restore it, or this member from another one")]
    Identity { path: String, reason: String },
    #[error("data directory {path} has layout {found}, this program reads up to {known}; use a newer quorate")]
    Newer { path: String, found: u32, known: u32 },
    #[error(
        "data directory {path} belongs to cluster {stored:x}, but --initial-cluster and --initial-cluster-token make cluster \
         {given:x}; choose another --data-dir, or start with the flags that it was made with"
    )]
    OtherCluster { path: String, stored: u64, given: u64 },
    #[error("data directory {path} belongs to member {stored:x} ({stored_name}), not to {given:x}; choose another --data-dir")]
    OtherMember { path: String, stored: u64, stored_name: String, given: u64 },
    #[error("data directory {path} holds the files of an etcd member; quorate cannot run on them, choose another --data-dir")]
    Etcd { path: String },
    #[error("{path} is missing or empty, though this directory was used; restore it, or this member from another one")]
    StateLost { path: String },
    /// The state says that there was a log.
    #[error(
        "the raft log in {log} is empty, but the state in {data_dir} is not; it was moved or lost. Name the directory that has it by \
         the flag for it, put it back, or restore this member from another one"
    )]
    LogLost { log: String, data_dir: String },
    #[error(
        "data directory {path} is half made: `quorate recover apply` was interrupted. Run it again with the same --data-dir, or remove \
         the directory"
    )]
    Unfinished { path: String },
    #[error("{path} is not empty; choose a directory that is, or that does not exist yet")]
    NotEmpty { path: String },
    #[error(transparent)]
    Backend(#[from] BackendError),
}

fn io_error(path: &Path) -> impl Fn(io::Error) -> DataDirError {
    move |source| DataDirError::Io { path: path.display().to_string(), source }
}

/// Who this member is. Written when the directory is first used, never changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredIdentity {
    pub layout: u32,
    pub cluster_id: u64,
    pub member_id: u64,
    pub name: String,
}

/// The identity as it is stored, with what tells a changed one.
#[derive(Serialize, Deserialize)]
struct IdentityFile {
    #[serde(flatten)]
    identity: StoredIdentity,
    /// CRC-32C. The first versions wrote none.
    checksum: Option<u32>,
}

impl StoredIdentity {
    fn checksum(&self) -> u32 {
        let Self { layout, cluster_id, member_id, name } = self;
        crc32c::crc32c(format!("{layout} {cluster_id} {member_id} {name}").as_bytes())
    }
}

/// Whether a member has put its identity into this directory.
pub fn is_used(root: &Path) -> bool {
    root.join("identity").exists()
}

/// Name of the file that says that the directory is being filled.
const UNFINISHED: &str = "unfinished";

/// The root of a file system has it.
const LOST_AND_FOUND: &str = "lost+found";

/// Whether the directory is being filled, or was when that was interrupted.
pub fn is_unfinished(root: &Path) -> bool {
    root.join(UNFINISHED).exists() && !is_used(root)
}

fn read_identity(root: &Path) -> Result<Option<StoredIdentity>, DataDirError> {
    let path = root.join("identity");
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io_error(&path)(error)),
    };
    parse_identity(&path, &bytes).map(Some)
}

fn parse_identity(path: &Path, bytes: &[u8]) -> Result<StoredIdentity, DataDirError> {
    let unknown = |reason: String| DataDirError::Identity { path: path.display().to_string(), reason };
    let IdentityFile { identity, checksum } = serde_json::from_slice(bytes).map_err(|error| unknown(error.to_string()))?;
    if checksum.is_some_and(|checksum| checksum != identity.checksum()) {
        return Err(unknown("its checksum is wrong".into()));
    }
    if identity.layout > LAYOUT {
        return Err(DataDirError::Newer { path: path.display().to_string(), found: identity.layout, known: LAYOUT });
    }
    Ok(identity)
}

fn lock(file: &File, root: &Path) -> Result<(), DataDirError> {
    flock(file, FlockOperation::NonBlockingLockExclusive).map_err(|error| match error {
        rustix::io::Errno::WOULDBLOCK => DataDirError::Locked { path: root.display().to_string() },
        other => io_error(&root.join("LOCK"))(other.into()),
    })
}

/// A data directory in use. Nobody else can use it until this is dropped.
pub struct DataDir {
    root: PathBuf,
    log: PathBuf,
    /// The lock lies on the open file.
    _lock: File,
    /// Number in the name of the newest state file; also serialises making new ones.
    newest: Mutex<u64>,
}

impl DataDir {
    /// Makes the directory if needed (for its owner alone) and locks it.
    ///
    /// # Errors
    /// When it cannot be made, or another process uses it.
    pub fn open(root: &Path, log: Option<&Path>) -> Result<Self, DataDirError> {
        make_dir(root)?;
        if root.join("member").join("wal").is_dir() {
            return Err(DataDirError::Etcd { path: root.display().to_string() });
        }
        let lock_path = root.join("LOCK");
        let lock = File::options().create(true).truncate(false).write(true).open(&lock_path).map_err(io_error(&lock_path))?;
        self::lock(&lock, root)?;
        make_dir(&root.join("state"))?;
        let log = log.map_or_else(|| root.join("log"), Path::to_path_buf);
        make_dir(&log)?;
        sync_dir(root)?;
        let dir = Self { root: root.to_path_buf(), log, _lock: lock, newest: Mutex::new(0) };
        *dir.newest.lock() = dir.newest_number()?;
        Ok(dir)
    }

    /// Where the raft log is.
    pub fn log(&self) -> &Path {
        &self.log
    }

    fn state(&self) -> PathBuf {
        self.root.join("state")
    }

    /// Who the directory belongs to; `None` when it is new.
    ///
    /// # Errors
    /// When the identity cannot be read, was written by a newer program, or the directory is half made.
    pub fn identity(&self) -> Result<Option<StoredIdentity>, DataDirError> {
        if is_unfinished(&self.root) {
            return Err(DataDirError::Unfinished { path: self.root.display().to_string() });
        }
        read_identity(&self.root)
    }

    /// Writes who the directory belongs to. From then on it counts as used.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn set_identity(&self, cluster_id: u64, member_id: u64, name: &str) -> Result<(), DataDirError> {
        let identity = StoredIdentity { layout: LAYOUT, cluster_id, member_id, name: name.to_owned() };
        let checksum = Some(identity.checksum());
        let bytes = serde_json::to_vec_pretty(&IdentityFile { identity, checksum }).expect("numbers and a string are JSON");
        replace_file(&self.root, "identity", &bytes)
    }

    /// Says that the directory is being filled: until it has an identity, it is not to be used. Whatever an interrupted attempt left
    /// is removed.
    ///
    /// # Errors
    /// When it cannot be written, or holds what no such attempt has left.
    pub fn begin_filling(&self) -> Result<(), DataDirError> {
        let not_empty = |path: &Path| DataDirError::NotEmpty { path: path.display().to_string() };
        if !is_unfinished(&self.root) && !unchanged::is_vacant(&self.root)? {
            return Err(not_empty(&self.root));
        }
        // The log may lie anywhere: what is in there is ours to remove if we have said so before.
        let place = self.log.as_os_str().as_bytes();
        let ours = fs::read(self.root.join(UNFINISHED)).is_ok_and(|said| said == place);
        if !ours && !files_in(&self.log)?.is_empty() {
            return Err(not_empty(&self.log));
        }
        replace_file(&self.root, UNFINISHED, place)?;
        for folder in [self.state(), self.log.clone()] {
            for path in files_in(&folder)? {
                fs::remove_file(&path).map_err(io_error(&path))?;
            }
        }
        *self.newest.lock() = 0;
        Ok(())
    }

    /// Takes back what [`Self::begin_filling`] said. The identity is there by now.
    ///
    /// # Errors
    /// When it cannot be removed, which is no harm.
    pub fn end_filling(&self) -> Result<(), DataDirError> {
        let path = self.root.join(UNFINISHED);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_error(&path)(error)),
            _ => sync_dir(&self.root),
        }
    }

    /// What to say of a directory that was used, and does not say by whom.
    pub fn identity_lost(&self) -> DataDirError {
        DataDirError::StateLost { path: self.root.join("identity").display().to_string() }
    }

    /// Opens the state, a new one if the directory was never used.
    ///
    /// # Errors
    /// When it cannot be opened, or is lost.
    pub fn open_state(&self) -> Result<Arc<Lmdb>, DataDirError> {
        let current = self.state().join("CURRENT");
        let lost = |path: &Path| DataDirError::StateLost { path: path.display().to_string() };
        let name = match fs::read_to_string(&current) {
            Ok(name) => name.trim().to_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound && !is_used(&self.root) => return self.begin_state(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(lost(&current)),
            Err(error) => return Err(io_error(&current)(error)),
        };
        let path = self.state().join(&name);
        // A file is complete and synced before it is named; LMDB would make a new state of an empty one.
        if !path.metadata().is_ok_and(|file| file.is_file() && file.len() > 0) {
            return Err(lost(&path));
        }
        self.remove_left_overs(&name)?;
        Ok(Arc::new(Lmdb::open(&path)?))
    }

    /// Makes the first state. It is named when it is on the disk: a file that a crash left half made was none yet.
    fn begin_state(&self) -> Result<Arc<Lmdb>, DataDirError> {
        self.remove_left_overs("")?;
        let state = self.state();
        let name = file_name(*self.newest.lock());
        let opened = Lmdb::open(&state.join(&name))?;
        sync_dir(&state)?;
        replace_file(&state, "CURRENT", name.as_bytes())?;
        Ok(Arc::new(opened))
    }

    /// A path for a new state file, which nothing names yet.
    pub fn new_state_path(&self) -> PathBuf {
        let mut newest = self.newest.lock();
        *newest += 1;
        self.state().join(file_name(*newest))
    }

    /// Puts a state file, which is complete and synced, in the place of the present one. The old file is unlinked; readers that
    /// have it open keep it. Other files stay, since they may be under way.
    ///
    /// # Errors
    /// When the directory cannot be changed. Then both files are there, and either may be the present one: nothing may be
    /// written to the old one any more.
    pub fn install_state(&self, path: &Path) -> Result<(), DataDirError> {
        let name = path.file_name().and_then(|name| name.to_str()).expect("a path that new_state_path made");
        let state = self.state();
        let current = state.join("CURRENT");
        if !path.is_file() {
            return Err(DataDirError::StateLost { path: path.display().to_string() });
        }
        let old = fs::read_to_string(&current).map_err(io_error(&current))?;
        sync_dir(&state)?;
        replace_file(&state, "CURRENT", name.as_bytes())?;
        if old.trim() != name {
            self.forget_state(&state.join(old.trim()));
        }
        Ok(())
    }

    /// Removes a state file that was given up.
    pub fn forget_state(&self, path: &Path) {
        for path in [path.to_path_buf(), lock_path(path)] {
            if let Err(error) = fs::remove_file(&path)
                && error.kind() != io::ErrorKind::NotFound
            {
                tracing::warn!(path = %path.display(), %error, "a left-over file was not removed");
            }
        }
    }

    fn remove_left_overs(&self, current: &str) -> Result<(), DataDirError> {
        let state = self.state();
        let keep = [current.to_owned(), format!("{current}-lock"), "CURRENT".to_owned()];
        for entry in fs::read_dir(&state).map_err(io_error(&state))? {
            let entry = entry.map_err(io_error(&state))?;
            if !keep.iter().any(|name| entry.file_name() == name.as_str()) {
                fs::remove_file(entry.path()).map_err(io_error(&entry.path()))?;
            }
        }
        Ok(())
    }

    fn newest_number(&self) -> Result<u64, DataDirError> {
        let state = self.state();
        let mut newest = 0;
        for entry in fs::read_dir(&state).map_err(io_error(&state))? {
            let name = entry.map_err(io_error(&state))?.file_name();
            let number = name.to_str().and_then(|name| name.get(..6)).and_then(|digits| digits.parse().ok());
            newest = newest.max(number.unwrap_or(0));
        }
        Ok(newest)
    }
}

/// What lies in a folder, but for what the root of a file system has.
fn files_in(folder: &Path) -> Result<Vec<PathBuf>, DataDirError> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(io_error(folder))? {
        let entry = entry.map_err(io_error(folder))?;
        if entry.file_name() != LOST_AND_FOUND {
            files.push(entry.path());
        }
    }
    Ok(files)
}

fn file_name(number: u64) -> String {
    format!("{number:06}.mdb")
}

fn lock_path(path: &Path) -> PathBuf {
    let mut lock = path.as_os_str().to_owned();
    lock.push("-lock");
    lock.into()
}

/// Writes a small file so that a crash leaves the old one or the new one, whole.
fn replace_file(dir: &Path, name: &str, bytes: &[u8]) -> Result<(), DataDirError> {
    let temporary = dir.join(format!("{name}.tmp"));
    let written = File::create(&temporary).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(io_error(&temporary))?;
    fs::rename(&temporary, dir.join(name)).map_err(io_error(&temporary))?;
    sync_dir(dir)
}

/// Makes a directory, for its owner alone, with those above it, and sees to it that none of them goes with a power cut: each has its
/// name in the one above, which is synced too. One that is there already may have been made just before a crash.
fn make_dir(dir: &Path) -> Result<(), DataDirError> {
    let above = dir.parent().filter(|above| !above.as_os_str().is_empty());
    if let Some(above) = above
        && !above.is_dir()
    {
        make_dir(above)?;
    }
    match fs::DirBuilder::new().mode(0o700).create(dir) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && dir.is_dir() => {}
        Err(error) => return Err(io_error(dir)(error)),
    }
    // Who may use a directory need not be allowed to read the one above it; then somebody else has made it.
    match sync_dir(above.unwrap_or(Path::new("."))) {
        Err(DataDirError::Io { source, .. }) if source.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        synced => synced,
    }
}

fn sync_dir(dir: &Path) -> Result<(), DataDirError> {
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(io_error(dir))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_used_by_one_at_a_time() {
        let root = tempfile::tempdir().unwrap();
        let held = DataDir::open(root.path(), None).unwrap();
        assert!(matches!(DataDir::open(root.path(), None), Err(DataDirError::Locked { .. })));
        drop(held);
        DataDir::open(root.path(), None).unwrap();
    }

    #[test]
    fn identity_reads_back_and_a_newer_layout_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let dir = DataDir::open(root.path(), None).unwrap();
        assert_eq!(dir.identity().unwrap(), None);
        dir.set_identity(1, u64::MAX, "a name").unwrap();
        assert_eq!(dir.identity().unwrap().unwrap().member_id, u64::MAX);
        let newer = StoredIdentity { layout: LAYOUT + 1, cluster_id: 1, member_id: 2, name: String::new() };
        fs::write(root.path().join("identity"), serde_json::to_vec(&newer).unwrap()).unwrap();
        assert!(matches!(dir.identity(), Err(DataDirError::Newer { found, .. }) if found == LAYOUT + 1));
    }

    #[test]
    fn a_changed_identity_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let dir = DataDir::open(root.path(), None).unwrap();
        dir.set_identity(1, 77, "a name").unwrap();
        let path = root.path().join("identity");
        let changed = fs::read_to_string(&path).unwrap().replace("77", "78");
        fs::write(&path, changed).unwrap();
        assert!(matches!(dir.identity(), Err(DataDirError::Identity { .. })));
    }

    #[test]
    fn an_installed_state_replaces_the_old_one_and_left_overs_go() {
        let root = tempfile::tempdir().unwrap();
        let dir = DataDir::open(root.path(), None).unwrap();
        drop(dir.open_state().unwrap());
        let next = dir.new_state_path();
        drop(Lmdb::open(&next).unwrap());
        let unused = dir.new_state_path();
        drop(Lmdb::open(&unused).unwrap());
        dir.install_state(&next).unwrap();
        assert!(next.exists() && !root.path().join("state/000000.mdb").exists());
        drop(dir);
        let dir = DataDir::open(root.path(), None).unwrap();
        dir.open_state().unwrap();
        assert!(next.exists() && !unused.exists());
    }

    /// A defragmentation that ended while a state was arriving from another member once removed the arriving file; the state was
    /// then installed as a new, empty file.
    #[test]
    fn installing_one_state_leaves_another_that_is_arriving() {
        let root = tempfile::tempdir().unwrap();
        let dir = DataDir::open(root.path(), None).unwrap();
        drop(dir.open_state().unwrap());
        let (arriving, copy) = (dir.new_state_path(), dir.new_state_path());
        drop((Lmdb::open(&arriving).unwrap(), Lmdb::open(&copy).unwrap()));
        dir.install_state(&copy).unwrap();
        assert!(arriving.exists());
        dir.install_state(&arriving).unwrap();
        assert!(arriving.exists() && !copy.exists());
        dir.forget_state(&arriving);
        assert!(matches!(dir.install_state(&arriving), Err(DataDirError::StateLost { .. })));
    }

    #[test]
    fn the_root_of_a_file_system_of_its_own_is_an_empty_place_for_the_log() {
        let (root, log) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::create_dir(log.path().join("lost+found")).unwrap();
        let dir = DataDir::open(root.path(), Some(log.path())).unwrap();
        dir.begin_filling().unwrap();
        fs::write(log.path().join("of an attempt"), "").unwrap();
        dir.begin_filling().unwrap();
        assert_eq!(files_in(log.path()).unwrap(), Vec::<PathBuf>::new());
        assert!(log.path().join("lost+found").exists());
    }

    #[test]
    fn a_used_directory_without_its_state_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let dir = DataDir::open(root.path(), None).unwrap();
        drop(dir.open_state().unwrap());
        dir.set_identity(1, 2, "m").unwrap();
        drop(dir.open_state().unwrap());
        let current = root.path().join("state/CURRENT");
        let name = fs::read_to_string(&current).unwrap();
        fs::remove_file(&current).unwrap();
        assert!(matches!(dir.open_state(), Err(DataDirError::StateLost { .. })));
        fs::write(&current, &name).unwrap();
        fs::remove_file(root.path().join("state").join(&name)).unwrap();
        assert!(matches!(dir.open_state(), Err(DataDirError::StateLost { .. })));
        assert!(!root.path().join("state").join(&name).exists(), "nothing is made in its place");
    }

    #[test]
    fn whatever_an_identity_says_it_is_the_one_that_was_written_or_refused() {
        let root = tempfile::tempdir().unwrap();
        let dir = DataDir::open(root.path(), None).unwrap();
        dir.set_identity(1, u64::MAX, "a name").unwrap();
        let (path, written) = (root.path().join("identity"), dir.identity().unwrap().unwrap());
        let bytes = fs::read(&path).unwrap();
        crate::mangle::survives(&[bytes], |bytes| {
            if let Ok(identity) = parse_identity(&path, bytes) {
                // One without a checksum is of an old version, and believed.
                assert!(identity == written || !bytes.windows(10).any(|window| window == b"\"checksum\""), "{identity:?}");
            }
        });
    }
}
