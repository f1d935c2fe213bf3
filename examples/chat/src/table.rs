//! The nodes that this one knows: which are near, and which are forgotten. Nothing here does I/O or reads a clock.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use crate::identity::{Id, PublicKeys};
use crate::node::Known;

/// The most nodes in the table. If there are more, those farthest away are forgotten.
pub const MOST_KNOWN: usize = 1000;

/// The most new nodes. If there are more, they are not taken.
pub const MOST_NEW: usize = 1000;

/// After how many failed connects a new node is dropped.
pub const MOST_CONNECTS: u32 = 10;

/// After how many searches a new node is dropped.
pub const MOST_FINDS: u32 = 5;

/// How long an absent node is remembered, in seconds.
const REMEMBERED: u64 = 14 * 24 * 3600;

/// A node with known keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// Its keys.
    pub keys: PublicKeys,
    /// Where it listens, if it does.
    pub address: Option<SocketAddr>,
    /// Its nickname; may be empty.
    pub nick: String,
    /// Whether it has shown that it has the keys.
    pub confirmed: bool,
    /// How often connecting has failed since it was last here.
    pub failed: u32,
    /// When it was last connected or heard of, in seconds since 1970.
    pub seen: u64,
}

/// A node of which the keys are not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct New {
    /// Its id, if only that is known.
    pub id: Option<Id>,
    /// Its address, if that is known.
    pub address: Option<SocketAddr>,
    /// How often connecting has failed.
    pub connects: u32,
    /// How often others were asked for it.
    pub finds: u32,
}

/// The table.
#[derive(Debug)]
pub struct Table {
    own: Id,
    nodes: BTreeMap<Id, Node>,
    new: BTreeMap<String, New>,
}

impl Table {
    /// Returns a table of these nodes for the node `own`.
    pub fn new(
        own: Id,
        nodes: impl IntoIterator<Item = (Id, Node)>,
        new: impl IntoIterator<Item = (String, New)>,
    ) -> Self {
        Table { own, nodes: nodes.into_iter().collect(), new: new.into_iter().collect() }
    }

    /// Returns a node.
    pub fn get(&self, id: Id) -> Option<&Node> {
        self.nodes.get(&id)
    }

    /// All nodes, those nearest to this one first.
    pub fn all(&self) -> Vec<(Id, &Node)> {
        self.sorted(self.own, |_| true)
    }

    /// Returns the confirmed nodes that can be reached and are nearest to an id.
    pub fn nearest(&self, target: Id, count: usize) -> Vec<(Id, &Node)> {
        let mut nodes = self.sorted(target, |node| node.confirmed && node.address.is_some());
        nodes.truncate(count);
        nodes
    }

    /// Returns the nodes that must still show that they have their keys.
    pub fn unconfirmed(&self, count: usize) -> Vec<Id> {
        let mut nodes = self.sorted(self.own, |node| !node.confirmed && node.address.is_some());
        nodes.truncate(count);
        nodes.into_iter().map(|(id, _)| id).collect()
    }

    /// Returns what a peer at `to` may learn about the nodes nearest to an id.
    pub fn known(&self, target: Id, to: IpAddr, count: usize) -> Vec<Known> {
        let shared = |node: &Node| {
            Some(Known { keys: node.keys, address: node.address.filter(|own| is_for(own, to))? })
        };
        let all = self.sorted(target, |node| node.confirmed);
        all.into_iter().filter_map(|(_, node)| shared(node)).take(count).collect()
    }

    /// Adds a node that another one has told of; returns its id if it was not known.
    pub fn hear(&mut self, known: &Known, now: u64) -> Option<Id> {
        let id = known.keys.id();
        let full = self.nodes.len() >= 2 * MOST_KNOWN;
        if id == self.own || self.nodes.contains_key(&id) || full {
            return None;
        }
        let (keys, address) = (known.keys, Some(known.address));
        let node = Node { keys, address, nick: String::new(), confirmed: false, failed: 0, seen: now };
        self.nodes.insert(id, node);
        Some(id)
    }

    /// Keeps a node that has shown its keys; its old address stays, if none is given.
    pub fn confirm(&mut self, keys: PublicKeys, nick: &str, address: Option<SocketAddr>, now: u64) -> &Node {
        let known = self.nodes.entry(keys.id()).or_insert_with(|| Node {
            keys,
            address: None,
            nick: String::new(),
            confirmed: true,
            failed: 0,
            seen: now,
        });
        known.address = address.or(known.address);
        nick.clone_into(&mut known.nick);
        (known.confirmed, known.failed, known.seen) = (true, 0, now);
        known
    }

    /// Changes the nickname of a node.
    pub fn rename(&mut self, id: Id, nick: &str) {
        if let Some(node) = self.nodes.get_mut(&id) {
            nick.clone_into(&mut node.nick);
        }
    }

    /// Notes that a node could not be reached.
    pub fn miss(&mut self, id: Id) {
        if let Some(node) = self.nodes.get_mut(&id) {
            node.failed = node.failed.saturating_add(1);
        }
    }

    /// Adds a new node, known by an id or an address; returns its key, unless there are too many or it is known already.
    pub fn add_new(&mut self, id: Option<Id>, address: Option<SocketAddr>) -> Option<String> {
        let key = match (id, address) {
            (_, Some(address)) => address.to_string(),
            (Some(id), None) => id.to_string(),
            (None, None) => return None,
        };
        if self.new.contains_key(&key) || self.new.len() >= MOST_NEW || id == Some(self.own) {
            return None;
        }
        self.new.insert(key.clone(), New { id, address, connects: 0, finds: 0 });
        Some(key)
    }

