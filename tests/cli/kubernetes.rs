//! What a Kubernetes API server asks of its store, and what it takes for granted about the answers.
//!
//! It never puts or deletes directly: every write is a transaction on a key's mod revision, and the answers' inner headers say
//! the revision of the write. Lists come in pages pinned to a revision; caches live from one watch each, with progress asked for
//! many times a minute; several API servers race to compact; Events share leases.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use quorate_proto::{
    etcdserverpb::{
        CompactionRequest, Compare, DeleteRangeRequest, LeaseGrantRequest, PutRequest, RangeRequest, RangeResponse, RequestOp,
        ResponseHeader, TxnRequest, TxnResponse, WatchCreateRequest, WatchProgressRequest, WatchRequest, WatchResponse, compare,
        request_op::Request as Op, response_op::Response as Answer, watch_request::RequestUnion,
    },
    mvccpb::event::EventType,
};
use tokio::{sync::mpsc, time::timeout};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request, Status, Streaming};

use crate::common::{Clients, Cluster, ServerCommand, header_revision, wait_for};

const COMPACTED: &str = "etcdserver: mvcc: required revision has been compacted";
const FUTURE: &str = "etcdserver: mvcc: required revision is a future revision";
const NO_LEADER: &str = "etcdserver: no leader";
/// No single answer takes this long.
const SOON: Duration = Duration::from_secs(15);
/// The first chunk of a streamed list holds at most so many keys.
const FIRST_CHUNK_KEYS: usize = 10;

// --- the requests ---

fn mod_revision_is(key: &str, revision: i64) -> Compare {
    Compare {
        result: compare::CompareResult::Equal as i32,
        target: compare::CompareTarget::Mod as i32,
        key: key.to_owned().into(),
        target_union: Some(compare::TargetUnion::ModRevision(revision)),
        ..Default::default()
    }
}

fn put_of(key: &str, value: &str, lease: i64) -> RequestOp {
    let put = PutRequest { key: key.to_owned().into(), value: value.to_owned().into(), lease, ..Default::default() };
    RequestOp { request: Some(Op::RequestPut(put)) }
}

fn get_of(key: &str) -> RequestOp {
    RequestOp { request: Some(Op::RequestRange(RangeRequest { key: key.to_owned().into(), ..Default::default() })) }
}

fn delete_of(key: &str) -> RequestOp {
    RequestOp { request: Some(Op::RequestDeleteRange(DeleteRangeRequest { key: key.to_owned().into(), ..Default::default() })) }
}

async fn txn(clients: &mut Clients, compare: Compare, success: Vec<RequestOp>, failure: Vec<RequestOp>) -> TxnResponse {
    let request = TxnRequest { compare: vec![compare], success, failure };
    clients.kv.txn(request).await.expect("a transaction is answered").into_inner()
}

async fn create(clients: &mut Clients, key: &str, value: &str, lease: i64) -> TxnResponse {
    txn(clients, mod_revision_is(key, 0), vec![put_of(key, value, lease)], vec![]).await
}

async fn update(clients: &mut Clients, key: &str, value: &str, expected: i64) -> TxnResponse {
    txn(clients, mod_revision_is(key, expected), vec![put_of(key, value, 0)], vec![get_of(key)]).await
}

async fn delete(clients: &mut Clients, key: &str, expected: i64) -> TxnResponse {
    txn(clients, mod_revision_is(key, expected), vec![delete_of(key)], vec![get_of(key)]).await
}

/// The one past a prefix that ends in `/`.
fn prefix_end(prefix: &str) -> String {
    format!("{}0", prefix.strip_suffix('/').expect("the prefix ends in a slash"))
}

fn list(prefix: &str, limit: i64, revision: i64) -> RangeRequest {
    let (key, range_end) = (prefix.to_owned().into(), prefix_end(prefix).into());
    RangeRequest { key, range_end, limit, revision, ..Default::default() }
}

async fn range(clients: &mut Clients, request: RangeRequest) -> Result<RangeResponse, Status> {
    clients.kv.range(request).await.map(tonic::Response::into_inner)
}

