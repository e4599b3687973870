//! The audit log: who asked for which change, from where, and what became of it. One JSON object a line; off unless asked for.
//!
//! A thread writes the lines, from a bounded queue. A request waits for room there, so that none is answered whose line could not be
//! queued; a line that cannot be written is reported in the server's log, and the server goes on.

use std::{
    fs::File,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    thread,
};

use quorate_proto::etcdserverpb::{RequestOp, TxnRequest, request_op::Request};
use serde::Serialize;
use tokio::sync::mpsc;

use super::{super::Unavailable, AuthSetupError, Caller};
use crate::core::{
    apply::{Command, OpReply, Reply},
    auth::AuthCommand,
    clock,
    config::AuditTarget,
    refusal::Refusal,
};

/// Lines that wait to be written.
const LINES_MAX: usize = 4096;
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

#[derive(Serialize)]
struct Line<'a> {
    unix_millis: u64,
    user: &'a str,
    address: &'a str,
    #[serde(flatten)]
    change: &'a Change,
    /// The store's revision after it; absent for what was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<i64>,
    /// `ok`, or why not.
    verdict: &'a str,
}

impl Change {
    /// A change that is about one thing.
    pub fn of(operation: &'static str, subject: impl Into<String>) -> Self {
        Self { operation, subject: Some(subject.into()), ..Self::default() }
    }

