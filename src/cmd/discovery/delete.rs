//! `discovery delete`.

use super::{Opened, TokenArg};
use crate::cmd::{client::Retry, context::Context, error::CliError, output};
use quorate_proto::etcdserverpb::DeleteRangeRequest;

/// Delete a token and what has registered under it
///
/// A cluster that has begun no longer needs its token; members that still wait for others give up.
#[derive(Clone, Debug, clap::Args)]
#[command(override_usage = "quorate discovery delete <token> [options]")]
pub struct Args {
    #[command(flatten)]
    token: TokenArg,
}

impl Args {
    pub async fn run(self, context: &Context) -> Result<(), CliError> {
        let opened = self.token.open(context)?;
        let Opened { token, session, key, range_end } = &opened;
        let request = DeleteRangeRequest { key: key.clone(), range_end: range_end.clone(), ..DeleteRangeRequest::default() };
        let rpc =
            session.client.call(Retry::Write, request, async |connection, request| connection.kv().delete_range(request).await);
        if rpc.await?.deleted == 0 {
            return Err(opened.unknown());
        }
        output::line(&format!("Discovery token {token} deleted"))
    }
}
