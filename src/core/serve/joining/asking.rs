//! Asking the peer URLs of the other members what they know: all at once, each for a short time.

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use quorate_proto::peer as wire;

use crate::core::{config::ServerConfig, peer, tls::ClientTls};

/// How long a member may take to answer. Source: etcd.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);

/// A member as another one knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownMember {
    pub id: u64,
    /// Empty until it has started for the first time.
    pub name: String,
    pub peer_urls: Vec<String>,
    pub client_urls: Vec<String>,
}

impl KnownMember {
    /// Whether it has been at work.
    pub fn has_started(&self) -> bool {
        !self.name.is_empty() || !self.client_urls.is_empty()
    }
}

/// What a member that knows its cluster said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The URL that was asked.
    pub url: String,
    pub cluster_id: u64,
    pub members: Vec<KnownMember>,
    pub was_removed: bool,
    /// Empty while it is not decided.
    pub cluster_version: String,
}

/// What came of asking everybody once.
#[derive(Debug, Default)]
pub struct Round {
    /// Of those that know their cluster's members.
    pub answers: Vec<Answer>,
    /// Each other URL, and why it gave none.
    pub failures: Vec<String>,
}

/// Asks every URL of the other members in `initial_cluster`, also whether `member` was removed.
pub async fn round(config: &ServerConfig, member: u64) -> Round {
    let tls = match super::super::secured::peer_calls(config) {
        Ok(tls) => tls,
        Err(error) => return Round { answers: Vec::new(), failures: vec![error.to_string()] },
    };
    let others = config.initial_cluster.iter().filter(|other| other.name != config.name);
    let urls: Vec<String> = others.flat_map(|other| other.peer_urls.clone()).collect();
    let asked = join_all(urls.into_iter().map(|url| ask(url, member, tls.as_ref()))).await;
    let mut round = Round::default();
    for (url, answer) in asked {
        match answer {
            // It has begun itself, or joined, and has not heard of anybody yet.
            Ok(answer) if answer.members.is_empty() => round.failures.push(format!("{url}: it does not know its cluster yet")),
            Ok(answer) => round.answers.push(understood(url, answer)),
            Err(reason) => round.failures.push(format!("{url}: {reason}")),
        }
    }
    round
}

async fn ask(url: String, member: u64, tls: Option<&Arc<ClientTls>>) -> (String, Result<wire::ClusterAnswer, String>) {
    let answer = peer::ask_cluster(&url, member, ANSWER_WITHIN, tls).await;
    (url, answer)
}

fn understood(url: String, answer: wire::ClusterAnswer) -> Answer {
    let member = |member: wire::ClusterMember| {
        let wire::ClusterMember { id, name, peer_urls, client_urls, is_learner: _ } = member;
        KnownMember { id, name, peer_urls, client_urls }
    };
    Answer {
        url,
        cluster_id: answer.cluster_id,
        members: answer.members.into_iter().map(member).collect(),
        was_removed: answer.was_removed,
        cluster_version: answer.cluster_version,
    }
}
