//! The ids of all messages that this node has seen, so that none arrives twice; and the receipts of those that have arrived.

use daemon_core::Error;
use serde::{Deserialize, Serialize};

use super::{Change, Failed, Json, Store};
use crate::identity::Id;
use crate::letter::Receipt;
use crate::message::LONGEST_WAY;

const SEEN: Json<[u8; 16]> = Json::new("seen");

/// What is known of a message that was seen.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Seen {
    /// When it can be forgotten, in seconds since 1970: by then it is so old that no node takes it.
    pub expires: u64,
    /// What its recipient has confirmed.
    pub receipt: Option<Receipt>,
    /// The sender, for whom the receipt is; none once it has the receipt, or if it is this node.
    pub owed: Option<Id>,
}

impl Seen {
    /// A message that was written at this time, and has not arrived.
    pub fn new(created: u64) -> Self {
        Seen { expires: created.saturating_add(2 * LONGEST_WAY), receipt: None, owed: None }
    }
}

pub(super) fn create(change: &Change<'_>) -> Result<(), Failed> {
    change.create(SEEN)
}

impl Store {
    /// Returns what is known of a message; `None` if it was not seen.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub fn seen(&self, message: Id) -> Result<Option<Seen>, Error> {
        self.get(SEEN, message.0)
    }

    /// Returns the messages of which a sender must still get the receipt, with the sender.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub fn owed(&self) -> Result<Vec<(Id, Id)>, Error> {
        let all = self.all::<_, Seen, _>(SEEN, Id)?;
        Ok(all.into_iter().filter_map(|(message, seen)| Some((message, seen.owed?))).collect())
    }
}

impl Change<'_> {
    /// Keeps what is known of a message.
    pub(crate) fn put_seen(&self, message: Id, seen: &Seen) -> Result<(), Failed> {
        self.put(SEEN, message.0, seen)
    }

    /// Returns what is known of a message.
    pub(crate) fn seen(&self, message: Id) -> Result<Option<Seen>, Failed> {
        self.get(SEEN, message.0)
    }

    /// Forgets messages that are so old that no node takes them.
    pub(crate) fn forget_seen(&self, now: u64) -> Result<(), Failed> {
        self.remove_if(SEEN, |_, value| {
            serde_json::from_slice::<Seen>(value).is_ok_and(|seen| seen.expires < now)
        })
    }
}
