//! All flags of the server: etcd 3.7's 113, three of our own (`audit-log`, `client-cert-allowed-cn`, `max-unread-bytes`), and the names that
//! etcd takes and ignores.
//!
//! A flag is one line here and is known everywhere: on the command line, as an environment variable, in the configuration file,
//! in the help text, in completions and in the manual page.

use super::flag::{Flag, Kind};

/// Flags under one heading of the help text.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    pub title: &'static str,
    pub flags: &'static [Flag],
}

/// Every flag that the help text shows.
pub const SECTIONS: [Section; 5] = [
    Section { title: "Member", flags: MEMBER },
    Section { title: "Clustering", flags: CLUSTERING },
    Section { title: "Security", flags: SECURITY },
    Section { title: "Monitoring and logging", flags: MONITORING },
    Section { title: "Behaviour and safety", flags: BEHAVIOUR },
];

/// All flags, the shown ones first.
pub fn all() -> impl Iterator<Item = &'static Flag> {
    shown().chain(IGNORED)
}

/// The flags of [`SECTIONS`].
pub fn shown() -> impl Iterator<Item = &'static Flag> {
    SECTIONS.iter().flat_map(|section| section.flags)
}

/// The flag of this name.
pub fn find(name: &str) -> Option<&'static Flag> {
    all().find(|flag| flag.name == name)
}

const LOG_CUTS_ITSELF: &str = "the raft log is cut by itself, so that there are no files to count";
const FLUSHES_THEMSELVES: &str = "the log makes writes durable, and the state follows in batches of its own";
const LINKS_WATCH_THEMSELVES: &str = "links between members notice a dead peer by their own heartbeats";

const MEMBER: &[Flag] = &[
    Flag::new("name", Kind::Text, "default", "Set the name of this member, which also finds it in --initial-cluster"),
    Flag::new("data-dir", Kind::Text, "", "Set the directory of all data; ${name}.etcd when not given"),
    Flag::new("wal-dir", Kind::Text, "", "Keep the raft log in this directory instead of the data directory"),
    Flag::new("snapshot-count", Kind::UINT, "10000", "Set the number of applied entries after which the log may be cut"),
    Flag::new("heartbeat-interval", Kind::UINT, "100", "Set the milliseconds between two heartbeats of the leader"),
    Flag::new("election-timeout", Kind::UINT, "1000", "Set the milliseconds without a leader before an election"),
    Flag::new("initial-election-tick-advance", Kind::Bool, "true", "Shorten the first election's wait after a start"),
    Flag::new("listen-peer-urls", Kind::Urls, "http://localhost:2380", "Listen on these URLs for other members"),
    Flag::new("listen-client-urls", Kind::Urls, "http://localhost:2379", "Listen on these URLs for clients"),
    Flag::new(
        "listen-client-http-urls",
        Kind::Urls,
        "",
        "Listen on these URLs for clients' HTTP alone; --listen-client-urls then serves gRPC alone",
    ),
    Flag::new("max-snapshots", Kind::UINT, "5", "Limit the snapshot files kept (deprecated)").no_effect(LOG_CUTS_ITSELF),
    Flag::new("max-wals", Kind::UINT, "5", "Limit the log files kept").no_effect(LOG_CUTS_ITSELF),
    Flag::new("memory-mlock", Kind::Bool, "false", "Lock the server's memory").not_built("locking memory"),
    Flag::new(
        "quota-backend-bytes",
        Kind::INT,
        "0",
        "Refuse writes when the database is this many bytes long; 0 means 2 GiB, negative no limit",
    ),
    Flag::new("backend-bbolt-freelist-type", Kind::Choice(&["array", "map"]), "map", "Choose bbolt's free list")
        .no_effect("the state is not kept in bbolt"),
    Flag::new("backend-batch-interval", Kind::Duration, "0s", "Limit the age of an uncommitted batch")
        .no_effect(FLUSHES_THEMSELVES),
    Flag::new("backend-batch-limit", Kind::INT, "0", "Limit the size of an uncommitted batch").no_effect(FLUSHES_THEMSELVES),
    Flag::new("max-txn-ops", Kind::UINT, "128", "Limit the operations in each list of a transaction"),
    Flag::new("max-request-bytes", Kind::UINT, "1572864", "Limit the bytes of a request"),
    Flag::new("max-concurrent-streams", Kind::UINT32, "4294967295", "Limit the concurrent streams of a client's connection"),
    Flag::new(
        "max-unread-bytes",
        Kind::UINT,
        "0",
        "Limit the bytes of answers that clients have not read; 0 means a quarter of the memory",
    ),
    Flag::new("grpc-keepalive-min-time", Kind::Duration, "5s", "Set the shortest time that a client should leave between pings"),
    Flag::new("grpc-keepalive-interval", Kind::Duration, "2h0m0s", "Ping a client after this time of silence; 0 means never"),
    Flag::new("grpc-keepalive-timeout", Kind::Duration, "20s", "Close a connection when a ping is unanswered for so long"),
    Flag::new("socket-reuse-port", Kind::Bool, "false", "Set SO_REUSEPORT on listeners").at(&["socket-options", "reuse-port"]),
    Flag::new("socket-reuse-address", Kind::Bool, "false", "Set SO_REUSEADDR on listeners")
        .at(&["socket-options", "reuse-address"]),
    Flag::new("enable-grpc-gateway", Kind::Bool, "true", "Serve the JSON API under /v3/"),
    Flag::new("raft-read-timeout", Kind::Duration, "5s", "Limit the wait for bytes of another member")
        .not_in_file()
        .no_effect(LINKS_WATCH_THEMSELVES),
    Flag::new("raft-write-timeout", Kind::Duration, "5s", "Limit the wait for another member to take bytes")
        .not_in_file()
        .no_effect(LINKS_WATCH_THEMSELVES),
    Flag::new("feature-gates", Kind::Text, "", "Turn features on or off, as a list of NAME=true or NAME=false"),
    Flag::new("config-file", Kind::Text, "", "Read the configuration from this file; other flags are then ignored").not_in_file(),
    Flag::new("version", Kind::Bool, "false", "Print the version and exit").not_in_file(),
];

