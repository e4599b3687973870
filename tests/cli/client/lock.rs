//! `lock` and `elect`: whose turn it is, what they print, how they end. The texts and codes are those of etcdctl.

use std::time::{Duration, Instant};

use rustix::process::Signal;
use tokio::{io::AsyncReadExt, net::TcpListener, process::Command, time::timeout};

use super::{Running, etcdctl, output, quorate, stdout};
use crate::common::{Cluster, wait_until};

const WITHIN: Duration = Duration::from_secs(20);

/// Exit code, standard output and standard error of a command that ends.
async fn ended(command: &mut Command) -> (Option<i32>, String, String) {
    let output = output(command).await;
    let text = |bytes| String::from_utf8(bytes).expect("the output is text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// The keys below `prefix`, each once.
async fn keys(endpoints: &[String], prefix: &str) -> Vec<String> {
    let found = stdout(&mut etcdctl(endpoints, &["get", "--prefix", "--keys-only", prefix])).await;
    found.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

async fn has_keys(endpoints: &[String], prefix: &str, count: usize) {
    wait_until(WITHIN, &format!("{count} keys below {prefix}"), async || keys(endpoints, prefix).await.len() == count).await;
}

/// Ends a command by a signal; its exit code and what it told.
async fn end_by(mut running: Running, signal: Signal) -> (Option<i32>, String) {
    let mut stderr = running.child.stderr.take().expect("its errors are a pipe");
    running.signal(signal);
    let (_, code) = running.end().await;
    let mut told = String::new();
    stderr.read_to_string(&mut told).await.expect("its errors are text");
    (code, told)
}

#[tokio::test]
async fn a_command_runs_under_the_lock_and_its_end_is_the_end_of_lock() {
    let cluster = Cluster::single().await;
    let endpoints = cluster.endpoints();
    for (args, code, told) in [
        (&["lock", "a", "true"][..], 0, ""),
        (&["lock", "a", "sh", "--", "-c", "exit 3"], 3, "Error: exit status 3\n"),
        (&["lock", "a", "--", "sh", "-c", "kill -9 $$"], 255, "Error: signal: killed\n"),
        (&["lock", "a", "nope"], 1, "Error: exec: \"nope\": executable file not found in $PATH\n"),
        (&["lock", "a", "/no/such"], 1, "Error: fork/exec /no/such: no such file or directory\n"),
        (&["lock", "a", "true", "--ttl", "0"], 0, ""),
        (&["lock"], 128, "Error: lock takes a lock name argument and an optional command to execute\n"),
        (&["elect"], 128, "Error: elect takes one election name argument and an optional proposal argument\n"),
        (&["elect", "a", "b", "c"], 128, "Error: elect takes one election name argument and an optional proposal argument\n"),
        (&["elect", "a"], 128, "Error: no proposal argument but -l not set\n"),
        (&["elect", "-l", "a", "b"], 128, "Error: proposal given but -l is set\n"),
    ] {
        assert_eq!(ended(&mut etcdctl(&endpoints, args)).await, (Some(code), String::new(), told.into()), "{args:?}");
    }
    assert!(keys(&endpoints, "").await.is_empty(), "no lock is left behind");
    let leases = stdout(&mut etcdctl(&endpoints, &["lease", "list"])).await;
    assert_eq!(leases, "found 0 leases\n");
}

#[tokio::test]
async fn the_command_knows_the_key_and_the_revision() {
    let cluster = Cluster::single().await;
    let endpoints = cluster.endpoints();
    let script = "echo $ETCD_LOCK_KEY; echo $ETCD_LOCK_REV; echo $QUORATE_LOCK_REVISION";
    let told = stdout(etcdctl(&endpoints, &["lock", "a", "--", "sh", "-c", script]).env("ETCD_LOCK_KEY", "outer")).await;
    let [key, revision, ours] = told.lines().collect::<Vec<_>>()[..] else { panic!("{told}") };
    assert!(key.starts_with("a/") && i64::from_str_radix(&key[2..], 16).is_ok(), "{key}");
    assert_eq!((revision, ours), ("2", ""));
}

#[tokio::test]
async fn a_lock_is_printed_and_held_until_a_signal_and_then_it_is_the_next_ones() {
    let cluster = Cluster::single().await;
    let endpoints = cluster.endpoints();
    let mut first = Running::start(&mut etcdctl(&endpoints, &["lock", "a"]));
    let [key, value] = first.lines(2).await.try_into().unwrap();
    assert_eq!((keys(&endpoints, "a/").await, value.as_str()), (vec![key.clone()], ""));

    let impatient = Running::start(&mut etcdctl(&endpoints, &["lock", "a"]));
    has_keys(&endpoints, "a/", 2).await;
    assert_eq!(end_by(impatient, Signal::INT).await, (Some(1), "Error: context canceled\n".into()));
    assert_eq!(keys(&endpoints, "a/").await, [key], "one that waits no more is gone");

    let mut second = Running::start(&mut etcdctl(&endpoints, &["lock", "a", "-w", "json"]));
    has_keys(&endpoints, "a/", 2).await;
    assert_eq!(end_by(first, Signal::TERM).await, (Some(0), String::new()));
    let printed: serde_json::Value = serde_json::from_str(&second.lines(1).await[0]).unwrap();
    assert_eq!((&printed["count"], printed["kvs"].as_array().unwrap().len()), (&1.into(), 1));
    assert_eq!(end_by(second, Signal::INT).await, (Some(0), String::new()));
    assert!(keys(&endpoints, "").await.is_empty());
}

#[tokio::test]
async fn the_lock_of_a_holder_that_was_killed_is_free_when_its_lease_ends() {
    let cluster = Cluster::single().await;
    let endpoints = cluster.endpoints();
    let mut killed = Running::start(&mut etcdctl(&endpoints, &["lock", "a", "--ttl", "2"]));
    killed.lines(2).await;
    let mut next = Running::start(&mut etcdctl(&endpoints, &["lock", "a"]));
    has_keys(&endpoints, "a/", 2).await;
    // Longer than the lease: it is renewed while it is held.
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!(keys(&endpoints, "a/").await.len(), 2);
    killed.signal(Signal::KILL);
    let begun = Instant::now();
    next.lines(2).await;
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!(end_by(next, Signal::INT).await.0, Some(0));
}

#[tokio::test]
async fn a_holder_whose_lease_is_revoked_ends() {
    let cluster = Cluster::single().await;
    let endpoints = cluster.endpoints();
    let mut holder = Running::start(&mut etcdctl(&endpoints, &["lock", "a", "--ttl", "2"]));
    let key = holder.lines(2).await.remove(0);
    stdout(&mut etcdctl(&endpoints, &["lease", "revoke", &key[2..]])).await;
    let mut stderr = holder.child.stderr.take().unwrap();
    assert_eq!(holder.end().await.1, Some(1));
    let mut told = String::new();
    stderr.read_to_string(&mut told).await.unwrap();
    assert_eq!(told, "Error: session expired\n");
}

#[tokio::test]
async fn elections_are_won_in_turn_and_listened_to() {
    let cluster = Cluster::single().await;
    let endpoints = cluster.endpoints();
    let mut listener = Running::start(&mut etcdctl(&endpoints, &["elect", "-l", "e"]));
    let mut first = Running::start(&mut etcdctl(&endpoints, &["elect", "e", "one"]));
    let led = first.lines(2).await;
    assert_eq!((keys(&endpoints, "e/").await, led[1].as_str()), (vec![led[0].clone()], "one"));
    assert_eq!(listener.lines(2).await, led);
    let impatient = Running::start(&mut etcdctl(&endpoints, &["elect", "e", "zero"]));
    has_keys(&endpoints, "e/", 2).await;
    assert_eq!(end_by(impatient, Signal::TERM).await, (Some(1), "Error: context canceled\n".into()));
    has_keys(&endpoints, "e/", 1).await;
    let mut second = Running::start(&mut etcdctl(&endpoints, &["elect", "e", "two"]));
    has_keys(&endpoints, "e/", 2).await;
    assert_eq!(end_by(first, Signal::INT).await, (Some(0), String::new()));
    let led = second.lines(2).await;
    assert_eq!(led[1], "two");
    assert_eq!(listener.lines(2).await, led);
    assert_eq!(end_by(listener, Signal::INT).await, (Some(0), String::new()));
    assert_eq!(end_by(second, Signal::TERM).await, (Some(0), String::new()));
    assert!(keys(&endpoints, "").await.is_empty());
}

/// A waiter and a listener whose member is killed go on at another one.
#[tokio::test]
async fn waiters_and_listeners_outlive_their_member() {
    let mut cluster = Cluster::start(3, &[]).await;
    // The first is the one that they begin with, the last one the holder's.
    let endpoints = cluster.endpoints();
    let mut holder = Running::start(&mut etcdctl(&endpoints[2..], &["elect", "e", "one"]));
    let led = holder.lines(2).await;
    let mut listener = Running::start(&mut etcdctl(&endpoints, &["elect", "-l", "e"]));
    assert_eq!(listener.lines(2).await, led);
    let mut waiter = Running::start(&mut etcdctl(&endpoints, &["elect", "e", "two"]));
    has_keys(&endpoints[2..], "e/", 2).await;
    cluster.members[0].kill();
    cluster.leader().await;
    assert_eq!(end_by(holder, Signal::INT).await, (Some(0), String::new()));
    let led = timeout(Duration::from_secs(90), waiter.lines(2)).await.expect("it leads in the end");
    assert_eq!(led[1], "two");
    let mut seen = listener.lines(2).await;
    while seen != led {
        seen = listener.lines(2).await;
    }
    assert_eq!(end_by(waiter, Signal::INT).await.0, Some(0));
}

#[tokio::test]
async fn a_fenced_lock_guards_writes_and_says_when_it_was_lost() {
    let cluster = Cluster::single().await;
    let endpoints = cluster.endpoints();
    let dir = tempfile::tempdir().unwrap();
    let (began, go_on) = (dir.path().join("began"), dir.path().join("go-on"));
    let write =
        format!("printf '%s\\n\\nput state %s\\n\\n\\n' \"$QUORATE_LOCK_GUARD\" $1 | {} txn", env!("CARGO_BIN_EXE_quorate"));
    let script = format!(
        "set -- before; {write}; echo $QUORATE_LOCK_REVISION; touch {}; while [ ! -e {} ]; do sleep 0.02; done; set -- after; {write}",
        began.display(),
        go_on.display()
    );
    let mut command = quorate(&endpoints, &["lock", "--fenced", "--ttl", "600", "a", "--", "sh", "-c", &script]);
    let mut holder = Running::start(&mut command);
    wait_until(WITHIN, "the command writes", async || began.exists()).await;
    let key = keys(&endpoints, "a/").await.remove(0);
    // As if the holder had stood still for longer than its lease: it does not know yet.
    stdout(&mut etcdctl(&endpoints, &["lease", "revoke", &key[2..]])).await;
    let mut next = Running::start(&mut quorate(&endpoints, &["lock", "--fenced", "a"]));
    let printed = next.lines(3).await;
    assert_eq!(printed[2], format!("create(\"{}\") = \"5\"", printed[0]), "a later holder has a greater revision");
    std::fs::write(&go_on, "").unwrap();
    let mut stderr = holder.child.stderr.take().unwrap();
    let (lines, code) = holder.end().await;
    assert_eq!((lines, code), (["SUCCESS", "", "OK", "2", "FAILURE"].map(str::to_owned).into(), Some(1)));
    let mut told = String::new();
    stderr.read_to_string(&mut told).await.unwrap();
    assert_eq!(told, "Error: the lock was lost while the command ran\n");
    assert_eq!(stdout(&mut etcdctl(&endpoints, &["get", "state"])).await, "state\nbefore\n");
    assert_eq!(end_by(next, Signal::INT).await, (Some(0), String::new()));
    let unknown = ended(&mut etcdctl(&endpoints, &["lock", "--help"])).await.1;
    assert!(!unknown.contains("fenced"), "etcdctl does not show it: {unknown}");
}

/// The server acts with its caller's rights, also when it gives up for one that went.
#[tokio::test]
async fn users_lock_and_lead_where_they_may_write() {
    let cluster = Cluster::single().await;
    let endpoints = cluster.endpoints();
    for args in [
        &["user", "add", "root:x"][..],
        &["role", "add", "root"],
        &["user", "grant-role", "root", "root"],
        &["user", "add", "ann:x"],
        &["role", "add", "a"],
        &["role", "grant-permission", "a", "readwrite", "--prefix", "a/"],
        &["user", "grant-role", "ann", "a"],
        &["auth", "enable"],
    ] {
        stdout(&mut etcdctl(&endpoints, args)).await;
    }
    let root = async |prefix: &str, count: usize| {
        wait_until(WITHIN, &format!("{count} keys below {prefix}"), async || {
            let keys = stdout(&mut etcdctl(&endpoints, &["--user=root:x", "get", "--prefix", "--keys-only", prefix])).await;
            keys.lines().filter(|line| !line.is_empty()).count() == count
        })
        .await;
    };
    let denied = (Some(1), String::new(), "Error: etcdserver: permission denied\n".to_owned());
    assert_eq!(ended(&mut etcdctl(&endpoints, &["--user=ann:x", "lock", "a", "true"])).await.0, Some(0));
    assert_eq!(ended(&mut etcdctl(&endpoints, &["--user=ann:x", "lock", "b", "true"])).await, denied);
    assert_eq!(ended(&mut etcdctl(&endpoints, &["--user=ann:x", "elect", "b", "v"])).await, denied);
    let lost = (Some(1), String::new(), "Error: elect: observer lost\n".to_owned());
    assert_eq!(ended(&mut etcdctl(&endpoints, &["--user=ann:x", "elect", "-l", "b"])).await, lost);

    let mut holder = Running::start(&mut etcdctl(&endpoints, &["--user=ann:x", "lock", "a"]));
    holder.lines(2).await;
    let mut waiter = Running::start(&mut etcdctl(&endpoints, &["--user=ann:x", "lock", "a", "--ttl", "600"]));
    root("a/", 2).await;
    // Its lease has ten minutes: it is the server that deletes the key.
    waiter.signal(Signal::KILL);
    waiter.child.wait().await.unwrap();
    root("a/", 1).await;
    assert_eq!(end_by(holder, Signal::INT).await, (Some(0), String::new()));
    root("", 0).await;
}

/// A server that stands still takes connections and answers nothing.
#[tokio::test]
async fn a_signal_ends_what_still_waits_for_its_lease() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoints = [silent.local_addr().unwrap().to_string()];
    for args in [&["lock", "a"][..], &["elect", "e", "v"]] {
        let running = Running::start(&mut etcdctl(&endpoints, &[&["--command-timeout=60s"], args].concat()));
        // It listens to signals before it connects.
        let connection = timeout(WITHIN, silent.accept()).await.expect("the command connects").unwrap();
        let begun = Instant::now();
        assert_eq!(end_by(running, Signal::INT).await, (Some(1), "Error: context canceled\n".to_owned()));
        assert!(begun.elapsed() < WITHIN);
        drop(connection);
    }
}
