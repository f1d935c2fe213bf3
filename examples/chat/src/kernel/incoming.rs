//! What the kernel does when another node is met, says something, or is lost.

use std::net::SocketAddr;

use daemon_core::prelude::*;

use super::links::Link;
use super::mailing::Offer;
use super::{Kernel, now};
use crate::api::ChatEvent;
use crate::identity::Id;
use crate::node::talk::{Step, Talk};
use crate::node::{Known, MOST_FOUND, Packet, Peer};

/// How many receipts a node gets at once when it comes; it gets the others next time.
const RECEIPTS: usize = 100;

impl Kernel {
    /// The node at the other end has shown who it is.
    pub(super) fn meet(&mut self, number: u64, peer: Peer, context: &mut Context) {
        let id = peer.keys.id();
        let other = self.link_to(id).filter(|other| *other != number);
        let Some(link) = self.links.get_mut(&number) else { return };
        let (outbound, came_from) = (link.outbound, link.address);
        link.peer = Some(id);
        link.nick.clone_from(&peer.nick);
        let address = listening_address(came_from, outbound, peer.port);
        let node = self.table.confirm(peer.keys, &peer.nick, address, now()).clone();
        let news: Vec<String> = [Some(id.to_string()), address.map(|address| address.to_string())]
            .into_iter()
            .flatten()
            .filter(|key| self.table.remove_new(key))
            .collect();
        if let Some(met) = self.connecting.remove(&number) {
            let _ = met.try_send(Ok(id));
        }
        let stored = self.store.write(|change| {
            change.put_node(id, &node)?;
            change.rename_contact(id, &node.nick)?;
            news.iter().try_for_each(|key| change.remove_new_node(key))
        });
        self.attempt(stored);
        if let Some(other) = other {
            // Both sides keep the same one: the later one, or that of the node with the smaller id.
            let differ = self.links.get(&other).is_some_and(|link| link.outbound != outbound);
            let keep = !differ || outbound == (self.identity.id() < id);
            self.close_link(if keep { other } else { number }, context);
        }
        self.seal_waiting(&peer.keys);
        let (nick, address) = (peer.nick, came_from.to_string());
        self.publish(&ChatEvent::Connected { node: id.to_string(), nick, address });
        if let Some(number) = self.link_to(id) {
            self.queue_all_for(number, id);
            self.send_owed(number, id, context);
            self.offer(number, context);
        }
    }

    /// A connection is over.
    pub(super) fn lose(&mut self, number: u64, link: Link, reason: &str) {
        if link.outbound && link.peer.is_none() {
            self.miss(&link);
        }
        if let Some(id) = link.peer.or(link.expected)
            && self.link_to(id).is_none()
        {
            self.wanted.remove(&id);
        }
        if let (Some(id), true) = (link.peer, link.talk != Talk::None) {
            self.publish(&ChatEvent::TalkClosed { node: id.to_string(), nick: link.nick });
        }
        if link.peer.is_some() || link.outbound {
            let (node, address) = (link.peer.map(|id| id.to_string()), link.address.to_string());
            self.publish(&ChatEvent::Disconnected { node, address, reason: reason.to_owned() });
        }
        if let Some(met) = self.connecting.remove(&number) {
            // The caller may have gone.
            let _ = met.try_send(Err(reason.to_owned()));
        }
    }

    /// A node could not be reached.
    fn miss(&mut self, link: &Link) {
        if let Some(id) = link.expected {
            self.table.miss(id);
        }
        let key = link.address.to_string();
        self.table.change_new(&key, |new| new.connects += 1);
        for key in self.table.clean_new() {
            let removed = self.store.write(|change| change.remove_new_node(&key));
            self.attempt(removed);
        }
    }

