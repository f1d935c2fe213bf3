//! How messages leave: to their recipients, and to nodes that pass them on.

use daemon_core::prelude::*;

use super::{Kernel, now};
use crate::api::{ChatEvent, Letter as Status};
use crate::identity::{Id, PublicKeys};
use crate::letter::{Content, Letter, Receipt};
use crate::mailbox;
use crate::message::{MOST_NODES, Outgoing};
use crate::node::{Packet, Refused};
use crate::store::outbox::Parcel;
use crate::store::seen::Seen;

/// How many messages one cycle handles.
pub(super) const CYCLE: usize = 100;

impl Kernel {
    /// Sends messages to other nodes, the most urgent ones first; returns how many it has tried.
    pub(super) fn send_cycle(&mut self, context: &mut Context) -> Result<usize> {
        let now = now();
        let mut order: Vec<u64> = self.outbox.keys().copied().collect();
        order.sort_by_key(|number| {
            self.outbox.get(number).map(|outgoing| (outgoing.urgency(), outgoing.cycles, *number))
        });
        let mut tried = Vec::new();
        for number in order {
            let Some(outgoing) = self.outbox.get_mut(&number) else { continue };
            if outgoing.has_expired(now) {
                self.give_up(number)?;
            } else if outgoing.waits {
                self.search(number)?;
            } else if !outgoing.limit && tried.len() < CYCLE {
                outgoing.cycles = outgoing.cycles.saturating_add(1);
                tried.push(number);
            }
        }
        self.keep_outgoing(&tried)?;
        for number in &tried {
            self.dispatch(*number, context);
        }
        Ok(tried.len())
    }

    /// Sends a message to its recipient if that is connected, otherwise to it and to the nodes nearest to it.
    fn dispatch(&mut self, number: u64, context: &mut Context) {
        let Some(outgoing) = self.outbox.get(&number) else { return };
        let (to, wants) = (outgoing.to, MOST_NODES.saturating_sub(outgoing.nodes()));
        if self.link_to(to).is_some() {
            return self.send_to(number, to, context);
        }
        let near = self.table.nearest(to, MOST_NODES + outgoing.sent.len() + 2);
        let may_have = |id: &Id| !outgoing.sent.contains(id) && *id != outgoing.from && *id != to;
        let targets: Vec<Id> = near.into_iter().map(|(id, _)| id).filter(may_have).take(wants).collect();
        self.send_to(number, to, context);
        for target in targets {
            self.send_to(number, target, context);
        }
    }

    /// Sends a message to a node, which is connected first if need be.
    fn send_to(&mut self, number: u64, node: Id, context: &mut Context) {
        if let Some(link) = self.link_to(node) {
            self.queue(link, number);
            self.offer(link, context);
        } else if self.reach(node, context) {
            self.wanted.entry(node).or_default().insert(number);
        }
    }

    /// Connects to a node, unless that is going on; returns whether it may come.
    pub(super) fn reach(&mut self, node: Id, context: &mut Context) -> bool {
        if self.links.values().any(|link| link.expected == Some(node) || link.peer == Some(node)) {
            return true;
        }
        let Some(address) = self.table.get(node).and_then(|node| node.address) else { return false };
        let dialled = self.dial(address, Some(node), context);
        if let Err(error) = &dialled {
            tracing::debug!("cannot connect to {address}: {error}");
            self.table.miss(node);
        }
        dialled.is_ok()
    }

    /// Sends a new message to its recipient at once, if that can be reached; all else is for the next cycle.
    pub(super) fn send_directly(&mut self, number: u64, context: &mut Context) {
        if let Some(outgoing) = self.outbox.get(&number)
            && !outgoing.waits
        {
            self.send_to(number, outgoing.to, context);
        }
    }

    /// A node has a message on its disk.
    pub(super) fn accepted(&mut self, link: u64, peer: Id, message: Id, context: &mut Context) {
        if let Some(number) = self.answered(link, message) {
            let noted = self.note_sent(number, peer);
            self.attempt(noted);
        }
        self.offer(link, context);
    }

