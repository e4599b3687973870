//! The tables on disk: names, and the byte layout of their keys and values.
//!
//! ```text
//! record   main(8) '_' sub(8) ['t']              encoded mvccpb.KeyValue          what etcd keeps in its bucket "key"
//! index    escaped key, ff..-main(8) ff..-sub(4)  Version                          newest version of a key first
//! long     main(8) sub(4)                        Version                          as index, for keys too long for LMDB
//! lease    id(8)                                 granted(8) remaining(8)          seconds
//! attach   lease id(8) main(8) sub(4)            key                              by the revision that attached it
//! member   id(8)                                 encoded membershippb.Member      empty value: a removed member
//! alarm    type(4) member(8)                     (empty)
//! user     name, or its head and digest if long  encoded authpb.User
//! role     likewise                              encoded authpb.Role
//! token    SHA-256 of its letters(32)            index(8) expires(8) user         milliseconds of the wall clock
//! meta     name                                  see `Meta`
//!
//! Version  flags(1) create(8) version(8) lease(8); flags bit 0: tombstone (then nothing follows);
//!          bit 1: lease present; integers little-endian
//! ```
//!
//! On disk, every value is followed by a checksum: see `lmdb`.
//!
//! A key is escaped so that the bytewise order of index keys is (key ascending, revision descending): every zero byte becomes
//! `00 ff`, and `00 01` ends the key. Integers in keys are big-endian, so that they sort.

use super::super::revision::Revision;

/// A table of the backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(usize)]
pub enum Table {
    Record,
    Index,
    Long,
    Lease,
    Attach,
    Member,
    Alarm,
    Meta,
    User,
    Role,
    Token,
}

impl Table {
    /// All tables, in the order in which a state is sent to another member.
    pub const ALL: [Self; 11] = [
        Self::Record,
        Self::Index,
        Self::Long,
        Self::Lease,
        Self::Attach,
        Self::Member,
        Self::Alarm,
        Self::Meta,
        Self::User,
        Self::Role,
        Self::Token,
    ];

    /// The name on disk and between members.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::Index => "index",
            Self::Long => "long",
            Self::Lease => "lease",
            Self::Attach => "attach",
            Self::Member => "member",
            Self::Alarm => "alarm",
            Self::Meta => "meta",
            Self::User => "user",
            Self::Role => "role",
            Self::Token => "token",
        }
    }

    /// The table of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.name() == name)
    }
}

/// Longest key that LMDB takes in its default build.
pub const BACKEND_KEY_BYTES_MAX: usize = 511;
/// Bytes of an index key after the escaped key: terminator and inverted revision.
const INDEX_SUFFIX_BYTES: usize = 2 + 8 + 4;

/// What one version of a key is, besides its value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Version {
    /// Main revision of the put that made the key; 0 for a tombstone.
    pub create: i64,
    /// Puts since then, from 1; 0 for a tombstone.
    pub version: i64,
    /// The lease it is attached to; 0 for none.
    pub lease: i64,
    pub tombstone: bool,
}

impl Version {
    /// The mark that a delete leaves.
    pub const TOMBSTONE: Self = Self { create: 0, version: 0, lease: 0, tombstone: true };

    /// Encodes into `out`, as the layout says.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.push(u8::from(self.tombstone) | u8::from(self.lease != 0) << 1);
        if self.tombstone {
            return;
        }
        out.extend_from_slice(&self.create.to_le_bytes());
        out.extend_from_slice(&self.version.to_le_bytes());
        if self.lease != 0 {
            out.extend_from_slice(&self.lease.to_le_bytes());
        }
    }

    /// Decodes; `None` if the bytes are not a version.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let int = |at: usize| Some(i64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
        let flags = *bytes.first()?;
        if flags & 1 != 0 {
            return Some(Self::TOMBSTONE);
        }
        let lease = if flags & 2 != 0 { int(17)? } else { 0 };
        Some(Self { create: int(1)?, version: int(9)?, lease, tombstone: false })
    }
}

/// Whether the versions of `key` go to [`Table::Long`] because its index key would be too long.
#[expect(clippy::naive_bytecount, reason = "keys are short, and long ones seldom")]
pub fn is_long(key: &[u8]) -> bool {
    if key.len() * 2 + INDEX_SUFFIX_BYTES <= BACKEND_KEY_BYTES_MAX {
        return false;
    }
    key.len() + key.iter().filter(|byte| **byte == 0).count() + INDEX_SUFFIX_BYTES > BACKEND_KEY_BYTES_MAX
}

/// The part of an index key that all versions of `key` share.
pub fn index_prefix(key: &[u8], out: &mut Vec<u8>) {
    escape(key, out);
    out.extend_from_slice(&[0, 1]);
}

/// Escapes without the terminator: sorts at or before every index key of `key` and of keys after it.
pub fn escape(key: &[u8], out: &mut Vec<u8>) {
    out.reserve(key.len() + INDEX_SUFFIX_BYTES);
    for part in key.split_inclusive(|byte| *byte == 0) {
        out.extend_from_slice(part);
        if part.last() == Some(&0) {
            out.push(0xff);
        }
    }
}

/// Index key of one version.
pub fn index_key(key: &[u8], revision: Revision, out: &mut Vec<u8>) {
    index_prefix(key, out);
    push_inverted(revision, out);
}

/// A revision so that newer ones sort first.
pub fn push_inverted(revision: Revision, out: &mut Vec<u8>) {
    out.extend_from_slice(&(!revision.main.cast_unsigned()).to_be_bytes());
    out.extend_from_slice(&(!revision.sub).to_be_bytes());
}

