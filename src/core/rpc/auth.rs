//! The Auth service: users, roles, and how to become one's user.
//!
//! Changes are commands like any other, checked when they are applied. What only looks is answered here, after a wait for everything that
//! was acknowledged before.

use base64::{Engine, prelude::BASE64_STANDARD};
use quorate_proto::{
    authpb::{Permission, permission::Type},
    etcdserverpb::{
        AuthDisableRequest, AuthDisableResponse, AuthEnableRequest, AuthEnableResponse, AuthRoleAddRequest, AuthRoleAddResponse,
        AuthRoleDeleteRequest, AuthRoleDeleteResponse, AuthRoleGetRequest, AuthRoleGetResponse, AuthRoleGrantPermissionRequest,
        AuthRoleGrantPermissionResponse, AuthRoleListRequest, AuthRoleListResponse, AuthRoleRevokePermissionRequest,
        AuthRoleRevokePermissionResponse, AuthStatusRequest, AuthStatusResponse, AuthUserAddRequest, AuthUserAddResponse,
        AuthUserChangePasswordRequest, AuthUserChangePasswordResponse, AuthUserDeleteRequest, AuthUserDeleteResponse,
        AuthUserGetRequest, AuthUserGetResponse, AuthUserGrantRoleRequest, AuthUserGrantRoleResponse, AuthUserListRequest,
        AuthUserListResponse, AuthUserRevokeRoleRequest, AuthUserRevokeRoleResponse, AuthenticateRequest, AuthenticateResponse,
        ResponseHeader, auth_server,
    },
};
use tonic::{Request, Response, Status};

use super::{
    caller::{Shown, audited, propose},
    header,
    kv::{admit, enter},
};
use crate::core::{
    apply::Command,
    auth::{AuthCommand, AuthStore, Author, ROOT},
    refusal::AuthRefusal,
    server::{
        ServerHandle,
        auth::{Change, Login},
    },
};

/// Serves `etcdserverpb.Auth`.
#[derive(Clone)]
pub struct AuthService {
    server: ServerHandle,
}

impl AuthService {
    pub fn new(server: ServerHandle) -> Self {
        Self { server }
    }

    /// Replicates a change, and gives the header of its answer.
    async fn change(&self, shown: &Shown, command: AuthCommand) -> Result<Option<ResponseHeader>, Status> {
        let (caller, command) = (shown.caller(&self.server).await, Command::Auth(command));
        let caller = shown.noted(&self.server, caller, || Change::of_command(&command)).await?;
        propose(&self.server, &caller, command).await??;
        Ok(header::at(&self.server, 0))
    }

    /// Looks at users and roles as they are once everything acknowledged is applied, if the check allows it.
    async fn look<T>(
        &self,
        shown: &Shown,
        check: impl FnOnce(&AuthStore, &Author) -> Result<(), AuthRefusal>,
        read: impl FnOnce(&AuthStore) -> Result<T, AuthRefusal>,
    ) -> Result<(Option<ResponseHeader>, T), Status> {
        let caller = shown.caller(&self.server).await?;
        self.server.linearizable().await?;
        let store = self.server.state().auth.read();
        check(&store, &caller.author)?;
        let found = read(&store)?;
        drop(store);
        Ok((header::at(&self.server, 0), found))
    }

    /// A password's hash as it travels. One that is too long is told so whoever asks, as in etcd; for others nobody who may not change users
    /// makes this member work.
    async fn hashed(&self, shown: &Shown, password: &str, change: impl FnOnce() -> Change) -> Result<String, Status> {
        let hashed = async {
            self.server.auth().check_password(password)?;
            shown.root(&self.server).await?;
            Ok(BASE64_STANDARD.encode(self.server.hash_password(password).await?))
        };
        let hashed = hashed.await;
        shown.noted(&self.server, hashed, || Some(change())).await
    }
}

#[tonic::async_trait]
impl auth_server::Auth for AuthService {
    async fn auth_enable(&self, request: Request<AuthEnableRequest>) -> Result<Response<AuthEnableResponse>, Status> {
        let (shown, request) = enter(&self.server, request)?;
        let header = self.change(&shown, AuthCommand::Enable(request)).await?;
        Ok(Response::new(AuthEnableResponse { header }))
    }

