//! A bounded queue that serves everyone in turn: who asks for much waits behind themselves.
//!
//! Each lane has its own line, and lanes take turns. A lane has so many places at most. When all places together are taken, a lane that
//! has few takes one from the lane that has the most: the newest there goes.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
};

use parking_lot::{Condvar, Mutex};

/// See the module.
pub struct FairQueue<L, J> {
    inner: Mutex<Lanes<L, J>>,
    filled: Condvar,
    places: usize,
    places_of_lane: usize,
}

struct Lanes<L, J> {
    /// None is empty.
    lanes: HashMap<L, VecDeque<J>>,
    /// Each lane once, the one whose turn it is first.
    turns: VecDeque<L>,
    waiting: usize,
    is_closed: bool,
}

/// What became of a job that was handed over.
#[derive(Debug, PartialEq, Eq)]
pub enum Queued<J> {
    Waits,
    /// It waits; this one had to go for it.
    InPlaceOf(J),
    /// There was no place.
    Full(J),
}

impl<L: Copy + Eq + Hash, J> FairQueue<L, J> {
    pub fn new(places: usize, places_of_lane: usize) -> Self {
        let inner = Lanes { lanes: HashMap::new(), turns: VecDeque::new(), waiting: 0, is_closed: false };
        Self { inner: Mutex::new(inner), filled: Condvar::new(), places, places_of_lane }
    }

    /// Lets a job wait for its turn.
    pub fn push(&self, lane: L, job: J) -> Queued<J> {
        let mut inner = self.inner.lock();
        let own = inner.lanes.get(&lane).map_or(0, VecDeque::len);
        if own >= self.places_of_lane {
            return Queued::Full(job);
        }
        let mut gone = None;
        if inner.waiting >= self.places {
            let most = inner.lanes.iter().max_by_key(|(_, jobs)| jobs.len()).map(|(lane, jobs)| (*lane, jobs.len()));
            // Not to one that would then be the longest itself: the two would take from each other for ever.
            let Some((longest, _)) = most.filter(|(_, length)| *length > own + 1) else { return Queued::Full(job) };
            gone = inner.lanes.get_mut(&longest).and_then(VecDeque::pop_back);
            inner.waiting -= 1;
        }
        inner.lanes.entry(lane).or_default().push_back(job);
        if own == 0 {
            inner.turns.push_back(lane);
        }
        inner.waiting += 1;
        drop(inner);
        self.filled.notify_one();
        gone.map_or(Queued::Waits, Queued::InPlaceOf)
    }

    /// Waits for a job; `None` once the queue is closed.
    pub fn pop(&self) -> Option<J> {
        let mut inner = self.inner.lock();
        loop {
            if inner.is_closed {
                return None;
            }
            if let Some(job) = inner.next() {
                return Some(job);
            }
            self.filled.wait(&mut inner);
        }
    }

    /// The job whose turn it is, if any waits.
    pub fn try_pop(&self) -> Option<J> {
        self.inner.lock().next()
    }

    /// Lets whoever waits for jobs go. Jobs that wait are dropped.
    pub fn close(&self) {
        let mut inner = self.inner.lock();
        inner.is_closed = true;
        let dropped = std::mem::take(&mut inner.lanes);
        inner.turns.clear();
        inner.waiting = 0;
        drop(inner);
        self.filled.notify_all();
        drop(dropped);
    }
}

impl<L: Copy + Eq + Hash, J> Lanes<L, J> {
    fn next(&mut self) -> Option<J> {
        let lane = self.turns.pop_front()?;
        let jobs = self.lanes.get_mut(&lane).expect("a lane that has a turn has a job");
        let job = jobs.pop_front().expect("no lane is empty");
        self.waiting -= 1;
        if jobs.is_empty() {
            self.lanes.remove(&lane);
        } else {
            self.turns.push_back(lane);
        }
        Some(job)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drained(queue: &FairQueue<u8, u32>) -> Vec<u32> {
        std::iter::from_fn(|| queue.try_pop()).collect()
    }

    #[test]
    fn lanes_take_turns_however_long_one_of_them_is() {
        let queue = FairQueue::new(100, 50);
        for job in 0..5 {
            assert_eq!(queue.push(1, job), Queued::Waits);
        }
        queue.push(2, 20);
        queue.push(3, 30);
        queue.push(2, 21);
        assert_eq!(drained(&queue), [0, 20, 30, 1, 21, 2, 3, 4]);
        let inner = queue.inner.lock();
        assert_eq!((inner.waiting, inner.lanes.len()), (0, 0));
    }

    #[test]
    fn a_lane_has_so_many_places_and_no_more() {
        let queue = FairQueue::new(100, 2);
        assert_eq!([queue.push(1, 0), queue.push(1, 1), queue.push(1, 2)], [Queued::Waits, Queued::Waits, Queued::Full(2)]);
        assert_eq!(queue.push(2, 3), Queued::Waits);
    }

    #[test]
    fn who_has_few_places_takes_one_from_who_has_the_most() {
        let queue = FairQueue::new(4, 4);
        for job in 0..4 {
            queue.push(1, job);
        }
        assert_eq!(queue.push(1, 4), Queued::Full(4));
        assert_eq!(queue.push(2, 20), Queued::InPlaceOf(3));
        assert_eq!(queue.push(2, 21), Queued::InPlaceOf(2));
        assert_eq!(queue.push(2, 22), Queued::Full(22), "both have as many");
        assert!(matches!(queue.push(3, 30), Queued::InPlaceOf(1 | 21)), "the newest of either");
        assert_eq!(queue.push(3, 31), Queued::Full(31), "the longest would be no longer than this one then");
        assert_eq!(queue.inner.lock().waiting, 4);
    }

    #[test]
    fn closing_lets_everyone_go() {
        let queue = std::sync::Arc::new(FairQueue::<u8, u32>::new(4, 4));
        let waits = std::thread::spawn({
            let queue = std::sync::Arc::clone(&queue);
            move || queue.pop()
        });
        queue.close();
        assert_eq!(waits.join().unwrap(), None);
        assert_eq!(queue.pop(), None);
    }
}
