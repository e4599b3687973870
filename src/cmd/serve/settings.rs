//! What was asked for, flag by flag, and where each value came from: command line over environment over default.
//!
//! Go's conventions hold on the command line: `--flag=value`, `--flag value`, one dash or two, a flag that stands alone means
//! true, the last of several wins, and the first argument that is no flag ends them.

use std::{collections::BTreeMap, ffi::OsString};

use thiserror::Error;

use super::{
    flag::{Flag, Value},
    table,
};

/// Where a value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    CommandLine,
    Environment,
    File,
}

/// A mistake on the command line: the usage is shown and the exit code is 2.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum UsageError {
    #[error("unknown flag --{name}{}", did_you_mean(.nearest))]
    Unknown { name: String, nearest: Option<&'static str> },
    #[error("--{0} needs a value")]
    NeedsValue(String),
    #[error("invalid value \"{value}\" for --{name}: {expected}")]
    Value { name: String, value: String, expected: String },
    #[error("{0} is not a well-formed flag")]
    Syntax(String),
    #[error("the argument {0} is not valid UTF-8")]
    NotText(String),
}

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Request {
    Run,
    Help,
}

/// The values given, by flag name.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    given: BTreeMap<&'static str, (Value, Source)>,
    /// Arguments behind the flags, which a server has no use for.
    pub leftover: Vec<String>,
    /// All arguments as they were given, without secrets.
    pub command_line: Vec<String>,
}

impl Settings {
    /// Reads the arguments behind the program's or subcommand's name.
    pub fn from_args(args: Vec<OsString>) -> Result<(Self, Request), UsageError> {
        #[expect(clippy::unnecessary_debug_formatting, reason = "what is no text is shown with its odd bytes escaped")]
        let args = args
            .into_iter()
            .map(|arg| arg.into_string().map_err(|arg| UsageError::NotText(format!("{arg:?}"))))
            .collect::<Result<Vec<_>, _>>()?;
        let mut settings = Self { command_line: without_secrets(&args), ..Self::default() };
        let mut args = args.into_iter();
        while let Some(arg) = args.next() {
            if arg == "--" {
                settings.leftover = args.collect();
                break;
            }
            let Some(body) = arg.strip_prefix('-').filter(|rest| !rest.is_empty()) else {
                settings.leftover = std::iter::once(arg).chain(args).collect();
                break;
            };
            let body = body.strip_prefix('-').unwrap_or(body);
            if body.starts_with(['-', '=']) {
                return Err(UsageError::Syntax(arg));
            }
            let (name, inline) = match body.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (body, None),
            };
            let Some(flag) = table::find(name) else {
                if name == "help" || name == "h" {
                    return Ok((settings, Request::Help));
                }
                return Err(UsageError::Unknown { name: name.to_owned(), nearest: nearest(name) });
            };
            let text = match inline {
                Some(text) => text,
                None if flag.kind.is_bare() => "true".to_owned(),
                None => args.next().ok_or_else(|| UsageError::NeedsValue(name.to_owned()))?,
            };
            let value =
                flag.kind.parse(&text).map_err(|expected| UsageError::Value { name: name.to_owned(), value: text, expected })?;
            settings.given.insert(flag.name, (value, Source::CommandLine));
        }
        Ok((settings, Request::Run))
    }

    /// Sets a value, over one that was there.
    pub fn set(&mut self, flag: &'static Flag, value: Value, source: Source) {
        self.given.insert(flag.name, (value, source));
    }

    /// Where the flag's value came from; `None` if it has its default.
    pub fn source(&self, name: &str) -> Option<Source> {
        self.given.get(name).map(|(_, source)| *source)
    }

    /// Everything that was given, by name.
    pub fn given(&self) -> impl Iterator<Item = (&'static Flag, &Value, Source)> {
        self.given
            .iter()
            .map(|(name, (value, source))| (table::find(name).expect("only flags of the table are ever set"), value, *source))
    }

    fn value(&self, name: &str) -> Value {
        self.given.get(name).map_or_else(
            || table::find(name).expect("settings are asked for by names of the table").default_value(),
            |(value, _)| value.clone(),
        )
    }

    pub fn bool(&self, name: &str) -> bool {
        match self.value(name) {
            Value::Bool(value) => value,
            other => unreachable!("--{name} is read as a truth value, and is {other:?}"),
        }
    }

    pub fn number(&self, name: &str) -> i128 {
        match self.value(name) {
            Value::Number(value) => value,
            other => unreachable!("--{name} is read as a number, and is {other:?}"),
        }
    }

    /// Nanoseconds.
    pub fn duration(&self, name: &str) -> i64 {
        match self.value(name) {
            Value::Duration(value) => value,
            other => unreachable!("--{name} is read as a duration, and is {other:?}"),
        }
    }

    pub fn text(&self, name: &str) -> String {
        match self.value(name) {
            Value::Text(value) => value,
            other => unreachable!("--{name} is read as a text, and is {other:?}"),
        }
    }

    pub fn list(&self, name: &str) -> Vec<String> {
        match self.value(name) {
            Value::List(value) => value,
            other => unreachable!("--{name} is read as a list, and is {other:?}"),
        }
    }
}

/// Replaces the values of flags that must not be shown to others.
fn without_secrets(args: &[String]) -> Vec<String> {
    const SECRET: &str = "discovery-password";
    let mut hide_next = false;
    let hide = |arg: &String| {
        if std::mem::take(&mut hide_next) {
            return "***".to_owned();
        }
        let Some(rest) = arg.trim_start_matches('-').strip_prefix(SECRET) else { return arg.clone() };
        hide_next = rest.is_empty();
        if rest.starts_with('=') { format!("--{SECRET}=***") } else { arg.clone() }
    };
    args.iter().map(hide).collect()
}

