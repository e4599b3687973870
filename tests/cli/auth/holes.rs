//! Holes that etcd has had, each closed here, by the name that it was known by.

use std::{fs, path::Path};

use quorate_proto::{
    authpb::permission::Type,
    etcdserverpb::{
        AlarmRequest, CompactionRequest, HashKvRequest, LeaseGrantRequest, LeaseKeepAliveRequest, LeaseLeasesRequest,
        LeaseRevokeRequest, LeaseTimeToLiveRequest, MemberListRequest, MemberPromoteRequest, PutRequest, RequestOp,
        StatusRequest, TxnRequest, WatchCreateRequest, WatchRequest, WatchResponse, request_op::Request as Op,
        watch_request::RequestUnion,
    },
};
use tonic::Request;

use super::{DENIED, NO_TOKEN, NOBODY, PASSWORD, cluster, enable, grant, leader, log_in, put, range, refused, signed};
use crate::common::{Clients, Cluster};

async fn first_of_watch(clients: &mut Clients, token: &str, key: &str, range_end: &str) -> WatchResponse {
    let (key, range_end) = (key.to_owned().into(), range_end.to_owned().into());
    let create = WatchCreateRequest { key, range_end, ..Default::default() };
    let request = WatchRequest { request_union: Some(RequestUnion::CreateRequest(create)) };
    let (sender, requests) = tokio::sync::mpsc::channel(1);
    sender.send(request).await.unwrap();
    let requests = tokio_stream::wrappers::ReceiverStream::new(requests);
    let mut stream = clients.watch.watch(signed(token, requests)).await.unwrap().into_inner();
    stream.message().await.unwrap().expect("an answer")
}

/// Whoever may read `k` once watched everything from `k` on, with a zero byte as the range's end.
#[tokio::test]
async fn ghsa_xg4h_6gfc_h4m8_a_watch_with_an_open_end_needs_all_that_is_behind_its_key() {
    let cluster = cluster(1, &[], &[(Type::Read, "k", "")]).await;
    let mut clients = cluster.clients().await;
    let alice = log_in(&mut clients, "alice").await;
    let one = first_of_watch(&mut clients, &alice, "k", "").await;
    assert!(one.created && !one.canceled);
    for (key, range_end) in [("k", "\0"), ("", "\0"), ("k", "l"), ("", "")] {
        let open = first_of_watch(&mut clients, &alice, key, range_end).await;
        assert!(open.created && open.canceled && open.watch_id == -1, "{key:?} {range_end:?}: {open:?}");
        assert_eq!(open.cancel_reason, "rpc error: code = PermissionDenied desc = etcdserver: permission denied");
    }
    let nobody = first_of_watch(&mut clients, "", "k", "").await;
    assert_eq!(nobody.cancel_reason, "rpc error: code = InvalidArgument desc = etcdserver: user name is empty");
    let wrong = first_of_watch(&mut clients, "no.such", "k", "").await;
    assert_eq!(wrong.cancel_reason, "rpc error: code = Unauthenticated desc = etcdserver: invalid auth token");
}

fn within(depth: usize, op: Op) -> TxnRequest {
    let mut txn = TxnRequest { success: vec![RequestOp { request: Some(op) }], ..Default::default() };
    for _ in 0..depth {
        txn = TxnRequest { success: vec![RequestOp { request: Some(Op::RequestTxn(txn)) }], ..Default::default() };
    }
    txn
}

#[tokio::test]
async fn cve_2026_33343_operations_of_nested_transactions_are_looked_at() {
    let cluster = cluster(1, &[], &[(Type::Readwrite, "a", "b")]).await;
    let mut clients = cluster.clients().await;
    let alice = log_in(&mut clients, "alice").await;
    for depth in 0..3 {
        clients.kv.txn(signed(&alice, within(depth, Op::RequestPut(put("a"))))).await.unwrap();
        for op in [Op::RequestPut(put("z")), Op::RequestRange(range("a", "\0"))] {
            assert_eq!(refused(clients.kv.txn(signed(&alice, within(depth, op))).await), DENIED, "{depth}");
        }
    }
}

