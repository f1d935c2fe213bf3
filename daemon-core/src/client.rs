//! A blocking client of a daemon: one connection, one call at a time, no runtime.
//!
//! The command line uses it; so can any program that speaks to a daemon.

use std::error::Error as _;
use std::fmt;
use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use crate::error::{Error, OrError, Result};
use crate::fault::Fault;
use crate::net::Endpoint;
use crate::rpc::method::Name;

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
    address: String,
    calls: u64,
    /// What has come of the next answer.
    line: Vec<u8>,
}

enum Stream {
    Unix(UnixStream),
    Tcp(TcpStream),
}

#[derive(Serialize)]
struct Request<'a> {
    jsonrpc: &'static str,
    id: u64,
    method: &'a str,
    #[serde(skip_serializing_if = "is_null")]
    params: &'a RawValue,
}

/// No parameters, as `()` serialises: JSON-RPC 2.0, section 4.2, knows an array, an object, or nothing.
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
}

impl Client {
    /// Connects to a socket such as `unix:/run/echo/echo.sock` or `tcp://127.0.0.1:10042`.
    ///
    /// # Errors
    ///
    /// [`is_usage`](Error::is_usage) if that is no address of a socket, [`is_not_running`](Error::is_not_running) if
    /// nobody listens there.
    pub fn connect(address: &str) -> Result<Client> {
        Client::to(&address.parse()?)
    }

    pub(crate) fn to(endpoint: &Endpoint) -> Result<Client> {
        let stream = match endpoint {
            Endpoint::Unix(path) => UnixStream::connect(path).map(Stream::Unix),
            Endpoint::Tcp(address) => TcpStream::connect(address).map(Stream::Tcp),
        };
        let stream = stream.map_err(|error| {
            Error::not_running(format!("cannot reach the daemon on `{endpoint}`")).because(error)
        })?;
        Ok(Client {
            stream: BufReader::new(stream),
            address: endpoint.to_string(),
            calls: 0,
            line: Vec::new(),
        })
    }

    /// How long a call may wait for its answer; for ever unless this is set. An answer that comes later is dropped.
    pub fn set_timeout(&mut self, timeout: Option<Duration>) -> Result<()> {
        match self.stream.get_ref() {
            Stream::Unix(stream) => stream.set_read_timeout(timeout),
            Stream::Tcp(stream) => stream.set_read_timeout(timeout),
        }
        .or_error(|| "cannot set the timeout of a connection".to_owned())
    }

    /// Calls a method and waits for its answer. `params` is anything that serialises to an array, by position, or to a
    /// map, by name; `()` for a method without any.
    ///
    /// # Errors
    ///
    /// What [`Error::fault`] tells if the daemon answered with a fault; else what went wrong on the way.
    pub fn call<R: DeserializeOwned>(
        &mut self,
        method: &str,
        params: &(impl Serialize + ?Sized),
    ) -> Result<R> {
        self.calls += 1;
        let what = || format!("cannot write the parameters of `{method}`");
        let params = &*to_raw_value(params).or_error(what)?;
        let request = Request { jsonrpc: "2.0", id: self.calls, method, params };
        let mut line = serde_json::to_vec(&request).or_error(what)?;
        line.push(b'\n');
        let what = || format!("cannot call `{method}` on `{}`", self.address);
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
                Error::new(format!("{}: no answer in time", what()))
            }
            io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset => {
                Error::new(format!("{}: the daemon hung up", what()))
            }
            _ => Error::new(what()).because(error),
        };
        self.stream.get_mut().write(&line).map_err(failed)?;
        loop {
            // What has come before a timeout stays in the line.
            self.stream.read_until(b'\n', &mut self.line).map_err(failed)?;
            if self.line.last() != Some(&b'\n') {
                return Err(Error::new(format!("{}: the daemon hung up", what())));
            }
            let line = std::mem::take(&mut self.line);
            let reply: Reply<'_> = serde_json::from_slice(&line).or_error(what)?;
            if reply.id.is_some_and(|id| id < self.calls) {
                // The answer to a call that was not waited for.
                continue;
            }
            return match reply.error {
                Some(fault) => Err(Error::new(what()).because(fault)),
                None => serde_json::from_str(reply.result.map_or("null", RawValue::get)).or_error(what),
            };
        }
    }
}

/// Calls a method for a client that the macros have written: `under` is what stands before a short name.
///
/// # Errors
///
/// As [`Client::call`].
pub fn ask<R: DeserializeOwned>(
    client: &mut Client,
    name: Name,
    under: &str,
    params: &impl Serialize,
) -> Result<R> {
    client.call(&name.of(under), params)
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Error {
    /// The fault that a daemon answered with, if that is what went wrong.
    pub fn fault(&self) -> Option<&Fault> {
        self.source().and_then(|cause| cause.downcast_ref())
    }
}

impl Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Stream::Unix(stream) => stream.write_all(bytes),
            Stream::Tcp(stream) => stream.write_all(bytes),
        }
    }
}

impl io::Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Unix(stream) => stream.read(buffer),
            Stream::Tcp(stream) => stream.read(buffer),
        }
    }
}
