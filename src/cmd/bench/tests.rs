//! The whole generator against a small server in the same process.

use std::{
    collections::BTreeSet,
    convert::Infallible,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use clap::Parser;
use hyper::{body::Incoming, server::conn::http2, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use quorate_proto::{
    etcdserverpb::{
        CompactionRequest, CompactionResponse, DeleteRangeRequest, DeleteRangeResponse, LeaseGrantRequest, LeaseGrantResponse,
        LeaseKeepAliveRequest, LeaseKeepAliveResponse, LeaseLeasesRequest, LeaseLeasesResponse, LeaseRevokeRequest,
        LeaseRevokeResponse, LeaseTimeToLiveRequest, LeaseTimeToLiveResponse, PutRequest, PutResponse, RangeRequest,
        RangeResponse, RangeStreamResponse, TxnRequest, TxnResponse, WatchRequest, WatchResponse,
        kv_server::{Kv, KvServer},
        lease_server::{Lease, LeaseServer},
        request_op,
        watch_request::RequestUnion,
        watch_server::{Watch, WatchServer},
    },
    mvccpb::{Event, KeyValue},
};
use tokio::{net::TcpListener, sync::broadcast};
use tokio_stream::{Stream, StreamExt};
use tonic::{Request, Response, Status, Streaming, body::Body};
use tower_service::Service;

use super::{Cli, report::Report, verdict, versus};

type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// Answers everything with nothing, and remembers what it was asked.
#[derive(Clone)]
struct Fake {
    keys: Arc<Mutex<BTreeSet<Vec<u8>>>>,
    puts: Arc<AtomicU64>,
    serializable_reads: Arc<AtomicU64>,
    keep_alives: Arc<AtomicU64>,
    events: broadcast::Sender<KeyValue>,
    /// Every put of this number and its multiples is refused.
    refuse_every: u64,
    /// How long a read takes.
    read_time: Duration,
}

impl Fake {
    fn new() -> Fake {
        Fake {
            keys: Arc::default(),
            puts: Arc::default(),
            serializable_reads: Arc::default(),
            keep_alives: Arc::default(),
            events: broadcast::channel(1 << 12).0,
            refuse_every: u64::MAX,
            read_time: Duration::ZERO,
        }
    }

    /// Serves until the test ends.
    async fn serve(&self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let fake = self.clone();
        tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                let fake = fake.clone();
                let service = service_fn(move |request| fake.clone().route(request));
                let connection = http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(socket), service);
                tokio::spawn(connection);
            }
        });
        address
    }

    async fn route(self, request: http::Request<Incoming>) -> Result<http::Response<Body>, Infallible> {
        let path = request.uri().path().to_owned();
        match path.split('/').nth(1).unwrap() {
            "etcdserverpb.KV" => KvServer::new(self).call(request).await,
            "etcdserverpb.Lease" => LeaseServer::new(self).call(request).await,
            _ => WatchServer::new(self).call(request).await,
        }
    }

    fn put_one(&self, put: PutRequest) -> Result<(), Status> {
        if (self.puts.fetch_add(1, Ordering::Relaxed) + 1).is_multiple_of(self.refuse_every) {
            return Err(Status::resource_exhausted("etcdserver: mvcc: database space exceeded"));
        }
        self.keys.lock().unwrap().insert(put.key.to_vec());
        // Nobody may be watching.
        let _ = self.events.send(KeyValue { key: put.key, value: put.value, ..KeyValue::default() });
        Ok(())
    }

    fn put_count(&self) -> u64 {
        self.puts.load(Ordering::Relaxed)
    }

    fn key_count(&self) -> usize {
        self.keys.lock().unwrap().len()
    }
}

#[tonic::async_trait]
impl Kv for Fake {
    type RangeStreamStream = Answers<RangeStreamResponse>;

    async fn range(&self, request: Request<RangeRequest>) -> Result<Response<RangeResponse>, Status> {
        tokio::time::sleep(self.read_time).await;
        if request.into_inner().serializable {
            self.serializable_reads.fetch_add(1, Ordering::Relaxed);
        }
        Ok(Response::new(RangeResponse::default()))
    }

    async fn range_stream(&self, _: Request<RangeRequest>) -> Result<Response<Self::RangeStreamStream>, Status> {
        Err(Status::unimplemented("range_stream"))
    }

