//! Which name server is asked for SRV records, when it is not to be the system's.

use std::{env, net::SocketAddr};

use thiserror::Error;

/// The environment variable that names a server as `ADDRESS:PORT`, for networks whose records are kept apart from the system's
/// resolver, and for tests.
pub const VARIABLE: &str = "QUORATE_RESOLVER";

/// The variable says something else.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{VARIABLE}={0:?} in the environment is not an address and port such as 127.0.0.1:53")]
pub struct NameServerError(String);

/// The server that the environment names, if it names one.
///
/// # Errors
/// When it names something else.
pub fn name_server() -> Result<Option<SocketAddr>, NameServerError> {
    match env::var_os(VARIABLE) {
        None => Ok(None),
        Some(value) if value.is_empty() => Ok(None),
        Some(value) => {
            let text = value.to_string_lossy().into_owned();
            text.parse().map(Some).map_err(|_| NameServerError(text))
        }
    }
}
