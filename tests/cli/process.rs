//! The process contract of `serve` as tools around etcd rely on it: flags, environment, configuration file, exit codes, log
//! lines. Everything here ends before a server runs.

use std::{
    fs,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

/// All flags of etcd 3.7 with their defaults, as tools pass them explicitly.
pub const DEFAULTS: [(&str, &str); 116] = [
    ("name", "default"),
    ("data-dir", ""),
    ("wal-dir", ""),
    ("snapshot-count", "10000"),
    ("heartbeat-interval", "100"),
    ("election-timeout", "1000"),
    ("initial-election-tick-advance", "true"),
    ("listen-peer-urls", "http://localhost:2380"),
    ("listen-client-urls", "http://localhost:2379"),
    ("listen-client-http-urls", ""),
    ("max-snapshots", "5"),
    ("max-wals", "5"),
    ("memory-mlock", "false"),
    ("quota-backend-bytes", "0"),
    ("backend-bbolt-freelist-type", "map"),
    ("backend-batch-interval", "0s"),
    ("backend-batch-limit", "0"),
    ("max-txn-ops", "128"),
    ("max-request-bytes", "1572864"),
    ("max-concurrent-streams", "4294967295"),
    ("grpc-keepalive-min-time", "5s"),
    ("grpc-keepalive-interval", "2h0m0s"),
    ("grpc-keepalive-timeout", "20s"),
    ("socket-reuse-port", "false"),
    ("socket-reuse-address", "false"),
    ("enable-grpc-gateway", "true"),
    ("raft-read-timeout", "5s"),
    ("raft-write-timeout", "5s"),
    ("feature-gates", ""),
    ("config-file", ""),
    ("version", "false"),
    ("initial-advertise-peer-urls", "http://localhost:2380"),
    ("initial-cluster", "default=http://localhost:2380"),
    ("initial-cluster-state", "new"),
    ("initial-cluster-token", "etcd-cluster"),
    ("advertise-client-urls", "http://localhost:2379"),
    ("discovery-token", ""),
    ("discovery-endpoints", ""),
    ("discovery-dial-timeout", "2s"),
    ("discovery-request-timeout", "5s"),
    ("discovery-keepalive-time", "2s"),
    ("discovery-keepalive-timeout", "6s"),
    ("discovery-insecure-transport", "true"),
    ("discovery-insecure-skip-tls-verify", "false"),
    ("discovery-cert", ""),
    ("discovery-key", ""),
    ("discovery-cacert", ""),
    ("discovery-user", ""),
    ("discovery-password", ""),
    ("discovery-fallback", "exit"),
    ("discovery-srv", ""),
    ("discovery-srv-name", ""),
    ("strict-reconfig-check", "true"),
    ("pre-vote", "true"),
    ("auto-compaction-retention", "0"),
    ("auto-compaction-mode", "periodic"),
    ("v2-deprecation", "write-only"),
    ("cert-file", ""),
    ("key-file", ""),
    ("client-cert-file", ""),
    ("client-key-file", ""),
    ("client-cert-auth", "false"),
    ("client-crl-file", ""),
    ("client-cert-allowed-cn", ""),
    ("client-cert-allowed-hostname", ""),
    ("trusted-ca-file", ""),
    ("auto-tls", "false"),
    ("peer-cert-file", ""),
    ("peer-key-file", ""),
    ("peer-client-cert-file", ""),
    ("peer-client-key-file", ""),
    ("peer-client-cert-auth", "false"),
    ("peer-trusted-ca-file", ""),
    ("peer-auto-tls", "false"),
    ("peer-cert-allowed-cn", ""),
    ("peer-cert-allowed-hostname", ""),
    ("peer-skip-client-san-verification", "false"),
    ("peer-crl-file", ""),
    ("self-signed-cert-validity", "1"),
    ("cipher-suites", ""),
    ("cors", "*"),
    ("host-whitelist", "*"),
    ("tls-min-version", "TLS1.2"),
    ("tls-max-version", ""),
    ("auth-token", "simple"),
    ("bcrypt-cost", "10"),
    ("auth-token-ttl", "300"),
    ("audit-log", ""),
    ("max-unread-bytes", "0"),
    ("enable-pprof", "false"),
    ("metrics", "basic"),
    ("listen-metrics-urls", ""),
    ("logger", "zap"),
    ("log-outputs", "default"),
    ("log-level", "info"),
    ("log-format", "json"),
    ("enable-log-rotation", "false"),
    ("log-rotation-config-json", r#"{"maxsize": 100, "maxage": 0, "maxbackups": 0, "localtime": false, "compress": false}"#),
    ("warning-unary-request-duration", "300ms"),
    ("warning-apply-duration", "100ms"),
    ("enable-distributed-tracing", "false"),
    ("distributed-tracing-address", "localhost:4317"),
    ("distributed-tracing-service-name", "etcd"),
    ("distributed-tracing-instance-id", ""),
    ("distributed-tracing-sampling-rate", "0"),
    ("corrupt-check-time", "0s"),
    ("compact-hash-check-time", "1m0s"),
    ("compaction-batch-limit", "0"),
    ("compaction-sleep-interval", "0s"),
    ("watch-progress-notify-interval", "0s"),
    ("bootstrap-defrag-threshold-megabytes", "0"),
    ("max-learners", "1"),
    ("downgrade-check-time", "5s"),
    ("snapshot-catchup-entries", "5000"),
    ("force-new-cluster", "false"),
    ("unsafe-no-fsync", "false"),
];

/// A mistake that is found last, behind every other check, so that a test may look at all that was said before it.
const LAST_MISTAKE: &str = "--initial-cluster=somebody-else=http://127.0.0.1:1";
const LAST_MISTAKE_TEXT: &str = "--initial-cluster does not list this member, --name=default";

struct Ended {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Ended {
    /// The JSON lines on stderr.
    fn log(&self) -> Vec<Value> {
        log_lines(&self.stderr)
    }

    fn messages(&self, level: &str) -> Vec<String> {
        let of_level = self.log().into_iter().filter(|line| line["level"] == level);
        of_level.map(|line| line["msg"].as_str().unwrap().to_owned()).collect()
    }

    /// The last line on stderr, for a human.
    fn last_line(&self) -> &str {
        self.stderr.lines().last().unwrap_or_default()
    }
}

fn log_lines(text: &str) -> Vec<Value> {
    text.lines().filter(|line| line.starts_with('{')).map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Runs `serve` with nothing but these arguments and variables.
fn serve(args: &[&str], variables: &[(&str, &str)]) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quorate"));
    command.arg("serve").args(args).env_clear().envs(variables.iter().copied()).stdin(Stdio::null());
    let Output { status, stdout, stderr } = command.output().unwrap();
    Ended { code: status.code(), stdout: String::from_utf8(stdout).unwrap(), stderr: String::from_utf8(stderr).unwrap() }
}

fn refused(args: &[&str]) -> Ended {
    let ended = serve(args, &[]);
    assert_eq!(ended.code, Some(1), "{args:?}: {}", ended.stderr);
    assert!(ended.stdout.is_empty(), "{}", ended.stdout);
    ended
}

#[test]
fn the_version_is_four_lines_at_once() {
    let ended = serve(&["--version"], &[]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    let lines: Vec<&str> = ended.stdout.lines().collect();
    assert_eq!(lines[0], "etcd Version: 3.7.1");
    assert!(lines[1].starts_with("Git SHA: "));
    assert!(lines[2].starts_with("Go Version: "));
    assert!(lines[3].starts_with("Go OS/Arch: linux/"));
    assert_eq!(lines.len(), 4);
    // The fastest of several: the machine may be busy.
    let fastest = (0..10).map(|_| {
        let begun = Instant::now();
        serve(&["--version"], &[]);
        begun.elapsed()
    });
    assert!(fastest.min().unwrap() < Duration::from_millis(50));
}

#[test]
fn help_lists_every_flag_on_stdout() {
    for arg in ["--help", "-h", "-help"] {
        let ended = serve(&[arg], &[]);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
        for (name, _) in DEFAULTS {
            assert!(ended.stdout.contains(&format!("\n  --{name}")), "--{name}");
        }
    }
}

#[test]
fn all_113_flags_parse_with_their_defaults_in_every_form() {
    let mut joined: Vec<String> = DEFAULTS.iter().map(|(name, value)| format!("--{name}={value}")).collect();
    joined.push("--version".into());
    let single: Vec<String> = joined.iter().map(|arg| arg[1..].to_owned()).collect();
    let mut apart = Vec::new();
    for (name, value) in DEFAULTS {
        if ["true", "false"].contains(&value) {
            apart.push(format!("--{name}={value}"));
        } else {
            apart.extend([format!("--{name}"), value.to_owned()]);
        }
    }
    apart.push("--version=true".into());
    for args in [joined, single, apart] {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let ended = serve(&args, &[]);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert!(ended.stdout.starts_with("etcd Version: "));
    }
}

#[test]
fn all_defaults_together_are_accepted_and_the_deprecated_ones_warn() {
    let mut args: Vec<String> = DEFAULTS.iter().map(|(name, value)| format!("--{name}={value}")).collect();
    args.push(LAST_MISTAKE.into());
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let ended = refused(&args);
    assert_eq!(ended.last_line(), format!("Error: {LAST_MISTAKE_TEXT}"));
    assert_eq!(ended.messages("warn"), ["--max-snapshots is deprecated", "--v2-deprecation is deprecated"]);
}

#[test]
fn the_last_of_several_wins() {
    assert!(serve(&["--version", "--version=false", "--version=true"], &[]).stdout.starts_with("etcd Version: "));
    let ended = refused(&["--heartbeat-interval=0", "--heartbeat-interval=300"]);
    assert!(ended.last_line().ends_with("--heartbeat-interval=300"), "{}", ended.stderr);
}

#[test]
fn a_mistake_on_the_command_line_shows_the_usage_and_exits_2() {
    for (args, text) in [
        (&["--listen-client-url=http://127.0.0.1:1"][..], "unknown flag --listen-client-url; did you mean --listen-client-urls?"),
        (&["--nmae", "a"], "unknown flag --nmae; did you mean --name?"),
        (&["--experimental-corrupt-check-time=1h"], "unknown flag --experimental-corrupt-check-time"),
        (&["--name"], "--name needs a value"),
        (&["--pre-vote=perhaps"], "invalid value \"perhaps\" for --pre-vote: expected true or false"),
        (&["--grpc-keepalive-interval=7"], "invalid value \"7\" for --grpc-keepalive-interval: expected a duration"),
        (&["--listen-peer-urls=127.0.0.1:2380"], "URL scheme must be http, https, unix, or unixs: 127.0.0.1:2380"),
        (&["--initial-cluster-state=maybe"], "invalid value \"maybe\" for --initial-cluster-state: expected one of"),
    ] {
        let ended = serve(args, &[]);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{args:?}");
        assert!(ended.stderr.contains(text), "{args:?}: {}", ended.stderr);
        assert!(ended.last_line().starts_with("Usage: "), "{}", ended.stderr);
    }
}

#[test]
fn a_mistake_in_the_configuration_is_one_log_line_and_exits_1() {
    let ended = refused(&["--election-timeout=200"]);
    let text = "--election-timeout=200 must be at least 5 times --heartbeat-interval=100";
    assert_eq!(ended.last_line(), format!("Error: {text}"));
    let log = ended.log();
    assert_eq!(log.len(), 1, "{}", ended.stderr);
    assert_eq!((&log[0]["level"], &log[0]["error"]), (&"fatal".into(), &text.into()));
    let stamp = log[0]["ts"].as_str().unwrap();
    assert!(stamp.len() >= 20 && stamp.as_bytes()[10] == b'T', "{stamp}");
    assert!(log[0]["caller"].as_str().unwrap().contains(".rs:"));
    assert!(!ended.stderr.contains('\u{1b}'), "no colour");
}

#[test]
fn contradictions_and_bad_values_name_the_flag() {
    for (args, text) in [
        (&["start"][..], "\"start\" is not a flag"),
        (&["gateway", "start"], "the subcommand \"gateway\" is not built yet"),
        (&["--listen-client-urls=http://127.0.0.1:1"], "--advertise-client-urls is needed when --listen-client-urls is set"),
        (&["--listen-peer-urls=http://example.com:1"], "--listen-peer-urls: expected an IP address or localhost"),
        (
            &["--listen-client-urls=https://127.0.0.1:1", "--advertise-client-urls=https://127.0.0.1:1", "--cert-file=c.pem"],
            "--cert-file needs --key-file too",
        ),
        (&["--election-timeout=50001"], "--election-timeout=50001 is too long"),
        (&["--heartbeat-interval=0"], "--heartbeat-interval must be greater than 0"),
        (&["--compact-hash-check-time=0s"], "--compact-hash-check-time must be greater than 0"),
        (&["--auto-compaction-retention=later"], "--auto-compaction-retention=\"later\""),
        (&["--feature-gates=Nope=true"], "--feature-gates: there is no feature gate \"Nope\""),
        (&["--initial-cluster=default"], "--initial-cluster must have the form"),
        (&["--discovery-token=t"], "--discovery-token needs --discovery-endpoints too"),
        (&["--discovery-srv=a.example", "--initial-cluster=a=http://h:1"], "both say who the members are"),
        (&[LAST_MISTAKE], LAST_MISTAKE_TEXT),
        (&["--log-outputs=/nonexistent/dir/log"], "can't open the log file /nonexistent/dir/log"),
        (&["--enable-log-rotation"], "--enable-log-rotation needs exactly one file in --log-outputs"),
        (&["--max-learners=-1"], "--max-learners=-1 must not be negative"),
    ] {
        let ended = refused(args);
        assert!(ended.last_line().starts_with("Error: ") && ended.last_line().contains(text), "{args:?}: {}", ended.stderr);
    }
}

#[test]
fn what_is_not_built_is_refused_by_name() {
    for (flag, value) in [
        ("memory-mlock", "true"),
        ("cors", "https://a.example"),
        ("enable-pprof", "true"),
        ("enable-distributed-tracing", "true"),
        ("corrupt-check-time", "1h"),
        ("unsafe-no-fsync", "true"),
    ] {
        let ended = refused(&[&format!("--{flag}={value}")]);
        let line = ended.last_line();
        assert!(
            line.contains(&format!("--{flag} is ")) && (line.contains("not built yet") || line.contains("refused")),
            "{line}"
        );
    }
}

#[test]
fn the_environment_is_read_and_unknown_names_are_warned_about() {
    let ended = serve(&[LAST_MISTAKE], &[("ETCD_VERIFY", "all"), ("ETCD_UNSUPPORTED_ARCH", "arm"), ("ETCD_NAME", "env name")]);
    assert_eq!(ended.last_line(), "Error: --initial-cluster does not list this member, --name=env name");
    assert_eq!(
        ended.messages("warn"),
        ["unknown environment variable ETCD_UNSUPPORTED_ARCH is ignored", "unknown environment variable ETCD_VERIFY is ignored"]
    );
}

#[test]
fn the_same_flag_on_the_command_line_and_in_the_environment_is_fatal() {
    let ended = serve(&["--name=a"], &[("ETCD_NAME", "b")]);
    assert_eq!(ended.code, Some(1));
    assert_eq!(ended.last_line(), "Error: --name and the environment variable ETCD_NAME are both set; remove one of them");
    assert_eq!(ended.log()[0]["level"], "fatal");
}

#[test]
fn a_bad_or_empty_variable_is_refused_or_counts_as_not_set() {
    let ended = serve(&[], &[("ETCD_ELECTION_TIMEOUT", "soon")]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.last_line().contains("invalid value \"soon\" for ETCD_ELECTION_TIMEOUT"), "{}", ended.stderr);
    let ended = serve(&["--name=a", LAST_MISTAKE], &[("ETCD_NAME", ""), ("ETCD_ELECTION_TIMEOUT", "")]);
    assert_eq!(ended.last_line(), "Error: --initial-cluster does not list this member, --name=a");
}

#[test]
fn with_a_configuration_file_other_flags_and_variables_are_ignored() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a, b.yaml");
    fs::write(&file, "name: from-file\nproxy: 'off'\ninitial-cluster: x=http://127.0.0.1:1\n").unwrap();
    let path = file.to_str().unwrap();
    for (args, variables) in [
        (&["--config-file", path, "--election-timeout=1", "--name=flag"][..], &[("ETCD_NAME", "env")][..]),
        (&["--election-timeout=1"], &[("ETCD_CONFIG_FILE", path), ("ETCD_HEARTBEAT_INTERVAL", "bad")]),
    ] {
        let ended = serve(args, variables);
        assert_eq!(ended.last_line(), "Error: --initial-cluster does not list this member, --name=from-file");
        assert_eq!(ended.messages("warn"), ["unknown key proxy of the configuration file is ignored"]);
    }
}

#[test]
fn a_configuration_file_that_cannot_be_used_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = |text: &str| {
        let path = dir.path().join("c.yaml");
        fs::write(&path, text).unwrap();
        refused(&["--config-file", path.to_str().unwrap()]).last_line().to_owned()
    };
    assert!(file("heartbeat-interval: soon").contains("invalid value for heartbeat-interval in the configuration file"));
    assert!(file("- a").contains("expected a mapping of keys to values"));
    assert!(file("{").contains("can't read the configuration file"));
    let half = "{listen-client-urls: 'https://127.0.0.1:1', advertise-client-urls: 'https://127.0.0.1:1', \
                client-transport-security: {cert-file: c.pem}}";
    assert!(file(half).contains("--cert-file needs --key-file too"));
    assert!(refused(&["--config-file=/nonexistent"]).last_line().contains("/nonexistent: No such file"));
}

#[test]
fn the_console_format_has_columns_and_a_level_filters() {
    let ended = refused(&["--log-format=console", "--log-level=fatal", "--max-wals=9", LAST_MISTAKE]);
    let columns: Vec<&str> = ended.stderr.lines().next().unwrap().split('\t').collect();
    assert_eq!(columns[1], "fatal");
    assert_eq!(columns.len(), 5, "{columns:?}");
    assert_eq!(ended.stderr.lines().count(), 2, "{}", ended.stderr);
    let warned = refused(&["--max-wals=9", LAST_MISTAKE]);
    assert!(warned.messages("warn")[0].starts_with("--max-wals has no effect"), "{}", warned.stderr);
}

#[test]
fn logs_go_to_every_output_and_a_mistake_is_told_on_stderr_too() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("log");
    let outputs = format!("--log-outputs={},stdout", log.display());
    let ended = serve(&[&outputs, LAST_MISTAKE], &[]);
    assert_eq!(ended.stderr, format!("Error: {LAST_MISTAKE_TEXT}\n"));
    assert_eq!(ended.stdout, fs::read_to_string(&log).unwrap());
    assert_eq!(log_lines(&ended.stdout)[0]["error"], LAST_MISTAKE_TEXT);
}

#[test]
fn a_log_that_cannot_be_written_stops_nothing() {
    let ended = serve(&["--log-outputs=/dev/full", LAST_MISTAKE], &[]);
    assert_eq!((ended.code, ended.stderr), (Some(1), format!("Error: {LAST_MISTAKE_TEXT}\n")));
}