    /// A node does not take a message.
    pub(super) fn refused(
        &mut self,
        link: u64,
        peer: Id,
        message: Id,
        reason: Refused,
        context: &mut Context,
    ) {
        if let Some(number) = self.answered(link, message) {
            match reason {
                // The next cycle tries again.
                Refused::Payment | Refused::Full => {}
                Refused::Invalid => {
                    tracing::warn!("node {peer} says that message {message} is not valid");
                    if let Some(outgoing) = self.outbox.get_mut(&number) {
                        outgoing.sent.insert(peer);
                    }
                }
            }
        }
        self.offer(link, context);
    }

    /// Returns the number of a message that was offered on a connection, and has its reply now.
    fn answered(&mut self, link: u64, message: Id) -> Option<u64> {
        let link = self.links.get_mut(&link)?;
        let is_it = |number: &u64| self.outbox.get(number).is_some_and(|outgoing| outgoing.id == message);
        let number = link.offered.iter().copied().find(is_it)?;
        link.offered.remove(&number);
        Some(number)
    }

    fn note_sent(&mut self, number: u64, peer: Id) -> Result<()> {
        let Some(outgoing) = self.outbox.get(&number) else { return Ok(()) };
        let mut outgoing = outgoing.clone();
        outgoing.sent.insert(peer);
        outgoing.limit = outgoing.is_at_limit();
        let status = if outgoing.limit { mailbox::Status::Limit } else { mailbox::Status::Sent };
        self.change_outgoing(number, outgoing, status)
    }

    /// Keeps a message on its way, and the status of its entry in the mailbox.
    fn change_outgoing(&mut self, number: u64, outgoing: Outgoing, status: mailbox::Status) -> Result<()> {
        let record = self.with_status(outgoing.uid, status);
        self.store.write(|change| {
            change.put_outgoing(number, &outgoing)?;
            record.iter().try_for_each(|(uid, record)| change.put_mail(*uid, record))
        })?;
        self.outbox.insert(number, outgoing);
        self.publish_status(record);
        Ok(())
    }

    fn with_status(
        &self,
        uid: Option<u32>,
        status: mailbox::Status,
    ) -> Option<(u32, crate::message::Record)> {
        let record = self.mail.get(&uid?)?;
        (record.status != status).then_some(())?;
        Some((uid?, crate::message::Record { status, ..record.clone() }))
    }

    fn publish_status(&mut self, record: Option<(u32, crate::message::Record)>) {
        if let Some((uid, record)) = record {
            let (id, status) = (record.id.to_string(), Status::from(record.status));
            self.mail.insert(uid, record);
            self.publish(&ChatEvent::Status { uid, id, status });
            self.changed();
        }
    }

    fn keep_outgoing(&mut self, numbers: &[u64]) -> Result<()> {
        let outbox = &self.outbox;
        self.store.write(|change| {
            let kept = numbers.iter().filter_map(|number| outbox.get_key_value(number));
            kept.into_iter().try_for_each(|(number, outgoing)| change.put_outgoing(*number, outgoing))
        })?;
        // A message that was tried often enough is at its limit without another reply.
        for number in numbers {
            if let Some(outgoing) = self.outbox.get(number).filter(|outgoing| outgoing.is_at_limit()) {
                let outgoing = Outgoing { limit: true, ..outgoing.clone() };
                self.change_outgoing(*number, outgoing, mailbox::Status::Limit)?;
            }
        }
        Ok(())
    }

    /// A message has been on its way for too long.
    fn give_up(&mut self, number: u64) -> Result<()> {
        let uid = self.outbox.get(&number).and_then(|outgoing| outgoing.uid);
        self.finish(number, uid, mailbox::Status::Limit, None)
    }

    /// Removes a message from those on their way.
    fn finish(
        &mut self,
        number: u64,
        uid: Option<u32>,
        status: mailbox::Status,
        seen: Option<(Id, &Seen)>,
    ) -> Result<()> {
        let record = self.with_status(uid, status);
        self.store.write(|change| {
            change.remove_outgoing(number)?;
            seen.iter().try_for_each(|(message, seen)| change.put_seen(*message, seen))?;
            record.iter().try_for_each(|(uid, record)| change.put_mail(*uid, record))
        })?;
        self.outbox.remove(&number);
        self.publish_status(record);
        Ok(())
    }

