//! The load: clients of many kinds, each a task that asks one thing after another until the run is stopped.

mod kubernetes;
mod leases;
mod ranges;
mod registers;
mod upkeep;
mod words;

use std::sync::Arc;

use tokio::task::JoinHandle;

use super::{client::Client, world::World};

/// Starts all clients. Each ends soon after [`World::stop`], when its last request has.
pub fn start(world: &Arc<World>) -> Vec<JoinHandle<()>> {
    let client = |number| Client::new(world.clone(), number);
    vec![
        tokio::spawn(registers::run(client(1))),
        tokio::spawn(registers::run(client(2))),
        tokio::spawn(registers::run(client(3))),
        tokio::spawn(ranges::run(client(11))),
        tokio::spawn(ranges::run(client(12))),
        tokio::spawn(leases::run(client(21))),
        tokio::spawn(leases::run(client(22))),
        tokio::spawn(kubernetes::control(client(31))),
        tokio::spawn(kubernetes::control(client(32))),
        tokio::spawn(kubernetes::informer(client(33))),
        tokio::spawn(upkeep::compact(client(41))),
        tokio::spawn(upkeep::hash(client(42))),
    ]
}
