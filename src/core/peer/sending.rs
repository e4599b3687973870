//! A state that is being sent, apart from how it travels: cut into chunks, and gone back to where the receiver stands.
//!
//! The state stays open over broken connections. Of each chunk that the receiver has not confirmed yet a mark says what was before
//! it, so that the next attempt goes on behind any of them, and the trailer still counts everything from the start. There are no
//! more marks than chunks can be under way.

use std::collections::VecDeque;

use quorate_proto::peer::{self as wire, snapshot_chunk::Part};

use super::{
    OpenSnapshot, Place, SnapshotSource, StateReader,
    rows::{Block, Tally},
};

/// A state that is being sent. Reading it is blocking work.
pub struct Sending {
    header: wire::SnapshotHeader,
    reader: Box<dyn StateReader>,
    /// Bytes of rows in a chunk.
    chunk_bytes: usize,
    tally: Tally,
    /// Never empty. The first is of the last chunk that the receiver is known to have, or of the start.
    marks: VecDeque<Mark>,
}

/// Behind a chunk: what was sent until then, and its last row; no row at the start.
struct Mark {
    tally: Tally,
    place: Option<Place>,
}

impl Sending {
    /// Opens a state. `nonce` is given to one sending only; a chunk takes no further row once it has `chunk_bytes`.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn open(source: &dyn SnapshotSource, message: wire::Message, nonce: u64, chunk_bytes: usize) -> Result<Self, String> {
        let OpenSnapshot { header, reader } = source.open(message)?;
        let header = wire::SnapshotHeader { message: Some(header), nonce };
        let marks = VecDeque::from([Mark { tally: Tally::default(), place: None }]);
        Ok(Self { header, reader, chunk_bytes, tally: Tally::default(), marks })
    }

    /// What each attempt begins with.
    pub fn header(&self) -> &wire::SnapshotHeader {
        &self.header
    }

    /// Goes to where the receiver stands; the next part is the one behind it.
    ///
    /// # Errors
    /// When it stands at a place that this state does not have, or no longer: it has lost what it had confirmed.
    pub fn go_on_at(&mut self, stored: wire::SnapshotTally) -> Result<(), String> {
        let at = self.marks.iter().position(|mark| mark.tally == stored.into());
        let at = at.ok_or_else(|| format!("the peer stands at chunk {}, which is not where it was left", stored.chunks))?;
        self.marks.truncate(at + 1);
        let Mark { tally, place } = &self.marks[at];
        self.tally = *tally;
        self.reader.go_on(place.as_ref())
    }

    /// The receiver has so many chunks: it is never asked to take them again.
    pub fn confirm(&mut self, chunks: u64) {
        while self.marks.get(1).is_some_and(|mark| mark.tally.chunks() <= chunks) {
            self.marks.pop_front();
        }
    }

    /// The next chunk; behind the last one, the trailer.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn next_part(&mut self) -> Result<Part, String> {
        let mut block = Block::new(self.chunk_bytes);
        let Some(table) = self.reader.read(&mut block)? else {
            return Ok(Part::Trailer(self.tally.into()));
        };
        let last = block.last_key().ok_or_else(|| format!("table {table:?} gave no rows"))?;
        let place = Place { table: table.clone(), key: last.to_vec() };
        let rows = block.rows();
        let chunk = block.seal(table);
        self.tally.add(rows, chunk.crc32c);
        self.marks.push_back(Mark { tally: self.tally, place: Some(place) });
        Ok(Part::Rows(chunk))
    }
}
