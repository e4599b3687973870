//! One member: the very parts that a server runs on threads, stepped one by one.

use std::{
    cell::RefCell,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use parking_lot::Mutex;
use quorate_proto::membershippb::{Attributes, ClusterMemberAttrSetRequest};

use super::{
    calls::Services,
    chance::Chance,
    changes::{Change, Changed},
    disk::{Disk, DiskFiles, WriteQueue},
    network::Nanos,
    outgoing::Outgoing,
    pool::Pool,
};
use crate::core::{
    apply::{Applier, Command, SharedState},
    backend::Backend,
    clock::{Clock, SimulatedClock},
    consensus::{LogStore, NodeOptions, bootstrap},
    membership,
    peer::Transport,
    rpc::{auth::AuthService, cluster::ClusterService, lease::LeaseService},
    server::{
        Assembly, Flushing, Identity, OnDisk, Parts, RequestLimits, ServerHandle, Wake,
        auth::AuthDoor,
        first_id, keep_house,
        metrics::Metrics,
        node_loop::{LoopOptions, Turn},
        peers_of,
    },
    verify::history::{Call, Outcome},
};

/// Length of a tick.
pub const TICK: Duration = Duration::from_millis(100);
/// Ticks before an election.
const ELECTION_TICKS: usize = 10;
/// The election timeout at its shortest.
pub const ELECTION: Duration = Duration::from_millis(1000);
/// What a server gives requests by default.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(7);
/// Pause between tries to publish a member, as a server makes it.
const PUBLISH_PAUSE: Duration = Duration::from_millis(100);
/// Of the cluster that is simulated.
const CLUSTER: u64 = 0xc1;

/// What a run tells all of its members.
#[derive(Clone)]
pub struct MemberOptions {
    pub ids: Vec<u64>,
    pub catch_up_entries: u64,
    pub pre_vote: bool,
    pub window_bytes_max: usize,
    pub cut_entries_min: u64,
    pub append_bytes_max: u64,
    pub quota_bytes: i64,
    pub strict_reconfig: bool,
    pub learners_max: u64,
    pub users: Option<UsersOptions>,
    /// Where moment 0 lies on the clocks of the machine that simulates.
    pub origin: Instant,
}

/// Where there are users.
#[derive(Clone, Copy)]
pub struct UsersOptions {
    pub token_ttl: Duration,
    /// What is drawn for tokens and passwords follows from it.
    pub seed: u64,
}

/// Calls of clients that have ended, by their number.
pub type Done = Rc<RefCell<Vec<(usize, Outcome)>>>;

/// Calls of operators that have ended, by their number.
pub type ChangesDone = Rc<RefCell<Vec<(u64, Changed)>>>;

/// A member while its process runs.
pub struct Life {
    pub assembly: Assembly,
    pub writes: Arc<WriteQueue>,
    pub outgoing: Arc<Outgoing>,
    pub pool: Pool,
    pub lease: LeaseService,
    pub done: Done,
    pub cluster: ClusterService,
    pub auth: AuthService,
    pub changes_done: ChangesDone,
    removed: Arc<AtomicBool>,
    clock: Arc<SimulatedClock>,
    faults: mpsc::Receiver<String>,
    on_disk: OnDisk,
    flushing: Option<(Flushing, bool)>,
    /// The newest revision whose changes were looked at.
    pub looked_at: i64,
    /// The newest applied index that was looked at.
    pub applied_seen: u64,
    /// The newest applied index whose configuration was looked at, and the entry that led to it.
    pub configuration_seen: (u64, u64),
}

/// Whether a machine can run a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// No member was ever set up on it, or none that still counts.
    Spare,
    Member,
    /// Its disk is gone, and with it the member.
    Lost,
    /// Its disk is kept aside: it counts as lost, and comes back.
    Aside,
}

/// A machine with a member, running or not.
pub struct Member {
    /// Of the member that was last set up on it; 0 if none was.
    pub id: u64,
    pub standing: Use,
    /// Whom it was told of when it joined a running cluster; empty for a member of the first hour.
    seeds: Vec<(u64, Vec<String>)>,
    pub disk: Arc<Disk>,
    pub life: Option<Life>,
    /// Counts the starts, so that what was meant for an earlier life is told apart.
    pub lives: u64,
    /// Frozen until then.
    pub paused_until: Nanos,
    /// Its clock, too, stands still until then.
    pub asleep_until: Nanos,
    /// When it was last told to write its file anew.
    pub defragmented: Option<Nanos>,
    /// When it last took in a state of another member.
    pub installed: Option<Nanos>,
    pub time: MemberTime,
}

