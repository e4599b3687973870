//! Records one behind the other, as an answer holds them.

use std::fmt;

use prost::encoding::{WireType, decode_key, decode_varint, encode_key, encode_varint, encoded_len_varint};

/// Number of the field in which etcd's `RangeResponse` repeats its `KeyValue`s.
pub const KVS_FIELD: u32 = 2;

/// Encoded `mvccpb.KeyValue`s, each framed as a field of an answer already: a large listing is one buffer, not a million.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct KvList {
    frames: Vec<u8>,
    len: usize,
}

impl KvList {
    /// Room for records of these lengths, neither more nor less.
    pub fn sized_for(lengths: impl Iterator<Item = usize>) -> Self {
        let framed = |length: usize| 1 + encoded_len_varint(length as u64) + length;
        Self { frames: Vec::with_capacity(lengths.map(framed).sum()), len: 0 }
    }

    pub fn push(&mut self, record: &[u8]) {
        encode_key(KVS_FIELD, WireType::LengthDelimited, &mut self.frames);
        encode_varint(record.len() as u64, &mut self.frames);
        self.frames.extend_from_slice(record);
        self.len += 1;
    }

    /// How many records there are.
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// All of it as it goes into an answer.
    pub fn frames(&self) -> &[u8] {
        &self.frames
    }

    /// As [`Self::frames`], without a copy.
    pub fn into_frames(self) -> Vec<u8> {
        self.frames
    }

    /// The records, in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.frames.as_slice();
        std::iter::from_fn(move || {
            decode_key(&mut rest).ok()?;
            let length = usize::try_from(decode_varint(&mut rest).ok()?).ok()?;
            let (record, behind) = rest.split_at_checked(length)?;
            rest = behind;
            Some(record)
        })
    }
}

impl<T: AsRef<[u8]>> FromIterator<T> for KvList {
    fn from_iter<I: IntoIterator<Item = T>>(records: I) -> Self {
        let mut list = Self::default();
        records.into_iter().for_each(|record| list.push(record.as_ref()));
        list
    }
}

impl fmt::Debug for KvList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(bytes::Bytes::copy_from_slice)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_read_back_in_order() {
        let records: [&[u8]; 4] = [b"a", b"", &[7; 300], b"z"];
        let list: KvList = records.into_iter().collect();
        assert_eq!(list.len(), 4);
        assert_eq!(list.iter().collect::<Vec<_>>(), records);
    }

    #[test]
    fn the_size_is_exact() {
        let records: [&[u8]; 3] = [b"a", &[7; 127], &[7; 128]];
        let mut list = KvList::sized_for(records.iter().map(|record| record.len()));
        let room = list.frames.capacity();
        records.iter().for_each(|record| list.push(record));
        assert_eq!(list.frames.len(), room);
    }
}