const CLUSTERING: &[Flag] = &[
    Flag::new(
        "initial-advertise-peer-urls",
        Kind::Urls,
        "http://localhost:2380",
        "Tell the other members to reach this one at these URLs",
    ),
    Flag::new(
        "initial-cluster",
        Kind::Text,
        "default=http://localhost:2380",
        "Name the members of the new cluster as a list of NAME=URL; by default this one alone",
    ),
    Flag::new("initial-cluster-state", Kind::Choice(&["new", "existing"]), "new", "Begin a new cluster or join an existing one"),
    Flag::new("initial-cluster-token", Kind::Text, "etcd-cluster", "Tell clusters with equal members apart by this text"),
    Flag::new("advertise-client-urls", Kind::Urls, "http://localhost:2379", "Tell clients to reach this member at these URLs"),
    Flag::new("discovery-token", Kind::Text, "", "Find the members in a discovery service by this token")
        .at(&["discovery-config", "token"]),
    Flag::new("discovery-endpoints", Kind::List, "", "Find the members at these discovery endpoints")
        .at(&["discovery-config", "endpoints"]),
    Flag::new("discovery-dial-timeout", Kind::Duration, "2s", "Limit the wait for a connection to the discovery service")
        .at(&["discovery-config", "dial-timeout"]),
    Flag::new("discovery-request-timeout", Kind::Duration, "5s", "Limit the wait for the discovery service's answer")
        .at(&["discovery-config", "request-timeout"]),
    Flag::new("discovery-keepalive-time", Kind::Duration, "2s", "Ping the discovery service this often")
        .at(&["discovery-config", "keepalive-time"]),
    Flag::new("discovery-keepalive-timeout", Kind::Duration, "6s", "Limit the wait for the discovery service's ping")
        .at(&["discovery-config", "keepalive-timeout"]),
    Flag::new("discovery-insecure-transport", Kind::Bool, "true", "Talk to the discovery service without TLS").at(&[
        "discovery-config",
        "secure",
        "insecure-transport",
    ]),
    Flag::new("discovery-insecure-skip-tls-verify", Kind::Bool, "false", "Trust any certificate of the discovery service").at(&[
        "discovery-config",
        "secure",
        "insecure-skip-tls-verify",
    ]),
    Flag::new("discovery-cert", Kind::Text, "", "Show the discovery service this certificate").at(&[
        "discovery-config",
        "secure",
        "cert",
    ]),
    Flag::new("discovery-key", Kind::Text, "", "Use this key for --discovery-cert").at(&["discovery-config", "secure", "key"]),
    Flag::new("discovery-cacert", Kind::Text, "", "Trust this authority for the discovery service").at(&[
        "discovery-config",
        "secure",
        "cacert",
    ]),
    Flag::new("discovery-user", Kind::Text, "", "Log in to the discovery service as this user").at(&[
        "discovery-config",
        "auth",
        "username",
    ]),
    Flag::new("discovery-password", Kind::Text, "", "Log in to the discovery service with this password").at(&[
        "discovery-config",
        "auth",
        "password",
    ]),
    Flag::new("discovery-fallback", Kind::Choice(&["exit", "proxy"]), "exit", "Say what to do when discovery fails")
        .not_in_file()
        .refused("a server without its cluster has nothing to serve, so that only \"exit\" is left"),
    Flag::new(
        "discovery-srv",
        Kind::Text,
        "",
        "Find the members by the DNS SRV records of this domain; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask",
    ),
    Flag::new("discovery-srv-name", Kind::Text, "", "Add this suffix to the name of the SRV service"),
    Flag::new("strict-reconfig-check", Kind::Bool, "true", "Refuse changes of membership that endanger the quorum"),
    Flag::new("pre-vote", Kind::Bool, "true", "Ask for votes before disturbing a leader"),
    Flag::new(
        "auto-compaction-retention",
        Kind::Text,
        "0",
        "Keep this much history: hours, a duration, or revisions; 0 means all",
    ),
    Flag::new(
        "auto-compaction-mode",
        Kind::Choice(&["periodic", "revision"]),
        "periodic",
        "Measure the history kept in time or revisions",
    ),
    Flag::new(
        "v2-deprecation",
        Kind::Choice(&["write-only", "write-only-skip-check", "write-only-drop-data", "gone"]),
        "write-only",
        "Say what to do with data of the v2 API (deprecated)",
    )
    .no_effect("there is no v2 API here"),
];

