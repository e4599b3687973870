//! Passwords from whoever sits at the terminal, or from standard input.

use std::{
    fs::File,
    io::{self, BufRead, IsTerminal, Read, Write},
};

use rustix::{
    process::{Signal, getpid, kill_process},
    termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr},
};

/// Bytes of a password typed at a terminal.
const PASSWORD_BYTES_MAX: usize = 4096;

/// Shows `prompt` and reads a line that is not shown: at the terminal of this process if standard input is one, else from standard input,
/// as etcdctl does, with the prompt on standard output.
///
/// # Errors
/// When there is no terminal, or it cannot be read.
pub fn ask_password(prompt: &str) -> io::Result<String> {
    if io::stdin().is_terminal() {
        return at_terminal(prompt);
    }
    let mut out = io::stdout();
    out.write_all(prompt.as_bytes())?;
    out.flush()?;
    let line = line_from_input()?;
    out.write_all(b"\n")?;
    Ok(line)
}

/// The first word of standard input.
///
/// # Errors
/// When it cannot be read.
pub fn word_from_input() -> io::Result<String> {
    Ok(line_from_input()?.split_whitespace().next().unwrap_or_default().to_owned())
}

fn line_from_input() -> io::Result<String> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn at_terminal(prompt: &str) -> io::Result<String> {
    let mut terminal = File::options().read(true).write(true).open("/dev/tty")?;
    terminal.write_all(prompt.as_bytes())?;
    let before = tcgetattr(&terminal)?;
    let mut hidden = before.clone();
    // Keys come one by one, those that would send signals too: a signal would end this process and leave the terminal mute.
    hidden.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
    (hidden.special_codes[SpecialCodeIndex::VMIN], hidden.special_codes[SpecialCodeIndex::VTIME]) = (1, 0);
    tcsetattr(&terminal, OptionalActions::Drain, &hidden)?;
    let restore = Restore { terminal: &terminal, before };
    let typed = read_keys(&terminal, &Keys::of(&restore.before));
    drop(restore);
    (&terminal).write_all(b"\n")?;
    match typed? {
        Typed::Line(line) => Ok(line),
        Typed::Interrupt => {
            kill_process(getpid(), Signal::INT)?;
            Err(io::ErrorKind::Interrupted.into())
        }
    }
}

/// Shows what is typed again, whatever happened.
struct Restore<'t> {
    terminal: &'t File,
    before: Termios,
}

impl Drop for Restore<'_> {
    fn drop(&mut self) {
        // A terminal that is gone has nothing to show.
        let _ = tcsetattr(self.terminal, OptionalActions::Drain, &self.before);
    }
}

/// What this terminal's keys send.
struct Keys {
    interrupt: [u8; 2],
    erase: [u8; 3],
    kill: u8,
    end: u8,
}

impl Keys {
    fn of(terminal: &Termios) -> Self {
        let code = |index| terminal.special_codes[index];
        Self {
            interrupt: [code(SpecialCodeIndex::VINTR), code(SpecialCodeIndex::VQUIT)],
            erase: [code(SpecialCodeIndex::VERASE), 0x7f, 0x08],
            kill: code(SpecialCodeIndex::VKILL),
            end: code(SpecialCodeIndex::VEOF),
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Typed {
    Line(String),
    Interrupt,
}

fn read_keys(mut terminal: impl Read, keys: &Keys) -> io::Result<Typed> {
    let mut line = Vec::new();
    let mut key = [0];
    // One by one: what is typed ahead is the answer to the next question.
    while terminal.read(&mut key)? > 0 {
        match key[0] {
            b'\n' | b'\r' => break,
            key if keys.interrupt.contains(&key) => return Ok(Typed::Interrupt),
            key if key == keys.end => break,
            key if key == keys.kill => line.clear(),
            key if keys.erase.contains(&key) => erase(&mut line),
            key if line.len() < PASSWORD_BYTES_MAX => line.push(key),
            _ => return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is too long")),
        }
    }
    String::from_utf8(line).map(Typed::Line).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))
}

/// Takes the last character away.
fn erase(line: &mut Vec<u8>) {
    while line.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(bytes: &[u8]) -> Typed {
        read_keys(bytes, &Keys { interrupt: [3, 28], erase: [0x7f, 0x7f, 0x08], kill: 21, end: 4 }).unwrap()
    }

    #[test]
    fn keys_edit_a_line_end_it_or_interrupt() {
        let line = |text: &str| Typed::Line(text.to_owned());
        assert_eq!(typed(b"secret\rmore"), line("secret"));
        assert_eq!(typed("a\u{e9}\u{7f}\x08bc\n".as_bytes()), line("bc"));
        assert_eq!(typed(b"\x7fwrong\x15right\n"), line("right"));
        assert_eq!(typed(b"ab\x04"), line("ab"));
        assert_eq!(typed(b"ab\x03c\n"), Typed::Interrupt);
    }
}
