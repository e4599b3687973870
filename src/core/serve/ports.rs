//! The ports: for clients (gRPC and HTTP), for metrics, and for other members.

use std::sync::Arc;

use quorate_proto::{
    etcdserverpb::{
        auth_server::AuthServer, cluster_server::ClusterServer, lease_server::LeaseServer, maintenance_server::MaintenanceServer,
    },
    v3electionpb::election_server::ElectionServer,
    v3lockpb::lock_server::LockServer,
};
use tokio::{runtime::Runtime, task::JoinSet};
use tonic_health::{ServingStatus, pb::health_server::HealthServer, server::HealthReporter};

use super::{ServeError, Stop, member::RunningMember, secured::Secured};
use crate::core::{
    config::{ListenUrl, ServerConfig},
    limits, peer,
    rpc::{
        auth::AuthService,
        cluster::ClusterService,
        coordination::{Door, ElectionService, LockService},
        health::ServerHealth,
        health_check::HealthCheck,
        http::HttpService,
        kv::KvService,
        lease::LeaseService,
        listener::{self, ConnectionLimits, Listener, Serves},
        maintenance::MaintenanceService,
        reflection::ReflectionService,
        router::GrpcRouter,
        watch::{WatchOptions, WatchService},
    },
    server::metrics::Metrics,
};

/// Addresses that are bound but not served yet.
pub struct BoundPorts {
    listeners: Vec<(Listener, Serves)>,
    peers: Vec<Listener>,
}

/// What serves them, until told to stop.
pub struct ServingPorts(JoinSet<()>);

impl ServingPorts {
    /// Waits until all connections are closed.
    pub async fn ended(mut self) {
        while let Some(ended) = self.0.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a listener ended in a panic");
            }
        }
    }
}

impl BoundPorts {
    /// Binds all addresses.
    ///
    /// # Errors
    /// When one cannot be had; the text names its flag.
    pub fn bind(config: &ServerConfig, secured: &Secured) -> Result<Self, ServeError> {
        let split = !config.listen_client_http.is_empty();
        let mut listeners = Vec::new();
        let mut bind = |urls: &[ListenUrl], flag: &'static str, serves: Serves| -> Result<(), ServeError> {
            let bound = Listener::bind_all(urls, (flag, ""), secured.clients.as_ref(), config)?;
            listeners.extend(bound.into_iter().map(|listener| (listener, serves)));
            Ok(())
        };
        bind(&config.listen_client, "listen-client-urls", if split { Serves::Grpc } else { Serves::GrpcAndHttp })?;
        bind(&config.listen_client_http, "listen-client-http-urls", Serves::Http)?;
        bind(&config.listen_metrics, "listen-metrics-urls", Serves::Http)?;
        let peers = Listener::bind_all(&config.listen_peer, ("listen-peer-urls", "peer-"), secured.peers.as_ref(), config)?;
        for listener in listeners.iter().map(|(listener, _)| listener).chain(&peers) {
            tracing::info!(url = listener.url(), "listening");
        }
        Ok(Self { listeners, peers })
    }

    /// Serves them.
    pub fn serve(
        self,
        config: &ServerConfig,
        member: &RunningMember,
        metrics: &Arc<Metrics>,
        stop: &Stop,
        clients: &Runtime,
        peers: &Runtime,
    ) -> ServingPorts {
        let mut serving = JoinSet::new();
        let grpc = router(config, member, clients);
        let facts = Arc::new(ServerHealth::new(member.server().clone(), member.watch().clone()));
        let http = HttpService::new(facts, Arc::clone(metrics), &config.command_line);
        let connections = ConnectionLimits::new(config, Arc::clone(member.server().answers()));
        clients.spawn(connections.look_after());
        for (listener, serves) in self.listeners {
            let (grpc, http, metrics) = (grpc.clone(), http.clone(), Arc::clone(metrics));
            serving.spawn_on(
                listener::serve(listener, serves, grpc, http, metrics, connections.clone(), stop.clone()),
                clients.handle(),
            );
        }
        let (inbound, ids) = member.inbound();
        let (inbound, outbox, stop) = (Arc::clone(inbound), Arc::clone(member.outbox()), stop.clone());
        let listeners = self.peers.into_iter().map(Listener::into_peer).collect();
        let until = async move { stop.wait().await };
        serving.spawn_on(
            async move {
                if let Err(error) = peer::serve(listeners, inbound, ids, Some(outbox), until).await {
                    tracing::error!(%error, "peer listener failed");
                }
            },
            peers.handle(),
        );
        ServingPorts(serving)
    }
}

fn router(config: &ServerConfig, member: &RunningMember, clients: &Runtime) -> GrpcRouter {
    let server = member.server().clone();
    let bytes_max = config.max_request_bytes + limits::GRPC_OVERHEAD_BYTES;
    let options = WatchOptions {
        progress_interval: config.watch_progress_notify_interval,
        election_timeout: config.election_timeout,
        max_request_bytes: config.max_request_bytes,
    };
    let reporter = HealthReporter::new();
    clients.block_on(reporter.set_service_status("", ServingStatus::Serving));
    let shared = Arc::new(server.clone());
    let leases = LeaseService::new(server.clone(), Arc::clone(member.outbox()) as _);
    let door = Door::new(server.clone(), leases.clone(), member.watch().clone());
    GrpcRouter {
        server: server.clone(),
        kv: KvService::new(server.clone()),
        watch: WatchService::new(member.watch().clone(), Arc::clone(&shared) as _, Arc::clone(&shared) as _, shared, options),
        lease: LeaseServer::new(leases).max_decoding_message_size(bytes_max),
        lock: LockServer::new(LockService::new(door.clone())).max_decoding_message_size(bytes_max),
        election: ElectionServer::new(ElectionService::new(door)).max_decoding_message_size(bytes_max),
        cluster: ClusterServer::new(ClusterService::new(server.clone(), Arc::clone(member.outbox()) as _))
            .max_decoding_message_size(bytes_max),
        auth: AuthServer::new(AuthService::new(server.clone())).max_decoding_message_size(bytes_max),
        maintenance: MaintenanceServer::new(MaintenanceService::new(server)).max_decoding_message_size(bytes_max),
        health: HealthServer::new(HealthCheck::new(reporter)),
        reflection: ReflectionService::new(),
    }
}

/// The addresses that clients are served on, for the log.
/// Each with whether it has TLS.
pub fn announcement(config: &ServerConfig) -> Vec<(String, bool)> {
    let host = |url: &ListenUrl| url.text.split_once("://").map_or(url.text.clone(), |(_, host)| host.to_owned());
    config.listen_client.iter().chain(&config.listen_client_http).map(|url| (host(url), url.tls)).collect()
}
