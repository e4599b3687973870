//! The state of members against a model: whatever is applied, flushed, swept, lost in a crash or received from another member, in
//! whatever order, reads at every readable revision give what a plain map with history gives.

mod draw;
mod member;
mod model;

use std::sync::Arc;

use super::super::{
    apply::{Command, Proposal},
    backend::{Durable, Lmdb, MemoryStore},
    consensus::{Committed, EntryKind},
    key_range::KeyRange,
    mvcc::{RangeOptions, RevisionRefusal, SortBy, View, hash_kv, hash_view, run_range},
};
use draw::Draw;
use member::TestMember;
use model::Model;

const STEPS: usize = 160;

/// A hash that a compaction asked for, computed later.
struct LateHash {
    view: View,
    _pin: super::super::backend::Pin,
    compact: i64,
    expected: u32,
}

struct World {
    draw: Draw,
    model: Model,
    log: Vec<Committed>,
    members: Vec<TestMember>,
    late_hashes: Vec<LateHash>,
    /// Opened at some step, read at a later one: member, view.
    late_views: Vec<(usize, View)>,
}

impl World {
    fn new(seed: u64, disks: Vec<Arc<dyn Durable>>) -> Self {
        Self {
            draw: Draw::new(seed),
            model: Model::default(),
            log: Vec::new(),
            members: disks.into_iter().map(TestMember::open).collect(),
            late_hashes: Vec::new(),
            late_views: Vec::new(),
        }
    }

    fn commit(&mut self) {
        let command = self.draw.command(&self.model);
        let index = self.log.len() as u64 + 1;
        let data = Proposal { id: index, command: command.clone() }.encode();
        let entry = Committed { index, term: 1 + index / 50, kind: EntryKind::Proposal, data };
        self.log.push(entry.clone());
        let previous = self.model.compact;
        let expected = self.model.apply(&command);
        let member = &mut self.members[0];
        assert_eq!(member.applied() + 1, index, "the first member is never behind");
        let applied = member.apply(&entry);
        assert_eq!(applied.outcome, expected.outcome, "{command:?}");
        let changes = applied.changes.map(|changes| model::shown(&changes)).unwrap_or_default();
        assert_eq!(changes, expected.changes, "{command:?}");
        if let (Command::Compact(request), Ok(_)) = (&command, &expected.outcome) {
            let state = member.backend.state();
            let pin = state.long.pin();
            let view = View::new(state, request.revision);
            view.disk().unwrap();
            let expected = self.model.hash(request.revision, previous);
            self.late_hashes.push(LateHash { view, _pin: pin, compact: previous, expected });
            member.allow_sweep();
        }
    }

    fn follow(&mut self, at: usize) {
        let steps = self.draw.below(12) as usize;
        for _ in 0..steps {
            let next = self.members[at].applied() as usize;
            let Some(entry) = self.log.get(next) else { return };
            self.members[at].apply(entry);
            self.members[at].allow_sweep();
        }
    }

    /// Something that changes no answer.
    fn disturb(&mut self, at: usize) {
        let rows = 1 + self.draw.below(6) as usize;
        let member = &mut self.members[at];
        match self.draw.below(10) {
            0..=2 => member.close(rows),
            3..=4 => member.commit(),
            5..=6 => member.finish(),
            7 if self.draw.below(3) == 0 => {
                member.reopen();
                // A reader does not outlive its process.
                self.late_views.retain(|(of, _)| *of != at);
                if at == 0 {
                    for entry in &self.log[self.members[0].applied() as usize..] {
                        self.members[0].apply(entry);
                        self.members[0].allow_sweep();
                    }
                }
            }
            8 if at > 0 => {
                let (first, rest) = self.members.split_at_mut(1);
                rest[at - 1].receive(&first[0]);
            }
            _ => {}
        }
    }

    fn look(&mut self, at: usize) {
        let (revision, options) = (self.draw.revision(&self.model), self.draw.range());
        let store = &self.members[at].state.store;
        let present = store.current_revision();
        let read = store.read_at(revision, |view| run_range(view, &options)).unwrap();
        let compact = store.compact_revision();
        match read {
            Ok((ref result, current)) => {
                assert_eq!(current, present);
                let readable = if revision <= 0 { current } else { revision };
                assert!(readable >= compact && readable <= current);
                self.model.check_range(readable, &options, result);
            }
            Err(RevisionRefusal::Compacted) => assert!(revision > 0 && revision < compact),
            Err(RevisionRefusal::Future) => assert!(revision > store.current_revision()),
        }
        match hash_kv(store, revision).unwrap() {
            Ok(hash) => {
                assert_eq!((hash.compact_revision, hash.current_revision), (compact, present));
                assert_eq!(hash.hash, self.model.hash(hash.revision, compact), "HashKV at {} of {hash:?}", hash.revision);
            }
            Err(refusal) => assert_eq!(Err(refusal), read.as_ref().map(drop).map_err(|refusal| *refusal)),
        }
    }

