//! Passwords and their bcrypt hashes, on threads of their own.
//!
//! A hash takes tens of milliseconds of a processor on purpose. Threads of low priority make them, half as many as there are
//! processors, from a bounded queue; what does not fit is refused. So a flood of logins takes nothing from raft and apply.
//!
//! A password that was right once is known again by a keyed digest, made with a key that this process drew and never writes down: a
//! login after the first costs microseconds. An entry counts only together with the very hash that it was checked against, so a changed
//! password or another user of that name makes it worthless at once.
//!
//! A wrong password costs one bcrypt, and so does an unknown user, whose password is held against a hash that no password has.
//!
//! In the simulator [`Simulated`] stands in the place of the threads and of bcrypt.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
    thread,
};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use parking_lot::Mutex;
use ring::{
    hmac::{self, HMAC_SHA256, Key},
    rand::SystemRandom,
};
use tokio::sync::oneshot;

use super::{
    simulated::{Simulated, simulated_password},
    throttle::Throttle,
};
use crate::core::{
    clock::Clock,
    peer::spawn_background,
    planted::{Bug, planted},
};

/// Hashes that wait for a thread; more are refused.
const JOBS_MAX: usize = 256;
/// Passwords that are known to be right, one a user.
const KNOWN_MAX: usize = 10_000;
/// More is no password for bcrypt. Source: etcd's library.
const PASSWORD_BYTES_MAX: usize = 72;

/// Why a password could not be hashed or looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PasswordError {
    TooLong,
    /// Too many wait, or too many wrong ones were tried.
    Busy,
    Stopped,
    Failed(String),
}

enum Job {
    Hash {
        password: String,
        answer: oneshot::Sender<Result<Vec<u8>, PasswordError>>,
    },
    /// Without a hash there is no such user.
    Check {
        password: String,
        hash: Option<Vec<u8>>,
        answer: oneshot::Sender<bool>,
    },
}

struct Known {
    hash: Vec<u8>,
    password: hmac::Tag,
}

/// Who makes hashes.
enum Hashing {
    /// Threads, which start with the first password.
    Threads { cost: u32, jobs: OnceLock<Sender<Job>> },
    /// Whoever asks, in simulated time.
    Simulated(Arc<Simulated>),
}

/// See the module.
pub struct Passwords {
    hashing: Hashing,
    key: OnceLock<Key>,
    known: Mutex<HashMap<String, Known>>,
    throttle: Throttle,
}

impl Passwords {
    /// For hashes of this cost.
    pub fn new(cost: u32) -> Self {
        Self::with(Hashing::Threads { cost, jobs: OnceLock::new() })
    }

    /// For the simulator.
    pub fn simulated(simulated: Arc<Simulated>) -> Self {
        Self::with(Hashing::Simulated(simulated))
    }

    fn with(hashing: Hashing) -> Self {
        Self { hashing, key: OnceLock::new(), known: Mutex::default(), throttle: Throttle::default() }
    }

    /// The hash of a password.
    ///
    /// # Errors
    /// [`PasswordError`].
    pub async fn hash(&self, clock: &Clock, password: &str) -> Result<Vec<u8>, PasswordError> {
        if password.len() > PASSWORD_BYTES_MAX {
            return Err(PasswordError::TooLong);
        }
        match &self.hashing {
            Hashing::Threads { cost, jobs } => {
                let (answer, answered) = oneshot::channel();
                submit(*cost, jobs, Job::Hash { password: password.to_owned(), answer })?;
                answered.await.map_err(|_| PasswordError::Stopped)?
            }
            Hashing::Simulated(simulated) => {
                clock.sleep(simulated.hashing_takes()).await;
                Ok(simulated.hash(password))
            }
        }
    }

