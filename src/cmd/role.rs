//! `role`: roles and what they grant.

use super::{
    client::Retry,
    context::Context,
    error::CliError,
    key::{bytes, prefix_end, text},
    output::{AuthReply, Reply, write_range},
};
use bytes::Bytes;
use quorate_proto::{
    authpb::{Permission, permission::Type},
    etcdserverpb::{
        AuthRoleAddRequest, AuthRoleDeleteRequest, AuthRoleGetRequest, AuthRoleGrantPermissionRequest, AuthRoleListRequest,
        AuthRoleRevokePermissionRequest,
    },
};
use std::ffi::OsString;

/// Manage roles
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Verb {
    /// Add a role
    #[command(override_usage = "quorate role add <role name>")]
    Add {
        /// Name
        #[arg(value_name = "ROLE", num_args = 0..)]
        args: Vec<OsString>,
    },
    /// Delete a role
    #[command(override_usage = "quorate role delete <role name>")]
    Delete {
        /// Name
        #[arg(value_name = "ROLE", num_args = 0..)]
        args: Vec<OsString>,
    },
    /// Show what a role grants
    #[command(override_usage = "quorate role get <role name>")]
    Get {
        /// Name
        #[arg(value_name = "ROLE", num_args = 0..)]
        args: Vec<OsString>,
    },
    /// List all roles
    #[command(override_usage = "quorate role list")]
    List {
        /// Nothing
        #[arg(num_args = 0.., hide = true)]
        args: Vec<OsString>,
    },
    /// Grant reading or writing of keys to a role
    #[command(override_usage = "quorate role grant-permission <role name> <permission type> <key> [endkey] [options]")]
    GrantPermission {
        /// Role, then read, write or readwrite, then a key, or the first and the one behind the last
        #[arg(value_name = "WORD", num_args = 0..)]
        args: Vec<OsString>,
        #[command(flatten)]
        reach: Reach,
    },
    /// Revoke a permission from a role
    #[command(override_usage = "quorate role revoke-permission <role name> <key> [endkey] [options]")]
    RevokePermission {
        /// Role, then the key or the range of the grant
        #[arg(value_name = "WORD", num_args = 0..)]
        args: Vec<OsString>,
        #[command(flatten)]
        reach: Reach,
    },
}

/// How far a permission reaches.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Reach {
    /// All keys that begin with the key
    #[arg(long)]
    prefix: bool,
    /// All keys from the key on
    #[arg(long)]
    from_key: bool,
}

impl Reach {
    /// Key and range end of a request. An empty key that reaches further is everything.
    fn range(self, words: &[OsString]) -> Result<(Bytes, Bytes), CliError> {
        let open = || Bytes::from_static(&[0]);
        let key = words.first().map(|word| bytes(word.clone())).unwrap_or_default();
        let has_end = words.len() > 1 && !key.is_empty();
        if self.prefix && self.from_key && !has_end {
            return Err(CliError::bad_args("--from-key and --prefix flags are mutually exclusive"));
        }
        if key.is_empty() {
            return Ok((open(), if self.prefix || self.from_key { open() } else { Bytes::new() }));
        }
        let range_end = match words.get(1) {
            Some(_) if self.prefix => return Err(CliError::bad_args("unexpected endkey argument with --prefix flag")),
            Some(_) if self.from_key => return Err(CliError::bad_args("unexpected endkey argument with --from-key flag")),
            Some(end) => bytes(end.clone()),
            None if self.prefix => prefix_end(&key),
            None if self.from_key => open(),
            None => Bytes::new(),
        };
        Ok((key, range_end))
    }
}

impl Verb {
    pub async fn run(self, context: &Context) -> Result<(), CliError> {
        match self {
            Self::Add { args } => {
                let [name] = &args[..] else {
                    return Err(CliError::bad_args("role add command requires role name as its argument"));
                };
                let (session, name) = (context.session()?, text(name));
                let request = AuthRoleAddRequest { name: name.clone() };
                let rpc = session.client.call(Retry::Write, request, async |to, request| to.auth().role_add(request).await);
                let (text, header) = (format!("Role {name} created"), rpc.await?.header);
                session.output.print(Reply::Auth(AuthReply::Done { text: &text, header: &header }))
            }
            Self::Delete { args } => {
                let [name] = &args[..] else {
                    return Err(CliError::bad_args("role delete command requires role name as its argument"));
                };
                let (session, name) = (context.session()?, text(name));
                let request = AuthRoleDeleteRequest { role: name.clone() };
                let rpc = session.client.call(Retry::Write, request, async |to, request| to.auth().role_delete(request).await);
                let (text, header) = (format!("Role {name} deleted"), rpc.await?.header);
                session.output.print(Reply::Auth(AuthReply::Done { text: &text, header: &header }))
            }
            Self::Get { args } => {
                let [name] = &args[..] else {
                    return Err(CliError::bad_args("role get command requires role name as its argument"));
                };
                let (session, name) = (context.session()?, text(name));
                let request = AuthRoleGetRequest { role: name.clone() };
                let rpc = session.client.call(Retry::Read, request, async |to, request| to.auth().role_get(request).await);
                session.output.print(Reply::Auth(AuthReply::Role { name: &name, reply: &rpc.await? }))
            }
            Self::List { args } => {
                if !args.is_empty() {
                    return Err(CliError::bad_args("role list command requires no arguments"));
                }
                let session = context.session()?;
                let request = AuthRoleListRequest {};
                let rpc = session.client.call(Retry::Read, request, async |to, request| to.auth().role_list(request).await);
                session.output.print(Reply::Auth(AuthReply::Roles(&rpc.await?)))
            }
            Self::GrantPermission { args, reach } => grant(context, &args, reach).await,
            Self::RevokePermission { args, reach } => revoke(context, &args, reach).await,
        }
    }
}

