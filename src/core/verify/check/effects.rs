//! Each revision of the ledger and who made it; each answer and the state that it was taken from.
//!
//! The model is led through the ledger, one revision after another. An answered operation names the revision it made: doing it on the
//! model just before must give exactly the ledger's events and exactly the answer. One that changed nothing is done on the state at
//! the revision in its header. A revision that no answer claims must be the end of a lease, or come from an operation of which its
//! client never heard: told by what it would have done there, which unique values make certain. Where several could have made
//! several revisions, some way to pair them off must exist.

use std::collections::{BTreeMap, HashMap};

use quorate_proto::mvccpb::{Event, event::EventType};

use super::{
    super::{
        history::{Answer, History, LedgerRevision, Outcome},
        model::Model,
    },
    content::{Role, Wishes, assume_leases, role},
    finding::{self, Finding, Findings},
    known::Known,
    pairing::pair,
};

pub const LOST: &str = "what was acknowledged is in the ledger";
pub const OTHER: &str = "an operation does what was asked, on the state before it";
pub const ANSWER: &str = "an answer is taken from the state at its revision";
pub const TWICE: &str = "a revision is made by one operation, and an operation makes one revision";
pub const UNASKED: &str = "every change was asked for";
pub const UNREFUSED: &str = "what was refused or failed has no effect";

/// Who made a revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Somebody's operation, by its index.
    Operation(usize),
    /// All keys of a lease were deleted, as when it ends or is revoked; or by one of these operations, of unknown outcome.
    LeaseEnd { lease: i64, or: Vec<usize> },
    /// Nobody can be told.
    Nobody,
}

/// What came of the operations.
#[derive(Debug, Default)]
pub struct Effects {
    /// Who made revision 2, 3 and so on.
    pub causes: Vec<Cause>,
}

impl Effects {
    /// Who made a revision.
    pub fn cause(&self, revision: i64) -> Option<&Cause> {
        usize::try_from(revision - 2).ok().and_then(|at| self.causes.get(at))
    }
}

pub fn check(history: &History, known: &Known) -> (Effects, Vec<Finding>) {
    let mut walk = Walk::new(history, known);
    walk.read(1);
    for revision in &history.ledger.revisions {
        walk.step(revision);
        walk.read(walk.model.revision());
    }
    walk.finish()
}

struct Walk<'a> {
    history: &'a History,
    known: &'a Known,
    model: Model,
    /// Operations by the revision that their answers claim to have made, and by the one they say they read.
    claims: BTreeMap<i64, Vec<usize>>,
    reads: BTreeMap<i64, Vec<usize>>,
    wishes: Wishes,
    causes: Vec<Cause>,
    /// Revisions that nobody claims, with the operations that may have made them.
    open: Vec<(i64, Vec<usize>)>,
    findings: Findings,
}

impl<'a> Walk<'a> {
    fn new(history: &'a History, known: &'a Known) -> Self {
        let (mut claims, mut reads) = (BTreeMap::<i64, Vec<usize>>::new(), BTreeMap::<i64, Vec<usize>>::new());
        let mut findings = Findings::default();
        for (index, operation) in history.operations.iter().enumerate() {
            match role(operation) {
                Role::Made(revision) => claims.entry(revision).or_default().push(index),
                Role::Read(revision) => reads.entry(revision).or_default().push(index),
                Role::Misfit => findings.add(ANSWER, || format!("of another kind: {}", finding::operation(history, index))),
                Role::Other => {}
            }
        }
        let wishes = Wishes::of(history);
        Self { history, known, model: Model::default(), claims, reads, wishes, causes: Vec::new(), open: Vec::new(), findings }
    }

    fn show(&self, index: usize) -> String {
        finding::operation(self.history, index)
    }

    /// Leads the model over the next revision.
    fn step(&mut self, revision: &LedgerRevision) {
        let main = self.model.revision() + 1;
        let claimants = self.claims.remove(&main).unwrap_or_default();
        let cause = match claimants[..] {
            [] => self.explain(main, &revision.events),
            [first, ref others @ ..] => {
                for other in others {
                    let (first, other) = (self.show(first), self.show(*other));
                    self.findings.add(TWICE, || format!("{main} is claimed by {first} and by {other}"));
                }
                self.redo(main, first, &revision.events);
                Cause::Operation(first)
            }
        };
        self.causes.push(cause);
        // The ledger goes on from what it says itself.
        if self.model.past().events(main) != revision.events {
            if self.model.revision() == main {
                self.model.undo();
            }
            self.model.follow(revision);
        }
    }

    /// Does what made a revision again, and compares.
    fn redo(&mut self, main: i64, index: usize, events: &[Event]) {
        let operation = &self.history.operations[index];
        assume_leases(&mut self.model, &operation.call);
        let outcome = self.model.apply(&operation.call);
        let made = self.model.past().events(main);
        if made == events {
            return self.compare(index, outcome);
        }
        let (shown, made) = (self.show(index), finding::short(&format!("{made:?}")));
        let events = finding::short(&format!("{events:?}"));
        self.findings.add(OTHER, || format!("{shown} would give at {main}: {made}; the ledger has {events}"));
    }