/// An inner header carries the revision and nothing else.
fn inner_revision(header: &Option<ResponseHeader>) -> i64 {
    let header = header.as_ref().expect("an inner answer has a header");
    assert_eq!((header.cluster_id, header.member_id, header.raft_term), (0, 0, 0), "an inner header carries only the revision");
    header.revision
}

fn answers(response: TxnResponse) -> Vec<Answer> {
    response.responses.into_iter().map(|answer| answer.response.expect("an answer of some kind")).collect()
}

// --- objects ---

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn objects_are_created_updated_and_deleted_by_transactions() {
    let cluster = Cluster::single().await;
    let mut c = cluster.clients().await;
    let key = "/registry/pods/default/a";

    let created = create(&mut c, key, "1", 0).await;
    let first = header_revision(&created.header);
    assert!(created.succeeded);
    let [Answer::ResponsePut(put)] = &answers(created)[..] else { panic!("one put") };
    assert_eq!((inner_revision(&put.header), &put.prev_kv), (first, &None));

    let again = create(&mut c, key, "2", 0).await;
    assert!(!again.succeeded && again.responses.is_empty(), "creating what is there does nothing and answers nothing");
    assert_eq!(header_revision(&again.header), first);

    let updated = update(&mut c, key, "2", first).await;
    let second = header_revision(&updated.header);
    assert_eq!((updated.succeeded, second), (true, first + 1));
    let [Answer::ResponsePut(put)] = &answers(updated)[..] else { panic!("one put") };
    assert_eq!(inner_revision(&put.header), second);

    let stale = update(&mut c, key, "3", first).await;
    assert!(!stale.succeeded);
    let [Answer::ResponseRange(current)] = &answers(stale)[..] else { panic!("one range") };
    assert_eq!((inner_revision(&current.header), current.count, current.kvs.len()), (second, 1, 1));
    let kv = &current.kvs[0];
    assert_eq!((&kv.value[..], kv.create_revision, kv.mod_revision, kv.version), (&b"2"[..], first, second, 2));

    let refused = delete(&mut c, key, first).await;
    assert!(!refused.succeeded);
    let gone = delete(&mut c, key, second).await;
    let third = header_revision(&gone.header);
    assert_eq!((gone.succeeded, third), (true, second + 1));
    let [Answer::ResponseDeleteRange(deleted)] = &answers(gone)[..] else { panic!("one delete") };
    assert_eq!((inner_revision(&deleted.header), deleted.deleted), (third, 1));

    let missing = delete(&mut c, key, second).await;
    let [Answer::ResponseRange(nothing)] = &answers(missing)[..] else { panic!("one range") };
    assert_eq!((inner_revision(&nothing.header), nothing.count, nothing.kvs.len()), (third, 0, 0));

    let reborn = create(&mut c, key, "4", 0).await;
    assert!(reborn.succeeded);
    let object = range(&mut c, RangeRequest { key: key.into(), limit: 1, ..Default::default() }).await.unwrap();
    assert_eq!((object.kvs[0].version, object.kvs[0].create_revision), (1, third + 1), "a new life begins at version 1");
}

