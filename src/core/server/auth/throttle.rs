//! Guessing is slow: each user name has few tries, and a part of them is each source's own.
//!
//! A wrong password costs a try. Each source has [`OWN_TRIES`] for a name, which come back slowly; beyond them a name has
//! [`SHARED_TRIES`] for all sources together, of which one comes back each second. So one source sees ten wrong passwords at once and
//! one a second from then on, a flood of guesses from elsewhere leaves a user's own source its tries, and whoever has many sources has
//! [`OWN_TRIES`] more for each in [`OWN_TRY_EVERY`]; from there on it is the threads for bcrypt that are the bound (`passwords`).
//!
//! A try is taken before the password is looked at, so that many at one time gain nothing, and given back when it was right or was not
//! looked at. Without one left a request waits for its turn, and is refused when that is too far away. Names that nobody has are
//! treated alike, and names are kept by their digest, so that long ones take no more room.

use std::{
    collections::HashMap,
    hash::Hash,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use ring::digest::{SHA256, digest};

use super::source::Source;

/// Wrong passwords for one name that are looked at at once for each source.
const OWN_TRIES: u32 = 3;
/// After that, how often one more is.
const OWN_TRY_EVERY: Duration = Duration::from_secs(300);
/// Wrong passwords for one name that are looked at at once for all sources that have used up their own.
const SHARED_TRIES: u32 = 7;
/// After that, how often one more is.
const SHARED_TRY_EVERY: Duration = Duration::from_secs(1);
/// The longest wait for a turn among the shared ones.
const WAIT_MAX: Duration = Duration::from_secs(3);
/// What is kept in mind of each kind, some 5 MB. Past it that is forgotten which has its tries back, or else any. Only what was looked
/// at is noted, so that it takes more bcrypt to fill this than there is time for.
const NOTED_MAX: usize = 50_000;

/// Who tried, for which name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Guesser {
    name: [u8; 16],
    source: Source,
}

impl Guesser {
    pub fn new(name: &str, source: Source) -> Self {
        let digest = digest(&SHA256, name.as_bytes());
        Self { name: *digest.as_ref().first_chunk().expect("SHA-256 has 32 bytes"), source }
    }

    /// The name's digest.
    pub fn name(&self) -> &[u8; 16] {
        &self.name
    }

    pub fn source(&self) -> Source {
        self.source
    }
}

/// A try that was taken.
#[derive(Debug, PartialEq, Eq)]
pub struct Try {
    guesser: Guesser,
    is_own: bool,
    /// How long to wait before it may be used.
    pub wait: Duration,
}

/// Tries of everyone.
pub struct Throttle(Mutex<Tables>);

struct Tables {
    own: Tries<Guesser>,
    shared: Tries<[u8; 16]>,
}

impl Default for Throttle {
    fn default() -> Self {
        Self(Mutex::new(Tables {
            own: Tries::new(OWN_TRIES, OWN_TRY_EVERY, Duration::ZERO),
            shared: Tries::new(SHARED_TRIES, SHARED_TRY_EVERY, WAIT_MAX),
        }))
    }
}

impl Throttle {
    /// Takes a try; `None` if the wait for one would be too long.
    pub fn take(&self, guesser: Guesser, now: Instant) -> Option<Try> {
        let mut tables = self.0.lock();
        if let Some(wait) = tables.own.take(guesser, now) {
            return Some(Try { guesser, is_own: true, wait });
        }
        tables.shared.take(guesser.name, now).map(|wait| Try { guesser, is_own: false, wait })
    }

    /// Gives a try back: the password was right, or was not looked at.
    pub fn give_back(&self, Try { guesser, is_own, .. }: Try) {
        let mut tables = self.0.lock();
        if is_own { tables.own.give_back(&guesser) } else { tables.shared.give_back(&guesser.name) }
    }
}

/// When each has all of its tries back.
struct Tries<K> {
    at_once: u32,
    every: Duration,
    wait_max: Duration,
    back: HashMap<K, Instant>,
}

impl<K: Copy + Eq + Hash> Tries<K> {
    fn new(at_once: u32, every: Duration, wait_max: Duration) -> Self {
        Self { at_once, every, wait_max, back: HashMap::new() }
    }

