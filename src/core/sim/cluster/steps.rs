//! The members' own steps: what is waiting, when it is done, and what comes of it.

use std::sync::Arc;

use super::{Cluster, Event, Work};
use crate::core::sim::{member::Use, network::Nanos, plan::MILLIS};

/// Writes that one sync takes at most.
const SYNC_GROUP_MAX: usize = 4;

impl Cluster {
    /// Starts a member's process.
    pub(super) fn start(&mut self, at: usize) {
        if self.members[at].life.is_some() || self.members[at].standing != Use::Member {
            return;
        }
        self.members[at].disk.mend();
        self.dying[at] = false;
        self.stopping[at] = false;
        self.slow_disk[at] = 1;
        let started = self.members[at].start(&self.member_options, &self.metrics, self.now, &mut self.chance);
        self.scheduled[at] = Default::default();
        self.trace.note(self.now, "start", &[at as u64, self.members[at].lives]);
        match started {
            Ok(()) => {
                self.note_counting(at, false);
                self.settle(at);
                self.schedule_flush(at);
                self.refresh_links();
            }
            Err(error) => self.finding(format!("member {} does not start: {error}", at + 1)),
        }
    }

    /// Ends a member's process at once.
    pub(super) fn crash(&mut self, at: usize) {
        if self.members[at].life.is_none() {
            return;
        }
        self.trace.note(self.now, "crash", &[at as u64]);
        let member = &self.members[at];
        if member.life.as_ref().is_some_and(|life| life.is_flushing()) {
            self.trace.note(self.now, "crash in a flush", &[at as u64]);
        }
        if member.defragmented.is_some_and(|when| self.now < when + 100 * MILLIS) {
            self.trace.note(self.now, "crash after defragmenting", &[at as u64]);
        }
        self.lose_streams(at);
        self.lose_calls(at);
        self.lose_changes(at);
        self.members[at].crash(self.now, &mut self.chance);
        self.members[at].paused_until = 0;
        self.scheduled[at] = Default::default();
        self.refresh_links();
    }

    /// A member has met a fault and stops.
    fn stops(&mut self, at: usize, fault: &str) {
        self.trace.say(self.now, || format!("member {} stops: {fault}", at + 1));
        if !self.dying[at] {
            self.finding(format!("member {} stops by itself: {fault}", at + 1));
        }
        self.crash(at);
        self.restart_later(at);
    }

    pub(super) fn restart_later(&mut self, at: usize) {
        let delay = self.chance.skewed(self.plan.restart.clone());
        self.later(delay, Event::Fault(super::nemesis::FaultEvent::Restart(at)));
    }

    /// One step of a member.
    pub(super) fn work(&mut self, at: usize, life: u64, work: Work) {
        if self.members[at].life.is_none() || self.members[at].lives != life {
            return;
        }
        // Replaced by one that comes sooner.
        if self.scheduled[at][work as usize] != Some(self.now) {
            return;
        }
        let until = self.members[at].paused_until;
        if until > self.now {
            let delay = self.chance.within(0..MILLIS / 10);
            return self.plan_work(at, work, until + delay);
        }
        self.trace.note(self.now, name(work), &[at as u64]);
        self.scheduled[at][work as usize] = None;
        self.members[at].set_clocks(&self.member_options, self.now);
        let disk = Arc::clone(&self.members[at].disk);
        let Some(life) = &mut self.members[at].life else { return };
        let stepped = match work {
            // The clock has been set; whoever sleeps is awake, and a tick that is due is taken in a turn.
            Work::Timer | Work::Raft => match life.raft() {
                Ok(true) => Ok(()),
                Ok(false) => return self.stopped(at),
                Err(fault) => Err(fault),
            },
            Work::Sync => {
                let count = 1 + self.chance.below(SYNC_GROUP_MAX);
                life.writes.sync(&disk, count);
                Ok(())
            }
            Work::Apply => match life.apply() {
                Ok(true) => {
                    self.installed(at);
                    Ok(())
                }
                Ok(false) => Ok(()),
                Err(fault) => Err(fault),
            },
            Work::Watch => life.watch(),
            Work::Hash => life.hash(),
            Work::Tasks => {
                life.pool.run();
                Ok(())
            }
            Work::Flush => life.flush().map(drop),
        };
        if let Err(fault) = stepped {
            return self.stops(at, &fault);
        }
        self.note_counting(at, work == Work::Tasks);
        self.settle(at);
        if work == Work::Flush {
            self.schedule_flush(at);
        }
    }

