//! Shapes of runs that brought bugs out in etcd. Each bug was found there by users or by years of robustness tests; here each is a
//! kind of run that must stay without findings.

use std::str::FromStr;

use super::{
    faults::Kind,
    plan::{MILLIS, Plan, SECONDS, Traffic, Watching},
};

/// One of etcd's bugs, by the number of its issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scenario {
    /// The applied index and the data reached the disk apart, and a crash under load fell between.
    Issue13766,
    /// A member alone acknowledged before its log was synced, and lost the write in a crash.
    Issue14370,
    /// A crash during defragmentation left two states mixed.
    Issue14685,
    /// A progress notification was ahead of events that were still to come.
    Issue15220,
    /// A watch resumed at another member after a partition, and went back in time.
    Issue15271,
    /// An event of a transaction came twice.
    Issue17247,
    /// Events of a watcher that reads too slowly were lost.
    Issue17529,
    /// The revision went back when a crash fell into a compaction, and the newest revisions were deletions.
    Issue17780,
    /// Two states arrived shortly one after the other.
    Issue18055,
    /// The event of a deletion was lost when just its revision was compacted.
    Issue18089,
    /// A transaction read at a compacted revision, and members differed on whether it could.
    Issue18667,
    /// A watch that began at the compacted revision missed a deletion.
    Issue19179,
    /// A watch from a revision yet to come was given progress, and events from before.
    Issue20221,
    /// A leader that had stood still answered a read with what was no longer the newest.
    Issue20418,
    /// Not one of etcd's: each new leader is cut off, alone or with one other, and what was cut off before is back.
    ManyLeaders,
    /// Not one of etcd's: members restart while several of them stand for the same election.
    SplitVotes,
    /// Not one of etcd's: machines sleep together with their clocks, and others lead meanwhile.
    SleepingLeaders,
    /// Not one of etcd's: members come and go all the time.
    Members,
    /// Not one of etcd's: the quorum is lost for good, one survivor goes on as a new cluster, and the lost come back.
    LostQuorum,
    /// Not of etcd's robustness tests, which have no users: administrators grant and deny while members go, stand still and fall behind
    /// (14571, 14648 and others).
    Users,
}

impl Scenario {
    pub const ALL: [Self; 20] = [
        Self::Issue13766,
        Self::Issue14370,
        Self::Issue14685,
        Self::Issue15220,
        Self::Issue15271,
        Self::Issue17247,
        Self::Issue17529,
        Self::Issue17780,
        Self::Issue18055,
        Self::Issue18089,
        Self::Issue18667,
        Self::Issue19179,
        Self::Issue20221,
        Self::Issue20418,
        Self::ManyLeaders,
        Self::SplitVotes,
        Self::SleepingLeaders,
        Self::Members,
        Self::LostQuorum,
        Self::Users,
    ];

