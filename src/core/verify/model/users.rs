//! What users are: who there is, who holds which role, what roles grant, which tokens count. Written from the rules, without a look at how
//! they are kept.
//!
//! Every access to a key is looked at by itself, so that a request without any needs no permission. Grants are not merged: a range is
//! covered if one can walk through it from grant to grant.
//!
//! Source: etcd 3.7.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use quorate_proto::{
    authpb::{Permission, permission::Type},
    etcdserverpb::{DeleteRangeRequest, PutRequest, TxnRequest, request_op::Request},
};

use super::super::{
    history::Call,
    users::{AuthCall, By, Token, Told},
};

/// The texts of refusals that have to do with users, as etcd says them.
pub mod refusal {
    pub const USER_EMPTY: &str = "etcdserver: user name is empty";
    pub const USER_EXISTS: &str = "etcdserver: user name already exists";
    pub const USER_NOT_FOUND: &str = "etcdserver: user name not found";
    pub const ROLE_EXISTS: &str = "etcdserver: role name already exists";
    pub const ROLE_NOT_FOUND: &str = "etcdserver: role name not found";
    pub const ROLE_NOT_GRANTED: &str = "etcdserver: role is not granted to the user";
    pub const PERMISSION_NOT_GRANTED: &str = "etcdserver: permission is not granted to the role";
    pub const PERMISSION_DENIED: &str = "etcdserver: permission denied";
    pub const OLD_REVISION: &str = "etcdserver: revision of auth store is old";
    pub const INVALID_MANAGEMENT: &str = "etcdserver: invalid auth management";
    pub const INVALID_TOKEN: &str = "etcdserver: invalid auth token";
    pub const NO_ROOT_USER: &str = "etcdserver: root user does not exist";
    pub const NO_ROOT_ROLE: &str = "etcdserver: root user does not have root role";
    pub const NOT_ENABLED: &str = "etcdserver: authentication is not enabled";
    pub const LOGIN_FAILED: &str = "etcdserver: authentication failed, invalid user ID or password";
}
use refusal::{
    INVALID_MANAGEMENT, LOGIN_FAILED, NO_ROOT_ROLE, NO_ROOT_USER, NOT_ENABLED, OLD_REVISION, PERMISSION_DENIED,
    PERMISSION_NOT_GRANTED, ROLE_EXISTS, ROLE_NOT_FOUND, ROLE_NOT_GRANTED, USER_EMPTY, USER_EXISTS, USER_NOT_FOUND,
};

const ROOT: &str = "root";

type Verdict = Result<(), &'static str>;

/// All users and roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Users {
    pub enabled: bool,
    pub revision: u64,
    pub users: BTreeMap<String, User>,
    /// The permissions of each role: the kind, by key and end.
    pub roles: BTreeMap<String, BTreeMap<(Bytes, Bytes), i32>>,
    /// Tokens that nobody has forgotten, by the entries that gave them.
    pub tokens: BTreeMap<u64, Token>,
}

/// A user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    pub password: String,
    pub roles: BTreeSet<String>,
}

impl Default for Users {
    fn default() -> Self {
        let (users, roles, tokens) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { enabled: false, revision: 1, users, roles, tokens }
    }
}

/// The keys attached to a lease.
pub type Attached<'a> = &'a dyn Fn(i64) -> Vec<Bytes>;

impl Users {
    /// Somebody as known now.
    pub fn by(&self, user: Option<&str>) -> By {
        user.map_or_else(By::default, |user| By { user: user.to_owned(), revision: self.revision })
    }

    /// Changes what is asked.
    ///
    /// # Errors
    /// The text of a refusal; then nothing has changed.
    pub fn change(&mut self, by: &By, call: &AuthCall) -> Verdict {
        self.root(by)?;
        let mut changed = self.clone();
        if changed.changes(call)? {
            changed.revision += 1;
        }
        *self = changed;
        Ok(())
    }

