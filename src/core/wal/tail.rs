//! Tells a torn end of the log from damage before the end.
//!
//! A crash can leave the last record of the last file half written: nobody was promised anything that rests on it, and the
//! engine cuts it off when it opens. But the engine would as well cut off everything behind a damaged record in the middle of
//! that file, and so lose what was acknowledged. Each of our records is synced before the next is written; so when a whole
//! record follows a damaged one, the damaged one was once durable, and the member must not start.
//!
//! And what lies before the durable mark (`durable`) was durable, whether another record follows or not.
//!
//! The engine's layout, of which this reads as much as it needs. It writes format version 2; but a file whose head was torn, it goes
//! on with in version 1, which has no alignment, and no file number in its checksums.
//! ```text
//! file:    magic 53 | version 8 | alignment 8 | record ..          then zeros, allocated ahead
//! record:  length << 8 | compression 8 | footer offset 8 | entries | crc32 of entries 4 | footer | crc32 of footer ^ file number 4
//!          (the two head words big-endian, checksums little-endian; no entries, no checksum of them)
//! ```

use std::{ffi::OsStr, fs, io, path::Path};

use super::durable::Mark;

const MAGIC: &[u8] = b"RAFT-LOG-FILE-HEADER-9986AB3E47F320B394C8E84916EB0ED5";
const VERSION_BYTES: usize = 8;
const ALIGNMENT_BYTES: usize = 8;
const RECORD_HEAD_BYTES: usize = 16;
const CHECKSUM_BYTES: usize = 4;
const SUFFIX: &str = ".raftlog";

/// Looks at the newest file of a log, of which what lies before `mark` must be whole. `Ok(Some(..))` says what is wrong, in words.
pub(super) fn damage(directory: &Path, mark: Mark) -> io::Result<Option<String>> {
    let newest = newest_file(directory)?;
    let number = newest.as_ref().map_or(0, |(number, _)| *number);
    if number < mark.file {
        return Ok(Some(format!("file {} is missing", directory.join(file_name(mark.file)).display())));
    }
    let Some((number, path)) = newest else { return Ok(None) };
    let bytes = fs::read(&path)?;
    let durable = if mark.file == number { usize::try_from(mark.bytes).unwrap_or(usize::MAX) } else { 0 };
    Ok(damage_in(&bytes, number, durable).map(|detail| format!("{} {detail}", path.display())))
}

fn file_name(number: u64) -> String {
    format!("{number:016}{SUFFIX}")
}

/// The number in the name of a file that holds what was written last.
pub(super) fn file_number(name: &OsStr) -> Option<u64> {
    name.to_str()?.strip_suffix(SUFFIX)?.parse().ok()
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
        if let Some(number) = file_number(&entry.file_name()) {
            newest = newest.max(Some((number, entry.path())));
        }
    }
    Ok(newest)
}

/// Where records begin, and what their checksums are mixed with; nothing if the head is broken.
fn layout(bytes: &[u8], number: u64) -> Option<(usize, u32)> {
    let version: &[u8; VERSION_BYTES] = bytes.strip_prefix(MAGIC)?.first_chunk()?;
    match u64::from_be_bytes(*version) {
        1 => Some((MAGIC.len() + VERSION_BYTES, 0)),
        2 => Some((MAGIC.len() + VERSION_BYTES + ALIGNMENT_BYTES, number as u32)),
        _ => None,
    }
}

fn damage_in(bytes: &[u8], number: u64, durable: usize) -> Option<String> {
    let layout = layout(bytes, number);
    let (mut at, signature) = layout.unwrap_or((MAGIC.len() + VERSION_BYTES + ALIGNMENT_BYTES, number as u32));
    while layout.is_some()
        && let Some(length) = record_at(bytes, at, signature)
    {
        at += length;
    }
    let broken = at;
    if broken < durable || bytes.len() < durable {
        return Some(format!("has a broken record at byte {broken}, though it was durable up to byte {durable}"));
    }
    if bytes.len() <= broken || bytes[broken..].iter().all(|&byte| byte == 0) {
        return None;
    }
    let follows =
        (at + 1..bytes.len().saturating_sub(RECORD_HEAD_BYTES)).find(|&next| record_at(bytes, next, signature).is_some());
    follows.map(|next| format!("has a broken record at byte {broken} with a whole one behind it at byte {next}"))
}

/// The length of the whole and undamaged record at `at`, if there is one.
fn record_at(bytes: &[u8], at: usize, signature: u32) -> Option<usize> {
    let rest = bytes.get(at..)?;
    let head: &[u8; RECORD_HEAD_BYTES] = rest.first_chunk()?;
    let (words, _) = head.as_chunks::<8>();
    let first = u64::from_be_bytes(words[0]);
    // Nothing of ours is compressed, and no checksum covers the byte that says so.
    if first & 0xff != 0 {
        return None;
    }
    let length = usize::try_from(first >> 8).ok()?;
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
        assert_eq!(damage_in(&bytes, 1, 0), None);
        let head = [0, 0, 0, 0, 0, 1, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(record_at(&[head.as_slice(), &[0; 512]].concat(), 0, 1), None);
    }

    /// A file as the engine writes it, with records of these lengths.
    fn log_file(number: u64, lengths: &[usize]) -> Vec<u8> {
        let mut file = [MAGIC, &2u64.to_be_bytes(), &[0; ALIGNMENT_BYTES]].concat();
        for length in lengths {
            let summed = |content: Vec<u8>, signature: u32| {
                let sum = crc32fast::hash(&content) ^ signature;
                [content, sum.to_le_bytes().to_vec()].concat()
            };
            let (entries, footer) = (summed(vec![7; *length], 0), summed(vec![9; 5], number as u32));
            let at = (RECORD_HEAD_BYTES + entries.len()) as u64;
            let whole = at + footer.len() as u64;
            file.extend([&(whole << 8).to_be_bytes()[..], &at.to_be_bytes(), &entries, &footer].concat());
        }
        file
    }

    #[test]
    fn whatever_a_file_of_the_log_holds_its_damage_is_told_from_a_torn_end() {
        let (good, first) = (log_file(5, &[40, 1, 300]), log_file(5, &[40]).len());
        assert_eq!(damage_in(&good, 5, good.len()), None);
        let mut broken = good.clone();
        broken[first - 1] ^= 1;
        assert!(damage_in(&broken, 5, 0).unwrap().contains("with a whole one behind it"));
        crate::mangle::survives_some(500, &[good.clone(), log_file(5, &[2])], |bytes| {
            let found = damage_in(bytes, 5, good.len());
            // Nobody reads what stands between the version and the first record.
            let (head, records) = (MAGIC.len() + VERSION_BYTES, MAGIC.len() + VERSION_BYTES + ALIGNMENT_BYTES);
            let is_whole =
                bytes.starts_with(&good[..head]) && bytes.get(records..).is_some_and(|bytes| bytes.starts_with(&good[records..]));
            assert!(is_whole || found.is_some(), "durable bytes are gone and nobody says so");
            drop(damage_in(bytes, 5, 0));
        });
    }
}
