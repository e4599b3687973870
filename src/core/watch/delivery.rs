//! What a watcher is sent, and where it goes.

use std::sync::Arc;

use bytes::Bytes;
use prost::encoding::{decode_varint, encoded_len_varint};

/// Field number and wire type of `WatchResponse.events`.
pub(super) const EVENT_TAG: u8 = 11 << 3 | 2;

/// One response to a client, all but its header's member facts. Cheap: event bytes are shared between watchers.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// -1 for a refused creation and for the answer to a progress request.
    pub watch_id: i64,
    /// For the header; 0 in the message that ends a watcher whose history is compacted.
    pub revision: i64,
    /// Whether the client takes the events in several messages if they are large.
    pub may_fragment: bool,
    pub notice: Notice,
}

/// What a response says.
#[derive(Clone, Debug)]
pub enum Notice {
    Events(Events),
    Created,
    /// By the client's wish, or (`compact_revision` not 0) because the history that the watcher needs is gone.
    Canceled {
        compact_revision: i64,
    },
    /// A creation was refused.
    Rejected(Rejection),
    /// Everything up to the revision has been sent.
    Progress,
}

/// Why a creation was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejection {
    NegativeStart,
    EmptyRange,
    DuplicateId,
    /// The stream has too many watchers, or there are too many in all; etcd has no such bound.
    TooMany,
    /// With the reason as the client is told it.
    Denied(String),
}

impl Rejection {
    /// The response's `cancel_reason`. Source: etcd 3.7, to the letter; clients match on it.
    pub fn reason(&self) -> &str {
        match self {
            Self::NegativeStart => "etcdserver: mvcc: required revision has been compacted",
            Self::EmptyRange => "mvcc: watcher range is empty",
            Self::DuplicateId => "mvcc: duplicate watch ID provided on the WatchStream",
            Self::TooMany => "quorate: too many watchers",
            Self::Denied(reason) => reason,
        }
    }
}

/// Events as `WatchResponse.events` fields, encoded back to back; each part holds one event or more, none is split.
#[derive(Clone, Debug)]
pub enum Events {
    One(Bytes),
    Many(Arc<[Bytes]>),
}

impl Events {
    /// The encoded parts, in order.
    pub fn parts(&self) -> &[Bytes] {
        match self {
            Self::One(part) => std::slice::from_ref(part),
            Self::Many(parts) => parts,
        }
    }

    /// Encoded size in bytes.
    pub fn encoded_len(&self) -> usize {
        self.parts().iter().map(Bytes::len).sum()
    }

    /// Each event by itself, still encoded.
    pub fn split(&self) -> Vec<Bytes> {
        let mut events = Vec::new();
        for part in self.parts() {
            let mut at = 0;
            while at < part.len() {
                assert_eq!(part[at], EVENT_TAG, "parts hold whole events");
                let mut rest = &part[at + 1..];
                let body = decode_varint(&mut rest).expect("the hub encoded this length") as usize;
                let end = at + 1 + encoded_len_varint(body as u64) + body;
                events.push(part.slice(at..end));
                at = end;
            }
        }
        events
    }
}

impl From<Vec<Bytes>> for Events {
    fn from(mut parts: Vec<Bytes>) -> Self {
        match parts.len() {
            1 => Self::One(parts.swap_remove(0)),
            _ => Self::Many(parts.into()),
        }
    }
}

/// What the mark of a piece adds to a response.
const FRAGMENT_FLAG_BYTES: usize = 2;

/// Splits events at their boundaries so that each piece, in a response that is else `overhead` bytes long, stays below `limit`;
/// a single event above it is a piece of its own. One piece if the whole is below the limit.
///
/// Source: etcd 3.7, `fragment` of a watch.
pub fn fragments(events: &Events, overhead: usize, limit: usize) -> Vec<Events> {
    if overhead + events.encoded_len() < limit {
        return vec![events.clone()];
    }
    let mut pieces = Vec::new();
    let mut piece: Vec<Bytes> = Vec::new();
    let mut piece_bytes = overhead + FRAGMENT_FLAG_BYTES;
    for event in events.split() {
        if !piece.is_empty() && piece_bytes + event.len() >= limit {
            pieces.push(std::mem::take(&mut piece).into());
            piece_bytes = overhead + FRAGMENT_FLAG_BYTES;
        }
        piece_bytes += event.len();
        piece.push(event);
    }
    pieces.push(piece.into());
    pieces
}

/// The outlet of a stream takes no more for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

/// A stream's bounded queue towards its client. One that is closed accepts everything and forgets it.
pub trait Outlet: Send + Sync {
    /// Events, progress and the end of a compacted watcher.
    ///
    /// # Errors
    /// [`Full`]: nothing was taken; [`super::WatchHub::room`] is to be called once there is space again.
    fn try_send(&self, delivery: Delivery) -> Result<(), Full>;
    /// The answer to a request of this stream; always taken, as whoever passes on requests bounds how many are unanswered.
    fn reply(&self, delivery: Delivery);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(body: usize) -> Vec<u8> {
        let mut encoded = vec![EVENT_TAG];
        prost::encoding::encode_varint(body as u64, &mut encoded);
        encoded.resize(encoded.len() + body, 7);
        encoded
    }

    #[test]
    fn events_are_split_at_their_boundaries() {
        let all: Vec<u8> = [event(0), event(5), event(300)].concat();
        let sizes: Vec<usize> = Events::One(all.into()).split().iter().map(Bytes::len).collect();
        assert_eq!(sizes, [2, 7, 303]);
    }

    #[test]
    fn events_below_the_limit_stay_together() {
        let events = Events::from(vec![Bytes::from(event(10)), Bytes::from(event(10))]);
        assert_eq!(fragments(&events, 6, 31).len(), 1);
        assert_eq!(fragments(&events, 6, 30).len(), 2, "a piece as large as the limit is split");
    }

    #[test]
    fn an_oversized_event_is_sent_alone() {
        let events = Events::One([event(10), event(1000), event(10), event(10)].concat().into());
        let pieces: Vec<usize> = fragments(&events, 10, 100).iter().map(|piece| piece.split().len()).collect();
        assert_eq!(pieces, [1, 1, 2]);
        let alone = Events::One(event(1000).into());
        assert_eq!(fragments(&alone, 10, 100).len(), 1);
    }

    #[test]
    fn fragments_joined_are_the_whole() {
        let all = (0..50).flat_map(event).collect::<Vec<u8>>();
        let pieces = fragments(&Events::One(all.clone().into()), 20, 128);
        assert!(pieces.len() > 5);
        let joined: Vec<u8> = pieces.iter().flat_map(|piece| piece.parts().iter().flatten().copied()).collect();
        assert_eq!(joined, all);
    }
}
