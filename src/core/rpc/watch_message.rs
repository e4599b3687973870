//! A `WatchResponse` as bytes: the header and the small fields are written here, the events are copied as the hub encoded them.

use bytes::BufMut;
use prost::encoding::{encode_varint, encoded_len_varint};

use super::{header::MemberFacts, raw::RawMessage};
use crate::core::watch::{Delivery, Notice, fragments};

// Tags of etcdserverpb.WatchResponse and of its header.
const HEADER: u8 = 1 << 3 | 2;
const WATCH_ID: u8 = 2 << 3;
const CREATED: u8 = 3 << 3;
const CANCELED: u8 = 4 << 3;
const COMPACT_REVISION: u8 = 5 << 3;
const CANCEL_REASON: u8 = 6 << 3 | 2;
const FRAGMENT: u8 = 7 << 3;
const CLUSTER_ID: u8 = 1 << 3;
const MEMBER_ID: u8 = 2 << 3;
const REVISION: u8 = 3 << 3;
const RAFT_TERM: u8 = 4 << 3;

/// One response as it goes to the wire.
#[derive(Debug)]
pub struct WatchMessage {
    facts: MemberFacts,
    delivery: Delivery,
    /// More pieces of the same response follow.
    is_fragment: bool,
}

impl WatchMessage {
    pub fn new(facts: MemberFacts, delivery: Delivery) -> Self {
        Self { facts, delivery, is_fragment: false }
    }

    /// The pieces it is sent in: itself, unless it is as large as `limit` bytes and the client takes pieces.
    pub fn pieces(self, limit: usize) -> Vec<Self> {
        let events = match &self.delivery.notice {
            Notice::Events(events) if self.delivery.may_fragment && self.encoded_len() >= limit => events,
            _ => return vec![self],
        };
        let overhead = self.encoded_len() - events.encoded_len();
        let mut pieces: Vec<Self> = fragments(events, overhead, limit)
            .into_iter()
            .map(|events| Self {
                facts: self.facts,
                delivery: Delivery { notice: Notice::Events(events), ..self.delivery.clone() },
                is_fragment: true,
            })
            .collect();
        pieces.last_mut().expect("there is at least one piece").is_fragment = false;
        pieces
    }

    fn header(&self) -> [(u8, u64); 4] {
        let MemberFacts { cluster_id, member_id, raft_term } = self.facts;
        [(CLUSTER_ID, cluster_id), (MEMBER_ID, member_id), (REVISION, self.delivery.revision as u64), (RAFT_TERM, raft_term)]
    }

    /// The fields that are numbers, in order of their tags; zeros are left out when written.
    fn numbers(&self) -> [(u8, u64); 4] {
        let (created, canceled, compact_revision) = match &self.delivery.notice {
            Notice::Created => (1, 0, 0),
            Notice::Rejected(_) => (1, 1, 0),
            Notice::Canceled { compact_revision } => (0, 1, *compact_revision as u64),
            Notice::Events(_) | Notice::Progress => (0, 0, 0),
        };
        [
            (WATCH_ID, self.delivery.watch_id as u64),
            (CREATED, created),
            (CANCELED, canceled),
            (COMPACT_REVISION, compact_revision),
        ]
    }
}

impl RawMessage for WatchMessage {
    fn encoded_len(&self) -> usize {
        let header = numbers_len(&self.header());
        let rest = match &self.delivery.notice {
            Notice::Events(events) => events.encoded_len(),
            Notice::Rejected(rejection) => {
                let reason = rejection.reason().len();
                1 + encoded_len_varint(reason as u64) + reason
            }
            _ => 0,
        };
        1 + encoded_len_varint(header as u64) + header + numbers_len(&self.numbers()) + 2 * usize::from(self.is_fragment) + rest
    }

    fn write(&self, out: &mut impl BufMut) {
        let header = self.header();
        out.put_u8(HEADER);
        encode_varint(numbers_len(&header) as u64, out);
        write_numbers(&header, out);
        write_numbers(&self.numbers(), out);
        if let Notice::Rejected(rejection) = &self.delivery.notice {
            out.put_u8(CANCEL_REASON);
            encode_varint(rejection.reason().len() as u64, out);
            out.put_slice(rejection.reason().as_bytes());
        }
        if self.is_fragment {
            out.put_slice(&[FRAGMENT, 1]);
        }
        if let Notice::Events(events) = &self.delivery.notice {
            for part in events.parts() {
                out.put_slice(part);
            }
        }
    }
}

