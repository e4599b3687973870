//! The thread "raft": takes what waits in the mailbox, lets the node think, and carries out what it answers.
//!
//! One turn ([`NodeLoop::turn`]): take everything that waits; messages, reports, ticks, proposals and reads go into the node in this order; then the
//! node's effects are carried out until there are none. Messages to other members and committed entries leave before the log is
//! written. With other voters writing is the thread "wal"'s work and the loop goes on meanwhile; a sole voter has nobody to talk
//! to, so it writes in the turn itself, and what arrives during the sync is the next turn's batch.

mod changes;
mod reads;
mod stalled_disk;
mod waiting;

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread::JoinHandle,
    time::{Duration, Instant},
};

use tokio::sync::watch;

pub(super) use self::changes::ProposedChange;
use self::{
    changes::Changes,
    reads::Reads,
    stalled_disk::StalledDisk,
    waiting::{Waiting, offer},
};
use super::{
    ApplyTask,
    mailbox::{Control, Inbox, Mailbox},
    node_handle::{Board, NodeHandle, ReadError},
};
use crate::core::{
    clock::Clock,
    consensus::{
        AppliedState, Committed, Configuration, Effects, Leadership, LogFault, LogStore, LogWrite, Node, NodeOptions, Role,
        recover,
    },
    peer::{SharedTransport, message_type},
    wal::LogWriter,
};

/// Ticks made up for after a pause. More would only bring elections that nobody needs.
const MISSED_TICKS_MAX: u32 = 2;
/// Bytes of committed entries with the apply thread past which the others stay in the log, and a follower takes no more entries.
const APPLY_BACKLOG_BYTES_MAX: usize = 32 * 1024 * 1024;
/// How long a stopping leader tries to hand leadership over.
const HAND_OVER: Duration = Duration::from_millis(500);

/// What the loop is told once.
#[derive(Clone, Copy, Debug)]
pub struct LoopOptions {
    pub node: NodeOptions,
    /// Length of a tick.
    pub tick: Duration,
    /// How long a proposal waits for a leader.
    pub request_timeout: Duration,
    /// Entries kept in the log behind the flushed state, when there are followers.
    pub catch_up_entries: u64,
    /// Skip most of the first wait for a leader.
    pub initial_election_tick_advance: bool,
}

/// Makes writes durable in groups while the loop goes on. Dropping it finishes what was handed over.
pub trait GroupWriter: Send {
    /// Hands a write over. After a fault it goes nowhere.
    fn write(&mut self, write: LogWrite);
}

impl GroupWriter for LogWriter {
    fn write(&mut self, write: LogWrite) {
        LogWriter::write(self, write);
    }
}

/// Hears the number of the last durable write, or the fault after which nothing more is written.
pub type Persisted = Box<dyn Fn(Result<u64, LogFault>) + Send>;

/// Makes a writer.
pub type StartWriter = Box<dyn Fn(Persisted) -> std::io::Result<Box<dyn GroupWriter>> + Send>;

/// The writer with a thread of its own.
pub fn group_writer(log: Arc<dyn LogStore>) -> StartWriter {
    Box::new(move |persisted| Ok(Box::new(LogWriter::start(Arc::clone(&log), persisted)?)))
}

/// Where the loop's answers go. All are called in its turns and must not block.
pub struct Wiring {
    /// To the apply thread, in order. The queue behind it needs no bound of its own: while too much waits there, committed entries
    /// stay in the log, and a follower takes no more.
    pub apply: Box<dyn FnMut(ApplyTask) + Send>,
    pub transport: SharedTransport,
    /// A proposal was given up before any leader took it.
    pub dropped: Box<dyn FnMut(u64) + Send>,
    /// The state of this index was received, but will not be installed: this member needs it no more.
    pub state_refused: Box<dyn FnMut(u64) + Send>,
    /// Called when there is first another voter.
    pub start_writer: StartWriter,
    pub clock: Clock,
}

