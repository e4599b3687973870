//! `quorate recover`: a new cluster from what is left of one that has lost its quorum.
//!
//! [`plan`] looks and advises, [`apply`] writes; [`text`] and [`json`] say what was found. Both work on data directories, with no server
//! running on them.

mod apply;
mod json;
mod plan;
mod text;

use std::{ffi::OsString, process::ExitCode};

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};

use super::{
    error::{CliError, Kind},
    offline, output,
};
use crate::core::recovery::RecoveryError;

/// Recover a cluster that has lost its quorum, from the data directories that are left
///
/// A cluster goes on while more than half of its voters do. When they are lost for good, no member may decide alone what the others
/// had acknowledged, so the rest stands still. Recovery makes a new cluster from one survivor.
///
/// 1. Stop every member that still runs, so that none answers meanwhile.
///
/// 2. `quorate recover plan DIR...` with every surviving data directory (copies will do) tells which one holds the most, and whether
///    the quorum is lost at all.
///
/// 3. `quorate recover apply` writes a new data directory from that one. The old one stays as it is, byte for byte. Interrupted, it is
///    simply run again.
///
/// 4. `quorate serve` with the new directory runs a cluster of one. Others join by `quorate member add`, each with an empty data
///    directory: never with the one of the old cluster, which a member of the new one refuses to talk to.
///
/// What is kept: everything that the survivor's log holds, also what it does not know to be committed, since the lost leader may have
/// acknowledged it. What the survivor never received is lost. So that clients notice, the revision is moved far ahead and all history
/// below it is marked compacted: a watch that goes on from an old revision is told so, and its client lists anew. Leases live on with
/// their full time to live; alarms are dropped.
///
/// `quorate serve --force-new-cluster` keeps the cluster's and the member's id and works in place. It needs no second directory, but a
/// lost member that comes back with its old data speaks of the same cluster, and clients are told nothing. Prefer this command. Where
/// etcd's flag gives up what the member does not know to be committed, this one keeps it. Take the flag away once the member serves: at
/// the next start it would take out those that have joined since.
#[derive(Parser, Debug)]
#[command(name = "recover", subcommand_required = true, arg_required_else_help = true, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Debug)]
enum Verb {
    Plan(plan::Args),
    Apply(apply::Args),
}

/// Form of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Simple,
    Json,
}

/// The definition of this command.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Runs `recover` with its own command line, `args[0]` being its name.
pub fn run(args: Vec<OsString>) -> ExitCode {
    let cli: Cli = match offline::parse(args) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let done = match cli.verb {
        Verb::Plan(args) => args.run(),
        Verb::Apply(args) => args.run(),
    };
    match done {
        Ok(code) => code,
        Err(error) => error.report(),
    }
}

fn failure(error: RecoveryError) -> CliError {
    CliError::caused(Kind::General, error)
}

fn print(text: &str) -> Result<(), CliError> {
    output::line(text.trim_end())
}
