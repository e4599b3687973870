//! What the consensus library reads: a window of recent entries in memory over the [`LogStore`], and the newest durable state
//! for snapshots.
//!
//! ```text
//!     start            window            last
//!       |  log store     |    in memory    |      entries of the store that were overwritten, and are not yet
//!       o----------------o-----------------o      rewritten there, are always inside the window
//! ```
//! The window holds every entry that is not yet durable, and as many durable ones before it as fit in its bytes.

use std::{collections::VecDeque, sync::Arc};

use raft::{
    GetEntriesContext, RaftState, Storage, StorageError,
    eraftpb::{ConfState, Entry, HardState as RaftHardState, Snapshot},
    util::entry_approximate_size,
};

use super::{
    AppliedState, convert,
    log_store::{LogFault, LogPoint, LogState, LogStore},
};
use crate::core::planted::{Bug, planted};

/// See the module.
pub(super) struct RaftStorage {
    log: Arc<dyn LogStore>,
    start: LogPoint,
    last: LogPoint,
    window: VecDeque<Entry>,
    window_bytes: usize,
    window_bytes_max: usize,
    /// Writes that are not durable yet: their number and the first index that they change.
    unwritten: VecDeque<(u64, u64)>,
    /// As they were on opening; the library asks once.
    initial: (RaftHardState, ConfState),
    newest_state: AppliedState,
}

impl RaftStorage {
    pub fn new(log: Arc<dyn LogStore>, state: &LogState, applied: AppliedState, window_bytes_max: usize) -> Self {
        let mut hard_state = RaftHardState::default();
        hard_state.term = state.hard_state.term;
        hard_state.vote = state.hard_state.vote;
        hard_state.commit = state.hard_state.commit;
        let mut configuration = convert::conf_state(&applied.configuration);
        if planted(Bug::LearnerCounted) {
            let learners = configuration.take_learners();
            configuration.mut_voters().extend(learners);
        }
        Self {
            log,
            start: state.start,
            last: state.last,
            window: VecDeque::new(),
            window_bytes: 0,
            window_bytes_max,
            unwritten: VecDeque::new(),
            initial: (hard_state, configuration),
            newest_state: applied,
        }
    }

    /// Takes entries that the write with this number makes durable; they replace all from the first one's index on.
    pub fn append(&mut self, number: u64, entries: Vec<Entry>) {
        let Some(first) = entries.first().map(|entry| entry.index) else { return };
        assert!(first > self.start.index && first <= self.last.index + 1, "entries follow what the log has");
        let keep = first.saturating_sub(self.window_first());
        while self.window.len() as u64 > keep {
            self.pop_back();
        }
        for entry in entries {
            self.window_bytes += entry_approximate_size(&entry);
            self.last = LogPoint { index: entry.index, term: entry.term };
            self.window.push_back(entry);
        }
        self.unwritten.push_back((number, first));
    }

    /// Forgets everything: the log begins anew behind `point`, once the write with this number is durable.
    pub fn reset(&mut self, number: u64, point: LogPoint) {
        self.window.clear();
        self.window_bytes = 0;
        (self.start, self.last) = (point, point);
        self.unwritten.push_back((number, point.index + 1));
    }

    /// Writes up to this number are durable: memory may be given back.
    pub fn persisted(&mut self, number: u64) {
        while self.unwritten.front().is_some_and(|&(waiting, _)| waiting <= number) {
            self.unwritten.pop_front();
        }
        let evictable = self.unwritten.iter().map(|&(_, first)| first).min().unwrap_or(u64::MAX);
        while self.window_bytes > self.window_bytes_max && self.window.front().is_some_and(|entry| entry.index < evictable) {
            self.pop_front();
        }
    }

    /// Forgets entries up to and including `point`.
    pub fn cut(&mut self, point: LogPoint) {
        assert!(point.index > self.start.index && point.index <= self.last.index, "only what is there can be cut");
        while self.window.front().is_some_and(|entry| entry.index <= point.index) {
            self.pop_front();
        }
        self.start = point;
    }

