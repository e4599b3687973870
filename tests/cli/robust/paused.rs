//! A process that is stopped and continued must not take the past for the present.

use std::time::Duration;

use quorate_proto::etcdserverpb::{LeaseGrantRequest, LeaseKeepAliveRequest, PutRequest, RangeRequest};
use tokio::time::{sleep, timeout};

use crate::common::{Clients, Cluster, header_revision, put, wait_for};

const ROUNDS: usize = 3;
const READS: usize = 20;
const ELECTED_WITHIN: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_was_paused_gives_no_stale_linearizable_read() {
    let mut cluster = Cluster::start(3, &[]).await;
    for round in 0..ROUNDS {
        let leader = cluster.leader().await;
        let mut old = Clients::to(&cluster.members[leader].endpoint()).await;
        put(&mut old, "a", "before").await;
        cluster.members[leader].pause();
        let mut other = Clients::to(&cluster.members[(leader + 1) % 3].endpoint()).await;
        let value = format!("round {round}");
        let acknowledged = wait_for(ELECTED_WITHIN, "the others take writes without the leader", async || {
            let request = PutRequest { key: "a".into(), value: value.clone().into(), ..Default::default() };
            let answer = timeout(Duration::from_secs(3), other.kv.put(request)).await.ok()?.ok()?;
            Some(header_revision(&answer.into_inner().header))
        })
        .await;

        // These begin after the write was acknowledged: half of them wait in the paused member's socket, half come after.
        let read = || {
            let mut old = old.clone();
            tokio::spawn(async move {
                let get = RangeRequest { key: "a".into(), ..Default::default() };
                timeout(Duration::from_secs(15), old.kv.range(get)).await
            })
        };
        let mut reads: Vec<_> = (0..READS).map(|_| read()).collect();
        sleep(Duration::from_millis(50)).await; // for them to be sent; more of them only make the test stronger
        cluster.members[leader].resume();
        reads.extend((0..READS).map(|_| read()));
        for read in reads {
            // An error is an honest answer too.
            if let Ok(Ok(answer)) = read.await.expect("a reader does not fail") {
                let answer = answer.into_inner();
                assert!(header_revision(&answer.header) >= acknowledged, "a stale header");
                assert_eq!(answer.kvs[0].value, value, "a stale value");
            }
        }
        // It finds its place again, and is current.
        let current = wait_for(ELECTED_WITHIN, "the paused member answers again", async || {
            let get = RangeRequest { key: "a".into(), ..Default::default() };
            Some(timeout(Duration::from_secs(3), old.kv.range(get)).await.ok()?.ok()?.into_inner())
        })
        .await;
        assert_eq!(current.kvs[0].value, value);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_was_paused_ends_no_lease_that_others_have_renewed() {
    const TTL_SECS: i64 = 4;
    let mut cluster = Cluster::start(3, &[]).await;
    let leader = cluster.leader().await;
    let mut c = Clients::to(&cluster.members[(leader + 1) % 3].endpoint()).await;
    let id = c.lease.lease_grant(LeaseGrantRequest { ttl: TTL_SECS, id: 0 }).await.unwrap().into_inner().id;
    c.kv.put(PutRequest { key: "kept".into(), lease: id, ..Default::default() }).await.unwrap();
    let mut renew = {
        let mut c = c.clone();
        async move || {
            let call = async {
                let request = tokio_stream::iter([LeaseKeepAliveRequest { id }]);
                c.lease.lease_keep_alive(request).await?.into_inner().message().await
            };
            // While nobody leads there is nobody to renew with.
            if let Ok(Ok(Some(answer))) = timeout(Duration::from_secs(2), call).await {
                assert_eq!(answer.ttl, TTL_SECS, "the lease was lost");
            }
        }
    };
    renew().await;
    cluster.members[leader].pause();
    let paused = tokio::time::Instant::now();
    // Well past the time at which the paused leader would have ended it.
    while paused.elapsed() < Duration::from_secs(TTL_SECS as u64 + 3) {
        renew().await;
        sleep(Duration::from_millis(200)).await;
    }
    cluster.members[leader].resume();
    let resumed = tokio::time::Instant::now();
    while resumed.elapsed() < Duration::from_secs(2) {
        renew().await;
        sleep(Duration::from_millis(200)).await;
    }
    let kept = c.kv.range(RangeRequest { key: "kept".into(), ..Default::default() }).await.unwrap().into_inner();
    assert_eq!(kept.count, 1, "a lease that was renewed all the time is gone");
}
