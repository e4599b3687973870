//! The hub against the reference watcher: whatever happens in whatever order, each watcher gets exactly the events that a filter
//! over the whole history gives it.

use std::sync::Arc;

use bytes::Bytes;
use prost::Message;
use quorate_proto::{
    etcdserverpb::{WatchCreateRequest, watch_create_request::FilterType},
    mvccpb::{Event, KeyValue, event::EventType},
};

use super::{
    super::verify::{history::LedgerRevision, model::Past, watcher::Watcher},
    ChangeKind, Delivery, Filters, Interest, Notice, RevisionChanges, WatchBounds, WatchHub, WatchSpec,
    memory::{MemoryHistory, MemoryOutlet, Op, decode, delete, put},
};

const SEEDS: u64 = 300;
const STEPS: usize = 400;

struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    fn key(&mut self) -> String {
        ["a", "b", "c", "d", "dd", "e"][self.below(6) as usize].to_owned()
    }
}

/// A watcher as its client sees it.
struct Seen {
    request: WatchCreateRequest,
    /// What it is due, known once created.
    due: Option<Watcher>,
    /// Those that came since the last time that a header vouched, and how many came before.
    events: Vec<Event>,
    vouched: usize,
    last_revision: i64,
    /// Of the header last received; never goes back once the watcher is created.
    told_revision: i64,
    /// Events up to here are known to be complete.
    complete_to: i64,
    over: bool,
}

struct World {
    history: Arc<MemoryHistory>,
    hub: WatchHub,
    streams: Vec<(Arc<MemoryOutlet>, Vec<Seen>)>,
    /// Everything ever committed, compactions notwithstanding.
    past: Past,
    /// Committed, not handed over yet.
    in_flight: Vec<Arc<RevisionChanges>>,
    draw: Draw,
}

