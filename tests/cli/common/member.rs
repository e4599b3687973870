//! One server process: started, paused, killed, started again with the very same flags.

use std::{
    env, fs,
    fs::File,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};

use super::wait::wait_for;

/// The line that says a member has published itself and serves.
const READY: &str = "ready to serve client requests";
/// A cold start of several members on a busy machine stays well below.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// Lines of a member's log that a failing test shows.
const LOG_LINES_SHOWN: usize = 60;

/// Which program is started, with the arguments that come before the flags.
#[derive(Clone, Debug)]
pub struct ServerCommand(Vec<String>);

impl ServerCommand {
    /// The program under test: the built one, or the one that `QUORATE_TEST_SERVER` names.
    pub fn under_test() -> Self {
        Self::from_env("QUORATE_TEST_SERVER").unwrap_or_else(|| Self(vec![env!("CARGO_BIN_EXE_quorate").into(), "serve".into()]))
    }

    /// The command line in an environment variable, words separated by white space.
    pub fn from_env(variable: &str) -> Option<Self> {
        Some(Self::from_line(&env::var(variable).ok().filter(|line| !line.trim().is_empty())?))
    }

    /// A command line, words separated by white space.
    pub fn from_line(line: &str) -> Self {
        Self(line.split_whitespace().map(str::to_owned).collect())
    }

    /// Whether this is another server than the one that this package builds.
    pub fn is_foreign() -> bool {
        Self::from_env("QUORATE_TEST_SERVER").is_some()
    }

    /// The command behind others: `words` are the program that ends by becoming the command after them.
    pub fn behind(&self, words: Vec<String>) -> Self {
        Self(words.into_iter().chain(self.0.iter().cloned()).collect())
    }

    /// The command with `flags` added.
    pub fn with(&self, flags: &[String]) -> Command {
        let mut command = Command::new(&self.0[0]);
        command.args(&self.0[1..]).args(flags);
        command
    }
}

/// Where a member is reached.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ports {
    pub client: u16,
    pub peer: u16,
    /// Where the others call: the peer port itself, or that of a proxy before it.
    pub peer_door: u16,
}

/// A member as a process. Dropping it kills the process.
pub struct Member {
    pub name: String,
    pub client_port: u16,
    pub peer_port: u16,
    pub data_dir: PathBuf,
    command: ServerCommand,
    flags: Vec<String>,
    log: PathBuf,
    /// How long the log was when the process now running was started.
    log_start: usize,
    child: Option<Child>,
    paused: bool,
}

impl Member {
    pub(super) fn new(command: ServerCommand, dir: &Path, name: &str, ports: Ports, more: &[String]) -> Self {
        let data_dir = dir.join(name);
        let Ports { client: client_port, peer: peer_port, peer_door } = ports;
        let (client, peer) = (format!("http://127.0.0.1:{client_port}"), format!("http://127.0.0.1:{peer_port}"));
        let mut flags = vec![
            format!("--name={name}"),
            format!("--data-dir={}", data_dir.display()),
            format!("--listen-client-urls={client}"),
            format!("--advertise-client-urls={client}"),
            format!("--listen-peer-urls={peer}"),
            format!("--initial-advertise-peer-urls=http://127.0.0.1:{peer_door}"),
        ];
        flags.extend_from_slice(more);
        let log = dir.join(format!("{name}.log"));
        let name = name.to_owned();
        Self { name, client_port, peer_port, data_dir, command, flags, log, log_start: 0, child: None, paused: false }
    }

    /// Has the next process started with these flags behind its own; where a flag is given twice, the last one counts.
    pub fn add_flags(&mut self, flags: &[&str]) {
        self.flags.extend(flags.iter().map(|&flag| flag.to_owned()));
    }

    /// What it is told of its cluster when it is started: `name=url` by comma, and `new` or `existing`.
    pub fn belong(&mut self, initial_cluster: &str, state: &str) {
        self.flags.extend([format!("--initial-cluster={initial_cluster}"), format!("--initial-cluster-state={state}")]);
    }

