//! How a member with a new data directory finds its cluster: a discovery service, DNS, a cluster that runs already; and when it
//! must not begin.

mod name_server;

use std::{
    fs,
    process::{Output, Stdio},
    time::Duration,
};

use tokio::{process::Command, time::timeout};

use self::name_server::{NameServer, Records, local};
use crate::common::{Clients, Cluster, Member, ServerCommand, put, wait_for};

const ENDED_WITHIN: Duration = Duration::from_secs(30);

/// A client command of `quorate` that talks to these endpoints.
fn quorate(endpoints: &[String], args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quorate"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("ETCD")) {
        command.env_remove(name);
    }
    command.args(args).arg(format!("--endpoints={}", endpoints.join(","))).stdin(Stdio::null()).kill_on_drop(true);
    command
}

async fn output(mut command: Command) -> Output {
    timeout(ENDED_WITHIN, command.output()).await.expect("it ends in time").expect("it can be run")
}

/// What a command that must succeed prints.
async fn stdout(command: Command) -> String {
    let output = output(command).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Starts a member that must refuse to begin, and answers the last line that it wrote.
async fn refusal(member: &mut Member) -> String {
    member.start();
    let status = wait_for(ENDED_WITHIN, "the member refuses to begin", async || member.exited()).await;
    let log = member.log_text();
    assert_eq!(status.code(), Some(1), "{log}");
    log.lines().last().unwrap_or_default().to_owned()
}

/// All members serve, and what is put at the first is read at the last.
async fn works(cluster: &mut Cluster) {
    cluster.all_ready().await.unwrap();
    let mut first = cluster.clients().await;
    put(&mut first, "k", "v").await;
    let last = cluster.members.last().unwrap();
    let got = stdout(quorate(&[last.endpoint()], &["get", "k"])).await;
    assert_eq!(got, "k\nv\n");
}

async fn discovered_over(service: &ServerCommand) {
    let disco = Cluster::start_with(service, 1, &[]).await;
    let made = stdout(quorate(&disco.endpoints(), &["discovery", "new", "--size=3"])).await;
    let (token, flags) = made.trim_end().split_once('\n').unwrap();
    let flags: Vec<&str> = flags.split(' ').collect();
    let show = async || stdout(quorate(&disco.endpoints(), &["discovery", "show", token])).await;
    assert_eq!(show().await, "0 of 3 members have registered\n");

    let mut cluster = Cluster::places(&ServerCommand::under_test(), 4, &flags);
    let mut late = cluster.members.pop().unwrap();
    let registered = async |count: usize| {
        let line = format!("{count} of 3 members have registered\n");
        wait_for(ENDED_WITHIN, &line, async || show().await.starts_with(&line).then_some(())).await;
    };
    // One begins, is cut off and begins again: it is still one.
    cluster.members[0].start();
    registered(1).await;
    cluster.members[0].kill();
    cluster.members.iter_mut().for_each(Member::start);
    works(&mut cluster).await;
    registered(3).await;
    assert_eq!(show().await.matches(", member\n").count(), 3);

    assert!(refusal(&mut late).await.contains(&format!("the cluster of the discovery token {token} is full")));
    assert!(!late.data_dir.exists(), "nothing is written before it is let in");

    // The same flags resume, with the service gone.
    drop(disco);
    for member in &mut cluster.members {
        member.kill();
    }
    cluster.members.iter_mut().for_each(Member::start);
    works(&mut cluster).await;
}

#[tokio::test]
async fn members_find_each_other_through_a_discovery_service() {
    discovered_over(&ServerCommand::under_test()).await;
    if let Some(other) = ServerCommand::from_env("QUORATE_TEST_VS_SERVER") {
        discovered_over(&other).await;
    }
}

/// A discovery service that has users: a member registers as one of them, whatever tokens the service gives.
async fn discovered_as_a_user(tokens: &str) {
    let disco = Cluster::start(1, &["--bcrypt-cost=4", tokens]).await;
    let made = stdout(quorate(&disco.endpoints(), &["discovery", "new", "--size=1", "--token=blue"])).await;
    let (_, flags) = made.trim_end().split_once('\n').unwrap();
    for line in [
        "user add root:p",
        "user grant-role root root",
        "user add joiner:secret:word",
        "user add stranger:p",
        "role add join",
        "role grant-permission join readwrite --prefix /_etcd/registry/blue/",
        "user grant-role joiner join",
        "auth enable",
    ] {
        stdout(quorate(&disco.endpoints(), &line.split(' ').collect::<Vec<_>>())).await;
    }
    let flags: Vec<&str> = flags.split(' ').collect();
    let with = |more: &[&str]| Cluster::places(&ServerCommand::under_test(), 1, &[&flags[..], more].concat());
    let mut nobody = with(&[]);
    let text = refusal(&mut nobody.members[0]).await;
    assert!(text.contains("refuses to read the size: etcdserver: user name is empty"), "{text}");
    let mut wrong = with(&["--discovery-user=joiner", "--discovery-password=guess"]);
    let text = refusal(&mut wrong.members[0]).await;
    assert!(text.contains("the user joiner can't log in: etcdserver: authentication failed"), "{text}");
    let mut stranger = with(&["--discovery-user=stranger", "--discovery-password=p"]);
    let text = refusal(&mut stranger.members[0]).await;
    assert!(text.contains("etcdserver: permission denied"), "{text}");
    let mut cluster = with(&["--discovery-user=joiner", "--discovery-password=secret:word"]);
    cluster.members[0].start();
    works(&mut cluster).await;
    assert!(!cluster.members[0].log_text().contains("secret:word"));
}

#[tokio::test]
async fn a_member_logs_in_to_a_discovery_service_that_has_users() {
    discovered_as_a_user("--auth-token=simple").await;
    let key = concat!(env!("CARGO_MANIFEST_DIR"), "/src/core/server/auth/jwt/testdata/p256.pem");
    discovered_as_a_user(&format!("--auth-token=jwt,sign-method=ES256,priv-key={key}")).await;
}

#[tokio::test]
async fn a_token_is_made_once_and_is_needed() {
    let disco = Cluster::single().await;
    let endpoints = disco.endpoints();
    stdout(quorate(&endpoints, &["discovery", "new", "--size=2", "--token=blue"])).await;
    let again = output(quorate(&endpoints, &["discovery", "new", "--size=3", "--token=blue"])).await;
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&again.stderr).contains("the discovery token blue is in use already"));
    let none = output(quorate(&endpoints, &["discovery", "new"])).await;
    assert_eq!(none.status.code(), Some(128));
    stdout(quorate(&endpoints, &["discovery", "new", "--size=5", "--token=blue/sky"])).await;
    assert_eq!(stdout(quorate(&endpoints, &["discovery", "delete", "blue"])).await, "Discovery token blue deleted\n");
    assert_eq!(output(quorate(&endpoints, &["discovery", "show", "blue"])).await.status.code(), Some(1));
    assert_eq!(output(quorate(&endpoints, &["discovery", "delete", "blue"])).await.status.code(), Some(1));
    let other = stdout(quorate(&endpoints, &["discovery", "show", "blue/sky"])).await;
    assert_eq!(other, "0 of 5 members have registered\n", "a token whose keys lie below those of the deleted one");

    let service = format!("--discovery-endpoints={}", endpoints[0]);
    let mut cluster = Cluster::places(&ServerCommand::under_test(), 1, &["--discovery-token=blue", &service]);
    let text = refusal(&mut cluster.members[0]).await;
    assert!(text.contains("no size for the token blue; make one with `quorate discovery new --size=N`"), "{text}");
    cluster.members[0].add_flags(&["--initial-cluster-state=existing"]);
    let text = refusal(&mut cluster.members[0]).await;
    assert!(text.contains("a discovery service only knows how a cluster began"), "{text}");
}

