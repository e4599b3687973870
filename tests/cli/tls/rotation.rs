//! Every file replaced while clients are at work, without one failed request.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use quorate::core::tls::ClientTls;
use tokio::task::JoinSet;

use super::{Authority, Kit, Leaf, dial};
use crate::common::{Clients, header_revision, wait_until};
use quorate_proto::etcdserverpb::PutRequest;

const SOON: Duration = Duration::from_secs(30);
/// New connections that must have been made with each state of the files.
const CONNECTIONS_EACH: u64 = 20;

/// What the load has done so far.
#[derive(Default)]
struct Done {
    connections: AtomicU64,
    requests: AtomicU64,
    stop: AtomicBool,
}

async fn put(clients: &mut Clients) -> Result<(), String> {
    let request = PutRequest { key: b"key".as_slice().into(), value: b"value".as_slice().into(), ..Default::default() };
    let answer = clients.kv.put(request).await.map_err(|status| format!("{status:?}"))?.into_inner();
    assert!(header_revision(&answer.header) > 0);
    Ok(())
}

/// A connection for each request.
async fn knock(endpoint: String, tls: Arc<ClientTls>, done: Arc<Done>) -> Result<(), String> {
    while !done.stop.load(Ordering::SeqCst) {
        let mut clients = Clients::over(dial(&endpoint, &tls).await?);
        put(&mut clients).await?;
        done.connections.fetch_add(1, Ordering::SeqCst);
        done.requests.fetch_add(1, Ordering::SeqCst);
    }
    Ok(())
}

/// All requests over one connection.
async fn stay(mut clients: Clients, done: Arc<Done>) -> Result<(), String> {
    while !done.stop.load(Ordering::SeqCst) {
        put(&mut clients).await?;
        done.requests.fetch_add(1, Ordering::SeqCst);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certificate_key_authorities_and_revocation_list_are_replaced_without_a_failed_request() {
    let kit = Kit::new();
    let cluster = kit.serve(&[]).await;
    let endpoint = cluster.members[0].endpoint();
    let tls = kit.client();
    let done = Arc::new(Done::default());
    let mut load = JoinSet::new();
    for _ in 0..3 {
        load.spawn(knock(endpoint.clone(), Arc::clone(&tls), Arc::clone(&done)));
    }
    for _ in 0..2 {
        load.spawn(stay(Clients::over(dial(&endpoint, &tls).await.unwrap()), Arc::clone(&done)));
    }
    let mut reloads = 0;
    let mut settle = async |what: &str, is_reload: bool| {
        reloads += usize::from(is_reload);
        let log = || cluster.members[0].log_text();
        wait_until(SOON, what, async || log().matches("new TLS files are in use").count() >= reloads).await;
        let before = done.connections.load(Ordering::SeqCst);
        wait_until(SOON, "the load goes on", async || {
            load_is_whole(&mut load);
            done.connections.load(Ordering::SeqCst) >= before + CONNECTIONS_EACH
        })
        .await;
    };
    settle("at the beginning", false).await;

    kit.put("server", &Leaf { serial: 11, ..Leaf::default() });
    settle("certificate and key", true).await;
    let next = Authority::new("next");
    kit.files().write("ca.pem", &format!("{}{}", kit.authority.pem, next.pem));
    settle("both authorities", true).await;
    kit.files().write("crl.pem", &format!("{}{}", kit.authority.revoke(&[999]), next.revoke(&[999])));
    settle("lists by both", true).await;
    kit.files().put("server", &next.issue(&Leaf { serial: 12, ..Leaf::default() }));
    settle("a certificate by the new one", true).await;
    kit.files().put("client", &next.issue(&Leaf { common_name: "alice", serial: 22, ..Leaf::default() }));
    settle("clients with certificates by the new one", false).await;
    // Files that can't be used, for as long as it takes the log to notice.
    for (name, broken) in [("ca.pem", "nothing"), ("server.pem", ""), ("crl.pem", "nothing"), ("server.key", "nothing")] {
        let good = std::fs::read_to_string(kit.path(name)).unwrap();
        kit.files().write(name, broken);
        let complaints =
            || cluster.members[0].log_text().matches("new TLS files can't be used; the old ones stay in use").count();
        let before = complaints();
        wait_until(SOON, name, async || complaints() > before).await;
        settle("with broken files", false).await;
        kit.files().write(name, &good);
        settle("whole again", true).await;
    }
    // The list by the old authority goes first: it would be a foreign one without it.
    kit.files().write("crl.pem", &next.revoke(&[]));
    settle("a list by the new one alone", true).await;
    kit.files().write("ca.pem", &next.pem);
    settle("the new authority alone", true).await;

    // The clients' certificate is revoked: connections stand, new ones are refused.
    done.stop.store(true, Ordering::SeqCst);
    while let Some(ended) = load.join_next().await {
        ended.unwrap().unwrap_or_else(|error| panic!("{error}"));
    }
    let mut standing = Clients::over(dial(&endpoint, &tls).await.unwrap());
    put(&mut standing).await.unwrap();
    kit.files().write("crl.pem", &next.revoke(&[22]));
    wait_until(SOON, "new connections are refused", async || match dial(&endpoint, &tls).await {
        Ok(channel) => put(&mut Clients::over(channel)).await.is_err(),
        Err(_) => true,
    })
    .await;
    put(&mut standing).await.unwrap();
    assert!(cluster.members[0].log_text().contains("certificate serial 16 revoked"));
    let (requests, connections) = (done.requests.load(Ordering::SeqCst), done.connections.load(Ordering::SeqCst));
    println!("{requests} requests, {connections} of them over connections of their own, none failed");
}

/// A client that has failed says so at once.
fn load_is_whole(load: &mut JoinSet<Result<(), String>>) {
    if let Some(ended) = load.try_join_next() {
        panic!("a client ended: {:?}", ended.unwrap());
    }
}
