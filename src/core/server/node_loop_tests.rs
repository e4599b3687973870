//! The node loop with real threads, and a consumer in the place of the state machine.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use bytes::Bytes;
use crossbeam_channel::{Receiver, unbounded};
use parking_lot::{Condvar, Mutex};
use quorate_proto::peer as wire;

use super::{
    ApplyTask, Progress,
    node_handle::{NodeHandle, ReadError, Refused},
    node_loop::{GroupWriter, LoopOptions, NodeLoop, Persisted, Wiring, group_writer},
};
use crate::core::{
    clock::Clock,
    consensus::{
        AppliedState, EntryKind, LogEntry, LogFault, LogState, LogStore, LogWrite, MembershipChange, NodeOptions, Role,
        bootstrap, memory_log::MemoryLog,
    },
    peer::{NoPeers, SharedTransport, Transport},
    wal::EngineLog,
};

const PATIENCE: Duration = Duration::from_secs(20);

/// Entries that a member has applied, by the first eight bytes of their data.
#[derive(Default)]
struct Applied {
    index: AtomicU64,
    count: Mutex<u64>,
    newer: Condvar,
}

impl Applied {
    fn wait_for(&self, count: u64) {
        let deadline = Instant::now() + PATIENCE;
        let mut seen = self.count.lock();
        while *seen < count {
            assert!(!self.newer.wait_until(&mut seen, deadline).timed_out(), "{} of {count} entries were applied", *seen);
        }
    }
}

struct Member {
    handle: NodeHandle,
    applied: Arc<Applied>,
    dropped: Receiver<u64>,
    faults: Receiver<String>,
    threads: Vec<JoinHandle<()>>,
}

fn options(id: u64, tick: Duration) -> LoopOptions {
    LoopOptions {
        // The library draws the waits, as it does in a server.
        node: NodeOptions { election_seed: None, pre_vote: true, window_bytes_max: 1 << 20, ..NodeOptions::for_tests(id) },
        tick,
        request_timeout: Duration::from_millis(300),
        catch_up_entries: 100,
        initial_election_tick_advance: true,
    }
}

fn member(id: u64, voters: &[u64], log: Arc<dyn LogStore>, transport: SharedTransport) -> Member {
    if log.state().unwrap().is_empty() {
        bootstrap(&*log, voters.iter().map(|&id| (id, Bytes::copy_from_slice(&id.to_be_bytes()))).collect()).unwrap();
    }
    let (tasks_in, tasks) = unbounded();
    let (dropped_in, dropped) = unbounded();
    let (faults_in, faults) = unbounded();
    let wiring = Wiring {
        apply: Box::new(move |task| drop(tasks_in.send(task))),
        transport,
        dropped: Box::new(move |id| dropped_in.send(id).unwrap()),
        state_refused: Box::new(|index| panic!("state of {index} refused")),
        start_writer: group_writer(Arc::clone(&log)),
        clock: Clock::System,
    };
    let options = options(id, Duration::from_millis(10));
    let (handle, raft) = NodeLoop::new(options, log, AppliedState::default(), wiring).unwrap();
    let raft = raft.spawn(handle.clone(), move |text| faults_in.send(text).unwrap()).unwrap();
    let applied = Arc::new(Applied::default());
    let consumer = std::thread::spawn({
        let (handle, applied) = (handle.clone(), Arc::clone(&applied));
        move || consume(&tasks, &handle, &applied)
    });
    Member { handle, applied, dropped, faults, threads: vec![raft, consumer] }
}