async fn grant(context: &Context, args: &[OsString], reach: Reach) -> Result<(), CliError> {
    // Words beyond the end of the range are of no use, and let pass as etcdctl does.
    let [name, kind, keys @ ..] = args else {
        return Err(wrong_grant());
    };
    if keys.is_empty() {
        return Err(wrong_grant());
    }
    let (name, kind) = (text(name), text(kind));
    let perm_type = Type::from_str_name(&kind.to_ascii_uppercase())
        .ok_or_else(|| CliError::bad_args(format!("invalid permission type: {kind}")))?;
    let (key, range_end) = reach.range(keys)?;
    let session = context.session()?;
    let perm = Some(Permission { perm_type: perm_type.into(), key, range_end });
    let request = AuthRoleGrantPermissionRequest { name: name.clone(), perm };
    let rpc = session.client.call(Retry::Write, request, async |to, request| to.auth().role_grant_permission(request).await);
    let (text, header) = (format!("Role {name} updated"), rpc.await?.header);
    session.output.print(Reply::Auth(AuthReply::Done { text: &text, header: &header }))
}

fn wrong_grant() -> CliError {
    CliError::bad_args("role grant command requires role name, permission type, and key [endkey] as its argument")
}

async fn revoke(context: &Context, args: &[OsString], reach: Reach) -> Result<(), CliError> {
    let [name, keys @ ..] = args else {
        return Err(wrong_revocation());
    };
    if keys.is_empty() {
        return Err(wrong_revocation());
    }
    let name = text(name);
    let (key, range_end) = reach.range(keys)?;
    let session = context.session()?;
    let request = AuthRoleRevokePermissionRequest { role: name.clone(), key, range_end: range_end.clone() };
    let rpc = session.client.call(Retry::Write, request, async |to, request| to.auth().role_revoke_permission(request).await);
    let header = rpc.await?.header;
    let text = if range_end.is_empty() {
        format!("Permission of key {} is revoked from role {name}", text(&keys[0]))
    } else {
        let mut range = Vec::new();
        write_range(&mut range, &bytes(keys[0].clone()), &range_end)?;
        format!("Permission of range {} is revoked from role {name}", String::from_utf8_lossy(&range))
    };
    session.output.print(Reply::Auth(AuthReply::Done { text: &text, header: &header }))
}

fn wrong_revocation() -> CliError {
    CliError::bad_args("role revoke-permission command requires role name and key [endkey] as its argument")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(words: &[&str], prefix: bool, from_key: bool) -> Result<(Bytes, Bytes), String> {
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        Reach { prefix, from_key }.range(&words).map_err(|error| error.to_string())
    }

    #[test]
    fn a_permission_reaches_over_a_key_a_range_a_prefix_or_everything() {
        assert_eq!(range(&["a"], false, false), Ok(("a".into(), "".into())));
        assert_eq!(range(&["a", "c"], false, false), Ok(("a".into(), "c".into())));
        assert_eq!(range(&["a"], true, false), Ok(("a".into(), "b".into())));
        assert_eq!(range(&["a"], false, true), Ok(("a".into(), "\0".into())));
        assert_eq!(range(&[""], true, false), Ok(("\0".into(), "\0".into())));
        assert_eq!(range(&[""], false, false), Ok(("\0".into(), "".into())));
        assert!(range(&["a", "c"], true, false).is_err());
        assert!(range(&["a"], true, true).unwrap_err().contains("mutually exclusive"));
        assert!(range(&["a", "c"], true, true).unwrap_err().contains("unexpected endkey argument with --prefix"));
        assert_eq!(range(&["a", "c", "more"], false, false), Ok(("a".into(), "c".into())));
    }
}
