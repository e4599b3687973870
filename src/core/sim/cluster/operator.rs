//! Operators: they let the cluster grow and shrink, replace members, and lose machines with their disks. What they ask is asked of any
//! member, answers get lost, and what was begun is taken up again until it is done or refused too often.

use std::collections::VecDeque;

use super::{Cluster, Event, Phase};
use crate::core::{
    consensus::LogKind,
    membership::{Member, quorum},
    sim::{
        chance::Chance,
        changes::{Change, Changed, Why},
        faults::Kind,
        member::{Use, peer_url, position_of, updated_urls},
        network::Nanos,
        plan::{MILLIS, SECONDS},
    },
};

/// How long a call or an answer is under way.
const WAY: std::ops::Range<Nanos> = 20_000..3 * MILLIS;
/// How often something that was refused is tried again.
const TRIES_MAX: u32 = 12;
/// Members that a cluster grows to.
const MEMBERS_MAX: usize = 5;
/// After a call whose outcome is not known no disk is lost for so long: what it asked for may still be on its way.
const SETTLED_AFTER: Nanos = 8 * SECONDS;

pub(super) enum OperatorEvent {
    Act(usize),
    /// The call with this number arrives.
    Arrive(u64),
    Answered(u64, Changed),
    /// The operator's patience is over.
    Deadline(u64),
}

/// One operator.
pub(super) struct Operator {
    chance: Chance,
    /// Position of the member that it asks.
    member: usize,
    /// What is to be done, in this order.
    jobs: VecDeque<Job>,
    waits_for: Option<u64>,
    tries: u32,
}

#[derive(Clone, Debug)]
enum Job {
    /// Add a member that will run on this machine.
    Add {
        at: usize,
        learner: bool,
    },
    /// Look whether that has happened.
    Find {
        at: usize,
        learner: bool,
    },
    Promote(u64),
    Remove(u64),
    /// Give it other peer URLs.
    Update(u64),
}

/// A call under way.
pub(super) struct Underway {
    operator: usize,
    change: Change,
    member: usize,
    /// Set on arrival.
    life: Option<u64>,
}

/// A change that was answered as done.
pub(super) struct Acknowledged {
    pub change: Change,
    /// Id of the member that was added; else 0.
    pub added: u64,
    /// The call's number.
    number: u64,
    /// The number of the first call that was begun after the answer.
    before: u64,
}

impl Operator {
    pub fn new(mut chance: Chance, members: usize) -> Self {
        Self { member: chance.below(members), chance, jobs: VecDeque::new(), waits_for: None, tries: 0 }
    }

    fn has_machine(&self, at: usize) -> bool {
        self.jobs.iter().any(|job| matches!(job, Job::Add { at: used, .. } | Job::Find { at: used, .. } if *used == at))
    }
}

impl Cluster {
    pub(super) fn operate_later(&mut self, operator: usize) {
        let delay = self.operators[operator].chance.skewed(self.plan.operator_pause.clone());
        self.later(delay, Event::Operator(OperatorEvent::Act(operator)));
    }

    pub(super) fn operator_event(&mut self, event: OperatorEvent) {
        match event {
            OperatorEvent::Act(operator) => self.operate(operator),
            OperatorEvent::Arrive(number) => self.change_arrives(number),
            OperatorEvent::Answered(number, changed) => self.changed(number, changed),
            OperatorEvent::Deadline(number) => {
                self.changed(number, Changed::Unknown);
            }
        }
    }

    fn operate(&mut self, at: usize) {
        if self.phase != Phase::Faults || self.operators[at].waits_for.is_some() {
            return;
        }
        if self.operators[at].jobs.is_empty() {
            self.operators[at].tries = 0;
            self.plan_jobs(at);
        }
        let change = match self.operators[at].jobs.front() {
            None => return self.operate_later(at),
            Some(&Job::Add { at, learner }) => Change::Add { peer_url: peer_url(at), learner },
            Some(Job::Find { .. }) => Change::List,
            Some(&Job::Promote(id)) => Change::Promote(id),
            Some(&Job::Remove(id)) => Change::Remove(id),
            Some(&Job::Update(id)) => {
                let url = self.recorder.configurations.newest().get(id).and_then(|member| member.peer_urls.first().cloned());
                let machine = url.and_then(|url| position_of(&url));
                // Of one that is gone, anything: it is refused.
                Change::Update { id, peer_urls: updated_urls(machine.unwrap_or(0), self.next_change) }
            }
        };
        self.ask_change(at, change);
    }

