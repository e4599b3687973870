//! Replies about members and endpoints as rows of texts, which `simple` joins by commas and `table` draws.

use super::Health;
use crate::cmd::gotext::human_bytes;
use quorate_proto::etcdserverpb::{HashKvResponse, MemberListResponse, StatusResponse};

/// Column titles and the rows below them.
pub struct Rows<const N: usize> {
    pub titles: [&'static str; N],
    pub rows: Vec<[String; N]>,
}

pub fn members(reply: &MemberListResponse) -> Rows<6> {
    let rows = reply.members.iter().map(|member| {
        [
            format!("{:x}", member.id),
            if member.name.is_empty() { "unstarted" } else { "started" }.to_owned(),
            member.name.clone(),
            member.peer_ur_ls.join(","),
            member.client_ur_ls.join(","),
            member.is_learner.to_string(),
        ]
    });
    Rows { titles: ["ID", "Status", "Name", "Peer Addrs", "Client Addrs", "Is Learner"], rows: rows.collect() }
}

pub fn health(list: &[Health]) -> Rows<4> {
    let rows = list.iter().map(|health| {
        let error = health.error.clone().unwrap_or_default();
        [health.endpoint.clone(), health.error.is_none().to_string(), health.took.clone(), error]
    });
    Rows { titles: ["endpoint", "health", "took", "error"], rows: rows.collect() }
}

pub fn status(list: &[(String, StatusResponse)]) -> Rows<16> {
    let titles = [
        "endpoint",
        "ID",
        "version",
        "storage version",
        "db size",
        "in use",
        "percentage not in use",
        "quota",
        "is leader",
        "is learner",
        "raft term",
        "raft index",
        "raft applied index",
        "errors",
        "downgrade target version",
        "downgrade enabled",
    ];
    let rows = list.iter().map(|(endpoint, status)| {
        let member = status.header.as_ref().map_or(0, |header| header.member_id);
        let downgrade = status.downgrade_info.clone().unwrap_or_default();
        [
            endpoint.clone(),
            format!("{member:x}"),
            status.version.clone(),
            status.storage_version.clone(),
            human_bytes(bytes(status.db_size)),
            human_bytes(bytes(status.db_size_in_use)),
            format!("{}%", percent_unused(status.db_size, status.db_size_in_use)),
            human_bytes(bytes(status.db_size_quota)),
            (status.leader == member).to_string(),
            status.is_learner.to_string(),
            status.raft_term.to_string(),
            status.raft_index.to_string(),
            status.raft_applied_index.to_string(),
            status.errors.join(", "),
            downgrade.target_version,
            downgrade.enabled.to_string(),
        ]
    });
    Rows { titles, rows: rows.collect() }
}

pub fn hashes(list: &[(String, HashKvResponse)]) -> Rows<3> {
    let rows = list.iter().map(|(endpoint, reply)| [endpoint.clone(), reply.hash.to_string(), reply.hash_revision.to_string()]);
    Rows { titles: ["endpoint", "hash", "hash_revision"], rows: rows.collect() }
}

/// A size as the protocol carries it, signed; none is negative.
fn bytes(size: i64) -> u64 {
    size.max(0).unsigned_abs()
}

/// Whole percent of the file that hold nothing, rounded up.
fn percent_unused(size: i64, in_use: i64) -> i128 {
    match size {
        0 => 0,
        size => 100 - i128::from(in_use) * 100 / i128::from(size),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unused_part_is_in_whole_percent() {
        assert_eq!(percent_unused(20_480, 20_480), 0);
        assert_eq!(percent_unused(20_480, 16_384), 20);
        assert_eq!(percent_unused(1000, 999), 1);
        assert_eq!(percent_unused(0, 0), 0);
    }
}
