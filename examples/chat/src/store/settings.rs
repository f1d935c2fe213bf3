//! What the user has set, and the facts about the database itself.

use daemon_core::Error;

use super::{Change, Failed, Json, Store};
use crate::identity::random;

const SETTINGS: Json<&str> = Json::new("settings");

const NICK: &str = "nick";
const UID_VALIDITY: &str = "uid-validity";
const TRAFFIC: &str = "traffic";

pub(super) fn create(change: &Change<'_>) -> Result<(), Failed> {
    change.create(SETTINGS)?;
    if change.get::<_, u32>(SETTINGS, UID_VALIDITY)?.is_none() {
        let number = u32::from_be_bytes(random()).max(1);
        change.put(SETTINGS, UID_VALIDITY, &number)?;
    }
    Ok(())
}

impl Store {
    /// The nickname; empty if there is none.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub fn nick(&self) -> Result<String, Error> {
        Ok(self.get(SETTINGS, NICK)?.unwrap_or_default())
    }

    /// The number that belongs to the numbers of the mailbox.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub fn uid_validity(&self) -> Result<u32, Error> {
        Ok(self.get(SETTINGS, UID_VALIDITY)?.unwrap_or(1))
    }

    /// How many bytes have come from other nodes and gone to them, as last saved.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub fn traffic(&self) -> Result<(u64, u64), Error> {
        Ok(self.get(SETTINGS, TRAFFIC)?.unwrap_or_default())
    }
}

impl Change<'_> {
    /// Sets the nickname.
    pub(crate) fn set_nick(&self, nick: &str) -> Result<(), Failed> {
        self.put(SETTINGS, NICK, &nick)
    }

    /// Keeps how many bytes have come from other nodes and gone to them.
    pub(crate) fn set_traffic(&self, traffic: (u64, u64)) -> Result<(), Failed> {
        self.put(SETTINGS, TRAFFIC, &traffic)
    }
}
