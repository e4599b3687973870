//! The composition root: open, recover, wire up, run until told to stop.
//!
//! [`opening`] opens the data directory, [`member`] starts the threads of consensus, apply, flush and watch; [`ports`] binds addresses and
//! serves clients and members; [`run`] puts them together, publishes the member, and takes everything down again.

mod member;
mod opening;
mod ports;
mod stop;

use std::{sync::Arc, time::Duration};

use quorate_proto::membershippb::{Attributes, ClusterMemberAttrSetRequest};
use thiserror::Error;
use tokio::runtime::{Builder, Runtime};

pub use opening::{OpenedMember, open_member};
pub use stop::Stop;

use self::{member::RunningMember, ports::BoundPorts};
use super::{
    apply::Command,
    backend::BackendError,
    config::{BootstrapError, ServerConfig},
    consensus::LogFault,
    data_dir::DataDirError,
    recovery::RecoveryError,
    server::{ServerHandle, compact_by_itself, keep_house, metrics::Metrics, now},
};

/// Called once, when the member has published itself and serves clients.
pub type ReadyHook = Box<dyn Fn() + Send + Sync>;

/// Why a server did not start, or stopped by itself. One clear line each.
#[derive(Debug, Error)]
pub enum ServeError {
    /// An address can't be listened on.
    #[error(transparent)]
    Listen(#[from] super::rpc::listener::ListenError),
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
    /// The other members cannot be taken out.
    #[error(transparent)]
    Recovery(#[from] RecoveryError),
    /// Joining a running cluster comes with changes of membership.
    #[error("--initial-cluster-state=existing with a new data directory: joining a running cluster is not built yet")]
    JoinNotBuilt,
    #[error(
        "the raft log in {log} is empty, but the state in {data_dir} is not; it was moved or lost. Put it back, or restore this \
         member from another one"
    )]
    LogLost { log: String, data_dir: String },
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
/// How long blocking reads that are under way may take at the end.
const RUNTIME_SHUTDOWN: Duration = Duration::from_millis(200);

/// Runs a server until `stop` is told. `Ok` means that it stopped on purpose, or was removed from its cluster.
///
/// # Errors
/// See [`ServeError`]; whatever had been acknowledged is on disk.
pub fn run(config: ServerConfig, stop: Stop, ready: ReadyHook) -> Result<(), ServeError> {
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
    // Addresses first: a second start on the same ports touches nothing else.
    let ports = BoundPorts::bind(config)?;
    let metrics = Arc::new(Metrics::new(&super::rpc::calls::methods(), config.metrics_extensive));
    let member = RunningMember::start(config, stop, &metrics, peers.handle())?;
    let server = member.server().clone();
    clients.spawn(keep_house(server.clone()));
    if let Some(mode) = config.auto_compaction {
        clients.spawn(compact_by_itself(server.clone(), mode));
    }
    let serving = ports.serve(config, &member, &metrics, stop, clients, peers);
    clients.spawn(publish(server, config.name.clone(), config.advertise_client_urls.clone(), ports::announcement(config), ready));

    clients.block_on(stop.wait());
    tracing::info!("stopping");
    let began = now();
    // Watch streams end at once, so that open connections do not wait for them; leadership is handed over meanwhile.
    member.begin_stop();
    clients.block_on(serving.ended());
    let ended = member.end();
    tracing::info!(took = ?began.elapsed(), "stopped");
    ended
}

/// Tells the cluster the member's name and client URLs, until that is replicated. Only then the member is ready.
async fn publish(server: ServerHandle, name: String, client_urls: Vec<String>, serving: Vec<String>, ready: ReadyHook) {
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
    for address in serving {
        tracing::info!(traffic = "grpc+http", address, "serving client traffic insecurely; this is strongly discouraged!");
    }
    ready();
}
