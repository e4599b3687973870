//! Requests over TLS carry along who sent them, where clients are users by their certificates, and nowhere else.

use std::{
    convert::Infallible,
    task::{Context, Poll},
};

use http_body_util::{BodyExt, Full};
use tonic::transport::{Channel, Endpoint};

use super::*;
use crate::core::{
    config::{ListenAddress, ListenUrl, ServerConfig},
    server::AnswerRoom,
    tls::{
        ClientTls, ClientTlsSettings, IdentityFiles, PeerCertificate, ServerTls, TlsSettings,
        connect::Connector,
        testing::{Authority, Files, Leaf},
    },
};

/// Answers with the common name in the certificate of whoever asks.
#[derive(Clone)]
struct WhoAmI;

impl Service<Request<Incoming>> for WhoAmI {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        let certificate = request.extensions().get::<PeerCertificate>();
        let name = certificate.map_or_else(|| "nobody".to_owned(), |certificate| certificate.common_name.to_string());
        std::future::ready(Ok(Response::new(Full::new(name.into()))))
    }
}

async fn who_am_i(client_cert_auth: bool) -> String {
    let dir = tempfile::tempdir().unwrap();
    let (files, authority) = (Files(dir.path()), Authority::new("authority"));
    let ca = files.write("ca.pem", &authority.pem);
    let identity = |name: &str| {
        let (cert, key) = files.put(name, &authority.issue(&Leaf { common_name: name, ..Leaf::default() }));
        Some(IdentityFiles { cert, key })
    };
    let client_tls =
        TlsSettings { identity: identity("server"), ca: Some(ca.clone()), client_cert_auth, ..TlsSettings::default() };
    let calls = ClientTlsSettings { identity: identity("alice"), ca: Some(ca), ..ClientTlsSettings::default() };
    let tls = Arc::new(ServerTls::new("test", "trusted-ca-file", &client_tls).unwrap());
    let config = ServerConfig { client_tls, ..ServerConfig::default() };
    let url =
        ListenUrl { text: "https://127.0.0.1:0".to_owned(), address: ListenAddress::Tcp(([127, 0, 0, 1], 0).into()), tls: true };
    let mut bound = Listener::bind_all(std::slice::from_ref(&url), ("listen-client-urls", ""), Some(&tls), &config).unwrap();
    let listener = bound.remove(0);
    let url = listener.url().to_owned();
    let (metrics, limits, stop) =
        (Arc::new(Metrics::new(&[], false)), ConnectionLimits::new(&config, AnswerRoom::new(1 << 20)), Stop::new());
    let grpc = tonic_health::server::health_reporter().1;
    tokio::spawn(serve(listener, Serves::GrpcAndHttp, grpc, WhoAmI, metrics, limits, stop));

    let connector = Connector::new(&url, Some(&Arc::new(ClientTls::new(&calls).unwrap()))).unwrap();
    let mut channel: Channel = Endpoint::from(connector.uri()).connect_with_connector(connector).await.unwrap();
    std::future::poll_fn(|cx| channel.poll_ready(cx)).await.unwrap();
    let request = Request::builder().uri(format!("{url}/who")).body(tonic::body::Body::empty()).unwrap();
    let answer = channel.call(request).await.unwrap().into_body().collect().await.unwrap();
    String::from_utf8(answer.to_bytes().to_vec()).unwrap()
}

#[tokio::test]
async fn a_request_carries_the_callers_certificate_only_where_certificates_name_users() {
    assert_eq!(who_am_i(true).await, "alice");
    assert_eq!(who_am_i(false).await, "nobody");
}

#[tokio::test]
async fn a_url_with_tls_needs_a_certificate_and_the_flags_for_it_are_named() {
    let url =
        ListenUrl { text: "https://127.0.0.1:0".to_owned(), address: ListenAddress::Tcp(([127, 0, 0, 1], 0).into()), tls: true };
    let error = Listener::bind_all(&[url], ("listen-peer-urls", "peer-"), None, &ServerConfig::default()).err().unwrap();
    assert_eq!(
        error.to_string(),
        "https://127.0.0.1:0 (--listen-peer-urls) needs a certificate and its key: set --peer-cert-file and --peer-key-file, or --peer-auto-tls"
    );
}
