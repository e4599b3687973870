//! Crash loops: members are killed at any moment while writers note what was acknowledged.
//!
//! In the end everything acknowledged is in the history at the revision that the answer named, nothing is there that nobody
//! asked for, no write is there twice, all members have the same history and the same hash, watchers have seen every revision
//! once and in order, and no linearizable read was older than a write acknowledged before it. `QUORATE_TEST_CRASH_SECS` sets
//! how long each loop runs, `QUORATE_TEST_CRASH_SEED` which members fall when.

mod history;
mod workload;

use std::{collections::BTreeMap, env, time::Duration};

use quorate_proto::etcdserverpb::{CompactionRequest, DeleteRangeRequest, PutRequest};
use rand::{Rng, SeedableRng, rngs::StdRng};
use tokio::time::{Instant, sleep};

use crate::common::{Clients, Cluster, ServerCommand, header_revision, put, range_all, wait_for};
use history::{Change, read_history};
use workload::{Seen, Workload};

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
    crash_loop(3, Victims::Some, false, 20).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_three_members_are_killed_at_once() {
    crash_loop(3, Victims::All, false, 12).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lone_member_is_killed() {
    crash_loop(1, Victims::All, false, 10).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lone_member_is_killed_while_history_is_compacted() {
    crash_loop(1, Victims::All, true, 10).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_of_three_are_killed_while_history_is_compacted() {
    crash_loop(3, Victims::Some, true, 15).await;
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
        // What is deleted and compacted from here on is gone on the received state too.
        for i in (0..40).step_by(2) {
            let request = DeleteRangeRequest { key: format!("key/{i}").into(), ..Default::default() };
            revision = header_revision(&c.kv.delete_range(request).await.expect("a delete").into_inner().header);
            let compaction = CompactionRequest { revision, physical: true };
            back.kv.compact(compaction).await.expect("a compaction");
        }
        let keys = [&mut c, &mut back].map(async |clients| {
            let all = range_all(clients).await.expect("a read of everything");
            all.kvs.into_iter().map(|kv| kv.key).collect::<Vec<_>>()
        });
        let [one, other] = keys;
        let (one, other) = (one.await, other.await);
        assert_eq!(one.len(), 21, "half of the keys and the last one");
        assert_eq!(one, other);
    }
}

fn number(variable: &str) -> Option<u64> {
    env::var(variable).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{variable} is a number")))
}

async fn crash_loop(size: usize, victims: Victims, is_compacting: bool, default_secs: u64) {
    let seed = number("QUORATE_TEST_CRASH_SEED").unwrap_or_else(|| rand::rng().random());
    println!("QUORATE_TEST_CRASH_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let mut cluster = Cluster::start(size, &[]).await;
    let workload = Workload::start(&cluster.endpoints(), WRITERS, READERS, WATCHERS, is_compacting, seed);

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
    let Seen { mut ledger, told } = workload.finish(revision).await;
    println!("{kills} kills, {} acknowledged, {} unknown, revision {revision}", ledger.acknowledged.len(), ledger.unknown.len());
    assert!(ledger.acknowledged.len() > 20, "the loop wrote next to nothing");
    // One write more, above every compaction: a hash at a compaction's own revision is the one that was taken before it.
    let revision = put(&mut cluster.clients().await, "end", "end").await;
    ledger.acknowledge(revision, vec![("end".into(), Some("end".into()))]);
    for member in &cluster.members {
        let own = range_all(&mut Clients::to(&member.endpoint()).await).await.expect("a read of everything").header;
        assert_eq!(header_revision(&own), revision, "{} is at another revision than the write it must have seen", member.name);
    }
    let told = check_members(&cluster, revision, told).await;
    check_revisions(&told, revision);
    ledger.check(&told);
}

/// Waits until every member serves linearizable reads; gives the newest revision of any.
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

/// Holds every member against the history that watchers were told: what is left of its own history, its present state, its
/// hash. Gives the whole history up to `revision`.
async fn check_members(cluster: &Cluster, revision: i64, mut told: Vec<Change>) -> Vec<Change> {
    let watched = told.last().map_or(1, |change| change.revision);
    let mut hashes = Vec::new();
    for member in &cluster.members {
        let mut clients = Clients::to(&member.endpoint()).await;
        let hash = clients.hash_kv(revision).await.unwrap_or_else(|status| panic!("{}: {status}", member.name));
        hashes.push((hash.hash, hash.compact_revision));
        // Where nothing was compacted this is all of it.
        let from = hash.compact_revision.max(1);
        let own = read_history(&clients, from, revision).await;
        if member.name == cluster.members[0].name {
            told.extend(own.iter().filter(|change| change.revision > watched).cloned());
        }
        let kept: Vec<Change> = told.iter().filter(|change| change.revision >= from).cloned().collect();
        // The compact revision itself is watched only as far as the store still needs it.
        let above = |changes: &[Change]| changes.iter().filter(|change| change.revision > from).cloned().collect::<Vec<_>>();
        assert_eq!(above(&own), above(&kept), "{} tells another history than watchers were told", member.name);
        let present = range_all(&mut clients).await.expect("a read of everything").kvs;
        let present: BTreeMap<String, (i64, String)> = present
            .into_iter()
            .map(|kv| {
                let text = |bytes: bytes::Bytes| String::from_utf8(bytes.to_vec()).expect("what was written is text");
                (text(kv.key), (kv.mod_revision, text(kv.value)))
            })
            .collect();
        assert_eq!(present, fold(&told), "{} holds another state than its history makes", member.name);
    }
    assert!(hashes.windows(2).all(|pair| pair[0] == pair[1]), "members have different hashes at revision {revision}: {hashes:?}");
    told
}

/// The keys that a history leaves, with the revision of their last change.
fn fold(history: &[Change]) -> BTreeMap<String, (i64, String)> {
    let mut state = BTreeMap::new();
    for change in history {
        match &change.value {
            Some(value) => state.insert(change.key.clone(), (change.revision, value.clone())),
            None => state.remove(&change.key),
        };
    }
    state
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
