//! Where lines end up: stderr, stdout and files, with rotation of a file that is full.
//!
//! Lines are written one at a time, whole. A line that can't be written is counted, and the output says how many are missing as
//! soon as it takes lines again.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use jiff::{Timestamp, tz::TimeZone};
use parking_lot::Mutex;

use super::{Output, Rotation};
use crate::cmd::serve::config::ConfigError;

const SECS_PER_DAY: u64 = 24 * 60 * 60;

/// All outputs.
pub struct Sink {
    outputs: Mutex<Vec<Writer>>,
}

impl Sink {
    /// Opens the files among the outputs, to append to them.
    pub fn open(outputs: &[Output], rotation: Option<&Rotation>) -> Result<Self, ConfigError> {
        let writers = outputs.iter().map(|output| {
            let target = match output {
                Output::Stderr => Target::Stderr,
                Output::Stdout => Target::Stdout,
                Output::File(path) => {
                    let failed = |error: io::Error| ConfigError::LogFile { path: path.clone(), why: error.to_string() };
                    Target::File(LogFile::open(path, rotation.cloned()).map_err(failed)?)
                }
            };
            Ok(Writer { target, lines_lost: 0 })
        });
        Ok(Self { outputs: Mutex::new(writers.collect::<Result<_, ConfigError>>()?) })
    }

    /// Writes a line, which ends in its line break, to every output.
    pub fn write(&self, line: &[u8]) {
        for writer in &mut *self.outputs.lock() {
            writer.write(line);
        }
    }
}

struct Writer {
    target: Target,
    lines_lost: u64,
}

impl Writer {
    fn write(&mut self, line: &[u8]) {
        if self.lines_lost > 0 {
            let notice =
                format!("{{\"level\":\"warn\",\"msg\":\"log lines could not be written\",\"lines\":{}}}\n", self.lines_lost);
            if self.target.write(notice.as_bytes()).is_ok() {
                self.lines_lost = 0;
            }
        }
        if self.target.write(line).is_err() {
            self.lines_lost += 1;
        }
    }
}

enum Target {
    Stderr,
    Stdout,
    File(LogFile),
}

impl Target {
    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        match self {
            Target::Stderr => io::stderr().lock().write_all(line),
            Target::Stdout => {
                let mut stdout = io::stdout().lock();
                stdout.write_all(line)?;
                stdout.flush()
            }
            Target::File(file) => file.write(line),
        }
    }
}

/// A file, and how full it is.
struct LogFile {
    path: PathBuf,
    file: File,
    len_bytes: u64,
    rotation: Option<Rotation>,
}

