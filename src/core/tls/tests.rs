//! Handshakes over socket pairs, with certificates made for the purpose.

use std::{
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use rcgen::ExtendedKeyUsagePurpose;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tempfile::TempDir;
use tokio::{io::AsyncWriteExt, net::UnixStream, time::timeout};
use tokio_rustls::TlsConnector;

use super::{
    accept::{HANDSHAKE_WITHIN, HandshakeError, Handshakes},
    check::{Question, check},
    files::{AUTHORITIES, Contents},
    reload::LOOK_PAUSE,
    revoked::Revoked,
    testing::{Authority, Files, Issued, Leaf, self_signed},
    trust::Trust,
    *,
};
use crate::core::{clock, file_changes::STILL_FOR};

const DEADLINE: Duration = Duration::from_secs(20);
/// After this the next look at files finds what was written before: they have been left alone, and the last look lies back.
const SETTLED: Duration = STILL_FOR.saturating_add(LOOK_PAUSE);

/// A server and a client that trust one authority.
pub(super) struct Place {
    dir: TempDir,
    pub authority: Authority,
}

impl Place {
    pub fn new() -> Self {
        let place = Self { dir: tempfile::tempdir().unwrap(), authority: Authority::new("authority") };
        place.files().write("ca.pem", &place.authority.pem);
        place.put("server", &Leaf::default());
        place.put("client", &Leaf { common_name: "alice", names: &["alice.example"], serial: 2, ..Leaf::default() });
        place
    }

    pub fn files(&self) -> Files<'_> {
        Files(self.dir.path())
    }

    pub fn put(&self, name: &str, leaf: &Leaf<'_>) {
        self.files().put(name, &self.authority.issue(leaf));
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn identity(&self, name: &str) -> IdentityFiles {
        IdentityFiles { cert: self.path(&format!("{name}.pem")), key: self.path(&format!("{name}.key")) }
    }

    fn settings(&self) -> TlsSettings {
        TlsSettings { identity: Some(self.identity("server")), ca: Some(self.path("ca.pem")), ..TlsSettings::default() }
    }

    pub fn server(&self) -> ServerTls {
        self.server_with(|_| {})
    }

    fn server_with(&self, change: impl FnOnce(&mut TlsSettings)) -> ServerTls {
        let mut settings = self.settings();
        change(&mut settings);
        ServerTls::new("test", "trusted-ca-file", &settings).unwrap()
    }

    pub fn client(&self, name: &str) -> ClientTls {
        let settings = ClientTlsSettings {
            identity: Some(self.identity(name)),
            ca: Some(self.path("ca.pem")),
            ..ClientTlsSettings::default()
        };
        ClientTls::new(&settings).unwrap()
    }

    /// What the server makes of this certificate of a client.
    pub async fn verdict(&self, server: &ServerTls, issued: &Issued) -> Result<PeerCertificate, String> {
        self.files().put("caller", issued);
        shake(server, &self.client("caller"), "localhost").await.0
    }
}

/// What each side makes of a handshake.
pub(super) async fn shake(
    server: &ServerTls,
    client: &ClientTls,
    name: &str,
) -> (Result<PeerCertificate, String>, Result<(), String>) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let handshakes = Handshakes::new(8, HANDSHAKE_WITHIN);
    let calling = async {
        let name = ServerName::try_from(name.to_owned()).unwrap();
        TlsConnector::from(client.config()).connect(name, theirs).await.map_err(|error| explain(&error))
    };
    let mut half_open = handshakes.begin();
    let answering = handshakes.open(&mut half_open, Socket::Unix(ours), false, || server.both());
    let both = async { tokio::join!(answering, calling) };
    let (answered, called) = timeout(DEADLINE, both).await.unwrap();
    let answered = answered.map(|stream| stream.peer_certificate().unwrap_or_default()).map_err(|error| error.to_string());
    (answered, called.map(drop))
}

