//! The wire of the load generator: gRPC calls written straight onto HTTP/2.
//!
//! A benchmark must cost less than what it measures, and both share one machine. So there is no client stack here: a
//! request is one clone of a prepared head and one buffer that already holds the length prefix and the encoded message,
//! and of the answer only `grpc-status` is read. All calls of one connection meet in `h2`; what they write in one turn of
//! the runtime leaves in one system call, because [`Plain`] hides vectored writes, for which `h2` would flush each message.
//!
//! Left out: compression, metadata, retries. A lost connection stays lost, and its clients stop.

use std::{
    fmt,
    future::{Future, poll_fn},
    io,
    pin::{Pin, pin},
    str::FromStr,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use anyhow::{Context as _, anyhow, bail};
use bytes::{Buf, BufMut, Bytes, BytesMut};
use h2::{RecvStream, SendStream, client::SendRequest};
use http::{HeaderMap, Request, header};
use prost::Message;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep},
};

use crate::core::tls::{ClientTls, Stream, connect::Connector};

/// What precedes each message: a byte that says "not compressed" and the length in four.
pub const PREFIX_BYTES: usize = 5;
/// Answers above this are refused: etcd's own clients stop at 2 GiB, nothing here comes near.
const MESSAGE_BYTES_MAX: usize = 64 << 20;
/// Receive windows, wide enough that a window update is rare and no answer waits for one.
const STREAM_WINDOW_BYTES: u32 = 4 << 20;
const CONNECTION_WINDOW_BYTES: u32 = 64 << 20;

/// A server's address, `host:port`, as the user wrote it and without its scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    authority: String,
    /// What the scheme said about TLS, if there was one.
    tls: Option<bool>,
}

impl FromStr for Endpoint {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (tls, authority) = match text.split_once("://") {
            None => (None, text),
            Some(("http", rest)) => (Some(false), rest),
            Some(("https", rest)) => (Some(true), rest),
            Some((scheme, _)) => bail!("unknown scheme {scheme:?}: give http://HOST:PORT, https://HOST:PORT or HOST:PORT"),
        };
        let authority = authority.trim_end_matches('/');
        let port = authority.rsplit_once(':').filter(|(host, _)| !host.is_empty()).map(|(_, port)| port.parse::<u16>());
        match port {
            Some(Ok(_)) => Ok(Endpoint { authority: authority.to_owned(), tls }),
            _ => bail!("{text:?} has no port: give HOST:PORT"),
        }
    }
}

impl Endpoint {
    /// The URL; without a scheme it gets that with TLS if there is any.
    fn url(&self, tls: Option<&Arc<ClientTls>>) -> String {
        let scheme = if self.tls.unwrap_or(tls.is_some()) { "https" } else { "http" };
        format!("{scheme}://{}", self.authority)
    }

    /// Whether it can't be spoken to without TLS.
    pub fn needs_tls(&self) -> bool {
        self.tls == Some(true)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.authority)
    }
}

/// Why a request has no good answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The server answered with a gRPC status other than OK.
    #[error("{}: {message}", code_name(*.code))]
    Status { code: u16, message: String },
    /// No complete answer within the request's time.
    #[error("no answer within {0:?}")]
    Timeout(Duration),
    /// The server ended this one stream.
    #[error("the server reset the stream: {0}")]
    Reset(h2::Reason),
    /// What came is not gRPC.
    #[error("not a gRPC answer: {0}")]
    Protocol(String),
    /// A watch event that a put must have caused has not come.
    #[error("the event of a put has not come")]
    Missing,
    /// The connection is gone, and with it every later request on it.
    #[error("connection to {endpoint} lost: {reason}")]
    Lost { endpoint: String, reason: String },
}

/// One HTTP/2 connection. Its frames move on a task of the runtime until the last caller is dropped.
pub struct Link {
    sender: SendRequest<Bytes>,
    endpoint: Endpoint,
    /// With its scheme.
    url: String,
}

