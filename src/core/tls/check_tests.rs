//! What `check` says of sets of files that are wrong in one way or another.

use std::fs;

use rcgen::ExtendedKeyUsagePurpose;

use super::{
    check::{Question, check},
    testing::{Authority, Leaf},
    tests::Place,
};
use crate::core::clock;

/// What is said, but for keys that others can read: that depends on the tests' umask.
fn problems(question: &Question, days: i64) -> Vec<&'static str> {
    let report = check(question, (clock::unix_millis() / 1000).saturating_add_signed(days * 24 * 3600));
    report.findings.iter().map(|finding| finding.problem).filter(|problem| *problem != "key-readable").collect()
}

fn of_server(place: &Place) -> Question {
    let server = place.identity("server");
    Question {
        cert: Some(server.cert),
        key: Some(server.key),
        ca: Some(place.path("ca.pem")),
        hosts: vec!["localhost".into(), "127.0.0.1".into()],
        as_server: true,
        ..Question::default()
    }
}

#[test]
fn check_tells_every_fault_at_once() {
    let place = Place::new();
    let now = clock::unix_millis() / 1000;
    let (question, client) = (of_server(&place), place.identity("client"));
    let found = problems;
    assert_eq!(found(&question, 0), [""; 0]);
    assert_eq!(found(&question, 280), ["expires-soon", "expires-soon"]);
    assert_eq!(found(&question, 301), ["expired", "expired"]);
    assert_eq!(found(&question, -2), ["not-yet-valid", "not-yet-valid"]);
    assert_eq!(found(&Question { key: Some(client.key), ..question.clone() }, 0), ["key-mismatch"]);
    assert_eq!(found(&Question { hosts: vec!["db.example".into()], ..question.clone() }, 0), ["host"]);
    assert_eq!(found(&Question { cert: Some(place.path("none")), ..question.clone() }, 0), ["unreadable"]);

    place.put("caller", &Leaf { usages: &[ExtendedKeyUsagePurpose::ClientAuth], names: &[], ..Leaf::default() });
    let caller = Question { cert: Some(place.path("caller.pem")), key: None, ..question.clone() };
    assert_eq!(found(&caller, 0), ["usage", "names"]);
    assert_eq!(found(&Question { as_server: false, as_client: true, ..caller.clone() }, 0), [""; 0]);

    let (stranger, namesake) = (Authority::new("stranger"), Authority::new("authority"));
    place.files().write("stranger.pem", &stranger.pem);
    place.files().write("namesake.pem", &namesake.pem);
    let by = |name: &str| {
        let report = check(&Question { ca: Some(place.path(name)), ..question.clone() }, now);
        report.findings.into_iter().find(|finding| finding.problem == "chain").unwrap().text
    };
    assert!(by("stranger.pem").contains("its issuer \"CN=authority\" is not in"), "{}", by("stranger.pem"));
    assert!(by("namesake.pem").contains("but with another key"), "{}", by("namesake.pem"));

    let whole = fs::read_to_string(place.path("server.pem")).unwrap();
    place.files().write("turned.pem", &format!("{}{whole}", place.authority.pem));
    let turned = found(&Question { cert: Some(place.path("turned.pem")), key: None, ..question.clone() }, 0);
    assert!(turned.contains(&"order"), "{turned:?}");
    place.files().write("loose.pem", &format!("{whole}{}", stranger.pem));
    assert_eq!(found(&Question { cert: Some(place.path("loose.pem")), ..question.clone() }, 0), ["order"]);

    place.files().write("foreign.crl", &stranger.revoke(&[]));
    place.files().write("forged.crl", &namesake.revoke(&[]));
    place.files().write("own.crl", &place.authority.revoke(&[1]));
    let by_crl = |name: &str| found(&Question { crl: Some(place.path(name)), ..question.clone() }, 0);
    assert_eq!(by_crl("foreign.crl"), ["revocation-list-foreign"]);
    assert_eq!(by_crl("forged.crl"), ["revocation-list-forged"]);
    assert_eq!(by_crl("own.crl"), ["revoked"]);
}

/// The chain that a server shows: `leaf` below an authority that says what `middle` says.
fn below(place: &Place, middle: &Leaf<'_>, leaf: &Leaf<'_>) -> Question {
    let middle = Authority::below(&place.authority, middle);
    let issued = middle.issue(leaf);
    let cert = place.files().write("chain.pem", &format!("{}{}", issued.cert, middle.pem));
    Question { cert: Some(cert), key: Some(place.files().write("chain.key", &issued.key)), ..of_server(place) }
}

#[test]
fn nothing_is_called_right_that_a_handshake_refuses_for_what_stands_above() {
    let place = Place::new();
    let middle = Leaf { common_name: "middle", names: &[], usages: &[], is_authority: true, until_days: 100, ..Leaf::default() };
    assert_eq!(problems(&below(&place, &middle, &Leaf::default()), 0), [""; 0]);
    // Of the two the one above ends first.
    let early = Leaf { from_days: 1, ..Leaf::default() };
    assert_eq!(problems(&below(&place, &middle, &early), 0), ["not-yet-valid"]);
    let callers = Leaf { usages: &[ExtendedKeyUsagePurpose::ClientAuth], ..middle };
    assert_eq!(problems(&below(&place, &callers, &Leaf::default()), 0), ["usage"]);
}

