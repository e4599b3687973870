//! Files that change under way: when they are others than before, and when nobody writes them any more.
//!
//! A look costs a `stat` for each. Whoever writes a file in place makes it empty first, and then longer piece by piece; what it holds in between may
//! look whole: a chain or a secret that ends too early. So a change counts when the files have been left alone for a moment.

use std::{
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// How long a file must be left alone before it is taken for whole: longer than whoever writes it by several commands pauses between them, and so
/// short that nobody waits for a rotation.
pub const STILL_FOR: Duration = Duration::from_millis(500);
/// How long files that are written again and again are waited for.
pub const STILL_WAIT_MAX: Duration = Duration::from_secs(5);
/// A file of more than this is none that belongs here.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Tells when files have changed since they were last read.
#[derive(Debug)]
pub struct FileChanges {
    paths: Vec<PathBuf>,
    stamp: Stamp,
    settled: bool,
    /// Since when files have changed that somebody may still be writing.
    moving: Option<Instant>,
}

/// What tells that a file is another than before. `None` while it can't be looked at.
#[derive(Debug, PartialEq, Eq)]
struct Stamp(Vec<Option<FileStamp>>);

#[derive(Debug, PartialEq, Eq)]
struct FileStamp {
    place: (u64, u64),
    len: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl FileChanges {
    /// Files that are read right after this.
    pub fn after_now(paths: Vec<PathBuf>, unix_millis: i64) -> Self {
        let stamp = Stamp::of(&paths);
        Self { paths, settled: stamp.is_settled(unix_millis / 1000), stamp, moving: None }
    }

    /// Whether the files are to be read again: they may be others, and nobody seems to be writing them still, or has been for
    /// [`STILL_WAIT_MAX`].
    pub fn are_due(&mut self, now: Instant, unix_millis: i64) -> bool {
        let stamp = Stamp::of(&self.paths);
        if stamp == self.stamp && self.settled {
            return false;
        }
        if !stamp.is_still(unix_millis) && now.duration_since(*self.moving.get_or_insert(now)) < STILL_WAIT_MAX {
            return false;
        }
        self.moving = None;
        self.settled = stamp.is_settled(unix_millis / 1000);
        self.stamp = stamp;
        true
    }

    /// Has the files read at the next look, whatever it finds.
    pub fn look_again(&mut self) {
        self.settled = false;
    }
}

impl Stamp {
    fn of(paths: &[PathBuf]) -> Self {
        let stamp = |path: &PathBuf| {
            let found = fs::metadata(path).ok()?;
            Some(FileStamp {
                place: (found.dev(), found.ino()),
                len: found.len(),
                modified: (found.mtime(), found.mtime_nsec()),
                changed: (found.ctime(), found.ctime_nsec()),
            })
        };
        Self(paths.iter().map(stamp).collect())
    }

    /// Whether the last write to each lies [`STILL_FOR`] back. Times in the future tell nothing, and hold nothing up.
    fn is_still(&self, unix_millis: i64) -> bool {
        self.0.iter().flatten().all(|file| {
            let (secs, nanos) = file.modified;
            let age = unix_millis - (secs * 1000 + nanos / 1_000_000);
            !(0..STILL_FOR.as_millis().cast_signed()).contains(&i128::from(age))
        })
    }

    /// Whether all files have been left alone since a while before `unix_secs`. A change in the same tick of the file system's clock as the
    /// last look would not show in its times.
    fn is_settled(&self, unix_secs: i64) -> bool {
        self.0.iter().flatten().all(|file| file.changed.0.max(file.modified.0) + 2 <= unix_secs)
    }
}

/// The bytes of a file of sensible size.
///
/// # Errors
/// When it can't be read, or is something else.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let found = fs::metadata(path)?;
    if !found.is_file() || found.len() > FILE_BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file of sensible size"));
    }
    fs::read(path)
}
