//! A client that stops reading costs bounded memory, and holds nobody up.

use std::time::Duration;

use quorate_proto::etcdserverpb::{WatchCreateRequest, WatchRequest, WatchResponse, watch_request::RequestUnion};
use tokio::{sync::mpsc, time::timeout};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;

use crate::common::{Clients, Cluster, ServerCommand, put, wait_until};

const STUCK: usize = 16;
const WRITES: usize = 700;
const VALUE_BYTES: usize = 100_000;
/// What may remain above the level without stuck watchers; they have missed 1.1 GB in all.
const GROWTH_BYTES_MAX: u64 = 150 << 20;

async fn write_much(clients: &mut Clients) -> i64 {
    let mut revision = 0;
    for i in 0..WRITES {
        revision = put(clients, format!("big/{}", i % 3), vec![b'x'; VALUE_BYTES]).await;
    }
    revision
}

async fn watch(cluster: &Cluster) -> (Streaming<WatchResponse>, mpsc::Sender<WatchRequest>) {
    let clients = cluster.clients().await;
    let (requests, outgoing) = mpsc::channel(1);
    let create = WatchCreateRequest { key: "big/".into(), range_end: "big0".into(), prev_kv: true, ..Default::default() };
    requests.send(WatchRequest { request_union: Some(RequestUnion::CreateRequest(create)) }).await.unwrap();
    let mut stream = clients.watch.clone().watch(ReceiverStream::new(outgoing)).await.unwrap().into_inner();
    assert!(stream.message().await.unwrap().unwrap().created);
    (stream, requests)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn watchers_that_stop_reading_cost_bounded_memory_and_miss_nothing() {
    let cluster = Cluster::single().await;
    let member = &cluster.members[0];
    let mut c = cluster.clients().await;
    let first = write_much(&mut c).await;
    let mut quiet = member.anonymous_bytes();
    // What the server still has in hand of these writes is not what is measured.
    for _ in 0..20 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        quiet = quiet.min(member.anonymous_bytes());
    }

    let mut stuck = Vec::new();
    for _ in 0..STUCK {
        stuck.push(watch(&cluster).await);
    }
    let last = write_much(&mut c).await;
    assert_eq!(last - first, WRITES as i64);
    let limit = Duration::from_secs(20);
    let mut least = u64::MAX;
    // A collected heap stands at a multiple of what is in use.
    let growth_max = if ServerCommand::is_foreign() { 4 * GROWTH_BYTES_MAX } else { GROWTH_BYTES_MAX };
    wait_until(limit, "memory is back within its bound while nobody reads", async || {
        least = least.min(member.anonymous_bytes());
        least < quiet + growth_max
    })
    .await;
    println!("{quiet} bytes without, {least} bytes with stuck watchers");

    // One of them reads again, and gets everything, once and in order.
    let (mut stream, _requests) = stuck.pop().expect("there are some");
    let mut next = first + 1;
    while next <= last {
        let answer = timeout(Duration::from_secs(20), stream.message()).await.expect("the events come").unwrap().unwrap();
        for event in answer.events {
            let kv = event.kv.expect("an event has a key");
            assert_eq!((kv.mod_revision, kv.value.len()), (next, VALUE_BYTES));
            next += 1;
        }
    }
}
