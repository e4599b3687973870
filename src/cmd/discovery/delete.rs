//! `discovery delete`.

use super::{Opened, TokenArg};
use crate::{
    cmd::{client::Retry, context::Context, error::CliError, output},
    core::discovery::registry,
};
use quorate_proto::etcdserverpb::{DeleteRangeRequest, RequestOp, TxnRequest, request_op::Request, response_op::Response};

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
        let Opened { token, session } = &opened;
        // Its size and its members, each by themselves: a token `a/b` has its keys below those of `a`.
        let members = registry::members_prefix(token);
        let size = DeleteRangeRequest { key: registry::size_key(token), ..DeleteRangeRequest::default() };
        let members =
            DeleteRangeRequest { range_end: registry::range_end(&members), key: members.into(), ..DeleteRangeRequest::default() };
        let success = [size, members].map(|range| RequestOp { request: Some(Request::RequestDeleteRange(range)) }).into();
        let request = TxnRequest { success, ..TxnRequest::default() };
        let rpc = session.client.call(Retry::Write, request, async |connection, request| connection.kv().txn(request).await);
        let answers = rpc.await?.responses;
        let was_there = |response| matches!(response, Some(Response::ResponseDeleteRange(range)) if range.deleted > 0);
        if !answers.into_iter().any(|answer| was_there(answer.response)) {
            return Err(opened.unknown());
        }
        output::line(&format!("Discovery token {token} deleted"))
    }
}
