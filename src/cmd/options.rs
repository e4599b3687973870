//! `options`: the flags that every client command takes.

use super::{error::CliError, extra::Extra, global::Global, output};
use clap::{Args as _, Command};

/// List the global options
#[derive(Clone, Debug, clap::Args)]
#[command(override_usage = "quorate options")]
pub struct Args {
    #[command(flatten)]
    extra: Extra,
}

/// Prints the list.
///
/// # Errors
/// Errors of writing.
pub fn print() -> Result<(), CliError> {
    let mut command = Global::augment_args(Command::new("options").disable_help_flag(true)).help_template("{all-args}");
    let text = command.render_long_help().to_string();
    output::line(&format!("The following options can be passed to any command:\n\n{}", text.trim_end()))
}
