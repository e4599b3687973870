//! Sends drawn requests to a server and holds every answer against a recording, step by step.
//!
//! With a recording, what steers the drawing (revisions, whether a compaction went through) is taken from the recorded answers,
//! so that one wrong answer does not derail all that follows. Without one the server's own answers steer, and the steps are
//! kept as a recording of this server.

use std::{future::Future, io::Read};

use flate2::read::GzDecoder;
use prost::Message;
use quorate_proto::etcdserverpb::{
    CompactionRequest, DeleteRangeRequest, HashKvRequest, LeaseGrantRequest, LeaseKeepAliveRequest, LeaseLeasesRequest,
    LeaseRevokeRequest, LeaseTimeToLiveRequest, PutRequest, RangeRequest, RangeResponse, RangeStreamResponse, TxnRequest,
    WatchCreateRequest,
};
use serde::Deserialize;
use serde_json::{Value, json};
use tonic::{Request, Response, Status};

use super::{
    draw::Draw,
    normal::{self, ChosenLeases},
};
use crate::common::Clients;

/// One request with its normalised answer.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub struct Step {
    pub op: String,
    pub req: Value,
    pub ans: Value,
}

/// Reads a compressed recording.
pub fn read_recording(bytes: &[u8]) -> Vec<Step> {
    let mut text = String::new();
    GzDecoder::new(bytes).read_to_string(&mut text).expect("a recording is compressed text");
    text.lines().map(|line| serde_json::from_str(line).expect("a recording has a step a line")).collect()
}

/// The sending and comparing side of one run against one fresh server.
pub struct Driver {
    pub draw: Draw,
    pub clients: Clients,
    pub chosen: ChosenLeases,
    /// What requests show, if anything.
    pub token: Option<String>,
    /// Steps so far: the recording when there was none.
    pub steps: Vec<Step>,
    recorded: Option<Vec<Step>>,
    differences: Vec<String>,
}

/// How a difference is cut for printing.
const SHOWN_CHARS: usize = 1500;
const SHOWN_DIFFERENCES: usize = 10;

impl Driver {
    pub fn new(seed: i64, clients: Clients, recorded: Option<Vec<Step>>) -> Self {
        let (chosen, steps, differences) = (ChosenLeases::new(), Vec::new(), Vec::new());
        Self { draw: Draw::new(seed), clients, chosen, token: None, steps, recorded, differences }
    }

    /// The recorded answer to step `n`, if there is a recording.
    pub fn expected_at(&self, n: usize) -> Option<&Value> {
        Some(&self.recorded.as_ref()?.get(n)?.ans)
    }

    /// Notes a step and compares it. Gives the answer that steers what is drawn next.
    pub fn settle(&mut self, op: &str, req: Value, ans: Value) -> Value {
        let step = Step { op: op.to_owned(), req, ans };
        let n = self.steps.len();
        let mut steering = step.ans.clone();
        if let Some(recorded) = &self.recorded {
            let expected = recorded.get(n).unwrap_or_else(|| panic!("step {n} ({op}) is not in the recording"));
            assert_eq!(
                (op, &step.req),
                (expected.op.as_str(), &expected.req),
                "step {n}: the request drawn is not the one recorded"
            );
            steering = expected.ans.clone();
            if step.ans != expected.ans {
                self.differences.push(difference(n, &step, &expected.ans));
            }
        }
        self.steps.push(step);
        steering
    }

    /// Sends one request, settles it, and gives the steering answer: `None` when it was a refusal.
    pub async fn unary<Q: Message, A: Message>(
        &mut self,
        op: &str,
        names: [&str; 2],
        request: Q,
        call: impl Future<Output = Result<Response<A>, Status>>,
    ) -> Option<Value> {
        let live = call.await.map(Response::into_inner);
        let req = normal::message(names[0], &request, &self.chosen);
        let ans = match &live {
            Ok(answer) => normal::message(names[1], answer, &self.chosen),
            Err(status) => normal::refusal(status),
        };
        let steering = self.settle(op, req, ans);
        if steering.get("code").is_some() {
            return None;
        }
        self.note(&steering);
        Some(steering)
    }

