//! The methods about messages.

use std::collections::BTreeSet;

use daemon_core::prelude::*;

use super::Kernel;
use crate::api::{Box, Letter, Message, MessageInfo, Refused};
use crate::identity::Id;
use crate::mailbox::Flags;

/// The most messages in one reply.
const MOST_LISTED: usize = 500;

/// The most callers that may wait for a change.
const MOST_WAITING: usize = 1000;

#[daemon(more, client = MessagesClient)]
impl Kernel {
    /// Write a message for one or several nodes; return its ids, one for each of them. It is on the disk then.
    #[rpc_method(name = "messages.new", allow(owner, root))]
    fn new_message(
        &mut self,
        /// Their ids, or names in the address book
        to: Vec<String>,
        subject: String,
        body: String,
        /// The same message with the same key is not written again; it keeps its ids
        key: Option<&str>,
        context: &mut Context,
    ) -> Result<Vec<String>, Refused> {
        let recipients = to.iter().map(|name| self.resolve(name)).collect::<Result<BTreeSet<Id>, _>>()?;
        let ids = self.submit(&recipients, subject, body, key, context)?;
        Ok(ids.iter().map(Id::to_string).collect())
    }

    /// List the messages of the mailbox by number, 500 at most.
    #[rpc_method(name = "messages.list", read_only, allow(owner, root))]
    fn list_messages(
        &mut self,
        /// Only those with higher numbers
        #[param(default = 0)]
        after: u32,
        /// Only those with this status
        status: Option<Letter>,
    ) -> Vec<MessageInfo> {
        let is_listed = |(uid, record): &(&u32, &crate::message::Record)| {
            **uid > after && status.is_none_or(|status| status == record.status.into())
        };
        let uids: Vec<u32> =
            self.mail.iter().filter(is_listed).map(|(uid, _)| *uid).take(MOST_LISTED).collect();
        uids.into_iter().filter_map(|uid| self.describe(uid)).collect()
    }

    /// List the messages of this node that have not arrived.
    #[rpc_method(name = "messages.unsent", read_only, allow(owner, root))]
    fn unsent_messages(&mut self) -> Vec<MessageInfo> {
        let uids: Vec<u32> =
            self.outbox.values().filter_map(|outgoing| outgoing.uid).take(MOST_LISTED).collect();
        uids.into_iter().filter_map(|uid| self.describe(uid)).collect()
    }

    /// Return a message, and mark it as read.
    #[rpc_method(name = "messages.read", allow(owner, root))]
    fn read_message(&mut self, uid: u32) -> Result<Message, Refused> {
        let flags = self.mail.get(&uid).ok_or(Refused::NoMessage { uid })?.flags;
        self.mark(uid, Flags { seen: true, ..flags })?;
        self.message(uid)?.ok_or(Refused::NoMessage { uid })
    }

    /// Return a message, if it is there, and leave it unread.
    #[rpc_method(name = "messages.show", read_only, allow(owner, root))]
    fn show_message(&mut self, uid: u32) -> Result<Option<Message>, Refused> {
        self.message(uid)
    }

    /// Return the message with an id.
    #[rpc_method(name = "messages.find", read_only, allow(owner, root))]
    fn find_message(&mut self, id: &str) -> Result<Option<MessageInfo>, Refused> {
        let id: Id = id.parse().map_err(|_| Refused::NotAnId { text: id.to_owned() })?;
        let uid = self.mail.iter().find(|(_, record)| record.id == id).map(|(uid, _)| *uid);
        Ok(uid.and_then(|uid| self.describe(uid)))
    }

    /// Set the flags of a message; return whether it is there.
    #[rpc_method(name = "messages.mark", allow(owner, root))]
    fn mark_message(
        &mut self,
        uid: u32,
        #[param(default = false)] seen: bool,
        #[param(default = false)] answered: bool,
        #[param(default = false)] flagged: bool,
        #[param(default = false)] deleted: bool,
    ) -> Result<bool, Refused> {
        Ok(self.mark(uid, Flags { seen, answered, flagged, deleted })?)
    }

    /// Delete messages permanently; return those that were there. Messages on their way go on.
    #[rpc_method(name = "messages.delete", destructive, allow(owner, root))]
    fn delete_messages(&mut self, uids: Vec<u32>) -> Result<Vec<u32>, Refused> {
        Ok(self.delete(&uids.into_iter().collect())?)
    }

    /// Return facts about the mailbox.
    #[rpc_method(name = "messages.box", read_only, allow(owner, root))]
    fn mailbox(&self) -> Result<Box, Refused> {
        let (validity, next) = (self.store.uid_validity()?, self.store.next_uid()?);
        Ok(Box { validity, next, change: self.change })
    }

    /// Wait until the mailbox has changed; return the number of its latest change.
    #[rpc_method(name = "messages.wait", read_only, allow(owner, root))]
    fn wait_for_change(
        &mut self,
        /// The change that is known
        after: u64,
        /// How long to wait
        longest: Span,
        reply: Reply<u64, Refused>,
        context: &mut Context,
    ) {
        self.waiting.retain(|_, reply| !reply.is_closed());
        if after != self.change || longest.is_zero() {
            return reply.send(self.change);
        }
        if self.waiting.len() >= MOST_WAITING {
            return reply.fail(Refused::Full { reason: "too many wait for the mailbox" });
        }
        let number = self.waited;
        self.waited += 1;
        self.waiting.insert(number, reply);
        context.after(*longest, move |kernel: &mut Kernel, _| {
            if let Some(reply) = kernel.waiting.remove(&number) {
                reply.send(kernel.change);
            }
        });
    }

    /// Send messages to other nodes, the most urgent ones first; return how many were tried, 100 at most.
    #[rpc_method(name = "messages.send", allow(owner, root))]
    fn send_messages(&mut self, context: &mut Context) -> Result<usize, Refused> {
        Ok(self.send_cycle(context)?)
    }
}

impl Kernel {
    fn message(&mut self, uid: u32) -> Result<Option<Message>, Refused> {
        let content = self.content(uid)?;
        Ok(self.describe(uid).zip(content).map(|(info, content)| Message { info, body: content.body }))
    }
}
