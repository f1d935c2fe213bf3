//! A mailbox in memory, for tests.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use super::session::Password;
use crate::mailbox::{Draft, Envelope, Flags, Folder, Mail, Mailbox, MailboxError, Owner, Status};

/// The id of the node that a mailbox in memory belongs to.
pub const OWNER: &str = "0123456789abcdef0123456789abcdef";

/// The id of another node.
pub const OTHER: &str = "fedcba9876543210fedcba9876543210";

/// Returns a message from another node.
pub fn mail(uid: u32, subject: &str, body: &str) -> Mail {
    let created = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let envelope = Envelope {
        uid,
        id: format!("{uid:032x}"),
        from: OTHER.to_owned(),
        nick: String::new(),
        to: OWNER.to_owned(),
        subject: subject.to_owned(),
        created,
        received: created + Duration::from_secs(uid.into()),
        status: Status::Unread,
        relay_count: 0,
        size: body.len() as u64,
        flags: Flags::default(),
    };
    Mail { envelope, body: body.to_owned() }
}

/// A mailbox in memory. Its clones share its messages.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    messages: Vec<Mail>,
    last_uid: u32,
    changes: u64,
    lost: bool,
}

impl Memory {
    /// Returns an empty one.
    pub fn new() -> Memory {
        Memory::default()
    }

    /// Has a message from another node arrive; returns its number.
    pub fn arrive(&self, subject: &str, body: &str) -> u32 {
        self.add(|uid| mail(uid, subject, body))
    }

    /// Says whether the kernel behind it is lost.
    pub fn lose(&self, lost: bool) {
        self.locked().lost = lost;
        self.shared.changed.notify_all();
    }

    /// Returns all messages.
    pub fn messages(&self) -> Vec<Mail> {
        self.locked().messages.clone()
    }

    fn add(&self, message: impl FnOnce(u32) -> Mail) -> u32 {
        let mut state = self.locked();
        state.last_uid += 1;
        let uid = state.last_uid;
        state.messages.push(message(uid));
        state.changes += 1;
        self.shared.changed.notify_all();
        uid
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reached(&self) -> Result<MutexGuard<'_, State>, MailboxError> {
        let state = self.locked();
        if state.lost { Err(MailboxError::Unavailable("it was lost".to_owned())) } else { Ok(state) }
    }
}

fn folder_of(mail: &Mail) -> Folder {
    if mail.envelope.from == OWNER { Folder::Sent } else { Folder::Inbox }
}

impl Mailbox for Memory {
    fn owner(&mut self) -> Result<Owner, MailboxError> {
        self.reached().map(|_| Owner { id: OWNER.to_owned(), nick: "ann".to_owned() })
    }

    fn uid_validity(&mut self) -> Result<u32, MailboxError> {
        self.reached().map(|_| 1)
    }

    fn uid_next(&mut self) -> Result<u32, MailboxError> {
        self.reached().map(|state| state.last_uid + 1)
    }

    fn list(&mut self, folder: Folder) -> Result<Vec<Envelope>, MailboxError> {
        let state = self.reached()?;
        let mails = state.messages.iter().filter(|mail| folder_of(mail) == folder);
        Ok(mails.map(|mail| mail.envelope.clone()).collect())
    }

    fn fetch(&mut self, uid: u32) -> Result<Option<Mail>, MailboxError> {
        Ok(self.reached()?.messages.iter().find(|mail| mail.envelope.uid == uid).cloned())
    }

    fn set_flags(&mut self, uid: u32, flags: Flags) -> Result<bool, MailboxError> {
        let mut state = self.reached()?;
        let Some(mail) = state.messages.iter_mut().find(|mail| mail.envelope.uid == uid) else {
            return Ok(false);
        };
        mail.envelope.flags = flags;
        if folder_of(mail) == Folder::Inbox {
            mail.envelope.status = if flags.seen { Status::Read } else { Status::Unread };
        }
        state.changes += 1;
        self.shared.changed.notify_all();
        Ok(true)
    }

    fn delete(&mut self, uids: &[u32]) -> Result<Vec<u32>, MailboxError> {
        let mut state = self.reached()?;
        let (gone, kept) = std::mem::take(&mut state.messages)
            .into_iter()
            .partition::<Vec<_>, _>(|mail| uids.contains(&mail.envelope.uid));
        state.messages = kept;
        state.changes += 1;
        self.shared.changed.notify_all();
        Ok(gone.iter().map(|mail| mail.envelope.uid).collect())
    }

    fn submit(&mut self, draft: &Draft) -> Result<Vec<String>, MailboxError> {
        drop(self.reached()?);
        if draft.subject == "refuse me" {
            return Err(MailboxError::Refused("its subject says so".to_owned()));
        }
        let ids = draft.recipients.iter().map(|recipient| {
            let uid = self.add(|uid| {
                let mut sent = mail(uid, &draft.subject, &draft.body);
                sent.envelope.from = OWNER.to_owned();
                sent.envelope.to.clone_from(recipient);
                sent.envelope.status = Status::Origin;
                sent.envelope.flags.seen = true;
                sent
            });
            format!("{uid:032x}")
        });
        Ok(ids.collect())
    }

    fn wait_for_change(&mut self, after: u64, timeout: Duration) -> Result<u64, MailboxError> {
        let state = self.locked();
        let (state, _) = self
            .shared
            .changed
            .wait_timeout_while(state, timeout, |state| state.changes == after && !state.lost)
            .unwrap_or_else(PoisonError::into_inner);
        if state.lost { Err(MailboxError::Unavailable("it was lost".to_owned())) } else { Ok(state.changes) }
    }
}

/// A password that is no secret.
#[derive(Clone, Copy, Debug)]
pub struct Known(pub &'static str);

impl Password for Known {
    fn is(&self, candidate: &[u8]) -> bool {
        self.0.as_bytes() == candidate
    }
}