impl World {
    fn new(seed: u64) -> Self {
        let history = Arc::new(MemoryHistory::default());
        let interest = Arc::new(Interest::default());
        let mut hub = WatchHub::new(history.clone(), interest, WatchBounds::ANY);
        let mut draw = Draw(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let streams: Vec<_> = (0..3).map(|_| (MemoryOutlet::new(1 + draw.below(12) as usize), Vec::new())).collect();
        for (id, (outlet, _)) in streams.iter().enumerate() {
            hub.open_stream(id as u64, outlet.clone());
        }
        Self { history, hub, streams, past: Past::default(), in_flight: Vec::new(), draw }
    }

    fn current(&self) -> i64 {
        self.past.revision()
    }

    fn step(&mut self) {
        let stream = self.draw.below(self.streams.len() as u64);
        match self.draw.below(100) {
            0..35 => self.commit(),
            35..55 => self.hand_over(),
            55..57 => {
                self.in_flight.clear();
                self.hub.fall_behind();
            }
            57..58 => self.in_flight.clear(),
            58..66 => self.create(stream),
            66..68 => self.cancel(stream),
            68..74 => self.hub.progress_request(stream),
            74..76 => self.hub.progress_tick(stream),
            76..86 => {
                self.receive(stream as usize);
                self.hub.room(stream);
            }
            86..87 if self.current() > 3 => {
                let at = self.current() - self.draw.below(4).min(self.current() as u64 - 2) as i64;
                if at > super::History::compact_revision(self.history.as_ref()) {
                    self.history.compact(at);
                }
            }
            _ => self.hub.catch_up().unwrap(),
        }
    }

    fn commit(&mut self) {
        let mut ops: Vec<Op> = Vec::new();
        for _ in 0..=self.draw.below(3) {
            let key = self.draw.key();
            let fresh = !ops.iter().any(|op| matches!(op, Op::Put(k, _) | Op::Delete(k) if *k == key));
            if fresh {
                ops.push(if self.draw.below(4) == 0 { delete(&key) } else { put(&key, &self.current().to_string()) });
            }
        }
        let changes = self.history.commit(&ops);
        self.past.follow(&ledger(&changes));
        self.in_flight.push(changes);
    }

    fn hand_over(&mut self) {
        let count = self.draw.below(self.in_flight.len() as u64 + 1) as usize;
        let batch: Vec<_> = self.in_flight.drain(..count).collect();
        self.hub.on_changes(&batch).unwrap();
    }

    fn create(&mut self, stream: u64) {
        let end = match self.draw.below(4) {
            0 => "\0".to_owned(),
            1 => "zz".to_owned(),
            _ => String::new(),
        };
        let start_revision = match self.draw.below(3) {
            0 => 0,
            _ => 1 + self.draw.below(self.current() as u64 + 3) as i64,
        };
        let seen = &mut self.streams[stream as usize].1;
        let filters = Filters { no_put: self.draw.below(6) == 0, no_delete: self.draw.below(6) == 0 };
        let spec = WatchSpec {
            key: Bytes::from(self.draw.key()),
            range_end: Bytes::from(end),
            start_revision,
            watch_id: seen.len() as i64 + 1,
            filters,
            progress_notify: self.draw.below(2) == 0,
            ..WatchSpec::default()
        };
        let named = [(filters.no_put, FilterType::Noput), (filters.no_delete, FilterType::Nodelete)];
        let request = WatchCreateRequest {
            key: spec.key.clone(),
            range_end: spec.range_end.clone(),
            start_revision,
            filters: named.iter().filter(|(is_set, _)| *is_set).map(|(_, filter)| i32::from(*filter)).collect(),
            ..WatchCreateRequest::default()
        };
        seen.push(Seen {
            request,
            due: None,
            events: Vec::new(),
            vouched: 0,
            last_revision: 0,
            told_revision: 0,
            complete_to: 0,
            over: false,
        });
        self.hub.create(stream, spec);
    }

    fn cancel(&mut self, stream: u64) {
        let watchers = self.streams[stream as usize].1.len() as u64;
        if watchers > 0 {
            let id = 1 + self.draw.below(watchers) as i64;
            self.hub.cancel(stream, id);
        }
    }

    fn receive(&mut self, stream: usize) {
        let taken: Vec<Delivery> = self.streams[stream].0.queue.lock().drain(..).collect();
        for delivery in taken {
            if delivery.watch_id == -1 {
                assert!(matches!(delivery.notice, Notice::Progress));
                for at in 0..self.streams[stream].1.len() {
                    self.bookmark(stream, at, delivery.revision);
                }
                continue;
            }
            self.receive_one(stream, delivery.watch_id as usize - 1, &delivery);
        }
    }

    fn receive_one(&mut self, stream: usize, at: usize, delivery: &Delivery) {
        let seen = &mut self.streams[stream].1[at];
        let confirms = matches!(delivery.notice, Notice::Canceled { compact_revision: 0 });
        assert!(!seen.over || confirms, "nothing after the end but the answer to a cancel");
        match delivery.notice {
            Notice::Created => {
                seen.due = Some(Watcher::new(&seen.request, delivery.revision));
            }
            Notice::Progress => self.bookmark(stream, at, delivery.revision),
            Notice::Canceled { compact_revision: 0 } => seen.over = true,
            Notice::Canceled { compact_revision } => {
                assert!(seen.complete_to < compact_revision);
                seen.over = true;
            }
            Notice::Events(_) => {
                let events = decode(delivery);
                assert!(!events.is_empty());
                let first = events[0].kv.as_ref().unwrap().mod_revision;
                assert!(first > seen.last_revision, "atomic: a revision is in one response");
                seen.last_revision = events.last().unwrap().kv.as_ref().unwrap().mod_revision;
                assert!(delivery.revision >= seen.last_revision);
                seen.events.extend(events);
                let revision = delivery.revision;
                self.bookmark(stream, at, revision);
            }
            Notice::Rejected(_) => panic!("{delivery:?}"),
        }
    }

    /// Everything up to `revision` must have been received.
    fn bookmark(&mut self, stream: usize, at: usize, revision: i64) {
        let seen = &self.streams[stream].1[at];
        let Some(due) = seen.due.as_ref().filter(|_| !seen.over) else { return };
        let from = due.from().max(seen.complete_to + 1);
        let expected: Vec<Event> = (from..=revision).flat_map(|revision| due.events(&self.past, revision)).collect();
        let seen = &mut self.streams[stream].1[at];
        assert!(revision >= seen.told_revision, "{revision} after {}", seen.told_revision);
        seen.told_revision = revision;
        assert_eq!(seen.events, expected, "watcher {at} of stream {stream} up to {revision}");
        seen.vouched += seen.events.len();
        seen.events.clear();
        seen.complete_to = revision;
    }

    /// Nothing more happens: everyone must become level and have everything.
    fn settle(&mut self) {
        let rest = std::mem::take(&mut self.in_flight);
        self.hub.on_changes(&rest).unwrap();
        self.hub.fall_behind();
        for _ in 0..10_000 {
            for stream in 0..self.streams.len() {
                self.receive(stream);
                self.hub.room(stream as u64);
            }
            if !self.hub.is_catching_up() {
                break;
            }
            self.hub.catch_up().unwrap();
        }
        assert_eq!(self.hub.facts().slow_watchers, 0);
        for stream in 0..self.streams.len() {
            for at in 0..self.streams[stream].1.len() {
                self.bookmark(stream, at, self.current());
            }
        }
    }
}

/// The changes as the ledger has them.
fn ledger(changes: &RevisionChanges) -> LedgerRevision {
    let event = |kind: ChangeKind, record: &Bytes| {
        let kind = if kind == ChangeKind::Put { EventType::Put } else { EventType::Delete };
        let kv = KeyValue { mod_revision: changes.revision, ..KeyValue::decode(record.clone()).unwrap() };
        Event { r#type: kind.into(), kv: Some(kv), prev_kv: None }
    };
    let events = changes.changes.iter().map(|change| event(change.kind, &change.record)).collect();
    LedgerRevision { revision: changes.revision, events }
}

#[test]
fn watchers_see_every_revision_once_whole_and_in_order_and_progress_is_never_ahead() {
    let mut events = 0;
    let mut over = 0;
    for seed in 1..=SEEDS {
        let told = std::panic::catch_unwind(|| {
            let mut world = World::new(seed);
            for _ in 0..STEPS {
                world.step();
            }
            world.settle();
            let seen = || world.streams.iter().flat_map(|(_, seen)| seen);
            (seen().map(|seen| seen.vouched).sum::<usize>(), seen().filter(|seen| seen.over).count())
        });
        let (some, ended) = told.unwrap_or_else(|_| panic!("seed {seed}"));
        events += some;
        over += ended;
    }
    assert!(events > 100_000 && over > 500, "the runs are not trivial: {events} events, {over} ended");
}
