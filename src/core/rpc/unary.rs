//! One request, one answer: the frame around a unary gRPC call, as lean as it can be.
//!
//! tonic's own frame is made for streams: its body is boxed, its decoder buffers and copies. A KV request is nearly always one
//! DATA frame, whose bytes are decoded where they lie, and its answer one frame and the trailers. That makes up for a good part of
//! what a request costs, so the KV service uses this; all others use tonic's.

use std::{
    convert::Infallible,
    future::Future,
    pin::{Pin, pin},
    task::{Context, Poll},
};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Response};
use http_body::{Body, Frame, SizeHint};
use prost::Message;
use tonic::{Code, Status, codegen::StdError};

/// A byte about compression and four of length are in front of a message.
const PREFIX_BYTES: usize = 5;

/// Reads the one message of a request.
///
/// # Errors
/// As gRPC's Go server words them: a message larger than `bytes_max`, one that is cut off, compressed or malformed.
pub async fn read_message<B, Q>(headers: &HeaderMap, body: B, bytes_max: usize) -> Result<Q, Status>
where
    B: Body<Data = Bytes, Error: Into<StdError>>,
    Q: Message + Default,
{
    let mut body = pin!(body);
    let mut first = Bytes::new();
    let mut gathered = BytesMut::new();
    while let Some(frame) = std::future::poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        let frame = frame.map_err(|error| match error.into().downcast::<Status>() {
            // This server gave it up.
            Ok(status) => *status,
            Err(_) => Status::cancelled("context canceled"),
        })?;
        let Ok(data) = frame.into_data() else { continue };
        if first.is_empty() && gathered.is_empty() {
            check_length(&data, bytes_max)?;
            first = data;
            continue;
        }
        if gathered.is_empty() {
            gathered.put(std::mem::take(&mut first));
        }
        gathered.put(data);
        check_length(&gathered, bytes_max)?;
    }
    let mut message = if gathered.is_empty() { first } else { gathered.freeze() };
    if message.len() < PREFIX_BYTES {
        return Err(Status::internal("EOF"));
    }
    let compressed = message.get_u8() != 0;
    let length = message.get_u32() as usize;
    if compressed {
        return Err(match headers.get("grpc-encoding").and_then(|encoding| encoding.to_str().ok()) {
            None | Some("identity") => Status::internal("grpc: compressed flag set with identity or empty encoding"),
            Some(encoding) => {
                Status::unimplemented(format!("grpc: Decompressor is not installed for grpc-encoding \"{encoding}\""))
            }
        });
    }
    if length != message.len() {
        return Err(Status::internal("unexpected EOF"));
    }
    Q::decode(message).map_err(|error| Status::internal(format!("grpc: error unmarshalling request: {error}")))
}

/// Refuses a message by the length that it announces, before all of it has arrived.
fn check_length(head: &[u8], bytes_max: usize) -> Result<(), Status> {
    let Some(length) = head.get(1..PREFIX_BYTES) else { return Ok(()) };
    let length = u32::from_be_bytes(length.try_into().expect("four bytes")) as usize;
    if length > bytes_max {
        let text = format!("grpc: received message larger than max ({length} vs. {bytes_max})");
        return Err(Status::resource_exhausted(text));
    }
    Ok(())
}

/// The answer to a call.
pub fn respond<A: Answer>(answer: Result<A, Status>) -> Response<UnaryBody> {
    let mut response = Response::new(UnaryBody::default());
    response.headers_mut().insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    match answer.and_then(Answer::into_body) {
        Ok(body) => *response.body_mut() = body,
        Err(status) => {
            if let Err(error) = status.add_header(response.headers_mut()) {
                // A text that is no header value: the code at least.
                tracing::debug!(%error, "an error's text can't be sent");
                let code = HeaderValue::from(Code::Internal as i32);
                response.headers_mut().insert("grpc-status", code);
            }
        }
    }
    response
}

/// What a call can be answered with.
pub trait Answer {
    /// # Errors
    /// When the message is too large for gRPC.
    fn into_body(self) -> Result<UnaryBody, Status>;
}

/// A message in one buffer, which is best unless it is large.
///
/// # Errors
/// See [`Answer::into_body`].
pub fn in_one<A: Message>(message: &A) -> Result<UnaryBody, Status> {
    let length = message.encoded_len();
    let mut data = BytesMut::with_capacity(PREFIX_BYTES + length);
    data.put_slice(&prefix(length)?);
    message.encode_raw(&mut data);
    Ok(UnaryBody { data: [data.freeze(), Bytes::new(), Bytes::new(), Bytes::new()], next: 0, with_trailers: true })
}

/// A message that is encoded already, in pieces that need not be copied together.
///
/// # Errors
/// See [`Answer::into_body`].
pub fn in_pieces(pieces: [Bytes; 3]) -> Result<UnaryBody, Status> {
    let prefix = prefix(pieces.iter().map(Bytes::len).sum())?;
    let [a, b, c] = pieces;
    Ok(UnaryBody { data: [Bytes::copy_from_slice(&prefix), a, b, c], next: 0, with_trailers: true })
}

fn prefix(length: usize) -> Result<[u8; PREFIX_BYTES], Status> {
    // What Go's clients take at most, whatever they are told.
    let length = i32::try_from(length).map_err(|_| {
        Status::resource_exhausted(format!("grpc: trying to send message larger than max ({length} vs. {})", i32::MAX))
    })?;
    let mut prefix = [0; PREFIX_BYTES];
    prefix[1..].copy_from_slice(&length.to_be_bytes());
    Ok(prefix)
}

