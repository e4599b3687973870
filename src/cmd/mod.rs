//! The client side of the wire: every command of the binary, and the multi-call entry that finds it.
//!
//! A command line passes three stages. [`flags`] reads it by etcdctl's conventions and hands it on in canonical form; clap
//! fills the [`Cli`] enum from that; one match runs the verb. A verb builds its request from its own arguments, sends it
//! through [`client`] and hands the reply to [`output`]; a failure is an [`error::CliError`], whose kind is the exit code.
//!
//! Called as `etcdctl` (by name, or `quorate etcdctl …`) the binary has that program's manners; called as `etcd` it serves.
//! `serve` and `bench` read their own command lines. Left out: commands of etcdctl whose server side is not built yet; they
//! are known by name and say so.

#![expect(clippy::disallowed_methods, reason = "a client waits with deadlines and measures what it waits for")]

mod alarm;
mod auth;
pub mod bench;
mod cert;
mod client;
mod compaction;
mod completion;
mod context;
mod defrag;
mod del;
mod discovery;
mod elect;
mod endpoint;
mod error;
mod extra;
mod flags;
mod generate;
mod get;
mod global;
mod gotext;
mod key;
mod lease;
mod lock;
mod member;
mod move_leader;
mod name_server;
mod offline;
mod options;
mod output;
mod put;
mod recover;
mod role;
mod rpc_error;
mod script;
pub mod serve;
mod sim;
mod terminal;
mod turn;
mod txn;
mod user;
mod version;
mod watch;

use clap::{Arg, Args as _, Command, CommandFactory, FromArgMatches, Parser, Subcommand};
use context::Context;
use error::{CliError, Kind, note};
use flags::Line;
use global::Global;
use std::{
    env,
    ffi::{OsStr, OsString},
    path::Path,
    process::ExitCode,
};

/// Whose manners a command line is read with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Personality {
    Quorate,
    Etcdctl,
}

impl Personality {
    /// The program's name in texts.
    pub const fn program(self) -> &'static str {
        match self {
            Self::Quorate => "quorate",
            Self::Etcdctl => "etcdctl",
        }
    }
}

/// The client's commands.
#[derive(Debug, Parser)]
#[command(
    name = "quorate",
    about = "Serve, use and look after a replicated key-value store that speaks the etcd v3 protocol",
    disable_help_subcommand = true,
    subcommand_required = false
)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Put(put::Args),
    Get(get::Args),
    Del(del::Args),
    Txn(txn::Args),
    Watch(watch::Args),
    Compaction(compaction::Args),
    #[command(subcommand)]
    Lease(lease::Verb),
    #[command(subcommand)]
    Member(member::Verb),
    #[command(subcommand)]
    Discovery(discovery::Verb),
    Endpoint(endpoint::Args),
    MoveLeader(move_leader::Args),
    #[command(subcommand)]
    Alarm(alarm::Verb),
    Defrag(defrag::Args),
    #[command(subcommand)]
    Auth(auth::Verb),
    #[command(subcommand)]
    User(user::Verb),
    #[command(subcommand)]
    Role(role::Verb),
    Lock(lock::Args),
    Elect(elect::Args),
    Version(version::Args),
    Options(options::Args),
    Completion(completion::Args),
}

/// Commands that read their own command lines.
const APART: [&str; 6] = ["serve", "bench", "sim", "recover", "cert", "generate"];
/// Commands of etcdctl whose features come later.
const LATER: [&str; 4] = ["check", "downgrade", "make-mirror", "snapshot"];
/// Commands that talk to nobody, and so care for no variables.
const ALONE: [&str; 3] = ["version", "options", "completion"];

/// Runs the command line, the program's name first.
pub fn run(args: impl Iterator<Item = OsString>) -> ExitCode {
    let mut args = args.collect::<Vec<_>>().into_iter();
    let program = args.next().unwrap_or_default();
    let program = Path::new(&program).file_name().and_then(OsStr::to_str).unwrap_or_default().to_owned();
    let rest: Vec<OsString> = args.collect();
    as_program(&program, &rest).unwrap_or_else(|| quorate(&rest))
}

/// Runs the program of that name, if it is one of those that this binary stands in for.
fn as_program(name: &str, args: &[OsString]) -> Option<ExitCode> {
    match name {
        "etcd" => Some(serve::run(args.to_vec())),
        "etcdctl" => Some(client(Personality::Etcdctl, args)),
        "etcdutl" | "benchmark" => Some(not_built(name).report()),
        _ => None,
    }
}