fn consume(tasks: &Receiver<ApplyTask>, handle: &NodeHandle, applied: &Applied) {
    let mut state = AppliedState::default();
    let mut flushed = 0;
    for task in tasks {
        let ApplyTask::Entries(entries) = task else { continue };
        let mut proposals = 0;
        for entry in entries {
            assert_eq!(entry.index, state.index + 1);
            (state.index, state.term) = (entry.index, entry.term);
            if entry.kind == EntryKind::ConfChange {
                let id = u64::from_be_bytes(entry.data[..8].try_into().unwrap());
                let is_learner = entry.data.len() > 8;
                let change = if is_learner { MembershipChange::AddLearner(id) } else { MembershipChange::AddVoter(id) };
                state.configuration = state.configuration.after(change);
                handle.progress(Progress::ConfChange {
                    index: entry.index,
                    accepted: true,
                    configuration: state.configuration.clone(),
                });
            } else if !entry.data.is_empty() {
                proposals += 1;
            }
        }
        applied.index.store(state.index, Ordering::Release);
        handle.progress(Progress::Applied(state.index));
        if state.index > flushed + 1000 {
            flushed = state.index;
            handle.progress(Progress::Flushed(state.clone()));
        }
        *applied.count.lock() += proposals;
        applied.newer.notify_all();
    }
}

impl Member {
    fn stop(self, transfer: bool) {
        self.handle.stop(transfer);
        for thread in self.threads {
            thread.join().unwrap();
        }
    }

    fn wait_until(&self, what: &str, reached: impl Fn(&NodeHandle) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !reached(&self.handle) {
            assert!(Instant::now() < deadline, "{what}: {:?}", self.handle.status());
            std::thread::yield_now();
        }
    }
}

/// Hands messages straight to the other members' mailboxes.
#[derive(Default)]
struct Switch {
    members: Mutex<BTreeMap<u64, NodeHandle>>,
}

impl Transport for Switch {
    fn send(&self, messages: Vec<wire::Message>) {
        let members = self.members.lock();
        for message in messages {
            if let Some(to) = members.get(&message.to) {
                to.deliver(vec![message]);
            }
        }
    }

    fn set_peers(&self, _: Vec<(u64, Vec<String>)>) {}

    fn active_since(&self, _: u64) -> Option<Instant> {
        None
    }

    fn version_of(&self, _: u64) -> Option<String> {
        None
    }
}

fn cluster() -> (Arc<Switch>, BTreeMap<u64, Member>) {
    let switch = Arc::new(Switch::default());
    let members: BTreeMap<_, _> = (1..=3)
        .map(|id| (id, member(id, &[1, 2, 3], Arc::new(MemoryLog::default()), Arc::clone(&switch) as SharedTransport)))
        .collect();
    for (&id, member) in &members {
        switch.members.lock().insert(id, member.handle.clone());
    }
    (switch, members)
}

fn leader_of(members: &BTreeMap<u64, Member>) -> u64 {
    let first = members.values().next().unwrap();
    first.wait_until("a leader that all know", |_| {
        let leader = first.handle.status().leader;
        leader != 0
            && members.values().all(|member| member.handle.status().leader == leader)
            && members.get(&leader).is_some_and(|leader| leader.handle.status().role == Role::Leader)
    });
    first.handle.status().leader
}

fn cpu_time() -> Duration {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(used.tv_sec as u64, used.tv_nsec as u32)
}

#[test]
fn ten_thousand_entries_of_a_member_alone_are_applied_in_order() {
    let directory = tempfile::tempdir().unwrap();
    let log = Arc::new(EngineLog::open(directory.path()).unwrap());
    let alone = member(1, &[1], log, Arc::new(NoPeers));
    alone.wait_until("it leads at once", |handle| handle.status().role == Role::Leader && handle.status().committed == 2);
    assert!(alone.handle.status().is_alone);

    let data = Bytes::from(vec![7; 256]);
    let (cpu, clock) = (cpu_time(), Instant::now());
    for id in 0..10_000 {
        alone.handle.propose(id, data.clone()).unwrap();
    }
    alone.applied.wait_for(10_000);
    let (cpu, clock) = (cpu_time().saturating_sub(cpu), clock.elapsed());
    eprintln!("batched: {:?} CPU and {:?} an entry", cpu / 10_000, clock / 10_000);

    let mut latencies: Vec<_> = (0..500)
        .map(|round| {
            let sent = Instant::now();
            alone.handle.propose(round, data.clone()).unwrap();
            alone.applied.wait_for(10_001 + round);
            sent.elapsed()
        })
        .collect();
    latencies.sort();
    eprintln!("one in flight: median {:?}, p99 {:?}", latencies[250], latencies[495]);

    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let index = runtime.block_on(alone.handle.read_index()).unwrap();
    assert_eq!(index, alone.applied.index.load(Ordering::Acquire));
    alone.stop(false);
    let log = EngineLog::open(directory.path()).unwrap();
    assert_eq!(log.state().unwrap().last.index, 2 + 10_500);
}