    /// Answers whether it counts as a change.
    fn changes(&mut self, call: &AuthCall) -> Result<bool, &'static str> {
        match call {
            AuthCall::Enable => {
                if !self.enabled {
                    let root = self.users.get(ROOT).ok_or(NO_ROOT_USER)?;
                    if !root.roles.contains(ROOT) {
                        return Err(NO_ROOT_ROLE);
                    }
                }
                self.enabled = true;
                return Ok(false);
            }
            AuthCall::Disable => {
                if !self.enabled {
                    return Ok(false);
                }
                self.enabled = false;
                self.tokens.clear();
            }
            AuthCall::UserAdd(request) => {
                if self.users.contains_key(&request.name) {
                    return Err(USER_EXISTS);
                }
                let user = User { password: request.password.clone(), roles: BTreeSet::new() };
                self.users.insert(request.name.clone(), user);
            }
            AuthCall::UserDelete(request) => {
                if self.enabled && request.name == ROOT {
                    return Err(INVALID_MANAGEMENT);
                }
                self.users.remove(&request.name).ok_or(USER_NOT_FOUND)?;
                self.tokens.retain(|_, token| token.user != request.name);
            }
            AuthCall::UserChangePassword(request) => {
                self.user(&request.name)?.password.clone_from(&request.password);
                self.tokens.retain(|_, token| token.user != request.name);
            }
            AuthCall::UserGrantRole(request) => {
                let is_there = request.role == ROOT || self.roles.contains_key(&request.role);
                let user = self.user(&request.user)?;
                if !is_there {
                    return Err(ROLE_NOT_FOUND);
                }
                return Ok(user.roles.insert(request.role.clone()));
            }
            AuthCall::UserRevokeRole(request) => {
                if self.enabled && request.name == ROOT && request.role == ROOT {
                    return Err(INVALID_MANAGEMENT);
                }
                if !self.user(&request.name)?.roles.remove(&request.role) {
                    return Err(ROLE_NOT_GRANTED);
                }
            }
            AuthCall::RoleAdd(request) => {
                if self.roles.contains_key(&request.name) {
                    return Err(ROLE_EXISTS);
                }
                self.roles.insert(request.name.clone(), BTreeMap::new());
            }
            AuthCall::RoleDelete(request) => {
                if self.enabled && request.role == ROOT {
                    return Err(INVALID_MANAGEMENT);
                }
                self.roles.remove(&request.role).ok_or(ROLE_NOT_FOUND)?;
                self.users.values_mut().for_each(|user| _ = user.roles.remove(&request.role));
            }
            AuthCall::RoleGrantPermission(request) => {
                let Permission { perm_type, key, range_end } = request.perm.clone().unwrap_or_default();
                let is_range = range_end.is_empty() || range_end == b"\0"[..] || key < range_end;
                if key.is_empty() || !is_range {
                    return Err(INVALID_MANAGEMENT);
                }
                let role = self.roles.get_mut(&request.name).ok_or(ROLE_NOT_FOUND)?;
                role.insert((key, range_end), perm_type);
            }
            AuthCall::RoleRevokePermission(request) => {
                let role = self.roles.get_mut(&request.role).ok_or(ROLE_NOT_FOUND)?;
                let range = (request.key.clone(), request.range_end.clone());
                role.remove(&range).ok_or(PERMISSION_NOT_GRANTED)?;
            }
            AuthCall::Status
            | AuthCall::Authenticate(_)
            | AuthCall::UserGet(_)
            | AuthCall::UserList
            | AuthCall::RoleGet(_)
            | AuthCall::RoleList => return Ok(false),
        }
        Ok(true)
    }

    fn user(&mut self, name: &str) -> Result<&mut User, &'static str> {
        self.users.get_mut(name).ok_or(USER_NOT_FOUND)
    }

    /// Gives a token, if users are what they were when the password was looked at. What was over then is forgotten, unless it was
    /// given time since. Answers which those are.
    ///
    /// # Errors
    /// The text of a refusal.
    pub fn login(
        &mut self,
        index: u64,
        user: &str,
        revision: u64,
        over: &[(u64, u64)],
    ) -> Result<BTreeMap<u64, Token>, &'static str> {
        if !self.enabled {
            return Err(NOT_ENABLED);
        }
        if revision != self.revision {
            return Err(OLD_REVISION);
        }
        let forgotten = self.tokens.extract_if(.., |index, token| over.contains(&(*index, token.renewed))).collect();
        self.tokens.insert(index, Token { user: user.to_owned(), renewed: index });
        Ok(forgotten)
    }

    /// Gives those tokens time that are still there.
    pub fn renew(&mut self, index: u64, tokens: &[u64]) {
        for token in tokens {
            if let Some(token) = self.tokens.get_mut(token) {
                token.renewed = index;
            }
        }
    }

    /// Whether this password is the user's.
    ///
    /// # Errors
    /// The text of a refusal.
    pub fn password(&self, name: &str, password: &str) -> Verdict {
        if !self.enabled {
            return Err(NOT_ENABLED);
        }
        if self.users.get(name).is_some_and(|user| user.password == password) { Ok(()) } else { Err(LOGIN_FAILED) }
    }

    /// Whether somebody may do it now.
    ///
    /// # Errors
    /// The text of a refusal.
    pub fn may(&self, by: &By, call: &Call, attached: Attached<'_>) -> Verdict {
        match call {
            Call::Range(request) => self.access(by, Type::Read, &request.key, &request.range_end),
            Call::Put(request) => self.put(by, request, attached),
            Call::DeleteRange(request) => self.delete(by, request),
            Call::Txn(request) => self.txn(by, request, attached),
            Call::Compact(_) => self.root(by),
            Call::LeaseGrant(_) => self.somebody(by),
            Call::LeaseRevoke(request) => self.lease(by, Type::Write, request.id, attached),
            Call::LeaseKeepAlive(request) => self.lease(by, Type::Write, request.id, attached),
            Call::LeaseTimeToLive(request) if request.keys => self.lease(by, Type::Read, request.id, attached),
            Call::LeaseTimeToLive(_) => self.somebody(by),
            Call::Auth(AuthCall::Status | AuthCall::Authenticate(_)) => Ok(()),
            Call::Auth(AuthCall::UserGet(request)) if !by.user.is_empty() && by.user == request.name => Ok(()),
            Call::Auth(AuthCall::RoleGet(request)) if self.holds(by, &request.role) => Ok(()),
            Call::Auth(_) => self.root(by),
        }
    }

    /// What is told of users to whoever may see it.
    ///
    /// # Errors
    /// The text of a refusal.
    pub fn look(&self, by: &By, call: &AuthCall) -> Result<Told, &'static str> {
        self.may(by, &Call::Auth(call.clone()), &|_| Vec::new())?;
        Ok(match call {
            AuthCall::Status => Told::Status { enabled: self.enabled, revision: self.revision },
            AuthCall::UserList => Told::Names(self.users.keys().cloned().collect()),
            AuthCall::RoleList => Told::Names(self.roles.keys().cloned().collect()),
            AuthCall::UserGet(request) => {
                Told::Names(self.users.get(&request.name).ok_or(USER_NOT_FOUND)?.roles.iter().cloned().collect())
            }
            AuthCall::RoleGet(request) => {
                let role = self.roles.get(&request.role).ok_or(ROLE_NOT_FOUND)?;
                let permission = |((key, range_end), kind): (&(Bytes, Bytes), &i32)| Permission {
                    perm_type: *kind,
                    key: key.clone(),
                    range_end: range_end.clone(),
                };
                Told::Permissions(role.iter().map(permission).collect())
            }
            _ => Told::Done,
        })
    }

    fn holds(&self, by: &By, role: &str) -> bool {
        self.users.get(&by.user).is_some_and(|user| user.roles.contains(role))
    }

    fn somebody(&self, by: &By) -> Verdict {
        if self.enabled && by.user.is_empty() { Err(USER_EMPTY) } else { Ok(()) }
    }

    fn root(&self, by: &By) -> Verdict {
        self.somebody(by)?;
        if !self.enabled || self.holds(by, ROOT) {
            return Ok(());
        }
        Err(if self.users.contains_key(&by.user) { PERMISSION_DENIED } else { USER_NOT_FOUND })
    }

    fn access(&self, by: &By, kind: Type, key: &Bytes, range_end: &Bytes) -> Verdict {
        if !self.enabled {
            return Ok(());
        }
        self.somebody(by)?;
        if by.revision < self.revision {
            return Err(OLD_REVISION);
        }
        let user = self.users.get(&by.user).ok_or(PERMISSION_DENIED)?;
        if user.roles.contains(ROOT) || self.covers(user, kind, key, range_end) { Ok(()) } else { Err(PERMISSION_DENIED) }
    }

    /// Whether one gets from the beginning to the end of a range by grants alone.
    fn covers(&self, user: &User, kind: Type, key: &Bytes, range_end: &Bytes) -> bool {
        let end = Self::end(key, range_end);
        let mut at = key.clone();
        loop {
            let held = user.roles.iter().filter_map(|role| self.roles.get(role)).flatten();
            let fits = held.filter(|(_, granted)| [kind as i32, Type::Readwrite as i32].contains(granted));
            let here = fits.filter(|((from, to), _)| *from <= at && Self::end(from, to).is_none_or(|to| at < to));
            let ends: Vec<Option<Bytes>> = here.map(|((from, to), _)| Self::end(from, to)).collect();
            // A grant without an end leads anywhere.
            if ends.iter().any(Option::is_none) {
                return true;
            }
            let Some(furthest) = ends.into_iter().flatten().max() else { return false };
            at = furthest;
            if end.as_ref().is_some_and(|end| *end <= at) {
                return true;
            }
        }
    }

    /// The first key behind a range; none if it has no end.
    fn end(key: &Bytes, range_end: &Bytes) -> Option<Bytes> {
        match range_end.as_ref() {
            [] => Some([key, &b"\0"[..]].concat().into()),
            [0] => None,
            _ => Some(range_end.clone()),
        }
    }

    fn put(&self, by: &By, request: &PutRequest, attached: Attached<'_>) -> Verdict {
        self.access(by, Type::Write, &request.key, &Bytes::new())?;
        attached(request.lease).iter().try_for_each(|key| self.access(by, Type::Write, key, &Bytes::new()))?;
        if request.prev_kv { self.access(by, Type::Read, &request.key, &Bytes::new()) } else { Ok(()) }
    }

    fn delete(&self, by: &By, request: &DeleteRangeRequest) -> Verdict {
        self.access(by, Type::Write, &request.key, &request.range_end)?;
        if request.prev_kv { self.access(by, Type::Read, &request.key, &request.range_end) } else { Ok(()) }
    }

    fn txn(&self, by: &By, request: &TxnRequest, attached: Attached<'_>) -> Verdict {
        for compare in &request.compare {
            self.access(by, Type::Read, &compare.key, &compare.range_end)?;
        }
        for op in request.success.iter().chain(&request.failure).filter_map(|op| op.request.as_ref()) {
            match op {
                Request::RequestRange(range) => self.access(by, Type::Read, &range.key, &range.range_end)?,
                Request::RequestPut(put) => self.put(by, put, attached)?,
                Request::RequestDeleteRange(delete) => self.delete(by, delete)?,
                Request::RequestTxn(nested) => self.txn(by, nested, attached)?,
            }
        }
        Ok(())
    }

    /// Root needs no new revision for it.
    fn lease(&self, by: &By, kind: Type, lease: i64, attached: Attached<'_>) -> Verdict {
        self.somebody(by)?;
        if self.root(by).is_ok() {
            return Ok(());
        }
        attached(lease).iter().try_for_each(|key| self.access(by, kind, key, &Bytes::new()))
    }
}

