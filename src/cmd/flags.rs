//! The flag conventions of etcdctl, laid in front of clap.
//!
//! clap holds the definitions (names, values, help); this layer reads a command line the way etcdctl's users expect:
//! flags anywhere, also behind positional arguments; `--flag=value` and `--flag value`; `--switch=false`; single-letter
//! flags in a row; commands by any unambiguous beginning; the last of a repeated flag wins; `-1` is an unknown flag, not a
//! number; `--` ends the flags. What it understood is handed on in one canonical form, command names first, then
//! `--name=value`, then `--` and the positional arguments, so that clap sees no case in which it would differ.

use super::{
    Personality,
    error::{CliError, Kind},
    gotext::parse_bool,
};
use clap::{Arg, ArgAction, Command, error::ContextKind};
use std::{
    collections::BTreeMap,
    error::Error,
    ffi::{OsStr, OsString},
    os::unix::ffi::{OsStrExt, OsStringExt},
};

/// A command line that has been understood.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// The names of the command and its subcommands, without the program's.
    pub path: Vec<String>,
    /// Long flag names and the values given, in the order of the command line.
    pub flags: Vec<(String, OsString)>,
    /// Arguments that are no flags.
    pub args: Vec<OsString>,
    /// How many of `args` stood before a `--`, if there was one.
    pub before_dashes: Option<usize>,
    /// Whether help was asked for: `Some(true)` is `--help`, `Some(false)` the short `-h`.
    pub help: Option<bool>,
}

impl Line {
    /// Whether a flag was given.
    pub fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|(name, _)| name == flag)
    }

    /// The line in the form that clap cannot misread. `command` is the one that the path leads to.
    pub fn canonical(&self, program: &str, command: &Command) -> Vec<OsString> {
        let mut out: Vec<OsString> = vec![program.into()];
        out.extend(self.path.iter().map(OsString::from));
        let mut last: BTreeMap<&str, &OsStr> = BTreeMap::new();
        for (name, value) in &self.flags {
            if find_long(command, name).is_some_and(|arg| matches!(arg.get_action(), ArgAction::Append)) {
                out.push(flag_with_value(name, value));
            } else {
                last.insert(name, value);
            }
        }
        for (name, value) in last {
            let switch = find_long(command, name).is_some_and(|arg| matches!(arg.get_action(), ArgAction::SetTrue));
            match (switch, value.to_str().is_some_and(|value| parse_bool(value) == Ok(true))) {
                (true, true) => out.push(format!("--{name}").into()),
                (true, false) => {}
                (false, _) => out.push(flag_with_value(name, value)),
            }
        }
        out.push("--".into());
        out.extend(self.args.iter().cloned());
        out
    }
}

fn flag_with_value(name: &str, value: &OsStr) -> OsString {
    let mut flag = OsString::from(format!("--{name}="));
    flag.push(value);
    flag
}

/// Reads a command line (without the program's name) against the definitions in `root`, which must have been built.
///
/// # Errors
/// An unknown command or flag, a flag without its value, or a switch with something other than a truth value: exit code 1.
pub fn read(root: &Command, personality: Personality, args: &[OsString]) -> Result<Line, CliError> {
    let mut path = Vec::new();
    let mut command = root;
    let mut args = args.to_vec();
    while command.has_subcommands() {
        let Some(at) = first_positional(command, &args) else { break };
        let name = args[at].to_string_lossy().into_owned();
        match find_subcommand(command, &name) {
            Some(found) => {
                path.push(found.get_name().to_owned());
                command = found;
                args.remove(at);
                // Hidden commands have no definition by which their words could be read.
                if command.is_hide_set() {
                    return Ok(Line { path, args, ..Line::default() });
                }
            }
            // Below the root, etcdctl answers a wrong name with help and success.
            None if !path.is_empty() && personality == Personality::Etcdctl => break,
            None => return Err(unknown_command(command, personality, &path, &name)),
        }
    }
    let mut line = Line { path, ..Line::default() };
    let mut words = args.into_iter();
    while let Some(word) = words.next() {
        let bytes = word.as_bytes();
        if bytes == b"--" {
            line.before_dashes = Some(line.args.len());
            line.args.extend(words.by_ref());
        } else if let Some(flag) = bytes.strip_prefix(b"--") {
            read_long(command, flag, &mut words, &mut line)?;
        } else if bytes.len() > 1 && bytes[0] == b'-' {
            read_short(command, &bytes[1..], &mut words, &mut line)?;
        } else {
            line.args.push(word);
        }
    }
    Ok(line)
}

