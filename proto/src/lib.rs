//! Wire types of Quorate: etcd's v3 API, and the protocol between members.
//!
//! The `.proto` files under `proto/` are written for this project and wire-identical to etcd's; `build.rs` compiles them.
//! All `bytes` fields are [`bytes::Bytes`], so that a decoded request shares the buffer that it came in.

#![allow(
    clippy::all,
    clippy::pedantic,
    missing_docs,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    reason = "generated code"
)]

/// Keys, values and events.
pub mod mvccpb {
    tonic::include_proto!("mvccpb");
}
/// Users, roles and permissions.
pub mod authpb {
    tonic::include_proto!("authpb");
}
/// Members as they travel in the replicated log.
pub mod membershippb {
    tonic::include_proto!("membershippb");
}
/// The client API.
pub mod etcdserverpb {
    tonic::include_proto!("etcdserverpb");
}
/// The lock service.
pub mod v3lockpb {
    tonic::include_proto!("v3lockpb");
}
/// The election service.
pub mod v3electionpb {
    tonic::include_proto!("v3electionpb");
}
/// The protocol between members.
pub mod peer {
    tonic::include_proto!("quorate.peer");
}

/// Metadata of our own, beside etcd's.
pub mod metadata {
    /// On a member list's request: the id, in hexadecimal, or the name of a member. On the response: `true` if it was taken out of the
    /// cluster, else `false`. Both are bytes of UTF-8. Servers of etcd's ignore it.
    pub const WAS_REMOVED: &str = "quorate-was-removed-bin";
}

/// The client API as an encoded `FileDescriptorSet`, for the reflection service.
pub const PUBLIC_DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/public_descriptors.bin"));
