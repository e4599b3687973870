//! What consensus needs to be durable, as data, and the trait of whoever keeps it.
//!
//! A [`LogWrite`] is applied in this order: reset, entries, hard state, cut. It is atomic, and it is durable when
//! [`LogStore::write`] returns. There are no writes without a sync: consensus only asks for one when something must be durable
//! (a commit index alone is not worth a record, it rides along with the next one). So a record that is followed by another
//! was synced, which is how a damaged record is told from a torn tail.

use bytes::Bytes;

/// A place in the log. `{0, 0}` is before the first entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogPoint {
    pub index: u64,
    pub term: u64,
}

/// What a member must remember of elections. The commit index may lag; it only saves time after a restart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HardState {
    pub term: u64,
    pub vote: u64,
    pub commit: u64,
}

/// What a log entry carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogKind {
    Proposal = 0,
    /// A change of membership: `data` says which, `context` is the proposer's.
    ConfChange = 1,
}

impl LogKind {
    /// The kind with this number, on the wire and on disk.
    pub fn from_number(number: i32) -> Option<Self> {
        match number {
            0 => Some(Self::Proposal),
            1 => Some(Self::ConfChange),
            _ => None,
        }
    }
}

/// One entry of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    pub index: u64,
    pub term: u64,
    pub kind: LogKind,
    pub data: Bytes,
    pub context: Bytes,
}

impl LogEntry {
    /// What the entry weighs in bytes, about.
    pub fn weight(&self) -> usize {
        self.data.len() + self.context.len() + ENTRY_OVERHEAD_BYTES
    }
}

/// What an entry costs beside its bytes.
pub(super) const ENTRY_OVERHEAD_BYTES: usize = 24;

/// Everything that one step of consensus wants durable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogWrite {
    /// To be given back to [`super::Node::persisted`] when the write is durable. Ascending.
    pub number: u64,
    /// Forget all entries: the log begins anew behind this point.
    pub reset: Option<LogPoint>,
    /// Consecutive. Entries at and above the first one's index are replaced.
    pub entries: Vec<LogEntry>,
    pub hard_state: Option<HardState>,
    /// Forget entries up to and including this point.
    pub cut: Option<LogPoint>,
}

impl LogWrite {
    /// Takes `later` in, as if both were written one after the other.
    ///
    /// # Panics
    /// If `later` resets: a reset is written by itself.
    pub fn merge(&mut self, later: LogWrite) {
        assert!(later.reset.is_none(), "a reset can't be merged into an earlier write");
        self.number = later.number;
        if let Some(first) = later.entries.first() {
            let from = first.index;
            while self.entries.last().is_some_and(|entry| entry.index >= from) {
                self.entries.pop();
            }
            self.entries.extend(later.entries);
        }
        self.hard_state = later.hard_state.or(self.hard_state);
        self.cut = later.cut.or(self.cut);
    }
}

/// What a log has when it is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogState {
    /// The point before the first entry; its entry is gone, its term is known.
    pub start: LogPoint,
    /// The last entry, or `start` if there is none.
    pub last: LogPoint,
    pub hard_state: HardState,
}

impl LogState {
    /// Whether nothing was ever written.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Why the log can't be trusted any more. The member stops; nothing is retried.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LogFault {
    /// What was read is not what was written.
    #[error("raft log {place} is damaged: {detail}; {}", REMEDY)]
    Corrupt { place: String, detail: String },
    /// Entries that must be there are not.
    #[error("raft log {place} lacks entries [{low}, {high}): it has ({start}, {last}]; {}", REMEDY)]
    Missing { place: String, low: u64, high: u64, start: u64, last: u64 },
    /// The log begins above what the backend has.
    #[error("raft log {place} begins at index {first}, but the state in the data directory ends at {applied}; {}", REMEDY)]
    Gap { place: String, first: u64, applied: u64 },
    /// The file system failed a read, write or sync.
    #[error("raft log {place}: {detail}")]
    Io { place: String, detail: String },
    /// A write or sync has failed before; what is on disk is not known.
    #[error("raft log {place} failed before: {detail}")]
    Failed { place: String, detail: String },
}

/// What an operator can do about a log that can't be used.
const REMEDY: &str = "restore this member's data directory from a backup, or remove the member and add it anew";

/// Keeps the log. Reads may come from another thread than writes; writes come from one thread at a time.
pub trait LogStore: Send + Sync + 'static {
    /// Where the log is, for messages to operators.
    fn place(&self) -> String;
    /// What was found on opening, plus what was written since.
    fn state(&self) -> Result<LogState, LogFault>;
    /// Entries from `low` on, below `high`, in order without gaps: all of them, or the first ones up to about `bytes_max`,
    /// but at least one. An entry that should be there and isn't is a fault.
    fn entries(&self, low: u64, high: u64, bytes_max: u64) -> Result<Vec<LogEntry>, LogFault>;
    /// Makes all writes durable, in order, with one sync.
    fn write(&self, writes: &[LogWrite]) -> Result<(), LogFault>;
}
