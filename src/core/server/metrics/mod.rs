//! What the server counts and measures, under etcd's names, for `/metrics`.
//!
//! One table makes the fields and registers them. A count is one relaxed atomic addition. Labelled metrics of hot paths are
//! looked up once and kept: see [`GrpcMetrics`].

mod applied;
mod grpc;
mod process;
mod snapshots;

use parking_lot::Mutex;
use prometheus::{
    Encoder, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    TextEncoder, exponential_buckets,
};

pub use applied::AppliedCounts;
pub use grpc::{CallKind, GRPC_CODES, GrpcMethod, GrpcMetrics, MethodMetrics};
use process::ProcessMetrics;
pub use process::fd_limit;

/// Bounds of a histogram: this many, from the first on, each `factor` times the one before.
#[derive(Clone, Copy, Debug)]
struct Buckets {
    first: f64,
    factor: f64,
    count: usize,
}

const fn exp(first: f64, factor: f64, count: usize) -> Buckets {
    Buckets { first, factor, count }
}

impl Buckets {
    fn bounds(self) -> Vec<f64> {
        exponential_buckets(self.first, self.factor, self.count)
            .expect("every histogram in the table has growing, positive bounds")
    }
}

/// Makes the struct and its constructor from one table.
macro_rules! metrics {
    ($($(#[$doc:meta])* $field:ident: $kind:ident($name:literal $(, $argument:expr)*), $help:literal;)*) => {
        /// Every metric of a server. Shared by reference: all updates are atomic.
        pub struct Metrics {
            $($(#[$doc])* #[doc = concat!("`", $name, "`: ", $help, ".")] pub $field: $kind,)*
            /// Counts of gRPC calls.
            pub grpc: GrpcMetrics,
            process: ProcessMetrics,
            registry: Registry,
            /// One scrape at a time: the process's figures are fetched anew for each.
            rendering: Mutex<()>,
        }

        impl Metrics {
            /// All at zero. `methods` are the gRPC methods served; with `extensive`, their latencies are measured too.
            pub fn new(methods: &[GrpcMethod], extensive: bool) -> Self {
                let registry = Registry::new();
                $(let $field = metrics!(@make $kind $name, $help $(, $argument)*);
                registry.register(Box::new($field.clone())).expect("names in the table are unique");)*
                let grpc = GrpcMetrics::new(&registry, methods, extensive);
                let process = ProcessMetrics::new(&registry);
                let metrics = Self { $($field,)* grpc, process, registry, rendering: Mutex::new(()) };
                metrics.seed();
                metrics
            }
        }
    };
    (@make IntCounter $name:literal, $help:literal) => { IntCounter::new($name, $help).expect(WELL_FORMED) };
    (@make IntGauge $name:literal, $help:literal) => { IntGauge::new($name, $help).expect(WELL_FORMED) };
    (@make IntCounterVec $name:literal, $help:literal, $labels:expr) => {
        IntCounterVec::new(Opts::new($name, $help), &$labels).expect(WELL_FORMED)
    };
    (@make IntGaugeVec $name:literal, $help:literal, $labels:expr) => {
        IntGaugeVec::new(Opts::new($name, $help), &$labels).expect(WELL_FORMED)
    };
    (@make Histogram $name:literal, $help:literal, $buckets:expr) => {
        Histogram::with_opts(HistogramOpts::new($name, $help).buckets($buckets.bounds())).expect(WELL_FORMED)
    };
    (@make HistogramVec $name:literal, $help:literal, $labels:expr, $buckets:expr) => {
        HistogramVec::new(HistogramOpts::new($name, $help).buckets($buckets.bounds()), &$labels).expect(WELL_FORMED)
    };
}

const WELL_FORMED: &str = "names and labels in the table are well-formed";

metrics! {
    // The member.
    id: IntGaugeVec("etcd_server_id", ["server_id"]), "1 for this member's ID, in hexadecimal";
    server_version: IntGaugeVec("etcd_server_version", ["server_version"]), "1 for the version that runs";
    cluster_version: IntGaugeVec("etcd_cluster_version", ["cluster_version"]), "1 for the cluster's version";
    feature_enabled: IntGaugeVec("etcd_server_feature_enabled", ["name", "stage"]), "Whether a feature is on";
    has_leader: IntGauge("etcd_server_has_leader"), "Whether a leader is known, 1 or 0";
    is_leader: IntGauge("etcd_server_is_leader"), "Whether this member leads, 1 or 0";
    is_learner: IntGauge("etcd_server_is_learner"), "Whether this member is a learner, 1 or 0";
    leader_changes_seen: IntCounter("etcd_server_leader_changes_seen_total"), "Changes of leader that were seen";
    learner_promote_successes: IntCounter("etcd_server_learner_promote_successes"), "Learners promoted while this member led";
    learner_promote_failures: IntCounterVec("etcd_server_learner_promote_failures", ["Reason"]), "Promotions that failed while this member led";

    // Ours.
    tls_expiry: IntGaugeVec("quorate_tls_expiry_timestamp_seconds", ["port", "kind", "file"]), "When a file of TLS expires, in seconds since 1970: the first of the certificates or lists in it";
    connections_closed: IntCounterVec("quorate_client_connections_closed_total", ["reason"]), "Connections closed to make room for others";

    // Proposals and their way.
    proposals_committed: IntGauge("etcd_server_proposals_committed_total"), "Index of the last committed entry";
    proposals_applied: IntGauge("etcd_server_proposals_applied_total"), "Index of the last applied entry";
    proposals_pending: IntGauge("etcd_server_proposals_pending"), "Proposals that wait to be committed";
    proposals_failed: IntCounter("etcd_server_proposals_failed_total"), "Proposals that failed";
    heartbeat_send_failures: IntCounter("etcd_server_heartbeat_send_failures_total"), "Heartbeats that the leader sent too late";
    read_indexes_failed: IntCounter("etcd_server_read_indexes_failed_total"), "Read-index rounds that failed";
    slow_read_indexes: IntCounter("etcd_server_slow_read_indexes_total"), "Read-index rounds that took too long";
    slow_apply: IntCounter("etcd_server_slow_apply_total"), "Requests that took too long to apply";
    snapshot_apply_in_progress: IntGauge("etcd_server_snapshot_apply_in_progress_total"), "Whether a received state is being installed, 1 or 0";
    quota_backend_bytes: IntGauge("etcd_server_quota_backend_bytes"), "Quota in force, in bytes";
    apply_duration: HistogramVec("etcd_server_apply_duration_seconds", ["version", "op", "success"], exp(0.0001, 2.0, 20)), "Time to apply a request";
    range_duration: HistogramVec("etcd_server_range_duration_seconds", ["success"], exp(0.0001, 2.0, 20)), "Time to execute a range";
    request_duration: HistogramVec("etcd_server_request_duration_seconds", ["type", "success"], exp(0.001, 2.0, 14)), "Time to answer a request";
    client_requests: IntCounterVec("etcd_server_client_requests_total", ["type", "client_api_version"]), "Requests of clients by their version";

    // Health.
    health_success: IntCounter("etcd_server_health_success"), "Health checks that succeeded";
    health_failures: IntCounter("etcd_server_health_failures"), "Health checks that failed";
    healthcheck: IntGaugeVec("etcd_server_healthcheck", ["type", "name"]), "Result of the last check, 1 or 0";
    healthchecks: IntCounterVec("etcd_server_healthchecks_total", ["type", "name", "status"]), "Checks by result";
    alarms: IntGaugeVec("etcd_debugging_server_alarms", ["server_id", "alarm_type"]), "1 for every alarm that is on";

    // The disk.
    wal_fsync_duration: Histogram("etcd_disk_wal_fsync_duration_seconds", exp(0.001, 2.0, 14)), "Time to sync the log";
    wal_write_duration: Histogram("etcd_disk_wal_write_duration_seconds", exp(0.001, 2.0, 14)), "Time to write to the log";
    wal_write_bytes: IntGauge("etcd_disk_wal_write_bytes_total"), "Bytes written to the log";
    backend_commit_duration: Histogram("etcd_disk_backend_commit_duration_seconds", exp(0.001, 2.0, 14)), "Time to commit to the backend";
    backend_commit_write_duration: Histogram("etcd_debugging_disk_backend_commit_write_duration_seconds", exp(0.001, 2.0, 14)), "Time to write in a commit to the backend";
    backend_snapshot_duration: Histogram("etcd_disk_backend_snapshot_duration_seconds", exp(0.01, 2.0, 17)), "Time to send a snapshot of the backend";
    backend_defrag_duration: Histogram("etcd_disk_backend_defrag_duration_seconds", exp(0.1, 2.0, 13)), "Time to defragment the backend";
    defrag_inflight: IntGauge("etcd_disk_defrag_inflight"), "Whether the backend is being defragmented, 1 or 0";
    snap_db_save_duration: Histogram("etcd_snap_db_save_total_duration_seconds", exp(0.1, 2.0, 10)), "Time to save a received state";
    snap_db_fsync_duration: Histogram("etcd_snap_db_fsync_duration_seconds", exp(0.001, 2.0, 14)), "Time to sync a received state";
    snap_fsync_duration: Histogram("etcd_snap_fsync_duration_seconds", exp(0.001, 2.0, 14)), "Time to sync a snapshot's header";

    // The store.
    put: IntCounter("etcd_mvcc_put_total"), "Puts applied";
    delete: IntCounter("etcd_mvcc_delete_total"), "Deletes applied";
    range: IntCounter("etcd_mvcc_range_total"), "Ranges executed";
    txn: IntCounter("etcd_mvcc_txn_total"), "Transactions executed";
    db_size: IntGauge("etcd_mvcc_db_total_size_in_bytes"), "Length of the database, in bytes";
    db_size_in_use: IntGauge("etcd_mvcc_db_total_size_in_use_in_bytes"), "Bytes of the database that are in use";
    db_open_read_transactions: IntGauge("etcd_mvcc_db_open_read_transactions"), "Read transactions that are open";
    hash_duration: Histogram("etcd_mvcc_hash_duration_seconds", exp(0.01, 2.0, 15)), "Time to hash the backend";
    hash_rev_duration: Histogram("etcd_mvcc_hash_rev_duration_seconds", exp(0.01, 2.0, 15)), "Time to hash the store at a revision";
    current_revision: IntGauge("etcd_debugging_mvcc_current_revision"), "Revision of the store";
    compact_revision: IntGauge("etcd_debugging_mvcc_compact_revision"), "Revision of the last compaction, -1 if there was none";
    keys: IntGauge("etcd_debugging_mvcc_keys_total"), "Keys that live";
    put_size: IntGauge("etcd_debugging_mvcc_total_put_size_in_bytes"), "Bytes put since the start";
    compaction_keys: IntCounter("etcd_debugging_mvcc_db_compaction_keys_total"), "Records removed by compactions";
    compaction_last: IntGauge("etcd_debugging_mvcc_db_compaction_last"), "When the last compaction ended, in seconds since 1970";
    compaction_pause: Histogram("etcd_debugging_mvcc_db_compaction_pause_duration_milliseconds", exp(1.0, 2.0, 13)), "Time of one step of a compaction";
    compaction_total: Histogram("etcd_debugging_mvcc_db_compaction_total_duration_milliseconds", exp(100.0, 2.0, 14)), "Time of a whole compaction";

    // Watchers.
    events: IntCounter("etcd_debugging_mvcc_events_total"), "Events sent to watchers";
    pending_events: IntGauge("etcd_debugging_mvcc_pending_events_total"), "Events that wait to be sent";
    watch_streams: IntGauge("etcd_debugging_mvcc_watch_stream_total"), "Watch streams";
    watchers: IntGauge("etcd_debugging_mvcc_watcher_total"), "Watchers";
    slow_watchers: IntGauge("etcd_debugging_mvcc_slow_watcher_total"), "Watchers that are behind";

    // Leases and users.
    lease_granted: IntCounter("etcd_debugging_lease_granted_total"), "Leases granted";
    lease_renewed: IntCounter("etcd_debugging_lease_renewed_total"), "Leases renewed while this member led";
    lease_revoked: IntCounter("etcd_debugging_lease_revoked_total"), "Leases revoked";
    lease_expired: IntCounter("etcd_debugging_server_lease_expired_total"), "Leases expired";
    lease_ttl: Histogram("etcd_debugging_lease_ttl_total", exp(1.0, 2.0, 24)), "Time that leases are granted for, in seconds";
    auth_revision: IntGauge("etcd_debugging_auth_revision"), "Revision of users and roles";

    // The network.
    client_received_bytes: IntCounter("etcd_network_client_grpc_received_bytes_total"), "Bytes received from gRPC clients";
    client_sent_bytes: IntCounter("etcd_network_client_grpc_sent_bytes_total"), "Bytes sent to gRPC clients";
    stream_failures: IntCounterVec("etcd_network_server_stream_failures_total", ["Type", "API"]), "Streams that broke";
    known_peers: IntGaugeVec("etcd_network_known_peers", ["Local", "Remote"]), "1 for every member known";
    active_peers: IntGaugeVec("etcd_network_active_peers", ["Local", "Remote"]), "1 for every member connected";
    disconnected_peers: IntCounterVec("etcd_network_disconnected_peers_total", ["Local", "Remote"]), "Connections to members that broke";
    peer_sent_bytes: IntCounterVec("etcd_network_peer_sent_bytes_total", ["To"]), "Bytes sent to members";
    peer_received_bytes: IntCounterVec("etcd_network_peer_received_bytes_total", ["From"]), "Bytes received from members";
    peer_sent_failures: IntCounterVec("etcd_network_peer_sent_failures_total", ["To"]), "Messages to members that failed";
    peer_received_failures: IntCounterVec("etcd_network_peer_received_failures_total", ["From"]), "Messages from members that failed";
    peer_round_trip: HistogramVec("etcd_network_peer_round_trip_time_seconds", ["To"], exp(0.0001, 2.0, 16)), "Time to a member and back";
    snapshot_send_success: IntCounterVec("etcd_network_snapshot_send_success", ["To"]), "States sent";
    snapshot_send_failures: IntCounterVec("etcd_network_snapshot_send_failures", ["To"]), "States that could not be sent";
    snapshot_send_inflights: IntGaugeVec("etcd_network_snapshot_send_inflights_total", ["To"]), "States being sent";
    snapshot_send_duration: HistogramVec("etcd_network_snapshot_send_total_duration_seconds", ["To"], exp(0.1, 2.0, 10)), "Time to send a state";
    snapshot_receive_success: IntCounterVec("etcd_network_snapshot_receive_success", ["From"]), "States received";
    snapshot_receive_failures: IntCounterVec("etcd_network_snapshot_receive_failures", ["From"]), "States that could not be received";
    snapshot_receive_inflights: IntGaugeVec("etcd_network_snapshot_receive_inflights_total", ["From"]), "States being received";
    snapshot_receive_duration: HistogramVec("etcd_network_snapshot_receive_total_duration_seconds", ["From"], exp(0.1, 2.0, 10)), "Time to receive a state";
}

impl Metrics {
    /// Type of what [`Metrics::render`] answers, for HTTP.
    pub const CONTENT_TYPE: &'static str = "text/plain; version=0.0.4; charset=utf-8";

    /// The figures of this moment as Prometheus text.
    pub fn render(&self) -> String {
        let _one_at_a_time = self.rendering.lock();
        self.process.update();
        let mut text = Vec::new();
        TextEncoder::new()
            .encode(&self.registry.gather(), &mut text)
            .expect("a vector takes every write, and every family has figures");
        String::from_utf8(text).expect("the encoder writes text")
    }

    /// Names the member's ID, once it is known.
    pub fn set_member_id(&self, id: u64) {
        self.id.reset();
        self.id.with_label_values(&[&format!("{id:x}")]).set(1);
    }

    /// Sets the cluster's version, such as `3.7`, in place of the one before.
    pub fn set_cluster_version(&self, version: &str) {
        self.cluster_version.reset();
        self.cluster_version.with_label_values(&[version]).set(1);
    }

    /// Values that are not zero from the beginning, and series that dashboards expect to be there.
    fn seed(&self) {
        self.compact_revision.set(-1);
        self.server_version.with_label_values(&[crate::core::limits::SERVER_VERSION]).set(1);
        for api in ["watch", "lease-keepalive"] {
            for direction in ["send", "receive"] {
                self.stream_failures.with_label_values(&[direction, api]);
            }
        }
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "whole numbers are exact")]
mod tests {
    use super::*;

    fn metrics(extensive: bool) -> Metrics {
        let method = |service: &str, name: &str, kind| GrpcMethod { service: service.to_owned(), name: name.to_owned(), kind };
        let methods = [
            method("etcdserverpb.KV", "Put", CallKind::Unary),
            method("etcdserverpb.Watch", "Watch", CallKind::BidiStream),
            method("etcdserverpb.Maintenance", "Snapshot", CallKind::ServerStream),
        ];
        Metrics::new(&methods, extensive)
    }

    #[test]
    fn figures_are_rendered_under_etcds_names() {
        let metrics = metrics(false);
        metrics.has_leader.set(1);
        metrics.put.inc();
        metrics.set_member_id(0x8e9e_05c5_2164_694d);
        metrics.set_cluster_version("3.0");
        metrics.set_cluster_version("3.7");
        metrics.wal_fsync_duration.observe(0.003);
        let text = metrics.render();
        for line in [
            "etcd_server_has_leader 1",
            "etcd_mvcc_put_total 1",
            "# TYPE etcd_mvcc_put_total counter",
            "# TYPE etcd_server_proposals_committed_total gauge",
            "etcd_server_id{server_id=\"8e9e05c52164694d\"} 1",
            "etcd_server_version{server_version=\"3.7.1\"} 1",
            "etcd_cluster_version{cluster_version=\"3.7\"} 1",
            "etcd_disk_wal_fsync_duration_seconds_bucket{le=\"0.002\"} 0",
            "etcd_disk_wal_fsync_duration_seconds_bucket{le=\"0.004\"} 1",
            "etcd_disk_wal_fsync_duration_seconds_bucket{le=\"8.192\"} 1",
            "etcd_disk_wal_fsync_duration_seconds_bucket{le=\"+Inf\"} 1",
            "etcd_disk_wal_fsync_duration_seconds_count 1",
            "etcd_debugging_mvcc_compact_revision -1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is missing in\n{text}");
        }
        assert!(!text.contains("cluster_version=\"3.0\""));
    }

    #[test]
    fn the_process_is_measured() {
        let text = metrics(false).render();
        let value = |name: &str| -> f64 {
            let line =
                text.lines().find(|line| line.starts_with(&format!("{name} "))).unwrap_or_else(|| panic!("{name} is missing"));
            line.rsplit(' ').next().unwrap().parse().unwrap()
        };
        assert!(value("process_resident_memory_bytes") > 100_000.0);
        assert!(value("process_virtual_memory_bytes") > value("process_resident_memory_bytes"));
        assert!(value("process_open_fds") >= 3.0);
        assert!(value("process_start_time_seconds") > 1_700_000_000.0);
        assert!(value("process_cpu_seconds_total") >= 0.0);
        assert!(value("process_max_fds") >= value("process_open_fds"));
        assert_eq!(value("os_fd_limit"), value("process_max_fds"));
    }

    #[test]
    fn every_grpc_method_is_there_from_the_beginning() {
        let metrics = metrics(false);
        let put = metrics.grpc.find("/etcdserverpb.KV/Put").unwrap();
        put.started.inc();
        put.handled(5).inc();
        let text = metrics.render();
        for line in [
            "grpc_server_started_total{grpc_method=\"Put\",grpc_service=\"etcdserverpb.KV\",grpc_type=\"unary\"} 1",
            "grpc_server_handled_total{grpc_code=\"NotFound\",grpc_method=\"Put\",grpc_service=\"etcdserverpb.KV\",grpc_type=\"unary\"} 1",
            "grpc_server_handled_total{grpc_code=\"OK\",grpc_method=\"Put\",grpc_service=\"etcdserverpb.KV\",grpc_type=\"unary\"} 0",
            "grpc_server_msg_sent_total{grpc_method=\"Watch\",grpc_service=\"etcdserverpb.Watch\",grpc_type=\"bidi_stream\"} 0",
            "grpc_server_msg_received_total{grpc_method=\"Snapshot\",grpc_service=\"etcdserverpb.Maintenance\",grpc_type=\"server_stream\"} 0",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is missing in\n{text}");
        }
        assert!(!text.contains("grpc_server_handling_seconds"));
        assert!(metrics.grpc.find("/etcdserverpb.KV/Nope").is_none());
    }

    #[test]
    fn latencies_of_calls_are_measured_when_asked_for() {
        let metrics = metrics(true);
        metrics.grpc.find("/etcdserverpb.KV/Put").unwrap().handling_seconds.as_ref().unwrap().observe(0.1);
        assert!(metrics.render().contains("grpc_server_handling_seconds_count{grpc_method=\"Put\""));
    }
}
