//! The flusher's steps with a disk that fails, and with a received state that takes the place of the present one at the worst
//! moment. No threads but where a thread is what is tested.

use std::{
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use quorate_proto::etcdserverpb::{CompactionRequest, PutRequest};

use super::*;
use crate::core::{
    apply::{Command, Proposal, SharedState},
    backend::{Batch, Durable, DurableRead, Lmdb, Table},
    consensus::{Committed, EntryKind},
    data_dir::DataDir,
    mvcc::View,
};

type Hook = Mutex<Option<Box<dyn FnOnce() + Send>>>;

/// A disk on which something else happens in the middle of a commit or a copy.
struct Hooked {
    disk: Arc<dyn Durable>,
    full: AtomicBool,
    in_commit: Hook,
    in_copy: Hook,
}

impl Hooked {
    fn new(disk: Arc<dyn Durable>) -> Arc<Self> {
        Arc::new(Self { disk, full: AtomicBool::new(false), in_commit: Mutex::default(), in_copy: Mutex::default() })
    }

    fn check_space(&self) -> Result<()> {
        let full = || io::Error::from(io::ErrorKind::StorageFull);
        if self.full.load(Ordering::SeqCst) {
            return Err(BackendError::Io { path: "the state".into(), source: full() });
        }
        Ok(())
    }
}

fn call(hook: &Hook) {
    let hook = hook.lock().take();
    hook.into_iter().for_each(|hook| hook());
}

impl Durable for Hooked {
    fn read(&self) -> Result<Box<dyn DurableRead>> {
        self.disk.read()
    }

    fn commit(&self, fill: &mut dyn FnMut(&mut dyn Batch) -> Result<()>) -> Result<()> {
        self.check_space()?;
        call(&self.in_commit);
        self.disk.commit(fill)
    }

    fn sizes(&self) -> Result<Sizes> {
        self.disk.sizes()
    }

    fn copy_compacted(&self, target: &Path) -> Result<()> {
        self.check_space()?;
        self.disk.copy_compacted(target)?;
        call(&self.in_copy);
        Ok(())
    }
}

struct World {
    root: tempfile::TempDir,
    dir: Arc<DataDir>,
    hooked: Arc<Hooked>,
    backend: Arc<Backend>,
    state: SharedState,
    applier: Arc<Mutex<Applier>>,
    sweep: Arc<SweepProgress>,
}

fn entry(index: u64, command: Command) -> Committed {
    let data = Proposal { id: index, author: Default::default(), command }.encode();
    Committed { index, term: 1, kind: EntryKind::Proposal, data }
}

fn put(index: u64, key: &str) -> Committed {
    let value = format!("value {index}").into();
    entry(index, Command::Put(PutRequest { key: key.to_owned().into(), value, ..PutRequest::default() }))
}

fn compact(index: u64, revision: i64) -> Committed {
    entry(index, Command::Compact(CompactionRequest { revision, physical: false }))
}

impl World {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let dir = Arc::new(DataDir::open(root.path(), None).unwrap());
        let hooked = Hooked::new(dir.open_state().unwrap());
        let backend = Arc::new(Backend::open(Arc::clone(&hooked) as Arc<dyn Durable>).unwrap());
        let state = SharedState::load(Arc::clone(&backend)).unwrap();
        let applier = Arc::new(Mutex::new(Applier::open(state.clone()).unwrap()));
        let sweep = Arc::new(SweepProgress::new(-1, -1));
        Self { root, dir, hooked, backend, state, applier, sweep }
    }

    fn flusher(&self) -> (Flusher, FlushSignal) {
        let (signal, woken) = FlushSignal::new(Duration::from_secs(1));
        let flusher = Flusher {
            applier: Arc::clone(&self.applier),
            backend: Arc::clone(&self.backend),
            store: Arc::clone(&self.state.store),
            node: NodeHandle::unheard(),
            signal: signal.clone(),
            woken,
            sweep: Arc::clone(&self.sweep),
            files: Arc::clone(&self.dir) as _,
            clock: Clock::System,
            metrics: Arc::new(Metrics::new(&[], false)),
        };
        (flusher, signal)
    }

    fn apply(&self, entries: impl IntoIterator<Item = Committed>) {
        let mut applier = self.applier.lock();
        for entry in entries {
            applier.apply(&entry).unwrap().outcome.unwrap();
            applier.end_batch();
        }
        self.sweep.compacted(self.state.store.compact_revision());
    }

    /// Does what the apply thread does with a received state that has applied `entries`.
    fn install(&self, entries: impl IntoIterator<Item = Committed>) {
        let path = self.dir.new_state_path();
        let other = Self::new();
        other.apply(entries);
        let (flusher, _) = other.flusher();
        flusher.flush(&mut flusher.on_disk().unwrap()).unwrap();
        other.hooked.disk.copy_compacted(&path).unwrap();
        let mut applier = self.applier.lock();
        let received = Arc::new(Lmdb::open(&path).unwrap());
        self.dir.install_state(&path).unwrap();
        applier.install(received).unwrap();
        self.sweep.reset(self.state.store.compact_revision(), -1);
    }

    fn keys(&self) -> Vec<String> {
        keys(&self.backend)
    }

    /// The keys that a restart finds, without what the log would give it again.
    fn keys_after_restart(self) -> Vec<String> {
        let Self { root, dir, hooked, backend, state, applier, .. } = self;
        drop((dir, hooked, backend, state, applier));
        let dir = DataDir::open(root.path(), None).unwrap();
        keys(&Arc::new(Backend::open(dir.open_state().unwrap()).unwrap()))
    }

    fn files(&self) -> usize {
        std::fs::read_dir(self.root.path().join("state")).unwrap().count()
    }
}

