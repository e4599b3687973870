//! Replies about users, roles and authentication, in each format.

use super::{json::HeaderOnly, unsupported};
use crate::cmd::{error::CliError, gotext::quote, key::prefix_end};
use base64::{Engine, prelude::BASE64_STANDARD};
use prost::Message;
use quorate_proto::{
    authpb::{Permission, permission::Type},
    etcdserverpb::{
        AuthRoleAddResponse, AuthRoleGetResponse, AuthRoleListResponse, AuthStatusResponse, AuthUserGetResponse,
        AuthUserListResponse, ResponseHeader,
    },
};
use serde::Serialize;
use std::io::{self, Write};

/// A reply of the Auth service.
#[derive(Clone, Copy, Debug)]
pub enum AuthReply<'r> {
    /// Something was changed.
    Done {
        text: &'r str,
        header: &'r Option<ResponseHeader>,
    },
    Role {
        name: &'r str,
        reply: &'r AuthRoleGetResponse,
    },
    Roles(&'r AuthRoleListResponse),
    User {
        name: &'r str,
        reply: &'r AuthUserGetResponse,
    },
    Users(&'r AuthUserListResponse),
    Status(&'r AuthStatusResponse),
}

/// As texts for people.
pub fn simple(out: &mut dyn Write, reply: AuthReply<'_>) -> io::Result<()> {
    match reply {
        AuthReply::Done { text, .. } => writeln!(out, "{text}"),
        AuthReply::Role { name, reply } => {
            writeln!(out, "Role {name}")?;
            for (title, other) in [("KV Read:", Type::Read), ("KV Write:", Type::Write)] {
                writeln!(out, "{title}")?;
                let allows = |held: &&Permission| [other as i32, Type::Readwrite as i32].contains(&held.perm_type);
                reply.perm.iter().filter(allows).try_for_each(|held| range(out, held))?;
            }
            Ok(())
        }
        AuthReply::Roles(reply) => reply.roles.iter().try_for_each(|role| writeln!(out, "{role}")),
        AuthReply::User { name, reply } => {
            write!(out, "User: {name}\nRoles:")?;
            reply.roles.iter().try_for_each(|role| write!(out, " {role}"))?;
            writeln!(out)
        }
        AuthReply::Users(reply) => reply.users.iter().try_for_each(|user| writeln!(out, "{user}")),
        AuthReply::Status(reply) => {
            writeln!(out, "Authentication Status: {}\nAuthRevision: {}", reply.enabled, reply.auth_revision)
        }
    }
}

fn range(out: &mut dyn Write, held: &Permission) -> io::Result<()> {
    out.write_all(b"\t")?;
    if held.range_end.is_empty() {
        out.write_all(&held.key)?;
    } else {
        write_range(out, &held.key, &held.range_end)?;
        if !held.key.is_empty() && prefix_end(&held.key) == held.range_end {
            out.write_all(&[b" (prefix ", &held.key[..], b")"].concat())?;
        }
    }
    out.write_all(b"\n")
}

/// A range as etcdctl writes it: an open end is not closed by a bracket.
pub fn write_range(out: &mut dyn Write, key: &[u8], range_end: &[u8]) -> io::Result<()> {
    if range_end == [0] {
        out.write_all(&[b"[", key, b", <open ended>"].concat())
    } else {
        out.write_all(&[b"[", key, b", ", range_end, b")"].concat())
    }
}

/// As lines of names and values; `header` writes those of the header.
pub fn fields<W>(
    to: &mut W,
    header: impl Fn(&mut W, &Option<ResponseHeader>) -> io::Result<()>,
    line: impl Fn(&mut W, &str) -> io::Result<()>,
    reply: AuthReply<'_>,
) -> Result<(), CliError> {
    match reply {
        AuthReply::Done { header: found, .. } => header(to, found)?,
        AuthReply::Role { reply, .. } => {
            header(to, &reply.header)?;
            for held in &reply.perm {
                line(to, &format!("\"PermType\" :  {}", held.perm_type().as_str_name()))?;
                line(to, &format!("\"Key\" : {}", quote(&held.key)))?;
                line(to, &format!("\"RangeEnd\" : {}", quote(&held.range_end)))?;
            }
        }
        AuthReply::Roles(reply) => {
            header(to, &reply.header)?;
            let roles: Vec<String> = reply.roles.iter().map(|role| quote(role.as_bytes())).collect();
            let space = if roles.is_empty() { "" } else { " " };
            line(to, &format!("\"Roles\" :{space}{}", roles.join(" ")))?;
        }
        AuthReply::User { .. } | AuthReply::Users(_) | AuthReply::Status(_) => return Err(unsupported("fields")),
    }
    Ok(())
}

/// As the message's bytes.
pub fn protobuf(reply: AuthReply<'_>) -> Vec<u8> {
    match reply {
        // All of these have a header and nothing else.
        AuthReply::Done { header, .. } => AuthRoleAddResponse { header: *header }.encode_to_vec(),
        AuthReply::Role { reply, .. } => reply.encode_to_vec(),
        AuthReply::Roles(reply) => reply.encode_to_vec(),
        AuthReply::User { reply, .. } => reply.encode_to_vec(),
        AuthReply::Users(reply) => reply.encode_to_vec(),
        AuthReply::Status(reply) => reply.encode_to_vec(),
    }
}

/// As Go encodes the message.
#[derive(Serialize)]
pub struct Json<'r> {
    #[serde(flatten)]
    header: HeaderOnly,
    #[serde(skip_serializing_if = "is_empty")]
    roles: &'r [String],
    #[serde(skip_serializing_if = "is_empty")]
    users: &'r [String],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    perm: Vec<JsonPermission>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    enabled: bool,
    #[serde(rename = "authRevision", skip_serializing_if = "is_zero")]
    auth_revision: u64,
}

#[derive(Serialize)]
struct JsonPermission {
    #[serde(rename = "permType", skip_serializing_if = "is_read")]
    perm_type: i32,
    #[serde(skip_serializing_if = "String::is_empty")]
    key: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    range_end: String,
}

fn is_empty(list: &&[String]) -> bool {
    list.is_empty()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn is_read(perm_type: &i32) -> bool {
    *perm_type == Type::Read as i32
}

impl<'r> Json<'r> {
    pub fn of(reply: AuthReply<'r>) -> Self {
        let empty = |header: &Option<ResponseHeader>| Self {
            header: HeaderOnly::of(header),
            roles: &[],
            users: &[],
            perm: Vec::new(),
            enabled: false,
            auth_revision: 0,
        };
        let permission = |held: &Permission| JsonPermission {
            perm_type: held.perm_type,
            key: BASE64_STANDARD.encode(&held.key),
            range_end: BASE64_STANDARD.encode(&held.range_end),
        };
        match reply {
            AuthReply::Done { header, .. } => empty(header),
            AuthReply::Role { reply, .. } => Self { perm: reply.perm.iter().map(permission).collect(), ..empty(&reply.header) },
            AuthReply::Roles(reply) => Self { roles: &reply.roles, ..empty(&reply.header) },
            AuthReply::User { reply, .. } => Self { roles: &reply.roles, ..empty(&reply.header) },
            AuthReply::Users(reply) => Self { users: &reply.users, ..empty(&reply.header) },
            AuthReply::Status(reply) => {
                Self { enabled: reply.enabled, auth_revision: reply.auth_revision, ..empty(&reply.header) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_shown_by_what_may_be_read_and_what_may_be_written() {
        let held = |kind: Type, key: &'static [u8], range_end: &'static [u8]| Permission {
            perm_type: kind.into(),
            key: key.into(),
            range_end: range_end.into(),
        };
        let perm = vec![
            held(Type::Read, b"a", b""),
            held(Type::Readwrite, b"b/", b"b0"),
            held(Type::Write, b"k", b"\0"),
            held(Type::Write, b"x", b"z"),
        ];
        let reply = AuthRoleGetResponse { header: None, perm };
        let mut out = Vec::new();
        simple(&mut out, AuthReply::Role { name: "r", reply: &reply }).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "Role r\nKV Read:\n\ta\n\t[b/, b0) (prefix b/)\nKV Write:\n\t[b/, b0) (prefix b/)\n\t[k, <open ended>\n\t[x, z)\n"
        );
    }
}
