//! The server's log: one line an event, as JSON objects or for the eye, to any number of outputs, never with colour.
//!
//! Events come from `tracing` macros. What is filtered out costs one load at its call site. A line is put together in a buffer of
//! its thread and written at once, so that a crash loses none; an output that can't be written to loses lines, counts them, and
//! never stops the server. Other crates are heard from warnings upwards.

mod bridge;
mod line;
mod sink;

use std::{cell::RefCell, path::PathBuf};

use jiff::tz::TimeZone;
use tracing::{Event, Metadata, Subscriber, level_filters::LevelFilter, subscriber::Interest};
use tracing_subscriber::{
    Registry,
    layer::{Context, Layer, SubscriberExt},
};

use self::{
    line::{Line, Stamp},
    sink::Sink,
};
use super::config::ConfigError;

/// Target of events that end the server: shown with level `fatal`, and at every `--log-level`.
pub const FATAL: &str = "fatal";

/// Our own events, and those of the consensus library, which say who was elected. All others are shown from warnings upwards.
const OWN_TARGETS: [&str; 2] = [env!("CARGO_CRATE_NAME"), "raft"];

/// Lowest level shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Debug,
    Info,
    Warn,
    Error,
    /// Only [`FATAL`].
    Fatal,
}

/// Form of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One object.
    Json,
    /// Columns separated by tabs, the fields as an object at the end.
    Console,
}

/// Where lines go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    Stderr,
    Stdout,
    File(PathBuf),
}

/// When a file is full, and what happens to full ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    pub file_bytes_max: u64,
    /// 0 means no limit.
    pub age_days_max: u64,
    /// 0 means no limit.
    pub backups_max: usize,
    /// Name full files by local time instead of UTC.
    pub local_time: bool,
}

/// How to log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogConfig {
    pub level: Level,
    pub format: Format,
    /// None at all is allowed: then nothing is logged.
    pub outputs: Vec<Output>,
    /// For the one file among the outputs.
    pub rotation: Option<Rotation>,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { level: Level::Info, format: Format::Json, outputs: vec![Output::Stderr], rotation: None }
    }
}

/// Makes the whole process log this way. May be called once.
///
/// # Errors
/// [`ConfigError::LogFile`] if a file can't be opened.
pub fn install(config: &LogConfig) -> anyhow::Result<()> {
    let layer = LogLayer::new(config)?;
    tracing::subscriber::set_global_default(Registry::default().with(layer))?;
    bridge::install();
    Ok(())
}

/// Turns events into lines.
struct LogLayer {
    level: Level,
    format: Format,
    sink: Sink,
    zone: TimeZone,
}

impl LogLayer {
    fn new(config: &LogConfig) -> Result<Self, ConfigError> {
        let sink = Sink::open(&config.outputs, config.rotation.as_ref())?;
        Ok(Self { level: config.level, format: config.format, sink, zone: TimeZone::system() })
    }

    fn shows(&self, metadata: &Metadata<'_>) -> bool {
        if !metadata.is_event() {
            return false;
        }
        let target = metadata.target();
        if target == FATAL {
            return true;
        }
        let is_below = |own: &str| target.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"));
        // What libraries warn of is mostly what a connection sends, once for each frame: a stranger could fill the disk with it.
        let is_own = OWN_TARGETS.iter().any(|own| is_below(own));
        *metadata.level() <= self.filter() && self.level != Level::Fatal && (is_own || *metadata.level() <= tracing::Level::ERROR)
    }

    fn filter(&self) -> LevelFilter {
        match self.level {
            Level::Debug => LevelFilter::DEBUG,
            Level::Info => LevelFilter::INFO,
            Level::Warn => LevelFilter::WARN,
            Level::Error | Level::Fatal => LevelFilter::ERROR,
        }
    }
}

thread_local! {
    static LINE: RefCell<Line> = RefCell::default();
}

impl<S: Subscriber> Layer<S> for LogLayer {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.shows(metadata) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        self.shows(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.filter())
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let stamp = Stamp::now(&self.zone);
        let write = |line: &mut Line| {
            line.fill(self.format, &stamp, event);
            self.sink.write(line.bytes());
        };
        LINE.with(|shared| match shared.try_borrow_mut() {
            Ok(mut line) => write(&mut line),
            // A value that logs while it is being formatted.
            Err(_) => write(&mut Line::default()),
        });
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::Value;

    use super::*;