/// The only voter once answered reads without waiting, from what it had applied, while a learner already showed a later entry that the
/// voter had committed.
#[test]
fn a_voter_with_a_learner_is_not_alone_and_reads_wait_for_what_it_has_committed() {
    let voter = member(1, &[1], Arc::new(MemoryLog::default()), Arc::new(NoPeers));
    voter.wait_until("it leads alone", |handle| handle.status().role == Role::Leader && handle.status().is_alone);
    let context = [&2u64.to_be_bytes()[..], b"learner"].concat();
    voter.handle.propose_change(7, MembershipChange::AddLearner(2), context.into()).unwrap();
    voter.wait_until("it is not alone", |handle| !handle.status().is_alone);
    voter.handle.propose(1, "put".into()).unwrap();
    voter.applied.wait_for(1);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let index = runtime.block_on(voter.handle.read_index()).unwrap();
    assert_eq!(index, voter.handle.status().committed, "it still decides alone, and says how far");
    voter.stop(false);
}

#[test]
fn a_member_alone_restarts_where_it_was() {
    let directory = tempfile::tempdir().unwrap();
    for round in 0..3 {
        let log = Arc::new(EngineLog::open(directory.path()).unwrap());
        let alone = member(1, &[1], log, Arc::new(NoPeers));
        alone.wait_until("it leads", |handle| handle.status().role == Role::Leader);
        assert_eq!(alone.handle.status().term, 2 + round);
        alone.handle.propose(1, "put".into()).unwrap();
        alone.applied.wait_for(round + 1);
        alone.stop(true);
    }
}

#[test]
fn three_members_take_proposals_and_reads_at_any_of_them() {
    let (_switch, members) = cluster();
    leader_of(&members);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    for (round, member) in (1..).zip(members.values()) {
        for id in 0..100 {
            member.handle.propose(id, "put".into()).unwrap();
        }
        members.values().for_each(|member| member.applied.wait_for(100 * round));
        let seen = members.values().map(|member| member.applied.index.load(Ordering::Acquire)).max().unwrap();
        for reader in members.values() {
            let answer = runtime.block_on(async { tokio::time::timeout(PATIENCE, reader.handle.read_index()).await });
            assert!(answer.unwrap().unwrap() >= seen);
        }
    }
    members.into_values().for_each(|member| member.stop(false));
}

#[test]
fn a_stopping_leader_hands_leadership_over() {
    let (switch, mut members) = cluster();
    let leader = leader_of(&members);
    members[&leader].handle.propose(1, "put".into()).unwrap();
    members.values().for_each(|member| member.applied.wait_for(1));
    let term = members[&leader].handle.status().term;
    let started = Instant::now();
    members.remove(&leader).unwrap().stop(true);
    assert!(started.elapsed() < Duration::from_secs(1));
    switch.members.lock().remove(&leader);
    let next = leader_of(&members);
    assert_ne!(next, leader);
    assert_eq!(members[&next].handle.status().term, term + 1, "no election timed out in between");
    members.into_values().for_each(|member| member.stop(false));
}

/// A log on a disk that can be made to stand still.
#[derive(Default)]
struct StallingLog {
    log: MemoryLog,
    stands_still: Mutex<bool>,
    goes_on: Condvar,
}

impl StallingLog {
    fn stand_still(&self, stands_still: bool) {
        *self.stands_still.lock() = stands_still;
        self.goes_on.notify_all();
    }
}

