//! Proof that a clean verdict says something: a recorded run is spoilt in small ways, each of which must be found.

use bytes::Bytes;
use quorate::core::verify::history::{Answer, Call, History, Operation, Outcome};
use quorate_proto::etcdserverpb::{RangeRequest, RangeResponse};

/// A way to spoil a history; false when there is nothing in it to be spoilt.
type Spoil = fn(&mut History) -> bool;

/// What is done, and how.
pub const ALL: [(&str, Spoil); 7] = [
    ("a watch event is left out", leave_out_event),
    ("a watch event comes twice", repeat_event),
    ("a linearizable read answers what an earlier one did", answer_stale),
    ("a read at a new revision shows an old value", show_old_value),
    ("a put that was acknowledged stands with another value", change_acknowledged),
    ("two puts were acknowledged at one revision", share_revision),
    ("one member has another hash", change_hash),
];

/// A response with events after which its stream went on to tell of more of the same watch.
fn amid(history: &mut History) -> Option<(usize, usize)> {
    history.streams.iter().enumerate().find_map(|(stream, seen)| {
        let mut telling = seen.responses.iter().enumerate().filter(|(_, (_, response))| !response.events.is_empty());
        let (at, (_, first)) = telling.next()?;
        let goes_on = telling.any(|(_, (_, later))| later.watch_id == first.watch_id && !first.fragment);
        goes_on.then_some((stream, at))
    })
}

fn leave_out_event(history: &mut History) -> bool {
    let Some((stream, at)) = amid(history) else { return false };
    let (_, response) = &mut history.streams[stream].responses[at];
    response.events.remove(0);
    true
}

fn repeat_event(history: &mut History) -> bool {
    let Some((stream, at)) = amid(history) else { return false };
    let responses = &mut history.streams[stream].responses;
    let again = responses[at].clone();
    responses.insert(at + 1, again);
    true
}

/// A linearizable read of one present key, and what it found.
fn read(operation: &Operation) -> Option<(&Bytes, &RangeResponse)> {
    match (&operation.call, &operation.outcome) {
        (Call::Range(request), Outcome::Answered(Answer::Range(answer))) if answer.kvs.len() == 1 => {
            let RangeRequest { key, .. } = request;
            (*request == RangeRequest { key: key.clone(), ..Default::default() }).then_some((key, answer))
        }
        _ => None,
    }
}

/// Two reads of one key, the second with a newer value, which had been seen before it began: else the old one might still be right.
fn reads_apart(history: &History) -> Option<(usize, usize)> {
    let operations = &history.operations;
    operations.iter().enumerate().find_map(|(first, before)| {
        let (key, found) = read(before)?;
        let second = operations.iter().position(|after| {
            let is_newer = |read: Option<(&Bytes, &RangeResponse)>| {
                read.is_some_and(|(other, later)| other == key && later.kvs[0].mod_revision > found.kvs[0].mod_revision)
            };
            let was_seen = || operations.iter().any(|earlier| earlier.ended < after.begun && is_newer(read(earlier)));
            is_newer(read(after)) && was_seen()
        });
        Some((first, second?))
    })
}

fn answer_stale(history: &mut History) -> bool {
    let Some((first, second)) = reads_apart(history) else { return false };
    history.operations[second].outcome = history.operations[first].outcome.clone();
    true
}

fn show_old_value(history: &mut History) -> bool {
    let Some((first, second)) = reads_apart(history) else { return false };
    let Some((_, old)) = read(&history.operations[first]) else { return false };
    let old = old.kvs.clone();
    let Outcome::Answered(Answer::Range(answer)) = &mut history.operations[second].outcome else { return false };
    answer.kvs = old;
    true
}

fn change_acknowledged(history: &mut History) -> bool {
    let acknowledged = history.operations.iter().find_map(put);
    let Some((revision, _)) = acknowledged else { return false };
    let found = history.ledger.revisions.iter_mut().find(|entry| entry.revision == revision);
    let Some(kv) = found.and_then(|entry| entry.events[0].kv.as_mut()) else { return false };
    kv.value = Bytes::from_static(b"another");
    true
}

fn share_revision(history: &mut History) -> bool {
    let mut puts = history.operations.iter().enumerate().filter_map(|(at, operation)| Some((at, put(operation)?.0)));
    let (Some((_, revision)), Some((at, _))) = (puts.next(), puts.next()) else { return false };
    let Outcome::Answered(Answer::Put(answer)) = &mut history.operations[at].outcome else { return false };
    if let Some(header) = &mut answer.header {
        header.revision = revision;
    }
    true
}

/// The revision and the key of an acknowledged put.
fn put(operation: &Operation) -> Option<(i64, &Bytes)> {
    match (&operation.call, &operation.outcome) {
        (Call::Put(request), Outcome::Answered(Answer::Put(answer))) => Some((answer.header.as_ref()?.revision, &request.key)),
        _ => None,
    }
}

fn change_hash(history: &mut History) -> bool {
    let Some(hash) = history.hashes.last_mut() else { return false };
    hash.hash ^= 1;
    true
}
