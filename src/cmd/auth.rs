//! `auth`: turn authentication on and off.

use super::{
    client::Retry,
    context::{Context, Session},
    error::CliError,
    output::{self, AuthReply, Reply},
};
use quorate_proto::etcdserverpb::{
    AuthDisableRequest, AuthEnableRequest, AuthRoleAddRequest, AuthStatusRequest, AuthUserGrantRoleRequest,
};
use std::ffi::OsString;

/// Enable, disable or show authentication
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Verb {
    /// Enable authentication; the user root must exist
    #[command(override_usage = "quorate auth enable")]
    Enable(NoArgs),
    /// Disable authentication
    #[command(override_usage = "quorate auth disable")]
    Disable(NoArgs),
    /// Show whether authentication is enabled
    #[command(override_usage = "quorate auth status")]
    Status(NoArgs),
}

/// Words where none belong.
#[derive(Clone, Debug, clap::Args)]
pub struct NoArgs {
    /// Nothing
    #[arg(num_args = 0.., hide = true)]
    args: Vec<OsString>,
}

impl Verb {
    pub async fn run(self, context: &Context) -> Result<(), CliError> {
        let (name, NoArgs { args }) = match &self {
            Self::Enable(args) => ("enable", args),
            Self::Disable(args) => ("disable", args),
            Self::Status(args) => ("status", args),
        };
        if !args.is_empty() {
            return Err(CliError::bad_args(format!("auth {name} command does not accept any arguments")));
        }
        let session = context.session()?;
        let client = &session.client;
        match self {
            Self::Enable(_) => {
                enable(&session).await?;
                output::line("Authentication Enabled")
            }
            Self::Disable(_) => {
                client
                    .call(Retry::Write, AuthDisableRequest {}, async |to, request| to.auth().auth_disable(request).await)
                    .await?;
                output::line("Authentication Disabled")
            }
            Self::Status(_) => {
                let asked =
                    client.call(Retry::Read, AuthStatusRequest {}, async |to, request| to.auth().auth_status(request).await);
                session.output.print(Reply::Auth(AuthReply::Status(&asked.await?)))
            }
        }
    }
}

/// Enables; where only the role root is missing, makes it and gives it to the user root, as etcdctl does.
async fn enable(session: &Session) -> Result<(), CliError> {
    const ROLE_MISSING: &str = "etcdserver: root user does not have root role";
    const ROLE_EXISTS: &str = "etcdserver: role name already exists";
    let client = &session.client;
    let try_it = || client.call(Retry::Write, AuthEnableRequest {}, async |to, request| to.auth().auth_enable(request).await);
    match try_it().await {
        Err(error) if error.to_string() == ROLE_MISSING => {}
        done => return Ok(done.map(drop)?),
    }
    let add = AuthRoleAddRequest { name: "root".into() };
    match client.call(Retry::Write, add, async |to, request| to.auth().role_add(request).await).await {
        Err(error) if error.to_string() != ROLE_EXISTS => return Err(error.into()),
        _ => {}
    }
    let grant = AuthUserGrantRoleRequest { user: "root".into(), role: "root".into() };
    client.call(Retry::Write, grant, async |to, request| to.auth().user_grant_role(request).await).await?;
    try_it().await?;
    Ok(())
}
