//! The Maintenance service: what operators ask of one member.

use std::{pin::Pin, time::Duration};

use quorate_proto::etcdserverpb::{
    AlarmMember, AlarmRequest, AlarmResponse, AlarmType, DefragmentRequest, DefragmentResponse, DowngradeInfo, DowngradeRequest,
    DowngradeResponse, HashKvRequest, HashKvResponse, HashRequest, HashResponse, MoveLeaderRequest, MoveLeaderResponse,
    SnapshotRequest, SnapshotResponse, StatusRequest, StatusResponse, alarm_request::AlarmAction,
    downgrade_request::DowngradeAction, maintenance_server,
};
use tokio_stream::Stream;
use tonic::{Request, Response, Status};

use super::{
    super::{
        alarm::AlarmKind,
        apply::{Command, Reply},
        backend::{BackendError, Table},
        limits,
        mvcc::hash_kv,
        refusal::Refusal,
        server::{ServerHandle, auth::Change, now},
    },
    caller::{audited, propose},
    header,
    kv::{blocking, enter, fault, unexpected},
    status::ApiError,
};

/// How often a transfer of leadership is looked at.
const TRANSFER_POLL: Duration = Duration::from_millis(10);

/// Serves `etcdserverpb.Maintenance`.
#[derive(Clone)]
pub struct MaintenanceService {
    server: ServerHandle,
}

impl MaintenanceService {
    pub fn new(server: ServerHandle) -> Self {
        Self { server }
    }
}

fn alarm_type(kind: AlarmKind) -> AlarmType {
    match kind {
        AlarmKind::NoSpace => AlarmType::Nospace,
        AlarmKind::Corrupt => AlarmType::Corrupt,
    }
}

/// CRC-32C over every row of every table but the one that says how far this member has applied.
fn hash_all(server: &ServerHandle) -> Result<u32, BackendError> {
    let state = server.store().backend().state();
    let disk = state.durable.read()?;
    let mut hash = 0;
    for table in Table::ALL.into_iter().filter(|table| *table != Table::Meta) {
        hash = crc32c::crc32c_append(hash, table.name().as_bytes());
        for row in disk.scan(table, &[])? {
            let (key, value) = row?;
            hash = crc32c::crc32c_append(crc32c::crc32c_append(hash, key), value);
        }
    }
    Ok(hash)
}

/// Whether a cluster of this version can go down to `version`, which may leave its last part out.
fn check_downgrade(version: &str) -> Result<(), ApiError> {
    let numbers = version.split(['-', '+']).next().unwrap_or_default();
    let parts: Option<Vec<u64>> = numbers.split('.').map(|part| part.parse().ok()).collect();
    match parts.as_deref() {
        Some([3, 6] | [3, 6, _]) => Ok(()),
        Some([_, _] | [_, _, _]) => Err(ApiError::DowngradeTarget),
        _ => Err(ApiError::DowngradeVersionFormat),
    }
}

/// `3.7` of `3.7.0`.
fn minor_of(version: &str) -> Option<String> {
    version.rsplit_once('.').map(|(minor, _)| minor.to_owned())
}

/// Hands leadership over, and waits until the other one leads.
async fn hand_over(server: ServerHandle, target: u64) -> Result<(), Status> {
    if server.node().status().leader != server.identity().member_id {
        return Err(ApiError::NotLeader.into());
    }
    let is_voter = server.state().members.read().get(target).is_some_and(|member| !member.is_learner);
    if !is_voter {
        return Err(ApiError::BadLeaderTransferee.into());
    }
    let deadline = now() + server.limits().request_timeout;
    server.node().transfer_leader(target);
    while server.node().status().leader != target {
        if now() >= deadline {
            return Err(ApiError::TimeoutLeaderTransfer.into());
        }
        tokio::time::sleep(TRANSFER_POLL).await;
    }
    Ok(())
}

#[tonic::async_trait]
impl maintenance_server::Maintenance for MaintenanceService {
    async fn alarm(&self, request: Request<AlarmRequest>) -> Result<Response<AlarmResponse>, Status> {
        let (shown, request) = enter(&self.server, request)?;
        // etcd 3.7.1 crashes on an action outside the enum.
        if AlarmAction::try_from(request.action).is_err() {
            return Err(ApiError::UnknownAlarmAction.into());
        }
        let caller = match request.action() {
            AlarmAction::Get => shown.somebody(&self.server).await,
            AlarmAction::Activate | AlarmAction::Deactivate => shown.root(&self.server).await,
        };
        let command = Command::Alarm(request);
        let caller = shown.noted(&self.server, caller, || Change::of_command(&command)).await?;
        match propose(&self.server, &caller, command).await?? {
            Reply::Alarms(list) => {
                let alarms = list.into_iter().map(|(kind, member_id)| AlarmMember { member_id, alarm: alarm_type(kind).into() });
                Ok(Response::new(AlarmResponse { header: header::at(&self.server, 0), alarms: alarms.collect() }))
            }
            reply => Err(unexpected(&reply)),
        }
    }

