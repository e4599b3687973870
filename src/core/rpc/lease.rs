//! The Lease service. What only the leader knows is asked of the leader.

use std::{
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

use prost::Message;
use quorate_proto::{
    etcdserverpb::{
        LeaseGrantRequest, LeaseGrantResponse, LeaseKeepAliveRequest, LeaseKeepAliveResponse, LeaseLeasesRequest,
        LeaseLeasesResponse, LeaseRevokeRequest, LeaseRevokeResponse, LeaseStatus, LeaseTimeToLiveRequest,
        LeaseTimeToLiveResponse, lease_server,
    },
    peer::LeaseTimeToLiveReply,
};
use tokio::sync::mpsc;
use tokio_stream::{Stream, wrappers::ReceiverStream};
use tonic::{Request, Response, Status, Streaming};

use super::{
    super::{
        apply::{Command, Reply},
        auth::{AuthStore, Author},
        limits,
        peer::LeaderLink,
        server::{ServerHandle, auth::Change},
    },
    caller::{Shown, propose},
    calls::Weight,
    header,
    kv::{LEASE_COST_BYTES, admit, blocking, enter, has_space, unexpected},
    status::ApiError,
};

/// Renewals answered ahead of what the client has taken.
const ANSWERS_AHEAD: usize = 16;
/// How long a caller waits between looks for a leader that can answer.
const LEADER_POLL: Duration = Duration::from_millis(50);

/// Serves `etcdserverpb.Lease`.
#[derive(Clone)]
pub struct LeaseService {
    server: ServerHandle,
    /// To the other members.
    link: Arc<dyn LeaderLink>,
}

impl LeaseService {
    pub fn new(server: ServerHandle, link: Arc<dyn LeaderLink>) -> Self {
        Self { server, link }
    }

    /// LeaseGrant.
    ///
    /// # Errors
    /// As etcd words them.
    pub async fn grant(&self, shown: &Shown, request: LeaseGrantRequest) -> Result<LeaseGrantResponse, Status> {
        let LeaseGrantRequest { ttl, id } = request;
        let has_space = has_space(&self.server, LEASE_COST_BYTES).await;
        let ttl = ttl.max(self.server.limits().lease_ttl_secs_min);
        let id = if id == 0 { chosen_id() } else { id };
        let caller = match has_space {
            Ok(()) => shown.somebody(&self.server).await,
            Err(refused) => Err(refused),
        };
        let is_too_long = ttl > limits::LEASE_TTL_SECS_MAX;
        let caller = caller.and_then(|caller| if is_too_long { Err(ApiError::LeaseTtlTooLarge.into()) } else { Ok(caller) });
        let command = Command::LeaseGrant(LeaseGrantRequest { ttl, id });
        let caller = shown.noted(&self.server, caller, || Change::of_command(&command)).await?;
        match propose(&self.server, &caller, command).await?? {
            Reply::LeaseGranted { id, ttl_secs } => {
                let header = header::at(&self.server, 0);
                Ok(LeaseGrantResponse { header, id, ttl: ttl_secs, error: String::new() })
            }
            reply => Err(unexpected(&reply)),
        }
    }

    /// LeaseRevoke.
    ///
    /// # Errors
    /// As etcd words them.
    pub async fn revoke(&self, shown: &Shown, request: LeaseRevokeRequest) -> Result<LeaseRevokeResponse, Status> {
        let (caller, command) = (shown.caller(&self.server).await, Command::LeaseRevoke(request));
        let caller = shown.noted(&self.server, caller, || Change::of_command(&command)).await?;
        propose(&self.server, &caller, command).await??;
        Ok(LeaseRevokeResponse { header: header::at(&self.server, 0) })
    }

    /// One request of a LeaseKeepAlive stream.
    ///
    /// # Errors
    /// As etcd words them.
    pub async fn keep_alive(&self, shown: &Shown, id: i64) -> Result<LeaseKeepAliveResponse, Status> {
        let check = |auth: &AuthStore, author: &Author| auth.check_lease_write(author, id, &self.server.state().lessor.read());
        shown.allowed(&self.server, check).await?;
        // As in etcd, taken before the renewal.
        let header = header::at(&self.server, 0);
        self.renew(id).await.map(|ttl| LeaseKeepAliveResponse { header, id, ttl })
    }

    /// LeaseTimeToLive.
    ///
    /// # Errors
    /// As etcd words them.
    pub async fn left(&self, shown: &Shown, request: LeaseTimeToLiveRequest) -> Result<LeaseTimeToLiveResponse, Status> {
        let LeaseTimeToLiveRequest { id, keys } = request;
        // Users as they are now are those that must not change meanwhile, whatever revision the caller shows. Source: etcd 3.7.
        let judged_at = self.server.state().auth.revision();
        let check = |auth: &AuthStore, author: &Author| {
            if keys { auth.check_lease_read(author, id, &self.server.state().lessor.read()) } else { auth.check_somebody(author) }
        };
        let caller = shown.allowed(&self.server, check).await?;
        let reply = self.time_to_live(id, keys).await?;
        if keys && self.server.state().auth.is_enabled() {
            // The leader may know of keys that were attached since, or are yet to be applied here.
            let auth = self.server.state().auth.read();
            auth.check_still(judged_at)?;
            auth.check_attached_read(&caller.author, &reply.keys)?;
        }
        Ok(LeaseTimeToLiveResponse {
            header: header::at(&self.server, 0),
            id,
            ttl: reply.ttl_secs,
            granted_ttl: reply.granted_ttl_secs,
            keys: reply.keys,
        })
    }

    /// Renews a lease at the leader, wherever that is. Seconds of TTL, 0 for no such lease.
    async fn renew(&self, id: i64) -> Result<i64, Status> {
        let deadline = self.server.clock().now() + self.server.limits().request_timeout;
        loop {
            if let Some(ttl_secs) = self.server.renew_lease_here(id).await? {
                return Ok(ttl_secs);
            }
            if let Some(leader) = self.other_leader()
                && let Some(ttl_secs) = answered(self.link.lease_keep_alive(leader, id).await)?
            {
                return Ok(ttl_secs);
            }
            self.look_again(deadline).await?;
        }
    }

    async fn time_to_live(&self, id: i64, keys: bool) -> Result<LeaseTimeToLiveReply, Status> {
        let deadline = self.server.clock().now() + self.server.limits().request_timeout;
        loop {
            if let Some(reply) = self.server.lease_time_left_here(id, keys).await? {
                return Ok(reply);
            }
            if let Some(leader) = self.other_leader()
                && let Some(reply) = answered(self.link.lease_time_to_live(leader, id, keys).await)?
            {
                return Ok(reply);
            }
            self.look_again(deadline).await?;
        }
    }

    fn other_leader(&self) -> Option<u64> {
        let leader = self.server.node().status().leader;
        Some(leader).filter(|leader| ![0, self.server.identity().member_id].contains(leader))
    }

    /// Waits a moment before the next look for a leader that can answer.
    async fn look_again(&self, deadline: Instant) -> Result<(), Status> {
        if self.server.clock().now() >= deadline {
            let leader = self.server.node().status().leader;
            return Err(if leader == 0 { ApiError::NoLeader } else { ApiError::Timeout }.into());
        }
        self.server.clock().sleep(LEADER_POLL).await;
        Ok(())
    }
}

/// The leader's answer; `None` when it lost its leadership or its link, so that the caller looks again who leads.
fn answered<T>(answer: Result<T, Status>) -> Result<Option<T>, Status> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(status) if status.code() == tonic::Code::Unavailable => Ok(None),
        Err(status) => Err(status),
    }
}

