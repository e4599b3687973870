//! Every call of every service as everyone: nobody, with a token that is none, as a user without roles, as one with a role, as root.
//!
//! The services for locks and elections are clients of the others, so that what is refused below them comes with the same text; but, as in
//! etcd, with the code of everything that they refuse.

use std::{collections::BTreeSet, time::Duration};

use bytes::{Buf, BufMut, Bytes};
use prost::Message;
use quorate_proto::{
    authpb::permission::Type,
    etcdserverpb::{
        AlarmRequest, AuthDisableRequest, AuthEnableRequest, AuthRoleAddRequest, AuthRoleDeleteRequest, AuthRoleGetRequest,
        AuthRoleListRequest, AuthRoleRevokePermissionRequest, AuthStatusRequest, AuthUserAddRequest,
        AuthUserChangePasswordRequest, AuthUserDeleteRequest, AuthUserGetRequest, AuthUserGrantRoleRequest, AuthUserListRequest,
        AuthUserRevokeRoleRequest, AuthenticateRequest, CompactionRequest, DefragmentRequest, DeleteRangeRequest,
        DowngradeRequest, HashKvRequest, HashRequest, LeaseGrantRequest, LeaseKeepAliveRequest, LeaseLeasesRequest,
        LeaseRevokeRequest, LeaseTimeToLiveRequest, MemberAddRequest, MemberListRequest, MemberPromoteRequest,
        MemberRemoveRequest, MemberUpdateRequest, MoveLeaderRequest, PutRequest, RequestOp, SnapshotRequest, StatusRequest,
        TxnRequest, WatchCreateRequest, WatchRequest, WatchResponse, alarm_request::AlarmAction, request_op,
        watch_request::RequestUnion,
    },
    v3electionpb::{CampaignRequest, LeaderKey, LeaderRequest, ProclaimRequest, ResignRequest},
    v3lockpb::{LockRequest, UnlockRequest},
};
use tonic::{
    Code, Status, Streaming,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    transport::Channel,
};

use super::{DENIED, NO_TOKEN, NOBODY, PASSWORD, cluster, grant, log_in, put, range, signed};
use crate::common::{Clients, ServerCommand, connect};

const OBSERVE_CLOSED: &str = "EOF";

/// Who is let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    /// Whoever calls; a token is not even looked at.
    Nothing,
    /// Whoever calls, but a token that is shown must be one.
    SoundToken,
    /// Any user.
    User,
    /// A user with the role `r`, or root.
    Role,
    Root,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Nobody,
    WrongToken,
    Bob,
    Alice,
    Root,
}

/// Why someone is not let in; `None` for whoever is.
fn expected(need: Need, who: Who) -> Option<&'static str> {
    match (need, who) {
        (Need::Nothing, _) => None,
        (_, Who::WrongToken) => Some(NO_TOKEN),
        (Need::SoundToken, _) | (_, Who::Root) => None,
        (_, Who::Nobody) => Some(NOBODY),
        (Need::User, _) | (Need::Role, Who::Alice) => None,
        (Need::Role | Need::Root, _) => Some(DENIED),
    }
}

/// A call: path, request, who may make it.
struct Call {
    path: &'static str,
    request: Bytes,
    need: Need,
}

fn call(path: &'static str, need: Need, request: impl Message) -> Call {
    Call { path, request: request.encode_to_vec().into(), need }
}

fn txn(request: request_op::Request) -> TxnRequest {
    TxnRequest { success: vec![RequestOp { request: Some(request) }], ..Default::default() }
}

fn watch(key: &str, range_end: &str) -> WatchRequest {
    let (key, range_end) = (key.to_owned().into(), range_end.to_owned().into());
    let create = WatchCreateRequest { key, range_end, ..Default::default() };
    WatchRequest { request_union: Some(RequestUnion::CreateRequest(create)) }
}

fn alarm(action: AlarmAction) -> AlarmRequest {
    AlarmRequest { action: action.into(), ..Default::default() }
}

