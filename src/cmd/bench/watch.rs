//! `watch`: how fast events reach many watchers.
//!
//! First all watchers are created, each stream creating its own one after another. Then clients put to the watched keys,
//! and every stream counts the events that come. Each value begins with the time at which its put was due, so an event's
//! latency runs from there to its arrival. Of an event only those bytes are looked for: decoding all of it would cost the
//! generator more than sending costs the server.

use std::{
    cell::{Cell, RefCell},
    pin::pin,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use bytes::Bytes;
use futures_util::stream::{FuturesUnordered, StreamExt};
use prost::{
    DecodeError,
    encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field},
};
use quorate_proto::etcdserverpb::{PutRequest, WatchCreateRequest, WatchRequest, watch_request::RequestUnion};

use super::{
    cpu::Meter,
    driver::{Operation, Pool, Run, drive},
    flags::{Load, check, check_rate, check_sizes},
    keys::{KeySpace, Template, random_value},
    pace::Ticket,
    report::{Report, Tally},
    wire::{Failure, Incoming, Outgoing, frame},
};

/// The time at the head of each value, in nanoseconds since the start of the run.
const STAMP_BYTES: usize = 8;

/// Put to watched keys and count the events that come back
#[derive(clap::Args, Clone, Debug)]
pub struct WatchArgs {
    /// Watch streams, spread over the connections
    #[arg(long, default_value_t = 10)]
    streams: usize,
    /// Watchers on each stream
    #[arg(long, visible_alias = "watch-per-stream", default_value_t = 100)]
    watchers_per_stream: usize,
    /// Different keys to watch
    #[arg(long, visible_alias = "watched-key-total", default_value_t = 1)]
    watched_keys: u64,
    /// Puts to the watched keys; --total or --duration say it as well
    #[arg(long, visible_alias = "put-total")]
    puts: Option<u64>,
    /// Puts a second; --rate says it as well
    #[arg(long)]
    put_rate: Option<f64>,
    /// Size of each key in bytes
    #[arg(long, default_value_t = 32)]
    key_size: usize,
    /// Size of each value in bytes, 8 or more
    #[arg(long, default_value_t = 8)]
    val_size: usize,
}

const STREAMS_MAX: usize = 1_000_000;
const WATCHERS_PER_STREAM_MAX: usize = 1_000_000;
/// Puts of a run whose flags do not say how many.
pub const PUTS_DEFAULT: u64 = 1000;
/// How often the end of the run looks whether the last events have come.
const LAST_EVENTS_POLL: Duration = Duration::from_millis(1);

impl WatchArgs {
    /// Moves this operation's own words for the pace into the load.
    pub fn adjust(&self, load: &mut Load) -> anyhow::Result<()> {
        load.pace.total = self.puts.or(load.pace.total);
        if let Some(rate) = self.put_rate {
            check_rate("--put-rate", rate)?;
            load.pace.rate = Some(rate).filter(|&rate| rate > 0.0);
        }
        Ok(())
    }

