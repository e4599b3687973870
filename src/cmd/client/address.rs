//! Which endpoints there are, when DNS is to say so, and what to dial for one as people write it.

use crate::{
    cmd::{
        error::{CliError, Kind, note},
        global::Global,
        name_server::name_server,
    },
    core::{config::SrvDiscovery, discovery},
};

/// Replaces the endpoints by those that `--discovery-srv` leads to, if it is given. Where DNS leads to none that may be used,
/// `--endpoints` stays. Source: etcd 3.7.
///
/// # Errors
/// When DNS has no answer: exit code 1.
pub async fn discover_endpoints(global: &mut Global) -> Result<(), CliError> {
    if global.discovery_srv.is_empty() {
        return Ok(());
    }
    let from = SrvDiscovery {
        domain: global.discovery_srv.clone(),
        service_name: global.discovery_srv_name.clone(),
        name_server: name_server().map_err(|error| CliError::caused(Kind::General, error))?,
    };
    let found = discovery::client_endpoints(&from).await.map_err(|error| CliError::caused(Kind::General, error))?;
    let found = usable(found, global.insecure_discovery);
    if !found.is_empty() {
        global.endpoints = found;
    }
    Ok(())
}

/// Leaves out endpoints without TLS unless they are accepted: whoever can write DNS records could lead a client anywhere.
fn usable(found: Vec<String>, insecure: bool) -> Vec<String> {
    let (usable, ignored): (Vec<_>, Vec<_>) = found.into_iter().partition(|url| insecure || url.starts_with("https://"));
    for url in ignored {
        note(format_args!("ignoring discovered insecure endpoint {url:?}"));
    }
    usable
}

/// The URL for `host:port`, `http://host:port`, `https://host:port`, `unix:///path` or `unixs:///path`. Without a scheme it gets that with TLS if
/// `by_default`.
///
/// # Errors
/// No address: exit code 1.
pub fn address(endpoint: &str, by_default: bool) -> Result<String, CliError> {
    if endpoint.starts_with("unix:") || endpoint.starts_with("unixs:") {
        return Ok(endpoint.to_owned());
    }
    let (scheme, host) = match endpoint.split_once("://") {
        Some((scheme @ ("http" | "https"), host)) => (scheme, host),
        _ => (if by_default { "https" } else { "http" }, endpoint),
    };
    let host = host.strip_suffix('/').unwrap_or(host);
    if host.is_empty() || host.contains(['/', ' ', '@']) {
        let error = CliError::new(Kind::General, format!("endpoint {endpoint:?} is no address"));
        return Err(error.hint("Write host:port, http://host:port, https://host:port, unix:///path or unixs:///path"));
    }
    Ok(format!("{scheme}://{host}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_written_with_and_without_a_scheme() {
        let plain = |endpoint| address(endpoint, false).unwrap();
        assert_eq!(plain("127.0.0.1:2379"), "http://127.0.0.1:2379");
        assert_eq!(plain("http://[::1]:2379/"), "http://[::1]:2379");
        assert_eq!(plain("unix:///run/quorate.sock"), "unix:///run/quorate.sock");
        assert_eq!(plain("https://a:1"), "https://a:1");
        assert_eq!(address("a:1", true).unwrap(), "https://a:1");
        assert_eq!(address("http://a:1", true).unwrap(), "http://a:1");
    }

    #[test]
    fn discovered_endpoints_without_tls_are_left_out_unless_accepted() {
        let found = vec!["https://a:1".to_owned(), "http://b:1".to_owned()];
        assert_eq!(usable(found.clone(), true), found);
        assert_eq!(usable(found, false), ["https://a:1"]);
    }

    #[test]
    fn endpoints_that_cannot_be_dialed_are_refused() {
        for bad in ["", "nourl://", "ftp://a:1", "a:1/path"] {
            assert_eq!(address(bad, false).unwrap_err().kind(), Kind::General, "{bad}");
        }
    }
}
