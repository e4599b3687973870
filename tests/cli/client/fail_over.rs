//! Commands with several endpoints, of which not all answer.

use std::time::Instant;

use super::{etcdctl, output, stdout};
use crate::common::{Cluster, free_ports};

#[tokio::test]
async fn a_dead_endpoint_is_passed_over() {
    let cluster = Cluster::single().await;
    let mut endpoints = vec![format!("127.0.0.1:{}", free_ports(1)[0])];
    endpoints.extend(cluster.endpoints());
    assert_eq!(stdout(&mut etcdctl(&endpoints, &["put", "k", "v"])).await, "OK\n");
    assert_eq!(stdout(&mut etcdctl(&endpoints, &["get", "k"])).await, "k\nv\n");
}

/// A stopped process accepts connections; the one write that may be sent must not go there.
#[tokio::test]
async fn a_write_does_not_end_at_an_endpoint_that_hangs() {
    let mut cluster = Cluster::start(3, &[]).await;
    let leader = cluster.leader().await;
    let follower = (leader + 1) % 3;
    cluster.members[follower].pause();
    let endpoints = [follower, leader].map(|at| cluster.members[at].endpoint());
    let args = ["put", "k", "v", "--dial-timeout=500ms"];
    assert_eq!(stdout(&mut etcdctl(&endpoints, &args)).await, "OK\n");
}

#[tokio::test]
async fn time_is_up_when_nobody_answers_and_the_cause_is_told() {
    let endpoint = format!("127.0.0.1:{}", free_ports(1)[0]);
    let start = Instant::now();
    let output = output(&mut etcdctl(std::slice::from_ref(&endpoint), &["get", "k", "--command-timeout=300ms"])).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(start.elapsed().as_millis() >= 300, "{:?}", start.elapsed());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.starts_with("Error: context deadline exceeded\nLast connection error: "), "{stderr}");
    assert!(stderr.contains(&endpoint), "{stderr}");
}

#[tokio::test]
async fn each_endpoint_is_asked_for_its_health() {
    let mut cluster = Cluster::start(3, &[]).await;
    cluster.leader().await;
    let endpoints = cluster.endpoints();
    cluster.members[2].kill();
    let output = output(&mut etcdctl(&endpoints, &["endpoint", "health", "--command-timeout=2s", "-w", "json"])).await;
    assert_eq!(output.status.code(), Some(1));
    let list: serde_json::Value = serde_json::from_slice(&output.stdout).expect("the output is JSON");
    let list = list.as_array().expect("a list").iter();
    let health: Vec<_> = list.map(|entry| (entry["endpoint"].as_str(), entry["health"].as_bool())).collect();
    let expected: Vec<_> = endpoints.iter().map(|endpoint| Some(endpoint.as_str())).zip([true, true, false].map(Some)).collect();
    assert_eq!(health, expected);
    assert!(String::from_utf8_lossy(&output.stderr).contains("Error: unhealthy cluster"), "{output:?}");
}
