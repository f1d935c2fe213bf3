//! The mailbox: messages that come for this node, and those of others that it passes on.

use std::collections::BTreeSet;

use daemon_core::prelude::*;

use super::{Head, Kernel, now};
use crate::api::{ChatEvent, MessageInfo};
use crate::identity::Id;
use crate::letter::{Content, Letter, Receipt};
use crate::mailbox::{Flags, Status};
use crate::message::{LONGEST_WAY, MOST_RELAYS, Outgoing, Record};
use crate::node::{self, Packet};
use crate::stamp;
use crate::store::outbox::Parcel;
use crate::store::seen::Seen;

/// How far clocks of nodes may differ, in seconds.
const CLOCKS_DIFFER: u64 = 24 * 3600;

impl Kernel {
    /// A node wants this one to take a message.
    pub(super) fn take_letter(&mut self, link: u64, peer: Id, offer: Offer, context: &mut Context) {
        let letter = &offer.letter;
        let reply = match self.attempt(self.store.seen(letter.id())) {
            Some(Some(Seen { receipt: Some(receipt), .. })) => Some(Packet::Delivered(receipt)),
            Some(Some(_)) => Some(Packet::Accepted(letter.id())),
            Some(None) => self.take_new_letter(peer, offer, context),
            // The disk fails: without a reply the node tries again.
            None => None,
        };
        if let Some(reply) = reply {
            self.send(link, &reply, context);
        }
    }

    fn take_new_letter(&mut self, peer: Id, offer: Offer, context: &mut Context) -> Option<Packet> {
        let Offer { letter, relays, stamp: paid } = offer;
        let paid = paid.as_str();
        let (now, message) = (now(), letter.id());
        let refused = |reason| Some(Packet::Refused { message, reason });
        let in_time = letter.created <= now + CLOCKS_DIFFER && letter.created + LONGEST_WAY >= now;
        if !in_time || relays > MOST_RELAYS || !letter.is_genuine() {
            return refused(node::Refused::Invalid);
        }
        let Ok(stamp) = stamp::check(paid, peer, now) else { return refused(node::Refused::Payment) };
        let expires = stamp.expires;
        if letter.recipient == self.identity.id() {
            let Some(content) = letter.open(&self.identity) else { return refused(node::Refused::Invalid) };
            let kept = self.keep_letter(peer, &letter, content, relays, (paid, expires));
            match self.attempt(kept)? {
                Some(receipt) => Some(Packet::Delivered(receipt)),
                None => refused(node::Refused::Payment),
            }
        } else {
            let foreign = self.outbox.values().filter(|outgoing| !outgoing.is_own()).count();
            if foreign >= self.options.relayed {
                return refused(node::Refused::Full);
            }
            let recipient = letter.recipient;
            let kept = self.keep_relayed(peer, letter, relays, (paid, expires));
            match self.attempt(kept)? {
                Some(number) if self.link_to(recipient).is_some() => self.send_directly(number, context),
                Some(_) => {}
                None => return refused(node::Refused::Payment),
            }
            Some(Packet::Accepted(message))
        }
    }

    /// Keeps a message for this node; `None` if its stamp was spent.
    fn keep_letter(
        &mut self,
        peer: Id,
        letter: &Letter,
        content: Content,
        relays: u32,
        (paid, expires): (&str, u64),
    ) -> Result<Option<Receipt>> {
        let (id, from) = (letter.id(), letter.sender.id());
        let receipt = Receipt::write(&self.identity, id);
        let owed = (from != peer).then_some(from);
        let seen = Seen { receipt: Some(receipt.clone()), owed, ..Seen::new(letter.created) };
        let record = Record {
            id,
            from,
            to: letter.recipient,
            created: letter.created,
            received: now(),
            status: Status::Unread,
            relays,
            size: content.body.len() as u64,
            flags: Flags::default(),
        };
        let text = self.lock(&content)?;
        let uid = self.store.write(|change| {
            if !change.spend(paid, expires)? {
                return Ok(None);
            }
            change.put_seen(id, &seen)?;
            change.add_mail(&record, &text).map(Some)
        })?;
        let Some(uid) = uid else { return Ok(None) };
        if owed.is_some() {
            self.owed.entry(from).or_default().insert(id);
        }
        self.show(uid, record, content);
        Ok(Some(receipt))
    }

