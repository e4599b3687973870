//! A node that receives a whole state: what may happen, and what may not, until it is installed.

use std::sync::Arc;

use bytes::Bytes;
use quorate_proto::peer as wire;

use super::{memory_log::MemoryLog, *};

const SNAPSHOT_KIND: i32 = 7;
const TIMEOUT_NOW_KIND: i32 = 14;

/// Member 2 of three, on this log, with nothing applied.
fn lone_node(log: &Arc<MemoryLog>) -> Node {
    let state = recover(&**log, &AppliedState::default()).unwrap();
    Node::new(NodeOptions::for_tests(2), Arc::clone(log) as _, &state, AppliedState::default())
}

/// What announces a whole state.
fn state_of(index: u64) -> wire::Message {
    let snapshot = wire::Snapshot { index, term: 5, voters: vec![1, 2, 3], ..wire::Snapshot::default() };
    wire::Message { r#type: SNAPSHOT_KIND, from: 1, to: 2, term: 5, snapshot: Some(snapshot), ..wire::Message::default() }
}

/// The library looked for entries that the reset of the log had taken away, and ended the process.
#[test]
fn a_member_that_installs_a_received_state_stands_for_no_election() {
    let log = Arc::new(MemoryLog::default());
    bootstrap(&*log, (1..=3).map(|id| (id, Bytes::new())).collect()).unwrap();
    let mut node = lone_node(&log);
    while let Some(effects) = node.poll() {
        if let Some(write) = effects.write {
            log.write(std::slice::from_ref(&write)).unwrap();
            node.persisted(write.number);
        }
        for entry in effects.committed {
            let expected = node.configuration().after(node.change_at(entry.index).expect("it is committed"));
            node.conf_change_applied(entry.index, true, &expected);
            node.applied(entry.index);
        }
    }
    node.step(state_of(100));
    assert!(node.takes_state(100));
    let effects = node.poll().expect("a state is to be installed");
    assert_eq!(effects.install_snapshot, Some(LogPoint { index: 100, term: 5 }));
    (0..50).for_each(|_| node.tick());
    node.step(wire::Message { r#type: TIMEOUT_NOW_KIND, from: 1, to: 2, term: 5, ..wire::Message::default() });
    node.campaign();
    assert_eq!((node.status().role, node.status().term), (Role::Follower, 5));
    let configuration = Configuration { voters: vec![1, 2, 3], ..Configuration::default() };
    node.snapshot_installed(AppliedState { index: 100, term: 5, configuration });
    (0..50).for_each(|_| node.tick());
    let write = node.poll().and_then(|effects| effects.write).expect("the log is reset");
    log.write(std::slice::from_ref(&write)).unwrap();
    node.persisted(write.number);
    (0..50).for_each(|_| node.tick());
    assert_eq!(node.status().role, Role::Candidate, "now it may");
}

/// A change of membership that waited for its write followed the state that was received meanwhile, and the member stopped because
/// the log went back.
#[test]
fn what_waits_for_a_write_does_not_follow_a_received_state() {
    let log = Arc::new(MemoryLog::default());
    bootstrap(&*log, (1..=3).map(|id| (id, Bytes::new())).collect()).unwrap();
    let mut node = lone_node(&log);
    let first = node.poll().expect("the members' entries are committed");
    assert!(first.committed.is_empty(), "they wait until that is written down");
    let write = first.write.expect("which is asked for");
    node.step(state_of(100));
    let effects = node.poll().expect("a state is to be installed");
    assert!(effects.install_snapshot.is_some());
    log.write(std::slice::from_ref(&write)).unwrap();
    node.persisted(write.number);
    while let Some(effects) = node.poll() {
        assert!(effects.committed.is_empty(), "{:?}", effects.committed);
    }
}

/// One that was being applied meanwhile is reported when the state is in force already.
#[test]
fn a_change_applied_while_a_state_is_received_changes_nothing() {
    let log = Arc::new(MemoryLog::default());
    bootstrap(&*log, (1..=3).map(|id| (id, Bytes::new())).collect()).unwrap();
    let mut node = lone_node(&log);
    let write = node.poll().and_then(|effects| effects.write).expect("the members' entries are to be known as committed");
    log.write(std::slice::from_ref(&write)).unwrap();
    node.persisted(write.number);
    let committed = node.poll().expect("they are").committed;
    assert_eq!(committed.len(), 3);
    node.step(state_of(100));
    assert!(node.poll().is_some_and(|effects| effects.install_snapshot.is_some()));
    assert_eq!(node.conf_change_applied(1, true, &Configuration::default()).voters, [1, 2, 3]);
}
