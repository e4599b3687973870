//! Making a new cluster of one survivor's data, in a new data directory.
//!
//! The steps, of which each can be the last before a crash: the directory says that it is unfinished; the state is copied; the whole log is
//! applied to the copy; membership, revision and applied index are rewritten there in one commit; the copy becomes the state; the log
//! begins behind the applied index; the identity is written, and with it the directory is a member's. An attempt that did not come so far
//! is begun anew. A server refuses the directory until then.
//!
//! Nothing is drawn or read from a clock: the same survivor and the same words give the same ids and the same state, so that each member of
//! a new cluster of several can be made from a copy of the same survivor.

use std::{fs, sync::Arc};

use super::{
    RecoveryError,
    facts::Facts,
    replay::Replay,
    room,
    survivor::{Place, Survivor},
};
use crate::core::{
    apply::encode_applied,
    backend::{Backend, Durable, Lmdb, Table, table::meta},
    config::{BootstrapError, InitialMember, ServerConfig},
    consensus::{AppliedState, Configuration, HardState, LogPoint, LogStore, LogWrite},
    data_dir::{DataDir, DataDirError, is_unfinished, unchanged::is_vacant},
    membership::{Member, cluster_id, member_id},
    mvcc::StoredRevisions,
    wal::EngineLog,
};

/// What an entry of the log may take in the state, records and index, as a multiple of its weight.
const STATE_PER_LOG: u64 = 3;

/// What to make.
#[derive(Clone, Debug)]
pub struct Rebuild {
    pub from: Place,
    /// Absent or empty, or left by an attempt that was interrupted.
    pub to: Place,
    /// The member that the directory is for.
    pub name: String,
    pub advertise_peer_urls: Vec<String>,
    pub initial_cluster: Vec<InitialMember>,
    /// By default one that is made from the survivor; see [`token`].
    pub token: Option<String>,
    /// By how much the revision moves on; 0 means not at all.
    pub bump_revision: i64,
    /// Whether all history becomes unreadable.
    pub mark_compacted: bool,
}

/// What was made, or would be.
#[derive(Clone, Debug)]
pub struct Rebuilt {
    pub facts: Facts,
    pub cluster_id: u64,
    pub member_id: u64,
    pub token: String,
    /// Of the new state; nothing if the log was too long to be tried beforehand, and nothing was made.
    pub revision: Option<i64>,
    /// Bytes that the directory may take, its log included.
    pub needed_bytes: u64,
    /// An earlier run had made it already.
    pub already: bool,
}

/// A part of the work that is on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Begun,
    Copied,
    Applied,
    Rewritten,
    Installed,
    Logged,
    Identified,
}

/// The token of a cluster that is recovered from this survivor, unless another one is given. It differs from that of the old cluster
/// and from those of clusters that are recovered from survivors that hold more or less.
pub fn token(facts: &Facts) -> String {
    format!("recovered-{:x}-{}-{}", facts.identity.cluster_id, facts.last.term, facts.last.index)
}

/// Makes the new data directory, or with `dry_run` says what it would be.
///
/// # Errors
/// See [`RecoveryError`]. The survivor is as it was. What was begun is finished by another run.
pub fn rebuild(wanted: &Rebuild, dry_run: bool) -> Result<Rebuilt, RecoveryError> {
    rebuild_in_steps(wanted, dry_run, &mut |_| Ok(()))
}

