//! `member promote`.

use super::member_id;
use crate::cmd::{client::Retry, context::Context, error::CliError, output::Reply};
use quorate_proto::etcdserverpb::MemberPromoteRequest;
use std::ffi::OsString;

/// Promote a learner to a voting member
#[derive(Clone, Debug, clap::Args)]
#[command(override_usage = "quorate member promote <memberID>")]
pub struct Args {
    /// Member, in hexadecimal
    #[arg(value_name = "ID", num_args = 0..)]
    args: Vec<OsString>,
}

impl Args {
    pub async fn run(self, context: &Context) -> Result<(), CliError> {
        let id = member_id(&self.args)?;
        let session = context.session()?;
        let rpc = session.client.call(Retry::Write, MemberPromoteRequest { id }, async |connection, request| {
            connection.cluster().member_promote(request).await
        });
        session.output.print(Reply::MemberPromote { id, reply: &rpc.await? })
    }
}
