//! Whole states whose connection breaks: where they go on, and when they do not.

use std::sync::atomic::{AtomicUsize, Ordering};

use quorate_proto::peer::{snapshot_answer::Answer, snapshot_chunk::Part};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::mpsc,
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status, Streaming};

use super::{
    snapshots::{chunk, header, request, rows, trailer},
    *,
};
use crate::core::peer::{
    Receiving, Sending,
    dial::{Dialled, dial},
    limits::{CHUNK_BYTES, CHUNKS_WAITING_MAX, KEEP_ALIVE_TIMEOUT, SNAPSHOT_KEPT},
};

/// A small state of many chunks, of which each place to break off is tried.
fn small() -> Source {
    Source::new(rows("record", 9, 30).chain(rows("index", 4, 10)).chain(rows("meta", 1, 5)))
}

const SMALL_CHUNK: usize = 70;

fn sink(told: &Recorder) -> Box<dyn SnapshotSink> {
    told.begin_snapshot(&request(1, 2)).unwrap()
}

/// Sends until the receiver has `chunks`, or all. Answers the applied index once it has all.
fn flow(sending: &mut Sending, receiving: Receiving, chunks: u64) -> Result<u64, Receiving> {
    let mut receiving = receiving;
    while receiving.tally().chunks() < chunks {
        match sending.next_part().unwrap() {
            Part::Rows(chunk) => receiving.take(&chunk).unwrap(),
            Part::Trailer(trailer) => return Ok(receiving.finish(trailer).unwrap()),
            Part::Header(_) => panic!("a second header"),
        }
    }
    Err(receiving)
}

#[test]
fn a_state_that_breaks_anywhere_goes_on_there_and_is_the_same() {
    let source = small();
    let all = source.all();
    // Once the sender has sent further than the receiver took, once the receiver heard more than the sender knows of.
    for (lost, confirmed) in [(0, true), (0, false), (1, false), (3, true), (3, false)] {
        let mut chunks = 0;
        loop {
            *source.read.lock() = 0;
            let told = Recorder::default();
            let mut sending = Sending::open(&source, request(1, 2), 7, SMALL_CHUNK).unwrap();
            let Err(receiving) = flow(&mut sending, Receiving::new(1, 7, sink(&told)), chunks) else { break };
            let taken = told.0.lock().rows.len();
            for _ in 0..lost {
                sending.next_part().unwrap();
            }
            if confirmed {
                sending.confirm(chunks);
            }
            let read = *source.read.lock();
            sending.go_on_at(receiving.tally().into()).unwrap();
            assert_eq!(flow(&mut sending, receiving, u64::MAX).ok(), Some(42));
            assert!(told.0.lock().rows == all, "broken behind chunk {chunks}");
            assert_eq!(*source.read.lock(), read + all.len() - taken, "what had arrived is not read again");
            chunks += 1;
        }
        assert!(chunks > 6, "only {chunks} places");
    }
}

#[test]
fn a_place_that_is_not_of_this_state_or_was_confirmed_is_refused() {
    let source = small();
    let mut sending = Sending::open(&source, request(1, 2), 7, SMALL_CHUNK).unwrap();
    let told = Recorder::default();
    let Err(receiving) = flow(&mut sending, Receiving::new(1, 7, sink(&told)), 3) else { panic!("longer than that") };
    let at: wire::SnapshotTally = receiving.tally().into();
    for wrong in [
        wire::SnapshotTally { crc32c: at.crc32c ^ 1, ..at },
        wire::SnapshotTally { rows: at.rows + 1, ..at },
        wire::SnapshotTally { chunks: at.chunks + 1, ..at },
    ] {
        assert!(sending.go_on_at(wrong).is_err());
    }
    sending.go_on_at(wire::SnapshotTally::default()).unwrap();
    let Err(receiving) = flow(&mut sending, Receiving::new(1, 7, sink(&told)), 3) else { panic!("longer than that") };
    sending.confirm(3);
    assert!(sending.go_on_at(wire::SnapshotTally::default()).is_err(), "a receiver that lost what it had wants a newer state");
    sending.go_on_at(receiving.tally().into()).unwrap();
}

/// Passes connections on to a member and cuts them.
struct Cutter {
    url: String,
    made: Arc<AtomicUsize>,
    /// Bytes that went through to the member.
    passed: Arc<AtomicUsize>,
}

