//! The audit log: who asked for which change, from where, and what became of it. One JSON object a line; off unless asked for.
//!
//! A thread writes the lines, from a queue that is bounded in lines and in bytes. A request waits for room there, so that none is
//! answered whose line could not be queued, and what is asked for is noted also when its client goes before the answer. A line that
//! cannot be written is reported in the server's log, and the server goes on; what there is of it stands on a line of its own. When the
//! server stops, everything is written first. [`change`] is what a line says of a change, [`file`] where lines go.

mod change;
mod file;

use std::{io, sync::Arc, thread};

pub use change::Change;
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use self::file::{AuditFile, Lines};
use super::{AuthSetupError, Caller};
use crate::core::{clock, config::AuditTarget};

/// Lines that wait to be written.
const LINES_MAX: usize = 4096;
/// Kibibytes of lines that wait to be written.
const KIB_MAX: usize = 16 * 1024;

#[derive(Serialize)]
struct Line<'a> {
    unix_millis: u64,
    user: &'a str,
    address: &'a str,
    #[serde(flatten)]
    change: &'a Change,
    /// `ok`, or why not.
    verdict: &'a str,
}

/// The audit log. Its thread ends with it, when everything is written.
pub struct AuditLog {
    queue: mpsc::Sender<Queued>,
    room: Arc<Semaphore>,
}

enum Out {
    Stderr(Lines<io::Stderr>),
    File(AuditFile),
}

impl Out {
    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        match self {
            Self::Stderr(lines) => lines.write(line),
            Self::File(file) => file.write(line, clock::now()),
        }
    }
}

enum Queued {
    Line {
        text: Vec<u8>,
        _room: OwnedSemaphorePermit,
    },
    /// Answered when all lines before it are written.
    Mark(oneshot::Sender<()>),
}

impl AuditLog {
    /// Opens it; a file is made if there is none, readable for its owner alone, and appended to.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn open(target: &AuditTarget) -> Result<Self, AuthSetupError> {
        let (queue, mut queued) = mpsc::channel(LINES_MAX);
        let mut out = match target {
            AuditTarget::Stderr => Out::Stderr(Lines::new(io::stderr())),
            AuditTarget::File(path) => {
                let failed = |source| AuthSetupError::Audit { path: path.display().to_string(), source };
                Out::File(AuditFile::open(path, clock::now()).map_err(failed)?)
            }
        };
        let write = move || {
            while let Some(next) = queued.blocking_recv() {
                match next {
                    Queued::Line { text, _room } => {
                        if let Err(error) = out.write(&text) {
                            tracing::error!(%error, "a line of the audit log is lost");
                        }
                    }
                    // Whoever waits may have given up.
                    Queued::Mark(reached) => drop(reached.send(())),
                }
            }
        };
        thread::Builder::new().name("audit".into()).spawn(write).map_err(AuthSetupError::Thread)?;
        Ok(Self { queue, room: Arc::new(Semaphore::new(KIB_MAX)) })
    }

    /// Waits until everything that was noted is written, or could not be.
    pub async fn written(&self) {
        let (reached, mark) = oneshot::channel();
        if self.queue.send(Queued::Mark(reached)).await.is_ok() {
            // An error means that the thread has ended, and nothing is left to wait for.
            let _ = mark.await;
        }
    }

    /// Notes what became of a change. Waits for room in the queue.
    pub async fn note(&self, caller: &Caller, change: &Change, verdict: &str) {
        let line = Line {
            unix_millis: clock::unix_millis(),
            user: &caller.author.user,
            address: caller.address.as_deref().unwrap_or_default(),
            change,
            verdict,
        };
        let mut text = serde_json::to_vec(&line).expect("strings and numbers have a JSON form");
        text.push(b'\n');
        // A line that is longer than all the room takes all of it.
        let kib = u32::try_from((text.len() / 1024 + 1).min(KIB_MAX)).expect("this is not more than the room");
        let Ok(room) = Arc::clone(&self.room).acquire_many_owned(kib).await else { return };
        if self.queue.send(Queued::Line { text, _room: room }).await.is_err() {
            tracing::error!("the audit log has ended");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};

    use super::*;
    use crate::core::auth::Author;

    #[tokio::test]
    async fn a_line_says_who_did_what_from_where_and_what_became_of_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("audit");
        let audit = AuditLog::open(&AuditTarget::File(path.clone())).unwrap();
        let author = Author { user: "alice".into(), revision: 3 };
        let caller = Caller { author, address: Some("10.0.0.1:7".into()) };
        audit.note(&caller, &Change::plain("defragment"), "ok").await;
        audit.note(&caller, &Change::user_add("bob"), "etcdserver: permission denied").await;
        audit.written().await;
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<_> = text.lines().map(|line| line.split_once(',').unwrap().1).collect();
        let who = r#""user":"alice","address":"10.0.0.1:7""#;
        assert_eq!(
            lines,
            [
                format!(r#"{who},"operation":"defragment","verdict":"ok"}}"#),
                format!(r#"{who},"operation":"user add","subject":"bob","verdict":"etcdserver: permission denied"}}"#),
            ]
        );
    }

    #[tokio::test]
    async fn lines_that_wait_are_bounded_in_bytes() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        // Nobody reads from it, and it holds 64 KiB: all else waits.
        let reader = File::options().read(true).write(true).open(&pipe).unwrap();
        let audit = AuditLog::open(&AuditTarget::File(pipe)).unwrap();
        let big = Change::of("put", "x".repeat(1024 * 1024));
        let caller = Caller::default();
        let noting = async {
            for _ in 0..64 {
                audit.note(&caller, &big, "ok").await;
            }
        };
        let mut noting = std::pin::pin!(noting);
        assert!(futures_util::future::poll_immediate(&mut noting).await.is_none(), "no room for all of them");
        assert!(audit.room.available_permits() < 1024);
        let mut reader = io::BufReader::new(reader);
        let read = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            for _ in 0..64 {
                line.clear();
                io::BufRead::read_line(&mut reader, &mut line).unwrap();
            }
            line.len()
        });
        noting.await;
        assert!(read.await.unwrap() > 1024 * 1024);
    }
}
