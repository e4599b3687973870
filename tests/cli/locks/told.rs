//! Calls of the two services, and their answers as lines of text.

use std::{fmt::Write, time::Duration};

use quorate_proto::{
    etcdserverpb::{LeaseGrantRequest, LeaseRevokeRequest, RangeResponse, ResponseHeader},
    mvccpb::KeyValue,
    v3electionpb::{
        CampaignRequest, CampaignResponse, LeaderKey, LeaderRequest, LeaderResponse, ProclaimRequest, ResignRequest,
        election_client::ElectionClient,
    },
    v3lockpb::{LockRequest, LockResponse, UnlockRequest, lock_client::LockClient},
};
use tokio::{sync::mpsc, task::JoinHandle};
use tonic::{Status, transport::Channel};

use crate::common::{Clients, connect, header_revision, range_all, wait_until};

const WITHIN: Duration = Duration::from_secs(20);

/// A client that writes down what it is answered.
#[derive(Clone)]
pub struct Teller {
    pub clients: Clients,
    pub lock: LockClient<Channel>,
    pub election: ElectionClient<Channel>,
    told: String,
}

/// A call that waits. Dropping it cancels the call.
pub struct Waiting {
    what: &'static str,
    task: JoinHandle<Result<String, Status>>,
}

impl Waiting {
    pub async fn answer(mut self) -> Result<String, Status> {
        (&mut self.task).await.expect("the call is neither aborted nor panics")
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What an observer is told. The stream is read from the beginning, as some servers answer with nothing before the first leader.
pub struct Seen(mpsc::Receiver<Result<String, Status>>, JoinHandle<()>);

impl Seen {
    pub async fn next(&mut self) -> Result<String, Status> {
        self.0.recv().await.expect("the stream goes on")
    }
}

impl Drop for Seen {
    fn drop(&mut self) {
        self.1.abort();
    }
}

impl Teller {
    pub async fn new(endpoint: &str) -> Self {
        let channel = connect(endpoint).await;
        let (lock, election) = (LockClient::new(channel.clone()), ElectionClient::new(channel.clone()));
        Self { clients: Clients::over(channel), lock, election, told: String::new() }
    }

    /// All lines so far.
    pub fn told(&self) -> &str {
        &self.told
    }

    fn tell(&mut self, what: &str, case: &str, answer: Result<String, Status>) {
        let answer = answer.unwrap_or_else(|status| format!("{:?} {:?}", status.code(), status.message()));
        writeln!(self.told, "{what} {case}: {answer}").unwrap();
    }

    /// Grants leases with these ids.
    pub async fn grant(&mut self, ids: &[i64]) {
        for &id in ids {
            self.clients.lease.lease_grant(LeaseGrantRequest { ttl: 600, id }).await.unwrap();
        }
    }

    pub async fn revoke(&mut self, case: &str, id: i64) {
        let answer = self.clients.lease.lease_revoke(LeaseRevokeRequest { id }).await;
        self.tell("revoke", case, answer.map(|_| "done".to_owned()));
    }

    pub async fn all(&mut self) -> RangeResponse {
        self.try_all().await.unwrap()
    }

    /// The same at a time at which there may be no leader.
    pub async fn try_all(&mut self) -> Result<RangeResponse, Status> {
        range_all(&mut self.clients).await
    }

    pub async fn keys(&mut self, case: &str) {
        let RangeResponse { header, kvs, .. } = self.all().await;
        let keys: Vec<_> = kvs.iter().map(key_value).collect();
        self.tell("keys", case, Ok(format!("{} {}", keys.join(" "), at(&header))));
    }

    async fn has(&mut self, key: &str) -> bool {
        self.all().await.kvs.iter().any(|kv| kv.key == key)
    }

    /// Waits until a key is deleted.
    pub async fn gone(&mut self, case: &str, key: &str) {
        wait_until(WITHIN, "the key is deleted", async || !self.has(key).await).await;
        let header = self.all().await.header;
        self.tell("gone", case, Ok(format!("{key} {}", at(&header))));
    }

    pub async fn lock(&mut self, case: &str, name: &str, lease: i64) {
        let answer = self.lock.lock(lock_request(name, lease)).await;
        self.tell("lock", case, answer.map(|answer| locked(&answer.into_inner())));
    }

    /// Asks for a lock that is taken. Returns when the place in the queue is taken.
    pub async fn waiting_lock(&mut self, name: &str, lease: i64) -> Waiting {
        let (mut lock, request) = (self.lock.clone(), lock_request(name, lease));
        let task = tokio::spawn(async move { lock.lock(request).await.map(|answer| locked(&answer.into_inner())) });
        self.waits("lock", name, lease, task).await
    }

    async fn waits(&mut self, what: &'static str, name: &str, lease: i64, task: JoinHandle<Result<String, Status>>) -> Waiting {
        let key = format!("{name}/{lease:x}");
        wait_until(WITHIN, "its key is there", async || self.has(&key).await).await;
        assert!(!task.is_finished(), "{what} {name} has to wait");
        Waiting { what, task }
    }

    /// Tells the answer of a call that waited.
    pub async fn answer(&mut self, case: &str, waiting: Waiting) {
        let what = waiting.what;
        let answer =
            tokio::time::timeout(WITHIN, waiting.answer()).await.unwrap_or_else(|_| panic!("{what} {case} is not answered"));
        self.tell(what, case, answer);
    }

    pub async fn unlock(&mut self, case: &str, key: &str) {
        let answer = self.lock.unlock(UnlockRequest { key: key.as_bytes().to_vec().into() }).await;
        self.tell("unlock", case, answer.map(|answer| at(&answer.into_inner().header)));
    }

    pub async fn campaign(&mut self, case: &str, name: &str, lease: i64, value: &str) -> Option<LeaderKey> {
        let answer = self.election.campaign(campaign_request(name, lease, value)).await.map(tonic::Response::into_inner);
        let leader = answer.as_ref().ok().and_then(|answer| answer.leader.clone());
        self.tell("campaign", case, answer.map(|answer| won(&answer)));
        leader
    }

    /// Stands against a leader. Returns when the place in the queue is taken.
    pub async fn waiting_campaign(&mut self, name: &str, lease: i64, value: &str) -> Waiting {
        let (mut election, request) = (self.election.clone(), campaign_request(name, lease, value));
        let task = tokio::spawn(async move { election.campaign(request).await.map(|answer| won(&answer.into_inner())) });
        self.waits("campaign", name, lease, task).await
    }

    pub async fn proclaim(&mut self, case: &str, leader: Option<LeaderKey>, value: &str) {
        let request = ProclaimRequest { leader, value: value.as_bytes().to_vec().into() };
        let answer = self.election.proclaim(request).await;
        self.tell("proclaim", case, answer.map(|answer| at(&answer.into_inner().header)));
    }

    pub async fn resign(&mut self, case: &str, leader: Option<LeaderKey>) {
        let answer = self.election.resign(ResignRequest { leader }).await;
        self.tell("resign", case, answer.map(|answer| at(&answer.into_inner().header)));
    }

    pub async fn leader(&mut self, case: &str, name: &str) {
        let answer = self.election.leader(leader_request(name)).await;
        self.tell("leader", case, answer.map(|answer| led(&answer.into_inner())));
    }

    /// Follows the leaders of an election.
    pub fn observe(&mut self, name: &str) -> Seen {
        let (sender, receiver) = mpsc::channel(100);
        let (mut election, request) = (self.election.clone(), leader_request(name));
        let task = tokio::spawn(async move {
            let mut leaders = match election.observe(request).await {
                Ok(leaders) => leaders.into_inner(),
                Err(status) => return drop(sender.send(Err(status)).await),
            };
            while let Some(leader) = leaders.message().await.transpose() {
                if sender.send(leader.map(|leader| led(&leader))).await.is_err() {
                    return;
                }
            }
        });
        Seen(receiver, task)
    }

    /// Tells the next answer of an observer.
    pub async fn seen(&mut self, seen: &mut Seen) {
        let leader = tokio::time::timeout(WITHIN, seen.next()).await.expect("the observer is told");
        let line = leader.unwrap_or_else(|status| format!("{status}"));
        writeln!(self.told, "observe: {line}").unwrap();
    }
}

fn lock_request(name: &str, lease: i64) -> LockRequest {
    LockRequest { name: name.as_bytes().to_vec().into(), lease }
}

fn campaign_request(name: &str, lease: i64, value: &str) -> CampaignRequest {
    CampaignRequest { name: name.as_bytes().to_vec().into(), lease, value: value.as_bytes().to_vec().into() }
}

fn leader_request(name: &str) -> LeaderRequest {
    LeaderRequest { name: name.as_bytes().to_vec().into() }
}

fn at(header: &Option<ResponseHeader>) -> String {
    format!("at {}", header_revision(header))
}

fn key_value(kv: &KeyValue) -> String {
    format!("{}={:?}", String::from_utf8_lossy(&kv.key), String::from_utf8_lossy(&kv.value))
}

fn locked(answer: &LockResponse) -> String {
    format!("{} {}", String::from_utf8_lossy(&answer.key), at(&answer.header))
}

fn won(answer: &CampaignResponse) -> String {
    let LeaderKey { name, key, rev, lease } = answer.leader.clone().expect("an answer has the leader's key");
    let (name, key) = (String::from_utf8_lossy(&name), String::from_utf8_lossy(&key));
    format!("{name} {key} created at {rev}, lease {lease:x}, {}", at(&answer.header))
}

fn led(answer: &LeaderResponse) -> String {
    format!("{} {}", key_value(answer.kv.as_ref().expect("an answer has the leader's key")), at(&answer.header))
}
