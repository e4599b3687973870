//! Sets of keys as sorted intervals: what all the grants of a user cover together.

use bytes::Bytes;

use super::super::key_range::KeyRange;

/// Intervals that neither overlap nor touch, by their start.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Intervals(Vec<Interval>);

/// `[start, end)`; without an end, everything from the start on.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Interval {
    start: Bytes,
    end: Option<Bytes>,
}

impl Interval {
    fn of(range: &KeyRange) -> Self {
        let start = range.start().clone();
        let end = match range {
            KeyRange::One(key) => Some(Bytes::from([key, &[0_u8][..]].concat())),
            KeyRange::Between(_, end) => Some(end.clone()),
            KeyRange::From(_) => None,
        };
        Self { start, end }
    }

    fn ends_before(&self, key: &[u8]) -> bool {
        self.end.as_ref().is_some_and(|end| end.as_ref() < key)
    }
}

impl Intervals {
    /// The union of these ranges. Empty ones add nothing.
    pub fn of<'a>(ranges: impl Iterator<Item = &'a KeyRange>) -> Self {
        let mut sorted: Vec<Interval> = ranges.filter(|range| !range.is_empty()).map(Interval::of).collect();
        sorted.sort_unstable_by(|a, b| a.start.cmp(&b.start));
        let mut merged: Vec<Interval> = Vec::with_capacity(sorted.len());
        for next in sorted {
            match merged.last_mut() {
                Some(last) if !last.ends_before(&next.start) => {
                    let goes_on = match (&last.end, &next.end) {
                        (None, _) => false,
                        (Some(_), None) => true,
                        (Some(end), Some(further)) => further > end,
                    };
                    if goes_on {
                        last.end = next.end;
                    }
                }
                _ => merged.push(next),
            }
        }
        Self(merged)
    }

    /// Whether every key of the range is in the set.
    ///
    /// Of a range without keys, whose end is not behind its start, the start must be. etcd 3.7 denies some of these, as the shape of its tree
    /// of grants has it; to nobody can it matter what is read of nothing.
    pub fn cover(&self, range: &KeyRange) -> bool {
        let Interval { start, end } = Interval::of(range);
        let at = self.0.partition_point(|interval| interval.start <= start);
        let Some(found) = at.checked_sub(1).map(|at| &self.0[at]) else { return false };
        match (&found.end, &end) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(covered), Some(_)) if range.is_empty() => *covered > start,
            (Some(covered), Some(end)) => covered >= end,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(key: &str, end: &str) -> KeyRange {
        KeyRange::new(&Bytes::copy_from_slice(key.as_bytes()), &Bytes::copy_from_slice(end.as_bytes()))
    }

    fn covered(grants: &[(&str, &str)], asked: (&str, &str)) -> bool {
        let grants: Vec<_> = grants.iter().map(|(key, end)| range(key, end)).collect();
        Intervals::of(grants.iter()).cover(&range(asked.0, asked.1))
    }

    #[test]
    fn grants_that_touch_cover_together_what_none_covers_alone() {
        let grants = [("c", "e"), ("a", "b"), ("b", "c"), ("e", "")];
        assert!(covered(&grants, ("a", "e")));
        assert!(covered(&grants, ("a", "e\0")), "the one key e goes up to its successor");
        assert!(!covered(&grants, ("a", "e\0\0")));
        assert!(!covered(&[("a", "b"), ("b\0", "c")], ("a", "c")), "the key b is missing");
    }

    #[test]
    fn only_an_open_grant_covers_an_open_range() {
        assert!(!covered(&[("k", "")], ("k", "\0")));
        assert!(!covered(&[("k", "l")], ("k", "\0")));
        assert!(covered(&[("k", "\0")], ("k", "\0")));
        assert!(covered(&[("a", "l"), ("k", "\0")], ("b", "\0")));
        assert!(!covered(&[("k", "\0")], ("a", "\0")));
        assert!(covered(&[("\0", "\0")], ("\0", "\0")));
        assert!(covered(&[("\0", "\0")], ("any", "")));
    }

    #[test]
    fn of_a_range_without_keys_the_start_must_be_in_the_set() {
        assert!(covered(&[("a", "z")], ("d", "b")));
        assert!(covered(&[("c", "z")], ("d", "b")));
        assert!(!covered(&[("a", "d")], ("d", "b")));
        assert!(!covered(&[("e", "z")], ("d", "b")));
        assert!(!covered(&[], ("b", "b")));
    }

    #[test]
    fn a_grant_within_another_changes_nothing() {
        let grants = [range("a", "z"), range("c", "d"), range("a", "")];
        assert_eq!(Intervals::of(grants.iter()), Intervals::of(grants[..1].iter()));
    }
}
