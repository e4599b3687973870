//! gRPC reflection: which services and messages there are, for tools that ask.

use std::{convert::Infallible, future::Future, pin::Pin, sync::Arc};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use tonic::{
    body::Body,
    codegen::{Service, StdError},
};

type Answer = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;
type Call = Arc<dyn Fn(Request<Body>) -> Answer + Send + Sync>;

/// Serves both versions of the reflection service.
#[derive(Clone)]
pub struct ReflectionService {
    v1: Call,
    v1alpha: Call,
}

impl ReflectionService {
    /// Describes the client API.
    ///
    /// # Panics
    /// When the descriptors that were compiled in are damaged, which a test excludes.
    pub fn new() -> Self {
        let builder = || {
            tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(quorate_proto::PUBLIC_DESCRIPTORS)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        };
        const WHOLE: &str = "the descriptors were made by the compiler";
        let v1 = builder().build_v1().expect(WHOLE);
        let v1alpha = builder().build_v1alpha().expect(WHOLE);
        Self {
            v1: Arc::new(move |request| Box::pin(v1.clone().call(request))),
            v1alpha: Arc::new(move |request| Box::pin(v1alpha.clone().call(request))),
        }
    }

    /// Answers one call.
    pub fn call<B>(&self, request: Request<B>) -> Answer
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<StdError> + Send + 'static,
    {
        let is_alpha = request.uri().path().starts_with("/grpc.reflection.v1alpha.");
        let call = if is_alpha { &self.v1alpha } else { &self.v1 };
        call(request.map(Body::new))
    }
}

impl Default for ReflectionService {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_descriptors_are_whole() {
        ReflectionService::new();
    }
}
