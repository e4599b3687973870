//! Real sockets: gRPC, HTTP/1 and nonsense on one port.

use std::{
    net::SocketAddr,
    path::PathBuf,
    task::{Context, Poll},
    time::Instant,
};

use http_body_util::{BodyExt, Empty};
use tokio::{io::AsyncWriteExt, net::TcpStream, task::JoinHandle};
use tonic::transport::Channel;
use tonic_health::{
    ServingStatus,
    pb::{
        HealthCheckRequest,
        health_client::HealthClient,
        health_server::{Health, HealthServer},
    },
};

use super::*;
use crate::core::{
    config::{ListenAddress, ListenUrl, ServerConfig},
    rpc::{
        calls,
        http::{AlarmKind, FactFuture, HealthFacts, HttpService, known},
    },
    server::AnswerRoom,
};

const DEADLINE: Duration = Duration::from_secs(10);

struct Healthy;

impl HealthFacts for Healthy {
    fn serializable_read(&self) -> FactFuture<'_> {
        known(Ok(()))
    }
    fn linearizable_read(&self) -> FactFuture<'_> {
        known(Ok(()))
    }
    fn has_leader(&self) -> bool {
        true
    }
    fn is_learner(&self) -> bool {
        false
    }
    fn alarms(&self) -> Vec<AlarmKind> {
        Vec::new()
    }
    fn cluster_version(&self) -> Option<String> {
        None
    }
    fn raft_status(&self) -> String {
        "{}".to_owned()
    }
    fn refresh(&self, _: &Metrics) {}
}

struct Running {
    address: SocketAddr,
    url: String,
    metrics: Arc<Metrics>,
    stop: Stop,
    served: JoinHandle<()>,
}

fn local(port: u16) -> ListenUrl {
    ListenUrl { text: format!("http://127.0.0.1:{port}"), address: ListenAddress::Tcp(([127, 0, 0, 1], port).into()), tls: false }
}

async fn grpc() -> HealthServer<impl Health> {
    let (reporter, service) = tonic_health::server::health_reporter();
    reporter.set_service_status("", ServingStatus::Serving).await;
    service
}

async fn start(serves: Serves) -> Running {
    start_with(serves, &ServerConfig::default()).await
}

async fn start_with(serves: Serves, config: &ServerConfig) -> Running {
    let listener = Listener::bind(&local(0), "listen-client-urls", config).unwrap();
    let (address, url) = (listener.local_addr().unwrap(), listener.url().to_owned());
    let metrics = Arc::new(Metrics::new(&calls::methods(), false));
    let stop = Stop::new();
    let http = HttpService::new(Arc::new(Healthy), metrics.clone(), &[]);
    let limits = ConnectionLimits::new(config, AnswerRoom::new(1 << 20));
    let served = tokio::spawn(serve(listener, serves, grpc().await, http, metrics.clone(), limits, stop.clone()));
    Running { address, url, metrics, stop, served }
}

async fn channel(url: &str) -> Channel {
    Channel::from_shared(url.to_owned()).unwrap().connect().await.unwrap()
}

async fn check_health(url: &str) -> i32 {
    let mut client = HealthClient::new(channel(url).await);
    client.check(HealthCheckRequest { service: String::new() }).await.unwrap().into_inner().status
}

/// Sends raw bytes and reads all that comes back until the server closes.
async fn raw(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    // A reset after the answer is an end too.
    let read = timeout(DEADLINE, stream.read_to_end(&mut answer)).await.expect("the server closes the connection");
    drop(read);
    answer
}