/// The command that a path leads to.
pub fn command_at<'c>(root: &'c Command, path: &[String]) -> &'c Command {
    path.iter().fold(root, |command, name| command.find_subcommand(name).expect("the path was read from these definitions"))
}

/// What clap still refuses: values that their parsers do not take.
pub fn refusal(error: &clap::Error) -> CliError {
    let context = |kind| error.get(kind).map(ToString::to_string);
    let (Some(flag), Some(value), Some(reason)) =
        (context(ContextKind::InvalidArg), context(ContextKind::InvalidValue), error.source())
    else {
        return CliError::new(Kind::General, error.to_string().trim_start_matches("error: ").trim_end().to_owned());
    };
    let flag = flag.split([' ', '=']).next().unwrap_or_default().to_owned();
    CliError::new(Kind::General, format!("invalid argument \"{value}\" for \"{flag}\" flag: {reason}"))
}

fn read_long(
    command: &Command,
    flag: &[u8],
    words: &mut impl Iterator<Item = OsString>,
    line: &mut Line,
) -> Result<(), CliError> {
    let (name, value) = match flag.iter().position(|b| *b == b'=') {
        Some(at) => (&flag[..at], Some(OsString::from_vec(flag[at + 1..].to_vec()))),
        None => (flag, None),
    };
    let name = String::from_utf8_lossy(name).into_owned();
    if name.is_empty() || name.starts_with('-') {
        return Err(usage(format!("bad flag syntax: --{}", String::from_utf8_lossy(flag))));
    }
    let Some(arg) = find_long(command, &name) else {
        if name == "help" {
            line.help = Some(true);
            return Ok(());
        }
        let error = usage(format!("unknown flag: --{name}"));
        let known = command.get_arguments().filter(|arg| !arg.is_hide_set()).filter_map(Arg::get_long);
        return Err(match nearest(&name, known) {
            Some(near) => error.hint(format!("Did you mean --{near}?")),
            None => error,
        });
    };
    let value = match value {
        Some(value) => value,
        None if is_switch(arg) => "true".into(),
        None => words.next().ok_or_else(|| usage(format!("flag needs an argument: --{name}")))?,
    };
    push_flag(arg, value, line)
}

fn read_short(
    command: &Command,
    letters: &[u8],
    words: &mut impl Iterator<Item = OsString>,
    line: &mut Line,
) -> Result<(), CliError> {
    let mut rest = letters;
    while let Some((letter, tail)) = rest.split_first() {
        let name = char::from(*letter);
        let shown = String::from_utf8_lossy(rest).into_owned();
        let Some(arg) = command.get_arguments().find(|arg| arg.get_short() == Some(name) && arg.get_long() != Some("help"))
        else {
            if name == 'h' {
                line.help.get_or_insert(false);
                rest = tail;
                continue;
            }
            let error = usage(format!("unknown shorthand flag: '{name}' in -{shown}"));
            let number = name.is_ascii_digit() || name == '.';
            return Err(if number { error.hint("Put -- before arguments that begin with a dash") } else { error });
        };
        if is_switch(arg) && tail.first() != Some(&b'=') {
            push_flag(arg, "true".into(), line)?;
            rest = tail;
            continue;
        }
        let value = match tail {
            [b'=', value @ ..] => OsString::from_vec(value.to_vec()),
            [] => words.next().ok_or_else(|| usage(format!("flag needs an argument: '{name}' in -{shown}")))?,
            value => OsString::from_vec(value.to_vec()),
        };
        return push_flag(arg, value, line);
    }
    Ok(())
}

fn push_flag(arg: &Arg, value: OsString, line: &mut Line) -> Result<(), CliError> {
    let name = arg.get_long().expect("every flag of ours has a long name").to_owned();
    if is_switch(arg)
        && let Err(error) = parse_bool(&value.to_string_lossy())
    {
        let short = arg.get_short().map(|c| format!("-{c}, ")).unwrap_or_default();
        let value = value.to_string_lossy();
        return Err(usage(format!("invalid argument \"{value}\" for \"{short}--{name}\" flag: {error}")));
    }
    line.flags.push((name, value));
    Ok(())
}