#[test]
fn what_is_out_of_its_time_and_not_needed_is_only_warned_of() {
    let place = Place::new();
    let old = Leaf { common_name: "old", names: &[], is_authority: true, from_days: -10, until_days: -1, ..Leaf::default() };
    let whole = fs::read_to_string(place.path("server.pem")).unwrap();
    let cert = Some(place.files().write("more.pem", &format!("{whole}{}", Authority::of(&old).pem)));
    let report = check(&Question { cert, ..of_server(&place) }, clock::unix_millis() / 1000);
    assert!(report.is_ok(), "{:?}", report.findings);
    assert!(report.findings.iter().any(|finding| finding.problem == "expired"), "{:?}", report.findings);
}

#[test]
fn each_file_is_judged_by_itself_too() {
    let place = Place::new();
    let key = Some(place.files().write("bad.key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"));
    assert_eq!(problems(&Question { key: key.clone(), ..Question::default() }, 0), ["unusable-key"]);
    assert_eq!(problems(&Question { key: Some(place.path("server.key")), ..Question::default() }, 0), [""; 0]);
    // One fault hides none of the others.
    let cert = Some(place.files().write("bad.pem", "nothing"));
    let all = Question { cert, key, ca: Some(place.path("none")), crl: Some(place.path("none")), ..of_server(&place) };
    assert_eq!(problems(&all, 0), ["no-certificate", "unreadable", "unusable-key", "unreadable"]);
}

#[test]
fn what_hides_another_fault_from_a_handshake_hides_none_here() {
    let place = Place::new();
    let old = Authority::new("stranger").issue(&Leaf { from_days: -10, until_days: -1, ..Leaf::default() });
    let (cert, key) = place.files().put("old", &old);
    assert_eq!(problems(&Question { cert: Some(cert), key: Some(key), ..of_server(&place) }, 0), ["chain", "expired"]);
    // What comes second is shown to others, who read it.
    let whole = fs::read_to_string(place.path("server.pem")).unwrap();
    let bogus = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    let cert = Some(place.files().write("bogus.pem", &format!("{whole}{bogus}")));
    assert_eq!(problems(&Question { cert, ..of_server(&place) }, 0), ["damaged"]);
    // Lists are looked at as far as that goes.
    let crl = Some(place.files().write("list.pem", "nothing"));
    let alone = Question { crl: crl.clone(), ..Question::default() };
    assert_eq!(problems(&alone, 0), ["revocation-list"]);
    let ca = Some(place.files().write("no-ca.pem", "nothing"));
    assert_eq!(problems(&Question { crl, ca: ca.clone(), ..Question::default() }, 0), ["no-authority", "revocation-list"]);
    let crl = Some(place.files().write("list.pem", &place.authority.revoke(&[])));
    assert_eq!(problems(&Question { crl: crl.clone(), ca, ..Question::default() }, 0), ["no-authority"]);
    assert_eq!(problems(&Question { crl, ..Question::default() }, 0), ["revocation-list-alone"]);
}

#[test]
fn of_several_certificates_that_one_is_named_whose_time_is_over() {
    let place = Place::new();
    let middle = Leaf {
        common_name: "middle",
        names: &[],
        usages: &[],
        is_authority: true,
        from_days: -9,
        until_days: -1,
        ..Leaf::default()
    };
    let report = check(&below(&place, &middle, &Leaf::default()), clock::unix_millis() / 1000);
    let text = &report.findings.iter().find(|finding| finding.problem == "expired").unwrap().text;
    assert!(text.starts_with("the certificate \"CN=middle\" in "), "{text}");
}

#[test]
fn files_that_were_mixed_up_or_are_of_another_form_are_told_for_what_they_are() {
    let place = Place::new();
    let text = |question: &Question| check(question, clock::unix_millis() / 1000).findings.remove(0).text;
    let (cert, key) = (place.path("server.pem"), place.path("server.key"));
    let of_cert = |cert| text(&Question { cert: Some(cert), ..Question::default() });
    let of_key = |key| text(&Question { key: Some(key), ..Question::default() });
    assert!(of_cert(key.clone()).ends_with("holds no certificate in PEM form; it holds a private key"));
    assert!(of_key(cert.clone()).ends_with("holds no private key in PEM form; it holds a certificate"));
    assert!(of_cert(place.files().write("empty.pem", "")).ends_with("in PEM form; it is empty"));
    assert!(of_cert(place.files().write("der.pem", "0\u{1}")).contains("it seems to be in DER form"));
    let whole = fs::read_to_string(&cert).unwrap();
    let torn = of_cert(place.files().write("torn.pem", &whole[..whole.len() / 2]));
    assert!(torn.ends_with("is damaged: it ends before the line -----END CERTIFICATE-----"), "{torn}");
    let old = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
    let old = of_key(place.files().write("old.key", old));
    assert!(old.contains("is encrypted"), "{old}");
}