/// All calls. Lease 7 has alice's key `a1`, lease 8 the key `z1` of nobody but root.
fn calls() -> Vec<Call> {
    use Need::{Nothing, Role, Root, SoundToken, User};
    let delete = |key: &str| DeleteRangeRequest { key: key.to_owned().into(), ..Default::default() };
    let time_left = |id, keys| LeaseTimeToLiveRequest { id, keys };
    vec![
        call("/etcdserverpb.KV/Range", Role, range("a", "b")),
        call("/etcdserverpb.KV/Range", Root, range("a", "\0")),
        call("/etcdserverpb.KV/RangeStream", Role, range("a", "b")),
        call("/etcdserverpb.KV/RangeStream", Root, range("a", "\0")),
        call("/etcdserverpb.KV/Put", Role, put("a")),
        call("/etcdserverpb.KV/Put", Root, put("z")),
        call("/etcdserverpb.KV/Put", Root, PutRequest { lease: 8, ..put("a") }),
        call("/etcdserverpb.KV/DeleteRange", Role, delete("a9")),
        call("/etcdserverpb.KV/DeleteRange", Root, delete("z9")),
        call("/etcdserverpb.KV/Txn", Role, txn(request_op::Request::RequestRange(range("a", "")))),
        call("/etcdserverpb.KV/Txn", Root, txn(request_op::Request::RequestRange(range("z", "")))),
        call("/etcdserverpb.KV/Txn", Role, txn(request_op::Request::RequestPut(put("a")))),
        call("/etcdserverpb.KV/Txn", Root, txn(request_op::Request::RequestPut(put("z")))),
        call("/etcdserverpb.KV/Compact", Root, CompactionRequest { revision: 1 << 40, physical: false }),
        call("/etcdserverpb.Watch/Watch", Role, watch("a", "b")),
        call("/etcdserverpb.Watch/Watch", Root, watch("a", "\0")),
        call("/etcdserverpb.Watch/Watch", Root, watch("", "\0")),
        call("/etcdserverpb.Lease/LeaseGrant", User, LeaseGrantRequest { id: 0, ttl: 60 }),
        call("/etcdserverpb.Lease/LeaseKeepAlive", Role, LeaseKeepAliveRequest { id: 7 }),
        call("/etcdserverpb.Lease/LeaseKeepAlive", Root, LeaseKeepAliveRequest { id: 8 }),
        call("/etcdserverpb.Lease/LeaseTimeToLive", User, time_left(8, false)),
        call("/etcdserverpb.Lease/LeaseTimeToLive", Role, time_left(7, true)),
        call("/etcdserverpb.Lease/LeaseTimeToLive", Root, time_left(8, true)),
        call("/etcdserverpb.Lease/LeaseLeases", Root, LeaseLeasesRequest {}),
        call("/etcdserverpb.Lease/LeaseRevoke", Root, LeaseRevokeRequest { id: 8 }),
        call("/etcdserverpb.Lease/LeaseRevoke", Role, LeaseRevokeRequest { id: 7 }),
        call("/etcdserverpb.Lease/LeaseRevoke", User, LeaseRevokeRequest { id: 404 }),
        call("/etcdserverpb.Cluster/MemberList", User, MemberListRequest { linearizable: true }),
        call("/etcdserverpb.Cluster/MemberAdd", Root, learner()),
        call("/etcdserverpb.Cluster/MemberRemove", Root, MemberRemoveRequest { id: 404 }),
        call("/etcdserverpb.Cluster/MemberUpdate", Root, MemberUpdateRequest { id: 404, ..Default::default() }),
        call("/etcdserverpb.Cluster/MemberPromote", Root, MemberPromoteRequest { id: 404 }),
        call("/etcdserverpb.Maintenance/Alarm", User, alarm(AlarmAction::Get)),
        call("/etcdserverpb.Maintenance/Alarm", Root, alarm(AlarmAction::Activate)),
        call("/etcdserverpb.Maintenance/Alarm", Root, alarm(AlarmAction::Deactivate)),
        call("/etcdserverpb.Maintenance/Status", User, StatusRequest {}),
        call("/etcdserverpb.Maintenance/Defragment", Root, DefragmentRequest {}),
        call("/etcdserverpb.Maintenance/Hash", Root, HashRequest {}),
        call("/etcdserverpb.Maintenance/HashKV", Root, HashKvRequest { revision: 0 }),
        call("/etcdserverpb.Maintenance/Snapshot", Root, SnapshotRequest {}),
        call("/etcdserverpb.Maintenance/MoveLeader", Root, MoveLeaderRequest { target_id: 404 }),
        call("/etcdserverpb.Maintenance/Downgrade", Root, DowngradeRequest::default()),
        call("/grpc.health.v1.Health/Check", Nothing, ()),
        call("/etcdserverpb.Auth/AuthStatus", SoundToken, AuthStatusRequest {}),
        call("/etcdserverpb.Auth/Authenticate", Nothing, AuthenticateRequest { name: "bob".into(), password: PASSWORD.into() }),
        call("/etcdserverpb.Auth/AuthEnable", Root, AuthEnableRequest {}),
        call("/etcdserverpb.Auth/UserGet", Role, AuthUserGetRequest { name: "alice".into() }),
        call("/etcdserverpb.Auth/UserGet", Root, AuthUserGetRequest { name: "root".into() }),
        call("/etcdserverpb.Auth/UserList", Root, AuthUserListRequest {}),
        call("/etcdserverpb.Auth/RoleGet", Role, AuthRoleGetRequest { role: "r".into() }),
        call("/etcdserverpb.Auth/RoleGet", Root, AuthRoleGetRequest { role: "root".into() }),
        call("/etcdserverpb.Auth/RoleList", Root, AuthRoleListRequest {}),
        call("/etcdserverpb.Auth/UserAdd", Root, AuthUserAddRequest { name: "eve".into(), ..Default::default() }),
        call(
            "/etcdserverpb.Auth/UserChangePassword",
            Root,
            AuthUserChangePasswordRequest { name: "eve".into(), ..Default::default() },
        ),
        call("/etcdserverpb.Auth/UserGrantRole", Root, AuthUserGrantRoleRequest { user: "eve".into(), role: "root".into() }),
        call("/etcdserverpb.Auth/UserRevokeRole", Root, AuthUserRevokeRoleRequest { name: "eve".into(), role: "root".into() }),
        call("/etcdserverpb.Auth/UserDelete", Root, AuthUserDeleteRequest { name: "eve".into() }),
        call("/etcdserverpb.Auth/RoleAdd", Root, AuthRoleAddRequest { name: "s".into() }),
        call("/etcdserverpb.Auth/RoleGrantPermission", Root, grant("s", Type::Read, "a", "")),
        call(
            "/etcdserverpb.Auth/RoleRevokePermission",
            Root,
            AuthRoleRevokePermissionRequest { role: "s".into(), key: "a".into(), ..Default::default() },
        ),
        call("/etcdserverpb.Auth/RoleDelete", Root, AuthRoleDeleteRequest { role: "s".into() }),
        // The last one: with it everything is open.
        call("/etcdserverpb.Auth/AuthDisable", Root, AuthDisableRequest {}),
    ]
}

