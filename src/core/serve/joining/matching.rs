//! Finding the members of the flags in what the cluster says of itself.

use std::cmp::Ordering;

use super::{
    JoinError,
    asking::{Answer, KnownMember},
};
use crate::core::{
    config::{InitialMember, ServerConfig},
    discovery::place::{Place, same_places},
    limits::CLUSTER_VERSION,
    membership::{UNDECIDED_CLUSTER_VERSION, compare_versions},
    server::Identity,
};

/// This member's place in its cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub identity: Identity,
    pub members: Vec<KnownMember>,
}

/// Judges all answers of a round: one that tells against joining counts, otherwise the first in which all members are found, otherwise
/// what is wrong with the last. `None` without any answer.
pub async fn choose(config: &ServerConfig, answers: &[Answer]) -> Option<Result<Found, JoinError>> {
    let first = answers.first()?;
    if let Some(other) = answers.iter().find(|answer| answer.cluster_id != first.cluster_id) {
        return Some(Err(JoinError::TwoClusters { first: first.cluster_id, second: other.cluster_id }));
    }
    let mut listed = Vec::with_capacity(config.initial_cluster.len());
    for member in &config.initial_cluster {
        listed.push((member, Place::resolve_all(&member.peer_urls).await));
    }
    let mut chosen = None;
    for answer in answers {
        let mut known = Vec::with_capacity(answer.members.len());
        for member in &answer.members {
            known.push((member, Place::resolve_all(&member.peer_urls).await));
        }
        let judged = check_version(&answer.cluster_version).and_then(|()| match_members(config, answer, &listed, &known));
        match judged {
            Err(error) if !error.may_pass() => return Some(Err(error)),
            Ok(found) if !matches!(chosen, Some(Ok(_))) => chosen = Some(Ok(found)),
            Err(error) if chosen.is_none() => chosen = Some(Err(error)),
            _ => {}
        }
    }
    chosen
}

/// Refuses a cluster that this program does not speak with. An undecided version is none to refuse.
fn check_version(cluster: &str) -> Result<(), JoinError> {
    let min = UNDECIDED_CLUSTER_VERSION;
    let is_known = compare_versions(min, cluster).is_some_and(Ordering::is_le)
        && compare_versions(cluster, CLUSTER_VERSION).is_some_and(Ordering::is_le);
    if cluster.is_empty() || is_known {
        return Ok(());
    }
    Err(JoinError::OtherVersion { cluster: cluster.to_owned(), min, max: CLUSTER_VERSION })
}

/// Each member of the flags must be one of the cluster's, and the other way round. Source: etcd 3.7.
fn match_members(
    config: &ServerConfig,
    answer: &Answer,
    listed: &[(&InitialMember, Vec<Place>)],
    known: &[(&KnownMember, Vec<Place>)],
) -> Result<Found, JoinError> {
    let cluster = || answer.members.iter().map(|member| shown(&member.name, &member.peer_urls)).collect::<Vec<_>>();
    let find = |places: &[Place]| known.iter().find(|(_, theirs)| same_places(places, theirs)).map(|(member, _)| *member);
    let own = listed.iter().find(|(member, _)| member.name == config.name);
    let Some(own_known) = own.and_then(|(_, places)| find(places)) else {
        let peer_urls = own.map_or(&config.initial_advertise_peer_urls, |(member, _)| &member.peer_urls).clone();
        let (name, cluster_id) = (config.name.clone(), answer.cluster_id);
        return Err(JoinError::NotInCluster { name, peer_urls, cluster_id, cluster: cluster() });
    };
    if own_known.has_started() {
        return Err(already_started(config, own_known, answer));
    }
    if listed.len() != known.len() {
        let listed = listed.iter().map(|(member, _)| shown(&member.name, &member.peer_urls)).collect();
        return Err(JoinError::OtherCount { listed, cluster: cluster() });
    }
    // Equal in number, and no two in the flags share a place, so that each of the cluster's is found when each of the flags' is.
    if let Some((member, _)) = listed.iter().find(|(_, places)| find(places).is_none()) {
        return Err(JoinError::NoSuchMember { listed: shown(&member.name, &member.peer_urls), cluster: cluster() });
    }
    let identity = Identity { cluster_id: answer.cluster_id, member_id: own_known.id };
    Ok(Found { identity, members: answer.members.clone() })
}

