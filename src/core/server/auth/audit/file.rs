//! Where lines of the audit log go: whole, and into the file that bears its name.
//!
//! Whoever rotates the log moves the file away, or removes it, and may put an empty one in its place. Before a line is written, at most once
//! a second, the name is looked at; where it names another file, or none, that one is opened. One that can't be opened leaves the old one in use.

use std::{
    fs::{self, File, Metadata},
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// How often the name is looked at.
const LOOK_PAUSE: Duration = Duration::from_secs(1);
/// How often the server's log repeats that the file can't be opened.
const COMPLAINT_PAUSE: Duration = Duration::from_secs(60);

/// The file of the audit log.
pub struct AuditFile {
    path: PathBuf,
    lines: Lines<File>,
    place: (u64, u64),
    looked: Instant,
    complained: Option<Instant>,
}

impl AuditFile {
    /// Opens it; it is made if there is none.
    ///
    /// # Errors
    /// When it can't be opened.
    pub fn open(path: &Path, now: Instant) -> io::Result<Self> {
        let (file, place) = open(path)?;
        Ok(Self { path: path.to_owned(), lines: Lines::new(file), place, looked: now, complained: None })
    }

    /// Writes a line.
    ///
    /// # Errors
    /// As [`Lines::write`].
    pub fn write(&mut self, line: &[u8], now: Instant) -> io::Result<()> {
        if now.duration_since(self.looked) >= LOOK_PAUSE {
            self.looked = now;
            self.follow(now);
        }
        self.lines.write(line)
    }

    fn follow(&mut self, now: Instant) {
        match self.successor() {
            Ok(None) => self.complained = None,
            Ok(Some((file, place))) => {
                tracing::info!(path = %self.path.display(), "the audit log goes on in a new file");
                (self.lines, self.place, self.complained) = (Lines::new(file), place, None);
            }
            Err(error) => {
                if self.complained.is_none_or(|complained| now.duration_since(complained) >= COMPLAINT_PAUSE) {
                    self.complained = Some(now);
                    let path = self.path.display();
                    tracing::error!(%error, %path, "the audit log can't go on in a new file; the old one stays in use, whatever its name");
                }
            }
        }
    }

    /// The file that bears the name, if it is another one.
    fn successor(&self) -> io::Result<Option<(File, (u64, u64))>> {
        match fs::metadata(&self.path) {
            Ok(found) if place(&found) == self.place => return Ok(None),
            // Opening a pipe would wait for whoever reads from it.
            Ok(found) if !found.is_file() => return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no file")),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(_) | Err(_) => {}
        }
        open(&self.path).map(Some)
    }
}

fn open(path: &Path) -> io::Result<(File, (u64, u64))> {
    let file = File::options().append(true).create(true).mode(0o600).open(path)?;
    let place = place(&file.metadata()?);
    Ok((file, place))
}

fn place(found: &Metadata) -> (u64, u64) {
    (found.dev(), found.ino())
}

/// Writes whole lines, one after the other.
pub struct Lines<W> {
    out: W,
    /// The last one may have been written in part.
    is_torn: bool,
}

impl<W: Write> Lines<W> {
    pub fn new(out: W) -> Self {
        Self { out, is_torn: false }
    }

    /// Writes a line, which ends with a line feed.
    ///
    /// # Errors
    /// When it may have been written in part, or not at all.
    pub fn write(&mut self, line: &[u8]) -> io::Result<()> {
        if self.is_torn {
            self.out.write_all(b"\n")?;
        }
        self.is_torn = true;
        self.out.write_all(line)?;
        self.out.flush()?;
        self.is_torn = false;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// A disk that has room for so many bytes.
    struct Disk {
        room: usize,
        written: Vec<u8>,
    }

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let taken = bytes.len().min(self.room);
            if taken == 0 && !bytes.is_empty() {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.room -= taken;
            self.written.extend_from_slice(&bytes[..taken]);
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_full_disk_tears_a_line_and_none_behind_it() {
        let mut lines = Lines::new(Disk { room: 10, written: Vec::new() });
        lines.write(b"first\n").unwrap();
        lines.write(b"second\n").unwrap_err();
        lines.write(b"third\n").unwrap_err();
        lines.out.room = 100;
        lines.write(b"fourth\n").unwrap();
        lines.write(b"fifth\n").unwrap();
        assert_eq!(String::from_utf8(lines.out.written).unwrap(), "first\nseco\nfourth\nfifth\n");
    }

    /// A log that is written to at times of the test's choice.
    struct Written {
        dir: tempfile::TempDir,
        file: AuditFile,
        now: Instant,
    }

    impl Written {
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let now = crate::core::clock::now();
            let file = AuditFile::open(&dir.path().join("audit"), now).unwrap();
            Self { dir, file, now }
        }

        fn path(&self, name: &str) -> PathBuf {
            self.dir.path().join(name)
        }

        fn text(&self, name: &str) -> String {
            fs::read_to_string(self.path(name)).unwrap()
        }

        fn write(&mut self, line: &str, after: Duration) {
            self.now += after;
            self.file.write(line.as_bytes(), self.now).unwrap();
        }
    }

    #[test]
    fn a_file_that_is_moved_away_or_removed_is_followed_by_another_of_its_name() {
        let mut log = Written::new();
        log.write("one\n", Duration::ZERO);
        fs::rename(log.path("audit"), log.path("audit.1")).unwrap();
        log.write("two\n", LOOK_PAUSE.saturating_sub(Duration::from_millis(1)));
        log.write("three\n", Duration::from_millis(1));
        assert_eq!((log.text("audit.1"), log.text("audit")), ("one\ntwo\n".into(), "three\n".into()));
        assert_eq!(fs::metadata(log.path("audit")).unwrap().permissions().mode() & 0o777, 0o600);
        fs::remove_file(log.path("audit")).unwrap();
        log.write("four\n", LOOK_PAUSE);
        assert_eq!(log.text("audit"), "four\n");
    }

    /// As logrotate does with `create`; and with `copytruncate`.
    #[test]
    fn a_file_that_was_put_there_is_appended_to_and_one_that_was_truncated_goes_on() {
        let mut log = Written::new();
        log.write("one\n", Duration::ZERO);
        fs::rename(log.path("audit"), log.path("audit.1")).unwrap();
        fs::write(log.path("audit"), "already\n").unwrap();
        log.write("two\n", LOOK_PAUSE);
        assert_eq!((log.text("audit.1"), log.text("audit")), ("one\n".into(), "already\ntwo\n".into()));
        fs::write(log.path("audit"), "").unwrap();
        log.write("three\n", LOOK_PAUSE);
        assert_eq!(log.text("audit"), "three\n");
    }

    #[test]
    fn what_cannot_be_opened_leaves_the_old_file_in_use() {
        let mut log = Written::new();
        fs::rename(log.path("audit"), log.path("audit.1")).unwrap();
        fs::create_dir(log.path("audit")).unwrap();
        log.write("one\n", LOOK_PAUSE);
        let complained = log.file.complained;
        assert!(complained.is_some());
        log.write("two\n", LOOK_PAUSE);
        assert_eq!(log.file.complained, complained, "once in a while is enough");
        log.write("three\n", COMPLAINT_PAUSE);
        assert_ne!(log.file.complained, complained);
        assert_eq!(log.text("audit.1"), "one\ntwo\nthree\n");
        fs::remove_dir(log.path("audit")).unwrap();
        log.write("four\n", LOOK_PAUSE);
        assert_eq!(log.text("audit"), "four\n");
    }
}