    async fn status(&self, request: Request<StatusRequest>) -> Result<Response<StatusResponse>, Status> {
        let (shown, StatusRequest {}) = enter(&self.server, request)?;
        shown.somebody(&self.server).await?;
        let node = self.server.node().status();
        let sizes = self.server.flush().disk_sizes();
        let mut errors = Vec::new();
        if node.leader == 0 {
            errors.push(ApiError::NoLeader.code_and_text().1.to_owned());
        }
        for (kind, member) in self.server.state().alarms.read().iter() {
            errors.push(format!("memberID:{member} alarm:{}", alarm_type(kind).as_str_name()));
        }
        let own = self.server.identity().member_id;
        let is_learner = self.server.state().members.read().get(own).is_some_and(|member| member.is_learner);
        Ok(Response::new(StatusResponse {
            header: header::at(&self.server, 0),
            version: limits::SERVER_VERSION.into(),
            db_size: sizes.allocated.cast_signed(),
            leader: node.leader,
            raft_index: node.committed,
            raft_term: node.term,
            raft_applied_index: self.server.progress().index(),
            errors,
            db_size_in_use: sizes.in_use.cast_signed(),
            is_learner,
            storage_version: limits::CLUSTER_VERSION.into(),
            db_size_quota: self.server.limits().quota_bytes,
            downgrade_info: Some(DowngradeInfo::default()),
        }))
    }

    async fn defragment(&self, request: Request<DefragmentRequest>) -> Result<Response<DefragmentResponse>, Status> {
        let (shown, DefragmentRequest {}) = enter(&self.server, request)?;
        let change = || Change::plain("defragment");
        let root = shown.root(&self.server).await;
        let caller = shown.noted(&self.server, root, || Some(change())).await?;
        let server = self.server.clone();
        let defragmenting = async move { server.flush().defragment().await.map_err(Status::internal) };
        audited(&self.server, &caller, change, defragmenting).await?;
        Ok(Response::new(DefragmentResponse { header: None }))
    }

    async fn hash(&self, request: Request<HashRequest>) -> Result<Response<HashResponse>, Status> {
        let (shown, HashRequest {}) = enter(&self.server, request)?;
        shown.root(&self.server).await?;
        let server = self.server.clone();
        let hash = blocking(move || hash_all(&server).map_err(|error| fault(&server, error))).await?;
        Ok(Response::new(HashResponse { header: header::at(&self.server, 0), hash }))
    }

    async fn hash_kv(&self, request: Request<HashKvRequest>) -> Result<Response<HashKvResponse>, Status> {
        let (shown, HashKvRequest { revision }) = enter(&self.server, request)?;
        shown.root(&self.server).await?;
        let server = self.server.clone();
        if let Some((hash, compact_revision)) = server.compact_hashes().get(revision).await {
            let header = header::at(&server, 0);
            return Ok(Response::new(HashKvResponse { header, hash, compact_revision, hash_revision: revision }));
        }
        let hash = blocking(move || {
            let hashed = hash_kv(server.store(), revision).map_err(|error| fault(&server, error))?;
            Ok(hashed.map_err(Refusal::from)?)
        })
        .await?;
        Ok(Response::new(HashKvResponse {
            header: header::at(&self.server, hash.current_revision),
            hash: hash.hash,
            compact_revision: hash.compact_revision,
            hash_revision: hash.revision,
        }))
    }

    type SnapshotStream = Pin<Box<dyn Stream<Item = Result<SnapshotResponse, Status>> + Send>>;

    async fn snapshot(&self, request: Request<SnapshotRequest>) -> Result<Response<Self::SnapshotStream>, Status> {
        let (shown, SnapshotRequest {}) = enter(&self.server, request)?;
        shown.root(&self.server).await?;
        Err(Status::unimplemented("quorate: snapshots in etcd's file format are not built yet"))
    }

    async fn move_leader(&self, request: Request<MoveLeaderRequest>) -> Result<Response<MoveLeaderResponse>, Status> {
        let (shown, MoveLeaderRequest { target_id: target }) = enter(&self.server, request)?;
        let change = || Change::of("move leader", format!("{target:x}"));
        let root = shown.root(&self.server).await;
        let caller = shown.noted(&self.server, root, || Some(change())).await?;
        audited(&self.server, &caller, change, hand_over(self.server.clone(), target)).await?;
        Ok(Response::new(MoveLeaderResponse { header: None }))
    }

    async fn downgrade(&self, request: Request<DowngradeRequest>) -> Result<Response<DowngradeResponse>, Status> {
        let (shown, request) = enter(&self.server, request)?;
        shown.root(&self.server).await?;
        match DowngradeAction::try_from(request.action) {
            Ok(DowngradeAction::Validate | DowngradeAction::Enable) => {
                check_downgrade(&request.version)?;
                Err(Status::unimplemented("quorate: downgrades are not built yet"))
            }
            // That there is none to cancel is no error.
            Ok(DowngradeAction::Cancel) => {
                let version = self.server.state().members.read().cluster_version().and_then(minor_of).unwrap_or_default();
                Ok(Response::new(DowngradeResponse { header: header::at(&self.server, 0), version }))
            }
            Err(_) => Err(ApiError::UnknownDowngradeAction.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_downgrade_goes_one_minor_version_down_and_no_further() {
        for version in ["3.6", "3.6.0", "3.6.9", "3.6.0-rc.1", "3.6.0+x", "03.6.0"] {
            assert_eq!(check_downgrade(version), Ok(()), "{version}");
        }
        for version in ["3.7", "3.7.0", "3.5.0", "9.9.0", "2.6.0", "3.8.0"] {
            assert_eq!(check_downgrade(version), Err(ApiError::DowngradeTarget), "{version}");
        }
        for version in ["", "x", "3", "v3.6.0", "3.6.0.0", " 3.6.0", "3..0", "-3.6.0"] {
            assert_eq!(check_downgrade(version), Err(ApiError::DowngradeVersionFormat), "{version}");
        }
    }
}
