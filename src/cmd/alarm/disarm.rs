//! `alarm disarm`: deactivate every alarm there is, one by one.

use super::alarms;
use crate::cmd::{client::Retry, context::Context, error::CliError, extra::Extra, output::Reply};
use quorate_proto::etcdserverpb::{AlarmRequest, AlarmResponse, alarm_request::AlarmAction};

/// Disarm all alarms
#[derive(Clone, Debug, clap::Args)]
#[command(override_usage = "quorate alarm disarm")]
pub struct Args {
    #[command(flatten)]
    extra: Extra,
}

impl Args {
    pub async fn run(self, context: &Context) -> Result<(), CliError> {
        if !self.extra.args.is_empty() {
            return Err(CliError::bad_args("alarm disarm command accepts no arguments"));
        }
        let session = context.session()?;
        let deadline = session.client.deadline();
        // The joined reply has no header: it stands for several.
        let mut disarmed = AlarmResponse::default();
        for alarm in alarms(&session.client, deadline).await?.alarms {
            let request = AlarmRequest { action: AlarmAction::Deactivate.into(), member_id: alarm.member_id, alarm: alarm.alarm };
            let rpc = session.client.call_until(Some(deadline), Retry::Write, request, async |connection, request| {
                connection.maintenance().alarm(request).await
            });
            disarmed.alarms.extend(rpc.await?.alarms);
        }
        session.output.print(Reply::Alarm(&disarmed))
    }
}
