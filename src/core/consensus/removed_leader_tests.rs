//! A leader that is taken out: what it still does until its process goes.

use std::sync::Arc;

use bytes::Bytes;
use quorate_proto::peer as wire;

use super::{memory_log::MemoryLog, *};

const APPEND_KIND: i32 = 3;
const APPEND_RESPONSE_KIND: i32 = 4;
const VOTE_KIND: i32 = 5;
const VOTE_RESPONSE_KIND: i32 = 6;
const PRE_VOTE_KIND: i32 = 17;
const HEARTBEAT_KIND: i32 = 8;

/// Carries out what the node asks for; answers its messages.
pub(super) fn settle(node: &mut Node, log: &MemoryLog) -> Vec<wire::Message> {
    let mut sent = Vec::new();
    while let Some(effects) = node.poll() {
        sent.extend(effects.send);
        if let Some(write) = effects.write {
            log.write(std::slice::from_ref(&write)).unwrap();
            node.persisted(write.number);
        }
        for entry in effects.committed {
            if let Some(change) = node.change_at(entry.index) {
                let expected = node.configuration().after(change);
                node.conf_change_applied(entry.index, true, &expected);
            }
            node.applied(entry.index);
        }
    }
    sent
}

/// A node of a cluster of `voters`, with its log.
fn node_of(voters: std::ops::RangeInclusive<u64>) -> (Node, Arc<MemoryLog>) {
    let log = Arc::new(MemoryLog::default());
    bootstrap(&*log, voters.map(|id| (id, Bytes::new())).collect()).unwrap();
    let state = recover(&*log, &AppliedState::default()).unwrap();
    (Node::new(NodeOptions::for_tests(2), Arc::clone(&log) as _, &state, AppliedState::default()), log)
}

