//! The store: the backend and the two revisions that decide what may be read.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use bytes::Bytes;

use super::{
    super::{
        backend::{Backend, BackendError, Durable, DurableRead, Result, Table, table::meta},
        revision::Revision,
    },
    event::{Change, ChangeKind, RevisionChanges},
    record::{decode_record, delete_event_record},
    view::View,
};
use crate::core::planted::{Bug, planted};

/// Why a revision cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevisionRefusal {
    /// It lies below the compact revision.
    Compacted,
    /// It does not exist yet.
    Future,
}

/// Revision of an empty store. Source: etcd.
const REVISION_FIRST: i64 = 1;
/// The compact revision when nothing was ever compacted. Source: etcd.
const NEVER_COMPACTED: i64 = -1;
/// How often a read of the present is done again because compaction overtook it; each time takes a compaction.
const READ_ATTEMPTS: usize = 100;

/// The versioned store. Shared by the thread that applies and by readers.
pub struct MvccStore {
    backend: Arc<Backend>,
    current: AtomicI64,
    compact: AtomicI64,
}

impl MvccStore {
    /// Reads the revisions from the backend.
    ///
    /// # Errors
    /// When the backend cannot be read.
    pub fn open(backend: Arc<Backend>) -> Result<Self> {
        let StoredRevisions { current, compact, .. } = StoredRevisions::read(backend.state().durable.read()?.as_ref())?;
        Ok(Self { backend, current: AtomicI64::new(current), compact: AtomicI64::new(compact) })
    }

    /// Puts another state in the place of the backend's, and goes on with its revisions.
    ///
    /// # Errors
    /// When it cannot be read; then nothing has changed.
    pub fn replace(&self, durable: Arc<dyn Durable>) -> Result<()> {
        let StoredRevisions { current, compact, .. } = StoredRevisions::read(durable.read()?.as_ref())?;
        // The compact revision comes first: who began to read below it finds out afterwards. The current one comes last: who
        // reads at it has the new state.
        self.backend.replace(durable, || self.compact.store(compact, Ordering::SeqCst))?;
        self.current.store(current, Ordering::SeqCst);
        Ok(())
    }

    pub fn backend(&self) -> &Arc<Backend> {
        &self.backend
    }

    /// Newest readable main revision.
    pub fn current_revision(&self) -> i64 {
        self.current.load(Ordering::SeqCst)
    }

    /// Lowest readable main revision, or -1 when nothing was ever compacted.
    pub fn compact_revision(&self) -> i64 {
        self.compact.load(Ordering::SeqCst)
    }

    /// Makes a finished write transaction readable.
    pub(super) fn publish(&self, main: i64) {
        self.current.store(main, Ordering::SeqCst);
    }

    /// A view of the present.
    pub fn view_now(&self) -> View {
        let main = self.current_revision();
        View::new(self.backend.state(), main)
    }

    /// A view at `revision`; 0 and below mean the present. Also answers the current revision.
    ///
    /// The caller must ask [`Self::is_readable`] once it has read: history may be compacted meanwhile. See [`Self::read_at`].
    pub fn view_at(&self, revision: i64) -> std::result::Result<(View, i64), RevisionRefusal> {
        let current = self.current_revision();
        if revision > current {
            return Err(RevisionRefusal::Future);
        }
        if revision > 0 && revision < self.compact_revision() && !planted(Bug::ReadsCompacted) {
            return Err(RevisionRefusal::Compacted);
        }
        let at = if revision <= 0 { current } else { revision };
        Ok((View::new(self.backend.state(), at), current))
    }

    /// Whether what a view has given is right: the revision that it sees was not compacted, so nothing of it was swept. A view
    /// opens the disk when it first needs it, so this can happen to a view of the present too.
    pub fn is_readable(&self, view: &View) -> bool {
        view.upper().main >= self.compact_revision() || planted(Bug::ReadsCompacted)
    }

