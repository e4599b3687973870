//! Opening a member's data directory: what is on disk, in the order in which it must be read.
//!
//! The lock and the identity come first, then the state, then the log, which cannot be judged without the state's applied index. A
//! new directory is begun in this order too: state, first entries of the log, identity. The identity says that the others are there,
//! so a directory with one that lacks them has lost them. A member that joins a running cluster begins without entries.

use std::sync::Arc;

use super::{ServeError, joining::Beginning};
use crate::core::{
    apply::{Applier, SharedState},
    backend::Backend,
    config::{BootstrapError, ClusterSource, InitialMember, ServerConfig},
    consensus::{LogStore, bootstrap},
    data_dir::{DataDir, DataDirError, StoredIdentity},
    membership::{Member, cluster_id, member_id},
    server::Identity,
    wal::{EngineLog, FileSizes},
};

/// Term of the entries that a log begins with.
const FIRST_TERM: u64 = 1;

/// Ids and peer URLs.
type Seeds = Vec<(u64, Vec<String>)>;

/// A data directory that was opened and found whole.
pub struct OpenedMember {
    pub dir: Arc<DataDir>,
    pub backend: Arc<Backend>,
    pub state: SharedState,
    pub applier: Applier,
    pub log: Arc<EngineLog>,
    pub identity: Identity,
    /// Members that this one was told of when it joined: id and peer URLs.
    pub seeds: Seeds,
}

/// Opens the data directory of `config`, or begins a new one as `initial_cluster` says, asking nobody.
///
/// # Errors
/// When the directory cannot be used, is damaged, or is not this member's.
pub fn open_member(config: &ServerConfig, log_files: FileSizes) -> Result<OpenedMember, ServeError> {
    let by_flags = || {
        let (identity, members) = identity_by_flags(config)?;
        Ok(Beginning { identity, members, peers: Vec::new() })
    };
    open_or_begin(config, log_files, by_flags)
}

/// Opens the data directory of `config`, or begins a new one as `beginning` says.
///
/// # Errors
/// As [`open_member`], and those of `beginning`.
pub fn open_or_begin(
    config: &ServerConfig,
    log_files: FileSizes,
    beginning: impl FnOnce() -> Result<Beginning, ServeError>,
) -> Result<OpenedMember, ServeError> {
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
    let (identity, seeds) = match stored {
        Some(stored) => {
            check_same_cluster(config, &stored)?;
            (Identity { cluster_id: stored.cluster_id, member_id: stored.member_id }, Vec::new())
        }
        None => begin(config, &dir, log.as_ref(), applier.applied().index, beginning)?,
    };
    tracing::info!(
        cluster_id = %format!("{:x}", identity.cluster_id),
        member_id = %format!("{:x}", identity.member_id),
        applied_index = applier.applied().index,
        revision = state.store.current_revision(),
        "opened data directory"
    );
    Ok(OpenedMember { dir, backend, state, applier, log, identity, seeds })
}

/// Who this member is by the flags.
pub fn identity_by_flags(config: &ServerConfig) -> Result<(Identity, Vec<Member>), ServeError> {
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

/// A new data directory: the first entries of the log, if this member has any, then the identity, which says that they are there. One
/// whose state or log goes beyond this had an identity.
fn begin(
    config: &ServerConfig,
    dir: &DataDir,
    log: &dyn LogStore,
    applied: u64,
    beginning: impl FnOnce() -> Result<Beginning, ServeError>,
) -> Result<(Identity, Seeds), ServeError> {
    let found = log.state()?;
    if applied > 0 || found.last.term > FIRST_TERM || found.hard_state.term > FIRST_TERM {
        return Err(dir.identity_lost().into());
    }
    let Beginning { identity, members, peers } = beginning()?;
    let entries: Vec<_> = members.iter().map(|member| (member.id, member.encode().into())).collect();
    if !found.is_empty() {
        // An earlier start was cut off here. What it wrote must be what this one would write.
        let written = log.entries(found.start.index + 1, found.last.index + 1, u64::MAX)?;
        let is_same = written.len() == entries.len()
            && entries.iter().all(|(_, context)| written.iter().any(|entry| entry.context == *context));
        if !is_same {
            return Err(dir.identity_lost().into());
        }
    } else if !entries.is_empty() {
        bootstrap(log, entries)?;
    }
    dir.set_identity(identity.cluster_id, identity.member_id, &config.name)?;
    Ok((identity, peers))
}

/// Refuses flags that plainly speak of another cluster. Flags that say nothing of one are taken as a restart.
fn check_same_cluster(config: &ServerConfig, stored: &StoredIdentity) -> Result<(), ServeError> {
    // Whom DNS or a discovery service would name today says nothing of the cluster that was.
    if config.cluster_source != ClusterSource::Listed {
        return Ok(());
    }
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
