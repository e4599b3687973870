//! Recovery from lost quorum, with real processes: two of three members are gone, and what the third one has is a cluster again.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant, SystemTime},
};

use quorate_proto::etcdserverpb::{
    LeaseGrantRequest, LeaseTimeToLiveRequest, MemberListRequest, PutRequest, RangeRequest, WatchCreateRequest, WatchRequest,
    cluster_client::ClusterClient, watch_request::RequestUnion,
};
use serde_json::Value;
use tokio::sync::mpsc;
use tonic::Code;

use crate::common::{Clients, Cluster, Member, ServerCommand, connect, put, range_all, wait_for, wait_until};

const WITHIN: Duration = Duration::from_secs(60);
const LEASE: i64 = 4711;
/// Clients that write at the same time.
const WRITERS: usize = 8;
/// Writes after which the members fall.
const ACKNOWLEDGED_MIN: usize = 300;

/// A server with flags of its own. Dropping it kills the process.
struct Server {
    child: Child,
    log: PathBuf,
}

impl Server {
    fn start(log: &Path, flags: &[String]) -> Self {
        let file = fs::File::create(log).unwrap();
        let mut command = ServerCommand::under_test().with(flags);
        command.stdin(Stdio::null()).stdout(file.try_clone().unwrap()).stderr(file);
        Self { child: command.spawn().unwrap(), log: log.to_path_buf() }
    }

