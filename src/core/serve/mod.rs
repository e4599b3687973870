//! The composition root: open, recover, wire up, run until told to stop.
//!
//! [`joining`] finds out who a new member is and with whom, [`opening`] opens the data directory, [`member`] starts the threads of
//! consensus, apply, flush and watch; [`secured`] reads the files of TLS, [`ports`] binds addresses and serves clients and
//! members; [`run`] puts them together, publishes the member, and takes everything down again.

mod descriptors;
mod joining;
mod member;
mod memory;
mod opening;
mod ports;
mod secured;
mod stop;

use std::{sync::Arc, time::Duration};

use quorate_proto::membershippb::{Attributes, ClusterMemberAttrSetRequest};
use thiserror::Error;
use tokio::{
    runtime::{Builder, Runtime},
    time::timeout,
};

pub use joining::JoinError;
pub use opening::{OpenedMember, open_member};
pub use stop::Stop;

use self::{joining::Beginning, member::RunningMember, ports::BoundPorts, secured::Secured};
use super::{
    apply::Command,
    backend::BackendError,
    config::{BootstrapError, ServerConfig},
    consensus::LogFault,
    data_dir::DataDirError,
    peer::{Outbox, Transport},
    recovery::RecoveryError,
    server::{ServerHandle, auth::AuthSetupError, compact_by_itself, keep_house, metrics::Metrics, now, peers_of},
    tls::TlsError,
};

/// Called once, when the member has published itself and serves clients.
pub type ReadyHook = Box<dyn Fn() + Send + Sync>;

