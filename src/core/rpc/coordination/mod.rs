//! The Lock and Election services: queues of keys, on nothing but what every client may use.
//!
//! Whoever wants a lock, or to lead, puts the key `NAME/LEASE` with its lease attached ([`place`]); the one that was created first is
//! the holder. The others wait for the newest key before theirs to be deleted, then look again ([`queue`]), so that a release wakes one of
//! them. [`lock`] and [`election`] are the services, [`observe`] follows the leaders of an election. All of them reach keys, leases and
//! watches through [`door`] alone, which knows who makes the call.
//!
//! A call that waits ends with its client: [`call`] notices when the client has gone, and gives its place up. No wait outlives the call or
//! the connection. The texts of refusals ([`refusal`]) are etcd's, and so is their code, `Unknown`, whatever was refused
//! underneath, unless it passes.
//!
//! Stricter than etcd, where that would tell two clients that they hold the same thing: a place in the queue that was lost while its owner
//! waited is an error for candidates too, not for locks alone, and one that was lost and taken anew is a lost one. A place whose owner
//! went while it was taken is given up. And a wait whose history was compacted meanwhile goes on instead of ending.

mod call;
mod door;
pub mod election;
pub mod lock;
mod observe;
mod place;
mod queue;
mod refusal;

pub use door::Door;
pub use election::ElectionService;
pub use lock::LockService;
