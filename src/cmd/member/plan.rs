//! The way from a cluster as it is to the one that is wished for, one step at a time.
//!
//! [`plan`] is pure and keeps nothing: from what was seen and what is wanted it gives the next step. The command looks, plans,
//! takes the step and looks again; so it does not matter whether a step was taken by this run, by one that was interrupted, by
//! someone else, or by a request whose answer was lost. A new member is known by its peer URLs, for it has no name before it
//! has been started; an old one by its id.
//!
//! The order of the steps keeps a quorum of healthy voters at every moment:
//! - a new member comes in as a learner, and votes only once it is level with the leader;
//! - an old one that is well goes after the new one votes; leadership leaves it before;
//! - an old one that is down goes first: it takes part in no decision, its removal makes no quorum larger, and servers refuse
//!   to add members while too many are down. So does one whose peer URLs the new member takes over, since two members cannot
//!   have the same.
//!
//! So a replacement that goes on can mostly be told by the new member, which is there before the old one goes: see [`resumed`].
//! An old one that went first may have gone a moment before the interruption, so that neither is there. Our servers then say that it
//! was taken out. etcd's answer alike of ids that were removed and of ids that never were; adding a member by mistake is worse
//! than asking, so that the operator is asked there, with the command that goes on.

use super::view::{Answer, Facts, Seen, Tally, View};

/// A learner within this many entries of the leader votes. As many are kept by the leader for those behind, so that it needs
/// no snapshot any more. Source: etcd's catch-up entries.
pub const LEVEL_WITHIN_ENTRIES: u64 = 5000;
/// A member is taken to be down after so many looks: one lost answer must not decide the order of steps.
pub const DOWN_LOOKS: u32 = 3;
/// The id of a member in a plan that has not been added yet. Ids are hashes, so that no member will have it.
pub const NOT_YET: u64 = u64::MAX;

/// A member to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMember {
    pub name: String,
    /// In ascending order.
    pub peer_urls: Vec<String>,
    /// Whether it is to vote in the end, or to stay a learner.
    pub votes: bool,
}

/// What is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    Add(NewMember),
    Remove {
        id: u64,
        /// Also when the rest has no quorum then.
        even_if_quorum_is_lost: bool,
    },
    /// Whether the old member is there still does not matter.
    Replace {
        old: u64,
        new: NewMember,
    },
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    AddLearner,
    /// Wait until a member that was added has been started.
    AwaitStart(u64),
    /// Wait until a started member can be reached.
    AwaitAnswer(u64),
    AwaitLevel {
        id: u64,
        lag: u64,
    },
    Promote(u64),
    /// Wait until the voters agree on a leader.
    AwaitLeader,
    /// Wait until enough voters are healthy for a change.
    AwaitQuorum,
    /// Look again before a member is taken to be down.
    ConfirmDown(u64),
    MoveLeader {
        from: u64,
        to: u64,
    },
    Remove(u64),
    Done,
}

/// Why a wish is not followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The rest could decide nothing any more.
    #[error("removing {who} would lose the quorum: now {before}; then {after}")]
    QuorumLost { who: String, before: Tally, after: Tally },
    /// There is nothing without voters.
    #[error("{who} is the only voting member: a cluster cannot do without")]
    LastVoter { who: String },
    /// Two members of one name cannot be told apart in the settings of a third.
    #[error("the name {name} belongs to member {id:x} at {peer_urls}")]
    NameTaken { name: String, id: u64, peer_urls: String },
    /// A member with these peer URLs is there, under another name.
    #[error("the member at {peer_urls} is {who}, not {wanted}")]
    OtherName { who: String, wanted: String, peer_urls: String },
    /// Some of the peer URLs are those of another member.
    #[error("the peer URL {url} belongs to member {who}")]
    UrlTaken { url: String, who: String },
    /// Neither the member that is to be replaced is there, nor the one that replaces it.
    #[error(
        "no member has the id or name {old}, and none has the peer URLs {} of the new one; the members are {}",
        .new.peer_urls.join(","), .known.join(", ")
    )]
    UnknownOld { old: String, new: NewMember, known: Vec<String> },
}

