//! Leases: the replicated part ([`Lessor`]) and the leader's clock over it ([`Deadlines`]).

mod deadlines;
mod lessor;

pub use deadlines::Deadlines;
pub use lessor::{Lease, Lessor};
