//! Listening sockets: bound without a race, never taken from a live process, removed only while they are ours.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

use mio::net::{TcpListener, TcpStream, UnixListener};
use mio::{Interest, Registry, Token};
use nix::sys::socket::sockopt::{KeepAlive, TcpKeepIdle};
use nix::sys::socket::{
    AddressFamily, Backlog, SockFlag, SockType, UnixAddr, bind, listen, setsockopt, socket,
};
use nix::sys::stat::{Mode, fchmod, umask};
use nix::unistd::geteuid;

use super::dial;
use super::endpoint::Endpoint;
use super::stream::Stream;
use super::tls::{Identity, Session};
use crate::caller::{Peer, TlsPeer};
use crate::error::{Error, OrError, Result};
use crate::sys::descriptor;
use crate::sys::lock::{LockFile, Refusal};

/// How many connections can wait to be accepted; the kernel refuses more.
const BACKLOG: i32 = 1024;
/// Seconds of silence after which the kernel checks whether the peer of an inet socket is still there.
const KEEPALIVE: u32 = 60;
/// How long another start may take to bind the same socket.
const PATIENCE: Duration = Duration::from_secs(2);

/// A bound socket.
#[derive(Debug)]
pub(crate) struct ListeningSocket {
    endpoint: Endpoint,
    socket: Socket,
}

#[derive(Debug)]
enum Socket {
    Unix { socket: UnixListener, _file: SocketFile },
    Tcp(TcpListener),
    Tls(TcpListener, Rc<Identity>),
}

/// The file of a unix socket. Dropping it removes the file if it is still the same one.
#[derive(Debug)]
struct SocketFile {
    path: PathBuf,
    device: u64,
    inode: u64,
}

/// A new connection.
pub(crate) struct Accepted {
    pub(crate) stream: Stream,
    pub(crate) peer: Peer,
}

impl ListeningSocket {
    /// Binds a socket. A unix socket gets the permission bits `mode` from its first moment on.
    ///
    /// A TLS socket needs an `identity`. A socket file that no process listens on is replaced if the daemon's user owns it;
    /// with `force`, any user's.
    ///
    /// # Errors
    ///
    /// [`is_already_running`](Error::is_already_running) if a process listens there.
    pub(crate) fn bind(
        endpoint: &Endpoint,
        mode: u32,
        force: bool,
        identity: Option<&Rc<Identity>>,
    ) -> Result<ListeningSocket> {
        let (endpoint, socket) = match endpoint {
            Endpoint::Unix(path) => (endpoint.clone(), bind_unix(path, mode, force)?),
            Endpoint::Tcp(address) => {
                let (socket, chosen) = bind_inet(endpoint, *address)?;
                (Endpoint::Tcp(chosen), Socket::Tcp(socket))
            }
            Endpoint::Tls(address) => {
                let without = || Error::usage(format!("{}: it needs a certificate", cannot_bind(endpoint)));
                let identity = identity.ok_or_else(without)?;
                let (socket, chosen) = bind_inet(endpoint, *address)?;
                (Endpoint::Tls(chosen), Socket::Tls(socket, identity.clone()))
            }
        };
        Ok(ListeningSocket { endpoint, socket })
    }

    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    pub(crate) fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        match &mut self.socket {
            Socket::Unix { socket, .. } => registry.register(socket, token, Interest::READABLE),
            Socket::Tcp(socket) | Socket::Tls(socket, _) => {
                registry.register(socket, token, Interest::READABLE)
            }
        }
    }

    /// What it shows to its peers, if it speaks TLS.
    pub(crate) fn identity(&self) -> Option<&Identity> {
        match &self.socket {
            Socket::Unix { .. } | Socket::Tcp(_) => None,
            Socket::Tls(_, identity) => Some(identity),
        }
    }

    /// Accepts the next connection; `None` if there is none.
    pub(crate) fn accept(&self) -> io::Result<Option<Accepted>> {
        match self.try_accept() {
            Ok(accepted) => Ok(Some(accepted)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn try_accept(&self) -> io::Result<Accepted> {
        match &self.socket {
            Socket::Unix { socket, .. } => {
                let (stream, _) = socket.accept()?;
                let stream = Stream::Unix(stream);
                let credentials = descriptor::peer(&stream)?;
                // If the kernel does not report the groups, only the primary one is known.
                let groups: Rc<[u32]> = descriptor::peer_groups(&stream).unwrap_or_default().into();
                let (pid, uid, gid) = (credentials.pid(), credentials.uid(), credentials.gid());
                Ok(Accepted { stream, peer: Peer::Unix { pid, uid, gid, groups } })
            }
            Socket::Tcp(socket) => {
                let (stream, address) = accept_inet(socket)?;
                Ok(Accepted { stream: Stream::Tcp(stream), peer: Peer::Inet(address) })
            }
            Socket::Tls(socket, identity) => {
                let (stream, address) = accept_inet(socket)?;
                let stream = Stream::Tls(Box::new(Session::new(stream, identity)?));
                Ok(Accepted { stream, peer: Peer::Tls(TlsPeer { address, certificate: None }.into()) })
            }
        }
    }
}

impl AsFd for ListeningSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match &self.socket {
            Socket::Unix { socket, .. } => socket.as_fd(),
            Socket::Tcp(socket) | Socket::Tls(socket, _) => socket.as_fd(),
        }
    }
}

