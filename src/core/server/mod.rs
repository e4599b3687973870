//! The running server: threads, mailboxes and clocks around the pure core.
//!
//! Threads: `raft` (node loop: consensus and, for a sole voter, the log), `apply` ([`apply_loop`]), `flush` ([`flusher`]), `watch`,
//! tokio's workers for clients and a runtime of its own for peers. Mailboxes, each bounded: into `raft` from requests and peers
//! (full: refused, dropped); from `raft` to `apply` (the node loop hands over no more while too much waits); into `watch` (full:
//! watchers catch up from history). [`ServerHandle`] is the door for requests.

mod answer_room;
mod apply_loop;
mod assembly;
pub mod auth;
mod compact_hashes;
mod compactor;
mod flusher;
mod handle;
mod history;
mod housekeeping;
mod lease_calls;
mod lease_clock;
mod leaving;
mod mailbox;
mod measured_log;
mod member_changes;
pub mod metrics;
pub mod node_handle;
pub mod node_loop;
#[cfg(test)]
mod node_loop_tests;
mod peers;
#[cfg(test)]
mod state_tests;
mod states;
mod sweep_progress;
mod waiters;
pub mod watch_loop;
mod watch_queue;

use crate::core::consensus::{AppliedState, Committed, Configuration};

pub use super::clock::{now, unix_millis};

pub use answer_room::{AnswerRoom, Unread};
pub use apply_loop::ApplyLoop;
pub use assembly::{Assembly, AssemblyError, Parts, peers_of};
pub use compact_hashes::{CompactHashes, HashJobs};
pub use compactor::compact_by_itself;
pub use flusher::{FlushSignal, Flusher, Flushing, OnDisk, Wake};
pub use handle::{ApplyProgress, Identity, RequestLimits, ServerHandle, ServerParts};
pub use history::StoreHistory;
pub use housekeeping::keep_house;
pub use lease_clock::{LeaseClock, Renewal};
pub use leaving::Leaving;
pub use measured_log::MeasuredLog;
pub use member_changes::ChangeError;
pub use peers::Peers;
pub use states::{ReceivedStates, StateFiles, StateSource};
pub use sweep_progress::SweepProgress;
pub use waiters::{Waiters, first_id};

/// Work for the apply thread, in order, sent by the node loop.
#[derive(Debug)]
pub enum ApplyTask {
    Entries(Vec<Committed>),
    /// The received state whose applied index this is replaces everything; answered by `NodeHandle::snapshot_installed`.
    InstallSnapshot {
        index: u64,
        term: u64,
    },
    /// Who leads, as this member sees it. `leader` is 0 when nobody does. Sent at each change of either.
    Leadership {
        term: u64,
        leader: u64,
        is_self: bool,
    },
}

/// What the apply and flush threads tell the node loop.
#[derive(Debug)]
pub enum Progress {
    /// Entries up to here are applied in memory.
    Applied(u64),
    /// The change of membership at this index was applied, or refused by the state machine. Comes before the `Applied` of it.
    ConfChange { index: u64, accepted: bool, configuration: Configuration },
    /// This is durable in the backend: the log may be cut below it, and a snapshot would have this index.
    Flushed(AppliedState),
    /// The received state with this index is now the backend.
    SnapshotInstalled(AppliedState),
}

/// Hears that this member was taken out of the cluster and may go. More than once, perhaps.
pub type OnRemoved = Box<dyn Fn() + Send + Sync>;

/// Why a request got no verdict from the cluster. Whether a write happened is then unknown, unless it was never proposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    #[error("request is too large")]
    TooLarge,
    #[error("too many requests")]
    TooManyRequests,
    #[error("leader changed")]
    LeaderChanged,
    #[error("no leader")]
    NoLeader,
    #[error("server stopped")]
    Stopped,
    #[error("request timed out")]
    Timeout,
    #[error("request timed out, possibly due to previous leader failure")]
    TimeoutLeaderFail,
}
