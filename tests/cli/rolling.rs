//! A rolling restart: members are stopped and started one after the other, as an upgrade does it, and no client that tries again sees an
//! error.

use std::{
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use quorate_proto::etcdserverpb::{PutRequest, RangeRequest};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, timeout},
};
use tonic::Code;

use crate::common::{Clients, Cluster, range_all};

const CLIENTS: usize = 8;
/// What a client bears before it calls it an error: less than clients' usual timeouts.
const PATIENCE: Duration = Duration::from_secs(5);
const CALL_WITHIN: Duration = Duration::from_secs(2);
const BETWEEN_TRIES: Duration = Duration::from_millis(20);
const STOP_WITHIN: Duration = Duration::from_secs(10);

#[derive(Default)]
struct Seen {
    puts: u64,
    tried_again: u64,
    longest: Duration,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_try_again_see_no_error_in_a_rolling_restart() {
    let mut cluster = Cluster::start(3, &[]).await;
    let stop = Arc::new(AtomicBool::new(false));
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        clients.spawn(write(number, cluster.endpoints(), Arc::clone(&stop)));
    }
    // The leader is among them, whichever that is.
    for at in 0..3 {
        cluster.leader().await;
        let status = cluster.members[at].terminate(STOP_WITHIN).await;
        assert!(status.success(), "{status}");
        cluster.members[at].restart().await;
    }
    cluster.leader().await;
    stop.store(true, Ordering::SeqCst);
    let mut all = Seen::default();
    while let Some(ended) = clients.join_next().await {
        let seen = ended.unwrap().unwrap_or_else(|error| panic!("{error}"));
        all.puts += seen.puts;
        all.tried_again += seen.tried_again;
        all.longest = all.longest.max(seen.longest);
    }
    println!("{} puts, {} of them tried again, the longest took {:?}", all.puts, all.tried_again, all.longest);
    let held = range_all(&mut cluster.clients().await).await.unwrap();
    assert_eq!(held.count, CLIENTS as i64);
    // Every put counts at least once: one that was tried again may have happened twice.
    let versions: i64 = held.kvs.iter().map(|kv| kv.version).sum();
    assert!(versions as u64 >= all.puts, "{versions} writes are there, {} were acknowledged", all.puts);
}

/// Puts and reads back, at another member after each failure. The error is what a client that tries again would see.
async fn write(number: usize, endpoints: Vec<String>, stop: Arc<AtomicBool>) -> Result<Seen, String> {
    let mut seen = Seen::default();
    let mut at = number;
    let mut clients: Option<Clients> = None;
    while !stop.load(Ordering::SeqCst) {
        let (begun, mut failed) = (Instant::now(), String::new());
        loop {
            match timeout(CALL_WITHIN, put_and_get(&mut clients, &endpoints[at % endpoints.len()], number, seen.puts)).await {
                Ok(Ok(())) => break,
                Ok(Err(error)) => failed = error,
                Err(_) => failed = format!("no answer within {CALL_WITHIN:?}"),
            }
            if begun.elapsed() > PATIENCE {
                return Err(format!("client {number} tried for {:?}; last: {failed}", begun.elapsed()));
            }
            clients = None;
            at += 1;
            sleep(BETWEEN_TRIES).await;
        }
        seen.puts += 1;
        seen.tried_again += u64::from(!failed.is_empty());
        seen.longest = seen.longest.max(begun.elapsed());
    }
    Ok(seen)
}

async fn put_and_get(clients: &mut Option<Clients>, endpoint: &str, number: usize, turn: u64) -> Result<(), String> {
    if clients.is_none() {
        *clients = Some(Clients::try_to(endpoint).await.ok_or("no connection")?);
    }
    let clients = clients.as_mut().expect("just made");
    let key = format!("client/{number}");
    let put = PutRequest { key: key.clone().into(), value: turn.to_string().into(), ..Default::default() };
    let may_be_tried_again = |status: tonic::Status| {
        // Anything else would be an error for good.
        let passes = matches!(status.code(), Code::Unavailable | Code::Unknown | Code::Cancelled);
        assert!(passes || never_taken(&status), "{status:?}");
        status.to_string()
    };
    clients.kv.put(put).await.map_err(may_be_tried_again)?;
    let get = RangeRequest { key: key.into(), ..Default::default() };
    let found = clients.kv.range(get).await.map_err(may_be_tried_again)?.into_inner();
    assert_eq!(found.kvs[0].value, turn.to_string(), "what was acknowledged is read");
    Ok(())
}

/// Whether the member said that it is going before it took this request. Other libraries send it again by themselves then; this one
/// calls it an internal error.
fn never_taken(status: &tonic::Status) -> bool {
    let mut cause = status.source();
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<h2::Error>() {
            return error.is_go_away() && error.is_remote() && error.reason() == Some(h2::Reason::NO_ERROR);
        }
        cause = error.source();
    }
    false
}
