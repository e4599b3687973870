//! Looking at all that is left of a cluster: which directory holds the most, and whether the quorum is lost at all.

use std::{collections::BTreeSet, fs, path::PathBuf};

use super::{
    RecoveryError,
    facts::Facts,
    rebuild::token,
    survivor::{Place, Survivor},
};
use crate::core::membership;

/// What was found in one directory.
pub struct Found {
    pub place: Place,
    /// What it holds, or what is wrong with it.
    pub facts: Result<Facts, RecoveryError>,
}

/// Voters of the configuration, and those of them whose directories are whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quorum {
    pub voters: Vec<u64>,
    pub surviving: Vec<u64>,
}

impl Quorum {
    /// How many voters decide.
    pub fn needed(&self) -> usize {
        membership::quorum(self.voters.len())
    }

    /// Whether the survivors are too few.
    pub fn is_lost(&self) -> bool {
        self.surviving.len() < self.needed()
    }
}

/// See the module.
pub struct Plan {
    /// In the order in which they were given.
    pub found: Vec<Found>,
    /// The position of the one that holds the most; nothing if none is whole.
    pub best: Option<usize>,
    /// By the configuration of the best.
    pub quorum: Option<Quorum>,
    /// The token that a cluster recovered from the best has by default.
    pub token: Option<String>,
}

/// Looks at `places`, one after the other. A damaged one is told of, and the others go on.
///
/// # Errors
/// When directories of different clusters are among them, or one of them twice.
pub fn plan(places: &[Place]) -> Result<Plan, RecoveryError> {
    refuse_twice(places)?;
    let look = |place: &Place| Survivor::open(place).and_then(|survivor| Facts::of(&survivor));
    let found: Vec<Found> = places.iter().map(|place| Found { place: place.clone(), facts: look(place) }).collect();
    let whole: Vec<(usize, &Facts)> =
        found.iter().enumerate().filter_map(|(at, found)| Some((at, found.facts.as_ref().ok()?))).collect();
    if let [(first, one), others @ ..] = whole.as_slice()
        && let Some((second, other)) = others.iter().find(|(_, other)| other.identity.cluster_id != one.identity.cluster_id)
    {
        let path = |at: usize| found[at].place.data_dir.display().to_string();
        return Err(RecoveryError::DifferentClusters {
            first: path(*first),
            first_cluster: one.identity.cluster_id,
            second: path(*second),
            second_cluster: other.identity.cluster_id,
        });
    }
    // Of equals the first.
    let best = whole.iter().rev().max_by_key(|(_, facts)| facts.rank()).copied();
    let quorum = best.map(|(_, facts)| {
        let here: BTreeSet<u64> = whole.iter().map(|(_, facts)| facts.identity.member_id).collect();
        let voters = facts.configuration.voters.clone();
        let surviving = voters.iter().copied().filter(|id| here.contains(id)).collect();
        Quorum { voters, surviving }
    });
    let (best, token) = (best.map(|(at, _)| at), best.map(|(_, facts)| token(facts)));
    Ok(Plan { found, best, quorum, token })
}

fn refuse_twice(places: &[Place]) -> Result<(), RecoveryError> {
    // What cannot be resolved will be told of when it is opened.
    let real = |path: &PathBuf| fs::canonicalize(path).unwrap_or_else(|_| path.clone());
    for (at, place) in places.iter().enumerate() {
        if let Some(before) = places[..at].iter().find(|before| real(&before.data_dir) == real(&place.data_dir)) {
            let path = |place: &Place| place.data_dir.display().to_string();
            return Err(RecoveryError::Twice { first: path(before), second: path(place) });
        }
    }
    Ok(())
}
