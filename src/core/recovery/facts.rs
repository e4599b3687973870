//! What a surviving data directory holds.

use std::sync::Arc;

use super::{RecoveryError, replay::Replay, survivor::Survivor};
use crate::core::{
    alarm::AlarmKind,
    backend::{Backend, Durable},
    consensus::{Configuration, HardState, LogPoint},
    data_dir::StoredIdentity,
    membership::Member,
    mvcc::StoredRevisions,
};

/// Entries up to this weight are applied in memory to see what comes of them. Ordinarily it is the last second or so.
const REPLAY_BYTES_MAX: u64 = 256 << 20;

/// See the module.
#[derive(Clone, Debug)]
pub struct Facts {
    pub identity: StoredIdentity,
    /// Members as of the end of the log, or as far as it was applied here if it is too long for that.
    pub members: Vec<Member>,
    pub configuration: Configuration,
    pub hard_state: HardState,
    /// The first entry that the log still has; one above the last when it has none.
    pub first_index: u64,
    pub last: LogPoint,
    /// Index up to which the state on the disk has the log.
    pub applied_index: u64,
    /// Revision of the state on the disk.
    pub revision_on_disk: i64,
    /// Revision at the end of the log; nothing if it is too long to be applied here.
    pub revision: Option<i64>,
    /// Weight of the entries that were applied here, in bytes.
    pub tail_bytes: u64,
    /// Bytes that a copy of the state takes.
    pub state_bytes: u64,
    pub leases: usize,
    pub alarms: Vec<(AlarmKind, u64)>,
}

impl Facts {
    /// Looks at a survivor. That the whole log can be applied is part of it.
    ///
    /// # Errors
    /// When something is damaged.
    pub fn of(survivor: &Survivor) -> Result<Self, RecoveryError> {
        let revision_on_disk = StoredRevisions::read(survivor.state.read()?.as_ref())?.current;
        let backend = Arc::new(Backend::open(Arc::clone(&survivor.state) as _)?);
        let mut replay = Replay::begin(backend)?;
        let whole = replay.in_memory(survivor.log.as_ref(), &survivor.log_state, REPLAY_BYTES_MAX)?;
        let state = &replay.state;
        Ok(Self {
            identity: survivor.identity().clone(),
            members: state.members.read().iter().cloned().collect(),
            configuration: replay.applier.applied().configuration.clone(),
            hard_state: survivor.hard_state,
            first_index: survivor.log_state.start.index + 1,
            last: survivor.log_state.last,
            applied_index: survivor.applied.index,
            revision_on_disk,
            revision: whole.then(|| state.store.current_revision()),
            tail_bytes: replay.bytes,
            state_bytes: survivor.state.sizes()?.in_use,
            leases: state.lessor.read().len(),
            alarms: state.alarms.read().iter().collect(),
        })
    }

    /// Entries that this member does not know to be committed. They may be, and are kept.
    pub fn uncommitted(&self) -> u64 {
        self.last.index.saturating_sub(self.hard_state.commit.max(self.applied_index))
    }

    /// By how much a survivor holds more than another one: what raft's elections go by.
    pub fn rank(&self) -> (u64, u64) {
        (self.last.term, self.last.index)
    }
}
