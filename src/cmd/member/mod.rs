//! `member`: who belongs to the cluster, and changing it.
//!
//! The plain verbs are etcdctl's, a request each. Beside them stand guided changes (`add --wait`, `replace`, and `remove` where
//! the binary is called by its own name): [`drive`] looks at the cluster through [`look`], asks the pure [`plan`] for the next
//! step, takes it, and looks again. All of it uses etcd's public interface alone, so it serves clusters of etcd too.

mod add;
mod describe;
mod drive;
mod flags;
mod list;
mod look;
mod peer_urls;
mod plan;
mod promote;
mod refused;
mod remove;
mod replace;
mod update;
mod view;

pub use flags::{BEYOND, as_etcdctl, hide_flags};

use super::{
    context::Context,
    error::{CliError, Kind},
    gotext::parse_uint,
    key,
    output::PlanStep,
};
use std::ffi::OsString;
use view::View;

/// List and change the members of the cluster
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Verb {
    Add(add::Args),
    Replace(replace::Args),
    Remove(remove::Args),
    Update(update::Args),
    List(list::Args),
    Promote(promote::Args),
}

impl Verb {
    pub async fn run(self, context: &Context) -> Result<(), CliError> {
        match self {
            Self::Add(args) => args.run(context).await,
            Self::Replace(args) => args.run(context).await,
            Self::Remove(args) => args.run(context).await,
            Self::Update(args) => args.run(context).await,
            Self::List(args) => args.run(context).await,
            Self::Promote(args) => args.run(context).await,
        }
    }
}

/// What moving leadership to a member would do.
///
/// # Errors
/// The cluster does not answer, or that member cannot lead.
pub async fn move_leader_plan(context: &Context, to: u64) -> Result<PlanStep, CliError> {
    drive::check_format(context.output()?.format(), true)?;
    let view = drive::look_first(&mut look::Looker::new(context)?).await?.view;
    let Some(member) = view.get(to) else { return Err(unknown(to)) };
    if member.is_learner {
        return Err(CliError::new(Kind::General, format!("member {} is a learner, and cannot lead", member.title())));
    }
    let from = view.leader().and_then(|id| view.get(id)).map_or_else(|| "nobody".to_owned(), |leader| leader.title());
    let state = view.illness(member).map(|illness| format!(", which is not healthy ({illness})")).unwrap_or_default();
    let text = format!("move leadership from {from} to {}{state}", member.title());
    let votes = describe::votes(view.tally());
    Ok(PlanStep { step: "move-leader", text, before: votes, after: votes })
}

/// The one argument of most verbs: a member, in hexadecimal.
fn member_id(args: &[OsString]) -> Result<u64, CliError> {
    let [id] = args else { return Err(CliError::bad_args("member ID is not provided")) };
    parse_uint(&key::text(id), 16)
        .map_err(|error| CliError::bad_args(format!("bad member ID arg ({error}), expecting ID in Hex")))
}

/// A name that several members have.
fn several(view: &View, name: &str) -> CliError {
    let ids = view.members.iter().filter(|member| member.name == name).map(|member| format!("{:x}", member.id));
    let error = CliError::new(Kind::General, format!("several members are called {name}"));
    error.hint(format!("Give the id of one: {}", ids.collect::<Vec<_>>().join(", ")))
}

/// An id that no member has.
fn unknown(id: u64) -> CliError {
    CliError::new(Kind::General, format!("no member has the id {id:x}"))
}
