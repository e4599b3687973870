//! The simulator: a whole cluster on one thread, from one seed.
//!
//! Members are the very parts that a server runs on threads ([`crate::core::server::Assembly`]), stepped one by one; calls go through
//! the services of the client port. Time, network, disks and the order of steps are simulated, and all chance comes from the
//! seed, so that a run can be repeated to the last step. While clients work, things go wrong ([`faults`]); then all is mended,
//! and the cluster must come to rest. Afterwards the checkers of [`crate::core::verify`] judge what the clients saw.
//!
//! Not simulated: bytes on real files (the tests with a hostile disk do that), HTTP/2, threads in parallel within a step.

mod administrator;
pub mod calls;
pub mod chance;
mod changes;
mod cluster;
mod configurations;
mod disk;
pub mod faults;
mod log_book;
mod member;
mod network;
mod outgoing;
mod plan;
mod pool;
mod recorder;
mod report;
mod scenario;
mod session;
mod trace;
mod workload;

pub use plan::Options;
pub use report::{Report, Simulator};
pub use scenario::Scenario;

#[cfg(test)]
mod planted_tests;
#[cfg(test)]
mod tests;
