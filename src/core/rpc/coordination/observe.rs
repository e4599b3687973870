//! Following the leaders of an election.

use bytes::Bytes;
use quorate_proto::{
    etcdserverpb::ResponseHeader,
    mvccpb::{KeyValue, event::EventType},
    v3electionpb::LeaderResponse,
};
use tokio::sync::mpsc;
use tokio_stream::{Stream, wrappers::ReceiverStream};
use tonic::{Code, Status};

use super::{
    super::status::ApiError,
    door::{Access, WatchEnd},
    place::Queue,
    refusal::Refusal,
};
use crate::core::watch::Filters;

/// Leaders told ahead of what the client has taken. A client that takes nothing holds up its own watch alone.
const LEADERS_AHEAD: usize = 1;

type Told = mpsc::Sender<Result<LeaderResponse, Status>>;

/// Why following ends.
enum End {
    /// The client has gone.
    Gone,
    Failed(Status),
}

impl End {
    /// Of a look at the keys. What was refused is not told, as in etcd; a client finds it out by asking who leads.
    fn of_look(status: &Status) -> Self {
        Self::Failed(if status.code() == Code::Unknown { Refusal::ObserveClosed.into() } else { status.clone() })
    }
}

/// What comes of the end of a watch: another look at the keys, or the end of it all.
fn look_again(end: WatchEnd) -> Result<(), End> {
    match end {
        WatchEnd::Compacted => Ok(()),
        WatchEnd::Refused => Err(End::Failed(Refusal::ObserveClosed.into())),
        WatchEnd::Stopped => Err(End::Failed(ApiError::Stopped.into())),
    }
}

/// The leader, each value that it proclaims, and each leader that comes after it. Nothing while there is none. Leaders that came and
/// went between two looks are left out.
pub fn leaders(access: Access, queue: Queue) -> impl Stream<Item = Result<LeaderResponse, Status>> + Send {
    let (told, stream) = mpsc::channel(LEADERS_AHEAD);
    tokio::spawn(async move {
        let end = tokio::select! {
            () = told.closed() => End::Gone,
            end = follow(&access, &queue, &told) => end,
        };
        if let End::Failed(status) = end {
            // A client that went meanwhile needs no error.
            let _ = told.send(Err(status)).await;
        }
    });
    ReceiverStream::new(stream)
}

async fn follow(access: &Access, queue: &Queue, told: &Told) -> End {
    loop {
        let round = match next_leader(access, queue).await {
            Ok(Some((header, kv))) => follow_one(access, header, kv, told).await,
            Ok(None) => Ok(()),
            Err(end) => Err(end),
        };
        if let Err(end) = round {
            return end;
        }
    }
}

/// The leader, or the first candidate that comes. Nothing when another look is needed.
async fn next_leader(access: &Access, queue: &Queue) -> Result<Option<(ResponseHeader, KeyValue)>, End> {
    let found = access.first_of(queue.holder()).await.map_err(|status| End::of_look(&status))?;
    if let Some(kv) = found.kv {
        return Ok(Some((found.header, kv)));
    }
    match first_candidate(access, queue, found.header.revision).await {
        Ok(leader) => Ok(Some(leader)),
        Err(end) => look_again(end).map(|()| None),
    }
}

/// The first candidate that comes after a revision at which there was none.
async fn first_candidate(access: &Access, queue: &Queue, revision: i64) -> Result<(ResponseHeader, KeyValue), WatchEnd> {
    let filters = Filters { no_put: false, no_delete: true };
    let mut watch = access.watch(queue.prefix().clone(), queue.end().clone(), revision + 1, filters).await?;
    loop {
        let (header, events) = watch.next().await?;
        if let Some(kv) = events.into_iter().find_map(|event| event.kv) {
            // The answer may be about later revisions too.
            return Ok((ResponseHeader { revision: kv.mod_revision, ..header }, kv));
        }
    }
}

/// Tells of a leader until its key is deleted, or its history is compacted.
async fn follow_one(access: &Access, header: ResponseHeader, kv: KeyValue, told: &Told) -> Result<(), End> {
    let (key, from) = (kv.key.clone(), header.revision + 1);
    tell(told, header, kv).await?;
    let mut watch = match access.watch(key, Bytes::new(), from, Filters::default()).await {
        Ok(watch) => watch,
        Err(end) => return look_again(end),
    };
    loop {
        let (header, events) = match watch.next().await {
            Ok(news) => news,
            Err(end) => return look_again(end),
        };
        for event in events {
            match (event.r#type(), event.kv) {
                (EventType::Put, Some(kv)) => tell(told, header, kv).await?,
                _ => return Ok(()),
            }
        }
    }
}

async fn tell(told: &Told, header: ResponseHeader, kv: KeyValue) -> Result<(), End> {
    told.send(Ok(LeaderResponse { header: Some(header), kv: Some(kv) })).await.map_err(|_| End::Gone)
}
