//! Changes of membership on behalf of requests: what is asked before one is proposed, and the way into the log.
//!
//! What follows from the list of members is looked at here, so that a refusal costs no entry, and again when the entry is applied
//! (`membership::change`). Who is connected only this member can say, and only now.

use std::time::Duration;

use bytes::Bytes;
use prost::Message;

use super::{
    super::{
        consensus::MembershipChange,
        membership::{Member, MemberChange, Operation, added_member_id, quorum},
        refusal::Refusal,
    },
    ServerHandle, Unavailable,
};

/// For how long a member must have been connected to count. Source: etcd.
const CONNECTED_FOR: Duration = Duration::from_secs(5);
/// A learner is promoted when it has this much of the leader's log: tenths. Source: etcd.
const LEVEL_TENTHS: u64 = 9;

/// Why a change was refused, or its outcome is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// Too few members are connected to be sure that the cluster survives the change.
    #[error("unhealthy cluster")]
    Unhealthy,
    #[error("the learner is not in sync with the leader")]
    LearnerNotReady,
    /// Only the leader knows how far a learner is.
    #[error("not leader")]
    NotLeader,
}

impl ServerHandle {
    /// All members, by id.
    pub fn members(&self) -> Vec<Member> {
        self.state().members.read().iter().cloned().collect()
    }

    /// Whether this member is a learner, as far as it knows. A learner serves nearly nothing.
    pub fn is_learner(&self) -> bool {
        self.state().members.read().get(self.identity().member_id).is_some_and(|member| member.is_learner)
    }

    /// Adds a member with these checked peer URLs, and answers it.
    ///
    /// # Errors
    /// See [`ChangeError`].
    pub async fn add_member(&self, peer_urls: Vec<String>, is_learner: bool) -> Result<Member, ChangeError> {
        let voters: Vec<u64> = self.state().members.read().voters().map(|member| member.id).collect();
        if self.limits().strict_reconfig {
            if !is_learner && !self.state().members.read().may_add_voter() {
                return Err(Refusal::NotEnoughStarted.into());
            }
            if voters.len() > 1 && self.connected(&voters) < quorum(voters.len() + 1) {
                return Err(ChangeError::Unhealthy);
            }
        }
        let id = added_member_id(&peer_urls, self.clock().unix_millis() / 1000);
        let member = Member { id, peer_urls, is_learner, ..Member::default() };
        let step = if is_learner { MembershipChange::AddLearner(id) } else { MembershipChange::AddVoter(id) };
        self.change_members(step, MemberChange::new(Operation::Add, member.clone())).await?;
        Ok(member)
    }

    /// Takes a member out. One that leads hands leadership over first, if another can have it.
    ///
    /// # Errors
    /// See [`ChangeError`].
    pub async fn remove_member(&self, id: u64) -> Result<(), ChangeError> {
        if self.limits().strict_reconfig {
            self.check_removal(id)?;
        }
        let moved = self.move_leadership_from(id).await;
        // If the one that is left did not hear of the change, it would need the vote of the one that is gone.
        if !moved && self.limits().strict_reconfig && self.state().members.read().voters().count() == 2 {
            return Err(ChangeError::Unhealthy);
        }
        let change = MemberChange::new(Operation::Remove, Member { id, ..Member::default() });
        self.change_members(MembershipChange::Remove(id), change).await
    }

    fn check_removal(&self, id: u64) -> Result<(), ChangeError> {
        let members = self.state().members.read();
        if members.get(id).is_some_and(|member| member.is_learner) {
            return Ok(());
        }
        if !members.may_remove_voter(id) {
            return Err(Refusal::NotEnoughStarted.into());
        }
        let voters: Vec<u64> = members.voters().map(|member| member.id).collect();
        drop(members);
        // One that is out of reach is no part of the quorum that works now.
        let is_down = id != self.identity().member_id && self.transport().active_since(id).is_none();
        // Source: etcd. One more than a majority of the others.
        let needed = 2 + voters.len().saturating_sub(1) / 2;
        if is_down || self.connected(&voters) >= needed { Ok(()) } else { Err(ChangeError::Unhealthy) }
    }

    /// How many of these members have been connected for long enough, this one included.
    fn connected(&self, members: &[u64]) -> usize {
        let since = self.clock().now().checked_sub(CONNECTED_FOR);
        let is_connected = |id: u64| {
            let active = self.transport().active_since(id);
            id == self.identity().member_id || active.is_some_and(|active| since.is_some_and(|since| active <= since))
        };
        members.iter().filter(|id| is_connected(**id)).count()
    }

    /// Lets another member lead, if `id` does. Answers whether it does not lead then: a leader can be taken out too.
    async fn move_leadership_from(&self, id: u64) -> bool {
        let others = self.state().members.read().voters().any(|member| member.id != id);
        if self.node().status().leader != id || !others {
            return true;
        }
        let own = self.identity().member_id;
        if own == id {
            self.node().hand_over();
        } else if !self.is_learner() {
            self.node().transfer_leader(own);
        }
        let mut leadership = self.node().leadership();
        let moved = async { leadership.wait_for(|now| now.leader != 0 && now.leader != id).await.is_ok() };
        let moved = matches!(self.clock().timeout(self.limits().election_timeout, moved).await, Ok(true));
        if !moved {
            tracing::warn!(member_id = %format!("{id:x}"), "a member is to be taken out while it leads: nobody took over in time");
        }
        moved
    }

    /// Makes a voter of a learner that has nearly all of the log.
    ///
    /// # Errors
    /// [`ChangeError::NotLeader`] when this member does not lead, and see there.
    pub async fn promote_member_here(&self, id: u64) -> Result<(), ChangeError> {
        let Some(followers) = self.node().followers().await else { return Err(ChangeError::NotLeader) };
        let own = followers.matched.get(&self.identity().member_id).copied().unwrap_or_default();
        let Some(&matched) = followers.matched.get(&id) else { return Err(Refusal::MemberNotFound.into()) };
        if matched * 10 < own * LEVEL_TENTHS {
            return Err(ChangeError::LearnerNotReady);
        }
        if self.limits().strict_reconfig && !self.state().members.read().may_promote() {
            return Err(Refusal::NotEnoughStarted.into());
        }
        let change = MemberChange::new(Operation::Promote, Member { id, ..Member::default() });
        self.change_members(MembershipChange::AddVoter(id), change).await
    }

    async fn change_members(&self, step: MembershipChange, mut change: MemberChange) -> Result<(), ChangeError> {
        let (id, outcome) = self.waiters().add(self.clock().now());
        let limits = self.limits();
        (change.proposal, change.learners_max, change.strict) = (id, limits.learners_max, limits.strict_reconfig);
        let context = Bytes::from(change.encode_to_vec());
        let refused = if context.len() > limits.request_bytes_max {
            Some(Unavailable::TooLarge)
        } else {
            self.node().propose_change(id, step, context).is_err().then_some(Unavailable::TooManyRequests)
        };
        if let Some(refused) = refused {
            self.waiters().answer(std::iter::once((id, Err(refused))));
            return Err(refused.into());
        }
        let outcome = outcome.await.unwrap_or(Err(Unavailable::Stopped));
        if outcome.is_err() {
            self.metrics().proposals_failed.inc();
        }
        outcome??;
        Ok(())
    }
}
