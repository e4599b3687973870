//! Whole states on their way between members: reading ours to send it, and taking one in.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use parking_lot::Mutex;
use prost::Message;
use quorate_proto::peer as wire;

use super::{
    super::{
        apply::read_applied,
        backend::{Backend, BackendError, Batch, Durable, DurableRead, Lmdb, Table, table::meta},
        data_dir::DataDir,
        peer::{Block, OpenSnapshot, PackedRows, Place, SnapshotSink, SnapshotSource, StateReader},
    },
    node_handle::NodeHandle,
};

/// Bytes that a receiving state gathers before it commits them. LMDB copies them once more, so twice this much is held at the most.
/// Where members share a disk, the others' syncs wait for each of these, so they are small.
const BYTES_PER_COMMIT: usize = 4 * 1024 * 1024;

/// Sends the state on disk.
pub struct StateSource {
    pub backend: Arc<Backend>,
}

impl SnapshotSource for StateSource {
    fn open(&self, mut message: wire::Message) -> Result<OpenSnapshot, String> {
        let disk = self.backend.state().durable.read().map_err(|error| error.to_string())?;
        let applied = disk.get(Table::Meta, meta::APPLIED).map_err(|error| error.to_string())?;
        let applied = applied.ok_or("nothing is flushed yet")?;
        message.snapshot = Some(wire::Snapshot::decode(applied).map_err(|error| error.to_string())?);
        Ok(OpenSnapshot { header: message, reader: Box::new(DiskReader::new(disk)) })
    }
}

/// Reads the rows of all tables. A disk transaction stays open for as long as the sending lasts.
struct DiskReader {
    disk: Box<dyn DurableRead>,
    /// Those that come yet, the one being read first.
    tables: &'static [Table],
    /// The key given last, to go on behind it. (With a zero byte at its end it could be longer than LMDB takes.)
    after: Vec<u8>,
}

impl DiskReader {
    fn new(disk: Box<dyn DurableRead>) -> Self {
        Self { disk, tables: &Table::ALL, after: Vec::new() }
    }

    fn fill(&mut self, block: &mut Block) -> Result<Option<Table>, BackendError> {
        while let Some((&table, others)) = self.tables.split_first() {
            for row in self.disk.scan(table, &self.after)? {
                let (key, value) = row?;
                // No table has an empty key, so nothing is skipped at the start of one.
                if *key == *self.after {
                    continue;
                }
                block.push(key, value);
                if block.is_full() {
                    break;
                }
            }
            if let Some(last) = block.last_key() {
                last.clone_into(&mut self.after);
                return Ok(Some(table));
            }
            self.tables = others;
            self.after.clear();
        }
        Ok(None)
    }
}

impl StateReader for DiskReader {
    fn read(&mut self, block: &mut Block) -> Result<Option<String>, String> {
        let table = self.fill(block).map_err(|error| error.to_string())?;
        Ok(table.map(|table| table.name().to_owned()))
    }

    fn go_on(&mut self, behind: Option<&Place>) -> Result<(), String> {
        let Some(Place { table, key }) = behind else {
            (self.tables, self.after) = (&Table::ALL, Vec::new());
            return Ok(());
        };
        let at = Table::ALL.iter().position(|known| known.name() == table).ok_or_else(|| format!("no table {table}"))?;
        (self.tables, self.after) = (&Table::ALL[at..], key.clone());
        Ok(())
    }
}

/// The files with states of this member: the one in use, and others that may take its place.
pub trait StateFiles: Send + Sync + 'static {
    /// Where a new file may be written.
    fn new_path(&self) -> PathBuf;
    /// Opens a file, or begins one.
    ///
    /// # Errors
    /// When that fails; a file that is not one of ours is not touched.
    fn open(&self, path: &Path) -> Result<Arc<dyn Durable>, BackendError>;
    /// Puts a file in use: a restart finds it in the place of the one before.
    ///
    /// # Errors
    /// In words; it is then not certain which one a restart finds, and both are there.
    fn install(&self, path: &Path) -> Result<(), String>;
    /// Removes a file that nothing uses.
    fn forget(&self, path: &Path);
}

impl StateFiles for DataDir {
    fn new_path(&self) -> PathBuf {
        self.new_state_path()
    }

    fn open(&self, path: &Path) -> Result<Arc<dyn Durable>, BackendError> {
        Ok(Arc::new(Lmdb::open(path)?))
    }

    fn install(&self, path: &Path) -> Result<(), String> {
        self.install_state(path).map_err(|error| error.to_string())
    }

    fn forget(&self, path: &Path) {
        self.forget_state(path);
    }
}

