//! Clients of every kind over mutual TLS.

use super::{Kit, Leaf, has, is_installed, quorate, run, stdout};
use crate::common::{Cluster, ServerCommand};

#[tokio::test]
async fn our_own_commands_speak_tls_by_flags_and_by_environment() {
    let kit = Kit::new();
    let cluster = kit.serve(&[]).await;
    let endpoint = cluster.members[0].endpoint();
    let files = kit.client_flags();
    let put = |to: String| {
        let mut command = quorate(&["put", "key", "value"]);
        command.arg(format!("--endpoints={to}")).args(&files);
        command
    };
    assert_eq!(stdout(&mut put(endpoint.clone())).await, "OK\n");
    assert_eq!(stdout(&mut put(format!("https://{endpoint}"))).await, "OK\n");
    let mut get = quorate(&["get", "key"]);
    get.env("ETCDCTL_ENDPOINTS", &endpoint).env("ETCDCTL_CACERT", kit.path("ca.pem"));
    get.env("ETCDCTL_CERT", kit.path("client.pem")).env("ETCDCTL_KEY", kit.path("client.key"));
    assert_eq!(stdout(&mut get).await, "key\nvalue\n");

    let mut unverified = quorate(&["get", "key", "--insecure-skip-tls-verify", "--insecure-transport=false"]);
    unverified.arg(format!("--endpoints={endpoint}")).args(&files[1..]);
    assert_eq!(stdout(&mut unverified).await, "key\nvalue\n");

    let mut bench = quorate(&["bench", "put", "--total=200", "--clients=4", "--connections=2"]);
    bench.arg(format!("--endpoints=https://{endpoint}")).args(&files);
    assert!(stdout(&mut bench).await.contains("requests"), "the load generator speaks TLS");
}

#[tokio::test]
async fn whoever_has_no_good_certificate_is_told_why_and_so_is_the_log() {
    let kit = Kit::new();
    let cluster = kit.serve(&[]).await;
    let endpoint = format!("--endpoints=https://{}", cluster.members[0].endpoint());
    let files = kit.client_flags();
    let refused = async |args: &[&String]| {
        let output = run(quorate(&["get", "key", "--command-timeout=1s", &endpoint]).args(args)).await;
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    };
    let told = refused(&[&files[0]]).await;
    assert!(told.contains("remote error: tls: certificate required"), "{told}");
    let stranger = super::Authority::new("stranger");
    kit.files().put("stranger", &stranger.issue(&Leaf::default()));
    let (cert, key) = (format!("--cert={}", kit.text("stranger.pem")), format!("--key={}", kit.text("stranger.key")));
    refused(&[&files[0], &cert, &key]).await;
    kit.files().write("other.pem", &stranger.pem);
    let other = format!("--cacert={}", kit.text("other.pem"));
    assert!(refused(&[&other, &files[1], &files[2]]).await.contains("certificate signed by unknown authority"));

    let log = cluster.members[0].log_text();
    for cause in [
        "tls: client didn't provide a certificate",
        "tls: failed to verify certificate: x509: certificate signed by unknown authority",
        "remote error: tls: unknown certificate authority",
    ] {
        let is_line = |line: &str| line.contains("rejected connection on client endpoint") && line.contains(cause);
        assert!(log.lines().any(is_line), "{cause}");
    }
    assert!(log.contains("serving client traffic securely"));
}

#[tokio::test]
async fn reads_and_writes_that_the_server_does_not_let_in_are_told_why_and_so_is_who_calls_without_tls() {
    let kit = Kit::new();
    let cluster = kit.serve(&[]).await;
    let endpoint = cluster.members[0].endpoint();
    let stranger = super::Authority::new("stranger");
    kit.files().put("stranger", &stranger.issue(&Leaf::default()));
    kit.put("late", &Leaf { from_days: -10, until_days: -1, ..Leaf::default() });
    let shown = |name: &str| {
        [format!("--cert={}", kit.text(&format!("{name}.pem"))), format!("--key={}", kit.text(&format!("{name}.key")))]
    };
    for (shown, cause) in [
        (&[][..], "remote error: tls: certificate required"),
        (&shown("stranger")[..], "remote error: tls: unknown certificate authority"),
        (&shown("late")[..], "remote error: tls: expired certificate"),
    ] {
        for (words, is_write) in
            [(&["put", "key", "value"][..], true), (&["lease", "grant", "60"], true), (&["get", "key"], false)]
        {
            let mut command = quorate(words);
            command.args(["--command-timeout=1s", &format!("--endpoints=https://{endpoint}"), &kit.client_flags()[0]]);
            let output = run(command.args(shown)).await;
            let told = String::from_utf8(output.stderr).unwrap();
            assert!(!output.status.success() && told.contains(cause), "{words:?}: {told}");
            assert!(!is_write || told.contains("code = Unavailable"), "{words:?}: {told}");
        }
    }
    let plain = run(quorate(&["put", "key", "value"]).arg(format!("--endpoints=http://{endpoint}"))).await;
    let told = String::from_utf8(plain.stderr).unwrap();
    assert!(told.contains("code = Unavailable"), "{told}");
}

