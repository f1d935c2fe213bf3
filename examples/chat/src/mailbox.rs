//! Messages as a mail program sees them: what the daemons `imap` and `smtp` need from the kernel.
//!
//! Nothing here knows a protocol of mail, or how the kernel is asked. A test may keep its messages in memory.

mod kernel;

use std::fmt;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

pub use self::kernel::KernelMailbox;

/// A place that keeps messages, and sends new ones.
///
/// Each method asks the kernel, and may wait for it. A handle belongs to one thread; a process makes as many as it needs.
pub trait Mailbox {
    /// Returns who the mailbox belongs to.
    ///
    /// # Errors
    ///
    /// If the kernel cannot be reached, as all methods do.
    fn owner(&mut self) -> Result<Owner, MailboxError>;

    /// Returns a number that belongs to the numbers of the messages: as long as it stays the same, a number always means the
    /// same message. It is never 0.
    ///
    /// # Errors
    ///
    /// If the kernel cannot be reached.
    fn uid_validity(&mut self) -> Result<u32, MailboxError>;

    /// Returns the number that the next message will have at least.
    ///
    /// # Errors
    ///
    /// If the kernel cannot be reached.
    fn uid_next(&mut self) -> Result<u32, MailboxError>;

    /// Returns the messages of a folder, by ascending numbers, without their texts.
    ///
    /// # Errors
    ///
    /// If the kernel cannot be reached.
    fn list(&mut self, folder: Folder) -> Result<Vec<Envelope>, MailboxError>;

    /// Returns a message with its text; `None` if it is not there any more.
    ///
    /// # Errors
    ///
    /// If the kernel cannot be reached.
    fn fetch(&mut self, uid: u32) -> Result<Option<Mail>, MailboxError>;

    /// Sets the flags of a message, and returns whether it is there. A message from another node that is seen has been read:
    /// its status is `R`.
    ///
    /// # Errors
    ///
    /// If the kernel cannot be reached.
    fn set_flags(&mut self, uid: u32, flags: Flags) -> Result<bool, MailboxError>;

    /// Deletes messages permanently, and returns those that were there. A message on its way to another node still goes there.
    ///
    /// # Errors
    ///
    /// If the kernel cannot be reached.
    fn delete(&mut self, uids: &[u32]) -> Result<Vec<u32>, MailboxError>;

    /// Accepts a message for one or several recipients; returns the ids of the messages, one for each of them. When it returns,
    /// all of them are on the disk; after an error none is. For a draft that was submitted before with the same key, the ids are
    /// those that it had then.
    ///
    /// # Errors
    ///
    /// If the kernel cannot be reached, or refuses the message: it is too long, or a recipient is not an id.
    fn submit(&mut self, draft: &Draft) -> Result<Vec<String>, MailboxError>;

    /// Waits until the mailbox differs from what it was at change `after`, but not longer than `timeout`. Returns the number of
    /// its latest change: `after`, if nothing has changed.
    ///
    /// Begin with `after` 0, which returns at once; then list the messages, then wait with the number that it returned. So no
    /// change is lost in between. The numbers begin again when the kernel does.
    ///
    /// # Errors
    ///
    /// If the kernel cannot be reached, also if it ends meanwhile.
    fn wait_for_change(&mut self, after: u64, timeout: Duration) -> Result<u64, MailboxError>;
}

/// Which messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Folder {
    /// Those for this node.
    Inbox,
    /// Those of this node for others.
    Sent,
}

/// Who a mailbox belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The id of the node.
    pub id: String,
    /// Its nickname; may be empty.
    pub nick: String,
}

/// What is known of a message without its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Its number in the mailbox.
    pub uid: u32,
    /// Its id, the same on all nodes.
    pub id: String,
    /// The id of the node that wrote it.
    pub from: String,
    /// The nickname of that node; may be empty.
    pub nick: String,
    /// The id of the node it is for.
    pub to: String,
    /// What it is about; one line, any characters.
    pub subject: String,
    /// When it was written, as its sender says.
    pub created: SystemTime,
    /// When it came here, or was accepted here.
    pub received: SystemTime,
    /// How far it has come.
    pub status: Status,
    /// How many nodes have passed it on.
    pub relay_count: u32,
    /// How long its text is, in bytes.
    pub size: u64,
    /// Its flags.
    pub flags: Flags,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// All but its text.
    pub envelope: Envelope,
    /// Its text; lines end with `\n`.
    pub body: String,
}

/// A message that is not sent yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The ids of the nodes it is for.
    pub recipients: Vec<String>,
    /// What it is about; one line.
    pub subject: String,
    /// Its text; lines end with `\n`.
    pub body: String,
    /// What tells whether it is submitted again: the same draft with the same key makes no second message.
    pub key: Option<String>,
}

/// What a mail program has set for a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flags {
    /// It was read.
    pub seen: bool,
    /// It was replied to.
    pub answered: bool,
    /// It is marked.
    pub flagged: bool,
    /// It is deleted with the next purge of the folder.
    pub deleted: bool,
}

/// How far a message has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// `U`: from another node, and not read.
    Unread,
    /// `O`: written here, and not sent to any node.
    Origin,
    /// `S`: sent to a node at least.
    Sent,
    /// `D`: delivered; its recipient has confirmed that.
    Delivered,
    /// `R`: from another node, and read.
    Read,
    /// `X`: sent as often as it may be, and not confirmed.
    Limit,
}

impl Status {
    /// Returns its letter.
    pub fn letter(self) -> char {
        match self {
            Status::Unread => 'U',
            Status::Origin => 'O',
            Status::Sent => 'S',
            Status::Delivered => 'D',
            Status::Read => 'R',
            Status::Limit => 'X',
        }
    }
}

/// The longest text of a message, in bytes.
pub const LONGEST_BODY: usize = 48 * 1024;

/// The longest subject of a message, in bytes.
pub const LONGEST_SUBJECT: usize = 998;

/// The longest key of a draft, in bytes.
pub const LONGEST_KEY: usize = 998;

/// The most recipients of one draft.
pub const MOST_RECIPIENTS: usize = 100;

/// Why a mailbox did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailboxError {
    /// The kernel cannot be reached now; it may be there again later.
    Unavailable(String),
    /// The kernel refuses it, and will refuse it again.
    Refused(String),
}

impl fmt::Display for MailboxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MailboxError::Unavailable(reason) => write!(f, "the kernel cannot be reached: {reason}"),
            MailboxError::Refused(reason) => write!(f, "the kernel refuses it: {reason}"),
        }
    }
}

impl std::error::Error for MailboxError {}

/// Whether a text has the form of a node's id: 32 hexadecimal digits.
pub fn is_node_id(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
