//! The Lock and Election services over the wire.
//!
//! What they answer is told as text, line by line, and held against a text that was recorded with etcd 3.5.1. Where
//! `QUORATE_TEST_VS_SERVER` names a server, its answers are held against that text too.

mod told;

use std::time::{Duration, Instant};

use quorate_proto::{
    etcdserverpb::{LeaseGrantRequest, LeaseLeasesRequest, LeaseRevokeRequest},
    v3electionpb::{CampaignRequest, LeaderKey, LeaderRequest, ProclaimRequest, ResignRequest, election_client::ElectionClient},
    v3lockpb::{LockRequest, lock_client::LockClient},
};
use tonic::{Code, transport::Endpoint};

use crate::common::{Cluster, ServerCommand, wait_for, wait_until};
use told::Teller;

const WITHIN: Duration = Duration::from_secs(20);

/// Runs a script against the program under test, and against the other server if one is named.
async fn compare(script: impl AsyncFn(&mut Teller), expected: &str) {
    let others = ServerCommand::from_env("QUORATE_TEST_VS_SERVER");
    for command in std::iter::once(ServerCommand::under_test()).chain(others) {
        let cluster = Cluster::start_with(&command, 1, &[]).await;
        let mut teller = Teller::new(&cluster.members[0].endpoint()).await;
        script(&mut teller).await;
        let (told, expected) = (teller.told(), expected.trim_start());
        assert!(told == expected, "{command:?} tells\n{told}\nand not\n{expected}");
    }
}

#[tokio::test]
async fn locks_are_those_of_etcd() {
    compare(
        async |teller| {
            teller.lock("no lease", "a", 0x99).await;
            teller.grant(&[0x11, 0x22, 0x33, 0x44, 0x55]).await;
            teller.lock("free", "a", 0x11).await;
            teller.lock("again by its holder", "a", 0x11).await;
            teller.lock("another", "b", 0x22).await;
            let second = teller.waiting_lock("a", 0x22).await;
            let third = teller.waiting_lock("a", 0x33).await;
            let fourth = teller.waiting_lock("a", 0x44).await;
            let fifth = teller.waiting_lock("a", 0x55).await;
            teller.keys("in the queue").await;
            teller.unlock("by its key", "a/11").await;
            teller.answer("the next", second).await;
            teller.revoke("of one that waits", 0x44).await;
            drop(third);
            teller.gone("of one that went", "a/33").await;
            teller.unlock("by its key", "a/22").await;
            teller.answer("whose lease was revoked", fourth).await;
            teller.answer("the last", fifth).await;
            teller.revoke("of the holder", 0x55).await;
            teller.unlock("of nothing", "a/55").await;
            teller.unlock("without a key", "").await;
            teller.keys("at the end").await;
        },
        r#"
lock no lease: Unknown "etcdserver: requested lease not found"
lock free: a/11 at 2
lock again by its holder: a/11 at 2
lock another: b/22 at 3
keys in the queue: a/11="" a/22="" a/33="" a/44="" a/55="" b/22="" at 7
unlock by its key: at 8
lock the next: a/22 at 8
revoke of one that waits: done
gone of one that went: a/33 at 10
unlock by its key: at 11
lock whose lease was revoked: Unknown "mutex: session is expired"
lock the last: a/55 at 11
revoke of the holder: done
unlock of nothing: at 12
unlock without a key: Unknown "etcdserver: key is not provided"
keys at the end: b/22="" at 12
"#,
    )
    .await;
}

