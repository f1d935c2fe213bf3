//! Peers that do harm, or try to.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use chat::identity::Identity;
use chat::node::{Connection, Event, Packet, Timing};
use harness::{Daemon, Random, until};
use serde_json::json;
use support::{Node, Place};

const TIMING: Timing = Timing {
    handshake: Duration::from_secs(10),
    ping: Duration::from_secs(25),
    dead: Duration::from_secs(300),
    renew: Duration::from_secs(300),
    renew_after: 100,
};

fn dial(node: &Node) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", node.port)).unwrap();
    stream.set_read_timeout(Some(harness::DEADLINE)).unwrap();
    stream
}

/// A node of the test, which says what it likes once it has identified itself.
struct Peer {
    stream: TcpStream,
    connection: Connection,
}

impl Peer {
    fn connect(node: &Node, secret: u8) -> Self {
        let identity = std::rc::Rc::new(Identity::new(&[secret; 32]));
        let connection = Connection::outbound(&identity, None, TIMING, Instant::now());
        let mut peer = Peer { stream: dial(node), connection };
        assert!(matches!(peer.next(), Event::Ready(_)));
        peer
    }

    fn send(&mut self, packet: &Packet) {
        self.connection.send(packet, Instant::now()).unwrap();
        self.flush();
    }

    fn flush(&mut self) {
        let output = self.connection.output().to_vec();
        self.connection.sent(output.len());
        self.stream.write_all(&output).unwrap();
    }

    fn next(&mut self) -> Event {
        loop {
            self.flush();
            if let Some(event) = self.connection.next_event() {
                return event;
            }
            let mut bytes = [0; 4096];
            let length = self.stream.read(&mut bytes).unwrap();
            assert_ne!(length, 0, "the node has hung up");
            self.connection.receive(&bytes[..length], Instant::now());
        }
    }
}

#[test]
fn garbage_on_the_port_is_cut_off_and_the_kernel_goes_on() {
    let mut place = Place::new();
    let mut node = place.start("alice");
    let mut random = Random::new(3);
    for round in 0..200 {
        let mut stream = dial(&node);
        let mut bytes = match round % 4 {
            0 => Vec::new(),
            1 => b"chat\x01".to_vec(),
            2 => b"chat\x01\x00\x20".to_vec(),
            _ => b"GET / HTTP/1.1\r\n\r\n".to_vec(),
        };
        let length = random.below(5000);
        bytes.extend(random.bytes(length));
        // It may be cut off before all is sent.
        let _ = stream.write_all(&bytes);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let _ = stream.read_to_end(&mut Vec::new());
    }
    until("all are gone", || node.client.ask("connections", json!([])).as_array().unwrap().is_empty());
    node.stop();
}

#[test]
fn bytes_that_drip_hold_no_place() {
    let mut place = Place::new();
    let mut node = place.start_with("alice", &["--handshake", "1s"]);
    let mut drips: Vec<TcpStream> = (0..60).map(|_| dial(&node)).collect();
    for drip in &mut drips {
        let _ = drip.write_all(b"ch");
    }
    // More are not kept, so that others have their place.
    until("few are kept", || node.client.ask("connections", json!([])).as_array().unwrap().len() <= 32);
    let mut other = Place::new();
    let mut other_node = other.start("bob");
    other_node.connect(&node);
    until("the others are given up", || {
        node.client.ask("connections", json!([])).as_array().unwrap().len() == 1
    });
    for mut drip in drips {
        let _ = drip.read_to_end(&mut Vec::new());
    }
    node.stop();
    other_node.stop();
}

#[test]
fn a_node_with_another_key_at_a_known_address_gets_nothing() {
    let [mut alice, mut bob, mut eve] = [Place::new(), Place::new(), Place::new()];
    let (mut alice_node, bob_node) = (alice.start("alice"), bob.start("bob"));
    alice_node.pay(5);
    alice_node.connect(&bob_node);
    let (bob_id, port) = (bob_node.id.clone(), bob_node.port);
    bob_node.stop();
    until("alice notices that", || !alice_node.is_connected_to(&bob_id));
    let mut eve_node = eve.start_at("bob", port);
    let id = alice_node.write(&bob_id, "Secret", "For bob alone");
    alice_node.kernel.log().wait_for("the peer is another node");
    assert_eq!((alice_node.status(&id), eve_node.messages().len()), ("O".to_owned(), 0));
    alice_node.stop();
    eve_node.stop();
}

