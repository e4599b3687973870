//! The KV service: ranges, puts, deletes, transactions, compaction.
//!
//! Written by hand rather than generated, because its answers hold stored records as they are ([`super::wire`]).

use std::{
    convert::Infallible,
    future::Future,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, Request as HttpRequest, Response as HttpResponse};
use quorate_proto::etcdserverpb::{
    AlarmRequest, AlarmType, CompactionRequest, CompactionResponse, DeleteRangeRequest, PutRequest, RangeRequest, RequestOp,
    TxnRequest, alarm_request::AlarmAction, request_op::Request as OpRequest,
};
use tonic::{Request, Status, codegen::StdError, metadata::MetadataMap};
use tonic_prost::ProstCodec;

use super::{
    super::{
        apply::{Command, OpReply, RangeReply, Reply, TxnReply, range_options, run_read_txn},
        auth::{AuthStore, Author},
        backend::BackendError,
        limits,
        mvcc::{RangeEffort, run_range_within},
        planted::{Bug, planted},
        refusal::Refusal,
        server::{
            ServerHandle,
            auth::{Caller, Change},
        },
    },
    caller::{Shown, propose, still_allowed},
    header, range_stream,
    status::ApiError,
    unary::{Answer, GrpcBody, HttpFuture, UnaryBody, in_one, in_pieces, read_message, respond},
    validate,
    wire::{DeleteRangeResponse, PutResponse, RangeResponse, RangeStreamResponse, TxnResponse},
};

/// What a range may be to be read on the thread that serves clients; larger ones go to a thread of their own.
pub(super) const INLINE: RangeEffort = RangeEffort { keys_max: 256, bytes_max: 1024 * 1024 };

/// What a write of no bytes costs the quota. Source: etcd.
const PUT_COST_BYTES: usize = 256;
/// What a lease costs the quota. Source: etcd.
pub const LEASE_COST_BYTES: usize = 64;

/// Serves `etcdserverpb.KV`.
#[derive(Clone)]
pub struct KvService {
    server: ServerHandle,
}

impl KvService {
    pub fn new(server: ServerHandle) -> Self {
        Self { server }
    }
}

impl tonic::server::NamedService for KvService {
    const NAME: &'static str = "etcdserverpb.KV";
}

impl<B> tower_service::Service<HttpRequest<B>> for KvService
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<StdError> + Send + 'static,
{
    type Response = HttpResponse<GrpcBody>;
    type Error = Infallible;
    type Future = HttpFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: HttpRequest<B>) -> HttpFuture {
        let server = self.server.clone();
        match request.uri().path() {
            "/etcdserverpb.KV/Range" => unary(request, server, range),
            "/etcdserverpb.KV/Put" => unary(request, server, put),
            "/etcdserverpb.KV/DeleteRange" => unary(request, server, delete_range),
            "/etcdserverpb.KV/Txn" => unary(request, server, txn),
            "/etcdserverpb.KV/Compact" => unary(request, server, compact),
            "/etcdserverpb.KV/RangeStream" => {
                let codec = ProstCodec::<RangeStreamResponse, RangeRequest>::default();
                let mut grpc = tonic::server::Grpc::new(codec)
                    .apply_max_message_size_config(Some(message_bytes_max(&server)), Some(usize::MAX));
                Box::pin(async move {
                    let response = grpc.server_streaming(range_stream::Method(server), request).await;
                    Ok(response.map(GrpcBody::Tonic))
                })
            }
            _ => Box::pin(async { Ok(Status::unimplemented("").into_http::<tonic::body::Body>().map(GrpcBody::Tonic)) }),
        }
    }
}

fn message_bytes_max(server: &ServerHandle) -> usize {
    server.limits().request_bytes_max + limits::GRPC_OVERHEAD_BYTES
}

fn unary<B, Q, A, F, Fut>(request: HttpRequest<B>, server: ServerHandle, call: F) -> HttpFuture
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<StdError> + Send + 'static,
    Q: prost::Message + Default + 'static,
    A: Answer + 'static,
    F: Fn(ServerHandle, Shown, Q) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<A, Status>> + Send + 'static,
{
    Box::pin(async move {
        let (head, body) = request.into_parts();
        let answer = async {
            admit_headers(&server, &head.headers)?;
            let request = read_message(&head.headers, body, message_bytes_max(&server)).await?;
            let shown = Shown::of(&server, &head.headers, &head.extensions);
            call(server, shown, request).await
        };
        Ok(respond(answer.await).map(GrpcBody::Unary))
    })
}

