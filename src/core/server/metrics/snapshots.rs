//! Whole states between members, as etcd counts them: by the other member's id.

use super::{super::super::peer::SnapshotMoves, Metrics};

impl Metrics {
    /// Counts what becomes of a state that goes to this member or comes from it. As in etcd, only those that arrive are timed.
    pub fn snapshot_moves(&self, member: u64, moves: SnapshotMoves) {
        let member = format!("{member:x}");
        let label = &[member.as_str()];
        match moves {
            SnapshotMoves::SendBegan => self.snapshot_send_inflights.with_label_values(label).inc(),
            SnapshotMoves::SendEnded { ok, took } => {
                self.snapshot_send_inflights.with_label_values(label).dec();
                if ok {
                    self.snapshot_send_success.with_label_values(label).inc();
                    self.snapshot_send_duration.with_label_values(label).observe(took.as_secs_f64());
                } else {
                    self.snapshot_send_failures.with_label_values(label).inc();
                }
            }
            SnapshotMoves::ReceiveBegan => self.snapshot_receive_inflights.with_label_values(label).inc(),
            SnapshotMoves::ReceiveEnded { ok, took } => {
                self.snapshot_receive_inflights.with_label_values(label).dec();
                if ok {
                    self.snapshot_receive_success.with_label_values(label).inc();
                    self.snapshot_receive_duration.with_label_values(label).observe(took.as_secs_f64());
                    self.snap_db_save_duration.observe(took.as_secs_f64());
                } else {
                    self.snapshot_receive_failures.with_label_values(label).inc();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_state_is_counted_while_it_moves_and_by_how_it_ended() {
        let metrics = Metrics::new(&[], false);
        let sent = |ok| SnapshotMoves::SendEnded { ok, took: Duration::from_millis(150) };
        metrics.snapshot_moves(0xab, SnapshotMoves::SendBegan);
        metrics.snapshot_moves(0xab, SnapshotMoves::SendBegan);
        metrics.snapshot_moves(0xab, sent(true));
        metrics.snapshot_moves(0xcd, SnapshotMoves::SendBegan);
        metrics.snapshot_moves(0xcd, sent(false));
        metrics.snapshot_moves(0xef, SnapshotMoves::ReceiveBegan);
        metrics.snapshot_moves(0xef, SnapshotMoves::ReceiveEnded { ok: true, took: Duration::from_secs(3) });
        let text = metrics.render();
        for line in [
            "etcd_network_snapshot_send_inflights_total{To=\"ab\"} 1",
            "etcd_network_snapshot_send_success{To=\"ab\"} 1",
            "etcd_network_snapshot_send_total_duration_seconds_bucket{To=\"ab\",le=\"0.2\"} 1",
            "etcd_network_snapshot_send_inflights_total{To=\"cd\"} 0",
            "etcd_network_snapshot_send_failures{To=\"cd\"} 1",
            "etcd_network_snapshot_receive_inflights_total{From=\"ef\"} 0",
            "etcd_network_snapshot_receive_success{From=\"ef\"} 1",
            "etcd_network_snapshot_receive_total_duration_seconds_sum{From=\"ef\"} 3",
            "etcd_snap_db_save_total_duration_seconds_count 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is missing in\n{text}");
        }
        assert!(!text.contains("etcd_network_snapshot_send_failures{To=\"ab\"}"));
    }
}
