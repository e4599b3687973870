//! `quorate cert check`.

use std::{fmt::Write, path::PathBuf, process::ExitCode};

use clap::ValueEnum;
use serde_json::{Value, json};

use super::Format;
use crate::{
    cmd::{error::CliError, output},
    core::{
        clock,
        membership::{UrlPlace, parse_url},
        tls::check::{Question, Report, check},
    },
};

const SECS_PER_DAY: i64 = 24 * 3600;

/// Explain what is wrong with certificate, key, authorities and revocation list, and when they expire
///
/// Every fault is told, not just the first that a handshake would meet. Exits with 0 when the files can be used, with 1 when they cannot.
/// What is only unwise, or fails soon, is a warning and leaves it at 0.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Certificate, followed by those between it and the authority
    #[arg(long, value_name = "FILE")]
    cert: Option<PathBuf>,

    /// Key of the certificate
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,

    /// Authorities that the other side trusts
    #[arg(long, visible_alias = "cacert", value_name = "FILE")]
    ca: Option<PathBuf>,

    /// List of revoked certificates
    #[arg(long, value_name = "FILE")]
    crl: Option<PathBuf>,

    /// Names and addresses, or URLs, by which the server is called, by comma
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    host: Vec<String>,

    /// What the certificate is for: a member shows it both to those who call and to those whom it calls
    #[arg(long = "for", value_name = "ROLE", value_enum, default_value = "server")]
    role: Role,

    /// Form of the output
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value = "simple")]
    write_out: Format,
}

/// Who shows the certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Role {
    Server,
    Client,
    Member,
}

impl Args {
    pub fn run(self) -> Result<ExitCode, CliError> {
        if [&self.cert, &self.key, &self.ca, &self.crl].iter().all(|file| file.is_none()) {
            return Err(CliError::bad_args("there is nothing to check: give --cert, --key, --ca or --crl"));
        }
        let now = clock::unix_millis() / 1000;
        let question = Question {
            cert: self.cert,
            key: self.key,
            ca: self.ca,
            crl: self.crl,
            hosts: self.host.iter().map(|host| host_of(host)).collect(),
            as_server: self.role != Role::Client,
            as_client: self.role != Role::Server,
        };
        let report = check(&question, now);
        match self.write_out {
            Format::Simple => output::line(text(&report, now.cast_signed()).trim_end())?,
            Format::Json => output::line(&to_json(&report, now.cast_signed()).to_string())?,
        }
        Ok(if report.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// The host of a URL, or what was given.
fn host_of(text: &str) -> String {
    match parse_url(text).map(|parsed| parsed.place) {
        Ok(UrlPlace::Tcp { host, .. }) => host,
        _ => text.to_owned(),
    }
}

fn date(unix_secs: i64) -> String {
    jiff::Timestamp::from_second(unix_secs).map_or_else(|_| unix_secs.to_string(), |time| time.to_string())
}

fn text(report: &Report, now: i64) -> String {
    let mut text = String::new();
    for certificate in &report.certificates {
        let kind = if certificate.is_authority { "authority" } else { "certificate" };
        let days = (certificate.not_after - now).div_euclid(SECS_PER_DAY);
        let names = if certificate.names.is_empty() { String::new() } else { format!(", for {}", certificate.names.join(", ")) };
        let _ = writeln!(
            text,
            "{}: {kind} \"{}\"{names}, by \"{}\", until {} ({days} days)",
            certificate.file.display(),
            certificate.subject,
            certificate.issuer,
            date(certificate.not_after),
        );
    }
    for finding in &report.findings {
        let level = if finding.is_error { "error" } else { "warning" };
        let _ = writeln!(text, "{level}: {}", finding.text);
    }
    if report.findings.is_empty() {
        text += "nothing is wrong\n";
    }
    text
}

fn to_json(report: &Report, now: i64) -> Value {
    let certificates: Vec<Value> = report
        .certificates
        .iter()
        .map(|certificate| {
            json!({
                "file": certificate.file.display().to_string(),
                "subject": certificate.subject,
                "commonName": certificate.common_name,
                "issuer": certificate.issuer,
                "serial": certificate.serial,
                "names": certificate.names,
                "isAuthority": certificate.is_authority,
                "notBefore": date(certificate.not_before),
                "notAfter": date(certificate.not_after),
                "daysLeft": (certificate.not_after - now).div_euclid(SECS_PER_DAY),
            })
        })
        .collect();
    let expiries: Vec<Value> = report
        .expiries
        .iter()
        .map(|expiry| json!({"file": expiry.path.display().to_string(), "kind": expiry.kind.name(), "until": date(expiry.until)}))
        .collect();
    let findings: Vec<Value> = report
        .findings
        .iter()
        .map(|finding| {
            let level = if finding.is_error { "error" } else { "warning" };
            json!({"level": level, "problem": finding.problem, "text": finding.text})
        })
        .collect();
    json!({"ok": report.is_ok(), "certificates": certificates, "expiries": expiries, "findings": findings})
}
