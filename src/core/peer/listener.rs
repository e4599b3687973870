//! What a member serves to the others: their messages in, their snapshots in, their questions about leases answered.
//!
//! A stream of messages needs no task of its own: its answer is a stream that stays silent, and polling that one takes the
//! messages over. Each call is checked for whom it is meant before a byte of it is read.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use quorate_proto::peer::{
    self as wire,
    peer_server::{Peer, PeerServer},
};
use tokio::{
    sync::{mpsc, watch},
    time::Interval,
};
use tokio_stream::{Stream, wrappers::ReceiverStream};
use tonic::{Request, Response, Status, Streaming, metadata::MetadataMap, transport::Server};
use tracing::{debug, warn};

use super::{
    Inbound,
    accept::{Incoming, PeerListener},
    arrivals::Arrivals,
    complaints::Complaints,
    dial::Removal,
    introduction::{Ids, check},
    limits::{
        CONCURRENT_CALLS_MAX, CONNECTION_WINDOW_BYTES, FRAME_BYTES_MAX, KEEP_ALIVE_INTERVAL_SERVER, KEEP_ALIVE_TIMEOUT_BULK,
        RECEIVE_BYTES_MAX, SNAPSHOT_ANSWERS_WAITING_MAX, SNAPSHOT_KEPT, STOP_TIMEOUT, STREAM_WINDOW_BYTES,
    },
    message_type::{Route, route},
    outbox::Outbox,
    snapshot_receive,
};
use crate::core::limits::SERVER_VERSION;

/// Batches that one stream takes over before others of the same thread have their turn.
const BATCHES_PER_TURN: usize = 32;
/// Pause between looks whether a peer was taken out, which ends its streams.
const LOOK_AFTER: Duration = Duration::from_secs(1);

/// Serves the peer protocol on bound listeners until `shutdown` ends; then open calls are ended, and at most half a second later
/// it returns. Run it on the peer runtime. With an outbox, a member that calls is also called back at once.
///
/// # Errors
/// When a listener cannot be used at all. A failed accept is logged and tried again.
pub async fn serve(
    listeners: Vec<PeerListener>,
    inbound: Arc<dyn Inbound>,
    ids: Ids,
    outbox: Option<Arc<Outbox>>,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let (stop, stopping) = watch::channel(false);
    let arrivals = Arc::new(Arrivals::new(SNAPSHOT_KEPT));
    let listener =
        Listener { ids, inbound, outbox, arrivals, stopping: stopping.clone(), complaints: Arc::new(Complaints::new()) };
    let service = PeerServer::new(listener).max_decoding_message_size(RECEIVE_BYTES_MAX);
    let serving = Server::builder()
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .max_frame_size(FRAME_BYTES_MAX)
        .max_concurrent_streams(CONCURRENT_CALLS_MAX)
        .http2_keepalive_interval(Some(KEEP_ALIVE_INTERVAL_SERVER))
        .http2_keepalive_timeout(Some(KEEP_ALIVE_TIMEOUT_BULK))
        .serve_with_incoming_shutdown(service, Incoming::new(listeners)?, stopped(stopping));
    tokio::pin!(serving);
    tokio::select! {
        ended = &mut serving => return ended.map_err(io::Error::other),
        () = shutdown => {}
    }
    stop.send_replace(true);
    match tokio::time::timeout(STOP_TIMEOUT, serving).await {
        Ok(ended) => ended.map_err(io::Error::other),
        Err(_) => {
            debug!("some peers kept their connections open past the end");
            Ok(())
        }
    }
}

/// The service. One for all connections.
struct Listener {
    ids: Ids,
    inbound: Arc<dyn Inbound>,
    outbox: Option<Arc<Outbox>>,
    arrivals: Arc<Arrivals>,
    stopping: watch::Receiver<bool>,
    /// By caller and the cluster that it named.
    complaints: Arc<Complaints<(u64, u64)>>,
}

