//! The configuration file: YAML, or JSON, which is YAML too. With one, the command line and the environment count for nothing.
//!
//! Keys are the flags' names, some below a heading such as `client-transport-security`. Durations are nanoseconds as in etcd,
//! or texts as on the command line. Keys that no flag has are warned about and ignored, so that old files keep working.

use std::path::Path;

use serde_norway::Value as Yaml;

use super::{
    config::ConfigError,
    flag::{FileKey, Flag, Kind, Value},
    settings::{Settings, Source},
    table,
};

/// Longest configuration file that is read, in bytes. Real ones have a few thousand.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Reads the file into fresh settings; answers warnings to be logged.
///
/// # Errors
/// [`ConfigError::File`] when it can't be read or is no mapping; [`ConfigError::FileValue`] for a value of the wrong kind.
pub fn read(path: &Path) -> Result<(Settings, Vec<String>), ConfigError> {
    let failed = |why: String| ConfigError::File { path: path.to_owned(), why };
    let length = std::fs::metadata(path).map_err(|error| failed(error.to_string()))?.len();
    if length > FILE_BYTES_MAX {
        return Err(failed(format!("it has {length} bytes, and a configuration file at most {FILE_BYTES_MAX}")));
    }
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    parse(&text).map_err(|problem| match problem {
        Problem::Syntax(why) => failed(why),
        Problem::Value { key, expected } => ConfigError::FileValue { path: path.to_owned(), key, expected },
    })
}

#[derive(Debug, PartialEq, Eq)]
enum Problem {
    Syntax(String),
    Value { key: String, expected: String },
}

fn parse(text: &str) -> Result<(Settings, Vec<String>), Problem> {
    let root: Yaml = serde_norway::from_str(text).map_err(|error| Problem::Syntax(error.to_string()))?;
    let mut settings = Settings::default();
    if root.is_null() {
        return Ok((settings, Vec::new()));
    }
    if !root.is_mapping() {
        return Err(Problem::Syntax("expected a mapping of keys to values".to_owned()));
    }
    for flag in table::shown() {
        let found = match flag.file_key {
            FileKey::Same => look_up(&root, &[flag.name]),
            FileKey::Path(path) => look_up(&root, path),
            FileKey::Absent => None,
        };
        if let Some(found) = found.filter(|value| !value.is_null()) {
            let value = convert(flag, found).map_err(|expected| Problem::Value { key: key_of(flag), expected })?;
            settings.set(flag, value, Source::File);
        }
    }
    let mut warnings = Vec::new();
    warn_of_unknown(&root, &mut Vec::new(), &mut warnings);
    Ok((settings, warnings))
}

/// Keys are compared without regard to case, as etcd's reader does.
fn look_up<'a>(root: &'a Yaml, path: &[&str]) -> Option<&'a Yaml> {
    path.iter().try_fold(root, |node, key| {
        let found = node.as_mapping()?.iter().find(|(name, _)| name.as_str().is_some_and(|name| name.eq_ignore_ascii_case(key)));
        found.map(|(_, value)| value)
    })
}

fn convert(flag: &Flag, yaml: &Yaml) -> Result<Value, String> {
    if let (Kind::Duration, Some(nanos)) = (flag.kind, yaml.as_i64()) {
        return Ok(Value::Duration(nanos));
    }
    let text = match (flag.kind, yaml) {
        (Kind::Urls | Kind::List, Yaml::Sequence(items)) => {
            items.iter().map(scalar).collect::<Option<Vec<_>>>().map(|items| items.join(","))
        }
        (Kind::Text, Yaml::Mapping(pairs)) => {
            let pairs = pairs.iter().map(|(key, value)| Some(format!("{}={}", scalar(key)?, scalar(value)?)));
            pairs.collect::<Option<Vec<_>>>().map(|pairs| pairs.join(","))
        }
        _ => scalar(yaml),
    };
    let text = text.ok_or_else(|| "expected a single value".to_owned())?;
    flag.kind.parse(&text).map_err(|expected| format!("{expected}, found \"{text}\""))
}

fn scalar(yaml: &Yaml) -> Option<String> {
    match yaml {
        Yaml::Bool(value) => Some(value.to_string()),
        Yaml::Number(value) => Some(value.to_string()),
        Yaml::String(value) => Some(value.clone()),
        Yaml::Null => Some(String::new()),
        _ => None,
    }
}

fn key_of(flag: &Flag) -> String {
    match flag.file_key {
        FileKey::Path(path) => path.join("."),
        _ => flag.name.to_owned(),
    }
}

