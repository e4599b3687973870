//! `endpoint status`.

use super::endpoints;
use crate::cmd::{
    client::{Client, Retry},
    context::Context,
    error::{CliError, Kind, note},
    extra::Extra,
    output::Reply,
};
use quorate_proto::etcdserverpb::StatusRequest;

/// Print the status of each endpoint
///
/// In the output format simple: endpoint, member, version, storage version, size, size in use, unused part, quota, is
/// leader, is learner, raft term, raft index, raft applied index, errors, downgrade target, downgrade enabled.
#[derive(Clone, Debug, clap::Args)]
#[command(override_usage = "quorate endpoint status [options]")]
pub struct Args {
    #[command(flatten)]
    extra: Extra,
}

impl Args {
    pub async fn run(self, context: &Context, cluster: bool) -> Result<(), CliError> {
        let output = context.output()?;
        let mut list = Vec::new();
        let mut failed = false;
        for endpoint in endpoints(context, cluster).await? {
            let client = Client::of_one(&context.global, &endpoint)?;
            let rpc = client
                .call(Retry::Read, StatusRequest {}, async |connection, request| connection.maintenance().status(request).await);
            match rpc.await {
                Ok(status) => list.push((endpoint, status)),
                Err(error) => {
                    note(format_args!("Failed to get the status of endpoint {endpoint} ({error})"));
                    failed = true;
                }
            }
        }
        output.print(Reply::Status(&list))?;
        if failed { Err(CliError::already_told(Kind::General)) } else { Ok(()) }
    }
}