/// How a member's clocks run against the true time.
#[derive(Clone, Copy, Debug)]
pub struct MemberTime {
    /// Parts of a million that the monotonic clock is too fast.
    pub drift_ppm: i64,
    /// Nanoseconds that the monotonic clock stood still.
    pub suspended: Nanos,
    /// Milliseconds that the wall clock is ahead.
    pub wall_ahead_millis: i64,
}

impl MemberTime {
    fn local(self, now: Nanos) -> Nanos {
        let run = now.saturating_sub(self.suspended);
        run.saturating_add_signed((i128::from(run) * i128::from(self.drift_ppm) / 1_000_000) as i64)
    }

    /// The true moment at which the member's clock shows `local`, or a little later.
    fn true_time(self, local: Nanos) -> Nanos {
        let run = (u128::from(local) * 1_000_000 / (1_000_000 + i128::from(self.drift_ppm)) as u128) as u64;
        run + self.suspended + 1
    }
}

/// Milliseconds since 1970 at the beginning of a run.
pub const WALL_ORIGIN_MILLIS: i64 = 1_700_000_000_000;

/// The peer URL of the machine at this position.
pub fn peer_url(at: usize) -> String {
    format!("http://m{}:2380", at + 1)
}

/// Its peer URLs after the update with this number: the one that it is known by comes first.
pub fn updated_urls(at: usize, number: u64) -> Vec<String> {
    vec![peer_url(at), format!("http://m{}:{}", at + 1, 3000 + number % 6000)]
}

/// The position of the machine with this peer URL.
pub fn position_of(url: &str) -> Option<usize> {
    let number: usize = url.strip_prefix("http://m")?.strip_suffix(":2380")?.parse().ok()?;
    number.checked_sub(1)
}

impl Member {
    /// A machine that nothing runs on yet.
    pub fn spare() -> Self {
        let time = MemberTime { drift_ppm: 0, suspended: 0, wall_ahead_millis: 0 };
        Self {
            id: 0,
            standing: Use::Spare,
            seeds: Vec::new(),
            disk: Disk::new(),
            life: None,
            lives: 0,
            paused_until: 0,
            asleep_until: 0,
            defragmented: None,
            installed: None,
            time,
        }
    }

    /// Sets a member up that joins a running cluster: with an empty disk, and with whom it was told of.
    ///
    /// # Panics
    /// If something still runs here.
    pub fn join(&mut self, id: u64, seeds: Vec<(u64, Vec<String>)>) {
        assert!(self.life.is_none(), "a machine runs one member");
        (self.id, self.standing, self.seeds) = (id, Use::Member, seeds);
        self.disk = Disk::new();
        (self.defragmented, self.installed) = (None, None);
    }

    /// The disk is gone.
    ///
    /// # Panics
    /// If something still runs here.
    pub fn lose_disk(&mut self) {
        assert!(self.life.is_none(), "a process ends with its disk");
        self.standing = Use::Lost;
        self.disk = Disk::new();
    }

    /// A member with an empty disk but for the first entries of a new cluster's log.
    pub fn new(id: u64, options: &MemberOptions) -> Self {
        let disk = Disk::new();
        let members = options.ids.iter().map(|&id| {
            let member = membership::Member {
                id,
                name: format!("m{id}"),
                peer_urls: vec![peer_url(id as usize - 1)],
                ..membership::Member::default()
            };
            (id, Bytes::from(member.encode()))
        });
        bootstrap(&*disk, members.collect()).expect("a new disk takes the first entries");
        Self { id, standing: Use::Member, disk, ..Self::spare() }
    }

