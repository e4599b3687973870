//! What a store is: a plain map with its history, written from the rules and without a look at how the store keeps them.
//!
//! [`past`] has the versions of all keys, [`range`](mod@range) and [`txn`] what requests ask of them, [`hash`] the number that
//! HashKV gives, [`users`] who may do what. Compaction is only a rule about who may read; the keys of a lease are those whose newest version names it.
//! Requests are taken as they are after the checks of their shape alone, such as empty keys: those are not repeated here.

mod hash;
mod past;
mod range;
#[cfg(test)]
mod tests;
mod txn;
pub mod users;

use std::collections::BTreeMap;

use bytes::Bytes;
use quorate_proto::{
    etcdserverpb::{
        CompactionRequest, CompactionResponse, LeaseGrantRequest, LeaseGrantResponse, LeaseKeepAliveResponse,
        LeaseRevokeResponse, LeaseTimeToLiveRequest, LeaseTimeToLiveResponse, RangeRequest, RangeResponse, ResponseHeader,
    },
    mvccpb::Event,
};

use super::{
    history::{Answer, Call, LedgerRevision},
    users::{AuthAnswer, Told},
};
pub use past::{Past, View};
pub use range::range;

/// The texts of refusals, as etcd says them.
pub mod refusal {
    pub const COMPACTED: &str = "etcdserver: mvcc: required revision has been compacted";
    pub const FUTURE_REVISION: &str = "etcdserver: mvcc: required revision is a future revision";
    pub const KEY_NOT_FOUND: &str = "etcdserver: key not found";
    pub const LEASE_NOT_FOUND: &str = "etcdserver: requested lease not found";
    pub const LEASE_EXISTS: &str = "etcdserver: lease already exists";
}

/// The store, and everything it ever was.
#[derive(Clone, Debug)]
pub struct Model {
    past: Past,
    /// History below it is unreadable; -1 before the first compaction.
    compact: i64,
    leases: BTreeMap<i64, Lease>,
    /// Shorter times to live are raised to this.
    pub lease_ttl_secs_min: i64,
}

/// A lease that was granted and not revoked since.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lease {
    pub granted_secs: i64,
    /// As the last checkpoint said; 0 for a full time to live.
    pub remaining_secs: i64,
}

impl Default for Model {
    fn default() -> Self {
        Self { past: Past::default(), compact: -1, leases: BTreeMap::new(), lease_ttl_secs_min: 0 }
    }
}

/// Headers carry the revision alone: who answers, and in which term, is not the store's to say.
#[expect(clippy::unnecessary_wraps, reason = "as messages have it")]
fn header(revision: i64) -> Option<ResponseHeader> {
    Some(ResponseHeader { revision, ..ResponseHeader::default() })
}

impl Model {
    pub fn revision(&self) -> i64 {
        self.past.revision()
    }

    pub fn compact_revision(&self) -> i64 {
        self.compact
    }

    pub fn past(&self) -> &Past {
        &self.past
    }

    pub fn leases(&self) -> &BTreeMap<i64, Lease> {
        &self.leases
    }

    /// The keys attached to a lease, in order.
    pub fn attached(&self, lease: i64) -> Vec<Bytes> {
        self.before().attached(lease).map(|kv| kv.key.clone()).collect()
    }

