//! Write transactions: all changes of one main revision.

use std::{cell::RefCell, sync::Arc};

use bytes::Bytes;

use super::{
    super::{
        backend::{DurableRead, Generation, Result, State, Version, table},
        key_range::KeyRange,
        revision::Revision,
    },
    event::{Change, ChangeKind, RevisionChanges},
    record::{delete_event_record, encode_record, encode_tombstone, key_of},
    store::MvccStore,
    view::{Found, View, newest_on_disk},
};

/// The disk as the writer sees it, kept open for a batch of transactions.
///
/// A disk transaction belongs to the state that it was opened under: of what was flushed since, the state still has the closed
/// generation. So it is opened anew whenever the state is another one, and dropped at the end of a batch, since it pins pages.
#[derive(Default)]
pub struct WriterDisk {
    open: Option<(Arc<State>, Box<dyn DurableRead>)>,
}

impl WriterDisk {
    /// Lets go of the disk.
    pub fn close(&mut self) {
        self.open = None;
    }

    fn under(&mut self, state: &Arc<State>) -> Result<&dyn DurableRead> {
        if !self.open.as_ref().is_some_and(|(of, _)| Arc::ptr_eq(of, state)) {
            self.open = Some((Arc::clone(state), state.durable.read()?));
        }
        let (_, disk) = self.open.as_ref().expect("opened just above");
        Ok(disk.as_ref())
    }
}

/// Collects the changes of one main revision.
///
/// Changes go straight to the active generation, above every reader's revision; [`Self::end`] makes them readable. There is no
/// way back after the first change, so whatever can be refused is checked before it.
pub struct WriteTxn<'a> {
    store: &'a MvccStore,
    disk: RefCell<&'a mut WriterDisk>,
    state: Arc<State>,
    before: i64,
    /// It only reads, beside the writer, whose newest versions may be above its revision.
    reads_only: bool,
    /// Changes so far.
    sub: u32,
    changes: Vec<Change>,
}

impl<'a> WriteTxn<'a> {
    /// Begins. Only one may be open at a time.
    pub fn begin(store: &'a MvccStore, disk: &'a mut WriterDisk) -> Self {
        // The revision first: what it covers is then surely in the generations or on the disk.
        let before = store.current_revision();
        Self {
            store,
            disk: RefCell::new(disk),
            state: store.backend().state(),
            before,
            reads_only: false,
            sub: 0,
            changes: Vec::new(),
        }
    }

    /// Begins one that changes nothing. Any number may be open, on any thread.
    pub fn begin_reading(store: &'a MvccStore, disk: &'a mut WriterDisk) -> Self {
        Self { reads_only: true, ..Self::begin(store, disk) }
    }

    /// The main revision before this transaction.
    pub fn before(&self) -> i64 {
        self.before
    }

    /// The main revision that its changes have.
    pub fn main(&self) -> i64 {
        self.before + 1
    }

    /// Whether anything was changed.
    pub fn changed(&self) -> bool {
        self.sub > 0
    }

    /// The main revision as an operation at this point sees it: the next one once something was changed.
    pub fn revision(&self) -> i64 {
        if self.changed() { self.main() } else { self.before }
    }

    /// Sees the changes made so far.
    pub fn view(&self) -> View {
        View::new(Arc::clone(&self.state), self.revision())
    }

    /// Sees the store as it was at `main`, which is readable.
    pub fn view_at(&self, main: i64) -> View {
        View::new(Arc::clone(&self.state), main)
    }

    /// Where the changes go; rows of small tables belong there too.
    pub fn generation(&self) -> &Arc<Generation> {
        &self.state.active
    }

    /// What `key` is at this point; `None` if it does not exist.
    pub fn get(&self, key: &Bytes) -> Result<Option<Found>> {
        if self.reads_only {
            return Ok(self.view().newest(key)?.filter(|found| !found.version.tombstone));
        }
        let mut generations = std::iter::once(&self.state.active).chain(self.state.closed.as_ref());
        if let Some(latest) = generations.find_map(|generation| generation.latest(key)) {
            let found = Found { revision: latest.revision, version: latest.version, record: Some(latest.record) };
            return Ok(Some(found).filter(|found| !found.version.tombstone));
        }
        let newest = Revision::new(self.revision(), u32::MAX);
        let found = if table::is_long(key) {
            self.view().newest(key)?
        } else {
            newest_on_disk(self.disk.borrow_mut().under(&self.state)?, key, newest)?
        };
        Ok(found.filter(|found| !found.version.tombstone))
    }

    /// Sets `key`, which is `previous` at this point. Answers the revision of the change.
    pub fn put(&mut self, key: &Bytes, value: &[u8], lease: i64, previous: Option<&Found>) -> Revision {
        let revision = self.next();
        let version = match previous {
            Some(found) => Version { create: found.version.create, version: found.version.version + 1, lease, tombstone: false },
            None => Version { create: revision.main, version: 1, lease, tombstone: false },
        };
        let record = encode_record(key, value, revision, &version);
        let key = key_of(&record, key.len());
        self.changes.push(Change {
            kind: ChangeKind::Put,
            key: key.clone(),
            record: record.clone(),
            // By the revisions, as history tells it: a key put twice in one transaction has no previous value either time.
            creates: version.create == revision.main,
        });
        self.state.active.insert(key, revision, version, record);
        revision
    }

    /// Deletes `key`, which must exist.
    pub fn delete(&mut self, key: &Bytes) -> Revision {
        let revision = self.next();
        let record = encode_tombstone(key);
        let key = key_of(&record, key.len());
        let event = delete_event_record(&key, revision.main);
        self.changes.push(Change { kind: ChangeKind::Delete, key: key.clone(), record: event, creates: false });
        self.state.active.insert(key, revision, Version::TOMBSTONE, record);
        revision
    }

    /// The keys of `range` at this point, with what they are.
    pub fn keys(&self, range: &KeyRange) -> Result<Vec<(Bytes, Found)>> {
        if let KeyRange::One(key) = range {
            return Ok(self.get(key)?.map(|found| (key.clone(), found)).into_iter().collect());
        }
        let view = self.view();
        let mut scan = view.scan(range)?;
        let mut keys = Vec::new();
        while let Some(pair) = scan.next_key(view.upper())? {
            keys.push(pair);
        }
        Ok(keys)
    }

    /// Makes the changes readable. Answers them, or `None` if there were none.
    pub fn end(self) -> Option<RevisionChanges> {
        if !self.changed() {
            return None;
        }
        let revision = self.main();
        assert_eq!(self.store.current_revision(), self.before, "one write transaction at a time");
        self.store.publish(revision);
        Some(RevisionChanges { revision, changes: self.changes })
    }

    fn next(&mut self) -> Revision {
        assert!(!self.reads_only, "a reading transaction changes nothing");
        let revision = Revision::new(self.main(), self.sub);
        self.sub = self.sub.checked_add(1).expect("a request limited in bytes cannot make 2^32 changes");
        revision
    }
}
