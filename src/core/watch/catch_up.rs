//! Catching up: watchers that are behind read history, one bounded slice at a time.
//!
//! The watcher that is furthest behind decides where the slice starts, and every other one whose next revision lies in it is
//! served from it too: a thousand clients that come back after a restart read history together, and those that watch the same
//! keys from the same revision share the encoded events.

use std::{ops::Range, sync::Arc};

use bytes::BytesMut;

use super::{
    Events, HistoryError, Notice, RevisionChanges, WatchFault, WatchHub,
    encode::append_event,
    group::GroupId,
    watcher::{Form, State},
};

/// Records read in one slice, in bytes; a single larger revision is still read whole.
const SLICE_BYTES: usize = 512 * 1024;
/// Revisions in one response. Source: etcd 3.7.
const SLICE_REVISIONS: usize = 1000;
/// Keys compared in one slice, so that it takes a few milliseconds at most.
const SLICE_COMPARISONS: usize = 200_000;
/// Watchers served by one slice.
const SLICE_WATCHERS: usize = 4096;

/// What a slice of history holds for watchers of one group, form and next revision.
struct Share {
    of: (GroupId, Form, i64),
    events: Option<Events>,
    count: u64,
}

impl WatchHub {
    /// Whether [`Self::catch_up`] has work.
    pub fn is_catching_up(&self) -> bool {
        !self.behind.is_empty()
    }

    /// Serves one slice of history; a few milliseconds of work at most. Call it again while [`Self::is_catching_up`].
    ///
    /// # Errors
    /// [`WatchFault`] if history is unreadable.
    pub fn catch_up(&mut self) -> Result<(), WatchFault> {
        let Some(&(from, _)) = self.behind.first() else { return Ok(()) };
        let compacted = self.history.compact_revision();
        if from < compacted {
            self.end_compacted(compacted);
            return Ok(());
        }
        // At least the hub's revision: what was handed over had been readable before.
        let current = self.history.current_revision();
        let mut slice = match self.history.read(from, current, SLICE_BYTES) {
            Ok(slice) => slice,
            Err(HistoryError::Compacted { compact_revision }) => {
                self.end_compacted(compact_revision.max(from + 1));
                return Ok(());
            }
            Err(HistoryError::Fault(what)) => return Err(WatchFault(what)),
        };
        slice.truncate(SLICE_REVISIONS);
        // An empty slice means that nothing is left; else there may be more after its last revision.
        let covered = slice.last().map_or(current, |last| last.revision);
        self.serve(&slice, from, covered)
    }

    /// Gives each watcher whose next revision is in `[from, covered]` what the slice has for it.
    fn serve(&mut self, slice: &[Arc<RevisionChanges>], from: i64, covered: i64) -> Result<(), WatchFault> {
        let changes: usize = slice.iter().map(|revision| revision.changes.len()).sum();
        let mut shares_left = (SLICE_COMPARISONS / changes.max(1)).max(1);
        let mut share: Option<Share> = None;
        for index in self.next_to_serve(from, covered) {
            let watcher = &self.watchers[index];
            let State::Behind { from } = watcher.state else { unreachable!("only watchers behind are listed") };
            let of = (watcher.group, watcher.form, from);
            if share.as_ref().is_none_or(|share| share.of != of) {
                if shares_left == 0 {
                    return Ok(());
                }
                shares_left -= 1;
                share = Some(self.share(slice, of)?);
            }
            let Share { events, count, .. } = share.as_ref().expect("made above");
            self.behind.remove(&(from, index));
            let sent = match events {
                // The header tells a client that stops here where to go on: never past what this slice covers.
                Some(events) => self.watchers[index].send_events(covered, events.clone()),
                None => Ok(()),
            };
            if sent.is_ok() {
                self.events_total += count;
                self.go_on(index, covered + 1);
            } else {
                self.block(index, from);
            }
        }
        Ok(())
    }

    /// The watchers to serve, those with equal shares next to each other.
    fn next_to_serve(&self, from: i64, covered: i64) -> Vec<usize> {
        let listed: Range<(i64, usize)> = (from, 0)..(covered + 1, 0);
        let mut next: Vec<usize> = self.behind.range(listed).take(SLICE_WATCHERS).map(|&(_, index)| index).collect();
        next.sort_by_cached_key(|&index| {
            let watcher = &self.watchers[index];
            let State::Behind { from } = watcher.state else { unreachable!("only watchers behind are listed") };
            (from, watcher.group, watcher.form.index(), index)
        });
        next
    }

    fn share(&self, slice: &[Arc<RevisionChanges>], of: (GroupId, Form, i64)) -> Result<Share, WatchFault> {
        let (group, form, from) = of;
        let keys = &self.groups.get(group).keys;
        let mut encoded = BytesMut::new();
        let mut count = 0;
        for revision in slice.iter().filter(|revision| revision.revision >= from) {
            for change in revision.changes.iter().filter(|change| form.wants(change.kind) && keys.contains(&change.key)) {
                append_event(&mut encoded, self.history.as_ref(), change, revision.revision, form)?;
                count += 1;
            }
        }
        let events = (count > 0).then(|| Events::One(encoded.freeze()));
        Ok(Share { of, events, count })
    }

    /// Ends every watcher that needs history below `compacted`. Each stays registered, and takes no more part in anything.
    fn end_compacted(&mut self, compacted: i64) {
        let lost: Vec<(i64, usize)> = self.behind.range(..(compacted, 0)).take(SLICE_WATCHERS).copied().collect();
        for (from, index) in lost {
            self.behind.remove(&(from, index));
            let watcher = &mut self.watchers[index];
            let told = watcher.outlet.try_send(watcher.delivery(0, Notice::Canceled { compact_revision: compacted }));
            if told.is_ok() {
                watcher.state = State::Compacted;
            } else {
                self.block(index, from);
            }
        }
    }
}