    /// Runs `read` on a view at `revision`, 0 and below meaning the present. Answers what it gave and the current revision.
    ///
    /// What was read while compaction overtook it is thrown away, errors included: a read of the present is done again, and one
    /// at a revision is refused.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn read_at<T>(
        &self,
        revision: i64,
        mut read: impl FnMut(&View) -> Result<T>,
    ) -> Result<std::result::Result<(T, i64), RevisionRefusal>> {
        for _ in 0..READ_ATTEMPTS {
            let (view, current) = match self.view_at(revision) {
                Ok(view) => view,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let given = read(&view);
            if self.is_readable(&view) {
                return given.map(|given| Ok((given, current)));
            }
            if revision > 0 {
                break;
            }
        }
        Ok(Err(RevisionRefusal::Compacted))
    }

    /// Moves the compact revision to `at`; what lies below can no longer be read. Part of apply.
    ///
    /// # Refusals
    /// [`RevisionRefusal::Compacted`] at or below the compact revision, [`RevisionRefusal::Future`] above the current one.
    ///
    /// Source: etcd 3.7, `Compact`; 0 is accepted once, on a store that was never compacted.
    pub fn compact(&self, at: i64) -> std::result::Result<(), RevisionRefusal> {
        if at <= self.compact_revision() {
            return Err(RevisionRefusal::Compacted);
        }
        if at > self.current_revision() {
            return Err(RevisionRefusal::Future);
        }
        self.backend.state().active.put_small(Table::Meta, meta::COMPACT_REVISION, &at.to_le_bytes());
        self.compact.store(at, Ordering::SeqCst);
        Ok(())
    }

    /// Whole revisions of `[from, to]` in order, at most about `bytes_max` of records but at least one revision.
    ///
    /// # Errors
    /// When the backend fails. Compaction is the caller's to check, before and after.
    pub fn history(&self, from: i64, to: i64, bytes_max: usize) -> Result<Vec<Arc<RevisionChanges>>> {
        let mut out: Vec<RevisionChanges> = Vec::new();
        let mut bytes = 0;
        let view = View::new(self.backend.state(), to);
        view.records(Revision::new(from, 0), |revision, tombstone, record| {
            if out.last().is_none_or(|last| last.revision != revision.main) {
                if bytes > bytes_max {
                    return Ok(false);
                }
                out.push(RevisionChanges { revision: revision.main, changes: Vec::new() });
            }
            bytes += record.len();
            let changes = &mut out.last_mut().expect("pushed just above").changes;
            changes.push(change(revision, tombstone, Bytes::copy_from_slice(record))?);
            Ok(true)
        })?;
        Ok(out.into_iter().map(Arc::new).collect())
    }

    /// The record that `key` had before main revision `before`.
    ///
    /// # Errors
    /// When the backend fails.
    pub fn previous(&self, key: &[u8], before: i64) -> Result<Option<Bytes>> {
        let view = View::new(self.backend.state(), before - 1);
        let found = view.newest(&Bytes::copy_from_slice(key))?.filter(|found| !found.version.tombstone);
        found.map(|found| view.record(&found)).transpose()
    }
}

/// The revisions of a state on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredRevisions {
    /// Newest main revision.
    pub current: i64,
    /// -1 when nothing was ever compacted.
    pub compact: i64,
    /// Where the next slice of a sweep begins; -1 when nothing was ever swept.
    pub swept: i64,
}

impl StoredRevisions {
    /// Reads the revisions.
    ///
    /// # Errors
    /// When they cannot be read or are damaged.
    pub fn read(disk: &dyn DurableRead) -> Result<Self> {
        let read = |name: &[u8]| -> Result<Option<i64>> {
            let Some(value) = disk.get(Table::Meta, name)? else { return Ok(None) };
            let bytes = value.try_into().map_err(|_| BackendError::Damaged { table: Table::Meta.name(), key: name.to_vec() })?;
            Ok(Some(i64::from_le_bytes(bytes)))
        };
        let compact = read(meta::COMPACT_REVISION)?.unwrap_or(NEVER_COMPACTED);
        let swept = read(meta::SWEPT_REVISION)?.unwrap_or(NEVER_COMPACTED);
        let mut current = read(meta::CURRENT_REVISION)?.unwrap_or(REVISION_FIRST).max(compact);
        if let Some((key, _)) = disk.last(Table::Record)? {
            let (revision, tombstone) = Revision::from_record_key(key)
                .ok_or_else(|| BackendError::Damaged { table: Table::Record.name(), key: key.to_vec() })?;
            current = current.max(revision.main);
            if planted(Bug::ReusedRevision) && tombstone {
                current -= 1;
            }
        }
        Ok(Self { current, compact, swept })
    }
}

/// A stored record as watchers get it.
fn change(revision: Revision, tombstone: bool, record: Bytes) -> Result<Change> {
    let kv = decode_record(record.clone(), revision)?;
    if tombstone {
        let record = delete_event_record(&kv.key, revision.main);
        return Ok(Change { kind: ChangeKind::Delete, key: kv.key, record, creates: false });
    }
    Ok(Change { kind: ChangeKind::Put, creates: kv.create_revision == kv.mod_revision, key: kv.key, record })
}
