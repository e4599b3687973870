//! Bounds and times of the links between members.
//!
//! What can be in flight on one stream is bounded by its HTTP/2 window, not by the kernel's socket buffers, because a receiver
//! opens the window only for what it has taken over. That is what keeps a keep-alive ping from queueing behind megabytes.

use std::time::Duration;

use crate::core::tls::accept::HANDSHAKE_WITHIN;

/// Messages that may wait for one peer on its replicate stream: well above what raft keeps in flight.
pub const REPLICATE_QUEUE_MESSAGES_MAX: usize = 4096;
/// Bytes that may wait for one peer on its replicate stream. One message of any legal size is taken by an empty queue.
pub const REPLICATE_QUEUE_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Messages that may wait for one peer on its control stream: seconds of heartbeats and read-index rounds.
pub const CONTROL_QUEUE_MESSAGES_MAX: usize = 4096;
/// Bytes that may wait for one peer on its control stream.
pub const CONTROL_QUEUE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Messages in one batch.
pub const BATCH_MESSAGES_MAX: usize = 1024;
/// Bytes after which a batch takes no further message.
pub const BATCH_BYTES_MAX: usize = 1024 * 1024;
/// Largest gRPC message that a member accepts from another.
pub const RECEIVE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Largest raft message that is sent: what is left beside the rest of its batch and the framing.
pub const MESSAGE_BYTES_MAX: usize = RECEIVE_BYTES_MAX - 2 * BATCH_BYTES_MAX;

/// Bytes of rows after which a chunk of a snapshot takes no further row.
pub const CHUNK_BYTES: usize = 1024 * 1024;
/// Chunks that may wait between the disk and the network, on either side: about what arrives while the disk syncs.
pub const CHUNKS_WAITING_MAX: usize = 8;
/// Reports of how far a snapshot is that may wait for a sender to hear them. A later one says more, so the rest are dropped.
pub const SNAPSHOT_ANSWERS_WAITING_MAX: usize = 16;
/// How long a snapshot may stand still before either side gives it up.
pub const SNAPSHOT_PROGRESS_MAX: Duration = Duration::from_secs(30);
/// How long the receiver may take to make a whole state durable and hand it over.
pub const SNAPSHOT_FINISH_MAX: Duration = Duration::from_secs(120);
/// How long both sides keep a snapshot whose connection broke: the sender what it reads from, which pins pages of its disk, the
/// receiver what has arrived.
pub const SNAPSHOT_KEPT: Duration = if cfg!(test) { Duration::from_secs(4) } else { SNAPSHOT_PROGRESS_MAX };
/// How long an attempt that was called off may take to let go of what it stored.
pub const SNAPSHOT_LET_GO_MAX: Duration = Duration::from_secs(10);

/// HTTP/2 window of one stream. Large enough for 20 MB/s at 100 ms, small enough that a ping passes a slow line in time.
pub const STREAM_WINDOW_BYTES: u32 = 2 * 1024 * 1024;
/// HTTP/2 window of one connection: one bulk stream never starves the calls beside it. And the h2 library ends a connection on which what
/// small frames lack to 256 bytes adds up to half of this while they lie unread: a stream full of messages of 50 bytes does not get there.
pub const CONNECTION_WINDOW_BYTES: u32 = 9 * STREAM_WINDOW_BYTES;
/// HTTP/2 frame size, so that a large append is not cut into hundreds of frames.
pub const FRAME_BYTES_MAX: u32 = 256 * 1024;
/// Calls at a time on one connection: a link needs one stream, lease calls the rest.
pub const CONCURRENT_CALLS_MAX: u32 = 1024;

/// How long the TCP handshake may take.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// How long one URL may take from its name look-up to the open stream.
pub const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(2);
/// Pause after the first failed attempt; it doubles up to [`RETRY_PAUSE_MAX`]. No attempt follows the last one sooner.
pub const RETRY_PAUSE_MIN: Duration = Duration::from_millis(50);
/// Longest pause between two attempts.
pub const RETRY_PAUSE_MAX: Duration = Duration::from_secs(1);
/// A link that stood this long was a good one: its loss starts the pauses afresh.
pub const LINK_STABLE_AFTER: Duration = Duration::from_secs(2);
/// Silence on a connection after which it is asked whether it is still there.
pub const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(1);
/// The same for the side that was called: it only has to clear away what is left of dead connections.
pub const KEEP_ALIVE_INTERVAL_SERVER: Duration = Duration::from_secs(5);
/// How long that answer may take where only small messages travel.
pub const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(3);
/// The same where the ping may have to wait behind [`STREAM_WINDOW_BYTES`].
pub const KEEP_ALIVE_TIMEOUT_BULK: Duration = Duration::from_secs(6);
/// How long a call to the leader may take, at most: etcd's request timeout.
pub const FORWARD_TIMEOUT: Duration = Duration::from_secs(7);
/// How long open calls may take to end when the member stops.
pub const STOP_TIMEOUT: Duration = Duration::from_millis(500);
/// Pause after an accept that failed for want of file descriptors or memory.
pub const ACCEPT_RETRY_PAUSE: Duration = Duration::from_millis(100);
/// Connections that have not said yet that they come from a member: members are few, and others are not meant to call.
pub const HALF_OPEN_MAX: usize = if cfg!(test) { 32 } else { 128 };
/// How long each step may take to that: the handshake, the look at the names in its certificate, and its first words.
pub const SPEAK_WITHIN: Duration = if cfg!(test) { Duration::from_secs(5) } else { HANDSHAKE_WITHIN };
/// Connections from members. Each has a few to every other, and some more while it starts or goes away.
pub const CONNECTIONS_MAX: usize = if cfg!(test) { 32 } else { 256 };
/// Members that called and are not known to be members, to which links are made all the same.
pub const STRANGERS_MAX: usize = 16;
/// How often the same complaint about the same peer is logged.
pub const COMPLAINT_INTERVAL: Duration = Duration::from_secs(60);
/// Offenders that are remembered for that.
pub const COMPLAINTS_MAX: usize = 64;

const _: () = assert!(STREAM_WINDOW_BYTES / 50 * (256 - 50) <= CONNECTION_WINDOW_BYTES / 2);
const _: () = assert!(REPLICATE_QUEUE_BYTES_MAX < MESSAGE_BYTES_MAX);
const _: () = assert!(BATCH_BYTES_MAX + MESSAGE_BYTES_MAX < RECEIVE_BYTES_MAX);
const _: () = assert!(SNAPSHOT_LET_GO_MAX.as_millis() < SNAPSHOT_PROGRESS_MAX.as_millis());
const _: () = assert!(RETRY_PAUSE_MIN.as_millis() < RETRY_PAUSE_MAX.as_millis());
