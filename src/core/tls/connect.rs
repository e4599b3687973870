//! Connections from URLs: `http`, `https`, `unix` and `unixs`.

use std::{
    fmt, io,
    path::PathBuf,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::Uri;
use hyper_util::{client::legacy::connect::HttpConnector, rt::TokioIo};
use rustls::pki_types::ServerName;
use tokio::net::UnixStream;
use tokio_rustls::TlsConnector;
use tower_service::Service;

use super::{ClientTls, Socket, Stream, explain};

/// Name of whoever listens on a socket of this machine.
const LOCAL_NAME: &str = "localhost";

/// Why nothing can be connected to by a URL.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum UrlRefused {
    #[error("{0:?} is not an address such as http://127.0.0.1:2379")]
    Malformed(String),
    /// There is nothing to make a connection with TLS by.
    #[error("{0} needs TLS, which is not set up here")]
    NeedsTls(String),
}

/// Makes connections to one URL. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Connector {
    place: Place,
    tls: Option<(Arc<ClientTls>, ServerName<'static>)>,
}

#[derive(Clone, Debug)]
enum Place {
    Tcp(Uri),
    Unix(PathBuf),
}

impl Connector {
    /// For `url`; `tls` is used where the URL asks for it.
    ///
    /// # Errors
    /// When the URL is none, or asks for TLS and there is none.
    pub fn new(url: &str, tls: Option<&Arc<ClientTls>>) -> Result<Self, UrlRefused> {
        let malformed = || UrlRefused::Malformed(url.to_owned());
        let (scheme, rest) = url.split_once(':').ok_or_else(malformed)?;
        let (place, host, is_tls) = match scheme {
            "unix" | "unixs" => {
                let path = rest.strip_prefix("//").unwrap_or(rest);
                if path.is_empty() {
                    return Err(malformed());
                }
                (Place::Unix(path.into()), LOCAL_NAME.to_owned(), scheme == "unixs")
            }
            "http" | "https" => {
                let uri: Uri = url.parse().map_err(|_| malformed())?;
                let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(malformed)?;
                let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
                (Place::Tcp(uri), host, scheme == "https")
            }
            _ => return Err(malformed()),
        };
        let tls = if is_tls {
            let tls = tls.ok_or_else(|| UrlRefused::NeedsTls(url.to_owned()))?;
            let name = match tls.server_name() {
                Some(name) => name.clone(),
                None => ServerName::try_from(host).map_err(|_| malformed())?,
            };
            Some((Arc::clone(tls), name))
        } else {
            None
        };
        Ok(Self { place, tls })
    }

    /// What requests over such a connection say that they are sent to.
    pub fn uri(&self) -> Uri {
        match &self.place {
            Place::Tcp(uri) => uri.clone(),
            Place::Unix(_) if self.tls.is_some() => Uri::from_static("https://localhost"),
            Place::Unix(_) => Uri::from_static("http://localhost"),
        }
    }

    /// Connects, and does the handshake.
    ///
    /// # Errors
    /// When nobody listens there, or the handshake fails; the text says why.
    pub async fn connect(&self) -> io::Result<Stream> {
        let socket = match &self.place {
            Place::Unix(path) => Socket::Unix(UnixStream::connect(path).await?),
            Place::Tcp(uri) => {
                let mut connector = HttpConnector::new();
                connector.enforce_http(false);
                connector.set_nodelay(true);
                let connected = connector.call(uri.clone()).await.map_err(innermost)?;
                Socket::Tcp(connected.into_inner())
            }
        };
        let Some((tls, name)) = &self.tls else { return Ok(Stream::Plain(socket)) };
        match TlsConnector::from(tls.config()).connect(name.clone(), socket).await {
            Ok(stream) => Ok(Stream::Tls(Box::new(stream.into()))),
            Err(error) => Err(io::Error::new(error.kind(), HandshakeFailed(explain(&error)))),
        }
    }
}

/// Why a handshake failed, in words.
#[derive(Debug)]
struct HandshakeFailed(String);

impl fmt::Display for HandshakeFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "authentication handshake failed: {}", self.0)
    }
}

impl std::error::Error for HandshakeFailed {}

/// The cause below the connector's own words.
fn innermost(error: impl std::error::Error + 'static) -> io::Error {
    let mut cause: &(dyn std::error::Error + 'static) = &error;
    while let Some(below) = cause.source() {
        cause = below;
    }
    match cause.downcast_ref::<io::Error>() {
        Some(error) => match error.raw_os_error() {
            Some(code) => io::Error::from_raw_os_error(code),
            None => io::Error::new(error.kind(), error.to_string()),
        },
        None => io::Error::other(cause.to_string()),
    }
}

impl Service<Uri> for Connector {
    type Response = TokioIo<Stream>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<TokioIo<Stream>>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let connector = self.clone();
        Box::pin(async move { connector.connect().await.map(TokioIo::new) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_given_as_a_url_can_be_connected_to_or_is_refused() {
        let good = ["http://127.0.0.1:2379", "https://[::1]:1", "unix:///run/s", "unixs://s", "http://a.example"];
        crate::mangle::survives_text(&good, |url| {
            if let Ok(connector) = Connector::new(url, None) {
                assert!(!url.starts_with("https") && !url.starts_with("unixs"), "no TLS is set up here: {url}");
                assert!(connector.uri().host().is_some(), "{url}");
            }
        });
    }
}