    /// Keeps a message of another node for a third one; `None` if its stamp was spent.
    fn keep_relayed(
        &mut self,
        peer: Id,
        letter: Letter,
        relays: u32,
        (paid, expires): (&str, u64),
    ) -> Result<Option<u64>> {
        let outgoing = Outgoing {
            id: letter.id(),
            from: letter.sender.id(),
            to: letter.recipient,
            created: letter.created,
            relays: relays + 1,
            waits: false,
            sent: BTreeSet::from([peer]),
            cycles: 0,
            uid: None,
            limit: false,
        };
        let number = self.store.write(|change| {
            if !change.spend(paid, expires)? {
                return Ok(None);
            }
            change.put_seen(outgoing.id, &Seen::new(outgoing.created))?;
            change.add_outgoing(&outgoing, &Parcel::Sealed(letter)).map(Some)
        })?;
        if let Some(number) = number {
            self.outbox.insert(number, outgoing);
        }
        Ok(number)
    }

    /// Shows a message that was added to the mailbox.
    pub(super) fn show(&mut self, uid: u32, record: Record, content: Content) {
        self.heads.insert(uid, Head { subject: content.subject, nick: content.nick });
        self.mail.insert(uid, record);
        if let Some(message) = self.describe(uid) {
            self.publish(&ChatEvent::Message { message });
        }
        self.changed();
    }

    /// Encrypts a text for the disk.
    pub(super) fn lock(&self, content: &Content) -> Result<Vec<u8>> {
        let bytes = postcard::to_stdvec(content)
            .map_err(|error| daemon_core::Error::new("cannot write a message").because(error))?;
        self.identity
            .lock(&bytes)
            .map_err(|error| daemon_core::Error::new("cannot encrypt a message").because(error))
    }

    /// Returns the content of a message of the mailbox.
    pub(super) fn content(&self, uid: u32) -> Result<Option<Content>> {
        let Some(text) = self.store.text(uid)? else { return Ok(None) };
        let failed = || format!("message {uid} was not encrypted by this node, or was changed");
        let bytes = self.identity.unlock(&text).map_err(|_| failed())?;
        Ok(Some(postcard::from_bytes(&bytes).map_err(|_| failed())?))
    }

    /// Describes a message of the mailbox.
    pub(super) fn describe(&mut self, uid: u32) -> Option<MessageInfo> {
        if !self.heads.contains_key(&uid) && self.mail.contains_key(&uid) {
            let content = self.attempt(self.content(uid)).flatten();
            let head = content.map(|content| Head { subject: content.subject, nick: content.nick });
            self.heads.insert(uid, head.unwrap_or_default());
        }
        let (record, head) = (self.mail.get(&uid)?, self.heads.get(&uid).cloned()?);
        let Flags { seen, answered, flagged, deleted } = record.flags;
        Some(MessageInfo {
            uid,
            id: record.id.to_string(),
            from: record.from.to_string(),
            nick: head.nick,
            to: record.to.to_string(),
            subject: head.subject,
            created: record.created,
            received: record.received,
            status: record.status.into(),
            relays: record.relays,
            size: record.size,
            seen,
            answered,
            flagged,
            deleted,
        })
    }

    /// Sets what a mail program has set; a message from another node that was seen is read.
    pub(super) fn mark(&mut self, uid: u32, flags: Flags) -> Result<bool> {
        let Some(record) = self.mail.get(&uid) else { return Ok(false) };
        let status = match (record.status, flags.seen) {
            (Status::Unread | Status::Read, true) => Status::Read,
            (Status::Unread | Status::Read, false) => Status::Unread,
            (other @ (Status::Origin | Status::Sent | Status::Delivered | Status::Limit), _) => other,
        };
        if record.status == status && record.flags == flags {
            return Ok(true);
        }
        let record = Record { status, flags, ..record.clone() };
        self.store.write(|change| change.put_mail(uid, &record))?;
        let (id, changed) = (record.id.to_string(), self.mail.insert(uid, record));
        if changed.is_none_or(|old| old.status != status) {
            self.publish(&ChatEvent::Status { uid, id, status: status.into() });
        }
        self.changed();
        Ok(true)
    }

    /// Deletes messages from the mailbox; those on their way go on.
    pub(super) fn delete(&mut self, uids: &BTreeSet<u32>) -> Result<Vec<u32>> {
        let found: Vec<u32> = uids.iter().copied().filter(|uid| self.mail.contains_key(uid)).collect();
        self.store.write(|change| found.iter().try_for_each(|uid| change.remove_mail(*uid).map(drop)))?;
        for uid in &found {
            self.mail.remove(uid);
            self.heads.remove(uid);
        }
        if !found.is_empty() {
            self.changed();
        }
        Ok(found)
    }

    /// The mailbox has changed: those who wait for it are answered.
    pub(super) fn changed(&mut self) {
        self.change += 1;
        std::mem::take(&mut self.waiting).into_values().for_each(|reply| reply.send(self.change));
    }
}

/// A message that a node wants this one to take.
pub(super) struct Offer {
    pub(super) letter: Letter,
    pub(super) relays: u32,
    pub(super) stamp: String,
}
