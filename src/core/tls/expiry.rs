//! Until when files of TLS are good, for metrics and for warnings in the log.

use std::path::{Path, PathBuf};

use rustls::pki_types::CertificateDer;

use super::{facts::parse, revoked::Revoked};

/// A warning comes when this part of a lifetime is left, but not earlier than [`WARN_SECS_MAX`] before its end: whoever renews certificates by
/// a machine does that with a third of the time left.
const WARN_PART: i64 = 4;
const WARN_SECS_MAX: i64 = 30 * 24 * 3600;

/// What expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExpiryKind {
    /// What this side shows, with the chain above it.
    Certificate,
    Authority,
    RevocationList,
}

/// Until when a file is good: the first of what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expiry {
    pub kind: ExpiryKind,
    pub path: PathBuf,
    /// From when on all of it is, in seconds since 1970.
    pub from: i64,
    /// Seconds since 1970.
    pub until: i64,
    /// In seconds, of what ends first.
    lifetime: i64,
}

/// Of all files.
pub type Expiries = Vec<Expiry>;

impl ExpiryKind {
    /// As metrics name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Authority => "authority",
            Self::RevocationList => "revocation list",
        }
    }
}

impl Expiry {
    #[cfg(test)]
    pub fn of(kind: ExpiryKind, path: &Path, from: i64, until: i64) -> Self {
        Self { kind, path: path.to_owned(), from, until, lifetime: until - from }
    }

    pub fn of_certificates(kind: ExpiryKind, path: &Path, certificates: &[CertificateDer<'_>]) -> Option<Self> {
        let validities = certificates.iter().filter_map(parse).map(|parsed| {
            let validity = parsed.validity();
            (validity.not_before.timestamp(), validity.not_after.timestamp())
        });
        let from = validities.clone().map(|(from, _)| from).max()?;
        let (begun, until) = validities.min_by_key(|(_, until)| *until)?;
        Some(Self { kind, path: path.to_owned(), from, until, lifetime: until - begun })
    }

    pub fn of_revoked(path: &Path, revoked: &Revoked) -> Option<Self> {
        let until = revoked.next_update?;
        let from = revoked.this_update;
        Some(Self { kind: ExpiryKind::RevocationList, path: path.to_owned(), from, until, lifetime: until - from })
    }

    /// What the log should say about it at this moment.
    pub fn warning(&self, unix_secs: i64) -> Option<&'static str> {
        let early = (self.lifetime / WARN_PART).clamp(0, WARN_SECS_MAX);
        if unix_secs > self.until {
            Some("has expired")
        } else if unix_secs < self.from {
            Some("is not valid yet")
        } else if unix_secs > self.until - early {
            Some("expires soon")
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * 3600;

    fn expiry(from: i64, until: i64) -> Expiry {
        Expiry::of(ExpiryKind::Certificate, Path::new("c.pem"), from, until)
    }

    #[test]
    fn a_long_lifetime_is_warned_of_a_month_before_its_end_and_a_short_one_in_its_last_quarter() {
        let year = expiry(0, 365 * DAY);
        assert_eq!(year.warning(334 * DAY), None);
        assert_eq!(year.warning(336 * DAY), Some("expires soon"));
        assert_eq!(year.warning(366 * DAY), Some("has expired"));
        let day = expiry(0, DAY);
        assert_eq!(day.warning(DAY / 2), None);
        assert_eq!(day.warning(DAY - DAY / 5), Some("expires soon"));
        assert_eq!(day.warning(-1), Some("is not valid yet"));
    }
}
