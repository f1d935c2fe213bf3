//! The text of a token: a prefix that people and scanners know, and 256 random bits.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::error::{OrError, Result};

/// How a token begins.
pub(super) const TOKEN: &str = "dmn_";
/// How the secret of a suite begins.
pub(super) const SECRET: &str = "dms_";

/// The SHA-256 of a text.
pub(super) type Hash = [u8; 32];

/// Makes a random text that begins with `prefix`.
pub(super) fn random(prefix: &str) -> Result<String> {
    let mut bits = [0; 32];
    getrandom::fill(&mut bits).or_error(|| "cannot get random bits from the system".to_owned())?;
    Ok(prefix.to_owned() + &hexadecimal(&bits))
}

/// Returns the hash of a text. A text with 256 random bits needs no salt and no slow function: it cannot be guessed.
pub(super) fn hash(text: &str) -> Hash {
    Sha256::digest(text).into()
}

/// Writes bytes in hexadecimal digits.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // A string takes everything.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Reads a hash that was written in hexadecimal digits.
pub(super) fn read_hash(text: &str) -> Option<Hash> {
    let digits = text.as_bytes();
    if digits.len() != 2 * size_of::<Hash>() {
        return None;
    }
    let mut hash = Hash::default();
    for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).ok().filter(|pair| !pair.starts_with('+'))?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_its_prefix_and_is_never_the_same_twice() {
        let (one, other) = (random(TOKEN).unwrap(), random(TOKEN).unwrap());
        assert!(one.starts_with("dmn_") && one.len() == 4 + 64, "{one}");
        assert_ne!(one, other);
    }

    #[test]
    fn a_hash_is_read_as_it_is_written() {
        let hash = hash("abc");
        let text = hexadecimal(&hash);
        assert_eq!(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(read_hash(&text), Some(hash));
        for wrong in
            ["", "ba", &text[1..], &format!("{text}00"), &text.replace('b', "g"), &text.replace("ba", "+a")]
        {
            assert_eq!(read_hash(wrong), None, "{wrong}");
        }
    }
}
