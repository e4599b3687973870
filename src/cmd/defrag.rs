//! `defrag`: give unused space of the backend back, member by member.

use super::{
    client::{Client, Retry},
    context::Context,
    endpoint::endpoints,
    error::{CliError, Kind, note},
    extra::Extra,
    gotext::format_duration,
    output,
};
use quorate_proto::etcdserverpb::DefragmentRequest;
use std::time::Instant;

/// Defragment the storage of the members at the endpoints
#[derive(Clone, Debug, clap::Args)]
#[command(override_usage = "quorate defrag [options]")]
pub struct Args {
    /// Defragment all members of the cluster
    #[arg(long)]
    cluster: bool,

    #[command(flatten)]
    extra: Extra,
}

impl Args {
    pub async fn run(self, context: &Context) -> Result<(), CliError> {
        context.output()?;
        let mut failed = false;
        for endpoint in endpoints(context, self.cluster).await? {
            let client = Client::of_one(&context.global, &endpoint)?;
            let start = Instant::now();
            let result = client
                .call(Retry::Write, DefragmentRequest {}, async |connection, request| {
                    connection.maintenance().defragment(request).await
                })
                .await;
            let took = format_duration(start.elapsed());
            match result {
                Ok(_) => output::line(&format!("Finished defragmenting etcd member[{endpoint}]. took {took}"))?,
                Err(error) => {
                    note(format_args!("Failed to defragment etcd member[{endpoint}]. took {took}. ({error})"));
                    failed = true;
                }
            }
        }
        if failed { Err(CliError::already_told(Kind::General)) } else { Ok(()) }
    }
}
