//! Plans and detailed member lists: structures of our own, in the manner of the others.

use super::{
    Json, encode,
    view::{Header, Id, Member},
};
use crate::cmd::{
    error::CliError,
    output::{MemberDetail, PlanStep},
};
use quorate_proto::etcdserverpb::ResponseHeader;
use serde::Serialize;
use std::io::Write;

#[derive(Serialize)]
pub struct Plan<'r> {
    pub steps: &'r [PlanStep],
}

#[derive(Serialize)]
struct Details<'r> {
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<Header>,
    members: Vec<Detail<'r>>,
}

/// A member as it stands in a plain list, and beside it what it says of itself. Zeros are shown: here they are answers.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Detail<'r> {
    #[serde(flatten)]
    member: Member<'r>,
    role: &'r str,
    health: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    endpoint: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lag: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    raft_term: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    db_size: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    db_size_in_use: Option<i64>,
}

impl Json {
    /// A detailed member list.
    pub(super) fn details(
        &self,
        out: &mut dyn Write,
        header: &Option<ResponseHeader>,
        members: &[MemberDetail<'_>],
    ) -> Result<(), CliError> {
        let id = if self.hex { Id::Hex } else { Id::Number };
        let members = members.iter().map(|detail| Detail {
            member: Member::of(detail.member, id),
            role: detail.role,
            health: detail.illness.is_none(),
            error: detail.illness.as_deref(),
            endpoint: detail.endpoint.as_deref(),
            lag: detail.lag,
            raft_term: detail.term,
            version: detail.version.as_deref(),
            db_size: detail.db_size,
            db_size_in_use: detail.db_size_in_use,
        });
        let view = Details { header: header.as_ref().map(|header| Header::with(header, id)), members: members.collect() };
        encode::line(out, &view)
    }
}
