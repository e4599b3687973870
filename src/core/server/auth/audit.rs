//! The audit log: who asked for which change, from where, and what became of it. One JSON object a line; off unless asked for.
//!
//! A thread writes the lines, from a queue that is bounded in lines and in bytes. A request waits for room there, so that none is
//! answered whose line could not be queued, and what is asked for is noted also when its client goes before the answer. A line that
//! cannot be written is reported in the server's log, and the server goes on; what there is of it stands on a line of its own. When the
//! server stops, everything is written first.

use std::{
    fs::File,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    sync::Arc,
    thread,
};

use quorate_proto::etcdserverpb::{RequestOp, TxnRequest, alarm_request::AlarmAction, request_op::Request};
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

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
/// Kibibytes of lines that wait to be written.
const KIB_MAX: usize = 16 * 1024;
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
    queue: mpsc::Sender<Queued>,
    room: Arc<Semaphore>,
}

enum Queued {
    Line {
        text: Vec<u8>,
        _room: OwnedSemaphorePermit,
    },
    /// Answered when all lines before it are written.
    Mark(oneshot::Sender<()>),
}

impl AuditLog {
    /// Opens it; a file is made if there is none, readable for its owner alone, and appended to.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn open(target: &AuditTarget) -> Result<Self, AuthSetupError> {
        let out: Box<dyn Write + Send> = match target {
            AuditTarget::Stderr => Box::new(io::stderr()),
            AuditTarget::File(path) => {
                let opened = File::options().append(true).create(true).mode(0o600).open(path);
                let path = || path.display().to_string();
                Box::new(opened.map_err(|source| AuthSetupError::Audit { path: path(), source })?)
            }
        };
        let (queue, mut queued) = mpsc::channel(LINES_MAX);
        let mut lines = Lines { out, is_torn: false };
        let write = move || {
            while let Some(next) = queued.blocking_recv() {
                match next {
                    Queued::Line { text, _room } => {
                        if let Err(error) = lines.write(&text) {
                            tracing::error!(%error, "a line of the audit log is lost");
                        }
                    }
                    // Whoever waits may have given up.
                    Queued::Mark(reached) => drop(reached.send(())),
                }
            }
        };
        thread::Builder::new().name("audit".into()).spawn(write).map_err(AuthSetupError::Thread)?;
        Ok(Self { queue, room: Arc::new(Semaphore::new(KIB_MAX)) })
    }

    /// Waits until everything that was noted is written, or could not be.
    pub async fn written(&self) {
        let (reached, mark) = oneshot::channel();
        if self.queue.send(Queued::Mark(reached)).await.is_ok() {
            // An error means that the thread has ended, and nothing is left to wait for.
            let _ = mark.await;
        }
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
        let mut text = serde_json::to_vec(&line).expect("strings and numbers have a JSON form");
        text.push(b'\n');
        // A line that is longer than all the room takes all of it.
        let kib = u32::try_from((text.len() / 1024 + 1).min(KIB_MAX)).expect("this is not more than the room");
        let Ok(room) = Arc::clone(&self.room).acquire_many_owned(kib).await else { return };
        if self.queue.send(Queued::Line { text, _room: room }).await.is_err() {
            tracing::error!("the audit log has ended");
        }
    }
}

/// Writes whole lines, one after the other.
struct Lines<W> {
    out: W,
    /// The last one may have been written in part.
    is_torn: bool,
}

impl<W: Write> Lines<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        if self.is_torn {
            self.out.write_all(b"\n")?;
        }
        self.is_torn = true;
        self.out.write_all(line)?;
        self.out.flush()?;
        self.is_torn = false;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

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
        audit.written().await;
        let text = fs::read_to_string(&path).unwrap();
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

    /// A disk that has room for so many bytes.
    struct Disk {
        room: usize,
        written: Vec<u8>,
    }

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let taken = bytes.len().min(self.room);
            if taken == 0 && !bytes.is_empty() {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.room -= taken;
            self.written.extend_from_slice(&bytes[..taken]);
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_full_disk_tears_a_line_and_none_behind_it() {
        let mut lines = Lines { out: Disk { room: 10, written: Vec::new() }, is_torn: false };
        lines.write(b"first\n").unwrap();
        lines.write(b"second\n").unwrap_err();
        lines.write(b"third\n").unwrap_err();
        lines.out.room = 100;
        lines.write(b"fourth\n").unwrap();
        lines.write(b"fifth\n").unwrap();
        assert_eq!(String::from_utf8(lines.out.written).unwrap(), "first\nseco\nfourth\nfifth\n");
    }

    #[tokio::test]
    async fn lines_that_wait_are_bounded_in_bytes() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        // Nobody reads from it, and it holds 64 KiB: all else waits.
        let reader = File::options().read(true).write(true).open(&pipe).unwrap();
        let audit = AuditLog::open(&AuditTarget::File(pipe)).unwrap();
        let big = Change::of("put", "x".repeat(1024 * 1024));
        let caller = Caller::default();
        let noting = async {
            for _ in 0..64 {
                audit.note(&caller, &big, None, "ok").await;
            }
        };
        let mut noting = std::pin::pin!(noting);
        assert!(futures_util::future::poll_immediate(&mut noting).await.is_none(), "no room for all of them");
        assert!(audit.room.available_permits() < 1024);
        let mut reader = io::BufReader::new(reader);
        let read = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            for _ in 0..64 {
                line.clear();
                io::BufRead::read_line(&mut reader, &mut line).unwrap();
            }
            line.len()
        });
        noting.await;
        assert!(read.await.unwrap() > 1024 * 1024);
    }

    #[test]
    fn of_a_long_name_that_nobody_may_have_the_beginning_is_noted() {
        assert_eq!(Change::login("alice"), Change::of("login", "alice"));
        let long = Change::login(&"ä".repeat(100_000));
        assert_eq!(long.subject.as_ref().map(String::len), Some(2 * LOGIN_NAME_CHARS_MAX));
        assert_eq!(long.detail.as_deref(), Some("the name goes on, for 200000 bytes in all"));
    }
}
