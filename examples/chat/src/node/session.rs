//! The encryption of a connection once its handshake is done, and the frames.

use std::time::{Duration, Instant};

use snow::TransportState;

use super::packet::Packet;

/// The most bytes in a frame after its length.
pub const LONGEST_FRAME: usize = 65_535;

/// How many bytes the encryption adds to a packet.
const TAG: usize = 16;

/// How many packets a peer may send with one key: twice as many as it should.
const MOST_WITH_ONE_KEY: u32 = 200;

/// The two keys of a connection, one for each direction.
pub(super) struct Session {
    transport: TransportState,
    /// How many packets were sent with this key, and since when it is used.
    sent: u32,
    since: Instant,
    /// How many packets came with this key.
    received: u32,
}

/// The bytes are not a packet of the peer.
pub(super) struct NotAPacket;

impl Session {
    pub(super) fn new(transport: TransportState, now: Instant) -> Self {
        Session { transport, sent: 0, since: now, received: 0 }
    }

    /// Appends a packet to the output, as a frame; `None` if it cannot be sent.
    pub(super) fn seal(&mut self, packet: &Packet, output: &mut Vec<u8>) -> Option<()> {
        let text = packet.write()?;
        if text.len() + TAG > LONGEST_FRAME {
            return None;
        }
        let mut frame = vec![0; text.len() + TAG];
        let length = self.transport.write_message(&text, &mut frame).ok()?;
        append_frame(output, frame.get(..length)?)?;
        self.sent += 1;
        if *packet == Packet::Renew {
            self.transport.rekey_outgoing();
            self.sent = 0;
        }
        Some(())
    }

    /// Reads the packet in a frame.
    pub(super) fn open(&mut self, frame: &[u8]) -> Result<Packet, NotAPacket> {
        let mut text = vec![0; frame.len()];
        let length = self.transport.read_message(frame, &mut text).map_err(|_| NotAPacket)?;
        let packet = text.get(..length).and_then(Packet::read).ok_or(NotAPacket)?;
        self.received += 1;
        if packet == Packet::Renew {
            self.transport.rekey_incoming();
            self.received = 0;
        }
        if self.received > MOST_WITH_ONE_KEY { Err(NotAPacket) } else { Ok(packet) }
    }

    /// Renews the key of this direction, if it was used for long enough.
    pub(super) fn renew(&mut self, after: Duration, packets: u32, now: Instant, output: &mut Vec<u8>) {
        if self.sent >= packets || now.saturating_duration_since(self.since) >= after {
            self.since = now;
            // A packet without a text can always be sent.
            let _ = self.seal(&Packet::Renew, output);
        }
    }
}

/// Appends a frame; `None` if it is too long.
pub(super) fn append_frame(output: &mut Vec<u8>, frame: &[u8]) -> Option<()> {
    output.extend(u16::try_from(frame.len()).ok()?.to_be_bytes());
    output.extend(frame);
    Some(())
}

/// Returns the first frame of the input, and how long it is with its length; `None` if it is not complete.
pub(super) fn first_frame(input: &[u8]) -> Option<(&[u8], usize)> {
    let (length, rest) = input.split_first_chunk::<2>()?;
    let length = usize::from(u16::from_be_bytes(*length));
    Some((rest.get(..length)?, length + 2))
}

/// Returns the length that the first frame says it has.
pub(super) fn first_length(input: &[u8]) -> Option<usize> {
    Some(usize::from(u16::from_be_bytes(*input.first_chunk::<2>()?)))
}