/// Bytes of records from which copying them once more costs more than a few frames.
const LARGE_ANSWER_BYTES: usize = 64 * 1024;

impl Answer for RangeResponse {
    fn into_body(self) -> Result<UnaryBody, Status> {
        if self.kvs.frames().len() < LARGE_ANSWER_BYTES { in_one(&self) } else { in_pieces(self.into_pieces()) }
    }
}

impl Answer for PutResponse {
    fn into_body(self) -> Result<UnaryBody, Status> {
        in_one(&self)
    }
}

impl Answer for DeleteRangeResponse {
    fn into_body(self) -> Result<UnaryBody, Status> {
        in_one(&self)
    }
}

impl Answer for TxnResponse {
    fn into_body(self) -> Result<UnaryBody, Status> {
        in_one(&self)
    }
}

impl Answer for CompactionResponse {
    fn into_body(self) -> Result<UnaryBody, Status> {
        in_one(&self)
    }
}

/// What metadata asks of every call: a leader, and a readable client version.
///
/// # Errors
/// [`ApiError::NoLeader`], [`ApiError::InvalidClientApiVersion`].
pub fn admit(server: &ServerHandle, metadata: &MetadataMap) -> Result<(), ApiError> {
    admit_headers(server, metadata.as_ref())
}

/// Lets a single call in: what it shows, and what it asks.
///
/// # Errors
/// As [`admit`].
pub fn enter<Q>(server: &ServerHandle, request: Request<Q>) -> Result<(Shown, Q), Status> {
    admit(server, request.metadata())?;
    let shown = Shown::of(server, request.metadata().as_ref(), request.extensions());
    Ok((shown, request.into_inner()))
}

fn admit_headers(server: &ServerHandle, headers: &HeaderMap) -> Result<(), ApiError> {
    if let Some(version) = headers.get("client-api-version")
        && std::str::from_utf8(version.as_bytes()).is_err()
    {
        return Err(ApiError::InvalidClientApiVersion);
    }
    let wants_leader = headers.get("hasleader").is_some_and(|value| value == "true");
    if wants_leader && server.node().status().leader == 0 {
        return Err(ApiError::NoLeader);
    }
    Ok(())
}

/// Range.
///
/// # Errors
/// As etcd words them.
pub async fn range(server: ServerHandle, shown: Shown, request: RangeRequest) -> Result<RangeResponse, Status> {
    validate::range(&request)?;
    let may_read = |auth: &AuthStore, author: &Author| auth.check_range(author, &request.key, &request.range_end);
    let early = if planted(Bug::ReadJudgedEarly) { Some(shown.allowed(&server, may_read).await?) } else { None };
    if !request.serializable {
        if server.is_learner() {
            return Err(ApiError::NotForLearner.into());
        }
        server.linearizable().await?;
    }
    server.room_for_short_read().await?;
    let caller = match early {
        Some(_) => Caller::default(),
        None => shown.allowed(&server, may_read).await?,
    };
    let reply = match read(&server, &request, INLINE)? {
        Some(reply) => reply,
        None => {
            let _turn = server.turn_for_long_read().await?;
            let on_thread = server.clone();
            blocking(move || read(&on_thread, &request, RangeEffort::ANY)).await?.expect("an unlimited read does not give up")
        }
    };
    still_allowed(&server, &caller)?;
    Ok(RangeResponse::new(header::at(&server, reply.revision), reply))
}

/// Reads a range; `None` when it is more than `effort`.
fn read(server: &ServerHandle, request: &RangeRequest, effort: RangeEffort) -> Result<Option<RangeReply>, Status> {
    let options = range_options(request);
    let read = server.store().read_at(request.revision, |view| run_range_within(view, &options, effort));
    let (found, revision) = read.map_err(|error| fault(server, error))?.map_err(Refusal::from)?;
    Ok(found.map(|found| RangeReply { revision, kvs: found.kvs, more: found.more, count: found.count }))
}