/// Consensus at work on one member. See the module.
pub struct NodeLoop {
    options: LoopOptions,
    node: Node,
    log: Arc<dyn LogStore>,
    writer: Option<Box<dyn GroupWriter>>,
    /// Writes with the writer.
    writing: u64,
    mailbox: Arc<Mailbox>,
    inbox: Inbox,
    board: Arc<Board>,
    leadership: watch::Sender<Leadership>,
    wiring: Wiring,
    waiting: Waiting,
    changes: Changes,
    stalled_disk: StalledDisk,
    reads: Reads,
    backlog: Backlog,
    is_sole_voter: bool,
    is_alone: bool,
    /// What was committed when this member was left alone. One that was taken out may have shown it before it is applied here.
    alone_from: u64,
    first_wait_skipped: bool,
    next_tick: Instant,
    hand_over_until: Option<Instant>,
}

/// What comes after a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Another one, when there is work or at the time of the next tick.
    GoOn,
    /// None: the loop was told to stop.
    Over,
}

impl NodeLoop {
    /// Brings the log in line with `applied`, what the backend has, and makes ready for the first turn.
    ///
    /// # Errors
    /// When the log doesn't fit the state, or can't be read or written.
    pub fn new(
        options: LoopOptions,
        log: Arc<dyn LogStore>,
        applied: AppliedState,
        wiring: Wiring,
    ) -> Result<(NodeHandle, Self), LogFault> {
        let state = recover(&*log, &applied)?;
        let mailbox = Arc::new(Mailbox::default());
        let board = Arc::new(Board::default());
        let (leadership_out, leadership) = watch::channel(Leadership::default());
        let handle = NodeHandle { mailbox: Arc::clone(&mailbox), board: Arc::clone(&board), leadership };
        let node = Node::new(options.node, Arc::clone(&log), &state, applied);
        let node_loop = Self {
            is_sole_voter: node.configuration().is_sole_voter(options.node.id),
            is_alone: node.configuration().is_alone(options.node.id),
            alone_from: 0,
            next_tick: wiring.clock.now() + options.tick,
            options,
            node,
            log,
            writer: None,
            writing: 0,
            mailbox,
            inbox: Inbox::default(),
            board,
            leadership: leadership_out,
            wiring,
            waiting: Waiting::default(),
            changes: Changes::default(),
            stalled_disk: StalledDisk::new(options.tick * options.node.election_ticks as u32),
            reads: Reads::default(),
            backlog: Backlog::default(),
            first_wait_skipped: !options.initial_election_tick_advance,
            hand_over_until: None,
        };
        Ok((handle, node_loop))
    }

    /// This member starts, though it was taken out of its cluster before.
    pub fn was_removed(&mut self) {
        self.node.was_removed();
    }

    /// Runs turns on a thread of its own until [`NodeHandle::stop`] or a fault, which `fault` hears in words for an operator.
    ///
    /// # Errors
    /// The system's, if it gives no thread.
    pub fn spawn(mut self, handle: NodeHandle, fault: impl FnOnce(String) + Send + 'static) -> std::io::Result<JoinHandle<()>> {
        std::thread::Builder::new().name("raft".into()).spawn(move || {
            let mailbox = Arc::clone(&self.mailbox);
            let ended = catch_unwind(AssertUnwindSafe(|| {
                let ended = self.run();
                self.end();
                ended
            }));
            mailbox.close();
            match ended {
                Ok(Ok(())) => {}
                Ok(Err(log_fault)) => fault(log_fault.to_string()),
                Err(panic) => fault(format!("consensus broke an invariant: {}; {:?}", panic_text(&*panic), handle.status())),
            }
        })
    }

    fn run(&mut self) -> Result<(), LogFault> {
        self.begin()?;
        loop {
            let wake_on_applied = self.wants_applied();
            self.mailbox.take(&mut self.inbox, self.next_tick, wake_on_applied);
            if self.turn()? == Turn::Over {
                return Ok(());
            }
        }
    }

    /// What comes before the first turn.
    ///
    /// # Errors
    /// A fault of the log.
    pub fn begin(&mut self) -> Result<(), LogFault> {
        self.stand_if_alone();
        self.carry_out()
    }

    /// Whether the next turn has anything to do before the next tick.
    pub fn has_work(&self) -> bool {
        self.mailbox.has_work(self.wants_applied())
    }