fn usage(text: String) -> CliError {
    CliError::new(Kind::General, text)
}

/// The flag of that name. One that the definitions hide does not exist under the name that the program was called by.
fn find_long<'c>(command: &'c Command, name: &str) -> Option<&'c Arg> {
    command.get_arguments().find(|arg| arg.get_long() == Some(name) && name != "help" && !arg.is_hide_set())
}

/// Whether a flag stands alone: present means true, a value can only follow a `=`.
fn is_switch(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::SetTrue)
        || (matches!(arg.get_action(), ArgAction::Set) && arg.get_num_args().is_some_and(|n| n.min_values() == 0))
}

/// Where the first word stands that is neither a flag nor a flag's value.
fn first_positional(command: &Command, args: &[OsString]) -> Option<usize> {
    let mut at = 0;
    while at < args.len() {
        let bytes = args[at].as_bytes();
        if bytes == b"--" {
            return None;
        }
        if bytes.len() < 2 || bytes[0] != b'-' {
            return Some(at);
        }
        at += if takes_next_word(command, bytes) { 2 } else { 1 };
    }
    None
}

fn takes_next_word(command: &Command, flag: &[u8]) -> bool {
    if flag.contains(&b'=') {
        return false;
    }
    match flag.strip_prefix(b"--") {
        Some(name) => {
            let name = String::from_utf8_lossy(name);
            name != "help" && find_long(command, &name).is_none_or(|arg| !is_switch(arg))
        }
        None => {
            let letter = char::from(flag[1]);
            let arg = command.get_arguments().find(|arg| arg.get_short() == Some(letter));
            flag.len() == 2 && letter != 'h' && arg.is_none_or(|arg| !is_switch(arg))
        }
    }
}

/// The subcommand of that name, or the only one whose name begins with it.
fn find_subcommand<'c>(command: &'c Command, name: &str) -> Option<&'c Command> {
    if let Some(found) = command.find_subcommand(name) {
        return Some(found);
    }
    let mut starting = command.get_subcommands().filter(|sub| !name.is_empty() && sub.get_name().starts_with(name));
    starting.next().filter(|_| starting.next().is_none())
}

fn unknown_command(command: &Command, personality: Personality, path: &[String], name: &str) -> CliError {
    let mut program = personality.program().to_owned();
    for part in path {
        program.push(' ');
        program.push_str(part);
    }
    let error = usage(format!("unknown command \"{name}\" for \"{program}\""));
    let known = command.get_subcommands().filter(|sub| !sub.is_hide_set()).map(Command::get_name);
    match nearest(name, known) {
        Some(near) => error.hint(format!("Did you mean {near}?")),
        None => error.hint(format!("Run '{program} --help' for usage")),
    }
}

