//! Crash loops: members are killed at any moment while writers note what was acknowledged.
//!
//! In the end everything acknowledged is in the history at the revision that the answer named, nothing is there that nobody
//! asked for, no write is there twice, all members have the same history and the same hash, watchers have seen every revision
//! once and in order, and no linearizable read was older than a write acknowledged before it. `QUORATE_TEST_CRASH_SECS` sets
//! how long each loop runs, `QUORATE_TEST_CRASH_SEED` which members fall when.

mod history;
mod workload;

use std::{env, sync::Arc, time::Duration};

use quorate_proto::etcdserverpb::{CompactionRequest, PutRequest};
use rand::{Rng, SeedableRng, rngs::StdRng};
use tokio::time::{Instant, sleep};

use crate::common::{Clients, Cluster, ServerCommand, put, range_all, wait_for};
use history::{Change, read_history};
use workload::{Ledger, Workload};

const WRITERS: usize = 5;
const WATCHERS: usize = 3;
const READERS: usize = 2;
/// After the last restart everything must be served again within this time.
const RECOVERED_WITHIN: Duration = Duration::from_secs(60);

/// Which members fall together.
#[derive(Clone, Copy, PartialEq)]
enum Victims {
    /// Mostly one, sometimes two of three; and now and then one is only paused, and takes the past for the present.
    Some,
    All,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_members_of_three_are_killed() {
    crash_loop(3, Victims::Some, 20).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_three_members_are_killed_at_once() {
    crash_loop(3, Victims::All, 12).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lone_member_is_killed() {
    crash_loop(1, Victims::All, 10).await;
}

/// A member that was away for longer than the log reaches back gets the whole state from the leader.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_behind_the_log_catches_up() {
    const WRITES: i64 = 1500;
    let flags: &[&str] = if ServerCommand::is_foreign() {
        &["--snapshot-count=100"]
    } else {
        &["--snapshot-count=100", "--snapshot-catchup-entries=50"]
    };
    let mut cluster = Cluster::start(3, flags).await;
    for round in 0..2 {
        let away = (cluster.leader().await + 1) % 3;
        cluster.members[away].kill();
        let mut c = Clients::to(&cluster.members[(away + 1) % 3].endpoint()).await;
        let mut revision = 0;
        for i in 0..WRITES {
            revision = put(&mut c, format!("key/{}", i % 40), format!("{round}.{i}")).await;
        }
        // What the member missed is not even there as history any more.
        let compaction = CompactionRequest { revision: revision - 100, physical: true };
        c.kv.compact(compaction).await.expect("a compaction");
        cluster.members[away].restart().await;
        let mut back = Clients::to(&cluster.members[away].endpoint()).await;
        let there = range_all(&mut back).await.expect("the member serves linearizable reads");
        assert_eq!(
            there,
            range_all(&mut c)
                .await
                .map(|mut all| {
                    all.header.clone_from(&there.header);
                    all
                })
                .expect("so do the others")
        );
        let (one, other) = (c.hash_kv(revision).await.unwrap(), back.hash_kv(revision).await.unwrap());
        assert_eq!((one.hash, one.compact_revision), (other.hash, other.compact_revision));
        // It takes part again: with another member gone it makes the quorum.
        let third = (away + 2) % 3;
        cluster.members[third].kill();
        let what = "the member that caught up makes the quorum";
        wait_for(RECOVERED_WITHIN, what, async || {
            let request = PutRequest { key: "quorum".into(), ..Default::default() };
            tokio::time::timeout(Duration::from_secs(3), c.kv.put(request)).await.ok()?.ok()
        })
        .await;
        cluster.members[third].restart().await;
    }
}

fn number(variable: &str) -> Option<u64> {
    env::var(variable).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{variable} is a number")))
}

async fn crash_loop(size: usize, victims: Victims, default_secs: u64) {
    let seed = number("QUORATE_TEST_CRASH_SEED").unwrap_or_else(|| rand::rng().random());
    println!("QUORATE_TEST_CRASH_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let mut cluster = Cluster::start(size, &[]).await;
    let workload = Workload::start(&cluster.endpoints(), WRITERS, READERS, WATCHERS, seed);

    let end = Instant::now() + Duration::from_secs(number("QUORATE_TEST_CRASH_SECS").unwrap_or(default_secs));
    let mut kills = 0;
    while Instant::now() < end {
        sleep(Duration::from_millis(random.random_range(200..1500))).await;
        let count = match victims {
            Victims::All => size,
            Victims::Some if random.random_ratio(1, 4) => 2,
            Victims::Some => 1,
        };
        let mut order: Vec<usize> = (0..size).collect();
        (1..size).for_each(|i| order.swap(i, random.random_range(0..=i)));
        if victims == Victims::Some && random.random_ratio(1, 4) {
            // Those that are still starting are not ready to be paused.
            cluster.members[order[0]].ready().await.expect("a killed member comes back");
            cluster.members[order[0]].pause();
            sleep(Duration::from_millis(random.random_range(200..2500))).await;
            cluster.members[order[0]].resume();
            continue;
        }
        for &i in &order[..count] {
            cluster.members[i].kill();
            kills += 1;
        }
        sleep(Duration::from_millis(random.random_range(0..500))).await;
        for &i in &order[..count] {
            cluster.members[i].start();
        }
        // At times the next one falls while this one is still recovering.
        if random.random_ratio(2, 3) {
            for &i in &order[..count] {
                if let Err(text) = cluster.members[i].ready().await {
                    panic!("a killed member does not come back: {text}");
                }
            }
        }
    }
    let revision = level(&cluster).await;
    let ledger = workload.finish(revision).await;
    println!("{kills} kills, {} acknowledged, {} unknown, revision {revision}", ledger.acknowledged.len(), ledger.unknown.len());
    assert!(ledger.acknowledged.len() > 20, "the loop wrote next to nothing");
    check(&cluster, revision, ledger).await;
}

/// Waits until every member serves linearizable reads; gives the revision of the store.
async fn level(cluster: &Cluster) -> i64 {
    let mut newest = 0;
    for member in &cluster.members {
        let what = format!("{} serves after the last restart", member.name);
        let answer = wait_for(RECOVERED_WITHIN, &what, async || {
            let mut clients = Clients::try_to(&member.endpoint()).await?;
            tokio::time::timeout(Duration::from_secs(5), range_all(&mut clients)).await.ok()?.ok()
        })
        .await;
        newest = newest.max(answer.header.expect("an answer has a header").revision);
    }
    newest
}

async fn check(cluster: &Cluster, revision: i64, ledger: Ledger) {
    // A write that was under way when the level was taken may have come after it: read to where the store is now.
    let revision = level(cluster).await.max(revision);
    let mut members = Vec::new();
    for member in &cluster.members {
        let mut clients = Clients::to(&member.endpoint()).await;
        let hash = clients.hash_kv(revision).await.unwrap_or_else(|status| panic!("{}: {status}", member.name));
        members.push((hash.hash, Arc::new(read_history(&clients, revision).await)));
    }
    let (hash, history) = members[0].clone();
    for (i, (other_hash, other)) in members.iter().enumerate() {
        assert_eq!(other, &history, "members 1 and {} tell different histories", i + 1);
        assert_eq!(other_hash, &hash, "members 1 and {} have different hashes at revision {revision}", i + 1);
    }
    check_revisions(&history, revision);
    ledger.check(&history);
}

/// Revisions follow each other without a gap: every one of them changed something.
fn check_revisions(history: &[Change], newest: i64) {
    let mut expected = 1;
    for change in history {
        assert!(change.revision == expected || change.revision == expected + 1, "{change:?} follows revision {expected}");
        expected = change.revision;
    }
    assert_eq!(expected, newest, "the history ends where the store is");
}
