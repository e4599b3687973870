//! The one binary of integration tests: servers as processes of their own, spoken to over the wire.
//!
//! Each test starts its members on ports and directories of its own, so all run side by side. What can be set:
//!
//! | variable | meaning |
//! |---|---|
//! | `QUORATE_TEST_SERVER` | another server's command line (one with etcd's flags), to hold the suite against a reference |
//! | `QUORATE_TEST_PORTS` | `LOW-HIGH`, the ports to use |
//! | `QUORATE_TEST_SEEDS` | seeds with commas between, drawn and compared apart from the recorded ones |
//! | `QUORATE_TEST_VS_SERVER` | the command line of the server that those seeds are compared with; it also serves discovery and locks |
//! | `QUORATE_TEST_CRASH_SECS` | how long each crash loop runs |
//! | `QUORATE_TEST_CRASH_SEED` | which members fall when |
//! | `QUORATE_TEST_FAULT_SECS` | how long the faults of each run under faults last |
//! | `QUORATE_TEST_FAULT_SEED` | which faults those are |
//! | `QUORATE_TEST_FAULT_KEEP` | set: directories of runs under faults stay, with logs and history, without a finding too |
//! | `QUORATE_TEST_FAILOVER_KILLS` | how many leaders are killed to measure the time without one |
//! | `QUORATE_TEST_FAILOVER_SERVERS` | command lines of other servers, with `;` between them, that are measured beside it |
//! | `QUORATE_TEST_CHANGES_SIZE` | how many members the cluster of the run with changes of membership grows to |
//! | `QUORATE_TEST_ROTATIONS` | how often three members under load have all their TLS files replaced |
//! | `CI` | `true`: a missing toolchain of a client's language fails its test |

#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests wait with deadlines of their own, and may fail")]

mod auth;
mod client;
mod clients;
mod common;
mod conformance;
mod conformance_cli;
mod crash;
mod faults;
mod joining;
mod kubernetes;
mod locks;
mod member_commands;
mod oddities;
mod process;
mod recover;
mod regressions;
mod robust;
mod rolling;
mod serving;
mod tls;