    /// What a command changes; `None` for one that changes nothing which somebody has to answer for.
    pub fn of_command(command: &Command) -> Option<Self> {
        Some(match command {
            Command::Put(put) => Self::of_keys("put", &put.key, &[]),
            Command::DeleteRange(delete) => Self::of_keys("delete", &delete.key, &delete.range_end),
            Command::Txn(txn) => {
                let mut change = Self { operation: "txn", ..Self::default() };
                change.add_txn(txn);
                change
            }
            Command::Compact(compact) => Self::of("compact", compact.revision.to_string()),
            Command::LeaseGrant(grant) => Self::of("lease grant", lease(grant.id)),
            Command::LeaseRevoke(revoke) => Self::of("lease revoke", lease(revoke.id)),
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

    fn of_auth(command: &AuthCommand) -> Option<Self> {
        Some(match command {
            AuthCommand::Enable(_) => Self { operation: "auth enable", ..Self::default() },
            AuthCommand::Disable(_) => Self { operation: "auth disable", ..Self::default() },
            AuthCommand::UserAdd(m) => Self::of("user add", &m.name),
            AuthCommand::UserDelete(m) => Self::of("user delete", &m.name),
            AuthCommand::UserChangePassword(m) => Self::of("user change password", &m.name),
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
        let mut change = Self { operation, ..Self::default() };
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

    /// Both branches: which one was taken shows in nothing but the outcome.
    fn add_txn(&mut self, txn: &TxnRequest) {
        for RequestOp { request } in txn.success.iter().chain(&txn.failure) {
            match request {
                Some(Request::RequestPut(put)) => self.add("put", &put.key, &[]),
                Some(Request::RequestDeleteRange(delete)) => self.add("delete", &delete.key, &delete.range_end),
                Some(Request::RequestTxn(nested)) => self.add_txn(nested),
                Some(Request::RequestRange(_)) | None => {}
            }
        }
    }
}

fn lease(id: i64) -> String {
    format!("{id:016x}")
}

/// The store's revision that a reply names, if it does.
fn revision_of(reply: &Reply) -> Option<i64> {
    match reply {
        Reply::Op(OpReply::Put(put)) => Some(put.revision),
        Reply::Op(OpReply::Delete(delete)) => Some(delete.revision),
        Reply::Op(OpReply::Txn(txn)) => Some(txn.revision),
        Reply::Compacted { revision } => Some(*revision),
        _ => None,
    }
}

/// The audit log. Its thread ends with it, when everything is written.
pub struct AuditLog {
    lines: mpsc::Sender<Vec<u8>>,
}

impl AuditLog {
    /// Opens it; a file is made if there is none, readable for its owner alone, and appended to.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn open(target: &AuditTarget) -> Result<Self, AuthSetupError> {
        let mut out: Box<dyn Write + Send> = match target {
            AuditTarget::Stderr => Box::new(io::stderr()),
            AuditTarget::File(path) => {
                let opened = File::options().append(true).create(true).mode(0o600).open(path);
                let path = || path.display().to_string();
                Box::new(opened.map_err(|source| AuthSetupError::Audit { path: path(), source })?)
            }
        };
        let (lines, mut queue) = mpsc::channel::<Vec<u8>>(LINES_MAX);
        let write = move || {
            while let Some(line) = queue.blocking_recv() {
                if let Err(error) = out.write_all(&line).and_then(|()| out.flush()) {
                    tracing::error!(%error, "a line of the audit log is lost");
                }
            }
        };
        thread::Builder::new().name("audit".into()).spawn(write).map_err(AuthSetupError::Thread)?;
        Ok(Self { lines })
    }

    /// Notes what became of a command. Without a verdict it may still happen.
    pub async fn note_outcome(&self, caller: &Caller, change: &Change, outcome: &Result<Result<Reply, Refusal>, Unavailable>) {
        match outcome {
            Ok(Ok(reply)) => self.note(caller, change, revision_of(reply), "ok").await,
            Ok(Err(refusal)) => self.note(caller, change, None, &refusal.to_string()).await,
            Err(unavailable) => self.note(caller, change, None, &format!("unknown: {unavailable}")).await,
        }
    }

    /// Notes what became of a change. Waits for room in the queue.
    pub async fn note(&self, caller: &Caller, change: &Change, revision: Option<i64>, verdict: &str) {
        let line = Line {
            unix_millis: clock::unix_millis(),
            user: &caller.author.user,
            address: caller.address.as_deref().unwrap_or_default(),
            change,
            revision,
            verdict,
        };
        let mut line = serde_json::to_vec(&line).expect("strings and numbers have a JSON form");
        line.push(b'\n');
        if self.lines.send(line).await.is_err() {
            tracing::error!("the audit log has ended");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, time::Duration};

    use quorate_proto::etcdserverpb::{AuthUserAddRequest, PutRequest};

    use super::*;
    use crate::core::auth::Author;

    #[tokio::test]
    async fn a_line_says_who_did_what_from_where_and_what_became_of_it_and_no_value() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("audit");
        let audit = AuditLog::open(&AuditTarget::File(path.clone())).unwrap();
        let author = Author { user: "alice".into(), revision: 3 };
        let caller = Caller { author, address: Some("10.0.0.1:7".into()) };
        let put = Command::Put(PutRequest { key: "a\0\"".into(), value: "secret".into(), ..PutRequest::default() });
        audit.note(&caller, &Change::of_command(&put).unwrap(), Some(7), "ok").await;
        let add = AuthUserAddRequest { name: "bob".into(), hashed_password: "secret".into(), ..Default::default() };
        let add = Change::of_command(&Command::Auth(AuthCommand::UserAdd(add))).unwrap();
        audit.note(&caller, &add, None, "permission denied").await;
        drop(audit);
        let mut text = String::new();
        for _ in 0..500 {
            text = fs::read_to_string(&path).unwrap();
            if text.lines().count() == 2 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let lines: Vec<_> = text.lines().map(|line| line.split_once(',').unwrap().1).collect();
        let who = r#""user":"alice","address":"10.0.0.1:7""#;
        assert_eq!(
            lines,
            [
                format!(
                    r#"{who},"operation":"put","ranges":[{{"operation":"put","key":"a\\x00\\\""}}],"revision":7,"verdict":"ok"}}"#
                ),
                format!(r#"{who},"operation":"user add","subject":"bob","verdict":"permission denied"}}"#),
            ]
        );
    }
}
