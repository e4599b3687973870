//! What a member in the simulator has in the place of bcrypt, of the threads that run it, and of the system's chance.
//!
//! A run follows from its seed alone, so the letters of tokens and the salts of hashes are drawn from numbers that are handed in, no thread
//! makes hashes, and a hash takes simulated time instead of a processor's. Everything around it, such as passwords that are known to
//! be right and the tries that a name has, is what a server has.

use std::time::Duration;

/// Gives one number of a run after the other.
pub type Numbers = Box<dyn Fn() -> u64 + Send + Sync>;

/// Marks what stands for a hash; no hash of bcrypt begins like that.
const MARK: &str = "$simulated$";
/// Longest that a hash takes.
const HASH_MILLIS_MAX: u64 = 120;

/// See the module.
pub struct Simulated(Numbers);

impl Simulated {
    pub fn new(numbers: Numbers) -> Self {
        Self(numbers)
    }

    /// One of so many.
    pub fn below(&self, bound: usize) -> usize {
        (self.0() % bound as u64) as usize
    }

    /// How long the next hash takes.
    pub fn hashing_takes(&self) -> Duration {
        Duration::from_millis(self.0() % HASH_MILLIS_MAX)
    }

    /// Stands for the hash of a password: another one each time.
    pub fn hash(&self, password: &str) -> Vec<u8> {
        format!("{MARK}{:016x}${password}", self.0()).into_bytes()
    }
}

/// The password that such a hash stands for.
pub fn simulated_password(hash: &[u8]) -> Option<&str> {
    let (_, password) = std::str::from_utf8(hash).ok()?.strip_prefix(MARK)?.split_once('$')?;
    Some(password)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn a_hash_stands_for_its_password_and_no_two_are_equal() {
        let last = AtomicU64::new(0);
        let simulated = Simulated::new(Box::new(move || last.fetch_add(1, Ordering::Relaxed)));
        let (one, other) = (simulated.hash("a$b"), simulated.hash("a$b"));
        assert_ne!(one, other);
        assert_eq!((simulated_password(&one), simulated_password(&other)), (Some("a$b"), Some("a$b")));
        assert_eq!(simulated_password(b"$2b$04$aaaaaaaaaaaaaaaaaaaaaa"), None);
    }
}
