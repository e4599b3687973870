//! What only the leader can answer about leases, asked of this member.

use quorate_proto::{
    etcdserverpb::{LeaseCheckpoint, LeaseCheckpointRequest},
    peer::LeaseTimeToLiveReply,
};

use super::{super::apply::Command, Renewal, ServerHandle, Unavailable};

impl ServerHandle {
    /// Renews a lease if this member leads: seconds of TTL, 0 for no such lease. `None` if it does not lead.
    ///
    /// A leader that was paused may have been deposed, so it makes sure of its leadership before it promises anything. And it may be
    /// behind another member in applying, whose client was told of a grant that is yet to be applied here: so it catches up before
    /// it says that there is no such lease.
    ///
    /// # Errors
    /// When leadership cannot be confirmed.
    pub async fn renew_lease_here(&self, id: i64) -> Result<Option<i64>, Unavailable> {
        if !self.leases().is_leading() {
            return Ok(None);
        }
        if !self.confirm_leadership().await? {
            return Ok(None);
        }
        let clock = self.clock();
        let deadline = clock.now() + self.limits().request_timeout;
        let mut caught_up = false;
        loop {
            match self.leases().renew(id, clock.now()) {
                Renewal::NotLeader => return Ok(None),
                Renewal::Gone if caught_up => return Ok(Some(0)),
                Renewal::Gone => {
                    self.linearizable().await?;
                    caught_up = true;
                }
                Renewal::Renewed { ttl_secs, was_checkpointed: false } => {
                    self.metrics().lease_renewed.inc();
                    return Ok(Some(ttl_secs));
                }
                Renewal::Renewed { ttl_secs, was_checkpointed: true } => {
                    self.metrics().lease_renewed.inc();
                    let checkpoints = vec![LeaseCheckpoint { id, remaining_ttl: 0 }];
                    let command = Command::LeaseCheckpoint(LeaseCheckpointRequest { checkpoints });
                    return Ok(self.propose(command).await?.ok().map(|_| ttl_secs));
                }
                Renewal::Expired if clock.now() >= deadline => return Err(Unavailable::Timeout),
                Renewal::Expired => self.leases().some_revoked(clock).await,
            }
        }
    }

    /// What is left of a lease if this member leads; `None` if it does not.
    ///
    /// # Errors
    /// When leadership cannot be confirmed.
    pub async fn lease_time_left_here(&self, id: i64, keys: bool) -> Result<Option<LeaseTimeToLiveReply>, Unavailable> {
        if !self.leases().is_leading() {
            return Ok(None);
        }
        if !self.confirm_leadership().await? {
            return Ok(None);
        }
        if self.state().lessor.read().get(id).is_none() {
            // As above.
            self.linearizable().await?;
        }
        let lessor = self.state().lessor.read();
        let Some(lease) = lessor.get(id) else {
            return Ok(Some(LeaseTimeToLiveReply { ttl_secs: -1, ..LeaseTimeToLiveReply::default() }));
        };
        let granted_ttl_secs = lease.granted_secs;
        let keys = if keys { lease.keys() } else { Vec::new() };
        drop(lessor);
        let Some(left) = self.leases().time_left(id, self.clock().now()) else { return Ok(None) };
        Ok(Some(LeaseTimeToLiveReply { ttl_secs: left.as_secs().cast_signed(), granted_ttl_secs, keys }))
    }
}
