//! Asking a peer URL about its cluster, before this member has ids of its own to introduce itself with.

use std::{sync::Arc, time::Duration};

use quorate_proto::peer::{self as wire, peer_client::PeerClient};
use tonic::transport::Endpoint;

use super::dial::causes;
use crate::core::tls::{ClientTls, connect::Connector};

/// Largest answer that is taken: far beyond any sensible number of members.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Asks whoever listens at `url` what it knows of its cluster, and whether `member` was removed from it (0 asks for none). Takes
/// no longer than `limit`.
///
/// # Errors
/// When there is no answer; the text says why.
pub async fn ask_cluster(
    url: &str,
    member: u64,
    limit: Duration,
    tls: Option<&Arc<ClientTls>>,
) -> Result<wire::ClusterAnswer, String> {
    tokio::time::timeout(limit, ask(url, member, tls)).await.unwrap_or_else(|_| Err(format!("no answer within {limit:?}")))
}

async fn ask(url: &str, member: u64, tls: Option<&Arc<ClientTls>>) -> Result<wire::ClusterAnswer, String> {
    let connector = Connector::new(url, tls).map_err(|error| error.to_string())?;
    let endpoint = Endpoint::from(connector.uri());
    let channel = endpoint.connect_with_connector(connector).await.map_err(|error| causes(&error))?;
    let mut client = PeerClient::new(channel).max_decoding_message_size(ANSWER_BYTES_MAX);
    let answer = client.cluster_information(wire::ClusterQuery { member_id: member }).await;
    answer.map(tonic::Response::into_inner).map_err(|status| causes(&status))
}
