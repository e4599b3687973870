//! `lock`: hold a lock while a command runs, or until a signal.

use super::{
    client::{Client, Connection},
    context::{Context, Session},
    error::{CliError, Kind},
    gotext::{NumberError, parse_int, quote},
    key,
    member::BEYOND,
    output::{self, Format, Reply},
    turn::{self, Lease, Signals},
};
use bytes::Bytes;
use quorate_proto::v3lockpb::{LockRequest, LockResponse};
use std::{
    ffi::{OsStr, OsString},
    io,
    os::unix::{ffi::OsStrExt, process::ExitStatusExt},
    process::{ExitStatus, Stdio},
};
use tokio::process::Command;

const FENCED: &str = "A lock alone does not keep two from writing: a holder that stood still, or was cut off, learns of the end of its lease too
late. With --fenced every write can be bound to the lock, so that the server refuses it once the lock is lost. The
environment of the command then has

  QUORATE_LOCK_REVISION  revision at which the lock's key was created; each holder's is greater than those before
  QUORATE_LOCK_GUARD     a compare that holds as long as the lock is held

and a write is guarded like this:

  quorate lock --fenced jobs -- sh -c 'printf \"%s\\n\\nput state done\\n\\n\\n\" \"$QUORATE_LOCK_GUARD\" | quorate txn | grep -q SUCCESS'

Other stores that the command writes to can do the same with the revision: keep the greatest one seen, and refuse smaller
ones. When the lock was lost while the command ran, lock --fenced fails, even if the command did not. Without a command
the compare is printed behind key and value.";

/// Hold a lock while a command runs, or until a signal
///
/// The lock is a key below its name, with a lease that is renewed while it is held. The command finds ETCD_LOCK_KEY and
/// ETCD_LOCK_REV in its environment, and its exit status becomes that of this one.
#[derive(Clone, Debug, clap::Args)]
#[command(override_usage = "quorate lock [options] <lockname> [--] [exec-command arg1 arg2 ...]", after_long_help = FENCED)]
pub struct Args {
    /// Name of the lock, and a command
    #[arg(value_name = "NAME [COMMAND]", num_args = 0..)]
    args: Vec<OsString>,

    /// Time to live of the lock's lease, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = number)]
    ttl: i64,

    /// Give what guards writes with the lock
    #[arg(long, help_heading = BEYOND)]
    fenced: bool,
}

fn number(text: &str) -> Result<i64, NumberError> {
    parse_int(text, 0)
}

impl Args {
    pub async fn run(mut self, context: &Context) -> Result<(), CliError> {
        if self.args.is_empty() {
            return Err(CliError::bad_args("lock takes a lock name argument and an optional command to execute"));
        }
        let name = key::bytes(self.args.remove(0));
        let session = context.session()?;
        let mut signals = Signals::listen()?;
        let request = |lease| LockRequest { name: name.clone(), lease };
        let rpc = async |connection: Connection, request| connection.lock().lock(request).await;
        // Less than a second means the default of sessions. Source: etcdctl 3.7.
        let ttl = if self.ttl > 0 { self.ttl } else { turn::TTL_SECS };
        let (lock, mut lease) =
            turn::turn(&session, context, ttl, "mutex: session is expired", &mut signals, request, rpc).await?;
        let held = self.hold(&session, &lock, &mut lease, &mut signals).await;
        let ended = lease.end().await;
        held.and(ended)
    }

    /// Holds the lock for as long as it is wanted.
    async fn hold(
        &self,
        session: &Session,
        lock: &LockResponse,
        lease: &mut Lease<'_>,
        signals: &mut Signals,
    ) -> Result<(), CliError> {
        let mut variables = vec![
            ("ETCD_LOCK_KEY", OsStr::from_bytes(&lock.key).to_owned()),
            ("ETCD_LOCK_REV", lock.header.unwrap_or_default().revision.to_string().into()),
        ];
        let mut guard = None;
        if self.fenced || self.args.is_empty() {
            let reply = turn::get(&session.client, lock.key.clone()).await?;
            let Some(kv) = reply.kvs.first() else { return Err(CliError::new(Kind::General, "lock lost on init")) };
            guard = self.fenced.then(|| Guard { key: kv.key.clone(), revision: kv.create_revision });
            if self.args.is_empty() {
                session.output.print(Reply::Get { reply: &reply, values_only: false })?;
            }
        }
        if let Some((program, args)) = self.args.split_first() {
            variables.extend(guard.iter().flat_map(Guard::variables));
            run(program, args, variables, lease).await?;
            return match guard {
                Some(guard) if !guard.holds(&session.client).await? => {
                    Err(CliError::new(Kind::General, "the lock was lost while the command ran"))
                }
                _ => Ok(()),
            };
        }
        if let Some(guard) = guard.filter(|_| session.output.format() == Format::Simple) {
            output::line(&guard.compare())?;
        }
        tokio::select! {
            () = signals.come() => Ok(()),
            () = lease.lost() => Err(CliError::new(Kind::General, "session expired")),
        }
    }
}

