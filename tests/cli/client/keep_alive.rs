//! `lease keep-alive` while the lease lives, while the member is gone, and when the lease is revoked.

use super::{Running, etcdctl, put_somehow, stdout};
use crate::common::Cluster;

#[tokio::test]
async fn a_lease_is_renewed_until_it_is_revoked_also_across_a_restart_of_the_member() {
    let mut cluster = Cluster::single().await;
    let endpoints = cluster.endpoints();
    let granted = stdout(&mut etcdctl(&endpoints, &["lease", "grant", "6"])).await;
    let id = granted.split(' ').nth(1).expect("the lease's id").to_owned();
    let mut renewing = Running::start(&mut etcdctl(&endpoints, &["lease", "keep-alive", &id]));
    let renewed = format!("lease {id} keepalived with TTL(6)");
    assert_eq!(renewing.lines(2).await, [renewed.clone(), renewed.clone()]);

    cluster.members[0].kill();
    cluster.members[0].restart().await;
    put_somehow(&endpoints, "k", "v").await;
    assert_eq!(renewing.lines(1).await, std::slice::from_ref(&renewed));

    stdout(&mut etcdctl(&endpoints, &["lease", "revoke", &id])).await;
    let (lines, code) = renewing.end().await;
    assert_eq!(lines.last(), Some(&format!("lease {id} expired or revoked.")));
    assert!(lines[..lines.len() - 1].iter().all(|line| *line == renewed), "{lines:?}");
    assert_eq!(code, Some(0));
}
