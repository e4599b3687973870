//! What a run found: latencies in an HDR histogram (nanoseconds, three significant digits), errors by their text, and the
//! report of both as text or as one JSON object.

use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

use hdrhistogram::Histogram;
use serde::Serialize;

use super::{cpu::CpuTime, wire::Failure};

/// Latencies above this are counted as this.
const LATENCY_NANOS_MAX: u64 = 3_600_000_000_000;
/// Different error texts kept apart; further ones are counted together.
const ERROR_TEXTS_MAX: usize = 32;

/// Counts answers while they come.
pub struct Tally {
    latencies: Histogram<u64>,
    errors: BTreeMap<String, u64>,
    lost: Option<Failure>,
}

impl Default for Tally {
    fn default() -> Self {
        let latencies = Histogram::new_with_bounds(1, LATENCY_NANOS_MAX, 3).expect("the bounds are constants that fit");
        Tally { latencies, errors: BTreeMap::new(), lost: None }
    }
}

impl Tally {
    /// Counts one request: its latency if it was answered well, else why not. Failed requests have no latency, because a
    /// server that refuses everything at once would seem fast.
    pub fn add(&mut self, latency: Duration, outcome: Result<(), Failure>) {
        match outcome {
            Ok(()) => {
                let nanos = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
                self.latencies.saturating_record(nanos.max(1));
            }
            Err(failure) => self.add_error(failure),
        }
    }

    /// Counts a failure.
    pub fn add_error(&mut self, failure: Failure) {
        self.add_errors(failure, 1);
    }

    /// Counts the same failure `count` times.
    pub fn add_errors(&mut self, failure: Failure, count: u64) {
        if count == 0 {
            return;
        }
        let text = failure.to_string();
        if self.lost.is_none() && matches!(failure, Failure::Lost { .. }) {
            self.lost = Some(failure);
        }
        let room = self.errors.len() < ERROR_TEXTS_MAX || self.errors.contains_key(&text);
        *self.errors.entry(if room { text } else { "other errors".to_owned() }).or_default() += count;
    }

    /// How many have succeeded.
    pub fn succeeded(&self) -> u64 {
        self.latencies.len()
    }

    /// How many have failed.
    pub fn failed(&self) -> u64 {
        self.errors.values().sum()
    }

    /// The first connection that was lost.
    pub fn lost(&self) -> Option<&Failure> {
        self.lost.as_ref()
    }

    /// The error texts with their counts.
    pub fn errors(&self) -> &BTreeMap<String, u64> {
        &self.errors
    }

    /// The figures for a run that took `elapsed`.
    pub fn figures(&self, elapsed: Duration) -> Figures {
        let seconds = elapsed.as_secs_f64();
        let per_second = if seconds > 0.0 { self.succeeded() as f64 / seconds } else { 0.0 };
        Figures {
            requests: self.succeeded() + self.failed(),
            errors: self.failed(),
            seconds: rounded(seconds, 6),
            requests_per_second: rounded(per_second, 1),
            latency_us: self.latency_us(),
        }
    }

    /// The distribution of the latencies; all zero if there are none.
    pub fn latency_us(&self) -> LatencyUs {
        let at = |quantile| rounded(self.latencies.value_at_quantile(quantile) as f64 / 1e3, 1);
        LatencyUs {
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p999: at(0.999),
            max: rounded(self.latencies.max() as f64 / 1e3, 1),
            mean: rounded(self.latencies.mean() / 1e3, 1),
        }
    }
}

/// Rounds to `digits` decimals.
pub fn rounded(x: f64, digits: i32) -> f64 {
    let scale = 10f64.powi(digits);
    (x * scale).round() / scale
}

/// Microseconds, to a tenth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct LatencyUs {
    pub p50: f64,
    pub p90: f64,
    pub p99: f64,
    pub p999: f64,
    pub max: f64,
    pub mean: f64,
}

/// The figures of one kind of request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    /// Good and failed ones.
    pub requests: u64,
    pub errors: u64,
    pub seconds: f64,
    /// Good ones only.
    pub requests_per_second: f64,
    pub latency_us: LatencyUs,
}