const CALLS_NO_CLIENT_PORT: &str = "this server never calls its own client port";

const SECURITY: &[Flag] = &[
    Flag::new("cert-file", Kind::Text, "", "Show clients this certificate").at(&["client-transport-security", "cert-file"]),
    Flag::new("key-file", Kind::Text, "", "Use this key for --cert-file").at(&["client-transport-security", "key-file"]),
    Flag::new("client-cert-file", Kind::Text, "", "Show this certificate where the server itself is a client")
        .at(&["client-transport-security", "client-cert-file"])
        .no_effect(CALLS_NO_CLIENT_PORT),
    Flag::new("client-key-file", Kind::Text, "", "Use this key for --client-cert-file")
        .at(&["client-transport-security", "client-key-file"])
        .no_effect(CALLS_NO_CLIENT_PORT),
    Flag::new("client-cert-auth", Kind::Bool, "false", "Demand certificates of clients")
        .at(&["client-transport-security", "client-cert-auth"]),
    Flag::new("client-crl-file", Kind::Text, "", "Refuse the clients' certificates that this list revokes").not_in_file(),
    // etcd has this one in its file alone.
    Flag::new("client-cert-allowed-cn", Kind::List, "", "Allow only these common names in clients' certificates")
        .at(&["client-transport-security", "allowed-cn"]),
    Flag::new("client-cert-allowed-hostname", Kind::List, "", "Allow only these host names in clients' certificates")
        .at(&["client-transport-security", "allowed-hostname"]),
    Flag::new("trusted-ca-file", Kind::Text, "", "Trust this authority for clients' certificates")
        .at(&["client-transport-security", "trusted-ca-file"]),
    Flag::new("auto-tls", Kind::Bool, "false", "Serve clients by TLS with a certificate made at the start")
        .at(&["client-transport-security", "auto-tls"]),
    Flag::new("peer-cert-file", Kind::Text, "", "Show members this certificate").at(&["peer-transport-security", "cert-file"]),
    Flag::new("peer-key-file", Kind::Text, "", "Use this key for --peer-cert-file").at(&["peer-transport-security", "key-file"]),
    Flag::new("peer-client-cert-file", Kind::Text, "", "Show this certificate when calling a member")
        .at(&["peer-transport-security", "client-cert-file"]),
    Flag::new("peer-client-key-file", Kind::Text, "", "Use this key for --peer-client-cert-file")
        .at(&["peer-transport-security", "client-key-file"]),
    Flag::new("peer-client-cert-auth", Kind::Bool, "false", "Demand certificates of members")
        .at(&["peer-transport-security", "client-cert-auth"]),
    Flag::new("peer-trusted-ca-file", Kind::Text, "", "Trust this authority for members' certificates")
        .at(&["peer-transport-security", "trusted-ca-file"]),
    Flag::new("peer-auto-tls", Kind::Bool, "false", "Serve members by TLS with a certificate made at the start")
        .at(&["peer-transport-security", "auto-tls"]),
    Flag::new("peer-cert-allowed-cn", Kind::List, "", "Allow only these common names in members' certificates")
        .at(&["peer-transport-security", "allowed-cn"]),
    Flag::new("peer-cert-allowed-hostname", Kind::List, "", "Allow only these host names in members' certificates")
        .at(&["peer-transport-security", "allowed-hostname"]),
    Flag::new("peer-skip-client-san-verification", Kind::Bool, "false", "Skip the check of names in members' certificates")
        .at(&["peer-transport-security", "skip-client-san-verification"]),
    Flag::new("peer-crl-file", Kind::Text, "", "Refuse the members' certificates that this list revokes").not_in_file(),
    Flag::new("self-signed-cert-validity", Kind::UINT, "1", "Set the years that a certificate made at the start is valid"),
    Flag::new("cipher-suites", Kind::List, "", "Allow only these TLS cipher suites"),
    Flag::new("cors", Kind::List, "*", "Allow scripts of these web origins; empty or * means all")
        .not_built_beyond("restricting web origins", &[""]),
    Flag::new("host-whitelist", Kind::List, "*", "Allow plain HTTP requests for these host names; empty or * means all"),
    Flag::new("tls-min-version", Kind::Choice(&["", "TLS1.2", "TLS1.3"]), "TLS1.2", "Set the lowest TLS version"),
    Flag::new("tls-max-version", Kind::Choice(&["", "TLS1.2", "TLS1.3"]), "", "Set the highest TLS version"),
    Flag::new(
        "auth-token",
        Kind::Text,
        "simple",
        "Choose the tokens of users: simple, or jwt,sign-method=RS256,pub-key=FILE,priv-key=FILE,ttl=10m",
    ),
    Flag::new("bcrypt-cost", Kind::UINT, "10", "Set the cost of checking a password, from 4 to 31"),
    Flag::new("auth-token-ttl", Kind::UINT, "300", "Set the seconds that an unused simple token lives at least"),
    Flag::new(
        "audit-log",
        Kind::Text,
        "",
        "Note each change with its user, address, keys, revision and verdict: in this file, or stderr",
    ),
];

