//! One lasting stream to one peer: made, held, mourned and made again, by one task.
//!
//! A peer has two links, each on a connection of its own, so that neither HTTP/2 windows nor a full socket can put a heartbeat
//! behind an append. What waits while a link is being made is kept for that one attempt; when it fails, it is dropped and
//! reported: raft sends again, and a forwarded proposal must not turn up long after its client gave up.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwapOption;
use parking_lot::Mutex;
use quorate_proto::peer as wire;
use tokio::sync::Notify;
use tonic::Streaming;
use tracing::{debug, info, warn};

use super::{
    Inbound,
    complaints::Complaints,
    connectivity::Connectivity,
    dial::{Client, DialError, Dialled, Removal, causes, dial},
    introduction::Ids,
    limits::{
        ATTEMPT_TIMEOUT, CONTROL_QUEUE_BYTES_MAX, CONTROL_QUEUE_MESSAGES_MAX, KEEP_ALIVE_TIMEOUT, KEEP_ALIVE_TIMEOUT_BULK,
        LINK_STABLE_AFTER, REPLICATE_QUEUE_BYTES_MAX, REPLICATE_QUEUE_MESSAGES_MAX, RETRY_PAUSE_MAX, RETRY_PAUSE_MIN,
    },
    message_type::{Route, is_urgent, route},
    queue::{PushError, Queue},
};
use crate::core::{clock, tls::ClientTls};

/// Another member, as this one talks to it.
pub struct Peer {
    pub id: u64,
    pub connectivity: Connectivity,
    /// The connection of the control link, for calls to the leader; empty while there is none.
    pub client: ArcSwapOption<Client>,
    /// Of the server there, as it last said.
    pub version: ArcSwapOption<String>,
    /// Held while a snapshot is on its way to this peer or its source is still being read.
    pub is_sending_snapshot: Arc<AtomicBool>,
    urls: Mutex<Arc<[String]>>,
    /// Where this member is reached.
    own_urls: Arc<[String]>,
    /// For URLs that ask for it.
    pub tls: Option<Arc<ClientTls>>,
    replicate: Arc<Queue>,
    control: Arc<Queue>,
    /// Cuts the pause before the next attempt short.
    retry: Notify,
    /// A message was dropped since the last [`Peer::flush`].
    dropped: AtomicBool,
    complaints: Complaints<&'static str>,
}

impl Peer {
    pub fn new(id: u64, urls: Vec<String>, own_urls: Arc<[String]>, tls: Option<Arc<ClientTls>>) -> Self {
        Self {
            id,
            connectivity: Connectivity::default(),
            client: ArcSwapOption::empty(),
            version: ArcSwapOption::empty(),
            is_sending_snapshot: Arc::default(),
            urls: Mutex::new(urls.into()),
            own_urls,
            tls,
            replicate: Arc::new(Queue::new(REPLICATE_QUEUE_MESSAGES_MAX, REPLICATE_QUEUE_BYTES_MAX)),
            control: Arc::new(Queue::new(CONTROL_QUEUE_MESSAGES_MAX, CONTROL_QUEUE_BYTES_MAX)),
            retry: Notify::new(),
            dropped: AtomicBool::new(false),
            complaints: Complaints::new(),
        }
    }

    pub fn urls(&self) -> Arc<[String]> {
        Arc::clone(&self.urls.lock())
    }

    /// Replaces the URLs. A standing connection stays; the next one is made to the new ones, at once if one is being waited for.
    pub fn set_urls(&self, urls: Vec<String>) {
        if **self.urls.lock() != *urls {
            *self.urls.lock() = urls.into();
            self.retry_now();
        }
    }

    /// Tries again without waiting for the pause to pass, if a link is down.
    pub fn retry_now(&self) {
        self.retry.notify_waiters();
    }

