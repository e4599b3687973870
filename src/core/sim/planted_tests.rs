//! The provers proved: with a bug planted, some of the first seeds must find something, and without it none of them.

use super::{faults::Kind, *};
use crate::core::planted::{Bug, plant};

/// What is known of a bug: seeds within which it must be found, and the shape of run in which such bugs show, if they need one.
struct Expectation {
    bug: Bug,
    within: u64,
    scenario: Option<Scenario>,
}

const fn within(bug: Bug, within: u64) -> Expectation {
    Expectation { bug, within, scenario: None }
}

const fn shaped(bug: Bug, within: u64, scenario: Scenario) -> Expectation {
    Expectation { bug, within, scenario: Some(scenario) }
}

const EXPECTED: [Expectation; 43] = [
    within(Bug::AcknowledgedBeforeSync, 200),
    shaped(Bug::ForgottenVote, 1000, Scenario::SplitVotes),
    shaped(Bug::CommittedOlderTerm, 1000, Scenario::ManyLeaders),
    within(Bug::TruncatedLog, 200),
    within(Bug::AppliedIndexBehind, 200),
    within(Bug::AppliedIndexAhead, 200),
    within(Bug::ReadWithoutIndex, 200),
    within(Bug::ReadJoinsRound, 200),
    within(Bug::ReadBeforeApplied, 200),
    shaped(Bug::LeadershipUnconfirmed, 400, Scenario::Issue20418),
    within(Bug::WrongWaiter, 200),
    within(Bug::HalfTransaction, 200),
    within(Bug::LeaseKeepsKey, 200),
    within(Bug::LeaseTimeLost, 200),
    within(Bug::RevokeInParts, 200),
    within(Bug::LostTombstone, 200),
    within(Bug::LostNewest, 200),
    shaped(Bug::ReusedRevision, 200, Scenario::Issue17780),
    within(Bug::ReadsCompacted, 200),
    shaped(Bug::InstallKeepsLeases, 200, Scenario::Issue18055),
    shaped(Bug::InstallSkipsWatchers, 200, Scenario::Issue18055),
    within(Bug::WatchTwice, 200),
    shaped(Bug::WatchGap, 200, Scenario::Issue17529),
    within(Bug::WatchSplit, 200),
    shaped(Bug::ProgressAhead, 200, Scenario::Issue15220),
    shaped(Bug::FutureWatchEarly, 200, Scenario::Issue20221),
    within(Bug::ProposedTwice, 200),
    within(Bug::SharedProposalIds, 200),
    shaped(Bug::LearnerCounted, 200, Scenario::Members),
    shaped(Bug::RemovedVotes, 200, Scenario::Members),
    shaped(Bug::ChangedAtCommit, 200, Scenario::Members),
    shaped(Bug::LearnersNotStored, 200, Scenario::Members),
    shaped(Bug::StateKeepsConfiguration, 200, Scenario::Members),
    shaped(Bug::ChangeAppliedTwice, 200, Scenario::Members),
    within(Bug::StateOlderThanLog, 200),
    shaped(Bug::JudgedWhereProposed, 200, Scenario::Users),
    shaped(Bug::ReadJudgedEarly, 200, Scenario::Users),
    shaped(Bug::InstallKeepsUsers, 200, Scenario::Users),
    shaped(Bug::TokensNotLoaded, 200, Scenario::Users),
    shaped(Bug::TokensNotRenewed, 200, Scenario::Users),
    shaped(Bug::TokensShortLived, 200, Scenario::Users),
    shaped(Bug::GrantedKept, 200, Scenario::Users),
    shaped(Bug::KnownPasswordKept, 200, Scenario::Users),
];

/// How many seeds from `first` on it takes to find something, and what that is.
fn seeds_until_found(expectation: &Expectation, first: u64) -> Option<(u64, String)> {
    plant(Some(expectation.bug));
    let simulator = Simulator::default();
    let found = (1..=expectation.within).find_map(|count| {
        let mut options = Options { scenario: expectation.scenario, ..Options::seed(first + count - 1) };
        // Which bugs show where members come and go, or where there are users, is those scenarios' subject.
        if expectation.scenario.is_none() {
            options.without.extend([Kind::Members, Kind::Users]);
        }
        simulator.run(&options).findings.first().map(|finding| (count, finding.clone()))
    });
    plant(None);
    found
}

/// Far enough from one another that no search comes to where the next begins.
const STARTS_APART: u64 = 1_000_000;

/// `QUORATE_PLANTED=ForgottenVote` looks for this one alone; `QUORATE_PLANTED_STARTS=11` looks from so many first seeds and prints
/// the median of how many seeds it took.
#[test]
fn every_planted_bug_is_found() {
    let wanted = std::env::var("QUORATE_PLANTED").ok();
    let starts: u64 = std::env::var("QUORATE_PLANTED_STARTS").map_or(1, |text| text.parse().unwrap());
    let is_wanted = |bug: Bug| wanted.as_ref().is_none_or(|wanted| format!("{bug:?}") == *wanted);
    let mut missed = Vec::new();
    for expectation in EXPECTED.iter().filter(|expectation| is_wanted(expectation.bug)) {
        let found: Vec<_> = (0..starts).map(|start| seeds_until_found(expectation, start * STARTS_APART)).collect();
        let mut counts: Vec<u64> = found.iter().map(|found| found.as_ref().map_or(u64::MAX, |(count, _)| *count)).collect();
        counts.sort_unstable();
        println!("{:?}: median {} of {counts:?}; {:?}", expectation.bug, counts[counts.len() / 2], found[0]);
        if found[0].is_none() {
            missed.push(expectation.bug);
        }
    }
    assert!(missed.is_empty(), "not found: {missed:?}");
}

#[test]
fn every_bug_that_can_be_planted_is() {
    let planted: Vec<Bug> = EXPECTED.iter().map(|expectation| expectation.bug).collect();
    assert_eq!(planted, Bug::ALL);
}
