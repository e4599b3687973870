//! Requests of which a part has arrived and the rest has not.
//!
//! What has arrived of a message lies in memory until all of it is there, and what comes next of it may take for ever. So a message has a time in
//! which to arrive, from its first byte on, or for a single call from the call's beginning, and all that are on their way together have so much
//! memory: one more, and the oldest are given up. Whoever means it is done long before a flood has come round. Only requests that have
//! to be waited for are entered; most are there at once.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Waker},
    time::Duration,
};

use parking_lot::Mutex;
use tokio::time::interval;
use tonic::Status;

/// Between two looks for requests that took too long.
const LOOK_PERIOD: Duration = Duration::from_secs(1);
/// Looks within which a message must have arrived: two minutes.
const LOOKS_MAX: u64 = 120;
/// Bytes of all unfinished messages together, unless memory is short.
const BYTES_MAX: usize = 256 * 1024 * 1024;
/// What an entry costs beside the bytes that have arrived: the call and its stream.
const ENTRY_BYTES: usize = 4096;

/// The table of unfinished requests.
pub struct Arriving {
    table: Mutex<Table>,
    /// Looks so far: a clock that costs nothing to read.
    looks: AtomicU64,
    bytes_max: usize,
}

#[derive(Default)]
struct Table {
    next: u64,
    /// By age.
    open: BTreeMap<u64, Unfinished>,
    bytes: usize,
}

struct Unfinished {
    bytes: usize,
    since: u64,
    waker: Waker,
}

impl Table {
    fn remove(&mut self, id: u64) -> Option<Unfinished> {
        let removed = self.open.remove(&id)?;
        self.bytes -= removed.bytes;
        Some(removed)
    }

    fn remove_oldest(&mut self) -> Option<Unfinished> {
        let oldest = *self.open.first_key_value()?.0;
        self.remove(oldest)
    }
}

impl Arriving {
    /// `memory_max` is what may lie in memory for clients; where that is little, it is the bound.
    pub fn new(memory_max: usize) -> Arc<Self> {
        Self::within(BYTES_MAX.min(memory_max))
    }

    fn within(bytes_max: usize) -> Arc<Self> {
        Arc::new(Self { table: Mutex::default(), looks: AtomicU64::new(0), bytes_max })
    }

    /// Gives up what takes too long, for as long as it is polled.
    pub async fn look_after(self: Arc<Self>) {
        let mut looks = interval(LOOK_PERIOD);
        loop {
            looks.tick().await;
            self.look();
        }
    }

    fn look(&self) {
        let now = self.looks.fetch_add(1, Ordering::Relaxed) + 1;
        let mut given_up = Vec::new();
        let mut table = self.table.lock();
        while table.open.first_key_value().is_some_and(|(_, oldest)| oldest.since + LOOKS_MAX <= now) {
            given_up.extend(table.remove_oldest());
        }
        drop(table);
        given_up.into_iter().for_each(|unfinished| unfinished.waker.wake());
    }

    /// Enters a message, or notes how much of it there is; answers its id. `None` when it was given up.
    fn note(&self, id: Option<u64>, bytes: usize, waker: &Waker) -> Option<u64> {
        let mut given_up = Vec::new();
        let mut table = self.table.lock();
        let id = if let Some(id) = id {
            let known = table.open.get_mut(&id)?;
            let before = std::mem::replace(&mut known.bytes, bytes);
            known.waker.clone_from(waker);
            table.bytes = table.bytes - before + bytes;
            id
        } else {
            let id = table.next;
            table.next += 1;
            table.open.insert(id, Unfinished { bytes, since: self.looks.load(Ordering::Relaxed), waker: waker.clone() });
            table.bytes += bytes;
            id
        };
        while table.bytes > self.bytes_max {
            given_up.extend(table.remove_oldest());
        }
        let is_in = table.open.contains_key(&id);
        drop(table);
        // Its own waker may be among them, and is woken in vain.
        given_up.into_iter().for_each(|unfinished| unfinished.waker.wake());
        is_in.then_some(id)
    }

    fn forget(&self, id: u64) {
        self.table.lock().remove(id);
    }
}

/// One request's messages, of which one at a time may be unfinished.
pub struct Message {
    all: Arc<Arriving>,
    id: Option<u64>,
}

impl Message {
    pub fn new(all: &Arc<Arriving>) -> Self {
        Self { all: Arc::clone(all), id: None }
    }

    /// The rest has to be waited for; `bytes` are there.
    ///
    /// # Errors
    /// It took too long, or there is too much that is unfinished.
    pub fn wait(&mut self, bytes: usize, cx: &Context<'_>) -> Result<(), Status> {
        let noted = self.all.note(self.id, bytes + ENTRY_BYTES, cx.waker());
        self.id = noted;
        if noted.is_some() {
            return Ok(());
        }
        Err(Status::resource_exhausted("quorate: the request took too long to arrive, or too many are on their way"))
    }

    /// It is complete, or nobody waits for it any more.
    pub fn done(&mut self) {
        if let Some(id) = self.id.take() {
            self.all.forget(id);
        }
    }
}

impl Drop for Message {
    fn drop(&mut self) {
        self.done();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CX: fn() -> Context<'static> = || Context::from_waker(Waker::noop());

    fn bytes(all: &Arriving) -> usize {
        all.table.lock().bytes
    }

    #[test]
    fn what_is_unfinished_counts_until_it_is_done_or_dropped() {
        let all = Arriving::within(1 << 20);
        let (mut one, mut other) = (Message::new(&all), Message::new(&all));
        one.wait(100, &CX()).unwrap();
        other.wait(10, &CX()).unwrap();
        one.wait(300, &CX()).unwrap();
        assert_eq!(bytes(&all), 310 + 2 * ENTRY_BYTES);
        one.done();
        assert_eq!(bytes(&all), 10 + ENTRY_BYTES);
        one.wait(7, &CX()).unwrap();
        drop(one);
        drop(other);
        assert_eq!(bytes(&all), 0);
    }

    #[test]
    fn the_oldest_are_given_up_for_one_too_many() {
        let all = Arriving::within(3 * (ENTRY_BYTES + 100));
        let mut messages: Vec<_> = (0..4).map(|_| Message::new(&all)).collect();
        messages.iter_mut().for_each(|message| message.wait(100, &CX()).unwrap());
        messages[0].wait(101, &CX()).unwrap_err();
        messages[1].wait(101, &CX()).unwrap_err();
        assert!(messages[2..].iter_mut().all(|message| message.wait(100, &CX()).is_ok()));
        drop(messages);
        assert_eq!(bytes(&all), 0);
    }

    #[test]
    fn what_takes_too_long_is_woken_and_given_up() {
        let all = Arriving::within(1 << 20);
        let mut slow = Message::new(&all);
        slow.wait(100, &CX()).unwrap();
        (1..LOOKS_MAX).for_each(|_| all.look());
        slow.wait(200, &CX()).unwrap();
        let mut later = Message::new(&all);
        later.wait(100, &CX()).unwrap();
        all.look();
        slow.wait(200, &CX()).unwrap_err();
        later.wait(100, &CX()).unwrap();
    }
}
