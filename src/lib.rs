//! Quorate: a replicated key-value store that speaks the etcd v3 protocol. `core` is the server side of the wire, `cmd` the client side.

pub mod cmd;
pub mod core;