    async fn auth_disable(&self, request: Request<AuthDisableRequest>) -> Result<Response<AuthDisableResponse>, Status> {
        let (shown, request) = enter(&self.server, request)?;
        let header = self.change(&shown, AuthCommand::Disable(request)).await?;
        Ok(Response::new(AuthDisableResponse { header }))
    }

    async fn auth_status(&self, request: Request<AuthStatusRequest>) -> Result<Response<AuthStatusResponse>, Status> {
        let (shown, AuthStatusRequest {}) = enter(&self.server, request)?;
        let read = |store: &AuthStore| Ok((store.is_enabled(), store.revision()));
        let (header, (enabled, auth_revision)) = self.look(&shown, |_, _| Ok(()), read).await?;
        Ok(Response::new(AuthStatusResponse { header, enabled, auth_revision }))
    }

    async fn authenticate(&self, request: Request<AuthenticateRequest>) -> Result<Response<AuthenticateResponse>, Status> {
        admit(&self.server, request.metadata())?;
        let shown = Shown::of_stream(request.metadata().as_ref(), request.extensions());
        let AuthenticateRequest { name, password } = request.into_inner();
        let somewhere = shown.somewhere(&self.server);
        let noted = self.server.auth().audit().map(|_| Change::login(&name)).unwrap_or_default();
        let (server, login) = (self.server.clone(), Login { name, password, source: shown.source() });
        let logging_in = async move { server.authenticate(login).await.map_err(Status::from) };
        let token = audited(&self.server, &somewhere, || noted, logging_in).await?;
        Ok(Response::new(AuthenticateResponse { header: header::at(&self.server, 0), token }))
    }

    async fn user_add(&self, request: Request<AuthUserAddRequest>) -> Result<Response<AuthUserAddResponse>, Status> {
        let (shown, mut request) = enter(&self.server, request)?;
        if !request.options.is_some_and(|options| options.no_password) {
            let change = || Change::user_add(&request.name);
            request.hashed_password = self.hashed(&shown, &request.password, change).await?;
        }
        request.password = String::new();
        let header = self.change(&shown, AuthCommand::UserAdd(request)).await?;
        Ok(Response::new(AuthUserAddResponse { header }))
    }

    async fn user_get(&self, request: Request<AuthUserGetRequest>) -> Result<Response<AuthUserGetResponse>, Status> {
        let (shown, AuthUserGetRequest { name }) = enter(&self.server, request)?;
        let check = |store: &AuthStore, author: &Author| store.check_user_get(author, &name);
        let read = |store: &AuthStore| Ok(store.user(&name).ok_or(AuthRefusal::UserNotFound)?.roles().to_vec());
        let (header, roles) = self.look(&shown, check, read).await?;
        Ok(Response::new(AuthUserGetResponse { header, roles }))
    }

    async fn user_list(&self, request: Request<AuthUserListRequest>) -> Result<Response<AuthUserListResponse>, Status> {
        let (shown, AuthUserListRequest {}) = enter(&self.server, request)?;
        let read = |store: &AuthStore| Ok(store.users().map(|user| user.name().to_owned()).collect());
        let (header, users) = self.look(&shown, AuthStore::check_root, read).await?;
        Ok(Response::new(AuthUserListResponse { header, users }))
    }

    async fn user_delete(&self, request: Request<AuthUserDeleteRequest>) -> Result<Response<AuthUserDeleteResponse>, Status> {
        let (shown, request) = enter(&self.server, request)?;
        let header = self.change(&shown, AuthCommand::UserDelete(request)).await?;
        Ok(Response::new(AuthUserDeleteResponse { header }))
    }

