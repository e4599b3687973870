//! What a server needs to know before it starts. `cmd/serve` makes one from flags, environment and file; tests make their own.

use std::{collections::BTreeSet, net::SocketAddr, path::PathBuf, time::Duration};

use thiserror::Error;

use super::{
    data_dir, limits,
    tls::{ClientTlsSettings, TlsSettings},
};

/// A listening address and the scheme it was given with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenUrl {
    /// As given, for example `http://127.0.0.1:2379`.
    pub text: String,
    pub address: ListenAddress,
    /// Whether the scheme asks for TLS.
    pub tls: bool,
}

/// Where to listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListenAddress {
    /// Port 0 lets the system choose; the chosen one is logged.
    Tcp(SocketAddr),
    Unix(PathBuf),
}

impl ListenAddress {
    /// Whether it says all; otherwise the system chooses the port.
    pub fn is_fixed(&self) -> bool {
        !matches!(self, Self::Tcp(address) if address.port() == 0)
    }
}

/// A member of the initial cluster. Several URLs belong to one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InitialMember {
    pub name: String,
    /// Sorted, without duplicates.
    pub peer_urls: Vec<String>,
}

/// How a new member learns who else begins the cluster with it, or is in the one that it joins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "there is one in a process")]
pub enum ClusterSource {
    /// `initial_cluster` says it.
    #[default]
    Listed,
    /// SRV records of DNS.
    Srv(SrvDiscovery),
    /// A discovery service.
    Service(ServiceDiscovery),
}

/// Where SRV records are to be found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SrvDiscovery {
    pub domain: String,
    /// Goes behind the service's name; may be empty.
    pub service_name: String,
    /// Ask this server instead of those of the system.
    pub name_server: Option<SocketAddr>,
}

/// A discovery service and the token under which the members of one cluster meet there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceDiscovery {
    pub token: String,
    /// URLs; at least one.
    pub endpoints: Vec<String>,
    pub dial_timeout: Duration,
    pub request_timeout: Duration,
    pub keepalive_time: Duration,
    pub keepalive_timeout: Duration,
    /// What endpoints with TLS are shown, and by whom they must be signed.
    pub tls: ClientTlsSettings,
    /// Who registers there, if the service has users.
    pub user: Option<UserPassword>,
}

/// A user and the password.
#[derive(Clone, PartialEq, Eq)]
pub struct UserPassword {
    pub name: String,
    pub password: String,
}

impl std::fmt::Debug for UserPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserPassword").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Default for ServiceDiscovery {
    /// etcd's defaults.
    fn default() -> Self {
        Self {
            token: String::new(),
            endpoints: Vec::new(),
            dial_timeout: Duration::from_secs(2),
            request_timeout: Duration::from_secs(5),
            keepalive_time: Duration::from_secs(2),
            keepalive_timeout: Duration::from_secs(6),
            tls: ClientTlsSettings::default(),
            user: None,
        }
    }
}

/// Who users are, and how they show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthConfig {
    pub tokens: TokenConfig,
    /// How long an unused simple token lives; not zero.
    pub token_ttl: Duration,
    /// Cost of a bcrypt hash, `[4, 31]`.
    pub bcrypt_cost: u32,
    /// Whether the common name of a client's verified certificate is its user, where it sends no token.
    pub certificates_name_users: bool,
    /// Where changes are noted with who made them.
    pub audit: Option<AuditTarget>,
}

/// The kind of tokens that users get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenConfig {
    /// None: only certificates name users.
    None,
    Simple,
    Jwt(JwtConfig),
}

/// Signed tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JwtConfig {
    /// Such as `RS256`.
    pub sign_method: String,
    pub public_key: Option<PathBuf>,
    pub private_key: Option<PathBuf>,
    pub ttl: Duration,
}

/// A place for the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuditTarget {
    Stderr,
    File(PathBuf),
}

impl Default for AuthConfig {
    /// etcd's defaults.
    fn default() -> Self {
        Self {
            tokens: TokenConfig::Simple,
            token_ttl: Duration::from_secs(300),
            bcrypt_cost: 10,
            certificates_name_users: false,
            audit: None,
        }
    }
}

/// Everything a server is told. Every field is checked by `cmd/serve`; relations that matter are asserted again on start.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    pub name: String,
    pub data_dir: PathBuf,
    /// A separate folder for the raft log, if asked for.
    pub wal_dir: Option<PathBuf>,
    pub listen_client: Vec<ListenUrl>,
    /// HTTP-only client listeners; when there are any, the others serve gRPC only.
    pub listen_client_http: Vec<ListenUrl>,
    pub listen_peer: Vec<ListenUrl>,
    pub listen_metrics: Vec<ListenUrl>,
    /// For clients and metrics.
    pub client_tls: TlsSettings,
    /// For other members, in both directions.
    pub peer_tls: TlsSettings,
    /// Names that plain HTTP requests may be sent to, against scripts that were led here by DNS; empty means all.
    pub host_whitelist: Vec<String>,
    pub advertise_client_urls: Vec<String>,
    pub initial_advertise_peer_urls: Vec<String>,
    /// This member alone while the others are yet to be found.
    pub initial_cluster: Vec<InitialMember>,
    pub cluster_source: ClusterSource,
    pub initial_cluster_token: String,
    /// `existing` instead of `new`.
    pub join_existing: bool,
    /// Take all other members out of the configuration before starting.
    pub force_new_cluster: bool,
    pub heartbeat_interval: Duration,
    /// At least five heartbeats, at most 50 s.
    pub election_timeout: Duration,
    pub pre_vote: bool,
    pub initial_election_tick_advance: bool,
    pub max_request_bytes: usize,
    pub max_txn_ops: usize,
    pub max_concurrent_streams: u32,
    /// Bytes of answers that clients have not read yet; 0 for a part of the memory.
    pub max_unread_bytes: usize,
    /// Bytes; 0 means the default of 2 GiB, negative means none.
    pub quota_backend_bytes: i64,
    pub snapshot_catchup_entries: u64,
    pub snapshot_count: u64,
    pub compaction_batch_limit: usize,
    /// Rest between two batches of a compaction.
    pub compaction_sleep_interval: Duration,
    pub watch_progress_notify_interval: Duration,
    pub auto_compaction: Option<AutoCompaction>,
    pub grpc_keepalive_min_time: Duration,
    pub grpc_keepalive_interval: Duration,
    pub grpc_keepalive_timeout: Duration,
    pub warning_apply_duration: Duration,
    pub warning_unary_request_duration: Duration,
    pub socket_reuse_port: bool,
    pub socket_reuse_address: bool,
    pub strict_reconfig_check: bool,
    pub max_learners: usize,
    pub lease_checkpoint: bool,
    /// Serve the JSON API under `/v3/`.
    pub enable_grpc_gateway: bool,
    /// Measure the latency of every gRPC call.
    pub metrics_extensive: bool,
    pub auth: AuthConfig,
    /// As the process was started, for `/debug/vars`; without secrets.
    pub command_line: Vec<String>,
}

