//! A member without its client ports: data directory, consensus, apply, flush, watch, links to other members.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use quorate_proto::peer as wire;
use tokio::runtime::Handle;

use super::{
    ServeError, Stop,
    joining::Beginning,
    memory::memory_bytes,
    opening::{OpenedMember, open_or_begin},
    secured::Secured,
};
use crate::core::{
    clock::Clock,
    config::ServerConfig,
    consensus::{APPEND_BYTES_MAX, LogStore, NodeOptions},
    data_dir::DataDir,
    limits,
    peer::{Ids, Outbox, Transport},
    server::{
        Assembly, AssemblyError, FlushSignal, Identity, MeasuredLog, Parts, Peers, RequestLimits, ServerHandle, StateSource,
        auth::AuthDoor,
        first_id,
        metrics::Metrics,
        node_loop::{LoopOptions, group_writer},
        peers_of, unix_millis,
        watch_loop::WatchHandle,
    },
    wal::FileSizes,
};

/// Bytes of log entries kept in memory for followers.
const LOG_WINDOW_BYTES: usize = 32 * 1024 * 1024;
/// Entries for which a cut of the log is worth a record.
const CUT_ENTRIES_MIN: u64 = 256;
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

    fn active_since(&self, member: u64) -> Option<Instant> {
        self.0.get()?.active_since(member)
    }

    fn version_of(&self, member: u64) -> Option<String> {
        self.0.get()?.version_of(member)
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
    /// It went because it was taken out of its cluster.
    left: Arc<AtomicBool>,
    /// That was so when it started, already.
    was_removed: Option<ServeError>,
    _dir: Arc<DataDir>,
}

impl RunningMember {
    /// Opens the data directory, or begins a new one as `beginning` says, and starts the threads.
    ///
    /// # Errors
    /// When the directory cannot be used, or is not this member's.
    pub fn start(
        config: &ServerConfig,
        beginning: Option<Beginning>,
        stop: &Stop,
        metrics: &Arc<Metrics>,
        peers: &Handle,
        secured: &Secured,
    ) -> Result<Self, ServeError> {
        // Without one the directory was used; if it no longer says by whom, that was lost since.
        let beginning = || beginning.ok_or_else(|| ServeError::IdentityGone { data_dir: config.data_dir.display().to_string() });
        let OpenedMember { dir, backend, state, applier, log, identity, seeds } =
            open_or_begin(config, FileSizes::default(), beginning)?;
        let log: Arc<dyn LogStore> = Arc::new(MeasuredLog::new(log, Arc::clone(metrics)));
        // Others may need it still; see `Leaving`.
        let was_removed = state
            .members
            .read()
            .is_removed(identity.member_id)
            .then(|| ServeError::Removed { member: identity.member_id, path: config.data_dir.display().to_string() });
        let left = Arc::<AtomicBool>::default();
        if was_removed.is_some() {
            tracing::warn!("this member was taken out of the cluster; it goes when most of the others are known to know");
        }
        metrics.set_member_id(identity.member_id);

        let faults = Faults { first: Arc::default(), stop: stop.clone() };
        let transport = Arc::new(LateOutbox::default());
        let request_timeout = REQUEST_TIMEOUT_BASE + config.election_timeout * 2;
        let assembly = Assembly::new(Parts {
            identity,
            options: loop_options(config, identity, request_timeout),
            limits: request_limits(config, request_timeout),
            slow_apply: config.warning_apply_duration,
            start_writer: group_writer(Arc::clone(&log)),
            log,
            state: state.clone(),
            applier,
            files: Arc::clone(&dir) as _,
            transport: Arc::clone(&transport) as _,
            metrics: Arc::clone(metrics),
            clock: Clock::System,
            auth: Arc::new(AuthDoor::new(&config.auth)?),
            on_fault: {
                let faults = faults.clone();
                Arc::new(move |fault| faults.report(fault))
            },
            seeds: seeds.clone(),
            on_removed: {
                let (stop, left) = (stop.clone(), Arc::clone(&left));
                Box::new(move || {
                    if !left.swap(true, Ordering::Relaxed) {
                        tracing::warn!("the member has been permanently removed from the cluster; it stops");
                    }
                    stop.stop();
                })
            },
        })?;
        let Assembly { server, watch, inbound, raft, apply, flusher, watch_loop, hash_jobs } = assembly;
        let flush = flusher.signal.clone();
        let ids = Ids { cluster_id: identity.cluster_id, member_id: identity.member_id };
        let source = Arc::new(StateSource { backend });
        let own_urls = config.initial_advertise_peer_urls.clone();
        let outbox = Outbox::new(ids, Arc::clone(&inbound) as _, source, peers.clone(), own_urls);
        let outbox = Arc::new(outbox.with_tls(secured.peer_calls.clone()));
        let known = peers_of(&state.members.read(), identity.member_id, &seeds);
        outbox.set_peers(known);
        // Set once, here, before anything runs that sends.
        let _ = transport.0.set(Arc::clone(&outbox));

        let raft = {
            let faults = faults.clone();
            raft.spawn(server.node().clone(), move |fault| faults.report(fault)).map_err(ServeError::Runtime)?
        };
        let of_watch = faults.clone();
        watch_loop.spawn(move |fault| of_watch.report(fault.to_string())).map_err(ServeError::Runtime)?;
        let of_hashes = faults.clone();
        hash_jobs.spawn(move |error| of_hashes.report(error)).map_err(ServeError::Runtime)?;
        let (of_apply, of_flush) = (faults.clone(), faults.clone());
        let apply = thread("apply", move || apply.run().unwrap_or_else(|fault| of_apply.report(fault.to_string())))?;
        let flusher = thread("flush", move || flusher.run().unwrap_or_else(|fault| of_flush.report(fault.to_string())))?;
        Ok(Self { server, watch, outbox, inbound, ids, flush, faults, raft, apply, flusher, left, was_removed, _dir: dir })
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
        let Self { server, flush, faults, raft, apply, flusher, left, was_removed, .. } = self;
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
            None => was_removed.filter(|_| left.load(Ordering::Relaxed)).map_or(Ok(()), Err),
        }
    }
}

