//! Watches: across lost connections, with a command, interactively, and at their end.

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    time::timeout,
};

use super::{Running, WITHIN, etcdctl, output, put_somehow, stdout};
use crate::common::Cluster;

#[tokio::test]
async fn a_watch_survives_the_death_of_its_member_without_a_gap_or_a_repetition() {
    let mut cluster = Cluster::single().await;
    let endpoints = cluster.endpoints();
    let mut watch = Running::start(&mut etcdctl(&endpoints, &["watch", "k", "--rev=1"]));
    put_somehow(&endpoints, "k", "one").await;
    assert_eq!(watch.lines(3).await, ["PUT", "k", "one"]);

    cluster.members[0].kill();
    cluster.members[0].restart().await;
    put_somehow(&endpoints, "k", "two").await;
    put_somehow(&endpoints, "k", "three").await;
    assert_eq!(watch.lines(6).await, ["PUT", "k", "two", "PUT", "k", "three"]);
}

#[tokio::test]
async fn a_watch_that_has_seen_nothing_yet_goes_on_where_it_began() {
    let mut cluster = Cluster::single().await;
    let endpoints = cluster.endpoints();
    put_somehow(&endpoints, "k", "old").await;
    // Progress tells that the watch is there before anything has happened.
    let mut watch = Running::start(&mut etcdctl(&endpoints, &["watch", "-i"]));
    watch.say("watch k").await;
    watch.say("progress").await;
    assert_eq!(watch.lines(1).await, ["progress notify: 2"]);

    cluster.members[0].kill();
    cluster.members[0].restart().await;
    put_somehow(&endpoints, "k", "new").await;
    assert_eq!(watch.lines(3).await, ["PUT", "k", "new"]);
}

#[tokio::test]
async fn a_watch_moves_on_to_another_endpoint() {
    let mut cluster = Cluster::start(3, &[]).await;
    let endpoints = cluster.endpoints();
    let mut watch = Running::start(&mut etcdctl(&endpoints, &["watch", "k", "--rev=1"]));
    put_somehow(&endpoints, "k", "one").await;
    assert_eq!(watch.lines(3).await, ["PUT", "k", "one"]);

    // The watch is connected to the first endpoint that answered.
    cluster.members[0].kill();
    put_somehow(&endpoints, "k", "two").await;
    assert_eq!(watch.lines(3).await, ["PUT", "k", "two"]);
}

#[tokio::test]
async fn a_command_is_run_for_every_event() {
    let cluster = Cluster::single().await;
    let endpoints = cluster.endpoints();
    stdout(&mut etcdctl(&endpoints, &["put", "k", "a\nb"])).await;
    stdout(&mut etcdctl(&endpoints, &["del", "k"])).await;
    let script =
        r#"printf '%s %s %s %s\n' "$ETCD_WATCH_REVISION" "$ETCD_WATCH_EVENT_TYPE" "$ETCD_WATCH_KEY" "$ETCD_WATCH_VALUE""#;
    let args = ["watch", "k", "--rev=2", "--", "sh", "-c", script];
    let mut watch = Running::start(&mut etcdctl(&endpoints, &args));
    let lines = watch.lines(9).await;
    assert!(lines.contains(&r#"3 "PUT" "k" "a\nb""#.to_owned()), "{lines:?}");
    assert!(lines.contains(&r#"3 "DELETE" "k" """#.to_owned()), "{lines:?}");
}

#[tokio::test]
async fn a_command_that_fails_ends_the_watch() {
    let cluster = Cluster::single().await;
    let endpoints = cluster.endpoints();
    stdout(&mut etcdctl(&endpoints, &["put", "k", "v"])).await;
    let output = output(&mut etcdctl(&endpoints, &["watch", "k", "--rev=1", "--", "false"])).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with(r#"command ["false"] error"#), "{output:?}");
}

#[tokio::test]
async fn a_watch_below_the_compact_revision_is_cancelled_with_exit_code_5() {
    let cluster = Cluster::single().await;
    let endpoints = cluster.endpoints();
    for value in ["1", "2", "3"] {
        stdout(&mut etcdctl(&endpoints, &["put", "k", value])).await;
    }
    stdout(&mut etcdctl(&endpoints, &["compaction", "3"])).await;
    let output = output(&mut etcdctl(&endpoints, &["watch", "k", "--rev=1"])).await;
    assert_eq!((output.status.code(), output.stdout.len()), (Some(5), 0));
    let stderr = String::from_utf8_lossy(&output.stderr);
    let expected = "watch was canceled (etcdserver: mvcc: required revision has been compacted)\n\
                    Error: watch is canceled by the server\n";
    assert_eq!(stderr, expected);
}

#[tokio::test]
async fn interactive_watches_share_a_stream_and_end_with_their_input() {
    let cluster = Cluster::single().await;
    let endpoints = cluster.endpoints();
    let mut watch = Running::start(&mut etcdctl(&endpoints, &["watch", "-i"]));
    watch.say("nonsense").await;
    watch.say("watch --prefix a/").await;
    watch.say("watch 'b' -- echo ran").await;
    watch.say("progress").await;
    assert_eq!(watch.lines(2).await, ["progress notify: 1", "progress notify: 1"]);
    stdout(&mut etcdctl(&endpoints, &["put", "a/1", "x"])).await;
    assert_eq!(watch.lines(3).await, ["PUT", "a/1", "x"]);
    stdout(&mut etcdctl(&endpoints, &["put", "b", "y"])).await;
    assert_eq!(watch.lines(4).await, ["PUT", "b", "y", "ran"]);
    drop(watch.child.stdin.take());
    assert_eq!(watch.end().await, (Vec::new(), Some(3)));
}

#[tokio::test]
async fn a_watch_waits_for_a_server_to_appear() {
    let mut cluster = Cluster::single().await;
    let endpoints = cluster.endpoints();
    cluster.members[0].kill();
    let mut watch = Running::start(&mut etcdctl(&endpoints, &["watch", "k", "--rev=1", "--dial-timeout=200ms"]));
    let mut stderr = BufReader::new(watch.child.stderr.take().expect("its errors are a pipe")).lines();
    let line = timeout(WITHIN, stderr.next_line()).await.expect("it says so").expect("it is text").expect("a line");
    assert!(line.starts_with("Waiting for a connection: "), "{line}");
    cluster.members[0].restart().await;
    put_somehow(&endpoints, "k", "v").await;
    assert_eq!(watch.lines(3).await, ["PUT", "k", "v"]);
}