impl SocketFile {
    fn of(path: &Path) -> io::Result<Self> {
        let there = fs::symlink_metadata(path)?;
        Ok(SocketFile { path: path.to_owned(), device: there.dev(), inode: there.ino() })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let same = |there: &fs::Metadata| there.dev() == self.device && there.ino() == self.inode;
        if fs::symlink_metadata(&self.path).is_ok_and(|there| same(&there)) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn accept_inet(socket: &TcpListener) -> io::Result<(TcpStream, SocketAddr)> {
    let (stream, address) = socket.accept()?;
    stream.set_nodelay(true)?;
    // Detects a peer that vanishes without closing, even while a reply to it is pending.
    setsockopt(&stream, KeepAlive, &true)?;
    setsockopt(&stream, TcpKeepIdle, &KEEPALIVE)?;
    Ok((stream, address))
}

/// Binds an inet socket, and returns its address: port 0 asks the system to choose one.
fn bind_inet(endpoint: &Endpoint, address: SocketAddr) -> Result<(TcpListener, SocketAddr)> {
    let socket = TcpListener::bind(address).map_err(|error| in_use(endpoint, error))?;
    let chosen = socket.local_addr().or_error(|| cannot_bind(endpoint))?;
    Ok((socket, chosen))
}

fn bind_unix(path: &Path, mode: u32, force: bool) -> Result<Socket> {
    let endpoint = Endpoint::Unix(path.to_owned());
    // Two daemons that start at once must not find the same dead socket and remove each other's new one.
    let _bind_lock = lock_for_bind(path);
    clear(path, force)?;
    let (socket, file) = named_socket(path, mode).map_err(|error| in_use(&endpoint, error))?;
    Ok(Socket::Unix { socket: UnixListener::from_std(socket.into()), _file: file })
}

/// Binds a socket to `path`. The socket has its permission bits from the moment it has a name.
fn named_socket(path: &Path, mode: u32) -> io::Result<(OwnedFd, SocketFile)> {
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let socket = socket(AddressFamily::Unix, SockType::Stream, flags, None)?;
    let address = UnixAddr::new(path)?;
    fchmod(&socket, Mode::from_bits_truncate(mode))?;
    let mask = umask(Mode::empty());
    let bound = bind(socket.as_raw_fd(), &address);
    umask(mask);
    bound?;
    let file = SocketFile::of(path).inspect_err(|_| {
        // The file was created here and did not exist before.
        let _ = fs::remove_file(path);
    })?;
    listen(&socket, Backlog::new(BACKLOG)?)?;
    Ok((socket, file))
}

/// Keeps other daemons that the same user starts away from the path while it is bound. The lock is advisory: a user who
/// puts another file in its place prevents no start.
fn lock_for_bind(path: &Path) -> Option<LockFile> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let strange = |metadata: &fs::Metadata, _: &fs::File| {
        let ours = metadata.is_file() && metadata.uid() == geteuid().as_raw();
        (!ours).then(String::new)
    };
    let deadline = Instant::now() + PATIENCE;
    loop {
        match LockFile::acquire(Path::new(&name), strange) {
            Ok(lock) => return Some(lock),
            Err(Refusal::Held(_)) if Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(5));
            }
            Err(_) => return None,
        }
    }
}

/// Removes a socket file that no process listens on.
fn clear(path: &Path, force: bool) -> Result<()> {
    let endpoint = Endpoint::Unix(path.to_owned());
    let there = match fs::symlink_metadata(path) {
        Ok(there) => there,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::new(cannot_bind(&endpoint)).because(error)),
    };
    if !there.file_type().is_socket() {
        return Err(Error::new(format!(
            "{}: a file that is not a socket has this path; remove it",
            cannot_bind(&endpoint)
        )));
    }
    match dial::unix(path, Duration::ZERO) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Ok(stream) => return Err(taken(&endpoint, &stream)),
        // The queue of connections is full, or we may not connect: a process is listening.
        Err(error) => return Err(in_use(&endpoint, error)),
    }
    if !force && there.uid() != geteuid().as_raw() {
        let owner = there.uid();
        return Err(Error::new(format!(
            "{}: uid {owner} left a socket behind; remove it, or start with -s",
            cannot_bind(&endpoint)
        )));
    }
    fs::remove_file(path).or_error(|| cannot_bind(&endpoint))
}

fn taken(endpoint: &Endpoint, stream: &impl AsFd) -> Error {
    let holder =
        descriptor::peer(stream).map_or_else(|_| String::new(), |peer| format!(" (pid {})", peer.pid()));
    Error::already_running(format!("{}: another process{holder} listens on it", cannot_bind(endpoint)))
}

fn in_use(endpoint: &Endpoint, error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::AddrInUse | io::ErrorKind::WouldBlock => {
            Error::already_running(format!("{}: another process listens on it", cannot_bind(endpoint)))
        }
        _ => Error::new(cannot_bind(endpoint)),
    }
    .because(error)
}

fn cannot_bind(endpoint: &Endpoint) -> String {
    format!("cannot listen on `{endpoint}`")
}
