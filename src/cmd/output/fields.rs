//! `fields`: one `"Name" : value` line for every field.

use super::{MemberDetail, Printer, Reply, auth, unsupported};
use crate::cmd::{
    error::CliError,
    gotext::{Hex16, quote},
};
use quorate_proto::{
    etcdserverpb::{
        AlarmType, DeleteRangeResponse, MemberListResponse, PutResponse, RangeResponse, ResponseHeader, StatusResponse,
        TxnResponse, WatchResponse, response_op::Response,
    },
    mvccpb::{KeyValue, event::EventType},
};
use std::{
    fmt::Display,
    io::{self, Write},
};

/// The printer.
pub struct Fields {
    /// Ids in hexadecimal.
    pub hex: bool,
}

impl Printer for Fields {
    fn print(&self, out: &mut dyn Write, reply: Reply<'_>) -> Result<(), CliError> {
        let mut to = Writer { out, hex: self.hex };
        match reply {
            Reply::Put(reply) => to.put(reply)?,
            Reply::Get { reply, .. } => to.get(reply)?,
            Reply::Del(reply) => to.del(reply)?,
            Reply::Txn(reply) => to.txn(reply)?,
            Reply::Watch(reply) => to.watch(reply)?,
            Reply::LeaseGrant(reply) => to.lease(&reply.header, reply.id, reply.ttl)?,
            Reply::LeaseKeepAlive(reply) => to.lease(&reply.header, reply.id, reply.ttl)?,
            Reply::LeaseRevoke { reply, .. } => to.header(&reply.header)?,
            Reply::LeaseTimeToLive { reply, .. } => {
                to.lease(&reply.header, reply.id, reply.ttl)?;
                to.field("GrantedTTL", reply.granted_ttl)?;
                reply.keys.iter().try_for_each(|key| to.text("Key", key))?;
            }
            Reply::LeaseList(reply) => {
                to.header(&reply.header)?;
                reply.leases.iter().try_for_each(|lease| to.lease_id("ID", lease.id))?;
            }
            Reply::MemberList(reply) => to.members(reply)?,
            Reply::Health(list) => {
                for health in list {
                    to.text("Endpoint", health.endpoint.as_bytes())?;
                    to.field("Health", health.error.is_none())?;
                    to.field("Took", &health.took)?;
                    to.field("Error", health.error.as_deref().unwrap_or_default())?;
                    to.blank()?;
                }
            }
            Reply::Status(list) => list.iter().try_for_each(|(endpoint, status)| to.status(endpoint, status))?,
            Reply::HashKv(list) => {
                for (endpoint, reply) in list {
                    to.header(&reply.header)?;
                    to.text("Endpoint", endpoint.as_bytes())?;
                    to.field("Hash", reply.hash)?;
                    to.field("HashRevision", reply.hash_revision)?;
                    to.blank()?;
                }
            }
            Reply::Alarm(reply) => {
                to.header(&reply.header)?;
                for alarm in &reply.alarms {
                    to.id("MemberID", alarm.member_id)?;
                    to.field("AlarmType", AlarmType::try_from(alarm.alarm).map_or("UNKNOWN", |alarm| alarm.as_str_name()))?;
                    to.blank()?;
                }
            }
            Reply::Auth(reply) => auth::fields(&mut to, Writer::header, |to, line| writeln!(to.out, "{line}"), reply)?,
            Reply::MemberDetails { header, members } => {
                to.header(header)?;
                members.iter().try_for_each(|detail| to.detail(detail))?;
            }
            Reply::MemberAdd { .. }
            | Reply::MemberAdded { .. }
            | Reply::MemberSettled { .. }
            | Reply::Plan(_)
            | Reply::MemberRemove { .. }
            | Reply::MemberUpdate { .. }
            | Reply::MemberPromote { .. }
            | Reply::MoveLeader { .. } => return Err(unsupported("fields")),
        }
        Ok(())
    }
}