#[tokio::test]
async fn both_sides_see_whom_they_talk_to() {
    let place = Place::new();
    let (answered, called) = shake(&place.server(), &place.client("client"), "localhost").await;
    let certificate = answered.unwrap();
    assert_eq!(&*certificate.common_name, "alice");
    assert_eq!(*certificate.dns_names, ["alice.example".to_owned()]);
    called.unwrap();
    shake(&place.server(), &place.client("client"), "127.0.0.1").await.1.unwrap();
}

#[tokio::test]
async fn callers_without_a_good_certificate_are_refused_with_the_reason() {
    let place = Place::new();
    let server = place.server();
    let nobody = ClientTls::new(&ClientTlsSettings { ca: Some(place.path("ca.pem")), ..ClientTlsSettings::default() }).unwrap();
    assert_eq!(shake(&server, &nobody, "localhost").await.0.unwrap_err(), "tls: client didn't provide a certificate");

    let foreign = Authority::new("authority");
    let refusal = |issued| {
        let (place, server) = (&place, &server);
        async move { place.verdict(server, &issued).await.unwrap_err() }
    };
    assert!(refusal(foreign.issue(&Leaf::default())).await.contains("certificate signed by unknown authority"));
    let old = place.authority.issue(&Leaf { from_days: -10, until_days: -1, ..Leaf::default() });
    assert!(refusal(old).await.contains("has expired or is not yet valid"));
    let early = place.authority.issue(&Leaf { from_days: 1, ..Leaf::default() });
    assert!(refusal(early).await.contains("has expired or is not yet valid"));
    let serving = place.authority.issue(&Leaf { usages: &[ExtendedKeyUsagePurpose::ServerAuth], ..Leaf::default() });
    assert!(refusal(serving).await.contains("incompatible key usage"));
}

#[tokio::test]
async fn names_that_are_not_allowed_are_refused() {
    let place = Place::new();
    let (alice, bob) = (
        place.authority.issue(&Leaf { common_name: "alice", names: &["a.example"], ..Leaf::default() }),
        place.authority.issue(&Leaf { common_name: "bob", names: &["b.example"], ..Leaf::default() }),
    );
    let by_cn = place.server_with(|settings| settings.allowed_cns = vec!["alice".into(), "carol".into()]);
    place.verdict(&by_cn, &alice).await.unwrap();
    let refusal = place.verdict(&by_cn, &bob).await.unwrap_err();
    assert_eq!(
        refusal,
        "tls: client certificate authentication failed: its common name \"bob\" is not among the allowed ones, alice, carol"
    );
    let by_name = place.server_with(|settings| settings.allowed_hostnames = vec!["b.example".into()]);
    place.verdict(&by_name, &bob).await.unwrap();
    assert!(place.verdict(&by_name, &alice).await.unwrap_err().contains("not valid for any of the allowed names, b.example"));
}

#[tokio::test]
async fn a_caller_refuses_servers_of_other_names_and_authorities_unless_it_trusts_anybody() {
    let place = Place::new();
    let server = place.server();
    let refusal = shake(&server, &place.client("client"), "other.example").await.1.unwrap_err();
    assert!(refusal.contains("other.example"), "{refusal}");
    place.files().write("ca.pem", &Authority::new("stranger").pem);
    let stranger = place.client("client");
    assert!(shake(&server, &stranger, "localhost").await.1.unwrap_err().contains("unknown authority"));

    let identity = Some(place.identity("client"));
    let settings = ClientTlsSettings { identity, skip_verify: true, ..ClientTlsSettings::default() };
    let place = Place::new();
    let server = place.server_with(|settings| settings.ca = None);
    shake(&server, &ClientTls::new(&settings).unwrap(), "other.example").await.1.unwrap();
}

