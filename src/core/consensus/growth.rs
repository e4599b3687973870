//! How many bytes the log has grown by since an index, about: for how long it may be kept for a follower is a question of room.

use std::collections::VecDeque;

/// Bytes between two marks.
const MARK_EVERY: u64 = 16 * 1024 * 1024;

/// See the module. What was in the log on opening counts as nothing.
#[derive(Default)]
pub(super) struct Growth {
    total: u64,
    /// Index and total of about every sixteenth mebibyte, ascending.
    marks: VecDeque<(u64, u64)>,
}

impl Growth {
    /// Entries of so many bytes were appended; the log ends at `last` now. Entries that replace others count again.
    pub fn appended(&mut self, last: u64, bytes: u64) {
        self.total += bytes;
        while self.marks.back().is_some_and(|(index, _)| *index >= last) {
            self.marks.pop_back();
        }
        if self.total - self.marks.back().map_or(0, |(_, total)| *total) >= MARK_EVERY {
            self.marks.push_back((last, self.total));
        }
    }

    /// The log was cut: what lies up to `index` is gone.
    pub fn cut(&mut self, index: u64) {
        // The newest mark at or below is kept, so that what comes behind it is still measured.
        while self.marks.get(1).is_some_and(|(next, _)| *next <= index) {
            self.marks.pop_front();
        }
    }

    /// An index behind which the log has no more than about `bytes`; 0 if all of it is no more.
    pub fn within(&self, bytes: u64) -> u64 {
        let Some(limit) = self.total.checked_sub(bytes) else { return 0 };
        self.marks.iter().find(|(_, total)| *total >= limit).map_or(0, |(index, _)| *index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_measured_from_its_end() {
        let mut growth = Growth::default();
        assert_eq!(growth.within(1), 0);
        for index in 1..=10 {
            growth.appended(index, MARK_EVERY);
        }
        assert_eq!(growth.within(3 * MARK_EVERY), 7);
        assert_eq!(growth.within(100 * MARK_EVERY), 0, "all of it fits");
        growth.cut(8);
        assert_eq!(growth.within(3 * MARK_EVERY), 8, "what is left");
        growth.appended(9, 2 * MARK_EVERY);
        assert_eq!(growth.within(MARK_EVERY), 9, "the end was replaced");
    }

    #[test]
    fn marks_are_few() {
        let mut growth = Growth::default();
        (0..1_000_000).for_each(|index| growth.appended(index, 300));
        assert!(growth.marks.len() <= 300_000_000 / MARK_EVERY as usize + 1);
    }
}
