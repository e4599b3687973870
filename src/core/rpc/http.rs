//! The HTTP side of the client port: version, health, metrics and variables. Everything else here is "not found".
//!
//! Bodies and header fields are those of etcd 3.7, to the byte: load balancers and scripts compare them.

use std::{
    borrow::Cow,
    convert::Infallible,
    fmt::Write,
    future::{Future, ready},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Method, Request, Response, StatusCode,
    header::{
        ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ALLOW, CONTENT_TYPE,
        X_CONTENT_TYPE_OPTIONS,
    },
};
use http_body_util::Full;
use tower_service::Service;

use crate::core::{limits, server::metrics::Metrics};

/// What the member knows about its health. Implemented by the server.
pub trait HealthFacts: Send + Sync + 'static {
    /// Reads one key from this member alone. The error's text is shown.
    fn serializable_read(&self) -> FactFuture<'_>;
    /// Reads one key through the quorum, in the time that a request may take. The error's text is shown.
    fn linearizable_read(&self) -> FactFuture<'_>;
    fn has_leader(&self) -> bool;
    fn is_learner(&self) -> bool;
    /// Alarms of any member that are on.
    fn alarms(&self) -> Vec<AlarmKind>;
    /// Such as `3.7.0`; `None` while undecided.
    fn cluster_version(&self) -> Option<String>;
    /// State of consensus as a JSON object, for `/debug/vars`.
    fn raft_status(&self) -> String;
}

/// Whether a read worked.
pub type FactFuture<'a> = Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>>;

/// Kind of an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlarmKind {
    NoSpace,
    Corrupt,
    Unknown,
}

impl AlarmKind {
    fn name(self) -> &'static str {
        match self {
            AlarmKind::NoSpace => "NOSPACE",
            AlarmKind::Corrupt => "CORRUPT",
            AlarmKind::Unknown => "UNKNOWN",
        }
    }
}

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";

/// Bodies are short and whole.
pub type Body = Full<Bytes>;

/// Answers HTTP requests that are not gRPC.
#[derive(Clone)]
pub struct HttpService {
    facts: Arc<dyn HealthFacts>,
    metrics: Arc<Metrics>,
    /// The command line as JSON, for `/debug/vars`; whoever makes this leaves passwords out.
    command_line: Arc<str>,
}

/// A check of `/livez` or `/readyz`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Check {
    DataCorruption,
    LinearizableRead,
    NonLearner,
    SerializableRead,
}

impl Check {
    const LIVE: &[Check] = &[Check::SerializableRead];
    const READY: &[Check] = &[Check::DataCorruption, Check::LinearizableRead, Check::NonLearner, Check::SerializableRead];

    fn name(self) -> &'static str {
        match self {
            Check::DataCorruption => "data_corruption",
            Check::LinearizableRead => "linearizable_read",
            Check::NonLearner => "non_learner",
            Check::SerializableRead => "serializable_read",
        }
    }
}

impl HttpService {
    /// `command_line` is shown to everyone who can reach the port: leave secrets out.
    pub fn new(facts: Arc<dyn HealthFacts>, metrics: Arc<Metrics>, command_line: &[String]) -> Self {
        let quoted: Vec<String> = command_line.iter().map(|word| quote(word)).collect();
        Self { facts, metrics, command_line: format!("[{}]", quoted.join(",")).into() }
    }

