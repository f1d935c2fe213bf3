//! A blocking client of a daemon: one connection, one call at a time, no runtime.
//!
//! The command line uses it, and so can any program that calls a daemon.

mod attempt;
#[cfg(feature = "console")]
pub(crate) mod dial;
pub(crate) mod discovered;
mod discovery;
mod items;
#[cfg(all(daemon, feature = "cli", feature = "mcp"))]
pub(crate) mod halves;
#[cfg(daemon)]
mod typed;

use std::error::Error as _;
use std::fmt;
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpStream;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use serde_json::Number;
use serde_json::value::{RawValue, to_raw_value};

use self::attempt::Failure;
pub use self::discovered::Discovered;
#[cfg(daemon)]
pub use self::discovery::{Discoverable, Settings};
pub use self::discovery::{Discovery, Time};
pub use self::items::Items;
#[cfg(daemon)]
pub use self::typed::{Calls, ask, subscribe};
use crate::error::{Error, OrError, Result};
use crate::fault::Fault;
use crate::net::{ClientSession, Endpoint, Handshake, dial as net};
use crate::sys::descriptor;
use crate::trace::{self, TraceContext};

/// How long connecting may take: a busy daemon accepts no connections until it has time.
const CONNECTING: Duration = Duration::from_secs(5);

/// A connection to a daemon.
///
/// ```no_run
/// use daemon_core::Client;
///
/// # fn main() -> daemon_core::Result<()> {
/// let mut client = Client::connect("unix:/run/echo/echo.sock")?;
/// let reply: String = client.call("my.echo", &["hello"])?;
/// assert_eq!(reply, "hello");
/// # Ok(())
/// # }
/// ```
pub struct Client {
    stream: BufReader<Stream>,
    address: Arc<str>,
    calls: u64,
    timeout: Option<Duration>,
    trace: Option<TraceContext>,
    /// The part of the next reply that has arrived.
    line: Vec<u8>,
    #[cfg(feature = "console")]
    dial: dial::Dial,
}

enum Stream {
    Unix(UnixStream),
    Tcp(TcpStream),
    Tls(Box<ClientSession>),
}

#[derive(Serialize)]
struct Request<'a> {
    jsonrpc: &'static str,
    id: u64,
    method: &'a str,
    #[serde(skip_serializing_if = "is_null")]
    params: &'a RawValue,
    /// In seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    timeout: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    traceparent: Option<TraceContext>,
}

/// Whether there are no parameters, as `()` serialises: JSON-RPC 2.0, section 4.2, allows an array, an object, or
/// nothing.
fn is_null(params: &&RawValue) -> bool {
    params.get() == "null"
}

#[derive(Deserialize)]
struct Reply<'a> {
    /// Null if the daemon could not read which call it was.
    id: Option<u64>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    error: Option<Fault>,
    /// What only a notification has.
    method: Option<IgnoredAny>,
}

impl Client {
    /// Connects to a socket such as `unix:/run/echo/echo.sock` or `tcp://127.0.0.1:10042`.
    ///
    /// # Errors
    ///
    /// [`is_usage`](Error::is_usage) if `address` is not an address of a socket,
    /// [`is_not_running`](Error::is_not_running) if no process listens there. Another error if the connection is not
    /// accepted within 5 seconds.
    pub fn connect(address: &str) -> Result<Client> {
        Client::to(&address.parse()?, None, CONNECTING)
    }

    /// Connects to a socket such as `tls://127.0.0.1:10443`, of a daemon whose certificate is signed by one of those in the
    /// file `ca`, or is one of them. The certificate must be valid for the IP address. This needs the feature `tls`.
    ///
    /// ```no_run
    /// use daemon_core::Client;
    ///
    /// # fn main() -> daemon_core::Result<()> {
    /// let mut client = Client::connect_trusting("tls://127.0.0.1:10443", "/etc/echo/ca.pem")?;
    /// let reply: String = client.call("my.echo", &["hello"])?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`connect`](Client::connect); another error if the file can't be used, or the certificate is not trusted.
    pub fn connect_trusting(address: &str, ca: impl AsRef<Path>) -> Result<Client> {
        Client::to(&address.parse()?, Some(ca.as_ref()), CONNECTING)
    }

