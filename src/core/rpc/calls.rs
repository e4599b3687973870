//! Counting gRPC calls as they pass: messages and bytes each way, and the code at the end.
//!
//! A call is counted where its bodies stream through, without touching or copying them.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Instant,
};

use bytes::{Buf, Bytes};
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use prometheus::IntCounter;
use prost::Message as _;
use tonic::codegen::StdError;

use super::arriving::{Arriving, Message};
use crate::core::{
    clock,
    server::metrics::{CallKind, GrpcMethod, MethodMetrics, Metrics},
};

/// Number of gRPC's code for a call that its client gave up.
const CANCELLED: usize = 1;
/// A message has a byte about compression and four of length in front.
const PREFIX_BYTES: usize = 5;

/// The methods of the public services, from their descriptors, and those of the health service.
pub fn methods() -> Vec<GrpcMethod> {
    let set = prost_types::FileDescriptorSet::decode(quorate_proto::PUBLIC_DESCRIPTORS)
        .expect("the build script encoded these descriptors");
    let mut methods = vec![
        GrpcMethod { service: HEALTH.to_owned(), name: "Check".to_owned(), kind: CallKind::Unary },
        GrpcMethod { service: HEALTH.to_owned(), name: "Watch".to_owned(), kind: CallKind::ServerStream },
    ];
    for file in &set.file {
        for service in &file.service {
            for method in &service.method {
                methods.push(GrpcMethod {
                    service: format!("{}.{}", file.package(), service.name()),
                    name: method.name().to_owned(),
                    kind: match (method.client_streaming(), method.server_streaming()) {
                        (false, false) => CallKind::Unary,
                        (true, false) => CallKind::ClientStream,
                        (false, true) => CallKind::ServerStream,
                        (true, true) => CallKind::BidiStream,
                    },
                });
            }
        }
    }
    methods
}

const HEALTH: &str = "grpc.health.v1.Health";

/// Bytes of an answer that is not encoded yet, in its extensions: what it counts for as long as nobody reads it.
#[derive(Clone, Copy, Debug)]
pub struct Weight(pub usize);

/// One call. When dropped without an end, the client has gone.
pub struct Call {
    method: Arc<MethodMetrics>,
    begun: Option<Instant>,
    is_counted: bool,
}

impl Call {
    /// Counts the begin of a call; `None` for a path that no method has.
    pub fn begin(metrics: &Metrics, path: &str) -> Option<Self> {
        let method = metrics.grpc.find(path)?.clone();
        method.started.inc();
        let begun = method.handling_seconds.is_some().then(clock::now);
        Some(Self { method, begun, is_counted: false })
    }

    /// Counters for the messages of both directions, and of the bytes of all calls.
    fn counters(&self, metrics: &Metrics, direction: Direction) -> (IntCounter, IntCounter) {
        match direction {
            Direction::Received => (self.method.messages_received.clone(), metrics.client_received_bytes.clone()),
            Direction::Sent => (self.method.messages_sent.clone(), metrics.client_sent_bytes.clone()),
        }
    }

    fn end(&mut self, code: usize) {
        if self.is_counted {
            return;
        }
        self.is_counted = true;
        self.method.handled(code).inc();
        if let (Some(begun), Some(histogram)) = (self.begun, &self.method.handling_seconds) {
            histogram.observe(begun.elapsed().as_secs_f64());
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.end(CANCELLED);
    }
}

#[derive(Clone, Copy)]
enum Direction {
    Received,
    Sent,
}

/// Finds the messages in a stream of bytes.
#[derive(Default)]
struct Messages {
    prefix: [u8; PREFIX_BYTES],
    prefix_len: usize,
    body_left: usize,
}

impl Messages {
    /// Whether a message has begun and is not complete.
    fn is_inside(&self) -> bool {
        self.prefix_len > 0 || self.body_left > 0
    }

    /// How many messages begin in these bytes, which follow on those before.
    fn count(&mut self, mut bytes: &[u8]) -> u64 {
        let mut begun = 0;
        while !bytes.is_empty() {
            let skipped = self.body_left.min(bytes.len());
            self.body_left -= skipped;
            bytes = &bytes[skipped..];
            let taken = (PREFIX_BYTES - self.prefix_len).min(bytes.len());
            self.prefix[self.prefix_len..self.prefix_len + taken].copy_from_slice(&bytes[..taken]);
            self.prefix_len += taken;
            bytes = &bytes[taken..];
            if self.prefix_len == PREFIX_BYTES {
                let [_, length @ ..] = self.prefix;
                self.body_left = u32::from_be_bytes(length) as usize;
                self.prefix_len = 0;
                begun += 1;
            }
        }
        begun
    }
}

struct Tally {
    messages: Messages,
    message_count: IntCounter,
    byte_count: IntCounter,
}

impl Tally {
    fn new((message_count, byte_count): (IntCounter, IntCounter)) -> Self {
        Self { messages: Messages::default(), message_count, byte_count }
    }

