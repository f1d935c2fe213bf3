//! SEARCH: which messages fit.

use std::time::SystemTime;

use chrono::NaiveDate;
use imap_next::imap_types::core::{Charset, Vec1};
use imap_next::imap_types::search::SearchKey;

use super::view::View;
use super::words::calendar;
use crate::mail::address::address_of;
use crate::mail::letter::Letter;
use crate::mailbox::{Envelope, Mail, Mailbox, MailboxError};

/// Whether a charset of what is searched for is known.
pub(super) fn is_known(charset: &Charset<'_>) -> bool {
    let name = charset.as_ref();
    name.eq_ignore_ascii_case("UTF-8") || name.eq_ignore_ascii_case("US-ASCII")
}

/// Returns the places and numbers of the messages that fit all of the keys.
pub(super) fn search(
    keys: &Vec1<SearchKey<'_>>,
    view: &View,
    mailbox: &mut dyn Mailbox,
) -> Result<Vec<(u32, u32)>, MailboxError> {
    let mut found = Vec::new();
    for (place, envelope) in view.messages() {
        let mut candidate = Candidate { place, envelope, view, mailbox: &mut *mailbox, mail: None };
        if candidate.fits_all(keys.as_ref())? {
            found.push((place, envelope.uid));
        }
    }
    Ok(found)
}

/// A message that may fit. Its text is fetched only if a key asks for it.
struct Candidate<'a> {
    place: u32,
    envelope: &'a Envelope,
    view: &'a View,
    mailbox: &'a mut dyn Mailbox,
    mail: Option<Option<Mail>>,
}

impl Candidate<'_> {
    fn fits_all(&mut self, keys: &[SearchKey<'_>]) -> Result<bool, MailboxError> {
        for key in keys {
            if !self.fits(key)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn fits(&mut self, key: &SearchKey<'_>) -> Result<bool, MailboxError> {
        let envelope = self.envelope;
        let flags = envelope.flags;
        Ok(match key {
            SearchKey::And(keys) => self.fits_all(keys.as_ref())?,
            SearchKey::Or(one, other) => self.fits(one)? || self.fits(other)?,
            SearchKey::Not(key) => !self.fits(key)?,
            SearchKey::SequenceSet(set) => self.view.is_in(set, false, self.place, envelope.uid),
            SearchKey::Uid(set) => self.view.is_in(set, true, self.place, envelope.uid),
            SearchKey::All | SearchKey::Old | SearchKey::Undraft | SearchKey::Unkeyword(_) => true,
            SearchKey::New | SearchKey::Recent | SearchKey::Draft | SearchKey::Keyword(_) => false,
            SearchKey::Answered => flags.answered,
            SearchKey::Unanswered => !flags.answered,
            SearchKey::Deleted => flags.deleted,
            SearchKey::Undeleted => !flags.deleted,
            SearchKey::Flagged => flags.flagged,
            SearchKey::Unflagged => !flags.flagged,
            SearchKey::Seen => flags.seen,
            SearchKey::Unseen => !flags.seen,
            SearchKey::Before(date) => is_on(envelope.received, |day| day < *date.as_ref()),
            SearchKey::On(date) => is_on(envelope.received, |day| day == *date.as_ref()),
            SearchKey::Since(date) => is_on(envelope.received, |day| day >= *date.as_ref()),
            SearchKey::SentBefore(date) => is_on(envelope.created, |day| day < *date.as_ref()),
            SearchKey::SentOn(date) => is_on(envelope.created, |day| day == *date.as_ref()),
            SearchKey::SentSince(date) => is_on(envelope.created, |day| day >= *date.as_ref()),
            SearchKey::From(words) => contains(&self.sender(), words.as_ref()),
            SearchKey::To(words) => contains(&address_of(&envelope.to), words.as_ref()),
            SearchKey::Subject(words) => contains(&envelope.subject, words.as_ref()),
            SearchKey::Cc(_) | SearchKey::Bcc(_) => false,
            SearchKey::Header(name, words) => self.has_field(name.as_ref(), words.as_ref())?,
            SearchKey::Body(words) => self.mail()?.is_some_and(|mail| contains(&mail.body, words.as_ref())),
            SearchKey::Text(words) => self.has_text(words.as_ref())?,
            SearchKey::Larger(size) => {
                self.letter()?.is_some_and(|letter| letter.bytes().len() > *size as usize)
            }
            SearchKey::Smaller(size) => {
                self.letter()?.is_some_and(|letter| letter.bytes().len() < *size as usize)
            }
        })
    }

    fn sender(&self) -> String {
        format!("{} <{}>", self.envelope.nick, address_of(&self.envelope.from))
    }

    fn mail(&mut self) -> Result<Option<&Mail>, MailboxError> {
        if self.mail.is_none() {
            self.mail = Some(self.mailbox.fetch(self.envelope.uid)?);
        }
        Ok(self.mail.as_ref().and_then(Option::as_ref))
    }

    fn letter(&mut self) -> Result<Option<Letter>, MailboxError> {
        Ok(self.mail()?.map(Letter::of))
    }

    fn has_field(&mut self, name: &[u8], words: &[u8]) -> Result<bool, MailboxError> {
        if name.eq_ignore_ascii_case(b"subject") {
            return Ok(contains(&self.envelope.subject, words));
        }
        if name.eq_ignore_ascii_case(b"from") {
            return Ok(contains(&self.sender(), words));
        }
        let Some(letter) = self.letter()? else { return Ok(false) };
        let mut fields = letter.fields();
        Ok(fields.any(|(other, lines)| {
            let value = String::from_utf8_lossy(lines.get(other.len() + 1..).unwrap_or_default());
            other.eq_ignore_ascii_case(name) && contains(&value, words)
        }))
    }

    fn has_text(&mut self, words: &[u8]) -> Result<bool, MailboxError> {
        if contains(&self.envelope.subject, words) || contains(&self.sender(), words) {
            return Ok(true);
        }
        let Some(mail) = self.mail()? else { return Ok(false) };
        let letter = Letter::of(mail);
        Ok(contains(&mail.body, words) || contains(&String::from_utf8_lossy(letter.header()), words))
    }
}

/// Whether a text contains words, without regard to case.
fn contains(text: &str, words: &[u8]) -> bool {
    let words = String::from_utf8_lossy(words).to_lowercase();
    text.to_lowercase().contains(&words)
}

fn is_on(time: SystemTime, fits: impl Fn(NaiveDate) -> bool) -> bool {
    calendar(time).is_some_and(|time| fits(time.date_naive()))
}
