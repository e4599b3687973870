//! The Lock service.

use quorate_proto::{
    etcdserverpb::ResponseHeader,
    v3lockpb::{LockRequest, LockResponse, UnlockRequest, UnlockResponse, lock_server},
};
use tonic::{Request, Response, Status};

use super::{
    call::{Client, attended},
    door::{Access, Door},
    place::Place,
    queue::{self, Taken},
    refusal::Refusal,
};

/// Serves `v3lockpb.Lock`.
#[derive(Clone)]
pub struct LockService {
    door: Door,
}

impl LockService {
    pub fn new(door: Door) -> Self {
        Self { door }
    }
}

#[tonic::async_trait]
impl lock_server::Lock for LockService {
    async fn lock(&self, request: Request<LockRequest>) -> Result<Response<LockResponse>, Status> {
        let (access, request) = self.door.enter(request)?;
        attended(|client| lock(access, request, client)).await.map(Response::new)
    }

    async fn unlock(&self, request: Request<UnlockRequest>) -> Result<Response<UnlockResponse>, Status> {
        let (access, request) = self.door.enter(request)?;
        let header = access.delete(request.key).await?;
        Ok(Response::new(UnlockResponse { header: Some(header) }))
    }
}

/// Takes the lock for a client. The key is left behind only if the client is told of it, or had it before.
async fn lock(access: Access, request: LockRequest, mut client: Client<LockResponse>) {
    let place = match access.lease_or_new(request.lease).await {
        Ok(lease) => Place::new(&request.name, lease),
        Err(status) => {
            client.answer(Err(status));
            return;
        }
    };
    // Not given up when the client goes: the key may come to be, and has to be deleted then.
    let taken = match queue::take(&access, &place, bytes::Bytes::new(), request.lease == 0).await {
        Ok(taken) => taken,
        Err(status) => {
            client.answer(Err(status));
            return;
        }
    };
    let revision = taken.revision;
    let held_before = taken.holds && taken.found.is_some();
    let outcome = client.unless_gone(turn(&access, &place, taken)).await;
    let failed = !matches!(outcome, Some(Ok(_)));
    let key = place.key.clone();
    let told = outcome.is_some_and(|outcome| client.answer(outcome.map(|header| LockResponse { header: Some(header), key })));
    if failed || (!told && !held_before) {
        queue::give_up(&access, &place, revision, request.lease == 0).await;
    }
}

/// Waits until the place is the first one.
async fn turn(access: &Access, place: &Place, taken: Taken) -> Result<ResponseHeader, Status> {
    if taken.holds {
        return Ok(taken.header);
    }
    queue::wait_for_turn(access, &place.queue, taken.revision).await?;
    queue::still_there(access, place, taken.revision).await?.ok_or_else(|| Refusal::LockSessionExpired.into())
}
