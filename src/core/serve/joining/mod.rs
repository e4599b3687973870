//! Joining: how a member with a new data directory comes to know its cluster, before anything is written.
//!
//! [`find`] answers a [`Beginning`]: who this member is, and what its log begins with. The list of members comes from the flags, DNS or
//! a discovery service. With a *new* cluster ids follow from the list, and the others are asked once whether they know this member
//! from an earlier life: its disk is then lost, and it would break promises that it made. With an *existing* cluster the ids are
//! those that the cluster gave; its log begins empty, and the leader fills it.
//!
//! [`asking`] asks peer URLs, [`matching`] finds this member in their answers. Until a member that joined has applied who the others
//! are it knows their URLs from here alone ([`find_peers`]): without a way to answer, the leader could not bring it up to date.

mod asking;
mod matching;

use std::time::Duration;

use thiserror::Error;

use super::{ServeError, opening::identity_by_flags};
use crate::core::{
    config::{ClusterSource, ServerConfig, SrvDiscovery},
    discovery::{self, DiscoveryError, place::Place},
    membership::{Member, member_id},
    server::Identity,
};

/// How long a cluster that is to be joined may be out of reach, and how often an answer may not know this member yet.
const JOIN_WITHIN: Duration = Duration::from_secs(10);
const ANSWERS_WITHOUT_THIS_MEMBER_MAX: u32 = 4;
/// Pause between two rounds of questions.
const ROUND_PAUSE: Duration = Duration::from_millis(500);

/// Who a new member is, and what it begins with.
#[derive(Clone, Debug)]
pub struct Beginning {
    pub identity: Identity,
    /// The first entries of the log; none for a member that joins.
    pub members: Vec<Member>,
    /// Peer URLs of the other members by id, for a member that joins.
    pub peers: Vec<(u64, Vec<String>)>,
}

/// Why a member with a new data directory does not start. Nothing has been written then.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum JoinError {
    #[error(transparent)]
    Discovery(#[from] DiscoveryError),
    #[error(
        "--initial-cluster-state=existing, but --initial-cluster names no other member than this one, {name}; list all members of \
         the cluster to join"
    )]
    NobodyToAsk { name: String },
    #[error(
        "--initial-cluster-state=existing with --discovery-endpoints: a discovery service only knows how a cluster began; list its \
         members in --initial-cluster"
    )]
    ServiceOfExisting,
    #[error("no member of the cluster to join can be reached: {}", .tried.join("; "))]
    NobodyAnswers { tried: Vec<String> },
    #[error(
        "this member, {name} at {}, is not in the cluster {cluster_id:x}, whose members are {}; add it first: quorate member add \
         {name} --peer-urls={}",
        .peer_urls.join(","), .cluster.join(", "), .peer_urls.join(",")
    )]
    NotInCluster { name: String, peer_urls: Vec<String>, cluster_id: u64, cluster: Vec<String> },
    #[error(
        "--initial-cluster lists {} members, {}, but the cluster has {}, {}; list just these",
        .listed.len(), .listed.join(", "), .cluster.len(), .cluster.join(", ")
    )]
    OtherCount { listed: Vec<String>, cluster: Vec<String> },
    #[error("--initial-cluster lists {listed}, which is no member of the cluster; its members are {}", .cluster.join(", "))]
    NoSuchMember { listed: String, cluster: Vec<String> },
    #[error("the URLs in --initial-cluster lead to different clusters: {first:x} and {second:x}")]
    TwoClusters { first: u64, second: u64 },
    #[error(
        "the cluster has version {cluster}, and this program can join clusters from version {min} to {max}; use a program of the \
         cluster's version"
    )]
    OtherVersion { cluster: String, min: &'static str, max: &'static str },
    #[error(
        "member {id:x} ({name}) has already been bootstrapped: {asked} knows it as a started member of cluster {cluster_id:x}, but \
         --data-dir={data_dir} is empty. A member that lost its data must not return under its old id, because it may have promised \
         what it has forgotten. Put the data directory back, or give the member a new id: quorate member replace {id:x} {name} \
         --peer-urls={}",
        .peer_urls.join(",")
    )]
    AlreadyStarted { id: u64, name: String, asked: String, cluster_id: u64, data_dir: String, peer_urls: Vec<String> },
    #[error(
        "member {id:x} ({name}) has already been bootstrapped, and was removed from cluster {cluster_id:x}, as {asked} says; to let it \
         in again add it: quorate member add {name} --peer-urls={}, and start it with --initial-cluster-state=existing and an empty \
         --data-dir",
        .peer_urls.join(",")
    )]
    Removed { id: u64, name: String, asked: String, cluster_id: u64, peer_urls: Vec<String> },
    #[error(
        "cluster {cluster_id:x} waits for this member, {name}, to join, as {asked} says; start it with --initial-cluster-state=existing"
    )]
    AddedToExisting { name: String, asked: String, cluster_id: u64 },
}

