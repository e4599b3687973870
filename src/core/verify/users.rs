//! What a history has of users: requests of the Auth service, what requests showed of who made them, and the log as it was decided.
//!
//! Permissions are judged when an entry of the log is applied, and an answer about keys does not say where in the log that was. So whoever
//! records such a run writes the log down too, in the words of the wire, with the moment at which the first member had applied each entry.

use std::collections::{BTreeMap, BTreeSet};

use quorate_proto::{authpb::Permission, etcdserverpb as wire};

use super::history::{Call, Moment};

/// What was asked of the Auth service.
#[derive(Clone, Debug, PartialEq)]
pub enum AuthCall {
    Enable,
    Disable,
    Status,
    Authenticate(wire::AuthenticateRequest),
    UserAdd(wire::AuthUserAddRequest),
    UserGet(wire::AuthUserGetRequest),
    UserList,
    UserDelete(wire::AuthUserDeleteRequest),
    UserChangePassword(wire::AuthUserChangePasswordRequest),
    UserGrantRole(wire::AuthUserGrantRoleRequest),
    UserRevokeRole(wire::AuthUserRevokeRoleRequest),
    RoleAdd(wire::AuthRoleAddRequest),
    RoleGet(wire::AuthRoleGetRequest),
    RoleList,
    RoleDelete(wire::AuthRoleDeleteRequest),
    RoleGrantPermission(wire::AuthRoleGrantPermissionRequest),
    RoleRevokePermission(wire::AuthRoleRevokePermissionRequest),
}

/// What the Auth service answered.
#[derive(Clone, Debug, PartialEq)]
pub struct AuthAnswer {
    pub header: Option<wire::ResponseHeader>,
    pub told: Told,
}

/// See [`AuthAnswer`].
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    Done,
    Token(String),
    Status {
        enabled: bool,
        revision: u64,
    },
    /// Of users or roles, in their order.
    Names(Vec<String>),
    Permissions(Vec<Permission>),
}

/// Everything of users that was recorded of a run.
#[derive(Clone, Debug, Default)]
pub struct UsersHistory {
    /// Every entry of the log from the first on, in order.
    pub log: Vec<Decided>,
    /// From this moment on entries are missing that nobody could write down.
    pub log_ends: Option<Moment>,
    /// What operations showed, by their place in the history; none of those that reached no member.
    pub shown: BTreeMap<usize, Shown>,
    /// Users as members knew them, at any time.
    pub seen: Vec<UsersSeen>,
    /// How long a token lives without use.
    pub token_ttl: Moment,
    /// Lives of members, in the order of their beginnings.
    pub lives: Vec<Counted>,
    /// From when on nothing goes wrong, if such a time was reached.
    pub calm_since: Option<Moment>,
}

/// How a member has counted the time of tokens in one life, by its own clock: it must have begun at these moments to count for what
/// entries up to these indexes had given time. In order.
#[derive(Clone, Debug, Default)]
pub struct Counted(pub Vec<(u64, Moment)>);

impl Counted {
    /// When it must have begun to count for what this entry gave time; none if that cannot be said.
    pub fn since(&self, renewed: u64) -> Option<Moment> {
        self.0.get(self.0.partition_point(|(index, _)| *index < renewed)).map(|(_, moment)| *moment)
    }
}

/// What an operation showed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    pub token: Option<String>,
    /// How far the member had applied the log when the request reached it.
    pub applied: u64,
    /// What the member's own clock showed then.
    pub local: Moment,
    /// The place of the member's life among all lives.
    pub life: usize,
}

/// An entry of the log.
#[derive(Clone, Debug)]
pub struct Decided {
    pub index: u64,
    /// When the first member had applied it.
    pub applied: Moment,
    pub by: By,
    pub decision: Decision,
}

/// What a token stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub user: String,
    /// The entry that last gave it time.
    pub renewed: u64,
}

/// On whose behalf an entry stands in the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct By {
    /// Empty for nobody.
    pub user: String,
    /// The revision of users at the member that took the request; 0 for nobody.
    pub revision: u64,
}

/// What an entry does.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// What somebody asked for. Passwords stand here as they are.
    Call(Call),
    /// The cluster ends a lease.
    LeaseEnds(i64),
    /// A token is given, at this revision of users.
    Login {
        user: String,
        revision: u64,
        /// Tokens that are over where it was made: by the entries that gave them, with those that last gave them time.
        over: Vec<(u64, u64)>,
    },
    /// Tokens, by the entries that gave them, are given time.
    Renewal { tokens: Vec<u64> },
    /// Nothing that the rules here speak of.
    Nothing,
}

/// Key, end and kind of each permission of a role.
pub type Granted = BTreeSet<(Vec<u8>, Vec<u8>, i32)>;

/// Users as a member knew them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsersSeen {
    pub member: u64,
    /// How far it had applied the log.
    pub applied: u64,
    pub enabled: bool,
    pub revision: u64,
    /// The password and the roles of each user.
    pub users: BTreeMap<String, (String, BTreeSet<String>)>,
    pub roles: BTreeMap<String, Granted>,
    /// Tokens that are kept, by the entries that gave them.
    pub tokens: BTreeMap<u64, Token>,
}
