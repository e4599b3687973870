//! The server: everything behind the wire. ARCHITECTURE.md has the map and the way of each request.

pub mod alarm;
pub mod apply;
pub mod backend;
pub mod clock;
pub mod config;
pub mod consensus;
pub mod data_dir;
pub mod discovery;
pub mod key_range;
pub mod lease;
pub mod limits;
pub mod membership;
pub mod mvcc;
pub mod peer;
pub mod planted;
pub mod recovery;
pub mod refusal;
pub mod revision;
pub mod rpc;
pub mod serve;
pub mod server;
pub mod sim;
pub mod tls;
pub mod verify;
pub mod wal;
pub mod watch;
