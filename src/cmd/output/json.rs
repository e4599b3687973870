//! `json`: one line, in the shape that Go's encoder gives etcd's structures.
//!
//! Zero values are left out, byte strings are base64, 64-bit integers are numbers, `<`, `>` and `&` are escaped. The
//! protocol's messages keep their field names; answers about leases and watches have the names of the client library's own
//! structures. With `--hex` ids are texts in hexadecimal, in replies about members only.

mod encode;
mod guided;
mod view;

use super::{Printer, Reply, auth};
use crate::cmd::error::CliError;
use std::io::Write;
pub use view::HeaderOnly;
use view::{Alarms, Del, Grant, HashKv, Header, Health, KeepAlive, Leases, Put, Range, Status, TimeToLive, Txn, Watch};

/// The printer.
pub struct Json {
    /// Ids of members and clusters as hexadecimal texts.
    pub hex: bool,
}

impl Printer for Json {
    fn print(&self, out: &mut dyn Write, reply: Reply<'_>) -> Result<(), CliError> {
        match reply {
            Reply::Put(reply) => encode::line(out, &Put::of(reply)),
            Reply::Get { reply, .. } => encode::line(out, &Range::of(reply)),
            Reply::Del(reply) => encode::line(out, &Del::of(reply)),
            Reply::Txn(reply) => encode::line(out, &Txn::of(reply)),
            Reply::Watch(reply) => encode::line(out, &Watch::of(reply)),
            Reply::LeaseGrant(reply) => encode::line(
                out,
                &Grant { header: Header::flat(&reply.header), id: reply.id, ttl: reply.ttl, error: &reply.error },
            ),
            Reply::LeaseKeepAlive(reply) => {
                encode::line(out, &KeepAlive { header: Header::flat(&reply.header), id: reply.id, ttl: reply.ttl })
            }
            Reply::LeaseRevoke { reply, .. } => encode::line(out, &HeaderOnly { header: Header::of(&reply.header) }),
            Reply::LeaseTimeToLive { reply, .. } => encode::line(out, &TimeToLive::of(reply)),
            Reply::LeaseList(reply) => encode::line(out, &Leases::of(reply)),
            Reply::MemberAdd { reply, .. } => self.members(out, &reply.header, reply.member.as_ref(), &reply.members),
            Reply::MemberAdded { reply, .. } => self.members(out, &reply.header, reply.member.as_ref(), &reply.members),
            Reply::MemberSettled { id, reply, .. } => {
                self.members(out, &reply.header, reply.members.iter().find(|member| member.id == id), &reply.members)
            }
            Reply::MemberDetails { header, members } => self.details(out, header, members),
            Reply::Plan(steps) => encode::line(out, &guided::Plan { steps }),
            Reply::MemberRemove { reply, .. } => self.members(out, &reply.header, None, &reply.members),
            Reply::MemberUpdate { reply, .. } => self.members(out, &reply.header, None, &reply.members),
            Reply::MemberPromote { reply, .. } => self.members(out, &reply.header, None, &reply.members),
            Reply::MemberList(reply) => self.members(out, &reply.header, None, &reply.members),
            Reply::Health(list) => encode::line(out, &some(list.iter().map(Health::of))),
            Reply::Status(list) => encode::line(out, &some(list.iter().map(|(endpoint, status)| Status::of(endpoint, status)))),
            Reply::HashKv(list) => encode::line(out, &some(list.iter().map(|(endpoint, reply)| HashKv::of(endpoint, reply)))),
            Reply::MoveLeader { reply, .. } => encode::line(out, &HeaderOnly { header: Header::of(&reply.header) }),
            Reply::Alarm(reply) => encode::line(out, &Alarms::of(reply)),
            Reply::Auth(reply) => encode::line(out, &auth::Json::of(reply)),
        }
    }
}

