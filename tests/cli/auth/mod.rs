//! Users, roles and permissions against real processes: who may call what, what once were holes in etcd, and logins that last.

mod audit;
mod floods;
mod guessing;
mod holes;
mod logins;
mod matrix;

use std::time::Duration;

use bytes::Bytes;
use quorate_proto::{
    authpb::{Permission, permission::Type},
    etcdserverpb::{
        AuthEnableRequest, AuthRoleAddRequest, AuthRoleGrantPermissionRequest, AuthUserAddRequest, AuthUserGrantRoleRequest,
        AuthenticateRequest, PutRequest, RangeRequest, StatusRequest,
    },
};
use tonic::{Request, Status};

use crate::common::{Clients, Cluster, wait_for};

/// What a test of permissions begins with: root, alice with the role `r`, and bob without any; authentication is on.
pub const PASSWORD: &str = "a-password-that-is-nowhere";

/// A request that shows a token; none where it is empty.
pub fn signed<Q>(token: &str, request: Q) -> Request<Q> {
    let mut request = Request::new(request);
    if !token.is_empty() {
        request.metadata_mut().insert("token", token.parse().unwrap());
    }
    request
}

/// A cluster with users, cheap hashes, and grants of the role `r`.
pub async fn cluster(size: usize, flags: &[&str], grants: &[(Type, &str, &str)]) -> Cluster {
    let flags = [&["--bcrypt-cost=4"], flags].concat();
    let cluster = Cluster::start(size, &flags).await;
    let mut clients = cluster.clients().await;
    enable(&mut clients, grants).await;
    cluster
}

pub async fn enable(clients: &mut Clients, grants: &[(Type, &str, &str)]) {
    let auth = &mut clients.auth;
    for name in ["root", "alice", "bob"] {
        let request = AuthUserAddRequest { name: name.into(), password: PASSWORD.into(), ..Default::default() };
        auth.user_add(request).await.unwrap();
    }
    auth.role_add(AuthRoleAddRequest { name: "r".into() }).await.unwrap();
    for (user, role) in [("root", "root"), ("alice", "r")] {
        let request = AuthUserGrantRoleRequest { user: user.into(), role: role.into() };
        auth.user_grant_role(request).await.unwrap();
    }
    for (kind, key, range_end) in grants {
        auth.role_grant_permission(grant("r", *kind, key, range_end)).await.unwrap();
    }
    auth.auth_enable(AuthEnableRequest {}).await.unwrap();
}

pub fn grant(role: &str, kind: Type, key: &str, range_end: &str) -> AuthRoleGrantPermissionRequest {
    let (key, range_end) = (Bytes::from(key.to_owned()), Bytes::from(range_end.to_owned()));
    AuthRoleGrantPermissionRequest { name: role.into(), perm: Some(Permission { perm_type: kind.into(), key, range_end }) }
}

pub async fn log_in(clients: &mut Clients, name: &str) -> String {
    let request = AuthenticateRequest { name: name.into(), password: PASSWORD.into() };
    clients.auth.authenticate(request).await.unwrap_or_else(|status| panic!("{name}: {status}")).into_inner().token
}

/// The position of the member that leads. Who leads is told to users alone.
async fn leader(cluster: &Cluster, token: &str) -> usize {
    wait_for(Duration::from_secs(30), "the members agree on a leader", async || {
        let mut ids = Vec::new();
        let mut named = Vec::new();
        for member in &cluster.members {
            let mut clients = Clients::try_to(&member.endpoint()).await?;
            let status = clients.maintenance.status(signed(token, StatusRequest {})).await.ok()?.into_inner();
            ids.push(status.header?.member_id);
            named.push(status.leader);
        }
        named.iter().all(|leader| *leader == named[0]).then(|| ids.iter().position(|id| *id == named[0]))?
    })
    .await
}

pub fn put(key: &str) -> PutRequest {
    PutRequest { key: key.to_owned().into(), value: "v".into(), ..Default::default() }
}

pub fn range(key: &str, range_end: &str) -> RangeRequest {
    RangeRequest { key: key.to_owned().into(), range_end: range_end.to_owned().into(), ..Default::default() }
}

/// The text of a refusal.
pub fn refused<A: std::fmt::Debug>(answer: Result<A, Status>) -> String {
    answer.expect_err("it is refused").message().to_owned()
}

pub const DENIED: &str = "etcdserver: permission denied";
pub const NOBODY: &str = "etcdserver: user name is empty";
pub const NO_TOKEN: &str = "etcdserver: invalid auth token";
