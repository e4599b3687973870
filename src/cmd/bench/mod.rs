//! `quorate bench`: a load generator for Quorate and etcd.
//!
//! How it works: `flags` are checked into a load, `pace` says when each request is to be sent (closed loop, or open
//! loop free of coordinated omission), an operation (`put`, `range`, `txn`, `lease`, `watch`, `login`) says what,
//! `driver` runs all clients on one thread, `wire` is the HTTP/2 below them, and `report` counts and prints.
//! `versus` alternates rounds between two servers, because a machine's mood changes over minutes; `cpu` tells what a
//! request cost the server and the generator in processor time.
//!
//! What it leaves out: requests of users (only their logins are measured), reconnecting after a lost connection.

#![expect(clippy::disallowed_methods, reason = "a load generator measures time")]

mod cpu;
mod driver;
mod flags;
mod keys;
mod lease;
mod login;
mod pace;
mod progress;
mod put;
mod range;
mod report;
mod txn;
mod versus;
mod watch;
mod wire;

#[cfg(test)]
mod tests;

use std::{
    ffi::OsString,
    io::{self, Write},
    process::ExitCode,
};

use anyhow::Context;
use clap::{CommandFactory, Parser};

use driver::Pool;
use flags::{Load, Output, Shared};
use progress::Progress;
use report::Report;

/// Measure a server: throughput, latency, processor time
///
/// Works against Quorate and etcd. Latencies are of whole requests, as their client sees them; with --rate they count
/// from the moment at which a request was due, so that a pause of the server is not hidden.
#[derive(Parser, Clone, Debug)]
#[command(name = "bench", subcommand_required = true, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    shared: Shared,
    #[command(subcommand)]
    operation: OperationArgs,
}

#[derive(clap::Subcommand, Clone, Debug)]
enum OperationArgs {
    Put(put::PutArgs),
    Load(put::LoadArgs),
    Range(range::RangeArgs),
    #[command(visible_alias = "txn-put")]
    Txn(txn::TxnArgs),
    Watch(watch::WatchArgs),
    #[command(visible_alias = "lease-keepalive")]
    Lease(lease::LeaseArgs),
    Login(login::LoginArgs),
}

/// The command line of `bench`, for help, completions and man pages.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Runs `bench` with its own command line: `args[0]` is the name it was called by, as help is to show it (`quorate bench`,
/// `benchmark`), the rest its flags. Prints the report on standard output. Fails if the flags are wrong, a connection cannot be made or is lost, or
/// every request has failed; single failed requests are part of the report.
pub fn run(args: Vec<OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(e) => {
            // Help goes to standard output and is no failure. Nothing is left to tell if printing fails.
            let _ = e.print();
            return if e.use_stderr() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
        }
    };
    match execute(&cli) {
        Ok(verdict) => verdict,
        Err(e) => {
            eprintln!("Error: {e:#}");
            ExitCode::FAILURE
        }
    }
}

fn execute(cli: &Cli) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start the runtime")?;
    let (text, failure) = runtime.block_on(async {
        if cli.shared.vs.is_empty() {
            let load = cli.shared.load(&cli.shared.server_pid, cli.operation.total_default())?;
            let report = cli.operation.round(&cli.shared.endpoints, load, "").await?;
            let text = match cli.shared.output {
                Output::Text => report.text(),
                Output::Json => json(&report)?,
            };
            anyhow::Ok((text, verdict(&report)))
        } else {
            let comparison = versus::compare(cli).await?;
            let text = match cli.shared.output {
                Output::Text => comparison.text(),
                Output::Json => json(&comparison)?,
            };
            Ok((text, comparison.reports().find_map(verdict)))
        }
    })?;
    match io::stdout().write_all(text.as_bytes()) {
        // Whoever reads the report may stop reading.
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => {}
        written => written.context("cannot write the report")?,
    }
    Ok(match failure {
        None => ExitCode::SUCCESS,
        Some(failure) => {
            eprintln!("Error: {failure}");
            ExitCode::FAILURE
        }
    })
}

fn json(report: &impl serde::Serialize) -> anyhow::Result<String> {
    Ok(serde_json::to_string(report).context("cannot encode the report")? + "\n")
}

/// Why a run that has a report is a failure all the same.
fn verdict(report: &Report) -> Option<String> {
    match &report.lost {
        Some(lost) => Some(lost.clone()),
        None if report.all_failed() => Some(format!("every request to {} has failed", report.endpoints.join(","))),
        None => None,
    }
}

impl OperationArgs {
    /// Requests of a run whose flags do not give it an end.
    fn total_default(&self) -> u64 {
        match self {
            OperationArgs::Watch(_) => watch::PUTS_DEFAULT,
            _ => flags::TOTAL_DEFAULT,
        }
    }

    /// Connects and runs the operation once; `title` is shown beside the progress bar.
    async fn round(&self, endpoints: &[wire::Endpoint], mut load: Load, title: &str) -> anyhow::Result<Report> {
        if let OperationArgs::Watch(args) = self {
            args.adjust(&mut load)?;
        }
        load.progress = Progress::on_terminal(title, &load.pace);
        let pool = Pool::connect(endpoints, &load).await?;
        match self {
            OperationArgs::Put(args) => args.run(&pool, &load).await,
            OperationArgs::Load(args) => args.run(&pool, &load).await,
            OperationArgs::Range(args) => args.run(&pool, &load).await,
            OperationArgs::Txn(args) => args.run(&pool, &load).await,
            OperationArgs::Watch(args) => args.run(&pool, &load).await,
            OperationArgs::Lease(args) => args.run(&pool, &load).await,
            OperationArgs::Login(args) => args.run(&pool, &load).await,
        }
    }
}
