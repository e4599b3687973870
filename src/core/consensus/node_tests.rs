//! Whole clusters of nodes on one thread: messages are late, lost, doubled and cut off, members crash and lose what was not
//! synced. Every run comes from its seed.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use bytes::Bytes;
use quorate_proto::peer as wire;
use rand::{Rng, SeedableRng, rngs::StdRng};

use super::{memory_log::MemoryLog, *};

const SNAPSHOT_KIND: i32 = 7;
const PROPOSE_KIND: i32 = 2;

/// What a member's state machine has: all it applied, and the configuration.
#[derive(Clone, Debug, Default)]
struct Machine {
    state: AppliedState,
    history: Vec<(u64, u64, Bytes)>,
}

enum Work {
    Entry(Committed),
    Install(LogPoint),
}

#[derive(Default)]
struct Member {
    id: u64,
    log: Arc<MemoryLog>,
    node: Option<Node>,
    writing: VecDeque<LogWrite>,
    work: VecDeque<Work>,
    applied: Machine,
    flushed: Machine,
    received: Option<Machine>,
    reads: BTreeMap<u64, u64>,
}

struct Packet {
    due: u64,
    message: wire::Message,
    state: Option<Machine>,
}

struct Cluster {
    seed: u64,
    random: StdRng,
    now: u64,
    members: Vec<Member>,
    network: Vec<Packet>,
    /// Directed links that are cut.
    cut: Vec<(u64, u64)>,
    loss: f64,
    keep: u64,
    /// What was ever applied by anyone, by index.
    decided: BTreeMap<u64, (u64, Bytes)>,
    leaders: BTreeMap<u64, u64>,
    next_request: u64,
    reads_answered: u64,
    installs: u64,
}

impl Cluster {
    fn new(size: u64, seed: u64) -> Self {
        let ids: Vec<u64> = (1..=size).collect();
        let mut cluster = Self {
            seed,
            random: StdRng::seed_from_u64(seed),
            now: 0,
            members: ids.iter().map(|&id| Member { id, ..Member::default() }).collect(),
            network: Vec::new(),
            cut: Vec::new(),
            loss: 0.0,
            keep: 10,
            decided: BTreeMap::new(),
            leaders: BTreeMap::new(),
            next_request: 0,
            reads_answered: 0,
            installs: 0,
        };
        for at in 0..cluster.members.len() {
            let contexts = ids.iter().map(|&id| (id, Bytes::from(format!("member {id}")))).collect();
            bootstrap(&*cluster.members[at].log, contexts).unwrap();
            cluster.start(at);
        }
        cluster
    }

    fn start(&mut self, at: usize) {
        let chance = self.random.random::<u64>() | 1;
        let options = NodeOptions {
            election_seed: Some(chance),
            pre_vote: true,
            start_nonce: self.random.random(),
            ..NodeOptions::for_tests(self.members[at].id)
        };
        let member = &mut self.members[at];
        let state = recover(&*member.log, &member.flushed.state).unwrap();
        let log: Arc<dyn LogStore> = Arc::clone(&member.log) as _;
        member.node = Some(Node::new(options, log, &state, member.flushed.state.clone()));
        member.applied = member.flushed.clone();
    }

    /// Everything that was not synced or flushed is gone; of the waiting writes a few may have reached the disk.
    fn crash(&mut self, at: usize) {
        let member = &mut self.members[at];
        member.node = None;
        let reached = self.random.random_range(0..=member.writing.len());
        for write in member.writing.drain(..).take(reached) {
            member.log.write(&[write]).unwrap();
        }
        member.work.clear();
        member.reads.clear();
        member.received = None;
    }

    fn node(&mut self, id: u64) -> &mut Node {
        self.members[id as usize - 1].node.as_mut().unwrap()
    }

