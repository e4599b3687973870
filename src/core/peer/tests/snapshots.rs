//! Whole states: arriving, cut, corrupt.

use std::sync::atomic::Ordering;

use quorate_proto::peer::snapshot_chunk::Part;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status};

use super::*;
use crate::core::peer::{
    dial::{Dialled, dial},
    limits::{CHUNK_BYTES_MAX, KEEP_ALIVE_TIMEOUT},
    rows::{Tally, checksum},
};

fn request(from: u64, to: u64) -> wire::Message {
    let snapshot = Some(wire::Snapshot { index: 42, term: 3, voters: vec![1, 2], ..Default::default() });
    wire::Message { snapshot, ..message(kind::SNAPSHOT, from, to, 0) }
}

/// `count` rows of `bytes` each.
fn rows(table: &str, count: usize, bytes: usize) -> wire::Rows {
    let keys = (0..count).map(|key| Bytes::from(format!("{key:08}"))).collect();
    let values = (0..count).map(|value| Bytes::from(vec![value as u8; bytes])).collect();
    wire::Rows { table: table.into(), keys, values, crc32c: 0 }
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
    let tables = [rows("kv", 3000, 4000), rows("index", 5, 0), rows("lease", 1, 3 * CHUNK_BYTES_MAX)];
    let (one, two) = pair(Source(tables.iter().cloned().map(Ok).collect())).await;
    one.outbox.send(vec![request(1, 2), message(kind::HEARTBEAT, 1, 2, 1)]);
    until("sending ended", || !one.told.0.lock().snapshots_sent.is_empty()).await;
    assert_eq!(one.told.0.lock().snapshots_sent, [(2, true)]);
    let told = two.told.0.lock();
    assert_eq!((told.installed, told.forgotten, told.rows.len()), (1, 0, 3006));
    let sent = tables.iter().flat_map(|rows| {
        let table = rows.table.clone();
        rows.keys.iter().cloned().zip(rows.values.iter().cloned()).map(move |(key, value)| (table.clone(), key, value))
    });
    assert!(told.rows.iter().cloned().eq(sent));
}