/// Splits an index key into its shared prefix (with terminator) and revision.
pub fn split_index_key(bytes: &[u8]) -> Option<(&[u8], Revision)> {
    let at = bytes.len().checked_sub(12)?;
    let (prefix, tail) = bytes.split_at(at);
    let main = !u64::from_be_bytes(tail[..8].try_into().ok()?);
    let sub = !u32::from_be_bytes(tail[8..].try_into().ok()?);
    prefix.ends_with(&[0, 1]).then_some((prefix, Revision { main: main.cast_signed(), sub }))
}

/// The user's key of an index prefix.
pub fn unescape(prefix: &[u8], out: &mut Vec<u8>) {
    let body = &prefix[..prefix.len().saturating_sub(2)];
    let mut rest = body;
    while let Some(at) = rest.iter().position(|byte| *byte == 0) {
        out.extend_from_slice(&rest[..=at]);
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
}

/// Key in [`Table::Long`], and the tail of one in [`Table::Attach`].
pub fn revision_key(revision: Revision) -> [u8; 12] {
    let mut key = [0; 12];
    key[..8].copy_from_slice(&revision.main.to_be_bytes());
    key[8..].copy_from_slice(&revision.sub.to_be_bytes());
    key
}

/// Reads what [`revision_key`] wrote.
pub fn from_revision_key(bytes: &[u8]) -> Option<Revision> {
    let main = i64::from_be_bytes(bytes.get(..8)?.try_into().ok()?);
    let sub = u32::from_be_bytes(bytes.get(8..12)?.try_into().ok()?);
    (bytes.len() == 12).then_some(Revision { main, sub })
}

/// Key in [`Table::Lease`]. Negative ids sort after positive ones, which no reader minds.
pub fn lease_key(id: i64) -> [u8; 8] {
    id.to_be_bytes()
}

/// Key in [`Table::Attach`].
pub fn attach_key(lease: i64, revision: Revision) -> [u8; 20] {
    let mut key = [0; 20];
    key[..8].copy_from_slice(&lease.to_be_bytes());
    key[8..].copy_from_slice(&revision_key(revision));
    key
}

/// Names in [`Table::Meta`].
pub mod meta {
    /// Applied index, term and configuration: see `AppliedState` encoding.
    pub const APPLIED: &[u8] = b"applied";
    /// Newest main revision, little-endian i64.
    pub const CURRENT_REVISION: &[u8] = b"current_revision";
    /// Compact revision, little-endian i64; absent when nothing was ever compacted.
    pub const COMPACT_REVISION: &[u8] = b"compact_revision";
    /// Records below this main revision have been swept, little-endian i64.
    pub const SWEPT_REVISION: &[u8] = b"swept_revision";
    /// Cluster version as text.
    pub const CLUSTER_VERSION: &[u8] = b"cluster_version";
    /// Present while authentication is on.
    pub const AUTH_ENABLED: &[u8] = b"auth_enabled";
    /// Revision of users and roles, little-endian u64; absent as long as it is 1.
    pub const AUTH_REVISION: &[u8] = b"auth_revision";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn index_keys_sort_by_key_then_newest_first() {
        let keys: [&[u8]; 8] = [b"", b"\0", b"\0\0", b"\0\x01", b"\x01", b"a", b"a\0", b"a\xff"];
        let mut encoded = Vec::new();
        for key in keys {
            for revision in [Revision::new(9, 1), Revision::new(9, 0), Revision::new(2, 5)] {
                let mut out = Vec::new();
                index_key(key, revision, &mut out);
                encoded.push(out);
            }
        }
        assert!(encoded.is_sorted());
    }

    #[test]
    fn index_key_reads_back() {
        for key in [b"".as_slice(), b"\0", b"a\0b\0", b"\xff\0\xff"] {
            let mut out = Vec::new();
            index_key(key, Revision::new(77, 3), &mut out);
            let (prefix, revision) = split_index_key(&out).unwrap();
            let mut back = Vec::new();
            unescape(prefix, &mut back);
            assert_eq!((back.as_slice(), revision), (key, Revision::new(77, 3)));
        }
    }

    #[test]
    fn version_reads_back() {
        for version in [
            Version::TOMBSTONE,
            Version { create: 3, version: 1, lease: 0, tombstone: false },
            Version { create: 1 << 40, version: 7, lease: -5, tombstone: false },
        ] {
            let mut out = Vec::new();
            version.encode(&mut out);
            assert_eq!(Version::decode(&out), Some(version));
        }
        assert_eq!(Version::decode(&[]), None);
    }

    #[test]
    fn keys_are_long_by_their_escaped_length() {
        assert!(!is_long(&[b'k'; 497]));
        assert!(is_long(&[b'k'; 498]));
        assert!(!is_long(&[0; 248]));
        assert!(is_long(&[0; 249]));
    }

    #[test]
    fn whatever_a_row_holds_is_a_version_and_a_revision_or_none() {
        let version = Version { create: 3, version: 2, lease: 7, tombstone: false };
        let mut good = vec![Vec::new(), Vec::new()];
        version.encode(&mut good[0]);
        Version::TOMBSTONE.encode(&mut good[1]);
        crate::mangle::survives(&good, |bytes| {
            if let Some(version) = Version::decode(bytes) {
                let mut again = Vec::new();
                version.encode(&mut again);
                assert_eq!(Version::decode(&again), Some(version));
            }
            _ = from_revision_key(bytes);
        });
    }
}
