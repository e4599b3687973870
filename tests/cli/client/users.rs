//! Users on the command line: passwords that are piped in, and who counts when several are named. Texts, codes and the order of prompts are
//! those of etcdctl.

use std::process::Stdio;

use tokio::{io::AsyncWriteExt, process::Command, time::timeout};

use super::{WITHIN, etcdctl, stdout};
use crate::common::Cluster;

/// Exit code, standard output and standard error of a command that reads `input`.
async fn fed(command: &mut Command, input: &str) -> (Option<i32>, String, String) {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command starts");
    let mut stdin = child.stdin.take().expect("its input is a pipe");
    // A command that does not read it all may be gone.
    let _ = stdin.write_all(input.as_bytes()).await;
    drop(stdin);
    let output = timeout(WITHIN, child.wait_with_output()).await.expect("it ends in time").expect("it can be waited for");
    let text = |bytes| String::from_utf8(bytes).expect("the output is text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn says(code: i32, stdout: &str, stderr: &str) -> (Option<i32>, String, String) {
    (Some(code), stdout.to_owned(), stderr.to_owned())
}

#[tokio::test]
async fn passwords_can_be_piped_and_are_asked_for_in_the_order_of_etcdctl() {
    let cluster = Cluster::start(1, &["--bcrypt-cost=4"]).await;
    let endpoints = cluster.endpoints();
    let new = "Password of ann: \nType password of ann again for confirmation: \n";
    let run = async |args: &[&str], input: &str| fed(&mut etcdctl(&endpoints, args), input).await;
    assert_eq!(run(&["user", "add", "ann"], "one\none\n").await, says(0, &format!("{new}User ann created\n"), ""));
    let different = run(&["user", "passwd", "ann"], "one\ntwo\n").await;
    assert_eq!(different, says(128, new, "Error: given passwords are different\n"));
    assert_eq!(run(&["user", "add", "eve"], "").await, says(128, "Password of eve: \n", "Error: empty password\n"));
    assert_eq!(run(&["user", "add", "eve", "--interactive=false"], "word more\n").await, says(0, "User eve created\n", ""));
    // Without a password the name is a name, whatever is in it.
    assert_eq!(run(&["user", "add", "a:b", "--no-password"], "").await, says(0, "User a:b created\n", ""));
    assert_eq!(run(&["user", "add", ":b"], "").await, says(128, "", "Error: empty user name is not allowed\n"));

    for args in
        [&["user", "add", "root:x"][..], &["role", "add", "root"], &["user", "grant-role", "root", "root"], &["auth", "enable"]]
    {
        stdout(&mut etcdctl(&endpoints, args)).await;
    }
    // The new password comes first, then that of whoever asks.
    let changed = run(&["--user=root", "user", "passwd", "ann"], "two\ntwo\nx\n").await;
    assert_eq!(changed, says(0, &format!("{new}Password: \nPassword updated\n"), ""));
    assert_eq!(run(&["--user=ann", "get", "k"], "two\n").await.2, "Error: etcdserver: permission denied\n");
    // What makes no sense is said before anything is asked.
    let nonsense = run(&["--user=root", "role", "grant-permission", "r", "reed", "k"], "").await;
    assert_eq!(nonsense, says(128, "", "Error: invalid permission type: reed\n"));
}

#[tokio::test]
async fn a_token_counts_before_a_user_and_nobody_logs_in_without_name_or_password() {
    let cluster = Cluster::start(1, &["--bcrypt-cost=4"]).await;
    let endpoints = cluster.endpoints();
    for args in
        [&["user", "add", "root:x"][..], &["role", "add", "root"], &["user", "grant-role", "root", "root"], &["auth", "enable"]]
    {
        stdout(&mut etcdctl(&endpoints, args)).await;
    }
    let run = async |args: &[&str]| fed(&mut etcdctl(&endpoints, args), "").await;
    let invalid = says(1, "", "Error: etcdserver: invalid auth token\n");
    assert_eq!(run(&["--user=root:x", "--auth-jwt-token=none", "get", "k"]).await, invalid);
    assert_eq!(run(&["--user=root:x", "put", "k", "v"]).await, says(0, "OK\n", ""));
    let nobody = says(1, "", "Error: etcdserver: user name is empty\n");
    assert_eq!(run(&["--user=root:", "get", "k"]).await, nobody);
    assert_eq!(run(&["--user=:x", "get", "k"]).await, nobody);
}

#[tokio::test]
async fn what_is_revoked_is_named_as_it_was_typed_and_words_too_many_do_no_harm() {
    let cluster = Cluster::single().await;
    let endpoints = cluster.endpoints();
    let run = async |args: &[&str]| fed(&mut etcdctl(&endpoints, args), "").await;
    stdout(&mut etcdctl(&endpoints, &["role", "add", "r"])).await;
    let updated = says(0, "Role r updated\n", "");
    assert_eq!(run(&["role", "grant-permission", "r", "read", "a", "c", "more"]).await, updated);
    assert_eq!(run(&["role", "grant-permission", "r", "read", ""]).await, updated);
    assert_eq!(run(&["role", "grant-permission", "r", "read", "--prefix", ""]).await, updated);
    let revoke = async |args: &[&str]| run(&[&["role", "revoke-permission", "r"], args].concat()).await;
    assert_eq!(revoke(&["a", "c", "more"]).await, says(0, "Permission of range [a, c) is revoked from role r\n", ""));
    assert_eq!(revoke(&[""]).await, says(0, "Permission of key  is revoked from role r\n", ""));
    assert_eq!(revoke(&["--prefix", ""]).await, says(0, "Permission of range [, <open ended> is revoked from role r\n", ""));
}
