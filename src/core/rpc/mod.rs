//! The client port: gRPC and HTTP/1 on one listener.
//!
//! [`listener`] binds addresses and drives connections; it hands gRPC requests to the services, counted by [`calls`], and all
//! others to [`http`], which answers about version, health and metrics. The services check requests, have them answered by
//! `server`, and map errors to etcd's texts.

mod arriving;
pub mod auth;
pub mod caller;
pub mod calls;
pub mod cluster;
pub mod coordination;
pub mod header;
pub mod health;
pub mod health_check;
pub mod http;
pub mod kv;
pub mod lease;
pub mod listener;
pub mod maintenance;
mod range_stream;
pub mod raw;
pub mod reflection;
pub mod router;
pub mod status;
mod unary;
pub mod validate;
pub mod watch;
pub mod watch_message;
pub mod wire;

#[cfg(test)]
mod watch_tests;