    fn plan_jobs(&mut self, operator: usize) {
        let newest = self.recorder.configurations.newest().clone();
        let allowed = self.options.faults_max.is_none_or(|max| self.faults_happened < max);
        if newest.members.is_empty() || !allowed || self.awaits_loss {
            return;
        }
        let lost = self.members.iter().find(|member| member.standing == Use::Lost && newest.get(member.id).is_some());
        let (jobs, text) = if let Some(lost) = lost.map(|member| member.id) {
            // With a disk lost the margin is small: one pair of hands at a time, and the lost one first.
            if operator > 0 {
                return;
            }
            (self.replacement(operator, lost), format!("operator {operator} replaces member {lost:x}, whose disk is lost"))
        } else {
            let voters = newest.voters().count();
            let grow = newest.members.len() < MEMBERS_MAX && self.free_machine(operator).is_some();
            let loses = self.may_lose_disk(operator);
            let choices =
                [(if grow { 4 } else { 0 }, 0), (3, 1), (if grow { 3 } else { 0 }, 2), (if loses { 3 } else { 0 }, 3), (1, 4)];
            let choice = self.operators[operator].chance.weighted(&choices);
            let leader = self.leader().map(|at| self.members[at].id).filter(|id| newest.get(*id).is_some());
            let asked = self.members[self.operators[operator].member].id;
            let chance = &mut self.operators[operator].chance;
            let any = newest.members[chance.below(newest.members.len())].id;
            let someone = match (chance.below(10), leader) {
                (0..=2, Some(leader)) => leader,
                (3..=4, _) if newest.get(asked).is_some() => asked,
                _ => any,
            };
            match choice {
                0 => (self.addition(operator), format!("operator {operator} lets the cluster grow")),
                1 if voters > 1 || newest.get(someone).is_some_and(|member| member.is_learner) => {
                    (vec![Job::Remove(someone)], format!("operator {operator} takes member {someone:x} out"))
                }
                1 => return,
                2 => (self.replacement(operator, someone), format!("operator {operator} replaces member {someone:x}")),
                4 => (vec![Job::Update(someone)], format!("operator {operator} changes the peer URLs of member {someone:x}")),
                _ => {
                    let voters: Vec<u64> = newest.voters().map(|member| member.id).collect();
                    let lost = chance.of(&voters);
                    let at = self.members.iter().position(|member| member.id == lost).expect("all current members have machines");
                    self.crash(at);
                    self.members[at].lose_disk();
                    self.trace.note(self.now, "disk lost", &[at as u64]);
                    (
                        self.replacement(operator, lost),
                        format!("the disk of member {lost:x} is lost; operator {operator} replaces it"),
                    )
                }
            }
        };
        self.operators[operator].jobs = jobs.into();
        self.faults_happened += 1;
        self.trace.say(self.now, || format!("FAULT {text}"));
        self.faults.push_back((self.now, text));
    }

    fn addition(&mut self, operator: usize) -> Vec<Job> {
        let Some(at) = self.free_machine(operator) else { return Vec::new() };
        vec![Job::Add { at, learner: self.operators[operator].chance.percent(70) }]
    }

    fn replacement(&mut self, operator: usize, id: u64) -> Vec<Job> {
        let add = self.addition(operator);
        let own = self.members.iter().position(|member| member.id == id && member.standing == Use::Lost);
        let chance = &mut self.operators[operator].chance;
        let learner = chance.percent(70);
        match own {
            // On the same machine, with a new disk: that needs the old member gone first.
            Some(at) if add.is_empty() || chance.percent(40) => vec![Job::Remove(id), Job::Add { at, learner }],
            _ if chance.percent(50) => [vec![Job::Remove(id)], add].concat(),
            _ => [add, vec![Job::Remove(id)]].concat(),
        }
    }

