//! A codec for responses that are bytes already: nothing is decoded only to be encoded again.

use std::marker::PhantomData;

use bytes::{BufMut, Bytes};
use prost::Message;
use tonic::{
    Status,
    codec::{BufferSettings, Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
};

/// A protobuf message that is encoded already, at least in part.
pub trait RawMessage: Send + 'static {
    /// Size in bytes of what [`Self::write`] writes.
    fn encoded_len(&self) -> usize;
    fn write(&self, out: &mut impl BufMut);
}

impl RawMessage for Bytes {
    fn encoded_len(&self) -> usize {
        self.len()
    }

    fn write(&self, out: &mut impl BufMut) {
        out.put_slice(self);
    }
}

/// Parts, back to back.
impl RawMessage for Vec<Bytes> {
    fn encoded_len(&self) -> usize {
        self.iter().map(Bytes::len).sum()
    }

    fn write(&self, out: &mut impl BufMut) {
        for part in self {
            out.put_slice(part);
        }
    }
}

/// Sends `E` as it is, receives `D` by prost.
pub struct RawCodec<E, D>(PhantomData<(E, D)>);

impl<E, D> Default for RawCodec<E, D> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<E: RawMessage, D: Message + Default + Send + 'static> Codec for RawCodec<E, D> {
    type Encode = E;
    type Decode = D;
    type Encoder = RawEncoder<E>;
    type Decoder = ProstDecoder<D>;

    fn encoder(&mut self) -> Self::Encoder {
        RawEncoder(PhantomData)
    }

    fn decoder(&mut self) -> Self::Decoder {
        ProstDecoder(PhantomData)
    }
}

/// The sending half of [`RawCodec`].
pub struct RawEncoder<E>(PhantomData<E>);

impl<E: RawMessage> Encoder for RawEncoder<E> {
    type Item = E;
    type Error = Status;

    fn encode(&mut self, message: E, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        out.reserve(message.encoded_len());
        message.write(out);
        Ok(())
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::default()
    }
}

/// The receiving half of [`RawCodec`].
pub struct ProstDecoder<D>(PhantomData<D>);

impl<D: Message + Default> Decoder for ProstDecoder<D> {
    type Item = D;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<D>, Status> {
        D::decode(from).map(Some).map_err(|error| Status::internal(error.to_string()))
    }
}
