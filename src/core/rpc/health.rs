//! What the HTTP side of the port asks of the server about its health.

use bytes::Bytes;

use super::{
    super::{
        alarm,
        key_range::KeyRange,
        mvcc::{RangeOptions, run_range},
        server::ServerHandle,
    },
    http::{AlarmKind, FactFuture, HealthFacts},
};

/// The server's own facts.
pub struct ServerHealth {
    server: ServerHandle,
}

impl ServerHealth {
    pub fn new(server: ServerHandle) -> Self {
        Self { server }
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
}