    pub async fn run(&self, pool: &Pool, load: &Load) -> anyhow::Result<Report> {
        check_sizes(self.key_size, self.val_size)?;
        let space = KeySpace::new(self.watched_keys, self.key_size)?;
        check("--streams", self.streams, STREAMS_MAX)?;
        check("--watchers-per-stream", self.watchers_per_stream, WATCHERS_PER_STREAM_MAX)?;
        if self.val_size < STAMP_BYTES {
            bail!("--val-size {} has no room for the time of a put: give {STAMP_BYTES} or more", self.val_size);
        }
        let creation = RefCell::new(Tally::default());
        let begun = Instant::now();
        let mut streams = Vec::with_capacity(self.streams);
        for n in 0..self.streams {
            let (outgoing, incoming) = pool.caller(n, "/etcdserverpb.Watch/Watch", load).open().await?;
            streams.push(Stream { outgoing, incoming });
        }
        let mut creating: FuturesUnordered<_> =
            streams.iter_mut().enumerate().map(|(n, stream)| self.create(n, stream, space, load, &creation)).collect();
        while let Some(created) = creating.next().await {
            created.context("cannot create the watchers")?;
        }
        drop(creating);
        let creation = creation.into_inner().figures(begun.elapsed());

        let meter = Meter::start(&load.server_pids)?;
        let (puts, events) = self.put_and_count(pool, load, space, &mut streams).await?;
        let used = meter.used()?;
        let mut report = Report {
            operation: "watch".to_owned(),
            endpoints: pool.endpoints(),
            clients: load.clients,
            connections: load.connections,
            rate: load.pace.rate,
            figures: events.tally.figures(events.elapsed),
            unsent: load.pace.rate.map(|_| puts.unsent),
            interrupted: puts.interrupted,
            sent_late_us: puts.sent_late.as_ref().map(Tally::latency_us),
            creation: Some(creation),
            puts: Some(puts.tally.figures(puts.elapsed)),
            ..Report::default()
        };
        report.set_cpu(used);
        report.add_errors(&puts.tally);
        report.add_errors(&events.tally);
        Ok(report)
    }

    /// Creates the watchers of stream number `n`, one after another.
    async fn create(
        &self,
        n: usize,
        stream: &mut Stream,
        space: KeySpace,
        load: &Load,
        tally: &RefCell<Tally>,
    ) -> Result<(), Failure> {
        for watcher in 0..self.watchers_per_stream {
            let number = (n * self.watchers_per_stream + watcher) as u64 % space.keys();
            let create = WatchCreateRequest { key: space.key(number), ..WatchCreateRequest::default() };
            let begun = Instant::now();
            stream.outgoing.send(frame(&WatchRequest { request_union: Some(RequestUnion::CreateRequest(create)) }))?;
            let mut created = false;
            while !created {
                let mut seen = Ok(());
                let mut each = |message: &[u8]| match scan(message, |_| ()) {
                    Ok(Kind::Canceled) => seen = Err(Failure::Protocol("the server cancelled a watcher".to_owned())),
                    Ok(kind) => created |= kind == Kind::Created,
                    Err(e) => seen = Err(Failure::Protocol(e.to_string())),
                };
                let received = tokio::time::timeout(load.timeout, stream.incoming.receive(&mut each)).await;
                received.map_err(|_| Failure::Timeout(load.timeout))??;
                seen?;
            }
            tally.borrow_mut().add(begun.elapsed(), Ok(()));
        }
        Ok(())
    }

    /// Puts, while all streams count; returns when every put has its events or none has come for the time of a request.
    async fn put_and_count(
        &self,
        pool: &Pool,
        load: &Load,
        space: KeySpace,
        streams: &mut [Stream],
    ) -> anyhow::Result<(Run, Events)> {
        let base = Instant::now();
        let puts = RefCell::new(WatchedPuts::new(self, space, load, base));
        let tally = RefCell::new(Tally::default());
        let last_event = Cell::new(base);
        let mut counting: FuturesUnordered<_> =
            streams.iter_mut().map(|stream| stream.count(base, &tally, &last_event)).collect();
        let all_ended = async {
            while let Some(failure) = counting.next().await {
                tally.borrow_mut().add_error(failure);
            }
        };
        let put_all = async {
            let run = drive(pool, load, &puts).await?;
            let waiting_since = Instant::now();
            while tally.borrow().succeeded() < puts.borrow().expected
                && last_event.get().max(waiting_since).elapsed() < load.timeout
            {
                tokio::time::sleep(LAST_EVENTS_POLL).await;
            }
            anyhow::Ok(run)
        };
        let run = {
            let mut put_all = pin!(put_all);
            tokio::select! {
                biased;
                run = &mut put_all => run?,
                // Every stream is dead: the puts run on for their own sake, their events will be missing.
                () = all_ended => tokio::time::timeout(load.timeout, put_all).await.unwrap_or_else(|_| Ok(Run::default()))?,
            }
        };
        drop(counting);
        let mut tally = tally.into_inner();
        let missing = puts.borrow().expected.saturating_sub(tally.succeeded());
        tally.add_errors(Failure::Missing, missing);
        Ok((run, Events { tally, elapsed: last_event.get().duration_since(base) }))
    }
}