    fn look_at_history(&mut self, at: usize) {
        let store = &self.members[at].state.store;
        let (compact, current) = (store.compact_revision(), store.current_revision());
        let from = compact.max(1) + 1 + self.draw.below(8) as i64;
        let bytes = self.draw.below(2000) as usize;
        let mut next = from;
        while next <= current {
            let got = store.history(next, current, bytes).unwrap();
            let Some(last) = got.last() else { break };
            for revision in &got {
                assert_eq!(model::shown(revision), self.model.changes(revision.revision));
                assert!(revision.revision >= next);
                next = revision.revision;
            }
            next = last.revision + 1;
        }
        assert!(from > current || next == current + 1, "every revision changes something");
        for key in self.draw.some_keys() {
            let before = from.min(current);
            if before > compact {
                let expected = self.model.record(&key, before - 1);
                assert_eq!(store.previous(&key, before).unwrap(), expected, "before {before}");
            }
        }
    }

    fn late(&mut self) {
        let at = self.draw.below(self.members.len() as u64) as usize;
        let member = &self.members[at];
        if self.draw.below(3) == 0 {
            let (view, _) = member.state.store.view_at(0).unwrap();
            if self.draw.below(3) == 0 {
                view.disk().unwrap();
            }
            self.late_views.push((at, view));
        }
        if self.draw.below(4) == 0 && !self.late_views.is_empty() {
            let drawn = self.draw.below(self.late_views.len() as u64) as usize;
            let (at, view) = self.late_views.swap_remove(drawn);
            let options = self.draw.range();
            let read = run_range(&view, &options);
            // One that compaction overtook is told so, whatever it saw.
            if self.members[at].state.store.is_readable(&view) {
                self.model.check_range(view.upper().main, &options, &read.unwrap());
            }
        }
        if self.draw.below(24) == 0 && !self.late_hashes.is_empty() {
            let LateHash { view, compact, expected, .. } = self.late_hashes.remove(0);
            assert_eq!(hash_view(&view, compact).unwrap(), expected, "at {} compacted at {compact}", view.upper().main);
        }
    }

    fn run(mut self) {
        for _ in 0..STEPS {
            self.commit();
            for at in 0..self.members.len() {
                if at > 0 {
                    self.follow(at);
                }
                self.disturb(at);
                self.look(at);
                self.look_at_history(at);
            }
            self.late();
        }
        for member in &mut self.members {
            for entry in &self.log[member.applied() as usize..] {
                member.apply(entry);
            }
            member.allow_sweep();
            member.flush_all();
            member.check_leases(&self.model);
        }
        let dumps: Vec<_> = self.members.iter().map(TestMember::dump).collect();
        assert_eq!(dumps[0].records, self.model.records_left(), "what is left after sweeping");
        for (at, dump) in dumps.iter().enumerate() {
            assert_eq!(dump.index_rows, dump.records.len(), "every record is in an index once, and nothing else");
            assert_eq!(dump.hash, dumps[0].hash, "member {at} has other bytes");
        }
    }
}

fn memory(count: usize) -> Vec<Arc<dyn Durable>> {
    (0..count).map(|_| Arc::new(MemoryStore::default()) as Arc<dyn Durable>).collect()
}

/// More seeds by environment: `QUORATE_SEEDS=first..last`.
fn seeds(few: std::ops::Range<u64>) -> std::ops::Range<u64> {
    let Ok(text) = std::env::var("QUORATE_SEEDS") else { return few };
    let (first, last) = text.split_once("..").expect("first..last");
    first.parse().unwrap()..last.parse().unwrap()
}

#[test]
fn reads_give_what_the_model_gives_through_flushes_sweeps_crashes_and_installs() {
    for seed in seeds(1..40) {
        println!("seed {seed}");
        World::new(seed, memory(2)).run();
    }
}

#[test]
fn the_disk_store_behaves_as_the_one_in_memory() {
    for seed in seeds(1..4) {
        println!("seed {seed}");
        let dir = tempfile::tempdir().unwrap();
        let disk = Arc::new(Lmdb::open(&dir.path().join("state.mdb")).unwrap());
        World::new(seed, vec![disk]).run();
    }
}