#[tokio::test]
async fn members_and_clients_find_a_cluster_by_srv_records() {
    let flags = ["--discovery-srv=example.test", "--discovery-srv-name=blue"];
    let mut cluster = Cluster::places(&ServerCommand::under_test(), 3, &flags);
    let servers = cluster.members.iter().map(|member| local(0, member.peer_port)).collect();
    // The first that clients are to try does not answer: nobody listens there.
    let clients = [local(0, 1), local(1, cluster.members[2].client_port)].into();
    let names: Records =
        [("_etcd-server-blue._tcp.example.test", servers), ("_etcd-client-blue._tcp.example.test", clients)].into();
    let names = NameServer::start(names).await;
    for member in &mut cluster.members {
        member.start_behind(vec!["env".into(), names.variable()]);
        member.start();
    }
    works(&mut cluster).await;

    let by_dns = |args: &[&str]| {
        let mut get = quorate(&["127.0.0.1:1".to_owned()], &["get", "k", "--discovery-srv=example.test"]);
        get.args(args).env("QUORATE_RESOLVER", names.address.to_string());
        get
    };
    assert_eq!(stdout(by_dns(&["--discovery-srv-name=blue"])).await, "k\nv\n");
    let none = output(by_dns(&[])).await;
    let text = String::from_utf8_lossy(&none.stderr).into_owned();
    assert_eq!(none.status.code(), Some(1));
    assert!(
        text.contains("DNS has no SRV records of _etcd-client-ssl._tcp.example.test or _etcd-client._tcp.example.test"),
        "{text}"
    );
    let insecure = by_dns(&["--discovery-srv-name=blue", "--insecure-discovery=false", "--command-timeout=200ms"]);
    let text = String::from_utf8_lossy(&output(insecure).await.stderr).into_owned();
    assert!(text.contains("ignoring discovered insecure endpoint \"http://localhost:1\""), "{text}");

    let mut stranger = Cluster::places(&ServerCommand::under_test(), 1, &flags);
    stranger.members[0].start_behind(vec!["env".into(), names.variable()]);
    let text = refusal(&mut stranger.members[0]).await;
    assert!(text.contains("no SRV record of _etcd-server-blue._tcp.example.test leads to this member's"), "{text}");
}

