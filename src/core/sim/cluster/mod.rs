//! A whole cluster on one thread: a queue of events in simulated time, each of which is one step of one member, a message, or
//! something that a client does. Which comes first is chance; whatever the threads of real members could do in parallel can happen
//! here in any order.

mod clients;
mod ending;
mod hunt;
mod links;
mod lost_quorum;
mod machines;
mod nemesis;
mod operator;
mod steps;
mod users;
mod watchers;

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use self::{
    clients::Calls,
    links::Transfer,
    operator::{Acknowledged, Operator, OperatorEvent, Underway},
    users::admit_users,
    watchers::Watcher,
};
use super::{
    chance::Chance,
    log_book::LogBook,
    member::{Member, MemberOptions, UsersOptions},
    network::{Nanos, Network},
    plan::{Options, Plan, SECONDS},
    recorder::Recorder,
    trace::Trace,
    workload::Client,
};
use crate::core::{
    clock,
    server::metrics::Metrics,
    verify::{history::History, users::UsersHistory},
};

/// Events after which a run is given up: something goes round in circles.
const EVENTS_MAX: u64 = 20_000_000;

/// Tells the chance of operators from that of the rest.
const OPERATORS: u64 = 0x6f70_6572_6174_6f72;

/// Tells the chance of users and administrators from that of the rest.
const USERS: u64 = 0x7573_6572_7300_0000;
/// Longer than any run: 30 years.
const TOKEN_TTL_SECS: u64 = 1_000_000_000;

/// What a member does by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Work {
    Raft,
    Sync,
    Apply,
    Watch,
    Hash,
    Tasks,
    Flush,
    Timer,
}

const KINDS_OF_WORK: usize = 8;

enum Event {
    /// Of a member in one of its lives.
    Work {
        member: usize,
        life: u64,
        work: Work,
    },
    Link(links::LinkEvent),
    Client(clients::ClientEvent),
    Watcher {
        watcher: usize,
        event: watchers::WatcherEvent,
    },
    Fault(nemesis::FaultEvent),
    Operator(OperatorEvent),
    LostQuorum(lost_quorum::LostQuorumEvent),
    Ending(ending::EndingEvent),
}

/// The cluster, its clients, and all that happens to them.
pub struct Cluster {
    pub(super) now: Nanos,
    sequence: u64,
    queue: BTreeMap<(Nanos, u64), Event>,
    pub(super) plan: Plan,
    options: Options,
    member_options: MemberOptions,
    members: Vec<Member>,
    /// What of a member's work is in the queue, with when its timer fires.
    scheduled: Vec<[Option<Nanos>; KINDS_OF_WORK]>,
    /// Factor by which syncs of a member are slower.
    slow_disk: Vec<u64>,
    /// Members that have been told to stop.
    stopping: Vec<bool>,
    /// Faults that this member is expected to die of.
    dying: Vec<bool>,
    network: Network,
    last_arrival: BTreeMap<(usize, usize), Nanos>,
    transfers: BTreeMap<u64, Transfer>,
    next_transfer: u64,
    replies: links::Replies,
    clients: Vec<Client>,
    calls: Calls,
    watchers: Vec<Watcher>,
    /// Which members gave the tokens.
    givers: BTreeMap<String, usize>,
    /// By member.
    counting: Vec<users::Counting>,
    operators: Vec<Operator>,
    /// Every call of an operator.
    changes: BTreeMap<u64, Underway>,
    next_change: u64,
    /// What was answered as done, with the member that was added.
    acknowledged: Vec<Acknowledged>,
    /// Until then something may be on its way that an operator gave up on.
    unsettled_until: Nanos,
    /// The quorum is yet to be lost.
    awaits_loss: bool,
    chance: Chance,
    fault_chance: Chance,
    faults: VecDeque<(Nanos, String)>,
    faults_happened: usize,
    phase: Phase,
    metrics: Arc<Metrics>,
    pub(super) recorder: Recorder,
    pub(super) history: History,
    pub(super) trace: Trace,
    pub(super) findings: Vec<String>,
    /// From when on clients asked for nothing more.
    quiet_since: Option<Nanos>,
    over: bool,
}

