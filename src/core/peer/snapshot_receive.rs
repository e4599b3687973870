//! Receiving a whole state over a stream: told where this member stands, the sender goes on from there.
//!
//! The stream is read here; checking and storing happen on a thread of low priority, behind a short channel, so that a slow disk
//! pushes back on the sender and on nothing else. A stream that breaks leaves what was stored to the next attempt, for a while:
//! [`Arrivals`]. One that ends without its trailer, or brings anything wrong, leaves nothing.

use std::sync::Arc;

use quorate_proto::peer::{self as wire, snapshot_answer::Answer, snapshot_chunk::Part};
use tokio::sync::{mpsc, oneshot};
use tonic::{Status, Streaming};
use tracing::info;

use super::{
    Inbound,
    arrivals::{Arrivals, Before, Claim},
    background,
    introduction::Ids,
    limits::{CHUNKS_WAITING_MAX, SNAPSHOT_PROGRESS_MAX},
    message_type,
    moving::Moving,
    receiving::Receiving,
};

/// What the sender hears.
pub type Answers = mpsc::Sender<Result<wire::SnapshotAnswer, Status>>;

/// Takes one state, or the rest of one, from `from`. Answers its applied index once it is durable.
///
/// # Errors
/// `InvalidArgument` for a stream out of shape, `DataLoss` for a checksum or count that does not fit or a stream that ended early,
/// `Unavailable` when this member takes no state now, `DeadlineExceeded` when nothing came for too long, `Internal` when the
/// state could not be stored, `Aborted` when the stream broke.
pub async fn receive(
    inbound: &Arc<dyn Inbound>,
    arrivals: &Arc<Arrivals>,
    (ids, from): (Ids, u64),
    mut stream: Streaming<wire::SnapshotChunk>,
    answers: &Answers,
) -> Result<u64, Status> {
    let Some(Part::Header(header)) = next(&mut stream).await.map_err(Cut::status)? else {
        return Err(Status::invalid_argument("a snapshot begins with its header"));
    };
    check_header(&header, ids, from)?;
    let moving = Moving::receiving(Arc::clone(inbound), from);
    let received = take(inbound, arrivals, from, header, stream, answers).await;
    let seconds = moving.end(received.is_ok()).as_secs_f64();
    let (index, bytes) = received?;
    info!(peer = %format_args!("{from:x}"), index, bytes, seconds, "received a snapshot");
    Ok(index)
}

/// Receives what follows the header. Answers the applied index, and the bytes of the whole state.
async fn take(
    inbound: &Arc<dyn Inbound>,
    arrivals: &Arc<Arrivals>,
    from: u64,
    header: wire::SnapshotHeader,
    mut stream: Streaming<wire::SnapshotChunk>,
    answers: &Answers,
) -> Result<(u64, u64), Status> {
    let (mut claim, before) = arrivals.claim(from, &header).await?;
    let (parts, waiting) = mpsc::channel(CHUNKS_WAITING_MAX);
    let (keep, is_kept) = oneshot::channel();
    let (end, ended) = oneshot::channel();
    let storing = {
        let (inbound, answers) = (Arc::clone(inbound), answers.clone());
        move || {
            let begun = begin(inbound.as_ref(), from, &header, before);
            let outcome = begun.map_or_else(Stored::Refused, |receiving| store(receiving, waiting, &answers, is_kept));
            // When nobody waits for it, the member is stopping; what came is dropped here.
            drop(end.send(outcome));
        }
    };
    background::spawn("state-store", storing).map_err(|error| Status::internal(format!("no thread to store it: {error}")))?;
    let cut = tokio::select! {
        cut = forward(&mut stream, &parts) => cut,
        () = claim.called_off() => Some(Cut::Broken(Status::aborted("another attempt has taken its place"))),
    };
    if matches!(cut, Some(Cut::Broken(_))) {
        // Storing may have ended by itself.
        let _ = keep.send(());
    } else {
        drop(keep);
    }
    drop(parts);
    let stored = ended.await.map_err(|_| Status::internal("storing the snapshot failed"))?;
    match (stored, cut) {
        (Stored::Whole { index, bytes }, _) => Ok((index, bytes)),
        (Stored::Refused(status), _) | (Stored::Dropped, Some(Cut::Wrong(status))) => Err(status),
        (Stored::Part(receiving), Some(Cut::Broken(status) | Cut::Wrong(status))) => {
            leave(claim, receiving);
            Err(Status::aborted(status.message()))
        }
        (Stored::Part(_) | Stored::Dropped, _) => Err(Status::data_loss("the snapshot was cut before its end")),
    }
}

fn leave(claim: Claim, receiving: Receiving) {
    let tally = receiving.tally();
    info!(chunks = tally.chunks(), rows = tally.rows(), "a snapshot broke off; keeping what has come for another attempt");
    claim.leave(receiving);
}

