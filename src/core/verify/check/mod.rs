//! The checkers. Each holds a history against one kind of rule and tells what it finds in words.
//!
//! [`ledger`], [`effects`] and [`order`] together are strict serializability, by the revisions that answers carry; [`register`] is a
//! second opinion that takes no revision's word for it. [`watch`], [`lease`] and [`hashes`] hold the rest against the ledger,
//! and [`users`] who was allowed what against the log.

mod content;
pub mod effects;
mod finding;
pub mod hashes;
mod known;
pub mod lease;
pub mod ledger;
mod options;
pub mod order;
mod pairing;
#[cfg(test)]
mod random_tests;
pub mod register;
#[cfg(test)]
pub(super) mod testing;
#[cfg(test)]
mod tests;
pub mod users;
pub mod watch;

use std::fmt;

use super::{history::History, model::Past};
use effects::Cause;
pub use finding::Finding;
use known::Known;
pub use options::{Options, Quiet};

/// What came of a check.
#[derive(Debug, Default)]
pub struct Report {
    /// Rules that were broken.
    pub findings: Vec<Finding>,
    /// What could not be decided, and why. It is no finding, but no success either.
    pub undecided: Vec<String>,
    pub judged: Judged,
}

/// How much there was to judge, so that an empty run is not taken for a good one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    pub operations: usize,
    pub revisions: usize,
    /// Revisions made by operations whose clients never heard of it.
    pub unheard: usize,
    /// Revisions in which a lease ended.
    pub lease_ends: usize,
    /// Keys of which an order was searched.
    pub registers: usize,
    pub watchers: usize,
    pub watch_events: usize,
    pub hashes: usize,
    /// Operations that were held against what was granted.
    pub permissions: usize,
}

impl Report {
    /// Nothing broken, nothing open.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty() && self.undecided.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.findings {
            writeln!(f, "{finding}")?;
        }
        for open in &self.undecided {
            writeln!(f, "undecided: {open}")?;
        }
        write!(f, "{:?}", self.judged)
    }
}

/// Holds a run against all rules.
pub fn check_all(history: &History, options: &Options) -> Report {
    let known = Known::of(history);
    let past = Past::of(&history.ledger);
    let mut findings = ledger::check(&history.ledger);
    let (effects, of_effects) = effects::check(history, &known);
    findings.extend(of_effects);
    findings.extend(order::check(history, &known, options.others_compact));
    findings.extend(lease::check(history, &past, &known, &effects, options));
    findings.extend(hashes::check(history, &past));
    let watched = watch::check(history, &past, options);
    findings.extend(watched.findings);
    let users = users::check(history, options);
    findings.extend(users.findings);
    let mut registers = register::check(history, options.register_steps_max);
    findings.extend(registers.findings);
    registers.undecided.extend(users.undecided);
    let count = |wanted: fn(&Cause) -> bool| effects.causes.iter().filter(|cause| wanted(cause)).count();
    let heard = history.operations.iter().filter(|operation| matches!(content::role(operation), content::Role::Made(_))).count();
    let judged = Judged {
        operations: history.operations.len(),
        revisions: history.ledger.revisions.len(),
        unheard: count(|cause| matches!(cause, Cause::Operation(_))).saturating_sub(heard),
        lease_ends: count(|cause| matches!(cause, Cause::LeaseEnd { .. })),
        registers: registers.keys,
        watchers: watched.watchers,
        watch_events: watched.events,
        hashes: history.hashes.len(),
        permissions: users.judged,
    };
    Report { findings, undecided: registers.undecided, judged }
}
