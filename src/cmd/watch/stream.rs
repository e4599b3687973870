//! Watches that outlive their connection.
//!
//! All watches of the program share one stream. When it is lost, the next endpoint is dialed and every watch is created
//! again at the revision after the last one it has seen, so that no event is missed and none comes twice. Creations are
//! answered in the order in which they were asked for, which is how the server's ids find their watches.

use super::args::Watch;
use crate::cmd::{
    client::{Client, require_leader},
    error::note,
    rpc_error,
};
use quorate_proto::etcdserverpb::{
    WatchCreateRequest, WatchProgressRequest, WatchRequest, WatchResponse, watch_request::RequestUnion,
};
use std::{collections::VecDeque, time::Duration};
use tokio::{sync::mpsc, time::sleep};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request, Status, Streaming};

/// Pause before a stream that broke is replaced.
const RETRY_PAUSE: Duration = Duration::from_millis(25);
/// Time without a connection after which that is said.
const PATIENCE: Duration = Duration::from_secs(1);
/// Requests, beside the first for every watch, that wait to be written to the stream; more stay in [`Watcher::unsent`].
const REQUESTS_MAX: usize = 16;
/// The watch id of progress that holds for all watches of a stream.
const EVERY_WATCH: i64 = -1;

/// A set of watches on one cluster.
pub struct Watcher<'c> {
    client: &'c Client,
    entries: Vec<Entry>,
    stream: Option<Stream>,
    /// Replies that stand ready, for progress that concerns several watches.
    ready: VecDeque<(Watch, WatchResponse)>,
    /// Requests for the stream that are not in its channel yet: at most one for each entry, and one for progress.
    unsent: VecDeque<WatchRequest>,
    warned: bool,
}

struct Entry {
    watch: Watch,
    /// The server's id on the present stream.
    id: Option<i64>,
}

struct Stream {
    requests: mpsc::Sender<WatchRequest>,
    replies: Streaming<WatchResponse>,
    /// Entries whose creation has been asked for and not been answered, in order.
    pending: VecDeque<usize>,
}

impl<'c> Watcher<'c> {
    /// No watches yet.
    pub fn new(client: &'c Client) -> Self {
        Self { client, entries: Vec::new(), stream: None, ready: VecDeque::new(), unsent: VecDeque::new(), warned: false }
    }

    /// Adds a watch.
    pub fn add(&mut self, watch: Watch) {
        if let Some(stream) = &mut self.stream {
            stream.pending.push_back(self.entries.len());
            self.unsent.push_back(creation(&watch));
        }
        self.entries.push(Entry { watch, id: None });
    }

    /// Asks the server how far the watches have come; the answers are replies without events.
    pub fn ask_progress(&mut self) {
        let request = WatchRequest { request_union: Some(RequestUnion::ProgressRequest(WatchProgressRequest {})) };
        // One that still waits to be sent will be answered by what is true then.
        if !self.unsent.contains(&request) {
            self.unsent.push_back(request);
        }
    }

    /// Whether a watch is left that the server has not cancelled.
    pub fn is_watching(&self) -> bool {
        !self.entries.is_empty() || !self.ready.is_empty()
    }

    /// The next reply and the watch that it is for. Waits as long as it takes, without end if there are no watches; a lost
    /// stream is replaced meanwhile. May be dropped and called again at any time.
    pub async fn next(&mut self) -> (Watch, WatchResponse) {
        loop {
            if let Some(reply) = self.ready.pop_front() {
                return reply;
            }
            let Some(stream) = &mut self.stream else {
                self.open().await;
                continue;
            };
            let message = tokio::select! {
                permit = stream.requests.reserve(), if !self.unsent.is_empty() => {
                    if let (Ok(permit), Some(request)) = (permit, self.unsent.pop_front()) {
                        permit.send(request);
                    }
                    continue;
                }
                message = stream.replies.message() => message,
            };
            match message {
                Ok(Some(reply)) => self.take(reply),
                Ok(None) => self.lost("the stream ended").await,
                Err(status) if survivable(&status) => self.lost(&rpc_error::text(&status)).await,
                Err(status) => self.cancel_all(&rpc_error::text(&status)),
            }
        }
    }

