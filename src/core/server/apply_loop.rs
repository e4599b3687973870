//! The apply thread: committed entries to the state machine, one batch at a time, and what comes of them to whoever waits.

use std::{sync::Arc, time::Duration};

use crossbeam_channel::Receiver;
use parking_lot::{Mutex, RwLock};

use super::{
    super::{
        apply::{Applied, Applier, Effect, Fault},
        backend::{Backend, Durable},
        clock::Clock,
        consensus::Committed,
        membership::Membership,
        mvcc::StoredRevisions,
    },
    ApplyTask, CompactHashes, FlushSignal, LeaseClock, Progress, SweepProgress, Waiters,
    handle::ApplyProgress,
    metrics::{AppliedCounts, Metrics},
    node_handle::NodeHandle,
    watch_loop::WatchHandle,
};
use crate::core::planted::{Bug, planted};

/// Memory that changes may take before they are written to the disk; past it apply waits for the flusher.
const OVERLAY_BYTES_MAX: usize = 512 * 1024 * 1024;

/// How long changes are applied before those that are done are answered, when there are more of them: none waits for those behind it.
const BATCH_TIME_MAX: Duration = Duration::from_millis(20);

/// Opens the state that was received, ready to take the backend's place.
pub type TakeReceived = Box<dyn Fn(u64) -> Result<Arc<dyn Durable>, String> + Send>;

/// What the apply thread works with.
pub struct ApplyLoop {
    pub tasks: Receiver<ApplyTask>,
    /// Shared with the flusher, which holds it while it closes a generation.
    pub applier: Arc<Mutex<Applier>>,
    pub backend: Arc<Backend>,
    pub node: NodeHandle,
    pub waiters: Arc<Waiters>,
    pub progress: Arc<ApplyProgress>,
    pub leases: Arc<LeaseClock>,
    pub flush: FlushSignal,
    pub sweep: Arc<SweepProgress>,
    pub watch: WatchHandle,
    pub compact_hashes: Arc<CompactHashes>,
    pub metrics: Arc<Metrics>,
    pub take_received: TakeReceived,
    pub member_id: u64,
    pub members: Arc<RwLock<Membership>>,
    pub on_members: Box<dyn Fn() + Send>,
    pub clock: Clock,
    /// Who led last, for counting changes; 0 before the first leader.
    pub known_leader: u64,
}

impl ApplyLoop {
    /// Runs until the node loop is gone.
    ///
    /// # Errors
    /// The [`Fault`] for which the member must stop.
    pub fn run(mut self) -> Result<(), Fault> {
        while let Ok(task) = self.tasks.recv() {
            self.take(task)?;
        }
        Ok(())
    }

    /// Does the next task, if there is one. Answers whether it put another state in the place of this one.
    ///
    /// # Errors
    /// The [`Fault`] for which the member must stop.
    pub fn step(&mut self) -> Result<bool, Fault> {
        // Closed means that nothing comes any more, which is no work either.
        let Ok(task) = self.tasks.try_recv() else { return Ok(false) };
        let installs = matches!(task, ApplyTask::InstallSnapshot { .. });
        self.take(task)?;
        Ok(installs)
    }

    /// Whether a task waits.
    pub fn has_work(&self) -> bool {
        !self.tasks.is_empty()
    }

    fn take(&mut self, task: ApplyTask) -> Result<(), Fault> {
        match task {
            ApplyTask::Entries(entries) => self.entries(&entries),
            ApplyTask::Leadership { term, leader, is_self } => {
                // Losing one is no change yet; finding the next is.
                if leader != 0 && leader != self.known_leader {
                    self.metrics.leader_changes_seen.inc();
                    self.known_leader = leader;
                }
                self.leases.leadership(term, is_self);
                Ok(())
            }
            ApplyTask::InstallSnapshot { index, .. } => self.install(index),
        }
    }

    fn entries(&self, mut entries: &[Committed]) -> Result<(), Fault> {
        while !entries.is_empty() {
            entries = &entries[self.batch(entries)?..];
        }
        Ok(())
    }

