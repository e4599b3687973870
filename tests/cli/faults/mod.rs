//! Real processes under real faults, judged by the checkers that judge the simulator.
//!
//! A [`run`] starts 3 or 5 members whose every connection goes through a [`network`] of proxies, loads them with clients of many
//! kinds ([`traffic`], [`watchers`]) that put down all they ask and hear ([`recorder`]), and lets things go wrong as a [`plan`]
//! drawn from a seed says ([`nemesis`]). Then everything is healed, progress is demanded within a bound, and the whole history is
//! held against the rules ([`verdict`]), with the changes that one [`observer`] followed from the first revision on as the ledger.
//! Spoilt on purpose ([`spoil`]), the same history must not pass. Go's client and porcupine ([`porcupine`]) give a second opinion of the same run.
//!
//! `QUORATE_TEST_FAULT_SECS` sets how long each run's faults last, `QUORATE_TEST_FAULT_SEED` which they are: the same plan, though
//! not the same run. A run with a finding prints its seed and faults, and leaves its directory with logs, data and history.

mod changes;
mod client;
mod disk;
mod failover;
mod nemesis;
mod network;
mod observer;
mod old_leader;
mod owner;
mod plan;
mod porcupine;
mod recorder;
mod run;
mod spoil;
mod traffic;
mod verdict;
mod watchers;
mod world;

use std::env;

use rand::Rng;

use plan::Class;
use run::{Setting, run};

const EVERYTHING: &[Class] =
    &[Class::Kill, Class::Kill, Class::Stop, Class::Pause, Class::FullDisk, Class::Partition, Class::Links];

fn setting(size: usize, classes: &'static [Class], default_secs: u64) -> Setting {
    let number =
        |variable: &str| env::var(variable).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{variable} is a number")));
    let secs = number("QUORATE_TEST_FAULT_SECS").unwrap_or(default_secs);
    let seed = number("QUORATE_TEST_FAULT_SEED").unwrap_or_else(|| rand::rng().random());
    Setting { size, classes, secs, seed, with_porcupine: false, proves_checkers: false }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_are_killed_and_stopped_and_what_is_spoilt_is_found() {
    run(Setting { proves_checkers: true, ..setting(3, &[Class::Kill, Class::Stop], 6) }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_are_paused() {
    run(setting(3, &[Class::Pause], 6)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_do_not_hear_each_other() {
    run(setting(5, &[Class::Partition], 6)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_are_late_slow_and_lost() {
    run(setting(3, &[Class::Links], 6)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn disks_are_full() {
    run(setting(3, &[Class::FullDisk], 6)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_members_under_everything_with_a_second_opinion() {
    run(Setting { with_porcupine: true, ..setting(3, EVERYTHING, 9) }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_members_under_everything_with_a_second_opinion() {
    run(Setting { with_porcupine: true, ..setting(5, EVERYTHING, 9) }).await;
}
