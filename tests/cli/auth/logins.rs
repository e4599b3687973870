//! Logins: tokens that outlive restarts and elections, signed ones, passwords that are guessed, and the audit log.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use quorate_proto::{
    authpb::permission::Type,
    etcdserverpb::{
        AuthDisableRequest, AuthRoleAddRequest, AuthUserChangePasswordRequest, AuthUserGrantRoleRequest, AuthenticateRequest,
        DeleteRangeRequest, LeaseGrantRequest, LeaseKeepAliveRequest, LeaseLeasesRequest, LeaseRevokeRequest,
        LeaseTimeToLiveRequest,
    },
};
use tokio::{process::Command, task::JoinSet};

use super::{DENIED, NO_TOKEN, PASSWORD, cluster, leader, log_in, put, range, refused, signed};
use crate::common::{Clients, wait_for, wait_until};

#[tokio::test]
async fn tokens_hold_at_every_member_and_outlive_restarts_and_elections() {
    let mut cluster = cluster(3, &[], &[(Type::Readwrite, "a", "b")]).await;
    let mut clients = cluster.clients().await;
    let alice = log_in(&mut clients, "alice").await;
    for member in &cluster.members {
        Clients::to(&member.endpoint()).await.kv.put(signed(&alice, put("a"))).await.unwrap();
    }
    let root = log_in(&mut clients, "root").await;
    let leader = leader(&cluster, &root).await;
    cluster.members[leader].kill();
    let other = (leader + 1) % 3;
    let mut clients = Clients::to(&cluster.members[other].endpoint()).await;
    wait_until(Duration::from_secs(30), "another member leads, and knows the token", async || {
        clients.kv.put(signed(&alice, put("a"))).await.is_ok()
    })
    .await;
    for member in &mut cluster.members {
        member.kill();
        member.start();
    }
    cluster.all_ready().await.unwrap();
    for member in &cluster.members {
        let mut clients = Clients::to(&member.endpoint()).await;
        clients.kv.put(signed(&alice, put("a"))).await.unwrap();
        assert_eq!(refused(clients.kv.put(signed(&alice, put("z"))).await), DENIED);
    }
}

