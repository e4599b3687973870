//! Sessions by clients that nobody here wrote: Go's, Python's, Node's and Rust's.
//!
//! Each is a program under `clients/` with its packages pinned. It is installed below cargo's directory for tests, started with
//! a member's address, and says by its exit status whether everything was as it must be. When it prints `RESTART` the member is
//! killed and started again, and the program told so by a line. A missing toolchain is said loudly; where `CI=true` it fails.

use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command as Probe, Stdio},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    process::Command,
    time::timeout,
};

use crate::common::Cluster;

/// A cold download and build on a slow machine.
const INSTALL_WITHIN: Duration = Duration::from_secs(900);
/// The sessions take some ten seconds when nothing else runs.
const SESSION_WITHIN: Duration = Duration::from_secs(180);
/// The compiler of protocol buffers that the Rust client's build asks for.
const PROTOX: [&str; 3] = ["protox", "--version", "=0.9.1"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn go_client_holds_a_session() {
    if !toolchain("Go", &[&["go", "version"]]) {
        return;
    }
    converse(Command::new(go_program("session").await)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn python_client_holds_a_session() {
    if !toolchain("Python", &[&["python3", "-m", "venv", "--help"]]) {
        return;
    }
    let (home, pins) = (installed("python"), source("python").join("requirements.txt"));
    let python = home.join("venv/bin/python");
    once(&home, &pins, async || {
        let mut make = Command::new("python3");
        make.args(["-m", "venv", "--clear"]).arg(home.join("venv"));
        install(make).await;
        let mut pip = Command::new(&python);
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]).arg(&pins);
        install(pip).await;
    })
    .await;
    let mut session = Command::new(&python);
    session.arg("-B").arg(source("python").join("session.py"));
    converse(session).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn node_client_holds_a_session() {
    if !toolchain("Node", &[&["node", "--version"], &["npm", "--version"]]) {
        return;
    }
    let (home, pins) = (installed("node"), source("node").join("package-lock.json"));
    once(&home, &pins, async || {
        for file in ["package.json", "package-lock.json"] {
            fs::copy(source("node").join(file), home.join(file)).expect("a file can be copied");
        }
        let mut npm = Command::new("npm");
        npm.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]).current_dir(&home);
        install(npm).await;
    })
    .await;
    // Beside its packages, where Node looks for them.
    fs::copy(source("node").join("session.js"), home.join("session.js")).expect("a file can be copied");
    let mut session = Command::new("node");
    session.arg(home.join("session.js"));
    converse(session).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rust_client_holds_a_session() {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let home = installed("rust");
    let compiler = home.join("bin/protox");
    if !compiler.exists() {
        let mut protox = Command::new(&cargo);
        protox.args(["install", "--quiet", "--locked", "--features", "bin", "--debug"]).args(PROTOX);
        protox.arg("--root").arg(&home).arg("--target-dir").arg(home.join("target"));
        install(protox).await;
    }
    let mut build = Command::new(&cargo);
    build.args(["build", "--quiet", "--locked", "--target-dir"]).arg(home.join("target")).current_dir(source("rust"));
    build.env("PROTOC", &compiler);
    install(build).await;
    converse(Command::new(home.join("target/debug/session"))).await;
}

/// Builds one of the programs of the Go module: `session` at its root, or the one in the folder of that name.
pub async fn go_program(name: &str) -> PathBuf {
    let home = installed("go");
    let binary = home.join(name);
    let package = if name == "session" { ".".to_owned() } else { format!("./{name}") };
    let mut build = Command::new("go");
    build.arg("build").arg("-o").arg(&binary).arg(package).current_dir(source("go"));
    build.env("GOMODCACHE", home.join("mod")).env("GOCACHE", home.join("cache")).env("GOFLAGS", "-modcacherw -buildvcs=false");
    install(build).await;
    binary
}

fn source(language: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/clients").join(language)
}

fn installed(language: &str) -> PathBuf {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clients").join(language);
    fs::create_dir_all(&home).expect("a directory can be made");
    home
}

/// Whether every probe runs. Where one does not, the test is left out, loudly, or fails under `CI=true`.
pub fn toolchain(name: &str, probes: &[&[&str]]) -> bool {
    let runs = |words: &&[&str]| {
        let mut probe = Probe::new(words[0]);
        probe.args(&words[1..]).stdout(Stdio::null()).stderr(Stdio::null());
        probe.status().is_ok_and(|status| status.success())
    };
    let complete = probes.iter().all(runs);
    if !complete {
        assert!(env::var("CI").as_deref() != Ok("true"), "{name} is not installed, and CI=true asks for every test");
        // Past the test runner's capture: a test that did not run must not pass in silence.
        writeln!(io::stderr(), "WARNING: no toolchain for {name}: its client was NOT tested")
            .expect("standard error takes a line");
    }
    complete
}

/// Runs `work` unless it was done for the very same `pins`.
async fn once(home: &Path, pins: &Path, work: impl AsyncFnOnce()) {
    let (stamp, pins) = (home.join("installed"), fs::read(pins).expect("the pinned packages are there"));
    if fs::read(&stamp).is_ok_and(|done| done == pins) {
        return;
    }
    work().await;
    fs::write(&stamp, &pins).expect("a stamp can be written");
}

async fn install(mut command: Command) {
    let shown = format!("{:?}", command.as_std());
    let output = timeout(INSTALL_WITHIN, command.stdin(Stdio::null()).kill_on_drop(true).output()).await;
    let output = output.unwrap_or_else(|_| panic!("not done in {INSTALL_WITHIN:?}: {shown}"));
    let output = output.unwrap_or_else(|error| panic!("cannot run {shown}: {error}"));
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{shown}: {}\n{out}{err}", output.status);
}

/// Runs a session against a fresh member.
async fn converse(mut command: Command) {
    let mut cluster = Cluster::single().await;
    command.arg(cluster.members[0].endpoint()).kill_on_drop(true);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the session can be started");
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
            if line == "RESTART" {
                cluster.members[0].kill();
                cluster.members[0].restart().await;
                stdin.write_all(b"\n").await.expect("the session listens");
            }
        }
        child.wait().await.expect("a child can be waited for")
    };
    let status = timeout(SESSION_WITHIN, talk).await.unwrap_or_else(|_| panic!("no end in {SESSION_WITHIN:?}"));
    assert!(status.success(), "{status}: {}", said.await.expect("reading does not fail"));
}
