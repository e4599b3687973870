//! Steps in words, with the arithmetic of the votes: progress on stderr, and the plans of dry runs.

use super::{
    plan::{NOT_YET, NewMember, Refusal, Step, Wish, after, plan},
    view::{Seen, Tally, View},
};
use crate::cmd::output::{PlanStep, Votes};

/// More steps than any plan has: a plan that does not end is a defect, and must not keep a terminal busy.
const STEPS_MAX: usize = 32;

/// A member of the view by name and id.
pub fn who(view: &View, wish: &Wish, id: u64) -> String {
    match (view.get(id), new_member(wish)) {
        (Some(member), Some(new)) if member.peer_urls == new.peer_urls && member.id == NOT_YET => new.name.clone(),
        (Some(member), Some(new)) if !member.is_started() && member.peer_urls == new.peer_urls => {
            format!("{} ({id:x})", new.name)
        }
        (Some(member), _) => member.title(),
        (None, _) => format!("{id:x}"),
    }
}

/// The member that a wish brings in.
pub fn new_member(wish: &Wish) -> Option<&NewMember> {
    match wish {
        Wish::Add(new) | Wish::Replace { new, .. } => Some(new),
        Wish::Remove { .. } => None,
    }
}

/// The votes as output prints them.
pub fn votes(tally: Tally) -> Votes {
    Votes { voters: tally.voters, quorum: tally.quorum(), healthy: tally.healthy }
}

/// `voters 3 → 4, quorum 2 → 3, healthy 3 → 4`.
pub fn change(before: Tally, after: Tally) -> String {
    format!(
        "voters {} → {}, quorum {} → {}, healthy {} → {}",
        before.voters,
        after.voters,
        before.quorum(),
        after.quorum(),
        before.healthy,
        after.healthy
    )
}

/// What a step does, in the imperative; waits say what for.
pub fn step(view: &View, wish: &Wish, step: Step) -> String {
    let who = |id| who(view, wish, id);
    let ill = |id| view.get(id).and_then(|member| view.illness(member)).map(|why| format!(": {why}")).unwrap_or_default();
    match step {
        Step::AddLearner => {
            let new = new_member(wish).map(|new| format!("{} at {} ", new.name, new.peer_urls.join(",")));
            format!("add {}as a learner, which does not vote: {}", new.unwrap_or_default(), view.tally())
        }
        Step::AwaitStart(id) => format!("wait until {} has been started", who(id)),
        Step::AwaitAnswer(id) => format!("wait until {} serves{}", who(id), ill(id)),
        Step::AwaitLevel { id, lag } => format!("wait until {} is level with the leader, {lag} entries behind", who(id)),
        Step::Promote(id) => {
            let after = view.get(id).map_or(view.tally(), |member| view.tally_with(member));
            format!("promote {}: {}", who(id), change(view.tally(), after))
        }
        Step::AwaitLeader => "wait until the voters agree on a leader".to_owned(),
        Step::AwaitQuorum => format!("wait until more voters are healthy: {}", view.tally()),
        Step::ConfirmDown(id) => format!("make sure that {} is down{}", who(id), ill(id)),
        Step::MoveLeader { from, to } => format!("move leadership from {} to {}", who(from), who(to)),
        Step::Remove(id) => match view.get(id) {
            Some(member) if !member.is_learner => {
                format!("remove {}: {}", who(id), change(view.tally(), view.tally_without(member)))
            }
            Some(_) => format!("remove the learner {}", who(id)),
            None => format!("remove {id:x}"),
        },
        Step::Done => "nothing is left to do".to_owned(),
    }
}

/// All steps from here to the end, supposing that each goes well; with a refusal when they lead to one.
pub fn whole_plan(view: &View, wish: &Wish) -> (Vec<PlanStep>, Option<Refusal>) {
    let mut steps = Vec::new();
    let mut view = view.clone();
    for _ in 0..STEPS_MAX {
        let next = match plan(&view, wish, true) {
            Ok(Step::Done) => return (steps, None),
            Ok(next) => next,
            Err(refusal) => return (steps, Some(refusal)),
        };
        // Once started, a member of a plan is level at once: the one wait stands for both.
        let text = match next {
            Step::AwaitStart(id) => {
                format!("wait until {} has been started and is level with the leader", who(&view, wish, id))
            }
            next => step(&view, wish, next),
        };
        let then = after(&view, wish, next);
        let changed = matches!(next, Step::Promote(_) | Step::Remove(_) | Step::AddLearner);
        steps.push(PlanStep {
            step: name(next),
            text,
            before: votes(view.tally()),
            after: votes(if changed { then.tally() } else { view.tally() }),
        });
        if matches!(next, Step::AwaitLeader | Step::AwaitQuorum) {
            // What comes then depends on who leads.
            return (steps, None);
        }
        view = then;
    }
    (steps, None)
}

fn name(step: Step) -> &'static str {
    match step {
        Step::AddLearner => "add-learner",
        Step::AwaitStart(_) => "wait-for-start",
        Step::AwaitAnswer(_) => "wait-for-answer",
        Step::AwaitLevel { .. } => "wait-for-level",
        Step::Promote(_) => "promote",
        Step::AwaitLeader => "wait-for-leader",
        Step::AwaitQuorum => "wait-for-quorum",
        Step::ConfirmDown(_) => "confirm-down",
        Step::MoveLeader { .. } => "move-leader",
        Step::Remove(_) => "remove",
        Step::Done => "done",
    }
}

/// The members that are not healthy, each with the reason, for explanations.
pub fn sick(view: &View) -> Vec<String> {
    let voters = view.voters().filter_map(|voter: &Seen| Some(format!("{} ({})", voter.title(), view.illness(voter)?)));
    voters.collect()
}
