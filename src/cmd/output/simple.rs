//! `simple`: bare texts, a key and a value on lines of their own.

use super::{Printer, Reply, auth, guided, rows};
use crate::cmd::{
    error::{CliError, note},
    gotext::{Hex16, quote},
};
use quorate_proto::{
    etcdserverpb::{
        AlarmType, DeleteRangeResponse, LeaseTimeToLiveResponse, MemberAddResponse, PutResponse, RangeResponse, ResponseHeader,
        TxnResponse, WatchResponse, response_op::Response,
    },
    mvccpb::{KeyValue, event::EventType},
};
use std::io::{self, Write};

/// The printer.
pub struct Simple {
    /// Keys and values as `\x66\x6f\x6f`.
    pub hex: bool,
}

impl Printer for Simple {
    fn print(&self, out: &mut dyn Write, reply: Reply<'_>) -> Result<(), CliError> {
        Ok(self.write(out, reply)?)
    }
}

impl Simple {
    fn write(&self, out: &mut dyn Write, reply: Reply<'_>) -> io::Result<()> {
        match reply {
            Reply::Put(reply) => self.put(out, reply),
            Reply::Get { reply, values_only } => self.get(out, reply, values_only),
            Reply::Del(reply) => self.del(out, reply),
            Reply::Txn(reply) => self.txn(out, reply),
            Reply::Watch(reply) => self.watch(out, reply),
            Reply::LeaseGrant(reply) => writeln!(out, "lease {} granted with TTL({}s)", Hex16(reply.id), reply.ttl),
            Reply::LeaseRevoke { id, .. } => writeln!(out, "lease {} revoked", Hex16(id)),
            Reply::LeaseKeepAlive(reply) => writeln!(out, "lease {} keepalived with TTL({})", Hex16(reply.id), reply.ttl),
            Reply::LeaseTimeToLive { reply, keys } => time_to_live(out, reply, keys),
            Reply::LeaseList(reply) => {
                writeln!(out, "found {} leases", reply.leases.len())?;
                reply.leases.iter().try_for_each(|lease| writeln!(out, "{}", Hex16(lease.id)))
            }
            Reply::MemberAdd { name, peer_urls, reply } => member_add(out, name, peer_urls, reply),
            Reply::MemberAdded { name, peer_urls, reply } => {
                let id = reply.member.as_ref().map_or(0, |member| member.id);
                member_line(out, id, "has been added to", &reply.header)?;
                start_settings(out, name, peer_urls, reply)
            }
            Reply::MemberSettled { id, text, reply } => member_line(out, id, text, &reply.header),
            Reply::MemberDetails { members, .. } => joined(out, &guided::details(members).rows),
            Reply::Plan(steps) => steps.iter().enumerate().try_for_each(|(at, step)| writeln!(out, "{}. {}", at + 1, step.text)),
            Reply::MemberRemove { id, reply } => member_line(out, id, "removed from", &reply.header),
            Reply::MemberUpdate { id, reply } => member_line(out, id, "updated in", &reply.header),
            Reply::MemberPromote { id, reply } => member_line(out, id, "promoted in", &reply.header),
            Reply::MemberList(reply) => joined(out, &rows::members(reply).rows),
            Reply::Health(list) => list.iter().try_for_each(|health| match &health.error {
                None => writeln!(out, "{} is healthy: successfully committed proposal: took = {}", health.endpoint, health.took),
                Some(error) => {
                    note(format_args!("{} is unhealthy: failed to commit proposal: {error}", health.endpoint));
                    Ok(())
                }
            }),
            Reply::Status(list) => joined(out, &rows::status(list).rows),
            Reply::HashKv(list) => joined(out, &rows::hashes(list).rows),
            Reply::MoveLeader { from, to, .. } => writeln!(out, "Leadership transferred from {from:x} to {to:x}"),
            Reply::Auth(reply) => auth::simple(out, reply),
            Reply::Alarm(reply) => reply.alarms.iter().try_for_each(|alarm| {
                let name = AlarmType::try_from(alarm.alarm).map_or("UNKNOWN", |alarm| alarm.as_str_name());
                writeln!(out, "memberID:{} alarm:{name}", alarm.member_id)
            }),
        }
    }

    fn kv(&self, out: &mut dyn Write, kv: &KeyValue, values_only: bool) -> io::Result<()> {
        if !values_only {
            self.bytes(out, &kv.key)?;
        }
        self.bytes(out, &kv.value)
    }

    fn bytes(&self, out: &mut dyn Write, bytes: &[u8]) -> io::Result<()> {
        if self.hex {
            bytes.iter().try_for_each(|byte| write!(out, "\\x{byte:02x}"))?;
        } else {
            out.write_all(bytes)?;
        }
        out.write_all(b"\n")
    }

