//! Administrators: they set users and roles up, turn authentication on, and go on changing who may do what.

use std::{
    cell::RefCell,
    collections::{BTreeSet, VecDeque},
    rc::Rc,
};

use bytes::Bytes;
use quorate_proto::{
    authpb::{Permission, permission::Type},
    etcdserverpb::{
        AuthRoleAddRequest, AuthRoleDeleteRequest, AuthRoleGetRequest, AuthRoleGrantPermissionRequest,
        AuthRoleRevokePermissionRequest, AuthUserAddRequest, AuthUserChangePasswordRequest, AuthUserDeleteRequest,
        AuthUserGetRequest, AuthUserGrantRoleRequest, AuthUserRevokeRoleRequest,
    },
};

use super::{
    chance::Chance,
    session::{Book, ROOT, role, user},
};
use crate::core::verify::{history::Outcome, model::users::refusal, users::AuthCall};

/// Permissions that an administrator remembers, to take them back.
const GRANTED_MAX: usize = 16;

/// See the module.
pub struct Administrator {
    chance: Chance,
    book: Rc<RefCell<Book>>,
    /// Names of users, and of roles, that there may be.
    names: usize,
    keys: usize,
    /// What is to be done first, in this order.
    jobs: VecDeque<AuthCall>,
    granted: Vec<(String, Bytes, Bytes)>,
    /// Passwords that may have become somebody's, though nobody said so.
    unsure: BTreeSet<String>,
    /// Tells its passwords from others'.
    number: usize,
    made: u64,
}

impl Administrator {
    /// One that begins, or one that joins when all is set up.
    pub fn new(chance: Chance, book: Rc<RefCell<Book>>, names: usize, keys: usize, number: usize) -> Self {
        let (jobs, granted, unsure) = (VecDeque::new(), Vec::new(), BTreeSet::new());
        let mut administrator = Self { chance, book, names, keys, jobs, granted, unsure, number, made: 0 };
        if number == 0 {
            administrator.set_up();
        }
        administrator
    }

    /// Whether it is still about to set things up.
    pub fn is_busy(&self) -> bool {
        !self.jobs.is_empty()
    }

    fn set_up(&mut self) {
        self.make_root();
        for number in 0..self.names {
            self.jobs.push_back(AuthCall::RoleAdd(AuthRoleAddRequest { name: role(number) }));
            let add = self.user_add(user(number));
            self.jobs.push_back(add);
            let (user, role) = (user(number), role(number));
            self.jobs.push_back(AuthCall::UserGrantRole(AuthUserGrantRoleRequest { user, role }));
        }
        // Somebody may do everything, others some of it.
        let everything = self.grant_of(role(0), Type::Readwrite, "k/".into(), "k0".into());
        self.jobs.push_back(everything);
        for number in 1..self.names {
            let grant = self.grant(role(number));
            self.jobs.push_back(grant);
        }
        self.jobs.push_back(AuthCall::Enable);
    }

    fn make_root(&mut self) {
        let add = self.user_add(ROOT.into());
        self.jobs.push_back(add);
        let grant = AuthUserGrantRoleRequest { user: ROOT.into(), role: ROOT.into() };
        self.jobs.push_back(AuthCall::UserGrantRole(grant));
    }

    /// What it does next.
    pub fn next(&mut self) -> AuthCall {
        let call = match self.jobs.front() {
            Some(job) => job.clone(),
            None => self.change(),
        };
        match &call {
            AuthCall::UserAdd(AuthUserAddRequest { name, password, .. })
            | AuthCall::UserChangePassword(AuthUserChangePasswordRequest { name, password, .. }) => {
                self.book.borrow_mut().may_become(name, password);
            }
            _ => {}
        }
        call
    }

    /// Takes note of how a call ended.
    pub fn learn(&mut self, call: &AuthCall, outcome: &Outcome) {
        let decided = matches!(outcome, Outcome::Answered(_) | Outcome::Refused(_));
        let turned_away = matches!(outcome, Outcome::Refused(text)
            if [refusal::INVALID_TOKEN, refusal::USER_EMPTY].contains(&text.as_str()));
        if decided && !turned_away && self.jobs.front() == Some(call) {
            self.jobs.pop_front();
        }
        match call {
            AuthCall::UserAdd(AuthUserAddRequest { name, password, .. })
            | AuthCall::UserChangePassword(AuthUserChangePasswordRequest { name, password, .. }) => match outcome {
                Outcome::Answered(_) => self.book.borrow_mut().became(name, password, true),
                Outcome::Refused(_) if !self.unsure.contains(password) => {
                    self.book.borrow_mut().became(name, password, false);
                }
                Outcome::Unknown(_) => _ = self.unsure.insert(password.clone()),
                Outcome::Refused(_) | Outcome::Failed(_) => {}
            },
            AuthCall::Enable => {
                let no_root = matches!(outcome, Outcome::Refused(text)
                    if [refusal::NO_ROOT_USER, refusal::NO_ROOT_ROLE].contains(&text.as_str()));
                if no_root {
                    self.make_root();
                    self.jobs.push_back(AuthCall::Enable);
                }
            }
            // For a while everything is allowed to everyone.
            AuthCall::Disable if !matches!(outcome, Outcome::Refused(_)) && !self.is_busy() => {
                for _ in 0..self.chance.below(3) {
                    let job = self.change();
                    // Root may be taken away now: that is for those who are not alone.
                    if !matches!(job, AuthCall::Disable) && !format!("{job:?}").contains(ROOT) {
                        self.jobs.push_back(job);
                    }
                }
                self.jobs.push_back(AuthCall::Enable);
            }
            _ => {}
        }
    }

