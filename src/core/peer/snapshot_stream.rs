//! Sending a whole state to a peer that has fallen behind the log: header, rows, trailer, on a connection of its own.
//!
//! A thread that may block reads the source and cuts it into chunks; a short channel hands them to the network. Whatever goes
//! wrong on either side ends both, and the node hears exactly once how it ended. A state is never resumed in its middle: the
//! next one is newer, and raft asks for it by itself.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use quorate_proto::peer::{self as wire, snapshot_chunk::Part};
use tokio::{
    sync::mpsc,
    time::{Duration, MissedTickBehavior},
};
use tokio_stream::Stream;
use tracing::{debug, info};

use super::{
    Inbound, SnapshotSource,
    dial::{DialError, Dialled, causes, dial},
    introduction::Ids,
    limits::{CHUNKS_WAITING_MAX, KEEP_ALIVE_TIMEOUT_BULK, SNAPSHOT_FINISH_MAX, SNAPSHOT_PROGRESS_MAX},
    link::Peer,
    rows::{Tally, chunks},
};
use crate::core::clock;

/// Why a state did not arrive.
#[derive(Debug, thiserror::Error)]
enum SendError {
    #[error(transparent)]
    Dial(#[from] DialError),
    #[error("cannot read the state: {0}")]
    Source(String),
    #[error("the peer did not take it: {0}")]
    Peer(String),
    #[error("no progress within {0:?}")]
    Stalled(Duration),
}

/// Tells the node once how sending a snapshot ended; a failure if it is dropped before.
pub struct Report {
    inbound: Arc<dyn Inbound>,
    member: u64,
    is_told: bool,
}

impl Report {
    pub fn new(inbound: Arc<dyn Inbound>, member: u64) -> Self {
        Self { inbound, member, is_told: false }
    }

    pub fn end(mut self, ok: bool) {
        self.is_told = true;
        self.inbound.snapshot_sent(self.member, ok);
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        if !self.is_told {
            self.inbound.snapshot_sent(self.member, false);
        }
    }
}

/// Sends the newest durable state to `peer`, whose `is_sending_snapshot` the caller has set; it is cleared when the source is
/// closed too, so that a disk that hangs collects no threads.
pub async fn send(peer: Arc<Peer>, ids: Ids, source: Arc<dyn SnapshotSource>, message: wire::Message, report: Report) {
    let busy = Busy(Arc::clone(&peer.is_sending_snapshot));
    let started = clock::now();
    match transfer(&peer, ids, source, message, busy).await {
        Ok(index) => {
            let seconds = started.elapsed().as_secs_f64();
            info!(peer = %format_args!("{:x}", peer.id), index, seconds, "sent a snapshot to a peer");
            report.end(true);
        }
        Err(error) => {
            info!(peer = %format_args!("{:x}", peer.id), %error, "could not send a snapshot to a peer");
            report.end(false);
        }
    }
}

async fn transfer(
    peer: &Peer,
    ids: Ids,
    source: Arc<dyn SnapshotSource>,
    message: wire::Message,
    busy: Busy,
) -> Result<u64, SendError> {
    let Dialled { mut client, .. } = dial(&peer.urls(), ids, peer.id, KEEP_ALIVE_TIMEOUT_BULK).await?;
    let (sender, receiver) = mpsc::channel(CHUNKS_WAITING_MAX);
    let reading = tokio::task::spawn_blocking(move || {
        let _busy = busy;
        read(source.as_ref(), message, &sender)
    });
    let progress = Arc::new(Progress::default());
    let body = Body { chunks: receiver, progress: Arc::clone(&progress) };
    let answer = tokio::select! {
        answer = client.snapshot(body) => answer.map_err(|status| SendError::Peer(causes(&status))),
        error = stalled(&progress) => Err(error),
    };
    match answer {
        Ok(result) => Ok(result.into_inner().applied_index),
        // A source that hangs must not hold up the report.
        Err(error) if !reading.is_finished() => Err(error),
        Err(error) => match reading.await {
            Ok(Err(reason)) => Err(SendError::Source(reason)),
            Ok(Ok(())) => Err(error),
            Err(panic) => Err(SendError::Source(panic.to_string())),
        },
    }
}

/// Reads the source to its end, in blocking steps. Ends early and quietly when nobody receives any more.
fn read(
    source: &dyn SnapshotSource,
    message: wire::Message,
    chunks_out: &mpsc::Sender<wire::SnapshotChunk>,
) -> Result<(), String> {
    let send = |part| chunks_out.blocking_send(wire::SnapshotChunk { part: Some(part) }).is_ok();
    let opened = source.open(message)?;
    let mut tally = Tally::default();
    if !send(Part::Header(opened.header)) {
        return Ok(());
    }
    for rows in opened.rows {
        let rows = rows?;
        if rows.keys.len() != rows.values.len() {
            return Err(format!("table {:?} has {} keys for {} values", rows.table, rows.keys.len(), rows.values.len()));
        }
        for chunk in chunks(rows) {
            tally.add(&chunk);
            if !send(Part::Rows(chunk)) {
                debug!("the peer ended the snapshot before all was sent");
                return Ok(());
            }
        }
    }
    send(Part::Trailer(tally.trailer()));
    Ok(())
}

/// Frees the peer for the next snapshot.
struct Busy(Arc<AtomicBool>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// How far the network has taken the state.
#[derive(Default)]
struct Progress {
    chunks: AtomicU64,
    is_all_sent: AtomicBool,
}

/// Ends when the state has not moved for too long.
async fn stalled(progress: &Progress) -> SendError {
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut seen, mut since) = (0, clock::now());
    loop {
        ticks.tick().await;
        let chunks = progress.chunks.load(Ordering::Relaxed);
        let max = if progress.is_all_sent.load(Ordering::Relaxed) { SNAPSHOT_FINISH_MAX } else { SNAPSHOT_PROGRESS_MAX };
        if chunks != seen {
            (seen, since) = (chunks, clock::now());
        } else if since.elapsed() >= max {
            return SendError::Stalled(max);
        }
    }
}

/// The chunks as the body of the request.
struct Body {
    chunks: mpsc::Receiver<wire::SnapshotChunk>,
    progress: Arc<Progress>,
}

impl Stream for Body {
    type Item = wire::SnapshotChunk;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<wire::SnapshotChunk>> {
        let chunk = std::task::ready!(self.chunks.poll_recv(context));
        self.progress.chunks.fetch_add(1, Ordering::Relaxed);
        if chunk.as_ref().is_none_or(|chunk| matches!(chunk.part, Some(Part::Trailer(_)))) {
            self.progress.is_all_sent.store(true, Ordering::Relaxed);
        }
        Poll::Ready(chunk)
    }
}