    fn take(&mut self, key: K, now: Instant) -> Option<Duration> {
        let back = self.back.get(&key).copied().filter(|back| *back > now).unwrap_or(now);
        // The last of the tries at once is free for use right away.
        let wait = (back - now).saturating_sub(self.every * (self.at_once - 1));
        if wait > self.wait_max {
            return None;
        }
        if self.back.len() >= NOTED_MAX && !self.back.contains_key(&key) {
            self.forget(now);
        }
        self.back.insert(key, back + self.every);
        Some(wait)
    }

    /// Makes room for more than one, so that this is seldom done.
    fn forget(&mut self, now: Instant) {
        self.back.retain(|_, back| *back > now);
        let mut too_many = self.back.len().saturating_sub(NOTED_MAX / 8 * 7);
        self.back.retain(|_, _| {
            let goes = too_many > 0;
            too_many = too_many.saturating_sub(1);
            !goes
        });
    }

    fn give_back(&mut self, key: &K) {
        if let Some(back) = self.back.get_mut(key) {
            *back -= self.every;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::clock;

    const HERE: Source = Source::V4(1);
    const AT_ONCE: u32 = OWN_TRIES + SHARED_TRIES;

    struct Guesses {
        throttle: Throttle,
        now: Instant,
    }

    impl Guesses {
        fn new() -> Self {
            Self { throttle: Throttle::default(), now: clock::now() }
        }

        fn wait(&self, name: &str, source: Source) -> Option<Duration> {
            self.throttle.take(Guesser::new(name, source), self.now).map(|taken| taken.wait)
        }
    }

    #[test]
    fn after_ten_wrong_passwords_from_one_place_one_a_second_is_looked_at() {
        let mut guesses = Guesses::new();
        for _ in 0..AT_ONCE {
            assert_eq!(guesses.wait("u", HERE), Some(Duration::ZERO));
        }
        for seconds in 1..=3 {
            assert_eq!(guesses.wait("u", HERE), Some(SHARED_TRY_EVERY * seconds));
        }
        assert_eq!(guesses.wait("u", HERE), None);
        assert_eq!(guesses.wait("other", HERE), Some(Duration::ZERO), "other names are not slowed down");
        guesses.now += Duration::from_secs(60);
        assert_eq!(guesses.wait("u", HERE), Some(Duration::ZERO));
    }

    #[test]
    fn a_flood_of_guesses_leaves_a_user_elsewhere_its_own_tries() {
        let guesses = Guesses::new();
        for source in 100..200 {
            while guesses.wait("u", Source::V4(source)).is_some() {}
        }
        for _ in 0..OWN_TRIES {
            assert_eq!(guesses.wait("u", HERE), Some(Duration::ZERO));
        }
        assert_eq!(guesses.wait("u", HERE), None);
    }

    #[test]
    fn many_places_have_few_tries_each_and_those_of_one_place_beyond() {
        let mut guesses = Guesses::new();
        let sources = 100;
        let round = |guesses: &Guesses| {
            let of_one = |source| std::iter::from_fn(|| guesses.wait("u", Source::V6(source))).count();
            (0..sources).map(of_one).sum::<usize>()
        };
        let waiting = WAIT_MAX.as_secs() as usize;
        assert_eq!(round(&guesses), (OWN_TRIES * sources as u32 + SHARED_TRIES) as usize + waiting);
        guesses.now += OWN_TRY_EVERY;
        assert_eq!(round(&guesses), (sources as u32 + SHARED_TRIES) as usize + waiting);
    }

    #[test]
    fn right_passwords_cost_no_try() {
        let guesses = Guesses::new();
        let user = Guesser::new("u", HERE);
        for _ in 0..1000 {
            let taken = guesses.throttle.take(user, guesses.now).unwrap();
            assert_eq!((taken.wait, taken.is_own), (Duration::ZERO, true));
            guesses.throttle.give_back(taken);
        }
        while let Some(taken) = guesses.throttle.take(user, guesses.now) {
            if !taken.is_own {
                guesses.throttle.give_back(taken);
                break;
            }
        }
        for _ in 0..SHARED_TRIES {
            assert_eq!(guesses.wait("u", HERE), Some(Duration::ZERO));
        }
    }

    #[test]
    fn names_without_end_and_of_any_length_take_bounded_room() {
        let guesses = Guesses::new();
        let long = "n".repeat(10_000);
        for name in 0..NOTED_MAX + 100 {
            guesses.wait(&name.to_string(), HERE);
        }
        while guesses.wait(&long, HERE).is_some() {}
        assert!(guesses.throttle.0.lock().own.back.len() <= NOTED_MAX);
        assert_eq!(size_of::<Guesser>(), 32, "whatever the name");
    }
}
