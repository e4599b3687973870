//! A network under our control: a proxy before each member, for its peers and for its clients.
//!
//! A [`Link`] is all connections that one caller dials to one member, in both directions of bytes. So what member 1 sends to
//! member 2 (over connections that it dials) can be held back while member 2's messages to member 1 arrive: one-way partitions
//! need no more. What is held is not lost: as with TCP it arrives when the link heals, late, unless the connection is reset before.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;
use rand::Rng;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{ReadHalf, WriteHalf},
    },
    sync::{mpsc, watch},
    task::JoinHandle,
    time::{Instant, sleep, sleep_until},
};

use super::owner::owner;
use crate::common::free_ports;

const CHUNK_BYTES: usize = 16 << 10;
/// Chunks under way on a connection: more waits at the sender, as with a full socket.
const CHUNKS_MAX: usize = 64;

/// Who dials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    Member(usize),
    Clients,
}

/// How a link treats its connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    /// Connections are taken, and bytes wait.
    pub holds: bool,
    /// New connections are closed at once.
    pub refuses: bool,
    /// Each chunk takes between `delay` and `delay + jitter`; their order stays.
    pub delay: Duration,
    pub jitter: Duration,
    pub bytes_per_sec: Option<u32>,
}

struct Link {
    rule: watch::Sender<Rule>,
    /// Each change resets the connections of the moment.
    resets: watch::Sender<u64>,
}

impl Link {
    fn new() -> Self {
        Self { rule: watch::Sender::new(Rule::default()), resets: watch::Sender::new(0) }
    }
}

/// The links of one member's callers: the members in their order, and the clients last.
struct Doors {
    links: Vec<Link>,
    /// Processes of the members, to tell callers by.
    pids: Mutex<Vec<Option<u32>>>,
    carried: AtomicU64,
}

/// All links of a cluster. Dropping it closes every connection.
pub struct Network {
    /// By the member that is called.
    doors: Vec<Arc<Doors>>,
    peer_doors: Vec<u16>,
    client_doors: Vec<u16>,
    listeners: Vec<(TcpListener, TcpListener)>,
    tasks: Vec<JoinHandle<()>>,
}

impl Network {
    /// Takes the ports. Nobody answers there before [`Network::open`].
    pub async fn new(size: usize) -> Self {
        let ports = free_ports(2 * size);
        let (peer_doors, client_doors) = (ports[..size].to_vec(), ports[size..].to_vec());
        let mut listeners = Vec::new();
        for i in 0..size {
            let listen = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
            let (peers, clients) = (listen(peer_doors[i]).await, listen(client_doors[i]).await);
            listeners.push((peers.expect("a free port can be had"), clients.expect("a free port can be had")));
        }
        let door = |_| {
            let links = (0..=size).map(|_| Link::new()).collect();
            Arc::new(Doors { links, pids: Mutex::new(vec![None; size]), carried: AtomicU64::new(0) })
        };
        Self { doors: (0..size).map(door).collect(), peer_doors, client_doors, listeners, tasks: Vec::new() }
    }

    /// Where members call each other.
    pub fn peer_doors(&self) -> &[u16] {
        &self.peer_doors
    }

    /// Where clients call.
    pub fn client_endpoints(&self) -> Vec<String> {
        self.client_doors.iter().map(|port| format!("127.0.0.1:{port}")).collect()
    }

    /// Begins to serve: `targets` are the peer and client ports of the members.
    pub fn open(&mut self, targets: &[(u16, u16)]) {
        for (i, (peers, clients)) in self.listeners.drain(..).enumerate() {
            let doors = self.doors[i].clone();
            self.tasks.push(tokio::spawn(accept(peers, doors.clone(), targets[i].0, false)));
            self.tasks.push(tokio::spawn(accept(clients, doors, targets[i].1, true)));
        }
    }

    /// Says which process a member is now.
    pub fn know(&self, member: usize, pid: Option<u32>) {
        self.doors.iter().for_each(|doors| doors.pids.lock()[member] = pid);
    }

    pub fn set(&self, from: From, to: usize, rule: Rule) {
        self.link(from, to).rule.send_replace(rule);
    }

    /// Resets the connections of a link.
    pub fn reset(&self, from: From, to: usize) {
        self.link(from, to).resets.send_modify(|count| *count += 1);
    }

