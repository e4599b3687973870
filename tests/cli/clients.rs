//! Sessions by clients that nobody here wrote: Go's, Java's, Python's, Node's and Rust's.
//!
//! Each is a program under `clients/` with its packages pinned ([`programs`]). It is started with a member's address, and says by its exit
//! status whether everything was as it must be. When it prints `RESTART` the member is killed and started again, and the program told
//! so by a line. [`secured`] has the same clients as users over mutual TLS. A missing toolchain is said loudly; where `CI=true` it
//! fails.

pub mod programs;
mod secured;

use std::{path::Path, process::Stdio, time::Duration};

use quorate_proto::authpb::permission::Type;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    process::Command,
    time::timeout,
};

use crate::{
    auth::{self, PASSWORD},
    common::Cluster,
};
pub use programs::{go_program, toolchain};

/// The sessions take some ten seconds when nothing else runs.
const SESSION_WITHIN: Duration = Duration::from_secs(180);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn go_client_holds_a_session() {
    if let Some(program) = programs::go().await {
        session(program).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn java_client_holds_a_session() {
    if let Some(program) = programs::java("Session").await {
        session(program).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn python_client_holds_a_session() {
    if let Some(program) = programs::python("session.py").await {
        session(program).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn node_client_holds_a_session() {
    if let Some(program) = programs::node("session.js").await {
        session(program).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rust_client_holds_a_session() {
    session(programs::rust().await).await;
}

/// jetcd logs in again when a refusal says that its token has ended, on calls by their status and on watches by what cancels them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn java_watches_outlive_signed_tokens() {
    let Some(mut program) = programs::java("Outliving").await else { return };
    let key = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/core/server/auth/jwt/testdata/p256.pem");
    let flag = format!("--auth-token=jwt,sign-method=ES256,priv-key={},ttl=1s", key.display());
    let cluster = auth::cluster(1, &[&flag], &[(Type::Readwrite, "app/", "app0")]).await;
    program.arg(cluster.members[0].endpoint()).args(["alice", PASSWORD]);
    converse(program, async |_| None).await;
}

/// Runs a session against a fresh member.
async fn session(mut program: Command) {
    let mut cluster = Cluster::single().await;
    program.arg(cluster.members[0].endpoint());
    converse(program, async |line| {
        if line != "RESTART" {
            return None;
        }
        cluster.members[0].kill();
        cluster.members[0].restart().await;
        Some(String::new())
    })
    .await;
}

/// Runs a program to its end, which must be a good one. What it prints is answered with a line where `answer` gives one.
async fn converse(mut program: Command, mut answer: impl AsyncFnMut(&str) -> Option<String>) {
    program.kill_on_drop(true).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = program.spawn().expect("the session can be started");
    let mut stdin = child.stdin.take().expect("standard input is a pipe");
    let mut lines = BufReader::new(child.stdout.take().expect("standard output is a pipe")).lines();
    let mut stderr = child.stderr.take().expect("standard error is a pipe");
    let said = tokio::spawn(async move {
        let mut text = Vec::new();
        stderr.read_to_end(&mut text).await.expect("a pipe can be read");
        String::from_utf8_lossy(&text).into_owned()
    });
    let talk = async {
        while let Some(line) = lines.next_line().await.expect("the session prints text") {
            println!("{line}");
            if let Some(answer) = answer(&line).await {
                stdin.write_all(format!("{answer}\n").as_bytes()).await.expect("the session listens");
            }
        }
        child.wait().await.expect("a child can be waited for")
    };
    let status = timeout(SESSION_WITHIN, talk).await.unwrap_or_else(|_| panic!("no end in {SESSION_WITHIN:?}"));
    assert!(status.success(), "{status}: {}", said.await.expect("reading does not fail"));
}
