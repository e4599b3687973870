//! Watch streams against the ledger.
//!
//! Each watcher is followed as its client sees it, beside the reference watcher: it is created before anything else comes; then come
//! all events that it is due, each once, in the order of revisions, with previous values if asked for, and no revision in two
//! responses. A header vouches: what is said to be passed was delivered, and nothing of it comes any more. Only history that is
//! compacted may end a watcher unasked.

use std::collections::BTreeMap;

use quorate_proto::{
    etcdserverpb::{WatchCreateRequest, WatchResponse},
    mvccpb::Event,
};

use super::{
    super::{
        history::{History, Moment, WatchStream},
        model::Past,
        watcher::Watcher,
    },
    finding::{Finding, Findings, seconds, short},
    known::Compactions,
    options::Options,
};

pub const CREATED: &str = "a watcher is created as asked, before anything comes of it";
pub const ORDER: &str = "watch events come once and in order";
pub const GAP: &str = "no watch event is left out";
pub const SPLIT: &str = "the events of a revision come in one response";
pub const EVENT: &str = "a watch event is what the watcher is due";
pub const BOOKMARK: &str = "a watch header does not go back, nor ahead of what was delivered";
pub const CANCELED: &str = "a watcher is canceled for compaction only where history is gone";

/// What came of it.
#[derive(Debug, Default)]
pub struct Watched {
    pub findings: Vec<Finding>,
    pub watchers: usize,
    pub events: usize,
}

pub fn check(history: &History, past: &Past, options: &Options) -> Watched {
    let compactions = Compactions::of(history);
    let mut findings = Findings::default();
    let (mut watchers, mut events) = (0, 0);
    for (index, stream) in history.streams.iter().enumerate() {
        let mut follower = Follower {
            index,
            stream,
            past,
            options,
            compactions: &compactions,
            watchers: BTreeMap::new(),
            created: 0,
            progress: 0,
            events: 0,
            findings: &mut findings,
        };
        stream.responses.iter().for_each(|(at, response)| follower.response(*at, response));
        follower.end();
        watchers += follower.created;
        events += follower.events;
    }
    Watched { findings: findings.into_vec(), watchers, events }
}

/// A watcher as its client knows it.
struct Seen {
    watcher: Watcher,
    /// The first revision of which nothing has come yet and nothing was said.
    next: i64,
    /// The highest header.
    told: i64,
    /// Events of a response of which more pieces are to come.
    pieces: Vec<Event>,
    is_over: bool,
}

struct Follower<'a> {
    index: usize,
    stream: &'a WatchStream,
    past: &'a Past,
    options: &'a Options,
    compactions: &'a Compactions,
    watchers: BTreeMap<i64, Seen>,
    /// Requests that were answered.
    created: usize,
    progress: usize,
    events: usize,
    findings: &'a mut Findings,
}

