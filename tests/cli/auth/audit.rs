//! The audit log: what it notes, and that nothing passes it by.

use std::{collections::BTreeSet, path::Path, time::Duration};

use quorate_proto::{
    authpb::permission::Type,
    etcdserverpb::{
        AuthRoleAddRequest, AuthStatusRequest, AuthUserAddRequest, AuthUserChangePasswordRequest, AuthUserDeleteRequest,
        AuthenticateRequest, CompactionRequest, DefragmentRequest, DeleteRangeRequest, LeaseGrantRequest, LeaseRevokeRequest,
        MemberAddRequest, MemberRemoveRequest, MoveLeaderRequest, PutRequest, RequestOp, TxnRequest, request_op::Request as Op,
    },
};
use serde_json::Value;
use tokio::time::timeout;

use super::{DENIED, NO_TOKEN, NOBODY, cluster, log_in, put, range, refused, signed};
use crate::common::{Cluster, wait_for};

fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

async fn audited(flags: &[&str], grants: &[(Type, &str, &str)]) -> (Cluster, tempfile::TempDir, std::path::PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("audit.jsonl");
    let flag = format!("--audit-log={}", path.display());
    (cluster(1, &[&[flag.as_str()], flags].concat(), grants).await, dir, path)
}

/// All lines, once the last one has a verdict with these words.
async fn noted(path: &Path, last: &str) -> Vec<Value> {
    wait_for(Duration::from_secs(10), "all of it is noted", async || {
        let lines = lines(path);
        lines.last()?["verdict"].as_str()?.contains(last).then_some(lines)
    })
    .await
}

/// User, operation, subject and verdict of a line.
fn told(line: &Value) -> (String, String, String, String) {
    let text = |field: &str| line[field].as_str().unwrap_or_default().to_owned();
    (text("user"), text("operation"), text("subject"), text("verdict"))
}

#[tokio::test]
async fn what_is_refused_at_the_door_is_noted_too() {
    let (cluster, _dir, path) = audited(&[], &[]).await;
    let mut clients = cluster.clients().await;
    let alice = log_in(&mut clients, "alice").await;
    let add = AuthUserAddRequest { name: "eve".into(), password: "p".into(), ..Default::default() };
    assert_eq!(refused(clients.auth.user_add(signed(&alice, add)).await), DENIED);
    let change = AuthUserChangePasswordRequest { name: "root".into(), password: "p".into(), ..Default::default() };
    assert_eq!(refused(clients.auth.user_change_password(signed("", change)).await), NOBODY);
    assert_eq!(refused(clients.kv.compact(signed(&alice, CompactionRequest { revision: 1, physical: false })).await), DENIED);
    assert_eq!(refused(clients.cluster.member_remove(signed(&alice, MemberRemoveRequest { id: 7 })).await), DENIED);
    assert_eq!(refused(clients.maintenance.move_leader(signed(&alice, MoveLeaderRequest { target_id: 7 })).await), DENIED);
    assert_eq!(refused(clients.maintenance.defragment(signed(&alice, DefragmentRequest {})).await), DENIED);
    // Refused when it is applied, and in the same words.
    let delete = AuthUserDeleteRequest { name: "eve".into() };
    assert_eq!(refused(clients.auth.user_delete(signed(&alice, delete)).await), DENIED);
    assert_eq!(refused(clients.kv.put(signed("no.such", put("k"))).await), NO_TOKEN);
    let wrong = AuthenticateRequest { name: "n".repeat(10_000), password: "p".into() };
    clients.auth.authenticate(wrong).await.unwrap_err();
    let expected = [
        ("alice", "user add", "eve", DENIED),
        ("", "user change password", "root", NOBODY),
        ("alice", "compact", "1", DENIED),
        ("alice", "member remove", "7", DENIED),
        ("alice", "move leader", "7", DENIED),
        ("alice", "defragment", "", DENIED),
        ("alice", "user delete", "eve", DENIED),
        ("", "put", "", NO_TOKEN),
        ("", "login", &"n".repeat(256), "etcdserver: authentication failed, invalid user ID or password"),
    ];
    let noted = noted(&path, "authentication failed").await;
    let told: Vec<_> = noted[noted.len() - expected.len()..].iter().map(told).collect();
    let expected = expected.map(owned);
    assert_eq!(told, expected);
}

