//! What `recover` says to programs. Ids are in hexadecimal, as everywhere in texts.

use serde_json::{Value, json};

use super::text::{apply_command, serve_made};
use crate::core::recovery::{Facts, Plan, Rebuild, Rebuilt};

/// What was found.
pub fn plan(plan: &Plan) -> Value {
    let directories: Vec<Value> = plan
        .found
        .iter()
        .map(|found| {
            let (facts, error) = match &found.facts {
                Ok(facts) => (Some(facts_of(facts)), None),
                Err(error) => (None, Some(error.to_string())),
            };
            json!({ "dataDir": found.place.data_dir, "walDir": found.place.wal_dir, "facts": facts, "error": error })
        })
        .collect();
    let quorum = plan.quorum.as_ref().map(|quorum| {
        json!({
            "voters": ids(&quorum.voters),
            "surviving": ids(&quorum.surviving),
            "needed": quorum.needed(),
            "lost": quorum.is_lost(),
        })
    });
    let best = plan.best.map(|at| &plan.found[at]);
    let command = best
        .filter(|_| plan.quorum.as_ref().is_some_and(|quorum| quorum.is_lost()))
        .and_then(|found| found.facts.as_ref().ok().map(|facts| apply_command(&found.place, facts)));
    json!({
        "directories": directories,
        "best": best.map(|found| &found.place.data_dir),
        "quorum": quorum,
        "token": plan.token,
        "apply": command,
    })
}

/// What was made.
pub fn rebuilt(wanted: &Rebuild, rebuilt: &Rebuilt, dry_run: bool) -> Value {
    json!({
        "from": facts_of(&rebuilt.facts),
        "dataDir": wanted.to.data_dir,
        "clusterId": id(rebuilt.cluster_id),
        "memberId": id(rebuilt.member_id),
        "name": wanted.name,
        "token": rebuilt.token,
        "revision": rebuilt.revision,
        "compacted": wanted.mark_compacted,
        "neededBytes": rebuilt.needed_bytes,
        "dryRun": dry_run,
        "already": rebuilt.already,
        "serve": serve_made(wanted, rebuilt),
    })
}

fn facts_of(facts: &Facts) -> Value {
    let members: Vec<Value> = facts
        .members
        .iter()
        .map(|member| {
            json!({
                "id": id(member.id),
                "name": member.name,
                "peerUrls": member.peer_urls,
                "voter": facts.configuration.voters.contains(&member.id),
                "learner": facts.configuration.learners.contains(&member.id),
            })
        })
        .collect();
    let alarms: Vec<Value> =
        facts.alarms.iter().map(|(kind, member)| json!({ "kind": format!("{kind:?}"), "member": id(*member) })).collect();
    json!({
        "clusterId": id(facts.identity.cluster_id),
        "memberId": id(facts.identity.member_id),
        "name": facts.identity.name,
        "term": facts.hard_state.term,
        "vote": id(facts.hard_state.vote),
        "commitIndex": facts.hard_state.commit,
        "firstIndex": facts.first_index,
        "lastIndex": facts.last.index,
        "lastTerm": facts.last.term,
        "appliedIndex": facts.applied_index,
        "revisionOnDisk": facts.revision_on_disk,
        "revision": facts.revision,
        "leases": facts.leases,
        "alarms": alarms,
        "members": members,
    })
}

fn id(id: u64) -> String {
    format!("{id:x}")
}

fn ids(ids: &[u64]) -> Vec<String> {
    ids.iter().copied().map(id).collect()
}
