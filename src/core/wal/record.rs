//! Log entries as bytes, and in the shape that `raft-engine` asks for.
//!
//! ```text
//! entry:       kind 1 | term 8 | index 8 | context length 4 | context | data        (little-endian)
//! hard state:  term 8 | vote 8 | commit 8
//! point:       index 8 | term 8
//! ```
//! The engine wants entries as messages of `rust-protobuf`. [`RawEntry`] is one in name only: its encoding is its bytes, so that
//! nothing is parsed that we have not laid out ourselves.

use std::{any::Any, io::Read, sync::LazyLock};

use bytes::{BufMut, Bytes};
use protobuf::{Clear, CodedInputStream, CodedOutputStream, Message, ProtobufResult, UnknownFields, reflect::MessageDescriptor};
use raft_engine::MessageExt;

use crate::core::consensus::{HardState, LogEntry, LogKind, LogPoint};

const HEAD_BYTES: usize = 21;

/// An entry's bytes, or an entry about to become bytes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct RawEntry {
    index: u64,
    head: [u8; HEAD_BYTES],
    context: Bytes,
    /// After reading: context and data together, and `head` is filled.
    data: Bytes,
    unknown: UnknownFields,
}

/// Names [`RawEntry`] to the engine.
pub(super) struct Entries;

impl MessageExt for Entries {
    type Entry = RawEntry;

    fn index(entry: &RawEntry) -> u64 {
        entry.index
    }
}

impl RawEntry {
    pub fn new(entry: &LogEntry) -> Self {
        let mut head = [0; HEAD_BYTES];
        let mut rest = &mut head[..];
        rest.put_u8(entry.kind as u8);
        rest.put_u64_le(entry.term);
        rest.put_u64_le(entry.index);
        rest.put_u32_le(entry.context.len() as u32);
        Self {
            index: entry.index,
            head,
            context: entry.context.clone(),
            data: entry.data.clone(),
            unknown: UnknownFields::default(),
        }
    }

    /// What was read. An error says what is wrong with it.
    pub fn into_entry(self) -> Result<LogEntry, String> {
        let word = |at: usize| u64::from_le_bytes(self.head[at..at + 8].try_into().expect("eight bytes"));
        let kind = LogKind::from_number(i32::from(self.head[0])).ok_or_else(|| format!("unknown kind {}", self.head[0]))?;
        let context = u32::from_le_bytes(self.head[17..].try_into().expect("four bytes")) as usize;
        if context > self.data.len() {
            return Err(format!("context of {context} bytes in an entry of {}", self.data.len()));
        }
        let mut data = self.data.clone();
        let context = data.split_to(context);
        Ok(LogEntry { index: word(9), term: word(1), kind, data, context })
    }
}

impl Clear for RawEntry {
    fn clear(&mut self) {
        *self = Self::default();
    }
}

impl Message for RawEntry {
    fn descriptor(&self) -> &'static MessageDescriptor {
        unreachable!("nobody reflects on log entries")
    }

    fn is_initialized(&self) -> bool {
        true
    }

    fn merge_from(&mut self, stream: &mut CodedInputStream<'_>) -> ProtobufResult<()> {
        stream.read_exact(&mut self.head)?;
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest)?;
        self.data = rest.into();
        self.index = u64::from_le_bytes(self.head[9..17].try_into().expect("eight bytes"));
        Ok(())
    }

    fn write_to_with_cached_sizes(&self, stream: &mut CodedOutputStream<'_>) -> ProtobufResult<()> {
        stream.write_raw_bytes(&self.head)?;
        stream.write_raw_bytes(&self.context)?;
        stream.write_raw_bytes(&self.data)
    }

    fn compute_size(&self) -> u32 {
        (HEAD_BYTES + self.context.len() + self.data.len()) as u32
    }

    fn get_cached_size(&self) -> u32 {
        self.compute_size()
    }

    fn get_unknown_fields(&self) -> &UnknownFields {
        &self.unknown
    }

    fn mut_unknown_fields(&mut self) -> &mut UnknownFields {
        &mut self.unknown
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn new() -> Self {
        Self::default()
    }

    fn default_instance() -> &'static Self {
        static EMPTY: LazyLock<RawEntry> = LazyLock::new(RawEntry::default);
        &EMPTY
    }
}