    /// Whether this is the user's password, by its hash. Without a hash there is no such user, which takes as long to say.
    ///
    /// # Errors
    /// [`PasswordError::Busy`] when too many wait, or too many wrong ones came for this name.
    pub async fn is_right(
        &self,
        clock: &Clock,
        name: &str,
        password: &str,
        hash: Option<Vec<u8>>,
    ) -> Result<bool, PasswordError> {
        if hash.as_ref().is_some_and(|hash| self.is_known(name, password, hash)) {
            return Ok(true);
        }
        let wait = self.throttle.take(name, clock.now()).ok_or(PasswordError::Busy)?;
        if !wait.is_zero() {
            clock.sleep(wait).await;
        }
        let is_right = match &self.hashing {
            Hashing::Threads { cost, jobs } => {
                let (answer, answered) = oneshot::channel();
                submit(*cost, jobs, Job::Check { password: password.to_owned(), hash: hash.clone(), answer })?;
                answered.await.map_err(|_| PasswordError::Stopped)?
            }
            Hashing::Simulated(simulated) => {
                clock.sleep(simulated.hashing_takes()).await;
                hash.as_deref().and_then(simulated_password) == Some(password)
            }
        };
        if let Some(hash) = hash.filter(|_| is_right) {
            self.throttle.give_back(name);
            self.remember(name, password, hash);
        }
        Ok(is_right)
    }

    fn is_known(&self, name: &str, password: &str, hash: &[u8]) -> bool {
        let known = self.known.lock();
        let of_hash = |entry: &&Known| entry.hash == hash || planted(Bug::KnownPasswordKept);
        let Some(entry) = known.get(name).filter(of_hash) else { return false };
        let tag = entry.password;
        drop(known);
        hmac::verify(self.key(), password.as_bytes(), tag.as_ref()).is_ok()
    }

    fn remember(&self, name: &str, password: &str, hash: Vec<u8>) {
        let password = hmac::sign(self.key(), password.as_bytes());
        let mut known = self.known.lock();
        if known.len() >= KNOWN_MAX
            && !known.contains_key(name)
            && let Some(any) = known.keys().next().cloned()
        {
            known.remove(&any);
        }
        known.insert(name.to_owned(), Known { hash, password });
    }

    fn key(&self) -> &Key {
        self.key.get_or_init(|| Key::generate(HMAC_SHA256, &SystemRandom::new()).expect("the system gives random bytes"))
    }
}

fn submit(cost: u32, jobs: &OnceLock<Sender<Job>>, job: Job) -> Result<(), PasswordError> {
    jobs.get_or_init(|| start_threads(cost)).try_send(job).map_err(|error| match error {
        TrySendError::Full(_) => PasswordError::Busy,
        TrySendError::Disconnected(_) => PasswordError::Stopped,
    })
}

/// Starts the threads; they end with the sender.
fn start_threads(cost: u32) -> Sender<Job> {
    let (sender, jobs) = bounded(JOBS_MAX);
    let count = (thread::available_parallelism().map_or(1, usize::from) / 2).max(1);
    // Of a hash that no password has; made once, by whichever thread needs it first.
    let nobody = Arc::new(OnceLock::new());
    for number in 0..count {
        let (jobs, nobody) = (jobs.clone(), Arc::clone(&nobody));
        if let Err(error) = spawn_background(&format!("password-{number}"), move || work(&jobs, cost, &nobody)) {
            tracing::error!(%error, "no thread to hash passwords on");
        }
    }
    sender
}

fn work(jobs: &Receiver<Job>, cost: u32, nobody: &OnceLock<String>) {
    while let Ok(job) = jobs.recv() {
        // Whoever asked may have gone.
        match job {
            Job::Hash { password, answer } => {
                let hashed = bcrypt::hash(password, cost).map(String::into_bytes);
                let _ = answer.send(hashed.map_err(|error| PasswordError::Failed(error.to_string())));
            }
            Job::Check { password, hash, answer } => {
                let hash = hash.as_deref().and_then(|hash| std::str::from_utf8(hash).ok());
                // A hash that is none, such as an empty one, is checked in no time.
                let is_right = match hash.map(|hash| bcrypt::verify(&password, hash)) {
                    Some(Ok(is_right)) => is_right,
                    Some(Err(_)) | None => {
                        let nobody = nobody.get_or_init(|| hash_of_nobody(cost));
                        // Whatever it says.
                        let _ = bcrypt::verify(&password, nobody);
                        false
                    }
                };
                let _ = answer.send(is_right);
            }
        }
    }
}