    /// Starts the process.
    ///
    /// # Errors
    /// Why it can't start, as an operator would read it.
    pub fn start(
        &mut self,
        options: &MemberOptions,
        metrics: &Arc<Metrics>,
        now: Nanos,
        chance: &mut Chance,
    ) -> Result<(), String> {
        assert!(self.life.is_none(), "a member runs once");
        assert_eq!(self.standing, Use::Member, "only a member starts");
        let (instant, unix_millis) = self.clocks(options, now);
        let clock = Arc::new(SimulatedClock::new(instant, unix_millis));
        let text = |error: &dyn std::fmt::Display| error.to_string();
        let backend = Arc::new(Backend::open(self.disk.open_state()).map_err(|error| text(&error))?);
        let state = SharedState::load(Arc::clone(&backend)).map_err(|error| text(&error))?;
        let applier = Applier::open(state.clone()).map_err(|error| text(&error))?;
        let writes = Arc::<WriteQueue>::default();
        let outgoing = Arc::<Outgoing>::default();
        outgoing.set_peers(peers_of(&state.members.read(), self.id, &self.seeds));
        let removed = Arc::<AtomicBool>::default();
        let (fault, faults) = mpsc::channel();
        let fault = Mutex::new(fault);
        let looked_at = state.store.current_revision();
        let applied_seen = applier.applied().index;
        let start_nonce = first_id(self.id, unix_millis);
        let assembly = Assembly::new(Parts {
            identity: Identity { cluster_id: CLUSTER, member_id: self.id },
            options: LoopOptions {
                node: NodeOptions {
                    id: self.id,
                    election_ticks: ELECTION_TICKS,
                    election_seed: Some(chance.number() | 1),
                    pre_vote: options.pre_vote,
                    start_nonce,
                    window_bytes_max: options.window_bytes_max,
                    cut_entries_min: options.cut_entries_min,
                    append_bytes_max: options.append_bytes_max,
                },
                tick: TICK,
                request_timeout: REQUEST_TIMEOUT,
                catch_up_entries: options.catch_up_entries,
                initial_election_tick_advance: true,
            },
            limits: RequestLimits {
                request_bytes_max: 1 << 20,
                txn_ops_max: 128,
                // No transport counts what lies unread.
                unread_bytes_max: usize::MAX,
                quota_bytes: options.quota_bytes,
                lease_ttl_secs_min: 2,
                lease_checkpoints: true,
                request_timeout: REQUEST_TIMEOUT,
                election_timeout: ELECTION,
                strict_reconfig: options.strict_reconfig,
                learners_max: options.learners_max,
            },
            slow_apply: Duration::from_secs(3600),
            state,
            applier,
            log: Arc::clone(&self.disk) as Arc<dyn LogStore>,
            start_writer: writes.start_writer(),
            files: Arc::new(DiskFiles(Arc::clone(&self.disk))),
            transport: Arc::clone(&outgoing) as _,
            metrics: Arc::clone(metrics),
            clock: Clock::Simulated(Arc::clone(&clock)),
            auth: self.door(options),
            seeds: self.seeds.clone(),
            on_removed: {
                let removed = Arc::clone(&removed);
                Box::new(move || removed.store(true, Ordering::Relaxed))
            },
            // The simulator hears of the first and stops the member.
            on_fault: Arc::new(move |text| drop(fault.lock().send(text))),
        })
        .map_err(|error| text(&error))?;
        let on_disk = assembly.flusher.on_disk().map_err(|error| text(&error))?;
        let lease = LeaseService::new(assembly.server.clone(), Arc::clone(&outgoing) as _);
        let cluster = ClusterService::new(assembly.server.clone(), Arc::clone(&outgoing) as _);
        let auth = AuthService::new(assembly.server.clone());
        let mut pool = Pool::new();
        pool.spawn(keep_house(assembly.server.clone()));
        // Members of the first hour are given names with the first entries.
        if !self.seeds.is_empty() {
            pool.spawn(publish(assembly.server.clone()));
        }
        let mut life = Life {
            assembly,
            writes,
            outgoing,
            pool,
            lease,
            done: Done::default(),
            cluster,
            auth,
            changes_done: ChangesDone::default(),
            removed,
            clock,
            faults,
            on_disk,
            flushing: None,
            looked_at,
            applied_seen,
            configuration_seen: (0, 0),
        };
        life.assembly.raft.begin().map_err(|error| text(&error))?;
        self.lives += 1;
        self.life = Some(life);
        Ok(())
    }

    /// What shows of who somebody is, with chance of its own in each life.
    fn door(&self, options: &MemberOptions) -> Arc<AuthDoor> {
        let Some(users) = options.users else { return Arc::default() };
        let chance = Mutex::new(Chance::new(users.seed ^ (self.id << 32) ^ self.lives));
        Arc::new(AuthDoor::simulated(users.token_ttl, Box::new(move || chance.lock().number())))
    }

    /// The process is gone, with everything that was not synced but perhaps the first of it.
    pub fn crash(&mut self, now: Nanos, chance: &mut Chance) {
        let Some(life) = self.life.take() else { return };
        // A machine that starts anew is awake.
        self.time.suspended -= self.asleep_until.saturating_sub(now);
        self.asleep_until = self.asleep_until.min(now);
        life.writes.crash(&self.disk, chance);
    }

    fn clocks(&self, options: &MemberOptions, now: Nanos) -> (Instant, u64) {
        let local = self.time.local(now);
        let wall = WALL_ORIGIN_MILLIS + (now / 1_000_000) as i64 + self.time.wall_ahead_millis;
        (options.origin + Duration::from_nanos(local), wall.max(0).cast_unsigned())
    }

    /// What the member's monotonic clock shows, in nanoseconds.
    pub fn local(&self, now: Nanos) -> Nanos {
        self.time.local(now)
    }

    /// What the member's monotonic clock shows.
    pub fn instant(&self, options: &MemberOptions, now: Nanos) -> Instant {
        self.clocks(options, now).0
    }

    /// Sets the clocks of a running member to what they show at `now`.
    pub fn set_clocks(&mut self, options: &MemberOptions, now: Nanos) {
        let (instant, unix_millis) = self.clocks(options, now);
        if let Some(life) = &self.life {
            life.clock.set(instant, unix_millis);
        }
    }

