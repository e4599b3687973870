//! The Watch service: one bidirectional stream carries many watchers.
//!
//! A stream has a task that reads its requests and minds its timers, and a response stream that takes from the stream's queue.
//! Dropping the responses, which the transport does when the call is over, ends everything. A client that only closes its
//! sending side goes on receiving. The service is written by hand, not generated, because its responses are bytes already.

use std::{
    collections::VecDeque,
    convert::Infallible,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use quorate_proto::etcdserverpb::{
    WatchCreateRequest, WatchRequest, watch_create_request::FilterType, watch_request::RequestUnion,
};
use tokio::{
    task::AbortHandle,
    time::{Interval, MissedTickBehavior, interval_at},
};
use tokio_stream::Stream;
use tonic::{
    Code, Request, Response, Status, Streaming,
    body::Body,
    server::{Grpc, NamedService, StreamingService},
};

use super::{
    caller::{Shown, WatchAccess},
    header::{HeaderFacts, LeaderWatch},
    raw::RawCodec,
    watch_message::WatchMessage,
};
use crate::core::{
    clock, limits,
    server::watch_loop::{WatchHandle, WatchRequests, WatchResponses},
    watch::{Filters, Rejection, WatchSpec},
};

/// Polls without a leader in a row after which a stream that requires one ends. Source: etcd 3.7.
const LEADERLESS_POLLS_MAX: u32 = 3;

/// What the service is told once.
#[derive(Clone, Copy, Debug)]
pub struct WatchOptions {
    /// Between progress notifications to a watcher that asked for them; each stream adds up to a tenth.
    pub progress_interval: Duration,
    /// Between polls for a leader.
    pub election_timeout: Duration,
    /// Source of the sizes of a request and of a piece of a response.
    pub max_request_bytes: usize,
}

impl WatchOptions {
    fn message_bytes_max(&self) -> usize {
        self.max_request_bytes + limits::GRPC_OVERHEAD_BYTES
    }
}

/// `etcdserverpb.Watch`, to be added to a router.
#[derive(Clone)]
pub struct WatchService {
    inner: Arc<Inner>,
}

struct Inner {
    hub: WatchHandle,
    facts: Arc<dyn HeaderFacts>,
    leader: Arc<dyn LeaderWatch>,
    access: Arc<dyn WatchAccess>,
    options: WatchOptions,
}

impl WatchService {
    pub fn new(
        hub: WatchHandle,
        facts: Arc<dyn HeaderFacts>,
        leader: Arc<dyn LeaderWatch>,
        access: Arc<dyn WatchAccess>,
        options: WatchOptions,
    ) -> Self {
        Self { inner: Arc::new(Inner { hub, facts, leader, access, options }) }
    }
}

impl NamedService for WatchService {
    const NAME: &'static str = "etcdserverpb.Watch";
}

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

impl<B> tower_service::Service<http::Request<B>> for WatchService
where
    B: http_body::Body + Send + 'static,
    B::Error: Into<tonic::codegen::StdError> + Send + 'static,
{
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let inner = Arc::clone(&self.inner);
        Box::pin(async move {
            if request.uri().path() != "/etcdserverpb.Watch/Watch" {
                return Ok(Status::unimplemented("").into_http());
            }
            let mut grpc = Grpc::new(RawCodec::default()).max_decoding_message_size(inner.options.message_bytes_max());
            Ok(grpc.streaming(Opened(inner), request).await)
        })
    }
}

/// The one method.
struct Opened(Arc<Inner>);

impl StreamingService<WatchRequest> for Opened {
    type Response = WatchMessage;
    type ResponseStream = ResponseStream;
    type Future = std::future::Ready<Result<Response<ResponseStream>, Status>>;

    fn call(&mut self, request: Request<Streaming<WatchRequest>>) -> Self::Future {
        let inner = Arc::clone(&self.0);
        let (metadata, extensions, incoming) = request.into_parts();
        let shown = Shown::of_stream(metadata.as_ref(), &extensions);
        let requires_leader = metadata.get("hasleader").is_some_and(|value| value == "true");
        if requires_leader && !inner.leader.has_leader() {
            return std::future::ready(Err(no_leader()));
        }
        let (requests, responses) = inner.hub.open_stream();
        let task = RequestTask { inner: Arc::clone(&inner), shown, requests, requires_leader, wants_progress: false };
        let task = tokio::spawn(task.run(incoming)).abort_handle();
        std::future::ready(Ok(Response::new(ResponseStream { inner, responses, pieces: VecDeque::new(), task })))
    }
}

/// Reads a stream's requests, in order, each handed over before the next is read, and minds the stream's timers.
struct RequestTask {
    inner: Arc<Inner>,
    shown: Shown,
    requests: WatchRequests,
    requires_leader: bool,
    /// Some watcher asked for progress notifications.
    wants_progress: bool,
}

impl RequestTask {
    async fn run(mut self, incoming: Streaming<WatchRequest>) {
        let inner = Arc::clone(&self.inner);
        let requires_leader = self.requires_leader;
        // Two arms, because a client that reads nothing holds up its requests but not the watch for a leader.
        let status = tokio::select! {
            status = self.read(incoming) => status,
            status = leader_lost(&inner), if requires_leader => status,
        };
        self.requests.end(status);
    }

