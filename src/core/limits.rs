//! Every limit and default of the server: the unit in the name, the reason beside it, relations held by const assertions.

use std::time::Duration;

/// Largest replicated request, in bytes of the whole proposal. Source: etcd's `--max-request-bytes`.
pub const REQUEST_BYTES_MAX: usize = 1536 * 1024;
/// What a gRPC message may exceed [`REQUEST_BYTES_MAX`] by before the transport refuses it. Source: etcd 3.7.
pub const GRPC_OVERHEAD_BYTES: usize = 512 * 1024;
/// Operations in one list of a transaction. Source: etcd's `--max-txn-ops`.
pub const TXN_OPS_MAX: usize = 128;
/// Largest TTL that a lease may be granted with, in seconds. Source: etcd 3.7.
pub const LEASE_TTL_SECS_MAX: i64 = 9_000_000_000;
/// Committed entries that may wait to be applied before requests are refused with "too many requests". Source: etcd 3.7.
pub const APPLY_BACKLOG_MAX: u64 = 5000;
/// Length of a raft tick. Source: etcd's `--heartbeat-interval`.
pub const TICK: Duration = Duration::from_millis(100);
/// Ticks without a leader before an election. Source: etcd's `--election-timeout`.
pub const ELECTION_TICKS: usize = 10;
/// Backend size at which writes are refused, when the flag is 0. Source: etcd 3.7.
pub const QUOTA_BYTES_DEFAULT: i64 = 2 * 1024 * 1024 * 1024;
/// Log entries kept behind the flushed state for followers that lag. Source: etcd's `--snapshot-catchup-entries`.
pub const CATCH_UP_ENTRIES: u64 = 5000;
/// Responses that wait for the client of one watch stream; more, and its watchers read history later. Source: etcd 3.7.
pub const WATCH_QUEUE_RESPONSES: usize = 128;
/// Bytes of events that wait for the client of one watch stream, so that one that stops reading costs no more; a single larger
/// response is still taken by an empty queue.
pub const WATCH_QUEUE_BYTES: usize = 8 * 1024 * 1024;
/// Bytes of events that wait for the clients of all watch streams together. Beyond it a stream has one response waiting, and its watchers
/// read history later. Events that many streams have in common lie there once, and count for each.
pub const WATCH_QUEUES_BYTES: usize = 512 * 1024 * 1024;
/// Bytes that the watchers of one stream may count for, about half a kilobyte each and its keys: a quarter of a million of them, if those
/// are short. Etcd has no such bound.
pub const WATCHERS_BYTES_PER_STREAM: usize = 144 * 1024 * 1024;
/// Bytes that all watchers may count for.
pub const WATCHERS_BYTES: usize = 2 * 1024 * 1024 * 1024;
/// Bytes that the watchers of a stream may count for, however many others there are: whoever asks for little is served.
pub const WATCHERS_BYTES_ALWAYS: usize = 128 * 1024;
/// Requests of one watch stream that are unanswered; its further ones stay in the transport, which pushes back.
pub const WATCH_REQUESTS_IN_FLIGHT: usize = 16;
/// Revisions on their way to the watch thread; more, and watchers read them from history instead.
pub const WATCH_FEED_REVISIONS: usize = 16 * 1024;
/// Bytes of them, keys and records.
pub const WATCH_FEED_BYTES: usize = 32 * 1024 * 1024;
/// The part of the memory that may be full of answers which clients have not read yet, unless the configuration names a size.
pub const UNREAD_MEMORY_PART: usize = 4;
/// Bytes of such answers even where memory is short: a large answer must still be possible.
pub const UNREAD_BYTES_MIN: usize = 256 * 1024 * 1024;
/// Version that this server reports, and whose interface it keeps.
pub const SERVER_VERSION: &str = "3.7.1";
/// Cluster and storage version reported.
pub const CLUSTER_VERSION: &str = "3.7.0";

const _: () = assert!(GRPC_OVERHEAD_BYTES < REQUEST_BYTES_MAX);
const _: () = assert!(WATCH_QUEUE_BYTES <= WATCH_QUEUES_BYTES);
const _: () = assert!(WATCHERS_BYTES_ALWAYS < WATCHERS_BYTES_PER_STREAM && WATCHERS_BYTES_PER_STREAM < WATCHERS_BYTES);