/// The events of a run; the time runs from its start to the last of them.
struct Events {
    tally: Tally,
    elapsed: Duration,
}

/// One watch stream. The sending half is kept because the server ends a stream whose client has closed it.
struct Stream {
    outgoing: Outgoing,
    incoming: Incoming,
}

impl Stream {
    /// Counts events until the stream ends, and says why it did.
    async fn count(&mut self, base: Instant, tally: &RefCell<Tally>, last_event: &Cell<Instant>) -> Failure {
        loop {
            let mut broken = None;
            let mut each = |message: &[u8]| {
                let now = Instant::now();
                let since_base = now.duration_since(base);
                let mut tally = tally.borrow_mut();
                let kind = scan(message, |stamp| {
                    tally.add(since_base.saturating_sub(Duration::from_nanos(stamp)), Ok(()));
                    last_event.set(now);
                });
                match kind {
                    Ok(Kind::Canceled) => broken = Some("the server cancelled a watcher".to_owned()),
                    Ok(Kind::Created | Kind::Events) => {}
                    Err(e) => broken = Some(e.to_string()),
                }
            };
            if let Err(failure) = self.incoming.receive(&mut each).await {
                return failure;
            }
            if let Some(reason) = broken {
                return Failure::Protocol(reason);
            }
        }
    }
}

/// What a message of a watch stream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Created,
    Canceled,
    /// Events, or none for a word about progress.
    Events,
}