/// Why a new cluster can't begin with this configuration.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum BootstrapError {
    #[error("--initial-cluster does not list this member, --name={name}")]
    NotListed { name: String },
    #[error(
        "--initial-cluster gives this member the URLs {}, but --initial-advertise-peer-urls is {}",
        .listed.join(","),
        .advertised.join(",")
    )]
    OtherUrls { listed: Vec<String>, advertised: Vec<String> },
    #[error("--initial-cluster lists the URL {url} twice")]
    SharedUrl { url: String },
}

impl ServerConfig {
    /// Whether the data directory was used before. A used one resumes, whatever the `initial_*` fields say.
    pub fn has_data(&self) -> bool {
        data_dir::is_used(&self.data_dir)
    }

    /// Checks what only matters when a new cluster begins.
    ///
    /// # Errors
    /// When this member is not in `initial_cluster`, is there with other URLs than it advertises, or a URL has two members.
    pub fn check_bootstrap(&self) -> Result<(), BootstrapError> {
        let own = self.initial_cluster.iter().find(|member| member.name == self.name);
        let own = own.ok_or_else(|| BootstrapError::NotListed { name: self.name.clone() })?;
        let mut seen = BTreeSet::new();
        if let Some(url) = self.initial_cluster.iter().flat_map(|member| &member.peer_urls).find(|url| !seen.insert(*url)) {
            return Err(BootstrapError::SharedUrl { url: url.clone() });
        }
        if own.peer_urls != self.initial_advertise_peer_urls {
            let (listed, advertised) = (own.peer_urls.clone(), self.initial_advertise_peer_urls.clone());
            return Err(BootstrapError::OtherUrls { listed, advertised });
        }
        Ok(())
    }
}

/// When the leader forgets history by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AutoCompaction {
    /// Keep this much time.
    Periodic(Duration),
    /// Keep this many revisions.
    Revision(i64),
}

impl Default for ServerConfig {
    /// etcd's defaults; the listening URLs are its `localhost` ones.
    fn default() -> Self {
        let url = |port: u16| ListenUrl {
            text: format!("http://localhost:{port}"),
            address: ListenAddress::Tcp(SocketAddr::from(([127, 0, 0, 1], port))),
            tls: false,
        };
        Self {
            name: "default".into(),
            data_dir: "default.etcd".into(),
            wal_dir: None,
            listen_client: vec![url(2379)],
            listen_client_http: Vec::new(),
            listen_peer: vec![url(2380)],
            listen_metrics: Vec::new(),
            client_tls: TlsSettings::default(),
            peer_tls: TlsSettings::default(),
            host_whitelist: Vec::new(),
            advertise_client_urls: vec!["http://localhost:2379".into()],
            initial_advertise_peer_urls: vec!["http://localhost:2380".into()],
            initial_cluster: vec![InitialMember { name: "default".into(), peer_urls: vec!["http://localhost:2380".into()] }],
            cluster_source: ClusterSource::Listed,
            initial_cluster_token: "etcd-cluster".into(),
            join_existing: false,
            force_new_cluster: false,
            heartbeat_interval: limits::TICK,
            election_timeout: limits::TICK * limits::ELECTION_TICKS as u32,
            pre_vote: true,
            initial_election_tick_advance: true,
            max_request_bytes: limits::REQUEST_BYTES_MAX,
            max_txn_ops: limits::TXN_OPS_MAX,
            max_concurrent_streams: u32::MAX,
            max_unread_bytes: 0,
            quota_backend_bytes: 0,
            snapshot_catchup_entries: limits::CATCH_UP_ENTRIES,
            snapshot_count: 10_000,
            compaction_batch_limit: 1000,
            compaction_sleep_interval: Duration::from_millis(10),
            watch_progress_notify_interval: Duration::from_secs(600),
            auto_compaction: None,
            grpc_keepalive_min_time: Duration::from_secs(5),
            grpc_keepalive_interval: Duration::from_secs(7200),
            grpc_keepalive_timeout: Duration::from_secs(20),
            warning_apply_duration: Duration::from_millis(100),
            warning_unary_request_duration: Duration::from_millis(300),
            socket_reuse_port: false,
            socket_reuse_address: false,
            strict_reconfig_check: true,
            max_learners: 1,
            lease_checkpoint: true,
            enable_grpc_gateway: true,
            metrics_extensive: false,
            auth: AuthConfig::default(),
            command_line: Vec::new(),
        }
    }
}