    /// A request that shows the token.
    pub fn signed<Q>(&self, request: Q) -> Request<Q> {
        let mut request = Request::new(request);
        if let Some(token) = &self.token {
            request.metadata_mut().insert("token", token.parse().expect("a token is plain text"));
        }
        request
    }

    /// Remembers the newest revision in a header.
    fn note(&mut self, answer: &Value) {
        let revision = answer["header"]["revision"].as_str().and_then(|text| text.parse().ok()).unwrap_or(0);
        self.draw.revision = self.draw.revision.max(revision);
    }

    /// Closes the run: fails with the differences, if there are any.
    pub fn finish(self, what: &str) -> Vec<Step> {
        if let Some(recorded) = &self.recorded {
            assert_eq!(self.steps.len(), recorded.len(), "{what}: the recording has other steps");
        }
        let count = self.differences.len();
        let shown = self.differences.iter().take(SHOWN_DIFFERENCES).cloned().collect::<Vec<_>>().join("\n");
        assert_eq!(count, 0, "{what}: {count} of {} steps differ\n{shown}", self.steps.len());
        self.steps
    }

    pub async fn range(&mut self, request: RangeRequest) {
        let mut kv = self.clients.kv.clone();
        self.unary("Range", ["RangeRequest", "RangeResponse"], request.clone(), kv.range(self.signed(request))).await;
    }

    pub async fn put(&mut self, request: PutRequest) {
        let mut kv = self.clients.kv.clone();
        self.unary("Put", ["PutRequest", "PutResponse"], request.clone(), kv.put(self.signed(request))).await;
    }

    pub async fn delete(&mut self, request: DeleteRangeRequest) {
        let mut kv = self.clients.kv.clone();
        let names = ["DeleteRangeRequest", "DeleteRangeResponse"];
        self.unary("DeleteRange", names, request.clone(), kv.delete_range(self.signed(request))).await;
    }

    pub async fn txn(&mut self, request: TxnRequest) {
        let mut kv = self.clients.kv.clone();
        self.unary("Txn", ["TxnRequest", "TxnResponse"], request.clone(), kv.txn(self.signed(request))).await;
    }

    pub async fn compact(&mut self, request: CompactionRequest) {
        let mut kv = self.clients.kv.clone();
        if self
            .unary("Compact", ["CompactionRequest", "CompactionResponse"], request, kv.compact(self.signed(request)))
            .await
            .is_some()
        {
            self.draw.compact = request.revision;
        }
    }

    pub async fn hash_kv(&mut self) {
        let mut maintenance = self.clients.maintenance.clone();
        let request = HashKvRequest { revision: 0 };
        self.unary("HashKV", ["HashKVRequest", "HashKVResponse"], request, maintenance.hash_kv(self.signed(request))).await;
    }

    pub async fn lease_grant(&mut self, id: i64, ttl: i64) {
        let mut lease = self.clients.lease.clone();
        let request = LeaseGrantRequest { id, ttl };
        self.unary("LeaseGrant", ["LeaseGrantRequest", "LeaseGrantResponse"], request, lease.lease_grant(self.signed(request)))
            .await;
    }

    /// A grant whose id the server chooses. Gives that id; `None` when the recording says that it is refused.
    pub async fn lease_grant_chosen(&mut self, ttl: i64) -> Option<i64> {
        let request = LeaseGrantRequest { id: 0, ttl };
        let live = self.clients.lease.clone().lease_grant(self.signed(request)).await.map(Response::into_inner);
        // Where the recording has a lease and this server gave none, an id that no server gives stands in for it.
        let id = live.as_ref().map_or(-1 - self.chosen.len() as i64, |answer| answer.id);
        let name = format!("lease{}", self.chosen.len());
        if live.is_ok() || self.expected_at(self.steps.len()).is_some_and(|answer| answer.get("code").is_none()) {
            self.chosen.insert(id, name);
        }
        let granted = self
            .unary("LeaseGrant", ["LeaseGrantRequest", "LeaseGrantResponse"], request, async { live.map(Response::new) })
            .await;
        granted.map(|_| id)
    }

