//! The curve P-521, of which others know more than we do: openssl and curl on the other side.

use std::process::Stdio;

use quorate::core::tls::{ClientTls, ClientTlsSettings, IdentityFiles, connect::Connector};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
};

use super::{Kit, is_installed, quorate, run, stdout};
use crate::common::free_ports;

/// An authority and two certificates on this curve, as openssl makes them, in the place of the kit's own.
async fn kit() -> Kit {
    let kit = Kit::new();
    let openssl = async |line: &str| {
        let output = run(Command::new("openssl").args(line.split(' ')).current_dir(kit.dir.path())).await;
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    };
    kit.files().write("names", "subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n");
    openssl("ecparam -name secp521r1 -genkey -out ca.key").await;
    openssl("req -x509 -key ca.key -out ca.pem -subj /CN=curve -days 9").await;
    for name in ["server", "client"] {
        openssl(&format!("ecparam -name secp521r1 -genkey -out {name}.key")).await;
        openssl(&format!("req -new -key {name}.key -out {name}.csr -subj /CN={name}")).await;
        let sign = "x509 -req -CA ca.pem -CAkey ca.key -CAcreateserial -days 9 -extfile names";
        openssl(&format!("{sign} -in {name}.csr -out {name}.pem")).await;
    }
    kit
}

#[tokio::test]
async fn openssl_and_curl_talk_to_a_server_on_p521() {
    if !is_installed("openssl") || !is_installed("curl") {
        return;
    }
    let kit = kit().await;
    // The kit's list of revoked certificates is by another authority.
    let cluster = kit.serve(&["--client-crl-file=".to_owned()]).await;
    let endpoint = cluster.members[0].endpoint();
    let target = format!("--endpoints=https://{endpoint}");
    assert_eq!(stdout(quorate(&["put", "a", "b", &target]).args(kit.client_flags())).await, "OK\n");
    for version in ["-tls1_2", "-tls1_3"] {
        let mut openssl = Command::new("openssl");
        openssl.args(["s_client", "-connect", &endpoint, version, "-verify_return_error", "-CAfile", &kit.text("ca.pem")]);
        openssl.args(["-cert", &kit.text("client.pem"), "-key", &kit.text("client.key")]);
        let said = stdout(&mut openssl).await;
        assert!(said.contains("Verify return code: 0 (ok)") && said.contains("ECDSA"), "{version}: {said}");
    }
    let mut curl = Command::new("curl");
    curl.args(["-sS", "--cacert", &kit.text("ca.pem"), "--cert", &kit.text("client.pem"), "--key", &kit.text("client.key")]);
    assert_eq!(stdout(curl.arg(format!("https://{endpoint}/health"))).await, r#"{"health":"true","reason":""}"#);
    let flag = |name: &str, file: &str| format!("--{name}={}", kit.text(file));
    let files = [flag("cert", "server.pem"), flag("key", "server.key"), flag("ca", "ca.pem")];
    let said = stdout(quorate(&["cert", "check", "--host=localhost", "--for=member"]).args(&files)).await;
    assert!(said.contains("certificate \"CN=server\""), "{said}");
}

#[tokio::test]
async fn openssl_as_a_server_on_p521_believes_a_client_on_p521() {
    if !is_installed("openssl") {
        return;
    }
    let kit = kit().await;
    let identity = IdentityFiles { cert: kit.path("client.pem"), key: kit.path("client.key") };
    let settings = ClientTlsSettings { identity: Some(identity), ca: Some(kit.path("ca.pem")), ..Default::default() };
    let tls = std::sync::Arc::new(ClientTls::new(&settings).unwrap());
    let port = free_ports(1)[0].to_string();
    // With TLS 1.2 a server looks for its certificate's curve among those that keys are exchanged on, which does not have this one.
    let mut server = Command::new("openssl");
    server.args(["s_server", "-accept", &port, "-tls1_3", "-naccept", "1", "-Verify", "2", "-verify_return_error"]);
    server.args(["-CAfile", &kit.text("ca.pem"), "-cert", &kit.text("server.pem"), "-key", &kit.text("server.key")]);
    // It ends when it has nothing more to say.
    let mut server =
        server.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true).spawn().unwrap();
    let mut said = BufReader::new(server.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("ACCEPT") {
        line.clear();
        assert!(tokio::time::timeout(super::WITHIN, said.read_line(&mut line)).await.unwrap().unwrap() > 0, "it ended");
    }
    let connector = Connector::new(&format!("https://127.0.0.1:{port}"), Some(&tls)).unwrap();
    // The client is done before the server has judged it: what the server says of the connection tells.
    let connection = connector.connect().await.unwrap();
    while !line.contains("subject=") {
        line.clear();
        assert!(
            tokio::time::timeout(super::WITHIN, said.read_line(&mut line)).await.unwrap().unwrap() > 0,
            "it refused the client"
        );
    }
    assert!(line.contains("client"), "{line}");
    drop(connection);
}
