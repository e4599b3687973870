//! Noticing that the log's disk stands still: a write is under way for long, and none has ended meanwhile.
//!
//! A leader goes on committing without its own disk while the others' work, but it acknowledges nothing itself, and what it may
//! keep unwritten is bounded. So it gives leadership away, at half of an election timeout: earlier than the others would have
//! taken it, had it stopped instead.

use std::time::{Duration, Instant};

/// See the module.
pub(super) struct StalledDisk {
    patience: Duration,
    /// The oldest write under way, as far as is known: all numbers up to `newest` may be.
    oldest: Option<Write>,
    newest: Option<Write>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Write {
    number: u64,
    last_index: u64,
    since: Instant,
}

/// A write that stands still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stalled {
    /// For how long.
    pub since: Duration,
    /// Where the log ended when the write began.
    pub last_index: u64,
}

impl StalledDisk {
    pub fn new(election_timeout: Duration) -> Self {
        Self { patience: election_timeout / 2, oldest: None, newest: None }
    }

    /// A write was handed over; the log ends at `last_index` with it.
    pub fn writing(&mut self, number: u64, last_index: u64, now: Instant) {
        let write = Write { number, last_index, since: now };
        self.oldest.get_or_insert(write);
        self.newest = Some(write);
    }

    /// Writes up to this number are durable.
    pub fn persisted(&mut self, number: u64) {
        if self.newest.is_some_and(|newest| newest.number <= number) {
            (self.oldest, self.newest) = (None, None);
        } else if self.oldest.is_some_and(|oldest| oldest.number <= number) {
            // Something has ended: those that are left are counted from the newest one's begin on.
            self.oldest = self.newest;
        }
    }

    /// The write that has stood still for too long, if there is one. Then patience begins anew.
    pub fn stands_still(&mut self, now: Instant) -> Option<Stalled> {
        let oldest = self.oldest.as_mut()?;
        let since = now.saturating_duration_since(oldest.since);
        if since < self.patience {
            return None;
        }
        oldest.since = now;
        Some(Stalled { since, last_index: oldest.last_index })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_stands_still_when_no_write_ends_for_half_an_election_timeout() {
        let begin = Instant::now();
        let at = |millis| begin + Duration::from_millis(millis);
        let mut disk = StalledDisk::new(Duration::from_secs(1));
        assert_eq!(disk.stands_still(at(10_000)), None, "nothing is being written");
        disk.writing(1, 100, at(0));
        disk.writing(2, 200, at(400));
        assert_eq!(disk.stands_still(at(499)), None);
        assert_eq!(disk.stands_still(at(500)), Some(Stalled { since: Duration::from_millis(500), last_index: 100 }));
        assert_eq!(disk.stands_still(at(900)), None, "told once in a while");
        disk.persisted(1);
        assert_eq!(disk.stands_still(at(1500)), Some(Stalled { since: Duration::from_millis(1100), last_index: 200 }));
        disk.persisted(2);
        assert_eq!(disk.stands_still(at(9000)), None);
    }

    #[test]
    fn a_slow_disk_that_goes_on_does_not_stand_still() {
        let begin = Instant::now();
        let mut disk = StalledDisk::new(Duration::from_secs(1));
        for number in 1..100 {
            let now = begin + Duration::from_millis(400 * number);
            disk.writing(number, number, now);
            disk.persisted(number - 1);
            assert_eq!(disk.stands_still(now), None);
        }
    }
}