    /// Until the stream is broken; a client that has only stopped sending still has its timer.
    async fn read(&mut self, mut incoming: Streaming<WatchRequest>) -> Status {
        let mut progress = ticks(jittered(self.inner.options.progress_interval));
        let mut client_sends = true;
        loop {
            tokio::select! {
                message = incoming.message(), if client_sends => match message {
                    Ok(Some(WatchRequest { request_union: Some(request) })) => self.handle(request).await,
                    Ok(Some(WatchRequest { request_union: None })) => {}
                    Ok(None) => client_sends = false,
                    Err(status) => return status,
                },
                _ = progress.tick() => if self.wants_progress {
                    self.requests.tick().await;
                },
            }
        }
    }

    async fn handle(&mut self, request: RequestUnion) {
        match request {
            RequestUnion::CreateRequest(create) => {
                if let Err(rejection) = self.permitted(&create).await {
                    return self.requests.reject(rejection).await;
                }
                self.wants_progress |= create.progress_notify;
                self.requests.create(spec(create)).await;
            }
            RequestUnion::CancelRequest(cancel) => self.requests.cancel(cancel.watch_id).await,
            RequestUnion::ProgressRequest(_) => self.requests.progress().await,
        }
    }
}

impl RequestTask {
    /// Whether the stream's user may read these keys; asked once, when the watcher is created. The end of the range is looked at as it
    /// came, before it means anything else: a zero byte is everything from the key on. A start that is none is refused first.
    async fn permitted(&self, create: &WatchCreateRequest) -> Result<(), Rejection> {
        if create.start_revision < 0 {
            return Ok(());
        }
        let key = if create.key.is_empty() { Bytes::from_static(&[0]) } else { create.key.clone() };
        let verdict = self.inner.access.may_watch(&self.shown, &key, &create.range_end).await;
        verdict.map_err(|status| {
            let code = match status.code() {
                Code::Unauthenticated => "Unauthenticated",
                Code::InvalidArgument => "InvalidArgument",
                _ => return Rejection::Denied("rpc error: code = PermissionDenied desc = etcdserver: permission denied".into()),
            };
            Rejection::Denied(format!("rpc error: code = {code} desc = {}", status.message()))
        })
    }
}

/// Returns once this member has seen no leader for several polls in a row.
async fn leader_lost(inner: &Inner) -> Status {
    let mut polls = ticks(inner.options.election_timeout);
    let mut leaderless = 0;
    while leaderless < LEADERLESS_POLLS_MAX {
        polls.tick().await;
        leaderless = if inner.leader.has_leader() { 0 } else { leaderless + 1 };
    }
    no_leader()
}

/// What the client is sent.
struct ResponseStream {
    inner: Arc<Inner>,
    responses: WatchResponses,
    /// What is left of a response that goes in pieces.
    pieces: VecDeque<WatchMessage>,
    task: AbortHandle,
}

impl Stream for ResponseStream {
    type Item = Result<WatchMessage, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(piece) = self.pieces.pop_front() {
            return Poll::Ready(Some(Ok(piece)));
        }
        let delivery = match ready!(self.responses.poll_next(cx)) {
            Ok(delivery) => delivery,
            Err(status) => return Poll::Ready(Some(Err(status))),
        };
        let may_fragment = delivery.may_fragment;
        let message = WatchMessage::new(self.inner.facts.header(), delivery);
        if !may_fragment {
            return Poll::Ready(Some(Ok(message)));
        }
        self.pieces = message.pieces(self.inner.options.message_bytes_max()).into();
        Poll::Ready(self.pieces.pop_front().map(Ok))
    }
}

impl Drop for ResponseStream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What the hub is asked, from the wire; filters that nobody knows are ignored.
pub fn spec(create: WatchCreateRequest) -> WatchSpec {
    let filters = Filters {
        no_put: create.filters.contains(&(FilterType::Noput as i32)),
        no_delete: create.filters.contains(&(FilterType::Nodelete as i32)),
    };
    // Copies: they are parts of their request, which would be held for as long as the watcher lives.
    let copy = |bytes: Bytes| Bytes::copy_from_slice(&bytes);
    WatchSpec {
        key: copy(create.key),
        range_end: copy(create.range_end),
        start_revision: create.start_revision,
        watch_id: create.watch_id,
        prev_kv: create.prev_kv,
        filters,
        fragment: create.fragment,
        progress_notify: create.progress_notify,
    }
}

fn ticks(period: Duration) -> Interval {
    let mut ticks = interval_at((clock::now() + period).into(), period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// Up to a tenth longer, so that the streams of a reconnect do not all tick together.
#[expect(clippy::disallowed_methods, reason = "when a stream ticks is no part of the state")]
fn jittered(period: Duration) -> Duration {
    period + period.mul_f64(rand::random_range(0.0..0.1))
}

fn no_leader() -> Status {
    Status::unavailable("etcdserver: no leader")
}
