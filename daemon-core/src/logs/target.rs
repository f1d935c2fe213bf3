//! Where a log goes: `stderr`, a path, `syslog` or `journal`.

use std::fmt;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::error::{Error, OrError, Result};

/// The socket of the system's log (syslog(3)).
const SYSLOG: &str = "/dev/log";
/// The socket of systemd's journal (systemd-journald.service(8)).
const JOURNAL: &str = "/run/systemd/journal/socket";

/// Where a log goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LogTarget {
    /// Standard error.
    Stderr,
    /// The end of a file.
    File(PathBuf),
    /// The system's log, at this socket, in the format of RFC 3164.
    Syslog(PathBuf),
    /// systemd's journal, at this socket, in its own protocol.
    Journal(PathBuf),
}

impl LogTarget {
    /// The default target. A daemon that detaches has no standard error: it uses the journal if there is one, otherwise
    /// the system's log.
    pub(crate) fn usual(detached: bool) -> Self {
        LogTarget::found(detached, Path::new(JOURNAL), Path::new(SYSLOG))
    }

    fn found(detached: bool, journal: &Path, syslog: &Path) -> Self {
        match detached {
            true if is_open(journal) => LogTarget::Journal(journal.to_owned()),
            true if is_open(syslog) => LogTarget::Syslog(syslog.to_owned()),
            _ => LogTarget::Stderr,
        }
    }
}

/// Whether a process listens there, and this process may send to it.
fn is_open(socket: &Path) -> bool {
    UnixDatagram::unbound().is_ok_and(|own| own.connect(socket).is_ok())
}

impl FromStr for LogTarget {
    type Err = Error;

    fn from_str(text: &str) -> Result<LogTarget> {
        // Made absolute now: a daemon that detaches leaves the directory it was started in.
        let path = |path: &str| std::path::absolute(path).or_error(|| format!("cannot log to `{text}`"));
        Ok(match text.split_once(':').unwrap_or((text, "")) {
            ("stderr", "") => LogTarget::Stderr,
            ("syslog", "") => LogTarget::Syslog(SYSLOG.into()),
            ("syslog", socket) => LogTarget::Syslog(path(socket)?),
            ("journal", "") => LogTarget::Journal(JOURNAL.into()),
            ("journal", socket) => LogTarget::Journal(path(socket)?),
            ("", _) => {
                return Err(Error::usage("--log takes a path, `stderr`, `syslog` or `journal`"));
            }
            _ => LogTarget::File(path(text)?),
        })
    }
}

/// Prints what [`from_str`](FromStr::from_str) reads, so that it can be passed to a worker.
impl fmt::Display for LogTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LogTarget::Stderr => f.write_str("stderr"),
            LogTarget::File(path) => write!(f, "{}", path.display()),
            LogTarget::Syslog(socket) => write!(f, "syslog:{}", socket.display()),
            LogTarget::Journal(socket) => write!(f, "journal:{}", socket.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_printed_as_they_are_read() {
        for (text, target) in [
            ("stderr", LogTarget::Stderr),
            ("/var/log/x.log", LogTarget::File("/var/log/x.log".into())),
            ("syslog", LogTarget::Syslog(SYSLOG.into())),
            ("syslog:/jail/dev/log", LogTarget::Syslog("/jail/dev/log".into())),
            ("journal", LogTarget::Journal(JOURNAL.into())),
        ] {
            assert_eq!(text.parse::<LogTarget>().unwrap(), target);
            assert_eq!(target.to_string().parse::<LogTarget>().unwrap(), target);
        }
        assert!("".parse::<LogTarget>().unwrap_err().is_usage());
        let relative = "x.log".parse::<LogTarget>().unwrap();
        assert_eq!(relative, LogTarget::File(std::env::current_dir().unwrap().join("x.log")));
    }

    #[test]
    fn a_detached_daemon_takes_the_log_that_the_system_has() {
        let here = std::env::temp_dir().join(format!("log-target-{}", std::process::id()));
        let _ = std::fs::remove_file(&here);
        let listener = UnixDatagram::bind(&here).unwrap();
        let nowhere = Path::new("/nowhere");
        assert_eq!(LogTarget::found(true, &here, &here), LogTarget::Journal(here.clone()));
        assert_eq!(LogTarget::found(true, nowhere, &here), LogTarget::Syslog(here.clone()));
        assert_eq!(LogTarget::found(true, nowhere, nowhere), LogTarget::Stderr);
        assert_eq!(LogTarget::found(false, &here, &here), LogTarget::Stderr);
        drop(listener);
        assert_eq!(LogTarget::found(true, &here, &here), LogTarget::Stderr, "no process listens any more");
        std::fs::remove_file(here).unwrap();
    }
}
