//! Flags that etcdctl does not have. They stand under a heading of their own, by which they are left out where the binary
//! has that program's manners.

use clap::{Arg, Command};

/// The heading of such flags.
pub const BEYOND: &str = "Beyond etcdctl";

/// The same command as etcdctl has it: without the verbs named, and with the flags of that heading hidden, which makes them
/// unknown.
pub fn as_etcdctl(command: &Command, beyond: &[&str]) -> Command {
    let verbs = command.get_subcommands().filter(|verb| !beyond.contains(&verb.get_name()));
    let mut plain = Command::new(command.get_name().to_owned()).subcommands(verbs.cloned().map(hide_flags));
    if let Some(about) = command.get_about() {
        plain = plain.about(about.clone());
    }
    plain
}

/// The same command with the flags of that heading hidden, and without the text about them that closes its long help.
pub fn hide_flags(command: Command) -> Command {
    let is_beyond = |arg: &Arg| arg.get_help_heading() == Some(BEYOND);
    command.after_long_help(None).mut_args(|arg| if is_beyond(&arg) { arg.hide(true) } else { arg })
}
