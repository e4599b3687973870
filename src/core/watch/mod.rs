//! Watching: whole revisions to every watcher, in order, once, without gaps.

use std::sync::Arc;

use bytes::Bytes;

/// What happened to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    Put,
    Delete,
}

/// One change, with its record as it is stored: `record` is an encoded `mvccpb.KeyValue`, which is just what the wire wants.
#[derive(Clone, Debug)]
pub struct Change {
    pub kind: ChangeKind,
    pub key: Bytes,
    pub record: Bytes,
    /// The put that made the key: it has no previous value.
    pub creates: bool,
}

/// All changes of one main revision, in sub-revision order.
#[derive(Clone, Debug)]
pub struct RevisionChanges {
    pub revision: i64,
    pub changes: Vec<Change>,
}

/// Why history could not be read.
#[derive(Debug)]
pub enum HistoryError {
    /// History below this revision is gone.
    Compacted { compact_revision: i64 },
    /// The backend failed; the member is about to stop.
    Fault(String),
}

/// What the hub needs of the store: history, and values before a change.
pub trait History: Send + Sync + 'static {
    /// Newest revision whose effects are readable.
    fn current_revision(&self) -> i64;
    /// -1 when nothing was ever compacted. Revisions below it can't be read; it itself can.
    fn compact_revision(&self) -> i64;
    /// Whole revisions from `from` on, in order, at most up to `to` inclusive; stops after about `bytes_max` of records, but
    /// always gives at least one revision if there is one. An empty answer means there is none in the range.
    fn read(&self, from: i64, to: i64, bytes_max: usize) -> Result<Vec<Arc<RevisionChanges>>, HistoryError>;
    /// The record that `key` had before main revision `before`; `None` if it had none or it is compacted.
    fn previous(&self, key: &[u8], before: i64) -> Result<Option<Bytes>, HistoryError>;
}
