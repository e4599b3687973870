//! The walls of the source tree, read off its text: who may know whom, and a few habits.
//!
//! Each file is stripped of comments, literals and test code; what is left names other modules and crates in its paths, which are
//! resolved to where they lead. [`KNOWS`] says which part of core may name which, [`DOORS`] which crate may be named where. The
//! arrows of [`KNOWS`] have no circle, which is tested too. Not seen: paths that a macro puts together.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// A part of core, and the other parts that its code may name. Every part stands here.
const KNOWS: &[(&str, &[&str])] = &[
    ("limits", &[]),
    ("planted", &[]),
    ("verify", &[]),
    ("clock", &[]),
    ("key_range", &[]),
    ("revision", &[]),
    ("backend", &["revision"]),
    ("mvcc", &["backend", "key_range", "planted", "revision"]),
    ("lease", &["backend", "planted", "revision"]),
    ("alarm", &["backend"]),
    ("refusal", &["mvcc"]),
    ("auth", &["backend", "key_range", "lease", "planted", "refusal"]),
    ("membership", &["backend", "refusal"]),
    ("consensus", &["planted"]),
    (
        "apply",
        &["alarm", "auth", "backend", "consensus", "key_range", "lease", "membership", "mvcc", "planted", "refusal", "revision"],
    ),
    ("watch", &["key_range", "mvcc", "planted"]),
    ("wal", &["consensus"]),
    ("elliptic", &[]),
    ("file_changes", &[]),
    ("tls", &["clock", "elliptic", "file_changes"]),
    ("peer", &["clock", "limits", "tls"]),
    ("data_dir", &["backend"]),
    ("config", &["data_dir", "limits", "tls"]),
    ("recovery", &["alarm", "apply", "backend", "config", "consensus", "data_dir", "membership", "mvcc", "wal"]),
    ("discovery", &["clock", "config", "membership", "tls"]),
    (
        "server",
        &[
            "alarm",
            "apply",
            "auth",
            "backend",
            "clock",
            "config",
            "consensus",
            "data_dir",
            "elliptic",
            "file_changes",
            "lease",
            "limits",
            "membership",
            "mvcc",
            "peer",
            "planted",
            "refusal",
            "revision",
            "wal",
            "watch",
        ],
    ),
    (
        "rpc",
        &[
            "alarm",
            "apply",
            "auth",
            "backend",
            "clock",
            "config",
            "key_range",
            "lease",
            "limits",
            "membership",
            "mvcc",
            "peer",
            "planted",
            "refusal",
            "revision",
            "serve::Stop",
            "server",
            "tls",
            "watch",
        ],
    ),
    (
        "sim",
        &[
            "apply",
            "auth",
            "backend",
            "clock",
            "consensus",
            "limits",
            "membership",
            "mvcc",
            "peer",
            "recovery",
            "rpc",
            "server",
            "verify",
        ],
    ),
    (
        "serve",
        &[
            "apply",
            "backend",
            "clock",
            "config",
            "consensus",
            "data_dir",
            "discovery",
            "limits",
            "membership",
            "peer",
            "recovery",
            "rpc",
            "server",
            "tls",
            "wal",
        ],
    ),
];

/// What the client side may name of core: the doors to the server, to discovery and to recovery, constants, and what a member's URL is.
const CMD_KNOWS: &[&str] = &[
    "clock",
    "config",
    "discovery",
    "limits",
    "membership::ParsedUrl",
    "membership::UrlError",
    "membership::UrlPlace",
    "membership::parse_url",
    "recovery",
    "serve",
    "sim",
    "tls",
];

/// Parts that see no clock, chance, thread, network or file: the same inputs give the same outputs. The files named after them do
/// the disk's work behind the traits of their folder.
const PURE: &[&str] = &[
    "alarm",
    "apply",
    "auth",
    "backend",
    "consensus",
    "elliptic",
    "key_range",
    "lease",
    "limits",
    "membership",
    "mvcc",
    "planted",
    "refusal",
    "revision",
    "verify",
    "watch",
];
const IMPURE_FILES: &[&str] = &["src/core/backend/lmdb.rs", "src/core/backend/pages.rs"];
const IMPURE_PATHS: &[&str] = &[
    "crossbeam_channel",
    "hyper",
    "rand",
    "rustix",
    "std::env",
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "std::time::SystemTime",
    "std::time::Instant::now",
    "tokio",
    "tonic",
];

