//! Tells a torn end of the log from damage before the end.
//!
//! A crash can leave the last record of the last file half written: nobody was promised anything that rests on it, and the
//! engine cuts it off when it opens. But the engine would as well cut off everything behind a damaged record in the middle of
//! that file, and so lose what was acknowledged. Each of our records is synced before the next is written; so when a whole
//! record follows a damaged one, the damaged one was once durable, and the member must not start.
//!
//! The engine's layout, of which this reads as much as it needs. New files have version 2. One whose head was never written (the
//! disk was full, or the machine fell) goes on in version 1, which has no alignment, and checksums without the file number:
//! ```text
//! file:    magic 52 | version 8 | alignment 8 | record ..          then zeros, allocated ahead
//! record:  length << 8 | compression 8 | footer offset 8 | entries | crc32 of entries 4 | footer | crc32 of footer ^ file number 4
//!          (the two head words big-endian, checksums little-endian; no entries, no checksum of them)
//! ```

use std::{fs, io, path::Path};

const MAGIC: &[u8] = b"RAFT-LOG-FILE-HEADER-9986AB3E47F320B394C8E84916EB0ED5";
const VERSION_BYTES: usize = 8;
const ALIGNMENT_BYTES: usize = 8;
const RECORD_HEAD_BYTES: usize = 16;
const CHECKSUM_BYTES: usize = 4;
const SUFFIX: &str = ".raftlog";

/// Looks at the newest file of a log. `Ok(Some(..))` says where it is damaged before its end, in words.
pub(super) fn damage(directory: &Path) -> io::Result<Option<String>> {
    let Some((number, path)) = newest_file(directory)? else { return Ok(None) };
    let bytes = fs::read(&path)?;
    Ok(damage_in(&bytes, number).map(|detail| format!("{} {detail}", path.display())))
}

fn newest_file(directory: &Path) -> io::Result<Option<(u64, std::path::PathBuf)>> {
    let listing = match fs::read_dir(directory) {
        Ok(listing) => listing,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut newest = None;
    for entry in listing {
        let entry = entry?;
        let name = entry.file_name();
        let number = name.to_str().and_then(|name| name.strip_suffix(SUFFIX)).and_then(|stem| stem.parse().ok());
        if let Some(number) = number {
            newest = newest.max(Some((number, entry.path())));
        }
    }
    Ok(newest)
}

fn damage_in(bytes: &[u8], number: u64) -> Option<String> {
    let (head_bytes, signature) = head(bytes, number);
    if bytes.len() <= head_bytes {
        return None;
    }
    let mut at = head_bytes;
    if bytes.starts_with(MAGIC) {
        while let Some(length) = record_at(bytes, at, signature) {
            at += length;
        }
    }
    let broken = at;
    if bytes[broken..].iter().all(|&byte| byte == 0) {
        return None;
    }
    let follows =
        (at + 1..bytes.len().saturating_sub(RECORD_HEAD_BYTES)).find(|&next| record_at(bytes, next, signature).is_some());
    follows.map(|next| format!("has a broken record at byte {broken} with a whole one behind it at byte {next}"))
}

/// How long the file's head is, and what checksums of footers are mixed with. A broken head is taken for a usual one.
fn head(bytes: &[u8], number: u64) -> (usize, u32) {
    let short = MAGIC.len() + VERSION_BYTES;
    match bytes.get(MAGIC.len()..).and_then(<[u8]>::first_chunk::<VERSION_BYTES>) {
        Some(version) if u64::from_be_bytes(*version) == 1 => (short, 0),
        _ => (short + ALIGNMENT_BYTES, number as u32),
    }
}

/// The length of the whole and undamaged record at `at`, if there is one.
fn record_at(bytes: &[u8], at: usize, signature: u32) -> Option<usize> {
    let rest = bytes.get(at..)?;
    let head: &[u8; RECORD_HEAD_BYTES] = rest.first_chunk()?;
    let (words, _) = head.as_chunks::<8>();
    let length = usize::try_from(u64::from_be_bytes(words[0]) >> 8).ok()?;
    let footer = usize::try_from(u64::from_be_bytes(words[1])).ok()?;
    // Whatever stands here may be no head at all: the words can be as large as they like.
    if footer < RECORD_HEAD_BYTES || length > rest.len() || length.checked_sub(footer)? <= CHECKSUM_BYTES {
        return None;
    }
    let entries = &rest[RECORD_HEAD_BYTES..footer];
    let footer = &rest[footer..length];
    let whole = (entries.is_empty() || checksum_fits(entries, 0)) && checksum_fits(footer, signature);
    whole.then_some(length)
}

fn checksum_fits(bytes: &[u8], signature: u32) -> bool {
    let Some((content, checksum)) = bytes.split_last_chunk::<CHECKSUM_BYTES>() else { return false };
    !content.is_empty() && crc32fast::hash(content) == u32::from_le_bytes(*checksum) ^ signature
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A client's -1 stands in a torn record as a run of such bytes, and the search for a whole record comes past them.
    #[test]
    fn words_that_no_head_can_hold_are_no_record() {
        let mut bytes = [MAGIC, &[0; 16], &[1; 40], &[0xff; 20]].concat();
        bytes.resize(bytes.len() + 4096, 0);
        assert_eq!(damage_in(&bytes, 1), None);
        let head = [0, 0, 0, 0, 0, 1, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(record_at(&[head.as_slice(), &[0; 512]].concat(), 0, 1), None);
    }
}
