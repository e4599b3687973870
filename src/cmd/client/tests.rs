//! Against servers that fail in a way of our choosing.

use super::*;
use clap::Parser;
use quorate_proto::etcdserverpb::{
    CompactionRequest, CompactionResponse, DeleteRangeRequest, DeleteRangeResponse, PutRequest, PutResponse, RangeRequest,
    RangeResponse, RangeStreamResponse, TxnRequest, TxnResponse,
    kv_server::{Kv, KvServer},
};
use std::{pin::Pin, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_stream::{Stream, wrappers::TcpListenerStream};
use tonic::transport::Server;

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    global: Global,
}

fn client(endpoints: &[&Fake], flags: &[&str]) -> Client {
    let endpoints: Vec<&str> = endpoints.iter().map(|fake| fake.endpoint.as_str()).collect();
    let endpoints = format!("--endpoints={}", endpoints.join(","));
    let words = [&["quorate", &endpoints, "--dial-timeout=500ms"], flags].concat();
    Client::new(&Flags::try_parse_from(words).unwrap().global).unwrap()
}

/// A server that fails the requests it was told to, counts all, and answers the others with nothing.
struct Fake {
    endpoint: String,
    state: Arc<Mutex<FakeState>>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct FakeState {
    requests: usize,
    failures: Vec<Status>,
    /// Answer nothing at all.
    silent: bool,
    deadline: Option<String>,
}

impl Fake {
    async fn start(failures: Vec<Status>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = listener.local_addr().unwrap().to_string();
        let state = Arc::new(Mutex::new(FakeState { failures, ..FakeState::default() }));
        let service = KvServer::new(FakeKv(state.clone()));
        let serving = Server::builder().serve_with_incoming(service, TcpListenerStream::new(listener));
        let task = tokio::spawn(async { serving.await.unwrap() });
        Self { endpoint, state, task }
    }

    /// An address at which nobody listens any more.
    async fn gone() -> Self {
        let fake = Self::start(Vec::new()).await;
        fake.task.abort();
        // The listener is closed when the task has been dropped.
        while !fake.task.is_finished() {
            tokio::task::yield_now().await;
        }
        fake
    }