#[tokio::test]
async fn a_token_ends_with_idleness_a_new_password_and_authentication() {
    let cluster = cluster(1, &["--auth-token-ttl=1"], &[(Type::Readwrite, "a", "b")]).await;
    let mut clients = cluster.clients().await;
    let (alice, bob) = (log_in(&mut clients, "alice").await, log_in(&mut clients, "bob").await);
    // In use it goes on, for longer than it would have lived.
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(4) {
        clients.kv.put(signed(&alice, put("a"))).await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(refused(clients.kv.put(signed(&bob, put("a"))).await), NO_TOKEN, "this one was not in use");
    let root = log_in(&mut clients, "root").await;
    let change = AuthUserChangePasswordRequest { name: "alice".into(), password: "other".into(), ..Default::default() };
    clients.auth.user_change_password(signed(&root, change)).await.unwrap();
    assert_eq!(refused(clients.kv.put(signed(&alice, put("a"))).await), NO_TOKEN);
    let again = AuthenticateRequest { name: "alice".into(), password: PASSWORD.into() };
    assert_eq!(
        refused(clients.auth.authenticate(again).await),
        "etcdserver: authentication failed, invalid user ID or password",
        "the old password was known to be right, and is not any more"
    );
    clients.auth.auth_disable(signed(&root, AuthDisableRequest {})).await.unwrap();
    clients.kv.put(signed("no.such", put("z"))).await.unwrap();
}

#[tokio::test]
async fn many_logins_are_answered_after_the_first() {
    let cluster = cluster(1, &[], &[]).await;
    let mut clients = cluster.clients().await;
    log_in(&mut clients, "alice").await;
    let (began, count) = (Instant::now(), 2000);
    let mut logins = JoinSet::new();
    for _ in 0..50 {
        let mut clients = clients.clone();
        logins.spawn(async move {
            for _ in 0..count / 50 {
                log_in(&mut clients, "alice").await;
            }
        });
    }
    logins.join_all().await;
    // Far from what is promised of a release build on a machine of its own, and far from one bcrypt for each.
    assert!(began.elapsed() < Duration::from_secs(10), "{count} logins in {:?}", began.elapsed());
}

#[tokio::test]
async fn guessing_is_slowed_down_for_one_user_and_nobody_else() {
    let cluster = cluster(1, &[], &[]).await;
    let mut clients = cluster.clients().await;
    log_in(&mut clients, "alice").await;
    let mut guesses = JoinSet::new();
    for number in 0..40 {
        let mut clients = clients.clone();
        guesses.spawn(async move {
            let request = AuthenticateRequest { name: "alice".into(), password: format!("guess {number}") };
            refused(clients.auth.authenticate(request).await)
        });
    }
    let answers = guesses.join_all().await;
    let looked_at = answers.iter().filter(|text| text.contains("invalid user ID or password")).count();
    assert!(looked_at <= 15, "{looked_at} guesses were looked at: {answers:?}");
    assert!(answers.iter().any(|text| text == "etcdserver: too many requests"));
    log_in(&mut clients, "bob").await;
    log_in(&mut clients, "alice").await;
}

#[tokio::test]
async fn signed_tokens_of_an_older_revision_are_told_so() {
    let keys = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/core/server/auth/jwt/testdata");
    let flag = format!("--auth-token=jwt,sign-method=ES256,priv-key={},ttl=5m", keys.join("p256.pem").display());
    let cluster = cluster(1, &[&flag], &[(Type::Readwrite, "a", "b")]).await;
    let mut clients = cluster.clients().await;
    let (root, alice) = (log_in(&mut clients, "root").await, log_in(&mut clients, "alice").await);
    assert_eq!(alice.split('.').count(), 3);
    clients.kv.put(signed(&alice, put("a"))).await.unwrap();
    assert_eq!(refused(clients.kv.put(signed(&alice, put("z"))).await), DENIED);
    let grant = AuthUserGrantRoleRequest { user: "bob".into(), role: "r".into() };
    clients.auth.user_grant_role(signed(&root, grant)).await.unwrap();
    let old = "etcdserver: revision of auth store is old";
    assert_eq!(refused(clients.kv.put(signed(&alice, put("a"))).await), old);
    assert_eq!(refused(clients.kv.range(signed(&alice, range("a", ""))).await), old);
    let alice = log_in(&mut clients, "alice").await;
    clients.kv.put(signed(&alice, put("a"))).await.unwrap();
}

/// Root's revision is not looked at where leases are concerned, and nobody's where no key is.
#[tokio::test]
async fn a_lease_is_renewed_and_shown_by_a_signed_token_of_another_revision() {
    let keys = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/core/server/auth/jwt/testdata");
    let flag = format!("--auth-token=jwt,sign-method=ES256,priv-key={},ttl=5m", keys.join("p256.pem").display());
    let (here, ahead) = (cluster(1, &[&flag], &[]).await, cluster(1, &[&flag], &[]).await);
    let (mut clients, mut ahead) = (here.clients().await, ahead.clients().await);
    let (root, alice) = (log_in(&mut clients, "root").await, log_in(&mut clients, "alice").await);
    for id in [7, 8] {
        clients.lease.lease_grant(signed(&root, LeaseGrantRequest { id, ttl: 600 })).await.unwrap();
    }
    let leased = quorate_proto::etcdserverpb::PutRequest { lease: 7, ..put("z") };
    clients.kv.put(signed(&root, leased)).await.unwrap();
    for clients in [&mut clients, &mut ahead] {
        let now = log_in(clients, "root").await;
        clients.auth.role_add(signed(&now, AuthRoleAddRequest { name: "s".into() })).await.unwrap();
    }
    let now = log_in(&mut ahead, "root").await;
    ahead.auth.role_add(signed(&now, AuthRoleAddRequest { name: "t".into() })).await.unwrap();
    let (ahead_root, ahead_alice) = (log_in(&mut ahead, "root").await, log_in(&mut ahead, "alice").await);
    let old = "etcdserver: revision of auth store is old";
    assert_eq!(refused(clients.kv.range(signed(&root, range("z", ""))).await), old);
    assert_eq!(refused(clients.kv.range(signed(&ahead_root, range("z", ""))).await), old);
    let left = |id| LeaseTimeToLiveRequest { id, keys: true };
    for token in [&root, &ahead_root] {
        let renewal = signed(token, tokio_stream::once(LeaseKeepAliveRequest { id: 7 }));
        let renewed = clients.lease.lease_keep_alive(renewal).await.unwrap().into_inner().message().await.unwrap().unwrap();
        assert_eq!(renewed.ttl, 600);
        let shown = clients.lease.lease_time_to_live(signed(token, left(7))).await.unwrap().into_inner();
        assert_eq!(shown.keys, ["z"]);
        clients.lease.lease_leases(signed(token, LeaseLeasesRequest {})).await.unwrap();
    }
    for token in [&alice, &ahead_alice] {
        clients.lease.lease_time_to_live(signed(token, left(8))).await.unwrap();
        clients.lease.lease_time_to_live(signed(token, left(9))).await.unwrap();
    }
    assert_eq!(refused(clients.lease.lease_time_to_live(signed(&alice, left(7))).await), old);
    assert_eq!(refused(clients.lease.lease_time_to_live(signed(&ahead_alice, left(7))).await), DENIED);
    // A revision that is yet to come is found out behind the keys.
    let mut chunks = clients.kv.range_stream(signed(&ahead_root, range("z", ""))).await.unwrap().into_inner();
    assert_eq!(chunks.message().await.unwrap().unwrap().range_response.unwrap().count, 1);
    assert_eq!(refused(chunks.message().await), old);
    clients.lease.lease_revoke(signed(&root, LeaseRevokeRequest { id: 7 })).await.unwrap();
}

/// Leases end, and health is told, though this member can make no token: nothing of its own goes through one.
#[tokio::test]
async fn a_member_that_can_only_check_signed_tokens_still_ends_leases() {
    let keys = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/core/server/auth/jwt/testdata");
    let signing = format!("--auth-token=jwt,sign-method=ES256,priv-key={}", keys.join("p256.pem").display());
    let checking = format!("--auth-token=jwt,sign-method=ES256,pub-key={}", keys.join("p256.pub.pem").display());
    let mut cluster = cluster(1, &[&signing], &[]).await;
    let mut clients = cluster.clients().await;
    let root = log_in(&mut clients, "root").await;
    cluster.members[0].kill();
    cluster.members[0].add_flags(&[&checking]);
    cluster.members[0].restart().await;
    let mut clients = cluster.clients().await;
    let request = AuthenticateRequest { name: "root".into(), password: PASSWORD.into() };
    assert_eq!(refused(clients.auth.authenticate(request).await), "auth: token signing attempted with verify-only key");
    clients.lease.lease_grant(signed(&root, LeaseGrantRequest { id: 7, ttl: 1 })).await.unwrap();
    let leased = quorate_proto::etcdserverpb::PutRequest { lease: 7, ..put("k") };
    clients.kv.put(signed(&root, leased)).await.unwrap();
    wait_until(Duration::from_secs(20), "the lease takes its key along", async || {
        clients.kv.range(signed(&root, range("k", ""))).await.unwrap().into_inner().count == 0
    })
    .await;
}

#[tokio::test]
async fn the_audit_log_says_who_changed_what() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("audit.jsonl");
    let flag = format!("--audit-log={}", path.display());
    let cluster = cluster(1, &[&flag], &[(Type::Readwrite, "a", "b")]).await;
    let mut clients = cluster.clients().await;
    let alice = log_in(&mut clients, "alice").await;
    clients.kv.put(signed(&alice, put("a"))).await.unwrap();
    clients.kv.put(signed(&alice, put("z"))).await.unwrap_err();
    clients.kv.range(signed(&alice, range("a", ""))).await.unwrap();
    let delete = DeleteRangeRequest { key: "a".into(), range_end: "b".into(), ..Default::default() };
    clients.kv.delete_range(signed(&alice, delete)).await.unwrap();
    let lines = wait_for(Duration::from_secs(10), "the lines are written", async || {
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<serde_json::Value> = text.lines().flat_map(serde_json::from_str).collect();
        (lines.len() >= 12).then_some(lines)
    })
    .await;
    let of_alice: Vec<_> = lines.iter().filter(|line| line["user"] == "alice").collect();
    let told = |line: &serde_json::Value| {
        assert!(line["address"].as_str().unwrap().starts_with("127.0.0.1:"), "{line}");
        (
            line["operation"].to_string(),
            line["ranges"][0]["key"].to_string(),
            line["revision"].to_string(),
            line["verdict"].to_string(),
        )
    };
    let expected = [("put", "a", "2", "ok"), ("put", "z", "null", DENIED), ("delete", "a", "3", "ok")];
    let quoted = |word: &str| if word == "null" || word.parse::<u32>().is_ok() { word.to_owned() } else { format!("{word:?}") };
    let expected = expected.map(|(op, key, revision, verdict)| (quoted(op), quoted(key), quoted(revision), quoted(verdict)));
    assert_eq!(of_alice.into_iter().map(told).collect::<Vec<_>>(), expected);
    let login = lines.iter().find(|line| line["operation"] == "login").expect("a login is noted");
    assert_eq!((login["subject"].as_str(), login["verdict"].as_str()), (Some("alice"), Some("ok")));
    assert!(!std::fs::read_to_string(&path).unwrap().contains(PASSWORD));
}

