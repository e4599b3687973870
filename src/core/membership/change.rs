//! Changes of membership as the state machine sees them: what the entry of a change says, and whether it may happen.

use std::collections::BTreeSet;

use prost::Message;
use quorate_proto::membershippb::{Attributes, RaftAttributes};

use super::{Member, Membership};
use crate::core::refusal::Refusal;

/// What is to be done with a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, prost::Enumeration)]
#[repr(i32)]
pub enum Operation {
    /// A member of the first hour: its entry is among those that a log begins with, and is not checked.
    Found = 0,
    /// A new member: a learner or a voter, as its attributes say.
    Add = 1,
    /// A learner becomes a voter.
    Promote = 2,
    Remove = 3,
}

/// The context of a change's entry. The first fields are those of an encoded [`Member`], so that the entries of a new cluster, which
/// hold nothing else, are read as what they are.
#[derive(Clone, PartialEq, prost::Message)]
pub struct MemberChange {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(message, optional, tag = "2")]
    raft_attributes: Option<RaftAttributes>,
    #[prost(message, optional, tag = "3")]
    member_attributes: Option<Attributes>,
    /// By which the member that proposed the change finds who waits; 0 for nobody.
    #[prost(uint64, tag = "100")]
    pub proposal: u64,
    #[prost(enumeration = "Operation", tag = "101")]
    operation: i32,
    /// Learners that there may be with an added one. What the proposing member was told: all must come to the same verdict.
    #[prost(uint64, tag = "102")]
    pub learners_max: u64,
    /// Whether a change that endangers the quorum is refused.
    #[prost(bool, tag = "103")]
    pub strict: bool,
}

impl MemberChange {
    /// A change of `member`; of one that is promoted or removed, only the id counts.
    pub fn new(operation: Operation, member: Member) -> Self {
        let Member { id, name, peer_urls, client_urls, is_learner } = member;
        Self {
            id,
            raft_attributes: Some(RaftAttributes { peer_urls, is_learner }),
            member_attributes: Some(Attributes { name, client_urls }),
            operation: operation.into(),
            ..Self::default()
        }
    }

    /// Reads the context of an entry; `None` for bytes that name no member or no operation that this program knows.
    pub fn from_context(bytes: &[u8]) -> Option<Self> {
        let change = Self::decode(bytes).ok()?;
        (change.id != 0 && Operation::try_from(change.operation).is_ok()).then_some(change)
    }

    /// Whom it is about.
    pub fn member(&self) -> Member {
        let raft = self.raft_attributes.clone().unwrap_or_default();
        let own = self.member_attributes.clone().unwrap_or_default();
        Member {
            id: self.id,
            name: own.name,
            peer_urls: raft.peer_urls,
            client_urls: own.client_urls,
            is_learner: raft.is_learner,
        }
    }
}

impl Membership {
    /// Whether a change may happen now, at its point of the log.
    ///
    /// # Errors
    /// Why not; every member comes to the same verdict. Source: etcd 3.7. The arithmetic of `strict` is repeated here, where etcd looks
    /// at it before it proposes alone: two changes that are safe one by one need not be so together.
    pub fn check(&self, change: &MemberChange) -> Result<(), Refusal> {
        let id = change.id;
        if change.operation() == Operation::Found {
            return Ok(());
        }
        if self.is_removed(id) {
            return Err(Refusal::MemberNotFound);
        }
        let known = self.get(id);
        let safe = match change.operation() {
            Operation::Found => true,
            Operation::Add => {
                let new = change.member();
                if known.is_some() {
                    return Err(Refusal::MemberExists);
                }
                if self.uses_any(&new.peer_urls, 0) {
                    return Err(Refusal::PeerUrlExists);
                }
                let learners = self.iter().filter(|member| member.is_learner).count() as u64;
                if new.is_learner && learners >= change.learners_max {
                    return Err(Refusal::TooManyLearners);
                }
                new.is_learner || self.may_add_voter()
            }
            Operation::Promote => match known {
                None => return Err(Refusal::MemberNotFound),
                Some(member) if !member.is_learner => return Err(Refusal::MemberNotLearner),
                Some(_) => self.may_promote(),
            },
            Operation::Remove => match known {
                None => return Err(Refusal::MemberNotFound),
                // Without a voter nothing could be decided ever again, not even who votes.
                Some(member) if !member.is_learner && self.voters().count() == 1 => return Err(Refusal::NotEnoughStarted),
                Some(member) => member.is_learner || self.may_remove_voter(id),
            },
        };
        if change.strict && !safe { Err(Refusal::NotEnoughStarted) } else { Ok(()) }
    }

