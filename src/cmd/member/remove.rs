//! `member remove`.

use super::member_id;
use crate::cmd::{client::Retry, context::Context, error::CliError, output::Reply};
use quorate_proto::etcdserverpb::MemberRemoveRequest;
use std::ffi::OsString;

/// Remove a member from the cluster
#[derive(Clone, Debug, clap::Args)]
#[command(override_usage = "quorate member remove <memberID>")]
pub struct Args {
    /// Member, in hexadecimal
    #[arg(value_name = "ID", num_args = 0..)]
    args: Vec<OsString>,
}

impl Args {
    pub async fn run(self, context: &Context) -> Result<(), CliError> {
        let id = member_id(&self.args)?;
        let session = context.session()?;
        let rpc = session.client.call(Retry::Write, MemberRemoveRequest { id }, async |connection, request| {
            connection.cluster().member_remove(request).await
        });
        session.output.print(Reply::MemberRemove { id, reply: &rpc.await? })
    }
}