impl Cutter {
    /// Cuts a connection after so many bytes towards the member, up to `cuts` times. With `shuts`, none comes through after that.
    async fn start(to: SocketAddr, cuts: usize, bytes: usize, shuts: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (made, passed) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (count, all) = (Arc::clone(&made), Arc::clone(&passed));
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                if !shuts || count.load(Ordering::Relaxed) < cuts {
                    let far = TcpStream::connect(to).await.unwrap();
                    tokio::spawn(Self::pass(near, far, cuts, bytes, Arc::clone(&count), Arc::clone(&all)));
                }
            }
        });
        Self { url, made, passed }
    }

    async fn pass(near: TcpStream, far: TcpStream, cuts: usize, bytes: usize, made: Arc<AtomicUsize>, all: Arc<AtomicUsize>) {
        let ((mut near_in, mut near_out), (mut far_in, mut far_out)) = (near.into_split(), far.into_split());
        let back = tokio::spawn(async move { tokio::io::copy(&mut far_in, &mut near_out).await });
        let (mut passed, mut buffer) = (0, vec![0; 16 * 1024]);
        while let Ok(count @ 1..) = near_in.read(&mut buffer).await {
            passed += count;
            if passed > bytes && made.load(Ordering::Relaxed) < cuts {
                made.fetch_add(1, Ordering::Relaxed);
                break;
            }
            if far_out.write_all(&buffer[..count]).await.is_err() {
                break;
            }
            all.fetch_add(count, Ordering::Relaxed);
        }
        back.abort();
    }

    fn made(&self) -> usize {
        self.made.load(Ordering::Relaxed)
    }
}

#[tokio::test]
async fn a_connection_that_breaks_again_and_again_costs_little_and_the_node_hears_of_none() {
    const CUTS: usize = 5;
    let source = Source::new(rows("kv", 60_000, 1000).chain(rows("meta", 3, 10)));
    let ids = Ids { cluster_id: CLUSTER, member_id: 1 };
    let one = Member::start_with(ids, "127.0.0.1:0".parse().unwrap(), source.clone()).await;
    let two = Member::start(2).await;
    let cutter = Cutter::start(two.address, CUTS, 10 << 20, false).await;
    one.outbox.set_peers(vec![(2, vec![cutter.url.clone()])]);
    one.connected_to(2).await;
    one.outbox.send(vec![request(1, 2)]);
    until("sending ended", || !one.told.0.lock().snapshots_sent.is_empty()).await;
    assert_eq!((one.told.0.lock().snapshots_sent.clone(), cutter.made()), (vec![(2, true)], CUTS));
    let told = two.told.0.lock();
    assert_eq!((told.begun, told.installed, told.forgotten), (1, 1, 0));
    assert!(told.rows == source.all());
    // What is under way when a connection breaks goes twice, which windows bound, and is read twice, which the queue before it
    // bounds; beginning anew would send half of the state again each time.
    let (passed, bytes) = (cutter.passed.load(Ordering::Relaxed), source.rows.len() * 1000);
    assert!((bytes..bytes * 3 / 2).contains(&passed), "{passed} bytes were sent for {bytes}");
    let (read, rows) = (*source.read.lock(), source.rows.len());
    assert!(read < rows + CUTS * (CHUNKS_WAITING_MAX + 8) * CHUNK_BYTES / 1000, "{read} rows were read to send {rows}");
    // One sending, however many attempts.
    assert_eq!(one.told.0.lock().moves.len(), 2);
}

/// One connection that breaks when this is dropped.
struct Line(JoinHandle<()>);