#[tokio::test]
async fn pr_21680_a_nested_put_that_shows_the_previous_value_needs_the_right_to_read() {
    let cluster = cluster(1, &[], &[(Type::Write, "w", "")]).await;
    let mut clients = cluster.clients().await;
    let alice = log_in(&mut clients, "alice").await;
    for depth in 0..3 {
        clients.kv.txn(signed(&alice, within(depth, Op::RequestPut(put("w"))))).await.unwrap();
        let shows = Op::RequestPut(PutRequest { prev_kv: true, ..put("w") });
        assert_eq!(refused(clients.kv.txn(signed(&alice, within(depth, shows))).await), DENIED);
    }
}

#[tokio::test]
async fn pr_21688_a_nested_put_with_a_lease_needs_the_right_to_write_what_hangs_on_it() {
    let cluster = cluster(1, &[], &[(Type::Readwrite, "a", "b")]).await;
    let mut clients = cluster.clients().await;
    let (root, alice) = (log_in(&mut clients, "root").await, log_in(&mut clients, "alice").await);
    clients.lease.lease_grant(signed(&root, LeaseGrantRequest { id: 7, ttl: 600 })).await.unwrap();
    clients.kv.put(signed(&root, PutRequest { lease: 7, ..put("z") })).await.unwrap();
    let leased = PutRequest { lease: 7, ..put("a") };
    assert_eq!(refused(clients.kv.put(signed(&alice, leased.clone())).await), DENIED);
    for depth in 0..3 {
        let txn = within(depth, Op::RequestPut(leased.clone()));
        assert_eq!(refused(clients.kv.txn(signed(&alice, txn)).await), DENIED);
    }
}

#[tokio::test]
async fn cve_2026_33413_nobody_gets_at_members_alarms_leases_or_history() {
    let cluster = cluster(1, &[], &[]).await;
    let Clients { mut kv, mut lease, mut maintenance, cluster: mut members, .. } = cluster.clients().await;
    assert_eq!(refused(members.member_list(MemberListRequest { linearizable: false }).await), NOBODY);
    assert_eq!(refused(maintenance.alarm(AlarmRequest::default()).await), NOBODY);
    assert_eq!(refused(maintenance.status(StatusRequest {}).await), NOBODY);
    assert_eq!(refused(kv.compact(CompactionRequest { revision: 1, physical: false }).await), NOBODY);
    assert_eq!(refused(lease.lease_grant(LeaseGrantRequest { id: 7, ttl: 60 }).await), NOBODY);
    assert_eq!(refused(lease.lease_revoke(LeaseRevokeRequest { id: 7 }).await), NOBODY);
    assert_eq!(refused(lease.lease_time_to_live(LeaseTimeToLiveRequest { id: 7, keys: false }).await), NOBODY);
    assert_eq!(refused(lease.lease_leases(LeaseLeasesRequest {}).await), NOBODY);
    let renewal = tokio_stream::iter([LeaseKeepAliveRequest { id: 7 }]);
    let mut stream = lease.lease_keep_alive(renewal).await.unwrap().into_inner();
    assert_eq!(refused(stream.message().await), NOBODY);
}

/// Who asks comes before what is asked, where etcd has it so: too long a lease is told only to users.
#[tokio::test]
async fn nobody_is_told_what_would_be_wrong_with_a_lease() {
    let cluster = cluster(1, &[], &[]).await;
    let mut clients = cluster.clients().await;
    let alice = log_in(&mut clients, "alice").await;
    let mut grant = async |token: &str| {
        let request = LeaseGrantRequest { id: 7, ttl: 9_000_000_001 };
        refused(clients.lease.lease_grant(signed(token, request)).await)
    };
    assert_eq!(grant("").await, NOBODY);
    assert_eq!(grant("no.such").await, NO_TOKEN);
    assert_eq!(grant(&alice).await, "etcdserver: too large lease TTL");
}

#[tokio::test]
async fn tokens_may_have_the_word_bearer_in_front_as_websockets_send_them() {
    let cluster = cluster(1, &[], &[]).await;
    let mut clients = cluster.clients().await;
    let root = log_in(&mut clients, "root").await;
    for (name, value) in [("token", root.clone()), ("authorization", root.clone()), ("authorization", format!("Bearer {root}"))] {
        let mut request = Request::new(put("a"));
        request.metadata_mut().insert(name, value.parse().unwrap());
        clients.kv.put(request).await.unwrap();
    }
}

