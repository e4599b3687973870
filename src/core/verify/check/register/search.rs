//! The search for an order: Wing and Gong's, with the memory of states that Lowe added.
//!
//! A state is what was placed already and what the key is then. Next may be placed whatever began before any of the rest ended. What
//! only looks, and likes what it sees, is placed at once: nothing is lost by that, as it changes nothing for the others. So only
//! changes are tried in turns. What may never have happened is placed only where the step right after it would have gone otherwise
//! without it: from any order, those that make no such difference can be taken out.

use std::collections::{HashMap, HashSet};

use super::super::super::history::Moment;

/// What the key is: a value by its number, and the lease it is attached to.
pub type State = Option<(u32, i64)>;

/// One thing that an operation sees of the key or does to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Atom {
    Absent,
    Present,
    /// The key with this value and lease.
    Exactly(u32, i64),
    Value(u32),
    /// There, with another value.
    OtherValue(u32),
    /// Not there, or with another value.
    NotValue(u32),
    /// Not there, or with this value.
    NoneOrValue(u32),
    Put(u32, i64),
    /// Puts the value and leaves the lease, or the other way round; the key is there.
    PutValue(u32),
    PutLease(i64),
    Delete,
    /// Deletes the key if it is attached to this lease.
    DeleteLeased(i64),
}

/// What an operation does to the key.
#[derive(Clone, Debug)]
pub struct Step {
    pub begun: Moment,
    /// `None`: it may take effect at any time, or never.
    pub ended: Option<Moment>,
    /// One of these happens.
    pub ways: Vec<Vec<Atom>>,
}

/// What came of a search. Steps are named by their index.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    Ordered,
    /// At the furthest that was reached, `placed` steps were in order, and none of `stuck` could follow.
    Impossible {
        stuck: Vec<usize>,
        placed: usize,
    },
    GaveUp,
}

fn pass(atom: Atom, state: State) -> Option<State> {
    let keep = |holds: bool| holds.then_some(state);
    match atom {
        Atom::Absent => keep(state.is_none()),
        Atom::Present => keep(state.is_some()),
        Atom::Exactly(value, lease) => keep(state == Some((value, lease))),
        Atom::Value(value) => keep(state.is_some_and(|(is, _)| is == value)),
        Atom::OtherValue(value) => keep(state.is_some_and(|(is, _)| is != value)),
        Atom::NotValue(value) => keep(state.is_none_or(|(is, _)| is != value)),
        Atom::NoneOrValue(value) => keep(state.is_none_or(|(is, _)| is == value)),
        Atom::Put(value, lease) => Some(Some((value, lease))),
        Atom::PutValue(value) => state.map(|(_, lease)| Some((value, lease))),
        Atom::PutLease(lease) => state.map(|(value, _)| Some((value, lease))),
        Atom::Delete => Some(None),
        Atom::DeleteLeased(lease) => Some(state.filter(|(_, of)| *of != lease)),
    }
}

/// What can have been placed, and what the key is after that.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Placed {
    /// All that must be placed and stand before this, in the order of their beginnings, are.
    low: u32,
    /// Of those from `low` on, the ones that are; in order.
    beyond: Vec<u32>,
    /// Of those that may be placed, the ones that are; in order.
    optional: Vec<u32>,
    state: State,
    /// What the key was before the optional step that was placed last. What comes next must go otherwise than it would have then.
    without: Option<State>,
}

struct Search<'a> {
    steps: &'a [Step],
    /// Indexes of steps, in the order of their beginnings.
    musts: Vec<usize>,
    optional: Vec<usize>,
    /// Places in `optional`: of ends of a lease, and of other steps that do not go the same way whatever the key is.
    ends: HashMap<i64, Vec<u32>>,
    dependent: Vec<u32>,
}

pub fn search(steps: &[Step], steps_max: usize) -> Verdict {
    let by_begin = |wanted: fn(&Step) -> bool| {
        let mut found: Vec<usize> = (0..steps.len()).filter(|step| wanted(&steps[*step])).collect();
        found.sort_by_key(|step| steps[*step].begun);
        found
    };
    let musts = by_begin(|step| step.ended.is_some());
    let optional = by_begin(|step| step.ended.is_none());
    let (mut ends, mut dependent) = (HashMap::<i64, Vec<u32>>::new(), Vec::new());
    for (at, step) in (0..).zip(&optional) {
        let ways = &steps[*step].ways;
        if let [way] = ways.as_slice()
            && let [Atom::DeleteLeased(lease)] = way.as_slice()
        {
            ends.entry(*lease).or_default().push(at);
        } else if depends(&steps[*step]) {
            dependent.push(at);
        }
    }
    Search { steps, musts, optional, ends, dependent }.run(steps_max)
}

