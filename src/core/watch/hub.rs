//! The hub: streams, their watchers, and the way of a new revision to them.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use slab::Slab;

use super::{
    Delivery, Full, History, Interest, Notice, Outlet, Rejection, RevisionChanges, WatchFault, WatchSpec,
    encode::RevisionEvents,
    group::{GroupId, Groups},
    ranges::Keys,
    watcher::{Form, State, Watcher},
};
use crate::core::planted::{Bug, planted};

/// Names a stream for as long as the hub lives.
pub type StreamId = u64;

/// Progress requests of one stream that may wait for the hub to reach a revision; more get no answer.
const WAITING_PROGRESS_MAX: usize = 128;

/// What a watcher counts for, in bytes, beside its keys.
pub const WATCHER_BYTES: usize = 512;

/// How many watchers there may be, in bytes that they count for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WatchBounds {
    pub stream_bytes: usize,
    pub all_bytes: usize,
    /// What a stream may have when there are too many in all.
    pub always_bytes: usize,
}

#[cfg(test)]
impl WatchBounds {
    pub const ANY: Self = Self { stream_bytes: usize::MAX, all_bytes: usize::MAX, always_bytes: usize::MAX };
}

/// What the hub holds, for metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HubFacts {
    pub streams: usize,
    pub watchers: usize,
    /// Watchers that are behind or blocked.
    pub slow_watchers: usize,
    /// Those of them that wait for room.
    pub blocked_watchers: usize,
    /// Events sent since the start, each watcher's counted.
    pub events_total: u64,
}

/// See the [chapter](super).
pub struct WatchHub {
    pub(super) history: Arc<dyn History>,
    interest: Arc<Interest>,
    /// Synced watchers have everything up to here. Without watchers it means nothing.
    pub(super) revision: i64,
    /// Looked up, never iterated.
    streams: HashMap<StreamId, Stream>,
    pub(super) watchers: Slab<Watcher>,
    bounds: WatchBounds,
    /// What the watchers count for.
    watcher_bytes: usize,
    pub(super) groups: Groups,
    /// Watchers that read history, by the revision they are to read next.
    pub(super) behind: BTreeSet<(i64, usize)>,
    /// Watchers that wait for room.
    blocked: usize,
    /// Streams with a progress request that waits.
    waiting_progress: BTreeSet<StreamId>,
    pub(super) events_total: u64,
    touched: Vec<GroupId>,
}

struct Stream {
    outlet: Arc<dyn Outlet>,
    watchers: BTreeMap<i64, usize>,
    /// What they count for.
    watcher_bytes: usize,
    next_id: i64,
    blocked: Vec<usize>,
    /// Revisions that the hub must have reached before it answers a progress request; ascending.
    progress_at: Vec<i64>,
}

impl WatchHub {
    /// A hub without streams. `interest` is what the apply side asks before it hands over revisions.
    pub fn new(history: Arc<dyn History>, interest: Arc<Interest>, bounds: WatchBounds) -> Self {
        Self {
            history,
            interest,
            revision: 0,
            streams: HashMap::new(),
            watchers: Slab::new(),
            bounds,
            watcher_bytes: 0,
            groups: Groups::default(),
            behind: BTreeSet::new(),
            blocked: 0,
            waiting_progress: BTreeSet::new(),
            events_total: 0,
            touched: Vec::new(),
        }
    }

    pub fn facts(&self) -> HubFacts {
        HubFacts {
            streams: self.streams.len(),
            watchers: self.watchers.len(),
            slow_watchers: self.behind.len() + self.blocked,
            blocked_watchers: self.blocked,
            events_total: self.events_total,
        }
    }

    /// Opens a stream that answers into `outlet`. An id is used once.
    pub fn open_stream(&mut self, stream: StreamId, outlet: Arc<dyn Outlet>) {
        let opened = Stream {
            outlet,
            watchers: BTreeMap::new(),
            watcher_bytes: 0,
            next_id: 0,
            blocked: Vec::new(),
            progress_at: Vec::new(),
        };
        let before = self.streams.insert(stream, opened);
        assert!(before.is_none(), "stream ids are used once");
    }

    /// Forgets a stream and its watchers; nothing is sent. An unknown one is ignored.
    pub fn close_stream(&mut self, stream: StreamId) {
        let Some(closed) = self.streams.remove(&stream) else { return };
        self.waiting_progress.remove(&stream);
        for index in closed.watchers.into_values() {
            self.remove_watcher(index);
        }
    }

