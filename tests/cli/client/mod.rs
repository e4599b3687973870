//! The client's commands as processes: which name they go by, which endpoint they end up at, and watches that go on.

mod entry;
mod fail_over;
mod keep_alive;
mod lock;
mod ranges;
mod users;
mod watch;

use std::{
    process::{Output, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

use crate::common::wait_for;

/// No command here takes longer than its own timeouts.
const WITHIN: Duration = Duration::from_secs(20);

/// `quorate etcdctl` with arguments, in an environment that configures nothing.
fn etcdctl(endpoints: &[String], args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quorate"));
    command.arg("etcdctl").arg(format!("--endpoints={}", endpoints.join(","))).args(args);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("ETCD")) {
        command.env_remove(name);
    }
    command.kill_on_drop(true);
    command
}

/// The binary with its own manners.
fn quorate(endpoints: &[String], args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quorate"));
    command.args(args).env("ETCDCTL_ENDPOINTS", endpoints.join(",")).kill_on_drop(true);
    command
}

/// Runs a command to its end.
async fn output(command: &mut Command) -> Output {
    let output = timeout(WITHIN, command.stdin(Stdio::null()).output()).await;
    output.expect("the command ends in time").expect("the command can be run")
}

/// Runs a command that must succeed; what it prints.
async fn stdout(command: &mut Command) -> String {
    let output = output(command).await;
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("the output is text")
}

/// A command that goes on, with its lines.
struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Running {
    fn start(command: &mut Command) -> Self {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command starts");
        let lines = BufReader::new(child.stdout.take().expect("its output is a pipe")).lines();
        Self { child, lines }
    }

    /// The next `count` lines.
    async fn lines(&mut self, count: usize) -> Vec<String> {
        let mut lines = Vec::new();
        while lines.len() < count {
            let line = timeout(WITHIN, self.lines.next_line()).await;
            let line = line.unwrap_or_else(|_| panic!("only {lines:?}")).expect("its output is text");
            lines.push(line.unwrap_or_else(|| panic!("the output ended after {lines:?}")));
        }
        lines
    }

    /// Writes a line to its input.
    async fn say(&mut self, line: &str) {
        let input = self.child.stdin.as_mut().expect("its input is a pipe");
        input.write_all(format!("{line}\n").as_bytes()).await.expect("the command reads its input");
    }

    /// Sends it a signal.
    fn signal(&self, signal: Signal) {
        let id = self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        kill_process(id.expect("it still runs"), signal).expect("it can be signalled");
    }

    /// Waits for its end: the rest of its lines, and its exit code.
    async fn end(mut self) -> (Vec<String>, Option<i32>) {
        let mut rest = Vec::new();
        while let Some(line) = timeout(WITHIN, self.lines.next_line()).await.expect("it ends").expect("its output is text") {
            rest.push(line);
        }
        let status = timeout(WITHIN, self.child.wait()).await.expect("it ends").expect("it can be waited for");
        (rest, status.code())
    }
}

/// Puts a key through some endpoint, again and again until a leader takes it: for times at which members come and go.
async fn put_somehow(endpoints: &[String], key: &str, value: &str) {
    wait_for(Duration::from_secs(60), "a put succeeds", async || {
        output(&mut etcdctl(endpoints, &["put", key, value])).await.status.success().then_some(())
    })
    .await;
}
