//! A member without threads and network, which notes what it has promised at each point of the disk's record.

use std::{
    path::Path,
    sync::{Arc, Mutex, OnceLock},
};

use quorate::core::{
    backend::{Durable, Lmdb},
    config::ServerConfig,
    consensus::{HardState, LogPoint, LogState, LogStore, LogWrite, Node, NodeOptions, recover},
    data_dir::DataDir,
    serve::{OpenedMember, open_member},
    wal::{EngineLog, FileSizes},
};

use super::{
    disk::Disk,
    reference::{History, Machine, References, each_row},
};

/// Who the first member was that was opened.
static IDS: OnceLock<(u64, u64)> = OnceLock::new();
/// Small, so that files change and are removed.
const LOG_FILES: FileSizes = FileSizes { file_bytes: 16 << 10, purge_above_bytes: 32 << 10 };
/// Rows of one slice of a sweep.
const SWEEP_ROWS: usize = 7;

/// A log as it is on the disk, with the entries that were cut off it, so that what it leads to can be worked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogModel {
    pub state: LogState,
    pub history: Arc<History>,
}

impl LogModel {
    /// What a write makes of it. `leader` has the entries up to the point of a reset.
    pub fn after(&self, write: &LogWrite, leader: &History) -> Self {
        let mut next = self.clone();
        let history = Arc::make_mut(&mut next.history);
        if let Some(point) = write.reset {
            *history = leader.range(..=point.index).map(|(&index, entry)| (index, entry.clone())).collect();
            (next.state.start, next.state.last) = (point, point);
        }
        if let (Some(first), Some(last)) = (write.entries.first(), write.entries.last()) {
            history.split_off(&first.index);
            history.extend(write.entries.iter().map(|entry| (entry.index, entry.clone())));
            next.state.last = LogPoint { index: last.index, term: last.term };
        }
        next.state.hard_state = write.hard_state.unwrap_or(next.state.hard_state);
        if let Some(point) = write.cut.filter(|point| point.index > next.state.start.index) {
            next.state.start = point;
        }
        next
    }

    fn term_at(&self, index: u64) -> Option<u64> {
        let LogState { start, last, .. } = self.state;
        if index == start.index {
            return Some(start.term);
        }
        (index > start.index && index <= last.index).then(|| self.history[&index].term)
    }
}

/// A state on the disk: the last entry that is applied in it, and all before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateModel {
    pub point: LogPoint,
    pub history: Arc<History>,
}

/// What may be found after a crash: one of these logs with one of these states.
#[derive(Clone, Debug)]
pub struct Expect {
    pub logs: Vec<LogModel>,
    pub states: Vec<StateModel>,
}

/// Notes what is promised, as the record goes on.
pub struct Tracker {
    pub disk: Arc<Disk>,
    pub expects: Vec<Expect>,
    now: Arc<Mutex<Expect>>,
}

impl Tracker {
    pub fn new(disk: Arc<Disk>, first: Expect) -> Self {
        let mut tracker = Self { disk, expects: Vec::new(), now: Arc::new(Mutex::new(first.clone())) };
        tracker.set(first);
        tracker
    }

    fn set(&mut self, expect: Expect) {
        self.disk.mark(self.expects.len());
        *self.now.lock().unwrap() = expect.clone();
        self.expects.push(expect);
    }

    /// What may be found now, also once the tracker is gone.
    pub fn promised(&self) -> Arc<Mutex<Expect>> {
        Arc::clone(&self.now)
    }

    fn now(&self) -> &Expect {
        self.expects.last().expect("the first is set at once")
    }

    fn logs(&mut self, logs: Vec<LogModel>) {
        let states = self.now().states.clone();
        self.set(Expect { logs, states });
    }

    fn states(&mut self, states: Vec<StateModel>) {
        let logs = self.now().logs.clone();
        self.set(Expect { logs, states });
    }
}

/// See the module.
pub struct Member {
    pub tracker: Tracker,
    pub log: Arc<EngineLog>,
    pub machine: Machine,
    dir: Arc<DataDir>,
    pub model: LogModel,
    pub durable: StateModel,
}

