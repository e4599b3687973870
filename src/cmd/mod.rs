//! The client side of the wire, and the front of the server.

pub mod bench;
pub mod serve;
