//! Where a service listens: `unix:/path` or `tcp:host:port`.
//!
//! A host is an address or `localhost`: looking up another name could take long, and the loop would wait for it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use super::text_or_table::{FromText, written_as_text};

/// Where a service accepts connections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A unix socket.
    Unix(PathBuf),
    /// An inet socket.
    Tcp(SocketAddr),
}

impl FromText for Address {
    const EXPECTED: &'static str = "a socket, such as \"unix:/run/web.sock\" or \"tcp:127.0.0.1:8000\"";

    fn from_text(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{}` is no socket; write {}", crate::brief::brief(text), Self::EXPECTED);
        let (kind, place) = text.split_once(':').ok_or_else(wrong)?;
        let place = place.strip_prefix("//").unwrap_or(place);
        match kind {
            "unix" if place.starts_with('/') && place.len() > 1 => Ok(Address::Unix(place.into())),
            "tcp" => inet(place).map(Address::Tcp),
            _ => Err(wrong()),
        }
    }
}

fn inet(place: &str) -> Result<SocketAddr, String> {
    if let Ok(address) = place.parse() {
        return Ok(address);
    }
    let local = place.strip_prefix("localhost:").and_then(|port| port.parse().ok());
    local.map(|port| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)).ok_or_else(|| {
        format!(
            "`{}` is no address with a port; write it as a number, such as \"tcp:127.0.0.1:8000\": names other than \
             `localhost` are not looked up",
            crate::brief::brief(place)
        )
    })
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Unix(path) => write!(f, "unix:{}", path.display()),
            Address::Tcp(address) => write!(f, "tcp:{address}"),
        }
    }
}

written_as_text!(Address, "tcp:127.0.0.1:8000");