    async fn user_change_password(
        &self,
        request: Request<AuthUserChangePasswordRequest>,
    ) -> Result<Response<AuthUserChangePasswordResponse>, Status> {
        let (shown, mut request) = enter(&self.server, request)?;
        // Without a password the hash that the client sent is taken. Source: etcd 3.7.
        if !request.password.is_empty() {
            let change = || Change::user_change_password(&request.name);
            request.hashed_password = self.hashed(&shown, &request.password, change).await?;
            request.password = String::new();
        }
        let header = self.change(&shown, AuthCommand::UserChangePassword(request)).await?;
        Ok(Response::new(AuthUserChangePasswordResponse { header }))
    }

    async fn user_grant_role(
        &self,
        request: Request<AuthUserGrantRoleRequest>,
    ) -> Result<Response<AuthUserGrantRoleResponse>, Status> {
        let (shown, request) = enter(&self.server, request)?;
        let header = self.change(&shown, AuthCommand::UserGrantRole(request)).await?;
        Ok(Response::new(AuthUserGrantRoleResponse { header }))
    }

    async fn user_revoke_role(
        &self,
        request: Request<AuthUserRevokeRoleRequest>,
    ) -> Result<Response<AuthUserRevokeRoleResponse>, Status> {
        let (shown, request) = enter(&self.server, request)?;
        let header = self.change(&shown, AuthCommand::UserRevokeRole(request)).await?;
        Ok(Response::new(AuthUserRevokeRoleResponse { header }))
    }

    async fn role_add(&self, request: Request<AuthRoleAddRequest>) -> Result<Response<AuthRoleAddResponse>, Status> {
        let (shown, request) = enter(&self.server, request)?;
        let header = self.change(&shown, AuthCommand::RoleAdd(request)).await?;
        Ok(Response::new(AuthRoleAddResponse { header }))
    }

    async fn role_get(&self, request: Request<AuthRoleGetRequest>) -> Result<Response<AuthRoleGetResponse>, Status> {
        let (shown, AuthRoleGetRequest { role: name }) = enter(&self.server, request)?;
        let check = |store: &AuthStore, author: &Author| store.check_role_get(author, &name);
        let read = |store: &AuthStore| {
            let role = store.role(&name).ok_or(AuthRefusal::RoleNotFound)?;
            Ok(if name == ROOT { vec![everything()] } else { role.key_permission.clone() })
        };
        let (header, perm) = self.look(&shown, check, read).await?;
        Ok(Response::new(AuthRoleGetResponse { header, perm }))
    }

    async fn role_list(&self, request: Request<AuthRoleListRequest>) -> Result<Response<AuthRoleListResponse>, Status> {
        let (shown, AuthRoleListRequest {}) = enter(&self.server, request)?;
        let read = |store: &AuthStore| Ok(store.role_names().map(str::to_owned).collect());
        let (header, roles) = self.look(&shown, AuthStore::check_root, read).await?;
        Ok(Response::new(AuthRoleListResponse { header, roles }))
    }

    async fn role_delete(&self, request: Request<AuthRoleDeleteRequest>) -> Result<Response<AuthRoleDeleteResponse>, Status> {
        let (shown, request) = enter(&self.server, request)?;
        let header = self.change(&shown, AuthCommand::RoleDelete(request)).await?;
        Ok(Response::new(AuthRoleDeleteResponse { header }))
    }

    async fn role_grant_permission(
        &self,
        request: Request<AuthRoleGrantPermissionRequest>,
    ) -> Result<Response<AuthRoleGrantPermissionResponse>, Status> {
        let (shown, request) = enter(&self.server, request)?;
        let header = self.change(&shown, AuthCommand::RoleGrantPermission(request)).await?;
        Ok(Response::new(AuthRoleGrantPermissionResponse { header }))
    }

    async fn role_revoke_permission(
        &self,
        request: Request<AuthRoleRevokePermissionRequest>,
    ) -> Result<Response<AuthRoleRevokePermissionResponse>, Status> {
        let (shown, request) = enter(&self.server, request)?;
        let header = self.change(&shown, AuthCommand::RoleRevokePermission(request)).await?;
        Ok(Response::new(AuthRoleRevokePermissionResponse { header }))
    }
}

/// What the role root is shown to grant.
fn everything() -> Permission {
    Permission { perm_type: Type::Readwrite.into(), key: Default::default(), range_end: vec![0].into() }
}
