//! `protobuf`: the reply's message as bytes, nothing around it.

use super::{Printer, Reply, auth, unsupported};
use crate::cmd::error::CliError;
use prost::Message;
use quorate_proto::etcdserverpb::{ResponseHeader, WatchResponse};
use std::io::Write;

/// The printer.
pub struct Protobuf;

impl Printer for Protobuf {
    fn print(&self, out: &mut dyn Write, reply: Reply<'_>) -> Result<(), CliError> {
        let bytes = match reply {
            Reply::Put(reply) => reply.encode_to_vec(),
            Reply::Get { reply, .. } => reply.encode_to_vec(),
            Reply::Del(reply) => reply.encode_to_vec(),
            Reply::Txn(reply) => reply.encode_to_vec(),
            // A watch here is known by the command, so its number on the stream and the reason, which goes to stderr,
            // are left out.
            Reply::Watch(reply) => {
                WatchResponse { watch_id: 0, cancel_reason: String::new(), fragment: false, ..reply.clone() }.encode_to_vec()
            }
            Reply::LeaseRevoke { reply, .. } => reply.encode_to_vec(),
            Reply::MemberAdd { reply, .. } => reply.encode_to_vec(),
            Reply::MemberAdded { reply, .. } => reply.encode_to_vec(),
            Reply::MemberSettled { reply, .. } => reply.encode_to_vec(),
            Reply::MemberRemove { reply, .. } => reply.encode_to_vec(),
            Reply::MemberUpdate { reply, .. } => reply.encode_to_vec(),
            Reply::MemberPromote { reply, .. } => reply.encode_to_vec(),
            Reply::MemberList(reply) => reply.encode_to_vec(),
            Reply::MoveLeader { reply, .. } => reply.encode_to_vec(),
            Reply::Alarm(reply) => reply.encode_to_vec(),
            Reply::Auth(reply) => auth::protobuf(reply),
            // Of an answer about a lease etcdctl prints the header alone.
            Reply::LeaseGrant(reply) => header_bytes(&reply.header),
            Reply::LeaseKeepAlive(reply) => header_bytes(&reply.header),
            Reply::LeaseTimeToLive { reply, .. } => header_bytes(&reply.header),
            Reply::LeaseList(reply) => header_bytes(&reply.header),
            Reply::Health(_) | Reply::Status(_) | Reply::HashKv(_) | Reply::MemberDetails { .. } | Reply::Plan(_) => {
                return Err(unsupported("protobuf"));
            }
        };
        Ok(out.write_all(&bytes)?)
    }
}

fn header_bytes(header: &Option<ResponseHeader>) -> Vec<u8> {
    header.unwrap_or_default().encode_to_vec()
}

#[cfg(test)]
mod tests {
    use super::super::samples::*;
    use super::*;
    use quorate_proto::etcdserverpb::RangeResponse;

    #[test]
    fn a_reply_can_be_decoded_again() {
        let mut bytes = Vec::new();
        let reply = range();
        Protobuf.print(&mut bytes, Reply::Get { reply: &reply, values_only: false }).unwrap();
        assert_eq!(RangeResponse::decode(&*bytes).unwrap(), reply);
    }

    #[test]
    fn a_watch_keeps_its_events() {
        let mut bytes = Vec::new();
        let reply = WatchResponse { watch_id: 3, ..watch() };
        Protobuf.print(&mut bytes, Reply::Watch(&reply)).unwrap();
        assert_eq!(WatchResponse::decode(&*bytes).unwrap(), watch());
    }

    #[test]
    fn endpoints_have_no_message_and_leases_only_their_header() {
        assert_eq!(refused(&Protobuf, Reply::HashKv(&hashes())), "protobuf not supported as output format");
        let mut bytes = Vec::new();
        Protobuf.print(&mut bytes, Reply::LeaseList(&leases())).unwrap();
        assert_eq!(ResponseHeader::decode(&*bytes).ok(), header());
    }
}