/// Refuses to begin a new cluster as somebody whom a running one knows. `here` is where this member is to be reached.
pub async fn refuse_second_life(
    config: &ServerConfig,
    identity: Identity,
    here: &[Place],
    answer: &Answer,
) -> Result<(), JoinError> {
    let (name, asked, cluster_id) = (config.name.clone(), answer.url.clone(), answer.cluster_id);
    let mut own = answer.members.iter().find(|member| member.id == identity.member_id);
    if own.is_none() {
        if answer.was_removed {
            let peer_urls = config.initial_advertise_peer_urls.clone();
            return Err(JoinError::Removed { id: identity.member_id, name, asked, cluster_id, peer_urls });
        }
        for member in &answer.members {
            if same_places(here, &Place::resolve_all(&member.peer_urls).await) {
                own = Some(member);
            }
        }
    }
    match own {
        Some(member) if member.has_started() => Err(already_started(config, member, answer)),
        Some(_) if cluster_id != identity.cluster_id => Err(JoinError::AddedToExisting { name, asked, cluster_id }),
        _ => Ok(()),
    }
}

fn already_started(config: &ServerConfig, member: &KnownMember, answer: &Answer) -> JoinError {
    JoinError::AlreadyStarted {
        id: member.id,
        name: if member.name.is_empty() { config.name.clone() } else { member.name.clone() },
        asked: answer.url.clone(),
        cluster_id: answer.cluster_id,
        data_dir: config.data_dir.display().to_string(),
        peer_urls: config.initial_advertise_peer_urls.clone(),
    }
}