    fn requests(&self) -> usize {
        self.state.lock().requests
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct FakeKv(Arc<Mutex<FakeState>>);

impl FakeKv {
    async fn answer<Q, A: Default>(&self, request: Request<Q>) -> Result<Response<A>, Status> {
        let silent = {
            let mut state = self.0.lock();
            state.requests += 1;
            state.deadline = request.metadata().get("grpc-timeout").map(|value| value.to_str().unwrap().to_owned());
            state.silent
        };
        if silent {
            std::future::pending::<()>().await;
        }
        self.0.lock().failures.pop().map_or(Ok(Response::new(A::default())), Err)
    }
}

#[tonic::async_trait]
impl Kv for FakeKv {
    type RangeStreamStream = Pin<Box<dyn Stream<Item = Result<RangeStreamResponse, Status>> + Send>>;

    async fn range(&self, request: Request<RangeRequest>) -> Result<Response<RangeResponse>, Status> {
        self.answer(request).await
    }
    async fn range_stream(&self, _: Request<RangeRequest>) -> Result<Response<Self::RangeStreamStream>, Status> {
        Err(Status::unimplemented(""))
    }
    async fn put(&self, request: Request<PutRequest>) -> Result<Response<PutResponse>, Status> {
        self.answer(request).await
    }
    async fn delete_range(&self, request: Request<DeleteRangeRequest>) -> Result<Response<DeleteRangeResponse>, Status> {
        self.answer(request).await
    }
    async fn txn(&self, request: Request<TxnRequest>) -> Result<Response<TxnResponse>, Status> {
        self.answer(request).await
    }
    async fn compact(&self, request: Request<CompactionRequest>) -> Result<Response<CompactionResponse>, Status> {
        self.answer(request).await
    }
}

async fn get(client: &Client) -> Result<RangeResponse, RpcError> {
    client.call(Retry::Read, RangeRequest::default(), async |connection, request| connection.kv().range(request).await).await
}

async fn put(client: &Client) -> Result<PutResponse, RpcError> {
    client.call(Retry::Write, PutRequest::default(), async |connection, request| connection.kv().put(request).await).await
}

#[tokio::test]
async fn a_read_is_sent_again_while_the_server_is_unavailable() {
    let fake = Fake::start(vec![Status::unavailable("etcdserver: no leader"); 3]).await;
    get(&client(&[&fake], &[])).await.unwrap();
    assert_eq!(fake.requests(), 4);
}

#[tokio::test]
async fn a_write_is_sent_once() {
    let fake = Fake::start(vec![Status::unavailable("etcdserver: request timed out"); 3]).await;
    let error = put(&client(&[&fake], &[])).await.unwrap_err();
    assert_eq!((error.code(), error.to_string().as_str()), (Code::Unavailable, "etcdserver: request timed out"));
    assert_eq!(fake.requests(), 1);
}

#[tokio::test]
async fn a_refusal_is_final_for_reads_too() {
    let fake = Fake::start(vec![Status::out_of_range(rpc_error::REQUIRED_FUTURE)]).await;
    assert_eq!(get(&client(&[&fake], &[])).await.unwrap_err().to_string(), rpc_error::REQUIRED_FUTURE);
    assert_eq!(fake.requests(), 1);
}

#[tokio::test]
async fn what_a_learner_cannot_do_the_next_endpoint_does() {
    let refusal = Status::failed_precondition("etcdserver: rpc not supported for learner");
    let (learner, voter) = (Fake::start(vec![refusal.clone()]).await, Fake::start(Vec::new()).await);
    put(&client(&[&learner, &voter], &[])).await.unwrap();
    assert_eq!((learner.requests(), voter.requests()), (1, 1));

    let alone = Fake::start(vec![refusal]).await;
    assert_eq!(put(&client(&[&alone], &[])).await.unwrap_err().code(), Code::FailedPrecondition);
}

#[tokio::test]
async fn reads_and_writes_pass_over_an_endpoint_where_nobody_listens() {
    let (gone, fake) = (Fake::gone().await, Fake::start(Vec::new()).await);
    put(&client(&[&gone, &fake], &[])).await.unwrap();
    get(&client(&[&gone, &fake], &[])).await.unwrap();
    assert_eq!(fake.requests(), 2);
}

#[tokio::test]
async fn the_deadline_travels_with_the_request_and_holds_without_an_answer() {
    let fake = Fake::start(Vec::new()).await;
    fake.state.lock().silent = true;
    let error = get(&client(&[&fake], &["--command-timeout=200ms"])).await.unwrap_err();
    assert!(matches!(error, RpcError::Deadline { .. }), "{error:?}");
    assert!(fake.state.lock().deadline.is_some());
}

#[tokio::test]
async fn without_a_connection_the_deadline_tells_the_last_cause() {
    let gone = Fake::gone().await;
    let start = Instant::now();
    let error = get(&client(&[&gone], &["--command-timeout=200ms"])).await.unwrap_err();
    assert!(start.elapsed() >= Duration::from_millis(200));
    let RpcError::Deadline { last: Some(last) } = error else { panic!("{error:?}") };
    assert!(last.starts_with(&gone.endpoint), "{last}");
}

#[tokio::test]
async fn without_a_deadline_the_answer_is_waited_for_but_not_the_connection() {
    let gone = Fake::gone().await;
    let client = client(&[&gone], &["--command-timeout=200ms"]);
    let rpc = client
        .call_until(None, Retry::Write, TxnRequest::default(), async |connection, request| connection.kv().txn(request).await);
    assert!(matches!(rpc.await.unwrap_err(), RpcError::Deadline { .. }));
}

#[tokio::test]
async fn a_request_beyond_the_limit_is_not_sent() {
    let fake = Fake::start(Vec::new()).await;
    let client = client(&[&fake], &["--max-request-bytes=100"]);
    let request = PutRequest { value: vec![0; 200].into(), ..Default::default() };
    let rpc = client.call(Retry::Write, request, async |connection, request| connection.kv().put(request).await);
    assert!(rpc.await.is_err());
    assert_eq!(fake.requests(), 0);
}

/// In front of `fake`: the first connection is closed by `farewell` as soon as a request has come, later ones are passed on.
async fn door(fake: &Fake, farewell: &'static [u8]) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, behind) = (listener.local_addr().unwrap().to_string(), fake.endpoint.clone());
    let task = tokio::spawn(async move {
        let (mut first, _) = listener.accept().await.unwrap();
        first.write_all(SETTINGS).await.unwrap();
        until_request(&mut first).await;
        first.write_all(farewell).await.unwrap();
        first.shutdown().await.unwrap();
        loop {
            let (mut client, _) = listener.accept().await.unwrap();
            let mut server = TcpStream::connect(&behind).await.unwrap();
            tokio::spawn(async move { tokio::io::copy_bidirectional(&mut client, &mut server).await });
        }
    });
    (address, task)
}

/// An empty SETTINGS frame.
const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];
/// A GOAWAY frame: nothing was taken, no error.
const NOTHING_TAKEN: &[u8] = &[0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
/// A GOAWAY frame: stream 1, the first request, was taken, no error.
const FIRST_TAKEN: &[u8] = &[0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0];

/// Reads the client's frames up to its first HEADERS.
async fn until_request(stream: &mut TcpStream) {
    let mut preface = [0; 24];
    stream.read_exact(&mut preface).await.unwrap();
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await.unwrap();
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        stream.read_exact(&mut vec![0; length as usize]).await.unwrap();
        if head[3] == 1 {
            return;
        }
    }
}

async fn put_through(farewell: &'static [u8]) -> (Result<PutResponse, RpcError>, usize) {
    let fake = Fake::start(Vec::new()).await;
    let (address, task) = door(&fake, farewell).await;
    let words = ["quorate", "--dial-timeout=500ms", &format!("--endpoints={address}")];
    let answer = put(&Client::new(&Flags::try_parse_from(words).unwrap().global).unwrap()).await;
    task.abort();
    (answer, fake.requests())
}

#[tokio::test]
async fn a_write_that_a_stopping_server_did_not_take_is_sent_again_and_one_that_it_took_is_not() {
    let (answer, arrived) = put_through(NOTHING_TAKEN).await;
    answer.unwrap();
    assert_eq!(arrived, 1);

    for farewell in [FIRST_TAKEN, b""] {
        let (answer, arrived) = put_through(farewell).await;
        assert!(answer.is_err());
        assert_eq!(arrived, 0, "it may have taken effect");
    }
}
