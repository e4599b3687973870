//! Looking at a cluster: the member list, and every member asked at its own address, all at the same time.

use super::view::{Answer, Facts, Seen, View};
use crate::cmd::{
    client::{Client, Retry, RpcError},
    context::Context,
    error::CliError,
    global::Global,
};
use quorate_proto::{
    etcdserverpb::{Member, MemberListRequest, MemberListResponse, RangeRequest, StatusRequest},
    metadata::WAS_REMOVED,
};
use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
};
use tokio::{task::JoinSet, time::Instant};
use tonic::{Code, metadata::MetadataValue};

/// What one look gave: the list as it was answered, and the judgement of it.
#[derive(Clone, Debug)]
pub struct Look {
    pub reply: MemberListResponse,
    pub view: View,
    /// Whether the member that was asked about was taken out of the cluster, as far as the server says such things: etcd's does not.
    pub was_removed: bool,
}

/// Looks again and again, and learns on the way at which addresses the members are reached.
#[derive(Debug)]
pub struct Looker {
    global: Global,
    /// Of the endpoints of the command line, and of those that members have published: the one that was given may be the one
    /// that is removed.
    client: Client,
    endpoints: Vec<String>,
    bad_looks: BTreeMap<u64, u32>,
    /// A member that may have been taken out: its id in hexadecimal, or its name.
    asks_about: Option<String>,
}

impl Looker {
    /// A looker by the command line's flags. Connects to nothing yet.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn new(context: &Context) -> Result<Self, CliError> {
        let global = context.global.clone();
        let client = Client::new(&global)?;
        Ok(Self { endpoints: global.endpoints.clone(), global, client, bad_looks: BTreeMap::new(), asks_about: None })
    }

    /// Has each look ask whether this member was taken out of the cluster: its id in hexadecimal, or its name.
    pub fn asking_about(mut self, member: Option<String>) -> Self {
        self.asks_about = member;
        self
    }

    /// The way to whoever of the cluster answers.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The way to the one member behind an endpoint.
    ///
    /// # Errors
    /// As [`Client::of_one`].
    pub fn client_of(&self, endpoint: &str) -> Result<Client, CliError> {
        Client::of_one(&self.global, endpoint)
    }

    /// Looks once, within the command's timeout for the list and again for the members. A linearizable list is one that a
    /// quorum stands behind.
    ///
    /// # Errors
    /// There is no member list.
    pub async fn look(&mut self, linearizable: bool) -> Result<Look, RpcError> {
        let request = MemberListRequest { linearizable };
        let was_removed = AtomicBool::new(false);
        let list = self
            .client
            .call(Retry::Read, request, async |connection, mut request| {
                if let Some(member) = &self.asks_about {
                    request.metadata_mut().insert_bin(WAS_REMOVED, MetadataValue::from_bytes(member.as_bytes()));
                }
                let reply = connection.cluster().member_list(request).await?;
                let answer = reply.metadata().get_bin(WAS_REMOVED).and_then(|answer| answer.to_bytes().ok());
                was_removed.store(answer.is_some_and(|answer| *answer == *b"true"), Ordering::Relaxed);
                Ok(reply)
            })
            .await;
        // A member that swallows requests is not asked again first.
        let reply = list.inspect_err(|error| self.client.abandon(&error.to_string()))?;
        self.learn(&reply.members);
        let cluster = reply.header.unwrap_or_default().cluster_id;
        let deadline = self.client.deadline();
        let mut probes = JoinSet::new();
        for (at, member) in reply.members.iter().enumerate() {
            let (global, member) = (self.global.clone(), member.clone());
            probes.spawn(async move { (at, probe(&global, &member, cluster, deadline).await) });
        }
        let mut answers = probes.join_all().await;
        answers.sort_by_key(|(at, _)| *at);
        let seen = reply.members.iter().zip(answers).map(|(member, (_, answer))| seen(member, answer));
        let mut view = View { members: seen.collect() };
        self.count_bad_looks(&mut view);
        Ok(Look { reply, view, was_removed: was_removed.into_inner() })
    }

    fn learn(&mut self, members: &[Member]) {
        let mut endpoints = self.global.endpoints.clone();
        for url in members.iter().filter(|member| !member.is_learner).flat_map(|member| &member.client_ur_ls) {
            let bare = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
            let known = endpoints.iter().any(|endpoint| endpoint == url || endpoint == bare);
            if !known && Client::of_one(&self.global, url).is_ok() {
                endpoints.push(url.clone());
            }
        }
        if endpoints != self.endpoints
            && let Ok(client) = Client::new(&Global { endpoints: endpoints.clone(), ..self.global.clone() })
        {
            (self.client, self.endpoints) = (client, endpoints);
        }
    }

    fn count_bad_looks(&mut self, view: &mut View) {
        let healthy: Vec<bool> = view.members.iter().map(|member| view.is_healthy(member)).collect();
        let mut counts = BTreeMap::new();
        for (member, healthy) in view.members.iter_mut().zip(healthy) {
            if !healthy {
                member.bad_looks = self.bad_looks.get(&member.id).copied().unwrap_or(0).saturating_add(1);
                counts.insert(member.id, member.bad_looks);
            }
        }
        self.bad_looks = counts;
    }
}

