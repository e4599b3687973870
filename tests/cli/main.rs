//! The one binary of integration tests: servers as processes of their own, spoken to over the wire.
//!
//! `QUORATE_TEST_SERVER` names another server's command line with etcd's flags, to hold the suite against a reference.

mod clients;
mod common;
mod conformance;
mod crash;
mod kubernetes;
mod robust;
