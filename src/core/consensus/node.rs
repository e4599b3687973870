//! One member's part in consensus: inputs change it, [`Node::poll`] answers what is to be done.
//!
//! The library's asynchronous way is used: a step's log entries count as appended at once and as durable when
//! [`Node::persisted`] says so. A leader's messages go out in parallel with its own sync. Of a follower's messages those that
//! promise something (votes, acknowledged entries) are held back until the write they rest on is durable; answers to
//! heartbeats and forwarded requests promise nothing and never wait. That a heartbeat's answer also confirms a round of
//! read-index is no exception: it says that this member had not voted in a higher term *when it answered*, and such a vote
//! only leaves a member when it is durable.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use bytes::Bytes;
use quorate_proto::peer as wire;
use raft::{
    Config, RawNode, ReadOnlyOption, SnapshotStatus, StateRole,
    eraftpb::{Entry, EntryType, Message, MessageType},
};

use super::{
    AppliedState, Committed, Configuration, EntryKind, Followers, HardState, Leadership, LogPoint, LogState, LogStore, LogWrite,
    MembershipChange, NotNow, ReadReady, Status,
    chance::Chance,
    conf_change, convert,
    early::{Closed, Early},
    effects::Effects,
    growth::Growth,
    heard::Heard,
    leaving::{self, Leaving},
    logging,
    raft_storage::RaftStorage,
    read_context,
};
use crate::core::planted::{Bug, planted};

/// Appends in flight to one member. Source: etcd.
const APPENDS_IN_FLIGHT_MAX: usize = 512;
/// Proposed bytes that may wait to be committed on a leader.
const UNCOMMITTED_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// Committed bytes that one poll hands out, so that a long tail is replayed in parts.
const COMMITTED_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Election timeouts for which a message is kept that came too early.
const EARLY_ELECTIONS: usize = 3;
/// Election timeouts for which the log is kept for a follower that is not heard of.
const HELD_ELECTIONS: usize = 3;
/// Bytes of entries for which the log may be kept longer for a follower that is being brought up to date. While a whole state travels the
/// log must not be cut behind it, or the next state would have to follow.
const HELD_FOR_FOLLOWER_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;

/// What a node is told once.
#[derive(Clone, Copy, Debug)]
pub struct NodeOptions {
    /// Not 0.
    pub id: u64,
    /// Ticks without a leader before an election; the library waits up to twice as long. At least 2.
    pub election_ticks: usize,
    /// Draw how long each wait is from this, not from the library's own chance: for simulated nodes. Not 0.
    pub election_seed: Option<u64>,
    pub pre_vote: bool,
    /// Different at each start of the member, so that an answer to a read round of an earlier life is never taken for one of
    /// this life.
    pub start_nonce: u64,
    /// Bytes of entries kept in memory for followers, beside those not yet durable.
    pub window_bytes_max: usize,
    /// Bytes of entries in one append.
    pub append_bytes_max: u64,
    /// A cut of the log is worth a record only for so many entries.
    pub cut_entries_min: u64,
}

/// See the module.
pub struct Node {
    raw: RawNode<RaftStorage>,
    options: NodeOptions,
    chance: Chance,
    /// What the next poll answers beside the library's own.
    out: Effects,
    /// Numbers of writes that are not durable yet, ascending.
    writing: VecDeque<u64>,
    /// What waits for writes, in order.
    held: VecDeque<Held>,
    install: Option<Install>,
    /// Goes with the next write.
    cut: Option<LogPoint>,
    /// Changes of membership that are committed and not yet applied.
    changes: BTreeMap<u64, MembershipChange>,
    /// Where the last received state is; what lies up to there comes with it.
    received: LogPoint,
    early: Early,
    growth: Growth,
    heard: Heard,
    leaving: Leaving,
    hard_state: HardState,
    leadership: Leadership,
    /// The state machine is behind: committed entries stay in the log while nothing else is to be done.
    hold_committed: bool,
    /// The newest report, which can be ahead of what the library may be told while a state is being installed.
    applied: u64,
}