/// What is left of replacing a member `old` that is not there: an earlier run has removed it if the server says so, or if the new
/// member is there, and that one is to vote.
///
/// # Errors
/// [`Refusal::UnknownOld`] when it is not: then `old` is most likely a mistake. As [`plan`] when somebody else has the new member's
/// name or peer URLs.
pub fn resumed(view: &View, old: &str, new: NewMember, was_removed: bool) -> Result<Wish, Refusal> {
    if present(view, &new, None)?.is_some() || was_removed {
        return Ok(Wish::Add(new));
    }
    Err(Refusal::UnknownOld { old: old.to_owned(), new, known: view.members.iter().map(Seen::title).collect() })
}

/// The next step towards `wish`. `hand_over` says whether leadership may still be moved; without it a leader is removed as it
/// is, and the rest elect another.
///
/// # Errors
/// [`Refusal`], before anything that would be unsafe.
pub fn plan(view: &View, wish: &Wish, hand_over: bool) -> Result<Step, Refusal> {
    match wish {
        Wish::Add(new) => match present(view, new, None)? {
            None => Ok(Step::AddLearner),
            Some(member) => Ok(towards_level(view, member, new.votes)),
        },
        Wish::Remove { id, even_if_quorum_is_lost } => match view.get(*id) {
            None => Ok(Step::Done),
            Some(member) => removal(view, member, *even_if_quorum_is_lost, hand_over),
        },
        Wish::Replace { old, new } => {
            let old = view.get(*old);
            let present = present(view, new, old)?;
            match (old, present) {
                (None, None) => Ok(Step::AddLearner),
                (None, Some(member)) => Ok(towards_level(view, member, new.votes)),
                (Some(old), present) => replacement(view, old, new, present, hand_over),
            }
        }
    }
}

fn replacement(view: &View, old: &Seen, new: &NewMember, present: Option<&Seen>, hand_over: bool) -> Result<Step, Refusal> {
    let takes_over = old.peer_urls.iter().any(|url| new.peer_urls.contains(url));
    let first = takes_over || old.is_learner;
    if !first && !view.is_healthy(old) && present.is_none_or(|member| member.is_learner) {
        if old.bad_looks < DOWN_LOOKS {
            return Ok(Step::ConfirmDown(old.id));
        }
        return removal(view, old, false, hand_over);
    }
    if first {
        return removal(view, old, false, hand_over);
    }
    match present {
        None if old.name == new.name => Err(name_taken(old)),
        None => Ok(Step::AddLearner),
        Some(member) => match towards_level(view, member, new.votes) {
            Step::Done => removal(view, old, false, hand_over),
            step => Ok(step),
        },
    }
}

/// The member that is wished for, if it is in the cluster; `old` is the one that it replaces, whose name and URLs do not count.
fn present<'v>(view: &'v View, new: &NewMember, old: Option<&Seen>) -> Result<Option<&'v Seen>, Refusal> {
    let others = || view.members.iter().filter(|member| Some(member.id) != old.map(|old| old.id));
    let found = others().find(|member| member.peer_urls == new.peer_urls);
    if let Some(member) = found {
        if member.is_started() && member.name != new.name {
            let peer_urls = new.peer_urls.join(",");
            return Err(Refusal::OtherName { who: member.title(), wanted: new.name.clone(), peer_urls });
        }
        return Ok(Some(member));
    }
    for member in others() {
        if let Some(url) = member.peer_urls.iter().find(|url| new.peer_urls.contains(url)) {
            return Err(Refusal::UrlTaken { url: url.clone(), who: member.title() });
        }
        if member.name == new.name {
            return Err(name_taken(member));
        }
    }
    Ok(None)
}

fn name_taken(member: &Seen) -> Refusal {
    Refusal::NameTaken { name: member.name.clone(), id: member.id, peer_urls: member.peer_urls.join(",") }
}

