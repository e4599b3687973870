//! The gRPC services that clients see: requests are checked here, answered by `server`, and errors mapped to etcd's texts.

pub mod cluster;
pub mod header;
pub mod kv;
pub mod lease;
pub mod maintenance;
pub mod range_stream;
pub mod status;
pub mod validate;
pub mod wire;
