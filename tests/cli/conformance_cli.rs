//! Command lines of etcdctl 3.7.1, recorded with their answers, replayed with this binary in etcdctl's place.
//!
//! Each line of `data/cli/etcdctl-3.7.1.jsonl` is one command line with the standard output and exit code to expect, and
//! whether anything went to standard error, run in order against one fresh member. ` <<< text` is standard input, `$L1` the
//! first lease that was granted. What differs from run to run is replaced on both sides: ids, addresses, durations, sizes,
//! raft positions.

use std::{
    ffi::OsString,
    path::Path,
    process::{Output, Stdio},
    sync::LazyLock,
    time::Duration,
};

use prost::Message;
use quorate_proto::etcdserverpb::RangeResponse;
use regex::Regex;
use serde::Deserialize;
use tokio::{io::AsyncWriteExt, process::Command, time::timeout};

use crate::common::Cluster;

const RECORDING: &str = include_str!("data/cli/etcdctl-3.7.1.jsonl");
/// No case takes longer than its own timeouts, of which the longest is a second.
const CASE_WITHIN: Duration = Duration::from_secs(20);

#[derive(Debug, Deserialize, PartialEq, Eq)]
struct Case {
    case: String,
    stdout: String,
    stderr: String,
    exit: i32,
}

#[tokio::test]
async fn etcdctl_answers_as_recorded() {
    let cluster = Cluster::single().await;
    let client = Path::new(env!("CARGO_BIN_EXE_quorate"));
    let differences = replay(client, &cluster.members[0].endpoint()).await;
    assert!(differences.is_empty(), "{} cases differ:\n{}", differences.len(), differences.join("\n"));
}

/// Runs every case with `client etcdctl` against a fresh member; what differs from the recording, a text for each case.
async fn replay(client: &Path, endpoint: &str) -> Vec<String> {
    let mut lease = None;
    let mut differences = Vec::new();
    for line in RECORDING.lines() {
        let case: Case = serde_json::from_str(line).expect("a recorded case is JSON");
        let output = run(client, endpoint, &case.case, lease.as_deref().unwrap_or("0")).await;
        let stdout = String::from_utf8_lossy(&output.stdout);
        if lease.is_none() {
            lease = GRANTED.captures(&stdout).map(|found| found[1].to_owned());
        }
        differences.extend(compare(&case, &output));
    }
    differences
}

fn compare(case: &Case, output: &Output) -> Option<String> {
    let stdout = if case.case.ends_with("-w protobuf") {
        let expected = RangeResponse::decode(&*unescape(&case.stdout)).expect("the recorded reply is a range");
        let same = RangeResponse::decode(&*output.stdout).is_ok_and(|reply| without_ids(reply) == without_ids(expected));
        if same { case.stdout.clone() } else { format!("{:?}", output.stdout) }
    } else {
        normal(&String::from_utf8_lossy(&output.stdout), &case.case)
    };
    let expected = normal(&case.stdout, &case.case);
    let exit = output.status.code();
    let stderr = String::from_utf8_lossy(&output.stderr);
    let mut lines = Vec::new();
    if stdout != expected && stdout != case.stdout {
        lines.push(format!("  stdout is       {stdout:?}\n  stdout expected {expected:?}"));
    }
    if exit != Some(case.exit) {
        lines.push(format!("  exit code is {exit:?}, expected {}", case.exit));
    }
    if stderr.is_empty() != case.stderr.is_empty() {
        lines.push(format!("  stderr is {stderr:?}, expected {:?}", case.stderr));
    }
    (!lines.is_empty()).then(|| format!("{}\n{}", case.case, lines.join("\n")))
}

