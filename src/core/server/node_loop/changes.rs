//! Changes of membership on their way into the node. They are few, one is under way at a time, and the others wait here.

use std::{collections::VecDeque, time::Instant};

use bytes::Bytes;

use crate::core::consensus::{MembershipChange, NotNow};

/// Changes that may wait.
const CHANGES_MAX: usize = 64;

/// A change of membership that is proposed.
#[derive(Debug)]
pub(in crate::core::server) struct ProposedChange {
    /// For whoever waits for the outcome.
    pub id: u64,
    pub change: MembershipChange,
    /// What the state machine will see.
    pub context: Bytes,
}

/// See the module.
#[derive(Default)]
pub(super) struct Changes(VecDeque<(Instant, ProposedChange)>);

impl Changes {
    /// Answers whether there was room.
    pub fn push(&mut self, deadline: Instant, change: ProposedChange) -> bool {
        let fits = self.0.len() < CHANGES_MAX;
        if fits {
            self.0.push_back((deadline, change));
        }
        fits
    }

    /// Offers changes in order until one is not taken. Answers whether any was.
    pub fn offer(&mut self, mut take: impl FnMut(MembershipChange, Bytes) -> Result<(), NotNow>) -> bool {
        let mut taken = false;
        while let Some((_, next)) = self.0.front() {
            if take(next.change, next.context.clone()).is_err() {
                break;
            }
            self.0.pop_front();
            taken = true;
        }
        taken
    }

    /// Takes those out whose time is over.
    pub fn expire(&mut self, now: Instant) -> Vec<u64> {
        let over = self.0.iter().take_while(|(deadline, _)| *deadline <= now).count();
        self.0.drain(..over).map(|(_, change)| change.id).collect()
    }

    pub fn drain(&mut self) -> impl Iterator<Item = u64> {
        std::mem::take(&mut self.0).into_iter().map(|(_, change)| change.id)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn change(id: u64) -> ProposedChange {
        ProposedChange { id, change: MembershipChange::Remove(id), context: Bytes::new() }
    }

    #[test]
    fn changes_wait_in_order_until_each_is_taken_or_its_time_is_over() {
        let now = Instant::now();
        let mut changes = Changes::default();
        for id in 1..=4 {
            assert!(changes.push(now + Duration::from_secs(id), change(id)));
        }
        let mut offered = Vec::new();
        let take = |change: MembershipChange, _: Bytes| {
            offered.push(change.member());
            if change.member() == 2 { Err(NotNow::ChangePending) } else { Ok(()) }
        };
        assert!(changes.offer(take));
        assert_eq!(offered, [1, 2]);
        assert_eq!(changes.expire(now + Duration::from_secs(3)), [2, 3]);
        assert_eq!(changes.drain().collect::<Vec<_>>(), [4]);
    }

    #[test]
    fn what_may_wait_is_bounded() {
        let mut changes = Changes::default();
        let taken = (0..1000).filter(|id| changes.push(Instant::now(), change(*id))).count();
        assert_eq!(taken, CHANGES_MAX);
    }
}
