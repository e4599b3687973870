//! Connections from bound listeners, several as one.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream, UnixListener, UnixStream},
    time::Sleep,
};
use tokio_stream::Stream;
use tonic::transport::server::Connected;
use tracing::warn;

use super::limits::ACCEPT_RETRY_PAUSE;

/// A bound listener of the peer port.
#[derive(Debug)]
pub enum PeerListener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl From<TcpListener> for PeerListener {
    fn from(listener: TcpListener) -> Self {
        Self::Tcp(listener)
    }
}

impl From<UnixListener> for PeerListener {
    fn from(listener: UnixListener) -> Self {
        Self::Unix(listener)
    }
}

/// All connections of several listeners. Never ends.
pub struct Incoming {
    listeners: Vec<PeerListener>,
    /// Who is asked first: the one after the last that had a connection.
    next: usize,
    /// Set after an accept that failed for want of resources: trying at once would only burn the processor.
    pause: Option<Pin<Box<Sleep>>>,
}

impl Incoming {
    /// # Errors
    /// `InvalidInput` without any listener.
    pub fn new(listeners: Vec<PeerListener>) -> io::Result<Self> {
        if listeners.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "no peer listener"));
        }
        Ok(Self { listeners, next: 0, pause: None })
    }

    fn poll_any(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Connection>> {
        for step in 0..self.listeners.len() {
            let at = (self.next + step) % self.listeners.len();
            let accepted = match &self.listeners[at] {
                PeerListener::Tcp(listener) => listener.poll_accept(context).map_ok(|(stream, _)| Connection::Tcp(stream)),
                PeerListener::Unix(listener) => listener.poll_accept(context).map_ok(|(stream, _)| Connection::Unix(stream)),
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
            match ready!(self.poll_any(context)) {
                Ok(connection) => {
                    connection.set_options();
                    return Poll::Ready(Some(Ok(connection)));
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

/// A connection of either kind.
#[derive(Debug)]
pub enum Connection {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Connection {
    fn set_options(&self) {
        if let Self::Tcp(stream) = self
            && let Err(error) = stream.set_nodelay(true)
        {
            // The connection is already broken; reading from it will tell.
            tracing::debug!(%error, "cannot set TCP_NODELAY");
        }
    }
}

impl Connected for Connection {
    type ConnectInfo = ();

    fn connect_info(&self) {}
}

impl AsyncRead for Connection {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Unix(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Unix(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write_vectored(context, slices),
            Self::Unix(stream) => Pin::new(stream).poll_write_vectored(context, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Tcp(stream) => stream.is_write_vectored(),
            Self::Unix(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_flush(context),
            Self::Unix(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Unix(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
