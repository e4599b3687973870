//! All connections of clients, and which of them has to go when there are too many, too much is under way, or too much lies unread.
//!
//! Nobody is disturbed as long as there is room. When there is none, somebody has to go, and not whoever comes next: of connections without a free
//! slot the one that has been idle for longest, of calls under way those of the connection that has most, of answers that are not read those of the
//! connections that hold most and take least. A client that is sent away so connects again, at the price of a moment.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;
use tokio::{sync::Notify, time::interval};

use crate::core::server::{AnswerRoom, Unread};

/// Between two looks.
pub const LOOK_PERIOD: Duration = Duration::from_secs(1);
/// Looks that a connection must have been idle for to be sent away for another one.
const IDLE_LOOKS_MIN: u64 = 5;
/// Bytes that a connection with unread answers takes between two looks if it is not to count as slow.
const SLOW_BYTES: u64 = 64 * 1024;
/// Looks in a row at which a connection must have been slow to be sent away.
const SLOW_LOOKS_MIN: u32 = 3;
/// Memory that a call takes while it is under way, about, if it is a watch.
const CALL_BYTES: usize = 24 * 1024;
/// Bounds of the calls under way of all connections together. Between them they may take as much memory as what lies unread.
const CALLS_MIN: usize = 16 * 1024;
const CALLS_MAX: usize = 256 * 1024;

/// Why a connection has to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    #[error("it was idle for longest, and there are no more free connections")]
    Idle,
    #[error("it had the most calls under way, and there are too many")]
    Calls,
    #[error("it did not read its answers, and there is no more room for those of others")]
    Unread,
}

impl Reason {
    /// For the metric.
    pub fn label(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Calls => "calls",
            Self::Unread => "unread",
        }
    }
}

/// The table of connections.
pub struct Connections {
    table: Mutex<Table>,
    /// Looks so far: a clock that costs nothing to read.
    looks: AtomicU64,
    /// Calls under way.
    calls: AtomicUsize,
    calls_max: usize,
    /// Somebody was sent away for the number of calls since the last look.
    thinned: AtomicBool,
    room: Arc<AnswerRoom>,
}

#[derive(Default)]
struct Table {
    next: u64,
    /// By age.
    open: BTreeMap<u64, Arc<Known>>,
}

/// What is known of a connection.
struct Known {
    unread: Arc<Unread>,
    calls: AtomicUsize,
    /// The look at which its last call ended.
    idle_since: AtomicU64,
    /// Bytes that went into its socket.
    written: Arc<AtomicU64>,
    told: Mutex<Option<Reason>>,
    telling: Notify,
}

impl Known {
    /// Tells it to go, unless it was told already.
    fn tell(&self, reason: Reason) -> bool {
        let mut told = self.told.lock();
        let is_news = told.is_none();
        told.get_or_insert(reason);
        drop(told);
        self.telling.notify_one();
        is_news
    }

    fn is_told(&self) -> bool {
        self.told.lock().is_some()
    }
}

impl Connections {
    pub fn new(room: Arc<AnswerRoom>) -> Arc<Self> {
        let calls_max = (room.bytes_max() / CALL_BYTES).clamp(CALLS_MIN, CALLS_MAX);
        Self::with_calls_max(room, calls_max)
    }

    fn with_calls_max(room: Arc<AnswerRoom>, calls_max: usize) -> Arc<Self> {
        Arc::new(Self {
            table: Mutex::default(),
            looks: AtomicU64::new(0),
            calls: AtomicUsize::new(0),
            calls_max,
            thinned: AtomicBool::new(false),
            room,
        })
    }

    /// A new connection.
    pub fn enter(self: &Arc<Self>) -> Entry {
        let known = Arc::new(Known {
            unread: Unread::new(Arc::clone(&self.room)),
            calls: AtomicUsize::new(0),
            idle_since: AtomicU64::new(self.looks.load(Ordering::Relaxed)),
            written: Arc::default(),
            told: Mutex::default(),
            telling: Notify::new(),
        });
        let mut table = self.table.lock();
        let id = table.next;
        table.next += 1;
        table.open.insert(id, Arc::clone(&known));
        drop(table);
        Entry { all: Arc::clone(self), id, known }
    }

    /// Sends away the connection that has been idle for longest; `false` when all have something to do, or had just now.
    pub fn make_room(&self) -> bool {
        let now = self.looks.load(Ordering::Relaxed);
        let table = self.table.lock();
        // One that was told and is on its way out makes room already.
        let idlest = table
            .open
            .values()
            .filter(|known| known.calls.load(Ordering::Relaxed) == 0 && known.unread.bytes() == 0)
            .min_by_key(|known| known.idle_since.load(Ordering::Relaxed));
        let Some(idlest) = idlest.filter(|known| known.idle_since.load(Ordering::Relaxed) + IDLE_LOOKS_MIN <= now) else {
            return false;
        };
        idlest.tell(Reason::Idle);
        true
    }