/// Adds a member by the command line, and prepares it with the flags that the command says.
async fn add(cluster: &Cluster, name: &str, learner: bool) -> Member {
    let mut member = cluster.further_place(name);
    let url = format!("--peer-urls={}", member.peer_url());
    let mut args = vec!["member", "add", name, &url];
    args.extend(learner.then_some("--learner"));
    // A member that others have not been connected to for long enough is refused for a while.
    let said = wait_for(ENDED_WITHIN, "the member is added", async || {
        let output = output(quorate(&cluster.endpoints(), &args)).await;
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
    })
    .await;
    let said = |variable: &str| {
        let line = said.lines().find_map(|line| line.strip_prefix(variable)).unwrap_or_else(|| panic!("{variable} in {said}"));
        line.trim_matches('"').to_owned()
    };
    member.belong(&said("ETCD_INITIAL_CLUSTER="), &said("ETCD_INITIAL_CLUSTER_STATE="));
    member
}

/// All members have the same history.
async fn are_level(cluster: &Cluster) {
    let endpoints = cluster.endpoints();
    wait_for(ENDED_WITHIN, "all hashes are equal", async || {
        let mut seen = Vec::new();
        for endpoint in &endpoints {
            let answer = Clients::to(endpoint).await.hash_kv(0).await.ok()?;
            seen.push((answer.hash, answer.hash_revision));
        }
        seen.windows(2).all(|pair| pair[0] == pair[1]).then_some(())
    })
    .await;
}

async fn a_member_joins(flags: &[&str], puts: usize) -> Cluster {
    let mut cluster = Cluster::start(3, flags).await;
    let mut first = cluster.clients().await;
    for i in 0..puts {
        put(&mut first, format!("key{i}"), "value").await;
    }
    let mut fourth = add(&cluster, "m4", false).await;
    fourth.start();
    cluster.members.push(fourth);
    works(&mut cluster).await;
    are_level(&cluster).await;
    put(&mut Clients::to(&cluster.members[3].endpoint()).await, "through", "m4").await;
    are_level(&cluster).await;
    cluster
}

#[tokio::test]
async fn a_member_joins_a_running_cluster_and_resumes_with_the_same_flags() {
    let mut cluster = a_member_joins(&[], 20).await;
    for member in &mut cluster.members {
        member.kill();
    }
    cluster.members.iter_mut().for_each(Member::start);
    works(&mut cluster).await;
    are_level(&cluster).await;

    // Whoever writes the flags anew for all members writes the list as it is now, for a new cluster.
    let list: Vec<String> = cluster.members.iter().map(|member| format!("{}={}", member.name, member.peer_url())).collect();
    let first = &mut cluster.members[0];
    first.kill();
    first.belong(&list.join(","), "new");
    first.start();
    works(&mut cluster).await;

    // It has started once: its name does not let an empty disk in again.
    let fourth = &mut cluster.members[3];
    fourth.kill();
    fs::remove_dir_all(&fourth.data_dir).unwrap();
    let text = refusal(fourth).await;
    assert!(text.contains("(m4) has already been bootstrapped"), "{text}");
}

