//! Clients that hoard: answers that they ask for and do not read, requests that they begin and do not end. Either costs bounded memory, and
//! others go on.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use bytes::{BufMut, Bytes, BytesMut};
use futures_util::{StreamExt, stream::FuturesUnordered};
use h2::{
    SendStream,
    client::{ResponseFuture, SendRequest},
};
use http::Request;
use prost::Message;
use quorate_proto::etcdserverpb::{LeaseGrantRequest, LeaseKeepAliveRequest, PutRequest, RangeRequest};
use tokio::{net::TcpStream, time::timeout};

use crate::common::{Cluster, put, range_all, wait_until};

const SOON: Duration = Duration::from_secs(60);
const MIB: u64 = 1 << 20;
/// What else a server may need meanwhile, in a debug build too.
const SLACK_BYTES: u64 = 100 * MIB;

/// A connection of HTTP/2 whose streams take `window` bytes before they say that they take more, which they never do.
async fn connection(endpoint: &str, window: u32) -> SendRequest<Bytes> {
    let socket = TcpStream::connect(endpoint).await.unwrap();
    let (requests, connection) = h2::client::Builder::new().initial_window_size(window).handshake(socket).await.unwrap();
    // It ends when the server closes it, or with the test.
    tokio::spawn(connection);
    requests
}

/// Begins a call, and sends nothing yet.
async fn call(connection: &SendRequest<Bytes>, method: &str) -> (ResponseFuture, SendStream<Bytes>) {
    call_service(connection, "KV", method).await
}