const TRACING: &str = "distributed tracing";

const MONITORING: &[Flag] = &[
    Flag::new("enable-pprof", Kind::Bool, "false", "Serve profiles under /debug/pprof/").not_built("profiling over HTTP"),
    Flag::new(
        "metrics",
        Kind::Choice(&["basic", "extensive"]),
        "basic",
        "Choose how much is measured; extensive adds gRPC latencies",
    ),
    Flag::new("listen-metrics-urls", Kind::Urls, "", "Listen on these URLs too for /metrics, /health, /livez and /readyz"),
    Flag::new("logger", Kind::Choice(&["zap"]), "zap", "Choose the logger; there is one, and this is its name in etcd"),
    Flag::new("log-outputs", Kind::List, "default", "Write logs to default (stderr), stderr, stdout or files, also to several"),
    Flag::new(
        "log-level",
        Kind::Choice(&["debug", "info", "warn", "error", "panic", "fatal"]),
        "info",
        "Leave out log lines below this level",
    ),
    Flag::new("log-format", Kind::Choice(&["json", "console"]), "json", "Choose the form of log lines"),
    Flag::new(
        "enable-log-rotation",
        Kind::Bool,
        "false",
        "Begin a new log file when one is full; needs one file in --log-outputs",
    ),
    Flag::new(
        "log-rotation-config-json",
        Kind::Text,
        r#"{"maxsize": 100, "maxage": 0, "maxbackups": 0, "localtime": false, "compress": false}"#,
        "Set the megabytes, days and number of rotated log files; 0 means no limit",
    ),
    Flag::new("warning-unary-request-duration", Kind::Duration, "300ms", "Log requests that take longer"),
    Flag::new("warning-apply-duration", Kind::Duration, "100ms", "Log requests that take longer to apply"),
    Flag::new("enable-distributed-tracing", Kind::Bool, "false", "Send traces to a collector").not_built(TRACING),
    Flag::new("distributed-tracing-address", Kind::Text, "localhost:4317", "Send traces to this address").not_built(TRACING),
    Flag::new("distributed-tracing-service-name", Kind::Text, "etcd", "Send traces under this service name").not_built(TRACING),
    Flag::new("distributed-tracing-instance-id", Kind::Text, "", "Send traces under this instance id").not_built(TRACING),
    Flag::new(
        "distributed-tracing-sampling-rate",
        Kind::Number { min: 0, max: 1_000_000 },
        "0",
        "Send this many traces of a million requests",
    )
    .not_built(TRACING),
];

