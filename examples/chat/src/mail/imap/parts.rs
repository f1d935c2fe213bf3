//! The parts of a mail that FETCH can name.

use imap_next::imap_types::body::{BasicFields, Body, BodyStructure, SpecificFields};
use imap_next::imap_types::core::{AString, IString, NString, Quoted};
use imap_next::imap_types::envelope::{Address, Envelope};
use imap_next::imap_types::fetch::{Part, Section};

use super::words::{count, filled, string};
use crate::mail::letter::Letter;

/// Returns a section; `None` if the mail has no such part.
pub(super) fn section_of(letter: &Letter, section: Option<&Section<'_>>) -> Option<Vec<u8>> {
    match section {
        None => Some(letter.bytes().to_vec()),
        Some(Section::Part(part)) => is_text(part).then(|| letter.text().to_vec()),
        Some(Section::Mime(part)) => {
            is_text(part).then(|| fields(letter, |name| starts_with(name, b"content-")))
        }
        Some(Section::Header(None)) => Some(letter.header().to_vec()),
        Some(Section::Text(None)) => Some(letter.text().to_vec()),
        Some(Section::HeaderFields(None, names)) => {
            Some(fields(letter, |name| is_named(names.as_ref(), name)))
        }
        Some(Section::HeaderFieldsNot(None, names)) => {
            Some(fields(letter, |name| !is_named(names.as_ref(), name)))
        }
        // These belong to mails inside of mails, and there are none.
        Some(
            Section::Header(Some(_))
            | Section::Text(Some(_))
            | Section::HeaderFields(Some(_), _)
            | Section::HeaderFieldsNot(Some(_), _),
        ) => None,
    }
}

/// Whether a part is the text, the only one that there is.
fn is_text(part: &Part) -> bool {
    matches!(part.0.as_ref(), [number] if number.get() == 1)
}

fn is_named(names: &[AString<'_>], name: &[u8]) -> bool {
    names.iter().any(|other| other.as_ref().eq_ignore_ascii_case(name))
}

fn starts_with(name: &[u8], start: &[u8]) -> bool {
    name.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
}

/// Returns the fields of the header with certain names, with an empty line after them.
fn fields(letter: &Letter, is_wanted: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let wanted = letter.fields().filter(|(name, _)| is_wanted(name)).map(|(_, lines)| lines);
    wanted.chain([b"\r\n".as_slice()]).collect::<Vec<_>>().concat()
}

/// Returns a piece of a section, from an offset on.
pub(super) fn piece(bytes: &[u8], offset: u32, length: u32) -> &[u8] {
    let at = |offset: u64| usize::try_from(offset).map_or(bytes.len(), |at| at.min(bytes.len()));
    let (offset, length) = (u64::from(offset), u64::from(length));
    &bytes[at(offset)..at(offset + length)]
}

/// Returns the fields of the header that a list of mails shows.
pub(super) fn envelope_of(letter: &Letter) -> Envelope<'static> {
    let from = vec![address(&letter.value("From"))];
    Envelope {
        date: filled(&letter.value("Date")),
        subject: filled(&letter.value("Subject")),
        sender: from.clone(),
        reply_to: from.clone(),
        from,
        to: vec![address(&letter.value("To"))],
        cc: Vec::new(),
        bcc: Vec::new(),
        in_reply_to: NString(None),
        message_id: filled(&letter.value("Message-ID")),
    }
}

/// Splits an address as this program writes them: `"name" <mailbox@host>`.
fn address(field: &[u8]) -> Address<'static> {
    let at = field.iter().rposition(|&byte| byte == b'<').unwrap_or(field.len());
    let (name, address) = field.split_at(at);
    let address = address.strip_prefix(b"<").unwrap_or(address);
    let address = address.strip_suffix(b">").unwrap_or(address);
    let at = address.iter().rposition(|&byte| byte == b'@').unwrap_or(address.len());
    Address {
        name: filled(&unquoted(name.trim_ascii())),
        adl: NString(None),
        mailbox: filled(&address[..at]),
        host: filled(address.get(at + 1..).unwrap_or_default()),
    }
}

fn unquoted(name: &[u8]) -> Vec<u8> {
    let Some(inner) = name.strip_prefix(b"\"").and_then(|name| name.strip_suffix(b"\"")) else {
        return name.to_vec();
    };
    let mut bytes = inner.iter().copied();
    let mut plain = Vec::new();
    while let Some(byte) = bytes.next() {
        plain.extend(if byte == b'\\' { bytes.next() } else { Some(byte) });
    }
    plain
}

/// Returns what the mail consists of: one text.
pub(super) fn structure_of(letter: &Letter) -> BodyStructure<'static> {
    let encoding = letter.value("Content-Transfer-Encoding");
    let basic = BasicFields {
        parameter_list: vec![(word("charset"), word("utf-8"))],
        id: NString(None),
        description: NString(None),
        content_transfer_encoding: string(&encoding).unwrap_or_else(|| word("7bit")),
        size: count(letter.text().len()),
    };
    let lines = letter.text().iter().filter(|&&byte| byte == b'\n').count();
    let specific = SpecificFields::Text { subtype: word("plain"), number_of_lines: count(lines) };
    BodyStructure::Single { body: Body { basic, specific }, extension_data: None }
}

fn word(word: &'static str) -> IString<'static> {
    IString::Quoted(Quoted::unvalidated(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::memory::mail;

    #[test]
    fn the_name_of_a_sender_is_as_in_the_header_without_its_quotes() {
        for (nick, wanted) in [("joe", "joe"), ("a \"b\" \\c", "a \"b\" \\c"), ("", "")] {
            let mut mail = mail(1, "a", "b");
            mail.envelope.nick = nick.to_owned();
            let envelope = envelope_of(&Letter::of(&mail));
            assert_eq!(envelope.from[0].name, filled(wanted.as_bytes()));
            assert_eq!(envelope.from[0].mailbox, filled(mail.envelope.from.as_bytes()));
            assert_eq!(envelope.from[0].host, filled(b"chat"));
        }
    }

    #[test]
    fn a_piece_is_within_the_bytes_whatever_its_bounds() {
        assert_eq!(piece(b"abcdef", 2, 3), b"cde");
        assert_eq!(piece(b"abcdef", 4, u32::MAX), b"ef");
        assert_eq!(piece(b"abcdef", u32::MAX, u32::MAX), b"");
    }
}
