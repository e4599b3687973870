//! The leader's clock over the leases: when they are over, renewals, time left.
//!
//! Only the leader holds deadlines. A new leader gives every lease its remaining time and an election timeout on top, once it has
//! applied the first entry of its own term; until then nothing expires. Revoking is an ordinary command: nobody deletes locally.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::{Mutex, RwLock};
use tokio::sync::Notify;

use super::{
    super::{
        apply::Effect,
        lease::{Deadlines, Lessor},
    },
    now,
};

/// What came of asking for a renewal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// It lives for this many seconds again; `was_checkpointed` says that its remaining time must be forgotten by all members.
    Renewed { ttl_secs: i64, was_checkpointed: bool },
    /// There is no such lease.
    Gone,
    /// It is over but not revoked yet: wait for that.
    Expired,
    /// This member does not lead, or not yet with all of its predecessor's leases.
    NotLeader,
}

/// Deadlines while this member leads.
pub struct LeaseClock {
    lessor: Arc<RwLock<Lessor>>,
    inner: Mutex<Inner>,
    origin: Instant,
    election_timeout: Duration,
    revoked: Notify,
}

#[derive(Default)]
struct Inner {
    deadlines: Deadlines,
    /// The term in which this member leads, and whether the deadlines are set.
    leading: Option<(u64, bool)>,
}

impl LeaseClock {
    pub fn new(lessor: Arc<RwLock<Lessor>>, election_timeout: Duration) -> Self {
        Self { lessor, inner: Mutex::default(), origin: now(), election_timeout, revoked: Notify::new() }
    }

    fn elapsed(&self) -> Duration {
        now().duration_since(self.origin)
    }

    /// Who leads has changed.
    pub fn leadership(&self, term: u64, is_self: bool) {
        let mut inner = self.inner.lock();
        if is_self && inner.leading.is_some_and(|(leading, _)| leading == term) {
            return;
        }
        inner.deadlines.clear();
        inner.leading = is_self.then_some((term, false));
    }

    /// All leases were replaced by a received state. A leader receives none.
    pub fn reload(&self) {
        self.inner.lock().deadlines.clear();
    }

    /// Takes over what entries up to one of `term` did.
    pub fn applied(&self, term: u64, effects: &[Effect]) {
        let mut inner = self.inner.lock();
        match inner.leading {
            Some((leading, false)) if leading <= term => {
                let lessor = self.lessor.read();
                let start = self.elapsed() + self.election_timeout;
                for (id, lease) in lessor.iter() {
                    inner.deadlines.set(id, start + seconds(lease.seconds_left()));
                }
                inner.leading = Some((leading, true));
            }
            Some((_, true)) => self.follow(&mut inner.deadlines, effects),
            _ => {}
        }
        drop(inner);
        if effects.iter().any(|effect| matches!(effect, Effect::LeaseRevoked { .. })) {
            self.revoked.notify_waiters();
        }
    }

    fn follow(&self, deadlines: &mut Deadlines, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::LeaseGranted { id, ttl_secs } => deadlines.set(*id, self.elapsed() + seconds(*ttl_secs)),
                Effect::LeaseRevoked { id } => deadlines.remove(*id),
                _ => {}
            }
        }
    }

    /// Renews a lease.
    pub fn renew(&self, id: i64) -> Renewal {
        let mut inner = self.inner.lock();
        if !matches!(inner.leading, Some((_, true))) {
            return Renewal::NotLeader;
        }
        let lessor = self.lessor.read();
        let Some(lease) = lessor.get(id) else { return Renewal::Gone };
        let at = self.elapsed();
        if inner.deadlines.get(id).is_some_and(|deadline| deadline <= at) {
            return Renewal::Expired;
        }
        inner.deadlines.set(id, at + seconds(lease.granted_secs));
        Renewal::Renewed { ttl_secs: lease.granted_secs, was_checkpointed: lease.remaining_secs > 0 }
    }

    /// Waits until some lease is revoked, or for a moment.
    pub async fn some_revoked(&self) {
        // A wake-up between the caller's look and this wait is made up for by the time limit.
        let _ = tokio::time::timeout(Duration::from_millis(100), self.revoked.notified()).await;
    }

    /// Time until the lease is over, zero if it is; `None` when this member cannot tell.
    pub fn time_left(&self, id: i64) -> Option<Duration> {
        let inner = self.inner.lock();
        if !matches!(inner.leading, Some((_, true))) {
            return None;
        }
        inner.deadlines.get(id).map(|deadline| deadline.saturating_sub(self.elapsed()))
    }

    /// Whether this member leads and holds the deadlines.
    pub fn is_leading(&self) -> bool {
        matches!(self.inner.lock().leading, Some((_, true)))
    }

    /// Leases that are over; each is named again after `retry` unless it was revoked by then.
    pub fn due(&self, limit: usize, retry: Duration) -> Vec<i64> {
        let mut inner = self.inner.lock();
        if !matches!(inner.leading, Some((_, true))) {
            return Vec::new();
        }
        let at = self.elapsed();
        inner.deadlines.due(at, at + retry, limit)
    }

    /// Seconds left of every lease that has more than `above` left, rounded up.
    pub fn remaining(&self, above: Duration) -> Vec<(i64, i64)> {
        let inner = self.inner.lock();
        if !matches!(inner.leading, Some((_, true))) {
            return Vec::new();
        }
        let at = self.elapsed();
        let left = |deadline: Duration| deadline.saturating_sub(at);
        let over = inner.deadlines.iter().filter(|(_, deadline)| left(*deadline) > above);
        over.map(|(id, deadline)| (id, left(deadline).as_secs_f64().ceil() as i64)).collect()
    }
}

fn seconds(secs: i64) -> Duration {
    Duration::from_secs(secs.max(0).cast_unsigned())
}
