//! `lease list`.

use crate::cmd::{
    client::Retry,
    context::Context,
    error::{CliError, Kind},
    extra::Extra,
    output::Reply,
};
use quorate_proto::etcdserverpb::LeaseLeasesRequest;

/// List all leases
#[derive(Clone, Debug, clap::Args)]
#[command(override_usage = "quorate lease list")]
pub struct Args {
    #[command(flatten)]
    extra: Extra,
}

impl Args {
    pub async fn run(self, context: &Context) -> Result<(), CliError> {
        let session = context.session()?;
        let rpc = session
            .client
            .call(Retry::Read, LeaseLeasesRequest {}, async |connection, request| connection.lease().lease_leases(request).await);
        let reply = rpc.await.map_err(|error| CliError::from(error).of_kind(Kind::Connection))?;
        session.output.print(Reply::LeaseList(&reply))
    }
}
