//! A member put together, not yet running: every part wired to the others.
//!
//! The server gives each part a thread; the simulator steps them one by one on its own. Both get the same member.

use std::sync::Arc;

use parking_lot::Mutex;

use super::{
    AnswerRoom, ApplyLoop, ApplyProgress, CompactHashes, FlushSignal, Flusher, HashJobs, Identity, LeaseClock, Leaving,
    OnRemoved, Peers, ReceivedStates, RequestLimits, ServerHandle, ServerParts, StateFiles, StoreHistory, SweepProgress,
    Unavailable, Waiters,
    auth::AuthDoor,
    first_id,
    metrics::Metrics,
    node_loop::{LoopOptions, NodeLoop, StartWriter, Wiring},
    watch_loop::{WatchHandle, WatchLoop},
};
use crate::core::{
    apply::{Applier, SharedState},
    backend::{Backend, BackendError},
    clock::Clock,
    consensus::{LogFault, LogStore},
    membership::Membership,
    mvcc::StoredRevisions,
    peer::SharedTransport,
};

/// What a member is made of.
pub struct Parts {
    pub identity: Identity,
    pub options: LoopOptions,
    pub limits: RequestLimits,
    /// How long applying a batch may take before it is logged.
    pub slow_apply: std::time::Duration,
    pub state: SharedState,
    pub applier: Applier,
    pub log: Arc<dyn LogStore>,
    pub start_writer: StartWriter,
    pub files: Arc<dyn StateFiles>,
    pub transport: SharedTransport,
    pub metrics: Arc<Metrics>,
    pub clock: Clock,
    pub auth: Arc<AuthDoor>,
    /// Members to talk to as long as this one does not find itself among the members that it knows: whom it was told of when it joined.
    pub seeds: Vec<(u64, Vec<String>)>,
    /// Hears why this member must stop.
    pub on_fault: Arc<dyn Fn(String) + Send + Sync>,
    pub on_removed: OnRemoved,
}

/// A member, part by part.
pub struct Assembly {
    pub server: ServerHandle,
    pub watch: WatchHandle,
    /// What other members reach.
    pub inbound: Arc<Peers>,
    pub raft: NodeLoop,
    pub apply: ApplyLoop,
    pub flusher: Flusher,
    pub watch_loop: WatchLoop,
    pub hash_jobs: HashJobs,
}

/// Why a member could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum AssemblyError {
    #[error(transparent)]
    Log(#[from] LogFault),
    #[error(transparent)]
    Backend(#[from] BackendError),
}

impl Assembly {
    /// Puts a member together.
    ///
    /// # Errors
    /// When log and state don't fit, or can't be read.
    pub fn new(parts: Parts) -> Result<Self, AssemblyError> {
        let Parts { identity, options, limits, slow_apply, state, applier, log, .. } = parts;
        let Parts { start_writer, files, transport, metrics, clock, auth, seeds, on_fault, on_removed, .. } = parts;
        let backend: Arc<Backend> = Arc::clone(state.store.backend());
        let applied = applier.applied().clone();
        let received = Arc::new(ReceivedStates::new(Arc::clone(&files)));
        let waiters = Arc::new(Waiters::new(first_id(identity.member_id, clock.unix_millis()), limits.request_timeout));
        let (tasks, task_queue) = crossbeam_channel::unbounded();
        let (node, raft) = {
            let (waiters, received) = (Arc::clone(&waiters), Arc::clone(&received));
            let wiring = Wiring {
                // Only fails once the apply thread has ended, by a fault that is reported already.
                apply: Box::new(move |task| drop(tasks.send(task))),
                transport: Arc::clone(&transport),
                dropped: Box::new(move |id| waiters.answer(std::iter::once((id, Err(Unavailable::Timeout))))),
                state_refused: Box::new(move |index| received.refused(index)),
                start_writer,
                clock: clock.clone(),
            };
            let (node, mut raft) = NodeLoop::new(options, log, applied.clone(), wiring)?;
            if state.members.read().is_removed(identity.member_id) {
                raft.was_removed();
            }
            (node, raft)
        };
        let progress = Arc::new(ApplyProgress::default());
        progress.advance(applied.index, applied.term);
        let leases = Arc::new(LeaseClock::new(Arc::clone(&state.lessor), limits.election_timeout, clock.now()));
        let (flush, woken) = FlushSignal::new(slow_apply);
        let sweep = Arc::new({
            let revisions = StoredRevisions::read(backend.state().durable.read()?.as_ref())?;
            SweepProgress::new(revisions.compact, revisions.swept)
        });
        let (watch, watch_loop) = WatchHandle::new(Arc::new(StoreHistory(Arc::clone(&state.store))));
        let (compact_hashes, hash_jobs) = CompactHashes::new();
        let compact_hashes = Arc::new(compact_hashes);
        let server = ServerHandle::new(ServerParts {
            identity,
            limits,
            state: state.clone(),
            node: node.clone(),
            waiters: Arc::clone(&waiters),
            progress: Arc::clone(&progress),
            leases: Arc::clone(&leases),
            flush: flush.clone(),
            sweep: Arc::clone(&sweep),
            compact_hashes: Arc::clone(&compact_hashes),
            metrics: Arc::clone(&metrics),
            clock: clock.clone(),
            transport: Arc::clone(&transport),
            auth,
            answers: AnswerRoom::new(limits.unread_bytes_max),
            on_fault: Box::new(move |fault| on_fault(fault)),
        });
        let inbound = Arc::new(Peers {
            server: server.clone(),
            received: Arc::clone(&received),
            leaving: Leaving::new(identity.member_id, on_removed),
        });
        let set_peers = {
            let members = Arc::clone(&state.members);
            move || {
                let peers = peers_of(&members.read(), identity.member_id, &seeds);
                transport.set_peers(peers);
            }
        };
        let applier = Arc::new(Mutex::new(applier));
        let apply = ApplyLoop {
            tasks: task_queue,
            applier: Arc::clone(&applier),
            backend: Arc::clone(&backend),
            node: node.clone(),
            waiters,
            progress,
            leases,
            flush: flush.clone(),
            sweep: Arc::clone(&sweep),
            watch: watch.clone(),
            compact_hashes,
            metrics: Arc::clone(&metrics),
            take_received: Box::new(move |index| received.take(index)),
            member_id: identity.member_id,
            members: Arc::clone(&state.members),
            on_members: Box::new(set_peers),
            clock: clock.clone(),
            known_leader: 0,
        };
        let flusher = Flusher {
            applier,
            backend,
            store: Arc::clone(&state.store),
            node,
            signal: flush,
            woken,
            sweep,
            files,
            metrics,
            clock,
        };
        Ok(Self { server, watch, inbound, raft, apply, flusher, watch_loop, hash_jobs })
    }
}

/// Whom to talk to: all members, and as long as this one is not among them also those that it was told of when it joined.
pub fn peers_of(members: &Membership, own: u64, seeds: &[(u64, Vec<String>)]) -> Vec<(u64, Vec<String>)> {
    let mut peers: Vec<_> = members.iter().map(|member| (member.id, member.peer_urls.clone())).collect();
    if members.get(own).is_none() {
        peers.extend(seeds.iter().filter(|(id, _)| members.get(*id).is_none() && !members.is_removed(*id)).cloned());
    }
    peers
}
