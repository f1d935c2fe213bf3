//! What each session of a mail program has, whatever its protocol: its turns, its login, its end.
//!
//! No I/O here. [`server`](super::server) drives sessions.

use std::time::Duration;

use crate::mailbox::{Mailbox, MailboxError, Owner};

/// How long a wrong password keeps its session waiting for the reply.
pub const PAUSE: Duration = Duration::from_secs(2);

/// After so many wrong passwords, a session ends.
pub const MOST_GUESSES: u32 = 3;

/// After so many commands that are wrong in form, a session ends.
pub const MOST_MISTAKES: u32 = 20;

/// When a turn has this many bytes of output, the rest of it waits until they are sent.
pub const ENOUGH_OUTPUT: usize = 64 * 1024;

/// The dialogue with one mail program: a state machine without I/O.
pub trait Session {
    /// Returns what the server says first.
    fn greet(&mut self) -> Vec<u8>;

    /// Takes bytes of the mail program; none, if the last turn was to be continued.
    fn receive(&mut self, input: &[u8], desk: &mut Desk<'_>) -> Turn;

    /// Takes the news that the mailbox may have changed.
    fn mailbox_changed(&mut self, desk: &mut Desk<'_>) -> Turn;

    /// Whether it wants to hear that the mailbox has changed.
    fn is_idling(&self) -> bool;

    /// Takes the news that what follows is encrypted.
    fn encrypted(&mut self);

    /// Returns how long it waits for the next complete command.
    fn patience(&self) -> Duration;

    /// Returns its last words.
    fn bye(&mut self, farewell: Farewell) -> Vec<u8>;
}

/// What a session needs besides bytes.
pub struct Desk<'a> {
    /// The messages.
    pub mailbox: &'a mut dyn Mailbox,
    /// The password of their owner.
    pub password: &'a dyn Password,
}

/// A password, kept in a form that does not tell it.
pub trait Password {
    /// Whether it is this one.
    fn is(&self, candidate: &[u8]) -> bool;
}

impl Desk<'_> {
    /// Whether a user with this name and password may use the mailbox.
    ///
    /// # Errors
    ///
    /// If the kernel cannot be reached, which knows the names.
    pub fn admits(&mut self, user: &str, password: &[u8]) -> Result<bool, MailboxError> {
        let owner = self.mailbox.owner()?;
        // The password is checked in any case: how long it takes does not tell whether there is such a user.
        let matches = self.password.is(password);
        Ok(is_owner(&owner, user) && matches)
    }
}

/// Whether a user's name is the id of the owner, `ID@chat` or the nickname.
fn is_owner(owner: &Owner, user: &str) -> bool {
    let is_nick = !owner.nick.is_empty() && user == owner.nick;
    let is_id = user.eq_ignore_ascii_case(&owner.id);
    is_nick || is_id || super::address::node_of(user).is_some_and(|id| id.eq_ignore_ascii_case(&owner.id))
}

/// What follows from bytes.
#[derive(Debug, PartialEq, Eq)]
pub struct Turn {
    /// What to send.
    pub output: Vec<u8>,
    /// How long to wait before it is sent.
    pub pause: Duration,
    /// What comes then.
    pub next: Next,
}

/// What a session needs after a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// More bytes.
    Read,
    /// Another turn without bytes, when the output is sent.
    Continue,
    /// Encryption, from the next byte on.
    Encrypt,
    /// Its end.
    Close,
}

/// Why a server ends a session that would go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Farewell {
    /// There are too many sessions.
    Crowded,
    /// The mail program was silent, or slow, for too long.
    Silent,
    /// The daemon stops.
    Stopping,
}

impl Farewell {
    /// Returns it as words.
    pub fn words(self) -> &'static str {
        match self {
            Farewell::Crowded => "too many connections, try again later",
            Farewell::Silent => "no complete command for too long",
            Farewell::Stopping => "the server is stopping",
        }
    }
}

/// How far the encryption of a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// The server has no certificate.
    Unavailable,
    /// A mail program may ask for it.
    Offered,
    /// It is on.
    Active,
}

/// How a session begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Whether there is encryption.
    pub encryption: Encryption,
    /// Whether the mail program is on the same machine: then it may log in without encryption.
    pub is_local: bool,
}

/// Splits the initial response of SASL's mechanism PLAIN into the user's name and password: identity, NUL, name, NUL, password.
pub fn plain_credentials(response: &[u8]) -> Option<(&str, &[u8])> {
    let mut parts = response.splitn(3, |&byte| byte == 0);
    let (_identity, user, password) = (parts.next()?, parts.next()?, parts.next()?);
    Some((std::str::from_utf8(user).ok()?, password))
}