/// A crate or module, and the beginnings of the files that may name it.
const DOORS: &[(&str, &[&str])] = &[
    ("heed", &["src/core/backend/lmdb.rs", "src/core/backend/mod.rs"]), // the latter for its error alone
    ("raft", &["src/core/consensus/"]),
    ("raft_engine", &["src/core/wal/"]),
    ("protobuf", &["src/core/wal/record.rs", "src/cmd/output/"]), // the latter has a module of this name
    ("rustls", &["src/core/tls/"]),
    ("tokio_rustls", &["src/core/tls/"]),
    ("webpki", &["src/core/tls/"]),
    ("rustls_native_certs", &["src/core/tls/trust.rs"]),
    ("x509_parser", &["src/core/tls/"]),
    ("p521", &["src/core/elliptic/"]),
    ("sec1", &["src/core/elliptic/"]),
    ("rcgen", &["src/core/tls/self_signed.rs"]),
    ("time", &["src/core/tls/self_signed.rs"]),
    ("hickory_resolver", &["src/core/discovery/names.rs"]),
    ("prometheus", &["src/core/server/metrics/", "src/core/rpc/calls.rs"]),
    ("clap", &["src/cmd/"]),
    ("clap_complete", &["src/cmd/"]),
    ("clap_mangen", &["src/cmd/"]),
    ("anyhow", &["src/cmd/"]),
    ("indicatif", &["src/cmd/"]),
    ("comfy_table", &["src/cmd/"]),
    ("std::env", &["src/cmd/", "src/bin/"]),
    ("std::process::exit", &["src/cmd/serve/signals.rs"]),
    ("std::process::Command", &["src/cmd/"]),
];

/// Left over from work that is not finished.
const LEFTOVERS: &[&str] = &["todo!", "unimplemented!", "dbg!"];
/// Directories of one machine.
const MACHINE_PATHS: &[&str] = &["/home/", "/root/", "/Users/", "/opt/"];
/// Past this a file holds a second subject.
const LINES_MAX: usize = 700;
/// Tables and generated text may run on.
const LONG_FILES: &[&str] = &[];

/// A source file.
struct File {
    /// From the package's root, with `/`.
    name: String,
    text: String,
    /// The text without comments, literals and test modules.
    code: String,
    /// Where it is in the tree of modules, such as `core`, `mvcc`, `store`.
    module: Vec<String>,
}

impl File {
    fn read(root: &Path, path: &Path) -> Self {
        let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
        let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{name}: {error}"));
        let code = without_tests(&strip(&text));
        let inner = name.trim_start_matches("src/").trim_end_matches(".rs");
        let mut module: Vec<String> = inner.split('/').map(str::to_owned).collect();
        if matches!(module.last().map(String::as_str), Some("mod" | "lib")) {
            module.pop();
        }
        Self { name, text, code, module }
    }

    /// The part of core that it belongs to.
    fn part(&self) -> Option<&str> {
        (self.module.first()? == "core").then(|| self.module.get(1).map(String::as_str)).flatten()
    }

    /// What its code names, as paths from the root of a crate: `crate::core::limits::TICK`, `std::fs`.
    fn named(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let words = words(&self.code);
        let mut at = 0;
        while at < words.len() {
            // `use<…>` in a type names no path.
            if words[at] == "use" && words.get(at + 1).is_some_and(|next| next != "<") {
                at = use_tree(&words, at + 1, &mut Vec::new(), &mut found);
            } else if is_name(&words[at]) && (at == 0 || words[at - 1] != "::") {
                let mut path = vec![words[at].clone()];
                while words.get(at + 1).is_some_and(|word| word == "::") && words.get(at + 2).is_some_and(|word| is_name(word)) {
                    path.push(words[at + 2].clone());
                    at += 2;
                }
                if path.len() > 1 {
                    found.insert(path.join("::"));
                }
                at += 1;
            } else {
                at += 1;
            }
        }
        found.into_iter().map(|path| self.resolved(&path)).collect()
    }

