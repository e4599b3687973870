//! Seeds through the simulator.

use std::{ops::Range, sync::Arc};

use super::*;
use crate::core::server::metrics::Metrics;

/// More seeds by environment: `QUORATE_SIM_SEEDS=first..last`.
fn seeds(few: Range<u64>) -> Range<u64> {
    let Ok(text) = std::env::var("QUORATE_SIM_SEEDS") else { return few };
    let (first, last) = text.split_once("..").expect("first..last");
    first.parse().unwrap()..last.parse().unwrap()
}

#[test]
fn nothing_is_wrong_in_any_of_many_runs() {
    let metrics = Arc::new(Metrics::new(&[], false));
    for seed in seeds(0..20) {
        let begun = std::time::Instant::now();
        let happened = Cluster::new(&Options::seed(seed), Arc::clone(&metrics)).run();
        println!(
            "seed {seed}: {} members {:?}, {} s in {:?}, {} events, {} ops, {} revisions, {} faults, {} elections, {} installs, {} lives, hash {:x}",
            happened.plan.members,
            happened.plan.traffic,
            happened.now / 1_000_000_000,
            begun.elapsed(),
            happened.trace.events(),
            happened.history.operations.len(),
            happened.history.ledger.revisions.len(),
            happened.faults.len(),
            happened.elections,
            happened.installs,
            happened.lives,
            happened.trace.hash(),
        );
        println!("   {:?}", happened.trace.counts());
        for finding in &happened.findings {
            println!("   {finding}");
        }
    }
}
