//! Which process the daemon is: its pid file says so, or its socket.

use nix::unistd::geteuid;

use super::connect::connect;
use super::control::ask;
use crate::daemon::config::Config;
use crate::daemon::process::pid_lock::{Holder, holder};
use crate::error::{Error, OrError, Result};
use crate::sys::process::{self, Process};

/// Opens the daemon's process, so that its pid cannot come to mean another one; `None` if it is not running.
pub(super) fn running(name: &str, config: &Config) -> Result<Option<(Process, i32)>> {
    let number = || {
        if config.by_socket {
            return by_socket(name, config);
        }
        Ok::<_, Error>(match holder(&config.pid_file)? {
            Holder::Running(pid) => Some(pid),
            Holder::Absent => without_pid_file(name, config),
            Holder::Dead(_) => None,
        })
    };
    let Some(pid) = number()? else { return Ok(None) };
    let process = Process::open(pid).or_error(|| format!("cannot watch pid {pid}"))?;
    // Read the pid again, now that the process is open.
    Ok(process.filter(|_| matches!(number(), Ok(Some(again)) if again == pid)).map(|process| (process, pid)))
}

/// Finds the process of a daemon whose pid file was removed: one of this user's that listens on the daemon's socket,
/// according to the system (`SO_PEERCRED`, unix(7)), and replies that it is this daemon.
pub(super) fn without_pid_file(name: &str, config: &Config) -> Option<i32> {
    let mut client = connect(config).ok()?;
    let (pid, uid) = client.listener()?;
    let ours = uid == geteuid().as_raw() && process::owner(pid) == Some(uid);
    let status = ask(&mut client).ok().filter(|_| ours)?;
    (status.pid == pid && status.name == name).then_some(pid)
}

/// Finds the process of a daemon that is named only by its socket; `None` if nothing listens there.
///
/// # Errors
///
/// If it is another daemon, another user's, or on an inet socket: then the system does not say whose it is.
fn by_socket(name: &str, config: &Config) -> Result<Option<i32>> {
    let mut client = match connect(config) {
        Err(error) if error.is_not_running() => return Ok(None),
        client => client?,
    };
    let asked = ask(&mut client);
    let Some((pid, uid)) = client.listener() else {
        return Err(Error::usage(
            "an inet socket does not say which process listens; name the pid file, with --pidfile",
        ));
    };
    let status = match asked {
        // One that does not reply can still be stopped, if the pid file is its own.
        Err(error) if error.is_timed_out() && holds_pid_file(pid, config) => return Ok(Some(pid)),
        asked => asked?,
    };
    let own = geteuid().as_raw();
    if status.name != name {
        Err(Error::new(format!("the daemon on this socket is not {name}, but {}", status.name)))
    } else if status.pid != pid || uid != own || process::owner(pid) != Some(own) {
        Err(Error::new(format!(
            "the process on this socket (pid {pid}) belongs to another user than uid {own}"
        )))
    } else {
        Ok(Some(pid))
    }
}

fn holds_pid_file(pid: i32, config: &Config) -> bool {
    matches!(holder(&config.pid_file), Ok(Holder::Running(held)) if held == pid)
}
