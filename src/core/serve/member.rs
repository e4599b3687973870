//! A member without its client ports: data directory, consensus, apply, flush, watch, links to other members.

use std::{
    sync::{Arc, OnceLock},
    thread::JoinHandle,
    time::Duration,
};

use parking_lot::Mutex;
use quorate_proto::peer as wire;
use tokio::runtime::Handle;

use super::{
    ServeError, Stop,
    opening::{OpenedMember, open_member},
};
use crate::core::{
    config::ServerConfig,
    consensus::{LogStore, NodeOptions},
    data_dir::DataDir,
    limits,
    mvcc::StoredRevisions,
    peer::{Ids, Outbox, Transport},
    server::{
        ApplyLoop, ApplyProgress, CompactHashes, FlushSignal, Flusher, Identity, LeaseClock, MeasuredLog, Peers, ReceivedStates,
        RequestLimits, ServerHandle, ServerParts, StateSource, StoreHistory, SweepProgress, Waiters, first_id,
        metrics::Metrics,
        node_loop::{self, LoopOptions, StartError, Wiring},
        now, unix_millis,
        watch_loop::WatchHandle,
    },
    wal::FileSizes,
};

/// Bytes of log entries kept in memory for followers.
const LOG_WINDOW_BYTES: usize = 32 * 1024 * 1024;
/// What a request may take beyond two election timeouts. Source: etcd.
const REQUEST_TIMEOUT_BASE: Duration = Duration::from_secs(5);

/// The first fault of any thread. It tells the server to stop.
#[derive(Clone)]
struct Faults {
    first: Arc<Mutex<Option<String>>>,
    stop: Stop,
}

impl Faults {
    fn report(&self, fault: String) {
        tracing::error!(%fault, "this member stops");
        self.first.lock().get_or_insert(fault);
        self.stop.stop();
    }
}

/// Links that are made once the node runs.
#[derive(Default)]
struct LateOutbox(OnceLock<Arc<Outbox>>);

impl Transport for LateOutbox {
    fn send(&self, messages: Vec<wire::Message>) {
        if let Some(outbox) = self.0.get() {
            outbox.send(messages);
        }
    }

    fn set_peers(&self, peers: Vec<(u64, Vec<String>)>) {
        if let Some(outbox) = self.0.get() {
            outbox.set_peers(peers);
        }
    }
}

/// A member at work.
pub struct RunningMember {
    server: ServerHandle,
    watch: WatchHandle,
    outbox: Arc<Outbox>,
    inbound: Arc<Peers>,
    ids: Ids,
    flush: FlushSignal,
    faults: Faults,
    raft: JoinHandle<()>,
    apply: JoinHandle<()>,
    flusher: JoinHandle<()>,
    _dir: Arc<DataDir>,
}

impl RunningMember {
    /// Opens the data directory, or begins a new one, and starts the threads.
    ///
    /// # Errors
    /// When the directory cannot be used, or is not this member's.
    pub fn start(config: &ServerConfig, stop: &Stop, metrics: &Arc<Metrics>, peers: &Handle) -> Result<Self, ServeError> {
        let OpenedMember { dir, backend, state, applier, log, identity } = open_member(config, FileSizes::default())?;
        let log: Arc<dyn LogStore> = Arc::new(MeasuredLog::new(log, Arc::clone(metrics)));
        metrics.set_member_id(identity.member_id);

        let faults = Faults { first: Arc::default(), stop: stop.clone() };
        let transport = Arc::new(LateOutbox::default());
        let request_timeout = REQUEST_TIMEOUT_BASE + config.election_timeout * 2;
        let waiters = Arc::new(Waiters::new(first_id(identity.member_id, unix_millis()), request_timeout));
        let applied = applier.applied().clone();
        let (tasks, task_queue) = crossbeam_channel::unbounded();
        let (node, raft) = {
            let (waiters, faults) = (Arc::clone(&waiters), faults.clone());
            let wiring = Wiring {
                // Only fails once the apply thread has ended, by a fault that is reported already.
                apply: Box::new(move |task| drop(tasks.send(task))),
                transport: Arc::clone(&transport) as Arc<dyn Transport>,
                dropped: Box::new(move |id| {
                    waiters.answer(std::iter::once((id, Err(crate::core::server::Unavailable::Timeout))));
                }),
                fault: Box::new(move |fault| faults.report(fault)),
            };
            node_loop::start(loop_options(config, identity, request_timeout), log, applied.clone(), wiring)
                .map_err(start_error)?
        };

        let progress = Arc::new(ApplyProgress::default());
        progress.advance(applied.index, applied.term);
        let leases = Arc::new(LeaseClock::new(Arc::clone(&state.lessor), config.election_timeout, now()));
        let (flush, woken) = FlushSignal::new(config.warning_apply_duration);
        let sweep = Arc::new({
            let revisions = StoredRevisions::read(backend.state().durable.read()?.as_ref())?;
            SweepProgress::new(revisions.compact, revisions.swept)
        });
        let watch = {
            let faults = faults.clone();
            let history = Arc::new(StoreHistory(Arc::clone(&state.store)));
            WatchHandle::spawn(history, move |fault| faults.report(fault.to_string())).map_err(ServeError::Runtime)?
        };
        let compact_hashes = {
            let faults = faults.clone();
            Arc::new(CompactHashes::start(move |error| faults.report(error)).map_err(ServeError::Runtime)?)
        };
        let server = ServerHandle::new(ServerParts {
            metrics: Arc::clone(metrics),
            identity,
            limits: request_limits(config, request_timeout),
            state: state.clone(),
            node: node.clone(),
            waiters: Arc::clone(&waiters),
            progress: Arc::clone(&progress),
            leases: Arc::clone(&leases),
            flush: flush.clone(),
            sweep: Arc::clone(&sweep),
            compact_hashes: Arc::clone(&compact_hashes),
            on_fault: {
                let faults = faults.clone();
                Box::new(move |fault| faults.report(fault))
            },
        });
        let received = Arc::new(ReceivedStates::new(Arc::clone(&dir)));
        let inbound = Arc::new(Peers { server: server.clone(), received: Arc::clone(&received) });
        let ids = Ids { cluster_id: identity.cluster_id, member_id: identity.member_id };
        let source = Arc::new(StateSource { backend: Arc::clone(&backend) });
        let outbox = Arc::new(Outbox::new(ids, Arc::clone(&inbound) as _, source, peers.clone()));
        // Set once, here; the node's first messages to nowhere are lost, as messages may be.
        let _ = transport.0.set(Arc::clone(&outbox));
        let set_peers = {
            let (outbox, members) = (Arc::clone(&outbox), Arc::clone(&state.members));
            move || outbox.set_peers(members.read().iter().map(|member| (member.id, member.peer_urls.clone())).collect())
        };
        set_peers();

        let applier = Arc::new(Mutex::new(applier));
        let apply = ApplyLoop {
            metrics: Arc::clone(metrics),
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
            take_received: Box::new(move |index| received.take(index)),
            on_members: Box::new(set_peers),
        };
        let flusher = Flusher {
            metrics: Arc::clone(metrics),
            applier,
            backend: Arc::clone(&backend),
            store: Arc::clone(&state.store),
            node,
            signal: flush.clone(),
            woken,
            sweep,
            dir: Arc::clone(&dir),
        };
        let (of_apply, of_flush) = (faults.clone(), faults.clone());
        let apply = thread("apply", move || apply.run().unwrap_or_else(|fault| of_apply.report(fault.to_string())))?;
        let flusher = thread("flush", move || flusher.run().unwrap_or_else(|fault| of_flush.report(fault.to_string())))?;
        Ok(Self { server, watch, outbox, inbound, ids, flush, faults, raft, apply, flusher, _dir: dir })
    }

