//! Replies of guided changes and of the detailed member list, which no other program has: these texts are ours.

use super::rows::Rows;
use crate::cmd::gotext::human_bytes;
use quorate_proto::etcdserverpb::Member;

/// Votes of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Votes {
    pub voters: usize,
    /// How many voters must agree.
    pub quorum: usize,
    /// How many can be counted on.
    pub healthy: usize,
}

/// A step that a dry run says would be taken.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct PlanStep {
    /// What kind of step, a fixed word for programs.
    pub step: &'static str,
    pub text: String,
    pub before: Votes,
    pub after: Votes,
}

/// A member, and what it says of itself; what is not known of one that did not answer is nothing.
#[derive(Clone, Debug)]
pub struct MemberDetail<'r> {
    pub member: &'r Member,
    /// `leader`, `follower`, `learner`, `unstarted`, or `voter` where there is no leader.
    pub role: &'static str,
    /// Why it is not healthy.
    pub illness: Option<String>,
    /// Committed entries that it has yet to apply.
    pub lag: Option<u64>,
    pub term: Option<u64>,
    pub version: Option<String>,
    /// In bytes.
    pub db_size: Option<i64>,
    /// In bytes.
    pub db_size_in_use: Option<i64>,
    /// The client URL that answered.
    pub endpoint: Option<String>,
}

pub fn details(list: &[MemberDetail<'_>]) -> Rows<10> {
    let titles = ["ID", "Name", "Role", "Health", "Lag", "Raft Term", "Version", "DB Size", "In Use", "Endpoint"];
    let rows = list.iter().map(|detail| {
        let size = |size: Option<i64>| size.map(|size| human_bytes(size.max(0).unsigned_abs())).unwrap_or_default();
        [
            format!("{:x}", detail.member.id),
            detail.member.name.clone(),
            detail.role.to_owned(),
            detail.illness.as_ref().map_or_else(|| "healthy".to_owned(), |illness| format!("unhealthy: {illness}")),
            detail.lag.map(|lag| lag.to_string()).unwrap_or_default(),
            detail.term.map(|term| term.to_string()).unwrap_or_default(),
            detail.version.clone().unwrap_or_default(),
            size(detail.db_size),
            size(detail.db_size_in_use),
            detail.endpoint.clone().unwrap_or_default(),
        ]
    });
    Rows { titles, rows: rows.collect() }
}