    /// Queues a message of [`Route::Replicate`] or [`Route::Control`]; what is dropped is reported by [`Peer::flush`].
    pub fn push(&self, message: wire::Message) {
        let urgent = is_urgent(message.r#type);
        let pushed = self.queue(route(message.r#type)).push(message);
        if let Err(error) = pushed {
            self.dropped.store(true, Ordering::Relaxed);
            let kind = if error == PushError::Full { "full" } else { "oversized" };
            if self.complaints.is_due(kind) {
                warn!(peer = %format_args!("{:x}", self.id), %error, "dropped a message to a peer");
            }
        }
        if urgent {
            self.retry_now();
        }
    }

    /// Sends off what was pushed. Answers whether anything was dropped since the last time.
    pub fn flush(&self) -> bool {
        self.control.wake();
        self.replicate.wake();
        self.dropped.swap(false, Ordering::Relaxed)
    }

    /// Ends both streams for good. Aborting their tasks alone would leave the requests open: HTTP/2 polls their bodies elsewhere.
    pub fn close(&self) {
        self.control.close();
        self.replicate.close();
    }

    fn queue(&self, stream: Route) -> &Arc<Queue> {
        if stream == Route::Replicate { &self.replicate } else { &self.control }
    }
}

/// Keeps one stream to a peer up until the task is aborted. `stream` is [`Route::Replicate`] or [`Route::Control`].
pub async fn keep(peer: Arc<Peer>, stream: Route, ids: Ids, inbound: Arc<dyn Inbound>) {
    let mut pause = RETRY_PAUSE_MIN;
    loop {
        match open(&peer, stream, ids).await {
            Ok((client, answers)) => {
                let since = clock::now();
                established(&peer, stream, client);
                let (reason, removal) = hold(answers).await;
                if let Some(Removal { by_voter }) = removal {
                    inbound.told_removed(peer.id, by_voter);
                }
                lost(&peer, stream, &reason);
                if since.elapsed() >= LINK_STABLE_AFTER {
                    pause = RETRY_PAUSE_MIN;
                }
            }
            Err(error) => {
                if let DialError::Removed { by_voter, .. } = error {
                    inbound.told_removed(peer.id, by_voter);
                }
                failed(&peer, stream, &error);
            }
        }
        if peer.queue(stream).abandon() {
            inbound.unreachable(peer.id);
        }
        wait(&peer, pause).await;
        pause = (pause * 2).min(RETRY_PAUSE_MAX);
    }
}

async fn open(peer: &Peer, stream: Route, ids: Ids) -> Result<(Client, Streaming<wire::Empty>), DialError> {
    let is_bulk = stream == Route::Replicate;
    let keep_alive_timeout = if is_bulk { KEEP_ALIVE_TIMEOUT_BULK } else { KEEP_ALIVE_TIMEOUT };
    let Dialled { mut client, url, version } = dial(&peer.urls(), ids, peer.id, keep_alive_timeout, peer.tls.as_ref()).await?;
    peer.version.store(Some(Arc::new(version)));
    if !is_bulk {
        let caller = wire::Caller { peer_urls: peer.own_urls.to_vec() };
        match tokio::time::timeout(ATTEMPT_TIMEOUT, client.reach_me_at(caller)).await {
            Ok(Ok(_)) => {}
            Ok(Err(status)) => return Err(DialError::from_status(&url, &status)),
            Err(_) => return Err(DialError::TimedOut { url }),
        }
    }
    let outgoing = peer.queue(stream).attach();
    let opening = async { if is_bulk { client.replicate(outgoing).await } else { client.control(outgoing).await } };
    match tokio::time::timeout(ATTEMPT_TIMEOUT, opening).await {
        Ok(Ok(response)) => Ok((client, response.into_inner())),
        Ok(Err(status)) => Err(DialError::from_status(&url, &status)),
        Err(_) => Err(DialError::TimedOut { url }),
    }
}

/// Waits for the end of a stream and answers the reason, and whether that is that this member was taken out of the cluster. The peer
/// says nothing on it: that it is open is all.
async fn hold(mut answers: Streaming<wire::Empty>) -> (String, Option<Removal>) {
    loop {
        match answers.message().await {
            Ok(Some(wire::Empty {})) => {}
            Ok(None) => return ("closed by the peer".to_owned(), None),
            Err(status) => return (causes(&status), Removal::said_by(&status)),
        }
    }
}

fn established(peer: &Peer, stream: Route, client: Client) {
    if stream == Route::Control {
        peer.client.store(Some(Arc::new(client)));
    }
    if peer.connectivity.link_up(stream) {
        info!(peer = %format_args!("{:x}", peer.id), "connected to a peer");
    }
}

fn lost(peer: &Peer, stream: Route, reason: &str) {
    if stream == Route::Control {
        peer.client.store(None);
    }
    if peer.connectivity.link_down(stream) {
        info!(peer = %format_args!("{:x}", peer.id), ?stream, reason, "lost the connection to a peer");
    } else {
        debug!(peer = %format_args!("{:x}", peer.id), ?stream, reason, "lost a stream to a peer");
    }
}

fn failed(peer: &Peer, stream: Route, error: &DialError) {
    if error.is_refusal() && peer.complaints.is_due("refused") {
        warn!(peer = %format_args!("{:x}", peer.id), %error, "a peer is not the one that it should be");
    } else if peer.connectivity.first_failure() {
        info!(peer = %format_args!("{:x}", peer.id), %error, "cannot reach a peer yet; trying again until it answers");
    } else {
        debug!(peer = %format_args!("{:x}", peer.id), ?stream, %error, "cannot reach a peer");
    }
}

/// Waits for `pause`, or until somebody wants the link at once; never less than [`RETRY_PAUSE_MIN`].
async fn wait(peer: &Peer, pause: Duration) {
    let wanted = peer.retry.notified();
    tokio::pin!(wanted);
    // Listening begins here, so that a wish during the first part of the pause is not missed.
    wanted.as_mut().enable();
    tokio::time::sleep(RETRY_PAUSE_MIN).await;
    tokio::select! {
        () = tokio::time::sleep(pause.saturating_sub(RETRY_PAUSE_MIN)) => {}
        () = wanted => {}
    }
}