#[tokio::test]
async fn a_self_signed_certificate_is_trusted_where_the_bundle_names_it_although_it_claims_to_be_an_authority() {
    let place = Place::new();
    let own = self_signed(&Leaf { is_authority: true, ..Leaf::default() });
    place.files().put("server", &own);
    place.files().write("ca.pem", &own.cert);
    let (answered, called) = shake(&place.server(), &place.client("server"), "localhost").await;
    answered.unwrap();
    called.unwrap();
    assert!(shake(&place.server(), &place.client("server"), "other.example").await.1.is_err());
    let other = self_signed(&Leaf { is_authority: true, ..Leaf::default() });
    assert!(place.verdict(&place.server(), &other).await.is_err());
}

#[tokio::test]
async fn a_certificate_that_the_bundle_names_is_trusted_whoever_has_signed_it_and_nothing_else_by_it() {
    let place = Place::new();
    let named = Authority::new("stranger").issue(&Leaf::default());
    place.files().put("server", &named);
    place.files().write("ca.pem", &named.cert);
    let (answered, called) = shake(&place.server(), &place.client("server"), "localhost").await;
    answered.unwrap();
    called.unwrap();
    assert!(shake(&place.server(), &place.client("server"), "other.example").await.1.is_err());
    assert!(place.verdict(&place.server(), &Authority::new("stranger").issue(&Leaf::default())).await.is_err());
    let late = Authority::new("stranger").issue(&Leaf { from_days: -10, until_days: -1, ..Leaf::default() });
    place.files().write("ca.pem", &late.cert);
    assert!(place.verdict(&place.server(), &late).await.is_err(), "its time is over");
}

/// Go looks at the times of the whole chain; rustls leaves out those of the authority.
#[tokio::test]
async fn an_authority_whose_time_is_over_lets_nobody_in_and_keeps_nobody_out() {
    let place = Place::new();
    let of = |from_days, until_days| {
        let leaf =
            Leaf { common_name: "old", names: &[], usages: &[], is_authority: true, from_days, until_days, ..Leaf::default() };
        Authority::of(&leaf)
    };
    for old in [of(-300, -1), of(1, 300)] {
        place.files().write("ca.pem", &format!("{}{}", old.pem, place.authority.pem));
        let server = place.server();
        let refusal = place.verdict(&server, &old.issue(&Leaf::default())).await.unwrap_err();
        assert!(refusal.contains("unknown authority"), "{refusal}");
        shake(&server, &place.client("client"), "localhost").await.0.unwrap();
        // Nor does a caller believe a server by it.
        let client = place.client("client");
        place.files().put("server", &old.issue(&Leaf::default()));
        assert!(shake(&place.server(), &client, "localhost").await.1.is_err());
        place.put("server", &Leaf::default());
        assert!(shake(&place.server(), &client, "localhost").await.1.is_ok());
        // Nor anybody when it is alone.
        place.files().write("old.pem", &old.pem);
        let alone = place.server_with(|settings| settings.ca = Some(place.path("old.pem")));
        assert!(place.verdict(&alone, &old.issue(&Leaf::default())).await.is_err());

        let errors = |cert: &str, ca: &str| {
            let (cert, ca) = (Some(place.path(cert)), Some(place.path(ca)));
            let report = check(&Question { cert, ca, as_server: true, ..Question::default() }, clock::unix_millis() / 1000);
            report.findings.into_iter().filter(|finding| finding.is_error).map(|finding| finding.problem).collect::<Vec<_>>()
        };
        place.files().put("late", &old.issue(&Leaf::default()));
        assert_eq!(errors("server.pem", "ca.pem"), [""; 0], "one of two is enough");
        assert_eq!(errors("late.pem", "ca.pem"), ["chain"]);
        assert!(errors("late.pem", "old.pem").contains(&"chain"));
    }
}