impl Search<'_> {
    fn run(&self, steps_max: usize) -> Verdict {
        let mut seen = HashSet::new();
        let mut open = vec![Placed { low: 0, beyond: vec![], optional: vec![], state: None, without: None }];
        let mut furthest = (0, Vec::new());
        let mut taken = 0;
        while let Some(mut placed) = open.pop() {
            let enabled = self.look(&mut placed);
            if placed.low as usize == self.musts.len() {
                return Verdict::Ordered;
            }
            if !seen.insert(placed.clone()) {
                continue;
            }
            taken += 1;
            if taken > steps_max {
                return Verdict::GaveUp;
            }
            let count = placed.low as usize + placed.beyond.len();
            if count >= furthest.0 {
                furthest = (count, enabled.iter().map(|must| self.musts[*must as usize]).collect());
            }
            self.branch(&placed, &enabled, &mut open);
        }
        Verdict::Impossible { stuck: furthest.1, placed: furthest.0 }
    }

    /// Places what only looks and likes what it sees; answers what must be placed and could be next.
    fn look(&self, placed: &mut Placed) -> Vec<u32> {
        loop {
            let enabled = self.enabled(placed);
            let looks = |must: &u32| self.next(self.musts[*must as usize], placed).any(|after| after == placed.state);
            let Some(must) = enabled.iter().copied().find(looks) else { return enabled };
            place(placed, must);
            placed.without = None;
        }
    }

    /// What must be placed and began before any of the rest ended.
    fn enabled(&self, placed: &Placed) -> Vec<u32> {
        let mut enabled = Vec::new();
        let mut first_end = Moment::MAX;
        let mut beyond = placed.beyond.iter().peekable();
        for must in placed.low..self.musts.len() as u32 {
            if beyond.next_if(|done| **done == must).is_some() {
                continue;
            }
            let step = &self.steps[self.musts[must as usize]];
            if step.begun > first_end {
                break;
            }
            first_end = first_end.min(step.ended.unwrap_or(Moment::MAX));
            enabled.push(must);
        }
        enabled.retain(|must| self.steps[self.musts[*must as usize]].begun <= first_end);
        enabled
    }

    /// What the key may be after a step.
    fn ways(&self, step: usize, state: State) -> impl Iterator<Item = State> {
        self.steps[step].ways.iter().filter_map(move |way| way.iter().try_fold(state, |state, atom| pass(*atom, state)))
    }

    /// What the key may be after a step that is placed next.
    fn next(&self, step: usize, placed: &Placed) -> impl Iterator<Item = State> {
        self.after(step, placed.state, placed.without)
    }

    /// What the key, which is `state`, may be after a step that would have gone otherwise `without`.
    fn after(&self, step: usize, state: State, without: Option<State>) -> impl Iterator<Item = State> {
        let differs = move |after: &State| without.is_none_or(|without| self.ways(step, without).all(|other| other != *after));
        self.ways(step, state).filter(differs)
    }

    /// What could come next, the likeliest last: it is tried first.
    fn branch(&self, placed: &Placed, enabled: &[u32], open: &mut Vec<Placed>) {
        let first_end = enabled.iter().filter_map(|must| self.steps[self.musts[*must as usize]].ended).min();
        let in_time = |step: usize| first_end.is_none_or(|end| self.steps[step].begun <= end);
        let unplaced = |at: &u32| placed.optional.binary_search(at).is_err() && in_time(self.optional[*at as usize]);
        let musts = enabled.iter().map(|must| self.musts[*must as usize]).filter(|must| depends(&self.steps[*must]));
        let optional = self.dependent.iter().filter(|at| unplaced(at)).map(|at| self.optional[*at as usize]);
        let dependent: Vec<usize> = musts.chain(optional).collect();
        let ends_of = |state: State| state.and_then(|(_, lease)| self.ends.get(&lease)).into_iter().flatten();
        // Whether anything can follow an optional step.
        let matters = |state: State| {
            let ends =
                ends_of(state).chain(ends_of(placed.state)).filter(|at| unplaced(at)).map(|at| self.optional[*at as usize]);
            let mut steps = dependent.iter().copied().chain(ends);
            steps.any(|step| self.after(step, state, Some(placed.state)).next().is_some())
        };
        for (at, step) in (0..).zip(&self.optional).take_while(|(_, step)| in_time(**step)) {
            let Err(place) = placed.optional.binary_search(&at) else { continue };
            for state in self.next(*step, placed).filter(|state| *state != placed.state && matters(*state)) {
                let mut next = Placed { state, without: Some(placed.state), ..placed.clone() };
                next.optional.insert(place, at);
                open.push(next);
            }
        }
        // Whoever ends first is tried first.
        let mut by_end = enabled.to_vec();
        by_end.sort_by_key(|must| std::cmp::Reverse(self.steps[self.musts[*must as usize]].ended));
        for must in by_end {
            for state in self.next(self.musts[must as usize], placed) {
                let mut next = Placed { state, without: None, ..placed.clone() };
                place(&mut next, must);
                open.push(next);
            }
        }
    }
}

