//! Room for answers: a bound on what clients have asked for and not read yet.
//!
//! An answer is made in one piece, which may be hundreds of megabytes, and lies in memory until its client has taken it. One that takes nothing could
//! so fill the memory with a few small requests. Therefore what lies there is counted, by whoever passes it on, to the last byte
//! that the transport has let go of; reads of many keys wait while half of the room is taken, all others while all of it is, and no more than a few reads of many
//! keys are under way at a time. Whoever takes nothing while others wait is for the listener to find: see [`AnswerRoom::is_pressed`].

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use bytes::Bytes;
use tokio::sync::{Notify, Semaphore, SemaphorePermit};

/// Reads of many keys at a time. Each has a thread, which competes with those of raft and apply for the processor.
const LONG_READS_MAX: usize = 8;

/// Bytes of answers that were made and are not read yet, and the reads that may make more.
pub struct AnswerRoom {
    bytes_max: usize,
    unread: AtomicUsize,
    /// Reads that wait for room.
    waiting: AtomicUsize,
    freed: Notify,
    long_reads: Semaphore,
}

impl AnswerRoom {
    /// Room for `bytes_max` bytes, and for what is made by the reads that are under way when that is reached.
    pub fn new(bytes_max: usize) -> Arc<Self> {
        Arc::new(Self {
            // So that a read by itself always has room.
            bytes_max: bytes_max.max(2),
            unread: AtomicUsize::new(0),
            waiting: AtomicUsize::new(0),
            freed: Notify::new(),
            long_reads: Semaphore::new(LONG_READS_MAX),
        })
    }

    /// Bytes that there is room for.
    pub fn bytes_max(&self) -> usize {
        self.bytes_max
    }

    /// Bytes that lie there.
    pub fn unread(&self) -> usize {
        self.unread.load(Ordering::Relaxed)
    }

    /// Whether somebody has to go: reads wait for room, or there is none left.
    pub fn is_pressed(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0 || !self.has_room()
    }

    /// Whether a read of few keys may go on; nearly always it may.
    pub fn has_room(&self) -> bool {
        self.unread() < self.bytes_max
    }

    /// Waits until a read of few keys may go on.
    pub async fn for_short_read(&self) {
        self.below(self.bytes_max).await;
    }

    /// Waits until a long answer may be made.
    pub async fn for_long_answer(&self) {
        self.below(self.bytes_max / 2).await;
    }

    /// Waits until a read of many keys may go on. What is answered is held while it is under way.
    pub async fn for_long_read(&self) -> SemaphorePermit<'_> {
        let turn = self.long_reads.acquire().await.expect("nobody closes it");
        self.for_long_answer().await;
        turn
    }

    async fn below(&self, bytes: usize) {
        if self.unread() < bytes {
            return;
        }
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let _waits = Waits(&self.waiting);
        loop {
            let mut freed = std::pin::pin!(self.freed.notified());
            freed.as_mut().enable();
            if self.unread() < bytes {
                return;
            }
            freed.await;
        }
    }

    fn add(&self, bytes: usize) {
        self.unread.fetch_add(bytes, Ordering::Relaxed);
    }

    fn remove(&self, bytes: usize) {
        self.unread.fetch_sub(bytes, Ordering::Relaxed);
        if self.waiting.load(Ordering::Relaxed) > 0 {
            self.freed.notify_waiters();
        }
    }
}

struct Waits<'a>(&'a AtomicUsize);

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What one connection has not read yet.
pub struct Unread {
    room: Arc<AnswerRoom>,
    bytes: AtomicUsize,
}

impl Unread {
    pub fn new(room: Arc<AnswerRoom>) -> Arc<Self> {
        Arc::new(Self { room, bytes: AtomicUsize::new(0) })
    }

    /// Bytes that lie there for this connection.
    pub fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Counts bytes that are still to be counted one by one.
    pub fn add(&self, bytes: usize) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.room.add(bytes);
    }

    /// Counts them no longer.
    pub fn remove(&self, bytes: usize) {
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
        self.room.remove(bytes);
    }

    /// The same bytes, counted until the last copy of them is gone.
    pub fn count(self: &Arc<Self>, data: Bytes) -> Bytes {
        self.add(data.len());
        Bytes::from_owner(Counted { data, of: Arc::clone(self) })
    }
}

struct Counted {
    data: Bytes,
    of: Arc<Unread>,
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.data
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.of.remove(self.data.len());
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn bytes_count_until_their_last_copy_is_gone() {
        let room = AnswerRoom::new(100);
        let (one, other) = (Unread::new(Arc::clone(&room)), Unread::new(Arc::clone(&room)));
        let first = one.count(Bytes::from(vec![7; 30]));
        let mut rest = first.clone();
        let taken = rest.split_to(10);
        let second = other.count(Bytes::from(vec![7; 5]));
        drop(first);
        assert_eq!((room.unread(), one.bytes(), other.bytes()), (35, 30, 5));
        drop((rest, taken));
        assert_eq!((room.unread(), one.bytes(), other.bytes()), (5, 0, 5));
        drop(second);
        assert_eq!(room.unread(), 0);
    }

    #[test]
    fn long_reads_wait_at_half_and_short_ones_at_all_of_the_room() {
        let room = AnswerRoom::new(100);
        let unread = Unread::new(Arc::clone(&room));
        let half = unread.count(Bytes::from(vec![7; 50]));
        let mut long = std::pin::pin!(room.for_long_read());
        assert!(poll(long.as_mut()).is_pending());
        assert!(room.is_pressed(), "somebody waits");
        assert!(poll(std::pin::pin!(room.for_short_read())).is_ready());
        let rest = unread.count(Bytes::from(vec![7; 50]));
        let mut short = std::pin::pin!(room.for_short_read());
        assert!(poll(short.as_mut()).is_pending());
        drop(half);
        assert!(poll(short.as_mut()).is_ready());
        assert!(poll(long.as_mut()).is_pending(), "half of it is taken still");
        drop(rest);
        assert!(poll(long.as_mut()).is_ready());
        assert!(!room.is_pressed());
    }

    #[test]
    fn only_so_many_long_reads_are_under_way_and_one_that_is_given_up_makes_room() {
        let room = AnswerRoom::new(100);
        let mut turns: Vec<_> = (0..LONG_READS_MAX)
            .map(|_| match poll(std::pin::pin!(room.for_long_read())) {
                Poll::Ready(turn) => turn,
                Poll::Pending => panic!("there is room"),
            })
            .collect();
        let mut next = Box::pin(room.for_long_read());
        assert!(poll(next.as_mut()).is_pending());
        turns.pop();
        assert!(poll(next.as_mut()).is_ready());
        let _all = Unread::new(Arc::clone(&room)).count(Bytes::from(vec![7; 100]));
        let mut given_up = Box::pin(room.for_short_read());
        assert!(poll(given_up.as_mut()).is_pending());
        drop(given_up);
        assert_eq!(room.waiting.load(Ordering::Relaxed), 0);
    }
}
