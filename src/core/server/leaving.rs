//! When a member that was taken out of the cluster may go.
//!
//! It applies that change before the others do, often, and they still count on its vote until they have. So it goes on until most
//! of the voters that are left have refused it: whoever refuses a member has applied its removal, and never goes back behind that.
//! Any of them that decide together afterwards have one among them that knows. Some may be gone for good meanwhile, so a few seconds
//! after the first refusal it goes all the same: then only the loss of all that have refused it could leave the others waiting.
//! (etcd's members go after a second; when the others did not hear of it in time, such as the last one of two, they wait for the
//! missing vote for ever.)

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use parking_lot::Mutex;

use super::OnRemoved;
use crate::core::membership::{Membership, quorum};

/// How long a member that one voter has refused waits for others.
const PATIENCE: Duration = Duration::from_secs(5);

/// Who has refused this member. See the module.
pub struct Leaving {
    own: u64,
    refusals: Mutex<Refusals>,
    may_go: OnRemoved,
}

#[derive(Default)]
struct Refusals {
    by: BTreeSet<u64>,
    /// Those of them that vote, as they say.
    voting: BTreeSet<u64>,
    /// When the first voter did.
    since: Option<Instant>,
}

impl Leaving {
    /// `may_go` is called once or more when member `own` may go.
    pub fn new(own: u64, may_go: OnRemoved) -> Self {
        Self { own, refusals: Mutex::default(), may_go }
    }

    /// Member `by` says that this one was taken out, as it does again each time it is called, and whether it votes; `members` is what
    /// is known here.
    pub fn told(&self, by: u64, by_voter: bool, members: &Membership, now: Instant) {
        let mut refusals = self.refusals.lock();
        if refusals.by.insert(by) {
            tracing::warn!(by = %format!("{by:x}"), "another member says that this one was taken out of the cluster");
        }
        if by_voter {
            refusals.voting.insert(by);
        }
        if refusals.may_go(self.own, members, now) {
            (self.may_go)();
        }
    }
}

impl Refusals {
    fn may_go(&mut self, own: u64, members: &Membership, now: Instant) -> bool {
        // What this one knows of the cluster is over, and may be long over.
        let is_behind = !members.is_removed(own);
        // Who came later, or votes by now, does so by a change that most of the voters have decided behind this one.
        let came_later = |by: &u64| members.get(*by).is_none() && !members.is_removed(*by);
        let votes_by_now = |by: &u64| members.get(*by).is_some_and(|member| member.is_learner);
        let by_a_later_one = self.by.iter().any(came_later) || self.voting.iter().any(votes_by_now);
        let voters = members.voters().filter(|voter| self.by.contains(&voter.id)).count();
        if voters > 0 {
            self.since.get_or_insert(now);
        }
        let waited = self.since.is_some_and(|since| now.saturating_duration_since(since) >= PATIENCE);
        is_behind || by_a_later_one || waited || voters >= quorum(members.voters().count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::{backend::Generation, membership::Member};

    /// Members 2 to 4 vote, 5 is a learner; 1 and 6 were taken out.
    fn members() -> Membership {
        let (mut members, out) = (Membership::default(), Generation::default());
        for id in 1..=6 {
            members.set(Member { id, is_learner: id == 5, ..Member::default() }, &out);
        }
        members.remove(1, &out);
        members.remove(6, &out);
        members
    }

    fn may_go_told_by(own: u64, told_by: &[u64]) -> bool {
        let mut refusals = Refusals { by: told_by.iter().copied().collect(), ..Refusals::default() };
        refusals.may_go(own, &members(), Instant::now())
    }

    #[test]
    fn it_goes_when_most_of_the_voters_have_refused_it() {
        assert!(!may_go_told_by(1, &[]));
        assert!(!may_go_told_by(1, &[2]));
        assert!(!may_go_told_by(1, &[2, 5, 6]), "a learner does not vote, nor does one that was taken out");
        assert!(may_go_told_by(1, &[2, 4]));
    }

    #[test]
    fn it_does_not_wait_for_ever_for_some_that_may_be_gone() {
        let (mut refusals, begin) = (Refusals { by: [5].into(), ..Refusals::default() }, Instant::now());
        assert!(!refusals.may_go(1, &members(), begin));
        assert!(!refusals.may_go(1, &members(), begin + 2 * PATIENCE), "no voter knows yet");
        refusals.by.insert(3);
        assert!(!refusals.may_go(1, &members(), begin + 2 * PATIENCE));
        assert!(refusals.may_go(1, &members(), begin + 3 * PATIENCE));
    }

    #[test]
    fn one_that_came_later_knows_what_most_have_decided() {
        assert!(may_go_told_by(1, &[7]));
    }

    /// The voters that it knew were gone, all replaced since it was cut off, and it went on for ever.
    #[test]
    fn one_that_votes_since_knows_what_most_have_decided() {
        let mut refusals = Refusals { by: [5].into(), voting: [5].into(), since: None };
        assert!(refusals.may_go(1, &members(), Instant::now()));
        let mut refusals = Refusals { by: [2].into(), voting: [2].into(), since: None };
        assert!(!refusals.may_go(1, &members(), Instant::now()), "it voted before");
    }

    #[test]
    fn one_that_has_not_applied_its_removal_is_behind_and_goes_at_once() {
        assert!(may_go_told_by(3, &[2]));
    }
}
