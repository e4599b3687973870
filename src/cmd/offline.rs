//! Commands that ask no server: each has a command line of its own, without the flags of clients.

use std::{ffi::OsString, process::ExitCode};

/// Reads such a command line, `args[0]` being the command's name.
///
/// # Errors
/// The exit code, when it was a wish for help, which is printed, or makes no sense, which is said on stderr.
pub fn parse<C: clap::Parser>(args: Vec<OsString>) -> Result<C, ExitCode> {
    C::try_parse_from(args).map_err(|error| {
        // Where neither can be written nobody is to be told.
        let _ = error.print();
        if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS }
    })
}
