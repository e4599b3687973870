//! Proposals on their way into the node, and those that wait because no leader could take them yet.

use std::{collections::VecDeque, time::Instant};

use bytes::Bytes;

use crate::core::planted::{Bug, planted};
use crate::core::server::mailbox::{PROPOSAL_BYTES_MAX, PROPOSALS_MAX};

/// Bytes of proposals that are offered to the node as one.
const OFFER_BYTES_MAX: usize = 1024 * 1024;

/// Offers proposals in parts of bounded size, in order, until one is refused. Answers how many were taken.
pub(super) fn offer(proposals: &[Bytes], mut take: impl FnMut(&[Bytes]) -> bool) -> usize {
    let mut taken = 0;
    while taken < proposals.len() {
        let mut bytes = 0;
        let fits = proposals[taken..].iter().take_while(|data| {
            bytes += data.len();
            bytes <= OFFER_BYTES_MAX
        });
        let part = fits.count().max(1);
        if !take(&proposals[taken..taken + part]) {
            break;
        }
        taken += part;
    }
    taken
}

/// Proposals that no leader could take yet, in order.
#[derive(Default)]
pub(super) struct Waiting {
    /// Deadline and id of each of `data`.
    whose: VecDeque<(Instant, u64)>,
    data: VecDeque<Bytes>,
    bytes: usize,
}

impl Waiting {
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    pub fn push(&mut self, deadline: Instant, id: u64, data: Bytes) -> bool {
        if self.data.len() >= PROPOSALS_MAX || self.bytes + data.len() > PROPOSAL_BYTES_MAX {
            return false;
        }
        self.bytes += data.len();
        self.whose.push_back((deadline, id));
        self.data.push_back(data);
        true
    }

    /// Answers whether any was taken.
    pub fn offer(&mut self, take: impl FnMut(&[Bytes]) -> bool) -> bool {
        if self.data.is_empty() {
            return false;
        }
        let mut take = take;
        let taken = offer(self.data.make_contiguous(), &mut take);
        if taken > 0 && planted(Bug::ProposedTwice) {
            offer(&self.data.make_contiguous()[..1], take);
        }
        self.whose.drain(..taken);
        self.bytes -= self.data.drain(..taken).map(|data| data.len()).sum::<usize>();
        taken > 0
    }

    /// Takes those out whose time is over. All wait equally long, so they are the first ones.
    pub fn expire(&mut self, now: Instant) -> Vec<u64> {
        let over = self.whose.iter().take_while(|(deadline, _)| *deadline <= now).count();
        self.bytes -= self.data.drain(..over).map(|data| data.len()).sum::<usize>();
        self.whose.drain(..over).map(|(_, id)| id).collect()
    }

    pub fn drain(&mut self) -> impl Iterator<Item = u64> {
        self.data.clear();
        self.bytes = 0;
        std::mem::take(&mut self.whose).into_iter().map(|(_, id)| id)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn waiting(count: u64, now: Instant) -> Waiting {
        let mut waiting = Waiting::default();
        for id in 0..count {
            assert!(waiting.push(now + Duration::from_secs(id), id, vec![0; OFFER_BYTES_MAX / 2].into()));
        }
        waiting
    }

    #[test]
    fn proposals_are_offered_in_order_and_in_parts_until_one_is_refused() {
        let mut waiting = waiting(5, Instant::now());
        let mut parts = Vec::new();
        assert!(waiting.offer(|part| {
            parts.push(part.len());
            parts.len() < 3
        }));
        assert_eq!(parts, [2, 2, 1]);
        assert_eq!(waiting.drain().collect::<Vec<_>>(), [4]);
        assert!(waiting.is_empty() && waiting.bytes == 0);
    }

    #[test]
    fn a_proposal_larger_than_a_part_is_offered_by_itself() {
        let large = [Bytes::from(vec![0; OFFER_BYTES_MAX + 1]), Bytes::new()];
        let mut parts = Vec::new();
        offer(&large, |part| {
            parts.push(part.len());
            true
        });
        assert_eq!(parts, [1, 1]);
    }

    #[test]
    fn those_whose_time_is_over_are_given_up() {
        let now = Instant::now();
        let mut waiting = waiting(4, now);
        assert_eq!(waiting.expire(now + Duration::from_secs(1)), [0, 1]);
        assert_eq!(waiting.bytes, OFFER_BYTES_MAX);
        assert!(waiting.expire(now).is_empty());
    }

    #[test]
    fn what_may_wait_is_bounded() {
        let mut waiting = Waiting::default();
        assert!(!waiting.push(Instant::now(), 1, vec![0; PROPOSAL_BYTES_MAX + 1].into()));
    }
}
