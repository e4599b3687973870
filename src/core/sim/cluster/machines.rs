//! Machines and the links between them: who runs where, who is connected to whom, and how a member hears that it was taken out.

use std::sync::Arc;

use super::{Cluster, Event, links::LinkEvent};
use crate::core::{
    peer::Inbound,
    sim::{
        member::{Life, Use, position_of},
        plan::{MILLIS, SECONDS},
    },
};

impl Cluster {
    /// Positions of machines that run a member, or will again.
    pub(super) fn in_use(&self) -> Vec<usize> {
        (0..self.members.len()).filter(|&at| self.members[at].standing == Use::Member).collect()
    }

    /// Positions of the members of the newest configuration that have their disks.
    pub(super) fn current(&self) -> Vec<usize> {
        let newest = self.recorder.configurations.newest();
        let belongs = |at: &usize| newest.get(self.members[*at].id).is_some();
        self.in_use().into_iter().filter(belongs).collect()
    }

    /// Whether the member at this position votes.
    pub(super) fn votes(&self, at: usize) -> bool {
        let member = self.recorder.configurations.newest().get(self.members[at].id);
        self.members[at].standing == Use::Member && member.is_some_and(|member| !member.is_learner)
    }

    /// Sets a member up on a machine, with an empty disk, in the place of what was there.
    pub(super) fn set_up(&mut self, at: usize, id: u64, seeds: Vec<(u64, Vec<String>)>) {
        self.crash(at);
        self.transfers.retain(|_, transfer| !transfer.is_of(at));
        self.members[at].join(id, seeds);
        self.trace.note(self.now, "set up", &[at as u64, id]);
        self.trace.say(self.now, || format!("member {id:x} is set up on machine {}", at + 1));
    }

    /// Every member of the newest configuration runs, if its disk is there: where an operator did not get to it, this does.
    pub(super) fn run_all_members(&mut self) {
        let newest = self.recorder.configurations.newest().clone();
        for member in &newest.members {
            let at = member.peer_urls.first().and_then(|url| position_of(url)).expect("machines have URLs of their own");
            if self.members[at].id != member.id {
                let others = newest.members.iter().filter(|other| other.id != member.id);
                let seeds = others.map(|other| (other.id, other.peer_urls.clone())).collect();
                self.set_up(at, member.id, seeds);
            }
            self.start(at);
        }
    }

    /// Tells each member who is connected to it, and who was taken out that it was.
    pub(super) fn refresh_links(&mut self) {
        let mut told = Vec::new();
        for (at, member) in self.members.iter().enumerate() {
            let Some(life) = &member.life else { continue };
            for (other, peer) in self.members.iter().enumerate().filter(|(other, _)| *other != at) {
                let cut = self.network.is_cut(at, other) || self.network.is_cut(other, at);
                let connected = peer.life.as_ref().filter(|_| !cut);
                let since = connected.map(|_| member.instant(&self.member_options, self.now));
                let anew = life.outgoing.set_connected(peer.id, since);
                if anew && connected.is_some_and(|peer| peer.assembly.inbound.is_removed(member.id)) {
                    told.push((at, peer.id));
                }
            }
        }
        for (at, by) in told {
            self.tell_removed(at, by);
        }
    }

    /// A member that was taken out hears of it from another one.
    pub(super) fn tell_removed(&mut self, at: usize, by: u64) {
        let Some(life) = &self.members[at].life else { return };
        let teller = self.members.iter().find(|member| member.id == by).and_then(|member| member.life.as_ref());
        let by_voter = teller.is_some_and(|teller| teller.assembly.inbound.votes());
        let inbound = Arc::clone(&life.assembly.inbound);
        let (life, reply) = (self.members[at].lives, Box::new(move || inbound.told_removed(by, by_voter)));
        self.later(MILLIS, Event::Link(LinkEvent::Reply { to: at, life, reply }));
    }

    /// Each second a member looks who calls it that was taken out.
    pub(super) fn look_who_calls(&mut self) {
        let mut told = Vec::new();
        for (at, member) in self.members.iter().enumerate().filter(|(_, member)| member.life.is_some()) {
            for (by, peer) in self.members.iter().enumerate().filter(|(by, _)| *by != at) {
                let cut = self.network.is_cut(at, by) || self.network.is_cut(by, at);
                let refuses = |life: &Life| life.assembly.inbound.is_removed(member.id);
                if !cut && peer.life.as_ref().is_some_and(refuses) {
                    told.push((at, peer.id));
                }
            }
        }
        for (at, by) in told {
            self.tell_removed(at, by);
        }
        self.later(SECONDS, Event::Link(LinkEvent::LookWhoCalls));
    }

    /// A member that was taken out, and may go, goes.
    pub(super) fn leave(&mut self, at: usize) {
        if self.members[at].life.is_none() || self.stopping[at] {
            return;
        }
        self.trace.note(self.now, "goes, since it was taken out", &[at as u64]);
        // Nobody starts it again, mostly.
        if self.plan.loses_quorum || self.chance.percent(70) {
            self.members[at].standing = Use::Spare;
        }
        self.stop(at);
    }

    /// Tells a process to end in an orderly way.
    pub(super) fn stop(&mut self, at: usize) {
        self.stopping[at] = true;
        if let Some(life) = &self.members[at].life {
            life.assembly.watch.stop();
            life.assembly.server.node().stop(true);
            self.settle(at);
        }
    }
}