/// Whether a step may go one way or another, by what the key is.
fn depends(step: &Step) -> bool {
    !step.ways.iter().flatten().all(|atom| matches!(atom, Atom::Put(..) | Atom::Delete))
}

fn place(placed: &mut Placed, must: u32) {
    let at = placed.beyond.partition_point(|done| *done < must);
    placed.beyond.insert(at, must);
    let run = placed.beyond.iter().zip(placed.low..).take_while(|(done, next)| **done == *next).count();
    placed.beyond.drain(..run);
    placed.low += run as u32;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(begun: Moment, ended: Moment, atoms: &[Atom]) -> Step {
        Step { begun, ended: Some(ended), ways: vec![atoms.to_vec()] }
    }

    fn maybe(begun: Moment, atoms: &[Atom]) -> Step {
        Step { begun, ended: None, ways: vec![atoms.to_vec()] }
    }

    const STEPS: usize = 10_000;

    #[test]
    fn what_overlaps_may_come_in_any_order() {
        let reads = |first, second| {
            let read = |value: u32| [Atom::Value(value)];
            vec![
                step(0, 10, &[Atom::Put(1, 0)]),
                step(0, 10, &[Atom::Put(2, 0)]),
                step(11, 12, &read(first)),
                step(13, 14, &read(second)),
            ]
        };
        assert_eq!(search(&reads(1, 1), STEPS), Verdict::Ordered);
        assert_eq!(search(&reads(2, 2), STEPS), Verdict::Ordered);
        assert!(matches!(search(&reads(1, 2), STEPS), Verdict::Impossible { .. }));
    }

    #[test]
    fn what_ended_comes_before_what_began_later() {
        let steps = [step(0, 1, &[Atom::Put(1, 0)]), step(2, 3, &[Atom::Absent])];
        assert_eq!(search(&steps, STEPS), Verdict::Impossible { stuck: vec![1], placed: 1 });
    }

    #[test]
    fn what_nobody_heard_of_may_happen_late_or_never_but_once() {
        let late = [
            step(0, 1, &[Atom::Put(1, 0)]),
            maybe(2, &[Atom::Put(2, 0)]),
            step(8, 9, &[Atom::Value(1)]),
            step(10, 11, &[Atom::Value(2)]),
        ];
        assert_eq!(search(&late, STEPS), Verdict::Ordered);
        assert_eq!(search(&late[..3], STEPS), Verdict::Ordered);
        let again = [step(12, 13, &[Atom::Put(3, 0)]), step(14, 15, &[Atom::Value(2)])];
        assert!(matches!(search(&[&late[..], &again[..]].concat(), STEPS), Verdict::Impossible { .. }));
        let early = [step(0, 1, &[Atom::Value(2)]), maybe(2, &[Atom::Put(2, 0)])];
        assert!(matches!(search(&early, STEPS), Verdict::Impossible { .. }), "not before it began");
    }

    #[test]
    fn giving_up_is_said() {
        // Ten overlapping puts, and a read of none of them.
        let mut steps: Vec<_> = (0..10).map(|value| step(0, 10, &[Atom::Put(value, 0)])).collect();
        steps.push(step(11, 12, &[Atom::Value(99)]));
        assert_eq!(search(&steps, 50), Verdict::GaveUp);
        assert!(matches!(search(&steps, 100_000), Verdict::Impossible { placed: 10, .. }));
    }
}