fn keys(backend: &Arc<Backend>) -> Vec<String> {
    let store = MvccStore::open(Arc::clone(backend)).unwrap();
    let options = crate::core::mvcc::RangeOptions::all(crate::core::key_range::KeyRange::From(bytes::Bytes::new()));
    let mut found = Vec::new();
    let (view, _) = store.view_at(0).unwrap();
    // The store of this test knows the revision on the disk alone; the overlay is above it.
    let view = View::new(backend.state(), view.upper().main.max(1000));
    let mut scan = view.scan(&options.range).unwrap();
    while let Some((key, _)) = scan.next_key(view.upper()).unwrap() {
        found.push(String::from_utf8(key.to_vec()).unwrap());
    }
    found
}

#[test]
fn what_was_applied_before_the_thread_began_is_flushed() {
    let world = World::new();
    world.apply([put(1, "a"), put(2, "b")]);
    let (flusher, _) = world.flusher();
    let mut on_disk = flusher.on_disk().unwrap();
    assert_eq!((on_disk.applied_index, on_disk.main_revision), (0, 1));
    flusher.flush(&mut on_disk).unwrap();
    assert_eq!((on_disk.applied_index, on_disk.main_revision), (2, 3));
    drop(flusher);
    assert_eq!(world.keys_after_restart(), ["a", "b"]);
}

#[test]
fn a_full_disk_stops_the_flusher_and_lets_go_of_who_waits_for_it() {
    let world = World::new();
    world.apply([put(1, "a")]);
    let (flusher, signal) = world.flusher();
    flusher.flush(&mut flusher.on_disk().unwrap()).unwrap();
    world.apply([put(2, "b")]);
    world.hooked.full.store(true, Ordering::SeqCst);
    let thread = std::thread::spawn(move || flusher.run());
    signal.now();
    let error = thread.join().unwrap().unwrap_err().to_string();
    assert!(error.contains("the state") && error.contains("no storage space"), "{error}");
    // The apply thread would wait here: the generation stays closed for good.
    assert!(world.backend.state().closed.is_some() && signal.is_stopped());
    world.backend.wait_flushed(|| signal.is_stopped());
    assert_eq!(world.keys(), ["a", "b"], "reads go on until the member has stopped");
    let applied = read_applied(world.hooked.read().unwrap().as_ref()).unwrap();
    assert_eq!(applied.index, 1, "the log is replayed from here");
    assert_eq!(world.keys_after_restart(), ["a"]);
}

#[test]
fn defragmenting_keeps_everything_in_another_file() {
    let world = World::new();
    world.apply((1..200).map(|index| put(index, &format!("{index:03}"))));
    let (flusher, _) = world.flusher();
    let mut on_disk = flusher.on_disk().unwrap();
    flusher.flush(&mut on_disk).unwrap();
    world.apply([put(200, "200")]);
    flusher.defragment().unwrap().unwrap();
    world.apply([put(201, "201")]);
    flusher.flush(&mut on_disk).unwrap();
    assert_eq!(world.keys().len(), 201);
    drop(flusher);
    assert_eq!(world.keys_after_restart().len(), 201);
}

#[test]
fn a_defragmentation_without_space_changes_nothing() {
    let world = World::new();
    world.apply([put(1, "a")]);
    let (flusher, _) = world.flusher();
    flusher.flush(&mut flusher.on_disk().unwrap()).unwrap();
    let files = world.files();
    world.hooked.full.store(true, Ordering::SeqCst);
    flusher.defragment().unwrap().unwrap_err();
    world.hooked.full.store(false, Ordering::SeqCst);
    assert_eq!(world.files(), files);
    world.apply([put(2, "b")]);
    flusher.flush(&mut flusher.on_disk().unwrap()).unwrap();
    drop(flusher);
    assert_eq!(world.keys_after_restart(), ["a", "b"]);
}

/// The copy of the old state once took the place of the received one, and an empty file its place on disk.
#[test]
fn a_state_received_while_the_old_one_is_defragmented_stays() {
    let world = Arc::new(World::new());
    world.apply([put(1, "old")]);
    let (flusher, _) = world.flusher();
    let mut on_disk = flusher.on_disk().unwrap();
    flusher.flush(&mut on_disk).unwrap();
    let in_copy = Arc::clone(&world);
    *world.hooked.in_copy.lock() = Some(Box::new(move || in_copy.install([put(1, "old"), put(2, "new")])));
    flusher.defragment().unwrap().unwrap();
    assert_eq!(world.keys(), ["new", "old"]);
    world.apply([put(3, "newer")]);
    flusher.flush(&mut on_disk).unwrap();
    flusher.defragment().unwrap().unwrap();
    drop(flusher);
    let world = Arc::into_inner(world).unwrap();
    assert_eq!(world.keys_after_restart(), ["new", "newer", "old"]);
}