fn hash_of_nobody(cost: u32) -> String {
    bcrypt::hash([], cost).unwrap_or_else(|error| {
        tracing::error!(%error, "bcrypt makes no hash");
        String::new()
    })
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::core::clock;

    #[tokio::test]
    async fn the_right_password_is_right_and_others_are_not() {
        let passwords = Passwords::new(4);
        let hash = passwords.hash(&Clock::System, "secret").await.unwrap();
        let check = async |password: &str| passwords.is_right(&Clock::System, "u", password, Some(hash.clone())).await.unwrap();
        assert!(check("secret").await);
        assert!(check("secret").await, "by its digest");
        assert!(!check("Secret").await);
        assert!(!check("").await);
        assert_eq!(passwords.is_right(&Clock::System, "nobody", "secret", None).await, Ok(false));
        assert_eq!(passwords.is_right(&Clock::System, "empty", "", Some(Vec::new())).await, Ok(false));
        assert_eq!(passwords.hash(&Clock::System, &"x".repeat(73)).await, Err(PasswordError::TooLong));
    }

    #[tokio::test]
    async fn a_known_password_is_not_believed_against_another_hash() {
        let passwords = Passwords::new(4);
        let (old, new) =
            (passwords.hash(&Clock::System, "old").await.unwrap(), passwords.hash(&Clock::System, "new").await.unwrap());
        assert_eq!(passwords.is_right(&Clock::System, "u", "old", Some(old.clone())).await, Ok(true));
        assert_eq!(passwords.is_right(&Clock::System, "u", "old", Some(new.clone())).await, Ok(false));
        assert_eq!(passwords.is_right(&Clock::System, "u", "new", Some(new)).await, Ok(true));
        assert_eq!(passwords.is_right(&Clock::System, "u", "new", Some(old)).await, Ok(false));
    }

    #[tokio::test]
    async fn an_unknown_user_takes_as_long_as_a_wrong_password() {
        // Costly enough that what else happens on the machine does not hide it: some 100 ms without optimisation.
        let passwords = Passwords::new(8);
        let hash = passwords.hash(&Clock::System, "secret").await.unwrap();
        let took = async |name: &str, hash: Option<Vec<u8>>| {
            let began: Instant = clock::now();
            assert_eq!(passwords.is_right(&Clock::System, name, "guess", hash).await, Ok(false));
            clock::now() - began
        };
        // The first makes the hash of nobody.
        took("n", None).await;
        let (mut known, mut unknown) = (Duration::MAX, Duration::MAX);
        for _ in 0..4 {
            known = known.min(took("u", Some(hash.clone())).await);
            unknown = unknown.min(took("n", None).await);
        }
        assert!(unknown > known / 2 && unknown < known * 2, "{unknown:?} for nobody, {known:?} for a user");
    }

    #[tokio::test]
    async fn two_thousand_logins_a_second_are_known_after_the_first() {
        let passwords = Passwords::new(4);
        let hash = passwords.hash(&Clock::System, "secret").await.unwrap();
        assert_eq!(passwords.is_right(&Clock::System, "u", "secret", Some(hash.clone())).await, Ok(true));
        let began = clock::now();
        for _ in 0..2000 {
            assert_eq!(passwords.is_right(&Clock::System, "u", "secret", Some(hash.clone())).await, Ok(true));
        }
        assert!(clock::now() - began < Duration::from_secs(1));
    }
}
