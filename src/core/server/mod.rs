//! The running server: threads, mailboxes and clocks around the pure core.

pub mod watch_loop;
mod watch_queue;

use crate::core::consensus::{AppliedState, Committed};

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
    /// This is durable in the backend: the log may be cut below it, and a snapshot would have this index.
    Flushed(AppliedState),
    /// The received state with this index is now the backend.
    SnapshotInstalled(AppliedState),
}