impl Link {
    /// Connects, and waits for the answer to a ping so that a server of another protocol is found out here.
    ///
    /// # Errors
    /// Names the endpoint: nobody listens, the name is unknown, not HTTP/2, or no answer within `patience`.
    pub async fn connect(endpoint: &Endpoint, patience: Duration, tls: Option<&Arc<ClientTls>>) -> anyhow::Result<Link> {
        match tokio::time::timeout(patience, Link::handshake(endpoint, tls)).await {
            Ok(link) => link.with_context(|| format!("cannot connect to {endpoint}")),
            Err(_) => Err(anyhow!("cannot connect to {endpoint}: no answer within {patience:?}")),
        }
    }

    async fn handshake(endpoint: &Endpoint, tls: Option<&Arc<ClientTls>>) -> anyhow::Result<Link> {
        let url = endpoint.url(tls);
        let stream = Connector::new(&url, tls)?.connect().await?;
        let (sender, mut connection) = h2::client::Builder::new()
            .enable_push(false)
            .initial_max_send_streams(1 << 16)
            .initial_window_size(STREAM_WINDOW_BYTES)
            .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
            .handshake::<_, Bytes>(Plain(stream))
            .await?;
        let mut pings = connection.ping_pong().expect("nobody has taken the ping handle yet");
        let mut pong = pin!(pings.ping(h2::Ping::opaque()));
        poll_fn(|cx| {
            if let Poll::Ready(end) = Pin::new(&mut connection).poll(cx) {
                let early = || io::Error::new(io::ErrorKind::UnexpectedEof, "it closed the connection");
                return Poll::Ready(end.map_err(anyhow::Error::from).and(Err(early().into())));
            }
            pong.as_mut().poll(cx).map_ok(|_| ()).map_err(anyhow::Error::from)
        })
        .await
        .context("it does not answer as an HTTP/2 server")?;
        // A broken connection is told to each caller by its own stream, so the task has nothing to report.
        tokio::spawn(async move { connection.await.unwrap_or_default() });
        Ok(Link { sender, endpoint: endpoint.clone(), url })
    }

    /// The server at the other end.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// A caller of the method at `path`, such as `/etcdserverpb.KV/Put`; each call gets `patience` for its whole answer.
    pub fn caller(&self, path: &str, patience: Duration) -> Caller {
        let uri = format!("{}{path}", self.url);
        let request = Request::post(uri)
            .version(http::Version::HTTP_2)
            .header(header::CONTENT_TYPE, "application/grpc")
            .header(header::TE, "trailers")
            .body(())
            .expect("an endpoint that has been connected to is a valid authority");
        Caller { sender: self.sender.clone(), request, patience: Patience::new(patience), endpoint: self.endpoint.clone() }
    }
}

/// Makes calls of one method, one at a time.
pub struct Caller {
    sender: SendRequest<Bytes>,
    request: Request<()>,
    patience: Patience,
    endpoint: Endpoint,
}

impl Caller {
    /// Sends `framed` (see [`frame`]) as the only message and waits for the status; the answer's content is dropped.
    pub async fn call(&mut self, framed: Bytes) -> Result<(), Failure> {
        self.exchange(framed, None).await
    }

    /// Like [`Caller::call`], and decodes the one message of the answer.
    pub async fn call_for<M: Message + Default>(&mut self, framed: Bytes) -> Result<M, Failure> {
        let mut answer = BytesMut::new();
        self.exchange(framed, Some(&mut answer)).await?;
        if answer.len() < PREFIX_BYTES {
            return Err(Failure::Protocol("no message".to_owned()));
        }
        answer.advance(PREFIX_BYTES);
        M::decode(answer).map_err(|e| Failure::Protocol(e.to_string()))
    }

    async fn exchange(&mut self, framed: Bytes, answer: Option<&mut BytesMut>) -> Result<(), Failure> {
        let Caller { sender, request, patience, endpoint } = self;
        match patience.limit(pin!(exchange(sender, request, framed, answer))).await? {
            Ok(()) => Ok(()),
            Err(trouble) => Err(trouble.name(endpoint)),
        }
    }

    /// Opens a stream of messages both ways.
    pub async fn open(&mut self) -> Result<(Outgoing, Incoming), Failure> {
        let Caller { sender, request, patience, endpoint } = self;
        let opened = async {
            poll_fn(|cx| sender.poll_ready(cx)).await?;
            Ok::<_, Trouble>(sender.send_request(request.clone(), false)?)
        };
        let (response, stream) = patience.limit(pin!(opened)).await?.map_err(|e| e.name(endpoint))?;
        let incoming = Incoming { response: Some(response), body: None, buffer: BytesMut::new(), endpoint: endpoint.clone() };
        Ok((Outgoing { stream, endpoint: endpoint.clone() }, incoming))
    }
}

