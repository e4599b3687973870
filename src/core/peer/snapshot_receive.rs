//! Receiving a whole state: every chunk is checked before it is stored, and only the trailer makes the state count.
//!
//! The stream is read here; checking and storing happen on a thread that may block, behind a short channel, so that a slow disk
//! pushes back on the sender and on nothing else. However the stream ends without its trailer, the sink is dropped unfinished.

use std::sync::Arc;

use quorate_proto::peer::{self as wire, snapshot_chunk::Part};
use tokio::sync::mpsc;
use tonic::{Status, Streaming};
use tracing::info;

use super::{
    Inbound, SnapshotSink,
    introduction::Ids,
    limits::{CHUNKS_WAITING_MAX, SNAPSHOT_PROGRESS_MAX},
    message_type,
    rows::{Tally, checksum},
};
use crate::core::clock;

/// Takes one state from `from`. Answers its applied index once it is durable.
///
/// # Errors
/// `InvalidArgument` for a stream out of shape, `DataLoss` for a checksum or count that does not fit or a stream that was cut,
/// `Unavailable` when this member takes no state now, `DeadlineExceeded` when nothing came for too long, `Internal` when the
/// state could not be stored.
pub async fn receive(
    inbound: &Arc<dyn Inbound>,
    ids: Ids,
    from: u64,
    mut stream: Streaming<wire::SnapshotChunk>,
) -> Result<u64, Status> {
    let started = clock::now();
    let Some(Part::Header(header)) = next(&mut stream).await? else {
        return Err(Status::invalid_argument("a snapshot begins with its header"));
    };
    check_header(&header, ids, from)?;
    let sink = inbound.begin_snapshot(&header);
    let sink = sink.ok_or_else(|| Status::unavailable("this member takes no snapshot now"))?;

    let (parts, waiting) = mpsc::channel(CHUNKS_WAITING_MAX);
    let storing = tokio::task::spawn_blocking(move || store(sink, waiting));
    // A closed channel means that storing has failed; its own error says more.
    while let Some(part) = next(&mut stream).await? {
        let is_last = matches!(part, Part::Trailer(_));
        if parts.send(part).await.is_err() || is_last {
            break;
        }
    }
    drop(parts);
    let stored = storing.await.map_err(|panic| Status::internal(format!("storing the snapshot failed: {panic}")))?;
    if let Ok(index) = stored {
        let seconds = started.elapsed().as_secs_f64();
        info!(peer = %format_args!("{from:x}"), index, seconds, "received a snapshot");
    }
    stored
}

async fn next(stream: &mut Streaming<wire::SnapshotChunk>) -> Result<Option<Part>, Status> {
    let chunk = tokio::time::timeout(SNAPSHOT_PROGRESS_MAX, stream.message()).await;
    let chunk = chunk.map_err(|_| Status::deadline_exceeded(format!("no chunk within {SNAPSHOT_PROGRESS_MAX:?}")))??;
    match chunk {
        Some(wire::SnapshotChunk { part: Some(part) }) => Ok(Some(part)),
        Some(wire::SnapshotChunk { part: None }) => Err(Status::invalid_argument("a chunk of a snapshot is empty")),
        None => Ok(None),
    }
}

fn check_header(header: &wire::Message, ids: Ids, from: u64) -> Result<(), Status> {
    let refuse = |reason: String| Err(Status::invalid_argument(reason));
    if header.r#type != message_type::SNAPSHOT {
        return refuse(format!("the header of a snapshot has message type {}", header.r#type));
    }
    if header.to != ids.member_id || header.from != from {
        return refuse(format!("the header of a snapshot is from {:x} to {:x}", header.from, header.to));
    }
    match &header.snapshot {
        Some(snapshot) if snapshot.index > 0 => Ok(()),
        _ => refuse("the header of a snapshot has no index".to_owned()),
    }
}

/// Checks and stores part after part. Returning early drops the sink, which forgets everything.
fn store(mut sink: Box<dyn SnapshotSink>, mut parts: mpsc::Receiver<Part>) -> Result<u64, Status> {
    let mut tally = Tally::default();
    while let Some(part) = parts.blocking_recv() {
        match part {
            Part::Header(_) => return Err(Status::invalid_argument("a snapshot has one header")),
            Part::Rows(rows) => {
                if rows.keys.len() != rows.values.len() {
                    return Err(Status::invalid_argument("a chunk of a snapshot has more keys than values, or fewer"));
                }
                let found = checksum(&rows);
                if found != rows.crc32c {
                    let text = format!("a chunk of the snapshot is corrupt: checksum {found:08x}, expected {:08x}", rows.crc32c);
                    return Err(Status::data_loss(text));
                }
                tally.add(&rows);
                sink.rows(&rows.table, &rows.keys, &rows.values).map_err(Status::internal)?;
            }
            Part::Trailer(trailer) if trailer == tally.trailer() => return sink.finish().map_err(Status::internal),
            Part::Trailer(trailer) => {
                let (found, expected) = (tally.trailer(), trailer);
                let text = format!("the snapshot is not whole: {} rows, expected {}", found.rows, expected.rows);
                return Err(Status::data_loss(text));
            }
        }
    }
    Err(Status::data_loss("the snapshot was cut before its end"))
}
