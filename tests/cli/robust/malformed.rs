//! Malformed HTTP/2 and protobuf: whoever sends it loses that request or that connection, and nobody else notices.

use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use quorate_proto::etcdserverpb::{WatchCreateRequest, WatchRequest, watch_request::RequestUnion};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::mpsc,
    time::timeout,
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, body::Body, transport::Channel};
use tower_service::Service;

use crate::common::{Clients, Cluster, ServerCommand, connect, put, range_all};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const SOON: Duration = Duration::from_secs(10);

/// A frame with its header: length, kind, flags, stream.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = (payload.len() as u32).to_be_bytes()[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn malformed_http2_closes_that_connection_alone() {
    let mut cluster = Cluster::single().await;
    let mut c = cluster.clients().await;
    // A watch on another connection lives through all of it.
    let (requests, outgoing) = mpsc::channel(1);
    let create = WatchCreateRequest { key: "a".into(), ..Default::default() };
    requests.send(WatchRequest { request_union: Some(RequestUnion::CreateRequest(create)) }).await.unwrap();
    let mut watch = c.watch.watch(ReceiverStream::new(outgoing)).await.unwrap().into_inner();
    assert!(watch.message().await.unwrap().unwrap().created);

    let settings = frame(4, 0, 0, &[]);
    let after_preface = |frames: &[Vec<u8>]| [PREFACE, &settings, &frames.concat()].concat();
    let continuation = [frame(1, 0, 1, &[0x82]), frame(0, 0, 1, b"data instead of the rest of the headers")];
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("noise", (0..4096u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect()),
        ("a broken preface", b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n".to_vec()),
        ("noise after the preface", [PREFACE, &[0xff; 512][..]].concat()),
        ("settings of a wrong length", [PREFACE, &frame(4, 0, 0, &[1, 2, 3, 4, 5])[..]].concat()),
        ("headers on stream 0", after_preface(&[frame(1, 4, 0, &[0x82])])),
        ("headers that cannot be decoded", after_preface(&[frame(1, 4, 1, &[0xff; 64])])),
        ("data on stream 0", after_preface(&[frame(0, 0, 0, b"data")])),
        ("an unfinished header block", after_preface(&continuation)),
        ("a window update by nothing", after_preface(&[frame(8, 0, 0, &[0; 4])])),
        ("a window beyond its limit", after_preface(&[frame(8, 0, 0, &[0x7f, 0xff, 0xff, 0xff])])),
        ("an even stream number", after_preface(&[frame(1, 5, 2, &[0x82, 0x86, 0x84])])),
        ("a frame that claims 16 MiB", after_preface(&[vec![0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1]])),
    ];
    for (i, (name, bytes)) in cases.iter().enumerate() {
        let mut socket = TcpStream::connect(cluster.members[0].endpoint()).await.unwrap();
        // The server may hang up in the middle of it.
        _ = socket.write_all(bytes).await;
        let mut rest = Vec::new();
        let closed = timeout(SOON, socket.read_to_end(&mut rest)).await;
        // Some servers bear with some of these.
        let is_over = closed.is_ok() || ServerCommand::is_foreign();
        assert!(is_over, "{name}: the connection is still open, after {} bytes", rest.len());
        // The first connection goes on: the write is answered, and its watch sees it.
        let revision = put(&mut c, "a", i.to_string()).await;
        let seen = timeout(SOON, watch.message()).await.unwrap_or_else(|_| panic!("{name}: the watch is silent"));
        assert_eq!(seen.unwrap().unwrap().events[0].kv.as_ref().unwrap().mod_revision, revision, "{name}");
    }
    assert!(cluster.members[0].exited().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_say_nothing_do_not_keep_others_out() {
    let cluster = Cluster::single().await;
    let mut silent = Vec::new();
    for i in 0..200 {
        let mut socket = TcpStream::connect(cluster.members[0].endpoint()).await.unwrap();
        // Some stop in the middle of the preface, some before.
        socket.write_all(&PREFACE[..i % PREFACE.len()]).await.unwrap();
        silent.push(socket);
    }
    let mut c = cluster.clients().await;
    put(&mut c, "a", "1").await;
    assert_eq!(range_all(&mut c).await.unwrap().count, 1);
}

/// Sends `body` as it is; gives the HTTP status and the gRPC code.
async fn raw_call(name: &str, channel: &mut Channel, path: &str, content_type: &str, body: Bytes) -> (StatusCode, Option<Code>) {
    let request = Request::post(format!("http://server{path}"))
        .header("content-type", content_type)
        .header("te", "trailers")
        .body(Body::new(Full::new(body)))
        .expect("a request");
    std::future::poll_fn(|context| channel.poll_ready(context)).await.expect("the connection is there");
    let response = timeout(SOON, channel.call(request)).await;
    let response = response.unwrap_or_else(|_| panic!("{name}: no answer in time"));
    let response = response.unwrap_or_else(|error| panic!("{name}: no answer: {error}"));
    let (parts, body) = response.into_parts();
    let collected = timeout(SOON, body.collect()).await.unwrap_or_else(|_| panic!("{name}: no end in time"));
    let trailers = collected.ok().and_then(|body| body.trailers().cloned()).unwrap_or_default();
    let code = trailers.get("grpc-status").or(parts.headers.get("grpc-status"));
    (parts.status, code.map(|code| Code::from_bytes(code.as_bytes())))
}

/// A message with a prefix that says `length`.
fn message(flag: u8, length: usize, payload: &[u8]) -> Bytes {
    let mut bytes = BytesMut::new();
    bytes.put_u8(flag);
    bytes.put_u32(u32::try_from(length).expect("a length in 32 bits"));
    bytes.put_slice(payload);
    bytes.freeze()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn malformed_messages_are_refused_and_change_nothing() {
    let cluster = Cluster::single().await;
    let mut channel = connect(&cluster.members[0].endpoint()).await;
    let mut c = Clients::over(channel.clone());
    let revision = put(&mut c, "a", "1").await;
    // Nested transactions, deeper than any decoder follows.
    let mut deep = Vec::new();
    for _ in 0..10_000 {
        let mut level = Vec::new();
        for tag in [0x22, 0x12] {
            let mut wrapped = vec![tag];
            prost::encoding::encode_varint((deep.len() + level.len()) as u64, &mut wrapped);
            wrapped.append(&mut level);
            level = wrapped;
        }
        level.append(&mut deep);
        deep = level;
        if deep.len() > 60_000 {
            break;
        }
    }
    let grpc = "application/grpc";
    let put_path = "/etcdserverpb.KV/Put";
    for (name, path, body, code) in [
        ("a field cut off", put_path, message(0, 3, &[0x0a, 0x7f, b'a']), Code::Internal),
        ("a wire type that is none", put_path, message(0, 2, &[0x0f, 0x01]), Code::Internal),
        ("field number 0", put_path, message(0, 2, &[0x02, 0x00]), Code::Internal),
        ("an endless number", put_path, message(0, 12, &[0xff; 12]), Code::Internal),
        ("a compressed message without a compression", put_path, message(1, 2, &[0, 0]), Code::Internal),
        ("more than is allowed", put_path, message(0, 1 << 31, &[0; 64]), Code::ResourceExhausted),
        ("less than was announced", put_path, message(0, 100, &[0x0a, 0x01, b'x']), Code::Internal),
        ("nothing", put_path, Bytes::new(), Code::Internal),
        ("transactions without end", "/etcdserverpb.KV/Txn", message(0, deep.len(), &deep), Code::Internal),
        ("an unknown method", "/etcdserverpb.KV/Guess", message(0, 0, &[]), Code::Unimplemented),
        ("an unknown service", "/etcdserverpb.Guess/Put", message(0, 0, &[]), Code::Unimplemented),
    ] {
        if body.is_empty() && ServerCommand::is_foreign() {
            continue; // some never answer a call without a message
        }
        let (status, got) = raw_call(name, &mut channel, path, grpc, body).await;
        assert_eq!(status, StatusCode::OK, "{name}");
        // Which code the library gives is checked of the server that this package builds; every one must refuse.
        let refused = got.is_some_and(|got| got != Code::Ok);
        assert!(refused && (ServerCommand::is_foreign() || got == Some(code)), "{name}: {got:?} instead of {code:?}");
        let everything = range_all(&mut c).await.unwrap_or_else(|status| panic!("{name} took the connection along: {status}"));
        assert_eq!(everything.header.unwrap().revision, revision, "{name} changed something");
    }
    if ServerCommand::is_foreign() {
        return; // some reset the stream instead of answering
    }
    let (status, _) = raw_call("another content", &mut channel, put_path, "text/plain", Bytes::from_static(b"hello")).await;
    assert!(status.is_client_error(), "{status}");
}
