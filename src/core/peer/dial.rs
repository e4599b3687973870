//! Making a connection to a peer: each of its URLs in turn, until one answers as the member that is meant.

use std::{error::Error, sync::Arc, time::Duration};

use quorate_proto::peer::{self as wire, peer_client::PeerClient};
use tonic::{
    Code, Status,
    metadata::MetadataValue,
    service::interceptor::InterceptedService,
    transport::{Channel, Endpoint},
};

use super::{
    introduction::{Ids, Introduction},
    limits::{
        ATTEMPT_TIMEOUT, CONNECT_TIMEOUT, CONNECTION_WINDOW_BYTES, FRAME_BYTES_MAX, KEEP_ALIVE_INTERVAL, RECEIVE_BYTES_MAX,
        STREAM_WINDOW_BYTES,
    },
};
use crate::core::tls::{
    ClientTls,
    connect::{Connector, UrlRefused},
};

/// A connection to one peer that introduces this member in each call. Cheap to clone.
pub type Client = PeerClient<InterceptedService<Channel, Introduction>>;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    #[error("the peer has no URL")]
    NoUrl,
    #[error("a peer URL is not one that this member can reach: {0}")]
    BadUrl(#[from] UrlRefused),
    #[error("{url}: {reason}")]
    Connect { url: String, reason: String },
    #[error("{url}: no answer within {ATTEMPT_TIMEOUT:?}")]
    TimedOut { url: String },
    /// The other side is there, but it is not the member that is meant, or does not know this one.
    #[error("{url}: {reason}")]
    Refused { url: String, reason: String },
    /// The other side says that this member was taken out of the cluster.
    #[error("{url}: this member has been permanently removed from the cluster")]
    Removed { url: String, by_voter: bool },
}

impl DialError {
    /// Whether an operator must look at it: waiting mends an outage, but not a mix-up.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused { .. } | Self::BadUrl(_) | Self::Removed { .. })
    }

    /// What a failed call to `url` amounts to.
    pub fn from_status(url: &str, status: &Status) -> Self {
        let (url, reason) = (url.to_owned(), causes(status));
        if let Some(Removal { by_voter }) = Removal::said_by(status) {
            return Self::Removed { url, by_voter };
        }
        if status.code() == Code::FailedPrecondition { Self::Refused { url, reason } } else { Self::Connect { url, reason } }
    }
}

/// What a member is told that was taken out of the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Removal {
    /// Whether the member that says so votes.
    pub by_voter: bool,
}

/// Set where the member that refuses another one votes.
const BY_VOTER: &str = "quorate-votes";

impl Removal {
    /// How a call is refused.
    pub fn status(self) -> Status {
        let mut status = Status::permission_denied("the member has been permanently removed from the cluster");
        if self.by_voter {
            status.metadata_mut().insert(BY_VOTER, MetadataValue::from_static("1"));
        }
        status
    }

    /// What a failed call says of that. No other refusal between members has this code.
    pub fn said_by(status: &Status) -> Option<Self> {
        (status.code() == Code::PermissionDenied).then(|| Self { by_voter: status.metadata().contains_key(BY_VOTER) })
    }
}

/// A connection that was made.
#[derive(Debug)]
pub struct Dialled {
    pub client: Client,
    /// The URL that it was made to.
    pub url: String,
    /// Of the server at the other end.
    pub version: String,
}

/// Connects to member `to` and makes sure that it is the one. `tls` is for URLs that ask for it.
///
/// # Errors
/// That of the last URL, or the first refusal.
pub async fn dial(
    urls: &[String],
    ids: Ids,
    to: u64,
    keep_alive_timeout: Duration,
    tls: Option<&Arc<ClientTls>>,
) -> Result<Dialled, DialError> {
    let mut last = DialError::NoUrl;
    for url in urls {
        match tokio::time::timeout(ATTEMPT_TIMEOUT, dial_one(url, ids, to, keep_alive_timeout, tls)).await {
            Ok(Ok(dialled)) => return Ok(dialled),
            Ok(Err(error)) if !last.is_refusal() => last = error,
            Ok(Err(_)) => {}
            Err(_) if !last.is_refusal() => last = DialError::TimedOut { url: url.clone() },
            Err(_) => {}
        }
    }
    Err(last)
}

async fn dial_one(
    url: &str,
    ids: Ids,
    to: u64,
    keep_alive_timeout: Duration,
    tls: Option<&Arc<ClientTls>>,
) -> Result<Dialled, DialError> {
    let connector = Connector::new(url, tls)?;
    let channel = Endpoint::from(connector.uri())
        .connect_timeout(CONNECT_TIMEOUT)
        .http2_keep_alive_interval(KEEP_ALIVE_INTERVAL)
        .keep_alive_timeout(keep_alive_timeout)
        .keep_alive_while_idle(true)
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .max_frame_size(FRAME_BYTES_MAX)
        .connect_with_connector(connector)
        .await
        .map_err(|error| DialError::Connect { url: url.to_owned(), reason: causes(&error) })?;
    let mut client =
        PeerClient::with_interceptor(channel, Introduction::new(ids, to)).max_decoding_message_size(RECEIVE_BYTES_MAX);

    let identity = client.identify(wire::Empty {}).await.map_err(|status| DialError::from_status(url, &status))?.into_inner();
    if (identity.cluster_id, identity.member_id) != (ids.cluster_id, to) {
        let reason = format!(
            "expected member {to:x} of cluster {:x}, found {:x} of {:x}",
            ids.cluster_id, identity.member_id, identity.cluster_id
        );
        return Err(DialError::Refused { url: url.to_owned(), reason });
    }
    Ok(Dialled { client, url: url.to_owned(), version: identity.version })
}

/// An error with its causes, each said once: transport errors hide the interesting part below.
pub fn causes(error: &(dyn Error + 'static)) -> String {
    let mut text = match error.downcast_ref::<Status>() {
        Some(status) => status.message().to_owned(),
        None => error.to_string(),
    };
    let mut cause = error.source();
    // Bounded, though no chain is expected to be longer than a handful.
    for _ in 0..16 {
        let Some(error) = cause else { break };
        let below = error.to_string();
        if !text.contains(&below) {
            text = if text.is_empty() { below } else { format!("{text}: {below}") };
        }
        cause = error.source();
    }
    text
}
