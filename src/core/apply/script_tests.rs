//! Scripts in `testscripts/`: commands, and beneath each what applying it gives. A file's first lines say what it shows.
//!
//! Lines that begin with a space are output. To write them anew: `QUORATE_UPDATE_SCRIPTS=1 cargo test --lib script`, then read
//! the difference.

use std::{fmt::Write, fs, path::Path, sync::Arc};

use bytes::Bytes;
use prost::Message;
use quorate_proto::{
    authpb::{Permission, permission::Type},
    etcdserverpb::{
        AlarmRequest, AlarmType, AuthDisableRequest, AuthEnableRequest, AuthRoleAddRequest, AuthRoleDeleteRequest,
        AuthRoleGrantPermissionRequest, AuthUserAddRequest, AuthUserDeleteRequest, AuthUserGrantRoleRequest,
        AuthUserRevokeRoleRequest, CompactionRequest, Compare, DeleteRangeRequest, LeaseCheckpoint, LeaseCheckpointRequest,
        LeaseGrantRequest, LeaseRevokeRequest, PutRequest, RangeRequest, RequestOp, TxnRequest,
        alarm_request::AlarmAction,
        compare::{CompareResult, CompareTarget, TargetUnion},
        request_op::Request,
    },
    mvccpb::KeyValue,
};

use super::{
    super::{
        auth::{AuthCommand, Author, TokenIssue},
        backend::{Backend, Durable, MemoryStore, Table},
        consensus::{Committed, EntryKind},
        mvcc::{Flush, Revision, RevisionChanges, SweepSpan, hash_kv, run_range},
    },
    Applied, Applier, Command, OpReply, Proposal, Reply, SharedState, range_options,
};

struct World {
    disk: Arc<MemoryStore>,
    state: SharedState,
    applier: Applier,
}

impl World {
    fn open(disk: Arc<MemoryStore>) -> Self {
        let backend = Arc::new(Backend::open(Arc::clone(&disk) as Arc<dyn Durable>).unwrap());
        let state = SharedState::load(backend).unwrap();
        let applier = Applier::open(state.clone()).unwrap();
        Self { disk, state, applier }
    }

    fn flush(&mut self) {
        let (backend, compact) = (self.state.store.backend(), self.state.store.compact_revision());
        for sweep in [None, Some(SweepSpan { from: -1, to: compact, compact }).filter(|_| compact >= 0)] {
            self.applier.seal();
            let flush = Flush::plan(backend.state(), backend.rotate().unwrap(), sweep, usize::MAX);
            // The state was taken before the generation was closed: only its disk and its long keys matter.
            let flush = flush.unwrap();
            flush.commit().unwrap();
            flush.finish(backend);
        }
    }

    fn run(&mut self, line: &str, out: &mut String) {
        let mut words = Words::new(line);
        let verb = words.next();
        match verb.as_str() {
            "get" => {
                let request = words.get();
                let read = self.state.store.read_at(request.revision, |view| run_range(view, &range_options(&request))).unwrap();
                match read {
                    Ok((found, revision)) => {
                        writeln!(out, "  revision {revision}, count {}, more {}", found.count, found.more).unwrap();
                        found.kvs.iter().for_each(|kv| writeln!(out, "    {}", show(kv)).unwrap());
                    }
                    Err(refusal) => writeln!(out, "  refused: {refusal:?}").unwrap(),
                }
            }
            "hash" => {
                let revision = words.rest().first().map_or(0, |word| word.parse().unwrap());
                writeln!(out, "  {:?}", hash_kv(&self.state.store, revision).unwrap()).unwrap();
            }
            "history" => {
                let from = words.next().parse().unwrap();
                for changes in self.state.store.history(from, self.state.store.current_revision(), usize::MAX).unwrap() {
                    show_changes(&changes, out);
                }
            }
            "flush" => {
                self.flush();
                for row in self.disk.read().unwrap().scan(Table::Record, &[]).unwrap() {
                    let (revision, tombstone) = Revision::from_record_key(row.unwrap().0).unwrap();
                    writeln!(out, "  on disk: {revision}{}", if tombstone { " tombstone" } else { "" }).unwrap();
                }
            }
            "reopen" => {
                *self = Self::open(Arc::clone(&self.disk));
                writeln!(
                    out,
                    "  applied index {}, revision {}",
                    self.applier.applied().index,
                    self.state.store.current_revision()
                )
                .unwrap();
            }
            "as" => {
                let author = self.author(&words.next());
                let verb = words.next();
                self.apply(author, words.command(&verb), out);
            }
            "users" => {
                let auth = self.state.auth.read();
                writeln!(out, "  revision {}, {}", auth.revision(), if auth.is_enabled() { "on" } else { "off" }).unwrap();
                for user in auth.users() {
                    writeln!(out, "  user {} has {:?}", user.name(), user.roles()).unwrap();
                }
                for name in auth.role_names() {
                    let grants = auth.role(name).unwrap().key_permission.iter().map(|held| {
                        format!(
                            "{} {}..{}",
                            held.perm_type().as_str_name(),
                            held.key.escape_ascii(),
                            held.range_end.escape_ascii()
                        )
                    });
                    writeln!(out, "  role {name} grants {:?}", grants.collect::<Vec<_>>()).unwrap();
                }
                writeln!(out, "  {} tokens", auth.tokens().len()).unwrap();
            }
            _ => self.apply(Author::default(), words.command(&verb), out),
        }
    }

