//! Clients that are known by the common name in their certificate, with `--client-cert-auth` and no token.

use std::time::Duration;

use quorate_proto::{
    authpb::permission::Type,
    etcdserverpb::{
        AuthUserGetRequest, AuthUserListRequest, CompactionRequest, DeleteRangeRequest, LeaseGrantRequest, LeaseKeepAliveRequest,
        LeaseRevokeRequest, LeaseTimeToLiveRequest, MemberListRequest, PutRequest, RequestOp, TxnRequest, WatchCreateRequest,
        WatchRequest, WatchResponse, request_op::Request as Op, watch_request::RequestUnion,
    },
    v3electionpb::{CampaignRequest, election_client::ElectionClient},
    v3lockpb::{LockRequest, lock_client::LockClient},
};
use tokio::{sync::mpsc, time::timeout};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request, Streaming, transport::Channel};

use super::{ClientTls, ClientTlsSettings, IdentityFiles, Kit, Leaf, dial, quorate, run, stdout};
use crate::{
    auth::{self, DENIED, NO_TOKEN, NOBODY, log_in, put, range, refused, signed},
    clients::programs,
    common::{Clients, Cluster},
};

const SOON: Duration = Duration::from_secs(30);
/// A lease whose key nobody but root may write.
const ELSEWHERE: i64 = 4711;

/// A server that knows the users root, alice, bob and dave, of whom the last has no password; alice and dave may read and write what begins
/// with `app/`. Each has a certificate, and so have two callers whom it doesn't know: `stranger`, and `nameless`, whose certificate has
/// no name.
struct World {
    kit: Kit,
    cluster: Cluster,
}

impl World {
    async fn new(flags: &[String]) -> Self {
        let kit = Kit::new();
        for (serial, name) in (20..).zip(["root", "alice", "bob", "dave", "stranger"]) {
            kit.put(name, &Leaf { common_name: name, names: &[], serial, ..Leaf::default() });
        }
        kit.put("nameless", &Leaf { common_name: "", names: &["nameless.example"], serial: 30, ..Leaf::default() });
        let flags = [&["--bcrypt-cost=4".to_owned()], flags].concat();
        let world = Self { cluster: kit.serve(&flags).await, kit };
        auth::enable(&mut world.clients("alice").await, &[(Type::Readwrite, "app/", "app0")]).await;
        world
    }

    async fn channel(&self, name: &str) -> Channel {
        let identity = IdentityFiles { cert: self.kit.path(&format!("{name}.pem")), key: self.kit.path(&format!("{name}.key")) };
        let settings = ClientTlsSettings { identity: Some(identity), ca: Some(self.kit.path("ca.pem")), ..Default::default() };
        dial(&self.cluster.members[0].endpoint(), &ClientTls::new(&settings).unwrap().into()).await.unwrap()
    }

    async fn clients(&self, name: &str) -> Clients {
        Clients::over(self.channel(name).await)
    }

    /// A command of our own, called with somebody's certificate.
    fn command(&self, name: &str, args: &[&str]) -> tokio::process::Command {
        let mut command = quorate(args);
        command.arg(format!("--endpoints=https://{}", self.cluster.members[0].endpoint()));
        command.arg(format!("--cacert={}", self.kit.text("ca.pem")));
        command.arg(format!("--cert={}", self.kit.text(&format!("{name}.pem"))));
        command.arg(format!("--key={}", self.kit.text(&format!("{name}.key"))));
        command
    }

    /// Root, by certificate, makes what belongs to it, and lets dave in.
    async fn furnish(&self) {
        let mut root = self.clients("root").await;
        root.lease.lease_grant(LeaseGrantRequest { id: ELSEWHERE, ttl: 600 }).await.unwrap();
        root.kv.put(PutRequest { lease: ELSEWHERE, ..put("other/leased") }).await.unwrap();
        let made = stdout(&mut self.command("root", &["user", "add", "dave", "--no-password"])).await;
        assert_eq!(made, "User dave created\n");
        stdout(&mut self.command("root", &["user", "grant-role", "dave", "r"])).await;
    }
}

