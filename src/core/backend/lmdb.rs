//! The backend on disk. The only file that names LMDB.
//!
//! Every commit is synced. Read transactions are not tied to threads, and the reader table is large, since each request that
//! reaches the disk opens one for a moment.
//!
//! LMDB trusts its pages. So every row ends with a checksum over its table, key and value, which each read verifies: a byte that
//! the disk changed is a fault and never an answer. What links the rows together is looked over when the file is opened: [`pages`].
//! (Where the disk fails to deliver a mapped page while the member runs, the system ends the process, which answers nothing wrong.)

use std::{fs::File, ops::Bound, os::unix::fs::OpenOptionsExt, path::Path, sync::Arc};

use heed::{Database, Env, EnvFlags, EnvOpenOptions, PutFlags, RoTxn, RwTxn, WithoutTls, types::Bytes as Raw};

use super::{BackendError, Batch, Durable, DurableRead, Result, Row, Rows, Sizes, Table, pages};

/// Address space to reserve for the file; it is sparse, so this costs nothing until used.
const MAP_BYTES: usize = 1 << 40;
/// What to fall back to where the address space is limited.
const MAP_BYTES_MIN: usize = 1 << 32;
/// Read transactions at one time.
const READERS_MAX: u32 = 4096;
/// What LMDB's lock file holds for each reader is a cache line; its head is less than four of them.
const READER_BYTES: u64 = 64;

/// Free pages that LMDB turns over from commit to commit. They are in use in that no defragmentation gives them back for long.
const COPY_ON_WRITE_BYTES: u64 = 256 * 1024;

/// Less free space than this is a full disk: a flush needs more.
const DISK_FULL_BYTES: u64 = 16 * 1024 * 1024;

/// A table that a file of an earlier build lacks is one without rows; it is made when the file is opened for writing.
type Tables = [Option<Database<Raw, Raw>>; Table::ALL.len()];

/// Tables that files of earlier builds do not have.
const ADDED_LATER: [Table; 3] = [Table::User, Table::Role, Table::Token];

/// An open LMDB file.
pub struct Lmdb {
    env: Env<WithoutTls>,
    tables: Tables,
    /// The file, for messages to operators.
    place: Arc<str>,
}

fn fault(place: &str, operation: &'static str) -> impl Fn(heed::Error) -> BackendError {
    move |source| BackendError::Lmdb { operation, path: place.to_owned(), source }
}

impl Lmdb {
    /// Opens or creates the file at `path`. Its lock file lies beside it.
    ///
    /// # Errors
    /// When the file cannot be opened or is no LMDB file.
    pub fn open(path: &Path) -> Result<Self> {
        let place: Arc<str> = path.display().to_string().into();
        pages::check(path).map_err(|trouble| in_file(trouble, &place))?;
        take_room_for_readers(path)?;
        // NO_SUB_DIR only says that the path is a file, NO_READ_AHEAD is advice.
        let env = open_env(path, &place, EnvFlags::NO_SUB_DIR | EnvFlags::NO_READ_AHEAD)?;
        fill_up(&env, path)?;
        let mut txn = env.write_txn().map_err(fault(&place, "open"))?;
        let mut open = |table: Table| env.create_database(&mut txn, Some(table.name())).map_err(fault(&place, "open"));
        let mut tables = Vec::with_capacity(Table::ALL.len());
        for table in Table::ALL {
            tables.push(Some(open(table)?));
        }
        txn.commit().map_err(fault(&place, "open"))?;
        let tables = tables.try_into().expect("one database for each table");
        Ok(Self { env, tables, place })
    }

    /// Opens the file at `path` for reading alone: neither it nor anything beside it is changed or made. Whoever calls this holds
    /// the lock of the data directory. Every page is looked over, however large the file is: where a sound file is filled up with
    /// zeros, this one stays as short as it is.
    ///
    /// # Errors
    /// When the file cannot be opened, is no LMDB file, or lacks a table.
    pub fn open_unchanged(path: &Path) -> Result<Self> {
        let place: Arc<str> = path.display().to_string().into();
        pages::check_all(path).map_err(|trouble| in_file(trouble, &place))?;
        // Nobody else has the file open, so that nothing is to be told to others by a lock file.
        let flags = EnvFlags::NO_SUB_DIR | EnvFlags::NO_READ_AHEAD | EnvFlags::READ_ONLY | EnvFlags::NO_LOCK;
        let env = open_env(path, &place, flags)?;
        let txn = env.read_txn().map_err(fault(&place, "open"))?;
        let mut tables = Vec::with_capacity(Table::ALL.len());
        for table in Table::ALL {
            let opened = env.open_database(&txn, Some(table.name())).map_err(fault(&place, "open"))?;
            if opened.is_none() && !ADDED_LATER.contains(&table) {
                let detail = format!("it has no table {}", table.name());
                return Err(BackendError::DamagedFile { path: place.to_string(), detail });
            }
            tables.push(opened);
        }
        // Only a transaction that was committed leaves its tables open.
        txn.commit().map_err(fault(&place, "open"))?;
        let tables = tables.try_into().expect("one database for each table");
        Ok(Self { env, tables, place })
    }
}

