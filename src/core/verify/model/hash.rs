//! HashKV, and what compaction leaves behind.

use std::collections::{BTreeMap, HashSet};

use bytes::Bytes;
use prost::Message;
use quorate_proto::mvccpb::{KeyValue, event::EventType};

use super::Past;

/// Where a record lies: main revision, and its place among the changes of that revision.
pub type Place = (i64, i64);

/// A change as etcd stores it.
struct Record<'a> {
    at: Place,
    key: &'a Bytes,
    kv: &'a KeyValue,
    tombstone: bool,
}

impl Past {
    fn records(&self, until: i64) -> impl Iterator<Item = Record<'_>> {
        let revisions = self.revisions().iter().take_while(move |revision| revision.revision <= until);
        revisions.flat_map(|revision| {
            let events = revision.events.iter().filter_map(|event| Some((event.kv.as_ref()?, event.r#type())));
            events.enumerate().map(|(sub, (kv, kind))| Record {
                at: (revision.revision, sub as i64),
                key: &kv.key,
                kv,
                tombstone: kind == EventType::Delete,
            })
        })
    }

    /// The newest record of each key up to a revision, with whether it is a tombstone.
    fn newest_places(&self, until: i64) -> BTreeMap<&Bytes, (Place, bool)> {
        self.records(until).map(|record| (record.key, (record.at, record.tombstone))).collect()
    }

    /// HashKV at `revision`, with history below `compact` gone (-1: never compacted).
    ///
    /// CRC-32C over the bucket's name and each record's key and value. Of the records at or below the compact revision only the
    /// newest of each living key counts: living at the hashed revision, or, if nothing lives then, at the compact one.
    ///
    /// Source: etcd 3.7, `HashKV`.
    pub fn hash(&self, revision: i64, compact: i64) -> u32 {
        let living = |until| -> HashSet<Place> {
            self.newest_places(until).into_values().filter(|(_, tombstone)| !tombstone).map(|(at, _)| at).collect()
        };
        let mut keep = HashSet::new();
        if compact > 0 {
            keep = living(revision);
            if keep.is_empty() {
                keep = living(compact);
            }
        }
        let mut hash = crc32c::crc32c(b"key");
        let mut bytes = Vec::new();
        for record in self.records(revision).filter(|record| record.at.0 > compact || keep.contains(&record.at)) {
            bytes.clear();
            record.write(&mut bytes);
            hash = crc32c::crc32c_append(hash, &bytes);
        }
        hash
    }

    /// The records that are left when history below `compact` is swept away, each with whether it is a tombstone.
    pub fn left_by_compaction(&self, compact: i64) -> Vec<(Place, bool)> {
        let newest = self.newest_places(compact);
        let stays = |record: &Record<'_>| {
            let is_newest = newest.get(record.key).is_some_and(|(at, _)| *at == record.at);
            record.at.0 > compact || (is_newest && (!record.tombstone || record.at.0 == compact))
        };
        self.records(self.revision()).filter(stays).map(|record| (record.at, record.tombstone)).collect()
    }
}

impl Record<'_> {
    /// Key and value: big-endian main, `_`, big-endian sub, `t` for a tombstone; then the message.
    fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.at.0.to_be_bytes());
        out.push(b'_');
        out.extend(self.at.1.to_be_bytes());
        let encoded = if self.tombstone {
            out.push(b't');
            KeyValue { key: self.key.clone(), ..KeyValue::default() }.encode(out)
        } else {
            self.kv.encode(out)
        };
        encoded.expect("a vector has room for everything");
    }
}