/// Where a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    /// Things go wrong.
    Faults,
    /// All is mended, clients go on, and must get what they ask for.
    Healed,
    /// Clients have stopped; leases run out.
    Quiet,
}

/// What a run has seen, beside its findings.
pub struct Happened {
    pub now: Nanos,
    pub history: History,
    pub trace: Trace,
    pub findings: Vec<String>,
    pub faults: VecDeque<(Nanos, String)>,
    pub elections: u64,
    pub installs: u64,
    pub lives: u64,
    pub plan: Plan,
    pub quiet_since: Option<Nanos>,
}

impl Cluster {
    /// Members that have started, clients that are about to.
    pub fn new(options: &Options, metrics: Arc<Metrics>) -> Self {
        let mut chance = Chance::new(options.seed);
        let plan = Plan::draw(options, &mut chance.part());
        let ids: Vec<u64> = (1..=plan.members as u64).collect();
        let member_options = MemberOptions {
            ids: ids.clone(),
            catch_up_entries: plan.catch_up_entries,
            pre_vote: plan.pre_vote,
            window_bytes_max: plan.window_bytes_max,
            cut_entries_min: plan.cut_entries_min,
            append_bytes_max: plan.append_bytes_max,
            quota_bytes: -1,
            strict_reconfig: plan.strict_reconfig,
            learners_max: plan.learners_max,
            users: (plan.users > 0).then(|| UsersOptions {
                token_ttl: Duration::from_secs(plan.token_ttl_secs.unwrap_or(TOKEN_TTL_SECS)),
                seed: options.seed ^ USERS,
            }),
            origin: clock::now() + Duration::from_secs(1),
        };
        let mut network = Network::new(plan.network_delay.clone());
        network.doubled_permille = plan.doubled_permille;
        let mut clients: Vec<Client> = (0..plan.clients as u32).map(|id| Client::new(id, &plan, &mut chance)).collect();
        let watchers = (0..plan.watchers).map(|id| Watcher::new(id as u32, &mut chance)).collect();
        let mut members: Vec<Member> = ids.iter().map(|&id| Member::new(id, &member_options)).collect();
        let drift = plan.drift_ppm_max;
        for member in &mut members {
            member.time.drift_ppm = chance.within(0..(2 * drift + 1).cast_unsigned()).cast_signed() - drift;
        }
        members.extend((0..plan.spare_machines).map(|_| Member::spare()));
        let machines = members.len();
        if plan.users > 0 {
            let mut of_users = Chance::new(options.seed ^ USERS);
            admit_users(&mut clients, &plan, &mut of_users);
        }
        // From a source of their own: the same run without operators is what it always was.
        let mut of_operators = Chance::new(options.seed ^ OPERATORS);
        let operators = (0..plan.operators).map(|_| Operator::new(of_operators.part(), plan.members)).collect();
        let mut cluster = Self {
            now: 0,
            sequence: 0,
            queue: BTreeMap::new(),
            options: options.clone(),
            scheduled: vec![[None; KINDS_OF_WORK]; members.len()],
            slow_disk: vec![1; members.len()],
            stopping: vec![false; members.len()],
            dying: vec![false; members.len()],
            members,
            member_options,
            network,
            last_arrival: BTreeMap::new(),
            transfers: BTreeMap::new(),
            next_transfer: 0,
            replies: links::Replies::default(),
            clients,
            calls: Calls::default(),
            watchers,
            givers: BTreeMap::new(),
            counting: std::iter::repeat_with(users::Counting::default).take(machines).collect(),
            operators,
            changes: BTreeMap::new(),
            next_change: 0,
            acknowledged: Vec::new(),
            unsettled_until: 0,
            awaits_loss: plan.loses_quorum,
            fault_chance: chance.part(),
            chance,
            faults: VecDeque::new(),
            faults_happened: 0,
            phase: Phase::Faults,
            metrics,
            recorder: Recorder::new((plan.users > 0).then(LogBook::default)),
            history: History { users: (plan.users > 0).then(UsersHistory::default), ..History::default() },
            trace: Trace::new(options.trace),
            findings: Vec::new(),
            quiet_since: None,
            over: false,
            plan,
        };
        for member in 0..cluster.members.len() {
            cluster.start(member);
        }
        for client in 0..cluster.clients.len() {
            cluster.think(client);
        }
        for watcher in 0..cluster.watchers.len() {
            cluster.later(50 * 1_000_000, Event::Watcher { watcher, event: watchers::WatcherEvent::Connect });
        }
        for operator in 0..cluster.operators.len() {
            cluster.operate_later(operator);
        }
        cluster.plan_loss_of_quorum();
        cluster.plan_next_fault();
        if cluster.plan.hunts_leaders {
            cluster.hunt(None);
        }
        cluster.plan_ending();
        if !cluster.operators.is_empty() || cluster.plan.loses_quorum {
            cluster.look_who_calls();
        }
        cluster
    }

