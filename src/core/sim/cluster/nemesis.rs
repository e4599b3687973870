//! Faults happening: which, to whom, for how long.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::{Cluster, Event, Phase};
use crate::core::{
    server::{Wake, node_handle::NodeStatus},
    sim::{
        faults::Kind,
        network::Nanos,
        plan::{MILLIS, SECONDS},
    },
};

pub(super) enum FaultEvent {
    Next,
    Restart(usize),
    /// The network is as it should be.
    NetworkMended,
    DiskFast(usize),
    /// A look at who leads, with the term and the machine of the leader that was struck last.
    Hunt {
        struck: Option<(u64, usize)>,
    },
    /// Whoever leads is cut off.
    Strike,
}

impl Cluster {
    pub(super) fn plan_next_fault(&mut self) {
        let delay = self.fault_chance.skewed(self.plan.fault_pause.clone());
        self.later(delay, Event::Fault(FaultEvent::Next));
    }

    pub(super) fn fault_event(&mut self, event: FaultEvent) {
        match event {
            FaultEvent::Next if self.phase == Phase::Faults => {
                let kind = self.fault_chance.weighted(&self.plan.weights);
                self.fault_happens(kind, |cluster| cluster.fault(kind));
                self.plan_next_fault();
            }
            FaultEvent::Next => {}
            FaultEvent::Restart(at) => self.start(at),
            FaultEvent::NetworkMended => self.mend_network(),
            FaultEvent::DiskFast(at) => self.slow_disk[at] = 1,
            FaultEvent::Hunt { struck } => self.hunt(struck),
            FaultEvent::Strike => self.strike(),
        }
    }

    /// Lets a fault happen, which says what it was, unless the options rule it out.
    pub(super) fn fault_happens(&mut self, kind: Kind, fault: impl FnOnce(&mut Self) -> String) {
        let allowed = self.options.faults_max.is_none_or(|max| self.faults_happened < max);
        self.faults_happened += 1;
        if allowed && !self.options.without.contains(&kind) {
            let text = fault(self);
            self.trace.say(self.now, || format!("FAULT {text}"));
            self.faults.push_back((self.now, text));
        }
    }

    pub(super) fn mend_network(&mut self) {
        self.network.mend();
        self.refresh_links();
        self.network.lost_permille = 0;
        self.network.delay = self.plan.network_delay.clone();
    }

    /// A member that has stopped in an orderly way.
    pub(super) fn stopped(&mut self, at: usize) {
        self.trace.note(self.now, "stopped", &[at as u64]);
        let disk = Arc::clone(&self.members[at].disk);
        if let Some(life) = &mut self.members[at].life {
            life.assembly.raft.end();
            // The process ends in order: what was handed over is written.
            life.writes.sync(&disk, usize::MAX);
        }
        self.crash(at);
        self.restart_later(at);
    }

    pub(super) fn leader(&self) -> Option<usize> {
        self.leading().map(|(_, at)| at)
    }

    /// The newest leader's term and machine.
    pub(super) fn leading(&self) -> Option<(u64, usize)> {
        let status = |at: usize| self.members[at].life.as_ref().map(|life| life.assembly.server.node().status());
        let leads = |status: &NodeStatus, at: usize| status.leader == self.members[at].id;
        let leading = (0..self.members.len())
            .filter_map(|at| status(at).filter(|status| leads(status, at)).map(|status| (status.term, at)));
        leading.max()
    }

    /// Mostly the leader: it has the most to lose.
    fn victim(&mut self) -> usize {
        match self.leader() {
            Some(leader) if self.fault_chance.percent(40) => leader,
            _ => self.fault_chance.of(&self.in_use()),
        }
    }

