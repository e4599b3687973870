//! Passwords from whoever sits at the terminal, or from standard input.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Write},
};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

/// Shows `prompt` at the terminal of this process, and reads a line there that is not shown.
///
/// # Errors
/// When there is no terminal.
pub fn ask_password(prompt: &str) -> io::Result<String> {
    let mut terminal = File::options().read(true).write(true).open("/dev/tty")?;
    terminal.write_all(prompt.as_bytes())?;
    let before = tcgetattr(&terminal)?;
    let mut hidden = before.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&terminal, OptionalActions::Flush, &hidden)?;
    let restore = Restore { terminal: &terminal, before };
    let mut line = String::new();
    let read = BufReader::new(&terminal).read_line(&mut line);
    drop(restore);
    (&terminal).write_all(b"\n")?;
    read?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// Shows what is typed again, whatever happened.
struct Restore<'t> {
    terminal: &'t File,
    before: Termios,
}

impl Drop for Restore<'_> {
    fn drop(&mut self) {
        // A terminal that is gone has nothing to show.
        let _ = tcsetattr(self.terminal, OptionalActions::Flush, &self.before);
    }
}

/// The first word of standard input.
///
/// # Errors
/// When it cannot be read.
pub fn word_from_input() -> io::Result<String> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(line.split_whitespace().next().unwrap_or_default().to_owned())
}