#[test]
fn packets_that_break_the_rules_and_talks_nobody_wants_do_no_harm() {
    let mut place = Place::new();
    let mut node = place.start("alice");
    let mut peer = Peer::connect(&node, 1);
    for packet in [
        Packet::TalkLine("hello?".to_owned()),
        Packet::TalkResponse(true),
        Packet::TalkClose,
        Packet::Accepted(chat::identity::Id([1; 16])),
        Packet::Confirmed(chat::identity::Id([1; 16])),
        Packet::Found { target: chat::identity::Id([1; 16]), nodes: Vec::new() },
        Packet::FindNode(chat::identity::Id([1; 16])),
    ] {
        peer.send(&packet);
    }
    assert!(matches!(peer.next(), Event::Packet(Packet::Found { .. })));
    // A stamp is spent once, and must be the payer's own.
    let [sender, recipient] = [1, 2].map(|secret| Identity::new(&[secret; 32]));
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let content = chat::letter::Content { subject: String::new(), body: String::new(), nick: String::new() };
    let letter = |nonce, created| {
        chat::letter::Letter::write(&sender, &recipient.keys(), created, [nonce; 16], &content).unwrap()
    };
    let stamp = chat::stamp::mint(sender.id(), chat::stamp::FEWEST_BITS, now);
    let foreign = chat::stamp::mint(recipient.id(), chat::stamp::FEWEST_BITS, now);
    let cases = [
        (letter(1, now), &foreign, "Refused"),
        (letter(1, now), &stamp, "Accepted"),
        (letter(1, now), &stamp, "Accepted"),
        (letter(2, now), &stamp, "Refused"),
        (letter(3, now - chat::message::LONGEST_WAY - 1), &stamp, "Refused"),
        (letter(4, now + 1_000_000), &stamp, "Refused"),
    ];
    for (letter, stamp, expected) in cases {
        peer.send(&Packet::Message { letter, relays: 0, stamp: stamp.clone() });
        let reply = format!("{:?}", peer.next());
        assert!(reply.contains(expected), "{reply} instead of {expected}");
    }
    assert_eq!(node.messages().len(), 0);
    drop(peer);
    until("it is gone", || node.client.ask("connections", json!([])).as_array().unwrap().is_empty());
    node.stop();
}

#[test]
fn a_full_disk_refuses_messages_and_loses_none() {
    let mut place = Place::new();
    let mut node = place.start("alice");
    let to = "ab".repeat(16);
    let first = node.write(&to, "first", "before");
    node.stop();
    // The file must not grow beyond what it is now.
    let blocks = std::fs::metadata(place.data().join("chat.redb")).unwrap().len().div_ceil(512);
    let line = place.line();
    let mut command = place.home.command_after(&format!("trap '' XFSZ; ulimit -S -f {blocks}"), &line);
    command.stdin(std::process::Stdio::null());
    let kernel = Daemon::start_by(&place.home, command);
    let mut client = kernel.client();
    let mut kept = 1;
    let text = "x".repeat(40_000);
    let fault = loop {
        match client.call("messages.new", json!([[to], "more", text])) {
            Ok(_) => kept += 1,
            Err(fault) => break fault,
        }
        assert!(kept < 5000, "the disk is never full");
    };
    assert_eq!(fault["code"], 10, "{fault}");
    let listed = client.ask("messages.list", json!([])).as_array().unwrap().len();
    assert_eq!(listed, kept);
    assert_eq!(client.ask("messages.find", json!([first]))["subject"], "first");
    assert_eq!(
        client.ask("messages.show", json!([1]))["body"],
        "before",
        "it can still be read from the disk"
    );
    // Once there is room again, the same process goes on.
    if let Some(prlimit) = harness::program("prlimit") {
        let pid = kernel.process().pid().to_string();
        let raised = std::process::Command::new(prlimit).args(["--pid", &pid, "--fsize=unlimited"]).status();
        assert!(raised.unwrap().success());
        client.ask("messages.new", json!([[to], "more", text]));
        kept += 1;
    } else {
        harness::skip("there is no prlimit");
    }
    drop(client);
    kernel.signal(nix::sys::signal::Signal::SIGKILL);
    kernel.ended();
    let mut node = place.start("alice");
    assert_eq!(node.messages().len(), kept);
    node.write(&to, "last", &text);
    node.stop();
}
