//! Calls to the leader about leases: only it knows the deadlines. They take the connection of the control link.

use quorate_proto::peer as wire;
use tonic::{Response, Status};

use super::{dial::Client, limits::FORWARD_TIMEOUT, outbox::Outbox};

impl Outbox {
    /// Renews a lease at the leader. Answers its TTL in seconds, 0 if there is no such lease.
    ///
    /// # Errors
    /// What the leader answered; `Unavailable` while it is out of reach; `DeadlineExceeded` after [`FORWARD_TIMEOUT`]. The caller
    /// may ask again, also another leader: renewing twice does no harm.
    pub async fn lease_keep_alive(&self, leader: u64, id: i64) -> Result<i64, Status> {
        let mut client = self.client(leader)?;
        Ok(bounded(client.lease_keep_alive(wire::LeaseId { id })).await?.ttl_secs)
    }

    /// Asks the leader how long a lease still has, and with `keys` what it holds.
    ///
    /// # Errors
    /// As [`Outbox::lease_keep_alive`].
    pub async fn lease_time_to_live(&self, leader: u64, id: i64, keys: bool) -> Result<wire::LeaseTimeToLiveReply, Status> {
        let mut client = self.client(leader)?;
        bounded(client.lease_time_to_live(wire::LeaseTimeToLiveQuery { id, keys })).await
    }

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
