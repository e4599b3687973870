//! What happened, folded into one number, and on demand as text: two runs of a seed have the same.

use std::{collections::BTreeMap, fmt::Write as _};

use super::network::Nanos;

/// See the module.
#[derive(Debug, Default)]
pub struct Trace {
    hash: u64,
    /// How often each kind of event happened.
    counts: BTreeMap<&'static str, u64>,
    events: u64,
    lines: Option<String>,
}

impl Trace {
    /// With `lines` every event is kept as text.
    pub fn new(lines: bool) -> Self {
        Self { hash: 0xcbf2_9ce4_8422_2325, counts: BTreeMap::new(), events: 0, lines: lines.then(String::new) }
    }

    /// Notes an event.
    pub fn note(&mut self, now: Nanos, what: &'static str, numbers: &[u64]) {
        self.events += 1;
        *self.counts.entry(what).or_default() += 1;
        self.fold(now);
        what.bytes().for_each(|byte| self.fold(u64::from(byte)));
        numbers.iter().for_each(|&number| self.fold(number));
        if let Some(lines) = &mut self.lines {
            let _infallible = writeln!(lines, "{:>12.6} {what} {numbers:?}", now as f64 / 1e9);
        }
    }

    /// Notes a sentence, which is only shown.
    pub fn say(&mut self, now: Nanos, what: impl FnOnce() -> String) {
        if let Some(lines) = &mut self.lines {
            let _infallible = writeln!(lines, "{:>12.6} {}", now as f64 / 1e9, what());
        }
    }

    pub fn fold(&mut self, number: u64) {
        self.hash = (self.hash ^ number).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23);
    }

    pub fn hash(&self) -> u64 {
        self.hash
    }

    pub fn events(&self) -> u64 {
        self.events
    }

    pub fn counts(&self) -> &BTreeMap<&'static str, u64> {
        &self.counts
    }

    pub fn into_text(self) -> Option<String> {
        self.lines
    }
}