/// What may leave once the write with this number is durable.
struct Held {
    after: u64,
    messages: Vec<Message>,
    committed: Vec<Committed>,
}

/// A received state that is being installed. Until it is, all that should be written gathers here.
struct Install {
    point: LogPoint,
    write: LogWrite,
}

impl Node {
    /// Starts a node on a log that [`super::recover`] has prepared. `applied` is what the backend has.
    ///
    /// # Panics
    /// If the state contradicts itself; the library's word for a fault.
    pub fn new(options: NodeOptions, log: Arc<dyn LogStore>, state: &LogState, applied: AppliedState) -> Self {
        assert!(options.election_ticks >= 2, "a heartbeat must fit in an election timeout");
        let applied_index = applied.index;
        let config = Config {
            id: options.id,
            election_tick: options.election_ticks,
            heartbeat_tick: 1,
            applied: applied_index,
            max_size_per_msg: options.append_bytes_max,
            max_inflight_msgs: APPENDS_IN_FLIGHT_MAX,
            check_quorum: true,
            pre_vote: options.pre_vote,
            read_only_option: ReadOnlyOption::Safe,
            batch_append: true,
            max_uncommitted_size: UNCOMMITTED_BYTES_MAX,
            max_committed_size_per_ready: COMMITTED_BYTES_MAX,
            ..Config::default()
        };
        let storage = RaftStorage::new(log, state, applied, options.window_bytes_max);
        let raw = RawNode::new(&config, storage, &logging::logger()).expect("options and recovered state are checked");
        Self {
            raw,
            chance: Chance::new(options.election_seed),
            options,
            out: Effects::default(),
            writing: VecDeque::new(),
            held: VecDeque::new(),
            install: None,
            cut: None,
            changes: BTreeMap::new(),
            received: LogPoint::default(),
            early: Early::default(),
            growth: Growth::default(),
            heard: Heard::default(),
            leaving: Leaving::default(),
            hard_state: state.hard_state,
            leadership: Leadership { term: state.hard_state.term, ..Leadership::default() },
            hold_committed: false,
            applied: applied_index,
        }
    }

    /// Time goes by: one heartbeat interval.
    pub fn tick(&mut self) {
        self.early.tick(EARLY_ELECTIONS * self.options.election_ticks);
        self.heard.tick();
        if self.may_stand() {
            self.draw_wait();
            self.raw.tick();
        }
        if self.raw.raft.state != StateRole::Leader && self.leaving.tells(self.options.election_ticks) {
            let raft = &self.raw.raft;
            let news = leaving::news(self.options.id, raft.term, raft.raft_log.commit_info());
            let voters = raft.prs().conf().voters().ids();
            self.out.send.extend(voters.iter().map(|to| wire::Message { to, ..news.clone() }));
        }
    }

    /// Draws anew how long a simulated node waits, when its wait has just begun: up to twice the shortest, as the
    /// library does, whose own draw at the beginning of a wait this replaces before it matters.
    fn draw_wait(&mut self) {
        if self.raw.raft.election_elapsed > 0 {
            return;
        }
        if let Some(wait) = self.chance.wait(self.options.election_ticks) {
            self.raw.raft.set_randomized_election_timeout(wait);
        }
    }

    /// A voter on its own would lead the moment it stands, which it may only with all it has durable. And nobody may while a received
    /// state is being installed: the library then looks for entries that are gone with the log's reset.
    fn may_stand(&self) -> bool {
        let raft = &self.raw.raft;
        let is_written = self.writing.is_empty() && raft.raft_log.persisted == raft.raft_log.last_index();
        let alone_and_writing = raft.prs().is_singleton() && !is_written;
        raft.state == StateRole::Leader || !(alone_and_writing || self.is_behind_log())
    }

    /// Whether the log begins behind what is applied, as the library knows it: a state is on its way.
    fn is_behind_log(&self) -> bool {
        self.raw.raft.raft_log.applied < self.raw.store().start().index
    }

    /// This member starts, though it was taken out before.
    pub fn was_removed(&mut self) {
        self.leaving.removed();
    }