#[tokio::test]
async fn a_member_joins_a_cluster_that_has_cut_its_log() {
    let cluster = a_member_joins(&["--snapshot-catchup-entries=5"], 2000).await;
    let log = cluster.members[3].log_text();
    assert!(log.contains("snapshot"), "a whole state was sent:\n{log}");
}

#[tokio::test]
async fn a_learner_joins_and_is_promoted() {
    let mut cluster = Cluster::start(1, &[]).await;
    let mut learner = add(&cluster, "m2", true).await;
    learner.restart().await;
    cluster.members.push(learner);
    let listed = stdout(quorate(&[cluster.members[0].endpoint()], &["member", "list"])).await;
    let line = listed.lines().find(|line| line.contains(", m2, ")).unwrap().to_owned();
    assert!(line.ends_with(", true"), "{line}");
    let id = line.split(',').next().unwrap();
    wait_for(ENDED_WITHIN, "the learner is promoted", async || {
        let promoted = output(quorate(&[cluster.members[0].endpoint()], &["member", "promote", id])).await;
        promoted.status.success().then_some(())
    })
    .await;
    works(&mut cluster).await;
    are_level(&cluster).await;
}

/// Whom a member that joined must answer stands in no log yet, and what it was told at first is gone with the process.
#[tokio::test]
async fn a_member_that_is_cut_off_between_joining_and_hearing_of_the_leader_comes_in_all_the_same() {
    let mut cluster = Cluster::start(3, &[]).await;
    let mut fourth = add(&cluster, "m4", false).await;
    let leader = cluster.leader().await;
    let answering = (leader + 1) % 3;
    let endpoint = cluster.members[answering].endpoint();
    wait_for(ENDED_WITHIN, "a follower knows of the fourth member", async || {
        let listed = stdout(quorate(std::slice::from_ref(&endpoint), &["member", "list", "--consistency=s"])).await;
        (listed.lines().count() == 4).then_some(())
    })
    .await;
    for other in (0..3).filter(|other| *other != answering) {
        cluster.members[other].pause();
    }
    fourth.start();
    wait_for(ENDED_WITHIN, "the member has begun", async || fourth.log_text().contains("opened data directory").then_some(()))
        .await;
    fourth.kill();
    assert!(!fourth.log_text().contains("ready to serve"), "nobody led");
    for other in (0..3).filter(|other| *other != answering) {
        cluster.members[other].resume();
    }
    fourth.start();
    cluster.members.push(fourth);
    works(&mut cluster).await;
    are_level(&cluster).await;
}

#[tokio::test]
async fn a_member_that_lost_its_data_is_refused_under_its_old_name() {
    let mut cluster = Cluster::start(3, &[]).await;
    works(&mut cluster).await;
    let elsewhere = cluster.dir().join("elsewhere");
    let lost = &mut cluster.members[2];
    lost.kill();
    fs::rename(&lost.data_dir, &elsewhere).unwrap();
    for state in ["new", "existing"] {
        lost.add_flags(&[&format!("--initial-cluster-state={state}")]);
        let text = refusal(lost).await;
        assert!(
            text.contains("(m3) has already been bootstrapped") && text.contains("quorate member replace"),
            "{state}: {text}"
        );
        assert!(!lost.data_dir.exists(), "nothing is written before it is let in");
    }
    fs::rename(&elsewhere, &lost.data_dir).unwrap();
    lost.start();
    works(&mut cluster).await;
}

#[tokio::test]
async fn who_joins_is_told_what_is_missing() {
    let cluster = Cluster::start(1, &[]).await;
    let joining = |other: &str| {
        let mut place = Cluster::places(&ServerCommand::under_test(), 1, &[]);
        let list = format!("m1={},{other}", place.members[0].peer_url());
        place.members[0].belong(&list, "existing");
        place
    };
    let mut stranger = joining(&format!("a={}", cluster.members[0].peer_url()));
    let text = refusal(&mut stranger.members[0]).await;
    let url = stranger.members[0].peer_url();
    assert!(text.contains(&format!("add it first: quorate member add m1 --peer-urls={url}")), "{text}");
    let mut lonely = joining("b=http://127.0.0.1:1");
    let text = refusal(&mut lonely.members[0]).await;
    assert!(text.contains("no member of the cluster to join can be reached: http://127.0.0.1:1: "), "{text}");
    let mut alone = joining("");
    assert!(refusal(&mut alone.members[0]).await.contains("names no other member than this one, m1"));
}