    /// A machine on which a new member can be set up: nothing runs on it, or one that was taken out.
    fn free_machine(&mut self, operator: usize) -> Option<usize> {
        let removed = &self.recorder.configurations.newest().removed;
        let is_free = |at: &usize| {
            let member = &self.members[*at];
            let gone = member.standing == Use::Spare || (member.standing != Use::Aside && removed.contains(&member.id));
            gone && !self.operators.iter().any(|operator| operator.has_machine(*at))
        };
        let free: Vec<usize> = (0..self.members.len()).filter(is_free).collect();
        (!free.is_empty()).then(|| self.operators[operator].chance.of(&free))
    }

    /// Whether the cluster survives the loss of any one disk, whatever is still under way.
    fn may_lose_disk(&self, operator: usize) -> bool {
        let newest = self.recorder.configurations.newest();
        let voters = newest.voters().count();
        let idle = self.operators.iter().all(|operator| operator.waits_for.is_none() && operator.jobs.is_empty());
        let settled = |id: u64| {
            let member = self.members.iter().find(|member| member.id == id && member.standing == Use::Member);
            let life = member.and_then(|member| member.life.as_ref());
            life.is_some_and(|life| life.configuration_seen.1 == newest.entry)
        };
        let pending = |at: &usize| {
            let disk = &self.members[*at].disk;
            disk.log_entries().iter().any(|entry| entry.kind == LogKind::ConfChange && entry.index > newest.entry)
        };
        operator == 0
            && idle
            && self.now >= self.unsettled_until
            && !self.options.without.contains(&Kind::LostDisk)
            && voters > quorum(voters)
            && newest.members.iter().all(|member| settled(member.id))
            && !self.in_use().iter().any(pending)
    }

    fn ask_change(&mut self, operator: usize, change: Change) {
        let in_use = self.in_use();
        let asks = &mut self.operators[operator];
        if asks.chance.percent(30) || !in_use.contains(&asks.member) {
            asks.member = asks.chance.of(&in_use);
        }
        let (member, patience) = (asks.member, asks.chance.of(&[SECONDS, 3 * SECONDS, 9 * SECONDS]));
        let number = self.next_change;
        self.next_change += 1;
        asks.waits_for = Some(number);
        self.trace.note(self.now, "change asked", &[operator as u64, member as u64, number]);
        self.trace.say(self.now, || format!("change {number} asked of member {}: {change:?}", member + 1));
        self.changes.insert(number, Underway { operator, change, member, life: None });
        let delay = self.chance.skewed(WAY);
        self.later(delay, Event::Operator(OperatorEvent::Arrive(number)));
        self.later(patience, Event::Operator(OperatorEvent::Deadline(number)));
    }

    fn change_arrives(&mut self, number: u64) {
        let member = self.changes[&number].member;
        if self.wait_for_paused(member, Event::Operator(OperatorEvent::Arrive(number))).is_none() {
            return;
        }
        self.members[member].set_clocks(&self.member_options, self.now);
        let lives = self.members[member].lives;
        let underway = self.changes.get_mut(&number).expect("calls are kept");
        let Some(life) = &mut self.members[member].life else {
            let refused = Changed::Refused(Why::NotNow);
            return self.later(MILLIS, Event::Operator(OperatorEvent::Answered(number, refused)));
        };
        underway.life = Some(lives);
        life.change(number, underway.change.clone());
        self.settle(member);
    }

    /// A member has answered an operator.
    pub(super) fn answer_change(&mut self, number: u64, changed: Changed) {
        // Some answers are lost: the operator waits, and looks again.
        if !self.chance.percent(8) {
            let delay = self.chance.skewed(WAY);
            self.later(delay, Event::Operator(OperatorEvent::Answered(number, changed)));
        }
    }

    /// The calls that a member has are lost with it.
    pub(super) fn lose_changes(&mut self, member: usize) {
        let life = self.members[member].lives;
        for operator in 0..self.operators.len() {
            let Some(number) = self.operators[operator].waits_for else { continue };
            let underway = &self.changes[&number];
            if underway.member == member && underway.life == Some(life) {
                let lost = Changed::Unknown;
                self.later(MILLIS, Event::Operator(OperatorEvent::Answered(number, lost)));
            }
        }
    }

