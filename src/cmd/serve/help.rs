//! The help text and the clap command, both made from [`super::table`].

use std::fmt::Write;

use super::{
    flag::{Flag, State},
    table,
};

const INTRODUCTION: &str = "\
Run a server

Usage:
  quorate serve [FLAGS]
  quorate serve --config-file FILE    (other flags and the environment are then ignored)
  quorate serve --version
  quorate serve --help

A flag is also read from the environment: --data-dir from ETCD_DATA_DIR, and so on. The command line wins over defaults; the same
flag in both places is refused. Durations are written like 100ms, 5s or 1h30m.
";

/// Shown under a mistake on the command line.
pub const USAGE: &str = "Usage: quorate serve [FLAGS]; see quorate serve --help for all flags";

/// The whole help text.
pub fn text() -> String {
    let mut text = INTRODUCTION.to_owned();
    for section in table::SECTIONS {
        writeln!(text, "\n{}:", section.title).expect("a String takes every write");
        for flag in section.flags {
            let placeholder = flag.kind.placeholder();
            let space = if placeholder.is_empty() { "" } else { " " };
            let default = if flag.default.is_empty() { String::new() } else { format!(" [default: {}]", flag.default) };
            writeln!(text, "  --{}{space}{placeholder}\n      {}{default}{}", flag.name, flag.help, state_note(flag))
                .expect("a String takes every write");
        }
    }
    text
}

/// The command as clap knows it, for completions and the manual page; `serve` reads its arguments itself.
pub fn command() -> clap::Command {
    let mut command = clap::Command::new("serve").about("Run a server").disable_version_flag(true);
    for section in table::SECTIONS {
        for flag in section.flags {
            let mut arg = clap::Arg::new(flag.name)
                .long(flag.name)
                .help(format!("{}{}", flag.help, state_note(flag)))
                .help_heading(section.title);
            arg = if flag.kind.is_bare() {
                arg.num_args(0..=1)
                    .require_equals(true)
                    .default_missing_value("true")
                    .value_name("BOOL")
                    .value_parser(["true", "false"])
            } else {
                arg.value_name(flag.kind.placeholder())
            };
            if let super::flag::Kind::Choice(words) = flag.kind {
                arg = arg.value_parser(words.iter().copied().filter(|word| !word.is_empty()).collect::<Vec<_>>());
            }
            if !flag.default.is_empty() {
                arg = arg.default_value(flag.default);
            }
            command = command.arg(arg);
        }
    }
    command
}

fn state_note(flag: &Flag) -> &'static str {
    match flag.state {
        State::Built => "",
        State::NoEffect(_) => " (no effect here)",
        State::NotBuilt { .. } => " (not built yet)",
        State::Refused(_) => " (refused)",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_text_has_every_flag_with_its_default() {
        let text = text();
        for flag in table::shown() {
            assert!(text.contains(&format!("\n  --{}", flag.name)), "--{}", flag.name);
        }
        assert!(text.contains(
            "--heartbeat-interval NUMBER\n      Set the milliseconds between two heartbeats of the leader [default: 100]\n"
        ));
        assert!(text.contains("(not built yet)"));
    }

    #[test]
    fn the_clap_command_is_sound_and_complete() {
        let command = command();
        command.clone().debug_assert();
        assert_eq!(command.get_arguments().filter(|arg| arg.get_id() != "help").count(), 116);
    }
}