fn numbers_len(fields: &[(u8, u64)]) -> usize {
    fields.iter().filter(|(_, value)| *value != 0).map(|(_, value)| 1 + encoded_len_varint(*value)).sum()
}

fn write_numbers(fields: &[(u8, u64)], out: &mut impl BufMut) {
    for &(tag, value) in fields.iter().filter(|(_, value)| *value != 0) {
        out.put_u8(tag);
        encode_varint(value, out);
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use prost::Message;
    use quorate_proto::{
        etcdserverpb::{ResponseHeader, WatchResponse},
        mvccpb::{Event, KeyValue},
    };

    use super::*;
    use crate::core::watch::{Events, Rejection};

    const FACTS: MemberFacts = MemberFacts { cluster_id: u64::MAX, member_id: 7, raft_term: 300 };

    fn message(watch_id: i64, revision: i64, notice: Notice) -> WatchMessage {
        WatchMessage::new(FACTS, Delivery { watch_id, revision, may_fragment: true, notice })
    }

    fn decode(message: &WatchMessage) -> WatchResponse {
        let mut bytes = Vec::new();
        message.write(&mut bytes);
        assert_eq!(bytes.len(), message.encoded_len());
        WatchResponse::decode(bytes.as_slice()).unwrap()
    }

    fn response(watch_id: i64, revision: i64) -> WatchResponse {
        let header = ResponseHeader { cluster_id: FACTS.cluster_id, member_id: 7, revision, raft_term: 300 };
        WatchResponse { header: Some(header), watch_id, ..WatchResponse::default() }
    }

    fn events(count: usize, value: usize) -> Vec<Event> {
        let kv = KeyValue { key: Bytes::from("k"), value: vec![7; value].into(), mod_revision: 5, ..KeyValue::default() };
        vec![Event { r#type: 0, kv: Some(kv), prev_kv: None }; count]
    }

    #[test]
    fn each_notice_is_the_message_that_clients_know() {
        assert_eq!(decode(&message(0, 9, Notice::Created)), WatchResponse { created: true, ..response(0, 9) });
        assert_eq!(decode(&message(-1, 9, Notice::Progress)), response(-1, 9));
        assert_eq!(
            decode(&message(3, 9, Notice::Canceled { compact_revision: 0 })),
            WatchResponse { canceled: true, ..response(3, 9) }
        );
        assert_eq!(
            decode(&message(3, 0, Notice::Canceled { compact_revision: 5 })),
            WatchResponse { canceled: true, compact_revision: 5, ..response(3, 0) }
        );
        let cancel_reason = "mvcc: watcher range is empty".to_owned();
        assert_eq!(
            decode(&message(-1, 9, Notice::Rejected(Rejection::EmptyRange))),
            WatchResponse { created: true, canceled: true, cancel_reason, ..response(-1, 9) }
        );
    }

    #[test]
    fn large_responses_are_sent_in_marked_pieces_below_the_limit() {
        let whole = WatchResponse { events: events(10, 100), ..response(1, 9) };
        let encoded = WatchResponse { events: whole.events.clone(), ..WatchResponse::default() }.encode_to_vec();
        let message = || message(1, 9, Notice::Events(Events::One(encoded.clone().into())));
        assert_eq!(decode(&message()), whole);
        assert_eq!(message().pieces(whole.encoded_len() + 1).len(), 1);
        let pieces: Vec<WatchResponse> = message().pieces(400).iter().map(decode).collect();
        assert_eq!(pieces.iter().map(|piece| piece.events.len()).collect::<Vec<_>>(), [3, 3, 3, 1]);
        assert_eq!(pieces.iter().map(|piece| piece.fragment).collect::<Vec<_>>(), [true, true, true, false]);
        assert!(pieces.iter().all(|piece| piece.encoded_len() < 400 && piece.header == whole.header && piece.watch_id == 1));
        let mut unmarked = message();
        unmarked.delivery.may_fragment = false;
        assert_eq!(unmarked.pieces(400).len(), 1);
    }
}
