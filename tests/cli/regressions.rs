//! Faults that etcd had, some of them for years, each with the number of its report there: none may ever be here.

use std::time::Duration;

use quorate_proto::{
    etcdserverpb::{
        CompactionRequest, DeleteRangeRequest, LeaseGrantRequest, LeaseTimeToLiveRequest, PutRequest, WatchCreateRequest,
        WatchProgressRequest, WatchRequest, WatchResponse, watch_request::RequestUnion,
    },
    mvccpb::event::EventType,
};
use tokio::{
    sync::mpsc,
    time::{sleep, timeout},
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;

use crate::common::{Clients, Cluster, ServerCommand, header_revision, put, range_all, wait_until};

const SOON: Duration = Duration::from_secs(15);
/// Long enough for something that must not come to have come.
const SILENCE: Duration = Duration::from_millis(700);

async fn delete(c: &mut Clients, key: &str) -> i64 {
    let request = DeleteRangeRequest { key: key.to_owned().into(), ..Default::default() };
    header_revision(&c.kv.delete_range(request).await.unwrap().into_inner().header)
}

async fn compact(c: &mut Clients, revision: i64) {
    c.kv.compact(CompactionRequest { revision, physical: true }).await.unwrap();
}

struct Watching {
    requests: mpsc::Sender<WatchRequest>,
    stream: Streaming<WatchResponse>,
}

impl Watching {
    async fn from(c: &Clients, key: &str, start_revision: i64) -> Self {
        let (requests, outgoing) = mpsc::channel(16);
        let create = WatchCreateRequest { key: key.to_owned().into(), start_revision, ..Default::default() };
        requests.send(WatchRequest { request_union: Some(RequestUnion::CreateRequest(create)) }).await.unwrap();
        let stream = c.watch.clone().watch(ReceiverStream::new(outgoing)).await.unwrap().into_inner();
        let mut watching = Self { requests, stream };
        assert!(watching.next().await.created);
        watching
    }

    async fn next(&mut self) -> WatchResponse {
        timeout(SOON, self.stream.message()).await.expect("an answer comes").unwrap().expect("the stream goes on")
    }
}

/// 17780: after a crash the revision counter was found from the newest record, which a compaction had taken away.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_revision_does_not_go_back_when_the_newest_records_are_compacted_away() {
    if ServerCommand::is_foreign() {
        return;
    }
    let mut cluster = Cluster::single().await;
    for _ in 0..4 {
        let mut c = cluster.clients().await;
        put(&mut c, "a", "1").await;
        let mut newest = 0;
        for _ in 0..3 {
            put(&mut c, "b", "1").await;
            newest = delete(&mut c, "b").await;
        }
        delete(&mut c, "a").await;
        newest += 1;
        compact(&mut c, newest).await;
        cluster.members[0].kill();
        cluster.members[0].restart().await;
        let mut c = cluster.clients().await;
        assert_eq!(header_revision(&range_all(&mut c).await.unwrap().header), newest);
        assert_eq!(put(&mut c, "c", "1").await, newest + 1);
        delete(&mut c, "c").await;
    }
}

/// Our own: the first sweep of a store found nothing to sweep, so that the second took the tombstone alone, and what the key had
/// been before came back. Found by the drawn watch requests of seed 14 on three members.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_deleted_before_the_first_compaction_stays_deleted() {
    let mut cluster = Cluster::single().await;
    let mut c = cluster.clients().await;
    for value in ["1", "2"] {
        put(&mut c, "a", value).await;
    }
    let deleted = delete(&mut c, "a").await;
    put(&mut c, "b", "1").await;
    // It was to be seen only when all of this was in the tables on disk before the first compaction.
    cluster.members[0].terminate(SOON).await;
    cluster.members[0].restart().await;
    let mut c = cluster.clients().await;
    for at in [deleted, deleted + 1] {
        compact(&mut c, at).await;
        let keys: Vec<_> = range_all(&mut c).await.unwrap().kvs.into_iter().map(|kv| kv.key).collect();
        assert_eq!(keys, ["b"], "after the compaction at {at}");
    }
    let created = put(&mut c, "a", "3").await;
    let all = range_all(&mut c).await.unwrap();
    assert_eq!((all.kvs[0].create_revision, all.kvs[0].version), (created, 1));
}