/// States that were received and wait to take the backend's place. One at a time: from the first row until raft has refused it or
/// it is in place. Another one that arrives before is turned away, and sent again later.
pub struct ReceivedStates {
    files: Arc<dyn StateFiles>,
    slot: Mutex<Slot>,
}

enum Slot {
    Empty,
    Arriving,
    Ready(Ready),
}

struct Ready {
    index: u64,
    path: PathBuf,
    disk: Arc<dyn Durable>,
}

impl ReceivedStates {
    pub fn new(files: Arc<dyn StateFiles>) -> Self {
        Self { files, slot: Mutex::new(Slot::Empty) }
    }

    /// Makes a place for a state; `None` while another one is arriving, or has arrived and is not yet in place.
    pub fn begin(self: &Arc<Self>, header: &wire::Message, node: NodeHandle) -> Option<Box<dyn SnapshotSink>> {
        let mut slot = self.slot.lock();
        if !matches!(*slot, Slot::Empty) {
            return None;
        }
        *slot = Slot::Arriving;
        drop(slot);
        let path = self.files.new_path();
        match self.files.open(&path) {
            Ok(disk) => Some(Box::new(Arriving {
                states: Arc::clone(self),
                disk: Some(disk),
                path,
                header: header.clone(),
                node,
                pending: Vec::new(),
                pending_bytes: 0,
            })),
            Err(error) => {
                tracing::warn!(%error, "no place for a state from another member");
                *self.slot.lock() = Slot::Empty;
                None
            }
        }
    }

    /// Raft does not take the state of this index.
    pub fn refused(&self, index: u64) {
        let mut slot = self.slot.lock();
        if let Slot::Ready(ready) = &*slot
            && ready.index == index
            && let Slot::Ready(Ready { path, disk, .. }) = std::mem::replace(&mut *slot, Slot::Empty)
        {
            drop(disk);
            self.files.forget(&path);
        }
    }

    /// Puts the state that was received for `index` in the place of the present one.
    ///
    /// # Errors
    /// In words: it is not there, or the directory cannot be changed.
    pub fn take(&self, index: u64) -> Result<Arc<dyn Durable>, String> {
        let mut slot = self.slot.lock();
        let Slot::Ready(ready) = std::mem::replace(&mut *slot, Slot::Empty) else {
            return Err("it is not there".into());
        };
        if ready.index != index {
            return Err(format!("another one, of index {}, is there", ready.index));
        }
        self.files.install(&ready.path)?;
        Ok(ready.disk)
    }
}

/// A state that is being received.
struct Arriving {
    states: Arc<ReceivedStates>,
    disk: Option<Arc<dyn Durable>>,
    path: PathBuf,
    header: wire::Message,
    node: NodeHandle,
    pending: Vec<(Table, PackedRows)>,
    pending_bytes: usize,
}

impl Arriving {
    fn write(&mut self) -> Result<(), String> {
        let pending = std::mem::take(&mut self.pending);
        self.pending_bytes = 0;
        let disk = self.disk.as_ref().expect("open until finished");
        let written = disk.commit(&mut |batch: &mut dyn Batch| {
            for (table, rows) in &pending {
                // Rows of a table come in key order, so each goes behind all others.
                rows.iter().try_for_each(|(key, value)| batch.append(*table, key, value))?;
            }
            Ok(())
        });
        written.map_err(|error| error.to_string())
    }
}

impl SnapshotSink for Arriving {
    fn rows(&mut self, table: &str, rows: PackedRows) -> Result<(), String> {
        let table = Table::from_name(table).ok_or_else(|| format!("no table {table}"))?;
        self.pending_bytes += rows.bytes();
        self.pending.push((table, rows));
        if self.pending_bytes >= BYTES_PER_COMMIT { self.write() } else { Ok(()) }
    }

    fn finish(mut self: Box<Self>) -> Result<u64, String> {
        self.write()?;
        let disk = self.disk.take().expect("open until finished");
        let applied =
            read_applied(disk.read().map_err(|error| error.to_string())?.as_ref()).map_err(|error| error.to_string())?;
        let announced = self.header.snapshot.as_ref().map_or(0, |snapshot| snapshot.index);
        if applied.index != announced || announced == 0 {
            return Err(format!("the state is of index {}, its header of {announced}", applied.index));
        }
        let path = std::mem::take(&mut self.path);
        *self.states.slot.lock() = Slot::Ready(Ready { index: applied.index, path, disk });
        if !self.node.deliver_state(self.header.clone()) {
            self.states.refused(applied.index);
            return Err("this member has no room for the state's announcement".into());
        }
        Ok(applied.index)
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        if self.path.as_os_str().is_empty() {
            return;
        }
        self.disk = None;
        self.states.files.forget(&self.path);
        *self.states.slot.lock() = Slot::Empty;
    }
}