    /// Skips most of the first wait for a leader, which is useless when the whole cluster starts. Source: etcd,
    /// `--initial-election-tick-advance`.
    pub fn skip_first_wait(&mut self) {
        for _ in 1..self.options.election_ticks {
            self.draw_wait();
            self.raw.tick();
        }
    }

    /// Stands for election at once, if membership changes don't wait to be applied.
    pub fn campaign(&mut self) {
        if self.may_stand() {
            // An error only says that nothing came of it.
            let _ = self.raw.campaign();
        }
    }

    /// Offers proposals; all are taken or none. On a follower they are forwarded to the leader, which may drop them.
    pub fn propose(&mut self, batch: &[Bytes]) -> Result<(), NotNow> {
        if batch.is_empty() {
            return Ok(());
        }
        let entries = batch.iter().map(|data| Entry { data: data.clone(), ..Default::default() }).collect();
        self.propose_entries(entries)
    }

    /// Offers a change of membership; `context` is what the state machine will see. Only one is on its way at a time.
    pub fn propose_change(&mut self, change: MembershipChange, context: Bytes) -> Result<(), NotNow> {
        if self.raw.raft.state == StateRole::Leader && self.raw.raft.has_pending_conf() {
            return Err(NotNow::ChangePending);
        }
        let mut entry = Entry::default();
        entry.set_entry_type(EntryType::EntryConfChange);
        entry.data = conf_change::encode(change);
        entry.context = context;
        self.propose_entries(vec![entry])
    }

    fn propose_entries(&mut self, entries: Vec<Entry>) -> Result<(), NotNow> {
        if self.raw.raft.leader_id == 0 {
            return Err(NotNow::NoLeader);
        }
        if self.raw.raft.lead_transferee.is_some() {
            return Err(NotNow::Transferring);
        }
        let mut message = Message::default();
        message.set_msg_type(MessageType::MsgPropose);
        message.from = self.options.id;
        message.set_entries(entries.into());
        self.raw.raft.step(message).map_err(|_| NotNow::Backlog)
    }

    /// Takes a message from another member. One that makes no sense is logged and dropped.
    pub fn step(&mut self, message: wire::Message) {
        if self.raw.raft.prs().get(message.from).is_some() {
            self.heard.from(message.from);
        }
        match convert::from_wire(message, self.options.id) {
            Ok(message) => self.step_checked(message),
            Err(bad) => tracing::warn!("dropped a message from a peer: {bad}"),
        }
    }

    /// Whether the state of this index was received and is to be installed, or is being.
    pub fn takes_state(&self, index: u64) -> bool {
        let waiting = self.raw.snap().map(|snapshot| snapshot.get_metadata().index);
        waiting == Some(index) || self.install.as_ref().is_some_and(|install| install.point.index == index)
    }

    fn step_checked(&mut self, message: Message) {
        let Some(message) = self.early.keep(message, self.closed()) else { return };
        let asks = matches!(message.get_msg_type(), MessageType::MsgAppendResponse | MessageType::MsgReadIndex);
        if asks && self.leads_without_vote() {
            return;
        }
        // A leader that hands over: this member can't stand now, and the leader gives up waiting. And one that asked for votes and has been
        // left alone since would lead with this answer.
        let stands = matches!(
            message.get_msg_type(),
            MessageType::MsgTimeoutNow | MessageType::MsgRequestPreVoteResponse | MessageType::MsgRequestVoteResponse
        );
        if stands && !self.may_stand() {
            return;
        }
        if let Err(error) = self.raw.step(message) {
            tracing::debug!("the consensus library dropped a message: {error}");
        }
    }

    /// Begins a round: [`Effects::reads`] answers `request`, unless leadership moves or a message is lost. Ask again then, with
    /// another number: numbers must not repeat.
    pub fn read_index(&mut self, request: u64) {
        let context = read_context::encode(self.options.id, self.options.start_nonce, request);
        let entry = Entry { data: context, ..Default::default() };
        let mut message = Message::default();
        message.set_msg_type(MessageType::MsgReadIndex);
        message.set_entries(vec![entry].into());
        self.step_checked(message);
    }

