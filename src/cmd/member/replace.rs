//! `member replace`.

use super::{
    add::new_member,
    drive,
    flags::BEYOND,
    peer_urls::peer_urls,
    plan::{NewMember, Wish},
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
/// command can be interrupted at any time and run again: it goes on where the cluster is.
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
        let manner = drive::Manner { dry_run: self.dry_run, timeout: self.timeout, peer_urls: self.peer_urls };
        drive::run(context, manner, |view| wish(view, &old, new)).await
    }
}

fn wish(view: &View, old: &str, new: NewMember) -> Result<Wish, CliError> {
    let id = match view.find(old) {
        Found::One(id) => id,
        Found::Several => return Err(super::several(view, old)),
        Found::Nobody => {
            // So it is after an interruption, too.
            note(format_args!("no member has the id or name {old}: it is taken to be removed already"));
            return Ok(Wish::Replace { old: None, new });
        }
    };
    // By its name alone the old member could not be told from the new one once the work is done.
    if old == new.name && u64::from_str_radix(old, 16) != Ok(id) {
        let text = format!("the old member and the new one are both called {old}");
        let hint =
            format!("Name the old one by its id: quorate member replace {id:x} {old} --peer-urls={}", new.peer_urls.join(","));
        return Err(CliError::new(Kind::BadArgs, text).hint(hint));
    }
    Ok(Wish::Replace { old: Some(id), new })
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

    fn new(name: &str) -> NewMember {
        new_member(name.to_owned(), vec!["http://a:1".to_owned()], true)
    }

    #[test]
    fn the_old_member_is_found_or_taken_to_be_gone() {
        assert_eq!(wish(&view(), "m1", new("m2")).unwrap(), Wish::Replace { old: Some(0xabc), new: new("m2") });
        assert_eq!(wish(&view(), "m3", new("m2")).unwrap(), Wish::Replace { old: None, new: new("m2") });
    }

    #[test]
    fn under_one_name_the_old_member_is_named_by_its_id() {
        assert_eq!(wish(&view(), "m1", new("m1")).unwrap_err().kind(), Kind::BadArgs);
        assert_eq!(wish(&view(), "abc", new("m1")).unwrap(), Wish::Replace { old: Some(0xabc), new: new("m1") });
    }
}
