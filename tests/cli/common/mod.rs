//! What the tests share: servers as processes of their own, connections to them, and waiting for a condition.
//!
//! A test starts a [`Cluster`] (of one or more members), talks to it through [`Clients`] and lets it go out of scope, which
//! ends every process by its id. The program under test is the one that cargo built; `QUORATE_TEST_SERVER` names another
//! command line instead (any server with etcd's flags), so that the suite can be held against a reference.

mod cluster;
mod connect;
mod member;
mod ports;
mod wait;

pub use cluster::Cluster;
pub use connect::{Clients, connect, header_revision, put, range_all};
pub use member::{Member, ServerCommand};
pub use ports::free_ports;
pub use wait::{wait_for, wait_until};
