//! Two servers under the same load, in turn.
//!
//! A machine is fast in one minute and slow in the next, so rounds alternate, A B A B …, and the medians of both sides are
//! compared. Only figures of one such run may be compared at all.

use std::fmt::Write as _;

use anyhow::bail;
use serde::Serialize;

use super::{
    Cli,
    report::{Report, rounded},
};

/// Both sides and how they compare.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    pub operation: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<&'static str>,
    pub rounds: u32,
    /// The servers of `--endpoints`.
    pub a: Side,
    /// The servers of `--vs`.
    pub b: Side,
    /// Medians of A divided by those of B; none where B's is zero or not measured.
    pub ratio: Ratios,
}

/// One side's rounds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Side {
    pub endpoints: Vec<String>,
    pub median: Medians,
    pub runs: Vec<Report>,
}

/// The median over the rounds, figure by figure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Medians {
    pub requests_per_second: f64,
    pub p50_us: f64,
    pub p99_us: f64,
    pub max_us: f64,
    pub server_cpu_us_per_request: Option<f64>,
    pub generator_cpu_us_per_request: f64,
    pub errors: u64,
}

/// A's median over B's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Ratios {
    pub requests_per_second: Option<f64>,
    pub p50: Option<f64>,
    pub p99: Option<f64>,
    pub server_cpu: Option<f64>,
}

/// Runs the rounds. After an interrupt it compares what is complete.
///
/// # Errors
/// Those of a round, which ends the comparison; or an interrupt before there was anything to compare.
pub async fn compare(cli: &Cli) -> anyhow::Result<Comparison> {
    let shared = &cli.shared;
    let (mut a, mut b) = (Vec::new(), Vec::new());
    'rounds: for round in 0..shared.rounds {
        for (name, endpoints, pids, runs) in
            [("A", &shared.endpoints, &shared.server_pid, &mut a), ("B", &shared.vs, &shared.vs_pid, &mut b)]
        {
            if round > 0 || name == "B" {
                tokio::select! {
                    () = tokio::time::sleep(shared.pause) => {}
                    // The first round's handler has taken the signal from the system.
                    Ok(()) = tokio::signal::ctrl_c() => break 'rounds,
                }
            }
            let mut load = shared.load(pids, cli.operation.total_default())?;
            // Other draws in each round, the same on both sides.
            load.seed = load.seed.wrapping_add(u64::from(round));
            let title = format!("{name} {}/{}", round + 1, shared.rounds);
            let run = cli.operation.round(endpoints, load, &title).await?;
            if run.interrupted {
                break 'rounds;
            }
            runs.push(run);
        }
    }
    if b.is_empty() {
        bail!("interrupted before both sides had a round");
    }
    Ok(Comparison::new(a, b))
}

impl Comparison {
    fn new(a: Vec<Report>, b: Vec<Report>) -> Comparison {
        let (a, b) = (Side::new(a), Side::new(b));
        let ratio = Ratios {
            requests_per_second: ratio(a.median.requests_per_second, b.median.requests_per_second),
            p50: ratio(a.median.p50_us, b.median.p50_us),
            p99: ratio(a.median.p99_us, b.median.p99_us),
            server_cpu: a.median.server_cpu_us_per_request.zip(b.median.server_cpu_us_per_request).and_then(|(a, b)| ratio(a, b)),
        };
        Comparison {
            operation: a.runs[0].operation.clone(),
            variant: a.runs[0].variant,
            rounds: a.runs.len().min(b.runs.len()) as u32,
            a,
            b,
            ratio,
        }
    }

    /// All rounds of both sides.
    pub fn reports(&self) -> impl Iterator<Item = &Report> {
        self.a.runs.iter().chain(&self.b.runs)
    }

