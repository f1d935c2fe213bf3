//! Where the daemon and h11 differ, and why that is harmless. Sections without another name are those of RFC 9112.

use std::fmt;

use crate::generate::Case;
use crate::{End, Understood, text};

/// A stream, and what both made of it.
pub(crate) struct Difference<'a> {
    pub(crate) case: &'a Case,
    pub(crate) understood: &'a Understood,
    /// The daemon's answers to the stream.
    pub(crate) found: &'a [String],
    /// Its answers to what h11 has understood.
    pub(crate) expected: &'a [String],
}

/// A kind of difference: whether a stream has what leads to it.
type Kind = fn(&Difference<'_>) -> bool;

/// Where the daemon ends the connection earlier than h11 would.
const STRICTER: [Kind; 6] = [
    // A list of lengths that are the same. Section 6.3: refuse it, or take one.
    |difference| difference.has("Content-Length: 5, 5"),
    // A line feed alone after the last chunk. Section 2.2: it may end a line, or not.
    |difference| difference.has("0\r\n\n"),
    // A header that is folded. Section 5.2: refuse it, or replace the fold.
    |difference| difference.has("\n ") || difference.has("\n\t"),
    // A carriage return alone. Section 2.2: it is invalid, or a blank.
    |difference| difference.stream().replace("\r\n", "").contains('\r'),
    // A coding in HTTP/1.0. Section 6.1: the framing is faulty.
    |difference| difference.has("HTTP/1.0") && difference.has("Transfer-Encoding:"),
    // A length and a coding. Section 6.1: the connection ends after the answer.
    |difference| difference.has("Content-Length:") && difference.has("Transfer-Encoding:"),
];

/// Where h11 refuses a message, and the daemon answers it and then ends the connection.
const LAXER: [Kind; 2] = [
    // A wrong length and a coding. Section 6.3: the coding counts.
    |difference| difference.is_refused_for("head: ", "Content-Length"),
    // A length or a coding among the trailers. RFC 9110, section 6.5.1: it frames nothing.
    |difference| {
        difference.is_refused_for("body: ", "Content-Length")
            || difference.is_refused_for("body: ", "Transfer-Encoding")
    },
];

impl Difference<'_> {
    /// Whether there is none, or only one of those that are known.
    pub(crate) fn is_harmless(&self) -> bool {
        let same =
            self.found.iter().zip(self.expected).take_while(|(found, expected)| found == expected).count();
        match (&self.found[same..], &self.expected[same..]) {
            ([], []) => true,
            ([last], []) if is_refusal(last) && self.may_be_refused() => true,
            ([last], []) if ends(last) => self.is_one_of(&LAXER),
            ([], _) => self.is_one_of(&STRICTER),
            ([last], [expected, ..]) if is_refusal(last) || is_last_form(last, expected) => {
                self.is_one_of(&STRICTER)
            }
            _ => false,
        }
    }

    fn is_one_of(&self, kinds: &[Kind]) -> bool {
        !self.case.is_well_formed && kinds.iter().any(|holds| holds(self))
    }

    /// Whether h11 takes no message for whole after its last one either.
    fn may_be_refused(&self) -> bool {
        matches!(self.understood.end, End::Refused | End::Cut)
    }

    fn is_refused_for(&self, place: &str, what: &str) -> bool {
        self.understood.reason.starts_with(place) && self.understood.reason.contains(what)
    }

    fn stream(&self) -> String {
        text(&self.case.bytes).to_ascii_lowercase()
    }

    fn has(&self, part: &str) -> bool {
        self.stream().contains(&part.to_ascii_lowercase())
    }
}

/// Whether an answer is the same as another one, but ends the connection.
fn is_last_form(last: &str, other: &str) -> bool {
    ends(last) && last.replace("connection: close\r\n", "") == other
}

/// Whether an answer refuses a message for its form, and ends the connection.
fn is_refusal(answer: &str) -> bool {
    let status = answer.get(9..12).unwrap_or_default();
    matches!(status, "400" | "414" | "431" | "501" | "505") && ends(answer)
}

/// Whether an answer ends the connection.
fn ends(answer: &str) -> bool {
    let (close, keep) = ("\r\nconnection: close\r\n", "\r\nconnection: keep-alive\r\n");
    answer.contains(close) || answer.starts_with("HTTP/1.0 ") && !answer.contains(keep)
}

impl fmt::Debug for Difference<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Difference")
            .field("stream", &text(&self.case.bytes))
            .field("understood", self.understood)
            .field("found", &self.found)
            .field("expected", &self.expected)
            .finish()
    }
}