    /// Connects within `patience`. With TLS, `ca` is the file with the certificates to trust.
    pub(crate) fn to(endpoint: &Endpoint, ca: Option<&Path>, patience: Duration) -> Result<Client> {
        let stream = match endpoint {
            Endpoint::Unix(path) => net::unix(path, patience).map(Stream::Unix),
            Endpoint::Tcp(address) => TcpStream::connect_timeout(address, patience).map(Stream::Tcp),
            Endpoint::Tls(address) => {
                let connected = Handshake::new(address, ca)?.connect(address, patience);
                connected.map(|session| Stream::Tls(Box::new(session)))
            }
        };
        let stream = stream.map_err(|error| cannot_reach(endpoint, patience, error))?;
        Ok(Client {
            stream: BufReader::new(stream),
            address: endpoint.to_string().into(),
            calls: 0,
            timeout: None,
            trace: None,
            line: Vec::new(),
            #[cfg(feature = "console")]
            dial: dial::Dial { endpoint: endpoint.clone(), ca: ca.map(Path::to_owned), timeout: None },
        })
    }

    /// Sets how long a call may take, from its first byte to its reply; the default is no limit. The daemon learns of it,
    /// and ends a call in flight that takes longer. A reply that comes later is dropped. After a call that could not be
    /// sent in time, nothing more can be sent on this connection.
    pub fn set_timeout(&mut self, timeout: Option<Duration>) -> Result<()> {
        self.timeout = timeout;
        self.stream.get_ref().set_timeouts(timeout).or_error(cannot_set_timeout)
    }

    /// Shows a token to the daemon: it holds for the calls that follow. The daemon needs the feature `tokens`.
    ///
    /// # Errors
    ///
    /// Those of [`call`](Client::call). The fault for a wrong token, -32012, comes late: guessing must not pay.
    pub fn authenticate(&mut self, token: &str) -> Result<()> {
        // The error must not have the token, and has not: parameters are not part of it.
        self.call::<bool>("auth", &[token]).map(drop)
    }

    /// Sets the trace that the calls from now on belong to. A client in a handler needs none: its calls belong to the trace of
    /// the call that the handler runs for.
    pub fn set_trace(&mut self, trace: Option<TraceContext>) {
        self.trace = trace;
    }

    /// Calls a method and waits for its reply. `params` is anything that serialises to an array, by position, or to a
    /// map, by name; `()` for a method without parameters.
    ///
    /// # Errors
    ///
    /// If the daemon replied with a fault, [`Error::fault`] returns it. Otherwise the call failed on the way.
    pub fn call<R: DeserializeOwned>(
        &mut self,
        method: &str,
        params: &(impl Serialize + ?Sized),
    ) -> Result<R> {
        self.attempt(method, params).map_err(Failure::error)
    }
}

impl Client {
    /// The process that listens at the other end, and its user; `None` on an inet socket.
    pub(crate) fn listener(&self) -> Option<(i32, u32)> {
        match self.stream.get_ref() {
            Stream::Unix(stream) => {
                descriptor::peer(stream).ok().map(|listener| (listener.pid(), listener.uid()))
            }
            Stream::Tcp(_) | Stream::Tls(_) => None,
        }
    }

    /// Returns the line of a new request.
    fn request(&mut self, method: &str, params: &(impl Serialize + ?Sized)) -> Result<Vec<u8>> {
        self.calls += 1;
        let what = || format!("cannot write the parameters of `{method}`");
        let params = &*to_raw_value(params).or_error(what)?;
        let timeout = self.timeout.and_then(seconds);
        let traceparent = self.trace.or_else(trace::current);
        let request = Request { jsonrpc: "2.0", id: self.calls, method, params, timeout, traceparent };
        let mut line = serde_json::to_vec(&request).or_error(what)?;
        line.push(b'\n');
        Ok(line)
    }

    /// Writes all bytes; if that fails, returns how many were written.
    fn write(&mut self, bytes: &[u8], deadline: Option<Instant>) -> Result<(), (usize, io::Error)> {
        let mut written = 0;
        while written < bytes.len() {
            self.wait_no_longer_than(deadline).map_err(|error| (written, error))?;
            match self.stream.get_mut().write(&bytes[written..]) {
                Ok(0) => return Err((written, io::ErrorKind::WriteZero.into())),
                Ok(count) => written += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err((written, error)),
            }
        }
        Ok(())
    }

