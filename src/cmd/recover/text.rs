//! What `recover` says to people: facts first, then what to do, as commands that can be copied.

use std::path::{Path, PathBuf};

use crate::core::{
    config::InitialMember,
    recovery::{Facts, Place, Plan, Quorum, Rebuild, Rebuilt},
};

/// What was found, and the way on.
pub fn plan(plan: &Plan) -> String {
    let mut text = String::new();
    for (at, found) in plan.found.iter().enumerate() {
        let best = if plan.best == Some(at) { "  <- holds the most" } else { "" };
        text += &format!("{}{best}\n", found.place.data_dir.display());
        match &found.facts {
            Ok(facts) => text += &facts_of(facts),
            Err(error) => text += &format!("  CANNOT BE USED: {error}\n"),
        }
        text += "\n";
    }
    let (Some(quorum), Some(best)) = (&plan.quorum, plan.best) else {
        return text + "None of these directories can be recovered from. Look for others, or for a backup.\n";
    };
    text += &quorum_line(quorum);
    let facts = plan.found[best].facts.as_ref().expect("the best is whole");
    if !quorum.is_lost() {
        return text + &not_lost(facts, quorum);
    }
    text += &behind(plan, best);
    text += "The quorum is lost: these members cannot decide anything. If the others are gone for good, recover from the directory that \
             holds the most:\n\n";
    text += &format!("  {}\n\n", apply_command(&plan.found[best].place, facts));
    let (place, token) = (recovered_place(&plan.found[best].place), plan.token.clone().unwrap_or_default());
    let (name, urls) = name_and_urls(facts);
    text += "It leaves that directory as it is. Then start the new member, with its other flags as they were (addresses to listen on, \
             TLS and so on):\n\n";
    text += &format!("  {}\n\n", serve_command(&place, &name, &urls, &list_of(&name, &urls), &token));
    text + &rejoin()
}

/// What was made, and the way on.
pub fn rebuilt(wanted: &Rebuild, rebuilt: &Rebuilt, dry_run: bool) -> String {
    let mut text = facts_of(&rebuilt.facts);
    text.insert_str(0, &format!("{}\n", wanted.from.data_dir.display()));
    let what = match (dry_run, rebuilt.already) {
        (_, true) => "holds this new cluster already",
        (true, false) => "would hold a new cluster",
        (false, false) => "holds the new cluster",
    };
    text += &format!("\n{} {what}\n", wanted.to.data_dir.display());
    text += &format!("  cluster {:x}, member {:x} ({})\n", rebuilt.cluster_id, rebuilt.member_id, wanted.name);
    text += &format!("  token {}\n", rebuilt.token);
    match rebuilt.revision {
        Some(revision) if wanted.mark_compacted => text += &format!("  revision {revision}, compacted up to it\n"),
        Some(revision) => text += &format!("  revision {revision}\n"),
        None => text += "  the revision is known when the log has been applied\n",
    }
    text += &format!("  room needed: up to {} bytes\n", rebuilt.needed_bytes);
    if dry_run {
        return text + "\nNothing was written.\n";
    }
    text += "\nStart it, with its other flags as they were (addresses to listen on, TLS and so on):\n\n";
    text += &format!("  {}\n\n", serve_made(wanted, rebuilt));
    if wanted.initial_cluster.len() > 1 {
        return text
            + "The other members of --initial-cluster each need a directory that was made from a copy of the same survivor by the same \
               command, with --name, --initial-advertise-peer-urls and --data-dir of their own. Start none of them with an empty one.\n";
    }
    text + &rejoin()
}

fn rejoin() -> String {
    "When it serves, let the others join one by one, each with an empty data directory (never with the old one):\n\n  \
     quorate member add NAME --peer-urls=URLS\n  \
     quorate serve --name NAME --data-dir EMPTY --initial-advertise-peer-urls URLS --initial-cluster LIST \
     --initial-cluster-state existing\n\n\
     `member add` prints the LIST. Keep the old directories until all is well.\n"
        .into()
}

fn facts_of(facts: &Facts) -> String {
    let mut text =
        format!("  cluster {:x}, member {:x} ({})\n", facts.identity.cluster_id, facts.identity.member_id, facts.identity.name);
    text += &format!(
        "  term {}, vote {:x}, commit index {}\n",
        facts.hard_state.term, facts.hard_state.vote, facts.hard_state.commit
    );
    text += &format!("  log: entries {} to {}, the last one of term {}", facts.first_index, facts.last.index, facts.last.term);
    text += &match facts.uncommitted() {
        0 => "\n".to_owned(),
        count => format!("; {count} of them not known to be committed, and kept\n"),
    };
    text += &format!("  state: applied index {}, revision {}", facts.applied_index, facts.revision_on_disk);
    text += &match facts.revision {
        Some(revision) => format!("; with the log: revision {revision}, {} leases\n", facts.leases),
        None => "; the log is too long to be tried here\n".to_owned(),
    };
    for (kind, member) in &facts.alarms {
        text += &format!("  alarm {kind:?} of member {member:x}\n");
    }
    for member in &facts.members {
        let is = |ids: &[u64]| ids.contains(&member.id);
        let role = if is(&facts.configuration.voters) {
            "voter"
        } else if is(&facts.configuration.learners) {
            "learner"
        } else {
            "not in the configuration"
        };
        text += &format!("  {role} {:x} ({}) {}\n", member.id, member.name, member.peer_urls.join(","));
    }
    if !facts.configuration.voters.contains(&facts.identity.member_id) {
        text += "  this member is no voter of its own configuration\n";
    }
    text
}

