//! Guessing is slow: each user name has few tries.
//!
//! A name has [`TRIES_AT_ONCE`] tries; each wrong one costs [`TRY_EVERY`] until it comes back. A try is taken before the password is
//! looked at, so that many at one time gain nothing, and given back when it was right. Without one left a request waits for its turn,
//! and is refused when that is too far away. Names that nobody has are treated alike.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use parking_lot::Mutex;

/// Wrong passwords for one name that are looked at at once.
const TRIES_AT_ONCE: u32 = 10;
/// After that, how often one more is.
const TRY_EVERY: Duration = Duration::from_secs(1);
/// The longest wait for a turn.
const WAIT_MAX: Duration = Duration::from_secs(3);
/// Names kept in mind. Past it those are forgotten that have their tries back, or else any.
const NAMES_MAX: usize = 10_000;

/// When each name has all of its tries back.
#[derive(Default)]
pub struct Throttle(Mutex<HashMap<String, Instant>>);

impl Throttle {
    /// Takes a try: how long to wait before it may be used, `None` if that would be too long; then none was taken.
    pub fn take(&self, name: &str, now: Instant) -> Option<Duration> {
        let mut names = self.0.lock();
        let back = names.get(name).copied().filter(|back| *back > now).unwrap_or(now);
        // The last of the tries at once is free for use right away.
        let wait = (back - now).saturating_sub(TRY_EVERY * (TRIES_AT_ONCE - 1));
        if wait > WAIT_MAX {
            return None;
        }
        if names.len() >= NAMES_MAX && !names.contains_key(name) {
            names.retain(|_, back| *back > now);
            if names.len() >= NAMES_MAX
                && let Some(any) = names.keys().next().cloned()
            {
                names.remove(&any);
            }
        }
        names.insert(name.to_owned(), back + TRY_EVERY);
        Some(wait)
    }

    /// Gives a try back: the password was right.
    pub fn give_back(&self, name: &str) {
        if let Some(back) = self.0.lock().get_mut(name) {
            *back -= TRY_EVERY;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::clock;

    #[test]
    fn after_ten_wrong_passwords_one_a_second_is_looked_at() {
        let (throttle, now) = (Throttle::default(), clock::now());
        for _ in 0..TRIES_AT_ONCE {
            assert_eq!(throttle.take("u", now), Some(Duration::ZERO));
        }
        assert_eq!(throttle.take("u", now), Some(TRY_EVERY));
        assert_eq!(throttle.take("u", now), Some(TRY_EVERY * 2));
        assert_eq!(throttle.take("u", now), Some(TRY_EVERY * 3));
        assert_eq!(throttle.take("u", now), None);
        assert_eq!(throttle.take("other", now), Some(Duration::ZERO), "other names are not slowed down");
        assert_eq!(throttle.take("u", now + Duration::from_secs(60)), Some(Duration::ZERO));
    }

    #[test]
    fn right_passwords_cost_no_try() {
        let (throttle, now) = (Throttle::default(), clock::now());
        for _ in 0..1000 {
            assert_eq!(throttle.take("u", now), Some(Duration::ZERO));
            throttle.give_back("u");
        }
    }

    #[test]
    fn names_without_end_take_bounded_room() {
        let (throttle, now) = (Throttle::default(), clock::now());
        for name in 0..NAMES_MAX + 100 {
            throttle.take(&name.to_string(), now);
        }
        assert_eq!(throttle.0.lock().len(), NAMES_MAX);
    }
}
