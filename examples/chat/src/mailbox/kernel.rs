//! The mailbox that the kernel keeps.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use daemon_core::{Client, Error, Span};

use super::{Draft, Envelope, Flags, Folder, Mail, Mailbox, MailboxError, Owner};
use crate::api::MessageInfo;
use crate::kernel::{KernelClient, MessagesClient};
use crate::kernel_address;

/// How long a call to the kernel may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The mailbox of the kernel. It connects when it is first used, and again after the kernel was away.
#[derive(Debug, Default)]
pub struct KernelMailbox {
    address: Option<String>,
    client: Option<Client>,
}

impl KernelMailbox {
    /// Returns the mailbox of the kernel at an address, by default where it usually is.
    pub fn new(address: Option<String>) -> Self {
        KernelMailbox { address, client: None }
    }

    /// Asks the kernel; once more on a new connection, if that of an earlier call was cut off and `again` is set.
    fn ask<T>(
        &mut self,
        again: bool,
        call: impl Fn(&mut Client) -> Result<T, Error>,
    ) -> Result<T, MailboxError> {
        let had_one = self.client.is_some();
        match self.try_ask(TIMEOUT, &call) {
            Err(MailboxError::Unavailable(_)) if had_one && again => self.try_ask(TIMEOUT, &call),
            result => result,
        }
    }

    fn try_ask<T>(
        &mut self,
        timeout: Duration,
        call: &impl Fn(&mut Client) -> Result<T, Error>,
    ) -> Result<T, MailboxError> {
        let unavailable = |error: Error| MailboxError::Unavailable(error.report().to_string());
        let client = match &mut self.client {
            Some(client) => client,
            none => {
                let client = kernel_address::connect(self.address.as_deref()).map_err(unavailable)?;
                none.insert(client)
            }
        };
        client.set_timeout(Some(timeout)).map_err(unavailable)?;
        call(client).map_err(|error| match error.fault() {
            // What the kernel refuses itself has a code of its own; it would refuse it again.
            Some(fault) if (1..=7).contains(&fault.code()) => {
                MailboxError::Refused(fault.message().to_owned())
            }
            Some(fault) => MailboxError::Unavailable(fault.message().to_owned()),
            None => {
                self.client = None;
                unavailable(error)
            }
        })
    }
}

impl Mailbox for KernelMailbox {
    fn owner(&mut self) -> Result<Owner, MailboxError> {
        let info = self.ask(true, |client| KernelClient(client).info())?;
        Ok(Owner { id: info.id, nick: info.nick })
    }

    fn uid_validity(&mut self) -> Result<u32, MailboxError> {
        self.ask(true, |client| Ok(MessagesClient(client).mailbox()?.validity))
    }

    fn uid_next(&mut self) -> Result<u32, MailboxError> {
        self.ask(true, |client| Ok(MessagesClient(client).mailbox()?.next))
    }

    fn list(&mut self, folder: Folder) -> Result<Vec<Envelope>, MailboxError> {
        let own = self.owner()?.id;
        let mut all: Vec<MessageInfo> = Vec::new();
        loop {
            let last = all.last().map_or(0, |message| message.uid);
            let page = self.ask(true, |client| MessagesClient(client).list_messages(Some(last), None))?;
            if page.is_empty() {
                break;
            }
            all.extend(page);
        }
        // A message to oneself is in the inbox.
        let is_in = |message: &MessageInfo| (message.to == own) == (folder == Folder::Inbox);
        Ok(all.into_iter().filter(is_in).map(envelope).collect())
    }

    fn fetch(&mut self, uid: u32) -> Result<Option<Mail>, MailboxError> {
        let message = self.ask(true, |client| MessagesClient(client).show_message(uid))?;
        Ok(message.map(|message| Mail { envelope: envelope(message.info), body: message.body }))
    }

    fn set_flags(&mut self, uid: u32, flags: Flags) -> Result<bool, MailboxError> {
        let Flags { seen, answered, flagged, deleted } = flags;
        let [seen, answered, flagged, deleted] = [seen, answered, flagged, deleted].map(Some);
        self.ask(true, |client| MessagesClient(client).mark_message(uid, seen, answered, flagged, deleted))
    }

    fn delete(&mut self, uids: &[u32]) -> Result<Vec<u32>, MailboxError> {
        let uids: Vec<u32> = uids.iter().copied().collect::<BTreeSet<u32>>().into_iter().collect();
        self.ask(false, |client| MessagesClient(client).delete_messages(&uids))
    }

    fn submit(&mut self, draft: &Draft) -> Result<Vec<String>, MailboxError> {
        if let Some(name) = draft.recipients.iter().find(|name| !super::is_node_id(name)) {
            return Err(MailboxError::Refused(format!("`{name}` is not an id")));
        }
        // Without a key, twice might be two messages, so an old connection is tried before.
        self.owner()?;
        self.ask(draft.key.is_some(), |client| {
            let Draft { recipients, subject, body, key } = draft;
            MessagesClient(client).new_message(recipients, subject, body, key.as_deref())
        })
    }

    fn wait_for_change(&mut self, after: u64, timeout: Duration) -> Result<u64, MailboxError> {
        let patience = timeout.saturating_add(TIMEOUT);
        self.try_ask(patience, &|client| MessagesClient(client).wait_for_change(after, Span::from(timeout)))
    }
}

fn envelope(message: MessageInfo) -> Envelope {
    let time =
        |seconds: u64| UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).unwrap_or(SystemTime::UNIX_EPOCH);
    Envelope {
        uid: message.uid,
        flags: message.flags(),
        created: time(message.created),
        received: time(message.received),
        status: message.status.into(),
        relay_count: message.relays,
        id: message.id,
        from: message.from,
        nick: message.nick,
        to: message.to,
        subject: message.subject,
        size: message.size,
    }
}
