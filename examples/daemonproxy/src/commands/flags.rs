//! Lists of flags, with commas between them.

use crate::handles::{Family, Type};
use crate::reason::Reason;

/// Passes each flag on, without the empty ones. `set` returns whether it knows the flag.
pub(super) fn each(list: &[u8], mut set: impl FnMut(&[u8]) -> Result<bool, Reason>) -> Result<(), Reason> {
    for flag in list.split(|byte| *byte == b',').filter(|flag| !flag.is_empty()) {
        if !set(flag)? {
            // Clients know the end of line in this one.
            return Err(Reason::quote("unknown flag", flag, "\n"));
        }
    }
    Ok(())
}

/// What a socket is made as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Socket {
    pub(super) family: Family,
    pub(super) kind: Type,
}

impl Socket {
    pub(super) const USUAL: Socket = Socket { family: Family::Unix, kind: Type::Stream };

    /// Applies a flag; returns whether it is one about the family or the type.
    pub(super) fn set(&mut self, flag: &[u8]) -> bool {
        match flag {
            b"unix" => self.family = Family::Unix,
            b"inet" => self.family = Family::Inet,
            b"inet6" => self.family = Family::Inet6,
            b"stream" => self.kind = Type::Stream,
            b"dgram" => self.kind = Type::Dgram,
            b"seqpacket" => self.kind = Type::Seqpacket,
            b"tcp" => (self.family, self.kind) = (Family::Inet, Type::Stream),
            b"udp" => (self.family, self.kind) = (Family::Inet, Type::Dgram),
            _ => return false,
        }
        true
    }
}
