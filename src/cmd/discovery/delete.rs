//! `discovery delete`.

use super::token;
use crate::{
    cmd::{
        client::Retry,
        context::Context,
        error::{CliError, Kind},
        output,
    },
    core::discovery::registry,
};
use quorate_proto::etcdserverpb::DeleteRangeRequest;
use std::ffi::OsString;

/// Delete a token and what has registered under it
///
/// A cluster that has begun no longer needs its token; members that still wait for others give up.
#[derive(Clone, Debug, clap::Args)]
#[command(override_usage = "quorate discovery delete <token> [options]")]
pub struct Args {
    /// Token of the cluster
    #[arg(value_name = "TOKEN", num_args = 0..)]
    args: Vec<OsString>,
}

impl Args {
    pub async fn run(self, context: &Context) -> Result<(), CliError> {
        let token = token(&self.args)?;
        let session = context.session()?;
        let prefix = registry::token_prefix(&token);
        let request =
            DeleteRangeRequest { range_end: registry::range_end(&prefix), key: prefix.into(), ..DeleteRangeRequest::default() };
        let rpc =
            session.client.call(Retry::Write, request, async |connection, request| connection.kv().delete_range(request).await);
        if rpc.await?.deleted == 0 {
            return Err(CliError::new(Kind::General, format!("there is no discovery token {token}")));
        }
        output::line(&format!("Discovery token {token} deleted"))
    }
}
