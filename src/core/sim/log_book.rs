//! The log as members decided it, and users as they know them, in the words of the checkers.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use quorate_proto::authpb::Permission;

use super::{member::Member, network::Nanos};
use crate::core::{
    apply::{Command, Proposal},
    auth::AuthCommand,
    consensus::{LogEntry, LogKind},
    server::auth::simulated_password,
    verify::{
        history::Call,
        users::{AuthCall, By, Decided, Decision, Token, UsersSeen},
    },
};

/// Every entry that some member has applied, in order.
#[derive(Default)]
pub struct LogBook {
    pub entries: Vec<Decided>,
    /// When the first entry was missed; from then on nothing is written down.
    pub ended: Option<Nanos>,
    /// By their digests: the entries that gave the tokens.
    tokens: BTreeMap<Bytes, u64>,
}

impl LogBook {
    /// Takes note of an entry that a member has just applied, if it is the first one to do so.
    pub fn note(&mut self, entry: &LogEntry, now: Nanos) {
        let next = self.entries.len() as u64 + 1;
        if entry.index < next || self.ended.is_some() {
            return;
        }
        if entry.index > next {
            self.ended = Some(now);
            return;
        }
        let (by, decision) = self.words(entry);
        self.entries.push(Decided { index: entry.index, applied: now, by, decision });
    }

    fn words(&mut self, entry: &LogEntry) -> (By, Decision) {
        if entry.kind == LogKind::ConfChange || entry.data.is_empty() {
            return (By::default(), Decision::Nothing);
        }
        let Proposal { author, command, .. } = Proposal::decode(entry.data.clone()).expect("what was applied can be read");
        let by = By { user: author.user, revision: author.revision };
        let decision = match command {
            Command::Put(request) => Decision::Call(Call::Put(request)),
            Command::DeleteRange(request) => Decision::Call(Call::DeleteRange(request)),
            Command::Txn(request) => Decision::Call(Call::Txn(request)),
            Command::Compact(request) => Decision::Call(Call::Compact(request)),
            Command::LeaseGrant(request) => Decision::Call(Call::LeaseGrant(request)),
            Command::LeaseRevoke(request) => Decision::Call(Call::LeaseRevoke(request)),
            // The word of a leader whose term is over counts for nothing.
            Command::LeaseExpire(expiry) if expiry.term == entry.term => Decision::LeaseEnds(expiry.id),
            Command::Auth(change) => self.of_users(change, entry.index),
            Command::LeaseExpire(_)
            | Command::LeaseCheckpoint(_)
            | Command::Alarm(_)
            | Command::ClusterVersion(_)
            | Command::MemberAttributes(_)
            | Command::MemberUpdate(_) => Decision::Nothing,
        };
        (by, decision)
    }

    fn of_users(&mut self, change: AuthCommand, index: u64) -> Decision {
        Decision::Call(Call::Auth(match change {
            AuthCommand::Enable(_) => AuthCall::Enable,
            AuthCommand::Disable(_) => AuthCall::Disable,
            AuthCommand::UserAdd(mut request) => {
                request.password = password_of(&std::mem::take(&mut request.hashed_password));
                AuthCall::UserAdd(request)
            }
            AuthCommand::UserChangePassword(mut request) => {
                request.password = password_of(&std::mem::take(&mut request.hashed_password));
                AuthCall::UserChangePassword(request)
            }
            AuthCommand::UserDelete(request) => AuthCall::UserDelete(request),
            AuthCommand::UserGrantRole(request) => AuthCall::UserGrantRole(request),
            AuthCommand::UserRevokeRole(request) => AuthCall::UserRevokeRole(request),
            AuthCommand::RoleAdd(request) => AuthCall::RoleAdd(request),
            AuthCommand::RoleDelete(request) => AuthCall::RoleDelete(request),
            AuthCommand::RoleGrantPermission(request) => AuthCall::RoleGrantPermission(request),
            AuthCommand::RoleRevokePermission(request) => AuthCall::RoleRevokePermission(request),
            AuthCommand::TokenIssue(issue) => {
                self.tokens.insert(issue.digest, index);
                let over = issue.over.iter().filter_map(|over| Some((*self.tokens.get(&over.digest)?, over.renewed))).collect();
                return Decision::Login { user: issue.user, revision: issue.revision, over };
            }
            AuthCommand::TokenRenew(renewal) => {
                let tokens = renewal.digests.iter().filter_map(|digest| self.tokens.get(digest)).copied().collect();
                return Decision::Renewal { tokens };
            }
        }))
    }
}

fn password_of(hashed: &str) -> String {
    let hash = BASE64_STANDARD.decode(hashed).expect("a hash travels in base64");
    simulated_password(&hash).expect("members of the simulator make such hashes").to_owned()
}

/// Users as a member knows them.
pub fn users_seen(member: &Member) -> Option<UsersSeen> {
    let server = &member.life.as_ref()?.assembly.server;
    let store = server.state().auth.read();
    let user = |user: &crate::core::auth::User| {
        let password = simulated_password(user.password_hash()).unwrap_or_default().to_owned();
        (user.name().to_owned(), (password, user.roles().iter().cloned().collect::<BTreeSet<_>>()))
    };
    let granted = |held: &Permission| (held.key.to_vec(), held.range_end.to_vec(), held.perm_type);
    let role = |name: &str| {
        let permissions = store.role(name).map(|role| role.key_permission.iter().map(granted).collect());
        (name.to_owned(), permissions.unwrap_or_default())
    };
    let token = |token: &crate::core::auth::Token| (token.index, Token { user: token.user.clone(), renewed: token.renewed });
    Some(UsersSeen {
        member: member.id,
        applied: server.progress().index(),
        enabled: store.is_enabled(),
        revision: store.revision(),
        users: store.users().map(user).collect(),
        roles: store.role_names().map(role).collect(),
        tokens: store.tokens().iter().map(token).collect(),
    })
}
