//! `member list`.

use super::{
    flags::BEYOND,
    look::{Look, Looker},
};
use crate::cmd::{
    client::Retry,
    context::Context,
    error::{CliError, note},
    extra::Extra,
    get::serializable,
    output::{Format, MemberDetail, Reply, unsupported},
};
use quorate_proto::etcdserverpb::MemberListRequest;

const DETAILED: &str = "With --detail every member is asked at its own address, all at the same time. In the output format simple: \
                        id, name, role, health, entries behind the leader, raft term, version, size of the database, the part in \
                        use, endpoint that answered.";

/// List the members of the cluster
///
/// In the output format simple: id, status, name, peer URLs, client URLs, is learner.
#[derive(Clone, Debug, clap::Args)]
#[command(override_usage = "quorate member list [options]", after_long_help = DETAILED)]
pub struct Args {
    /// Linearizable (l) or serializable (s)
    #[arg(long, value_name = "LEVEL", default_value = "l")]
    consistency: String,

    /// Ask each member how it is: role, health, how far behind, version, size
    #[arg(long, help_heading = BEYOND)]
    detail: bool,

    #[command(flatten)]
    extra: Extra,
}

impl Args {
    pub async fn run(self, context: &Context) -> Result<(), CliError> {
        let linearizable = !serializable(&self.consistency)?;
        if self.detail {
            return detail(context, linearizable).await;
        }
        let request = MemberListRequest { linearizable };
        let session = context.session()?;
        let rpc = session
            .client
            .call(Retry::Read, request, async |connection, request| connection.cluster().member_list(request).await);
        session.output.print(Reply::MemberList(&rpc.await?))
    }
}

/// Without a quorum the list of whoever answers has to do: then more than ever one wants to know who is there.
async fn detail(context: &Context, linearizable: bool) -> Result<(), CliError> {
    let output = context.output()?;
    if output.format() == Format::Protobuf {
        return Err(unsupported("protobuf"));
    }
    let mut looker = Looker::new(context)?;
    let look = match looker.look(linearizable).await {
        Err(error) if linearizable => match looker.look(false).await {
            Ok(look) => {
                note(format_args!("no quorum stands behind this list: {error}"));
                look
            }
            Err(_) => return Err(error.into()),
        },
        look => look?,
    };
    output.print(Reply::MemberDetails { header: &look.reply.header, members: &details(&look) })
}

fn details(look: &Look) -> Vec<MemberDetail<'_>> {
    let view = &look.view;
    let leader = view.leader();
    let detail = |(member, seen): (_, &super::view::Seen)| {
        let facts = seen.facts();
        let role = match seen {
            _ if !seen.is_started() => "unstarted",
            _ if seen.is_learner => "learner",
            _ if leader == Some(seen.id) => "leader",
            // Nobody to follow, or nobody who says whom it follows.
            _ if leader.is_none() => "voter",
            _ => "follower",
        };
        MemberDetail {
            member,
            role,
            illness: view.illness(seen),
            lag: view.lag(seen),
            term: facts.map(|facts| facts.term),
            version: facts.map(|facts| facts.version.clone()),
            db_size: facts.map(|facts| facts.db_size),
            db_size_in_use: facts.map(|facts| facts.db_size_in_use),
            endpoint: facts.map(|facts| facts.endpoint.clone()),
        }
    };
    look.reply.members.iter().zip(&view.members).map(detail).collect()
}
