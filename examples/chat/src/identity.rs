//! Who a node is: its id, its public keys, and the secret they are made of.
//!
//! A node has two keys: one signs, the other one agrees on secrets with others. Both are derived from one secret of 32 bytes. The id is a
//! hash of the two public keys, so whoever hears of the keys can check that they belong to the id. Nothing here does I/O.

use std::fmt;
use std::str::FromStr;

use chacha20poly1305::aead::Aead as _;
use chacha20poly1305::{ChaCha20Poly1305, Key, KeyInit, Nonce};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use hkdf::Hkdf;
use hpke::aead::ChaCha20Poly1305 as HpkeCipher;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// How many bytes a signature has.
pub const SIGNATURE: usize = 64;

/// How many bytes the key has that a sealed text begins with.
const ENCAPPED: usize = 32;

/// How many bytes the number has that a text kept by the node itself begins with.
const NONCE: usize = 12;

type SealingKey = <X25519HkdfSha256 as Kem>::PublicKey;
type OpeningKey = <X25519HkdfSha256 as Kem>::PrivateKey;
type Encapped = <X25519HkdfSha256 as Kem>::EncappedKey;

/// The id of a node, or of a message: 16 bytes of a hash, written as 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(pub [u8; 16]);

/// A text that is not an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAnId;

/// The public keys of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicKeys {
    /// What checks its signatures.
    pub signing: [u8; 32],
    /// What seals texts for it, and what it shows when it connects.
    pub agreement: [u8; 32],
}

/// The secret keys of this node.
pub struct Identity {
    keys: PublicKeys,
    id: Id,
    signing: SigningKey,
    agreement: [u8; 32],
    storage: ChaCha20Poly1305,
    tags: [u8; 32],
}

/// Something could not be opened: it was made for another key, or changed on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotOpened;

impl Id {
    /// Returns the id of some bytes.
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        parts.iter().for_each(|part| hash.update(part));
        let mut id = [0; 16];
        id.copy_from_slice(&hash.finalize()[..16]);
        Id(id)
    }

    /// Returns how far two ids are apart: smaller is nearer.
    pub fn distance(self, other: Id) -> u128 {
        u128::from_be_bytes(self.0) ^ u128::from_be_bytes(other.0)
    }
}

impl PublicKeys {
    /// Returns the id of the node with these keys.
    pub fn id(&self) -> Id {
        Id::of(&[b"chat node\0", &self.signing, &self.agreement])
    }

    /// Returns a text by which two people can compare the keys.
    pub fn fingerprint(&self) -> String {
        let hash = Sha256::new().chain_update(self.signing).chain_update(self.agreement).finalize();
        let groups: Vec<String> = hash.chunks(2).map(hexadecimal).collect();
        groups.join(":")
    }

    /// Whether the node with these keys has signed the text.
    pub fn has_signed(&self, text: &[u8], signature: &[u8; SIGNATURE]) -> bool {
        let key = VerifyingKey::from_bytes(&self.signing);
        key.is_ok_and(|key| key.verify_strict(text, &Signature::from_bytes(signature)).is_ok())
    }

    /// Seals a text so that only the node with these keys can open it; `about` must be known to it.
    ///
    /// # Errors
    ///
    /// If the keys are not keys.
    pub fn seal(&self, text: &[u8], about: &[u8]) -> Result<Vec<u8>, NotOpened> {
        let key = SealingKey::from_bytes(&self.agreement).map_err(|_| NotOpened)?;
        let (encapped, sealed) = hpke::single_shot_seal::<HpkeCipher, HkdfSha256, X25519HkdfSha256>(
            &OpModeS::Base,
            &key,
            b"chat message",
            text,
            about,
        )
        .map_err(|_| NotOpened)?;
        let mut all = encapped.to_bytes().to_vec();
        all.extend(sealed);
        Ok(all)
    }
}

impl Identity {
    /// Returns the identity with this secret.
    pub fn new(secret: &[u8; 32]) -> Self {
        let signing = SigningKey::from_bytes(&derived(secret, b"chat signing"));
        let agreement = derived(secret, b"chat agreement");
        let public = x25519_dalek::x25519(agreement, x25519_dalek::X25519_BASEPOINT_BYTES);
        let keys = PublicKeys { signing: signing.verifying_key().to_bytes(), agreement: public };
        let storage = ChaCha20Poly1305::new(&Key::from(derived(secret, b"chat storage")));
        let tags = derived(secret, b"chat tags");
        Identity { keys, id: keys.id(), signing, agreement, storage, tags }
    }

    /// The id of this node.
    pub fn id(&self) -> Id {
        self.id
    }

    /// The public keys of this node.
    pub fn keys(&self) -> PublicKeys {
        self.keys
    }

    /// The secret that it agrees on other secrets with.
    pub(crate) fn agreement(&self) -> &[u8; 32] {
        &self.agreement
    }

    /// Signs a text.
    pub fn sign(&self, text: &[u8]) -> [u8; SIGNATURE] {
        self.signing.sign(text).to_bytes()
    }