    /// Every link carries everything again.
    pub fn heal(&self) {
        for link in self.doors.iter().flat_map(|doors| &doors.links) {
            link.rule.send_replace(Rule::default());
        }
    }

    pub fn size(&self) -> usize {
        self.doors.len()
    }

    /// Bytes that went from members to members, so that a test can see that they do go through here.
    pub fn carried_between_members(&self) -> u64 {
        self.doors.iter().map(|doors| doors.carried.load(Ordering::Relaxed)).sum()
    }

    fn link(&self, from: From, to: usize) -> &Link {
        let place = match from {
            From::Member(member) => member,
            From::Clients => self.size(),
        };
        &self.doors[to].links[place]
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

async fn accept(listener: TcpListener, doors: Arc<Doors>, target: u16, from_clients: bool) {
    let door = listener.local_addr().map_or(0, |address| address.port());
    // Connections end with the listener's task, and so with the network.
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let Ok((stream, caller)) = listener.accept().await else {
            // Out of descriptors, or the caller is gone: the next one may fare better.
            sleep(Duration::from_millis(10)).await;
            continue;
        };
        while connections.try_join_next().is_some() {}
        let doors = doors.clone();
        connections.spawn(async move {
            let place = if from_clients {
                Some(doors.links.len() - 1)
            } else {
                let pids = doors.pids.lock().clone();
                owner(caller.port(), door, &pids)
            };
            // A process that is gone, or one that calls before anybody said who it is: it calls again.
            let Some(place) = place else { return };
            let carried = (!from_clients).then_some(&doors.carried);
            let _closed = connect(stream, &doors.links[place], target, carried).await;
        });
    }
}

/// Carries one connection until either side closes it, or the link is reset.
async fn connect(mut caller: TcpStream, link: &Link, target: u16, carried: Option<&AtomicU64>) -> io::Result<()> {
    let mut resets = link.resets.subscribe();
    let mut rule = link.rule.subscribe();
    if rule.borrow().refuses {
        return Ok(());
    }
    // While the link holds even the handshake waits.
    tokio::select! {
        _ = async { rule.wait_for(|rule| !rule.holds).await.is_ok() } => {}
        _ = resets.changed() => return caller.set_zero_linger(),
    }
    let mut reached = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, target))).await?;
    caller.set_nodelay(true)?;
    reached.set_nodelay(true)?;
    let is_reset = {
        let (near_read, near_write) = caller.split();
        let (far_read, far_write) = reached.split();
        tokio::select! {
            _ = carry(near_read, far_write, rule.clone(), carried) => false,
            _ = carry(far_read, near_write, rule.clone(), None) => false,
            _ = resets.changed() => true,
        }
    };
    if is_reset {
        caller.set_zero_linger()?;
        reached.set_zero_linger()?;
    }
    Ok(())
}

/// Carries bytes one way, in order, as late and as slowly as the rule of the moment says, until their end.
async fn carry(
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    mut rule: watch::Receiver<Rule>,
    carried: Option<&AtomicU64>,
) -> io::Result<()> {
    let (queue, mut under_way) = mpsc::channel::<(Instant, Vec<u8>)>(CHUNKS_MAX);
    let seen = rule.clone();
    let take = async move {
        let mut last = Instant::now();
        loop {
            let mut chunk = Vec::with_capacity(CHUNK_BYTES);
            if from.read_buf(&mut chunk).await? == 0 {
                return Ok(());
            }
            let Rule { delay, jitter, .. } = *seen.borrow();
            let more = if jitter.is_zero() { jitter } else { jitter.mul_f64(rand::rng().random()) };
            last = last.max(Instant::now() + delay + more);
            if queue.send((last, chunk)).await.is_err() {
                return Ok(());
            }
        }
    };
    let give = async move {
        while let Some((due, chunk)) = under_way.recv().await {
            if due > Instant::now() {
                sleep_until(due).await;
            }
            let Ok(bytes_per_sec) = rule.wait_for(|rule| !rule.holds).await.map(|rule| rule.bytes_per_sec) else { return Ok(()) };
            if let Some(rate) = bytes_per_sec {
                sleep(Duration::from_secs_f64(chunk.len() as f64 / f64::from(rate))).await;
            }
            to.write_all(&chunk).await?;
            if let Some(carried) = carried {
                carried.fetch_add(chunk.len() as u64, Ordering::Relaxed);
            }
        }
        Ok(())
    };
    tokio::try_join!(take, give).map(|((), ())| ())
}