/// Runs one command line, in an environment without variables that would configure the client.
async fn run(client: &Path, endpoint: &str, case: &str, lease: &str) -> Output {
    let (command, stdin) = case.split_once(" <<< ").unwrap_or((case, ""));
    let mut words = words(&command.replace("$L1", lease));
    if !words.iter().any(|word| word.starts_with("--endpoints")) {
        words.splice(0..0, ["--endpoints".to_owned(), endpoint.to_owned()]);
    }
    let configuring = |name: &OsString| name.to_string_lossy().starts_with("ETCD");
    let environment = std::env::vars_os().filter(|(name, _)| !configuring(name));
    let mut child = Command::new(client)
        .arg("etcdctl")
        .args(words)
        .env_clear()
        .envs(environment)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the client starts");
    let mut input = child.stdin.take().expect("its input is a pipe");
    // A client that does not read its input may be gone already.
    let _ = input.write_all(stdin.replace("\\n", "\n").as_bytes()).await;
    drop(input);
    let output = timeout(CASE_WITHIN, child.wait_with_output()).await;
    output.unwrap_or_else(|_| panic!("no end within {CASE_WITHIN:?}: {case}")).expect("its output can be read")
}

/// The words of a command line, by a shell's rules for quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in line.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

static GRANTED: LazyLock<Regex> = LazyLock::new(|| pattern("lease ([0-9a-f]{15,16}) granted"));
static HASH: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b\d{6,10}\b"));
static PORT: LazyLock<Regex> = LazyLock::new(|| pattern(r"127\.0\.0\.1:(\d+|PORT)"));
static PERCENT: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b\d+%"));
static POSITION: LazyLock<Regex> = LazyLock::new(|| pattern(r"(\b2( *[,│] *))\d+ *[,│] *\d+ *[,│] *"));
static RULES: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let numbers = "cluster_id|member_id|leader|ID|raftIndex|raftAppliedIndex|dbSize|dbSizeInUse|raft_term|raftTerm|ClusterID|\
                   MemberID|RaftIndex|RaftTerm|RaftAppliedIndex|DBSize|DBSizeInUse|Leader|hash|Hash";
    vec![
        (pattern(r"took = [0-9.]+[µmn]?s|[0-9.]+[µmn]s\b"), "DURATION"),
        (pattern(r#""took":"[^"]*""#), r#""took":"DURATION""#),
        (pattern(r"\b[0-9a-f]{15,16}\b"), "ID"),
        (pattern(r"\b\d{17,20}\b"), "ID"),
        (pattern(&format!(r#"("(?:{numbers})" ?: ?)-?\d+"#)), "${1}N"),
        (pattern(r"remaining\(\d+s\)"), "remaining(Ns)"),
        (pattern(r#"("ttl"|"TTL") ?: ?49\d\d"#), "${1}: N"),
        (pattern(r"\b\d+(\.\d+)? [kMG]?B\b"), "SIZE"),
    ]
});

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is well formed")
}

/// A text with everything replaced that may differ between two runs.
fn normal(text: &str, case: &str) -> String {
    let mut text = text.to_owned();
    if case.starts_with("endpoint hashkv") {
        // The hash covers a lease id that the server chose.
        text = HASH.replace_all(&text, "HASH").into_owned();
    }
    text = PORT
        .replace_all(
            &text,
            |found: &regex::Captures<'_>| if &found[1] == "1" { found[0].to_owned() } else { "127.0.0.1:PORT".into() },
        )
        .into_owned();
    for (rule, replacement) in &*RULES {
        text = rule.replace_all(&text, *replacement).into_owned();
    }
    if case.starts_with("endpoint status") {
        // Where the log stands and how full the file is depend on how they are written.
        text = PERCENT.replace_all(&text, "PERCENT").into_owned();
        text = POSITION.replace_all(&text, "${1}POSITION${2}POSITION${2}").into_owned();
    }
    if case.ends_with("-w table") {
        // Columns are as wide as what has been replaced in them.
        let line = text.split('─').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("─");
        text = line.split(' ').filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    }
    text
}

/// The bytes of a recorded text, in which those that are no UTF-8 are written as `\xNN`.
fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("\\x") {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        bytes.push(u8::from_str_radix(&rest[at + 2..at + 4], 16).expect("two hexadecimal digits"));
        rest = &rest[at + 4..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

fn without_ids(mut reply: RangeResponse) -> RangeResponse {
    if let Some(header) = &mut reply.header {
        (header.cluster_id, header.member_id, header.raft_term) = (0, 0, 0);
    }
    reply
}