    async fn says(&mut self, text: &str) {
        wait_until(WITHIN, &format!("the server says {text:?}"), async || {
            let log = fs::read_to_string(&self.log).unwrap_or_default();
            let said = log.contains(text);
            assert!(said || self.child.try_wait().unwrap().is_none(), "the server ended:\n{log}");
            said
        })
        .await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Neither can fail in a way that helps anybody here: the process is a child that was not waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn quorate(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_quorate")).args(args).stdin(Stdio::null()).output().unwrap()
}

/// What a command prints, whose exit code is `code`.
fn printed(output: &Output, code: i32) -> String {
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The flags of a member with some of them replaced.
fn with_flags(member: &Member, others: &[(&str, &str)]) -> Vec<String> {
    let replaced = |flag: &String| others.iter().any(|(name, _)| flag.starts_with(&format!("--{name}=")));
    let kept = member.flags().iter().filter(|flag| !replaced(flag)).cloned();
    kept.chain(others.iter().map(|(name, value)| format!("--{name}={value}"))).collect()
}

/// What of the old cluster is known to its clients.
struct Lost {
    cluster: Cluster,
    /// The member whose directory is left; every quorum of the last writes has had it.
    survivor: usize,
    /// The leader of those writes.
    leader: usize,
    /// Keys and values whose writes were answered.
    acknowledged: BTreeMap<String, String>,
    cluster_id: u64,
    /// A revision that clients have seen.
    revision: i64,
}

/// Three members under writes, of which two fall: first one that is then missing in every quorum, then, in the middle of the writes,
/// all that is left.
async fn lose_two_of_three() -> Lost {
    let mut cluster = Cluster::start(3, &[]).await;
    let leader = cluster.leader().await;
    let (survivor, missing) = ((leader + 1) % 3, (leader + 2) % 3);
    let mut clients = Clients::to(&cluster.members[leader].endpoint()).await;
    clients.lease.lease_grant(LeaseGrantRequest { id: LEASE, ttl: 3600 }).await.unwrap();
    let held = PutRequest { key: "held".into(), value: "by a lease".into(), lease: LEASE, ..PutRequest::default() };
    clients.kv.put(held).await.unwrap();
    let revision = put(&mut clients, "seen", "by all").await;
    cluster.members[missing].kill();

    let (sender, mut answers) = mpsc::channel(1024);
    for writer in 0..WRITERS {
        let (mut clients, sender) = (clients.clone(), sender.clone());
        tokio::spawn(async move {
            for count in 0.. {
                let (key, value) = (format!("k{writer}-{count}"), format!("v{count}"));
                let request = PutRequest { key: key.clone().into(), value: value.clone().into(), ..PutRequest::default() };
                // The leader has fallen.
                let Ok(_) = clients.kv.put(request).await else { return };
                sender.send((key, value)).await.unwrap();
            }
        });
    }
    drop(sender);
    let mut acknowledged = BTreeMap::new();
    while let Some((key, value)) = answers.recv().await {
        acknowledged.insert(key, value);
        if acknowledged.len() == ACKNOWLEDGED_MIN {
            cluster.members[leader].kill();
            cluster.members[survivor].kill();
        }
    }
    assert!(acknowledged.len() >= ACKNOWLEDGED_MIN);
    let identity = fs::read(cluster.members[survivor].data_dir.join("identity")).unwrap();
    let cluster_id = serde_json::from_slice::<Value>(&identity).unwrap()["cluster_id"].as_u64().unwrap();
    Lost { cluster, survivor, leader, acknowledged, cluster_id, revision }
}

async fn assert_has_all(clients: &mut Clients, acknowledged: &BTreeMap<String, String>) {
    let found: BTreeMap<String, String> = range_all(clients)
        .await
        .unwrap()
        .kvs
        .into_iter()
        .map(|kv| (String::from_utf8(kv.key.to_vec()).unwrap(), String::from_utf8(kv.value.to_vec()).unwrap()))
        .collect();
    let lost: Vec<_> = acknowledged.iter().filter(|(key, value)| found.get(*key) != Some(value)).collect();
    assert!(lost.is_empty(), "{} of {} acknowledged writes are lost: {lost:?}", lost.len(), acknowledged.len());
    assert_eq!(found.get("held").map(String::as_str), Some("by a lease"));
    let left = LeaseTimeToLiveRequest { id: LEASE, keys: true };
    let left = clients.lease.lease_time_to_live(left).await.unwrap().into_inner();
    assert_eq!((left.granted_ttl, left.keys), (3600, vec!["held".into()]));
}

/// Whoever goes on from an old revision is told that there is nothing any more.
async fn assert_old_revisions_are_compacted(clients: &mut Clients, old: i64) {
    let range = RangeRequest { key: "seen".into(), revision: old, ..RangeRequest::default() };
    let refused = clients.kv.range(range).await.unwrap_err();
    assert_eq!((refused.code(), refused.message()), (Code::OutOfRange, "etcdserver: mvcc: required revision has been compacted"));
    let create = WatchCreateRequest { key: "seen".into(), start_revision: old + 1, ..WatchCreateRequest::default() };
    let request = WatchRequest { request_union: Some(RequestUnion::CreateRequest(create)) };
    let mut answers = clients.watch.watch(tokio_stream::iter([request])).await.unwrap().into_inner();
    let told = wait_for(WITHIN, "the watch is told", async || {
        let answer = answers.message().await.unwrap().expect("the stream goes on until then");
        (answer.compact_revision > 0).then_some(answer)
    })
    .await;
    assert!(told.canceled && told.compact_revision > old + 1_000_000_000, "{told:?}");
}

async fn cluster_id_of(endpoint: &str) -> u64 {
    Clients::to(endpoint).await.status().await.unwrap().header.unwrap().cluster_id
}

#[tokio::test]
async fn a_cluster_that_has_lost_two_of_three_is_recovered_from_the_third() {
    let Lost { mut cluster, survivor, leader, acknowledged, cluster_id, revision } = lose_two_of_three().await;
    let kept = cluster.members[survivor].data_dir.clone();

    // With a second directory there is a quorum, and nothing to recover.
    let other = cluster.members[leader].data_dir.clone();
    let found = printed(&quorate(&["recover", "plan", path(&kept), path(&other)]), 3);
    assert!(found.contains("2 of 3 voters survive here, 2 are needed") && found.contains("NOT lost"), "{found}");
    assert!(found.contains("quorate member remove"), "{found}");

    let found = printed(&quorate(&["recover", "plan", path(&kept), "-w", "json"]), 0);
    let found: Value = serde_json::from_str(&found).unwrap();
    assert_eq!((found["quorum"]["lost"].as_bool(), found["quorum"]["needed"].as_u64()), (Some(true), Some(2)));
    let text = printed(&quorate(&["recover", "plan", path(&kept)]), 0);
    let command = found["apply"].as_str().unwrap();
    assert!(text.contains(command) && text.contains("--initial-cluster-token recovered-"), "{text}");

    // As the operator would type it.
    let script = format!("exec {} {} -w json", env!("CARGO_BIN_EXE_quorate"), command.strip_prefix("quorate ").unwrap());
    let made = printed(&Command::new("sh").args(["-c", &script]).output().unwrap(), 0);
    let made: Value = serde_json::from_str(&made).unwrap();
    assert!(made["revision"].as_i64().unwrap() > revision + 1_000_000_000, "{made}");
    let serve = made["serve"].as_str().unwrap();
    let recovered = made["dataDir"].as_str().unwrap();
    let member = &cluster.members[survivor];
    let (endpoint, name) = (member.endpoint(), member.name.clone());
    let peer = format!("http://127.0.0.1:{}", member.peer_port);
    let (alone, token) = (format!("{name}={peer}"), made["token"].as_str().unwrap().to_owned());
    for flag in [recovered, alone.as_str(), token.as_str()] {
        assert!(serve.contains(flag), "{serve}");
    }
    let flags = with_flags(
        member,
        &[("data-dir", recovered), ("initial-cluster", alone.as_str()), ("initial-cluster-token", token.as_str())],
    );
    let mut server = Server::start(&cluster.dir().join("recovered.log"), &flags);
    server.says("ready to serve client requests").await;
    let mut clients = Clients::to(&endpoint).await;
    assert_has_all(&mut clients, &acknowledged).await;
    assert_old_revisions_are_compacted(&mut clients, revision).await;
    assert_ne!(cluster_id_of(&endpoint).await, cluster_id);

    // A lost member comes back, finds the survivor's address, and is not let in.
    cluster.members[leader].start();
    server.says("cluster id mismatch").await;
    let after = put(&mut clients, "after", "all").await;
    assert!(after > revision + 1_000_000_000);
    let mut members = ClusterClient::new(connect(&endpoint).await);
    let list = members.member_list(MemberListRequest { linearizable: true }).await.unwrap().into_inner();
    assert_eq!(list.members.iter().map(|member| member.name.as_str()).collect::<Vec<_>>(), [name.as_str()]);
    let mut old = Clients::to(&cluster.members[leader].endpoint()).await;
    assert_eq!(old.status().await.unwrap().leader, 0, "alone it has no quorum");

    // While the new member runs its directory is in use, and so is the lost one's.
    let refused = quorate(&["recover", "plan", recovered]);
    assert!(printed(&refused, 1).contains("used by another process"), "{refused:?}");
}

/// As the plan says: by `member add`, each with an empty directory.
#[tokio::test]
async fn the_others_join_the_recovered_cluster_with_empty_directories() {
    let Lost { cluster, survivor, leader, acknowledged, revision, .. } = lose_two_of_three().await;
    let (member, late) = (&cluster.members[survivor], &cluster.members[leader]);
    let to = cluster.dir().join("recovered");
    let peer = |member: &Member| format!("http://127.0.0.1:{}", member.peer_port);
    let (name, urls) = (format!("--name={}", member.name), format!("--initial-advertise-peer-urls={}", peer(member)));
    let args = ["recover", "apply", "--from", path(&member.data_dir), "--data-dir", path(&to), &name, &urls, "-w", "json"];
    let made: Value = serde_json::from_str(&printed(&quorate(&args), 0)).unwrap();
    let (alone, token) = (format!("{}={}", member.name, peer(member)), made["token"].as_str().unwrap());
    let flags =
        with_flags(member, &[("data-dir", path(&to)), ("initial-cluster", alone.as_str()), ("initial-cluster-token", token)]);
    let mut server = Server::start(&cluster.dir().join("recovered.log"), &flags);
    server.says("ready to serve client requests").await;

    let endpoints = format!("--endpoints={}", member.endpoint());
    let late_urls = format!("--peer-urls={}", peer(late));
    let added = wait_for(WITHIN, "the member is added", async || {
        let output = quorate(&[&endpoints, "member", "add", &late.name, &late_urls]);
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
    })
    .await;
    let list = added.lines().find_map(|line| line.strip_prefix("ETCD_INITIAL_CLUSTER=")).unwrap().trim_matches('"');
    let empty = cluster.dir().join("late");
    let joining = [("data-dir", path(&empty)), ("initial-cluster", list), ("initial-cluster-state", "existing")];
    let mut joined = Server::start(&cluster.dir().join("late.log"), &with_flags(late, &joining));
    joined.says("ready to serve client requests").await;

    let mut clients = Clients::to(&late.endpoint()).await;
    assert_has_all(&mut clients, &acknowledged).await;
    assert_old_revisions_are_compacted(&mut clients, revision).await;
    let revision = put(&mut clients, "after", "all").await;
    let mut hashes = Vec::new();
    for member in [member, late] {
        let mut clients = Clients::to(&member.endpoint()).await;
        let hash = wait_for(WITHIN, "the member has the last write", async || clients.hash_kv(revision).await.ok()).await;
        hashes.push((hash.hash, hash.compact_revision, hash.header.unwrap().cluster_id));
    }
    assert_eq!(hashes[0], hashes[1]);
}

/// Members of a new cluster can be made at once, each from the same survivor; none of them begins with less than the others.
#[tokio::test]
async fn a_cluster_of_three_is_made_of_one_survivor() {
    let Lost { cluster, survivor, acknowledged, .. } = lose_two_of_three().await;
    let from = cluster.members[survivor].data_dir.clone();
    let peer = |member: &Member| format!("http://127.0.0.1:{}", member.peer_port);
    let list: Vec<String> = cluster.members.iter().map(|member| format!("{}={}", member.name, peer(member))).collect();
    let list = list.join(",");
    let mut servers = Vec::new();
    for member in &cluster.members {
        let to = cluster.dir().join(format!("{}.new", member.name));
        let (name, urls) = (format!("--name={}", member.name), format!("--initial-advertise-peer-urls={}", peer(member)));
        let initial = format!("--initial-cluster={list}");
        let args = ["recover", "apply", "--from", path(&from), "--data-dir", path(&to), &name, &urls, &initial];
        let made = printed(&quorate(&[&args[..], &["-w", "json"]].concat()), 0);
        let made: Value = serde_json::from_str(&made).unwrap();
        let token = made["token"].as_str().unwrap().to_owned();
        let flags = with_flags(member, &[("data-dir", path(&to)), ("initial-cluster-token", token.as_str())]);
        servers.push(Server::start(&cluster.dir().join(format!("{}.new.log", member.name)), &flags));
    }
    for server in &mut servers {
        server.says("ready to serve client requests").await;
    }
    let mut clients = Clients::to(&cluster.members[0].endpoint()).await;
    assert_has_all(&mut clients, &acknowledged).await;
    let revision = put(&mut clients, "after", "all").await;
    let mut hashes = Vec::new();
    for member in &cluster.members {
        let mut clients = Clients::to(&member.endpoint()).await;
        let hash = wait_for(WITHIN, "the member has the last write", async || clients.hash_kv(revision).await.ok()).await;
        hashes.push((hash.hash, hash.compact_revision, hash.header.unwrap().cluster_id));
    }
    assert!(hashes.iter().all(|hash| *hash == hashes[0]) && hashes[0].1 > 1_000_000_000, "{hashes:?}");
}

#[tokio::test]
async fn a_forced_new_cluster_goes_on_with_its_ids_and_all_of_the_log() {
    let Lost { mut cluster, survivor, leader, acknowledged, cluster_id, revision } = lose_two_of_three().await;
    let endpoint = cluster.members[survivor].endpoint();
    let flags = with_flags(&cluster.members[survivor], &[("force-new-cluster", "true")]);
    let members = async || {
        let mut members = ClusterClient::new(connect(&endpoint).await);
        members.member_list(MemberListRequest { linearizable: true }).await.unwrap().into_inner().members
    };
    let mut own = 0;
    for start in 0..3 {
        let mut server = Server::start(&cluster.dir().join(format!("forced{start}.log")), &flags);
        server.says("ready to serve client requests").await;
        let mut clients = Clients::to(&endpoint).await;
        assert_has_all(&mut clients, &acknowledged).await;
        assert_eq!(cluster_id_of(&endpoint).await, cluster_id);
        let list = members().await;
        assert!(list.len() == 1 && (own == 0 || own == list[0].id), "{list:?}");
        own = list[0].id;
        // History goes on, and whoever watches it notices nothing.
        let range = RangeRequest { key: "seen".into(), revision, ..RangeRequest::default() };
        assert_eq!(clients.kv.range(range).await.unwrap().into_inner().kvs.len(), 1);
        put(&mut clients, "after", format!("start {start}")).await;
        let log = fs::read_to_string(&server.log).unwrap();
        assert_eq!(log.contains("took all other members out of the configuration"), start == 0, "{log}");
    }

    // The old leader comes back: it is told that it was taken out, and the cluster of one goes on.
    let mut server = Server::start(&cluster.dir().join("forced.log"), &with_flags(&cluster.members[survivor], &[]));
    server.says("ready to serve client requests").await;
    cluster.members[leader].start();
    wait_until(WITHIN, "the old leader ends", async || cluster.members[leader].exited().is_some()).await;
    let mut clients = Clients::to(&endpoint).await;
    put(&mut clients, "after", "the old leader").await;
    assert_eq!(members().await.len(), 1);
}

#[tokio::test]
async fn a_half_made_directory_is_served_by_nobody() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("state")).unwrap();
    fs::write(root.path().join("unfinished"), "").unwrap();
    let flags = [
        format!("--data-dir={}", root.path().display()),
        "--listen-client-urls=http://127.0.0.1:0".into(),
        "--advertise-client-urls=http://127.0.0.1:2379".into(),
        "--listen-peer-urls=http://127.0.0.1:0".into(),
    ];
    let logs = tempfile::tempdir().unwrap();
    let mut server = Server::start(&logs.path().join("log"), &flags);
    let status = wait_for(WITHIN, "the server ends", async || server.child.try_wait().unwrap()).await;
    let text = fs::read_to_string(&server.log).unwrap();
    assert!(status.code() == Some(1) && text.contains("half made") && text.contains("Run it again"), "{text}");
}

/// What shows in a new data directory and in that of its log that so much is done.
type Moment = fn(data_dir: &Path, log: &Path) -> bool;

/// From the first write to the last.
const MOMENTS: [(&str, Moment); 5] = [
    ("begun", |to, _| to.join("unfinished").exists()),
    ("copying", |to, _| to.join("state/000001.mdb").exists()),
    ("installed", |to, _| fs::read_to_string(to.join("state/CURRENT")).is_ok_and(|name| name.trim() == "000001.mdb")),
    ("logging", |_, log| fs::read_dir(log).is_ok_and(|mut files| files.next().is_some())),
    ("identified", |to, _| to.join("identity").exists()),
];

/// Values of which copying takes a while.
const LARGE_VALUES: usize = 64;
const LARGE_VALUE_BYTES: usize = 512 << 10;

/// Every file below, with when it was changed.
fn contents(root: &Path) -> BTreeMap<PathBuf, (SystemTime, Vec<u8>)> {
    let (mut found, mut open) = (BTreeMap::new(), vec![root.to_path_buf()]);
    while let Some(path) = open.pop() {
        let metadata = path.symlink_metadata().unwrap();
        if metadata.is_dir() {
            open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
        let bytes = if metadata.is_file() { fs::read(&path).unwrap() } else { Vec::new() };
        found.insert(path, (metadata.modified().unwrap(), bytes));
    }
    found
}

/// Runs a command and kills it as soon as the moment has come, or lets it end if it is quicker. Answers whether it was killed.
fn killed_at(args: &[&str], come: impl Fn() -> bool) -> bool {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quorate"));
    let mut child = command.args(args).stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    let begun = Instant::now();
    // Without a pause: moments pass within milliseconds.
    while !come() {
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{args:?}: {status}");
            return false;
        }
        assert!(begun.elapsed() < WITHIN, "{args:?}");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap().code().is_none()
}

#[tokio::test]
async fn killed_at_any_moment_it_is_run_again_and_completes() {
    let mut cluster = Cluster::start(1, &[]).await;
    let mut clients = Clients::to(&cluster.members[0].endpoint()).await;
    let mut revision = 0;
    for at in 0..LARGE_VALUES {
        revision = put(&mut clients, format!("k{at:02}"), vec![u8::try_from(at).unwrap(); LARGE_VALUE_BYTES]).await;
    }
    cluster.members[0].kill();
    let (member, from) = (&cluster.members[0], cluster.members[0].data_dir.clone());
    let before = contents(&from);
    let peer = format!("http://127.0.0.1:{}", member.peer_port);
    let (name, urls) = (format!("--name={}", member.name), format!("--initial-advertise-peer-urls={peer}"));

    let mut half_made = Vec::new();
    let mut all_made = Vec::new();
    for (moment, come) in MOMENTS {
        let (to, log) = (cluster.dir().join(moment), cluster.dir().join(format!("{moment}-log")));
        let place = ["--from", path(&from), "--data-dir", path(&to), "--wal-dir", path(&log)];
        let args = [&["recover", "apply", &name, &urls, "-w", "json"], &place[..]].concat();
        let killed = killed_at(&args, || come(&to, &log));
        if killed && !to.join("identity").exists() {
            half_made.push(moment);
            let refused = quorate(&["recover", "plan", path(&to), "--wal-dir", path(&log)]);
            assert!(printed(&refused, 1).contains("half made"), "{moment}: {refused:?}");
        }
        let made: Value = serde_json::from_str(&printed(&quorate(&args), 0)).unwrap();
        assert_eq!(made["revision"].as_i64(), Some(revision + 1_000_000_000), "{moment}: {made}");
        assert!(!to.join("unfinished").exists(), "{moment}");
        assert!(contents(&from) == before, "{moment}: the survivor is not as it was");
        // It holds all, and by itself: the one voter is there.
        let found: Value =
            serde_json::from_str(&printed(&quorate(&["recover", "plan", path(&to), "--wal-dir", path(&log), "-w", "json"]), 3))
                .unwrap();
        let facts = &found["directories"][0]["facts"];
        assert_eq!((&facts["revision"], &facts["memberId"]), (&made["revision"], &made["memberId"]), "{moment}");
        all_made.push((moment, to, log, made));
    }
    assert!(!half_made.is_empty(), "nothing was interrupted in the middle");
    let ids = |made: &Value| (made["clusterId"].clone(), made["memberId"].clone(), made["token"].clone());
    let (_, _, _, first) = &all_made[0];
    assert!(all_made.iter().all(|(_, _, _, made)| ids(made) == ids(first)), "{all_made:?}");

    let (moment, to, log, made) = &all_made[1];
    let (alone, token) = (format!("{}={peer}", member.name), made["token"].as_str().unwrap());
    let flags = with_flags(
        member,
        &[("data-dir", path(to)), ("wal-dir", path(log)), ("initial-cluster", &alone), ("initial-cluster-token", token)],
    );
    let mut server = Server::start(&cluster.dir().join("again.log"), &flags);
    server.says("ready to serve client requests").await;
    let mut clients = Clients::to(&member.endpoint()).await;
    for at in 0..LARGE_VALUES {
        let range = RangeRequest { key: format!("k{at:02}").into(), ..RangeRequest::default() };
        let found = clients.kv.range(range).await.unwrap().into_inner().kvs;
        assert!(found.len() == 1 && found[0].value == vec![u8::try_from(at).unwrap(); LARGE_VALUE_BYTES], "{moment}: k{at:02}");
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let (from, to) = (root.path().join("from"), root.path().join("to"));
    let apply = |more: &[&str]| {
        let args = [&["recover", "apply", "--from", path(&from), "--data-dir", path(&to)], more].concat();
        let output = quorate(&args);
        assert!(!output.status.success() && !to.exists());
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(apply(&[]).contains("No such file"));
    assert!(apply(&["--mark-compacted=false"]).contains("--mark-compacted"));
    assert!(apply(&["--initial-advertise-peer-urls=here"]).contains("URL scheme must be http, https, unix, or unixs: here"));
    assert!(apply(&["--bump-revision=-1"]).contains("--bump-revision"));
    fs::create_dir_all(from.join("member/wal")).unwrap();
    assert!(apply(&[]).contains("etcd member"));
}
