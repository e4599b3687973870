//! The flags that every client command takes, and the `ETCDCTL_` variables that stand in for those not given.

use super::{
    error::{CliError, Kind},
    flags::Line,
    gotext::{parse_bool, parse_duration, parse_int},
    output::Format,
};
use crate::core::tls::{ClientTls, ClientTlsSettings, IdentityFiles, TlsError};
use clap::{ArgAction, Args};
use std::{ffi::OsString, path::PathBuf, time::Duration};

const HEADING: &str = "Global options";
const PREFIX: &str = "ETCDCTL_";
/// Variables that are no flags: the watch command reads them.
const WATCH_VARIABLES: [&str; 2] = ["ETCDCTL_WATCH_KEY", "ETCDCTL_WATCH_RANGE_END"];
/// Send limit when the flag is 0, in bytes. Source: etcd's client.
const REQUEST_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Receive limit when the flag is 0, in bytes. Source: etcd's client.
const RESPONSE_BYTES_MAX: usize = i32::MAX as usize;

/// Flags of every client command.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = HEADING)]
pub struct Global {
    /// Addresses of the members, by comma; the next one is tried when one does not answer
    #[arg(long, global = true, hide_short_help = true, value_name = "LIST", action = ArgAction::Append, value_delimiter = ',',
          default_value = "127.0.0.1:2379")]
    pub endpoints: Vec<String>,

    /// Set the output format: fields, json, protobuf, simple or table
    #[arg(short, long, global = true, hide_short_help = true, value_name = "FORMAT", default_value = "simple")]
    pub write_out: String,

    /// Print byte strings in hexadecimal
    #[arg(long, global = true, hide_short_help = true)]
    pub hex: bool,

    /// Say on stderr what the client does
    #[arg(long, global = true, hide_short_help = true)]
    pub debug: bool,

    /// Time to establish a connection within
    #[arg(long, global = true, hide_short_help = true, value_name = "DURATION", default_value = "2s",
          value_parser = parse_duration)]
    pub dial_timeout: Duration,

    /// Time in which a command must be answered, dialing included
    #[arg(long, global = true, hide_short_help = true, value_name = "DURATION", default_value = "5s",
          value_parser = parse_duration)]
    pub command_timeout: Duration,

    /// Time between keep-alive pings on a busy connection, at least 10s
    #[arg(long, global = true, hide_short_help = true, value_name = "DURATION", default_value = "2s",
          value_parser = parse_duration)]
    pub keepalive_time: Duration,

    /// Time to wait for the answer to a keep-alive ping
    #[arg(long, global = true, hide_short_help = true, value_name = "DURATION", default_value = "6s",
          value_parser = parse_duration)]
    pub keepalive_timeout: Duration,

    /// Largest request to send, in bytes; 0 means 2 MiB
    #[arg(long, global = true, hide_short_help = true, value_name = "BYTES", default_value = "0", value_parser = flag_int)]
    pub max_request_bytes: i64,

    /// Largest response to take, in bytes; 0 means 2 GiB
    #[arg(long, global = true, hide_short_help = true, value_name = "BYTES", default_value = "0", value_parser = flag_int)]
    pub max_recv_bytes: i64,

    /// Connect without TLS
    #[arg(long, global = true, hide_short_help = true, value_name = "BOOL", action = ArgAction::Set, num_args = 0..=1,
          require_equals = true, default_value = "true", default_missing_value = "true", value_parser = parse_bool)]
    pub insecure_transport: bool,

    /// Accept insecure records when discovering endpoints by DNS
    #[arg(long, global = true, hide_short_help = true, value_name = "BOOL", action = ArgAction::Set, num_args = 0..=1,
          require_equals = true, default_value = "true", default_missing_value = "true", value_parser = parse_bool)]
    pub insecure_discovery: bool,

    /// Do not verify the server's certificate
    #[arg(long, global = true, hide_short_help = true)]
    pub insecure_skip_tls_verify: bool,

    /// Certificate file that identifies this client
    #[arg(long, global = true, hide_short_help = true, value_name = "FILE", default_value = "", hide_default_value = true)]
    pub cert: String,

    /// Key file of the certificate
    #[arg(long, global = true, hide_short_help = true, value_name = "FILE", default_value = "", hide_default_value = true)]
    pub key: String,

    /// CA bundle that verifies the server's certificate
    #[arg(long, global = true, hide_short_help = true, value_name = "FILE", default_value = "", hide_default_value = true)]
    pub cacert: String,

    /// JSON web token to authenticate with
    #[arg(long, global = true, hide_short_help = true, value_name = "TOKEN", default_value = "", hide_default_value = true)]
    pub auth_jwt_token: String,

    /// User to authenticate as, with or without the password: name[:password]
    #[arg(long, global = true, hide_short_help = true, value_name = "NAME", default_value = "", hide_default_value = true)]
    pub user: String,

    /// Password of the user
    #[arg(long, global = true, hide_short_help = true, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub password: String,

    /// Domain whose DNS records name the endpoints; QUORATE_RESOLVER=ADDRESS:PORT in the environment names the server to ask
    #[arg(
        short = 'd',
        long,
        global = true,
        hide_short_help = true,
        value_name = "DOMAIN",
        default_value = "",
        hide_default_value = true
    )]
    pub discovery_srv: String,

    /// Service name to ask DNS for
    #[arg(long, global = true, hide_short_help = true, value_name = "NAME", default_value = "", hide_default_value = true)]
    pub discovery_srv_name: String,
}