    async fn put(&self, request: Request<PutRequest>) -> Result<Response<PutResponse>, Status> {
        self.put_one(request.into_inner())?;
        Ok(Response::new(PutResponse::default()))
    }

    async fn delete_range(&self, _: Request<DeleteRangeRequest>) -> Result<Response<DeleteRangeResponse>, Status> {
        Err(Status::unimplemented("delete_range"))
    }

    async fn txn(&self, request: Request<TxnRequest>) -> Result<Response<TxnResponse>, Status> {
        let mut keys = BTreeSet::new();
        for op in request.into_inner().success {
            let Some(request_op::Request::RequestPut(put)) = op.request else {
                return Err(Status::invalid_argument("not a put"));
            };
            if !keys.insert(put.key.clone()) {
                return Err(Status::invalid_argument("etcdserver: duplicate key given in txn request"));
            }
            self.put_one(put)?;
        }
        Ok(Response::new(TxnResponse::default()))
    }

    async fn compact(&self, _: Request<CompactionRequest>) -> Result<Response<CompactionResponse>, Status> {
        Err(Status::unimplemented("compact"))
    }
}

#[tonic::async_trait]
impl Lease for Fake {
    type LeaseKeepAliveStream = Answers<LeaseKeepAliveResponse>;

    async fn lease_grant(&self, request: Request<LeaseGrantRequest>) -> Result<Response<LeaseGrantResponse>, Status> {
        let ttl = request.into_inner().ttl;
        Ok(Response::new(LeaseGrantResponse { id: 77, ttl, ..LeaseGrantResponse::default() }))
    }

    async fn lease_revoke(&self, _: Request<LeaseRevokeRequest>) -> Result<Response<LeaseRevokeResponse>, Status> {
        Err(Status::unimplemented("lease_revoke"))
    }

    async fn lease_keep_alive(
        &self,
        request: Request<Streaming<LeaseKeepAliveRequest>>,
    ) -> Result<Response<Self::LeaseKeepAliveStream>, Status> {
        let keep_alives = self.keep_alives.clone();
        let answers = request.into_inner().map(move |request| {
            let id = request?.id;
            if id != 77 {
                return Err(Status::not_found("etcdserver: requested lease not found"));
            }
            keep_alives.fetch_add(1, Ordering::Relaxed);
            Ok(LeaseKeepAliveResponse { id, ttl: 100, ..LeaseKeepAliveResponse::default() })
        });
        Ok(Response::new(Box::pin(answers)))
    }

    async fn lease_time_to_live(&self, _: Request<LeaseTimeToLiveRequest>) -> Result<Response<LeaseTimeToLiveResponse>, Status> {
        Err(Status::unimplemented("lease_time_to_live"))
    }

    async fn lease_leases(&self, _: Request<LeaseLeasesRequest>) -> Result<Response<LeaseLeasesResponse>, Status> {
        Err(Status::unimplemented("lease_leases"))
    }
}

#[tonic::async_trait]
impl Watch for Fake {
    type WatchStream = Answers<WatchResponse>;

    async fn watch(&self, request: Request<Streaming<WatchRequest>>) -> Result<Response<Self::WatchStream>, Status> {
        let mut requests = request.into_inner();
        let mut events = self.events.subscribe();
        let (answers, receiver) = tokio::sync::mpsc::channel(64);
        tokio::spawn(async move {
            let mut watched = Vec::new();
            loop {
                tokio::select! {
                    request = requests.next() => {
                        let Some(Ok(WatchRequest { request_union: Some(RequestUnion::CreateRequest(create)) })) = request
                        else { return };
                        watched.push(create.key);
                        let created = WatchResponse { created: true, ..WatchResponse::default() };
                        if answers.send(Ok(created)).await.is_err() { return }
                    }
                    Ok(kv) = events.recv() => {
                        for _ in watched.iter().filter(|key| **key == kv.key) {
                            let event = Event { kv: Some(kv.clone()), ..Event::default() };
                            let response = WatchResponse { events: vec![event], ..WatchResponse::default() };
                            if answers.send(Ok(response)).await.is_err() { return }
                        }
                    }
                }
            }
        });
        Ok(Response::new(Box::pin(tokio_stream::wrappers::ReceiverStream::new(receiver))))
    }
}