// --- lists ---

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_are_paged_at_a_revision_with_exact_counts() {
    const OBJECTS: i64 = 230;
    const PAGE: i64 = 50;
    let cluster = Cluster::single().await;
    let mut c = cluster.clients().await;
    let prefix = "/registry/pods/";
    // Neighbours on both sides, which no list may show.
    for neighbour in ["/registry/podmonitors/x", "/registry/pods", "/registry/pods0", "/registry/podtemplates/x"] {
        assert!(create(&mut c, neighbour, "n", 0).await.succeeded);
    }
    for i in 0..OBJECTS {
        assert!(create(&mut c, &format!("{prefix}{i:04}"), "1", 0).await.succeeded);
    }
    let first = range(&mut c, list(prefix, PAGE, 0)).await.unwrap();
    let revision = header_revision(&first.header);
    assert_eq!((first.count, first.more, first.kvs.len()), (OBJECTS, true, PAGE as usize));

    // The present moves on while the list is read page by page: what was there is deleted, changed and added to.
    let mut seen: Vec<_> = first.kvs.iter().map(|kv| kv.key.clone()).collect();
    let (mut page, mut moves) = (first, 0);
    while page.more {
        let i = moves * 31 % OBJECTS;
        let object = format!("{prefix}{i:04}");
        let now = range(&mut c, RangeRequest { key: object.clone().into(), ..Default::default() }).await.unwrap();
        if let Some(kv) = now.kvs.first() {
            assert!(delete(&mut c, &object, kv.mod_revision).await.succeeded);
        }
        assert!(create(&mut c, &format!("{prefix}{i:04}-new"), "1", 0).await.succeeded);
        moves += 1;

        let mut from = seen.last().expect("a page has keys").to_vec();
        from.push(0);
        let request = RangeRequest { key: from.into(), ..list(prefix, PAGE, revision) };
        page = range(&mut c, request).await.unwrap();
        assert_eq!(page.count, OBJECTS - seen.len() as i64, "the rest is counted exactly, at the list's revision");
        assert_eq!(header_revision(&page.header), revision + 2 * moves, "the header tells the present");
        seen.extend(page.kvs.iter().map(|kv| kv.key.clone()));
    }
    let expected: Vec<_> = (0..OBJECTS).map(|i| format!("{prefix}{i:04}")).collect();
    assert_eq!(seen, expected);

    let count = range(&mut c, RangeRequest { count_only: true, ..list(prefix, 0, revision) }).await.unwrap();
    assert_eq!((count.count, count.kvs.len(), count.more), (OBJECTS, 0, false));
    let keys = range(&mut c, RangeRequest { keys_only: true, ..list(prefix, 0, 0) }).await.unwrap();
    assert_eq!(keys.count, keys.kvs.len() as i64);
    assert!(keys.kvs.iter().all(|kv| kv.value.is_empty() && kv.mod_revision > 0));
    let current = range(&mut c, list(prefix, 1, 0)).await.unwrap();
    assert_eq!((current.kvs.len(), header_revision(&current.header)), (1, revision + 2 * moves));

    // Compaction ends a list that is under way, with the words that clients look for.
    c.kv.compact(CompactionRequest { revision: revision + 1, physical: false }).await.unwrap();
    let refused = range(&mut c, list(prefix, PAGE, revision)).await.unwrap_err();
    assert_eq!((refused.code(), refused.message()), (Code::OutOfRange, COMPACTED));
    assert_eq!(range(&mut c, list(prefix, PAGE, revision + 1)).await.unwrap().count, OBJECTS - 1);
    let refused = range(&mut c, list(prefix, PAGE, revision + 1000)).await.unwrap_err();
    assert_eq!((refused.code(), refused.message()), (Code::OutOfRange, FUTURE));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streamed_lists_hold_what_lists_hold() {
    let cluster = Cluster::single().await;
    let mut c = cluster.clients().await;
    let prefix = "/registry/configmaps/";
    for i in 0..700 {
        create(&mut c, &format!("{prefix}{i:04}"), &"v".repeat(i), 0).await;
    }
    let whole = range(&mut c, list(prefix, 0, 0)).await.unwrap();
    let past = header_revision(&whole.header) - 100;
    for request in [
        list(prefix, 0, 0),
        list(prefix, 333, 0),
        list(prefix, 5, 0),
        list(prefix, 0, past),
        list(prefix, 10_000, past),
        RangeRequest { count_only: true, ..list(prefix, 0, 0) },
        RangeRequest { keys_only: true, ..list(prefix, 0, 0) },
        list("/registry/nothing/", 0, 0),
    ] {
        let mut stream = match c.kv.range_stream(request.clone()).await {
            Ok(stream) => stream.into_inner(),
            Err(status) if ServerCommand::is_foreign() && status.code() == Code::Unimplemented => return,
            Err(status) => panic!("{status}"),
        };
        let (mut joined, mut chunks) = (Vec::new(), 0);
        let last = loop {
            let chunk = match stream.message().await {
                Ok(chunk) => chunk.expect("the last chunk has a header").range_response.expect("a chunk holds an answer"),
                Err(status) if ServerCommand::is_foreign() && status.code() == Code::Unimplemented => return,
                Err(status) => panic!("{status}"),
            };
            assert!(chunks > 0 || chunk.kvs.len() <= FIRST_CHUNK_KEYS, "the first chunk is small");
            chunks += 1;
            joined.extend(chunk.kvs.iter().cloned());
            if chunk.header.is_some() {
                break chunk;
            }
            assert_eq!((chunk.count, chunk.more), (0, false), "only the last chunk counts");
        };
        assert!(stream.message().await.unwrap().is_none(), "nothing follows the header");
        let plain = range(&mut c, request.clone()).await.unwrap();
        assert_eq!((joined, last.count, last.more), (plain.kvs, plain.count, plain.more), "{request:?}");
        assert_eq!(header_revision(&last.header), header_revision(&plain.header));
    }
}

// --- watches ---

/// A watch stream as an API server opens it: it must have a leader.
struct WatchCache {
    requests: mpsc::Sender<WatchRequest>,
    stream: Streaming<WatchResponse>,
}

impl WatchCache {
    async fn open(clients: &Clients, prefix: &str, start_revision: i64) -> Self {
        let create = WatchCreateRequest {
            key: prefix.to_owned().into(),
            range_end: prefix_end(prefix).into(),
            start_revision,
            prev_kv: true,
            progress_notify: true,
            ..Default::default()
        };
        let (requests, outgoing) = mpsc::channel(64);
        requests.send(WatchRequest { request_union: Some(RequestUnion::CreateRequest(create)) }).await.expect("room for one");
        let mut request = Request::new(ReceiverStream::new(outgoing));
        request.metadata_mut().insert("hasleader", "true".parse().expect("a metadata value"));
        let stream = clients.watch.clone().watch(request).await.expect("a watch stream opens").into_inner();
        let mut cache = Self { requests, stream };
        let created = cache.next().await.expect("a watcher is created");
        assert!(created.created && !created.canceled && created.events.is_empty(), "`created` comes first: {created:?}");
        cache
    }

    async fn next(&mut self) -> Result<WatchResponse, Status> {
        let answer = timeout(SOON, self.stream.message()).await.expect("an answer comes in time")?;
        answer.ok_or_else(|| Status::ok("the stream ended"))
    }

    async fn ask_progress(&self) {
        let request = WatchRequest { request_union: Some(RequestUnion::ProgressRequest(WatchProgressRequest {})) };
        self.requests.send(request).await.expect("the stream takes requests");
    }
}

/// Kubernetes asks for progress only where it can be relied on.
async fn progress_is_reliable(clients: &mut Clients) -> bool {
    let version = clients.status().await.unwrap().version;
    let parts: Vec<u32> = version.split('.').map(|part| part.parse().expect("a version is numbers and dots")).collect();
    (parts[0], parts[1], parts[2]) >= (3, 5, 13)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn progress_never_overtakes_events() {
    const WRITES: i64 = 1500;
    let cluster = Cluster::single().await;
    let mut c = cluster.clients().await;
    let prefix = "/registry/leases/";
    let start = header_revision(&create(&mut c, &format!("{prefix}0"), "1", 0).await.header);
    let reliable = progress_is_reliable(&mut c).await;
    let mut cache = WatchCache::open(&c, prefix, start + 1).await;

    let mut writer = cluster.clients().await;
    // Every revision is an event of this prefix.
    let writing = tokio::spawn(async move {
        let mut revisions = BTreeMap::new();
        for i in 0..WRITES {
            let key = format!("/registry/leases/{}", i % 7);
            let known = revisions.get(&key).copied().unwrap_or(if i % 7 == 0 { start } else { 0 });
            let done = update(&mut writer, &key, &i.to_string(), known).await;
            assert!(done.succeeded);
            revisions.insert(key, header_revision(&done.header));
        }
    });
    let (mut seen, mut progress, end) = (start, 0, start + WRITES);
    let mut asked = Instant::now();
    // In the end, a progress answer must come that says everything.
    while seen < end || (reliable && progress < end) {
        if asked.elapsed() > Duration::from_millis(5) {
            cache.ask_progress().await;
            asked = Instant::now();
        }
        let Ok(answer) = timeout(Duration::from_millis(20), cache.stream.message()).await else { continue };
        let answer = answer.unwrap().expect("the stream goes on");
        let revision = header_revision(&answer.header);
        if answer.events.is_empty() {
            assert!(!answer.canceled, "{answer:?}");
            assert!(!reliable || revision <= seen, "progress to {revision} while events have come up to {seen}");
            assert!(revision >= progress && revision >= start, "progress goes back from {progress} to {revision}");
            progress = revision;
            continue;
        }
        for event in &answer.events {
            let kv = event.kv.as_ref().expect("an event has a key");
            assert_eq!(kv.mod_revision, seen + 1, "every revision comes once and in order");
            assert!(!reliable || kv.mod_revision > progress);
            assert_eq!(event.prev_kv.is_some(), kv.create_revision != kv.mod_revision, "what was before comes with a change");
            seen = kv.mod_revision;
        }
        assert!(revision >= seen, "a header is not behind its events");
    }
    writing.await.expect("the writer does not fail");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_watch_reports_progress_by_itself() {
    let interval = if ServerCommand::is_foreign() {
        "--experimental-watch-progress-notify-interval"
    } else {
        "--watch-progress-notify-interval"
    };
    let cluster = Cluster::start(1, &[&format!("{interval}=100ms")]).await;
    let mut c = cluster.clients().await;
    let mut cache = WatchCache::open(&c, "/registry/idle/", 0).await;
    let written = header_revision(&create(&mut c, "/registry/busy/a", "1", 0).await.header);
    wait_for(SOON, "progress up to the last write", async || {
        let answer = cache.next().await.unwrap();
        assert!(answer.events.is_empty() && !answer.canceled && answer.watch_id == 0, "{answer:?}");
        (header_revision(&answer.header) >= written).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eighty_watches_share_one_connection() {
    const STREAMS: usize = 80;
    let cluster = Cluster::single().await;
    let mut c = cluster.clients().await;
    let mut caches = Vec::new();
    for i in 0..STREAMS {
        caches.push(WatchCache::open(&c, &format!("/registry/kind-{i:02}/"), 0).await);
    }
    for i in 0..STREAMS {
        assert!(create(&mut c, &format!("/registry/kind-{i:02}/a"), "1", 0).await.succeeded);
    }
    for (i, cache) in caches.iter_mut().enumerate() {
        let answer = cache.next().await.unwrap();
        let key = answer.events[0].kv.as_ref().expect("an event has a key").key.clone();
        assert_eq!((answer.events.len(), key), (1, format!("/registry/kind-{i:02}/a").into()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_quorum_watches_that_need_a_leader_end_and_serializable_reads_go_on() {
    let mut cluster = Cluster::start(3, &[]).await;
    let leader = cluster.leader().await;
    let alone = (leader + 1) % 3;
    let mut c = Clients::to(&cluster.members[alone].endpoint()).await;
    create(&mut c, "/registry/a", "1", 0).await;
    let mut cache = WatchCache::open(&c, "/registry/", 0).await;
    for i in (0..3).filter(|&i| i != alone) {
        cluster.members[i].kill();
    }
    let ended = timeout(Duration::from_secs(30), async {
        loop {
            if let Err(status) = cache.next().await {
                return status;
            }
        }
    });
    let status = ended.await.expect("the watch is ended");
    assert_eq!((status.code(), status.message()), (Code::Unavailable, NO_LEADER));

    let mut refused = Request::new(list("/registry/", 0, 0));
    refused.metadata_mut().insert("hasleader", "true".parse().expect("a metadata value"));
    let status = c.kv.range(refused).await.unwrap_err();
    assert_eq!((status.code(), status.message()), (Code::Unavailable, NO_LEADER));
    let local = range(&mut c, RangeRequest { serializable: true, ..list("/registry/", 0, 0) }).await.unwrap();
    assert_eq!(local.count, 1);
    let linearizable = timeout(Duration::from_secs(3), range(&mut c, list("/registry/", 0, 0))).await;
    assert!(!matches!(linearizable, Ok(Ok(_))), "a linearizable read needs a quorum: {linearizable:?}");

    for i in (0..3).filter(|&i| i != alone) {
        cluster.members[i].start();
    }
    wait_for(Duration::from_secs(30), "reads go on with a quorum", async || range(&mut c, list("/registry/", 0, 0)).await.ok())
        .await;
}

// --- compaction ---

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_three_servers_that_compact_one_wins_each_round() {
    const ROUNDS: i64 = 8;
    let cluster = Cluster::single().await;
    let mut c = cluster.clients().await;
    let mut last_seen = 0;
    for round in 0..ROUNDS {
        for i in 0..20 {
            let (key, value) = (format!("/registry/busy/{round}-{i}"), "1");
            assert!(create(&mut c, &key, value, 0).await.succeeded);
        }
        let mut servers = Vec::new();
        for _ in 0..3 {
            let mut own = cluster.clients().await;
            servers.push(tokio::spawn(async move {
                let compare = Compare {
                    target: compare::CompareTarget::Version as i32,
                    target_union: Some(compare::TargetUnion::Version(round)),
                    ..mod_revision_is("compact_rev_key", 0)
                };
                let value = last_seen.to_string();
                let answer =
                    txn(&mut own, compare, vec![put_of("compact_rev_key", &value, 0)], vec![get_of("compact_rev_key")]).await;
                let revision = header_revision(&answer.header);
                if !answer.succeeded {
                    let [Answer::ResponseRange(current)] = &answers(answer)[..] else { panic!("one range") };
                    assert_eq!(current.kvs[0].version, round + 1, "the loser learns of the winner's round");
                    return (false, revision);
                }
                if last_seen > 0 {
                    let request = CompactionRequest { revision: last_seen, physical: false };
                    own.kv.compact(request).await.expect("the winner compacts what it saw a round ago");
                }
                (true, revision)
            }));
        }
        let mut won = Vec::new();
        for server in servers {
            let (is_winner, revision) = server.await.expect("a server does not fail");
            if is_winner {
                won.push(revision);
            }
        }
        assert_eq!(won.len(), 1, "round {round}");
        if last_seen > 1 {
            let past = range(&mut c, list("/registry/", 1, last_seen - 1)).await.unwrap_err();
            assert_eq!((past.code(), past.message()), (Code::OutOfRange, COMPACTED));
            assert!(range(&mut c, list("/registry/", 1, last_seen)).await.is_ok(), "the compact revision itself can be read");
            let twice = c.kv.compact(CompactionRequest { revision: last_seen, physical: false }).await.unwrap_err();
            assert_eq!((twice.code(), twice.message()), (Code::OutOfRange, COMPACTED));
        }
        last_seen = won[0];
    }
}

// --- leases ---

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_that_share_a_lease_vanish_in_one_revision() {
    const EVENTS: usize = 300;
    let cluster = Cluster::single().await;
    let mut c = cluster.clients().await;
    let grant = |ttl| LeaseGrantRequest { ttl, id: 0 };
    let short = c.lease.lease_grant(grant(3)).await.unwrap().into_inner();
    let long = c.lease.lease_grant(grant(600)).await.unwrap().into_inner();
    let granted = Instant::now();
    let prefix = "/registry/events/";
    for i in 0..EVENTS {
        let lease = if i % 10 == 0 { long.id } else { short.id };
        assert!(create(&mut c, &format!("{prefix}{i:04}"), "1", lease).await.succeeded);
    }
    let before = range(&mut c, list(prefix, 0, 0)).await.unwrap();
    let revision = header_revision(&before.header);
    let dead: Vec<_> = before.kvs.iter().filter(|kv| kv.lease == short.id).map(|kv| kv.key.clone()).collect();
    assert_eq!(dead.len(), EVENTS * 9 / 10);
    let mut cache = WatchCache::open(&c, prefix, revision + 1).await;
    let answer = loop {
        let answer = cache.next().await.unwrap();
        if !answer.events.is_empty() {
            break answer;
        }
    };
    let lasted = granted.elapsed();
    assert!(lasted >= Duration::from_secs(3), "a lease of 3 s ended after {lasted:?}");
    assert_eq!(answer.events.len(), dead.len(), "one answer holds the whole revision");
    for (event, key) in answer.events.iter().zip(&dead) {
        let kv = event.kv.as_ref().expect("an event has a key");
        assert_eq!((event.r#type, &kv.key, kv.mod_revision), (EventType::Delete as i32, key, revision + 1));
        assert_eq!(event.prev_kv.as_ref().map(|kv| kv.lease), Some(short.id));
    }
    let after = range(&mut c, list(prefix, 0, 0)).await.unwrap();
    assert_eq!((after.count as usize, header_revision(&after.header)), (EVENTS / 10, revision + 1));
}
