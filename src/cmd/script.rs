//! The text form of compares and operations: `mod("key") > "0"`, `put key "a value"`.

use super::{
    Personality, del,
    error::{CliError, Kind},
    flags, get,
    gotext::{parse_int, unquote},
    put,
};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use quorate_proto::etcdserverpb::{
    Compare, RequestOp,
    compare::{CompareResult, CompareTarget, TargetUnion},
    request_op::Request,
};
use std::{ffi::OsString, os::unix::ffi::OsStringExt};

#[derive(Parser)]
#[command(name = "txn", disable_help_subcommand = true)]
struct Operation {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Put(put::Args),
    Get(get::Args),
    Del(del::Args),
}

/// Reads a compare.
///
/// # Errors
/// A line that is none: exit code 3. For etcdctl an unknown operator and a compare of leases end with code 2, because there
/// the program crashes on them; `quorate txn` compares leases, given in hexadecimal.
pub fn compare(line: &str, personality: Personality) -> Result<Compare, CliError> {
    let malformed = || CliError::new(Kind::InvalidInput, format!("malformed comparison: {line}"));
    let (target, rest) = line.split_once('(').ok_or_else(malformed)?;
    let (key, rest) = unquote(rest).ok_or_else(malformed)?;
    let rest = rest.strip_prefix(')').filter(|rest| rest.starts_with(' ')).ok_or_else(malformed)?.trim_start();
    let (operator, rest) = rest.split_once(char::is_whitespace).ok_or_else(malformed)?;
    let (value, _) = unquote(rest.trim_start()).ok_or_else(malformed)?;

    let number = |base| {
        let text = String::from_utf8_lossy(&value);
        parse_int(&text, base).map_err(|error| {
            CliError::new(Kind::InvalidInput, format!("invalid txn compare request: {line}")).hint(error.to_string())
        })
    };
    let (target, union) = match target {
        "ver" | "version" => (CompareTarget::Version, TargetUnion::Version(number(10)?)),
        "c" | "create" => (CompareTarget::Create, TargetUnion::CreateRevision(number(10)?)),
        "m" | "mod" => (CompareTarget::Mod, TargetUnion::ModRevision(number(10)?)),
        "val" | "value" => (CompareTarget::Value, TargetUnion::Value(value.into())),
        "lease" if personality == Personality::Quorate => (CompareTarget::Lease, TargetUnion::Lease(number(16)?)),
        "lease" => {
            let error = CliError::new(Kind::Connection, format!("etcdctl cannot compare leases: {line}"));
            return Err(error.hint("Use quorate txn, with the lease in hexadecimal"));
        }
        _ => return Err(malformed().hint(format!("Unknown target {target}: use create, mod, version, value or lease"))),
    };
    let result = match operator {
        "=" => CompareResult::Equal,
        "!=" => CompareResult::NotEqual,
        ">" => CompareResult::Greater,
        "<" => CompareResult::Less,
        _ => {
            let kind = if personality == Personality::Etcdctl { Kind::Connection } else { Kind::InvalidInput };
            return Err(CliError::new(kind, format!("unknown operator {operator} in: {line}")).hint("Use =, !=, > or <"));
        }
    };
    Ok(Compare {
        result: result.into(),
        target: target.into(),
        key: key.into(),
        target_union: Some(union),
        range_end: Default::default(),
    })
}

/// Reads an operation: a `put`, `get` or `del` command with its flags.
///
/// # Errors
/// A line that is none: exit code 3; wrong arguments of a command: as that command.
pub fn operation(line: &str) -> Result<RequestOp, CliError> {
    let invalid = || CliError::new(Kind::InvalidInput, format!("invalid txn request: {line}"));
    let words = words(line)?;
    if words.len() < 2 {
        return Err(invalid().hint("Write put, get or del with its arguments"));
    }
    let mut root = Operation::command();
    root.build();
    let read = flags::read(&root, Personality::Quorate, &words).map_err(|error| invalid().hint(error.to_string()))?;
    let command = flags::command_at(&root, &read.path);
    if command.has_subcommands() {
        return Err(invalid());
    }
    let operation = root
        .clone()
        .try_get_matches_from(read.canonical("txn", command))
        .and_then(|matches| Operation::from_arg_matches(&matches))
        .map_err(|error| invalid().hint(flags::refusal(&error).to_string()))?;
    let request = match operation.verb {
        // Standard input holds the transaction, so no value comes from there.
        Verb::Put(args) => Request::RequestPut(args.request(|| Ok(Vec::new()))?),
        Verb::Get(args) => Request::RequestRange(args.request()?),
        Verb::Del(args) => Request::RequestDeleteRange(args.request()?),
    };
    Ok(RequestOp { request: Some(request) })
}

/// Splits a line into words: by white space, except inside `"…"`, which may have escapes, and `'…'`, which may not. Quotes
/// count at the start of a word only.
///
/// # Errors
/// A double-quoted word with a wrong escape: exit code 3.
pub fn words(line: &str) -> Result<Vec<OsString>, CliError> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        let (word, tail) = match first {
            '"' if closes(rest) => {
                let text = format!("invalid quoted string in: {line}");
                unquote(rest).ok_or_else(|| CliError::new(Kind::InvalidInput, text))?
            }
            '\'' if rest[1..].contains('\'') => {
                let (word, tail) = rest[1..].split_once('\'').expect("a closing quote was found");
                (word.into(), tail)
            }
            // A quote that nothing closes is dropped.
            '"' | '\'' => {
                rest = rest[1..].trim_start();
                continue;
            }
            _ => {
                let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
                (rest[..end].into(), &rest[end..])
            }
        };
        words.push(OsString::from_vec(word));
        rest = tail.trim_start();
    }
    Ok(words)
}