    /// Hands leadership to `member`; a follower asks its leader to. Given up after an election timeout.
    pub fn transfer_leader(&mut self, member: u64) {
        self.raw.transfer_leader(member);
    }

    /// The voter that can take over soonest, if this member leads and one has been heard of lately.
    pub fn transfer_target(&self) -> Option<u64> {
        let raft = &self.raw.raft;
        if raft.state != StateRole::Leader {
            return None;
        }
        let voters = raft.prs().conf().voters().ids();
        raft.prs()
            .iter()
            .filter(|(id, progress)| **id != self.options.id && progress.recent_active && voters.contains(**id))
            .max_by_key(|(id, progress)| (progress.matched, **id))
            .map(|(id, _)| *id)
    }

    /// Sending to this member failed.
    pub fn report_unreachable(&mut self, member: u64) {
        self.raw.report_unreachable(member);
    }

    /// How sending a snapshot to this member ended.
    pub fn report_snapshot(&mut self, member: u64, ok: bool) {
        self.raw.report_snapshot(member, if ok { SnapshotStatus::Finish } else { SnapshotStatus::Failure });
    }

    /// Writes up to this number are durable.
    pub fn persisted(&mut self, number: u64) {
        while self.writing.front().is_some_and(|&waiting| waiting <= number) {
            self.writing.pop_front();
        }
        self.raw.mut_store().persisted(number);
        self.on_persist(number);
        while self.held.front().is_some_and(|held| held.after <= number) {
            let held = self.held.pop_front().expect("just seen");
            for message in held.messages {
                convert::to_wire(message, self.options.append_bytes_max, &mut self.out.send);
            }
            self.out.committed.extend(held.committed);
        }
        self.pass_on_applied();
    }

    fn on_persist(&mut self, number: u64) {
        if !self.leads_without_vote() {
            self.raw.on_persist_ready(number);
        }
    }

    /// A leader that was taken out. Until it goes it leads on, so that its heartbeats tell the others that the change is committed: an append
    /// alone may be lost or refused, and they could be too few to find out by themselves. It decides nothing more: the library then looks
    /// for its own progress, which is gone, and panics. Nor does it answer reads: where one voter is left, the library takes any leader
    /// for that one, who needs to ask nobody.
    fn leads_without_vote(&self) -> bool {
        self.raw.raft.state == StateRole::Leader && self.raw.raft.prs().get(self.options.id).is_none()
    }

    /// Entries up to here are applied in memory.
    pub fn applied(&mut self, index: u64) {
        self.applied = self.applied.max(index);
        self.pass_on_applied();
    }

    fn pass_on_applied(&mut self) {
        let log = &self.raw.raft.raft_log;
        let may = self.applied.min(log.committed).min(log.persisted);
        if may > log.applied {
            self.raw.advance_apply_to(may);
        }
    }

    /// The change of membership at `index` was applied, or refused by the state machine (`accepted` false): then the
    /// configuration stays as it is. `expected` is the configuration that the state machine has arrived at; answers the one in force.
    ///
    /// # Panics
    /// If there is no such change, or it leads to another configuration here.
    pub fn conf_change_applied(&mut self, index: u64, accepted: bool, expected: &Configuration) -> Configuration {
        let twice = planted(Bug::ChangeAppliedTwice);
        let change = if twice { self.changes.get(&index).copied() } else { self.changes.remove(&index) };
        let Some(change) = change else {
            assert!(index <= self.received.index, "only committed changes are applied");
            // The state that was received since has it in its configuration, which is in force.
            return self.configuration();
        };
        let forgotten = planted(Bug::RemovedVotes) && matches!(change, MembershipChange::Remove(_));
        let state = if accepted && !planted(Bug::ChangedAtCommit) && !forgotten {
            let state =
                self.raw.apply_conf_change(&change.to_raft()).expect("what the state machine accepted the library does too");
            match self.changes.range(..index).next_back().filter(|_| twice) {
                Some((_, earlier)) => self.raw.apply_conf_change(&earlier.to_raft()).expect("it was taken once"),
                None => state,
            }
        } else {
            self.raw.raft.prs().conf().to_conf_state()
        };
        let configuration = convert::configuration(&state);
        assert_eq!(&configuration, expected, "the change at {index} means the same to consensus and to the state machine");
        if accepted && matches!(change, MembershipChange::Remove(id) if id == self.options.id) {
            self.leaving.removed();
        }
        configuration
    }

