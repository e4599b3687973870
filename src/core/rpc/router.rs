//! Which service a gRPC call goes to, by the first part of its path.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use quorate_proto::etcdserverpb::{
    cluster_server::ClusterServer, lease_server::LeaseServer, maintenance_server::MaintenanceServer,
};
use tonic::{
    Status,
    body::Body,
    codegen::{Service, StdError},
};
use tonic_health::{pb::health_server::HealthServer, server::HealthService};

use super::{
    cluster::ClusterService, kv::KvService, lease::LeaseService, maintenance::MaintenanceService, reflection::ReflectionService,
    watch::WatchService,
};

/// All services of the client port.
#[derive(Clone)]
pub struct GrpcRouter {
    pub kv: KvService,
    pub watch: WatchService,
    pub lease: LeaseServer<LeaseService>,
    pub cluster: ClusterServer<ClusterService>,
    pub maintenance: MaintenanceServer<MaintenanceService>,
    pub health: HealthServer<HealthService>,
    pub reflection: ReflectionService,
}

type Answer = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

impl<B> Service<Request<B>> for GrpcRouter
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<StdError> + Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // None of the services has anything to wait for.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Answer {
        let path = request.uri().path();
        let service = path.strip_prefix('/').and_then(|path| path.split_once('/')).map_or("", |(service, _)| service);
        match service {
            "etcdserverpb.KV" => self.kv.call(request),
            "etcdserverpb.Watch" => self.watch.call(request),
            "etcdserverpb.Lease" => self.lease.call(request),
            "etcdserverpb.Cluster" => self.cluster.call(request),
            "etcdserverpb.Maintenance" => self.maintenance.call(request),
            "grpc.health.v1.Health" => self.health.call(request),
            _ if service.starts_with("grpc.reflection.") => self.reflection.call(request),
            _ => {
                let status = Status::unimplemented(format!("unknown service {service}"));
                Box::pin(async move { Ok(status.into_http()) })
            }
        }
    }
}