/// One run.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    pub operation: String,
    /// Which kind of it, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<&'static str>,
    pub endpoints: Vec<String>,
    pub clients: usize,
    pub connections: usize,
    /// Requests a second that were asked for; none in a closed loop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
    #[serde(flatten)]
    pub figures: Figures,
    /// Open loop: requests that were due and could not be sent before the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsent: Option<u64>,
    /// Open loop: how late requests were sent; the latencies contain it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_late_us: Option<LatencyUs>,
    /// Processor time of the load generator.
    pub generator_cpu_us_per_request: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_cpu_us_per_request: Option<f64>,
    /// Watch: the creation of the watchers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation: Option<Figures>,
    /// Watch: the puts that caused the events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub puts: Option<Figures>,
    pub error_distribution: BTreeMap<String, u64>,
    /// The user ended it early.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub interrupted: bool,
    /// What broke the run off, for the exit code; the text is among the errors.
    #[serde(skip)]
    pub lost: Option<String>,
}

impl Report {
    /// Notes the processor time of a run over its requests.
    pub fn set_cpu(&mut self, used: CpuTime) {
        let per_request = |time: Duration| rounded(time.as_secs_f64() * 1e6 / self.figures.requests.max(1) as f64, 2);
        let (generator, server) = (per_request(used.generator), used.server.map(per_request));
        self.generator_cpu_us_per_request = generator;
        self.server_cpu_us_per_request = server;
    }

    /// Adds the errors of `tally` and notes a connection that it has seen lost.
    pub fn add_errors(&mut self, tally: &Tally) {
        for (text, count) in tally.errors() {
            *self.error_distribution.entry(text.clone()).or_default() += count;
        }
        if let Some(lost) = tally.lost() {
            self.lost.get_or_insert_with(|| lost.to_string());
        }
    }

    /// Whether the run measured nothing.
    pub fn all_failed(&self) -> bool {
        self.figures.errors >= self.figures.requests
    }

    /// The operation and its variant.
    pub fn title(&self) -> String {
        match self.variant {
            Some(variant) => format!("{} ({variant})", self.operation),
            None => self.operation.clone(),
        }
    }

    /// The report for a reader.
    pub fn text(&self) -> String {
        let pace = match self.rate {
            Some(rate) => format!("open loop at {rate} requests/s"),
            None => "closed loop".to_owned(),
        };
        let mut out = format!(
            "{} on {}: clients {}, connections {}, {pace}\n",
            self.title(),
            self.endpoints.join(","),
            self.clients,
            self.connections,
        );
        for (title, figures) in [("Watcher creation", self.creation), ("Puts", self.puts)] {
            if let Some(figures) = figures {
                figures.write(title, "requests", &mut out);
            }
        }
        let (title, unit) = if self.creation.is_some() { ("Events", "events") } else { ("Summary", "requests") };
        self.figures.write(title, unit, &mut out);
        if self.interrupted {
            line(&mut out, "Interrupted", "the run was ended early");
        }
        if let Some(late) = self.sent_late_us {
            line(&mut out, "Late (µs)", &late.text());
        }
        if let Some(unsent) = self.unsent.filter(|&unsent| unsent > 0) {
            line(&mut out, "Unsent", &format!("{unsent}, due while all clients were waiting"));
        }
        let unit = unit.trim_end_matches('s');
        line(&mut out, "Generator CPU", &format!("{:.2} µs/{unit}", self.generator_cpu_us_per_request));
        if let Some(server) = self.server_cpu_us_per_request {
            line(&mut out, "Server CPU", &format!("{server:.2} µs/{unit}"));
        }
        if !self.error_distribution.is_empty() {
            out.push_str("\nErrors:\n");
            for (text, count) in &self.error_distribution {
                writeln!(out, "  [{count}]\t{text}").expect("a string takes all");
            }
        }
        out
    }
}

impl Figures {
    fn write(&self, title: &str, unit: &str, out: &mut String) {
        writeln!(out, "\n{title}:").expect("a string takes all");
        line(out, "Total", &format!("{} {unit} in {:.4} s, {} failed", self.requests, self.seconds, self.errors));
        let unit = unit[..1].to_uppercase() + &unit[1..];
        line(out, &format!("{unit}/sec"), &format!("{:.1}", self.requests_per_second));
        line(out, "Latency (µs)", &self.latency_us.text());
    }
}

