//! Keys and ranges as the command line names them.

use super::error::CliError;
use bytes::Bytes;
use std::{
    ffi::{OsStr, OsString},
    os::unix::ffi::{OsStrExt, OsStringExt},
};

/// An argument as the bytes it is made of: keys and values need not be UTF-8.
pub fn bytes(arg: OsString) -> Bytes {
    arg.into_vec().into()
}

/// An argument that must be text, such as a number; other bytes are replaced, and then refused by whoever reads it.
pub fn text(arg: &OsStr) -> String {
    String::from_utf8_lossy(arg.as_bytes()).into_owned()
}

/// The key and range end that `<key> [range_end]` with `--prefix` or `--from-key` stands for. `needs` is the command's text
/// for a missing key; arguments beyond `args_max` are refused with it, too.
///
/// # Errors
/// Arguments or flags that contradict each other: exit code 128.
pub fn range(
    args: Vec<OsString>,
    args_max: usize,
    prefix: bool,
    from_key: bool,
    needs: &str,
) -> Result<(Bytes, Bytes), CliError> {
    let count = args.len();
    let mut args = args.into_iter().map(bytes);
    let Some(key) = args.next().filter(|_| count <= args_max) else { return Err(CliError::bad_args(needs)) };
    if prefix && from_key {
        return Err(CliError::bad_args("`--prefix` and `--from-key` cannot be set at the same time, choose one"));
    }
    match args.next() {
        Some(_) if prefix || from_key => {
            Err(CliError::bad_args("too many arguments, only accept one argument when `--prefix` or `--from-key` is set"))
        }
        Some(end) => Ok((key, end)),
        None => Ok(open_range(key, prefix, from_key)),
    }
}

/// One key, the keys that begin with it, or all keys from it on.
pub fn open_range(key: Bytes, prefix: bool, from_key: bool) -> (Bytes, Bytes) {
    let every = Bytes::from_static(&[0]);
    match (prefix, from_key) {
        (true, _) | (_, true) if key.is_empty() => (every.clone(), every),
        (true, _) => (key.clone(), prefix_end(&key)),
        (_, true) => (key, every),
        (false, false) => (key, Bytes::new()),
    }
}

/// The first key after all that begin with `prefix`; a single zero byte, which means no end, when there is none.
pub fn prefix_end(prefix: &[u8]) -> Bytes {
    match prefix.iter().rposition(|byte| *byte < 0xff) {
        Some(at) => {
            let mut end = prefix[..=at].to_vec();
            end[at] += 1;
            end.into()
        }
        None => Bytes::from_static(&[0]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(words: &[&str], prefix: bool, from_key: bool) -> Result<(Bytes, Bytes), String> {
        range(words.iter().map(Into::into).collect(), 2, prefix, from_key, "needs a key").map_err(|error| error.to_string())
    }

    #[test]
    fn ranges_follow_the_flags() {
        let pair = |key: &'static str, end: &'static str| Ok((Bytes::from(key), Bytes::from(end)));
        assert_eq!(of(&["a"], false, false), pair("a", ""));
        assert_eq!(of(&["a", "c"], false, false), pair("a", "c"));
        assert_eq!(of(&["a/"], true, false), pair("a/", "a0"));
        assert_eq!(of(&["a"], false, true), pair("a", "\0"));
        assert_eq!(of(&[""], true, false), pair("\0", "\0"));
        assert_eq!(of(&[""], false, true), pair("\0", "\0"));
    }

    #[test]
    fn contradictions_are_refused() {
        assert_eq!(of(&[], false, false).unwrap_err(), "needs a key");
        assert_eq!(of(&["a", "b", "c"], false, false).unwrap_err(), "needs a key");
        assert!(of(&["a"], true, true).unwrap_err().contains("choose one"));
        assert!(of(&["a", "b"], true, false).unwrap_err().starts_with("too many arguments"));
    }

    #[test]
    fn a_prefix_of_highest_bytes_has_no_end() {
        assert_eq!(prefix_end(b"a\xff"), Bytes::from("b"));
        assert_eq!(prefix_end(b"\xff\xff"), Bytes::from_static(&[0]));
    }
}