#[tokio::test]
async fn an_authority_that_was_made_anew_under_its_old_name_replaces_the_old_one() {
    let place = Place::new();
    let next = Authority::new("authority");
    let (old, new) = (place.authority.issue(&Leaf::default()), next.issue(&Leaf::default()));
    place.files().write("both.pem", &format!("{}{}{}", place.authority.pem, next.pem, next.pem));
    place.files().write("next.pem", &next.pem);
    let with = |name: &str, crl: Option<String>| {
        let crl = crl.map(|list| place.files().write("list.pem", &list));
        place.server_with(|settings| (settings.ca, settings.crl) = (Some(place.path(name)), crl))
    };
    let both = with("both.pem", None);
    assert!(place.verdict(&both, &old).await.is_ok() && place.verdict(&both, &new).await.is_ok());
    let next_alone = with("next.pem", None);
    assert!(place.verdict(&next_alone, &old).await.is_err() && place.verdict(&next_alone, &new).await.is_ok());
    // Lists of both count while both do.
    let lists = format!("{}{}", place.authority.revoke(&[7]), next.revoke(&[8]));
    let both = with("both.pem", Some(lists));
    for serial in [7, 8] {
        let leaf = Leaf { serial, ..Leaf::default() };
        for issued in [place.authority.issue(&leaf), next.issue(&leaf)] {
            assert!(place.verdict(&both, &issued).await.unwrap_err().contains("revoked"), "{serial}");
        }
    }
}

#[tokio::test]
async fn a_certificate_that_the_bundle_names_must_be_meant_for_what_it_is_shown_for() {
    let place = Place::new();
    let of = |usages| self_signed(&Leaf { is_authority: true, usages, ..Leaf::default() });
    let (serving, calling) = (of(&[ExtendedKeyUsagePurpose::ServerAuth]), of(&[ExtendedKeyUsagePurpose::ClientAuth]));
    place.files().write("ca.pem", &format!("{}{}{}", place.authority.pem, serving.cert, calling.cert));
    let server = place.server();
    assert!(place.verdict(&server, &serving).await.is_err());
    assert!(place.verdict(&server, &calling).await.is_ok());
    let client = place.client("client");
    for (issued, is_ok) in [(serving, true), (calling, false)] {
        place.files().put("server", &issued);
        assert_eq!(shake(&place.server(), &client, "localhost").await.1.is_ok(), is_ok);
    }
}

#[tokio::test]
async fn a_revoked_certificate_is_refused_and_others_are_not() {
    let place = Place::new();
    place.files().write("crl.pem", &place.authority.revoke(&[7]));
    let server = place.server_with(|settings| settings.crl = Some(place.path("crl.pem")));
    let revoked = place.authority.issue(&Leaf { serial: 7, ..Leaf::default() });
    assert!(place.verdict(&server, &revoked).await.unwrap_err().contains("certificate serial 07 revoked"));
    place.verdict(&server, &place.authority.issue(&Leaf { serial: 8, ..Leaf::default() })).await.unwrap();
}

