//! Whether a member that calls does so from where its certificate says it is.

use std::net::IpAddr;

use super::PeerCertificate;

/// Compares the names in a caller's certificate with the address it calls from: one without names may come from anywhere; an address in it must
/// be the caller's, or one of its names must lead there. Source: etcd 3.7.
///
/// # Errors
/// When nothing in the certificate leads there; the text says so.
pub async fn check_address(certificate: &PeerCertificate, remote: IpAddr) -> Result<(), String> {
    let (names, addresses) = (&certificate.dns_names, &certificate.ip_addresses);
    let remote = remote.to_canonical();
    if (names.is_empty() && addresses.is_empty()) || addresses.iter().any(|address| address.to_canonical() == remote) {
        return Ok(());
    }
    let mut failures = Vec::new();
    for name in names.iter() {
        if name.starts_with("*.") {
            // etcd asks DNS for the names of the address; whoever controls that zone could answer anything.
            failures.push(format!("{name} is a pattern, which leads nowhere"));
            continue;
        }
        match tokio::net::lookup_host((name.as_str(), 0)).await {
            Ok(mut found) => {
                if found.any(|found| found.ip().to_canonical() == remote) {
                    return Ok(());
                }
                failures.push(format!("{name} has other addresses"));
            }
            Err(error) => failures.push(format!("{name}: {error}")),
        }
    }
    let addresses = addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    Err(format!(
        "tls: {remote} does not match the names in its certificate (addresses {addresses}; names: {}); \
         --peer-skip-client-san-verification lets it in all the same",
        failures.join("; ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate(names: &[&str], addresses: &[&str]) -> PeerCertificate {
        PeerCertificate {
            common_name: "m".into(),
            dns_names: names.iter().map(|&name| name.to_owned()).collect(),
            ip_addresses: addresses.iter().map(|text| text.parse().unwrap()).collect(),
        }
    }

    #[tokio::test]
    async fn a_caller_comes_from_an_address_that_its_certificate_has_or_leads_to() {
        let here: IpAddr = "127.0.0.1".parse().unwrap();
        for (names, addresses, ok) in [
            (&[][..], &[][..], true),
            (&[], &["127.0.0.1"], true),
            (&[], &["::ffff:127.0.0.1"], true),
            (&[], &["10.0.0.1"], false),
            (&["localhost"], &["10.0.0.1"], true),
            (&["*.example.com"], &[], false),
        ] {
            assert_eq!(check_address(&certificate(names, addresses), here).await.is_ok(), ok, "{names:?} {addresses:?}");
        }
    }
}