#[test]
fn a_state_received_during_a_flush_is_neither_flushed_over_nor_taken_as_swept() {
    let world = Arc::new(World::new());
    let history = || (1..20).map(|index| put(index, "k"));
    world.apply(history());
    let (flusher, _) = world.flusher();
    let mut on_disk = flusher.on_disk().unwrap();
    flusher.flush(&mut on_disk).unwrap();
    world.apply([compact(20, 15)]);
    let in_commit = Arc::clone(&world);
    let received = move || history().chain([compact(20, 15), put(21, "new"), compact(22, 18)]);
    *world.hooked.in_commit.lock() = Some(Box::new(move || in_commit.install(received())));
    flusher.flush(&mut on_disk).unwrap();
    assert_eq!(world.keys(), ["k", "new"]);
    while flusher.flush(&mut on_disk).unwrap() {}
    let state = world.backend.state();
    let disk = state.durable.read().unwrap();
    let revisions = StoredRevisions::read(disk.as_ref()).unwrap();
    assert_eq!(revisions, StoredRevisions { current: 21, compact: 18, swept: 18 });
    assert_eq!(disk.scan(Table::Record, &[]).unwrap().count(), 4, "revisions 18, 19, 20 and 21 are left");
}

/// A view opens the disk when it first needs it. When compaction and sweep came in between, a key that was there throughout was
/// once answered as missing.
#[test]
fn a_read_of_the_present_that_a_sweep_overtook_is_done_again() {
    let world = World::new();
    world.apply([put(1, "k"), put(2, "k")]);
    let (flusher, _) = world.flusher();
    let mut on_disk = flusher.on_disk().unwrap();
    flusher.flush(&mut on_disk).unwrap();
    let store = &world.state.store;
    let mut attempts = 0;
    let overtake = |view: &View| {
        attempts += 1;
        if attempts == 1 {
            world.apply([put(3, "k"), compact(4, 4)]);
            while flusher.flush(&mut on_disk).unwrap() {}
        }
        Ok(view.newest(&"k".into())?.map(|found| found.revision.main))
    };
    assert_eq!(store.read_at(0, overtake).unwrap(), Ok((Some(4), 4)));
    assert_eq!(attempts, 2);
}

#[test]
fn a_read_at_a_revision_that_is_compacted_meanwhile_is_refused() {
    let world = World::new();
    world.apply([put(1, "k"), put(2, "k"), put(3, "k")]);
    let store = &world.state.store;
    let read = store.read_at(2, |view| {
        world.apply([compact(4, 3)]);
        view.newest(&"k".into())
    });
    assert_eq!(read.unwrap().unwrap_err(), crate::core::mvcc::RevisionRefusal::Compacted);
}

/// The index of long keys is in memory and goes on living while a view is read.
#[test]
fn errors_of_a_read_that_was_overtaken_are_none() {
    let world = World::new();
    let long = "l".repeat(600);
    world.apply([put(1, &long)]);
    let read = world.state.store.read_at(0, |view| {
        if view.upper().main == 2 {
            world.apply([put(2, &long), compact(3, 3)]);
            return Err(BackendError::Missing(crate::core::mvcc::Revision::new(2, 0)));
        }
        view.newest(&long.clone().into())
    });
    assert_eq!(read.unwrap().unwrap().0.unwrap().revision.main, 3);
}

/// The hash that a compaction leaves is computed while later compactions are swept; long keys vanished from under it.
#[test]
fn a_pinned_index_of_long_keys_keeps_what_is_swept() {
    let world = World::new();
    let long = "l".repeat(600);
    world.apply([put(1, &long), put(2, "x"), compact(3, 2)]);
    let (flusher, _) = world.flusher();
    let mut on_disk = flusher.on_disk().unwrap();
    while flusher.flush(&mut on_disk).unwrap() {}
    let state = world.backend.state();
    let (pin, long_index) = (state.long.pin(), Arc::clone(&state.long));
    let view = View::new(state, 3);
    view.disk().unwrap();
    let hash = crate::core::mvcc::hash_view(&view, 2).unwrap();
    world.apply([put(4, &long), compact(5, 4)]);
    while flusher.flush(&mut on_disk).unwrap() {}
    assert_eq!(crate::core::mvcc::hash_view(&view, 2).unwrap(), hash);
    assert_eq!(long_index.versions().len(), 2);
    drop((view, pin));
    world.apply([put(6, &long), compact(7, 5)]);
    while flusher.flush(&mut on_disk).unwrap() {}
    assert_eq!(long_index.versions().len(), 1, "without a pin the index holds what is readable");
}