#[tokio::test]
async fn the_next_handshake_uses_new_files_of_each_kind_and_broken_ones_change_nothing() {
    let place = Place::new();
    place.files().write("crl.pem", &place.authority.revoke(&[]));
    let server = place.server_with(|settings| settings.crl = Some(place.path("crl.pem")));
    let client = place.client("client");
    let settled = async || tokio::time::sleep(SETTLED).await;
    assert!(shake(&server, &client, "localhost").await.0.is_ok());

    // Certificate and key.
    place.put("server", &Leaf { names: &["new.example"], ..Leaf::default() });
    settled().await;
    assert!(shake(&server, &client, "new.example").await.1.is_ok());
    assert!(shake(&server, &client, "localhost").await.1.is_err());

    // Broken, missing, and of another key.
    for broken in ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        place.files().write("server.pem", broken);
        settled().await;
        assert!(shake(&server, &client, "new.example").await.1.is_ok(), "{broken:?}");
    }
    let other = place.authority.issue(&Leaf::default());
    place.files().write("server.pem", &other.cert);
    settled().await;
    assert!(shake(&server, &client, "new.example").await.1.is_ok(), "the key belongs to the old one");
    fs::remove_file(place.path("server.pem")).unwrap();
    settled().await;
    assert!(shake(&server, &client, "new.example").await.1.is_ok());
    place.files().put("server", &other);
    settled().await;
    assert!(shake(&server, &client, "localhost").await.1.is_ok(), "whole again");

    // Authorities.
    let next = Authority::new("next");
    place.files().write("ca.pem", &format!("{}{}", place.authority.pem, next.pem));
    settled().await;
    let newcomer = next.issue(&Leaf { common_name: "newcomer", serial: 9, ..Leaf::default() });
    assert!(place.verdict(&server, &newcomer).await.is_ok());
    place.files().write("ca.pem", "nothing");
    settled().await;
    place.files().write("ca2.pem", &place.authority.pem);
    assert!(shake(&server, &client, "localhost").await.0.is_ok());
    place.files().write("ca.pem", &place.authority.pem);
    settled().await;
    assert!(place.verdict(&server, &newcomer).await.is_err());

    // Revoked.
    place.files().write("crl.pem", &place.authority.revoke(&[2]));
    settled().await;
    assert!(shake(&server, &client, "localhost").await.0.unwrap_err().contains("revoked"));
    place.files().write("crl.pem", &Authority::new("stranger").revoke(&[]));
    settled().await;
    assert!(shake(&server, &client, "localhost").await.0.unwrap_err().contains("revoked"), "a foreign list changes nothing");
}

/// Kubernetes puts files in place by a directory's symbolic link, which is swapped.
#[tokio::test]
async fn files_are_followed_through_links_and_whatever_is_in_their_place_meanwhile_changes_nothing() {
    let place = Place::new();
    let dir = |name: &str| place.path(name);
    for (name, host) in [("v1", "one.example"), ("v2", "two.example"), ("v3", "three.example")] {
        fs::create_dir(dir(name)).unwrap();
        let files = dir(name);
        Files(&files).put("tls", &place.authority.issue(&Leaf { names: &[host], ..Leaf::default() }));
        Files(&files).write("ca.pem", &place.authority.pem);
    }
    let swap = |to: &str| {
        std::os::unix::fs::symlink(to, dir("next")).unwrap();
        fs::rename(dir("next"), dir("now")).unwrap();
    };
    swap("v1");
    let server = place.server_with(|settings| {
        settings.identity = Some(IdentityFiles { cert: dir("now/tls.pem"), key: dir("now/tls.key") });
        settings.ca = Some(dir("now/ca.pem"));
    });
    let client = place.client("client");
    let shown = async |host: &str| {
        tokio::time::sleep(SETTLED).await;
        shake(&server, &client, host).await.1.is_ok()
    };
    assert!(shown("one.example").await);
    swap("v2");
    assert!(shown("two.example").await);
    // A directory, nothing, and half a file.
    fs::rename(dir("v3/tls.pem"), dir("whole.pem")).unwrap();
    fs::create_dir(dir("v3/tls.pem")).unwrap();
    swap("v3");
    assert!(shown("two.example").await);
    fs::remove_dir(dir("v3/tls.pem")).unwrap();
    assert!(shown("two.example").await);
    let whole = fs::read(dir("whole.pem")).unwrap();
    for len in [0, 1, whole.len() / 2, whole.len() - 30] {
        fs::write(dir("v3/tls.pem"), &whole[..len]).unwrap();
        assert!(shown("two.example").await, "{len} bytes of it");
    }
    fs::write(dir("v3/tls.pem"), &whole).unwrap();
    assert!(shown("three.example").await);
}

