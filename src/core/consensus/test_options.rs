//! Options of a node for tests, which change what they are about.

use super::{APPEND_BYTES_MAX, NodeOptions};

impl NodeOptions {
    /// It draws its waits from `id`, so that they are the same in every run.
    pub fn for_tests(id: u64) -> Self {
        Self {
            id,
            election_ticks: 10,
            election_seed: Some(id),
            pre_vote: false,
            start_nonce: id,
            window_bytes_max: 300,
            append_bytes_max: APPEND_BYTES_MAX,
            cut_entries_min: 256,
        }
    }
}
