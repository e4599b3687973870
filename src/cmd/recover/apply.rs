//! `recover apply`: a new data directory from a survivor's.

use std::{path::PathBuf, process::ExitCode};

use clap::ArgAction;

use super::{Format, failure, json, print, text};
use crate::{
    cmd::{
        error::{CliError, Kind},
        serve::{initial_cluster, urls},
    },
    core::{
        config::InitialMember,
        recovery::{Place, Rebuild, rebuild},
    },
};

/// Write a new data directory for a new cluster from a survivor's
///
/// The survivor's directory stays as it is. The new one is begun anew if an earlier run was interrupted, and left alone if it is made
/// already. A new cluster of several members can be made at once: run this on each of them with a copy of the same survivor and the same
/// --initial-cluster.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Data directory to recover from, that of a member that does not run
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// Where its raft log is, if it has a directory of its own
    #[arg(long, value_name = "DIR")]
    from_wal_dir: Option<PathBuf>,
    /// Data directory to write; absent or empty
    #[arg(long, value_name = "DIR")]
    data_dir: PathBuf,
    /// Write the raft log to this directory instead; absent or empty
    #[arg(long, value_name = "DIR")]
    wal_dir: Option<PathBuf>,
    /// Set the name of the member that the directory is for
    #[arg(long, default_value = "default")]
    name: String,
    /// Tell the other members to reach this one at these URLs
    #[arg(long, value_name = "URLS", default_value = "http://localhost:2380")]
    initial_advertise_peer_urls: String,
    /// Name the members of the new cluster as a list of NAME=URL; by default this one alone
    #[arg(long, value_name = "LIST")]
    initial_cluster: Option<String>,
    /// Tell this cluster from others by this text; by default one made from the old cluster's id and the end of its log
    #[arg(long, value_name = "TEXT")]
    initial_cluster_token: Option<String>,
    /// Move the revision on by so much, so that it is ahead of any that the old cluster had; 0 leaves it
    #[arg(long, value_name = "COUNT", default_value_t = 1_000_000_000, value_parser = clap::value_parser!(i64).range(0..))]
    bump_revision: i64,
    /// Mark all history as compacted, so that whoever goes on from an old revision is told
    #[arg(
        long,
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_value_t = true,
        default_missing_value = "true",
        action = ArgAction::Set
    )]
    mark_compacted: bool,
    /// Check everything and say what would be written
    #[arg(long)]
    dry_run: bool,
    /// Set the output format
    #[arg(short, long = "write-out", value_name = "FORMAT", default_value = "simple")]
    write_out: Format,
}

impl Args {
    pub fn run(self) -> Result<ExitCode, CliError> {
        let (dry_run, format) = (self.dry_run, self.write_out);
        let wanted = self.wanted()?;
        let rebuilt = rebuild(&wanted, dry_run).map_err(failure)?;
        match format {
            Format::Simple => print(&text::rebuilt(&wanted, &rebuilt, dry_run))?,
            Format::Json => print(&json::rebuilt(&wanted, &rebuilt, dry_run).to_string())?,
        }
        Ok(ExitCode::SUCCESS)
    }

    fn wanted(self) -> Result<Rebuild, CliError> {
        let bad = |flag: &str, error: &dyn std::fmt::Display| CliError::new(Kind::BadArgs, format!("--{flag}: {error}"));
        let flag = "initial-advertise-peer-urls";
        let advertise_peer_urls = urls::parse_list(&self.initial_advertise_peer_urls).map_err(|error| bad(flag, &error))?;
        let alone = || vec![InitialMember { name: self.name.clone(), peer_urls: advertise_peer_urls.clone() }];
        let initial_cluster = match &self.initial_cluster {
            Some(list) => initial_cluster(list).map_err(|error| bad("initial-cluster", &error))?,
            None => alone(),
        };
        Ok(Rebuild {
            from: Place { data_dir: self.from, wal_dir: self.from_wal_dir },
            to: Place { data_dir: self.data_dir, wal_dir: self.wal_dir },
            name: self.name,
            advertise_peer_urls,
            initial_cluster,
            token: self.initial_cluster_token,
            bump_revision: self.bump_revision,
            mark_compacted: self.mark_compacted,
        })
    }
}
