//! A watched directory: what was done to it, call by call, and which call is to fail.
//!
//! Calls take effect on the real files at once, since LMDB reads them through a map; what a power cut would leave of them is worked
//! out from the record, in [`super::power`]. A sync is recorded and not done.

use std::{
    collections::HashMap,
    ffi::{CStr, c_int},
    os::unix::ffi::OsStrExt,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use libc::{off_t, ssize_t};

use super::{
    interpose::{descriptor, file_at, file_of},
    power::Image,
};

/// A call of the C library.
pub enum Call<'a> {
    Open { path: &'a CStr, flags: c_int },
    Read { fd: c_int },
    Write { fd: c_int, offset: Option<off_t>, data: &'a [u8] },
    Sync { fd: c_int },
    SetLength { fd: c_int, length: off_t },
    Allocate { fd: c_int, end: off_t },
    Rename { from: &'a CStr, to: &'a CStr },
    Unlink { path: &'a CStr },
    MakeDir { path: &'a CStr },
}

/// Calls that can be told to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Open,
    Read,
    Write,
    Sync,
    SetLength,
    Allocate,
    Rename,
    Unlink,
    MakeDir,
}

impl Kind {
    pub const ALL: [Self; 9] = [
        Self::Open,
        Self::Read,
        Self::Write,
        Self::Sync,
        Self::SetLength,
        Self::Allocate,
        Self::Rename,
        Self::Unlink,
        Self::MakeDir,
    ];
}

/// A call that fails.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    pub kind: Kind,
    /// From 0, of its kind.
    pub nth: u64,
    pub errno: c_int,
    /// A write first writes half of what it was given.
    pub half: bool,
    /// All later calls of the kind fail too.
    pub lasting: bool,
}

/// Number of a file in a record. A name that was made anew names another file.
pub type FileId = usize;

/// What was done. Paths are relative to the watched directory, directories as text, the directory itself as nothing.
#[derive(Clone)]
pub enum Event {
    Create {
        dir: String,
        name: String,
        file: FileId,
    },
    MakeDir {
        dir: String,
        name: String,
    },
    Rename {
        dir: String,
        from: String,
        to: String,
    },
    Unlink {
        dir: String,
        name: String,
    },
    /// `durable` when the file was opened so that writes are.
    Write {
        file: FileId,
        offset: usize,
        data: Vec<u8>,
        durable: bool,
    },
    SetLength {
        file: FileId,
        length: usize,
    },
    /// At least this long.
    Grow {
        file: FileId,
        length: usize,
    },
    Sync {
        file: FileId,
    },
    /// What was not durable may be lost for good, and no later sync brings it back.
    SyncFailed {
        file: FileId,
    },
    SyncDir {
        dir: String,
    },
    /// A place to which the test attaches what it then knows.
    Mark(usize),
}

impl std::fmt::Display for Event {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Create { dir, name, file } => write!(out, "create {dir}/{name} as {file}"),
            Self::MakeDir { dir, name } => write!(out, "make directory {dir}/{name}"),
            Self::Rename { dir, from, to } => write!(out, "rename {from} to {to} in {dir}"),
            Self::Unlink { dir, name } => write!(out, "unlink {dir}/{name}"),
            Self::Write { file, offset, data, durable } => {
                let how = if *durable { ", durable" } else { "" };
                write!(out, "write {} bytes at {offset} of {file}{how}", data.len())
            }
            Self::SetLength { file, length } => write!(out, "set the length of {file} to {length}"),
            Self::Grow { file, length } => write!(out, "allocate {file} up to {length}"),
            Self::Sync { file } => write!(out, "sync {file}"),
            Self::SyncFailed { file } => write!(out, "sync of {file} fails"),
            Self::SyncDir { dir } => write!(out, "sync directory {dir}"),
            Self::Mark(mark) => write!(out, "mark {mark}"),
        }
    }
}

/// See the module.
pub struct Disk {
    root: Vec<u8>,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    files: HashMap<u64, FileId>,
    files_made: usize,
    events: Vec<Event>,
    fault: Option<Fault>,
    faults_met: usize,
    /// A member takes its leave: nothing rests on what it does then.
    farewell: bool,
    counts: HashMap<Kind, u64>,
}

static WATCHED: Mutex<Vec<Arc<Disk>>> = Mutex::new(Vec::new());
static WATCHED_COUNT: AtomicUsize = AtomicUsize::new(0);

