//! Reads that wait for a read index, and the rounds that fetch one for all of them.
//!
//! A read may only join a round that begins after it came: the round's index is that of the round's beginning. Few rounds are
//! under way at a time; what comes meanwhile shares the next one.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use crate::core::planted::{Bug, planted};
use crate::core::{
    consensus::ReadReady,
    server::{mailbox::ReadWaiter, node_handle::ReadError},
};

/// Rounds under way at a time.
const ROUNDS_MAX: usize = 2;
/// A round without an answer for so long was lost.
const RETRY: Duration = Duration::from_millis(500);

#[derive(Default)]
pub(super) struct Reads {
    waiting: Vec<ReadWaiter>,
    rounds: VecDeque<Round>,
    last_request: u64,
}

struct Round {
    request: u64,
    leader: u64,
    began: Instant,
    waiters: Vec<ReadWaiter>,
}

impl Reads {
    /// Takes newly arrived reads.
    pub fn take(&mut self, arrived: &mut Vec<ReadWaiter>) {
        if planted(Bug::ReadJoinsRound)
            && let Some(round) = self.rounds.back_mut()
        {
            return round.waiters.append(arrived);
        }
        self.waiting.append(arrived);
    }

    /// Begins a round for all that wait, if there is a leader to ask: the number to ask with.
    pub fn begin(&mut self, leader: u64, now: Instant) -> Option<u64> {
        if self.waiting.is_empty() || self.rounds.len() >= ROUNDS_MAX || leader == 0 {
            return None;
        }
        self.last_request += 1;
        let request = self.last_request;
        self.rounds.push_back(Round { request, leader, began: now, waiters: std::mem::take(&mut self.waiting) });
        Some(request)
    }

    /// Whether none waits.
    pub fn is_idle(&self) -> bool {
        self.waiting.is_empty()
    }

    /// A round has ended: it, and all that began before it, may read at its index.
    pub fn answer(&mut self, read: ReadReady) {
        while self.rounds.front().is_some_and(|round| round.request <= read.request) {
            let round = self.rounds.pop_front().expect("just seen");
            for waiter in round.waiters {
                // Whoever has given up needs no answer.
                let _ = waiter.send(Ok(read.index));
            }
        }
    }

    /// Puts lost rounds back, without the reads that were given up.
    pub fn retry_late(&mut self, now: Instant) {
        self.waiting.retain(|waiter| !waiter.is_closed());
        while self.rounds.front().is_some_and(|round| now.saturating_duration_since(round.began) >= RETRY) {
            let round = self.rounds.pop_front().expect("just seen");
            self.waiting.extend(round.waiters.into_iter().filter(|waiter| !waiter.is_closed()));
        }
    }

    /// Rounds that asked another leader fail; those that asked the same one, in an earlier term, begin again. Without a leader
    /// they wait to see who it will be.
    pub fn leadership_moved(&mut self, leader: u64) {
        if leader == 0 {
            return;
        }
        for round in std::mem::take(&mut self.rounds) {
            if round.leader == leader {
                self.waiting.extend(round.waiters);
                continue;
            }
            for waiter in round.waiters {
                let _ = waiter.send(Err(ReadError::LeaderChanged));
            }
        }
    }

    pub fn fail(&mut self, error: ReadError) {
        let rounds = std::mem::take(&mut self.rounds).into_iter().flat_map(|round| round.waiters);
        for waiter in rounds.chain(std::mem::take(&mut self.waiting)) {
            let _ = waiter.send(Err(error));
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot::{self, Receiver, error::TryRecvError};

    use super::*;

    type Answer = Receiver<Result<u64, ReadError>>;

    fn arrive(reads: &mut Reads) -> Answer {
        let (waiter, answer) = oneshot::channel();
        reads.take(&mut vec![waiter]);
        answer
    }

    #[test]
    fn a_read_never_joins_a_round_that_began_before_it() {
        let (mut reads, now) = (Reads::default(), Instant::now());
        let (mut first, mut second) = (arrive(&mut reads), arrive(&mut reads));
        let round = reads.begin(1, now).unwrap();
        let mut late = arrive(&mut reads);
        reads.answer(ReadReady { request: round, index: 7 });
        assert_eq!((first.try_recv(), second.try_recv()), (Ok(Ok(7)), Ok(Ok(7))));
        assert_eq!(late.try_recv(), Err(TryRecvError::Empty));
        assert_eq!(reads.begin(1, now), Some(round + 1));
    }

    #[test]
    fn a_later_round_answers_earlier_ones_too() {
        let (mut reads, now) = (Reads::default(), Instant::now());
        let mut first = arrive(&mut reads);
        reads.begin(1, now);
        let mut second = arrive(&mut reads);
        let later = reads.begin(1, now).unwrap();
        reads.answer(ReadReady { request: later, index: 9 });
        assert_eq!((first.try_recv(), second.try_recv()), (Ok(Ok(9)), Ok(Ok(9))));
    }

    #[test]
    fn rounds_under_way_are_bounded_and_without_a_leader_there_are_none() {
        let (mut reads, now) = (Reads::default(), Instant::now());
        let _answers: Vec<_> = (0..=ROUNDS_MAX)
            .map(|_| {
                let answer = arrive(&mut reads);
                assert_eq!(reads.begin(0, now), None);
                reads.begin(1, now);
                answer
            })
            .collect();
        assert_eq!(reads.rounds.len(), ROUNDS_MAX);
        assert!(!reads.is_idle());
    }

    #[test]
    fn a_lost_round_begins_again_for_those_who_still_wait() {
        let (mut reads, now) = (Reads::default(), Instant::now());
        let (mut waits, gone) = (arrive(&mut reads), arrive(&mut reads));
        let lost = reads.begin(1, now).unwrap();
        drop(gone);
        reads.retry_late(now + RETRY);
        let again = reads.begin(1, now + RETRY).unwrap();
        assert!(again > lost);
        assert_eq!(reads.rounds[0].waiters.len(), 1);
        reads.answer(ReadReady { request: lost, index: 3 });
        assert_eq!(waits.try_recv(), Err(TryRecvError::Empty));
        reads.answer(ReadReady { request: again, index: 4 });
        assert_eq!(waits.try_recv(), Ok(Ok(4)));
    }

    #[test]
    fn when_leadership_moves_rounds_fail_and_when_it_stays_they_begin_again() {
        let (mut reads, now) = (Reads::default(), Instant::now());
        let mut read = arrive(&mut reads);
        reads.begin(1, now);
        reads.leadership_moved(0);
        assert_eq!(read.try_recv(), Err(TryRecvError::Empty));
        reads.leadership_moved(1);
        assert!(!reads.is_idle());
        reads.begin(1, now);
        reads.leadership_moved(2);
        assert_eq!(read.try_recv(), Ok(Err(ReadError::LeaderChanged)));
    }
}