fn seen(member: &Member, answer: Answer) -> Seen {
    let mut peer_urls = member.peer_ur_ls.clone();
    peer_urls.sort();
    Seen { id: member.id, name: member.name.clone(), peer_urls, is_learner: member.is_learner, answer, bad_looks: 0 }
}

/// Asks one member at all its addresses; the first good answer counts.
async fn probe(global: &Global, member: &Member, cluster: u64, deadline: Instant) -> Answer {
    if member.name.is_empty() {
        return Answer::Silent("not started".to_owned());
    }
    if member.client_ur_ls.is_empty() {
        return Answer::Silent("has no client URLs".to_owned());
    }
    let mut asked = JoinSet::new();
    for url in &member.client_ur_ls {
        let (global, url, id, learner) = (global.clone(), url.clone(), member.id, member.is_learner);
        asked.spawn(async move { ask(&global, &url, (cluster, id), learner, deadline).await });
    }
    let mut reasons = Vec::new();
    while let Some(answer) = asked.join_next().await {
        match answer {
            Ok(Ok(facts)) => return Answer::Here(facts),
            Ok(Err(reason)) => reasons.push(reason),
            Err(error) => reasons.push(error.to_string()),
        }
    }
    reasons.sort();
    Answer::Silent(reasons.join("; "))
}

/// Asks the member with this cluster id and member id at one address. An error is why there is no answer of that member.
async fn ask(global: &Global, url: &str, ids: (u64, u64), is_learner: bool, deadline: Instant) -> Result<Facts, String> {
    let client = Client::of_one(global, url).map_err(|error| error.to_string())?;
    let connected = tokio::time::timeout_at(deadline, client.connection_at_once()).await.ok().flatten();
    if connected.is_none() {
        return Err(client.last_error().unwrap_or_else(|| format!("{url}: no answer in time")));
    }
    // Nothing is sent again: one question, one answer.
    let status = client
        .call_until(Some(deadline), Retry::Write, StatusRequest {}, async |connection, request| {
            connection.maintenance().status(request).await
        })
        .await
        .map_err(|error| format!("{url}: {}", reason(&error)))?;
    let header = status.header.unwrap_or_default();
    if (header.cluster_id, header.member_id) != ids {
        return Err(format!("{url}: another member answers there, {:x} of cluster {:x}", header.member_id, header.cluster_id));
    }
    Ok(Facts {
        endpoint: url.to_owned(),
        leader: status.leader,
        term: status.raft_term,
        committed: status.raft_index,
        applied: status.raft_applied_index,
        version: status.version,
        db_size: status.db_size,
        db_size_in_use: status.db_size_in_use,
        // A learner serves no reads that go through the quorum.
        trouble: if is_learner { None } else { read(&client, deadline).await },
    })
}

/// Reads any key through the quorum; why that failed.
async fn read(client: &Client, deadline: Instant) -> Option<String> {
    let request = RangeRequest { key: "health".into(), ..Default::default() };
    let read = client
        .call_until(Some(deadline), Retry::Write, request, async |connection, request| connection.kv().range(request).await)
        .await;
    match read {
        // Without the right to read it the request has still been judged by the member's state.
        Err(error) if error.code() != Code::PermissionDenied => Some(format!("does not serve: {}", reason(&error))),
        _ => None,
    }
}

fn reason(error: &RpcError) -> String {
    match error {
        RpcError::Deadline { .. } => "no answer in time".to_owned(),
        RpcError::Status(_) | RpcError::Login(_) => error.to_string(),
    }
}
