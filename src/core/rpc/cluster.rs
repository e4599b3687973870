//! The Cluster service: who the members are, and changes of them.

use std::{sync::Arc, time::Duration};

use quorate_proto::{
    etcdserverpb::{
        Member, MemberAddRequest, MemberAddResponse, MemberListRequest, MemberListResponse, MemberPromoteRequest,
        MemberPromoteResponse, MemberRemoveRequest, MemberRemoveResponse, MemberUpdateRequest, MemberUpdateResponse,
        ResponseHeader, cluster_server,
    },
    metadata::WAS_REMOVED,
    peer::PromoteVerdict,
};
use tonic::{Code, Request, Response, Status, metadata::MetadataValue};

use super::{
    super::{
        apply::Command,
        membership::{self, check_peer_urls},
        peer::LeaderLink,
        refusal::Refusal,
        server::{ChangeError, ServerHandle, Unavailable, auth::Change},
    },
    caller::{Shown, audited, propose},
    header,
    kv::enter,
    status::ApiError,
};

/// Pause before the leader is asked again for a promotion.
const PROMOTE_PAUSE: Duration = Duration::from_millis(50);

/// Serves `etcdserverpb.Cluster`.
#[derive(Clone)]
pub struct ClusterService {
    server: ServerHandle,
    leader: Arc<dyn LeaderLink>,
}

impl ClusterService {
    pub fn new(server: ServerHandle, leader: Arc<dyn LeaderLink>) -> Self {
        Self { server, leader }
    }

    fn members(&self) -> Vec<Member> {
        self.server.members().into_iter().map(to_wire).collect()
    }

    /// Member responses have no revision.
    fn header(&self) -> ResponseHeader {
        header::without_revision(&self.server)
    }

    /// Adds a member.
    ///
    /// # Errors
    /// As etcd words them.
    pub async fn add(&self, shown: &Shown, request: MemberAddRequest) -> Result<MemberAddResponse, Status> {
        let change = || Change::of("member add", request.peer_ur_ls.join(","));
        let urls = check_peer_urls(&request.peer_ur_ls).ok_or_else(|| ApiError::InvalidMemberUrls.into());
        let urls = shown.noted(&self.server, urls, || Some(change())).await?;
        let root = shown.root(&self.server).await;
        let caller = shown.noted(&self.server, root, || Some(change())).await?;
        let (server, is_learner) = (self.server.clone(), request.is_learner);
        let adding = async move { server.add_member(urls, is_learner).await.map_err(Status::from) };
        let member = audited(&self.server, &caller, change, adding).await?;
        Ok(MemberAddResponse { header: Some(self.header()), member: Some(to_wire(member)), members: self.members() })
    }

    /// Takes a member out.
    ///
    /// # Errors
    /// As etcd words them.
    pub async fn remove(&self, shown: &Shown, request: MemberRemoveRequest) -> Result<MemberRemoveResponse, Status> {
        let MemberRemoveRequest { id } = request;
        let change = || Change::of("member remove", format!("{id:x}"));
        let root = shown.root(&self.server).await;
        let caller = shown.noted(&self.server, root, || Some(change())).await?;
        let server = self.server.clone();
        let removing = async move { server.remove_member(id).await.map_err(Status::from) };
        audited(&self.server, &caller, change, removing).await?;
        Ok(MemberRemoveResponse { header: Some(self.header()), members: self.members() })
    }

    /// Makes a voter of a learner. Only the leader can say whether it is level, so others ask it, until there is a verdict.
    ///
    /// # Errors
    /// As etcd words them.
    pub async fn promote(&self, shown: &Shown, request: MemberPromoteRequest) -> Result<MemberPromoteResponse, Status> {
        let MemberPromoteRequest { id } = request;
        let change = || Change::of("member promote", format!("{id:x}"));
        let root = shown.root(&self.server).await;
        let caller = shown.noted(&self.server, root, || Some(change())).await?;
        let service = self.clone();
        let promoting = async move {
            let limit = service.server.limits().request_timeout;
            let promoted = service.server.clock().timeout(limit, service.promote_wherever(id)).await;
            promoted.unwrap_or(Err(ChangeError::Unavailable(Unavailable::Timeout))).map_err(Status::from)
        };
        audited(&self.server, &caller, change, promoting).await?;
        Ok(MemberPromoteResponse { header: Some(self.header()), members: self.members() })
    }

