//! Recorded answers of etcd 3.7.1: the same requests get the same answers, to the field, the error text and the hash.
//!
//! A recording is named by its mode and the seed of its requests. The requests are drawn again from the seed, which is held
//! against the recording too, so that the same code draws any other seed: `QUORATE_TEST_SEEDS=7,8,9` does so for every mode.
//! Such a run compares two servers: a lone member and one out of three, or, where `QUORATE_TEST_VS_SERVER` names a command
//! line with etcd's flags, a lone member and that server.

mod auth;
mod draw;
mod driver;
mod go_rand;
mod modes;
mod normal;
mod watching;

use std::{env, fs, path::Path};

use driver::{Driver, read_recording};
use modes::Mode;

use crate::common::{Clients, Cluster, ServerCommand};

/// Replays the recording `NAME-SEED` against a fresh member.
async fn replay(mode: Mode, name: &str, seed: i64, steps: usize) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/cli/data/traces/{name}-{seed}.jsonl.gz"));
    let recording = read_recording(&fs::read(&file).expect("the recording is there"));
    let cluster = Cluster::single().await;
    let mut driver = Driver::new(seed, cluster.clients().await, Some(recording));
    driver.run(mode, steps).await;
    driver.finish(&format!("{name}-{seed}"));
}

macro_rules! recordings {
    ($($test:ident: $mode:ident $name:literal $seed:literal $steps:literal;)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $test() {
            replay(Mode::$mode, $name, $seed, $steps).await;
        }
    )*};
}

recordings! {
    recording_kv_1: Kv "kv" 1 400;
    recording_kv_2: Kv "kv" 2 400;
    recording_kv_3: Kv "kv" 3 400;
    recording_kv_4: Kv "kv" 4 400;
    recording_txn_1: Txn "txn" 1 400;
    recording_txn_2: Txn "txn" 2 400;
    recording_txn_3: Txn "txn" 3 400;
    recording_txn_4: Txn "txn" 4 400;
    recording_lease_1: Lease "lease" 1 400;
    recording_lease_2: Lease "lease" 2 400;
    recording_lease_3: Lease "lease" 3 400;
    recording_lease_4: Lease "lease" 4 400;
    recording_watch_1: Watch "watch" 1 300;
    recording_watch_2: Watch "watch" 2 300;
    recording_watch_3: Watch "watch" 3 300;
    recording_auth_1: Auth "auth" 1 400;
    recording_auth_2: Auth "auth" 2 400;
    recording_auth_3: Auth "auth" 3 400;
    recording_auth_4: Auth "auth" 4 400;
}

/// The seeds to draw apart from the recorded ones.
fn other_seeds() -> Vec<i64> {
    let text = env::var("QUORATE_TEST_SEEDS").unwrap_or_else(|_| "101".into());
    text.split(',').map(|word| word.trim().parse().expect("QUORATE_TEST_SEEDS is numbers with commas between")).collect()
}

/// Runs every other seed of a mode against a lone member and against a second server, whose answers must be equal.
async fn compare_two(mode: Mode, steps: usize) {
    for seed in other_seeds() {
        let vs = ServerCommand::from_env("QUORATE_TEST_VS_SERVER");
        let other = match &vs {
            Some(command) => Cluster::start_with(command, 1, &[]).await,
            None => Cluster::start(3, &[]).await,
        };
        // Of three, ask a member that does not lead.
        let at = if vs.is_some() { 0 } else { (other.leader().await + 1) % 3 };
        let mut theirs = Driver::new(seed, Clients::to(&other.members[at].endpoint()).await, None);
        theirs.run(mode, steps).await;
        let recording = theirs.finish("the other server");

        let alone = Cluster::single().await;
        let mut ours = Driver::new(seed, alone.clients().await, Some(recording));
        ours.run(mode, steps).await;
        ours.finish(&format!("{mode:?} with seed {seed} against the other server"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kv_answers_of_a_follower_equal_those_of_a_lone_member() {
    compare_two(Mode::Kv, 400).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn txn_answers_of_a_follower_equal_those_of_a_lone_member() {
    compare_two(Mode::Txn, 200).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn watches_on_a_follower_see_what_those_on_a_lone_member_see() {
    compare_two(Mode::Watch, 200).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn auth_answers_of_a_follower_equal_those_of_a_lone_member() {
    compare_two(Mode::Auth, 400).await;
}

/// Followers list leases in no order, so this mode is compared only with another server.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lease_answers_of_another_server_equal_ours() {
    if ServerCommand::from_env("QUORATE_TEST_VS_SERVER").is_some() {
        compare_two(Mode::Lease, 400).await;
    }
}