/// What binds a write to the lock.
struct Guard {
    key: Bytes,
    /// Revision at which the key was created: who takes the lock later has a greater one, and another key.
    revision: i64,
}

impl Guard {
    /// A compare in the words of `txn`.
    fn compare(&self) -> String {
        format!("create({}) = \"{}\"", quote(&self.key), self.revision)
    }

    /// Whether the lock is still held.
    async fn holds(&self, client: &Client) -> Result<bool, CliError> {
        let reply = turn::get(client, self.key.clone()).await?;
        Ok(reply.kvs.first().is_some_and(|kv| kv.create_revision == self.revision))
    }

    fn variables(&self) -> [(&'static str, OsString); 2] {
        [("QUORATE_LOCK_REVISION", self.revision.to_string().into()), ("QUORATE_LOCK_GUARD", self.compare().into())]
    }
}

/// Runs the command to its end, whatever happens to the lock, whose lease is renewed meanwhile. Signals are the command's own affair: a terminal sends them to both.
async fn run(
    program: &OsStr,
    args: &[OsString],
    variables: Vec<(&'static str, OsString)>,
    lease: &mut Lease<'_>,
) -> Result<(), CliError> {
    let mut child = Command::new(program)
        .args(args)
        .envs(variables)
        .stdin(Stdio::null())
        .spawn()
        .map_err(|error| CliError::new(Kind::General, not_run(program, &error)))?;
    let mut is_lost = false;
    let status = loop {
        tokio::select! {
            status = child.wait() => break status?,
            () = lease.lost(), if !is_lost => is_lost = true,
        }
    };
    outcome(status).map_or(Ok(()), |(text, code)| Err(CliError::new(Kind::Command(code), text)))
}

/// Why a program is not run, in the words of etcdctl.
fn not_run(program: &OsStr, error: &io::Error) -> String {
    let name = program.to_string_lossy();
    let reason = match error.kind() {
        io::ErrorKind::NotFound if !name.contains('/') => {
            return format!("exec: {}: executable file not found in $PATH", quote(program.as_bytes()));
        }
        io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    };
    format!("fork/exec {name}: {reason}")
}

/// What a command that failed ended with, and the exit code for it; both as etcdctl has them, for which the code of a command that a signal
/// ended is -1.
fn outcome(status: ExitStatus) -> Option<(String, u8)> {
    if status.success() {
        return None;
    }
    if let Some(code) = status.code() {
        return Some((format!("exit status {code}"), u8::try_from(code).unwrap_or(u8::MAX)));
    }
    let signal = status.signal().unwrap_or_default();
    let name = match signal {
        1 => "hangup",
        2 => "interrupt",
        3 => "quit",
        4 => "illegal instruction",
        5 => "trace/breakpoint trap",
        6 => "aborted",
        7 => "bus error",
        8 => "floating point exception",
        9 => "killed",
        10 => "user defined signal 1",
        11 => "segmentation fault",
        12 => "user defined signal 2",
        13 => "broken pipe",
        14 => "alarm clock",
        15 => "terminated",
        _ => "",
    };
    let name = if name.is_empty() { format!("signal {signal}") } else { name.to_owned() };
    let dumped = if status.core_dumped() { " (core dumped)" } else { "" };
    Some((format!("signal: {name}{dumped}"), u8::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cmd::{Personality, script};
    use quorate_proto::etcdserverpb::compare::{CompareTarget, TargetUnion};

    #[test]
    fn a_command_ends_with_its_own_code_and_a_signal_with_255() {
        let ended = |raw| outcome(ExitStatus::from_raw(raw));
        assert_eq!(ended(0), None);
        assert_eq!(ended(3 << 8), Some(("exit status 3".into(), 3)));
        assert_eq!(ended(255 << 8), Some(("exit status 255".into(), 255)));
        assert_eq!(ended(9), Some(("signal: killed".into(), 255)));
        assert_eq!(ended(6 | 0x80), Some(("signal: aborted (core dumped)".into(), 255)));
        assert_eq!(ended(40), Some(("signal: signal 40".into(), 255)));
    }

    #[test]
    fn a_guard_is_a_compare_that_txn_reads_whatever_the_key() {
        for key in ["jobs/694d", "a\"b/1", "a\nb/1", "\\/1"] {
            let guard = Guard { key: key.into(), revision: 42 };
            let compare = script::compare(&guard.compare(), Personality::Quorate).unwrap();
            assert_eq!((&compare.key[..], compare.target()), (key.as_bytes(), CompareTarget::Create));
            assert_eq!(compare.target_union, Some(TargetUnion::CreateRevision(42)));
        }
    }

    #[test]
    fn what_cannot_be_run_is_said_in_the_words_of_etcdctl() {
        let error = |kind| io::Error::from(kind);
        assert_eq!(
            not_run(OsStr::new("nope"), &error(io::ErrorKind::NotFound)),
            "exec: \"nope\": executable file not found in $PATH"
        );
        assert_eq!(
            not_run(OsStr::new("/no/such"), &error(io::ErrorKind::NotFound)),
            "fork/exec /no/such: no such file or directory"
        );
    }
}
