//! The network between members: late, lossy, doubling, reordering, and cut in one direction or both.

use std::{collections::BTreeSet, ops::Range};

use super::chance::Chance;

/// Nanoseconds of simulated time.
pub type Nanos = u64;

/// Directed links between members, by their positions.
pub struct Network {
    cut: BTreeSet<(usize, usize)>,
    /// How long a message is under way.
    pub delay: Range<Nanos>,
    /// Of a thousand messages so many are lost.
    pub lost_permille: u32,
    /// Of a thousand messages so many arrive twice.
    pub doubled_permille: u32,
}

impl Network {
    pub fn new(delay: Range<Nanos>) -> Self {
        Self { cut: BTreeSet::new(), delay, lost_permille: 0, doubled_permille: 0 }
    }

    /// Cuts the link in this direction.
    pub fn cut(&mut self, from: usize, to: usize) {
        self.cut.insert((from, to));
    }

    /// Cuts all links between the two sides.
    pub fn separate(&mut self, one: &[usize], other: &[usize]) {
        for &a in one {
            for &b in other {
                self.cut.extend([(a, b), (b, a)]);
            }
        }
    }

    /// Mends all links.
    pub fn mend(&mut self) {
        self.cut.clear();
    }

    pub fn is_cut(&self, from: usize, to: usize) -> bool {
        self.cut.contains(&(from, to))
    }

    /// When a message arrives, counted from now; `None` if never.
    pub fn passage(&self, from: usize, to: usize, chance: &mut Chance) -> Option<Nanos> {
        if self.is_cut(from, to) || chance.permille(self.lost_permille) {
            return None;
        }
        Some(chance.skewed(self.delay.clone()))
    }
}
