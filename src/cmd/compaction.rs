//! `compaction`: forget history.

use super::{
    client::Retry,
    context::Context,
    error::{CliError, Kind},
    gotext::parse_int,
    key, output,
};
use quorate_proto::etcdserverpb::CompactionRequest;
use std::ffi::OsString;

/// Compact the history up to a revision
#[derive(Clone, Debug, clap::Args)]
#[command(override_usage = "quorate compaction [options] <revision>")]
pub struct Args {
    /// Oldest revision to keep
    #[arg(value_name = "REVISION", num_args = 0..)]
    args: Vec<OsString>,

    /// Wait until the old revisions are gone from the disk
    #[arg(long)]
    physical: bool,
}

impl Args {
    pub async fn run(self, context: &Context) -> Result<(), CliError> {
        let [revision] = &self.args[..] else { return Err(CliError::bad_args("compaction command needs 1 argument")) };
        let revision = parse_int(&key::text(revision), 10).map_err(|error| CliError::caused(Kind::General, error))?;
        let request = CompactionRequest { revision, physical: self.physical };
        let session = context.session()?;
        session.client.call(Retry::Write, request, async |connection, request| connection.kv().compact(request).await).await?;
        output::line(&format!("compacted revision {revision}"))
    }
}
