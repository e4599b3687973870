//! Passwords: right, wrong, of nobody, and in numbers.

use std::time::{Duration, Instant};

use futures_util::future::{join_all, poll_immediate};

use super::*;
use crate::core::clock;

const HERE: Source = Source::V4(1);

impl Passwords {
    async fn check(&self, source: Source, name: &str, password: &str, hash: Option<&[u8]>) -> Result<bool, PasswordError> {
        let claimed = hash.map(|hash| Claimed { name: name.to_owned(), hash: hash.to_vec() });
        self.is_right(&Clock::System, Guesser::new(name, source), &Shown::new(password.to_owned()), claimed).await
    }
}

#[tokio::test]
async fn the_right_password_is_right_and_others_are_not() {
    let passwords = Passwords::new(4);
    let hash = passwords.hash(&Clock::System, "secret").await.unwrap();
    let check = async |password: &str| passwords.check(HERE, "u", password, Some(&hash)).await.unwrap();
    assert!(check("secret").await);
    assert!(check("secret").await, "by its digest");
    assert!(!check("Secret").await);
    assert!(!check("").await);
    assert_eq!(passwords.check(HERE, "nobody", "secret", None).await, Ok(false));
    assert_eq!(passwords.check(HERE, "empty", "", Some(&[])).await, Ok(false));
    assert_eq!(passwords.hash(&Clock::System, &"x".repeat(73)).await, Err(PasswordError::TooLong));
    let (longest, longer) = ("x".repeat(72), "x".repeat(100_000));
    let hash = passwords.hash(&Clock::System, &longest).await.unwrap();
    assert_eq!(passwords.check(HERE, "u", &longer, Some(&hash)).await, Ok(true), "as in etcd");
    assert_eq!(Shown::new(longer).0.capacity(), PASSWORD_BYTES_MAX);
}

#[tokio::test]
async fn a_known_password_is_not_believed_against_another_hash() {
    let passwords = Passwords::new(4);
    let (old, new) = (passwords.hash(&Clock::System, "old").await.unwrap(), passwords.hash(&Clock::System, "new").await.unwrap());
    assert_eq!(passwords.check(HERE, "u", "old", Some(&old)).await, Ok(true));
    assert_eq!(passwords.check(HERE, "u", "old", Some(&new)).await, Ok(false));
    assert_eq!(passwords.check(HERE, "u", "new", Some(&new)).await, Ok(true));
    assert_eq!(passwords.check(HERE, "u", "new", Some(&old)).await, Ok(false));
}

#[tokio::test]
async fn an_unknown_user_takes_as_long_as_a_wrong_password() {
    // Costly enough that what else happens on the machine does not hide it: some 100 ms without optimisation.
    let passwords = Passwords::new(8);
    let hash = passwords.hash(&Clock::System, "secret").await.unwrap();
    let took = async |name: &str, hash: Option<&[u8]>| {
        let began: Instant = clock::now();
        assert_eq!(passwords.check(HERE, name, "guess", hash).await, Ok(false));
        clock::now() - began
    };
    // The first makes the hash of nobody.
    took("n", None).await;
    let (mut known, mut unknown) = (Duration::MAX, Duration::MAX);
    for _ in 0..4 {
        known = known.min(took("u", Some(&hash)).await);
        unknown = unknown.min(took("n", None).await);
    }
    assert!(unknown > known / 2 && unknown < known * 2, "{unknown:?} for nobody, {known:?} for a user");
}

#[tokio::test]
async fn two_thousand_logins_a_second_are_known_after_the_first() {
    let passwords = Passwords::new(4);
    let hash = passwords.hash(&Clock::System, "secret").await.unwrap();
    assert_eq!(passwords.check(HERE, "u", "secret", Some(&hash)).await, Ok(true));
    let began = clock::now();
    for _ in 0..2000 {
        assert_eq!(passwords.check(HERE, "u", "secret", Some(&hash)).await, Ok(true));
    }
    assert!(clock::now() - began < Duration::from_secs(1));
}

/// After a restart no password is known, and all clients of a user come back at one time.
#[tokio::test]
async fn a_thousand_first_logins_of_one_user_at_one_time_cost_one_bcrypt_and_no_try() {
    let passwords = Passwords::new(4);
    let hash = passwords.hash(&Clock::System, "secret").await.unwrap();
    let logins = (0..1000).map(|_| passwords.check(HERE, "u", "secret", Some(&hash)));
    for login in join_all(logins).await {
        assert_eq!(login, Ok(true));
    }
    assert!(passwords.shared.pending.lock().is_empty());
    assert_eq!(passwords.check(HERE, "u", "wrong", Some(&hash)).await, Ok(false));
}

#[tokio::test]
async fn a_flood_from_one_place_makes_itself_wait_and_nobody_else() {
    let passwords = Passwords::new(6);
    let hash = passwords.hash(&Clock::System, "secret").await.unwrap();
    // Many names, so that it is not their tries that run out.
    let names: Vec<String> = (0..100).map(|number| format!("name {number}")).collect();
    let flood = join_all(names.iter().map(|name| passwords.check(Source::V4(2), name, "guess", None)));
    let mut flood = std::pin::pin!(flood);
    // As far as it goes without an answer: all of it waits, or is refused.
    assert!(poll_immediate(&mut flood).await.is_none());
    // Beside those that wait there are those that a thread has taken meanwhile.
    let admitted = passwords.shared.pending.lock().len();
    assert!((JOBS_OF_SOURCE_MAX / 2..=names.len() / 2).contains(&admitted), "{admitted}");
    assert_eq!(passwords.check(HERE, "u", "secret", Some(&hash)).await, Ok(true));
    let before = passwords.shared.pending.lock().len();
    assert!(before > JOBS_OF_SOURCE_MAX / 2, "{before} of the flood waited on");
    let refused = flood.await.iter().filter(|answer| **answer == Err(PasswordError::Busy)).count();
    assert!((names.len() / 2..=names.len() - JOBS_OF_SOURCE_MAX).contains(&refused), "{refused}");
}

#[tokio::test]
async fn what_nobody_waits_for_is_passed_over_and_costs_no_try() {
    let passwords = Passwords::new(10);
    // So long that nothing below is looked at before it ends.
    let mut busy = std::pin::pin!(passwords.hash(&Clock::System, "secret"));
    assert!(poll_immediate(&mut busy).await.is_none());
    for number in 0..100 {
        let guess = format!("guess {number}");
        let mut gone = Box::pin(passwords.check(HERE, "u", &guess, None));
        assert!(poll_immediate(&mut gone).await.is_none_or(|answer| answer == Err(PasswordError::Busy)));
    }
    busy.await.unwrap();
    let began = clock::now();
    assert_eq!(passwords.check(Source::V4(2), "u", "last", None).await, Ok(false), "it waits for one of them at most");
    let passed_over = async {
        while !passwords.shared.pending.lock().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), passed_over).await.expect("all of them are passed over");
    let taken = passwords.shared.throttle.take(Guesser::new("u", HERE), began).unwrap();
    assert!(taken.wait.is_zero());
}