    fn resolved(&self, path: &str) -> String {
        let mut here = self.module.clone();
        let mut rest = path.split("::").peekable();
        match rest.peek() {
            Some(&("super" | "self")) => {}
            _ => return path.to_owned(),
        }
        while let Some(word) = rest.next_if(|word| ["super", "self"].contains(word)) {
            if word == "super" {
                here.pop();
            }
        }
        ["crate".to_owned()].into_iter().chain(here).chain(rest.map(str::to_owned)).collect::<Vec<_>>().join("::")
    }
}

/// Reads one tree of a `use`, from `at` on, and answers where it ends.
fn use_tree(words: &[String], mut at: usize, prefix: &mut Vec<String>, found: &mut BTreeSet<String>) -> usize {
    let depth = prefix.len();
    while at < words.len() {
        match words[at].as_str() {
            "::" => at += 1,
            "{" => {
                at += 1;
                while words[at] != "}" {
                    at = use_tree(words, at, prefix, found);
                    if words[at] == "," {
                        at += 1;
                    }
                }
                at += 1;
                prefix.truncate(depth);
                return at;
            }
            "as" => at += 2,
            "," | "}" | ";" => break,
            word => {
                prefix.push(word.to_owned());
                at += 1;
            }
        }
    }
    found.insert(prefix.join("::"));
    prefix.truncate(depth);
    at
}

fn is_name(word: &str) -> bool {
    word.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

fn words(code: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = code;
    while let Some(first) = rest.chars().next() {
        let length = if is_name(rest) {
            rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            first.len_utf8()
        };
        if !first.is_whitespace() {
            words.push(rest[..length].to_owned());
        }
        rest = &rest[length..];
    }
    words
}

/// Takes comments and the insides of literals out; lines stay where they are.
fn strip(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (keep, skip) = if rest.starts_with("//") {
            ("", rest.find('\n').unwrap_or(rest.len()))
        } else if rest.starts_with("/*") {
            ("", rest.find("*/").map_or(rest.len(), |end| end + 2))
        } else if let Some(hashes) = raw_string(rest) {
            let close = format!("\"{}", "#".repeat(hashes));
            let open = rest.find('"').expect("a raw string has a quote") + 1;
            ("\"\"", rest[open..].find(&close).map_or(rest.len(), |end| open + end + close.len()))
        } else if first == '"' {
            ("\"\"", quoted(rest, '"'))
        } else if first == '\'' && (rest[1..].starts_with('\\') || rest[1..].chars().nth(1) == Some('\'')) {
            ("''", quoted(rest, '\''))
        } else if is_name(rest) {
            let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            (&rest[..length], length)
        } else {
            (&rest[..first.len_utf8()], first.len_utf8())
        };
        code += keep;
        code.extend(rest[..skip].chars().filter(|c| keep != "\n" && *c == '\n'));
        rest = &rest[skip..];
    }
    code
}

/// Number of `#` of the raw string that begins here.
fn raw_string(text: &str) -> Option<usize> {
    let rest = text.strip_prefix("br").or_else(|| text.strip_prefix('r'))?;
    let hashes = rest.len() - rest.trim_start_matches('#').len();
    rest[hashes..].starts_with('"').then_some(hashes)
}

