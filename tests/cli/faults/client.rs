//! A client that puts down every request. It stays with a member until that one fails it, and never repeats a write.

use std::{sync::Arc, time::Duration};

use quorate::core::verify::history::{Answer, Call, Operation, Outcome};
use quorate_proto::etcdserverpb as wire;
use rand::{Rng, rngs::StdRng};
use tokio::time::{sleep, timeout};
use tonic::{Status, transport::Endpoint};

use super::{recorder::failure, world::World};
use crate::common::Clients;

/// Longer than any election; shorter than a partition, so that clients leave members that are cut off.
const CALL_WITHIN: Duration = Duration::from_secs(2);
const CONNECT_WITHIN: Duration = Duration::from_millis(700);
const AFTER_FAILURE: Duration = Duration::from_millis(30);

pub struct Client {
    pub world: Arc<World>,
    pub number: u32,
    pub random: StdRng,
    at: usize,
    clients: Option<Clients>,
    turn: u64,
}

impl Client {
    pub fn new(world: Arc<World>, number: u32) -> Self {
        Self { random: world.random(number), at: number as usize % world.ids.len(), world, number, clients: None, turn: 0 }
    }

    /// A value that no other request carries.
    pub fn value(&mut self) -> bytes::Bytes {
        self.turn += 1;
        format!("{}.{}", self.number, self.turn).into()
    }

    /// An id that no other request carries.
    pub fn lease_id(&mut self) -> i64 {
        self.turn += 1;
        i64::from(self.number) << 32 | self.turn as i64
    }

    /// Waits a random time of `[0, 2 * mean_ms)` milliseconds; false when the run is over.
    pub async fn goes_on(&mut self, mean_ms: u64) -> bool {
        sleep(Duration::from_micros(self.random.random_range(0..2000 * mean_ms.max(1)))).await;
        !self.world.is_stopped()
    }

    /// The member that is asked, and a connection to it that has carried an answer.
    pub async fn connected(&mut self) -> Option<(u64, Clients)> {
        if self.clients.is_none() {
            self.clients = timeout(CONNECT_WITHIN, greet(&self.world.endpoints[self.at])).await.ok().flatten();
        }
        match &self.clients {
            Some(clients) => Some((self.world.ids[self.at], clients.clone())),
            None => {
                self.next_member().await;
                None
            }
        }
    }

    pub async fn next_member(&mut self) {
        self.clients = None;
        self.at = (self.at + 1) % self.world.ids.len();
        sleep(AFTER_FAILURE).await;
    }

    /// Asks, and puts down what became of it. `None`: there was no answer, or nobody to ask.
    pub async fn call(&mut self, call: Call) -> Option<Answer> {
        let (member, mut clients) = self.connected().await?;
        let begun = self.world.recorder.now();
        let answered = timeout(CALL_WITHIN, ask(&mut clients, call.clone())).await;
        let outcome = match answered {
            Ok(Ok(answer)) => Outcome::Answered(answer),
            Ok(Err(status)) => failure(&status),
            Err(_) => Outcome::Unknown(format!("no answer in {CALL_WITHIN:?}")),
        };
        let ended = self.world.recorder.now();
        if matches!(outcome, Outcome::Unknown(_)) {
            self.next_member().await;
        }
        let answer = match &outcome {
            Outcome::Answered(answer) => {
                self.world.reach(revision(answer));
                Some(answer.clone())
            }
            _ => None,
        };
        self.world.recorder.operation(Operation { client: self.number, member, call, begun, ended, outcome });
        answer
    }

    pub async fn put(&mut self, request: wire::PutRequest) -> Option<wire::PutResponse> {
        match self.call(Call::Put(request)).await? {
            Answer::Put(answer) => Some(answer),
            other => unreachable!("{other:?} answers no put"),
        }
    }

    pub async fn range(&mut self, request: wire::RangeRequest) -> Option<wire::RangeResponse> {
        match self.call(Call::Range(request)).await? {
            Answer::Range(answer) => Some(answer),
            other => unreachable!("{other:?} answers no range"),
        }
    }

    pub async fn txn(&mut self, request: wire::TxnRequest) -> Option<wire::TxnResponse> {
        match self.call(Call::Txn(request)).await? {
            Answer::Txn(answer) => Some(answer),
            other => unreachable!("{other:?} answers no transaction"),
        }
    }
}

/// Connects and asks something, so that a dead member behind a living proxy is noticed before anything is written.
async fn greet(endpoint: &str) -> Option<Clients> {
    let target = Endpoint::from_shared(format!("http://{endpoint}")).expect("an address");
    let mut clients = Clients::over(target.connect().await.ok()?);
    clients.status().await.ok()?;
    Some(clients)
}

/// Sends one request.
async fn ask(clients: &mut Clients, call: Call) -> Result<Answer, Status> {
    Ok(match call {
        Call::Range(request) => Answer::Range(clients.kv.range(request).await?.into_inner()),
        Call::Put(request) => Answer::Put(clients.kv.put(request).await?.into_inner()),
        Call::DeleteRange(request) => Answer::DeleteRange(clients.kv.delete_range(request).await?.into_inner()),
        Call::Txn(request) => Answer::Txn(clients.kv.txn(request).await?.into_inner()),
        Call::Compact(request) => Answer::Compact(clients.kv.compact(request).await?.into_inner()),
        Call::LeaseGrant(request) => Answer::LeaseGrant(clients.lease.lease_grant(request).await?.into_inner()),
        Call::LeaseRevoke(request) => Answer::LeaseRevoke(clients.lease.lease_revoke(request).await?.into_inner()),
        Call::LeaseTimeToLive(request) => Answer::LeaseTimeToLive(clients.lease.lease_time_to_live(request).await?.into_inner()),
        Call::LeaseKeepAlive(request) => {
            let mut answers = clients.lease.lease_keep_alive(tokio_stream::once(request)).await?.into_inner();
            let answer = answers.message().await?;
            Answer::LeaseKeepAlive(answer.ok_or_else(|| Status::unknown("the stream ended without an answer"))?)
        }
        Call::Auth(_) => return Err(Status::unimplemented("there are no users in these runs")),
    })
}

/// The revision that an answer's header names.
fn revision(answer: &Answer) -> i64 {
    let header = match answer {
        Answer::Range(answer) => &answer.header,
        Answer::Put(answer) => &answer.header,
        Answer::DeleteRange(answer) => &answer.header,
        Answer::Txn(answer) => &answer.header,
        Answer::Compact(answer) => &answer.header,
        Answer::LeaseGrant(answer) => &answer.header,
        Answer::LeaseRevoke(answer) => &answer.header,
        Answer::LeaseKeepAlive(answer) => &answer.header,
        Answer::LeaseTimeToLive(answer) => &answer.header,
        Answer::Auth(answer) => &answer.header,
    };
    header.as_ref().map_or(0, |header| header.revision)
}