    /// A node says something.
    pub(super) fn react(&mut self, number: u64, packet: Packet, context: &mut Context) {
        let Some(link) = self.links.get(&number) else { return };
        let (Some(id), address) = (link.peer, link.address) else { return };
        match packet {
            Packet::FindNode(target) => {
                let nodes = self.table.known(target, address.ip(), MOST_FOUND + 1);
                let nodes =
                    nodes.into_iter().filter(|known| known.keys.id() != id).take(MOST_FOUND).collect();
                self.send(number, &Packet::Found { target, nodes }, context);
            }
            Packet::Found { target, nodes } => self.hear(number, target, &nodes, context),
            Packet::Message { letter, relays, stamp } => {
                self.take_letter(number, id, Offer { letter, relays, stamp }, context)
            }
            Packet::Accepted(message) => self.accepted(number, id, message, context),
            Packet::Refused { message, reason } => self.refused(number, id, message, reason, context),
            Packet::Delivered(receipt) => self.delivered(number, id, receipt, context),
            Packet::Confirmed(message) => self.confirmed(id, message),
            Packet::TalkRequest => self.step(number, Step::PeerRequests, context),
            Packet::TalkResponse(accepted) => self.step(number, Step::PeerResponds(accepted), context),
            Packet::TalkClose => self.step(number, Step::PeerCloses, context),
            Packet::TalkLine(text) => self.hear_line(number, id, text),
            Packet::Nick(nick) => self.rename(number, id, nick),
            // The connection itself handles these.
            Packet::Hello { .. }
            | Packet::Ping(_)
            | Packet::Pong(_)
            | Packet::Renew
            | Packet::Error(_)
            | Packet::Quit => {}
        }
    }

    /// A node has told of others, as it was asked to.
    fn hear(&mut self, number: u64, target: Id, nodes: &[Known], context: &mut Context) {
        let asked = self.links.get_mut(&number).is_some_and(|link| link.asked.remove(&target));
        if !asked {
            return;
        }
        let heard: Vec<Id> = nodes.iter().filter_map(|known| self.table.hear(known, now())).collect();
        let found: Vec<String> =
            heard.iter().map(Id::to_string).filter(|key| self.table.remove_new(key)).collect();
        let table = &self.table;
        let stored = self.store.write(|change| {
            let new = heard.iter().filter_map(|id| Some((*id, table.get(*id)?)));
            new.into_iter().try_for_each(|(id, node)| change.put_node(id, node))?;
            found.iter().try_for_each(|key| change.remove_new_node(key))
        });
        self.attempt(stored);
        for id in heard {
            if let Some(keys) = self.table.get(id).map(|node| node.keys) {
                self.seal_waiting(&keys);
            }
            if self.outbox.values().any(|outgoing| outgoing.to == id) {
                self.reach(id, context);
            }
        }
    }

    fn hear_line(&mut self, number: u64, id: Id, text: String) {
        if let Some(link) = self.links.get(&number)
            && link.talk == Talk::Talking
        {
            let (node, nick) = (id.to_string(), link.nick.clone());
            self.publish(&ChatEvent::TalkLine { node, nick, text });
        }
    }

    fn rename(&mut self, number: u64, id: Id, nick: String) {
        let Some(link) = self.links.get_mut(&number) else { return };
        let before = std::mem::replace(&mut link.nick, nick.clone());
        self.table.rename(id, &nick);
        // Nobody but those in the address book makes the disk work with this.
        if before != nick && matches!(self.store.contact(id), Ok(Some(_))) {
            let stored = self.store.write(|change| change.rename_contact(id, &nick));
            self.attempt(stored);
        }
        if before != nick {
            self.publish(&ChatEvent::Nick { node: id.to_string(), before, nick });
        }
    }

    /// Sends a node the receipts of its messages.
    fn send_owed(&mut self, number: u64, id: Id, context: &mut Context) {
        let messages: Vec<Id> = self.owed.get(&id).into_iter().flatten().take(RECEIPTS).copied().collect();
        for message in messages {
            let seen = self.attempt(self.store.seen(message)).flatten();
            if let Some(receipt) = seen.and_then(|seen| seen.receipt) {
                self.send(number, &Packet::Delivered(receipt), context);
            }
        }
    }

    /// A node has the receipt of its message.
    fn confirmed(&mut self, id: Id, message: Id) {
        let is_owed = self.owed.get_mut(&id).is_some_and(|messages| messages.remove(&message));
        if is_owed {
            let stored = self.store.write(|change| {
                let Some(mut seen) = change.seen(message)? else { return Ok(()) };
                seen.owed = None;
                change.put_seen(message, &seen)
            });
            self.attempt(stored);
        }
    }
}

/// Where a node listens, if it does.
fn listening_address(address: SocketAddr, outbound: bool, port: u16) -> Option<SocketAddr> {
    match (outbound, port) {
        (true, _) => Some(address),
        (false, 0) => None,
        (false, port) => Some(SocketAddr::new(address.ip(), port)),
    }
}
