//! One watcher: what it asked for and how far it is.

use std::sync::Arc;

use bytes::Bytes;

use super::{ChangeKind, Delivery, Events, Full, Notice, Outlet, StreamId, group::GroupId};

/// What a client asks for, as it comes off the wire.
#[derive(Clone, Debug, Default)]
pub struct WatchSpec {
    /// Empty means the lowest key, one zero byte.
    pub key: Bytes,
    /// Empty for a single key, one zero byte for everything from `key` on, otherwise the first key not watched.
    pub range_end: Bytes,
    /// 0 means from now on.
    pub start_revision: i64,
    /// 0 lets the hub choose.
    pub watch_id: i64,
    pub prev_kv: bool,
    pub filters: Filters,
    pub fragment: bool,
    pub progress_notify: bool,
}

/// Kinds of change that a watcher does not want.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filters {
    pub no_put: bool,
    pub no_delete: bool,
}

/// What decides, besides the keys, which bytes a watcher gets; watchers of a group with equal forms share them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Form {
    pub prev_kv: bool,
    pub filters: Filters,
}

impl Form {
    /// Number of different forms.
    pub const COUNT: usize = 8;

    /// In `[0, COUNT)`.
    pub fn index(self) -> usize {
        usize::from(self.prev_kv) | usize::from(self.filters.no_put) << 1 | usize::from(self.filters.no_delete) << 2
    }

    pub fn wants(self, kind: ChangeKind) -> bool {
        match kind {
            ChangeKind::Put => !self.filters.no_put,
            ChangeKind::Delete => !self.filters.no_delete,
        }
    }
}

/// How far a watcher is. `from` is always the first revision that it has yet to be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Gets new revisions as they come, those below `from` excepted; `slot` is its place in its group's list.
    Synced { from: i64, slot: usize },
    /// Reads history.
    Behind { from: i64 },
    /// Waits for room in its stream's outlet.
    Blocked { from: i64 },
    /// Ended by a compaction, which the client knows; it has yet to cancel it.
    Compacted,
}

pub(super) struct Watcher {
    pub stream: StreamId,
    pub id: i64,
    /// What it counts for among the bounds of the hub.
    pub bytes: usize,
    pub group: GroupId,
    pub form: Form,
    /// As asked for; it gets no progress below.
    pub start_revision: i64,
    pub may_fragment: bool,
    pub progress_notify: bool,
    /// No events were sent since the last tick of its stream.
    pub quiet: bool,
    pub state: State,
    pub outlet: Arc<dyn Outlet>,
}

impl Watcher {
    /// Sends events under a header with `revision`.
    pub fn send_events(&mut self, revision: i64, events: Events) -> Result<(), Full> {
        self.outlet.try_send(self.delivery(revision, Notice::Events(events)))?;
        self.quiet = false;
        Ok(())
    }

    pub fn delivery(&self, revision: i64, notice: Notice) -> Delivery {
        Delivery { watch_id: self.id, revision, may_fragment: self.may_fragment, notice }
    }

    /// Notes that its group's list has it in another place now.
    pub fn set_slot(&mut self, to: usize) {
        let State::Synced { slot, .. } = &mut self.state else { unreachable!("only synced watchers are in the list") };
        *slot = to;
    }

    /// Where it goes on reading; it must be behind.
    pub fn reads_from(&self) -> i64 {
        let State::Behind { from } = self.state else { unreachable!("only watchers that are behind are listed") };
        from
    }

    /// The revision up to which it has everything, given that synced watchers have everything up to `hub_revision`; more than
    /// that if it read history that the hub has yet to be handed. `None` if it lags or has yet to start.
    pub fn level(&self, hub_revision: i64) -> Option<i64> {
        let State::Synced { from, .. } = self.state else { return None };
        let level = hub_revision.max(from - 1);
        (self.start_revision <= level).then_some(level)
    }
}
