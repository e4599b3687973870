//! Answers that hold stored records as they are.
//!
//! These messages are those of `etcdserverpb`, except that a `KeyValue` is the bytes it was stored as: on the wire an embedded
//! message and bytes are the same, so a record is neither decoded nor encoded on its way from the store to the client.

use bytes::{Buf, BufMut, Bytes};
use prost::{
    DecodeError, Message, Oneof,
    encoding::{DecodeContext, WireType, skip_field},
};
use quorate_proto::etcdserverpb::ResponseHeader;

use super::super::{
    apply::{DeleteReply, OpReply, PutReply, RangeReply, TxnReply},
    mvcc::{KVS_FIELD, KvList},
};

/// The generated message but for its records, which are a [`KvList`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RangeResponse {
    pub header: Option<ResponseHeader>,
    pub kvs: KvList,
    pub more: bool,
    pub count: i64,
}

/// What stands before and behind the records.
#[derive(Clone, PartialEq, Message)]
struct RangeFrame {
    #[prost(message, optional, tag = "1")]
    header: Option<ResponseHeader>,
    #[prost(bool, tag = "3")]
    more: bool,
    #[prost(int64, tag = "4")]
    count: i64,
}

const _: () = assert!(KVS_FIELD == 2, "the records go between the header and `more`");

impl RangeResponse {
    fn before(&self) -> RangeFrame {
        RangeFrame { header: self.header, more: false, count: 0 }
    }

    fn behind(&self) -> RangeFrame {
        RangeFrame { header: None, more: self.more, count: self.count }
    }

    /// The encoded message in pieces, the records uncopied.
    pub fn into_pieces(self) -> [Bytes; 3] {
        let (before, behind) = (self.before().encode_to_vec(), self.behind().encode_to_vec());
        [before.into(), self.kvs.into_frames().into(), behind.into()]
    }
}

impl Message for RangeResponse {
    fn encode_raw(&self, buf: &mut impl BufMut) {
        self.before().encode_raw(buf);
        buf.put_slice(self.kvs.frames());
        self.behind().encode_raw(buf);
    }

    fn merge_field(&mut self, tag: u32, wire_type: WireType, buf: &mut impl Buf, ctx: DecodeContext) -> Result<(), DecodeError> {
        // Only ever encoded; the trait wants both ways.
        skip_field(wire_type, tag, buf, ctx)
    }

    fn encoded_len(&self) -> usize {
        self.before().encoded_len() + self.kvs.frames().len() + self.behind().encoded_len()
    }

    fn clear(&mut self) {
        *self = Self::default();
    }
}

#[derive(Clone, PartialEq, Message)]
pub struct RangeStreamResponse {
    #[prost(message, optional, tag = "1")]
    pub range_response: Option<RangeResponse>,
}

#[derive(Clone, PartialEq, Message)]
pub struct PutResponse {
    #[prost(message, optional, tag = "1")]
    pub header: Option<ResponseHeader>,
    #[prost(bytes = "bytes", optional, tag = "2")]
    pub prev_kv: Option<Bytes>,
}

#[derive(Clone, PartialEq, Message)]
pub struct DeleteRangeResponse {
    #[prost(message, optional, tag = "1")]
    pub header: Option<ResponseHeader>,
    #[prost(int64, tag = "2")]
    pub deleted: i64,
    #[prost(bytes = "bytes", repeated, tag = "3")]
    pub prev_kvs: Vec<Bytes>,
}

#[derive(Clone, PartialEq, Message)]
pub struct TxnResponse {
    #[prost(message, optional, tag = "1")]
    pub header: Option<ResponseHeader>,
    #[prost(bool, tag = "2")]
    pub succeeded: bool,
    #[prost(message, repeated, tag = "3")]
    pub responses: Vec<ResponseOp>,
}

#[derive(Clone, PartialEq, Message)]
pub struct ResponseOp {
    #[prost(oneof = "Response", tags = "1, 2, 3, 4")]
    pub response: Option<Response>,
}

#[derive(Clone, PartialEq, Oneof)]
pub enum Response {
    #[prost(message, tag = "1")]
    Range(RangeResponse),
    #[prost(message, tag = "2")]
    Put(PutResponse),
    #[prost(message, tag = "3")]
    DeleteRange(DeleteRangeResponse),
    #[prost(message, tag = "4")]
    Txn(TxnResponse),
}

impl RangeResponse {
    pub fn new(header: Option<ResponseHeader>, reply: RangeReply) -> Self {
        Self { header, kvs: reply.kvs, more: reply.more, count: reply.count }
    }
}

impl PutResponse {
    pub fn new(header: Option<ResponseHeader>, reply: PutReply) -> Self {
        Self { header, prev_kv: reply.previous }
    }
}

impl DeleteRangeResponse {
    pub fn new(header: Option<ResponseHeader>, reply: DeleteReply) -> Self {
        Self { header, deleted: reply.deleted, prev_kvs: reply.previous }
    }
}

impl TxnResponse {
    pub fn new(header: Option<ResponseHeader>, reply: TxnReply) -> Self {
        Self { header, succeeded: reply.succeeded, responses: reply.replies.into_iter().map(ResponseOp::from).collect() }
    }
}

impl From<OpReply> for ResponseOp {
    /// Inner headers carry the revision alone, and that of a nested transaction nothing at all. Source: etcd 3.7.
    fn from(reply: OpReply) -> Self {
        let header = |revision| Some(ResponseHeader { revision, ..ResponseHeader::default() });
        let response = match reply {
            OpReply::Range(reply) => Response::Range(RangeResponse::new(header(reply.revision), reply)),
            OpReply::Put(reply) => Response::Put(PutResponse::new(header(reply.revision), reply)),
            OpReply::Delete(reply) => Response::DeleteRange(DeleteRangeResponse::new(header(reply.revision), reply)),
            OpReply::Txn(reply) => Response::Txn(TxnResponse::new(header(0), reply)),
        };
        Self { response: Some(response) }
    }
}

#[cfg(test)]
mod tests {
    use quorate_proto::{etcdserverpb, mvccpb::KeyValue};

    use super::*;

    #[test]
    fn the_wire_is_that_of_the_generated_message() {
        let kv = KeyValue { key: "k".into(), value: "v".into(), mod_revision: 3, ..KeyValue::default() };
        let ours = RangeResponse { header: None, kvs: [kv.encode_to_vec()].into_iter().collect(), more: true, count: 2 };
        assert_eq!(ours.encoded_len(), ours.encode_to_vec().len());
        assert_eq!(ours.clone().into_pieces().concat(), ours.encode_to_vec());
        let theirs = etcdserverpb::RangeResponse { header: None, kvs: vec![kv], more: true, count: 2 };
        assert_eq!(ours.encode_to_vec(), theirs.encode_to_vec());
    }

    #[test]
    fn header_of_a_nested_transaction_is_present_and_empty() {
        let nested = TxnReply { revision: 0, succeeded: true, replies: vec![] };
        let bytes = ResponseOp::from(OpReply::Txn(nested)).encode_to_vec();
        let read = etcdserverpb::ResponseOp::decode(bytes.as_slice()).unwrap();
        let Some(etcdserverpb::response_op::Response::ResponseTxn(txn)) = read.response else { panic!("a txn") };
        assert_eq!(txn.header, Some(ResponseHeader::default()));
    }
}