fn shown(name: &str, peer_urls: &[String]) -> String {
    let name = if name.is_empty() { "(not started)" } else { name };
    format!("{name}={}", peer_urls.join("+"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLUSTER: u64 = 0xc1;

    /// Members are reached at ports; 1 is the own one.
    fn config(ports: &[&[u16]]) -> ServerConfig {
        let member = |(at, ports): (usize, &&[u16])| InitialMember { name: format!("m{}", at + 1), peer_urls: urls(ports) };
        ServerConfig {
            name: "m1".into(),
            initial_cluster: ports.iter().enumerate().map(member).collect(),
            initial_advertise_peer_urls: urls(ports[0]),
            ..ServerConfig::default()
        }
    }

    fn urls(ports: &[u16]) -> Vec<String> {
        ports.iter().map(|port| format!("http://127.0.0.1:{port}")).collect()
    }

    fn known(id: u64, name: &str, ports: &[u16]) -> KnownMember {
        KnownMember { id, name: name.into(), peer_urls: urls(ports), client_urls: Vec::new() }
    }

    fn answer(members: Vec<KnownMember>) -> Answer {
        Answer {
            url: "http://asked:1".into(),
            cluster_id: CLUSTER,
            members,
            cluster_version: "3.7.0".into(),
            ..Answer::default()
        }
    }

    async fn judged(ports: &[&[u16]], answers: &[Answer]) -> Option<Result<Found, JoinError>> {
        choose(&config(ports), answers).await
    }

    #[tokio::test]
    async fn ids_are_those_that_the_cluster_gave_to_the_same_urls() {
        let answer = answer(vec![known(7, "b", &[3, 2]), known(9, "", &[1])]);
        let found = judged(&[&[1], &[2, 3]], std::slice::from_ref(&answer)).await.unwrap().unwrap();
        assert_eq!(found.identity, Identity { cluster_id: CLUSTER, member_id: 9 });
        assert_eq!(found.members, answer.members);
        assert!(judged(&[&[1], &[2]], &[]).await.is_none());
    }

    #[tokio::test]
    async fn a_name_stands_for_its_address() {
        let mut config = config(&[&[1], &[2]]);
        config.initial_cluster[0].peer_urls = vec!["http://localhost:1".into()];
        let answer = answer(vec![known(9, "", &[1]), known(7, "b", &[2])]);
        assert_eq!(choose(&config, &[answer]).await.unwrap().unwrap().identity.member_id, 9);
    }

    #[tokio::test]
    async fn a_member_that_was_not_added_is_told_how_to_be() {
        let error = judged(&[&[1], &[2]], &[answer(vec![known(7, "b", &[2])])]).await.unwrap().unwrap_err();
        let text = error.to_string();
        assert!(text.ends_with("add it first: quorate member add m1 --peer-urls=http://127.0.0.1:1"), "{text}");
        assert!(text.contains("cluster c1, whose members are b=http://127.0.0.1:2;"), "{text}");
    }

    #[tokio::test]
    async fn unequal_lists_are_both_shown() {
        let cluster = answer(vec![known(7, "b", &[2]), known(8, "c", &[3]), known(9, "", &[1])]);
        let error = judged(&[&[1], &[2]], &[cluster]).await.unwrap().unwrap_err().to_string();
        assert_eq!(
            error,
            "--initial-cluster lists 2 members, m1=http://127.0.0.1:1, m2=http://127.0.0.1:2, but the cluster has 3, \
             b=http://127.0.0.1:2, c=http://127.0.0.1:3, (not started)=http://127.0.0.1:1; list just these"
        );
        let other = answer(vec![known(7, "b", &[2]), known(9, "", &[1])]);
        let error = judged(&[&[1], &[4]], &[other]).await.unwrap().unwrap_err();
        assert!(matches!(&error, JoinError::NoSuchMember { listed, .. } if listed == "m2=http://127.0.0.1:4"), "{error}");
    }

    #[tokio::test]
    async fn an_answer_that_does_not_know_this_member_yet_gives_way_to_one_that_does() {
        let (old, new) = (answer(vec![known(7, "b", &[2])]), answer(vec![known(7, "b", &[2]), known(9, "", &[1])]));
        assert!(judged(&[&[1], &[2]], &[old.clone(), new.clone()]).await.unwrap().is_ok());
        assert!(judged(&[&[1], &[2]], &[new, old]).await.unwrap().is_ok());
    }

    #[tokio::test]
    async fn a_member_that_has_started_before_is_refused_whatever_others_say() {
        let (fresh, started) = (vec![known(7, "b", &[2]), known(9, "", &[1])], vec![known(7, "b", &[2]), known(9, "m1", &[1])]);
        let error = judged(&[&[1], &[2]], &[answer(fresh), answer(started)]).await.unwrap().unwrap_err();
        assert!(matches!(error, JoinError::AlreadyStarted { id: 9, .. }), "{error}");
        assert!(error.to_string().ends_with(": quorate member replace 9 m1 --peer-urls=http://127.0.0.1:1"), "{error}");
    }

    #[tokio::test]
    async fn two_clusters_are_never_mixed() {
        let members = vec![known(7, "b", &[2]), known(9, "", &[1])];
        let other = Answer { cluster_id: 0xc2, ..answer(members.clone()) };
        let error = judged(&[&[1], &[2]], &[answer(members), other]).await.unwrap().unwrap_err();
        assert_eq!(error, JoinError::TwoClusters { first: 0xc1, second: 0xc2 });
    }

    #[test]
    fn clusters_of_versions_that_this_program_does_not_speak_are_refused() {
        for version in ["", "3.0.0", "3.6.0", "3.7.0"] {
            assert_eq!(check_version(version), Ok(()), "{version}");
        }
        for version in ["3.8.0", "4.0.0", "2.3.0", "new"] {
            assert!(check_version(version).is_err(), "{version}");
        }
    }

    #[tokio::test]
    async fn a_new_cluster_is_refused_to_whom_a_running_one_knows() {
        let config = config(&[&[1], &[2]]);
        let identity = Identity { cluster_id: 0xaa, member_id: 9 };
        let here = Place::resolve_all(&urls(&[1])).await;
        let check = async |answer: &Answer| refuse_second_life(&config, identity, &here, answer).await;
        // The others of the same new cluster, which have begun a moment before.
        let beginning = Answer { cluster_id: 0xaa, ..answer(vec![known(7, "m2", &[2]), known(9, "", &[1])]) };
        assert_eq!(check(&beginning).await, Ok(()));
        let started = answer(vec![known(7, "m2", &[2]), known(9, "m1", &[1])]);
        assert!(matches!(check(&started).await, Err(JoinError::AlreadyStarted { id: 9, .. })));
        let with_another_id = answer(vec![known(7, "m2", &[2]), known(5, "m1", &[1])]);
        assert!(matches!(check(&with_another_id).await, Err(JoinError::AlreadyStarted { id: 5, .. })));
        let added = answer(vec![known(7, "m2", &[2]), known(5, "", &[1])]);
        assert!(matches!(check(&added).await, Err(JoinError::AddedToExisting { .. })));
        let removed = Answer { was_removed: true, ..answer(vec![known(7, "m2", &[2])]) };
        assert!(matches!(check(&removed).await, Err(JoinError::Removed { id: 9, .. })));
        assert_eq!(check(&answer(vec![known(7, "m2", &[2])])).await, Ok(()));
    }
}
