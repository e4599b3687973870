//! The end of a run: everything is mended, and the cluster must come to rest as it should.

use super::{Cluster, Event, Phase, lost_quorum::RETURN_PAUSE};
use crate::core::{
    membership::Member,
    mvcc::hash_kv,
    sim::{
        log_book::users_seen,
        network::Nanos,
        plan::{MILLIS, SECONDS},
    },
    verify::history::HashSeen,
};

/// How long clients may still be let down after everything was mended: an election, and requests that were under way.
const HEALING: Nanos = 6 * SECONDS;
/// The same where members come and go: changes that were asked for may still happen, also the leader's end.
const HEALING_WITH_CHANGES: Nanos = 10 * SECONDS;
/// Between two looks whether all members run.
const LOOK: Nanos = 300 * MILLIS;
/// How long clients go on after it.
const GOING_ON: Nanos = 4 * SECONDS;
/// Longest that a lease can live after the last renewal: its TTL, a new leader's grace, and the looks at what is over.
const LEASES_GONE: Nanos = 14 * SECONDS;
/// Longest that members may take to be level in the end.
const LEVEL_WITHIN: Nanos = 30 * SECONDS;

pub(super) enum EndingEvent {
    Mend,
    /// Whether a member was added that does not run yet.
    RunMembers,
    CallsMustBeAnswered,
    Quiet,
    /// Whether all is at rest; given up at this moment.
    AtRest(Nanos),
}

impl Cluster {
    pub(super) fn plan_ending(&mut self) {
        self.later(self.plan.fault_time, Event::Ending(EndingEvent::Mend));
    }

    /// From when on every call must be answered.
    pub(super) fn healed_since(&self) -> Nanos {
        self.plan.fault_time + self.healing()
    }

    fn healing(&self) -> Nanos {
        let healing = if self.operators.is_empty() { HEALING } else { HEALING_WITH_CHANGES };
        // Lost ones that come back answer until they are told.
        let back = if self.plan.loses_quorum { self.plan.members as u64 * RETURN_PAUSE } else { 0 };
        healing.max(HEALING + back)
    }

    pub(super) fn ending_event(&mut self, event: EndingEvent) {
        match event {
            EndingEvent::Mend => {
                self.trace.say(self.now, || "all is mended".into());
                self.phase = Phase::Healed;
                self.mend_network();
                for at in 0..self.members.len() {
                    self.slow_disk[at] = 1;
                    let asleep = self.members[at].asleep_until.saturating_sub(self.now);
                    self.members[at].time.suspended -= asleep;
                    self.members[at].asleep_until = self.now;
                    self.members[at].paused_until = self.members[at].paused_until.min(self.now);
                    // One that is about to end would be away for long after this.
                    if self.dying[at] || self.stopping[at] {
                        self.crash(at);
                    }
                    self.start(at);
                }
                let healing = self.healing();
                self.later(healing, Event::Ending(EndingEvent::CallsMustBeAnswered));
                self.later(healing + GOING_ON, Event::Ending(EndingEvent::Quiet));
                self.bring_lost_back();
                if !self.operators.is_empty() {
                    self.later(LOOK, Event::Ending(EndingEvent::RunMembers));
                }
            }
            EndingEvent::RunMembers => {
                self.run_all_members();
                if self.phase == Phase::Healed {
                    self.later(LOOK, Event::Ending(EndingEvent::RunMembers));
                }
            }
            EndingEvent::CallsMustBeAnswered => {
                if self.current().iter().any(|&at| self.members[at].life.is_none()) {
                    self.finding("a member does not run, though all is mended".into());
                }
                for done in &self.acknowledged {
                    self.findings.extend(self.recorder.configurations.newest().denies(&done.change, done.added));
                }
            }
            EndingEvent::Quiet => {
                self.phase = Phase::Quiet;
                self.quiet_since = Some(self.now);
                let until = self.now + LEASES_GONE + LEVEL_WITHIN;
                self.later(LEASES_GONE, Event::Ending(EndingEvent::AtRest(until)));
            }
            EndingEvent::AtRest(until) => self.at_rest(until),
        }
    }

    /// Members that are level list the same members, as operators were told.
    fn compare_lists(&mut self, current: &[usize]) {
        let listed_by = |at: &usize| -> Vec<Member> {
            let life = self.members[*at].life.as_ref().expect("all current members run");
            life.assembly.server.state().members.read().iter().cloned().collect()
        };
        let lists: Vec<_> = current.iter().map(listed_by).collect();
        let Some(first) = lists.first() else { return };
        if let Some(other) = lists.iter().find(|list| *list != first) {
            self.findings.push(format!("members that are level list {first:?} and {other:?}"));
        }
        let denied = self.updates_denied(first);
        self.findings.extend(denied);
    }

    fn at_rest(&mut self, until: Nanos) {
        let current = self.current();
        let applied_by = |at: &usize| Some(self.members[*at].life.as_ref()?.applied_seen);
        let applied: Vec<u64> = current.iter().filter_map(applied_by).collect();
        let level = applied.len() == current.len() && applied.windows(2).all(|pair| pair[0] == pair[1]);
        if !(level && self.nobody_waits()) {
            if self.now >= until {
                self.finding(format!(
                    "members are not level {} s after all was mended: {applied:?}",
                    (self.now - self.plan.fault_time) / SECONDS
                ));
                self.over = true;
                return;
            }
            return self.later(100 * MILLIS, Event::Ending(EndingEvent::AtRest(until)));
        }
        self.compare_lists(&current);
        for at in current {
            let member = &self.members[at];
            if let Some(users) = &mut self.history.users {
                users.seen.extend(users_seen(member));
            }
            let life = member.life.as_ref().expect("all current members run");
            let store = life.assembly.server.store();
            let hash = hash_kv(store, 0).expect("memory can be read").expect("the present is readable");
            self.history.hashes.push(HashSeen {
                member: member.id,
                revision: hash.revision,
                compact_revision: hash.compact_revision,
                hash: hash.hash,
            });
            let left = life.assembly.server.state().lessor.read().iter().count();
            if left > 0 {
                self.findings.push(format!("member {} still has {left} leases, though nobody renews any", member.id));
            }
        }
        self.over = true;
    }
}
