//! The leader's clock over the leases: when they are over, renewals, time left.
//!
//! Only the leader holds deadlines. A new leader gives every lease its remaining time and an election timeout on top, once it has
//! applied the first entry of its own term; until then nothing expires. Revoking is an ordinary command: nobody deletes locally.
//!
//! No clock is read here: whoever calls says what time it is.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::{Mutex, RwLock};
use tokio::sync::Notify;

use super::super::{
    apply::Effect,
    clock::Clock,
    lease::{Deadlines, Lease, Lessor},
};
use crate::core::planted::{Bug, planted};

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

/// See [`LeaseClock::remaining`].
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Remaining {
    /// Leases with the seconds that they have left.
    pub left: Vec<(i64, i64)>,
    /// The last one that was looked at; nothing when there are no more.
    pub last: Option<i64>,
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
    /// Leases that were renewed while a checkpoint of their remaining time was under way: what is written down is too little.
    outdated: BTreeSet<i64>,
}

impl Inner {
    fn clear(&mut self) {
        self.deadlines.clear();
        self.outdated.clear();
    }
}

impl LeaseClock {
    pub fn new(lessor: Arc<RwLock<Lessor>>, election_timeout: Duration, now: Instant) -> Self {
        Self { lessor, inner: Mutex::default(), origin: now, election_timeout, revoked: Notify::new() }
    }

    fn since_origin(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.origin)
    }

    /// Who leads has changed.
    pub fn leadership(&self, term: u64, is_self: bool) {
        let mut inner = self.inner.lock();
        if is_self && inner.leading.is_some_and(|(leading, _)| leading == term) {
            return;
        }
        inner.clear();
        inner.leading = is_self.then_some((term, false));
    }

    /// All leases were replaced by a received state. A leader receives none.
    pub fn reload(&self) {
        self.inner.lock().clear();
    }

    /// Takes over what entries up to one of `term` did.
    pub fn applied(&self, term: u64, effects: &[Effect], now: Instant) {
        let at = self.since_origin(now);
        let mut inner = self.inner.lock();
        match inner.leading {
            Some((leading, false)) if leading <= term => {
                let lessor = self.lessor.read();
                let start = at + self.election_timeout;
                let left = |lease: &Lease| if planted(Bug::LeaseTimeLost) { 0 } else { lease.seconds_left() };
                inner.deadlines.begin(lessor.iter().map(|(id, lease)| (id, start + seconds(left(lease)))));
                inner.leading = Some((leading, true));
            }
            Some((_, true)) => follow(&mut inner, effects, at),
            _ => {}
        }
        drop(inner);
        if effects.iter().any(|effect| matches!(effect, Effect::LeaseRevoked { .. })) {
            self.revoked.notify_waiters();
        }
    }

    /// Renews a lease.
    pub fn renew(&self, id: i64, now: Instant) -> Renewal {
        let mut inner = self.inner.lock();
        if !matches!(inner.leading, Some((_, true))) {
            return Renewal::NotLeader;
        }
        let lessor = self.lessor.read();
        let Some(lease) = lessor.get(id) else { return Renewal::Gone };
        let at = self.since_origin(now);
        if inner.deadlines.get(id).is_some_and(|deadline| deadline <= at) {
            return Renewal::Expired;
        }
        inner.deadlines.set(id, at + seconds(lease.granted_secs));
        Renewal::Renewed { ttl_secs: lease.granted_secs, was_checkpointed: lease.remaining_secs > 0 }
    }

    /// Waits until some lease is revoked, or for a moment.
    pub async fn some_revoked(&self, clock: &Clock) {
        // A wake-up between the caller's look and this wait is made up for by the time limit.
        let _ = clock.timeout(Duration::from_millis(100), self.revoked.notified()).await;
    }

    /// Time until the lease is over, zero if it is; `None` when this member cannot tell.
    pub fn time_left(&self, id: i64, now: Instant) -> Option<Duration> {
        let inner = self.inner.lock();
        if !matches!(inner.leading, Some((_, true))) {
            return None;
        }
        inner.deadlines.get(id).map(|deadline| deadline.saturating_sub(self.since_origin(now)))
    }

    /// The term in which this member leads and holds the deadlines.
    pub fn leading_term(&self) -> Option<u64> {
        self.inner.lock().leading.and_then(|(term, set)| set.then_some(term))
    }

    /// Whether this member leads and holds the deadlines.
    pub fn is_leading(&self) -> bool {
        matches!(self.inner.lock().leading, Some((_, true)))
    }

    /// Leases that are over; each is named again after `retry` unless it was revoked by then.
    pub fn due(&self, limit: usize, retry: Duration, now: Instant) -> Vec<i64> {
        let mut inner = self.inner.lock();
        if !matches!(inner.leading, Some((_, true))) {
            return Vec::new();
        }
        let at = self.since_origin(now);
        inner.deadlines.due(at, at + retry, limit)
    }

    /// Leases whose written remaining time must be forgotten by all members, at most `limit`. Each is named once.
    pub fn outdated(&self, limit: usize) -> Vec<i64> {
        let mut inner = self.inner.lock();
        let ids: Vec<_> = inner.outdated.iter().take(limit).copied().collect();
        ids.iter().for_each(|id| _ = inner.outdated.remove(id));
        ids
    }

    /// Names leases again that [`Self::outdated`] gave: what was to be done about them was not done.
    pub fn still_outdated(&self, ids: &[i64]) {
        let mut inner = self.inner.lock();
        if matches!(inner.leading, Some((_, true))) {
            inner.outdated.extend(ids);
        }
    }

    /// Of the next `count` leases behind one by id: seconds left, rounded up, of each that has more than `above` left, and the last of
    /// them to go on behind. Nothing is held between two of these, so that nobody waits for a million.
    pub fn remaining(&self, behind: Option<i64>, count: usize, above: Duration, now: Instant) -> Remaining {
        let inner = self.inner.lock();
        let mut remaining = Remaining::default();
        if !matches!(inner.leading, Some((_, true))) {
            return remaining;
        }
        let at = self.since_origin(now);
        let lessor = self.lessor.read();
        for (id, _) in lessor.behind(behind).take(count) {
            remaining.last = Some(id);
            let left = inner.deadlines.get(id).map_or(Duration::ZERO, |deadline| deadline.saturating_sub(at));
            if left > above {
                remaining.left.push((id, left.as_secs_f64().ceil() as i64));
            }
        }
        remaining
    }
}

