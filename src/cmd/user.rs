//! `user`: users, their passwords and their roles.

use super::{
    client::Retry,
    context::Context,
    error::{CliError, Kind},
    key::text,
    output::{self, AuthReply, Reply},
    terminal,
};
use quorate_proto::{
    authpb::UserAddOptions,
    etcdserverpb::{
        AuthRoleGetRequest, AuthUserAddRequest, AuthUserChangePasswordRequest, AuthUserDeleteRequest, AuthUserGetRequest,
        AuthUserGrantRoleRequest, AuthUserListRequest, AuthUserRevokeRoleRequest,
    },
};
use std::ffi::OsString;

/// Manage users
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Verb {
    /// Add a user
    #[command(override_usage = "quorate user add <user name or user:password> [options]")]
    Add {
        /// Name, with or without the password: name[:password]
        #[arg(value_name = "USER", num_args = 0..)]
        args: Vec<OsString>,
        /// Ask for the password at the terminal; otherwise it is read from standard input
        #[arg(long, value_name = "BOOL", action = clap::ArgAction::Set, num_args = 0..=1, require_equals = true,
              default_value = "true", default_missing_value = "true", value_parser = super::gotext::parse_bool)]
        interactive: bool,
        /// Password of the new user
        #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
        new_user_password: String,
        /// Add a user without password, known by a certificate alone
        #[arg(long)]
        no_password: bool,
    },
    /// Delete a user
    #[command(override_usage = "quorate user delete <user name>")]
    Delete {
        /// Name
        #[arg(value_name = "USER", num_args = 0..)]
        args: Vec<OsString>,
    },
    /// Show a user's roles
    #[command(override_usage = "quorate user get <user name> [options]")]
    Get {
        /// Name
        #[arg(value_name = "USER", num_args = 0..)]
        args: Vec<OsString>,
        /// Show what each role grants
        #[arg(long)]
        detail: bool,
    },
    /// List all users
    #[command(override_usage = "quorate user list")]
    List {
        /// Nothing
        #[arg(num_args = 0.., hide = true)]
        args: Vec<OsString>,
    },
    /// Change a user's password
    #[command(override_usage = "quorate user passwd <user name> [options]")]
    Passwd {
        /// Name
        #[arg(value_name = "USER", num_args = 0..)]
        args: Vec<OsString>,
        /// Ask for the password at the terminal; otherwise it is read from standard input
        #[arg(long, value_name = "BOOL", action = clap::ArgAction::Set, num_args = 0..=1, require_equals = true,
              default_value = "true", default_missing_value = "true", value_parser = super::gotext::parse_bool)]
        interactive: bool,
    },
    /// Grant a role to a user
    #[command(override_usage = "quorate user grant-role <user name> <role name>")]
    GrantRole {
        /// Names of user and role
        #[arg(value_name = "NAME", num_args = 0..)]
        args: Vec<OsString>,
    },
    /// Revoke a role from a user
    #[command(override_usage = "quorate user revoke-role <user name> <role name>")]
    RevokeRole {
        /// Names of user and role
        #[arg(value_name = "NAME", num_args = 0..)]
        args: Vec<OsString>,
    },
}

