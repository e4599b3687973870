//! Saying the same thing about the same peer once in a while, however often it happens.

use std::{collections::HashMap, hash::Hash, time::Instant};

use parking_lot::Mutex;

use super::limits::{COMPLAINT_INTERVAL, COMPLAINTS_MAX};
use crate::core::clock;

/// Lets the same complaint through once in [`COMPLAINT_INTERVAL`], and no more than [`COMPLAINTS_MAX`] in that time: whoever calls from ever
/// other addresses, or under ever other names, shall not fill the disk with it.
pub struct Complaints<K> {
    last: Mutex<HashMap<K, Instant>>,
}

impl<K: Hash + Eq + Clone> Complaints<K> {
    pub fn new() -> Self {
        Self { last: Mutex::new(HashMap::new()) }
    }

    /// Whether to say it now.
    pub fn is_due(&self, offender: K) -> bool {
        self.is_due_at(offender, clock::now())
    }

    fn is_due_at(&self, offender: K, now: Instant) -> bool {
        let mut last = self.last.lock();
        if last.get(&offender).is_some_and(|at| now.duration_since(*at) < COMPLAINT_INTERVAL) {
            return false;
        }
        if last.len() >= COMPLAINTS_MAX && !last.contains_key(&offender) {
            let oldest = last.iter().min_by_key(|(_, at)| **at).map(|(offender, at)| (offender.clone(), *at));
            match oldest {
                Some((oldest, at)) if now.duration_since(at) >= COMPLAINT_INTERVAL => last.remove(&oldest),
                _ => return false,
            };
        }
        last.insert(offender, now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complaint_is_made_once_and_a_flood_of_offenders_fills_neither_memory_nor_the_log() {
        let (complaints, now) = (Complaints::new(), clock::now());
        assert!(complaints.is_due_at(0, now));
        assert!(!complaints.is_due_at(0, now));
        assert_eq!((1..1000).filter(|offender| complaints.is_due_at(*offender, now)).count(), COMPLAINTS_MAX - 1);
        assert_eq!(complaints.last.lock().len(), COMPLAINTS_MAX);
        assert!(complaints.is_due_at(1000, now + COMPLAINT_INTERVAL));
        assert_eq!(complaints.last.lock().len(), COMPLAINTS_MAX);
    }
}