#[cfg(test)]
mod tests {
    use quorate_proto::etcdserverpb::{
        AuthRoleAddRequest, AuthRoleDeleteRequest, AuthRoleGrantPermissionRequest, AuthUserAddRequest, AuthUserDeleteRequest,
        AuthUserGrantRoleRequest, AuthUserRevokeRoleRequest,
    };

    use super::{
        super::super::check::testing::{bytes, delete, get, grant, leased, put, put_all, revoke},
        *,
    };

    fn none(_: i64) -> Vec<Bytes> {
        Vec::new()
    }

    fn add(name: &str) -> AuthCall {
        AuthCall::UserAdd(AuthUserAddRequest { name: name.into(), password: "p".into(), ..Default::default() })
    }

    fn hold(user: &str, role: &str) -> AuthCall {
        AuthCall::UserGrantRole(AuthUserGrantRoleRequest { user: user.into(), role: role.into() })
    }

    fn permit(kind: Type, key: &str, end: &str) -> AuthCall {
        let perm = Some(Permission { perm_type: kind.into(), key: bytes(key), range_end: bytes(end) });
        AuthCall::RoleGrantPermission(AuthRoleGrantPermissionRequest { name: "r".into(), perm })
    }

    /// Root, and u with the role r of these grants; authentication is on.
    fn users(grants: &[(Type, &str, &str)]) -> Users {
        let mut users = Users::default();
        let role = AuthCall::RoleAdd(AuthRoleAddRequest { name: "r".into() });
        let calls = [add("root"), hold("root", "root"), add("u"), role, hold("u", "r"), AuthCall::Enable];
        calls.iter().for_each(|call| users.change(&By::default(), call).unwrap());
        let root = users.by(Some("root"));
        grants.iter().for_each(|(kind, key, end)| users.change(&root, &permit(*kind, key, end)).unwrap());
        users
    }