    /// The change of membership at `index` that is committed and not yet applied.
    #[cfg(test)]
    pub(super) fn change_at(&self, index: u64) -> Option<MembershipChange> {
        self.changes.get(&index).copied()
    }

    /// How far the others are, if this member leads.
    pub fn followers(&self) -> Option<Followers> {
        let raft = &self.raw.raft;
        if raft.state != StateRole::Leader {
            return None;
        }
        let mut matched: BTreeMap<_, _> = raft.prs().iter().map(|(&id, progress)| (id, progress.matched)).collect();
        // The leader counts its own entries when they are durable, like everybody's.
        matched.insert(self.options.id, raft.raft_log.persisted);
        Some(Followers { matched })
    }

    /// The voter that can take over from a leader whose own disk has stood still since its log ended at `stalled`: one that is known to
    /// have more than that. Without one the disk may be everybody's, and handing over would help nobody.
    pub fn unstalled_target(&self, stalled: u64) -> Option<u64> {
        let target = self.transfer_target()?;
        (self.raw.raft.prs().get(target)?.matched >= stalled).then_some(target)
    }

    /// This state is durable in the backend. The log is cut behind it, except for `keep` entries and what followers need that
    /// are being brought up to date; a member alone keeps none.
    pub fn flushed(&mut self, state: AppliedState, keep: u64) {
        if self.install.is_some() {
            return;
        }
        let index = state.index;
        self.raw.mut_store().set_newest_state(state);
        let raft = &self.raw.raft;
        let others = raft.prs().iter().any(|(&id, _)| id != self.options.id);
        let mut to = if others { index.saturating_sub(keep) } else { index };
        if raft.state == StateRole::Leader {
            let lately = |id| self.heard.within(id, HELD_ELECTIONS * self.options.election_ticks);
            let needed = raft.prs().iter().filter(|(id, _)| **id != self.options.id && lately(**id));
            let lowest = needed.map(|(_, progress)| progress.matched.max(progress.pending_snapshot)).min().unwrap_or(to);
            to = to.min(lowest.max(self.growth.within(HELD_FOR_FOLLOWER_BYTES_MAX)));
        }
        to = if planted(Bug::StateOlderThanLog) { raft.raft_log.applied } else { to.min(raft.raft_log.applied) };
        if to < self.raw.store().start().index + self.options.cut_entries_min {
            return;
        }
        let term = raft.raft_log.term(to).expect("an entry between the start of the log and the applied index is there");
        let point = LogPoint { index: to, term };
        self.raw.mut_store().cut(point);
        self.growth.cut(point.index);
        self.cut = Some(point);
    }

    /// The received state is now the backend's. The log is reset to it, and the leader hears of it when that is durable.
    ///
    /// # Panics
    /// If another state or none was to be installed.
    pub fn snapshot_installed(&mut self, state: AppliedState) {
        let install = self.install.take().expect("a state was being installed");
        assert_eq!(install.point, state.point(), "the installed state is the one that was received");
        self.applied = self.applied.max(state.index);
        self.raw.mut_store().set_newest_state(state);
        let mut write = install.write;
        write.reset = Some(install.point);
        let hard_state = write.hard_state.get_or_insert(self.hard_state);
        hard_state.commit = hard_state.commit.max(install.point.index);
        self.out.write = Some(write);
    }

