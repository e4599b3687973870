//! Runs of many clients at once, drawn from a seed: right ones are clean, and of each kind of mistake any one is found.

use std::collections::BTreeMap;

use quorate_proto::{
    etcdserverpb::{
        Compare, LeaseTimeToLiveRequest, RangeRequest, RequestOp, ResponseHeader, TxnRequest, WatchCreateRequest, WatchResponse,
        compare::{CompareResult, CompareTarget, TargetUnion},
        request_op::Request,
    },
    mvccpb::Event,
};

use super::{
    super::{
        history::{Answer, Call, HashSeen, History, Ledger, Moment, Operation, Outcome, WatchStream},
        model::{Model, Past},
        watcher::Watcher,
    },
    testing::*,
    *,
};

const CLIENTS: u64 = 8;
const KEYS: u64 = 12;
const SECOND: Moment = 1000 * MS;

struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }
}

/// A store that many clients use at once.
struct World {
    draw: Draw,
    model: Model,
    operations: Vec<Operation>,
    /// What is to happen, in the order of time.
    agenda: BTreeMap<(Moment, u64), Due>,
    /// Until when each lease lives at least.
    leases: BTreeMap<i64, Moment>,
    /// When each revision was made, from 2 on.
    made: Vec<Moment>,
    values: u64,
    left: usize,
}

#[derive(Clone, Copy)]
enum Due {
    /// A client asks for something.
    Ask(u64),
    /// An operation takes effect.
    Effect(usize),
    /// A look for leases that are over.
    Leases,
}

impl World {
    fn run(seed: u64, operations: usize) -> History {
        let mut world = Self {
            draw: Draw(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1),
            model: Model::default(),
            operations: Vec::new(),
            agenda: BTreeMap::new(),
            leases: BTreeMap::new(),
            made: Vec::new(),
            values: 0,
            left: operations,
        };
        (0..CLIENTS).for_each(|client| world.plan(client, Due::Ask(client)));
        world.plan(0, Due::Leases);
        while let Some(((now, _), due)) = world.agenda.pop_first() {
            match due {
                Due::Ask(client) => world.ask(now, client),
                Due::Effect(index) => world.effect(now, index),
                Due::Leases => world.end_leases(now),
            }
            while world.made.len() < world.model.past().revisions().len() {
                world.made.push(now);
            }
        }
        world.history()
    }

    fn plan(&mut self, at: Moment, due: Due) {
        let tie = self.draw.below(u64::MAX);
        self.agenda.insert((at, tie), due);
    }

    fn ask(&mut self, now: Moment, client: u64) {
        if self.left == 0 {
            return;
        }
        self.left -= 1;
        let call = self.call();
        let (effect, ended) = (now + 1 + self.draw.below(5 * MS), now + 6 * MS + self.draw.below(5 * MS));
        let index = self.operations.len();
        let outcome = Outcome::Unknown(String::new());
        self.operations.push(Operation { client: client as u32, member: client % 3, call, begun: now, ended, outcome });
        match self.draw.below(20) {
            // Never, or perhaps much later.
            0 => {}
            1 => {
                let late = effect + self.draw.below(SECOND);
                self.plan(late, Due::Effect(index));
            }
            _ => self.plan(effect, Due::Effect(index)),
        }
        let next = ended + 1 + self.draw.below(3 * MS);
        self.plan(next, Due::Ask(client));
    }

    fn key(&mut self) -> String {
        format!("k{}", self.draw.below(KEYS))
    }

    fn value(&mut self) -> String {
        self.values += 1;
        format!("v{}", self.values)
    }

    fn call(&mut self) -> Call {
        let (key, value) = (self.key(), self.value());
        let lease = 1 + self.draw.below(1 + self.values / 50) as i64;
        match self.draw.below(100) {
            0..30 => put(&key, &value),
            30..40 => leased(&key, &value, lease),
            40..60 => get(&key, ""),
            60..63 => get("k", "l"),
            63..68 => serializable(&key),
            68..72 => get_at(&key, "", 1 + self.draw.below(self.model.revision() as u64 + 2) as i64),
            72..77 => delete(&key, ""),
            77..78 => delete("k1", "k2"),
            78..86 => self.txn(&key, &value),
            86..88 => put_all(&[("k1", &format!("{value}a")), ("k2", &format!("{value}b"))]),
            88..92 => grant(1 + (self.values / 50) as i64, 1 + self.draw.below(2) as i64),
            92..94 => revoke(lease),
            94..97 => keep_alive(lease),
            97..98 => Call::LeaseTimeToLive(LeaseTimeToLiveRequest { id: lease, keys: true }),
            _ => compact(self.model.revision() - self.draw.below(20) as i64),
        }
    }

