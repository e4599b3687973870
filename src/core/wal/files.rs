//! The log's files as the engine sees them: those of the operating system, until one of them fails.
//!
//! From the first call that fails nothing is changed any more: no byte is written, nothing cut off, no file removed. The next start
//! finds the log as it was. The engine by itself would go on, in ways that lose what was acknowledged:
//! - What it cannot read on opening it takes for a torn end, and cuts the file there. That is right where the bytes are wrong, and
//!   loses everything behind where the disk only failed to deliver them.
//! - A write that failed it cuts off, and writes elsewhere.
//! - A sync that failed makes it panic, on closing twice, which ends the process. Here a failed sync counts as done, and whoever
//!   asked for it must look at [`Trouble`] before believing in it; what would follow on it (removing old files) fails.

use std::{
    io::{Error, ErrorKind, Read, Result, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use parking_lot::Mutex;

use raft_engine::env::{DefaultFileSystem, FileSystem, Handle, Permission, WriteExt};

use super::{
    durable::{Mark, Marker},
    tail,
};

type SystemHandle = <DefaultFileSystem as FileSystem>::Handle;
type SystemReader = <DefaultFileSystem as FileSystem>::Reader;
type SystemWriter = <DefaultFileSystem as FileSystem>::Writer;

/// The first failure of any file, in words.
#[derive(Clone, Default)]
pub(super) struct Trouble(Arc<OnceLock<String>>);

impl Trouble {
    pub fn get(&self) -> Option<&str> {
        self.0.get().map(String::as_str)
    }

    /// Refuses what would change a file, once there is trouble.
    fn refuse(&self) -> Result<()> {
        self.get().map_or(Ok(()), |first| Err(Error::other(format!("nothing is changed after: {first}"))))
    }

    /// Takes note of a failure, and says what failed where.
    fn note<T>(&self, operation: &str, path: &Path, result: Result<T>) -> Result<T> {
        result.map_err(|error| {
            if error.kind() == ErrorKind::Interrupted {
                return error;
            }
            // The engine's own file system leaves of the error its kind alone; the system still knows the rest.
            let text = format!("{operation} {} failed: {}", path.display(), Error::last_os_error());
            // Only the first counts.
            let _ = self.0.set(text.clone());
            Error::new(error.kind(), text)
        })
    }
}

/// See the module.
pub(super) struct LogFiles {
    system: DefaultFileSystem,
    trouble: Trouble,
    marker: Arc<Mutex<Marker>>,
    /// Whether all that would change a file only seems to.
    frozen: bool,
}

impl LogFiles {
    /// Files whose failures go to `trouble`, and that move the mark when they are synced.
    pub fn new(trouble: Trouble, marker: Arc<Mutex<Marker>>) -> Self {
        Self { system: DefaultFileSystem, trouble, marker, frozen: false }
    }

    /// Files that are read alone. What the engine does to them on opening and closing (cutting off a torn end, giving back what was
    /// allocated ahead) only seems to be done.
    pub fn frozen(trouble: Trouble, marker: Arc<Mutex<Marker>>) -> Self {
        Self { frozen: true, ..Self::new(trouble, marker) }
    }

    fn opened(&self, path: &Path, file: Result<SystemHandle>) -> Result<OpenFile> {
        let file = self.trouble.note("opening", path, file)?;
        // Files that are read alone are seen through links.
        let real = self.frozen.then(|| path.read_link().ok()).flatten();
        let place = Place { path: Arc::new(real.unwrap_or_else(|| path.to_owned())), trouble: self.trouble.clone() };
        let marker = path.file_name().and_then(tail::file_number).map(|number| (number, Arc::clone(&self.marker)));
        let seems = if self.frozen { Some(Arc::new(AtomicUsize::new(place.note("measuring", file.file_size())?))) } else { None };
        Ok(OpenFile { file: Arc::new(file), place, end: Arc::default(), marker, seems })
    }
}

/// Which file it is, and where its failures go.
#[derive(Clone)]
struct Place {
    path: Arc<PathBuf>,
    trouble: Trouble,
}

impl Place {
    fn note<T>(&self, operation: &str, result: Result<T>) -> Result<T> {
        self.trouble.note(operation, &self.path, result)
    }
}

/// An open file of the log.
pub(super) struct OpenFile {
    file: Arc<SystemHandle>,
    place: Place,
    /// Where what was written to it ends; 0 while nothing was.
    end: Arc<AtomicU64>,
    /// The file's number, if it is one of those that hold what was written last.
    marker: Option<(u64, Arc<Mutex<Marker>>)>,
    /// The length that a file seems to have which is not changed.
    seems: Option<Arc<AtomicUsize>>,
}

impl OpenFile {
    fn sync_and_mark(&self) -> Result<()> {
        let end = self.end.load(Ordering::Acquire);
        self.place.note("syncing", self.file.sync())?;
        let Some((file, marker)) = self.marker.as_ref().filter(|_| end > 0) else { return Ok(()) };
        self.place.note("marking as durable", marker.lock().advance(Mark { file: *file, bytes: end }))
    }
}

pub(super) struct Reader {
    reader: SystemReader,
    place: Place,
}

pub(super) struct Writer {
    writer: SystemWriter,
    place: Place,
    at: u64,
    end: Arc<AtomicU64>,
    seems: Option<Arc<AtomicUsize>>,
}

impl FileSystem for LogFiles {
    type Handle = OpenFile;
    type Reader = Reader;
    type Writer = Writer;

    fn create<P: AsRef<Path>>(&self, path: P) -> Result<OpenFile> {
        self.trouble.refuse()?;
        self.opened(path.as_ref(), self.system.create(path.as_ref()))
    }

    fn open<P: AsRef<Path>>(&self, path: P, permission: Permission) -> Result<OpenFile> {
        let permission = if self.frozen { Permission::ReadOnly } else { permission };
        self.opened(path.as_ref(), self.system.open(path.as_ref(), permission))
    }

    fn delete<P: AsRef<Path>>(&self, path: P) -> Result<()> {
        if self.frozen {
            return Ok(());
        }
        self.trouble.refuse()?;
        let deleted = self.system.delete(path.as_ref());
        self.trouble.note("removing", path.as_ref(), deleted)
    }

    fn rename<P: AsRef<Path>>(&self, from: P, to: P) -> Result<()> {
        if self.frozen {
            return Ok(());
        }
        self.trouble.refuse()?;
        let renamed = self.system.rename(from.as_ref(), to.as_ref());
        self.trouble.note("renaming", from.as_ref(), renamed)
    }

    fn new_reader(&self, handle: Arc<OpenFile>) -> Result<Reader> {
        let reader = self.system.new_reader(Arc::clone(&handle.file))?;
        Ok(Reader { reader, place: handle.place.clone() })
    }

    fn new_writer(&self, handle: Arc<OpenFile>) -> Result<Writer> {
        let writer = self.system.new_writer(Arc::clone(&handle.file))?;
        let (end, seems) = (Arc::clone(&handle.end), handle.seems.clone());
        Ok(Writer { writer, place: handle.place.clone(), at: 0, end, seems })
    }
}

impl Handle for OpenFile {
    fn truncate(&self, length: usize) -> Result<()> {
        self.place.trouble.refuse()?;
        if let Some((file, marker)) = &self.marker
            && marker.lock().mark() > (Mark { file: *file, bytes: length as u64 })
        {
            let path = self.place.path.display();
            return Err(Error::new(ErrorKind::InvalidData, format!("{path} is broken at byte {length}, where it was durable")));
        }
        if let Some(seems) = &self.seems {
            seems.store(length, Ordering::Release);
            return Ok(());
        }
        self.place.note("cutting off the end of", self.file.truncate(length))
    }

    fn file_size(&self) -> Result<usize> {
        if let Some(seems) = &self.seems {
            return Ok(seems.load(Ordering::Acquire));
        }
        self.place.note("measuring", self.file.file_size())
    }

    fn sync(&self) -> Result<()> {
        if self.seems.is_none() && self.place.trouble.refuse().is_ok() {
            // Its failure is in the trouble now, where the one who asked looks for it.
            let _ = self.sync_and_mark();
        }
        Ok(())
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        self.place.note("reading", self.reader.read(buffer))
    }
}

impl Seek for Reader {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        self.place.note("reading", self.reader.seek(to))
    }
}

impl Write for Writer {
    fn write(&mut self, buffer: &[u8]) -> Result<usize> {
        self.place.trouble.refuse()?;
        if self.seems.is_some() {
            return Ok(buffer.len());
        }
        let written = match self.writer.write(buffer) {
            // It stops at a file that takes nothing, without a word.
            Ok(0) if !buffer.is_empty() => Err(ErrorKind::WriteZero.into()),
            other => other,
        };
        let written = self.place.note("writing", written)?;
        self.at += written as u64;
        self.end.store(self.at, Ordering::Release);
        Ok(written)
    }

    fn flush(&mut self) -> Result<()> {
        self.place.note("writing", self.writer.flush())
    }
}

impl Seek for Writer {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        self.at = self.place.note("writing", self.writer.seek(to))?;
        Ok(self.at)
    }
}

impl WriteExt for Writer {
    fn truncate(&mut self, length: usize) -> Result<()> {
        self.place.trouble.refuse()?;
        if let Some(seems) = &self.seems {
            seems.store(length, Ordering::Release);
            return Ok(());
        }
        self.place.note("cutting off the end of", self.writer.truncate(length))?;
        self.at = length as u64;
        Ok(())
    }

    /// Allocating ahead is for speed alone: where it fails, writing is still tried.
    fn allocate(&mut self, offset: usize, length: usize) -> Result<()> {
        self.place.trouble.refuse()?;
        if self.seems.is_some() {
            return Ok(());
        }
        self.writer.allocate(offset, length)
    }
}
