//! The keys that a watcher watches, and which of many ranges hold a key.
//!
//! [`RangeIndex`] is an interval tree laid over a sorted array: the middle of a part is its root, and beside each range
//! stands the largest end of the part it is the root of, so that a search leaves out whole parts. The ends are computed at
//! the first search after a change; ranges change seldom and are searched at every write.

use std::cmp::Ordering;

use bytes::Bytes;

/// Where a range ends.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum End {
    /// The first key beyond it.
    Before(Bytes),
    /// It has every key from its start on.
    Open,
}

impl End {
    fn is_beyond(&self, key: &[u8]) -> bool {
        match self {
            Self::Before(end) => key < end.as_ref(),
            Self::Open => true,
        }
    }
}

/// Keys under watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Keys {
    One(Bytes),
    Range { start: Bytes, end: End },
}

impl Keys {
    /// Reads the wire's pair; `None` if no key can be in it.
    pub fn parse(key: &Bytes, range_end: &Bytes) -> Option<Self> {
        let start = if key.is_empty() { Bytes::from_static(&[0]) } else { key.clone() };
        match range_end.as_ref() {
            [] => Some(Self::One(start)),
            [0] => Some(Self::Range { start, end: End::Open }),
            end if start.as_ref() < end => Some(Self::Range { start, end: End::Before(range_end.clone()) }),
            _ => None,
        }
    }

    /// The lowest key in it.
    pub fn start(&self) -> &Bytes {
        match self {
            Self::One(only) => only,
            Self::Range { start, .. } => start,
        }
    }

    pub fn contains(&self, key: &[u8]) -> bool {
        match self {
            Self::One(only) => only == key,
            Self::Range { start, end } => start.as_ref() <= key && end.is_beyond(key),
        }
    }
}

/// Distinct ranges, each with a value, searched by a key they hold.
#[derive(Debug)]
pub(super) struct RangeIndex<T> {
    /// Sorted by start, then end.
    ranges: Vec<(Bytes, End, T)>,
    /// For each place, the largest end of the part whose middle it is; stale unless `is_built`.
    largest: Vec<End>,
    is_built: bool,
}

impl<T> Default for RangeIndex<T> {
    fn default() -> Self {
        Self { ranges: Vec::new(), largest: Vec::new(), is_built: true }
    }
}

impl<T: Copy> RangeIndex<T> {
    pub fn get(&self, start: &Bytes, end: &End) -> Option<T> {
        self.place(start, end).ok().map(|at| self.ranges[at].2)
    }

    /// Adds a range that is not there yet.
    pub fn insert(&mut self, start: Bytes, end: End, value: T) {
        let at = self.place(&start, &end).expect_err("ranges are distinct");
        self.ranges.insert(at, (start, end, value));
        self.is_built = false;
    }

    pub fn remove(&mut self, start: &Bytes, end: &End) {
        if let Ok(at) = self.place(start, end) {
            self.ranges.remove(at);
            self.is_built = false;
        }
    }

    /// Calls `found` with the value of each range that holds `key`.
    pub fn search(&mut self, key: &[u8], mut found: impl FnMut(T)) {
        if !self.is_built {
            self.build();
        }
        self.search_part(0, self.ranges.len(), key, &mut found);
    }

    fn place(&self, start: &Bytes, end: &End) -> Result<usize, usize> {
        self.ranges.binary_search_by(|(s, e, _)| match s.cmp(start) {
            Ordering::Equal => e.cmp(end),
            order => order,
        })
    }

    fn search_part(&self, low: usize, high: usize, key: &[u8], found: &mut impl FnMut(T)) {
        if low == high {
            return;
        }
        let middle = low + (high - low) / 2;
        if !self.largest[middle].is_beyond(key) {
            return;
        }
        self.search_part(low, middle, key, found);
        let (start, end, value) = &self.ranges[middle];
        if start.as_ref() <= key {
            if end.is_beyond(key) {
                found(*value);
            }
            self.search_part(middle + 1, high, key, found);
        }
    }

    fn build(&mut self) {
        let mut largest = vec![End::Open; self.ranges.len()];
        build_part(&self.ranges, &mut largest, 0, self.ranges.len());
        self.largest = largest;
        self.is_built = true;
    }
}

/// Fills in the part `[low, high)` and returns its largest end. The depth is the logarithm of the number of ranges.
fn build_part<T>(ranges: &[(Bytes, End, T)], largest: &mut [End], low: usize, high: usize) -> Option<End> {
    if low == high {
        return None;
    }
    let middle = low + (high - low) / 2;
    let left = build_part(ranges, largest, low, middle);
    let right = build_part(ranges, largest, middle + 1, high);
    let own = Some(ranges[middle].1.clone());
    let end = own.max(left).max(right).expect("the middle has an end");
    largest[middle] = end.clone();
    Some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(key: &'static str, end: &'static str) -> Option<Keys> {
        Keys::parse(&Bytes::from(key), &Bytes::from(end))
    }

    #[test]
    fn empty_key_is_the_zero_byte_and_zero_end_is_open() {
        assert_eq!(keys("", ""), Some(Keys::One(Bytes::from("\0"))));
        assert_eq!(keys("b", "\0"), Some(Keys::Range { start: Bytes::from("b"), end: End::Open }));
        assert!(keys("", "\0").is_some_and(|all| all.contains(b"\0") && all.contains(b"\xff\xff")));
    }

    #[test]
    fn a_range_that_ends_at_or_before_its_start_is_empty() {
        assert_eq!(keys("b", "b"), None);
        assert_eq!(keys("b", "a"), None);
        assert!(keys("b", "b\0").is_some_and(|one| one.contains(b"b") && !one.contains(b"b\0")));
    }

    #[test]
    fn search_finds_just_the_ranges_that_hold_the_key() {
        let mut seed = 7_u64;
        let mut draw = |below: u64| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed % below
        };
        let mut index = RangeIndex::default();
        let mut plain: Vec<(Bytes, End, u64)> = Vec::new();
        for round in 0..2000 {
            let start = Bytes::from(format!("{:02}", draw(60)));
            let end = if draw(10) == 0 { End::Open } else { End::Before(Bytes::from(format!("{:02}", draw(60)))) };
            match index.get(&start, &end) {
                None => {
                    index.insert(start.clone(), end.clone(), round);
                    plain.push((start, end, round));
                }
                Some(_) => {
                    index.remove(&start, &end);
                    plain.retain(|(s, e, _)| (s, e) != (&start, &end));
                }
            }
            let key = format!("{:02}", draw(62));
            let mut found = Vec::new();
            index.search(key.as_bytes(), |value| found.push(value));
            found.sort_unstable();
            let mut expected: Vec<u64> = plain
                .iter()
                .filter(|(s, e, _)| s.as_ref() <= key.as_bytes() && e.is_beyond(key.as_bytes()))
                .map(|r| r.2)
                .collect();
            expected.sort_unstable();
            assert_eq!(found, expected);
        }
        assert!(plain.len() > 100);
    }
}
