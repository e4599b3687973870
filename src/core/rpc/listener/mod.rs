//! Listening: addresses are bound, connections accepted within a bound, and HTTP/2 and HTTP/1 told apart by their first bytes.
//!
//! With TLS there is a handshake first, which may end in a certificate; requests carry it along. Until a connection has said what it
//! speaks it is half open, and only so many may be: see [`Handshakes`].
//!
//! One connection's trouble is its own: malformed bytes close it alone, and a panic in a handler ends it alone. Connections and what they have
//! under way are bounded in number and in memory ([`connections`]). When told to stop, a listener accepts nothing more, lets open requests finish for a moment, and then cuts what is left.

mod bind;
mod connections;
mod front;
mod hosts;
mod limits;
mod rejections;
mod rewound;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tls_tests;

use std::{
    convert::Infallible,
    error::Error as StdError,
    future::Future,
    io,
    pin::{Pin, pin},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use hyper::{
    body::Incoming,
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use parking_lot::Mutex;
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    task::JoinSet,
    time::{sleep, timeout},
};
use tower_service::Service;

use self::bind::Accepted;
pub use self::{
    bind::{ListenError, Listener},
    limits::ConnectionLimits,
};
use self::{connections::Reason, front::Front, rewound::Rewound};
use super::{caller::Connection, calls::RequestBody};
use crate::core::{
    serve::Stop,
    server::{auth::Source, metrics::Metrics},
    tls::{
        ServerTls, Socket, Stream,
        accept::{HalfOpen, HandshakeError},
    },
};

/// What an HTTP/2 client sends first.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// A connection must say within this time which protocol it speaks, and an HTTP/1 one must finish each request's header.
const HEADER_WAIT: Duration = Duration::from_secs(30);
/// Rest after a failed accept: usually there are no descriptors left, and trying at once would only spin.
const ACCEPT_REST: Duration = Duration::from_millis(100);
/// What open requests have to finish when the server stops.
const STOP_GRACE: Duration = Duration::from_millis(500);
/// Bytes of one request that may be on their way unread. Nearly every request fits, so that its client waits for no window.
const STREAM_WINDOW_BYTES: u32 = 192 * 1024;
/// Bytes of all requests of a connection that may be on their way unread.
const CONNECTION_WINDOW_BYTES: u32 = 16 * 1024 * 1024;
/// The smallest message of a stream that somebody sends again and again: a renewal of a lease with a small id.
const MESSAGE_BYTES_MIN: u32 = 7;
/// Bytes of answers that may wait for a client that reads slowly, for each request.
const SEND_BUFFER_BYTES: usize = 1024 * 1024;
/// Bytes of a request's header fields.
const HEADER_BYTES_MAX: u32 = 64 * 1024;

const _: () = assert!(STREAM_WINDOW_BYTES <= CONNECTION_WINDOW_BYTES);
// The h2 library ends a connection on which what small frames lack to 256 bytes adds up to half the connection's window while they lie unread. A
// client that renews all its leases in one breath must not get there.
const _: () = assert!(STREAM_WINDOW_BYTES / MESSAGE_BYTES_MIN * (256 - MESSAGE_BYTES_MIN) <= CONNECTION_WINDOW_BYTES / 2);

/// What a listener serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Serves {
    GrpcAndHttp,
    Grpc,
    Http,
}

/// A boxed error.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// Body of an answer.
pub trait AnswerBody: Body<Data = Bytes, Error: Into<BoxError>> + Send + Unpin + 'static {}

impl<B: Body<Data = Bytes, Error: Into<BoxError>> + Send + Unpin + 'static> AnswerBody for B {}

/// Answers requests with bodies `Q` by bodies `A`; a copy does so for each connection.
pub trait Answers<Q, A>:
    Service<Request<Q>, Response = Response<A>, Error = Infallible, Future: Send> + Clone + Send + 'static
{
}

impl<S, Q, A> Answers<Q, A> for S where
    S: Service<Request<Q>, Response = Response<A>, Error = Infallible, Future: Send> + Clone + Send + 'static
{
}