#[tonic::async_trait]
impl lease_server::Lease for LeaseService {
    async fn lease_grant(&self, request: Request<LeaseGrantRequest>) -> Result<Response<LeaseGrantResponse>, Status> {
        let (shown, request) = enter(&self.server, request)?;
        self.grant(&shown, request).await.map(Response::new)
    }

    async fn lease_revoke(&self, request: Request<LeaseRevokeRequest>) -> Result<Response<LeaseRevokeResponse>, Status> {
        let (shown, request) = enter(&self.server, request)?;
        self.revoke(&shown, request).await.map(Response::new)
    }

    type LeaseKeepAliveStream = Pin<Box<dyn Stream<Item = Result<LeaseKeepAliveResponse, Status>> + Send>>;

    async fn lease_keep_alive(
        &self,
        request: Request<Streaming<LeaseKeepAliveRequest>>,
    ) -> Result<Response<Self::LeaseKeepAliveStream>, Status> {
        admit(&self.server, request.metadata())?;
        let shown = Shown::of_stream(request.metadata().as_ref(), request.extensions());
        let mut requests = request.into_inner();
        let (answers, stream) = mpsc::channel(ANSWERS_AHEAD);
        let service = self.clone();
        tokio::spawn(async move {
            // A stream that broke needs no answer.
            while let Ok(Some(LeaseKeepAliveRequest { id })) = requests.message().await {
                let answer = service.keep_alive(&shown, id).await;
                let failed = answer.is_err();
                if answers.send(answer).await.is_err() || failed {
                    return;
                }
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(stream))))
    }

    async fn lease_time_to_live(
        &self,
        request: Request<LeaseTimeToLiveRequest>,
    ) -> Result<Response<LeaseTimeToLiveResponse>, Status> {
        let (shown, request) = enter(&self.server, request)?;
        self.left(&shown, request).await.map(weighed)
    }

    async fn lease_leases(&self, request: Request<LeaseLeasesRequest>) -> Result<Response<LeaseLeasesResponse>, Status> {
        let (shown, LeaseLeasesRequest {}) = enter(&self.server, request)?;
        let caller = shown.somebody(&self.server).await?;
        // There may be a million of them.
        let _turn = self.server.turn_for_long_read().await?;
        let server = self.server.clone();
        let leases = blocking(move || list(&server, &caller.author)).await?;
        Ok(weighed(LeaseLeasesResponse { header: header::at(&self.server, 0), leases }))
    }
}

/// An answer that may be long.
fn weighed<A: Message>(answer: A) -> Response<A> {
    let weight = Weight(answer.encoded_len());
    let mut response = Response::new(answer);
    response.extensions_mut().insert(weight);
    response
}

/// All leases, if the author may read every key of each. The leader lists those that end first, first.
fn list(server: &ServerHandle, author: &Author) -> Result<Vec<LeaseStatus>, Status> {
    let auth = server.state().auth.read();
    let lessor = server.state().lessor.read();
    if auth.is_enabled() {
        lessor.iter().try_for_each(|(id, _)| auth.check_lease_read(author, id, &lessor))?;
    }
    drop(auth);
    let mut ids: Vec<i64> = lessor.iter().map(|(id, _)| id).collect();
    drop(lessor);
    if server.leases().is_leading() {
        let now = server.clock().now();
        ids.sort_by_cached_key(|id| server.leases().time_left(*id, now));
    }
    Ok(ids.into_iter().map(|id| LeaseStatus { id }).collect())
}

/// An ID for a lease whose client leaves the choice to us. Chosen here, before it is proposed: it travels in the command.
#[expect(clippy::disallowed_methods, reason = "chance enters here, at the door of requests")]
fn chosen_id() -> i64 {
    rand::random_range(1..=i64::MAX)
}
