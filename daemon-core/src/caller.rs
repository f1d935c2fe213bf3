//! The peer of a connection.

use std::fmt;
use std::net::SocketAddr;
use std::rc::Rc;

/// The number of a connection. It is never used again while the daemon lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub(crate) u64);

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// The peer of a connection, as the kernel reports it.
///
/// On a unix socket these are the credentials that the process had when it connected (`SO_PEERCRED`, unix(7)); on an
/// inet socket only the address is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    pub(crate) connection: ConnectionId,
    pub(crate) peer: Peer,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Peer {
    Unix { pid: i32, uid: u32, gid: u32, groups: Rc<[u32]> },
    Inet(SocketAddr),
}

impl Caller {
    /// The connection of the caller.
    pub fn connection(&self) -> ConnectionId {
        self.connection
    }

    /// The user id of the calling process; `None` on an inet socket.
    pub fn uid(&self) -> Option<u32> {
        match &self.peer {
            Peer::Unix { uid, .. } => Some(*uid),
            Peer::Inet(_) => None,
        }
    }

    /// The primary group id of the calling process; `None` on an inet socket.
    pub fn gid(&self) -> Option<u32> {
        match &self.peer {
            Peer::Unix { gid, .. } => Some(*gid),
            Peer::Inet(_) => None,
        }
    }

    /// The process id of the caller; `None` on an inet socket.
    ///
    /// The process may have ended and its number may be in use again: use it for a log, not for a decision.
    pub fn pid(&self) -> Option<i32> {
        match &self.peer {
            Peer::Unix { pid, .. } => Some(*pid),
            Peer::Inet(_) => None,
        }
    }

    /// The address of the caller; `None` on a unix socket.
    pub fn address(&self) -> Option<SocketAddr> {
        match &self.peer {
            Peer::Unix { .. } => None,
            Peer::Inet(address) => Some(*address),
        }
    }

    /// Whether the caller belongs to a group, as its primary group or as a supplementary one.
    pub fn in_group(&self, group: u32) -> bool {
        match &self.peer {
            Peer::Unix { gid, groups, .. } => *gid == group || groups.contains(&group),
            Peer::Inet(_) => false,
        }
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.peer {
            Peer::Unix { pid, uid, .. } => write!(f, "pid {pid} uid {uid}"),
            Peer::Inet(address) => write!(f, "{address}"),
        }
    }
}
