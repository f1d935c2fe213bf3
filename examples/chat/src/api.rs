//! What the kernel tells the other processes of the chat.

use daemon_core::prelude::*;

use crate::mailbox::{Flags, Status};

/// What is known about this node.
#[rpc_type]
#[derive(Clone, Debug)]
pub struct Info {
    /// The version of the program.
    pub version: String,
    /// The id of the node.
    pub id: String,
    /// A text by which two people can compare the keys of a node.
    pub fingerprint: String,
    /// Where it listens for other nodes, if it does.
    pub listens: Option<String>,
    /// Its nickname; may be empty.
    pub nick: String,
    /// Its connections to other nodes that are ready.
    pub connections: u32,
    /// How many connections there ever were, since the start.
    pub connections_ever: u64,
    /// The nodes that it knows.
    pub nodes: u32,
    /// The stamps that it can spend.
    pub stamps: u32,
    /// How many bytes have come from other nodes, ever.
    pub received: u64,
    /// How many bytes went to other nodes, ever.
    pub sent: u64,
}

/// A connection to another node.
#[rpc_type]
#[derive(Clone, Debug)]
pub struct Link {
    /// Its number, since the start.
    pub number: u64,
    /// The address of the other side.
    pub address: String,
    /// Whether this node has connected.
    pub outbound: bool,
    /// What it is used for.
    pub state: LinkState,
    /// The id of the other node, once that is known.
    pub node: Option<String>,
    /// Its nickname; may be empty.
    pub nick: String,
    /// How many bytes have come.
    pub received: u64,
    /// How many bytes have gone.
    pub sent: u64,
    /// How long it exists.
    pub age: Span,
}

/// What a connection is used for.
#[rpc_type]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum LinkState {
    /// The other node has not shown who it is.
    Opening,
    /// Both nodes know each other.
    Ready,
    /// One of them has asked for a talk.
    Request,
    /// They talk.
    Talking,
}

/// A message of the mailbox without its text.
#[rpc_type]
#[derive(Clone, Debug, PartialEq)]
pub struct MessageInfo {
    /// Its number in the mailbox.
    pub uid: u32,
    /// Its id.
    pub id: String,
    /// The id of the node that wrote it.
    pub from: String,
    /// The nickname of that node; may be empty.
    pub nick: String,
    /// The id of the node it is for.
    pub to: String,
    /// What it is about.
    pub subject: String,
    /// When it was written, in seconds since 1970.
    pub created: u64,
    /// When it came, in seconds since 1970.
    pub received: u64,
    /// U unread, R read, O origin, S sent, D delivered, X limit reached.
    pub status: Letter,
    /// How many nodes have passed it on.
    pub relays: u32,
    /// How many bytes its text has.
    pub size: u64,
    /// Whether it was seen in a mail program.
    pub seen: bool,
    /// Whether it was answered in a mail program.
    pub answered: bool,
    /// Whether it is marked in a mail program.
    pub flagged: bool,
    /// Whether it is deleted in a mail program, and not purged.
    pub deleted: bool,
}

/// A message of the mailbox.
#[rpc_type]
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// All but its text.
    pub info: MessageInfo,
    /// Its text.
    pub body: String,
}

/// How far a message is.
#[rpc_type]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Letter {
    /// Unread.
    U,
    /// Read.
    R,
    /// Written here, and not sent.
    O,
    /// Sent.
    S,
    /// Delivered.
    D,
    /// Sent as often as it may be.
    X,
}

/// Facts about the mailbox.
#[rpc_type]
#[derive(Clone, Debug)]
pub struct Box {
    /// What belongs to the numbers of the messages.
    pub validity: u32,
    /// The number that the next message will have.
    pub next: u32,
    /// The number of the latest change.
    pub change: u64,
}

/// A node that is known.
#[rpc_type]
#[derive(Clone, Debug)]
pub struct NodeInfo {
    /// Its id.
    pub id: String,
    /// Its nickname; may be empty.
    pub nick: String,
    /// Where it listens.
    pub address: Option<String>,
    /// Whether it has shown that it has its keys.
    pub confirmed: bool,
    /// Whether it is connected.
    pub connected: bool,
    /// How often connecting has failed.
    pub failed: u32,
    /// When it was last here, in seconds since 1970.
    pub seen: u64,
}

/// Somebody in the address book.
#[rpc_type]
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The id of the node.
    pub id: String,
    /// The nickname; may be empty.
    pub nick: String,
    /// Whether the node is connected.
    pub connected: bool,
    /// When the entry was added, in seconds since 1970.
    pub added: u64,
}

