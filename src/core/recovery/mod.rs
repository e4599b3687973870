//! Recovery of a cluster that has lost its quorum, from the data directories that are left.
//!
//! [`plan`] looks at them and says which one holds the most; [`rebuild`] makes a new cluster of it, in a new directory. Neither changes a
//! byte of what it looks at: see [`survivor`].
//!
//! Which entries of a log were acknowledged, no survivor can know: the lost leader may have had a quorum for an entry of which the
//! survivor has not yet heard that it is committed. So the whole log counts, also behind the commit index: an entry is kept whenever it
//! can have been committed. What comes along that was never acknowledged is a request whose client got no answer. The same reasoning
//! tells which survivor holds the most: the one that the others would vote for, by the term of its last entry and then by its index.
//!
//! (`--force-new-cluster` is the other way, as etcd has it: in place, with the old ids; see [`force`].)
//!
//! The new cluster has other ids than the old one, so that members of both never talk to each other. Its revision is ahead of any that
//! the old cluster can have reached, and the history below is compacted: a client that goes on from what it saw of the lost writes is
//! told so, and lists anew.

mod facts;
mod force;
mod plan;
mod rebuild;
mod replay;
mod room;
mod survivor;
#[cfg(test)]
mod tests;

use super::{apply::Fault, backend::BackendError, config::BootstrapError, consensus::LogFault, data_dir::DataDirError};

pub use facts::Facts;
pub use force::force_new_cluster;
pub use plan::{Found, Plan, Quorum, plan};
pub use rebuild::{Rebuild, Rebuilt, Step, rebuild, token};
pub use survivor::Place;

/// Why a data directory cannot be recovered from, or the new one cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum RecoveryError {
    #[error(transparent)]
    DataDir(#[from] DataDirError),
    #[error(transparent)]
    Backend(#[from] BackendError),
    #[error(transparent)]
    Log(#[from] LogFault),
    #[error(transparent)]
    Apply(#[from] Fault),
    #[error(transparent)]
    Bootstrap(#[from] BootstrapError),
    #[error("no directory for temporary files can be made ({0}); set TMPDIR to one that can be written to")]
    Scratch(std::io::Error),
    #[error("{path} lies inside {from}, which is to be left as it is; choose another place")]
    Inside { path: String, from: String },
    #[error("{path} holds no state: nothing was ever applied or logged there")]
    Nothing { path: String },
    #[error("the directories belong to different clusters: {first} to {first_cluster:x}, {second} to {second_cluster:x}")]
    DifferentClusters { first: String, first_cluster: u64, second: String, second_cluster: u64 },
    #[error("{first} and {second} are the same directory")]
    Twice { first: String, second: String },
    #[error(
        "these members and this token make cluster {cluster:x} with a member of the old one; give another --initial-cluster-token, so \
         that members of both never mix"
    )]
    SameIds { cluster: u64 },
    #[error("member {member:x} was taken out of its cluster: its log cannot be that of a new one; recover from another member")]
    NoMember { member: u64 },
    #[error("a revision moved by --bump-revision needs --mark-compacted: history would have a hole that nobody is told of")]
    BumpAlone,
    #[error("revision {revision} cannot be moved by {bump}")]
    Bump { revision: i64, bump: i64 },
    #[error("{path} has room for {available} bytes, {needed} are needed; make room, or choose another --data-dir")]
    NoRoom { path: String, available: u64, needed: u64 },
    #[error(
        "{path} is the data directory of member {member:x} of cluster {cluster:x}; choose one that is empty or does not exist yet"
    )]
    Other { path: String, cluster: u64, member: u64 },
    /// A test ended the work here.
    #[cfg(test)]
    #[error("interrupted after {0:?}")]
    Interrupted(Step),
}
