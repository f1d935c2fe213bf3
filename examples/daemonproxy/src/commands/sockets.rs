//! The command that opens sockets.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::{AsRawFd, OwnedFd};

use nix::sys::socket::{
    AddressFamily, Backlog, SockFlag, SockType, SockaddrIn, UnixAddr, bind, listen, setsockopt, sockopt,
};

use super::flags::{self, Socket};
use super::handles::{FULL, read_alterable, report};
use super::opening::{make_parents, set_nonblocking};
use crate::control_socket::LONGEST_PATH;
use crate::controllers::Id;
use crate::handles::{Family, Kind, SocketFlags, Type};
use crate::proxy::Proxy;
use crate::reason::Reason;
use crate::text::{Fields, integer};

/// The length of a queue that is not given.
const USUAL_QUEUE: u16 = 32;

/// Where a socket is bound to.
enum Address {
    Unix(UnixAddr),
    Inet(SockaddrIn),
}

pub(super) fn socket(proxy: &mut Proxy, _: Id, mut fields: Fields<'_>) -> Result<(), Reason> {
    let name = read_alterable(fields.next())?;
    let list = fields.next().ok_or(Reason::Fixed("missing flags argument"))?;
    let (socket, mut flags) = read_flags(list)?;
    let text = fields.next().filter(|text| !text.is_empty());
    let address = text.map(|text| read_address(socket.family, text)).transpose()?;
    if address.is_none() && flags.bind {
        return Err("expected address argument".into());
    }
    if fields.next().is_some() {
        return Err("unexpected argument after address".into());
    }
    flags.bind = address.is_some();
    let path = text.unwrap_or_default();
    let made = make(socket, flags, address.as_ref(), path)?;
    let kind = Kind::Socket { family: socket.family, kind: socket.kind, flags };
    proxy.handles.add(name, kind, made, path).map_err(|_| FULL)?;
    report(proxy, name);
    Ok(())
}

fn read_flags(list: &[u8]) -> Result<(Socket, SocketFlags), Reason> {
    let (mut socket, mut flags) = (Socket::USUAL, SocketFlags::default());
    flags::each(list, |flag| {
        if let Some(length) = flag.strip_prefix(b"listen=") {
            let length = integer(length).and_then(|length| u16::try_from(length).ok());
            let length = length.filter(|length| *length > 0);
            flags.listen = Some(length.ok_or(Reason::Fixed("invalid listen queue length"))?);
            flags.bind = true;
            return Ok(true);
        }
        match flag {
            b"bind" => flags.bind = true,
            b"listen" => (flags.listen, flags.bind) = (Some(USUAL_QUEUE), true),
            b"nonblock" => flags.nonblock = true,
            b"mkdir" => flags.mkdir = true,
            _ => return Ok(socket.set(flag)),
        }
        Ok(true)
    })?;
    Ok((socket, flags))
}

fn read_address(family: Family, text: &[u8]) -> Result<Address, Reason> {
    const INVALID: Reason = Reason::Fixed("invalid address");
    match family {
        Family::Unix if text.len() > LONGEST_PATH => Err(INVALID),
        Family::Unix => Ok(Address::Unix(UnixAddr::new(text).map_err(|_| INVALID)?)),
        Family::Inet => Ok(Address::Inet(read_inet(text).ok_or(INVALID)?.into())),
        Family::Inet6 => Err(INVALID),
    }
}

/// Reads `*` or four numbers, and a port if there is one.
fn read_inet(text: &[u8]) -> Option<SocketAddrV4> {
    let text = std::str::from_utf8(text).ok()?;
    let (host, port) = text.split_once(':').unwrap_or((text, "0"));
    let host = if host == "*" { Ipv4Addr::UNSPECIFIED } else { host.parse().ok()? };
    let port = integer(port.as_bytes()).and_then(|port| u16::try_from(port).ok())?;
    Some(SocketAddrV4::new(host, port))
}

fn make(
    socket: Socket,
    flags: SocketFlags,
    address: Option<&Address>,
    path: &[u8],
) -> Result<OwnedFd, Reason> {
    let (family, kind) = (address_family(socket.family), socket_type(socket.kind));
    let made = nix::sys::socket::socket(family, kind, SockFlag::empty(), None);
    let made = made.map_err(|error| Reason::system("socket", error))?;
    if let Some(address) = address {
        let failed = |error| Reason::system("bind", error);
        let reused = setsockopt(&made, sockopt::ReuseAddr, &true);
        reused.map_err(|error| Reason::system("setsockopt", error))?;
        if flags.mkdir && socket.family == Family::Unix {
            make_parents(path).map_err(failed)?;
        }
        match address {
            Address::Unix(address) => bind(made.as_raw_fd(), address).map_err(failed)?,
            Address::Inet(address) => bind(made.as_raw_fd(), address).map_err(failed)?,
        }
    }
    if let Some(length) = flags.listen {
        // The kernel cuts a queue that is longer than it allows.
        let length = Backlog::new(length).unwrap_or(Backlog::MAXCONN);
        listen(&made, length).map_err(|error| Reason::system("listen", error))?;
    }
    set_nonblocking(&made, flags.nonblock).map_err(|error| Reason::system("fcntl(O_NONBLOCK)", error))?;
    Ok(made)
}

pub(super) fn address_family(family: Family) -> AddressFamily {
    match family {
        Family::Unix => AddressFamily::Unix,
        Family::Inet => AddressFamily::Inet,
        Family::Inet6 => AddressFamily::Inet6,
    }
}

pub(super) fn socket_type(kind: Type) -> SockType {
    match kind {
        Type::Stream => SockType::Stream,
        Type::Dgram => SockType::Datagram,
        Type::Seqpacket => SockType::SeqPacket,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inet_addresses_are_four_numbers_or_a_star_and_perhaps_a_port() {
        for (text, address) in [
            ("127.0.0.1", Some("127.0.0.1:0")),
            ("*", Some("0.0.0.0:0")),
            ("*:80", Some("0.0.0.0:80")),
            ("1.2.3.4:65535", Some("1.2.3.4:65535")),
            ("1.2.3.4:65536", None),
            ("1.2.3.4:", None),
            ("1.2.3", None),
            ("localhost", None),
            ("::1", None),
        ] {
            assert_eq!(
                read_inet(text.as_bytes()).map(|address| address.to_string()).as_deref(),
                address,
                "{text}"
            );
        }
    }
}