#[test]
fn files_that_cannot_be_used_are_named_with_the_reason() {
    let place = Place::new();
    let refusal = |change: &dyn Fn(&mut TlsSettings)| {
        let mut settings = place.settings();
        change(&mut settings);
        ServerTls::new("test", "trusted-ca-file", &settings).err().unwrap()
    };
    place.files().write("empty.pem", "");
    place.files().write("encrypted.key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n");
    place.files().write("foreign.crl", &Authority::new("stranger").revoke(&[]));
    place.files().write("forged.crl", &Authority::new("authority").revoke(&[]));
    let (server, client) = (place.identity("server"), place.identity("client"));
    let with = |cert: &Path, key: &Path| {
        let identity = IdentityFiles { cert: cert.to_owned(), key: key.to_owned() };
        refusal(&|settings| settings.identity = Some(identity.clone()))
    };
    assert!(matches!(with(&server.cert, &client.key), TlsError::KeyMismatch { .. }));
    assert!(matches!(with(&place.path("none"), &server.key), TlsError::Read { .. }));
    assert!(matches!(with(&place.path("empty.pem"), &server.key), TlsError::Nothing { .. }));
    assert!(matches!(with(&server.cert, &place.path("encrypted.key")), TlsError::EncryptedKey { .. }));
    assert!(matches!(with(&server.cert, &server.cert), TlsError::Nothing { .. }));
    let crl = |name: &str| refusal(&|settings| settings.crl = Some(place.path(name)));
    assert!(matches!(crl("foreign.crl"), TlsError::ForeignRevocationList { .. }));
    assert!(matches!(crl("forged.crl"), TlsError::ForgedRevocationList { .. }));
    let alone = refusal(&|settings| (settings.ca, settings.crl) = (None, Some(place.path("foreign.crl"))));
    assert!(alone.to_string().contains("set --trusted-ca-file too"), "{alone}");
}

/// Go has refused SHA-1 since 1.18; the parser that judges certificates of the first version has not.
#[test]
fn a_certificate_of_the_first_version_is_not_believed_on_a_signature_that_can_be_forged() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/core/tls/testdata/v1");
    let file = |name: &str| {
        let path = path.join(name);
        let contents = Contents::of_file(&path, &fs::read(&path).unwrap());
        (path, contents)
    };
    let (root, contents) = file("root.pem");
    let trust = Trust::read(&contents, &root).unwrap();
    let now = UnixTime::since_unix_epoch(Duration::from_millis(clock::unix_millis()));
    let is_believed = |name: &str| {
        let (path, contents) = file(name);
        trust.signed_first_version(&contents.certificates(&path, AUTHORITIES).unwrap()[0], now)
    };
    assert!(is_believed("sha256.pem") && !is_believed("sha1.pem"));
}

/// Files on the curve P-521, made by openssl; the authority and what it signs have digests of all three lengths, as openssl has SHA-256 unless
/// it is told otherwise.
fn on_p521(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/core/tls/testdata/p521").join(name)
}

#[tokio::test]
async fn keys_certificates_and_lists_on_p521_are_used_like_others_in_both_versions() {
    let identity = |name: &str| IdentityFiles { cert: on_p521(&format!("{name}.pem")), key: on_p521(&format!("{name}.key")) };
    let settings = TlsSettings {
        identity: Some(identity("server")),
        ca: Some(on_p521("ca.pem")),
        crl: Some(on_p521("crl.pem")),
        ..TlsSettings::default()
    };
    let server = ServerTls::new("test", "trusted-ca-file", &settings).unwrap();
    for version in [TlsVersion::Tls12, TlsVersion::Tls13] {
        let client = |name: &str| {
            let protocols = Protocols { min: version, max: Some(version), ..Protocols::default() };
            let identity = Some(identity(name));
            let settings = ClientTlsSettings { identity, ca: Some(on_p521("ca.pem")), protocols, ..ClientTlsSettings::default() };
            ClientTls::new(&settings).unwrap()
        };
        let (answered, called) = shake(&server, &client("client"), "localhost").await;
        assert_eq!(&*answered.unwrap().common_name, "client", "{version:?}");
        called.unwrap();
        let (refused, _) = shake(&server, &client("revoked"), "localhost").await;
        assert!(refused.unwrap_err().contains("revoked"), "{version:?}");
    }
    let question = Question {
        cert: Some(on_p521("server.pem")),
        key: Some(on_p521("server.key")),
        ca: Some(on_p521("ca.pem")),
        crl: Some(on_p521("crl.pem")),
        hosts: vec!["localhost".into()],
        as_server: true,
        as_client: true,
    };
    let errors = |question: &Question| {
        let findings = check(question, clock::unix_millis() / 1000).findings;
        findings.into_iter().filter(|finding| finding.is_error).map(|finding| finding.problem).collect::<Vec<_>>()
    };
    assert_eq!(errors(&question), [""; 0]);
    assert_eq!(errors(&Question { cert: Some(on_p521("revoked.pem")), ..question.clone() }), ["key-mismatch", "revoked"]);
    // A list of the same name by another key.
    let dir = tempfile::tempdir().unwrap();
    let forged = Files(dir.path()).write("crl.pem", &Authority::new("curve").revoke(&[]));
    assert_eq!(errors(&Question { crl: Some(forged), ..question }), ["revocation-list-forged"]);
}

