//! Whole states: arriving, ended early, corrupt.

use std::sync::atomic::Ordering;

use quorate_proto::peer::{snapshot_answer::Answer, snapshot_chunk::Part};
use tonic::{Code, Status};

use super::*;
use crate::core::peer::{
    dial::{Dialled, dial},
    limits::{CHUNK_BYTES, KEEP_ALIVE_TIMEOUT},
    rows::{Tally, checksum},
};

pub fn request(from: u64, to: u64) -> wire::Message {
    let snapshot = Some(wire::Snapshot { index: 42, term: 3, voters: vec![1, 2], ..Default::default() });
    wire::Message { snapshot, ..message(kind::SNAPSHOT, from, to, 0) }
}

pub fn header(from: u64, to: u64, nonce: u64) -> Part {
    Part::Header(wire::SnapshotHeader { message: Some(request(from, to)), nonce })
}

/// `count` rows of `bytes` each.
pub fn rows(table: &str, count: usize, bytes: usize) -> impl Iterator<Item = Result<Row, String>> {
    (0..count).map(move |at| Ok((table.to_owned(), format!("{at:08}").into_bytes(), vec![at as u8; bytes])))
}

async fn pair(source: Source) -> (Member, Member) {
    let ids = Ids { cluster_id: CLUSTER, member_id: 1 };
    let (one, two) = (Member::start_with(ids, "127.0.0.1:0".parse().unwrap(), source).await, Member::start(2).await);
    introduce(&[&one, &two]);
    one.connected_to(2).await;
    (one, two)
}

#[tokio::test]
async fn a_state_arrives_whole_and_in_order() {
    // The first table is one long run that has to be cut, the last a row that no chunk can hold.
    let source = Source::new(rows("kv", 3000, 4000).chain(rows("index", 5, 0)).chain(rows("lease", 1, 3 * CHUNK_BYTES)));
    let (one, two) = pair(source.clone()).await;
    one.outbox.send(vec![request(1, 2), message(kind::HEARTBEAT, 1, 2, 1)]);
    until("sending ended", || !one.told.0.lock().snapshots_sent.is_empty()).await;
    assert_eq!(one.told.0.lock().snapshots_sent, [(2, true)]);
    let told = two.told.0.lock();
    assert_eq!((told.installed, told.forgotten, told.rows.len()), (1, 0, 3006));
    assert!(told.rows == source.all());
    assert_eq!(*source.read.lock(), 3006);
    use SnapshotMoves::{ReceiveBegan, ReceiveEnded, SendBegan, SendEnded};
    assert!(matches!(told.moves[..], [ReceiveBegan, ReceiveEnded { ok: true, .. }]));
    assert!(matches!(one.told.0.lock().moves[..], [SendBegan, SendEnded { ok: true, .. }]));
}

#[tokio::test]
async fn only_one_state_at_a_time_goes_to_a_peer_and_the_next_after_it() {
    let (one, two) = pair(Source::new(rows("kv", 1000, 4000))).await;
    one.outbox.send(vec![request(1, 2), request(1, 2)]);
    until("both ended", || one.told.0.lock().snapshots_sent.len() == 2).await;
    assert_eq!(one.told.0.lock().snapshots_sent, [(2, false), (2, true)], "the second is refused at once");
    until("the first is wound up", || {
        one.outbox.send(vec![request(1, 2)]);
        two.told.0.lock().installed == 2
    })
    .await;
}

#[tokio::test]
async fn an_error_in_the_middle_of_the_source_leaves_nothing_behind() {
    let (one, two) = pair(Source::new(rows("kv", 3000, 1000).chain([Err("page 7 is corrupt".into())]))).await;
    one.outbox.send(vec![request(1, 2)]);
    until("sending ended", || one.told.0.lock().snapshots_sent == [(2, false)]).await;
    until("the receiver forgot", || two.told.0.lock().forgotten == 1).await;
    assert_eq!(two.told.0.lock().installed, 0);
}

/// A follower that cannot store does not hold up the member that sends to it, nor its heartbeats and appends.
#[tokio::test]
async fn messages_flow_while_the_receiver_of_a_state_is_stuck() {
    let source = Source::new(rows("kv", 40_000, 1000));
    let (one, two) = pair(source.clone()).await;
    two.told.0.lock().is_disk_stuck = true;
    one.outbox.send(vec![request(1, 2)]);
    until("the state flows", || two.told.0.lock().begun == 1).await;
    for index in 1..=200 {
        one.outbox.send(vec![message(kind::HEARTBEAT, 1, 2, index), append(1, 2, index, 1000)]);
        until("both arrive", || {
            (two.told.count(kind::HEARTBEAT), two.told.count(kind::APPEND)) == (index as usize, index as usize)
        })
        .await;
    }
    assert!(*source.read.lock() < 40_000, "what cannot be stored is not read");
    two.told.0.lock().is_disk_stuck = false;
    until("sending ended", || one.told.0.lock().snapshots_sent == [(2, true)]).await;
    assert!(two.told.0.lock().rows == source.all());
}

#[tokio::test]
async fn a_state_for_a_peer_out_of_reach_is_reported_as_failed() {
    let one = Member::start(1).await;
    one.outbox.set_peers(vec![(2, vec!["http://127.0.0.1:1".into()])]);
    one.outbox.send(vec![request(1, 2)]);
    until("sending ended", || one.told.0.lock().snapshots_sent == [(2, false)]).await;
}

