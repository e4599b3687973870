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

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;
    use crate::core::{
        backend::Generation,
        clock::Clock,
        server::{housekeeping::tests::unheard, mailbox::Inbox},
    };

    /// Lets the read that waits have its index.
    fn answer_read(server: &ServerHandle) {
        let mut inbox = Inbox::default();
        server.node().mailbox.take_now(&mut inbox);
        assert_eq!(inbox.reads.len(), 1, "one round at a time is asked for");
        inbox.reads.remove(0).send(Ok(0)).expect("the call waits");
    }

    /// A client whose grant another member had answered already was told that its lease was gone.
    #[test]
    fn a_lease_that_is_yet_to_be_applied_here_is_not_called_gone() {
        let server = unheard();
        server.leases().leadership(1, true);
        server.leases().applied(1, &[], Clock::System.now());
        // Waits for verdicts are bounded by a timer, which needs a runtime.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let _inside = runtime.enter();
        let mut renewal = Box::pin(server.renew_lease_here(7));
        assert!(renewal.as_mut().now_or_never().is_none(), "leadership is confirmed first");
        answer_read(&server);
        assert!(renewal.as_mut().now_or_never().is_none(), "then it catches up");
        server.state().lessor.write().grant(7, 5, &Generation::default());
        answer_read(&server);
        assert_eq!(renewal.as_mut().now_or_never(), Some(Ok(Some(5))));
        let mut gone = Box::pin(server.renew_lease_here(8));
        (0..2).for_each(|_| {
            assert!(gone.as_mut().now_or_never().is_none());
            answer_read(&server);
        });
        assert_eq!(gone.as_mut().now_or_never(), Some(Ok(Some(0))), "one that never was is gone");
    }
}
