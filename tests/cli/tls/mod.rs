//! TLS between processes: our own clients and others', members among themselves, files that change under load, and those who must stay out.

#[path = "../../../src/core/tls/testing.rs"]
#[allow(dead_code, clippy::allow_attributes, clippy::allow_attributes_without_reason)]
mod authority;
mod clients;
mod hostile;
mod members;
mod names;
mod p521;
mod rotation;
mod under_load;

use std::{
    path::{Path, PathBuf},
    process::Output,
    sync::Arc,
    time::Duration,
};

use quorate::core::tls::{ClientTls, ClientTlsSettings, IdentityFiles, connect::Connector};
use tempfile::TempDir;
use tokio::process::Command;
use tonic::transport::{Channel, Endpoint};

use crate::{
    clients::toolchain,
    common::{Cluster, ServerCommand},
};
pub use authority::Leaf;
use authority::{Authority, Files};

/// No command here takes longer than its own timeouts.
const WITHIN: Duration = Duration::from_secs(30);
/// Serial number of the client's certificate.
const CLIENT_SERIAL: u64 = 2;

/// An authority, and certificates of a server, a member and a client by it.
pub struct Kit {
    dir: TempDir,
    authority: Authority,
}

impl Kit {
    pub fn new() -> Self {
        let dir = tempfile::Builder::new().prefix("quorate-test-").tempdir().unwrap();
        let kit = Self { dir, authority: Authority::new("authority") };
        kit.files().write("ca.pem", &kit.authority.pem);
        kit.files().write("crl.pem", &kit.authority.revoke(&[]));
        kit.put("server", &Leaf::default());
        kit.put("member", &Leaf { common_name: "member", serial: 3, ..Leaf::default() });
        kit.put("client", &Leaf { common_name: "alice", names: &["alice.example"], serial: CLIENT_SERIAL, ..Leaf::default() });
        kit
    }

    fn files(&self) -> Files<'_> {
        Files(self.dir.path())
    }

    pub fn put(&self, name: &str, leaf: &Leaf<'_>) {
        self.files().put(name, &self.authority.issue(leaf));
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// What a server with mutual authentication is started with.
    fn server_flags(&self) -> Vec<String> {
        let file = |flag: &str, name: &str| format!("--{flag}={}", self.text(name));
        vec![
            file("cert-file", "server.pem"),
            file("key-file", "server.key"),
            file("trusted-ca-file", "ca.pem"),
            file("client-crl-file", "crl.pem"),
            "--client-cert-auth".to_owned(),
        ]
    }

    /// What a command that calls such a server is given.
    fn client_flags(&self) -> [String; 3] {
        let file = |flag: &str, name: &str| format!("--{flag}={}", self.text(name));
        [file("cacert", "ca.pem"), file("cert", "client.pem"), file("key", "client.key")]
    }

    pub fn client(&self) -> Arc<ClientTls> {
        let identity = IdentityFiles { cert: self.path("client.pem"), key: self.path("client.key") };
        let settings = ClientTlsSettings { identity: Some(identity), ca: Some(self.path("ca.pem")), ..Default::default() };
        Arc::new(ClientTls::new(&settings).unwrap())
    }

    /// A member with client URLs that have TLS.
    pub async fn serve(&self, more: &[String]) -> Cluster {
        let mut cluster = Cluster::prepare(&ServerCommand::under_test(), 1, &[]);
        let url = format!("https://{}", cluster.members[0].endpoint());
        let mut flags = vec![format!("--listen-client-urls={url}"), format!("--advertise-client-urls={url}")];
        flags.extend(self.server_flags());
        flags.extend_from_slice(more);
        cluster.members[0].add_flags(&flags.iter().map(String::as_str).collect::<Vec<_>>());
        cluster.members[0].start();
        cluster.all_ready().await.unwrap_or_else(|text| panic!("{text}"));
        cluster
    }
}

/// A new connection.
pub async fn dial(endpoint: &str, tls: &Arc<ClientTls>) -> Result<Channel, String> {
    let connector = Connector::new(&format!("https://{endpoint}"), Some(tls)).map_err(|error| error.to_string())?;
    let channel = Endpoint::from(connector.uri()).connect_with_connector(connector).await;
    channel.map_err(|error| format!("{error}: {:?}", std::error::Error::source(&error).map(ToString::to_string)))
}

pub fn quorate(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quorate"));
    command.args(args);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("ETCD")) {
        command.env_remove(name);
    }
    command
}

pub async fn run(command: &mut Command) -> Output {
    command.kill_on_drop(true).stdin(std::process::Stdio::null());
    tokio::time::timeout(WITHIN, command.output()).await.expect("the command ends in time").expect("the command can be run")
}

/// Runs a command that must succeed; what it prints.
pub async fn stdout(command: &mut Command) -> String {
    let output = run(command).await;
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Whether a program is there that tests of TLS need. Where it is not they say so, and fail under `CI=true`.
fn has(program: &str) -> bool {
    let version = if program == "openssl" { "version" } else { "--version" };
    toolchain(program, &[&[program, version]])
}

/// Whether a program is installed here that nobody has to have.
fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|dir| Path::new(&dir).join(program).is_file())
}
