//! The bounded queue between the thread that sends and the stream of one link.
//!
//! Many threads push, and none ever waits for the network: a push is a short lock. The open stream of the link takes everything
//! that is waiting as one batch whenever HTTP/2 has room, so a slow peer fills the queue and a fast one sees small batches.
//! Only the newest stream of a link may take: one that belongs to a lost connection ends instead of stealing messages.

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use parking_lot::Mutex;
use quorate_proto::peer as wire;
use tokio_stream::Stream;

use super::{
    limits::{BATCH_BYTES_MAX, BATCH_MESSAGES_MAX, MESSAGE_BYTES_MAX},
    message_type::weight,
};

/// Messages waiting for one stream of one peer, oldest first.
pub struct Queue {
    messages_max: usize,
    bytes_max: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<(usize, wire::Message)>,
    bytes: usize,
    /// Which stream may take; counts up with each [`Queue::attach`].
    stream: u64,
    /// Whether the current stream has taken anything that may now be lost with it.
    taken: bool,
    /// Nothing is taken any more, nor given.
    is_closed: bool,
    waker: Option<Waker>,
}

/// Why a message was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// The peer does not keep up.
    #[error("the queue is full")]
    Full,
    /// The peer would refuse it.
    #[error("message of {0} bytes exceeds the limit of {MESSAGE_BYTES_MAX}")]
    Oversized(usize),
}

impl Queue {
    /// An empty queue. A message larger than `bytes_max` is still taken when nothing else waits.
    pub fn new(messages_max: usize, bytes_max: usize) -> Self {
        Self { messages_max, bytes_max, state: Mutex::default() }
    }

    /// Appends a message, without waking the stream: see [`Queue::wake`].
    ///
    /// A closed queue swallows it: nobody is left to tell.
    ///
    /// # Errors
    /// The message is dropped when the queue is full or the message larger than any peer accepts.
    pub fn push(&self, message: wire::Message) -> Result<(), PushError> {
        let weight = weight(&message);
        if weight > MESSAGE_BYTES_MAX {
            return Err(PushError::Oversized(weight));
        }
        let mut state = self.state.lock();
        if state.is_closed {
            return Ok(());
        }
        let is_full = state.waiting.len() >= self.messages_max || state.bytes + weight > self.bytes_max;
        if is_full && !state.waiting.is_empty() {
            return Err(PushError::Full);
        }
        state.bytes += weight;
        state.waiting.push_back((weight, message));
        Ok(())
    }