fn cli(address: SocketAddr, words: &str) -> Cli {
    let endpoints = format!("--endpoints={address}");
    Cli::try_parse_from(["bench", &endpoints].into_iter().chain(words.split_whitespace())).unwrap()
}

async fn bench(address: SocketAddr, words: &str) -> anyhow::Result<Report> {
    let cli = cli(address, words);
    let load = cli.shared.load(&cli.shared.server_pid, cli.operation.total_default())?;
    cli.operation.round(&cli.shared.endpoints, load, "").await
}

#[test]
fn the_command_line_is_consistent() {
    super::command().debug_assert();
}

#[tokio::test]
async fn puts_arrive_once_each_over_several_connections() {
    let server = Fake::new();
    let address = server.serve().await;
    let report = bench(address, "put --clients=20 --connections=3 --total=500 --key-space-size=100 --sequential-keys").await;
    let report = report.unwrap();
    assert_eq!((report.figures.requests, report.figures.errors), (500, 0));
    assert_eq!((server.put_count(), server.key_count()), (500, 100));
    assert!(report.figures.latency_us.p50 > 0.0);
    assert_eq!((report.clients, report.connections, verdict(&report)), (20, 3, None));
}

#[tokio::test]
async fn load_puts_every_key_once() {
    let server = Fake::new();
    let address = server.serve().await;
    bench(address, "load --clients=7 --total=333 --key-size=16 --val-size=300").await.unwrap();
    assert_eq!((server.put_count(), server.key_count()), (333, 333));
}

#[tokio::test]
async fn the_words_of_etcds_benchmark_are_understood() {
    let server = Fake::new();
    let address = server.serve().await;
    let report = bench(address, "--conns=2 --clients=4 txn-put --total=50 --txn-ops=3 --key-space-size=9 --val-size=4").await;
    assert_eq!(report.unwrap().figures.errors, 0);
    assert_eq!((server.put_count(), server.key_count()), (150, 9));
    bench(address, "range foo foz --consistency=s --limit=2 --total=5 --rate=0").await.unwrap();
    assert_eq!(server.serializable_reads.load(Ordering::Relaxed), 5);
    bench(address, "--clients=3 lease-keepalive --total=30").await.unwrap();
    assert_eq!(server.keep_alives.load(Ordering::Relaxed), 30);
    let report = bench(address, "lease --grant --total=3").await.unwrap();
    assert_eq!((report.title(), report.figures.errors), ("lease (grant)".to_owned(), 0));
}

#[tokio::test]
async fn refused_requests_are_counted_by_their_message_and_do_not_fail_the_run() {
    let server = Fake { refuse_every: 4, ..Fake::new() };
    let report = bench(server.serve().await, "put --total=40").await.unwrap();
    assert_eq!((report.figures.requests, report.figures.errors), (40, 10));
    assert_eq!(report.error_distribution["RESOURCE_EXHAUSTED: etcdserver: mvcc: database space exceeded"], 10);
    assert_eq!(verdict(&report), None);
}

#[tokio::test]
async fn a_run_in_which_everything_failed_is_a_failure() {
    let server = Fake { refuse_every: 1, ..Fake::new() };
    let address = server.serve().await;
    let report = bench(address, "put --total=3").await.unwrap();
    assert_eq!(verdict(&report), Some(format!("every request to {address} has failed")));
}

#[tokio::test]
async fn a_request_without_an_answer_is_given_up() {
    let server = Fake { read_time: Duration::from_secs(3600), ..Fake::new() };
    let report = bench(server.serve().await, "range k --clients=2 --total=4 --timeout=50ms").await.unwrap();
    assert_eq!(report.error_distribution, [("no answer within 50ms".to_owned(), 4)].into());
}

#[tokio::test]
async fn an_open_loop_counts_the_wait_for_a_busy_client() {
    // One client, 20 ms a read, a read due every 5 ms: the tenth is sent 135 ms after it was due, or later.
    let server = Fake { read_time: Duration::from_millis(20), ..Fake::new() };
    let report = bench(server.serve().await, "range k --total=10 --rate=200").await.unwrap();
    assert!(report.figures.latency_us.max >= 154_000.0, "{report:?}");
    assert!(report.sent_late_us.unwrap().max >= 134_000.0, "{report:?}");
    let closed = bench(Fake::new().serve().await, "range k --total=10").await.unwrap();
    assert_eq!((closed.sent_late_us, closed.unsent), (None, None));
}

