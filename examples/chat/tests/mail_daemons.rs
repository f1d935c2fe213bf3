//! The mail daemons when something is wrong: the kernel is away, too many mail programs come, or they say nothing.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod support;

use harness::until;
use support::Place;
use support::mail::{Dialogue, Mail, certificate, has, run};

/// Sends a mail in a session that is logged in; returns the last reply.
fn send(smtp: &mut Dialogue, to: &str) -> String {
    smtp.ask("MAIL FROM:<ann@chat>", "250");
    smtp.ask(&format!("RCPT TO:<{to}@chat>"), "250");
    smtp.ask("DATA", "354");
    smtp.ask("Message-ID: <1@client>\r\nSubject: x\r\n\r\ny\r\n.", "")
}

#[test]
fn a_killed_kernel_is_a_temporary_failure_and_a_mail_that_is_sent_again_is_one_message() {
    let mut place = Place::new();
    let node = place.start("ann");
    let [imap, smtp] = ["imap", "smtp"].map(|name| Mail::start(&place, name, &[]));
    let (mut sender, mut reader) = (smtp.connect(), imap.connect());
    sender.ask("EHLO x", "250 ");
    sender.ask(&format!("AUTH PLAIN {}", smtp.credentials()), "235");
    reader.ask(&format!("a LOGIN ann {}", imap.password), "a OK");
    let id = node.id.clone();
    node.kill();
    let refused = send(&mut sender, &id);
    assert!(refused.starts_with("451 "), "{refused}");
    reader.ask("b STATUS INBOX (MESSAGES)", "b NO");
    let node = place.start("ann");
    for _ in 0..2 {
        let accepted = send(&mut sender, &id);
        assert!(accepted.starts_with("250 "), "{accepted}");
    }
    let found = reader.ask("c STATUS INBOX (MESSAGES)", "c OK");
    assert!(found.contains("MESSAGES 1"), "{found}");
    drop((sender, reader));
    for mail in [imap, smtp] {
        mail.daemon.terminate();
    }
    node.stop();
}

#[test]
fn one_mail_program_too_many_is_sent_away_until_another_one_has_gone() {
    let mut place = Place::new();
    let _node = place.start("ann");
    for (name, greeting, away) in [("smtp", "220 ", "421 "), ("imap", "* OK", "* BYE")] {
        let mail = Mail::start(&place, name, &["--most", "1"]);
        let mut first = mail.connect();
        assert!(first.line().starts_with(greeting));
        let mut second = mail.connect();
        assert!(second.line().starts_with(away));
        assert_eq!(second.line(), "");
        drop(first);
        until("there is room again", || mail.connect().line().starts_with(greeting));
    }
}

#[test]
fn a_silent_mail_program_is_sent_away() {
    let mut place = Place::new();
    let _node = place.start("ann");
    for (name, away) in [("smtp", "421 "), ("imap", "* BYE")] {
        let mail = Mail::start(&place, name, &["--patience", "100ms"]);
        for said in ["", "NOO"] {
            let mut silent = mail.connect();
            silent.line();
            silent.send(said);
            let last = silent.line();
            assert!(last.starts_with(away), "{last}");
            assert_eq!(silent.line(), "");
        }
    }
}

#[test]
fn tls_at_once_says_nothing_in_clear() {
    if !has("curl") || !has("openssl") {
        return;
    }
    let mut place = Place::new();
    let _node = place.start("ann");
    let (certificate, key) = certificate(place.data().parent().unwrap());
    let flags = ["--certificate", &certificate, "--key", &key, "--tls-at-once", "--most", "1"];
    for (name, command) in [("imap", "STATUS INBOX (MESSAGES)"), ("smtp", "NOOP")] {
        let mail = Mail::start(&place, name, &flags);
        let url = format!("{name}s://{}", mail.address);
        let user = format!("ann:{}", mail.password);
        run("curl", &["-sS", "--cacert", &certificate, "-u", &user, &url, "-X", command]);
        let mut first = connect_alone(&mail, name);
        let mut crowded = mail.connect();
        assert_eq!(crowded.line(), "");
        first.send("EHLO x\r\n");
        let said = first.line();
        assert!(!said.starts_with("220") && !said.starts_with("* OK"), "{said}");
    }
}

/// Connects when the connection before has ended.
fn connect_alone(mail: &Mail, name: &str) -> Dialogue {
    let mut client = mail.daemon.client();
    let method = format!("{name}.connections");
    until("the connection has ended", || client.ask(&method, serde_json::json!([])) == 0);
    let first = mail.connect();
    until("it is served", || client.ask(&method, serde_json::json!([])) == 1);
    first
}
