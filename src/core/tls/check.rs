//! What is wrong with a set of files, for people: every fault that can be told, not just the first that a handshake would meet.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use rustls::{
    CertificateError, Error,
    client::verify_server_name,
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
};
use x509_parser::{certificate::X509Certificate, x509::X509Version};

use super::{
    Expiry, ExpiryKind, IdentityFiles, TlsError,
    expiry::Expiries,
    explain::certificate_text,
    facts::{Purpose, alternative_names, common_name, parse},
    files::{AUTHORITIES, CERTIFICATE, Contents, FileUse, KEY, REVOCATIONS},
    identity,
    protocols::Protocols,
    revoked::Revoked,
    trust::{OutOfTime, Trust, may_sign},
};

/// Bits of a file's mode that let others read it.
const READ_BY_OTHERS: u32 = 0o004;

/// The files to look at, and what they are for.
#[derive(Clone, Debug, Default)]
pub struct Question {
    pub cert: Option<PathBuf>,
    pub key: Option<PathBuf>,
    pub ca: Option<PathBuf>,
    pub crl: Option<PathBuf>,
    /// Names and addresses by which the server is called.
    pub hosts: Vec<String>,
    pub as_server: bool,
    pub as_client: bool,
}

/// What is there, and what is wrong with it.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub certificates: Vec<CertificateFacts>,
    pub expiries: Expiries,
    pub findings: Vec<Finding>,
}

/// What a certificate says.
#[derive(Clone, Debug)]
pub struct CertificateFacts {
    pub file: PathBuf,
    pub subject: String,
    pub common_name: String,
    pub issuer: String,
    /// In hexadecimal.
    pub serial: String,
    pub names: Vec<String>,
    pub is_authority: bool,
    /// Seconds since 1970.
    pub not_before: i64,
    /// Seconds since 1970.
    pub not_after: i64,
}

/// Something wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Whether handshakes fail by it; otherwise it is only unwise, or will fail later.
    pub is_error: bool,
    /// A word that scripts can look for.
    pub problem: &'static str,
    pub text: String,
}

impl Report {
    /// Whether handshakes can work.
    pub fn is_ok(&self) -> bool {
        self.findings.iter().all(|finding| !finding.is_error)
    }

    /// Which of the certificates of a file it is that makes the problem, if there are several.
    fn which_of(&self, expiry: &Expiry, problem: &str) -> String {
        let of_file: Vec<_> = self.certificates.iter().filter(|found| found.file == expiry.path).collect();
        let found = of_file.iter().find(|found| match problem {
            "not-yet-valid" => found.not_before == expiry.from,
            _ => found.not_after == expiry.until,
        });
        match found {
            Some(found) if of_file.len() > 1 => format!(" \"{}\"", found.subject),
            _ => String::new(),
        }
    }

    fn error(&mut self, problem: &'static str, text: impl Into<String>) {
        self.findings.push(Finding { is_error: true, problem, text: text.into() });
    }

    fn warning(&mut self, problem: &'static str, text: impl Into<String>) {
        self.findings.push(Finding { is_error: false, problem, text: text.into() });
    }
}

