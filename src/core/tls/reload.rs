//! What is made of files, made anew when they change.
//!
//! Files are looked at before each handshake and each connection that is made, as etcd does, and by a thread besides, so that the log tells
//! in time of files that can't be used. A look costs a few calls of `stat`. When times and sizes have moved, all files are read; when their bytes
//! have changed, a new value is made of them, but not while somebody may still be writing (`file_changes`). One that can't be made leaves
//! the old one in place. A certificate and its key are seldom replaced in one stroke, so the log complains only when the files stay as they
//! are for [`COMPLAIN_AFTER`].

use std::{
    path::PathBuf,
    sync::{Arc, Weak},
    thread,
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;
use parking_lot::Mutex;

use super::{
    Expiries, Expiry, TlsError,
    files::{Contents, FileUse},
};
use crate::core::{clock, file_changes::FileChanges};

/// No two looks follow each other sooner: a flood of handshakes shall not become one of `stat`.
pub const LOOK_PAUSE: Duration = Duration::from_millis(20);
/// How often the thread looks.
const WATCH_PAUSE: Duration = Duration::from_millis(250);
/// How long files that can't be used must stay as they are before the log says so.
const COMPLAIN_AFTER: Duration = Duration::from_millis(750);
/// How often the log repeats that something expires.
const EXPIRY_WARNING_PAUSE: Duration = Duration::from_secs(24 * 3600);

/// Makes a value of the bytes of files.
type Make<T> = Box<dyn Fn(&Contents) -> Result<(T, Expiries), TlsError> + Send + Sync>;
/// Told of each value that is put in place.
type Told = Box<dyn Fn(&Expiries) + Send + Sync>;

/// A value made of files.
pub struct Reloading<T> {
    /// In the log, such as "client".
    name: &'static str,
    files: Vec<(PathBuf, FileUse)>,
    make: Make<T>,
    current: ArcSwap<T>,
    state: Mutex<State>,
}

struct State {
    looked: Instant,
    changes: FileChanges,
    /// What was last made into a value, or could not be.
    tried: Option<Contents>,
    /// Since when files can't be used, why, and whether the log has said so.
    complaint: Option<(Instant, String, bool)>,
    expiries: Expiries,
    /// For each of them what the log has said last, and when.
    warned: Vec<Option<(&'static str, Instant)>>,
    told: Option<Told>,
}

/// Looked at by the thread.
pub trait Watched: Send + Sync {
    fn watch(&self);
}

impl<T: Send + Sync> Reloading<T> {
    /// Makes the first value.
    ///
    /// # Errors
    /// When files can't be read or used.
    pub fn new(name: &'static str, files: Vec<(PathBuf, FileUse)>, make: Make<T>) -> Result<Self, TlsError> {
        let changes = FileChanges::after_now(files.iter().map(|(path, _)| path.clone()).collect(), unix_millis());
        let contents = Contents::read(&files)?;
        let (value, expiries) = make(&contents)?;
        let state = State {
            looked: clock::now(),
            changes,
            tried: Some(contents),
            complaint: None,
            expiries,
            warned: Vec::new(),
            told: None,
        };
        Ok(Self { name, files, make, current: ArcSwap::from_pointee(value), state: Mutex::new(state) })
    }

    /// The present value, after a look at the files.
    pub fn current(&self) -> Arc<T> {
        self.look();
        self.current.load_full()
    }

    /// Has `told` called with the expiries of the present value, and with those of each that follows.
    pub fn tell(&self, told: Told) {
        let mut state = self.state.lock();
        told(&state.expiries);
        state.told = Some(told);
    }

    /// Looks whether the files have changed. While another thread does that, this one goes on with what there is.
    pub fn look(&self) {
        let Some(mut state) = self.state.try_lock() else { return };
        let now = clock::now();
        if now.duration_since(state.looked) >= LOOK_PAUSE {
            state.looked = now;
            self.refresh(&mut state, now, unix_millis());
        }
    }

    fn refresh(&self, state: &mut State, now: Instant, unix_millis: i64) {
        if !state.changes.are_due(now, unix_millis) {
            return;
        }
        let contents = match Contents::read(&self.files) {
            Ok(contents) if state.tried.as_ref() == Some(&contents) => return,
            Ok(contents) => contents,
            Err(error) => {
                state.tried = None;
                // It may be for want of descriptors, which the files would never tell.
                state.changes.look_again();
                return state.complain(now, &error);
            }
        };
        match (self.make)(&contents) {
            Ok((value, expiries)) => {
                self.current.store(Arc::new(value));
                tracing::info!(port = self.name, "new TLS files are in use; new connections get them");
                if let Some(told) = &state.told {
                    told(&expiries);
                }
                (state.expiries, state.complaint, state.warned) = (expiries, None, Vec::new());
            }
            Err(error) => state.complain(now, &error),
        }
        state.tried = Some(contents);
    }
}

impl State {
    fn complain(&mut self, now: Instant, error: &TlsError) {
        let text = error.to_string();
        if self.complaint.as_ref().is_none_or(|(_, known, _)| *known != text) {
            self.complaint = Some((now, text, false));
        }
    }

    /// What the log has to say of the files' dates: what has come to be so since the last time, and once a day what is still so. Each file counts for itself, so
    /// that one which is about to expire hides no other, nor that it has expired in the end.
    fn due_warnings(&mut self, now: Instant, unix_secs: i64) -> Vec<(&Expiry, &'static str)> {
        self.warned.resize(self.expiries.len(), None);
        let due = |(expiry, warned): (_, &mut Option<(&'static str, Instant)>)| {
            let warning = Expiry::warning(expiry, unix_secs)?;
            let is_told = warned.is_some_and(|(told, at)| told == warning && now.duration_since(at) < EXPIRY_WARNING_PAUSE);
            if is_told {
                return None;
            }
            *warned = Some((warning, now));
            Some((expiry, warning))
        };
        self.expiries.iter().zip(&mut self.warned).filter_map(due).collect()
    }

    fn warn_of_expiry(&mut self, now: Instant, name: &str) {
        let unix_secs = unix_millis() / 1000;
        for (expiry, warning) in self.due_warnings(now, unix_secs) {
            let days = (expiry.until - unix_secs) / (24 * 3600);
            tracing::warn!(port = name, file = %expiry.path.display(), days, "the TLS {} {warning}", expiry.kind.name());
        }
    }
}

impl<T: Send + Sync> Watched for Reloading<T> {
    fn watch(&self) {
        let mut state = self.state.lock();
        let now = clock::now();
        state.looked = now;
        self.refresh(&mut state, now, unix_millis());
        if let Some((since, reason, is_said @ false)) = &mut state.complaint
            && now.duration_since(*since) >= COMPLAIN_AFTER
        {
            *is_said = true;
            tracing::warn!(port = self.name, reason, "new TLS files can't be used; the old ones stay in use");
        }
        state.warn_of_expiry(now, self.name);
    }
}

/// Looks after the files of all of these, on a thread of its own, for as long as there are any.
///
/// # Errors
/// When there is no thread to be had.
pub fn watch(watched: Vec<Weak<dyn Watched>>) -> std::io::Result<()> {
    let look = move || {
        loop {
            let live: Vec<_> = watched.iter().filter_map(Weak::upgrade).collect();
            if live.is_empty() {
                return;
            }
            live.iter().for_each(|watched| watched.watch());
            drop(live);
            thread::park_timeout(WATCH_PAUSE);
        }
    };
    thread::Builder::new().name("tls-files".into()).spawn(look).map(drop)
}

fn unix_millis() -> i64 {
    clock::unix_millis().cast_signed()
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Write, path::Path, time::UNIX_EPOCH};

    use super::*;
    use crate::core::{
        file_changes::{STILL_FOR, STILL_WAIT_MAX},
        tls::{ExpiryKind, files::CERTIFICATE},
    };

    /// Takes any bytes, as a chain or a bundle that ends too early is taken.
    fn bytes_of(file: &Path) -> Reloading<Contents> {
        let make: Make<Contents> = Box::new(|contents| Ok((contents.clone(), Expiries::new())));
        Reloading::new("test", vec![(file.to_owned(), CERTIFICATE)], make).unwrap()
    }

    /// When the file was last written, in milliseconds since 1970.
    fn written(file: &Path) -> i64 {
        let since = fs::metadata(file).unwrap().modified().unwrap().duration_since(UNIX_EPOCH).unwrap();
        i64::try_from(since.as_millis()).unwrap()
    }

    #[test]
    fn a_file_that_is_written_in_pieces_is_taken_when_it_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("chain.pem");
        fs::write(&path, "old").unwrap();
        let reloading = bytes_of(&path);
        let refresh = |after: Duration, unix_millis| {
            let mut state = reloading.state.lock();
            let looked = state.looked;
            reloading.refresh(&mut state, looked + after, unix_millis);
        };
        let taken = || Contents::clone(&reloading.current.load());
        let read = || Contents::read(&reloading.files).unwrap();
        let (old, still) = (read(), i64::try_from(STILL_FOR.as_millis()).unwrap());
        let mut file = fs::File::create(&path).unwrap();
        for piece in ["first", "second", "third"] {
            file.write_all(piece.as_bytes()).unwrap();
            // As long a pause as that of somebody who writes a chain by several commands.
            for pause in [400, still - 1] {
                refresh(Duration::ZERO, written(&path) + pause);
                assert!(taken() == old, "{piece} {pause}");
            }
        }
        refresh(STILL_FOR, written(&path) + still);
        assert!(taken() == read());
        // Whoever never ends is not waited for without end.
        file.write_all(b"fourth").unwrap();
        refresh(STILL_FOR, written(&path));
        assert!(taken() != read());
        refresh(STILL_FOR + STILL_WAIT_MAX, written(&path));
        assert!(taken() == read());
    }

    #[test]
    fn each_file_is_warned_of_once_a_day_in_each_of_its_states() {
        const DAY: i64 = 24 * 3600;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("chain.pem");
        fs::write(&path, "old").unwrap();
        let reloading = bytes_of(&path);
        let mut state = reloading.state.lock();
        // The authority outlives the certificate by an hour; either is warned of in its last quarter.
        let until = |kind, until| Expiry::of(kind, &path, 0, until);
        state.expiries = vec![until(ExpiryKind::Certificate, DAY), until(ExpiryKind::Authority, DAY + 3600)];
        let began = state.looked;
        let mut said = |secs: i64| {
            let due = state.due_warnings(began + Duration::from_secs(secs.cast_unsigned()), secs);
            due.into_iter().map(|(expiry, warning)| (expiry.kind.name(), warning)).collect::<Vec<_>>()
        };
        assert_eq!(said(DAY / 2), []);
        assert_eq!(said(DAY * 3 / 4 + 1), [("certificate", "expires soon")]);
        assert_eq!(said(DAY * 3 / 4 + 2), []);
        assert_eq!(said(DAY * 3 / 4 + 3600), [("authority", "expires soon")]);
        assert_eq!(said(DAY + 1), [("certificate", "has expired")]);
        assert_eq!(said(DAY + 3601), [("authority", "has expired")]);
        assert_eq!(said(DAY + 3602), []);
        assert_eq!(said(2 * DAY + 1), [("certificate", "has expired")], "once a day");
    }
}