    /// Creates a watcher, or refuses to; one answer in either case, ahead of any event.
    pub fn create(&mut self, stream: StreamId, spec: WatchSpec) {
        let Some(asking) = self.streams.get(&stream) else { return };
        let keys = match judge(asking, &spec) {
            Ok(keys) => keys,
            Err(rejection) => return self.reject(stream, rejection),
        };
        let bytes = WATCHER_BYTES + spec.key.len() + spec.range_end.len();
        let of_stream = asking.watcher_bytes + bytes;
        let are_many = self.watcher_bytes + bytes > self.bounds.all_bytes;
        if of_stream > if are_many { self.bounds.always_bytes } else { self.bounds.stream_bytes } {
            return self.reject(stream, Rejection::TooMany);
        }
        if self.watchers.is_empty() {
            // Interest first, revision second: a revision above this one is then sure to be handed over.
            self.interest.set(true);
            self.revision = self.history.current_revision();
        }
        // May be above the hub's own: what lies between is not for a watcher that starts now.
        let current = self.history.current_revision();
        let asking = self.streams.get_mut(&stream).expect("looked up above");
        let id = asking.choose_id(spec.watch_id);
        let from = if spec.start_revision == 0 { current + 1 } else { spec.start_revision };
        let index = self.watchers.insert(Watcher {
            stream,
            id,
            bytes,
            group: self.groups.join(keys),
            form: Form { prev_kv: spec.prev_kv, filters: spec.filters },
            start_revision: spec.start_revision,
            may_fragment: spec.fragment,
            progress_notify: spec.progress_notify,
            quiet: true,
            state: State::Behind { from },
            outlet: Arc::clone(&asking.outlet),
        });
        asking.watchers.insert(id, index);
        asking.watcher_bytes += bytes;
        self.watcher_bytes += bytes;
        asking.outlet.reply(self.watchers[index].delivery(current, Notice::Created));
        self.go_on(index, from);
    }

    /// Refuses a creation that never came to be, in its place among the stream's answers.
    pub fn reject(&self, stream: StreamId, rejection: Rejection) {
        self.reply(stream, -1, Notice::Rejected(rejection));
    }

    /// Ends a watcher; one answer, after which it gets nothing. An unknown id gets no answer.
    pub fn cancel(&mut self, stream: StreamId, watch_id: i64) {
        let Some(asking) = self.streams.get_mut(&stream) else { return };
        let Some(index) = asking.watchers.remove(&watch_id) else { return };
        self.remove_watcher(index);
        self.reply(stream, watch_id, Notice::Canceled { compact_revision: 0 });
        // It may have been what kept the others from being told their progress; a request that waits is judged when due.
    }

    /// Asks how far the whole stream is. Answered once the hub has reached the revision that is readable now, so that the
    /// answer covers every read made before; not at all unless all its watchers are synced then and have started.
    pub fn progress_request(&mut self, stream: StreamId) {
        let current = self.history.current_revision();
        let Some(asking) = self.streams.get_mut(&stream) else { return };
        if asking.watchers.is_empty() {
            return;
        }
        if asking.progress_at.len() < WAITING_PROGRESS_MAX {
            asking.progress_at.push(current);
            self.answer_progress(stream);
        }
    }

    /// The stream's timer: each watcher that wants it, is synced and had no events since the last tick is told its progress.
    pub fn progress_tick(&mut self, stream: StreamId) {
        let Some(ticking) = self.streams.get(&stream) else { return };
        for &index in ticking.watchers.values() {
            let watcher = &mut self.watchers[index];
            if !watcher.progress_notify {
                continue;
            }
            if let Some(level) = watcher.level(self.revision).filter(|_| watcher.quiet) {
                // A full outlet has something to tell anyway.
                let _full = watcher.outlet.try_send(watcher.delivery(level, Notice::Progress));
            }
            watcher.quiet = true;
        }
    }

    /// The stream's outlet has space again: its blocked watchers go on.
    pub fn room(&mut self, stream: StreamId) {
        let Some(roomy) = self.streams.get_mut(&stream) else { return };
        for index in std::mem::take(&mut roomy.blocked) {
            self.blocked -= 1;
            let State::Blocked { from } = self.watchers[index].state else { unreachable!("only blocked watchers are listed") };
            let from = if planted(Bug::WatchGap) { from + 1 } else { from };
            self.go_on(index, from);
        }
    }

