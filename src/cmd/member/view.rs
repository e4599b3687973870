//! A cluster as it was seen at one moment, and the arithmetic of its quorum. Pure: [`super::look`] fills it.
//!
//! What is here is judged with caution. A voter counts as healthy only when it answered, follows the leader that most voters
//! name, and served a read that went through the quorum. One that cannot be reached from here may be well in truth; then the
//! arithmetic refuses a change that would have been safe, and never the other way round.

use std::{collections::BTreeMap, fmt};

/// The members, and what each of them said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    pub members: Vec<Seen>,
}

/// A member of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub id: u64,
    /// Empty until the member has been started: it publishes its name itself.
    pub name: String,
    /// In ascending order.
    pub peer_urls: Vec<String>,
    pub is_learner: bool,
    pub answer: Answer,
    /// How many looks in a row, this one included, have found it not healthy.
    pub bad_looks: u32,
}

/// What asking a member gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing, for this reason.
    Silent(String),
    Here(Facts),
}

/// What a member says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The client URL that answered.
    pub endpoint: String,
    /// The leader that it follows, 0 for none.
    pub leader: u64,
    pub term: u64,
    /// The last entry that it knows to be committed.
    pub committed: u64,
    /// The last entry that it has applied.
    pub applied: u64,
    pub version: String,
    /// Size of its database file, in bytes.
    pub db_size: i64,
    /// The part of it that holds something, in bytes.
    pub db_size_in_use: i64,
    /// Why it does not serve although it answers.
    pub trouble: Option<String>,
}

/// Votes: how many there are, and how many of them can be counted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    pub voters: usize,
    pub healthy: usize,
}

impl Tally {
    /// How many voters must agree.
    pub fn quorum(self) -> usize {
        self.voters / 2 + 1
    }

    /// Whether the healthy voters can decide.
    pub fn holds(self) -> bool {
        self.healthy >= self.quorum()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "voters {}, quorum {}, healthy {}", self.voters, self.quorum(), self.healthy)
    }
}

/// What an argument that names a member leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    One(u64),
    Nobody,
    /// Its name is not its own.
    Several,
}

impl Seen {
    /// Whether the member has been started at least once.
    pub fn is_started(&self) -> bool {
        !self.name.is_empty()
    }

    /// What it said, if it answered.
    pub fn facts(&self) -> Option<&Facts> {
        match &self.answer {
            Answer::Here(facts) => Some(facts),
            Answer::Silent(_) => None,
        }
    }

    /// Its name and id as texts for people have them.
    pub fn title(&self) -> String {
        if self.is_started() { format!("{} ({:x})", self.name, self.id) } else { format!("{:x}", self.id) }
    }
}

impl View {
    /// The member of that id.
    pub fn get(&self, id: u64) -> Option<&Seen> {
        self.members.iter().find(|member| member.id == id)
    }

    /// The members that vote.
    pub fn voters(&self) -> impl Iterator<Item = &Seen> {
        self.members.iter().filter(|member| !member.is_learner)
    }

    /// The voter that most voters which answered follow.
    pub fn leader(&self) -> Option<u64> {
        let mut votes = BTreeMap::<u64, (usize, u64)>::new();
        for facts in self.voters().filter_map(Seen::facts) {
            let (count, term) = votes.entry(facts.leader).or_default();
            *count += 1;
            *term = facts.term.max(*term);
        }
        let named = votes.into_iter().filter(|(id, _)| self.voters().any(|voter| voter.id == *id));
        named.max_by_key(|(_, votes)| *votes).map(|(id, _)| id)
    }

    /// Whether a member can be counted on.
    pub fn is_healthy(&self, member: &Seen) -> bool {
        self.illness(member).is_none()
    }

    /// Why a member cannot be counted on.
    pub fn illness(&self, member: &Seen) -> Option<String> {
        match &member.answer {
            Answer::Silent(reason) => Some(reason.clone()),
            Answer::Here(Facts { trouble: Some(trouble), .. }) => Some(trouble.clone()),
            Answer::Here(facts) if facts.leader == 0 => Some("sees no leader".to_owned()),
            Answer::Here(facts) if Some(facts.leader) != self.leader() => {
                Some(format!("follows {:x}, which the others do not", facts.leader))
            }
            Answer::Here(_) => None,
        }
    }

    /// The votes as they are.
    pub fn tally(&self) -> Tally {
        Tally { voters: self.voters().count(), healthy: self.voters().filter(|voter| self.is_healthy(voter)).count() }
    }

    /// The votes once `member` is gone.
    pub fn tally_without(&self, member: &Seen) -> Tally {
        let Tally { voters, healthy } = self.tally();
        if member.is_learner {
            return Tally { voters, healthy };
        }
        Tally { voters: voters - 1, healthy: healthy - usize::from(self.is_healthy(member)) }
    }