/// Reads a `WatchResponse` without decoding it and hands the stamp of each event's value to `each`.
fn scan(message: &[u8], mut each: impl FnMut(u64)) -> Result<Kind, DecodeError> {
    let mut kind = Kind::Events;
    fields(message, |tag, field| {
        match (tag, field) {
            (3, Field::Varint(1)) if kind == Kind::Events => kind = Kind::Created,
            (4, Field::Varint(1)) => kind = Kind::Canceled,
            (11, Field::Bytes(event)) => {
                let mut stamp = None;
                fields(event, |tag, field| match (tag, field) {
                    (2, Field::Bytes(kv)) => fields(kv, |tag, field| {
                        if let (5, Field::Bytes(value)) = (tag, field) {
                            stamp = value.first_chunk().copied();
                        }
                        Ok(())
                    }),
                    _ => Ok(()),
                })?;
                // Somebody else's event on a watched key has no stamp, and is not ours to count.
                if let Some(stamp) = stamp {
                    each(u64::from_be_bytes(stamp));
                }
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok(kind)
}

enum Field<'a> {
    Varint(u64),
    Bytes(&'a [u8]),
}

/// Walks the fields of an encoded message.
fn fields<'a>(mut message: &'a [u8], mut each: impl FnMut(u32, Field<'a>) -> Result<(), DecodeError>) -> Result<(), DecodeError> {
    while !message.is_empty() {
        let (tag, wire_type) = decode_key(&mut message)?;
        match wire_type {
            WireType::Varint => each(tag, Field::Varint(decode_varint(&mut message)?))?,
            WireType::LengthDelimited => {
                let length = usize::try_from(decode_varint(&mut message)?).unwrap_or(usize::MAX);
                let Some((bytes, rest)) = message.split_at_checked(length) else {
                    // Lets the library name the fault of a field that is cut short.
                    return skip_field(wire_type, tag, &mut &[0xff, 0x01][..], DecodeContext::default());
                };
                message = rest;
                each(tag, Field::Bytes(bytes))?;
            }
            other => skip_field(other, tag, &mut message, DecodeContext::default())?,
        }
    }
    Ok(())
}

/// Puts to the watched keys in turn, each with its time in its value.
struct WatchedPuts {
    space: KeySpace,
    watchers: u64,
    base: Instant,
    template: Template,
    stamp_at: usize,
    /// The key of each client's put under way.
    under_way: Vec<u64>,
    /// Events that the good puts must cause.
    expected: u64,
}

impl WatchedPuts {
    fn new(args: &WatchArgs, space: KeySpace, load: &Load, base: Instant) -> WatchedPuts {
        let value = random_value(args.val_size, load.seed);
        let put = |key, value| PutRequest { key, value, ..PutRequest::default() };
        let template = Template::new(args.key_size, |key| put(key, value.clone()));
        let stamps = Template::new(STAMP_BYTES, |stamp| put(space.key(0), [&stamp[..], &value[STAMP_BYTES..]].concat().into()));
        WatchedPuts {
            space,
            watchers: (args.streams * args.watchers_per_stream) as u64,
            base,
            template,
            stamp_at: stamps.first_hole(),
            under_way: vec![0; load.clients],
            expected: 0,
        }
    }

    /// How many watchers key number `number` has, when all take the keys in turn.
    fn watchers_of(&self, number: u64) -> u64 {
        self.watchers / self.space.keys() + u64::from(number < self.watchers % self.space.keys())
    }
}

impl Operation for WatchedPuts {
    fn path(&self) -> &'static str {
        "/etcdserverpb.KV/Put"
    }

    fn message(&mut self, client: usize, ticket: &Ticket) -> Bytes {
        let number = ticket.step % self.space.keys();
        self.under_way[client] = number;
        let mut message = self.template.copy(|key| self.space.write(number, key));
        let stamp = ticket.intended.saturating_duration_since(self.base).as_nanos() as u64;
        message[self.stamp_at..self.stamp_at + STAMP_BYTES].copy_from_slice(&stamp.to_be_bytes());
        message.freeze()
    }

    fn finished(&mut self, client: usize, good: bool) {
        if good {
            self.expected += self.watchers_of(self.under_way[client]);
        }
    }
}

#[cfg(test)]
mod tests {
    use prost::Message;
    use quorate_proto::{
        etcdserverpb::{ResponseHeader, WatchResponse},
        mvccpb::{Event, KeyValue},
    };

    use super::*;

    fn event(value: &[u8]) -> Event {
        let kv = KeyValue { key: "k".into(), mod_revision: 9, value: value.to_vec().into(), ..KeyValue::default() };
        Event { kv: Some(kv.clone()), prev_kv: Some(kv), ..Event::default() }
    }

    fn scanned(response: &WatchResponse) -> (Kind, Vec<u64>) {
        let mut stamps = Vec::new();
        let kind = scan(&response.encode_to_vec(), |stamp| stamps.push(stamp)).unwrap();
        (kind, stamps)
    }

    #[test]
    fn events_are_found_with_their_stamps_and_strangers_are_passed_over() {
        let mut response = WatchResponse {
            header: Some(ResponseHeader { revision: 9, ..ResponseHeader::default() }),
            watch_id: 3,
            events: vec![event(&7u64.to_be_bytes()), event(b"short"), event(&[0, 0, 0, 0, 0, 0, 1, 0, b'x'])],
            ..WatchResponse::default()
        };
        assert_eq!(scanned(&response), (Kind::Events, vec![7, 256]));
        response.events.clear();
        response.created = true;
        assert_eq!(scanned(&response), (Kind::Created, vec![]));
        response.canceled = true;
        assert_eq!(scanned(&response), (Kind::Canceled, vec![]));
    }

    #[test]
    fn a_message_that_is_cut_short_is_an_error() {
        let whole = WatchResponse { events: vec![event(&7u64.to_be_bytes())], ..WatchResponse::default() }.encode_to_vec();
        for length in 1..whole.len() {
            assert!(scan(&whole[..length], |_| ()).is_err(), "{length}");
        }
    }
}