    /// When the member next has something to do because of the time, as true time.
    pub fn next_timer(&self, options: &MemberOptions) -> Option<Nanos> {
        let life = self.life.as_ref()?;
        let tick = life.assembly.raft.next_tick();
        let at = life.clock.next_wake().map_or(tick, |wake| wake.min(tick));
        Some(self.time.true_time((at - options.origin).as_nanos() as u64))
    }
}

/// How a step ended.
pub type Step = Result<(), String>;

impl Life {
    /// A turn of consensus. False: it was told to stop, and has.
    ///
    /// # Errors
    /// The fault for which the member stops, here and below.
    pub fn raft(&mut self) -> Result<bool, String> {
        match self.assembly.raft.turn_now() {
            Ok(turn) => Ok(turn == Turn::GoOn),
            Err(fault) => Err(fault.to_string()),
        }
    }

    /// Applies a batch, or puts a received state in place. Answers whether it was the latter.
    ///
    /// # Errors
    /// The fault.
    pub fn apply(&mut self) -> Result<bool, String> {
        let installed = self.assembly.apply.step().map_err(|fault| fault.to_string())?;
        if installed {
            self.looked_at = self.assembly.server.store().current_revision();
            self.applied_seen = self.assembly.server.progress().index();
        }
        Ok(installed)
    }

    pub fn watch(&mut self) -> Step {
        self.assembly.watch_loop.turn().map_err(|fault| fault.to_string())
    }

    pub fn hash(&mut self) -> Step {
        self.assembly.hash_jobs.step().map(drop).map_err(|fault| fault.to_string())
    }

    /// One of the three parts of a flush. Answers whether one is under way then.
    pub fn flush(&mut self) -> Result<bool, String> {
        let text = |error: crate::core::backend::BackendError| error.to_string();
        let flusher = &self.assembly.flusher;
        match self.flushing.take() {
            None => {
                for wake in flusher.woken.try_iter() {
                    if let Wake::Defragment(done) = wake {
                        let answer = flusher.defragment().map_err(text)?;
                        let _ = done.send(answer.map_err(text));
                    }
                }
                self.flushing = flusher.begin(&self.on_disk).map_err(text)?.map(|flushing| (flushing, false));
            }
            Some((flushing, false)) => {
                flusher.commit(&flushing).map_err(text)?;
                self.flushing = Some((flushing, true));
            }
            Some((flushing, true)) => {
                let more = flusher.finish(flushing, &mut self.on_disk).map_err(text)?;
                if more {
                    flusher.signal.now();
                }
            }
        }
        Ok(self.flushing.is_some() || !flusher.woken.is_empty())
    }

    /// Whether something is on its way to the disk.
    pub fn is_flushing(&self) -> bool {
        self.flushing.is_some()
    }

    pub fn wants_flush(&self) -> bool {
        self.flushing.is_some() || !self.assembly.flusher.woken.is_empty()
    }

    /// What a request found out for which the member must stop.
    pub fn fault(&self) -> Option<String> {
        self.faults.try_recv().ok()
    }

    /// Whether the member has just found out that it was taken out of the cluster: once.
    pub fn found_removed(&self) -> bool {
        self.removed.swap(false, Ordering::Relaxed)
    }

    /// Serves an operator's call; its outcome appears in `changes_done` under `number`.
    pub fn change(&mut self, number: u64, change: Change) {
        let (server, cluster, done) = (self.assembly.server.clone(), self.cluster.clone(), Rc::clone(&self.changes_done));
        self.pool.spawn(async move {
            let changed = change.carry_out(server, cluster).await;
            done.borrow_mut().push((number, changed));
        });
    }

    /// Serves a client's call, which shows this token; its outcome appears in `done` under `number`.
    pub fn serve(&mut self, number: usize, token: Option<String>, call: Call) {
        let done = Rc::clone(&self.done);
        let services = Services { server: self.assembly.server.clone(), lease: self.lease.clone(), auth: self.auth.clone() };
        self.pool.spawn(async move {
            let outcome = services.answer(token, call).await;
            done.borrow_mut().push((number, outcome));
        });
    }
}

/// Tells the cluster the member's name, as a server does on each start.
async fn publish(server: ServerHandle) {
    let member_id = server.identity().member_id;
    let attributes = Attributes { name: format!("m{member_id:x}"), client_urls: Vec::new() };
    let command = Command::MemberAttributes(ClusterMemberAttrSetRequest { member_id, member_attributes: Some(attributes) });
    while !matches!(server.propose(command.clone()).await, Ok(Ok(_))) {
        server.clock().sleep(PUBLISH_PAUSE).await;
    }
}