    /// The state at the current revision, whatever is being done.
    fn before(&self) -> View<'_> {
        self.past.at(self.revision())
    }

    /// Does what is asked.
    ///
    /// # Errors
    /// The text of a refusal; then nothing has changed.
    pub fn apply(&mut self, call: &Call) -> Result<Answer, &'static str> {
        let answer = self.answer(call);
        self.past.close();
        answer
    }

    fn answer(&mut self, call: &Call) -> Result<Answer, &'static str> {
        Ok(match call {
            Call::Range(request) => Answer::Range(self.range(request)?),
            Call::Put(request) => {
                self.check_put(request)?;
                Answer::Put(self.put(request))
            }
            Call::DeleteRange(request) => Answer::DeleteRange(self.delete_range(request)),
            Call::Txn(request) => {
                self.check_txn(request)?;
                Answer::Txn(self.txn(request))
            }
            Call::Compact(request) => Answer::Compact(self.compact(request)?),
            Call::LeaseGrant(request) => Answer::LeaseGrant(self.grant(request)?),
            Call::LeaseRevoke(request) => {
                let (id, before) = (request.id, self.revision());
                self.leases.remove(&id).ok_or(refusal::LEASE_NOT_FOUND)?;
                self.attached(id).iter().for_each(|key| self.past.delete(key));
                let revision = before + i64::from(self.past.is_changing());
                Answer::LeaseRevoke(LeaseRevokeResponse { header: header(revision) })
            }
            Call::LeaseKeepAlive(request) => {
                let header = header(self.revision());
                let ttl = self.leases.get_mut(&request.id).map_or(0, |lease| {
                    lease.remaining_secs = 0;
                    lease.granted_secs
                });
                Answer::LeaseKeepAlive(LeaseKeepAliveResponse { header, id: request.id, ttl })
            }
            Call::LeaseTimeToLive(request) => Answer::LeaseTimeToLive(self.time_to_live(request)),
            // Of users a store knows nothing.
            Call::Auth(_) => Answer::Auth(AuthAnswer { header: header(self.revision()), told: Told::Done }),
        })
    }

    fn range(&self, request: &RangeRequest) -> Result<RangeResponse, &'static str> {
        let current = self.revision();
        match request.revision {
            at if at > current => Err(refusal::FUTURE_REVISION),
            at if at > 0 && at < self.compact => Err(refusal::COMPACTED),
            at => {
                let view = self.past.at(if at > 0 { at } else { current });
                Ok(RangeResponse { header: header(current), ..range(view, request) })
            }
        }
    }

    fn compact(&mut self, request: &CompactionRequest) -> Result<CompactionResponse, &'static str> {
        if request.revision <= self.compact {
            return Err(refusal::COMPACTED);
        }
        if request.revision > self.revision() {
            return Err(refusal::FUTURE_REVISION);
        }
        self.compact = request.revision;
        Ok(CompactionResponse { header: header(self.revision()) })
    }

    /// Without an ID asked for it is the lowest free one: which one a server takes nobody can foretell.
    fn grant(&mut self, request: &LeaseGrantRequest) -> Result<LeaseGrantResponse, &'static str> {
        if self.leases.contains_key(&request.id) {
            return Err(refusal::LEASE_EXISTS);
        }
        let free = || (1..=i64::MAX).find(|id| !self.leases.contains_key(id)).expect("there are more numbers than leases");
        let id = if request.id == 0 { free() } else { request.id };
        let ttl = request.ttl.max(self.lease_ttl_secs_min);
        self.leases.insert(id, Lease { granted_secs: ttl, remaining_secs: 0 });
        Ok(LeaseGrantResponse { header: header(self.revision()), id, ttl, error: String::new() })
    }

    /// There is no clock here: all of the time is left that was there at the last checkpoint.
    fn time_to_live(&self, request: &LeaseTimeToLiveRequest) -> LeaseTimeToLiveResponse {
        let answer = LeaseTimeToLiveResponse {
            header: header(self.revision()),
            id: request.id,
            ttl: -1,
            ..LeaseTimeToLiveResponse::default()
        };
        let Some(lease) = self.leases.get(&request.id) else { return answer };
        let keys = if request.keys { self.attached(request.id) } else { Vec::new() };
        let ttl = if lease.remaining_secs > 0 { lease.remaining_secs } else { lease.granted_secs };
        LeaseTimeToLiveResponse { ttl, granted_ttl: lease.granted_secs, keys, ..answer }
    }

    /// Notes the seconds left of a lease, as the leader counted them; 0 means a full time to live again.
    pub fn checkpoint(&mut self, lease: i64, remaining_secs: i64) {
        if let Some(lease) = self.leases.get_mut(&lease) {
            lease.remaining_secs = remaining_secs;
        }
    }

    /// Makes sure that there is such a lease, for a reader who judges leases elsewhere.
    pub fn assume_lease(&mut self, lease: i64) {
        self.leases.entry(lease).or_default();
    }

    /// The changes that a call would make now, if it makes any.
    pub fn foresee(&mut self, call: &Call) -> Option<Vec<Event>> {
        let before = self.revision();
        self.apply(call).ok()?;
        (self.revision() > before).then(|| self.past.undo()).flatten().map(|undone| undone.events)
    }

    /// Makes the newest revision undone; leases stay as they are.
    pub fn undo(&mut self) {
        self.past.undo();
    }

    /// Takes the changes of the next revision over as they are.
    pub fn follow(&mut self, revision: &LedgerRevision) {
        self.past.follow(revision);
    }
}
