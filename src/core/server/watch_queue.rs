//! The queue of one watch stream: the watch thread puts responses in, the stream's task takes them out.
//!
//! Events are taken while there are fewer than [`WATCH_QUEUE_RESPONSES`] responses and [`WATCH_QUEUE_BYTES`] bytes; a refusal is
//! remembered, and the taker learns of it when half is free again. Answers are always taken: the requests' side waits while
//! the queue is full, so there are at most [`WATCH_REQUESTS_IN_FLIGHT`](crate::core::limits::WATCH_REQUESTS_IN_FLIGHT) more.

use std::{
    collections::VecDeque,
    task::{Context, Poll, Waker},
};

use parking_lot::Mutex;
use tokio::sync::Notify;
use tonic::Status;

use crate::core::{
    limits::{WATCH_QUEUE_BYTES, WATCH_QUEUE_RESPONSES},
    watch::{Delivery, Full, Notice, Outlet},
};

/// See the module.
#[derive(Default)]
pub(super) struct WatchQueue {
    state: Mutex<State>,
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
        state.bytes -= bytes(&delivery);
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
        state.clear();
        state.end.get_or_insert(status);
        state.wake();
    }

    /// The taker is gone: whatever comes is dropped.
    pub fn close(&self) {
        let mut state = self.state.lock();
        state.clear();
        state.closed = true;
    }

    fn put(&self, delivery: Delivery, must: bool) -> Result<(), Full> {
        let mut state = self.state.lock();
        if state.closed || state.end.is_some() {
            return Ok(());
        }
        let more = bytes(&delivery);
        let too_large = state.bytes + more > WATCH_QUEUE_BYTES && !state.queue.is_empty();
        if !must && (state.is_full() || too_large) {
            state.wants_room = true;
            return Err(Full);
        }
        state.bytes += more;
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

    fn clear(&mut self) {
        self.queue = VecDeque::new();
        self.bytes = 0;
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