#[tokio::test]
async fn elections_are_those_of_etcd() {
    compare(
        async |teller| {
            teller.leader("of nobody", "e").await;
            teller.proclaim("without a leader", None, "x").await;
            teller.resign("without a leader", None).await;
            teller.campaign("no lease", "e", 0x99, "v").await;
            teller.grant(&[0x11, 0x22, 0x33]).await;
            let mut seen = teller.observe("e");
            let first = teller.campaign("free", "e", 0x11, "v1").await.expect("it leads");
            teller.seen(&mut seen).await;
            teller.campaign("again with the same", "e", 0x11, "v1").await;
            teller.campaign("again with another", "e", 0x11, "v2").await;
            teller.seen(&mut seen).await;
            teller.leader("of one", "e").await;
            let second = teller.waiting_campaign("e", 0x22, "w").await;
            let third = teller.waiting_campaign("e", 0x33, "x").await;
            teller.leader("before others", "e").await;
            teller.proclaim("by the leader", Some(first.clone()), "v3").await;
            teller.seen(&mut seen).await;
            let stale = LeaderKey { rev: first.rev - 1, ..first.clone() };
            teller.proclaim("with another revision", Some(stale.clone()), "v4").await;
            teller.resign("with another revision", Some(stale)).await;
            teller.leader("that stayed", "e").await;
            drop(third);
            teller.gone("of one that went", "e/33").await;
            teller.resign("by the leader", Some(first.clone())).await;
            teller.answer("the next", second).await;
            teller.seen(&mut seen).await;
            teller.proclaim("of one that resigned", Some(first.clone()), "v5").await;
            teller.resign("of one that resigned", Some(first)).await;
            teller.revoke("of the leader", 0x22).await;
            teller.leader("of none any more", "e").await;
            teller.campaign("once more", "e", 0x11, "z").await;
            teller.seen(&mut seen).await;
            teller.keys("at the end").await;
        },
        r#"
leader of nobody: Unknown "election: no leader"
proclaim without a leader: Unknown "\"leader\" field must be provided"
resign without a leader: Unknown "\"leader\" field must be provided"
campaign no lease: Unknown "etcdserver: requested lease not found"
campaign free: e e/11 created at 2, lease 11, at 2
observe: e/11="v1" at 2
campaign again with the same: e e/11 created at 2, lease 11, at 2
campaign again with another: e e/11 created at 2, lease 11, at 2
observe: e/11="v2" at 3
leader of one: e/11="v2" at 3
leader before others: e/11="v2" at 5
proclaim by the leader: at 6
observe: e/11="v3" at 6
proclaim with another revision: Unknown "election: not leader"
resign with another revision: at 6
leader that stayed: e/11="v3" at 6
gone of one that went: e/33 at 7
resign by the leader: at 8
campaign the next: e e/22 created at 4, lease 22, at 4
observe: e/22="w" at 8
proclaim of one that resigned: Unknown "election: not leader"
resign of one that resigned: at 8
revoke of the leader: done
leader of none any more: Unknown "election: no leader"
campaign once more: e e/11 created at 10, lease 11, at 10
observe: e/11="z" at 10
keys at the end: e/11="z" at 10
"#,
    )
    .await;
}

/// etcd tells such a candidate that it leads.
#[tokio::test]
async fn a_candidate_whose_lease_ended_while_it_waited_does_not_lead() {
    if ServerCommand::is_foreign() {
        return;
    }
    let cluster = Cluster::single().await;
    let mut teller = Teller::new(&cluster.members[0].endpoint()).await;
    teller.grant(&[0x11, 0x22]).await;
    let first = teller.campaign("first", "e", 0x11, "v").await.unwrap();
    let second = teller.waiting_campaign("e", 0x22, "w").await;
    teller.revoke("of one that waits", 0x22).await;
    teller.resign("first", Some(first)).await;
    let refused = tokio::time::timeout(WITHIN, second.answer()).await.unwrap().unwrap_err();
    assert_eq!((refused.code(), refused.message()), (Code::Unknown, "election: session is expired"));
}

#[tokio::test]
async fn a_lock_without_a_lease_gets_one_that_ends_with_a_client_that_goes() {
    let cluster = Cluster::single().await;
    let mut teller = Teller::new(&cluster.members[0].endpoint()).await;
    let request = |name: &str| LockRequest { name: name.as_bytes().to_vec().into(), lease: 0 };
    let held = teller.lock.lock(request("a")).await.unwrap().into_inner();
    let key = String::from_utf8(held.key.to_vec()).unwrap();
    let id = i64::from_str_radix(key.strip_prefix("a/").unwrap(), 16).unwrap();
    assert!(id > 0, "{key}");
    let mut lock = teller.lock.clone();
    let waiting = tokio::spawn(async move { lock.lock(request("a")).await });
    wait_until(WITHIN, "the second waits", async || teller.all().await.kvs.len() == 2).await;
    waiting.abort();
    wait_until(WITHIN, "its key goes", async || teller.all().await.kvs.len() == 1).await;
    if !ServerCommand::is_foreign() {
        let mut lease = teller.clients.lease.clone();
        wait_until(WITHIN, "its lease goes", async || {
            let leases = lease.lease_leases(LeaseLeasesRequest {}).await.unwrap().into_inner().leases;
            leases.iter().map(|lease| lease.id).collect::<Vec<_>>() == [id]
        })
        .await;
    }
}

#[tokio::test]
async fn the_end_of_a_holders_lease_lets_the_next_in() {
    let cluster = Cluster::single().await;
    let mut teller = Teller::new(&cluster.members[0].endpoint()).await;
    teller.clients.lease.lease_grant(LeaseGrantRequest { ttl: 2, id: 0x11 }).await.unwrap();
    let granted = Instant::now();
    teller.grant(&[0x22]).await;
    teller.lock("first", "a", 0x11).await;
    let second = teller.waiting_lock("a", 0x22).await;
    let held = tokio::time::timeout(WITHIN, second.answer()).await.unwrap().unwrap();
    assert!(held.starts_with("a/22 at "), "{held}");
    assert!(granted.elapsed() >= Duration::from_secs(2), "no lease ends early: {:?}", granted.elapsed());
}

