//! The command that is run for an event.

use crate::cmd::{
    error::{CliError, Kind, note},
    gotext::quote,
};
use quorate_proto::mvccpb::{Event, event::EventType};
use std::{
    ffi::{OsStr, OsString},
    os::unix::ffi::OsStrExt,
};
use tokio::process::Command;

/// Runs the command, if there is one, with the event in its environment, and waits for its end: events are handled in order.
///
/// # Errors
/// A command that cannot be run or fails: exit code 1.
pub async fn run(command: &[OsString], revision: i64, event: &Event) -> Result<(), CliError> {
    let Some((program, args)) = command.split_first() else { return Ok(()) };
    let status = Command::new(program).args(args).envs(variables(revision, event)).status().await;
    let problem = match status {
        Ok(status) if status.success() => return Ok(()),
        Ok(status) => status.to_string(),
        Err(error) => error.to_string(),
    };
    let words: Vec<String> = command.iter().map(|word| quote(word.as_bytes())).collect();
    note(format_args!("command [{}] error ({problem})", words.join(" ")));
    Err(CliError::already_told(Kind::General))
}

/// What happened, in the form that etcdctl gives it: texts in Go's quotes.
fn variables(revision: i64, event: &Event) -> [(&'static str, OsString); 4] {
    let kind = EventType::try_from(event.r#type).map_or("UNKNOWN", |kind| kind.as_str_name());
    let kv = event.kv.clone().unwrap_or_default();
    let quoted = |bytes: &[u8]| OsStr::new(&quote(bytes)).to_owned();
    [
        ("ETCD_WATCH_REVISION", revision.to_string().into()),
        ("ETCD_WATCH_EVENT_TYPE", quoted(kind.as_bytes())),
        ("ETCD_WATCH_KEY", quoted(&kv.key)),
        ("ETCD_WATCH_VALUE", quoted(&kv.value)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_proto::mvccpb::KeyValue;

    #[test]
    fn the_event_is_in_the_environment_in_quotes() {
        let kv = KeyValue { key: "k".into(), value: "a\nb".into(), ..Default::default() };
        let event = Event { r#type: EventType::Put.into(), kv: Some(kv), prev_kv: None };
        let values = variables(7, &event).map(|(_, value)| value.into_string().unwrap());
        assert_eq!(values, ["7", r#""PUT""#, r#""k""#, r#""a\nb""#]);
    }

    #[tokio::test]
    async fn a_command_that_fails_ends_the_watch() {
        let event = Event::default();
        let run = async |words: &[&str]| {
            let words: Vec<OsString> = words.iter().map(Into::into).collect();
            run(&words, 1, &event).await.map_err(|error| error.kind())
        };
        assert_eq!(run(&[]).await, Ok(()));
        assert_eq!(run(&["true"]).await, Ok(()));
        assert_eq!(run(&["false"]).await, Err(Kind::General));
        assert_eq!(run(&["/no/such/program"]).await, Err(Kind::General));
    }
}
