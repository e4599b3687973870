//! The links between members: our own messages over gRPC streams.
//!
//! Going out, [`Outbox`] sorts messages by peer and by way. Entries and answers to them share one stream, in order; heartbeats,
//! votes and read-index rounds have another on a connection of its own, so that nothing large is ever before them; a whole state
//! gets a third for as long as it lasts. Coming in, [`serve`] checks that a call means this member of this cluster and hands the
//! messages to [`Inbound`]. Every queue is bounded, and full means drop and report: raft is built for a network that loses.
//!
//! [`ask_cluster`] is for a member that has no ids yet: what does whoever listens at a URL know of its cluster?
//!
//! Peer URLs with `https` or `unixs` are listened on and called with TLS; who is let in is for `tls` to say.
//!
//! Nothing here understands raft, stores anything or answers a client.

mod accept;
mod arrivals;
mod background;
mod complaints;
mod connectivity;
mod dial;
mod forward;
mod information;
mod introduction;
mod limits;
mod link;
mod listener;
pub mod message_type;
mod moving;
mod outbox;
mod queue;
mod receiving;
mod rows;
mod sending;
mod snapshot_receive;
mod snapshot_stream;
#[cfg(test)]
mod tests;

pub use accept::PeerListener;
pub use background::spawn as spawn_background;
pub use information::ask_cluster;
pub use introduction::Ids;
pub use listener::serve;
pub use outbox::Outbox;
pub use receiving::Receiving;
pub use rows::{Block, PackedRows};
pub use sending::Sending;

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

use quorate_proto::peer as wire;

/// What arrives from other members, and what the links report. Implemented by `server`; none of these block but where it says so.
pub trait Inbound: Send + Sync + 'static {
    /// Raft messages that arrived. When the mailbox is full they are dropped: raft sends again. Those of a member that was taken out
    /// of the cluster are dropped too.
    fn deliver(&self, messages: Vec<wire::Message>);
    /// Whether this member was taken out of the cluster for good, as far as is known here.
    fn is_removed(&self, member: u64) -> bool;
    /// Whether this member votes, as far as it knows.
    fn votes(&self) -> bool;
    /// Another member says that this one was taken out of the cluster, and whether it votes itself.
    fn told_removed(&self, by: u64, by_voter: bool);
    /// A message for this member could not be delivered.
    fn unreachable(&self, member: u64);
    /// How sending a snapshot to this member ended.
    fn snapshot_sent(&self, member: u64, ok: bool);
    /// What becomes of a state that goes to this member or comes from it.
    fn snapshot_moves(&self, member: u64, moves: SnapshotMoves);
    /// Opens a place for a state that is being received; `None` while another one is arriving or the member is stopping. May block:
    /// it makes a file.
    fn begin_snapshot(&self, header: &wire::Message) -> Option<Box<dyn SnapshotSink>>;
    /// Renews a lease if this member leads. Seconds of TTL, 0 if there is no such lease, or an error text for the caller.
    fn lease_keep_alive(&self, id: i64) -> LeaderFuture<i64>;
    /// As [`wire::LeaseTimeToLiveReply`] says.
    fn lease_time_to_live(&self, id: i64, keys: bool) -> LeaderFuture<wire::LeaseTimeToLiveReply>;
    /// Makes a voter of a learner, if this member leads.
    fn promote_member(&self, id: u64) -> LeaderFuture<wire::PromoteVerdict>;
    /// The cluster as this member knows it, and whether `member` was removed from it.
    fn cluster(&self, member: u64) -> wire::ClusterAnswer;
}

/// Calls to the leader about what only it knows. Implemented by the outbox.
pub trait LeaderLink: Send + Sync + 'static {
    /// Renews a lease at the leader. Answers its TTL in seconds, 0 if there is no such lease. `Unavailable` while the leader is out of
    /// reach; the caller may ask again, also another leader: renewing twice does no harm.
    fn lease_keep_alive(&self, leader: u64, id: i64) -> LeaderFuture<i64>;
    /// Asks the leader how long a lease still has, and with `keys` what it holds.
    fn lease_time_to_live(&self, leader: u64, id: i64, keys: bool) -> LeaderFuture<wire::LeaseTimeToLiveReply>;
    /// Asks the leader to make a voter of a learner. Without a verdict it may have happened all the same.
    fn promote_member(&self, leader: u64, id: u64) -> LeaderFuture<wire::PromoteVerdict>;
}

/// An answer of the leader, or why there is none (a tonic status that goes back as it is).
pub type LeaderFuture<T> = Pin<Box<dyn Future<Output = Result<T, tonic::Status>> + Send>>;

/// What becomes of a state on its way between members, for figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SnapshotMoves {
    SendBegan,
    SendEnded { ok: bool, took: Duration },
    ReceiveBegan,
    ReceiveEnded { ok: bool, took: Duration },
}

/// Takes a received state row by row. Dropping it unfinished forgets everything.
pub trait SnapshotSink: Send {
    /// Rows of one table in key order. Tables come one after the other.
    fn rows(&mut self, table: &str, rows: PackedRows) -> Result<(), String>;
    /// Makes the state durable, hands it and its raft message to the node, and answers its applied index.
    fn finish(self: Box<Self>) -> Result<u64, String>;
}

/// A consistent state to send. Opened at the moment of sending; the header's index is then that of the state itself.
pub trait SnapshotSource: Send + Sync + 'static {
    /// Opens the newest durable state. The message is the one that raft asked to send; its snapshot metadata is replaced by
    /// those of the state, which is never older.
    fn open(&self, message: wire::Message) -> Result<OpenSnapshot, String>;
}

/// A state that is open for reading. It stays what it is for as long as it is open.
pub struct OpenSnapshot {
    pub header: wire::Message,
    pub reader: Box<dyn StateReader>,
}

/// Reads an open state from its start, in the order of tables and keys. Blocking work: call it from a thread that may block.
pub trait StateReader: Send {
    /// Puts the next rows of one table into an empty block until it is full, or the table is at its end. Answers the table; `None`
    /// at the end of the state.
    fn read(&mut self, block: &mut Block) -> Result<Option<String>, String>;
    /// Goes on behind a row that was read before; with `None`, at the start.
    fn go_on(&mut self, behind: Option<&Place>) -> Result<(), String>;
}

/// A row's table and key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub table: String,
    pub key: Vec<u8>,
}

/// Where a member's messages go out. Implemented by the outbox; nothing here blocks or waits.
pub trait Transport: Send + Sync + 'static {
    /// Sends each message to its `to`. Appends, their answers, control messages and snapshots take separate ways. A full queue drops
    /// the message and reports the member unreachable.
    fn send(&self, messages: Vec<wire::Message>);
    /// Sets the members to talk to: id and peer URLs. Links to others are closed.
    fn set_peers(&self, peers: Vec<(u64, Vec<String>)>);
    /// Since when a member is connected, without a break; `None` if it is not, or is no peer.
    fn active_since(&self, member: u64) -> Option<Instant>;
    /// The version of the server that a member last was found to be; `None` if it has not been asked yet.
    fn version_of(&self, member: u64) -> Option<String>;
}

/// A transport to nowhere, for a cluster of one.
pub struct NoPeers;

impl Transport for NoPeers {
    fn send(&self, _: Vec<wire::Message>) {}
    fn set_peers(&self, _: Vec<(u64, Vec<String>)>) {}

    fn active_since(&self, _: u64) -> Option<Instant> {
        None
    }

    fn version_of(&self, _: u64) -> Option<String> {
        None
    }
}

/// Shared handle of a transport.
pub type SharedTransport = Arc<dyn Transport>;