    fn txn(&mut self, key: &str, value: &str) -> Call {
        if self.draw.below(2) == 0 {
            let is = self.model.past().newest().get(&bytes(key)).map_or("none".into(), |kv| kv.value.clone());
            return swap(key, std::str::from_utf8(&is).unwrap(), value);
        }
        let union = TargetUnion::CreateRevision(0);
        let target = CompareTarget::Create.into();
        let result = CompareResult::Equal.into();
        let compare = Compare { result, target, key: bytes(key), target_union: Some(union), ..Compare::default() };
        let op = |request| vec![RequestOp { request: Some(request) }];
        let (Call::Put(put), Call::DeleteRange(delete)) = (put(key, value), delete(key, "")) else { panic!() };
        let nested = TxnRequest { success: op(Request::RequestDeleteRange(delete)), ..TxnRequest::default() };
        let range = Request::RequestRange(RangeRequest { key: bytes(key), ..RangeRequest::default() });
        let failure = [op(range), op(Request::RequestTxn(nested))].concat();
        Call::Txn(TxnRequest { compare: vec![compare], success: op(Request::RequestPut(put)), failure })
    }

    fn effect(&mut self, now: Moment, index: usize) {
        let Operation { begun, call, ended, .. } = self.operations[index].clone();
        let is_old = matches!(&call, Call::Range(range) if range.serializable) && self.model.revision() > 3;
        let outcome = if is_old { self.old_read(&call) } else { self.model.apply(&call) };
        if let Ok(answer) = &outcome {
            self.renew(begun, now, answer);
        }
        if now < ended {
            self.operations[index].outcome = match outcome {
                Ok(answer) => Outcome::Answered(answer),
                Err(refusal) => Outcome::Refused(refusal.to_owned()),
            };
        }
    }

    /// From a member that is behind.
    fn old_read(&mut self, call: &Call) -> Result<Answer, &'static str> {
        let mut behind = Model::default();
        let upto = self.model.past().revisions().len() - self.draw.below(3) as usize;
        self.model.past().revisions()[..upto].iter().for_each(|revision| behind.follow(revision));
        behind.apply(call)
    }

    fn renew(&mut self, _begun: Moment, now: Moment, answer: &Answer) {
        match answer {
            Answer::LeaseGrant(granted) => _ = self.leases.insert(granted.id, now + granted.ttl as u64 * SECOND),
            Answer::LeaseKeepAlive(renewed) if renewed.ttl > 0 => {
                self.leases.insert(renewed.id, now + renewed.ttl as u64 * SECOND);
            }
            _ => {}
        }
    }

    fn end_leases(&mut self, now: Moment) {
        let over: Vec<i64> = self.leases.iter().filter(|(_, until)| **until <= now).map(|(id, _)| *id).collect();
        for id in over {
            self.leases.remove(&id);
            // It may have been revoked.
            if self.model.leases().contains_key(&id) {
                self.model.apply(&revoke(id)).unwrap();
            }
        }
        if self.left > 0 || !self.leases.is_empty() {
            self.plan(now + 50 * MS, Due::Leases);
        }
    }

    fn history(mut self) -> History {
        let past = self.model.past().clone();
        let ledger = Ledger { revisions: past.revisions().to_vec() };
        let streams = (0..6).map(|_| self.stream(&past)).collect();
        let hash = |revision, compact_revision| HashSeen {
            member: 1,
            revision,
            compact_revision,
            hash: past.hash(revision, compact_revision),
        };
        let last = past.revision();
        let hashes = vec![hash(last, -1), hash(last / 2, last / 4), hash(last, last / 2)];
        History { operations: self.operations, streams, ledger, hashes, users: None }
    }

    /// A stream that gets each revision a while after it was made; sometimes several at once.
    fn stream(&mut self, past: &Past) -> WatchStream {
        let wide = self.draw.below(2) == 0;
        let key = bytes(if wide { "k" } else { "k1" });
        let range_end = bytes(if wide { "l" } else { "" });
        let current = 1 + self.draw.below(past.revision() as u64) as i64;
        let start_revision = self.draw.below(2) as i64 * current / 2;
        let request = WatchCreateRequest { key, range_end, start_revision, prev_kv: wide, ..WatchCreateRequest::default() };
        let watcher = Watcher::new(&request, current);
        let header = |revision| Some(ResponseHeader { revision, ..ResponseHeader::default() });
        let at = |revision: i64| self.made[revision as usize - 2] + 10 * MS;
        let created = at(current.max(2));
        let response = WatchResponse { header: header(current), created: true, ..WatchResponse::default() };
        let mut responses = vec![(created, response)];
        let mut waiting: Vec<Event> = Vec::new();
        for revision in watcher.from()..=past.revision() {
            waiting.extend(watcher.events(past, revision));
            if !waiting.is_empty() && (self.draw.below(3) > 0 || revision == past.revision()) {
                let events = std::mem::take(&mut waiting);
                let response = WatchResponse { header: header(revision), events, ..WatchResponse::default() };
                responses.push((at(revision).max(created), response));
            }
        }
        WatchStream { begun: created - MS, creates: vec![(created - MS, request)], responses, ..WatchStream::default() }
    }
}