/// CVE-2021-28235 and PR 11943: passwords were to be found in the log of requests, and in the raft log.
#[tokio::test]
async fn cve_2021_28235_neither_passwords_nor_tokens_are_written_anywhere() {
    let cluster = cluster(1, &["--log-level=debug"], &[]).await;
    let mut clients = cluster.clients().await;
    let root = log_in(&mut clients, "root").await;
    clients.kv.put(signed(&root, put("a-key-that-is-written"))).await.unwrap();
    let (letters, _) = root.split_once('.').unwrap();
    let written = everything_in(cluster.dir());
    let has = |text: &str| written.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(has("a-key-that-is-written"), "what is looked through is what is written");
    assert!(!has(PASSWORD), "the password is somewhere");
    assert!(!has(letters), "the token is somewhere");
}

fn everything_in(dir: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            bytes.extend(everything_in(&path));
        } else {
            bytes.extend(fs::read(&path).unwrap());
        }
    }
    bytes
}

#[tokio::test]
async fn pr_15619_a_permission_on_nothing_is_refused() {
    let cluster = cluster(1, &[], &[]).await;
    let mut clients = cluster.clients().await;
    let root = log_in(&mut clients, "root").await;
    for (key, range_end) in [("", ""), ("", "\0"), ("b", "a"), ("b", "b")] {
        let granted = clients.auth.role_grant_permission(signed(&root, grant("r", Type::Read, key, range_end))).await;
        assert_eq!(refused(granted), "etcdserver: invalid auth management", "{key:?} {range_end:?}");
    }
}

/// PR 14648, PR 13205 and issue 14571: a member that got the state from another one judged by permissions of its own, or believed no token.
#[tokio::test]
async fn pr_14648_a_member_that_was_away_judges_by_what_it_received() {
    let flags = ["--bcrypt-cost=4", "--snapshot-catchup-entries=10", "--snapshot-count=10"];
    let mut cluster = Cluster::start(3, &flags).await;
    let away = (cluster.leader().await + 1) % 3;
    let here = (away + 1) % 3;
    cluster.members[away].kill();
    let mut clients = Clients::to(&cluster.members[here].endpoint()).await;
    enable(&mut clients, &[(Type::Readwrite, "a", "b")]).await;
    let (root, alice) = (log_in(&mut clients, "root").await, log_in(&mut clients, "alice").await);
    let value = vec![b'x'; 64 * 1024];
    for number in 0..300 {
        let put = PutRequest { key: format!("a{number}").into(), value: value.clone().into(), ..Default::default() };
        clients.kv.put(signed(&alice, put)).await.unwrap();
    }
    cluster.members[away].restart().await;
    let mut back = Clients::to(&cluster.members[away].endpoint()).await;
    back.kv.put(signed(&alice, put("a"))).await.unwrap();
    assert_eq!(refused(back.kv.put(signed(&alice, put("z"))).await), DENIED);
    assert_eq!(refused(back.kv.range(signed(&alice, range("z", ""))).await), DENIED);
    assert_eq!(refused(back.kv.put(put("a")).await), NOBODY);
    log_in(&mut back, "bob").await;
    let hash = async |clients: &mut Clients| {
        clients.kv.range(signed(&root, range("a", ""))).await.unwrap();
        let answer = clients.maintenance.hash_kv(signed(&root, HashKvRequest { revision: 0 })).await.unwrap().into_inner();
        (answer.hash, answer.hash_revision)
    };
    assert_eq!(hash(&mut back).await, hash(&mut clients).await);
}

#[tokio::test]
async fn pr_20874_a_promotion_through_a_follower_is_made_by_its_caller() {
    let cluster = cluster(3, &[], &[]).await;
    let root = log_in(&mut cluster.clients().await, "root").await;
    let follower = (leader(&cluster, &root).await + 1) % 3;
    let mut clients = Clients::to(&cluster.members[follower].endpoint()).await;
    let (root, alice) = (log_in(&mut clients, "root").await, log_in(&mut clients, "alice").await);
    let promote = MemberPromoteRequest { id: 404 };
    assert_eq!(refused(clients.cluster.member_promote(signed(&root, promote)).await), "etcdserver: member not found");
    assert_eq!(refused(clients.cluster.member_promote(signed(&alice, promote)).await), DENIED);
    assert_eq!(refused(clients.cluster.member_promote(promote).await), NOBODY);
}