    /// The operator knows how its call ended, and goes on from there.
    fn changed(&mut self, number: u64, changed: Changed) {
        let Underway { operator, ref change, .. } = self.changes[&number];
        if self.operators[operator].waits_for != Some(number) {
            return;
        }
        let change = change.clone();
        self.operators[operator].waits_for = None;
        let kind = match &changed {
            Changed::Done { .. } => "change done",
            Changed::Refused(..) => "change refused",
            Changed::Unknown => "change unknown",
        };
        self.trace.note(self.now, kind, &[operator as u64, number]);
        self.trace.say(self.now, || format!("change {number}: {changed:?}"));
        if matches!(changed, Changed::Unknown) {
            self.unsettled_until = self.now + SETTLED_AFTER;
        }
        if let Changed::Done { added, .. } = &changed {
            self.acknowledged.push(Acknowledged { change, added: *added, number, before: self.next_change });
        }
        if let Some(job) = self.operators[operator].jobs.pop_front() {
            let next = self.after_job(job, changed);
            let asks = &mut self.operators[operator];
            asks.tries += u32::from(next.again);
            for job in next.jobs.into_iter().rev() {
                asks.jobs.push_front(job);
            }
            if asks.tries > TRIES_MAX {
                asks.jobs.clear();
            }
        }
        self.operate_later(operator);
    }

    /// What is wrong with the peer URLs that all members list at the end, by what operators were told.
    pub(super) fn updates_denied(&self, listed: &[Member]) -> Vec<String> {
        let updates = self.acknowledged.iter().filter_map(|done| match &done.change {
            Change::Update { id, peer_urls } => Some((done, *id, peer_urls)),
            _ => None,
        });
        let mut denied = Vec::new();
        for (last, id, urls) in updates.clone() {
            let Some(member) = listed.iter().find(|member| member.id == id && member.peer_urls != *urls) else { continue };
            // It must have been followed by another update, and by none that was answered before this one was asked for.
            let never_updated = member.peer_urls.len() == 1;
            let is_earlier =
                |done: &Acknowledged, of, urls: &[String]| of == id && member.peer_urls == urls && done.before <= last.number;
            if never_updated || updates.clone().any(|(done, of, urls)| is_earlier(done, of, urls)) {
                denied.push(format!("member {id:x} has the peer URLs {:?}, though {urls:?} came later", member.peer_urls));
            }
        }
        denied
    }

    /// What is to be done after the first job was asked for, and this came of it.
    fn after_job(&mut self, job: Job, changed: Changed) -> Next {
        let done = |jobs| Next { jobs, again: false };
        let again = |jobs| Next { jobs, again: true };
        match (job, changed) {
            (Job::Add { at, learner }, Changed::Done { added, members }) => {
                self.run_added(at, added, &members);
                done(if learner { vec![Job::Promote(added)] } else { Vec::new() })
            }
            (Job::Add { at, learner }, Changed::Unknown | Changed::Refused(Why::UrlTaken)) => {
                again(vec![Job::Find { at, learner }])
            }
            (Job::Find { at, learner }, Changed::Done { members, .. }) => {
                let url = peer_url(at);
                match members.iter().find(|member| member.peer_ur_ls.contains(&url)) {
                    None => again(vec![Job::Add { at, learner }]),
                    Some(found) if self.members[at].id == found.id && self.members[at].standing == Use::Lost => {
                        again(vec![Job::Remove(found.id), Job::Add { at, learner }])
                    }
                    Some(found) => {
                        self.run_added(at, found.id, &members);
                        done(if found.is_learner { vec![Job::Promote(found.id)] } else { Vec::new() })
                    }
                }
            }
            (
                Job::Promote(_) | Job::Remove(_) | Job::Update(_),
                Changed::Done { .. } | Changed::Refused(Why::NotFound | Why::NotLearner),
            ) => done(Vec::new()),
            (job, Changed::Refused(..) | Changed::Unknown) => again(vec![job]),
        }
    }

    /// Sets up and starts a member that was added, with the list that came with the answer.
    fn run_added(&mut self, at: usize, id: u64, members: &[quorate_proto::etcdserverpb::Member]) {
        if self.members[at].id == id {
            return;
        }
        let others = members.iter().filter(|member| member.id != id);
        let seeds = others.map(|member| (member.id, member.peer_ur_ls.clone())).collect();
        self.set_up(at, id, seeds);
        self.restart_later(at);
    }
}

struct Next {
    jobs: Vec<Job>,
    /// The same, or nearly: counts as a try.
    again: bool,
}
