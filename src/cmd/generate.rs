//! `generate`: the completion scripts and manual pages that are shipped, written from the definitions of the commands.

use super::{
    Personality, completion, definitions,
    error::{CliError, Kind},
};
use clap::{Arg, Command};
use clap_complete::Shell;
use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

/// File names and contents.
type Files = Vec<(String, Vec<u8>)>;

const SHELLS: [(Shell, &str); 4] =
    [(Shell::Bash, "quorate.bash"), (Shell::Zsh, "_quorate"), (Shell::Fish, "quorate.fish"), (Shell::PowerShell, "quorate.ps1")];

/// The definition of this command.
pub fn command() -> Command {
    let directory = || Arg::new("DIR").required(true).help("Directory to write to, made if it is missing");
    Command::new("generate")
        .about("Write completion scripts or manual pages to a directory")
        .disable_help_subcommand(true)
        .subcommand(Command::new("completions").about("Write the completion scripts of all shells").arg(directory()))
        .subcommand(Command::new("man").about("Write a manual page for each command").arg(directory()))
}

/// Runs `generate` with the words behind it.
///
/// # Errors
/// Wrong arguments: exit code 128; a directory that cannot be written: 6.
pub fn run(args: &[OsString]) -> Result<(), CliError> {
    let (what, directory) = match args {
        [what, directory] => (what.to_string_lossy().into_owned(), PathBuf::from(directory)),
        _ => (String::new(), PathBuf::new()),
    };
    let files = match what.as_str() {
        "completions" => completions(),
        "man" => manual()?,
        _ => {
            let text = command().render_long_help().to_string();
            return match args {
                [word] if word == "--help" || word == "-h" => super::output::line(text.trim_end()),
                _ => Err(CliError::bad_args("generate needs to know what and where")
                    .hint("Write quorate generate completions DIR or quorate generate man DIR")),
            };
        }
    };
    write(&directory, &files)
}

fn write(directory: &Path, files: &Files) -> Result<(), CliError> {
    let failed = |path: &Path, error: std::io::Error| {
        CliError::caused(Kind::Io, anyhow::Error::new(error).context(format!("cannot write {}", path.display())))
    };
    fs::create_dir_all(directory).map_err(|error| failed(directory, error))?;
    for (name, content) in files {
        let path = directory.join(name);
        fs::write(&path, content).map_err(|error| failed(&path, error))?;
    }
    Ok(())
}

fn completions() -> Files {
    SHELLS.map(|(shell, name)| (name.to_owned(), completion::script(shell, Personality::Quorate))).into()
}

/// A page for the program and one for each command at the end of a path.
fn manual() -> Result<Files, CliError> {
    let mut files = Files::new();
    let mut root = definitions(Personality::Quorate);
    root.build();
    pages(root, None, &mut files)?;
    Ok(files)
}

fn pages(command: Command, parent: Option<&str>, files: &mut Files) -> Result<(), CliError> {
    if command.is_hide_set() {
        return Ok(());
    }
    let name = match parent {
        Some(parent) => format!("{parent}-{}", command.get_name()),
        None => command.get_name().to_owned(),
    };
    for sub in command.get_subcommands() {
        pages(sub.clone(), Some(&name), files)?;
    }
    let page = clap_mangen::Man::new(command.name(name.clone()).display_name(name.clone())).source("quorate").manual("Quorate");
    let mut text = Vec::new();
    page.render(&mut text)?;
    files.push((format!("{name}.1"), text));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn compare(directory: &str, files: Files) {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
        let names: BTreeSet<_> = files.iter().map(|(name, _)| name.clone()).collect();
        let present: BTreeSet<_> =
            fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        assert_eq!(names, present, "run `quorate generate` for {}", directory.display());
        for (name, content) in files {
            let text = String::from_utf8(content).unwrap();
            let committed = fs::read_to_string(directory.join(&name)).unwrap();
            assert!(text == committed, "{name} is stale: run `quorate generate` for {}", directory.display());
        }
    }

    #[test]
    fn committed_completions_are_those_of_the_definitions() {
        compare("completions", completions());
    }

    #[test]
    fn committed_manual_pages_are_those_of_the_definitions() {
        compare("man", manual().unwrap());
    }
}
