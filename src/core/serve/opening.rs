//! Opening a member's data directory: what is on disk, in the order in which it must be read.
//!
//! The lock and the identity come first, then the state, then the log, which cannot be judged without the state's applied index. A
//! new directory is begun in this order too: state, first entries of the log, identity. The identity says that the others are there,
//! so a directory with one that lacks them has lost them.

use std::sync::Arc;

use super::ServeError;
use crate::core::{
    apply::{Applier, SharedState},
    backend::Backend,
    config::{BootstrapError, InitialMember, ServerConfig},
    consensus::{LogStore, bootstrap},
    data_dir::{DataDir, DataDirError, StoredIdentity},
    membership::{Member, cluster_id, member_id},
    recovery::force_new_cluster,
    server::Identity,
    wal::{EngineLog, FileSizes},
};

/// Term of the entries that a log begins with.
const FIRST_TERM: u64 = 1;

/// A data directory that was opened and found whole.
pub struct OpenedMember {
    pub dir: Arc<DataDir>,
    pub backend: Arc<Backend>,
    pub state: SharedState,
    pub applier: Applier,
    pub log: Arc<EngineLog>,
    pub identity: Identity,
    /// Members that this one was told of when it joined: id and peer URLs.
    pub seeds: Vec<(u64, Vec<String>)>,
}

/// Opens the data directory of `config`, or begins a new one.
///
/// # Errors
/// When the directory cannot be used, is damaged, or is not this member's.
pub fn open_member(config: &ServerConfig, log_files: FileSizes) -> Result<OpenedMember, ServeError> {
    let dir = Arc::new(DataDir::open(&config.data_dir, config.wal_dir.as_deref())?);
    let stored = dir.identity()?;
    let backend = Arc::new(Backend::open(dir.open_state()?)?);
    let state = SharedState::load(Arc::clone(&backend))?;
    let applier = Applier::open(state.clone())?;
    let log = Arc::new(EngineLog::open_sized(dir.log(), log_files)?);
    let log_is_empty = log.state()?.is_empty();
    if log_is_empty && applier.applied().index > 0 {
        let (log, data_dir) = (dir.log().display().to_string(), config.data_dir.display().to_string());
        return Err(ServeError::LogLost { log, data_dir });
    }
    let identity = match stored {
        Some(stored) => {
            check_same_cluster(config, &stored)?;
            Identity { cluster_id: stored.cluster_id, member_id: stored.member_id }
        }
        None => begin(config, &dir, log.as_ref(), applier.applied().index)?,
    };
    if config.force_new_cluster {
        force_new_cluster(Arc::clone(&backend.state().durable), log.as_ref(), identity.member_id)?;
    }
    tracing::info!(
        cluster_id = %format!("{:x}", identity.cluster_id),
        member_id = %format!("{:x}", identity.member_id),
        applied_index = applier.applied().index,
        revision = state.store.current_revision(),
        "opened data directory"
    );
    Ok(OpenedMember { dir, backend, state, applier, log, identity, seeds: Vec::new() })
}

/// Who this member is by the flags.
fn identity_by_flags(config: &ServerConfig) -> Result<(Identity, Vec<Member>), ServeError> {
    let member = |initial: &InitialMember| Member {
        id: member_id(&initial.peer_urls, &config.initial_cluster_token),
        name: String::new(),
        peer_urls: initial.peer_urls.clone(),
        client_urls: Vec::new(),
        is_learner: false,
    };
    config.check_bootstrap().or_else(|error| match error {
        // Names and addresses of one host may stand for each other; that was looked at with the flags.
        BootstrapError::OtherUrls { .. } => Ok(()),
        other => Err(other),
    })?;
    let members: Vec<_> = config.initial_cluster.iter().map(member).collect();
    let own = config.initial_cluster.iter().position(|initial| initial.name == config.name).expect("checked just above");
    let cluster_id = cluster_id(members.iter().map(|member| member.id).collect());
    Ok((Identity { cluster_id, member_id: members[own].id }, members))
}

/// A new data directory: the first entries of the log, then the identity, which says that they are there. One whose state or log goes
/// beyond this had an identity.
fn begin(config: &ServerConfig, dir: &DataDir, log: &dyn LogStore, applied: u64) -> Result<Identity, ServeError> {
    let found = log.state()?;
    if applied > 0 || found.last.term > FIRST_TERM || found.hard_state.term > FIRST_TERM {
        return Err(dir.identity_lost().into());
    }
    if config.join_existing {
        return Err(ServeError::JoinNotBuilt);
    }
    let (identity, members) = identity_by_flags(config)?;
    if found.is_empty() {
        bootstrap(log, members.iter().map(|member| (member.id, member.encode().into())).collect())?;
    }
    dir.set_identity(identity.cluster_id, identity.member_id, &config.name)?;
    Ok(identity)
}

/// Refuses flags that plainly speak of another cluster. Flags that say nothing of one are taken as a restart.
fn check_same_cluster(config: &ServerConfig, stored: &StoredIdentity) -> Result<(), ServeError> {
    let silent = ServerConfig::default();
    if config.join_existing || (config.initial_cluster.len() == 1 && config.initial_cluster_token == silent.initial_cluster_token)
    {
        let by_default = config.initial_cluster.iter().all(|member| member.peer_urls == silent.initial_advertise_peer_urls);
        if config.join_existing || by_default {
            return Ok(());
        }
    }
    let Ok((given, _)) = identity_by_flags(config) else { return Ok(()) };
    let path = config.data_dir.display().to_string();
    if given.cluster_id != stored.cluster_id {
        return Err(DataDirError::OtherCluster { path, stored: stored.cluster_id, given: given.cluster_id }.into());
    }
    if given.member_id != stored.member_id {
        let (stored, stored_name) = (stored.member_id, stored.name.clone());
        return Err(DataDirError::OtherMember { path, stored, stored_name, given: given.member_id }.into());
    }
    Ok(())
}
