//! Members that talk to each other over TLS.

use std::time::Duration;

use super::{Kit, Leaf};
use crate::common::{Cluster, ServerCommand, put, range_all, wait_until};

const SOON: Duration = Duration::from_secs(30);

/// Three members whose peer URLs have TLS; member `odd` shows this certificate instead.
fn prepare(kit: &Kit, odd: Option<(usize, &str)>, more: &[&str]) -> Cluster {
    let mut cluster = Cluster::prepare(&ServerCommand::under_test(), 3, &[]);
    let url = |member: &crate::common::Member| member.peer_url().replace("http://", "https://");
    let initial: Vec<String> = cluster.members.iter().map(|member| format!("{}={}", member.name, url(member))).collect();
    for (at, member) in cluster.members.iter_mut().enumerate() {
        let name = odd.filter(|(place, _)| *place == at).map_or("member", |(_, name)| name);
        let own = url(member);
        member.belong(&initial.join(","), "new");
        let mut flags = vec![
            format!("--listen-peer-urls={own}"),
            format!("--initial-advertise-peer-urls={own}"),
            format!("--peer-cert-file={}", kit.text(&format!("{name}.pem"))),
            format!("--peer-key-file={}", kit.text(&format!("{name}.key"))),
            format!("--peer-trusted-ca-file={}", kit.text("ca.pem")),
            format!("--peer-crl-file={}", kit.text("crl.pem")),
            "--peer-client-cert-auth".to_owned(),
        ];
        flags.extend(more.iter().map(|&flag| flag.to_owned()));
        member.add_flags(&flags.iter().map(String::as_str).collect::<Vec<_>>());
        member.start();
    }
    cluster
}

#[tokio::test]
async fn three_members_replicate_over_mutual_tls_and_take_new_certificates_while_they_run() {
    let kit = Kit::new();
    let mut cluster = prepare(&kit, None, &["--peer-cert-allowed-cn=member"]);
    cluster.all_ready().await.unwrap_or_else(|text| panic!("{text}"));
    let mut clients = cluster.clients().await;
    put(&mut clients, "a", "1").await;

    // A new certificate for all, by a new authority; links are made again when a member is restarted.
    let next = super::Authority::new("next");
    kit.files().write("crl.pem", &format!("{}{}", kit.authority.revoke(&[]), next.revoke(&[])));
    kit.files().write("ca.pem", &format!("{}{}", kit.authority.pem, next.pem));
    kit.files().put("member", &next.issue(&Leaf { common_name: "member", serial: 33, ..Leaf::default() }));
    wait_until(SOON, "all members use the new files", async || {
        cluster.members.iter().all(|member| member.log_text().contains("new TLS files are in use"))
    })
    .await;
    let follower = (cluster.leader().await + 1) % 3;
    assert!(cluster.members[follower].terminate(SOON).await.success());
    cluster.members[follower].restart().await;
    put(&mut cluster.clients().await, "b", "2").await;
    for member in &cluster.members {
        let mut clients = crate::common::Clients::to(&member.endpoint()).await;
        wait_until(SOON, "every member has both keys", async || {
            range_all(&mut clients).await.is_ok_and(|answer| answer.kvs.len() == 2)
        })
        .await;
    }
}

#[tokio::test]
async fn a_member_whose_certificate_is_not_allowed_stays_out() {
    let cases: [(&str, Leaf<'_>, &[&str], &str); 3] = [
        (
            "another common name",
            Leaf { common_name: "intruder", serial: 9, ..Leaf::default() },
            &["--peer-cert-allowed-cn=member"],
            "its common name \\\"intruder\\\" is not among the allowed ones, member",
        ),
        (
            "names that lead elsewhere",
            Leaf { common_name: "member", names: &["192.0.2.1"], serial: 9, ..Leaf::default() },
            &[],
            "tls: 127.0.0.1 does not match the names in its certificate",
        ),
        ("a revoked one", Leaf { common_name: "member", serial: 66, ..Leaf::default() }, &[], "certificate serial 42 revoked"),
    ];
    for (what, leaf, flags, reason) in cases {
        let kit = Kit::new();
        kit.files().write("crl.pem", &kit.authority.revoke(&[66]));
        kit.put("odd", &leaf);
        let mut cluster = prepare(&kit, Some((2, "odd")), flags);
        // The other two are a quorum.
        for member in &mut cluster.members[..2] {
            member.ready().await.unwrap_or_else(|text| panic!("{text}"));
        }
        wait_until(SOON, what, async || {
            let is_line = |line: &str| line.contains("rejected connection on peer endpoint") && line.contains(reason);
            cluster.members[0].log_text().lines().any(is_line)
        })
        .await;
        assert!(!cluster.members[2].is_ready(), "{what}");
    }
}

#[tokio::test]
async fn members_with_certificates_of_their_own_making_find_each_other() {
    let mut cluster = Cluster::prepare(&ServerCommand::under_test(), 3, &[]);
    let url = |member: &crate::common::Member| member.peer_url().replace("http://", "https://");
    let initial: Vec<String> = cluster.members.iter().map(|member| format!("{}={}", member.name, url(member))).collect();
    for member in &mut cluster.members {
        let own = url(member);
        member.belong(&initial.join(","), "new");
        member.add_flags(&[
            "--peer-auto-tls",
            &format!("--listen-peer-urls={own}"),
            &format!("--initial-advertise-peer-urls={own}"),
        ]);
        member.start();
    }
    cluster.all_ready().await.unwrap_or_else(|text| panic!("{text}"));
    put(&mut cluster.clients().await, "a", "1").await;
}

#[tokio::test]
async fn members_find_each_other_through_a_discovery_service_with_tls() {
    let kit = Kit::new();
    let service = kit.serve(&[]).await;
    let endpoint = format!("https://{}", service.members[0].endpoint());
    let mut new = super::quorate(&["discovery", "new", "--size=2", "--token=blue"]);
    new.arg(format!("--endpoints={endpoint}")).args(kit.client_flags());
    super::stdout(&mut new).await;
    let flags = [
        "--discovery-token=blue".to_owned(),
        format!("--discovery-endpoints={endpoint}"),
        format!("--discovery-cacert={}", kit.text("ca.pem")),
        format!("--discovery-cert={}", kit.text("client.pem")),
        format!("--discovery-key={}", kit.text("client.key")),
    ];
    let mut cluster = Cluster::places(&ServerCommand::under_test(), 2, &flags.each_ref().map(String::as_str));
    for member in &mut cluster.members {
        member.start();
    }
    cluster.all_ready().await.unwrap_or_else(|text| panic!("{text}"));
    put(&mut cluster.clients().await, "a", "1").await;
}
