//! A log file that the daemon writes for a service, and rotates when it is full.
//!
//! A write that fails loses what it should have written: the service goes on, and the daemon's log says so once.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use nix::libc;
use tracing::{info, warn};

use crate::error::{OrError, Result};
use crate::service::Log;

/// Permission bits of a new log: its owner, and readers in its group.
const MODE: u32 = 0o640;
/// The most bytes that are read from the end of a log.
const END: u64 = 1024 * 1024;

/// An open log.
pub(super) struct LogFile {
    log: Log,
    file: File,
    size: u64,
    /// Whether the last byte is a line end, or there is none.
    at_line_start: bool,
    /// How many bytes were lost since the last that were written.
    lost: u64,
}

impl LogFile {
    /// Opens a log, to write at its end.
    pub(super) fn open(log: &Log) -> Result<Self> {
        let (file, size) =
            append(&log.file).or_error(|| format!("cannot open the log `{}`", log.file.display()))?;
        Ok(LogFile { log: log.clone(), file, size, at_line_start: true, lost: 0 })
    }

    /// Whether it is the file that is wanted, with the same bounds.
    pub(super) fn is(&self, log: &Log) -> bool {
        self.log == *log
    }

    /// Opens the file again, as another program may have moved it.
    pub(super) fn reopen(&mut self) {
        match append(&self.log.file) {
            Ok((file, size)) => (self.file, self.size) = (file, size),
            Err(error) => warn!("cannot open the log `{}` again: {error}", self.log.file.display()),
        }
    }

    /// Empties the file. One that is no plain file stays as it is.
    pub(super) fn clear(&mut self) -> io::Result<()> {
        if self.file.metadata()?.is_file() {
            self.file.set_len(0)?;
            (self.size, self.at_line_start) = (0, true);
        }
        Ok(())
    }

    /// Writes bytes; a file that would grow too large is rotated between two lines, if that is possible.
    pub(super) fn write(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = self.log.max_size.bytes().saturating_sub(self.size);
            let room = usize::try_from(room).unwrap_or(usize::MAX);
            if bytes.len() <= room {
                return self.put(bytes);
            }
            let cut = bytes[..room].iter().rposition(|byte| *byte == b'\n').map(|at| at + 1);
            let starts_new_file = self.at_line_start && self.size > 0;
            let cut = cut.unwrap_or(if starts_new_file { 0 } else { room });
            let (head, rest) = bytes.split_at(cut);
            self.put(head);
            if self.size == 0 || !self.rotate() {
                return self.put(rest);
            }
            bytes = rest;
        }
    }

    fn put(&mut self, bytes: &[u8]) {
        let Some(last) = bytes.last() else { return };
        match self.file.write_all(bytes) {
            Ok(()) => {
                if self.lost > 0 {
                    info!("the log `{}` takes lines again; {} bytes are lost", self.name(), self.lost);
                }
                (self.lost, self.at_line_start) = (0, *last == b'\n');
                self.size = self.size.saturating_add(bytes.len() as u64);
            }
            Err(error) => {
                if self.lost == 0 {
                    warn!(
                        "cannot write to the log `{}`: {error}; what it does not take is lost",
                        self.name()
                    );
                }
                self.lost = self.lost.saturating_add(bytes.len() as u64);
            }
        }
    }

    fn name(&self) -> impl std::fmt::Display {
        self.log.file.display()
    }

    /// Moves the file and its predecessors on by one number, and begins a new one; returns whether that succeeded.
    fn rotate(&mut self) -> bool {
        match rotate(&self.log.file, self.log.keep) {
            Ok(file) => {
                (self.file, self.size, self.at_line_start) = (file, 0, true);
                true
            }
            Err(error) => {
                warn!("cannot rotate the log `{}`: {error}; it grows on", self.name());
                false
            }
        }
    }

    /// Returns the end of the log.
    pub(super) fn end(&self) -> io::Result<Vec<u8>> {
        end(&self.log.file)
    }
}

/// Returns the last bytes of a file, up to a bound.
fn end(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(END)))?;
    let mut bytes = Vec::new();
    file.take(END).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Opens a file to write at its end. If it is a FIFO or a terminal, writes do not wait.
fn append(path: &Path) -> io::Result<(File, u64)> {
    let file =
        File::options().append(true).create(true).mode(MODE).custom_flags(libc::O_NONBLOCK).open(path)?;
    let size = file.metadata()?.len();
    Ok((file, size))
}

fn rotate(path: &Path, keep: u16) -> io::Result<File> {
    if keep == 0 {
        fs::remove_file(path)?;
        return Ok(append(path)?.0);
    }
    for number in (1..keep).rev() {
        match fs::rename(numbered(path, number), numbered(path, number + 1)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    fs::rename(path, numbered(path, 1))?;
    Ok(append(path)?.0)
}

fn numbered(path: &Path, number: u16) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{number}"));
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_log_is_rotated_between_two_lines_and_the_oldest_goes() {
        let directory = std::env::temp_dir().join(format!("service-log-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        let path = directory.join("web.log");
        let mut log = LogFile::open(&Log::new(&path).max_size(4096).keep(2)).unwrap();
        let line = [[b'x'; 999].as_slice(), b"\n"].concat();
        for _ in 0..14 {
            log.write(&line);
        }
        let sizes = ["web.log", "web.log.1", "web.log.2", "web.log.3"]
            .map(|name| fs::metadata(directory.join(name)).map(|file| file.len()).ok());
        assert_eq!(sizes, [Some(2000), Some(4000), Some(4000), None]);
        log.write(&[b'y'; 9000]);
        assert_eq!(log.size, 9000 - 2 * 4096);
        assert_eq!(log.end().unwrap().len(), 9000 - 2 * 4096);
        fs::remove_dir_all(directory).unwrap();
    }
}
