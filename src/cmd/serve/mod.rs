//! `quorate serve`: from flags, environment and configuration file to a running server.
//!
//! [`table`] lists every flag once. [`settings`] reads the command line, [`env`] the environment, [`file`] the configuration
//! file; [`config`] checks the values together and makes the server's configuration; [`logging`] writes the log. Then
//! [`crate::core::serve::run`] takes over until a signal says stop.
//!
//! Exit codes: 0 when stopped on purpose, for help and for the version; 2 for a mistake on the command line, with the usage;
//! 1 for everything else, with one clear line on stderr and in the log.

mod config;
mod discovery;
mod duration;
mod env;
mod file;
mod flag;
mod gates;
mod help;
mod logging;
mod notify;
mod number;
mod settings;
mod signals;
mod table;
mod tls;
pub(super) mod urls;
mod users;
mod version;

use std::{ffi::OsString, io::Write, path::Path, process::ExitCode};

pub(super) use config::initial_cluster;
pub use help::command;
use logging::LogConfig;
use settings::{Request, Settings};

use crate::core::{limits, serve};

const USAGE_EXIT_CODE: u8 = 2;

/// Runs a server with the arguments behind the subcommand's or program's name.
pub fn run(args: Vec<OsString>) -> ExitCode {
    let (settings, request) = match Settings::from_args(args) {
        Ok(read) => read,
        Err(error) => {
            say(&format!("Error: {error}\n{}\n", help::USAGE));
            return ExitCode::from(USAGE_EXIT_CODE);
        }
    };
    if request == Request::Help {
        return print(&help::text());
    }
    if settings.bool("version") {
        return print(&version::text());
    }
    match start(settings) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The log may go to a file, and may be why this failed: stderr is told in any case.
            tracing::error!(target: logging::FATAL, %error, "the server can't go on");
            say(&format!("Error: {error}\n"));
            ExitCode::FAILURE
        }
    }
}

fn start(mut settings: Settings) -> anyhow::Result<()> {
    let read = add_other_sources(&mut settings);
    // Even a mistake in what was read is logged, then by the defaults.
    let log = if read.is_ok() { config::log_config(&settings) } else { Ok(LogConfig::default()) };
    logging::install(log.as_ref().unwrap_or(&LogConfig::default()))?;
    let mut warnings = read?;
    log?;
    let server = config::server_config(&settings, &mut warnings);
    for warning in &warnings {
        tracing::warn!("{warning}");
    }
    let server = server?;
    tracing::info!(
        "etcd-version" = limits::SERVER_VERSION,
        version = env!("CARGO_PKG_VERSION"),
        name = server.name,
        "data-dir" = %server.data_dir.display(),
        "starting the server"
    );
    let stop = serve::Stop::new();
    signals::watch(stop.clone())?;
    serve::run(server, stop, Box::new(notify::notify_ready))?;
    Ok(())
}

/// Reads the environment, then the configuration file if one is asked for; answers warnings.
fn add_other_sources(settings: &mut Settings) -> Result<Vec<String>, config::ConfigError> {
    let from_environment = || std::env::vars_os();
    let path = match settings.text("config-file") {
        path if path.is_empty() => from_environment().find(|(name, _)| name == "ETCD_CONFIG_FILE").map(|(_, path)| path),
        path => Some(path.into()),
    };
    match path.filter(|path| !path.is_empty()) {
        None => env::apply(settings, from_environment()),
        Some(path) => {
            let (read, warnings) = file::read(Path::new(&path))?;
            let given = std::mem::replace(settings, read);
            settings.leftover = given.leftover;
            settings.command_line = given.command_line;
            Ok(warnings)
        }
    }
}

/// Writes to stdout. A reader that went away is no error.
fn print(text: &str) -> ExitCode {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            say(&format!("Error: can't write to stdout: {error}\n"));
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}

/// Writes to stderr. When even that fails there is nowhere left to say so; the exit code still does.
fn say(text: &str) {
    drop(std::io::stderr().write_all(text.as_bytes()));
}
