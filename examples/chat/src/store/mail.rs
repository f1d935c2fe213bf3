//! The mailbox: what this node has received, and what its user has written.

use daemon_core::Error;
use redb::ReadableTable;

use super::{Change, Failed, Json, Store, failed};
use crate::message::Record;

/// Messages without their texts, by number.
const MAIL: Json<u32> = Json::new("mail");

/// The texts, encrypted.
const TEXTS: Json<u32> = Json::new("texts");

/// The highest number that was ever used, as the only key.
const HIGHEST: Json<u32> = Json::new("highest-uid");

pub(super) fn create(change: &Change<'_>) -> Result<(), Failed> {
    change.create(MAIL)?;
    change.create(TEXTS)?;
    change.create(HIGHEST)
}

impl Store {
    /// All messages of the mailbox, by number.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub fn mail(&self) -> Result<Vec<(u32, Record)>, Error> {
        self.all(MAIL, |uid| uid)
    }

    /// Returns the encrypted text of a message.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub fn text(&self, uid: u32) -> Result<Option<Vec<u8>>, Error> {
        self.get_bytes(TEXTS, uid)
    }

    /// The number that the next message will have.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub fn next_uid(&self) -> Result<u32, Error> {
        let highest = self.all::<_, (), _>(HIGHEST, |uid| uid)?;
        Ok(highest.last().map_or(0, |(uid, ())| *uid) + 1)
    }
}

impl Change<'_> {
    /// Adds a message, and returns its number.
    pub(crate) fn add_mail(&self, record: &Record, text: &[u8]) -> Result<u32, Failed> {
        let highest = self.0.open_table(HIGHEST).map_err(failed)?;
        let last = highest.last().map_err(failed)?.map_or(0, |(uid, _)| uid.value());
        drop(highest);
        let uid = last + 1;
        self.remove(HIGHEST, last)?;
        self.put(HIGHEST, uid, &())?;
        self.put(MAIL, uid, record)?;
        self.put_bytes(TEXTS, uid, text)?;
        Ok(uid)
    }

    /// Keeps a message as it is now.
    pub(crate) fn put_mail(&self, uid: u32, record: &Record) -> Result<(), Failed> {
        self.put(MAIL, uid, record)
    }

    /// Removes a message, and returns whether it was there.
    pub(crate) fn remove_mail(&self, uid: u32) -> Result<bool, Failed> {
        self.remove(TEXTS, uid)?;
        self.remove(MAIL, uid)
    }
}
