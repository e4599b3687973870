//! Chance from a seed. Everything that a run leaves to chance is drawn here, in an order that depends on nothing else.

use std::ops::Range;

use rand::{Rng, SeedableRng, rngs::StdRng};

/// A source of chance.
#[derive(Debug)]
pub struct Chance(StdRng);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    /// Another source, so that what one part draws doesn't shift what another one does.
    pub fn part(&mut self) -> Self {
        Self::new(self.number())
    }

    pub fn number(&mut self) -> u64 {
        self.0.random()
    }

    /// In the range, which is not empty.
    pub fn within(&mut self, range: Range<u64>) -> u64 {
        self.0.random_range(range)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        self.0.random_range(0..bound)
    }

    /// True `percent` times of a hundred.
    pub fn percent(&mut self, percent: u32) -> bool {
        self.0.random_range(0..100) < percent
    }

    /// True `thousandths` times of a thousand.
    pub fn permille(&mut self, thousandths: u32) -> bool {
        self.0.random_range(0..1000) < thousandths
    }

    /// One of those given.
    pub fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// One of those given, each as often as its weight says.
    pub fn weighted<T: Copy>(&mut self, choices: &[(u32, T)]) -> T {
        let total: u32 = choices.iter().map(|(weight, _)| weight).sum();
        let mut at = self.0.random_range(0..total);
        for &(weight, choice) in choices {
            if at < weight {
                return choice;
            }
            at -= weight;
        }
        unreachable!("the weights add up to the total")
    }

    /// Mostly near the lower end of the range, seldom near the upper: what waiting times look like.
    pub fn skewed(&mut self, range: Range<u64>) -> u64 {
        let part: f64 = self.0.random();
        range.start + ((range.end - range.start) as f64 * part * part * part) as u64
    }
}
