//! The arithmetic by which a change of membership is refused that could cost the cluster its quorum.
//!
//! A member counts as started once it has published its name. Everything here follows from the list of members alone, so that every
//! member comes to the same verdict at the same point of the log. What also needs to know who is connected right now is asked by the
//! member that takes the request.
//!
//! Source: etcd 3.7, `--strict-reconfig-check`.

use super::{Member, Membership};

/// Voters that must agree when there are so many.
pub const fn quorum(voters: usize) -> usize {
    voters / 2 + 1
}

impl Member {
    /// Whether it has ever come up and published itself.
    pub fn is_started(&self) -> bool {
        !self.name.is_empty()
    }
}

impl Membership {
    /// Members that vote, by id.
    pub fn voters(&self) -> impl Iterator<Item = &Member> {
        self.iter().filter(|member| !member.is_learner)
    }

    /// Whether enough voters have started for one more, which has not. A single started voter may always get a second one: that is how
    /// a cluster of one is moved.
    pub fn may_add_voter(&self) -> bool {
        let (voters, started) = self.count(|_| true);
        (started == 1 && voters == 1) || started >= quorum(voters + 1)
    }

    /// Whether enough voters have started without this one.
    pub fn may_remove_voter(&self, id: u64) -> bool {
        let (rest, started) = self.count(|member| member.id != id);
        rest > 0 && started >= quorum(rest)
    }

    /// Whether enough voters have started when a learner becomes one of them. It counts as started, since only a level one is promoted.
    pub fn may_promote(&self) -> bool {
        let (voters, started) = self.count(|_| true);
        started + 1 >= quorum(voters + 1)
    }

    fn count(&self, which: impl Fn(&Member) -> bool) -> (usize, usize) {
        let (mut voters, mut started) = (0, 0);
        for member in self.voters().filter(|member| which(member)) {
            voters += 1;
            started += usize::from(member.is_started());
        }
        (voters, started)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::backend::Generation;

    /// Voters of which the first `started` have started.
    fn members(voters: u64, started: u64) -> Membership {
        let mut members = Membership::default();
        for id in 1..=voters {
            let name = if id <= started { format!("m{id}") } else { String::new() };
            members.set(Member { id, name, ..Member::default() }, &Generation::default());
        }
        members
    }

    #[test]
    fn a_voter_is_added_only_while_those_that_started_are_a_quorum_with_it() {
        assert!(members(1, 1).may_add_voter(), "a single member may get a second one");
        assert!(!members(2, 1).may_add_voter(), "three need two, and one has started");
        assert!(members(2, 2).may_add_voter());
        assert!(!members(3, 2).may_add_voter(), "four need three");
        assert!(members(5, 4).may_add_voter());
    }

    #[test]
    fn a_voter_is_removed_only_while_the_others_that_started_are_a_quorum() {
        assert!(!members(1, 1).may_remove_voter(1), "the last one stays");
        assert!(members(2, 1).may_remove_voter(2));
        assert!(!members(2, 1).may_remove_voter(1));
        assert!(members(3, 2).may_remove_voter(3));
        assert!(!members(3, 2).may_remove_voter(1), "of the two others one has not started");
        assert!(members(3, 2).may_remove_voter(99), "whether there is such a member is asked later");
    }

    #[test]
    fn a_learner_counts_as_started_when_it_is_promoted_and_not_before() {
        assert!(members(1, 1).may_promote());
        assert!(members(2, 1).may_promote());
        assert!(!members(3, 1).may_promote());
        let mut members = members(3, 2);
        members.set(Member { id: 9, name: "l".into(), is_learner: true, ..Member::default() }, &Generation::default());
        assert!(!members.may_add_voter());
        assert!(members.may_promote());
    }
}
