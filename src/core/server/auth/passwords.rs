//! Passwords and their bcrypt hashes, on threads of their own.
//!
//! A hash takes tens of milliseconds of a processor on purpose. Threads of low priority make them, half as many as there are
//! processors, from a bounded queue; what does not fit is refused. So a flood of logins takes nothing from raft and apply. These threads
//! are what a flood is after: the queue serves the sources of logins in turn ([`FairQueue`]), so that one source's flood makes itself
//! wait; what nobody waits for any more is passed over; and logins that are alike and come at one time are looked at once, so that
//! all clients of a user may come back together after a restart.
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
    sync::{Arc, Once, OnceLock},
    thread,
};

use parking_lot::Mutex;
use ring::{
    hmac::{self, HMAC_SHA256, Key},
    rand::SystemRandom,
};
use tokio::sync::{oneshot, watch};

use super::{
    fair_queue::{FairQueue, Queued},
    simulated::{Simulated, simulated_password},
    source::Source,
    throttle::{Guesser, Throttle, Try},
};
use crate::core::{
    clock::Clock,
    peer::spawn_background,
    planted::{Bug, planted},
};

/// Hashes that wait for a thread; more are refused.
const JOBS_MAX: usize = 256;
/// Those of one source.
const JOBS_OF_SOURCE_MAX: usize = 32;
/// Passwords that are known to be right, one a user.
const KNOWN_MAX: usize = 10_000;
/// More is no password for bcrypt: it is refused for a new one, and of one that is shown the rest says nothing. Source: etcd's library.
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

/// A user, as the store had it when its password was shown.
#[derive(Clone, Debug)]
pub struct Claimed {
    pub name: String,
    pub hash: Vec<u8>,
}

/// A password that is shown.
pub struct Shown(Vec<u8>);

impl Shown {
    /// Of a long one only what bcrypt looks at is kept.
    pub fn new(password: String) -> Self {
        let mut password = password.into_bytes();
        password.truncate(PASSWORD_BYTES_MAX);
        password.shrink_to_fit();
        Self(password)
    }
}

/// See the module.
pub struct Passwords {
    shared: Arc<Shared>,
    /// Threads start with the first password.
    started: Once,
}

/// What requests and threads share.
struct Shared {
    hashing: Hashing,
    jobs: FairQueue<Lane, Job>,
    key: OnceLock<Key>,
    known: Mutex<HashMap<String, Known>>,
    /// Checks that wait or are made, by a digest of what is looked at.
    pending: Mutex<HashMap<Question, Answer>>,
    throttle: Throttle,
}

/// How hashes are made.
enum Hashing {
    Bcrypt {
        cost: u32,
        /// The hash that no password has; made once, by whichever thread needs it first.
        nobody: OnceLock<String>,
    },
    /// By whoever hands a job over, in simulated time.
    Simulated(Arc<Simulated>),
}

/// Who takes turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Lane {
    /// Those who may change users.
    Changes,
    Logins(Source),
}

enum Job {
    Hash { password: String, answer: oneshot::Sender<Result<Vec<u8>, PasswordError>> },
    Check(Check),
}

struct Check {
    password: Vec<u8>,
    /// Nothing for a user that does not exist.
    claimed: Option<Claimed>,
    taken: Try,
    question: Question,
    answer: Answer,
}

type Question = [u8; 32];
/// Each who waits has a receiver.
type Answer = Arc<watch::Sender<Option<Result<bool, PasswordError>>>>;
type Waiting = watch::Receiver<Option<Result<bool, PasswordError>>>;

struct Known {
    hash: Vec<u8>,
    password: hmac::Tag,
}

impl Passwords {
    /// For hashes of this cost.
    pub fn new(cost: u32) -> Self {
        Self::with(Hashing::Bcrypt { cost, nobody: OnceLock::new() })
    }

    /// For the simulator.
    pub fn simulated(simulated: Arc<Simulated>) -> Self {
        Self::with(Hashing::Simulated(simulated))
    }

    fn with(hashing: Hashing) -> Self {
        let shared = Shared {
            hashing,
            jobs: FairQueue::new(JOBS_MAX, JOBS_OF_SOURCE_MAX),
            key: OnceLock::new(),
            known: Mutex::default(),
            pending: Mutex::default(),
            throttle: Throttle::default(),
        };
        Self { shared: Arc::new(shared), started: Once::new() }
    }

