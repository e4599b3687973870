//! Those who must stay out, or must not hold up others. What etcd had to mend is named by its advisory.

use std::time::{Duration, Instant};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::{CLIENT_SERIAL, Kit, dial, quorate, run, stdout};
use crate::common::{Clients, free_ports};

/// Source: etcd; a connection is dropped soon after.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);
const SILENT_CONNECTIONS: usize = 1200;

/// GHSA-3wh4-j44w-pg92: with HTTP on a port of its own, the list of revoked certificates was not looked at for gRPC.
#[tokio::test]
async fn a_revoked_certificate_is_refused_for_grpc_and_for_http_when_they_are_split() {
    let kit = Kit::new();
    let http = format!("https://127.0.0.1:{}", free_ports(1)[0]);
    let cluster = kit.serve(&[format!("--listen-client-http-urls={http}")]).await;
    let grpc = format!("--endpoints=https://{}", cluster.members[0].endpoint());
    let get = async || run(quorate(&["get", "a", "--command-timeout=1s", &grpc]).args(kit.client_flags())).await.status.success();
    let curl = async || {
        let mut curl = tokio::process::Command::new("curl");
        curl.args(["-sS", "--cacert", &kit.text("ca.pem"), "--cert", &kit.text("client.pem"), "--key", &kit.text("client.key")]);
        run(curl.arg(format!("{http}/health"))).await.status.success()
    };
    let has_curl = super::has("curl");
    assert!(get().await && (!has_curl || curl().await));
    kit.files().write("crl.pem", &kit.authority.revoke(&[CLIENT_SERIAL]));
    crate::common::wait_until(super::WITHIN, "the new list is in use", async || {
        cluster.members[0].log_text().contains("new TLS files are in use")
    })
    .await;
    assert!(!get().await && (!has_curl || !curl().await));
}

/// GHSA-6vch-q96h-7gc3: connections that began a handshake and went silent stayed for ever.
#[tokio::test]
async fn silent_connections_hold_nobody_up_and_are_dropped() {
    let kit = Kit::new();
    let cluster = kit.serve(&[]).await;
    let endpoint = cluster.members[0].endpoint();
    let mut silent = Vec::new();
    for _ in 0..SILENT_CONNECTIONS {
        let mut stream = TcpStream::connect(&endpoint).await.unwrap();
        stream.write_all(&[0x16, 3, 1]).await.unwrap();
        silent.push(stream);
    }
    let began = Instant::now();
    let mut clients = Clients::over(dial(&endpoint, &kit.client()).await.unwrap());
    clients.status().await.unwrap();
    assert!(began.elapsed() < HANDSHAKE_WITHIN / 3, "{:?}", began.elapsed());
    for stream in &mut silent {
        let mut rest = Vec::new();
        let ended = timeout(HANDSHAKE_WITHIN + Duration::from_secs(5), stream.read_to_end(&mut rest)).await;
        assert!(ended.is_ok(), "it is dropped, after {:?}", began.elapsed());
    }
}

/// CVE-2018-5702: a page that leads its own name to this server could talk to it from a browser.
#[tokio::test]
async fn plain_http_is_for_allowed_host_names_and_tls_for_all() {
    let kit = Kit::new();
    let mut cluster = crate::common::Cluster::prepare(&crate::common::ServerCommand::under_test(), 1, &[]);
    cluster.members[0].add_flags(&["--host-whitelist=db.example"]);
    cluster.members[0].start();
    cluster.all_ready().await.unwrap_or_else(|text| panic!("{text}"));
    let endpoint = cluster.members[0].endpoint();
    let ask = async |host: &str| {
        let mut stream = TcpStream::connect(&endpoint).await.unwrap();
        let request = format!("GET /version HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    };
    assert!(ask("db.example:2379").await.starts_with("HTTP/1.1 200"));
    let refused = ask("evil.example").await;
    assert!(refused.starts_with("HTTP/1.1 421") && refused.contains("--host-whitelist"), "{refused}");
    // gRPC is not what a browser sends.
    let put = format!("--endpoints={endpoint}");
    assert_eq!(stdout(&mut quorate(&["put", "a", "b", &put])).await, "OK\n");
    if super::has("curl") {
        let secure = kit.serve(&["--host-whitelist=db.example".to_owned()]).await;
        let mut curl = tokio::process::Command::new("curl");
        curl.args(["-sS", "--cacert", &kit.text("ca.pem"), "--cert", &kit.text("client.pem"), "--key", &kit.text("client.key")]);
        assert!(stdout(curl.arg(format!("https://{}/version", secure.members[0].endpoint()))).await.contains("etcdserver"));
    }
}