#[tokio::test]
async fn giving_up_on_a_peer_that_does_not_read_frees_the_source() {
    let ids = Ids { cluster_id: CLUSTER, member_id: 1 };
    let one = Member::start_with(ids, "127.0.0.1:0".parse().unwrap(), Source::new(rows("kv", 40_000, 1000))).await;
    let (url, told) = deaf::start(2).await;
    one.outbox.set_peers(vec![(2, vec![url])]);
    one.connected_to(2).await;
    let peer = one.outbox.peer(2).unwrap();
    one.outbox.send(vec![request(1, 2)]);
    until("the peer is called", || told.count(kind::SNAPSHOT) == 1).await;
    assert!(peer.is_sending_snapshot.load(Ordering::Acquire), "the windows hold less than the state");
    one.outbox.set_peers(Vec::new());
    until("the source is closed", || !peer.is_sending_snapshot.load(Ordering::Acquire)).await;
    assert_eq!(one.told.0.lock().snapshots_sent, [(2, false)]);
}

/// Sends these parts to a member as member 1 would, and ends the stream. Answers where the receiver stood, and how it ended.
async fn send_parts(member: &Member, parts: Vec<Part>) -> Result<u64, Status> {
    let ids = Ids { cluster_id: CLUSTER, member_id: 1 };
    let Dialled { mut client, .. } = dial(&[member.url()], ids, member.id(), KEEP_ALIVE_TIMEOUT, None).await.unwrap();
    let chunks = parts.into_iter().map(|part| wire::SnapshotChunk { part: Some(part) });
    let mut answers = client.snapshot(tokio_stream::iter(chunks.collect::<Vec<_>>())).await?.into_inner();
    loop {
        match answers.message().await?.expect("no end without a result or a status").answer.unwrap() {
            Answer::Stored(_) => {}
            Answer::Result(result) => return Ok(result.applied_index),
        }
    }
}

/// A chunk of rows of ten bytes.
pub fn chunk(table: &str, count: usize) -> wire::Rows {
    let mut block = Block::new(CHUNK_BYTES);
    rows(table, count, 10).for_each(|row| {
        let (_, key, value) = row.unwrap();
        block.push(&key, &value);
    });
    block.seal(table.to_owned())
}

pub fn trailer(chunks: &[&wire::Rows]) -> Part {
    let mut tally = Tally::default();
    chunks.iter().for_each(|chunk| tally.add(PackedRows::check(chunk).unwrap().count(), chunk.crc32c));
    Part::Trailer(tally.into())
}

#[tokio::test]
async fn whatever_is_not_exactly_a_whole_state_is_refused_and_forgotten() {
    let two = Member::start(2).await;
    let header = || header(1, 2, 7);
    let (first, second) = (chunk("kv", 10), chunk("kv", 20));
    let corrupt = {
        let mut rows = first.clone();
        let mut bytes = rows.rows.to_vec();
        bytes[33] ^= 1;
        rows.rows = bytes.into();
        rows
    };
    let uneven = {
        let mut rows = first.clone();
        rows.rows.truncate(rows.rows.len() - 1);
        rows.crc32c = checksum(&rows);
        rows
    };
    let (a, b) = (|| Part::Rows(first.clone()), || Part::Rows(second.clone()));
    let cases = [
        ("a byte changed", Code::DataLoss, vec![header(), a(), Part::Rows(corrupt), trailer(&[&first, &first])]),
        ("half a row", Code::InvalidArgument, vec![header(), Part::Rows(uneven), trailer(&[&first])]),
        ("no trailer", Code::DataLoss, vec![header(), a(), b()]),
        ("a chunk is missing", Code::DataLoss, vec![header(), a(), trailer(&[&first, &second])]),
        ("another order", Code::DataLoss, vec![header(), b(), a(), trailer(&[&first, &second])]),
        ("two headers", Code::InvalidArgument, vec![header(), a(), header(), trailer(&[&first])]),
    ];
    let count = cases.len();
    for (what, code, parts) in cases {
        let status = send_parts(&two, parts).await.expect_err(what);
        assert_eq!(status.code(), code, "{what}: {status}");
    }
    until("all are forgotten", || two.told.0.lock().forgotten == count).await;

    let of = |message| Part::Header(wire::SnapshotHeader { message: Some(message), nonce: 1 });
    let misshapen = [
        vec![a(), trailer(&[&first])],
        vec![of(message(kind::SNAPSHOT, 1, 2, 0)), trailer(&[])],
        vec![of(request(3, 2)), trailer(&[])],
        vec![of(wire::Message { r#type: kind::APPEND, ..request(1, 2) }), trailer(&[])],
        vec![Part::Header(wire::SnapshotHeader { message: None, nonce: 1 }), trailer(&[])],
        vec![],
    ];
    for parts in misshapen {
        assert_eq!(send_parts(&two, parts).await.unwrap_err().code(), Code::InvalidArgument);
    }
    assert_eq!(two.told.0.lock().installed, 0);
    assert_eq!(send_parts(&two, vec![header(), a(), b(), trailer(&[&first, &second])]).await.unwrap(), 42);
    assert_eq!(two.told.0.lock().installed, 1);
}
