//! The ledger: one watch of everything from the first revision on, carried over from member to member.

use std::{sync::Arc, time::Duration};

use quorate::core::verify::history::LedgerRevision;
use quorate_proto::etcdserverpb::{WatchCreateRequest, WatchRequest, WatchResponse, watch_request::RequestUnion};
use tokio::{sync::mpsc, time::timeout};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;

use super::world::World;
use crate::common::Clients;

/// A member that is silent for longer than this is left: it may be cut off.
const SILENCE_MAX: Duration = Duration::from_millis(700);
const FIRST_REVISION: i64 = 2;

/// A watch of the whole store, not recorded.
pub struct Everything {
    stream: Streaming<WatchResponse>,
    /// Ending it would end the stream.
    _requests: mpsc::Sender<WatchRequest>,
}

impl Everything {
    /// Watches from `revision` on. The error says why that is impossible.
    pub async fn from(clients: &Clients, revision: i64) -> Result<Self, String> {
        let zero = bytes::Bytes::from_static(&[0]);
        let create = WatchCreateRequest { key: zero.clone(), range_end: zero, start_revision: revision, ..Default::default() };
        let (requests, outgoing) = mpsc::channel(1);
        requests.send(WatchRequest { request_union: Some(RequestUnion::CreateRequest(create)) }).await.expect("room for one");
        let stream = clients.watch.clone().watch(ReceiverStream::new(outgoing)).await.map_err(|status| status.to_string())?;
        Ok(Self { stream: stream.into_inner(), _requests: requests })
    }

    /// What the member tells next.
    pub async fn next(&mut self) -> Result<WatchResponse, String> {
        let response = self.stream.message().await.map_err(|status| status.to_string())?;
        response.ok_or_else(|| "the stream has ended".to_owned())
    }
}

/// Adds what a response tells. The error is a finding: a revision is missing or comes again.
pub fn extend(ledger: &mut Vec<LedgerRevision>, next: &mut i64, response: WatchResponse) -> Result<(), String> {
    if response.canceled {
        let (reason, compacted) = (response.cancel_reason, response.compact_revision);
        return Err(format!("a watch from revision {next} is cancelled: {reason:?}, compacted {compacted}"));
    }
    let first = *next;
    for event in response.events {
        let revision = event.kv.as_ref().map_or(0, |kv| kv.mod_revision);
        match ledger.last_mut() {
            Some(last) if last.revision == revision && revision >= first => last.events.push(event),
            _ if revision == *next => {
                ledger.push(LedgerRevision { revision, events: vec![event] });
                *next += 1;
            }
            _ => return Err(format!("revision {revision} where {next} is due: {event:?}")),
        }
    }
    Ok(())
}

/// Follows until the revision at which the run ends. The error is a finding.
pub async fn observe(world: Arc<World>) -> Result<Vec<LedgerRevision>, String> {
    let mut ledger: Vec<LedgerRevision> = Vec::new();
    let mut next = FIRST_REVISION;
    for at in (0..world.direct.len()).cycle() {
        let opened = timeout(SILENCE_MAX, async {
            let clients = Clients::try_to(&world.direct[at]).await?;
            Everything::from(&clients, next).await.ok()
        });
        let Ok(Some(mut watch)) = opened.await else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        loop {
            if world.last_revision().is_some_and(|last| next > last) {
                return Ok(ledger);
            }
            match timeout(SILENCE_MAX, watch.next()).await {
                Ok(Ok(response)) => {
                    extend(&mut ledger, &mut next, response).map_err(|text| format!("observer at member {at}: {text}"))?;
                    world.observe(next - 1);
                }
                Ok(Err(_)) | Err(_) => break,
            }
        }
    }
    unreachable!("a cycle of members does not end")
}
