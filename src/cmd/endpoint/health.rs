//! `endpoint health`: a linearizable read through each endpoint, and no alarm anywhere.

use super::endpoints;
use crate::cmd::{
    alarm::alarms,
    client::{Client, Retry},
    context::Context,
    error::{CliError, Kind},
    extra::Extra,
    gotext::format_duration,
    output::{Health, Reply},
};
use quorate_proto::etcdserverpb::{AlarmType, RangeRequest};
use tokio::{task::JoinSet, time::Instant};
use tonic::Code;

/// Check the health of each endpoint
#[derive(Clone, Debug, clap::Args)]
#[command(override_usage = "quorate endpoint health [options]")]
pub struct Args {
    #[command(flatten)]
    extra: Extra,
}

impl Args {
    pub async fn run(self, context: &Context, cluster: bool) -> Result<(), CliError> {
        let output = context.output()?;
        let mut checks = JoinSet::new();
        for (at, endpoint) in endpoints(context, cluster).await?.into_iter().enumerate() {
            let client = Client::of_one(&context.global, &endpoint)?;
            checks.spawn(async move { (at, check(&client, endpoint).await) });
        }
        let mut list = checks.join_all().await;
        list.sort_by_key(|(at, _)| *at);
        let list: Vec<Health> = list.into_iter().map(|(_, health)| health).collect();
        output.print(Reply::Health(&list))?;
        if list.iter().any(|health| health.error.is_some()) {
            return Err(CliError::new(Kind::General, "unhealthy cluster"));
        }
        Ok(())
    }
}

async fn check(client: &Client, endpoint: String) -> Health {
    let deadline = client.deadline();
    let start = Instant::now();
    // Any key will do; without the right to read it the request has still gone through the quorum.
    let request = RangeRequest { key: "health".into(), ..Default::default() };
    let read =
        client.call_until(Some(deadline), Retry::Read, request, async |connection, request| connection.kv().range(request).await);
    let read = read.await;
    let took = format_duration(start.elapsed());
    let error = match read {
        Err(error) if error.code() != Code::PermissionDenied => Some(error.to_string()),
        _ => match alarms(client, deadline).await {
            Err(_) => Some("Unable to fetch the alarm list".to_owned()),
            Ok(reply) if reply.alarms.is_empty() => None,
            Ok(reply) => {
                let names = reply.alarms.iter().map(|alarm| match AlarmType::try_from(alarm.alarm) {
                    Ok(AlarmType::Nospace) => "NOSPACE ",
                    Ok(AlarmType::Corrupt) => "CORRUPT ",
                    _ => "UNKNOWN ",
                });
                Some(format!("Active Alarm(s): {}", names.collect::<String>()))
            }
        },
    };
    Health { endpoint, took, error }
}
