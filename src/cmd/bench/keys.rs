//! Keys and the messages that carry them.
//!
//! Key number `i` of a key space is `i` in decimal, padded with zeros to the key size: readable, ordered as the numbers
//! are, and the same in every operation, so that `range` finds what `load` has written.
//!
//! A message is encoded once, as a [`Template`]; a request is a copy of it with other keys written over the old ones.

use anyhow::bail;
use bytes::{Bytes, BytesMut};
use prost::Message;
use rand::{Rng, SeedableRng, rngs::SmallRng};

use super::wire::frame;

/// All keys of one size with numbers in `[0, keys)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeySpace {
    keys: u64,
    key_bytes: usize,
}

impl KeySpace {
    /// # Errors
    /// No key at all, or more keys than there are numbers of `key_bytes` digits.
    pub fn new(keys: u64, key_bytes: usize) -> anyhow::Result<KeySpace> {
        if keys == 0 {
            bail!("a key space needs at least one key: give --key-space-size of 1 or more");
        }
        let digits = (keys - 1).checked_ilog10().unwrap_or(0) as usize + 1;
        if key_bytes < digits {
            bail!("{keys} different keys need {digits} bytes each: raise --key-size, now {key_bytes}");
        }
        Ok(KeySpace { keys, key_bytes })
    }

    /// How many keys there are.
    pub fn keys(self) -> u64 {
        self.keys
    }

    /// Writes key number `number` over `out`, which must be `key_bytes` long.
    pub fn write(self, mut number: u64, out: &mut [u8]) {
        assert!(number < self.keys && out.len() == self.key_bytes);
        for digit in out.iter_mut().rev() {
            *digit = b'0' + (number % 10) as u8;
            number /= 10;
        }
    }

    /// Key number `number`.
    pub fn key(self, number: u64) -> Bytes {
        let mut key = BytesMut::zeroed(self.key_bytes);
        self.write(number, &mut key);
        key.freeze()
    }
}

/// In which order the numbers of a key space come.
#[derive(Debug)]
pub enum Order {
    /// 0, 1, 2 … and again from 0.
    Sequential,
    /// Independent draws: some keys come twice, some never.
    Random(Box<SmallRng>),
    /// Every key once in a random order, then the same again.
    Shuffled { seed: u64 },
}

impl Order {
    /// Independent draws that depend on `seed` alone.
    pub fn random(seed: u64) -> Order {
        Order::Random(Box::new(SmallRng::seed_from_u64(seed)))
    }

    /// The key number for step `step` of this order.
    pub fn number(&mut self, step: u64, space: KeySpace) -> u64 {
        match self {
            Order::Sequential => step % space.keys,
            Order::Random(rng) => rng.random_range(0..space.keys),
            Order::Shuffled { seed } => shuffle(step % space.keys, space.keys, *seed),
        }
    }
}

/// A permutation of `[0, count)` that needs no table: a Feistel network over the next even power of two permutes all its
/// numbers, and is walked on until it meets one that is in the range (four steps at worst on average).
fn shuffle(number: u64, count: u64, seed: u64) -> u64 {
    let half_bits = (u64::BITS - (count - 1).leading_zeros()).div_ceil(2).max(1);
    let mask = (1u64 << half_bits) - 1;
    let mut walk = number;
    loop {
        let (mut left, mut right) = (walk >> half_bits, walk & mask);
        for round in 0..4 {
            let mixed = mix(right ^ seed.rotate_left(round * 16) ^ (u64::from(round) << 56));
            (left, right) = (right, left ^ (mixed & mask));
        }
        walk = left << half_bits | right;
        if walk < count {
            return walk;
        }
    }
}

/// The finaliser of SplitMix64: each bit of the result depends on all bits of `x`.
fn mix(x: u64) -> u64 {
    let x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ x >> 31
}

/// A value that does not compress, the same for one seed.
pub fn random_value(value_bytes: usize, seed: u64) -> Bytes {
    let mut value = vec![0; value_bytes];
    SmallRng::seed_from_u64(mix(seed ^ 0x0076_616c)).fill(&mut value[..]);
    value.into()
}

/// An encoded message and the places in it where something else is to stand in each request.
#[derive(Debug)]
pub struct Template {
    framed: Bytes,
    holes: Vec<usize>,
    hole_bytes: usize,
}

