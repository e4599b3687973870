//! The peer URLs of a member that is to be added.

use url::Url;

/// Checks peer URLs and puts them in ascending order, each once or as often as it was given. `None` without any, or when one is not a
/// scheme (http, https, unix, unixs) with host and port and nothing behind; what a unix URL names is not looked at.
///
/// Source: etcd 3.7, `types.NewURLs`.
pub fn check_peer_urls(urls: &[String]) -> Option<Vec<String>> {
    let mut checked: Vec<_> = urls.iter().map(|url| url.trim().to_owned()).collect();
    checked.sort_unstable();
    (!checked.is_empty() && checked.iter().all(|url| is_peer_url(url))).then_some(checked)
}

fn is_peer_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    match scheme {
        "unix" | "unixs" => true,
        // A default port, such as 80, is not visible in the parsed URL, so that the text is looked at too.
        "http" | "https" => {
            let has_port = rest.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
            let is_whole = Url::parse(text).is_ok_and(|url| url.host_str().is_some() && url.path() == "/");
            has_port && is_whole && !rest.contains(['/', '?', '#'])
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(urls: &[&str]) -> Option<Vec<String>> {
        check_peer_urls(&urls.iter().map(|url| (*url).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn peer_urls_are_sorted() {
        assert_eq!(
            check(&["https://b:2380", " http://a:80", "unix://m1:1"]).unwrap(),
            ["http://a:80", "https://b:2380", "unix://m1:1"]
        );
        assert!(check(&["http://[::1]:2380"]).is_some());
    }

    #[test]
    fn what_cannot_be_reached_is_refused() {
        for bad in [
            "",
            "a:2380",
            "ftp://a:2380",
            "http://a",
            "http://:x",
            "http://a:2380/path",
            "http://a:2380/",
            "http://[::1]",
            "http://a:70000",
        ] {
            assert_eq!(check(&[bad]), None, "{bad}");
        }
        assert_eq!(check(&[]), None);
        assert_eq!(check(&["http://a:2380", "nonsense"]), None);
    }
}