impl LatencyUs {
    fn text(&self) -> String {
        let LatencyUs { p50, p90, p99, p999, max, mean } = self;
        format!("p50 {p50:.1}, p90 {p90:.1}, p99 {p99:.1}, p99.9 {p999:.1}, max {max:.1}, mean {mean:.1}")
    }
}

/// Writes one aligned `name: text` line.
fn line(out: &mut String, name: &str, text: &str) {
    writeln!(out, "  {:<15}{text}", format!("{name}:")).expect("a string takes all");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(message: &str) -> Failure {
        Failure::Status { code: 14, message: message.to_owned() }
    }

    fn tally() -> Tally {
        let mut tally = Tally::default();
        for millis in 1..=1000 {
            tally.add(Duration::from_millis(millis), Ok(()));
        }
        tally.add(Duration::from_secs(99), Err(status("a")));
        tally.add(Duration::from_secs(99), Err(status("b")));
        tally.add(Duration::from_secs(99), Err(status("a")));
        tally
    }

    fn report() -> Report {
        let mut report = Report {
            operation: "put".to_owned(),
            endpoints: vec!["127.0.0.1:2379".to_owned()],
            clients: 10,
            connections: 2,
            figures: tally().figures(Duration::from_secs(2)),
            ..Report::default()
        };
        report.set_cpu(CpuTime { generator: Duration::from_millis(1003), server: None });
        report.add_errors(&tally());
        report
    }

    #[test]
    fn percentiles_are_those_of_the_good_requests_within_a_thousandth() {
        let figures = tally().figures(Duration::from_secs(2));
        assert_eq!((figures.requests, figures.errors, figures.requests_per_second), (1003, 3, 500.0));
        let latency = figures.latency_us;
        for (found, expected) in [
            (latency.p50, 500e3),
            (latency.p90, 900e3),
            (latency.p99, 990e3),
            (latency.p999, 999e3),
            (latency.max, 1000e3),
            (latency.mean, 500.5e3),
        ] {
            assert!((found - expected).abs() / expected < 1e-3, "{found} for {expected}");
        }
    }

    #[test]
    fn a_run_without_requests_has_figures_of_zero_and_counts_as_failed() {
        assert_eq!(Tally::default().figures(Duration::ZERO), Figures::default());
        assert!(Report::default().all_failed());
        assert!(!report().all_failed());
    }

    #[test]
    fn error_texts_beyond_the_bound_are_counted_together() {
        let mut tally = Tally::default();
        for n in 0..100 {
            tally.add_error(status(&n.to_string()));
        }
        assert_eq!(tally.errors().len(), ERROR_TEXTS_MAX + 1);
        assert_eq!(tally.errors()["other errors"], 100 - ERROR_TEXTS_MAX as u64);
        assert_eq!(tally.failed(), 100);
    }

    #[test]
    fn the_json_report_is_one_object_with_the_agreed_fields() {
        let json = serde_json::to_value(report()).unwrap();
        assert_eq!(json["operation"], "put");
        assert_eq!(json["clients"], 10);
        assert_eq!(json["connections"], 2);
        assert_eq!(json["requests"], 1003);
        assert_eq!(json["errors"], 3);
        assert_eq!(json["seconds"], 2.0);
        assert_eq!(json["requests_per_second"], 500.0);
        assert_eq!(json["generator_cpu_us_per_request"], 1000.0);
        for percentile in ["p50", "p90", "p99", "p999", "max"] {
            assert!(json["latency_us"][percentile].as_f64().unwrap() >= 499e3, "{percentile}");
        }
        assert_eq!(json["error_distribution"]["UNAVAILABLE: a"], 2);
        assert_eq!(json.get("server_cpu_us_per_request"), None);
    }

    #[test]
    fn the_text_report_reads_well() {
        insta::assert_snapshot!(report().text(), @"
        put on 127.0.0.1:2379: clients 10, connections 2, closed loop

        Summary:
          Total:         1003 requests in 2.0000 s, 3 failed
          Requests/sec:  500.0
          Latency (µs):  p50 500170.8, p90 900202.5, p99 990380.0, p99.9 999292.9, max 1000341.5, mean 500500.3
          Generator CPU: 1000.00 µs/request

        Errors:
          [2]	UNAVAILABLE: a
          [1]	UNAVAILABLE: b
        ");
    }
}