/// Why a stream gives nothing more.
enum Cut {
    /// What comes is wrong, or nothing comes: there will be no second attempt at this.
    Wrong(Status),
    /// The connection is gone.
    Broken(Status),
}

impl Cut {
    fn status(self) -> Status {
        let (Self::Wrong(status) | Self::Broken(status)) = self;
        status
    }
}

/// Hands over part after part, until the trailer or the end of the stream.
async fn forward(stream: &mut Streaming<wire::SnapshotChunk>, parts: &mpsc::Sender<Part>) -> Option<Cut> {
    loop {
        match next(stream).await {
            Ok(Some(part)) => {
                let is_last = matches!(part, Part::Trailer(_));
                // A closed channel means that storing has failed; its own error says more.
                if parts.send(part).await.is_err() || is_last {
                    return None;
                }
            }
            Ok(None) => return None,
            Err(cut) => return Some(cut),
        }
    }
}

async fn next(stream: &mut Streaming<wire::SnapshotChunk>) -> Result<Option<Part>, Cut> {
    let chunk = tokio::time::timeout(SNAPSHOT_PROGRESS_MAX, stream.message()).await;
    match chunk {
        Ok(Ok(Some(wire::SnapshotChunk { part: Some(part) }))) => Ok(Some(part)),
        Ok(Ok(Some(wire::SnapshotChunk { part: None }))) => {
            Err(Cut::Wrong(Status::invalid_argument("a chunk of a snapshot is empty")))
        }
        Ok(Ok(None)) => Ok(None),
        Ok(Err(status)) => Err(Cut::Broken(status)),
        Err(_) => Err(Cut::Wrong(Status::deadline_exceeded(format!("no chunk within {SNAPSHOT_PROGRESS_MAX:?}")))),
    }
}

fn check_header(header: &wire::SnapshotHeader, ids: Ids, from: u64) -> Result<(), Status> {
    let refuse = |reason: String| Err(Status::invalid_argument(reason));
    let Some(message) = &header.message else {
        return refuse("the header of a snapshot has no message".to_owned());
    };
    if message.r#type != message_type::SNAPSHOT {
        return refuse(format!("the header of a snapshot has message type {}", message.r#type));
    }
    if message.to != ids.member_id || message.from != from {
        return refuse(format!("the header of a snapshot is from {:x} to {:x}", message.from, message.to));
    }
    match &message.snapshot {
        Some(snapshot) if snapshot.index > 0 => Ok(()),
        _ => refuse("the header of a snapshot has no index".to_owned()),
    }
}

/// Takes up what is left of the attempt before, or makes a place for a new state.
fn begin(inbound: &dyn Inbound, from: u64, header: &wire::SnapshotHeader, before: Before) -> Result<Receiving, Status> {
    match before {
        Before::Same(receiving) => return Ok(receiving),
        // It occupies the place that is needed.
        Before::Other(receiving) => drop(receiving),
        Before::Nothing => {}
    }
    let sink = header.message.as_ref().and_then(|message| inbound.begin_snapshot(message));
    let sink = sink.ok_or_else(|| Status::unavailable("this member takes no snapshot now"))?;
    Ok(Receiving::new(from, header.nonce, sink))
}

/// What came of storing a stream.
enum Stored {
    Whole {
        index: u64,
        bytes: u64,
    },
    Refused(Status),
    /// No trailer came, and the rest may.
    Part(Receiving),
    /// No trailer came, and none will.
    Dropped,
}

/// Checks and stores part after part, and tells the sender how far it is. A part of a state is given back if that is asked for, and
/// dropped here otherwise, since it may take its time to remove a file.
fn store(mut receiving: Receiving, mut parts: mpsc::Receiver<Part>, answers: &Answers, is_kept: oneshot::Receiver<()>) -> Stored {
    let tell = |receiving: &Receiving| {
        let stored = wire::SnapshotAnswer { answer: Some(Answer::Stored(receiving.tally().into())) };
        // A sender that does not listen misses nothing: a later one says more, and so does the next attempt.
        let _ = answers.try_send(Ok(stored));
    };
    tell(&receiving);
    while let Some(part) = parts.blocking_recv() {
        match part {
            Part::Header(_) => return Stored::Refused(Status::invalid_argument("a snapshot has one header")),
            Part::Rows(chunk) => {
                if let Err(status) = receiving.take(&chunk) {
                    return Stored::Refused(status);
                }
                tell(&receiving);
            }
            Part::Trailer(trailer) => {
                let bytes = receiving.bytes();
                return receiving.finish(trailer).map_or_else(Stored::Refused, |index| Stored::Whole { index, bytes });
            }
        }
    }
    if is_kept.blocking_recv().is_ok() { Stored::Part(receiving) } else { Stored::Dropped }
}
