//! The clocks. Nothing else in core reads one; pure code is given the time.
//!
//! What waits or reads the time at the server's shell does so through a [`Clock`], which is the system's or a simulated one: the
//! simulator runs the same shell with time as it pleases.

use std::{
    collections::BTreeMap,
    future::{Future, poll_fn},
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use parking_lot::Mutex;

/// The monotonic clock.
#[expect(clippy::disallowed_methods, reason = "the one place of core that reads the monotonic clock")]
pub fn now() -> Instant {
    Instant::now()
}

/// Milliseconds since 1970 by the wall clock; 0 if that is set before.
#[expect(clippy::disallowed_methods, reason = "the one place of core that reads the wall clock")]
pub fn unix_millis() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}

/// A source of time, and of waiting for it.
#[derive(Clone, Default)]
pub enum Clock {
    #[default]
    System,
    Simulated(Arc<SimulatedClock>),
}

/// The time was over before the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed;

impl Clock {
    /// The monotonic clock.
    pub fn now(&self) -> Instant {
        match self {
            Self::System => now(),
            Self::Simulated(clock) => clock.state.lock().now,
        }
    }

    /// As [`unix_millis`].
    pub fn unix_millis(&self) -> u64 {
        match self {
            Self::System => unix_millis(),
            Self::Simulated(clock) => clock.state.lock().unix_millis,
        }
    }

    pub async fn sleep_until(&self, deadline: Instant) {
        match self {
            Self::System => tokio::time::sleep_until(deadline.into()).await,
            Self::Simulated(clock) => poll_fn(|cx| clock.poll_reached(deadline, cx)).await,
        }
    }

    pub async fn sleep(&self, duration: Duration) {
        self.sleep_until(self.now() + duration).await;
    }

    /// Waits for `work`, but no longer than `limit`.
    ///
    /// # Errors
    /// [`Elapsed`]; the work is dropped where it stands.
    pub async fn timeout<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Result<T, Elapsed> {
        let mut work = pin!(work);
        let mut over = pin!(self.sleep(limit));
        poll_fn(|cx| match work.as_mut().poll(cx) {
            Poll::Ready(done) => Poll::Ready(Ok(done)),
            Poll::Pending => over.as_mut().poll(cx).map(|()| Err(Elapsed)),
        })
        .await
    }

    /// Beats every `period`, first at once. After a beat that was waited for too late the next comes a whole period later.
    pub fn beats(&self, period: Duration) -> Beats {
        Beats { clock: self.clone(), period, next: self.now() }
    }
}

/// See [`Clock::beats`].
pub struct Beats {
    clock: Clock,
    period: Duration,
    next: Instant,
}

impl Beats {
    /// Waits for the next beat. Dropping the wait loses none.
    pub async fn beat(&mut self) {
        self.clock.sleep_until(self.next).await;
        self.next = self.clock.now().max(self.next) + self.period;
    }
}

/// A clock that moves when it is told to.
pub struct SimulatedClock {
    state: Mutex<Simulated>,
}

struct Simulated {
    now: Instant,
    unix_millis: u64,
    /// Who waits for when; the number tells those of one moment apart.
    sleepers: BTreeMap<(Instant, u64), Waker>,
    next_sleeper: u64,
}

impl SimulatedClock {
    pub fn new(now: Instant, unix_millis: u64) -> Self {
        let state = Simulated { now, unix_millis, sleepers: BTreeMap::new(), next_sleeper: 0 };
        Self { state: Mutex::new(state) }
    }

    /// Moves on, and wakes who waited until then. Time does not go back: an earlier `now` changes nothing. The wall clock may.
    pub fn set(&self, now: Instant, unix_millis: u64) {
        let mut state = self.state.lock();
        state.now = state.now.max(now);
        state.unix_millis = unix_millis;
        let now = state.now;
        let later = state.sleepers.split_off(&(now, u64::MAX));
        let due = std::mem::replace(&mut state.sleepers, later);
        drop(state);
        due.into_values().for_each(Waker::wake);
    }

    /// When the next sleeper is to be woken.
    pub fn next_wake(&self) -> Option<Instant> {
        self.state.lock().sleepers.first_key_value().map(|((when, _), _)| *when)
    }

    fn poll_reached(&self, deadline: Instant, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state.lock();
        if state.now >= deadline {
            return Poll::Ready(());
        }
        let number = state.next_sleeper;
        state.next_sleeper += 1;
        state.sleepers.insert((deadline, number), cx.waker().clone());
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn simulated_time_moves_only_when_told_and_wakes_who_waits() {
        let origin = now();
        let simulated = Arc::new(SimulatedClock::new(origin, 5));
        let clock = Clock::Simulated(Arc::clone(&simulated));
        let second = Duration::from_secs(1);
        let mut sleep = Box::pin(clock.sleep(second));
        assert!(sleep.as_mut().now_or_never().is_none());
        assert_eq!(simulated.next_wake(), Some(origin + second));
        simulated.set(origin + second, 3);
        assert_eq!((clock.now(), clock.unix_millis(), simulated.next_wake()), (origin + second, 3, None));
        assert!(sleep.as_mut().now_or_never().is_some());
    }

    #[test]
    fn work_that_is_done_in_time_wins_over_the_limit() {
        let simulated = Arc::new(SimulatedClock::new(now(), 0));
        let clock = Clock::Simulated(simulated);
        assert_eq!(clock.timeout(Duration::ZERO, async { 7 }).now_or_never(), Some(Ok(7)));
        assert_eq!(clock.timeout(Duration::ZERO, std::future::pending::<()>()).now_or_never(), Some(Err(Elapsed)));
    }

    #[test]
    fn a_late_beat_shifts_those_after_it() {
        let origin = now();
        let simulated = Arc::new(SimulatedClock::new(origin, 0));
        let clock = Clock::Simulated(Arc::clone(&simulated));
        let mut beats = clock.beats(Duration::from_secs(1));
        assert!(beats.beat().now_or_never().is_some());
        assert!(beats.beat().now_or_never().is_none());
        simulated.set(origin + Duration::from_millis(3500), 0);
        assert!(beats.beat().now_or_never().is_some());
        assert!(beats.beat().now_or_never().is_none());
        assert_eq!(simulated.next_wake(), Some(origin + Duration::from_millis(4500)));
    }
}