#[cfg(test)]
mod tests {
    use super::{super::super::backend::MemoryStore, *};

    fn header(index: u64) -> wire::Message {
        wire::Message { snapshot: Some(wire::Snapshot { index, ..wire::Snapshot::default() }), ..wire::Message::default() }
    }

    fn arrive(states: &Arc<ReceivedStates>, index: u64) -> Option<u64> {
        let mut sink = states.begin(&header(index), NodeHandle::unheard())?;
        let applied = wire::Snapshot { index, ..wire::Snapshot::default() }.encode_to_vec();
        let mut block = Block::new(1 << 20);
        block.push(meta::APPLIED, &applied);
        let chunk = block.seal(Table::Meta.name().into());
        sink.rows(&chunk.table, PackedRows::check(&chunk).unwrap()).unwrap();
        Some(sink.finish().unwrap())
    }

    /// One that arrived next once took the place of one that raft had taken already, and the member stopped because it was gone.
    #[test]
    fn a_state_that_waits_to_be_put_in_place_is_replaced_by_none() {
        let root = tempfile::tempdir().unwrap();
        let dir = Arc::new(DataDir::open(root.path(), None).unwrap());
        dir.open_state().unwrap();
        let states = Arc::new(ReceivedStates::new(dir));
        assert_eq!(arrive(&states, 7), Some(7));
        assert_eq!(arrive(&states, 9), None);
        states.refused(9);
        assert!(states.take(7).is_ok());
        // One that raft refuses makes room.
        assert_eq!(arrive(&states, 9), Some(9));
        states.refused(9);
        assert_eq!(arrive(&states, 11), Some(11));
        assert!(states.take(11).is_ok());
    }

    /// An index key of the largest size at the end of a piece once ended the sending: going on behind it asked LMDB for a key that
    /// is one byte longer.
    #[test]
    fn keys_of_the_largest_size_are_sent_once_each() {
        let dir = tempfile::tempdir().unwrap();
        let lmdb = Lmdb::open(&dir.path().join("state.mdb")).unwrap();
        let key = |number: u16| [&number.to_be_bytes()[..], &[b'k'; 509]].concat();
        let value = vec![7; 400_000];
        lmdb.commit(&mut |batch| (0..10).try_for_each(|number| batch.append(Table::Index, &key(number), &value))).unwrap();
        let mut reader = DiskReader::new(lmdb.read().unwrap());
        let (mut keys, mut blocks) = (Vec::new(), 0);
        loop {
            let mut block = Block::new(1 << 20);
            let Some(table) = reader.read(&mut block).unwrap() else { break };
            assert_eq!(table, "index");
            let rows = PackedRows::check(&block.seal(table)).unwrap();
            keys.extend(rows.iter().map(|(key, _)| key.to_vec()));
            blocks += 1;
        }
        assert!(blocks > 1);
        assert_eq!(keys, (0..10).map(key).collect::<Vec<_>>());
    }

    /// Every key of a state that is read from this place on.
    fn rest(reader: &mut DiskReader) -> Vec<(String, Vec<u8>)> {
        let mut rest = Vec::new();
        loop {
            let mut block = Block::new(1 << 20);
            let Some(table) = reader.read(&mut block).unwrap() else { return rest };
            let rows = PackedRows::check(&block.seal(table.clone())).unwrap();
            rest.extend(rows.iter().map(|(key, _)| (table.clone(), key.to_vec())));
        }
    }

    #[test]
    fn reading_goes_on_behind_any_row() {
        let store = MemoryStore::default();
        let filled = store.commit(&mut |batch| {
            for table in [Table::Record, Table::Lease, Table::Meta] {
                (0..3u8).try_for_each(|key| batch.append(table, &[b'k', key], b"value"))?;
            }
            Ok(())
        });
        filled.unwrap();
        let mut reader = DiskReader::new(store.read().unwrap());
        let all = rest(&mut reader);
        assert_eq!(all.len(), 9);
        for (at, (table, key)) in all.iter().enumerate() {
            reader.go_on(Some(&Place { table: table.clone(), key: key.clone() })).unwrap();
            assert_eq!(rest(&mut reader), all[at + 1..]);
        }
        reader.go_on(None).unwrap();
        assert_eq!(rest(&mut reader), all);
        assert!(reader.go_on(Some(&Place { table: "tables".into(), key: Vec::new() })).is_err());
    }
}
