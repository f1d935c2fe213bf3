//! Dialogues as data, and properties that hold for any bytes.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::mail::memory::{Known, Memory, OTHER};

const LOCAL: Opening = Opening { encryption: Encryption::Offered, is_local: true };

/// Plays a file of dialogues: what the client says after `C:`, what it must receive after `S:`; `---` begins another session,
/// `lose` and `find` the kernel.
fn play(dialogues: &str) {
    for dialogue in dialogues.split("\n---\n") {
        let memory = Memory::new();
        let mut mailbox = memory.clone();
        let mut desk = Desk { mailbox: &mut mailbox, password: &Known("secret") };
        let mut session = Smtp::new(LOCAL);
        let mut said = session.greet();
        for line in dialogue.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            match line.split_once(' ') {
                Some(("C:", text)) => {
                    assert!(said.is_empty(), "before {line}: {:?}", String::from_utf8_lossy(&said));
                    let text = text.replace("OTHER", OTHER).replace("\\n", "\n").replace("\\r", "\r");
                    let turn = session.receive(format!("{text}\r\n").as_bytes(), &mut desk);
                    said = turn.output;
                    match turn.next {
                        Next::Close => said.extend_from_slice(b"closed\r\n"),
                        Next::Encrypt => session.encrypted(),
                        Next::Read | Next::Continue => {}
                    }
                }
                Some(("S:", text)) => {
                    let wanted = format!("{text}\r\n");
                    assert!(
                        said.starts_with(wanted.as_bytes()),
                        "{line}: {:?}",
                        String::from_utf8_lossy(&said)
                    );
                    said.drain(..wanted.len());
                }
                _ => memory.lose(line == "lose"),
            }
        }
        assert!(said.is_empty(), "{:?}", String::from_utf8_lossy(&said));
    }
}

#[test]
fn dialogues_are_as_written() {
    play(include_str!("dialogues.txt"));
}

fn output_of(pieces: &[&[u8]]) -> (Vec<u8>, usize) {
    let memory = Memory::new();
    let mut mailbox = memory.clone();
    let mut desk = Desk { mailbox: &mut mailbox, password: &Known("secret") };
    let mut session = Smtp::new(LOCAL);
    let mut output = Vec::new();
    for piece in pieces {
        let turn = session.receive(piece, &mut desk);
        output.extend_from_slice(&turn.output);
        match turn.next {
            Next::Close => break,
            Next::Encrypt => session.encrypted(),
            Next::Read | Next::Continue => {}
        }
    }
    (output, memory.messages().len())
}

/// Bytes that are likely to be commands, or to be nearly so.
fn likely_bytes() -> impl Strategy<Value = Vec<u8>> {
    let words = prop::sample::select(vec![
        "EHLO x\r\n",
        "AUTH PLAIN AGFubgBzZWNyZXQ=\r\n",
        "AUTH LOGIN\r\n",
        "YW5u\r\n",
        "MAIL FROM:<a@b>\r\n",
        "MAIL FROM:<> SIZE=10 BODY=8BITMIME\r\n",
        "RCPT TO:<fedcba9876543210fedcba9876543210@chat>\r\n",
        "RCPT TO:<\"x\r\n",
        "DATA\r\n",
        "Subject: a\r\n\r\nb\r\n",
        ".\r\n",
        "\r\n.\n",
        "\n.\r\n",
        "..\r\n",
        "RSET\r\n",
        "NOOP\n",
        "*\r\n",
        "\0",
        "é",
    ]);
    let bytes = prop_oneof![
        8 => words.prop_map(|word| word.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..40),
    ];
    prop::collection::vec(bytes, 0..30).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_split_of_any_bytes_gives_the_same(bytes in likely_bytes(), piece in 1_usize..50) {
        let whole = output_of(&[&bytes]);
        let pieces: Vec<&[u8]> = bytes.chunks(piece).collect();
        prop_assert_eq!(output_of(&pieces), whole);
    }
}

#[test]
fn a_wrong_password_is_slow_and_the_third_is_the_last() {
    let mut mailbox = Memory::new();
    let mut desk = Desk { mailbox: &mut mailbox, password: &Known("secret") };
    let mut session = Smtp::new(LOCAL);
    session.receive(b"EHLO x\r\n", &mut desk);
    let guess = b"AUTH PLAIN AGFubgB3cm9uZw==\r\n";
    for _ in 1..MOST_GUESSES {
        let turn = session.receive(guess, &mut desk);
        assert_eq!((turn.pause, turn.next), (PAUSE, Next::Read));
    }
    let turn = session.receive(guess, &mut desk);
    assert_eq!(turn.next, Next::Close);
    assert!(turn.pause > Duration::ZERO);
}

#[test]
fn a_stranger_logs_in_only_with_encryption() {
    let mut mailbox = Memory::new();
    let mut desk = Desk { mailbox: &mut mailbox, password: &Known("secret") };
    let mut session = Smtp::new(Opening { is_local: false, ..LOCAL });
    let turn = session.receive(b"EHLO x\r\nAUTH PLAIN AGFubgBzZWNyZXQ=\r\n", &mut desk);
    let said = String::from_utf8(turn.output).unwrap();
    assert!(!said.contains("250-AUTH") && said.contains("538 5.7.11"), "{said}");
    session.encrypted();
    let turn = session.receive(b"EHLO x\r\nAUTH PLAIN AGFubgBzZWNyZXQ=\r\n", &mut desk);
    assert!(turn.output.ends_with(b"235 2.7.0 welcome\r\n"));
}

#[test]
fn what_comes_with_starttls_is_not_executed() {
    let mut mailbox = Memory::new();
    let mut desk = Desk { mailbox: &mut mailbox, password: &Known("secret") };
    let mut session = Smtp::new(LOCAL);
    let turn = session.receive(b"EHLO x\r\nSTARTTLS\r\nNOOP\r\nNO", &mut desk);
    assert_eq!(turn.next, Next::Encrypt);
    assert!(turn.output.ends_with(b"220 2.0.0 begin TLS\r\n"));
    session.encrypted();
    let turn = session.receive(b"MAIL FROM:<a@b>\r\n", &mut desk);
    assert_eq!(turn.output, b"503 5.5.1 say EHLO first\r\n");
}