/// An error before it knows the endpoint's name.
enum Trouble {
    Http2(h2::Error),
    Failure(Failure),
}

impl Trouble {
    fn name(self, endpoint: &Endpoint) -> Failure {
        match self {
            Trouble::Failure(failure) => failure,
            Trouble::Http2(e) => match e.reason() {
                Some(reason) if e.is_reset() => Failure::Reset(reason),
                _ => Failure::Lost { endpoint: endpoint.to_string(), reason: e.to_string() },
            },
        }
    }
}

impl From<h2::Error> for Trouble {
    fn from(e: h2::Error) -> Self {
        Trouble::Http2(e)
    }
}

impl From<Failure> for Trouble {
    fn from(e: Failure) -> Self {
        Trouble::Failure(e)
    }
}

async fn exchange(
    sender: &mut SendRequest<Bytes>,
    request: &Request<()>,
    framed: Bytes,
    mut answer: Option<&mut BytesMut>,
) -> Result<(), Trouble> {
    poll_fn(|cx| sender.poll_ready(cx)).await?;
    let (response, mut stream) = sender.send_request(request.clone(), false)?;
    stream.send_data(framed, true)?;
    let (head, mut body) = response.await?.into_parts();
    accept_head(&head)?;
    if head.headers.contains_key("grpc-status") {
        return Ok(status(&head.headers)?);
    }
    while let Some(chunk) = poll_fn(|cx| body.poll_data(cx)).await {
        let chunk = chunk?;
        body.flow_control().release_capacity(chunk.len())?;
        if let Some(answer) = answer.as_deref_mut() {
            if answer.len() + chunk.len() > MESSAGE_BYTES_MAX {
                return Err(Failure::Protocol(format!("an answer above {MESSAGE_BYTES_MAX} bytes")).into());
            }
            answer.extend_from_slice(&chunk);
        }
    }
    let trailers = poll_fn(|cx| body.poll_trailers(cx)).await?;
    Ok(status(&trailers.unwrap_or_default())?)
}

fn accept_head(head: &http::response::Parts) -> Result<(), Failure> {
    if head.status == http::StatusCode::OK { Ok(()) } else { Err(Failure::Protocol(format!("HTTP status {}", head.status))) }
}

/// Reads `grpc-status` and, unless it is OK, `grpc-message`.
fn status(headers: &HeaderMap) -> Result<(), Failure> {
    let Some(code) = headers.get("grpc-status") else {
        return Err(Failure::Protocol("no grpc-status".to_owned()));
    };
    if code == "0" {
        return Ok(());
    }
    let Some(code) = code.to_str().ok().and_then(|code| code.parse().ok()) else {
        return Err(Failure::Protocol(format!("grpc-status {code:?}")));
    };
    let message = headers.get("grpc-message").map(header::HeaderValue::as_bytes).unwrap_or_default();
    Err(Failure::Status { code, message: percent_encoding::percent_decode(message).decode_utf8_lossy().into_owned() })
}

/// The name of a gRPC status code, as the specification spells it.
fn code_name(code: u16) -> &'static str {
    const NAMES: [&str; 17] = [
        "OK",
        "CANCELLED",
        "UNKNOWN",
        "INVALID_ARGUMENT",
        "DEADLINE_EXCEEDED",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION",
        "ABORTED",
        "OUT_OF_RANGE",
        "UNIMPLEMENTED",
        "INTERNAL",
        "UNAVAILABLE",
        "DATA_LOSS",
        "UNAUTHENTICATED",
    ];
    NAMES.get(usize::from(code)).copied().unwrap_or("unknown code")
}

/// The sending half of a stream. Dropping both halves cancels the stream.
pub struct Outgoing {
    stream: SendStream<Bytes>,
    endpoint: Endpoint,
}

impl Outgoing {
    /// Queues one framed message.
    pub fn send(&mut self, framed: Bytes) -> Result<(), Failure> {
        self.stream.send_data(framed, false).map_err(|e| Trouble::from(e).name(&self.endpoint))
    }
}

