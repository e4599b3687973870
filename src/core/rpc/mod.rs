//! rpc

pub mod header;
pub mod raw;
pub mod watch;
mod watch_message;

#[cfg(test)]
mod watch_tests;
