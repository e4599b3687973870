//! `member update`.

use super::{member_id, peer_urls::peer_urls};
use crate::cmd::{client::Retry, context::Context, error::CliError, output::Reply};
use quorate_proto::etcdserverpb::MemberUpdateRequest;
use std::ffi::OsString;

/// Change the peer URLs of a member
#[derive(Clone, Debug, clap::Args)]
#[command(override_usage = "quorate member update <memberID> [options]")]
pub struct Args {
    /// Member, in hexadecimal
    #[arg(value_name = "ID", num_args = 0..)]
    args: Vec<OsString>,

    /// New peer URLs of the member, by comma
    #[arg(long, value_name = "LIST", default_value = "", hide_default_value = true)]
    peer_urls: String,
}

impl Args {
    pub async fn run(self, context: &Context) -> Result<(), CliError> {
        let id = member_id(&self.args)?;
        let request = MemberUpdateRequest { id, peer_ur_ls: peer_urls(&self.peer_urls)? };
        let session = context.session()?;
        let rpc = session
            .client
            .call(Retry::Write, request, async |connection, request| connection.cluster().member_update(request).await);
        session.output.print(Reply::MemberUpdate { id, reply: &rpc.await? })
    }
}