/// Length of the literal that begins here.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Takes out each item that is marked with `#[cfg(test)]`, to its closing brace or semicolon.
fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut kept = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(at) = rest.find(MARK) {
        kept += &rest[..at];
        rest = &rest[at + MARK.len()..];
        let mut depth = 0;
        let end = rest.char_indices().find_map(|(at, c)| {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            (depth == 0 && (c == '}' || c == ';')).then_some(at + 1)
        });
        rest = &rest[end.unwrap_or(rest.len())..];
    }
    kept + rest
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "target") {
                found.extend(rust_files(&path));
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Files of the library and the binary, without those that only test builds have.
fn sources() -> Vec<File> {
    let (root, reached) = (root(), reached_by_modules());
    let files = rust_files(&root.join("src")).into_iter().map(|path| File::read(&root, &path));
    files.filter(|file| file.name.starts_with("src/bin/") || reached.get(&file.name) == Some(&Reach::Always)).collect()
}

/// Every file that people write.
fn all_files() -> Vec<File> {
    let root = root();
    let folders = ["src", "tests", "proto"].map(|folder| root.join(folder));
    folders.iter().flat_map(|folder| rust_files(folder)).map(|path| File::read(&root, &path)).collect()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    Always,
    InTests,
}

/// Follows the `mod` lines from `lib.rs`.
fn reached_by_modules() -> BTreeMap<String, Reach> {
    let root = root();
    let mut reached = BTreeMap::new();
    let mut open = vec![("src/lib.rs".to_owned(), Reach::Always)];
    while let Some((name, reach)) = open.pop() {
        let file = File::read(&root, &root.join(&name));
        let folder = match name.strip_suffix("/mod.rs").or_else(|| name.strip_suffix("/lib.rs")) {
            Some(folder) => folder.to_owned(),
            None => name.trim_end_matches(".rs").to_owned(),
        };
        let always = modules(&file.code);
        for module in modules(&strip(&file.text)) {
            let reach = if always.contains(&module) { reach } else { Reach::InTests };
            let beside = format!("{folder}/{module}.rs");
            let path = match elsewhere(&file.text, &module) {
                Some(path) => format!("{}/{path}", name.rsplit_once('/').expect("a file lies in a folder").0),
                None if root.join(&beside).exists() => beside,
                None => format!("{folder}/{module}/mod.rs"),
            };
            open.push((path, reach));
        }
        reached.insert(name, reach);
    }
    reached
}

/// Where a `#[path]` on the line before says that a module lies, from the folder of the file that names it.
fn elsewhere<'a>(text: &'a str, module: &str) -> Option<&'a str> {
    let (before, _) = text.split_once(&format!("\nmod {module};"))?;
    before.lines().last()?.trim().strip_prefix("#[path = \"")?.strip_suffix("\"]")
}

/// Names in `mod name;`.
fn modules(code: &str) -> Vec<String> {
    let words = words(code);
    words.windows(3).filter(|three| three[0] == "mod" && three[2] == ";").map(|three| three[1].clone()).collect()
}

