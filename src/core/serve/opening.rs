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
    membership::{Member, Membership, cluster_id, member_id},
    recovery::force_new_cluster,
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
        return Err(DataDirError::LogLost { log, data_dir }.into());
    }
    let (identity, seeds) = match stored {
        Some(stored) => {
            check_same_cluster(config, &stored, &state.members.read())?;
            (Identity { cluster_id: stored.cluster_id, member_id: stored.member_id }, Vec::new())
        }
        None => begin(config, &dir, log.as_ref(), applier.applied().index, beginning)?,
    };
    // A member that joins has no log yet.
    if config.force_new_cluster && !log.state()?.is_empty() {
        force_new_cluster(Arc::clone(&backend.state().durable), log.as_ref(), identity.member_id)?;
    }
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

/// Refuses flags that plainly speak of another cluster, or of another of its members. Flags that say nothing of one are taken as a
/// restart; so are those of the cluster as it is now, which `members` came to be since it began.
fn check_same_cluster(config: &ServerConfig, stored: &StoredIdentity, members: &Membership) -> Result<(), ServeError> {
    // Whom DNS or a discovery service would name today says nothing of the cluster that was.
    if config.cluster_source != ClusterSource::Listed || config.join_existing {
        return Ok(());
    }
    let silent = ServerConfig::default();
    let by_default = config.initial_cluster.iter().all(|member| member.peer_urls == silent.initial_advertise_peer_urls);
    if config.initial_cluster.len() == 1 && config.initial_cluster_token == silent.initial_cluster_token && by_default {
        return Ok(());
    }
    let Ok((given, listed)) = identity_by_flags(config) else { return Ok(()) };
    let path = config.data_dir.display().to_string();
    let other_member = |given| {
        let (stored, stored_name) = (stored.member_id, stored.name.clone());
        Err(DataDirError::OtherMember { path: path.clone(), stored, stored_name, given }.into())
    };
    if given.cluster_id == stored.cluster_id {
        return if given.member_id == stored.member_id { Ok(()) } else { other_member(given.member_id) };
    }
    let at = |urls: &[String]| members.iter().find(|member| member.peer_urls.iter().any(|url| urls.contains(url)));
    if !listed.iter().any(|member| at(&member.peer_urls).is_some()) {
        return Err(DataDirError::OtherCluster { path, stored: stored.cluster_id, given: given.cluster_id }.into());
    }
    let own = listed.iter().find(|member| member.id == given.member_id).and_then(|own| at(&own.peer_urls));
    match own {
        Some(other) if other.id != stored.member_id => other_member(other.id),
        _ => {
            tracing::info!("the flags list other members than this cluster began with; the data directory knows them");
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::backend::Generation;

    const STORED: u64 = 7;

    fn check(listed: &[(&str, &str)], name: &str, cluster: &[(u64, &str)]) -> Result<(), String> {
        let initial = |(name, url): &(&str, &str)| InitialMember { name: (*name).into(), peer_urls: vec![(*url).into()] };
        let config = ServerConfig {
            name: name.into(),
            initial_cluster: listed.iter().map(initial).collect(),
            initial_cluster_token: "token".into(),
            ..ServerConfig::default()
        };
        let mut members = Membership::default();
        for (id, url) in cluster {
            members.set(Member { id: *id, peer_urls: vec![(*url).into()], ..Member::default() }, &Generation::default());
        }
        let stored = StoredIdentity { layout: 1, cluster_id: 5, member_id: STORED, name: "m".into() };
        check_same_cluster(&config, &stored, &members).map_err(|error| error.to_string())
    }

    #[test]
    fn flags_of_the_cluster_as_it_is_now_are_taken_as_a_restart() {
        let grown = [(STORED, "http://a:1"), (8, "http://b:1"), (9, "http://c:1")];
        assert_eq!(check(&[("a", "http://a:1"), ("b", "http://b:1"), ("c", "http://c:1")], "a", &grown), Ok(()));
        assert_eq!(check(&[("a", "http://moved:1"), ("b", "http://b:1")], "a", &grown), Ok(()), "its URL is to change next");
    }

    #[test]
    fn flags_of_another_cluster_or_member_are_refused() {
        let cluster = [(STORED, "http://a:1"), (8, "http://b:1")];
        let error = check(&[("x", "http://x:1"), ("y", "http://y:1")], "x", &cluster).unwrap_err();
        assert!(error.contains("belongs to cluster 5"), "{error}");
        let error = check(&[("a", "http://a:1"), ("b", "http://b:1")], "b", &cluster).unwrap_err();
        assert!(error.contains("belongs to member 7 (m), not to 8"), "{error}");
    }
}
