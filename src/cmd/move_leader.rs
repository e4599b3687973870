//! `move-leader`: hand leadership to another member.

use super::{
    client::{Client, Retry},
    context::Context,
    error::{CliError, Kind},
    gotext::parse_uint,
    key, member,
    output::Reply,
};
use quorate_proto::etcdserverpb::{MoveLeaderRequest, StatusRequest};
use std::ffi::OsString;

/// Transfer leadership to another member
#[derive(Clone, Debug, clap::Args)]
#[command(override_usage = "quorate move-leader <transferee-member-id>")]
pub struct Args {
    /// Member to become the leader, in hexadecimal
    #[arg(value_name = "MEMBER", num_args = 0..)]
    args: Vec<OsString>,

    /// Say what would be done, and do nothing
    #[arg(long, help_heading = member::BEYOND)]
    dry_run: bool,
}

impl Args {
    pub async fn run(self, context: &Context) -> Result<(), CliError> {
        let [target] = &self.args[..] else { return Err(CliError::bad_args("move-leader command needs 1 argument")) };
        let to = parse_uint(&key::text(target), 16).map_err(|error| CliError::caused(Kind::BadArgs, error))?;
        let output = context.output()?;
        if self.dry_run {
            return describe(context, to).await;
        }
        // The leader alone can do it, so it has to be among the endpoints.
        for endpoint in &context.global.endpoints {
            let client = Client::of_one(&context.global, endpoint)?;
            let status = client
                .call(Retry::Read, StatusRequest {}, async |connection, request| connection.maintenance().status(request).await)
                .await?;
            let from = status.leader;
            if status.header.unwrap_or_default().member_id == from {
                let request = MoveLeaderRequest { target_id: to };
                let rpc = client
                    .call(Retry::Write, request, async |connection, request| connection.maintenance().move_leader(request).await);
                return output.print(Reply::MoveLeader { from, to, reply: &rpc.await? });
            }
        }
        let given = context.global.endpoints.join(" ");
        Err(CliError::bad_args(format!("no leader endpoint given at [{given}]")))
    }
}

async fn describe(context: &Context, to: u64) -> Result<(), CliError> {
    let steps = [member::move_leader_plan(context, to).await?];
    context.output()?.print(Reply::Plan(&steps))
}
