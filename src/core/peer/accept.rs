//! Connections from bound listeners, several as one. With TLS, a connection comes out when its handshake is done.
//!
//! Whoever connects may mean nothing: a connection is half open until it has said what every member says at once, and only so many may be,
//! for so long; those that have said it are bounded too. Without that, descriptors would run out, which the log needs.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, UnixListener},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
    time::Sleep,
};
use tokio_stream::Stream;
use tonic::transport::server::Connected;
use tracing::warn;

use super::{
    complaints::Complaints,
    limits::{ACCEPT_RETRY_PAUSE, CONNECTIONS_MAX, HALF_OPEN_MAX, SPEAK_WITHIN},
};
use crate::core::tls::{
    self, ServerTls, Socket,
    accept::{HalfOpen, HandshakeError, Handshakes},
    check_address,
};

/// Bytes that a connection has sent once it means it: the preface of HTTP/2 and the head of the frame of settings that follows.
const SAID_ENOUGH_BYTES: usize = 24 + 9;

/// A bound listener of the peer port.
pub struct PeerListener {
    bound: Bound,
    secured: Option<Secured>,
}

/// A connection that may come from a member.
pub struct Connection {
    io: tls::Stream,
    /// Until it has said enough.
    silent: Option<Silent>,
    _slot: OwnedSemaphorePermit,
}

/// What ends a connection that says nothing.
struct Silent {
    half_open: HalfOpen,
    until: Pin<Box<Sleep>>,
    said_bytes: usize,
}

enum Bound {
    Tcp(TcpListener),
    Unix(UnixListener),
}

/// How a listener does TLS.
#[derive(Clone)]
struct Secured {
    tls: Arc<ServerTls>,
    /// Whether connections without it are taken, too.
    plain: bool,
}

impl From<TcpListener> for PeerListener {
    fn from(listener: TcpListener) -> Self {
        Self { bound: Bound::Tcp(listener), secured: None }
    }
}

impl From<UnixListener> for PeerListener {
    fn from(listener: UnixListener) -> Self {
        Self { bound: Bound::Unix(listener), secured: None }
    }
}

impl PeerListener {
    /// Has connections do a handshake first, those excepted, with `plain`, that do not begin one.
    pub fn with_tls(self, tls: Option<Arc<ServerTls>>, plain: bool) -> Self {
        Self { secured: tls.map(|tls| Secured { tls, plain }), ..self }
    }
}

/// All connections of several listeners. Never ends.
pub struct Incoming {
    listeners: Vec<PeerListener>,
    /// Who is asked first: the one after the last that had a connection.
    next: usize,
    /// Set after an accept that failed for want of resources: trying at once would only burn the processor.
    pause: Option<Pin<Box<Sleep>>>,
    handshakes: Arc<Handshakes>,
    /// Those that are at their handshake; the bound is that of `handshakes`.
    opening: JoinSet<Option<Opened>>,
    slots: Arc<Semaphore>,
    /// By where they come from.
    complaints: Arc<Complaints<Option<IpAddr>>>,
}

/// A connection that did its handshake, if there was one to do.
struct Opened {
    io: tls::Stream,
    half_open: HalfOpen,
    remote: Option<SocketAddr>,
}

impl Incoming {
    /// # Errors
    /// `InvalidInput` without any listener.
    pub fn new(listeners: Vec<PeerListener>) -> io::Result<Self> {
        if listeners.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "no peer listener"));
        }
        let handshakes = Handshakes::new(HALF_OPEN_MAX, SPEAK_WITHIN);
        let (slots, complaints) = (Arc::new(Semaphore::new(CONNECTIONS_MAX)), Arc::new(Complaints::new()));
        Ok(Self { listeners, next: 0, pause: None, handshakes, opening: JoinSet::new(), slots, complaints })
    }

    /// Lets a connection in, unless there are too many.
    fn admit(&self, Opened { io, half_open, remote }: Opened) -> Option<Connection> {
        let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() else {
            complain(&self.complaints, remote, &format!("there are {CONNECTIONS_MAX} connections from members already"));
            return None;
        };
        let until = Box::pin(tokio::time::sleep(SPEAK_WITHIN));
        Some(Connection { io, silent: Some(Silent { half_open, until, said_bytes: 0 }), _slot: slot })
    }

    fn poll_any(&mut self, context: &mut Context<'_>) -> Poll<io::Result<(Socket, Option<SocketAddr>, usize)>> {
        for step in 0..self.listeners.len() {
            let at = (self.next + step) % self.listeners.len();
            let accepted = match &self.listeners[at].bound {
                Bound::Tcp(listener) => {
                    listener.poll_accept(context).map_ok(|(stream, remote)| (Socket::Tcp(stream), Some(remote), at))
                }
                Bound::Unix(listener) => listener.poll_accept(context).map_ok(|(stream, _)| (Socket::Unix(stream), None, at)),
            };
            if accepted.is_ready() {
                self.next = at + 1;
                return accepted;
            }
        }
        Poll::Pending
    }
}

