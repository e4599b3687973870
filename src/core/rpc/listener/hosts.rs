//! Which names plain HTTP requests may be sent to.
//!
//! A page that somebody visits can have its name lead to this server a moment later, and its scripts then talk to it as to their own (CVE-2018-5702).
//! They can't choose the name in their requests, so naming those that are meant keeps them out. With TLS no certificate would fit.

use bytes::Bytes;
use http::{
    HeaderValue, Request, Response, StatusCode,
    header::{CONTENT_TYPE, HOST, X_CONTENT_TYPE_OPTIONS},
};
use http_body_util::Full;

/// The allowed names; all when there are none.
pub struct Hosts(Vec<String>);

impl Hosts {
    pub fn new(allowed: &[String]) -> Self {
        Self(allowed.to_vec())
    }

    /// The answer to a request that was sent to another name.
    pub fn refuse<B>(&self, request: &Request<B>) -> Option<Response<Full<Bytes>>> {
        if self.0.is_empty() {
            return None;
        }
        let name = host_name(request);
        if self.0.contains(&name) {
            return None;
        }
        let text = format!(
            "This request was sent to the host name {name:?}, which is not among those allowed for plain HTTP.\n\
             Use HTTPS, or allow the name: --host-whitelist={name}\n\
             (Without this check web pages could reach the server by DNS rebinding, CVE-2018-5702.)\n"
        );
        let mut response = Response::new(Full::new(text.into()));
        *response.status_mut() = StatusCode::MISDIRECTED_REQUEST;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        Some(response)
    }
}

/// The host that a request names, without its port.
fn host_name<B>(request: &Request<B>) -> String {
    let header = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let host = request.uri().authority().map(|authority| authority.as_str()).or(header).unwrap_or_default();
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default().to_owned(),
        None => host.split(':').next().unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(allowed: &[&str], host: &str) -> u16 {
        let hosts = Hosts::new(&allowed.iter().map(|&name| name.to_owned()).collect::<Vec<_>>());
        let request = Request::builder().uri("/health").header(HOST, host).body(()).unwrap();
        hosts.refuse(&request).map_or(200, |refusal| refusal.status().as_u16())
    }

    #[test]
    fn only_named_hosts_are_allowed_once_any_is() {
        assert_eq!(status(&[], "evil.example:2379"), 200);
        assert_eq!(status(&["db.example"], "db.example:2379"), 200);
        assert_eq!(status(&["::1"], "[::1]:2379"), 200);
        assert_eq!(status(&["db.example"], "evil.example:2379"), 421);
        assert_eq!(status(&["db.example"], ""), 421);
    }
}
