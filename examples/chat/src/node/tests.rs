//! Connections against each other, without sockets.

#![allow(clippy::unwrap_used)]

use std::rc::Rc;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::session::append_frame;
use super::*;
use crate::identity::{Id, Identity};
use crate::letter::{Content, Letter, Receipt};

const TIMING: Timing = Timing {
    handshake: Duration::from_secs(10),
    ping: Duration::from_secs(25),
    dead: Duration::from_secs(300),
    renew: Duration::from_secs(300),
    renew_after: 100,
};

fn identity(seed: u8) -> Rc<Identity> {
    Rc::new(Identity::new(&[seed; 32]))
}

/// Two connections that talk to each other, in pieces of this many bytes.
struct Pair {
    alice: Connection,
    bob: Connection,
    piece: usize,
    now: Instant,
}

impl Pair {
    fn new(expected: Option<Id>, piece: usize) -> Self {
        let now = Instant::now();
        let alice = Connection::outbound(&identity(1), expected, TIMING, now).introduce("alice", 25_000);
        let bob = Connection::inbound(&identity(2), TIMING, now).introduce("bob", 25_001);
        Pair { alice, bob, piece, now }
    }

    /// Returns a pair that is ready.
    fn ready() -> Self {
        let mut pair = Pair::new(None, 4096);
        pair.exchange();
        assert!(pair.alice.is_ready() && pair.bob.is_ready());
        pair.events();
        pair
    }

    /// Passes bytes to and fro until none are left.
    fn exchange(&mut self) {
        while pass(&mut self.alice, &mut self.bob, self.piece, self.now)
            | pass(&mut self.bob, &mut self.alice, self.piece, self.now)
        {}
    }

    fn events(&mut self) -> [Vec<Event>; 2] {
        [&mut self.alice, &mut self.bob].map(|side| std::iter::from_fn(|| side.next_event()).collect())
    }
}

fn pass(from: &mut Connection, to: &mut Connection, piece: usize, now: Instant) -> bool {
    let bytes = from.output().to_vec();
    from.sent(bytes.len());
    bytes.chunks(piece).for_each(|piece| to.receive(piece, now));
    !bytes.is_empty()
}

#[test]
fn two_nodes_identify_each_other_in_pieces_of_any_size() {
    for piece in [1, 2, 7, 4096] {
        let mut pair = Pair::new(Some(identity(2).id()), piece);
        pair.exchange();
        let peer = |seed, nick: &str, port| {
            vec![Event::Ready(Peer { keys: identity(seed).keys(), nick: nick.to_owned(), port })]
        };
        assert_eq!(pair.events(), [peer(2, "bob", 25_001), peer(1, "alice", 25_000)]);
    }
}

#[test]
fn a_node_with_another_key_is_refused() {
    let mut pair = Pair::new(Some(identity(3).id()), 4096);
    pair.exchange();
    let [alice, _] = pair.events();
    assert_eq!(alice, [Event::Closed(Closed::WrongNode(identity(2).id()))]);
    assert!(!pair.alice.is_ready());
}

#[test]
fn a_node_does_not_talk_to_itself() {
    let now = Instant::now();
    let mut pair = Pair::new(None, 4096);
    pair.bob = Connection::inbound(&identity(1), TIMING, now);
    pair.exchange();
    let closed = vec![Event::Closed(Closed::Myself)];
    assert_eq!(pair.events(), [closed.clone(), closed]);
}

#[test]
fn another_version_and_another_protocol_are_refused() {
    let cases: [(&[u8], Closed); 4] = [
        (b"chat\x02", Closed::Version(2)),
        (b"GET / HTTP/1.1\r\n\r\n", Closed::Protocol("the peer is not a node")),
        (b"\0", Closed::Protocol("the peer is not a node")),
        (b"chat\x01\xff\xff", Closed::Protocol("the handshake is too long")),
    ];
    for (bytes, closed) in cases {
        let mut bob = Connection::inbound(&identity(2), TIMING, Instant::now());
        bob.receive(bytes, Instant::now());
        assert_eq!(bob.next_event(), Some(Event::Closed(closed)));
        bob.receive(bytes, Instant::now());
        assert_eq!(bob.next_event(), None, "it is closed once");
    }
}

#[test]
fn all_packets_arrive_as_they_were_sent() {
    let mut pair = Pair::ready();
    let content = Content { subject: "s".to_owned(), body: "b".repeat(40_000), nick: String::new() };
    let letter = Letter::write(&identity(1), &identity(2).keys(), 1, [5; 16], &content).unwrap();
    let known = Known { keys: identity(3).keys(), address: "192.0.2.1:25000".parse().unwrap() };
    let id = Id([9; 16]);
    let packets = [
        Packet::FindNode(id),
        Packet::Found { target: id, nodes: vec![known; MOST_FOUND] },
        Packet::Message { letter, relays: 1, stamp: "1:15".to_owned() },
        Packet::Accepted(id),
        Packet::Refused { message: id, reason: Refused::Full },
        Packet::Delivered(Receipt::write(&identity(2), id)),
        Packet::Confirmed(id),
        Packet::TalkRequest,
        Packet::TalkResponse(true),
        Packet::TalkLine("ü\t".repeat(1000)),
        Packet::TalkClose,
        Packet::Nick("a.b-c_9".to_owned()),
    ];
    for packet in &packets {
        pair.alice.send(packet, pair.now).unwrap();
    }
    pair.exchange();
    let [_, bob] = pair.events();
    assert_eq!(bob, packets.map(Event::Packet));
}