/// The command line logs in, again when its token has gone, and needs no user where authentication is off.
#[tokio::test]
async fn commands_log_in_by_flag_and_by_variable() {
    let cluster = cluster(1, &[], &[]).await;
    let endpoint = cluster.members[0].endpoint();
    let run = async |args: &[&str], user: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_quorate"));
        command.arg(format!("--endpoints={endpoint}")).args(args).env_remove("ETCDCTL_USER");
        if let Some(user) = user {
            command.env("ETCDCTL_USER", user);
        }
        let output = command.output().await.unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let root = format!("root:{PASSWORD}");
    assert_eq!(run(&["put", "k", "v"], None).await, (Some(1), String::new(), "Error: etcdserver: user name is empty\n".into()));
    assert_eq!(run(&["put", "k", "v"], Some(&root)).await.1, "OK\n");
    assert_eq!(run(&["get", "k", "--user=root", &format!("--password={PASSWORD}")], None).await.1, "k\nv\n");
    let wrong = run(&["get", "k", "--user=root:wrong"], None).await;
    assert_eq!(wrong.0, Some(2), "{wrong:?}");
    assert_eq!(run(&["auth", "disable"], Some(&root)).await.1, "Authentication Disabled\n");
    assert_eq!(run(&["get", "k"], Some(&root)).await.1, "k\nv\n", "the password is not even looked at");
}