/// Names of the global flags; tests hold them equal to the definitions above.
pub const FLAGS: [&str; 21] = [
    "endpoints",
    "write-out",
    "hex",
    "debug",
    "dial-timeout",
    "command-timeout",
    "keepalive-time",
    "keepalive-timeout",
    "max-request-bytes",
    "max-recv-bytes",
    "insecure-transport",
    "insecure-discovery",
    "insecure-skip-tls-verify",
    "cert",
    "key",
    "cacert",
    "auth-jwt-token",
    "user",
    "password",
    "discovery-srv",
    "discovery-srv-name",
];

impl Global {
    /// The output format.
    ///
    /// # Errors
    /// An unknown name: exit code 4.
    pub fn format(&self) -> Result<Format, CliError> {
        Format::by_name(&self.write_out).ok_or_else(|| {
            CliError::new(Kind::Unsupported, "unsupported output format").hint("Choose fields, json, protobuf, simple or table")
        })
    }

    /// Largest request to send, in bytes.
    pub fn request_bytes_max(&self) -> usize {
        usize::try_from(self.max_request_bytes).ok().filter(|bytes| *bytes > 0).unwrap_or(REQUEST_BYTES_MAX)
    }

    /// Largest response to take, in bytes.
    pub fn response_bytes_max(&self) -> usize {
        usize::try_from(self.max_recv_bytes).ok().filter(|bytes| *bytes > 0).unwrap_or(RESPONSE_BYTES_MAX)
    }

    /// Whether endpoints without a scheme are spoken to with TLS. Source: etcd's client.
    pub fn tls_by_default(&self) -> bool {
        let has_files = [&self.cert, &self.key, &self.cacert].iter().any(|path| !path.is_empty());
        has_files || !self.insecure_transport || self.tls_domain().is_some()
    }

    /// What endpoints with TLS are shown, and by whom their certificates must be signed.
    ///
    /// # Errors
    /// A file that can't be read or used, or a certificate without its key: exit code 128. Source: etcdctl, for which its client can't be made.
    pub fn tls(&self) -> Result<ClientTls, CliError> {
        let path = |text: &String| Some(PathBuf::from(text)).filter(|path| !path.as_os_str().is_empty());
        let identity = match (path(&self.cert), path(&self.key)) {
            (Some(cert), Some(key)) => Some(IdentityFiles { cert, key }),
            (None, None) => None,
            _ => return Err(CliError::bad_args("--cert and --key must both be given, or neither")),
        };
        let settings = ClientTlsSettings {
            identity,
            ca: path(&self.cacert),
            server_name: self.tls_domain().map(str::to_owned),
            skip_verify: self.insecure_skip_tls_verify,
            ..ClientTlsSettings::default()
        };
        ClientTls::new(&settings).map_err(|error| {
            let is_of_machine = matches!(error, TlsError::NoSystemAuthorities(_));
            CliError::caused(if is_of_machine { Kind::General } else { Kind::BadArgs }, error)
        })
    }

    /// The domain for which the certificates of discovered endpoints must be, if insecure ones are not accepted.
    fn tls_domain(&self) -> Option<&str> {
        Some(self.discovery_srv.as_str()).filter(|domain| !domain.is_empty() && !self.insecure_discovery)
    }

    /// Refuses a certificate flag that is given and empty.
    ///
    /// # Errors
    /// Exit code 128.
    pub fn refuse_empty_files(&self, line: &Line) -> Result<(), CliError> {
        for (flag, value) in [("cert", &self.cert), ("key", &self.key), ("cacert", &self.cacert)] {
            if value.is_empty() && line.has(flag) {
                return Err(CliError::bad_args(format!("empty string is passed to --{flag} option")));
            }
        }
        Ok(())
    }
}

fn flag_int(text: &str) -> Result<i64, super::gotext::NumberError> {
    parse_int(text, 0)
}

