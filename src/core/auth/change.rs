//! What changes users, roles and tokens, as it stands in the log, and what each change does.
//!
//! Source of the rules and of their order: etcd 3.7.

use base64::{Engine, prelude::BASE64_STANDARD};
use quorate_proto::{
    authpb::{Permission, Role, UserAddOptions},
    etcdserverpb::{
        AuthDisableRequest, AuthEnableRequest, AuthRoleAddRequest, AuthRoleDeleteRequest, AuthRoleGrantPermissionRequest,
        AuthRoleRevokePermissionRequest, AuthUserAddRequest, AuthUserChangePasswordRequest, AuthUserDeleteRequest,
        AuthUserGrantRoleRequest, AuthUserRevokeRoleRequest,
    },
};

use super::{
    super::{backend::Generation, key_range::KeyRange, refusal::AuthRefusal},
    AuthStore, Author, ROOT, User,
};

/// A change of users, roles or tokens. Passwords are hashed before it is made.
#[derive(Clone, Debug, PartialEq)]
pub enum AuthCommand {
    Enable(AuthEnableRequest),
    Disable(AuthDisableRequest),
    UserAdd(AuthUserAddRequest),
    UserDelete(AuthUserDeleteRequest),
    UserChangePassword(AuthUserChangePasswordRequest),
    UserGrantRole(AuthUserGrantRoleRequest),
    UserRevokeRole(AuthUserRevokeRoleRequest),
    RoleAdd(AuthRoleAddRequest),
    RoleDelete(AuthRoleDeleteRequest),
    RoleGrantPermission(AuthRoleGrantPermissionRequest),
    RoleRevokePermission(AuthRoleRevokePermissionRequest),
    TokenIssue(TokenIssue),
    TokenRenew(TokenRenewal),
}

/// A login: the digest of a token that is not in the log itself.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct TokenIssue {
    #[prost(string, tag = "1")]
    pub user: String,
    /// SHA-256 of the token's letters.
    #[prost(bytes = "bytes", tag = "2")]
    pub digest: bytes::Bytes,
    /// Revision of users and roles at which the password was right. The token is refused when they have changed since.
    #[prost(uint64, tag = "5")]
    pub revision: u64,
    /// Tokens to forget. Tags 3 and 4 were dates.
    #[prost(message, repeated, tag = "6")]
    pub over: Vec<TokenOver>,
}

/// A token that is over where it was looked at.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct TokenOver {
    #[prost(bytes = "bytes", tag = "1")]
    pub digest: bytes::Bytes,
    /// Index of the entry that had last given it time. If another one has since, the token is not over.
    #[prost(uint64, tag = "2")]
    pub renewed: u64,
}

/// More time for tokens that are in use.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct TokenRenewal {
    #[prost(bytes = "bytes", repeated, tag = "1")]
    pub digests: Vec<bytes::Bytes>,
}

type Verdict = Result<(), AuthRefusal>;

impl AuthStore {
    /// Applies a change that stands at `index` of the log.
    ///
    /// # Errors
    /// Then nothing has changed.
    pub fn apply(&mut self, command: &AuthCommand, author: &Author, index: u64, out: &Generation) -> Verdict {
        match command {
            // Logins are for everyone, and their renewal is the members' own.
            AuthCommand::TokenIssue(issue) => return self.issue_token(issue, index, out),
            AuthCommand::TokenRenew(renewal) => {
                self.renew_tokens(renewal, index, out);
                return Ok(());
            }
            _ => self.check_root(author)?,
        }
        match command {
            AuthCommand::Enable(_) => self.enable(out),
            AuthCommand::Disable(_) => {
                self.disable(out);
                Ok(())
            }
            AuthCommand::UserAdd(request) => self.user_add(request, out),
            AuthCommand::UserDelete(request) => self.user_delete(&request.name, out),
            AuthCommand::UserChangePassword(request) => self.user_change_password(request, out),
            AuthCommand::UserGrantRole(request) => self.user_grant_role(&request.user, &request.role, out),
            AuthCommand::UserRevokeRole(request) => self.user_revoke_role(&request.name, &request.role, out),
            AuthCommand::RoleAdd(request) => self.role_add(&request.name, out),
            AuthCommand::RoleDelete(request) => self.role_delete(&request.role, out),
            AuthCommand::RoleGrantPermission(request) => self.role_grant(request, out),
            AuthCommand::RoleRevokePermission(request) => self.role_revoke(request, out),
            AuthCommand::TokenIssue(_) | AuthCommand::TokenRenew(_) => unreachable!("answered above"),
        }
    }

    fn enable(&mut self, out: &Generation) -> Verdict {
        if self.is_enabled() {
            return Ok(());
        }
        let root = self.user(ROOT).ok_or(AuthRefusal::RootUserNotExist)?;
        if !root.has_role(ROOT) {
            return Err(AuthRefusal::RootRoleNotExist);
        }
        self.set_enabled(true, out);
        Ok(())
    }

    fn disable(&mut self, out: &Generation) {
        if self.is_enabled() {
            self.set_enabled(false, out);
            self.drop_all_tokens(out);
            self.bump(out);
        }
    }

