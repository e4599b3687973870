//! Chunks of a state on the wire: their size, their checksums, and the tally that the trailer closes.

use bytes::Bytes;
use quorate_proto::peer as wire;

use super::limits::CHUNK_BYTES_MAX;

/// CRC-32C over a chunk: the table's name, then each key and value. Every part is preceded by its length (u32, little endian), so
/// that a byte which changes sides is noticed too.
pub fn checksum(rows: &wire::Rows) -> u32 {
    let part = |crc: u32, bytes: &[u8]| {
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        crc32c::crc32c_append(crc32c::crc32c_append(crc, &length.to_le_bytes()), bytes)
    };
    let table = part(0, rows.table.as_bytes());
    rows.keys.iter().zip(&rows.values).fold(table, |crc, (key, value)| part(part(crc, key), value))
}

/// What has been sent or received so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    rows: u64,
    crc: u32,
}

impl Tally {
    /// Counts a chunk whose checksum is set: the whole is a CRC over those of the chunks, in order.
    pub fn add(&mut self, rows: &wire::Rows) {
        self.rows += rows.keys.len() as u64;
        self.crc = crc32c::crc32c_append(self.crc, &rows.crc32c.to_le_bytes());
    }

    pub fn trailer(&self) -> wire::SnapshotTrailer {
        wire::SnapshotTrailer { rows: self.rows, crc32c: self.crc }
    }
}

/// Cuts rows of one table into chunks of at most [`CHUNK_BYTES_MAX`], or one row, with their checksums set.
pub fn chunks(rows: wire::Rows) -> impl Iterator<Item = wire::Rows> {
    let wire::Rows { table, keys, values, .. } = rows;
    let mut rows = keys.into_iter().zip(values).peekable();
    std::iter::from_fn(move || {
        let mut chunk = wire::Rows { table: table.clone(), ..Default::default() };
        let mut bytes = 0;
        while let Some((key, value)) = rows.next_if(|row| chunk.keys.is_empty() || bytes + row_bytes(row) <= CHUNK_BYTES_MAX) {
            bytes += key.len() + value.len();
            chunk.keys.push(key);
            chunk.values.push(value);
        }
        chunk.crc32c = checksum(&chunk);
        (!chunk.keys.is_empty()).then_some(chunk)
    })
}

fn row_bytes((key, value): &(Bytes, Bytes)) -> usize {
    key.len() + value.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(values: &[usize]) -> wire::Rows {
        let keys = (0..values.len()).map(|key| Bytes::from(format!("key{key}"))).collect();
        let values = values.iter().map(|bytes| Bytes::from(vec![3; *bytes])).collect();
        wire::Rows { table: "kv".into(), keys, values, crc32c: 0 }
    }

    #[test]
    fn chunks_hold_all_rows_in_order_and_stay_within_the_limit() {
        let whole = rows(&[CHUNK_BYTES_MAX / 2, CHUNK_BYTES_MAX / 3, CHUNK_BYTES_MAX / 2, 3 * CHUNK_BYTES_MAX, 1, 0]);
        let cut: Vec<_> = chunks(whole.clone()).collect();
        assert_eq!(cut.iter().map(|chunk| chunk.keys.len()).collect::<Vec<_>>(), [2, 1, 1, 2]);
        assert_eq!(cut.iter().flat_map(|chunk| chunk.keys.clone()).collect::<Vec<_>>(), whole.keys);
        assert_eq!(cut.iter().flat_map(|chunk| chunk.values.clone()).collect::<Vec<_>>(), whole.values);
        assert!(cut.iter().all(|chunk| chunk.crc32c == checksum(chunk) && chunk.table == "kv"));
    }

    #[test]
    fn a_byte_that_moves_from_key_to_value_or_row_to_row_changes_the_checksum() {
        let of = |rows: &[(&'static str, &'static str)]| {
            let keys = rows.iter().map(|(key, _)| Bytes::from(*key)).collect();
            let values = rows.iter().map(|(_, value)| Bytes::from(*value)).collect();
            checksum(&wire::Rows { table: "kv".into(), keys, values, crc32c: 0 })
        };
        let all = [of(&[("ab", "c")]), of(&[("a", "bc")]), of(&[("abc", "")]), of(&[("a", "b"), ("c", "")]), of(&[])];
        all.iter().enumerate().for_each(|(at, crc)| assert!(!all[..at].contains(crc), "{at} equals an earlier one"));
    }

    #[test]
    fn the_tally_notices_chunks_in_another_order() {
        let cut: Vec<_> = [rows(&[1]), rows(&[2, 2])].into_iter().flat_map(chunks).collect();
        let tally = |order: &[usize]| {
            let mut tally = Tally::default();
            order.iter().for_each(|at| tally.add(&cut[*at]));
            tally.trailer()
        };
        assert_eq!(tally(&[0, 1]).rows, 3);
        assert_ne!(tally(&[0, 1]), tally(&[1, 0]));
    }
}