impl LogFile {
    fn open(path: &Path, rotation: Option<Rotation>) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        let len_bytes = file.metadata()?.len();
        Ok(Self { path: path.to_owned(), file, len_bytes, rotation })
    }

    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        let len = line.len() as u64;
        let is_full = |rotation: &Rotation| self.len_bytes > 0 && self.len_bytes + len > rotation.file_bytes_max;
        // When the full file can't be moved away it grows on: a long log is better than none.
        let rotated = if self.rotation.as_ref().is_some_and(is_full) { self.rotate() } else { Ok(()) };
        self.file.write_all(line)?;
        self.len_bytes += len;
        rotated
    }

    /// Moves the full file away and begins a new one. Until that is open, lines go on into the old one.
    fn rotate(&mut self) -> io::Result<()> {
        let Some(rotation) = self.rotation.clone() else { return Ok(()) };
        let zone = if rotation.local_time { TimeZone::system() } else { TimeZone::UTC };
        fs::rename(&self.path, self.backup_path(&zone))?;
        let fresh = Self::open(&self.path, Some(rotation.clone()))?;
        *self = fresh;
        self.prune(&rotation)
    }

    /// `name-2006-01-02T15-04-05.000.ext`; while that is taken, `_01` and so on are added, so that names sort by age.
    #[expect(clippy::disallowed_methods, reason = "rotated files bear the time of day")]
    fn backup_path(&self, zone: &TimeZone) -> PathBuf {
        let time = zone.to_datetime(Timestamp::now());
        let (stem, extension) = self.name_parts();
        let stamp = time.strftime("%Y-%m-%dT%H-%M-%S");
        let millis = time.subsec_nanosecond() / 1_000_000;
        let name = |number: u32| {
            let more = if number == 0 { String::new() } else { format!("_{number:02}") };
            self.path.with_file_name(format!("{stem}-{stamp}.{millis:03}{more}{extension}"))
        };
        (0..=u32::MAX).map(name).find(|path| !path.exists()).expect("one of four billion names is free")
    }

    /// Removes backups that are too many or too old.
    #[expect(clippy::disallowed_methods, reason = "the age of a file is told by the wall clock")]
    fn prune(&self, rotation: &Rotation) -> io::Result<()> {
        let (stem, extension) = self.name_parts();
        let folder = match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mut backups = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let middle = name.strip_prefix(&format!("{stem}-")).and_then(|rest| rest.strip_suffix(&extension));
            if middle.is_some_and(is_stamp) {
                backups.push((name, entry.path()));
            }
        }
        backups.sort_unstable_by(|left, right| right.cmp(left));
        let now = SystemTime::now();
        let age_max = Duration::from_secs(rotation.age_days_max.saturating_mul(SECS_PER_DAY));
        for (position, (_, path)) in backups.iter().enumerate() {
            let is_surplus = rotation.backups_max > 0 && position >= rotation.backups_max;
            let age = now.duration_since(fs::metadata(path)?.modified()?).unwrap_or_default();
            if is_surplus || (rotation.age_days_max > 0 && age > age_max) {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    /// File name without its extension, and the extension with its dot.
    fn name_parts(&self) -> (String, String) {
        let text = |part: Option<&std::ffi::OsStr>| part.map(|part| part.to_string_lossy().into_owned());
        let extension = text(self.path.extension()).map_or_else(String::new, |extension| format!(".{extension}"));
        (text(self.path.file_stem()).unwrap_or_default(), extension)
    }
}

/// Whether this looks like the time in a backup's name, so that no other file is ever removed.
fn is_stamp(text: &str) -> bool {
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    shape.starts_with("0000-00-00T00-00-00.000") && shape[23..].trim_start_matches(['_', '0']).is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rotation(backups_max: usize) -> Rotation {
        Rotation { file_bytes_max: 10, age_days_max: 0, backups_max, local_time: false }
    }

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_full_file_is_moved_away_and_no_line_is_lost() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("q-keep.log"), "mine").unwrap();
        let mut file = LogFile::open(&dir.path().join("q.log"), Some(rotation(0))).unwrap();
        for line in ["1234\n", "5678\n", "abcd\n", "longer than a whole file\n", "x\n"] {
            file.write(line.as_bytes()).unwrap();
        }
        let names = names(dir.path());
        assert_eq!(names.len(), 5, "{names:?}");
        let backups: Vec<_> = names.iter().filter(|name| *name != "q.log" && *name != "q-keep.log").collect();
        let mut whole: String = backups.iter().map(|name| fs::read_to_string(dir.path().join(name)).unwrap()).collect();
        whole += &fs::read_to_string(dir.path().join("q.log")).unwrap();
        assert_eq!(whole, "1234\n5678\nabcd\nlonger than a whole file\nx\n");
    }

    #[test]
    fn surplus_backups_go_oldest_first_and_other_files_stay() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["q-2020-01-01T00-00-00.000.log", "q-2021-01-01T00-00-00.000.log", "q-other.log"] {
            fs::write(dir.path().join(name), "old").unwrap();
        }
        let mut file = LogFile::open(&dir.path().join("q.log"), Some(rotation(2))).unwrap();
        file.write(b"123456789\n").unwrap();
        file.write(b"1\n").unwrap();
        let names = names(dir.path());
        assert_eq!(names.len(), 4, "{names:?}");
        assert!(names.contains(&"q-2021-01-01T00-00-00.000.log".to_owned()));
        assert!(names.contains(&"q-other.log".to_owned()));
    }

    #[test]
    fn a_used_file_is_appended_to_and_its_length_counts() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        fs::write(&path, "12345678\n").unwrap();
        let mut file = LogFile::open(&path, Some(rotation(0))).unwrap();
        file.write(b"new\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new\n");
        assert_eq!(names(dir.path()).len(), 2);
    }

    #[test]
    fn lost_lines_are_counted_and_told_later() {
        let mut writer = Writer { target: Target::File(full_device()), lines_lost: 0 };
        writer.write(b"a\n");
        writer.write(b"b\n");
        assert_eq!(writer.lines_lost, 2);
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        writer.target = Target::File(LogFile::open(&path, None).unwrap());
        writer.write(b"c\n");
        assert_eq!(
            fs::read_to_string(path).unwrap(),
            "{\"level\":\"warn\",\"msg\":\"log lines could not be written\",\"lines\":2}\nc\n"
        );
    }

    fn full_device() -> LogFile {
        LogFile::open(Path::new("/dev/full"), None).unwrap()
    }
}
