//! Commands on ranges: reading them in pieces, and deleting one that was perhaps meant otherwise.

use std::time::{Duration, Instant};

use super::{etcdctl, output, stdout};
use crate::common::Cluster;

#[tokio::test]
async fn a_streamed_answer_prints_what_a_plain_one_prints() {
    let cluster = Cluster::single().await;
    let endpoints = cluster.endpoints();
    // More keys than the first pieces of a stream hold.
    for i in 0..30 {
        stdout(&mut etcdctl(&endpoints, &["put", &format!("k/{i:02}"), "v"])).await;
    }
    for more in [&["-w", "fields"][..], &["-w", "json", "--limit=7"], &["--keys-only", "--order=ASCEND"]] {
        let args = [&["get", "k/", "--prefix"], more].concat();
        let plain = stdout(&mut etcdctl(&endpoints, &args)).await;
        assert!(plain.len() > 30, "{plain}");
        assert_eq!(stdout(&mut etcdctl(&endpoints, &[&args[..], &["--stream"]].concat())).await, plain);
    }
}

#[tokio::test]
async fn a_range_is_deleted_after_a_warning_unless_it_was_meant() {
    let cluster = Cluster::single().await;
    let endpoints = cluster.endpoints();
    for key in ["a", "b", "c"] {
        stdout(&mut etcdctl(&endpoints, &["put", key, "v"])).await;
    }
    let start = Instant::now();
    let asked = output(&mut etcdctl(&endpoints, &["del", "a", "b"])).await;
    assert!(start.elapsed() >= Duration::from_secs(2), "{:?}", start.elapsed());
    assert_eq!(asked.stdout, b"1\n");
    assert!(String::from_utf8_lossy(&asked.stderr).starts_with("Warning: "), "{asked:?}");

    let meant = output(&mut etcdctl(&endpoints, &["del", "b", "d", "--range"])).await;
    assert_eq!((meant.stdout, meant.stderr), (b"2\n".to_vec(), Vec::new()));
}