fn quorum_line(quorum: &Quorum) -> String {
    format!("{} of {} voters survive here, {} are needed.\n", quorum.surviving.len(), quorum.voters.len(), quorum.needed())
}

fn not_lost(facts: &Facts, quorum: &Quorum) -> String {
    let mut text =
        "The quorum is NOT lost: do not recover. Start these members as they are; they go on by themselves.\n".to_owned();
    let dead: Vec<_> = facts
        .members
        .iter()
        .filter(|member| quorum.voters.contains(&member.id) && !quorum.surviving.contains(&member.id))
        .collect();
    if !dead.is_empty() {
        text += "Then remove the members that are gone for good, and add new ones:\n\n";
        dead.iter().for_each(|member| text += &format!("  quorate member remove {:x}    # {}\n", member.id, member.name));
    }
    text
}

/// Whether the choice loses something that others hold.
fn behind(plan: &Plan, best: usize) -> String {
    let of = |at: usize| plan.found[at].facts.as_ref().ok();
    let Some(chosen) = of(best) else { return String::new() };
    let longer = (0..plan.found.len()).filter_map(of).find(|other| other.last.index > chosen.last.index);
    longer.map_or_else(String::new, |other| {
        format!(
            "The log of member {:x} is longer, but ends in the older term {}: what it has more cannot have been \
             acknowledged, since term {} began without it.\n",
            other.identity.member_id, other.last.term, chosen.last.term
        )
    })
}

fn name_and_urls(facts: &Facts) -> (String, String) {
    let own = facts.members.iter().find(|member| member.id == facts.identity.member_id);
    let urls = own.map(|member| member.peer_urls.join(",")).filter(|urls| !urls.is_empty());
    (facts.identity.name.clone(), urls.unwrap_or_else(|| "URLS".into()))
}

fn list_of(name: &str, urls: &str) -> String {
    urls.split(',').map(|url| format!("{name}={url}")).collect::<Vec<_>>().join(",")
}

/// Beside the directories that it is made from.
fn recovered_place(from: &Place) -> Place {
    let beside = |path: &PathBuf| {
        let mut name = path.as_os_str().to_owned();
        // A path may end in slashes.
        if let Some(file) = path.file_name() {
            name = path.with_file_name(file).into_os_string();
        }
        name.push(".recovered");
        PathBuf::from(name)
    };
    Place { data_dir: beside(&from.data_dir), wal_dir: from.wal_dir.as_ref().map(beside) }
}

/// The command that recovers from `place`.
pub fn apply_command(place: &Place, facts: &Facts) -> String {
    let (name, urls) = name_and_urls(facts);
    apply_words(place, &name, &urls)
}

fn apply_words(place: &Place, name: &str, urls: &str) -> String {
    let to = recovered_place(place);
    let mut words = vec!["quorate recover apply --from".to_owned(), quoted(&place.data_dir)];
    if let Some(log) = &place.wal_dir {
        words.extend(["--from-wal-dir".to_owned(), quoted(log)]);
    }
    words.extend(["--data-dir".to_owned(), quoted(&to.data_dir)]);
    if let Some(log) = &to.wal_dir {
        words.extend(["--wal-dir".to_owned(), quoted(log)]);
    }
    words.extend(["--name".to_owned(), word(name), "--initial-advertise-peer-urls".to_owned(), word(urls)]);
    words.join(" ")
}

/// The command that starts the member that was made.
pub fn serve_made(wanted: &Rebuild, rebuilt: &Rebuilt) -> String {
    let urls_of = |member: &InitialMember| list_of(&member.name, &member.peer_urls.join(","));
    let list: Vec<String> = wanted.initial_cluster.iter().map(urls_of).collect();
    serve_command(&wanted.to, &wanted.name, &wanted.advertise_peer_urls.join(","), &list.join(","), &rebuilt.token)
}

/// The command that starts a recovered member.
fn serve_command(place: &Place, name: &str, urls: &str, list: &str, token: &str) -> String {
    let mut words = vec!["quorate serve --name".to_owned(), word(name), "--data-dir".to_owned(), quoted(&place.data_dir)];
    if let Some(log) = &place.wal_dir {
        words.extend(["--wal-dir".to_owned(), quoted(log)]);
    }
    words.extend(["--initial-advertise-peer-urls".to_owned(), word(urls), "--initial-cluster".to_owned(), word(list)]);
    words.extend(["--initial-cluster-token".to_owned(), word(token)]);
    words.join(" ")
}

fn word(text: &str) -> String {
    quoted(Path::new(text))
}

/// A word as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !text.is_empty() && text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_with_blanks_and_quotes_survive_a_shell() {
        assert_eq!(quoted(Path::new("/var/lib/m1")), "/var/lib/m1");
        assert_eq!(quoted(Path::new("a b's")), r"'a b'\''s'");
        assert_eq!(quoted(Path::new("")), "''");
    }

    #[test]
    fn the_new_directory_lies_beside_the_old_one() {
        let place = recovered_place(&Place::of(Path::new("/var/lib/m1/")));
        assert_eq!(place.data_dir, Path::new("/var/lib/m1.recovered"));
    }
    #[test]
    fn what_a_shell_would_take_for_a_pattern_is_quoted_in_commands() {
        let (place, urls) = (Place::of(Path::new("d")), "http://[::1]:1,http://a:1");
        let apply = apply_words(&place, "a", urls);
        assert!(apply.ends_with("--name a --initial-advertise-peer-urls 'http://[::1]:1,http://a:1'"), "{apply}");
        let serve = serve_command(&place, "a", urls, &list_of("a", urls), "t");
        assert!(serve.contains("--initial-cluster 'a=http://[::1]:1,a=http://a:1'"), "{serve}");
    }
}