    /// Compares the answers of operations that were taken from the state at a revision.
    fn read(&mut self, main: i64) {
        for index in self.reads.remove(&main).unwrap_or_default() {
            let call = &self.history.operations[index].call;
            assume_leases(&mut self.model, call);
            let outcome = self.model.apply(call);
            if self.model.revision() > main {
                self.model.undo();
                let shown = self.show(index);
                self.findings.add(LOST, || format!("after {main} it would have changed something: {shown}"));
            } else {
                self.compare(index, outcome);
            }
        }
    }

    fn compare(&mut self, index: usize, outcome: Result<Answer, &'static str>) {
        let answer =
            self.history.operations[index].answer().expect("only answered operations claim to have made or read anything");
        let due = match outcome {
            Ok(mut due) => {
                // Who answered, in which term, is not judged here; the revision chose the state.
                if due.header().map(|header| header.revision) == answer.header().map(|header| header.revision) {
                    *due.header_mut() = answer.header().copied();
                }
                if due == *answer {
                    return;
                }
                format!("{due:?}")
            }
            Err(refusal) => refusal.to_owned(),
        };
        let shown = self.show(index);
        self.findings.add(ANSWER, || format!("{shown}; due: {}", finding::short(&due)));
    }

    /// Finds who may have made a revision that no answer claims.
    fn explain(&mut self, main: i64, events: &[Event]) -> Cause {
        let makers: Vec<usize> = self
            .wishes
            .near(events)
            .into_iter()
            .filter(|index| {
                let call = &self.history.operations[*index].call;
                assume_leases(&mut self.model, call);
                self.model.foresee(call).is_some_and(|made| made == events)
            })
            .collect();
        let of = |index: &usize| &self.history.operations[*index];
        let possible = |index: &usize| {
            let operation = of(index);
            matches!(operation.outcome, Outcome::Unknown(_)) && self.known.floor(operation.begun) < main
        };
        let candidates: Vec<usize> = makers.iter().copied().filter(possible).collect();
        if let Some(lease) = self.ended_lease(main, events) {
            return Cause::LeaseEnd { lease, or: candidates };
        }
        if !candidates.is_empty() {
            self.open.push((main, candidates));
            return Cause::Nobody;
        }
        let events = finding::short(&format!("{events:?}"));
        let Some(maker) = makers.first() else {
            self.findings.add(UNASKED, || format!("nobody asked for {main}: {events}"));
            return Cause::Nobody;
        };
        let shown = self.show(*maker);
        match of(maker).outcome {
            Outcome::Answered(_) => self.findings.add(TWICE, || format!("{main} repeats {shown}")),
            Outcome::Unknown(_) => {
                self.findings.add(UNASKED, || format!("{main} had been seen before its operation began: {shown}"));
            }
            Outcome::Refused(_) | Outcome::Failed(_) => self.findings.add(UNREFUSED, || format!("{main} was made by {shown}")),
        }
        Cause::Nobody
    }

    /// The lease whose keys, all of them and in order, a revision deletes.
    fn ended_lease(&self, main: i64, events: &[Event]) -> Option<i64> {
        let before = self.model.past().at(main - 1);
        let mut keys = Vec::new();
        for event in events {
            keys.push(&event.kv.as_ref().filter(|_| event.r#type() == EventType::Delete)?.key);
        }
        let lease = before.get(keys.first()?)?.lease;
        (lease != 0 && before.attached(lease).map(|kv| &kv.key).eq(keys)).then_some(lease)
    }

    fn finish(mut self) -> (Effects, Vec<Finding>) {
        let last = self.model.revision();
        for index in std::mem::take(&mut self.claims).into_values().flatten() {
            let shown = self.show(index);
            self.findings.add(LOST, || format!("the ledger ends at {last}: {shown}"));
        }
        for index in std::mem::take(&mut self.reads).into_values().flatten() {
            let shown = self.show(index);
            self.findings.add(ANSWER, || format!("the ledger ends at {last}: {shown}"));
        }
        let choices: Vec<Vec<usize>> = self.open.iter().map(|(_, candidates)| candidates.clone()).collect();
        for ((main, candidates), chosen) in self.open.iter().zip(pair(&choices)) {
            match chosen {
                Some(index) => self.causes[*main as usize - 2] = Cause::Operation(index),
                None => {
                    let shown = finding::operation(self.history, candidates[0]);
                    self.findings.add(TWICE, || format!("{main} is one revision too many for what may have made it: {shown}"));
                }
            }
        }
        (Effects { causes: self.causes }, self.findings.into_vec())
    }
}

/// A map from what was written to who wished it.
pub(super) type By<K> = HashMap<K, Vec<usize>>;
