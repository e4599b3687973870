//! Deliberate bugs, to prove that the simulator finds such bugs. Only tests can plant one; every other build has none, and the
//! questions for them are compiled away.
//!
//! Each stands at the place where its real counterpart could have been made, and is as small as a slip of the hand.

/// A bug that can be planted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bug {
    /// A follower acknowledges entries, and votes, before they are synced.
    AcknowledgedBeforeSync,
    /// The vote of the present term is forgotten in a restart.
    ForgottenVote,
    /// A leader commits entries of an older term by counting copies.
    CommittedOlderTerm,
    /// A restart drops the log's last entry, which may be committed.
    TruncatedLog,
    /// The applied index that is written down is that of the entry before.
    AppliedIndexBehind,
    /// The applied index that is written down is of a later entry than what is flushed.
    AppliedIndexAhead,
    /// Linearizable reads ask nobody.
    ReadWithoutIndex,
    /// A read joins a round that is under way already.
    ReadJoinsRound,
    /// A read doesn't wait until its index is applied.
    ReadBeforeApplied,
    /// Who has led once takes itself for the leader, when leases are renewed or over, and is believed.
    LeadershipUnconfirmed,
    /// A request is answered with the outcome of another one.
    WrongWaiter,
    /// What a transaction did before it was refused stays.
    HalfTransaction,
    /// A put doesn't detach the key from the lease that it had.
    LeaseKeepsKey,
    /// A new leader gives leases nothing but its grace.
    LeaseTimeLost,
    /// A lease's keys go one revision after the other.
    RevokeInParts,
    /// Compaction takes the newest tombstone of a key and leaves what it hides.
    LostTombstone,
    /// Compaction takes the newest version of a key when it is right at the compacted revision.
    LostNewest,
    /// The revision of a transaction that only deletes is given again after a restart.
    ReusedRevision,
    /// Reads below the compacted revision are not refused.
    ReadsCompacted,
    /// A received state leaves the leases as they were.
    InstallKeepsLeases,
    /// Watchers aren't told that a received state jumped over revisions.
    InstallSkipsWatchers,
    /// A watcher that caught up gets the last revision again.
    WatchTwice,
    /// A watcher that waited for room goes on after the revision that found none.
    WatchGap,
    /// The events of a revision come in several responses.
    WatchSplit,
    /// Progress is told though a watcher is behind.
    ProgressAhead,
    /// A watcher that starts in the future gets what comes before.
    FutureWatchEarly,
    /// A proposal that waited for a leader is offered twice.
    ProposedTwice,
    /// Two members give proposals the same ids.
    SharedProposalIds,
    /// After a restart learners count as voters.
    LearnerCounted,
    /// Consensus goes on counting a member that was taken out.
    RemovedVotes,
    /// Consensus takes a new configuration when it is committed, not when it is applied.
    ChangedAtCommit,
    /// Learners are left out of the configuration that is written down.
    LearnersNotStored,
    /// A received state leaves the configuration as it was.
    StateKeepsConfiguration,
    /// Each change of membership is applied once more after the next one.
    ChangeAppliedTwice,
    /// The log is cut up to what is applied, not to what is flushed: the state on the disk, which a follower would be sent, is older than
    /// the log.
    StateOlderThanLog,
    /// Whether somebody may write is judged by the member that proposes it, and not when it is applied.
    JudgedWhereProposed,
    /// Whether somebody may read is judged before the wait for what was acknowledged.
    ReadJudgedEarly,
    /// A received state leaves users and roles as they were.
    InstallKeepsUsers,
    /// A start and a received state begin without the tokens that were given.
    TokensNotLoaded,
    /// Tokens that are in use are given no time.
    TokensNotRenewed,
    /// A token is over after its lifetime, without the quarter in which nobody asks for more.
    TokensShortLived,
    /// What a user's roles grant is not made anew when a role changes.
    GrantedKept,
    /// A password that was right once counts against any later hash.
    KnownPasswordKept,
}

impl Bug {
    pub const ALL: [Self; 43] = [
        Self::AcknowledgedBeforeSync,
        Self::ForgottenVote,
        Self::CommittedOlderTerm,
        Self::TruncatedLog,
        Self::AppliedIndexBehind,
        Self::AppliedIndexAhead,
        Self::ReadWithoutIndex,
        Self::ReadJoinsRound,
        Self::ReadBeforeApplied,
        Self::LeadershipUnconfirmed,
        Self::WrongWaiter,
        Self::HalfTransaction,
        Self::LeaseKeepsKey,
        Self::LeaseTimeLost,
        Self::RevokeInParts,
        Self::LostTombstone,
        Self::LostNewest,
        Self::ReusedRevision,
        Self::ReadsCompacted,
        Self::InstallKeepsLeases,
        Self::InstallSkipsWatchers,
        Self::WatchTwice,
        Self::WatchGap,
        Self::WatchSplit,
        Self::ProgressAhead,
        Self::FutureWatchEarly,
        Self::ProposedTwice,
        Self::SharedProposalIds,
        Self::LearnerCounted,
        Self::RemovedVotes,
        Self::ChangedAtCommit,
        Self::LearnersNotStored,
        Self::StateKeepsConfiguration,
        Self::ChangeAppliedTwice,
        Self::StateOlderThanLog,
        Self::JudgedWhereProposed,
        Self::ReadJudgedEarly,
        Self::InstallKeepsUsers,
        Self::TokensNotLoaded,
        Self::TokensNotRenewed,
        Self::TokensShortLived,
        Self::GrantedKept,
        Self::KnownPasswordKept,
    ];
}

#[cfg(test)]
thread_local! {
    static PLANTED: std::cell::Cell<Option<Bug>> = const { std::cell::Cell::new(None) };
}

/// Whether this bug is planted, on this thread.
#[cfg(test)]
pub fn planted(bug: Bug) -> bool {
    PLANTED.get() == Some(bug)
}

/// There are no bugs.
#[cfg(not(test))]
#[inline(always)]
#[expect(clippy::inline_always, reason = "nothing of it shall be left")]
pub const fn planted(_: Bug) -> bool {
    false
}

/// Plants a bug on this thread, or none.
#[cfg(test)]
pub fn plant(bug: Option<Bug>) {
    PLANTED.set(bug);
}
