//! `alarm list`.

use crate::cmd::{
    client::{Client, Retry, RpcError},
    context::Context,
    error::CliError,
    extra::Extra,
    output::Reply,
};
use quorate_proto::etcdserverpb::{AlarmRequest, AlarmResponse, AlarmType, alarm_request::AlarmAction};
use tokio::time::Instant;

/// List all alarms
#[derive(Clone, Debug, clap::Args)]
#[command(override_usage = "quorate alarm list")]
pub struct Args {
    #[command(flatten)]
    extra: Extra,
}

impl Args {
    pub async fn run(self, context: &Context) -> Result<(), CliError> {
        if !self.extra.args.is_empty() {
            return Err(CliError::bad_args("alarm list command accepts no arguments"));
        }
        let session = context.session()?;
        session.output.print(Reply::Alarm(&alarms(&session.client, session.client.deadline()).await?))
    }
}

/// Asks for the alarms of all members.
///
/// # Errors
/// [`RpcError`].
pub async fn alarms(client: &Client, deadline: Instant) -> Result<AlarmResponse, RpcError> {
    let request = AlarmRequest { action: AlarmAction::Get.into(), member_id: 0, alarm: AlarmType::None.into() };
    client
        .call_until(Some(deadline), Retry::Read, request, async |connection, request| {
            connection.maintenance().alarm(request).await
        })
        .await
}
