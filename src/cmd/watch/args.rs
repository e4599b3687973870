//! Which keys to watch and what to run: from the command line, the environment or an interactive line.

use super::Options;
use crate::cmd::{
    Personality,
    error::CliError,
    flags,
    gotext::quote,
    key::{bytes, open_range},
};
use bytes::Bytes;
use clap::{CommandFactory, FromArgMatches, Parser};
use std::{ffi::OsString, os::unix::ffi::OsStrExt};

const COUNT: &str = "bad number of arguments";
const CONFLICT: &str = "bad number of arguments (found conflicting environment key)";
const NO_COMMAND: &str = "bad number of arguments (found separator --, but no commands)";

/// One watch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watch {
    pub key: Bytes,
    pub range_end: Bytes,
    /// First revision to see; 0 for now.
    pub start_revision: i64,
    pub prev_kv: bool,
    pub progress_notify: bool,
    /// Command to run for each event, none if empty.
    pub command: Vec<OsString>,
}

/// The variables that stand in for arguments.
#[derive(Debug, Default)]
pub struct Environment {
    pub key: Option<OsString>,
    pub range_end: Option<OsString>,
}

impl Environment {
    /// # Errors
    /// A range end without a key: exit code 128.
    pub fn check(&self) -> Result<(), CliError> {
        match (&self.key, &self.range_end) {
            (None, Some(end)) => {
                let end = quote(end.as_bytes());
                Err(CliError::bad_args(format!("ETCDCTL_WATCH_KEY is empty but got ETCDCTL_WATCH_RANGE_END={end}")))
            }
            _ => Ok(()),
        }
    }
}

/// An interactive line.
#[derive(Parser)]
#[command(name = "watch")]
struct Line {
    #[arg(num_args = 0..)]
    args: Vec<OsString>,
    /// Accepted and without effect: the line is interactive already
    #[arg(short, long)]
    interactive: bool,
    #[command(flatten)]
    options: Options,
}

/// The watch that the command line describes; `before_dashes` is the number of arguments before a `--`.
///
/// # Errors
/// Wrong arguments: exit code 128.
pub fn from_arguments(
    args: Vec<OsString>,
    before_dashes: Option<usize>,
    options: &Options,
    environment: &Environment,
) -> Result<Watch, CliError> {
    let (args, command) = split(args, before_dashes)?;
    watch(args, command, options, environment)?
}

/// The watch that the words after an interactive `watch` describe. The inner error is told, and the next line is read.
///
/// # Errors
/// Wrong arguments: exit code 128.
pub fn from_line(words: &[OsString], environment: &Environment) -> Result<Result<Watch, CliError>, CliError> {
    let mut root = Line::command();
    root.build();
    let read = flags::read(&root, Personality::Quorate, words).map_err(|error| CliError::bad_args(error.to_string()))?;
    let line = root
        .clone()
        .try_get_matches_from(read.canonical("watch", &root))
        .and_then(|matches| Line::from_arg_matches(&matches))
        .map_err(|error| CliError::bad_args(flags::refusal(&error).to_string()))?;
    let (args, command) = split(line.args, read.before_dashes)?;
    watch(args, command, &line.options, environment)
}

/// Parts the arguments from the command.
fn split(mut args: Vec<OsString>, before_dashes: Option<usize>) -> Result<(Vec<OsString>, Vec<OsString>), CliError> {
    let Some(at) = before_dashes else { return Ok((args, Vec::new())) };
    let command = args.split_off(at);
    if command.is_empty() { Err(CliError::bad_args(NO_COMMAND)) } else { Ok((args, command)) }
}

fn watch(
    args: Vec<OsString>,
    command: Vec<OsString>,
    options: &Options,
    environment: &Environment,
) -> Result<Result<Watch, CliError>, CliError> {
    let args = match &environment.key {
        Some(_) if !args.is_empty() => return Err(CliError::bad_args(CONFLICT)),
        Some(key) => std::iter::once(key.clone()).chain(environment.range_end.clone()).collect(),
        None => args,
    };
    let mut args = args.into_iter().map(bytes);
    let Some(key) = args.next() else { return Err(CliError::bad_args(COUNT)) };
    let (key, range_end) = match args.next() {
        Some(_) if options.prefix => {
            return Ok(Err(CliError::bad_args("`range_end` and `--prefix` are mutually exclusive")));
        }
        Some(_) if args.next().is_some() => return Ok(Err(CliError::bad_args(COUNT))),
        Some(end) => (key, end),
        None => open_range(key, options.prefix, false),
    };
    Ok(Ok(Watch {
        key,
        range_end,
        start_revision: options.rev,
        prev_kv: options.prev_kv,
        progress_notify: options.progress_notify,
        command,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(words: &str) -> Vec<OsString> {
        words.split_whitespace().map(Into::into).collect()
    }

    fn environment(key: &str) -> Environment {
        Environment { key: (!key.is_empty()).then(|| key.into()), range_end: None }
    }

    fn of(words: &str, dashes: Option<usize>, key: &str) -> Result<Watch, String> {
        from_arguments(list(words), dashes, &Options::default(), &environment(key)).map_err(|error| {
            assert_eq!(error.kind(), crate::cmd::error::Kind::BadArgs);
            error.to_string()
        })
    }

    #[expect(clippy::unnecessary_wraps, reason = "compared with what parsing answers")]
    fn expected(key: &str, end: &str, command: &str) -> Result<Watch, String> {
        let (key, range_end) = (Bytes::from(key.to_owned()), Bytes::from(end.to_owned()));
        Ok(Watch { key, range_end, command: list(command), ..Default::default() })
    }

    #[test]
    fn what_stands_behind_the_dashes_is_the_command() {
        assert_eq!(of("a", None, ""), expected("a", "", ""));
        assert_eq!(of("a b", None, ""), expected("a", "b", ""));
        assert_eq!(of("a b echo x", Some(2), ""), expected("a", "b", "echo x"));
    }

    #[test]
    fn the_environment_stands_in_for_the_key() {
        assert_eq!(of("", None, "k"), expected("k", "", ""));
        assert_eq!(of("echo x", Some(0), "k"), expected("k", "", "echo x"));
        let both = Environment { key: Some("k".into()), range_end: Some("m".into()) };
        let watch = from_arguments(Vec::new(), None, &Options::default(), &both).unwrap();
        assert_eq!(Ok(watch), expected("k", "m", ""));
    }

    #[test]
    fn wrong_numbers_of_arguments_are_refused() {
        assert_eq!(of("", None, "").unwrap_err(), COUNT);
        assert_eq!(of("echo", Some(0), "").unwrap_err(), COUNT);
        assert_eq!(of("a", Some(1), "").unwrap_err(), NO_COMMAND);
        assert_eq!(of("a", None, "k").unwrap_err(), CONFLICT);
        assert_eq!(of("a b c", None, "").unwrap_err(), COUNT);
        assert!(Environment { key: None, range_end: Some("m".into()) }.check().is_err());
    }

    #[test]
    fn an_interactive_line_has_flags_of_its_own() {
        let words = list("--rev=5 a/ --prefix -- echo x");
        let watch = from_line(&words, &Environment::default()).unwrap().unwrap();
        assert_eq!((watch.start_revision, watch.range_end.as_ref()), (5, b"a0".as_slice()));
        assert_eq!(watch.command, list("echo x"));
        assert!(from_line(&list("a --nosuch"), &Environment::default()).is_err());
        assert!(from_line(&list("a b --prefix"), &Environment::default()).unwrap().is_err());
    }
}