fn quorate(args: &[OsString]) -> ExitCode {
    let Some((name, rest)) = args.split_first() else { return client(Personality::Quorate, args) };
    let name = name.to_string_lossy();
    if APART.contains(&&*name) {
        return apart(&name, rest.to_vec());
    }
    match &*name {
        "--version" | "-V" => end(version::print(Personality::Quorate)),
        _ => as_program(&name, rest).unwrap_or_else(|| client(Personality::Quorate, args)),
    }
}

/// Runs a command that reads its own command line.
fn apart(name: &str, args: Vec<OsString>) -> ExitCode {
    match name {
        "serve" => serve::run(args),
        "bench" => bench::run([OsString::from("quorate bench")].into_iter().chain(args).collect()),
        "sim" => sim::run([OsString::from("quorate sim")].into_iter().chain(args).collect()),
        "cert" => cert::run([OsString::from("quorate cert")].into_iter().chain(args).collect()),
        "recover" => recover::run([OsString::from("quorate recover")].into_iter().chain(args).collect()),
        _ => end(generate::run(&args)),
    }
}

fn end(result: Result<(), CliError>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => error.report(),
    }
}

fn client(personality: Personality, args: &[OsString]) -> ExitCode {
    try_client(personality, args).unwrap_or_else(|error| error.report())
}

fn try_client(personality: Personality, args: &[OsString]) -> Result<ExitCode, CliError> {
    let root = known(personality);
    let mut line = flags::read(&root, personality, args)?;
    if line.path == ["help"] {
        line = Line { help: Some(true), ..flags::read(&root, personality, &line.args)? };
    }
    let first = line.path.first().map(String::as_str).unwrap_or_default();
    if LATER.contains(&first) {
        return Err(not_built(first));
    }
    let command = flags::command_at(&root, &line.path);
    if line.help.is_some() || command.has_subcommands() {
        print_help(personality, &line)?;
        return Ok(ExitCode::SUCCESS);
    }
    if APART.contains(&first) {
        return Ok(apart(first, line.args));
    }
    if !ALONE.contains(&first) {
        for name in global::add_environment(&mut line, env::vars_os())? {
            note(format_args!("Warning: {name} in the environment means nothing to this command"));
        }
    }
    let matches = root.clone().try_get_matches_from(line.canonical(root.get_name(), command));
    let cli = matches.and_then(|matches| Cli::from_arg_matches(&matches)).map_err(|error| flags::refusal(&error))?;
    run_verb(cli.verb, Context { personality, global: cli.global, line })?;
    Ok(ExitCode::SUCCESS)
}

/// The client's commands under a program's name. What goes beyond etcdctl is not there for those who call that.
fn commands(personality: Personality) -> Command {
    let root = Cli::command().name(personality.program());
    match personality {
        Personality::Quorate => root,
        Personality::Etcdctl => root
            .mut_subcommand("member", |command| member::as_etcdctl(&command, &["replace"]))
            .mut_subcommand("move-leader", member::hide_flags)
            .mut_subcommand("lock", member::hide_flags),
    }
}

/// The commands that a program shows: the client's, and for quorate those beside which read their own command lines. The
/// global flags stand at the root alone, because they are not those of the commands beside.
fn definitions(personality: Personality) -> Command {
    let root = commands(personality).mut_args(|arg| arg.global(false));
    match personality {
        Personality::Quorate => root.subcommands([
            serve::command().name("serve"),
            bench::command().name("bench"),
            sim::command(),
            recover::command(),
            cert::command(),
            generate::command(),
        ]),
        // Commands of our own are understood, and not shown.
        Personality::Etcdctl => {
            root.about("A simple command line client for etcd").mut_subcommand("discovery", |command| command.hide(true))
        }
    }
}

/// Those, with the global flags repeated at each of the client's commands.
fn full_definitions(personality: Personality) -> Command {
    let globals: Vec<Arg> = Global::augment_args(Command::new("")).get_arguments().map(|arg| arg.clone().global(false)).collect();
    definitions(personality)
        .mut_subcommands(|command| if APART.contains(&command.get_name()) { command } else { with_args(command, &globals) })
}