    fn put(&self, out: &mut dyn Write, reply: &PutResponse) -> io::Result<()> {
        writeln!(out, "OK")?;
        reply.prev_kv.iter().try_for_each(|kv| self.kv(out, kv, false))
    }

    fn get(&self, out: &mut dyn Write, reply: &RangeResponse, values_only: bool) -> io::Result<()> {
        reply.kvs.iter().try_for_each(|kv| self.kv(out, kv, values_only))
    }

    fn del(&self, out: &mut dyn Write, reply: &DeleteRangeResponse) -> io::Result<()> {
        writeln!(out, "{}", reply.deleted)?;
        reply.prev_kvs.iter().try_for_each(|kv| self.kv(out, kv, false))
    }

    fn txn(&self, out: &mut dyn Write, reply: &TxnResponse) -> io::Result<()> {
        writeln!(out, "{}", if reply.succeeded { "SUCCESS" } else { "FAILURE" })?;
        for op in &reply.responses {
            writeln!(out)?;
            match &op.response {
                Some(Response::ResponseRange(reply)) => self.get(out, reply, false)?,
                Some(Response::ResponsePut(reply)) => self.put(out, reply)?,
                Some(Response::ResponseDeleteRange(reply)) => self.del(out, reply)?,
                Some(Response::ResponseTxn(reply)) => self.txn(out, reply)?,
                None => writeln!(out, "unexpected response")?,
            }
        }
        Ok(())
    }

