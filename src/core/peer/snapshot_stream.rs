//! Sending a whole state to a peer that has fallen behind the log: header, rows, trailer, on a connection of its own.
//!
//! Two threads of low priority do it: one reads the state and cuts it into chunks, the other does the network's work on a runtime
//! of its own, so that neither heartbeats nor clients wait for it. When the connection breaks, the state stays open for a while,
//! and the next attempt goes on where the receiver stands. Only when that has led nowhere for too long, or either side says no,
//! the node hears of it, exactly once; raft then asks for a newer state by itself.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use quorate_proto::peer::{self as wire, snapshot_answer::Answer, snapshot_chunk::Part};
use tokio::sync::{mpsc, oneshot};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;
use tracing::{debug, info};

use super::{
    Inbound, SnapshotSource, background,
    dial::{Client, DialError, Dialled, causes, dial},
    introduction::Ids,
    limits::{
        CHUNK_BYTES, CHUNKS_WAITING_MAX, KEEP_ALIVE_TIMEOUT_BULK, RETRY_PAUSE_MAX, RETRY_PAUSE_MIN, SNAPSHOT_FINISH_MAX,
        SNAPSHOT_KEPT, SNAPSHOT_PROGRESS_MAX,
    },
    link::Peer,
    moving::Moving,
    sending::Sending,
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
    #[error("the connection broke: {0}")]
    Broken(String),
    #[error("no progress within {0:?}")]
    Stalled(Duration),
    #[error("no thread to send it: {0}")]
    Thread(std::io::Error),
    #[error("sending it was given up")]
    GivenUp,
}

impl SendError {
    /// Whether another attempt may go on.
    fn is_passing(&self) -> bool {
        match self {
            Self::Broken(_) => true,
            Self::Dial(error) => !error.is_refusal(),
            _ => false,
        }
    }

    /// What the end of a call says. An answer of the peer itself is final; a failure on the way has a cause of its own.
    fn from_status(status: &Status) -> Self {
        use std::error::Error;
        if status.source().is_some() { Self::Broken(causes(status)) } else { Self::Peer(causes(status)) }
    }
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
/// closed too, so that a disk that hangs collects no threads. Dropping the future gives the sending up.
pub async fn send(peer: Arc<Peer>, ids: Ids, source: Arc<dyn SnapshotSource>, message: wire::Message, report: Report) {
    let moving = Moving::sending(Arc::clone(&report.inbound), peer.id);
    let id = peer.id;
    let (mut end, ended) = oneshot::channel();
    let started = background::spawn("state-send", move || {
        let result = on_runtime(&mut end, peer, ids, source, message);
        if end.send(result).is_err() {
            debug!("nobody waits for the end of a snapshot");
        }
    });
    let result = match started {
        Ok(()) => ended.await.unwrap_or(Err(SendError::GivenUp)),
        Err(error) => Err(SendError::Thread(error)),
    };
    let seconds = moving.end(result.is_ok()).as_secs_f64();
    match result {
        Ok(index) => {
            info!(peer = %format_args!("{id:x}"), index, seconds, "sent a snapshot to a peer");
            report.end(true);
        }
        Err(error) => {
            info!(peer = %format_args!("{id:x}"), %error, "could not send a snapshot to a peer");
            report.end(false);
        }
    }
}

type Outcome = Result<u64, SendError>;

/// Sends on a runtime that lives in this thread, until nobody waits for it.
fn on_runtime(
    end: &mut oneshot::Sender<Outcome>,
    peer: Arc<Peer>,
    ids: Ids,
    source: Arc<dyn SnapshotSource>,
    message: wire::Message,
) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(SendError::Thread)?;
    let outcome = runtime.block_on(async {
        tokio::select! {
            outcome = transfer(&peer, ids, source, message) => outcome,
            () = end.closed() => Err(SendError::GivenUp),
        }
    });
    // A look-up of a name may hang for long; nothing else is left.
    runtime.shutdown_background();
    outcome
}

