//! The state of members against a model: whatever is applied, flushed, swept, lost in a crash or received from another member, in
//! whatever order, reads at every readable revision give what a plain map with history gives.

mod draw;
mod member;
mod wire;

use std::sync::Arc;

use bytes::Bytes;
use prost::Message;
use quorate_proto::etcdserverpb::{RangeRequest, RangeResponse};

use super::super::{
    apply::{Applied, Command, Proposal, Reply, range_options},
    backend::{Durable, Lmdb, MemoryStore},
    consensus::{Committed, EntryKind},
    mvcc::{
        MvccStore, RangeEffort, RangeResult, Revision, RevisionRefusal, View, hash_kv, hash_view, run_range, run_range_within,
    },
    verify::model::{Model, range},
};
use draw::Draw;
use member::TestMember;

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
        let data = Proposal { id: index, author: Default::default(), command: command.clone() }.encode();
        let entry = Committed { index, term: 1 + index / 50, kind: EntryKind::Proposal, data };
        self.log.push(entry.clone());
        let previous = self.model.compact_revision();
        let member = &mut self.members[0];
        assert_eq!(member.applied() + 1, index, "the first member is never behind");
        let applied = member.apply(&entry);
        let is_done = applied.outcome.is_ok();
        let events = applied.changes.as_ref().map(wire::events).unwrap_or_default();
        let before = self.model.revision();
        self.compare(&command, applied);
        let expected = if self.model.revision() > before { self.model.past().events(before + 1) } else { &[] };
        assert_eq!(events, expected, "{command:?}");
        if let (Command::Compact(request), true) = (&command, is_done) {
            let member = &self.members[0];
            let state = member.backend.state();
            let pin = state.long.pin();
            let view = View::new(state, request.revision);
            view.disk().unwrap();
            let expected = self.model.past().hash(request.revision, previous);
            self.late_hashes.push(LateHash { view, _pin: pin, compact: previous, expected });
            member.allow_sweep();
        }
    }

    /// Does on the model what the first member did, and compares the answers.
    fn compare(&mut self, command: &Command, applied: Applied) {
        if let Command::LeaseCheckpoint(request) = command {
            request.checkpoints.iter().for_each(|checkpoint| self.model.checkpoint(checkpoint.id, checkpoint.remaining_ttl));
            assert_eq!(applied.outcome, Ok(Reply::Done));
            return;
        }
        let call = wire::call(command).unwrap();
        let current = self.members[0].state.store.current_revision();
        assert_eq!(wire::answer(&call, applied.outcome, current), self.model.apply(&call), "{command:?}");
    }

    /// What the model has in a range at a revision that may be read, whatever it would refuse by now.
    fn check_range(&self, revision: i64, request: &RangeRequest, found: RangeResult) {
        let expected = RangeResponse { header: None, ..range(self.model.past().at(revision), request) };
        let found = RangeResponse { header: None, ..wire::range(found, revision) };
        assert_eq!(found, expected, "at {revision}, {request:?}");
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
        let (revision, request) = (self.draw.revision(&self.model), self.draw.range());
        let effort = RangeEffort { keys_max: self.draw.below(10) as usize, bytes_max: self.draw.below(400) as usize };
        let store = &self.members[at].state.store;
        let present = store.current_revision();
        let read = store.read_at(revision, |view| run_range(view, &range_options(&request))).unwrap();
        let compact = store.compact_revision();
        match &read {
            Ok((result, current)) => {
                assert_eq!(*current, present);
                let readable = if revision <= 0 { present } else { revision };
                assert!(readable >= compact && readable <= present);
                Self::check_effort(effort, store, revision, &request, result);
                self.check_range(readable, &request, result.clone());
            }
            Err(RevisionRefusal::Compacted) => assert!(revision > 0 && revision < compact),
            Err(RevisionRefusal::Future) => assert!(revision > store.current_revision()),
        }
        match hash_kv(store, revision).unwrap() {
            Ok(hash) => {
                assert_eq!((hash.compact_revision, hash.current_revision), (compact, present));
                assert_eq!(hash.hash, self.model.past().hash(hash.revision, compact), "HashKV at {} of {hash:?}", hash.revision);
            }
            Err(refusal) => assert_eq!(Err(refusal), read.as_ref().map(drop).map_err(|refusal| *refusal)),
        }
    }

    /// A range that gives up in time does so only where there is more than was allowed, and gives the same otherwise.
    fn check_effort(effort: RangeEffort, store: &MvccStore, revision: i64, request: &RangeRequest, whole: &RangeResult) {
        let options = range_options(request);
        let (within, _) = store.read_at(revision, |view| run_range_within(view, &options, effort)).unwrap().unwrap();
        let bytes = |result: &RangeResult| result.kvs.frames().len();
        match within {
            Some(result) => {
                assert_eq!(&result, whole);
                let frames_of = |keys: usize| 4 * keys;
                let is_one = request.range_end.is_empty();
                assert!(is_one || bytes(&result) <= effort.bytes_max + frames_of(result.kvs.len()), "{effort:?}");
            }
            None => {
                let all = RangeRequest { limit: 0, keys_only: false, ..request.clone() };
                let (all, _) = store.read_at(revision, |view| run_range(view, &range_options(&all))).unwrap().unwrap();
                assert!(all.count as usize > effort.keys_max || bytes(&all) > effort.bytes_max, "{effort:?} for {request:?}");
            }
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
                assert_eq!(wire::events(revision), self.model.past().events(revision.revision));
                assert!(revision.revision >= next);
                next = revision.revision;
            }
            next = last.revision + 1;
        }
        assert!(from > current || next == current + 1, "every revision changes something");
        for key in self.draw.some_keys() {
            let before = from.min(current);
            if before > compact {
                let expected = self.model.past().at(before - 1).get(&key).map(|kv| Bytes::from(kv.encode_to_vec()));
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
            let request = self.draw.range();
            let read = run_range(&view, &range_options(&request));
            // One that compaction overtook is told so, whatever it saw.
            if self.members[at].state.store.is_readable(&view) {
                self.check_range(view.upper().main, &request, read.unwrap());
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
        let left = self.model.past().left_by_compaction(self.model.compact_revision());
        let left: Vec<_> =
            left.into_iter().map(|((main, sub), tombstone)| (Revision::new(main, sub as u32), tombstone)).collect();
        assert_eq!(dumps[0].records, left, "what is left after sweeping");
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
