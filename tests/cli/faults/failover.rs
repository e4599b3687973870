//! How long a cluster is without a leader when its leader is killed.
//!
//! From the moment of `kill -9` a client sends a put to both survivors every few milliseconds, without waiting for earlier ones.
//! Measured are the first answer to any of them, and when a survivor names a new leader. Election timeouts are drawn at random
//! from `[timeout, 2 * timeout)`, so a follower waits for 1.5 timeouts in the mean, and the first of two for less.
//! `QUORATE_TEST_FAILOVER_KILLS` sets how often, `QUORATE_TEST_FAILOVER_SERVERS` other servers' command lines, with `;` between
//! them, that take turns with the one under test and are reported beside it.

use std::{
    collections::BTreeMap,
    env,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;
use quorate_proto::etcdserverpb::PutRequest;
use tokio::{
    task::JoinSet,
    time::{Instant, interval, sleep, timeout},
};

use crate::common::{Clients, Cluster, ServerCommand, range_all, wait_for};

const KILLS: usize = 2;
const EVERY: Duration = Duration::from_millis(10);
/// Far more than an election takes: what a client that tries again would have to bear at most.
const LEADER_WITHIN: Duration = Duration::from_secs(10);
/// Between a recovery and the next kill: heartbeats go their usual way again.
const SETTLE: Duration = Duration::from_millis(700);

/// What one server did.
struct Contestant {
    name: String,
    cluster: Cluster,
    puts: Vec<Duration>,
    leaders: Vec<Duration>,
    errors: BTreeMap<String, usize>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_leader_is_replaced_before_clients_give_up() {
    let kills = env::var("QUORATE_TEST_FAILOVER_KILLS").map_or(KILLS, |text| text.parse().expect("a number of kills"));
    let mut contestants = vec![contestant("under test".into(), ServerCommand::under_test()).await];
    for line in env::var("QUORATE_TEST_FAILOVER_SERVERS").unwrap_or_default().split(';').filter(|line| !line.trim().is_empty()) {
        contestants.push(contestant(line.trim().to_owned(), ServerCommand::from_line(line)).await);
    }
    for _ in 0..kills {
        for contestant in &mut contestants {
            contestant.lose_leader().await;
        }
    }
    for contestant in &mut contestants {
        contestant.report();
    }
}

async fn contestant(name: String, command: ServerCommand) -> Contestant {
    let cluster = Cluster::start_with(&command, 3, &[]).await;
    Contestant { name, cluster, puts: Vec::new(), leaders: Vec::new(), errors: BTreeMap::new() }
}

impl Contestant {
    async fn lose_leader(&mut self) {
        let old = self.cluster.leader().await;
        sleep(SETTLE).await;
        let mut survivors = Vec::new();
        for i in (0..3).filter(|&i| i != old) {
            survivors.push(Clients::to(&self.cluster.members[i].endpoint()).await);
        }
        let killed_id = survivors[0].status().await.expect("a survivor answers").leader;
        for clients in &mut survivors {
            range_all(clients).await.expect("a survivor serves");
        }
        let begun = Instant::now();
        self.cluster.members[old].kill();
        let (put, leader) = tokio::join!(first_put(&survivors, begun), first_leader(&survivors, killed_id, begun));
        let (put, errors) = put.unwrap_or_else(|| panic!("{}: no put within {LEADER_WITHIN:?}", self.name));
        self.puts.push(put);
        self.leaders.push(leader.unwrap_or_else(|| panic!("{}: no leader within {LEADER_WITHIN:?}", self.name)));
        for error in errors {
            *self.errors.entry(error).or_default() += 1;
        }
        self.cluster.members[old].restart().await;
        let back = self.cluster.members[old].endpoint();
        wait_for(LEADER_WITHIN, "the killed member serves again", async || {
            range_all(&mut Clients::try_to(&back).await?).await.ok()
        })
        .await;
    }

    fn report(&mut self) {
        let Self { name, puts, leaders, errors, .. } = self;
        for (what, times) in [("put", puts), ("leader", leaders)] {
            times.sort_unstable();
            let (min, median, max) = (times[0], times[times.len() / 2], times[times.len() - 1]);
            let mean = times.iter().sum::<Duration>() / u32::try_from(times.len()).expect("few kills");
            println!(
                "{name}: {what} after {} kills: min {:.0} ms, median {:.0} ms, mean {:.0} ms, max {:.0} ms",
                times.len(),
                1e3 * min.as_secs_f64(),
                1e3 * median.as_secs_f64(),
                1e3 * mean.as_secs_f64(),
                1e3 * max.as_secs_f64(),
            );
        }
        println!("{name}: puts that failed meanwhile, each time sent again: {errors:?}");
    }
}

/// When the first of many puts was answered, and how those before it had failed.
async fn first_put(survivors: &[Clients], begun: Instant) -> Option<(Duration, Vec<String>)> {
    let done = Arc::new(AtomicBool::new(false));
    let errors = Arc::new(Mutex::new(Vec::new()));
    let (answered, mut first) = tokio::sync::mpsc::channel(1);
    let shoot = async {
        let mut turns = interval(EVERY);
        let mut shots = JoinSet::new();
        loop {
            turns.tick().await;
            for clients in survivors {
                let (mut kv, answered, done, errors) = (clients.kv.clone(), answered.clone(), done.clone(), errors.clone());
                shots.spawn(async move {
                    let request = PutRequest { key: "failover".into(), ..Default::default() };
                    match kv.put(request).await {
                        // Only the first finds room.
                        Ok(_) => drop(answered.try_send(begun.elapsed())),
                        Err(status) if !done.load(Ordering::Relaxed) => errors.lock().push(status.message().to_owned()),
                        Err(_) => {}
                    }
                });
            }
        }
    };
    let put = tokio::select! {
        put = timeout(LEADER_WITHIN, first.recv()) => put.ok().flatten()?,
        () = shoot => return None,
    };
    done.store(true, Ordering::Relaxed);
    let errors = std::mem::take(&mut *errors.lock());
    Some((put, errors))
}

/// When a survivor first named another leader than the one that was killed.
async fn first_leader(survivors: &[Clients], killed: u64, begun: Instant) -> Option<Duration> {
    let mut survivors = survivors.to_vec();
    timeout(LEADER_WITHIN, async {
        let mut turns = interval(EVERY);
        loop {
            turns.tick().await;
            for clients in &mut survivors {
                if clients.status().await.is_ok_and(|status| status.leader != 0 && status.leader != killed) {
                    return begun.elapsed();
                }
            }
        }
    })
    .await
    .ok()
}
