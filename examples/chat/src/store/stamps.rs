//! Stamps that were minted and can be spent, and those that other nodes have spent here.

use daemon_core::Error;

use super::{Change, Failed, Json, Store};

/// Minted stamps, by when they expire and a text.
const MINTED: Json<(u64, &str)> = Json::new("minted");

/// Stamps of other nodes, with the time when they expire.
const SPENT: Json<&str> = Json::new("spent");

pub(super) fn create(change: &Change<'_>) -> Result<(), Failed> {
    change.create(MINTED)?;
    change.create(SPENT)
}

impl Store {
    /// How many stamps can be spent.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub fn stamps(&self, now: u64) -> Result<u32, Error> {
        let all = self.all::<_, (), _>(MINTED, |(expires, _)| expires)?;
        let valid = all.iter().filter(|(expires, ())| *expires > now).count();
        Ok(u32::try_from(valid).unwrap_or(u32::MAX))
    }
}

impl Change<'_> {
    /// Adds a stamp that was minted.
    pub(crate) fn add_stamp(&self, stamp: &str, expires: u64) -> Result<(), Failed> {
        self.put(MINTED, (expires, stamp), &())
    }

    /// Takes the stamp that expires first. It cannot be taken again.
    pub(crate) fn take_stamp(&self, now: u64) -> Result<Option<String>, Failed> {
        while let Some((expires, stamp)) =
            self.first(MINTED, |(expires, stamp)| (expires, stamp.to_owned()))?
        {
            self.remove(MINTED, (expires, stamp.as_str()))?;
            if expires > now {
                return Ok(Some(stamp));
            }
        }
        Ok(None)
    }

    /// Marks the stamp of another node as spent; returns whether it was not.
    pub(crate) fn spend(&self, stamp: &str, expires: u64) -> Result<bool, Failed> {
        let new = self.get::<_, u64>(SPENT, stamp)?.is_none();
        if new {
            self.put(SPENT, stamp, &expires)?;
        }
        Ok(new)
    }

    /// Forgets spent stamps that have expired: nobody accepts them any more.
    pub(crate) fn forget_spent(&self, now: u64) -> Result<(), Failed> {
        self.remove_if(SPENT, |_, value| {
            serde_json::from_slice::<u64>(value).is_ok_and(|expires| expires < now)
        })
    }
}