fn follow(inner: &mut Inner, effects: &[Effect], at: Duration) {
    for effect in effects {
        match effect {
            Effect::LeaseGranted { id, ttl_secs } => inner.deadlines.set(*id, at + seconds(*ttl_secs)),
            Effect::LeaseRevoked { id } => {
                inner.deadlines.remove(*id);
                inner.outdated.remove(id);
            }
            // Time only goes by between counting and applying, so more can only be left if the lease was renewed in between.
            Effect::LeaseCheckpointed { id, remaining_secs: left @ 1.. }
                if inner.deadlines.get(*id).is_some_and(|deadline| deadline > at + seconds(*left)) =>
            {
                inner.outdated.insert(*id);
            }
            _ => {}
        }
    }
}

fn seconds(secs: i64) -> Duration {
    Duration::from_secs(secs.max(0).cast_unsigned())
}

#[cfg(test)]
mod tests {
    use super::{super::super::backend::Generation, *};

    const ELECTION: Duration = Duration::from_secs(1);

    struct World {
        clock: LeaseClock,
        lessor: Arc<RwLock<Lessor>>,
        out: Generation,
        start: Instant,
    }

    impl World {
        fn new() -> Self {
            let lessor = Arc::<RwLock<Lessor>>::default();
            let start = Instant::now();
            Self { clock: LeaseClock::new(Arc::clone(&lessor), ELECTION, start), lessor, out: Generation::default(), start }
        }

        fn leading() -> Self {
            let world = Self::new();
            world.clock.leadership(3, true);
            world.clock.applied(3, &[], world.at(0.0));
            world
        }

        fn at(&self, secs: f64) -> Instant {
            self.start + Duration::from_secs_f64(secs)
        }

        fn grant(&self, id: i64, ttl_secs: i64, secs: f64) {
            assert!(self.lessor.write().grant(id, ttl_secs, &self.out));
            self.clock.applied(3, &[Effect::LeaseGranted { id, ttl_secs }], self.at(secs));
        }

        fn revoke(&self, id: i64, secs: f64) {
            self.lessor.write().remove(id, &self.out);
            self.clock.applied(3, &[Effect::LeaseRevoked { id }], self.at(secs));
        }

        fn checkpoint(&self, id: i64, remaining_secs: i64, secs: f64) {
            self.lessor.write().checkpoint(id, remaining_secs, &self.out);
            self.clock.applied(3, &[Effect::LeaseCheckpointed { id, remaining_secs }], self.at(secs));
        }

        fn due(&self, secs: f64) -> Vec<i64> {
            self.clock.due(500, Duration::from_secs(7), self.at(secs))
        }

        fn renew(&self, id: i64, secs: f64) -> Renewal {
            self.clock.renew(id, self.at(secs))
        }
    }

    fn renewed(ttl_secs: i64) -> Renewal {
        Renewal::Renewed { ttl_secs, was_checkpointed: false }
    }