pub(super) fn rebuild_in_steps(
    wanted: &Rebuild,
    dry_run: bool,
    done: &mut dyn FnMut(Step) -> Result<(), RecoveryError>,
) -> Result<Rebuilt, RecoveryError> {
    if wanted.bump_revision > 0 && !wanted.mark_compacted {
        return Err(RecoveryError::BumpAlone);
    }
    refuse_inside(wanted)?;
    let survivor = Survivor::open(&wanted.from)?;
    // All of it is tried before anything is written.
    let facts = Facts::of(&survivor)?;
    let token = wanted.token.clone().unwrap_or_else(|| token(&facts));
    let cluster = NewCluster::of(wanted, &token, &facts)?;
    let state_bytes = facts.state_bytes + facts.tail_bytes * STATE_PER_LOG;
    let mut rebuilt = Rebuilt {
        cluster_id: cluster.cluster_id,
        member_id: cluster.own,
        token,
        revision: facts.revision.map(|revision| bumped(revision, wanted.bump_revision)).transpose()?,
        needed_bytes: room::needed(state_bytes),
        already: false,
        facts,
    };
    if is_made(wanted, &cluster, dry_run)? {
        rebuilt.already = true;
        return Ok(rebuilt);
    }
    room::check(&wanted.to, state_bytes)?;
    if dry_run {
        return Ok(rebuilt);
    }
    let dir = DataDir::open(&wanted.to.data_dir, wanted.to.wal_dir.as_deref())?;
    dir.begin_filling()?;
    done(Step::Begun)?;
    rebuilt.revision = Some(fill(wanted, &survivor, &cluster, &dir, done)?);
    dir.set_identity(cluster.cluster_id, cluster.own, &wanted.name)?;
    done(Step::Identified)?;
    dir.end_filling()?;
    Ok(rebuilt)
}

/// Fills the directory with everything but the identity. Answers the new revision.
fn fill(
    wanted: &Rebuild,
    survivor: &Survivor,
    cluster: &NewCluster,
    dir: &DataDir,
    done: &mut dyn FnMut(Step) -> Result<(), RecoveryError>,
) -> Result<i64, RecoveryError> {
    drop(dir.open_state()?);
    let path = dir.new_state_path();
    survivor.state.copy_compacted(&path)?;
    done(Step::Copied)?;
    let copy = Arc::new(Lmdb::open(&path)?);
    let point = {
        let mut replay = Replay::begin(Arc::new(Backend::open(Arc::clone(&copy) as _)?))?;
        replay.on_disk(survivor.log.as_ref(), &survivor.log_state)?;
        replay.applier.applied().point()
    };
    assert_eq!(point, survivor.log_state.last, "the whole log is applied");
    done(Step::Applied)?;
    let before = StoredRevisions::read(copy.read()?.as_ref())?.current;
    let revision = bumped(before, wanted.bump_revision)?;
    rewrite(copy.as_ref(), point, cluster, revision, wanted.mark_compacted)?;
    done(Step::Rewritten)?;
    drop(copy);
    dir.install_state(&path)?;
    done(Step::Installed)?;
    let log = EngineLog::open(dir.log())?;
    let term = survivor.log_state.hard_state.term.max(point.term);
    let hard_state = Some(HardState { term, vote: 0, commit: point.index });
    log.write(&[LogWrite { reset: Some(point), hard_state, ..LogWrite::default() }])?;
    drop(log);
    done(Step::Logged)?;
    Ok(revision)
}

/// Puts the new members in the place of the old ones, and moves the revision, in one commit. Alarms were raised by members that are gone.
fn rewrite(
    state: &dyn Durable,
    point: LogPoint,
    cluster: &NewCluster,
    revision: i64,
    compacted: bool,
) -> Result<(), RecoveryError> {
    let configuration = Configuration { voters: cluster.voters(), ..Configuration::default() };
    let applied = AppliedState { index: point.index, term: point.term, configuration };
    let mut gone = Vec::new();
    {
        let disk = state.read()?;
        for table in [Table::Member, Table::Alarm] {
            for row in disk.scan(table, &[])? {
                gone.push((table, row?.0.to_vec()));
            }
        }
    }
    state.commit(&mut |batch| {
        gone.iter().try_for_each(|(table, key)| batch.delete(*table, key))?;
        for member in &cluster.members {
            batch.put(Table::Member, &member.id.to_be_bytes(), &member.encode())?;
        }
        batch.put(Table::Meta, meta::APPLIED, &encode_applied(&applied))?;
        batch.put(Table::Meta, meta::CURRENT_REVISION, &revision.to_le_bytes())?;
        if compacted {
            batch.put(Table::Meta, meta::COMPACT_REVISION, &revision.to_le_bytes())?;
        }
        Ok(())
    })?;
    Ok(())
}