    fn user_add(&mut self, request: &AuthUserAddRequest, out: &Generation) -> Verdict {
        if request.name.is_empty() {
            return Err(AuthRefusal::UserEmpty);
        }
        if self.user(&request.name).is_some() {
            return Err(AuthRefusal::UserExists);
        }
        let options = request.options.unwrap_or(UserAddOptions { no_password: false });
        let password = if options.no_password { Vec::new() } else { hash_of(&request.hashed_password)? };
        self.set_user(User::new(&request.name, password, Vec::new(), Some(options)), out);
        self.bump(out);
        Ok(())
    }

    fn user_delete(&mut self, name: &str, out: &Generation) -> Verdict {
        if self.is_enabled() && name == ROOT {
            return Err(AuthRefusal::InvalidManagement);
        }
        if self.user(name).is_none() {
            return Err(AuthRefusal::UserNotFound);
        }
        self.remove_user(name, out);
        self.drop_tokens_of(name, out);
        self.bump(out);
        Ok(())
    }

    fn user_change_password(&mut self, request: &AuthUserChangePasswordRequest, out: &Generation) -> Verdict {
        let user = self.user(&request.name).ok_or(AuthRefusal::UserNotFound)?;
        let password = if user.has_no_password() { Vec::new() } else { hash_of(&request.hashed_password)? };
        let changed = User::new(&request.name, password, user.roles().to_vec(), user.options());
        self.set_user(changed, out);
        self.drop_tokens_of(&request.name, out);
        self.bump(out);
        Ok(())
    }

    /// A role that is held already changes nothing, not even the revision.
    fn user_grant_role(&mut self, name: &str, role: &str, out: &Generation) -> Verdict {
        let user = self.user(name).ok_or(AuthRefusal::UserNotFound)?;
        if role != ROOT && self.role(role).is_none() {
            return Err(AuthRefusal::RoleNotFound);
        }
        if user.has_role(role) {
            return Ok(());
        }
        let mut roles = user.roles().to_vec();
        roles.push(role.to_owned());
        let changed = user.with_roles(roles);
        self.set_user(changed, out);
        self.bump(out);
        Ok(())
    }

    fn user_revoke_role(&mut self, name: &str, role: &str, out: &Generation) -> Verdict {
        if self.is_enabled() && name == ROOT && role == ROOT {
            return Err(AuthRefusal::InvalidManagement);
        }
        let user = self.user(name).ok_or(AuthRefusal::UserNotFound)?;
        if !user.has_role(role) {
            return Err(AuthRefusal::RoleNotGranted);
        }
        let changed = user.without_role(role);
        self.set_user(changed, out);
        self.bump(out);
        Ok(())
    }

    fn role_add(&mut self, name: &str, out: &Generation) -> Verdict {
        if name.is_empty() {
            return Err(AuthRefusal::RoleEmpty);
        }
        if self.role(name).is_some() {
            return Err(AuthRefusal::RoleExists);
        }
        self.set_role(Role { name: name.to_owned().into(), key_permission: Vec::new() }, out);
        self.bump(out);
        Ok(())
    }

    fn role_delete(&mut self, name: &str, out: &Generation) -> Verdict {
        if self.is_enabled() && name == ROOT {
            return Err(AuthRefusal::InvalidManagement);
        }
        if self.role(name).is_none() {
            return Err(AuthRefusal::RoleNotFound);
        }
        self.remove_role(name, out);
        let holders: Vec<User> = self.users().filter(|user| user.has_role(name)).map(|user| user.without_role(name)).collect();
        for user in holders {
            self.set_user(user, out);
        }
        self.bump(out);
        Ok(())
    }

    fn role_grant(&mut self, request: &AuthRoleGrantPermissionRequest, out: &Generation) -> Verdict {
        let granted = request.perm.as_ref().ok_or(AuthRefusal::PermissionNotGiven)?;
        if granted.key.is_empty() || KeyRange::new(&granted.key, &granted.range_end).is_empty() {
            return Err(AuthRefusal::InvalidManagement);
        }
        let mut role = self.role(&request.name).cloned().ok_or(AuthRefusal::RoleNotFound)?;
        // Of several grants that begin with this key the first alone is looked at: another one stays, beside the new one, with what it
        // allows, until the range is revoked. Source: etcd 3.7.
        let first = role.key_permission.partition_point(|held| held.key < granted.key);
        match role.key_permission.get_mut(first).filter(|held| is_same_range(held, granted)) {
            Some(held) => held.perm_type = granted.perm_type,
            None => {
                role.key_permission.push(granted.clone());
                // Stable, so that grants of one key stay in the order in which they were made.
                role.key_permission.sort_by(|a, b| a.key.cmp(&b.key));
            }
        }
        self.set_role(role, out);
        self.bump(out);
        Ok(())
    }

    fn role_revoke(&mut self, request: &AuthRoleRevokePermissionRequest, out: &Generation) -> Verdict {
        let mut role = self.role(&request.role).cloned().ok_or(AuthRefusal::RoleNotFound)?;
        let before = role.key_permission.len();
        role.key_permission.retain(|held| held.key != request.key || held.range_end != request.range_end);
        if role.key_permission.len() == before {
            return Err(AuthRefusal::PermissionNotGranted);
        }
        self.set_role(role, out);
        self.bump(out);
        Ok(())
    }
}

/// A hash as it travels.
fn hash_of(text: &str) -> Result<Vec<u8>, AuthRefusal> {
    BASE64_STANDARD.decode(text).map_err(|_| AuthRefusal::NoPasswordUser)
}

fn is_same_range(a: &Permission, b: &Permission) -> bool {
    a.key == b.key && a.range_end == b.range_end
}