/// Finds out who a member with a new data directory is, and with whom.
///
/// # Errors
/// When it cannot be found out, or this member must not begin.
pub async fn find(config: &ServerConfig) -> Result<Beginning, ServeError> {
    let listed = listed(config).await?;
    if config.join_existing {
        return Ok(join(&listed).await?);
    }
    let (identity, members) = identity_by_flags(&listed)?;
    refuse_second_life(&listed, identity).await?;
    Ok(Beginning { identity, members, peers: Vec::new() })
}

/// The peer URLs of the other members, for a member that joined and does not know them yet; `None` while nobody answers for its
/// cluster.
pub async fn find_peers(config: &ServerConfig, identity: Identity) -> Option<Vec<(u64, Vec<String>)>> {
    let listed = match &config.cluster_source {
        ClusterSource::Srv(from) => listed_by_dns(config, from).await.ok()?,
        _ => config.clone(),
    };
    let round = asking::round(&listed, identity.member_id).await;
    let known = round.answers.into_iter().find(|answer| answer.cluster_id == identity.cluster_id)?;
    Some(peers_of(&known.members, identity.member_id))
}

/// The configuration with all members in `initial_cluster`.
async fn listed(config: &ServerConfig) -> Result<ServerConfig, JoinError> {
    match &config.cluster_source {
        ClusterSource::Listed => Ok(config.clone()),
        ClusterSource::Srv(from) => {
            let listed = listed_by_dns(config, from).await?;
            tracing::info!(members = ?listed.initial_cluster, "found the members by DNS");
            Ok(listed)
        }
        ClusterSource::Service(_) if config.join_existing => Err(JoinError::ServiceOfExisting),
        ClusterSource::Service(from) => {
            let own = config.initial_cluster.iter().find(|member| member.name == config.name);
            let own = own.expect("while others are to be found, the list has this member");
            let id = member_id(&own.peer_urls, &config.initial_cluster_token);
            Ok(ServerConfig { initial_cluster: discovery::join(from, id, own).await?, ..config.clone() })
        }
    }
}

async fn listed_by_dns(config: &ServerConfig, from: &SrvDiscovery) -> Result<ServerConfig, DiscoveryError> {
    let initial_cluster = discovery::server_members(from, &config.name, &config.initial_advertise_peer_urls).await?;
    Ok(ServerConfig { initial_cluster, ..config.clone() })
}

/// Refuses a new cluster to a member that others know from an earlier life. Who is out of reach is no reason to wait: at the very
/// beginning of a cluster nobody is there.
async fn refuse_second_life(config: &ServerConfig, identity: Identity) -> Result<(), JoinError> {
    if config.initial_cluster.len() < 2 {
        return Ok(());
    }
    let round = asking::round(config, identity.member_id).await;
    if round.answers.is_empty() {
        return Ok(());
    }
    let here = Place::resolve_all(&config.initial_advertise_peer_urls).await;
    for answer in &round.answers {
        matching::refuse_second_life(config, identity, &here, answer).await?;
    }
    Ok(())
}

/// Finds this member in the cluster that it is to join.
async fn join(config: &ServerConfig) -> Result<Beginning, JoinError> {
    if config.initial_cluster.iter().all(|member| member.name == config.name) {
        return Err(JoinError::NobodyToAsk { name: config.name.clone() });
    }
    let began = crate::core::clock::now();
    let mut without_this_member = 0;
    loop {
        let round = asking::round(config, 0).await;
        let error = match matching::choose(config, &round.answers).await {
            Some(Ok(found)) => {
                let peers = peers_of(&found.members, found.identity.member_id);
                tracing::info!(members = found.members.len(), "found this member in the cluster that it joins");
                return Ok(Beginning { identity: found.identity, members: Vec::new(), peers });
            }
            Some(Err(error)) => {
                // A follower may not have applied yet that this member was added.
                without_this_member += 1;
                if !error.may_pass() || without_this_member >= ANSWERS_WITHOUT_THIS_MEMBER_MAX {
                    return Err(error);
                }
                error
            }
            None if began.elapsed() >= JOIN_WITHIN => return Err(JoinError::NobodyAnswers { tried: round.failures }),
            None => JoinError::NobodyAnswers { tried: round.failures },
        };
        tracing::warn!(%error, "cannot join the cluster yet; trying again");
        tokio::time::sleep(ROUND_PAUSE).await;
    }
}

impl JoinError {
    /// Whether another answer, a moment later, may say otherwise.
    fn may_pass(&self) -> bool {
        matches!(self, Self::NotInCluster { .. } | Self::OtherCount { .. } | Self::NoSuchMember { .. })
    }
}

fn peers_of(members: &[asking::KnownMember], own: u64) -> Vec<(u64, Vec<String>)> {
    members.iter().filter(|member| member.id != own).map(|member| (member.id, member.peer_urls.clone())).collect()
}