impl Listener {
    /// Lets a call in and answers who calls.
    fn admit(&self, metadata: &MetadataMap) -> Result<u64, Status> {
        let from = check(metadata, self.ids).map_err(|mismatch| {
            if self.complaints.is_due((mismatch.from, mismatch.cluster_id)) {
                warn!(peer = %format_args!("{:x}", mismatch.from), reason = mismatch.reason, "refused a call from a peer");
            }
            Status::failed_precondition(mismatch.reason)
        })?;
        if self.inbound.is_removed(from) {
            if self.complaints.is_due((from, self.ids.cluster_id)) {
                warn!(peer = %format_args!("{from:x}"), "refused a call from a member that was taken out of the cluster");
            }
            return Err(removal(&*self.inbound));
        }
        Ok(from)
    }

    fn take_over(&self, request: Request<Streaming<wire::Batch>>, expected: Route) -> Result<Response<Receiving>, Status> {
        let from = self.admit(request.metadata())?;
        self.call_back(from);
        Ok(Response::new(Receiving {
            member: self.ids.member_id,
            from,
            expected,
            batches: request.into_inner(),
            inbound: Arc::clone(&self.inbound),
            stopping: Box::pin(stopped(self.stopping.clone())),
            looks: tokio::time::interval(LOOK_AFTER),
        }))
    }

    fn call_back(&self, from: u64) {
        if let Some(outbox) = &self.outbox {
            outbox.retry_now(from);
        }
    }
}

#[tonic::async_trait]
impl Peer for Listener {
    type ReplicateStream = Receiving;
    type ControlStream = Receiving;
    type SnapshotStream = ReceiverStream<Result<wire::SnapshotAnswer, Status>>;

    async fn replicate(&self, request: Request<Streaming<wire::Batch>>) -> Result<Response<Receiving>, Status> {
        self.take_over(request, Route::Replicate)
    }

    async fn control(&self, request: Request<Streaming<wire::Batch>>) -> Result<Response<Receiving>, Status> {
        self.take_over(request, Route::Control)
    }

    async fn snapshot(&self, request: Request<Streaming<wire::SnapshotChunk>>) -> Result<Response<Self::SnapshotStream>, Status> {
        let from = self.admit(request.metadata())?;
        let (answers, answered) = mpsc::channel(SNAPSHOT_ANSWERS_WAITING_MAX);
        let (inbound, arrivals) = (Arc::clone(&self.inbound), Arc::clone(&self.arrivals));
        let (ids, stopping) = (self.ids, self.stopping.clone());
        tokio::spawn(async move {
            let received = tokio::select! {
                received = snapshot_receive::receive(&inbound, &arrivals, (ids, from), request.into_inner(), &answers) => received,
                () = stopped(stopping) => Err(Status::unavailable("this member is stopping")),
            };
            let answer = received.map(|applied_index| wire::SnapshotAnswer {
                answer: Some(wire::snapshot_answer::Answer::Result(wire::SnapshotResult { applied_index })),
            });
            if let Err(status) = &answer {
                warn!(peer = %format_args!("{from:x}"), reason = status.message(), "did not take a snapshot from a peer");
            }
            if answers.send(answer).await.is_err() {
                debug!(peer = %format_args!("{from:x}"), "a peer does not wait for what became of its snapshot");
            }
        });
        Ok(Response::new(ReceiverStream::new(answered)))
    }

    async fn lease_keep_alive(&self, request: Request<wire::LeaseId>) -> Result<Response<wire::LeaseKeepAliveReply>, Status> {
        self.admit(request.metadata())?;
        let ttl_secs = self.inbound.lease_keep_alive(request.into_inner().id).await?;
        Ok(Response::new(wire::LeaseKeepAliveReply { ttl_secs }))
    }

    async fn lease_time_to_live(
        &self,
        request: Request<wire::LeaseTimeToLiveQuery>,
    ) -> Result<Response<wire::LeaseTimeToLiveReply>, Status> {
        self.admit(request.metadata())?;
        let wire::LeaseTimeToLiveQuery { id, keys } = request.into_inner();
        self.inbound.lease_time_to_live(id, keys).await.map(Response::new)
    }

