//! What a service manager is notified of: that the daemon is ready, and that it stops (sd_notify(3)).
//!
//! The manager names its socket in `NOTIFY_SOCKET`. A daemon whose manager does not listen runs all the same, so a failure is
//! only logged.

use std::env;
use std::ffi::OsStr;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use tracing::warn;

/// The variable that names the socket.
const VARIABLE: &str = "NOTIFY_SOCKET";
/// How long a message may take: the queue of the socket may be full.
const PATIENCE: Duration = Duration::from_secs(1);

/// Notifies the service manager that the daemon serves calls; one that has detached says which process it is.
pub(super) fn ready(detached: bool) {
    match detached {
        true => notify(&format!("READY=1\nMAINPID={}", std::process::id())),
        false => notify("READY=1"),
    }
}

/// Notifies the service manager that the daemon begins to stop.
pub(super) fn stopping() {
    notify("STOPPING=1");
}

fn notify(state: &str) {
    let Some(socket) = env::var_os(VARIABLE).filter(|name| !name.is_empty()) else { return };
    if let Err(error) = send(&socket, state) {
        warn!("cannot notify the service manager on `{}` (${VARIABLE}): {error}", socket.display());
    }
}

fn send(name: &OsStr, state: &str) -> io::Result<()> {
    let address = match name.as_bytes() {
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
        [b'/', ..] => SocketAddr::from_pathname(name)?,
        _ => return Err(io::Error::new(io::ErrorKind::InvalidInput, "it must begin with `/` or `@`")),
    };
    let socket = UnixDatagram::unbound()?;
    socket.set_write_timeout(Some(PATIENCE))?;
    socket.send_to_addr(state.as_bytes(), &address).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_sent_to_a_path_and_to_an_abstract_name() {
        let name = format!("notify-{}", std::process::id());
        let path = env::temp_dir().join(&name);
        let _ = std::fs::remove_file(&path);
        let at_path = UnixDatagram::bind(&path).unwrap();
        let at_name = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        for (socket, address) in [(at_path, path.as_os_str()), (at_name, OsStr::new(&format!("@{name}")))] {
            send(address, "READY=1").unwrap();
            let mut bytes = [0; 64];
            let length = socket.recv(&mut bytes).unwrap();
            assert_eq!(&bytes[..length], b"READY=1");
        }
        assert_eq!(send(path.as_os_str(), "READY=1").unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
        assert_eq!(send(OsStr::new("vsock:2:1"), "READY=1").unwrap_err().kind(), io::ErrorKind::InvalidInput);
        std::fs::remove_file(path).unwrap();
    }
}