/// The disk that a call concerns.
pub fn watched(call: &Call<'_>) -> Option<Arc<Disk>> {
    if WATCHED_COUNT.load(Ordering::Acquire) == 0 {
        return None;
    }
    let of_descriptor;
    let path = match call {
        Call::Open { path, .. } | Call::Unlink { path } | Call::MakeDir { path } | Call::Rename { from: path, .. } => {
            path.to_bytes()
        }
        Call::Read { fd }
        | Call::Write { fd, .. }
        | Call::Sync { fd }
        | Call::SetLength { fd, .. }
        | Call::Allocate { fd, .. } => {
            of_descriptor = descriptor(*fd)?.0;
            &of_descriptor
        }
    };
    let disks = WATCHED.lock().expect("nothing panics while it is held");
    disks.iter().find(|disk| disk.relative(path).is_some()).map(Arc::clone)
}

impl Disk {
    /// Watches a directory that holds what `image` says, all of it durable.
    pub fn watch(root: &Path, image: &Image) -> Watch {
        let mut inner = Inner::default();
        for (file, path) in image.files.keys().enumerate() {
            let full = std::ffi::CString::new(root.join(path).as_os_str().as_bytes()).expect("no zeros in names");
            inner.files.insert(file_at(&full).expect("the image is there"), file);
        }
        inner.files_made = image.files.len();
        let disk = Arc::new(Self { root: root.as_os_str().as_bytes().to_vec(), inner: Mutex::new(inner) });
        WATCHED.lock().expect("nothing panics while it is held").push(Arc::clone(&disk));
        WATCHED_COUNT.fetch_add(1, Ordering::AcqRel);
        Watch { disk }
    }

