//! The planner is walked through every interruption in a small model of a cluster.
//!
//! The model keeps members, which of them run, and who leads, and takes steps as servers do: it refuses what they refuse, and a
//! process that was added starts when it is told to. A driver plays the command: look, plan, act. At every position of a run, and
//! at every pair of positions, something happens: the command is started anew, an answer is lost after the change or the
//! request before it, the cluster refuses for the moment, the leader falls back to another. Always the run must end with what
//! was wished for, and never leave fewer healthy voters than a quorum.

use super::*;

/// No walk takes more: it is cut off there as one that does not end.
const ROUNDS_MAX: usize = 64;
/// What the new member's peer URL is, where it is not the old one's.
const NEW_URL: &str = "http://new:1";
const NEW_ID_BASE: u64 = 100;

#[derive(Clone, Debug)]
struct ModelMember {
    id: u64,
    name: String,
    url: String,
    is_learner: bool,
    runs: bool,
    applied: u64,
}

#[derive(Clone, Debug)]
struct Model {
    members: Vec<ModelMember>,
    leader: u64,
    added: u64,
    bad_looks: u32,
}

/// What happens at one position of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    Nothing,
    /// The command is interrupted after the step and started again.
    Restart,
    /// The change takes effect; its answer does not arrive.
    AnswerLost,
    /// The request does not arrive.
    RequestLost,
    /// The cluster says that it is not well, for this moment.
    Unhealthy,
    /// Leadership moves to the first voter that runs.
    LeaderMoves,
}

const EVENTS: [Event; 5] = [Event::Restart, Event::AnswerLost, Event::RequestLost, Event::Unhealthy, Event::LeaderMoves];

impl Model {
    /// `size` voters, of which `down` do not run; the highest that runs leads.
    fn new(size: u64, down: &[u64]) -> Self {
        let member = |id| ModelMember {
            id,
            name: format!("m{id}"),
            url: format!("http://h{id}:1"),
            is_learner: false,
            runs: !down.contains(&id),
            applied: 10_000,
        };
        let members: Vec<_> = (1..=size).map(member).collect();
        let leader = members.iter().filter(|member| member.runs).map(|member| member.id).max().unwrap();
        Self { members, leader, added: 0, bad_looks: 0 }
    }

    fn voters(&self) -> impl Iterator<Item = &ModelMember> {
        self.members.iter().filter(|member| !member.is_learner)
    }

    fn tally(&self) -> Tally {
        Tally { voters: self.voters().count(), healthy: self.voters().filter(|voter| voter.runs).count() }
    }

    fn look(&mut self) -> View {
        self.bad_looks += 1;
        let seen = |member: &ModelMember| Seen {
            id: member.id,
            name: member.name.clone(),
            peer_urls: vec![member.url.clone()],
            is_learner: member.is_learner,
            answer: if member.runs {
                Answer::Here(Facts {
                    leader: self.leader,
                    term: 2,
                    committed: 10_000,
                    applied: member.applied,
                    ..Facts::default()
                })
            } else {
                Answer::Silent("refused".to_owned())
            },
            bad_looks: if member.runs { 0 } else { self.bad_looks },
        };
        View { members: self.members.iter().map(seen).collect() }
    }

    /// Between two looks the world goes on: what was added is started, and what was started catches up.
    fn goes_on(&mut self, new: Option<&NewMember>) {
        for member in &mut self.members {
            if member.runs && member.applied < 10_000 {
                member.applied = (member.applied + 4_000).min(10_000);
            } else if !member.runs && member.name.is_empty() {
                member.runs = true;
                member.name = new.unwrap().name.clone();
            }
        }
    }

