//! What a run is like: drawn from its seed, or said by whoever asks for it.

use std::{collections::BTreeSet, ops::Range};

use super::{
    chance::Chance,
    faults::{self, Kind},
    network::Nanos,
    scenario::Scenario,
};

/// What is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    pub seed: u64,
    /// Number of members; drawn if not said.
    pub members: Option<usize>,
    /// How long faults happen, in seconds; drawn if not said.
    pub fault_secs: Option<u64>,
    /// Faults that shall not happen.
    pub without: BTreeSet<Kind>,
    /// Only the first so many faults happen.
    pub faults_max: Option<usize>,
    /// Only the first so many clients work.
    pub clients_max: Option<usize>,
    /// A shape of the run that once brought a bug out in etcd.
    pub scenario: Option<Scenario>,
    /// Keep a line for each event.
    pub trace: bool,
}

impl Options {
    /// The seed's run as it is drawn.
    pub fn seed(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    /// The command that repeats this run.
    pub fn command(&self) -> String {
        let mut command = format!("quorate sim --seed {}", self.seed);
        let mut add = |flag: &str, value: Option<String>| {
            if let Some(value) = value {
                command.push_str(&format!(" --{flag} {value}"));
            }
        };
        add("scenario", self.scenario.map(|scenario| scenario.name().to_owned()));
        add("members", self.members.map(|members| members.to_string()));
        add("fault-secs", self.fault_secs.map(|secs| secs.to_string()));
        let without: Vec<_> = self.without.iter().map(|kind| kind.name()).collect();
        add("without", (!without.is_empty()).then(|| without.join(",")));
        add("faults", self.faults_max.map(|faults| faults.to_string()));
        add("clients", self.clients_max.map(|clients| clients.to_string()));
        command
    }
}

/// What a run is like. Times are nanoseconds.
#[derive(Clone, Debug)]
pub struct Plan {
    pub members: usize,
    pub clients: usize,
    pub watchers: usize,
    pub keys: usize,
    /// How long clients think between calls.
    pub think: Range<Nanos>,
    pub fault_time: Nanos,
    /// Between two faults.
    pub fault_pause: Range<Nanos>,
    pub network_delay: Range<Nanos>,
    /// Messages of a link arrive in the order in which they were sent.
    pub ordered: bool,
    pub doubled_permille: u32,
    /// How long the parts of a member take to get to what waits for them.
    pub turn: Range<Nanos>,
    pub sync: Range<Nanos>,
    pub apply: Range<Nanos>,
    pub flush: Range<Nanos>,
    /// Between two flushes that nobody asked for.
    pub flush_pause: Range<Nanos>,
    pub catch_up_entries: u64,
    pub window_bytes_max: usize,
    pub cut_entries_min: u64,
    pub append_bytes_max: u64,
    pub pause: Range<Nanos>,
    /// How long a process that is gone stays away.
    pub restart: Range<Nanos>,
    pub pre_vote: bool,
    pub drift_ppm_max: i64,
    /// Of a thousand calls so many compact.
    pub compact_permille: u32,
    pub traffic: Traffic,
    /// Values are mostly so many bytes long.
    pub value_bytes: usize,
    /// How often each kind of fault happens.
    pub weights: Vec<(u32, Kind)>,
    pub watching: Watching,
    /// Operators that change who the members are.
    pub operators: usize,
    /// Between two things that an operator does.
    pub operator_pause: Range<Nanos>,
    /// Machines beside those of the first members.
    pub spare_machines: usize,
    /// Changes that endanger the quorum are refused.
    pub strict_reconfig: bool,
    pub learners_max: u64,
    /// So many voters lose their disks at once that the quorum is lost. Operators have nothing to do before.
    pub loses_quorum: bool,
    /// New leaders are cut off, one after the other.
    pub hunts_leaders: bool,
    /// So many names of users, and of roles, there may be; with none authentication stays off.
    pub users: usize,
    pub administrators: usize,
    /// Between two things that an administrator does.
    pub administrator_pause: Range<Nanos>,
    /// How long a token lives that nobody uses; `None`: longer than any run.
    pub token_ttl_secs: Option<u64>,
}

/// How clients watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watching {
    /// Of a hundred streams so many are read slowly.
    pub slow_percent: u32,
    /// Of a hundred watches so many begin at a revision that is yet to come.
    pub future_percent: u32,
    /// Of a hundred watches so many begin at the compacted revision.
    pub compacted_percent: u32,
    /// Of a hundred things that a client does with a stream so many are asking for progress.
    pub progress_percent: u32,
    /// Between two of those.
    pub act: Nanos,
}

/// What clients mostly do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Traffic {
    Mixed,
    Writes,
    Deletes,
    Leases,
    /// As Kubernetes' API server: create, update and delete by the revision of the last change, paged lists, its loop of compactions.
    Kubernetes,
}

