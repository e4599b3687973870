//! Records: the encoded `mvccpb.KeyValue` that is stored, hashed and sent as it is.
//!
//! The encoding is the canonical one (fields in tag order, zero values left out), since HashKV covers its bytes.

use bytes::{BufMut, Bytes, BytesMut};
use prost::{
    Message,
    encoding::{encode_varint, encoded_len_varint},
};
use quorate_proto::mvccpb::KeyValue;

use super::super::{
    backend::{BackendError, Table, Version},
    revision::Revision,
};

/// Encodes one record in a single allocation. The key is the slice `[1 + len(varint), ..)` of it; see [`key_of`].
pub fn encode_record(key: &[u8], value: &[u8], revision: Revision, version: &Version) -> Bytes {
    let bytes_len = |data: &[u8]| if data.is_empty() { 0 } else { 1 + encoded_len_varint(data.len() as u64) + data.len() };
    let int_len = |int: i64| if int == 0 { 0 } else { 1 + encoded_len_varint(int.cast_unsigned()) };
    let mod_revision = revision.main;
    let len = bytes_len(key)
        + int_len(version.create)
        + int_len(mod_revision)
        + int_len(version.version)
        + bytes_len(value)
        + int_len(version.lease);
    let mut out = BytesMut::with_capacity(len);
    let put_bytes = |out: &mut BytesMut, tag: u8, data: &[u8]| {
        if !data.is_empty() {
            out.put_u8(tag << 3 | 2);
            encode_varint(data.len() as u64, out);
            out.put_slice(data);
        }
    };
    let put_int = |out: &mut BytesMut, tag: u8, int: i64| {
        if int != 0 {
            out.put_u8(tag << 3);
            encode_varint(int.cast_unsigned(), out);
        }
    };
    put_bytes(&mut out, 1, key);
    put_int(&mut out, 2, version.create);
    put_int(&mut out, 3, mod_revision);
    put_int(&mut out, 4, version.version);
    put_bytes(&mut out, 5, value);
    put_int(&mut out, 6, version.lease);
    debug_assert_eq!(out.len(), len);
    out.freeze()
}

/// The record that a delete leaves: etcd keeps the key alone, without the revision.
pub fn encode_tombstone(key: &[u8]) -> Bytes {
    let mut out = BytesMut::with_capacity(key.len() + 6);
    if !key.is_empty() {
        out.put_u8(1 << 3 | 2);
        encode_varint(key.len() as u64, &mut out);
        out.put_slice(key);
    }
    out.freeze()
}

/// The key inside a record that this program wrote; shares its buffer.
pub fn key_of(record: &Bytes, key_len: usize) -> Bytes {
    let start = if key_len == 0 { 0 } else { 1 + encoded_len_varint(key_len as u64) };
    record.slice(start..start + key_len)
}

/// What a watcher of a delete gets: key and the revision of the delete.
pub fn delete_event_record(key: &[u8], main: i64) -> Bytes {
    encode_record(key, &[], Revision::new(main, 0), &Version::default())
}

/// Decodes a record.
///
/// # Errors
/// When it is no `KeyValue`: the backend is damaged.
pub fn decode_record(record: Bytes, revision: Revision) -> Result<KeyValue, BackendError> {
    KeyValue::decode(record)
        .map_err(|_| BackendError::Damaged { table: Table::Record.name(), key: revision.record_key(false).as_ref().to_vec() })
}

/// The record as `keys_only` shows it, from the index alone: no value and, as in etcd 3.7, no lease.
pub fn without_value(key: &[u8], revision: Revision, version: &Version) -> Bytes {
    encode_record(key, &[], revision, &Version { lease: 0, ..*version })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoding_is_that_of_the_protobuf_library() {
        for (key, value, lease) in [(&b"k"[..], &b"v"[..], 0), (b"", b"", 7), (&[7; 300], &[0; 20_000], -1)] {
            let version = Version { create: 3, version: 2, lease, tombstone: false };
            let ours = encode_record(key, value, Revision::new(300, 4), &version);
            let theirs = KeyValue {
                key: Bytes::copy_from_slice(key),
                value: Bytes::copy_from_slice(value),
                create_revision: 3,
                mod_revision: 300,
                version: 2,
                lease,
            };
            assert_eq!(ours, theirs.encode_to_vec());
            assert_eq!(key_of(&ours, key.len()), key);
        }
    }
}
