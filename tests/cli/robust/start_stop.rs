//! Starting where another server is, and stopping when told to.

use std::{os::unix::process::ExitStatusExt, process::ExitStatus, time::Duration};

use quorate_proto::etcdserverpb::{
    LeaseGrantRequest, LeaseKeepAliveRequest, WatchCreateRequest, WatchRequest, watch_request::RequestUnion,
};
use rustix::process::Signal;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Code;

use crate::common::{Clients, Cluster, ServerCommand, put, range_all, wait_for};

const REFUSED_WITHIN: Duration = Duration::from_secs(15);
const STOPS_WITHIN: Duration = Duration::from_secs(1);

/// Runs the server with `flags` until it ends; gives its exit status and what it said.
async fn run(flags: &[String]) -> (ExitStatus, String) {
    let command = tokio::process::Command::from(ServerCommand::under_test().with(flags)).kill_on_drop(true).output();
    let output = tokio::time::timeout(REFUSED_WITHIN, command).await;
    let output = output.unwrap_or_else(|_| panic!("still running after {REFUSED_WITHIN:?}: {flags:?}"));
    let output = output.expect("the server can be started");
    (output.status, String::from_utf8_lossy(&output.stderr).into_owned())
}

/// The flags of a member, with some of them replaced.
fn changed(flags: &[String], changes: &[(&str, String)]) -> Vec<String> {
    let mut all = flags.to_vec();
    // The last one of a flag wins.
    all.extend(changes.iter().map(|(name, value)| format!("--{name}={value}")));
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_process_on_the_same_directory_is_refused() {
    if ServerCommand::is_foreign() {
        return; // etcd waits for the lock, however long
    }
    let cluster = Cluster::single().await;
    let member = &cluster.members[0];
    let spare = crate::common::free_ports(2);
    let [client, peer] = [0, 1].map(|i| format!("http://127.0.0.1:{}", spare[i]));
    let flags = changed(
        member.flags(),
        &[("listen-client-urls", client.clone()), ("advertise-client-urls", client), ("listen-peer-urls", peer)],
    );
    let (status, said) = run(&flags).await;
    assert!(!status.success(), "{status}");
    let directory = member.data_dir.display().to_string();
    assert!(
        said.contains(&directory) && said.contains("another process"),
        "the message names the directory and the reason: {said}"
    );
    let mut c = cluster.clients().await;
    put(&mut c, "a", "the first one goes on").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_taken_port_is_refused_by_name() {
    let cluster = Cluster::single().await;
    let member = &cluster.members[0];
    let spare = crate::common::free_ports(1)[0];
    let free = format!("http://127.0.0.1:{spare}");
    let other = cluster.dir().join("other").display().to_string();
    for (flag, port) in [("listen-client-urls", member.client_port), ("listen-peer-urls", member.peer_port)] {
        let opposite = if flag == "listen-client-urls" { "listen-peer-urls" } else { "listen-client-urls" };
        let flags = changed(member.flags(), &[("data-dir", other.clone()), (opposite, free.clone())]);
        let (status, said) = run(&flags).await;
        assert!(!status.success(), "{flag}: {status}");
        let named = said.contains(&port.to_string()) && said.contains("in use");
        assert!(named, "the message names the address and the reason: {said}");
    }
    let mut c = cluster.clients().await;
    put(&mut c, "a", "the first one goes on").await;
}

/// Streams as clients leave them open.
struct OpenStreams {
    _watch: tonic::Streaming<quorate_proto::etcdserverpb::WatchResponse>,
    _lease: tonic::Streaming<quorate_proto::etcdserverpb::LeaseKeepAliveResponse>,
    _senders: (mpsc::Sender<WatchRequest>, mpsc::Sender<LeaseKeepAliveRequest>),
}

async fn open_streams(c: &mut Clients) -> OpenStreams {
    let (watch_sender, outgoing) = mpsc::channel(1);
    let create = WatchCreateRequest { key: "a".into(), ..Default::default() };
    watch_sender.send(WatchRequest { request_union: Some(RequestUnion::CreateRequest(create)) }).await.unwrap();
    let mut watch = c.watch.watch(ReceiverStream::new(outgoing)).await.unwrap().into_inner();
    assert!(watch.message().await.unwrap().unwrap().created);
    let id = c.lease.lease_grant(LeaseGrantRequest { ttl: 600, id: 0 }).await.unwrap().into_inner().id;
    let (lease_sender, outgoing) = mpsc::channel(1);
    lease_sender.send(LeaseKeepAliveRequest { id }).await.unwrap();
    let mut lease = c.lease.lease_keep_alive(ReceiverStream::new(outgoing)).await.unwrap().into_inner();
    assert_eq!(lease.message().await.unwrap().unwrap().ttl, 600);
    OpenStreams { _watch: watch, _lease: lease, _senders: (watch_sender, lease_sender) }
}

fn stopped_on_purpose(status: ExitStatus) -> bool {
    status.success() || status.signal() == Some(Signal::TERM.as_raw())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lone_member_stops_within_a_second_and_comes_back() {
    let mut cluster = Cluster::single().await;
    for round in 1..=3 {
        let mut c = cluster.clients().await;
        put(&mut c, format!("round-{round}"), "1").await;
        let _open = open_streams(&mut c).await;
        let status = cluster.members[0].terminate(STOPS_WITHIN).await;
        assert!(stopped_on_purpose(status), "{status}");
        cluster.members[0].restart().await;
        let mut c = cluster.clients().await;
        assert_eq!(range_all(&mut c).await.unwrap().count, round);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_is_told_to_stop_hands_over_first() {
    // So long that the next leader can't be one that waited for it, and a busy machine makes no difference.
    let mut cluster = Cluster::start(3, &["--election-timeout", "5000"]).await;
    let leader = cluster.leader().await;
    let mut c = Clients::to(&cluster.members[leader].endpoint()).await;
    let _open = open_streams(&mut c).await;
    put(&mut c, "a", "1").await;
    let term = c.status().await.unwrap().raft_term;
    let status = cluster.members[leader].terminate(Duration::from_millis(1500)).await;
    assert!(stopped_on_purpose(status), "{status}");
    // The others go on at once: no election timeout passes.
    let mut other = Clients::to(&cluster.members[(leader + 1) % 3].endpoint()).await;
    let next = wait_for(Duration::from_millis(2500), "another member leads", async || {
        let status = other.status().await.ok()?;
        (status.leader != 0 && status.raft_term > term).then_some(status)
    })
    .await;
    assert_eq!(next.raft_term, term + 1, "one election, without a contest");
    put(&mut other, "b", "2").await;
    cluster.members[leader].restart().await;
    let mut back = Clients::to(&cluster.members[leader].endpoint()).await;
    assert_eq!(range_all(&mut back).await.unwrap().count, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_that_find_no_quorum_stop_when_told_to() {
    let mut cluster = Cluster::start(3, &[]).await;
    cluster.members[0].kill();
    cluster.members[1].kill();
    let mut c = Clients::to(&cluster.members[2].endpoint()).await;
    let pending = tokio::spawn(async move { range_all(&mut c).await });
    let status = cluster.members[2].terminate(STOPS_WITHIN).await;
    assert!(stopped_on_purpose(status), "{status}");
    let refused = pending.await.expect("the reader does not fail").expect_err("nobody can answer");
    assert!(matches!(refused.code(), Code::Unavailable | Code::Unknown | Code::Cancelled | Code::Internal), "{refused}");
}

/// Go raises the soft limit when a program starts, so etcd has what the hard limit allows.
#[tokio::test]
async fn the_soft_limit_of_descriptors_is_raised_to_the_hard_one() {
    let command = ServerCommand::under_test();
    let mut cluster = Cluster::prepare(&command, 1, &[]);
    cluster.members[0].start_behind(["prlimit", "--nofile=300:4321"].map(str::to_owned).into());
    cluster.members[0].start();
    cluster.all_ready().await.unwrap();
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", cluster.members[0].pid())).unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    assert_eq!(line.split_whitespace().collect::<Vec<_>>()[3..5], ["4321", "4321"]);
}
