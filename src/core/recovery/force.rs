//! `--force-new-cluster`: the member goes on alone, in place, with its ids and all of its log.
//!
//! The log is given entries that take every other member out, and counts as committed to its end: one write, so that a crash leaves all
//! of it or nothing. The member then starts like any other; applying the log leads to a configuration of itself. What the log did not
//! know to be committed is kept, since it may have been acknowledged. (etcd gives it up.) The entries are of a new term with a vote for
//! oneself, so that no entry that a lost leader has written can be taken for one of them.

use std::{collections::BTreeSet, sync::Arc};

use bytes::Bytes;
use prost::Message as _;

use super::{RecoveryError, replay::Replay};
use crate::core::{
    backend::{Backend, Durable},
    consensus::{Configuration, HardState, LogStore, LogWrite, MembershipChange, change_entry, recover},
    membership::{Member, MemberChange, Operation},
};

/// How far the new term is ahead of what this member has heard of: the lost ones may have had elections since.
pub(super) const TERMS_AHEAD: u64 = 1000;

/// Takes all members but `own` out of the configuration that the log leads to from what is on the disk. Answers those that were taken
/// out; doing it again changes nothing.
///
/// # Errors
/// When the log cannot be read or applied, `own` is no member by its end, or the write fails. Then nothing is changed.
pub fn force_new_cluster(durable: Arc<dyn Durable>, log: &dyn LogStore, own: u64) -> Result<Vec<u64>, RecoveryError> {
    // Over the disk and apart from the state that is served: the member applies all of this itself.
    let mut replay = Replay::begin(Arc::new(Backend::open(durable)?))?;
    let state = recover(log, replay.applier.applied())?;
    replay.in_memory(log, &state, u64::MAX)?;
    let configuration = replay.applier.applied().configuration.clone();
    let members: BTreeSet<u64> = replay.state.members.read().iter().map(|member| member.id).collect();
    if !members.contains(&own) {
        return Err(RecoveryError::NoMember { member: own });
    }
    let alone = Configuration { voters: vec![own], ..Configuration::default() };
    let others: Vec<u64> = members.into_iter().filter(|id| *id != own).collect();
    if configuration == alone && others.is_empty() {
        return Ok(others);
    }
    let mut changes = Vec::new();
    if !configuration.voters.contains(&own) {
        changes.push((MembershipChange::AddVoter(own), Operation::Promote, own));
    }
    changes.extend(others.iter().map(|&id| (MembershipChange::Remove(id), Operation::Remove, id)));
    let term = state.hard_state.term.max(state.last.term) + TERMS_AHEAD;
    let context =
        |operation, id| -> Bytes { MemberChange::new(operation, Member { id, ..Member::default() }).encode_to_vec().into() };
    let entries: Vec<_> = (state.last.index + 1..)
        .zip(changes)
        .map(|(index, (change, operation, id))| change_entry(index, term, change, context(operation, id)))
        .collect();
    // What the state machine will say of them, it says now.
    replay.apply(entries.clone())?;
    assert_eq!(replay.applier.applied().configuration, alone, "what was appended leads to a configuration of one");
    let commit = replay.applier.applied().index;
    log.write(&[LogWrite { entries, hard_state: Some(HardState { term, vote: own, commit }), ..LogWrite::default() }])?;
    tracing::warn!(
        members = ?others.iter().map(|id| format!("{id:x}")).collect::<Vec<_>>(),
        commit,
        "took all other members out of the configuration; take --force-new-cluster out of the flags before adding others"
    );
    Ok(others)
}