    /// `alice` as of now, or `alice@3` as of the revision 3.
    fn author(&self, word: &str) -> Author {
        let (user, revision) = match word.split_once('@') {
            Some((user, revision)) => (user, revision.parse().unwrap()),
            None => (word, self.state.auth.revision()),
        };
        Author { user: user.into(), revision }
    }

    fn apply(&mut self, author: Author, command: Command, out: &mut String) {
        let index = self.applier.applied().index + 1;
        let data = Proposal { id: index, author, command }.encode();
        let Applied { id, outcome, changes, effects } =
            self.applier.apply(&Committed { index, term: 1, kind: EntryKind::Proposal, data }).unwrap();
        assert_eq!(id, index);
        self.applier.end_batch();
        match outcome {
            Ok(Reply::Op(op)) => show_op(&op, 2, out),
            Ok(reply) => writeln!(out, "  {reply:?}").unwrap(),
            Err(refusal) => writeln!(out, "  refused: {refusal:?} ({refusal})").unwrap(),
        }
        changes.iter().for_each(|changes| show_changes(changes, out));
        effects.iter().for_each(|effect| writeln!(out, "  effect: {effect:?}").unwrap());
    }
}

fn show(record: &[u8]) -> String {
    let KeyValue { key, value, create_revision, mod_revision, version, lease } = KeyValue::decode(record).unwrap();
    let lease = if lease == 0 { String::new() } else { format!(" lease {lease}") };
    format!(
        "{} = \"{}\" create {create_revision} mod {mod_revision} version {version}{lease}",
        key.escape_ascii(),
        value.escape_ascii()
    )
}

fn show_changes(changes: &RevisionChanges, out: &mut String) {
    for change in &changes.changes {
        let creates = if change.creates { " (creates)" } else { "" };
        writeln!(out, "  event at {}: {:?} {}{creates}", changes.revision, change.kind, show(&change.record)).unwrap();
    }
}

fn show_op(op: &OpReply, indent: usize, out: &mut String) {
    let pad = " ".repeat(indent);
    let mut list = |head: String, kvs: &mut dyn Iterator<Item = &[u8]>| {
        writeln!(out, "{pad}{head}").unwrap();
        kvs.for_each(|kv| writeln!(out, "{pad}  {}", show(kv)).unwrap());
    };
    match op {
        OpReply::Range(r) => {
            list(format!("range: revision {}, count {}, more {}", r.revision, r.count, r.more), &mut r.kvs.iter());
        }
        OpReply::Put(r) => list(format!("put: revision {}", r.revision), &mut r.previous.iter().map(AsRef::as_ref)),
        OpReply::Delete(r) => {
            list(format!("delete: revision {}, deleted {}", r.revision, r.deleted), &mut r.previous.iter().map(AsRef::as_ref));
        }
        OpReply::Txn(r) => {
            writeln!(out, "{pad}txn: revision {}, succeeded {}", r.revision, r.succeeded).unwrap();
            r.replies.iter().for_each(|reply| show_op(reply, indent + 2, out));
        }
    }
}

/// The words of a line; parentheses and semicolons are words of their own.
struct Words(std::iter::Peekable<std::vec::IntoIter<String>>);

impl Words {
    fn new(line: &str) -> Self {
        let spaced = line.replace('(', " ( ").replace(')', " ) ").replace(';', " ; ");
        Self(spaced.split_whitespace().map(str::to_owned).collect::<Vec<_>>().into_iter().peekable())
    }

    fn next(&mut self) -> String {
        self.0.next().expect("another word")
    }

    fn take(&mut self, word: &str) -> bool {
        self.0.next_if(|next| next == word).is_some()
    }