impl Verb {
    pub async fn run(self, context: &Context) -> Result<(), CliError> {
        match self {
            Self::Add { args, interactive, new_user_password, no_password } => {
                add(context, &args, interactive, new_user_password, no_password).await
            }
            Self::Get { args, detail } => get(context, &args, detail).await,
            Self::Delete { args } => {
                let [name] = &args[..] else {
                    return Err(CliError::bad_args("user delete command requires user name as its argument"));
                };
                let (session, name) = (context.session()?, text(name));
                let request = AuthUserDeleteRequest { name: name.clone() };
                let rpc = session.client.call(Retry::Write, request, async |to, request| to.auth().user_delete(request).await);
                let header = rpc.await?.header;
                done(&session.output, &format!("User {name} deleted"), &header)
            }
            Self::List { args } => {
                if !args.is_empty() {
                    return Err(CliError::bad_args("user list command requires no arguments"));
                }
                let session = context.session()?;
                let request = AuthUserListRequest {};
                let rpc = session.client.call(Retry::Read, request, async |to, request| to.auth().user_list(request).await);
                session.output.print(Reply::Auth(AuthReply::Users(&rpc.await?)))
            }
            Self::Passwd { args, interactive } => {
                let [name] = &args[..] else {
                    return Err(CliError::bad_args("user passwd command requires user name as its argument"));
                };
                let name = text(name);
                // Asked for before the password of whoever asks, as etcdctl does: scripts answer in that order.
                let password = new_password(&name, interactive)?;
                let session = context.session()?;
                let request = AuthUserChangePasswordRequest { name, password, hashed_password: String::new() };
                let rpc =
                    session.client.call(Retry::Write, request, async |to, request| to.auth().user_change_password(request).await);
                done(&session.output, "Password updated", &rpc.await?.header)
            }
            Self::GrantRole { args } => {
                let [user, role] = &args[..] else {
                    return Err(CliError::bad_args("user grant command requires user name and role name as its argument"));
                };
                let (session, user, role) = (context.session()?, text(user), text(role));
                let request = AuthUserGrantRoleRequest { user: user.clone(), role: role.clone() };
                let rpc =
                    session.client.call(Retry::Write, request, async |to, request| to.auth().user_grant_role(request).await);
                let header = rpc.await?.header;
                done(&session.output, &format!("Role {role} is granted to user {user}"), &header)
            }
            Self::RevokeRole { args } => {
                let [user, role] = &args[..] else {
                    return Err(CliError::bad_args("user revoke-role requires user name and role name as its argument"));
                };
                let (session, user, role) = (context.session()?, text(user), text(role));
                let request = AuthUserRevokeRoleRequest { name: user.clone(), role: role.clone() };
                let rpc =
                    session.client.call(Retry::Write, request, async |to, request| to.auth().user_revoke_role(request).await);
                let header = rpc.await?.header;
                done(&session.output, &format!("Role {role} is revoked from user {user}"), &header)
            }
        }
    }
}

fn done(
    output: &output::Output,
    text: &str,
    header: &Option<quorate_proto::etcdserverpb::ResponseHeader>,
) -> Result<(), CliError> {
    output.print(Reply::Auth(AuthReply::Done { text, header }))
}

async fn add(
    context: &Context,
    args: &[OsString],
    interactive: bool,
    new_user_password: String,
    no_password: bool,
) -> Result<(), CliError> {
    let [given] = args else {
        return Err(CliError::bad_args("user add command requires user name as its argument"));
    };
    let given = text(given);
    let (name, password) = match given.split_once(':') {
        _ if no_password => (given, String::new()),
        _ if !new_user_password.is_empty() => (given, new_user_password),
        Some(("", _)) => return Err(CliError::bad_args("empty user name is not allowed")),
        Some((name, password)) => (name.to_owned(), password.to_owned()),
        None => {
            let password = new_password(&given, interactive)?;
            (given, password)
        }
    };
    let session = context.session()?;
    let options = Some(UserAddOptions { no_password });
    let request = AuthUserAddRequest { name: name.clone(), password, options, hashed_password: String::new() };
    let rpc = session.client.call(Retry::Write, request, async |to, request| to.auth().user_add(request).await);
    let header = rpc.await?.header;
    done(&session.output, &format!("User {name} created"), &header)
}

async fn get(context: &Context, args: &[OsString], detail: bool) -> Result<(), CliError> {
    let [name] = args else {
        return Err(CliError::bad_args("user get command requires user name as its argument"));
    };
    let (session, name) = (context.session()?, text(name));
    let request = AuthUserGetRequest { name: name.clone() };
    let rpc = session.client.call(Retry::Read, request, async |to, request| to.auth().user_get(request).await);
    let reply = rpc.await?;
    if !detail {
        return session.output.print(Reply::Auth(AuthReply::User { name: &name, reply: &reply }));
    }
    output::line(&format!("User: {name}"))?;
    for role in &reply.roles {
        output::line("")?;
        let request = AuthRoleGetRequest { role: role.clone() };
        let rpc = session.client.call(Retry::Read, request, async |to, request| to.auth().role_get(request).await);
        session.output.print(Reply::Auth(AuthReply::Role { name: role, reply: &rpc.await? }))?;
    }
    Ok(())
}

/// A new password, typed twice, or read from standard input.
fn new_password(name: &str, interactive: bool) -> Result<String, CliError> {
    if !interactive {
        return Ok(terminal::word_from_input()?);
    }
    let ask = |prompt: String| {
        let asked = terminal::ask_password(&prompt);
        asked.map_err(|error| CliError::new(Kind::BadArgs, format!("failed to ask password: {error}")))
    };
    let password = ask(format!("Password of {name}: "))?;
    if password.is_empty() {
        return Err(CliError::bad_args("empty password"));
    }
    if password != ask(format!("Type password of {name} again for confirmation: "))? {
        return Err(CliError::bad_args("given passwords are different"));
    }
    Ok(password)
}