    async fn promote_member(&self, request: Request<wire::MemberId>) -> Result<Response<wire::PromoteReply>, Status> {
        self.admit(request.metadata())?;
        let verdict = self.inbound.promote_member(request.into_inner().id).await?;
        Ok(Response::new(wire::PromoteReply { verdict: verdict.into() }))
    }

    async fn reach_me_at(&self, request: Request<wire::Caller>) -> Result<Response<wire::Empty>, Status> {
        let from = self.admit(request.metadata())?;
        if let Some(outbox) = &self.outbox {
            outbox.called_by(from, request.into_inner().peer_urls);
        }
        Ok(Response::new(wire::Empty {}))
    }

    async fn identify(&self, request: Request<wire::Empty>) -> Result<Response<wire::Identity>, Status> {
        let from = self.admit(request.metadata())?;
        self.call_back(from);
        let Ids { cluster_id, member_id } = self.ids;
        Ok(Response::new(wire::Identity { cluster_id, member_id, version: SERVER_VERSION.to_owned() }))
    }

    async fn cluster_information(&self, request: Request<wire::ClusterQuery>) -> Result<Response<wire::ClusterAnswer>, Status> {
        Ok(Response::new(self.inbound.cluster(request.into_inner().member_id)))
    }
}

/// The silent answer to a stream of messages. Polling it delivers them.
struct Receiving {
    member: u64,
    from: u64,
    expected: Route,
    batches: Streaming<wire::Batch>,
    inbound: Arc<dyn Inbound>,
    stopping: Pin<Box<dyn Future<Output = ()> + Send>>,
    /// When to look whether the peer was taken out meanwhile. One that has nothing to say would never hear of it.
    looks: Interval,
}

impl Receiving {
    /// A message that no sound member sends ends the stream: better a link that is made again than half a conversation.
    fn check(&self, message: &wire::Message) -> Result<(), Status> {
        if message.to != self.member {
            let text = format!("a message for member {:x} came to {:x}", message.to, self.member);
            return Err(Status::invalid_argument(text));
        }
        if route(message.r#type) != self.expected {
            let text = format!("message type {} does not belong on the stream {:?}", message.r#type, self.expected);
            return Err(Status::invalid_argument(text));
        }
        Ok(())
    }
}

impl Stream for Receiving {
    type Item = Result<wire::Empty, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.stopping.as_mut().poll(context).is_ready() {
            return Poll::Ready(None);
        }
        while self.looks.poll_tick(context).is_ready() {
            if self.inbound.is_removed(self.from) {
                return Poll::Ready(Some(Err(removal(&*self.inbound))));
            }
        }
        for _ in 0..BATCHES_PER_TURN {
            match std::task::ready!(Pin::new(&mut self.batches).poll_next(context)) {
                Some(Ok(wire::Batch { messages })) => {
                    if let Err(status) = messages.iter().try_for_each(|message| self.check(message)) {
                        warn!(peer = %format_args!("{:x}", self.from), reason = status.message(), "ended a stream from a peer");
                        return Poll::Ready(Some(Err(status)));
                    }
                    if self.inbound.is_removed(self.from) {
                        return Poll::Ready(Some(Err(removal(&*self.inbound))));
                    }
                    self.inbound.deliver(messages);
                }
                Some(Err(status)) => {
                    debug!(peer = %format_args!("{:x}", self.from), reason = status.message(), "a stream from a peer broke");
                    return Poll::Ready(Some(Err(status)));
                }
                None => return Poll::Ready(None),
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

/// How this member refuses one that was taken out.
fn removal(inbound: &dyn Inbound) -> Status {
    Removal { by_voter: inbound.votes() }.status()
}

/// Ends when the member stops, or when whoever would say so is gone.
async fn stopped(mut stopping: watch::Receiver<bool>) {
    if stopping.wait_for(|stopping| *stopping).await.is_err() {
        debug!("the end of serving was not announced");
    }
}
