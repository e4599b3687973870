//! Connections from bound listeners, several as one. With TLS, a connection comes out when its handshake is done.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use tokio::{
    net::{TcpListener, UnixListener},
    task::JoinSet,
    time::Sleep,
};
use tokio_stream::Stream;
use tonic::transport::server::Connected;
use tracing::warn;

use super::{complaints::Complaints, limits::ACCEPT_RETRY_PAUSE};
use crate::core::tls::{
    ServerTls, Socket, Stream as Connection,
    accept::{HANDSHAKE_WITHIN, HandshakeError, Handshakes},
    check_address,
};

/// Connections whose handshake is not done: members are few, and others are not meant to call.
const HALF_OPEN_MAX: usize = 128;

/// A bound listener of the peer port.
pub struct PeerListener {
    bound: Bound,
    secured: Option<Secured>,
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
    /// By where they come from.
    complaints: Arc<Complaints<Option<IpAddr>>>,
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
        Self { secured: tls.map(|tls| Secured { tls, plain, complaints: Arc::new(Complaints::new()) }), ..self }
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
    opening: JoinSet<Option<Connection>>,
}

impl Incoming {
    /// # Errors
    /// `InvalidInput` without any listener.
    pub fn new(listeners: Vec<PeerListener>) -> io::Result<Self> {
        if listeners.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "no peer listener"));
        }
        let handshakes = Handshakes::new(HALF_OPEN_MAX, HANDSHAKE_WITHIN);
        Ok(Self { listeners, next: 0, pause: None, handshakes, opening: JoinSet::new() })
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
                    Ok(Some(connection)) => return Poll::Ready(Some(Ok(connection))),
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
                    let Some(secured) = self.listeners[at].secured.clone() else {
                        return Poll::Ready(Some(Ok(Connection::Plain(socket))));
                    };
                    let handshakes = Arc::clone(&self.handshakes);
                    self.opening.spawn(open(handshakes, secured, socket, remote));
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
async fn open(handshakes: Arc<Handshakes>, secured: Secured, socket: Socket, remote: Option<SocketAddr>) -> Option<Connection> {
    let Secured { tls, plain, complaints } = secured;
    let opened = async {
        let opened = handshakes.open(&mut handshakes.begin(), socket, plain, || tls.http_2()).await;
        let stream = opened.map_err(|error| (!matches!(error, HandshakeError::Gone)).then(|| error.to_string()))?;
        if let (false, Some(certificate), Some(remote)) = (tls.settings().skip_client_san, stream.peer_certificate(), remote) {
            let limited = tokio::time::timeout(HANDSHAKE_WITHIN, check_address(&certificate, remote.ip())).await;
            limited
                .unwrap_or_else(|_| Err("tls: no answer from DNS about the names in its certificate".to_owned()))
                .map_err(Some)?;
        }
        Ok::<_, Option<String>>(stream)
    };
    match opened.await {
        Ok(stream) => Some(stream),
        Err(reason) => {
            if let Some(error) = reason
                && complaints.is_due(remote.map(|remote| remote.ip()))
            {
                let remote = remote.map_or_else(|| "unix".to_owned(), |remote| remote.to_string());
                warn!("remote-addr" = remote, error, "rejected connection on peer endpoint");
            }
            None
        }
    }
}

impl Connected for Connection {
    type ConnectInfo = ();

    fn connect_info(&self) {}
}
