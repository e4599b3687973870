//! The Cluster service: who the members are.

use quorate_proto::etcdserverpb::{
    Member, MemberAddRequest, MemberAddResponse, MemberListRequest, MemberListResponse, MemberPromoteRequest,
    MemberPromoteResponse, MemberRemoveRequest, MemberRemoveResponse, MemberUpdateRequest, MemberUpdateResponse, cluster_server,
};
use tonic::{Request, Response, Status};

use super::{super::server::ServerHandle, header, kv::admit};

/// What changing members answers until it is built.
const NOT_BUILT: &str = "quorate: changing members is not built yet; the cluster is what --initial-cluster said";

/// Serves `etcdserverpb.Cluster`.
#[derive(Clone)]
pub struct ClusterService {
    server: ServerHandle,
}

impl ClusterService {
    pub fn new(server: ServerHandle) -> Self {
        Self { server }
    }
}

#[tonic::async_trait]
impl cluster_server::Cluster for ClusterService {
    async fn member_list(&self, request: Request<MemberListRequest>) -> Result<Response<MemberListResponse>, Status> {
        admit(&self.server, request.metadata())?;
        if request.into_inner().linearizable {
            self.server.linearizable().await?;
        }
        let members = self.server.state().members.read();
        let list = members.iter().map(|member| Member {
            id: member.id,
            name: member.name.clone(),
            peer_ur_ls: member.peer_urls.clone(),
            client_ur_ls: member.client_urls.clone(),
            is_learner: member.is_learner,
        });
        let members = list.collect();
        Ok(Response::new(MemberListResponse { header: Some(header::without_revision(&self.server)), members }))
    }

    async fn member_add(&self, _: Request<MemberAddRequest>) -> Result<Response<MemberAddResponse>, Status> {
        Err(Status::unimplemented(NOT_BUILT))
    }

    async fn member_remove(&self, _: Request<MemberRemoveRequest>) -> Result<Response<MemberRemoveResponse>, Status> {
        Err(Status::unimplemented(NOT_BUILT))
    }

    async fn member_update(&self, _: Request<MemberUpdateRequest>) -> Result<Response<MemberUpdateResponse>, Status> {
        Err(Status::unimplemented(NOT_BUILT))
    }

    async fn member_promote(&self, _: Request<MemberPromoteRequest>) -> Result<Response<MemberPromoteResponse>, Status> {
        Err(Status::unimplemented(NOT_BUILT))
    }
}