    /// When the next tick is due.
    pub fn next_tick(&self) -> Instant {
        self.next_tick
    }

    /// Takes what waits now, and does one turn.
    ///
    /// # Errors
    /// A fault of the log.
    pub fn turn_now(&mut self) -> Result<Turn, LogFault> {
        self.mailbox.take_now(&mut self.inbox);
        self.turn()
    }

    /// Progress of the apply thread alone is worth a turn.
    fn wants_applied(&self) -> bool {
        let must_elect = self.is_sole_voter && self.node.status().role != Role::Leader;
        must_elect || self.backlog.is_full()
    }

    fn turn(&mut self) -> Result<Turn, LogFault> {
        let now = self.wiring.clock.now();
        let mut inbox = std::mem::take(&mut self.inbox);
        self.take_reports(&mut inbox)?;
        self.take_messages(&mut inbox);
        if now >= self.next_tick {
            self.next_tick = self.tick(now, self.next_tick);
        }
        self.stand_if_alone();
        self.propose(&mut inbox, now);
        self.reads.take(&mut inbox.reads);
        let stop = inbox.stop;
        inbox.clear();
        // Its memory is used again.
        self.inbox = inbox;
        if let Some(transfer) = stop
            && !self.may_hand_over(transfer, now)
        {
            return Ok(Turn::Over);
        }
        self.carry_out()?;
        while self.go_on(now) {
            self.carry_out()?;
        }
        if let Some(until) = self.hand_over_until
            && (now >= until || self.node.status().role != Role::Leader)
        {
            return Ok(Turn::Over);
        }
        Ok(Turn::GoOn)
    }

    fn take_reports(&mut self, inbox: &mut Inbox) -> Result<(), LogFault> {
        for control in inbox.controls.drain(..) {
            match control {
                Control::Persisted(result) => {
                    let number = result?;
                    self.node.persisted(number);
                    self.stalled_disk.persisted(number);
                    if number == self.writing {
                        self.writing = 0;
                    }
                }
                Control::ConfChange { index, accepted, configuration } => {
                    let configuration = self.node.conf_change_applied(index, accepted, &configuration);
                    self.note(&configuration);
                }
                Control::SnapshotInstalled(state) => {
                    self.note(&state.configuration);
                    self.backlog.applied(state.index);
                    self.node.snapshot_installed(state);
                }
                Control::Unreachable(member) => self.node.report_unreachable(member),
                Control::SnapshotSent { member, ok } => self.node.report_snapshot(member, ok),
                Control::TransferLeader(member) => self.node.transfer_leader(member),
                Control::HandOver => {
                    if let Some(target) = self.node.transfer_target() {
                        self.node.transfer_leader(target);
                    }
                }
                // Who asked may have gone.
                Control::Followers(reply) => drop(reply.send(self.node.followers())),
            }
        }
        if inbox.applied > 0 {
            self.backlog.applied(inbox.applied);
            self.node.applied(inbox.applied);
        }
        if let Some(state) = inbox.flushed.take() {
            self.node.flushed(state, self.options.catch_up_entries);
        }
        Ok(())
    }

    fn note(&mut self, configuration: &Configuration) {
        let id = self.options.node.id;
        (self.is_sole_voter, self.is_alone) = (configuration.is_sole_voter(id), configuration.is_alone(id));
        self.alone_from = self.node.status().committed;
    }

    fn show(&self) {
        let status = self.node.status();
        self.board.show(&status, self.is_alone && status.applied >= self.alone_from);
    }

    fn take_messages(&mut self, inbox: &mut Inbox) {
        for message in inbox.messages.drain(..) {
            // Dropped entries are sent again when this member's state machine has caught up.
            if message.r#type == message_type::APPEND && !message.entries.is_empty() && self.backlog.is_full() {
                continue;
            }
            let state = message.snapshot.as_ref().filter(|_| message.r#type == message_type::SNAPSHOT).map(|state| state.index);
            self.node.step(message);
            if let Some(index) = state.filter(|&index| !self.node.takes_state(index)) {
                (self.wiring.state_refused)(index);
            }
        }
    }

