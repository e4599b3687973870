//! A leader that slept through its own replacement must end no lease that the next leader has renewed.
//!
//! When it wakes up, all leases are over by its clock. It must find out that it leads no more before it revokes any; that its read
//! is answered by the next leader proves nothing.

use std::time::Duration;

use quorate_proto::etcdserverpb::{LeaseGrantRequest, LeaseKeepAliveRequest, PutRequest};
use tokio::time::{Instant, sleep, timeout};

use crate::common::{Clients, Cluster, range_all, wait_for};

const LEASES: i64 = 8;
/// So long that a busy machine renews in time.
const TTL_SECS: i64 = 3;
const ROUNDS: usize = 3;
/// Longer than the time to live: the old leader takes all leases for over. At least as long as an election.
const SLEEP: Duration = Duration::from_millis(3700);
const ELECTED_WITHIN: Duration = Duration::from_secs(10);
const TRY_FOR: Duration = Duration::from_millis(200);
/// In which a revocation that was asked for arrives.
const AFTERWARDS: Duration = Duration::from_millis(400);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_slept_ends_no_lease_that_the_next_one_renewed() {
    let mut cluster = Cluster::start(3, &["--heartbeat-interval=50", "--election-timeout=500"]).await;
    for round in 0..ROUNDS {
        let old = cluster.leader().await;
        let mut clients = Clients::to(&cluster.members[(old + 1) % 3].endpoint()).await;
        let ids: Vec<i64> = (1..=LEASES).map(|i| i64::try_from(round).unwrap() * 1000 + i).collect();
        for &id in &ids {
            clients.lease.lease_grant(LeaseGrantRequest { ttl: TTL_SECS, id }).await.expect("a lease is granted");
            let request = PutRequest { key: format!("lease/{id}").into(), lease: id, ..Default::default() };
            clients.kv.put(request).await.expect("a key gets its lease");
        }
        let asleep = Instant::now();
        cluster.members[old].pause();
        // Once there is a leader again, each lease has its full time anew. What was sent on to the old one is lost.
        wait_for(ELECTED_WITHIN, "there is a leader again", async || {
            timeout(TRY_FOR, clients.kv.put(PutRequest { key: "awake".into(), ..Default::default() })).await.ok()?.ok()
        })
        .await;
        let woken = asleep + SLEEP;
        let mut is_asleep = true;
        while Instant::now() < woken + AFTERWARDS {
            for &id in &ids {
                assert!(keep_alive(&mut clients, id).await > 0, "lease {id} is over though it was renewed all the time");
            }
            if is_asleep && Instant::now() > woken {
                is_asleep = false;
                cluster.members[old].resume();
            }
            sleep(Duration::from_millis(20)).await;
        }
        let left = range_all(&mut clients).await.expect("a read of everything").kvs;
        let left = left.iter().filter(|kv| ids.contains(&kv.lease)).count();
        assert_eq!(left, ids.len(), "keys of renewed leases are gone");
    }
}

/// What is left of a lease that was just renewed; 0 if it is over.
async fn keep_alive(clients: &mut Clients, id: i64) -> i64 {
    let asked = clients.lease.lease_keep_alive(tokio_stream::once(LeaseKeepAliveRequest { id })).await;
    let mut answers = asked.expect("a renewal is taken").into_inner();
    answers.message().await.expect("a renewal is answered").expect("before the stream ends").ttl
}
