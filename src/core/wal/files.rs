//! The log's files as the engine sees them: those of the operating system, but nothing is cut off one that could not be read.
//!
//! When the engine opens a log it takes whatever it cannot read for a torn end, and cuts the file there. That is right where the
//! bytes are wrong, and loses everything behind where the disk only failed to deliver them. So a read that fails is remembered, and
//! cutting is refused from then on: the engine gives up, and the next start finds the log as it was.

use std::{
    io::{Error, ErrorKind, Read, Result, Seek, SeekFrom},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use raft_engine::env::{DefaultFileSystem, FileSystem, Handle, Permission};

type SystemHandle = <DefaultFileSystem as FileSystem>::Handle;
type SystemReader = <DefaultFileSystem as FileSystem>::Reader;
type SystemWriter = <DefaultFileSystem as FileSystem>::Writer;

/// See the module.
pub(super) struct LogFiles {
    system: DefaultFileSystem,
    unread: Arc<AtomicBool>,
}

impl LogFiles {
    pub fn new() -> Self {
        Self { system: DefaultFileSystem, unread: Arc::default() }
    }

    fn handle(&self, file: SystemHandle) -> OpenFile {
        OpenFile { file: Arc::new(file), unread: Arc::clone(&self.unread) }
    }
}

/// An open file of the log.
pub(super) struct OpenFile {
    file: Arc<SystemHandle>,
    unread: Arc<AtomicBool>,
}

/// Reads a file, and remembers when it cannot.
pub(super) struct Reader {
    reader: SystemReader,
    unread: Arc<AtomicBool>,
}

impl FileSystem for LogFiles {
    type Handle = OpenFile;
    type Reader = Reader;
    type Writer = SystemWriter;

    fn create<P: AsRef<Path>>(&self, path: P) -> Result<OpenFile> {
        self.system.create(path).map(|file| self.handle(file))
    }

    fn open<P: AsRef<Path>>(&self, path: P, permission: Permission) -> Result<OpenFile> {
        self.system.open(path, permission).map(|file| self.handle(file))
    }

    fn delete<P: AsRef<Path>>(&self, path: P) -> Result<()> {
        self.system.delete(path)
    }

    fn rename<P: AsRef<Path>>(&self, from: P, to: P) -> Result<()> {
        self.system.rename(from, to)
    }

    fn new_reader(&self, handle: Arc<OpenFile>) -> Result<Reader> {
        let reader = self.system.new_reader(Arc::clone(&handle.file))?;
        Ok(Reader { reader, unread: Arc::clone(&self.unread) })
    }

    fn new_writer(&self, handle: Arc<OpenFile>) -> Result<SystemWriter> {
        self.system.new_writer(Arc::clone(&handle.file))
    }
}

impl Handle for OpenFile {
    fn truncate(&self, length: usize) -> Result<()> {
        if self.unread.load(Ordering::Acquire) {
            return Err(Error::other("the log could not be read, so nothing is cut off it"));
        }
        self.file.truncate(length)
    }

    fn file_size(&self) -> Result<usize> {
        self.file.file_size()
    }

    fn sync(&self) -> Result<()> {
        self.file.sync()
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let read = self.reader.read(buffer);
        if read.as_ref().is_err_and(|error| error.kind() != ErrorKind::Interrupted) {
            self.unread.store(true, Ordering::Release);
        }
        read
    }
}

impl Seek for Reader {
    fn seek(&mut self, place: SeekFrom) -> Result<u64> {
        self.reader.seek(place)
    }
}
