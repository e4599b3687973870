//! Reads that wait for a read index, and the rounds that fetch one for all of them.
//!
//! A read may only join a round that begins after it came: the round's index is that of the round's beginning. Few rounds are
//! under way at a time; what comes meanwhile shares the next one.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use crate::core::{
    consensus::{Node, ReadReady},
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
        self.waiting.append(arrived);
    }

    /// Begins a round for all that wait, if there is a leader to ask. Answers whether it did.
    pub fn begin(&mut self, node: &mut Node, now: Instant) -> bool {
        if self.waiting.is_empty() || self.rounds.len() >= ROUNDS_MAX {
            return false;
        }
        let leader = node.status().leader;
        if leader == 0 {
            return false;
        }
        self.last_request += 1;
        let request = self.last_request;
        self.rounds.push_back(Round { request, leader, began: now, waiters: std::mem::take(&mut self.waiting) });
        node.read_index(request);
        true
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