    fn change(&mut self) -> AuthCall {
        let (some_user, some_role) = (user(self.chance.below(self.names)), role(self.chance.below(self.names)));
        let weights = [
            (26, 0),
            (14, 1),
            (16, 2),
            (8, 3),
            (5, 4),
            (8, 5),
            (4, 6),
            (6, 7),
            (3, 8),
            (2, 9),
            (2, 10),
            (3, 11),
            (3, 12),
            (3, 13),
            (2, 14),
            (2, 15),
            (2, 16),
        ];
        match self.chance.weighted(&weights) {
            0 => self.grant(some_role),
            1 => self.revoke(),
            2 => AuthCall::UserGrantRole(AuthUserGrantRoleRequest { user: some_user, role: some_role }),
            3 => AuthCall::UserRevokeRole(AuthUserRevokeRoleRequest { name: some_user, role: some_role }),
            4 => {
                let name = if self.chance.percent(20) { ROOT.into() } else { some_user };
                let password = self.password();
                let change = AuthUserChangePasswordRequest { name, password, ..AuthUserChangePasswordRequest::default() };
                AuthCall::UserChangePassword(change)
            }
            5 => self.user_add(some_user),
            6 => AuthCall::UserDelete(AuthUserDeleteRequest { name: some_user }),
            7 => AuthCall::RoleAdd(AuthRoleAddRequest { name: some_role }),
            8 => AuthCall::RoleDelete(AuthRoleDeleteRequest { role: some_role }),
            9 => AuthCall::Disable,
            10 => AuthCall::Enable,
            11 => AuthCall::Status,
            12 => AuthCall::UserGet(AuthUserGetRequest { name: some_user }),
            13 => AuthCall::RoleGet(AuthRoleGetRequest { role: some_role }),
            14 => AuthCall::UserList,
            15 => AuthCall::RoleList,
            // Refused while authentication is on.
            _ => match self.chance.below(2) {
                0 => AuthCall::UserDelete(AuthUserDeleteRequest { name: ROOT.into() }),
                _ => AuthCall::UserRevokeRole(AuthUserRevokeRoleRequest { name: ROOT.into(), role: ROOT.into() }),
            },
        }
    }

    fn password(&mut self) -> String {
        self.made += 1;
        format!("password {}.{}", self.number, self.made)
    }

    fn user_add(&mut self, name: String) -> AuthCall {
        let password = self.password();
        AuthCall::UserAdd(AuthUserAddRequest { name, password, ..AuthUserAddRequest::default() })
    }

    fn key(&mut self) -> Bytes {
        format!("k/{:02}", self.chance.below(self.keys)).into()
    }

    /// A key, a range that may be an empty one, all keys of clients, all from a key on, or all.
    fn grant(&mut self, role: String) -> AuthCall {
        let kind = self.chance.of(&[Type::Read, Type::Write, Type::Readwrite, Type::Readwrite]);
        let (key, range_end) = match self.chance.below(10) {
            0..=2 => (self.key(), Bytes::new()),
            3..=5 => (self.key(), self.key()),
            6..=7 => ("k/".into(), "k0".into()),
            8 => (self.key(), Bytes::from_static(b"\0")),
            _ => (Bytes::from_static(b"\0"), Bytes::from_static(b"\0")),
        };
        self.grant_of(role, kind, key, range_end)
    }

    fn grant_of(&mut self, role: String, kind: Type, key: Bytes, range_end: Bytes) -> AuthCall {
        if self.granted.len() >= GRANTED_MAX {
            self.granted.remove(0);
        }
        self.granted.push((role.clone(), key.clone(), range_end.clone()));
        let perm = Some(Permission { perm_type: kind.into(), key, range_end });
        AuthCall::RoleGrantPermission(AuthRoleGrantPermissionRequest { name: role, perm })
    }

    fn revoke(&mut self) -> AuthCall {
        let (role, key, range_end) = match self.granted.len() {
            0 => (role(0), self.key(), Bytes::new()),
            count => self.granted.remove(self.chance.below(count)),
        };
        AuthCall::RoleRevokePermission(AuthRoleRevokePermissionRequest { role, key, range_end })
    }
}
