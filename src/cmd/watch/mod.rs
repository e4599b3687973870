//! `watch`: print changes as they happen, and run a command for each.
//!
//! [`args`] finds the key, the range and the command to run among the arguments, the environment and interactive lines;
//! [`stream`] keeps the watches alive on one stream after the other; [`exec`] runs the command for an event.

mod args;
mod exec;
mod stream;

use super::{
    context::{Context, Session},
    error::{CliError, Kind, note},
    gotext::{NumberError, parse_int},
    output::Reply,
    rpc_error::{REQUIRED_COMPACTED, REQUIRED_FUTURE},
    script::words,
};
use args::Watch;
use quorate_proto::etcdserverpb::WatchResponse;
use std::{env, ffi::OsString, os::unix::ffi::OsStrExt};
use stream::Watcher;
use tokio::io::{AsyncBufReadExt, BufReader};

/// Watch a key or a range of keys
///
/// With a command behind --, that command is run for every event; ETCD_WATCH_REVISION, ETCD_WATCH_EVENT_TYPE,
/// ETCD_WATCH_KEY and ETCD_WATCH_VALUE in its environment say what happened. ETCDCTL_WATCH_KEY and ETCDCTL_WATCH_RANGE_END
/// stand in for the arguments.
#[derive(Clone, Debug, clap::Args)]
#[command(override_usage = "quorate watch [options] [key or prefix] [range_end] [--] [exec-command arg1 arg2 ...]")]
pub struct Args {
    /// Key, the first key that is not wanted any more, and a command behind --
    #[arg(value_name = "KEY [RANGE_END] [-- COMMAND]", num_args = 0..)]
    args: Vec<OsString>,

    /// Read watch and progress commands from standard input
    #[arg(short, long)]
    interactive: bool,

    #[command(flatten)]
    options: Options,
}

/// The flags that an interactive `watch` line takes, too.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Options {
    /// Watch the keys that begin with the key
    #[arg(long)]
    prefix: bool,

    /// Revision to start at, 0 for now
    #[arg(long, value_name = "REVISION", default_value = "0", value_parser = number)]
    rev: i64,

    /// Get the key-value pair as it was before the event, too
    #[arg(long)]
    prev_kv: bool,

    /// Have the server tell from time to time how far the watch has come
    #[arg(long)]
    progress_notify: bool,
}

fn number(text: &str) -> Result<i64, NumberError> {
    parse_int(text, 0)
}

impl Args {
    pub async fn run(self, context: &Context) -> Result<(), CliError> {
        let variable = |name| env::var_os(name).filter(|value| !value.is_empty());
        let environment =
            args::Environment { key: variable("ETCDCTL_WATCH_KEY"), range_end: variable("ETCDCTL_WATCH_RANGE_END") };
        environment.check()?;
        if self.interactive {
            return interactive(&context.session()?, &environment).await;
        }
        let watch = args::from_arguments(self.args, context.line.before_dashes, &self.options, &environment)?;
        let session = context.session()?;
        let mut watcher = Watcher::new(&session.client);
        watcher.add(watch);
        while watcher.is_watching() {
            let (watch, reply) = watcher.next().await;
            show(&session, &watch, &reply).await?;
        }
        Err(CliError::new(Kind::Interrupted, "watch is canceled by the server"))
    }
}

/// Takes commands from standard input until it ends.
async fn interactive(session: &Session, environment: &args::Environment) -> Result<(), CliError> {
    let mut lines = BufReader::new(tokio::io::stdin()).split(b'\n');
    let mut watcher = Watcher::new(&session.client);
    loop {
        tokio::select! {
            line = lines.next_segment() => {
                let line = line.map_err(|error| CliError::caused(Kind::InvalidInput, error))?;
                let Some(line) = line else {
                    return Err(CliError::new(Kind::InvalidInput, "error reading watch request line: EOF"));
                };
                command(&String::from_utf8_lossy(&line), &mut watcher, environment)?;
            }
            (watch, reply) = watcher.next() => show(session, &watch, &reply).await?,
        }
    }
}

/// Does what an interactive line says.
///
/// # Errors
/// A `watch` line with wrong arguments ends the program: exit code 128.
fn command(line: &str, watcher: &mut Watcher<'_>, environment: &args::Environment) -> Result<(), CliError> {
    let mut words = words(line)?.into_iter();
    match words.next().as_deref().map(OsStrExt::as_bytes) {
        Some(b"watch") => {
            let words: Vec<OsString> = words.collect();
            if words.is_empty() && environment.key.is_none() {
                note(format_args!("Invalid command {line} (command type or key is not provided)"));
                return Ok(());
            }
            match args::from_line(&words, environment)? {
                Ok(watch) => watcher.add(watch),
                Err(error) => note(format_args!("Invalid command {line} ({error})")),
            }
        }
        Some(b"progress") => watcher.ask_progress(),
        Some(_) => note(format_args!("Invalid command {line} (only support watch)")),
        None => note(format_args!("Invalid command: {line} (watch and progress supported)")),
    }
    Ok(())
}

/// Prints one reply and runs the command for its events.
async fn show(session: &Session, watch: &Watch, reply: &WatchResponse) -> Result<(), CliError> {
    if reply.canceled {
        note(format_args!("watch was canceled ({})", reason(reply)));
    }
    let revision = reply.header.unwrap_or_default().revision;
    if reply.events.is_empty() && !reply.canceled && !reply.created && reply.compact_revision == 0 && revision != 0 {
        super::output::line(&format!("progress notify: {revision}"))?;
    }
    session.output.print(Reply::Watch(reply))?;
    for event in &reply.events {
        exec::run(&watch.command, revision, event).await?;
    }
    Ok(())
}

/// Why a watch was cancelled.
fn reason(reply: &WatchResponse) -> &str {
    match reply.cancel_reason.as_str() {
        _ if reply.compact_revision != 0 => REQUIRED_COMPACTED,
        "" => REQUIRED_FUTURE,
        reason => reason,
    }
}
