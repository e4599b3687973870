//! How each program under `clients/` is installed, and what it is started with.
//!
//! All goes below cargo's directory for tests, and is done once for the same pinned packages; those come from the caches of the
//! language's own package manager where they are there. Nothing here is done twice at the same time.

use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command as Probe, Stdio},
    time::Duration,
};

use tokio::{
    process::Command,
    sync::{Mutex, OnceCell},
    time::timeout,
};

/// A cold download and build on a slow machine.
const INSTALL_WITHIN: Duration = Duration::from_secs(900);
/// The compiler of protocol buffers that the Rust client's build asks for.
const PROTOX: [&str; 3] = ["protox", "--version", "=0.9.1"];

/// The Go session, where Go is installed.
pub async fn go() -> Option<Command> {
    if !toolchain("Go", &[&["go", "version"]]) {
        return None;
    }
    Some(Command::new(go_program("session").await))
}

/// Builds one of the programs of the Go module: `session` at its root, or the one in the folder of that name.
pub async fn go_program(name: &str) -> PathBuf {
    static ONE: Mutex<()> = Mutex::const_new(());
    let _one = ONE.lock().await;
    let home = installed("go");
    let binary = home.join(name);
    let package = if name == "session" { ".".to_owned() } else { format!("./{name}") };
    let mut build = Command::new("go");
    build.arg("build").arg("-o").arg(&binary).arg(package).current_dir(source("go"));
    build.env("GOFLAGS", "-buildvcs=false");
    install(build).await;
    binary
}

/// One of the Python programs, where Python is installed.
pub async fn python(script: &str) -> Option<Command> {
    static ONE: Mutex<()> = Mutex::const_new(());
    if !toolchain("Python", &[&["python3", "-m", "venv", "--help"]]) {
        return None;
    }
    let _one = ONE.lock().await;
    let (home, pins) = (installed("python"), source("python").join("requirements.txt"));
    let python = home.join("venv/bin/python");
    once(&home, &pins, async || {
        let mut make = Command::new("python3");
        make.args(["-m", "venv", "--clear"]).arg(home.join("venv"));
        install(make).await;
        let mut pip = Command::new(&python);
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]).arg(&pins);
        install(pip).await;
    })
    .await;
    let mut program = Command::new(&python);
    program.arg("-B").arg(source("python").join(script));
    Some(program)
}

/// One of the Node programs, where Node is installed.
pub async fn node(script: &str) -> Option<Command> {
    static ONE: Mutex<()> = Mutex::const_new(());
    if !toolchain("Node", &[&["node", "--version"], &["npm", "--version"]]) {
        return None;
    }
    let _one = ONE.lock().await;
    let (home, pins) = (installed("node"), source("node").join("package-lock.json"));
    once(&home, &pins, async || {
        for file in ["package.json", "package-lock.json"] {
            fs::copy(source("node").join(file), home.join(file)).expect("a file can be copied");
        }
        let mut npm = Command::new("npm");
        npm.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]).current_dir(&home);
        install(npm).await;
    })
    .await;
    // Beside its packages, where Node looks for them.
    for file in ["told.js", script] {
        fs::copy(source("node").join(file), home.join(file)).expect("a file can be copied");
    }
    let mut program = Command::new("node");
    program.arg(home.join(script));
    Some(program)
}

/// One of the Java programs, where Java and Maven are installed.
pub async fn java(class: &str) -> Option<Command> {
    static CLASS_PATH: OnceCell<String> = OnceCell::const_new();
    if !toolchain("Java", &[&["java", "-version"], &["javac", "-version"], &["mvn", "--version"]]) {
        return None;
    }
    let class_path = CLASS_PATH.get_or_init(java_class_path).await;
    let mut program = Command::new("java");
    // A short life on few cores.
    program.args(["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", class_path, class]);
    Some(program)
}

/// Fetches what the Java programs need, and compiles them all.
async fn java_class_path() -> String {
    let (home, pins) = (installed("java"), source("java").join("pom.xml"));
    let (packages, classes) = (home.join("packages"), home.join("classes"));
    once(&home, &pins, async || {
        // What was pinned before would be found too.
        if packages.exists() {
            fs::remove_dir_all(&packages).expect("a directory can be removed");
        }
        let mut maven = Command::new("mvn");
        maven.args(["--batch-mode", "--quiet", "--file"]).arg(&pins);
        maven.arg("dependency:copy-dependencies").arg(format!("-DoutputDirectory={}", packages.display()));
        install(maven).await;
    })
    .await;
    let packages = packages.join("*");
    let mut compiler = Command::new("javac");
    compiler.arg("-Werror").arg("-cp").arg(&packages).arg("-d").arg(&classes);
    compiler.args(["Told", "Session", "Secured", "Outliving"].map(|name| source("java").join(format!("{name}.java"))));
    install(compiler).await;
    format!("{}:{}", classes.display(), packages.display())
}

/// The Rust session.
pub async fn rust() -> Command {
    static ONE: Mutex<()> = Mutex::const_new(());
    let _one = ONE.lock().await;
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let home = installed("rust");
    let compiler = home.join("bin/protox");
    if !compiler.exists() {
        let mut protox = Command::new(&cargo);
        protox.args(["install", "--quiet", "--locked", "--features", "bin", "--debug"]).args(PROTOX);
        protox.arg("--root").arg(&home).arg("--target-dir").arg(home.join("target"));
        install(protox).await;
    }
    let mut build = Command::new(&cargo);
    build.args(["build", "--quiet", "--locked", "--target-dir"]).arg(home.join("target")).current_dir(source("rust"));
    build.env("PROTOC", &compiler);
    install(build).await;
    Command::new(home.join("target/debug/session"))
}

fn source(language: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/clients").join(language)
}

fn installed(language: &str) -> PathBuf {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clients").join(language);
    fs::create_dir_all(&home).expect("a directory can be made");
    home
}

/// Whether every probe runs. Where one does not, the test is left out, loudly, or fails under `CI=true`.
pub fn toolchain(name: &str, probes: &[&[&str]]) -> bool {
    let runs = |words: &&[&str]| {
        let mut probe = Probe::new(words[0]);
        probe.args(&words[1..]).stdout(Stdio::null()).stderr(Stdio::null());
        probe.status().is_ok_and(|status| status.success())
    };
    let complete = probes.iter().all(runs);
    if !complete {
        assert!(env::var("CI").as_deref() != Ok("true"), "{name} is not installed, and CI=true asks for every test");
        // Past the test runner's capture: a test that did not run must not pass in silence.
        writeln!(io::stderr(), "WARNING: no toolchain for {name}: its client was NOT tested")
            .expect("standard error takes a line");
    }
    complete
}

/// Runs `work` unless it was done for the very same `pins`.
async fn once(home: &Path, pins: &Path, work: impl AsyncFnOnce()) {
    let (stamp, pins) = (home.join("installed"), fs::read(pins).expect("the pinned packages are there"));
    if fs::read(&stamp).is_ok_and(|done| done == pins) {
        return;
    }
    work().await;
    fs::write(&stamp, &pins).expect("a stamp can be written");
}

async fn install(mut command: Command) {
    let shown = format!("{:?}", command.as_std());
    let output = timeout(INSTALL_WITHIN, command.stdin(Stdio::null()).kill_on_drop(true).output()).await;
    let output = output.unwrap_or_else(|_| panic!("not done in {INSTALL_WITHIN:?}: {shown}"));
    let output = output.unwrap_or_else(|error| panic!("cannot run {shown}: {error}"));
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{shown}: {}\n{out}{err}", output.status);
}