    /// Takes over revisions in order; those it has already are passed over.
    ///
    /// # Errors
    /// [`WatchFault`] if a previous value could not be read.
    pub fn on_changes(&mut self, revisions: &[Arc<RevisionChanges>]) -> Result<(), WatchFault> {
        if self.watchers.is_empty() {
            return Ok(());
        }
        for changes in revisions {
            if changes.revision > self.revision + 1 {
                if planted(Bug::InstallSkipsWatchers) {
                    self.revision = changes.revision - 1;
                }
                self.fall_behind();
            }
            if changes.revision == self.revision + 1 {
                self.deliver(changes)?;
            }
        }
        self.answer_waiting_progress();
        Ok(())
    }

    /// Revisions were lost on their way here, or the store was replaced by a newer one: all synced watchers go behind.
    pub fn fall_behind(&mut self) {
        if self.watchers.is_empty() {
            return;
        }
        let lost_from = self.revision + 1;
        self.revision = self.history.current_revision().max(self.revision);
        let synced: Vec<(usize, i64)> = self
            .watchers
            .iter()
            .filter_map(|(index, watcher)| match watcher.state {
                State::Synced { from, .. } if from <= self.revision => Some((index, from.max(lost_from))),
                _ => None,
            })
            .collect();
        for (index, from) in synced {
            self.unlist(index);
            self.go_on(index, from);
        }
        self.answer_waiting_progress();
    }

    /// Gives one revision to the synced watchers.
    fn deliver(&mut self, changes: &RevisionChanges) -> Result<(), WatchFault> {
        let mut touched = std::mem::take(&mut self.touched);
        self.groups.match_changes(changes, &mut touched);
        let history = Arc::clone(&self.history);
        let mut events = RevisionEvents::new(history.as_ref(), changes);
        for id in touched.drain(..) {
            self.deliver_to_group(id, changes.revision, &mut events)?;
        }
        self.touched = touched;
        self.revision = changes.revision;
        Ok(())
    }

    fn deliver_to_group(&mut self, id: GroupId, revision: i64, events: &mut RevisionEvents<'_>) -> Result<(), WatchFault> {
        let group = self.groups.get_mut(id);
        let mut matched = std::mem::take(&mut group.matched);
        let mut synced = std::mem::take(&mut group.synced);
        let mut by_form: [Option<_>; Form::COUNT] = Default::default();
        let mut slot = 0;
        while slot < synced.len() {
            let index = synced[slot];
            let watcher = &mut self.watchers[index];
            let form = watcher.form;
            let wanted = match &mut by_form[form.index()] {
                Some(known) => known,
                unknown => unknown.insert(events.select(&matched, form)?),
            };
            let starts_later =
                matches!(watcher.state, State::Synced { from, .. } if from > revision) && !planted(Bug::FutureWatchEarly);
            let Some((wanted, count)) = wanted.as_ref().filter(|_| !starts_later) else {
                slot += 1;
                continue;
            };
            if planted(Bug::WatchSplit) && *count > 1 {
                for event in wanted.split() {
                    let _ = watcher.send_events(revision, crate::core::watch::Events::One(event));
                }
                slot += 1;
                continue;
            }
            match watcher.send_events(revision, wanted.clone()) {
                Ok(()) => {
                    self.events_total += count;
                    slot += 1;
                }
                Err(Full) => {
                    synced.swap_remove(slot);
                    if let Some(&moved) = synced.get(slot) {
                        self.watchers[moved].set_slot(slot);
                    }
                    self.block(index, revision);
                }
            }
        }
        matched.clear();
        let group = self.groups.get_mut(id);
        group.matched = matched;
        group.synced = synced;
        Ok(())
    }

    /// Puts a watcher, which must be in no list, where it belongs if `from` is what it needs next.
    pub(super) fn go_on(&mut self, index: usize, from: i64) {
        let watcher = &mut self.watchers[index];
        if from > self.revision {
            let synced = &mut self.groups.get_mut(watcher.group).synced;
            watcher.state = State::Synced { from, slot: synced.len() };
            synced.push(index);
        } else {
            watcher.state = State::Behind { from };
            self.behind.insert((from, index));
        }
    }

