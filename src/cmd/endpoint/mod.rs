//! `endpoint`: questions to each endpoint on its own.

mod hashkv;
mod health;
mod status;

use super::{
    client::{Client, Retry},
    context::Context,
    error::{CliError, Kind},
};
use quorate_proto::etcdserverpb::MemberListRequest;

/// Ask each endpoint about its health, status or hash
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Ask all members of the cluster
    #[arg(long, global = true)]
    cluster: bool,

    #[command(subcommand)]
    verb: Verb,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum Verb {
    Health(health::Args),
    Status(status::Args),
    Hashkv(hashkv::Args),
}

impl Args {
    pub async fn run(self, context: &Context) -> Result<(), CliError> {
        match self.verb {
            Verb::Health(args) => args.run(context, self.cluster).await,
            Verb::Status(args) => args.run(context, self.cluster).await,
            Verb::Hashkv(args) => args.run(context, self.cluster).await,
        }
    }
}

/// The endpoints of the command line, or with `cluster` the client URLs of all members that they know of.
///
/// # Errors
/// No member list: exit code 1.
pub async fn endpoints(context: &Context, cluster: bool) -> Result<Vec<String>, CliError> {
    if !cluster {
        return Ok(context.global.endpoints.clone());
    }
    let request = MemberListRequest { linearizable: true };
    let client = Client::new(&context.global)?;
    let list = client.call(Retry::Read, request, async |connection, request| connection.cluster().member_list(request).await);
    let list = list.await.map_err(|error| {
        CliError::new(Kind::General, format!("failed to fetch endpoints from etcd cluster member list: {error}"))
    })?;
    Ok(list.members.into_iter().flat_map(|member| member.client_ur_ls).collect())
}
