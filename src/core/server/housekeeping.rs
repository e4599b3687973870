//! What a member does by itself now and then: give up on requests that waited too long, and, while it leads, revoke leases
//! that are over, write down remaining times, and decide the cluster version.

use std::{future::Future, pin::Pin, time::Duration};

use futures_util::{StreamExt, stream::FuturesUnordered};
use quorate_proto::{
    etcdserverpb::{LeaseCheckpoint, LeaseCheckpointRequest},
    membershippb::ClusterVersionSetRequest,
};

use super::{
    super::{
        apply::{Command, LeaseExpiry},
        limits,
        membership::next_cluster_version,
    },
    ServerHandle, Unavailable,
    auth::{count_tokens, renew_tokens},
    lease_clock::Remaining,
};

/// How often leases are looked at, and requests that wait too long. Source: etcd looks at leases every 500 ms; looking more often
/// lets them go closer to their TTL.
const LOOK_INTERVAL: Duration = Duration::from_millis(250);
/// Leases revoked in one look. Source: etcd.
const REVOKES_PER_LOOK: usize = 500;
/// Revocations under way at one time. Source: etcd.
const REVOKES_IN_FLIGHT: usize = 16;
/// How often remaining times are written down. Source: etcd.
const CHECKPOINT_INTERVAL: Duration = Duration::from_secs(300);
/// Leases in one checkpoint entry. Source: etcd.
const CHECKPOINTS_PER_ENTRY: usize = 1000;

/// Runs for as long as the member does.
pub async fn keep_house(server: ServerHandle) {
    // Each by itself: a duty that waits for the verdict on a proposal of its own keeps no other from its work.
    tokio::join!(give_up(&server), decide(&server), revoke(&server), checkpoint(&server), forget(&server), count(&server));
}

async fn give_up(server: &ServerHandle) {
    let mut looks = server.clock().beats(LOOK_INTERVAL);
    loop {
        looks.beat().await;
        give_up_late(server);
    }
}

async fn decide(server: &ServerHandle) {
    let mut looks = server.clock().beats(LOOK_INTERVAL);
    loop {
        looks.beat().await;
        decide_cluster_version(server).await;
    }
}

async fn revoke(server: &ServerHandle) {
    let mut looks = server.clock().beats(LOOK_INTERVAL);
    let mut revokes = Revokes::new();
    loop {
        tokio::select! {
            // In this order, so that a run can be repeated.
            biased;
            () = looks.beat() => revoke_due(server, &mut revokes).await,
            Some(()) = revokes.next() => {}
        }
    }
}

async fn checkpoint(server: &ServerHandle) {
    if !server.limits().lease_checkpoints {
        return;
    }
    let mut checkpoints = server.clock().beats(CHECKPOINT_INTERVAL);
    checkpoints.beat().await;
    loop {
        checkpoints.beat().await;
        write_down_remaining(server).await;
    }
}

async fn forget(server: &ServerHandle) {
    let mut looks = server.clock().beats(LOOK_INTERVAL);
    loop {
        looks.beat().await;
        forget_outdated(server).await;
        renew_tokens(server).await;
    }
}

async fn count(server: &ServerHandle) {
    let mut looks = server.clock().beats(LOOK_INTERVAL);
    loop {
        looks.beat().await;
        count_tokens(server);
    }
}

fn give_up_late(server: &ServerHandle) {
    let status = server.node().status();
    let error = if status.leader == 0 { Unavailable::TimeoutLeaderFail } else { Unavailable::Timeout };
    server.waiters().expire(server.clock().now(), || error);
}

/// The leader decides on the lowest version among the members, as soon as it has applied an entry of its term.
async fn decide_cluster_version(server: &ServerHandle) {
    let status = server.node().status();
    if !server.is_leader() || server.applied_term() != status.term {
        return;
    }
    let next = {
        let members = server.state().members.read();
        let version_of = |id| {
            if id == server.identity().member_id {
                Some(limits::SERVER_VERSION.to_owned())
            } else {
                server.transport().version_of(id)
            }
        };
        let versions: Vec<_> = members.iter().map(|member| version_of(member.id)).collect();
        next_cluster_version(members.cluster_version(), versions.iter().map(Option::as_deref))
    };
    if let Some(ver) = next {
        let command = Command::ClusterVersion(ClusterVersionSetRequest { ver });
        if let Err(error) = server.propose(command).await {
            tracing::warn!(%error, "cluster version not set yet");
        }
    }
}

/// Revocations under way.
type Revokes = FuturesUnordered<Pin<Box<dyn Future<Output = ()> + Send>>>;