    /// Wakes the stream if messages wait. Called once after a series of pushes, so that they leave together.
    pub fn wake(&self) {
        let waker = {
            let mut state = self.state.lock();
            if state.waiting.is_empty() { None } else { state.waker.take() }
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// A new stream that takes from this queue; any earlier one ends.
    pub fn attach(self: &Arc<Self>) -> Outgoing {
        let (stream, earlier) = {
            let mut state = self.state.lock();
            state.stream += 1;
            state.taken = false;
            (state.stream, state.waker.take())
        };
        if let Some(earlier) = earlier {
            earlier.wake();
        }
        Outgoing { queue: Arc::clone(self), stream }
    }

    /// Ends the current stream and forgets what waits. Answers whether any message was or may have been lost.
    pub fn abandon(&self) -> bool {
        let (lost, waker, dropped) = {
            let mut state = self.state.lock();
            state.stream += 1;
            let dropped = std::mem::take(&mut state.waiting);
            state.bytes = 0;
            (std::mem::take(&mut state.taken) || !dropped.is_empty(), state.waker.take(), dropped)
        };
        drop(dropped);
        if let Some(waker) = waker {
            waker.wake();
        }
        lost
    }

    /// Ends the current stream and any later one.
    pub fn close(&self) {
        self.state.lock().is_closed = true;
        self.abandon();
    }
}

/// The taking end of a [`Queue`]: the body of one request. Ends when the link has another one.
pub struct Outgoing {
    queue: Arc<Queue>,
    stream: u64,
}

impl Stream for Outgoing {
    type Item = wire::Batch;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<wire::Batch>> {
        let mut state = self.queue.state.lock();
        if state.is_closed || state.stream != self.stream {
            return Poll::Ready(None);
        }
        if state.waiting.is_empty() {
            state.waker = Some(context.waker().clone());
            return Poll::Pending;
        }
        state.taken = true;
        Poll::Ready(Some(state.take_batch()))
    }
}

impl State {
    fn take_batch(&mut self) -> wire::Batch {
        let mut bytes = 0;
        let mut messages = Vec::with_capacity(self.waiting.len().min(BATCH_MESSAGES_MAX));
        while messages.len() < BATCH_MESSAGES_MAX {
            match self.waiting.front() {
                Some((weight, _)) if messages.is_empty() || bytes + weight <= BATCH_BYTES_MAX => bytes += weight,
                _ => break,
            }
            messages.extend(self.waiting.pop_front().map(|(_, message)| message));
        }
        self.bytes -= bytes;
        assert!(!self.waiting.is_empty() || self.bytes == 0, "an empty queue holds no bytes");
        wire::Batch { messages }
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;
    use crate::core::peer::message_type::APPEND;

    fn message(index: u64, bytes: usize) -> wire::Message {
        let entry = wire::Entry { index, data: vec![7; bytes].into(), ..Default::default() };
        wire::Message { r#type: APPEND, index, entries: vec![entry], ..Default::default() }
    }

    fn take(stream: &mut Outgoing) -> Poll<Option<Vec<u64>>> {
        let mut context = Context::from_waker(Waker::noop());
        let batch = Pin::new(stream).poll_next(&mut context);
        batch.map(|batch| batch.map(|batch| batch.messages.iter().map(|message| message.index).collect()))
    }

    #[test]
    fn everything_waiting_leaves_in_one_batch_in_order() {
        let queue = Arc::new(Queue::new(100, 1 << 20));
        let mut stream = queue.attach();
        assert_eq!(take(&mut stream), Poll::Pending);
        (0..50).for_each(|index| queue.push(message(index, 10)).unwrap());
        assert_eq!(take(&mut stream), Poll::Ready(Some((0..50).collect())));
        assert_eq!(take(&mut stream), Poll::Pending);
    }

    #[test]
    fn a_batch_is_bounded_by_bytes_but_takes_at_least_one() {
        let queue = Arc::new(Queue::new(100, 1 << 30));
        let mut stream = queue.attach();
        queue.push(message(1, 3 * BATCH_BYTES_MAX)).unwrap();
        (2..5).for_each(|index| queue.push(message(index, BATCH_BYTES_MAX / 2 - 200)).unwrap());
        assert_eq!(take(&mut stream), Poll::Ready(Some(vec![1])));
        assert_eq!(take(&mut stream), Poll::Ready(Some(vec![2, 3])));
        assert_eq!(take(&mut stream), Poll::Ready(Some(vec![4])));
    }

    #[test]
    fn a_full_queue_refuses_by_count_and_by_bytes() {
        let by_count = Queue::new(2, 1 << 20);
        assert_eq!([1, 2, 3].map(|index| by_count.push(message(index, 1))), [Ok(()), Ok(()), Err(PushError::Full)]);
        let by_bytes = Queue::new(100, 1000);
        assert_eq!([1, 2, 3].map(|index| by_bytes.push(message(index, 300))), [Ok(()), Ok(()), Err(PushError::Full)]);
    }

    #[test]
    fn an_empty_queue_takes_one_message_above_its_bytes_but_none_that_the_peer_refuses() {
        let queue = Queue::new(100, 1000);
        assert_eq!(queue.push(message(1, 5000)), Ok(()));
        assert_eq!(queue.push(message(2, 1)), Err(PushError::Full));
        let oversized = Queue::new(100, 1000).push(message(1, MESSAGE_BYTES_MAX));
        assert!(matches!(oversized, Err(PushError::Oversized(_))), "{oversized:?}");
    }

    #[test]
    fn an_older_stream_ends_and_takes_nothing() {
        let queue = Arc::new(Queue::new(100, 1000));
        let mut older = queue.attach();
        let mut newer = queue.attach();
        queue.push(message(1, 1)).unwrap();
        assert_eq!(take(&mut older), Poll::Ready(None));
        assert_eq!(take(&mut newer), Poll::Ready(Some(vec![1])));
    }

    #[test]
    fn abandoning_tells_whether_anything_was_lost() {
        let queue = Arc::new(Queue::new(100, 1000));
        assert!(!queue.abandon(), "nothing waited");
        queue.push(message(1, 1)).unwrap();
        assert!(queue.abandon(), "a waiting message was dropped");
        let mut stream = queue.attach();
        queue.push(message(2, 1)).unwrap();
        assert_eq!(take(&mut stream), Poll::Ready(Some(vec![2])));
        assert!(queue.abandon(), "a taken message may not have arrived");
        assert_eq!(take(&mut stream), Poll::Ready(None));
        assert!(!queue.abandon());
    }

    #[test]
    fn a_closed_queue_ends_every_stream_and_keeps_nothing() {
        let queue = Arc::new(Queue::new(100, 1000));
        let mut stream = queue.attach();
        queue.push(message(1, 1)).unwrap();
        queue.close();
        queue.push(message(2, 1)).unwrap();
        assert_eq!(take(&mut stream), Poll::Ready(None));
        assert_eq!(take(&mut queue.attach()), Poll::Ready(None));
        assert!(queue.state.lock().waiting.is_empty());
    }
}
