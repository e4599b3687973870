//! SIGTERM and SIGINT stop the server; a second one ends the process at once.

use std::{io, thread};

use tokio::{
    runtime,
    signal::unix::{SignalKind, signal},
};

use crate::core::serve::Stop;

/// A process that a signal ended has this plus the signal's number as its exit code, by the shells' convention.
const SIGNAL_EXIT_BASE: i32 = 128;

/// Tells `stop` at the first signal, from a thread of its own, since the server's may be busy just then.
///
/// # Errors
/// When there are no threads or descriptors left.
pub fn watch(stop: Stop) -> io::Result<()> {
    let runtime = runtime::Builder::new_current_thread().enable_io().build()?;
    let (mut terminate, mut interrupt) = {
        let _entered = runtime.enter();
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?)
    };
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        runtime.block_on(async {
            let mut next = async || {
                tokio::select! {
                    _ = terminate.recv() => (SignalKind::terminate(), "SIGTERM"),
                    _ = interrupt.recv() => (SignalKind::interrupt(), "SIGINT"),
                }
            };
            let (_, name) = next().await;
            tracing::info!(signal = name, "stopping on a signal");
            stop.stop();
            let (kind, name) = next().await;
            tracing::warn!(signal = name, "a second signal: ending at once");
            #[expect(clippy::exit, reason = "who asks twice wants no tidy end")]
            std::process::exit(SIGNAL_EXIT_BASE + kind.as_raw_value());
        });
    })?;
    Ok(())
}
