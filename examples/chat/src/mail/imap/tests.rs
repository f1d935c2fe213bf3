//! Dialogues, and properties that hold for any bytes.

use proptest::prelude::*;

use super::*;
use crate::mail::memory::{Known, Memory};
use crate::mail::session::{MOST_GUESSES, PAUSE};

const LOCAL: Opening = Opening { encryption: Encryption::Offered, is_local: true };

fn output_of(memory: &Memory, pieces: &[&[u8]]) -> String {
    let mut mailbox = memory.clone();
    let mut desk = Desk { mailbox: &mut mailbox, password: &Known("secret") };
    let mut session = Imap::new(LOCAL);
    session.greet();
    let mut output = Vec::new();
    for piece in pieces {
        let mut turn = session.receive(piece, &mut desk);
        output.append(&mut turn.output);
        while turn.next == Next::Continue {
            turn = session.receive(&[], &mut desk);
            output.append(&mut turn.output);
        }
        match turn.next {
            Next::Close => break,
            Next::Encrypt => session.encrypted(),
            Next::Read | Next::Continue => {}
        }
    }
    String::from_utf8_lossy(&output).into_owned()
}

/// Returns what is said to commands after a login, without the reply to that.
fn said(memory: &Memory, commands: &str) -> String {
    let login = b"x LOGIN ann secret\r\n".as_slice();
    let welcome = output_of(memory, &[login]);
    let all = output_of(memory, &[login, commands.replace('\n', "\r\n").as_bytes()]);
    all[welcome.len()..].replace("\r\n", "\n")
}

fn three() -> Memory {
    let memory = Memory::new();
    for (subject, body) in [("one", "first\n"), ("Grüße", "zweite ü\n"), ("three", "third\n")] {
        memory.arrive(subject, body);
    }
    memory
}

#[test]
fn a_folder_is_selected_read_marked_and_purged() {
    let memory = three();
    let heard = said(
        &memory,
        "a SELECT inbox\nb UID FETCH 1 (FLAGS BODY[TEXT])\nc STORE 2:3 +FLAGS (\\Deleted)\nd EXPUNGE\n",
    );
    assert!(heard.contains("* 3 EXISTS\n") && heard.contains("a OK [READ-WRITE] selected\n"), "{heard}");
    assert!(heard.contains("* 1 FETCH (UID 1 FLAGS (\\Seen) BODY[TEXT] {7}\nfirst\n)\n"), "{heard}");
    assert!(heard.contains("* 2 FETCH (FLAGS (\\Deleted))\n"), "{heard}");
    assert!(heard.ends_with("* 3 EXPUNGE\n* 2 EXPUNGE\nd OK deleted\n"), "{heard}");
    assert_eq!(memory.messages().len(), 1);
    assert_eq!(memory.messages()[0].envelope.status, crate::mailbox::Status::Read);
}

#[test]
fn search_finds_by_flags_text_dates_and_numbers() {
    let memory = three();
    for (keys, found) in [
        ("ALL", "1 2 3"),
        ("UNSEEN 2:*", "2 3"),
        ("SUBJECT ONE", "1"),
        ("OR BODY third TEXT zweite", "2 3"),
        ("NOT SEEN BEFORE 14-Nov-2023", ""),
        ("SINCE 14-Nov-2023 UID 3", "3"),
        ("HEADER X-Status U FROM fedc", "1 2 3"),
        ("LARGER 10 SMALLER 100000 NOT DELETED", "1 2 3"),
    ] {
        let heard = said(&memory, &format!("a EXAMINE INBOX\nb SEARCH {keys}\n"));
        let wanted = format!("* SEARCH {found}").trim_end().to_owned();
        assert!(heard.contains(&format!("{wanted}\nb OK")), "{keys}: {heard}");
    }
}

#[test]
fn what_cannot_be_done_is_refused_clearly() {
    for (command, wanted) in [
        ("a COPY 1 Sent", "a NO [CANNOT]"),
        ("a APPEND Sent {3+}\nabc", "a NO [CANNOT]"),
        ("a CREATE x", "a NO [CANNOT]"),
        ("a SELECT nowhere", "a NO [NONEXISTENT]"),
        ("a FETCH 1 FLAGS", "a BAD"),
        ("a NONSENSE", "a BAD"),
        ("a EXAMINE INBOX\nb STORE 1 FLAGS (\\Seen)", "b NO [CANNOT]"),
    ] {
        let heard = said(&three(), &format!("{command}\n"));
        assert!(heard.contains(wanted), "{command}: {heard}");
    }
}

#[test]
fn a_message_that_arrives_while_idling_is_told() {
    let memory = three();
    let mut mailbox = memory.clone();
    let mut desk = Desk { mailbox: &mut mailbox, password: &Known("secret") };
    let mut session = Imap::new(LOCAL);
    session.greet();
    session.receive(b"a LOGIN ann secret\r\nb SELECT INBOX\r\nc IDLE\r\n", &mut desk);
    assert!(session.is_idling());
    memory.arrive("four", "");
    assert_eq!(session.mailbox_changed(&mut desk).output, b"* 4 EXISTS\r\n");
    memory.lose(true);
    let lost = session.mailbox_changed(&mut desk).output;
    assert!(lost.starts_with(b"* NO [UNAVAILABLE]"), "{}", String::from_utf8_lossy(&lost));
    memory.lose(false);
    assert_eq!(session.receive(b"DONE\r\n", &mut desk).output, b"c OK done\r\n");
}

#[test]
fn a_wrong_password_is_slow_and_the_third_is_the_last() {
    let mut mailbox = three();
    let mut desk = Desk { mailbox: &mut mailbox, password: &Known("secret") };
    let mut session = Imap::new(LOCAL);
    session.greet();
    for _ in 1..MOST_GUESSES {
        let turn = session.receive(b"a LOGIN ann wrong\r\n", &mut desk);
        assert_eq!((turn.pause, turn.next), (PAUSE, Next::Read));
    }
    assert_eq!(session.receive(b"a LOGIN ann wrong\r\n", &mut desk).next, Next::Close);
}

/// Bytes that are likely to be commands, or to be nearly so.
fn likely_bytes() -> impl Strategy<Value = Vec<u8>> {
    let words = prop::sample::select(vec![
        "a LOGIN ann secret\r\n",
        "a AUTHENTICATE PLAIN\r\n",
        "AGFubgBzZWNyZXQ=\r\n",
        "b SELECT INBOX\r\n",
        "c FETCH 1:* (FLAGS BODY[])\r\n",
        "c UID FETCH 1:* (BODY[HEADER.FIELDS (Subject)]<0.9> ENVELOPE BODYSTRUCTURE)\r\n",
        "d SEARCH OR TEXT {3}\r\nabc SEEN\r\n",
        "d STORE 1:2 -FLAGS.SILENT (\\Seen $x)\r\n",
        "e IDLE\r\n",
        "DONE\r\n",
        "f LIST \"\" \"*\"\r\n",
        "g EXPUNGE\r\n",
        "h NOOP\n",
        "i {5+}\r\n",
        "\0",
        "é",
    ]);
    let bytes = prop_oneof![
        8 => words.prop_map(|word| word.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..40),
    ];
    prop::collection::vec(bytes, 0..20).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    #[test]
    fn any_split_of_any_bytes_gives_the_same(bytes in likely_bytes(), piece in 1_usize..50) {
        let pieces: Vec<&[u8]> = bytes.chunks(piece).collect();
        prop_assert_eq!(output_of(&three(), &pieces), output_of(&three(), &[&bytes]));
    }
}
