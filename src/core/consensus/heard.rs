//! When other members were last heard of, in ticks: the library forgets it at every check of the quorum.

use std::collections::BTreeMap;

/// See the module.
#[derive(Default)]
pub(super) struct Heard {
    now: u64,
    last: BTreeMap<u64, u64>,
}

impl Heard {
    pub fn tick(&mut self) {
        self.now += 1;
    }

    /// A message of this member came.
    pub fn from(&mut self, member: u64) {
        self.last.insert(member, self.now);
    }

    /// Whether one came within so many ticks.
    pub fn within(&self, member: u64, ticks: usize) -> bool {
        self.last.get(&member).is_some_and(|last| self.now - last <= ticks as u64)
    }
}