/// The receiving half of a stream: whole messages, still encoded.
pub struct Incoming {
    response: Option<h2::client::ResponseFuture>,
    body: Option<RecvStream>,
    /// The start of a message whose end has not come yet.
    buffer: BytesMut,
    endpoint: Endpoint,
}

impl Incoming {
    /// Waits for the next piece of the stream and hands each message completed by it to `each`.
    ///
    /// # Errors
    /// The status that ended the stream: a stream of this kind is never ended by the server in good order.
    pub async fn receive(&mut self, each: &mut dyn FnMut(&[u8])) -> Result<(), Failure> {
        self.receive_piece(each).await.map_err(|e| e.name(&self.endpoint))
    }

    async fn receive_piece(&mut self, each: &mut dyn FnMut(&[u8])) -> Result<(), Trouble> {
        if let Some(response) = self.response.as_mut() {
            let (head, body) = response.await?.into_parts();
            self.response = None;
            accept_head(&head)?;
            if head.headers.contains_key("grpc-status") {
                status(&head.headers)?;
            }
            self.body = Some(body);
        }
        let body = self.body.as_mut().ok_or_else(|| Failure::Protocol("the stream has ended".to_owned()))?;
        let Some(chunk) = poll_fn(|cx| body.poll_data(cx)).await else {
            let trailers = poll_fn(|cx| body.poll_trailers(cx)).await?;
            status(&trailers.unwrap_or_default())?;
            return Err(Failure::Protocol("the server ended the stream".to_owned()).into());
        };
        let chunk = chunk?;
        body.flow_control().release_capacity(chunk.len())?;
        Ok(split(&mut self.buffer, chunk, each)?)
    }
}

/// Hands each whole message in `buffer` followed by `chunk` to `each`; what is left stays in `buffer`.
fn split(buffer: &mut BytesMut, chunk: Bytes, each: &mut dyn FnMut(&[u8])) -> Result<(), Failure> {
    // Most pieces hold whole messages: those are read in place, without a copy.
    if buffer.is_empty() {
        let mut rest = &chunk[..];
        while let Some(message) = next_message(&mut rest)? {
            each(message);
        }
        buffer.extend_from_slice(rest);
        return Ok(());
    }
    buffer.extend_from_slice(&chunk);
    let whole = buffer.split();
    let mut rest = &whole[..];
    while let Some(message) = next_message(&mut rest)? {
        each(message);
    }
    buffer.extend_from_slice(rest);
    Ok(())
}

fn next_message<'a>(rest: &mut &'a [u8]) -> Result<Option<&'a [u8]>, Failure> {
    let Some((prefix, after)) = rest.split_first_chunk::<PREFIX_BYTES>() else { return Ok(None) };
    let [compressed, length @ ..] = *prefix;
    let length = u32::from_be_bytes(length) as usize;
    if compressed != 0 || length > MESSAGE_BYTES_MAX {
        return Err(Failure::Protocol(format!("a message of {length} bytes with flag {compressed}")));
    }
    let Some((message, after)) = after.split_at_checked(length) else { return Ok(None) };
    *rest = after;
    Ok(Some(message))
}

/// Encodes a message behind its prefix, ready to be sent.
pub fn frame(message: &impl Message) -> Bytes {
    let length = message.encoded_len();
    let mut framed = BytesMut::with_capacity(PREFIX_BYTES + length);
    framed.put_u8(0);
    framed.put_u32(u32::try_from(length).expect("the sizes of keys and values are checked when the flags are read"));
    message.encode(&mut framed).expect("the buffer was made for this message");
    framed.freeze()
}

/// Limits each of a series of waits without arming a timer for each: the timer is left to ring at the end of an older
/// wait, and only then moved to the end of the current one. So a busy caller touches it once in `limit`.
struct Patience {
    limit: Duration,
    timer: Pin<Box<Sleep>>,
}

impl Patience {
    fn new(limit: Duration) -> Patience {
        Patience { limit, timer: Box::pin(tokio::time::sleep(limit)) }
    }

