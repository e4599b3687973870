//! The Watch service over loopback, asked by the generated client.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    service::TowerToHyperService,
};
use quorate_proto::etcdserverpb::{
    WatchCancelRequest, WatchCreateRequest, WatchProgressRequest, WatchRequest, WatchResponse, watch_client::WatchClient,
    watch_request::RequestUnion,
};
use tokio::{net::TcpListener, sync::mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{
    Code, Request, Status, Streaming,
    transport::{Channel, Endpoint},
};

use super::{
    caller::{Shown, WatchAccess, WatchVerdict},
    header::{HeaderFacts, LeaderWatch, MemberFacts},
    watch::{WatchOptions, WatchService},
};
use crate::core::{
    limits,
    server::watch_loop::WatchHandle,
    watch::memory::{MemoryHistory, Op, delete, put},
};

const DEADLINE: Duration = Duration::from_secs(20);

/// A member with a leader, or without.
struct Member {
    has_leader: AtomicBool,
}

impl HeaderFacts for Member {
    fn header(&self) -> MemberFacts {
        MemberFacts { cluster_id: 11, member_id: 22, raft_term: 33 }
    }
}

impl LeaderWatch for Member {
    fn has_leader(&self) -> bool {
        self.has_leader.load(Ordering::SeqCst)
    }
}

impl WatchAccess for Member {
    fn may_watch<'a>(&'a self, _: &'a Shown, _: &'a Bytes, _: &'a Bytes) -> WatchVerdict<'a> {
        Box::pin(async { Ok(()) })
    }
}

struct Rig {
    history: Arc<MemoryHistory>,
    handle: WatchHandle,
    member: Arc<Member>,
    client: WatchClient<Channel>,
}

impl Rig {
    async fn new() -> Self {
        Self::with_progress_every(Duration::from_secs(600)).await
    }

    async fn with_progress_every(progress_interval: Duration) -> Self {
        let history = Arc::new(MemoryHistory::default());
        let (handle, hub) = WatchHandle::new(history.clone());
        hub.spawn(|fault| panic!("{fault}")).unwrap();
        let member = Arc::new(Member { has_leader: AtomicBool::new(true) });
        let options = WatchOptions {
            progress_interval,
            election_timeout: Duration::from_millis(20),
            max_request_bytes: limits::REQUEST_BYTES_MAX,
        };
        let service = WatchService::new(handle.clone(), member.clone(), member.clone(), member.clone(), options);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(serve(listener, service));
        let channel = Endpoint::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap();
        let client = WatchClient::new(channel);
        Self { history, handle, member, client: client.max_decoding_message_size(usize::MAX) }
    }

    fn commit(&self, ops: &[Op]) {
        self.handle.publish(vec![self.history.commit(ops)]);
    }

    async fn open(&self) -> Stream {
        self.open_with(false).await.unwrap()
    }

    async fn open_with(&self, requires_leader: bool) -> Result<Stream, Status> {
        let (requests, outgoing) = mpsc::channel(1000);
        let mut request = Request::new(ReceiverStream::new(outgoing));
        if requires_leader {
            request.metadata_mut().insert("hasleader", "true".parse().unwrap());
        }
        let responses = self.client.clone().watch(request).await?.into_inner();
        Ok(Stream { requests: Some(requests), responses })
    }
}

/// Serves one connection after the other accepted, each on its own task.
async fn serve(listener: TcpListener, service: WatchService) {
    loop {
        let (connection, _) = listener.accept().await.unwrap();
        let service = TowerToHyperService::new(service.clone());
        tokio::spawn(async move {
            let http2 = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
            // A client that goes away in the middle is no failure of the test.
            let _gone = http2.serve_connection(TokioIo::new(connection), service).await;
        });
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.handle.stop();
    }
}

struct Stream {
    requests: Option<mpsc::Sender<WatchRequest>>,
    responses: Streaming<WatchResponse>,
}

impl Stream {
    async fn ask(&self, request: RequestUnion) {
        let request = WatchRequest { request_union: Some(request) };
        self.requests.as_ref().expect("the client sends").send(request).await.unwrap();
    }

    async fn create(&self, create: WatchCreateRequest) {
        self.ask(RequestUnion::CreateRequest(create)).await;
    }

    async fn next(&mut self) -> Result<WatchResponse, Status> {
        let message = tokio::time::timeout(DEADLINE, self.responses.message()).await.expect("in time")?;
        Ok(message.expect("the server does not end a stream without a status"))
    }
}

fn on(key: &'static str) -> WatchCreateRequest {
    WatchCreateRequest { key: Bytes::from(key), ..WatchCreateRequest::default() }
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < DEADLINE, "{what}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn a_session_creates_receives_asks_for_progress_and_cancels() {
    let rig = Rig::new().await;
    let mut stream = rig.open().await;
    stream.create(WatchCreateRequest { prev_kv: true, ..on("a") }).await;
    let created = stream.next().await.unwrap();
    let header = created.header.unwrap();
    assert_eq!((header.cluster_id, header.member_id, header.raft_term, header.revision), (11, 22, 33, 1));
    assert!(created.created && !created.canceled && created.watch_id == 0);

    rig.commit(&[put("a", "1")]);
    rig.commit(&[put("a", "2"), put("b", "")]);
    rig.commit(&[delete("a")]);
    for (revision, kind, value, previous) in [(2, 0, "1", None), (3, 0, "2", Some("1")), (4, 1, "", Some("2"))] {
        let response = stream.next().await.unwrap();
        assert_eq!(response.header.unwrap().revision, revision);
        assert_eq!(response.events.len(), 1);
        let event = &response.events[0];
        let kv = event.kv.as_ref().unwrap();
        assert_eq!((event.r#type, kv.value.as_ref(), kv.mod_revision), (kind, value.as_bytes(), revision));
        assert_eq!(event.prev_kv.as_ref().map(|kv| kv.value.as_ref()), previous.map(str::as_bytes));
    }

    stream.ask(RequestUnion::ProgressRequest(WatchProgressRequest {})).await;
    let progress = stream.next().await.unwrap();
    assert_eq!((progress.watch_id, progress.header.unwrap().revision, progress.events.len()), (-1, 4, 0));

    stream.ask(RequestUnion::CancelRequest(WatchCancelRequest { watch_id: 9 })).await;
    stream.ask(RequestUnion::CancelRequest(WatchCancelRequest { watch_id: 0 })).await;
    let canceled = stream.next().await.unwrap();
    assert!(canceled.canceled && !canceled.created && canceled.watch_id == 0 && canceled.cancel_reason.is_empty());
}

#[tokio::test]
async fn a_refused_creation_is_one_message_and_the_stream_goes_on_in_order() {
    let rig = Rig::new().await;
    let mut stream = rig.open().await;
    stream.create(WatchCreateRequest { watch_id: 4, ..on("a") }).await;
    stream.create(WatchCreateRequest { watch_id: 4, ..on("a") }).await;
    stream.create(WatchCreateRequest { range_end: Bytes::from("a"), ..on("b") }).await;
    stream.requests.as_ref().unwrap().send(WatchRequest { request_union: None }).await.unwrap();
    stream.create(on("a")).await;
    let mut answers = Vec::new();
    for _ in 0..4 {
        let answer = stream.next().await.unwrap();
        assert!(answer.created);
        answers.push((answer.watch_id, answer.canceled, answer.cancel_reason));
    }
    let refused = |reason: &str| (-1, true, reason.to_owned());
    assert_eq!(
        answers,
        [
            (4, false, String::new()),
            refused("mvcc: duplicate watch ID provided on the WatchStream"),
            refused("mvcc: watcher range is empty"),
            (0, false, String::new()),
        ]
    );
}

#[tokio::test]
async fn a_start_below_the_compact_revision_ends_the_watcher_with_header_revision_zero() {
    let rig = Rig::new().await;
    for value in ["1", "2", "3"] {
        rig.commit(&[put("a", value)]);
    }
    rig.history.compact(3);
    let mut stream = rig.open().await;
    stream.create(WatchCreateRequest { start_revision: 2, ..on("a") }).await;
    assert!(stream.next().await.unwrap().created);
    let end = stream.next().await.unwrap();
    assert!(end.canceled && !end.created && end.cancel_reason.is_empty());
    assert_eq!((end.compact_revision, end.header.unwrap().revision), (3, 0));
}

#[tokio::test]
async fn a_client_that_stops_sending_still_receives() {
    let rig = Rig::new().await;
    let mut stream = rig.open().await;
    stream.create(on("a")).await;
    assert!(stream.next().await.unwrap().created);
    stream.requests = None;
    for value in ["1", "2", "3"] {
        rig.commit(&[put("a", value)]);
        assert_eq!(stream.next().await.unwrap().events.len(), 1);
    }
    drop(stream);
    until("a call that is over is forgotten", || rig.handle.facts().streams == 0).await;
    assert!(!rig.handle.active());
}

#[tokio::test]
async fn a_client_that_reads_nothing_costs_bounded_memory_and_later_gets_everything() {
    const COUNT: i64 = 3000;
    let rig = Rig::new().await;
    let mut slow = rig.open().await;
    let mut fast = rig.open().await;
    for stream in [&mut slow, &mut fast] {
        stream.create(on("a")).await;
        assert!(stream.next().await.unwrap().created);
    }
    let value = "x".repeat(20_000);
    let writer = async {
        for at in 0..COUNT {
            rig.commit(&[put("a", &value)]);
            if at % 50 == 0 {
                tokio::task::yield_now().await;
            }
        }
    };
    let reader = async {
        let mut seen = 0;
        while seen < COUNT {
            seen += fast.next().await.unwrap().events.len() as i64;
        }
    };
    tokio::join!(writer, reader);
    until("the slow one is blocked", || rig.handle.facts().slow_watchers == 1).await;
    let mut expected = 2;
    while expected < COUNT + 2 {
        for event in slow.next().await.unwrap().events {
            assert_eq!(event.kv.unwrap().mod_revision, expected);
            expected += 1;
        }
    }
}

#[tokio::test]
async fn a_large_response_is_fragmented_only_for_those_who_ask() {
    let rig = Rig::new().await;
    let value = "x".repeat(1_500_000);
    rig.commit(&[put("a", &value), put("b", &value), put("c", &value)]);
    let mut stream = rig.open().await;
    let all = WatchCreateRequest { range_end: Bytes::from("z"), start_revision: 2, ..on("a") };
    stream.create(all.clone()).await;
    assert!(stream.next().await.unwrap().created);
    assert_eq!(stream.next().await.unwrap().events.len(), 3);
    stream.create(WatchCreateRequest { fragment: true, ..all }).await;
    assert!(stream.next().await.unwrap().created);
    for more in [true, true, false] {
        let piece = stream.next().await.unwrap();
        assert_eq!((piece.fragment, piece.events.len(), piece.watch_id, piece.header.unwrap().revision), (more, 1, 1, 2));
    }
}

#[tokio::test]
async fn progress_is_notified_to_a_quiet_watcher_that_asked() {
    let rig = Rig::with_progress_every(Duration::from_millis(50)).await;
    let mut stream = rig.open().await;
    stream.create(on("b")).await;
    stream.create(WatchCreateRequest { progress_notify: true, ..on("a") }).await;
    rig.commit(&[put("x", "")]);
    assert!(stream.next().await.unwrap().created);
    assert!(stream.next().await.unwrap().created);
    for _ in 0..2 {
        let progress = stream.next().await.unwrap();
        assert_eq!((progress.watch_id, progress.header.unwrap().revision), (1, 2));
        assert!(progress.events.is_empty() && !progress.created && !progress.canceled);
    }
}

#[tokio::test]
async fn a_stream_that_requires_a_leader_is_refused_or_ended_without_one_and_others_are_not() {
    let rig = Rig::new().await;
    let mut requiring = rig.open_with(true).await.unwrap();
    let mut content = rig.open().await;
    content.create(on("a")).await;
    assert!(content.next().await.unwrap().created);
    rig.member.has_leader.store(false, Ordering::SeqCst);
    let end = requiring.next().await.unwrap_err();
    assert_eq!((end.code(), end.message()), (Code::Unavailable, "etcdserver: no leader"));
    let refused = rig.open_with(true).await.err().unwrap();
    assert_eq!((refused.code(), refused.message()), (Code::Unavailable, "etcdserver: no leader"));
    rig.commit(&[put("a", "1")]);
    assert_eq!(content.next().await.unwrap().events.len(), 1);
}

#[tokio::test]
async fn stopping_the_member_ends_open_streams() {
    let rig = Rig::new().await;
    let mut stream = rig.open().await;
    rig.handle.stop();
    assert_eq!(stream.next().await.unwrap_err().code(), Code::Unavailable);
}