    /// This state is durable in the backend: a snapshot would be of it.
    pub fn set_newest_state(&mut self, state: AppliedState) {
        if state.index >= self.newest_state.index {
            self.newest_state = state;
        }
    }

    pub fn newest_state(&self) -> &AppliedState {
        &self.newest_state
    }

    pub fn start(&self) -> LogPoint {
        self.start
    }

    fn window_first(&self) -> u64 {
        self.window.front().map_or(self.last.index + 1, |entry| entry.index)
    }

    fn pop_front(&mut self) {
        if let Some(entry) = self.window.pop_front() {
            self.window_bytes -= entry_approximate_size(&entry);
        }
    }

    fn pop_back(&mut self) {
        if let Some(entry) = self.window.pop_back() {
            self.window_bytes -= entry_approximate_size(&entry);
        }
    }
}

impl Storage for RaftStorage {
    fn initial_state(&self) -> raft::Result<RaftState> {
        Ok(RaftState::new(self.initial.0.clone(), self.initial.1.clone()))
    }

    fn entries(&self, low: u64, high: u64, max_size: impl Into<Option<u64>>, _: GetEntriesContext) -> raft::Result<Vec<Entry>> {
        if low <= self.start.index {
            return Err(StorageError::Compacted.into());
        }
        if high > self.last.index + 1 {
            return Err(StorageError::Unavailable.into());
        }
        let bytes_max = max_size.into().unwrap_or(u64::MAX);
        let window_first = self.window_first();
        let mut entries = Vec::new();
        let mut bytes = 0;
        if low < window_first {
            let stored_high = high.min(window_first);
            let stored = self.log.entries(low, stored_high, bytes_max).map_err(fault)?;
            let whole = stored.len() as u64 == stored_high - low;
            entries.extend(stored.into_iter().map(convert::to_raft_entry));
            if !whole {
                return Ok(entries);
            }
            bytes = entries.iter().map(|entry| entry_approximate_size(entry) as u64).sum();
        }
        let from = low.max(window_first);
        if from < high {
            let range = (from - window_first) as usize..(high - window_first) as usize;
            for entry in self.window.range(range) {
                bytes += entry_approximate_size(entry) as u64;
                if bytes > bytes_max && !entries.is_empty() {
                    break;
                }
                entries.push(entry.clone());
            }
        }
        Ok(entries)
    }

    fn term(&self, index: u64) -> raft::Result<u64> {
        if index == self.start.index {
            return Ok(self.start.term);
        }
        if index == self.last.index {
            return Ok(self.last.term);
        }
        if index < self.start.index {
            return Err(StorageError::Compacted.into());
        }
        if index > self.last.index {
            return Err(StorageError::Unavailable.into());
        }
        let window_first = self.window_first();
        if index >= window_first {
            return Ok(self.window[(index - window_first) as usize].term);
        }
        let stored = self.log.entries(index, index + 1, u64::MAX).map_err(fault)?;
        Ok(stored.first().expect("a log answers at least one entry or a fault").term)
    }

    fn first_index(&self) -> raft::Result<u64> {
        Ok(self.start.index + 1)
    }

    fn last_index(&self) -> raft::Result<u64> {
        Ok(self.last.index)
    }

    fn snapshot(&self, request_index: u64, to: u64) -> raft::Result<Snapshot> {
        let state = &self.newest_state;
        // A member takes no state from before it was added: it would all be sent in vain.
        if state.index == 0 || state.index < request_index || !state.configuration.has(to) {
            return Err(StorageError::SnapshotTemporarilyUnavailable.into());
        }
        Ok(convert::snapshot(state))
    }
}

/// The library turns any error but its own into a panic, which the shell takes as a fault of the member.
fn fault(fault: LogFault) -> raft::Error {
    raft::Error::Store(StorageError::Other(Box::new(fault)))
}
