//! A second opinion: Go's client under the same faults, its history judged by porcupine.

use std::{process::Stdio, time::Duration};

use tokio::{
    io::AsyncReadExt,
    process::{Child, Command},
    time::timeout,
};

use crate::clients::{go_program, toolchain};

/// The checker gives up by itself before that.
const VERDICT_WITHIN: Duration = Duration::from_secs(120);

pub struct Porcupine {
    child: Child,
}

impl Porcupine {
    /// The program, built; `None` where there is no Go (said loudly, and a failure under `CI=true`).
    pub async fn build() -> Option<Command> {
        if !toolchain("Go", &[&["go", "version"]]) {
            return None;
        }
        Some(Command::new(go_program("registers").await))
    }

    /// Starts the load over `endpoints`.
    pub fn start(mut program: Command, endpoints: &[String], seed: u64) -> Self {
        program.arg(endpoints.join(",")).arg(seed.to_string());
        program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        Self { child: program.spawn().expect("the program can be started") }
    }

    /// Ends the load and waits for the verdict: what was printed, or what is wrong.
    pub async fn finish(mut self) -> Result<String, String> {
        drop(self.child.stdin.take());
        let (mut out, mut err) = (String::new(), String::new());
        let mut stdout = self.child.stdout.take().expect("standard output is a pipe");
        let mut stderr = self.child.stderr.take().expect("standard error is a pipe");
        let read = async { tokio::try_join!(stdout.read_to_string(&mut out), stderr.read_to_string(&mut err)) };
        let ended = timeout(VERDICT_WITHIN, async { (read.await, self.child.wait().await) }).await;
        let Ok((_, Ok(status))) = ended else { return Err(format!("porcupine: no verdict within {VERDICT_WITHIN:?}")) };
        if status.success() { Ok(out.trim().to_owned()) } else { Err(format!("porcupine: {status}: {out}{err}")) }
    }
}
