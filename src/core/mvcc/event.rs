//! Changes as watchers get them.

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
