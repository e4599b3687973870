//! The version that a cluster speaks: the lowest of its members' versions.

use std::cmp::Ordering;

/// What a cluster speaks as long as it is not known what each of its members does. Source: etcd 3.7.
pub const UNDECIDED_CLUSTER_VERSION: &str = "3.0.0";

/// The cluster version that a leader decides on next, if it is not `decided` already. `members` are the versions of all members, `None`
/// for one that has not been asked yet.
///
/// It only moves up. Source: etcd 3.7.
pub fn next_cluster_version<'a>(decided: Option<&str>, members: impl IntoIterator<Item = Option<&'a str>>) -> Option<String> {
    let known: Option<Vec<_>> = members.into_iter().map(|version| version.and_then(major_minor)).collect();
    let lowest = known.and_then(|versions| versions.into_iter().min());
    let next = lowest.map_or_else(|| UNDECIDED_CLUSTER_VERSION.to_owned(), |(major, minor)| format!("{major}.{minor}.0"));
    match decided {
        None => Some(next),
        Some(decided) => (compare_versions(&next, decided) == Some(Ordering::Greater)).then_some(next),
    }
}

/// Compares two versions by their first two parts; `None` if one is no version.
pub fn compare_versions(left: &str, right: &str) -> Option<Ordering> {
    Some(major_minor(left)?.cmp(&major_minor(right)?))
}

fn major_minor(version: &str) -> Option<(u64, u64)> {
    let mut parts = version.split('.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_speaks_the_lowest_version_of_its_members_and_moves_up_only() {
        let next = |decided, members: &[Option<&str>]| next_cluster_version(decided, members.iter().copied());
        assert_eq!(next(None, &[Some("3.7.1"), Some("3.10.0")]).as_deref(), Some("3.7.0"));
        assert_eq!(next(None, &[Some("3.7.1"), None]).as_deref(), Some("3.0.0"));
        assert_eq!(next(Some("3.0.0"), &[Some("3.7.1"), None]), None);
        assert_eq!(next(Some("3.0.0"), &[Some("3.7.1"), Some("3.7.0")]).as_deref(), Some("3.7.0"));
        assert_eq!(next(Some("3.7.0"), &[Some("3.7.1"), Some("3.7.0")]), None);
        assert_eq!(next(Some("3.7.0"), &[Some("3.6.0")]), None);
        assert_eq!(next(Some("3.7.0"), &[Some("nonsense")]), None);
    }
}
