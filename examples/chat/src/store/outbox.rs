//! Messages on their way to other nodes: own ones and those that are passed on.

use daemon_core::Error;
use serde::{Deserialize, Serialize};

use super::{Change, Failed, Json, Store};
use crate::letter::Letter;
use crate::message::Outgoing;

/// What is known of them, by a number in the order in which they came.
const OUTGOING: Json<u64> = Json::new("outgoing");

/// What is sent.
const PARCELS: Json<u64> = Json::new("parcels");

/// What is sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Parcel {
    /// A message as it is sent.
    Sealed(Letter),
    /// The key of the recipient is not known: the content is encrypted for this node.
    Waiting {
        /// What belongs to the id of the message.
        nonce: [u8; 16],
        /// The encrypted content.
        locked: Vec<u8>,
    },
}

pub(super) fn create(change: &Change<'_>) -> Result<(), Failed> {
    change.create(OUTGOING)?;
    change.create(PARCELS)
}

impl Store {
    /// All messages on their way, by number.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub fn outgoing(&self) -> Result<Vec<(u64, Outgoing)>, Error> {
        self.all(OUTGOING, |number| number)
    }

    /// Returns what is sent.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub fn parcel(&self, number: u64) -> Result<Option<Parcel>, Error> {
        let bytes = self.get_bytes(PARCELS, number)?;
        Ok(bytes.and_then(|bytes| postcard::from_bytes(&bytes).ok()))
    }
}

impl Change<'_> {
    /// Adds a message to those on their way, and returns its number.
    pub(crate) fn add_outgoing(&self, outgoing: &Outgoing, parcel: &Parcel) -> Result<u64, Failed> {
        let number = self.last(OUTGOING, |number| number)?.map_or(0, |last| last + 1);
        self.put_outgoing(number, outgoing)?;
        self.put_parcel(number, parcel)?;
        Ok(number)
    }

    /// Keeps what is known of a message as it is now.
    pub(crate) fn put_outgoing(&self, number: u64, outgoing: &Outgoing) -> Result<(), Failed> {
        self.put(OUTGOING, number, outgoing)
    }

    /// Keeps what is sent.
    pub(crate) fn put_parcel(&self, number: u64, parcel: &Parcel) -> Result<(), Failed> {
        let bytes = postcard::to_stdvec(parcel)
            .map_err(|error| super::failed(redb::StorageError::Corrupted(error.to_string())))?;
        self.put_bytes(PARCELS, number, &bytes)
    }

    /// Removes a message that has arrived, or has been on its way for too long.
    pub(crate) fn remove_outgoing(&self, number: u64) -> Result<(), Failed> {
        self.remove(PARCELS, number)?;
        self.remove(OUTGOING, number).map(drop)
    }
}