    /// Up to the end of the operation.
    fn rest(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.0.next_if(|word| word != ")" && word != ";")).collect()
    }

    fn command(&mut self, verb: &str) -> Command {
        let mut number = || self.next().parse().expect("a number");
        match verb {
            "compact" => Command::Compact(CompactionRequest { revision: number(), physical: false }),
            "grant" => Command::LeaseGrant(LeaseGrantRequest { id: number(), ttl: number() }),
            "revoke" => Command::LeaseRevoke(LeaseRevokeRequest { id: number() }),
            "checkpoint" => Command::LeaseCheckpoint(LeaseCheckpointRequest {
                checkpoints: vec![LeaseCheckpoint { id: number(), remaining_ttl: number() }],
            }),
            "alarm" => Command::Alarm(self.alarm()),
            "auth" | "user" | "role" | "login" => Command::Auth(self.auth(verb)),
            _ => match self.op(verb) {
                Request::RequestPut(put) => Command::Put(put),
                Request::RequestDeleteRange(delete) => Command::DeleteRange(delete),
                Request::RequestTxn(txn) => Command::Txn(txn),
                Request::RequestRange(_) => unreachable!("reads are not applied"),
            },
        }
    }

    fn auth(&mut self, verb: &str) -> AuthCommand {
        let action = if verb == "login" { String::new() } else { self.next() };
        let mut word = || self.next();
        match (verb, action.as_str()) {
            ("auth", "enable") => AuthCommand::Enable(AuthEnableRequest {}),
            ("auth", "disable") => AuthCommand::Disable(AuthDisableRequest {}),
            ("user", "add") => AuthCommand::UserAdd(AuthUserAddRequest { name: word(), ..Default::default() }),
            ("user", "delete") => AuthCommand::UserDelete(AuthUserDeleteRequest { name: word() }),
            ("user", "grant") => AuthCommand::UserGrantRole(AuthUserGrantRoleRequest { user: word(), role: word() }),
            ("user", "revoke") => AuthCommand::UserRevokeRole(AuthUserRevokeRoleRequest { name: word(), role: word() }),
            ("role", "add") => AuthCommand::RoleAdd(AuthRoleAddRequest { name: word() }),
            ("role", "delete") => AuthCommand::RoleDelete(AuthRoleDeleteRequest { role: word() }),
            ("role", "grant") => {
                let (name, kind) = (word(), word().to_uppercase());
                let (key, range_end) = range(&word());
                let perm_type = Type::from_str_name(&kind).expect("read, write or readwrite").into();
                let perm = Some(Permission { perm_type, key, range_end });
                AuthCommand::RoleGrantPermission(AuthRoleGrantPermissionRequest { name, perm })
            }
            ("login", _) => {
                let (user, revision) = (word(), word().parse().expect("the revision of users"));
                let digest = Bytes::copy_from_slice(&[user.len() as u8; 32]);
                AuthCommand::TokenIssue(TokenIssue { user, digest, revision, over: Vec::new() })
            }
            _ => panic!("no command {verb} {action}"),
        }
    }

    fn alarm(&mut self) -> AlarmRequest {
        let action = match self.next().as_str() {
            "get" => AlarmAction::Get,
            "raise" => AlarmAction::Activate,
            "disarm" => AlarmAction::Deactivate,
            other => panic!("alarm {other}"),
        };
        let alarm = match self.next().as_str() {
            "any" => AlarmType::None,
            "nospace" => AlarmType::Nospace,
            "corrupt" => AlarmType::Corrupt,
            other => panic!("alarm {other}"),
        };
        let member_id = self.rest().first().map_or(0, |word| word.parse().unwrap());
        AlarmRequest { action: action.into(), member_id, alarm: alarm.into() }
    }

    fn op(&mut self, verb: &str) -> Request {
        match verb {
            "put" => {
                let (key, value) = (bytes(&self.next()), bytes(&self.next()));
                let mut put = PutRequest { key, value, ..PutRequest::default() };
                for word in self.rest() {
                    match word.split_once('=') {
                        Some(("lease", id)) => put.lease = id.parse().unwrap(),
                        None if word == "prev" => put.prev_kv = true,
                        None if word == "ignore-value" => (put.ignore_value, put.value) = (true, Bytes::new()),
                        None if word == "ignore-lease" => put.ignore_lease = true,
                        _ => panic!("put … {word}"),
                    }
                }
                Request::RequestPut(put)
            }
            "del" => {
                let (key, range_end) = range(&self.next());
                Request::RequestDeleteRange(DeleteRangeRequest { key, range_end, prev_kv: self.take("prev") })
            }
            "get" => Request::RequestRange(self.get()),
            "txn" => Request::RequestTxn(self.txn()),
            other => panic!("no command {other}"),
        }
    }

    fn get(&mut self) -> RangeRequest {
        let (key, range_end) = range(&self.next());
        let mut get = RangeRequest { key, range_end, ..RangeRequest::default() };
        for word in self.rest() {
            match word.split_once('=') {
                Some(("rev", revision)) => get.revision = revision.parse().unwrap(),
                Some(("limit", limit)) => get.limit = limit.parse().unwrap(),
                None if word == "keys-only" => get.keys_only = true,
                None if word == "count-only" => get.count_only = true,
                _ => panic!("get … {word}"),
            }
        }
        get
    }

    /// `txn [if COMPARE…] [then ( OP; … )] [else ( OP; … )]`
    fn txn(&mut self) -> TxnRequest {
        let mut txn = TxnRequest::default();
        if self.take("if") {
            while let Some(word) = self.0.next_if(|word| word != "then" && word != "else" && word != ")" && word != ";") {
                txn.compare.push(compare(&word));
            }
        }
        if self.take("then") {
            txn.success = self.ops();
        }
        if self.take("else") {
            txn.failure = self.ops();
        }
        txn
    }

    fn ops(&mut self) -> Vec<RequestOp> {
        assert!(self.take("("), "operations in parentheses");
        let mut ops = Vec::new();
        while !self.take(")") {
            let verb = self.next();
            ops.push(RequestOp { request: Some(self.op(&verb)) });
            self.take(";");
        }
        ops
    }
}