/// Serves a listener until `stop` is told: gRPC by `grpc`, which counts in `metrics`, everything else by `http`.
///
/// Both must always be ready to be called. Returns within about half a second of being told; then all connections are closed.
pub async fn serve<G, GB, H, HB>(
    listener: Listener,
    serves: Serves,
    grpc: G,
    http: H,
    metrics: Arc<Metrics>,
    limits: ConnectionLimits,
    stop: Stop,
) where
    G: Answers<RequestBody<Incoming>, GB>,
    H: Answers<Incoming, HB>,
    GB: AnswerBody,
    HB: AnswerBody,
{
    let mut connections = JoinSet::new();
    let mut stopped = pin!(stop.wait());
    loop {
        let accepted = tokio::select! {
            () = &mut stopped => break,
            accepted = accept_within(&listener, &limits) => accepted,
        };
        reap(&mut connections);
        let (accepted, slot) = match accepted {
            Ok(accepted) => accepted,
            Err(error) if is_of_one_connection(&error) => continue,
            Err(error) => {
                tracing::warn!(url = listener.url(), %error, "accepting connections failed; trying again soon");
                tokio::select! {
                    () = &mut stopped => break,
                    () = sleep(ACCEPT_REST) => continue,
                }
            }
        };
        let (grpc, http, metrics) = (Mutex::new(grpc.clone()), Mutex::new(http.clone()), metrics.clone());
        let (limits, stop, tls, plain) = (limits.clone(), stop.clone(), listener.tls.clone(), listener.plain);
        connections.spawn(async move {
            let _slot = slot;
            let Accepted { socket, remote } = accepted;
            let source = remote.map(|remote| Source::from(remote.ip())).unwrap_or_default();
            let remote = remote.map_or_else(|| "unix".to_owned(), |remote| remote.to_string());
            if let Err(error) = socket.set_nodelay() {
                tracing::debug!(remote, %error, "a connection was gone at once");
                return;
            }
            let mut half_open = limits.handshakes.begin();
            let opened = tokio::select! {
                () = stop.wait() => return,
                opened = open(socket, tls, plain, serves, &limits, &mut half_open) => opened,
            };
            let stream = match opened {
                Ok(stream) => stream,
                Err(Some(reason)) => return limits.rejections.log(&remote, &reason),
                // A port check: connected and gone.
                Err(None) => return,
            };
            let is_tls = matches!(stream, Stream::Tls(_));
            let certificate = if limits.names_users { stream.peer_certificate() } else { None };
            let hosts = if is_tls { None } else { Some(Arc::clone(&limits.hosts)) };
            let connection = Arc::new(Connection { address: remote.as_str().into(), source });
            let tells_address = limits.tells_address;
            let (entry, arriving) = (limits.connections.enter(), Arc::clone(&limits.arriving));
            let front = Front { serves, grpc, http, metrics, certificate, connection, tells_address, hosts, entry, arriving };
            drive(stream, &remote, front, &limits, &stop, half_open).await;
        });
    }
    drop(listener);
    let all_ended = async { while connections.join_next().await.is_some() {} };
    if timeout(STOP_GRACE, all_ended).await.is_err() {
        tracing::debug!(connections = connections.len(), "closing connections with open requests");
        connections.shutdown().await;
    }
}

/// Waits for a free slot first.
async fn accept_within(listener: &Listener, limits: &ConnectionLimits) -> io::Result<(Accepted, impl Drop + use<>)> {
    let slot = limits.slot().await;
    Ok((listener.accept().await?, slot))
}

/// Does the handshake, if the connection is to have TLS. The error is why it is rejected; nothing when it only came and went.
async fn open(
    socket: Socket,
    tls: Option<Arc<ServerTls>>,
    plain: bool,
    serves: Serves,
    limits: &ConnectionLimits,
    half_open: &mut HalfOpen,
) -> Result<Stream, Option<String>> {
    let Some(tls) = tls else { return Ok(Stream::Plain(socket)) };
    let config = || if serves == Serves::Grpc { tls.http_2() } else { tls.both() };
    limits.handshakes.open(half_open, socket, plain, config).await.map_err(|error| match error {
        HandshakeError::Gone => None,
        error => Some(error.to_string()),
    })
}

