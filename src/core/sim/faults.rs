//! What goes wrong, and when.

use std::{fmt, str::FromStr};

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A process is gone at once, and starts again later.
    Crash,
    /// All of them, at the same moment.
    CrashAll,
    /// A process is stopped in an orderly way, and starts again.
    Stop,
    /// A process stands still for a while, and its clock goes on.
    Pause,
    /// A process stands still together with its clock.
    Suspend,
    /// Two sides that hear nothing of each other, or links that work in one direction only.
    Partition,
    /// Messages get lost.
    Loss,
    /// Messages take long.
    Delay,
    /// Syncs of a member take long.
    SlowDisk,
    /// Writes or syncs of a member's log fail: it stops, and starts again.
    LogFails,
    /// A member's disk is full: it stops, and starts again with room.
    DiskFull,
    /// A member's wall clock jumps.
    WallClock,
    /// Leadership is handed over.
    Transfer,
    /// A member's file is written anew.
    Defragment,
    /// Operators change who the members are. What they do is a story of its own, so it has no weight among the others.
    Members,
    /// There are users, whom administrators grant this and deny that. No fault, but as good a thing to leave out.
    Users,
    /// An operator's machine loses its disk, and its member is replaced. Part of such stories.
    LostDisk,
}

/// How often each kind happens, if nothing else is asked for; those of operators happen when they do something.
pub const WEIGHTS: [(u32, Kind); 14] = [
    (20, Kind::Crash),
    (4, Kind::CrashAll),
    (4, Kind::Stop),
    (12, Kind::Pause),
    (4, Kind::Suspend),
    (24, Kind::Partition),
    (6, Kind::Loss),
    (6, Kind::Delay),
    (8, Kind::SlowDisk),
    (4, Kind::LogFails),
    (3, Kind::DiskFull),
    (6, Kind::WallClock),
    (6, Kind::Transfer),
    (4, Kind::Defragment),
];

impl Kind {
    pub const ALL: [Self; 17] = [
        Self::Crash,
        Self::CrashAll,
        Self::Stop,
        Self::Pause,
        Self::Suspend,
        Self::Partition,
        Self::Loss,
        Self::Delay,
        Self::SlowDisk,
        Self::LogFails,
        Self::DiskFull,
        Self::WallClock,
        Self::Transfer,
        Self::Defragment,
        Self::Members,
        Self::Users,
        Self::LostDisk,
    ];

    /// As it is said on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Crash => "crash",
            Self::CrashAll => "crash-all",
            Self::Stop => "stop",
            Self::Pause => "pause",
            Self::Suspend => "suspend",
            Self::Partition => "partition",
            Self::Loss => "loss",
            Self::Delay => "delay",
            Self::SlowDisk => "slow-disk",
            Self::LogFails => "log-fails",
            Self::DiskFull => "disk-full",
            Self::WallClock => "wall-clock",
            Self::Transfer => "transfer",
            Self::Defragment => "defragment",
            Self::Members => "members",
            Self::Users => "users",
            Self::LostDisk => "lost-disk",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|kind| kind.name() == text).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|kind| kind.name()).collect();
            format!("no fault is called {text:?}; there are {}", names.join(", "))
        })
    }
}