fn lock(name: &str, lease: i64) -> LockRequest {
    LockRequest { name: name.to_owned().into(), lease }
}

fn campaign(name: &str, lease: i64) -> CampaignRequest {
    CampaignRequest { name: name.to_owned().into(), lease, value: "v".into() }
}

/// All calls of the services for locks and elections, with the leases and keys of [`calls`]. Nobody has to wait: the holder is always the
/// one who asks.
fn coordination_calls() -> Vec<Call> {
    use Need::{Nothing, Role, Root};
    let led = |name: &str, lease| {
        let key = format!("{name}/{lease}").into();
        Some(LeaderKey { name: name.to_owned().into(), key, rev: 1, lease })
    };
    let proclaim = |leader| ProclaimRequest { leader, value: "w".into() };
    let of = |name: &str| LeaderRequest { name: name.to_owned().into() };
    vec![
        call("/v3lockpb.Lock/Lock", Role, lock("a/lock", 7)),
        call("/v3lockpb.Lock/Lock", Root, lock("z/lock", 8)),
        // A lease that any user is given, for a key which only root may put.
        call("/v3lockpb.Lock/Lock", Root, lock("z/unleased", 0)),
        call("/v3lockpb.Lock/Unlock", Role, UnlockRequest { key: "a/lock/7".into() }),
        call("/v3lockpb.Lock/Unlock", Root, UnlockRequest { key: "z/lock/8".into() }),
        call("/v3lockpb.Lock/Unlock", Role, UnlockRequest { key: "a/none".into() }),
        call("/v3electionpb.Election/Campaign", Role, campaign("a/chair", 7)),
        call("/v3electionpb.Election/Campaign", Root, campaign("z/chair", 8)),
        call("/v3electionpb.Election/Campaign", Root, campaign("z/unleased chair", 0)),
        // Again, with a value that is proclaimed by it.
        call("/v3electionpb.Election/Campaign", Role, CampaignRequest { value: "again".into(), ..campaign("a/chair", 7) }),
        call("/v3electionpb.Election/Proclaim", Role, proclaim(led("a/chair", 7))),
        call("/v3electionpb.Election/Proclaim", Root, proclaim(led("z/chair", 8))),
        call("/v3electionpb.Election/Proclaim", Nothing, proclaim(None)),
        call("/v3electionpb.Election/Leader", Role, of("a/chair")),
        call("/v3electionpb.Election/Leader", Root, of("z/chair")),
        call("/v3electionpb.Election/Observe", Role, of("a/chair")),
        call("/v3electionpb.Election/Observe", Root, of("z/chair")),
        call("/v3electionpb.Election/Resign", Role, ResignRequest { leader: led("a/chair", 7) }),
        call("/v3electionpb.Election/Resign", Root, ResignRequest { leader: led("z/chair", 8) }),
        call("/v3electionpb.Election/Resign", Nothing, ResignRequest { leader: None }),
    ]
}