    /// There are more calls under way than there may be.
    fn thin_out(&self) {
        if self.thinned.swap(true, Ordering::Relaxed) {
            return;
        }
        let table = self.table.lock();
        let busiest =
            table.open.values().filter(|known| !known.is_told()).max_by_key(|known| known.calls.load(Ordering::Relaxed));
        if let Some(busiest) = busiest {
            busiest.tell(Reason::Calls);
        }
    }

    /// Looks after them, for as long as it is polled.
    pub async fn look_after(self: Arc<Self>) {
        let mut looks = interval(LOOK_PERIOD);
        let mut slow = Slow::default();
        loop {
            looks.tick().await;
            self.look(&mut slow);
        }
    }

    fn look(&self, slow: &mut Slow) {
        self.looks.fetch_add(1, Ordering::Relaxed);
        self.thinned.store(false, Ordering::Relaxed);
        if self.calls.load(Ordering::Relaxed) > self.calls_max {
            self.thin_out();
        }
        if !self.room.is_pressed() {
            return slow.forget();
        }
        let table = self.table.lock();
        let holders = table.open.iter().filter(|(_, known)| known.unread.bytes() > 0 && !known.is_told());
        let holders = holders.map(|(id, known)| (*id, known.unread.bytes(), known.written.load(Ordering::Relaxed)));
        for id in slow.judge(holders, self.room.unread() / 2) {
            table.open[&id].tell(Reason::Unread);
        }
    }
}

/// Which connections were slow of late.
#[derive(Default)]
struct Slow {
    /// Bytes written at the last look, and looks in a row at which it was slow.
    known: HashMap<u64, (u64, u32)>,
}

impl Slow {
    fn forget(&mut self) {
        self.known.clear();
    }

    /// Takes connections with their unread and written bytes; answers those that have to go, so that about `wanted` bytes come free: the ones
    /// that hold most first, all of them slow for long enough.
    fn judge(&mut self, holders: impl Iterator<Item = (u64, usize, u64)>, wanted: usize) -> Vec<u64> {
        let mut candidates = Vec::new();
        let known = holders.map(|(id, unread, written)| {
            let slow_looks = match self.known.get(&id) {
                Some((before, looks)) if written - before < SLOW_BYTES => looks + 1,
                _ => 0,
            };
            if slow_looks >= SLOW_LOOKS_MIN {
                candidates.push((unread, id));
            }
            (id, (written, slow_looks))
        });
        self.known = known.collect();
        candidates.sort_unstable_by(|a, b| b.cmp(a));
        let mut freed = 0;
        let chosen = candidates.into_iter().take_while(|(unread, _)| {
            let go_on = freed < wanted;
            freed += unread;
            go_on
        });
        chosen.map(|(_, id)| id).collect()
    }
}

/// A connection's place in the table, until it is dropped.
pub struct Entry {
    all: Arc<Connections>,
    id: u64,
    known: Arc<Known>,
}

impl Entry {
    /// A call has begun.
    pub fn begin_call(&self) -> UnderWay {
        self.known.calls.fetch_add(1, Ordering::Relaxed);
        if self.all.calls.fetch_add(1, Ordering::Relaxed) >= self.all.calls_max {
            self.all.thin_out();
        }
        UnderWay { all: Arc::clone(&self.all), known: Arc::clone(&self.known) }
    }

    /// Waits until it is told to go.
    pub async fn told_to_go(&self) -> Reason {
        loop {
            let telling = self.known.telling.notified();
            if let Some(reason) = *self.known.told.lock() {
                return reason;
            }
            telling.await;
        }
    }

    /// Counts what goes into the socket.
    pub fn meter(&self) -> Meter {
        Meter(Arc::clone(&self.known.written))
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.all.table.lock().open.remove(&self.id);
    }
}

/// Counts the bytes that a connection takes.
#[derive(Default)]
pub struct Meter(Arc<AtomicU64>);