struct Writer<'w> {
    out: &'w mut dyn Write,
    hex: bool,
}

impl Writer<'_> {
    fn field(&mut self, name: &str, value: impl Display) -> io::Result<()> {
        writeln!(self.out, "\"{name}\" : {value}")
    }

    fn text(&mut self, name: &str, value: &[u8]) -> io::Result<()> {
        self.field(name, quote(value))
    }

    fn id(&mut self, name: &str, id: u64) -> io::Result<()> {
        if self.hex { self.field(name, format_args!("{id:x}")) } else { self.field(name, id) }
    }

    fn lease_id(&mut self, name: &str, id: i64) -> io::Result<()> {
        if self.hex { self.field(name, Hex16(id)) } else { self.field(name, id) }
    }

    fn blank(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    fn header(&mut self, header: &Option<ResponseHeader>) -> io::Result<()> {
        let header = header.unwrap_or_default();
        self.id("ClusterID", header.cluster_id)?;
        self.id("MemberID", header.member_id)?;
        if header.revision > 0 {
            self.field("Revision", header.revision)?;
        }
        self.field("RaftTerm", header.raft_term)
    }

    fn kv(&mut self, prefix: &str, kv: &KeyValue) -> io::Result<()> {
        self.text(&format!("{prefix}Key"), &kv.key)?;
        self.field(&format!("{prefix}CreateRevision"), kv.create_revision)?;
        self.field(&format!("{prefix}ModRevision"), kv.mod_revision)?;
        self.field(&format!("{prefix}Version"), kv.version)?;
        self.text(&format!("{prefix}Value"), &kv.value)?;
        self.lease_id(&format!("{prefix}Lease"), kv.lease)
    }

    fn put(&mut self, reply: &PutResponse) -> io::Result<()> {
        self.header(&reply.header)?;
        reply.prev_kv.iter().try_for_each(|kv| self.kv("Prev", kv))
    }

    fn get(&mut self, reply: &RangeResponse) -> io::Result<()> {
        self.header(&reply.header)?;
        reply.kvs.iter().try_for_each(|kv| self.kv("", kv))?;
        self.field("More", reply.more)?;
        self.field("Count", reply.count)
    }

    fn del(&mut self, reply: &DeleteRangeResponse) -> io::Result<()> {
        self.header(&reply.header)?;
        self.field("Deleted", reply.deleted)?;
        reply.prev_kvs.iter().try_for_each(|kv| self.kv("Prev", kv))
    }

    fn txn(&mut self, reply: &TxnResponse) -> io::Result<()> {
        self.header(&reply.header)?;
        self.field("Succeeded", reply.succeeded)?;
        for op in &reply.responses {
            match &op.response {
                Some(Response::ResponseRange(reply)) => self.get(reply)?,
                Some(Response::ResponsePut(reply)) => self.put(reply)?,
                Some(Response::ResponseDeleteRange(reply)) => self.del(reply)?,
                Some(Response::ResponseTxn(reply)) => self.txn(reply)?,
                None => self.text("Unknown", b"")?,
            }
        }
        Ok(())
    }

    fn watch(&mut self, reply: &WatchResponse) -> io::Result<()> {
        self.header(&reply.header)?;
        for event in &reply.events {
            self.field("Type", EventType::try_from(event.r#type).map_or("UNKNOWN", |kind| kind.as_str_name()))?;
            event.prev_kv.iter().try_for_each(|kv| self.kv("Prev", kv))?;
            event.kv.iter().try_for_each(|kv| self.kv("", kv))?;
        }
        Ok(())
    }

    fn lease(&mut self, header: &Option<ResponseHeader>, id: i64, ttl: i64) -> io::Result<()> {
        self.header(header)?;
        self.lease_id("ID", id)?;
        self.field("TTL", ttl)
    }

    fn detail(&mut self, detail: &MemberDetail<'_>) -> io::Result<()> {
        self.id("ID", detail.member.id)?;
        self.text("Name", detail.member.name.as_bytes())?;
        self.text("Role", detail.role.as_bytes())?;
        self.field("Health", detail.illness.is_none())?;
        if let Some(illness) = &detail.illness {
            self.text("Error", illness.as_bytes())?;
        }
        let numbers = [
            ("Lag", detail.lag.map(|lag| lag.to_string())),
            ("RaftTerm", detail.term.map(|term| term.to_string())),
            ("DBSize", detail.db_size.map(|size| size.to_string())),
            ("DBSizeInUse", detail.db_size_in_use.map(|size| size.to_string())),
        ];
        for (name, number) in numbers {
            number.map_or(Ok(()), |number| self.field(name, number))?;
        }
        for (name, text) in [("Version", &detail.version), ("Endpoint", &detail.endpoint)] {
            text.as_ref().map_or(Ok(()), |text| self.text(name, text.as_bytes()))?;
        }
        self.blank()
    }

    fn members(&mut self, reply: &MemberListResponse) -> io::Result<()> {
        self.header(&reply.header)?;
        for member in &reply.members {
            self.id("ID", member.id)?;
            self.text("Name", member.name.as_bytes())?;
            member.peer_ur_ls.iter().try_for_each(|url| self.text("PeerURL", url.as_bytes()))?;
            member.client_ur_ls.iter().try_for_each(|url| self.text("ClientURL", url.as_bytes()))?;
            self.field("IsLearner", member.is_learner)?;
            self.blank()?;
        }
        Ok(())
    }

    fn status(&mut self, endpoint: &str, status: &StatusResponse) -> io::Result<()> {
        let downgrade = status.downgrade_info.clone().unwrap_or_default();
        self.header(&status.header)?;
        self.text("Version", status.version.as_bytes())?;
        self.text("StorageVersion", status.storage_version.as_bytes())?;
        self.field("DBSize", status.db_size)?;
        self.field("DBSizeInUse", status.db_size_in_use)?;
        self.field("DBSizeQuota", status.db_size_quota)?;
        self.field("Leader", status.leader)?;
        self.field("IsLearner", status.is_learner)?;
        self.field("RaftIndex", status.raft_index)?;
        self.field("RaftTerm", status.raft_term)?;
        self.field("RaftAppliedIndex", status.raft_applied_index)?;
        self.field("Errors", format_args!("[{}]", status.errors.join(" ")))?;
        self.text("Endpoint", endpoint.as_bytes())?;
        self.text("DowngradeTargetVersion", downgrade.target_version.as_bytes())?;
        self.field("DowngradeEnabled", downgrade.enabled)?;
        self.blank()
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::*;
    use super::*;

    const HEADER: &str = "\"ClusterID\" : 1\n\"MemberID\" : 42\n\"Revision\" : 7\n\"RaftTerm\" : 2\n";
    const KV: &str = "\"Key\" : \"foo\"\n\"CreateRevision\" : 2\n\"ModRevision\" : 3\n\"Version\" : 2\n\"Value\" : \"bar\"\n\
                      \"Lease\" : 255\n";

    fn fields(reply: Reply<'_>) -> String {
        printed(&Fields { hex: false }, reply)
    }

    #[expect(clippy::format_collect, reason = "a few lines of a test")]
    fn prev(kv: &str) -> String {
        kv.lines().map(|line| format!("\"Prev{}\n", &line[1..])).collect()
    }

    #[test]
    fn pairs_are_six_lines() {
        let reply = range();
        let reply = Reply::Get { reply: &reply, values_only: false };
        assert_eq!(fields(reply), format!("{HEADER}{KV}\"More\" : true\n\"Count\" : 3\n"));
        assert_eq!(fields(Reply::Put(&put())), format!("{HEADER}{}", prev(KV)));
        assert_eq!(fields(Reply::Del(&del())), format!("{HEADER}\"Deleted\" : 1\n{}", prev(KV)));
    }

    #[test]
    fn nested_headers_show_their_zeros_but_no_revision_of_zero() {
        let text = fields(Reply::Txn(&txn()));
        let start =
            format!("{HEADER}\"Succeeded\" : true\n\"ClusterID\" : 0\n\"MemberID\" : 0\n\"Revision\" : 7\n\"RaftTerm\" : 0\n");
        assert!(text.starts_with(&start), "{text}");
        assert!(
            fields(Reply::MemberList(&members()))
                .starts_with("\"ClusterID\" : 1\n\"MemberID\" : 42\n\"RaftTerm\" : 2\n\"ID\" : 42\n")
        );
    }

    #[test]
    fn events_have_their_type() {
        let text = fields(Reply::Watch(&watch()));
        let last =
            "\"Key\" : \"foo\"\n\"CreateRevision\" : 0\n\"ModRevision\" : 4\n\"Version\" : 0\n\"Value\" : \"\"\n\"Lease\" : 0\n";
        assert_eq!(text, format!("{HEADER}\"Type\" : PUT\n{KV}\"Type\" : DELETE\n{}{last}", prev(KV)));
    }

    #[test]
    fn ids_are_hexadecimal_on_demand() {
        let text = printed(&Fields { hex: true }, Reply::LeaseGrant(&grant()));
        assert_eq!(
            text,
            "\"ClusterID\" : 1\n\"MemberID\" : 2a\n\"Revision\" : 7\n\"RaftTerm\" : 2\n\"ID\" : 00000000000000ff\n\"TTL\" : 60\n"
        );
    }

    #[test]
    fn endpoints_end_in_an_empty_line() {
        let status = fields(Reply::Status(&statuses()));
        assert!(status.ends_with("\"Errors\" : [e1 e2]\n\"Endpoint\" : \"a:2\"\n\"DowngradeTargetVersion\" : \"3.6\"\n\"DowngradeEnabled\" : true\n\n"), "{status}");
        assert_eq!(
            fields(Reply::HashKv(&hashes())),
            format!("{HEADER}\"Endpoint\" : \"a:2\"\n\"Hash\" : 1084519789\n\"HashRevision\" : 7\n\n")
        );
        assert!(
            fields(Reply::Health(&health()))
                .starts_with("\"Endpoint\" : \"a:2\"\n\"Health\" : true\n\"Took\" : 1.5ms\n\"Error\" : \n\n")
        );
        assert_eq!(fields(Reply::Alarm(&alarms())), format!("{HEADER}\"MemberID\" : 42\n\"AlarmType\" : NOSPACE\n\n"));
    }

    #[test]
    fn details_leave_out_what_is_not_known() {
        let member = member();
        let list = [detail(&member), silent(&member)];
        let text = fields(Reply::MemberDetails { header: &header(), members: &list });
        let known = "\"ID\" : 42\n\"Name\" : \"m1\"\n\"Role\" : \"leader\"\n\"Health\" : true\n\"Lag\" : 0\n\"RaftTerm\" : 2\n\
                     \"DBSize\" : 20480\n\"DBSizeInUse\" : 16384\n\"Version\" : \"3.7.1\"\n\"Endpoint\" : \"http://a:2\"\n\n";
        let silent = "\"ID\" : 42\n\"Name\" : \"m1\"\n\"Role\" : \"follower\"\n\"Health\" : false\n\"Error\" : \"no answer\"\n\n";
        assert_eq!(text, format!("{HEADER}{known}{silent}"));
    }

    #[test]
    fn member_changes_have_no_fields() {
        let reply = member_added();
        let reply = Reply::MemberAdd { name: "m2", peer_urls: "", reply: &reply };
        assert_eq!(refused(&Fields { hex: false }, reply), "fields not supported as output format");
    }
}
