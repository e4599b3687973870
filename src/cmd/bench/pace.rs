//! When each request is to be sent.
//!
//! **Closed loop**: a client sends its next request when it has the answer to the last, so a slow server is asked less.
//! **Open loop** (a rate is given): request `i` is due at `start + i / rate`, whatever the server does. It is measured
//! from then, also when every client was still busy and it went out late; otherwise a pause of the server would hide all
//! the requests that should have been sent during it.
//!
//! The runtime's timers tick in milliseconds, too coarse for thousands of requests a second, so an idle client sleeps on
//! a kernel timer that all clients share: it is set for the earliest of them and wakes all that are due.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    future::poll_fn,
    io,
    task::{Poll, Waker},
    time::{Duration, Instant},
};

use tokio::io::unix::AsyncFd;

/// Wake-ups are no closer than this. It bounds the generator's cost at high rates, and is the most by which it sends late.
const WAKE_APART_MIN: Duration = Duration::from_micros(50);

/// How much work there is and how fast it is given out.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pace {
    /// Requests in all; without a limit the duration must have one.
    pub total: Option<u64>,
    /// The time in which requests are sent.
    pub duration: Option<Duration>,
    /// Requests a second over all clients; none means closed loop.
    pub rate: Option<f64>,
}

/// The right to send one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// The how manieth request of the run it is, from 0.
    pub step: u64,
    /// When it is to be sent: its latency counts from here.
    pub intended: Instant,
}

/// Gives out the tickets of one run.
pub struct Schedule {
    pace: Pace,
    start: Instant,
    next: Cell<u64>,
    stopped: Cell<bool>,
    /// Clients whose ticket lies in the future, earliest first (tickets are given out in order of time).
    sleepers: RefCell<VecDeque<(Instant, Waker)>>,
    alarm: Alarm,
}

impl Schedule {
    /// Starts the clock.
    ///
    /// # Errors
    /// The system has no timer left to give.
    pub fn start(pace: Pace) -> io::Result<Schedule> {
        assert!(pace.total.is_some() || pace.duration.is_some(), "the flags give a run an end");
        Ok(Schedule {
            pace,
            start: Instant::now(),
            next: Cell::new(0),
            stopped: Cell::new(false),
            sleepers: RefCell::default(),
            alarm: Alarm::new()?,
        })
    }

    /// When the first request was due.
    pub fn started(&self) -> Instant {
        self.start
    }

    /// Gives out no more tickets.
    pub fn stop(&self) {
        self.stopped.set(true);
        for (_, waker) in self.sleepers.borrow_mut().drain(..) {
            waker.wake();
        }
    }

    /// Whether the run was stopped before its end.
    pub fn stopped(&self) -> bool {
        self.stopped.get()
    }

    /// Waits for the next request to be due; none when all are given out, the time is over or the run was stopped.
    pub async fn ticket(&self) -> Option<Ticket> {
        let ticket = self.take(Instant::now())?;
        if self.pace.rate.is_some() && ticket.intended > Instant::now() {
            self.sleep_until(ticket.intended).await;
        }
        (!self.stopped.get()).then_some(ticket)
    }

    fn take(&self, now: Instant) -> Option<Ticket> {
        let step = self.next.get();
        let intended = match self.pace.rate {
            Some(rate) => self.start + Duration::from_secs_f64(step as f64 / rate),
            None => now,
        };
        let over = |at: Instant| self.pace.duration.is_some_and(|duration| at.duration_since(self.start) >= duration);
        if self.stopped.get() || self.pace.total.is_some_and(|total| step >= total) || over(intended) || over(now) {
            return None;
        }
        self.next.set(step + 1);
        Some(Ticket { step, intended })
    }

    /// Requests that were due before the end of the duration and never sent, because all clients were busy until then.
    pub fn unsent(&self) -> u64 {
        let (Some(rate), Some(duration), false) = (self.pace.rate, self.pace.duration, self.stopped.get()) else {
            return 0;
        };
        let due = (duration.as_secs_f64() * rate).ceil() as u64;
        self.pace.total.map_or(due, |total| due.min(total)).saturating_sub(self.next.get())
    }

    async fn sleep_until(&self, at: Instant) {
        let mut asleep = false;
        poll_fn(|cx| {
            if self.stopped.get() || Instant::now() >= at {
                return Poll::Ready(());
            }
            let mut sleepers = self.sleepers.borrow_mut();
            if !asleep {
                asleep = true;
                sleepers.push_back((at, cx.waker().clone()));
                if sleepers.len() == 1 {
                    self.alarm.set(at);
                }
            }
            Poll::Pending
        })
        .await;
    }

    /// Wakes the sleeping clients in time. Runs beside them and never ends.
    ///
    /// # Errors
    /// The timer cannot be read.
    pub async fn wake_sleepers(&self) -> io::Result<std::convert::Infallible> {
        loop {
            self.alarm.rung().await?;
            let now = Instant::now();
            let mut sleepers = self.sleepers.borrow_mut();
            while let Some((at, _)) = sleepers.front() {
                if *at > now {
                    self.alarm.set((*at).max(now + WAKE_APART_MIN));
                    break;
                }
                let (_, waker) = sleepers.pop_front().expect("there is a front");
                waker.wake();
            }
        }
    }
}