impl Meter {
    pub fn wrote(&self, bytes: usize) {
        self.0.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

/// A call, until its answer was passed on.
pub struct UnderWay {
    all: Arc<Connections>,
    known: Arc<Known>,
}

impl UnderWay {
    /// Where its answer is counted.
    pub fn unread(&self) -> &Arc<Unread> {
        &self.known.unread
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.all.calls.fetch_sub(1, Ordering::Relaxed);
        if self.known.calls.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.known.idle_since.store(self.all.looks.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn connections(room_bytes: usize) -> Arc<Connections> {
        Connections::with_calls_max(AnswerRoom::new(room_bytes), 4)
    }

    fn look(all: &Arc<Connections>, times: u64) {
        let mut slow = Slow::default();
        (0..times).for_each(|_| all.look(&mut slow));
    }

    fn told(entry: &Entry) -> Option<Reason> {
        *entry.known.told.lock()
    }

    #[test]
    fn the_one_that_was_idle_for_longest_makes_room() {
        let all = connections(100);
        let (first, second, busy) = (all.enter(), all.enter(), all.enter());
        let call = busy.begin_call();
        look(&all, 1);
        drop(first.begin_call());
        look(&all, IDLE_LOOKS_MIN - 2);
        assert!(!all.make_room(), "nobody was idle for long enough");
        look(&all, 1);
        assert!(all.make_room());
        assert_eq!((told(&first), told(&second), told(&busy)), (None, Some(Reason::Idle), None));
        drop(second);
        look(&all, 1);
        assert!(all.make_room());
        assert_eq!(told(&first), Some(Reason::Idle));
        drop(first);
        look(&all, 100);
        assert!(!all.make_room(), "the last one is busy");
        drop(call);
    }

    #[test]
    fn one_with_an_unread_answer_is_not_idle() {
        let all = connections(100);
        let entry = all.enter();
        let answer = entry.begin_call().unread().count(Bytes::from_static(b"answer"));
        look(&all, 100);
        assert!(!all.make_room());
        drop(answer);
        assert!(all.make_room());
    }

    #[test]
    fn of_too_many_calls_those_of_the_busiest_go() {
        let all = connections(100);
        let (one, other) = (all.enter(), all.enter());
        let mut calls: Vec<_> = [&one, &other, &other, &one].map(Entry::begin_call).into();
        assert_eq!((told(&one), told(&other)), (None, None));
        calls.push(other.begin_call());
        assert_eq!((told(&one), told(&other)), (None, Some(Reason::Calls)));
        calls.push(one.begin_call());
        assert_eq!(told(&one), None, "one at a time");
        look(&all, 1);
        assert_eq!(told(&one), Some(Reason::Calls), "the first one is not enough, or does not go");
    }

    #[test]
    fn who_holds_most_and_takes_nothing_goes_when_others_want_room() {
        let all = connections(100);
        let entries = [all.enter(), all.enter(), all.enter()];
        let hold = |entry: &Entry, bytes: usize| entry.begin_call().unread().count(Bytes::from(vec![7; bytes]));
        let held = [hold(&entries[0], 30), hold(&entries[1], 40), hold(&entries[2], 50)];
        let mut slow = Slow::default();
        for _ in 0..=SLOW_LOOKS_MIN {
            assert!(entries.iter().all(|entry| told(entry).is_none()));
            // The one that holds most takes what it can.
            entries[2].meter().wrote(SLOW_BYTES as usize);
            all.look(&mut slow);
        }
        assert_eq!(entries.each_ref().map(told), [Some(Reason::Unread), Some(Reason::Unread), None]);
        drop(held);
    }

    #[test]
    fn no_more_go_than_must() {
        let mut slow = Slow::default();
        let holders = || [(1, 10, 0), (2, 30, 0), (3, 20, 0)].into_iter();
        (0..SLOW_LOOKS_MIN).for_each(|_| assert!(slow.judge(holders(), 40).is_empty()));
        assert_eq!(slow.judge(holders(), 30), [2]);
        assert_eq!(slow.judge(holders(), 31), [2, 3]);
    }

    #[test]
    fn nobody_goes_while_there_is_room() {
        let all = connections(1000);
        let entry = all.enter();
        let held = entry.begin_call().unread().count(Bytes::from(vec![7; 900]));
        look(&all, 100);
        assert_eq!(told(&entry), None);
        drop(held);
    }

    #[tokio::test]
    async fn being_told_is_heard_whenever_it_happened() {
        let all = connections(100);
        let entry = all.enter();
        entry.known.tell(Reason::Idle);
        assert_eq!(entry.told_to_go().await, Reason::Idle);
        assert_eq!(entry.told_to_go().await, Reason::Idle, "it stays told");
        let other = all.enter();
        let known = Arc::clone(&other.known);
        let (reason, ()) = tokio::join!(other.told_to_go(), async { assert!(known.tell(Reason::Calls)) });
        assert_eq!(reason, Reason::Calls);
    }
}