impl Template {
    /// Finds the holes by encoding two messages that differ there and nowhere else: `make` puts its argument, a filler of
    /// `hole_bytes`, into each hole.
    pub fn new<M: Message>(hole_bytes: usize, make: impl Fn(Bytes) -> M) -> Template {
        let framed = frame(&make(vec![0x00; hole_bytes].into()));
        let other = frame(&make(vec![0xff; hole_bytes].into()));
        assert_eq!(framed.len(), other.len(), "fillers of one length give messages of one length");
        let mut holes = Vec::new();
        let mut at = 0;
        while at < framed.len() {
            if framed[at] == other[at] {
                at += 1;
            } else {
                holes.push(at);
                at += hole_bytes;
            }
        }
        Template { framed, holes, hole_bytes }
    }

    /// A message that is the same in every request.
    pub fn fixed(message: &impl Message) -> Template {
        Template { framed: frame(message), holes: Vec::new(), hole_bytes: 0 }
    }

    /// The message with its fillers.
    pub fn whole(&self) -> Bytes {
        self.framed.clone()
    }

    /// A copy of the message in which `fill` has written hole 0, 1, 2 ….
    pub fn fill(&self, fill: impl FnMut(&mut [u8])) -> Bytes {
        self.copy(fill).freeze()
    }

    /// Where the first hole begins in the framed message.
    pub fn first_hole(&self) -> usize {
        self.holes[0]
    }

    /// Like [`Template::fill`], for a message in which more is to be written.
    pub fn copy(&self, mut fill: impl FnMut(&mut [u8])) -> BytesMut {
        let mut framed = BytesMut::from(&self.framed[..]);
        for &hole in &self.holes {
            fill(&mut framed[hole..hole + self.hole_bytes]);
        }
        framed
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use quorate_proto::etcdserverpb::{PutRequest, RequestOp, TxnRequest, request_op::Request};

    use super::*;

    #[test]
    fn keys_are_padded_numbers_in_their_order() {
        let space = KeySpace::new(1000, 8).unwrap();
        assert_eq!(space.key(0), "00000000");
        assert_eq!(space.key(999), "00000999");
    }

    #[test]
    fn a_key_space_that_does_not_fit_its_key_size_is_refused() {
        assert!(KeySpace::new(10, 1).is_ok());
        let refusal = KeySpace::new(11, 1).unwrap_err().to_string();
        assert_eq!(refusal, "11 different keys need 2 bytes each: raise --key-size, now 1");
        assert!(KeySpace::new(0, 8).is_err());
        assert!(KeySpace::new(1, 0).is_err());
    }

    #[test]
    fn a_shuffled_order_meets_every_key_once() {
        for keys in [1, 2, 3, 4, 5, 16, 17, 1000, 4097] {
            let space = KeySpace::new(keys, 8).unwrap();
            let mut order = Order::Shuffled { seed: 7 };
            let numbers: Vec<u64> = (0..keys).map(|step| order.number(step, space)).collect();
            assert_eq!(numbers.iter().copied().collect::<BTreeSet<_>>(), (0..keys).collect());
            let steps_up = numbers.windows(2).filter(|pair| pair[1] == pair[0] + 1).count() as u64;
            assert!(keys < 1000 || steps_up < keys / 20, "{steps_up} of {keys} in order");
        }
    }

    #[test]
    fn the_same_seed_draws_the_same_keys() {
        let space = KeySpace::new(1 << 40, 16).unwrap();
        let draw = |seed| {
            let mut order = Order::random(seed);
            (0..20).map(|step| order.number(step, space)).collect::<Vec<_>>()
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        assert_eq!(random_value(9, 1), random_value(9, 1));
    }

    #[test]
    fn a_filled_template_is_the_message_with_the_keys_in_their_places() {
        for (key_bytes, value_bytes) in [(1, 0), (8, 1), (16, 256), (300, 70_000)] {
            let value = random_value(value_bytes, 3);
            let make = |keys: &mut dyn FnMut() -> Bytes| TxnRequest {
                success: (0..3)
                    .map(|_| RequestOp {
                        request: Some(Request::RequestPut(PutRequest {
                            key: keys(),
                            value: value.clone(),
                            ..PutRequest::default()
                        })),
                    })
                    .collect(),
                ..TxnRequest::default()
            };
            let template = Template::new(key_bytes, |filler| make(&mut || filler.clone()));
            let space = KeySpace::new(10, key_bytes).unwrap();
            let mut number = 0;
            let filled = template.fill(|hole| {
                number += 1;
                space.write(number, hole);
            });
            let mut number = 0;
            let expected = frame(&make(&mut || {
                number += 1;
                space.key(number)
            }));
            assert_eq!(filled, expected);
        }
    }
}