impl Line {
    async fn start(to: SocketAddr) -> (Self, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let passing = async move {
            let (mut near, _) = listener.accept().await.unwrap();
            let mut far = TcpStream::connect(to).await.unwrap();
            // Either side may break it too.
            let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
        };
        (Self(tokio::spawn(passing)), url)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// An attempt to send a state, as another member would make it. Dropping it breaks the connection.
struct Attempt {
    /// First, so that nothing that is said while the rest is dropped gets through.
    line: Line,
    parts: mpsc::Sender<wire::SnapshotChunk>,
    answers: Streaming<wire::SnapshotAnswer>,
}

impl Attempt {
    /// Begins one. Answers where the receiver stands.
    async fn begin(member: &Member, header: Part) -> Result<(Self, wire::SnapshotTally), Status> {
        let Part::Header(of) = &header else { panic!("no header") };
        let ids = Ids { cluster_id: CLUSTER, member_id: of.message.as_ref().unwrap().from };
        let (line, url) = Line::start(member.address).await;
        let Dialled { mut client, .. } = dial(&[url], ids, member.id(), KEEP_ALIVE_TIMEOUT, None).await.unwrap();
        let (parts, body) = mpsc::channel(16);
        parts.try_send(wire::SnapshotChunk { part: Some(header) }).unwrap();
        let answers = client.snapshot(ReceiverStream::new(body)).await?.into_inner();
        let mut attempt = Self { line, parts, answers };
        match attempt.answer().await? {
            Answer::Stored(stored) => Ok((attempt, stored)),
            Answer::Result(result) => panic!("{result:?} without rows"),
        }
    }

    async fn answer(&mut self) -> Result<Answer, Status> {
        Ok(self.answers.message().await?.expect("no end without a result or a status").answer.unwrap())
    }

    async fn send(&self, part: Part) {
        self.parts.send(wire::SnapshotChunk { part: Some(part) }).await.unwrap();
    }

    /// Sends a chunk and waits until it is stored.
    async fn store(&mut self, chunk: &wire::Rows) {
        self.send(Part::Rows(chunk.clone())).await;
        assert!(matches!(self.answer().await.unwrap(), Answer::Stored(_)));
    }

    async fn finish(mut self, part: Part) -> Result<u64, Status> {
        assert!(!self.line.0.is_finished());
        self.send(part).await;
        match self.answer().await? {
            Answer::Result(result) => Ok(result.applied_index),
            Answer::Stored(stored) => panic!("{stored:?} instead of a result"),
        }
    }
}

#[tokio::test]
async fn the_same_state_goes_on_where_its_connection_broke() {
    let two = Member::start(2).await;
    let (first, second) = (chunk("kv", 10), chunk("lease", 20));
    let (mut attempt, stored) = Attempt::begin(&two, header(1, 2, 7)).await.unwrap();
    assert_eq!(stored, wire::SnapshotTally::default());
    attempt.store(&first).await;
    drop(attempt);
    let (mut attempt, stored) = Attempt::begin(&two, header(1, 2, 7)).await.unwrap();
    assert_eq!(Part::Trailer(stored), trailer(&[&first]));
    attempt.store(&second).await;
    // The trailer is of all parts, not of the last.
    assert_eq!(attempt.finish(trailer(&[&first, &second])).await.unwrap(), 42);
    let told = two.told.0.lock();
    assert_eq!((told.begun, told.installed, told.forgotten, told.rows.len()), (1, 1, 0, 30));
}

#[tokio::test]
async fn a_trailer_of_the_second_part_alone_is_refused() {
    let two = Member::start(2).await;
    let (first, second) = (chunk("kv", 10), chunk("lease", 20));
    let (mut attempt, _) = Attempt::begin(&two, header(1, 2, 7)).await.unwrap();
    attempt.store(&first).await;
    drop(attempt);
    let (mut attempt, _) = Attempt::begin(&two, header(1, 2, 7)).await.unwrap();
    attempt.store(&second).await;
    assert_eq!(attempt.finish(trailer(&[&second])).await.unwrap_err().code(), Code::DataLoss);
    until("it is forgotten", || two.told.0.lock().forgotten == 1).await;
    // And what was refused is not gone on with.
    let (_attempt, stored) = Attempt::begin(&two, header(1, 2, 7)).await.unwrap();
    assert_eq!(stored, wire::SnapshotTally::default());
}

/// A connection may be gone for seconds before this side knows.
#[tokio::test]
async fn a_second_attempt_takes_over_from_one_that_does_not_know_yet_that_it_is_dead() {
    let two = Member::start(2).await;
    let (first, second) = (chunk("kv", 10), chunk("lease", 20));
    let (mut dead, _) = Attempt::begin(&two, header(1, 2, 7)).await.unwrap();
    dead.store(&first).await;
    let (mut attempt, stored) = Attempt::begin(&two, header(1, 2, 7)).await.unwrap();
    assert_eq!(Part::Trailer(stored), trailer(&[&first]));
    assert_eq!(dead.answer().await.unwrap_err().code(), Code::Aborted);
    attempt.store(&second).await;
    assert_eq!(attempt.finish(trailer(&[&first, &second])).await.unwrap(), 42);
}

#[tokio::test]
async fn another_state_throws_away_what_broke_off() {
    let two = Member::start(2).await;
    let first = chunk("kv", 10);
    // Another sending of the same member, with the first one broken or not known to be; then another member's.
    for (at, (from, nonce, is_broken)) in [(1, 8, true), (1, 9, false), (3, 9, true)].into_iter().enumerate() {
        let (mut before, _) = Attempt::begin(&two, header(1, 2, 7)).await.unwrap();
        before.store(&first).await;
        let _held = if is_broken {
            drop(before);
            let ended = |moves: &SnapshotMoves| matches!(moves, SnapshotMoves::ReceiveEnded { .. });
            until("the break is noticed", || two.told.0.lock().moves.iter().filter(|moves| ended(moves)).count() == 2 * at + 1)
                .await;
            None
        } else {
            Some(before)
        };
        let (mut attempt, stored) = Attempt::begin(&two, header(from, 2, nonce)).await.unwrap();
        assert_eq!(stored, wire::SnapshotTally::default());
        assert_eq!(two.told.0.lock().forgotten, at + 1);
        attempt.store(&first).await;
        assert_eq!(attempt.finish(trailer(&[&first])).await.unwrap(), 42);
    }
    assert_eq!(two.told.0.lock().installed, 3);
}

#[tokio::test]
async fn a_state_that_flows_is_not_given_up_for_another_member_unless_that_one_leads_a_later_term() {
    let two = Member::start(2).await;
    let of_term = |from, term| {
        let message = Some(wire::Message { term, ..request(from, 2) });
        Part::Header(wire::SnapshotHeader { message, nonce: 1 })
    };
    let (mut attempt, _) = Attempt::begin(&two, of_term(1, 5)).await.unwrap();
    attempt.store(&chunk("kv", 10)).await;
    let refused = Attempt::begin(&two, of_term(3, 5)).await.err().unwrap();
    assert_eq!(refused.code(), Code::Unavailable);
    attempt.store(&chunk("kv", 10)).await;
    let (_newer, _) = Attempt::begin(&two, of_term(3, 6)).await.unwrap();
    assert_eq!(attempt.answer().await.unwrap_err().code(), Code::Aborted);
    let told = two.told.0.lock();
    assert_eq!((told.begun, told.forgotten), (2, 1));
}

#[tokio::test]
async fn what_broke_off_is_kept_for_a_while_and_then_thrown_away() {
    let two = Member::start(2).await;
    let (mut attempt, _) = Attempt::begin(&two, header(1, 2, 7)).await.unwrap();
    attempt.store(&chunk("kv", 10)).await;
    let broken = Instant::now();
    drop(attempt);
    until("the receiver forgot", || two.told.0.lock().forgotten == 1).await;
    assert!(broken.elapsed() >= SNAPSHOT_KEPT);
    let (_attempt, stored) = Attempt::begin(&two, header(1, 2, 7)).await.unwrap();
    assert_eq!(stored, wire::SnapshotTally::default());
    assert_eq!(two.told.0.lock().installed, 0);
}

#[tokio::test]
async fn a_sender_whose_peer_stays_away_closes_the_state_after_a_while() {
    let source = Source::new(rows("kv", 60_000, 1000));
    let ids = Ids { cluster_id: CLUSTER, member_id: 1 };
    let one = Member::start_with(ids, "127.0.0.1:0".parse().unwrap(), source.clone()).await;
    let two = Member::start(2).await;
    let cutter = Cutter::start(two.address, 1, 10 << 20, true).await;
    one.outbox.set_peers(vec![(2, vec![cutter.url.clone()])]);
    one.connected_to(2).await;
    let closed = Arc::strong_count(&source.open);
    one.outbox.send(vec![request(1, 2)]);
    until("the connection is cut", || cutter.made() == 1).await;
    let cut = Instant::now();
    assert!(Arc::strong_count(&source.open) > closed);
    until("sending ended", || one.told.0.lock().snapshots_sent == [(2, false)]).await;
    until("the state is closed", || Arc::strong_count(&source.open) == closed).await;
    assert!(cut.elapsed() + Duration::from_secs(1) >= SNAPSHOT_KEPT);
    until("the receiver forgot too", || two.told.0.lock().forgotten == 1).await;
    let told = two.told.0.lock();
    assert_eq!((told.installed, told.begun), (0, 1));
}

#[tokio::test]
async fn a_member_that_stops_ends_a_state_that_is_arriving_and_one_that_broke_off() {
    for is_broken in [false, true] {
        let two = Member::start(2).await;
        let (mut attempt, _) = Attempt::begin(&two, header(1, 2, 7)).await.unwrap();
        attempt.store(&chunk("kv", 10)).await;
        let attempt = (!is_broken).then_some(attempt);
        let ended = |told: &Recorder| matches!(told.0.lock().moves[..], [_, SnapshotMoves::ReceiveEnded { ok: false, .. }]);
        until("the break is noticed", || ended(&two.told) == is_broken).await;
        let (told, stopping) = (two.told.clone(), Instant::now());
        two.stop().await;
        assert!(stopping.elapsed() < Duration::from_secs(2));
        until("the receiver forgot", || told.0.lock().forgotten == 1).await;
        if let Some(mut attempt) = attempt {
            assert!(attempt.answer().await.is_err());
        }
    }
}
