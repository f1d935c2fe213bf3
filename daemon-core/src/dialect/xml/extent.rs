//! Where a document ends: with the end tag of its root, whatever the pieces are in which its bytes arrive.
//!
//! Nothing is checked here but what decides on the end. The reader gets the whole document, and checks all of it.

use memchr::{memchr, memchr_iter, memchr3};

/// What markup may follow `<!`.
const COMMENT: &[u8] = b"<!--";
const SECTION: &[u8] = b"<![CDATA[";

/// How far the search for the end of a document has come.
#[derive(Debug, Default)]
pub(super) struct Extent {
    /// How many bytes of the document need not be looked at again.
    at: usize,
    /// How many elements are open.
    depth: usize,
    inside: Inside,
}

/// What the next byte is part of.
#[derive(Debug, Default, Clone, Copy)]
enum Inside {
    #[default]
    Text,
    /// Markup whose kind is not known yet: the next byte is its `<`.
    Markup,
    StartTag,
    /// An attribute's value, up to this quote.
    Quoted(u8),
    EndTag,
    Comment,
    /// A section of character data (CDATA).
    Section,
    Instruction,
}

/// A document type declaration, which is not accepted: it could define entities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Declaration {
    /// The byte it starts at.
    pub(super) at: usize,
}

impl Extent {
    /// Returns the length of the document, or `None` if its end has not arrived.
    ///
    /// `bytes` start with the document, and contain those of the earlier searches: each is looked at only once.
    pub(super) fn find(&mut self, bytes: &[u8]) -> Result<Option<usize>, Declaration> {
        while let Some(rest) = bytes.get(self.at..).filter(|rest| !rest.is_empty()) {
            let Some((used, inside)) = self.step(rest)? else { return Ok(None) };
            self.at += used;
            let may_end = matches!(self.inside, Inside::StartTag | Inside::EndTag);
            self.inside = inside;
            if may_end && self.depth == 0 && matches!(inside, Inside::Text) {
                return Ok(Some(self.at));
            }
        }
        Ok(None)
    }

    /// Returns how many bytes to go on by, and what comes after them; `None` if that has not arrived.
    fn step(&mut self, rest: &[u8]) -> Result<Option<(usize, Inside)>, Declaration> {
        Ok(match self.inside {
            Inside::Text => match memchr(b'<', rest) {
                Some(at) => Some((at, Inside::Markup)),
                None => Some((rest.len(), Inside::Text)),
            },
            Inside::Markup => return self.kind(rest),
            Inside::StartTag => self.start_tag(rest),
            Inside::Quoted(quote) => match memchr(quote, rest) {
                Some(at) => Some((at + 1, Inside::StartTag)),
                None => Some((rest.len(), self.inside)),
            },
            Inside::EndTag => match memchr(b'>', rest) {
                Some(at) => {
                    self.depth = self.depth.saturating_sub(1);
                    Some((at + 1, Inside::Text))
                }
                None => Some((rest.len(), Inside::EndTag)),
            },
            Inside::Comment => self.until(b"--", rest),
            Inside::Section => self.until(b"]]", rest),
            Inside::Instruction => self.until(b"?", rest),
        })
    }

    /// Tells by the first bytes of markup what it is.
    fn kind(&self, rest: &[u8]) -> Result<Option<(usize, Inside)>, Declaration> {
        Ok(match rest {
            [_, b'/', ..] => Some((2, Inside::EndTag)),
            [_, b'?', ..] => Some((2, Inside::Instruction)),
            [_, b'!', ..] if rest.starts_with(COMMENT) => Some((COMMENT.len(), Inside::Comment)),
            [_, b'!', ..] if rest.starts_with(SECTION) => Some((SECTION.len(), Inside::Section)),
            [_, b'!', ..] if COMMENT.starts_with(rest) || SECTION.starts_with(rest) => None,
            [_, b'!', ..] => return Err(Declaration { at: self.at }),
            [_, _, ..] => Some((1, Inside::StartTag)),
            _ => None,
        })
    }

    fn start_tag(&mut self, rest: &[u8]) -> Option<(usize, Inside)> {
        let Some(at) = memchr3(b'>', b'"', b'\'', rest) else {
            // A slash at the end may belong to the `>` that follows: it is looked at again.
            let used = rest.len() - usize::from(rest.ends_with(b"/"));
            return (used > 0).then_some((used, Inside::StartTag));
        };
        if rest[at] != b'>' {
            return Some((at + 1, Inside::Quoted(rest[at])));
        }
        if !rest[..at].ends_with(b"/") {
            self.depth += 1;
        }
        Some((at + 1, Inside::Text))
    }

    /// Goes on after the end of what it is inside: these bytes and a `>`. They may have arrived without it, and are
    /// looked at again.
    fn until(&self, end: &[u8], rest: &[u8]) -> Option<(usize, Inside)> {
        match memchr_iter(b'>', rest).find(|at| rest[..*at].ends_with(end)) {
            Some(at) => Some((at + 1, Inside::Text)),
            None => {
                let used = rest.len().saturating_sub(end.len());
                (used > 0).then_some((used, self.inside))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENTS: &[&str] = &[
        "<a></a>",
        "<a/>",
        "<a />",
        "<?xml version='1.0'?>\n<!-- </a> --><a><b/></a>",
        "<a><b>text</b></a>",
        "<a><!-- </a> - -- -></a> --></a>",
        "<a><![CDATA[</a>]]]] >]></a>]]></a>",
        "<a><?pi </a> ? > ?></a>",
        "<a b='</a>' c=\"/>'\" d='\"'></a >",
        "<a b='/'></a>",
        "<a b='c'/>",
        "<a><b c='>'/></a>",
        "<a><b/ ></b></a>",
    ];

    /// Returns what is found in one piece, after it was found in the smallest ones.
    fn found(text: &str) -> Result<Option<usize>, Declaration> {
        let mut slow = Extent::default();
        let slowly = (1..=text.len()).map(|have| slow.find(&text.as_bytes()[..have]));
        let slowly = slowly.into_iter().find(|found| *found != Ok(None)).unwrap_or(Ok(None));
        let at_once = Extent::default().find(text.as_bytes());
        assert_eq!(at_once, slowly, "{text}");
        at_once
    }

    #[test]
    fn a_document_ends_with_its_root_however_it_arrives() {
        for document in DOCUMENTS {
            assert_eq!(found(document), Ok(Some(document.len())), "{document}");
            assert_eq!(found(&format!("{document}<a>")), Ok(Some(document.len())), "{document}");
            assert_eq!(found(&document[..document.len() - 1]), Ok(None), "{document}");
        }
    }

    #[test]
    fn a_declaration_is_found_where_it_starts() {
        for text in ["<!DOCTYPE a>", "<!doctype a []>", "<!-x", "<![CDATX[", "<!>"] {
            assert_eq!(found(text), Err(Declaration { at: 0 }), "{text}");
        }
        assert_eq!(found("<a> <!ENTITY b 'c'></a>"), Err(Declaration { at: 4 }));
    }
}
