//! The same clients over mutual TLS, as a user with a password, with authentication on.
//!
//! The certificate that they show names nobody whom the server knows: whatever they may do they may by their password. Besides
//! `RESTART` they may ask for `DROP`, which ends all tokens of the user as a change of the password does, and `LOGINS`, how often the
//! user has logged in so far: so they tell a token that was kept from one that was fetched in silence.

use std::{fs, path::PathBuf, time::Duration};

use quorate_proto::{
    authpb::permission::Type,
    etcdserverpb::{AuthUserChangePasswordRequest, LeaseGrantRequest, PutRequest},
};
use tokio::process::Command;

use super::{converse, programs};
use crate::{
    auth::{self, PASSWORD, log_in, put, signed},
    common::{Clients, Cluster, wait_for},
    tls::{Kit, Leaf, dial},
};

const SOON: Duration = Duration::from_secs(30);
const USER: &str = "alice";
/// A lease whose key is not the user's.
const ELSEWHERE: i64 = 4711;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn go_client_is_a_user_over_mutual_tls() {
    if let Some(mut program) = programs::go().await {
        program.arg("secured");
        secured(program).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn java_client_is_a_user_over_mutual_tls() {
    if let Some(program) = programs::java("Secured").await {
        secured(program).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn python_client_is_a_user_over_mutual_tls() {
    if let Some(program) = programs::python("secured.py").await {
        secured(program).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn node_client_is_a_user_over_mutual_tls() {
    if let Some(program) = programs::node("secured.js").await {
        secured(program).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rust_client_is_a_user_over_mutual_tls() {
    secured(programs::rust().await).await;
}

/// Runs a program as alice, who may read and write what begins with `app/`, and with `/locks/app/`, where some have their locks.
async fn secured(mut program: Command) {
    let kit = Kit::new();
    kit.put("app", &Leaf { common_name: "nobody-here", names: &[], serial: 5, ..Leaf::default() });
    let mut server = Server::start(kit).await;
    let files = ["ca.pem", "app.pem", "app.key"].map(|file| server.kit.text(file));
    program.arg(server.cluster.members[0].endpoint()).args(files).args([USER, PASSWORD]);
    converse(program, async |line| match line {
        "RESTART" => Some(server.restart().await),
        "DROP" => Some(server.drop_tokens().await),
        "LOGINS" => Some(server.logins().await),
        _ => None,
    })
    .await;
}

/// A server with users, and root's way in.
struct Server {
    kit: Kit,
    cluster: Cluster,
    clients: Clients,
    root: String,
    audit: PathBuf,
    marks: u32,
}

impl Server {
    async fn start(kit: Kit) -> Self {
        let audit = PathBuf::from(kit.text("audit.jsonl"));
        let cluster = kit.serve(&["--bcrypt-cost=4".to_owned(), format!("--audit-log={}", audit.display())]).await;
        let mut clients = connect(&kit, &cluster).await;
        let own = [(Type::Readwrite, "app/", "app0"), (Type::Readwrite, "/locks/app/", "/locks/app0")];
        auth::enable(&mut clients, &own).await;
        let root = log_in(&mut clients, "root").await;
        clients.lease.lease_grant(signed(&root, LeaseGrantRequest { id: ELSEWHERE, ttl: 600 })).await.unwrap();
        clients.kv.put(signed(&root, PutRequest { lease: ELSEWHERE, ..put("other/leased") })).await.unwrap();
        Self { kit, cluster, clients, root, audit, marks: 0 }
    }

    async fn restart(&mut self) -> String {
        self.cluster.members[0].kill();
        self.cluster.members[0].restart().await;
        self.clients = connect(&self.kit, &self.cluster).await;
        String::new()
    }

    async fn drop_tokens(&mut self) -> String {
        let same = AuthUserChangePasswordRequest { name: USER.into(), password: PASSWORD.into(), ..Default::default() };
        self.clients.auth.user_change_password(signed(&self.root, same)).await.unwrap();
        String::new()
    }

    /// How often the user has logged in. Lines of the audit log are in order: when the last change is there, all are.
    async fn logins(&mut self) -> String {
        self.marks += 1;
        let mark = format!("mark/{}", self.marks);
        self.clients.kv.put(signed(&self.root, put(&mark))).await.unwrap();
        let lines = wait_for(SOON, "the audit log is written", async || {
            let text = fs::read_to_string(&self.audit).unwrap();
            let lines: Vec<serde_json::Value> = text.lines().flat_map(serde_json::from_str).collect();
            lines.iter().any(|line| line["ranges"][0]["key"] == *mark).then_some(lines)
        })
        .await;
        let is_login =
            |line: &&serde_json::Value| line["operation"] == "login" && line["subject"] == USER && line["verdict"] == "ok";
        lines.iter().filter(is_login).count().to_string()
    }
}

async fn connect(kit: &Kit, cluster: &Cluster) -> Clients {
    Clients::over(dial(&cluster.members[0].endpoint(), &kit.client()).await.unwrap())
}