    /// Where the node is.
    pub fn status(&self) -> Status {
        let raft = &self.raw.raft;
        let leads = raft.state == StateRole::Leader;
        let alone = leads && raft.prs().is_singleton() && !self.leads_without_vote();
        Status {
            term: raft.term,
            leader: raft.leader_id,
            role: convert::role(raft.state),
            committed: raft.raft_log.committed,
            applied: self.applied,
            last_index: raft.raft_log.last_index(),
            decides_alone: alone && raft.commit_to_current_term(),
        }
    }

    /// The configuration in force.
    pub fn configuration(&self) -> Configuration {
        convert::configuration(&self.raw.raft.prs().conf().to_conf_state())
    }

    /// Index of the newest state that a snapshot would have.
    pub fn newest_state(&self) -> &AppliedState {
        self.raw.store().newest_state()
    }

    /// Whether the state machine has enough to do. Committed entries then stay in the log, except for a part of bounded size with
    /// each other thing that is to be done.
    pub fn hold_committed(&mut self, hold: bool) {
        self.hold_committed = hold;
    }

    /// Whether committed entries are all that the library has for us.
    fn only_committed(&self) -> bool {
        let raft = &self.raw.raft;
        let hard_state = HardState { term: raft.term, vote: raft.vote, commit: raft.raft_log.committed };
        let leads = raft.state == StateRole::Leader;
        raft.msgs.is_empty()
            && raft.read_states.is_empty()
            && raft.raft_log.unstable_entries().is_empty()
            && self.raw.snap().is_none()
            && hard_state == self.hard_state
            && (raft.leader_id, leads) == (self.leadership.leader, self.leadership.is_self)
    }

    /// What is to be done now; `None` when there is nothing. Ask until then, after each input or batch of inputs.
    pub fn poll(&mut self) -> Option<Effects> {
        if planted(Bug::CommittedOlderTerm) && self.raw.raft.state == StateRole::Leader {
            let everywhere = self.raw.raft.mut_prs().maximal_committed_index().0;
            let to = everywhere.min(self.raw.raft.raft_log.persisted).max(self.raw.raft.raft_log.committed);
            self.raw.raft.raft_log.commit_to(to);
        }
        self.release_early();
        if self.raw.has_ready() && !(self.hold_committed && self.only_committed()) {
            self.take_ready();
        }
        (!self.out.is_empty()).then(|| std::mem::take(&mut self.out))
    }

    fn take_ready(&mut self) {
        let mut ready = self.raw.ready();
        let number = ready.number();
        let raft = &self.raw.raft;
        let hard_state = HardState { term: raft.term, vote: raft.vote, commit: raft.raft_log.committed };
        let elected = (hard_state.term, hard_state.vote) != (self.hard_state.term, self.hard_state.vote);
        self.hard_state = hard_state;
        self.note_leadership(ready.ss().is_some());

        for read in ready.take_read_states() {
            self.out.reads.extend(self.read_ready(&read.request_ctx, read.index));
        }
        let committed = self.take_committed(ready.take_committed_entries());
        let entries = ready.take_entries();
        let received = ready.snapshot().get_metadata();
        let received = (received.index > 0).then_some(LogPoint { index: received.index, term: received.term });

        // A change of membership is known to be committed before it takes effect: a restart never goes back behind it.
        let changes_membership = committed.iter().any(|entry| entry.kind == EntryKind::ConfChange);
        if elected || !entries.is_empty() || changes_membership || received.is_some() {
            let mut write = LogWrite { number, hard_state: Some(hard_state), cut: self.cut.take(), ..LogWrite::default() };
            write.entries = entries.iter().map(convert::log_entry).collect();
            if let Some(point) = received {
                self.raw.mut_store().reset(number, point);
            }
            if let Some(last) = entries.last() {
                self.growth.appended(last.index, entries.iter().map(|entry| entry.data.len() as u64).sum());
            }
            self.raw.mut_store().append(number, entries);
            self.write(write, received);
        }
        let now = ready.take_messages();
        let later = ready.take_persisted_messages();
        self.raw.advance_append_async(ready);

        let mut held = Vec::new();
        for message in now {
            convert::to_wire(message, self.options.append_bytes_max, &mut self.out.send);
        }
        for message in later {
            let early = planted(Bug::AcknowledgedBeforeSync);
            if self.writing.is_empty() || convert::promises_nothing(message.get_msg_type()) || early {
                convert::to_wire(message, self.options.append_bytes_max, &mut self.out.send);
            } else {
                held.push(message);
            }
        }
        self.hand_out(number, held, committed, changes_membership);
    }

