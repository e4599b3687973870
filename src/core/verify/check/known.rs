//! What was known when: revisions that someone had seen, and compactions that had been asked for.

use super::super::history::{Call, History, Moment, Outcome};

/// Who saw a revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Witness {
    /// An operation, by its index.
    Operation(usize),
    /// A stream, by its index.
    Stream(usize),
}

/// A revision that was seen at a moment, as the highest so far.
#[derive(Clone, Copy, Debug)]
struct Seen {
    at: Moment,
    revision: i64,
    witness: Witness,
}

/// The revisions that headers and events have shown, by the moments at which they were read.
#[derive(Debug)]
pub struct Known {
    /// In the order of moments; the revision rises from each to the next.
    seen: Vec<Seen>,
}

impl Known {
    pub fn of(history: &History) -> Self {
        let mut all = Vec::new();
        for (index, operation) in history.operations.iter().enumerate() {
            if let Some(revision) = operation.told_revision() {
                all.push(Seen { at: operation.ended, revision, witness: Witness::Operation(index) });
            }
        }
        for (index, stream) in history.streams.iter().enumerate() {
            for (at, response) in &stream.responses {
                let events = response.events.iter().filter_map(|event| event.kv.as_ref()).map(|kv| kv.mod_revision);
                let revision = events.chain(response.header.map(|header| header.revision)).max().unwrap_or(0);
                all.push(Seen { at: *at, revision, witness: Witness::Stream(index) });
            }
        }
        all.sort_by_key(|seen| seen.at);
        let mut seen: Vec<Seen> = Vec::new();
        for next in all {
            if seen.last().is_none_or(|last| last.revision < next.revision) {
                seen.push(next);
            }
        }
        Self { seen }
    }

    /// The highest revision that anyone had seen before a moment, and who.
    pub fn before(&self, moment: Moment) -> Option<(i64, Witness)> {
        let at = self.seen.partition_point(|seen| seen.at < moment);
        Some(&self.seen[..at]).and_then(|seen| seen.last()).map(|seen| (seen.revision, seen.witness))
    }

    /// The highest revision that anyone had seen before a moment; 1, which there always is, at least.
    pub fn floor(&self, moment: Moment) -> i64 {
        self.before(moment).map_or(1, |(revision, _)| revision.max(1))
    }

    /// When a revision, or one above it, was first seen.
    pub fn first_seen(&self, revision: i64) -> Option<Moment> {
        let at = self.seen.partition_point(|seen| seen.revision < revision);
        self.seen.get(at).map(|seen| seen.at)
    }
}

/// Compactions that clients asked for.
#[derive(Debug, Default)]
pub struct Compactions {
    /// When it was asked for, how high at most until then. Rising in both.
    asked: Vec<(Moment, i64)>,
    /// When it was answered, how high, by which operation. Rising in both.
    done: Vec<(Moment, i64, usize)>,
}

impl Compactions {
    pub fn of(history: &History) -> Self {
        let (mut asked, mut done) = (Vec::new(), Vec::new());
        for (index, operation) in history.operations.iter().enumerate() {
            let Call::Compact(request) = &operation.call else { continue };
            match operation.outcome {
                Outcome::Answered(_) => {
                    asked.push((operation.begun, request.revision));
                    done.push((operation.ended, request.revision, index));
                }
                Outcome::Unknown(_) => asked.push((operation.begun, request.revision)),
                Outcome::Refused(_) | Outcome::Failed(_) => {}
            }
        }
        asked.sort_unstable();
        done.sort_unstable();
        let mut highest = i64::MIN;
        asked.retain(|(_, revision)| rises(&mut highest, *revision));
        highest = i64::MIN;
        done.retain(|(_, revision, _)| rises(&mut highest, *revision));
        Self { asked, done }
    }

    /// The highest compact revision that there may have been at a moment.
    pub fn possible(&self, moment: Moment) -> Option<i64> {
        let at = self.asked.partition_point(|(begun, _)| *begun <= moment);
        self.asked[..at].last().map(|(_, revision)| *revision)
    }

    /// The compact revision that there was at least before a moment, and by which operation.
    pub fn certain(&self, moment: Moment) -> Option<(i64, usize)> {
        let at = self.done.partition_point(|(ended, _, _)| *ended < moment);
        self.done[..at].last().map(|(_, revision, index)| (*revision, *index))
    }
}

fn rises(highest: &mut i64, revision: i64) -> bool {
    let before = *highest;
    *highest = before.max(revision);
    before < revision
}
