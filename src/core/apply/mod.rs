//! Apply: the deterministic state machine. Committed entry in, reply and effects out; no clock, randomness, threads.
//!
//! [`Applier::apply`] decodes one entry, checks what replicated state says about it (alarms, leases, revisions), changes the
//! store through one write transaction, and answers a [`Reply`] or a [`Refusal`]. Whether the entry was proposed here does not
//! matter to what happens. Changes lie in the backend's active generation; [`Applier::seal`] notes the applied index there
//! before a generation is closed, so both reach the disk in one commit.

mod applier;
mod command;
mod kv;
mod outcome;
#[cfg(test)]
mod row_tests;
#[cfg(test)]
mod script_tests;
mod txn;

pub use applier::{Applier, Fault, SharedState, encode_applied, read_applied};
pub use command::{Command, LeaseExpiry, Proposal};
pub use kv::range_options;
pub use outcome::{Applied, DeleteReply, Effect, OpReply, PutReply, RangeReply, Reply, TxnReply};
pub use txn::{check_txn, run_read_txn};