fn reap(connections: &mut JoinSet<()>) {
    while let Some(ended) = connections.try_join_next() {
        if let Err(error) = ended {
            tracing::error!(%error, "serving a connection ended in a panic");
        }
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

/// Serves one connection to its end.
async fn drive<G, GB, H, HB>(
    mut io: Stream,
    remote: &str,
    front: Front<G, H>,
    limits: &ConnectionLimits,
    stop: &Stop,
    mut half_open: HalfOpen,
) where
    G: Answers<RequestBody<Incoming>, GB>,
    H: Answers<Incoming, HB>,
    GB: AnswerBody,
    HB: AnswerBody,
{
    let sniffed = tokio::select! {
        () = stop.wait() => return,
        sniffed = half_open.unless_evicted(timeout(HEADER_WAIT, sniff(&mut io))) => sniffed,
    };
    drop(half_open);
    let (protocol, first) = match sniffed {
        Some(Ok(Ok(Some(found)))) => found,
        // A port check: connected and gone, or reset.
        Some(Ok(Ok(None) | Err(_))) => return,
        None => return limits.rejections.log(remote, &HandshakeError::Evicted.to_string()),
        Some(Err(_)) => return limits.rejections.log(remote, "it did not say which protocol it speaks in time"),
    };
    let serves_grpc_alone = front.serves == Serves::Grpc;
    let io = TokioIo::new(Rewound::new(first, io, front.entry.meter()));
    let front = Arc::new(front);
    let asked = Arc::clone(&front);
    let service = service_fn(move |request| asked.clone().answer(request));
    let told = pin!(front.entry.told_to_go());
    let ended = match protocol {
        Protocol::Http1 if serves_grpc_alone => {
            return limits.rejections.log(remote, "only gRPC is served here, and it speaks HTTP/1");
        }
        Protocol::Http1 => {
            let mut builder = http1::Builder::new();
            builder.timer(TokioTimer::new()).header_read_timeout(HEADER_WAIT);
            let connection = builder.serve_connection(io, service).with_upgrades();
            until_told(pin!(connection), stop, told, |connection| connection.graceful_shutdown()).await
        }
        Protocol::Http2 => {
            let mut builder = http2::Builder::new(TokioExecutor::new());
            builder
                .timer(TokioTimer::new())
                .max_concurrent_streams(limits.streams_max)
                .initial_stream_window_size(STREAM_WINDOW_BYTES)
                .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
                .max_send_buf_size(SEND_BUFFER_BYTES)
                .max_header_list_size(HEADER_BYTES_MAX)
                .keep_alive_interval(limits.ping_interval)
                .keep_alive_timeout(limits.ping_timeout);
            let connection = builder.serve_connection(io, service);
            until_told(pin!(connection), stop, told, |connection| connection.graceful_shutdown()).await
        }
    };
    match ended {
        Ended::ByItself(Ok(())) => {}
        Ended::ByItself(Err(error)) if is_malformed(&error) => limits.rejections.log(remote, &chain(&error)),
        Ended::ByItself(Err(error)) => {
            tracing::debug!("remote-addr" = remote, error = chain(&error), "a connection broke");
        }
        Ended::Told(reason) => {
            front.metrics.connections_closed.with_label_values(&[reason.label()]).inc();
            limits.rejections.log_closed(remote, &reason.to_string());
        }
    }
}

/// How a connection came to its end.
enum Ended {
    ByItself(hyper::Result<()>),
    Told(Reason),
}

/// Runs a connection. When the server stops it is asked to finish what is open, and to take nothing new; when it is told to go while it is idle, too, but
/// it has no more than a moment. In any other case it is cut.
async fn until_told<C>(
    mut connection: Pin<&mut C>,
    stop: &Stop,
    told: Pin<&mut impl Future<Output = Reason>>,
    finish: impl FnOnce(Pin<&mut C>),
) -> Ended
where
    C: Future<Output = hyper::Result<()>>,
{
    tokio::select! {
        ended = &mut connection => return Ended::ByItself(ended),
        () = stop.wait() => {}
        reason = told => {
            if reason == Reason::Idle {
                finish(connection.as_mut());
                // Whether it went by itself or not: it has to go.
                let _ = timeout(STOP_GRACE, connection).await;
            }
            return Ended::Told(reason);
        }
    }
    finish(connection.as_mut());
    Ended::ByItself(connection.await)
}

/// Whether the client broke the protocol, rather than the connection.
fn is_malformed(error: &hyper::Error) -> bool {
    let mut source = error.source();
    while let Some(cause) = source {
        if cause.is::<io::Error>() {
            return false;
        }
        source = cause.source();
    }
    !(error.is_closed() || error.is_incomplete_message() || error.is_canceled() || error.is_timeout() || error.is_user())
}

/// An error with its causes in one line.
fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text += ": ";
        text += &cause.to_string();
        source = cause.source();
    }
    text
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protocol {
    Http1,
    Http2,
}

/// Reads just enough to know the protocol; `None` if the client went away without a word.
async fn sniff(io: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<(Protocol, Bytes)>> {
    let mut first = [0; PREFACE.len()];
    let mut len = 0;
    while len < first.len() {
        let read = io.read(&mut first[len..]).await?;
        len += read;
        if read == 0 && len == 0 {
            return Ok(None);
        }
        if read == 0 || !PREFACE.starts_with(&first[..len]) {
            return Ok(Some((Protocol::Http1, Bytes::copy_from_slice(&first[..len]))));
        }
    }
    Ok(Some((Protocol::Http2, Bytes::copy_from_slice(&first))))
}