/// What has happened.
#[rpc_type]
#[derive(Clone, Debug, PartialEq)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum ChatEvent {
    /// A message has come.
    Message {
        /// The message.
        message: MessageInfo,
    },
    /// The status of a message has changed.
    Status {
        /// Its number in the mailbox.
        uid: u32,
        /// Its id.
        id: String,
        /// Its new status.
        status: Letter,
    },
    /// A node asks for a talk.
    TalkRequest {
        /// The node.
        node: String,
        /// Its nickname.
        nick: String,
    },
    /// A node was asked for a talk, and has answered.
    TalkResponse {
        /// The node.
        node: String,
        /// Its nickname.
        nick: String,
        /// Whether it talks.
        accepted: bool,
    },
    /// A node says something in a talk.
    TalkLine {
        /// The node.
        node: String,
        /// Its nickname.
        nick: String,
        /// What it says.
        text: String,
    },
    /// A talk is over.
    TalkClosed {
        /// The node.
        node: String,
        /// Its nickname.
        nick: String,
    },
    /// A node has another nickname.
    Nick {
        /// The node.
        node: String,
        /// What it was called.
        before: String,
        /// What it is called now.
        nick: String,
    },
    /// A node is connected.
    Connected {
        /// The node.
        node: String,
        /// Its nickname.
        nick: String,
        /// The address of the other side.
        address: String,
    },
    /// A node is not connected any more, or could not be reached.
    Disconnected {
        /// The node, if it has shown who it is.
        node: Option<String>,
        /// The address of the other side.
        address: String,
        /// Why.
        reason: String,
    },
    /// The kernel stops.
    Stopping,
}

/// Why the kernel refuses something.
#[derive(Debug, Fault)]
pub enum Refused {
    /// This is not an id.
    #[fault(code = 1, message = "`{text}` is not an id: an id has 32 hexadecimal digits")]
    NotAnId {
        /// What was given.
        text: String,
    },
    /// This node is not known.
    #[fault(code = 2, message = "no node is known by `{name}`")]
    Unknown {
        /// What was given.
        name: String,
    },
    /// Several nodes are called this.
    #[fault(code = 3, message = "several nodes are called this; use one of their ids")]
    Ambiguous {
        /// Their ids.
        #[fault(data)]
        candidates: Vec<String>,
    },
    /// This node is not connected.
    #[fault(code = 4, message = "the node is not connected; connect to it first")]
    NotConnected,
    /// There is no such message.
    #[fault(code = 5, message = "there is no message {uid}")]
    NoMessage {
        /// What was given.
        uid: u32,
    },
    /// This does not fit the talk.
    #[fault(code = 6, message = "{reason}")]
    Talk {
        /// Why.
        reason: &'static str,
    },
    /// Something is too long, or has characters that it must not have.
    #[fault(code = 7, message = "{reason}")]
    Invalid {
        /// What.
        reason: String,
    },
    /// It cannot be reached.
    #[fault(code = 8, message = "{reason}")]
    Connect {
        /// Why.
        reason: String,
    },
    /// There is too much already.
    #[fault(code = 9, message = "{reason}")]
    Full {
        /// Of what.
        reason: &'static str,
    },
    /// The database failed.
    #[fault(code = 10, message = "{0}")]
    Database(#[from] daemon_core::Error),
}

impl From<Status> for Letter {
    fn from(status: Status) -> Self {
        match status {
            Status::Unread => Letter::U,
            Status::Read => Letter::R,
            Status::Origin => Letter::O,
            Status::Sent => Letter::S,
            Status::Delivered => Letter::D,
            Status::Limit => Letter::X,
        }
    }
}

impl From<Letter> for Status {
    fn from(letter: Letter) -> Self {
        match letter {
            Letter::U => Status::Unread,
            Letter::R => Status::Read,
            Letter::O => Status::Origin,
            Letter::S => Status::Sent,
            Letter::D => Status::Delivered,
            Letter::X => Status::Limit,
        }
    }
}

impl Link {
    /// Whether it leads to this node.
    pub fn is_with(&self, id: &str) -> bool {
        self.node.as_deref() == Some(id)
    }

    /// Whether there is a talk with this node.
    pub fn is_talk_with(&self, id: &str) -> bool {
        self.is_with(id) && self.state == LinkState::Talking
    }
}

impl MessageInfo {
    /// What a mail program has set.
    pub fn flags(&self) -> Flags {
        Flags { seen: self.seen, answered: self.answered, flagged: self.flagged, deleted: self.deleted }
    }
}
