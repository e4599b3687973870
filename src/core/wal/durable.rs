//! The durable mark: how far the log was on the disk, noted beside it.
//!
//! A crash may leave the last record torn, and so a last record that was damaged later looks like one that nobody was promised
//! anything of; a newest file that is gone leaves no trace at all. So after each sync the number of the file and the end of what is
//! durable in it are written to a small file, and what is found when the log is opened must reach as far. The mark itself is synced
//! only when the log is closed: after a kill the system still has it, and after a power cut it may be some seconds old, which is the
//! time for which a damaged end still counts as torn.
//!
//! ```text
//! at 0 and at 512, by turns:   count 8 | file number 8 | durable bytes 8 | crc32 of these 4        (little-endian)
//! ```

use std::{
    fs::File,
    io::{self, Result},
    os::unix::fs::FileExt,
    path::Path,
};

/// The file beside the log's.
pub(super) const NAME: &str = "durable";
const SLOT_PLACES: [u64; 2] = [0, 512];
const WORDS_BYTES: usize = 24;
const SLOT_BYTES: usize = WORDS_BYTES + 4;

/// A place in the log: nothing before it may be missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mark {
    pub file: u64,
    pub bytes: u64,
}

/// Reads the mark of the log in `directory`; the beginning if there is none.
pub(super) fn read(directory: &Path) -> Result<Mark> {
    match File::open(directory.join(NAME)) {
        Ok(file) => Ok(slots(&file)?.1),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Mark::default()),
        Err(error) => Err(error),
    }
}

/// The newest count and mark of a file.
fn slots(file: &File) -> Result<(u64, Mark)> {
    let mut newest = (0, Mark::default());
    for place in SLOT_PLACES {
        let mut slot = [0; SLOT_BYTES];
        match file.read_exact_at(&mut slot, place) {
            Ok(()) => newest = newest.max(decode(&slot).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {}
            Err(error) => return Err(error),
        }
    }
    Ok(newest)
}

fn decode(slot: &[u8; SLOT_BYTES]) -> Option<(u64, Mark)> {
    let (content, sum) = slot.split_last_chunk::<4>()?;
    let (words, _) = content.as_chunks::<8>();
    let [count, file, bytes] = *words else { return None };
    let word = u64::from_le_bytes;
    (crc32fast::hash(content).to_le_bytes() == *sum).then(|| (word(count), Mark { file: word(file), bytes: word(bytes) }))
}

/// Writes the mark.
pub(super) struct Marker {
    file: File,
    count: u64,
    mark: Mark,
}

impl Marker {
    /// Goes on with the mark of the log in `directory`, or begins one.
    pub fn open(directory: &Path) -> Result<Self> {
        let file = File::options().create(true).truncate(false).read(true).write(true).open(directory.join(NAME))?;
        let (count, mark) = slots(&file)?;
        Ok(Self { file, count, mark })
    }

    /// How far the log is durable.
    pub fn mark(&self) -> Mark {
        self.mark
    }

    /// Notes that so much is durable. The mark never goes back.
    pub fn advance(&mut self, to: Mark) -> Result<()> {
        if to <= self.mark {
            return Ok(());
        }
        self.mark = to;
        self.count += 1;
        let words = [self.count, to.file, to.bytes].map(u64::to_le_bytes);
        let mut slot = [0; SLOT_BYTES];
        slot[..WORDS_BYTES].copy_from_slice(words.as_flattened());
        let sum = crc32fast::hash(&slot[..WORDS_BYTES]).to_le_bytes();
        slot[WORDS_BYTES..].copy_from_slice(&sum);
        self.file.write_all_at(&slot, SLOT_PLACES[(self.count % 2) as usize])
    }

    /// Makes the mark as durable as what it speaks of.
    pub fn sync(&self) -> Result<()> {
        self.file.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_whole_mark_counts() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(read(dir.path()).unwrap(), Mark::default());
        let mark = |bytes| Mark { file: 3, bytes };
        let mut marker = Marker::open(dir.path()).unwrap();
        (1..=4).for_each(|bytes| marker.advance(mark(bytes)).unwrap());
        marker.advance(mark(2)).unwrap();
        assert_eq!(read(dir.path()).unwrap(), mark(4));
        drop(marker);
        let mut marker = Marker::open(dir.path()).unwrap();
        marker.advance(Mark { file: 4, bytes: 1 }).unwrap();
        assert_eq!(read(dir.path()).unwrap(), Mark { file: 4, bytes: 1 });
        let path = dir.path().join(NAME);
        let mut bytes = std::fs::read(&path).unwrap();
        // The fifth lies in the second place.
        bytes[SLOT_PLACES[1] as usize + 16] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(read(dir.path()).unwrap(), mark(4));
    }

    #[test]
    fn whatever_stands_in_a_mark_is_the_last_whole_one_or_none() {
        let dir = tempfile::tempdir().unwrap();
        let mut marker = Marker::open(dir.path()).unwrap();
        (1..=2).for_each(|bytes| marker.advance(Mark { file: 3, bytes }).unwrap());
        let path = dir.path().join(NAME);
        let good = std::fs::read(&path).unwrap();
        crate::mangle::survives_some(500, &[good], |bytes| {
            std::fs::write(&path, bytes).unwrap();
            let mark = read(dir.path()).unwrap();
            assert!(mark == Mark::default() || (mark.file == 3 && mark.bytes <= 2), "{mark:?}");
        });
    }
}