    /// The votes once the learner `member` has one too.
    pub fn tally_with(&self, member: &Seen) -> Tally {
        let Tally { voters, healthy } = self.tally();
        Tally { voters: voters + 1, healthy: healthy + usize::from(self.is_healthy(member)) }
    }

    /// The votes once a voter is there that has not been started.
    pub fn tally_with_unstarted(&self) -> Tally {
        let Tally { voters, healthy } = self.tally();
        Tally { voters: voters + 1, healthy }
    }

    /// The last committed entry: the leader's word, or without it the highest that anybody knows of.
    pub fn committed(&self) -> Option<u64> {
        let leader = self.leader().and_then(|id| self.get(id)?.facts());
        leader.map(|facts| facts.committed).or_else(|| self.members.iter().filter_map(Seen::facts).map(|f| f.committed).max())
    }

    /// How many committed entries a member has yet to apply, if it answered.
    pub fn lag(&self, member: &Seen) -> Option<u64> {
        Some(self.committed()?.saturating_sub(member.facts()?.applied))
    }

    /// The member that an argument means: by its id in hexadecimal, or else by its name.
    pub fn find(&self, text: &str) -> Found {
        if let Ok(id) = u64::from_str_radix(text, 16)
            && self.get(id).is_some()
        {
            return Found::One(id);
        }
        let mut named = self.members.iter().filter(|member| member.is_started() && member.name == text);
        match (named.next(), named.next()) {
            (Some(member), None) => Found::One(member.id),
            (Some(_), Some(_)) => Found::Several,
            (None, _) => Found::Nobody,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn voter(id: u64, answer: Answer) -> Seen {
        Seen { id, name: format!("m{id}"), peer_urls: vec![format!("http://h{id}:1")], is_learner: false, answer, bad_looks: 0 }
    }

    fn follows(leader: u64, term: u64) -> Answer {
        Answer::Here(Facts { leader, term, committed: 9, applied: 7, ..Facts::default() })
    }

    #[test]
    fn the_leader_is_whom_most_voters_follow() {
        let lone = View { members: vec![voter(1, follows(1, 2)), voter(2, follows(3, 5)), voter(3, follows(3, 5))] };
        assert_eq!(lone.leader(), Some(3));
        assert_eq!(lone.tally(), Tally { voters: 3, healthy: 2 });
        assert_eq!(lone.illness(&lone.members[0]).unwrap(), "follows 1, which the others do not");
        let candidate = View { members: vec![voter(1, follows(0, 50)), voter(2, follows(3, 5)), voter(3, follows(3, 5))] };
        assert_eq!(candidate.leader(), Some(3));
        assert_eq!(View { members: vec![voter(1, follows(0, 2))] }.leader(), None);
        // A leader that is no member any more leads nobody.
        assert_eq!(View { members: vec![voter(1, follows(7, 2))] }.leader(), None);
    }

    #[test]
    fn who_answers_with_trouble_or_not_at_all_is_not_counted_on() {
        let slow = Answer::Here(Facts { leader: 3, trouble: Some("read timed out".to_owned()), ..Facts::default() });
        let view =
            View { members: vec![voter(1, Answer::Silent("refused".to_owned())), voter(2, slow), voter(3, follows(3, 5))] };
        assert_eq!(view.tally(), Tally { voters: 3, healthy: 1 });
        assert!(!view.tally().holds());
        assert_eq!(view.tally_without(&view.members[0]), Tally { voters: 2, healthy: 1 });
        assert_eq!(view.tally_without(&view.members[2]), Tally { voters: 2, healthy: 0 });
    }

    #[test]
    fn lag_is_counted_from_what_the_leader_has_committed() {
        let view = View { members: vec![voter(1, follows(1, 2)), voter(2, Answer::Silent(String::new()))] };
        assert_eq!(view.lag(&view.members[0]), Some(2));
        assert_eq!(view.lag(&view.members[1]), None);
    }

    #[test]
    fn members_are_found_by_id_and_by_name() {
        let mut view = View { members: vec![voter(0xab, follows(1, 1)), voter(2, follows(1, 1))] };
        assert_eq!(view.find("AB"), Found::One(0xab));
        assert_eq!(view.find("m2"), Found::One(2));
        assert_eq!(view.find("m3"), Found::Nobody);
        assert_eq!(view.find(""), Found::Nobody);
        view.members[0].name = "m2".to_owned();
        assert_eq!(view.find("m2"), Found::Several);
    }

    #[test]
    fn a_quorum_is_more_than_half() {
        for (voters, quorum) in [(0, 1), (1, 1), (2, 2), (3, 2), (4, 3), (5, 3)] {
            assert_eq!(Tally { voters, healthy: 0 }.quorum(), quorum);
        }
    }
}
