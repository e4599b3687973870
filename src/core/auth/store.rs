//! Users and roles, and what a user's roles grant together.

use std::{
    collections::BTreeMap,
    sync::{
        OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use parking_lot::{RwLock, RwLockReadGuard};
use prost::Message;
use quorate_proto::authpb::{self, Role, UserAddOptions, permission::Type};

use super::{
    super::{
        backend::{DurableRead, Generation, Result, Table, table::meta},
        key_range::KeyRange,
        refusal::AuthRefusal,
    },
    AuthCommand, Author, Tokens,
    intervals::Intervals,
    rows::{damaged, row_key},
};
use crate::core::planted::{Bug, planted};

/// Revision of users and roles before any change.
const FIRST_REVISION: u64 = 1;

/// A user.
#[derive(Debug)]
pub struct User {
    name: String,
    stored: authpb::User,
    granted: OnceLock<Granted>,
}

/// What all roles of a user grant together. Made when first asked for, and anew after a change of the user or of a role.
#[derive(Debug, Default)]
struct Granted {
    readable: Intervals,
    writable: Intervals,
}

impl User {
    pub(super) fn new(name: &str, password: Vec<u8>, mut roles: Vec<String>, options: Option<UserAddOptions>) -> Self {
        roles.sort_unstable();
        let name = name.to_owned();
        let stored = authpb::User { name: name.clone().into(), password: password.into(), roles, options };
        Self { name, stored, granted: OnceLock::new() }
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let stored = authpb::User::decode(bytes).ok()?;
        let name = String::from_utf8(stored.name.to_vec()).ok()?;
        Some(Self { name, stored, granted: OnceLock::new() })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Roles in order.
    pub fn roles(&self) -> &[String] {
        &self.stored.roles
    }

    pub fn has_role(&self, role: &str) -> bool {
        self.stored.roles.iter().any(|held| held == role)
    }

    /// The bcrypt hash of the password; empty for a user without one.
    pub fn password_hash(&self) -> &[u8] {
        &self.stored.password
    }

    /// Whether the user is known by a certificate alone.
    pub fn has_no_password(&self) -> bool {
        self.stored.options.is_some_and(|options| options.no_password)
    }

    pub(super) fn options(&self) -> Option<UserAddOptions> {
        self.stored.options
    }

    pub(super) fn with_roles(&self, mut roles: Vec<String>) -> Self {
        roles.sort_unstable();
        let stored = authpb::User { roles, ..self.stored.clone() };
        Self { name: self.name.clone(), stored, granted: OnceLock::new() }
    }

    pub(super) fn without_role(&self, role: &str) -> Self {
        self.with_roles(self.stored.roles.iter().filter(|held| *held != role).cloned().collect())
    }

    /// Keys that the user may read. [`AuthStore::user`] has filled this in.
    pub(super) fn readable(&self) -> &Intervals {
        &self.granted().readable
    }

    /// Keys that the user may write.
    pub(super) fn writable(&self) -> &Intervals {
        &self.granted().writable
    }

    fn granted(&self) -> &Granted {
        self.granted.get().expect("whoever is looked up is given what was granted")
    }
}

/// Users, roles, tokens, and whether they matter. Changed by apply alone; every change also goes to the generation that is passed.
#[derive(Debug)]
pub struct AuthStore {
    enabled: bool,
    revision: u64,
    users: BTreeMap<String, User>,
    roles: BTreeMap<String, Role>,
    pub(super) tokens: Tokens,
}

impl Default for AuthStore {
    fn default() -> Self {
        let (users, roles) = (BTreeMap::new(), BTreeMap::new());
        Self { enabled: false, revision: FIRST_REVISION, users, roles, tokens: Tokens::default() }
    }
}

impl AuthStore {
    /// Reads everything from the disk.
    pub fn load(disk: &dyn DurableRead) -> Result<Self> {
        let mut store = Self { tokens: Tokens::load(disk)?, ..Self::default() };
        for row in disk.scan(Table::User, &[])? {
            let (key, value) = row?;
            let user = User::decode(value).ok_or_else(|| damaged(Table::User, key))?;
            store.users.insert(user.name.clone(), user);
        }
        for row in disk.scan(Table::Role, &[])? {
            let (key, value) = row?;
            let role = Role::decode(value).ok().and_then(|role| Some((String::from_utf8(role.name.to_vec()).ok()?, role)));
            let (name, role) = role.ok_or_else(|| damaged(Table::Role, key))?;
            store.roles.insert(name, role);
        }
        store.enabled = disk.get(Table::Meta, meta::AUTH_ENABLED)?.is_some();
        if let Some(revision) = disk.get(Table::Meta, meta::AUTH_REVISION)? {
            let revision = revision.try_into().map_err(|_| damaged(Table::Meta, meta::AUTH_REVISION))?;
            store.revision = u64::from_le_bytes(revision);
        }
        Ok(store)
    }

    pub fn is_enabled(&self) -> bool {
        self.enabled
    }

    /// Moves with each change of users and roles, from 1.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// A user by name.
    pub fn user(&self, name: &str) -> Option<&User> {
        let user = self.users.get(name)?;
        user.granted.get_or_init(|| self.granted_to(user));
        Some(user)
    }

    /// Users by name.
    pub fn users(&self) -> impl Iterator<Item = &User> {
        self.users.values()
    }

    pub fn role(&self, name: &str) -> Option<&Role> {
        self.roles.get(name)
    }

    /// Names of the roles, in order.
    pub fn role_names(&self) -> impl Iterator<Item = &str> {
        self.roles.keys().map(String::as_str)
    }

    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    fn granted_to(&self, user: &User) -> Granted {
        let permissions = || user.roles().iter().filter_map(|role| self.roles.get(role)).flat_map(|role| &role.key_permission);
        let of = |kinds: [Type; 2]| {
            let granted = permissions().filter(|held| kinds.iter().any(|kind| *kind as i32 == held.perm_type));
            let ranges: Vec<KeyRange> = granted.map(|held| KeyRange::new(&held.key, &held.range_end)).collect();
            Intervals::of(ranges.iter())
        };
        Granted { readable: of([Type::Read, Type::Readwrite]), writable: of([Type::Write, Type::Readwrite]) }
    }

    pub(super) fn set_enabled(&mut self, enabled: bool, out: &Generation) {
        self.enabled = enabled;
        if enabled {
            out.put_small(Table::Meta, meta::AUTH_ENABLED, &[1]);
        } else {
            out.delete_small(Table::Meta, meta::AUTH_ENABLED);
        }
    }

    pub(super) fn bump(&mut self, out: &Generation) {
        self.revision += 1;
        out.put_small(Table::Meta, meta::AUTH_REVISION, &self.revision.to_le_bytes());
    }

    pub(super) fn set_user(&mut self, user: User, out: &Generation) {
        out.put_small(Table::User, &row_key(&user.name), &user.stored.encode_to_vec());
        self.users.insert(user.name.clone(), user);
    }

    pub(super) fn remove_user(&mut self, name: &str, out: &Generation) {
        self.users.remove(name);
        out.delete_small(Table::User, &row_key(name));
    }

    pub(super) fn set_role(&mut self, role: Role, out: &Generation) {
        let name = String::from_utf8_lossy(&role.name).into_owned();
        out.put_small(Table::Role, &row_key(&name), &role.encode_to_vec());
        self.forget_granted(&name);
        self.roles.insert(name, role);
    }

    pub(super) fn remove_role(&mut self, name: &str, out: &Generation) {
        self.roles.remove(name);
        self.forget_granted(name);
        out.delete_small(Table::Role, &row_key(name));
    }

    fn forget_granted(&mut self, role: &str) {
        if planted(Bug::GrantedKept) {
            return;
        }
        for user in self.users.values_mut().filter(|user| user.has_role(role)) {
            user.granted = OnceLock::new();
        }
    }
}

/// The store as apply and the requests share it. Whether authentication is on costs one load to know.
#[derive(Debug, Default)]
pub struct SharedAuth {
    enabled: AtomicBool,
    revision: AtomicU64,
    store: RwLock<AuthStore>,
}

impl SharedAuth {
    pub fn new(store: AuthStore) -> Self {
        let (enabled, revision) = (AtomicBool::new(store.enabled), AtomicU64::new(store.revision));
        Self { enabled, revision, store: RwLock::new(store) }
    }

    pub fn is_enabled(&self) -> bool {
        self.enabled.load(Ordering::SeqCst)
    }

    /// Moves with each change of users and roles.
    pub fn revision(&self) -> u64 {
        self.revision.load(Ordering::SeqCst)
    }

    pub fn read(&self) -> RwLockReadGuard<'_, AuthStore> {
        self.store.read()
    }

    /// Puts another store in the place of this one.
    pub fn replace(&self, store: AuthStore) {
        let mut own = self.store.write();
        *own = store;
        self.publish(&own);
    }

    /// Applies a change: see [`AuthStore::apply`].
    ///
    /// # Errors
    /// Then nothing has changed.
    pub fn apply(
        &self,
        command: &AuthCommand,
        author: &Author,
        index: u64,
        out: &Generation,
    ) -> std::result::Result<(), AuthRefusal> {
        let mut own = self.store.write();
        let verdict = own.apply(command, author, index, out);
        self.publish(&own);
        verdict
    }

    fn publish(&self, store: &AuthStore) {
        self.revision.store(store.revision, Ordering::SeqCst);
        self.enabled.store(store.enabled, Ordering::SeqCst);
    }
}
