//! What the requests of one connection have in common, and the way of each to gRPC or to HTTP and back.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use hyper::body::Incoming;
use parking_lot::Mutex;
use tower_service::Service;

use super::{
    BoxError, Serves,
    connections::{Entry, UnderWay},
    hosts::Hosts,
};
use crate::core::{
    rpc::{
        arriving::Arriving,
        caller::{Connection, LOGIN_PATH},
        calls::{Call, RequestBody, ResponseBody, Weight},
        http::is_grpc,
    },
    server::metrics::Metrics,
    tls::PeerCertificate,
};

/// Pieces of answers from this size on are counted for as long as they lie unread. What is smaller is bounded by the number of calls.
const COUNTED_BYTES_MIN: usize = 4 * 1024;

/// What the requests of a connection share. Their services are called from one at a time, which costs less than a copy of the
/// services for each request: calling only makes the future.
pub struct Front<G, H> {
    pub serves: Serves,
    pub grpc: Mutex<G>,
    pub http: Mutex<H>,
    pub metrics: Arc<Metrics>,
    pub certificate: Option<PeerCertificate>,
    /// Goes with logins, and with every request if `tells_address`.
    pub connection: Arc<Connection>,
    pub tells_address: bool,
    /// The names that may be asked for; none are looked at where TLS has seen to that.
    pub hosts: Option<Arc<Hosts>>,
    pub entry: Entry,
    pub arriving: Arc<Arriving>,
}

impl<G, GB, H, HB> Front<G, H>
where
    G: Service<Request<RequestBody<Incoming>>, Response = Response<GB>, Error = Infallible>,
    H: Service<Request<Incoming>, Response = Response<HB>, Error = Infallible>,
    GB: Body<Data = Bytes> + Unpin,
    HB: Body<Data = Bytes>,
{
    pub async fn answer(self: Arc<Self>, mut request: Request<Incoming>) -> Result<Response<FrontBody<GB, HB>>, Infallible> {
        let call = self.entry.begin_call();
        if let Some(certificate) = &self.certificate {
            request.extensions_mut().insert(certificate.clone());
        }
        let to_grpc = match self.serves {
            Serves::GrpcAndHttp => is_grpc(request.version(), request.headers()),
            Serves::Grpc => true,
            Serves::Http => false,
        };
        if self.tells_address || request.uri().path() == LOGIN_PATH {
            request.extensions_mut().insert(Arc::clone(&self.connection));
        }
        let response = if to_grpc {
            let counted = Call::begin(&self.metrics, request.uri().path());
            let (parts, body) = request.into_parts();
            let body = RequestBody::new(body, &parts.headers, counted.as_ref(), &self.metrics, &self.arriving);
            let answering = self.grpc.lock().call(Request::from_parts(parts, body));
            let (parts, body) = answering.await?.into_parts();
            let body = ResponseBody::new(body, &parts.headers, counted, &self.metrics);
            Response::from_parts(parts, Of::Grpc(body))
        } else if let Some(refusal) = self.hosts.as_ref().and_then(|hosts| hosts.refuse(&request)) {
            refusal.map(Of::Own)
        } else {
            let answering = self.http.lock().call(request);
            answering.await?.map(Of::Http)
        };
        let weight = response.extensions().get().map(|Weight(bytes)| *bytes);
        Ok(response.map(|body| FrontBody::new(body, call, weight)))
    }
}

/// Body of an answer. What it holds is counted, and what it gives away until the transport has let go of it.
pub struct FrontBody<GB, HB> {
    body: Of<GB, HB>,
    call: UnderWay,
    /// Bytes that it holds.
    held: usize,
}

enum Of<GB, HB> {
    Grpc(ResponseBody<GB>),
    Http(HB),
    Own(Full<Bytes>),
}

impl<GB: Body<Data = Bytes> + Unpin, HB: Body<Data = Bytes>> Of<GB, HB> {
    fn size_hint(&self) -> SizeHint {
        match self {
            Of::Grpc(body) => body.size_hint(),
            Of::Http(body) => body.size_hint(),
            Of::Own(body) => body.size_hint(),
        }
    }
}

impl<GB, HB> FrontBody<GB, HB> {
    fn count(&mut self, data: Bytes) -> Bytes {
        if data.len() < COUNTED_BYTES_MIN {
            return data;
        }
        let given = data.len().min(self.held);
        self.held -= given;
        let unread = self.call.unread();
        let counted = unread.count(data);
        unread.remove(given);
        counted
    }
}

impl<GB: Body<Data = Bytes> + Unpin, HB: Body<Data = Bytes>> FrontBody<GB, HB> {
    /// `weight` says what the answer is while it is no bytes yet.
    fn new(body: Of<GB, HB>, call: UnderWay, weight: Option<usize>) -> Self {
        let size = body.size_hint().exact().and_then(|bytes| usize::try_from(bytes).ok());
        let held = weight.or(size).filter(|bytes| *bytes >= COUNTED_BYTES_MIN).unwrap_or(0);
        if held > 0 {
            call.unread().add(held);
        }
        Self { body, call, held }
    }
}

impl<GB, HB> Drop for FrontBody<GB, HB> {
    fn drop(&mut self) {
        if self.held > 0 {
            self.call.unread().remove(self.held);
        }
    }
}

impl<GB, HB> Body for FrontBody<GB, HB>
where
    GB: Body<Data = Bytes, Error: Into<BoxError>> + Unpin,
    HB: Body<Data = Bytes, Error: Into<BoxError>> + Unpin,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        let frame = ready!(match &mut this.body {
            Of::Grpc(body) => Pin::new(body).poll_frame(cx).map_err(Into::into),
            Of::Http(body) => Pin::new(body).poll_frame(cx).map_err(Into::into),
            Of::Own(body) => Pin::new(body).poll_frame(cx).map_err(Into::into),
        });
        Poll::Ready(frame.map(|frame| Ok(frame?.map_data(|data| this.count(data)))))
    }

    fn is_end_stream(&self) -> bool {
        match &self.body {
            Of::Grpc(body) => body.is_end_stream(),
            Of::Http(body) => body.is_end_stream(),
            Of::Own(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
