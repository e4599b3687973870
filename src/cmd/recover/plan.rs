//! `recover plan`: what is left, which of it holds the most, and what to do.

use std::{path::PathBuf, process::ExitCode};

use super::{Format, failure, json, print, text};
use crate::{
    cmd::error::CliError,
    core::recovery::{self, Place},
};

/// Look at the surviving data directories and say how to recover
///
/// Each directory is locked and read; nothing in it is changed. The best one is that whose log ends with the highest term, and of those
/// with the same term the longest: raft would have elected it. Exit code 0 if the quorum is lost and one directory is whole, 3 if it is
/// not lost, 1 if nothing can be recovered from.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Data directories of members that do not run, or copies of them
    #[arg(required = true, value_name = "DIR")]
    dirs: Vec<PathBuf>,
    /// Where the raft logs are if they have directories of their own; as many as data directories, in the same order
    #[arg(long, value_name = "DIR")]
    wal_dir: Vec<PathBuf>,
    /// Set the output format
    #[arg(short, long = "write-out", value_name = "FORMAT", default_value = "simple")]
    write_out: Format,
}

/// The quorum is not lost.
const NOT_LOST: u8 = 3;

impl Args {
    pub fn run(self) -> Result<ExitCode, CliError> {
        if !self.wal_dir.is_empty() && self.wal_dir.len() != self.dirs.len() {
            return Err(CliError::bad_args("--wal-dir must be given for each data directory, in the same order"));
        }
        let mut logs = self.wal_dir.into_iter();
        let places: Vec<_> = self.dirs.into_iter().map(|data_dir| Place { data_dir, wal_dir: logs.next() }).collect();
        let plan = recovery::plan(&places).map_err(failure)?;
        match self.write_out {
            Format::Simple => print(&text::plan(&plan))?,
            Format::Json => print(&json::plan(&plan).to_string())?,
        }
        Ok(match &plan.quorum {
            None => ExitCode::FAILURE,
            Some(quorum) if !quorum.is_lost() => ExitCode::from(NOT_LOST),
            Some(_) => ExitCode::SUCCESS,
        })
    }
}