fn warn_of_unknown(node: &Yaml, path: &mut Vec<String>, warnings: &mut Vec<String>) {
    let Some(mapping) = node.as_mapping() else { return };
    for (key, value) in mapping {
        let Some(key) = key.as_str() else {
            warnings.push("a key of the configuration file that is not a text is ignored".to_owned());
            continue;
        };
        path.push(key.to_ascii_lowercase());
        let known = |exactly: bool| {
            table::shown().any(|flag| match flag.file_key {
                FileKey::Same => path.len() == 1 && flag.name == path[0],
                FileKey::Path(keys) => {
                    keys.len() >= path.len()
                        && (!exactly || keys.len() == path.len())
                        && keys.iter().zip(&*path).all(|(a, b)| a == b)
                }
                FileKey::Absent => false,
            })
        };
        if !known(false) {
            warnings.push(format!("unknown key {} of the configuration file is ignored", path.join(".")));
        } else if !known(true) {
            warn_of_unknown(value, path, warnings);
        }
        path.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_the_flags_names_some_below_a_heading() {
        let text = r"
name: infra0
data-dir: /var/lib/a,b
election-timeout: 2000
listen-client-urls: http://10.0.0.1:2379,http://127.0.0.1:2379
log-outputs: [stderr, /var/log/x]
socket-options:
  reuse-port: true
client-transport-security:
  cert-file: /c
  allowed-cn: [alice, bob]
grpc-keepalive-interval: 5000000000
grpc-keepalive-timeout: 7s
auto-compaction-retention: 5
feature-gates: {LeaseCheckpoint: true}
";
        let (settings, warnings) = parse(text).unwrap();
        assert!(warnings.is_empty(), "{warnings:?}");
        assert_eq!(settings.text("name"), "infra0");
        assert_eq!(settings.text("data-dir"), "/var/lib/a,b");
        assert_eq!(settings.number("election-timeout"), 2000);
        assert_eq!(settings.list("listen-client-urls"), ["http://10.0.0.1:2379", "http://127.0.0.1:2379"]);
        assert_eq!(settings.list("log-outputs"), ["stderr", "/var/log/x"]);
        assert!(settings.bool("socket-reuse-port"));
        assert_eq!(settings.text("cert-file"), "/c");
        assert_eq!(settings.list("client-cert-allowed-cn"), ["alice", "bob"]);
        assert_eq!(settings.duration("grpc-keepalive-interval"), 5_000_000_000);
        assert_eq!(settings.duration("grpc-keepalive-timeout"), 7_000_000_000);
        assert_eq!(settings.text("auto-compaction-retention"), "5");
        assert_eq!(settings.text("feature-gates"), "LeaseCheckpoint=true");
    }

    #[test]
    fn every_flag_that_has_a_key_takes_its_default_there() {
        for flag in table::shown().filter(|flag| flag.file_key != FileKey::Absent) {
            let keys: Vec<String> = key_of(flag).split('.').map(str::to_owned).collect();
            let value = match flag.kind {
                Kind::Bool | Kind::Number { .. } => flag.default.to_owned(),
                Kind::Duration => match flag.default_value() {
                    Value::Duration(nanos) => nanos.to_string(),
                    other => unreachable!("{other:?}"),
                },
                _ => format!("'{}'", flag.default),
            };
            let mut text = String::new();
            for (depth, key) in keys.iter().enumerate() {
                text.extend(["  ".repeat(depth).as_str(), key, ":\n"]);
            }
            let text = format!("{} {value}\n", text.trim_end());
            let (settings, warnings) = parse(&text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
            assert_eq!(
                settings.given().map(|(flag, value, _)| (flag.name, value.clone())).collect::<Vec<_>>(),
                [(flag.name, flag.default_value())]
            );
            assert!(warnings.is_empty(), "{warnings:?}");
        }
    }

    #[test]
    fn json_is_read_too() {
        assert_eq!(parse(r#"{"name": "a", "pre-vote": false}"#).unwrap().0.text("name"), "a");
    }

    #[test]
    fn an_empty_file_and_an_empty_key_leave_the_default() {
        assert_eq!(parse("").unwrap().0.given().count(), 0);
        assert_eq!(parse("# nothing\n").unwrap().0.given().count(), 0);
        assert_eq!(parse("wal-dir:\nname:\n").unwrap().0.given().count(), 0);
    }

    #[test]
    fn obsolete_keys_are_warned_about() {
        let (_, warnings) = parse("proxy: 'off'\nclient-transport-security: {ca-file: x}\n").unwrap();
        assert_eq!(
            warnings,
            [
                "unknown key proxy of the configuration file is ignored",
                "unknown key client-transport-security.ca-file of the configuration file is ignored"
            ]
        );
    }

    #[test]
    fn a_value_of_the_wrong_kind_names_its_key() {
        let error = parse("socket-options: {reuse-port: 7}").unwrap_err();
        let expected = "expected true or false, found \"7\"".to_owned();
        assert_eq!(error, Problem::Value { key: "socket-options.reuse-port".to_owned(), expected });
        assert!(matches!(parse("- a\n- b\n"), Err(Problem::Syntax(_))));
        assert!(matches!(parse("a: [1\n"), Err(Problem::Syntax(_))));
        assert!(matches!(parse("name: {a: [1]}"), Err(Problem::Value { .. })));
    }

    #[test]
    fn whatever_a_configuration_file_says_is_read_or_refused() {
        let good = [
            "name: m1\nlisten-client-urls: http://localhost:2379\nquota-backend-bytes: 8589934592\n",
            "client-transport-security:\n  cert-file: a\n  client-cert-auth: true\nlogger: zap\n",
            "a: &a [*a, {b: !!binary aGVsbG8=}]\n? x\n: - y\n",
            "auto-compaction-retention: \"1h\"\nlog-outputs: [stderr, \"x\"]\nelection-timeout: 1000\n",
        ];
        crate::mangle::survives_text(&good, |text| _ = parse(text));
    }
}
