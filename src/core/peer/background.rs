//! Threads for work that may take as long as it likes: whatever else the member does comes before it.

use std::{io, thread};

use tracing::debug;

/// How much nicer these threads are: one gets about a fifth of what a busy thread beside it does. Reader and sender beside four such
/// threads take less than a tenth of the processors; less would let a state take so long that the log behind it is cut.
const NICENESS: i32 = 7;

/// Runs `work` on a thread of its own, of low priority.
///
/// # Errors
/// When there are no more threads to be had.
pub fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let body = move || {
        lower_priority();
        work();
    };
    thread::Builder::new().name(name.into()).spawn(body).map(drop)
}

/// On Linux, niceness is a thread's; elsewhere it is the process's, which must not change.
#[cfg(target_os = "linux")]
fn lower_priority() {
    if let Err(error) = rustix::process::nice(NICENESS) {
        debug!(%error, "a background thread keeps its full priority");
    }
}

#[cfg(not(target_os = "linux"))]
fn lower_priority() {
    debug!(NICENESS, "background threads have full priority on this system");
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn only_the_thread_itself_becomes_nicer() {
        let niceness = || rustix::process::getpriority_process(None).unwrap();
        let before = niceness();
        let (sender, receiver) = mpsc::channel();
        spawn("test", move || sender.send(niceness()).unwrap()).unwrap();
        assert_eq!(receiver.recv().unwrap(), (before + NICENESS).min(19));
        assert_eq!(niceness(), before);
    }
}