    async fn promote_wherever(&self, id: u64) -> Result<(), ChangeError> {
        loop {
            match self.server.promote_member_here(id).await {
                Err(ChangeError::NotLeader) => {}
                verdict => return verdict,
            }
            let leader = self.server.node().status().leader;
            if leader != 0 && leader != self.server.identity().member_id {
                match self.leader.promote_member(leader, id).await {
                    Ok(PromoteVerdict::Promoted) => {
                        // The list that is answered has it too.
                        self.server.linearizable().await?;
                        return Ok(());
                    }
                    Ok(PromoteVerdict::LearnerNotReady) => return Err(ChangeError::LearnerNotReady),
                    Ok(PromoteVerdict::MemberNotFound) => return Err(Refusal::MemberNotFound.into()),
                    Ok(PromoteVerdict::MemberNotLearner) => return Err(Refusal::MemberNotLearner.into()),
                    Ok(PromoteVerdict::NotEnoughStarted) => return Err(Refusal::NotEnoughStarted.into()),
                    Ok(PromoteVerdict::NotLeader) => {}
                    Err(error) => tracing::debug!(%error, "the leader gave no verdict on a promotion; asking again"),
                }
            }
            self.server.clock().sleep(PROMOTE_PAUSE).await;
        }
    }
}

fn to_wire(member: membership::Member) -> Member {
    Member {
        id: member.id,
        name: member.name,
        peer_ur_ls: member.peer_urls,
        client_ur_ls: member.client_urls,
        is_learner: member.is_learner,
    }
}

impl From<ChangeError> for Status {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Refused(refusal) => refusal.into(),
            ChangeError::Unavailable(error) => error.into(),
            ChangeError::Unhealthy => ApiError::Unhealthy.into(),
            ChangeError::LearnerNotReady => ApiError::LearnerNotReady.into(),
            ChangeError::NotLeader => Self::new(Code::Unavailable, ApiError::NotLeader.code_and_text().1),
        }
    }
}

#[tonic::async_trait]
impl cluster_server::Cluster for ClusterService {
    async fn member_list(&self, request: Request<MemberListRequest>) -> Result<Response<MemberListResponse>, Status> {
        let asked_about =
            request.metadata().get_bin(WAS_REMOVED).and_then(|who| String::from_utf8(who.to_bytes().ok()?.into()).ok());
        let (shown, request) = enter(&self.server, request)?;
        shown.somebody(&self.server).await?;
        if request.linearizable {
            self.server.linearizable().await?;
        }
        let mut response = Response::new(MemberListResponse { header: Some(self.header()), members: self.members() });
        if let Some(who) = asked_about {
            let answer = if self.server.state().members.read().was_removed(&who) { "true" } else { "false" };
            response.metadata_mut().insert_bin(WAS_REMOVED, MetadataValue::from_bytes(answer.as_bytes()));
        }
        Ok(response)
    }

    async fn member_add(&self, request: Request<MemberAddRequest>) -> Result<Response<MemberAddResponse>, Status> {
        let (shown, request) = enter(&self.server, request)?;
        self.add(&shown, request).await.map(Response::new)
    }

    async fn member_remove(&self, request: Request<MemberRemoveRequest>) -> Result<Response<MemberRemoveResponse>, Status> {
        let (shown, request) = enter(&self.server, request)?;
        self.remove(&shown, request).await.map(Response::new)
    }

    async fn member_update(&self, request: Request<MemberUpdateRequest>) -> Result<Response<MemberUpdateResponse>, Status> {
        let (shown, request) = enter(&self.server, request)?;
        let (root, command) = (shown.root(&self.server).await, Command::MemberUpdate(request));
        let caller = shown.noted(&self.server, root, || Change::of_command(&command)).await?;
        propose(&self.server, &caller, command).await??;
        Ok(Response::new(MemberUpdateResponse { header: Some(self.header()), members: self.members() }))
    }

    async fn member_promote(&self, request: Request<MemberPromoteRequest>) -> Result<Response<MemberPromoteResponse>, Status> {
        let (shown, request) = enter(&self.server, request)?;
        self.promote(&shown, request).await.map(Response::new)
    }
}