    /// Whether bcrypt looks at all of a password.
    ///
    /// # Errors
    /// [`PasswordError::TooLong`].
    pub fn check_length(password: &str) -> Result<(), PasswordError> {
        if password.len() > PASSWORD_BYTES_MAX { Err(PasswordError::TooLong) } else { Ok(()) }
    }

    /// The hash of a password.
    ///
    /// # Errors
    /// [`PasswordError`].
    pub async fn hash(&self, clock: &Clock, password: &str) -> Result<Vec<u8>, PasswordError> {
        Self::check_length(password)?;
        let (answer, answered) = oneshot::channel();
        self.submit(Lane::Changes, Job::Hash { password: password.to_owned(), answer });
        self.simulate(clock).await;
        answered.await.map_err(|_| PasswordError::Stopped)?
    }

    /// Whether this is the user's password, by its hash. Without a user there is none of that name, which takes as long to say.
    ///
    /// # Errors
    /// [`PasswordError::Busy`] when too many wait, or too many wrong ones came for this name.
    pub async fn is_right(
        &self,
        clock: &Clock,
        guesser: Guesser,
        password: &Shown,
        claimed: Option<Claimed>,
    ) -> Result<bool, PasswordError> {
        if claimed.as_ref().is_some_and(|claimed| self.shared.is_known(claimed, password)) {
            return Ok(true);
        }
        let question = self.shared.question(&guesser, password, claimed.as_ref());
        let mut waiting = match self.shared.joined(&question) {
            Some(waiting) => waiting,
            None => {
                let taken = self.shared.throttle.take(guesser, clock.now()).ok_or(PasswordError::Busy)?;
                if !taken.wait.is_zero() {
                    clock.sleep(taken.wait).await;
                }
                let waiting = self.ask(question, guesser.source(), taken, password, claimed);
                self.simulate(clock).await;
                waiting
            }
        };
        let answered = waiting.wait_for(Option::is_some).await.map_err(|_| PasswordError::Stopped)?;
        answered.clone().expect("this was waited for")
    }

    /// Asks a thread, or waits for one that was asked the same meanwhile.
    fn ask(&self, question: Question, source: Source, taken: Try, password: &Shown, claimed: Option<Claimed>) -> Waiting {
        let mut pending = self.shared.pending.lock();
        if let Some(answer) = pending.get(&question) {
            self.shared.throttle.give_back(taken);
            return answer.subscribe();
        }
        let (answer, waiting) = watch::channel(None);
        let answer = Arc::new(answer);
        pending.insert(question, Arc::clone(&answer));
        drop(pending);
        let check = Check { password: password.0.clone(), claimed, taken, question, answer };
        self.submit(Lane::Logins(source), Job::Check(check));
        waiting
    }

    fn submit(&self, lane: Lane, job: Job) {
        if matches!(self.shared.hashing, Hashing::Bcrypt { .. }) {
            self.started.call_once(|| start_threads(&self.shared));
        }
        match self.shared.jobs.push(lane, job) {
            Queued::Waits => {}
            Queued::InPlaceOf(other) => self.shared.refuse(other),
            Queued::Full(job) => self.shared.refuse(job),
        }
    }

    /// Without threads, whoever has handed a job over does the one whose turn it is.
    async fn simulate(&self, clock: &Clock) {
        let Hashing::Simulated(simulated) = &self.shared.hashing else { return };
        clock.sleep(simulated.hashing_takes()).await;
        if let Some(job) = self.shared.jobs.try_pop() {
            self.shared.work_on(job);
        }
    }
}

impl Drop for Passwords {
    /// Ends the threads.
    fn drop(&mut self) {
        self.shared.jobs.close();
    }
}

impl Shared {
    fn is_known(&self, claimed: &Claimed, password: &Shown) -> bool {
        let known = self.known.lock();
        let of_hash = |entry: &&Known| entry.hash == claimed.hash || planted(Bug::KnownPasswordKept);
        let Some(entry) = known.get(&claimed.name).filter(of_hash) else { return false };
        let tag = entry.password;
        drop(known);
        hmac::verify(self.key(), &password.0, tag.as_ref()).is_ok()
    }

    fn remember(&self, claimed: Claimed, password: &[u8]) {
        let password = hmac::sign(self.key(), password);
        let mut known = self.known.lock();
        if known.len() >= KNOWN_MAX
            && !known.contains_key(&claimed.name)
            && let Some(any) = known.keys().next().cloned()
        {
            known.remove(&any);
        }
        known.insert(claimed.name, Known { hash: claimed.hash, password });
    }