/// One message in a few pieces and the trailers of success, or nothing.
#[derive(Default)]
pub struct UnaryBody {
    data: [Bytes; 4],
    /// The piece to send next.
    next: usize,
    with_trailers: bool,
}

impl Body for UnaryBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let this = &mut *self;
        while let Some(piece) = this.data.get_mut(this.next) {
            this.next += 1;
            if !piece.is_empty() {
                return Poll::Ready(Some(Ok(Frame::data(std::mem::take(piece)))));
            }
        }
        if std::mem::take(&mut self.with_trailers) {
            let mut trailers = HeaderMap::with_capacity(1);
            trailers.insert("grpc-status", HeaderValue::from_static("0"));
            return Poll::Ready(Some(Ok(Frame::trailers(trailers))));
        }
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        !self.with_trailers
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.data.iter().map(|piece| piece.len() as u64).sum())
    }
}

/// A body that is either lean or tonic's.
pub enum GrpcBody {
    Unary(UnaryBody),
    Tonic(tonic::body::Body),
}

impl Body for GrpcBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        match self.get_mut() {
            Self::Unary(body) => Pin::new(body).poll_frame(cx).map_err(|never| match never {}),
            Self::Tonic(body) => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Unary(body) => body.is_end_stream(),
            Self::Tonic(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Unary(body) => body.size_hint(),
            Self::Tonic(body) => body.size_hint(),
        }
    }
}

/// What a service answers with.
pub type HttpFuture = Pin<Box<dyn Future<Output = Result<Response<GrpcBody>, Infallible>> + Send>>;

#[cfg(test)]
mod tests {
    use http_body_util::{BodyExt, Full, StreamBody};
    use quorate_proto::etcdserverpb::PutRequest;

    use super::*;

    struct Whole(PutRequest);

    impl Answer for Whole {
        fn into_body(self) -> Result<UnaryBody, Status> {
            in_one(&self.0)
        }
    }

    fn framed(message: &PutRequest) -> Vec<u8> {
        let body = message.encode_to_vec();
        let mut bytes = vec![0];
        bytes.extend_from_slice(&(body.len() as u32).to_be_bytes());
        bytes.extend(body);
        bytes
    }

    fn read(body: Vec<u8>, max: usize) -> Result<PutRequest, Status> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(read_message(&HeaderMap::new(), Full::new(Bytes::from(body)), max))
    }

    #[test]
    fn a_message_in_one_frame_or_many_is_the_same() {
        let request = PutRequest { key: "k".into(), value: vec![7; 3000].into(), ..PutRequest::default() };
        let bytes = framed(&request);
        assert_eq!(read(bytes.clone(), 4096).unwrap(), request);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for size in [1, 4, 5, 6, 1000] {
            let frames: Vec<_> =
                bytes.chunks(size).map(|part| Ok::<_, Infallible>(Frame::data(Bytes::copy_from_slice(part)))).collect();
            let body = StreamBody::new(tokio_stream::iter(frames));
            assert_eq!(runtime.block_on(read_message::<_, PutRequest>(&HeaderMap::new(), body, 4096)).unwrap(), request);
        }
    }

    #[test]
    fn wrong_messages_are_refused_in_gos_words() {
        let request = PutRequest { key: "k".into(), value: vec![7; 100].into(), ..PutRequest::default() };
        let bytes = framed(&request);
        let status = read(bytes.clone(), 50).unwrap_err();
        assert_eq!(status.code(), Code::ResourceExhausted);
        assert_eq!(status.message(), format!("grpc: received message larger than max ({} vs. 50)", bytes.len() - 5));
        assert_eq!(read(bytes[..20].to_vec(), 4096).unwrap_err().code(), Code::Internal);
        assert_eq!(read(vec![], 4096).unwrap_err().code(), Code::Internal);
        assert_eq!(read(vec![0, 0, 0, 0, 1, 0xff], 4096).unwrap_err().code(), Code::Internal);
        assert_eq!(read(vec![1, 0, 0, 0, 0], 4096).unwrap_err().code(), Code::Internal);
    }

    #[tokio::test]
    async fn success_is_data_and_trailers_and_failure_headers_alone() {
        let response = respond(Ok(Whole(PutRequest { key: "k".into(), ..PutRequest::default() })));
        let body = response.into_body().collect().await.unwrap();
        assert_eq!(body.trailers().unwrap()["grpc-status"], "0");
        assert_eq!(body.to_bytes(), framed(&PutRequest { key: "k".into(), ..PutRequest::default() }));
        let response = respond::<Whole>(Err(Status::not_found("no such thing")));
        assert_eq!(response.headers()["grpc-status"], "5");
        assert!(response.body().is_end_stream());
    }

    #[test]
    fn whatever_comes_as_a_message_is_one_or_refused() {
        let request = PutRequest { key: "k".into(), value: vec![7; 40].into(), lease: -1, ..PutRequest::default() };
        crate::mangle::survives(&[framed(&request), framed(&PutRequest::default())], |bytes| {
            if let Ok(request) = read(bytes.to_vec(), 4096) {
                assert_eq!(PutRequest::decode(request.encode_to_vec().as_slice()).unwrap(), request);
            }
        });
    }
}