/// The flag whose name looks most like `name`, if any looks like it at all.
pub fn nearest(name: &str) -> Option<&'static str> {
    table::shown()
        .map(|flag| (strsim::jaro_winkler(name, flag.name), flag.name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, name)| name)
}

#[expect(clippy::ref_option_ref, reason = "the error's derive hands over a reference to the field")]
fn did_you_mean(nearest: &Option<&'static str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean --{name}?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(args: &[&str]) -> Result<(Settings, Request), UsageError> {
        Settings::from_args(args.iter().map(OsString::from).collect())
    }

    fn settings(args: &[&str]) -> Settings {
        read(args).unwrap().0
    }

    #[test]
    fn a_value_follows_after_an_equals_sign_or_as_the_next_argument() {
        for args in [&["--name=a b"][..], &["--name", "a b"], &["-name=a b"], &["-name", "a b"]] {
            assert_eq!(settings(args).text("name"), "a b");
        }
        assert_eq!(settings(&["--name", "--data-dir"]).text("name"), "--data-dir");
        assert_eq!(settings(&["--initial-cluster=a=http://h:1"]).text("initial-cluster"), "a=http://h:1");
        assert_eq!(settings(&["--name="]).text("name"), "");
    }

    #[test]
    fn a_bare_flag_is_true_and_leaves_the_next_argument_alone() {
        assert!(settings(&["--socket-reuse-port"]).bool("socket-reuse-port"));
        assert!(!settings(&["--pre-vote=false"]).bool("pre-vote"));
        let with_argument = settings(&["--pre-vote", "false"]);
        assert!(with_argument.bool("pre-vote"));
        assert_eq!(with_argument.leftover, ["false"]);
    }

    #[test]
    fn the_last_of_several_wins() {
        assert_eq!(settings(&["--name=a", "--name", "b", "-name=c"]).text("name"), "c");
    }

    #[test]
    fn the_first_argument_that_is_no_flag_ends_them() {
        assert_eq!(settings(&["--name=a", "gateway", "--name=b"]).leftover, ["gateway", "--name=b"]);
        assert_eq!(settings(&["--", "--name=b"]).leftover, ["--name=b"]);
        assert_eq!(settings(&["-"]).leftover, ["-"]);
        assert_eq!(settings(&["gateway"]).text("name"), "default");
    }

    #[test]
    fn every_flag_takes_its_default_in_both_forms() {
        for flag in table::shown() {
            let joined = settings(&[&format!("--{}={}", flag.name, flag.default)]);
            assert_eq!(joined.value(flag.name), flag.default_value(), "--{}", flag.name);
            if !flag.kind.is_bare() {
                let apart = settings(&[&format!("--{}", flag.name), flag.default]);
                assert_eq!(apart.value(flag.name), flag.default_value(), "--{}", flag.name);
            }
        }
    }

    #[test]
    fn ignored_names_take_any_value_or_none() {
        assert!(read(&["--v", "--vv=3", "-force=maybe", "--test.coverprofile=x"]).is_ok());
    }

    #[test]
    fn an_unknown_flag_is_refused_with_the_nearest_name() {
        let error = read(&["--listen-client-url=http://h:1"]).unwrap_err();
        assert_eq!(error.to_string(), "unknown flag --listen-client-url; did you mean --listen-client-urls?");
        assert_eq!(read(&["--qqq"]).unwrap_err().to_string(), "unknown flag --qqq");
        assert!(matches!(read(&["--experimental-corrupt-check-time=1s"]), Err(UsageError::Unknown { .. })));
    }

    #[test]
    fn each_mistake_has_its_own_text() {
        for (args, text) in [
            (&["--name"][..], "--name needs a value"),
            (
                &["--election-timeout=soon"],
                "invalid value \"soon\" for --election-timeout: expected a whole number from 0 to 18446744073709551615",
            ),
            (&["--pre-vote=maybe"], "invalid value \"maybe\" for --pre-vote: expected true or false"),
            (&["--log-format=xml"], "invalid value \"xml\" for --log-format: expected one of \"json\", \"console\""),
            (&["---name=a"], "---name=a is not a well-formed flag"),
            (&["-=a"], "-=a is not a well-formed flag"),
        ] {
            assert_eq!(read(args).unwrap_err().to_string(), text);
        }
    }

    #[test]
    fn the_command_line_is_kept_without_secrets() {
        let kept =
            settings(&["--name=a", "--discovery-password=secret", "-discovery-password", "secret", "--pre-vote"]).command_line;
        assert_eq!(kept, ["--name=a", "--discovery-password=***", "-discovery-password", "***", "--pre-vote"]);
    }

    #[test]
    fn help_is_asked_for_by_two_names() {
        for args in [&["--help"][..], &["-h"], &["--name=a", "-help"]] {
            assert_eq!(read(args).unwrap().1, Request::Help);
        }
    }

    #[test]
    fn whatever_arguments_there_are_they_are_settings_or_refused() {
        let good = "--name=a\n-name\nb\n--auto-tls\n--election-timeout=1000\n--log-outputs=a,b\n--grpc-keepalive-interval=1h2m\n--\nrest";
        crate::mangle::survives_text(&[good, "--initial-cluster=a=http://b:1,c=unix://d"], |text| {
            if let Ok((settings, _)) = read(&text.split('\n').collect::<Vec<_>>()) {
                assert!(settings.given().all(|(flag, _, _)| table::find(flag.name).is_some()));
            }
        });
    }
}
