//! Chunks of a state on the wire: rows packed into one run of bytes, their checksums, and the tally that the trailer closes.
//!
//! A chunk is one allocation, however many rows it has. Its checksum is verified before its lengths are believed.

use bytes::{Bytes, BytesMut};
use quorate_proto::peer as wire;

/// Bytes before each row: the lengths of its key and value.
const LENGTHS_BYTES: usize = 8;

/// Rows of one table on their way into a chunk.
#[derive(Debug)]
pub struct Block {
    /// When it holds as much as this, it is full.
    bytes_enough: usize,
    bytes: BytesMut,
    rows: u64,
    /// Where in `bytes` the last key ends, and its length.
    last_key: (usize, usize),
}

impl Block {
    /// An empty one that is full when it holds so many bytes; its last row may go beyond.
    pub fn new(bytes_enough: usize) -> Self {
        Self { bytes_enough, bytes: BytesMut::new(), rows: 0, last_key: (0, 0) }
    }

    /// Adds a row.
    ///
    /// # Panics
    /// If key or value is 4 GiB long, which no store takes.
    pub fn push(&mut self, key: &[u8], value: &[u8]) {
        let length = |bytes: &[u8]| u32::try_from(bytes.len()).expect("keys and values are shorter than 4 GiB").to_le_bytes();
        if self.bytes.is_empty() {
            // With some room for the row that goes beyond the limit.
            self.bytes.reserve(self.bytes_enough + self.bytes_enough / 16);
        }
        self.bytes.extend_from_slice(&length(key));
        self.bytes.extend_from_slice(&length(value));
        self.bytes.extend_from_slice(key);
        self.last_key = (self.bytes.len(), key.len());
        self.bytes.extend_from_slice(value);
        self.rows += 1;
    }

    /// Whether the next row belongs into another block.
    pub fn is_full(&self) -> bool {
        self.bytes.len() >= self.bytes_enough
    }

    /// Rows in it.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The key of the last row, if there is a row.
    pub fn last_key(&self) -> Option<&[u8]> {
        let (end, length) = self.last_key;
        (self.rows > 0).then(|| &self.bytes[end - length..end])
    }

    /// Makes a chunk of it, with its checksum.
    pub fn seal(self, table: String) -> wire::Rows {
        let mut rows = wire::Rows { table, rows: self.bytes.freeze(), crc32c: 0 };
        rows.crc32c = checksum(&rows);
        rows
    }
}

/// CRC-32C over a chunk, as its message says.
pub fn checksum(rows: &wire::Rows) -> u32 {
    let length = u32::try_from(rows.table.len()).unwrap_or(u32::MAX);
    let table = crc32c::crc32c_append(crc32c::crc32c(&length.to_le_bytes()), rows.table.as_bytes());
    crc32c::crc32c_append(table, &rows.rows)
}

/// Why a chunk is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadChunk {
    #[error("its checksum is {found:08x}, expected {expected:08x}")]
    Damaged { found: u32, expected: u32 },
    #[error("its rows end in the middle of one")]
    Misshapen,
}

/// The rows of a chunk that was checked. Cheap to keep: they share the bytes of the message.
#[derive(Clone, Debug)]
pub struct PackedRows {
    bytes: Bytes,
    count: u64,
}

impl PackedRows {
    /// Checks a chunk.
    ///
    /// # Errors
    /// When its checksum does not fit, or its lengths do not.
    pub fn check(chunk: &wire::Rows) -> Result<Self, BadChunk> {
        let found = checksum(chunk);
        if found != chunk.crc32c {
            return Err(BadChunk::Damaged { found, expected: chunk.crc32c });
        }
        let (mut rest, mut count) = (&chunk.rows[..], 0);
        while !rest.is_empty() {
            rest = split_row(rest).ok_or(BadChunk::Misshapen)?.1;
            count += 1;
        }
        Ok(Self { bytes: chunk.rows.clone(), count })
    }

    /// Rows in it.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Bytes of all keys and values with their lengths.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Keys and values in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let mut rest = &self.bytes[..];
        std::iter::from_fn(move || {
            let (row, behind) = split_row(rest)?;
            rest = behind;
            Some(row)
        })
    }
}

/// Key and value.
type Row<'a> = (&'a [u8], &'a [u8]);

/// The first row, and what is behind it.
fn split_row(bytes: &[u8]) -> Option<(Row<'_>, &[u8])> {
    let (lengths, rest) = bytes.split_first_chunk::<LENGTHS_BYTES>()?;
    let [k0, k1, k2, k3, v0, v1, v2, v3] = *lengths;
    let (key, rest) = rest.split_at_checked(u32::from_le_bytes([k0, k1, k2, k3]) as usize)?;
    let (value, rest) = rest.split_at_checked(u32::from_le_bytes([v0, v1, v2, v3]) as usize)?;
    Some(((key, value), rest))
}

/// A place in a state: what was sent or received before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    chunks: u64,
    rows: u64,
    crc: u32,
}

impl Tally {
    /// Counts a chunk: the whole is a CRC over those of the chunks, in order.
    pub fn add(&mut self, rows: u64, crc: u32) {
        self.chunks += 1;
        self.rows += rows;
        self.crc = crc32c::crc32c_append(self.crc, &crc.to_le_bytes());
    }