/// From having been added to voting.
fn towards_level(view: &View, member: &Seen, votes: bool) -> Step {
    if !member.is_started() {
        return Step::AwaitStart(member.id);
    }
    if !member.is_learner {
        return Step::Done;
    }
    if view.leader().is_none() {
        return Step::AwaitLeader;
    }
    let Some(lag) = view.lag(member).filter(|_| view.is_healthy(member)) else { return Step::AwaitAnswer(member.id) };
    if lag > LEVEL_WITHIN_ENTRIES {
        return Step::AwaitLevel { id: member.id, lag };
    }
    match votes {
        false => Step::Done,
        true if view.tally_with(member).holds() => Step::Promote(member.id),
        true => Step::AwaitQuorum,
    }
}

fn removal(view: &View, member: &Seen, even_if_quorum_is_lost: bool, hand_over: bool) -> Result<Step, Refusal> {
    if member.is_learner {
        return Ok(Step::Remove(member.id));
    }
    let (before, after) = (view.tally(), view.tally_without(member));
    if !even_if_quorum_is_lost {
        if after.voters == 0 {
            return Err(Refusal::LastVoter { who: member.title() });
        }
        if view.leader().is_none() && before.healthy == 0 && view.voters().any(|voter| voter.facts().is_some()) {
            return Ok(Step::AwaitLeader);
        }
        if !after.holds() {
            return Err(Refusal::QuorumLost { who: member.title(), before, after });
        }
    }
    if hand_over && view.leader() == Some(member.id) && member.facts().is_some() {
        let rest = view.voters().filter(|voter| voter.id != member.id && view.is_healthy(voter));
        if let Some(next) = rest.min_by_key(|voter| (view.lag(voter), voter.id)) {
            return Ok(Step::MoveLeader { from: member.id, to: next.id });
        }
    }
    Ok(Step::Remove(member.id))
}

/// The cluster once a step has gone well: what a dry run goes on with, and how a run knows that nothing is left to do.
pub fn after(view: &View, wish: &Wish, step: Step) -> View {
    let mut view = view.clone();
    let healthy = Facts {
        leader: view.leader().unwrap_or_default(),
        committed: view.committed().unwrap_or_default(),
        applied: view.committed().unwrap_or_default(),
        ..Facts::default()
    };
    let new = match wish {
        Wish::Add(new) | Wish::Replace { new, .. } => Some(new),
        Wish::Remove { .. } => None,
    };
    let find = |view: &mut View, id: u64, change: &dyn Fn(&mut Seen)| {
        view.members.iter_mut().filter(|member| member.id == id).for_each(change);
    };
    match step {
        Step::AddLearner => view.members.extend(new.map(|new| Seen {
            id: NOT_YET,
            name: String::new(),
            peer_urls: new.peer_urls.clone(),
            is_learner: true,
            answer: Answer::Silent("not started".to_owned()),
            bad_looks: 0,
        })),
        Step::AwaitStart(id) | Step::AwaitAnswer(id) | Step::AwaitLevel { id, .. } => {
            let name = new.map(|new| new.name.clone()).unwrap_or_default();
            find(&mut view, id, &|member| {
                member.name.clone_from(&name);
                member.answer = Answer::Here(healthy.clone());
            });
        }
        Step::Promote(id) => find(&mut view, id, &|member| member.is_learner = false),
        Step::ConfirmDown(id) => find(&mut view, id, &|member| member.bad_looks = DOWN_LOOKS),
        Step::MoveLeader { from, to } => {
            for member in &mut view.members {
                if let Answer::Here(facts) = &mut member.answer
                    && facts.leader == from
                {
                    facts.leader = to;
                }
            }
        }
        Step::Remove(id) => {
            view.members.retain(|member| member.id != id);
            // Without the leader the rest elect another at once, as far as a plan can say.
            if healthy.leader == id {
                let next = view.voters().find(|voter| voter.facts().is_some()).map(|voter| voter.id).unwrap_or_default();
                for member in &mut view.members {
                    if let Answer::Here(facts) = &mut member.answer {
                        facts.leader = next;
                    }
                }
            }
        }
        Step::AwaitLeader | Step::AwaitQuorum | Step::Done => {}
    }
    view
}

#[cfg(test)]
mod tests;
