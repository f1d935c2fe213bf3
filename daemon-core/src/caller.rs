//! The peer of a connection.

use std::fmt;
use std::net::SocketAddr;
use std::rc::Rc;

#[cfg(daemon)]
use crate::credentials::Guesser;
use crate::credentials::Shown;

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
/// inet socket only the address is known, and with TLS the certificate, if the daemon demands one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    pub(crate) connection: ConnectionId,
    pub(crate) peer: Peer,
    /// What it has shown so far.
    pub(crate) shown: Shown,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Peer {
    Unix { pid: i32, uid: u32, gid: u32, groups: Rc<[u32]> },
    Inet(SocketAddr),
    Tls(Rc<TlsPeer>),
}

/// What is known of a peer that speaks TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TlsPeer {
    pub(crate) address: SocketAddr,
    /// The fingerprint of its certificate: known after the handshake, if it must show one.
    pub(crate) certificate: Option<Box<str>>,
}

impl Caller {
    pub(crate) fn new(connection: ConnectionId, peer: Peer) -> Self {
        Caller { connection, peer, shown: Shown::default() }
    }

    /// The connection of the caller.
    pub fn connection(&self) -> ConnectionId {
        self.connection
    }

    /// The user id of the calling process; `None` on an inet socket, and after `daemon.drop_rights`.
    pub fn uid(&self) -> Option<u32> {
        match &self.peer {
            Peer::Unix { uid, .. } => (!self.shown.has_dropped_rights()).then_some(*uid),
            Peer::Inet(_) | Peer::Tls(_) => None,
        }
    }

    /// The primary group id of the calling process; `None` where there is no user id.
    pub fn gid(&self) -> Option<u32> {
        match &self.peer {
            Peer::Unix { gid, .. } => (!self.shown.has_dropped_rights()).then_some(*gid),
            Peer::Inet(_) | Peer::Tls(_) => None,
        }
    }

    /// The process id of the caller; `None` on an inet socket.
    ///
    /// The process may have ended and its number may be in use again: use it for a log, not for a decision.
    pub fn pid(&self) -> Option<i32> {
        match &self.peer {
            Peer::Unix { pid, .. } => Some(*pid),
            Peer::Inet(_) | Peer::Tls(_) => None,
        }
    }

    /// The address of the caller; `None` on a unix socket.
    pub fn address(&self) -> Option<SocketAddr> {
        match &self.peer {
            Peer::Unix { .. } => None,
            Peer::Inet(address) => Some(*address),
            Peer::Tls(peer) => Some(peer.address),
        }
    }

    /// The fingerprint of the certificate that the caller has shown: its SHA-256, in hexadecimal digits. `None` unless
    /// the daemon demands certificates (`--tls-client-ca`), and in a listener of new connections, where the caller has
    /// shown nothing yet.
    pub fn certificate(&self) -> Option<&str> {
        match &self.peer {
            Peer::Unix { .. } | Peer::Inet(_) => None,
            Peer::Tls(peer) => peer.certificate.as_deref(),
        }
    }

    /// Whether the caller belongs to a group, as its primary group or as a supplementary one.
    pub fn in_group(&self, group: u32) -> bool {
        match &self.peer {
            Peer::Unix { gid, groups, .. } => {
                !self.shown.has_dropped_rights() && (*gid == group || groups.contains(&group))
            }
            Peer::Inet(_) | Peer::Tls(_) => false,
        }
    }

    /// The name of the token that the caller has shown; `None` if it has shown none, or one that is no longer valid. This
    /// needs the feature `tokens`.
    ///
    /// ```
    /// use daemon_core::prelude::*;
    ///
    /// #[daemon(name = "gate")]
    /// #[derive(Default)]
    /// struct Gate {}
    ///
    /// #[daemon]
    /// impl Gate {
    ///     /// Which token do I have?
    ///     #[rpc_method]
    ///     fn token(&self, context: &mut Context) -> Option<String> {
    ///         context.caller().and_then(|caller| caller.token()).map(str::to_owned)
    ///     }
    /// }
    /// ```
    pub fn token(&self) -> Option<&str> {
        self.shown.token()
    }

    /// Whether the caller is a daemon of the same suite: it has shown the secret of the suite, and on a unix socket it is of
    /// the same user. This needs the feature `tokens`.
    pub fn is_member(&self) -> bool {
        self.shown.is_member()
    }

    /// Returns who it is, if it shows what is wrong.
    #[cfg(daemon)]
    pub(crate) fn guesser(&self) -> Guesser {
        match &self.peer {
            Peer::Unix { uid, .. } => Guesser::User(*uid),
            Peer::Inet(address) => Guesser::at(address.ip()),
            Peer::Tls(peer) => Guesser::at(peer.address.ip()),
        }
    }

    /// Records the fingerprint of the certificate that a TLS peer has shown.
    pub(crate) fn certify(&mut self, fingerprint: Box<str>) {
        if let Peer::Tls(peer) = &mut self.peer {
            Rc::make_mut(peer).certificate = Some(fingerprint);
        }
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.peer {
            Peer::Unix { pid, .. } if self.shown.has_dropped_rights() => {
                write!(f, "pid {pid} without rights")
            }
            Peer::Unix { pid, uid, .. } => write!(f, "pid {pid} uid {uid}"),
            Peer::Inet(address) => write!(f, "{address}"),
            Peer::Tls(peer) => write!(f, "{}", peer.address),
        }
    }
}
