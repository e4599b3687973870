//! `member update`.

use super::{describe, drive, flags::BEYOND, look::Looker, member_id, peer_urls::peer_urls};
use crate::cmd::{
    client::Retry,
    context::Context,
    error::{CliError, Kind},
    output::{PlanStep, Reply},
};
use quorate_proto::etcdserverpb::MemberUpdateRequest;
use std::ffi::OsString;

/// Change the peer URLs of a member
#[derive(Clone, Debug, clap::Args)]
#[command(override_usage = "quorate member update <memberID> [options]")]
pub struct Args {
    /// Member, in hexadecimal
    #[arg(value_name = "ID", num_args = 0..)]
    args: Vec<OsString>,

    /// New peer URLs of the member, by comma
    #[arg(long, value_name = "LIST", default_value = "", hide_default_value = true)]
    peer_urls: String,

    /// Say what would be done, and do nothing
    #[arg(long, help_heading = BEYOND)]
    dry_run: bool,
}

impl Args {
    pub async fn run(self, context: &Context) -> Result<(), CliError> {
        let id = member_id(&self.args)?;
        let urls = peer_urls(&self.peer_urls)?;
        if self.dry_run {
            return describe(context, id, urls).await;
        }
        let request = MemberUpdateRequest { id, peer_ur_ls: urls };
        let session = context.session()?;
        let rpc = session
            .client
            .call(Retry::Write, request, async |connection, request| connection.cluster().member_update(request).await);
        session.output.print(Reply::MemberUpdate { id, reply: &rpc.await? })
    }
}

async fn describe(context: &Context, id: u64, mut urls: Vec<String>) -> Result<(), CliError> {
    let output = context.output()?;
    drive::check_format(output.format(), true)?;
    let view = drive::look_first(&mut Looker::new(context)?).await?.view;
    let Some(member) = view.get(id) else { return Err(super::unknown(id)) };
    let others = view.members.iter().filter(|other| other.id != id);
    for other in others {
        if let Some(url) = other.peer_urls.iter().find(|url| urls.contains(url)) {
            return Err(CliError::new(Kind::General, format!("the peer URL {url} belongs to member {}", other.title())));
        }
    }
    urls.sort();
    let now = member.peer_urls.join(",");
    let text = if member.peer_urls == urls {
        format!("{} has the peer URLs {now} already: nothing would change", member.title())
    } else {
        format!("change the peer URLs of {} from {now} to {}", member.title(), urls.join(","))
    };
    let votes = describe::votes(view.tally());
    output.print(Reply::Plan(&[PlanStep { step: "update", text, before: votes, after: votes }]))
}