/// A one-shot kernel timer of microsecond accuracy.
struct Alarm(AsyncFd<std::os::fd::OwnedFd>);

impl Alarm {
    fn new() -> io::Result<Alarm> {
        use rustix::time::{TimerfdClockId, TimerfdFlags, timerfd_create};
        let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
        // SAFETY: an `OwnedFd` names the same open file until it is dropped, and `AsyncFd` owns it until then.
        #[expect(unsafe_code, reason = "no safe call makes an `AsyncFd`")]
        Ok(Alarm(unsafe { AsyncFd::register(timer) }?))
    }

    fn set(&self, at: Instant) {
        use rustix::time::{Itimerspec, TimerfdTimerFlags, Timespec, timerfd_settime};
        // Zero would switch the timer off.
        let wait = at.saturating_duration_since(Instant::now()).max(Duration::from_nanos(1));
        let once = Itimerspec {
            it_interval: Timespec { tv_sec: 0, tv_nsec: 0 },
            it_value: Timespec { tv_sec: wait.as_secs() as i64, tv_nsec: i64::from(wait.subsec_nanos()) },
        };
        timerfd_settime(&self.0, TimerfdTimerFlags::empty(), &once).expect("a valid timer takes any positive time");
    }

    async fn rung(&self) -> io::Result<()> {
        loop {
            let mut ready = self.0.readable().await?;
            let mut count = [0; 8];
            match ready.try_io(|timer| Ok(rustix::io::read(timer, &mut count)?)) {
                Ok(read) => return read.map(|_| ()),
                Err(_would_block) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(schedule: &Schedule, millis: u64) -> Instant {
        schedule.started() + Duration::from_millis(millis)
    }

    #[tokio::test]
    async fn a_closed_loop_is_due_at_once_until_the_total_is_given_out() {
        let schedule = Schedule::start(Pace { total: Some(2), ..Pace::default() }).unwrap();
        let now = after(&schedule, 5);
        assert_eq!(schedule.take(now), Some(Ticket { step: 0, intended: now }));
        assert_eq!(schedule.take(now).map(|ticket| ticket.step), Some(1));
        assert_eq!(schedule.take(now), None);
    }

    #[tokio::test]
    async fn a_closed_loop_ends_with_its_duration() {
        let schedule = Schedule::start(Pace { duration: Some(Duration::from_millis(10)), ..Pace::default() }).unwrap();
        assert!(schedule.take(after(&schedule, 9)).is_some());
        assert_eq!(schedule.take(after(&schedule, 10)), None);
    }

    #[tokio::test]
    async fn an_open_loop_is_due_by_its_rate_however_late_it_is_asked() {
        let schedule = Schedule::start(Pace { total: Some(100), rate: Some(1000.0), ..Pace::default() }).unwrap();
        let late = after(&schedule, 50);
        for step in 0..100 {
            assert_eq!(schedule.take(late), Some(Ticket { step, intended: after(&schedule, step) }));
        }
        assert_eq!(schedule.take(late), None);
    }

    #[tokio::test]
    async fn an_open_loop_counts_what_it_could_not_send_in_time() {
        let pace = Pace { duration: Some(Duration::from_millis(10)), rate: Some(1000.0), total: None };
        let schedule = Schedule::start(pace).unwrap();
        for _ in 0..4 {
            assert!(schedule.take(after(&schedule, 9)).is_some());
        }
        assert_eq!(schedule.take(after(&schedule, 10)), None);
        assert_eq!(schedule.unsent(), 6);
    }

    #[tokio::test]
    async fn a_stopped_run_wakes_its_sleepers_and_sends_nothing_more() {
        let schedule = Schedule::start(Pace { total: Some(10), rate: Some(0.001), ..Pace::default() }).unwrap();
        assert_eq!(schedule.ticket().await.map(|ticket| ticket.step), Some(0));
        let stop = async {
            while schedule.sleepers.borrow().len() < 2 {
                tokio::task::yield_now().await;
            }
            schedule.stop();
        };
        let (first, second, ()) = tokio::join!(schedule.ticket(), schedule.ticket(), stop);
        assert_eq!((first, second, schedule.ticket().await), (None, None, None));
    }

    #[tokio::test]
    async fn sleeping_clients_are_woken_when_they_are_due_and_not_before() {
        let schedule = Schedule::start(Pace { total: Some(40), rate: Some(2000.0), ..Pace::default() }).unwrap();
        let client = async || {
            let mut taken = 0;
            while let Some(ticket) = schedule.ticket().await {
                assert!(Instant::now() >= ticket.intended);
                taken += 1;
                tokio::task::yield_now().await;
            }
            taken
        };
        let taken = tokio::select! {
            taken = async { tokio::join!(client(), client(), client()) } => taken,
            end = schedule.wake_sleepers() => panic!("{end:?}"),
        };
        assert_eq!(taken.0 + taken.1 + taken.2, 40);
        assert!(schedule.started().elapsed() >= Duration::from_micros(19_500));
    }
}