/// Whether a path is `of` or leads into it.
fn is_within(path: &str, of: &str) -> bool {
    path.strip_prefix(of).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

#[track_caller]
fn assert_none(breaches: &[String]) {
    assert!(breaches.is_empty(), "{} breaches:\n{}", breaches.len(), breaches.join("\n"));
}

#[test]
fn parts_of_core_know_only_those_below_them() {
    let mut breaches = Vec::new();
    for file in sources() {
        let Some(part) = file.part() else { continue };
        let Some((_, known)) = KNOWS.iter().find(|(name, _)| *name == part) else {
            breaches.push(format!("{}: `{part}` is missing in KNOWS", file.name));
            continue;
        };
        for path in file.named() {
            if is_within(&path, "crate::cmd") {
                breaches.push(format!("{}: {path}", file.name));
            }
            let Some(inner) = path.strip_prefix("crate::core::") else { continue };
            if !is_within(inner, part) && !known.iter().any(|known| is_within(inner, known)) {
                breaches.push(format!("{}: {path}", file.name));
            }
        }
    }
    assert_none(&breaches);
}

#[test]
fn what_the_parts_know_has_no_circle() {
    let mut below: BTreeSet<&str> = BTreeSet::new();
    for (part, known) in KNOWS {
        for name in known.iter().filter(|name| !name.contains("::")) {
            assert!(below.contains(name), "{part} knows {name}, which does not stand above it in KNOWS");
        }
        below.insert(part);
    }
}

#[test]
fn commands_reach_core_through_its_door() {
    let mut breaches = Vec::new();
    for file in sources().iter().filter(|file| !file.name.starts_with("src/core/")) {
        for path in file.named() {
            let inner = path.strip_prefix("crate::core::").or_else(|| path.strip_prefix("quorate::core::"));
            if inner.is_some_and(|inner| !CMD_KNOWS.iter().any(|known| is_within(inner, known))) {
                breaches.push(format!("{}: {path}", file.name));
            }
        }
    }
    assert_none(&breaches);
}

#[test]
fn pure_parts_have_no_clock_chance_thread_network_or_file() {
    let mut breaches = Vec::new();
    for file in sources() {
        let is_pure = file.part().is_some_and(|part| PURE.contains(&part)) && !IMPURE_FILES.contains(&file.name.as_str());
        for path in file.named().into_iter().filter(|_| is_pure) {
            if IMPURE_PATHS.iter().any(|impure| is_within(&path, impure)) {
                breaches.push(format!("{}: {path}", file.name));
            }
        }
    }
    assert_none(&breaches);
}

#[test]
fn each_guarded_crate_is_named_behind_its_door_alone() {
    let mut breaches = Vec::new();
    for file in sources() {
        for path in file.named() {
            for (guarded, doors) in DOORS {
                if is_within(&path, guarded) && !doors.iter().any(|door| file.name.starts_with(door)) {
                    breaches.push(format!("{}: {path}", file.name));
                }
            }
        }
    }
    assert_none(&breaches);
}

#[test]
fn every_file_is_reached_by_a_module() {
    let reached = reached_by_modules();
    let files = rust_files(&root().join("src")).into_iter().map(|path| File::read(&root(), &path).name);
    assert_none(&files.filter(|name| !name.starts_with("src/bin/") && !reached.contains_key(name)).collect::<Vec<_>>());
}

#[test]
fn every_file_says_its_subject_and_keeps_to_it() {
    let mut breaches = Vec::new();
    for file in all_files() {
        let (name, lines) = (&file.name, file.text.lines().count());
        if !file.text.starts_with("//! ") {
            breaches.push(format!("{name}: does not begin with what it is about"));
        }
        if lines > LINES_MAX && !LONG_FILES.contains(&name.as_str()) {
            breaches.push(format!("{name}: {lines} lines"));
        }
        let code = strip(&file.text);
        breaches.extend(LEFTOVERS.iter().filter(|left| code.contains(*left)).map(|left| format!("{name}: {left}")));
        let outside = name != "src/tidy.rs";
        let paths = MACHINE_PATHS.iter().filter(|path| outside && file.text.contains(*path));
        breaches.extend(paths.map(|path| format!("{name}: {path}")));
    }
    assert_none(&breaches);
}

#[test]
fn paths_are_found_and_resolved() {
    let text = r##"
        //! use nothing::of::this;
        use super::{super::backend::{self, Table as Rows}, key::KEY};
        use std::{fs, time::{Duration, Instant}};
        fn f<'a>(x: &'a str) -> char { let quote = '"'; tokio::spawn(x); "raft::Node"; r#"heed::"Env"#; quote }
        #[cfg(test)]
        mod tests { use rand::rng; fn g() { { } } }
        fn h() { crate::core::limits::f() }
    "##;
    let module = ["core", "mvcc", "store"].map(str::to_owned).to_vec();
    let file = File { name: String::new(), text: String::new(), code: without_tests(&strip(text)), module };
    let expected = [
        "crate::core::backend::Table",
        "crate::core::backend::self",
        "crate::core::limits::f",
        "crate::core::mvcc::key::KEY",
        "std::fs",
        "std::time::Duration",
        "std::time::Instant",
        "tokio::spawn",
    ];
    assert_eq!(file.named().into_iter().collect::<Vec<_>>(), expected);
}
