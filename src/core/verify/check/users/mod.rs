//! Users: what is done was granted when it was done, and what was granted is not refused.
//!
//! The log is gone through once ([`timeline`]), on both models: what each entry may do there, and does, must be what the ledger has. That
//! says how users and keys stood after every entry. Then each operation is held against the part of the log in which it happened
//! ([`judge`]): its place is known by the revision of its answer, and else bounded by how far its member had applied the log when it came,
//! and how far anyone had when it was answered. What waits for everything that was decided before cannot lie below what anyone had
//! applied when it began.
//!
//! Which tokens there are follows from the log. How old they are each member counts for itself, so of that there are bounds alone
//! ([`age`]).

mod age;
mod judge;
#[cfg(test)]
mod tests;
mod timeline;

use super::{super::history::History, Options, finding::Finding};
use judge::Judge;
use timeline::Timeline;

pub const UNALLOWED: &str = "what is done was granted when it was applied";
pub const LOG: &str = "the ledger is what follows from the log";
pub const SERVED: &str = "what is answered was granted to whoever asked";
pub const DENIED: &str = "what was granted is not refused";
pub const TOKEN: &str = "a token counts until its user changes, authentication ends or its time is over";
pub const RENEWED: &str = "a token that is in use is given time";
pub const LOGIN: &str = "whoever logs in knows the password";
pub const CHANGED: &str = "an answer about users is how the log changed them";
pub const SAME: &str = "members know the users that follow from the log";

/// What came of it, and why not all could be judged.
#[derive(Debug, Default)]
pub struct Users {
    pub findings: Vec<Finding>,
    pub undecided: Option<String>,
    /// Operations that were held against what was granted.
    pub judged: usize,
}

pub fn check(history: &History, options: &Options) -> Users {
    let Some(users) = &history.users else { return Users::default() };
    let timeline = Timeline::of(history, users);
    let mut judge = Judge::new(history, users, &timeline, options);
    // On a wrong way nothing that comes after says anything.
    if timeline.findings.is_empty() {
        judge.forgotten();
        judge.operations();
        judge.members();
    }
    let (mut findings, judged) = judge.finish();
    findings.extend(timeline.findings);
    let undecided =
        users.log_ends.map(|from| format!("entries of the log are missing from {} on", super::finding::seconds(from)));
    Users { findings, undecided, judged }
}
