//! From settings to what the server and the logger are told, with every rule that the values must obey together.

use std::{path::PathBuf, time::Duration};

use serde::Deserialize;
use thiserror::Error;

use super::{
    discovery::{self, DiscoveryFlagError},
    duration,
    flag::State,
    gates,
    logging::{Format, Level, LogConfig, Output, Rotation},
    settings::{Settings, Source},
    tls::{self, TlsFlagError},
    urls::{self, UrlError},
    users::{self, UserFlagError},
};
use crate::core::{
    config::{AutoCompaction, BootstrapError, ClusterSource, InitialMember, ListenUrl, ServerConfig},
    tls::TlsSettings,
};

/// Above this the server still starts, and warns: requests so large delay all others.
const REQUEST_BYTES_WARN: i128 = 10 * 1024 * 1024;
/// A protobuf message has fewer than 2 GiB; this leaves room for what wraps the request.
const REQUEST_BYTES_CAP: i128 = 1 << 30;
/// Above this the server still starts, and warns: such a database takes long to send and to copy.
const QUOTA_BYTES_WARN: i128 = 8 * 1024 * 1024 * 1024;
/// Longest election timeout, in milliseconds: beyond it a dead leader goes unnoticed for too long.
const ELECTION_MILLIS_MAX: i128 = 50_000;
/// An election timeout below this many heartbeats would mistake a late one for a dead leader.
const HEARTBEATS_PER_ELECTION_MIN: i128 = 5;
/// Shortest time between two progress notifications.
const PROGRESS_INTERVAL_MIN: Duration = Duration::from_millis(100);

