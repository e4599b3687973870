//! Three members whose every file is replaced again and again, by clients' and by members' ports, without one failed request.
//!
//! One member has its files replaced one by one, by renaming; the others have them as Kubernetes mounts a secret: all at once, by a
//! link to a directory that is swapped. The load keeps connections and makes new ones all the while, at the clients' ports and at the
//! members'. That new files are in use is seen at the ports themselves: by who is let in and who is not.

use std::{
    collections::BTreeMap,
    env, fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use quorate::core::tls::{ClientTls, ClientTlsSettings, IdentityFiles};
use quorate_proto::{
    etcdserverpb::{PutRequest, RangeRequest, WatchCreateRequest, WatchRequest, WatchResponse, watch_request::RequestUnion},
    peer::{ClusterQuery, peer_client::PeerClient},
};
use tempfile::TempDir;
use tokio::{sync::mpsc, task::JoinSet, time::timeout};
use tonic::Streaming;

use super::{
    authority::{Authority, Files, Issued, Leaf},
    dial,
};
use crate::common::{Clients, Cluster, Member, ServerCommand, header_revision, put, range_all, wait_until};

const SOON: Duration = Duration::from_secs(30);
/// Rounds where none are asked for: every kind of broken file has its turn.
const ROUNDS: u64 = 4;
/// New connections that each port must have taken in each state of the files.
const CONNECTIONS_EACH: u64 = 3;
const IN_USE: &str = "new TLS files are in use";
const COMPLAINT: &str = "new TLS files can't be used; the old ones stay in use";

/// Files as somebody finds them who uses them.
struct Mount {
    dir: PathBuf,
    /// As Kubernetes does: `NAME -> ..data/NAME` and `..data -> ..N`, of which the second link is swapped.
    is_secret: bool,
    files: BTreeMap<&'static str, String>,
    swaps: u32,
}

impl Mount {
    fn new(dir: PathBuf, is_secret: bool) -> Self {
        fs::create_dir(&dir).unwrap();
        Self { dir, is_secret, files: BTreeMap::new(), swaps: 0 }
    }

    fn text(&self, name: &str) -> String {
        self.dir.join(name).display().to_string()
    }

    fn publish(&mut self, changed: &[(&'static str, &str)]) {
        self.files.extend(changed.iter().map(|(name, text)| (*name, (*text).to_owned())));
        if !self.is_secret {
            for (name, text) in changed {
                Files(&self.dir).write(name, text);
            }
            return;
        }
        let old = format!("..{}", self.swaps);
        self.swaps += 1;
        let new = format!("..{}", self.swaps);
        fs::create_dir(self.dir.join(&new)).unwrap();
        for (name, text) in &self.files {
            fs::write(self.dir.join(&new).join(name), text).unwrap();
            if !self.dir.join(name).is_symlink() {
                symlink(Path::new("..data").join(name), self.dir.join(name)).unwrap();
            }
        }
        symlink(&new, self.dir.join("..data.new")).unwrap();
        fs::rename(self.dir.join("..data.new"), self.dir.join("..data")).unwrap();
        if self.swaps > 1 {
            fs::remove_dir_all(self.dir.join(old)).unwrap();
        }
    }

    fn identity(&mut self, issued: &Issued) {
        self.publish(&[("tls.crt", &issued.cert), ("tls.key", &issued.key)]);
    }

    fn client(&self) -> Arc<ClientTls> {
        let identity = IdentityFiles { cert: self.dir.join("tls.crt"), key: self.dir.join("tls.key") };
        let settings = ClientTlsSettings { identity: Some(identity), ca: Some(self.dir.join("ca.crt")), ..Default::default() };
        Arc::new(ClientTls::new(&settings).unwrap())
    }
}

/// What the load has done so far.
#[derive(Default)]
struct Done {
    requests: AtomicU64,
    /// New connections, by port.
    connections: Vec<AtomicU64>,
    stop: AtomicBool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Client,
    Peer,
}

/// A port of some member, as `127.0.0.1:PORT`.
#[derive(Clone, Debug)]
struct Port(Kind, String);

impl Port {
    /// A new connection with one request.
    async fn knock(&self, tls: &Arc<ClientTls>) -> Result<(), String> {
        let channel = dial(&self.1, tls).await?;
        match self.0 {
            Kind::Client => {
                let get = RangeRequest { key: b"key".as_slice().into(), ..Default::default() };
                Clients::over(channel).kv.range(get).await.map_err(|status| format!("{status:?}"))?;
            }
            Kind::Peer => {
                let answer = PeerClient::new(channel).cluster_information(ClusterQuery::default()).await;
                answer.map_err(|status| format!("{status:?}"))?;
            }
        }
        Ok(())
    }
}

/// A new connection for each request.
async fn knock(at: usize, port: Port, tls: Arc<ClientTls>, done: Arc<Done>) -> Result<(), String> {
    while !done.stop.load(SeqCst) {
        port.knock(&tls).await.map_err(|error| format!("{port:?}: {error}"))?;
        done.requests.fetch_add(1, SeqCst);
        done.connections[at].fetch_add(1, SeqCst);
    }
    Ok(())
}

/// Puts over one connection, each seen by a watch on it before the next.
async fn stay(name: String, mut clients: Clients, done: Arc<Done>) -> Result<(), String> {
    let (_requests, mut events) = watch(&mut clients, &name).await?;
    for number in 0_u64.. {
        if done.stop.load(SeqCst) {
            break;
        }
        let value = number.to_string();
        let request = PutRequest { key: name.clone().into(), value: value.clone().into(), ..Default::default() };
        let answer = clients.kv.put(request).await.map_err(|status| format!("{name}: {status:?}"))?.into_inner();
        assert!(header_revision(&answer.header) > 0);
        let seen = timeout(SOON, events.message()).await.map_err(|_| format!("{name}: no event"))?;
        let seen = seen.map_err(|status| format!("{name}: {status:?}"))?.ok_or("the watch ended")?;
        assert!(seen.events.iter().any(|event| event.kv.as_ref().is_some_and(|kv| kv.value == value.as_bytes())), "{seen:?}");
        done.requests.fetch_add(1, SeqCst);
    }
    Ok(())
}

async fn watch(clients: &mut Clients, key: &str) -> Result<(mpsc::Sender<WatchRequest>, Streaming<WatchResponse>), String> {
    let create = WatchCreateRequest { key: key.to_owned().into(), ..Default::default() };
    let (sender, requests) = mpsc::channel(1);
    let create = WatchRequest { request_union: Some(RequestUnion::CreateRequest(create)) };
    sender.send(create).await.expect("the stream begins with a request");
    let requests = tokio_stream::wrappers::ReceiverStream::new(requests);
    let mut answers = clients.watch.watch(requests).await.map_err(|status| format!("{status:?}"))?.into_inner();
    let created = answers.message().await.map_err(|status| format!("{status:?}"))?;
    assert!(created.is_some_and(|answer| answer.created && !answer.canceled));
    Ok((sender, answers))
}

/// Members with their mounts, and that of the clients.
struct World {
    cluster: Cluster,
    mounts: Vec<Mount>,
    clients: Mount,
    /// Whoever is no part of the load, but tries the doors.
    probe: Mount,
    ports: Vec<Port>,
    load: JoinSet<Result<(), String>>,
    done: Arc<Done>,
    serial: u64,
    /// Goes last.
    _dir: TempDir,
}

impl World {
    async fn start(authority: &Authority) -> Self {
        let dir = tempfile::Builder::new().prefix("quorate-test-").tempdir().unwrap();
        let mut cluster = Cluster::prepare(&ServerCommand::under_test(), 3, &[]);
        let secure = |url: String| url.replace("http://", "https://");
        let initial: Vec<String> =
            cluster.members.iter().map(|member| format!("{}={}", member.name, secure(member.peer_url()))).collect();
        let mut mounts = Vec::new();
        let mut ports = Vec::new();
        for (at, member) in cluster.members.iter_mut().enumerate() {
            let mut mount = Mount::new(dir.path().join(&member.name), at > 0);
            let own = authority.issue(&Leaf { common_name: "member", serial: 1 + at as u64, ..Leaf::default() });
            let list = authority.revoke(&[]);
            let files = [("ca.crt", authority.pem.as_str()), ("crl.pem", &list), ("tls.crt", &own.cert), ("tls.key", &own.key)];
            mount.publish(&files);
            member.belong(&initial.join(","), "new");
            member.add_flags(&flags(member, &mount).iter().map(String::as_str).collect::<Vec<_>>());
            member.start();
            ports.push(Port(Kind::Client, member.endpoint()));
            ports.push(Port(Kind::Peer, member.peer_url().replace("http://", "")));
            mounts.push(mount);
        }
        cluster.all_ready().await.unwrap_or_else(|text| panic!("{text}"));
        let caller = |name: &str| {
            let mut mount = Mount::new(dir.path().join(name), false);
            mount.publish(&[("ca.crt", &authority.pem)]);
            mount.identity(&authority.issue(&Leaf { common_name: name, serial: 10, ..Leaf::default() }));
            mount
        };
        let (clients, probe) = (caller("clients"), caller("probe"));
        let done = Arc::new(Done { connections: ports.iter().map(|_| AtomicU64::new(0)).collect(), ..Default::default() });
        let mut load = JoinSet::new();
        let tls = clients.client();
        for (at, port) in ports.iter().enumerate() {
            load.spawn(knock(at, port.clone(), Arc::clone(&tls), Arc::clone(&done)));
            if port.0 == Kind::Client {
                let steady = Clients::over(dial(&port.1, &tls).await.unwrap());
                load.spawn(stay(format!("steady {at}"), steady, Arc::clone(&done)));
            }
        }
        Self { cluster, mounts, clients, probe, ports, load, done, serial: 100, _dir: dir }
    }

    fn serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    fn publish(&mut self, files: &[(&'static str, &str)]) {
        for mount in &mut self.mounts {
            mount.publish(files);
        }
    }

    /// Certificates of their own for all members.
    fn identify_members(&mut self, by: &Authority) {
        for at in 0..self.mounts.len() {
            let leaf = Leaf { common_name: "member", serial: self.serial(), ..Leaf::default() };
            self.mounts[at].identity(&by.issue(&leaf));
        }
    }

    /// How often each member has said this, at each of its ports and for its own calls.
    fn said(&self, text: &str) -> Vec<usize> {
        let of_port = |log: &str, port: &str| log.lines().filter(|line| line.contains(text) && line.contains(port)).count();
        let logs = self.cluster.members.iter().map(Member::log_text);
        logs.flat_map(|log| ["\"client\"", "\"peer\"", "\"peer calls\""].map(|port| of_port(&log, port))).collect()
    }

    /// Waits until every port says so once more than `before`.
    async fn say(&self, text: &str, before: &[usize], what: &str) {
        wait_until(SOON, what, async || self.said(text).iter().zip(before).all(|(now, before)| now > before)).await;
    }

    /// Has a caller with a new certificate tried at all ports until they take it, or refuse it.
    async fn try_doors(&mut self, by: &Authority, serial: u64, is_let_in: bool, what: &str) {
        self.probe.identity(&by.issue(&Leaf { common_name: "probe", serial, ..Leaf::default() }));
        let tls = self.probe.client();
        for port in &self.ports {
            let what = format!("{what} at {port:?}");
            wait_until(SOON, &what, async || port.knock(&tls).await.is_ok() == is_let_in).await;
        }
    }

    /// The load goes on: every port takes new connections, and nobody has failed.
    async fn go_on(&mut self, what: &str) {
        let before: Vec<u64> = self.done.connections.iter().map(|count| count.load(SeqCst)).collect();
        wait_until(SOON, what, async || {
            if let Some(ended) = self.load.try_join_next() {
                panic!("{what}: a client ended: {:?}", ended.unwrap());
            }
            self.done.connections.iter().zip(&before).all(|(now, before)| now.load(SeqCst) >= before + CONNECTIONS_EACH)
        })
        .await;
    }

    /// From one authority to the next, with a broken file on the way.
    async fn rotate(&mut self, old: &Authority, next: &Authority, broken: (&'static str, &str)) {
        let in_use = self.said(IN_USE);
        self.identify_members(old);
        self.say(IN_USE, &in_use, "certificates and keys").await;
        self.go_on("with other certificates and keys").await;

        let both = format!("{}{}", old.pem, next.pem);
        self.publish(&[("ca.crt", &both)]);
        self.clients.publish(&[("ca.crt", &both)]);
        self.probe.publish(&[("ca.crt", &both)]);
        let serial = self.serial();
        self.try_doors(next, serial, true, "the next authority's certificates are taken").await;
        self.go_on("with both authorities").await;

        let revoked = self.serial();
        self.publish(&[("crl.pem", &format!("{}{}", old.revoke(&[]), next.revoke(&[revoked])))]);
        self.try_doors(next, revoked, false, "the next authority's list is looked at").await;
        self.go_on("with lists by both").await;

        let in_use = self.said(IN_USE);
        self.identify_members(next);
        self.say(IN_USE, &in_use, "certificates by the next authority").await;
        self.go_on("with members of the next authority").await;
        let client = Leaf { common_name: "clients", serial: self.serial(), ..Leaf::default() };
        self.clients.identity(&next.issue(&client));
        self.go_on("with clients of the next authority").await;

        let complaints = self.said(COMPLAINT);
        let whole: Vec<String> = self.mounts.iter().map(|mount| mount.files[broken.0].clone()).collect();
        self.publish(&[broken]);
        self.say(COMPLAINT, &complaints, "the log complains").await;
        self.go_on("with a broken file").await;
        let in_use = self.said(IN_USE);
        for (mount, whole) in self.mounts.iter_mut().zip(&whole) {
            mount.publish(&[(broken.0, whole)]);
        }
        self.say(IN_USE, &in_use, "whole again").await;

        // The list by the old authority goes first: without it that would be a stranger's.
        let in_use = self.said(IN_USE);
        self.publish(&[("crl.pem", &next.revoke(&[revoked]))]);
        self.say(IN_USE, &in_use, "a list by the next one alone").await;
        self.publish(&[("ca.crt", &next.pem)]);
        self.clients.publish(&[("ca.crt", &next.pem)]);
        let serial = self.serial();
        self.try_doors(old, serial, false, "the old authority's certificates are refused").await;
        self.go_on("with the next authority alone").await;
    }

    /// Ends the load, of which nothing may have failed.
    async fn stop(&mut self) {
        self.done.stop.store(true, SeqCst);
        while let Some(ended) = self.load.join_next().await {
            ended.unwrap().unwrap_or_else(|error| panic!("{error}"));
        }
    }
}

/// What a member is started with besides: clients and members show certificates, and all of it comes from one mount.
fn flags(member: &Member, mount: &Mount) -> Vec<String> {
    let (client, peer) = (format!("https://{}", member.endpoint()), member.peer_url().replace("http://", "https://"));
    let mut flags = vec![
        format!("--listen-client-urls={client}"),
        format!("--advertise-client-urls={client}"),
        format!("--listen-peer-urls={peer}"),
        format!("--initial-advertise-peer-urls={peer}"),
        "--client-cert-auth".to_owned(),
        "--peer-client-cert-auth".to_owned(),
        format!("--client-crl-file={}", mount.text("crl.pem")),
        format!("--peer-crl-file={}", mount.text("crl.pem")),
    ];
    for prefix in ["", "peer-"] {
        flags.push(format!("--{prefix}cert-file={}", mount.text("tls.crt")));
        flags.push(format!("--{prefix}key-file={}", mount.text("tls.key")));
        flags.push(format!("--{prefix}trusted-ca-file={}", mount.text("ca.crt")));
    }
    flags
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_members_under_load_change_everything_again_and_again_without_a_failed_request() {
    let began = Instant::now();
    let asked = env::var("QUORATE_TEST_ROTATIONS").ok();
    let rounds = asked.map_or(ROUNDS, |text| text.parse().expect("QUORATE_TEST_ROTATIONS is a number"));
    let mut authority = Authority::new("authority 0");
    let mut world = World::start(&authority).await;
    world.go_on("at the beginning").await;
    let broken = [("ca.crt", "nothing"), ("tls.crt", ""), ("crl.pem", "nothing"), ("tls.key", "nothing")];
    for (round, broken) in (1..=rounds).zip(broken.into_iter().cycle()) {
        let next = Authority::new(&format!("authority {round}"));
        world.rotate(&authority, &next, broken).await;
        authority = next;
    }
    world.stop().await;
    let requests = world.done.requests.load(SeqCst);
    let handshakes = |kind: Kind| -> u64 {
        let counts = world.ports.iter().zip(&world.done.connections).filter(|(port, _)| port.0 == kind);
        counts.map(|(_, count)| count.load(SeqCst)).sum()
    };
    println!(
        "{rounds} rounds in {:.1} s: {requests} requests, {} handshakes at clients' ports and {} at members', none failed; {} times new files",
        began.elapsed().as_secs_f64(),
        handshakes(Kind::Client),
        handshakes(Kind::Peer),
        world.said(IN_USE).iter().sum::<usize>(),
    );

    // Members that are started anew find each other by what they have now.
    for at in 0..3 {
        assert!(world.cluster.members[at].terminate(SOON).await.success());
        world.cluster.members[at].restart().await;
    }
    let tls = world.clients.client();
    let mut all = Vec::new();
    for member in &world.cluster.members {
        let mut clients = Clients::over(dial(&member.endpoint(), &tls).await.unwrap());
        put(&mut clients, format!("from {}", member.name), "1").await;
        all.push(clients);
    }
    for clients in &mut all {
        assert_eq!(range_all(clients).await.unwrap().kvs.len(), 6, "three keys of the load, and three of now");
    }
}
