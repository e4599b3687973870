//! Watching: whole revisions to every watcher, in order, once, without gaps.
//!
//! [`WatchHub`] is a plain state machine with no clock and no thread; `server/watch_loop` drives it. It is given each new
//! revision once, and asks [`History`] for what a watcher missed. A watcher is in one of these states:
//!
//! ```text
//!   created, starts now or later ──► synced ──── outlet full ────► blocked
//!                                     ▲  │                         ▲   │
//!                            is level │  │ revisions were lost     │   │ outlet has room
//!                                     │  ▼             outlet full │   │
//!   created, starts in the past ────► behind ──────────────────────┘   │
//!                                     │  ▲─────────────────────────────┘
//!                                     ▼
//!                                   compacted
//! ```
//!
//! - *synced*: has everything up to the hub's revision; gets each new revision as it comes.
//! - *behind*: reads history in slices ([`WatchHub::catch_up`]), many watchers sharing each slice.
//! - *blocked*: its stream's [`Outlet`] took no more; it goes behind once there is room, so that a slow client costs memory
//!   that is bounded and delays nobody.
//! - *compacted*: the history it needs is gone, which its client was told; it stays registered until that cancels it.
//!
//! The revision that arrives is matched to *groups* (all watchers of the same keys), not to watchers, and its events are
//! encoded once however many watchers get them.
//!
//! **No gap at registration.** The store makes a revision readable, then looks at [`Interest`]; the hub raises its interest,
//! then reads the current revision. All four are sequentially consistent, so a revision above the one that the hub read is
//! always handed over. The hub may also lose what it was handed ([`WatchHub::fall_behind`]): everyone then reads history.
//!
//! Left out: permissions (`rpc/watch` asks before it creates) and the layout of responses (`rpc/watch_message`).

mod catch_up;
mod delivery;
mod encode;
mod group;
mod hub;
mod ranges;
mod watcher;

#[cfg(test)]
mod hub_tests;
#[cfg(test)]
pub(crate) mod memory;
#[cfg(test)]
mod model_tests;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use bytes::Bytes;

pub use self::{
    delivery::{Delivery, Events, Full, Notice, Outlet, Rejection, fragments},
    hub::{HubFacts, StreamId, WATCHER_BYTES, WatchBounds, WatchHub},
    watcher::{Filters, WatchSpec},
};

pub use super::mvcc::{Change, ChangeKind, RevisionChanges};

/// Why history could not be read.
#[derive(Debug)]
pub enum HistoryError {
    /// History below this revision is gone.
    Compacted { compact_revision: i64 },
    /// The backend failed; the member is about to stop.
    Fault(String),
}

/// What the hub needs of the store: history, and values before a change.
pub trait History: Send + Sync + 'static {
    /// Newest revision whose effects are readable.
    fn current_revision(&self) -> i64;
    /// -1 when nothing was ever compacted. Revisions below it can't be read; it itself can.
    fn compact_revision(&self) -> i64;
    /// Whole revisions from `from` on, in order, at most up to `to` inclusive; stops after about `bytes_max` of records, but
    /// always gives at least one revision if there is one. An empty answer means there is none in the range.
    fn read(&self, from: i64, to: i64, bytes_max: usize) -> Result<Vec<Arc<RevisionChanges>>, HistoryError>;
    /// The record that `key` had before main revision `before`; `None` if it had none or it is compacted.
    fn previous(&self, key: &[u8], before: i64) -> Result<Option<Bytes>, HistoryError>;
}

/// The backend failed under the hub: the member is about to stop, and no watcher may be told anything further.
#[derive(Debug, thiserror::Error)]
#[error("watch history is unreadable: {0}")]
pub struct WatchFault(pub String);

/// Whether anybody watches at all; what lets a member without watchers skip handing over its revisions.
#[derive(Debug, Default)]
pub struct Interest(AtomicBool);

impl Interest {
    /// To be asked *after* a revision was made readable.
    pub fn any(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    fn set(&self, any: bool) {
        self.0.store(any, Ordering::SeqCst);
    }
}
