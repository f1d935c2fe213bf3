//! Messages on a connection: which are sent next, and how they are paid for.

use daemon_core::prelude::*;

use super::{Kernel, now};
use crate::identity::Id;
use crate::node::Packet;
use crate::store::outbox::Parcel;

/// How many messages may be on a connection without a reply.
const WINDOW: usize = 16;

/// How many messages may wait for a connection. Others wait for the next cycle.
const LONGEST_QUEUE: usize = 1000;

/// How many stamps are taken from the database at once. If the kernel is killed, these are lost.
const PURSE: usize = 20;

impl Kernel {
    /// Puts all messages for a node into the queue of its connection.
    pub(super) fn queue_all_for(&mut self, link: u64, node: Id) {
        let wanted = self.wanted.remove(&node).unwrap_or_default();
        let own = self.outbox.iter().filter(|(_, outgoing)| outgoing.to == node).map(|(number, _)| *number);
        for number in own.chain(wanted).collect::<Vec<_>>() {
            self.queue(link, number);
        }
    }

    pub(super) fn queue(&mut self, link: u64, number: u64) {
        if let Some(link) = self.links.get_mut(&link)
            && link.queue.len() < LONGEST_QUEUE
            && !link.queue.contains(&number)
            && !link.offered.contains(&number)
        {
            link.queue.push_back(number);
        }
    }

    /// Sends what waits for a connection, as long as few messages are without a reply.
    pub(super) fn offer(&mut self, link: u64, context: &mut Context) {
        while let Some(number) = self.next_offer(link) {
            let Some((packet, stamp)) = self.packet(number) else { continue };
            let Some(packet) = packet else { return self.put_back(link, number, stamp) };
            if !self.send(link, &packet, context) {
                return self.put_back(link, number, stamp);
            }
            if let Some(link) = self.links.get_mut(&link) {
                link.offered.insert(number);
            }
        }
    }

    /// Sends what waits for all connections, once there are stamps again.
    pub(super) fn offer_all(&mut self, context: &mut Context) {
        for link in self.links.keys().copied().collect::<Vec<_>>() {
            self.offer(link, context);
        }
    }

    fn next_offer(&mut self, link: u64) -> Option<u64> {
        let link = self.links.get_mut(&link)?;
        let peer = link.peer?;
        while link.offered.len() < WINDOW {
            let number = link.queue.pop_front()?;
            let outgoing = self.outbox.get(&number);
            if outgoing.is_some_and(|outgoing| {
                !outgoing.waits && (outgoing.to == peer || !outgoing.sent.contains(&peer))
            }) {
                return Some(number);
            }
        }
        None
    }

    /// Returns what is sent, and the stamp that pays for it; `None` inside if there is no stamp, outside if there is no such
    /// message.
    fn packet(&mut self, number: u64) -> Option<(Option<Packet>, Option<String>)> {
        let relays = self.outbox.get(&number)?.relays;
        let Parcel::Sealed(letter) = self.attempt(self.store.parcel(number))?? else { return None };
        let Some(stamp) = self.stamp() else { return Some((None, None)) };
        Some((Some(Packet::Message { letter, relays, stamp: stamp.clone() }), Some(stamp)))
    }

    fn put_back(&mut self, link: u64, number: u64, stamp: Option<String>) {
        self.purse.extend(stamp);
        if let Some(link) = self.links.get_mut(&link) {
            link.queue.push_front(number);
        }
    }

    fn stamp(&mut self) -> Option<String> {
        if self.purse.is_empty() {
            let now = now();
            let taken = self.store.write(|change| {
                let mut stamps = Vec::new();
                while stamps.len() < PURSE
                    && let Some(stamp) = change.take_stamp(now)?
                {
                    stamps.push(stamp);
                }
                Ok(stamps)
            });
            self.purse.extend(self.attempt(taken)?);
        }
        self.purse.pop_front()
    }
}