impl LogStore for StallingLog {
    fn place(&self) -> String {
        self.log.place()
    }

    fn state(&self) -> Result<LogState, LogFault> {
        self.log.state()
    }

    fn entries(&self, low: u64, high: u64, bytes_max: u64) -> Result<Vec<LogEntry>, LogFault> {
        self.log.entries(low, high, bytes_max)
    }

    fn write(&self, writes: &[LogWrite]) -> Result<(), LogFault> {
        let mut stands_still = self.stands_still.lock();
        while *stands_still {
            self.goes_on.wait(&mut stands_still);
        }
        drop(stands_still);
        self.log.write(writes)
    }
}

/// It would go on leading, as heartbeats need no disk.
#[test]
fn a_leader_whose_disk_stands_still_hands_leadership_over() {
    let switch = Arc::new(Switch::default());
    let logs: BTreeMap<u64, _> = (1..=3).map(|id| (id, Arc::new(StallingLog::default()))).collect();
    let members: BTreeMap<_, _> = logs
        .iter()
        .map(|(&id, log)| (id, member(id, &[1, 2, 3], Arc::clone(log) as _, Arc::clone(&switch) as SharedTransport)))
        .collect();
    for (&id, member) in &members {
        switch.members.lock().insert(id, member.handle.clone());
    }
    let leader = leader_of(&members);
    members[&leader].handle.propose(1, "put".into()).unwrap();
    members.values().for_each(|member| member.applied.wait_for(1));
    let term = members[&leader].handle.status().term;
    logs[&leader].stand_still(true);
    members[&leader].handle.propose(2, "put".into()).unwrap();
    // The others have it, and that is a quorum.
    members.iter().filter(|(id, _)| **id != leader).for_each(|(_, member)| member.applied.wait_for(2));
    members[&leader].wait_until("another one leads", |handle| ![0, leader].contains(&handle.status().leader));
    assert_eq!(members[&leader].handle.status().term, term + 1, "no election timed out in between");
    logs[&leader].stand_still(false);
    members[&leader].handle.propose(3, "put".into()).unwrap();
    members.values().for_each(|member| member.applied.wait_for(3));
    members.into_values().for_each(|member| member.stop(false));
}

#[test]
fn a_proposal_that_finds_no_leader_is_dropped_after_the_request_timeout() {
    let lonely = member(1, &[1, 2, 3], Arc::new(MemoryLog::default()), Arc::new(NoPeers));
    let sent = Instant::now();
    lonely.handle.propose(42, "put".into()).unwrap();
    assert_eq!(lonely.dropped.recv_timeout(PATIENCE), Ok(42));
    assert!(sent.elapsed() >= Duration::from_millis(300));
    let handle = lonely.handle.clone();
    lonely.handle.propose(43, "put".into()).unwrap();
    lonely.stop(true);
    assert_eq!(handle.propose(44, "put".into()), Err(Refused::Stopped));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!(runtime.block_on(handle.read_index()), Err(ReadError::Stopped));
}

#[test]
fn a_failed_write_stops_the_member_and_says_why() {
    let log = Arc::new(MemoryLog::default());
    let alone = member(1, &[1], Arc::clone(&log) as Arc<dyn LogStore>, Arc::new(NoPeers));
    alone.wait_until("it leads", |handle| handle.status().role == Role::Leader);
    alone.applied.wait_for(0);
    log.fail_writes();
    alone.handle.propose(1, "put".into()).unwrap();
    let fault = alone.faults.recv_timeout(PATIENCE).unwrap();
    assert!(fault.contains("raft log in memory"), "{fault}");
    assert_eq!(*alone.applied.count.lock(), 0, "nothing is acknowledged");
    assert_eq!(alone.handle.propose(2, "put".into()), Err(Refused::Stopped));
    alone.stop(false);
}

