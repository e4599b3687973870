//! Bytes from outside, mangled: good ones are changed in all ways that damage, carelessness and malice change them, and whoever reads
//! them must refuse or take them, and never panic, hang or ask for memory without end.
//!
//! Each reader has a test of its own beside it that calls [`survives`]. `QUORATE_MANGLE_CASES=1000000` tries that many instead of
//! the few of a usual run; `QUORATE_MANGLE_SEED` draws others.

use proptest::{
    collection::vec,
    prelude::*,
    sample::Index,
    test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner},
};

/// Cases of a usual run, for each reader.
const CASES: u32 = 2_000;
/// Changes made to one piece.
const CHANGES_MAX: usize = 8;
/// No piece grows beyond this.
const BYTES_MAX: usize = 64 * 1024;

/// One change. Places are taken modulo the length.
#[derive(Clone, Debug)]
enum Change {
    Flip(Index, u8),
    Set(Index, u8),
    /// Lengths and counts that go to the limits of their types.
    Extreme(Index, &'static [u8]),
    CutOff(Index),
    Remove(Index, usize),
    Insert(Index, Vec<u8>),
    /// A part again and again, as nesting or as a list.
    Repeat(Index, usize, usize),
    /// Goes on as another good piece does.
    Splice(Index, Index, Index),
}

const EXTREMES: [&[u8]; 7] = [
    &[0xff, 0xff, 0xff, 0xff, 0x0f],
    &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
    &[0xff; 11],
    &[0xff; 8],
    &[0; 8],
    &[0x80],
    "\u{feff}\u{10ffff}".as_bytes(),
];

fn change() -> impl Strategy<Value = Change> {
    let at = any::<Index>;
    prop_oneof![
        (at(), 0..8u8).prop_map(|(at, bit)| Change::Flip(at, bit)),
        (at(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        (at(), 0..EXTREMES.len()).prop_map(|(at, which)| Change::Extreme(at, EXTREMES[which])),
        at().prop_map(Change::CutOff),
        (at(), 1..32usize).prop_map(|(at, count)| Change::Remove(at, count)),
        (at(), vec(any::<u8>(), 1..24)).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        (at(), 1..48usize, 2..200usize).prop_map(|(at, length, times)| Change::Repeat(at, length, times)),
        (at(), at(), at()).prop_map(|(at, other, from)| Change::Splice(at, other, from)),
    ]
}

impl Change {
    fn make(&self, bytes: &mut Vec<u8>, good: &[Vec<u8>]) {
        // The place behind the last byte is one too.
        let place = |at: &Index, bytes: &[u8]| at.index(bytes.len() + 1);
        match self {
            Self::Flip(at, bit) if !bytes.is_empty() => {
                let at = at.index(bytes.len());
                bytes[at] ^= 1 << bit;
            }
            Self::Set(at, byte) if !bytes.is_empty() => {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            Self::Flip(..) | Self::Set(..) => {}
            Self::Extreme(at, extreme) => {
                let at = place(at, bytes);
                let end = bytes.len().min(at + 1);
                bytes.splice(at..end, extreme.iter().copied());
            }
            Self::CutOff(at) => bytes.truncate(place(at, bytes)),
            Self::Remove(at, count) => {
                let at = place(at, bytes);
                bytes.drain(at..bytes.len().min(at + count));
            }
            Self::Insert(at, more) => {
                let at = place(at, bytes);
                bytes.splice(at..at, more.iter().copied());
            }
            Self::Repeat(at, length, times) => {
                let at = place(at, bytes);
                let part = bytes[at..bytes.len().min(at + length)].repeat(*times);
                bytes.splice(at..at, part);
            }
            Self::Splice(at, other, from) => {
                let other = other.get(good);
                bytes.truncate(place(at, bytes));
                bytes.extend_from_slice(&other[place(from, other)..]);
            }
        }
        bytes.truncate(BYTES_MAX);
    }
}

/// Gives `reader` what becomes of `good` pieces, and some that were never good. A piece that makes it panic is made smaller, and shown.
pub fn survives(good: &[Vec<u8>], reader: impl Fn(&[u8])) {
    survives_some(CASES, good, reader);
}

/// The same with so many cases, where one costs more than usual.
pub fn survives_some(cases: u32, good: &[Vec<u8>], reader: impl Fn(&[u8])) {
    for piece in good {
        reader(piece);
    }
    let number = |name, otherwise| std::env::var(name).map_or(otherwise, |text| text.parse().expect("a number"));
    let config = Config { cases: number("QUORATE_MANGLE_CASES", cases), failure_persistence: None, ..Config::default() };
    let mut seed = [0; 32];
    seed[..4].copy_from_slice(&number("QUORATE_MANGLE_SEED", 0).to_le_bytes());
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    let mangled = (any::<Index>(), vec(change(), 1..CHANGES_MAX)).prop_map(|(which, changes)| {
        let mut bytes = if good.is_empty() { Vec::new() } else { which.get(good).clone() };
        changes.iter().for_each(|change| change.make(&mut bytes, good));
        bytes
    });
    let pieces = prop_oneof![9 => mangled, 1 => vec(any::<u8>(), 0..256)];
    let run = runner.run(&pieces, |bytes| {
        reader(&bytes);
        Ok(())
    });
    if let Err(TestError::Fail(reason, bytes)) = run {
        panic!("{reason}, from {bytes:02x?} ({:?})", String::from_utf8_lossy(&bytes));
    } else {
        run.expect("the pieces can be made");
    }
}

/// The same for readers of text.
pub fn survives_text(good: &[&str], reader: impl Fn(&str)) {
    let good: Vec<_> = good.iter().map(|text| text.as_bytes().to_vec()).collect();
    survives(&good, |bytes| reader(&String::from_utf8_lossy(bytes)));
}

#[test]
#[should_panic = "from [2a]"]
fn what_panics_is_found_and_made_small() {
    survives(&[b"good bytes".to_vec()], |bytes| assert!(!bytes.contains(&b'*')));
}