    fn installed(&mut self, at: usize) {
        self.recorder.installs += 1;
        let before = self.members[at].installed.replace(self.now);
        if before.is_some_and(|when| self.now < when + 1_000 * MILLIS) {
            self.trace.note(self.now, "state again", &[at as u64]);
        }
        let life = self.members[at].life.as_ref();
        if life.is_some_and(|life| life.assembly.server.state().auth.is_enabled()) {
            self.trace.note(self.now, "state with users", &[at as u64]);
        }
    }

    /// Takes up what a member has given out, looks at what it has become, and plans its next steps.
    pub(super) fn settle(&mut self, at: usize) {
        self.recorder.look(&mut self.members[at], self.now);
        let Some(life) = &mut self.members[at].life else { return };
        if let Some(fault) = life.fault() {
            return self.stops(at, &fault);
        }
        let messages = std::mem::take(&mut *life.outgoing.messages.lock());
        let asked = std::mem::take(&mut *life.outgoing.asked.lock());
        let done = std::mem::take(&mut *life.done.borrow_mut());
        let changed = std::mem::take(&mut *life.changes_done.borrow_mut());
        let found_removed = life.found_removed();
        for message in messages {
            self.send(at, message);
        }
        for question in asked {
            self.ask(at, question);
        }
        for (number, outcome) in done {
            self.answer(number, outcome);
        }
        for (number, outcome) in changed {
            self.answer_change(number, outcome);
        }
        if found_removed {
            self.leave(at);
        }
        self.send_replies();
        self.schedule(at);
    }

    fn schedule(&mut self, at: usize) {
        let Some(life) = &self.members[at].life else { return };
        let assembly = &life.assembly;
        let waiting = [
            (Work::Raft, assembly.raft.has_work()),
            (Work::Sync, life.writes.has_work()),
            (Work::Apply, assembly.apply.has_work()),
            (Work::Watch, assembly.watch_loop.has_work()),
            (Work::Hash, assembly.hash_jobs.has_work()),
            (Work::Tasks, life.pool.has_work()),
        ];
        for (work, waits) in waiting {
            if waits && self.scheduled[at][work as usize].is_none() {
                let delay = self.delay_of(at, work);
                self.plan_work(at, work, self.now + delay);
            }
        }
        if life_wants_flush(self, at) && self.scheduled[at][Work::Flush as usize].is_none_or(|when| when > self.now + 50 * MILLIS)
        {
            let delay = self.chance.skewed(self.plan.flush.clone());
            self.plan_work(at, Work::Flush, self.now + delay);
        }
        if let Some(timer) = self.members[at].next_timer(&self.member_options)
            && self.scheduled[at][Work::Timer as usize].is_none_or(|when| when > timer)
        {
            self.plan_work(at, Work::Timer, timer);
        }
    }

    /// The flush that comes by itself.
    fn schedule_flush(&mut self, at: usize) {
        if self.members[at].life.is_none() || self.scheduled[at][Work::Flush as usize].is_some() {
            return;
        }
        let under_way = life_wants_flush(self, at);
        let range = if under_way { self.plan.flush.clone() } else { self.plan.flush_pause.clone() };
        let delay = self.chance.skewed(range);
        self.plan_work(at, Work::Flush, self.now + delay);
    }

    fn plan_work(&mut self, at: usize, work: Work, when: Nanos) {
        let when = when.max(self.now);
        self.scheduled[at][work as usize] = Some(when);
        let life = self.members[at].lives;
        self.at(when, Event::Work { member: at, life, work });
    }

    fn delay_of(&mut self, at: usize, work: Work) -> Nanos {
        let range = match work {
            Work::Sync => self.plan.sync.clone(),
            Work::Apply => self.plan.apply.clone(),
            Work::Flush => self.plan.flush.clone(),
            Work::Raft | Work::Watch | Work::Hash | Work::Tasks | Work::Timer => self.plan.turn.clone(),
        };
        let factor = if matches!(work, Work::Sync | Work::Flush) { self.slow_disk[at] } else { 1 };
        self.chance.skewed(range) * factor
    }
}

fn life_wants_flush(cluster: &Cluster, at: usize) -> bool {
    cluster.members[at].life.as_ref().is_some_and(|life| life.wants_flush())
}

fn name(work: Work) -> &'static str {
    match work {
        Work::Raft => "raft",
        Work::Sync => "sync",
        Work::Apply => "apply",
        Work::Watch => "watch",
        Work::Hash => "hash",
        Work::Tasks => "tasks",
        Work::Flush => "flush",
        Work::Timer => "timer",
    }
}
