//! Handshakes that hold nobody up.
//!
//! A connection is half open until it has said which protocol it speaks. It costs a client nothing to open many of those and then say nothing,
//! or little at a time. So each has a time limit, and there is a bound on how many there are: one more, and the oldest goes. Whoever means it is
//! done long before a flood has come round. The steps of a handshake that cost the processor something are taken one at a time, with
//! everybody else's work in between, so that a flood of real handshakes slows handshakes and not requests.

use std::{
    collections::BTreeMap,
    fmt,
    future::poll_fn,
    io,
    pin::Pin,
    sync::{Arc, Weak},
    task::{Context, Poll},
    time::Duration,
};

use parking_lot::Mutex;
use rustls::{ServerConfig, server::Acceptor};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::{Semaphore, oneshot},
    time::timeout,
};
use tokio_rustls::{LazyConfigAcceptor, server::TlsStream};

use super::{Socket, Stream, explain};

/// How long a handshake may take. Source: etcd 3.7.1 (GHSA-6vch-q96h-7gc3).
pub const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);
/// Half-open connections at a time, unless there are too few descriptors.
pub const HALF_OPEN_MAX: usize = 1024;
/// Steps of handshakes at a time.
const STEPS_AT_A_TIME: usize = 1;
/// How long a client that was refused may take to hear that, and the bytes of its own that are taken meanwhile.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES_MAX: usize = 64 * 1024;
/// What a TLS connection begins with.
const TLS_HANDSHAKE: u8 = 0x16;

/// What bounds the handshakes of some listeners together.
pub struct Handshakes {
    half_open: Mutex<Waiting>,
    half_open_max: usize,
    steps: Semaphore,
    within: Duration,
}

/// Half-open connections by age. Dropping a sender tells the connection to go.
#[derive(Default)]
struct Waiting {
    next: u64,
    open: BTreeMap<u64, oneshot::Sender<()>>,
}

/// A connection that has not said yet what it wants.
pub struct HalfOpen {
    all: Weak<Handshakes>,
    id: u64,
    evicted: oneshot::Receiver<()>,
}

/// Why there is no connection.
#[derive(Debug)]
pub enum HandshakeError {
    TimedOut(Duration),
    /// There were too many half-open connections, and this was the oldest.
    Evicted,
    /// It was reset, or closed before a byte had come.
    Gone,
    Failed(io::Error),
}

impl fmt::Display for HandshakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut(within) => write!(f, "tls: no handshake within {within:?}"),
            Self::Evicted => f.write_str("it was the oldest of too many connections that had said nothing yet"),
            Self::Gone => f.write_str("it went away"),
            Self::Failed(error) => f.write_str(&explain(error)),
        }
    }
}

impl Handshakes {
    /// `half_open_max` is at least 1.
    pub fn new(half_open_max: usize, within: Duration) -> Arc<Self> {
        Arc::new(Self {
            half_open: Mutex::default(),
            half_open_max: half_open_max.max(1),
            steps: Semaphore::new(STEPS_AT_A_TIME),
            within,
        })
    }

    /// Counts a new connection as half open until what is answered is dropped.
    pub fn begin(self: &Arc<Self>) -> HalfOpen {
        let (keep, evicted) = oneshot::channel();
        let mut waiting = self.half_open.lock();
        let id = waiting.next;
        waiting.next += 1;
        if waiting.open.len() >= self.half_open_max {
            waiting.open.pop_first();
        }
        waiting.open.insert(id, keep);
        HalfOpen { all: Arc::downgrade(self), id, evicted }
    }

    /// Does the handshake with whoever connected. With `plain`, one that does not begin it is taken as it is.
    ///
    /// # Errors
    /// See [`HandshakeError`].
    pub async fn open(
        &self,
        half_open: &mut HalfOpen,
        socket: Socket,
        plain: bool,
        config: impl FnOnce() -> Arc<ServerConfig>,
    ) -> Result<Stream, HandshakeError> {
        let handshake = half_open.unless_evicted(self.begin_talk(socket, plain, config));
        match timeout(self.within, handshake).await {
            Ok(Some(opened)) => opened,
            Ok(None) => Err(HandshakeError::Evicted),
            Err(_) => Err(HandshakeError::TimedOut(self.within)),
        }
    }

    async fn begin_talk(
        &self,
        socket: Socket,
        plain: bool,
        config: impl FnOnce() -> Arc<ServerConfig>,
    ) -> Result<Stream, HandshakeError> {
        if let Socket::Tcp(stream) = &socket {
            let mut first = [0];
            match stream.peek(&mut first).await {
                Ok(1) if first[0] != TLS_HANDSHAKE && plain => return Ok(Stream::Plain(socket)),
                Ok(1) => {}
                Ok(_) | Err(_) => return Err(HandshakeError::Gone),
            }
        }
        match self.shake_hands(socket, config).await {
            Ok(stream) => Ok(Stream::Tls(Box::new(stream.into()))),
            Err(error) if is_gone(&error) => Err(HandshakeError::Gone),
            Err(error) => Err(HandshakeError::Failed(error)),
        }
    }

    async fn shake_hands(&self, io: Socket, config: impl FnOnce() -> Arc<ServerConfig>) -> io::Result<TlsStream<Socket>> {
        let started = LazyConfigAcceptor::new(Acceptor::default(), io).await?;
        let mut rest = Box::pin(started.into_stream(config()).into_fallible());
        loop {
            let step = self.steps.acquire().await.map_err(io::Error::other)?;
            let done = poll_fn(|cx| Poll::Ready(rest.as_mut().poll(cx))).await;
            drop(step);
            match done {
                Poll::Ready(Ok(stream)) => return Ok(stream),
                Poll::Ready(Err((error, io))) => {
                    linger(io).await;
                    return Err(error);
                }
                Poll::Pending => {}
            }
            // That poll has left this task's waker with the socket: the next time it runs there is something to do.
            let mut is_awake = false;
            poll_fn(|_| if std::mem::replace(&mut is_awake, true) { Poll::Ready(()) } else { Poll::Pending }).await;
        }
    }
}

/// Lets a client that was refused hear why. In TLS 1.3 it is done before it is refused, and its first request may be on its way; closing the
/// connection with that unread would reset it, and the alert with it.
async fn linger(mut io: Socket) {
    let drained = async {
        io.shutdown().await?;
        let mut left = LINGER_BYTES_MAX;
        let mut unread = [0; 1024];
        while left > 0 {
            match io.read(&mut unread).await? {
                0 => break,
                read => left = left.saturating_sub(read),
            }
        }
        Ok::<_, io::Error>(())
    };
    // Whether it has heard is its own affair.
    let _ = timeout(LINGER, drained).await;
}

fn is_gone(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
    matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset)
}

impl HalfOpen {
    /// Ready once the connection has to go.
    pub fn poll_evicted(&mut self, context: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.evicted).poll(context).map(drop)
    }

    /// Waits for `work`; `None` if the connection has to go meanwhile.
    pub async fn unless_evicted<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            done = work => Some(done),
            _ = &mut self.evicted => None,
        }
    }
}

impl Drop for HalfOpen {
    fn drop(&mut self) {
        if let Some(all) = self.all.upgrade() {
            all.half_open.lock().open.remove(&self.id);
        }
    }
}
