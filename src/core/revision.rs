//! Revisions: the position of a change in the history of the store.

use std::fmt;

/// Position of one change: `main` counts write transactions from 2 on, `sub` the changes within one from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision {
    pub main: i64,
    pub sub: u32,
}

/// Bytes of a record key: main, an underscore, sub.
pub const RECORD_KEY_BYTES: usize = 17;
/// What a tombstone's record key has at its end.
pub const TOMBSTONE_MARK: u8 = b't';

impl Revision {
    /// The first change of a write transaction.
    pub const fn new(main: i64, sub: u32) -> Self {
        Self { main, sub }
    }

    /// The record key as etcd writes it: big-endian main (8), `_`, big-endian sub (8), and `t` for a tombstone.
    pub fn record_key(self, tombstone: bool) -> RecordKey {
        let mut bytes = [0; RECORD_KEY_BYTES + 1];
        bytes[..8].copy_from_slice(&self.main.to_be_bytes());
        bytes[8] = b'_';
        bytes[9..17].copy_from_slice(&i64::from(self.sub).to_be_bytes());
        bytes[17] = TOMBSTONE_MARK;
        RecordKey { bytes, len: if tombstone { 18 } else { 17 } }
    }

    /// Reads a record key: the revision and whether it is a tombstone's. `None` if it is not one.
    pub fn from_record_key(key: &[u8]) -> Option<(Self, bool)> {
        let tombstone = match key.len() {
            17 => false,
            18 if key[17] == TOMBSTONE_MARK => true,
            _ => return None,
        };
        let main = i64::from_be_bytes(key[..8].try_into().ok()?);
        let sub = i64::from_be_bytes(key[9..17].try_into().ok()?);
        (key[8] == b'_').then_some((Self { main, sub: u32::try_from(sub).ok()? }, tombstone))
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.main, self.sub)
    }
}

/// An encoded record key.
#[derive(Clone, Copy, Debug)]
pub struct RecordKey {
    bytes: [u8; RECORD_KEY_BYTES + 1],
    len: usize,
}

impl AsRef<[u8]> for RecordKey {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_key_reads_back() {
        for (revision, tombstone) in [(Revision::new(2, 0), false), (Revision::new(i64::MAX, u32::MAX), true)] {
            assert_eq!(Revision::from_record_key(revision.record_key(tombstone).as_ref()), Some((revision, tombstone)));
        }
        assert_eq!(Revision::from_record_key(b"short"), None);
    }

    #[test]
    fn record_keys_sort_as_revisions() {
        let a = Revision::new(2, 300).record_key(true);
        let b = Revision::new(3, 0).record_key(false);
        assert!(a.as_ref() < b.as_ref());
    }
}
