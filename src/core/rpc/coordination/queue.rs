//! Waiting for one's turn.

use bytes::Bytes;
use quorate_proto::{
    etcdserverpb::{RangeRequest, ResponseHeader},
    mvccpb::{KeyValue, event::EventType},
};
use tonic::Status;

use super::{
    super::status::ApiError,
    door::{Access, TxnAnswer, WatchEnd},
    place::{Place, Queue, get, resign},
    refusal::Refusal,
};
use crate::core::watch::Filters;

/// A place that was taken, or found taken.
pub struct Taken {
    /// Of the answer that told.
    pub header: ResponseHeader,
    /// Revision at which the key was created: its rank.
    pub revision: i64,
    /// The key as it was found; nothing if it was created now.
    pub found: Option<KeyValue>,
    /// Nobody came before.
    pub holds: bool,
}

/// Takes a place in the queue, unless it is taken already. `with_lease` is for [`give_up`].
///
/// # Errors
/// As the store refuses it, such as a lease that there is not. Then no place is left behind.
pub async fn take(access: &Access, place: &Place, value: Bytes, with_lease: bool) -> Result<Taken, Status> {
    // Whoever may not look at the queue shall not stand in it.
    access.may_read(place.queue.prefix(), place.queue.end()).await?;
    let TxnAnswer { header, succeeded, mut found } = access.txn(place.take(value)).await?;
    let found = found.pop().flatten();
    let revision = found.as_ref().filter(|_| !succeeded).map_or(header.revision, |kv| kv.create_revision);
    // This member has applied what came before, as it has applied the place itself.
    let before = RangeRequest { serializable: true, keys_only: true, ..place.queue.before(revision) };
    match access.first_of(before).await {
        Ok(before) => Ok(Taken { header, revision, found, holds: before.kv.is_none() }),
        Err(status) => {
            give_up(access, place, revision, with_lease).await;
            Err(status)
        }
    }
}

/// Waits until all who came before `revision` have gone. May be dropped at any time.
///
/// # Errors
/// As the store refuses to be read or watched; [`ApiError::Stopped`].
pub async fn wait_for_turn(access: &Access, queue: &Queue, revision: i64) -> Result<(), Status> {
    loop {
        let before = access.first_of(queue.before(revision)).await?;
        let Some(kv) = before.kv else { return Ok(()) };
        wait_for_deletion(access, kv.key, before.header.revision).await?;
    }
}

/// Waits for the deletion of a key that was there at `revision`; or for anything that asks for another look.
async fn wait_for_deletion(access: &Access, key: Bytes, revision: i64) -> Result<(), Status> {
    let filters = Filters { no_put: true, no_delete: false };
    let deletion = async {
        let mut watch = access.watch(key, Bytes::new(), revision + 1, filters).await?;
        loop {
            let (_, events) = watch.next().await?;
            if events.iter().any(|event| event.r#type() == EventType::Delete) {
                return Ok(());
            }
        }
    };
    match deletion.await {
        Ok(()) | Err(WatchEnd::Compacted) => Ok(()),
        Err(WatchEnd::Refused) => Err(Refusal::LostWatcher.into()),
        Err(WatchEnd::Stopped) => Err(ApiError::Stopped.into()),
    }
}

/// Whether the place taken at `revision` is still there. The answer's header, or nothing if it was lost.
///
/// # Errors
/// As the store refuses to be read.
pub async fn still_there(access: &Access, place: &Place, revision: i64) -> Result<Option<ResponseHeader>, Status> {
    let own = access.first_of(get(place.key.clone())).await?;
    Ok(own.kv.filter(|kv| kv.create_revision == revision).map(|_| own.header))
}

/// Deletes the key that was created at `revision`; with its lease, where nobody knows of that.
pub async fn give_up(access: &Access, place: &Place, revision: i64, with_lease: bool) {
    let done = if with_lease {
        access.revoke(place.lease).await
    } else {
        access.txn(resign(place.key.clone(), revision)).await.map(|_| ())
    };
    if let Err(status) = done {
        // The end of the lease deletes it.
        tracing::debug!(%status, "a place in a queue could not be given up");
    }
}