    fn write(&mut self, mut write: LogWrite, received: Option<LogPoint>) {
        self.writing.push_back(write.number);
        match (&mut self.install, received) {
            (_, Some(point)) => {
                write.cut = None;
                self.changes.clear();
                // What still waited for a write comes with the state, and must not follow it.
                self.held.iter_mut().for_each(|held| held.committed.clear());
                self.received = point;
                self.install = Some(Install { point, write });
                self.out.install_snapshot = Some(point);
            }
            (Some(install), None) => install.write.merge(write),
            (None, None) => match &mut self.out.write {
                Some(earlier) => earlier.merge(write),
                None => self.out.write = Some(write),
            },
        }
    }

    /// Messages and committed entries leave now, or when what they rest on is durable; entries never overtake one another.
    fn hand_out(&mut self, number: u64, messages: Vec<Message>, committed: Vec<Committed>, wait: bool) {
        let Some(&last) = self.writing.back() else {
            self.on_persist(number);
            self.out.committed.extend(committed);
            return;
        };
        let entries_wait = wait || self.held.iter().any(|held| !held.committed.is_empty());
        let mut held = Held { after: last, messages, committed: Vec::new() };
        if entries_wait {
            held.committed = committed;
        } else {
            self.out.committed.extend(committed);
        }
        if !held.messages.is_empty() || !held.committed.is_empty() {
            self.held.push_back(held);
        }
    }

    fn take_committed(&mut self, entries: Vec<Entry>) -> Vec<Committed> {
        let mut taken = Vec::with_capacity(entries.len());
        for entry in entries {
            let (committed, change) = convert::committed(entry);
            if let Some(change) = change {
                if planted(Bug::ChangedAtCommit) {
                    let _ = self.raw.apply_conf_change(&change.to_raft());
                }
                self.changes.insert(committed.index, change);
            }
            taken.push(committed);
        }
        taken
    }

    fn note_leadership(&mut self, changed: bool) {
        let raft = &self.raw.raft;
        if !changed && raft.term == self.leadership.term {
            return;
        }
        let leadership = Leadership { term: raft.term, leader: raft.leader_id, is_self: raft.state == StateRole::Leader };
        if leadership != self.leadership {
            self.leadership = leadership;
            self.out.leadership = Some(leadership);
        }
    }

    /// The round that this context stands for, if this life of this member began it.
    fn read_ready(&self, context: &[u8], index: u64) -> Option<ReadReady> {
        let request = read_context::decode(context, self.options.id, self.options.start_nonce)?;
        Some(ReadReady { request, index })
    }

    /// This member leads and hasn't committed in its term yet: it can't know the newest commit index.
    pub(super) fn awaits_first_commit(&self) -> bool {
        self.raw.raft.state == StateRole::Leader && !self.raw.raft.commit_to_current_term()
    }

    fn closed(&self) -> Closed {
        let raft = &self.raw.raft;
        let leads = raft.state == StateRole::Leader;
        Closed {
            for_reads: self.awaits_first_commit(),
            for_changes: leads && raft.has_pending_conf(),
            for_proposals: leads && raft.lead_transferee.is_some(),
        }
    }

    fn release_early(&mut self) {
        // A leader that gave way and knows no other one yet has nobody to pass them on to.
        if self.early.is_empty() || self.raw.raft.leader_id == 0 {
            return;
        }
        let leads = self.raw.raft.state == StateRole::Leader;
        for message in self.early.release(leads, self.closed()) {
            self.step_checked(message);
        }
    }

    /// First and last index of the log.
    pub fn log_span(&self) -> (u64, u64) {
        (self.raw.store().start().index + 1, self.raw.raft.raft_log.last_index())
    }
}
