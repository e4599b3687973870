//! What a gRPC status is called on the command line.
//!
//! etcd's tools print the bare message of errors that its client library knows by name, and the code with the description
//! for all others. Scripts match on both.

use tonic::{Code, Status};

/// Messages of the server that stand for themselves. Source: etcd 3.7's table of client errors.
const KNOWN: [&str; 57] = [
    "etcdserver: key is not provided",
    "etcdserver: key not found",
    "etcdserver: value is provided",
    "etcdserver: lease is provided",
    "etcdserver: too many operations in txn request",
    "etcdserver: duplicate key given in txn request",
    "etcdserver: invalid sort option",
    REQUIRED_COMPACTED,
    REQUIRED_FUTURE,
    "etcdserver: mvcc: database space exceeded",
    LEASE_NOT_FOUND,
    "etcdserver: lease already exists",
    "etcdserver: too large lease TTL",
    "etcdserver: member ID already exist",
    "etcdserver: Peer URLs already exists",
    "etcdserver: re-configuration failed due to not enough started members",
    "etcdserver: given member URLs are invalid",
    "etcdserver: member not found",
    "etcdserver: can only promote a learner member",
    "etcdserver: can only promote a learner member which is in sync with leader",
    "etcdserver: too many learner members in cluster",
    "etcdserver: cluster ID mismatch",
    "etcdserver: request is too large",
    "etcdserver: too many requests",
    "etcdserver: root user does not exist",
    "etcdserver: root user does not have root role",
    "etcdserver: user name already exists",
    "etcdserver: user name is empty",
    "etcdserver: user name not found",
    "etcdserver: role name already exists",
    "etcdserver: role name not found",
    "etcdserver: role name is empty",
    "etcdserver: authentication failed, invalid user ID or password",
    "etcdserver: permission denied",
    "etcdserver: role is not granted to the user",
    "etcdserver: permission is not granted to the role",
    "etcdserver: authentication is not enabled",
    "etcdserver: invalid auth token",
    "etcdserver: invalid auth management",
    "etcdserver: revision of auth store is old",
    "etcdserver: no leader",
    "etcdserver: not leader",
    "etcdserver: leader changed",
    "etcdserver: not capable",
    "etcdserver: server stopped",
    "etcdserver: request timed out",
    "etcdserver: request timed out, possibly due to previous leader failure",
    "etcdserver: request timed out, possibly due to connection lost",
    "etcdserver: unhealthy cluster",
    "etcdserver: corrupt cluster",
    "etcdserver: rpc not supported for learner",
    "etcdserver: bad leader transferee",
    "etcdserver: wrong downgrade target version format",
    "etcdserver: invalid downgrade target version",
    "etcdserver: cluster version not found during downgrade",
    "etcdserver: cluster has a downgrade job in progress",
    "etcdserver: no inflight downgrade job",
];

/// A watch or read below the compact revision.
pub const REQUIRED_COMPACTED: &str = "etcdserver: mvcc: required revision has been compacted";
/// A watch or read above the current revision.
pub const REQUIRED_FUTURE: &str = "etcdserver: mvcc: required revision is a future revision";
/// A lease that does not exist, or no longer.
pub const LEASE_NOT_FOUND: &str = "etcdserver: requested lease not found";

/// The text after `Error: `.
pub fn text(status: &Status) -> String {
    if KNOWN.contains(&status.message()) {
        return status.message().to_owned();
    }
    let message = lost_connection(status).map(|cause| format!("error reading from server: {cause}"));
    format!("rpc error: code = {} desc = {}", code_name(code(status)), message.as_deref().unwrap_or(status.message()))
}

/// The code that gRPC clients in Go have for it, where the library here has none for lost connections.
pub fn code(status: &Status) -> Code {
    if lost_connection(status).is_some() { Code::Unavailable } else { status.code() }
}

/// Why the connection was lost, if that is why there is no answer: what the library says stands above the cause, and names none.
fn lost_connection(status: &Status) -> Option<String> {
    let mut cause = std::error::Error::source(status);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<std::io::Error>() {
            return Some(error.to_string());
        }
        if let Some(error) = error.downcast_ref::<h2::Error>() {
            // What was found wrong on this side with the other one's very first bytes.
            let is_other = error.is_go_away() && error.is_library();
            let other = || format!("{error}: that is no HTTP/2, as when a server with TLS (https://) is called without it");
            return error.get_io().map(ToString::to_string).or_else(|| is_other.then(other));
        }
        cause = error.source();
    }
    None
}

/// Whether a status was made on this side, because the connection failed, instead of being sent by a server.
pub fn is_transport(status: &Status) -> bool {
    std::error::Error::source(status).is_some()
}

/// Whether the server has certainly done nothing with the request: it was closing the connection in good order (GOAWAY without an error, which names the
/// last request it took), and this one came after that. Source: RFC 9113, section 6.8.
pub fn never_taken(status: &Status) -> bool {
    let mut cause = std::error::Error::source(status);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<h2::Error>() {
            return error.is_go_away() && error.is_remote() && error.reason() == Some(h2::Reason::NO_ERROR);
        }
        cause = error.source();
    }
    false
}

/// The code's name as Go's gRPC prints it.
fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "Canceled",
        Code::Unknown => "Unknown",
        Code::InvalidArgument => "InvalidArgument",
        Code::DeadlineExceeded => "DeadlineExceeded",
        Code::NotFound => "NotFound",
        Code::AlreadyExists => "AlreadyExists",
        Code::PermissionDenied => "PermissionDenied",
        Code::ResourceExhausted => "ResourceExhausted",
        Code::FailedPrecondition => "FailedPrecondition",
        Code::Aborted => "Aborted",
        Code::OutOfRange => "OutOfRange",
        Code::Unimplemented => "Unimplemented",
        Code::Internal => "Internal",
        Code::Unavailable => "Unavailable",
        Code::DataLoss => "DataLoss",
        Code::Unauthenticated => "Unauthenticated",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_messages_stand_alone_and_others_have_their_code() {
        let known = Status::failed_precondition("etcdserver: bad leader transferee");
        assert_eq!(text(&known), "etcdserver: bad leader transferee");
        let other = Status::invalid_argument("etcdserver: permission not given");
        assert_eq!(text(&other), "rpc error: code = InvalidArgument desc = etcdserver: permission not given");
        assert_eq!(text(&Status::cancelled("x")), "rpc error: code = Canceled desc = x");
    }

    #[test]
    fn a_lost_connection_is_told_with_its_cause_and_as_unavailable() {
        let cause = std::io::Error::new(std::io::ErrorKind::InvalidData, "remote error: tls: certificate required");
        let lost = Status::from_error(Box::new(cause));
        assert_eq!(code(&lost), Code::Unavailable);
        let expected = "rpc error: code = Unavailable desc = error reading from server: remote error: tls: certificate required";
        assert_eq!(text(&lost), expected);
        assert_eq!(code(&Status::internal("from the server")), Code::Internal);
    }
}
