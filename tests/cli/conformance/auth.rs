//! The drawing of changes to users, roles and permissions, and of requests as everyone, with and without authentication.

use std::time::Duration;

use quorate_proto::{
    authpb::{Permission, UserAddOptions},
    etcdserverpb::{
        AuthDisableRequest, AuthEnableRequest, AuthRoleAddRequest, AuthRoleDeleteRequest, AuthRoleGetRequest,
        AuthRoleGrantPermissionRequest, AuthRoleListRequest, AuthRoleRevokePermissionRequest, AuthStatusRequest,
        AuthUserAddRequest, AuthUserChangePasswordRequest, AuthUserDeleteRequest, AuthUserGetRequest, AuthUserGrantRoleRequest,
        AuthUserListRequest, AuthUserRevokeRoleRequest, AuthenticateRequest, LeaseTimeToLiveRequest,
    },
};
use tonic::Response;

use super::driver::Driver;

const USERS: [&str; 5] = ["root", "u1", "u2", "u3", ""];
const ROLES: [&str; 5] = ["root", "r1", "r2", "r3", ""];

/// One request of the Auth service: its name, the types of its messages, the method.
macro_rules! ask {
    ($driver:expr, $op:literal, $messages:literal, $method:ident, $request:expr) => {{
        let request = $request;
        let signed = $driver.signed(request.clone());
        let mut client = $driver.clients.auth.clone();
        let names = [concat!($messages, "Request"), concat!($messages, "Response")];
        $driver.unary($op, names, request, async move { client.$method(signed).await }).await;
    }};
}

impl Driver {
    fn one_of(&mut self, names: [&str; 5]) -> String {
        names[self.draw.random.int(15) as usize % 5].to_owned()
    }

    fn user(&mut self) -> String {
        self.one_of(USERS)
    }

    fn role(&mut self) -> String {
        self.one_of(ROLES)
    }

    pub async fn auth_mode(&mut self, steps: usize) {
        for _ in 0..steps {
            match self.draw.random.int(100) {
                n @ 0..32 => self.user_step(n).await,
                n @ 32..61 => self.role_step(n).await,
                61..65 => ask!(self, "AuthEnable", "AuthEnable", auth_enable, AuthEnableRequest {}),
                65 => ask!(self, "AuthDisable", "AuthDisable", auth_disable, AuthDisableRequest {}),
                66..68 => ask!(self, "AuthStatus", "AuthStatus", auth_status, AuthStatusRequest {}),
                68..76 => {
                    let name = self.user();
                    let password = ["p", "p", "p", "wrong"][self.draw.random.int(4) as usize];
                    self.log_in(name, password).await;
                }
                76..78 => self.token = None,
                78 => self.token = Some("no.such".into()),
                79..81 => {
                    let id = 100 + self.draw.random.int(5);
                    self.lease_grant(id, 5000).await;
                }
                81 => {
                    let id = 100 + self.draw.random.int(5);
                    self.lease_revoke(id).await;
                }
                82 => {
                    let id = 100 + self.draw.random.int(5);
                    let keys = self.draw.percent(60);
                    self.lease_time_to_live(LeaseTimeToLiveRequest { id, keys }).await;
                }
                83 => self.compact_step(Duration::ZERO).await,
                _ => self.kv_step(Duration::ZERO).await,
            }
        }
        self.token = None;
    }

    async fn log_in(&mut self, name: String, password: &str) {
        self.token = None;
        let request = AuthenticateRequest { name, password: password.to_owned() };
        let answer = self.clients.auth.authenticate(request.clone()).await.map(Response::into_inner);
        let token = answer.as_ref().ok().map(|answer| answer.token.clone());
        let names = ["AuthenticateRequest", "AuthenticateResponse"];
        if self.unary("Authenticate", names, request, async { answer.map(Response::new) }).await.is_some() {
            self.token = token;
        }
    }

    async fn user_step(&mut self, n: i64) {
        match n {
            0..12 => {
                let name = self.user();
                let options = Some(UserAddOptions { no_password: self.draw.percent(15) });
                let request = AuthUserAddRequest { name, password: "p".into(), options, ..Default::default() };
                ask!(self, "UserAdd", "AuthUserAdd", user_add, request);
            }
            12..15 => {
                let name = self.user();
                ask!(self, "UserDelete", "AuthUserDelete", user_delete, AuthUserDeleteRequest { name });
            }
            15..18 => {
                let name = self.user();
                ask!(self, "UserGet", "AuthUserGet", user_get, AuthUserGetRequest { name });
            }
            18..20 => ask!(self, "UserList", "AuthUserList", user_list, AuthUserListRequest {}),
            20..22 => {
                let name = self.user();
                let request = AuthUserChangePasswordRequest { name, password: "p".into(), ..Default::default() };
                ask!(self, "UserChangePassword", "AuthUserChangePassword", user_change_password, request);
            }
            _ => {
                let (user, role) = (self.user(), self.role());
                ask!(self, "UserGrantRole", "AuthUserGrantRole", user_grant_role, AuthUserGrantRoleRequest { user, role });
            }
        }
    }

    async fn role_step(&mut self, n: i64) {
        match n {
            32..35 => {
                let (name, role) = (self.user(), self.role());
                let request = AuthUserRevokeRoleRequest { name, role };
                ask!(self, "UserRevokeRole", "AuthUserRevokeRole", user_revoke_role, request);
            }
            35..43 => {
                let name = self.role();
                ask!(self, "RoleAdd", "AuthRoleAdd", role_add, AuthRoleAddRequest { name });
            }
            43..45 => {
                let role = self.role();
                ask!(self, "RoleDelete", "AuthRoleDelete", role_delete, AuthRoleDeleteRequest { role });
            }
            45..48 => {
                let role = self.role();
                ask!(self, "RoleGet", "AuthRoleGet", role_get, AuthRoleGetRequest { role });
            }
            48..50 => ask!(self, "RoleList", "AuthRoleList", role_list, AuthRoleListRequest {}),
            50..58 => {
                let key = self.draw.key();
                let name = self.role();
                let perm_type = self.draw.random.int(3) as i32;
                let range_end = self.draw.end(&key);
                let perm = Some(Permission { perm_type, key, range_end });
                let perm = if self.draw.percent(3) { None } else { perm };
                let request = AuthRoleGrantPermissionRequest { name, perm };
                ask!(self, "RoleGrantPermission", "AuthRoleGrantPermission", role_grant_permission, request);
            }
            _ => {
                let key = self.draw.key();
                let role = self.role();
                let range_end = self.draw.end(&key);
                let request = AuthRoleRevokePermissionRequest { role, key, range_end };
                ask!(self, "RoleRevokePermission", "AuthRoleRevokePermission", role_revoke_permission, request);
            }
        }
    }
}