    pub async fn lease_revoke(&mut self, id: i64) {
        let mut lease = self.clients.lease.clone();
        let request = LeaseRevokeRequest { id };
        self.unary(
            "LeaseRevoke",
            ["LeaseRevokeRequest", "LeaseRevokeResponse"],
            request,
            lease.lease_revoke(self.signed(request)),
        )
        .await;
    }

    pub async fn lease_time_to_live(&mut self, request: LeaseTimeToLiveRequest) {
        let mut lease = self.clients.lease.clone();
        let names = ["LeaseTimeToLiveRequest", "LeaseTimeToLiveResponse"];
        self.unary("LeaseTimeToLive", names, request, lease.lease_time_to_live(self.signed(request))).await;
    }

    pub async fn lease_leases(&mut self) {
        let mut lease = self.clients.lease.clone();
        let names = ["LeaseLeasesRequest", "LeaseLeasesResponse"];
        self.unary("LeaseLeases", names, LeaseLeasesRequest {}, lease.lease_leases(self.signed(LeaseLeasesRequest {}))).await;
    }

    /// The first answer on a keep-alive stream. The recorder did not learn revisions from it.
    pub async fn lease_keep_alive(&mut self, id: i64) {
        let request = LeaseKeepAliveRequest { id };
        let signed = self.signed(tokio_stream::iter([request]));
        let live = async {
            let mut stream = self.clients.lease.lease_keep_alive(signed).await?.into_inner();
            stream.message().await?.ok_or_else(|| Status::internal("the stream ended without an answer"))
        }
        .await;
        let ans = match &live {
            Ok(answer) => normal::message("LeaseKeepAliveResponse", answer, &self.chosen),
            Err(status) => normal::refusal(status),
        };
        let req = normal::message("LeaseKeepAliveRequest", &request, &self.chosen);
        self.settle("LeaseKeepAlive", req, ans);
    }

    /// The chunks of a streamed range, joined into one answer.
    pub async fn range_stream(&mut self, request: RangeRequest) {
        let mut kv = self.clients.kv.clone();
        let signed = self.signed(request.clone());
        let joined = async move {
            let mut stream = kv.range_stream(signed).await?.into_inner();
            let mut all = RangeResponse::default();
            while let Some(RangeStreamResponse { range_response }) = stream.message().await? {
                let Some(chunk) = range_response else { continue };
                all.kvs.extend(chunk.kvs);
                if chunk.header.is_some() {
                    (all.header, all.more, all.count) = (chunk.header, chunk.more, chunk.count);
                }
            }
            Ok(Response::new(all))
        };
        self.unary("RangeStream", ["RangeRequest", "RangeResponse"], request.clone(), joined).await;
    }
}

fn difference(n: usize, step: &Step, expected: &Value) -> String {
    let clip = |value: &Value| value.to_string().chars().take(SHOWN_CHARS).collect::<String>();
    let (request, got, expected) = (clip(&step.req), clip(&step.ans), clip(expected));
    format!("step {n} {}\n  request  {request}\n  got      {got}\n  expected {expected}", step.op)
}

/// The form in which the recorder wrote the watchers that it asked for.
pub fn watchers_json(asked: &[WatchCreateRequest]) -> Value {
    use base64::{Engine, prelude::BASE64_STANDARD};
    if asked.is_empty() {
        return Value::Null;
    }
    let one = |request: &WatchCreateRequest| {
        let mut fields = serde_json::Map::new();
        let mut set = |name: &str, is_set: bool, value: Value| is_set.then(|| fields.insert(name.to_owned(), value));
        set("key", !request.key.is_empty(), json!(BASE64_STANDARD.encode(&request.key)));
        set("range_end", !request.range_end.is_empty(), json!(BASE64_STANDARD.encode(&request.range_end)));
        set("start_revision", request.start_revision != 0, json!(request.start_revision));
        set("filters", !request.filters.is_empty(), json!(request.filters));
        set("prev_kv", request.prev_kv, json!(true));
        set("watch_id", request.watch_id != 0, json!(request.watch_id));
        Value::Object(fields)
    };
    asked.iter().map(one).collect()
}
