//! What a refusal means: whether it passes by itself, and what to do about it when it does not.

use super::{
    describe,
    plan::{Refusal, Wish},
    view::View,
};
use crate::cmd::{
    client::RpcError,
    error::{CliError, Kind},
    rpc_error,
};
use tonic::Code;

/// How to go on after a server's refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may pass by itself, or the change may have taken effect: look again.
    Pass,
    /// Somebody else was faster, or what was seen is not the whole truth: look again, once.
    LookAgain,
    /// The cluster is not well enough for a change.
    Unhealthy,
    /// Asking again will not help.
    Final,
}

const NOT_LEVEL: &str = "etcdserver: can only promote a learner member which is in sync with leader";
const URLS_TAKEN: &str = "etcdserver: Peer URLs already exists";
const UNHEALTHY: &str = "etcdserver: unhealthy cluster";
const NOT_STARTED: &str = "etcdserver: re-configuration failed due to not enough started members";
const TOO_MANY_LEARNERS: &str = "etcdserver: too many learner members in cluster";

/// Messages that pass by themselves, the codes of lost connections aside.
const PASSING: [&str; 9] = [
    NOT_LEVEL,
    "etcdserver: no leader",
    "etcdserver: not leader",
    "etcdserver: leader changed",
    "etcdserver: server stopped",
    "etcdserver: too many requests",
    "etcdserver: request timed out",
    "etcdserver: request timed out, possibly due to previous leader failure",
    "etcdserver: request timed out, possibly due to connection lost",
];

/// Messages that say the cluster is not what it looked like.
const OVERTAKEN: [&str; 4] = [
    URLS_TAKEN,
    "etcdserver: member ID already exist",
    "etcdserver: member not found",
    "etcdserver: can only promote a learner member",
];

/// What to make of a request's failure.
pub fn verdict(error: &RpcError) -> Verdict {
    let (RpcError::Status(status) | RpcError::Login(status)) = error else { return Verdict::Pass };
    let message = status.message();
    if PASSING.contains(&message) || message == "etcdserver: rpc not supported for learner" {
        return Verdict::Pass;
    }
    if OVERTAKEN.contains(&message) {
        return Verdict::LookAgain;
    }
    if message == UNHEALTHY || message == NOT_STARTED {
        return Verdict::Unhealthy;
    }
    let lost = matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled);
    if lost || rpc_error::is_transport(status) { Verdict::Pass } else { Verdict::Final }
}

/// A server's refusal with what can be done about it.
pub fn by_server(view: &View, wish: &Wish, error: RpcError) -> CliError {
    let message = match &error {
        RpcError::Status(status) | RpcError::Login(status) => status.message().to_owned(),
        RpcError::Deadline { .. } => String::new(),
    };
    let cli = CliError::from(error);
    let sick = describe::sick(view);
    match message.as_str() {
        UNHEALTHY | NOT_STARTED if !sick.is_empty() => {
            let adding = !matches!(wish, Wish::Remove { .. });
            let remedy = if adding { "bring it back, or remove it before another is added" } else { "bring it back first" };
            cli.hint(format!("Not healthy: {}; {remedy}", sick.join(", ")))
        }
        TOO_MANY_LEARNERS => {
            let learners = view.members.iter().filter(|member| member.is_learner);
            let learners: Vec<String> =
                learners.map(|member| format!("{:x} at {}", member.id, member.peer_urls.join(","))).collect();
            cli.hint(format!("Promote or remove the learner that is there first: {}", learners.join("; ")))
        }
        _ => cli,
    }
}

/// A refusal of the plan with what can be done about it.
pub fn explained(view: &View, refusal: &Refusal) -> CliError {
    let cli = CliError::new(Kind::General, refusal.to_string());
    match refusal {
        Refusal::QuorumLost { .. } => {
            let sick = describe::sick(view);
            let reason = if sick.is_empty() { String::new() } else { format!("Not healthy: {}. ", sick.join(", ")) };
            cli.hint(format!("{reason}Bring members back or add others first"))
        }
        Refusal::LastVoter { .. } => cli.hint("Add another member first"),
        Refusal::NameTaken { .. } => cli.hint("Choose another name for the new member"),
        Refusal::OtherName { .. } => cli.hint("Check the peer URLs; each member has its own"),
        Refusal::UrlTaken { .. } => cli.hint("Check the peer URLs, or remove that member first"),
        Refusal::UnknownOld { new, .. } => cli.hint(format!(
            "Check the id or name. If it was removed before, go on with: quorate member add {} --peer-urls={} --wait",
            new.name,
            new.peer_urls.join(",")
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tonic::Status;

    #[test]
    fn refusals_are_told_apart() {
        let of = |status: Status| verdict(&RpcError::Status(Box::new(status)));
        assert_eq!(of(Status::failed_precondition(NOT_LEVEL)), Verdict::Pass);
        assert_eq!(of(Status::unavailable("connection reset")), Verdict::Pass);
        assert_eq!(of(Status::unavailable(UNHEALTHY)), Verdict::Unhealthy);
        assert_eq!(of(Status::failed_precondition(NOT_STARTED)), Verdict::Unhealthy);
        assert_eq!(of(Status::failed_precondition(URLS_TAKEN)), Verdict::LookAgain);
        assert_eq!(of(Status::not_found("etcdserver: member not found")), Verdict::LookAgain);
        assert_eq!(of(Status::failed_precondition(TOO_MANY_LEARNERS)), Verdict::Final);
        assert_eq!(of(Status::permission_denied("etcdserver: permission denied")), Verdict::Final);
        assert_eq!(verdict(&RpcError::Deadline { last: None }), Verdict::Pass);
    }

    #[test]
    fn messages_are_those_that_the_command_line_knows() {
        for message in PASSING.iter().chain(&OVERTAKEN).chain(&[UNHEALTHY, NOT_STARTED, TOO_MANY_LEARNERS]) {
            let status = Status::unknown(*message);
            assert_eq!(rpc_error::text(&status), *message);
        }
    }
}