/// Runs blocking work on a thread that may block; without a runtime that has such threads, where it stands.
///
/// # Errors
/// Those of the work; a panic of it is an internal error.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Status> + Send + 'static) -> Result<T, Status> {
    if tokio::runtime::Handle::try_current().is_err() {
        return work();
    }
    tokio::task::spawn_blocking(work).await.map_err(|error| Status::internal(format!("quorate: {error}")))?
}

/// A read met a damaged or failing backend. The read is not answered, and at damage the member stops.
pub fn fault(server: &ServerHandle, error: BackendError) -> Status {
    tracing::error!(%error, "read failed");
    let status = Status::data_loss(format!("quorate: {error}"));
    if error.is_damage() {
        server.report_fault(error.to_string());
    }
    status
}

/// Put.
///
/// # Errors
/// As etcd words them.
pub async fn put(server: ServerHandle, shown: Shown, request: PutRequest) -> Result<PutResponse, Status> {
    let fits = match validate::put(&request) {
        Ok(()) => has_space(&server, put_cost(&request)).await,
        Err(error) => Err(error.into()),
    };
    let command = Command::Put(request);
    let caller = changing(&server, &shown, &command, fits).await?;
    match propose(&server, &caller, command).await?? {
        Reply::Op(OpReply::Put(reply)) => Ok(PutResponse::new(header::at(&server, reply.revision), reply)),
        reply => Err(unexpected(&reply)),
    }
}

/// DeleteRange.
///
/// # Errors
/// As etcd words them.
pub async fn delete_range(
    server: ServerHandle,
    shown: Shown,
    request: DeleteRangeRequest,
) -> Result<DeleteRangeResponse, Status> {
    let fits = match validate::delete_range(&request) {
        Ok(()) if request.prev_kv && !request.range_end.is_empty() => server.room_for_long_answer().await.map_err(Status::from),
        verdict => verdict.map_err(Status::from),
    };
    let command = Command::DeleteRange(request);
    let caller = changing(&server, &shown, &command, fits).await?;
    match propose(&server, &caller, command).await?? {
        Reply::Op(OpReply::Delete(reply)) => Ok(DeleteRangeResponse::new(header::at(&server, reply.revision), reply)),
        reply => Err(unexpected(&reply)),
    }
}

/// Txn.
///
/// # Errors
/// As etcd words them.
pub async fn txn(server: ServerHandle, shown: Shown, request: TxnRequest) -> Result<TxnResponse, Status> {
    let valid = validate::txn(&request, server.limits().txn_ops_max);
    if reads_only(&request) {
        valid?;
        return read_txn(server, shown, request).await;
    }
    let fits = match valid {
        Ok(()) => has_room(&server, &request).await,
        Err(error) => Err(error.into()),
    };
    let command = Command::Txn(request);
    let caller = changing(&server, &shown, &command, fits).await?;
    match propose(&server, &caller, command).await?? {
        Reply::Op(OpReply::Txn(reply)) => Ok(TxnResponse::new(header::at(&server, reply.revision), reply)),
        reply => Err(unexpected(&reply)),
    }
}

/// Whether there is space for what a transaction puts, and room for what it answers.
async fn has_room(server: &ServerHandle, request: &TxnRequest) -> Result<(), Status> {
    has_space(server, txn_cost(request)).await?;
    if reads_ranges(request) {
        server.room_for_long_answer().await?;
    }
    Ok(())
}

/// A transaction of nothing but ranges is not replicated. It is linearizable unless all of its ranges are serializable; one
/// without any operation counts as that. Source: etcd 3.7.
async fn read_txn(server: ServerHandle, shown: Shown, request: TxnRequest) -> Result<TxnResponse, Status> {
    let serializable = request
        .success
        .iter()
        .chain(&request.failure)
        .all(|op| matches!(&op.request, Some(OpRequest::RequestRange(range)) if range.serializable));
    if !serializable {
        server.linearizable().await?;
    }
    let caller = shown.allowed(&server, |auth, author| auth.check_txn(author, &request, &server.state().lessor.read())).await?;
    let points = |op: &RequestOp| matches!(&op.request, Some(OpRequest::RequestRange(range)) if range.range_end.is_empty());
    let small = request.success.iter().chain(&request.failure).all(points)
        && request.compare.iter().all(|compare| compare.range_end.is_empty());
    let on_thread = server.clone();
    let work = move || -> Result<TxnReply, Status> {
        let ran = run_read_txn(on_thread.store(), &request);
        Ok(ran.map_err(|error| fault(&on_thread, error))??)
    };
    let reply = if small {
        server.room_for_short_read().await?;
        work()?
    } else {
        let _turn = server.turn_for_long_read().await?;
        blocking(work).await?
    };
    still_allowed(&server, &caller)?;
    Ok(TxnResponse::new(header::at(&server, reply.revision), reply))
}

