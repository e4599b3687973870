//! Counts of gRPC calls: a handle for each method, found by its path, so that a call costs no look-up of labels.

use std::{collections::HashMap, sync::Arc};

use prometheus::{Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, Opts, Registry};

/// Names of the gRPC codes, by number, as the label has them.
pub const GRPC_CODES: [&str; 17] = [
    "OK",
    "Canceled",
    "Unknown",
    "InvalidArgument",
    "DeadlineExceeded",
    "NotFound",
    "AlreadyExists",
    "PermissionDenied",
    "ResourceExhausted",
    "FailedPrecondition",
    "Aborted",
    "OutOfRange",
    "Unimplemented",
    "Internal",
    "Unavailable",
    "DataLoss",
    "Unauthenticated",
];

/// Which sides of a call are streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallKind {
    Unary,
    ClientStream,
    ServerStream,
    BidiStream,
}

impl CallKind {
    fn label(self) -> &'static str {
        match self {
            CallKind::Unary => "unary",
            CallKind::ClientStream => "client_stream",
            CallKind::ServerStream => "server_stream",
            CallKind::BidiStream => "bidi_stream",
        }
    }
}

/// A method that is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrpcMethod {
    /// With its package: `etcdserverpb.KV`.
    pub service: String,
    pub name: String,
    pub kind: CallKind,
}

/// Counts of one method.
pub struct MethodMetrics {
    pub kind: CallKind,
    pub started: IntCounter,
    pub messages_received: IntCounter,
    pub messages_sent: IntCounter,
    /// Only if latencies are measured.
    pub handling_seconds: Option<Histogram>,
    handled: Vec<IntCounter>,
}

impl MethodMetrics {
    /// Calls that ended with this code; one that gRPC does not have counts as unknown.
    pub fn handled(&self, code: usize) -> &IntCounter {
        const UNKNOWN: usize = 2;
        self.handled.get(code).unwrap_or(&self.handled[UNKNOWN])
    }
}

/// All methods by their path.
pub struct GrpcMetrics {
    methods: HashMap<String, Arc<MethodMetrics>>,
}

impl GrpcMetrics {
    pub(super) fn new(registry: &Registry, methods: &[GrpcMethod], extensive: bool) -> Self {
        const LABELS: [&str; 3] = ["grpc_type", "grpc_service", "grpc_method"];
        const WITH_CODE: [&str; 4] = ["grpc_type", "grpc_service", "grpc_method", "grpc_code"];
        let counter = |name: &str, help: &str, labels: &[&str]| {
            let counter = IntCounterVec::new(Opts::new(name, help), labels).expect(super::WELL_FORMED);
            registry.register(Box::new(counter.clone())).expect("these names stand only here");
            counter
        };
        let started = counter("grpc_server_started_total", "RPCs begun", &LABELS);
        let handled = counter("grpc_server_handled_total", "RPCs ended, by code", &WITH_CODE);
        let received = counter("grpc_server_msg_received_total", "Messages received in RPCs", &LABELS);
        let sent = counter("grpc_server_msg_sent_total", "Messages sent in RPCs", &LABELS);
        let handling = extensive.then(|| {
            let options = HistogramOpts::new("grpc_server_handling_seconds", "Time from the begin to the end of an RPC");
            let histogram = HistogramVec::new(options, &LABELS).expect(super::WELL_FORMED);
            registry.register(Box::new(histogram.clone())).expect("this name stands only here");
            histogram
        });
        let methods = methods.iter().map(|method| {
            let labels = [method.kind.label(), &method.service, &method.name];
            let with_code = |code: &&str| handled.with_label_values(&[labels[0], labels[1], labels[2], code]);
            let metrics = MethodMetrics {
                kind: method.kind,
                started: started.with_label_values(&labels),
                messages_received: received.with_label_values(&labels),
                messages_sent: sent.with_label_values(&labels),
                handling_seconds: handling.as_ref().map(|histogram| histogram.with_label_values(&labels)),
                handled: GRPC_CODES.iter().map(with_code).collect(),
            };
            (format!("/{}/{}", method.service, method.name), Arc::new(metrics))
        });
        Self { methods: methods.collect() }
    }

    /// The method with this path, such as `/etcdserverpb.KV/Put`.
    pub fn find(&self, path: &str) -> Option<&Arc<MethodMetrics>> {
        self.methods.get(path)
    }
}
