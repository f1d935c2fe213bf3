//! Where a log is written to: standard error, a file, or the socket of the system's log. Nothing here blocks.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::libc;
use nix::sys::socket::{MsgFlags, send};
use tracing::Level;

use super::LogTarget;
use crate::sys::descriptor::write_now;
use crate::sys::process::writable;

/// An open log.
pub(super) enum Output {
    Stderr(Stderr),
    File { file: File, path: PathBuf },
    System { socket: UnixDatagram, target: System },
}

/// Standard error, written without blocking.
pub(super) enum Stderr {
    /// A pipe or a terminal, opened a second time, so that its flags affect no other process.
    Own(File),
    /// A socket: each message is sent with `MSG_DONTWAIT`.
    Socket,
    /// A pipe of another user: each write is non-blocking.
    Pipe,
    /// Anything else, shared with other processes: written only if it has room.
    Shared,
}

/// The system's log.
pub(super) struct System {
    path: PathBuf,
    /// The name of the sender.
    name: String,
    journal: bool,
}

/// The facility "daemon" (RFC 3164, section 4.1.1).
const DAEMON: u8 = 3 << 3;

impl Output {
    pub(super) fn open(name: &str, target: &LogTarget) -> io::Result<Output> {
        let system = |path: &PathBuf, journal| {
            let target = System { path: path.clone(), name: name.to_owned(), journal };
            Ok(Output::System { socket: connect(path)?, target })
        };
        match target {
            LogTarget::Stderr => Ok(Output::Stderr(Stderr::open())),
            LogTarget::File(path) => Ok(Output::File { file: append(path)?, path: path.clone() }),
            LogTarget::Syslog(path) => system(path, false),
            LogTarget::Journal(path) => system(path, true),
        }
    }

    /// Opens the same target again.
    pub(super) fn reopen(&mut self) -> io::Result<()> {
        match self {
            Output::Stderr(stderr) => *stderr = Stderr::open(),
            Output::File { file, path } => *file = append(path)?,
            Output::System { socket, target } => *socket = connect(&target.path)?,
        }
        Ok(())
    }

    pub(super) fn is_terminal(&self) -> bool {
        matches!(self, Output::Stderr(_)) && io::stderr().is_terminal()
    }

    /// Whether the text contains the time and the level.
    pub(super) fn has_form(&self) -> bool {
        !matches!(self, Output::System { .. })
    }

    /// Writes as much as fits; the system's log takes all or nothing.
    pub(super) fn write(&mut self, level: Level, line: &[u8]) -> io::Result<usize> {
        match self {
            Output::Stderr(stderr) => stderr.write(line),
            Output::File { file, .. } => file.write(line),
            Output::System { socket, target } => {
                let message = target.message(level, line);
                match socket.send(&message) {
                    Ok(_) => {}
                    Err(full) if full.kind() == io::ErrorKind::WouldBlock => return Err(full),
                    // The log may have been restarted: then it has a new socket.
                    Err(_) => {
                        *socket = connect(&target.path)?;
                        socket.send(&message)?;
                    }
                }
                Ok(line.len())
            }
        }
    }
}

impl Stderr {
    fn open() -> Stderr {
        let Ok(kind) = std::fs::metadata("/proc/self/fd/2").map(|there| there.file_type()) else {
            return Stderr::Shared;
        };
        if kind.is_socket() {
            return Stderr::Socket;
        }
        let own =
            (kind.is_fifo() || io::stderr().is_terminal()).then(|| append(Path::new("/proc/self/fd/2")));
        match own {
            Some(Ok(own)) => Stderr::Own(own),
            Some(Err(_)) if kind.is_fifo() => Stderr::Pipe,
            Some(Err(_)) | None => Stderr::Shared,
        }
    }

    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match self {
            Stderr::Own(file) => file.write(line),
            Stderr::Socket => {
                let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL;
                Ok(send(io::stderr().as_raw_fd(), line, flags)?)
            }
            Stderr::Pipe => write_now(io::stderr().as_fd(), line),
            Stderr::Shared if writable(io::stderr().as_fd(), Duration::ZERO)? => io::stderr().write(line),
            Stderr::Shared => Err(io::ErrorKind::WouldBlock.into()),
        }
    }
}

impl System {
    fn message(&self, level: Level, line: &[u8]) -> Vec<u8> {
        let (name, severity, text) = (&self.name, severity(level), line.trim_ascii());
        let head = match self.journal {
            true => format!("PRIORITY={severity}\nSYSLOG_IDENTIFIER={name}\nMESSAGE="),
            false => format!("<{}>{name}[{}]: ", DAEMON | severity, std::process::id()),
        };
        let end: &[u8] = if self.journal { b"\n" } else { b"" };
        [head.as_bytes(), text, end].concat()
    }
}

/// The severity of RFC 5424, section 6.2.1.
fn severity(level: Level) -> u8 {
    match level {
        Level::ERROR => 3,
        Level::WARN => 4,
        Level::INFO => 6,
        Level::DEBUG | Level::TRACE => 7,
    }
}

/// Opens a file to append to it. Does not wait for a reader if the file is a pipe.
fn append(path: &Path) -> io::Result<File> {
    let flags = libc::O_NONBLOCK | libc::O_NOCTTY | libc::O_CLOEXEC;
    File::options().append(true).create(true).mode(0o640).custom_flags(flags).open(path)
}

fn connect(path: &Path) -> io::Result<UnixDatagram> {
    let socket = UnixDatagram::unbound()?;
    socket.set_nonblocking(true)?;
    socket.connect(path)?;
    Ok(socket)
}