/// What a line should tell, to compare with what [`told`] finds in it.
fn owned((user, operation, subject, verdict): (&str, &str, &str, &str)) -> (String, String, String, String) {
    (user.to_owned(), operation.to_owned(), subject.to_owned(), verdict.to_owned())
}

/// For its shape, its size, or for want of space.
#[tokio::test]
async fn what_is_refused_before_anybody_is_asked_for_is_noted_too() {
    let (cluster, _dir, path) = audited(&["--quota-backend-bytes=1"], &[]).await;
    let mut clients = cluster.clients().await;
    let root = log_in(&mut clients, "root").await;
    let (shape, duplicate) = ("etcdserver: key is not provided", "etcdserver: duplicate key given in txn request");
    assert_eq!(refused(clients.kv.put(signed(&root, put(""))).await), shape);
    let delete = DeleteRangeRequest::default();
    assert_eq!(refused(clients.kv.delete_range(signed(&root, delete)).await), shape);
    let op = || RequestOp { request: Some(Op::RequestPut(put("k"))) };
    let twice = TxnRequest { success: vec![op(), op()], ..Default::default() };
    assert_eq!(refused(clients.kv.txn(signed(&root, twice)).await), duplicate);
    let no_space = "etcdserver: mvcc: database space exceeded";
    assert_eq!(refused(clients.kv.put(signed(&root, put("k"))).await), no_space);
    assert_eq!(refused(clients.lease.lease_grant(signed(&root, LeaseGrantRequest { id: 7, ttl: 60 })).await), no_space);
    let urls = MemberAddRequest { peer_ur_ls: vec!["nonsense".into()], is_learner: false };
    let bad_urls = "etcdserver: given member URLs are invalid";
    assert_eq!(refused(clients.cluster.member_add(signed(&root, urls)).await), bad_urls);
    let long = "bcrypt: password length exceeds 72 bytes";
    let add = AuthUserAddRequest { name: "eve".into(), password: "p".repeat(73), ..Default::default() };
    assert_eq!(refused(clients.auth.user_add(signed(&root, add.clone())).await), long);
    // As in etcd, also to those who may add nobody.
    assert_eq!(refused(clients.auth.user_add(signed("", add)).await), long);
    let expected = [
        ("root", "put", "", shape),
        ("root", "delete", "", shape),
        ("root", "txn", "", duplicate),
        ("root", "put", "", no_space),
        ("root", "lease grant", "0000000000000007", no_space),
        ("root", "member add", "nonsense", bad_urls),
        ("root", "user add", "eve", long),
        ("", "user add", "eve", long),
    ];
    let expected = expected.map(owned);
    let told: Vec<_> = wait_for(Duration::from_secs(10), "all of it is noted", async || {
        let refused: Vec<_> = lines(&path).iter().filter(|line| line["verdict"] != "ok").map(told).collect();
        (refused.len() >= expected.len()).then_some(refused)
    })
    .await;
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_lease_that_nobody_may_have_is_noted() {
    let (cluster, _dir, path) = audited(&[], &[]).await;
    let mut clients = cluster.clients().await;
    let root = log_in(&mut clients, "root").await;
    let long = LeaseGrantRequest { id: 7, ttl: i64::MAX };
    assert_eq!(refused(clients.lease.lease_grant(signed(&root, long)).await), "etcdserver: too large lease TTL");
    let noted = noted(&path, "too large lease TTL").await;
    assert_eq!(told(noted.last().unwrap()).1, "lease grant");
}

#[tokio::test]
async fn revisions_and_keys_are_those_that_were_changed() {
    let (cluster, _dir, path) = audited(&[], &[]).await;
    let mut clients = cluster.clients().await;
    let root = log_in(&mut clients, "root").await;
    clients.lease.lease_grant(signed(&root, LeaseGrantRequest { id: 7, ttl: 600 })).await.unwrap();
    for key in ["a", "b"] {
        clients.kv.put(signed(&root, PutRequest { lease: 7, ..put(key) })).await.unwrap();
    }
    clients.lease.lease_revoke(signed(&root, LeaseRevokeRequest { id: 7 })).await.unwrap();
    let op = |key: &str| RequestOp { request: Some(Op::RequestPut(put(key))) };
    let txn = TxnRequest { success: vec![op("taken")], failure: vec![op("not")], ..Default::default() };
    clients.kv.txn(signed(&root, txn)).await.unwrap();
    let before = clients.auth.auth_status(AuthStatusRequest {}).await.unwrap().into_inner().auth_revision;
    clients.auth.role_add(signed(&root, AuthRoleAddRequest { name: "s".into() })).await.unwrap();
    let noted = wait_for(Duration::from_secs(10), "all of it is noted", async || {
        let lines = lines(&path);
        (lines.last()?["subject"] == "s").then_some(lines)
    })
    .await;
    let [.., revoke, txn, role] = noted.as_slice() else { panic!("{noted:?}") };
    assert_eq!((&revoke["operation"], &revoke["revision"]), (&"lease revoke".into(), &4.into()));
    let keys: Vec<_> = revoke["ranges"].as_array().unwrap().iter().map(|range| range["key"].as_str().unwrap()).collect();
    assert_eq!(keys, ["a", "b"]);
    assert_eq!((&txn["ranges"].as_array().unwrap().len(), &txn["ranges"][0]["key"]), (&1, &"taken".into()));
    assert_eq!((&role["revision"], &role["auth_revision"]), (&Value::Null, &(before + 1).into()));
}

/// As logrotate moves it away.
#[tokio::test]
async fn a_log_that_is_moved_away_goes_on_under_its_name() {
    let (cluster, dir, path) = audited(&[], &[]).await;
    let mut clients = cluster.clients().await;
    let root = log_in(&mut clients, "root").await;
    let moved = dir.path().join("audit.1");
    std::fs::rename(&path, &moved).unwrap();
    wait_for(Duration::from_secs(20), "there is a new file", async || {
        clients.kv.put(signed(&root, put("k"))).await.unwrap();
        path.exists().then_some(())
    })
    .await;
    clients.kv.put(signed(&root, put("last"))).await.unwrap();
    wait_for(Duration::from_secs(10), "it goes on there", async || {
        lines(&path).iter().any(|line| line["ranges"][0]["key"] == "last").then_some(())
    })
    .await;
    assert!(lines(&moved).iter().all(|line| line["ranges"][0]["key"] != "last"));
}

/// What was proposed happens, whether its client waits for the answer or not.
#[tokio::test]
async fn a_client_that_goes_before_the_answer_is_noted_all_the_same() {
    let (mut cluster, _dir, path) = audited(&[], &[(Type::Readwrite, "k", "l")]).await;
    let mut clients = cluster.clients().await;
    let alice = log_in(&mut clients, "alice").await;
    for number in 0..300_u64 {
        let patience = Duration::from_micros(100 + number * 10);
        let _ = timeout(patience, clients.kv.put(signed(&alice, put(&format!("k{number:03}"))))).await;
    }
    let stored = clients.kv.range(signed(&alice, range("k", "l"))).await.unwrap().into_inner();
    let stored: BTreeSet<String> = stored.kvs.iter().map(|kv| String::from_utf8(kv.key.to_vec()).unwrap()).collect();
    // All that was noted is written before the server ends.
    assert!(cluster.members[0].terminate(Duration::from_secs(30)).await.success());
    let noted = lines(&path);
    let noted: BTreeSet<String> = noted
        .iter()
        .filter(|line| line["operation"] == "put" && line["verdict"] == "ok")
        .map(|line| line["ranges"][0]["key"].as_str().unwrap().to_owned())
        .collect();
    assert!(stored.len() > 10, "some of them happen: {}", stored.len());
    let unseen: Vec<_> = stored.difference(&noted).collect();
    assert!(unseen.is_empty(), "{} of {} are not noted: {unseen:?}", unseen.len(), stored.len());
}
