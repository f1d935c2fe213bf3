//! Logs by bytes: those of services, and the daemon's own if it is a file.
//!
//! What XML can't carry, such as the escape characters of colours, is replaced by U+FFFD.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::jobs::ProcessStatus;
use crate::context::{LogOutput, SendText, Which};
use crate::fault::{Fault, SupervisorFault};
use crate::logs;
use crate::services::Services;
use crate::services::admin::json;

/// The most bytes of one reply.
const MOST: u64 = 1024 * 1024;
/// How many bytes a follower gets of what was there before.
const BEFORE: u64 = 1024;

impl Services {
    /// Returns a part of the log of a process.
    ///
    /// # Errors
    ///
    /// If there is no such process, or no log.
    pub(super) fn read_log(
        &mut self,
        name: &str,
        output: LogOutput,
        offset: i64,
        length: i64,
    ) -> Result<String, Fault> {
        let path = self.log_of(name, output)?;
        read(&path, offset, length)
    }

    /// Returns the last bytes of a log, the offset behind them, and whether there were more since the given offset.
    ///
    /// # Errors
    ///
    /// If there is no such process, or no log.
    pub(super) fn tail_log(
        &mut self,
        name: &str,
        output: LogOutput,
        offset: i64,
        length: i64,
    ) -> Result<(String, i64, bool), Fault> {
        let path = self.log_of(name, output)?;
        let (mut file, size) = open(&path)?;
        let length = length.clamp(0, MOST as i64);
        let start = offset.max(size.saturating_sub(length)).clamp(0, size.max(0));
        let bytes = part(&mut file, start, length).map_err(|error| unreadable(&path, &error))?;
        Ok((printable(&bytes), size, size > offset.max(0).saturating_add(length)))
    }

    /// Empties the logs of processes.
    pub(super) fn clear_logs(&mut self, which: &Which) -> Result<Vec<u8>, Fault> {
        let indices = self.processes(which)?;
        if let (Which::One(_), [index]) = (which, indices.as_slice()) {
            self.clear_log(*index)?;
            return json(&true);
        }
        let mut statuses = Vec::new();
        for index in indices {
            let outcome = self.clear_log(index);
            let entry = &self.table[index];
            statuses.push(ProcessStatus::new(entry.name.to_string(), entry.group().to_string(), outcome));
        }
        json(&statuses)
    }

    /// Empties the log of a service, if it has one.
    fn clear_log(&mut self, index: usize) -> Result<(), Fault> {
        self.read_output(index);
        let entry = &mut self.table[index];
        let Some(log) = &entry.service.log else { return Ok(()) };
        let cleared = match &mut entry.output {
            Some(output) => output.clear(),
            None => clear(&log.file),
        };
        cleared.map_err(|error| SupervisorFault::Failed.of(format!("{}: {error}", log.file.display())))
    }

    /// Sends the end of the log of a process, and everything that comes after that.
    pub(super) fn follow_log(&mut self, name: &str, output: LogOutput, mut send: SendText) {
        let begun = self.log_of(name, output).and_then(|path| last_lines(&path));
        let (lines, rest) = match begun {
            Ok(begun) => begun,
            Err(fault) => {
                send(Err(fault));
                return;
            }
        };
        // Even if it is empty: it says that the log is there.
        if !send(Ok(&lines)) {
            return;
        }
        let Ok(index) = self.process(name) else { return };
        if let Err(error) = self.prepare_output(index) {
            send(Err(SupervisorFault::Failed.of(error.report())));
        } else if let Some(output) = self.table[index].output.as_mut() {
            let send_line = move |line: Result<&str, Fault>| match line {
                Ok(line) => send(Ok(&format!("{line}\n"))),
                Err(fault) => send(Err(fault)),
            };
            output.follow(&rest, Box::new(send_line));
        }
    }

    /// Returns the file of the log of a process, with all in it that the process has written.
    fn log_of(&mut self, name: &str, output: LogOutput) -> Result<PathBuf, Fault> {
        let index = self.process(name)?;
        let log = self.table[index].service.log.clone().filter(|_| output == LogOutput::Stdout);
        let no_log = || match output {
            LogOutput::Stdout => format!("{name} has no log"),
            LogOutput::Stderr => format!("{name} has no log for its errors: they are in that of its output"),
        };
        let log = log.ok_or_else(|| SupervisorFault::NoFile.of(no_log()))?;
        self.read_output(index);
        Ok(log.file)
    }
}

/// Returns a part of the daemon's own log.
///
/// # Errors
///
/// If that is no file.
pub(super) fn read_main(offset: i64, length: i64) -> Result<String, Fault> {
    read(main_log()?, offset, length)
}

