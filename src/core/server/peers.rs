//! What other members ask of this one, and what the links report.

use std::sync::Arc;

use quorate_proto::peer as wire;

use super::{
    super::{
        limits::SERVER_VERSION,
        peer::{Inbound, LeaderFuture, SnapshotMoves, SnapshotSink},
    },
    ChangeError, Leaving, ReceivedStates, ServerHandle, Unavailable,
};
use crate::core::refusal::Refusal;

/// The inner end of the links.
pub struct Peers {
    pub server: ServerHandle,
    pub received: Arc<ReceivedStates>,
    pub leaving: Leaving,
}

impl Inbound for Peers {
    fn deliver(&self, mut messages: Vec<wire::Message>) {
        let members = self.server.state().members.read();
        messages.retain(|message| !members.is_removed(message.from));
        drop(members);
        self.server.node().deliver(messages);
    }

    fn is_removed(&self, member: u64) -> bool {
        self.server.state().members.read().is_removed(member)
    }

    fn votes(&self) -> bool {
        !self.server.is_learner()
    }

    fn told_removed(&self, by: u64, by_voter: bool) {
        self.leaving.told(by, by_voter, &self.server.state().members.read(), self.server.clock().now());
    }

    fn unreachable(&self, member: u64) {
        self.server.node().unreachable(member);
    }

    fn snapshot_sent(&self, member: u64, ok: bool) {
        self.server.node().snapshot_sent(member, ok);
    }

    fn snapshot_moves(&self, member: u64, moves: SnapshotMoves) {
        self.server.metrics().snapshot_moves(member, moves);
    }

    fn begin_snapshot(&self, header: &wire::Message) -> Option<Box<dyn SnapshotSink>> {
        self.received.begin(header, self.server.node().clone())
    }

    fn lease_keep_alive(&self, id: i64) -> LeaderFuture<i64> {
        let server = self.server.clone();
        Box::pin(async move { server.renew_lease_here(id).await.map_err(status)?.ok_or_else(|| status(Unavailable::NoLeader)) })
    }

    fn lease_time_to_live(&self, id: i64, keys: bool) -> LeaderFuture<wire::LeaseTimeToLiveReply> {
        let server = self.server.clone();
        Box::pin(async move {
            server.lease_time_left_here(id, keys).await.map_err(status)?.ok_or_else(|| status(Unavailable::NoLeader))
        })
    }

    fn promote_member(&self, id: u64) -> LeaderFuture<wire::PromoteVerdict> {
        use wire::PromoteVerdict as Verdict;
        let server = self.server.clone();
        Box::pin(async move {
            Ok(match server.promote_member_here(id).await {
                Ok(()) => Verdict::Promoted,
                Err(ChangeError::NotLeader) => Verdict::NotLeader,
                Err(ChangeError::LearnerNotReady) => Verdict::LearnerNotReady,
                Err(ChangeError::Refused(Refusal::MemberNotLearner)) => Verdict::MemberNotLearner,
                Err(ChangeError::Refused(Refusal::NotEnoughStarted)) => Verdict::NotEnoughStarted,
                Err(ChangeError::Refused(Refusal::MemberNotFound)) => Verdict::MemberNotFound,
                Err(ChangeError::Unavailable(error)) => return Err(status(error)),
                Err(error @ (ChangeError::Refused(_) | ChangeError::Unhealthy)) => {
                    return Err(tonic::Status::unavailable(error.to_string()));
                }
            })
        })
    }

    fn cluster(&self, member: u64) -> wire::ClusterAnswer {
        let known = self.server.state().members.read();
        let members = known.iter().map(|member| wire::ClusterMember {
            id: member.id,
            name: member.name.clone(),
            peer_urls: member.peer_urls.clone(),
            client_urls: member.client_urls.clone(),
            is_learner: member.is_learner,
        });
        wire::ClusterAnswer {
            cluster_id: self.server.identity().cluster_id,
            members: members.collect(),
            was_removed: known.is_removed(member),
            cluster_version: known.cluster_version().unwrap_or_default().to_owned(),
            server_version: SERVER_VERSION.to_owned(),
        }
    }
}

/// The member that asked looks again who leads.
fn status(error: Unavailable) -> tonic::Status {
    tonic::Status::unavailable(error.to_string())
}