/// Of two members the leader was taken out. The library took it for the only voter, and it answered reads while the other one, which
/// that was, took writes: what it answered was old.
#[test]
fn a_leader_that_was_taken_out_answers_no_read() {
    let (mut node, log) = node_of(1..=2);
    settle(&mut node, &log);
    node.campaign();
    settle(&mut node, &log);
    let term = node.status().term;
    let from = |kind, index| wire::Message { r#type: kind, from: 1, to: 2, term, index, ..wire::Message::default() };
    node.step(from(VOTE_RESPONSE_KIND, 0));
    settle(&mut node, &log);
    node.step(from(APPEND_RESPONSE_KIND, node.status().last_index));
    settle(&mut node, &log);
    node.propose_change(MembershipChange::Remove(2), Bytes::new()).unwrap();
    settle(&mut node, &log);
    node.step(from(APPEND_RESPONSE_KIND, node.status().last_index));
    settle(&mut node, &log);
    assert_eq!(node.configuration().voters, [1]);
    assert!(!node.status().decides_alone);
    node.read_index(1);
    while let Some(effects) = node.poll() {
        assert_eq!(effects.reads, []);
    }
}

/// The other one of two was taken out, and entries had come that were not yet handed out to be written: the library leads only with a log
/// that is durable, and panicked.
#[test]
fn who_is_left_alone_leads_when_its_log_is_durable() {
    let (mut node, log) = node_of(1..=2);
    settle(&mut node, &log);
    let entry = |index, kind, data: Bytes| wire::Entry { r#type: kind, term: 1, index, data, context: Bytes::new() };
    let append = |index, entries: Vec<wire::Entry>, commit| wire::Message {
        r#type: APPEND_KIND,
        from: 1,
        to: 2,
        term: 1,
        log_term: 1,
        index,
        entries,
        commit,
        ..wire::Message::default()
    };
    node.step(append(2, vec![entry(3, 1, conf_change::encode(MembershipChange::Remove(1)))], 3));
    settle(&mut node, &log);
    assert_eq!(node.configuration().voters, [2]);
    node.step(append(3, vec![entry(4, 0, "late".into())], 3));
    node.campaign();
    assert_eq!(node.status().role, Role::Follower, "it is not written yet");
    settle(&mut node, &log);
    node.campaign();
    settle(&mut node, &log);
    assert_eq!((node.status().role, node.status().committed), (Role::Leader, 5));
}

/// A late acknowledgement, or the end of a write of its own, made the library look for the progress of the leader itself, which is gone
/// with its vote, and the member panicked where it should have gone in peace. When it stepped down at once instead, an append that was refused
/// left the last voter without the news, and with a vote to ask for that could not come.
#[test]
fn a_leader_that_was_taken_out_tells_the_others_and_decides_nothing_more() {
    let (mut node, log) = node_of(1..=3);
    settle(&mut node, &log);
    node.campaign();
    settle(&mut node, &log);
    let term = node.status().term;
    let from = |from, kind, index| wire::Message { r#type: kind, from, to: 2, term, index, ..wire::Message::default() };
    node.step(from(1, VOTE_RESPONSE_KIND, 0));
    settle(&mut node, &log);
    assert_eq!(node.status().role, Role::Leader);
    node.step(from(1, APPEND_RESPONSE_KIND, node.status().last_index));
    settle(&mut node, &log);

    node.propose_change(MembershipChange::Remove(2), Bytes::new()).unwrap();
    node.propose(&["after it".into()]).unwrap();
    settle(&mut node, &log);
    let last = node.status().last_index;
    node.step(from(1, APPEND_RESPONSE_KIND, last - 1));
    settle(&mut node, &log);
    assert_eq!(node.configuration().voters, [1, 3]);
    for member in [1, 3] {
        node.step(from(member, APPEND_RESPONSE_KIND, last));
    }
    // Whatever is given to it now is not taken, and ends nothing.
    let _ = node.propose(&["too late".into()]);
    settle(&mut node, &log);
    assert_eq!(node.status().committed, last - 1);
    node.tick();
    let heard = settle(&mut node, &log).into_iter().filter(|message| message.r#type == HEARTBEAT_KIND);
    assert!(heard.into_iter().any(|heartbeat| heartbeat.to == 1 && heartbeat.commit == last - 1), "it is told of the change");
}

/// A leader that took itself out while the last voter could not hear it went after a second, and that voter waited for its vote for ever.
#[test]
fn a_leader_that_was_taken_out_votes_on_and_tells_the_others() {
    let (mut node, log) = node_of(1..=2);
    settle(&mut node, &log);
    node.campaign();
    settle(&mut node, &log);
    let term = node.status().term;
    let from = |kind, index| wire::Message { r#type: kind, from: 1, to: 2, term, index, ..wire::Message::default() };
    node.step(from(VOTE_RESPONSE_KIND, 0));
    settle(&mut node, &log);
    node.step(from(APPEND_RESPONSE_KIND, node.status().last_index));
    settle(&mut node, &log);
    node.propose_change(MembershipChange::Remove(2), Bytes::new()).unwrap();
    settle(&mut node, &log);
    let change = node.status().last_index;
    node.step(wire::Message { commit: change - 1, ..from(APPEND_RESPONSE_KIND, change) });
    settle(&mut node, &log);
    assert_eq!(node.configuration().voters, [1]);
    // Hearing nobody it steps down. Then it tells the others, and grants the vote that one still asks for.
    let mut told = Vec::new();
    for _ in 0..40 {
        node.tick();
        let sent = settle(&mut node, &log).into_iter();
        told.extend(sent.filter(|message| (message.r#type, message.commit, message.to) == (PRE_VOTE_KIND, change, 1)));
    }
    assert_eq!(node.status().role, Role::Follower);
    assert!((1..=3).contains(&told.len()), "{told:?}");
    let stands = wire::Message {
        r#type: VOTE_KIND,
        from: 1,
        to: 2,
        term: term + 1,
        index: change,
        log_term: term,
        commit: change - 1,
        commit_term: term,
        ..wire::Message::default()
    };
    node.step(stands);
    let answers = settle(&mut node, &log);
    assert!(answers.iter().any(|answer| answer.r#type == VOTE_RESPONSE_KIND && !answer.reject), "{answers:?}");
}

/// The other side of it: a voter whose leader has gone without a word takes the commit index from what the leader says afterwards.
#[test]
fn the_last_voter_learns_of_the_removal_from_the_one_that_was_removed() {
    let (mut node, log) = node_of(1..=2);
    settle(&mut node, &log);
    let entry = wire::Entry {
        r#type: 1,
        term: 1,
        index: 3,
        data: conf_change::encode(MembershipChange::Remove(1)),
        context: Bytes::new(),
    };
    let append = wire::Message {
        r#type: APPEND_KIND,
        from: 1,
        to: 2,
        term: 1,
        log_term: 1,
        index: 2,
        entries: vec![entry],
        commit: 2,
        ..wire::Message::default()
    };
    node.step(append);
    settle(&mut node, &log);
    assert_eq!(node.configuration().voters, [1, 2]);
    node.step(wire::Message { to: 2, ..leaving::news(1, 1, (3, 1)) });
    let answers = settle(&mut node, &log);
    assert_eq!(node.configuration().voters, [2]);
    assert!(answers.iter().all(|answer| answer.reject), "{answers:?}");
    node.campaign();
    settle(&mut node, &log);
    assert_eq!(node.status().role, Role::Leader);
}
