//! The process contract of `serve` while it runs: telling that it is ready, answering HTTP, signals, restarts, refusals.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    os::unix::{
        fs::{DirBuilderExt, PermissionsExt},
        net::{UnixDatagram, UnixStream},
        process::ExitStatusExt,
    },
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

const DEADLINE: Duration = Duration::from_secs(60);
const READY: &str = "ready to serve client requests";

/// A running `serve` whose log is read as it comes. Dropping it kills the process.
struct Server {
    child: Child,
    lines: Receiver<String>,
    log: Vec<String>,
}

impl Server {
    /// Starts with these arguments, on ports of the system's choice unless they say otherwise, with no other environment.
    fn start(data_dir: &Path, args: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_quorate"))
            .arg("serve")
            .arg(format!("--data-dir={}", data_dir.display()))
            .args(["--listen-client-urls=http://127.0.0.1:0", "--advertise-client-urls=http://127.0.0.1:2379"])
            .arg("--listen-peer-urls=http://127.0.0.1:0")
            .args(args)
            .env_clear()
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (sender, lines) = channel();
        thread::spawn(move || stderr.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { child, lines, log: Vec::new() }
    }

    /// Starts and waits until it serves.
    fn ready(data_dir: &Path, args: &[&str]) -> Self {
        let mut server = Self::start(data_dir, args, &[]);
        server.wait_for(READY);
        server
    }

    /// Waits until a log line holds this text.
    fn wait_for(&mut self, text: &str) {
        let deadline = Instant::now() + DEADLINE;
        while !self.log.iter().any(|line| line.contains(text)) {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => self.log.push(line),
                Err(error) => panic!("{text:?} was never logged ({error}):\n{}", self.log.join("\n")),
            }
        }
    }