#[tokio::test]
async fn a_connection_that_breaks_gives_up_what_waits_on_it() {
    let cluster = Cluster::single().await;
    let endpoint = cluster.members[0].endpoint();
    let mut teller = Teller::new(&endpoint).await;
    teller.grant(&[0x11, 0x22, 0x33]).await;
    teller.lock("first", "a", 0x11).await;
    teller.campaign("first", "e", 0x11, "v").await;
    // A runtime of its own is a client process of its own: when it goes, its sockets are closed and nobody says good-bye.
    let other = tokio::runtime::Runtime::new().unwrap();
    other.spawn(async move {
        let channel = Endpoint::from_shared(format!("http://{endpoint}")).unwrap().connect().await.unwrap();
        let (mut lock, mut election) = (LockClient::new(channel.clone()), ElectionClient::new(channel));
        let waits = LockRequest { name: "a".into(), lease: 0x22 };
        let stands = CampaignRequest { name: "e".into(), lease: 0x33, value: "w".into() };
        let _ = tokio::join!(lock.lock(waits), election.campaign(stands));
    });
    wait_until(WITHIN, "both wait", async || teller.all().await.kvs.len() == 4).await;
    other.shutdown_background();
    wait_until(WITHIN, "both are gone", async || teller.all().await.kvs.len() == 2).await;
}

/// Holders are one at a time and in the order in which they came, whichever member they asked; a member that stops says so at once.
#[tokio::test]
async fn waiters_at_all_members_are_one_queue_and_a_member_that_stops_lets_them_go() {
    let mut cluster = Cluster::start(3, &[]).await;
    let mut tellers = Vec::new();
    for member in &cluster.members {
        tellers.push(Teller::new(&member.endpoint()).await);
    }
    tellers[0].grant(&[1, 2, 3, 4, 5, 6, 7]).await;
    tellers[0].lock("first", "a", 7).await;
    let mut waiting = Vec::new();
    for (i, lease) in [5, 1, 4, 2, 6, 3].into_iter().enumerate() {
        waiting.push((lease, tellers[i % 3].waiting_lock("a", lease).await));
    }
    let (last, stopped) = waiting.pop().unwrap();
    let mut held = 7;
    for (lease, next) in waiting {
        tellers[0].clients.lease.lease_revoke(LeaseRevokeRequest { id: held }).await.unwrap();
        let answer = tokio::time::timeout(WITHIN, next.answer()).await.expect("its turn comes").unwrap();
        assert!(answer.starts_with(&format!("a/{lease} at ")), "{answer}");
        held = lease;
    }
    let begun = Instant::now();
    cluster.members[2].terminate(WITHIN).await;
    assert!(begun.elapsed() < Duration::from_secs(5), "waiters hold up a stop: {:?}", begun.elapsed());
    if !ServerCommand::is_foreign() {
        let refused = tokio::time::timeout(WITHIN, stopped.answer()).await.unwrap().unwrap_err();
        assert_eq!(refused.code(), Code::Unavailable, "{refused}");
    }
    let mut keys = tellers[0].clone();
    wait_for(WITHIN, "the holder and at most the one that waited are left", async || {
        let left: Vec<_> =
            keys.try_all().await.ok()?.kvs.into_iter().map(|kv| String::from_utf8_lossy(&kv.key).into_owned()).collect();
        (left.contains(&format!("a/{held}")) && left.iter().all(|key| [held, last].iter().any(|id| *key == format!("a/{id}"))))
            .then_some(())
    })
    .await;
}

#[tokio::test]
async fn names_may_be_empty_and_observers_wait_silently() {
    let cluster = Cluster::single().await;
    let mut teller = Teller::new(&cluster.members[0].endpoint()).await;
    teller.grant(&[1]).await;
    let leader = teller.election.leader(LeaderRequest::default()).await.unwrap_err();
    assert_eq!(leader.message(), "election: no leader");
    let mut seen = teller.observe("");
    let won = teller.election.campaign(CampaignRequest { lease: 1, ..Default::default() }).await.unwrap().into_inner();
    let leader = won.leader.unwrap();
    assert_eq!(leader.key, "/1");
    let told = async |seen: &mut told::Seen| tokio::time::timeout(WITHIN, seen.next()).await.expect("it is told").unwrap();
    assert_eq!(told(&mut seen).await, "/1=\"\" at 2");
    let proclaimed = ProclaimRequest { leader: Some(leader.clone()), value: "v".into() };
    teller.election.proclaim(proclaimed).await.unwrap();
    assert_eq!(told(&mut seen).await, "/1=\"v\" at 3");
    teller.election.resign(ResignRequest { leader: Some(leader) }).await.unwrap();
}
