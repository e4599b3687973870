//! Seeds through the simulator.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use super::{faults::Kind, *};
use crate::core::verify::history::Outcome;

/// More seeds by environment: `QUORATE_SIM_SEEDS=first..last`.
fn seeds(few: Range<u64>) -> Range<u64> {
    let Ok(text) = std::env::var("QUORATE_SIM_SEEDS") else { return few };
    let (first, last) = text.split_once("..").expect("first..last");
    first.parse().unwrap()..last.parse().unwrap()
}

/// `QUORATE_SIM_SCENARIO=members` gives [`nothing_is_wrong_in_any_of_many_runs`] another shape.
fn scenario() -> Option<Scenario> {
    std::env::var("QUORATE_SIM_SCENARIO").ok().map(|name| name.parse().unwrap())
}

fn told(report: &Report) -> String {
    format!("{}\n{}", report.options.command(), report.findings.join("\n"))
}

/// Runs seeds, and fails if anything was found, with the commands that repeat it.
fn nothing_is_wrong(seeds: Range<u64>, scenario: Option<Scenario>) {
    let simulator = Simulator::default();
    // Every event of the runs, to standard output.
    let trace = std::env::var_os("QUORATE_SIM_TRACE").is_some();
    let (mut undecided, mut found, runs) = (0, Vec::new(), seeds.end - seeds.start);
    for seed in seeds {
        let report = simulator.run(&Options { scenario, trace, ..Options::seed(seed) });
        print!("{}", report.trace.as_deref().unwrap_or_default());
        if !report.findings.is_empty() {
            println!("{}", told(&report));
            found.push(seed);
            continue;
        }
        assert!(report.operations > 20 && report.revisions > 5, "seed {seed} does next to nothing");
        undecided += u64::from(!report.undecided.is_empty());
    }
    assert!(found.is_empty(), "something is wrong in {} of {runs} runs: seeds {found:?}, as was printed", found.len());
    assert!(undecided * 10 <= runs.max(10), "{undecided} of {runs} runs have keys without a second opinion");
}

// In parts, so that they run beside one another.
#[test]
fn nothing_is_wrong_in_any_of_many_runs() {
    nothing_is_wrong(seeds(0..100), scenario());
}

#[test]
fn nothing_is_wrong_in_any_of_many_more_runs() {
    nothing_is_wrong(1_000..1_100, None);
}

#[test]
fn nothing_is_wrong_where_leaders_come_and_go() {
    nothing_is_wrong(0..40, Some(Scenario::ManyLeaders));
}

#[test]
fn nothing_is_wrong_where_users_are_granted_and_denied() {
    nothing_is_wrong(0..20, Some(Scenario::Users));
}

/// What the checkers of users need does happen: else they would say nothing.
#[test]
fn users_are_granted_and_denied_wherever_they_go() {
    let simulator = Simulator::default();
    let reports: Vec<_> =
        (100..106).map(|seed| simulator.run(&Options { scenario: Some(Scenario::Users), ..Options::seed(seed) })).collect();
    for sign in ["state with users", "token of another member", "denied", "users changed"] {
        let count: u64 = reports.iter().filter_map(|report| report.counts.get(sign)).sum();
        assert!(count > 0, "no {sign}");
    }
    let mut outcomes = BTreeMap::<String, [u32; 2]>::new();
    for report in &reports {
        assert!(report.findings.is_empty(), "{}", told(report));
        let users = report.history.users.as_ref().expect("there are users");
        assert!(users.log_ends.is_none() && users.seen.len() >= 3, "seed {}", report.options.seed);
        for operation in &report.history.operations {
            let kind = format!("{:?}", operation.call).split(['(', ')', ' ']).take(2).collect::<Vec<_>>().join(" ");
            let counts = outcomes.entry(kind).or_default();
            match operation.outcome {
                Outcome::Answered(_) => counts[0] += 1,
                Outcome::Refused(_) => counts[1] += 1,
                Outcome::Failed(_) | Outcome::Unknown(_) => {}
            }
        }
    }
    println!("answered and refused: {outcomes:?}");
    let of_users: Vec<_> = outcomes.iter().filter(|(kind, _)| kind.starts_with("Auth ")).collect();
    assert_eq!(of_users.len(), 17, "of each kind: {of_users:?}");
    assert!(of_users.iter().all(|(_, [answered, _])| *answered > 0), "{of_users:?}");
}

#[test]
fn two_runs_of_a_seed_are_the_same_to_the_last_event() {
    for (seed, scenario) in (0..4).map(|seed| (seed, None)).chain([(0, Some(Scenario::Users)), (1, Some(Scenario::Users))]) {
        let run = || Simulator::default().run(&Options { scenario, ..Options::seed(seed) });
        let (one, other) = (run(), run());
        assert_eq!((one.trace_hash, one.events), (other.trace_hash, other.events), "seed {seed} {scenario:?}");
    }
}

/// Each of etcd's bugs as a shape of run: no findings, and what the bug needs does happen.
#[test]
fn what_brought_bugs_out_in_etcd_finds_none_here() {
    let simulator = Simulator::default();
    for scenario in Scenario::ALL {
        let mut signs = 0;
        let first = seeds(0..5);
        // Further ones only where the sign is rare.
        for seed in first.start..first.end + 20 {
            if seed >= first.end && signs > 0 {
                break;
            }
            let report = simulator.run(&Options { scenario: Some(scenario), ..Options::seed(seed) });
            signs += scenario.signs().iter().filter_map(|sign| report.counts.get(sign)).sum::<u64>();
            assert!(report.findings.is_empty(), "{}", told(&report));
        }
        assert!(signs > 0, "{}: none of {:?}", scenario.name(), scenario.signs());
    }
}

/// What the simulator found in the product, each with the run that showed it.
#[test]
fn what_was_found_and_mended_stays_mended() {
    let once = |seed, scenario| Options { scenario, ..Options::seed(seed) };
    // Found before there were changes of membership, and the same run without them.
    let same_members = |seed, scenario| Options { without: BTreeSet::from([Kind::Members, Kind::Users]), ..once(seed, scenario) };
    let found = [
        // A leader that was behind in applying told a client that the lease it had just been granted did not exist.
        same_members(48, None),
        // A state that arrived while another waited to be put in place made the member stop.
        once(57, Some(Scenario::Issue18055)),
        // Without the strict check two operators took the last two voters out, and all members stopped for good.
        once(1020, None),
        // A voter that was left alone answered reads before it had applied what the one that was taken out had shown.
        once(5516, Some(Scenario::Members)),
        // A leader that was taken out went before the last voter knew, which waited for its vote for ever.
        once(6405, Some(Scenario::Members)),
        once(5381, Some(Scenario::Members)),
        // A learner that was cut off while it was taken out never heard of it.
        once(6054, Some(Scenario::Members)),
        // One whose voters were all replaced while it was away heard of it from a member that it knew as a learner, and went on.
        once(6492, Some(Scenario::Members)),
        // A member that was behind waited for the entry of a token, and said that it was wrong, since authentication was off meanwhile.
        once(2184, Some(Scenario::Users)),
    ];
    for options in found {
        let report = Simulator::default().run(&options);
        assert!(report.findings.is_empty(), "{}", told(&report));
    }
}
