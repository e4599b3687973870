//! The store of versioned keys: revisions, reads at any of them, write transactions, compaction, hashes.
//!
//! A write transaction gives each change a [`Revision`] of the next main revision and puts it into the backend's active
//! generation, where readers of older revisions do not see it; publishing the main revision makes all of it visible at once.
//! Reads take the generations and the disk as they are and merge them. The compact revision is published like the current one, at
//! once; what it makes unreadable is swept from the disk later, by [`sweep`].

mod compact;
mod event;
mod flush;
mod hash;
mod kv_list;
mod range;
mod record;
mod scan;
mod store;
mod view;
mod write_txn;

pub use compact::{SweepPlan, SweepSpan, plan_sweep};
pub use event::{Change, ChangeKind, RevisionChanges};
pub use flush::Flush;
pub use hash::{KvHash, hash_kv, hash_view};
pub use kv_list::{KVS_FIELD, KvList};
pub use range::{RangeEffort, RangeOptions, RangeResult, SortBy, run_range, run_range_within};
pub use record::{decode_record, encode_record, without_value};
pub use scan::Scan;
pub use store::{MvccStore, RevisionRefusal, StoredRevisions};
pub use view::{Found, View};
pub use write_txn::{WriteTxn, WriterDisk};

pub use super::revision::Revision;
