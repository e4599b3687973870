//! What every key was at every revision: a list of versions for each key.

use std::collections::BTreeMap;

use bytes::Bytes;
use quorate_proto::mvccpb::{Event, KeyValue, event::EventType};

use super::super::{
    history::{Ledger, LedgerRevision},
    span::Span,
};

/// All versions of all keys. Nothing is ever forgotten: compaction is a rule about who may read.
#[derive(Clone, Debug, Default)]
pub struct Past {
    /// Each list in the order of its revisions.
    keys: BTreeMap<Bytes, Vec<Version>>,
    closed: Vec<LedgerRevision>,
    /// Changes of the next revision, which only a view above the current revision sees.
    open: Vec<Event>,
}

#[derive(Clone, Debug)]
struct Version {
    main: i64,
    /// `None`: it was deleted.
    kv: Option<KeyValue>,
}

/// The keys as they were at one revision.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    past: &'a Past,
    revision: i64,
}

impl Past {
    pub fn of(ledger: &Ledger) -> Self {
        let mut past = Self::default();
        ledger.revisions.iter().for_each(|revision| past.follow(revision));
        past
    }

    /// The current revision; 1 of an empty store.
    pub fn revision(&self) -> i64 {
        self.closed.len() as i64 + 1
    }

    pub fn at(&self, revision: i64) -> View<'_> {
        View { past: self, revision }
    }

    /// The keys with the changes of the revision that is being made.
    pub fn newest(&self) -> View<'_> {
        self.at(self.revision() + 1)
    }

    /// All revisions, from 2 on.
    pub fn revisions(&self) -> &[LedgerRevision] {
        &self.closed
    }

    /// The changes of one revision; none of one that is not there.
    pub fn events(&self, revision: i64) -> &[Event] {
        let at = usize::try_from(revision - 2).ok();
        at.and_then(|at| self.closed.get(at)).map_or(&[], |revision| &revision.events)
    }

    /// Whether the revision that is being made changes anything yet.
    pub fn is_changing(&self) -> bool {
        !self.open.is_empty()
    }

    /// Puts a key in the revision that is being made.
    pub fn put(&mut self, kv: KeyValue) {
        self.open.push(Event { r#type: EventType::Put.into(), kv: Some(kv.clone()), prev_kv: None });
        self.add(kv.key.clone(), Some(kv));
    }

    /// Deletes a key in the revision that is being made.
    pub fn delete(&mut self, key: &Bytes) {
        let kv = KeyValue { key: key.clone(), mod_revision: self.revision() + 1, ..KeyValue::default() };
        self.open.push(Event { r#type: EventType::Delete.into(), kv: Some(kv), prev_kv: None });
        self.add(key.clone(), None);
    }

    fn add(&mut self, key: Bytes, kv: Option<KeyValue>) {
        let main = self.revision() + 1;
        self.keys.entry(key).or_default().push(Version { main, kv });
    }

    /// Ends the revision that is being made, if it changes anything.
    pub fn close(&mut self) {
        if self.is_changing() {
            let events = std::mem::take(&mut self.open);
            self.closed.push(LedgerRevision { revision: self.revision() + 1, events });
        }
    }

    /// Takes the changes of the next revision over as they are, whatever its number.
    pub fn follow(&mut self, revision: &LedgerRevision) {
        for event in &revision.events {
            let Some(kv) = &event.kv else { continue };
            self.add(kv.key.clone(), (event.r#type() == EventType::Put).then(|| kv.clone()));
        }
        self.closed.push(revision.clone());
    }

    /// Makes the newest revision undone.
    pub fn undo(&mut self) -> Option<LedgerRevision> {
        let undone = self.closed.pop()?;
        for kv in undone.events.iter().filter_map(|event| event.kv.as_ref()) {
            if let Some(versions) = self.keys.get_mut(&kv.key) {
                versions.pop();
                if versions.is_empty() {
                    self.keys.remove(&kv.key);
                }
            }
        }
        Some(undone)
    }
}

impl<'a> View<'a> {
    pub fn get(&self, key: &Bytes) -> Option<&'a KeyValue> {
        self.of(self.past.keys.get(key)?)
    }

    /// The keys that exist, in order.
    pub fn keys(self, span: &Span) -> impl Iterator<Item = &'a KeyValue> + use<'a> {
        let bounds = (!span.is_empty()).then(|| span.bounds());
        let found = bounds.map(|bounds| self.past.keys.range(bounds));
        found.into_iter().flatten().filter_map(move |(_, versions)| self.of(versions))
    }

    /// The keys that exist and are attached to a lease, in order.
    pub fn attached(self, lease: i64) -> impl Iterator<Item = &'a KeyValue> {
        self.past.keys.values().filter_map(move |versions| self.of(versions)).filter(move |kv| kv.lease == lease)
    }

    fn of(&self, versions: &'a [Version]) -> Option<&'a KeyValue> {
        let newest = match versions.last() {
            Some(last) if last.main <= self.revision => Some(last),
            _ => versions[..versions.partition_point(|version| version.main <= self.revision)].last(),
        };
        newest?.kv.as_ref()
    }
}