#[tokio::test]
async fn only_one_state_at_a_time_goes_to_a_peer_and_the_next_after_it() {
    let (one, two) = pair(Source(vec![Ok(rows("kv", 1000, 4000))])).await;
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
    let (one, two) = pair(Source(vec![Ok(rows("kv", 3000, 1000)), Err("page 7 is corrupt".into())])).await;
    one.outbox.send(vec![request(1, 2)]);
    until("sending ended", || one.told.0.lock().snapshots_sent == [(2, false)]).await;
    until("the receiver forgot", || two.told.0.lock().forgotten == 1).await;
    assert_eq!(two.told.0.lock().installed, 0);
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
    let one = Member::start_with(ids, "127.0.0.1:0".parse().unwrap(), Source(vec![Ok(rows("kv", 20_000, 1000))])).await;
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

/// Sends these parts to a member as member 1 would, and ends the stream.
async fn send_parts(member: &Member, parts: Vec<Part>) -> Result<u64, Status> {
    let ids = Ids { cluster_id: CLUSTER, member_id: 1 };
    let Dialled { mut client, .. } = dial(&[member.url()], ids, member.id(), KEEP_ALIVE_TIMEOUT).await.unwrap();
    let chunks = parts.into_iter().map(|part| wire::SnapshotChunk { part: Some(part) });
    let answer = client.snapshot(tokio_stream::iter(chunks.collect::<Vec<_>>())).await;
    answer.map(|result| result.into_inner().applied_index)
}

fn sealed(mut rows: wire::Rows) -> wire::Rows {
    rows.crc32c = checksum(&rows);
    rows
}

fn trailer(chunks: &[&wire::Rows]) -> Part {
    let mut tally = Tally::default();
    chunks.iter().for_each(|chunk| tally.add(chunk));
    Part::Trailer(tally.trailer())
}

#[tokio::test]
async fn whatever_is_not_exactly_a_whole_state_is_refused_and_forgotten() {
    let two = Member::start(2).await;
    let header = || Part::Header(request(1, 2));
    let (first, second) = (sealed(rows("kv", 10, 10)), sealed(rows("kv", 20, 10)));
    let corrupt = {
        let mut rows = first.clone();
        rows.values[3] = Bytes::from_static(b"xxxxxxxxxx");
        rows
    };
    let uneven = {
        let mut rows = first.clone();
        rows.values.pop();
        sealed(rows)
    };
    let (a, b) = (|| Part::Rows(first.clone()), || Part::Rows(second.clone()));
    let cases = [
        ("a byte changed", Code::DataLoss, vec![header(), a(), Part::Rows(corrupt), trailer(&[&first, &first])]),
        ("keys without values", Code::InvalidArgument, vec![header(), Part::Rows(uneven.clone()), trailer(&[&uneven])]),
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

    let misshapen = [
        vec![a(), trailer(&[&first])],
        vec![Part::Header(message(kind::SNAPSHOT, 1, 2, 0)), trailer(&[])],
        vec![Part::Header(request(3, 2)), trailer(&[])],
        vec![Part::Header(wire::Message { r#type: kind::APPEND, ..request(1, 2) }), trailer(&[])],
        vec![],
    ];
    for parts in misshapen {
        assert_eq!(send_parts(&two, parts).await.unwrap_err().code(), Code::InvalidArgument);
    }
    assert_eq!(two.told.0.lock().installed, 0);
    assert_eq!(send_parts(&two, vec![header(), a(), b(), trailer(&[&first, &second])]).await.unwrap(), 42);
    assert_eq!(two.told.0.lock().installed, 1);
}

#[tokio::test]
async fn a_connection_cut_in_the_middle_leaves_nothing_behind() {
    let two = Member::start(2).await;
    let ids = Ids { cluster_id: CLUSTER, member_id: 1 };
    let Dialled { mut client, .. } = dial(&[two.url()], ids, 2, KEEP_ALIVE_TIMEOUT).await.unwrap();
    let (chunks, body) = mpsc::channel(4);
    let call = tokio::spawn(async move { client.snapshot(ReceiverStream::new(body)).await });
    for part in [Part::Header(request(1, 2)), Part::Rows(sealed(rows("kv", 10, 10)))] {
        chunks.send(wire::SnapshotChunk { part: Some(part) }).await.unwrap();
    }
    until("rows arrived", || two.told.0.lock().rows.len() == 10).await;
    call.abort();
    until("the receiver forgot", || two.told.0.lock().forgotten == 1).await;
    assert_eq!(two.told.0.lock().installed, 0);
}

#[tokio::test]
async fn a_member_that_stops_ends_a_state_that_is_arriving() {
    let two = Member::start(2).await;
    let ids = Ids { cluster_id: CLUSTER, member_id: 1 };
    let Dialled { mut client, .. } = dial(&[two.url()], ids, 2, KEEP_ALIVE_TIMEOUT).await.unwrap();
    let (chunks, body) = mpsc::channel(4);
    let call = tokio::spawn(async move { client.snapshot(ReceiverStream::new(body)).await });
    chunks.send(wire::SnapshotChunk { part: Some(Part::Header(request(1, 2))) }).await.unwrap();
    chunks.send(wire::SnapshotChunk { part: Some(Part::Rows(sealed(rows("kv", 10, 10)))) }).await.unwrap();
    until("rows arrived", || two.told.0.lock().rows.len() == 10).await;
    let (told, stopping) = (two.told.clone(), Instant::now());
    two.stop().await;
    assert!(stopping.elapsed() < Duration::from_secs(2));
    until("the receiver forgot", || told.0.lock().forgotten == 1).await;
    assert!(call.await.unwrap().is_err());
}
