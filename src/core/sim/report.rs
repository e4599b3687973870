//! A run with its verdict, and the smallest run that still shows what is wrong.

use std::{
    collections::{BTreeMap, VecDeque},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use super::{
    cluster::{Cluster, Happened},
    faults::Kind,
    network::Nanos,
    plan::{Options, SECONDS},
};
use crate::core::{
    server::metrics::Metrics,
    verify::{check, history::History},
};

/// What came of a run.
#[derive(Debug, Default)]
pub struct Report {
    pub options: Options,
    /// In words; empty for a run in which all was well.
    pub findings: Vec<String>,
    /// What the second opinion on single keys could not decide in its bounded time.
    pub undecided: Vec<String>,
    /// Two runs of a seed have the same.
    pub trace_hash: u64,
    pub simulated_nanos: Nanos,
    pub members: usize,
    pub events: u64,
    pub operations: usize,
    pub revisions: usize,
    pub watch_events: usize,
    pub faults: VecDeque<(Nanos, String)>,
    pub elections: u64,
    /// Whole states that members got from others.
    pub installs: u64,
    pub starts: u64,
    /// How often each kind of event happened.
    pub counts: BTreeMap<&'static str, u64>,
    /// Each event, if they were asked for.
    pub trace: Option<String>,
    pub history: History,
}

/// Runs simulations, one after the other. Each thread has its own.
pub struct Simulator {
    /// Of all members of all runs: nobody looks at them.
    metrics: Arc<Metrics>,
}

impl Default for Simulator {
    fn default() -> Self {
        Self { metrics: Arc::new(Metrics::new(&[], false)) }
    }
}

impl Simulator {
    /// Runs once, and lets the checkers judge.
    pub fn run(&self, options: &Options) -> Report {
        let ran = catch_unwind(AssertUnwindSafe(|| {
            let happened = Cluster::new(options, Arc::clone(&self.metrics)).run();
            let judged = check::check_all(&happened.history, &check_options(&happened));
            (happened, judged)
        }));
        match ran {
            Ok((happened, judged)) => report(options, happened, &judged),
            Err(panic) => {
                let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
                let findings = vec![format!("panic: {}", text.unwrap_or("without words"))];
                Report { options: options.clone(), findings, ..Report::default() }
            }
        }
    }

    /// Leaves out what the findings don't need: kinds of faults, faults after the last that matters, time, clients. Each attempt is
    /// a run; at most `attempts` are made.
    pub fn shrink(&self, report: &Report, attempts: usize) -> Report {
        let mut best = self.run(&report.options);
        let mut left = attempts;
        let try_smaller = |smaller: Options, best: &mut Report, left: &mut usize| {
            if *left == 0 || smaller == best.options {
                return false;
            }
            *left -= 1;
            let tried = self.run(&smaller);
            let still = !tried.findings.is_empty();
            if still {
                *best = tried;
            }
            still
        };
        let mut shorter = best.simulated_nanos.div_ceil(SECONDS).min(best.options.fault_secs.unwrap_or(16));
        while shorter > 1 {
            shorter /= 2;
            let smaller = Options { fault_secs: Some(shorter.max(1)), ..best.options.clone() };
            try_smaller(smaller, &mut best, &mut left);
        }
        for kind in Kind::ALL {
            let mut smaller = best.options.clone();
            smaller.without.insert(kind);
            try_smaller(smaller, &mut best, &mut left);
        }
        let mut faults = best.faults.len();
        while faults > 0 {
            faults /= 2;
            let smaller = Options { faults_max: Some(faults), ..best.options.clone() };
            if !try_smaller(smaller, &mut best, &mut left) {
                break;
            }
        }
        for clients in 1..4 {
            let smaller = Options { clients_max: Some(clients), ..best.options.clone() };
            if try_smaller(smaller, &mut best, &mut left) {
                break;
            }
        }
        best
    }
}

/// What ending a lease may take beyond its TTL: an election, a new leader's grace, looks at what is over.
const LEASE_GRACE: Nanos = 5 * SECONDS;

fn check_options(happened: &Happened) -> check::Options {
    let quiet = happened.quiet_since.map(|from| check::Quiet { from, until: happened.now, grace: LEASE_GRACE });
    // Clocks that are wrong by at most this much.
    let clock_error_permille = happened.plan.drift_ppm_max.cast_unsigned().div_ceil(1000) + 1;
    check::Options { clock_error_permille, quiet, ..check::Options::default() }
}

fn report(options: &Options, happened: Happened, judged: &check::Report) -> Report {
    let Happened { now, history, trace, mut findings, faults, elections, installs, lives, plan, quiet_since: _ } = happened;
    findings.extend(judged.findings.iter().map(ToString::to_string));

    Report {
        options: options.clone(),
        findings,
        undecided: judged.undecided.clone(),
        trace_hash: trace.hash(),
        simulated_nanos: now,
        members: plan.members,
        events: trace.events(),
        operations: history.operations.len(),
        revisions: history.ledger.revisions.len(),
        watch_events: history
            .streams
            .iter()
            .flat_map(|stream| &stream.responses)
            .map(|(_, response)| response.events.len())
            .sum(),
        faults,
        elections,
        installs,
        starts: lives,
        counts: trace.counts().clone(),
        trace: trace.into_text(),
        history,
    }
}