#[tokio::test]
async fn versions_below_the_lowest_are_refused() {
    let place = Place::new();
    let server = place.server_with(|settings| settings.protocols.min = TlsVersion::Tls13);
    let old = ClientTlsSettings {
        identity: Some(place.identity("client")),
        ca: Some(place.path("ca.pem")),
        protocols: Protocols { max: Some(TlsVersion::Tls12), ..Protocols::default() },
        ..ClientTlsSettings::default()
    };
    let old = ClientTls::new(&old).unwrap();
    assert!(shake(&server, &old, "localhost").await.1.is_err());
    assert!(shake(&place.server(), &old, "localhost").await.0.is_ok(), "TLS 1.2 is allowed otherwise");
}

#[tokio::test]
async fn a_handshake_that_takes_too_long_is_dropped() {
    let place = Place::new();
    let server = place.server();
    let within = Duration::from_millis(100);
    let handshakes = Handshakes::new(8, within);
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    // The first bytes of a hello, and then nothing.
    theirs.write_all(&[0x16, 3, 1, 1, 0, 1]).await.unwrap();
    let began = Instant::now();
    let opened = handshakes.open(&mut handshakes.begin(), Socket::Unix(ours), false, || server.both()).await;
    assert!(matches!(opened, Err(HandshakeError::TimedOut(_))));
    assert!(began.elapsed() >= within);
}

#[tokio::test]
async fn one_half_open_connection_too_many_costs_the_oldest_and_nobody_else() {
    let place = Place::new();
    let server = Arc::new(place.server());
    let handshakes = Handshakes::new(3, HANDSHAKE_WITHIN);
    let mut silent = Vec::new();
    let mut tasks = Vec::new();
    for _ in 0..4 {
        let (ours, theirs) = UnixStream::pair().unwrap();
        silent.push(theirs);
        let (handshakes, server) = (Arc::clone(&handshakes), Arc::clone(&server));
        let mut half_open = handshakes.begin();
        tasks.push(tokio::spawn(async move {
            handshakes.open(&mut half_open, Socket::Unix(ours), false, || server.both()).await.map(drop)
        }));
    }
    let first = timeout(DEADLINE, tasks.remove(0)).await.unwrap().unwrap();
    assert!(matches!(first, Err(HandshakeError::Evicted)));
    assert!(tasks.iter().all(|task| !task.is_finished()));
    // Whoever means it gets through at once, at the cost of another one.
    let began = Instant::now();
    let (ours, theirs) = UnixStream::pair().unwrap();
    let client = place.client("client");
    let name = ServerName::try_from("localhost").unwrap();
    let mut half_open = handshakes.begin();
    let (answered, called) = tokio::join!(
        handshakes.open(&mut half_open, Socket::Unix(ours), false, || server.both()),
        TlsConnector::from(client.config()).connect(name, theirs)
    );
    assert!(answered.is_ok() && called.is_ok());
    assert!(began.elapsed() < HANDSHAKE_WITHIN / 2);
}