    /// The first address that is listened on, which is the client port's.
    fn address(&self) -> SocketAddr {
        let lines = self.log.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let url = lines.filter(|line| line["msg"] == "listening").find_map(|line| line["url"].as_str().map(str::to_owned));
        url.unwrap().strip_prefix("http://").unwrap().parse().unwrap()
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for the end; the whole log is there then.
    fn ended(mut self) -> (ExitStatus, Vec<String>) {
        let deadline = Instant::now() + DEADLINE;
        // The log ends when the process does, and no child keeps it open.
        while let Ok(line) = self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            self.log.push(line);
        }
        assert!(Instant::now() < deadline, "the process did not end:\n{}", self.log.join("\n"));
        (self.child.wait().unwrap(), std::mem::take(&mut self.log))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn get(mut stream: impl Read + Write, path: &str) -> (u16, String) {
    write!(stream, "GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

fn http(server: &Server, path: &str) -> (u16, String) {
    get(TcpStream::connect(server.address()).unwrap(), path)
}

fn errors(log: &[String]) -> Vec<&String> {
    log.iter()
        .filter(|line| ["error", "fatal", "panic"].iter().any(|level| line.contains(&format!("\"level\":\"{level}\""))))
        .collect()
}

#[test]
fn readiness_is_logged_and_told_to_systemd() {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("notify");
    let systemd = UnixDatagram::bind(&socket).unwrap();
    systemd.set_read_timeout(Some(DEADLINE)).unwrap();
    let mut server = Server::start(&dir.path().join("data"), &[], &[("NOTIFY_SOCKET", socket.to_str().unwrap())]);
    server.wait_for(READY);
    server.wait_for("serving client traffic insecurely");
    let position = |text: &str| server.log.iter().position(|line| line.contains(text)).unwrap();
    assert!(position(READY) < position("serving client traffic insecurely"));
    let mut message = [0; 64];
    let len = systemd.recv(&mut message).unwrap();
    assert_eq!(&message[..len], b"READY=1\n");
}

#[test]
fn http_answers_as_soon_as_it_is_ready() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::ready(dir.path(), &["--metrics=extensive"]);
    let (status, body) = http(&server, "/version");
    assert_eq!(status, 200);
    assert!(body.starts_with(r#"{"etcdserver":"3.7.1","etcdcluster":"#), "{body}");
    assert_eq!(http(&server, "/health"), (200, r#"{"health":"true","reason":""}"#.to_owned()));
    assert_eq!(http(&server, "/livez"), (200, "ok\n".to_owned()));
    assert_eq!(http(&server, "/readyz"), (200, "ok\n".to_owned()));
    assert_eq!(http(&server, "/nosuch").0, 404);
    // The leader decides about the cluster's version a moment later.
    let decided = r#"{"etcdserver":"3.7.1","etcdcluster":"3.7.0","storage":"3.7.0"}"#;
    let deadline = Instant::now() + DEADLINE;
    while http(&server, "/version").1 != decided {
        assert!(Instant::now() < deadline, "the cluster's version was never decided");
        thread::yield_now();
    }
    let (_, metrics) = http(&server, "/metrics");
    for line in [
        "etcd_server_version{server_version=\"3.7.1\"} 1",
        "etcd_server_has_leader 1",
        "etcd_server_is_leader 1",
        "etcd_cluster_version{cluster_version=\"3.7\"} 1",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line} is missing in\n{metrics}");
    }
    let (_, variables) = http(&server, "/debug/vars");
    let variables: Value = serde_json::from_str(&variables).unwrap();
    assert!(variables["cmdline"].as_array().unwrap().contains(&"--metrics=extensive".into()), "{variables}");
}

#[test]
fn both_signals_stop_cleanly_and_the_same_arguments_resume() {
    let dir = tempfile::tempdir().unwrap();
    for signal in [Signal::TERM, Signal::INT, Signal::TERM] {
        let server = Server::ready(dir.path(), &["--initial-cluster-state=new"]);
        let begun = Instant::now();
        server.signal(signal);
        let (status, log) = server.ended();
        assert!(begun.elapsed() < Duration::from_millis(1500), "{:?}", begun.elapsed());
        assert_eq!(status.code(), Some(0), "{}", log.join("\n"));
        assert!(errors(&log).is_empty(), "{:?}", errors(&log));
        assert!(!log.iter().any(|line| line.contains('\u{1b}')), "no colour");
    }
}

#[test]
fn a_killed_server_ends_by_the_signal_and_starts_again() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::ready(dir.path(), &[]);
    server.signal(Signal::KILL);
    assert_eq!(server.ended().0.signal(), Some(9));
    drop(Server::ready(dir.path(), &[]));
}

#[test]
fn a_second_server_on_the_same_directory_or_port_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let first = Server::ready(dir.path(), &[]);
    let (status, log) = Server::start(dir.path(), &[], &[]).ended();
    assert_eq!(status.code(), Some(1));
    assert!(log.last().unwrap().contains("is used by another process"), "{}", log.join("\n"));

    let other = tempfile::tempdir().unwrap();
    let url = format!("--listen-client-urls=http://{}", first.address());
    let (status, log) = Server::start(other.path(), &[&url], &[]).ended();
    assert_eq!(status.code(), Some(1));
    let text = format!("can't listen on http://{} (--listen-client-urls): the address is in use", first.address());
    assert!(log.last().unwrap().contains(&text), "{}", log.join("\n"));
    assert_eq!(errors(&log).len(), 1, "one line says it");

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("--listen-peer-urls=http://{}", taken.local_addr().unwrap());
    let (status, log) = Server::start(other.path(), &[&url], &[]).ended();
    assert_eq!(status.code(), Some(1));
    assert!(log.last().unwrap().contains("--listen-peer-urls"), "{}", log.join("\n"));
}

#[test]
fn names_may_hold_spaces_and_directories_commas_without_a_home() {
    let dir = tempfile::tempdir().unwrap();
    let data_dir = dir.path().join("a, b");
    fs::DirBuilder::new().mode(0o700).create(&data_dir).unwrap();
    drop(Server::ready(&data_dir, &["--name", "m 1", "--initial-cluster", "m 1=http://localhost:2380"]));
    assert_eq!(fs::metadata(&data_dir).unwrap().permissions().mode() & 0o777, 0o700);
    let fresh = dir.path().join("fresh");
    drop(Server::ready(&fresh, &[]));
    assert_eq!(fs::metadata(&fresh).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn all_defaults_given_explicitly_start_a_server() {
    let dir = tempfile::tempdir().unwrap();
    let own = ["data-dir", "listen-client-urls", "listen-peer-urls", "advertise-client-urls", "config-file"];
    let defaults = super::process::DEFAULTS.iter().filter(|(name, _)| !own.contains(name));
    let args: Vec<String> = defaults.map(|(name, value)| format!("--{name}={value}")).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    drop(Server::ready(dir.path(), &args));
}

#[test]
fn unix_sockets_and_separate_ports_are_served() {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("q.sock");
    let client = format!("--listen-client-urls=http://127.0.0.1:0,unix://{}", socket.display());
    let args = [client.as_str(), "--listen-metrics-urls=http://127.0.0.1:0"];
    let server = Server::ready(&dir.path().join("data"), &args);
    assert_eq!(get(UnixStream::connect(&socket).unwrap(), "/health").0, 200);
    let urls: Vec<String> = server
        .log
        .iter()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter_map(|line| Some(line["url"].as_str()?.to_owned()))
        .collect();
    assert_eq!(urls.len(), 4, "{urls:?}");
    assert!(urls.iter().all(|url| !url.ends_with(":0")), "the real ports are logged: {urls:?}");
    server.signal(Signal::TERM);
    assert_eq!(server.ended().0.code(), Some(0));
    assert!(!socket.exists());
}

#[test]
fn nonsense_on_the_client_port_is_rejected_and_logged() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = Server::ready(dir.path(), &[]);
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.write_all(b"\x16\x03\x01\x02\x00nonsense\r\n\r\n").unwrap();
    // Closed, with or without an answer.
    drop(stream.read_to_end(&mut Vec::new()));
    server.wait_for("rejected connection on client endpoint");
    assert_eq!(http(&server, "/health").0, 200);
}

#[test]
fn the_environment_alone_configures_a_server() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = Server::start(dir.path(), &[], &[("ETCD_LOG_FORMAT", "console"), ("ETCD_QUOTA_BACKEND_BYTES", "53248")]);
    server.wait_for(READY);
    let line = server.log.iter().find(|line| line.contains(READY)).unwrap();
    assert_eq!(line.split('\t').nth(1), Some("info"), "{line}");
}