impl Stream for Incoming {
    type Item = io::Result<Connection>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(pause) = &mut self.pause {
                ready!(pause.as_mut().poll(context));
                self.pause = None;
            }
            while let Poll::Ready(Some(opened)) = self.opening.poll_join_next(context) {
                match opened {
                    Ok(Some(opened)) => {
                        if let Some(connection) = self.admit(opened) {
                            return Poll::Ready(Some(Ok(connection)));
                        }
                    }
                    Ok(None) => {}
                    Err(error) => warn!(%error, "a handshake with a peer ended in a panic"),
                }
            }
            match ready!(self.poll_any(context)) {
                Ok((socket, remote, at)) => {
                    if let Err(error) = socket.set_nodelay() {
                        // The connection is already broken; reading from it will tell.
                        tracing::debug!(%error, "cannot set TCP_NODELAY");
                    }
                    let half_open = self.handshakes.begin();
                    let Some(secured) = self.listeners[at].secured.clone() else {
                        if let Some(connection) = self.admit(Opened { io: tls::Stream::Plain(socket), half_open, remote }) {
                            return Poll::Ready(Some(Ok(connection)));
                        }
                        continue;
                    };
                    let (handshakes, complaints) = (Arc::clone(&self.handshakes), Arc::clone(&self.complaints));
                    self.opening.spawn(open(handshakes, half_open, secured, complaints, socket, remote));
                }
                Err(error) if is_of_the_connection(&error) => {}
                Err(error) => {
                    warn!(%error, "cannot accept a connection from a peer");
                    self.pause = Some(Box::pin(tokio::time::sleep(ACCEPT_RETRY_PAUSE)));
                }
            }
        }
    }
}

/// The other side gave up before it was accepted.
fn is_of_the_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

/// Does the handshake, and compares the names in the caller's certificate with where it calls from. `None` when it was not let in.
async fn open(
    handshakes: Arc<Handshakes>,
    mut half_open: HalfOpen,
    Secured { tls, plain }: Secured,
    complaints: Arc<Complaints<Option<IpAddr>>>,
    socket: Socket,
    remote: Option<SocketAddr>,
) -> Option<Opened> {
    let opened = async {
        let opened = handshakes.open(&mut half_open, socket, plain, || tls.http_2()).await;
        let stream = opened.map_err(|error| (!matches!(error, HandshakeError::Gone)).then(|| error.to_string()))?;
        if let (false, Some(certificate), Some(remote)) = (tls.settings().skip_client_san, stream.peer_certificate(), remote) {
            // It stays half open meanwhile: names that lead nowhere shall not cost more than silence does.
            let checking = tokio::time::timeout(SPEAK_WITHIN, check_address(&certificate, remote.ip()));
            match half_open.unless_evicted(checking).await {
                Some(Ok(verdict)) => verdict.map_err(Some)?,
                Some(Err(_)) => return Err(Some("tls: no answer from DNS about the names in its certificate".to_owned())),
                None => return Err(Some(HandshakeError::Evicted.to_string())),
            }
        }
        Ok(stream)
    };
    match opened.await {
        Ok(io) => Some(Opened { io, half_open, remote }),
        Err(reason) => {
            if let Some(error) = reason {
                complain(&complaints, remote, &error);
            }
            None
        }
    }
}

fn complain(complaints: &Complaints<Option<IpAddr>>, remote: Option<SocketAddr>, error: &str) {
    if complaints.is_due(remote.map(|remote| remote.ip())) {
        let remote = remote.map_or_else(|| "unix".to_owned(), |remote| remote.to_string());
        warn!("remote-addr" = remote, error, "rejected connection on peer endpoint");
    }
}

impl AsyncRead for Connection {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if let Some(silent) = &mut this.silent
            && (silent.until.as_mut().poll(context).is_ready() || silent.half_open.poll_evicted(context).is_ready())
        {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.io).poll_read(context, buffer);
        if let Some(silent) = &mut this.silent {
            silent.said_bytes += buffer.filled().len() - before;
            if silent.said_bytes >= SAID_ENOUGH_BYTES {
                this.silent = None;
            }
        }
        read
    }
}

impl AsyncWrite for Connection {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().io).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().io).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_shutdown(context)
    }
}

impl Connected for Connection {
    type ConnectInfo = ();

    fn connect_info(&self) {}
}