    /// Reads up to the end of a line.
    fn read_line(&mut self, deadline: Option<Instant>) -> io::Result<()> {
        loop {
            self.wait_no_longer_than(deadline)?;
            let come = match self.stream.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                come => come?,
            };
            let end = memchr::memchr(b'\n', come);
            let taken = end.map_or(come.len(), |end| end + 1);
            if taken == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.line.extend_from_slice(&come[..taken]);
            self.stream.consume(taken);
            if end.is_some() {
                return Ok(());
            }
        }
    }

    /// Limits the next step to the time that the call has left.
    fn wait_no_longer_than(&self, deadline: Option<Instant>) -> io::Result<()> {
        let Some(deadline) = deadline else { return Ok(()) };
        match deadline.saturating_duration_since(Instant::now()) {
            Duration::ZERO => Err(io::ErrorKind::TimedOut.into()),
            left => self.stream.get_ref().set_timeouts(Some(left)),
        }
    }
}

fn cannot_reach(endpoint: &Endpoint, patience: Duration, error: io::Error) -> Error {
    let what = format!("cannot reach the daemon on `{endpoint}`");
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Error::timed_out(format!(
            "{what}: a process listens there, but has accepted no connection for {}",
            humantime::format_duration(patience)
        )),
        io::ErrorKind::PermissionDenied => {
            Error::refused(what + &whose(endpoint).unwrap_or_default()).because(error)
        }
        // The handshake of TLS has failed.
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => Error::new(what).because(error),
        _ => Error::not_running(what).because(error),
    }
}

/// Describes who may use a socket: its owner and mode, or those of the directory that hides it.
fn whose(endpoint: &Endpoint) -> Option<String> {
    let Endpoint::Unix(path) = endpoint else { return None };
    let (place, found) =
        path.ancestors().find_map(|place| Some((place, fs::symlink_metadata(place).ok()?)))?;
    let what = if place == path { "it".to_owned() } else { format!("`{}`", place.display()) };
    let (uid, mode) = (found.uid(), found.mode() & 0o7777);
    Some(format!(", as {what} belongs to uid {uid} with mode {mode:04o}"))
}

fn cannot_set_timeout() -> String {
    "cannot set the timeout of a connection".to_owned()
}

/// Returns a number of seconds, without a fraction if there is none.
fn seconds(time: Duration) -> Option<Number> {
    match time.subsec_nanos() {
        0 => Some(time.as_secs().into()),
        _ => Number::from_f64(time.as_secs_f64()),
    }
}

/// The error of reading or writing; `what` says what failed.
fn failed(what: String, error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
            Error::timed_out(format!("{what}: no reply in time"))
        }
        _ if is_end(&error) => Error::new(format!("{what}: the daemon hung up")),
        _ => Error::new(what).because(error),
    }
}

/// Whether the daemon has closed the connection.
fn is_end(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), BrokenPipe | ConnectionReset | UnexpectedEof)
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Error {
    /// The fault that a daemon replied with, if that is the error.
    pub fn fault(&self) -> Option<&Fault> {
        self.source().and_then(|cause| cause.downcast_ref())
    }
}

impl Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Unix(stream) => stream.write(bytes),
            Stream::Tcp(stream) => stream.write(bytes),
            Stream::Tls(session) => session.write(bytes),
        }
    }

    fn set_timeouts(&self, timeout: Option<Duration>) -> io::Result<()> {
        match self {
            Stream::Unix(stream) => {
                stream.set_read_timeout(timeout).and_then(|()| stream.set_write_timeout(timeout))
            }
            Stream::Tcp(stream) => {
                stream.set_read_timeout(timeout).and_then(|()| stream.set_write_timeout(timeout))
            }
            Stream::Tls(session) => session.set_timeouts(timeout),
        }
    }
}

impl io::Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Unix(stream) => stream.read(buffer),
            Stream::Tcp(stream) => stream.read(buffer),
            Stream::Tls(session) => session.read(buffer),
        }
    }
}
