//! A message of the chat as a mail: header and text, as IMAP hands them out.
//!
//! The same message always makes the same bytes: a mail program may fetch them in pieces.

use std::time::{SystemTime, UNIX_EPOCH};

use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address;
use mail_builder::headers::date::Date;
use mail_builder::headers::raw::Raw;

use super::address::{DOMAIN, address_of};
use crate::mailbox::Mail;

/// A mail, in the form of RFC 5322.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    bytes: Vec<u8>,
    text_at: usize,
}

impl Letter {
    /// Writes a message as a mail.
    pub fn of(mail: &Mail) -> Letter {
        let mut bytes = Vec::new();
        message(mail).serialize(&mut bytes);
        let text_at = end_of_header(&bytes);
        Letter { bytes, text_at }
    }

    /// Returns all of it.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns its header, with the empty line after it.
    pub fn header(&self) -> &[u8] {
        &self.bytes[..self.text_at]
    }

    /// Returns what comes after the header.
    pub fn text(&self) -> &[u8] {
        &self.bytes[self.text_at..]
    }

    /// Returns the fields of the header, each with its name and its lines.
    pub fn fields(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        Fields { rest: self.header() }
    }

    /// Returns the value of a field on one line, as it is in the header; empty if there is none.
    pub fn value(&self, name: &str) -> Vec<u8> {
        let field = self.fields().find(|(other, _)| other.eq_ignore_ascii_case(name.as_bytes()));
        field.map_or_else(Vec::new, |(name, lines)| {
            let value = &lines[name.len() + 1..];
            let value: Vec<u8> = value.iter().copied().filter(|byte| !b"\r\n".contains(byte)).collect();
            value.trim_ascii().to_vec()
        })
    }
}

/// The fields of a header that are not read yet.
struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Fields<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let colon = self.rest.iter().position(|&byte| byte == b':')?;
        // A line that begins with a space continues the field.
        let end = (0..self.rest.len())
            .find(|&at| self.rest[at] == b'\n' && !matches!(self.rest.get(at + 1), Some(b' ' | b'\t')))
            .map_or(self.rest.len(), |at| at + 1);
        let (lines, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some((lines.get(..colon)?, lines))
    }
}

fn message(mail: &Mail) -> MessageBuilder<'_> {
    let envelope = &mail.envelope;
    let nick = one_line(&envelope.nick);
    let name = (!nick.is_empty()).then_some(nick);
    MessageBuilder::new()
        .from(Address::new_address(name, address_of(&one_line(&envelope.from))))
        .to(Address::new_address(None::<String>, address_of(&one_line(&envelope.to))))
        .subject(one_line(&envelope.subject))
        .date(Date::new(seconds(envelope.created)))
        .message_id(format!("{}@{DOMAIN}", one_line(&envelope.id)))
        .header("X-Id", Raw::new(one_line(&envelope.id)))
        .header("X-Status", Raw::new(envelope.status.letter().to_string()))
        .header("X-RelayCount", Raw::new(envelope.relay_count.to_string()))
        .header("X-TimeCreated", Raw::new(seconds(envelope.created).to_string()))
        .header("X-TimeReceived", Raw::new(seconds(envelope.received).to_string()))
        .text_body(printable_text(&mail.body))
}

/// Returns foreign text as it may be in a header: without line ends, which would begin another field.
fn one_line(text: &str) -> String {
    text.replace(char::is_control, " ").trim().to_owned()
}

/// Returns text as IMAP can send it: without NUL, and with one kind of line end.
fn printable_text(text: &str) -> String {
    let mut lines = text.replace("\r\n", "\n").replace('\r', "\n").replace('\0', "\u{fffd}");
    if !lines.ends_with('\n') {
        lines.push('\n');
    }
    lines.replace('\n', "\r\n")
}