    /// The comparison for a reader.
    pub fn text(&self) -> String {
        let mut out = format!("{}: {} rounds on each side, alternating; medians\n", self.a.runs[0].title(), self.rounds);
        for (name, side) in [("A", &self.a), ("B", &self.b)] {
            let rates: Vec<String> = side.runs.iter().map(|run| format!("{:.0}", run.figures.requests_per_second)).collect();
            writeln!(out, "  {name} = {} (requests/sec by round: {})", side.endpoints.join(","), rates.join(" "))
                .expect("a string takes all");
        }
        let (a, b, ratio) = (&self.a.median, &self.b.median, &self.ratio);
        writeln!(out, "\n{:<24}{:>12}{:>12}{:>8}", "", "A", "B", "A/B").expect("a string takes all");
        for (name, a, b, ratio) in [
            ("Requests/sec", Some(a.requests_per_second), Some(b.requests_per_second), ratio.requests_per_second),
            ("Latency p50 (µs)", Some(a.p50_us), Some(b.p50_us), ratio.p50),
            ("Latency p99 (µs)", Some(a.p99_us), Some(b.p99_us), ratio.p99),
            ("Latency max (µs)", Some(a.max_us), Some(b.max_us), None),
            ("Server CPU (µs/req)", a.server_cpu_us_per_request, b.server_cpu_us_per_request, ratio.server_cpu),
            ("Generator CPU (µs/req)", Some(a.generator_cpu_us_per_request), Some(b.generator_cpu_us_per_request), None),
            ("Errors", Some(a.errors as f64), Some(b.errors as f64), None),
        ] {
            let cell = |figure: Option<f64>, digits| figure.map_or("-".to_owned(), |figure| format!("{figure:.digits$}"));
            writeln!(out, "{name:<24}{:>12}{:>12}{:>8}", cell(a, 1), cell(b, 1), cell(ratio, 2)).expect("a string takes all");
        }
        out
    }
}

impl Side {
    fn new(runs: Vec<Report>) -> Side {
        let of = |figure: fn(&Report) -> f64| median(runs.iter().map(figure).collect()).unwrap_or_default();
        let median = Medians {
            requests_per_second: of(|run| run.figures.requests_per_second),
            p50_us: of(|run| run.figures.latency_us.p50),
            p99_us: of(|run| run.figures.latency_us.p99),
            max_us: of(|run| run.figures.latency_us.max),
            server_cpu_us_per_request: median(runs.iter().filter_map(|run| run.server_cpu_us_per_request).collect()),
            generator_cpu_us_per_request: of(|run| run.generator_cpu_us_per_request),
            errors: runs.iter().map(|run| run.figures.errors).sum(),
        };
        Side { endpoints: runs.first().map(|run| run.endpoints.clone()).unwrap_or_default(), median, runs }
    }
}

/// The middle one, or the mean of the two in the middle.
fn median(mut figures: Vec<f64>) -> Option<f64> {
    figures.sort_by(f64::total_cmp);
    let middle = figures.len() / 2;
    match figures.len() {
        0 => None,
        n if n % 2 == 1 => Some(figures[middle]),
        _ => Some(figures[middle - 1].midpoint(figures[middle])),
    }
}

fn ratio(a: f64, b: f64) -> Option<f64> {
    (b > 0.0).then(|| rounded(a / b, 3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(endpoint: &str, requests_per_second: f64, server_cpu: Option<f64>) -> Report {
        let mut run = Report { operation: "put".to_owned(), endpoints: vec![endpoint.to_owned()], ..Report::default() };
        run.figures.requests_per_second = requests_per_second;
        run.server_cpu_us_per_request = server_cpu;
        run
    }

    #[test]
    fn the_median_ignores_outliers_and_order() {
        assert_eq!(median(vec![9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 100.0]), Some(3.0));
        assert_eq!(median(vec![]), None);
    }

    #[test]
    fn a_comparison_divides_the_medians_of_a_by_those_of_b() {
        let a = vec![run("a:1", 300.0, Some(10.0)), run("a:1", 100.0, Some(14.0)), run("a:1", 200.0, Some(12.0))];
        let b = vec![run("b:1", 100.0, Some(24.0)), run("b:1", 90.0, Some(25.0)), run("b:1", 110.0, Some(20.0))];
        let comparison = Comparison::new(a, b);
        let json = serde_json::to_value(&comparison).unwrap();
        assert_eq!(json["ratio"]["requests_per_second"], 2.0);
        assert_eq!(json["ratio"]["server_cpu"], 0.5);
        assert_eq!(json["ratio"]["p50"], serde_json::Value::Null);
        assert_eq!(json["a"]["median"]["requests_per_second"], 200.0);
        assert_eq!(json["b"]["endpoints"][0], "b:1");
        assert_eq!(json["b"]["runs"].as_array().unwrap().len(), 3);
        let text = comparison.text();
        assert!(text.contains("A = a:1 (requests/sec by round: 300 100 200)"), "{text}");
        assert!(text.contains("Requests/sec                   200.0       100.0    2.00"), "{text}");
    }
}