    /// Lets a watcher, which must be in no list, wait for room.
    pub(super) fn block(&mut self, index: usize, from: i64) {
        let watcher = &mut self.watchers[index];
        watcher.state = State::Blocked { from };
        self.blocked += 1;
        self.streams.get_mut(&watcher.stream).expect("a watcher's stream is open").blocked.push(index);
    }

    /// Takes a watcher out of whichever list its state has it in.
    pub(super) fn unlist(&mut self, index: usize) {
        let watcher = &self.watchers[index];
        match watcher.state {
            State::Synced { slot, .. } => {
                let synced = &mut self.groups.get_mut(watcher.group).synced;
                synced.swap_remove(slot);
                if let Some(&moved) = synced.get(slot) {
                    self.watchers[moved].set_slot(slot);
                }
            }
            State::Behind { from } => {
                self.behind.remove(&(from, index));
            }
            State::Blocked { .. } => {
                self.blocked -= 1;
                // The stream itself may be on its way out.
                if let Some(stream) = self.streams.get_mut(&watcher.stream) {
                    stream.blocked.retain(|&other| other != index);
                }
            }
            State::Compacted => {}
        }
    }

    fn remove_watcher(&mut self, index: usize) {
        self.unlist(index);
        let watcher = self.watchers.remove(index);
        self.watcher_bytes -= watcher.bytes;
        // The stream itself may be on its way out.
        if let Some(stream) = self.streams.get_mut(&watcher.stream) {
            stream.watcher_bytes -= watcher.bytes;
        }
        self.groups.leave(watcher.group);
        if self.watchers.is_empty() {
            self.interest.set(false);
        }
    }

    fn answer_waiting_progress(&mut self) {
        for stream in std::mem::take(&mut self.waiting_progress) {
            self.answer_progress(stream);
        }
    }

    /// Answers the requests of a stream that are due, with the hub's revision, which all its watchers must be level with: no
    /// answer if one lags or has yet to start; later if one is ahead, since revisions told on a stream never go back. A full
    /// outlet gets none: the client asks again.
    fn answer_progress(&mut self, stream: StreamId) {
        let asking = self.streams.get_mut(&stream).expect("closing a stream withdraws its requests");
        let watchers = asking.watchers.values().map(|&index| &self.watchers[index]);
        let levels: Option<Vec<i64>> = if planted(Bug::ProgressAhead) {
            Some(vec![self.revision])
        } else {
            watchers.map(|watcher| watcher.level(self.revision)).collect()
        };
        let highest = levels.as_ref().and_then(|levels| levels.iter().copied().max());
        let due = match highest {
            Some(ahead) if ahead > self.revision => 0,
            _ => asking.progress_at.partition_point(|&at| at <= self.revision),
        };
        asking.progress_at.drain(..due);
        if highest.is_some() {
            for _ in 0..due {
                let notice = Notice::Progress;
                let _full =
                    asking.outlet.try_send(Delivery { watch_id: -1, revision: self.revision, may_fragment: false, notice });
            }
        }
        if !asking.progress_at.is_empty() {
            self.waiting_progress.insert(stream);
        }
    }

    fn reply(&self, stream: StreamId, watch_id: i64, notice: Notice) {
        let Some(asking) = self.streams.get(&stream) else { return };
        let revision = self.history.current_revision();
        asking.outlet.reply(Delivery { watch_id, revision, may_fragment: false, notice });
    }
}

impl Stream {
    /// The id asked for, or the next from 0 on that is free; one given up is not chosen again.
    fn choose_id(&mut self, asked: i64) -> i64 {
        if asked != 0 {
            return asked;
        }
        while self.watchers.contains_key(&self.next_id) {
            self.next_id += 1;
        }
        self.next_id += 1;
        self.next_id - 1
    }
}

/// The keys of a creation that is in order. The order of the checks shows: a request may break several rules.
fn judge(stream: &Stream, spec: &WatchSpec) -> Result<Keys, Rejection> {
    if spec.start_revision < 0 {
        return Err(Rejection::NegativeStart);
    }
    let keys = Keys::parse(&spec.key, &spec.range_end).ok_or(Rejection::EmptyRange)?;
    if spec.watch_id != 0 && stream.watchers.contains_key(&spec.watch_id) {
        return Err(Rejection::DuplicateId);
    }
    Ok(keys)
}