impl Follower<'_> {
    fn report(&mut self, rule: &'static str, at: Moment, text: impl FnOnce() -> String) {
        let WatchStream { client, member, .. } = self.stream;
        let index = self.index;
        self.findings
            .add(rule, || format!("stream {index} (client {client} at member {member:x}) at {}: {}", seconds(at), text()));
    }

    fn response(&mut self, at: Moment, response: &WatchResponse) {
        let (id, revision) = (response.watch_id, response.header.map_or(0, |header| header.revision));
        if response.created {
            return self.create(at, response, revision);
        }
        if id == -1 {
            return self.progress_of_all(at, response, revision);
        }
        let Some(mut seen) = self.watchers.remove(&id) else {
            return self.report(CREATED, at, || format!("a response to watcher {id}, which there is not: {response:?}"));
        };
        if seen.is_over && !response.canceled {
            self.report(CREATED, at, || format!("watcher {id} was canceled before: {response:?}"));
        } else if response.canceled {
            self.cancel(at, &mut seen, response);
        } else if response.events.is_empty() {
            self.vouch(at, id, &mut seen, revision);
        } else {
            seen.pieces.extend(response.events.iter().cloned());
            if !response.fragment {
                let events = std::mem::take(&mut seen.pieces);
                self.deliver(at, id, &mut seen, &events, revision);
            }
        }
        self.watchers.insert(id, seen);
    }

    fn create(&mut self, at: Moment, response: &WatchResponse, revision: i64) {
        let Some((asked, request)) = self.stream.creates.get(self.created).filter(|(asked, _)| *asked <= at) else {
            return self.report(CREATED, at, || format!("nobody asked: {response:?}"));
        };
        self.created += 1;
        let in_use = request.watch_id != 0 && self.watchers.contains_key(&request.watch_id);
        if response.canceled {
            if response.watch_id != -1 || !(Watcher::is_senseless(request) || in_use) {
                self.report(CREATED, at, || {
                    format!("asked at {}, refused without a reason: {request:?}: {response:?}", seconds(*asked))
                });
            }
            return;
        }
        let id = response.watch_id;
        let taken = self.watchers.get(&id).is_some_and(|seen| !seen.is_over);
        if taken || (request.watch_id != 0 && request.watch_id != id) || id < 0 || Watcher::is_senseless(request) {
            self.report(CREATED, at, || format!("{request:?} is not to be answered with {response:?}"));
        }
        self.begin(at, request, id, revision);
        if !response.events.is_empty() {
            self.report(CREATED, at, || format!("events come with it: {response:?}"));
        }
    }

    fn begin(&mut self, at: Moment, request: &WatchCreateRequest, id: i64, revision: i64) {
        if revision > self.past.revision() {
            self.report(BOOKMARK, at, || format!("watcher {id} was created at {revision}, which never was"));
        }
        let watcher = Watcher::new(request, revision);
        let next = watcher.from();
        self.watchers.insert(id, Seen { watcher, next, told: 0, pieces: Vec::new(), is_over: false });
    }

    /// The answer to a progress request speaks for all watchers of the stream.
    fn progress_of_all(&mut self, at: Moment, response: &WatchResponse, revision: i64) {
        self.progress += 1;
        let asked = self.stream.progress_requests.iter().filter(|asked| **asked <= at).count();
        if self.progress > asked || !response.events.is_empty() || response.canceled {
            self.report(BOOKMARK, at, || format!("not the answer to one of {asked} progress requests: {response:?}"));
        }
        let mut watchers = std::mem::take(&mut self.watchers);
        for (id, seen) in watchers.iter_mut().filter(|(_, seen)| !seen.is_over) {
            self.vouch(at, *id, seen, revision);
        }
        self.watchers = watchers;
    }

    fn cancel(&mut self, at: Moment, seen: &mut Seen, response: &WatchResponse) {
        let (id, compact, next) = (response.watch_id, response.compact_revision, seen.next);
        seen.is_over = true;
        if compact == 0 {
            return;
        }
        let possible = self.compactions.possible(at).unwrap_or(-1);
        if next >= compact || (compact > possible && !self.options.others_compact) {
            self.report(CANCELED, at, || format!("watcher {id} needed {next}; compacted at {possible} at most: {response:?}"));
        }
    }

    /// Everything up to `revision` must have come.
    fn vouch(&mut self, at: Moment, id: i64, seen: &mut Seen, revision: i64) {
        let Seen { told, next, .. } = *seen;
        if revision < told || revision > self.past.revision() {
            let last = self.past.revision();
            self.report(BOOKMARK, at, || format!("watcher {id} was told {told} and then {revision}; the ledger ends at {last}"));
        }
        seen.told = told.max(revision);
        if let Some(missing) = self.first_due(seen, revision) {
            self.report(BOOKMARK, at, || {
                format!("watcher {id} was told {revision} before the events of {missing} came; next was {next}")
            });
        }
        if !seen.pieces.is_empty() {
            self.report(SPLIT, at, || format!("watcher {id} was told {revision} between the pieces of a response"));
        }
        seen.next = next.max(revision + 1);
    }

    /// The first revision up to `revision` of which something should have come.
    fn first_due(&self, seen: &Seen, revision: i64) -> Option<i64> {
        (seen.next..=revision.min(self.past.revision())).find(|due| seen.watcher.is_due(self.past, *due))
    }

    fn deliver(&mut self, at: Moment, id: i64, seen: &mut Seen, events: &[Event], revision: i64) {
        self.events += events.len();
        let next = seen.next;
        let main = |event: &Event| event.kv.as_ref().map_or(0, |kv| kv.mod_revision);
        let last = events.iter().map(main).max().unwrap_or(0);
        let due: Vec<Event> =
            (next..=last.min(self.past.revision())).flat_map(|revision| seen.watcher.events(self.past, revision)).collect();
        if let Some((rule, wrong)) = self.mistake(at, next, &due, events, &main) {
            let (due, events) = (short(&format!("{due:?}")), short(&format!("{events:?}")));
            self.report(rule, at, || format!("watcher {id}, next {next}: {wrong}. Due: {due}; came: {events}"));
        }
        seen.next = next.max(last + 1);
        if revision < last {
            self.report(BOOKMARK, at, || format!("watcher {id}: header {revision} with an event of {last}"));
        } else if self.options.headers_vouch {
            self.vouch(at, id, seen, revision);
        }
    }

    /// What is wrong with what came, if anything.
    fn mistake(
        &self,
        at: Moment,
        next: i64,
        due: &[Event],
        came: &[Event],
        main: &dyn Fn(&Event) -> i64,
    ) -> Option<(&'static str, String)> {
        let same = due.len() == came.len() && due.iter().zip(came).all(|(due, came)| due == came || self.excused(at, due, came));
        if same {
            return None;
        }
        if let Some(old) = came.iter().map(main).find(|revision| *revision < next) {
            return Some((ORDER, format!("{old} was passed before")));
        }
        if !came.is_sorted_by_key(main) {
            return Some((ORDER, "not in order".to_owned()));
        }
        let of = |events: &[Event], revision: i64| events.iter().filter(|event| main(event) == revision).count();
        for revision in due.iter().map(main) {
            match (of(came, revision), of(due, revision)) {
                (0, _) => return Some((GAP, format!("{revision} is left out"))),
                (some, all) if some < all => return Some((SPLIT, format!("{some} of the {all} events of {revision}"))),
                _ => {}
            }
        }
        Some((EVENT, "not what is due".to_owned()))
    }

    /// A previous value may be left out once it may be compacted. Source: etcd 3.7.
    fn excused(&self, at: Moment, due: &Event, came: &Event) -> bool {
        let Some(kv) = &due.kv else { return false };
        let compacted = self.compactions.possible(at).is_some_and(|compact| kv.mod_revision - 1 < compact);
        let bare = Event { prev_kv: None, ..due.clone() };
        (compacted || self.options.others_compact) && bare == *came
    }

    /// Who read to the end has everything.
    fn end(&mut self) {
        if self.stream.ended.is_some() {
            return;
        }
        let at = self.stream.responses.last().map_or(self.stream.begun, |(at, _)| *at);
        let (asked, created) = (self.stream.creates.len(), self.created);
        if created < asked {
            self.report(CREATED, at, || format!("{created} of {asked} watchers were created until the end"));
        }
        let watchers = std::mem::take(&mut self.watchers);
        for (id, seen) in watchers.iter().filter(|(_, seen)| !seen.is_over) {
            if let Some(missing) = self.first_due(seen, self.past.revision()) {
                self.report(GAP, at, || format!("watcher {id} did not get {missing} until the end"));
            } else if !seen.pieces.is_empty() {
                self.report(SPLIT, at, || format!("watcher {id}: the last piece of a response did not come"));
            }
        }
        self.watchers = watchers;
    }
}

#[cfg(test)]
#[path = "watch_tests.rs"]
mod tests;
