//! Stamps: proofs of work that a node pays with when it asks another one to take a message. This is Hashcash with SHA-256.
//!
//! A stamp is a text, `1:bits:expires:node::random:counter`, of which the hash begins with as many zero bits as it says. It names
//! the node that pays, and each node accepts it once, for two days. Nothing here does I/O or reads a clock.

use sha2::{Digest, Sha256};

use crate::identity::{Id, hexadecimal, random};

/// The fewest bits that a node accepts.
pub const FEWEST_BITS: u32 = 12;

/// How many bits a node mints.
pub const MINTED_BITS: u32 = 15;

/// How long a stamp is valid, in seconds.
pub const VALID: u64 = 2 * 24 * 3600;

/// The longest stamp, in bytes.
pub const LONGEST_STAMP: usize = 128;

/// How far clocks of nodes may differ, in seconds.
const CLOCKS_DIFFER: u64 = 3600;

/// A stamp that is valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// When it expires, in seconds since 1970.
    pub expires: u64,
}

/// Why a stamp is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is not a stamp.
    Malformed,
    /// It was made by another node.
    ForeignNode,
    /// It says that it has too few bits.
    Cheap,
    /// It has expired, or expires too late.
    Expired,
    /// Its hash does not begin with as many zeros as it says.
    Unpaid,
}

/// Mints a stamp for a node, which takes some milliseconds.
pub fn mint(node: Id, bits: u32, now: u64) -> String {
    let start = format!("1:{bits}:{}:{node}::{}:", now.saturating_add(VALID), hexadecimal(&random::<8>()));
    let begun = Sha256::new().chain_update(&start);
    let mut counter = 0_u64;
    loop {
        let end = format!("{counter:x}");
        if zeros(&begun.clone().chain_update(&end).finalize()) >= bits {
            return start + &end;
        }
        counter += 1;
    }
}

/// Checks a stamp that a node pays with.
///
/// # Errors
///
/// Says why it is not valid.
pub fn check(stamp: &str, node: Id, now: u64) -> Result<Stamp, Refusal> {
    if stamp.len() > LONGEST_STAMP {
        return Err(Refusal::Malformed);
    }
    let parts: Vec<&str> = stamp.split(':').collect();
    let ["1", bits, expires, payer, "", _, _] = parts[..] else { return Err(Refusal::Malformed) };
    let bits: u32 = bits.parse().map_err(|_| Refusal::Malformed)?;
    let expires: u64 = expires.parse().map_err(|_| Refusal::Malformed)?;
    if payer.parse() != Ok(node) {
        return Err(Refusal::ForeignNode);
    }
    if bits < FEWEST_BITS {
        return Err(Refusal::Cheap);
    }
    if expires < now || expires > now.saturating_add(VALID + CLOCKS_DIFFER) {
        return Err(Refusal::Expired);
    }
    if zeros(&Sha256::digest(stamp)) < bits {
        return Err(Refusal::Unpaid);
    }
    Ok(Stamp { expires })
}

/// How many zero bits a hash begins with.
fn zeros(hash: &[u8]) -> u32 {
    let mut zeros = 0;
    for byte in hash {
        zeros += byte.leading_zeros();
        if *byte != 0 {
            break;
        }
    }
    zeros
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const NOW: u64 = 1_800_000_000;

    #[test]
    fn a_minted_stamp_is_valid_for_two_days_and_for_its_node() {
        let node = Id([7; 16]);
        let stamp = mint(node, FEWEST_BITS, NOW);
        assert!(stamp.len() <= LONGEST_STAMP);
        assert_eq!(check(&stamp, node, NOW), Ok(Stamp { expires: NOW + VALID }));
        assert_eq!(check(&stamp, node, NOW + VALID + 1), Err(Refusal::Expired));
        assert_eq!(check(&stamp, node, NOW - 2 * CLOCKS_DIFFER), Err(Refusal::Expired));
        assert_eq!(check(&stamp, Id([8; 16]), NOW), Err(Refusal::ForeignNode));
    }

    #[test]
    fn a_stamp_without_work_is_refused() {
        let node = Id([7; 16]);
        let expires = NOW + VALID;
        let cases = [
            (String::new(), Refusal::Malformed),
            ("1:2:3".to_owned(), Refusal::Malformed),
            (format!("1:many:{expires}:{node}::a:0"), Refusal::Malformed),
            (format!("2:15:{expires}:{node}::a:0"), Refusal::Malformed),
            (format!("1:11:{expires}:{node}::a:0"), Refusal::Cheap),
            (format!("1:200:{expires}:{node}::a:0"), Refusal::Unpaid),
            (format!("1:15:99999999999:{node}::a:0"), Refusal::Expired),
            ("1:".repeat(200), Refusal::Malformed),
        ];
        for (stamp, refusal) in cases {
            assert_eq!(check(&stamp, node, NOW), Err(refusal), "{stamp}");
        }
    }
}