#[test]
fn nonsense_from_a_peer_is_dropped_and_the_loop_goes_on() {
    let alone = member(1, &[1], Arc::new(MemoryLog::default()), Arc::new(NoPeers));
    alone.handle.deliver(vec![wire::Message { r#type: 77, to: 1, from: 2, ..Default::default() }]);
    alone.handle.propose(1, "put".into()).unwrap();
    alone.applied.wait_for(1);
    alone.stop(false);
}

/// Makes each write durable as it is handed over.
struct AtOnce {
    log: Arc<dyn LogStore>,
    persisted: Persisted,
}

impl GroupWriter for AtOnce {
    fn write(&mut self, write: LogWrite) {
        let number = write.number;
        (self.persisted)(self.log.write(&[write]).map(|()| number));
    }
}

/// Of two voters one was taken out, and had shown entries behind that change already. The other one, left alone, answered reads
/// without waiting from what it had applied until then.
#[test]
fn a_voter_that_is_left_alone_first_applies_what_the_other_may_have_shown() {
    const APPEND_RESPONSE: i32 = 4;
    const VOTE_RESPONSE: i32 = 6;
    const TIMEOUT_NOW: i32 = 14;
    let log: Arc<dyn LogStore> = Arc::new(MemoryLog::default());
    bootstrap(&*log, [1, 2].map(|id: u64| (id, Bytes::copy_from_slice(&id.to_be_bytes()))).to_vec()).unwrap();
    let state = AppliedState::default();
    let (tasks, applied) = unbounded();
    let wiring = Wiring {
        apply: Box::new(move |task| drop(tasks.send(task))),
        transport: Arc::new(NoPeers),
        dropped: Box::new(|id| panic!("proposal {id} is dropped")),
        state_refused: Box::new(|index| panic!("state of {index} refused")),
        start_writer: {
            let log = Arc::clone(&log);
            Box::new(move |persisted| Ok(Box::new(AtOnce { log: Arc::clone(&log), persisted })))
        },
        clock: Clock::System,
    };
    let mut options = options(1, Duration::from_secs(3600));
    options.node.pre_vote = false;
    let (handle, mut raft) = NodeLoop::new(options, log, state, wiring).unwrap();
    raft.begin().unwrap();
    let mut configuration = AppliedState::default().configuration;
    let settle = |raft: &mut NodeLoop| {
        for _ in 0..10 {
            raft.turn_now().unwrap();
        }
        applied.try_iter().for_each(drop);
    };
    for index in [1, 2] {
        configuration = configuration.after(MembershipChange::AddVoter(index));
        handle.progress(Progress::ConfChange { index, accepted: true, configuration: configuration.clone() });
    }
    settle(&mut raft);
    handle.progress(Progress::Applied(2));
    settle(&mut raft);
    let from = |kind, term, index| wire::Message { r#type: kind, from: 2, to: 1, term, index, ..wire::Message::default() };
    handle.deliver(vec![from(TIMEOUT_NOW, 1, 0)]);
    settle(&mut raft);
    handle.deliver(vec![from(VOTE_RESPONSE, 2, 0)]);
    settle(&mut raft);
    assert_eq!(handle.status().role, Role::Leader);
    handle.deliver(vec![from(APPEND_RESPONSE, 2, 3)]);
    settle(&mut raft);
    handle.progress(Progress::Applied(3));
    handle.propose_change(7, MembershipChange::Remove(2), Bytes::new()).unwrap();
    settle(&mut raft);
    handle.propose(8, "shown".into()).unwrap();
    settle(&mut raft);
    handle.deliver(vec![from(APPEND_RESPONSE, 2, 5)]);
    settle(&mut raft);
    assert_eq!(handle.status().committed, 5);

    let configuration = configuration.after(MembershipChange::Remove(2));
    handle.progress(Progress::ConfChange { index: 4, accepted: true, configuration });
    handle.progress(Progress::Applied(4));
    settle(&mut raft);
    assert!(!handle.status().is_alone, "the other one may have shown entry 5");
    handle.progress(Progress::Applied(5));
    settle(&mut raft);
    assert!(handle.status().is_alone);
}
