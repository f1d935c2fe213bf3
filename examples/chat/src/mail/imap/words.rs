//! Values of this program as values of the protocol. What cannot be said in the protocol is left out.

use std::num::NonZeroU32;
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use imap_next::imap_types::core::{Atom, IString, NString, Text, Vec1};
use imap_next::imap_types::datetime;
use imap_next::imap_types::flag::{Flag, FlagFetch, FlagPerm};
use imap_next::imap_types::response::{Capability, Code, CodeOther};

use crate::mail::letter::seconds;
use crate::mailbox::{Flags, MailboxError};

/// Returns words for a status: printable ASCII, on one line.
pub(super) fn text(words: &str) -> Text<'static> {
    let words: String =
        words.chars().map(|c| if matches!(c, ' '..='~') { c } else { '?' }).take(400).collect();
    Text::try_from(words).unwrap_or_else(|_| Text::unvalidated("-"))
}

/// Returns bytes as a string of the protocol; `None` if it has no such string, for it has a NUL.
pub(super) fn string(bytes: &[u8]) -> Option<IString<'static>> {
    IString::try_from(bytes.to_vec()).ok()
}

/// Returns bytes as a string, or NIL.
pub(super) fn nstring(bytes: &[u8]) -> NString<'static> {
    NString(string(bytes))
}

/// Returns bytes as a string, or NIL if they are empty.
pub(super) fn filled(bytes: &[u8]) -> NString<'static> {
    if bytes.is_empty() { NString(None) } else { nstring(bytes) }
}

/// Returns a number as the protocol has those that are not 0.
pub(super) fn number(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN)
}

/// Returns how many there are.
pub(super) fn count(many: usize) -> u32 {
    u32::try_from(many).unwrap_or(u32::MAX)
}

/// Returns a time; `None` if a calendar does not have it.
pub(super) fn calendar(time: SystemTime) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(seconds(time), 0)
}

/// Returns a time as the protocol has it; 1970, if it has not.
pub(super) fn date(time: SystemTime) -> datetime::DateTime {
    let date = calendar(time).and_then(|time| datetime::DateTime::try_from(time.fixed_offset()).ok());
    date.unwrap_or_else(|| datetime::DateTime::unvalidated(DateTime::UNIX_EPOCH.fixed_offset()))
}

/// The flags that are kept.
const KEPT: [Flag<'static>; 4] = [Flag::Seen, Flag::Answered, Flag::Flagged, Flag::Deleted];

/// Returns the flags that are kept.
pub(super) fn kept_flags() -> Vec<Flag<'static>> {
    KEPT.to_vec()
}

/// Returns the flags that are kept, as SELECT says them.
pub(super) fn permanent_flags(read_only: bool) -> Vec<FlagPerm<'static>> {
    if read_only { Vec::new() } else { KEPT.into_iter().map(FlagPerm::Flag).collect() }
}

/// Returns the flags of a message.
pub(super) fn flag_list(flags: Flags) -> Vec<FlagFetch<'static>> {
    KEPT.into_iter().filter(|flag| has(flags, flag)).map(FlagFetch::Flag).collect()
}

fn has(mut flags: Flags, flag: &Flag<'_>) -> bool {
    place_of(&mut flags, flag).is_some_and(|place| *place)
}

/// Sets or clears flags; those that are not kept are passed over.
pub(super) fn with_flags(mut flags: Flags, list: &[Flag<'_>], set: bool) -> Flags {
    for flag in list {
        if let Some(place) = place_of(&mut flags, flag) {
            *place = set;
        }
    }
    flags
}

fn place_of<'a>(flags: &'a mut Flags, flag: &Flag<'_>) -> Option<&'a mut bool> {
    match flag {
        Flag::Seen => Some(&mut flags.seen),
        Flag::Answered => Some(&mut flags.answered),
        Flag::Flagged => Some(&mut flags.flagged),
        Flag::Deleted => Some(&mut flags.deleted),
        Flag::Draft | Flag::Extension(_) | Flag::Keyword(_) => None,
    }
}

/// Returns the code of a refusal, as RFC 5530 has them.
pub(super) fn code(word: &'static str) -> Code<'static> {
    Code::Other(CodeOther::unvalidated(word.as_bytes()))
}

/// Returns the code of an error.
pub(super) fn code_of(error: &MailboxError) -> Code<'static> {
    code(match error {
        MailboxError::Unavailable(_) => "UNAVAILABLE",
        MailboxError::Refused(_) => "CANNOT",
    })
}

/// Returns a capability that the library has no name for.
pub(super) fn capability(word: &'static str) -> Capability<'static> {
    Capability::from(Atom::unvalidated(word))
}

/// Returns the first of a list that is not empty, and the others.
pub(super) fn list<T>(first: T, others: impl IntoIterator<Item = T>) -> Vec1<T> {
    Vec1::unvalidated(std::iter::once(first).chain(others).collect())
}