    /// Applies as many of the entries as there is time for, one at least, and answers how many.
    fn batch(&self, entries: &[Committed]) -> Result<usize, Fault> {
        let started = self.clock.now();
        let mut outcomes = Vec::with_capacity(entries.len());
        let mut changes = Vec::new();
        let mut effects = Vec::new();
        let mut counts = AppliedCounts::default();
        let mut applied = 0;
        let mut applier = self.applier.lock();
        while applied < entries.len() && (applied == 0 || self.clock.now() - started < BATCH_TIME_MAX) {
            let entry = &entries[applied];
            applied += 1;
            let Applied { id, outcome, changes: changed, effects: caused } = applier.apply(entry)?;
            counts.outcome(&outcome);
            if id != 0 {
                outcomes.push((id, Ok(outcome)));
            }
            changes.extend(changed);
            if !caused.is_empty() {
                effects.extend(caused);
            }
        }
        applier.end_batch();
        drop(applier);
        let (entries, last) = (&entries[..applied], &entries[applied - 1]);
        self.progress.advance(last.index, last.term);
        if !changes.is_empty() && self.watch.active() {
            self.watch.publish(changes.into_iter().map(Arc::new).collect());
        }
        self.leases.applied(last.term, &effects, self.clock.now());
        self.effects(&effects);
        self.waiters.answer(outcomes.into_iter());
        self.node.progress(Progress::Applied(last.index));
        counts.add_to(&self.metrics, &effects);
        let took = self.clock.now() - started;
        if took > self.flush.slow_apply() {
            self.metrics.slow_apply.inc();
            tracing::warn!(took = ?took, entries = entries.len(), "apply request took too long");
        }
        self.hold_back();
        Ok(applied)
    }

    fn effects(&self, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::ConfChange { index, accepted, configuration } => {
                    let (index, accepted, configuration) = (*index, *accepted, configuration.clone());
                    self.node.progress(Progress::ConfChange { index, accepted, configuration });
                    // A member that was added can only be sent a state that has it.
                    self.flush.now();
                }
                Effect::MemberRemoved { member } => {
                    tracing::info!(member_id = %format!("{member:x}"), "removed member");
                    (self.on_members)();
                    if *member == self.member_id {
                        tracing::warn!(
                            "this member was taken out of the cluster; it goes when most of the others are known to know"
                        );
                    }
                }
                Effect::Compacted { revision, previous } => {
                    // Before anything is swept: the hash is of what was readable until now.
                    self.compact_hashes.add(&self.backend, *revision, *previous);
                    self.sweep.compacted(*revision);
                    self.flush.now();
                }
                Effect::MembersChanged => (self.on_members)(),
                Effect::ClusterVersion { version } => tracing::info!(cluster_version = %version, "set cluster version"),
                Effect::AlarmRaised { kind, member } => {
                    tracing::warn!(alarm = ?kind, member_id = %format!("{member:x}"), "alarm raised");
                }
                Effect::LeaseGranted { .. } | Effect::LeaseRevoked { .. } | Effect::LeaseCheckpointed { .. } => {}
            }
        }
    }

    /// Lets the flusher keep up.
    fn hold_back(&self) {
        let state = self.backend.state();
        let (bytes, changes) = (state.active.bytes(), state.active.len());
        drop(state);
        if self.flush.wants(bytes, changes) {
            self.flush.now();
        }
        if bytes > OVERLAY_BYTES_MAX {
            tracing::warn!(overlay_bytes = bytes, "apply waits for the disk");
            self.flush.now();
            self.backend.wait_flushed(|| self.flush.is_stopped());
        }
    }

    fn install(&self, index: u64) -> Result<(), Fault> {
        // A fault leaves it at 1: the member stops in the middle of it.
        self.metrics.snapshot_apply_in_progress.set(1);
        let mut applier = self.applier.lock();
        let durable = (self.take_received)(index).map_err(|error| Fault::Received { index, error })?;
        let revisions = StoredRevisions::read(durable.read()?.as_ref())?;
        applier.install(durable)?;
        self.sweep.reset(revisions.compact, revisions.swept);
        let applied = applier.applied().clone();
        drop(applier);
        assert!(applied.index >= index, "a received state is at least as new as its message");
        self.progress.advance(applied.index, applied.term);
        self.leases.reload();
        (self.on_members)();
        if !planted(Bug::InstallSkipsWatchers) {
            self.watch.reset();
        }
        self.node.progress(Progress::SnapshotInstalled(applied));
        self.metrics.snapshot_apply_in_progress.set(0);
        Ok(())
    }
}
