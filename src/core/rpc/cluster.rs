//! The Cluster service: who the members are.

use quorate_proto::etcdserverpb::{
    Member, MemberAddRequest, MemberAddResponse, MemberListRequest, MemberListResponse, MemberPromoteRequest,
    MemberPromoteResponse, MemberRemoveRequest, MemberRemoveResponse, MemberUpdateRequest, MemberUpdateResponse, cluster_server,
};
use tonic::{Request, Response, Status};

use super::{
    super::{apply::Command, server::ServerHandle},
    header,
    kv::admit,
    status::ApiError,
};

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

    fn members(&self) -> Vec<Member> {
        let members = self.server.state().members.read();
        let list = members.iter().map(|member| Member {
            id: member.id,
            name: member.name.clone(),
            peer_ur_ls: member.peer_urls.clone(),
            client_ur_ls: member.client_urls.clone(),
            is_learner: member.is_learner,
        });
        list.collect()
    }
}

#[tonic::async_trait]
impl cluster_server::Cluster for ClusterService {
    async fn member_list(&self, request: Request<MemberListRequest>) -> Result<Response<MemberListResponse>, Status> {
        admit(&self.server, request.metadata())?;
        if request.into_inner().linearizable {
            self.server.linearizable().await?;
        }
        let header = Some(header::without_revision(&self.server));
        Ok(Response::new(MemberListResponse { header, members: self.members() }))
    }

    async fn member_add(&self, _: Request<MemberAddRequest>) -> Result<Response<MemberAddResponse>, Status> {
        Err(Status::unimplemented(NOT_BUILT))
    }

    async fn member_remove(&self, request: Request<MemberRemoveRequest>) -> Result<Response<MemberRemoveResponse>, Status> {
        admit(&self.server, request.metadata())?;
        self.server.propose(Command::MemberRemove(request.into_inner())).await??;
        Err(Status::unimplemented(NOT_BUILT))
    }

    async fn member_update(&self, request: Request<MemberUpdateRequest>) -> Result<Response<MemberUpdateResponse>, Status> {
        admit(&self.server, request.metadata())?;
        self.server.propose(Command::MemberUpdate(request.into_inner())).await??;
        let header = Some(header::without_revision(&self.server));
        Ok(Response::new(MemberUpdateResponse { header, members: self.members() }))
    }

    async fn member_promote(&self, request: Request<MemberPromoteRequest>) -> Result<Response<MemberPromoteResponse>, Status> {
        admit(&self.server, request.metadata())?;
        self.server.linearizable().await?;
        let id = request.into_inner().id;
        if self.server.state().members.read().get(id).is_none() {
            return Err(ApiError::MemberNotFound.into());
        }
        // There are no learners yet.
        Err(ApiError::MemberNotLearner.into())
    }
}
