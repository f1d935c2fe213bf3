//! One connection to another node: bytes in, events out; packets in, bytes out.

use std::collections::VecDeque;
use std::fmt;
use std::rc::Rc;
use std::time::{Duration, Instant};

use snow::{Builder, HandshakeState};

use super::closed::Closed;
use super::packet::Packet;
use super::session::{Session, append_frame, first_frame, first_length};
use crate::identity::{Id, Identity, PublicKeys};

/// What a connection begins with; the last byte is the version of the protocol.
const PREAMBLE: [u8; 5] = *b"chat\x01";

const PATTERN: &str = "Noise_XX_25519_ChaChaPoly_BLAKE2s";

/// The longest frame of the handshake.
const LONGEST_HANDSHAKE: usize = 128;

/// How many bytes may wait to be sent. If there are more, packets are refused until the peer has read some.
const MOST_OUTPUT: usize = 1024 * 1024;

/// What the program calls itself.
const SOFTWARE: &str = concat!("chat/", env!("CARGO_PKG_VERSION"));

/// How long things may take on a connection.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// From the first byte to the identification.
    pub handshake: Duration,
    /// How often a peer is asked whether it is there.
    pub ping: Duration,
    /// When a silent peer is given up.
    pub dead: Duration,
    /// How long a key is used.
    pub renew: Duration,
    /// How many packets a key is used for.
    pub renew_after: u32,
}

/// One connection to another node.
pub struct Connection {
    identity: Rc<Identity>,
    timing: Timing,
    /// Who the peer must be.
    expected: Option<Id>,
    nick: String,
    port: u16,
    state: State,
    input: Vec<u8>,
    output: Vec<u8>,
    events: VecDeque<Event>,
    opened: Instant,
    heard: Instant,
    pinged: Instant,
}

enum State {
    /// The peer has not sent its preamble.
    Greeting(Box<HandshakeState>),
    Handshake(Box<HandshakeState>),
    /// The peer has shown a key, and must say who it is.
    Identifying(Box<Session>, [u8; 32]),
    Ready(Box<Session>),
    Closed,
}

/// What has happened on a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The peer has shown who it is. Comes once, before any packet.
    Ready(Peer),
    /// A packet that is not about the connection itself.
    Packet(Packet),
    /// The connection is over; send the remaining output, and close the socket.
    Closed(Closed),
}

/// Who the peer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its keys.
    pub keys: PublicKeys,
    /// Its nickname; may be empty.
    pub nick: String,
    /// The port at which it listens, if it does.
    pub port: u16,
}