fn thread(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, ServeError> {
    std::thread::Builder::new().name(name.into()).spawn(work).map_err(ServeError::Runtime)
}

impl From<AssemblyError> for ServeError {
    fn from(error: AssemblyError) -> Self {
        match error {
            AssemblyError::Log(fault) => Self::Log(fault),
            AssemblyError::Backend(error) => error.into(),
        }
    }
}

fn loop_options(config: &ServerConfig, identity: Identity, request_timeout: Duration) -> LoopOptions {
    let election_ticks = (config.election_timeout.as_millis() / config.heartbeat_interval.as_millis().max(1)).max(2) as usize;
    LoopOptions {
        node: NodeOptions {
            id: identity.member_id,
            election_ticks,
            election_seed: None,
            pre_vote: config.pre_vote,
            start_nonce: first_id(identity.member_id, unix_millis()),
            window_bytes_max: LOG_WINDOW_BYTES,
            cut_entries_min: CUT_ENTRIES_MIN,
            append_bytes_max: APPEND_BYTES_MAX,
        },
        tick: config.heartbeat_interval,
        request_timeout,
        catch_up_entries: config.snapshot_catchup_entries,
        initial_election_tick_advance: config.initial_election_tick_advance,
    }
}

/// What the configuration says; else the part of the memory that clients may fill with what they do not read.
fn unread_bytes_max(config: &ServerConfig) -> usize {
    if config.max_unread_bytes != 0 {
        return config.max_unread_bytes;
    }
    let part = usize::try_from(memory_bytes()).unwrap_or(usize::MAX) / limits::UNREAD_MEMORY_PART;
    part.max(limits::UNREAD_BYTES_MIN)
}

fn request_limits(config: &ServerConfig, request_timeout: Duration) -> RequestLimits {
    let election_ticks = (config.election_timeout.as_millis() / config.heartbeat_interval.as_millis().max(1)) as u64;
    // Source: etcd: three halves of an election timeout, in whole heartbeats, rounded up to seconds.
    let lease_millis = (3 * election_ticks / 2) * config.heartbeat_interval.as_millis() as u64;
    RequestLimits {
        request_bytes_max: config.max_request_bytes,
        txn_ops_max: config.max_txn_ops,
        unread_bytes_max: unread_bytes_max(config),
        quota_bytes: if config.quota_backend_bytes == 0 { limits::QUOTA_BYTES_DEFAULT } else { config.quota_backend_bytes },
        lease_ttl_secs_min: lease_millis.div_ceil(1000).max(1).cast_signed(),
        lease_checkpoints: config.lease_checkpoint,
        request_timeout,
        election_timeout: config.election_timeout,
        strict_reconfig: config.strict_reconfig_check,
        learners_max: config.max_learners as u64,
    }
}