/// As etcdctl, which can't make its client then.
#[tokio::test]
async fn files_that_cannot_be_used_are_wrong_arguments() {
    let kit = Kit::new();
    for flags in [
        vec![format!("--cert={}", kit.text("client.pem"))],
        vec![format!("--cacert={}", kit.text("missing.pem"))],
        vec![format!("--cert={}", kit.text("client.pem")), format!("--key={}", kit.text("server.key"))],
    ] {
        let output = run(quorate(&["get", "key", "--command-timeout=1s", "--endpoints=https://127.0.0.1:1"]).args(&flags)).await;
        assert_eq!(output.status.code(), Some(128), "{flags:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[tokio::test]
async fn curl_and_etcdctl_speak_tls_with_the_server() {
    let kit = Kit::new();
    let cluster = kit.serve(&[]).await;
    let endpoint = cluster.members[0].endpoint();
    let (ca, cert, key) = (kit.text("ca.pem"), kit.text("client.pem"), kit.text("client.key"));
    if has("curl") {
        for version in ["--http1.1", "--http2"] {
            let mut curl = tokio::process::Command::new("curl");
            curl.args(["-sS", version, "--cacert", &ca, "--cert", &cert, "--key", &key])
                .arg(format!("https://{endpoint}/health"));
            assert_eq!(stdout(&mut curl).await, r#"{"health":"true","reason":""}"#, "{version}");
        }
        let mut nobody = tokio::process::Command::new("curl");
        nobody.args(["-sS", "--cacert", &ca]).arg(format!("https://{endpoint}/health"));
        assert!(!run(&mut nobody).await.status.success(), "without a certificate nothing is told, not even health");
        let mut curl = tokio::process::Command::new("curl");
        curl.args(["-sS", "--cacert", &ca, "--cert", &cert, "--key", &key]).arg(format!("https://{endpoint}/metrics"));
        let metrics = stdout(&mut curl).await;
        for kind in ["certificate", "authority", "revocation list"] {
            let is_line = |line: &str| {
                let of_kind =
                    line.starts_with("quorate_tls_expiry_timestamp_seconds{") && line.contains(&format!("kind=\"{kind}\""));
                of_kind
                    && line
                        .rsplit_once(' ')
                        .is_some_and(|(_, value)| value.parse::<u64>().is_ok_and(|until| until > 1_700_000_000))
            };
            assert!(metrics.lines().any(is_line), "{kind}: {metrics}");
        }
    }
    if is_installed("etcdctl") {
        let files = [format!("--cacert={ca}"), format!("--cert={cert}"), format!("--key={key}")];
        let mut etcdctl = tokio::process::Command::new("etcdctl");
        etcdctl.env("ETCDCTL_API", "3").arg(format!("--endpoints={endpoint}")).args(&files).args(["put", "a", "b"]);
        assert_eq!(stdout(&mut etcdctl).await, "OK\n");
    }
}

/// `openssl s_client`, which ends as soon as the handshake is done, or has failed.
async fn s_client(endpoint: &str, ca: &str, more: &[&str]) -> Result<String, String> {
    let mut openssl = tokio::process::Command::new("openssl");
    let output = run(openssl.args(["s_client", "-connect", endpoint, "-CAfile", ca]).args(more)).await;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

#[tokio::test]
async fn openssl_finds_the_versions_and_suites_that_are_asked_for_and_no_others() {
    if !has("openssl") {
        return;
    }
    let kit = Kit::new();
    let (ca, cert, key) = (kit.text("ca.pem"), kit.text("client.pem"), kit.text("client.key"));
    let shown = ["-cert", &cert, "-key", &key];
    let cluster = kit.serve(&[]).await;
    let endpoint = cluster.members[0].endpoint();
    for version in ["-tls1_2", "-tls1_3"] {
        let said = s_client(&endpoint, &ca, &[&shown[..], &["-alpn", "h2", version]].concat()).await.unwrap();
        assert!(said.contains("Verification: OK") && said.contains("ALPN protocol: h2"), "{version}: {said}");
        assert!(said.contains("CN = authority"), "whose certificates are taken is said: {said}");
    }
    for version in ["-tls1", "-tls1_1"] {
        // Its own default is not to try.
        let old = s_client(&endpoint, &ca, &[&shown[..], &[version, "-cipher", "ALL:@SECLEVEL=0"]].concat()).await.unwrap_err();
        assert!(old.contains("alert"), "{version}: {old}");
    }
    // With 1.3 a client is done before it can be told so.
    let nobody = s_client(&endpoint, &ca, &["-tls1_2"]).await.unwrap_err();
    assert!(nobody.contains("alert"), "{nobody}");
    let stranger = super::Authority::new("stranger");
    kit.files().put("stranger", &stranger.issue(&Leaf::default()));
    let (cert, key) = (kit.text("stranger.pem"), kit.text("stranger.key"));
    let foreign = s_client(&endpoint, &ca, &["-cert", &cert, "-key", &key, "-tls1_2"]).await.unwrap_err();
    assert!(foreign.contains("alert"), "{foreign}");
    for (suite, is_spoken) in [
        ("ECDHE-ECDSA-AES128-GCM-SHA256", true),
        ("ECDHE-ECDSA-CHACHA20-POLY1305", true),
        ("ECDHE-ECDSA-AES128-SHA", false),
        ("ECDHE-RSA-AES128-GCM-SHA256", false),
    ] {
        let said = s_client(&endpoint, &ca, &[&shown[..], &["-tls1_2", "-cipher", suite]].concat()).await;
        assert_eq!(said.is_ok(), is_spoken, "{suite}: {said:?}");
    }

    let strict = kit
        .serve(&["--cipher-suites=TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384".to_owned(), "--tls-max-version=TLS1.2".to_owned()])
        .await;
    let endpoint = strict.members[0].endpoint();
    let said = s_client(&endpoint, &ca, &shown).await.unwrap();
    assert!(said.contains("Protocol  : TLSv1.2") && said.contains("Cipher    : ECDHE-ECDSA-AES256-GCM-SHA384"), "{said}");
    assert!(s_client(&endpoint, &ca, &[&shown[..], &["-tls1_3"]].concat()).await.is_err());
    let other = ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"];
    assert!(s_client(&endpoint, &ca, &[&shown[..], &other].concat()).await.is_err());
}

#[tokio::test]
async fn a_certificate_of_the_first_version_is_enough_for_a_client_as_with_etcd() {
    if !has("openssl") || !has("curl") {
        return;
    }
    let kit = Kit::new();
    // An authority and a certificate as the shortest instructions make them, which have no extensions.
    let dir = kit.dir.path();
    let openssl = async |line: &str| {
        let output = run(tokio::process::Command::new("openssl").args(line.split(' ')).current_dir(dir)).await;
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    };
    openssl("req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.pem -subj /CN=root -days 9").await;
    openssl("req -newkey rsa:2048 -nodes -keyout old.key -out old.csr -subj /CN=old").await;
    openssl("x509 -req -in old.csr -CA root.pem -CAkey root.key -CAcreateserial -out old.pem -days 9").await;
    // And one that is signed by whom the bundle names, but who is no authority.
    openssl("req -newkey rsa:2048 -nodes -keyout false.key -out false.csr -subj /CN=false").await;
    openssl("x509 -req -in false.csr -CA client.pem -CAkey client.key -CAcreateserial -out false.pem -days 9").await;
    let bundle = ["ca.pem", "root.pem", "client.pem"].map(|name| std::fs::read_to_string(kit.path(name)).unwrap());
    kit.files().write("both.pem", &bundle.concat());
    let cluster = kit.serve(&[format!("--trusted-ca-file={}", kit.text("both.pem"))]).await;
    let mut curl = tokio::process::Command::new("curl");
    curl.args(["-sS", "--cacert", &kit.text("ca.pem"), "--cert", &kit.text("old.pem"), "--key", &kit.text("old.key")]);
    curl.arg(format!("https://{}/health", cluster.members[0].endpoint()));
    assert_eq!(stdout(&mut curl).await, r#"{"health":"true","reason":""}"#);
    let mut curl = tokio::process::Command::new("curl");
    curl.args(["-sS", "--cacert", &kit.text("ca.pem"), "--cert", &kit.text("false.pem"), "--key", &kit.text("false.key")]);
    curl.arg(format!("https://{}/health", cluster.members[0].endpoint()));
    assert!(!run(&mut curl).await.status.success(), "whoever has a client's key makes no certificates");
}

#[tokio::test]
async fn one_address_serves_with_and_without_tls_and_sockets_have_both_kinds_too() {
    let kit = Kit::new();
    let mut cluster = Cluster::prepare(&ServerCommand::under_test(), 1, &[]);
    let endpoint = cluster.members[0].endpoint();
    let (plain, secure) = (cluster.dir().join("plain.sock"), cluster.dir().join("secure.sock"));
    let urls = format!("http://{endpoint},https://{endpoint},unix://{},unixs://{}", plain.display(), secure.display());
    let (cert, key) = (format!("--cert-file={}", kit.text("server.pem")), format!("--key-file={}", kit.text("server.key")));
    cluster.members[0].add_flags(&[&format!("--listen-client-urls={urls}"), &cert, &key]);
    cluster.members[0].start();
    cluster.all_ready().await.unwrap_or_else(|text| panic!("{text}"));
    let ca = kit.client_flags()[0].clone();
    for target in [
        format!("http://{endpoint}"),
        format!("https://{endpoint}"),
        format!("unix://{}", plain.display()),
        format!("unixs://{}", secure.display()),
    ] {
        let mut put = quorate(&["put", "a", "b"]);
        put.arg(format!("--endpoints={target}")).arg(&ca);
        assert_eq!(stdout(&mut put).await, "OK\n", "{target}");
    }
}

#[tokio::test]
async fn a_server_makes_its_own_certificate_when_asked_to() {
    let mut cluster = Cluster::prepare(&ServerCommand::under_test(), 1, &[]);
    let endpoint = cluster.members[0].endpoint();
    let url = format!("https://{endpoint}");
    cluster.members[0].add_flags(&[
        "--auto-tls",
        &format!("--listen-client-urls={url}"),
        &format!("--advertise-client-urls={url}"),
        "--host-whitelist=db.example",
    ]);
    cluster.members[0].start();
    cluster.all_ready().await.unwrap_or_else(|text| panic!("{text}"));
    let made = cluster.members[0].data_dir.join("fixtures/client/cert.pem");
    let first = std::fs::read(&made).unwrap();
    let mut put = quorate(&["put", "a", "b"]);
    put.arg(format!("--endpoints={endpoint}")).arg(format!("--cacert={}", made.display()));
    assert_eq!(stdout(&mut put).await, "OK\n");
    assert!(cluster.members[0].terminate(super::WITHIN).await.success());
    cluster.members[0].restart().await;
    assert_eq!(std::fs::read(&made).unwrap(), first, "it stays the same after a restart");
}

#[tokio::test]
async fn check_explains_files_in_words_and_in_json() {
    let kit = Kit::new();
    let flag = |name: &str, file: &str| format!("--{name}={}", kit.text(file));
    let good = [flag("cert", "server.pem"), flag("key", "server.key"), flag("ca", "ca.pem"), flag("crl", "crl.pem")];
    let said = stdout(quorate(&["cert", "check", "--host=https://localhost:2379"]).args(&good)).await;
    assert!(said.contains("certificate \"CN=server\", for localhost, 127.0.0.1, by \"CN=authority\", until "), "{said}");
    let bad = [flag("cert", "server.pem"), flag("key", "client.key"), flag("ca", "ca.pem")];
    let output = run(quorate(&["cert", "check", "-w", "json", "--host=db.example"]).args(&bad)).await;
    assert_eq!(output.status.code(), Some(1));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let problems: Vec<&str> =
        json["findings"].as_array().unwrap().iter().filter_map(|finding| finding["problem"].as_str()).collect();
    assert!(problems.contains(&"key-mismatch") && problems.contains(&"host"), "{json}");
    assert_eq!((json["ok"].as_bool(), json["certificates"][0]["commonName"].as_str()), (Some(false), Some("server")));
}