    /// Whether a member other than `except` has one of these peer URLs.
    pub fn uses_any(&self, peer_urls: &[String], except: u64) -> bool {
        let wanted: BTreeSet<_> = peer_urls.iter().collect();
        self.iter().any(|member| member.id != except && member.peer_urls.iter().any(|url| wanted.contains(url)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::backend::Generation;

    fn member(id: u64, is_learner: bool) -> Member {
        let peer_urls = vec![format!("http://m{id}:2380")];
        Member { id, name: format!("m{id}"), peer_urls, is_learner, ..Member::default() }
    }

    fn cluster() -> Membership {
        let mut members = Membership::default();
        for (id, is_learner) in [(1, false), (2, false), (3, false), (4, true)] {
            members.set(member(id, is_learner), &Generation::default());
        }
        members.set(member(5, false), &Generation::default());
        members.remove(5, &Generation::default());
        members
    }

    fn check(operation: Operation, member: Member) -> Result<(), Refusal> {
        let change = MemberChange { learners_max: 1, strict: true, ..MemberChange::new(operation, member) };
        let read = MemberChange::from_context(&change.encode_to_vec()).unwrap();
        assert_eq!(read, change);
        cluster().check(&read)
    }

    #[test]
    fn the_entries_that_a_log_begins_with_are_read_as_such() {
        let read = MemberChange::from_context(&member(7, false).encode()).unwrap();
        assert_eq!((read.operation(), read.proposal, read.member()), (Operation::Found, 0, member(7, false)));
        assert_eq!(MemberChange::from_context(b""), None);
        let unknown = MemberChange { operation: 77, ..MemberChange::new(Operation::Add, member(7, false)) };
        assert_eq!(MemberChange::from_context(&unknown.encode_to_vec()), None);
    }

    #[test]
    fn changes_are_refused_as_etcd_refuses_them() {
        use Operation::{Add, Promote, Remove};
        assert_eq!(check(Add, member(6, false)), Ok(()));
        assert_eq!(check(Add, member(6, true)), Err(Refusal::TooManyLearners));
        assert_eq!(check(Add, member(1, false)), Err(Refusal::MemberExists));
        assert_eq!(check(Add, member(5, false)), Err(Refusal::MemberNotFound), "an id does not come back");
        assert_eq!(check(Add, Member { id: 6, ..member(2, false) }), Err(Refusal::PeerUrlExists));
        assert_eq!(check(Promote, member(4, false)), Ok(()));
        assert_eq!(check(Promote, member(1, false)), Err(Refusal::MemberNotLearner));
        assert_eq!(check(Promote, member(6, false)), Err(Refusal::MemberNotFound));
        assert_eq!(check(Remove, member(3, false)), Ok(()));
        assert_eq!(check(Remove, member(4, false)), Ok(()));
        assert_eq!(check(Remove, member(5, false)), Err(Refusal::MemberNotFound));
    }

    #[test]
    fn of_two_removals_that_are_safe_alone_the_second_is_refused() {
        let mut members = cluster();
        let remove = |id| MemberChange { strict: true, ..MemberChange::new(Operation::Remove, member(id, false)) };
        members.set(Member { name: String::new(), ..member(3, false) }, &Generation::default());
        assert_eq!(members.check(&remove(1)), Err(Refusal::NotEnoughStarted), "2 has started and 3 has not");
        members.set(member(3, false), &Generation::default());
        assert_eq!(members.check(&remove(1)), Ok(()));
        members.remove(1, &Generation::default());
        assert_eq!(members.check(&remove(2)), Ok(()));
        members.remove(2, &Generation::default());
        assert_eq!(members.check(&remove(3)), Err(Refusal::NotEnoughStarted), "nobody would be left");
        let lax = MemberChange { strict: false, ..remove(3) };
        assert_eq!(members.check(&lax), Err(Refusal::NotEnoughStarted), "the last voter stays whatever was asked for");
    }

    #[test]
    fn whatever_a_change_is_written_as_it_is_one_or_none_and_a_cluster_judges_it() {
        let changes = [Operation::Add, Operation::Promote, Operation::Remove].map(|of| MemberChange::new(of, member(4, true)));
        let good = changes.map(|change| change.encode_to_vec());
        crate::mangle::survives(&good, |bytes| {
            if let Some(change) = MemberChange::from_context(bytes) {
                assert!(change.id != 0 && MemberChange::from_context(&change.encode_to_vec()) == Some(change.clone()));
                let _ = cluster().check(&change);
            }
        });
    }
}