/// Returns a time in seconds since 1970.
pub(super) fn seconds(time: SystemTime) -> i64 {
    let signed = |seconds: u64| i64::try_from(seconds).unwrap_or(i64::MAX);
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => signed(since.as_secs()),
        Err(before) => -signed(before.duration().as_secs()),
    }
}

fn end_of_header(bytes: &[u8]) -> usize {
    let end = b"\r\n\r\n";
    bytes.windows(end.len()).position(|window| window == end).map_or(bytes.len(), |at| at + end.len())
}

#[cfg(test)]
mod tests {
    use mail_parser::MessageParser;

    use super::*;
    use crate::mail::memory::mail;

    fn rendered(mail: &Mail) -> String {
        String::from_utf8_lossy(Letter::of(mail).bytes()).into_owned()
    }

    #[test]
    fn a_message_has_the_fields_that_a_mail_program_shows() {
        let mut mail = mail(7, "Hello", "Hi!\n");
        mail.envelope.nick = "joe".to_owned();
        let from = &mail.envelope.from;
        let to = &mail.envelope.to;
        let id = &mail.envelope.id;
        assert_eq!(
            rendered(&mail),
            format!(
                "From: \"joe\" <{from}@chat>\r\nTo: <{to}@chat>\r\nSubject: Hello\r\n\
                 Date: Tue, 14 Nov 2023 22:13:20 +0000\r\nMessage-ID: <{id}@chat>\r\nX-Id: {id}\r\nX-Status: U\r\n\
                 X-RelayCount: 0\r\nX-TimeCreated: 1700000000\r\nX-TimeReceived: 1700000007\r\nMIME-Version: 1.0\r\n\
                 Content-Type: text/plain; charset=\"utf-8\"\r\nContent-Transfer-Encoding: 7bit\r\n\r\nHi!\r\n"
            )
        );
    }

    #[test]
    fn a_message_comes_back_from_a_parser_whatever_its_characters() {
        let texts =
            ["", "a", "Grüße\n.\n", "日本語\nline\n", "\u{1f600}".repeat(200).as_str(), &"x".repeat(3000)]
                .map(str::to_owned);
        for text in texts {
            let mail = mail(1, &text, &text);
            let letter = Letter::of(&mail);
            let parsed = MessageParser::default().parse(letter.bytes()).unwrap();
            assert_eq!(parsed.subject().unwrap_or_default(), one_line(&text));
            let body = parsed.body_text(0).unwrap().replace("\r\n", "\n");
            assert_eq!(body.trim_end_matches('\n'), text.trim_end_matches('\n'));
            assert!(!letter.bytes().contains(&0));
        }
    }

    #[test]
    fn a_line_end_in_a_subject_begins_no_field() {
        let mut mail = mail(1, "a\r\nX-Evil: yes\r\n\r\nbody", "b\0c");
        mail.envelope.nick = "x\r\nX-Evil: yes".to_owned();
        mail.envelope.id = "i\nX-Evil: yes".to_owned();
        mail.envelope.from = "f\nX-Evil: yes".to_owned();
        let letter = Letter::of(&mail);
        assert!(letter.fields().all(|(name, _)| name != b"X-Evil"), "{}", rendered(&mail));
        assert!(!letter.bytes().contains(&0));
    }

    #[test]
    fn fields_are_found_with_their_continued_lines() {
        let letter = Letter::of(&mail(1, &"long subject ".repeat(20), "x"));
        let subject = letter.fields().find(|(name, _)| name == b"Subject").unwrap().1;
        assert!(subject.ends_with(b"\r\n") && subject.windows(3).any(|window| window == b"\r\n "));
        assert_eq!(letter.fields().map(|(_, lines)| lines.len()).sum::<usize>() + 2, letter.header().len());
        let value = letter.value("SUBJECT");
        assert!(value.starts_with(b"=?us-ascii?Q?long_subject"), "{}", String::from_utf8_lossy(&value));
        assert_eq!(letter.value("Bcc"), b"");
    }
}
