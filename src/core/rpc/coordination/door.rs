//! Keys, leases and watches as one caller may use them.

use std::{future::poll_fn, sync::Arc};

use bytes::Bytes;
use prost::Message;
use quorate_proto::{
    etcdserverpb::{
        DeleteRangeRequest, LeaseGrantRequest, LeaseRevokeRequest, RangeRequest, ResponseHeader, TxnRequest, WatchResponse,
    },
    mvccpb::{Event, KeyValue},
};
use tonic::{Request, Status};

use super::{
    super::{
        caller::{Shown, WatchAccess},
        kv::{self, admit},
        lease::LeaseService,
        wire::{RangeResponse, Response},
    },
    refusal::relayed,
};
use crate::core::{
    mvcc::KvList,
    server::{
        ServerHandle,
        watch_loop::{WatchHandle, WatchRequests, WatchResponses},
    },
    watch::{Events, Filters, Notice, WatchSpec},
};

/// Seconds of the lease that a caller is given who brings none; nobody renews it for them. Source: etcd 3.7.
const LEASE_TTL_SECS: i64 = 60;

/// What the services need of the server. Cheap to clone.
#[derive(Clone)]
pub struct Door(Arc<Parts>);

struct Parts {
    server: ServerHandle,
    leases: LeaseService,
    hub: WatchHandle,
}

impl Door {
    pub fn new(server: ServerHandle, leases: LeaseService, hub: WatchHandle) -> Self {
        Self(Arc::new(Parts { server, leases, hub }))
    }

    /// Lets a call in. Whatever identifies the caller is taken from the request here, and accompanies each access.
    ///
    /// # Errors
    /// What metadata asks of every call: see [`admit`].
    pub fn enter<T>(&self, request: Request<T>) -> Result<(Access, T), Status> {
        admit(&self.0.server, request.metadata())?;
        // For later, too: the call may wait for long.
        let shown = Shown::of_stream(request.metadata().as_ref(), request.extensions());
        Ok((Access { door: self.clone(), shown }, request.into_inner()))
    }
}

/// The store as one call may use it: the one place where its caller's rights are looked at. Errors are as these services pass them on.
#[derive(Clone)]
pub struct Access {
    door: Door,
    shown: Shown,
}

/// The answer to a transaction.
pub struct TxnAnswer {
    pub header: ResponseHeader,
    pub succeeded: bool,
    /// What the ranges among its operations found, in their order; one for each.
    pub found: Vec<Option<KeyValue>>,
}

/// The first key that a range found.
pub struct Found {
    pub header: ResponseHeader,
    pub kv: Option<KeyValue>,
}

impl Access {
    fn server(&self) -> &ServerHandle {
        &self.door.0.server
    }

    /// The caller's lease, or a new one.
    ///
    /// # Errors
    /// As LeaseGrant.
    pub async fn lease_or_new(&self, lease: i64) -> Result<i64, Status> {
        if lease != 0 {
            return Ok(lease);
        }
        let granted = self.door.0.leases.grant(&self.shown, LeaseGrantRequest { ttl: LEASE_TTL_SECS, id: 0 }).await;
        granted.map(|reply| reply.id).map_err(|status| relayed(&status))
    }

    /// Ends a lease and its keys.
    ///
    /// # Errors
    /// As LeaseRevoke.
    pub async fn revoke(&self, id: i64) -> Result<(), Status> {
        let revoked = self.door.0.leases.revoke(&self.shown, LeaseRevokeRequest { id }).await;
        revoked.map(|_| ()).map_err(|status| relayed(&status))
    }

    /// # Errors
    /// As Range refuses it to whoever may not.
    pub async fn may_read(&self, key: &Bytes, range_end: &Bytes) -> Result<(), Status> {
        self.server().may_watch(&self.shown, key, range_end).await.map_err(|status| relayed(&status))
    }

