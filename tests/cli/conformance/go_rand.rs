//! The generator of Go's `math/rand` for a given seed: the recordings were drawn with it.
//!
//! It is an additive lagged Fibonacci generator over 64-bit words, `x[n] = x[n-607] + x[n-273]`, whose first 607 words come from
//! a small linear congruential generator, mixed with 607 constants. The constants are the generator's own state after 7.8·10¹²
//! steps from seed 1. They are computed here, not tabled: `x^steps` modulo the recurrence's characteristic polynomial says how
//! each word of the late state is made of the words of the first one.

use std::sync::LazyLock;

const LENGTH: usize = 607;
const TAP: usize = 273;
/// Steps between the seeded state and the constants.
const WARM_UP_STEPS: u64 = 7_800_000_000_000;
/// The modulus of the seeding generator.
const SEED_MODULUS: i64 = (1 << 31) - 1;
const SEED_MULTIPLIER: i64 = 48_271;

static CONSTANTS: LazyLock<Vec<u64>> = LazyLock::new(constants);

/// A stream of numbers equal to that of `rand.New(rand.NewSource(seed))`.
pub struct GoRand {
    /// The words in the order in which Go keeps them: the stream walks down through it.
    words: Vec<u64>,
    tap: usize,
    feed: usize,
}

impl GoRand {
    pub fn new(seed: i64) -> Self {
        let words = seeded(seed, [40, 20]).iter().zip(CONSTANTS.iter()).map(|(word, constant)| word ^ constant).collect();
        Self { words, tap: 0, feed: LENGTH - TAP }
    }

    fn next(&mut self) -> u64 {
        self.tap = (self.tap + LENGTH - 1) % LENGTH;
        self.feed = (self.feed + LENGTH - 1) % LENGTH;
        let word = self.words[self.feed].wrapping_add(self.words[self.tap]);
        self.words[self.feed] = word;
        word
    }

    fn int63(&mut self) -> i64 {
        (self.next() & (u64::MAX >> 1)) as i64
    }

    /// Uniform in `[0, n)`, for `n` in `[1, 2³¹)`.
    pub fn int(&mut self, n: i64) -> i64 {
        self.bounded(n, 31)
    }

    /// Uniform in `[0, n)`, drawn from 63 bits.
    pub fn int63n(&mut self, n: i64) -> i64 {
        self.bounded(n, 63)
    }

    /// Draws from the upper `bits` of each word and refuses the top of the range that would favour small numbers.
    fn bounded(&mut self, n: i64, bits: u32) -> i64 {
        assert!(n > 0);
        let mut draw = || self.int63() >> (63 - bits);
        if n & (n - 1) == 0 {
            return draw() & (n - 1);
        }
        let top = (1u64 << bits) - 1 - (1u64 << bits) % n as u64;
        loop {
            let value = draw();
            if value as u64 <= top {
                return value % n;
            }
        }
    }
}

/// The first state for a seed: each word is three numbers of the seeding generator, shifted and combined.
fn seeded(seed: i64, shifts: [u32; 2]) -> Vec<u64> {
    let mut x = match seed.rem_euclid(SEED_MODULUS) {
        0 => 89_482_311,
        x => x,
    };
    let mut next = || {
        x = x * SEED_MULTIPLIER % SEED_MODULUS;
        x as u64
    };
    (0..20).for_each(|_| _ = next());
    (0..LENGTH).map(|_| next() << shifts[0] ^ next() << shifts[1] ^ next()).collect()
}

/// The state after [`WARM_UP_STEPS`] from seed 1.
fn constants() -> Vec<u64> {
    let first = seeded(1, [20, 10]);
    // The walk goes downwards from `LENGTH - TAP`, so the oldest word is the one just below that place.
    let place = |n: u64| (2 * LENGTH - TAP - 1 - (n % LENGTH as u64) as usize) % LENGTH;
    let mut sequence: Vec<u64> = (0..LENGTH as u64).map(|n| first[place(n)]).collect();
    let jump = power_of_x(WARM_UP_STEPS);
    // Word `steps + k` is the same combination of the words from `k` on, so extend the sequence to twice its length.
    for n in LENGTH..2 * LENGTH {
        sequence.push(sequence[n - LENGTH].wrapping_add(sequence[n - TAP]));
    }
    let mut late = vec![0; LENGTH];
    for k in 0..LENGTH {
        let word = (0..LENGTH).fold(0u64, |sum, i| sum.wrapping_add(jump[i].wrapping_mul(sequence[k + i])));
        late[place(WARM_UP_STEPS + k as u64)] = word;
    }
    late
}

/// `x^exponent` modulo `x^607 - x^334 - 1`, coefficients modulo 2⁶⁴, lowest first.
fn power_of_x(exponent: u64) -> Vec<u64> {
    let mut power = vec![0u64; LENGTH];
    power[0] = 1;
    for bit in (0..u64::BITS - exponent.leading_zeros()).rev() {
        let mut square = vec![0u64; 2 * LENGTH];
        for (i, &a) in power.iter().enumerate().filter(|(_, a)| **a != 0) {
            for (j, &b) in power.iter().enumerate() {
                square[i + j] = square[i + j].wrapping_add(a.wrapping_mul(b));
            }
        }
        if exponent >> bit & 1 == 1 {
            square.insert(0, 0);
        }
        for high in (LENGTH..square.len()).rev() {
            let coefficient = square[high];
            square[high - LENGTH] = square[high - LENGTH].wrapping_add(coefficient);
            square[high - TAP] = square[high - TAP].wrapping_add(coefficient);
        }
        square.truncate(LENGTH);
        power = square;
    }
    power
}

#[test]
fn a_seed_gives_the_numbers_that_go_gives() {
    let mut random = GoRand::new(1);
    let drawn: Vec<i64> = (0..8).map(|_| random.int(100)).collect();
    assert_eq!(drawn, [81, 87, 47, 59, 81, 18, 25, 40]);
}
