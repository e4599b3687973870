//! Key ranges: the only reader of etcd's `range_end` rules.

use bytes::Bytes;

/// A set of keys as a request names it. Keys are ordered as bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyRange {
    /// The one key.
    One(Bytes),
    /// `[start, end)`; empty when `end <= start`.
    Between(Bytes, Bytes),
    /// Every key from `start` on.
    From(Bytes),
}

impl KeyRange {
    /// Reads the pair of a request: an absent `range_end` is the one key, a single zero byte an open end.
    ///
    /// Source: etcd 3.7, `RangeRequest`.
    pub fn new(key: &Bytes, range_end: &Bytes) -> Self {
        if range_end.is_empty() {
            Self::One(key.clone())
        } else if range_end.as_ref() == [0] {
            Self::From(key.clone())
        } else {
            Self::Between(key.clone(), range_end.clone())
        }
    }

    /// The first key that could be in the range.
    pub fn start(&self) -> &Bytes {
        match self {
            Self::One(key) | Self::Between(key, _) | Self::From(key) => key,
        }
    }

    /// Whether `key` lies before the end of the range; together with `key >= start` it is in it.
    pub fn ends_after(&self, key: &[u8]) -> bool {
        match self {
            Self::One(one) => key <= one.as_ref(),
            Self::Between(_, end) => key < end.as_ref(),
            Self::From(_) => true,
        }
    }

    /// Whether `key` is in the range.
    pub fn contains(&self, key: &[u8]) -> bool {
        key >= self.start().as_ref() && self.ends_after(key)
    }

    /// The part of the range from `start` on.
    pub fn starting_at(&self, start: Bytes) -> Self {
        match self {
            Self::One(key) => Self::One(key.clone()),
            Self::Between(_, end) => Self::Between(start, end.clone()),
            Self::From(_) => Self::From(start),
        }
    }

    /// Whether no key can be in the range.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Between(start, end) if end <= start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(key: &'static [u8], end: &'static [u8]) -> KeyRange {
        KeyRange::new(&Bytes::from_static(key), &Bytes::from_static(end))
    }

    #[test]
    fn absent_end_is_the_one_key() {
        let r = range(b"a", b"");
        assert!(r.contains(b"a"));
        assert!(!r.contains(b"a\0") && !r.contains(b""));
    }

    #[test]
    fn zero_byte_end_is_open() {
        assert!(range(b"b", b"\0").contains(b"\xff\xff"));
        assert!(!range(b"b", b"\0").contains(b"a"));
        assert!(range(b"\0", b"\0").contains(b"\0"));
    }

    #[test]
    fn inverted_range_is_empty() {
        assert!(range(b"b", b"a").is_empty());
        assert!(range(b"b", b"b").is_empty());
        assert!(!range(b"b", b"b").contains(b"b"));
    }
}