    /// # Errors
    /// As Txn.
    pub async fn txn(&self, request: TxnRequest) -> Result<TxnAnswer, Status> {
        let answer = kv::txn(self.server().clone(), self.shown.clone(), request).await.map_err(|status| relayed(&status))?;
        let ranges = answer.responses.into_iter().filter_map(|op| match op.response {
            Some(Response::Range(range)) => Some(range),
            _ => None,
        });
        Ok(TxnAnswer {
            header: answer.header.unwrap_or_default(),
            succeeded: answer.succeeded,
            found: ranges.map(|range| first(&range.kvs)).collect::<Result<_, _>>()?,
        })
    }

    /// The first key of a range.
    ///
    /// # Errors
    /// As Range.
    pub async fn first_of(&self, request: RangeRequest) -> Result<Found, Status> {
        let RangeResponse { header, kvs, .. } =
            kv::range(self.server().clone(), self.shown.clone(), request).await.map_err(|status| relayed(&status))?;
        Ok(Found { header: header.unwrap_or_default(), kv: first(&kvs)? })
    }

    /// Deletes one key, whether it is there or not.
    ///
    /// # Errors
    /// As DeleteRange.
    pub async fn delete(&self, key: Bytes) -> Result<ResponseHeader, Status> {
        let request = DeleteRangeRequest { key, ..DeleteRangeRequest::default() };
        let answer =
            kv::delete_range(self.server().clone(), self.shown.clone(), request).await.map_err(|status| relayed(&status))?;
        Ok(answer.header.unwrap_or_default())
    }

    /// Watches a key, or a range if `range_end` is not empty, from `start_revision` on.
    ///
    /// # Errors
    /// [`WatchEnd::Refused`] to whoever may not read it.
    pub async fn watch(&self, key: Bytes, range_end: Bytes, start_revision: i64, filters: Filters) -> Result<KeyWatch, WatchEnd> {
        self.server().may_watch(&self.shown, &key, &range_end).await.map_err(|_| WatchEnd::Refused)?;
        let (requests, responses) = self.door.0.hub.open_stream();
        requests.create(WatchSpec { key, range_end, start_revision, filters, ..WatchSpec::default() }).await;
        Ok(KeyWatch { access: self.clone(), _requests: requests, responses })
    }

    /// The header of an answer at a revision.
    fn header(&self, revision: i64) -> ResponseHeader {
        super::super::header::at(self.server(), revision).unwrap_or_default()
    }
}

/// A watch of its own stream; dropping it ends it.
pub struct KeyWatch {
    access: Access,
    _requests: WatchRequests,
    responses: WatchResponses,
}

/// Why a watch gives nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatchEnd {
    /// Its history was compacted; a new look at the keys makes up for that.
    Compacted,
    /// It was refused.
    Refused,
    /// This member stops.
    Stopped,
}

impl KeyWatch {
    /// The next events, with the header that they are told with.
    ///
    /// # Errors
    /// When there are no more.
    pub async fn next(&mut self) -> Result<(ResponseHeader, Vec<Event>), WatchEnd> {
        loop {
            let delivery = poll_fn(|cx| self.responses.poll_next(cx)).await.map_err(|_| WatchEnd::Stopped)?;
            match delivery.notice {
                Notice::Events(events) => return Ok((self.access.header(delivery.revision), decoded(&events))),
                Notice::Canceled { compact_revision } if compact_revision != 0 => return Err(WatchEnd::Compacted),
                Notice::Canceled { .. } | Notice::Rejected(_) => return Err(WatchEnd::Refused),
                Notice::Created | Notice::Progress => {}
            }
        }
    }
}

/// Events as the hub encoded them: fields of a response.
fn decoded(events: &Events) -> Vec<Event> {
    let mut response = WatchResponse::default();
    for part in events.parts() {
        response.merge(part.clone()).expect("the hub encoded these events");
    }
    response.events
}

fn first(kvs: &KvList) -> Result<Option<KeyValue>, Status> {
    let decoded = kvs.iter().next().map(KeyValue::decode).transpose();
    decoded.map_err(|error| Status::data_loss(format!("quorate: a stored record cannot be read: {error}")))
}
