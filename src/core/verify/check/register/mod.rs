//! A second opinion that takes no revision's word for it: is there an order of the operations on each single key, in keeping with real
//! time, in which every answer is right?
//!
//! What each operation does to one key and sees of it is cut out ([`project`]): an order of whole operations is one of the parts, so
//! where a key has none, the whole has none. The other way round it proves less than the checkers that go by revisions: nothing
//! about several keys together. Then the order is searched ([`search`]), in a bounded number of steps; giving up is reported as such.
//!
//! Operations of unknown outcome may take effect at any time after they began, or never, and so may the end of a lease. Not taken
//! in: reads of several keys at once, at old revisions, or serializable.

mod project;
mod search;

use std::collections::BTreeMap;

use super::{
    super::history::History,
    finding::{self, Finding, Findings},
};
use project::{Projected, project};
use search::{Verdict, search};

pub const REGISTER: &str = "the operations on a key have an order in keeping with real time";

/// What came of it.
#[derive(Debug, Default)]
pub struct Registers {
    pub findings: Vec<Finding>,
    pub undecided: Vec<String>,
    pub keys: usize,
}

pub fn check(history: &History, steps_max: usize) -> Registers {
    let mut findings = Findings::default();
    let mut undecided = Vec::new();
    let keys: BTreeMap<_, Projected> = project(history);
    for (key, projected) in &keys {
        if projected.is_cut_short {
            undecided.push(format!("operations on {key:?} may have gone in too many ways"));
            continue;
        }
        match search(&projected.steps, steps_max) {
            Verdict::Ordered => {}
            Verdict::GaveUp => {
                undecided.push(format!("no order of {} operations on {key:?} after {steps_max} steps", projected.steps.len()));
            }
            Verdict::Impossible { stuck, placed } => findings.add(REGISTER, || {
                let shown: Vec<_> = stuck.iter().map(|step| finding::operation(history, projected.operations[*step])).collect();
                format!(
                    "{key:?}: of {} operations {placed} can be placed, then none of: {}",
                    projected.steps.len(),
                    shown.join("; ")
                )
            }),
        }
    }
    Registers { findings: findings.into_vec(), undecided, keys: keys.len() }
}

#[cfg(test)]
mod tests;
