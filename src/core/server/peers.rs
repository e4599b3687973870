//! What other members ask of this one, and what the links report.

use std::sync::Arc;

use quorate_proto::peer as wire;

use super::{
    super::peer::{Inbound, LeaseFuture, SnapshotMoves, SnapshotSink},
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

    fn snapshot_moves(&self, member: u64, moves: SnapshotMoves) {
        self.server.metrics().snapshot_moves(member, moves);
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
}

/// The member that asked looks again who leads.
fn status(error: Unavailable) -> tonic::Status {
    tonic::Status::unavailable(error.to_string())
}