#[tokio::test]
async fn plain_connections_pass_where_they_may_and_nonsense_is_explained() {
    let place = Place::new();
    let server = place.server();
    let handshakes = Handshakes::new(8, HANDSHAKE_WITHIN);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    for (plain, text) in [(true, "GET / HTTP/1.1\r\n\r\n"), (false, "GET / HTTP/1.1\r\n\r\n"), (true, "")] {
        let mut theirs = tokio::net::TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (ours, _) = listener.accept().await.unwrap();
        theirs.write_all(text.as_bytes()).await.unwrap();
        theirs.shutdown().await.unwrap();
        let opened = handshakes.open(&mut handshakes.begin(), Socket::Tcp(ours), plain, || server.both()).await;
        match (plain, text) {
            (_, "") => assert!(matches!(opened, Err(HandshakeError::Gone))),
            (true, _) => assert!(matches!(opened, Ok(Stream::Plain(_)))),
            (false, _) => {
                assert_eq!(opened.unwrap_err().to_string(), "tls: first record does not look like a TLS handshake");
            }
        }
    }
}

#[test]
fn a_made_certificate_is_kept_and_made_again_before_it_expires() {
    let dir = tempfile::tempdir().unwrap();
    let auto = AutoTls {
        dir: dir.path().join("fixtures/client"),
        hosts: vec!["db.example".into(), "127.0.0.1".into(), "0.0.0.0".into()],
        validity_years: 1,
    };
    let files = self_signed::keep(&auto).unwrap();
    let first = fs::read(&files.cert).unwrap();
    self_signed::keep(&auto).unwrap();
    assert_eq!(fs::read(&files.cert).unwrap(), first, "kept");
    let question = Question {
        cert: Some(files.cert.clone()),
        key: Some(files.key.clone()),
        ca: Some(files.cert.clone()),
        hosts: vec!["db.example".into(), "127.0.0.1".into()],
        as_server: true,
        as_client: true,
        ..Question::default()
    };
    let report = check(&question, clock::unix_millis() / 1000);
    assert!(report.is_ok(), "{:?}", report.findings);
    Files(&auto.dir).put("cert", &self_signed(&Leaf { from_days: -300, until_days: 3, ..Leaf::default() }));
    fs::rename(auto.dir.join("cert.key"), &files.key).unwrap();
    self_signed::keep(&auto).unwrap();
    let report = check(&question, clock::unix_millis() / 1000);
    assert!(report.is_ok() && report.certificates[0].not_after > clock::unix_millis().cast_signed() / 1000 + 300 * 24 * 3600);
}

/// What a client shows is read before anybody has signed anything of it, and files may hold anything.
#[test]
fn whatever_is_shown_as_a_certificate_a_key_or_a_list_is_read_or_refused() {
    let authority = Authority::new("ca");
    let issued = authority.issue(&Leaf { names: &["localhost", "*.example", "::1"], ..Leaf::default() });
    let pem = [issued.cert.clone(), issued.key.clone(), authority.revoke(&[1, 2])].concat();
    let path = Path::new("file");
    let der = |pem: &str| Contents::of_file(path, pem.as_bytes()).certificates(path, AUTHORITIES).unwrap().remove(0).to_vec();
    let list = Contents::of_file(path, pem.as_bytes()).revocation_lists(path).unwrap().remove(0);
    crate::mangle::survives(&[der(&issued.cert), der(&authority.pem), list], |bytes| {
        let certificate = CertificateDer::from(bytes.to_vec());
        drop(PeerCertificate::read(&certificate));
        drop(Revoked::read(&Contents::of_file(path, bytes), path, path, &[certificate]));
    });
    crate::mangle::survives(&[pem.into_bytes()], |bytes| {
        let contents = Contents::of_file(path, bytes);
        drop((Trust::read(&contents, path), contents.key(path), contents.revocation_lists(path)));
    });
}