/// The list, or `null` when it is empty.
fn some<T>(list: impl Iterator<Item = T>) -> Option<Vec<T>> {
    Some(list.collect()).filter(|list: &Vec<T>| !list.is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::samples::*;
    use super::*;
    use quorate_proto::etcdserverpb::{AlarmResponse, PutResponse, RangeResponse, WatchResponse};

    const HEADER: &str = r#"{"cluster_id":1,"member_id":42,"revision":7,"raft_term":2}"#;
    const FLAT: &str = r#""cluster_id":1,"member_id":42,"revision":7,"raft_term":2"#;
    const KV: &str = r#"{"key":"Zm9v","create_revision":2,"mod_revision":3,"version":2,"value":"YmFy","lease":255}"#;

    fn json(reply: Reply<'_>) -> String {
        let text = printed(&Json { hex: false }, reply);
        text.strip_suffix('\n').unwrap().to_owned()
    }

    #[test]
    fn zero_values_are_left_out() {
        assert_eq!(json(Reply::Put(&PutResponse::default())), "{}");
        let empty = RangeResponse { header: Some(Default::default()), ..Default::default() };
        assert_eq!(json(Reply::Get { reply: &empty, values_only: false }), r#"{"header":{}}"#);
    }

    #[test]
    fn pairs_have_base64_and_numbers() {
        assert_eq!(json(Reply::Put(&put())), format!(r#"{{"header":{HEADER},"prev_kv":{KV}}}"#));
        let reply = range();
        let text = json(Reply::Get { reply: &reply, values_only: false });
        assert_eq!(text, format!(r#"{{"header":{HEADER},"kvs":[{KV}],"more":true,"count":3}}"#));
        assert_eq!(json(Reply::Del(&del())), format!(r#"{{"header":{HEADER},"deleted":1,"prev_kvs":[{KV}]}}"#));
    }

    #[test]
    fn operations_of_a_transaction_are_wrapped() {
        let inner = r#"{"revision":7}"#;
        let expected = format!(
            r#"{{"header":{HEADER},"succeeded":true,"responses":[{{"Response":{{"response_put":{{"header":{inner},"prev_kv":{KV}}}}}}},{{"Response":{{"response_range":{{"header":{inner},"kvs":[{KV}],"more":true,"count":3}}}}}},{{"Response":{{"response_delete_range":{{"header":{inner},"deleted":1,"prev_kvs":[{KV}]}}}}}},{{"Response":{{"response_txn":{{"header":{inner}}}}}}}]}}"#
        );
        assert_eq!(json(Reply::Txn(&txn())), expected);
    }

    #[test]
    fn watches_have_capital_names_and_show_their_zeros() {
        let events = format!(r#"[{{"kv":{KV}}},{{"type":1,"kv":{{"key":"Zm9v","mod_revision":4}},"prev_kv":{KV}}}]"#);
        let rest = r#""CompactRevision":0,"Canceled":false,"Created":false,"CancelReason":"""#;
        assert_eq!(json(Reply::Watch(&watch())), format!(r#"{{"Header":{HEADER},"Events":{events},{rest}}}"#));
        let progress = WatchResponse { header: header(), ..Default::default() };
        assert_eq!(json(Reply::Watch(&progress)), format!(r#"{{"Header":{HEADER},"Events":null,{rest}}}"#));
    }

    #[test]
    fn leases_have_the_header_among_their_fields() {
        assert_eq!(json(Reply::LeaseGrant(&grant())), format!(r#"{{{FLAT},"ID":255,"TTL":60,"Error":""}}"#));
        assert_eq!(json(Reply::LeaseKeepAlive(&keep_alive())), format!(r#"{{{FLAT},"ID":255,"TTL":60}}"#));
        assert_eq!(json(Reply::LeaseList(&leases())), format!(r#"{{{FLAT},"leases":[{{"id":255}}]}}"#));
        let mut reply = time_to_live_reply();
        let text = json(Reply::LeaseTimeToLive { reply: &reply, keys: true });
        assert_eq!(text, format!(r#"{{{FLAT},"id":255,"ttl":59,"granted-ttl":60,"keys":["YQ==","Yg=="]}}"#));
        reply.keys.clear();
        let text = json(Reply::LeaseTimeToLive { reply: &reply, keys: false });
        assert_eq!(text, format!(r#"{{{FLAT},"id":255,"ttl":59,"granted-ttl":60,"keys":null}}"#));
    }

    #[test]
    fn members_are_numbers_or_hexadecimal_texts() {
        let urls = r#""name":"m1","peerURLs":["http://a:1","http://b:1"],"clientURLs":["http://a:2"]"#;
        let header = r#"{"cluster_id":1,"member_id":42,"raft_term":2}"#;
        assert_eq!(json(Reply::MemberList(&members())), format!(r#"{{"header":{header},"members":[{{"ID":42,{urls}}}]}}"#));
        let header = r#"{"cluster_id":"1","member_id":"2a","raft_term":2}"#;
        let reply = member_added();
        let text = printed(&Json { hex: true }, Reply::MemberAdd { name: "m2", peer_urls: "", reply: &reply });
        let added = r#"{"ID":"2b","peerURLs":["http://c:1"],"isLearner":true}"#;
        let expected = format!(r#"{{"header":{header},"member":{added},"members":[{{"ID":"2a",{urls}}},{added}]}}"#);
        assert_eq!(text.trim_end(), expected);
    }

    #[test]
    fn details_leave_out_what_is_not_known() {
        let member = member();
        let list = [detail(&member), silent(&member)];
        let urls = r#""name":"m1","peerURLs":["http://a:1","http://b:1"],"clientURLs":["http://a:2"]"#;
        let known = format!(
            r#"{{"ID":42,{urls},"role":"leader","health":true,"endpoint":"http://a:2","lag":0,"raftTerm":2,"version":"3.7.1","dbSize":20480,"dbSizeInUse":16384}}"#
        );
        let silent = format!(r#"{{"ID":42,{urls},"role":"follower","health":false,"error":"no answer"}}"#);
        let text = json(Reply::MemberDetails { header: &header(), members: &list });
        assert_eq!(text, format!(r#"{{"header":{HEADER},"members":[{known},{silent}]}}"#));
    }

    #[test]
    fn plans_have_the_votes_before_and_after() {
        let votes = r#""before":{"voters":3,"quorum":2,"healthy":3},"after":{"voters":4,"quorum":3,"healthy":4}"#;
        let step = format!(r#"{{"step":"promote","text":"promote m2: voters 3 → 4",{votes}}}"#);
        assert_eq!(json(Reply::Plan(&plan())), format!(r#"{{"steps":[{step}]}}"#));
    }

    #[test]
    fn endpoints_are_lists() {
        assert_eq!(
            json(Reply::Health(&health())),
            r#"[{"endpoint":"a:2","health":true,"took":"1.5ms"},{"endpoint":"b:2","health":false,"took":"2s","error":"context \u003cdeadline\u003e exceeded"}]"#
        );
        let hash = format!(
            r#"[{{"Endpoint":"a:2","HashKV":{{"header":{HEADER},"hash":1084519789,"compact_revision":-1,"hash_revision":7}}}}]"#
        );
        assert_eq!(json(Reply::HashKv(&hashes())), hash);
        let status = format!(
            r#"[{{"Endpoint":"a:2","Status":{{"header":{HEADER},"version":"3.7.1","dbSize":20480,"leader":42,"raftIndex":43,"raftTerm":2,"raftAppliedIndex":43,"errors":["e1","e2"],"dbSizeInUse":16384,"storageVersion":"3.7.0","dbSizeQuota":2147483648,"downgradeInfo":{{"enabled":true,"targetVersion":"3.6"}}}}}}]"#
        );
        assert_eq!(json(Reply::Status(&statuses())), status);
        assert_eq!(json(Reply::Status(&[])), "null");
    }

    #[test]
    fn alarms_are_numbers() {
        assert_eq!(json(Reply::Alarm(&alarms())), format!(r#"{{"header":{HEADER},"alarms":[{{"memberID":42,"alarm":1}}]}}"#));
        let disarmed = AlarmResponse { header: None, ..alarms() };
        assert_eq!(json(Reply::Alarm(&disarmed)), r#"{"alarms":[{"memberID":42,"alarm":1}]}"#);
    }
}
