//! Seeds through the simulator.

use std::ops::Range;

use super::*;

/// More seeds by environment: `QUORATE_SIM_SEEDS=first..last`.
fn seeds(few: Range<u64>) -> Range<u64> {
    let Ok(text) = std::env::var("QUORATE_SIM_SEEDS") else { return few };
    let (first, last) = text.split_once("..").expect("first..last");
    first.parse().unwrap()..last.parse().unwrap()
}

fn told(report: &Report) -> String {
    format!("{}\n{}", report.options.command(), report.findings.join("\n"))
}

#[test]
fn nothing_is_wrong_in_any_of_many_runs() {
    let simulator = Simulator::default();
    for seed in seeds(0..20) {
        let begun = std::time::Instant::now();
        let report = simulator.run(&Options::seed(seed));
        println!("seed {seed} {} ops in {:?}", report.operations, begun.elapsed());
        if !report.findings.is_empty() {
            println!("{}", told(&report));
        }
    }
}

#[test]
fn two_runs_of_a_seed_are_the_same_to_the_last_event() {
    for seed in 0..3 {
        let one = Simulator::default().run(&Options::seed(seed));
        let other = Simulator::default().run(&Options::seed(seed));
        assert_eq!((one.trace_hash, one.events), (other.trace_hash, other.events), "seed {seed}");
    }
}
