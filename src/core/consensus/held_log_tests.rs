//! For whom the log is kept.

use std::sync::Arc;

use bytes::Bytes;
use quorate_proto::peer as wire;

use super::{memory_log::MemoryLog, *};

const APPEND_RESPONSE_KIND: i32 = 4;
const VOTE_RESPONSE_KIND: i32 = 6;

/// Carries out what the node asks for.
fn settle(node: &mut Node, log: &MemoryLog) {
    while let Some(effects) = node.poll() {
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
}

/// For a moment after each of its checks the library counts nobody as active. The log was cut then behind a member that was just being brought
/// up to date, and a second whole state had to follow the first.
#[test]
fn the_log_is_kept_for_a_follower_that_was_heard_of_lately() {
    let log = Arc::new(MemoryLog::default());
    bootstrap(&*log, (1..=3).map(|id| (id, Bytes::new())).collect()).unwrap();
    let state = recover(&*log, &AppliedState::default()).unwrap();
    let options = NodeOptions::for_tests(1);
    let (election, cut_min) = (options.election_ticks, options.cut_entries_min);
    let mut node = Node::new(options, Arc::clone(&log) as _, &state, AppliedState::default());
    settle(&mut node, &log);
    node.campaign();
    settle(&mut node, &log);
    let term = node.status().term;
    let from = |from, kind, index| wire::Message { r#type: kind, from, to: 1, term, index, ..wire::Message::default() };
    node.step(from(2, VOTE_RESPONSE_KIND, 0));
    settle(&mut node, &log);
    for _ in 0..cut_min * 2 {
        node.propose(&["entry".into()]).unwrap();
    }
    settle(&mut node, &log);
    let last = node.status().last_index;
    node.step(from(2, APPEND_RESPONSE_KIND, last));
    node.step(from(3, APPEND_RESPONSE_KIND, 4));
    settle(&mut node, &log);
    assert_eq!((node.status().role, node.status().applied), (Role::Leader, last));
    for _ in 0..election {
        node.tick();
    }
    settle(&mut node, &log);
    let flushed = AppliedState { index: last, term, configuration: node.configuration() };
    node.flushed(flushed.clone(), 0);
    assert!(node.log_span().0 <= 5, "member 3 needs the entries from 5 on: {:?}", node.log_span());

    // One that is gone keeps nothing.
    for _ in 0..6 * election {
        node.tick();
        node.step(from(2, APPEND_RESPONSE_KIND, last));
        settle(&mut node, &log);
    }
    node.flushed(flushed, 0);
    assert_eq!(node.log_span().0, last + 1);
}
