//! Guided changes of members: each is one command that can be interrupted and run again, and none loses the quorum.

use std::{
    process::{Output, Stdio},
    time::Duration,
};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

use crate::common::{Cluster, Member, wait_for};

/// The commands here wait for servers that start, and for elections.
const WITHIN: Duration = Duration::from_secs(90);

/// `quorate` with arguments, in an environment that configures nothing.
fn quorate(endpoints: &[String], args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quorate"));
    command.args(args).arg(format!("--endpoints={}", endpoints.join(",")));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("ETCD")) {
        command.env_remove(name);
    }
    command.kill_on_drop(true);
    command
}

async fn output(endpoints: &[String], args: &[&str]) -> Output {
    let output = timeout(WITHIN, quorate(endpoints, args).stdin(Stdio::null()).output()).await;
    output.expect("the command ends in time").expect("the command can be run")
}

/// Runs a command that must succeed; what it prints, and what it tells.
async fn succeeds(endpoints: &[String], args: &[&str]) -> (String, String) {
    let output = output(endpoints, args).await;
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{args:?}: {stdout}{stderr}");
    (stdout, stderr)
}

/// Runs a command that must fail with exit code `code`; what it tells.
async fn fails(endpoints: &[String], args: &[&str], code: i32) -> String {
    let output = output(endpoints, args).await;
    assert_eq!(output.status.code(), Some(code), "{args:?}: {output:?}");
    text(&output.stderr)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Repeats the detailed list until it says what `is_so` asks for.
async fn details(endpoints: &[String], what: &str, is_so: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    wait_for(WITHIN, what, async || {
        let (stdout, _) = succeeds(endpoints, &["member", "list", "--detail", "-w", "json"]).await;
        let list: Value = serde_json::from_str(&stdout).expect("the list is JSON");
        let members = list["members"].as_array().expect("the list has members").clone();
        is_so(&members).then_some(members)
    })
    .await
}

/// The list once every member that is in it is healthy: only then do the commands dare what they shall.
async fn all_healthy(endpoints: &[String], size: usize) -> Vec<Value> {
    details(endpoints, "all members are healthy", |members| {
        members.len() == size && members.iter().all(|member| member["health"] == true && member["lag"].is_u64())
    })
    .await
}

fn roles(members: &[Value]) -> Vec<(&str, &str)> {
    let mut roles: Vec<_> =
        members.iter().map(|member| (member["name"].as_str().unwrap_or_default(), member["role"].as_str().unwrap())).collect();
    roles.sort_unstable();
    roles
}

fn id_of(members: &[Value], name: &str) -> String {
    let member = members.iter().find(|member| member["name"] == name).expect("the member is in the list");
    format!("{:x}", member["ID"].as_u64().expect("an id is a number"))
}

/// A guided change under way.
struct Guided {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Guided {
    fn start(endpoints: &[String], args: &[&str]) -> Self {
        let mut command = quorate(endpoints, args);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().expect("its output is a pipe")).lines();
        Self { child, lines }
    }

    /// Waits for the settings of the new member's start; what it is told of the others.
    async fn settings(&mut self) -> String {
        let mut cluster = None;
        loop {
            let line = timeout(WITHIN, self.lines.next_line()).await.expect("settings come in time").expect("text");
            let Some(line) = line else { panic!("no settings: {}", self.told().await) };
            if let Some(value) = line.strip_prefix("ETCD_INITIAL_CLUSTER=") {
                cluster = Some(value.trim_matches('"').to_owned());
            }
            if line == "ETCD_INITIAL_CLUSTER_STATE=\"existing\"" {
                return cluster.expect("the line before has the members");
            }
        }
    }

    /// Waits for the end, which must be a good one; the rest of what it prints.
    async fn ends(mut self) -> String {
        let mut printed = String::new();
        while let Some(line) = timeout(WITHIN, self.lines.next_line()).await.expect("the command ends in time").expect("text") {
            printed.push_str(&line);
            printed.push('\n');
        }
        let told = self.told().await;
        let status = self.child.wait().await.expect("it can be waited for");
        assert!(status.success(), "{status}: {printed}{told}");
        printed
    }

    async fn told(&mut self) -> String {
        let mut told = String::new();
        self.child.stderr.take().expect("a pipe, taken once").read_to_string(&mut told).await.expect("text");
        told
    }

    async fn kill(mut self) {
        self.child.kill().await.expect("a child can be killed");
    }
}

/// Tells the new member who the others are, and starts it.
async fn starts(member: &mut Member, initial_cluster: String) {
    member.belong(&initial_cluster, "existing");
    member.restart().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_detailed_list_shows_roles_and_who_is_silent() {
    let mut cluster = Cluster::start(3, &[]).await;
    let endpoints = cluster.endpoints();
    let members = all_healthy(&endpoints, 3).await;
    let mut kinds: Vec<&str> = roles(&members).into_iter().map(|(_, role)| role).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["follower", "follower", "leader"]);
    for member in &members {
        assert!(member["dbSize"].as_u64() > Some(0) && member["dbSizeInUse"].as_u64() > Some(0), "{member}");
        assert!(member["version"].is_string() && member["raftTerm"].as_u64() > Some(0), "{member}");
        assert_eq!(member["endpoint"], member["clientURLs"][0]);
    }

    let leader = cluster.leader().await;
    cluster.members[leader].kill();
    let name = cluster.members[leader].name.clone();
    let members = details(&endpoints, "the others have a leader", |members| {
        members.iter().filter(|member| member["health"] == true).count() == 2
    })
    .await;
    let dead = members.iter().find(|member| member["name"] == name.as_str()).unwrap();
    assert!(dead["error"].as_str().unwrap().contains("refused"), "{dead}");
    assert_eq!((&dead["role"], &dead["lag"]), (&Value::from("follower"), &Value::Null));

    // One that takes connections and says nothing costs no more than the command's timeout.
    let second = (0..3).find(|&i| i != leader).unwrap();
    cluster.members[second].pause();
    let third = (0..3).find(|&i| i != leader && i != second).unwrap();
    let alone = [cluster.members[third].endpoint()];
    let (table, told) = succeeds(&alone, &["member", "list", "--detail", "-w", "table", "--command-timeout=1s"]).await;
    assert!(told.contains("no quorum stands behind this list"), "{told}");
    assert!(table.contains("no answer in time"), "{table}");
    assert_eq!(table.matches("unhealthy").count(), 3, "{table}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removal_that_would_lose_the_quorum_is_refused() {
    let mut cluster = Cluster::start(3, &[]).await;
    let endpoints = cluster.endpoints();
    let members = all_healthy(&endpoints, 3).await;
    let (dead, well) = (id_of(&members, "m3"), id_of(&members, "m2"));
    cluster.members[2].kill();
    details(&endpoints, "the others have a leader", |members| {
        members.iter().filter(|member| member["health"] == true).count() == 2
    })
    .await;

    let arithmetic = "now voters 3, quorum 2, healthy 2; then voters 2, quorum 2, healthy 1";
    for args in [&["member", "remove", "m2"][..], &["member", "remove", &well], &["member", "remove", "m2", "--dry-run"]] {
        let told = fails(&endpoints, args, 1).await;
        assert!(told.contains(&format!("Error: removing m2 ({well}) would lose the quorum: {arithmetic}\n")), "{told}");
        assert!(told.contains("Not healthy: m3"), "{told}");
    }
    let (plan, _) = succeeds(&endpoints, &["member", "remove", "m2", "--dry-run", "--even-if-quorum-is-lost"]).await;
    assert!(plan.contains(&format!("remove m2 ({well}): voters 3 → 2, quorum 2 → 2, healthy 2 → 1")), "{plan}");

    let (printed, told) = succeeds(&endpoints, &["member", "remove", &dead]).await;
    assert!(printed.starts_with(&format!("Member {dead:>16} removed from cluster ")), "{printed}");
    assert_eq!(told, format!("remove m3 ({dead}): voters 3 → 2, quorum 2 → 2, healthy 2 → 2\n"));
    // Once more it is gone, which is as good.
    let (printed, _) = succeeds(&endpoints, &["member", "remove", &dead]).await;
    assert!(printed.starts_with(&format!("Member {dead:>16} is not in cluster ")), "{printed}");
    let (json, _) = succeeds(&endpoints, &["member", "remove", &dead, "-w", "json"]).await;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["members"].as_array().map(Vec::len), Some(2));
    assert_eq!(fails(&endpoints, &["member", "remove", "m3"], 1).await, "Error: no member has the id or name m3\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_hands_over_before_it_is_removed() {
    let cluster = Cluster::start(3, &[]).await;
    all_healthy(&cluster.endpoints(), 3).await;
    let leader = cluster.leader().await;
    // Through itself alone: the command finds the way to the others.
    let through = [cluster.members[leader].endpoint()];
    let name = cluster.members[leader].name.as_str();
    let (printed, told) = succeeds(&through, &["member", "remove", name]).await;
    assert_eq!(printed.lines().count(), 1, "{printed}");
    let told: Vec<&str> = told.lines().collect();
    assert!(told[0].starts_with(&format!("move leadership from {name} ")), "{told:?}");
    assert!(told[1].starts_with(&format!("remove {name} ")), "{told:?}");
    let rest: Vec<String> = cluster.members.iter().filter(|member| member.name != name).map(|member| member.endpoint()).collect();
    all_healthy(&rest, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dry_runs_tell_the_steps_and_change_nothing() {
    let cluster = Cluster::start(3, &[]).await;
    let endpoints = cluster.endpoints();
    let members = all_healthy(&endpoints, 3).await;
    let leader = roles(&members).into_iter().find(|(_, role)| *role == "leader").unwrap().0.to_owned();
    let (id, other) = (id_of(&members, &leader), id_of(&members, if leader == "m1" { "m2" } else { "m1" }));
    let url = "--peer-urls=http://127.0.0.1:1";
    let before = succeeds(&endpoints, &["member", "list"]).await;

    let (plan, _) = succeeds(&endpoints, &["member", "replace", &leader, "m4", url, "--dry-run"]).await;
    let kinds: Vec<&str> = plan.lines().map(|line| line.split(' ').nth(1).unwrap()).collect();
    assert_eq!(kinds, ["add", "wait", "promote", "move", "remove"], "{plan}");
    assert!(plan.contains("promote m4: voters 3 → 4, quorum 2 → 3, healthy 3 → 4\n"), "{plan}");
    assert!(plan.ends_with("voters 4 → 3, quorum 3 → 2, healthy 4 → 3\n"), "{plan}");

    let (json, _) = succeeds(&endpoints, &["member", "add", "m4", url, "--wait", "--dry-run", "-w", "json"]).await;
    let steps: Value = serde_json::from_str(&json).unwrap();
    let kinds: Vec<&str> = steps["steps"].as_array().unwrap().iter().map(|step| step["step"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["add-learner", "wait-for-start", "promote"]);
    assert_eq!(steps["steps"][2]["after"], serde_json::json!({"voters": 4, "quorum": 3, "healthy": 4}));

    let (plan, _) = succeeds(&endpoints, &["member", "add", "m4", url, "--dry-run"]).await;
    assert_eq!(plan, "1. add m4 at http://127.0.0.1:1 as a voter: voters 3 → 4, quorum 2 → 3, healthy 3 → 3\n");
    let (plan, _) = succeeds(&endpoints, &["member", "update", &id, url, "--dry-run"]).await;
    assert!(plan.starts_with(&format!("1. change the peer URLs of {leader} ({id}) from http://")), "{plan}");
    let (plan, _) = succeeds(&endpoints, &["move-leader", &other, "--dry-run"]).await;
    assert!(plan.starts_with(&format!("1. move leadership from {leader} ({id}) to ")), "{plan}");
    assert!(fails(&endpoints, &["member", "promote", &id, "--dry-run"], 1).await.contains("votes already"));
    let taken = format!("--peer-urls={}", cluster.members[0].peer_url());
    assert!(fails(&endpoints, &["member", "add", "m4", &taken, "--dry-run"], 1).await.contains("has these peer URLs already"));

    assert_eq!(succeeds(&endpoints, &["member", "list"]).await, before);
    assert_eq!(roles(&all_healthy(&endpoints, 3).await), roles(&members));
}

#[tokio::test]
async fn etcdctl_knows_nothing_of_all_this() {
    let cluster = Cluster::single().await;
    let endpoints = cluster.endpoints();
    for args in [
        &["etcdctl", "member", "add", "x", "--wait"][..],
        &["etcdctl", "member", "list", "--detail"],
        &["etcdctl", "member", "remove", "1", "--dry-run"],
        &["etcdctl", "move-leader", "1", "--dry-run"],
    ] {
        let flag = args.last().unwrap();
        assert!(fails(&endpoints, args, 1).await.starts_with(&format!("Error: unknown flag: {flag}")), "{args:?}");
    }
    // Any beginning that fits one verb will do, as ever.
    let told = fails(&endpoints, &["etcdctl", "member", "r", "123456789abcdef0"], 1).await;
    assert_eq!(told, "Error: etcdserver: member not found\n");
    let (help, _) = succeeds(&endpoints, &["etcdctl", "member", "remove", "--help"]).await;
    assert!(!help.contains("quorum") && !help.contains("Beyond"), "{help}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn adding_goes_on_where_it_was_interrupted() {
    let mut cluster = Cluster::start(1, &[]).await;
    let endpoints = cluster.endpoints();
    all_healthy(&endpoints, 1).await;
    let joiner = cluster.add_place("m2");
    let urls = format!("--peer-urls={}", joiner.peer_url());
    let add = ["member", "add", "m2", &urls, "--wait"];

    let mut first = Guided::start(&endpoints, &add);
    let settings = first.settings().await;
    first.kill().await;
    // The same settings again, and a limit to the wait.
    let told = fails(&endpoints, &[&add[..], &["--timeout=1s"]].concat(), 1).await;
    assert!(told.contains("not done within 1s: wait until m2 "), "{told}");
    let mut second = Guided::start(&endpoints, &add);
    assert_eq!(second.settings().await, settings);
    starts(joiner, settings).await;
    let printed = second.ends().await;
    assert!(printed.contains("promoted in cluster"), "{printed}");

    assert_eq!(all_healthy(&endpoints, 2).await.len(), 2);
    let (printed, told) = succeeds(&endpoints, &add).await;
    assert!(printed.contains("is a voting member of cluster"), "{printed}");
    assert_eq!(told, "");
    // Neither name nor peer URLs of a member are taken for another.
    let told = fails(&endpoints, &["member", "add", "m3", &urls, "--wait"], 1).await;
    assert!(told.contains("not m3"), "{told}");
    let told = fails(&endpoints, &["member", "add", "m2", "--peer-urls=http://127.0.0.1:1", "--wait"], 1).await;
    assert!(told.contains("the name m2 belongs to member"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_is_replaced_and_the_new_member_votes_before_it_goes() {
    let mut cluster = Cluster::start(3, &[]).await;
    let endpoints = cluster.endpoints();
    all_healthy(&endpoints, 3).await;
    let old = cluster.members[cluster.leader().await].name.clone();
    let joiner = cluster.add_place("m4");
    let urls = format!("--peer-urls={}", joiner.peer_url());
    // Who was never there is no interrupted replacement.
    let told = fails(&endpoints, &["member", "replace", "m9", "m4", &urls], 1).await;
    assert!(told.contains("no member has the id or name m9") && told.contains("the members are m"), "{told}");
    assert!(told.contains(&format!("quorate member add m4 {urls} --wait")), "{told}");
    assert_eq!(all_healthy(&endpoints, 3).await.len(), 3);
    let replace = ["member", "replace", &old, "m4", &urls];
    let mut guided = Guided::start(&endpoints, &replace);
    let settings = guided.settings().await;
    starts(joiner, settings).await;
    let printed = guided.ends().await;
    let printed: Vec<&str> = printed.lines().collect();
    assert!(matches!(&printed[..], [promoted, removed] if promoted.contains("promoted in") && removed.contains("removed from")));

    let rest: Vec<String> = cluster.members.iter().filter(|member| member.name != old).map(|member| member.endpoint()).collect();
    let members = all_healthy(&rest, 3).await;
    assert!(!roles(&members).iter().any(|(name, _)| *name == old), "{members:?}");
    let (printed, _) = succeeds(&rest, &replace).await;
    assert!(printed.contains("is a voting member of cluster"), "{printed}");

    // One that was interrupted just between removing a dead member and adding the new one goes on, by name too.
    let dead = cluster.members.iter_mut().find(|member| member.name != old && member.name != "m4").unwrap();
    dead.kill();
    let name = dead.name.clone();
    let rest: Vec<String> =
        cluster.members.iter().filter(|member| ![&old, &name].contains(&&member.name)).map(|member| member.endpoint()).collect();
    details(&rest, "the others have a leader", |members| members.iter().filter(|member| member["health"] == true).count() == 2)
        .await;
    succeeds(&rest, &["member", "remove", &id_of(&members, &name)]).await;
    let joiner = cluster.add_place("m5");
    let urls = format!("--peer-urls={}", joiner.peer_url());
    let mut guided = Guided::start(&rest, &["member", "replace", &name, "m5", &urls]);
    let settings = guided.settings().await;
    starts(joiner, settings).await;
    assert!(guided.ends().await.contains("promoted in cluster"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_member_is_replaced_on_a_new_disk_under_its_old_name() {
    let mut cluster = Cluster::start(3, &[]).await;
    let endpoints = cluster.endpoints();
    let members = all_healthy(&endpoints, 3).await;
    let old = id_of(&members, "m3");
    cluster.members[2].kill();
    std::fs::remove_dir_all(&cluster.members[2].data_dir).unwrap();
    details(&endpoints, "the others have a leader", |members| {
        members.iter().filter(|member| member["health"] == true).count() == 2
    })
    .await;
    let urls = format!("--peer-urls={}", cluster.members[2].peer_url());
    // By its name it could not be told from the new one afterwards.
    let told = fails(&endpoints, &["member", "replace", "m3", "m3", &urls], 128).await;
    assert!(told.contains(&format!("quorate member replace {old} m3")), "{told}");

    let replace = ["member", "replace", &old, "m3", &urls];
    let mut first = Guided::start(&endpoints, &replace);
    let settings = first.settings().await;
    first.kill().await;
    let mut second = Guided::start(&endpoints, &replace);
    assert_eq!(second.settings().await, settings);
    starts(&mut cluster.members[2], settings).await;
    assert!(second.ends().await.contains("promoted in cluster"));
    let members = all_healthy(&endpoints, 3).await;
    assert_ne!(id_of(&members, "m3"), old);
    let (printed, _) = succeeds(&endpoints, &replace).await;
    assert!(printed.contains("is a voting member of cluster"), "{printed}");
}