    fn watch(&self, out: &mut dyn Write, reply: &WatchResponse) -> io::Result<()> {
        for event in &reply.events {
            writeln!(out, "{}", EventType::try_from(event.r#type).map_or("UNKNOWN", |kind| kind.as_str_name()))?;
            for kv in event.prev_kv.iter().chain(&event.kv) {
                self.kv(out, kv, false)?;
            }
        }
        Ok(())
    }
}

fn time_to_live(out: &mut dyn Write, reply: &LeaseTimeToLiveResponse, keys: bool) -> io::Result<()> {
    let id = Hex16(reply.id);
    if reply.granted_ttl == 0 && reply.ttl == -1 {
        return writeln!(out, "lease {id} already expired");
    }
    write!(out, "lease {id} granted with TTL({}s), remaining({}s)", reply.granted_ttl, reply.ttl)?;
    if keys {
        out.write_all(b", attached keys([")?;
        out.write_all(&reply.keys.join(&b' '))?;
        out.write_all(b"])")?;
    }
    writeln!(out)
}

fn cluster_id(header: &Option<ResponseHeader>) -> u64 {
    header.as_ref().map_or(0, |header| header.cluster_id)
}

fn member_line(out: &mut dyn Write, id: u64, what: &str, header: &Option<ResponseHeader>) -> io::Result<()> {
    writeln!(out, "Member {id:16x} {what} cluster {:16x}", cluster_id(header))
}

fn member_add(out: &mut dyn Write, name: &str, peer_urls: &str, reply: &MemberAddResponse) -> io::Result<()> {
    let added = reply.member.clone().unwrap_or_default();
    let what = if added.is_learner { "added as learner to" } else { "added to" };
    member_line(out, added.id, what, &reply.header)?;
    start_settings(out, name, peer_urls, reply)
}

/// The variables that the new member is to be started with.
fn start_settings(out: &mut dyn Write, name: &str, peer_urls: &str, reply: &MemberAddResponse) -> io::Result<()> {
    let added = reply.member.as_ref().map_or(0, |member| member.id);
    let cluster: Vec<String> = reply
        .members
        .iter()
        .flat_map(|member| {
            let name = if member.id == added { name } else { &member.name };
            member.peer_ur_ls.iter().map(move |url| format!("{name}={url}"))
        })
        .collect();
    writeln!(out)?;
    writeln!(out, "ETCD_NAME={}", quote(name.as_bytes()))?;
    writeln!(out, "ETCD_INITIAL_CLUSTER={}", quote(cluster.join(",").as_bytes()))?;
    writeln!(out, "ETCD_INITIAL_ADVERTISE_PEER_URLS={}", quote(peer_urls.as_bytes()))?;
    writeln!(out, "ETCD_INITIAL_CLUSTER_STATE=\"existing\"")
}

fn joined<const N: usize>(out: &mut dyn Write, rows: &[[String; N]]) -> io::Result<()> {
    rows.iter().try_for_each(|row| writeln!(out, "{}", row.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::super::samples::*;
    use super::*;

    fn simple(reply: Reply<'_>) -> String {
        printed(&Simple { hex: false }, reply)
    }

    #[test]
    fn keys_and_values_are_lines() {
        assert_eq!(simple(Reply::Get { reply: &range(), values_only: false }), "foo\nbar\n");
        assert_eq!(simple(Reply::Get { reply: &range(), values_only: true }), "bar\n");
        assert_eq!(
            printed(&Simple { hex: true }, Reply::Get { reply: &range(), values_only: false }),
            "\\x66\\x6f\\x6f\n\\x62\\x61\\x72\n"
        );
    }

    #[test]
    fn writes_say_what_they_did() {
        assert_eq!(simple(Reply::Put(&put())), "OK\nfoo\nbar\n");
        assert_eq!(simple(Reply::Del(&del())), "1\nfoo\nbar\n");
        assert_eq!(simple(Reply::Txn(&txn())), "SUCCESS\n\nOK\nfoo\nbar\n\nfoo\nbar\n\n1\nfoo\nbar\n\nFAILURE\n");
    }

    #[test]
    fn events_are_a_name_and_the_pairs() {
        assert_eq!(simple(Reply::Watch(&watch())), "PUT\nfoo\nbar\nDELETE\nfoo\nbar\nfoo\n\n");
    }

    #[test]
    fn leases_are_sixteen_digits() {
        assert_eq!(simple(Reply::LeaseGrant(&grant())), "lease 00000000000000ff granted with TTL(60s)\n");
        assert_eq!(simple(Reply::LeaseKeepAlive(&keep_alive())), "lease 00000000000000ff keepalived with TTL(60)\n");
        assert_eq!(simple(Reply::LeaseList(&leases())), "found 1 leases\n00000000000000ff\n");
        let reply = time_to_live_reply();
        let text = "lease 00000000000000ff granted with TTL(60s), remaining(59s)";
        assert_eq!(simple(Reply::LeaseTimeToLive { reply: &reply, keys: false }), format!("{text}\n"));
        assert_eq!(simple(Reply::LeaseTimeToLive { reply: &reply, keys: true }), format!("{text}, attached keys([a b])\n"));
        let gone = LeaseTimeToLiveResponse { id: 255, ttl: -1, ..Default::default() };
        assert_eq!(simple(Reply::LeaseTimeToLive { reply: &gone, keys: true }), "lease 00000000000000ff already expired\n");
    }

    #[test]
    fn members_are_rows_and_a_new_one_gets_its_variables() {
        assert_eq!(simple(Reply::MemberList(&members())), "2a, started, m1, http://a:1,http://b:1, http://a:2, false\n");
        let reply = member_added();
        assert_eq!(
            simple(Reply::MemberAdd { name: "m2", peer_urls: "http://c:1", reply: &reply }),
            "Member               2b added as learner to cluster                1\n\nETCD_NAME=\"m2\"\n\
             ETCD_INITIAL_CLUSTER=\"m1=http://a:1,m1=http://b:1,m2=http://c:1\"\n\
             ETCD_INITIAL_ADVERTISE_PEER_URLS=\"http://c:1\"\nETCD_INITIAL_CLUSTER_STATE=\"existing\"\n"
        );
    }

    #[test]
    fn a_member_that_was_added_before_gets_its_variables_again() {
        let reply = member_added();
        let text = simple(Reply::MemberAdded { name: "m2", peer_urls: "http://c:1", reply: &reply });
        assert!(
            text.starts_with("Member               2b has been added to cluster                1\n\nETCD_NAME=\"m2\"\n"),
            "{text}"
        );
        let list = members();
        let text = simple(Reply::MemberSettled { id: 42, text: "is not in", reply: &list });
        assert_eq!(text, "Member               2a is not in cluster                1\n");
    }

    #[test]
    fn details_and_plans_are_rows() {
        let one = member();
        let list = [detail(&one), silent(&one)];
        assert_eq!(
            simple(Reply::MemberDetails { header: &None, members: &list }),
            "2a, m1, leader, healthy, 0, 2, 3.7.1, 20 kB, 16 kB, http://a:2\n2a, m1, follower, unhealthy: no answer, , , , , , \n"
        );
        assert_eq!(simple(Reply::Plan(&plan())), "1. promote m2: voters 3 → 4\n");
    }

    #[test]
    fn endpoints_are_rows() {
        assert_eq!(
            simple(Reply::Status(&statuses())),
            "a:2, 2a, 3.7.1, 3.7.0, 20 kB, 16 kB, 20%, 2.1 GB, true, false, 2, 43, 43, e1, e2, 3.6, true\n"
        );
        assert_eq!(simple(Reply::HashKv(&hashes())), "a:2, 1084519789, 7\n");
        assert_eq!(simple(Reply::Health(&health())), "a:2 is healthy: successfully committed proposal: took = 1.5ms\n");
        assert_eq!(simple(Reply::Alarm(&alarms())), "memberID:42 alarm:NOSPACE\n");
    }
}