fn reads_only(request: &TxnRequest) -> bool {
    let range = |op: &RequestOp| matches!(op.request, Some(OpRequest::RequestRange(_)));
    request.success.iter().chain(&request.failure).all(range)
}

/// Whether the answer may hold more than the values of a few keys.
fn reads_ranges(request: &TxnRequest) -> bool {
    request.success.iter().chain(&request.failure).any(|op| match &op.request {
        Some(OpRequest::RequestRange(range)) => !range.range_end.is_empty(),
        Some(OpRequest::RequestDeleteRange(delete)) => delete.prev_kv && !delete.range_end.is_empty(),
        Some(OpRequest::RequestTxn(nested)) => reads_ranges(nested),
        _ => false,
    })
}

/// Compact.
///
/// # Errors
/// As etcd words them.
pub async fn compact(server: ServerHandle, shown: Shown, request: CompactionRequest) -> Result<CompactionResponse, Status> {
    let CompactionRequest { revision, physical } = request;
    let (root, command) = (shown.root(&server).await, Command::Compact(request));
    let caller = shown.noted(&server, root, || Change::of_command(&command)).await?;
    let outcome = propose(&server, &caller, command).await?;
    // Physical compaction also waits when the revision was compacted before.
    if physical && matches!(outcome, Ok(_) | Err(Refusal::Compacted)) {
        let wanted = revision.min(server.store().compact_revision());
        let _ = server.clock().timeout(server.limits().request_timeout * 10, server.sweep().reached(wanted)).await;
    }
    match outcome? {
        Reply::Compacted { revision } => Ok(CompactionResponse { header: header::at(&server, revision) }),
        reply => Err(unexpected(&reply)),
    }
}

/// Who makes a call whose permissions are looked at when it is applied, if its shape and size let it in.
async fn changing(server: &ServerHandle, shown: &Shown, command: &Command, fits: Result<(), Status>) -> Result<Caller, Status> {
    let caller = match fits {
        Ok(()) => shown.caller(server).await,
        Err(refused) => Err(refused),
    };
    shown.noted(server, caller, || Change::of_command(command)).await
}

/// The quota's door: without space for `cost` the NOSPACE alarm is raised for this member, and the request refused.
///
/// # Errors
/// [`ApiError::NoSpace`].
pub async fn has_space(server: &ServerHandle, cost: usize) -> Result<(), Status> {
    if server.has_space_for(cost) {
        return Ok(());
    }
    let mut alarm = AlarmRequest { member_id: server.identity().member_id, ..AlarmRequest::default() };
    alarm.set_action(AlarmAction::Activate);
    alarm.set_alarm(AlarmType::Nospace);
    if let Err(error) = server.propose(Command::Alarm(alarm)).await {
        tracing::warn!(%error, "the NOSPACE alarm is not raised yet");
    }
    Err(ApiError::NoSpace.into())
}

fn put_cost(request: &PutRequest) -> usize {
    PUT_COST_BYTES + request.key.len() + request.value.len()
}

/// The larger branch counts. Source: etcd 3.7, nested transactions included.
fn txn_cost(request: &TxnRequest) -> usize {
    let cost = |ops: &[RequestOp]| {
        ops.iter()
            .map(|op| match &op.request {
                Some(OpRequest::RequestPut(put)) => put_cost(put),
                Some(OpRequest::RequestTxn(nested)) => txn_cost(nested),
                _ => 0,
            })
            .sum::<usize>()
    };
    cost(&request.success).max(cost(&request.failure))
}

/// Apply answered a command with another command's reply: a defect of this program.
pub fn unexpected(reply: &Reply) -> Status {
    Status::internal(format!("quorate: unexpected reply {reply:?}"))
}
