//! Who waits for which proposal.
//!
//! Ids are handed out in order, so waiting requests lie in a queue by id: finding one is an index, and those that waited too long
//! are at the front. No request has a timer of its own.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::{
    super::{apply::Reply, refusal::Refusal},
    Unavailable,
};
use crate::core::planted::{Bug, planted};

/// What a waiting request gets.
pub type Outcome = Result<Result<Reply, Refusal>, Unavailable>;

struct Waiter {
    reply: oneshot::Sender<Outcome>,
    deadline: Instant,
}

/// Requests that wait for their proposal to be applied here. Bounded by what admission lets in.
pub struct Waiters {
    queue: Mutex<Queue>,
    timeout: Duration,
}

struct Queue {
    /// Id of the slot at the front.
    base: u64,
    slots: VecDeque<Option<Waiter>>,
    waiting: usize,
}

impl Waiters {
    /// Ids begin after `first`, which must be unlike those of any earlier start of any member: see [`first_id`].
    pub fn new(first: u64, timeout: Duration) -> Self {
        Self { queue: Mutex::new(Queue { base: first + 1, slots: VecDeque::new(), waiting: 0 }), timeout }
    }

    /// Registers a request; answers its proposal id.
    pub fn add(&self, now: Instant) -> (u64, oneshot::Receiver<Outcome>) {
        let (reply, receiver) = oneshot::channel();
        let mut queue = self.queue.lock();
        let id = queue.base + queue.slots.len() as u64;
        queue.slots.push_back(Some(Waiter { reply, deadline: now + self.timeout }));
        queue.waiting += 1;
        (id, receiver)
    }

    /// Answers requests; ids that nobody waits for are passed over.
    pub fn answer(&self, outcomes: impl Iterator<Item = (u64, Outcome)>) {
        let mut ready = Vec::with_capacity(outcomes.size_hint().0);
        let mut queue = self.queue.lock();
        for (id, outcome) in outcomes {
            let id = if planted(Bug::WrongWaiter) && queue.slots.len() > 1 { queue.base } else { id };
            if let Some(waiter) = queue.take(id) {
                ready.push((waiter.reply, outcome));
            }
        }
        drop(queue);
        for (reply, outcome) in ready {
            // The client may have gone; its write happened all the same.
            let _ = reply.send(outcome);
        }
    }

    /// Gives up on requests that have waited too long.
    pub fn expire(&self, now: Instant, error: impl Fn() -> Unavailable) {
        let mut late = Vec::new();
        let mut queue = self.queue.lock();
        while queue.slots.front().is_some_and(|slot| slot.as_ref().is_none_or(|waiter| waiter.deadline <= now)) {
            let id = queue.base;
            late.extend(queue.take(id));
        }
        drop(queue);
        for waiter in late {
            let _ = waiter.reply.send(Err(error()));
        }
    }

    /// Gives up on all requests: the member stops.
    pub fn close(&self) {
        let mut queue = self.queue.lock();
        let slots = std::mem::take(&mut queue.slots);
        // Ids are never given twice.
        queue.base += slots.len() as u64;
        queue.waiting = 0;
        drop(queue);
        for waiter in slots.into_iter().flatten() {
            let _ = waiter.reply.send(Err(Unavailable::Stopped));
        }
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.queue.lock().waiting
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Queue {
    fn take(&mut self, id: u64) -> Option<Waiter> {
        let at = usize::try_from(id.checked_sub(self.base)?).ok()?;
        let waiter = self.slots.get_mut(at)?.take();
        self.waiting -= usize::from(waiter.is_some());
        while matches!(self.slots.front(), Some(None)) {
            self.slots.pop_front();
            self.base += 1;
        }
        waiter
    }
}

/// An id that no other member and no earlier start of this one gives: two bytes of the member, five of the wall clock in
/// milliseconds, one for counting within.
pub fn first_id(member_id: u64, unix_millis: u64) -> u64 {
    let member_id = if planted(Bug::SharedProposalIds) { 0 } else { member_id };
    (member_id & 0xffff) << 48 | (unix_millis & 0xff_ffff_ffff) << 8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_waiter_gets_its_own_outcome_once() {
        let waiters = Waiters::new(100, Duration::from_secs(7));
        let now = Instant::now();
        let (a, mut got_a) = waiters.add(now);
        let (b, mut got_b) = waiters.add(now);
        assert_eq!((a, b), (101, 102));
        waiters.answer([(b, Ok(Ok(Reply::Done))), (b, Err(Unavailable::Timeout)), (7, Err(Unavailable::Timeout))].into_iter());
        assert_eq!(got_b.try_recv().unwrap(), Ok(Ok(Reply::Done)));
        assert!(got_a.try_recv().is_err());
        waiters.expire(now + Duration::from_secs(8), || Unavailable::Timeout);
        assert_eq!(got_a.try_recv().unwrap(), Err(Unavailable::Timeout));
        assert!(waiters.is_empty());
        assert_eq!(waiters.add(now).0, 103);
    }

    #[test]
    fn closing_answers_everyone_and_gives_no_id_again() {
        let waiters = Waiters::new(0, Duration::from_secs(7));
        let now = Instant::now();
        let (first, mut got) = waiters.add(now);
        waiters.close();
        assert_eq!(got.try_recv().unwrap(), Err(Unavailable::Stopped));
        assert!(waiters.is_empty());
        assert!(waiters.add(now).0 > first);
    }
}