/// Locks and elections by a key of one's own on a lease of others. Older servers of etcd's let them in (PR 21688).
fn calls_with_leases_of_others() -> [Call; 2] {
    [
        call("/v3lockpb.Lock/Lock", Need::Root, lock("a/other", 8)),
        call("/v3electionpb.Election/Campaign", Need::Root, campaign("a/other chair", 8)),
    ]
}

/// A learner that never starts: it has no part in any quorum.
fn learner() -> MemberAddRequest {
    MemberAddRequest { peer_ur_ls: vec!["http://127.0.0.1:1".into()], is_learner: true }
}

#[tokio::test]
async fn every_call_lets_in_whom_it_should_and_nobody_else() {
    let all = calls();
    assert_eq!(
        covered(all.iter().chain(&coordination_calls())),
        public_methods(),
        "the calls that are tried, and those that there are"
    );
    try_as_everyone(&all).await;
}

#[tokio::test]
async fn locks_and_elections_are_open_to_whom_their_keys_are() {
    let mut all = coordination_calls();
    if !ServerCommand::is_foreign() {
        all.extend(calls_with_leases_of_others());
    }
    try_as_everyone(&all).await;
}

async fn try_as_everyone(all: &[Call]) {
    let cluster = cluster(1, &[], &[(Type::Readwrite, "a", "b")]).await;
    let channel = connect(&cluster.members[0].endpoint()).await;
    let mut clients = Clients::over(channel.clone());
    let root = log_in(&mut clients, "root").await;
    for who in [Who::Nobody, Who::WrongToken, Who::Bob, Who::Alice, Who::Root] {
        let token = match who {
            Who::Nobody => String::new(),
            Who::WrongToken => "abcdefghijklmnop.1".into(),
            Who::Bob => log_in(&mut clients, "bob").await,
            Who::Alice => log_in(&mut clients, "alice").await,
            Who::Root => root.clone(),
        };
        leases(&mut clients, &root).await;
        let before = state(&mut clients, &root).await;
        for Call { path, request, need } in all {
            let answer = first_answer(&channel, &token, path, request.clone()).await;
            let got = turned_away(path, answer.as_ref());
            let expected = expected(*need, who).map(|text| refusal(path, text));
            if ServerCommand::is_foreign() && expected.is_some() && path.ends_with("/Observe") && matches!(answer, Ok(None)) {
                // Older servers of etcd's say nothing at all.
                continue;
            }
            assert_eq!(got, expected, "{path} as {who:?}, which needs {need:?}: {answer:?}");
        }
        if matches!(who, Who::Nobody | Who::WrongToken) {
            assert_eq!(state(&mut clients, &root).await, before, "{who:?} has changed nothing");
        }
    }
}

/// Keys that are attached to leases; the leases may be there already.
async fn leases(clients: &mut Clients, root: &str) {
    for (id, key) in [(7, "a1"), (8, "z1")] {
        match clients.lease.lease_grant(signed(root, LeaseGrantRequest { id, ttl: 600 })).await {
            Err(status) if status.message() != "etcdserver: lease already exists" => panic!("{status}"),
            _ => {}
        }
        clients.kv.put(signed(root, PutRequest { lease: id, ..put(key) })).await.unwrap();
    }
}

