//! What somebody asked to be changed, and what of it was changed, as the audit log says it.

use quorate_proto::etcdserverpb::{RequestOp, TxnRequest, alarm_request::AlarmAction, request_op::Request};
use serde::Serialize;

use crate::core::{
    apply::{Command, OpReply, Reply, TxnReply},
    auth::AuthCommand,
};

/// What is noted of a name that anybody may send.
const LOGIN_NAME_CHARS_MAX: usize = 256;
/// Key ranges named for one transaction; how many more there are is said.
const RANGES_MAX: usize = 256;

/// What somebody asked to be changed, as the log says it. Of values and passwords nothing is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Change {
    pub operation: &'static str,
    /// Keys and ranges; bytes that are no text are escaped.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ranges: Vec<Range>,
    #[serde(skip_serializing_if = "is_zero")]
    more_ranges: usize,
    /// Who or what else it is about: a user, a role, a lease, a member.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// The store's revision after it; absent for what was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<i64>,
    /// The revision of users and roles after it, which is counted apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_revision: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Range {
    operation: &'static str,
    key: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    range_end: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl Change {
    /// A change that its name says all of.
    pub fn plain(operation: &'static str) -> Self {
        Self { operation, ..Self::default() }
    }

    /// A change that is about one thing.
    pub fn of(operation: &'static str, subject: impl Into<String>) -> Self {
        Self { operation, subject: Some(subject.into()), ..Self::default() }
    }

    /// A login under a name, which may be nobody's.
    pub fn login(name: &str) -> Self {
        match name.char_indices().nth(LOGIN_NAME_CHARS_MAX) {
            Some((at, _)) => Self::of("login", &name[..at]).detail(format!("the name goes on, for {} bytes in all", name.len())),
            None => Self::of("login", name),
        }
    }

    /// A user is added.
    pub fn user_add(name: &str) -> Self {
        Self::of("user add", name)
    }

    /// A user gets another password.
    pub fn user_change_password(name: &str) -> Self {
        Self::of("user change password", name)
    }

    /// What a command changes; `None` for one that changes nothing which somebody has to answer for.
    pub fn of_command(command: &Command) -> Option<Self> {
        Some(match command {
            Command::Put(put) => Self::of_keys("put", &put.key, &[]),
            Command::DeleteRange(delete) => Self::of_keys("delete", &delete.key, &delete.range_end),
            Command::Txn(txn) => {
                let mut change = Self::plain("txn");
                change.add_txn(txn);
                change
            }
            Command::Compact(compact) => Self::of("compact", compact.revision.to_string()),
            Command::LeaseGrant(grant) => Self::of("lease grant", lease(grant.id)),
            Command::LeaseRevoke(revoke) => Self::of("lease revoke", lease(revoke.id)),
            Command::Alarm(alarm) if alarm.action() == AlarmAction::Get => return None,
            Command::Alarm(alarm) => Self::of("alarm", format!("{:x}", alarm.member_id)).detail(format!(
                "{} {}",
                alarm.action().as_str_name(),
                alarm.alarm().as_str_name()
            )),
            Command::MemberUpdate(update) => {
                Self::of("member update", format!("{:x}", update.id)).detail(update.peer_ur_ls.join(","))
            }
            Command::Auth(change) => Self::of_auth(change)?,
            Command::LeaseCheckpoint(_) | Command::LeaseExpire(_) | Command::ClusterVersion(_) | Command::MemberAttributes(_) => {
                return None;
            }
        })
    }

    /// What a command has changed: with the revision at which it did, of a transaction the branches alone that were taken, and with the keys
    /// that a lease took along.
    pub fn done(command: &Command, reply: &Reply) -> Option<Self> {
        let mut change = match (command, reply) {
            (Command::Txn(txn), Reply::Op(OpReply::Txn(reply))) => {
                let mut change = Self::plain("txn");
                change.add_taken(txn, reply);
                change
            }
            _ => Self::of_command(command)?,
        };
        change.revision = match reply {
            Reply::Op(OpReply::Put(put)) => Some(put.revision),
            Reply::Op(OpReply::Delete(delete)) => Some(delete.revision),
            Reply::Op(OpReply::Txn(txn)) => Some(txn.revision),
            Reply::Compacted { revision } | Reply::LeaseRevoked { revision, .. } => Some(*revision),
            _ => None,
        };
        match reply {
            Reply::LeaseRevoked { keys, .. } => keys.iter().for_each(|key| change.add("delete", key, &[])),
            Reply::UsersChanged { revision } => change.auth_revision = Some(*revision),
            _ => {}
        }
        Some(change)
    }

    fn of_auth(command: &AuthCommand) -> Option<Self> {
        Some(match command {
            AuthCommand::Enable(_) => Self::plain("auth enable"),
            AuthCommand::Disable(_) => Self::plain("auth disable"),
            AuthCommand::UserAdd(m) => Self::user_add(&m.name),
            AuthCommand::UserDelete(m) => Self::of("user delete", &m.name),
            AuthCommand::UserChangePassword(m) => Self::user_change_password(&m.name),
            AuthCommand::UserGrantRole(m) => Self::of("user grant role", &m.user).detail(&m.role),
            AuthCommand::UserRevokeRole(m) => Self::of("user revoke role", &m.name).detail(&m.role),
            AuthCommand::RoleAdd(m) => Self::of("role add", &m.name),
            AuthCommand::RoleDelete(m) => Self::of("role delete", &m.role),
            AuthCommand::RoleGrantPermission(m) => {
                let mut change = Self::of("role grant permission", &m.name);
                if let Some(granted) = &m.perm {
                    change = change.detail(granted.perm_type().as_str_name());
                    change.add("grant", &granted.key, &granted.range_end);
                }
                change
            }
            AuthCommand::RoleRevokePermission(m) => {
                let mut change = Self::of("role revoke permission", &m.role);
                change.add("revoke", &m.key, &m.range_end);
                change
            }
            // Logins are noted where they are asked for, also those that fail.
            AuthCommand::TokenIssue(_) | AuthCommand::TokenRenew(_) => return None,
        })
    }

    /// The change with more said about it.
    #[must_use]
    pub fn detail(self, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..self }
    }

    fn of_keys(operation: &'static str, key: &[u8], range_end: &[u8]) -> Self {
        let mut change = Self::plain(operation);
        change.add(operation, key, range_end);
        change
    }

    fn add(&mut self, operation: &'static str, key: &[u8], range_end: &[u8]) {
        if self.ranges.len() == RANGES_MAX {
            self.more_ranges += 1;
            return;
        }
        let (key, range_end) = (key.escape_ascii().to_string(), range_end.escape_ascii().to_string());
        self.ranges.push(Range { operation, key, range_end });
    }

    /// Both branches, since none was taken.
    fn add_txn(&mut self, txn: &TxnRequest) {
        for RequestOp { request } in txn.success.iter().chain(&txn.failure) {
            match request {
                Some(Request::RequestTxn(nested)) => self.add_txn(nested),
                other => self.add_op(other.as_ref()),
            }
        }
    }

    fn add_taken(&mut self, txn: &TxnRequest, reply: &TxnReply) {
        let taken = if reply.succeeded { &txn.success } else { &txn.failure };
        for (RequestOp { request }, reply) in taken.iter().zip(&reply.replies) {
            match (request, reply) {
                (Some(Request::RequestTxn(nested)), OpReply::Txn(reply)) => self.add_taken(nested, reply),
                (other, _) => self.add_op(other.as_ref()),
            }
        }
    }

    fn add_op(&mut self, request: Option<&Request>) {
        match request {
            Some(Request::RequestPut(put)) => self.add("put", &put.key, &[]),
            Some(Request::RequestDeleteRange(delete)) => self.add("delete", &delete.key, &delete.range_end),
            Some(Request::RequestTxn(_) | Request::RequestRange(_)) | None => {}
        }
    }
}