#[tokio::test]
async fn grpc_http_and_nonsense_share_a_port_without_harm() {
    let running = start(Serves::GrpcAndHttp).await;
    let mut client = HealthClient::new(channel(&running.url).await);
    let ask = || HealthCheckRequest { service: String::new() };
    assert_eq!(client.check(ask()).await.unwrap().into_inner().status, 1);

    let nonsense = raw(running.address, b"\x16\x03\x01\x02\x00garbage garbage\r\n\r\n").await;
    assert!(nonsense.is_empty() || nonsense.starts_with(b"HTTP/1.1 400"), "{}", String::from_utf8_lossy(&nonsense));
    let mut broken = PREFACE.to_vec();
    broken.extend([0xff; 64]);
    raw(running.address, &broken).await;
    let half = raw(running.address, b"GET /version HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
    let text = String::from_utf8(half).unwrap();
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
    assert!(text.ends_with(r#"{"etcdserver":"3.7.1","etcdcluster":"not_decided","storage":"unknown"}"#), "{text}");

    assert_eq!(client.check(ask()).await.unwrap().into_inner().status, 1, "the same connection still works");
    let method = running.metrics.grpc.find("/grpc.health.v1.Health/Check").unwrap();
    assert_eq!((method.started.get(), method.messages_received.get(), method.messages_sent.get()), (2, 2, 2));
    assert_eq!(method.handled(0).get(), 2);
    assert!(running.metrics.client_received_bytes.get() > 0);
}

#[tokio::test]
async fn an_error_is_counted_under_its_code() {
    let running = start(Serves::GrpcAndHttp).await;
    let mut client = HealthClient::new(channel(&running.url).await);
    let status = client.check(HealthCheckRequest { service: "nobody".to_owned() }).await.unwrap_err();
    assert_eq!(status.code(), tonic::Code::NotFound);
    let method = running.metrics.grpc.find("/grpc.health.v1.Health/Check").unwrap();
    assert_eq!((method.handled(5).get(), method.handled(0).get()), (1, 0));
}

#[tokio::test]
async fn plain_http_2_requests_reach_http_and_grpc_alone_refuses_http_1() {
    let running = start(Serves::GrpcAndHttp).await;
    let request = Request::builder().uri("/health").body(tonic::body::Body::empty()).unwrap();
    let mut channel = channel(&running.url).await;
    std::future::poll_fn(|cx| channel.poll_ready(cx)).await.unwrap();
    let answer = channel.call(request).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), r#"{"health":"true","reason":""}"#);

    let alone = start(Serves::Grpc).await;
    assert_eq!(check_health(&alone.url).await, 1);
    assert!(raw(alone.address, b"GET /version HTTP/1.1\r\nhost: a\r\n\r\n").await.is_empty());
}

#[tokio::test]
async fn stopping_cuts_open_streams_soon_and_lets_short_requests_finish() {
    let running = start(Serves::GrpcAndHttp).await;
    let mut client = HealthClient::new(channel(&running.url).await);
    let mut watch = client.watch(HealthCheckRequest { service: String::new() }).await.unwrap().into_inner();
    assert_eq!(watch.message().await.unwrap().unwrap().status, 1);
    let silent = TcpStream::connect(running.address).await.unwrap();

    let begun = Instant::now();
    running.stop.stop();
    timeout(DEADLINE, running.served).await.unwrap().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    assert!(watch.message().await.is_err());
    assert!(TcpStream::connect(running.address).await.is_err(), "nothing is accepted any more");
    drop(silent);
}

#[tokio::test]
async fn an_idle_server_stops_at_once() {
    let running = start(Serves::GrpcAndHttp).await;
    assert_eq!(check_health(&running.url).await, 1);
    let begun = Instant::now();
    running.stop.stop();
    timeout(DEADLINE, running.served).await.unwrap().unwrap();
    assert!(begun.elapsed() < Duration::from_millis(200), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_for_a_free_slot() {
    let listener = Listener::bind(&local(0), "listen-client-urls", &ServerConfig::default()).unwrap();
    let address = listener.local_addr().unwrap();
    let metrics = Arc::new(Metrics::new(&[], false));
    let http = HttpService::new(Arc::new(Healthy), metrics.clone(), &[]);
    let limits = ConnectionLimits::with_slots(&ServerConfig::default(), AnswerRoom::new(1 << 20), 1);
    tokio::spawn(serve(listener, Serves::GrpcAndHttp, grpc().await, http, metrics, limits, Stop::new()));

    let ask = b"GET /health HTTP/1.1\r\nhost: a\r\n\r\n";
    let mut first = TcpStream::connect(address).await.unwrap();
    first.write_all(ask).await.unwrap();
    let mut byte = [0];
    timeout(DEADLINE, first.read_exact(&mut byte)).await.unwrap().unwrap();
    let mut second = TcpStream::connect(address).await.unwrap();
    second.write_all(ask).await.unwrap();
    let early = timeout(Duration::from_millis(100), second.read_exact(&mut byte)).await;
    assert!(early.is_err(), "the only slot is taken");
    drop(first);
    timeout(DEADLINE, second.read_exact(&mut byte)).await.unwrap().unwrap();
    assert_eq!(&byte, b"H");
}

#[tokio::test]
async fn a_panic_in_a_handler_ends_its_connection_alone() {
    #[derive(Clone)]
    struct Panics;
    impl Service<Request<Incoming>> for Panics {
        type Response = Response<Empty<Bytes>>;
        type Error = Infallible;
        type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;
        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            Poll::Ready(Ok(()))
        }
        fn call(&mut self, _: Request<Incoming>) -> Self::Future {
            Box::pin(async { panic!("on purpose") })
        }
    }
    let listener = Listener::bind(&local(0), "listen-client-urls", &ServerConfig::default()).unwrap();
    let (address, url) = (listener.local_addr().unwrap(), listener.url().to_owned());
    let metrics = Arc::new(Metrics::new(&[], false));
    let limits = ConnectionLimits::new(&ServerConfig::default(), AnswerRoom::new(1 << 20));
    tokio::spawn(serve(listener, Serves::GrpcAndHttp, grpc().await, Panics, metrics, limits, Stop::new()));
    assert!(raw(address, b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.is_empty());
    assert_eq!(check_health(&url).await, 1);
}

#[tokio::test]
async fn a_taken_port_is_named_with_its_flag() {
    let config = ServerConfig::default();
    let first = Listener::bind(&local(0), "listen-peer-urls", &config).unwrap();
    let port = first.local_addr().unwrap().port();
    assert_ne!(port, 0);
    assert_eq!(first.url(), format!("http://127.0.0.1:{port}"));
    let error = Listener::bind(&local(port), "listen-peer-urls", &config).err().unwrap();
    assert_eq!(
        error.to_string(),
        format!(
            "can't listen on http://127.0.0.1:{port} (--listen-peer-urls): the address is in use by another process; stop it or \
             choose another port"
        )
    );
    drop(first);
    Listener::bind(&local(port), "listen-peer-urls", &config).unwrap();
}

#[tokio::test]
async fn a_port_is_shared_when_both_ask_for_it() {
    let config = ServerConfig { socket_reuse_port: true, ..ServerConfig::default() };
    let first = Listener::bind(&local(0), "listen-client-urls", &config).unwrap();
    let port = first.local_addr().unwrap().port();
    assert!(Listener::bind(&local(port), "listen-client-urls", &config).is_ok());
    assert!(Listener::bind(&local(port), "listen-client-urls", &ServerConfig::default()).is_err());
}

#[tokio::test]
async fn a_unix_socket_is_replaced_when_stale_refused_when_live_and_removed_in_the_end() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("q.sock");
    let config = ServerConfig::default();
    let url = |path: &PathBuf| ListenUrl {
        text: format!("unix://{}", path.display()),
        address: ListenAddress::Unix(path.clone()),
        tls: false,
    };
    let bind = |path: &PathBuf| Listener::bind(&url(path), "listen-client-urls", &config);

    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    assert!(path.exists(), "a stale file");
    let listener = bind(&path).unwrap();
    assert!(matches!(bind(&path), Err(ListenError::InUse { .. })));
    drop(listener);
    assert!(!path.exists());

    let file = dir.path().join("file");
    std::fs::write(&file, "mine").unwrap();
    assert!(matches!(bind(&file), Err(ListenError::NotASocket { .. })));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
}

#[tokio::test]
async fn sniffing_needs_no_more_than_it_must() {
    let sniffed = async |mut bytes: &[u8]| sniff(&mut bytes).await.unwrap().map(|(protocol, _)| protocol);
    assert_eq!(sniffed(PREFACE).await, Some(Protocol::Http2));
    assert_eq!(sniffed(b"P").await, Some(Protocol::Http1), "it ended before it was clear");
    assert_eq!(sniffed(b"POST /v3/kv/put HTTP/1.1\r\n").await, Some(Protocol::Http1));
    assert_eq!(sniffed(b"").await, None);
    // It does not wait for more when the first byte already differs.
    let (mut client, mut server) = tokio::io::duplex(64);
    client.write_all(b"G").await.unwrap();
    assert_eq!(sniff(&mut server).await.unwrap().unwrap().0, Protocol::Http1);
}

#[tokio::test]
async fn an_idle_connection_goes_for_one_that_finds_no_slot() {
    let listener = Listener::bind(&local(0), "listen-client-urls", &ServerConfig::default()).unwrap();
    let (address, url) = (listener.local_addr().unwrap(), listener.url().to_owned());
    let metrics = Arc::new(Metrics::new(&calls::methods(), false));
    let http = HttpService::new(Arc::new(Healthy), metrics.clone(), &[]);
    let limits = ConnectionLimits::with_slots(&ServerConfig::default(), AnswerRoom::new(1 << 20), 2);
    tokio::spawn(limits.look_after());
    tokio::spawn(serve(listener, Serves::GrpcAndHttp, grpc().await, http, metrics.clone(), limits, Stop::new()));

    // Both slots are taken, by one that waits for news and by one that has nothing to do.
    let mut client = HealthClient::new(channel(&url).await);
    let mut watch = client.watch(HealthCheckRequest { service: String::new() }).await.unwrap().into_inner();
    assert_eq!(watch.message().await.unwrap().unwrap().status, 1);
    let mut idle = TcpStream::connect(address).await.unwrap();
    idle.write_all(b"GET /health HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    let mut answer = [0; 15];
    timeout(DEADLINE, idle.read_exact(&mut answer)).await.unwrap().unwrap();

    assert_eq!(timeout(DEADLINE, check_health(&url)).await.expect("somebody makes room"), 1);
    let mut rest = Vec::new();
    timeout(DEADLINE, idle.read_to_end(&mut rest)).await.expect("the idle one is closed").unwrap();
    assert_eq!(metrics.connections_closed.with_label_values(&["idle"]).get(), 1);
    assert!(timeout(Duration::from_millis(100), watch.message()).await.is_err(), "the one with a call under way stays");
}
