//! The history of the store as its watches tell it.

use std::time::Duration;

use quorate_proto::{
    etcdserverpb::{WatchCreateRequest, WatchRequest, WatchResponse, watch_request::RequestUnion},
    mvccpb::event::EventType,
};
use tokio::{sync::mpsc, time::timeout};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};

use crate::common::Clients;

const SILENCE_MAX: Duration = Duration::from_secs(30);

/// One change of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub revision: i64,
    pub key: String,
    /// `None` when the key was deleted.
    pub value: Option<String>,
}

/// A watch of the whole store from a revision on.
pub struct Follow {
    stream: Streaming<WatchResponse>,
    /// Ending it would end the stream.
    _requests: mpsc::Sender<WatchRequest>,
}

impl Follow {
    pub async fn from(clients: &Clients, revision: i64) -> Result<Self, Status> {
        let zero = bytes::Bytes::from_static(&[0]);
        let create = WatchCreateRequest { key: zero.clone(), range_end: zero, start_revision: revision, ..Default::default() };
        let (requests, outgoing) = mpsc::channel(1);
        requests.send(WatchRequest { request_union: Some(RequestUnion::CreateRequest(create)) }).await.expect("room for one");
        let stream = clients.watch.clone().watch(ReceiverStream::new(outgoing)).await?.into_inner();
        Ok(Self { stream, _requests: requests })
    }

    /// The next changes; an error when the stream has ended, for whatever reason.
    pub async fn next(&mut self) -> Result<Vec<Change>, Status> {
        let answer = self.stream.message().await?.ok_or_else(|| Status::unavailable("the stream ended"))?;
        assert!(!answer.canceled, "a watch is cancelled: {answer:?}");
        let change = |event: quorate_proto::mvccpb::Event| {
            let kv = event.kv.expect("an event has a key");
            let text = |bytes: bytes::Bytes| String::from_utf8(bytes.to_vec()).expect("what was written is text");
            let value = (event.r#type == EventType::Put as i32).then(|| text(kv.value));
            Change { revision: kv.mod_revision, key: text(kv.key), value }
        };
        Ok(answer.events.into_iter().map(change).collect())
    }
}

/// Every change in `[from, revision]`, which the store has reached.
pub async fn read_history(clients: &Clients, from: i64, revision: i64) -> Vec<Change> {
    let mut follow = Follow::from(clients, from).await.expect("a watch opens");
    let mut all: Vec<Change> = Vec::new();
    while all.last().is_none_or(|change| change.revision < revision) {
        let next = timeout(SILENCE_MAX, follow.next()).await.expect("the history is told to its end");
        all.extend(next.expect("the watch goes on"));
    }
    all.retain(|change| change.revision <= revision);
    all
}