    /// Ticks for the time that has passed, but for few of them after a pause. Answers when the next one is due.
    fn tick(&mut self, now: Instant, due: Instant) -> Instant {
        let (made_up, next) = ticks_due(now, due, self.options.tick);
        for _ in 0..made_up {
            self.node.tick();
        }
        self.reads.retry_late(now);
        for id in self.waiting.expire(now).into_iter().chain(self.changes.expire(now)) {
            (self.wiring.dropped)(id);
        }
        self.leave_stalled_disk(now);
        next
    }

    /// A voter on its own needs no timeout to stand for election; the members of a cluster skip most of the first one.
    fn stand_if_alone(&mut self) {
        if self.is_sole_voter {
            if self.node.status().role != Role::Leader {
                self.node.campaign();
            }
        } else if !self.first_wait_skipped && self.node.configuration().voters.len() > 1 {
            self.first_wait_skipped = true;
            if self.node.status().leader == 0 {
                self.node.skip_first_wait();
            }
        }
    }

    /// Begins what has become possible: a round for the reads that wait, proposals for a leader that was missing. Answers
    /// whether there was any.
    fn go_on(&mut self, now: Instant) -> bool {
        let node = &mut self.node;
        let mut offered = self.waiting.offer(|batch| node.propose(batch).is_ok());
        offered |= self.changes.offer(|change, context| node.propose_change(change, context));
        if self.reads.is_idle() {
            return offered;
        }
        let round = self.reads.begin(node.status().leader, now);
        if let Some(request) = round {
            node.read_index(request);
        }
        round.is_some() || offered
    }

    fn propose(&mut self, inbox: &mut Inbox, now: Instant) {
        let node = &mut self.node;
        self.waiting.offer(|batch| node.propose(batch).is_ok());
        let deadline = now + self.options.request_timeout;
        let mut taken = 0;
        if self.waiting.is_empty() {
            taken = offer(&inbox.proposals, |batch| node.propose(batch).is_ok());
        }
        for (id, data) in inbox.proposal_ids.drain(..).zip(inbox.proposals.drain(..)).skip(taken) {
            if !self.waiting.push(deadline, id, data) {
                (self.wiring.dropped)(id);
            }
        }
        for change in inbox.changes.drain(..) {
            let id = change.id;
            if !self.changes.push(deadline, change) {
                (self.wiring.dropped)(id);
            }
        }
        self.changes.offer(|change, context| node.propose_change(change, context));
    }

    /// A leader whose disk stands still gives leadership to a member whose disk does not.
    fn leave_stalled_disk(&mut self, now: Instant) {
        let Some(stalled) = self.stalled_disk.stands_still(now) else { return };
        if let Some(target) = self.node.unstalled_target(stalled.last_index) {
            tracing::warn!(stood_still = ?stalled.since, target = %format!("{target:x}"), "the log's disk stands still; handing leadership over");
            self.node.transfer_leader(target);
        }
    }

    /// Begins the end. Answers whether to go on for a while, so that another member can take over.
    fn may_hand_over(&mut self, transfer: bool, now: Instant) -> bool {
        let target = if transfer { self.node.transfer_target() } else { None };
        let Some(target) = target else { return false };
        self.node.transfer_leader(target);
        self.hand_over_until.get_or_insert(now + HAND_OVER);
        true
    }

    fn carry_out(&mut self) -> Result<(), LogFault> {
        loop {
            self.node.hold_committed(self.backlog.is_full());
            let Some(effects) = self.node.poll() else { break };
            self.show();
            let Effects { send, write, committed, install_snapshot, reads, leadership } = effects;
            if let Some(leadership) = leadership {
                self.announce(leadership);
            }
            if !send.is_empty() {
                self.wiring.transport.send(send);
            }
            self.hand_over(committed);
            if let Some(point) = install_snapshot {
                (self.wiring.apply)(ApplyTask::InstallSnapshot { index: point.index, term: point.term });
            }
            for read in reads {
                self.reads.answer(read);
            }
            if let Some(write) = write {
                self.write(write)?;
            }
        }
        self.show();
        Ok(())
    }

