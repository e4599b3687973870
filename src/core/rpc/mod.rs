//! The gRPC services that clients see: requests are checked here, answered by `server`, and errors mapped to etcd's texts.

pub mod cluster;
pub mod header;
pub mod kv;
pub mod lease;
pub mod listener;
pub mod maintenance;
mod range_stream;
pub mod raw;
pub mod status;
pub mod validate;
pub mod watch;
mod watch_message;
pub mod wire;

#[cfg(test)]
mod watch_tests;
