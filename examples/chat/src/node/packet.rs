//! What nodes say to each other, and how it is written as bytes.
//!
//! The order of the variants and of their fields is the protocol: new ones come last.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::identity::{Id, PublicKeys};
use crate::letter::{Letter, Receipt};
use crate::stamp::LONGEST_STAMP;

/// The longest nickname, in bytes.
pub const LONGEST_NICK: usize = 256;

/// The longest line of a talk, in bytes.
pub const LONGEST_LINE: usize = 8 * 1024;

/// The most nodes in a reply.
pub const MOST_FOUND: usize = 20;

/// The longest name of a program, in bytes.
const LONGEST_SOFTWARE: usize = 64;

/// A packet between two nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Packet {
    /// Who the sender is, besides the key that it has shown: its first packet.
    Hello {
        /// What checks its signatures.
        signing: [u8; 32],
        /// Its nickname; may be empty.
        nick: String,
        /// The port at which it listens; 0 if it does not.
        port: u16,
        /// Its program and version.
        software: String,
    },
    /// Are you there?
    Ping(u64),
    /// Yes.
    Pong(u64),
    /// From here on the sender uses its next key.
    Renew,
    /// Which nodes are nearest to this id?
    FindNode(Id),
    /// These.
    Found {
        /// The id that was asked for.
        target: Id,
        /// At most [`MOST_FOUND`] nodes.
        nodes: Vec<Known>,
    },
    /// Take this message.
    Message {
        /// The message.
        letter: Letter,
        /// How many nodes have passed it on.
        relays: u32,
        /// What the sender pays with.
        stamp: String,
    },
    /// The message is on the disk.
    Accepted(Id),
    /// The message was not taken.
    Refused {
        /// The id of the message.
        message: Id,
        /// Why.
        reason: Refused,
    },
    /// The message has come to its recipient.
    Delivered(Receipt),
    /// Do you want to talk?
    TalkRequest,
    /// Yes or no.
    TalkResponse(bool),
    /// A line of the talk.
    TalkLine(String),
    /// The talk is over.
    TalkClose,
    /// The sender has a new nickname.
    Nick(String),
    /// The sender closes the connection because of this.
    Error(String),
    /// The sender closes the connection.
    Quit,
    /// The receipt of this message is on the disk, and need not be sent again.
    Confirmed(Id),
}

/// A node that another node knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// Its keys.
    pub keys: PublicKeys,
    /// Where it listens.
    pub address: SocketAddr,
}

/// Why a node does not take a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refused {
    /// The stamp is not valid, or was used.
    Payment,
    /// It keeps as many messages as it can.
    Full,
    /// The message is not genuine, or was relayed too often.
    Invalid,
}

impl Packet {
    /// Reads a packet; `None` if the bytes are not a packet that follows the rules.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (packet, rest) = postcard::take_from_bytes::<Packet>(bytes).ok()?;
        (rest.is_empty() && packet.is_lawful()).then_some(packet)
    }

    /// Writes a packet; `None` if it does not follow the rules.
    pub(super) fn write(&self) -> Option<Vec<u8>> {
        self.is_lawful().then(|| postcard::to_stdvec(self).ok()).flatten()
    }

    fn is_lawful(&self) -> bool {
        match self {
            Packet::Hello { nick, software, .. } => {
                (nick.is_empty() || is_nick(nick)) && software.len() <= LONGEST_SOFTWARE
            }
            Packet::Nick(nick) => nick.is_empty() || is_nick(nick),
            Packet::Found { nodes, .. } => nodes.len() <= MOST_FOUND,
            Packet::Message { stamp, .. } => stamp.len() <= LONGEST_STAMP,
            Packet::TalkLine(line) | Packet::Error(line) => is_line(line),
            Packet::Ping(_)
            | Packet::Pong(_)
            | Packet::Renew
            | Packet::FindNode(_)
            | Packet::Accepted(_)
            | Packet::Refused { .. }
            | Packet::Delivered(_)
            | Packet::TalkRequest
            | Packet::TalkResponse(_)
            | Packet::TalkClose
            | Packet::Quit
            | Packet::Confirmed(_) => true,
        }
    }
}

/// Whether a text may be a nickname: letters and digits of ASCII, `-`, `_` and `.`, 256 at most.
pub fn is_nick(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=LONGEST_NICK).contains(&text.len()) && text.bytes().all(is_allowed)
}

/// Whether a text may be a line of a talk.
pub fn is_line(text: &str) -> bool {
    text.len() <= LONGEST_LINE && !text.chars().any(|character| character.is_control() && character != '\t')
}
