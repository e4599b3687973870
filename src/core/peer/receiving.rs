//! A state that is being received, apart from how it travels: every chunk is checked before it is stored, and only the trailer makes
//! the state count.

use quorate_proto::peer as wire;
use tonic::Status;

use super::{
    SnapshotSink,
    rows::{BadChunk, PackedRows, Tally},
};

/// A state that is being received. Dropping it forgets what has come.
pub struct Receiving {
    /// The member that sends it.
    from: u64,
    nonce: u64,
    sink: Box<dyn SnapshotSink>,
    tally: Tally,
    bytes: u64,
}

impl Receiving {
    /// The start of a state.
    pub fn new(from: u64, nonce: u64, sink: Box<dyn SnapshotSink>) -> Self {
        Self { from, nonce, sink, tally: Tally::default(), bytes: 0 }
    }

    /// Whether this header announces the rest of the very same state.
    pub fn is_of(&self, from: u64, header: &wire::SnapshotHeader) -> bool {
        (self.from, self.nonce) == (from, header.nonce)
    }

    /// How far it has come.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// Bytes of the rows that have come.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Takes the next chunk.
    ///
    /// # Errors
    /// `DataLoss` for a damaged chunk, `InvalidArgument` for one out of shape, `Internal` when it cannot be stored. After any of
    /// them the state is good for nothing more.
    pub fn take(&mut self, chunk: &wire::Rows) -> Result<(), Status> {
        let rows = PackedRows::check(chunk).map_err(|error| {
            let text = format!("a chunk of the snapshot is corrupt: {error}");
            if matches!(error, BadChunk::Damaged { .. }) { Status::data_loss(text) } else { Status::invalid_argument(text) }
        })?;
        self.tally.add(rows.count(), chunk.crc32c);
        self.bytes += rows.bytes() as u64;
        self.sink.rows(&chunk.table, rows).map_err(Status::internal)
    }

    /// Takes the trailer. Answers the state's applied index once it is durable.
    ///
    /// # Errors
    /// `DataLoss` when something is missing or not in its place, `Internal` when it cannot be stored.
    pub fn finish(self, trailer: wire::SnapshotTally) -> Result<u64, Status> {
        if self.tally != Tally::from(trailer) {
            let text = format!("the snapshot is not whole: {} rows, expected {}", self.tally.rows(), trailer.rows);
            return Err(Status::data_loss(text));
        }
        self.sink.finish().map_err(Status::internal)
    }
}
