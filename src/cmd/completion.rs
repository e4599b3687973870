//! `completion`: scripts that let a shell complete command lines.

use super::{Personality, context::Context, error::CliError, full_definitions, key};
use clap_complete::Shell;
use std::{
    ffi::OsString,
    io::{self, Write},
};

/// Print the completion script of a shell
#[derive(Clone, Debug, clap::Args)]
#[command(override_usage = "quorate completion <shell>")]
pub struct Args {
    /// One of bash, zsh, fish and powershell
    #[arg(value_name = "SHELL", num_args = 0..)]
    args: Vec<OsString>,
}

impl Args {
    pub fn run(self, context: &Context) -> Result<(), CliError> {
        use super::error::Kind;
        let [shell] = &self.args[..] else {
            let text = format!("accepts 1 arg(s), received {}", self.args.len());
            return Err(CliError::new(Kind::General, text).hint("Name a shell: bash, zsh, fish or powershell"));
        };
        let shell = match key::text(shell).as_str() {
            "bash" => Shell::Bash,
            "zsh" => Shell::Zsh,
            "fish" => Shell::Fish,
            "powershell" => Shell::PowerShell,
            other => {
                let program = context.personality.program();
                let text = format!("invalid argument {other:?} for \"{program} completion\"");
                return Err(CliError::new(Kind::General, text).hint("Name a shell: bash, zsh, fish or powershell"));
            }
        };
        Ok(io::stdout().write_all(&script(shell, context.personality))?)
    }
}

/// The script for one program and shell.
pub fn script(shell: Shell, personality: Personality) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut full_definitions(personality), personality.program(), &mut script);
    script
}