    /// As it is said on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Issue13766 => "etcd-13766",
            Self::Issue14370 => "etcd-14370",
            Self::Issue14685 => "etcd-14685",
            Self::Issue15220 => "etcd-15220",
            Self::Issue15271 => "etcd-15271",
            Self::Issue17247 => "etcd-17247",
            Self::Issue17529 => "etcd-17529",
            Self::Issue17780 => "etcd-17780",
            Self::Issue18055 => "etcd-18055",
            Self::Issue18089 => "etcd-18089",
            Self::Issue18667 => "etcd-18667",
            Self::Issue19179 => "etcd-19179",
            Self::Issue20221 => "etcd-20221",
            Self::Issue20418 => "etcd-20418",
            Self::ManyLeaders => "many-leaders",
            Self::SplitVotes => "split-votes",
            Self::SleepingLeaders => "sleeping-leaders",
            Self::Members => "members",
            Self::LostQuorum => "lost-quorum",
            Self::Users => "users",
        }
    }

    /// Events of the trace, at least one of which must happen in some of the runs: else they say nothing about the bug.
    pub fn signs(self) -> &'static [&'static str] {
        match self {
            Self::Issue13766 | Self::Issue17780 => &["crash in a flush"],
            Self::Issue14370 | Self::SplitVotes => &["crash"],
            Self::Issue14685 => &["crash after defragmenting"],
            Self::Issue15220 => &["progress asked while behind"],
            Self::Issue15271 => &["watch resumed elsewhere"],
            Self::Issue17247 => &["watched transaction"],
            Self::Issue17529 => &["watcher blocked"],
            Self::Issue18055 => &["state again"],
            Self::Issue18089 | Self::Issue19179 => &["watch from the compacted revision"],
            Self::Issue18667 => &["transaction reads compacted"],
            Self::Issue20221 => &["watch from the future"],
            Self::Issue20418 | Self::SleepingLeaders => &["asked of a member that stood still"],
            Self::ManyLeaders => &["new leader cut off"],
            Self::Members => &["disk lost", "goes, since it was taken out"],
            Self::LostQuorum => &["lost one back"],
            Self::Users => &["state with users"],
        }
    }

    /// Makes a drawn run such a run.
    pub(super) fn shape(self, plan: &mut Plan) {
        plan.think = MILLIS..40 * MILLIS;
        plan.fault_pause = 20 * MILLIS..700 * MILLIS;
        let watching = &mut plan.watching;
        match self {
            Self::Issue13766 => {
                plan.weights = vec![(3, Kind::Crash), (1, Kind::CrashAll)];
                plan.flush = MILLIS..200 * MILLIS;
                plan.flush_pause = MILLIS..50 * MILLIS;
            }
            Self::Issue14370 => {
                plan.members = 1;
                plan.weights = vec![(1, Kind::Crash)];
            }
            Self::Issue14685 => {
                plan.weights = vec![(3, Kind::Defragment), (2, Kind::Crash)];
                plan.flush = MILLIS..100 * MILLIS;
            }
            Self::Issue15220 => {
                *watching = Watching { slow_percent: 70, progress_percent: 90, act: 100 * MILLIS, ..*watching };
                plan.turn = 10_000..5 * MILLIS;
            }
            Self::Issue15271 => {
                plan.weights = vec![(4, Kind::Partition), (1, Kind::Pause), (1, Kind::Crash)];
                plan.members = plan.members.max(3);
                *watching = Watching { act: 400 * MILLIS, progress_percent: 10, ..*watching };
            }
            Self::Issue17247 => plan.traffic = Traffic::Mixed,
            Self::Issue17529 => {
                plan.value_bytes = 40_000;
                plan.traffic = Traffic::Writes;
                plan.fault_time = 6 * SECONDS;
                *watching = Watching { slow_percent: 100, ..*watching };
            }
            Self::Issue17780 => {
                plan.traffic = Traffic::Deletes;
                plan.compact_permille = 60;
                plan.weights = vec![(2, Kind::Crash), (1, Kind::CrashAll)];
                plan.flush_pause = MILLIS..100 * MILLIS;
            }
            Self::Issue18055 => {
                plan.members = plan.members.max(3);
                plan.catch_up_entries = 1;
                plan.cut_entries_min = 1;
                plan.flush_pause = MILLIS..20 * MILLIS;
                plan.flush = 100_000..10 * MILLIS;
                plan.traffic = Traffic::Writes;
                plan.think = MILLIS..20 * MILLIS;
                plan.network_delay = 50_000..60 * MILLIS;
                plan.weights = vec![(3, Kind::Partition), (1, Kind::Crash), (1, Kind::Pause), (1, Kind::Loss)];
                plan.fault_pause = 20 * MILLIS..2 * SECONDS;
            }
            Self::Issue18089 | Self::Issue19179 => {
                plan.traffic = Traffic::Deletes;
                plan.compact_permille = 60;
                *watching = Watching { compacted_percent: 90, act: 200 * MILLIS, progress_percent: 10, ..*watching };
            }
            Self::Issue18667 => {
                plan.compact_permille = 60;
                plan.traffic = Traffic::Mixed;
                plan.apply = 5_000..60 * MILLIS;
            }
            Self::Issue20221 => {
                plan.members = plan.members.max(3);
                plan.apply = 5_000..60 * MILLIS;
                *watching = Watching { future_percent: 90, act: 200 * MILLIS, progress_percent: 40, ..*watching };
            }
            Self::Issue20418 => {
                plan.members = plan.members.max(3);
                plan.weights = vec![(3, Kind::Pause), (2, Kind::Suspend), (1, Kind::Partition)];
                plan.fault_pause = 20 * MILLIS..3 * SECONDS;
                plan.pause = 500 * MILLIS..9 * SECONDS;
                if plan.keys.is_multiple_of(2) {
                    plan.traffic = Traffic::Leases;
                }
            }
            Self::SleepingLeaders => {
                plan.members = 3;
                plan.clients = plan.clients.max(6);
                plan.traffic = Traffic::Leases;
                plan.weights = vec![(1, Kind::Suspend)];
                plan.fault_pause = SECONDS..3 * SECONDS;
                plan.pause = 3 * SECONDS..11 * SECONDS;
                plan.fault_time = plan.fault_time.max(15 * SECONDS);
            }
            Self::Members => {
                plan.members = plan.members.min(3);
                plan.operators = 1 + plan.keys % 2;
                plan.spare_machines = 4;
                plan.operator_pause = 20 * MILLIS..600 * MILLIS;
                plan.fault_pause = 100 * MILLIS..4 * SECONDS;
                plan.restart = MILLIS..2 * SECONDS;
                plan.pause = 20 * MILLIS..2 * SECONDS;
                plan.fault_time = plan.fault_time.max(15 * SECONDS);
                plan.catch_up_entries = plan.catch_up_entries.min(50);
            }
            Self::LostQuorum => {
                plan.members = if plan.keys.is_multiple_of(2) { 3 } else { 5 };
                plan.operators = 1;
                plan.spare_machines = 3;
                plan.loses_quorum = true;
                plan.operator_pause = 20 * MILLIS..600 * MILLIS;
                plan.restart = MILLIS..SECONDS;
                plan.pause = 20 * MILLIS..2 * SECONDS;
                plan.fault_time = plan.fault_time.max(12 * SECONDS);
            }
            Self::Users => {
                plan.members = plan.members.max(3);
                plan.users = 2 + plan.keys % 4;
                plan.catch_up_entries = plan.catch_up_entries.min(50);
                plan.cut_entries_min = plan.cut_entries_min.min(10);
                plan.flush_pause = MILLIS..100 * MILLIS;
                plan.think = MILLIS..100 * MILLIS;
                plan.administrator_pause = 20 * MILLIS..600 * MILLIS;
                plan.fault_pause = 20 * MILLIS..2 * SECONDS;
                plan.weights = vec![
                    (6, Kind::Partition),
                    (4, Kind::Crash),
                    (1, Kind::CrashAll),
                    (3, Kind::Pause),
                    (1, Kind::Loss),
                    (1, Kind::Transfer),
                    (1, Kind::WallClock),
                ];
            }
            Self::SplitVotes => {
                plan.members = 3;
                plan.pre_vote = false;
                plan.ordered = false;
                plan.network_delay = 50_000..900 * MILLIS;
                plan.sync = 50_000..2 * MILLIS;
                plan.weights = vec![(12, Kind::Crash), (2, Kind::CrashAll)];
                plan.fault_pause = 10 * MILLIS..400 * MILLIS;
                plan.restart = MILLIS..40 * MILLIS;
                plan.think = 20 * MILLIS..600 * MILLIS;
                plan.fault_time = plan.fault_time.max(12 * SECONDS);
            }
            Self::ManyLeaders => {
                plan.members = 5;
                plan.append_bytes_max = 1;
                plan.pre_vote = false;
                plan.ordered = false;
                plan.network_delay = 50_000..400 * MILLIS;
                plan.hunts_leaders = true;
                plan.weights = vec![(6, Kind::Crash), (1, Kind::CrashAll)];
                plan.restart = MILLIS..600 * MILLIS;
                plan.fault_pause = 200 * MILLIS..5 * SECONDS;
                plan.think = 20 * MILLIS..600 * MILLIS;
                plan.fault_time = plan.fault_time.max(20 * SECONDS);
            }
        }
    }
}

impl FromStr for Scenario {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|scenario| scenario.name() == text).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|scenario| scenario.name()).collect();
            format!("no scenario is called {text:?}; there are {}", names.join(", "))
        })
    }
}