async fn revoke_due(server: &ServerHandle, revokes: &mut Revokes) {
    let Some(term) = server.leases().leading_term() else { return };
    let due = server.leases().due(REVOKES_PER_LOOK, server.limits().request_timeout, server.clock().now());
    if due.is_empty() {
        return;
    }
    // After a pause this member may have been deposed without knowing it: ask before revoking anything.
    match server.confirm_leadership().await {
        Ok(true) => {}
        // The next leader counts their time anew.
        Ok(false) => return,
        Err(error) => {
            tracing::warn!(%error, leases = due.len(), "leases are over, but leadership is not confirmed");
            return;
        }
    }
    for id in due {
        while revokes.len() >= REVOKES_IN_FLIGHT {
            revokes.next().await;
        }
        let server = server.clone();
        revokes.push(Box::pin(async move {
            match server.propose(Command::LeaseExpire(LeaseExpiry { id, term })).await {
                Ok(Ok(_)) => {
                    server.metrics().lease_expired.inc();
                    tracing::debug!(lease_id = %format!("{id:016x}"), "revoked expired lease");
                }
                // Revoked by a client meanwhile, or this member leads no more.
                Ok(Err(_)) => {}
                Err(error) => tracing::warn!(lease_id = %format!("{id:016x}"), %error, "failed to revoke lease; trying again"),
            }
        }));
    }
}

async fn write_down_remaining(server: &ServerHandle) {
    let mut behind = None;
    loop {
        let now = server.clock().now();
        let Remaining { left, last } = server.leases().remaining(behind, CHECKPOINTS_PER_ENTRY, CHECKPOINT_INTERVAL, now);
        let Some(last) = last else { return };
        behind = Some(last);
        if left.is_empty() {
            continue;
        }
        let checkpoints = left.into_iter().map(|(id, secs)| LeaseCheckpoint { id, remaining_ttl: secs }).collect();
        if let Err(error) = server.propose(Command::LeaseCheckpoint(LeaseCheckpointRequest { checkpoints })).await {
            tracing::warn!(%error, "remaining times of leases not written down");
            return;
        }
    }
}

/// Clears remaining times that were written down after the lease had been renewed.
async fn forget_outdated(server: &ServerHandle) {
    let ids = server.leases().outdated(CHECKPOINTS_PER_ENTRY);
    if ids.is_empty() {
        return;
    }
    let checkpoints = ids.iter().map(|id| LeaseCheckpoint { id: *id, remaining_ttl: 0 }).collect();
    if let Err(error) = server.propose(Command::LeaseCheckpoint(LeaseCheckpointRequest { checkpoints })).await {
        tracing::warn!(%error, "outdated remaining times of leases not cleared; trying again");
        server.leases().still_outdated(&ids);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Arc;

    use super::{
        super::{
            AnswerRoom, ApplyProgress, CompactHashes, FlushSignal, Identity, LeaseClock, RequestLimits, ServerParts,
            SweepProgress, Waiters, metrics::Metrics, node_handle::NodeHandle,
        },
        *,
    };
    use crate::core::{
        apply::SharedState,
        backend::{Backend, MemoryStore},
        clock::Clock,
        peer::NoPeers,
    };

    /// A member that thinks that it leads, and whose proposals get lost.
    pub fn unheard() -> ServerHandle {
        unheard_for(Duration::from_millis(20))
    }

    /// One that waits for so long.
    pub fn unheard_for(timeout: Duration) -> ServerHandle {
        let state = SharedState::load(Arc::new(Backend::open(Arc::new(MemoryStore::default())).unwrap())).unwrap();
        let node = NodeHandle::unheard();
        ServerHandle::new(ServerParts {
            identity: Identity { cluster_id: 1, member_id: node.status().leader },
            limits: RequestLimits {
                request_bytes_max: 1000,
                txn_ops_max: 1,
                unread_bytes_max: 1000,
                quota_bytes: -1,
                lease_ttl_secs_min: 1,
                lease_checkpoints: true,
                request_timeout: timeout,
                election_timeout: timeout,
                strict_reconfig: true,
                learners_max: 1,
            },
            leases: Arc::new(LeaseClock::new(Arc::clone(&state.lessor), timeout, Clock::System.now())),
            state,
            node,
            waiters: Arc::new(Waiters::new(0, timeout)),
            progress: Arc::new(ApplyProgress::default()),
            flush: FlushSignal::new(timeout).0,
            sweep: Arc::new(SweepProgress::new(-1, -1)),
            compact_hashes: Arc::new(CompactHashes::new().0),
            on_fault: Box::new(drop),
            transport: Arc::new(NoPeers),
            auth: Arc::default(),
            answers: AnswerRoom::new(1000),
            metrics: Arc::new(Metrics::new(&[], false)),
            clock: Clock::System,
        })
    }

    /// Housekeeping once waited for a proposal of its own, which was lost, and only housekeeping would have ended that wait: no
    /// request of this member ever timed out again, and no lease expired.
    #[tokio::test]
    async fn a_lost_proposal_of_its_own_keeps_nobody_from_timing_out() {
        let server = unheard();
        let house = tokio::spawn(keep_house(server.clone()));
        // The first look proposes the cluster version.
        while server.waiters().is_empty() {
            tokio::task::yield_now().await;
        }
        for _ in 0..2 {
            let request = server.propose(Command::LeaseExpire(LeaseExpiry { id: 1, term: 1 }));
            let outcome = tokio::time::timeout(Duration::from_secs(20), request).await.expect("it times out");
            assert_eq!(outcome, Err(Unavailable::TimeoutLeaderFail));
        }
        house.abort();
    }
}