/// A mistake in the configuration: one log line, and exit code 1.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ConfigError {
    #[error("--{flag} and the environment variable {variable} are both set; remove one of them")]
    GivenTwice { flag: &'static str, variable: String },
    #[error("invalid value \"{value}\" for {variable}: {expected}")]
    Environment { variable: String, value: String, expected: String },
    #[error("can't read the configuration file {}: {why}", .path.display())]
    File { path: PathBuf, why: String },
    #[error("invalid value for {key} in the configuration file {}: {expected}", .path.display())]
    FileValue { path: PathBuf, key: String, expected: String },
    #[error("\"{0}\" is not a flag: flags begin with --, and a server takes nothing else")]
    Leftover(String),
    #[error("the subcommand \"{0}\" is not built yet")]
    SubcommandNotBuilt(String),
    #[error("--{flag} is set, but {feature} is not built yet; leave it at its default of \"{default}\"")]
    NotBuilt { flag: &'static str, feature: &'static str, default: &'static str },
    #[error("--{flag} is refused: {why}")]
    Refused { flag: &'static str, why: &'static str },
    #[error("--{0} must be greater than 0")]
    NotPositive(&'static str),
    #[error("--{0} must not be empty")]
    Empty(&'static str),
    #[error("--{flag}={value} is too large; the most is {max}")]
    TooLarge { flag: &'static str, value: i128, max: i128 },
    #[error("--{flag}={value} must not be negative")]
    Negative { flag: &'static str, value: i128 },
    #[error(
        "--election-timeout={election} must be at least {HEARTBEATS_PER_ELECTION_MIN} times --heartbeat-interval={heartbeat}"
    )]
    ElectionTooShort { election: i128, heartbeat: i128 },
    #[error("--election-timeout={election} is too long; the most is {ELECTION_MILLIS_MAX} (milliseconds)")]
    ElectionTooLong { election: i128 },
    #[error("--advertise-client-urls is needed when --listen-client-urls is set")]
    AdvertiseMissing,
    #[error("--{flag}: {source}")]
    Url { flag: &'static str, source: UrlError },
    #[error("--initial-cluster must have the form NAME=URL,NAME=URL,...; \"{0}\" has no URL")]
    InitialMember(String),
    #[error(transparent)]
    Bootstrap(#[from] BootstrapError),
    #[error(transparent)]
    Discovery(#[from] DiscoveryFlagError),
    #[error(transparent)]
    Users(#[from] UserFlagError),
    #[error(transparent)]
    Tls(#[from] TlsFlagError),
    #[error("--auto-compaction-retention=\"{value}\" is neither a number nor{} 0 or more", .or)]
    Retention { value: String, or: &'static str },
    #[error("--feature-gates: \"{part}\" must have the form NAME=true or NAME=false")]
    Gate { part: String },
    #[error("--feature-gates: there is no feature gate \"{name}\"")]
    UnknownGate { name: String },
    #[error("--feature-gates: {name} is set to true, but is not built yet")]
    GateNotBuilt { name: String },
    #[error("--feature-gates: LeaseCheckpointPersist needs LeaseCheckpoint")]
    CheckpointPersistAlone,
    #[error("--log-outputs: writing to {0} is not built yet; use stderr, which systemd takes to the journal")]
    LogOutputNotBuilt(String),
    #[error("--enable-log-rotation needs exactly one file in --log-outputs")]
    RotationNeedsOneFile,
    #[error("--log-rotation-config-json is malformed: {0}")]
    RotationJson(String),
    #[error("--log-rotation-config-json: compress is set to true, but compressing logs is not built yet")]
    RotationCompress,
    #[error("can't open the log file {}: {why}", .path.display())]
    LogFile { path: PathBuf, why: String },
}

/// How to log. Known before everything else, so that the other mistakes reach the right place.
pub fn log_config(settings: &Settings) -> Result<LogConfig, ConfigError> {
    let mut outputs: Vec<Output> = Vec::new();
    for name in settings.list("log-outputs") {
        let output = match name.as_str() {
            "" => continue,
            "default" | "stderr" => Output::Stderr,
            "stdout" => Output::Stdout,
            "systemd/journal" => return Err(ConfigError::LogOutputNotBuilt(name)),
            path => Output::File(path.into()),
        };
        if !outputs.contains(&output) {
            outputs.push(output);
        }
    }
    let files = outputs.iter().filter(|output| matches!(output, Output::File(_))).count();
    let rotation = if settings.bool("enable-log-rotation") {
        if files != 1 {
            return Err(ConfigError::RotationNeedsOneFile);
        }
        Some(rotation(&settings.text("log-rotation-config-json"))?)
    } else {
        None
    };
    let level = match settings.text("log-level").as_str() {
        "debug" => Level::Debug,
        "info" => Level::Info,
        "warn" => Level::Warn,
        "error" => Level::Error,
        _ => Level::Fatal,
    };
    let format = if settings.text("log-format") == "console" { Format::Console } else { Format::Json };
    Ok(LogConfig { level, format, outputs, rotation })
}

/// Checks everything else and makes the server's configuration. `warnings` are to be logged, also when this fails.
pub fn server_config(settings: &Settings, warnings: &mut Vec<String>) -> Result<ServerConfig, ConfigError> {
    refuse_leftover(settings)?;
    refuse_unbuilt(settings, warnings)?;
    let (heartbeat_interval, election_timeout) = timing(settings)?;
    let gates = gates::parse(&settings.text("feature-gates"))?;
    if settings.duration("compact-hash-check-time") <= 0 {
        return Err(ConfigError::NotPositive("compact-hash-check-time"));
    }
    if settings.source("listen-client-urls").is_some_and(|source| source != Source::File)
        && settings.source("advertise-client-urls").is_none()
    {
        return Err(ConfigError::AdvertiseMissing);
    }
    let name = settings.text("name");
    if name.is_empty() {
        return Err(ConfigError::Empty("name"));
    }
    let data_dir = match settings.text("data-dir") {
        given if given.is_empty() => format!("{name}.etcd"),
        given => given,
    };
    let initial_advertise_peer_urls = not_empty(settings, "initial-advertise-peer-urls")?;
    let cluster_source = discovery::cluster_source(settings)?;
    let initial_cluster = match settings.source("initial-cluster") {
        Some(_) if cluster_source == ClusterSource::Listed => initial_cluster(&settings.text("initial-cluster"))?,
        _ => vec![InitialMember { name: name.clone(), peer_urls: initial_advertise_peer_urls.clone() }],
    };
    let initial_cluster_token = match &cluster_source {
        // What all members have in common, and no other cluster has. Source: etcd.
        ClusterSource::Service(service) => service.token.clone(),
        _ => settings.text("initial-cluster-token"),
    };
    let mut server = ServerConfig {
        client_tls: TlsSettings::default(),
        peer_tls: TlsSettings::default(),
        host_whitelist: match settings.list("host-whitelist") {
            all if all.iter().any(|name| name == "*") => Vec::new(),
            names => names.into_iter().filter(|name| !name.is_empty()).collect(),
        },
        data_dir: data_dir.into(),
        wal_dir: Some(settings.text("wal-dir")).filter(|dir| !dir.is_empty()).map(PathBuf::from),
        listen_client: listen(settings, "listen-client-urls", true)?,
        listen_client_http: listen(settings, "listen-client-http-urls", false)?,
        listen_peer: listen(settings, "listen-peer-urls", true)?,
        listen_metrics: listen(settings, "listen-metrics-urls", false)?,
        advertise_client_urls: not_empty(settings, "advertise-client-urls")?,
        initial_advertise_peer_urls,
        initial_cluster,
        cluster_source,
        initial_cluster_token,
        join_existing: settings.text("initial-cluster-state") == "existing",
        force_new_cluster: settings.bool("force-new-cluster"),
        heartbeat_interval,
        election_timeout,
        pre_vote: settings.bool("pre-vote"),
        initial_election_tick_advance: settings.bool("initial-election-tick-advance"),
        max_request_bytes: max_request_bytes(settings, warnings)?,
        max_txn_ops: count(settings, "max-txn-ops")?,
        max_unread_bytes: usize::try_from(settings.number("max-unread-bytes")).unwrap_or(usize::MAX),
        max_concurrent_streams: u32::try_from(settings.number("max-concurrent-streams")).unwrap_or(u32::MAX),
        quota_backend_bytes: quota(settings, warnings),
        snapshot_catchup_entries: u64::try_from(settings.number("snapshot-catchup-entries")).unwrap_or(u64::MAX),
        snapshot_count: u64::try_from(settings.number("snapshot-count")).unwrap_or(u64::MAX),
        compaction_batch_limit: match count(settings, "compaction-batch-limit")? {
            0 => ServerConfig::default().compaction_batch_limit,
            limit => limit,
        },
        compaction_sleep_interval: match duration_of(settings, "compaction-sleep-interval") {
            Duration::ZERO => ServerConfig::default().compaction_sleep_interval,
            pause => pause,
        },
        watch_progress_notify_interval: match duration_of(settings, "watch-progress-notify-interval") {
            Duration::ZERO => ServerConfig::default().watch_progress_notify_interval,
            interval => interval.max(PROGRESS_INTERVAL_MIN),
        },
        auto_compaction: auto_compaction(settings)?,
        grpc_keepalive_min_time: duration_of(settings, "grpc-keepalive-min-time"),
        grpc_keepalive_interval: duration_of(settings, "grpc-keepalive-interval"),
        grpc_keepalive_timeout: duration_of(settings, "grpc-keepalive-timeout"),
        warning_apply_duration: duration_of(settings, "warning-apply-duration"),
        warning_unary_request_duration: match duration_of(settings, "warning-unary-request-duration") {
            Duration::ZERO => ServerConfig::default().warning_unary_request_duration,
            limit => limit,
        },
        socket_reuse_port: settings.bool("socket-reuse-port"),
        socket_reuse_address: settings.bool("socket-reuse-address"),
        strict_reconfig_check: settings.bool("strict-reconfig-check"),
        max_learners: count(settings, "max-learners")?,
        lease_checkpoint: gates.lease_checkpoint,
        enable_grpc_gateway: settings.bool("enable-grpc-gateway"),
        metrics_extensive: settings.text("metrics") == "extensive",
        auth: users::auth_config(settings, warnings)?,
        // Flags with secrets are not built yet, and refused above.
        command_line: settings.command_line.clone(),
        name,
    };
    (server.client_tls, server.peer_tls) = tls::settings(settings, &server, warnings)?;
    // A used directory remembers its cluster, and its members may have moved since: then these flags are not looked at.
    if server.cluster_source == ClusterSource::Listed && !server.has_data() {
        check_bootstrap(&server)?;
    }
    Ok(server)
}

fn refuse_leftover(settings: &Settings) -> Result<(), ConfigError> {
    match settings.leftover.first() {
        Some(word) if word == "gateway" || word == "grpc-proxy" => Err(ConfigError::SubcommandNotBuilt(word.clone())),
        Some(word) => Err(ConfigError::Leftover(word.clone())),
        None => Ok(()),
    }
}

/// Refuses what is not there, and warns of what has no effect.
fn refuse_unbuilt(settings: &Settings, warnings: &mut Vec<String>) -> Result<(), ConfigError> {
    for (flag, value, _) in settings.given() {
        if flag.asks_for_nothing(value) {
            continue;
        }
        match flag.state {
            State::Built => {}
            State::NoEffect(why) => warnings.push(format!("--{} has no effect: {why}", flag.name)),
            State::NotBuilt { feature, .. } => {
                return Err(ConfigError::NotBuilt { flag: flag.name, feature, default: flag.default });
            }
            State::Refused(why) => return Err(ConfigError::Refused { flag: flag.name, why }),
        }
    }
    for deprecated in ["max-snapshots", "v2-deprecation"] {
        if settings.source(deprecated).is_some() {
            warnings.push(format!("--{deprecated} is deprecated"));
        }
    }
    Ok(())
}

fn timing(settings: &Settings) -> Result<(Duration, Duration), ConfigError> {
    let heartbeat = settings.number("heartbeat-interval");
    let election = settings.number("election-timeout");
    for (flag, value) in [("heartbeat-interval", heartbeat), ("election-timeout", election)] {
        if value == 0 {
            return Err(ConfigError::NotPositive(flag));
        }
    }
    if HEARTBEATS_PER_ELECTION_MIN * heartbeat > election {
        return Err(ConfigError::ElectionTooShort { election, heartbeat });
    }
    if election > ELECTION_MILLIS_MAX {
        return Err(ConfigError::ElectionTooLong { election });
    }
    let millis = |value: i128| Duration::from_millis(u64::try_from(value).expect("both are between 1 and 50000"));
    Ok((millis(heartbeat), millis(election)))
}

fn max_request_bytes(settings: &Settings, warnings: &mut Vec<String>) -> Result<usize, ConfigError> {
    let value = settings.number("max-request-bytes");
    if value > REQUEST_BYTES_CAP {
        return Err(ConfigError::TooLarge { flag: "max-request-bytes", value, max: REQUEST_BYTES_CAP });
    }
    if value > REQUEST_BYTES_WARN {
        warnings.push(format!("--max-request-bytes={value} is above the recommended {REQUEST_BYTES_WARN}"));
    }
    Ok(usize::try_from(value).expect("between 0 and a gibibyte"))
}

fn quota(settings: &Settings, warnings: &mut Vec<String>) -> i64 {
    let value = settings.number("quota-backend-bytes");
    if value > QUOTA_BYTES_WARN {
        warnings.push(format!("--quota-backend-bytes={value} is above the recommended {QUOTA_BYTES_WARN}"));
    }
    i64::try_from(value).expect("the flag takes 64-bit numbers only")
}

fn count(settings: &Settings, flag: &'static str) -> Result<usize, ConfigError> {
    let value = settings.number(flag);
    if value < 0 {
        return Err(ConfigError::Negative { flag, value });
    }
    Ok(usize::try_from(value).unwrap_or(usize::MAX))
}

fn duration_of(settings: &Settings, flag: &str) -> Duration {
    duration::to_std(settings.duration(flag))
}

fn not_empty(settings: &Settings, flag: &'static str) -> Result<Vec<String>, ConfigError> {
    Some(settings.list(flag)).filter(|urls| !urls.is_empty()).ok_or(ConfigError::Empty(flag))
}

fn listen(settings: &Settings, flag: &'static str, needed: bool) -> Result<Vec<ListenUrl>, ConfigError> {
    let urls = if needed { not_empty(settings, flag)? } else { settings.list(flag) };
    urls.iter().map(|url| urls::to_listen(url).map_err(|source| ConfigError::Url { flag, source })).collect()
}

/// Reads `a=http://1:1,a=http://1:2,b=http://2:1`; members in order of their first mention.
pub(in crate::cmd) fn initial_cluster(text: &str) -> Result<Vec<InitialMember>, ConfigError> {
    const FLAG: &str = "initial-cluster";
    let mut members: Vec<InitialMember> = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let (name, url) = part.split_once('=').unwrap_or((part, ""));
        if name.is_empty() || url.is_empty() {
            return Err(ConfigError::InitialMember(part.to_owned()));
        }
        urls::parse(url).map_err(|error| ConfigError::Url { flag: FLAG, source: error.into() })?;
        match members.iter_mut().find(|member| member.name == name) {
            Some(member) => member.peer_urls.push(url.to_owned()),
            None => members.push(InitialMember { name: name.to_owned(), peer_urls: vec![url.to_owned()] }),
        }
    }
    for member in &mut members {
        member.peer_urls.sort();
        member.peer_urls.dedup();
    }
    if members.is_empty() {
        return Err(ConfigError::Empty(FLAG));
    }
    Ok(members)
}

/// As [`ServerConfig::check_bootstrap`], but a host may be written as a name in one place and as its address in the other.
fn check_bootstrap(server: &ServerConfig) -> Result<(), ConfigError> {
    match server.check_bootstrap() {
        Err(BootstrapError::OtherUrls { listed, advertised, .. }) if urls::same_places(&listed, &advertised) => Ok(()),
        result => Ok(result?),
    }
}

fn auto_compaction(settings: &Settings) -> Result<Option<AutoCompaction>, ConfigError> {
    let text = settings.text("auto-compaction-retention");
    let number = text.parse::<i64>().ok().filter(|number| *number >= 0);
    let retention = if settings.text("auto-compaction-mode") == "revision" {
        let refused = || ConfigError::Retention { value: text.clone(), or: " anything else that counts revisions, of" };
        AutoCompaction::Revision(number.ok_or_else(refused)?)
    } else {
        let refused = || ConfigError::Retention { value: text.clone(), or: " a duration of" };
        let nanos = match number {
            Some(hours) => hours.checked_mul(3600 * 1_000_000_000).ok_or_else(refused)?,
            None => duration::parse(&text).filter(|nanos| *nanos >= 0).ok_or_else(refused)?,
        };
        AutoCompaction::Periodic(duration::to_std(nanos))
    };
    let is_off = matches!(retention, AutoCompaction::Periodic(Duration::ZERO) | AutoCompaction::Revision(0));
    Ok(Some(retention).filter(|_| !is_off))
}

/// Megabytes when no size is given.
const ROTATION_MEGABYTES_DEFAULT: u64 = 100;

#[derive(Deserialize)]
#[serde(default, rename_all = "lowercase")]
#[derive(Default)]
struct RotationJson {
    maxsize: u64,
    maxage: u64,
    maxbackups: usize,
    localtime: bool,
    compress: bool,
}

fn rotation(json: &str) -> Result<Rotation, ConfigError> {
    let json: RotationJson = serde_json::from_str(json).map_err(|error| ConfigError::RotationJson(error.to_string()))?;
    if json.compress {
        return Err(ConfigError::RotationCompress);
    }
    let megabytes = if json.maxsize == 0 { ROTATION_MEGABYTES_DEFAULT } else { json.maxsize };
    Ok(Rotation {
        file_bytes_max: megabytes.saturating_mul(1024 * 1024),
        age_days_max: json.maxage,
        backups_max: json.maxbackups,
        local_time: json.localtime,
    })
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;
    use crate::core::config::ListenAddress;

    struct Plan {
        server: ServerConfig,
        warnings: Vec<String>,
    }

    fn plan(settings: &Settings) -> Result<Plan, ConfigError> {
        let mut warnings = Vec::new();
        let server = server_config(settings, &mut warnings)?;
        Ok(Plan { server, warnings })
    }

    fn plan_of(args: &[&str]) -> Result<Plan, ConfigError> {
        let mut args: Vec<OsString> = args.iter().map(OsString::from).collect();
        args.insert(0, "--data-dir=/nonexistent/data".into());
        plan(&Settings::from_args(args).unwrap().0)
    }

    fn refusal(args: &[&str]) -> String {
        plan_of(args).err().expect("a refusal").to_string()
    }

    #[test]
    fn no_flags_give_the_defaults_of_the_core() {
        let plan = plan(&Settings::default()).unwrap();
        assert_eq!(format!("{:?}", plan.server), format!("{:?}", ServerConfig::default()));
        assert!(plan.warnings.is_empty());
    }

    #[test]
    fn all_defaults_given_explicitly_are_the_same_as_none() {
        let args: Vec<OsString> =
            super::super::table::shown().map(|flag| format!("--{}={}", flag.name, flag.default).into()).collect();
        let mut plan = plan(&Settings::from_args(args).unwrap().0).unwrap();
        assert_eq!(std::mem::take(&mut plan.server.command_line).len(), 116);
        assert_eq!(format!("{:?}", plan.server), format!("{:?}", ServerConfig::default()));
        assert_eq!(plan.warnings, ["--max-snapshots is deprecated", "--v2-deprecation is deprecated"]);
    }

    #[test]
    fn a_name_alone_renames_the_directory_and_the_cluster_of_one() {
        let args = vec!["--name=m 1".into(), "--initial-advertise-peer-urls=http://10.0.0.1:2380".into()];
        let server = plan(&Settings::from_args(args).unwrap().0).unwrap().server;
        assert_eq!(server.data_dir, PathBuf::from("m 1.etcd"));
        let peer_urls = vec!["http://10.0.0.1:2380".to_owned()];
        assert_eq!(server.initial_cluster, [InitialMember { name: "m 1".to_owned(), peer_urls }]);
    }

    #[test]
    fn what_is_not_built_is_refused_by_name() {
        for (args, text) in [
            (
                "--enable-pprof",
                "--enable-pprof is set, but profiling over HTTP is not built yet; leave it at its default of \"false\"",
            ),
            ("--feature-gates=CompactHashCheck=true", "--feature-gates: CompactHashCheck is set to true, but is not built yet"),
            (
                "--unsafe-no-fsync",
                "--unsafe-no-fsync is refused: an acknowledged write is on disk here, always; use a faster disk instead",
            ),
        ] {
            assert_eq!(refusal(&[args]), text);
        }
        assert!(plan_of(&["--auto-tls=false", "--cors=", "--auth-token=", "--unsafe-no-fsync=false"]).is_ok());
    }

    #[test]
    fn timing_rules_name_both_values() {
        assert_eq!(
            refusal(&["--election-timeout=499"]),
            "--election-timeout=499 must be at least 5 times --heartbeat-interval=100"
        );
        assert_eq!(
            refusal(&["--election-timeout=50001"]),
            "--election-timeout=50001 is too long; the most is 50000 (milliseconds)"
        );
        assert_eq!(refusal(&["--heartbeat-interval=0"]), "--heartbeat-interval must be greater than 0");
        assert!(plan_of(&["--heartbeat-interval=10", "--election-timeout=50"]).is_ok());
    }

    #[test]
    fn listening_for_clients_needs_an_advertised_url() {
        let listen = "--listen-client-urls=http://127.0.0.1:1";
        assert_eq!(refusal(&[listen]), "--advertise-client-urls is needed when --listen-client-urls is set");
        let server = plan_of(&[listen, "--advertise-client-urls=http://db:1,http://a:1"]).unwrap().server;
        assert_eq!(server.advertise_client_urls, ["http://a:1", "http://db:1"]);
        assert_eq!(server.listen_client[0].address, ListenAddress::Tcp("127.0.0.1:1".parse().unwrap()));
    }

    #[test]
    fn a_new_cluster_must_list_this_member_with_its_advertised_urls() {
        let advertise = "--initial-advertise-peer-urls=http://127.0.0.1:9";
        assert_eq!(
            refusal(&["--initial-cluster=a=http://127.0.0.1:9", advertise]),
            "--initial-cluster does not list this member, --name=default"
        );
        assert_eq!(
            refusal(&["--initial-cluster=default=http://127.0.0.1:8", advertise]),
            "--initial-cluster gives this member the URLs http://127.0.0.1:8, but --initial-advertise-peer-urls is http://127.0.0.1:9"
        );
        assert_eq!(
            refusal(&["--initial-cluster=default=http://127.0.0.1:9,b=http://127.0.0.1:9", advertise]),
            "--initial-cluster lists the URL http://127.0.0.1:9 twice"
        );
        assert_eq!(
            refusal(&["--initial-cluster=default"]),
            "--initial-cluster must have the form NAME=URL,NAME=URL,...; \"default\" has no URL"
        );
        assert!(plan_of(&["--initial-cluster=default=http://localhost:9", advertise]).is_ok());
    }

    #[test]
    fn a_member_may_have_several_urls() {
        let server = plan_of(&[
            "--initial-cluster=b=http://h:3,default=http://h:2,default=http://h:1",
            "--initial-advertise-peer-urls=http://h:1,http://h:2",
        ]);
        assert_eq!(server.unwrap().server.initial_cluster[1].peer_urls, ["http://h:1", "http://h:2"]);
    }

    #[test]
    fn retention_is_hours_a_duration_or_revisions() {
        let compaction = |args: &[&str]| plan_of(args).unwrap().server.auto_compaction;
        let hours = |hours: u64| Some(AutoCompaction::Periodic(Duration::from_secs(hours * 3600)));
        assert_eq!(compaction(&["--auto-compaction-retention=0"]), None);
        assert_eq!(compaction(&["--auto-compaction-retention=2"]), hours(2));
        assert_eq!(compaction(&["--auto-compaction-retention=180m"]), hours(3));
        let revision = "--auto-compaction-mode=revision";
        assert_eq!(compaction(&[revision, "--auto-compaction-retention=1000"]), Some(AutoCompaction::Revision(1000)));
        assert_eq!(compaction(&[revision]), None);
        assert!(plan_of(&[revision, "--auto-compaction-retention=1h"]).is_err());
        assert!(plan_of(&["--auto-compaction-retention=-1"]).is_err());
        assert!(plan_of(&["--auto-compaction-retention=9999999999999"]).is_err());
    }

    #[test]
    fn zero_means_the_built_in_value() {
        let server = plan_of(&["--compaction-batch-limit=0", "--watch-progress-notify-interval=1ms"]).unwrap().server;
        assert_eq!(server.compaction_batch_limit, 1000);
        assert_eq!(server.watch_progress_notify_interval, Duration::from_millis(100));
    }

    #[test]
    fn values_that_are_unwise_are_warned_about() {
        let plan = plan_of(&["--max-request-bytes=10485761", "--quota-backend-bytes=8589934593", "--max-wals=7"]).unwrap();
        assert_eq!(plan.warnings.len(), 3, "{:?}", plan.warnings);
        assert_eq!(plan_of(&["--quota-backend-bytes=53248"]).unwrap().server.quota_backend_bytes, 53248);
    }

    #[test]
    fn leftover_words_are_named() {
        assert_eq!(refusal(&["start"]), "\"start\" is not a flag: flags begin with --, and a server takes nothing else");
        assert_eq!(refusal(&["gateway", "start"]), "the subcommand \"gateway\" is not built yet");
    }

    #[test]
    fn rotation_needs_one_file_and_sound_limits() {
        let logs = |args: &[&str]| log_config(&Settings::from_args(args.iter().map(OsString::from).collect()).unwrap().0);
        let rotate = "--enable-log-rotation";
        assert_eq!(logs(&[rotate]), Err(ConfigError::RotationNeedsOneFile));
        assert_eq!(logs(&[rotate, "--log-outputs=/a,/b"]), Err(ConfigError::RotationNeedsOneFile));
        let json = r#"--log-rotation-config-json={"maxsize":1,"maxbackups":2}"#;
        let config = logs(&[rotate, "--log-outputs=/a,stderr", json]).unwrap();
        let rotation = Rotation { file_bytes_max: 1024 * 1024, age_days_max: 0, backups_max: 2, local_time: false };
        assert_eq!(config.rotation, Some(rotation));
        assert!(matches!(logs(&[rotate, "--log-outputs=/a", "--log-rotation-config-json={"]), Err(ConfigError::RotationJson(_))));
        assert!(matches!(logs(&["--log-outputs=systemd/journal"]), Err(ConfigError::LogOutputNotBuilt(_))));
    }

    #[test]
    fn whatever_is_said_of_rotation_is_read_or_refused() {
        let good = r#"{"maxsize": 100, "maxage": 0, "maxbackups": 0, "localtime": false, "compress": false}"#;
        crate::mangle::survives_text(&[good, "{}"], |json| drop(rotation(json)));
    }
}
