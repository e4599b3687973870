//! The Health service of gRPC, in etcd's words.

use tonic::{Code, Request, Response, Status};
use tonic_health::{
    pb::{HealthCheckRequest, HealthCheckResponse, health_server::Health},
    server::{HealthReporter, HealthService},
};

/// Serves `grpc.health.v1.Health`.
pub struct HealthCheck(HealthService);

impl HealthCheck {
    pub fn new(reporter: HealthReporter) -> Self {
        Self(HealthService::from_health_reporter(reporter))
    }
}

#[tonic::async_trait]
impl Health for HealthCheck {
    async fn check(&self, request: Request<HealthCheckRequest>) -> Result<Response<HealthCheckResponse>, Status> {
        let checked = self.0.check(request).await;
        checked.map_err(|status| if status.code() == Code::NotFound { Status::not_found("unknown service") } else { status })
    }

    type WatchStream = <HealthService as Health>::WatchStream;

    async fn watch(&self, request: Request<HealthCheckRequest>) -> Result<Response<Self::WatchStream>, Status> {
        self.0.watch(request).await
    }
}

#[cfg(test)]
mod tests {
    use tonic_health::ServingStatus;

    use super::*;

    #[tokio::test]
    async fn a_service_that_there_is_not_is_unknown() {
        let reporter = HealthReporter::new();
        reporter.set_service_status("", ServingStatus::Serving).await;
        let health = HealthCheck::new(reporter);
        let check = async |service: &str| health.check(Request::new(HealthCheckRequest { service: service.into() })).await;
        assert_eq!(check("").await.unwrap().into_inner().status, ServingStatus::Serving as i32);
        let unknown = check("etcdserverpb.KV").await.unwrap_err();
        assert_eq!((unknown.code(), unknown.message()), (Code::NotFound, "unknown service"));
    }
}