/// A watch, with its first answer.
async fn watch(clients: &mut Clients, key: &str) -> (mpsc::Sender<WatchRequest>, Streaming<WatchResponse>, WatchResponse) {
    let create = WatchCreateRequest { key: key.to_owned().into(), ..Default::default() };
    let (sender, requests) = mpsc::channel(1);
    sender.send(WatchRequest { request_union: Some(RequestUnion::CreateRequest(create)) }).await.unwrap();
    let mut answers = clients.watch.watch(ReceiverStream::new(requests)).await.unwrap().into_inner();
    let first = timeout(SOON, answers.message()).await.unwrap().unwrap().unwrap();
    (sender, answers, first)
}

/// The first answer to renewals of a lease; its time.
async fn renew(clients: &mut Clients, id: i64) -> Result<i64, tonic::Status> {
    let mut answers = clients.lease.lease_keep_alive(tokio_stream::iter([LeaseKeepAliveRequest { id }])).await?.into_inner();
    Ok(timeout(SOON, answers.message()).await.unwrap()?.expect("an answer").ttl)
}

fn either(first: &str, second: &str) -> TxnRequest {
    let op = |key: &str| RequestOp { request: Some(Op::RequestPut(put(key))) };
    TxnRequest { success: vec![op(first)], failure: vec![op(second)], ..Default::default() }
}

#[tokio::test]
async fn the_name_in_a_certificate_is_the_user_with_or_without_a_password() {
    let world = World::new(&[]).await;
    world.furnish().await;
    for name in ["alice", "dave"] {
        let mut clients = world.clients(name).await;
        let (_open, mut events, created) = watch(&mut clients, "app/a").await;
        assert!(created.created && !created.canceled, "{created:?}");
        clients.kv.put(put("app/a")).await.unwrap();
        let event = timeout(SOON, events.message()).await.unwrap().unwrap().unwrap();
        assert_eq!(event.events.len(), 1, "{name}");
        assert_eq!(clients.kv.range(range("app/", "app0")).await.unwrap().into_inner().count, 1);
        clients.kv.txn(either("app/a", "app/b")).await.unwrap();
        let all = DeleteRangeRequest { key: "app/".into(), range_end: "app0".into(), ..Default::default() };
        clients.kv.delete_range(all.clone()).await.unwrap();

        assert_eq!(refused(clients.kv.put(put("other/a")).await), DENIED, "{name}");
        assert_eq!(refused(clients.kv.range(range("app/", "\0")).await), DENIED);
        assert_eq!(refused(clients.kv.txn(either("app/a", "other/a")).await), DENIED);
        assert_eq!(refused(clients.kv.delete_range(DeleteRangeRequest { range_end: "\0".into(), ..all }).await), DENIED);
        assert_eq!(refused(clients.kv.compact(CompactionRequest { revision: 1, physical: false }).await), DENIED);
        let (_open, _, canceled) = watch(&mut clients, "other/a").await;
        assert!(canceled.canceled && canceled.cancel_reason.ends_with(DENIED), "{canceled:?}");

        let id = clients.lease.lease_grant(LeaseGrantRequest { id: 0, ttl: 600 }).await.unwrap().into_inner().id;
        clients.kv.put(PutRequest { lease: id, ..put("app/leased") }).await.unwrap();
        assert_eq!(renew(&mut clients, id).await.unwrap(), 600);
        clients.lease.lease_revoke(LeaseRevokeRequest { id }).await.unwrap();
        assert_eq!(refused(renew(&mut clients, ELSEWHERE).await), DENIED);
        assert_eq!(refused(clients.lease.lease_revoke(LeaseRevokeRequest { id: ELSEWHERE }).await), DENIED);
        let keys = LeaseTimeToLiveRequest { id: ELSEWHERE, keys: true };
        assert_eq!(refused(clients.lease.lease_time_to_live(keys).await), DENIED);

        let (mut lock, mut election) =
            (LockClient::new(world.channel(name).await), ElectionClient::new(world.channel(name).await));
        lock.lock(LockRequest { name: format!("app/lock/{name}").into(), lease: 0 }).await.unwrap();
        let elsewhere = lock.lock(LockRequest { name: "other/lock".into(), lease: 0 }).await.unwrap_err();
        assert_eq!((elsewhere.code(), elsewhere.message()), (Code::Unknown, DENIED));
        let campaign = |name: String| CampaignRequest { name: name.into(), lease: 0, value: "me".into() };
        election.campaign(campaign(format!("app/chair/{name}"))).await.unwrap();
        let elsewhere = election.campaign(campaign("other/chair".into())).await.unwrap_err();
        assert_eq!((elsewhere.code(), elsewhere.message()), (Code::Unknown, DENIED));
        // What has a key is cleared away for the next of them.
        world
            .clients("root")
            .await
            .kv
            .delete_range(DeleteRangeRequest { key: "app/".into(), range_end: "app0".into(), ..Default::default() })
            .await
            .unwrap();
    }
    assert_eq!(stdout(&mut world.command("dave", &["put", "app/x", "v"])).await, "OK\n");
    let denied = run(&mut world.command("dave", &["put", "other/x", "v"])).await;
    assert_eq!(String::from_utf8_lossy(&denied.stderr), "Error: etcdserver: permission denied\n");
}