    #[test]
    fn a_lease_is_due_after_its_time_and_never_before() {
        let world = World::leading();
        world.grant(1, 10, 5.0);
        assert!(world.due(14.999).is_empty());
        assert_eq!(world.due(15.0), [1]);
        assert_eq!(world.renew(1, 15.0), Renewal::Expired);
        world.revoke(1, 15.1);
        assert_eq!(world.renew(1, 15.2), Renewal::Gone);
        assert!(world.due(100.0).is_empty());
    }

    #[test]
    fn a_renewal_gives_the_full_time_from_now() {
        let world = World::leading();
        world.grant(1, 10, 0.0);
        assert_eq!(world.renew(1, 9.9), renewed(10));
        assert!(world.due(19.8).is_empty());
        assert_eq!(world.clock.time_left(1, world.at(12.9)), Some(Duration::from_secs(7)));
        assert_eq!(world.due(19.9), [1]);
    }

    #[test]
    fn a_new_leader_waits_for_its_first_entry_then_gives_the_remaining_time_and_an_election_timeout() {
        let world = World::new();
        world.grant(1, 10, 0.0);
        world.grant(2, 600, 0.0);
        world.checkpoint(2, 30, 0.0);
        world.clock.leadership(4, true);
        assert_eq!(world.renew(1, 50.0), Renewal::NotLeader);
        world.clock.applied(3, &[], world.at(50.0));
        assert!(!world.clock.is_leading() && world.due(1e6).is_empty(), "entries of its predecessor are not its own");
        world.clock.applied(4, &[], world.at(60.0));
        assert!(world.due(70.9).is_empty());
        assert_eq!(world.due(71.0), [1]);
        assert!(world.due(77.9).is_empty());
        assert_eq!(world.due(91.0), [1, 2]);
    }

    #[test]
    fn a_follower_lets_nothing_expire_and_renews_nothing() {
        let world = World::leading();
        world.grant(1, 10, 0.0);
        world.clock.leadership(4, false);
        assert!(world.due(1e6).is_empty());
        assert_eq!((world.renew(1, 1.0), world.clock.time_left(1, world.at(1.0))), (Renewal::NotLeader, None));
        assert!(world.clock.remaining(None, 9, Duration::ZERO, world.at(1.0)).left.is_empty());
    }

    #[test]
    fn leading_again_in_the_same_term_changes_no_deadline() {
        let world = World::leading();
        world.grant(1, 10, 0.0);
        world.clock.leadership(3, true);
        assert_eq!(world.due(10.0), [1]);
    }

    #[test]
    fn a_renewal_after_a_checkpoint_says_that_it_must_be_forgotten() {
        let world = World::leading();
        world.grant(1, 600, 0.0);
        assert_eq!(world.clock.remaining(None, 9, Duration::from_secs(300), world.at(100.5)).left, [(1, 500)]);
        world.checkpoint(1, 500, 101.0);
        assert_eq!(world.renew(1, 102.0), Renewal::Renewed { ttl_secs: 600, was_checkpointed: true });
        assert!(world.clock.outdated(10).is_empty());
    }

    #[test]
    fn remaining_times_are_counted_in_parts() {
        let world = World::leading();
        for id in [-5, 1, 2, 3, 9] {
            world.grant(id, if id == 2 { 60 } else { 600 }, 0.0);
        }
        let part = |behind| world.clock.remaining(behind, 2, Duration::from_secs(300), world.at(100.0));
        assert_eq!(part(None), Remaining { left: vec![(-5, 500), (1, 500)], last: Some(1) });
        assert_eq!(part(Some(1)), Remaining { left: vec![(3, 500)], last: Some(3) });
        assert_eq!(part(Some(3)), Remaining { left: vec![(9, 500)], last: Some(9) });
        assert_eq!(part(Some(9)), Remaining::default());
    }

    /// The renewal was answered before the checkpoint was applied, so nobody cleared it: the next leader would have let the lease
    /// expire early.
    #[test]
    fn a_checkpoint_that_a_renewal_overtook_is_found_out() {
        let world = World::leading();
        world.grant(1, 600, 0.0);
        let counted = world.clock.remaining(None, 9, Duration::from_secs(300), world.at(200.0));
        assert_eq!(counted.left, [(1, 400)]);
        assert_eq!(world.renew(1, 200.1), renewed(600));
        world.checkpoint(1, 400, 200.2);
        assert_eq!(world.clock.outdated(10), [1]);
        assert!(world.clock.outdated(10).is_empty());
        world.clock.still_outdated(&[1]);
        assert_eq!(world.clock.outdated(10), [1]);
    }
}
