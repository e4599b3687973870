//! Seeds through the simulator.

use std::{collections::BTreeSet, ops::Range};

use super::{faults::Kind, *};

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
fn two_runs_of_a_seed_are_the_same_to_the_last_event() {
    for seed in 0..4 {
        let one = Simulator::default().run(&Options::seed(seed));
        let other = Simulator::default().run(&Options::seed(seed));
        assert_eq!((one.trace_hash, one.events), (other.trace_hash, other.events), "seed {seed}");
    }
}

/// Each of etcd's bugs as a shape of run: no findings, and what the bug needs does happen.
#[test]
fn what_brought_bugs_out_in_etcd_finds_none_here() {
    let simulator = Simulator::default();
    for scenario in Scenario::ALL {
        let mut signs = 0;
        for seed in seeds(0..5) {
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
    let same_members = |seed, scenario| Options { without: BTreeSet::from([Kind::Members]), ..once(seed, scenario) };
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
    ];
    for options in found {
        let report = Simulator::default().run(&options);
        assert!(report.findings.is_empty(), "{}", told(&report));
    }
}