/// Whether the double quote at the start of `text` has its counterpart.
fn closes(text: &str) -> bool {
    let mut escaped = false;
    text[1..].chars().any(|c| {
        let closing = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        closing
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_proto::etcdserverpb::{DeleteRangeRequest, PutRequest, RangeRequest};

    fn refused<T: std::fmt::Debug>(result: Result<T, CliError>) -> (Kind, String) {
        let error = result.unwrap_err();
        (error.kind(), error.to_string())
    }

    #[test]
    fn compares_have_a_target_an_operator_and_a_value() {
        let cases = [
            (r#"mod("t") > "5""#, CompareTarget::Mod, CompareResult::Greater, TargetUnion::ModRevision(5)),
            (r#"m("t") < "5""#, CompareTarget::Mod, CompareResult::Less, TargetUnion::ModRevision(5)),
            (r#"create("t") = "0""#, CompareTarget::Create, CompareResult::Equal, TargetUnion::CreateRevision(0)),
            (r#"ver("t") != "2""#, CompareTarget::Version, CompareResult::NotEqual, TargetUnion::Version(2)),
            (r#"val("t")  =  "a\x00b""#, CompareTarget::Value, CompareResult::Equal, TargetUnion::Value("a\0b".into())),
        ];
        for (line, target, result, union) in cases {
            let compare = compare(line, Personality::Etcdctl).unwrap();
            assert_eq!((compare.target(), compare.result()), (target, result), "{line}");
            assert_eq!((compare.key.as_ref(), compare.target_union), (b"t".as_slice(), Some(union)), "{line}");
        }
    }

    #[test]
    fn lines_that_are_no_compare_are_refused() {
        let of = |line| refused(compare(line, Personality::Etcdctl));
        assert_eq!(of("nonsense"), (Kind::InvalidInput, "malformed comparison: nonsense".to_owned()));
        assert_eq!(of(r#"mod(t) > "0""#).0, Kind::InvalidInput);
        assert_eq!(of(r#"mod("t") > 0"#).0, Kind::InvalidInput);
        assert_eq!(of(r#"mod("t")> "0""#).0, Kind::InvalidInput);
        assert_eq!(of(r#"age("t") > "0""#).0, Kind::InvalidInput);
        let text = r#"invalid txn compare request: mod("t") > "x""#;
        assert_eq!(of(r#"mod("t") > "x""#), (Kind::InvalidInput, text.to_owned()));
    }

    #[test]
    fn what_crashes_etcdctl_ends_with_its_exit_code_there_and_is_handled_here() {
        let (lease, operator) = (r#"lease("t") = "1f""#, r#"mod("t") ~ "0""#);
        assert_eq!(refused(compare(lease, Personality::Etcdctl)).0, Kind::Connection);
        assert_eq!(refused(compare(operator, Personality::Etcdctl)).0, Kind::Connection);
        assert_eq!(compare(lease, Personality::Quorate).unwrap().target_union, Some(TargetUnion::Lease(31)));
        assert_eq!(refused(compare(operator, Personality::Quorate)).0, Kind::InvalidInput);
    }

    #[test]
    fn operations_are_the_commands_with_their_flags() {
        let of = |line| operation(line).unwrap().request.unwrap();
        let put = PutRequest { key: "t".into(), value: "a b".into(), prev_kv: true, ..Default::default() };
        assert_eq!(of(r#"put t "a b" --prev-kv"#), Request::RequestPut(put));
        let get = RangeRequest { key: "t".into(), range_end: "u".into(), limit: 2, ..Default::default() };
        assert_eq!(of("get t --prefix --limit=2"), Request::RequestRange(get));
        let del = DeleteRangeRequest { key: "a".into(), range_end: "b".into(), prev_kv: false };
        assert_eq!(of("del 'a' b"), Request::RequestDeleteRange(del));
    }

    #[test]
    fn lines_that_are_no_operation_are_refused() {
        let text = "invalid txn request: frobnicate t".to_owned();
        assert_eq!(refused(operation("frobnicate t")), (Kind::InvalidInput, text));
        assert_eq!(refused(operation("put t 1 --nosuch")).0, Kind::InvalidInput);
        assert_eq!(refused(operation("get")).0, Kind::InvalidInput);
        assert_eq!(refused(operation("del a b c")).0, Kind::BadArgs);
        assert_eq!(refused(operation("put a")).0, Kind::BadArgs);
    }

    #[test]
    fn words_are_split_outside_quotes() {
        let of = |line| words(line).unwrap().into_iter().map(|word| word.into_string().unwrap()).collect::<Vec<_>>();
        assert_eq!(of(r#"  put a "b \"c\"\n" 'd "e' f"#), ["put", "a", "b \"c\"\n", "d \"e", "f"]);
        assert_eq!(of(r#"a"b c"#), ["a\"b", "c"]);
        assert_eq!(of(r#"put "a"#), ["put", "a"]);
        assert_eq!(refused(words(r#"put "\q""#)).0, Kind::InvalidInput);
    }

    #[test]
    fn whatever_is_typed_as_a_script_is_read_or_refused() {
        let good = [
            r#"mod("key \x01") > "0""#,
            r#"put "a b" 'c d' --lease=12 --prev-kv"#,
            r#"val("k") = "v""#,
            "get --prefix --limit 3 k",
            "del k --from-key",
            r#"lease("k") != "3f""#,
        ];
        crate::mangle::survives_text(&good, |text| {
            _ = (words(text), operation(text));
            for personality in [Personality::Quorate, Personality::Etcdctl] {
                _ = compare(text, personality);
            }
        });
    }
}
