//! What a checker must be told of a run beyond its history.

use super::super::history::Moment;

/// How a run is to be judged.
#[derive(Clone, Debug)]
pub struct Options {
    /// Someone else than the clients of the history compacts too, such as the automatic compactor.
    pub others_compact: bool,
    /// How much faster than the history's clock a member's clock may go, in thousandths: a lease may end as much earlier.
    pub clock_error_permille: u64,
    /// The calm at the end; without it nothing is said about leases that should be over.
    pub quiet: Option<Quiet>,
    /// Steps that the search for a single key's order may take, for each key.
    pub register_steps_max: usize,
    /// A watcher's headers vouch for what came until then even when they carry events, and never go back. So do ours; etcd's can be
    /// ahead while a watcher catches up.
    pub headers_vouch: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { others_compact: false, clock_error_permille: 0, quiet: None, register_steps_max: 200_000, headers_vouch: true }
    }
}

/// A time in which all faults are over, the cluster has a leader, and nobody asks for anything. The ledger was read at its end.
#[derive(Clone, Copy, Debug)]
pub struct Quiet {
    pub from: Moment,
    pub until: Moment,
    /// What ending a lease may take beyond its time to live: an election, the leader's look at its clock, the revocation.
    pub grace: Moment,
}
