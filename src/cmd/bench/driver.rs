//! Drives clients against a server.
//!
//! Everything runs on one thread. Each connection has a task of its own that moves frames; all clients are futures of one
//! set, polled in turn when their answers come. So one turn of the runtime reads what a connection has, lets each of
//! its clients count an answer and write the next request, and sends those in one piece.

use std::{cell::RefCell, collections::BTreeSet, future::Future, time::Duration};

use bytes::Bytes;
use futures_util::stream::{FuturesUnordered, StreamExt};

use super::{
    cpu::Meter,
    flags::Load,
    pace::{Schedule, Ticket},
    report::{Report, Tally},
    wire::{Caller, Endpoint, Failure, Link},
};

/// What to send: one kind of request with one answer.
pub trait Operation {
    /// The method's path, such as `/etcdserverpb.KV/Put`.
    fn path(&self) -> &'static str;

    /// The framed message for `client`'s next request.
    fn message(&mut self, client: usize, ticket: &Ticket) -> Bytes;

    /// Told how the last request of `client` ended.
    fn finished(&mut self, client: usize, good: bool) {
        let _ = (client, good);
    }
}

/// What a run of requests found.
#[derive(Default)]
pub struct Run {
    pub tally: Tally,
    /// Open loop: how late each request was sent.
    pub sent_late: Option<Tally>,
    pub unsent: u64,
    /// The user has ended it early.
    pub interrupted: bool,
    pub elapsed: Duration,
}

/// The connections of one run, spread over the endpoints in turn.
pub struct Pool {
    links: Vec<Link>,
}

impl Pool {
    /// Opens all connections.
    ///
    /// # Errors
    /// The first endpoint that could not be connected to.
    pub async fn connect(endpoints: &[Endpoint], load: &Load) -> anyhow::Result<Pool> {
        let mut links = Vec::with_capacity(load.connections);
        for endpoint in endpoints.iter().cycle().take(load.connections) {
            links.push(Link::connect(endpoint, load.dial_timeout, load.tls.as_ref()).await?);
        }
        Ok(Pool { links })
    }

    /// The endpoints in use, each once.
    pub fn endpoints(&self) -> Vec<String> {
        let names: BTreeSet<String> = self.links.iter().map(|link| link.endpoint().to_string()).collect();
        names.into_iter().collect()
    }

    /// A caller for client or stream number `n`.
    pub fn caller(&self, n: usize, path: &str, load: &Load) -> Caller {
        self.links[n % self.links.len()].caller(path, load.timeout)
    }
}

/// Drives `operation` and reports it under `name`, processor time included.
///
/// # Errors
/// The system refuses a timer, or a server process to be measured is not there.
pub async fn measure(name: &str, pool: &Pool, load: &Load, operation: impl Operation) -> anyhow::Result<Report> {
    let meter = Meter::start(&load.server_pids)?;
    let run = drive(pool, load, &RefCell::new(operation)).await?;
    let used = meter.used()?;
    let mut report = Report {
        operation: name.to_owned(),
        endpoints: pool.endpoints(),
        clients: load.clients,
        connections: load.connections,
        rate: load.pace.rate,
        figures: run.tally.figures(run.elapsed),
        unsent: load.pace.rate.map(|_| run.unsent),
        interrupted: run.interrupted,
        sent_late_us: run.sent_late.as_ref().map(Tally::latency_us),
        ..Report::default()
    };
    report.set_cpu(used);
    report.add_errors(&run.tally);
    Ok(report)
}

/// Runs all clients until the schedule is done, every client has lost its connection, or the user interrupts.
///
/// # Errors
/// The system refuses a timer.
pub async fn drive(pool: &Pool, load: &Load, operation: &RefCell<impl Operation>) -> anyhow::Result<Run> {
    let path = operation.borrow().path();
    let tally = RefCell::new(Tally::default());
    let sent_late = RefCell::new(load.pace.rate.map(|_| Tally::default()));
    let mut callers: Vec<Caller> = (0..load.clients).map(|n| pool.caller(n, path, load)).collect();
    let schedule = Schedule::start(load.pace)?;
    let mut clients: FuturesUnordered<_> = callers
        .iter_mut()
        .enumerate()
        .map(|(n, caller)| run_client(n, caller, &schedule, operation, &tally, &sent_late))
        .collect();
    let all_done = async { while clients.next().await.is_some() {} };
    let interrupt = async {
        // Without a handler the signal ends the process, as it did before.
        if tokio::signal::ctrl_c().await.is_ok() {
            schedule.stop();
        }
        std::future::pending().await
    };
    beside(all_done, schedule.wake_sleepers(), load.progress.follow(&tally), interrupt).await?;
    let elapsed = schedule.started().elapsed();
    drop(clients);
    Ok(Run {
        tally: tally.into_inner(),
        sent_late: sent_late.into_inner(),
        unsent: schedule.unsent(),
        interrupted: schedule.stopped(),
        elapsed,
    })
}

async fn run_client(
    n: usize,
    caller: &mut Caller,
    schedule: &Schedule,
    operation: &RefCell<impl Operation>,
    tally: &RefCell<Tally>,
    sent_late: &RefCell<Option<Tally>>,
) {
    while let Some(ticket) = schedule.ticket().await {
        if let Some(sent_late) = sent_late.borrow_mut().as_mut() {
            sent_late.add(ticket.intended.elapsed(), Ok(()));
        }
        let message = operation.borrow_mut().message(n, &ticket);
        let outcome = caller.call(message).await;
        let lost = matches!(outcome, Err(Failure::Lost { .. }));
        operation.borrow_mut().finished(n, outcome.is_ok());
        tally.borrow_mut().add(ticket.intended.elapsed(), outcome);
        if lost {
            break;
        }
    }
}

/// Runs helpers that never end well for as long as `work` lasts.
async fn beside<T>(
    work: impl Future<Output = T>,
    waker: impl Future<Output = std::io::Result<std::convert::Infallible>>,
    progress: impl Future<Output = std::convert::Infallible>,
    interrupt: impl Future<Output = std::convert::Infallible>,
) -> anyhow::Result<T> {
    tokio::select! {
        biased;
        done = work => Ok(done),
        end = waker => match end? {},
        never = progress => match never {},
        never = interrupt => match never {},
    }
}
