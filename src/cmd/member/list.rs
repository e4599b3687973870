//! `member list`.

use crate::cmd::{client::Retry, context::Context, error::CliError, extra::Extra, get::serializable, output::Reply};
use quorate_proto::etcdserverpb::MemberListRequest;

/// List the members of the cluster
///
/// In the output format simple: id, status, name, peer URLs, client URLs, is learner.
#[derive(Clone, Debug, clap::Args)]
#[command(override_usage = "quorate member list [options]")]
pub struct Args {
    /// Linearizable (l) or serializable (s)
    #[arg(long, value_name = "LEVEL", default_value = "l")]
    consistency: String,

    #[command(flatten)]
    extra: Extra,
}

impl Args {
    pub async fn run(self, context: &Context) -> Result<(), CliError> {
        let request = MemberListRequest { linearizable: !serializable(&self.consistency)? };
        let session = context.session()?;
        let rpc = session
            .client
            .call(Retry::Read, request, async |connection, request| connection.cluster().member_list(request).await);
        session.output.print(Reply::MemberList(&rpc.await?))
    }
}
