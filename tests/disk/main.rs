//! The log and the state under a hostile disk: crashes at every point, calls that fail, files that are damaged.
//!
//! The program's own code is under test, down to LMDB and the log engine: this test program stands between them and the C library
//! ([`interpose`]), keeps a record of what is done to a watched directory ([`disk`]), and works out what a power cut would leave of
//! it ([`power`]). A member without threads and network ([`member`]) does what members do ([`workload`]): it writes its log in
//! groups, commits, flushes, sweeps, cuts, defragments, takes in states of others, restarts. Then
//! - [`crash`] cuts the power after every event of the record, opens what is left, and asks for everything that had been promised;
//!   opening is recorded too, and cut at every event again;
//! - [`errors`] lets the n-th call of each kind fail, for every n;
//! - [`damage`] changes files at rest.
//!
//! `QUORATE_DISK_SEEDS=a..b` chooses the seeds, and lifts the bounds of an ordinary run.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod crash;
mod damage;
mod disk;
mod errors;
mod interpose;
mod member;
mod power;
mod reference;
mod workload;