    /// A node says that a message has come to its recipient.
    pub(super) fn delivered(&mut self, link: u64, peer: Id, receipt: Receipt, context: &mut Context) {
        let message = receipt.message;
        self.answered(link, message);
        let found = self.outbox.iter().find(|(_, outgoing)| outgoing.id == message);
        if let Some((number, outgoing)) = found.map(|(number, outgoing)| (*number, outgoing.clone())) {
            if !receipt.is_from(outgoing.to) {
                tracing::warn!("node {peer} has sent a wrong receipt");
                return;
            }
            let noted = self.note_delivered(number, &outgoing, receipt, peer);
            if self.attempt(noted).is_none() {
                // It is not on the disk, so it is not confirmed; the node sends it again.
                return;
            }
            self.pass_receipt(&outgoing, context);
        }
        self.send(link, &Packet::Confirmed(message), context);
        self.offer(link, context);
    }

    fn note_delivered(&mut self, number: u64, outgoing: &Outgoing, receipt: Receipt, peer: Id) -> Result<()> {
        let owed = (!outgoing.is_own() && outgoing.from != peer).then_some(outgoing.from);
        let seen = Seen { receipt: Some(receipt), owed, ..Seen::new(outgoing.created) };
        self.finish(number, outgoing.uid, mailbox::Status::Delivered, Some((outgoing.id, &seen)))?;
        if let Some(sender) = owed {
            self.owed.entry(sender).or_default().insert(outgoing.id);
        }
        Ok(())
    }

    /// Sends the sender of a message its receipt, if it is connected.
    fn pass_receipt(&mut self, outgoing: &Outgoing, context: &mut Context) {
        let Some(link) = self.link_to(outgoing.from) else { return };
        let seen = self.attempt(self.store.seen(outgoing.id)).flatten();
        if let Some(receipt) = seen.and_then(|seen| seen.receipt) {
            self.send(link, &Packet::Delivered(receipt), context);
        }
    }

    /// Looks for the key of the recipient of a message.
    pub(super) fn search(&mut self, number: u64) -> Result<()> {
        let Some(to) = self.outbox.get(&number).map(|outgoing| outgoing.to) else { return Ok(()) };
        if let Some(keys) = self.table.get(to).map(|node| node.keys) {
            self.seal_waiting(&keys);
        } else if let Some(key) = self.table.add_new(Some(to), None) {
            let new = self.table.news().find(|(other, _)| **other == key).map(|(_, new)| new.clone());
            self.store.write(|change| new.iter().try_for_each(|new| change.put_new_node(&key, new)))?;
        }
        Ok(())
    }

    /// Seals the messages that have waited for these keys.
    pub(super) fn seal_waiting(&mut self, keys: &PublicKeys) {
        let id = keys.id();
        let waiting = self.outbox.iter().filter(|(_, outgoing)| outgoing.waits && outgoing.to == id);
        for number in waiting.map(|(number, _)| *number).collect::<Vec<_>>() {
            let sealed = self.seal(number, keys);
            self.attempt(sealed);
        }
    }

    fn seal(&mut self, number: u64, keys: &PublicKeys) -> Result<()> {
        let Some(outgoing) = self.outbox.get(&number) else { return Ok(()) };
        let Some(Parcel::Waiting { nonce, locked }) = self.store.parcel(number)? else { return Ok(()) };
        let content = self.identity.unlock(&locked).ok();
        let content: Option<Content> = content.and_then(|content| postcard::from_bytes(&content).ok());
        let letter = content
            .and_then(|content| Letter::write(&self.identity, keys, outgoing.created, nonce, &content));
        let letter = letter.ok_or_else(|| format!("cannot seal message {}", outgoing.id))?;
        let outgoing = Outgoing { waits: false, ..outgoing.clone() };
        self.store.write(|change| {
            change.put_outgoing(number, &outgoing)?;
            change.put_parcel(number, &Parcel::Sealed(letter))
        })?;
        self.outbox.insert(number, outgoing);
        Ok(())
    }
}
