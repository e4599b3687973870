//! Finding a cluster whose members nobody has listed: by DNS, or through a discovery service.
//!
//! *DNS*: SRV records of a domain name the members ([`server_members`]) or the endpoints for clients ([`client_endpoints`]). [`srv`]
//! has the rules, [`names`] asks name servers. *Discovery service*: any etcd-compatible cluster in which the members of a new one
//! register under a token, the first so many of them being the cluster; [`registry`] says how that is written down, [`service`]
//! registers and waits. [`place`] tells whether two URLs lead to the same place.
//!
//! What is found is a list such as `--initial-cluster` gives. Nothing here knows of data directories, logs or ids beyond its own
//! registration.

mod lookup;
mod names;
pub mod place;
pub mod registry;
mod service;
pub mod srv;

use thiserror::Error;

pub use lookup::{client_endpoints, server_members};
pub use service::join;

/// Why the members were not found.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum DiscoveryError {
    /// The system's resolver configuration can't be used.
    #[error("the name servers to ask are not known: {0}")]
    NoNameServer(String),
    /// A question to DNS has no usable answer.
    #[error("looking up the SRV records of {name}: {reason}")]
    Lookup { name: String, reason: String },
    /// Nobody has put records there.
    #[error("DNS has no SRV records of {tls} or {plain}")]
    NoRecords { tls: String, plain: String },
    #[error(
        "no SRV record of {service} leads to this member's --initial-advertise-peer-urls={}; there are {}",
        .advertised.join(","), .found.join(",")
    )]
    OwnRecordMissing { service: String, advertised: Vec<String>, found: Vec<String> },
    #[error("the SRV record {found} leads to this member, but --initial-advertise-peer-urls={} has another scheme", .advertised.join(","))]
    OtherScheme { found: String, advertised: Vec<String> },
    /// A file of TLS can't be read or used.
    #[error("the discovery service can't be called with TLS: {0}")]
    Tls(String),
    /// The service was out of reach for too long.
    #[error("the discovery service can't be reached ({}): {reason}", .endpoints.join(","))]
    Unreachable { endpoints: Vec<String>, reason: String },
    /// The service answers, and will never do what is asked.
    #[error("the discovery service refuses to {what}: {reason}")]
    Refused { what: &'static str, reason: String },
    #[error("the discovery service has no size for the token {token}; make one with `quorate discovery new --size=N`")]
    NoSize { token: String },
    #[error("the size {value:?} of the discovery token {token} is not a number from 1 to {}", registry::SIZE_MAX)]
    BadSize { token: String, value: String },
    /// As many members as the token has room for have registered before this one.
    #[error(
        "the cluster of the discovery token {token} is full: its {size} members are {}. A further member joins with `quorate \
         member add` and --initial-cluster-state=existing",
        .members.join(", ")
    )]
    Full { token: String, size: usize, members: Vec<String> },
    #[error("another member ({id}) has registered with the name {name} under the discovery token; give each its own --name")]
    NameTaken { name: String, id: String },
    #[error("this member's registration under the discovery token {token} was deleted while it waited for the others")]
    RegistrationLost { token: String },
}
