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
