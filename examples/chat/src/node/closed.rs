//! Why a connection to another node is over.

use std::fmt;

use crate::identity::Id;

/// Why a connection is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Closed {
    /// The peer does not speak the protocol, or breaks it.
    Protocol(&'static str),
    /// The peer speaks another version.
    Version(u8),
    /// The peer is another node than expected.
    WrongNode(Id),
    /// The peer is this node.
    Myself,
    /// The peer was silent for too long.
    Silent,
    /// The peer has closed it, because of this.
    Peer(String),
    /// The peer has left.
    Quit,
    /// This side has closed it.
    Here,
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Closed::Protocol(reason) => f.write_str(reason),
            Closed::Version(version) => write!(f, "the peer speaks version {version} of the protocol"),
            Closed::WrongNode(id) => write!(f, "the peer is another node: {id}"),
            Closed::Myself => f.write_str("the peer is this node itself"),
            Closed::Silent => f.write_str("the peer was silent for too long"),
            Closed::Peer(reason) => write!(f, "the peer has closed it: {reason}"),
            Closed::Quit => f.write_str("the peer has left"),
            Closed::Here => f.write_str("it was closed here"),
        }
    }
}