    /// Opens a text that was sealed for this node.
    ///
    /// # Errors
    ///
    /// If it was sealed for another node, is about something else, or was changed.
    pub fn open(&self, sealed: &[u8], about: &[u8]) -> Result<Vec<u8>, NotOpened> {
        let (encapped, sealed) = sealed.split_at_checked(ENCAPPED).ok_or(NotOpened)?;
        let encapped = Encapped::from_bytes(encapped).map_err(|_| NotOpened)?;
        let key = OpeningKey::from_bytes(&self.agreement).map_err(|_| NotOpened)?;
        hpke::single_shot_open::<HpkeCipher, HkdfSha256, X25519HkdfSha256>(
            &OpModeR::Base,
            &key,
            &encapped,
            b"chat message",
            sealed,
            about,
        )
        .map_err(|_| NotOpened)
    }

    /// Returns 16 bytes that are the same for the same parts, and that nobody else can compute.
    pub fn tag(&self, parts: &[&[u8]]) -> [u8; 16] {
        let mut hash = Sha256::new().chain_update(self.tags);
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let mut tag = [0; 16];
        tag.copy_from_slice(&hash.finalize()[..16]);
        tag
    }

    /// Encrypts a text that only this node keeps.
    ///
    /// # Errors
    ///
    /// If the system has no random bytes.
    pub fn lock(&self, text: &[u8]) -> Result<Vec<u8>, NotOpened> {
        let mut all = random::<NONCE>().to_vec();
        let nonce = Nonce::try_from(all.as_slice()).map_err(|_| NotOpened)?;
        all.extend(self.storage.encrypt(&nonce, text).map_err(|_| NotOpened)?);
        Ok(all)
    }

    /// Decrypts what [`lock`](Self::lock) has encrypted.
    ///
    /// # Errors
    ///
    /// If it was not encrypted by this node, or was changed.
    pub fn unlock(&self, locked: &[u8]) -> Result<Vec<u8>, NotOpened> {
        let (nonce, text) = locked.split_at_checked(NONCE).ok_or(NotOpened)?;
        let nonce = Nonce::try_from(nonce).map_err(|_| NotOpened)?;
        self.storage.decrypt(&nonce, text).map_err(|_| NotOpened)
    }
}

/// Returns random bytes.
///
/// # Panics
///
/// If the system has none, which Linux does not let happen once it has started.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[allow(clippy::expect_used, reason = "nothing that needs secrets can go on without")]
    getrandom::fill(&mut bytes).expect("the system has no random bytes");
    bytes
}

/// Returns bytes as hexadecimal digits.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn derived(secret: &[u8; 32], purpose: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    #[allow(clippy::expect_used, reason = "32 bytes are never too many for it")]
    Hkdf::<Sha256>::new(None, secret).expand(purpose, &mut key).expect("32 bytes can be derived");
    key
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hexadecimal(&self.0))
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("id", &self.id).finish_non_exhaustive()
    }
}

impl FromStr for Id {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let digits = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number =
            if digits { u128::from_str_radix(text, 16).map_err(|_| NotAnId)? } else { return Err(NotAnId) };
        Ok(Id(number.to_be_bytes()))
    }
}

impl fmt::Display for NotAnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this is not an id; an id has 32 hexadecimal digits")
    }
}

impl std::error::Error for NotAnId {}

impl fmt::Display for NotOpened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the key does not fit, or the text was changed")
    }
}

impl std::error::Error for NotOpened {}

impl Serialize for Id {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            self.0.serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = <std::borrow::Cow<'_, str>>::deserialize(deserializer)?;
            text.parse().map_err(serde::de::Error::custom)
        } else {
            <[u8; 16]>::deserialize(deserializer).map(Id)
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_sealed_text_opens_with_the_right_key_and_about_the_right_thing() {
        let (alice, bob) = (Identity::new(&[1; 32]), Identity::new(&[2; 32]));
        let sealed = bob.keys().seal(b"hello", b"greeting").unwrap();
        assert_eq!(bob.open(&sealed, b"greeting").unwrap(), b"hello");
        assert_eq!(bob.open(&sealed, b"insult"), Err(NotOpened));
        assert_eq!(alice.open(&sealed, b"greeting"), Err(NotOpened));
        for length in 0..sealed.len() {
            assert_eq!(bob.open(&sealed[..length], b"greeting"), Err(NotOpened));
        }
    }

    #[test]
    fn a_signature_belongs_to_one_node_and_one_text() {
        let (alice, bob) = (Identity::new(&[1; 32]), Identity::new(&[2; 32]));
        let signature = alice.sign(b"yes");
        assert!(alice.keys().has_signed(b"yes", &signature));
        assert!(!alice.keys().has_signed(b"no", &signature));
        assert!(!bob.keys().has_signed(b"yes", &signature));
    }

    #[test]
    fn what_a_node_locks_only_it_unlocks() {
        let (alice, bob) = (Identity::new(&[1; 32]), Identity::new(&[2; 32]));
        let locked = alice.lock(b"secret").unwrap();
        assert_eq!(alice.unlock(&locked).unwrap(), b"secret");
        assert_eq!(bob.unlock(&locked), Err(NotOpened));
        assert_eq!(alice.unlock(&locked[..5]), Err(NotOpened));
    }

    #[test]
    fn an_id_is_read_as_it_is_written() {
        let id = Identity::new(&[1; 32]).id();
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!("+".repeat(32).parse::<Id>(), Err(NotAnId));
        assert_eq!("ab".parse::<Id>(), Err(NotAnId));
        assert_eq!(serde_json::from_str::<Id>(&serde_json::to_string(&id).unwrap()).unwrap(), id);
    }
}