pub fn config(root: &Path) -> ServerConfig {
    ServerConfig { data_dir: root.join("data"), ..ServerConfig::default() }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

impl Member {
    /// Opens as a start does, and compares what is found with what may be found.
    pub fn open(root: &Path, mut tracker: Tracker) -> Result<Self, String> {
        let opened = open_member(&config(root), LOG_FILES).map_err(text)?;
        let OpenedMember { dir, backend, state, applier, log, identity, seeds: _ } = opened;
        // All have the same flags.
        let ids = (identity.cluster_id, identity.member_id);
        if *IDS.get_or_init(|| ids) != ids {
            return Err("WRONG: it takes itself for another member".into());
        }
        let found = log.state().map_err(text)?;
        let expect = tracker.now();
        let Some(model) = expect.logs.iter().find(|model| model.state == found).cloned() else {
            let may: Vec<_> = expect.logs.iter().map(|model| model.state).collect();
            return Err(format!("WRONG: the log is {found:?}, it may be {may:?}"));
        };
        if found.last.index > found.start.index {
            let entries = log.entries(found.start.index + 1, found.last.index + 1, u64::MAX).map_err(text)?;
            if !entries.iter().eq(model.history.range(found.start.index + 1..).map(|(_, entry)| entry)) {
                return Err("WRONG: entries of the log are not those that were written".into());
            }
        }
        let applied = applier.applied().point();
        let Some(durable) = expect.states.iter().find(|state| state.point == applied).cloned() else {
            let may: Vec<_> = expect.states.iter().map(|state| state.point).collect();
            return Err(format!("WRONG: the state is of {applied:?}, it may be of {may:?}"));
        };
        tracker.set(Expect { logs: vec![model.clone()], states: vec![durable.clone()] });
        let machine = Machine::new(backend, applier, state)?;
        let mut member = Self { tracker, log, machine, dir, model, durable };
        member.recover()?;
        Ok(member)
    }

    /// Stops, without a last flush, and starts again.
    pub fn restart(self, root: &Path) -> Result<Self, String> {
        let Self { tracker, log, machine, dir, .. } = self;
        tracker.disk.set_farewell(true);
        drop((log, machine, dir));
        tracker.disk.set_farewell(false);
        Self::open(root, tracker)
    }

    /// Brings log and state together, as the start of the node loop does.
    fn recover(&mut self) -> Result<(), String> {
        let before = self.model.clone();
        let point = self.durable.point;
        let fits = before.term_at(point.index) == Some(point.term);
        if !fits {
            let old = before.state.hard_state;
            let term = old.term.max(point.term).max(before.state.last.term);
            let hard_state = Some(HardState { term, vote: old.vote, commit: point.index });
            let write = LogWrite { reset: Some(point), hard_state, ..LogWrite::default() };
            self.model = before.after(&write, &self.durable.history);
            self.tracker.logs(vec![before.clone(), self.model.clone()]);
        }
        let state = recover(self.log.as_ref(), self.machine.applier.applied()).map_err(text)?;
        if (state.start, state.last) != (self.model.state.start, self.model.state.last) {
            return Err(format!("WRONG: recovered to {state:?} instead of {:?}", self.model.state));
        }
        let (old, new) = (before.state.hard_state, state.hard_state);
        if new.term < old.term || new.vote != old.vote || new.commit < old.commit.min(state.last.index) {
            return Err(format!("WRONG: the hard state went from {old:?} to {new:?}"));
        }
        if !fits {
            self.tracker.logs(vec![self.model.clone()]);
        }
        // It panics if they contradict each other.
        let options = NodeOptions {
            id: 1,
            election_ticks: 10,
            election_seed: None,
            pre_vote: true,
            start_nonce: 1,
            window_bytes_max: 1 << 20,
            append_bytes_max: 1 << 20,
            cut_entries_min: 1,
        };
        drop(Node::new(options, Arc::clone(&self.log) as Arc<dyn LogStore>, &state, self.machine.applier.applied().clone()));
        Ok(())
    }

    /// Writes to the log. `leader` has the entries up to the point of a reset.
    pub fn write(&mut self, writes: &[LogWrite], leader: &History) -> Result<(), String> {
        let next = writes.iter().fold(self.model.clone(), |model, write| model.after(write, leader));
        self.tracker.logs(vec![self.model.clone(), next.clone()]);
        if let Err(fault) = self.log.write(writes) {
            assert!(self.log.write(&[LogWrite::default()]).is_err(), "nothing is written after a failed write");
            return Err(text(fault));
        }
        self.model = next;
        self.tracker.logs(vec![self.model.clone()]);
        Ok(())
    }

    /// Applies entries up to `index`.
    pub fn apply(&mut self, index: u64) -> Result<(), String> {
        for at in self.machine.applied().index + 1..=index {
            self.machine.apply(&self.model.history[&at])?;
        }
        Ok(())
    }

    /// Flushes once. Answers whether there is more to sweep.
    pub fn flush(&mut self) -> Result<bool, String> {
        let next = StateModel { point: self.machine.applied(), history: Arc::clone(&self.model.history) };
        self.tracker.states(vec![self.durable.clone(), next.clone()]);
        let more = self.machine.flush(SWEEP_ROWS)?;
        self.durable = next;
        self.tracker.states(vec![self.durable.clone()]);
        Ok(more)
    }

    /// As the flush thread does it.
    pub fn defragment(&mut self) -> Result<(), String> {
        let path = self.dir.new_state_path();
        let durable = Arc::clone(&self.machine.backend.state().durable);
        let copied = durable.copy_compacted(&path).and_then(|()| Lmdb::open(&path));
        let copy = match copied {
            Ok(copy) => Arc::new(copy),
            Err(error) => {
                self.dir.forget_state(&path);
                return Err(text(error));
            }
        };
        self.dir.install_state(&path).map_err(|error| format!("FATAL: {error}"))?;
        self.machine.backend.exchange(copy);
        Ok(())
    }

    /// Takes in the state that `leader` has at `point`, as the apply loop does it; the log follows.
    pub fn install(&mut self, leader: &Arc<History>, point: LogPoint) -> Result<(), String> {
        let path = self.dir.new_state_path();
        let received = Lmdb::open(&path).map_err(text)?;
        copy_rows(super::reference::machine(leader, point.index).backend.state().durable.as_ref(), &received)?;
        drop(received);
        let next = StateModel { point, history: Arc::clone(leader) };
        self.tracker.states(vec![self.durable.clone(), next.clone()]);
        let opened = Lmdb::open(&path).map_err(text)?;
        self.dir.install_state(&path).map_err(text)?;
        self.durable = next;
        self.tracker.states(vec![self.durable.clone()]);
        self.machine.install(Arc::new(opened))?;
        assert_eq!(self.machine.applied(), point);
        let hard_state = HardState { commit: point.index, ..self.model.state.hard_state };
        let hard_state = Some(HardState { term: hard_state.term.max(point.term), ..hard_state });
        self.write(&[LogWrite { reset: Some(point), hard_state, ..LogWrite::default() }], leader)
    }

    /// Replays the rest of the log, flushes and sweeps everything, and compares all rows with those of a member that never crashed.
    pub fn finish(&mut self, references: &References) -> Result<(), String> {
        self.apply(self.model.state.last.index)?;
        while self.flush()? {}
        let (have, want) = (self.machine.digest()?, references.digest(&self.model.history, self.model.state.last.index));
        if have != want {
            return Err(format!("WRONG: the rows at {:?} are not those of a run without a crash", self.machine.applied()));
        }
        Ok(())
    }
}

fn copy_rows(from: &dyn Durable, to: &Lmdb) -> Result<(), String> {
    let mut rows = Vec::new();
    each_row(from.read().map_err(text)?.as_ref(), |table, key, value| rows.push((table, key.to_vec(), value.to_vec())))?;
    // In more than one commit, as a large state arrives.
    for part in rows.chunks(rows.len().div_ceil(2).max(1)) {
        to.commit(&mut |batch| part.iter().try_for_each(|(table, key, value)| batch.append(*table, key, value))).map_err(text)?;
    }
    Ok(())
}
