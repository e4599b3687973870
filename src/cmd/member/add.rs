//! `member add`.

use super::peer_urls::peer_urls;
use crate::cmd::{client::Retry, context::Context, error::CliError, key, output::Reply};
use quorate_proto::etcdserverpb::MemberAddRequest;
use std::ffi::OsString;

/// Add a member to the cluster
#[derive(Clone, Debug, clap::Args)]
#[command(override_usage = "quorate member add <memberName> [options]")]
pub struct Args {
    /// Name that the member will be started with
    #[arg(value_name = "NAME", num_args = 0..)]
    args: Vec<OsString>,

    /// Peer URLs of the member, by comma
    #[arg(long, value_name = "LIST", default_value = "", hide_default_value = true)]
    peer_urls: String,

    /// Add a learner, which does not vote
    #[arg(long)]
    learner: bool,
}

impl Args {
    pub async fn run(self, context: &Context) -> Result<(), CliError> {
        let name = match &self.args[..] {
            [] => return Err(CliError::bad_args("member name not provided")),
            [name] => key::text(name),
            args => {
                let error = || CliError::bad_args("too many arguments");
                let url = args.iter().map(|arg| key::text(arg)).find(|arg| arg.to_lowercase().starts_with("http"));
                return Err(url.map_or_else(error, |url| error().hint(format!("Did you mean --peer-urls={url}?"))));
            }
        };
        let request = MemberAddRequest { peer_ur_ls: peer_urls(&self.peer_urls)?, is_learner: self.learner };
        let session = context.session()?;
        let rpc = session
            .client
            .call(Retry::Write, request, async |connection, request| connection.cluster().member_add(request).await);
        session.output.print(Reply::MemberAdd { name: &name, peer_urls: &self.peer_urls, reply: &rpc.await? })
    }
}