    async fn open(&mut self) {
        if self.entries.is_empty() {
            // Nothing to ask of a server.
            std::future::pending::<()>().await;
        }
        let connection = tokio::select! {
            connection = self.client.connection_unbounded() => connection,
            () = sleep(PATIENCE), if !self.warned => {
                self.warned = true;
                if let Some(error) = self.client.last_error() {
                    note(format_args!("Waiting for a connection: {error}"));
                }
                return;
            }
        };
        if let Some(status) = self.client.not_let_in() {
            return self.cancel_all(&rpc_error::text(&status));
        }
        // The server answers the stream itself only with its first reply: the creations have to be on their way before.
        let (requests, receiver) = mpsc::channel(self.entries.len() + REQUESTS_MAX);
        for entry in &self.entries {
            requests.try_send(creation(&entry.watch)).expect("the channel has room for every entry");
        }
        let mut request = Request::new(ReceiverStream::new(receiver));
        require_leader(&mut request);
        match connection.watch().watch(request).await {
            Ok(replies) => {
                let pending = (0..self.entries.len()).collect();
                self.stream = Some(Stream { requests, replies: replies.into_inner(), pending });
                self.warned = false;
                self.unsent.retain(|request| !matches!(request.request_union, Some(RequestUnion::CreateRequest(_))));
            }
            Err(status) if survivable(&status) => self.lost(&rpc_error::text(&status)).await,
            Err(status) => self.cancel_all(&rpc_error::text(&status)),
        }
    }

    /// Finds the watch of a reply, moves it on and makes the reply ready.
    fn take(&mut self, reply: WatchResponse) {
        let stream = self.stream.as_mut().expect("a reply comes from a stream");
        let revision = reply.header.unwrap_or_default().revision;
        if reply.created {
            let Some(at) = stream.pending.pop_front() else { return };
            if reply.canceled {
                self.remove(at, reply);
                return;
            }
            let entry = &mut self.entries[at];
            entry.id = Some(reply.watch_id);
            // From here on, "now" is this revision: a stream that replaces this one starts behind it.
            if entry.watch.start_revision == 0 {
                entry.watch.start_revision = revision + 1;
            }
            return;
        }
        if reply.watch_id == EVERY_WATCH && !reply.canceled {
            for entry in self.entries.iter_mut().filter(|entry| entry.id.is_some()) {
                entry.seen(revision);
                self.ready.push_back((entry.watch.clone(), reply.clone()));
            }
            return;
        }
        let Some(at) = self.entries.iter().position(|entry| entry.id == Some(reply.watch_id)) else { return };
        if reply.canceled || reply.compact_revision != 0 {
            self.remove(at, WatchResponse { canceled: true, ..reply });
            return;
        }
        let entry = &mut self.entries[at];
        let last = reply.events.last().and_then(|event| event.kv.as_ref()).map_or(revision, |kv| kv.mod_revision);
        entry.seen(last);
        self.ready.push_back((entry.watch.clone(), reply));
    }

    /// Takes a watch out that the server has ended.
    fn remove(&mut self, at: usize, reply: WatchResponse) {
        let entry = self.entries.remove(at);
        for later in self.stream.iter_mut().flat_map(|stream| &mut stream.pending).filter(|later| **later > at) {
            *later -= 1;
        }
        self.ready.push_back((entry.watch, reply));
    }

    fn cancel_all(&mut self, reason: &str) {
        self.stream = None;
        for entry in self.entries.drain(..) {
            let reply = WatchResponse { canceled: true, cancel_reason: reason.to_owned(), ..Default::default() };
            self.ready.push_back((entry.watch, reply));
        }
    }

    async fn lost(&mut self, reason: &str) {
        self.stream = None;
        self.entries.iter_mut().for_each(|entry| entry.id = None);
        self.client.abandon(reason);
        sleep(RETRY_PAUSE).await;
    }
}

impl Entry {
    /// Notes that all changes up to a revision have been delivered.
    fn seen(&mut self, revision: i64) {
        self.watch.start_revision = self.watch.start_revision.max(revision + 1);
    }
}

fn creation(watch: &Watch) -> WatchRequest {
    let request = WatchCreateRequest {
        key: watch.key.clone(),
        range_end: watch.range_end.clone(),
        start_revision: watch.start_revision,
        progress_notify: watch.progress_notify,
        prev_kv: watch.prev_kv,
        ..Default::default()
    };
    WatchRequest { request_union: Some(RequestUnion::CreateRequest(request)) }
}

/// Whether another stream may do better: the connection broke, or the member has no leader just now.
fn survivable(status: &Status) -> bool {
    rpc_error::is_transport(status) || matches!(status.code(), Code::Unavailable | Code::Internal)
}
