//! The socket that controllers connect to.

use std::fs;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;
use std::time::Duration;

use daemon_core::supervision::Turn;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{AddressFamily, Backlog, SockFlag, SockType, UnixAddr, bind, listen, socket};
use nix::unistd::{Uid, unlink};

use crate::controller::Kind;
use crate::controllers::Controllers;
use crate::log::{Level, Log};
use crate::proxy::CONTROL_SOCKET;
use crate::sys;
use crate::text::Text;

/// The connections that wait to be accepted; the kernel holds off further ones.
const BACKLOG: i32 = 2;
/// The time between two reports that connections wait because there is no room for a controller.
const PACE: Duration = Duration::from_secs(5);
/// The longest path of a unix socket.
pub(crate) const LONGEST_PATH: usize = 107;

/// The control socket, if there is one.
pub(crate) struct ControlSocket {
    socket: Option<(OwnedFd, Text<LONGEST_PATH>)>,
    /// Whether a connection may wait.
    is_ready: bool,
    /// When it is reported again that connections wait.
    report: Option<Duration>,
}

impl ControlSocket {
    pub(crate) fn new() -> Self {
        ControlSocket { socket: None, is_ready: false, report: None }
    }

    /// Listens at a path. The socket before it is closed first, even if this fails. A socket of this user at the path is
    /// replaced; anything else there is left alone.
    pub(crate) fn create(&mut self, path: &[u8], turn: &Turn) -> Result<(), Errno> {
        self.delete(turn);
        if path.is_empty() || path.len() > LONGEST_PATH {
            return Err(Errno::ENAMETOOLONG);
        }
        remove_old(path)?;
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        let socket = socket(AddressFamily::Unix, SockType::Stream, flags, None)?;
        // The mask of the process leaves 0700.
        bind(socket.as_raw_fd(), &UnixAddr::new(path)?)?;
        listen(&socket, Backlog::new(BACKLOG)?)?;
        turn.watch(socket.as_fd(), CONTROL_SOCKET).map_err(|_| Errno::EIO)?;
        self.socket = Some((socket, Text::of(path)));
        self.is_ready = true;
        Ok(())
    }

    /// Closes the socket and removes its file; returns its path, if there was one.
    pub(crate) fn delete(&mut self, turn: &Turn) -> Option<Text<LONGEST_PATH>> {
        let (socket, path) = self.socket.take()?;
        turn.unwatch(socket.as_fd());
        (self.is_ready, self.report) = (false, None);
        // Another program may have removed it.
        let _ = unlink(path.as_bytes());
        Some(path)
    }

    pub(crate) fn on_ready(&mut self) {
        self.is_ready = true;
    }

    /// Accepts connections, as long as there is room for a controller.
    pub(crate) fn accept(&mut self, controllers: &mut Controllers, turn: &Turn, log: &mut Log) {
        let Some((socket, _)) = &self.socket else { return };
        while self.is_ready && controllers.has_room() {
            self.report = None;
            match sys::accept(socket.as_fd()) {
                Ok(connection) => {
                    controllers.add_socket(Kind::Socket, connection, true, true, turn);
                }
                Err(Errno::EINTR | Errno::ECONNABORTED) => {}
                Err(Errno::EAGAIN) => self.is_ready = false,
                Err(error) => {
                    self.is_ready = false;
                    log.bytes(Level::Error, format_args!("accept: "), sys::describe(error).as_bytes());
                }
            }
        }
        if self.is_ready && self.report.is_none_or(|at| controllers.now >= at) {
            self.report_waiting(controllers.now, log);
        }
    }

    /// Reports that connections wait, if they do.
    fn report_waiting(&mut self, now: Duration, log: &mut Log) {
        let Some((socket, _)) = &self.socket else { return };
        let mut polled = [PollFd::new(socket.as_fd(), PollFlags::POLLIN)];
        if poll(&mut polled, PollTimeout::ZERO) == Ok(0) {
            (self.is_ready, self.report) = (false, None);
            return;
        }
        self.report = Some(now + PACE);
        log.line(Level::Warning, format_args!("No free controllers to accept a connection"));
    }

    /// Whether a connection may be accepted in the next turn.
    pub(crate) fn is_busy(&self, controllers: &Controllers) -> bool {
        self.is_ready && controllers.has_room()
    }

    /// Returns when to report again.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.report.filter(|_| self.is_ready)
    }
}

/// Removes a socket of this user at a path.
fn remove_old(path: &[u8]) -> Result<(), Errno> {
    let file = Path::new(std::ffi::OsStr::from_bytes(path));
    let Ok(found) = fs::symlink_metadata(file) else { return Ok(()) };
    if !found.file_type().is_socket() || found.uid() != Uid::effective().as_raw() {
        return Err(Errno::EADDRINUSE);
    }
    unlink(path)
}
