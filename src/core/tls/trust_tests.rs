//! Who may vouch for whom: what an authority's own certificate limits it to holds, in both directions and for `check`, as it does in Go.

use std::time::Duration;

use rcgen::ExtendedKeyUsagePurpose;
use rustls::pki_types::UnixTime;

use super::{
    check::{Question, check},
    facts::Purpose,
    files::{AUTHORITIES, CERTIFICATE, Contents},
    testing::{Authority, Issued, Leaf},
    tests::{Place, shake},
    trust::{OutOfTime, Trust},
    *,
};
use crate::core::clock;

/// An authority of this name that is limited to something.
fn authority(name: &'static str) -> Leaf<'static> {
    Leaf { common_name: name, names: &[], usages: &[], is_authority: true, ..Leaf::default() }
}

/// Whether a chain is believed of those who serve, and of those who call.
fn believed(place: &Place, bundle: &str, chain: &str) -> (bool, bool) {
    let contents = |name: &str, text: &str| {
        let path = place.files().write(name, text);
        (Contents::read(&[(path.clone(), CERTIFICATE)]).unwrap(), path)
    };
    let (bundle, at) = contents("judged.ca.pem", bundle);
    let trust = Trust::read(&bundle, &at).unwrap();
    let (chain, at) = contents("judged.pem", chain);
    let chain = chain.certificates(&at, AUTHORITIES).unwrap();
    let now = UnixTime::since_unix_epoch(Duration::from_millis(clock::unix_millis()));
    let provider = Protocols::default().provider();
    let is_believed = |purpose| {
        let algorithms = provider.signature_verification_algorithms.all;
        let believed = trust.judge(&chain[0], &chain[1..], purpose, now, OutOfTime::Refused, algorithms).is_ok();
        let question = Question {
            cert: Some(place.path("judged.pem")),
            ca: Some(place.path("judged.ca.pem")),
            as_server: purpose == Purpose::Serve,
            as_client: purpose == Purpose::Call,
            ..Question::default()
        };
        let report = check(&question, clock::unix_millis() / 1000);
        assert_eq!(report.is_ok(), believed, "check agrees: {:?}", report.findings);
        believed
    };
    (is_believed(Purpose::Serve), is_believed(Purpose::Call))
}

/// The bundle of a cluster named the certificate of a developer, self-signed as `--auto-tls` makes them. With its key she made one for `root`, and was root.
#[tokio::test]
async fn whoever_is_trusted_for_a_certificate_alone_can_make_no_others() {
    let place = Place::new();
    let developer = Authority::of(&Leaf { common_name: "dev", is_authority: true, may_sign: false, ..Leaf::default() });
    place.files().write("ca.pem", &format!("{}{}", place.authority.pem, developer.pem));
    let minted = developer.issue(&Leaf { common_name: "root", ..Leaf::default() });
    let server = place.server();
    let refusal = place.verdict(&server, &minted).await.unwrap_err();
    assert!(refusal.contains("certificate signed by unknown authority"), "{refusal}");
    let shown = Issued { cert: format!("{}{}", minted.cert, developer.pem), key: minted.key.clone() };
    assert!(place.verdict(&server, &shown).await.is_err(), "nor when it is shown besides");
    assert_eq!(&*place.verdict(&server, &developer.own()).await.unwrap().common_name, "dev", "she herself may come in");
    // Nor can she serve under any name.
    place.files().put("server", &minted);
    assert!(shake(&place.server(), &place.client("client"), "localhost").await.1.is_err());
    place.files().put("server", &developer.own());
    shake(&place.server(), &place.client("client"), "localhost").await.1.unwrap();

    let bundle = format!("{}{}", place.authority.pem, developer.pem);
    assert_eq!(believed(&place, &bundle, &minted.cert), (false, false));
    assert_eq!(believed(&place, &bundle, &developer.pem), (true, true));
}

#[test]
fn an_authority_below_another_signs_only_if_its_key_usage_says_so() {
    let place = Place::new();
    for may_sign in [true, false] {
        let middle = Authority::below(&place.authority, &Leaf { may_sign, ..authority("middle") });
        let chain = format!("{}{}", middle.issue(&Leaf::default()).cert, middle.pem);
        assert_eq!(believed(&place, &place.authority.pem, &chain), (may_sign, may_sign));
        // Nor where the bundle names it.
        let bundle = format!("{}{}", place.authority.pem, middle.pem);
        assert_eq!(believed(&place, &bundle, &chain), (may_sign, may_sign));
    }
}

#[test]
fn of_two_certificates_for_one_name_and_key_that_one_counts_which_may_sign() {
    let place = Place::new();
    let signing = Authority::of(&authority("twice"));
    let barred = signing.again(&Leaf { may_sign: false, ..authority("twice") });
    let leaf = signing.issue(&Leaf::default()).cert;
    for (bundle, is_believed) in [
        (format!("{}{barred}", signing.pem), true),
        (format!("{barred}{}", signing.pem), true),
        (format!("{barred}{}", place.authority.pem), false),
    ] {
        assert_eq!(believed(&place, &bundle, &leaf), (is_believed, is_believed));
    }
    // What one is limited to is not what the other is.
    let of_callers = signing.again(&Leaf { usages: &[ExtendedKeyUsagePurpose::ClientAuth], ..authority("twice") });
    assert_eq!(believed(&place, &format!("{barred}{of_callers}"), &leaf), (false, true));
    assert_eq!(believed(&place, &format!("{of_callers}{}", signing.pem), &leaf), (true, true));
}

#[test]
fn an_authority_of_the_bundle_vouches_only_for_the_purposes_that_it_has_itself() {
    let place = Place::new();
    for (usages, is_believed) in [
        (&[][..], (true, true)),
        (&[ExtendedKeyUsagePurpose::ServerAuth], (true, false)),
        (&[ExtendedKeyUsagePurpose::ClientAuth], (false, true)),
        (&[ExtendedKeyUsagePurpose::EmailProtection], (false, false)),
        (&[ExtendedKeyUsagePurpose::Any], (true, true)),
    ] {
        let limited = Authority::of(&Leaf { usages, ..authority("limited") });
        assert_eq!(believed(&place, &limited.pem, &limited.issue(&Leaf::default()).cert), is_believed, "{usages:?}");
    }
}

#[test]
fn an_authority_of_the_bundle_says_how_many_others_may_stand_below_it() {
    let place = Place::new();
    for (intermediates_max, is_believed) in [(None, true), (Some(1), true), (Some(0), false)] {
        let top = Authority::of(&Leaf { intermediates_max, ..authority("top") });
        let middle = Authority::below(&top, &authority("middle"));
        let chain = format!("{}{}{}", middle.issue(&Leaf::default()).cert, middle.pem, top.pem);
        assert_eq!(believed(&place, &top.pem, &chain), (is_believed, is_believed), "{intermediates_max:?}");
        assert_eq!(believed(&place, &top.pem, &top.issue(&Leaf::default()).cert), (true, true));
    }
}

#[tokio::test]
async fn the_reason_is_told_in_the_words_of_go() {
    let place = Place::new();
    let middle = Authority::below(&place.authority, &Leaf { may_sign: false, ..authority("middle") });
    let issued = middle.issue(&Leaf::default());
    let issued = Issued { cert: format!("{}{}", issued.cert, middle.pem), key: issued.key };
    let refusal = place.verdict(&place.server(), &issued).await.unwrap_err();
    assert!(refusal.ends_with("x509: invalid signature: parent certificate cannot sign this kind of certificate"), "{refusal}");
}