    /// A step as servers take it. False is a refusal.
    fn take(&mut self, step: Step, new: Option<&NewMember>) -> bool {
        match step {
            Step::AddLearner => {
                let url = new.unwrap().peer_urls[0].clone();
                let taken = self.members.iter().any(|member| member.url == url || member.is_learner);
                // What servers ask for before any member is added.
                let well = self.tally().healthy > self.tally().voters.div_ceil(2);
                assert!(well || self.tally().voters == 1, "a learner is added to a cluster that is not well");
                if taken {
                    return false;
                }
                self.added += 1;
                self.members.push(ModelMember {
                    id: NEW_ID_BASE + self.added,
                    name: String::new(),
                    url,
                    is_learner: true,
                    runs: false,
                    applied: 0,
                });
            }
            Step::Promote(id) => {
                let Some(member) = self.members.iter_mut().find(|member| member.id == id) else { return false };
                assert!(member.runs && member.applied > 4_000, "a learner is promoted before it is level");
                member.is_learner = false;
            }
            Step::Remove(id) => {
                self.members.retain(|member| member.id != id);
                if self.leader == id {
                    self.elect(|_| true);
                }
            }
            Step::MoveLeader { from, to } => {
                let able = self.voters().any(|voter| voter.id == to && voter.runs);
                if self.leader != from || !able {
                    return false;
                }
                self.leader = to;
            }
            _ => {}
        }
        true
    }

    fn elect(&mut self, may: impl Fn(&ModelMember) -> bool) {
        let next = self.voters().find(|voter| voter.runs && may(voter)).map(|voter| voter.id);
        self.leader = next.unwrap_or(0);
    }
}

fn changes(step: Step) -> bool {
    matches!(step, Step::AddLearner | Step::Promote(_) | Step::Remove(_) | Step::MoveLeader { .. })
}

/// What the command, started anew, makes of the cluster that it finds. Where neither the old member is there nor the new one it
/// refuses, and names the command that goes on, which is given instead.
fn made_anew(view: &View, wish: &Wish) -> Wish {
    let Wish::Replace { old, new } = wish else { return wish.clone() };
    if view.get(*old).is_some() {
        return wish.clone();
    }
    let is_there = view.members.iter().any(|member| member.peer_urls == new.peer_urls);
    match resumed(view, &format!("{old:x}"), new.clone(), false) {
        Ok(resumed) => {
            assert!(is_there, "an old member that is not there is taken to be removed: {view:?}");
            resumed
        }
        Err(Refusal::UnknownOld { new, .. }) => {
            assert!(!is_there, "the new member is there, and the old one is called unknown: {view:?}");
            assert_eq!(resumed(view, &format!("{old:x}"), new.clone(), true), Ok(Wish::Add(new.clone())), "our servers tell");
            Wish::Add(new)
        }
        Err(other) => panic!("{other}: {view:?}"),
    }
}

/// Plays the command over the model with an event after each of the rounds given; gives the steps that were taken.
fn walk(model: &mut Model, wish: &Wish, events: &[(usize, Event)]) -> Result<Vec<Step>, Refusal> {
    let mut wish = wish.clone();
    let wished = wish.clone();
    let new = match &wished {
        Wish::Add(new) | Wish::Replace { new, .. } => Some(new),
        Wish::Remove { .. } => None,
    };
    let forced = matches!(wish, Wish::Remove { even_if_quorum_is_lost: true, .. });
    let mut steps = Vec::new();
    let mut hand_overs = 0;
    for round in 0..ROUNDS_MAX {
        let view = model.look();
        let step = plan(&view, &wish, hand_overs < 3)?;
        steps.push(step);
        if step == Step::Done {
            return Ok(steps);
        }
        let event = events.iter().find(|(at, _)| *at == round).map_or(Event::Nothing, |(_, event)| *event);
        if matches!(step, Step::MoveLeader { .. }) {
            hand_overs += 1;
        }
        if changes(step) && !matches!(event, Event::RequestLost | Event::Unhealthy) {
            model.take(step, new);
        }
        match event {
            Event::Restart => {
                (hand_overs, model.bad_looks) = (0, 0);
                wish = made_anew(&model.clone().look(), &wish);
            }
            Event::LeaderMoves => model.elect(|_| true),
            _ => {}
        }
        assert!(forced || model.tally().holds(), "no quorum after {steps:?} with {events:?}: {model:?}");
        model.goes_on(new);
    }
    panic!("no end with {events:?}: {steps:?}");
}