fn in_file(trouble: pages::Trouble, place: &str) -> BackendError {
    match trouble {
        pages::Trouble::Damage(detail) => BackendError::DamagedFile { path: place.to_owned(), detail },
        pages::Trouble::Io(source) => BackendError::Io { path: place.to_owned(), source },
    }
}

/// Maps as much as the address space has room for.
fn open_env(path: &Path, place: &str, flags: EnvFlags) -> Result<Env<WithoutTls>> {
    let mut map_bytes = MAP_BYTES;
    loop {
        let mut options = EnvOpenOptions::new().read_txn_without_tls();
        options.map_size(map_bytes).max_dbs(Table::ALL.len() as u32).max_readers(READERS_MAX);
        // SAFETY: none of the flags that are passed leaves a commit unsynced, and the one that leaves out LMDB's own locks comes
        // with reading alone.
        #[expect(unsafe_code, reason = "some of LMDB's flags give up safety; these do not")]
        unsafe {
            options.flags(flags)
        };
        // SAFETY: the data directory is locked by this process before any file in it is opened, so no other process
        // changes the file under the map.
        #[expect(unsafe_code, reason = "a memory map is only as sound as the file is left alone")]
        let opened = unsafe { options.open(path) };
        match opened {
            Err(heed::Error::Io(error)) if error.kind() == std::io::ErrorKind::OutOfMemory && map_bytes > MAP_BYTES_MIN => {
                map_bytes /= 4;
            }
            opened => return opened.map_err(fault(place, "open")),
        }
    }
}

impl Lmdb {
    /// LMDB says "input/output error" of a short write; where the disk is full, that is the reason.
    fn explain(&self, error: BackendError) -> BackendError {
        let path = self.env.path();
        let full = rustix::fs::statvfs(path).is_ok_and(|disk| disk.f_bavail.saturating_mul(disk.f_frsize) < DISK_FULL_BYTES);
        if full { BackendError::DiskFull { path: path.display().to_string(), reason: error.to_string() } } else { error }
    }
}

/// Whether LMDB found its file to be wrong.
pub(super) fn is_damage(error: &heed::Error) -> bool {
    use heed::MdbError::{Corrupted, Incompatible, Invalid, PageFull, PageNotFound, Panic};
    matches!(error, heed::Error::Mdb(Corrupted | Incompatible | Invalid | PageFull | PageNotFound | Panic))
}

/// What an operator can do about it.
pub(super) fn remedy(error: &heed::Error) -> &'static str {
    if is_damage(error) { "; restore this member from a snapshot or another member" } else { "" }
}

/// Makes LMDB's lock file as long as it will be, and takes room on the disk for all of it.
///
/// LMDB maps that file and writes to it through the map. Left to LMDB it is sparse, and the first touch of a page for which the disk
/// has no room would kill the process.
pub(super) fn take_room_for_readers(path: &Path) -> Result<()> {
    let mut lock = path.as_os_str().to_owned();
    lock.push("-lock");
    let io = |source: std::io::Error| match source.kind() {
        std::io::ErrorKind::StorageFull => {
            BackendError::DiskFull { path: Path::new(&lock).display().to_string(), reason: source.to_string() }
        }
        _ => BackendError::Io { path: Path::new(&lock).display().to_string(), source },
    };
    let mut options = File::options();
    let file = options.read(true).write(true).create(true).truncate(false).mode(0o600).open(&lock).map_err(io)?;
    match rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, (u64::from(READERS_MAX) + 4) * READER_BYTES) {
        // Some file systems can't say beforehand whether there is room.
        Ok(()) | Err(rustix::io::Errno::OPNOTSUPP) => Ok(()),
        Err(errno) => Err(io(errno.into())),
    }
}

/// Makes the file as long as LMDB counts it.
///
/// Pages that a transaction took at the end and gave back before its commit are counted but never written, so a sound file may end
/// early. One that lost its end looks the same, and touching a page behind the end would kill the process. Zeros in the place of
/// what is missing do neither: LMDB takes no page of zeros for one of its own, and no row of zeros has a right checksum.
fn fill_up(env: &Env<WithoutTls>, path: &Path) -> Result<()> {
    let io = |source| BackendError::Io { path: path.display().to_string(), source };
    let found = std::fs::metadata(path).map_err(io)?.len();
    let counted = (env.info().last_page_number as u64 + 1) * u64::from(env.stat().page_size);
    if found < counted {
        tracing::info!(path = %path.display(), found, counted, "filled the state file up with unused pages");
        File::options().write(true).open(path).and_then(|file| file.set_len(counted)).map_err(io)?;
    }
    Ok(())
}

/// Bytes of a row's checksum.
const CHECKSUM_BYTES: usize = 4;

fn checksum(table: Table, key: &[u8], value: &[u8]) -> [u8; CHECKSUM_BYTES] {
    crc32c::crc32c_append(crc32c::crc32c_append(table as u32, key), value).to_le_bytes()
}

