//! Which keys a request names.

use std::ops::Bound;

use bytes::Bytes;

/// The keys of a pair `(key, range_end)`, by etcd's rule: no end is the one key, a zero byte no end at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    key: Bytes,
    end: Bytes,
}

impl Span {
    pub fn new(key: &Bytes, range_end: &Bytes) -> Self {
        Self { key: key.clone(), end: range_end.clone() }
    }

    /// As a watcher reads it: an empty key is the lowest one.
    pub fn of_watch(key: &Bytes, range_end: &Bytes) -> Self {
        let key = if key.is_empty() { Bytes::from_static(b"\0") } else { key.clone() };
        Self { key, end: range_end.clone() }
    }

    pub fn contains(&self, key: &[u8]) -> bool {
        match self.end.as_ref() {
            [] => key == self.key,
            [0] => key >= self.key.as_ref(),
            end => self.key.as_ref() <= key && key < end,
        }
    }

    /// The one key, if it names a single one.
    pub fn one(&self) -> Option<&Bytes> {
        self.end.is_empty().then_some(&self.key)
    }

    /// Whether no key can be in it.
    pub fn is_empty(&self) -> bool {
        !matches!(self.end.as_ref(), [] | [0]) && self.end <= self.key
    }

    /// For a map's range; only of a span that is not empty.
    pub(super) fn bounds(&self) -> (Bound<Bytes>, Bound<Bytes>) {
        let end = match self.end.as_ref() {
            [] => Bound::Included(self.key.clone()),
            [0] => Bound::Unbounded,
            _ => Bound::Excluded(self.end.clone()),
        };
        (Bound::Included(self.key.clone()), end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(key: &'static str, end: &'static str) -> Span {
        Span::new(&key.into(), &end.into())
    }

    #[test]
    fn the_end_decides_what_is_named() {
        assert!(span("a", "").contains(b"a") && !span("a", "").contains(b"a\0"));
        assert!(span("b", "\0").contains(b"\xff") && !span("b", "\0").contains(b"a"));
        assert!(span("a", "c").contains(b"b") && !span("a", "c").contains(b"c"));
        assert!(span("b", "b").is_empty() && span("b", "a").is_empty() && !span("b", "\0").is_empty());
        assert!(Span::of_watch(&Bytes::new(), &"\0".into()).contains(b"\0"));
    }
}
