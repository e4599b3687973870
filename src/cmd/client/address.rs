//! What to dial for an endpoint as people write it.

use crate::cmd::error::{CliError, Kind};

/// The URL for `host:port`, `http://host:port` or `unix:///path`.
///
/// # Errors
/// No address: exit code 1; one that needs TLS: 4.
pub fn address(endpoint: &str) -> Result<String, CliError> {
    if endpoint.starts_with("https://") || endpoint.starts_with("unixs:") {
        let text = format!("endpoint {endpoint} cannot be used: connecting with TLS is not built yet");
        return Err(CliError::new(Kind::Unsupported, text));
    }
    if endpoint.starts_with("unix:") {
        return Ok(endpoint.to_owned());
    }
    let host = endpoint.strip_prefix("http://").unwrap_or(endpoint);
    let host = host.strip_suffix('/').unwrap_or(host);
    if host.is_empty() || host.contains(['/', ' ', '@']) {
        let error = CliError::new(Kind::General, format!("endpoint {endpoint:?} is no address"));
        return Err(error.hint("Write host:port, http://host:port or unix:///path"));
    }
    Ok(format!("http://{host}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_written_with_and_without_a_scheme() {
        assert_eq!(address("127.0.0.1:2379").unwrap(), "http://127.0.0.1:2379");
        assert_eq!(address("http://[::1]:2379/").unwrap(), "http://[::1]:2379");
        assert_eq!(address("unix:///run/quorate.sock").unwrap(), "unix:///run/quorate.sock");
    }

    #[test]
    fn endpoints_that_cannot_be_dialed_are_refused() {
        for bad in ["", "nourl://", "ftp://a:1", "a:1/path"] {
            assert_eq!(address(bad).unwrap_err().kind(), Kind::General, "{bad}");
        }
        assert_eq!(address("https://a:1").unwrap_err().kind(), Kind::Unsupported);
    }
}