    fn key(&self) -> &Key {
        self.key.get_or_init(|| Key::generate(HMAC_SHA256, &SystemRandom::new()).expect("the system gives random bytes"))
    }

    /// What tells one check from others. Each part stands behind its length, or has one that is fixed.
    fn question(&self, guesser: &Guesser, password: &Shown, claimed: Option<&Claimed>) -> Question {
        let mut context = hmac::Context::with_key(self.key());
        context.update(guesser.name());
        let hash = claimed.map_or(&[][..], |claimed| &claimed.hash);
        context.update(&hash.len().to_le_bytes());
        context.update(hash);
        context.update(&password.0);
        context.sign().as_ref().try_into().expect("SHA-256 has 32 bytes")
    }

    fn joined(&self, question: &Question) -> Option<Waiting> {
        self.pending.lock().get(question).map(|answer| answer.subscribe())
    }

    fn work(&self) {
        while let Some(job) = self.jobs.pop() {
            self.work_on(job);
        }
    }

    fn work_on(&self, job: Job) {
        match job {
            Job::Hash { password, answer } => {
                // Whoever asked may have gone.
                if !answer.is_closed() {
                    let _ = answer.send(self.hashing.hash(&password));
                }
            }
            Job::Check(check) => self.check(check),
        }
    }

    fn check(&self, check: Check) {
        if self.is_abandoned(&check) {
            return self.throttle.give_back(check.taken);
        }
        let is_right = self.hashing.is_right(&check.password, check.claimed.as_ref().map(|claimed| claimed.hash.as_slice()));
        let Check { password, claimed, taken, question, answer } = check;
        if let Some(claimed) = claimed.filter(|_| is_right) {
            self.throttle.give_back(taken);
            self.remember(claimed, &password);
        }
        self.answer(&question, &answer, Ok(is_right));
    }

    /// Whether nobody waits for the answer any more; then nobody can come to wait for it either.
    fn is_abandoned(&self, check: &Check) -> bool {
        let mut pending = self.pending.lock();
        let is_abandoned = check.answer.receiver_count() == 0;
        if is_abandoned {
            pending.remove(&check.question);
        }
        is_abandoned
    }

    fn refuse(&self, job: Job) {
        match job {
            Job::Hash { answer, .. } => {
                // Whoever asked may have gone.
                let _ = answer.send(Err(PasswordError::Busy));
            }
            Job::Check(Check { taken, question, answer, .. }) => {
                self.throttle.give_back(taken);
                self.answer(&question, &answer, Err(PasswordError::Busy));
            }
        }
    }

    fn answer(&self, question: &Question, answer: &Answer, verdict: Result<bool, PasswordError>) {
        self.pending.lock().remove(question);
        answer.send_replace(Some(verdict));
    }
}

impl Hashing {
    fn hash(&self, password: &str) -> Result<Vec<u8>, PasswordError> {
        match self {
            Self::Bcrypt { cost, .. } => {
                let hashed = bcrypt::hash(password, *cost).map(String::into_bytes);
                hashed.map_err(|error| PasswordError::Failed(error.to_string()))
            }
            Self::Simulated(simulated) => Ok(simulated.hash(password)),
        }
    }

    /// Whether this is the password of a hash; without one it is not, which takes as long to say.
    fn is_right(&self, password: &[u8], hash: Option<&[u8]>) -> bool {
        match self {
            Self::Bcrypt { cost, nobody } => {
                let hash = hash.and_then(|hash| std::str::from_utf8(hash).ok());
                // A hash that is none, such as an empty one, is checked in no time.
                hash.and_then(|hash| bcrypt::verify(password, hash).ok()).unwrap_or_else(|| {
                    let nobody = nobody.get_or_init(|| hash_of_nobody(*cost));
                    // Whatever it says.
                    let _ = bcrypt::verify(password, nobody);
                    false
                })
            }
            Self::Simulated(_) => hash.and_then(simulated_password).is_some_and(|right| right.as_bytes() == password),
        }
    }
}

/// Starts the threads; they end when the queue is closed.
fn start_threads(shared: &Arc<Shared>) {
    let count = (thread::available_parallelism().map_or(1, usize::from) / 2).max(1);
    for number in 0..count {
        let shared = Arc::clone(shared);
        if let Err(error) = spawn_background(&format!("password-{number}"), move || shared.work()) {
            tracing::error!(%error, "no thread to hash passwords on");
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
mod tests;
