//! The audit log: what it notes, and that nothing passes it by.

use std::{collections::BTreeSet, path::Path, time::Duration};

use quorate_proto::{
    authpb::permission::Type,
    etcdserverpb::{
        AuthUserAddRequest, AuthUserChangePasswordRequest, AuthenticateRequest, CompactionRequest, DefragmentRequest,
        MemberRemoveRequest, MoveLeaderRequest,
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

async fn audited(grants: &[(Type, &str, &str)]) -> (Cluster, tempfile::TempDir, std::path::PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("audit.jsonl");
    let flag = format!("--audit-log={}", path.display());
    (cluster(1, &[&flag], grants).await, dir, path)
}

#[tokio::test]
async fn what_is_refused_at_the_door_is_noted_too() {
    let (cluster, _dir, path) = audited(&[]).await;
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
    assert_eq!(refused(clients.kv.put(signed("no.such", put("k"))).await), NO_TOKEN);
    let wrong = AuthenticateRequest { name: "n".repeat(10_000), password: "p".into() };
    clients.auth.authenticate(wrong).await.unwrap_err();
    let expected = [
        ("alice", "user add", "eve", "permission denied"),
        ("", "user change password", "root", "user name is empty"),
        ("alice", "compact", "1", "permission denied"),
        ("alice", "member remove", "7", "permission denied"),
        ("alice", "move leader", "7", "permission denied"),
        ("alice", "defragment", "", "permission denied"),
        ("", "put", "", "invalid auth token"),
        ("", "login", &"n".repeat(256), "authentication failed, invalid user ID or password"),
    ];
    let noted = wait_for(Duration::from_secs(10), "all of it is noted", async || {
        let lines = lines(&path);
        (lines.last()?["verdict"].as_str()?.contains("authentication failed")).then_some(lines)
    })
    .await;
    let told: Vec<_> = noted[noted.len() - expected.len()..]
        .iter()
        .map(|line| {
            let text = |field: &str| line[field].as_str().unwrap_or_default().to_owned();
            (text("user"), text("operation"), text("subject"), text("verdict").replace("etcdserver: ", ""))
        })
        .collect();
    let expected = expected.map(|(user, operation, subject, verdict)| {
        (user.to_owned(), operation.to_owned(), subject.to_owned(), verdict.to_owned())
    });
    assert_eq!(told, expected);
}

/// What was proposed happens, whether its client waits for the answer or not.
#[tokio::test]
async fn a_client_that_goes_before_the_answer_is_noted_all_the_same() {
    let (mut cluster, _dir, path) = audited(&[(Type::Readwrite, "k", "l")]).await;
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