pub const MICROS: Nanos = 1_000;
pub const MILLIS: Nanos = 1_000_000;
pub const SECONDS: Nanos = 1_000_000_000;

impl Plan {
    /// What the seed says, as far as the options leave it open.
    pub fn draw(options: &Options, chance: &mut Chance) -> Self {
        let members = chance.weighted(&[(1, 1), (6, 3), (3, 5)]);
        let clients = chance.within(3..9) as usize;
        let fault_secs = chance.within(4..16);
        let slow = chance.percent(20);
        let mut plan = Self {
            members,
            clients,
            watchers: chance.within(2..6) as usize,
            keys: chance.within(3..16) as usize,
            think: MILLIS..chance.of(&[60, 200, 600]) * MILLIS,
            fault_time: fault_secs * SECONDS,
            fault_pause: 20 * MILLIS..chance.of(&[800, 2_000, 4_000]) * MILLIS,
            network_delay: 50 * MICROS..chance.of(&[1, 5, 30]) * MILLIS,
            ordered: chance.percent(70),
            doubled_permille: chance.of(&[0, 0, 5, 50]),
            turn: 5 * MICROS..chance.of(&[200, 3_000]) * MICROS,
            sync: 100 * MICROS..chance.of(&[2, 10, 40]) * MILLIS,
            apply: 5 * MICROS..if slow { 60 * MILLIS } else { MILLIS },
            flush: 100 * MICROS..chance.of(&[5, 50, 300]) * MILLIS,
            flush_pause: 10 * MILLIS..chance.of(&[100, 1_000]) * MILLIS,
            catch_up_entries: chance.of(&[5, 50, 500, 5_000]),
            window_bytes_max: chance.of(&[500, 1 << 20]),
            cut_entries_min: chance.of(&[1, 10, 256]),
            append_bytes_max: chance.of(&[1, 100, 1 << 20]),
            pause: 20 * MILLIS..5 * SECONDS,
            restart: MILLIS..5 * SECONDS,
            pre_vote: chance.percent(90),
            drift_ppm_max: chance.of(&[0, 500]),
            compact_permille: chance.of(&[0, 5, 30]),
            traffic: chance.of(&[
                Traffic::Mixed,
                Traffic::Mixed,
                Traffic::Writes,
                Traffic::Deletes,
                Traffic::Leases,
                Traffic::Kubernetes,
            ]),
            value_bytes: 10,
            weights: faults::WEIGHTS.to_vec(),
            watching: Watching {
                slow_percent: 30,
                future_percent: 10,
                compacted_percent: 10,
                progress_percent: 40,
                act: 2 * SECONDS,
            },
            operators: 0,
            operator_pause: 20 * MILLIS..3 * SECONDS,
            spare_machines: 0,
            strict_reconfig: true,
            learners_max: 1,
            loses_quorum: false,
            hunts_leaders: false,
            users: 0,
            administrators: 0,
            administrator_pause: 20 * MILLIS..SECONDS,
            token_ttl_secs: None,
        };
        plan.draw_operators(chance);
        plan.draw_users(chance);
        if let Some(scenario) = options.scenario {
            (plan.operators, plan.users) = (0, 0);
            scenario.shape(&mut plan);
        }
        if plan.operators == 0 || options.without.contains(&Kind::Members) {
            (plan.operators, plan.spare_machines) = (0, 0);
        }
        if plan.users == 0 || options.without.contains(&Kind::Users) {
            (plan.users, plan.administrators) = (0, 0);
        }
        let Options { members, fault_secs, clients_max, .. } = *options;
        Self {
            members: members.unwrap_or(plan.members),
            fault_time: fault_secs.map_or(plan.fault_time, |secs| secs * SECONDS),
            clients: clients_max.map_or(plan.clients, |max| plan.clients.min(max)),
            ..plan
        }
    }

    /// In a part of the runs members come and go. Drawn last, so that the other runs are what they would be without.
    fn draw_operators(&mut self, chance: &mut Chance) {
        self.operators = chance.weighted(&[(65, 0), (25, 1), (10, 2)]);
        self.operator_pause = 20 * MILLIS..chance.of(&[500, 2_000]) * MILLIS;
        self.spare_machines = chance.within(1..4) as usize;
        self.strict_reconfig = chance.percent(40);
        self.learners_max = chance.within(1..3);
    }

    /// In a part of the runs in which members stay there are users. Drawn last, for the same reason.
    fn draw_users(&mut self, chance: &mut Chance) {
        let (has_users, users) = (chance.percent(35), chance.within(2..6) as usize);
        if has_users && self.operators == 0 {
            self.users = users;
        }
        self.administrators = chance.of(&[1, 1, 2]);
        self.administrator_pause = 20 * MILLIS..chance.of(&[500, 3_000]) * MILLIS;
        self.token_ttl_secs = chance.percent(30).then(|| chance.within(3..9));
    }
}