#[test]
fn right_runs_are_clean() {
    let mut unheard = 0;
    let mut ends = 0;
    for seed in 1..=8 {
        let report = check_all(&World::run(seed, 1500), &Options::default());
        assert!(report.is_clean(), "seed {seed}\n{report}");
        assert!(report.judged.watch_events > 100, "{report}");
        unheard += report.judged.unheard;
        ends += report.judged.lease_ends;
    }
    assert!(unheard > 200 && ends > 25, "the runs are not trivial: {unheard} unheard, {ends} ends of leases");
}

/// Operations with this kind of answer.
fn answered(history: &History, wanted: fn(&Call, &Answer) -> bool) -> Vec<usize> {
    let fits = |index: &usize| {
        let operation = &history.operations[*index];
        operation.answer().is_some_and(|answer| wanted(&operation.call, answer))
    };
    (0..history.operations.len()).filter(fits).collect()
}

/// A mistake at some place; `false` if there was none to make there.
type Spoil = fn(&mut History, &mut Draw) -> bool;

const MISTAKES: [(&str, Spoil); 8] = [
    ("a read of one key is stale", |history, draw| {
        let reads = answered(history, |call, _| matches!(call, Call::Range(range) if !range.serializable && range.revision == 0));
        let index = reads[draw.below(reads.len() as u64) as usize];
        let call = history.operations[index].call.clone();
        let mut behind = Model::default();
        let known = Known::of(history).floor(history.operations[index].begun);
        for revision in history.ledger.revisions.iter().take_while(|revision| revision.revision < known) {
            behind.follow(revision);
        }
        *history.answer_mut(index) = behind.apply(&call).unwrap();
        known > 1
    }),
    ("a write is lost", |history, draw| {
        let puts = answered(history, |call, _| matches!(call, Call::Put(_)));
        let index = puts[draw.below(puts.len() as u64) as usize];
        let at = history.operations[index].told_revision().unwrap();
        history.events_mut(at)[0].kv.as_mut().unwrap().value = bytes("another");
        true
    }),
    ("a write takes effect again", |history, draw| {
        let index = draw.below(history.ledger.revisions.len() as u64) as usize;
        let mut again = history.ledger.revisions[index].clone();
        again.revision = history.ledger.revisions.len() as i64 + 2;
        history.ledger.revisions.push(again);
        true
    }),
    ("a watch event is left out", |history, draw| {
        let stream = draw.below(history.streams.len() as u64) as usize;
        let responses = &mut history.streams[stream].responses;
        responses.len() > 1 && {
            let at = 1 + draw.below(responses.len() as u64 - 1) as usize;
            responses.remove(at);
            true
        }
    }),
    ("watch responses are out of order", |history, draw| {
        let stream = draw.below(history.streams.len() as u64) as usize;
        let responses = &mut history.streams[stream].responses;
        responses.len() > 2 && {
            let at = 1 + draw.below(responses.len() as u64 - 2) as usize;
            let (first, second) = responses.split_at_mut(at + 1);
            std::mem::swap(&mut first[at].1, &mut second[0].1);
            true
        }
    }),
    ("a key is kept from a reader", |history, draw| {
        let reads = answered(history, |_, answer| matches!(answer, Answer::Range(range) if !range.kvs.is_empty()));
        let index = reads[draw.below(reads.len() as u64) as usize];
        history.kvs_mut(index).pop();
        true
    }),
    ("two answers are mixed up", |history, draw| {
        let puts = answered(history, |call, _| matches!(call, Call::Put(_)));
        let (first, second) = (puts[draw.below(puts.len() as u64) as usize], puts[draw.below(puts.len() as u64) as usize]);
        let (one, other) = (history.answer_mut(first).clone(), history.answer_mut(second).clone());
        *history.answer_mut(first) = other;
        *history.answer_mut(second) = one;
        first != second
    }),
    ("an acknowledged write was refused", |history, draw| {
        let puts = answered(history, |call, _| matches!(call, Call::Put(_)));
        let index = puts[draw.below(puts.len() as u64) as usize];
        history.operations[index].outcome = Outcome::Refused("no".to_owned());
        true
    }),
];

#[test]
fn any_mistake_is_found() {
    let right = World::run(11, 600);
    let mut draw = Draw(12345);
    for (name, spoil) in MISTAKES {
        let mut made = 0;
        while made < 6 {
            let mut history = right.clone();
            if spoil(&mut history, &mut draw) {
                made += 1;
                assert!(!check_all(&history, &Options::default()).findings.is_empty(), "{name}");
            }
        }
    }
}
