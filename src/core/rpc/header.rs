//! What every response header says about this member.

use quorate_proto::etcdserverpb::ResponseHeader;

use super::super::server::ServerHandle;

/// The part of a response header that does not depend on the request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemberFacts {
    pub cluster_id: u64,
    pub member_id: u64,
    /// Term of the entry applied last on this member.
    pub raft_term: u64,
}

/// Whoever knows the facts of the moment; asked for each response, so it must be cheap.
pub trait HeaderFacts: Send + Sync + 'static {
    fn header(&self) -> MemberFacts;
}

/// Whoever knows whether this member sees a leader.
pub trait LeaderWatch: Send + Sync + 'static {
    fn has_leader(&self) -> bool;
}

impl HeaderFacts for ServerHandle {
    fn header(&self) -> MemberFacts {
        let identity = self.identity();
        MemberFacts { cluster_id: identity.cluster_id, member_id: identity.member_id, raft_term: self.applied_term() }
    }
}

impl LeaderWatch for ServerHandle {
    fn has_leader(&self) -> bool {
        self.node().status().leader != 0
    }
}

/// The header with the revision of an operation; 0 is replaced by the store's current one, as in etcd.
pub fn at(server: &ServerHandle, revision: i64) -> Option<ResponseHeader> {
    let revision = if revision == 0 { server.store().current_revision() } else { revision };
    Some(ResponseHeader { revision, ..without_revision(server) })
}

/// The header of answers about members: they have no revision.
pub fn without_revision(server: &ServerHandle) -> ResponseHeader {
    let MemberFacts { cluster_id, member_id, raft_term } = server.header();
    ResponseHeader { cluster_id, member_id, revision: 0, raft_term }
}