    fn leader(&self) -> Option<u64> {
        let leads = |member: &&Member| member.node.as_ref().is_some_and(|node| node.status().role == Role::Leader);
        self.members.iter().filter(leads).max_by_key(|member| member.node.as_ref().unwrap().status().term).map(|member| member.id)
    }

    fn settle(&mut self, at: usize) {
        while let Some(effects) = self.members[at].node.as_mut().and_then(Node::poll) {
            let member = &mut self.members[at];
            for message in effects.send {
                let state = (message.r#type == SNAPSHOT_KIND).then(|| member.flushed.clone());
                let due = self.now + self.random.random_range(0..3);
                self.network.push(Packet { due, message, state });
            }
            member.writing.extend(effects.write);
            member.work.extend(effects.committed.into_iter().map(Work::Entry));
            member.work.extend(effects.install_snapshot.map(Work::Install));
            for read in effects.reads {
                if let Some(floor) = member.reads.remove(&read.request) {
                    assert!(read.index >= floor, "seed {}: a read at {} misses entry {floor}", self.seed, read.index);
                    self.reads_answered += 1;
                }
            }
            let status = member.node.as_ref().unwrap().status();
            if status.role == Role::Leader {
                let first = *self.leaders.entry(status.term).or_insert(member.id);
                assert_eq!(first, member.id, "seed {}: two leaders in term {}", self.seed, status.term);
            }
        }
    }

    fn sync_one(&mut self, at: usize) {
        let member = &mut self.members[at];
        if let (Some(node), Some(write)) = (&mut member.node, member.writing.pop_front()) {
            member.log.write(std::slice::from_ref(&write)).unwrap();
            node.persisted(write.number);
        }
    }

    fn apply_one(&mut self, at: usize) {
        let seed = self.seed;
        let member = &mut self.members[at];
        let Some(node) = &mut member.node else { return };
        match member.work.pop_front() {
            Some(Work::Entry(entry)) => {
                assert_eq!(entry.index, member.applied.state.index + 1, "seed {seed}: entries come in order");
                let fact = (entry.term, entry.data.clone());
                let decided = self.decided.entry(entry.index).or_insert_with(|| fact.clone());
                assert_eq!(*decided, fact, "seed {seed}: members differ at {}", entry.index);
                if entry.kind == EntryKind::ConfChange {
                    let change = node.change_at(entry.index).expect("it is committed and not applied");
                    let expected = member.applied.state.configuration.after(change);
                    member.applied.state.configuration = node.conf_change_applied(entry.index, true, &expected);
                }
                (member.applied.state.index, member.applied.state.term) = (entry.index, entry.term);
                member.applied.history.push((entry.index, entry.term, entry.data));
                node.applied(entry.index);
            }
            Some(Work::Install(point)) => {
                let machine = member.received.take().expect("the state arrived with its message");
                assert_eq!(machine.state.point(), point);
                assert!(machine.state.index > member.applied.state.index, "seed {seed}: a state never goes back");
                (member.applied, member.flushed) = (machine.clone(), machine);
                self.installs += 1;
                if self.random.random_bool(0.2) {
                    self.crash(at);
                    self.start(at);
                    return;
                }
                node.snapshot_installed(member.applied.state.clone());
            }
            None => {}
        }
    }

    fn flush(&mut self, at: usize) {
        let keep = self.keep;
        let member = &mut self.members[at];
        if member.work.iter().any(|work| matches!(work, Work::Install(_))) {
            return;
        }
        if let Some(node) = &mut member.node
            && member.applied.state.index > member.flushed.state.index
        {
            member.flushed = member.applied.clone();
            node.flushed(member.flushed.state.clone(), keep);
        }
    }

    fn deliver(&mut self) {
        let now = self.now;
        let (due, later) = std::mem::take(&mut self.network).into_iter().partition(|packet| packet.due <= now);
        self.network = later;
        let due: Vec<Packet> = due;
        for packet in due {
            let (from, to) = (packet.message.from, packet.message.to);
            let lost = self.cut.contains(&(from, to)) || self.random.random_bool(self.loss);
            let is_snapshot = packet.message.r#type == SNAPSHOT_KIND;
            // Streams between members never double a message by themselves; the library never sends a proposal twice.
            if !lost && !is_snapshot && packet.message.r#type != PROPOSE_KIND && self.random.random_bool(self.loss / 2.0) {
                let due = now + self.random.random_range(1..30);
                self.network.push(Packet { due, message: packet.message.clone(), state: None });
            }
            let arrived = !lost && self.receive(packet);
            if is_snapshot && let Some(node) = &mut self.members[from as usize - 1].node {
                node.report_snapshot(to, arrived);
            } else if lost && let Some(node) = self.members.get_mut(from as usize - 1).and_then(|member| member.node.as_mut()) {
                node.report_unreachable(to);
            }
        }
    }

