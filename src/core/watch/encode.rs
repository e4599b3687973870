//! Events as bytes: the `events` fields of a `WatchResponse`, made from stored records without decoding them.

use bytes::{BufMut, Bytes, BytesMut};
use prost::encoding::{encode_varint, encoded_len_varint};

use super::{Change, ChangeKind, Events, History, HistoryError, RevisionChanges, WatchFault, delivery::EVENT_TAG, watcher::Form};

// Tags of mvccpb.Event and mvccpb.KeyValue.
const EVENT_TYPE: u8 = 1 << 3;
const EVENT_KV: u8 = 2 << 3 | 2;
const EVENT_PREV_KV: u8 = 3 << 3 | 2;
const KV_KEY: u8 = 1 << 3 | 2;
const KV_MOD_REVISION: u8 = 3 << 3;

/// The events of one revision, each encoded at most once without and once with its previous value.
pub(super) struct RevisionEvents<'a> {
    history: &'a dyn History,
    revision: &'a RevisionChanges,
    plain: Vec<Option<Bytes>>,
    with_previous: Vec<Option<Bytes>>,
}

impl<'a> RevisionEvents<'a> {
    pub fn new(history: &'a dyn History, revision: &'a RevisionChanges) -> Self {
        Self { history, revision, plain: Vec::new(), with_previous: Vec::new() }
    }

    /// The events of the changes with these indexes that `form` wants, and how many; `None` if it wants none.
    pub fn select(&mut self, matched: &[u32], form: Form) -> Result<Option<(Events, u64)>, WatchFault> {
        let mut parts = Vec::with_capacity(matched.len());
        for &at in matched {
            let at = at as usize;
            if form.wants(self.revision.changes[at].kind) {
                parts.push(self.event(at, form.prev_kv)?);
            }
        }
        let count = parts.len() as u64;
        Ok((count > 0).then(|| (parts.into(), count)))
    }

    fn event(&mut self, at: usize, prev_kv: bool) -> Result<Bytes, WatchFault> {
        let change = &self.revision.changes[at];
        let cache = if prev_kv && !change.creates { &mut self.with_previous } else { &mut self.plain };
        if cache.is_empty() {
            cache.resize(self.revision.changes.len(), None);
        }
        if let Some(done) = &cache[at] {
            return Ok(done.clone());
        }
        let mut encoded = BytesMut::new();
        let previous = previous(self.history, change, self.revision.revision, prev_kv)?;
        write_event(&mut encoded, change, self.revision.revision, previous.as_ref());
        let encoded = encoded.freeze();
        cache[at] = Some(encoded.clone());
        Ok(encoded)
    }
}

/// Appends the event of `change` with what `form` asks for.
pub(super) fn append_event(
    out: &mut BytesMut,
    history: &dyn History,
    change: &Change,
    revision: i64,
    form: Form,
) -> Result<(), WatchFault> {
    let previous = previous(history, change, revision, form.prev_kv)?;
    write_event(out, change, revision, previous.as_ref());
    Ok(())
}

/// The value before, if it is wanted, if there was one, and if no compaction took it.
fn previous(history: &dyn History, change: &Change, revision: i64, prev_kv: bool) -> Result<Option<Bytes>, WatchFault> {
    if !prev_kv || change.creates {
        return Ok(None);
    }
    match history.previous(&change.key, revision) {
        Ok(record) => Ok(record),
        Err(HistoryError::Compacted { .. }) => Ok(None),
        Err(HistoryError::Fault(what)) => Err(WatchFault(what)),
    }
}

fn write_event(out: &mut BytesMut, change: &Change, revision: i64, previous: Option<&Bytes>) {
    // A delete's record is key and revision alone, whatever the store keeps of it.
    let tombstone_len = 1 + length_delimited(change.key.len()) + 1 + encoded_len_varint(revision as u64);
    let (type_len, kv_len) = match change.kind {
        ChangeKind::Put => (0, change.record.len()),
        ChangeKind::Delete => (2, tombstone_len),
    };
    let previous_len = previous.map_or(0, |record| 1 + length_delimited(record.len()));
    let event_len = type_len + 1 + length_delimited(kv_len) + previous_len;
    out.reserve(1 + length_delimited(event_len));
    out.put_u8(EVENT_TAG);
    encode_varint(event_len as u64, out);
    match change.kind {
        ChangeKind::Put => {
            write_bytes(out, EVENT_KV, &change.record);
        }
        ChangeKind::Delete => {
            out.put_slice(&[EVENT_TYPE, 1, EVENT_KV]);
            encode_varint(tombstone_len as u64, out);
            write_bytes(out, KV_KEY, &change.key);
            out.put_u8(KV_MOD_REVISION);
            encode_varint(revision as u64, out);
        }
    }
    if let Some(record) = previous {
        write_bytes(out, EVENT_PREV_KV, record);
    }
}

fn write_bytes(out: &mut BytesMut, tag: u8, bytes: &[u8]) {
    out.put_u8(tag);
    encode_varint(bytes.len() as u64, out);
    out.put_slice(bytes);
}

fn length_delimited(len: usize) -> usize {
    encoded_len_varint(len as u64) + len
}