pub(super) fn encode_hard_state(state: &HardState) -> Vec<u8> {
    [state.term, state.vote, state.commit].iter().flat_map(|word| word.to_le_bytes()).collect()
}

pub(super) fn decode_hard_state(bytes: &[u8]) -> Option<HardState> {
    let [term, vote, commit] = words(bytes)?;
    Some(HardState { term, vote, commit })
}

pub(super) fn encode_point(point: &LogPoint) -> Vec<u8> {
    [point.index, point.term].iter().flat_map(|word| word.to_le_bytes()).collect()
}

pub(super) fn decode_point(bytes: &[u8]) -> Option<LogPoint> {
    let [index, term] = words(bytes)?;
    Some(LogPoint { index, term })
}

fn words<const N: usize>(bytes: &[u8]) -> Option<[u64; N]> {
    let (words, rest) = bytes.as_chunks::<8>();
    let words: &[[u8; 8]; N] = words.try_into().ok()?;
    rest.is_empty().then(|| words.map(u64::from_le_bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_survives_its_bytes() {
        for (data, context) in [("", ""), ("data", ""), ("", "context"), ("data", "context")] {
            let entry =
                LogEntry { index: 1 << 40, term: 7, kind: LogKind::ConfChange, data: data.into(), context: context.into() };
            let bytes = RawEntry::new(&entry).write_to_bytes().unwrap();
            assert_eq!(bytes.len(), HEAD_BYTES + data.len() + context.len());
            let read = RawEntry::parse_from_bytes(&bytes).unwrap();
            assert_eq!(Entries::index(&read), entry.index);
            assert_eq!(read.into_entry().unwrap(), entry);
        }
    }

    #[test]
    fn bytes_that_are_no_entry_are_refused() {
        assert!(RawEntry::parse_from_bytes(&[0; HEAD_BYTES - 1]).is_err());
        let mut bytes = [0; HEAD_BYTES];
        bytes[0] = 9;
        assert!(RawEntry::parse_from_bytes(&bytes).unwrap().into_entry().is_err());
        bytes[0] = 0;
        bytes[17] = 1;
        assert!(RawEntry::parse_from_bytes(&bytes).unwrap().into_entry().is_err());
    }

    #[test]
    fn words_survive_and_other_lengths_do_not() {
        let state = HardState { term: 1, vote: u64::MAX, commit: 3 };
        assert_eq!(decode_hard_state(&encode_hard_state(&state)), Some(state));
        assert_eq!(decode_point(&encode_hard_state(&state)), None);
        assert_eq!(decode_point(&[0; 15]), None);
    }

    #[test]
    fn whatever_a_record_holds_is_an_entry_or_refused() {
        let of = |data: &'static str, context: &'static str| {
            let entry = LogEntry { index: 3, term: 7, kind: LogKind::Proposal, data: data.into(), context: context.into() };
            RawEntry::new(&entry).write_to_bytes().unwrap()
        };
        let state = encode_hard_state(&HardState { term: 1, vote: 2, commit: 3 });
        crate::mangle::survives(&[of("data", "context"), of("", ""), state], |bytes| {
            if let Some(entry) = RawEntry::parse_from_bytes(bytes).ok().and_then(|raw| raw.into_entry().ok()) {
                assert_eq!(RawEntry::new(&entry).write_to_bytes().unwrap(), bytes);
            }
            assert!(decode_hard_state(bytes).is_none_or(|state| encode_hard_state(&state) == bytes));
            assert!(decode_point(bytes).is_none_or(|point| encode_point(&point) == bytes));
        });
    }
}
