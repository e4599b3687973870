//! Quorate: a replicated key-value store that speaks the etcd v3 protocol. `core` is the server side of the wire, `cmd` the client side.

#![cfg_attr(test, expect(clippy::disallowed_methods, reason = "tests wait with deadlines of their own"))]

pub mod cmd;
pub mod core;
#[cfg(test)]
mod mangle;
#[cfg(test)]
mod tidy;