/// `\0` and `\xNN` stand for bytes, `""` for none.
fn bytes(word: &str) -> Bytes {
    let mut out = Vec::new();
    let mut rest = word.trim_matches('"');
    while let Some(first) = rest.chars().next() {
        if let Some(hex) = rest.strip_prefix("\\x") {
            out.push(u8::from_str_radix(&hex[..2], 16).unwrap());
            rest = &hex[2..];
        } else if let Some(after) = rest.strip_prefix("\\0") {
            out.push(0);
            rest = after;
        } else {
            out.push(first as u8);
            rest = &rest[1..];
        }
    }
    out.into()
}

/// `a`, `a..b`, or `a..` with an open end.
fn range(word: &str) -> (Bytes, Bytes) {
    match word.split_once("..") {
        None => (bytes(word), Bytes::new()),
        Some((key, "")) => (bytes(key), Bytes::from_static(b"\0")),
        Some((key, end)) => (bytes(key), bytes(end)),
    }
}

/// `mod:a=3`, `value:a..b!=x`
fn compare(word: &str) -> Compare {
    let (target, rest) = word.split_once(':').expect("target:key");
    let at = rest.find(['=', '!', '<', '>']).expect("a relation");
    let (key, rest) = rest.split_at(at);
    let (result, value) = [("!=", CompareResult::NotEqual), ("=", CompareResult::Equal)]
        .into_iter()
        .chain([("<", CompareResult::Less), (">", CompareResult::Greater)])
        .find_map(|(sign, result)| Some((result, rest.strip_prefix(sign)?)))
        .unwrap();
    let number = || value.parse().unwrap();
    let (target, union) = match target {
        "version" => (CompareTarget::Version, TargetUnion::Version(number())),
        "create" => (CompareTarget::Create, TargetUnion::CreateRevision(number())),
        "mod" => (CompareTarget::Mod, TargetUnion::ModRevision(number())),
        "lease" => (CompareTarget::Lease, TargetUnion::Lease(number())),
        "value" => (CompareTarget::Value, TargetUnion::Value(bytes(value))),
        other => panic!("compare {other}"),
    };
    let (key, range_end) = range(key);
    Compare { result: result.into(), target: target.into(), key, range_end, target_union: Some(union) }
}

#[test]
fn scripts_give_what_they_say() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/core/apply/testscripts");
    let update = std::env::var_os("QUORATE_UPDATE_SCRIPTS").is_some();
    let mut names: Vec<_> = fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    assert!(names.len() >= 12);
    for path in names {
        let script = fs::read_to_string(&path).unwrap();
        let mut world = World::open(Arc::default());
        let mut out = String::new();
        for line in script.lines().filter(|line| !line.starts_with(' ')) {
            writeln!(out, "{line}").unwrap();
            if !line.is_empty() && !line.starts_with('#') {
                world.run(line, &mut out);
            }
        }
        if update {
            fs::write(&path, &out).unwrap();
        }
        assert!(out == script || update, "{} gives another output:\n{out}", path.display());
    }
}
