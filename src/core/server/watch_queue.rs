//! The queue of one watch stream: the watch thread puts responses in, the stream's task takes them out.
//!
//! Events are taken while there are fewer than [`WATCH_QUEUE_RESPONSES`] responses and [`WATCH_QUEUE_BYTES`] bytes; a refusal is
//! remembered, and the taker learns of it when half is free again. When the queues of all streams together hold
//! [`WATCH_QUEUES_BYTES`], one that is not empty takes no more. Answers are always taken: the requests' side waits while
//! the queue is full, so there are at most [`WATCH_REQUESTS_IN_FLIGHT`](crate::core::limits::WATCH_REQUESTS_IN_FLIGHT) more.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
};

use parking_lot::Mutex;
use tokio::sync::Notify;
use tonic::Status;

use crate::core::{
    limits::{WATCH_QUEUE_BYTES, WATCH_QUEUE_RESPONSES, WATCH_QUEUES_BYTES},
    watch::{Delivery, Full, Notice, Outlet},
};

/// Bytes of events that wait in all queues.
#[derive(Default)]
pub(super) struct QueuedBytes(AtomicUsize);

impl QueuedBytes {
    fn have_room_for(&self, bytes: usize) -> bool {
        self.0.load(Ordering::Relaxed).saturating_add(bytes) <= WATCH_QUEUES_BYTES
    }

    fn add(&self, bytes: usize) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }

    fn remove(&self, bytes: usize) {
        self.0.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// See the module.
pub(super) struct WatchQueue {
    state: Mutex<State>,
    of_all: Arc<QueuedBytes>,
    /// Told when a queue that was full is not any more.
    below_full: Notify,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Delivery>,
    bytes: usize,
    /// Something was refused since the taker was last told to say so.
    wants_room: bool,
    /// The taker, if it waits.
    waker: Option<Waker>,
    /// What the stream ends with, ahead of everything queued.
    end: Option<Status>,
    /// The taker is gone.
    closed: bool,
}

/// What was taken out.
pub(super) struct Taken {
    pub delivery: Delivery,
    /// There is room again for what was refused; the hub is to be told.
    pub room: bool,
}

impl WatchQueue {
    /// An empty queue, one of those that count in `of_all`.
    pub fn new(of_all: Arc<QueuedBytes>) -> Self {
        Self { state: Mutex::default(), of_all, below_full: Notify::new() }
    }

    /// The next response, or what the stream ends with.
    pub fn poll_take(&self, cx: &mut Context<'_>) -> Poll<Result<Taken, Status>> {
        let mut state = self.state.lock();
        if let Some(status) = &state.end {
            return Poll::Ready(Err(status.clone()));
        }
        let was_full = state.is_full();
        let Some(delivery) = state.queue.pop_front() else {
            if !state.waker.as_ref().is_some_and(|known| known.will_wake(cx.waker())) {
                state.waker = Some(cx.waker().clone());
            }
            return Poll::Pending;
        };
        let less = bytes(&delivery);
        state.bytes -= less;
        self.of_all.remove(less);
        let half_free = state.queue.len() <= WATCH_QUEUE_RESPONSES / 2 && state.bytes <= WATCH_QUEUE_BYTES / 2;
        let room = half_free && std::mem::take(&mut state.wants_room);
        if was_full && !state.is_full() {
            self.below_full.notify_waiters();
        }
        Poll::Ready(Ok(Taken { delivery, room }))
    }

    /// Waits until the queue is not full.
    pub async fn not_full(&self) {
        loop {
            let told = self.below_full.notified();
            if !self.state.lock().is_full() {
                return;
            }
            told.await;
        }
    }

    /// Ends the stream at once; the first status stays.
    pub fn end(&self, status: Status) {
        let mut state = self.state.lock();
        self.of_all.remove(state.clear());
        state.end.get_or_insert(status);
        state.wake();
    }

    /// The taker is gone: whatever comes is dropped.
    pub fn close(&self) {
        let mut state = self.state.lock();
        self.of_all.remove(state.clear());
        state.closed = true;
    }

    fn put(&self, delivery: Delivery, must: bool) -> Result<(), Full> {
        let mut state = self.state.lock();
        if state.closed || state.end.is_some() {
            return Ok(());
        }
        let more = bytes(&delivery);
        let fits = state.bytes + more <= WATCH_QUEUE_BYTES && self.of_all.have_room_for(more);
        let too_large = !fits && !state.queue.is_empty();
        if !must && (state.is_full() || too_large) {
            state.wants_room = true;
            return Err(Full);
        }
        state.bytes += more;
        self.of_all.add(more);
        state.queue.push_back(delivery);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
        Ok(())
    }

    #[cfg(test)]
    pub fn queued(&self) -> (usize, usize) {
        let state = self.state.lock();
        (state.queue.len(), state.bytes)
    }
}

impl State {
    fn is_full(&self) -> bool {
        self.queue.len() >= WATCH_QUEUE_RESPONSES || self.bytes >= WATCH_QUEUE_BYTES
    }

    /// Forgets what waits; answers the bytes that it had.
    fn clear(&mut self) -> usize {
        self.queue = VecDeque::new();
        std::mem::take(&mut self.bytes)
    }

    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl Outlet for WatchQueue {
    fn try_send(&self, delivery: Delivery) -> Result<(), Full> {
        self.put(delivery, false)
    }

    fn reply(&self, delivery: Delivery) {
        self.put(delivery, true).expect("what must be taken is never refused");
    }
}

fn bytes(delivery: &Delivery) -> usize {
    match &delivery.notice {
        Notice::Events(events) => events.encoded_len(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::core::watch::Events;

    fn events(bytes: &Bytes) -> Delivery {
        Delivery { watch_id: 0, revision: 1, may_fragment: false, notice: Notice::Events(Events::One(bytes.clone())) }
    }

    fn take(queue: &WatchQueue) -> Option<Taken> {
        match queue.poll_take(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(taken) => taken.ok(),
            Poll::Pending => None,
        }
    }

    #[test]
    fn when_all_queues_together_are_full_each_has_one_response_and_goes_on_when_that_is_taken() {
        let of_all = Arc::<QueuedBytes>::default();
        let large = Bytes::from(vec![7; WATCH_QUEUE_BYTES]);
        let stuck: Vec<_> = (0..WATCH_QUEUES_BYTES / WATCH_QUEUE_BYTES).map(|_| WatchQueue::new(of_all.clone())).collect();
        assert!(stuck.iter().all(|queue| queue.try_send(events(&large)).is_ok()));

        let (small, late) = (Bytes::from_static(b"event"), WatchQueue::new(of_all.clone()));
        for _ in 0..2 {
            late.try_send(events(&small)).unwrap();
            late.try_send(events(&small)).unwrap_err();
            assert!(take(&late).unwrap().room, "what was refused is asked for again");
            assert!(take(&late).is_none());
        }
        stuck[0].close();
        late.try_send(events(&small)).unwrap();
        late.try_send(events(&small)).unwrap();
        stuck[1].end(Status::unavailable("over"));
        drop(take(&late));
        drop(take(&late));
        stuck[2..].iter().for_each(|queue| drop(take(queue)));
        assert_eq!(of_all.0.load(Ordering::Relaxed), 0);
    }
}
