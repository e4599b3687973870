//! `member add`.

use super::{
    describe, drive,
    flags::BEYOND,
    look::Looker,
    peer_urls::peer_urls,
    plan::{NewMember, Wish},
};
use crate::cmd::{
    client::Retry,
    context::Context,
    error::CliError,
    gotext::parse_duration,
    key,
    output::{PlanStep, Reply},
};
use quorate_proto::etcdserverpb::MemberAddRequest;
use std::{ffi::OsString, time::Duration};

const GUIDED: &str = "With --wait the member is added as a learner, which cannot hold up the cluster; the settings to start it \
                      with are printed, and as soon as it has been started and is level with the leader it is promoted. The \
                      command can be interrupted at any time and run again: it goes on where the cluster is.";

/// Add a member to the cluster
#[derive(Clone, Debug, clap::Args)]
#[command(override_usage = "quorate member add <memberName> [options]", after_long_help = GUIDED)]
pub struct Args {
    /// Name that the member will be started with
    #[arg(value_name = "NAME", num_args = 0..)]
    args: Vec<OsString>,

    /// Peer URLs of the member, by comma
    #[arg(long, value_name = "LIST", default_value = "", hide_default_value = true)]
    peer_urls: String,

    /// Add a learner, which does not vote
    #[arg(long)]
    learner: bool,

    /// Add a learner, wait until it has been started and is level, and promote it; with --learner do not promote
    #[arg(long, help_heading = BEYOND)]
    wait: bool,

    /// Time for all of that
    #[arg(long, help_heading = BEYOND, value_name = "DURATION", default_value = "10m", value_parser = parse_duration)]
    timeout: Duration,

    /// Say what would be done, and do nothing
    #[arg(long, help_heading = BEYOND)]
    dry_run: bool,
}

impl Args {
    pub async fn run(self, context: &Context) -> Result<(), CliError> {
        let name = name(&self.args)?;
        let urls = peer_urls(&self.peer_urls)?;
        if self.wait {
            let manner =
                drive::Manner { dry_run: self.dry_run, timeout: self.timeout, peer_urls: self.peer_urls, asks_about: None };
            let new = new_member(name, urls, !self.learner);
            return drive::run(context, manner, |_| Ok(Wish::Add(new))).await;
        }
        if self.dry_run {
            return self.describe(context, &name, &urls).await;
        }
        let request = MemberAddRequest { peer_ur_ls: urls, is_learner: self.learner };
        let session = context.session()?;
        let rpc = session
            .client
            .call(Retry::Write, request, async |connection, request| connection.cluster().member_add(request).await);
        session.output.print(Reply::MemberAdd { name: &name, peer_urls: &self.peer_urls, reply: &rpc.await? })
    }

    /// What the plain command would do.
    async fn describe(&self, context: &Context, name: &str, urls: &[String]) -> Result<(), CliError> {
        let output = context.output()?;
        drive::check_format(output.format(), true)?;
        let view = drive::look_first(&mut Looker::new(context)?).await?.view;
        if let Some(other) = view.members.iter().find(|member| member.peer_urls.iter().any(|url| urls.contains(url))) {
            let text = format!("member {} has these peer URLs already", other.title());
            return Err(CliError::new(crate::cmd::error::Kind::General, text));
        }
        let before = view.tally();
        let (step, kind, after) = if self.learner {
            ("add-learner", "a learner, which does not vote", before)
        } else {
            ("add-voter", "a voter", view.tally_with_unstarted())
        };
        let mut text = format!("add {name} at {} as {kind}: {}", urls.join(","), describe::change(before, after));
        if !after.holds() {
            text.push_str("; until it has been started nothing can be written (add --wait avoids that)");
        }
        output.print(Reply::Plan(&[PlanStep { step, text, before: describe::votes(before), after: describe::votes(after) }]))
    }
}

/// The one argument: the name.
fn name(args: &[OsString]) -> Result<String, CliError> {
    match args {
        [] => Err(CliError::bad_args("member name not provided")),
        [name] => Ok(key::text(name)),
        args => {
            let error = || CliError::bad_args("too many arguments");
            let url = args.iter().map(|arg| key::text(arg)).find(|arg| arg.to_lowercase().starts_with("http"));
            Err(url.map_or_else(error, |url| error().hint(format!("Did you mean --peer-urls={url}?"))))
        }
    }
}

/// A member to be, with its peer URLs in the order in which they are compared.
pub fn new_member(name: String, mut peer_urls: Vec<String>, votes: bool) -> NewMember {
    peer_urls.sort();
    peer_urls.dedup();
    NewMember { name, peer_urls, votes }
}
