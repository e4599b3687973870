//! The raft log in files: [`EngineLog`] keeps it with the `raft-engine` crate, [`LogWriter`] is a thread that makes writes
//! durable in groups for members that have others to talk to meanwhile.
//!
//! The log has a directory of its own. Its records are written and synced one after the other, so that damage can be told
//! from the torn end that a crash leaves; see [`tail`].

mod durable;
mod engine;
mod files;
mod record;
mod tail;
mod writer;

pub use engine::{EngineLog, FileSizes};
pub use writer::LogWriter;