    fn count(&mut self, data: &Bytes) {
        self.byte_count.inc_by(data.remaining() as u64);
        self.message_count.inc_by(self.messages.count(data));
    }
}

/// The body of a request, counted while it is read; one that does not get on is given up ([`arriving`](super::arriving)).
pub struct RequestBody<B> {
    inner: B,
    tally: Option<Tally>,
    /// There is one message, which is complete with the end of the body.
    is_single: bool,
    /// Bytes of headers, and of the message that is on its way.
    header_bytes: usize,
    message_bytes: usize,
    message: Message,
}

impl<B> RequestBody<B> {
    /// Without a call there is nothing to count.
    pub fn new(inner: B, headers: &HeaderMap, call: Option<&Call>, metrics: &Metrics, arriving: &Arc<Arriving>) -> Self {
        Self {
            inner,
            tally: call.map(|call| Tally::new(call.counters(metrics, Direction::Received))),
            is_single: call.is_none_or(|call| matches!(call.method.kind, CallKind::Unary | CallKind::ServerStream)),
            header_bytes: headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum(),
            message_bytes: 0,
            message: Message::new(arriving),
        }
    }

    /// Whether more must come for what was begun to be of use.
    fn is_unfinished(&self) -> bool {
        self.is_single || self.tally.as_ref().is_some_and(|tally| tally.messages.is_inside())
    }
}

impl<B: Body<Data = Bytes, Error: Into<StdError>> + Unpin> Body for RequestBody<B> {
    type Data = Bytes;
    type Error = StdError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, StdError>>> {
        let this = self.get_mut();
        let frame = match Pin::new(&mut this.inner).poll_frame(cx) {
            Poll::Ready(frame) => frame,
            Poll::Pending if this.is_unfinished() => {
                let waits = this.message.wait(this.header_bytes + this.message_bytes, cx);
                return waits.map_or_else(|given_up| Poll::Ready(Some(Err(given_up.into()))), |()| Poll::Pending);
            }
            Poll::Pending => return Poll::Pending,
        };
        if let Some(data) = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref()) {
            if let Some(tally) = &mut this.tally {
                tally.count(data);
            }
            this.message_bytes += data.len();
        }
        let has_ended = frame.is_none() || this.inner.is_end_stream();
        if has_ended || !this.is_unfinished() {
            this.message_bytes = 0;
            this.message.done();
        }
        Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// The body of a response, counted while it is sent.
pub struct ResponseBody<B> {
    inner: B,
    counting: Option<(Call, Tally)>,
}

impl<B> ResponseBody<B> {
    /// `headers` may hold the code already: a call that failed at once has no body.
    pub fn new(inner: B, headers: &HeaderMap, call: Option<Call>, metrics: &Metrics) -> Self {
        let counting = call.map(|mut call| {
            if let Some(code) = code_in(headers) {
                call.end(code);
            }
            let counters = call.counters(metrics, Direction::Sent);
            (call, Tally::new(counters))
        });
        Self { inner, counting }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for ResponseBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(cx));
        if let (Some(Ok(frame)), Some((call, tally))) = (&frame, &mut self.counting) {
            if let Some(data) = frame.data_ref() {
                tally.count(data);
            } else if let Some(code) = frame.trailers_ref().and_then(code_in) {
                call.end(code);
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

fn code_in(headers: &HeaderMap) -> Option<usize> {
    headers.get("grpc-status")?.to_str().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_found_however_the_bytes_are_cut() {
        let stream = [&[0, 0, 0, 0, 3, 7, 7, 7][..], &[0, 0, 0, 0, 0], &[1, 0, 0, 1, 0], &[9; 256], &[0, 0, 0, 0, 1, 5]].concat();
        for cut in 1..=stream.len() {
            let mut messages = Messages::default();
            let count: u64 = stream.chunks(cut).map(|chunk| messages.count(chunk)).sum();
            assert_eq!(count, 4, "in pieces of {cut}");
        }
    }

    #[test]
    fn the_public_methods_have_their_kinds() {
        let methods = methods();
        let kind = |service: &str, name: &str| {
            methods.iter().find(|method| method.service == service && method.name == name).map(|method| method.kind)
        };
        assert_eq!(kind("etcdserverpb.KV", "Put"), Some(CallKind::Unary));
        assert_eq!(kind("etcdserverpb.KV", "RangeStream"), Some(CallKind::ServerStream));
        assert_eq!(kind("etcdserverpb.Watch", "Watch"), Some(CallKind::BidiStream));
        assert_eq!(kind("etcdserverpb.Lease", "LeaseKeepAlive"), Some(CallKind::BidiStream));
        assert_eq!(kind("etcdserverpb.Maintenance", "Snapshot"), Some(CallKind::ServerStream));
        assert_eq!(kind("grpc.health.v1.Health", "Check"), Some(CallKind::Unary));
    }

    #[test]
    fn a_call_ends_once_and_an_abandoned_one_is_cancelled() {
        let metrics = Metrics::new(&methods(), false);
        let ended = |code| metrics.grpc.find("/etcdserverpb.KV/Put").unwrap().handled(code).get();
        let mut call = Call::begin(&metrics, "/etcdserverpb.KV/Put").unwrap();
        call.end(0);
        call.end(5);
        drop(call);
        drop(Call::begin(&metrics, "/etcdserverpb.KV/Put"));
        assert_eq!((ended(0), ended(5), ended(CANCELLED)), (1, 0, 1));
        assert!(Call::begin(&metrics, "/nope").is_none());
    }
}
