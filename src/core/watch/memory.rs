//! A history in memory, and an outlet that keeps what it is given: for tests of whatever drives the hub.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use bytes::Bytes;
use parking_lot::Mutex;
use prost::Message;
use quorate_proto::mvccpb::{Event, KeyValue};

use super::{Change, ChangeKind, Delivery, Full, History, HistoryError, Notice, Outlet, RevisionChanges};

/// Every revision since the last compaction, as lists.
#[derive(Default)]
pub struct MemoryHistory(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    /// Revisions from 2 on; a compaction keeps, of those up to it, each key's newest put and what it itself changed.
    revisions: BTreeMap<i64, Arc<RevisionChanges>>,
    compact_revision: Option<i64>,
    current: Option<i64>,
    fault: Option<String>,
    reads: usize,
}

/// A change to be made.
#[derive(Clone, Debug)]
pub enum Op {
    Put(String, String),
    Delete(String),
}

pub fn put(key: &str, value: &str) -> Op {
    Op::Put(key.into(), value.into())
}

pub fn delete(key: &str) -> Op {
    Op::Delete(key.into())
}

impl Inner {
    fn current(&self) -> i64 {
        self.current.unwrap_or(1)
    }

    fn latest(&self, key: &[u8], before: i64) -> Option<KeyValue> {
        let change = self.revisions.range(..before).rev().find_map(|(_, r)| r.changes.iter().rev().find(|c| c.key == key))?;
        (change.kind == ChangeKind::Put).then(|| KeyValue::decode(change.record.clone()).unwrap())
    }
}

impl MemoryHistory {
    /// Commits the operations as one revision, which is readable from then on; the caller hands it to the hub or does not.
    pub fn commit(&self, ops: &[Op]) -> Arc<RevisionChanges> {
        let mut inner = self.0.lock();
        let revision = inner.current() + 1;
        let changes = ops
            .iter()
            .map(|op| match op {
                Op::Put(key, value) => {
                    let old = inner.latest(key.as_bytes(), revision);
                    let record = KeyValue {
                        key: Bytes::from(key.clone()),
                        value: Bytes::from(value.clone()),
                        create_revision: old.as_ref().map_or(revision, |old| old.create_revision),
                        mod_revision: revision,
                        version: old.as_ref().map_or(1, |old| old.version + 1),
                        lease: 0,
                    };
                    let creates = old.is_none();
                    Change { kind: ChangeKind::Put, key: record.key.clone(), record: record.encode_to_vec().into(), creates }
                }
                Op::Delete(key) => {
                    let key = Bytes::from(key.clone());
                    let record = KeyValue { key: key.clone(), ..KeyValue::default() };
                    Change { kind: ChangeKind::Delete, key, record: record.encode_to_vec().into(), creates: false }
                }
            })
            .collect();
        let changes = Arc::new(RevisionChanges { revision, changes });
        inner.revisions.insert(revision, Arc::clone(&changes));
        inner.current = Some(revision);
        changes
    }

    /// Forgets what a compaction at `at` forgets.
    pub fn compact(&self, at: i64) {
        let mut inner = self.0.lock();
        inner.compact_revision = Some(at);
        let mut kept = BTreeSet::<Bytes>::new();
        let mut rest = inner.revisions.split_off(&(at + 1));
        for (revision, changes) in std::mem::take(&mut inner.revisions).into_iter().rev() {
            let mut left = Vec::new();
            for change in &changes.changes {
                let newest = kept.insert(change.key.clone());
                if newest && (change.kind == ChangeKind::Put || revision == at) {
                    left.push(change.clone());
                }
            }
            if !left.is_empty() {
                rest.insert(revision, Arc::new(RevisionChanges { revision, changes: left }));
            }
        }
        inner.revisions = rest;
    }

    /// Every read fails from now on.
    pub fn break_down(&self, why: &str) {
        self.0.lock().fault = Some(why.into());
    }

    /// How many slices were read.
    pub fn reads(&self) -> usize {
        self.0.lock().reads
    }
}

impl History for MemoryHistory {
    fn current_revision(&self) -> i64 {
        self.0.lock().current()
    }

    fn compact_revision(&self) -> i64 {
        self.0.lock().compact_revision.unwrap_or(-1)
    }

    fn read(&self, from: i64, to: i64, bytes_max: usize) -> Result<Vec<Arc<RevisionChanges>>, HistoryError> {
        let mut inner = self.0.lock();
        inner.reads += 1;
        if let Some(fault) = &inner.fault {
            return Err(HistoryError::Fault(fault.clone()));
        }
        if let Some(compact_revision) = inner.compact_revision.filter(|&at| from < at) {
            return Err(HistoryError::Compacted { compact_revision });
        }
        let mut bytes = 0;
        let taken = inner.revisions.range(from..=to).take_while(|(_, revision)| {
            let first = bytes == 0;
            bytes += revision.changes.iter().map(|change| change.record.len()).sum::<usize>();
            first || bytes <= bytes_max
        });
        Ok(taken.map(|(_, revision)| Arc::clone(revision)).collect())
    }

    fn previous(&self, key: &[u8], before: i64) -> Result<Option<Bytes>, HistoryError> {
        let inner = self.0.lock();
        if let Some(fault) = &inner.fault {
            return Err(HistoryError::Fault(fault.clone()));
        }
        if let Some(compact_revision) = inner.compact_revision.filter(|&at| before - 1 < at) {
            return Err(HistoryError::Compacted { compact_revision });
        }
        Ok(inner.latest(key, before).map(|record| record.encode_to_vec().into()))
    }
}

/// Keeps deliveries until they are taken; takes events while it has fewer than it may.
pub struct MemoryOutlet {
    pub queue: Mutex<VecDeque<Delivery>>,
    pub capacity: usize,
}

impl MemoryOutlet {
    pub fn new(capacity: usize) -> Arc<Self> {
        Arc::new(Self { queue: Mutex::default(), capacity })
    }
}

impl Outlet for MemoryOutlet {
    fn try_send(&self, delivery: Delivery) -> Result<(), Full> {
        let mut queue = self.queue.lock();
        if queue.len() >= self.capacity {
            return Err(Full);
        }
        queue.push_back(delivery);
        Ok(())
    }

    fn reply(&self, delivery: Delivery) {
        self.queue.lock().push_back(delivery);
    }
}

/// The events of a delivery as the client would decode them.
pub fn decode(delivery: &Delivery) -> Vec<Event> {
    let Notice::Events(events) = &delivery.notice else { return Vec::new() };
    let decode = |encoded: Bytes| {
        let mut body = encoded.slice(1..);
        Event::decode_length_delimited(&mut body).unwrap()
    };
    events.split().into_iter().map(decode).collect()
}

/// One line for an event: `a=1@2 (0)` for a put with its previous value, `-a@3` for a delete.
pub fn show(event: &Event) -> String {
    let kv = event.kv.as_ref().unwrap();
    let text = |bytes: &Bytes| String::from_utf8(bytes.to_vec()).unwrap();
    let previous = event.prev_kv.as_ref().map(|kv| format!(" ({})", text(&kv.value))).unwrap_or_default();
    match event.r#type {
        0 => format!("{}={}@{}{previous}", text(&kv.key), text(&kv.value), kv.mod_revision),
        _ => format!("-{}@{}{previous}", text(&kv.key), kv.mod_revision),
    }
}