fn with_args(command: Command, args: &[Arg]) -> Command {
    command.args(args).mut_subcommands(|sub| with_args(sub, args))
}

/// The commands that a command line is read by. Those that only their names are known of here are hidden.
fn known(personality: Personality) -> Command {
    let apart = if personality == Personality::Quorate { &APART[..] } else { &[] };
    let hidden = LATER.iter().chain(apart).chain(&["help"]).map(|name| Command::new(name).hide(true));
    let mut root = commands(personality).subcommands(hidden);
    root.build();
    root
}

fn print_help(personality: Personality, line: &Line) -> Result<(), CliError> {
    let mut root = full_definitions(personality);
    root.build();
    let mut command = flags::command_at(&root, &line.path).clone();
    let program = personality.program();
    let text = if line.help == Some(true) {
        command.render_long_help().to_string()
    } else {
        format!("{}\n\nUse \"{program} options\" for the global options", command.render_help().to_string().trim_end())
    };
    // Where usage lines are written by hand they are quorate's.
    output::line(text.replace("Usage: quorate ", &format!("Usage: {program} ")).trim_end())
}

fn not_built(name: &str) -> CliError {
    CliError::new(Kind::Unsupported, format!("{name} is not built yet"))
}

fn run_verb(verb: Verb, mut context: Context) -> Result<(), CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let result = runtime.block_on(async {
        if !matches!(verb, Verb::Version(_) | Verb::Options(_) | Verb::Completion(_)) {
            client::discover_endpoints(&mut context.global).await?;
        }
        let context = &context;
        match verb {
            Verb::Put(args) => args.run(context).await,
            Verb::Get(args) => args.run(context).await,
            Verb::Del(args) => args.run(context).await,
            Verb::Txn(args) => args.run(context).await,
            Verb::Watch(args) => args.run(context).await,
            Verb::Compaction(args) => args.run(context).await,
            Verb::Lease(verb) => verb.run(context).await,
            Verb::Member(verb) => verb.run(context).await,
            Verb::Discovery(verb) => verb.run(context).await,
            Verb::Endpoint(args) => args.run(context).await,
            Verb::MoveLeader(args) => args.run(context).await,
            Verb::Alarm(verb) => verb.run(context).await,
            Verb::Defrag(args) => args.run(context).await,
            Verb::Auth(verb) => verb.run(context).await,
            Verb::User(verb) => verb.run(context).await,
            Verb::Role(verb) => verb.run(context).await,
            Verb::Lock(args) => args.run(context).await,
            Verb::Elect(args) => args.run(context).await,
            Verb::Version(_) => version::print(context.personality),
            Verb::Options(_) => options::print(),
            Verb::Completion(args) => args.run(context),
        }
    });
    // A read from standard input may still be waiting for a line that nobody wants any more.
    runtime.shutdown_background();
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definitions_are_consistent() {
        known(Personality::Quorate).debug_assert();
        known(Personality::Etcdctl).debug_assert();
        full_definitions(Personality::Quorate).debug_assert();
    }

    #[test]
    fn every_flag_and_command_has_a_help_text() {
        fn check(command: &Command, path: &str) {
            let path = format!("{path} {}", command.get_name());
            assert!(command.is_hide_set() || command.get_about().is_some(), "{path}");
            for arg in command.get_arguments() {
                assert!(arg.get_help().is_some(), "{path}: {}", arg.get_id());
            }
            command.get_subcommands().for_each(|sub| check(sub, &path));
        }
        check(&Cli::command(), "");
        check(&definitions(Personality::Etcdctl), "");
    }

    #[test]
    fn commands_apart_answer_to_their_beginnings_and_get_all_other_words() {
        let args = ["-w", "json", "ben", "put", "--nosuch"].map(OsString::from);
        let line = flags::read(&known(Personality::Quorate), Personality::Quorate, &args).unwrap();
        assert_eq!((line.path, line.args), (vec!["bench".to_owned()], ["-w", "json", "put", "--nosuch"].map(Into::into).into()));
    }

    #[test]
    fn features_of_later_are_known_by_name() {
        let args = ["snapshot", "save", "x", "-w"].map(OsString::from);
        let refused = try_client(Personality::Etcdctl, &args).unwrap_err();
        assert_eq!((refused.kind(), refused.to_string().as_str()), (Kind::Unsupported, "snapshot is not built yet"));
    }
}
