//! When leases are over: the leader's volatile view, with time as an argument.
//!
//! A renewal only moves the deadline in the map; the queue is corrected when the old moment comes, so renewing is one map write.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
    time::Duration,
};

/// Entries of removed leases that the queue may always have.
const LEFT_OVERS_MAX: usize = 1024;

/// Deadlines of all leases, on a clock that the caller reads (time since some fixed moment).
#[derive(Debug, Default)]
pub struct Deadlines {
    deadlines: HashMap<i64, Duration>,
    queue: BinaryHeap<Reverse<(Duration, i64)>>,
}

impl Deadlines {
    /// Forgets everything: this member does not lead any more.
    pub fn clear(&mut self) {
        self.deadlines.clear();
        self.queue.clear();
    }

    /// Takes all leases with their deadlines, in the place of what there was. In one stroke that takes much less than one by one.
    pub fn begin(&mut self, leases: impl Iterator<Item = (i64, Duration)>) {
        self.deadlines = leases.collect();
        self.queue = self.deadlines.iter().map(|(id, deadline)| Reverse((*deadline, *id))).collect();
    }

    /// Sets the deadline of a lease, new or renewed.
    pub fn set(&mut self, id: i64, deadline: Duration) {
        match self.deadlines.insert(id, deadline) {
            // The queue has an entry at an earlier moment, which will find the new deadline.
            Some(before) if before <= deadline => {}
            _ => self.queue.push(Reverse((deadline, id))),
        }
        self.forget_left_overs();
    }

    /// Makes the queue anew once most of it is of leases that were removed or moved: those lie there until their old moment comes,
    /// which may be years ahead.
    fn forget_left_overs(&mut self) {
        if self.queue.len() > 2 * self.deadlines.len() + LEFT_OVERS_MAX {
            self.queue = self.deadlines.iter().map(|(id, deadline)| Reverse((*deadline, *id))).collect();
        }
    }

    /// Forgets a lease.
    pub fn remove(&mut self, id: i64) {
        self.deadlines.remove(&id);
    }

    /// When the lease is over; `None` if there is no such lease.
    pub fn get(&self, id: i64) -> Option<Duration> {
        self.deadlines.get(&id).copied()
    }

    /// Leases that are over at `now`, at most `limit`. They are asked for again at `retry` unless removed by then.
    pub fn due(&mut self, now: Duration, retry: Duration, limit: usize) -> Vec<i64> {
        let mut due = Vec::new();
        let mut again = Vec::new();
        while due.len() < limit {
            let Some(Reverse((at, id))) = self.queue.peek().copied() else { break };
            if at > now {
                break;
            }
            self.queue.pop();
            match self.deadlines.get(&id).copied() {
                None => {}
                Some(deadline) if deadline > now => self.queue.push(Reverse((deadline, id))),
                // It may be in the queue twice, having been removed and granted again.
                Some(_) if due.contains(&id) => {}
                Some(_) => {
                    due.push(id);
                    again.push(Reverse((retry, id)));
                }
            }
        }
        self.queue.extend(again);
        due
    }

    /// The earliest moment at which something may be due.
    pub fn next(&self) -> Option<Duration> {
        self.queue.peek().map(|Reverse((at, _))| *at)
    }

    pub fn len(&self) -> usize {
        self.deadlines.len()
    }

    pub fn is_empty(&self) -> bool {
        self.deadlines.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    #[test]
    fn a_renewed_lease_is_not_due_at_its_old_moment() {
        let mut deadlines = Deadlines::default();
        deadlines.set(1, s(10));
        deadlines.set(1, s(20));
        assert!(deadlines.due(s(15), s(22), 10).is_empty());
        assert_eq!(deadlines.due(s(20), s(27), 10), [1]);
    }

    #[test]
    fn a_due_lease_is_asked_for_again_until_removed() {
        let mut deadlines = Deadlines::default();
        deadlines.set(1, s(1));
        assert_eq!(deadlines.due(s(1), s(8), 10), [1]);
        assert!(deadlines.due(s(7), s(8), 10).is_empty());
        assert_eq!(deadlines.due(s(8), s(15), 10), [1]);
        deadlines.remove(1);
        assert!(deadlines.due(s(99), s(106), 10).is_empty());
    }

    #[test]
    fn a_shortened_deadline_counts() {
        let mut deadlines = Deadlines::default();
        deadlines.set(1, s(100));
        deadlines.set(1, s(5));
        assert_eq!(deadlines.due(s(5), s(12), 10), [1]);
    }

    #[test]
    fn leases_that_come_and_go_leave_nothing_behind() {
        let mut deadlines = Deadlines::default();
        deadlines.set(0, s(5));
        for id in 1..100_000 {
            deadlines.set(id, s(1_000_000));
            deadlines.remove(id);
        }
        assert_eq!(deadlines.len(), 1);
        assert!(deadlines.queue.len() < 2 * LEFT_OVERS_MAX, "{}", deadlines.queue.len());
        assert_eq!(deadlines.due(s(5), s(12), 10), [0]);
    }

    #[test]
    fn a_lease_that_was_granted_again_is_due_once() {
        let mut deadlines = Deadlines::default();
        deadlines.set(1, s(10));
        deadlines.remove(1);
        deadlines.set(1, s(10));
        assert_eq!(deadlines.due(s(10), s(17), 10), [1]);
    }
}
