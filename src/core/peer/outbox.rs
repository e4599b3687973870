//! Where a member's messages leave: sorted by peer and by way, queued, and sent by tasks of the peer runtime.
//!
//! [`Outbox::send`] runs on the node's own thread, once a round. It sorts, takes a short lock a message and wakes a stream at
//! most once, and never waits. All network work is on the runtime handed in, which serves nothing else, so that no amount of
//! client load delays a heartbeat.

use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::Ordering},
    time::Instant,
};

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use quorate_proto::peer as wire;
use tokio::{runtime::Handle, task::AbortHandle};
use tracing::{debug, info, warn};

use super::{
    Inbound, SnapshotSource, Transport,
    introduction::Ids,
    limits::STRANGERS_MAX,
    link::{Peer, keep},
    message_type::{Route, route},
    snapshot_stream::{self, Report},
};
use crate::core::tls::ClientTls;

/// The links to all other members. Dropping it closes them.
pub struct Outbox {
    ids: Ids,
    inbound: Arc<dyn Inbound>,
    source: Arc<dyn SnapshotSource>,
    runtime: Handle,
    /// Where this member is reached.
    own_urls: Arc<[String]>,
    /// For URLs that ask for it.
    tls: Option<Arc<ClientTls>>,
    peers: ArcSwap<BTreeMap<u64, Arc<Links>>>,
    /// Held while the set of peers changes.
    known: Mutex<Known>,
}

/// Whom this member knows, by id, with their peer URLs.
#[derive(Default)]
struct Known {
    members: BTreeMap<u64, Vec<String>>,
    /// Those that called and are no members as far as is known here: this member may be behind. They need its answers.
    strangers: BTreeMap<u64, Vec<String>>,
}

/// A peer and the tasks that work for it.
struct Links {
    peer: Arc<Peer>,
    tasks: [AbortHandle; 2],
    /// The newest snapshot's.
    snapshot: Mutex<Option<AbortHandle>>,
}

impl Outbox {
    /// An outbox without peers. `runtime` does all network work and has tokio's time and I/O drivers enabled; `inbound` is told what could
    /// not be delivered; others are told that this member is reached at `own_urls`.
    pub fn new(
        ids: Ids,
        inbound: Arc<dyn Inbound>,
        source: Arc<dyn SnapshotSource>,
        runtime: Handle,
        own_urls: Vec<String>,
    ) -> Self {
        let own_urls = own_urls.into();
        Self { ids, inbound, source, runtime, own_urls, tls: None, peers: ArcSwap::default(), known: Mutex::default() }
    }

    /// The same with TLS for the URLs that ask for it.
    pub fn with_tls(self, tls: Option<Arc<ClientTls>>) -> Self {
        Self { tls, ..self }
    }

    /// A member of the cluster called that is reached at these URLs. Unless this member knows better, it answers there.
    pub fn called_by(&self, member: u64, urls: Vec<String>) {
        let mut known = self.known.lock();
        let is_new = !known.members.contains_key(&member) && known.strangers.get(&member) != Some(&urls);
        let fits = known.strangers.contains_key(&member) || known.strangers.len() < STRANGERS_MAX;
        if is_new && fits && !urls.is_empty() && member != self.ids.member_id {
            info!(peer = %format_args!("{member:x}"), ?urls, "called by a member that is not known here yet");
            known.strangers.insert(member, urls);
            self.link_to(&known);
        }
    }

    /// Makes and closes links, so that there is one to everybody known.
    fn link_to(&self, known: &Known) {
        let present = self.peers.load_full();
        let mut next = BTreeMap::new();
        for (&id, urls) in known.strangers.iter().chain(&known.members).filter(|(id, _)| **id != self.ids.member_id) {
            let links = match present.get(&id) {
                Some(links) => {
                    links.peer.set_urls(urls.clone());
                    Arc::clone(links)
                }
                None => Arc::new(self.link(id, urls.clone())),
            };
            next.insert(id, links);
        }
        // Those that are gone are closed when the last user of the old set drops it.
        self.peers.store(Arc::new(next));
    }

    /// A sign of life came from a member: if a link to it is down, it is tried at once.
    pub fn retry_now(&self, member: u64) {
        if let Some(links) = self.peers.load().get(&member) {
            links.peer.retry_now();
        }
    }

    /// The peer with this id.
    pub(super) fn peer(&self, member: u64) -> Option<Arc<Peer>> {
        self.peers.load().get(&member).map(|links| Arc::clone(&links.peer))
    }

    fn send_snapshot(&self, links: &Links, message: wire::Message) {
        let peer = Arc::clone(&links.peer);
        let report = Report::new(Arc::clone(&self.inbound), peer.id);
        if peer.is_sending_snapshot.swap(true, Ordering::AcqRel) {
            debug!(peer = %format_args!("{:x}", peer.id), "a snapshot is already on its way");
            return report.end(false);
        }
        let task = snapshot_stream::send(peer, self.ids, Arc::clone(&self.source), message, report);
        *links.snapshot.lock() = Some(self.runtime.spawn(task).abort_handle());
    }

    fn link(&self, id: u64, urls: Vec<String>) -> Links {
        let peer = Arc::new(Peer::new(id, urls, Arc::clone(&self.own_urls), self.tls.clone()));
        let tasks = [Route::Control, Route::Replicate].map(|stream| {
            self.runtime.spawn(keep(Arc::clone(&peer), stream, self.ids, Arc::clone(&self.inbound))).abort_handle()
        });
        Links { peer, tasks, snapshot: Mutex::new(None) }
    }
}

impl Transport for Outbox {
    fn send(&self, messages: Vec<wire::Message>) {
        let peers = self.peers.load();
        for message in messages {
            let Some(links) = peers.get(&message.to) else {
                debug!(to = %format_args!("{:x}", message.to), "dropped a message to a member that is no peer");
                continue;
            };
            match route(message.r#type) {
                Route::Replicate | Route::Control => links.peer.push(message),
                Route::Snapshot => self.send_snapshot(links, message),
                Route::Local => warn!(r#type = message.r#type, "dropped a message that is not for others"),
            }
        }
        for links in peers.values() {
            if links.peer.flush() {
                self.inbound.unreachable(links.peer.id);
            }
        }
    }

    fn set_peers(&self, peers: Vec<(u64, Vec<String>)>) {
        let mut known = self.known.lock();
        known.members = peers.into_iter().collect();
        let Known { members, strangers } = &mut *known;
        strangers.retain(|id, _| !members.contains_key(id) && !self.inbound.is_removed(*id));
        self.link_to(&known);
    }

    fn active_since(&self, member: u64) -> Option<Instant> {
        self.peers.load().get(&member)?.peer.connectivity.active_since()
    }

    fn version_of(&self, member: u64) -> Option<String> {
        Some(self.peers.load().get(&member)?.peer.version.load_full()?.to_string())
    }
}

impl Drop for Links {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
        self.peer.close();
        if let Some(snapshot) = self.snapshot.get_mut() {
            snapshot.abort();
        }
    }
}
