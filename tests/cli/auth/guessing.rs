//! Wrong passwords in numbers: they are slow, and keep nobody out who knows the right one.

use std::{
    net::{IpAddr, Ipv4Addr},
    path::Path,
    time::Duration,
};

use quorate_proto::etcdserverpb::AuthenticateRequest;
use tokio::{task::JoinSet, time::timeout};
use tonic::transport::Endpoint;

use super::{cluster, log_in, refused};
use crate::common::Clients;

/// A connection that comes from another address of this machine.
async fn from_elsewhere(endpoint: &str) -> Clients {
    let target = Endpoint::from_shared(format!("http://{endpoint}")).unwrap();
    let elsewhere = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
    Clients::over(target.local_address(Some(elsewhere)).connect().await.unwrap())
}

/// A user who was never logged in at this member, while others flood it with guesses at the password.
async fn the_right_user_gets_in(flags: &[&str]) {
    let cluster = cluster(1, flags, &[]).await;
    let attacker = from_elsewhere(&cluster.members[0].endpoint()).await;
    let mut flood = JoinSet::new();
    for guesser in 0..16 {
        let mut attacker = attacker.clone();
        flood.spawn(async move {
            for number in 0..500 {
                let request = AuthenticateRequest { name: "alice".into(), password: format!("guess {guesser} {number}") };
                refused(attacker.auth.authenticate(request).await);
            }
        });
    }
    let mut attacker = attacker.clone();
    timeout(Duration::from_secs(30), async {
        loop {
            let request = AuthenticateRequest { name: "alice".into(), password: "another guess".into() };
            if refused(attacker.auth.authenticate(request).await) == "etcdserver: too many requests" {
                break;
            }
        }
    })
    .await
    .expect("the flood takes all the tries that it has");
    let mut clients = cluster.clients().await;
    timeout(Duration::from_secs(30), log_in(&mut clients, "alice")).await.expect("alice gets in");
    assert!(!flood.is_empty());
    flood.shutdown().await;
}

#[tokio::test]
async fn a_flood_of_guesses_from_one_address_keeps_nobody_out_elsewhere() {
    the_right_user_gets_in(&[]).await;
}

#[tokio::test]
async fn nor_does_it_with_signed_tokens() {
    let keys = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/core/server/auth/jwt/testdata");
    let flag = format!("--auth-token=jwt,sign-method=ES256,priv-key={}", keys.join("p256.pem").display());
    the_right_user_gets_in(&[&flag]).await;
}

/// All clients of a user come back at one time, after a restart has forgotten which passwords are right.
#[tokio::test]
async fn many_first_logins_at_one_time_are_all_answered() {
    let mut cluster = cluster(1, &[], &[]).await;
    cluster.members[0].kill();
    cluster.members[0].restart().await;
    let clients = cluster.clients().await;
    let mut logins = JoinSet::new();
    for _ in 0..200 {
        let mut clients = clients.clone();
        logins.spawn(async move { log_in(&mut clients, "alice").await });
    }
    assert_eq!(logins.join_all().await.len(), 200);
}

/// A name costs what a short one costs, however long it is: with ten thousand of them the server would hold their bytes otherwise.
#[tokio::test]
async fn names_and_passwords_of_any_length_are_refused_like_others() {
    let cluster = cluster(1, &[], &[]).await;
    let mut clients = cluster.clients().await;
    let before = cluster.members[0].anonymous_bytes();
    let long = "n".repeat(1_000_000);
    for number in 0..40 {
        let request = AuthenticateRequest { name: format!("{number}{long}"), password: long.clone() };
        assert_eq!(
            refused(clients.auth.authenticate(request).await),
            "etcdserver: authentication failed, invalid user ID or password"
        );
    }
    let grown = cluster.members[0].anonymous_bytes().saturating_sub(before);
    assert!(grown < 30_000_000, "{grown} bytes for names that nobody has");
}
