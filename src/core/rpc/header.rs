//! The header of every answer.

use quorate_proto::etcdserverpb::ResponseHeader;

use super::super::server::ServerHandle;

/// The header with the revision of an operation; 0 is replaced by the store's current one, as in etcd.
pub fn at(server: &ServerHandle, revision: i64) -> Option<ResponseHeader> {
    let revision = if revision == 0 { server.store().current_revision() } else { revision };
    Some(ResponseHeader { revision, ..without_revision(server) })
}

/// The header of answers about members: they have no revision.
pub fn without_revision(server: &ServerHandle) -> ResponseHeader {
    let identity = server.identity();
    ResponseHeader { cluster_id: identity.cluster_id, member_id: identity.member_id, revision: 0, raft_term: server.applied_term() }
}
