//! The nodes that this one knows, and new ones that it has only heard of.

use daemon_core::Error;

use super::{Change, Failed, Json, Store};
use crate::identity::Id;
use crate::table::{New, Node};

/// Nodes, by their id.
const NODES: Json<[u8; 16]> = Json::new("nodes");

/// New nodes, by an id or an address.
const NEW: Json<&str> = Json::new("new-nodes");

pub(super) fn create(change: &Change<'_>) -> Result<(), Failed> {
    change.create(NODES)?;
    change.create(NEW)
}

impl Store {
    /// All nodes.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub fn nodes(&self) -> Result<Vec<(Id, Node)>, Error> {
        self.all(NODES, Id)
    }

    /// All new nodes.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub fn new_nodes(&self) -> Result<Vec<(String, New)>, Error> {
        self.all(NEW, str::to_owned)
    }
}

impl Change<'_> {
    /// Keeps a node as it is now.
    pub(crate) fn put_node(&self, id: Id, node: &Node) -> Result<(), Failed> {
        self.put(NODES, id.0, node)
    }

    /// Removes a node.
    pub(crate) fn remove_node(&self, id: Id) -> Result<(), Failed> {
        self.remove(NODES, id.0).map(drop)
    }

    /// Keeps a new node.
    pub(crate) fn put_new_node(&self, key: &str, new: &New) -> Result<(), Failed> {
        self.put(NEW, key, new)
    }

    /// Removes a new node.
    pub(crate) fn remove_new_node(&self, key: &str) -> Result<(), Failed> {
        self.remove(NEW, key).map(drop)
    }
}