/// Connects, opens the state, and sends it in as many attempts as it takes.
async fn transfer(peer: &Peer, ids: Ids, source: Arc<dyn SnapshotSource>, message: wire::Message) -> Outcome {
    let busy = Busy(Arc::clone(&peer.is_sending_snapshot));
    let Dialled { mut client, .. } = dial(&peer.urls(), ids, peer.id, KEEP_ALIVE_TIMEOUT_BULK, peer.tls.as_ref()).await?;
    let mut reading = Reading::start(source, message, busy)?;
    let header = reading.header().await?;
    let mut pause = RETRY_PAUSE_MIN;
    loop {
        let error = match reading.attempt(&mut client, &header).await {
            Ok(index) => return Ok(index),
            Err(error) if error.is_passing() => error,
            // The peer sees only that the stream ended.
            Err(error) => return Err(reading.failure().map_or(error, SendError::Source)),
        };
        info!(peer = %format_args!("{:x}", peer.id), %error, chunks = reading.confirmed, "sending a snapshot broke off; going on soon");
        if reading.is_moving {
            (reading.is_moving, pause) = (false, RETRY_PAUSE_MIN);
        }
        client = loop {
            if reading.moved.elapsed() >= SNAPSHOT_KEPT {
                return Err(error);
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(RETRY_PAUSE_MAX);
            match dial(&peer.urls(), ids, peer.id, KEEP_ALIVE_TIMEOUT_BULK, peer.tls.as_ref()).await {
                Ok(dialled) => break dialled.client,
                Err(error) if error.is_refusal() => return Err(error.into()),
                Err(error) => debug!(peer = %format_args!("{:x}", peer.id), %error, "cannot go on with a snapshot yet"),
            }
        };
    }
}

/// The thread that reads the state, as the network's side sees it.
struct Reading {
    orders: mpsc::Sender<Order>,
    opened: Option<oneshot::Receiver<wire::SnapshotHeader>>,
    failed: oneshot::Receiver<String>,
    shared: Arc<Shared>,
    /// Chunks that the receiver has.
    confirmed: u64,
    /// When the receiver last had more of the state than before.
    moved: Instant,
    /// It has had more since the last attempt ended.
    is_moving: bool,
}

/// Go to this place, and read from there into this channel.
struct Order {
    stored: wire::SnapshotTally,
    chunks: mpsc::Sender<wire::SnapshotChunk>,
}

#[derive(Default)]
struct Shared {
    /// Chunks that the receiver has confirmed.
    confirmed: AtomicU64,
    /// The trailer is on its way.
    is_all_read: AtomicBool,
}

impl Reading {
    fn start(source: Arc<dyn SnapshotSource>, message: wire::Message, busy: Busy) -> Result<Self, SendError> {
        // One order at a time: the next one comes when the channel of the one before is closed.
        let (orders, ordered) = mpsc::channel(1);
        let (open, opened) = oneshot::channel();
        let (fail, failed) = oneshot::channel();
        let shared = Arc::new(Shared::default());
        let reading = {
            let shared = Arc::clone(&shared);
            move || {
                let _busy = busy;
                if let Err(reason) = read(source.as_ref(), message, open, ordered, &shared)
                    && let Err(reason) = fail.send(reason)
                {
                    debug!(reason, "nobody waits for a state that cannot be read");
                }
            }
        };
        background::spawn("state-read", reading).map_err(SendError::Thread)?;
        let (opened, moved) = (Some(opened), clock::now());
        Ok(Self { orders, opened, failed, shared, confirmed: 0, moved, is_moving: false })
    }

    async fn header(&mut self) -> Result<wire::SnapshotHeader, SendError> {
        let opened = self.opened.take().ok_or(SendError::GivenUp)?;
        match tokio::time::timeout(SNAPSHOT_PROGRESS_MAX, opened).await {
            Ok(Ok(header)) => Ok(header),
            Ok(Err(_)) => Err(self.failure().map_or(SendError::GivenUp, SendError::Source)),
            Err(_) => Err(SendError::Stalled(SNAPSHOT_PROGRESS_MAX)),
        }
    }

    /// Why reading ended, if it has failed. A source that hangs does not hold this up.
    fn failure(&mut self) -> Option<String> {
        self.failed.try_recv().ok()
    }

    /// Sends what the receiver does not have yet. Answers the applied index of the state.
    async fn attempt(&mut self, client: &mut Client, header: &wire::SnapshotHeader) -> Outcome {
        let (chunks, body) = mpsc::channel(CHUNKS_WAITING_MAX);
        let first = wire::SnapshotChunk { part: Some(Part::Header(header.clone())) };
        chunks.try_send(first).expect("a new channel has room");
        let calling = tokio::time::timeout(SNAPSHOT_PROGRESS_MAX, client.snapshot(ReceiverStream::new(body)));
        let mut answers = match calling.await {
            Ok(Ok(response)) => response.into_inner(),
            Ok(Err(status)) => return Err(SendError::from_status(&status)),
            Err(_) => return Err(SendError::Stalled(SNAPSHOT_PROGRESS_MAX)),
        };
        let mut chunks = Some(chunks);
        self.shared.is_all_read.store(false, Ordering::Relaxed);
        loop {
            match self.answer(&mut answers).await? {
                Answer::Result(result) => return Ok(result.applied_index),
                Answer::Stored(stored) => {
                    if stored.chunks > self.confirmed {
                        (self.confirmed, self.moved, self.is_moving) = (stored.chunks, clock::now(), true);
                        self.shared.confirmed.store(stored.chunks, Ordering::Relaxed);
                    }
                    // The first answer says where to go on.
                    if let Some(chunks) = chunks.take()
                        && self.orders.send(Order { stored, chunks }).await.is_err()
                    {
                        return Err(self.failure().map_or(SendError::GivenUp, SendError::Source));
                    }
                }
            }
        }
    }

    /// What the receiver says next. It has to say something now and then.
    async fn answer(&self, answers: &mut tonic::Streaming<wire::SnapshotAnswer>) -> Result<Answer, SendError> {
        let since = clock::now();
        loop {
            match tokio::time::timeout(SNAPSHOT_PROGRESS_MAX, answers.message()).await {
                Ok(Ok(Some(wire::SnapshotAnswer { answer: Some(answer) }))) => return Ok(answer),
                Ok(Ok(Some(wire::SnapshotAnswer { answer: None }))) => return Err(SendError::Peer("an empty answer".into())),
                Ok(Ok(None)) => return Err(SendError::Broken("it ended without an answer".into())),
                Ok(Err(status)) => return Err(SendError::from_status(&status)),
                Err(_) if self.shared.is_all_read.load(Ordering::Relaxed) && since.elapsed() < SNAPSHOT_FINISH_MAX => {}
                Err(_) => return Err(SendError::Stalled(since.elapsed())),
            }
        }
    }
}

/// Opens the source and reads it as often as is asked for, in blocking steps. Ends quietly when nobody asks any more.
fn read(
    source: &dyn SnapshotSource,
    message: wire::Message,
    opened: oneshot::Sender<wire::SnapshotHeader>,
    mut orders: mpsc::Receiver<Order>,
    shared: &Shared,
) -> Result<(), String> {
    let mut sending = Sending::open(source, message, nonce(), CHUNK_BYTES)?;
    if opened.send(sending.header().clone()).is_err() {
        return Ok(());
    }
    while let Some(Order { stored, chunks }) = orders.blocking_recv() {
        sending.go_on_at(stored)?;
        loop {
            sending.confirm(shared.confirmed.load(Ordering::Relaxed));
            let part = sending.next_part()?;
            let is_last = matches!(part, Part::Trailer(_));
            shared.is_all_read.store(is_last, Ordering::Relaxed);
            if chunks.blocking_send(wire::SnapshotChunk { part: Some(part) }).is_err() || is_last {
                break;
            }
        }
    }
    Ok(())
}

/// A number that no other sending of this member has, before and after restarts.
fn nonce() -> u64 {
    static SENDINGS: AtomicU64 = AtomicU64::new(0);
    const COUNT_BITS: u32 = 16;
    let count = SENDINGS.fetch_add(1, Ordering::Relaxed) & ((1 << COUNT_BITS) - 1);
    clock::unix_millis() << COUNT_BITS | count
}

/// Frees the peer for the next snapshot.
struct Busy(Arc<AtomicBool>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}