    /// `wait` is pinned by the caller, because moving a future into another copies all that it holds.
    async fn limit<T>(&mut self, mut wait: Pin<&mut impl Future<Output = T>>) -> Result<T, Failure> {
        let deadline = Instant::now() + self.limit;
        poll_fn(|cx| {
            if let Poll::Ready(done) = wait.as_mut().poll(cx) {
                return Poll::Ready(Ok(done));
            }
            loop {
                ready!(self.timer.as_mut().poll(cx));
                if Instant::now() >= deadline {
                    return Poll::Ready(Err(Failure::Timeout(self.limit)));
                }
                self.timer.as_mut().reset(deadline);
            }
        })
        .await
    }
}

/// A socket that does not offer vectored writes, so that `h2` gathers small messages in its own buffer.
struct Plain(Stream);

impl AsyncRead for Plain {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for Plain {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        text.parse::<Endpoint>().unwrap_err().to_string()
    }

    #[test]
    fn an_endpoint_is_a_host_and_a_port_with_or_without_a_scheme() {
        assert_eq!("http://127.0.0.1:2379/".parse::<Endpoint>().unwrap().to_string(), "127.0.0.1:2379");
        assert_eq!("[::1]:2379".parse::<Endpoint>().unwrap().to_string(), "[::1]:2379");
        assert_eq!(refused("localhost"), "\"localhost\" has no port: give HOST:PORT");
        assert!("https://a:1".parse::<Endpoint>().unwrap().needs_tls());
        assert_eq!(refused("unix://a:1"), "unknown scheme \"unix\": give http://HOST:PORT, https://HOST:PORT or HOST:PORT");
    }

    #[test]
    fn messages_are_found_however_the_stream_is_cut() {
        let stream = [&[0, 0, 0, 0, 2][..], b"ab", &[0, 0, 0, 0, 0], &[0, 0, 0, 0, 3], b"cde"].concat();
        for piece_bytes in 1..=stream.len() {
            let mut seen = Vec::new();
            let mut buffer = BytesMut::new();
            for piece in stream.chunks(piece_bytes) {
                split(&mut buffer, Bytes::copy_from_slice(piece), &mut |m| seen.push(m.to_vec())).unwrap();
            }
            assert_eq!(seen, [b"ab".to_vec(), vec![], b"cde".to_vec()], "in pieces of {piece_bytes}");
            assert!(buffer.is_empty());
        }
    }

    #[test]
    fn a_compressed_or_endless_message_is_refused() {
        for prefix in [[1, 0, 0, 0, 2], [0, 255, 0, 0, 0]] {
            let end = split(&mut BytesMut::new(), Bytes::copy_from_slice(&prefix), &mut |_| panic!("no message"));
            assert!(matches!(end, Err(Failure::Protocol(_))));
        }
    }

    #[test]
    fn a_status_is_read_with_its_message_unescaped() {
        let mut headers = HeaderMap::new();
        assert!(matches!(status(&headers), Err(Failure::Protocol(_))));
        headers.insert("grpc-status", "0".parse().unwrap());
        assert_eq!(status(&headers), Ok(()));
        headers.insert("grpc-status", "8".parse().unwrap());
        headers.insert("grpc-message", "etcdserver: too%20many".parse().unwrap());
        assert_eq!(status(&headers).unwrap_err().to_string(), "RESOURCE_EXHAUSTED: etcdserver: too many");
    }

    #[tokio::test]
    async fn each_wait_gets_the_whole_limit_although_the_timer_is_shared() {
        let limit = Duration::from_millis(200);
        let mut patience = Patience::new(limit);
        for _ in 0..4 {
            assert!(patience.limit(pin!(tokio::time::sleep(limit / 3))).await.is_ok());
        }
        let began = Instant::now();
        assert_eq!(patience.limit(pin!(std::future::pending::<()>())).await, Err(Failure::Timeout(limit)));
        assert!(began.elapsed() >= limit);
    }

    #[test]
    fn whatever_a_server_answers_is_messages_or_refused_and_no_room_is_made_for_what_is_not_there() {
        use quorate_proto::etcdserverpb::PutRequest;
        let good = [frame(&PutRequest { key: "a".into(), ..Default::default() }), frame(&PutRequest::default())].concat();
        crate::mangle::survives(&[good], |bytes| {
            let mut rest = bytes;
            let mut read = 0;
            while let Ok(Some(message)) = next_message(&mut rest) {
                read += PREFIX_BYTES + message.len();
            }
            assert_eq!(read + rest.len(), bytes.len());
        });
    }
}
