//! Where the lines come from: the line editor, or a file or pipe.

use std::env;
use std::fs::DirBuilder;
use std::io::{self, IsTerminal};
use std::os::fd::AsFd;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;

use nix::sys::stat::{SFlag, fstat};
use rustyline::config::Configurer;
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{Config, Editor, ExternalPrinter};

use super::completer::Completions;
use super::printer::Printer;
use crate::error::{Error, OrError, Result};
use crate::printable::Lines;

/// How many lines of history are kept.
const REMEMBERED: usize = 1000;
/// The most bytes of a line from a file or pipe; a longer one is an error.
const LONGEST: u64 = 16 * 1024 * 1024;

/// What reading a line came to.
pub(super) enum Read {
    Line(String),
    /// Ctrl-C: the line was cleared.
    Cleared,
    End,
}

/// The line editor, with its history.
pub(super) struct Terminal {
    editor: Editor<Completions, FileHistory>,
    history: Option<PathBuf>,
}

impl Terminal {
    /// Opens the terminal of the process, with the history of the console of this name.
    pub(super) fn open(name: &str, completions: Completions) -> Result<Self> {
        let cannot = || "cannot use the terminal".to_owned();
        let config =
            Config::builder().history_ignore_space(true).completion_type(rustyline::CompletionType::List);
        let mut editor = Editor::with_config(config.build()).or_error(cannot)?;
        editor.set_max_history_size(REMEMBERED).or_error(cannot)?;
        editor.set_helper(Some(completions));
        let history = history(name);
        if let Some(path) = &history {
            // The first time there is none.
            let _ = editor.load_history(path);
        }
        Ok(Terminal { editor, history })
    }

    /// Returns what prints above the prompt.
    pub(super) fn printer(&mut self) -> Result<Printer> {
        let printer = self.editor.create_external_printer();
        let mut printer = printer.or_error(|| "cannot print above the prompt".to_owned())?;
        Ok(Printer::by(move |text| {
            // If the terminal has gone, the editor finds out.
            let _ = printer.print(Lines(&text).to_string());
        }))
    }

    /// Reads a line. With `keeps`, it comes into the history, unless it is empty or begins with a blank.
    pub(super) fn read(&mut self, prompt: &str, keeps: bool) -> Result<Read> {
        match self.editor.readline(prompt) {
            Ok(line) if !keeps => Ok(Read::Line(line)),
            Ok(line) => {
                let is_new = self.editor.add_history_entry(line.as_str()).unwrap_or_default();
                if let Some(path) = self.history.as_ref().filter(|_| is_new) {
                    // Without room on the disk there is no history.
                    let _ = self.editor.append_history(path);
                }
                Ok(Read::Line(line))
            }
            Err(ReadlineError::Interrupted | ReadlineError::Signal(_)) => Ok(Read::Cleared),
            Err(ReadlineError::Eof) => Ok(Read::End),
            Err(error) => Err(error).or_error(|| "cannot read from the terminal".to_owned()),
        }
    }
}

/// Returns where the history is, in a directory that is ours alone; `None` if there is no place for it.
fn history(name: &str) -> Option<PathBuf> {
    let state = env::var_os("XDG_STATE_HOME").filter(|path| !path.is_empty()).map(PathBuf::from);
    let state = state.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".local/state")))?;
    let directory = state.join(name);
    DirBuilder::new().recursive(true).mode(0o700).create(&directory).ok()?;
    Some(directory.join("history"))
}

/// Whether lines are read from a file or pipe; with `batch` from whatever standard input is.
///
/// # Errors
///
/// If standard input is neither a terminal nor a file nor a pipe.
pub(super) fn is_batch(batch: bool) -> Result<bool> {
    let stdin = io::stdin();
    if batch || !stdin.is_terminal() {
        let kind = fstat(stdin.as_fd()).map(|found| SFlag::from_bits_truncate(found.st_mode) & SFlag::S_IFMT);
        return match kind {
            Ok(SFlag::S_IFIFO | SFlag::S_IFREG | SFlag::S_IFSOCK) => Ok(true),
            _ if batch => Ok(true),
            _ => Err(Error::usage(
                "standard input is no terminal: a console needs one; `--batch` reads commands from anything else",
            )),
        };
    }
    Ok(false)
}

/// Reads a line from standard input; `None` at its end.
pub(super) fn next_line() -> Result<Option<String>> {
    use std::io::{BufRead, Read as _};

    let mut line = String::new();
    let mut stdin = io::stdin().lock().take(LONGEST);
    stdin.read_line(&mut line).or_error(|| "cannot read standard input".to_owned())?;
    if line.is_empty() {
        return Ok(None);
    }
    match line.strip_suffix('\n') {
        Some(whole) => Ok(Some(whole.to_owned())),
        None if line.len() as u64 >= LONGEST => {
            Err(Error::usage(format!("a line has at most {LONGEST} bytes")))
        }
        None => Ok(Some(line)),
    }
}
