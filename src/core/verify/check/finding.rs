//! A broken rule, told so that it can be looked for.

use std::{collections::BTreeMap, fmt};

use super::super::history::{History, Moment, Operation, Outcome};

/// Findings of one rule that are told in full: a run that breaks a rule often breaks it all the time.
const TOLD_MAX: usize = 20;
/// Characters of a request or an answer that are shown.
const SHOWN_MAX: usize = 400;

/// A rule that a run has broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Short and fixed, to count and to compare by.
    pub rule: &'static str,
    /// By what: operations, times, revisions.
    pub text: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.text)
    }
}

/// Collects findings, a bounded number of each rule.
#[derive(Debug, Default)]
pub struct Findings {
    told: Vec<Finding>,
    count: BTreeMap<&'static str, usize>,
}

impl Findings {
    pub fn add(&mut self, rule: &'static str, text: impl FnOnce() -> String) {
        let count = self.count.entry(rule).or_default();
        *count += 1;
        if *count <= TOLD_MAX {
            self.told.push(Finding { rule, text: text() });
        }
    }

    pub fn is_empty(&self) -> bool {
        self.told.is_empty()
    }

    /// All that are told, and how many more there were of each rule.
    pub fn into_vec(mut self) -> Vec<Finding> {
        for (rule, count) in self.count {
            if count > TOLD_MAX {
                self.told.push(Finding { rule, text: format!("and {} more", count - TOLD_MAX) });
            }
        }
        self.told
    }
}

/// Seconds, as people read them.
pub fn seconds(moment: Moment) -> String {
    format!("{}.{:06}s", moment / 1_000_000_000, moment % 1_000_000_000 / 1000)
}

/// An operation in one line.
pub fn operation(history: &History, index: usize) -> String {
    let Operation { client, member, call, begun, ended, outcome } = &history.operations[index];
    let (begun, ended) = (seconds(*begun), seconds(*ended));
    let outcome = match outcome {
        Outcome::Answered(answer) => short(&format!("{answer:?}")),
        other => short(&format!("{other:?}")),
    };
    let call = short(&format!("{call:?}"));
    format!("operation {index} (client {client} at member {member:x}, {begun} to {ended}) {call} => {outcome}")
}

/// As much of a long text as is worth reading.
pub fn short(text: &str) -> String {
    match text.char_indices().nth(SHOWN_MAX) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_broken_all_the_time_is_told_a_few_times_and_counted() {
        let mut findings = Findings::default();
        (0..50).for_each(|at| findings.add("a rule", || at.to_string()));
        let told = findings.into_vec();
        assert_eq!(told.len(), TOLD_MAX + 1);
        assert_eq!(told.last().unwrap().to_string(), "a rule: and 30 more");
    }
}