/// Looks at the files as they are at `unix_secs`.
pub fn check(question: &Question, unix_secs: u64) -> Report {
    let mut report = Report::default();
    let Question { cert, key, ca, crl, .. } = question;
    // Each on its own, so that a fault in one does not hide those of the others.
    let read = |file: &Option<PathBuf>, what: FileUse, report: &mut Report| {
        let path = file.clone()?;
        Contents::read(&[(path.clone(), what)])
            .map_err(|error| report.error("unreadable", error.to_string()))
            .ok()
            .map(|read| (path, read))
    };
    let chain = read(cert, CERTIFICATE, &mut report).and_then(|(path, contents)| {
        let chain =
            contents.certificates(&path, CERTIFICATE).map_err(|error| report.error("no-certificate", error.to_string())).ok()?;
        add_facts(&mut report, &path, &chain);
        Some((path, chain))
    });
    let trust = read(ca, AUTHORITIES, &mut report).and_then(|(path, contents)| {
        let trust = Trust::read(&contents, &path).map_err(|error| report.error("no-authority", error.to_string())).ok()?;
        add_facts(&mut report, &path, &trust.certificates);
        Some((path, trust))
    });
    if let Some((key, contents)) = read(key, KEY, &mut report) {
        check_key(&mut report, chain.as_ref().map(|(path, _)| &**path), &key, &contents);
    }
    for (kind, path, certificates) in [
        chain.as_ref().map(|(path, chain)| (ExpiryKind::Certificate, path, chain)),
        trust.as_ref().map(|(path, trust)| (ExpiryKind::Authority, path, &trust.certificates)),
    ]
    .into_iter()
    .flatten()
    {
        report.expiries.extend(Expiry::of_certificates(kind, path, certificates));
    }
    let mut verdict = None;
    if let Some((path, chain)) = &chain {
        check_form(&mut report, path, chain);
        check_order(&mut report, path, chain);
        check_leaf(&mut report, question, path, &chain[0]);
        check_usages_above(&mut report, question, path, &chain[1..]);
        if let Some((ca, trust)) = &trust {
            verdict = Some(check_chain(&mut report, question, (path, chain), (ca, trust), unix_secs));
        }
    }
    if let Some((ca, trust)) = &trust {
        check_authorities(&mut report, ca, trust);
    }
    let some_authority = trust.as_ref().is_some_and(|(_, trust)| trust.is_of_use(time_of(unix_secs.cast_signed())));
    if let Some((path, contents)) = read(crl, REVOCATIONS, &mut report) {
        match &trust {
            Some((ca, trust)) => {
                check_revoked(&mut report, (&path, &contents), (ca, trust), chain.as_ref().map(|(_, chain)| &**chain));
            }
            None => {
                if let Err(error) = Revoked::lists(&contents, &path, |_| Ok(())) {
                    report.error("revocation-list", error.to_string());
                } else if ca.is_none() {
                    let text = format!("{} can't be judged without the authorities: give --ca too", path.display());
                    report.error("revocation-list-alone", text);
                }
                // Else it has been said why there are no authorities.
            }
        }
    }
    check_dates(&mut report, unix_secs.cast_signed(), some_authority, matches!(verdict, Some(Ok(()))));
    if let (Some(Err(error)), Some((path, _)), true) = (verdict, &chain, report.is_ok()) {
        report.error("chain", format!("the certificate in {} is refused: {error}", path.display()));
    }
    report
}

