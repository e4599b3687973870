//! What the HTTP side of the port asks of the server about its health.

use bytes::Bytes;

use super::{
    super::{
        alarm,
        key_range::KeyRange,
        mvcc::{RangeOptions, run_range},
        server::{ServerHandle, metrics::Metrics, watch_loop::WatchHandle},
    },
    http::{AlarmKind, FactFuture, HealthFacts},
};

/// The server's own facts.
pub struct ServerHealth {
    server: ServerHandle,
    watch: WatchHandle,
}

impl ServerHealth {
    pub fn new(server: ServerHandle, watch: WatchHandle) -> Self {
        Self { server, watch }
    }

    fn read(&self) -> Result<(), String> {
        let options = RangeOptions::all(KeyRange::One(Bytes::from_static(b"health")));
        run_range(&self.server.store().view_now(), &options).map(drop).map_err(|error| error.to_string())
    }
}

impl HealthFacts for ServerHealth {
    fn serializable_read(&self) -> FactFuture<'_> {
        Box::pin(async { self.read() })
    }

    fn linearizable_read(&self) -> FactFuture<'_> {
        Box::pin(async {
            self.server.linearizable().await.map_err(|error| tonic::Status::from(error).message().to_owned())?;
            self.read()
        })
    }

    fn has_leader(&self) -> bool {
        self.server.node().status().leader != 0
    }

    fn is_learner(&self) -> bool {
        let members = self.server.state().members.read();
        members.get(self.server.identity().member_id).is_some_and(|member| member.is_learner)
    }

    fn alarms(&self) -> Vec<AlarmKind> {
        let alarms = self.server.state().alarms.read();
        let kinds = alarms.iter().map(|(kind, _)| match kind {
            alarm::AlarmKind::NoSpace => AlarmKind::NoSpace,
            alarm::AlarmKind::Corrupt => AlarmKind::Corrupt,
        });
        kinds.collect()
    }

    fn cluster_version(&self) -> Option<String> {
        self.server.state().members.read().cluster_version().map(str::to_owned)
    }

    fn raft_status(&self) -> String {
        let status = self.server.node().status();
        serde_json::json!({
            "id": format!("{:x}", self.server.identity().member_id),
            "term": status.term,
            "lead": format!("{:x}", status.leader),
            "commit": status.committed,
            "applied": self.server.progress().index(),
            "last": status.last_index,
        })
        .to_string()
    }
    fn refresh(&self, metrics: &Metrics) {
        let server = &self.server;
        let status = server.node().status();
        metrics.has_leader.set(i64::from(status.leader != 0));
        metrics.is_leader.set(i64::from(server.is_leader()));
        metrics.is_learner.set(i64::from(self.is_learner()));
        metrics.proposals_committed.set(status.committed.cast_signed());
        metrics.proposals_applied.set(server.progress().index().cast_signed());
        metrics.proposals_pending.set(server.waiters().len() as i64);
        metrics.current_revision.set(server.store().current_revision());
        metrics.auth_revision.set(server.state().auth.revision().cast_signed());
        metrics.compact_revision.set(server.store().compact_revision());
        let watching = self.watch.facts();
        metrics.watch_streams.set(watching.streams as i64);
        metrics.watchers.set(watching.watchers as i64);
        metrics.slow_watchers.set(watching.slow_watchers as i64);
        // Scrapes come one at a time as a rule; of two at once the later would count the same events again by a few.
        metrics.events.inc_by(watching.events_total.saturating_sub(metrics.events.get()));
        let sizes = server.flush().disk_sizes();
        metrics.db_size.set(sizes.allocated.cast_signed());
        metrics.db_size_in_use.set(sizes.in_use.cast_signed());
        metrics.quota_backend_bytes.set(server.limits().quota_bytes);
        if let Some((major, minor)) = self.cluster_version().as_deref().and_then(major_and_minor) {
            metrics.set_cluster_version(&format!("{major}.{minor}"));
        }
        metrics.alarms.reset();
        for (kind, member) in server.state().alarms.read().iter() {
            let kind = match kind {
                alarm::AlarmKind::NoSpace => "NOSPACE",
                alarm::AlarmKind::Corrupt => "CORRUPT",
            };
            metrics.alarms.with_label_values(&[&format!("{member:x}"), kind]).set(1);
        }
    }
}

/// The first two parts of a version such as `3.7.0`.
fn major_and_minor(version: &str) -> Option<(&str, &str)> {
    let (major, rest) = version.split_once('.')?;
    Some((major, rest.split_once('.').map_or(rest, |(minor, _)| minor)))
}
