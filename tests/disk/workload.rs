//! What a member goes through, drawn from a seed.

use std::{path::Path, sync::Arc};

use bytes::Bytes;
use quorate::core::{
    apply::{Command, Proposal},
    consensus::{HardState, LogEntry, LogKind, LogPoint, LogState, LogWrite},
    serve::open_member,
    wal::FileSizes,
};
use quorate_proto::etcdserverpb::{
    CompactionRequest, DeleteRangeRequest, LeaseGrantRequest, LeaseRevokeRequest, PutRequest, RequestOp, TxnRequest,
    request_op::Request,
};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};

use super::{
    disk::Disk,
    member::{Expect, LogModel, Member, StateModel, Tracker, config},
    reference::History,
};
use quorate::core::consensus::LogStore;

/// What can be found before and while a directory is begun.
pub fn beginning() -> Expect {
    let place = scratch();
    let opened = open_member(&config(place.path()), FileSizes::default()).unwrap();
    let state = opened.log.state().unwrap();
    let entries = opened.log.entries(1, state.last.index + 1, u64::MAX).unwrap();
    let history: Arc<History> = Arc::new(entries.into_iter().map(|entry| (entry.index, entry)).collect());
    let log = LogModel { state, history };
    Expect { logs: vec![log], states: vec![StateModel { point: LogPoint::default(), history: Arc::default() }] }
}

/// A directory for a disk that needs no disk, where there is one.
pub fn scratch() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}

/// Runs a member in `root` for so many steps. Answers what it had promised at each mark of the record.
pub fn run(root: &Path, disk: &Arc<Disk>, seed: u64, steps: usize) -> Member {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut member = Member::open(root, Tracker::new(Arc::clone(disk), beginning())).unwrap();
    for _ in 0..steps {
        member = step(root, member, &mut rng).unwrap();
    }
    member
}

/// One step.
pub fn step(root: &Path, mut member: Member, rng: &mut StdRng) -> Result<Member, String> {
    let LogState { start, last, hard_state } = member.model.state;
    match rng.random_range(0..100) {
        0..40 => append(&mut member, rng)?,
        40..60 => {
            let commit = rng.random_range(hard_state.commit.max(start.index)..=last.index);
            member.apply(commit.max(member.machine.applied().index))?;
        }
        60..75 => {
            member.flush()?;
            let below = member.durable.point.index.min(last.index);
            if rng.random_bool(0.6) && below > start.index {
                let index = rng.random_range(start.index + 1..=below);
                let cut = Some(LogPoint { index, term: member.model.history[&index].term });
                member.write(&[LogWrite { cut, ..LogWrite::default() }], &History::new())?;
            }
        }
        75..80 => {
            let next = HardState { term: hard_state.term + 1, vote: rng.random_range(1..4), ..hard_state };
            member.write(&[LogWrite { hard_state: Some(next), ..LogWrite::default() }], &History::new())?;
        }
        80..87 => replace_tail(&mut member, rng)?,
        87..91 => member.defragment()?,
        91..95 => {
            // A leader that is ahead, with or without the entries that are here but not committed.
            let from = rng.random_range(known(&member)..=last.index);
            let term = hard_state.term.max(last.term) + 1;
            let mut leader: History = member.model.history.range(..=from).map(|(&index, entry)| (index, entry.clone())).collect();
            for index in from + 1..=last.index + rng.random_range(1..6) {
                leader.insert(index, entry(index, term, rng));
            }
            let (&index, newest) = leader.last_key_value().expect("it has the first entry");
            let point = LogPoint { index, term: newest.term };
            member.install(&Arc::new(leader), point)?;
        }
        _ => return member.restart(root),
    }
    Ok(member)
}

/// What cannot be replaced any more.
fn known(member: &Member) -> u64 {
    let LogState { start, hard_state, .. } = member.model.state;
    hard_state.commit.max(start.index).max(member.machine.applied().index)
}

fn append(member: &mut Member, rng: &mut StdRng) -> Result<(), String> {
    let LogState { last, hard_state, .. } = member.model.state;
    let term = hard_state.term.max(last.term);
    let mut next = last.index + 1;
    let mut writes = Vec::new();
    for _ in 0..rng.random_range(1..4) {
        let count = rng.random_range(1..6);
        let entries: Vec<_> = (next..next + count).map(|index| entry(index, term, rng)).collect();
        next += count;
        let commit = known(member).max(hard_state.commit);
        writes.push(LogWrite { entries, hard_state: Some(HardState { term, commit, ..hard_state }), ..LogWrite::default() });
    }
    member.write(&writes, &History::new())
}

fn replace_tail(member: &mut Member, rng: &mut StdRng) -> Result<(), String> {
    let LogState { last, hard_state, .. } = member.model.state;
    let term = hard_state.term.max(last.term) + 1;
    let from = rng.random_range(known(member)..=last.index) + 1;
    let entries = (from..from + rng.random_range(1..4)).map(|index| entry(index, term, rng)).collect();
    let hard_state = Some(HardState { term, vote: 0, commit: known(member) });
    member.write(&[LogWrite { entries, hard_state, ..LogWrite::default() }], &History::new())
}

fn entry(index: u64, term: u64, rng: &mut StdRng) -> LogEntry {
    let data = if rng.random_bool(0.05) {
        Bytes::new()
    } else {
        Proposal { id: index, author: Default::default(), command: command(rng, index) }.encode()
    };
    LogEntry { index, term, kind: LogKind::Proposal, data, context: Bytes::new() }
}

fn key(rng: &mut StdRng) -> Bytes {
    match rng.random_range(0..20) {
        0 => vec![b'k'; 700 + rng.random_range(0..3)].into(),
        1 => Bytes::from_static(b"a\0b"),
        _ => format!("key {:03}", rng.random_range(0..60)).into(),
    }
}

fn put(rng: &mut StdRng) -> PutRequest {
    // The largest take pages of their own.
    let length = *[3, 40, 200, 900, 3000, 9000].choose_weighted(rng, |length| 9000 / length + 2).unwrap();
    let lease = if rng.random_bool(0.2) { rng.random_range(1..4) } else { 0 };
    PutRequest { key: key(rng), value: vec![rng.random_range(b'a'..=b'z'); length].into(), lease, ..PutRequest::default() }
}

fn command(rng: &mut StdRng, index: u64) -> Command {
    match rng.random_range(0..100) {
        0..60 => Command::Put(put(rng)),
        60..70 => {
            let range_end = if rng.random_bool(0.1) { Bytes::from_static(b"key 02") } else { Bytes::new() };
            Command::DeleteRange(DeleteRangeRequest { key: key(rng), range_end, prev_kv: false })
        }
        70..80 => {
            let ops = (0..3).map(|_| RequestOp { request: Some(Request::RequestPut(put(rng))) }).collect();
            Command::Txn(TxnRequest { compare: Vec::new(), success: ops, failure: Vec::new() })
        }
        80..88 => {
            let revision = rng.random_range(0..=index.cast_signed());
            Command::Compact(CompactionRequest { revision, physical: false })
        }
        88..96 => Command::LeaseGrant(LeaseGrantRequest { id: rng.random_range(1..4), ttl: 60 }),
        _ => Command::LeaseRevoke(LeaseRevokeRequest { id: rng.random_range(1..4) }),
    }
}