    pub fn server(&self) -> &ServerHandle {
        &self.server
    }

    pub fn watch(&self) -> &WatchHandle {
        &self.watch
    }

    pub fn outbox(&self) -> &Arc<Outbox> {
        &self.outbox
    }

    /// The inner end of the links from other members.
    pub fn inbound(&self) -> (&Arc<Peers>, Ids) {
        (&self.inbound, self.ids)
    }

    /// Ends watch streams and consensus; a leader first hands over.
    pub fn begin_stop(&self) {
        self.watch.stop();
        let healthy = self.faults.first.lock().is_none();
        self.server.node().stop(healthy);
    }

    /// Waits for the threads; the flusher writes what is applied.
    ///
    /// # Errors
    /// The fault for which the member stopped, if it was one.
    pub fn end(self) -> Result<(), ServeError> {
        let Self { server, flush, faults, raft, apply, flusher, .. } = self;
        for (name, thread) in [("raft", raft), ("apply", apply)] {
            if thread.join().is_err() {
                faults.report(format!("the thread {name} panicked"));
            }
        }
        server.waiters().close();
        flush.stop();
        if flusher.join().is_err() {
            faults.report("the thread flush panicked".into());
        }
        match faults.first.lock().take() {
            Some(fault) => Err(ServeError::Fault(fault)),
            None => Ok(()),
        }
    }
}

fn thread(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, ServeError> {
    std::thread::Builder::new().name(name.into()).spawn(work).map_err(ServeError::Runtime)
}

fn start_error(error: StartError) -> ServeError {
    match error {
        StartError::Log(fault) => ServeError::Log(fault),
        StartError::Thread(error) => ServeError::Runtime(error),
    }
}

fn loop_options(config: &ServerConfig, identity: Identity, request_timeout: Duration) -> LoopOptions {
    let election_ticks = (config.election_timeout.as_millis() / config.heartbeat_interval.as_millis().max(1)).max(2) as usize;
    LoopOptions {
        node: NodeOptions {
            id: identity.member_id,
            election_ticks,
            election_ticks_fixed: None,
            pre_vote: config.pre_vote,
            start_nonce: first_id(identity.member_id, unix_millis()),
            window_bytes_max: LOG_WINDOW_BYTES,
        },
        tick: config.heartbeat_interval,
        request_timeout,
        catch_up_entries: config.snapshot_catchup_entries,
        initial_election_tick_advance: config.initial_election_tick_advance,
    }
}

fn request_limits(config: &ServerConfig, request_timeout: Duration) -> RequestLimits {
    let election_ticks = (config.election_timeout.as_millis() / config.heartbeat_interval.as_millis().max(1)) as u64;
    // Source: etcd: three halves of an election timeout, in whole heartbeats, rounded up to seconds.
    let lease_millis = (3 * election_ticks / 2) * config.heartbeat_interval.as_millis() as u64;
    RequestLimits {
        request_bytes_max: config.max_request_bytes,
        txn_ops_max: config.max_txn_ops,
        quota_bytes: if config.quota_backend_bytes == 0 { limits::QUOTA_BYTES_DEFAULT } else { config.quota_backend_bytes },
        lease_ttl_secs_min: lease_millis.div_ceil(1000).max(1).cast_signed(),
        lease_checkpoints: config.lease_checkpoint,
        request_timeout,
        election_timeout: config.election_timeout,
    }
}