/// Walks once for every event, and every pair of events, at every position; `check` looks at what came out.
fn walk_all(model: &Model, wish: &Wish, check: impl Fn(&Model)) {
    let quiet = walk(&mut model.clone(), wish, &[]).unwrap().len();
    let spots: Vec<(usize, Event)> = (0..quiet + 4).flat_map(|at| EVENTS.map(|event| (at, event))).collect();
    let run = |events: &[(usize, Event)]| {
        let mut model = model.clone();
        walk(&mut model, wish, events).unwrap_or_else(|refusal| panic!("{refusal} with {events:?}: {model:?}"));
        check(&model);
        // Once more it finds nothing to do.
        assert_eq!(walk(&mut model, wish, &[]), Ok(vec![Step::Done]), "{events:?}");
    };
    run(&[]);
    for (i, first) in spots.iter().enumerate() {
        run(&[*first]);
        for second in &spots[i..] {
            run(&[*first, *second]);
        }
    }
}

fn new_member(url: &str) -> NewMember {
    NewMember { name: "new".to_owned(), peer_urls: vec![url.to_owned()], votes: true }
}

#[test]
fn adding_completes_from_every_interruption() {
    for size in 1..=5 {
        let wish = Wish::Add(new_member(NEW_URL));
        walk_all(&Model::new(size, &[]), &wish, |model| {
            let voters: Vec<&str> = model.voters().map(|voter| voter.url.as_str()).collect();
            assert_eq!((voters.len() as u64, voters.contains(&NEW_URL)), (size + 1, true));
        });
    }
}

#[test]
fn replacing_completes_from_every_interruption() {
    for size in 1..=5_u64 {
        for old in 1..=size {
            for (down, takes_over) in [(false, false), (false, true), (true, false), (true, true)] {
                // The only member can be followed by another at other peer URLs, while it lives.
                if size == 1 && (down || takes_over) || size == 2 && down {
                    continue;
                }
                let model = Model::new(size, if down { std::slice::from_ref(&old) } else { &[] });
                let url = if takes_over { format!("http://h{old}:1") } else { NEW_URL.to_owned() };
                let wish = Wish::Replace { old, new: new_member(&url) };
                walk_all(&model, &wish, |model| {
                    let voters: Vec<u64> = model.voters().map(|voter| voter.id).collect();
                    assert_eq!((voters.len() as u64, voters.contains(&old), model.members.len()), (size, false, voters.len()));
                    assert!(model.voters().any(|voter| voter.url == url));
                });
            }
        }
    }
}

#[test]
fn removing_completes_from_every_interruption_or_is_refused() {
    for size in 2..=5_u64 {
        for target in 1..=size {
            for down in (0..=size).map(|down| if down == 0 { vec![] } else { vec![down] }) {
                let model = Model::new(size, &down);
                if !model.tally().holds() {
                    continue;
                }
                let wish = Wish::Remove { id: target, even_if_quorum_is_lost: false };
                let healthy = model.voters().filter(|voter| voter.runs && voter.id != target).count();
                let rest = Tally { voters: size as usize - 1, healthy };
                if rest.holds() {
                    walk_all(&model, &wish, |model| assert_eq!(model.members.len() as u64, size - 1));
                } else {
                    let refused = walk(&mut model.clone(), &wish, &[]).unwrap_err();
                    assert!(matches!(refused, Refusal::QuorumLost { .. }), "{refused}");
                }
            }
        }
    }
}

