//! `quorate sim`: search of bad luck in simulated clusters.

use super::{
    error::{CliError, Kind},
    offline, output,
};
use crate::core::sim::{Options, Report, Scenario, Simulator, faults};
use clap::{CommandFactory, Parser};
use indicatif::{ProgressBar, ProgressStyle};
use std::{
    collections::BTreeSet,
    ffi::OsString,
    process::ExitCode,
    sync::{
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

/// Runs that the search for a smaller one with the same trouble may take.
const SHRINK_RUNS: usize = 60;

/// Simulate whole clusters under faults and check what their clients see
///
/// Each seed is one run: members, clients, network, disks and clocks on one thread, in simulated time. A run that finds something
/// is made smaller and printed with the command that repeats it; the exit code is then 1.
#[derive(Parser, Debug)]
#[command(name = "sim")]
struct Cli {
    /// Run this seed alone
    #[arg(long, conflicts_with_all = ["seeds", "first_seed"])]
    seed: Option<u64>,
    /// Run this many seeds
    #[arg(long, default_value_t = 100)]
    seeds: u64,
    /// The first of them
    #[arg(long, default_value_t = 0)]
    first_seed: u64,
    /// Begin no new run after so many seconds
    #[arg(long, value_name = "SECONDS")]
    time: Option<u64>,
    /// Runs at a time; by default as many as there are processors
    #[arg(long)]
    jobs: Option<usize>,
    /// Go on after a run that found something
    #[arg(long)]
    keep_going: bool,
    /// Members of each cluster; drawn from the seed if not given
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=7))]
    members: Option<u64>,
    /// Seconds of simulated time in which faults happen; drawn from the seed if not given
    #[arg(long)]
    fault_secs: Option<u64>,
    /// The shape of run that once brought a bug out in etcd
    #[arg(long)]
    scenario: Option<Scenario>,
    /// Kinds of faults that shall not happen
    #[arg(long, value_delimiter = ',', value_name = "KIND")]
    without: Vec<faults::Kind>,
    /// Only the first so many faults happen
    #[arg(long)]
    faults: Option<usize>,
    /// Only so many clients write and read
    #[arg(long)]
    clients: Option<usize>,
    /// Print every event of the run
    #[arg(long, requires = "seed")]
    trace: bool,
}

/// The definition of this command.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Runs `sim` with its own command line, `args[0]` being its name.
pub fn run(args: Vec<OsString>) -> ExitCode {
    let cli: Cli = match offline::parse(args) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    match cli.search() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => error.report(),
    }
}

impl Cli {
    fn options(&self, seed: u64) -> Options {
        Options {
            seed,
            members: self.members.map(|members| members as usize),
            fault_secs: self.fault_secs,
            without: self.without.iter().copied().collect::<BTreeSet<_>>(),
            faults_max: self.faults,
            clients_max: self.clients,
            scenario: self.scenario,
            trace: self.trace,
        }
    }

    /// Answers whether all was well.
    fn search(&self) -> Result<bool, CliError> {
        if let Some(seed) = self.seed {
            let report = Simulator::default().run(&self.options(seed));
            if let Some(trace) = &report.trace {
                output::line(trace.trim_end())?;
            }
            print(&report)?;
            return Ok(report.findings.is_empty());
        }
        self.many()
    }

    fn many(&self) -> Result<bool, CliError> {
        let begun = Instant::now();
        let processors = thread::available_parallelism().map_or(1, usize::from);
        let jobs = self.jobs.unwrap_or(processors).clamp(1, 256);
        let last = self.first_seed.saturating_add(self.seeds);
        let (next, stop) = (AtomicU64::new(self.first_seed), AtomicBool::new(false));
        let limit = self.time.map(Duration::from_secs);
        let (reports, finished) = mpsc::sync_channel(jobs * 2);
        let bar = ProgressBar::new(self.seeds);
        bar.set_style(ProgressStyle::with_template("{pos}/{len} runs {wide_bar} {eta}").expect("a valid template"));
        let mut sums = Sums::default();
        let mut bad = Vec::new();
        thread::scope(|scope| {
            for _ in 0..jobs {
                let (reports, next, stop) = (reports.clone(), &next, &stop);
                scope.spawn(move || {
                    let simulator = Simulator::default();
                    while !stop.load(Ordering::Relaxed) && limit.is_none_or(|limit| begun.elapsed() < limit) {
                        let seed = next.fetch_add(1, Ordering::Relaxed);
                        if seed >= last {
                            return;
                        }
                        let report = simulator.run(&self.options(seed));
                        // Nobody listens any more once the search is over.
                        if reports.send(report).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(reports);
            for report in finished {
                bar.inc(1);
                sums.add(&report);
                if !report.findings.is_empty() {
                    if !self.keep_going {
                        stop.store(true, Ordering::Relaxed);
                    }
                    bad.push(report);
                }
            }
        });
        bar.finish_and_clear();
        bad.sort_by_key(|report| report.options.seed);
        let simulator = Simulator::default();
        for report in &bad {
            print(&simulator.shrink(report, SHRINK_RUNS))?;
        }
        let real = begun.elapsed().as_secs_f64();
        let hours = sums.simulated_secs / 3600.0;
        output::line(&format!(
            "{} runs, {} with findings; {:.1} simulated hours in {real:.0} s ({:.1} hours a minute); {} calls, {} revisions, {} \
             watch events, {} faults, {} elections, {} starts, {} whole states received; {} keys without a second opinion",
            sums.runs,
            bad.len(),
            hours,
            hours / real * 60.0,
            sums.operations,
            sums.revisions,
            sums.watch_events,
            sums.faults,
            sums.elections,
            sums.starts,
            sums.installs,
            sums.undecided,
        ))?;
        if sums.runs == 0 {
            return Err(CliError::new(Kind::BadArgs, "no seed was run".to_owned()));
        }
        Ok(bad.is_empty())
    }
}

#[derive(Default)]
struct Sums {
    runs: u64,
    simulated_secs: f64,
    operations: usize,
    revisions: usize,
    watch_events: usize,
    faults: usize,
    elections: u64,
    starts: u64,
    installs: u64,
    undecided: usize,
}

impl Sums {
    fn add(&mut self, report: &Report) {
        self.runs += 1;
        self.simulated_secs += report.simulated_nanos as f64 / 1e9;
        self.operations += report.operations;
        self.revisions += report.revisions;
        self.watch_events += report.watch_events;
        self.faults += report.faults.len();
        self.elections += report.elections;
        self.starts += report.starts;
        self.installs += report.installs;
        self.undecided += report.undecided.len();
    }
}

fn print(report: &Report) -> Result<(), CliError> {
    output::line(&format!(
        "seed {}: {} members, {:.1} simulated seconds, {} events, {} calls, {} revisions, trace {:016x}",
        report.options.seed,
        report.members,
        report.simulated_nanos as f64 / 1e9,
        report.events,
        report.operations,
        report.revisions,
        report.trace_hash,
    ))?;
    for (when, fault) in &report.faults {
        output::line(&format!("  at {:.6} s: {fault}", *when as f64 / 1e9))?;
    }
    for open in &report.undecided {
        output::line(&format!("  undecided: {open}"))?;
    }
    if report.findings.is_empty() {
        return output::line("  nothing is wrong");
    }
    for finding in &report.findings {
        output::line(&format!("  FOUND {finding}"))?;
    }
    output::line(&format!("  again with: {}", report.options.command()))
}
