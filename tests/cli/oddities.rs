//! What etcd 3.7.1 answers where one could expect something else, as other seeds than the recorded ones found it.

use std::time::Duration;

use quorate_proto::etcdserverpb::{
    CompactionRequest, DowngradeRequest, RangeRequest,
    downgrade_request::DowngradeAction,
    range_request::{SortOrder, SortTarget},
};
use tonic::Code;

use crate::common::{Clients, Cluster, put, wait_until};

fn sorted(target: SortTarget, order: SortOrder, limit: i64) -> RangeRequest {
    RangeRequest {
        key: "a".into(),
        range_end: "z".into(),
        sort_target: target.into(),
        sort_order: order.into(),
        limit,
        ..RangeRequest::default()
    }
}

async fn ranged(c: &mut Clients, request: RangeRequest) -> String {
    let answer = c.kv.range(request).await.unwrap().into_inner();
    answer.kvs.iter().map(|kv| String::from_utf8_lossy(&kv.key).into_owned()).collect()
}

/// The keys of all chunks, with `|` behind each, and at the end `more` and `count`.
async fn streamed(c: &mut Clients, request: RangeRequest) -> String {
    let mut stream = c.kv.range_stream(request).await.unwrap().into_inner();
    let (mut told, mut end) = (String::new(), String::new());
    while let Some(answer) = stream.message().await.unwrap() {
        let range = answer.range_response.unwrap();
        for kv in &range.kvs {
            told += &String::from_utf8_lossy(&kv.key).replace('k', "");
            told += " ";
        }
        told += "|";
        end = format!(" {} {}", range.more, range.count);
    }
    told + &end
}

#[tokio::test]
async fn without_an_order_the_limit_cuts_before_anything_is_sorted() {
    let cluster = Cluster::single().await;
    let mut c = cluster.clients().await;
    for key in ["d", "b", "c", "a"] {
        put(&mut c, key, key).await;
    }
    for target in [SortTarget::Create, SortTarget::Mod] {
        assert_eq!(ranged(&mut c, sorted(target, SortOrder::None, 0)).await, "dbca");
        assert_eq!(ranged(&mut c, sorted(target, SortOrder::None, 2)).await, "bc", "of a, b and c, one more than two");
        assert_eq!(ranged(&mut c, sorted(target, SortOrder::Ascend, 2)).await, "db");
        assert_eq!(streamed(&mut c, sorted(target, SortOrder::None, 2)).await, "b c | true 3");
    }
    let filtered = RangeRequest { min_mod_revision: 1, ..sorted(SortTarget::Mod, SortOrder::None, 2) };
    assert_eq!(ranged(&mut c, filtered).await, "db");
}

#[tokio::test]
async fn a_stream_without_an_order_sorts_each_chunk_by_itself() {
    let cluster = Cluster::single().await;
    let mut c = cluster.clients().await;
    for number in (0..40).rev() {
        put(&mut c, format!("k{number:02}"), "v").await;
    }
    let mut told = async |limit| streamed(&mut c, sorted(SortTarget::Mod, SortOrder::None, limit)).await;
    assert_eq!(told(9).await, "09 08 07 06 05 04 03 02 01 | true 47");
    assert_eq!(told(12).await, "10 09 08 07 06 05 04 03 02 01 |04 03 | true 48");
    let whole = told(0).await;
    assert!(whole.starts_with("10 09 08 07 06 05 04 03 02 01 |22 21 20 19") && whole.ends_with("06 05 04 | false 66"), "{whole}");
    let refused = async |order, target, min_mod_revision| {
        let request = RangeRequest { min_mod_revision, ..sorted(target, order, 0) };
        match c.kv.clone().range_stream(request).await {
            Ok(answer) => answer.into_inner().message().await.unwrap_err(),
            Err(status) => status,
        }
    };
    for (order, target, min, text) in [
        (SortOrder::Descend, SortTarget::Key, 1, "RangeStream does not support custom sort orders"),
        (SortOrder::Ascend, SortTarget::Mod, 0, "RangeStream does not support custom sort orders"),
        (SortOrder::None, SortTarget::Mod, 1, "RangeStream does not support revision filters"),
    ] {
        let status = refused(order, target, min).await;
        assert_eq!((status.code(), status.message()), (Code::Unimplemented, text));
    }
}

#[tokio::test]
async fn the_hash_before_all_revisions_is_that_of_nothing() {
    let cluster = Cluster::single().await;
    let mut c = cluster.clients().await;
    for _ in 0..20 {
        put(&mut c, "k", "v").await;
    }
    for (compacted, compact_revision) in [(false, -1), (true, 8)] {
        if compacted {
            c.kv.compact(CompactionRequest { revision: 8, physical: true }).await.unwrap();
        }
        for revision in [-100, -1] {
            let found = c.hash_kv(revision).await.unwrap();
            assert_eq!(
                (found.hash, found.compact_revision, found.hash_revision, found.header.unwrap().revision),
                (1_084_519_789, compact_revision, revision, 21)
            );
        }
    }
}

#[tokio::test]
async fn cancelling_a_downgrade_that_there_is_none_of_succeeds() {
    let cluster = Cluster::single().await;
    let mut c = cluster.clients().await;
    let request = |action: i32, version: &str| DowngradeRequest { action, version: version.into() };
    wait_until(Duration::from_secs(30), "the version is decided, and told", async || {
        let done = c.maintenance.downgrade(request(DowngradeAction::Cancel.into(), "x")).await.unwrap().into_inner();
        done.version == "3.7"
    })
    .await;
    for (action, version, code, text) in [
        (DowngradeAction::Validate.into(), "x", Code::InvalidArgument, "etcdserver: wrong downgrade target version format"),
        (DowngradeAction::Enable.into(), "3.7.0", Code::InvalidArgument, "etcdserver: invalid downgrade target version"),
        (3, "3.6.0", Code::Unknown, "etcdserver: unknown method"),
    ] {
        let status = c.maintenance.downgrade(request(action, version)).await.unwrap_err();
        assert_eq!((status.code(), status.message()), (code, text));
    }
}