#[tokio::test]
async fn root_by_certificate_may_do_everything_and_a_user_without_roles_nothing_with_keys() {
    let world = World::new(&[]).await;
    world.furnish().await;
    let mut root = world.clients("root").await;
    let revision = root.kv.put(put("anywhere")).await.unwrap().into_inner().header.unwrap().revision;
    root.kv.compact(CompactionRequest { revision, physical: true }).await.unwrap();
    let users = root.auth.user_list(AuthUserListRequest {}).await.unwrap().into_inner().users;
    assert_eq!(users, ["alice", "bob", "dave", "root"]);
    let mut bob = world.clients("bob").await;
    assert_eq!(refused(bob.kv.put(put("app/a")).await), DENIED);
    assert_eq!(refused(bob.auth.user_list(AuthUserListRequest {}).await), DENIED);
    bob.auth.user_get(AuthUserGetRequest { name: "bob".into() }).await.unwrap();
    bob.cluster.member_list(MemberListRequest { linearizable: true }).await.unwrap();
}

/// Keys: etcd looks for a user of that name, and there is none. A certificate without a name is not enough for what any user may do.
#[tokio::test]
async fn certificates_with_an_unknown_name_or_none_open_no_door() {
    let world = World::new(&[]).await;
    world.furnish().await;
    for (name, of_users) in [("stranger", "etcdserver: user name not found"), ("nameless", NOBODY)] {
        let mut clients = world.clients(name).await;
        assert_eq!(refused(clients.kv.put(put("app/a")).await), DENIED, "{name}");
        assert_eq!(refused(clients.kv.range(range("app/a", "")).await), DENIED, "{name}");
        assert_eq!(refused(clients.kv.txn(either("app/a", "app/b")).await), DENIED, "{name}");
        assert_eq!(
            refused(clients.kv.delete_range(DeleteRangeRequest { key: "app/a".into(), ..Default::default() }).await),
            DENIED
        );
        let (_open, _, canceled) = watch(&mut clients, "app/a").await;
        assert!(canceled.canceled && canceled.cancel_reason.ends_with(DENIED), "{name}: {canceled:?}");
        assert_eq!(refused(clients.auth.user_list(AuthUserListRequest {}).await), of_users);
        assert_eq!(refused(clients.kv.compact(CompactionRequest { revision: 1, physical: false }).await), of_users);
        let renewal = renew(&mut clients, ELSEWHERE).await;
        assert_eq!(refused(renewal), if name == "stranger" { DENIED } else { NOBODY });
    }
    let mut nameless = world.clients("nameless").await;
    assert_eq!(refused(nameless.lease.lease_grant(LeaseGrantRequest { id: 0, ttl: 600 }).await), NOBODY);
    assert_eq!(refused(nameless.cluster.member_list(MemberListRequest { linearizable: true }).await), NOBODY);
}

