//! What other members ask of this one, and what the links report.

use std::sync::Arc;

use quorate_proto::peer as wire;

use super::{
    super::{
        limits::SERVER_VERSION,
        peer::{Inbound, LeaseFuture, SnapshotSink},
    },
    ReceivedStates, ServerHandle, Unavailable,
};

/// The inner end of the links.
pub struct Peers {
    pub server: ServerHandle,
    pub received: Arc<ReceivedStates>,
}

impl Inbound for Peers {
    fn deliver(&self, messages: Vec<wire::Message>) {
        self.server.node().deliver(messages);
    }

    fn unreachable(&self, member: u64) {
        self.server.node().unreachable(member);
    }

    fn snapshot_sent(&self, member: u64, ok: bool) {
        self.server.node().snapshot_sent(member, ok);
    }

    fn begin_snapshot(&self, header: &wire::Message) -> Option<Box<dyn SnapshotSink>> {
        self.received.begin(header, self.server.node().clone())
    }

    fn lease_keep_alive(&self, id: i64) -> LeaseFuture<i64> {
        let server = self.server.clone();
        Box::pin(async move { server.renew_lease_here(id).await.map_err(status)?.ok_or_else(|| status(Unavailable::NoLeader)) })
    }

    fn lease_time_to_live(&self, id: i64, keys: bool) -> LeaseFuture<wire::LeaseTimeToLiveReply> {
        let server = self.server.clone();
        Box::pin(async move {
            server.lease_time_left_here(id, keys).await.map_err(status)?.ok_or_else(|| status(Unavailable::NoLeader))
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