#[test]
fn only_the_flag_removes_a_member_whose_quorum_is_needed() {
    let mut model = Model::new(3, &[2]);
    let refused = walk(&mut model, &Wish::Remove { id: 1, even_if_quorum_is_lost: false }, &[]).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "removing m1 (1) would lose the quorum: now voters 3, quorum 2, healthy 2; then voters 2, quorum 2, healthy 1"
    );
    assert_eq!(model.members.len(), 3);
    walk(&mut model, &Wish::Remove { id: 1, even_if_quorum_is_lost: true }, &[]).unwrap();
    assert_eq!(model.members.len(), 2);
    let last = walk(&mut Model::new(1, &[]), &Wish::Remove { id: 1, even_if_quorum_is_lost: false }, &[]).unwrap_err();
    assert!(matches!(last, Refusal::LastVoter { .. }), "{last}");
}

#[test]
fn a_living_member_goes_last_and_a_dead_one_first() {
    let wish = Wish::Replace { old: 3, new: new_member(NEW_URL) };
    let new = NEW_ID_BASE + 1;
    let lives = walk(&mut Model::new(3, &[]), &wish, &[]).unwrap();
    let order: Vec<Step> = lives.into_iter().filter(|step| changes(*step)).collect();
    assert_eq!(order, [Step::AddLearner, Step::Promote(new), Step::MoveLeader { from: 3, to: 1 }, Step::Remove(3)]);
    let dead = walk(&mut Model::new(3, &[3]), &wish, &[]).unwrap();
    assert_eq!(dead[..3], [Step::ConfirmDown(3), Step::ConfirmDown(3), Step::Remove(3)]);
    let order: Vec<Step> = dead.into_iter().filter(|step| changes(*step)).collect();
    assert_eq!(order, [Step::Remove(3), Step::AddLearner, Step::Promote(new)]);
}

#[test]
fn replacing_a_member_that_was_never_there_changes_nothing() {
    let view = Model::new(3, &[]).look();
    let refused = resumed(&view, "m9", new_member(NEW_URL), false).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "no member has the id or name m9, and none has the peer URLs http://new:1 of the new one; the members are m1 (1), m2 (2), \
         m3 (3)"
    );
}

/// The one moment at which the cluster cannot tell an interrupted replacement from a wrong name.
#[test]
fn interrupted_between_removing_and_adding_the_operator_goes_on_by_adding() {
    let wish = Wish::Replace { old: 3, new: new_member(NEW_URL) };
    let quiet = walk(&mut Model::new(3, &[3]), &wish, &[]).unwrap();
    let removal = quiet.iter().position(|step| *step == Step::Remove(3)).unwrap();
    let mut between = Model::new(3, &[3]);
    for step in &quiet[..=removal] {
        between.take(*step, None);
    }
    let view = between.look();
    assert!(matches!(resumed(&view, "m3", new_member(NEW_URL), false), Err(Refusal::UnknownOld { .. })));
    walk(&mut between, &made_anew(&view, &wish), &[]).unwrap();
    let voters: Vec<&str> = between.voters().map(|voter| voter.url.as_str()).collect();
    assert_eq!(voters, ["http://h1:1", "http://h2:1", NEW_URL]);
    // From then on the same command finds what it has done.
    assert_eq!(resumed(&between.look(), "m3", new_member(NEW_URL), false), Ok(Wish::Add(new_member(NEW_URL))));
}

#[test]
fn a_member_that_dies_while_it_is_replaced_does_not_stop_that() {
    let wish = Wish::Replace { old: 1, new: new_member(NEW_URL) };
    let quiet = walk(&mut Model::new(3, &[]), &wish, &[]).unwrap().len();
    for death in 0..quiet {
        let mut model = Model::new(3, &[]);
        let Wish::Replace { new, .. } = &wish else { unreachable!() };
        for round in 0..ROUNDS_MAX {
            if round == death {
                model.members.iter_mut().filter(|member| member.id == 1).for_each(|member| member.runs = false);
                model.bad_looks = 0;
            }
            let step = plan(&model.look(), &wish, true).unwrap();
            if step == Step::Done {
                break;
            }
            model.take(step, Some(new));
            assert!(model.tally().holds(), "{death}: {model:?}");
            model.goes_on(Some(new));
        }
        let voters: Vec<&str> = model.voters().map(|voter| voter.url.as_str()).collect();
        assert_eq!(voters, ["http://h2:1", "http://h3:1", NEW_URL], "{death}");
    }
}

