//! The flags that all operations share. Those of etcd's benchmark are understood too, under their own names.

use std::{path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context, bail};
use clap::{ArgAction, ValueEnum};

use super::{
    keys::{KeySpace, Order},
    pace::Pace,
    progress::Progress,
    wire::Endpoint,
};
use crate::core::tls::{ClientTls, ClientTlsSettings, IdentityFiles};

/// Requests of a run that has no other end.
pub const TOTAL_DEFAULT: u64 = 10_000;
/// More connections or clients than this are a slip of the finger, and would exhaust the machine.
const CLIENTS_MAX: usize = 1_000_000;
const CONNECTIONS_MAX: usize = 20_000;
/// So that a moment this far ahead can be told.
const DURATION_MAX: Duration = Duration::from_secs(366 * 24 * 3600);
/// etcd takes requests up to 1.5 MiB by default; this leaves room for servers with a higher limit.
const SIZE_BYTES_MAX: usize = 64 << 20;

/// What every operation takes.
#[derive(clap::Args, Clone, Debug)]
pub struct Shared {
    /// Servers to send to; connections are spread over them in turn
    #[arg(long, global = true, value_delimiter = ',', default_value = "127.0.0.1:2379")]
    pub endpoints: Vec<Endpoint>,
    /// Connections to open; client N uses connection N modulo this
    #[arg(long, visible_alias = "conns", global = true, default_value_t = 1)]
    pub connections: usize,
    /// Clients, each with one request under way
    #[arg(long, global = true, default_value_t = 1)]
    pub clients: usize,
    /// Requests to send, by default 10000 (watch: 1000) unless --duration is given
    #[arg(long, global = true)]
    pub total: Option<u64>,
    /// Send for this long, such as 10s or 1m30s
    #[arg(long, global = true, value_parser = parse_duration)]
    pub duration: Option<Duration>,
    /// Send this many requests a second, whatever the server does, and measure from when each was due; 0 for as fast as
    /// it answers
    #[arg(long, global = true, default_value_t = 0.0)]
    pub rate: f64,
    /// Give up on a request after this long
    #[arg(long, global = true, value_parser = parse_duration, default_value = "10s")]
    pub timeout: Duration,
    /// Give up on a connection after this long
    #[arg(long, global = true, value_parser = parse_duration, default_value = "5s")]
    pub dial_timeout: Duration,
    /// Trust these authorities for servers with TLS, instead of the system's
    #[arg(long, global = true, value_name = "FILE")]
    pub cacert: Option<PathBuf>,
    /// Show servers this certificate
    #[arg(long, global = true, value_name = "FILE", requires = "tls_key")]
    pub cert: Option<PathBuf>,
    /// Use this key for the certificate
    #[arg(long = "key", global = true, value_name = "FILE", requires = "cert")]
    pub tls_key: Option<PathBuf>,
    /// Trust any certificate of a server
    #[arg(long, global = true)]
    pub insecure_skip_tls_verify: bool,
    /// Report as text or as one JSON object
    #[arg(short, long, global = true, value_enum, default_value = "text")]
    pub output: Output,
    /// Draw keys and values from this seed
    #[arg(long, global = true, default_value_t = 1)]
    pub seed: u64,
    /// Also measure the processor time of these server processes on this machine
    #[arg(long, global = true, value_delimiter = ',', value_name = "PID")]
    pub server_pid: Vec<u32>,
    /// Compare with these servers: rounds alternate between both
    #[arg(long, global = true, value_delimiter = ',', value_name = "ENDPOINT")]
    pub vs: Vec<Endpoint>,
    /// Processes of the servers to compare with
    #[arg(long, global = true, value_delimiter = ',', value_name = "PID", requires = "vs")]
    pub vs_pid: Vec<u32>,
    /// Rounds on each side of a comparison
    #[arg(long, global = true, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub rounds: u32,
    /// Wait this long between rounds, so that what one server still does in the background does not slow the other
    #[arg(long, global = true, value_parser = parse_duration, default_value = "1s")]
    pub pause: Duration,
}

/// How to report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    Text,
    Json,
}

/// The sizes of what is put.
#[derive(clap::Args, Clone, Debug)]
pub struct SizeArgs {
    /// Size of each key in bytes
    #[arg(long, default_value_t = 8)]
    pub key_size: usize,
    /// Size of each value in bytes
    #[arg(long, default_value_t = 8)]
    pub val_size: usize,
}

/// Which keys are used.
#[derive(clap::Args, Clone, Debug)]
pub struct KeyArgs {
    /// Different keys to choose from
    #[arg(long, default_value_t = 1)]
    pub key_space_size: u64,
    /// Take the keys in their order, not at random
    #[arg(long, action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true")]
    pub sequential_keys: bool,
}

/// The shared flags of one run, checked.
pub struct Load {
    pub clients: usize,
    pub connections: usize,
    pub pace: Pace,
    pub timeout: Duration,
    pub dial_timeout: Duration,
    /// For endpoints that ask for it, and for those without a scheme.
    pub tls: Option<Arc<ClientTls>>,
    pub seed: u64,
    pub server_pids: Vec<u32>,
    pub progress: Progress,
}

