//! `member remove`.
//!
//! As `etcdctl` it sends the one request. As `quorate` it looks first: the quorum that the rest would have is shown, and is a
//! reason to refuse; leadership is moved away before; a member that is gone already is no error.

use super::{
    drive,
    flags::BEYOND,
    member_id,
    plan::Wish,
    view::{Found, View},
};
use crate::cmd::{
    Personality,
    client::Retry,
    context::Context,
    error::{CliError, Kind, note},
    gotext::parse_duration,
    key,
    output::Reply,
};
use quorate_proto::etcdserverpb::MemberRemoveRequest;
use std::{ffi::OsString, time::Duration};

/// Digits in hexadecimal from which on an unknown member is believed to have been one: ids have sixteen, but for leading zeros.
const ID_DIGITS_MIN: usize = 12;

const GUIDED: &str = "The quorum before and after is shown first; where the rest would have none, nothing is done. Leadership is \
                      moved away before the leader is removed. A member that is gone already is a success. A name does as well as \
                      an id.";

/// Remove a member from the cluster
#[derive(Clone, Debug, clap::Args)]
#[command(override_usage = "quorate member remove <memberID> [options]", after_long_help = GUIDED)]
pub struct Args {
    /// Member, in hexadecimal
    #[arg(value_name = "ID", num_args = 0..)]
    args: Vec<OsString>,

    /// Remove it even if the rest has no quorum then, and can decide nothing until members come back
    #[arg(long, help_heading = BEYOND)]
    even_if_quorum_is_lost: bool,

    /// Time to try again while the cluster is not well
    #[arg(long, help_heading = BEYOND, value_name = "DURATION", default_value = "1m", value_parser = parse_duration)]
    timeout: Duration,

    /// Say what would be done, and do nothing
    #[arg(long, help_heading = BEYOND)]
    dry_run: bool,
}

impl Args {
    pub async fn run(self, context: &Context) -> Result<(), CliError> {
        if context.personality == Personality::Etcdctl {
            return plain(context, member_id(&self.args)?).await;
        }
        let [who] = &self.args[..] else { return Err(CliError::bad_args("member ID is not provided")) };
        let who = key::text(who);
        let even_if_quorum_is_lost = self.even_if_quorum_is_lost;
        let manner = drive::Manner { dry_run: self.dry_run, timeout: self.timeout, peer_urls: String::new(), asks_about: None };
        drive::run(context, manner, |look| Ok(Wish::Remove { id: target(&look.view, &who)?, even_if_quorum_is_lost })).await
    }
}

async fn plain(context: &Context, id: u64) -> Result<(), CliError> {
    let session = context.session()?;
    let rpc = session.client.call(Retry::Write, MemberRemoveRequest { id }, async |connection, request| {
        connection.cluster().member_remove(request).await
    });
    session.output.print(Reply::MemberRemove { id, reply: &rpc.await? })
}

fn target(view: &View, who: &str) -> Result<u64, CliError> {
    match view.find(who) {
        Found::One(id) => Ok(id),
        Found::Several => Err(super::several(view, who)),
        Found::Nobody => match u64::from_str_radix(who, 16) {
            Ok(id) if who.len() >= ID_DIGITS_MIN => {
                note(format_args!("no member has the id {who}: it is gone already"));
                Ok(id)
            }
            _ => Err(CliError::new(Kind::General, format!("no member has the id or name {who}"))),
        },
    }
}
