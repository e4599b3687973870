//! Watch streams of a run: opened among the other requests, read at the end until a marker has come.
//!
//! How a server batches events is its own affair. Compared is what each watcher saw: its events in their order, and the answers
//! that created or ended it.

use std::{collections::BTreeMap, time::Duration};

use quorate_proto::etcdserverpb::{WatchCreateRequest, WatchRequest, WatchResponse, watch_request::RequestUnion};
use serde_json::{Value, json};
use tokio::{sync::mpsc, task::JoinHandle, time::timeout};
use tokio_stream::wrappers::ReceiverStream;

use super::{driver::watchers_json, normal};
use crate::common::Clients;

/// The watcher that shows that everything before it has arrived.
pub const MARKER_WATCH_ID: i64 = 77;
/// More requests than are ever sent on one stream.
const REQUESTS_MAX: usize = 16;
/// More answers than ever come before they are read.
const ANSWERS_MAX: usize = 100_000;
/// A watcher is registered well within this time.
const CREATED_WITHIN: Duration = Duration::from_secs(10);
/// How long a stream stays silent after its marker before it counts as read.
const QUIET: Duration = Duration::from_millis(500);
/// How long an answer that is expected may take to come.
const LATE: Duration = Duration::from_secs(8);

/// A stream with its watchers.
pub struct WatchStream {
    requests: mpsc::Sender<WatchRequest>,
    answers: mpsc::Receiver<WatchResponse>,
    reader: JoinHandle<()>,
    asked: Vec<WatchCreateRequest>,
    got: BTreeMap<i64, Seen>,
}

/// What one watcher saw.
#[derive(Default)]
struct Seen {
    control: Vec<String>,
    events: Vec<String>,
}

impl WatchStream {
    /// Opens a stream, asks for the watchers and waits until each has been created or refused: one without a start begins now.
    pub async fn open(clients: &Clients, asked: Vec<WatchCreateRequest>) -> Self {
        let (requests, outgoing) = mpsc::channel(REQUESTS_MAX);
        let (incoming, answers) = mpsc::channel(ANSWERS_MAX);
        let mut client = clients.watch.clone();
        let reader = tokio::spawn(async move {
            let Ok(stream) = client.watch(ReceiverStream::new(outgoing)).await else { return };
            let mut stream = stream.into_inner();
            while let Ok(Some(answer)) = stream.message().await {
                if incoming.send(answer).await.is_err() {
                    return;
                }
            }
        });
        let mut stream = Self { requests, answers, reader, asked: Vec::new(), got: BTreeMap::new() };
        for request in &asked {
            stream.create(request.clone()).await;
        }
        let mut open = asked.len();
        while open > 0 {
            // Whoever does not answer shows as a difference in the end.
            let Ok(Some(answer)) = timeout(CREATED_WITHIN, stream.answers.recv()).await else { break };
            open -= usize::from(answer.created);
            stream.note(&answer);
        }
        stream.asked = asked;
        stream
    }

    async fn create(&self, request: WatchCreateRequest) {
        let request = WatchRequest { request_union: Some(RequestUnion::CreateRequest(request)) };
        // A stream that has ended takes no more; what it did not answer shows as a difference.
        _ = self.requests.send(request).await;
    }

    fn note(&mut self, answer: &WatchResponse) {
        let seen = self.got.entry(answer.watch_id).or_default();
        if answer.created || answer.canceled || answer.compact_revision != 0 {
            let reason = normal::quote(answer.cancel_reason.as_bytes(), usize::MAX);
            let (created, canceled, compact) = (answer.created, answer.canceled, answer.compact_revision);
            seen.control.push(format!("created={created} canceled={canceled} compact={compact} reason={reason}"));
        }
        let header = answer.header.as_ref().map_or(0, |header| header.revision);
        let mut last = 0;
        for event in &answer.events {
            let revision = event.kv.as_ref().map_or(0, |kv| kv.mod_revision);
            if revision < last {
                seen.events.push("DISORDER".into());
            }
            last = revision;
            if header < last {
                seen.events.push("HEADER BEHIND EVENT".into());
            }
            seen.events.push(normal::event(event));
        }
    }

    /// Watches the marker from `revision` on and reads until it has come and nothing else does. Answers that the recording
    /// holds and that are still missing are waited for longer. Gives the request and the answer of the step.
    pub async fn collect(mut self, revision: i64, expected: Option<&Value>) -> (Value, Value) {
        let key = "marker".into();
        let marker = WatchCreateRequest { key, start_revision: revision, watch_id: MARKER_WATCH_ID, ..Default::default() };
        self.create(marker).await;
        loop {
            let seen_marker = self.got.get(&MARKER_WATCH_ID).is_some_and(|seen| !seen.events.is_empty());
            let complete = seen_marker && expected.is_none_or(|expected| *expected == self.answer());
            match timeout(if complete { QUIET } else { LATE }, self.answers.recv()).await {
                Ok(Some(answer)) => self.note(&answer),
                Ok(None) | Err(_) => break,
            }
        }
        self.reader.abort();
        (watchers_json(&self.asked), self.answer())
    }

    fn answer(&self) -> Value {
        let one = |(id, seen): (&i64, &Seen)| {
            let mut fields = serde_json::Map::new();
            for (name, lines) in [("control", &seen.control), ("events", &seen.events)] {
                if !lines.is_empty() {
                    fields.insert(name.into(), json!(lines));
                }
            }
            (id.to_string(), Value::Object(fields))
        };
        Value::Object(self.got.iter().map(one).collect())
    }
}