/// Empties the daemon's own log.
///
/// # Errors
///
/// If that is no file, or can't be emptied.
pub(super) fn clear_main() -> Result<bool, Fault> {
    let path = main_log()?;
    let failed = |error| SupervisorFault::Failed.of(format!("{}: {error}", path.display()));
    clear(path).map_err(failed)?;
    Ok(true)
}

fn main_log() -> Result<&'static Path, Fault> {
    logs::file().ok_or_else(|| SupervisorFault::NoFile.of("the daemon does not log to a file"))
}

/// Reads a part of a file: from an offset on, or so many bytes at its end if the offset is negative. Without a length,
/// everything from there on. A reply has at most [`MOST`] bytes.
fn read(path: &Path, offset: i64, length: i64) -> Result<String, Fault> {
    if length < 0 || (offset < 0 && length != 0) {
        return Err(SupervisorFault::BadArguments.of("a length is not negative, and 0 if the offset is"));
    }
    let (mut file, size) = open(path)?;
    let start = match offset {
        ..0 => size.saturating_sub(offset.saturating_neg().min(MOST as i64)),
        0.. => offset,
    };
    let length = if length == 0 { i64::MAX } else { length };
    let bytes =
        part(&mut file, start.clamp(0, size.max(0)), length).map_err(|error| unreadable(path, &error))?;
    Ok(printable(&bytes))
}

/// Opens a log, and returns its size. What is no plain file can't be read by offsets.
fn open(path: &Path) -> Result<(File, i64), Fault> {
    let no_file = |why: String| SupervisorFault::NoFile.of(format!("{}: {why}", path.display()));
    let found = fs::metadata(path).map_err(|error| no_file(error.to_string()))?;
    if !found.is_file() {
        return Err(no_file("it is no plain file".to_owned()));
    }
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    Ok((file, i64::try_from(found.len()).unwrap_or(i64::MAX)))
}

fn part(file: &mut File, start: i64, length: i64) -> io::Result<Vec<u8>> {
    let (start, length) =
        (u64::try_from(start).unwrap_or_default(), u64::try_from(length).unwrap_or_default());
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(length.min(MOST)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Returns the last whole lines of a log, and the start of the one after them. There may be no log yet.
fn last_lines(path: &Path) -> Result<(String, Vec<u8>), Fault> {
    if !path.exists() {
        return Ok(Default::default());
    }
    let (mut file, size) = open(path)?;
    let start = size.saturating_sub(BEFORE as i64).max(0);
    let mut bytes = part(&mut file, start, BEFORE as i64).map_err(|error| unreadable(path, &error))?;
    if let Some(end) = bytes.iter().position(|byte| *byte == b'\n').filter(|_| start > 0) {
        bytes.drain(..=end);
    }
    let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let rest = bytes.split_off(end);
    Ok((String::from_utf8_lossy(&bytes).into_owned(), rest))
}

fn clear(path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(found) if found.is_file() => File::options().write(true).open(path)?.set_len(0),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Fault {
    SupervisorFault::Failed.of(format!("cannot read {}: {error}", path.display()))
}

/// Returns bytes as a text that XML can carry.
fn printable(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.replace(
        |character| matches!(character, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}'),
        "\u{fffd}",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_log_are_read_by_offsets_from_both_ends() {
        let path = std::env::temp_dir().join(format!("supervisorctl-log-{}", std::process::id()));
        fs::write(&path, "one\ntwo\n\u{1b}[31m\n").unwrap();
        for (offset, length, text) in [
            (0, 0, "one\ntwo\n\u{fffd}[31m\n"),
            (4, 3, "two"),
            (4, 4000, "two\n\u{fffd}[31m\n"),
            (4000, 0, ""),
            (-6, 0, "\u{fffd}[31m\n"),
            (-4000, 0, "one\ntwo\n\u{fffd}[31m\n"),
            (i64::MIN, 0, "one\ntwo\n\u{fffd}[31m\n"),
            (i64::MAX, i64::MAX, ""),
        ] {
            assert_eq!(read(&path, offset, length).unwrap(), text, "{offset}, {length}");
        }
        for (offset, length) in [(0, -1), (-1, 1)] {
            assert_eq!(read(&path, offset, length).unwrap_err().code(), 3);
        }
        fs::remove_file(&path).unwrap();
        assert_eq!(read(&path, 0, 0).unwrap_err().code(), 20);
        assert_eq!(read(Path::new("/dev/null"), 0, 0).unwrap_err().code(), 20);
    }
}
