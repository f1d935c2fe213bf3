//! How nodes talk to each other: state machines between bytes and packets. Nothing here does I/O or reads a clock; the kernel
//! owns the sockets.
//!
//! A connection begins with five bytes, `chat` and the version of the protocol. Then come frames: a length of two bytes, and that
//! many bytes. The first three are the handshake `Noise_XX_25519_ChaChaPoly_BLAKE2s`; every other one is an encrypted
//! packet. The pattern is XX, because a node that knows only an address from a list of addresses can use it, and because both
//! keys are hidden from those who listen; whoever knows which node to expect compares its id afterwards.

mod closed;
mod connection;
mod packet;
mod session;
pub mod talk;
#[cfg(test)]
mod tests;

pub use self::closed::Closed;
pub use self::connection::{Connection, Event, Full, Peer, Timing};
pub use self::packet::{Known, LONGEST_LINE, LONGEST_NICK, MOST_FOUND, Packet, Refused, is_line, is_nick};
pub use self::session::LONGEST_FRAME;