fn add_facts(report: &mut Report, path: &Path, certificates: &[CertificateDer<'_>]) {
    for parsed in certificates.iter().filter_map(parse) {
        let (mut names, addresses) = alternative_names(&parsed);
        names.extend(addresses.iter().map(ToString::to_string));
        report.certificates.push(CertificateFacts {
            file: path.to_owned(),
            subject: parsed.subject().to_string(),
            common_name: common_name(parsed.subject()),
            issuer: parsed.issuer().to_string(),
            serial: parsed.raw_serial_as_string(),
            names,
            is_authority: parsed.is_ca(),
            not_before: parsed.validity().not_before.timestamp(),
            not_after: parsed.validity().not_after.timestamp(),
        });
    }
}

/// By itself, and with its certificate if there is one.
fn check_key(report: &mut Report, cert: Option<&Path>, key: &Path, contents: &Contents) {
    let provider = Protocols::default().provider();
    let read = match cert {
        None => identity::read_key(contents, key, &provider).map(drop),
        Some(cert) => {
            let files = IdentityFiles { cert: cert.to_owned(), key: key.to_owned() };
            let both = Contents::read(&[(files.cert.clone(), CERTIFICATE), (files.key.clone(), KEY)]);
            both.and_then(|both| identity::read(&both, &files, &provider)).map(drop)
        }
    };
    match read {
        Ok(()) => {}
        Err(error @ TlsError::KeyMismatch { .. }) => report.error("key-mismatch", error.to_string()),
        Err(error @ TlsError::Certificate { .. }) => report.error("unusable-certificate", error.to_string()),
        Err(error) => report.error("unusable-key", error.to_string()),
    }
    if fs::metadata(key).is_ok_and(|found| found.permissions().mode() & READ_BY_OTHERS != 0) {
        report.warning("key-readable", format!("the key in {} can be read by every user of this machine", key.display()));
    }
}

/// Those above the first are read by nobody here, but by whoever they are shown to.
fn check_form(report: &mut Report, path: &Path, chain: &[CertificateDer<'_>]) {
    for (at, _) in chain.iter().enumerate().skip(1).filter(|(_, certificate)| parse(certificate).is_none()) {
        report.error("damaged", format!("what {} holds as certificate {} is none", path.display(), at + 1));
    }
}

fn check_order(report: &mut Report, path: &Path, chain: &[CertificateDer<'_>]) {
    let parsed: Vec<_> = chain.iter().filter_map(parse).collect();
    if parsed.len() > 1 && parsed[0].is_ca() && parsed.iter().any(|certificate| !certificate.is_ca()) {
        let text = format!(
            "{} begins with an authority's certificate; the one that belongs to the key comes first, then those above it",
            path.display()
        );
        return report.error("order", text);
    }
    for pair in parsed.windows(2) {
        if pair[0].issuer() != pair[1].subject() {
            let text = format!(
                "{}: behind \"{}\" must come its issuer \"{}\", not \"{}\"",
                path.display(),
                pair[0].subject(),
                pair[0].issuer(),
                pair[1].subject()
            );
            report.warning("order", text);
        }
    }
}

fn check_leaf(report: &mut Report, question: &Question, path: &Path, leaf: &CertificateDer<'_>) {
    let Some(parsed) = parse(leaf) else { return report.error("damaged", format!("{} can't be read", path.display())) };
    let name = path.display();
    if parsed.version() == X509Version::V1 {
        let text = format!("the certificate in {name} is of version 1, which has no names and no usages; make one of version 3");
        if question.as_server {
            report.error("version", text);
        } else {
            report.warning("version", text);
        }
        return;
    }
    for (what, usage) in usages_that_lack(question, &parsed) {
        report.error("usage", format!("the certificate in {name} is not meant to {what}: its extended key usage lacks {usage}"));
    }
    if !question.as_server {
        return;
    }
    let (names, addresses) = alternative_names(&parsed);
    if names.is_empty() && addresses.is_empty() {
        let text = format!("the certificate in {name} has no subject alternative name, and a common name does not count");
        return report.error("names", text);
    }
    let Ok(end_entity) = ParsedCertificate::try_from(leaf) else { return };
    for host in &question.hosts {
        let is_valid = ServerName::try_from(host.as_str()).is_ok_and(|host| verify_server_name(&end_entity, &host).is_ok());
        if !is_valid {
            let known: Vec<String> = names.iter().cloned().chain(addresses.iter().map(ToString::to_string)).collect();
            report.error("host", format!("the certificate in {name} is not valid for {host}; it is for {}", known.join(", ")));
        }
    }
}

/// What a certificate is wanted for, in words, and the usage that it needs.
fn wanted(question: &Question) -> Vec<(Purpose, &'static str, &'static str)> {
    let all = [
        (question.as_server, (Purpose::Serve, "serve", "serverAuth")),
        (question.as_client, (Purpose::Call, "call others", "clientAuth")),
    ];
    all.into_iter().filter_map(|(is_wanted, purpose)| is_wanted.then_some(purpose)).collect()
}

/// For what a certificate is wanted and not meant, and the usage that it lacks.
fn usages_that_lack(question: &Question, parsed: &X509Certificate<'_>) -> impl Iterator<Item = (&'static str, &'static str)> {
    let lacking = wanted(question).into_iter().filter(|(purpose, ..)| !purpose.is_allowed_by(parsed));
    lacking.map(|(_, what, usage)| (what, usage))
}

/// What an authority is limited to holds for what it has signed.
fn check_usages_above(report: &mut Report, question: &Question, path: &Path, above: &[CertificateDer<'_>]) {
    for parsed in above.iter().filter_map(parse) {
        for (what, usage) in usages_that_lack(question, &parsed) {
            let text = format!(
                "\"{}\" in {} may not sign for those who {what}: its extended key usage lacks {usage}",
                parsed.subject(),
                path.display()
            );
            report.error("usage", text);
        }
    }
}

/// The verdict of a handshake. Of its refusals only those are told that nothing else here tells.
fn check_chain(
    report: &mut Report,
    question: &Question,
    (path, chain): (&Path, &[CertificateDer<'static>]),
    (ca, trust): (&Path, &Trust),
    unix_secs: u64,
) -> Result<(), Error> {
    let provider = Protocols::default().provider();
    let algorithms = provider.signature_verification_algorithms.all;
    let (leaf, above) = (&chain[0], &chain[1..]);
    let now = unix_secs.cast_signed();
    for (purpose, what, usage) in wanted(question) {
        let judge = |at, out_of_time| trust.judge(leaf, above, purpose, time_of(at), out_of_time, algorithms);
        let Err(error) = judge(now, OutOfTime::Refused) else { continue };
        // Dates are told elsewhere; here they only hide what is wrong besides.
        let at = when_all_are_valid(chain, now);
        match judge(at, OutOfTime::Taken) {
            Ok(()) if at == now => {
                let (path, ca) = (path.display(), ca.display());
                let text =
                    format!("the certificate in {path} leads to an authority in {ca} that has expired or is not valid yet");
                report.error("chain", text);
            }
            Ok(()) => {}
            Err(reason) => tell_refusal(report, (path, chain), (ca, trust), (what, usage), &reason),
        }
        return Err(error);
    }
    Ok(())
}

fn tell_refusal(
    report: &mut Report,
    (path, chain): (&Path, &[CertificateDer<'static>]),
    (ca, trust): (&Path, &Trust),
    (what, usage): (&str, &str),
    reason: &Error,
) {
    let (file, bundle) = (path.display(), ca.display());
    let Error::InvalidCertificate(reason) = reason else {
        return report.error("chain", format!("the certificate in {file} is refused: {reason}"));
    };
    match reason {
        // There is no moment at which all of the chain are valid, which their dates tell.
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => {}
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            // Those that are shown have been looked at.
            if report.findings.iter().all(|finding| finding.problem != "usage") {
                let text = format!(
                    "the certificate in {file} leads to an authority in {bundle} that may not sign for those who {what}: \
                     its extended key usage lacks {usage}"
                );
                report.error("usage", text);
            }
        }
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            let last = chain.last().and_then(parse);
            let issuer = last.map(|last| last.issuer().to_string()).unwrap_or_default();
            let parsed = trust.certificates.iter().filter_map(parse);
            let named: Vec<_> = parsed.filter(|authority| authority.subject().to_string() == issuer).collect();
            let why = if let Some(why) = named.iter().find_map(why_it_may_not_sign).filter(|_| !named.iter().any(may_sign)) {
                format!("\"{issuer}\" in {bundle} may not sign certificates: {why}")
            } else if named.is_empty() {
                format!("its issuer \"{issuer}\" is not in {bundle}; add it there, or the certificates between to {file}")
            } else {
                format!("{bundle} has an authority \"{issuer}\", but with another key")
            };
            report.error("chain", format!("the certificate in {file} does not lead to the authorities: {why}"));
        }
        other => {
            let barred = chain[1..].iter().filter_map(parse).find_map(|above| {
                why_it_may_not_sign(&above)
                    .map(|why| format!("\"{}\" in {file} may not sign certificates: {why}", above.subject()))
            });
            let why = barred.unwrap_or_else(|| certificate_text(other));
            report.error("chain", format!("the certificate in {file} is refused: {why}"));
        }
    }
}

/// A moment at which all of a chain are valid: now, if they are, or if there is none.
fn when_all_are_valid(chain: &[CertificateDer<'_>], now: i64) -> i64 {
    let validities = chain.iter().filter_map(parse).map(|parsed| {
        let validity = parsed.validity();
        (validity.not_before.timestamp(), validity.not_after.timestamp())
    });
    let (from, until) =
        validities.fold((i64::MIN, i64::MAX), |(from, until), (begins, ends)| (from.max(begins), until.min(ends)));
    if from <= until { now.clamp(from, until) } else { now }
}

fn time_of(unix_secs: i64) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(unix_secs).unwrap_or(0)))
}

fn why_it_may_not_sign(certificate: &X509Certificate<'_>) -> Option<&'static str> {
    if may_sign(certificate) {
        None
    } else if certificate.is_ca() {
        Some("its key usage lacks keyCertSign")
    } else {
        Some("it is not an authority's certificate")
    }
}

fn check_authorities(report: &mut Report, ca: &Path, trust: &Trust) {
    for parsed in trust.certificates.iter().filter_map(parse) {
        if let Some(why) = why_it_may_not_sign(&parsed) {
            let text = format!("\"{}\" in {} can vouch for itself alone: {why}", parsed.subject(), ca.display());
            report.warning("not-an-authority", text);
        }
    }
}

fn check_revoked(
    report: &mut Report,
    (path, contents): (&Path, &Contents),
    (ca, trust): (&Path, &Trust),
    chain: Option<&[CertificateDer<'static>]>,
) {
    match Revoked::read(contents, path, ca, &trust.certificates) {
        Ok(revoked) => {
            report.expiries.extend(Expiry::of_revoked(path, &revoked));
            if let Some(serial) = revoked.first_of(chain.unwrap_or_default().iter()) {
                report.error("revoked", format!("{} revokes the certificate with serial number {serial}", path.display()));
            }
        }
        Err(error @ TlsError::ForeignRevocationList { .. }) => report.error("revocation-list-foreign", error.to_string()),
        Err(error @ TlsError::ForgedRevocationList { .. }) => report.error("revocation-list-forged", error.to_string()),
        Err(error) => report.error("revocation-list", error.to_string()),
    }
}

/// `some_authority`: whether one of several authorities at least is valid; those that are not harm nobody then, but whom they have signed.
/// `chain_works`: whether a handshake takes the certificate; then what is out of its time beside it is not needed.
fn check_dates(report: &mut Report, unix_secs: i64, some_authority: bool, chain_works: bool) {
    for expiry in report.expiries.clone() {
        let Some(warning) = expiry.warning(unix_secs) else { continue };
        let (what, file) = (expiry.kind.name(), expiry.path.display());
        let is_error = match expiry.kind {
            _ if warning == "expires soon" => false,
            ExpiryKind::Certificate => !chain_works,
            ExpiryKind::Authority => !some_authority,
            // An old one still counts.
            ExpiryKind::RevocationList => false,
        };
        let problem = match warning {
            "has expired" => "expired",
            "is not valid yet" => "not-yet-valid",
            _ => "expires-soon",
        };
        let days = (expiry.until - unix_secs).div_euclid(24 * 3600);
        let which = report.which_of(&expiry, problem);
        let text = match problem {
            "expires-soon" => format!("the {what}{which} in {file} expires in {days} days"),
            "expired" => format!("the {what}{which} in {file} has expired {} days ago", -days),
            _ => format!("the {what}{which} in {file} is not valid yet"),
        };
        report.findings.push(Finding { is_error, problem, text });
    }
}
