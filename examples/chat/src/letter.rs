//! A message on its way: sealed for its recipient, signed by its sender. And the receipt that its recipient signs.
//!
//! Relays can check both, and read neither the subject nor the text. The id of a message is a hash of its sender, its recipient
//! and a number, so no other node can make a message with the same id. Nothing here does I/O.

use serde::{Deserialize, Serialize};

use crate::identity::{Id, Identity, PublicKeys, SIGNATURE};

/// The longest letter in bytes, as it is sent.
pub const LONGEST_LETTER: usize = 56 * 1024;

/// What makes the ids of messages differ.
pub type Nonce = [u8; 16];

/// Returns the id of a message.
pub fn message_id(sender: &PublicKeys, recipient: Id, nonce: &Nonce) -> Id {
    Id::of(&[b"chat message\0", &sender.signing, &sender.agreement, &recipient.0, nonce])
}

/// What the sender has written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// What it is about.
    pub subject: String,
    /// Its text.
    pub body: String,
    /// The sender's nickname.
    pub nick: String,
}

/// A sealed message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// Who wrote it.
    pub sender: PublicKeys,
    /// Who it is for.
    pub recipient: Id,
    /// When it was written, in seconds since 1970.
    pub created: u64,
    /// What makes its id differ from that of any other message of the sender.
    nonce: Nonce,
    sealed: Vec<u8>,
    #[serde(with = "signature")]
    signature: [u8; SIGNATURE],
}

/// What the recipient of a message confirms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The id of the message.
    pub message: Id,
    /// Who has it.
    pub recipient: PublicKeys,
    #[serde(with = "signature")]
    signature: [u8; SIGNATURE],
}

impl Letter {
    /// Seals and signs a message; `None` if the keys of the recipient are not keys, or it is too long.
    pub fn write(
        sender: &Identity,
        recipient: &PublicKeys,
        created: u64,
        nonce: Nonce,
        content: &Content,
    ) -> Option<Self> {
        let (keys, to) = (sender.keys(), recipient.id());
        let about = about(&keys, to, created, &nonce);
        let sealed = recipient.seal(&postcard::to_stdvec(content).ok()?, &about).ok()?;
        let signature = sender.sign(&signed(&about, &sealed));
        let letter = Letter { sender: keys, recipient: to, created, nonce, sealed, signature };
        (letter.sealed.len() <= LONGEST_LETTER).then_some(letter)
    }

    /// The id of the message.
    pub fn id(&self) -> Id {
        message_id(&self.sender, self.recipient, &self.nonce)
    }

    /// Whether its sender has signed it as it is.
    pub fn is_genuine(&self) -> bool {
        let signed = signed(&self.about(), &self.sealed);
        self.sealed.len() <= LONGEST_LETTER && self.sender.has_signed(&signed, &self.signature)
    }

    /// Opens it; `None` if it is for another node.
    pub fn open(&self, recipient: &Identity) -> Option<Content> {
        postcard::from_bytes(&recipient.open(&self.sealed, &self.about()).ok()?).ok()
    }

    fn about(&self) -> Vec<u8> {
        about(&self.sender, self.recipient, self.created, &self.nonce)
    }
}

impl Receipt {
    /// Confirms that this node has a message.
    pub fn write(recipient: &Identity, message: Id) -> Self {
        let signature = recipient.sign(&receipt(message));
        Receipt { message, recipient: recipient.keys(), signature }
    }

    /// Whether the node `recipient` has signed it.
    pub fn is_from(&self, recipient: Id) -> bool {
        self.recipient.id() == recipient && self.recipient.has_signed(&receipt(self.message), &self.signature)
    }
}

/// What the seal is bound to.
fn about(sender: &PublicKeys, recipient: Id, created: u64, nonce: &Nonce) -> Vec<u8> {
    [&sender.signing[..], &sender.agreement, &recipient.0, &created.to_be_bytes(), nonce].concat()
}

fn signed(about: &[u8], sealed: &[u8]) -> Vec<u8> {
    [b"chat letter\0", about, sealed].concat()
}

fn receipt(message: Id) -> Vec<u8> {
    [b"chat receipt\0", &message.0[..]].concat()
}

/// Signatures, which serde knows only as lists of bytes.
mod signature {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::SIGNATURE;

    pub(super) fn serialize<S: Serializer>(signature: &[u8; SIGNATURE], to: S) -> Result<S::Ok, S::Error> {
        signature.as_slice().serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<[u8; SIGNATURE], D::Error> {
        let bytes = Vec::<u8>::deserialize(from)?;
        bytes.try_into().map_err(|_| serde::de::Error::custom("a signature has 64 bytes"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn content() -> Content {
        Content { subject: "hi".to_owned(), body: "How are you?".to_owned(), nick: "alice".to_owned() }
    }

    #[test]
    fn only_the_recipient_opens_a_letter_and_all_can_check_it() {
        let [alice, bob, relay] = [1, 2, 3].map(|seed| Identity::new(&[seed; 32]));
        let letter = Letter::write(&alice, &bob.keys(), 17, [5; 16], &content()).unwrap();
        assert!(letter.is_genuine());
        assert_eq!(letter.open(&bob), Some(content()));
        assert_eq!(letter.open(&relay), None);
        assert_eq!(letter.open(&alice), None);
    }

    #[test]
    fn a_changed_letter_is_not_genuine() {
        let [alice, bob, eve] = [1, 2, 3].map(|seed| Identity::new(&[seed; 32]));
        let letter = Letter::write(&alice, &bob.keys(), 17, [5; 16], &content()).unwrap();
        let bytes = postcard::to_stdvec(&letter).unwrap();
        for place in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            assert!(!postcard::from_bytes::<Letter>(&changed).is_ok_and(|letter| letter.is_genuine()));
        }
        // A thief of the letter cannot sign it as their own.
        let mut stolen = letter.clone();
        stolen.sender = eve.keys();
        stolen.signature = eve.sign(&signed(&stolen.about(), &stolen.sealed));
        assert!(stolen.is_genuine());
        assert_eq!(stolen.open(&bob), None);
        assert_ne!(stolen.id(), letter.id());
    }

    #[test]
    fn a_receipt_is_from_the_recipient_and_for_one_message() {
        let [bob, eve] = [2, 3].map(|seed| Identity::new(&[seed; 32]));
        let receipt = Receipt::write(&bob, Id([7; 16]));
        assert!(receipt.is_from(bob.id()));
        assert!(!receipt.is_from(eve.id()));
        assert!(!Receipt { message: Id([8; 16]), ..receipt }.is_from(bob.id()));
    }
}