    fn verdict(users: &Users, call: &Call) -> Verdict {
        users.may(&users.by(Some("u")), call, &none)
    }

    #[test]
    fn a_range_is_covered_by_grants_that_touch() {
        let users = users(&[(Type::Read, "c", "e"), (Type::Readwrite, "a", "c"), (Type::Read, "e", "")]);
        assert_eq!(verdict(&users, &get("a", "e\0")), Ok(()));
        assert_eq!(verdict(&users, &get("a", "e\0\0")), Err(PERMISSION_DENIED));
        assert_eq!(verdict(&users, &get("e", "")), Ok(()));
        assert_eq!(verdict(&users, &get("a", "\0")), Err(PERMISSION_DENIED));
        assert_eq!(verdict(&users, &get("d", "b")), Ok(()), "of a range without keys its start counts");
        assert_eq!(verdict(&users, &put("b", "1")), Ok(()));
        assert_eq!(verdict(&users, &put("c", "1")), Err(PERMISSION_DENIED));
        assert_eq!(verdict(&users, &delete("a", "d")), Err(PERMISSION_DENIED));
    }

    #[test]
    fn a_grant_without_an_end_covers_everything_behind_its_key() {
        let users = users(&[(Type::Write, "b", "\0"), (Type::Write, "a", "b")]);
        assert_eq!(verdict(&users, &delete("a", "\0")), Ok(()));
        assert_eq!(verdict(&users, &delete("\0", "\0")), Err(PERMISSION_DENIED));
        assert_eq!(verdict(&users, &get("b", "")), Err(PERMISSION_DENIED));
    }

