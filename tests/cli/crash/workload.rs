//! Clients of a cluster whose members fall: writers that keep a ledger, readers and watchers that check as they go.
//!
//! A write whose answer is lost is never repeated: it may or may not have happened, and the ledger says so.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

use quorate_proto::etcdserverpb::{
    CompactionRequest, Compare, DeleteRangeRequest, PutRequest, RangeRequest, RequestOp, TxnRequest, compare,
    request_op::Request as Op,
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use tokio::{
    task::JoinHandle,
    time::{sleep, timeout},
};
use tonic::{Code, Status, transport::Endpoint};

use super::history::{Change, Follow};
use crate::common::{Clients, header_revision};

const CALL_WITHIN: Duration = Duration::from_secs(3);
const AFTER_FAILURE: Duration = Duration::from_millis(50);
/// Between the writes of one writer, so that histories stay small.
const BETWEEN_WRITES: Duration = Duration::from_millis(2);
const COUNTER: &str = "counter";

/// What one request was to do, in all of its keys.
pub type Effects = Vec<(String, Option<String>)>;

/// What the writers know.
#[derive(Debug, Default)]
pub struct Ledger {
    /// By revision: a revision acknowledged twice would be a fault of its own.
    pub acknowledged: BTreeMap<i64, Effects>,
    /// Requests whose answer was lost.
    pub unknown: Vec<Effects>,
}

impl Ledger {
    pub fn acknowledge(&mut self, revision: i64, effects: Effects) {
        let before = self.acknowledged.insert(revision, effects);
        assert!(before.is_none(), "two writes were acknowledged at revision {revision}");
    }

    /// Holds the ledger against the history.
    pub fn check(self, history: &[Change]) {
        let mut by_revision: BTreeMap<i64, Effects> = BTreeMap::new();
        for change in history {
            by_revision.entry(change.revision).or_default().push((change.key.clone(), change.value.clone()));
        }
        for (revision, effects) in &self.acknowledged {
            let found = by_revision.remove(revision);
            assert_eq!(found.as_ref(), Some(effects), "acknowledged at revision {revision}, and now this is there");
        }
        // What is left came from requests without an answer, each at most once. Values are unique, deletes are not.
        let mut open = self.unknown;
        for (revision, effects) in by_revision {
            let at = open.iter().position(|request| *request == effects);
            let at = at.unwrap_or_else(|| panic!("nobody asked for {effects:?} at revision {revision}, or it is there twice"));
            open.swap_remove(at);
        }
    }
}

/// What all clients share.
struct Shared {
    endpoints: Vec<String>,
    stop: AtomicBool,
    /// The newest revision that any write was acknowledged at.
    acknowledged: AtomicI64,
    /// Where watchers stop: set when everything is quiet again.
    last_revision: AtomicI64,
    /// How far each watcher has come: nothing beyond it is compacted, so that each sees all of the history.
    watched: Vec<AtomicI64>,
    /// The last compaction that was acknowledged.
    compacted: AtomicI64,
}

/// What the clients have seen in the end.
pub struct Seen {
    pub ledger: Ledger,
    /// The whole history, as all watchers were told it.
    pub told: Vec<Change>,
}

/// The running clients.
pub struct Workload {
    shared: Arc<Shared>,
    writers: Vec<JoinHandle<Ledger>>,
    readers: Vec<JoinHandle<u64>>,
    watchers: Vec<JoinHandle<Vec<Change>>>,
    compactor: Option<JoinHandle<u64>>,
}

impl Workload {
    pub fn start(endpoints: &[String], writers: usize, readers: usize, watchers: usize, is_compacting: bool, seed: u64) -> Self {
        let shared = Arc::new(Shared {
            endpoints: endpoints.to_vec(),
            stop: AtomicBool::new(false),
            acknowledged: AtomicI64::new(0),
            last_revision: AtomicI64::new(0),
            watched: (0..watchers).map(|_| AtomicI64::new(0)).collect(),
            compacted: AtomicI64::new(0),
        });
        let client = |number: usize| Client {
            shared: shared.clone(),
            number,
            at: number,
            clients: None,
            random: StdRng::seed_from_u64(seed ^ number as u64),
        };
        Self {
            writers: (0..writers).map(|i| tokio::spawn(write(client(i)))).collect(),
            readers: (0..readers).map(|i| tokio::spawn(read(client(100 + i)))).collect(),
            watchers: (0..watchers).map(|i| tokio::spawn(follow(client(200 + i), i))).collect(),
            compactor: is_compacting.then(|| tokio::spawn(compact(client(300)))),
            shared,
        }
    }

    /// Ends the clients. The store is at `revision` at least.
    pub async fn finish(self, revision: i64) -> Seen {
        self.shared.stop.store(true, Ordering::SeqCst);
        if let Some(compactor) = self.compactor {
            let count = compactor.await.expect("the compactor does not fail");
            assert!(count > 1, "nothing was compacted");
        }
        let mut all = Ledger::default();
        for writer in self.writers {
            let ledger = writer.await.expect("a writer does not fail");
            all.unknown.extend(ledger.unknown);
            for (revision, effects) in ledger.acknowledged {
                all.acknowledge(revision, effects);
            }
        }
        let mut reads = 0;
        for reader in self.readers {
            reads += reader.await.expect("a reader does not fail");
        }
        assert!(reads > 0, "no read was answered");
        let last = all.acknowledged.keys().last().copied().unwrap_or(0).max(revision);
        self.shared.last_revision.store(last, Ordering::SeqCst);
        let mut told: Option<Vec<Change>> = None;
        for watcher in self.watchers {
            let seen =
                timeout(Duration::from_secs(60), watcher).await.expect("a watcher sees the end").expect("and does not fail");
            let seen: Vec<Change> = seen.into_iter().filter(|change| change.revision <= last).collect();
            let first = told.get_or_insert_with(|| seen.clone());
            assert_eq!(*first, seen, "two watchers were told different histories");
        }
        Seen { ledger: all, told: told.expect("there are watchers") }
    }
}

/// One client: it stays with a member until that one fails it.
struct Client {
    shared: Arc<Shared>,
    number: usize,
    at: usize,
    clients: Option<Clients>,
    random: StdRng,
}

impl Client {
    fn stopped(&self) -> bool {
        self.shared.stop.load(Ordering::SeqCst)
    }

    async fn connected(&mut self) -> Option<Clients> {
        if self.clients.is_none() {
            let endpoint = &self.shared.endpoints[self.at % self.shared.endpoints.len()];
            let target = Endpoint::from_shared(format!("http://{endpoint}")).expect("an address");
            let channel = target.connect_timeout(Duration::from_millis(500)).connect().await;
            self.clients = channel.ok().map(Clients::over);
        }
        if self.clients.is_none() {
            self.next_member().await;
        }
        self.clients.clone()
    }

    async fn next_member(&mut self) {
        self.clients = None;
        self.at += 1;
        sleep(AFTER_FAILURE).await;
    }
}

/// Failures after which nobody knows whether a write has happened. Anything else is a refusal that no request here deserves.
fn is_unknown(status: &Status) -> bool {
    matches!(
        status.code(),
        Code::Unavailable | Code::Unknown | Code::Cancelled | Code::DeadlineExceeded | Code::Internal | Code::Aborted
    )
}

async fn write(mut client: Client) -> Ledger {
    let mut ledger = Ledger::default();
    let mut turn = 0u64;
    while !client.stopped() {
        sleep(BETWEEN_WRITES).await;
        let Some(mut clients) = client.connected().await else { continue };
        turn += 1;
        let value = format!("{}.{turn}", client.number);
        let key = format!("writer/{}/{}", client.number, turn % 5);
        let (effects, answer) = match client.random.random_range(0..10) {
            0..6 => put(&mut clients, key, value).await,
            6..8 => pair(&mut clients, key, value).await,
            8 => delete(&mut clients, key).await,
            _ => count(&mut clients, value).await,
        };
        match answer {
            Ok(Some(revision)) => {
                client.shared.acknowledged.fetch_max(revision, Ordering::SeqCst);
                ledger.acknowledge(revision, effects);
            }
            Ok(None) => {} // certainly nothing was written
            Err(status) => {
                assert!(is_unknown(&status), "a sound write is refused: {status}");
                ledger.unknown.push(effects);
                client.next_member().await;
            }
        }
    }
    ledger
}

type Outcome = (Effects, Result<Option<i64>, Status>);

async fn bounded<T>(call: impl Future<Output = Result<tonic::Response<T>, Status>>) -> Result<T, Status> {
    let answer = timeout(CALL_WITHIN, call).await.map_err(|_| Status::deadline_exceeded("no answer in time"))?;
    answer.map(tonic::Response::into_inner)
}

async fn put(clients: &mut Clients, key: String, value: String) -> Outcome {
    let request = PutRequest { key: key.clone().into(), value: value.clone().into(), ..Default::default() };
    let answer = bounded(clients.kv.put(request)).await;
    (vec![(key, Some(value))], answer.map(|answer| Some(header_revision(&answer.header))))
}

/// Two keys in one transaction: both or none.
async fn pair(clients: &mut Clients, key: String, value: String) -> Outcome {
    let twin = format!("{key}/twin");
    let one = |key: &str| {
        let put = PutRequest { key: key.to_owned().into(), value: value.clone().into(), ..Default::default() };
        RequestOp { request: Some(Op::RequestPut(put)) }
    };
    let request = TxnRequest { success: vec![one(&key), one(&twin)], ..Default::default() };
    let answer = bounded(clients.kv.txn(request)).await;
    let effects = vec![(key, Some(value.clone())), (twin, Some(value))];
    (effects, answer.map(|answer| Some(header_revision(&answer.header))))
}

async fn delete(clients: &mut Clients, key: String) -> Outcome {
    let request = DeleteRangeRequest { key: key.clone().into(), ..Default::default() };
    let answer = bounded(clients.kv.delete_range(request)).await;
    let revision = answer.map(|answer| (answer.deleted > 0).then(|| header_revision(&answer.header)));
    (vec![(key, None)], revision)
}

/// Reads a shared key and replaces it if nobody else has.
async fn count(clients: &mut Clients, value: String) -> Outcome {
    let effects = vec![(COUNTER.to_owned(), Some(value.clone()))];
    let get = RangeRequest { key: COUNTER.into(), ..Default::default() };
    // Nothing has been asked to be written yet: a failure here leaves no doubt.
    let Ok(current) = bounded(clients.kv.range(get)).await else { return (effects, Ok(None)) };
    let expected = current.kvs.first().map_or(0, |kv| kv.mod_revision);
    let compare = Compare {
        target: compare::CompareTarget::Mod as i32,
        key: COUNTER.into(),
        target_union: Some(compare::TargetUnion::ModRevision(expected)),
        ..Default::default()
    };
    let put = PutRequest { key: COUNTER.into(), value: value.into(), ..Default::default() };
    let success = vec![RequestOp { request: Some(Op::RequestPut(put)) }];
    let answer = bounded(clients.kv.txn(TxnRequest { compare: vec![compare], success, failure: vec![] })).await;
    (effects, answer.map(|answer| answer.succeeded.then(|| header_revision(&answer.header))))
}

/// Linearizable reads: none is older than what was acknowledged before it began. Gives how many were answered.
async fn read(mut client: Client) -> u64 {
    let mut answered = 0;
    while !client.stopped() {
        sleep(BETWEEN_WRITES).await;
        let Some(mut clients) = client.connected().await else { continue };
        let before = client.shared.acknowledged.load(Ordering::SeqCst);
        let request = RangeRequest { key: COUNTER.into(), ..Default::default() };
        match bounded(clients.kv.range(request)).await {
            Ok(answer) => {
                let revision = header_revision(&answer.header);
                assert!(revision >= before, "a read at revision {revision} after a write acknowledged at {before}");
                answered += 1;
            }
            Err(_) => client.next_member().await,
        }
    }
    answered
}

/// Compacts again and again, up to where all watchers are. Gives how often that was acknowledged.
async fn compact(mut client: Client) -> u64 {
    let mut count = 0;
    while !client.stopped() {
        sleep(Duration::from_millis(client.random.random_range(50..500))).await;
        let watched = client.shared.watched.iter().map(|watched| watched.load(Ordering::SeqCst)).min().unwrap_or(0);
        if watched <= client.shared.compacted.load(Ordering::SeqCst) {
            continue;
        }
        let Some(mut clients) = client.connected().await else { continue };
        let request = CompactionRequest { revision: watched, physical: client.random.random() };
        match bounded(clients.kv.compact(request)).await {
            Ok(_) => {
                client.shared.compacted.store(watched, Ordering::SeqCst);
                count += 1;
            }
            // An earlier attempt whose answer was lost.
            Err(status) if status.code() == Code::OutOfRange => client.shared.compacted.store(watched, Ordering::SeqCst),
            Err(_) => client.next_member().await,
        }
    }
    count
}

/// Follows the whole store from its beginning, from another member after each failure, where it was.
async fn follow(mut client: Client, number: usize) -> Vec<Change> {
    let mut seen: Vec<Change> = Vec::new();
    let mut last_of: BTreeSet<(i64, String)> = BTreeSet::new();
    loop {
        let Some(clients) = client.connected().await else { continue };
        let from = seen.last().map_or(1, |change| change.revision + 1);
        let Ok(Ok(mut stream)) = timeout(CALL_WITHIN, Follow::from(&clients, from)).await else {
            client.next_member().await;
            continue;
        };
        loop {
            let end = client.shared.last_revision.load(Ordering::SeqCst);
            if end > 0 && seen.last().is_some_and(|change| change.revision >= end) {
                return seen;
            }
            match timeout(CALL_WITHIN, stream.next()).await {
                Ok(Ok(changes)) => {
                    for change in changes {
                        let newest = seen.last().map_or(1, |change| change.revision);
                        let next = change.revision == newest || change.revision == newest + 1;
                        assert!(next && change.revision >= from, "{change:?} comes after revision {newest}");
                        assert!(last_of.insert((change.revision, change.key.clone())), "{change:?} comes twice");
                        seen.push(change);
                    }
                    // A revision comes whole, so this one is complete.
                    let newest = seen.last().map_or(0, |change| change.revision);
                    client.shared.watched[number].store(newest, Ordering::SeqCst);
                }
                // Silence is no failure, but another member is tried, so that watches are resumed often.
                Ok(Err(_)) | Err(_) => break,
            }
        }
        client.next_member().await;
    }
}
