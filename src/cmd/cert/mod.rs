//! `quorate cert`: certificates, keys and lists of revoked certificates, as files.

mod check;

use std::{ffi::OsString, process::ExitCode};

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};

use super::offline;

/// Look after the files of TLS
///
/// Talks to nobody: it looks at files, before a server is started with them or handed new ones. A running server says in its metric
/// quorate_tls_expiry_timestamp_seconds when its files expire.
#[derive(Parser, Debug)]
#[command(name = "cert", subcommand_required = true, arg_required_else_help = true, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Debug)]
enum Verb {
    Check(check::Args),
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

/// Runs `cert` with its own command line, `args[0]` being its name.
pub fn run(args: Vec<OsString>) -> ExitCode {
    let cli: Cli = match offline::parse(args) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let Verb::Check(args) = cli.verb;
    args.run().unwrap_or_else(|error| error.report())
}
