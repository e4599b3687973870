//! Where a simulated node draws from how long it waits for a leader.

/// Marsaglia's xorshift. Nothing to draw from leaves the choice to the library.
pub(super) struct Chance(Option<u64>);

impl Chance {
    /// The seed is not 0.
    pub fn new(seed: Option<u64>) -> Self {
        Self(seed)
    }

    /// A wait of at least so many ticks and less than twice as many.
    pub fn wait(&mut self, ticks: usize) -> Option<usize> {
        let state = self.0.as_mut()?;
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        Some(ticks + (*state >> 33) as usize % ticks)
    }
}