    fn receive(&mut self, mut packet: Packet) -> bool {
        let member = &mut self.members[packet.message.to as usize - 1];
        let Some(node) = &mut member.node else { return false };
        if let Some(state) = packet.state {
            if member.received.is_some() {
                return false;
            }
            let point = state.state.point();
            let mut snapshot = packet.message.snapshot.take().unwrap();
            assert!(snapshot.index <= point.index);
            (snapshot.index, snapshot.term, snapshot.voters) =
                (point.index, point.term, state.state.configuration.voters.clone());
            packet.message.snapshot = Some(snapshot);
            member.received = Some(state);
        }
        let to = member.id as usize - 1;
        node.step(packet.message);
        self.settle(to);
        let member = &mut self.members[to];
        if !member.work.iter().any(|work| matches!(work, Work::Install(_))) {
            member.received = None;
        }
        true
    }

    /// One moment: some members sync, apply, flush and tick, some messages arrive.
    fn moment(&mut self) {
        self.now += 1;
        self.deliver();
        for at in 0..self.members.len() {
            if self.random.random_bool(0.1)
                && let Some(node) = &mut self.members[at].node
            {
                node.tick();
            }
            self.settle(at);
            if self.random.random_bool(0.6) {
                self.sync_one(at);
            }
            if self.random.random_bool(0.7) {
                self.apply_one(at);
            }
            if self.random.random_bool(0.05) {
                self.flush(at);
            }
            self.settle(at);
        }
    }

    fn until(&mut self, what: &str, moments: u64, mut reached: impl FnMut(&mut Self) -> bool) {
        for _ in 0..moments {
            if reached(self) {
                return;
            }
            self.moment();
        }
        panic!("seed {}: {what} not within {moments} moments", self.seed);
    }

    fn elect(&mut self) -> u64 {
        self.until("a leader that can be read from", 5000, |cluster| {
            cluster.leader().is_some_and(|id| !cluster.node(id).awaits_first_commit())
        });
        self.leader().unwrap()
    }

    fn propose(&mut self, id: u64, text: &str) -> Result<(), NotNow> {
        let result = self.node(id).propose(&[Bytes::copy_from_slice(text.as_bytes())]);
        self.settle(id as usize - 1);
        result
    }

    fn is_decided(&self, text: &str) -> bool {
        self.decided.values().any(|(_, data)| data == text.as_bytes())
    }

    fn read(&mut self, id: u64) {
        self.next_request += 1;
        let floor = self.decided.last_key_value().map_or(0, |(&index, _)| index);
        let request = self.next_request;
        let member = &mut self.members[id as usize - 1];
        member.reads.insert(request, floor);
        member.node.as_mut().unwrap().read_index(request);
        self.settle(id as usize - 1);
    }