    /// Chunks before this place.
    pub fn chunks(self) -> u64 {
        self.chunks
    }

    /// Rows before this place.
    pub fn rows(self) -> u64 {
        self.rows
    }
}

impl From<Tally> for wire::SnapshotTally {
    fn from(Tally { chunks, rows, crc }: Tally) -> Self {
        Self { chunks, rows, crc32c: crc }
    }
}

impl From<wire::SnapshotTally> for Tally {
    fn from(wire::SnapshotTally { chunks, rows, crc32c }: wire::SnapshotTally) -> Self {
        Self { chunks, rows, crc: crc32c }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(rows: &[(&str, &str)]) -> Block {
        let mut block = Block::new(100);
        rows.iter().for_each(|(key, value)| block.push(key.as_bytes(), value.as_bytes()));
        block
    }

    #[test]
    fn packed_rows_read_back_in_order() {
        let rows = [("a", "1"), ("", ""), ("key", ""), ("", "value"), ("z", "26")];
        let block = block(&rows);
        assert_eq!(block.last_key(), Some(&b"z"[..]));
        let packed = PackedRows::check(&block.seal("kv".into())).unwrap();
        assert_eq!(packed.count(), 5);
        assert!(packed.iter().eq(rows.iter().map(|(key, value)| (key.as_bytes(), value.as_bytes()))));
        assert_eq!(Block::new(100).last_key(), None);
        assert_eq!(PackedRows::check(&Block::new(100).seal("kv".into())).unwrap().count(), 0);
    }

    #[test]
    fn a_block_is_full_when_it_holds_enough_and_not_before() {
        let mut block = Block::new(64 * 1024);
        let value = [0; 1000];
        while !block.is_full() {
            block.push(b"k", &value);
        }
        let bytes = block.seal(String::new()).rows.len();
        assert!((64 * 1024..64 * 1024 + 1009).contains(&bytes));
    }

    #[test]
    fn any_changed_byte_and_any_other_cut_is_noticed() {
        let whole = block(&[("ab", "c"), ("d", "ef")]).seal("kv".into());
        for at in 0..whole.rows.len() {
            let mut bytes = whole.rows.to_vec();
            bytes[at] ^= 1;
            let changed = wire::Rows { rows: bytes.into(), ..whole.clone() };
            assert!(matches!(PackedRows::check(&changed), Err(BadChunk::Damaged { .. })), "byte {at}");
        }
        let renamed = wire::Rows { table: "kw".into(), ..whole.clone() };
        assert!(matches!(PackedRows::check(&renamed), Err(BadChunk::Damaged { .. })));
        // With the right checksum, lengths that do not fit are still no rows.
        for length in (0..whole.rows.len()).filter(|length| ![0, 11].contains(length)) {
            let mut cut = wire::Rows { rows: whole.rows.slice(..length), ..whole.clone() };
            cut.crc32c = checksum(&cut);
            assert_eq!(PackedRows::check(&cut).unwrap_err(), BadChunk::Misshapen, "length {length}");
        }
    }

    #[test]
    fn a_byte_that_moves_from_key_to_value_or_table_changes_the_checksum() {
        let of = |table: &str, rows: &[(&str, &str)]| block(rows).seal(table.into()).crc32c;
        let all = [
            of("kv", &[("ab", "c")]),
            of("kv", &[("a", "bc")]),
            of("kv", &[("abc", "")]),
            of("kv", &[("a", "b"), ("c", "")]),
            of("kv", &[]),
            of("k", &[("ab", "c")]),
        ];
        all.iter().enumerate().for_each(|(at, crc)| assert!(!all[..at].contains(crc), "{at} equals an earlier one"));
    }

    #[test]
    fn the_tally_notices_chunks_in_another_order() {
        let tally = |chunks: &[(u64, u32)]| {
            let mut tally = Tally::default();
            chunks.iter().for_each(|(rows, crc)| tally.add(*rows, *crc));
            tally
        };
        assert_eq!((tally(&[(1, 7), (2, 9)]).chunks(), tally(&[(1, 7), (2, 9)]).rows()), (2, 3));
        assert_ne!(tally(&[(1, 7), (2, 9)]), tally(&[(2, 9), (1, 7)]));
        assert_ne!(tally(&[(1, 7), (1, 7)]), tally(&[(2, 7)]));
    }

    #[test]
    fn whatever_rows_say_of_their_lengths_they_are_whole_or_refused() {
        let mut block = Block::new(1 << 16);
        for (key, value) in [(&b"a"[..], &b"1"[..]), (b"", b""), (&[7; 300], &[8; 2_000])] {
            block.push(key, value);
        }
        let good = block.seal("record".into()).rows.to_vec();
        crate::mangle::survives(&[good], |bytes| {
            // With a checksum that fits, as whoever makes such rows would give them.
            let mut chunk = wire::Rows { table: "record".into(), rows: Bytes::copy_from_slice(bytes), crc32c: 0 };
            chunk.crc32c = checksum(&chunk);
            if let Ok(packed) = PackedRows::check(&chunk) {
                assert_eq!(packed.iter().count() as u64, packed.count());
                let inside: usize = packed.iter().map(|(key, value)| key.len() + value.len() + LENGTHS_BYTES).sum();
                assert_eq!(inside, packed.bytes());
            }
        });
    }
}
