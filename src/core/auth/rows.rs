//! Users and roles as rows: their keys, and reading them back.

use ring::digest::{SHA256, digest};

use super::super::backend::{BackendError, Table, table::BACKEND_KEY_BYTES_MAX};

/// What of a long name stays readable in its row's key.
const NAME_HEAD_BYTES: usize = 256;
const DIGEST_BYTES: usize = 32;

const _: () = assert!(NAME_HEAD_BYTES + DIGEST_BYTES < BACKEND_KEY_BYTES_MAX);

/// The key of the row of a user or role. A name that is too long for one has its head and its digest in there; the row has all of it.
pub fn row_key(name: &str) -> Vec<u8> {
    let name = name.as_bytes();
    if name.len() < NAME_HEAD_BYTES {
        return name.to_vec();
    }
    [&name[..NAME_HEAD_BYTES], digest(&SHA256, name).as_ref()].concat()
}

/// A row whose bytes are not what its table holds.
pub fn damaged(table: Table, key: &[u8]) -> BackendError {
    BackendError::Damaged { table: table.name(), key: key.to_vec() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_length_have_keys_of_their_own() {
        let long = "n".repeat(5000);
        let keys = ["n", "root", &long[..255], &long[..256], &long[..257], &long].map(row_key);
        assert!(keys.iter().all(|key| key.len() <= BACKEND_KEY_BYTES_MAX));
        for (at, key) in keys.iter().enumerate() {
            assert!(!keys[..at].contains(key));
        }
    }
}