#[tokio::test]
async fn a_token_counts_and_not_the_certificate_that_comes_with_it() {
    let world = World::new(&[]).await;
    let token = log_in(&mut world.clients("root").await, "alice").await;
    let mut root = world.clients("root").await;
    assert_eq!(refused(root.kv.put(signed(&token, put("other/a"))).await), DENIED);
    root.kv.put(signed(&token, put("app/a"))).await.unwrap();
    assert_eq!(refused(root.auth.user_list(signed(&token, AuthUserListRequest {})).await), DENIED);
    for wrong in ["no.such", "abcdefghijklmnop.1"] {
        assert_eq!(refused(root.kv.put(signed(wrong, put("app/a"))).await), NO_TOKEN);
    }
    let roots = log_in(&mut world.clients("alice").await, "root").await;
    for name in ["alice", "stranger", "nameless"] {
        let mut clients = world.clients(name).await;
        clients.kv.put(signed(&roots, put("other/a"))).await.unwrap();
        clients.kv.put(signed(&token, put("app/a"))).await.unwrap();
    }
}

/// What comes through the JSON gateway shows the gateway's certificate, and not its caller's.
#[tokio::test]
async fn calls_through_a_gateway_are_not_those_of_the_certificate() {
    let world = World::new(&[]).await;
    let mut clients = world.clients("root").await;
    let token = log_in(&mut clients, "alice").await;
    let by_gateway = |mut request: Request<PutRequest>| {
        request.metadata_mut().insert("grpcgateway-accept", "application/json".parse().unwrap());
        request
    };
    assert_eq!(refused(clients.kv.put(by_gateway(Request::new(put("app/a")))).await), NOBODY);
    clients.kv.put(by_gateway(signed(&token, put("app/a")))).await.unwrap();
    assert_eq!(refused(clients.kv.put(by_gateway(signed(&token, put("other/a")))).await), DENIED);
    let mut lock = LockClient::new(world.channel("root").await);
    let mut request = Request::new(LockRequest { name: "app/lock".into(), lease: 0 });
    request.metadata_mut().insert("grpcgateway-accept", "".parse().unwrap());
    assert_eq!(refused(lock.lock(request).await), NOBODY);
}

/// As in etcd, who has to show a certificate is not yet known by it.
#[tokio::test]
async fn without_client_cert_auth_a_certificate_names_nobody() {
    let world = World::new(&["--client-cert-auth=false".to_owned()]).await;
    let mut clients = world.clients("root").await;
    assert_eq!(refused(clients.kv.put(put("app/a")).await), NOBODY);
    assert_eq!(refused(clients.auth.user_list(AuthUserListRequest {}).await), NOBODY);
    let token = log_in(&mut clients, "root").await;
    clients.kv.put(signed(&token, put("app/a"))).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn go_client_is_the_user_that_its_certificate_names() {
    if programs::go().await.is_none() {
        return;
    }
    let world = World::new(&[]).await;
    world.furnish().await;
    for (name, what) in [("alice", "alice"), ("dave", "alice"), ("root", "root"), ("stranger", "unknown"), ("nameless", "")] {
        let mut program = programs::go().await.expect("it was there just now");
        let files = [world.kit.text("ca.pem"), world.kit.text(&format!("{name}.pem")), world.kit.text(&format!("{name}.key"))];
        program.arg("named").arg(world.cluster.members[0].endpoint()).args(files).arg(what);
        println!("{name}: {}", stdout(&mut program).await);
    }
}
