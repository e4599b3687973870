//! Numbers of the raft message types, and which way each type goes.
//!
//! The numbers are those of the consensus library's own enum; `consensus` converts by number alone.

use quorate_proto::peer as wire;

pub const HUP: i32 = 0;
pub const BEAT: i32 = 1;
pub const PROPOSE: i32 = 2;
pub const APPEND: i32 = 3;
pub const APPEND_RESPONSE: i32 = 4;
pub const REQUEST_VOTE: i32 = 5;
pub const REQUEST_VOTE_RESPONSE: i32 = 6;
pub const SNAPSHOT: i32 = 7;
pub const HEARTBEAT: i32 = 8;
pub const HEARTBEAT_RESPONSE: i32 = 9;
pub const UNREACHABLE: i32 = 10;
pub const SNAP_STATUS: i32 = 11;
pub const CHECK_QUORUM: i32 = 12;
pub const TRANSFER_LEADER: i32 = 13;
pub const TIMEOUT_NOW: i32 = 14;
pub const READ_INDEX: i32 = 15;
pub const READ_INDEX_RESP: i32 = 16;
pub const REQUEST_PRE_VOTE: i32 = 17;
pub const REQUEST_PRE_VOTE_RESPONSE: i32 = 18;

/// The way that a message takes to its peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// In order, possibly large: entries, answers to them, forwarded proposals.
    Replicate,
    /// Small and urgent: everything that elections, leadership and reads wait for.
    Control,
    /// The message stands for a whole state and travels with it.
    Snapshot,
    /// A member says this to itself only; on the wire it is a mistake.
    Local,
}

/// Where messages of this type go. Unknown types are [`Route::Local`]: nobody may send them.
pub fn route(message_type: i32) -> Route {
    match message_type {
        PROPOSE | APPEND | APPEND_RESPONSE => Route::Replicate,
        SNAPSHOT => Route::Snapshot,
        REQUEST_VOTE
        | REQUEST_VOTE_RESPONSE
        | HEARTBEAT
        | HEARTBEAT_RESPONSE
        | TRANSFER_LEADER
        | TIMEOUT_NOW
        | READ_INDEX
        | READ_INDEX_RESP
        | REQUEST_PRE_VOTE
        | REQUEST_PRE_VOTE_RESPONSE => Route::Control,
        _ => Route::Local,
    }
}

/// Whether a peer that is out of reach should be tried at once for this: an election does not wait for a pause to pass.
pub fn is_urgent(message_type: i32) -> bool {
    matches!(message_type, REQUEST_VOTE | REQUEST_PRE_VOTE | TIMEOUT_NOW)
}

/// Bytes that a message takes in memory and, nearly, on the wire. An estimate that reads no payload.
pub fn weight(message: &wire::Message) -> usize {
    const MESSAGE: usize = 64;
    const ENTRY: usize = 32;
    let entries = message.entries.iter().map(|entry| ENTRY + entry.data.len() + entry.context.len());
    MESSAGE + message.context.len() + entries.sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_member_says_to_itself_has_no_way_out() {
        for local in [HUP, BEAT, UNREACHABLE, SNAP_STATUS, CHECK_QUORUM, -1, 19, i32::MAX] {
            assert_eq!(route(local), Route::Local, "type {local}");
        }
    }

    #[test]
    fn entries_and_their_answers_share_a_way_and_heartbeats_another() {
        for ordered in [PROPOSE, APPEND, APPEND_RESPONSE] {
            assert_eq!(route(ordered), Route::Replicate);
        }
        for urgent in [HEARTBEAT, HEARTBEAT_RESPONSE, REQUEST_VOTE, REQUEST_PRE_VOTE_RESPONSE, READ_INDEX_RESP, TIMEOUT_NOW] {
            assert_eq!(route(urgent), Route::Control);
        }
        assert_eq!(route(SNAPSHOT), Route::Snapshot);
    }

    #[test]
    fn weight_covers_the_encoded_size() {
        use prost::Message as _;
        let entry =
            wire::Entry { r#type: 0, term: u64::MAX, index: u64::MAX, data: vec![1; 300].into(), context: vec![2; 9].into() };
        let message = wire::Message { r#type: APPEND, to: 1, from: 2, term: 3, entries: vec![entry; 50], ..Default::default() };
        let (weight, encoded) = (weight(&message), message.encoded_len());
        assert!(weight >= encoded && weight < encoded * 2, "weight {weight}, encoded {encoded}");
    }
}
