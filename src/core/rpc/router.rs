//! Which service a gRPC call goes to, by the first part of its path.

use std::{
    convert::Infallible,
    future::Future,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use quorate_proto::{
    etcdserverpb::{
        auth_server::AuthServer, cluster_server::ClusterServer, lease_server::LeaseServer, maintenance_server::MaintenanceServer,
    },
    v3electionpb::election_server::ElectionServer,
    v3lockpb::lock_server::LockServer,
};
use tonic::{
    Status,
    body::Body,
    codegen::{Service, StdError},
};
use tonic_health::pb::health_server::HealthServer;

use super::{
    super::server::ServerHandle,
    auth::AuthService,
    cluster::ClusterService,
    coordination::{ElectionService, LockService},
    health_check::HealthCheck,
    kv::KvService,
    lease::LeaseService,
    maintenance::MaintenanceService,
    reflection::ReflectionService,
    status::ApiError,
    unary::{GrpcBody, HttpFuture},
    watch::WatchService,
};

/// All services of the client port.
#[derive(Clone)]
pub struct GrpcRouter {
    pub server: ServerHandle,
    pub kv: KvService,
    pub watch: WatchService,
    pub lease: LeaseServer<LeaseService>,
    pub cluster: ClusterServer<ClusterService>,
    pub auth: AuthServer<AuthService>,
    pub maintenance: MaintenanceServer<MaintenanceService>,
    pub lock: LockServer<LockService>,
    pub election: ElectionServer<ElectionService>,
    pub health: HealthServer<HealthCheck>,
    pub reflection: ReflectionService,
}

impl<B> Service<Request<B>> for GrpcRouter
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<StdError> + Send + 'static,
{
    type Response = Response<GrpcBody>;
    type Error = Infallible;
    type Future = HttpFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // None of the services has anything to wait for.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> HttpFuture {
        let path = request.uri().path();
        if self.server.is_learner() && !may_serve_as_learner(path) {
            let status = Status::from(ApiError::NotForLearner);
            return by_tonic(async move { Ok(status.into_http()) });
        }
        let service = path.strip_prefix('/').and_then(|path| path.split_once('/')).map_or("", |(service, _)| service);
        match service {
            "etcdserverpb.KV" => self.kv.call(request),
            "etcdserverpb.Watch" => by_tonic(self.watch.call(request)),
            "etcdserverpb.Lease" => by_tonic(self.lease.call(request)),
            "etcdserverpb.Cluster" => by_tonic(self.cluster.call(request)),
            "etcdserverpb.Auth" => by_tonic(self.auth.call(request)),
            "etcdserverpb.Maintenance" => by_tonic(self.maintenance.call(request)),
            "v3lockpb.Lock" => by_tonic(self.lock.call(request)),
            "v3electionpb.Election" => by_tonic(self.election.call(request)),
            "grpc.health.v1.Health" => by_tonic(self.health.call(request)),
            _ if service.starts_with("grpc.reflection.") => by_tonic(self.reflection.call(request)),
            _ => {
                let status = Status::unimplemented(format!("unknown service {service}"));
                by_tonic(async move { Ok(status.into_http()) })
            }
        }
    }
}

/// What a learner serves: its own state, which may be old, and how it is. Of ranges, which are among these, it refuses those that are not
/// serializable; see [`super::kv::range`]. Source: etcd 3.7.
fn may_serve_as_learner(path: &str) -> bool {
    matches!(path, "/etcdserverpb.KV/Range" | "/etcdserverpb.Maintenance/Status" | "/etcdserverpb.Maintenance/Snapshot")
}

fn by_tonic(answer: impl Future<Output = Result<Response<Body>, Infallible>> + Send + 'static) -> HttpFuture {
    Box::pin(async move { Ok(answer.await?.map(GrpcBody::Tonic)) })
}
