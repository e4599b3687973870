//! `member promote`.

use super::{describe, drive, flags::BEYOND, look::Looker, member_id};
use crate::cmd::{
    client::Retry,
    context::Context,
    error::{CliError, Kind},
    output::{PlanStep, Reply},
};
use quorate_proto::etcdserverpb::MemberPromoteRequest;
use std::ffi::OsString;

/// Promote a learner to a voting member
#[derive(Clone, Debug, clap::Args)]
#[command(override_usage = "quorate member promote <memberID>")]
pub struct Args {
    /// Member, in hexadecimal
    #[arg(value_name = "ID", num_args = 0..)]
    args: Vec<OsString>,

    /// Say what would be done, and do nothing
    #[arg(long, help_heading = BEYOND)]
    dry_run: bool,
}

impl Args {
    pub async fn run(self, context: &Context) -> Result<(), CliError> {
        let id = member_id(&self.args)?;
        if self.dry_run {
            return describe(context, id).await;
        }
        let session = context.session()?;
        let rpc = session.client.call(Retry::Write, MemberPromoteRequest { id }, async |connection, request| {
            connection.cluster().member_promote(request).await
        });
        session.output.print(Reply::MemberPromote { id, reply: &rpc.await? })
    }
}

async fn describe(context: &Context, id: u64) -> Result<(), CliError> {
    let output = context.output()?;
    drive::check_format(output.format(), true)?;
    let view = drive::look_first(&mut Looker::new(context)?).await?.view;
    let Some(member) = view.get(id) else { return Err(super::unknown(id)) };
    if !member.is_learner {
        return Err(CliError::new(Kind::General, format!("member {} votes already", member.title())));
    }
    let (before, after) = (view.tally(), view.tally_with(member));
    let state = match (view.illness(member), view.lag(member)) {
        (Some(illness), _) => illness,
        (None, Some(lag)) => format!("{lag} entries behind the leader"),
        (None, None) => "how far behind is not known".to_owned(),
    };
    let text = format!("promote {}, {state}: {}", member.title(), describe::change(before, after));
    output.print(Reply::Plan(&[PlanStep {
        step: "promote",
        text,
        before: describe::votes(before),
        after: describe::votes(after),
    }]))
}
