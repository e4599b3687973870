//! Members of a cluster reduced to their links, over loopback.

mod broken;
mod deaf;
mod links;
mod silent;
mod snapshots;

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use parking_lot::Mutex;
use quorate_proto::peer as wire;
use tokio::{net::TcpListener, runtime::Handle, sync::oneshot, task::JoinHandle};

use super::{
    Block, Ids, Inbound, LeaderFuture, OpenSnapshot, Outbox, PackedRows, Place, SnapshotMoves, SnapshotSink, SnapshotSource,
    StateReader, Transport, message_type as kind, serve,
};

const CLUSTER: u64 = 0xc1;
/// Far longer than anything here takes on a busy machine.
const DEADLINE: Duration = Duration::from_secs(20);

/// Waits until something is so.
async fn until(what: &str, condition: impl Fn() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < DEADLINE, "not within {DEADLINE:?}: {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

fn message(r#type: i32, from: u64, to: u64, index: u64) -> wire::Message {
    wire::Message { r#type, from, to, index, ..Default::default() }
}

fn append(from: u64, to: u64, index: u64, bytes: usize) -> wire::Message {
    let entry = wire::Entry { index, data: vec![b'x'; bytes].into(), ..Default::default() };
    wire::Message { entries: vec![entry], ..message(kind::APPEND, from, to, index) }
}

/// What a member was told.
#[derive(Default)]
struct Told {
    messages: Vec<wire::Message>,
    unreachable: Vec<u64>,
    snapshots_sent: Vec<(u64, bool)>,
    moves: Vec<SnapshotMoves>,
    /// States that began to arrive.
    begun: usize,
    /// Rows of the state being received.
    rows: Vec<Row>,
    installed: usize,
    forgotten: usize,
    /// Who was taken out of the cluster.
    removed: Vec<u64>,
    is_learner: bool,
    /// Who said so of this member, and whether that one votes.
    told_removed: Vec<(u64, bool)>,
    /// While it is set, the state being received is stored no further.
    is_disk_stuck: bool,
}

/// A table's name, a key and a value.
type Row = (String, Vec<u8>, Vec<u8>);

#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Told>>);

impl Recorder {
    /// Indexes of the messages of one type, in the order of arrival.
    fn indexes(&self, kind: i32) -> Vec<u64> {
        self.0.lock().messages.iter().filter(|message| message.r#type == kind).map(|message| message.index).collect()
    }

    fn count(&self, kind: i32) -> usize {
        self.0.lock().messages.iter().filter(|message| message.r#type == kind).count()
    }
}

impl Inbound for Recorder {
    fn deliver(&self, messages: Vec<wire::Message>) {
        self.0.lock().messages.extend(messages);
    }

    fn unreachable(&self, member: u64) {
        self.0.lock().unreachable.push(member);
    }

    fn snapshot_sent(&self, member: u64, ok: bool) {
        self.0.lock().snapshots_sent.push((member, ok));
    }

    fn snapshot_moves(&self, _: u64, moves: SnapshotMoves) {
        self.0.lock().moves.push(moves);
    }

    fn begin_snapshot(&self, header: &wire::Message) -> Option<Box<dyn SnapshotSink>> {
        let mut told = self.0.lock();
        told.rows.clear();
        told.begun += 1;
        drop(told);
        let index = header.snapshot.as_ref()?.index;
        Some(Box::new(Sink { told: self.clone(), index, is_finished: false }))
    }

    fn lease_keep_alive(&self, id: i64) -> LeaderFuture<i64> {
        Box::pin(async move { if id == 13 { Err(tonic::Status::unavailable("not leader")) } else { Ok(id * 10) } })
    }

    fn lease_time_to_live(&self, id: i64, keys: bool) -> LeaderFuture<wire::LeaseTimeToLiveReply> {
        let keys = if keys { vec![Bytes::from_static(b"k")] } else { Vec::new() };
        Box::pin(async move { Ok(wire::LeaseTimeToLiveReply { ttl_secs: id, granted_ttl_secs: 60, keys }) })
    }

    fn cluster(&self, member: u64) -> wire::ClusterAnswer {
        wire::ClusterAnswer { cluster_id: 0xc1, was_removed: member == 13, ..wire::ClusterAnswer::default() }
    }

    fn promote_member(&self, id: u64) -> LeaderFuture<wire::PromoteVerdict> {
        Box::pin(async move { Ok(if id == 13 { wire::PromoteVerdict::LearnerNotReady } else { wire::PromoteVerdict::Promoted }) })
    }

    fn is_removed(&self, member: u64) -> bool {
        self.0.lock().removed.contains(&member)
    }

    fn votes(&self) -> bool {
        !self.0.lock().is_learner
    }

    fn told_removed(&self, by: u64, by_voter: bool) {
        self.0.lock().told_removed.push((by, by_voter));
    }
}

struct Sink {
    told: Recorder,
    index: u64,
    is_finished: bool,
}

impl SnapshotSink for Sink {
    fn rows(&mut self, table: &str, rows: PackedRows) -> Result<(), String> {
        while self.told.0.lock().is_disk_stuck {
            std::thread::yield_now();
        }
        let rows = rows.iter().map(|(key, value)| (table.to_owned(), key.to_vec(), value.to_vec()));
        self.told.0.lock().rows.extend(rows);
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<u64, String> {
        self.is_finished = true;
        self.told.0.lock().installed += 1;
        Ok(self.index)
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        if !self.is_finished {
            self.told.0.lock().forgotten += 1;
        }
    }
}

/// A state in memory: tables, one after the other, or an error somewhere in it. Remembers how many rows were read and how many
/// readers are open.
#[derive(Clone, Default)]
struct Source {
    rows: Arc<Vec<Result<Row, String>>>,
    read: Arc<Mutex<usize>>,
    open: Arc<()>,
}

impl Source {
    fn new(rows: impl IntoIterator<Item = Result<Row, String>>) -> Self {
        Self { rows: Arc::new(rows.into_iter().collect()), ..Self::default() }
    }

    /// All rows, if none is an error.
    fn all(&self) -> Vec<Row> {
        self.rows.iter().cloned().map(Result::unwrap).collect()
    }
}

impl SnapshotSource for Source {
    fn open(&self, message: wire::Message) -> Result<OpenSnapshot, String> {
        Ok(OpenSnapshot { header: message, reader: Box::new(Reader { source: self.clone(), next: 0 }) })
    }
}

struct Reader {
    source: Source,
    next: usize,
}

impl StateReader for Reader {
    fn read(&mut self, block: &mut Block) -> Result<Option<String>, String> {
        let mut table: Option<String> = None;
        while let Some(row) = self.source.rows.get(self.next)
            && !block.is_full()
        {
            let (of, key, value) = match row {
                Ok(row) => row,
                Err(_) if table.is_some() => break,
                Err(reason) => return Err(reason.clone()),
            };
            if table.get_or_insert_with(|| of.clone()) != of {
                break;
            }
            block.push(key, value);
            self.next += 1;
            *self.source.read.lock() += 1;
        }
        Ok(table)
    }

    fn go_on(&mut self, behind: Option<&Place>) -> Result<(), String> {
        let is_behind = |row: &Result<Row, String>, place: &Place| matches!(row, Ok((table, key, _)) if (table, key) == (&place.table, &place.key));
        self.next = match behind {
            Some(place) => self.source.rows.iter().position(|row| is_behind(row, place)).ok_or("no such row")? + 1,
            None => 0,
        };
        Ok(())
    }
}

/// One member: its links and what it was told.
struct Member {
    ids: Ids,
    address: SocketAddr,
    told: Recorder,
    outbox: Arc<Outbox>,
    stop: Option<oneshot::Sender<()>>,
    serving: Option<JoinHandle<std::io::Result<()>>>,
}

impl Member {
    async fn start(member_id: u64) -> Self {
        Self::start_with(Ids { cluster_id: CLUSTER, member_id }, "127.0.0.1:0".parse().unwrap(), Source::default()).await
    }

    async fn start_with(ids: Ids, address: SocketAddr, source: Source) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let told = Recorder::default();
        let outbox = Arc::new(Outbox::new(
            ids,
            Arc::new(told.clone()),
            Arc::new(source),
            Handle::current(),
            vec![format!("http://{address}")],
        ));
        let (stop, stopped) = oneshot::channel();
        let shutdown = async { stopped.await.unwrap_or_default() };
        let serving =
            tokio::spawn(serve(vec![listener.into()], Arc::new(told.clone()), ids, Some(Arc::clone(&outbox)), shutdown));
        Self { ids, address, told, outbox, stop: Some(stop), serving: Some(serving) }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn id(&self) -> u64 {
        self.ids.member_id
    }

    async fn stop(mut self) {
        self.outbox.set_peers(Vec::new());
        self.stop.take().unwrap().send(()).unwrap();
        self.serving.take().unwrap().await.unwrap().unwrap();
    }

    async fn connected_to(&self, peer: u64) {
        until("connected", || self.outbox.active_since(peer).is_some()).await;
    }
}

/// Tells every member of all.
fn introduce(members: &[&Member]) {
    let peers: Vec<_> = members.iter().map(|member| (member.id(), vec![member.url()])).collect();
    members.iter().for_each(|member| member.outbox.set_peers(peers.clone()));
}