/// The known name that looks most like the given one, if one does.
fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    known
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{arg, value_parser};

    fn definitions() -> Command {
        let endpoints = Arg::new("endpoints").long("endpoints").global(true).action(ArgAction::Append);
        let transport = Arg::new("insecure").long("insecure").global(true).action(ArgAction::Set).num_args(0..=1);
        let mut root = Command::new("quorate")
            .disable_help_subcommand(true)
            .arg(arg!(-w --"write-out" <FORMAT>).global(true).required(false))
            .arg(endpoints)
            .arg(transport)
            .subcommand(
                Command::new("get")
                    .arg(arg!(--prefix))
                    .arg(arg!(-i - -interactive))
                    .arg(arg!(--limit <N>).required(false).value_parser(value_parser!(i64)))
                    .arg(arg!([args]...)),
            )
            .subcommand(Command::new("compaction"))
            .subcommand(Command::new("completion"))
            .subcommand(Command::new("member").subcommand(Command::new("list")).subcommand(Command::new("add")));
        root.build();
        root
    }

    fn read_as(personality: Personality, words: &str) -> Result<Line, String> {
        let args: Vec<OsString> = words.split_whitespace().map(Into::into).collect();
        read(&definitions(), personality, &args).map_err(|error| {
            assert_eq!(error.kind(), Kind::General);
            error.to_string()
        })
    }

    fn canonical(words: &str) -> String {
        let root = definitions();
        let line = read_as(Personality::Etcdctl, words).unwrap();
        let words = line.canonical("quorate", command_at(&root, &line.path));
        words.join(OsStr::new(" ")).into_string().unwrap()
    }

    #[test]
    fn flags_may_stand_anywhere() {
        assert_eq!(canonical("get a --prefix b"), "quorate get --prefix -- a b");
        assert_eq!(canonical("-w json get a"), "quorate get --write-out=json -- a");
        assert_eq!(canonical("get a -wjson"), "quorate get --write-out=json -- a");
        assert_eq!(canonical("get a -w=json"), "quorate get --write-out=json -- a");
        assert_eq!(canonical("get -iw json a"), "quorate get --interactive --write-out=json -- a");
        assert_eq!(canonical("get --limit 5 -- -a --prefix"), "quorate get --limit=5 -- -a --prefix");
        assert_eq!(canonical("get -"), "quorate get -- -");
    }

    #[test]
    fn switches_take_a_truth_value_behind_an_equals_sign_only() {
        assert_eq!(canonical("get --prefix=false true"), "quorate get -- true");
        assert_eq!(canonical("get --prefix=1 a"), "quorate get --prefix -- a");
        assert_eq!(canonical("get --insecure=false a"), "quorate get --insecure=false -- a");
        assert_eq!(canonical("get --insecure a"), "quorate get --insecure=true -- a");
        let refused = r#"invalid argument "x" for "--prefix" flag: strconv.ParseBool: parsing "x": invalid syntax"#;
        assert_eq!(read_as(Personality::Etcdctl, "get --prefix=x a"), Err(refused.to_owned()));
    }

    #[test]
    fn the_last_of_a_repeated_flag_wins_unless_it_is_a_list() {
        assert_eq!(canonical("get --limit=1 --limit 2"), "quorate get --limit=2 --");
        assert_eq!(canonical("get --endpoints=a --endpoints=b"), "quorate get --endpoints=a --endpoints=b --");
    }

    #[test]
    fn commands_answer_to_any_unambiguous_beginning() {
        assert_eq!(canonical("mem li"), "quorate member list --");
        assert_eq!(canonical("compa 5"), "quorate compaction -- 5");
        assert!(read_as(Personality::Etcdctl, "comp").is_err());
    }

    #[test]
    fn the_texts_of_refusals_are_those_of_etcdctl() {
        let cases = [
            ("nosuch", "unknown command \"nosuch\" for \"etcdctl\""),
            ("get --nosuch", "unknown flag: --nosuch"),
            ("get -1", "unknown shorthand flag: '1' in -1"),
            ("get -abc", "unknown shorthand flag: 'a' in -abc"),
            ("get -iab", "unknown shorthand flag: 'a' in -ab"),
            ("get --limit", "flag needs an argument: --limit"),
            ("get -w", "flag needs an argument: 'w' in -w"),
            ("get ---x", "bad flag syntax: ---x"),
            ("get --=x", "bad flag syntax: --=x"),
        ];
        for (words, text) in cases {
            assert_eq!(read_as(Personality::Etcdctl, words), Err(text.to_owned()), "{words}");
        }
    }

    #[test]
    fn a_wrong_subcommand_is_help_for_etcdctl_and_an_error_here() {
        let line = read_as(Personality::Etcdctl, "member nosuch").unwrap();
        assert_eq!((line.path, line.args), (vec!["member".to_owned()], vec!["nosuch".into()]));
        let refused = read_as(Personality::Quorate, "member lits").unwrap_err();
        assert_eq!(refused, "unknown command \"lits\" for \"quorate member\"");
    }

    #[test]
    fn the_nearest_name_is_suggested_if_one_is_near() {
        assert_eq!(nearest("prefx", ["prefix", "limit"].into_iter()), Some("prefix"));
        assert_eq!(nearest("frobnicate", ["prefix", "limit"].into_iter()), None);
    }

    #[test]
    fn help_is_noticed_after_the_flags_were_found_good() {
        assert_eq!(read_as(Personality::Etcdctl, "get --help").unwrap().help, Some(true));
        assert_eq!(read_as(Personality::Etcdctl, "get -h a").unwrap().help, Some(false));
        assert!(read_as(Personality::Etcdctl, "get --help --nosuch").is_err());
    }

    #[test]
    fn where_the_dashes_stood_is_remembered() {
        assert_eq!(read_as(Personality::Etcdctl, "get a -- b c").unwrap().before_dashes, Some(1));
        assert_eq!(read_as(Personality::Etcdctl, "get a b").unwrap().before_dashes, None);
    }
}
