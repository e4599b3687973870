//! A quorum lost for good: most voters' disks are gone at once, one survivor goes on as a cluster of its own, and at the end, when that
//! has other members, the lost ones come back with their old disks, one after the other.
//!
//! The moment is chosen so that the survivor has all that was ever acknowledged: then nothing may be missing afterwards. That the lost
//! ones come back together, so that they are a quorum of the members that they know, is left out: two clusters with the same ids would
//! serve side by side until they hear of each other, with `--force-new-cluster` as in etcd.

use std::sync::Arc;

use super::{Cluster, Event, Phase};
use crate::core::{
    consensus::{LogPoint, LogStore},
    membership::quorum,
    recovery::force_new_cluster,
    sim::{
        member::Use,
        network::Nanos,
        plan::{MILLIS, SECONDS},
    },
};

/// Pause before another look for a moment at which a survivor has everything.
const LOOK: Nanos = 7 * MILLIS;
/// Between the returns of two lost ones: time to be told, and to go.
pub(super) const RETURN_PAUSE: Nanos = 2_500 * MILLIS;

pub(super) enum LostQuorumEvent {
    Lose,
    /// The lost one at this position comes back.
    Return(usize),
}

impl Cluster {
    pub(super) fn plan_loss_of_quorum(&mut self) {
        if self.plan.loses_quorum {
            let first = self.plan.fault_time / 4;
            let when = self.fault_chance.within(first..2 * first);
            self.later(when, Event::LostQuorum(LostQuorumEvent::Lose));
        }
    }

    pub(super) fn lost_quorum_event(&mut self, event: LostQuorumEvent) {
        match event {
            LostQuorumEvent::Lose if self.phase != Phase::Faults => self.awaits_loss = false,
            LostQuorumEvent::Lose => match self.survivor() {
                Some(survivor) => self.lose_quorum(survivor),
                None => self.later(LOOK, Event::LostQuorum(LostQuorumEvent::Lose)),
            },
            LostQuorumEvent::Return(at) => {
                self.members[at].standing = Use::Member;
                self.trace.note(self.now, "lost one back", &[at as u64]);
                self.start(at);
            }
        }
    }

    /// The lost ones come back, now that all is mended.
    pub(super) fn bring_lost_back(&mut self) {
        let aside = (0..self.members.len()).filter(|&at| self.members[at].standing == Use::Aside);
        let returns: Vec<usize> = aside.collect();
        for (at, delay) in returns.into_iter().zip((1..).map(|count| count * RETURN_PAUSE - RETURN_PAUSE / 2)) {
            self.later(delay, Event::LostQuorum(LostQuorumEvent::Return(at)));
        }
    }

    /// Who would be left, if there is one that has everything that was acknowledged: of too few voters to go on, the one with the most.
    fn survivor(&mut self) -> Option<usize> {
        // Members that have just started know of less than was answered before.
        let (applied, term) = self.recorder.last_applied;
        // Before its first command a log says nothing of who belongs together.
        if applied <= self.plan.members as u64 + 1 {
            return None;
        }
        let mut left = self.in_use();
        let keeps = left.len() - quorum(left.len());
        while left.len() > keeps {
            left.swap_remove(self.fault_chance.below(left.len()));
        }
        let most = left.into_iter().max_by_key(|&at| {
            let last = self.members[at].disk.state().map_or(LogPoint::default(), |state| state.last);
            (last.term, last.index)
        })?;
        (self.term_at(most, applied) == Some(term)).then_some(most)
    }

    /// The term of this entry in a log, as far as it is synced.
    fn term_at(&self, at: usize, index: u64) -> Option<u64> {
        self.members[at].disk.entries(index, index + 1, u64::MAX).ok()?.first().map(|entry| entry.term)
    }

    fn lose_quorum(&mut self, survivor: usize) {
        for at in self.in_use() {
            self.crash(at);
            if at != survivor {
                self.members[at].standing = Use::Aside;
            }
        }
        let id = self.members[survivor].id;
        let text = format!("all disks but that of member {id:x} are lost; it goes on alone");
        self.trace.note(self.now, "quorum lost", &[survivor as u64]);
        self.trace.say(self.now, || format!("FAULT {text}"));
        self.faults.push_back((self.now, text));
        let disk = Arc::clone(&self.members[survivor].disk);
        disk.mend();
        if let Err(error) = force_new_cluster(disk.open_state(), &*disk, id) {
            self.finding(format!("member {id:x} cannot be made a cluster of its own: {error}"));
        }
        self.awaits_loss = false;
        self.unsettled_until = self.now + SECONDS;
        self.restart_later(survivor);
    }
}