#[test]
fn replacing_where_the_rest_has_no_quorum_is_refused_before_anything_is_done() {
    // Another one is down, and the new member wants the peer URLs of one that is well.
    let mut model = Model::new(3, &[2]);
    let wish = Wish::Replace { old: 1, new: new_member("http://h1:1") };
    assert!(matches!(walk(&mut model, &wish, &[]), Err(Refusal::QuorumLost { .. })));
    assert_eq!(model.members.len(), 3);
}

#[test]
fn names_and_peer_urls_of_others_are_refused() {
    let mut model = Model::new(3, &[]);
    let view = model.look();
    let add = |name: &str, urls: &[&str]| {
        let peer_urls = urls.iter().map(|&url| url.to_owned()).collect();
        plan(&view, &Wish::Add(NewMember { name: name.to_owned(), peer_urls, votes: true }), true)
    };
    assert_eq!(add("m1", &["http://h1:1"]), Ok(Step::Done));
    assert!(matches!(add("m1", &[NEW_URL]), Err(Refusal::NameTaken { id: 1, .. })));
    assert!(matches!(add("new", &["http://h1:1"]), Err(Refusal::OtherName { .. })));
    assert!(matches!(add("new", &["http://h1:1", NEW_URL]), Err(Refusal::UrlTaken { .. })));
}

#[test]
fn a_learner_that_is_to_stay_one_is_only_awaited() {
    let mut model = Model::new(3, &[]);
    let wish = Wish::Add(NewMember { votes: false, ..new_member(NEW_URL) });
    let steps = walk(&mut model, &wish, &[]).unwrap();
    assert!(!steps.iter().any(|step| matches!(step, Step::Promote(_))), "{steps:?}");
    assert!(steps.iter().any(|step| matches!(step, Step::AwaitLevel { .. })), "{steps:?}");
    assert_eq!(model.members.last().map(|member| (member.is_learner, member.applied > 4_000)), Some((true, true)));
}

#[test]
fn a_learner_waits_for_voters_that_are_away() {
    let mut model = Model::new(3, &[]);
    let wish = Wish::Add(new_member(NEW_URL));
    model.take(Step::AddLearner, Some(&new_member(NEW_URL)));
    for _ in 0..4 {
        model.goes_on(Some(&new_member(NEW_URL)));
    }
    let mut view = model.look();
    for at in [0, 1] {
        let Answer::Here(facts) = &mut view.members[at].answer else { panic!("{view:?}") };
        facts.trouble = Some("does not serve".to_owned());
    }
    assert_eq!(plan(&view, &wish, true), Ok(Step::AwaitQuorum));
}

#[test]
fn a_whole_plan_ends_where_the_walk_ends() {
    for (size, down) in [(1, &[][..]), (3, &[][..]), (3, &[3][..]), (5, &[5][..])] {
        let mut model = Model::new(size, down);
        let wish = Wish::Replace { old: size, new: new_member(NEW_URL) };
        let mut view = model.look();
        let mut foreseen = Vec::new();
        for _ in 0..ROUNDS_MAX {
            let step = plan(&view, &wish, true).unwrap();
            if step == Step::Done {
                break;
            }
            view = after(&view, &wish, step);
            foreseen.push(std::mem::discriminant(&step));
        }
        let walked = walk(&mut model, &wish, &[]).unwrap();
        let walked: Vec<_> = walked.into_iter().filter(|step| changes(*step)).map(|step| std::mem::discriminant(&step)).collect();
        let changing: Vec<_> = foreseen.into_iter().filter(|step| walked.contains(step)).collect();
        assert_eq!(changing, walked, "{size} {down:?}");
    }
}