impl Shared {
    /// The load for one side of a comparison, or for the only one; `total_default` is for flags that give it no end.
    ///
    /// # Errors
    /// A number is out of its bounds; the text names the flag.
    pub fn load(&self, server_pids: &[u32], total_default: u64) -> anyhow::Result<Load> {
        check("--connections", self.connections, CONNECTIONS_MAX)?;
        check("--clients", self.clients, CLIENTS_MAX)?;
        check_rate("--rate", self.rate)?;
        if self.timeout.is_zero() || self.dial_timeout.is_zero() || self.duration.is_some_and(|d| d.is_zero()) {
            bail!("--timeout, --dial-timeout and --duration must be above zero");
        }
        let total = self.total.or(if self.duration.is_none() { Some(total_default) } else { None });
        if total == Some(0) {
            bail!("--total must be above zero");
        }
        let pace = Pace { total, duration: self.duration, rate: Some(self.rate).filter(|&rate| rate > 0.0) };
        Ok(Load {
            clients: self.clients,
            connections: self.connections,
            pace,
            timeout: self.timeout,
            dial_timeout: self.dial_timeout,
            tls: self.tls()?,
            seed: self.seed,
            server_pids: server_pids.to_vec(),
            progress: Progress::default(),
        })
    }
}

impl Shared {
    fn tls(&self) -> anyhow::Result<Option<Arc<ClientTls>>> {
        let is_asked_for = self.cacert.is_some() || self.cert.is_some() || self.insecure_skip_tls_verify;
        if !is_asked_for && !self.endpoints.iter().chain(&self.vs).any(Endpoint::needs_tls) {
            return Ok(None);
        }
        let identity = self.cert.clone().zip(self.tls_key.clone()).map(|(cert, key)| IdentityFiles { cert, key });
        let settings = ClientTlsSettings {
            identity,
            ca: self.cacert.clone(),
            skip_verify: self.insecure_skip_tls_verify,
            ..ClientTlsSettings::default()
        };
        Ok(Some(Arc::new(ClientTls::new(&settings)?)))
    }
}

/// # Errors
/// A rate that is neither 0 nor sensible.
pub fn check_rate(flag: &str, rate: f64) -> anyhow::Result<()> {
    if rate != 0.0 && !(1e-3..=1e9).contains(&rate) {
        bail!("{flag} {rate} must be 0 or lie between 0.001 and 1000000000");
    }
    Ok(())
}

/// # Errors
/// A number that is not in `[1, max]`.
pub fn check(flag: &str, count: usize, max: usize) -> anyhow::Result<()> {
    if count == 0 || count > max {
        bail!("{flag} {count} must lie between 1 and {max}");
    }
    Ok(())
}

/// # Errors
/// A size beyond what can be sent.
pub fn check_sizes(key_size: usize, val_size: usize) -> anyhow::Result<()> {
    if key_size > SIZE_BYTES_MAX || val_size > SIZE_BYTES_MAX {
        bail!("--key-size and --val-size must not be above {SIZE_BYTES_MAX}");
    }
    Ok(())
}

impl KeyArgs {
    /// The key space with keys of `key_bytes`.
    ///
    /// # Errors
    /// It is empty or does not fit the key size.
    pub fn space(&self, key_bytes: usize) -> anyhow::Result<KeySpace> {
        KeySpace::new(self.key_space_size, key_bytes)
    }

    /// The order in which keys are used.
    pub fn order(&self, seed: u64) -> Order {
        if self.sequential_keys { Order::Sequential } else { Order::random(seed) }
    }
}

/// Reads `1h2m3.5s`, `250ms`, `10us`, or a plain number of seconds.
fn parse_duration(text: &str) -> anyhow::Result<Duration> {
    let duration = parse_duration_of_any_length(text)?;
    if duration > DURATION_MAX {
        bail!("{text:?} is more than a year");
    }
    Ok(duration)
}

fn parse_duration_of_any_length(text: &str) -> anyhow::Result<Duration> {
    let hint = || format!("{text:?} is not a duration: give a number with ms, s, m or h");
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).with_context(hint);
    }
    let mut rest = text;
    let mut sum = Duration::ZERO;
    while !rest.is_empty() {
        let (number, after) = rest.split_at(rest.find(|c: char| c != '.' && !c.is_ascii_digit()).with_context(hint)?);
        let (unit, after) = after.split_at(after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len()));
        let unit_seconds = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            _ => bail!(hint()),
        };
        let seconds = number.parse::<f64>().with_context(hint)? * unit_seconds;
        sum = sum.saturating_add(Duration::try_from_secs_f64(seconds).with_context(hint)?);
        rest = after;
    }
    if text.is_empty() {
        bail!(hint());
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_as_etcd_writes_them_or_as_seconds() {
        for (text, millis) in [("10s", 10_000), ("250ms", 250), ("1m30s", 90_000), ("1.5s", 1500), ("2", 2000), ("1h", 3_600_000)]
        {
            assert_eq!(parse_duration(text).unwrap(), Duration::from_millis(millis), "{text}");
        }
        for text in ["", "s", "10x", "-1s", "-1", "1..2s", "nan", "s10", "1e15", "9000h", "99999999999999h"] {
            assert!(parse_duration(text).is_err(), "{text:?}");
        }
    }
}
