//! The address book, and the lines that the user typed into a console.

use daemon_core::Error;
use serde::{Deserialize, Serialize};

use super::{Change, Failed, Json, Store};
use crate::identity::Id;

/// Contacts, by the id of their node.
const BOOK: Json<[u8; 16]> = Json::new("book");

/// Lines of the console, by number.
const HISTORY: Json<u64> = Json::new("history");

/// How many lines are kept.
pub const LONGEST_HISTORY: u64 = 1000;

/// Somebody the user knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// The nickname; may be empty.
    pub nick: String,
    /// When the contact was added, in seconds since 1970.
    pub added: u64,
}

pub(super) fn create(change: &Change<'_>) -> Result<(), Failed> {
    change.create(BOOK)?;
    change.create(HISTORY)
}

impl Store {
    /// All contacts.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub fn contacts(&self) -> Result<Vec<(Id, Contact)>, Error> {
        self.all(BOOK, Id)
    }

    /// Returns a contact.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub fn contact(&self, id: Id) -> Result<Option<Contact>, Error> {
        self.get(BOOK, id.0)
    }

    /// The lines typed, the oldest one first.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub fn history(&self) -> Result<Vec<String>, Error> {
        Ok(self.all(HISTORY, |_| ())?.into_iter().map(|((), line)| line).collect())
    }
}

impl Change<'_> {
    /// Adds a contact, or changes it.
    pub(crate) fn put_contact(&self, id: Id, contact: &Contact) -> Result<(), Failed> {
        self.put(BOOK, id.0, contact)
    }

    /// Changes the nickname of a contact, if it is one.
    pub(crate) fn rename_contact(&self, id: Id, nick: &str) -> Result<(), Failed> {
        match self.get::<_, Contact>(BOOK, id.0)? {
            Some(contact) if contact.nick == nick || nick.is_empty() => Ok(()),
            Some(contact) => self.put_contact(id, &Contact { nick: nick.to_owned(), ..contact }),
            None => Ok(()),
        }
    }

    /// Removes a contact, and returns whether it was there.
    pub(crate) fn remove_contact(&self, id: Id) -> Result<bool, Failed> {
        self.remove(BOOK, id.0)
    }

    /// Adds a line; the oldest ones are dropped if there are too many.
    pub(crate) fn add_history(&self, line: &str) -> Result<(), Failed> {
        let number = self.last(HISTORY, |number| number)?.map_or(0, |last| last + 1);
        self.put(HISTORY, number, &line)?;
        while let Some(first) = self.first(HISTORY, |number| number)?
            && first + LONGEST_HISTORY <= number
        {
            self.remove(HISTORY, first)?;
        }
        Ok(())
    }
}