    fn relative<'a>(&self, path: &'a [u8]) -> Option<&'a [u8]> {
        let rest = path.strip_prefix(self.root.as_slice())?;
        if rest.is_empty() { Some(rest) } else { rest.strip_prefix(b"/") }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Directory and name.
    fn split(&self, path: &[u8]) -> (String, String) {
        let relative = String::from_utf8(self.relative(path).expect("it was looked at").to_vec()).expect("names are text");
        match relative.rsplit_once('/') {
            Some((dir, name)) => (dir.to_owned(), name.to_owned()),
            None => (String::new(), relative),
        }
    }

    /// Puts a mark behind what was done so far.
    pub fn mark(&self, mark: usize) {
        self.lock().events.push(Event::Mark(mark));
    }

    pub fn set_fault(&self, fault: Option<Fault>) {
        self.lock().fault = fault;
    }

    /// Begins or ends a time in which failures may go unheard, since nothing rests on what is done.
    pub fn set_farewell(&self, farewell: bool) {
        self.lock().farewell = farewell;
    }

    /// How many calls were let fail that must be heard of.
    pub fn faults_met(&self) -> usize {
        self.lock().faults_met
    }

    /// How many calls of a kind there were.
    pub fn count(&self, kind: Kind) -> u64 {
        self.lock().counts.get(&kind).copied().unwrap_or(0)
    }

    pub fn events(&self) -> Vec<Event> {
        self.lock().events.clone()
    }

    /// Does a call and records it; or lets it fail, with the error's number.
    pub fn run(&self, call: &Call<'_>, system: &dyn Fn(usize) -> ssize_t) -> Result<ssize_t, c_int> {
        let mut inner = self.lock();
        let kind = call.kind();
        let count = inner.counts.entry(kind).or_default();
        let nth = *count;
        *count += 1;
        let fault = inner.fault.filter(|fault| fault.kind == kind && (fault.nth == nth || fault.lasting && fault.nth < nth));
        inner.faults_met += usize::from(fault.is_some() && !inner.farewell);
        if let Some(fault) = fault {
            if let (Call::Write { data, .. }, true) = (call, fault.half) {
                // The rest of it then fails, as on a disk that is full.
                inner.fault = Some(Fault { nth: nth + 1, ..fault });
                return Ok(self.done(&mut inner, call, system, data.len() / 2));
            }
            if let Call::Sync { fd } = call {
                let failed = inner.files.get(&file_of(*fd).0).map(|&file| Event::SyncFailed { file });
                inner.events.extend(failed);
            }
            return Err(fault.errno);
        }
        let length = if let Call::Write { data, .. } = call { data.len() } else { 0 };
        Ok(self.done(&mut inner, call, system, length))
    }

    fn done(&self, inner: &mut Inner, call: &Call<'_>, system: &dyn Fn(usize) -> ssize_t, length: usize) -> ssize_t {
        match call {
            Call::Open { path, flags } => self.open(inner, path, *flags, system),
            Call::Read { .. } => system(0),
            Call::Write { fd, offset, data } => {
                let (number, place) = file_of(*fd);
                let written = system(length);
                if let Ok(count @ 1..) = usize::try_from(written) {
                    let file = inner.file(number);
                    let durable = descriptor(*fd).expect("in use").1 & libc::O_DSYNC != 0;
                    let data = data[..count].to_vec();
                    inner.events.push(Event::Write { file, offset: offset.unwrap_or(place) as usize, data, durable });
                }
                written
            }
            Call::Sync { fd } => {
                let (path, _) = descriptor(*fd).expect("in use");
                let number = file_of(*fd).0;
                let event = match inner.files.get(&number) {
                    Some(&file) => Event::Sync { file },
                    None => {
                        Event::SyncDir { dir: String::from_utf8_lossy(self.relative(&path).expect("looked at")).into_owned() }
                    }
                };
                inner.events.push(event);
                0
            }
            Call::SetLength { fd, length } => {
                inner.changed(*fd, system, |file| Event::SetLength { file, length: *length as usize })
            }
            Call::Allocate { fd, end } => inner.changed(*fd, system, |file| Event::Grow { file, length: *end as usize }),
            Call::Rename { from, to } => {
                let ((dir, from), (to_dir, to)) = (self.split(from.to_bytes()), self.split(to.to_bytes()));
                assert_eq!(dir, to_dir, "renaming across directories is not simulated");
                inner.after(system, Event::Rename { dir, from, to })
            }
            Call::Unlink { path } => {
                let (dir, name) = self.split(path.to_bytes());
                inner.after(system, Event::Unlink { dir, name })
            }
            Call::MakeDir { path } => {
                let (dir, name) = self.split(path.to_bytes());
                inner.after(system, Event::MakeDir { dir, name })
            }
        }
    }

    fn open(&self, inner: &mut Inner, path: &CStr, flags: c_int, system: &dyn Fn(usize) -> ssize_t) -> ssize_t {
        let before = file_at(path);
        let opened = system(0);
        if opened < 0 {
            return opened;
        }
        match before {
            None => {
                let file = inner.files_made;
                inner.files_made += 1;
                inner.files.insert(file_of(opened as c_int).0, file);
                let (dir, name) = self.split(path.to_bytes());
                inner.events.push(Event::Create { dir, name, file });
            }
            Some(number) if flags & libc::O_TRUNC != 0 => {
                let file = inner.file(number);
                inner.events.push(Event::SetLength { file, length: 0 });
            }
            Some(_) => {}
        }
        opened
    }
}

impl Inner {
    fn file(&self, number: u64) -> FileId {
        *self.files.get(&number).expect("every file was there at first or was made under watch")
    }

    fn after(&mut self, system: &dyn Fn(usize) -> ssize_t, event: Event) -> ssize_t {
        let result = system(0);
        if result == 0 {
            self.events.push(event);
        }
        result
    }

    fn changed(&mut self, fd: c_int, system: &dyn Fn(usize) -> ssize_t, event: impl Fn(FileId) -> Event) -> ssize_t {
        let event = event(self.file(file_of(fd).0));
        self.after(system, event)
    }
}

impl Call<'_> {
    fn kind(&self) -> Kind {
        match self {
            Self::Open { .. } => Kind::Open,
            Self::Read { .. } => Kind::Read,
            Self::Write { .. } => Kind::Write,
            Self::Sync { .. } => Kind::Sync,
            Self::SetLength { .. } => Kind::SetLength,
            Self::Allocate { .. } => Kind::Allocate,
            Self::Rename { .. } => Kind::Rename,
            Self::Unlink { .. } => Kind::Unlink,
            Self::MakeDir { .. } => Kind::MakeDir,
        }
    }
}

/// Watches until it is dropped.
pub struct Watch {
    disk: Arc<Disk>,
}

impl Watch {
    pub fn disk(&self) -> &Arc<Disk> {
        &self.disk
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut disks = WATCHED.lock().expect("nothing panics while it is held");
        disks.retain(|disk| !Arc::ptr_eq(disk, &self.disk));
        WATCHED_COUNT.fetch_sub(1, Ordering::AcqRel);
    }
}