    #[test]
    fn a_transaction_needs_all_and_a_lease_the_keys_it_has() {
        let users = users(&[(Type::Readwrite, "a", "c")]);
        assert_eq!(verdict(&users, &put_all(&[("a", "1"), ("b", "1")])), Ok(()));
        assert_eq!(verdict(&users, &put_all(&[("a", "1"), ("c", "1")])), Err(PERMISSION_DENIED));
        let by = users.by(Some("u"));
        let foreign = |_| vec![bytes("z")];
        assert_eq!(users.may(&by, &leased("a", "1", 7), &none), Ok(()));
        assert_eq!(users.may(&by, &leased("a", "1", 7), &foreign), Err(PERMISSION_DENIED));
        assert_eq!(users.may(&by, &revoke(7), &foreign), Err(PERMISSION_DENIED));
        assert_eq!(users.may(&by, &grant(8, 60), &none), Ok(()));
        let old = |user: &str| By { user: user.into(), revision: users.revision - 1 };
        assert_eq!(users.may(&old("u"), &revoke(7), &foreign), Err(OLD_REVISION));
        assert_eq!(users.may(&old("root"), &revoke(7), &foreign), Ok(()), "root is asked for first");
    }

    #[test]
    fn nobody_comes_before_an_old_revision_and_that_before_a_permission() {
        let users = users(&[]);
        assert_eq!(users.may(&By::default(), &put("a", "1"), &none), Err(USER_EMPTY));
        let old = By { user: "u".into(), revision: users.revision - 1 };
        assert_eq!(users.may(&old, &put("a", "1"), &none), Err(OLD_REVISION));
        assert_eq!(verdict(&users, &put("a", "1")), Err(PERMISSION_DENIED));
        assert_eq!(users.may(&By::default(), &put_all(&[]), &none), Ok(()), "of one that asks for nothing");
    }

