//! A client's call through the services of the client port, without the transport around them.

use http::Extensions;
use prost::Message;
use quorate_proto::etcdserverpb::{self as wire, auth_server::Auth};
use tonic::{Code, Request, Response, Status, metadata::MetadataMap};

use crate::core::{
    rpc::{auth::AuthService, caller::Shown, kv, lease::LeaseService, status::ApiError},
    server::ServerHandle,
    verify::{
        history::{Answer, Call, Outcome},
        users::{AuthAnswer, AuthCall, Told},
    },
};

/// The services of one member.
pub struct Services {
    pub server: ServerHandle,
    pub lease: LeaseService,
    pub auth: AuthService,
}

impl Services {
    /// What the client port answers to a call with this token.
    pub async fn answer(self, token: Option<String>, call: Call) -> Outcome {
        let Self { server, lease, auth } = self;
        if server.is_learner() && !matches!(call, Call::Range(_)) {
            return outcome(&ApiError::NotForLearner.into());
        }
        let mut metadata = MetadataMap::new();
        if let Some(token) = token {
            metadata.insert("token", token.parse().expect("tokens are letters and digits"));
        }
        let shown = match &call {
            // Of a stream's requests each is looked at later.
            Call::LeaseKeepAlive(_) => Shown::of_stream(metadata.as_ref(), &Extensions::new()),
            _ => Shown::of(&server, metadata.as_ref(), &Extensions::new()),
        };
        let answer = match call {
            Call::Range(request) => kv::range(server, shown, request).await.map(|reply| Answer::Range(again(&reply))),
            Call::Put(request) => kv::put(server, shown, request).await.map(|reply| Answer::Put(again(&reply))),
            Call::DeleteRange(request) => {
                kv::delete_range(server, shown, request).await.map(|reply| Answer::DeleteRange(again(&reply)))
            }
            Call::Txn(request) => kv::txn(server, shown, request).await.map(|reply| Answer::Txn(again(&reply))),
            Call::Compact(request) => kv::compact(server, shown, request).await.map(Answer::Compact),
            Call::LeaseGrant(request) => lease.grant(&shown, request).await.map(Answer::LeaseGrant),
            Call::LeaseRevoke(request) => lease.revoke(&shown, request).await.map(Answer::LeaseRevoke),
            Call::LeaseKeepAlive(wire::LeaseKeepAliveRequest { id }) => {
                lease.keep_alive(&shown, id).await.map(Answer::LeaseKeepAlive)
            }
            Call::LeaseTimeToLive(request) => lease.left(&shown, request).await.map(Answer::LeaseTimeToLive),
            Call::Auth(call) => ask(&auth, &metadata, call).await.map(Answer::Auth),
        };
        answer.map_or_else(|status| outcome(&status), Outcome::Answered)
    }
}

/// What the Auth service answers.
async fn ask(auth: &AuthService, metadata: &MetadataMap, call: AuthCall) -> Result<AuthAnswer, Status> {
    // Each answer has a header and, some of them, something else.
    macro_rules! ask {
        ($method:ident, $request:expr) => {
            ask!($method, $request, |_| Told::Done)
        };
        ($method:ident, $request:expr, $told:expr) => {{
            let answer = auth.$method(with(metadata, $request)).await.map(Response::into_inner)?;
            (answer.header, $told(answer))
        }};
    }
    let (header, told) = match call {
        AuthCall::Enable => ask!(auth_enable, wire::AuthEnableRequest {}),
        AuthCall::Disable => ask!(auth_disable, wire::AuthDisableRequest {}),
        AuthCall::Status => ask!(auth_status, wire::AuthStatusRequest {}, |answer: wire::AuthStatusResponse| Told::Status {
            enabled: answer.enabled,
            revision: answer.auth_revision
        }),
        AuthCall::Authenticate(request) => {
            ask!(authenticate, request, |answer: wire::AuthenticateResponse| Told::Token(answer.token))
        }
        AuthCall::UserAdd(request) => ask!(user_add, request),
        AuthCall::UserGet(request) => ask!(user_get, request, |answer: wire::AuthUserGetResponse| Told::Names(answer.roles)),
        AuthCall::UserList => {
            ask!(user_list, wire::AuthUserListRequest {}, |answer: wire::AuthUserListResponse| Told::Names(answer.users))
        }
        AuthCall::UserDelete(request) => ask!(user_delete, request),
        AuthCall::UserChangePassword(request) => ask!(user_change_password, request),
        AuthCall::UserGrantRole(request) => ask!(user_grant_role, request),
        AuthCall::UserRevokeRole(request) => ask!(user_revoke_role, request),
        AuthCall::RoleAdd(request) => ask!(role_add, request),
        AuthCall::RoleGet(request) => {
            ask!(role_get, request, |answer: wire::AuthRoleGetResponse| Told::Permissions(answer.perm))
        }
        AuthCall::RoleList => {
            ask!(role_list, wire::AuthRoleListRequest {}, |answer: wire::AuthRoleListResponse| Told::Names(answer.roles))
        }
        AuthCall::RoleDelete(request) => ask!(role_delete, request),
        AuthCall::RoleGrantPermission(request) => ask!(role_grant_permission, request),
        AuthCall::RoleRevokePermission(request) => ask!(role_revoke_permission, request),
    };
    Ok(AuthAnswer { header, told })
}

fn with<Q>(metadata: &MetadataMap, request: Q) -> Request<Q> {
    let mut request = Request::new(request);
    *request.metadata_mut() = metadata.clone();
    request
}

/// What the client decodes from the bytes that the server encodes.
fn again<M: Message + Default>(reply: &impl Message) -> M {
    M::decode(reply.encode_to_vec().as_slice()).expect("the server encodes what clients decode")
}

/// What a client knows after an error.
fn outcome(status: &Status) -> Outcome {
    let text = status.message().to_owned();
    match status.code() {
        // The cluster's verdicts.
        Code::InvalidArgument
        | Code::OutOfRange
        | Code::NotFound
        | Code::FailedPrecondition
        | Code::ResourceExhausted
        | Code::PermissionDenied
        | Code::Unauthenticated => Outcome::Refused(text),
        // Turned away at the door.
        Code::Unknown if text == "etcdserver: too many requests" => Outcome::Failed(text),
        _ => Outcome::Unknown(text),
    }
}