    /// Runs until the end, and says what happened.
    pub fn run(mut self) -> Happened {
        while !self.over
            && let Some(((now, _), event)) = self.queue.pop_first()
        {
            self.now = now;
            self.happen(event);
            if self.trace.events() > EVENTS_MAX {
                self.finding(format!("after {EVENTS_MAX} events the run does not end"));
                break;
            }
            // Once something is wrong, what follows says little.
            if self.findings.len() + self.recorder.findings.len() > 10 {
                break;
            }
        }
        self.recorder.check_logs(&self.members);
        self.findings.append(&mut self.recorder.findings);
        let lives = self.members.iter().map(|member| member.lives).sum();
        self.write_users_down();
        self.history.operations = self.calls.into_operations();
        self.history.ledger = std::mem::take(&mut self.recorder.ledger);
        for operation in &self.history.operations {
            let outcome = crc32c::crc32c(format!("{:?}", operation.outcome).as_bytes());
            self.trace.fold(u64::from(outcome));
        }
        Happened {
            now: self.now,
            history: self.history,
            trace: self.trace,
            findings: self.findings,
            faults: self.faults,
            elections: self.recorder.elections,
            installs: self.recorder.installs,
            lives,
            plan: self.plan,
            quiet_since: self.quiet_since,
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Work { member, life, work } => self.work(member, life, work),
            Event::Link(event) => self.link_event(event),
            Event::Client(event) => self.client_event(event),
            Event::Watcher { watcher, event } => self.watcher_event(watcher, event),
            Event::Fault(event) => self.fault_event(event),
            Event::Operator(event) => self.operator_event(event),
            Event::LostQuorum(event) => self.lost_quorum_event(event),
            Event::Ending(event) => self.ending_event(event),
        }
    }

    /// Puts an event in the queue, `delay` from now.
    fn later(&mut self, delay: Nanos, event: Event) {
        self.at(self.now + delay, event);
    }

    fn at(&mut self, when: Nanos, event: Event) {
        self.sequence += 1;
        self.queue.insert((when.max(self.now), self.sequence), event);
    }

    fn finding(&mut self, text: String) {
        self.trace.say(self.now, || format!("FINDING {text}"));
        self.findings.push(format!("at {:.6} s: {text}", self.now as f64 / SECONDS as f64));
    }

    /// If the member stands still, the event waits for it.
    fn wait_for_paused(&mut self, member: usize, event: Event) -> Option<Event> {
        let until = self.members[member].paused_until;
        if until <= self.now {
            return Some(event);
        }
        let delay = until - self.now + self.chance.within(0..100_000);
        self.later(delay, event);
        None
    }
}
