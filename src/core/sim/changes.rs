//! Changes of membership as an operator asks for them, through the service of the client port.

use quorate_proto::etcdserverpb::{
    Member, MemberAddRequest, MemberListRequest, MemberPromoteRequest, MemberRemoveRequest, MemberUpdateRequest,
    cluster_server::Cluster as _,
};
use tonic::{Code, Request, Status};

use crate::core::{
    rpc::{caller::Shown, cluster::ClusterService, status::ApiError},
    server::ServerHandle,
};

/// What is asked.
#[derive(Clone, Debug)]
pub enum Change {
    Add {
        peer_url: String,
        learner: bool,
    },
    Promote(u64),
    Remove(u64),
    /// Give a member other peer URLs.
    Update {
        id: u64,
        peer_urls: Vec<String>,
    },
    /// Changes nothing: who the members are.
    List,
}

/// How it ended, as the operator knows.
#[derive(Clone, Debug)]
pub enum Changed {
    Done {
        /// Id of the member that was added; else 0.
        added: u64,
        members: Vec<Member>,
    },
    /// Nothing was done, for this reason.
    Refused(Why),
    /// It may have happened, or may yet.
    Unknown,
}

/// Why nothing was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Another member has the peer URL: perhaps the one that was added before, without an answer.
    UrlTaken,
    /// There is no such member, or no more.
    NotFound,
    /// The member votes already.
    NotLearner,
    /// It can be tried again later: the learner is behind, too few members are there, nobody was reached.
    NotNow,
}

impl Change {
    /// Asks a member.
    pub async fn carry_out(self, server: ServerHandle, cluster: ClusterService) -> Changed {
        if server.is_learner() {
            return Changed::of(Err(ApiError::NotForLearner.into()));
        }
        Changed::of(match self {
            Self::Add { peer_url, learner } => {
                let request = MemberAddRequest { peer_ur_ls: vec![peer_url], is_learner: learner };
                cluster
                    .add(&Shown::default(), request)
                    .await
                    .map(|reply| (reply.member.map_or(0, |member| member.id), reply.members))
            }
            Self::Promote(id) => {
                cluster.promote(&Shown::default(), MemberPromoteRequest { id }).await.map(|reply| (0, reply.members))
            }
            Self::Remove(id) => {
                cluster.remove(&Shown::default(), MemberRemoveRequest { id }).await.map(|reply| (0, reply.members))
            }
            Self::Update { id, peer_urls } => {
                let updated = cluster.member_update(Request::new(MemberUpdateRequest { id, peer_ur_ls: peer_urls })).await;
                updated.map(|reply| (0, reply.into_inner().members))
            }
            Self::List => {
                let listed = cluster.member_list(Request::new(MemberListRequest { linearizable: true })).await;
                listed.map(|reply| (0, reply.into_inner().members))
            }
        })
    }
}

impl Changed {
    fn of(answer: Result<(u64, Vec<Member>), Status>) -> Self {
        let status = match answer {
            Ok((added, members)) => return Self::Done { added, members },
            Err(status) => status,
        };
        let text = status.message().to_owned();
        let why = match text.as_str() {
            text if text == words(ApiError::PeerUrlExists) => Why::UrlTaken,
            text if text == words(ApiError::MemberNotFound) => Why::NotFound,
            text if text == words(ApiError::MemberNotLearner) => Why::NotLearner,
            text if [ApiError::Unhealthy, ApiError::TooManyRequests, ApiError::NotEnoughStarted].map(words).contains(&text) => {
                Why::NotNow
            }
            _ if status.code() == Code::FailedPrecondition => Why::NotNow,
            _ => return Self::Unknown,
        };
        Self::Refused(why)
    }
}

fn words(error: ApiError) -> &'static str {
    error.code_and_text().1
}