/// The hash of all keys, and the revision of users.
async fn state(clients: &mut Clients, root: &str) -> (u32, u64) {
    let hash = clients.maintenance.hash_kv(signed(root, HashKvRequest { revision: 0 })).await.unwrap().into_inner().hash;
    let status = clients.auth.auth_status(signed(root, AuthStatusRequest {})).await.unwrap().into_inner();
    (hash, status.auth_revision)
}

/// How a call words that somebody is not let in.
fn refusal(path: &str, text: &str) -> (Code, String) {
    // Whatever is refused, whoever follows an election is told the same. Source: etcd.
    let text = if path.ends_with("/Observe") { OBSERVE_CLOSED } else { text };
    let code = match text {
        _ if is_coordination(path) => Code::Unknown,
        // Watches are canceled by an answer, which has no code.
        _ if path.ends_with("/Watch") => Code::Ok,
        DENIED => Code::PermissionDenied,
        NOBODY => Code::InvalidArgument,
        _ => Code::Unauthenticated,
    };
    (code, text.to_owned())
}

fn is_coordination(path: &str) -> bool {
    path.starts_with("/v3lockpb.") || path.starts_with("/v3electionpb.")
}

/// Why the caller was not let in. Any other refusal comes from behind the door.
fn turned_away(path: &str, answer: Result<&Option<Bytes>, &Status>) -> Option<(Code, String)> {
    let (code, text) = match answer {
        Err(status) => (status.code(), status.message().to_owned()),
        Ok(Some(message)) if path.ends_with("/Watch") => {
            let response = WatchResponse::decode(message.clone()).unwrap();
            (Code::Ok, response.cancel_reason.rsplit_once(" desc = ").map(|(_, text)| text.to_owned()).unwrap_or_default())
        }
        Ok(_) => return None,
    };
    let is_door = [DENIED, NOBODY, NO_TOKEN].contains(&text.as_str()) || (path.ends_with("/Observe") && text == OBSERVE_CLOSED);
    is_door.then_some((code, text))
}

fn covered<'c>(calls: impl Iterator<Item = &'c Call>) -> BTreeSet<String> {
    // That of health checks is not described by a file of ours.
    calls.map(|call| call.path.to_owned()).filter(|path| !path.starts_with("/grpc.health.v1.")).collect()
}

/// The methods of all services that clients see, from their descriptors.
fn public_methods() -> BTreeSet<String> {
    let set = prost_types::FileDescriptorSet::decode(quorate_proto::PUBLIC_DESCRIPTORS).unwrap();
    let mut methods = BTreeSet::new();
    for file in &set.file {
        for service in &file.service {
            let method = |method: &str| format!("/{}.{}/{method}", file.package(), service.name());
            methods.extend(service.method.iter().map(|described| method(described.name())));
        }
    }
    methods
}

/// Sends one request, whatever kind of call it is, and gives the first answer: a unary call is a stream of one each way.
async fn first_answer(channel: &Channel, token: &str, path: &'static str, request: Bytes) -> Result<Option<Bytes>, Status> {
    let mut grpc = Grpc::new(channel.clone());
    grpc.ready().await.expect("the member serves");
    // A stream that stays open, so that one which waits for more requests answers the first.
    let (sender, requests) = tokio::sync::mpsc::channel(1);
    sender.send(request).await.unwrap();
    let stays_open = path.ends_with("/Watch") || path.ends_with("/LeaseKeepAlive");
    let _open = stays_open.then_some(sender);
    let requests = tokio_stream::wrappers::ReceiverStream::new(requests);
    let answer = async {
        let mut answers: Streaming<Bytes> =
            grpc.streaming(signed(token, requests), http::uri::PathAndQuery::from_static(path), Plain).await?.into_inner();
        answers.message().await
    };
    tokio::time::timeout(Duration::from_secs(20), answer).await.unwrap_or_else(|_| panic!("{path} answers nothing"))
}

/// Messages as their bytes.
#[derive(Clone, Copy, Default)]
struct Plain;

impl Codec for Plain {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Plain {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        out.put(item);
        Ok(())
    }
}

impl Decoder for Plain {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }
}
