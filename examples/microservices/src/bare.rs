//! The request form of older programs: a bare JSON object on the socket `service_<name>.sock`, a bare JSON answer, and the end
//! of the connection.
//!
//! A request such as `{"path": "/user", "method": "POST", "auth_token": "…", "data": {"name": "Ann"}}` becomes one of HTTP on
//! the daemon's own socket, so routes, checks and tokens are those of the methods. Each connection has a thread for as
//! long as it lasts; there is a bound for how many, and for how long. The daemon sees its own user as the caller, so what it
//! offers besides the routes of its methods can't be reached, and a route must not be for the owner alone.

mod answer;
mod http;
mod request;

use std::fs;
use std::io::{self, Write};
use std::net::Shutdown;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use daemon_core::{Context, Error, Result};

use self::request::Request;

/// The most connections at once; one more is closed.
const CONNECTIONS: usize = 64;
/// How long it waits after a failure to accept one.
const PAUSE: Duration = Duration::from_millis(100);
/// How long a connection may take, from its first byte to its last.
const PATIENCE: Duration = Duration::from_secs(10);

/// A socket for the older form. Dropping it removes the socket.
#[derive(Debug)]
pub(crate) struct BareSocket {
    socket: PathBuf,
}

impl BareSocket {
    /// Listens beside the daemon's own socket, in a thread.
    ///
    /// # Errors
    ///
    /// If the daemon has no unix socket, or the system refuses another one.
    pub(crate) fn listen(context: &Context) -> Result<BareSocket> {
        let own = context
            .sockets()
            .iter()
            .find_map(|socket| socket.strip_prefix("unix:"))
            .map(PathBuf::from)
            .ok_or_else(|| Error::new("the older request form needs a unix socket of the daemon"))?;
        let stem = own.file_stem().unwrap_or_default().to_string_lossy();
        let socket = own.with_file_name(format!("service_{stem}.sock"));
        let what =
            |error: io::Error| Error::new(format!("cannot listen on `{}`", socket.display())).because(error);
        // The daemon holds its pid file, so whoever made this one has gone.
        let _ = fs::remove_file(&socket);
        let listener = UnixListener::bind(&socket).map_err(what)?;
        fs::set_permissions(&socket, fs::Permissions::from_mode(0o770)).map_err(what)?;
        thread::Builder::new()
            .name("bare".to_owned())
            .spawn(move || accept(&listener, &own))
            .map_err(what)?;
        Ok(BareSocket { socket })
    }
}

impl Drop for BareSocket {
    fn drop(&mut self) {
        // There is nobody to tell.
        let _ = fs::remove_file(&self.socket);
    }
}

/// Serves connections, until the process ends.
fn accept(listener: &UnixListener, own: &Path) {
    let open = Arc::new(AtomicUsize::new(0));
    for stream in listener.incoming() {
        let Ok(stream) = stream else {
            // There are no descriptors left, perhaps: trying again at once would not help.
            thread::sleep(PAUSE);
            continue;
        };
        if open.fetch_add(1, Ordering::Relaxed) >= CONNECTIONS {
            open.fetch_sub(1, Ordering::Relaxed);
            continue;
        }
        let (open_here, own) = (open.clone(), own.to_owned());
        let serve = move || {
            // A peer that has gone needs no answer.
            let _ = serve(&stream, &own);
            open_here.fetch_sub(1, Ordering::Relaxed);
        };
        if thread::Builder::new().spawn(serve).is_err() {
            open.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// Reads a request, passes it on, and writes the answer.
fn serve(mut stream: &UnixStream, own: &Path) -> io::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    stream.set_write_timeout(Some(PATIENCE))?;
    let answer = match Request::read(stream, deadline) {
        Ok(request) => {
            http::call(own, &request, deadline).unwrap_or_else(|error| answer::unavailable(&error))
        }
        Err(reason) => answer::wrong(&reason),
    };
    stream.write_all(answer.as_bytes())?;
    stream.shutdown(Shutdown::Both)
}