    /// `http://127.0.0.1:PORT`, where other members connect.
    pub fn peer_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.peer_port)
    }

    /// Has the next process started by `words`, which end by becoming the server's own command.
    pub fn start_behind(&mut self, words: Vec<String>) {
        self.command = self.command.behind(words);
    }

    /// Starts the process; its output goes to the end of the member's log. Does not wait.
    pub fn start(&mut self) {
        assert!(self.child.is_none(), "{} runs already", self.name);
        self.log_start = self.log_text().len();
        let log = File::options().create(true).append(true).open(&self.log).expect("the log file opens");
        let child = self
            .command
            .with(&self.flags)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("the log file can be shared"))
            .stderr(log)
            // The environment must not configure the server: these would win over nothing and confuse a run.
            .env_remove("ETCD_NAME")
            .env_remove("ETCD_DATA_DIR")
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {:?}: {error}", self.command));
        self.child = Some(child);
    }

    /// Waits until the process that was started last says that it serves. An error is its log, when it ended instead.
    pub async fn ready(&mut self) -> Result<(), String> {
        let what = format!("{} is ready", self.name);
        wait_for(READY_WITHIN, &what, async || {
            if self.is_ready() {
                return Some(Ok(()));
            }
            if let Some(status) = self.exited() {
                return Some(Err(format!("{} ended with {status}:\n{}", self.name, self.log_of_this_run())));
            }
            None
        })
        .await
    }

    /// Whether the process that was started last has said that it serves.
    pub fn is_ready(&self) -> bool {
        self.log_of_this_run().contains(READY)
    }

    /// Starts the process and waits until it serves.
    pub async fn restart(&mut self) {
        self.start();
        if let Err(text) = self.ready().await {
            panic!("{text}");
        }
    }

    /// The exit status, once the process has ended.
    pub fn exited(&mut self) -> Option<ExitStatus> {
        let status = self.child.as_mut()?.try_wait().expect("a child can be waited for")?;
        self.child = None;
        Some(status)
    }

    /// Kills the process at once, as a power cut would.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("a child can be killed");
            let status = child.wait().expect("a child can be waited for");
            assert_eq!(status.signal(), Some(Signal::KILL.as_raw()), "{} was gone before it was killed: {status}", self.name);
        }
        self.paused = false;
    }

    /// Asks the process to stop and waits until it has.
    pub async fn terminate(&mut self, limit: Duration) -> ExitStatus {
        self.signal(Signal::TERM);
        let what = format!("{} stops when asked to", self.name);
        wait_for(limit, &what, async || self.exited()).await
    }

    /// Stops the process from running until [`Member::resume`].
    pub fn pause(&mut self) {
        self.signal(Signal::STOP);
        self.paused = true;
    }

    pub fn resume(&mut self) {
        self.signal(Signal::CONT);
        self.paused = false;
    }

    pub fn is_running(&self) -> bool {
        self.child.is_some() && !self.paused
    }

    pub fn pid(&self) -> u32 {
        self.child.as_ref().unwrap_or_else(|| panic!("{} does not run", self.name)).id()
    }

    /// `127.0.0.1:PORT`, where clients connect.
    pub fn endpoint(&self) -> String {
        format!("127.0.0.1:{}", self.client_port)
    }

    /// The flags that the process is started with.
    pub fn flags(&self) -> &[String] {
        &self.flags
    }

    /// Everything that the member has printed, over all its lives.
    pub fn log_text(&self) -> String {
        fs::read(&self.log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    /// Resident memory in bytes that is no page of a file, as the kernel counts it.
    pub fn anonymous_bytes(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).expect("the process has a status");
        let line = status.lines().find(|line| line.starts_with("RssAnon:")).expect("a running process has memory");
        let kib: u64 = line.split_whitespace().nth(1).and_then(|word| word.parse().ok()).expect("a number of kilobytes");
        kib * 1024
    }

    fn log_of_this_run(&self) -> String {
        self.log_text().get(self.log_start..).unwrap_or_default().to_owned()
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.pid()).ok().and_then(Pid::from_raw).expect("a process id is positive");
        kill_process(pid, signal).unwrap_or_else(|error| panic!("cannot signal {}: {error}", self.name));
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // Neither can fail in a way that helps anybody here: the process is a child that was not waited for.
            let _ = child.kill();
            let _ = child.wait();
        }
        if thread::panicking() {
            let text = self.log_text();
            let lines: Vec<&str> = text.lines().collect();
            eprintln!("--- the last words of {} ({} lines in all)", self.name, lines.len());
            for line in &lines[lines.len().saturating_sub(LOG_LINES_SHOWN)..] {
                eprintln!("{}", line.chars().take(600).collect::<String>());
            }
        }
    }
}
