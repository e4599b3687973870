//! Catching up: watchers that are behind read history, one bounded slice at a time.
//!
//! The watcher that is furthest behind decides where the slice starts, and every other one whose next revision lies in it is
//! served from it too: a thousand clients that come back after a restart read history together. The slice is sorted by key
//! once, so that each finds its changes without looking at all of them; those that watch the same keys from the same revision
//! share the encoded events.

use std::{ops::Range, sync::Arc};

use bytes::BytesMut;

use super::{
    Change, Events, HistoryError, Notice, RevisionChanges, WatchFault, WatchHub,
    encode::append_event,
    group::GroupId,
    ranges::Keys,
    watcher::{Form, State},
};
use crate::core::planted::{Bug, planted};

/// Records read in one slice, in bytes; a single larger revision is still read whole.
const SLICE_BYTES: usize = 512 * 1024;
/// Revisions in one response. Source: etcd 3.7.
const SLICE_REVISIONS: usize = 1000;
/// Watchers served by one slice.
const SLICE_WATCHERS: usize = 4096;
/// Events encoded in one slice, after which no further share is begun; a few milliseconds of work.
const SLICE_EVENTS: usize = 20_000;
/// Bytes encoded in one slice, after which no further share is begun.
const SLICE_ENCODED_BYTES: usize = 8 * 1024 * 1024;

impl WatchHub {
    /// Whether [`Self::catch_up`] has work.
    pub fn is_catching_up(&self) -> bool {
        !self.behind.is_empty()
    }

    /// Serves one slice of history; a few milliseconds of work. Call it again while [`Self::is_catching_up`].
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
        let mut revisions = match self.history.read(from, current, SLICE_BYTES) {
            Ok(revisions) => revisions,
            Err(HistoryError::Compacted { compact_revision }) => {
                self.end_compacted(compact_revision.max(from + 1));
                return Ok(());
            }
            Err(HistoryError::Fault(what)) => return Err(WatchFault(what)),
        };
        revisions.truncate(SLICE_REVISIONS);
        // An empty answer means that nothing is left; else there may be more after its last revision.
        let covered = revisions.last().map_or(current, |last| last.revision);
        self.serve(&Slice::new(&revisions), from, covered)
    }

    /// Gives each watcher whose next revision is in `[from, covered]` what the slice has for it.
    fn serve(&mut self, slice: &Slice<'_>, from: i64, covered: i64) -> Result<(), WatchFault> {
        let (mut events_made, mut bytes_made) = (0, 0);
        let mut share: Option<Share> = None;
        for index in self.next_to_serve(from, covered) {
            let watcher = &self.watchers[index];
            let from = watcher.reads_from();
            let of = (watcher.group, watcher.form, from);
            if share.as_ref().is_none_or(|share| share.of != of) {
                if events_made >= SLICE_EVENTS || bytes_made >= SLICE_ENCODED_BYTES {
                    return Ok(());
                }
                let made = self.share(slice, of)?;
                events_made += made.count;
                bytes_made += made.events.as_ref().map_or(0, Events::encoded_len);
                share = Some(made);
            }
            let Share { events, count, .. } = share.as_ref().expect("made above");
            self.behind.remove(&(from, index));
            let sent = match events {
                // The header tells a client that stops here where to go on: never past what this slice covers.
                Some(events) => self.watchers[index].send_events(covered, events.clone()),
                None => Ok(()),
            };
            if sent.is_ok() {
                self.events_total += *count as u64;
                let next = if planted(Bug::WatchTwice) && *count > 1 && covered == self.revision { covered } else { covered + 1 };
                self.go_on(index, next);
            } else {
                self.block(index, from);
            }
        }
        Ok(())
    }

    /// The watchers to serve, furthest behind first, those with equal shares next to each other.
    fn next_to_serve(&self, from: i64, covered: i64) -> Vec<usize> {
        let listed: Range<(i64, usize)> = (from, 0)..(covered + 1, 0);
        let mut next: Vec<usize> = self.behind.range(listed).take(SLICE_WATCHERS).map(|&(_, index)| index).collect();
        next.sort_by_cached_key(|&index| {
            let watcher = &self.watchers[index];
            (watcher.reads_from(), watcher.group, watcher.form.index(), index)
        });
        next
    }

    fn share(&self, slice: &Slice<'_>, of: (GroupId, Form, i64)) -> Result<Share, WatchFault> {
        let (group, form, from) = of;
        let mut encoded = BytesMut::new();
        let mut count = 0;
        for (revision, change) in slice.of_keys(&self.groups.get(group).keys) {
            if revision >= from && form.wants(change.kind) {
                append_event(&mut encoded, self.history.as_ref(), change, revision, form)?;
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

/// What a slice holds for watchers of one group, form and next revision.
struct Share {
    of: (GroupId, Form, i64),
    events: Option<Events>,
    count: usize,
}

/// Some revisions of history.
struct Slice<'a> {
    /// Every change with its revision, as they happened.
    changes: Vec<(i64, &'a Change)>,
    /// Places in `changes`, sorted by key.
    by_key: Vec<usize>,
}

impl<'a> Slice<'a> {
    fn new(revisions: &'a [Arc<RevisionChanges>]) -> Self {
        let changes: Vec<(i64, &Change)> =
            revisions.iter().flat_map(|one| one.changes.iter().map(|change| (one.revision, change))).collect();
        let mut by_key: Vec<usize> = (0..changes.len()).collect();
        by_key.sort_unstable_by_key(|&at| &changes[at].1.key);
        Self { changes, by_key }
    }

    /// The changes of these keys, as they happened.
    fn of_keys(&self, keys: &Keys) -> impl Iterator<Item = (i64, &'a Change)> {
        let first = self.by_key.partition_point(|&at| self.changes[at].1.key < keys.start());
        let held = self.by_key[first..].iter().copied().take_while(|&at| keys.contains(&self.changes[at].1.key));
        let mut places: Vec<usize> = held.collect();
        places.sort_unstable();
        places.into_iter().map(|at| self.changes[at])
    }
}
