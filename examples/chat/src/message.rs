//! Messages as the kernel keeps them: those of the mailbox, and those on their way.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::identity::Id;
use crate::mailbox::{Flags, Status};

/// How long a message may be on its way, in seconds.
pub const LONGEST_WAY: u64 = 30 * 24 * 3600;

/// How many nodes a message is sent to.
pub const MOST_NODES: usize = 20;

/// How many nodes are enough, once it was tried [`ENOUGH_CYCLES`] times.
pub const ENOUGH_NODES: usize = 8;

/// See [`ENOUGH_NODES`].
pub const ENOUGH_CYCLES: u32 = 100;

/// How many nodes may pass a message on, one after the other.
pub const MOST_RELAYS: u32 = 20;

/// A message of the mailbox, without its text.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    /// Its id.
    pub id: Id,
    /// Who wrote it.
    pub from: Id,
    /// Who it is for.
    pub to: Id,
    /// When it was written, in seconds since 1970.
    pub created: u64,
    /// When it came, in seconds since 1970.
    pub received: u64,
    /// How far it is.
    pub status: Status,
    /// How many nodes have passed it on.
    pub relays: u32,
    /// How many bytes its text has.
    pub size: u64,
    /// What a mail program has set.
    pub flags: Flags,
}

/// A message on its way to another node.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Outgoing {
    /// Its id.
    pub id: Id,
    /// Who wrote it.
    pub from: Id,
    /// Who it is for.
    pub to: Id,
    /// When it was written, in seconds since 1970.
    pub created: u64,
    /// How many nodes have passed it on before this one.
    pub relays: u32,
    /// Whether the key of the recipient is not known, so that it cannot be sealed.
    pub waits: bool,
    /// The nodes that have accepted it, and the one that it came from.
    pub sent: BTreeSet<Id>,
    /// How often it was tried.
    pub cycles: u32,
    /// Its number in the mailbox, if this node wrote it.
    pub uid: Option<u32>,
    /// Whether it was sent as often as it may be. It is still given to its recipient.
    pub limit: bool,
}

/// In which order messages are sent: own ones that were not sent, foreign ones that were not sent, all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// Written here, and sent to no node.
    OwnUnsent,
    /// Written elsewhere, and passed on to no node.
    ForeignUnsent,
    /// Sent to some nodes.
    Relay,
}

impl Outgoing {
    /// Whether this node wrote it.
    pub fn is_own(&self) -> bool {
        self.uid.is_some()
    }

    /// How many nodes it was sent to.
    pub fn nodes(&self) -> usize {
        // A foreign message came from one of them.
        self.sent.len() - usize::from(!self.is_own() && !self.sent.is_empty())
    }

    /// Returns how urgent it is.
    pub fn urgency(&self) -> Urgency {
        match (self.nodes(), self.is_own()) {
            (0, true) => Urgency::OwnUnsent,
            (0, false) => Urgency::ForeignUnsent,
            (1.., _) => Urgency::Relay,
        }
    }

    /// Whether it was sent as often as it may be.
    pub fn is_at_limit(&self) -> bool {
        self.nodes() >= MOST_NODES || (self.nodes() >= ENOUGH_NODES && self.cycles >= ENOUGH_CYCLES)
    }

    /// Whether it has been on its way for too long.
    pub fn has_expired(&self, now: u64) -> bool {
        now > self.created.saturating_add(LONGEST_WAY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outgoing(own: bool, nodes: u8, cycles: u32) -> Outgoing {
        let came_from = (!own).then_some(Id([0xff; 16]));
        let sent = (0..nodes).map(|number| Id([number; 16])).chain(came_from).collect();
        let id = Id([0; 16]);
        let uid = own.then_some(1);
        let (created, relays, waits, limit) = (0, 0, false, false);
        Outgoing { id, from: id, to: id, created, relays, waits, sent, cycles, uid, limit }
    }

    #[test]
    fn own_messages_come_first_and_relays_last() {
        let order = [outgoing(true, 0, 9), outgoing(false, 0, 9), outgoing(true, 1, 9)]
            .map(|message| message.urgency());
        assert_eq!(order, [Urgency::OwnUnsent, Urgency::ForeignUnsent, Urgency::Relay]);
        assert!(order.is_sorted());
    }

    #[test]
    fn twenty_nodes_are_the_limit_and_eight_after_a_hundred_cycles() {
        for own in [true, false] {
            let cases = [(20, 0, true), (19, 99, false), (8, 99, false), (8, 100, true), (7, 1000, false)];
            for (nodes, cycles, limit) in cases {
                assert_eq!(outgoing(own, nodes, cycles).is_at_limit(), limit, "{own} {nodes} {cycles}");
            }
        }
    }
}