/// 18089 and 19179: a compaction at the revision of a delete took the delete from watches that begin there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_from_the_compact_revision_sees_the_delete_of_that_revision() {
    if ServerCommand::is_foreign() {
        return;
    }
    let mut cluster = Cluster::single().await;
    let mut c = cluster.clients().await;
    put(&mut c, "a", "1").await;
    let at = delete(&mut c, "a").await;
    put(&mut c, "a", "2").await;
    compact(&mut c, at).await;
    for _ in 0..2 {
        let c = cluster.clients().await;
        let mut watching = Watching::from(&c, "a", at).await;
        let mut events = Vec::new();
        while events.len() < 2 {
            let answer = watching.next().await;
            assert!(!answer.canceled, "{answer:?}");
            events.extend(answer.events.into_iter().map(|event| (event.r#type, event.kv.unwrap().mod_revision)));
        }
        assert_eq!(events, [(EventType::Delete as i32, at), (EventType::Put as i32, at + 1)]);
        cluster.members[0].kill();
        cluster.members[0].restart().await;
    }
}

/// 20221: a watch that begins in the future got events and progress of the present, on a member that lagged most of all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_from_the_future_gets_nothing_of_the_present() {
    if ServerCommand::is_foreign() {
        return;
    }
    let cluster = Cluster::start(3, &[]).await;
    let mut c = cluster.clients().await;
    let now = put(&mut c, "a", "0").await;
    let start = now + 10;
    let mut watches = Vec::new();
    for endpoint in cluster.endpoints() {
        watches.push(Watching::from(&Clients::to(&endpoint).await, "a", start).await);
    }
    for revision in now + 1..start {
        assert_eq!(put(&mut c, "a", "early").await, revision);
        for watching in &watches {
            let request = WatchRequest { request_union: Some(RequestUnion::ProgressRequest(WatchProgressRequest {})) };
            watching.requests.send(request).await.unwrap();
        }
    }
    for watching in &mut watches {
        let early = timeout(SILENCE, watching.stream.message()).await;
        assert!(early.is_err(), "before its first revision a watch says nothing: {early:?}");
    }
    assert_eq!(put(&mut c, "a", "due").await, start);
    for watching in &mut watches {
        let answer = watching.next().await;
        assert_eq!((answer.events.len(), answer.events[0].kv.as_ref().unwrap().mod_revision), (1, start));
    }
}

/// 15247 and its like: leases and what hangs on them outlive a crash, and a lease that ended while nobody was there ends.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leases_outlive_a_crash_with_their_keys() {
    let mut cluster = Cluster::single().await;
    let mut c = cluster.clients().await;
    for (id, ttl) in [(1, 3), (2, 600)] {
        c.lease.lease_grant(LeaseGrantRequest { ttl, id }).await.unwrap();
        for key in ["a", "b"] {
            let request = PutRequest { key: format!("{key}{id}").into(), lease: id, ..Default::default() };
            c.kv.put(request).await.unwrap();
        }
    }
    put(&mut c, "b2", "detached").await;
    cluster.members[0].kill();
    sleep(Duration::from_secs(1)).await;
    cluster.members[0].restart().await;
    let mut c = cluster.clients().await;
    let held = c.lease.lease_time_to_live(LeaseTimeToLiveRequest { id: 2, keys: true }).await.unwrap().into_inner();
    assert_eq!((held.granted_ttl, held.keys), (600, vec!["a2".into()]));
    assert!(held.ttl > 500, "{} s are left", held.ttl);
    wait_until(SOON, "the short lease ends after the restart", async || {
        let keys: Vec<_> = range_all(&mut c).await.unwrap().kvs.into_iter().map(|kv| kv.key).collect();
        keys == ["a2", "b2"]
    })
    .await;
    let ended = c.lease.lease_time_to_live(LeaseTimeToLiveRequest { id: 1, keys: true }).await.unwrap().into_inner();
    assert_eq!((ended.ttl, ended.granted_ttl), (-1, 0));
}
