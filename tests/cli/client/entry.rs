//! The names that the binary goes by, its environment, and readers that go away.

use std::{os::unix::fs::symlink, process::Stdio};

use tokio::process::Command;

use super::{etcdctl, output, quorate, stdout};
use crate::common::Cluster;

const QUORATE: &str = env!("CARGO_BIN_EXE_quorate");

#[tokio::test]
async fn the_name_decides_which_program_it_is() {
    let dir = tempfile::tempdir().expect("a temporary directory can be made");
    let link = dir.path().join("etcdctl");
    symlink(QUORATE, &link).expect("a link can be made");
    let etcdctl = "etcdctl version: 3.7.1\nAPI version: 3.7\n";
    assert_eq!(stdout(Command::new(&link).arg("version")).await, etcdctl);
    assert_eq!(stdout(Command::new(QUORATE).args(["etcdctl", "version"])).await, etcdctl);
    assert!(stdout(Command::new(QUORATE).arg("version")).await.starts_with("quorate version: "));
    assert!(stdout(Command::new(QUORATE).arg("--version")).await.starts_with("quorate version: "));
}

#[tokio::test]
async fn mistakes_are_answered_with_the_nearest_name() {
    let output = output(Command::new(QUORATE).args(["get", "k", "--prefx"])).await;
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "Error: unknown flag: --prefx\nDid you mean --prefix?\n");
}

#[tokio::test]
async fn features_of_later_are_refused_by_name() {
    for (args, text) in [(["snapshot", "save", "x"], "Error: snapshot is not built yet\n")] {
        let output = output(Command::new(QUORATE).args(args)).await;
        assert_eq!(output.status.code(), Some(4), "{args:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), text);
    }
}

#[tokio::test]
async fn variables_stand_in_for_flags() {
    let cluster = Cluster::single().await;
    let endpoints = cluster.endpoints();
    stdout(&mut etcdctl(&endpoints, &["put", "k", "v"])).await;
    let mut get = Command::new(QUORATE);
    get.args(["get", "k"]).env("ETCDCTL_ENDPOINTS", &endpoints[0]).env("ETCDCTL_HEX", "true");
    assert_eq!(stdout(&mut get).await, "\\x6b\n\\x76\n");

    let both = output(get.arg("--endpoints=127.0.0.1:1")).await;
    assert_eq!(both.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&both.stderr).contains("ETCDCTL_ENDPOINTS"), "{both:?}");
}

#[tokio::test]
async fn a_reader_that_goes_away_is_not_complained_about() {
    let cluster = Cluster::single().await;
    let endpoints = cluster.endpoints();
    // More than a pipe holds.
    let value = "x".repeat(100_000);
    for key in ["a", "b", "c"] {
        stdout(&mut etcdctl(&endpoints, &["put", key, &value])).await;
    }
    let mut get = etcdctl(&endpoints, &["get", "--prefix", ""]);
    let mut child = get.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().await.expect("it can be waited for");
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned()), (Some(141), String::new()));
}

#[tokio::test]
async fn values_come_from_standard_input_and_are_any_bytes() {
    let cluster = Cluster::single().await;
    let endpoints = cluster.endpoints();
    let bytes: Vec<u8> = (0..=255).collect();
    let mut put = etcdctl(&endpoints, &["put", "k"]);
    let mut child = put.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the command starts");
    let mut input = child.stdin.take().expect("its input is a pipe");
    tokio::io::AsyncWriteExt::write_all(&mut input, &bytes).await.expect("the command reads its input");
    drop(input);
    assert!(child.wait_with_output().await.expect("it can be waited for").status.success());
    let output = output(&mut etcdctl(&endpoints, &["get", "k", "--print-value-only"])).await;
    assert_eq!(output.stdout, [&bytes[..], b"\n"].concat());
}

#[tokio::test]
async fn a_put_with_a_time_to_live_hangs_on_a_lease_of_its_own() {
    let cluster = Cluster::single().await;
    let endpoints = cluster.endpoints();
    let printed = stdout(&mut quorate(&endpoints, &["put", "k", "v", "--ttl", "600"])).await;
    let lease = printed.strip_prefix("lease ").and_then(|rest| rest.strip_suffix(" granted with TTL(600s)\nOK\n"));
    let lease = lease.unwrap_or_else(|| panic!("{printed:?}"));
    let left = stdout(&mut quorate(&endpoints, &["lease", "timetolive", lease, "--keys"])).await;
    assert!(left.contains("granted with TTL(600s)") && left.ends_with("attached keys([k])\n"), "{left}");
    stdout(&mut quorate(&endpoints, &["lease", "revoke", lease])).await;
    assert_eq!(stdout(&mut quorate(&endpoints, &["get", "k"])).await, "");
    // What cannot be leaves neither key nor lease.
    let refused = output(&mut quorate(&endpoints, &["put", "k", "--ignore-value", "--ttl", "600"])).await;
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(stdout(&mut quorate(&endpoints, &["lease", "list"])).await, "found 0 leases\n");
    for (args, says) in [
        (&["put", "k", "v", "--ttl", "60", "--lease", "1"][..], "cannot be used with"),
        (&["put", "k", "v", "--ttl", "soon"], "invalid argument"),
        (&["put", "k", "v", "--ttl", "9000000001"], "too large lease TTL"),
    ] {
        let refused = output(&mut quorate(&endpoints, args)).await;
        let told = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && told.contains(says), "{args:?}: {told}");
    }
}
