//! Calls to the leader: only it knows the deadlines of leases, and how far learners are. They take the connection of the control link.

use quorate_proto::peer as wire;
use tonic::{Response, Status};

use super::{LeaderFuture, LeaderLink, dial::Client, limits::FORWARD_TIMEOUT, outbox::Outbox};

/// Errors are what the leader answered, `Unavailable`, or `DeadlineExceeded` after [`FORWARD_TIMEOUT`].
impl LeaderLink for Outbox {
    fn lease_keep_alive(&self, leader: u64, id: i64) -> LeaderFuture<i64> {
        let client = self.client(leader);
        Box::pin(async move { Ok(bounded(client?.lease_keep_alive(wire::LeaseId { id })).await?.ttl_secs) })
    }

    fn lease_time_to_live(&self, leader: u64, id: i64, keys: bool) -> LeaderFuture<wire::LeaseTimeToLiveReply> {
        let client = self.client(leader);
        Box::pin(async move { bounded(client?.lease_time_to_live(wire::LeaseTimeToLiveQuery { id, keys })).await })
    }

    fn promote_member(&self, leader: u64, id: u64) -> LeaderFuture<wire::PromoteVerdict> {
        let client = self.client(leader);
        Box::pin(async move { Ok(bounded(client?.promote_member(wire::MemberId { id })).await?.verdict()) })
    }
}

impl Outbox {
    fn client(&self, leader: u64) -> Result<Client, Status> {
        let client = self.peer(leader).and_then(|peer| peer.client.load_full());
        client
            .map(|client| Client::clone(&client))
            .ok_or_else(|| Status::unavailable(format!("no connection to member {leader:x}")))
    }
}

async fn bounded<T>(call: impl Future<Output = Result<Response<T>, Status>>) -> Result<T, Status> {
    match tokio::time::timeout(FORWARD_TIMEOUT, call).await {
        Ok(answer) => answer.map(Response::into_inner),
        Err(_) => Err(Status::deadline_exceeded(format!("the leader did not answer within {FORWARD_TIMEOUT:?}"))),
    }
}
