//! The peer URLs of a member, checked before they are sent: a wrong one in the member list is hard to get rid of.

use crate::{
    cmd::error::{CliError, Kind},
    core::membership::parse_url,
};

/// Splits a list by commas and checks each URL.
///
/// # Errors
/// An empty list: exit code 128; a URL that is none: 1.
pub fn peer_urls(list: &str) -> Result<Vec<String>, CliError> {
    if list.is_empty() {
        return Err(CliError::bad_args("member peer urls not provided").hint("Give --peer-urls=http://host:2380"));
    }
    let check = |text: &str| parse_url(text).map(|_| text.to_owned());
    list.split(',').map(|text| check(text.trim()).map_err(|error| CliError::new(Kind::General, error.to_string()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_split_and_kept_as_they_were_written() {
        assert_eq!(peer_urls("http://a:2380, https://[::1]:80").unwrap(), ["http://a:2380", "https://[::1]:80"]);
        assert_eq!(peer_urls("unix://m1").unwrap(), ["unix://m1"]);
    }

    #[test]
    fn what_is_no_peer_url_is_refused_in_the_words_of_etcdctl() {
        let text = |list| peer_urls(list).unwrap_err().to_string();
        assert_eq!(text("nourl"), "URL scheme must be http, https, unix, or unixs: nourl");
        assert_eq!(text("http://a"), "URL address does not have the form \"host:port\": http://a");
        assert_eq!(text("http://b:1,http://a:1/x"), "URL must not contain a path: http://a:1/x");
        assert_eq!(peer_urls("").unwrap_err().kind(), Kind::BadArgs);
    }
}