const BEHAVIOUR: &[Flag] = &[
    Flag::new("corrupt-check-time", Kind::Duration, "0s", "Compare the members' data this often; 0 means never")
        .not_built("comparing the members' data"),
    Flag::new("compact-hash-check-time", Kind::Duration, "1m0s", "Compare the hashes of compactions this often")
        .no_effect("it needs the feature gate CompactHashCheck, which is not built yet"),
    Flag::new(
        "compaction-batch-limit",
        Kind::INT,
        "0",
        "Limit the revisions that one step of a compaction removes; 0 means 1000",
    ),
    Flag::new("compaction-sleep-interval", Kind::Duration, "0s", "Rest between two steps of a compaction; 0 means 10ms"),
    Flag::new(
        "watch-progress-notify-interval",
        Kind::Duration,
        "0s",
        "Tell idle watchers of progress this often; 0 means 10m, the least is 100ms",
    ),
    Flag::new(
        "bootstrap-defrag-threshold-megabytes",
        Kind::UINT,
        "0",
        "Defragment at the start if that frees so many megabytes; 0 means never",
    )
    .not_built("defragmenting at the start"),
    Flag::new("max-learners", Kind::INT, "1", "Limit the learners of the cluster"),
    Flag::new("downgrade-check-time", Kind::Duration, "5s", "Look this often whether a downgrade is done")
        .no_effect("there is no older version to downgrade to"),
    Flag::new("snapshot-catchup-entries", Kind::UINT, "5000", "Keep this many log entries for members that lag"),
    Flag::new(
        "force-new-cluster",
        Kind::Bool,
        "false",
        "Drop all other members and go on alone, with all of the log; see quorate recover for a safer way",
    ),
    Flag::new("unsafe-no-fsync", Kind::Bool, "false", "Answer before data is on disk")
        .refused("an acknowledged write is on disk here, always; use a faster disk instead"),
];

const NO_LONGER: &str = "etcd takes it for old callers' sake and ignores it, and so does this server";

/// Names that etcd accepts without meaning; they stand alone, with or without a value, and are left out of the help text.
const IGNORED: &[Flag] = &[
    ignored("cluster-active-size"),
    ignored("cluster-remove-delay"),
    ignored("cluster-sync-interval"),
    ignored("config"),
    ignored("force"),
    ignored("max-result-buffer"),
    ignored("max-retry-attempts"),
    ignored("peer-heartbeat-interval"),
    ignored("peer-election-timeout"),
    ignored("retry-interval"),
    ignored("snapshot"),
    ignored("v"),
    ignored("vv"),
    ignored("test.coverprofile"),
    ignored("test.outputdir"),
];

const fn ignored(name: &'static str) -> Flag {
    Flag::new(name, Kind::Anything, "", "Do nothing").not_in_file().no_effect(NO_LONGER)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::cmd::serve::flag::State;

    #[test]
    fn there_are_etcds_113_flags_three_more_and_15_ignored_ones_each_once() {
        assert_eq!(shown().count(), 113 + 3);
        assert_eq!(IGNORED.len(), 15);
        assert_eq!(all().map(|flag| flag.name).collect::<BTreeSet<_>>().len(), 128 + 3);
    }

    #[test]
    fn every_default_is_of_its_flags_kind_and_asks_for_nothing() {
        for flag in all() {
            let value = flag.kind.parse(flag.default).unwrap_or_else(|error| panic!("--{}: {error}", flag.name));
            assert!(flag.asks_for_nothing(&value), "--{}", flag.name);
        }
    }

    #[test]
    fn harmless_values_are_of_their_flags_kind() {
        for flag in all() {
            if let State::NotBuilt { harmless, .. } = flag.state {
                assert!(harmless.iter().all(|text| flag.kind.parse(text).is_ok()), "--{}", flag.name);
            }
        }
    }

    #[test]
    fn help_lines_are_imperative_sentences_without_a_full_stop() {
        for flag in shown() {
            assert!(flag.help.starts_with(|c: char| c.is_ascii_uppercase()), "--{}", flag.name);
            assert!(!flag.help.ends_with('.'), "--{}", flag.name);
        }
    }
}
