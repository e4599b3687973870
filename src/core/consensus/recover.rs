//! What happens to a log before a node runs on it: the first entries of a new cluster, and healing after a crash.

use bytes::Bytes;

use super::{
    AppliedState, MembershipChange, conf_change,
    log_store::{HardState, LogEntry, LogFault, LogKind, LogPoint, LogState, LogStore, LogWrite},
};
use crate::core::planted::{Bug, planted};

/// Writes what the log of a new static cluster begins with: one committed entry of term 1 for each member, so that every
/// member arrives at the same configuration by applying. `members` are ids and the context of their entries; they are put in
/// ascending order of id.
///
/// # Panics
/// If the log isn't empty or there are no members: the caller has looked.
///
/// Source: etcd, `Bootstrap` of its raft library.
pub fn bootstrap(log: &dyn LogStore, mut members: Vec<(u64, Bytes)>) -> Result<(), LogFault> {
    assert!(log.state()?.is_empty(), "only an empty log can be given its first entries");
    assert!(!members.is_empty(), "a cluster has members");
    members.sort_by_key(|(id, _)| *id);
    let entry = |(index, (id, context))| change_entry(index, 1, MembershipChange::AddVoter(id), context);
    let entries: Vec<_> = (1..).zip(members).map(entry).collect();
    let commit = entries.len() as u64;
    let hard_state = Some(HardState { term: 1, vote: 0, commit });
    log.write(&[LogWrite { entries, hard_state, ..LogWrite::default() }])
}

/// The entry of a change of membership, for a log that no node runs on; `context` is what the state machine will see.
pub fn change_entry(index: u64, term: u64, change: MembershipChange, context: Bytes) -> LogEntry {
    LogEntry { index, term, kind: LogKind::ConfChange, data: conf_change::encode(change), context }
}

/// Brings the log in line with what the backend has, and answers what the log is then.
///
/// A crash can fall between the installation of a received state and the reset of the log. Then the log doesn't have the
/// applied point, or with another term; all it has is older or obsolete, and it begins anew behind the applied point.
///
/// # Errors
/// [`LogFault::Gap`] if entries behind the applied point are missing.
pub fn recover(log: &dyn LogStore, applied: &AppliedState) -> Result<LogState, LogFault> {
    let state = log.state()?;
    if applied.index < state.start.index {
        return Err(LogFault::Gap { place: log.place(), first: state.start.index + 1, applied: applied.index });
    }
    let mut hard_state = state.hard_state;
    if planted(Bug::ForgottenVote) {
        hard_state.vote = 0;
    }
    if planted(Bug::TruncatedLog) && state.last.index > applied.index.max(state.start.index) + 1 {
        let last = LogPoint { index: state.last.index - 1, term: term_at(log, &state, state.last.index - 1)?.unwrap_or(0) };
        hard_state.commit = hard_state.commit.clamp(applied.index, last.index);
        return Ok(LogState { last, hard_state, ..state });
    }
    hard_state.term = hard_state.term.max(applied.term).max(state.last.term);
    if term_at(log, &state, applied.index)? == Some(applied.term) {
        // The commit index rides along with other writes, so it may lag; it can't be outside of the log.
        hard_state.commit = hard_state.commit.clamp(applied.index, state.last.index);
        return Ok(LogState { hard_state, ..state });
    }
    let point = applied.point();
    hard_state.commit = point.index;
    log.write(&[LogWrite { reset: Some(point), hard_state: Some(hard_state), ..LogWrite::default() }])?;
    Ok(LogState { start: point, last: point, hard_state })
}

/// The term of the entry at `index`; `None` if the log doesn't reach so far.
fn term_at(log: &dyn LogStore, state: &LogState, index: u64) -> Result<Option<u64>, LogFault> {
    let LogPoint { index: start, term } = state.start;
    if index == start {
        return Ok(Some(term));
    }
    if index > state.last.index {
        return Ok(None);
    }
    Ok(log.entries(index, index + 1, u64::MAX)?.first().map(|entry| entry.term))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::consensus::memory_log::MemoryLog;

    fn log(terms: &[u64], start: LogPoint) -> MemoryLog {
        let log = MemoryLog::default();
        let entries = (start.index + 1..)
            .zip(terms)
            .map(|(index, &term)| LogEntry { index, term, kind: LogKind::Proposal, data: Bytes::new(), context: Bytes::new() })
            .collect();
        let hard_state = Some(HardState { term: 5, vote: 2, commit: start.index });
        log.write(&[LogWrite { reset: Some(start), entries, hard_state, ..LogWrite::default() }]).unwrap();
        log
    }

    fn applied(index: u64, term: u64) -> AppliedState {
        AppliedState { index, term, ..AppliedState::default() }
    }

    #[test]
    fn a_log_that_has_the_applied_point_is_kept() {
        let log = log(&[1, 1, 4], LogPoint { index: 0, term: 0 });
        let state = recover(&log, &applied(2, 1)).unwrap();
        assert_eq!((state.start.index, state.last), (0, LogPoint { index: 3, term: 4 }));
        assert_eq!(state.hard_state, HardState { term: 5, vote: 2, commit: 2 });
    }

    #[test]
    fn a_log_that_ends_before_the_installed_state_begins_anew_and_the_vote_is_kept() {
        let log = log(&[1, 1], LogPoint { index: 0, term: 0 });
        let state = recover(&log, &applied(9, 5)).unwrap();
        assert_eq!(state.start, LogPoint { index: 9, term: 5 });
        assert_eq!(state.hard_state, HardState { term: 5, vote: 2, commit: 9 });
        assert_eq!(log.state().unwrap(), state);
    }

    #[test]
    fn a_log_with_another_term_at_the_installed_state_begins_anew() {
        let log = log(&[1, 1, 2, 2], LogPoint { index: 0, term: 0 });
        assert_eq!(recover(&log, &applied(3, 4)).unwrap().last, LogPoint { index: 3, term: 4 });
    }

    #[test]
    fn a_log_that_begins_above_the_state_is_a_fault_with_a_remedy() {
        let log = log(&[3], LogPoint { index: 10, term: 3 });
        let fault = recover(&log, &applied(9, 3)).unwrap_err().to_string();
        assert!(fault.contains("begins at index 11") && fault.contains("backup"), "{fault}");
    }

    #[test]
    fn first_entries_are_in_order_of_id_and_committed() {
        let log = MemoryLog::default();
        bootstrap(&log, vec![(30, "c".into()), (4, "a".into()), (12, "b".into())]).unwrap();
        let state = log.state().unwrap();
        assert_eq!((state.last, state.hard_state), (LogPoint { index: 3, term: 1 }, HardState { term: 1, vote: 0, commit: 3 }));
        assert_eq!(log.all().iter().map(|entry| entry.context.clone()).collect::<Vec<_>>(), ["a", "b", "c"]);
    }
}
