//! Saying the same thing about the same peer once in a while, however often it happens.

use std::{collections::HashMap, hash::Hash, time::Instant};

use parking_lot::Mutex;

use super::limits::{COMPLAINT_INTERVAL, COMPLAINTS_MAX};
use crate::core::clock;

/// Lets the same complaint through once in [`COMPLAINT_INTERVAL`]. Bounded: the oldest offender is forgotten first.
pub struct Complaints<K> {
    last: Mutex<HashMap<K, Instant>>,
}

impl<K: Hash + Eq + Clone> Complaints<K> {
    pub fn new() -> Self {
        Self { last: Mutex::new(HashMap::new()) }
    }

    /// Whether to say it now.
    pub fn is_due(&self, offender: K) -> bool {
        let now = clock::now();
        let mut last = self.last.lock();
        if last.get(&offender).is_some_and(|at| now.duration_since(*at) < COMPLAINT_INTERVAL) {
            return false;
        }
        if last.len() >= COMPLAINTS_MAX && !last.contains_key(&offender) {
            let oldest = last.iter().min_by_key(|(_, at)| **at).map(|(offender, _)| offender.clone());
            oldest.and_then(|oldest| last.remove(&oldest));
        }
        last.insert(offender, now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complaint_is_made_once_and_the_memory_of_offenders_is_bounded() {
        let complaints = Complaints::new();
        assert!(complaints.is_due(0));
        assert!(!complaints.is_due(0));
        (1..1000).for_each(|offender| assert!(complaints.is_due(offender)));
        assert_eq!(complaints.last.lock().len(), COMPLAINTS_MAX);
    }
}