    /// What `emit` leaves in a log file with this level and format.
    pub fn logged(level: Level, format: Format, emit: impl FnOnce()) -> String {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let config = LogConfig { level, format, outputs: vec![Output::File(path.clone())], rotation: None };
        let subscriber = Registry::default().with(LogLayer::new(&config).unwrap());
        tracing::subscriber::with_default(subscriber, emit);
        fs::read_to_string(path).unwrap()
    }

    #[test]
    fn a_json_line_has_level_time_caller_message_and_fields_in_this_order() {
        let line = logged(Level::Info, Format::Json, || {
            tracing::info!("local-member-id" = "8e9e05c52164694d", term = 7_u64, ok = true, ratio = 0.5, error = %"a \"b\"\n", "elected leader");
        });
        assert!(line.ends_with("}\n") && line.lines().count() == 1);
        let order: Vec<usize> = ["{\"level\":", ",\"ts\":", ",\"caller\":", ",\"msg\":", ",\"local-member-id\":"]
            .map(|key| line.find(key).unwrap())
            .into();
        assert!(order.is_sorted());
        let object: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(object["level"], "info");
        assert_eq!(object["msg"], "elected leader");
        assert_eq!(object["local-member-id"], "8e9e05c52164694d");
        assert_eq!(object["term"], 7);
        assert_eq!(object["ok"], true);
        assert_eq!(object["ratio"], 0.5);
        assert_eq!(object["error"], "a \"b\"\n");
        let caller = object["caller"].as_str().unwrap();
        assert!(caller.starts_with("logging/mod.rs:"), "{caller}");
    }

    #[test]
    fn a_console_line_has_tabs_between_and_fields_only_if_there_are_any() {
        let text = logged(Level::Info, Format::Console, || {
            tracing::warn!(count = 2, name = "a", "one");
            tracing::info!("two");
        });
        let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split('\t').collect()).collect();
        assert_eq!(lines[0][1], "warn");
        assert_eq!(lines[0][3..], ["one", "{\"count\": 2, \"name\": \"a\"}"]);
        assert_eq!(lines[1][1], "info");
        assert_eq!(lines[1][3..], ["two"]);
    }

    #[test]
    fn lines_below_the_level_are_left_out() {
        let emit = || {
            tracing::debug!("d");
            tracing::info!("i");
            tracing::warn!("w");
            tracing::error!("e");
            tracing::error!(target: FATAL, "f");
        };
        let messages = |level| {
            let text = logged(level, Format::Console, emit);
            text.lines().map(|line| line.split('\t').nth(3).unwrap().to_owned()).collect::<String>()
        };
        assert_eq!(messages(Level::Debug), "diwef");
        assert_eq!(messages(Level::Info), "iwef");
        assert_eq!(messages(Level::Warn), "wef");
        assert_eq!(messages(Level::Error), "ef");
        assert_eq!(messages(Level::Fatal), "f");
    }

    #[test]
    fn other_crates_are_heard_when_they_fail_and_not_when_they_warn() {
        let text = logged(Level::Debug, Format::Console, || {
            tracing::debug!(target: "h2::proto", "frame");
            tracing::info!(target: "quoratecousin", "chat");
            tracing::warn!(target: "h2::proto::ping_pong", "recv PING ack that we never sent");
            tracing::error!(target: "hyper", "trouble");
            tracing::info!(target: "raft", "became leader");
        });
        assert_eq!(text.lines().count(), 2);
        assert!(text.contains("trouble") && text.contains("became leader"));
    }

    #[test]
    fn a_fatal_line_says_so() {
        let line = logged(Level::Error, Format::Json, || tracing::error!(target: FATAL, "the end"));
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap()["level"], "fatal");
    }

    #[test]
    fn a_value_that_logs_while_it_is_formatted_does_no_harm() {
        struct Chatty;
        impl std::fmt::Display for Chatty {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                tracing::info!("inner");
                f.write_str("outer")
            }
        }
        let text = logged(Level::Info, Format::Json, || tracing::info!(value = %Chatty, "with a value"));
        assert!(text.contains("with a value") || text.contains("inner"), "{text}");
        assert!(text.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
    }

    #[test]
    fn a_file_that_cannot_be_opened_is_named() {
        let config = LogConfig { outputs: vec![Output::File("/nonexistent/log".into())], ..LogConfig::default() };
        let error = LogLayer::new(&config).err().unwrap();
        assert!(error.to_string().starts_with("can't open the log file /nonexistent/log: "), "{error}");
    }
}