    fn hand_over(&mut self, committed: Vec<Committed>) {
        let Some(last) = committed.last() else { return };
        self.backlog.push(last.index, committed.iter().map(|entry| entry.data.len()).sum());
        (self.wiring.apply)(ApplyTask::Entries(committed));
    }

    fn write(&mut self, write: LogWrite) -> Result<(), LogFault> {
        let number = write.number;
        if self.is_sole_voter && self.writing == 0 {
            self.log.write(std::slice::from_ref(&write))?;
            self.node.persisted(number);
            return Ok(());
        }
        if self.writer.is_none() {
            let mailbox = Arc::clone(&self.mailbox);
            let done = move |result| mailbox.control(Control::Persisted(result));
            let started = (self.wiring.start_writer)(Box::new(done));
            self.writer = Some(started.map_err(|error| LogFault::Io { place: self.log.place(), detail: error.to_string() })?);
        }
        let writer = self.writer.as_mut().expect("just started");
        self.writing = number;
        self.stalled_disk.writing(number, self.node.status().last_index, self.wiring.clock.now());
        writer.write(write);
        Ok(())
    }

    fn announce(&mut self, leadership: Leadership) {
        let Leadership { term, leader, is_self } = leadership;
        tracing::info!(term, leader, is_self, "leadership changed");
        self.reads.leadership_moved(leader);
        self.leadership.send_replace(leadership);
        (self.wiring.apply)(ApplyTask::Leadership { term, leader, is_self });
    }

    /// Tells everyone who still waits that nothing more comes.
    pub fn end(&mut self) {
        let left = self.mailbox.close();
        self.reads.fail(ReadError::Stopped);
        let changes = left.changes.into_iter().map(|change| change.id);
        for id in self.waiting.drain().chain(self.changes.drain()).chain(left.proposal_ids).chain(changes) {
            (self.wiring.dropped)(id);
        }
        // Finishes the writes that were handed over.
        self.writer = None;
    }
}

/// Committed entries that are with the apply thread: last index and bytes of each batch.
#[derive(Default)]
struct Backlog {
    batches: VecDeque<(u64, usize)>,
    bytes: usize,
}

impl Backlog {
    fn push(&mut self, last: u64, bytes: usize) {
        self.batches.push_back((last, bytes));
        self.bytes += bytes;
    }

    fn applied(&mut self, index: u64) {
        while let Some(&(last, bytes)) = self.batches.front()
            && last <= index
        {
            self.batches.pop_front();
            self.bytes -= bytes;
        }
    }

    fn is_full(&self) -> bool {
        self.bytes > APPLY_BACKLOG_BYTES_MAX
    }
}

/// How many ticks to make up for when the tick of `due` is looked at `now`, and when the next one is due.
fn ticks_due(now: Instant, due: Instant, tick: Duration) -> (u32, Instant) {
    let missed = now.saturating_duration_since(due).as_nanos() / tick.as_nanos().max(1) + 1;
    if missed > u128::from(MISSED_TICKS_MAX) {
        return (MISSED_TICKS_MAX, now + tick);
    }
    (missed as u32, due + tick * missed as u32)
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_pause_few_ticks_are_made_up_for() {
        let (due, tick) = (Instant::now(), Duration::from_millis(100));
        assert_eq!(ticks_due(due, due, tick), (1, due + tick));
        assert_eq!(ticks_due(due + tick / 2, due, tick), (1, due + tick), "being late once doesn't shift the later ones");
        assert_eq!(ticks_due(due + tick, due, tick), (2, due + tick * 2));
        let late = due + tick * 1000;
        assert_eq!(ticks_due(late, due, tick), (MISSED_TICKS_MAX, late + tick));
    }

    #[test]
    fn a_backlog_is_what_is_not_applied() {
        let mut backlog = Backlog::default();
        backlog.push(10, APPLY_BACKLOG_BYTES_MAX);
        backlog.push(12, 1);
        assert!(backlog.is_full());
        backlog.applied(11);
        assert!(!backlog.is_full());
        assert_eq!(backlog.bytes, 1);
    }
}
