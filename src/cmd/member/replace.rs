//! `member replace`.

use super::{
    add::new_member,
    drive,
    flags::BEYOND,
    peer_urls::peer_urls,
    plan::{NewMember, Wish, resumed},
    refused,
    view::{Found, View},
};
use crate::cmd::{
    context::Context,
    error::{CliError, Kind, note},
    gotext::parse_duration,
    key,
};
use std::{ffi::OsString, time::Duration};

/// Replace a member by a new one
///
/// While the old member is well, the new one is added as a learner, awaited and promoted before the old one is removed;
/// leadership leaves the old one first. An old member that is down, or whose peer URLs the new one takes over, is removed before
/// the new one is added, if the others have a quorum without it. The settings to start the new member with are printed. The
/// command can be interrupted at any time and run again: it goes on where the cluster is. An old member that never was in the
/// cluster is refused. (A server of etcd's cannot tell it from one that was removed. There a replacement that was interrupted
/// after the removal and before the addition is refused too, and the message says how to go on.)
#[derive(Clone, Debug, clap::Args)]
#[command(override_usage = "quorate member replace <old member ID or name> <new name> --peer-urls=<list> [options]")]
pub struct Args {
    /// Old member, by its id in hexadecimal or its name, and the name of the new one
    #[arg(value_name = "MEMBER", num_args = 0..)]
    args: Vec<OsString>,

    /// Peer URLs of the new member, by comma
    #[arg(long, value_name = "LIST", default_value = "", hide_default_value = true)]
    peer_urls: String,

    /// Time for all of that
    #[arg(long, help_heading = BEYOND, value_name = "DURATION", default_value = "10m", value_parser = parse_duration)]
    timeout: Duration,

    /// Say what would be done, and do nothing
    #[arg(long, help_heading = BEYOND)]
    dry_run: bool,
}

impl Args {
    pub async fn run(self, context: &Context) -> Result<(), CliError> {
        let [old, name] = &self.args[..] else {
            return Err(CliError::bad_args("replace needs the old member and the name of the new one"));
        };
        let (old, name) = (key::text(old), key::text(name));
        let new = new_member(name, peer_urls(&self.peer_urls)?, true);
        let manner = drive::Manner {
            dry_run: self.dry_run,
            timeout: self.timeout,
            peer_urls: self.peer_urls,
            asks_about: Some(old.clone()),
        };
        drive::run(context, manner, |look| wish(&look.view, &old, new, look.was_removed)).await
    }
}

fn wish(view: &View, old: &str, new: NewMember, was_removed: bool) -> Result<Wish, CliError> {
    let id = match view.find(old) {
        Found::One(id) => id,
        Found::Several => return Err(super::several(view, old)),
        Found::Nobody => {
            let wish = resumed(view, old, new, was_removed).map_err(|refusal| refused::explained(view, &refusal))?;
            let why = if was_removed { "was removed" } else { "is taken to be removed already, since the new one is there" };
            note(format_args!("no member has the id or name {old}: it {why}"));
            return Ok(wish);
        }
    };
    // By its name alone the old member could not be told from the new one once the work is done.
    if old == new.name && u64::from_str_radix(old, 16) != Ok(id) {
        let text = format!("the old member and the new one are both called {old}");
        let hint =
            format!("Name the old one by its id: quorate member replace {id:x} {old} --peer-urls={}", new.peer_urls.join(","));
        return Err(CliError::new(Kind::BadArgs, text).hint(hint));
    }
    Ok(Wish::Replace { old: id, new })
}

#[cfg(test)]
mod tests {
    use super::{
        super::view::{Answer, Seen},
        *,
    };

    fn view() -> View {
        let member = Seen {
            id: 0xabc,
            name: "m1".to_owned(),
            peer_urls: vec!["http://a:1".to_owned()],
            is_learner: false,
            answer: Answer::Silent(String::new()),
            bad_looks: 0,
        };
        View { members: vec![member] }
    }

    fn new(name: &str, url: &str) -> NewMember {
        new_member(name.to_owned(), vec![url.to_owned()], true)
    }

    #[test]
    fn the_old_member_is_found_by_name_and_by_id() {
        for old in ["m1", "abc"] {
            let wanted = Wish::Replace { old: 0xabc, new: new("m2", "http://b:1") };
            assert_eq!(wish(&view(), old, new("m2", "http://b:1"), false).unwrap(), wanted);
        }
    }

    #[test]
    fn an_old_member_that_is_not_there_was_removed_only_if_the_new_one_is() {
        assert_eq!(wish(&view(), "m0", new("m1", "http://a:1"), false).unwrap(), Wish::Add(new("m1", "http://a:1")));
        let mut unstarted = view();
        unstarted.members[0].name.clear();
        assert_eq!(wish(&unstarted, "m0", new("m2", "http://a:1"), false).unwrap(), Wish::Add(new("m2", "http://a:1")));

        let error = wish(&view(), "m3", new("m2", "http://b:1"), false).unwrap_err();
        assert_eq!(error.kind(), Kind::General);
        assert_eq!(
            error.to_string(),
            "no member has the id or name m3, and none has the peer URLs http://b:1 of the new one; the members are m1 (abc)"
        );
        let error = wish(&view(), "m3", new("m1", "http://b:1"), false).unwrap_err();
        assert_eq!(error.to_string(), "the name m1 belongs to member abc at http://a:1");
    }

    #[test]
    fn under_one_name_the_old_member_is_named_by_its_id() {
        assert_eq!(wish(&view(), "m1", new("m1", "http://a:1"), false).unwrap_err().kind(), Kind::BadArgs);
        let wanted = Wish::Replace { old: 0xabc, new: new("m1", "http://a:1") };
        assert_eq!(wish(&view(), "abc", new("m1", "http://a:1"), false).unwrap(), wanted);
    }
}
