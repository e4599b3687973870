//! Requests beyond the limits get etcd's errors, to the letter, and change nothing.

use prost::Message;
use quorate_proto::etcdserverpb::{
    LeaseGrantRequest, PutRequest, RangeRequest, RequestOp, TxnRequest, request_op::Request as Op,
};
use tonic::{Code, Status};

use crate::common::{Cluster, header_revision, put, range_all};

const TOO_LARGE: &str = "etcdserver: request is too large";
/// What the transport takes beyond the limit of a request.
const TRANSPORT_ROOM_BYTES: usize = 512 * 1024;
const REQUEST_BYTES_MAX: usize = 1536 * 1024;

fn put_of(bytes: usize) -> PutRequest {
    PutRequest { key: "big".into(), value: vec![b'x'; bytes].into(), ..Default::default() }
}

fn words(status: Status) -> (Code, String) {
    (status.code(), status.message().to_owned())
}

/// Asks for puts around both limits of a server with `limit` bytes a request.
async fn ask_around(cluster: &Cluster, limit: usize) {
    let mut c = cluster.clients().await;
    let before = put(&mut c, "small", "1").await;
    // The request as it is replicated carries some bytes more than the client's own.
    let fits = c.kv.put(put_of(limit - 200)).await.expect("just below the limit").into_inner();
    assert_eq!(header_revision(&fits.header), before + 1);
    let refused = c.kv.put(put_of(limit)).await.unwrap_err();
    assert_eq!(words(refused), (Code::InvalidArgument, TOO_LARGE.into()));
    let twice = TxnRequest {
        success: ["a", "b"]
            .map(|key| RequestOp { request: Some(Op::RequestPut(PutRequest { key: key.into(), ..put_of(limit / 2) })) })
            .into(),
        ..Default::default()
    };
    let refused = c.kv.txn(twice).await.unwrap_err();
    assert_eq!(words(refused), (Code::InvalidArgument, TOO_LARGE.into()));

    let transport = limit + TRANSPORT_ROOM_BYTES;
    let huge = put_of(transport);
    let text = format!("grpc: received message larger than max ({} vs. {transport})", huge.encoded_len());
    assert_eq!(words(c.kv.put(huge).await.unwrap_err()), (Code::ResourceExhausted, text));
    // The connection goes on, and nothing has changed.
    let all = range_all(&mut c).await.unwrap();
    assert_eq!((all.count, header_revision(&all.header)), (2, before + 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_over_the_limit_are_refused_with_the_exact_words() {
    ask_around(&Cluster::single().await, REQUEST_BYTES_MAX).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_limits_are_what_the_flags_say() {
    let cluster = Cluster::start(1, &["--max-request-bytes=10000", "--max-txn-ops=5"]).await;
    ask_around(&cluster, 10_000).await;
    let mut c = cluster.clients().await;
    let gets = |count| {
        let get = RangeRequest { key: "a".into(), ..Default::default() };
        TxnRequest { success: vec![RequestOp { request: Some(Op::RequestRange(get)) }; count], ..Default::default() }
    };
    assert!(c.kv.txn(gets(5)).await.is_ok());
    let text = "etcdserver: too many operations in txn request";
    assert_eq!(words(c.kv.txn(gets(6)).await.unwrap_err()), (Code::InvalidArgument, text.into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_object_of_1_4_megabytes_is_stored_and_read_back() {
    let cluster = Cluster::single().await;
    let mut c = cluster.clients().await;
    c.kv.put(put_of(1_400_000)).await.unwrap();
    let all = range_all(&mut c).await.unwrap();
    assert_eq!(all.kvs[0].value.len(), 1_400_000);
    let far = LeaseGrantRequest { ttl: 9_000_000_001, id: 1 };
    let refused = c.lease.lease_grant(far).await.unwrap_err();
    assert_eq!(words(refused), (Code::OutOfRange, "etcdserver: too large lease TTL".into()));
}