/// Why a server did not start, or stopped by itself. One clear line each.
#[derive(Debug, Error)]
pub enum ServeError {
    /// An address can't be listened on.
    #[error(transparent)]
    Listen(#[from] super::rpc::listener::ListenError),
    /// A file of TLS can't be read or used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Threads, timers or descriptors can't be had.
    #[error("the runtime can't be started: {0}")]
    Runtime(std::io::Error),
    #[error(transparent)]
    DataDir(#[from] DataDirError),
    #[error(transparent)]
    Backend(#[from] BackendError),
    #[error(transparent)]
    Log(#[from] LogFault),
    #[error(transparent)]
    Bootstrap(#[from] BootstrapError),
    /// Keys of tokens or the audit log can't be had.
    #[error(transparent)]
    Auth(#[from] AuthSetupError),
    /// The other members cannot be taken out.
    #[error(transparent)]
    Recovery(#[from] RecoveryError),
    /// A new member did not find its cluster, or must not begin. Its data directory is as it was.
    #[error(transparent)]
    Join(#[from] JoinError),
    /// Somebody emptied the directory while this member started.
    #[error("data directory {data_dir} was in use a moment ago, and now is not; start again")]
    IdentityGone { data_dir: String },
    #[error(
        "member {member:x} has been permanently removed from its cluster; to come back it must be added as a new member with an empty \
         data directory: move {path} away and use 'quorate member add'"
    )]
    Removed { member: u64, path: String },
    /// A thread of the running server met a fault.
    #[error("this member can't go on: {0}")]
    Fault(String),
}

/// Threads of tokio that serve clients. One is fastest where the cores are shared with the threads of raft, apply and flush.
const CLIENT_WORKERS: usize = 1;
/// Pause between tries to publish the member.
const PUBLISH_PAUSE: Duration = Duration::from_millis(100);
/// Pause between tries to find the members of a cluster that was joined before it was heard of.
const PEERS_PAUSE: Duration = Duration::from_secs(1);
/// How long blocking reads that are under way may take at the end.
const RUNTIME_SHUTDOWN: Duration = Duration::from_millis(200);
/// How long the rest of the audit log may take at the end.
const AUDIT_SHUTDOWN: Duration = Duration::from_secs(5);

/// Runs a server until `stop` is told. `Ok` means that it stopped on purpose, or was removed from its cluster.
///
/// # Errors
/// See [`ServeError`]; whatever had been acknowledged is on disk.
pub fn run(config: ServerConfig, stop: Stop, ready: ReadyHook) -> Result<(), ServeError> {
    descriptors::raise_limit();
    let clients = runtime("client", CLIENT_WORKERS)?;
    let peers = runtime("peer", 1)?;
    let ended = {
        let _inside = clients.enter();
        serve(&config, &stop, ready, &clients, &peers)
    };
    clients.shutdown_timeout(RUNTIME_SHUTDOWN);
    peers.shutdown_timeout(RUNTIME_SHUTDOWN);
    ended
}

fn runtime(name: &str, workers: usize) -> Result<Runtime, ServeError> {
    Builder::new_multi_thread().worker_threads(workers).thread_name(name).enable_all().build().map_err(ServeError::Runtime)
}

fn serve(config: &ServerConfig, stop: &Stop, ready: ReadyHook, clients: &Runtime, peers: &Runtime) -> Result<(), ServeError> {
    // Before the ports are bound: others that begin at the same moment are refused a connection and go on, instead of waiting for an
    // answer from somebody who waits for theirs.
    let secured = Secured::new(config)?;
    let beginning = if config.has_data() {
        None
    } else {
        let Some(found) = find_unless_stopped(config, stop, clients)? else { return Ok(()) };
        Some(found)
    };
    let beginning_is_past = beginning.is_none();
    // Then addresses: a second start on the same ports touches nothing else.
    let ports = BoundPorts::bind(config, &secured)?;
    let metrics = Arc::new(Metrics::new(&super::rpc::calls::methods(), config.metrics_extensive));
    secured.report_to(&metrics);
    let member = RunningMember::start(config, beginning, stop, &metrics, peers.handle(), &secured)?;
    let server = member.server().clone();
    clients.spawn(keep_house(server.clone()));
    if beginning_is_past {
        clients.spawn(call_back(config.clone(), server.clone(), Arc::clone(member.outbox())));
    }
    if let Some(mode) = config.auto_compaction {
        clients.spawn(compact_by_itself(server.clone(), mode));
    }
    let serving = ports.serve(config, &member, &metrics, stop, clients, peers);
    clients.spawn(publish(
        server.clone(),
        config.name.clone(),
        config.advertise_client_urls.clone(),
        ports::announcement(config),
        ready,
    ));

    clients.block_on(stop.wait());
    tracing::info!("stopping");
    let began = now();
    // Watch streams end at once, so that open connections do not wait for them; leadership is handed over meanwhile.
    member.begin_stop();
    clients.block_on(serving.ended());
    if let Some(audit) = server.auth().audit()
        && clients.block_on(timeout(AUDIT_SHUTDOWN, audit.written())).is_err()
    {
        tracing::error!("the last lines of the audit log are not written");
    }
    let ended = member.end();
    tracing::info!(took = ?began.elapsed(), "stopped");
    ended
}

/// Finds out how a new member begins; `None` when told to stop meanwhile, which may take long with a discovery service.
fn find_unless_stopped(config: &ServerConfig, stop: &Stop, clients: &Runtime) -> Result<Option<Beginning>, ServeError> {
    clients.block_on(async {
        tokio::select! {
            biased;
            () = stop.wait() => Ok(None),
            found = joining::find(config) => found.map(Some),
        }
    })
}

/// A member that joined and was started again before it had applied that it belongs to the cluster has nobody to answer, or only some:
/// until then it talks to whomever the flags lead to.
async fn call_back(config: ServerConfig, server: ServerHandle, outbox: Arc<Outbox>) {
    let own = server.identity().member_id;
    while server.state().members.read().get(own).is_none() {
        if let Some(found) = joining::find_peers(&config, server.identity()).await {
            let members = server.state().members.read();
            outbox.set_peers(peers_of(&members, own, &found));
        }
        tokio::time::sleep(PEERS_PAUSE).await;
    }
}

/// Tells the cluster the member's name and client URLs, until that is replicated. Only then the member is ready.
async fn publish(server: ServerHandle, name: String, client_urls: Vec<String>, serving: Vec<(String, bool)>, ready: ReadyHook) {
    let member_id = server.identity().member_id;
    let attributes = Attributes { name: name.clone(), client_urls: client_urls.clone() };
    let command = Command::MemberAttributes(ClusterMemberAttrSetRequest { member_id, member_attributes: Some(attributes) });
    loop {
        match server.propose(command.clone()).await {
            Ok(Ok(_)) => break,
            Ok(Err(refusal)) => tracing::warn!(%refusal, "failed to publish this member; trying again"),
            Err(error) => tracing::warn!(%error, "failed to publish this member; trying again"),
        }
        tokio::time::sleep(PUBLISH_PAUSE).await;
    }
    tracing::info!(member_id = %format!("{member_id:x}"), name, client_urls = ?client_urls, "published local member to cluster through raft");
    tracing::info!("ready to serve client requests");
    for (address, is_secure) in serving {
        if is_secure {
            tracing::info!(traffic = "grpc+http", address, "serving client traffic securely");
            continue;
        }
        tracing::info!(traffic = "grpc+http", address, "serving client traffic insecurely; this is strongly discouraged!");
    }
    ready();
}