/// The packet was not taken: too much waits to be sent, or the connection is not ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl Connection {
    /// Returns the side that has connected. If `expected` is given, the peer must be that node.
    pub fn outbound(identity: &Rc<Identity>, expected: Option<Id>, timing: Timing, now: Instant) -> Self {
        let mut connection = Connection::new(identity, expected, timing, now, true);
        connection.output.extend(PREAMBLE);
        connection.shake_hands();
        connection
    }

    /// Returns the side that was connected to.
    pub fn inbound(identity: &Rc<Identity>, timing: Timing, now: Instant) -> Self {
        Connection::new(identity, None, timing, now, false)
    }

    fn new(
        identity: &Rc<Identity>,
        expected: Option<Id>,
        timing: Timing,
        now: Instant,
        begins: bool,
    ) -> Self {
        let state =
            handshake(identity, begins).map_or(State::Closed, |state| State::Greeting(Box::new(state)));
        Connection {
            identity: Rc::clone(identity),
            timing,
            expected,
            nick: String::new(),
            port: 0,
            state,
            input: Vec::new(),
            output: Vec::new(),
            events: VecDeque::new(),
            opened: now,
            heard: now,
            pinged: now,
        }
    }

    /// Sets what the peer learns about this node.
    pub fn introduce(mut self, nick: &str, port: u16) -> Self {
        nick.clone_into(&mut self.nick);
        self.port = port;
        self
    }

    #[cfg(test)]
    pub(super) fn timing_for_test(&mut self, timing: Timing) {
        self.timing = timing;
    }

    /// Takes bytes that have come.
    pub fn receive(&mut self, bytes: &[u8], now: Instant) {
        self.input.extend(bytes);
        let mut taken = 0;
        while let Some(length) = self.take(taken, now) {
            taken += length;
        }
        if self.is_closed() {
            self.input = Vec::new();
        } else {
            self.input.drain(..taken.min(self.input.len()));
        }
    }

    /// Returns what has happened next.
    pub fn next_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// The bytes to send.
    pub fn output(&self) -> &[u8] {
        &self.output
    }

    /// Removes bytes that were sent.
    pub fn sent(&mut self, length: usize) {
        self.output.drain(..length.min(self.output.len()));
    }

    /// Sends a packet.
    ///
    /// # Errors
    ///
    /// If too much waits to be sent already, or the peer has not identified itself, or the packet breaks the rules.
    pub fn send(&mut self, packet: &Packet, now: Instant) -> Result<(), Full> {
        let State::Ready(session) = &mut self.state else { return Err(Full) };
        if self.output.len() > MOST_OUTPUT {
            return Err(Full);
        }
        session.renew(self.timing.renew, self.timing.renew_after, now, &mut self.output);
        session.seal(packet, &mut self.output).ok_or(Full)
    }

    /// Whether it is ready for packets.
    pub fn is_ready(&self) -> bool {
        matches!(self.state, State::Ready(_))
    }

    /// Whether it is over.
    pub fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed)
    }

    /// Closes it, and tells the peer.
    pub fn close(&mut self, now: Instant) {
        let _ = self.send(&Packet::Quit, now);
        self.end(Closed::Here);
    }

    /// Does what is due.
    pub fn pass_time(&mut self, now: Instant) {
        let since = |then: Instant| now.saturating_duration_since(then);
        match self.state {
            State::Closed => {}
            State::Ready(_) if since(self.heard) >= self.timing.dead => self.end(Closed::Silent),
            State::Ready(_) => {
                if since(self.heard.max(self.pinged)) >= self.timing.ping {
                    self.pinged = now;
                    // If so much waits already, the peer is asked later.
                    let _ = self.send(&Packet::Ping(0), now);
                }
            }
            State::Greeting(_) | State::Handshake(_) | State::Identifying(..) => {
                if since(self.opened) >= self.timing.handshake {
                    self.end(Closed::Silent);
                }
            }
        }
    }

    /// Handles the first frame behind `taken`; returns how long it was, or `None` if nothing complete is left.
    fn take(&mut self, taken: usize, now: Instant) -> Option<usize> {
        let input = std::mem::take(&mut self.input);
        let length = self.take_from(input.get(taken..)?, now);
        self.input = input;
        length
    }

    fn take_from(&mut self, input: &[u8], now: Instant) -> Option<usize> {
        match &mut self.state {
            State::Closed => None,
            State::Greeting(_) => self.greet(input),
            State::Handshake(state) => {
                if first_length(input)? > LONGEST_HANDSHAKE {
                    self.end(Closed::Protocol("the handshake is too long"));
                    return None;
                }
                let (frame, length) = first_frame(input)?;
                if state.read_message(frame, &mut [0; LONGEST_HANDSHAKE]).is_err() {
                    self.end(Closed::Protocol("the handshake is wrong"));
                    return None;
                }
                self.shake_hands();
                self.finish_handshake(now);
                Some(length)
            }
            State::Identifying(session, _) | State::Ready(session) => {
                let (frame, length) = first_frame(input)?;
                let Ok(packet) = session.open(frame) else {
                    self.fail("this is not a packet", now);
                    return None;
                };
                self.heard = now;
                self.handle(packet, now);
                Some(length)
            }
        }
    }

    /// Checks the preamble of the peer.
    fn greet(&mut self, input: &[u8]) -> Option<usize> {
        let known = input.iter().zip(PREAMBLE).take(4).all(|(byte, expected)| *byte == expected);
        if !known {
            self.end(Closed::Protocol("the peer is not a node"));
            return None;
        }
        let version = *input.get(4)?;
        let State::Greeting(state) = std::mem::replace(&mut self.state, State::Closed) else { return None };
        let begins = state.is_initiator();
        self.state = State::Handshake(state);
        if !begins {
            self.output.extend(PREAMBLE);
        }
        if version != PREAMBLE[4] {
            self.end(Closed::Version(version));
            return None;
        }
        Some(PREAMBLE.len())
    }

    /// Writes the next message of the handshake, if it is this side's turn.
    fn shake_hands(&mut self) {
        let (State::Greeting(state) | State::Handshake(state)) = &mut self.state else { return };
        if state.is_my_turn() && !state.is_handshake_finished() {
            let mut message = [0; LONGEST_HANDSHAKE];
            let written = state.write_message(&[], &mut message).ok();
            let frame = written.and_then(|length| message.get(..length));
            if frame.and_then(|frame| append_frame(&mut self.output, frame)).is_none() {
                self.end(Closed::Protocol("the handshake failed"));
            }
        }
    }

    /// Goes on with encryption once the handshake is done, and says who this node is.
    fn finish_handshake(&mut self, now: Instant) {
        if !matches!(&self.state, State::Handshake(state) if state.is_handshake_finished()) {
            return;
        }
        let State::Handshake(state) = std::mem::replace(&mut self.state, State::Closed) else { return };
        let shown = state.get_remote_static().and_then(|key| key.try_into().ok());
        let (Some(shown), Ok(transport)) = (shown, state.into_transport_mode()) else {
            self.end(Closed::Protocol("the handshake failed"));
            return;
        };
        let mut session = Box::new(Session::new(transport, now));
        let hello = Packet::Hello {
            signing: self.identity.keys().signing,
            nick: self.nick.clone(),
            port: self.port,
            software: SOFTWARE.to_owned(),
        };
        let _ = session.seal(&hello, &mut self.output);
        self.state = State::Identifying(session, shown);
    }

    fn handle(&mut self, packet: Packet, now: Instant) {
        if let State::Identifying(_, agreement) = self.state {
            self.identify(packet, agreement, now);
            return;
        }
        match packet {
            Packet::Hello { .. } => self.fail("the peer identified itself twice", now),
            Packet::Ping(number) => {
                let _ = self.send(&Packet::Pong(number), now);
            }
            Packet::Pong(_) | Packet::Renew => {}
            Packet::Error(reason) => self.end(Closed::Peer(reason)),
            Packet::Quit => self.end(Closed::Quit),
            other => self.events.push_back(Event::Packet(other)),
        }
    }

    fn identify(&mut self, packet: Packet, agreement: [u8; 32], now: Instant) {
        let (signing, nick, port) = match packet {
            Packet::Hello { signing, nick, port, .. } => (signing, nick, port),
            Packet::Error(reason) => return self.end(Closed::Peer(reason)),
            Packet::Quit => return self.end(Closed::Quit),
            _ => return self.fail("the peer has not identified itself", now),
        };
        let keys = PublicKeys { signing, agreement };
        if keys.id() == self.identity.id() {
            return self.end(Closed::Myself);
        }
        if self.expected.is_some_and(|expected| expected != keys.id()) {
            return self.end(Closed::WrongNode(keys.id()));
        }
        if let State::Identifying(session, _) = std::mem::replace(&mut self.state, State::Closed) {
            self.state = State::Ready(session);
            self.events.push_back(Event::Ready(Peer { keys, nick, port }));
        }
    }

    /// Closes the connection because of the peer, and tells it why.
    fn fail(&mut self, reason: &'static str, now: Instant) {
        let _ = self.send(&Packet::Error(reason.to_owned()), now);
        self.end(Closed::Protocol(reason));
    }

    fn end(&mut self, reason: Closed) {
        if !self.is_closed() {
            self.state = State::Closed;
            self.events.push_back(Event::Closed(reason));
        }
    }
}

/// Begins a handshake.
fn handshake(identity: &Identity, begins: bool) -> Option<HandshakeState> {
    let builder = Builder::new(PATTERN.parse().ok()?);
    let builder = builder.local_private_key(identity.agreement()).ok()?.prologue(&PREAMBLE).ok()?;
    if begins { builder.build_initiator().ok() } else { builder.build_responder().ok() }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("ready", &self.is_ready()).finish_non_exhaustive()
    }
}
