//! The peer URLs of a member, checked before they are sent: a wrong one in the member list is hard to get rid of.

use crate::cmd::error::{CliError, Kind};
use url::Url;

const SCHEMES: [&str; 4] = ["http", "https", "unix", "unixs"];

/// Splits a list by commas and checks each URL.
///
/// # Errors
/// An empty list: exit code 128; a URL that is none: 1.
pub fn peer_urls(list: &str) -> Result<Vec<String>, CliError> {
    if list.is_empty() {
        return Err(CliError::bad_args("member peer urls not provided").hint("Give --peer-urls=http://host:2380"));
    }
    list.split(',').map(|text| check(text.trim()).map(|()| text.trim().to_owned())).collect()
}

fn check(text: &str) -> Result<(), CliError> {
    let refuse = |why: &str| Err(CliError::new(Kind::General, format!("{why}: {text}")));
    let scheme = text.split_once("://").map(|(scheme, _)| scheme).unwrap_or_default();
    if !SCHEMES.contains(&scheme) {
        return refuse("URL scheme must be http, https, unix, or unixs");
    }
    if scheme.starts_with("unix") {
        return Ok(());
    }
    let Ok(url) = Url::parse(text) else { return refuse("cannot be read as a URL") };
    // A default port, such as 80, is not visible in the parsed URL.
    let address = text.split_once("://").map(|(_, rest)| rest.split('/').next().unwrap_or_default()).unwrap_or_default();
    let port = address.rsplit_once(':').map(|(_, port)| port).unwrap_or_default();
    if url.host_str().is_none() || port.parse::<u16>().is_err() {
        return refuse("URL address does not have the form \"host:port\"");
    }
    if !matches!(url.path(), "" | "/") || text.ends_with('/') {
        return refuse("URL must not contain a path");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_split_and_kept_as_they_were_written() {
        assert_eq!(peer_urls("http://a:2380,https://[::1]:80").unwrap(), ["http://a:2380", "https://[::1]:80"]);
        assert_eq!(peer_urls("unix://m1").unwrap(), ["unix://m1"]);
    }

    #[test]
    fn what_is_no_peer_url_is_refused() {
        let text = |list| peer_urls(list).unwrap_err().to_string();
        assert_eq!(text("nourl"), "URL scheme must be http, https, unix, or unixs: nourl");
        assert_eq!(text("http://a"), "URL address does not have the form \"host:port\": http://a");
        assert_eq!(text("http://a:1/x"), "URL must not contain a path: http://a:1/x");
        assert_eq!(peer_urls("").unwrap_err().kind(), Kind::BadArgs);
    }
}