/// A row's value without its checksum, which must be right.
fn checked<'a>(table: Table, key: &[u8], stored: &'a [u8]) -> Result<&'a [u8]> {
    if let Some((value, sum)) = stored.split_last_chunk::<CHECKSUM_BYTES>()
        && *sum == checksum(table, key, value)
    {
        return Ok(value);
    }
    Err(BackendError::Damaged { table: table.name(), key: key.to_vec() })
}

fn checked_row(table: Table, (key, stored): Row<'_>) -> Result<Row<'_>> {
    Ok((key, checked(table, key, stored)?))
}

fn sync(file: &File, path: &Path) -> Result<()> {
    file.sync_all().map_err(|source| BackendError::Io { path: path.display().to_string(), source })
}

impl Durable for Lmdb {
    fn read(&self) -> Result<Box<dyn DurableRead>> {
        let txn = self.env.clone().static_read_txn().map_err(fault(&self.place, "read"))?;
        Ok(Box::new(LmdbRead { txn, tables: self.tables, place: Arc::clone(&self.place) }))
    }

    fn commit(&self, fill: &mut dyn FnMut(&mut dyn Batch) -> Result<()>) -> Result<()> {
        let mut batch = LmdbBatch {
            txn: self.env.write_txn().map_err(fault(&self.place, "write"))?,
            tables: &self.tables,
            place: &self.place,
            row: Vec::new(),
        };
        let filled = fill(&mut batch);
        filled.and_then(|()| batch.txn.commit().map_err(fault(&self.place, "commit"))).map_err(|error| self.explain(error))
    }

    fn sizes(&self) -> Result<Sizes> {
        let page = u64::from(self.env.stat().page_size);
        let allocated = (self.env.info().last_page_number as u64 + 1) * page;
        let live = self.env.non_free_pages_size().map_err(fault(&self.place, "size"))?;
        let in_use = (live + COPY_ON_WRITE_BYTES).min(allocated);
        Ok(Sizes { allocated, in_use })
    }

    fn copy_compacted(&self, target: &Path) -> Result<()> {
        let copy = self.env.copy_to_path(target, heed::CompactionOption::Enabled).map_err(fault(&self.place, "copy"))?;
        sync(&copy, target)
    }
}

struct LmdbRead {
    txn: RoTxn<'static, WithoutTls>,
    tables: Tables,
    place: Arc<str>,
}

impl DurableRead for LmdbRead {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<&[u8]>> {
        let Some(rows) = &self.tables[table as usize] else { return Ok(None) };
        let stored = rows.get(&self.txn, key).map_err(fault(&self.place, "read"))?;
        stored.map(|stored| checked(table, key, stored)).transpose()
    }

    fn seek(&self, table: Table, key: &[u8]) -> Result<Option<Row<'_>>> {
        let Some(rows) = &self.tables[table as usize] else { return Ok(None) };
        let row = rows.get_greater_than_or_equal_to(&self.txn, key).map_err(fault(&self.place, "read"))?;
        row.map(|row| checked_row(table, row)).transpose()
    }

    fn scan(&self, table: Table, from: &[u8]) -> Result<Rows<'_>> {
        let Some(rows) = &self.tables[table as usize] else { return Ok(Box::new(std::iter::empty())) };
        // LMDB knows no empty key.
        let start = if from.is_empty() { Bound::Unbounded } else { Bound::Included(from) };
        let bounds = (start, Bound::Unbounded);
        let rows = rows.range(&self.txn, &bounds).map_err(fault(&self.place, "read"))?;
        Ok(Box::new(rows.map(move |row| checked_row(table, row.map_err(fault(&self.place, "read"))?))))
    }

    fn last(&self, table: Table) -> Result<Option<Row<'_>>> {
        let Some(rows) = &self.tables[table as usize] else { return Ok(None) };
        let row = rows.last(&self.txn).map_err(fault(&self.place, "read"))?;
        row.map(|row| checked_row(table, row)).transpose()
    }
}

struct LmdbBatch<'a> {
    txn: RwTxn<'a>,
    tables: &'a Tables,
    place: &'a str,
    /// Value and checksum of the row that is being written.
    row: Vec<u8>,
}

impl LmdbBatch<'_> {
    fn rows(&self, table: Table) -> Database<Raw, Raw> {
        self.tables[table as usize].expect("a file that is opened for writing has every table")
    }

    fn write(&mut self, table: Table, key: &[u8], value: &[u8], flags: PutFlags) -> Result<()> {
        self.row.clear();
        self.row.extend_from_slice(value);
        self.row.extend_from_slice(&checksum(table, key, value));
        self.rows(table).put_with_flags(&mut self.txn, flags, key, &self.row).map_err(fault(self.place, "write"))
    }
}

impl Batch for LmdbBatch<'_> {
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<()> {
        self.write(table, key, value, PutFlags::empty())
    }

    fn append(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<()> {
        self.write(table, key, value, PutFlags::APPEND)
    }

    fn delete(&mut self, table: Table, key: &[u8]) -> Result<()> {
        self.rows(table).delete(&mut self.txn, key).map(drop).map_err(fault(self.place, "write"))
    }
}
