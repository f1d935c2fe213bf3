//! The methods about the address book and the history of the console, and how nodes are called.

use daemon_core::prelude::*;

use super::{Kernel, now};
use crate::api::{Entry, Refused};
use crate::identity::Id;
use crate::node::is_nick;
use crate::store::book::Contact;

/// The longest line of the history, in bytes.
const LONGEST_LINE: usize = 16 * 1024;

#[daemon(more, client = BookClient)]
impl Kernel {
    /// List the address book.
    #[rpc_method(name = "book.list", read_only, allow(owner, root))]
    fn list_book(&self) -> Result<Vec<Entry>, Refused> {
        let entry = |(id, contact): (Id, Contact)| Entry {
            id: id.to_string(),
            nick: contact.nick,
            connected: self.link_to(id).is_some(),
            added: contact.added,
        };
        Ok(self.store.contacts()?.into_iter().map(entry).collect())
    }

    /// Add a node to the address book.
    #[rpc_method(name = "book.add", allow(owner, root))]
    fn add_to_book(
        &mut self,
        id: &str,
        #[param(default = String::new())] nick: String,
    ) -> Result<(), Refused> {
        let id: Id = id.parse().map_err(|_| Refused::NotAnId { text: id.to_owned() })?;
        if !nick.is_empty() && !is_nick(&nick) {
            return Err(Refused::Invalid { reason: format!("`{nick}` is not a nickname") });
        }
        Ok(self.store.write(|change| change.put_contact(id, &Contact { nick, added: now() }))?)
    }

    /// Remove a node from the address book; return whether it was there.
    #[rpc_method(name = "book.remove", allow(owner, root))]
    fn remove_from_book(&mut self, node: &str) -> Result<bool, Refused> {
        let id = self.resolve(node)?;
        Ok(self.store.write(|change| change.remove_contact(id))?)
    }

    /// Return the id of the node that a name means: an id, or a nickname that one node has.
    #[rpc_method(name = "book.resolve", read_only, allow(owner, root))]
    fn resolve_name(&self, name: &str) -> Result<String, Refused> {
        Ok(self.resolve(name)?.to_string())
    }

    /// Return the latest lines typed into a console, 1000 at most.
    #[rpc_method(name = "history", read_only, allow(owner, root))]
    fn history(&self) -> Result<Vec<String>, Refused> {
        Ok(self.store.history()?)
    }

    /// Keep a line that was typed into a console.
    #[rpc_method(name = "history.add", allow(owner, root))]
    fn add_to_history(&mut self, line: &str) -> Result<(), Refused> {
        if line.len() > LONGEST_LINE {
            return Err(Refused::Invalid { reason: format!("a line has {LONGEST_LINE} bytes at most") });
        }
        Ok(self.store.write(|change| change.add_history(line))?)
    }
}

impl Kernel {
    /// Returns the node with an id, or with a nickname that no other one has.
    ///
    /// # Errors
    ///
    /// If there is none, or there are several.
    pub(super) fn resolve(&self, name: &str) -> Result<Id, Refused> {
        if let Ok(id) = name.parse() {
            return Ok(id);
        }
        let contacts = self.store.contacts()?;
        let mut found: Vec<Id> =
            contacts.into_iter().filter(|(_, contact)| contact.nick == name).map(|(id, _)| id).collect();
        if found.is_empty() {
            // Anybody may call themselves like somebody in the address book, so these come second.
            let linked = self.links.values().filter(|link| link.nick == name);
            found.extend(linked.filter_map(|link| link.peer));
        }
        found.sort_unstable();
        found.dedup();
        match found.as_slice() {
            [] => Err(Refused::Unknown { name: name.to_owned() }),
            [id] => Ok(*id),
            several => Err(Refused::Ambiguous { candidates: several.iter().map(Id::to_string).collect() }),
        }
    }
}