async fn call_service(connection: &SendRequest<Bytes>, service: &str, method: &str) -> (ResponseFuture, SendStream<Bytes>) {
    let request = Request::post(format!("http://server/etcdserverpb.{service}/{method}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(())
        .unwrap();
    connection.clone().ready().await.unwrap().send_request(request, false).unwrap()
}

fn framed(message: &impl Message) -> Bytes {
    let mut bytes = BytesMut::new();
    bytes.put_u8(0);
    bytes.put_u32(message.encoded_len() as u32);
    message.encode(&mut bytes).unwrap();
    bytes.freeze()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_nobody_reads_cost_bounded_memory_and_hold_nobody_up_for_long() {
    const ROOM_BYTES: u64 = 64 * MIB;
    const KEYS: usize = 32;
    const ANSWER_BYTES: u64 = 32 * MIB;
    /// Reads of many keys at a time, each of which may end with an answer when there is no more room.
    const UNDER_WAY: u64 = 8;
    let cluster = Cluster::start(1, &[&format!("--max-unread-bytes={ROOM_BYTES}")]).await;
    let member = &cluster.members[0];
    let mut c = cluster.clients().await;
    for i in 0..KEYS {
        put(&mut c, format!("{i:02}"), vec![b'x'; (ANSWER_BYTES as usize) / KEYS]).await;
    }
    assert_eq!(range_all(&mut c).await.unwrap().kvs.len(), KEYS);
    let quiet = member.anonymous_bytes();

    // 3.8 GB of answers are asked for.
    let mut hoards = Vec::new();
    for _ in 0..3 {
        let connection = connection(&member.endpoint(), 0).await;
        for _ in 0..40 {
            let (response, mut body) = call(&connection, "Range").await;
            let everything = RangeRequest { key: vec![0].into(), range_end: vec![0].into(), ..Default::default() };
            body.send_data(framed(&everything), true).unwrap();
            hoards.push(response);
        }
    }
    let mut most = 0;
    let began = Instant::now();
    let mut slowest = Duration::ZERO;
    let log_says = || member.log_text().contains("it did not read its answers");
    while !log_says() {
        assert!(began.elapsed() < SOON, "nobody was sent away");
        let asked = Instant::now();
        put(&mut c, "small", "write").await;
        slowest = slowest.max(asked.elapsed());
        most = most.max(member.anonymous_bytes());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    println!("at most {} MiB more, slowest write {slowest:?}, after {:?}", most.saturating_sub(quiet) / MIB, began.elapsed());
    assert!(most < quiet + ROOM_BYTES + UNDER_WAY * ANSWER_BYTES + SLACK_BYTES, "{most} bytes instead of {quiet}");

    // Whoever reads gets everything, soon.
    let all = timeout(SOON, range_all(&mut c)).await.expect("there is room again").unwrap();
    assert_eq!(all.kvs.len(), KEYS + 1);
    assert!(began.elapsed() < SOON);
    drop(hoards);
    wait_until(SOON, "memory is given back", async || member.anonymous_bytes() < quiet + SLACK_BYTES).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_are_never_ended_cost_bounded_memory_and_the_oldest_are_given_up() {
    const PART_BYTES: usize = 1400 * 1024;
    const REQUESTS: usize = 100;
    /// As many as there is room for.
    const FIT: usize = (ROOM_BYTES as usize) / (PART_BYTES + 8 * 1024);
    /// What unfinished requests may have together.
    const ROOM_BYTES: u64 = 64 * MIB;
    let cluster = Cluster::start(1, &[&format!("--max-unread-bytes={ROOM_BYTES}")]).await;
    let member = &cluster.members[0];
    let mut c = cluster.clients().await;
    put(&mut c, "before", "v").await;
    let quiet = member.anonymous_bytes();

    let connection = connection(&member.endpoint(), 65_535).await;
    let whole = framed(&PutRequest { key: "k".into(), value: vec![b'x'; PART_BYTES].into(), ..Default::default() });
    let part = whole.slice(..whole.len() - 1);
    let (mut answers, mut bodies) = (FuturesUnordered::new(), BTreeMap::new());
    for at in 0..REQUESTS {
        let (response, mut body) = call(&connection, "Put").await;
        body.reserve_capacity(part.len());
        body.send_data(part.clone(), false).unwrap();
        answers.push(async move { (at, response.await) });
        bodies.insert(at, body);
    }
    let mut most = 0;
    for _ in 0..REQUESTS - FIT {
        let (at, answer) = timeout(SOON, answers.next()).await.expect("the oldest are given up").unwrap();
        let answer = answer.unwrap();
        assert_eq!(answer.headers()["grpc-status"], "8");
        let text = answer.headers()["grpc-message"].to_str().unwrap();
        assert!(text.contains("took%20too%20long%20to%20arrive"), "{text}");
        bodies.remove(&at);
        most = most.max(member.anonymous_bytes());
    }
    put(&mut c, "meanwhile", "v").await;
    println!("at most {} MiB more", most.saturating_sub(quiet) / MIB);
    // A buffer grows by half at a time, and while it is copied it is there twice.
    assert!(most < quiet + 2 * ROOM_BYTES + SLACK_BYTES, "{most} bytes instead of {quiet}");
    // The others are taken when they end.
    for body in bodies.values_mut() {
        body.send_data(whole.slice(whole.len() - 1..), true).unwrap();
    }
    while let Some((_, answer)) = timeout(SOON, answers.next()).await.expect("they are answered") {
        let answer = answer.unwrap();
        assert!(!answer.headers().contains_key("grpc-status"), "{:?}", answer.headers());
    }
}

/// Clients renew all their leases in one breath: etcd's takes them from one stream, a small frame each.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_of_renewals_on_one_stream_is_answered_to_the_last() {
    const RENEWALS: usize = 100_000;
    let cluster = Cluster::start(1, &[]).await;
    let mut c = cluster.clients().await;
    // The smaller the frames the more of them.
    let grant = LeaseGrantRequest { ttl: 600, id: 7 };
    c.lease.lease_grant(grant).await.unwrap();
    let connection = connection(&cluster.members[0].endpoint(), 65_535).await;
    let (response, mut requests) = call_service(&connection, "Lease", "LeaseKeepAlive").await;
    let renewal = framed(&LeaseKeepAliveRequest { id: 7 });
    for _ in 0..RENEWALS {
        requests.send_data(renewal.clone(), false).unwrap();
    }
    requests.send_data(Bytes::new(), true).unwrap();
    let answered = async {
        let mut answers = response.await.unwrap().into_body();
        let (mut bytes, mut one) = (0, 0);
        while let Some(data) = answers.data().await {
            let data = data.unwrap_or_else(|error| panic!("after {bytes} bytes of answers: {error}"));
            if one == 0 {
                one = 5 + u32::from_be_bytes(data[1..5].try_into().unwrap()) as usize;
            }
            bytes += data.len();
            answers.flow_control().release_capacity(data.len()).unwrap();
        }
        assert_eq!(answers.trailers().await.unwrap().unwrap()["grpc-status"], "0");
        (bytes, one)
    };
    let (bytes, one) = timeout(SOON, answered).await.expect("all answers are here in time");
    assert_eq!(bytes, RENEWALS * one);
}