/// Adds the `ETCDCTL_` variables to a line as if their flags had been given; gives the names of variables that mean nothing.
///
/// # Errors
/// A flag that is given both ways: exit code 1.
pub fn add_environment(line: &mut Line, variables: impl Iterator<Item = (OsString, OsString)>) -> Result<Vec<String>, CliError> {
    let mut unknown = Vec::new();
    for (name, value) in variables {
        let name = name.to_string_lossy();
        let Some(rest) = name.strip_prefix(PREFIX) else { continue };
        let flag = rest.to_ascii_lowercase().replace('_', "-");
        if WATCH_VARIABLES.contains(&&*name) {
            continue;
        }
        if !FLAGS.contains(&flag.as_str()) || rest.chars().any(|c| c.is_ascii_lowercase()) {
            unknown.push(name.into_owned());
        } else if line.has(&flag) {
            return Err(CliError::new(Kind::General, format!("{name} in the environment and --{flag} both say something"))
                .hint(format!("Leave out --{flag} or unset {name}")));
        } else if !value.is_empty() {
            line.flags.push((flag, value));
        }
    }
    unknown.sort();
    Ok(unknown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Command, Parser};

    #[derive(Parser)]
    struct Probe {
        #[command(flatten)]
        global: Global,
    }

    fn line(flags: &[(&str, &str)]) -> Line {
        let flags = flags.iter().map(|(name, value)| ((*name).to_owned(), OsString::from(value))).collect();
        Line { flags, ..Line::default() }
    }

    fn variables(list: &[(&str, &str)]) -> impl Iterator<Item = (OsString, OsString)> {
        list.iter().map(|(name, value)| (name.into(), value.into())).collect::<Vec<_>>().into_iter()
    }

    #[test]
    fn the_list_of_names_is_that_of_the_definitions() {
        let command = Global::augment_args(Command::new("quorate"));
        let names: Vec<_> = command.get_arguments().filter_map(clap::Arg::get_long).collect();
        assert_eq!(names, FLAGS);
    }

    #[test]
    fn variables_stand_in_for_flags_that_were_not_given() {
        let mut line = line(&[("hex", "true")]);
        let unknown = add_environment(
            &mut line,
            variables(&[
                ("ETCDCTL_ENDPOINTS", "a:1,b:2"),
                ("ETCDCTL_DIAL_TIMEOUT", ""),
                ("ETCDCTL_API", "3"),
                ("ETCDCTL_WATCH_KEY", "k"),
                ("HOME", "/"),
            ]),
        );
        assert_eq!(unknown.unwrap(), ["ETCDCTL_API"]);
        assert_eq!(line.flags[1..], [("endpoints".to_owned(), OsString::from("a:1,b:2"))]);
    }

    #[test]
    fn a_flag_given_twice_over_is_refused() {
        let mut line = line(&[("endpoints", "a")]);
        let refused = add_environment(&mut line, variables(&[("ETCDCTL_ENDPOINTS", "b")])).unwrap_err();
        assert_eq!(refused.kind(), Kind::General);
        assert!(refused.to_string().contains("ETCDCTL_ENDPOINTS"), "{refused}");
    }

    #[test]
    fn tls_is_the_default_once_anything_asks_for_it() {
        let global = |words: &[&str]| Probe::try_parse_from([&["quorate"], words].concat()).unwrap().global;
        assert!(!global(&[]).tls_by_default());
        assert!(!global(&["--insecure-skip-tls-verify"]).tls_by_default());
        assert!(global(&["--cacert=ca.pem"]).tls_by_default());
        assert!(global(&["--insecure-transport=false"]).tls_by_default());
        // Whoever does not trust DNS asks for certificates of the domain itself.
        assert_eq!(global(&["--discovery-srv=example.test"]).tls_domain(), None);
        let strict = global(&["--discovery-srv=example.test", "--insecure-discovery=false"]);
        assert_eq!((strict.tls_domain(), strict.tls_by_default()), (Some("example.test"), true));
        let half = global(&["--cert=c.pem"]).tls().unwrap_err();
        assert_eq!(half.to_string(), "--cert and --key must both be given, or neither");
        assert_eq!(half.kind(), Kind::BadArgs);
        let missing = global(&["--cacert=/nonexistent/ca.pem"]).tls().unwrap_err();
        assert!(missing.to_string().contains("can't read the authorities /nonexistent/ca.pem"), "{missing}");
        assert_eq!(missing.kind(), Kind::BadArgs);
    }

    #[test]
    fn a_certificate_flag_that_is_given_and_empty_is_refused() {
        let check = |words: &[&str]| {
            let probe = Probe::try_parse_from([&["quorate"], words].concat()).unwrap();
            let given: Vec<_> = words.iter().map(|word| word.trim_start_matches('-').split_once('=').unwrap()).collect();
            probe.global.refuse_empty_files(&line(&given)).map_err(|error| (error.kind(), error.to_string()))
        };
        assert_eq!(check(&["--insecure-transport=true"]), Ok(()));
        assert_eq!(check(&["--cert="]).unwrap_err().0, Kind::BadArgs);
    }
}
