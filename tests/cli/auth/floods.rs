//! Floods by whoever has no business here: they cost no election, no entry of the log, and no user their writes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use quorate_proto::etcdserverpb::{
    AuthUserAddRequest, AuthenticateRequest, LeaseGrantRequest, LeaseRevokeRequest, RequestOp, StatusRequest, TxnRequest,
    request_op::Request as Op,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

use super::{Clients, PASSWORD, cluster, leader, log_in, put, range, signed};
use crate::common::Cluster;

/// So long that only a member whose heartbeats do not come through misses them, on a busy machine too.
const ELECTION_TIMEOUT: &str = "--election-timeout=3000";
const FLOOD: Duration = Duration::from_secs(8);
/// What a request of a user may take: the request timeout, two election timeouts more than five seconds.
const ANSWER_WITHIN: Duration = Duration::from_secs(11);
const CONNECTIONS: usize = 4;
const CALLS_AT_A_TIME: usize = 16;

/// Sends one kind of request after the other, none of which is let in, until the time is over.
async fn flood(mut clients: Clients, until: Instant, sent: Arc<AtomicU64>) {
    while Instant::now() < until {
        let forged = signed("AAAAAAAAAAAAAAAA.1", put("key"));
        let anonymous = AuthUserAddRequest { name: "mallory".into(), password: "p".into(), ..Default::default() };
        let op = RequestOp { request: Some(Op::RequestPut(put("key"))) };
        let txn = TxnRequest { success: vec![op], ..Default::default() };
        let refused = [
            clients.kv.put(put("key")).await.is_err(),
            clients.kv.put(forged).await.is_err(),
            clients.kv.range(range("key", "")).await.is_err(),
            clients.kv.txn(txn).await.is_err(),
            clients.lease.lease_grant(LeaseGrantRequest { ttl: 60, id: 0 }).await.is_err(),
            clients.lease.lease_revoke(LeaseRevokeRequest { id: 1 }).await.is_err(),
            clients.auth.user_add(anonymous).await.is_err(),
        ];
        assert_eq!(refused, [true; 7]);
        sent.fetch_add(refused.len() as u64, Ordering::Relaxed);
    }
}

/// Guesses a password, over and over.
async fn guess(mut clients: Clients, until: Instant) {
    while Instant::now() < until {
        let guess = AuthenticateRequest { name: "alice".into(), password: "guess".into() };
        clients.auth.authenticate(guess).await.unwrap_err();
    }
}

/// Connects over and over: half of the connections say nothing, the others ask for the member's health.
async fn knock(endpoint: String, until: Instant) {
    let mut silent = Vec::new();
    while Instant::now() < until {
        // None may be free for a moment.
        if let Ok(stream) = TcpStream::connect(&endpoint).await {
            silent.push(stream);
        }
        if silent.len() > 200 {
            silent.clear();
        }
        let Ok(mut stream) = TcpStream::connect(&endpoint).await else { continue };
        let asked = stream.write_all(b"GET /health HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
        let mut answer = Vec::new();
        if asked.is_ok() {
            _ = stream.read_to_end(&mut answer).await;
        }
    }
}

async fn status(cluster: &Cluster, member: usize, token: &str) -> (u64, u64) {
    let mut clients = Clients::to(&cluster.members[member].endpoint()).await;
    let status = clients.maintenance.status(signed(token, StatusRequest {})).await.unwrap().into_inner();
    (status.raft_term, status.raft_applied_index)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn floods_of_those_who_are_not_let_in_cost_no_election_no_entry_and_no_write() {
    let grants = [(super::Type::Readwrite, "a", "b")];
    // Passwords cost what they cost by default.
    let cluster = cluster(3, &["--bcrypt-cost=10", ELECTION_TIMEOUT, "--heartbeat-interval=100"], &grants).await;
    let mut alice = cluster.clients().await;
    let (root, token) = (log_in(&mut alice, "root").await, log_in(&mut alice, "alice").await);
    let led_by = leader(&cluster, &root).await;
    let before = status(&cluster, led_by, &root).await;

    let (until, sent) = (Instant::now() + FLOOD, Arc::<AtomicU64>::default());
    let mut floods = JoinSet::new();
    for endpoint in cluster.endpoints() {
        for _ in 0..CONNECTIONS {
            let clients = Clients::to(&endpoint).await;
            floods.spawn(guess(clients.clone(), until));
            (0..CALLS_AT_A_TIME).for_each(|_| drop(floods.spawn(flood(clients.clone(), until, Arc::clone(&sent)))));
        }
        floods.spawn(knock(endpoint, until));
    }
    let (mut writes, mut slowest) = (0, Duration::ZERO);
    while Instant::now() < until {
        let asked = Instant::now();
        alice.kv.put(signed(&token, put("a"))).await.unwrap();
        slowest = slowest.max(asked.elapsed());
        writes += 1;
    }
    while let Some(ended) = floods.join_next().await {
        ended.unwrap();
    }
    let after = status(&cluster, led_by, &root).await;
    let sent = sent.load(Ordering::Relaxed);
    println!("{sent} refused, {writes} written, slowest {slowest:?}, {} entries", after.1 - before.1);
    assert!(slowest < ANSWER_WITHIN);
    assert_eq!(after.0, before.0, "the term");
    assert_eq!(leader(&cluster, &root).await, led_by);
    // Beside the writes: tokens that are renewed, and what members note for themselves.
    assert!(after.1 - before.1 <= writes + 50, "{} entries for {writes} writes", after.1 - before.1);
    assert!(sent > 10 * writes, "{sent} refused beside {writes} writes are no flood");
    // The right user comes in.
    let request = AuthenticateRequest { name: "alice".into(), password: PASSWORD.into() };
    alice.auth.authenticate(request).await.unwrap();
}