fn lease(id: i64) -> String {
    format!("{id:016x}")
}

#[cfg(test)]
mod tests {
    use quorate_proto::etcdserverpb::{
        AuthRoleAddRequest, AuthUserAddRequest, DeleteRangeRequest, LeaseRevokeRequest, PutRequest, RangeRequest,
    };

    use super::*;
    use crate::core::apply::{DeleteReply, PutReply, RangeReply};

    fn op(request: Request) -> RequestOp {
        RequestOp { request: Some(request) }
    }

    fn put(key: &'static str) -> RequestOp {
        op(Request::RequestPut(PutRequest { key: key.into(), ..Default::default() }))
    }

    fn delete(key: &'static str) -> RequestOp {
        op(Request::RequestDeleteRange(DeleteRangeRequest { key: key.into(), ..Default::default() }))
    }

    fn json(change: Option<Change>) -> String {
        serde_json::to_string(&change.unwrap()).unwrap()
    }

    /// The log once said of both branches that they were done.
    #[test]
    fn of_a_transaction_the_branches_that_were_taken_are_noted() {
        let nested = TxnRequest { success: vec![put("not")], failure: vec![put("yes")], ..Default::default() };
        let read = op(Request::RequestRange(RangeRequest { key: "r".into(), ..Default::default() }));
        let txn = TxnRequest {
            success: vec![read, op(Request::RequestTxn(nested)), delete("d")],
            failure: vec![delete("not")],
            ..Default::default()
        };
        let put_reply = OpReply::Put(PutReply { revision: 9, previous: None });
        let nested = OpReply::Txn(TxnReply { revision: 0, succeeded: false, replies: vec![put_reply] });
        let deleted = OpReply::Delete(DeleteReply { revision: 9, deleted: 1, previous: Vec::new() });
        let replies = vec![OpReply::Range(RangeReply::default()), nested, deleted];
        let reply = Reply::Op(OpReply::Txn(TxnReply { revision: 9, succeeded: true, replies }));
        let command = Command::Txn(txn.clone());
        assert_eq!(
            json(Change::done(&command, &reply)),
            r#"{"operation":"txn","ranges":[{"operation":"put","key":"yes"},{"operation":"delete","key":"d"}],"revision":9}"#
        );
        let reply = Reply::Op(OpReply::Txn(TxnReply { revision: 8, succeeded: false, replies: Vec::new() }));
        let failed = Command::Txn(TxnRequest { failure: Vec::new(), ..txn });
        assert_eq!(json(Change::done(&failed, &reply)), r#"{"operation":"txn","revision":8}"#);
        let asked = json(Change::of_command(&command));
        assert_eq!(asked.matches("not").count(), 2, "what is refused is told whole: {asked}");
    }

    #[test]
    fn a_lease_takes_its_keys_along_and_users_have_a_revision_of_their_own() {
        let revoke = Command::LeaseRevoke(LeaseRevokeRequest { id: 7 });
        let reply = Reply::LeaseRevoked { revision: 7, keys: vec!["a".into(), "b".into()] };
        assert_eq!(
            json(Change::done(&revoke, &reply)),
            concat!(
                r#"{"operation":"lease revoke","ranges":[{"operation":"delete","key":"a"},{"operation":"delete","key":"b"}],"#,
                r#""subject":"0000000000000007","revision":7}"#
            )
        );
        let add = Command::Auth(AuthCommand::RoleAdd(AuthRoleAddRequest { name: "r".into() }));
        let reply = Reply::UsersChanged { revision: 5 };
        assert_eq!(json(Change::done(&add, &reply)), r#"{"operation":"role add","subject":"r","auth_revision":5}"#);
    }

    #[test]
    fn no_value_and_no_password_is_noted() {
        let put = PutRequest { key: "a\0\"".into(), value: "secret".into(), ..PutRequest::default() };
        assert_eq!(
            json(Change::of_command(&Command::Put(put))),
            r#"{"operation":"put","ranges":[{"operation":"put","key":"a\\x00\\\""}]}"#
        );
        let add = AuthUserAddRequest { name: "bob".into(), hashed_password: "secret".into(), ..Default::default() };
        let add = Change::of_command(&Command::Auth(AuthCommand::UserAdd(add)));
        assert_eq!(json(add), r#"{"operation":"user add","subject":"bob"}"#);
    }

    #[test]
    fn of_a_long_name_that_nobody_may_have_the_beginning_is_noted() {
        assert_eq!(Change::login("alice"), Change::of("login", "alice"));
        let long = Change::login(&"ä".repeat(100_000));
        assert_eq!(long.subject.as_ref().map(String::len), Some(2 * LOGIN_NAME_CHARS_MAX));
        assert_eq!(long.detail.as_deref(), Some("the name goes on, for 200000 bytes in all"));
    }
}