    /// Answers a request. Bodies of requests are not looked at.
    pub async fn answer<B>(&self, request: &Request<B>) -> Response<Body> {
        let mut response = self.route(request.method(), request.uri().path(), request.uri().query().unwrap_or("")).await;
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("accept, content-type, authorization"));
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST, GET, OPTIONS, PUT, DELETE"));
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        response
    }

    async fn route(&self, method: &Method, path: &str, query: &str) -> Response<Body> {
        if method == Method::OPTIONS {
            return plain(StatusCode::OK, None, String::new());
        }
        match path {
            "/metrics" => return plain(StatusCode::OK, Some(Metrics::CONTENT_TYPE), self.metrics.render()),
            _ if path == "/v3" || path.starts_with("/v3/") || path.starts_with("/v3beta/") => return unknown_api_path(),
            _ => {}
        }
        let known = ["/version", "/health", "/debug/vars"].contains(&path)
            || checks_of(path, "/livez", Check::LIVE).is_some()
            || checks_of(path, "/readyz", Check::READY).is_some();
        if !known {
            return failure(StatusCode::NOT_FOUND, "404 page not found");
        }
        if method != Method::GET {
            let mut response = failure(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed");
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET"));
            return response;
        }
        match path {
            "/version" => plain(StatusCode::OK, Some(JSON), self.version()),
            "/health" => self.health(query).await,
            "/debug/vars" => plain(StatusCode::OK, Some("application/json; charset=utf-8"), self.variables()),
            _ => match checks_of(path, "/livez", Check::LIVE) {
                Some(checks) => self.run_checks("livez", checks, query).await,
                None => self.run_checks("readyz", checks_of(path, "/readyz", Check::READY).unwrap_or_default(), query).await,
            },
        }
    }

    fn version(&self) -> String {
        let cluster = self.facts.cluster_version();
        let storage = if cluster.is_some() { limits::CLUSTER_VERSION } else { "unknown" };
        format!(
            r#"{{"etcdserver":"{}","etcdcluster":"{}","storage":"{storage}"}}"#,
            limits::SERVER_VERSION,
            cluster.as_deref().unwrap_or("not_decided"),
        )
    }

    async fn health(&self, query: &str) -> Response<Body> {
        let excluded: Vec<_> = parameters(query).filter(|(name, _)| name == "exclude").map(|(_, value)| value).collect();
        let serializable = parameters(query).find(|(name, _)| name == "serializable").is_some_and(|(_, value)| value == "true");
        let alarm = self.facts.alarms().into_iter().find(|alarm| !excluded.iter().any(|name| name == alarm.name()));
        let problem = if let Some(alarm) = alarm {
            Some(format!("ALARM {}", alarm.name()))
        } else if !serializable && !self.facts.has_leader() {
            Some("RAFT NO LEADER".to_owned())
        } else {
            let read = if serializable { self.facts.serializable_read() } else { self.facts.linearizable_read() };
            read.await.err().map(|error| format!("RANGE ERROR:{error}"))
        };
        match problem {
            None => {
                self.metrics.health_success.inc();
                plain(StatusCode::OK, Some(TEXT), r#"{"health":"true","reason":""}"#.to_owned())
            }
            Some(reason) => {
                self.metrics.health_failures.inc();
                failure(StatusCode::SERVICE_UNAVAILABLE, &format!(r#"{{"health":"false","reason":{}}}"#, quote(&reason)))
            }
        }
    }

    async fn run_checks(&self, kind: &str, checks: &[Check], query: &str) -> Response<Body> {
        let verbose = parameters(query).any(|(name, _)| name == "verbose");
        let mut report = String::new();
        let mut healthy = true;
        for check in checks {
            let name = check.name();
            let line = if parameters(query).any(|(key, value)| key == "exclude" && value == name) {
                format!("[+]{name} excluded: ok\n")
            } else {
                match self.check(*check).await {
                    Ok(()) => {
                        self.count_check(kind, name, true);
                        format!("[+]{name} ok\n")
                    }
                    Err(error) => {
                        self.count_check(kind, name, false);
                        healthy = false;
                        format!("[-]{name} failed: {error}\n")
                    }
                }
            };
            report += &line;
        }
        if !healthy {
            return failure(StatusCode::SERVICE_UNAVAILABLE, &report);
        }
        if !verbose {
            report.clear();
        }
        let mut response = plain(StatusCode::OK, Some(TEXT), report + "ok\n");
        response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        response
    }

    async fn check(&self, check: Check) -> Result<(), String> {
        match check {
            Check::DataCorruption if self.facts.alarms().contains(&AlarmKind::Corrupt) => {
                Err("alarm activated: CORRUPT".to_owned())
            }
            Check::NonLearner if self.facts.is_learner() => Err("not supported for learner".to_owned()),
            Check::DataCorruption | Check::NonLearner => Ok(()),
            Check::LinearizableRead => self.facts.linearizable_read().await.map_err(|error| format!("range error: {error}")),
            Check::SerializableRead => self.facts.serializable_read().await.map_err(|error| format!("range error: {error}")),
        }
    }

    fn count_check(&self, kind: &str, name: &str, ok: bool) {
        self.metrics.healthcheck.with_label_values(&[kind, name]).set(i64::from(ok));
        self.metrics.healthchecks.with_label_values(&[kind, name, if ok { "success" } else { "error" }]).inc();
    }

    fn variables(&self) -> String {
        format!(
            "{{\n\"cmdline\": {},\n\"file_descriptor_limit\": {},\n\"memstats\": {{}},\n\"raft.status\": {}\n}}\n",
            self.command_line,
            crate::core::server::metrics::fd_limit(),
            self.facts.raft_status(),
        )
    }
}

impl<B: Send + 'static> Service<Request<B>> for HttpService {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let service = self.clone();
        // The body goes first: nobody reads it.
        let request = request.map(drop);
        Box::pin(async move { Ok(service.answer(&request).await) })
    }
}

/// The checks that a path asks for: all of them, or the one that it names.
fn checks_of(path: &str, base: &str, checks: &'static [Check]) -> Option<&'static [Check]> {
    match path.strip_prefix(base)? {
        "" => Some(checks),
        rest => {
            let name = rest.strip_prefix('/')?;
            let index = checks.iter().position(|check| check.name() == name)?;
            Some(&checks[index..=index])
        }
    }
}

/// Names and values of a query, with percent signs and plus signs resolved.
fn parameters(query: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    url::form_urlencoded::parse(query.as_bytes())
}

fn plain(status: StatusCode, content_type: Option<&'static str>, body: String) -> Response<Body> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    if let Some(content_type) = content_type {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    response
}

/// An error as Go's HTTP server writes it: the text and a line break, of a type that browsers must not guess.
fn failure(status: StatusCode, text: &str) -> Response<Body> {
    let mut response = plain(status, Some(TEXT), format!("{text}\n"));
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

fn unknown_api_path() -> Response<Body> {
    plain(StatusCode::NOT_FOUND, Some(JSON), r#"{"code":5,"message":"Not Found"}"#.to_owned())
}

/// A JSON string.
fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted += "\\n",
            c if c < ' ' => write!(quoted, "\\u{:04x}", u32::from(c)).expect("a String takes every write"),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Whether a request is gRPC, which only HTTP/2 carries.
pub fn is_grpc(version: http::Version, headers: &HeaderMap) -> bool {
    version == http::Version::HTTP_2
        && headers.get(CONTENT_TYPE).is_some_and(|content_type| content_type.as_bytes().starts_with(b"application/grpc"))
}

/// A fact that needs no waiting.
pub fn known<'a>(fact: Result<(), String>) -> FactFuture<'a> {
    Box::pin(ready(fact))
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;
    use parking_lot::Mutex;

    use super::*;

    /// Facts that a test sets.
    #[derive(Default)]
    struct Facts {
        no_leader: bool,
        learner: bool,
        undecided: bool,
        alarms: Vec<AlarmKind>,
        local_error: Option<&'static str>,
        quorum_error: Option<&'static str>,
        reads: Mutex<Vec<&'static str>>,
    }

    impl HealthFacts for Facts {
        fn serializable_read(&self) -> FactFuture<'_> {
            self.reads.lock().push("local");
            known(self.local_error.map_or(Ok(()), |error| Err(error.to_owned())))
        }
        fn linearizable_read(&self) -> FactFuture<'_> {
            self.reads.lock().push("quorum");
            known(self.quorum_error.map_or(Ok(()), |error| Err(error.to_owned())))
        }
        fn has_leader(&self) -> bool {
            !self.no_leader
        }
        fn is_learner(&self) -> bool {
            self.learner
        }
        fn alarms(&self) -> Vec<AlarmKind> {
            self.alarms.clone()
        }
        fn cluster_version(&self) -> Option<String> {
            (!self.undecided).then(|| "3.7.0".to_owned())
        }
        fn raft_status(&self) -> String {
            r#"{"id":"1"}"#.to_owned()
        }
    }

    fn service(facts: Facts) -> HttpService {
        HttpService::new(Arc::new(facts), Arc::new(Metrics::new(&[], false)), &["quorate".to_owned(), "--name=\"a\"".to_owned()])
    }

    async fn ask(service: &HttpService, method: Method, target: &str) -> (u16, HeaderMap, String) {
        let request = Request::builder().method(method).uri(target).body(()).unwrap();
        let response = service.answer(&request).await;
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (parts.status.as_u16(), parts.headers, String::from_utf8(body.into()).unwrap())
    }

    async fn get(facts: Facts, target: &str) -> (u16, String) {
        let (status, _, body) = ask(&service(facts), Method::GET, target).await;
        (status, body)
    }

    #[tokio::test]
    async fn the_version_tells_whether_the_cluster_has_decided() {
        let (status, headers, body) = ask(&service(Facts::default()), Method::GET, "/version").await;
        assert_eq!((status, body.as_str()), (200, r#"{"etcdserver":"3.7.1","etcdcluster":"3.7.0","storage":"3.7.0"}"#));
        assert_eq!(headers[CONTENT_TYPE], "application/json");
        assert_eq!(headers[ACCESS_CONTROL_ALLOW_ORIGIN], "*");
        let undecided = Facts { undecided: true, ..Facts::default() };
        let body = r#"{"etcdserver":"3.7.1","etcdcluster":"not_decided","storage":"unknown"}"#;
        assert_eq!(get(undecided, "/version").await, (200, body.to_owned()));
    }

    #[tokio::test]
    async fn health_reads_through_the_quorum_unless_told_otherwise() {
        let healthy = (200, r#"{"health":"true","reason":""}"#.to_owned());
        assert_eq!(get(Facts::default(), "/health").await, healthy);
        let alone = || Facts { no_leader: true, quorum_error: Some("etcdserver: no leader"), ..Facts::default() };
        assert_eq!(get(alone(), "/health?serializable=true").await, healthy);
        assert_eq!(get(alone(), "/health").await, (503, "{\"health\":\"false\",\"reason\":\"RAFT NO LEADER\"}\n".to_owned()));
        let slow = Facts { quorum_error: Some("etcdserver: request timed out"), ..Facts::default() };
        let body = "{\"health\":\"false\",\"reason\":\"RANGE ERROR:etcdserver: request timed out\"}\n";
        assert_eq!(get(slow, "/health?serializable=false").await, (503, body.to_owned()));
    }

    #[tokio::test]
    async fn an_alarm_makes_unhealthy_unless_excluded() {
        let alarmed = || Facts { alarms: vec![AlarmKind::NoSpace, AlarmKind::Corrupt], ..Facts::default() };
        let body = |reason| format!("{{\"health\":\"false\",\"reason\":\"ALARM {reason}\"}}\n");
        assert_eq!(get(alarmed(), "/health").await, (503, body("NOSPACE")));
        assert_eq!(get(alarmed(), "/health?exclude=NOSPACE").await, (503, body("CORRUPT")));
        assert_eq!(get(alarmed(), "/health?exclude=NOSPACE&exclude=CORRUPT").await.0, 200);
    }

    #[tokio::test]
    async fn livez_and_readyz_list_their_checks_when_verbose() {
        assert_eq!(get(Facts::default(), "/livez").await, (200, "ok\n".to_owned()));
        assert_eq!(get(Facts::default(), "/livez?verbose").await, (200, "[+]serializable_read ok\nok\n".to_owned()));
        assert_eq!(get(Facts::default(), "/readyz").await, (200, "ok\n".to_owned()));
        let all = "[+]data_corruption ok\n[+]linearizable_read ok\n[+]non_learner ok\n[+]serializable_read ok\nok\n";
        assert_eq!(get(Facts::default(), "/readyz?exclude=nosuch&verbose").await, (200, all.to_owned()));
        assert_eq!(get(Facts::default(), "/readyz/data_corruption").await, (200, "ok\n".to_owned()));
    }

    #[tokio::test]
    async fn a_failed_check_is_named_with_its_reason() {
        let broken = || Facts {
            learner: true,
            alarms: vec![AlarmKind::Corrupt],
            quorum_error: Some("etcdserver: no leader"),
            ..Facts::default()
        };
        let body = "[-]data_corruption failed: alarm activated: CORRUPT\n\
                    [-]linearizable_read failed: range error: etcdserver: no leader\n\
                    [-]non_learner failed: not supported for learner\n\
                    [+]serializable_read ok\n\n";
        assert_eq!(get(broken(), "/readyz").await, (503, body.to_owned()));
        assert_eq!(get(broken(), "/livez").await.0, 200);
        assert_eq!(get(broken(), "/readyz/serializable_read").await.0, 200);
        let excluded = "/readyz?exclude=data_corruption&exclude=linearizable_read&exclude=non_learner";
        assert_eq!(get(broken(), excluded).await.0, 200);
    }

    #[tokio::test]
    async fn a_check_that_is_not_asked_for_is_not_run() {
        let facts = Arc::new(Facts::default());
        let service = HttpService::new(facts.clone(), Arc::new(Metrics::new(&[], false)), &[]);
        ask(&service, Method::GET, "/livez").await;
        ask(&service, Method::GET, "/readyz/linearizable_read").await;
        ask(&service, Method::GET, "/readyz/non_learner").await;
        assert_eq!(*facts.reads.lock(), ["local", "quorum"]);
    }

    #[tokio::test]
    async fn only_get_is_allowed_and_unknown_paths_are_not_found() {
        let service = service(Facts::default());
        for path in ["/version", "/health", "/livez", "/readyz/non_learner", "/debug/vars"] {
            let (status, headers, body) = ask(&service, Method::POST, path).await;
            assert_eq!((status, body.as_str()), (405, "Method Not Allowed\n"), "{path}");
            assert_eq!(headers[ALLOW], "GET");
        }
        for path in ["/", "/nosuch", "/readyz/nosuch", "/livez/non_learner", "/livezx", "/v3alpha/kv/range", "/versions"] {
            let (status, _, body) = ask(&service, Method::GET, path).await;
            assert_eq!((status, body.as_str()), (404, "404 page not found\n"), "{path}");
        }
        let (status, headers, body) = ask(&service, Method::POST, "/v3/nosuch").await;
        assert_eq!((status, body.as_str()), (404, r#"{"code":5,"message":"Not Found"}"#));
        assert_eq!(headers[CONTENT_TYPE], "application/json");
        let (status, _, body) = ask(&service, Method::OPTIONS, "/v3/kv/range").await;
        assert_eq!((status, body.as_str()), (200, ""));
    }

    #[tokio::test]
    async fn metrics_are_text_and_variables_are_json() {
        let service = service(Facts::default());
        ask(&service, Method::GET, "/health").await;
        let (_, headers, body) = ask(&service, Method::GET, "/metrics").await;
        assert_eq!(headers[CONTENT_TYPE], Metrics::CONTENT_TYPE);
        assert!(body.contains("\netcd_server_health_success 1\n"));
        let (_, _, body) = ask(&service, Method::GET, "/debug/vars").await;
        let variables: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(variables["cmdline"][1], "--name=\"a\"");
        assert_eq!(variables["raft.status"]["id"], "1");
        assert!(variables["file_descriptor_limit"].as_u64().unwrap() > 0);
    }
}