    #[test]
    fn the_revision_moves_with_each_change_and_no_refusal() {
        let mut users = users(&[]);
        let (root, before) = (users.by(Some("root")), users.revision);
        let role = |user: &str, role: &str| AuthUserRevokeRoleRequest { name: user.into(), role: role.into() };
        for (call, due) in [
            (add("u"), Err(USER_EXISTS)),
            (hold("u", "r"), Ok(())),
            (hold("u", "x"), Err(ROLE_NOT_FOUND)),
            (hold("x", "r"), Err(USER_NOT_FOUND)),
            (AuthCall::Enable, Ok(())),
            (AuthCall::UserRevokeRole(role("root", "r")), Err(ROLE_NOT_GRANTED)),
            (AuthCall::UserRevokeRole(role("root", "root")), Err(INVALID_MANAGEMENT)),
            (AuthCall::UserDelete(AuthUserDeleteRequest { name: "root".into() }), Err(INVALID_MANAGEMENT)),
            (permit(Type::Read, "b", "a"), Err(INVALID_MANAGEMENT)),
        ] {
            assert_eq!(users.change(&root, &call), due, "{call:?}");
            assert_eq!(users.revision, before, "{call:?}");
        }
        users.change(&root, &AuthCall::RoleDelete(AuthRoleDeleteRequest { role: "r".into() })).unwrap();
        assert!(users.revision == before + 1 && users.users["u"].roles.is_empty());
        assert_eq!(users.change(&users.by(Some("u")), &add("v")), Err(PERMISSION_DENIED));
    }

    #[test]
    fn tokens_end_with_their_user_a_new_password_and_authentication() {
        let mut users = users(&[]);
        let revision = users.revision;
        assert_eq!(users.login(7, "u", revision - 1, &[]), Err(OLD_REVISION));
        users.login(7, "u", revision, &[]).unwrap();
        users.login(8, "u", revision, &[]).unwrap();
        users.renew(10, &[8, 99]);
        let kept = |users: &Users| users.tokens.iter().map(|(index, token)| (*index, token.renewed)).collect::<Vec<_>>();
        assert_eq!(kept(&users), [(7, 7), (8, 10)]);
        let forgotten = users.login(11, "root", revision, &[(7, 7), (8, 8), (99, 99)]).unwrap();
        assert_eq!(forgotten, BTreeMap::from([(7, Token { user: "u".into(), renewed: 7 })]));
        assert_eq!(kept(&users), [(8, 10), (11, 11)], "one was over");
        let root = users.by(Some("root"));
        users.change(&root, &AuthCall::UserDelete(AuthUserDeleteRequest { name: "u".into() })).unwrap();
        assert_eq!(kept(&users), [(11, 11)]);
        users.change(&root, &AuthCall::Disable).unwrap();
        assert!(users.tokens.is_empty());
        assert_eq!(users.login(12, "root", users.revision, &[]), Err(NOT_ENABLED));
    }
}