#[test]
fn what_breaks_the_rules_is_not_sent() {
    let mut pair = Pair::ready();
    let known = Known { keys: identity(3).keys(), address: "192.0.2.1:25000".parse().unwrap() };
    for packet in [
        Packet::Nick("two words".to_owned()),
        Packet::Nick("a".repeat(LONGEST_NICK + 1)),
        Packet::TalkLine("a\x1b[2Jb".to_owned()),
        Packet::TalkLine("a".repeat(LONGEST_LINE + 1)),
        Packet::Found { target: Id([0; 16]), nodes: vec![known; MOST_FOUND + 1] },
    ] {
        assert_eq!(pair.alice.send(&packet, pair.now), Err(Full), "{packet:?}");
    }
}

#[test]
fn keys_are_renewed_after_many_packets_and_after_some_time() {
    let mut pair = Pair::ready();
    for round in 0..1000_u64 {
        pair.alice.send(&Packet::TalkLine(round.to_string()), pair.now).unwrap();
    }
    pair.exchange();
    let [_, bob] = pair.events();
    assert_eq!(bob.len(), 1000);
    pair.now += TIMING.renew;
    pair.alice.send(&Packet::TalkRequest, pair.now).unwrap();
    let plain = pair.alice.output().len();
    pair.exchange();
    pair.alice.send(&Packet::TalkRequest, pair.now).unwrap();
    assert!(pair.alice.output().len() < plain, "the renewal was a packet of its own");
    pair.exchange();
    assert_eq!(pair.events()[1], [Event::Packet(Packet::TalkRequest), Event::Packet(Packet::TalkRequest)]);
}

#[test]
fn a_peer_that_never_renews_its_key_is_cut_off() {
    let mut pair = Pair::ready();
    pair.alice.timing_for_test(Timing { renew_after: u32::MAX, ..TIMING });
    for _ in 0..300 {
        pair.alice.send(&Packet::TalkClose, pair.now).unwrap();
    }
    pair.exchange();
    let [alice, bob] = pair.events();
    assert_eq!(bob.last(), Some(&Event::Closed(Closed::Protocol("this is not a packet"))));
    assert_eq!(alice, [Event::Closed(Closed::Peer("this is not a packet".to_owned()))]);
}

#[test]
fn a_silent_peer_is_asked_and_then_given_up() {
    let mut pair = Pair::ready();
    pair.now += TIMING.ping;
    pair.alice.pass_time(pair.now);
    pair.exchange();
    assert_eq!(pair.events(), [vec![], vec![]], "ping and pong are nobody else's business");
    pair.now += TIMING.ping;
    pair.alice.pass_time(pair.now);
    assert!(!pair.alice.output().is_empty());
    pair.now += TIMING.dead;
    pair.alice.pass_time(pair.now);
    assert_eq!(pair.events()[0], [Event::Closed(Closed::Silent)]);
}

#[test]
fn a_peer_that_does_not_identify_itself_is_given_up() {
    let start = Instant::now();
    let mut bob = Connection::inbound(&identity(2), TIMING, start);
    for (second, byte) in PREAMBLE_AND_MORE.iter().enumerate() {
        let now = start + Duration::from_secs(second as u64 * 2);
        bob.receive(&[*byte], now);
        bob.pass_time(now);
    }
    assert_eq!(bob.next_event(), Some(Event::Closed(Closed::Silent)));
}

const PREAMBLE_AND_MORE: &[u8] = b"chat\x01\x00\x20abcdef";

#[test]
fn a_peer_that_reads_nothing_gets_no_more_packets() {
    let mut pair = Pair::ready();
    let line = Packet::TalkLine("a".repeat(LONGEST_LINE));
    let sent = (0..10_000).take_while(|_| pair.alice.send(&line, pair.now).is_ok()).count();
    assert!((100..200).contains(&sent), "{sent}");
    pair.exchange();
    assert_eq!(pair.events()[1].len(), sent);
    assert_eq!(pair.alice.send(&line, pair.now), Ok(()));
}

#[test]
fn leaving_is_told_to_the_peer() {
    let mut pair = Pair::ready();
    pair.alice.close(pair.now);
    pair.exchange();
    assert_eq!(pair.events(), [vec![Event::Closed(Closed::Here)], vec![Event::Closed(Closed::Quit)]]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..600), keep in 0_usize..300) {
        let now = Instant::now();
        for greeting in [&b""[..], b"chat\x01", b"chat\x01\0\x20"] {
            let mut bob = Connection::inbound(&identity(2), TIMING, now);
            bob.receive(greeting, now);
            bob.receive(&bytes, now);
        }
        // After a real handshake, on both sides.
        let mut pair = Pair::ready();
        let mut framed = Vec::new();
        append_frame(&mut framed, &bytes);
        pair.bob.receive(&framed, now);
        pair.alice.receive(&bytes, now);
        // A handshake that breaks off and goes on with anything.
        let mut pair = Pair::new(None, 4096);
        let output = pair.alice.output().to_vec();
        pair.bob.receive(&output[..keep.min(output.len())], now);
        pair.bob.receive(&bytes, now);
    }

    #[test]
    fn no_bytes_are_a_packet_that_breaks_the_rules(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Some(packet) = Packet::read(&bytes) {
            prop_assert!(packet.write().is_some());
        }
    }
}
