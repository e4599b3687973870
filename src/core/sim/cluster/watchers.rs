//! Watching clients: a stream to a member, read now fast, now slowly, and resumed at another member when it breaks.

use std::{
    sync::Arc,
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use prost::Message;
use quorate_proto::{
    etcdserverpb::{WatchCreateRequest, WatchResponse, watch_create_request::FilterType},
    mvccpb,
};

use super::{Cluster, Event, Phase};
use crate::core::{
    rpc::{header::HeaderFacts, raw::RawMessage, watch::spec, watch_message::WatchMessage},
    server::watch_loop::{WatchRequests, WatchResponses},
    sim::{
        chance::Chance,
        member::Life,
        network::Nanos,
        plan::{MILLIS, SECONDS},
    },
    verify::history::WatchStream,
};

/// Bytes of a response that a client takes in one piece.
const PIECE_BYTES: usize = 600;
/// Responses taken in one go.
const RESPONSES_PER_READ: u64 = 12;
/// Watches that a client has.
const WATCHES: usize = 3;

pub(super) enum WatcherEvent {
    Connect,
    /// In a stream with this number.
    Read(u64),
    /// Asks for progress, cancels, or lets the timer for progress beat.
    Act(u64),
}

/// One watching client.
pub(super) struct Watcher {
    id: u32,
    chance: Chance,
    wanted: Vec<Wanted>,
    open: Option<Open>,
    /// Counts the streams.
    streams: u64,
    last_member: Option<usize>,
}

/// What it watches, and where it goes on.
struct Wanted {
    request: WatchCreateRequest,
    /// The first revision that it has not seen; 0: it has seen none yet.
    next: i64,
    canceled: bool,
}

/// A stream.
struct Open {
    /// In the history.
    at: usize,
    member: usize,
    life: u64,
    requests: Arc<WatchRequests>,
    responses: WatchResponses,
    /// How slowly it reads.
    pace: Nanos,
}

impl Watcher {
    pub fn new(id: u32, chance: &mut Chance) -> Self {
        let mut chance = chance.part();
        let count = 1 + chance.below(WATCHES);
        let wanted = (1..=count as i64).map(|watch_id| Wanted::draw(watch_id, &mut chance)).collect();
        Self { id, chance, wanted, open: None, streams: 0, last_member: None }
    }
}

impl Wanted {
    fn draw(watch_id: i64, chance: &mut Chance) -> Self {
        let (key, range_end): (&[u8], &[u8]) = chance.of(&[
            (&b"k/00"[..], &b""[..]),
            (&b"k/"[..], &b"k0"[..]),
            (&b"k/01"[..], &b"k/04"[..]),
            (&b"\0"[..], &b"\0"[..]),
            (&b"\0"[..], &b"\0"[..]),
        ]);
        let mut request = WatchCreateRequest {
            key: Bytes::from_static(key),
            range_end: Bytes::from_static(range_end),
            watch_id,
            prev_kv: chance.percent(50),
            progress_notify: chance.percent(60),
            fragment: chance.percent(30),
            ..WatchCreateRequest::default()
        };
        if chance.percent(10) {
            request.filters = vec![chance.of(&[FilterType::Noput as i32, FilterType::Nodelete as i32])];
        }
        Self { request, next: 0, canceled: false }
    }
}

impl Cluster {
    pub(super) fn watcher_event(&mut self, at: usize, event: WatcherEvent) {
        match event {
            WatcherEvent::Connect => self.connect(at),
            WatcherEvent::Read(stream) if self.watchers[at].streams == stream => self.read(at),
            WatcherEvent::Act(stream) if self.watchers[at].streams == stream => self.act_on_stream(at),
            WatcherEvent::Read(_) | WatcherEvent::Act(_) => {}
        }
    }

    fn connect(&mut self, at: usize) {
        let member = self.chance.of(&self.in_use());
        let life = self.members[member].lives;
        let (id, paused) = (self.members[member].id, self.members[member].paused_until > self.now);
        // A learner serves no watches.
        let serves = |life: &&mut Life| !paused && !life.assembly.server.is_learner();
        let Some(running) = self.members[member].life.as_mut().filter(serves) else {
            return self.reconnect(at);
        };
        let current = running.assembly.server.store().current_revision();
        let compacted = running.assembly.server.store().compact_revision();
        let watching = self.plan.watching;
        let watcher = &mut self.watchers[at];
        watcher.streams += 1;
        let (requests, responses) = running.assembly.watch.open_stream();
        let requests = Arc::new(requests);
        let mut story = WatchStream { client: watcher.id, member: id, begun: self.now, ..WatchStream::default() };
        self.trace.note(self.now, "watch", &[at as u64, member as u64]);
        if watcher.last_member.replace(member).is_some_and(|before| before != member)
            && watcher.wanted.iter().any(|wanted| wanted.next > 0)
        {
            self.trace.note(self.now, "watch resumed elsewhere", &[at as u64]);
        }
        let mut creates = Vec::new();
        for wanted in &mut watcher.wanted {
            wanted.canceled = false;
            wanted.request.start_revision = match wanted.next {
                // From now, from the beginning, from some revision, from one that is yet to come.
                0 if watcher.chance.percent(watching.future_percent) => current + watcher.chance.below(8) as i64,
                0 if compacted > 0 && watcher.chance.percent(watching.compacted_percent) => compacted,
                0 => match watcher.chance.below(9) {
                    0..=4 => 0,
                    5..=6 => 1,
                    _ => watcher.chance.within(1..current.cast_unsigned() + 1).cast_signed(),
                },
                next => next,
            };
            if wanted.request.start_revision > current {
                self.trace.note(self.now, "watch from the future", &[at as u64]);
            }
            if compacted > 0 && wanted.request.start_revision == compacted {
                self.trace.note(self.now, "watch from the compacted revision", &[at as u64]);
            }
            story.creates.push((self.now, wanted.request.clone()));
            creates.push(wanted.request.clone());
        }
        let asking = Arc::clone(&requests);
        running.pool.spawn(async move {
            for create in creates {
                asking.create(spec(create)).await;
            }
        });
        self.history.streams.push(story);
        let slow = watcher.chance.percent(watching.slow_percent);
        let pace = if slow { watcher.chance.of(&[200, 3_000]) } else { watcher.chance.of(&[2, 20]) } * MILLIS;
        watcher.open = Some(Open { at: self.history.streams.len() - 1, member, life, requests, responses, pace });
        let stream = watcher.streams;
        self.settle(member);
        self.read_later(at, stream);
        self.act_later(at, stream);
    }

    fn read_later(&mut self, at: usize, stream: u64) {
        let pace = if self.phase == Phase::Quiet {
            2 * MILLIS
        } else {
            self.watchers[at].open.as_ref().map_or(MILLIS, |open| open.pace)
        };
        let delay = self.chance.skewed(100_000..pace);
        self.later(delay, Event::Watcher { watcher: at, event: WatcherEvent::Read(stream) });
    }

    fn act_later(&mut self, at: usize, stream: u64) {
        let delay = self.chance.skewed(10 * MILLIS..self.plan.watching.act);
        self.later(delay, Event::Watcher { watcher: at, event: WatcherEvent::Act(stream) });
    }

    fn reconnect(&mut self, at: usize) {
        let delay = self.chance.skewed(MILLIS..SECONDS);
        self.later(delay, Event::Watcher { watcher: at, event: WatcherEvent::Connect });
    }

    /// Closes a stream, and what was not read of it is lost.
    fn close(&mut self, at: usize) {
        let Some(open) = self.watchers[at].open.take() else { return };
        self.history.streams[open.at].ended = Some(self.now);
        self.watchers[at].streams += 1;
        drop(open.responses);
        let (member, life) = (open.member, open.life);
        if self.members[member].lives == life {
            self.settle(member);
        }
        self.reconnect(at);
    }

    /// The streams of a member are lost with it.
    pub(super) fn lose_streams(&mut self, member: usize) {
        for at in 0..self.watchers.len() {
            let Some(open) = &self.watchers[at].open else { continue };
            if open.member == member {
                self.history.streams[open.at].ended = Some(self.now);
                self.watchers[at].open = None;
                self.watchers[at].streams += 1;
                self.reconnect(at);
            }
        }
    }

    fn read(&mut self, at: usize) {
        let watcher = &mut self.watchers[at];
        let stream = watcher.streams;
        let Some(open) = &mut watcher.open else { return };
        let member = open.member;
        // Nothing comes from a member that stands still.
        if self.members[member].paused_until > self.now {
            return self.read_later(at, stream);
        }
        let Some(life) = &self.members[member].life else { return };
        if life.assembly.watch.facts().blocked_watchers > 0 {
            self.trace.note(self.now, "watcher blocked", &[at as u64]);
        }
        let facts = life.assembly.server.header();
        let mut cx = Context::from_waker(Waker::noop());
        let mut broken = false;
        for _ in 0..watcher.chance.within(1..RESPONSES_PER_READ) {
            match open.responses.poll_next(&mut cx) {
                Poll::Pending => break,
                Poll::Ready(Err(_)) => {
                    broken = true;
                    break;
                }
                Poll::Ready(Ok(delivery)) => {
                    let message = WatchMessage::new(facts, delivery);
                    for piece in message.pieces(PIECE_BYTES) {
                        let mut bytes = Vec::with_capacity(piece.encoded_len());
                        piece.write(&mut bytes);
                        let response = WatchResponse::decode(bytes.as_slice()).expect("the server encodes what clients decode");
                        learn(&mut watcher.wanted, &response);
                        self.trace.note(self.now, "watched", &[at as u64, response.events.len() as u64]);
                        if has_transaction(&response) {
                            self.trace.note(self.now, "watched transaction", &[at as u64]);
                        }
                        self.history.streams[open.at].responses.push((self.now, response));
                    }
                }
            }
        }
        self.settle(member);
        if broken {
            return self.close(at);
        }
        self.read_later(at, stream);
    }

    fn act_on_stream(&mut self, at: usize) {
        let watcher = &mut self.watchers[at];
        let stream = watcher.streams;
        let Some(open) = &mut watcher.open else { return };
        let member = open.member;
        let requests = Arc::clone(&open.requests);
        let Some(life) = &mut self.members[member].life else { return };
        if self.phase == Phase::Quiet {
            return;
        }
        match watcher.chance.below(12) {
            _ if watcher.chance.percent(self.plan.watching.progress_percent) => {
                self.history.streams[open.at].progress_requests.push(self.now);
                if life.assembly.watch.facts().slow_watchers > 0 {
                    self.trace.note(self.now, "progress asked while behind", &[at as u64]);
                }
                life.pool.spawn(async move { requests.progress().await });
            }
            0..=7 => life.pool.spawn(async move { requests.tick().await }),
            // The client changes its pace, or goes elsewhere.
            8..=9 => open.pace = watcher.chance.of(&[2, 20, 200, 3_000]) * MILLIS,
            10 => return self.close(at),
            _ => {
                let which = watcher.chance.below(watcher.wanted.len());
                let wanted = &mut watcher.wanted[which];
                if !wanted.canceled {
                    wanted.canceled = true;
                    let watch_id = wanted.request.watch_id;
                    life.pool.spawn(async move { requests.cancel(watch_id).await });
                }
            }
        }
        self.settle(member);
        self.act_later(at, stream);
    }
}

/// Whether several changes have one revision.
fn has_transaction(response: &WatchResponse) -> bool {
    let revision = |event: &mvccpb::Event| event.kv.as_ref().map(|kv| kv.mod_revision);
    response.events.windows(2).any(|pair| revision(&pair[0]) == revision(&pair[1]))
}

/// Takes note of how far each watch is.
fn learn(wanted: &mut [Wanted], response: &WatchResponse) {
    let Some(one) = wanted.iter_mut().find(|wanted| wanted.request.watch_id == response.watch_id) else { return };
    if response.compact_revision > 0 {
        // Lost history: it begins again where there is some.
        one.next = response.compact_revision;
        return;
    }
    if response.created || response.canceled || response.fragment {
        return;
    }
    let told = response.header.map_or(0, |header| header.revision);
    let seen = match response.events.last().and_then(|event| event.kv.as_ref()) {
        Some(kv) => kv.mod_revision,
        None => told,
    };
    one.next = one.next.max(seen + 1);
}