#[tokio::test]
async fn every_watcher_gets_the_events_of_its_key() {
    let server = Fake::new();
    let words = "watch --streams=3 --watch-per-stream=5 --watched-key-total=4 --put-total=40 --connections=2 --clients=2";
    let report = bench(server.serve().await, words).await.unwrap();
    // 15 watchers share four keys in turn: 4, 4, 4 and 3 of them, each key put to ten times.
    assert_eq!((report.figures.requests, report.figures.errors), (150, 0));
    assert_eq!(report.creation.unwrap().requests, 15);
    assert_eq!(report.puts.unwrap().requests, 40);
    assert!(report.figures.latency_us.p50 > 0.0);
}

#[tokio::test]
async fn a_comparison_alternates_between_both_servers() {
    let (a, b) = (Fake::new(), Fake { read_time: Duration::from_millis(5), ..Fake::new() });
    let (address_a, address_b) = (a.serve().await, b.serve().await);
    let words =
        format!("range k --consistency=s --total=20 --rounds=3 --pause=0 --vs={address_b} --server-pid={}", std::process::id());
    let comparison = versus::compare(&cli(address_a, &words)).await.unwrap();
    for side in [&a, &b] {
        assert_eq!(side.serializable_reads.load(Ordering::Relaxed), 60);
    }
    assert_eq!((comparison.a.runs.len(), comparison.b.runs.len()), (3, 3));
    assert!(comparison.ratio.requests_per_second.unwrap() > 1.0, "{comparison:?}");
    assert!(comparison.a.median.server_cpu_us_per_request.is_some());
    assert_eq!(comparison.b.median.server_cpu_us_per_request, None);
}

#[tokio::test]
async fn a_connection_error_names_the_endpoint() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let closes_at_once = tokio::spawn(async move {
        drop(listener.accept().await.unwrap());
        listener
    });
    let error = format!("{:#}", bench(address, "put --total=1").await.unwrap_err());
    assert!(error.starts_with(&format!("cannot connect to {address}: it does not answer as an HTTP/2 server")), "{error}");
    drop(closes_at_once.await.unwrap());
    let error = format!("{:#}", bench(address, "put --total=1").await.unwrap_err());
    assert!(error.starts_with(&format!("cannot connect to {address}: Connection refused")), "{error}");
}

#[tokio::test]
async fn a_lost_connection_ends_its_clients_and_fails_the_run() {
    let server = Fake::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let fake = server.clone();
    tokio::spawn(async move {
        let (socket, _) = listener.accept().await.unwrap();
        let puts = fake.clone();
        let service = service_fn(move |request| fake.clone().route(request));
        let connection = http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(socket), service);
        let enough = async {
            while puts.put_count() < 100 {
                tokio::task::yield_now().await;
            }
        };
        // Dropped with requests under way.
        tokio::select! { _ = connection => {}, () = enough => {} }
    });
    let report = bench(address, "put --clients=4 --duration=1h").await.unwrap();
    assert!(report.figures.requests >= 100 && (1..=4).contains(&report.figures.errors), "{report:?}");
    let verdict = verdict(&report).unwrap();
    assert!(verdict.starts_with(&format!("connection to {address} lost: ")), "{verdict}");
}

#[tokio::test]
async fn numbers_out_of_their_bounds_are_refused_by_flag() {
    let address = Fake::new().serve().await;
    for (words, text) in [
        ("put --clients=0", "--clients 0 must lie between 1 and 1000000"),
        ("put --total=0", "--total must be above zero"),
        ("put --rate=-1", "--rate -1 must be 0 or lie between 0.001 and 1000000000"),
        ("put --timeout=0s", "--timeout, --dial-timeout and --duration must be above zero"),
        ("txn --txn-ops=2", "--txn-ops 2 must lie between 1 and --key-space-size 1"),
        ("put --key-size=100000000", "--key-size and --val-size must not be above 67108864"),
        ("load --duration=1s", "load puts a number of keys: give --total, not --duration alone"),
        ("watch --val-size=7", "--val-size 7 has no room for the time of a put: give 8 or more"),
    ] {
        assert_eq!(bench(address, words).await.unwrap_err().to_string(), text);
    }
}
