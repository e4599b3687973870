//! The Election service.

use std::pin::Pin;

use quorate_proto::v3electionpb::{
    CampaignRequest, CampaignResponse, LeaderKey, LeaderRequest, LeaderResponse, ProclaimRequest, ProclaimResponse,
    ResignRequest, ResignResponse, election_server,
};
use tokio_stream::Stream;
use tonic::{Request, Response, Status};

use super::{
    call::{Client, attended},
    door::{Access, Door},
    observe,
    place::{Place, Queue, proclaim, resign},
    queue::{self, Taken},
    refusal::Refusal,
};

/// Serves `v3electionpb.Election`.
#[derive(Clone)]
pub struct ElectionService {
    door: Door,
}

impl ElectionService {
    pub fn new(door: Door) -> Self {
        Self { door }
    }
}

#[tonic::async_trait]
impl election_server::Election for ElectionService {
    async fn campaign(&self, request: Request<CampaignRequest>) -> Result<Response<CampaignResponse>, Status> {
        let (access, request) = self.door.enter(request)?;
        attended(|client| campaign(access, request, client)).await.map(Response::new)
    }

    async fn proclaim(&self, request: Request<ProclaimRequest>) -> Result<Response<ProclaimResponse>, Status> {
        let (access, ProclaimRequest { leader, value }) = self.door.enter(request)?;
        let LeaderKey { key, rev, lease, .. } = leader.ok_or(Refusal::MissingLeader)?;
        let lease = access.lease_or_new(lease).await?;
        let answer = access.txn(proclaim(key, rev, value, lease)).await?;
        if !answer.succeeded {
            return Err(Refusal::NotLeader.into());
        }
        Ok(Response::new(ProclaimResponse { header: Some(answer.header) }))
    }

    async fn leader(&self, request: Request<LeaderRequest>) -> Result<Response<LeaderResponse>, Status> {
        let (access, request) = self.door.enter(request)?;
        let holder = access.first_of(Queue::new(&request.name).holder()).await?;
        let kv = holder.kv.ok_or(Refusal::NoLeader)?;
        Ok(Response::new(LeaderResponse { header: Some(holder.header), kv: Some(kv) }))
    }

    type ObserveStream = Pin<Box<dyn Stream<Item = Result<LeaderResponse, Status>> + Send>>;

    async fn observe(&self, request: Request<LeaderRequest>) -> Result<Response<Self::ObserveStream>, Status> {
        let (access, request) = self.door.enter(request)?;
        Ok(Response::new(Box::pin(observe::leaders(access, Queue::new(&request.name)))))
    }

    async fn resign(&self, request: Request<ResignRequest>) -> Result<Response<ResignResponse>, Status> {
        let (access, ResignRequest { leader }) = self.door.enter(request)?;
        let LeaderKey { key, rev, .. } = leader.ok_or(Refusal::MissingLeader)?;
        let answer = access.txn(resign(key, rev)).await?;
        Ok(Response::new(ResignResponse { header: Some(answer.header) }))
    }
}

/// Stands for election for a client, until it leads. The key is left behind only if the client is told of it, or had it before.
async fn campaign(access: Access, request: CampaignRequest, mut client: Client<CampaignResponse>) {
    let CampaignRequest { name, lease, value } = request;
    let place = match access.lease_or_new(lease).await {
        Ok(lease) => Place::new(&name, lease),
        Err(status) => {
            client.answer(Err(status));
            return;
        }
    };
    // Not given up when the client goes: the key may come to be, and has to be deleted then.
    let taken = match queue::take(&access, &place, value.clone(), lease == 0).await {
        Ok(taken) => taken,
        Err(status) => {
            client.answer(Err(status));
            return;
        }
    };
    let Taken { header, revision, .. } = taken;
    let led_before = taken.holds && taken.found.is_some();
    let outcome = client.unless_gone(turn(&access, &place, &taken, value)).await;
    let gone = outcome.is_none();
    let leader = LeaderKey { name, key: place.key.clone(), rev: revision, lease: place.lease };
    let answer = |()| CampaignResponse { header: Some(header), leader: Some(leader) };
    let told = outcome.is_some_and(|outcome| client.answer(outcome.map(answer)));
    if gone || (!told && !led_before) {
        queue::give_up(&access, &place, revision, lease == 0).await;
    }
}

/// Waits until the place is the first one. One that was taken before gets the new value first.
async fn turn(access: &Access, place: &Place, taken: &Taken, value: bytes::Bytes) -> Result<(), Status> {
    if taken.found.as_ref().is_some_and(|kv| kv.value != value) {
        let answer = access.txn(proclaim(place.key.clone(), taken.revision, value, place.lease)).await?;
        if !answer.succeeded {
            return Err(Refusal::NotLeader.into());
        }
    }
    if taken.holds {
        return Ok(());
    }
    queue::wait_for_turn(access, &place.queue, taken.revision).await?;
    queue::still_there(access, place, taken.revision).await?.map(|_| ()).ok_or_else(|| Refusal::ElectionSessionExpired.into())
}