    /// Heals everything and demands that all members arrive at the same history, with all that was ever decided in it.
    fn converge(&mut self) {
        self.cut.clear();
        self.loss = 0.0;
        for at in 0..self.members.len() {
            if self.members[at].node.is_none() {
                self.start(at);
            }
        }
        let leader = self.elect();
        self.until("the last proposal is taken", 5000, |cluster| {
            let leader = cluster.leader().unwrap_or(leader);
            cluster.propose(leader, "last").is_ok()
        });
        self.until("all members are level", 20_000, |cluster| {
            let last = *cluster.decided.last_key_value().unwrap().0;
            cluster.is_decided("last") && cluster.members.iter().all(|member| member.applied.state.index == last)
        });
        for member in &self.members {
            let history: BTreeMap<_, _> =
                member.applied.history.iter().map(|(index, term, data)| (*index, (*term, data.clone()))).collect();
            assert_eq!(history, self.decided, "seed {}: member {} lost something", self.seed, member.id);
        }
        self.check_logs();
    }

    /// Log matching: where two logs agree on an entry's term they agree on it and on all before it.
    fn check_logs(&self) {
        for one in &self.members {
            for other in &self.members {
                let theirs: BTreeMap<_, _> = other.log.all().into_iter().map(|entry| (entry.index, entry)).collect();
                let mut must_match = false;
                for entry in one.log.all().into_iter().rev() {
                    if let Some(their) = theirs.get(&entry.index) {
                        must_match |= their.term == entry.term;
                        assert!(!must_match || *their == entry, "seed {}: logs differ at {}", self.seed, entry.index);
                    }
                }
            }
        }
    }
}

#[test]
fn a_member_alone_leads_in_term_two_with_its_first_entry_behind_the_members() {
    let mut cluster = Cluster::new(1, 1);
    cluster.until("the first entry is applied", 100, |cluster| {
        cluster.moment();
        cluster.node(1).campaign();
        cluster.members[0].applied.state.index == 2
    });
    let status = cluster.node(1).status();
    assert_eq!((status.term, status.leader, status.committed, status.decides_alone), (2, 1, 2, true));
    assert_eq!(cluster.members[0].applied.history[0], (1, 1, "member 1".into()));
    assert_eq!(cluster.members[0].applied.state.configuration.voters, [1]);
    cluster.read(1);
    assert_eq!(cluster.reads_answered, 1, "no round is needed");
    cluster.propose(1, "put").unwrap();
    cluster.until("the put is applied", 100, |cluster| cluster.is_decided("put"));
    cluster.crash(0);
    cluster.start(0);
    cluster.converge();
    assert!(cluster.is_decided("put"));
}

#[test]
fn nothing_is_committed_before_it_is_durable() {
    let mut cluster = Cluster::new(1, 2);
    cluster.until("it leads", 100, |cluster| {
        cluster.moment();
        cluster.node(1).campaign();
        cluster.node(1).status().decides_alone && cluster.members[0].writing.is_empty()
    });
    let before = cluster.node(1).status().committed;
    cluster.propose(1, "unsynced").unwrap();
    assert_eq!(cluster.node(1).status().committed, before);
    cluster.sync_one(0);
    assert_eq!(cluster.node(1).status().committed, before + 1);
}