fn bumped(revision: i64, by: i64) -> Result<i64, RecoveryError> {
    let refused = RecoveryError::Bump { revision, bump: by };
    revision.checked_add(by).filter(|_| by >= 0).ok_or(refused)
}

/// The members that are to be, and their ids.
struct NewCluster {
    cluster_id: u64,
    own: u64,
    members: Vec<Member>,
}

impl NewCluster {
    fn of(wanted: &Rebuild, token: &str, facts: &Facts) -> Result<Self, RecoveryError> {
        let config = ServerConfig {
            name: wanted.name.clone(),
            initial_advertise_peer_urls: wanted.advertise_peer_urls.clone(),
            initial_cluster: wanted.initial_cluster.clone(),
            ..ServerConfig::default()
        };
        config.check_bootstrap()?;
        let member = |initial: &InitialMember| Member {
            id: member_id(&initial.peer_urls, token),
            peer_urls: initial.peer_urls.clone(),
            ..Member::default()
        };
        let members: Vec<_> = wanted.initial_cluster.iter().map(member).collect();
        let not_listed = || BootstrapError::NotListed { name: wanted.name.clone() };
        let own = wanted.initial_cluster.iter().position(|initial| initial.name == wanted.name).ok_or_else(not_listed)?;
        let cluster_id = cluster_id(members.iter().map(|member| member.id).collect());
        let is_old = |id| facts.members.iter().any(|old| old.id == id) || facts.identity.member_id == id;
        if cluster_id == facts.identity.cluster_id || members.iter().any(|member| is_old(member.id)) {
            return Err(RecoveryError::SameIds { cluster: cluster_id });
        }
        Ok(Self { cluster_id, own: members[own].id, members })
    }

    fn voters(&self) -> Vec<u64> {
        let mut voters: Vec<_> = self.members.iter().map(|member| member.id).collect();
        voters.sort_unstable();
        voters
    }
}

/// Whether an earlier run has finished.
fn is_made(wanted: &Rebuild, cluster: &NewCluster, dry_run: bool) -> Result<bool, RecoveryError> {
    let root = &wanted.to.data_dir;
    let path = || root.display().to_string();
    if is_unfinished(root) || is_vacant(root)? {
        return Ok(false);
    }
    if !crate::core::data_dir::is_used(root) {
        return Err(DataDirError::NotEmpty { path: path() }.into());
    }
    let dir = DataDir::open(root, wanted.to.wal_dir.as_deref())?;
    match dir.identity()? {
        Some(found) if (found.cluster_id, found.member_id) == (cluster.cluster_id, cluster.own) => {
            if !dry_run {
                dir.end_filling()?;
            }
            Ok(true)
        }
        Some(found) => Err(RecoveryError::Other { path: path(), cluster: found.cluster_id, member: found.member_id }),
        None => Err(DataDirError::NotEmpty { path: path() }.into()),
    }
}

/// Nothing may be written below the directory that is to stay as it is.
fn refuse_inside(wanted: &Rebuild) -> Result<(), RecoveryError> {
    let from = [Some(&wanted.from.data_dir), wanted.from.wal_dir.as_ref()];
    for from in from.into_iter().flatten() {
        // What is not there is told of when it is opened.
        let Ok(real_from) = fs::canonicalize(from) else { continue };
        for to in [Some(&wanted.to.data_dir), wanted.to.wal_dir.as_ref()].into_iter().flatten() {
            let real_to = room::existing(to)?;
            if real_to.starts_with(&real_from) {
                return Err(RecoveryError::Inside { path: to.display().to_string(), from: from.display().to_string() });
            }
        }
    }
    Ok(())
}