    fn fault(&mut self, kind: Kind) -> String {
        let at = self.victim();
        let member = at + 1;
        match kind {
            Kind::Crash => {
                self.crash(at);
                self.restart_later(at);
                format!("member {member} crashes")
            }
            Kind::CrashAll => {
                for at in 0..self.members.len() {
                    self.crash(at);
                    self.restart_later(at);
                }
                "all members crash".into()
            }
            Kind::Stop => {
                self.stop(at);
                format!("member {member} is told to stop")
            }
            Kind::Pause | Kind::Suspend => {
                let pause = self.fault_chance.skewed(self.plan.pause.clone());
                self.members[at].paused_until = self.members[at].paused_until.max(self.now + pause);
                if kind == Kind::Suspend {
                    // Of a sleep in a sleep only what goes beyond it counts.
                    let asleep = self.members[at].asleep_until.max(self.now);
                    let wakes = asleep.max(self.now + pause);
                    self.members[at].time.suspended += wakes - asleep;
                    self.members[at].asleep_until = wakes;
                }
                format!(
                    "member {member} stands still for {} ms, {}",
                    pause / MILLIS,
                    if kind == Kind::Pause { "its clock goes on" } else { "its clock too" }
                )
            }
            Kind::Partition => self.partition(at),
            Kind::Loss => {
                self.network.lost_permille = self.fault_chance.of(&[10, 100, 400]);
                let lasts = self.network_lasts();
                format!("of a thousand messages {} are lost for {lasts} ms", self.network.lost_permille)
            }
            Kind::Delay => {
                let most = self.fault_chance.of(&[20, 200, 1_500]) * MILLIS;
                self.network.delay = self.plan.network_delay.start..most;
                let lasts = self.network_lasts();
                format!("messages take up to {} ms for {lasts} ms", most / MILLIS)
            }
            Kind::SlowDisk => {
                let factor = self.fault_chance.of(&[10, 100, 500]);
                self.slow_disk[at] = factor;
                let lasts = self.fault_chance.skewed(50 * MILLIS..4 * SECONDS);
                self.later(lasts, Event::Fault(FaultEvent::DiskFast(at)));
                format!("the disk of member {member} is {factor} times slower for {} ms", lasts / MILLIS)
            }
            Kind::LogFails => {
                let after = self.fault_chance.below(4);
                self.dying[at] = true;
                self.members[at].disk.fail_log_after(after);
                format!("the log of member {member} fails after {after} writes")
            }
            Kind::DiskFull => {
                self.dying[at] = true;
                self.members[at].disk.fill_up();
                format!("the disk of member {member} is full")
            }
            Kind::WallClock => {
                let most = self.fault_chance.of(&[10, 2_000, 100_000, 86_400_000]);
                let jump = self.fault_chance.within(0..2 * most).cast_signed() - most.cast_signed();
                self.members[at].time.wall_ahead_millis += jump;
                format!("the wall clock of member {member} jumps by {jump} ms")
            }
            Kind::Transfer => {
                let to = self.fault_chance.of(&self.in_use());
                if let Some(life) = &self.members[at].life {
                    life.assembly.server.node().transfer_leader(self.members[to].id);
                    self.settle(at);
                }
                format!("member {member} is told to hand leadership to member {}", to + 1)
            }
            Kind::Defragment => {
                self.members[at].defragmented = Some(self.now);
                if let Some(life) = &self.members[at].life {
                    // Nobody waits for the answer.
                    let (done, _) = oneshot::channel();
                    life.assembly.flusher.signal.ask(Wake::Defragment(done));
                    self.settle(at);
                }
                format!("member {member} defragments")
            }
            Kind::Members | Kind::Users | Kind::LostDisk => {
                unreachable!("operators and administrators do these, which have no weight among the others")
            }
        }
    }

    fn network_lasts(&mut self) -> Nanos {
        let lasts = self.fault_chance.skewed(100 * MILLIS..6 * SECONDS);
        self.later(lasts, Event::Fault(FaultEvent::NetworkMended));
        lasts / MILLIS
    }

    fn partition(&mut self, at: usize) -> String {
        let all = self.in_use();
        let others: Vec<usize> = all.iter().copied().filter(|&other| other != at).collect();
        let (member, lasts) = (at + 1, self.network_lasts());
        let text = match self.fault_chance.below(6) {
            0 | 1 => {
                self.network.separate(&[at], &others);
                format!("member {member} is cut off for {lasts} ms")
            }
            2 => {
                let all_count = all.len();
                let mut side = all;
                let mut other = Vec::new();
                for _ in 0..=self.fault_chance.below(all_count) {
                    let one = self.fault_chance.below(side.len().max(1));
                    if one < side.len() {
                        other.push(side.swap_remove(one));
                    }
                }
                self.network.separate(&side, &other);
                format!("members at {side:?} hear nothing of those at {other:?} for {lasts} ms")
            }
            3 => {
                others.iter().for_each(|&other| self.network.cut(at, other));
                format!("nobody hears member {member} for {lasts} ms")
            }
            4 => {
                others.iter().for_each(|&other| self.network.cut(other, at));
                format!("member {member} hears nobody for {lasts} ms")
            }
            // All but one link, or one more: a bridge, or a circle with a gap.
            _ => {
                let mut cut = Vec::new();
                for &one in &all {
                    for &other in &all {
                        if one != other && self.fault_chance.percent(30) {
                            self.network.cut(one, other);
                            cut.push((one + 1, other + 1));
                        }
                    }
                }
                format!("the links {cut:?} are cut for {lasts} ms")
            }
        };
        self.refresh_links();
        text
    }
}
