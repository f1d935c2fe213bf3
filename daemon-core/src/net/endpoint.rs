//! Where a daemon listens: `unix:/path`, `tcp://host:port` and `tls://host:port`.

use std::env;
use std::fmt;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::str::FromStr;

use crate::error::{Error, OrError, Result};

/// The port of a `tcp://` socket that names none.
const TCP_PORT: u16 = 10042;
/// The port of a `tls://` socket that names none.
const TLS_PORT: u16 = 10443;

/// The address of a socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Unix(PathBuf),
    Tcp(SocketAddr),
    Tls(SocketAddr),
}

impl Endpoint {
    /// Whether only processes of this machine can reach it.
    pub(crate) fn is_local(&self) -> bool {
        match self {
            Endpoint::Unix(_) => true,
            Endpoint::Tcp(address) | Endpoint::Tls(address) => address.ip().is_loopback(),
        }
    }
}

impl FromStr for Endpoint {
    type Err = Error;

    fn from_str(text: &str) -> Result<Endpoint> {
        if let Some(path) = text.strip_prefix("unix:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return if path.starts_with('@') { Err(abstract_socket(path)) } else { unix(path, text) };
        }
        match text.split_once("://") {
            Some(("tcp", host)) if !host.is_empty() => inet(host, TCP_PORT).map(Endpoint::Tcp),
            Some(("tls", host)) if !host.is_empty() => inet(host, TLS_PORT).map(Endpoint::Tls),
            _ => Err(malformed(text)),
        }
    }
}

fn unix(path: &str, text: &str) -> Result<Endpoint> {
    let path = match path.strip_prefix("~/") {
        Some(rest) => home(text)?.join(rest),
        None => PathBuf::from(path),
    };
    // Made absolute now: a daemon that detaches leaves the directory it was started in.
    std::path::absolute(path).map(Endpoint::Unix).map_err(|_| malformed(text))
}

/// Returns the user's home, for an address that the shell did not expand.
fn home(text: &str) -> Result<PathBuf> {
    let home = env::var_os("HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    home.ok_or_else(|| Error::usage(format!("`{text}` is in the home directory, but HOME is not set")))
}

fn abstract_socket(name: &str) -> Error {
    Error::usage(format!(
        "`unix:{name}` is an abstract socket, which every user of the machine may call; write the path of a file, such \
         as `unix:/path/to/socket`, or `unix:./{name}` if a file is called that"
    ))
}

fn inet(host: &str, default_port: u16) -> Result<SocketAddr> {
    let host = host.trim_end_matches('/');
    let text = match host.rsplit_once(':') {
        Some((name, port)) if !name.is_empty() && !port.contains(']') => host.to_owned(),
        _ => format!("{host}:{default_port}"),
    };
    let mut found = text.to_socket_addrs().or_error(|| format!("cannot find the address of `{text}`"))?;
    found.next().ok_or_else(|| Error::usage(format!("`{text}` has no address")))
}

fn malformed(text: &str) -> Error {
    Error::usage(format!(
        "`{text}` is not a socket; write `unix:/path/to/socket`, `tcp://host:port` or `tls://host:port`"
    ))
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Endpoint::Unix(path) => write!(f, "unix:{}", path.display()),
            Endpoint::Tcp(address) => write!(f, "tcp://{address}"),
            Endpoint::Tls(address) => write!(f, "tls://{address}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_read_as_they_are_written() {
        for (text, same) in [
            ("unix:/run/x.sock", "unix:/run/x.sock"),
            ("unix:///run/x.sock", "unix:/run/x.sock"),
            ("tcp://127.0.0.1:80", "tcp://127.0.0.1:80"),
            ("tcp://127.0.0.1", "tcp://127.0.0.1:10042"),
            ("tcp://[::1]:7", "tcp://[::1]:7"),
            ("tcp://[::1]", "tcp://[::1]:10042"),
            ("tls://127.0.0.1:443", "tls://127.0.0.1:443"),
            ("tls://127.0.0.1/", "tls://127.0.0.1:10443"),
            ("tls://[::1]", "tls://[::1]:10443"),
        ] {
            assert_eq!(text.parse::<Endpoint>().unwrap().to_string(), same);
        }
    }

    #[test]
    fn an_abstract_socket_is_refused_and_a_file_of_that_name_is_not() {
        let error = "unix:@x".parse::<Endpoint>().unwrap_err();
        assert!(error.is_usage() && error.to_string().contains("`unix:./@x`"), "{error}");
        assert!("unix:./@x".parse::<Endpoint>().unwrap().to_string().ends_with("/@x"));
    }

    #[test]
    fn an_invalid_endpoint_is_answered_with_the_valid_forms() {
        for text in ["", "unix:", "unix://", "/run/x.sock", "tcp:", "tcp://", "tls:", "tls://", "http://x"] {
            let error = text.parse::<Endpoint>().unwrap_err();
            assert!(
                error.is_usage() && error.to_string().contains("unix:/path/to/socket"),
                "{text}: {error}"
            );
        }
        assert!("tcp://127.0.0.1:many".parse::<Endpoint>().is_err());
    }
}