    /// All new nodes.
    pub fn news(&self) -> impl Iterator<Item = (&String, &New)> {
        self.new.iter()
    }

    /// Changes a new node; returns what it is now.
    pub fn change_new(&mut self, key: &str, change: impl FnOnce(&mut New)) -> Option<&New> {
        let new = self.new.get_mut(key)?;
        change(new);
        Some(new)
    }

    /// Forgets a new node; returns whether it was there.
    pub fn remove_new(&mut self, key: &str) -> bool {
        self.new.remove(key).is_some()
    }

    /// Forgets nodes that have been away for too long, and those farthest away if there are too many; returns them.
    pub fn clean(&mut self, now: u64) -> Vec<Id> {
        let gone = |node: &Node| {
            (!node.confirmed && node.failed >= MOST_CONNECTS) || node.seen.saturating_add(REMEMBERED) < now
        };
        let mut forgotten: Vec<Id> =
            self.nodes.iter().filter(|(_, node)| gone(node)).map(|(id, _)| *id).collect();
        let mut kept = self.sorted(self.own, |node| !gone(node));
        // Those that have shown their keys are kept before those that have not.
        kept.sort_by_key(|(_, node)| !node.confirmed);
        forgotten.extend(kept.into_iter().skip(MOST_KNOWN).map(|(id, _)| id));
        for id in &forgotten {
            self.nodes.remove(id);
        }
        forgotten
    }

    /// Returns the new nodes that are dropped now.
    pub fn clean_new(&mut self) -> Vec<String> {
        let hopeless = |new: &New| new.connects >= MOST_CONNECTS || new.finds >= MOST_FINDS;
        let dropped: Vec<String> =
            self.new.iter().filter(|(_, new)| hopeless(new)).map(|(key, _)| key.clone()).collect();
        for key in &dropped {
            self.new.remove(key);
        }
        dropped
    }

    fn sorted(&self, target: Id, chosen: impl Fn(&Node) -> bool) -> Vec<(Id, &Node)> {
        let mut nodes: Vec<(Id, &Node)> =
            self.nodes.iter().filter(|(_, node)| chosen(node)).map(|(id, node)| (*id, node)).collect();
        nodes.sort_by_key(|(id, _)| id.distance(target));
        nodes
    }
}

/// Whether a peer at `to` can use an address: those of this machine mean something else on another one.
fn is_for(address: &SocketAddr, to: IpAddr) -> bool {
    !address.ip().is_unspecified() && (!address.ip().is_loopback() || to.is_loopback())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::identity::Identity;

    fn known(seed: u16) -> Known {
        let mut secret = [0; 32];
        secret[..2].copy_from_slice(&seed.to_be_bytes());
        Known { keys: Identity::new(&secret).keys(), address: SocketAddr::from(([192, 0, 2, 1], seed + 1)) }
    }

    fn table() -> Table {
        Table::new(Identity::new(&[9; 32]).id(), [], [])
    }

    #[test]
    fn the_nearest_nodes_are_confirmed_and_in_order() {
        let mut table = table();
        for seed in 0..50 {
            table.hear(&known(seed), 1);
        }
        let target = known(7).keys.id();
        assert_eq!(table.nearest(target, 20), [], "none has shown its keys");
        for seed in 0..40 {
            table.confirm(known(seed).keys, "nick", None, 2);
        }
        let found: Vec<Id> = table.nearest(target, 20).into_iter().map(|(id, _)| id).collect();
        assert_eq!((found.len(), found[0]), (20, target));
        assert!(found.is_sorted_by_key(|id| id.distance(target)));
        assert_eq!(table.unconfirmed(20).len(), 10);
    }

    #[test]
    fn addresses_of_this_machine_are_for_this_machine() {
        let mut table = table();
        let [local, public] = ["127.0.0.1:1", "192.0.2.1:1"].map(|address| Some(address.parse().unwrap()));
        table.confirm(known(1).keys, "", local, 1);
        table.confirm(known(2).keys, "", public, 1);
        table.confirm(known(3).keys, "", None, 1);
        let shared = |to: &str| table.known(known(1).keys.id(), to.parse().unwrap(), 20).len();
        assert_eq!((shared("127.0.0.1"), shared("192.0.2.7")), (2, 1));
    }

    #[test]
    fn absent_nodes_and_far_ones_are_forgotten() {
        let mut table = table();
        for seed in 0..(MOST_KNOWN as u16 + 20) {
            table.hear(&known(seed), 1);
        }
        table.confirm(known(3).keys, "", None, 1_000_000);
        (0..MOST_CONNECTS).for_each(|_| table.miss(known(4).keys.id()));
        let forgotten = table.clean(1000);
        assert_eq!(table.all().len(), MOST_KNOWN);
        assert!(forgotten.contains(&known(4).keys.id()));
        table.clean(1_000_000 + REMEMBERED);
        assert_eq!(table.all().len(), 1, "the one that was here lately");
    }

    #[test]
    fn a_new_node_is_dropped_after_ten_connects_or_five_finds() {
        let mut table = table();
        let address = table.add_new(None, Some("192.0.2.1:5".parse().unwrap())).unwrap();
        let id = table.add_new(Some(Id([1; 16])), None).unwrap();
        assert_eq!(table.add_new(Some(Id([1; 16])), None), None, "it is known");
        table.change_new(&address, |new| new.connects = MOST_CONNECTS - 1);
        table.change_new(&id, |new| new.finds = MOST_FINDS - 1);
        assert_eq!(table.clean_new(), [""; 0]);
        table.change_new(&address, |new| new.connects += 1);
        assert_eq!(table.clean_new(), [address]);
        table.change_new(&id, |new| new.finds += 1);
        assert_eq!(table.clean_new(), [id]);
    }
}