#[test]
fn a_vote_leaves_only_when_it_is_durable_and_a_heartbeat_is_answered_at_once() {
    let mut cluster = Cluster::new(3, 3);
    cluster.until("the members are applied", 500, |cluster| {
        cluster.moment();
        cluster.members.iter().all(|member| member.applied.state.index >= 3 && member.writing.is_empty())
    });
    cluster.network.clear();
    let term = cluster.node(2).status().term + 5;
    let to_two =
        |kind: i32, index, log_term| wire::Message { r#type: kind, to: 2, from: 1, term, index, log_term, ..Default::default() };
    let last = cluster.node(2).status().last_index;
    cluster.node(2).step(wire::Message { context: "CampaignTransfer".into(), ..to_two(5, last, term - 1) });
    cluster.settle(1);
    assert!(cluster.network.is_empty(), "the vote waits");
    cluster.node(2).step(to_two(8, 0, 0));
    cluster.settle(1);
    let kinds: Vec<_> = cluster.network.iter().map(|packet| packet.message.r#type).collect();
    assert_eq!(kinds, [9], "the heartbeat's answer doesn't wait");
    while !cluster.members[1].writing.is_empty() {
        cluster.sync_one(1);
    }
    cluster.settle(1);
    assert!(cluster.network.iter().any(|packet| packet.message.r#type == 6 && !packet.message.reject));
}

#[test]
fn a_proposal_to_a_follower_reaches_the_leader() {
    let mut cluster = Cluster::new(3, 4);
    let leader = cluster.elect();
    let follower = leader % 3 + 1;
    cluster.until("the follower knows the leader", 500, |cluster| cluster.node(follower).status().leader == leader);
    cluster.propose(follower, "forwarded").unwrap();
    cluster.until("it is decided", 500, |cluster| cluster.is_decided("forwarded"));
}

#[test]
fn without_a_leader_proposals_are_given_back() {
    let mut cluster = Cluster::new(3, 5);
    assert_eq!(cluster.propose(1, "early"), Err(NotNow::NoLeader));
}

#[test]
fn leadership_is_handed_to_the_member_asked_for() {
    let mut cluster = Cluster::new(3, 6);
    let leader = cluster.elect();
    let target = leader % 3 + 1;
    cluster.until("a target is known", 500, |cluster| cluster.node(leader).transfer_target().is_some());
    cluster.node(leader).transfer_leader(target);
    assert_eq!(cluster.propose(leader, "meanwhile"), Err(NotNow::Transferring));
    cluster.until("the target leads", 2000, |cluster| cluster.leader() == Some(target));
    cluster.converge();
}

#[test]
fn a_follower_can_ask_for_a_transfer() {
    let mut cluster = Cluster::new(3, 16);
    let leader = cluster.elect();
    let target = leader % 3 + 1;
    cluster.until("it knows the leader", 500, |cluster| cluster.node(target).status().leader == leader);
    cluster.node(target).transfer_leader(target);
    cluster.until("it leads", 2000, |cluster| cluster.leader() == Some(target));
}

#[test]
fn a_leader_cut_off_answers_no_read() {
    let mut cluster = Cluster::new(3, 7);
    let old = cluster.elect();
    let others: Vec<u64> = (1..=3).filter(|&id| id != old).collect();
    for &other in &others {
        cluster.cut.extend([(old, other), (other, old)]);
    }
    cluster.read(old);
    cluster.until("the others elect one", 5000, |cluster| cluster.leader().is_some_and(|id| id != old));
    let new = cluster.leader().unwrap();
    cluster.until("the new one takes a put", 500, |cluster| cluster.propose(new, "new").is_ok());
    cluster.until("it is decided", 500, |cluster| cluster.is_decided("new"));
    cluster.read(old);
    for _ in 0..500 {
        cluster.moment();
    }
    assert_eq!(cluster.reads_answered, 0);
    cluster.converge();
}

#[test]
fn reads_that_come_before_a_leaders_first_commit_are_answered_after_it() {
    let mut cluster = Cluster::new(3, 8);
    cluster.until("one is elected and hasn't committed", 5000, |cluster| {
        cluster.leader().is_some_and(|id| cluster.node(id).awaits_first_commit())
    });
    let leader = cluster.leader().unwrap();
    cluster.read(leader);
    assert_eq!(cluster.reads_answered, 0);
    cluster.until("the read is answered", 500, |cluster| cluster.reads_answered == 1);
}

#[test]
fn an_answer_to_a_round_of_an_earlier_life_is_ignored() {
    let mut cluster = Cluster::new(3, 9);
    let leader = cluster.elect();
    let follower = leader % 3 + 1;
    cluster.until("it knows the leader", 500, |cluster| cluster.node(follower).status().leader == leader);
    cluster.next_request = 0;
    cluster.read(follower);
    cluster.until("the answer is under way", 500, |cluster| {
        cluster.network.iter().any(|packet| packet.message.r#type == 16 && packet.message.to == follower)
    });
    cluster.crash(follower as usize - 1);
    cluster.start(follower as usize - 1);
    // The same number again, and it must not be answered by the old round.
    cluster.members[follower as usize - 1].reads.insert(1, u64::MAX);
    for _ in 0..100 {
        cluster.moment();
    }
    assert_eq!(cluster.reads_answered, 0);
}

#[test]
fn a_follower_that_lags_behind_the_log_is_sent_the_state() {
    let mut cluster = Cluster::new(3, 10);
    let leader = cluster.elect();
    let lagging = leader % 3 + 1;
    for other in (1..=3).filter(|&id| id != lagging) {
        cluster.cut.extend([(lagging, other), (other, lagging)]);
    }
    cluster.keep = 0;
    for number in 0..600 {
        cluster.until("a put is taken", 500, |cluster| {
            let Some(leader) = cluster.leader() else { return false };
            cluster.propose(leader, &format!("put {number}")).is_ok()
        });
        cluster.moment();
    }
    cluster.until("the leader has cut its log", 20_000, |cluster| {
        let leader = cluster.leader().unwrap_or(leader);
        cluster.node(leader).log_span().0 > 256
    });
    cluster.converge();
    assert!(cluster.installs > 0);
}

#[test]
fn a_long_tail_is_replayed_in_parts_and_no_faster_than_it_is_applied() {
    let mut cluster = Cluster::new(1, 13);
    cluster.until("it leads", 100, |cluster| {
        cluster.moment();
        cluster.node(1).campaign();
        cluster.node(1).status().decides_alone
    });
    // So that the tail is of nothing but proposals.
    while cluster.members[0].applied.state.index < 2 {
        cluster.moment();
    }
    cluster.flush(0);
    for _ in 0..10 {
        let megabyte = Bytes::from(vec![7; 1 << 20]);
        cluster.node(1).propose(&[megabyte]).unwrap();
        cluster.settle(0);
        cluster.sync_one(0);
    }
    cluster.crash(0);
    cluster.start(0);
    let node = cluster.node(1);
    node.hold_committed(true);
    assert!(node.poll().is_none());
    node.hold_committed(false);
    let bytes = |effects: Effects| effects.committed.iter().map(|entry| entry.data.len()).sum::<usize>();
    let first = bytes(node.poll().unwrap());
    assert!((1 << 20..=4 << 20).contains(&first), "{first}");
    node.hold_committed(true);
    node.read_index(1);
    node.tick();
    while node.poll().is_some() {}
    node.hold_committed(false);
    let rest: usize = std::iter::from_fn(|| node.poll()).map(bytes).sum();
    assert!(rest > 0 && first + rest <= 10 << 20);
}

#[test]
fn a_failed_change_of_membership_changes_nothing() {
    let mut cluster = Cluster::new(1, 11);
    cluster.until("it leads", 100, |cluster| {
        cluster.moment();
        cluster.node(1).campaign();
        cluster.node(1).status().decides_alone
    });
    cluster.node(1).propose_change(MembershipChange::AddVoter(2), "refused".into()).unwrap();
    cluster.until("the change is committed", 100, |cluster| {
        cluster.settle(0);
        cluster.sync_one(0);
        cluster.settle(0);
        matches!(cluster.members[0].work.back(), Some(Work::Entry(entry)) if entry.kind == EntryKind::ConfChange)
    });
    let Some(Work::Entry(entry)) = cluster.members[0].work.pop_back() else { panic!() };
    assert_eq!(entry.data, "refused");
    let alone = Configuration { voters: vec![1], ..Configuration::default() };
    assert_eq!(cluster.node(1).conf_change_applied(entry.index, false, &alone), alone);
}

/// The library puts an empty entry in the place of a second change: whoever proposed it would wait for ever.
#[test]
fn a_second_change_waits_until_the_first_is_applied() {
    let mut cluster = Cluster::new(1, 13);
    cluster.until("it leads", 100, |cluster| {
        cluster.moment();
        cluster.node(1).campaign();
        cluster.node(1).status().decides_alone
    });
    let (first, second) = (MembershipChange::Remove(2), MembershipChange::Remove(3));
    cluster.node(1).propose_change(first, "first".into()).unwrap();
    assert_eq!(cluster.node(1).propose_change(second, "second".into()), Err(NotNow::ChangePending));
    // The same from another member, which cannot be told.
    let entry = wire::Entry { r#type: 1, data: conf_change::encode(second), context: "second".into(), ..wire::Entry::default() };
    let proposed = wire::Message { r#type: PROPOSE_KIND, from: 9, to: 1, entries: vec![entry], ..wire::Message::default() };
    cluster.node(1).step(proposed);
    let mut applied = Vec::new();
    cluster.until("both are applied", 1000, |cluster| {
        cluster.settle(0);
        cluster.sync_one(0);
        cluster.settle(0);
        if let Some(Work::Entry(entry)) = cluster.members[0].work.front()
            && ["first", "second"].iter().any(|context| entry.data == context)
        {
            applied.push(entry.data.clone());
        }
        cluster.apply_one(0);
        applied.len() == 2
    });
    assert_eq!(applied, [Bytes::from("first"), Bytes::from("second")]);
}

#[test]
fn an_added_learner_is_in_the_configuration_as_computed_by_anyone() {
    let mut cluster = Cluster::new(1, 12);
    cluster.until("it leads", 100, |cluster| {
        cluster.moment();
        cluster.node(1).campaign();
        cluster.node(1).status().decides_alone
    });
    let before = cluster.node(1).configuration();
    let change = MembershipChange::AddLearner(9);
    cluster.node(1).propose_change(change, "learner".into()).unwrap();
    cluster.until("it is applied", 100, |cluster| cluster.is_decided("learner"));
    assert_eq!(cluster.node(1).configuration(), before.after(change));
    assert!(cluster.node(1).status().decides_alone, "a learner has no vote");
}

#[test]
fn sim_safety_holds_through_faults_and_all_heals() {
    let seeds: u64 = std::env::var("QUORATE_SIM_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(25);
    let (mut installs, mut reads) = (0, 0);
    for seed in 100..100 + seeds {
        let mut cluster = Cluster::new(if seed % 4 == 0 { 5 } else { 3 }, seed);
        cluster.loss = [0.0, 0.02, 0.2][seed as usize % 3];
        cluster.keep = [0, 20][seed as usize % 2];
        let size = cluster.members.len();
        for moment in 0..3000 {
            cluster.moment();
            let at = cluster.random.random_range(0..size);
            let id = at as u64 + 1;
            match cluster.random.random_range(0..1000) {
                0..4 if cluster.members[at].node.is_some() => cluster.crash(at),
                4..60 if cluster.members[at].node.is_none() => cluster.start(at),
                60..64 => {
                    let other = cluster.random.random_range(1..=size as u64);
                    cluster.cut.push((id, other));
                }
                64..72 => cluster.cut.clear(),
                72..75 if cluster.members[at].node.is_some() => cluster.node(id).transfer_leader(id),
                80..500 if cluster.members[at].node.is_some() => {
                    let _ = cluster.propose(id, &format!("{moment} at {id}"));
                }
                500..600 if cluster.members[at].node.is_some() => cluster.read(id),
                _ => {}
            }
        }
        cluster.converge();
        installs += cluster.installs;
        reads += cluster.reads_answered;
    }
    assert!(installs > 0 && reads > 100, "{installs} states installed, {reads} reads answered: the runs are too tame");
}
