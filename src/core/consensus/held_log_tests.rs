//! For whom the log is kept, and who is sent a whole state instead.

use std::sync::Arc;

use bytes::Bytes;
use quorate_proto::peer as wire;

use super::{memory_log::MemoryLog, removed_leader_tests::settle, *};

const APPEND_KIND: i32 = 3;
const APPEND_RESPONSE_KIND: i32 = 4;
const VOTE_RESPONSE_KIND: i32 = 6;
const SNAPSHOT_KIND: i32 = 7;
const HEARTBEAT_RESPONSE_KIND: i32 = 9;

fn leader() -> (Node, Arc<MemoryLog>) {
    let log = Arc::new(MemoryLog::default());
    bootstrap(&*log, (1..=3).map(|id| (id, Bytes::new())).collect()).unwrap();
    let state = recover(&*log, &AppliedState::default()).unwrap();
    let mut node = Node::new(NodeOptions::for_tests(1), Arc::clone(&log) as _, &state, AppliedState::default());
    settle(&mut node, &log);
    node.campaign();
    settle(&mut node, &log);
    node.step(message(&node, 2, VOTE_RESPONSE_KIND, 0));
    settle(&mut node, &log);
    for _ in 0..NodeOptions::for_tests(1).cut_entries_min * 2 {
        node.propose(&["entry".into()]).unwrap();
    }
    settle(&mut node, &log);
    (node, log)
}

fn message(node: &Node, from: u64, kind: i32, index: u64) -> wire::Message {
    wire::Message { r#type: kind, from, to: 1, term: node.status().term, index, ..wire::Message::default() }
}

fn flushed(node: &Node) -> AppliedState {
    let status = node.status();
    AppliedState { index: status.applied, term: status.term, configuration: node.configuration() }
}

/// For a moment after each of its checks the library counts nobody as active. The log was cut then behind a member that was just being brought
/// up to date.
#[test]
fn the_log_is_kept_for_a_follower_that_was_heard_of_lately() {
    let (mut node, log) = leader();
    let election = NodeOptions::for_tests(1).election_ticks;
    let last = node.status().last_index;
    node.step(message(&node, 2, APPEND_RESPONSE_KIND, last));
    node.step(message(&node, 3, APPEND_RESPONSE_KIND, 4));
    settle(&mut node, &log);
    assert_eq!((node.status().role, node.status().applied), (Role::Leader, last));
    for _ in 0..election {
        node.tick();
    }
    settle(&mut node, &log);
    node.flushed(flushed(&node), 0);
    assert!(node.log_span().0 <= 5, "member 3 needs the entries from 5 on: {:?}", node.log_span());

    // One that is gone keeps nothing.
    for _ in 0..6 * election {
        node.tick();
        node.step(message(&node, 2, APPEND_RESPONSE_KIND, last));
        settle(&mut node, &log);
    }
    node.flushed(flushed(&node), 0);
    assert_eq!(node.log_span().0, last + 1);
}

/// The state on the disk was from before the member was added, most of the time: it was sent whole, and refused, and another one had to follow.
#[test]
fn a_member_is_sent_no_state_from_before_it_was_added() {
    let (mut node, log) = leader();
    let last = node.status().last_index;
    for follower in [2, 3] {
        node.step(message(&node, follower, APPEND_RESPONSE_KIND, last));
    }
    settle(&mut node, &log);
    node.flushed(flushed(&node), 0);
    assert_eq!(node.log_span().0, last + 1, "there is nothing but the state to be sent");
    node.propose_change(MembershipChange::AddLearner(4), Bytes::new()).unwrap();
    settle(&mut node, &log);
    node.step(message(&node, 2, APPEND_RESPONSE_KIND, last + 1));
    let mut sent = settle(&mut node, &log);
    assert_eq!(node.configuration().learners, [4]);
    node.tick();
    sent.extend(settle(&mut node, &log));
    if let Some(append) = sent.iter().find(|message| (message.r#type, message.to) == (APPEND_KIND, 4)) {
        node.step(wire::Message { reject: true, ..message(&node, 4, APPEND_RESPONSE_KIND, append.index) });
    }
    node.step(message(&node, 4, HEARTBEAT_RESPONSE_KIND, 0));
    sent.extend(settle(&mut node, &log));
    let is_state = |message: &wire::Message| (message.r#type, message.to) == (SNAPSHOT_KIND, 4);
    assert!(!sent.iter().any(is_state), "it is not in that state");
    node.flushed(flushed(&node), 0);
    node.step(message(&node, 4, HEARTBEAT_RESPONSE_KIND, 0));
    assert!(settle(&mut node, &log).iter().any(is_state));
}
